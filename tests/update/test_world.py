"""Settings, service and people around an update."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fieldtool.core.driver import Can, EndedBy, ManualStep, Progress, Steps
from fieldtool.core.errors import ExitCode, Safety, StorageError
from fieldtool.core.model import Expectation, SiteRules
from fieldtool.core.texts import Text
from fieldtool.update.run import Head, Mark, Outcome, Override, Phase, Record
from fieldtool.update.validation import Grade, Waiver
from tests.fakes import HEAD, KINDS, LEG, RELEASE, Bench, FakeSession, LaptopDied

MOVES = replace(RELEASE, config_format="fake-2", config_renames=(("limit", "max_current"),))


# -- settings ---------------------------------------------------------------------------------------------------------


def test_settings_that_an_update_loses_are_written_back() -> None:
    bench = Bench()
    bench.device.loses_settings = True
    assert bench.run().outcome is Outcome.DONE
    assert bench.device.settings == {"name": "Bay 01", "limit": "32"}
    assert bench.device.acts.count("configure") == 1
    entered = [row.phase for row in bench.rows.rows if row.mark is Mark.ENTERED]
    assert entered[entered.index(Phase.CONFIGURE) :] == [Phase.CONFIGURE, Phase.VALIDATE, Phase.CONFIRM, Phase.DONE]


def test_settings_that_are_as_they_should_be_are_not_touched() -> None:
    bench = Bench()
    bench.run()
    assert "configure" not in bench.device.acts


def test_settings_move_to_the_layout_of_the_new_firmware() -> None:
    bench = Bench()
    head = replace(HEAD, legs=(replace(LEG, release=MOVES),))
    assert bench.run(head).outcome is Outcome.DONE
    assert bench.device.settings["max_current"] == "32"


def test_settings_of_before_come_back_with_the_old_firmware() -> None:
    bench = Bench()
    bench.device.sick = True
    head = replace(HEAD, legs=(replace(LEG, release=MOVES),))
    assert bench.run(head).outcome is Outcome.ROLLED_BACK
    assert bench.device.settings["limit"] == "32"


def test_settings_are_saved_before_anything_is_sent() -> None:
    bench = Bench()
    saved: list[int] = []
    bench.when("transfer", lambda: saved.append(len(bench.backups.kept)))
    bench.run()
    assert saved == [1]


def test_settings_survive_a_death_of_the_program() -> None:
    bench = Bench()
    bench.device.loses_settings = True

    def die() -> None:
        raise LaptopDied

    bench.when("restart", die, after=True)
    with pytest.raises(LaptopDied):
        bench.run()
    bench.device.acts.hooks.clear()  # type: ignore[attr-defined]  # Acts
    assert bench.resume().outcome is Outcome.DONE
    assert bench.device.settings == {"name": "Bay 01", "limit": "32"}


def test_a_charger_that_keeps_losing_its_settings_is_rolled_back() -> None:
    bench = Bench()
    bench.device.loses_settings = True
    bench.device.forgets_settings = True
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK
    assert [one.rule for one in _failed(bench)] == ["settings"]


def _failed(bench: Bench) -> list[object]:
    found = [row.findings for row in bench.rows.rows if row.findings]
    return [one for one in found[-1] if one.grade is Grade.FAIL]


# -- service ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_charger_is_out_of_service_exactly_while_it_is_disturbed(kind: str) -> None:
    bench = Bench(kind)
    serving: dict[str, bool] = {}
    for act in ("transfer", "install", "confirm"):
        bench.when(act, lambda act=act: serving.__setitem__(act, bench.device.serving))  # type: ignore[misc]  # closure
    bench.run()
    assert serving == {"transfer": True, "install": False, "confirm": True}


def test_a_charger_that_does_not_serve_again_is_told(expect_log: Callable[[str], None]) -> None:
    expect_log("no")
    bench = Bench()
    bench.device.deaf_to_service = True
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK, "its connectors are not what they were"
    assert ending.trouble is not None and ending.trouble.text is Text.NOT_IN_SERVICE


def test_a_charger_whose_software_is_late_serves_again_all_the_same() -> None:
    bench = Bench()
    bench.device.deaf_to_service = True
    wait = bench.clock.wait

    def wakes_up(stop: object, seconds: float) -> bool:
        if bench.device.restarts and bench.clock.seconds > bench.device.silent_until + 3:
            bench.device.deaf_to_service = False
        return wait(bench.hand.halting, seconds)

    bench.clock.wait = wakes_up  # type: ignore[method-assign,assignment]  # time passes
    assert bench.run().outcome is Outcome.DONE
    assert bench.device.serving


def test_without_the_means_a_charger_is_never_asked_to_leave_service() -> None:
    bench = Bench(can=KINDS["ab-trial"] & ~Can.OUT_OF_SERVICE)
    assert bench.run().outcome is Outcome.DONE
    assert "withdraw" not in bench.device.acts


# -- people -----------------------------------------------------------------------------------------------------------


def asks_for(step: ManualStep, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The charger restarts only by hand."""

    def restart(self: FakeSession) -> Steps:
        yield step
        self._d.acts.append("restart")
        self._d.restart()
        yield Progress(1, 1)

    monkeypatch.setattr(FakeSession, "restart", restart)


SWITCH = ManualStep(Text.STEP_SWITCH_OFF_ON, EndedBy.TECHNICIAN, "mains-switch")


def test_a_manual_step_is_written_down_shown_and_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    asks_for(SWITCH, bench, monkeypatch)
    seen: list[object] = []
    wait = bench.clock.wait

    def looks_at_the_screen(stop: object, seconds: float) -> bool:
        state = bench.board.of("S1")
        if state is not None and state.asked is not None:
            seen.append((state.asked, bench.rows.rows[-1].mark, bench.device.restarts))
            bench.hand.answer()
        return wait(bench.hand.halting, seconds)

    bench.clock.wait = looks_at_the_screen  # type: ignore[method-assign,assignment]  # the technician
    assert bench.run().outcome is Outcome.DONE
    assert seen == [(SWITCH, Mark.ASKED, 0)]
    marks = [row.mark for row in bench.rows.rows if row.asked is not None]
    assert marks == [Mark.ASKED, Mark.ANSWERED]
    state = bench.board.of("S1")
    assert state is not None and state.asked is None


def test_a_closing_program_ends_the_waiting_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    asks_for(SWITCH, bench, monkeypatch)
    wait = bench.clock.wait

    def closes(stop: object, seconds: float) -> bool:
        if (state := bench.board.of("S1")) is not None and state.asked is not None:
            bench.hand.halt()
        return wait(bench.hand.halting, seconds)

    bench.clock.wait = closes  # type: ignore[method-assign,assignment]  # the window is closed
    assert bench.run().outcome is Outcome.WAITING
    monkeypatch.undo()
    bench.clock.wait = wait  # type: ignore[method-assign]  # as it was
    assert bench.resume().outcome is Outcome.DONE


def test_a_step_that_the_charger_ends_needs_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    asks_for(replace(SWITCH, ended_by=EndedBy.DEVICE), bench, monkeypatch)
    assert bench.run().outcome is Outcome.DONE
    assert [row.mark for row in bench.rows.rows if row.asked is not None] == [Mark.ASKED]


# -- decisions --------------------------------------------------------------------------------------------------------


def test_a_waived_rule_is_told_as_waived_with_who_and_why() -> None:
    bench = Bench()
    bench.device.sick = True
    bench.rules = SiteRules(validation=Expectation(waivable=frozenset({"faults"})))
    ending = bench.run(replace(HEAD, waivers=(Waiver("faults", "demo", "RFID is replaced tomorrow"),)))
    assert ending.outcome is Outcome.DONE
    (waived,) = [one for row in bench.rows.rows for one in row.findings if one.grade is Grade.WAIVED]
    assert waived.waiver is not None and waived.waiver.why == "RFID is replaced tomorrow"


def test_a_rule_may_be_waived_while_the_charger_is_watched() -> None:
    bench = Bench()
    bench.device.sick = True
    bench.rules = SiteRules(validation=Expectation(waivable=frozenset({"faults"})))
    wait = bench.clock.wait

    def waives(stop: object, seconds: float) -> bool:
        state = bench.board.of("S1")
        if state is not None and any(one.grade is Grade.FAIL for one in state.findings):
            bench.hand.waive(Waiver("faults", "demo", "known"))
        return wait(bench.hand.halting, seconds)

    bench.clock.wait = waives  # type: ignore[method-assign,assignment]  # the technician
    assert bench.run().outcome is Outcome.DONE
    (row,) = [row for row in bench.rows.rows if row.mark is Mark.WAIVED]
    assert row.waiver == Waiver("faults", "demo", "known") and row.phase is Phase.VALIDATE


def test_a_rule_that_was_waived_stays_waived_after_a_death_of_the_program() -> None:
    bench = Bench()
    bench.device.sick = True
    bench.rules = SiteRules(validation=Expectation(waivable=frozenset({"faults"})))
    bench.hand.waive(Waiver("faults", "demo", "known"))

    def die() -> None:
        raise LaptopDied

    bench.when("confirm", die)
    with pytest.raises(LaptopDied):
        bench.run()
    bench.device.acts.hooks.clear()  # type: ignore[attr-defined]  # Acts
    assert bench.resume().outcome is Outcome.DONE, "nobody has to say it twice"


def test_a_waiver_that_nobody_allows_changes_nothing() -> None:
    bench = Bench()
    bench.device.sick = True
    ending = bench.run(replace(HEAD, waivers=(Waiver("faults", "demo", "please"),)))
    assert ending.outcome is Outcome.ROLLED_BACK


def test_an_override_that_the_site_does_not_allow_refuses_the_run() -> None:
    bench = Bench()
    ending = bench.run(replace(HEAD, overrides=(Override("LAPTOP_POWER", "demo", "it will hold"),)))
    assert ending.outcome is Outcome.REFUSED and ending.exit_code is ExitCode.REFUSED
    assert bench.device.acts == []


def test_an_allowed_override_lets_the_run_begin() -> None:
    bench = Bench()
    bench.laptop = replace(bench.laptop, battery=10, on_mains=False)
    assert bench.run().outcome is Outcome.REFUSED
    bench = Bench()
    bench.laptop = replace(bench.laptop, battery=10, on_mains=False)
    bench.rules = SiteRules(overridable=frozenset({"LAPTOP_POWER"}))
    head = replace(HEAD, overrides=(Override("LAPTOP_POWER", "demo", "a car is the battery"),))
    assert bench.run(head).outcome is Outcome.DONE


def test_a_release_may_demand_a_longer_soak_than_the_setting() -> None:
    bench = Bench()
    release = replace(RELEASE, validation=Expectation(soak=600.0))
    assert bench.run(replace(HEAD, legs=(replace(LEG, release=release),))).outcome is Outcome.DONE
    assert bench.clock.seconds >= 600


def test_after_an_installation_in_place_nothing_is_called_untouched() -> None:
    bench = Bench("in-place")
    bench.device.image_boots = False
    ending = bench.run()
    assert ending.trouble is not None and ending.trouble.safety is Safety.KEEP_POWERED


# -- a full disk ------------------------------------------------------------------------------------------------------


def test_settings_that_cannot_be_saved_end_the_run_before_anything_is_sent() -> None:
    bench = Bench()
    bench.backups.full = True
    ending = bench.run()
    assert ending.outcome is Outcome.ABANDONED and ending.exit_code is ExitCode.STORAGE
    assert bench.device.acts == []


def test_a_manual_step_that_cannot_be_written_down_is_not_asked_for_and_undoes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()
    asks_for(SWITCH, bench, monkeypatch)
    append = bench.rows.append

    def full_once(head: Head, record: Record) -> None:
        if record.mark is Mark.ASKED:
            raise StorageError(Text.DATABASE_FULL, folder="data")
        append(head, record)

    bench.rows.append = full_once  # type: ignore[method-assign]  # room comes back at once
    ending = bench.run()
    assert ending.outcome is Outcome.WAITING and ending.exit_code is ExitCode.STORAGE
    assert bench.device.acts[-1] == "staged", "neither restarted nor undone"
    state = bench.board.of("S1")
    assert state is not None and state.asked is None
