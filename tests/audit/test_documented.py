"""The guide names every field, event and alarm that there is."""

import json
import re
from pathlib import Path

import pytest

from fieldtool.audit.record import _FIELDS, PAYLOAD_TYPE
from fieldtool.core.texts import Text
from fieldtool.update.journal import _EVENTS

GOLDEN = Path(__file__).parents[1] / "golden" / "audit-v1"


@pytest.fixture(scope="module")
def guide(repository_root: Path) -> str:
    return (repository_root / "resources" / "docs" / "guide" / "audit.md").read_text()


def _first_cells(guide: str, head: str) -> list[str]:
    table = guide[guide.index(f"| {head} |") :].split("\n\n")[0]
    return re.findall(r"`([^`]+)`", " ".join(line.split("|")[1] for line in table.splitlines()[2:]))


def test_every_field_of_the_format_is_in_the_guide(guide: str) -> None:
    assert set(_first_cells(guide, "field")) == set(_FIELDS)
    shipped = json.loads((GOLDEN / "expected.json").read_text())["payloads"]
    assert all(payload.keys() == _FIELDS.keys() for payload in shipped)
    assert PAYLOAD_TYPE in guide


def test_every_event_is_in_the_guide(guide: str, repository_root: Path) -> None:
    sources = [file.read_text() for file in (repository_root / "fieldtool").rglob("*.py")]
    named = {name for source in sources for name in re.findall(r"\bEvent\(\s*\"([a-z-]+)\"", source)}
    named |= {name for source in sources for name in re.findall(r"_record\(\"([a-z]+-[a-z]+)\"", source)}
    assert len(named) > 5
    assert (named | set(_EVENTS.values())) - set(_first_cells(guide, "event")) == set()


def test_every_alarm_is_in_the_guide(guide: str) -> None:
    elsewhere = {"AUDIT_KEY_BAD", "AUDIT_KEY_ENDED", "AUDIT_KEY_STRANGE", "AUDIT_ROLL_BAD", "AUDIT_KEY_MARK"}  # keys.md
    known = {text.name for text in Text if text.name.startswith("AUDIT_")} - elsewhere
    assert known - set(_first_cells(guide, "alarm")) == {"AUDIT_ANCHOR_UNWRITABLE"}  # stops runs, is no alarm
