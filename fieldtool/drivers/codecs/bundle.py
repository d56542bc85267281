"""Several commands as one shell script, and its output taken apart again. No I/O.

A channel of its own costs both sides more than most commands do. Each command runs in a subshell of the login shell,
as it would alone; after it a mark is printed on both streams, with its exit status on the first. POSIX only, no
temporary file: dash, bash and BusyBox's ash do. The mark is random for each script, and stands in the script in two
parts, so that not even a list of processes holds it.
"""

import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from fieldtool.core.errors import DeviceError
from fieldtool.core.texts import Text

OUTPUT_LIMIT = 1 << 20  # bytes that one command may print; more is no answer
_WHOLE_LIMIT = 4 << 20  # bytes that all of them may print together
_SCRIPT_LIMIT = 8_000  # characters; dropbear takes no command longer than 9,000 bytes
_STATUS_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Part:
    """What one command printed on one stream, and what stands behind its mark."""

    content: bytes
    note: bytes


class Stream:
    """One stream of a script."""

    def __init__(self, mark: bytes) -> None:
        self._mark, self._rest, self._size = mark, bytearray(), 0
        self.parts: list[Part] = []

    def feed(self, data: bytes) -> None:
        """DeviceError when a command prints too much."""
        self._size += len(data)
        self._rest += data
        while (at := self._rest.find(self._mark)) >= 0 and (end := self._rest.find(b"\n", at)) >= 0:
            self._take(at, end)
        if len(self._rest) > OUTPUT_LIMIT + len(self._mark) + _STATUS_LENGTH or self._size > _WHOLE_LIMIT:
            raise endless()

    def _take(self, at: int, end: int) -> None:
        if at > OUTPUT_LIMIT:
            raise endless()
        self.parts.append(Part(bytes(self._rest[:at]), bytes(self._rest[at + len(self._mark) : end]).strip()))
        del self._rest[: end + 1]


class Bundle:
    """As many of `commands`, from the first on, as fit into one script."""

    def __init__(self, commands: Sequence[str]) -> None:
        left, right = secrets.token_hex(8), secrets.token_hex(8)
        mark = f"{left}{right}".encode()
        pieces = [
            f"(eval {shlex.quote(command)})\necho {left}''{right} $?\necho {left}''{right} >&2\n"
            for command in commands
        ]
        self.count, length = 0, 0
        while self.count < len(pieces) and length + len(pieces[self.count].encode()) <= _SCRIPT_LIMIT:
            length += len(pieces[self.count].encode())
            self.count += 1
        self.script = "".join(pieces[: self.count])
        self.out, self.err = Stream(mark), Stream(mark)

    @property
    def ended(self) -> int:
        """How many commands have ended."""
        return len(self.out.parts)

    @property
    def complete(self) -> bool:
        return min(len(self.out.parts), len(self.err.parts)) == self.count

    def answers(self) -> list[tuple[int, bytes, bytes]]:
        """Status and both outputs of each command that ended, up to the first of which no status can be read."""
        found: list[tuple[int, bytes, bytes]] = []
        for out, err in zip(self.out.parts, self.err.parts, strict=False):
            if not out.note.isdigit() or len(out.note) > _STATUS_LENGTH:
                break
            found.append((int(out.note), out.content, err.content))
        return found


def endless() -> DeviceError:
    return DeviceError(Text.DEVICE_ANSWER_STRANGE, detail="it prints without end")
