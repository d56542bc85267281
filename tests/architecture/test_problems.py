"""Every problem that planning, preflight or a run can give has an entry in the guide and a test; no entry is dead."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from fieldtool.core.texts import Text
from fieldtool.update.preflight import NEVER, OVERRIDABLE, Level
from fieldtool.update.run import RETRY
from tests.update.test_preflight import CASES

# Modules of which every text may reach a technician ...
GIVERS = ("fieldtool/update/*.py", "fieldtool/drivers/**/*.py", "fieldtool/app/runs.py", "fieldtool/store/locks.py",
          "fieldtool/store/database.py", "fieldtool/store/keystore.py", "fieldtool/firmware/versions.py",
          "fieldtool/firmware/native.py", "fieldtool/firmware/formats/*.py")  # fmt: skip
# ... and functions of others that a plan or a run asks.
ASKED = {
    "fieldtool/app/app.py": ("plan",),
    "fieldtool/audit/keys.py": ("get", "sign"),
    "fieldtool/audit/log.py": ("_found",),
    "fieldtool/core/profile.py": ("of",),
    "fieldtool/discovery/roster.py": ("locate",),
    "fieldtool/firmware/images.py": ("check", "_unusable"),
    "fieldtool/store/token.py": ("sign_bytes", "_translated"),
    "fieldtool/firmware/loading.py": ("entry",),
    "fieldtool/firmware/director.py": ("check_agreement", "check_denylist"),
    "fieldtool/firmware/nativecheck.py": ("anchor_bytes",),
    "fieldtool/firmware/repository.py": ("_permitted",),
}
BEFORE, DURING = "# Before an update", "# While an update runs"
SAYS = {Level.STOP: "Stops.", Level.WARN: "Warns.", Level.INFO: "Note.", Level.OK: "Good."}
FOLLOWS = ("Refuses", "Fails", "Waits", "Asks", "Needs recovery", "Told")  # what becomes of a run


def named(tree: ast.AST) -> Iterator[str]:
    """Names of texts; the tables that only sort problems do not give any."""
    sorting = {inner for node in ast.walk(tree) if _sorts(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if node not in sorting and _member(node, "Text"):
            yield node.attr  # type: ignore[attr-defined]  # an Attribute


def _member(node: ast.AST, enum: str) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == enum


def _sorts(node: ast.AST) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else ()
    return any(isinstance(one, ast.Name) and one.id in ("NEVER", "OVERRIDABLE", "MOMENT") for one in targets)


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def functions(tree: ast.AST, names: tuple[str, ...]) -> list[ast.FunctionDef]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in names]
    assert {one.name for one in found} == set(names)
    return found


@pytest.fixture(scope="module")
def grades(repository_root: Path) -> dict[str, set[str]]:
    """Findings of the health check, and the grades that the rules give with each."""
    found: dict[str, set[str]] = {}
    for module in ("rules", "validation"):
        for node in ast.walk(parsed(repository_root / f"fieldtool/update/{module}.py")):
            if isinstance(node, ast.Call) and len(node.args) == 2 and _member(node.args[0], "Grade"):
                grade, text = node.args
                if _member(text, "Text") and isinstance(text, ast.Attribute) and isinstance(grade, ast.Attribute):
                    found.setdefault(text.attr, set()).add(grade.attr.lower().replace("_", " "))
    assert len(found) > 30
    return found


@pytest.fixture(scope="module")
def given(repository_root: Path, grades: dict[str, set[str]]) -> frozenset[str]:
    trees: list[ast.AST] = [parsed(file) for pattern in GIVERS for file in sorted(repository_root.glob(pattern))]
    for file, names in ASKED.items():
        trees += functions(parsed(repository_root / file), names)
    well = {name for name, given in grades.items() if given == {"pass"}}
    return frozenset(name for tree in trees for name in named(tree)) - well


@pytest.fixture(scope="module")
def guide(repository_root: Path) -> str:
    return (repository_root / "resources/docs/guide/problems.md").read_text(encoding="utf-8")


def chapters(text: str) -> dict[str, str]:
    found = re.findall(r"^### ([A-Z][A-Z_]+)\n(.*?)(?=^#|\Z)", text, re.M | re.S)
    assert len({name for name, _ in found}) == len(found)
    return {name: body.strip() for name, body in found}


@pytest.fixture(scope="module")
def entries(guide: str) -> dict[str, str]:
    return chapters(guide)


@pytest.fixture(scope="module")
def findings(guide: str) -> dict[str, tuple[str, str]]:
    """Rows of the table of findings: name -> (grade, what it means and what to do)."""
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", guide, re.M)
    assert len({name for name, _, _ in rows}) == len(rows)
    return {name: (grade, words) for name, grade, words in rows}


def test_every_problem_has_an_entry_and_every_entry_a_problem(
    given: frozenset[str], entries: dict[str, str], findings: dict[str, tuple[str, str]]
) -> None:
    assert entries.keys().isdisjoint(findings)
    told = entries.keys() | findings.keys()
    assert sorted(given - told) == []
    assert sorted(told - given) == []


def test_every_entry_says_what_it_means_and_what_to_do(
    entries: dict[str, str], findings: dict[str, tuple[str, str]]
) -> None:
    for name, body in entries.items():
        means, _, todo = body.partition("\n\nWhat to do: ")
        assert len(means.split()) > 3, name
        assert todo, name
        assert name in Text.__members__
    for name, (_, words) in findings.items():
        assert len(words.split(". ")) >= 2, name


def test_every_problem_is_produced_by_a_test(given: frozenset[str], repository_root: Path) -> None:
    """Pictures of the window and fakes name texts too, and prove nothing."""
    tests = repository_root / "tests"
    files = [*tests.rglob("test_*.py"), tests / "drivers/contract.py"]
    proving = (file for file in files if file.parent.name not in ("ui", "bench", "architecture"))
    tested = {name for file in proving for name in named(parsed(file))}
    assert sorted(given - tested) == []


def test_the_guide_says_truly_what_stops_and_who_may_override_it(entries: dict[str, str]) -> None:
    for _, level, text in CASES:
        assert entries[text.name].startswith(SAYS[level]), text.name
    stops = {name for name, body in entries.items() if body.startswith("Stops.")}
    assert stops == {text.name for text in NEVER | OVERRIDABLE}
    opened = {name for name, body in entries.items() if body.startswith("Stops. May be overridden")}
    assert opened == {text.name for text in OVERRIDABLE}


def test_every_entry_about_a_run_begins_with_what_follows(guide: str) -> None:
    before, _, during = guide.partition(f"\n{DURING}\n")
    assert f"\n{BEFORE}\n" in before
    for name, body in chapters(during).items():
        assert body.startswith(FOLLOWS), name


def test_the_guide_says_truly_how_often_a_step_is_tried(entries: dict[str, str]) -> None:
    for text, (_, tries) in RETRY.items():
        assert f"{tries} tries in all" in entries[text.name], text.name
    told = {name for name, body in entries.items() if "tries in all" in body}
    assert told == {text.name for text in RETRY}


def test_the_table_of_findings_says_truly_how_each_is_graded(
    grades: dict[str, set[str]], findings: dict[str, tuple[str, str]]
) -> None:
    assert {name: {grade} for name, (grade, _) in findings.items()} == {
        name: given for name, given in grades.items() if given != {"pass"}
    }
