"""What the command line prints: words for people, or JSON for programs. Nothing else writes to standard output."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import TextIO

from fieldtool.app.jsonable import jsonable
from fieldtool.core.errors import FieldtoolError, Trouble


class Output:
    """Prints to `out`; errors and progress go to `err`, so that a pipe carries results only."""

    def __init__(self, as_json: bool, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.as_json = as_json
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._live = 0  # lines of the progress block that stand on the terminal now

    @property
    def live(self) -> bool:
        """May lines be redrawn? Only on a terminal."""
        return not self.as_json and self._err.isatty()

    def document(self, value: object, words: Callable[[], str]) -> None:
        """One result: as one JSON document, or in words."""
        print(json.dumps(jsonable(value), indent=1) if self.as_json else words(), file=self._out, flush=True)

    def item(self, value: object, words: str) -> None:
        """One of a stream: a JSON line, or a line of words."""
        self.clear()
        print(json.dumps(jsonable(value)) if self.as_json else words, file=self._out, flush=True)

    def say(self, words: str) -> None:
        """Something for people only, beside the result."""
        self.clear()
        if not self.as_json:
            print(words, file=self._err, flush=True)

    def note(self, value: object, words: str) -> None:
        """Something beside the result that programs want to know too: a JSON line, or words on standard error."""
        if self.as_json:
            self.item(value, words)
        else:
            self.say(words)

    def redraw(self, lines: Sequence[str]) -> None:
        """Replace the progress block. Nothing where no terminal is."""
        if not self.live:
            return
        self.clear()
        for line in lines:
            print(f"\x1b[2K{line}", file=self._err)
        self._err.flush()
        self._live = len(lines)

    def clear(self) -> None:
        if self._live:
            print(f"\x1b[{self._live}A\x1b[J", end="", file=self._err, flush=True)
            self._live = 0

    def error(self, error: FieldtoolError | Trouble) -> None:
        """What happened, is the charger safe, what to do."""
        self.clear()
        trouble = error if isinstance(error, Trouble) else error.trouble()
        if self.as_json:
            print(json.dumps({"error": jsonable(trouble)}), file=self._out, flush=True)
        else:
            print(words_of(trouble), file=self._err, flush=True)


def words_of(trouble: Trouble) -> str:
    return f"{trouble.what}\n  {trouble.safety.text.what()}\n  → {trouble.remedy}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns; the last one is not padded."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def size(count: float) -> str:
    """Bytes as a person reads them: 96.4 MB."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count:.0f} B"
