"""The list of chargers, looked at twenty times a second: plan lines are kept, and never older than what they say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fieldtool.app import fleet
from fieldtool.app.fleet import PlanLines
from fieldtool.core.driver import Can
from fieldtool.core.errors import Trouble
from fieldtool.core.model import Charger, Component, Health, Identity, Observed
from fieldtool.core.texts import Text
from fieldtool.discovery.identify import Found, Part
from fieldtool.discovery.merge import Entry
from fieldtool.discovery.presence import Presence
from fieldtool.update.plan import PlanLine, Supply
from fieldtool.update.preflight import Laptop
from tests.fakes import LINK, PROFILE, RELEASE

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
MAINS = Laptop(None, True, 10**11)
SUPPLY = Supply((RELEASE,), lambda release: True)
OBSERVED, HEALTH = Observed("S1", "1.0", "a" * 64, "a"), Health(True)
CAN = Can.KEEP_OLD | Can.TRIAL | Can.ROLL_BACK
ENTRY = Entry(
    "k1", Presence.READY, "Bay 01", "S1",
    found=Found(
        Charger("S1", "Lab", "CityPost 22", (Component("main", "R4", "fake", LINK),)),
        Identity("Lab", "CityPost 22", "R4", "S1", {"main": "1.0"}),
        OBSERVED, HEALTH, CAN, PROFILE, (Part("main", PROFILE, "R4", OBSERVED, CAN),),
    ),
)  # fmt: skip


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[PlanLine]:
    """Every line that was really planned."""
    lines: list[PlanLine] = []
    plan: Callable[..., PlanLine] = fleet.plan_line

    def counted(*of: object) -> PlanLine:
        lines.append(plan(*of))
        return lines[-1]

    monkeypatch.setattr(fleet, "plan_line", counted)
    return lines


def test_nothing_is_planned_twice_while_nothing_has_changed(made: list[PlanLine]) -> None:
    lines = PlanLines()
    seen = [lines.of(replace(ENTRY), (), SUPPLY, MAINS, NOW + timedelta(seconds=at)) for at in range(50)]
    assert len(made) == 1 and seen == made * 50
    assert made[0].verdict.reason.text is Text.READY


CHANGES: dict[str, tuple[Entry, tuple[str, ...], Supply, Laptop, datetime]] = {
    "what the charger tells": (replace(ENTRY, last_seen=NOW), (), SUPPLY, MAINS, NOW),
    "a run begins": (ENTRY, ("S1",), SUPPLY, MAINS, NOW),
    "the catalogue": (ENTRY, (), replace(SUPPLY, problem=Trouble(Text.CATALOGUE_LOADING)), MAINS, NOW),
    "the laptop": (ENTRY, (), SUPPLY, Laptop(5, False, 10**11), NOW),
    "the hour": (ENTRY, (), SUPPLY, MAINS, NOW + timedelta(minutes=1)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_a_line_depends_on_makes_it_anew(made: list[PlanLine], change: str) -> None:
    lines = PlanLines()
    lines.of(ENTRY, (), SUPPLY, MAINS, NOW)
    lines.of(*CHANGES[change])
    assert len(made) == 2


def test_who_has_left_the_list_is_forgotten(made: list[PlanLine]) -> None:
    lines = PlanLines()
    lines.of(ENTRY, (), SUPPLY, MAINS, NOW)
    lines.forget_all_but(["k2"])
    lines.of(ENTRY, (), SUPPLY, MAINS, NOW)
    assert len(made) == 2
    assert lines.of(replace(ENTRY, found=None), (), SUPPLY, MAINS, NOW) is None
