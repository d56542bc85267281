"""Every problem that a run can end, wait or fail with, as the engine meets it: what it says, and that it is true."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from fieldtool.core.driver import Can
from fieldtool.core.errors import DeviceError, ExitCode, FirmwareError, Safety, UsageError
from fieldtool.core.model import Configuration, Expectation, FirmwareImage, Release, SiteRules
from fieldtool.core.texts import Text
from fieldtool.update.journal import Journal
from fieldtool.update.run import Mark, Outcome, Override, Phase
from fieldtool.update.validation import Waiver
from tests.audit.support import laptop
from tests.fakes import HEAD, KINDS, LEG, OLD_HASH, OLD_RELEASE, RELEASE, Bench, FakeSession


def said(bench: Bench, phase: Phase) -> list[Text]:
    """What the journal says of the failures of a phase, one after the other."""
    return [
        row.trouble.text
        for row in bench.rows.rows
        if row.phase is phase and row.mark in (Mark.FAILED, Mark.LOST) and row.trouble is not None
    ]


def waiting(bench: Bench) -> list[Text]:
    """Collects why the run waits, as it is shown."""
    seen: list[Text] = []
    wait = bench.clock.wait

    def looks(stop: Event, seconds: float) -> bool:
        state = bench.board.of("S1")
        if state is not None and state.waiting is not None:
            seen.append(state.waiting.text)
        return wait(stop, seconds)

    bench.clock.wait = looks  # type: ignore[method-assign]  # somebody watches the screen
    return seen


# -- before anything is changed ---------------------------------------------------------------------------------------


def test_a_charger_that_another_one_works_on_is_left_alone_until_it_has_finished() -> None:
    """The pre-checks saw nobody: somebody else began while our file travelled."""
    bench = Bench()
    bench.when("transfer", lambda: setattr(bench.device, "installing_until", 10_000.0))
    ending = bench.run()
    assert ending.outcome is Outcome.ABANDONED and "install" not in bench.device.acts
    assert ending.trouble is not None and ending.trouble.text is Text.INSTALLING_ALREADY
    assert ending.exit_code is ExitCode.ABANDONED


def test_a_charger_in_a_bootloader_that_takes_no_image_is_refused() -> None:
    bench = Bench()
    bench.device.bootloader = True
    ending = bench.run()
    assert ending.outcome is Outcome.REFUSED and bench.device.acts == []
    assert ending.trouble is not None and ending.trouble.text is Text.IN_BOOTLOADER


def test_a_charger_of_another_model_than_its_profile_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    identify = FakeSession.identify
    monkeypatch.setattr(FakeSession, "identify", lambda self: replace(identify(self), model="Other 11"))
    bench = Bench()
    ending = bench.run()
    assert ending.outcome is Outcome.REFUSED and bench.device.acts == []
    assert ending.trouble is not None and ending.trouble.text is Text.PROFILE_DISAGREES
    assert "Other 11" in ending.trouble.what


def test_a_driver_that_is_not_installed_refuses_the_run() -> None:
    bench = Bench()
    engine = bench.engine()
    engine._contact._drivers = {}  # the plug-in was removed
    ending = engine.run(HEAD, bench.images, bench.hand)
    assert ending.outcome is Outcome.REFUSED and ending.exit_code is ExitCode.REFUSED
    assert ending.trouble is not None and ending.trouble.text is Text.DRIVER_UNKNOWN


def test_a_line_that_brings_nothing_through_is_given_up_with_the_charger_untouched() -> None:
    bench = Bench()
    bench.device.line_breaks = True
    bench.when("transfer", bench.device.files.clear)  # no try gets further than the one before
    ending = bench.run()
    assert ending.outcome is Outcome.ABANDONED and ending.exit_code is ExitCode.ABANDONED
    assert ending.trouble is not None and ending.trouble.text is Text.GAVE_UP
    assert ending.trouble.safety is Safety.UNTOUCHED and str(bench.limits.tries) in ending.trouble.what


def test_a_run_without_a_first_row_of_its_stage_cannot_be_resumed() -> None:
    bench = Bench()
    bench.run()
    bench.rows.rows = [replace(bench.rows.rows[0], before=None)]
    with pytest.raises(UsageError) as error:
        bench.resume()
    assert error.value.text is Text.RUN_UNKNOWN


# -- while it waits ---------------------------------------------------------------------------------------------------


def test_a_car_that_charges_is_said_to_be_waited_for() -> None:
    bench = Bench()
    bench.device.in_use, bench.device.in_use_until = "connector 1 is charging", 60.0
    seen = waiting(bench)
    assert bench.run().outcome is Outcome.DONE
    assert set(seen) == {Text.WAITING_FOR_SESSION}


def test_an_installation_that_never_ends_leaves_the_run_open() -> None:
    bench = Bench(refuse_install=True)
    bench.when("install", lambda: setattr(bench.device, "installing_until", 10_000.0), after=True)
    seen = waiting(bench)
    ending = bench.run()
    assert ending.outcome is Outcome.WAITING and ending.exit_code is ExitCode.LINK_LOST
    assert Text.INSTALLING_ALREADY in seen
    assert Text.STILL_INSTALLING in said(bench, Phase.ROLL_BACK)


# -- the restart ------------------------------------------------------------------------------------------------------


def test_a_restart_that_is_never_obeyed_is_told_and_what_is_staged_is_taken_back() -> None:
    bench = Bench()
    bench.device.restart = lambda: None  # type: ignore[method-assign]  # deaf
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK and bench.device.restarts == 0
    assert ending.trouble is not None and ending.trouble.text is Text.RESTART_IGNORED
    assert bench.device.acts.count("restart") == 4


def test_a_new_firmware_that_waits_in_the_rescue_system_is_started_once_more_then_the_old_one_is_installed() -> None:
    bench = Bench("in-place-rescue")
    bench.device.image_boots = False
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK and bench.device.runs == ("1.0", OLD_HASH)
    assert ending.trouble is not None and ending.trouble.text is Text.NEW_DOES_NOT_START


def test_a_half_written_charger_is_never_restarted_whatever_the_rules_said_before() -> None:
    bench = Bench("in-place")

    def breaks_off() -> None:
        if bench.device.acts.count("staged") == 1:  # not when it is made whole again
            bench.device.slots["a"] = None

    bench.when("staged", breaks_off, after=True)
    ending = bench.run()
    assert Text.HALF_WRITTEN in said(bench, Phase.RESTART)
    assert ending.outcome is Outcome.ROLLED_BACK and bench.device.restarts == 0 and not bench.device.damaged


def test_a_firmware_that_nobody_installed_is_named() -> None:
    bench = Bench()
    bench.when("restart", lambda: bench.device.slots.update(b=("7.7", "c" * 64)), after=True)
    ending = bench.run()
    assert ending.outcome is Outcome.STUCK and ending.exit_code is ExitCode.NEEDS_RECOVERY
    assert ending.trouble is not None and ending.trouble.text is Text.STRANGE_FIRMWARE
    assert ending.trouble.safety is Safety.KEEP_POWERED


# -- the health check -------------------------------------------------------------------------------------------------


def test_a_charger_that_changes_its_firmware_while_it_is_watched_is_told_apart_from_an_unhealthy_one() -> None:
    for becomes, text in (("1.9", Text.VALIDATE_VERSION), ("2.0", Text.VALIDATE_HASH)):
        bench = Bench()
        changes = partial(bench.device.slots.update, b=(becomes, "d" * 64))
        bench.when("serve", changes, after=True)
        bench.run()
        assert said(bench, Phase.VALIDATE) == [text]


def test_an_unhealthy_charger_is_told_with_what_was_found() -> None:
    bench = Bench()
    bench.device.sick = True
    ending = bench.run()
    assert ending.trouble is not None and ending.trouble.text is Text.VALIDATE_HEALTH
    assert "RFID_SILENT" in ending.trouble.what


# -- the way back -----------------------------------------------------------------------------------------------------


def test_a_charger_that_neither_switches_back_nor_has_its_old_image_here_says_so() -> None:
    """No plan leads here; a charger that changed its abilities in mid-run does."""
    bench = Bench()
    bench.device.sick = True
    bench.when("restart", lambda: setattr(bench.driver, "can", Can.KEEP_OLD), after=True)
    ending = bench.run(replace(HEAD, legs=(replace(LEG, way_back=None),)))
    assert ending.outcome is Outcome.STUCK and ending.exit_code is ExitCode.NEEDS_RECOVERY
    assert ending.trouble is not None and ending.trouble.text is Text.ROLL_BACK_IMPOSSIBLE


def test_settings_that_do_not_come_back_with_the_old_firmware_are_told(
    monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None]
) -> None:
    expect_log("not taken")
    bench = Bench()
    bench.device.sick = True
    bench.when("restart", lambda: bench.device.settings.update(limit="16"), after=True)

    def refuse(self: FakeSession, wanted: Configuration) -> None:
        raise DeviceError(Text.SETTINGS_REFUSED, detail="not taken")

    monkeypatch.setattr(FakeSession, "configure", refuse)
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK and bench.device.runs == ("1.0", OLD_HASH)
    assert ending.trouble is not None and ending.trouble.text is Text.SETTINGS_NOT_BACK
    assert "not taken" in ending.trouble.what


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_firmware_whose_software_takes_no_request_is_taken_back_all_the_same(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What makes it sick also keeps it from leaving service. Whether somebody charges is asked all the same."""
    serve = FakeSession.serve

    def down(self: FakeSession, serving: bool) -> None:
        if (self._d.runs or ("", ""))[0] == RELEASE.version:
            raise DeviceError(Text.SERVICE_NOT_LEFT, detail="the charging software is down")
        serve(self, serving)

    monkeypatch.setattr(FakeSession, "serve", down)
    bench = Bench(kind)
    bench.device.sick = True
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK and bench.device.runs == ("1.0", OLD_HASH)
    assert ending.trouble is not None and ending.trouble.text is Text.VALIDATE_HEALTH


def test_a_keyring_that_locks_itself_in_mid_run_leaves_the_run_open() -> None:
    """The laptop slept over the restart. The charger is well, and nobody asked it."""
    bench = Bench()
    opened, locked = bench.driver.open, True

    def without_keys(*args: object) -> object:
        if bench.device.restarts and locked:
            raise UsageError(Text.KEYSTORE_FAILED, detail="it is locked")
        return opened(*args)  # type: ignore[arg-type]  # passed on as they came

    bench.driver.open = without_keys  # type: ignore[method-assign,assignment]  # one method
    ending = bench.run()
    assert ending.outcome is Outcome.WAITING
    assert ending.trouble is not None and ending.trouble.text is Text.KEYSTORE_FAILED
    locked = False
    assert bench.resume().outcome is Outcome.DONE


def test_a_last_known_good_that_is_damaged_meanwhile_leaves_the_run_open_until_it_is_there_again() -> None:
    bench = Bench("in-place")
    bench.device.sick = True
    source, damaged = bench.images, True

    def files(release: Release) -> FirmwareImage:
        if release is OLD_RELEASE and bench.device.restarts and damaged:
            raise FirmwareError(Text.IMAGE_CORRUPT, target=release.target)
        return source(release)

    bench.images = files
    ending = bench.run()
    assert ending.outcome is Outcome.WAITING
    assert ending.trouble is not None and ending.trouble.text is Text.IMAGE_CORRUPT
    damaged = False
    assert bench.resume().outcome is Outcome.ROLLED_BACK and bench.device.runs == ("1.0", OLD_HASH)


def test_an_abandoned_run_says_that_nothing_was_changed() -> None:
    bench = Bench("in-place")
    bench.when("withdraw", bench.hand.cancel)
    ending = bench.run()
    assert ending.outcome is Outcome.ABANDONED
    assert ending.trouble is not None and ending.trouble.safety is Safety.UNTOUCHED


def test_why_a_problem_was_passed_or_a_rule_waived_stands_in_the_signed_record(tmp_path: Path) -> None:
    here = laptop(tmp_path)
    bench = Bench()
    bench.rows = Journal(here.store, here.log)  # type: ignore[assignment]  # the engine needs only three of its methods
    bench.laptop = replace(bench.laptop, battery=10, on_mains=False)
    bench.device.sick = True
    bench.rules = SiteRules(
        overridable=frozenset({"LAPTOP_POWER"}), validation=Expectation(waivable=frozenset({"faults"}))
    )
    override = Override("LAPTOP_POWER", "mika", "a car is the battery")
    waiver = Waiver("faults", "mika", "RFID is replaced tomorrow")
    ending = bench.run(replace(HEAD, overrides=(override,), waivers=(waiver,)))
    signed = [str(dict(record.event.seen)) for record in here.log.page(after=0)]
    here.store.close()
    assert ending.outcome is Outcome.DONE
    for decision in (override, waiver):
        assert any(decision.why in seen for seen in signed)
        assert not any(decision.who in seen for seen in signed), "names of people stand in no record"
