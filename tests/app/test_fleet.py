"""The list of chargers, looked at twenty times a second: plan lines are kept, and never older than what they say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fieldtool.app import fleet
from fieldtool.app.fleet import PlanLines
from fieldtool.app.views import ChargerRow
from fieldtool.core.driver import Can
from fieldtool.core.errors import Trouble
from fieldtool.core.model import Charger, Component, Health, Identity, Observed
from fieldtool.core.texts import Text
from fieldtool.discovery.identify import Found, Part
from fieldtool.discovery.merge import Entry
from fieldtool.discovery.presence import Presence
from fieldtool.update.live import RunState
from fieldtool.update.plan import PlanLine, Supply
from fieldtool.update.preflight import Laptop
from fieldtool.update.run import Outcome, Phase
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


def row_after(outcome: Outcome | None, stale: bool) -> ChargerRow:
    entry = replace(ENTRY, stale=stale)
    run = RunState("r1", "S1", "Bay 01", "1.0", "2.0", Phase.CONFIRM, NOW, outcome=outcome, runs_now="2.0")
    return fleet.row(entry, run, PlanLines().of(entry, (), SUPPLY, MAINS, NOW))


@pytest.mark.parametrize("outcome", [Outcome.DONE, Outcome.ROLLED_BACK, Outcome.ABANDONED, Outcome.STUCK])
def test_after_a_run_nobody_is_invited_to_update_what_was_there_before_it(outcome: Outcome) -> None:
    row = row_after(outcome, stale=True)
    assert (row.verdict, row.target, row.updatable) == (None, None, False)
    assert row.running == "2.0"
    fresh = row_after(outcome, stale=False)
    assert fresh.verdict is not None and fresh.updatable


def test_a_run_that_waits_keeps_what_is_said_of_it() -> None:
    assert row_after(Outcome.WAITING, stale=True).verdict is not None
