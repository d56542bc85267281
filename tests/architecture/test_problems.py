"""Every problem that preflight or planning can give has an entry in the guide and a test, and no entry is dead."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldtool.core.texts import Text
from fieldtool.update.preflight import NEVER, OVERRIDABLE, Level
from tests.update.test_preflight import CASES

# module -> the functions of it that give problems ("" = all), and where tests produce them
GIVERS = {
    "fieldtool/update/preflight.py": "",
    "fieldtool/update/planned.py": "",
    "fieldtool/update/plan.py": "",
    "fieldtool/update/order.py": "",
    "fieldtool/update/hours.py": "",
    "fieldtool/update/configuration.py": "usable",
    "fieldtool/firmware/versions.py": "",
}
TESTS = ("tests/update/test_preflight.py", "tests/update/test_plan.py")


def named(source: str, function: str = "") -> Iterator[str]:
    """Names of texts in a module, or in one function of it; the tables that only sort problems do not give any."""
    tree: ast.AST = ast.parse(source)
    if function:
        tree = next(one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name == function)
    sorting = {inner for node in ast.walk(tree) if _sorts(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if node in sorting:
            continue
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Text":
            yield node.attr


def _sorts(node: ast.AST) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else ()
    return any(isinstance(one, ast.Name) and one.id in ("NEVER", "OVERRIDABLE", "MOMENT") for one in targets)


@pytest.fixture(scope="module")
def given(repository_root: Path) -> frozenset[str]:
    return frozenset(
        name
        for module, function in GIVERS.items()
        for name in named((repository_root / module).read_text(encoding="utf-8"), function)
    )


@pytest.fixture(scope="module")
def entries(repository_root: Path) -> dict[str, str]:
    guide = (repository_root / "resources/docs/guide/problems.md").read_text(encoding="utf-8")
    found = re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", guide, re.M | re.S)
    assert len({name for name, _ in found}) == len(found)
    return {name: body.strip() for name, body in found}


def test_every_problem_has_an_entry_and_every_entry_a_problem(given: frozenset[str], entries: dict[str, str]) -> None:
    assert sorted(given - entries.keys()) == []
    assert sorted(entries.keys() - given) == []


def test_every_entry_says_what_it_means_and_what_to_do(entries: dict[str, str]) -> None:
    for name, body in entries.items():
        means, _, todo = body.partition("\n\nWhat to do: ")
        assert len(means.split()) > 3, name
        assert todo, name
        assert name in Text.__members__


def test_every_problem_is_produced_by_a_test(given: frozenset[str], repository_root: Path) -> None:
    tested = {name for file in TESTS for name in named((repository_root / file).read_text(encoding="utf-8"))}
    assert sorted(given - tested) == []


def test_the_guide_says_truly_what_stops_and_who_may_override_it(entries: dict[str, str]) -> None:
    says = {
        Level.STOP: "Stops.",
        Level.WARN: "Warns.",
        Level.INFO: "Note.",
    }
    for _, level, text in CASES:
        assert entries[text.name].startswith(says[level]), text.name
    stops = {name for name, body in entries.items() if body.startswith("Stops.")}
    assert stops == {text.name for text in NEVER | OVERRIDABLE}
    opened = {name for name, body in entries.items() if body.startswith("Stops. May be overridden")}
    assert opened == {text.name for text in OVERRIDABLE}
