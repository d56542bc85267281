"""As much of a shell's language as a virtual charger knows: lines, subshells, `eval`, `$?` and `>&2`.

Nothing that hides a second command in a line: whoever lets a foreign word into a command shall see it fail here.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import dropwhile

_TOKEN = re.compile(
    r"""(?P<blank>(?:[ \t]|\\\n)+)
    |(?P<err>>&2(?=[\s)]|$))
    |(?P<sign>[\n()])
    |'(?P<single>[^']*)'
    |"(?P<double>(?:[^"\\]|\\.)*)"
    |\\(?P<escaped>.)
    |(?P<strange>\$\(|[;|&<>`])
    |(?P<plain>\$?[^\s;()'"\\|&<>`$]*)""",
    re.VERBOSE | re.DOTALL,
)
_IN_DOUBLE = re.compile(r'\\([$`"\\])|\\\n|(\$\?)')


class SyntaxProblem(Exception):
    """What the shell says of a line that it cannot read."""


@dataclass(slots=True)
class Simple:
    """A command of words; `$?` in them is a None among their pieces."""

    words: list[list[str | None]] = field(default_factory=list)
    to_err: bool = False


@dataclass(slots=True)
class Group:
    """Commands in a subshell."""

    commands: list["Simple | Group"]


def parse(text: str) -> list[Simple | Group]:
    """SyntaxProblem when it is no script that a virtual charger knows."""
    tokens = _tokens(text)
    commands, closed = _list(tokens)
    if closed:
        raise SyntaxProblem('")" unexpected')
    return commands


def run(
    commands: list[Simple | Group],
    execute: Callable[[list[str], bool], int],
    evaluate: Callable[[str], int],
    last: int = 0,
) -> int:
    """Status of the last command. `execute` gets words, and whether their output goes to the error stream."""
    for command in commands:
        if isinstance(command, Group):
            last = run(command.commands, execute, evaluate, last)
            continue
        words = ["".join(str(last) if piece is None else piece for piece in word) for word in command.words]
        words = list(dropwhile(_is_assignment, words))
        match words:
            case []:
                last = 0
            case ["eval", *rest]:
                last = evaluate(" ".join(rest))
            case _:
                last = execute(words, command.to_err)
    return last


def _list(tokens: Iterator[tuple[str, str]]) -> tuple[list[Simple | Group], bool]:
    """Commands up to the end or a closing bracket; whether it was one."""
    commands: list[Simple | Group] = []
    now: Simple | Group | None = None
    glued = False  # the next piece belongs to the word before
    for kind, text in tokens:
        if kind == "sign" and text != "(":
            commands += [now] if now is not None else []
            now, glued = None, False
            if text == ")":
                return commands, True
        elif kind == "sign":
            if now is not None:
                raise SyntaxProblem('"(" unexpected')
            inner, closed = _list(tokens)
            if not closed:
                raise SyntaxProblem('end of file unexpected (expecting ")")')
            now = Group(inner)
        elif kind == "blank":
            glued = False
        elif isinstance(now, Group):
            raise SyntaxProblem("word unexpected")
        else:
            now = now or Simple()
            if kind == "err":
                now.to_err, glued = True, False
                continue
            if not glued:
                now.words.append([])
            now.words[-1] += _pieces(kind, text)
            glued = True
    return commands + ([now] if now is not None else []), False


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.end() == at or found.lastgroup is None:
            raise SyntaxProblem("Unterminated quoted string")
        kind = found.lastgroup
        if kind == "strange":
            raise SyntaxProblem(f"this charger's shell has no {found[kind]}")
        yield kind, found[kind]
        at = found.end()


def _pieces(kind: str, text: str) -> list[str | None]:
    """Text, with None for each `$?`."""
    if kind == "plain" and text == "$?":
        return [None]
    if kind != "double":
        return [text]
    pieces: list[str | None] = []
    at = 0
    for found in _IN_DOUBLE.finditer(text):
        pieces += [text[at : found.start()], None if found[2] else found[1] or ""]
        at = found.end()
    return [*pieces, text[at:]]


def _is_assignment(word: str) -> bool:
    name, sign, _ = word.partition("=")
    return bool(sign) and name.isidentifier() and name.isupper()
