"""The walk of one charger: every end is a known state, and the device itself said so."""

from dataclasses import replace

import pytest

from fieldtool.core.driver import Can
from fieldtool.core.errors import DeviceError, FirmwareError, LinkError, PinError, Safety, StorageError
from fieldtool.core.model import FirmwareImage, Release
from fieldtool.core.texts import Text
from fieldtool.update.run import Ending, Mark, Outcome, Phase
from tests.fakes import HEAD, IMAGE, LEG, NEW_HASH, OLD_HASH, RELEASE, Bench, LaptopDied

GOOD_ENDS = {Outcome.DONE, Outcome.ROLLED_BACK, Outcome.ABANDONED}


def coherent(bench: Bench, ending: Ending) -> bool:
    """Does the device agree with what the engine says became of it?"""
    device = bench.device
    if device.trial or device.primary != device.booted or device.damaged or not device.serving:
        return False
    if device.in_place and device.slots["a"] != device.memory:
        return False
    return device.runs == (("2.0", NEW_HASH) if ending.outcome is Outcome.DONE else ("1.0", OLD_HASH))


def points() -> int:
    bench = Bench()
    bench.run()
    return bench.faults.count


EVERY_POINT = range(1, points() + 1)


def test_an_update_ends_confirmed() -> None:
    bench = Bench()
    ending = bench.run()
    assert ending.outcome is Outcome.DONE
    assert (ending.came_from, ending.runs_now) == ("1.0", "2.0")
    assert coherent(bench, ending)
    assert [row.phase for row in bench.rows.rows if row.mark is Mark.OK] == [
        Phase.PREFLIGHT, Phase.BACKUP, Phase.TRANSFER, Phase.VERIFY, Phase.INSTALL, Phase.RESTART, Phase.VALIDATE,
        Phase.CONFIRM,
    ]  # fmt: skip
    assert bench.device.upload == 0, "what was uploaded is removed at the end"
    assert bench.driver.open_sessions == 0


def test_the_charger_before_the_run_stands_in_the_first_row() -> None:
    bench = Bench()
    bench.run()
    before = bench.rows.rows[0].before
    assert before is not None
    assert (before.running, before.running_hash, before.running_slot) == ("1.0", OLD_HASH, "a")


def test_a_phase_is_on_disk_before_the_device_is_touched() -> None:
    bench = Bench()
    seen: list[tuple[str, Phase, Mark]] = []
    acts = bench.device.acts

    class Watching(list[str]):
        def append(self, act: str) -> None:
            seen.append((act, bench.rows.rows[-1].phase, bench.rows.rows[-1].mark))
            super().append(act)

    bench.device.acts = Watching(acts)
    bench.run()
    assert [act for act, _, _ in seen] == [
        "transfer",
        "withdraw",
        "install",
        "half written",
        "staged",
        "restart",
        "serve",
        "confirm",
    ]
    during = {"withdraw": "install", "half written": "install", "staged": "install", "serve": "validate"}
    assert all(during.get(act, act) == phase.value and mark is Mark.ENTERED for act, phase, mark in seen)


@pytest.mark.parametrize("at", EVERY_POINT)
def test_a_link_lost_anywhere_still_ends_done(at: int) -> None:
    bench = Bench()

    def lose() -> None:
        raise LinkError(Text.LINK_LOST, address="charger", detail="cable")

    bench.strike_at(at, lose)
    ending = bench.run()
    if ending.outcome is Outcome.REFUSED:  # lost before anything began
        assert not bench.device.acts
    else:
        assert ending.outcome is Outcome.DONE, bench.rows.story()
    assert ending.outcome is Outcome.REFUSED or coherent(bench, ending)


@pytest.mark.parametrize("at", EVERY_POINT)
def test_a_power_cut_of_the_charger_anywhere_ends_well(at: int) -> None:
    bench = Bench()
    bench.strike_at(at, bench.device.lose_power)
    ending = bench.run()
    assert ending.outcome in GOOD_ENDS | {Outcome.REFUSED}, bench.rows.story()
    assert coherent(bench, ending), bench.rows.story()


@pytest.mark.parametrize("charger_too", [False, True], ids=["laptop", "both"])
@pytest.mark.parametrize("at", EVERY_POINT)
def test_a_killed_program_is_resumed_to_a_good_end(at: int, charger_too: bool) -> None:
    bench = Bench()

    def die() -> None:
        if charger_too:
            bench.device.lose_power()
        raise LaptopDied

    bench.strike_at(at, die)
    with pytest.raises(LaptopDied):
        bench.run()
    bench.calm()
    if not bench.rows.rows:
        assert not bench.device.acts, "nothing is done before the first row is on disk"
        return
    ending = bench.resume()
    assert ending.outcome in GOOD_ENDS, bench.rows.story()
    assert coherent(bench, ending), bench.rows.story()


@pytest.mark.parametrize("at", EVERY_POINT)
def test_a_killed_program_with_the_charger_up_still_ends_done(at: int) -> None:
    """Liveness: a resume rule that gives up too easily passes every other test."""
    bench = Bench()

    def die() -> None:
        raise LaptopDied

    bench.strike_at(at, die)
    with pytest.raises(LaptopDied):
        bench.run()
    bench.calm()
    if bench.rows.rows and bench.rows.rows[-1].phase is Phase.DONE:
        return
    ending = bench.resume() if bench.rows.rows else bench.run()
    assert ending.outcome is Outcome.DONE, bench.rows.story()
    assert coherent(bench, ending)


def test_an_image_that_does_not_boot_is_rolled_back_by_the_charger_and_told() -> None:
    bench = Bench()
    bench.device.image_boots = False
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK and coherent(bench, ending)
    assert ending.trouble is not None and ending.trouble.text is Text.FELL_BACK


def test_an_unhealthy_new_firmware_is_rolled_back_by_us() -> None:
    bench = Bench()
    bench.device.sick = True
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK and coherent(bench, ending)
    assert ending.trouble is not None and "RFID_SILENT" in ending.trouble.what
    assert "roll_back" in bench.device.acts


def test_a_fault_that_was_there_before_does_not_count_against_the_new_firmware() -> None:
    bench = Bench()
    bench.device.faults_now = ("DOOR_OPEN",)
    assert bench.run().outcome is Outcome.DONE


def test_a_charger_that_cannot_be_told_to_roll_back_is_restarted_on_trial() -> None:
    bench = Bench(can=Can.KEEP_OLD | Can.TRIAL)
    bench.device.sick = True
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK and coherent(bench, ending)
    assert "roll_back" not in bench.device.acts


def test_a_refused_installation_leaves_the_old_firmware() -> None:
    bench = Bench(refuse_install=True)
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK and coherent(bench, ending)
    assert ending.trouble is not None and ending.trouble.text is Text.INSTALL_FAILED
    assert ending.trouble.safety is Safety.RETURNED
    undone = {"restart", "roll_back"} & set(bench.device.acts)
    assert not undone, "it runs its old firmware: nothing to undo"


def test_a_corrupt_transfer_is_abandoned_before_anything_is_installed() -> None:
    bench = Bench()
    bench.device.upload_ok = False
    ending = bench.run()
    assert ending.outcome is Outcome.ABANDONED
    assert "install" not in bench.device.acts


def test_a_flipped_byte_in_the_cache_refuses_the_run() -> None:
    bench = Bench()

    def flipped(release: Release) -> FirmwareImage:
        raise FirmwareError(Text.IMAGE_NOT_CACHED, target="2.0", published="today")

    bench.images = flipped
    ending = bench.run()
    assert ending.outcome is Outcome.REFUSED and ending.exit_code.value == 8
    assert bench.device.acts == []
    assert bench.rows.story() == ["preflight:entered", "preflight:failed", "refused:entered"]


def test_an_image_flipped_between_transfer_and_installation_is_not_installed() -> None:
    bench = Bench()
    calls = 0

    def late(release: Release) -> FirmwareImage:
        nonlocal calls
        calls += release is RELEASE
        if calls == 5:  # PREFLIGHT (for all legs, for this one), TRANSFER, VERIFY, INSTALL
            raise FirmwareError(Text.IMAGE_NOT_CACHED, target="2.0", published="today")
        return IMAGE

    bench.images = late
    ending = bench.run()
    assert ending.outcome is Outcome.ABANDONED and ending.exit_code.value == 8
    assert "install" not in bench.device.acts


def test_wrong_hardware_is_refused() -> None:
    bench = Bench()
    wrong = replace(RELEASE, hardware=("A1",))
    ending = bench.run(replace(HEAD, legs=(replace(LEG, release=wrong),)))
    assert ending.outcome is Outcome.REFUSED
    assert ending.trouble is not None and ending.trouble.text is Text.WRONG_HARDWARE
    assert bench.device.acts == []


def test_a_file_of_a_kind_that_the_charger_does_not_install_is_refused_by_the_engine_itself() -> None:
    bench = Bench()
    wrong = replace(RELEASE, format="bin")
    ending = bench.run(replace(HEAD, legs=(replace(LEG, release=wrong),)))
    assert ending.outcome is Outcome.REFUSED
    assert ending.trouble is not None and ending.trouble.text is Text.WRONG_FORMAT
    assert bench.device.acts == []


def test_a_car_that_plugs_in_during_the_transfer_is_waited_for() -> None:
    bench = Bench()

    def plugs_in() -> None:
        bench.device.in_use = "connector 1 is charging"
        bench.device.in_use_until = bench.clock.seconds + 1000

    def nobody_is_cut_off() -> None:
        assert not bench.device.busy()

    bench.when("transfer", plugs_in)
    bench.when("install", nobody_is_cut_off)
    assert bench.run().outcome is Outcome.DONE
    assert bench.clock.seconds > 1000


def test_a_car_that_plugs_in_after_the_installation_is_waited_for_before_the_restart() -> None:
    bench = Bench()

    def plugs_in() -> None:
        bench.device.in_use = "connector 1 is charging"
        bench.device.in_use_until = bench.clock.seconds + 500

    def nobody_is_cut_off() -> None:
        assert not bench.device.busy()

    bench.when("install", plugs_in)
    bench.when("restart", nobody_is_cut_off)
    assert bench.run().outcome is Outcome.DONE
    assert bench.clock.seconds > 500


def test_a_car_on_the_sick_new_firmware_is_waited_for_before_the_rollback_restart() -> None:
    bench = Bench()
    bench.device.sick = True

    def plugs_in() -> None:
        bench.device.in_use = "connector 1 is charging"
        bench.device.in_use_until = bench.clock.seconds + 500

    def nobody_is_cut_off() -> None:
        assert not bench.device.busy()

    bench.when("roll_back", plugs_in)
    bench.when("restart", nobody_is_cut_off)
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK and coherent(bench, ending)


def test_a_cancel_during_the_transfer_leaves_the_charger_untouched() -> None:
    bench = Bench()

    bench.when("transfer", bench.hand.cancel)
    ending = bench.run()
    assert ending.outcome is Outcome.ABANDONED
    assert bench.device.slots["b"] is None


def test_a_cancel_while_a_car_charges_before_the_installation_leaves_the_charger_untouched() -> None:
    bench = Bench()
    bench.device.in_use = "connector 1 is charging"
    wait = bench.clock.wait

    def stop_later(stop: object, seconds: float) -> bool:
        if bench.clock.seconds > 100:
            bench.hand.cancel()
        return wait(bench.hand.halting, seconds)

    bench.clock.wait = stop_later  # type: ignore[method-assign,assignment]  # the technician's hand
    ending = bench.run()
    assert ending.outcome is Outcome.ABANDONED
    assert bench.device.acts == ["transfer", "withdraw", "serve"]


def test_a_stop_after_the_installation_undoes_what_is_staged() -> None:
    bench = Bench()

    def stops() -> None:
        bench.hand.cancel()

    bench.when("install", stops)
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK and coherent(bench, ending)
    assert bench.device.restarts == 0


def test_a_stop_after_the_restart_ends_in_a_known_state() -> None:
    bench = Bench()

    def stops() -> None:
        bench.hand.cancel()

    bench.when("restart", stops)
    ending = bench.run()
    assert ending.outcome is Outcome.DONE and coherent(bench, ending)


def test_a_closing_program_leaves_the_run_open_and_resume_ends_it() -> None:
    bench = Bench()

    def closes() -> None:
        bench.hand.halt()

    bench.when("install", closes)
    ending = bench.run()
    assert ending.outcome is Outcome.WAITING
    bench.device.acts = []
    assert bench.resume().outcome is Outcome.DONE


def test_a_silent_charger_leaves_the_run_open_and_resume_ends_it() -> None:
    bench = Bench()
    bench.device.down_for = 10_000.0
    ending = bench.run()
    assert ending.outcome is Outcome.WAITING and ending.exit_code.value == 6
    assert bench.rows.rows[-1].mark is Mark.WAITING
    bench.clock.seconds = 20_000.0
    assert bench.resume().outcome is Outcome.DONE


def test_a_charger_that_restarts_into_its_bootloader_is_stuck() -> None:
    bench = Bench()

    def bricks() -> None:
        bench.device.bootloader = True

    bench.when("restart", bricks)
    ending = bench.run()
    assert ending.outcome is Outcome.STUCK and ending.exit_code.value == 5
    assert ending.trouble is not None and ending.trouble.safety is Safety.KEEP_POWERED


def test_a_third_version_after_the_restart_is_stuck_and_named() -> None:
    bench = Bench()

    def surprises() -> None:
        bench.device.slots["b"] = ("7.7", "c" * 64)

    bench.when("restart", surprises, after=True)
    ending = bench.run()
    assert ending.outcome is Outcome.STUCK
    assert ending.trouble is not None and "7.7" in ending.trouble.what


def test_a_bootloader_seen_when_only_the_transfer_had_begun_is_not_our_doing() -> None:
    bench = Bench()
    cut = False

    def breaks() -> None:
        nonlocal cut
        if not cut:
            cut = True
            bench.device.bootloader = True
            raise LinkError(Text.LINK_LOST, address="charger", detail="cable")

    bench.when("transfer", breaks)
    ending = bench.run()
    assert ending.outcome is Outcome.ABANDONED
    assert ending.trouble is not None and ending.trouble.text is Text.NOT_OUR_DOING


def test_another_charger_at_the_address_after_the_restart_is_never_touched() -> None:
    bench = Bench()

    def swaps() -> None:
        bench.device.answers_as = "S2"

    bench.when("restart", swaps, after=True)
    ending = bench.run()
    assert ending.outcome is Outcome.WAITING
    assert ending.trouble is not None and ending.trouble.text is Text.OTHER_CHARGER
    assert bench.device.acts[-1] == "restart"


def test_the_same_version_reinstalled_and_cut_in_installation_ends_done() -> None:
    bench = Bench()
    bench.device.slots["a"] = ("2.0", NEW_HASH)

    def die() -> None:
        raise LaptopDied

    for point in range(1, 200):
        bench = Bench()
        bench.device.slots["a"] = ("2.0", NEW_HASH)
        bench.strike_at(point, die)
        try:
            bench.run()
        except LaptopDied:
            bench.calm()
            if not bench.rows.rows or bench.rows.rows[-1].phase is Phase.DONE:
                continue
            ending = bench.resume()
            assert ending.outcome is Outcome.DONE, (point, bench.rows.story())
            assert bench.device.booted == "b", "what was installed now really runs"
        else:
            break
    else:
        pytest.fail("the run never ended without a fault")


def test_a_key_that_changes_in_mid_run_is_never_sent_a_credential_and_the_run_waits() -> None:
    bench = Bench()
    opened = bench.driver.open

    def open_or_refuse(*args: object) -> object:
        if bench.device.restarts:
            raise PinError(Text.PIN_CHANGED, serial="S1", expected="SHA256:a", found="SHA256:b")
        return opened(*args)  # type: ignore[arg-type]  # passed on as they came

    bench.driver.open = open_or_refuse
    ending = bench.run()
    assert ending.outcome is Outcome.WAITING
    assert ending.trouble is not None and ending.trouble.text is Text.PIN_CHANGED


def test_an_unknown_host_key_refuses_the_run() -> None:
    bench = Bench()

    def refuse(*args: object) -> object:
        raise PinError(Text.PIN_MISSING, serial="S1", found="SHA256:b")

    bench.driver.open = refuse
    ending = bench.run()
    assert ending.outcome is Outcome.REFUSED and ending.exit_code.value == 8
    assert bench.rows.story() == ["refused:entered"]


def test_a_journal_that_cannot_be_written_stops_the_run_before_the_device_is_touched() -> None:
    total = len(_story_of_a_good_run())
    for failing in range(total):
        bench = Bench()
        append = bench.rows.append

        def full(head: object, record: object, failing: int = failing, bench: Bench = bench) -> None:
            if len(bench.rows.rows) >= failing:
                raise StorageError(Text.DATABASE_FULL, folder="data")
            append(head, record)  # type: ignore[arg-type]  # noqa: B023  # passed on as they came

        bench.rows.append = full
        entered = [row.split(":")[0] for row in _story_of_a_good_run()[:failing] if row.endswith(":entered")]
        acts_allowed = (
            entered
            + ["withdraw", "half written", "staged"] * ("install" in entered)
            + ["serve"] * ("validate" in entered)
        )
        if failing == 0:
            with pytest.raises(StorageError):
                bench.run()
        else:
            ending = bench.run()
            assert ending.outcome is Outcome.WAITING and ending.exit_code.value == 7, failing
        assert all(act in acts_allowed for act in bench.device.acts), failing


def _story_of_a_good_run() -> list[str]:
    bench = Bench()
    bench.run()
    return bench.rows.story()


def test_a_restart_that_is_ignored_is_asked_for_again() -> None:
    bench = Bench()
    real = bench.device.restart
    asked = 0

    def deaf() -> None:
        nonlocal asked
        asked += 1
        if asked > 1:
            real()

    bench.device.restart = deaf
    assert bench.run().outcome is Outcome.DONE
    assert asked == 2


def test_a_transfer_on_a_bad_line_goes_on_as_long_as_it_gets_further() -> None:
    bench = Bench()
    bench.device.chunks = 12
    bench.device.line_breaks = True
    assert bench.run().outcome is Outcome.DONE
    lost = [row for row in bench.rows.rows if row.mark is Mark.LOST]
    assert len(lost) == 11 > bench.limits.tries


def test_a_device_error_in_validation_before_the_old_firmware_is_back_never_says_rolled_back() -> None:
    """ROLL_BACK worked only when the device shows the old firmware again."""
    bench = Bench()
    bench.device.sick = True

    def stubborn() -> None:
        raise DeviceError(Text.ROLL_BACK_FAILED, found="it still runs 2.0")

    bench.when("roll_back", stubborn, after=True)
    ending = bench.run(replace(HEAD, legs=(replace(LEG, way_back=None),)))  # nothing to install again
    assert ending.outcome is Outcome.STUCK
    assert bench.device.firmware(bench.device.booted)[0] == "2.0"


def test_somebody_elses_installation_is_waited_for_before_anything_is_undone() -> None:
    bench = Bench(refuse_install=True)

    def interferes() -> None:
        bench.device.installing_until = bench.clock.seconds + 60

    bench.when("install", interferes, after=True)
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK and coherent(bench, ending)
    assert bench.clock.seconds >= 60


@pytest.mark.parametrize("sick", [False, True], ids=["good", "sick"])
def test_a_charger_that_answers_before_it_can_say_how_it_is_is_asked_again(sick: bool) -> None:
    """Seen with real RAUC: sshd answers while D-Bus is down or not up yet. No reason to undo anything."""
    bench = Bench()
    bench.device.muddled_for = 12.0
    bench.device.sick = sick
    ending = bench.run()
    assert ending.outcome is (Outcome.ROLLED_BACK if sick else Outcome.DONE), bench.rows.story()
    assert coherent(bench, ending)


def test_a_charger_that_never_says_how_it_is_leaves_its_run_open() -> None:
    bench = Bench()
    bench.device.muddled_for = 10_000.0
    ending = bench.run()
    assert ending.outcome is Outcome.WAITING and ending.exit_code.value == 6
    assert ending.trouble is not None and ending.trouble.text is Text.FACT_FAILED
    assert bench.device.acts[-1] == "restart", "nothing is undone while nobody knows"


def test_a_line_that_is_lost_again_and_again_after_the_restart_never_leads_to_a_rollback() -> None:
    bench = Bench()
    bench.device.health_lost = True
    ending = bench.run()
    assert ending.outcome is Outcome.WAITING, bench.rows.story()
    assert "roll_back" not in bench.device.acts
    bench.device.health_lost = False
    assert bench.resume().outcome is Outcome.DONE


def test_a_charger_that_falls_back_while_it_is_confirmed_is_not_called_done() -> None:
    bench = Bench()

    def falls_back() -> None:
        bench.device.primary = bench.device.booted = "a"

    bench.when("confirm", falls_back, after=True)
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK and coherent(bench, ending)
