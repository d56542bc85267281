"""The console of U-Boot: a command is typed, its echo compared, and only then entered. No clock and no wire.

A bit that the line turned over would otherwise write another block, or erase another sector. What a command returned
stands behind a mark that noise cannot make by chance: its number.
"""

import re
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from fieldtool.drivers.codecs.rauc import plain

INTERRUPT = b"\x03"
ENTER = b"\r"
PIECE = 12  # characters at once: receivers have buffers of 16
LINE_LENGTH = 900  # U-Boot cuts longer ones off without a word; measured at 1,024
KEPT = 65_536  # bytes of what a command prints
LOG_LINES = 400
LOG_LINE_LENGTH = 240

_SECRET = re.compile(r"(?i)([\w.-]*(?:pass|pwd|secret|token|psk|priv|credential|auth_?key)[\w.-]*\s*[=:]\s*)\S.*")
_BOOTLOADER = re.compile(rb"U-Boot 20\d\d\.\d\d")  # its first stages (SPL, TPL) speak too, and do not count
_BOOTS = re.compile(rb"(?i)starting kernel|## (?:booting|loading|executing|starting)|jumping to")
_COUNTDOWN = re.compile(rb"(?i)(?:hit|press) [^\r\n]{0,60}autoboot|autoboot in \d+")
_TEXT = frozenset(b"\t\n\r\b\x1b\x07") | frozenset(range(0x20, 0x7F))


@dataclass(frozen=True, slots=True)
class Answer:
    status: int  # 0 = it went well
    printed: str  # lines as they came, without echo and prompt


class Stage(Enum):
    TYPING = auto()
    RUNNING = auto()
    DONE = auto()
    GARBLED = auto()  # the echo is another: nothing was entered. Interrupt, and type it again


class Command:
    """One command from its first character to its status. `begin`, then `heard` with all that comes."""

    def __init__(self, line: str, number: int, prompt: str) -> None:
        self._line = f"{line};echo ~{number}=$?".encode("ascii")
        if len(self._line) > LINE_LENGTH or not self._line.isascii() or b"\n" in self._line or b"\r" in self._line:
            raise ValueError("no command of one line")
        self._mark = re.compile(rb"(?:^|\n)~%d=(\d{1,3})\r?\n" % number)
        self._prompt = prompt.encode("ascii")
        self._typed = 0  # characters that were sent
        self._echoed = 0  # of which came back
        self._output = bytearray()
        self.stage = Stage.TYPING
        self.marked = False  # the status is there, the prompt perhaps not yet
        self.answer: Answer | None = None

    def begin(self) -> bytes:
        return self._piece()

    def heard(self, data: bytes) -> bytes:
        """What to send now."""
        if self.stage is Stage.TYPING:
            return self._compare(data)
        if self.stage is Stage.RUNNING:
            self._run(data)
        return b""

    def _piece(self) -> bytes:
        piece = self._line[self._typed : self._typed + PIECE]
        self._typed += len(piece)
        return piece

    def _compare(self, data: bytes) -> bytes:
        expected = self._line[self._echoed : self._typed]
        if not expected.startswith(data):
            self.stage = Stage.GARBLED
            return b""
        self._echoed += len(data)
        if self._echoed < self._typed:
            return b""
        if self._typed < len(self._line):
            return self._piece()
        self.stage = Stage.RUNNING
        return ENTER

    def _run(self, data: bytes) -> None:
        self._output += data
        if len(self._output) > KEPT:
            del self._output[: len(self._output) - KEPT]
        found = self._mark.search(self._output)
        if found is None:
            return
        self.marked = True
        self.answer = Answer(int(found[1]), _lines(bytes(self._output[: found.start()])))
        if len(self._output) >= found.end() + len(self._prompt):
            self.stage = Stage.DONE


def value(printed: str) -> str:
    """The value in `name=value` or `name = "value"`, as printenv and fdt print it; "" when there is none.

    >>> value("serial#=LAB-7"), value('model = "CityPost 22"'), value("## Error: \\"serial#\\" not defined")
    ('LAB-7', 'CityPost 22', '')
    """
    for line in reversed(printed.splitlines()):
        found = re.fullmatch(r'[\w#,./-]+\s*=\s*"?([^"]*?)"?;?\s*', line)
        if found is not None:
            return found[1].strip()[:120]
    return ""


def checksum(printed: str) -> int | None:
    """What `crc32` prints; None when that cannot be read.

    >>> hex(checksum("crc32 for 42000000 ... 420003ff ==> 1234abcd") or 0)
    '0x1234abcd'
    """
    found = re.search(r"==> ([0-9a-fA-F]{8})\s*$", printed)
    return int(found[1], 16) if found is not None else None


class Heard:
    """What came while nobody had asked: from power-on to the prompt, or to the firmware's first words."""

    def __init__(self, prompt: str) -> None:
        self._prompt = re.compile(rb"(?:^|[\r\n])" + re.escape(prompt.encode("ascii")) + rb" *$")
        self._all = bytearray()
        self.text_bytes = 0
        self.other_bytes = 0

    def feed(self, data: bytes) -> None:
        self.text_bytes += sum(byte in _TEXT for byte in data)
        self.other_bytes += sum(byte not in _TEXT and byte != 0 for byte in data)
        self._all += data
        if len(self._all) > KEPT:
            del self._all[: len(self._all) - KEPT]

    @property
    def at_prompt(self) -> bool:
        return self._prompt.search(bytes(self._all)) is not None

    @property
    def bootloader_starts(self) -> int:
        """How often a bootloader said its name."""
        return len(_BOOTLOADER.findall(self._all))

    @property
    def counts_down(self) -> bool:
        return _COUNTDOWN.search(self._all) is not None

    @property
    def boots(self) -> bool:
        """It went on to start something."""
        return _BOOTS.search(self._all) is not None

    @property
    def is_garbage(self) -> bool:
        """Bytes come, but no text: the speed is another one, or the cable is no RS-232."""
        return self.other_bytes >= 16 and self.other_bytes > self.text_bytes // 4

    @property
    def text(self) -> str:
        return _lines(bytes(self._all))

    @property
    def last_line(self) -> str:
        return next((line for line in reversed(self.text.splitlines()) if line.strip()), "")[:LOG_LINE_LENGTH]


class Log:
    """The newest lines of a console, for people: printable, and what looks like a secret is left out."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=LOG_LINES)
        self._rest = b""

    def feed(self, data: bytes) -> None:
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            self._add(line)
        if len(self._rest) > LOG_LINE_LENGTH:
            self._add(self._rest)
            self._rest = b""

    def _add(self, line: bytes) -> None:
        shown = _SECRET.sub(r"\1***", plain(line.decode("utf-8", "replace")))[:LOG_LINE_LENGTH]
        if shown.strip():
            self._lines.append(shown)

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(self._lines)


def _lines(data: bytes) -> str:
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(plain(line) for line in text.split("\n")).strip("\n")
