"""Documents tell the truth where a program can check it: commands parse, verbs and codes are complete, links live."""

import importlib
import re
import shlex
from pathlib import Path

import pytest

from fieldtool.cli import main as command_line
from fieldtool.core.errors import ExitCode


@pytest.fixture(scope="module")
def guide(repository_root: Path) -> str:
    return (repository_root / "resources" / "docs" / "guide" / "command-line.md").read_text()


def _documents(root: Path) -> list[Path]:
    return [root / "README.md", root / "CHANGELOG.md", *sorted((root / "resources" / "docs").rglob("*.md"))]


def _commands(root: Path) -> list[tuple[str, str]]:
    """Lines of code blocks that call fieldtool, as (document, line)."""
    found = []
    for document in _documents(root):
        inside = False
        for line in document.read_text().splitlines():
            inside = inside != line.startswith("```")
            words = line.strip().removeprefix("$ ").removeprefix("uv run --no-sync ")
            if inside and words.startswith("fieldtool ") and "VERB" not in words:
                found.append((document.name, words))
    return found


def test_every_command_in_a_document_is_understood(repository_root: Path) -> None:
    commands = _commands(repository_root)
    assert len(commands) >= 8
    for document, line in commands:
        words = shlex.split(line, comments=True)[1:]
        verb = next(word for word in words if word in command_line.VERBS)
        parser, _ = command_line._parser(verb)
        try:
            parser.parse_args(words)
        except SystemExit:
            pytest.fail(f"{document}: {line}")


def test_the_guide_has_every_verb(guide: str) -> None:
    assert [verb for verb in command_line.VERBS if f"`fieldtool {verb}" not in guide] == []


def test_the_readme_has_every_verb(repository_root: Path) -> None:
    readme = (repository_root / "README.md").read_text()
    table = readme[readme.index("## Commands") :]
    told = set(re.findall(r"\b[a-z]+\b", " ".join(re.findall(r"`([^`]+)`", table))))
    assert command_line.VERBS.keys() - {"window"} <= told


def test_the_guide_has_every_exit_code(guide: str) -> None:
    table = guide[guide.index("## Exit codes") :]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.M)} == {code.value for code in ExitCode}


def test_every_verb_of_the_command_line_is_there() -> None:
    """A verb's module is imported only when it is asked for: a missing one would show at the customer's."""
    for module, _ in command_line.VERBS.values():
        assert callable(importlib.import_module(module).add_arguments)


def test_links_between_documents_lead_somewhere(repository_root: Path) -> None:
    dead = [
        f"{document.relative_to(repository_root)}: {target}"
        for document in _documents(repository_root)
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text())
        if not target.startswith(("https://", "http://")) and not (document.parent / target).exists()
    ]
    assert dead == []
