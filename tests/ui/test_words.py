"""Words of the window: every template can be translated and filled in; quantities read well."""

import ast
import string
from pathlib import Path

import pytest

from fieldtool.core.errors import Safety, Trouble
from fieldtool.core.texts import Text
from fieldtool.ui import names
from fieldtool.ui.words import ago_words, details, outcome_sign, phase_title, phase_word, range_words, trouble_words
from fieldtool.update.run import Outcome, Phase
from tests.ui.fake_app import NOW, trouble


@pytest.mark.parametrize("text", Text)
def test_every_text_can_be_shown_even_by_a_journal_that_lacks_its_parameters(text: Text) -> None:
    assert all(trouble_words(Trouble(text)))


def test_what_an_error_says_is_what_happened_whether_it_is_safe_and_what_to_do() -> None:
    told = trouble_words(trouble(Text.ADDRESS_BAD, Safety.KEEP_POWERED, address="x y"))
    assert told[0] == "“x y” is no address."
    assert told[1] == "The charger may not start by itself."
    assert told[2].startswith("Write it like")


def test_copied_details_name_code_parameters_and_charger() -> None:
    copied = details(trouble(Text.PIN_MISSING, serial="CP-1", found="SHA256:x"), NOW, {"serial": "CP-1", "run": ""})
    assert "code: PIN_MISSING" in copied
    assert "  found = SHA256:x" in copied
    assert "time: 2026-11-20T10:14:00.000Z" in copied
    assert "run:" not in copied


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_has_words(phase: Phase) -> None:
    assert phase_title(phase) and phase_word(phase)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_its_sign(outcome: Outcome) -> None:
    assert outcome_sign(outcome).word


@pytest.mark.parametrize(
    ("fast", "slow", "told"),
    [
        (20, 70, "20–70 s"),
        (0, 0.4, "1 s"),
        (170, 260, "3–4 min"),
        (360, 380, "6 min"),
        (3900, 5700, "1 h 05 to 1 h 35"),
    ],
)
def test_durations_are_ranges(fast: float, slow: float, told: str) -> None:
    assert range_words(fast, slow) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(2, "just now"), (40, "40 s ago"), (120, "2 min ago"), (7200, "2 h ago"), (300000, "3 days ago")],
)
def test_ages_are_rough(seconds: float, told: str) -> None:
    assert ago_words(seconds) == told


def test_accessible_names_are_unique() -> None:
    told = [value for name, value in vars(names).items() if name.isupper()]
    assert len(told) == len(set(told))


def _calls(root: Path) -> list[tuple[str, int, ast.expr]]:
    found = []
    for file in sorted((root / "fieldtool" / "ui").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in ("tr", "words"):
                    found.append((file.name, node.lineno, node.args[0]))
    return found


def test_no_translated_text_is_put_together_before_it_is_translated(repository_root: Path) -> None:
    calls = _calls(repository_root)
    assert len(calls) > 150
    wrong = [f"{file}:{line}" for file, line, first in calls if isinstance(first, (ast.JoinedStr, ast.BinOp, ast.Call))]
    assert wrong == []


def test_placeholders_of_templates_have_names(repository_root: Path) -> None:
    for file, line, first in _calls(repository_root):
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            fields = [field for _, field, _, _ in string.Formatter().parse(first.value) if field is not None]
            assert all(field.isidentifier() for field in fields), f"{file}:{line}"
