"""libconfig's language as SWUpdate's sw-description uses it. Only for text whose signature was checked.

`@include` is refused: what it would bring in is not signed.
"""

import re
from collections.abc import Iterator

from fieldtool.firmware.formats.errors import need

DEEPEST = 32

Value = str | bool | None | list["Value"] | dict[str, "Value"]
"""None: a number, which nobody here asks for."""

_TOKEN = re.compile(
    r"""(?P<skip>\s+ | \#[^\n]* | //[^\n]* | /\*.*?\*/)
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<number>[-+]?(?:0[xX][0-9A-Fa-f]+L{0,2}|\d+L{0,2}(?![\d.eE])|(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?))
      | (?P<name>[A-Za-z*][-A-Za-z0-9_*]*)
      | (?P<sign>[=:;,{}()\[\]])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_MEANT = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "\\": "\\", '"': '"'}
_END = ("end", "")


def parse_libconfig(text: str) -> dict[str, Value]:
    """The settings in `text`. FormatError(NATIVE_DAMAGED)."""
    parser = _Parser(_tokens(text))
    found = parser.settings("", 0)
    need(parser.next == _END, "its description cannot be read")
    return found


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        need(match, "its description cannot be read")
        assert match is not None
        assert match.lastgroup is not None
        at = match.end()
        if match.lastgroup != "skip":
            yield match.lastgroup, match.group()


class _Parser:
    def __init__(self, tokens: Iterator[tuple[str, str]]) -> None:
        self._tokens = tokens
        self.next = next(tokens, _END)

    def settings(self, closing: str, depth: int) -> dict[str, Value]:
        """`name = value;` until `closing`."""
        found: dict[str, Value] = {}
        while self.next[0] == "name":
            name = self._take()
            need(name not in found, f"its description says “{name[:40]}” twice")
            need(self._take() in ("=", ":"), "its description cannot be read")
            found[name] = self._value(depth)
            if self.next[1] in (";", ","):
                self._take()
        if closing:
            need(self._take() == closing, "its description cannot be read")
        return found

    def _value(self, depth: int) -> Value:
        need(depth < DEEPEST, "its description is nested too deeply")
        kind, text = self.next
        if kind == "string":
            return self._string()
        self._take()
        if text == "{":
            return self.settings("}", depth + 1)
        if text in ("(", "["):
            return self._list(")" if text == "(" else "]", depth + 1)
        truth = kind == "name" and text.lower() in ("true", "false")
        need(truth or kind == "number", "its description cannot be read")
        return text.lower() == "true" if truth else None

    def _list(self, closing: str, depth: int) -> list[Value]:
        found: list[Value] = []
        while self.next != ("sign", closing):
            found.append(self._value(depth))
            if self.next[1] != ",":
                break
            self._take()
        need(self._take() == closing, "its description cannot be read")
        return found

    def _string(self) -> str:
        parts = []
        while self.next[0] == "string":  # strings side by side are one
            parts.append(_ESCAPE.sub(_unescaped, self._take()[1:-1]))
        return "".join(parts)

    def _take(self) -> str:
        text = self.next[1]
        self.next = next(self._tokens, _END)
        return text


def _unescaped(match: re.Match[str]) -> str:
    meant = match[1]
    if len(meant) == 3:
        return chr(int(meant[1:], 16))
    need(meant in _MEANT, "its description cannot be read")
    return _MEANT[meant]
