"""Documents tell the truth where a program can check it: commands parse, verbs and codes are complete, links live."""

import importlib
import re
import shlex
from pathlib import Path

import pytest

from fieldtool.app.words import PHASES
from fieldtool.cli import main as command_line
from fieldtool.core.driver import Can, Session
from fieldtool.core.errors import ExitCode
from fieldtool.core.model import Observed
from fieldtool.core.profile import HEALTH, KNOWN_FACTS
from fieldtool.update.run import NEXT
from fieldtool.update.validation import RULES


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


def test_every_document_is_in_the_index(repository_root: Path) -> None:
    docs = repository_root / "resources" / "docs"
    index = (docs / "README.md").read_text()
    decisions = (docs / "adr" / "README.md").read_text()
    pages = [*(docs / "guide").glob("*.md"), *(docs / "drivers").glob("*.md")]
    assert [page.name for page in pages if f"({page.parent.name}/{page.name})" not in index] == []
    assert [page.name for page in (docs / "adr").glob("0*.md") if f"({page.name})" not in decisions] == []


def test_whoever_writes_a_driver_reads_of_every_ability_fact_and_call(repository_root: Path) -> None:
    page = (repository_root / "resources/docs/drivers/writing-a-driver.md").read_text()
    calls = [name for name in vars(Session) if not name.startswith("_") and name != "can"]
    assert len(calls) == 14
    assert [name for name in calls if f"`{name}(" not in page] == []
    assert [one.name for one in Can if f"`{one.name}`" not in page] == []
    fields = set(Observed.__dataclass_fields__) - {"facts"}
    assert [name for name in sorted(fields) if f"`{name}`" not in page and f"`{name}=" not in page] == []


def test_the_guide_to_updating_has_every_phase_under_the_name_that_is_shown(repository_root: Path) -> None:
    page = (repository_root / "resources/docs/guide/updating.md").read_text()
    shown = [PHASES[phase].removesuffix(" new firmware") for phase in NEXT]
    assert [name for name in shown if f"\n| {name} |" not in page] == []


def test_every_rule_has_a_chapter_and_the_number_of_rules_is_told_truly(repository_root: Path) -> None:
    page = (repository_root / "resources/docs/guide/validation.md").read_text()
    assert [rule for rule in RULES if f"\n### `{rule}`\n" not in page] == []
    assert len(RULES) == 14 and "fourteen rules" in page


def test_every_fact_and_question_of_a_profile_is_described(repository_root: Path) -> None:
    folder = repository_root / "resources/docs/drivers"
    pages = "".join((folder / name).read_text() for name in ("profiles.md", "swupdate-ssh.md"))
    words = set(re.findall(r"\w+", pages))
    assert sorted((KNOWN_FACTS | HEALTH) - words) == []
