"""One charger, end to end: engine, journal, audit log, driver and wire, on a virtual charger."""

from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from fieldtool.core.driver import EndedBy, ManualStep
from fieldtool.core.errors import ExitCode
from fieldtool.core.texts import Text
from fieldtool.drivers.rauc_ssh import RaucSsh
from fieldtool.drivers.ssh import Patience
from fieldtool.lab.faults import INSTALL_POINTS
from fieldtool.update.job import Hand
from fieldtool.update.run import Head, Mark, Outcome, Phase, Record
from tests.walk.support import QUICK, Walk, shelf, walk

GOOD = {Outcome.DONE, Outcome.ROLLED_BACK}


def test_a_good_update_ends_confirmed(tmp_path: Path) -> None:
    with walk(tmp_path) as here:
        ending = here.update()
        assert ending.outcome is Outcome.DONE, (ending.trouble, here.story())
        state = here.charger.state
        assert state.booted.image is not None and state.booted.image.version == "2.0.0"
        assert state.booted.confirmed
        assert here.here.log.verify().ok


@pytest.mark.parametrize("sick", ["fault", "check", "connector"])
def test_bad_health_after_the_update_is_rolled_back(tmp_path: Path, sick: str) -> None:
    with walk(tmp_path, bad_health=sick) as here:
        ending = here.update()
        assert ending.outcome is Outcome.ROLLED_BACK, (ending.trouble, here.story())
        assert ending.trouble is not None and ending.trouble.text is Text.VALIDATE_HEALTH
        assert ending.runs_now == ending.came_from


def test_an_image_that_does_not_boot_falls_back_by_itself_and_is_told(tmp_path: Path) -> None:
    with walk(tmp_path, no_boot=True) as here:
        ending = here.update()
        assert ending.outcome is Outcome.ROLLED_BACK, (ending.trouble, here.story())
        assert ending.trouble is not None and ending.trouble.text is Text.FELL_BACK


@pytest.mark.parametrize("point", INSTALL_POINTS)
def test_a_power_cut_of_the_charger_in_its_installation_still_ends_done(tmp_path: Path, point: str) -> None:
    with walk(tmp_path, cut_at_install=point) as here:
        ending = here.update()
        assert ending.outcome is Outcome.DONE, (ending.trouble, here.story())


def test_a_power_cut_in_the_transfer_is_resumed(tmp_path: Path) -> None:
    with walk(tmp_path, cut_at_byte=70_000) as here:
        ending = here.update()
        assert ending.outcome is Outcome.DONE, (ending.trouble, here.story())
        assert "transfer:lost" in here.story()


def test_a_car_that_plugs_in_during_the_transfer_is_waited_for_and_never_cut_off(tmp_path: Path) -> None:
    with walk(tmp_path, session_at_byte=70_000) as here:
        leaves = Thread(target=_drive_away, args=(here,))
        leaves.start()
        ending = here.update()
        leaves.join()
        assert ending.outcome is Outcome.DONE, (ending.trouble, here.story())
        assert here.charger.state.cut_sessions == 0


def _drive_away(here: Walk) -> None:
    """The car leaves when the run says that it waits for it."""
    pause = Event()
    for _ in range(200):
        state = here.board.of(here.charger.serial)
        if state is not None and state.waiting is not None and state.waiting.text is Text.WAITING_FOR_SESSION:
            here.charger.act("session_end", "1")
            return
        pause.wait(0.05)


def test_another_charger_at_the_address_after_the_restart_is_never_touched(tmp_path: Path) -> None:
    with walk(tmp_path) as here:
        here.charger.act("other_serial_later", "LAB-9999")
        here.limits = replace(QUICK, patience=2.0)
        here.profile = replace(here.profile, restart_seconds=2.0)
        ending = here.update()
        assert ending.outcome is Outcome.WAITING, (ending.trouble, here.story())
        assert ending.trouble is not None and ending.trouble.text is Text.OTHER_CHARGER
        assert not here.charger.state.booted.confirmed, "nobody told it that all is well"


def test_a_third_version_after_the_restart_needs_recovery_and_is_named(tmp_path: Path) -> None:
    with walk(tmp_path) as here:
        install = here.journal.append

        def surprise(head: Head, record: Record) -> None:
            install(head, record)
            if (record.phase, record.mark) == (Phase.VALIDATE, Mark.ENTERED):
                here.charger.act("run_version", "7.7.7")

        here.journal.append = surprise  # type: ignore[method-assign]  # somebody else at work
        ending = here.update()
        assert ending.outcome is Outcome.STUCK, (ending.trouble, here.story())
        assert ending.trouble is not None and "7.7.7" in ending.trouble.what


def test_a_host_key_that_changes_with_the_restart_leaves_the_run_open_until_it_is_pinned(tmp_path: Path) -> None:
    with walk(tmp_path) as here:
        here.charger.act("new_host_key", "yes")
        pinned = here.charger.credentials
        here.limits = replace(QUICK, patience=1.0)
        here.profile = replace(here.profile, restart_seconds=2.0)
        image = here.charger.firmware("2.0.0")
        ending = here.engine(lambda serial: pinned).run(here.head(image), shelf(image), Hand())
        assert ending.outcome is Outcome.WAITING, (ending.trouble, here.story())
        assert ending.trouble is not None and ending.trouble.text is Text.PIN_CHANGED
        assert ending.exit_code is ExitCode.TRUST
        assert here.resume(image).outcome is Outcome.DONE, "the technician has typed the new fingerprint"


def test_the_same_version_installed_again_ends_done_in_the_other_slot(tmp_path: Path) -> None:
    with walk(tmp_path) as here:
        assert here.update().outcome is Outcome.DONE
        before = here.charger.state.booted.name
        ending = here.update(run="run-2")
        assert ending.outcome is Outcome.DONE, (ending.trouble, here.story("run-2"))
        assert here.charger.state.booted.name != before


def test_a_line_that_carries_nothing_is_noticed_and_the_run_goes_on_when_it_carries_again(tmp_path: Path) -> None:
    with walk(tmp_path, slow=400_000) as here:
        here.driver = RaucSsh(patience=Patience(silence=3.0))
        image = here.charger.firmware("2.0.0", size=1_500_000)
        stalls = Thread(target=_stall_a_while, args=(here,))
        stalls.start()
        ending = here.engine().run(here.head(image), shelf(image), Hand())
        stalls.join()
        assert ending.outcome is Outcome.DONE, (ending.trouble, here.story())
        assert "transfer:lost" in here.story()


def _stall_a_while(here: Walk) -> None:
    pause = Event()
    for _ in range(400):
        state = here.board.of(here.charger.serial)
        if state is not None and state.phase is Phase.TRANSFER and state.done > 300_000:
            break
        pause.wait(0.02)
    here.charger.act("stall", "yes")
    for _ in range(1200):
        if "transfer:lost" in here.story():
            break
        pause.wait(0.05)
    here.charger.act("slow", "0")
    here.charger.act("stall", "no")


def test_a_full_disk_of_the_charger_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    with walk(tmp_path, disk_free=50_000) as here:
        ending = here.update()
        assert ending.outcome is Outcome.ABANDONED
        assert ending.trouble is not None and ending.trouble.text is Text.DEVICE_DISK_FULL


def test_somebody_elses_installation_is_not_disturbed(tmp_path: Path) -> None:
    with walk(tmp_path, rauc_busy=True) as here:
        ending = here.update()
        assert ending.outcome is Outcome.REFUSED
        assert ending.trouble is not None and ending.trouble.text is Text.INSTALLING_ALREADY


def test_a_charger_that_only_a_person_can_restart_is_updated_with_his_hand(tmp_path: Path) -> None:
    """What the technician does is told by the text and seen by the charger; he presses nothing in the window."""
    with walk(tmp_path) as here:
        here.profile = replace(here.profile, restart_by_hand=True)
        change = here.board.change

        def switches_it_off_and_on(serial: str, **fields: object) -> None:
            change(serial, **fields)
            step = fields.get("asked")
            if isinstance(step, ManualStep):
                assert step.text is Text.STEP_SWITCH_OFF_ON and step.ended_by is EndedBy.DEVICE
                here.charger.power_cut()

        here.board.change = switches_it_off_and_on  # type: ignore[method-assign]  # the technician's hand
        ending = here.update()
        assert ending.outcome is Outcome.DONE, (ending.trouble, here.story())
        asked = [row for row in here.journal.records("run-1") if row.asked is not None]
        assert [(row.phase, row.mark) for row in asked] == [(Phase.RESTART, Mark.ASKED)]
