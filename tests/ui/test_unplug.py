"""Is it safe to unplug? Never "safe" while something is written, nor while nobody knows."""

from dataclasses import replace

import pytest

from fieldtool.app.views import ChargerRow, Presence
from fieldtool.core.errors import Safety
from fieldtool.core.texts import Text
from fieldtool.ui.unplug import unplug
from fieldtool.update.run import NEXT, UNTOUCHED, Outcome, Phase
from tests.ui.fake_app import observed, ready, span, story, trouble, under_way

ROW = ready("Bay 01", "CP-1", "CityPost 22", "R4", "192.0.2.7", "5.1.0", "5.1.3")


def running(phase: Phase, safety: Safety, **more: object) -> ChargerRow:
    return under_way(ROW, [span(phase, -1, None)], 1, 2, safety=safety, **more)


@pytest.mark.parametrize("phase", NEXT)
@pytest.mark.parametrize("safety", [Safety.OLD_IS_KEPT, Safety.KEEP_POWERED])
def test_no_phase_that_writes_is_called_safe(phase: Phase, safety: Safety) -> None:
    if phase in UNTOUCHED:
        safety = Safety.UNTOUCHED
    answer = unplug(running(phase, safety))
    assert "Safe to unplug" not in answer.head + answer.body
    assert (answer.kind in ("warn", "bad")) == (safety is not Safety.UNTOUCHED)


def test_a_silent_charger_in_mid_run_is_to_be_kept_powered() -> None:
    answer = unplug(running(Phase.RESTART, Safety.OLD_IS_KEPT, outcome=Outcome.WAITING))
    assert answer.head == "Keep it powered and connected"


@pytest.mark.parametrize("presence", [Presence.EXPECTED, Presence.GONE, Presence.SIGHTED, Presence.PROBLEM])
def test_of_a_charger_that_tells_nothing_nothing_is_promised(presence: Presence) -> None:
    answer = unplug(replace(ROW, presence=presence))
    assert "afe" not in answer.head
    assert answer.kind == "idle"


def test_somebody_elses_installation_is_told() -> None:
    row = replace(ROW, observed=replace(observed("CP-1", "5.1.0"), installing=True))
    assert unplug(row).head == "Do not switch off or unplug"


def test_a_car_that_charges_is_told_first() -> None:
    row = next(row for row in story() if row.name == "Bay 03")
    assert unplug(row).head == "A car is charging"


@pytest.mark.parametrize(
    ("outcome", "head"),
    [
        (Outcome.DONE, "Safe to unplug"),
        (Outcome.ROLLED_BACK, "Rolled back, charger works"),
        (Outcome.REFUSED, "Safe to unplug"),
        (Outcome.ABANDONED, "Safe to unplug"),
        (Outcome.STUCK, "Keep it powered and connected"),
    ],
)
def test_every_end_has_its_answer(outcome: Outcome, head: str) -> None:
    assert unplug(running(Phase.CONFIRM, Safety.OLD_IS_KEPT, outcome=outcome)).head == head


def test_a_wait_says_what_it_waits_for() -> None:
    row = running(
        Phase.INSTALL, Safety.UNTOUCHED, waiting=trouble(Text.WAITING_FOR_SESSION, found="connector 1 is charging")
    )
    assert "connector 1 is charging" in unplug(row).body
