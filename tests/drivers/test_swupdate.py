"""The driver "swupdate-ssh" where kinds of chargers differ: on virtual ones, which can be cut at every point."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from fieldtool.core.driver import Can, EndedBy, ManualStep
from fieldtool.core.errors import DeviceError, LinkError, UsageError
from fieldtool.core.model import FirmwareImage, Observed
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.drivers.swupdate_ssh import SwupdateSession, SwupdateSsh
from tests.drivers.contract import PATIENT, finish, said
from tests.lab_chargers import LabCharger, virtual_charger

DRIVER = SwupdateSsh(patience=PATIENT)
POINTS = ("begin", "signature", "manifest", "marked_bad", "copying", "copied", "activated", "done")


@contextmanager
def session(charger: LabCharger, part: str = "main", profile: Profile | None = None) -> Iterator[SwupdateSession]:
    component = next(one for one in charger.components if one.id == part)
    with DRIVER.open(component, profile or charger.profile.of(part), charger.credentials) as opened:
        yield opened


def look(charger: LabCharger, part: str = "main") -> Observed:
    with session(charger, part) as opened:
        return opened.observe()


def send(charger: LabCharger, image: FirmwareImage, part: str = "main") -> None:
    with session(charger, part) as opened:
        finish(opened.transfer(image))
        finish(opened.verify(image))


def install(charger: LabCharger, image: FirmwareImage, part: str = "main") -> None:
    with session(charger, part) as opened:
        finish(opened.install(image))


def cut_while_installing(charger: LabCharger, image: FirmwareImage, point: str, part: str = "main") -> None:
    """Power goes there for a moment. It may not start again."""
    send(charger, image, part)
    charger.act("dark_seconds", 0.05)
    charger.act("cut_at_install", point)
    with pytest.raises(LinkError):
        install(charger, image, part)
    charger.wait_installed()


def restart(charger: LabCharger) -> None:
    starts = charger.state.starts
    with session(charger) as opened:
        finish(opened.restart())
    charger.wait_restarted(starts)


# ---- what it can -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "can"),
    [
        ("ab-swupdate", Can.KEEP_OLD | Can.ROLL_BACK | Can.TRIAL),
        ("in-place", Can(0)),
        ("in-place-rescue", Can.BOOTLOADER),
        ("self-installing", Can.SELF_INSTALL),
    ],
)
def test_what_it_can_follows_from_the_kind(tmp_path: Path, kind: str, can: Can) -> None:
    with virtual_charger(tmp_path, kind=kind) as charger, session(charger) as opened:
        assert opened.can == can | Can.RESUME | Can.CONFIG | Can.OUT_OF_SERVICE


def test_a_charger_that_confirms_itself_is_not_told_to(tmp_path: Path) -> None:
    with virtual_charger(tmp_path, kind="ab-swupdate") as charger:
        profile = replace(charger.profile, self_confirms=True)
        send(charger, image := charger.firmware("1.5.0"))
        install(charger, image)
        restart(charger)
        with session(charger, profile=profile) as opened:
            assert Can.SELF_CONFIRM in opened.can and Can.TRIAL not in opened.can
            opened.confirm()
        assert not charger.state.booted.confirmed
        with session(charger) as opened:
            opened.confirm()
        assert charger.state.booted.confirmed


def test_a_profile_that_cannot_be_used_is_told_before_anybody_is_called(tmp_path: Path) -> None:
    with virtual_charger(tmp_path, kind="in-place") as charger:
        profile = replace(charger.profile, update={"kind": "in-place"})
        with pytest.raises(UsageError) as error, session(charger, profile=profile):
            pass
        assert said(error) is Text.PROFILE_BAD


# ---- power cuts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("point", POINTS)
def test_with_a_rescue_system_a_cut_anywhere_is_made_whole_by_the_next_call(tmp_path: Path, point: str) -> None:
    with virtual_charger(tmp_path, kind="in-place-rescue") as charger:
        image = charger.firmware("1.5.0")
        cut_while_installing(charger, image, point)
        charger.wait_restarted(1)
        seen = look(charger)
        assert (seen.running is None) == (point == "copying")
        assert seen.damaged == (point in ("marked_bad", "copying", "copied"))
        assert not seen.installing
        send(charger, image)
        install(charger, image)
        with session(charger) as opened:
            if opened.observe().running != "1.5.0":
                restart(charger)
        after = look(charger)
        assert (after.running, after.running_hash) == ("1.5.0", image.payload_hash)
        assert (after.staged, after.damaged) == (None, False)


@pytest.mark.parametrize("point", POINTS)
def test_with_two_slots_a_cut_anywhere_leaves_one_that_starts(tmp_path: Path, point: str) -> None:
    with virtual_charger(tmp_path, kind="ab-swupdate") as charger:
        image = charger.firmware("1.5.0")
        cut_while_installing(charger, image, point)
        charger.wait_restarted(1)
        seen = look(charger)
        assert seen.running == ("1.5.0" if point in ("activated", "done") else "1.4.2")
        assert (seen.staged, seen.damaged) == (None, False)


def test_a_charger_written_in_place_is_dark_after_a_cut(tmp_path: Path) -> None:
    with virtual_charger(tmp_path, kind="in-place", no_return=True) as charger:
        cut_while_installing(charger, charger.firmware("1.5.0"), "copying")
        charger.wait_down()
        charger.charger.start()
        with pytest.raises(LinkError) as error:
            look(charger)
        assert said(error) is Text.LINK_UNREACHABLE


def test_half_written_it_runs_from_memory_and_says_so(tmp_path: Path) -> None:
    with virtual_charger(tmp_path, kind="in-place", install_stalls=True) as charger:
        send(charger, image := charger.firmware("1.5.0"))
        with session(charger) as opened, session(charger) as other:
            before = other.observe()
            steps = opened.install(image)
            while not (seen := other.observe()).damaged:
                next(steps)
            assert seen.installing and seen.same_firmware(before)
            charger.act("install_stalls", "no")
            finish(steps)
            assert not other.observe().damaged


# ---- the rescue system -----------------------------------------------------------------------------------------------


@pytest.fixture
def rescued(tmp_path: Path) -> Iterator[LabCharger]:
    with virtual_charger(tmp_path, kind="in-place-rescue") as charger:
        cut_while_installing(charger, charger.firmware("1.5.0"), "copying")
        charger.wait_restarted(1)
        yield charger


def test_in_the_rescue_system_it_is_known_and_not_healthy(rescued: LabCharger) -> None:
    with session(rescued) as opened:
        who, seen, health = opened.identify(), opened.observe(), opened.health()
    assert (who.serial, who.vendor, who.model, dict(who.versions)) == (rescued.serial, "Lab", "CityPost 22", {})
    assert (seen.running, seen.running_hash, seen.in_use, seen.staged) == (None, None, "", None)
    assert not health.ok and health.failed_checks == ("rescue system",)


def test_in_the_rescue_system_nobody_is_asked_to_serve(rescued: LabCharger) -> None:
    with session(rescued) as opened:
        opened.serve(False)
        opened.serve(True)


def test_the_rescue_system_takes_the_old_firmware_too(rescued: LabCharger) -> None:
    send(rescued, old := rescued.firmware("1.4.2"))
    install(rescued, old)
    assert (look(rescued).running, look(rescued).staged) == (None, "1.4.2")
    install(rescued, old)  # staged already: nothing is written
    restart(rescued)
    assert look(rescued).running == "1.4.2"


# ---- verdicts --------------------------------------------------------------------------------------------------------


def test_a_killed_installation_is_told_as_broken_off_and_the_next_one_makes_it_whole(tmp_path: Path) -> None:
    with virtual_charger(tmp_path, kind="in-place", kill_rauc_at="copying") as charger:
        send(charger, image := charger.firmware("1.5.0"))
        with pytest.raises(DeviceError) as error:
            install(charger, image)
        assert said(error) is Text.INSTALL_INTERRUPTED
        assert look(charger).damaged
        install(charger, image)
        assert (look(charger).staged, look(charger).damaged) == ("1.5.0", False)


def test_a_verdict_that_nobody_heard_is_told_once(tmp_path: Path) -> None:
    with virtual_charger(tmp_path, kind="in-place") as charger:
        send(charger, image := charger.firmware("1.5.0", compatible="C9"))
        with session(charger) as opened:
            opened._begin(image)
        charger.wait_installed()
        charger.file(f"/srv/fieldtool/{image.sha256}.swu").unlink()  # another installation would say that it is gone
        with pytest.raises(DeviceError) as error:
            install(charger, image)
        assert said(error) is Text.INSTALL_INCOMPATIBLE
        assert not charger.file(f"/srv/fieldtool/{image.sha256}.status").exists()


def test_a_slot_that_is_too_small_is_told(tmp_path: Path) -> None:
    with virtual_charger(tmp_path, kind="ab-swupdate") as charger:
        charger.device.change(lambda state: replace(state, nameplate=replace(state.nameplate, slot_bytes=100_000)))
        send(charger, image := charger.firmware("1.5.0"))
        with pytest.raises(DeviceError) as error:
            install(charger, image)
        assert said(error) is Text.INSTALL_NO_SPACE


def test_a_dry_run_that_calls_itself_a_success_is_not_believed(tmp_path: Path) -> None:
    """Whatever makes SWUpdate end with 0 without writing: what would start next is asked, not its exit status."""
    with virtual_charger(tmp_path, kind="ab-swupdate") as charger:
        send(charger, image := charger.firmware("1.5.0"))
        with session(charger) as opened:
            opened._way = replace(opened._way, options=("-n",))  # a profile with it is refused
            with pytest.raises(DeviceError) as error:
                finish(opened.install(image))
            assert said(error) is Text.INSTALL_FAILED
            assert opened.observe().staged is None
        assert charger.state.primary == charger.state.current


@pytest.mark.parametrize("kind", ["in-place", "ab-swupdate", "self-installing"])
def test_an_exit_status_of_1_after_a_complete_installation_is_not_believed(tmp_path: Path, kind: str) -> None:
    """The real SWUpdate was seen to end so, alone, on a busy machine: to go back then would undo a good update."""
    with virtual_charger(tmp_path, kind=kind, false_status=True) as charger:
        send(charger, image := charger.firmware("1.5.0"))
        with suppress(LinkError) if kind == "self-installing" else nullcontext():
            install(charger, image)
        if kind != "self-installing":
            restart(charger)
        charger.wait_restarted(1)
        assert look(charger).running == "1.5.0"


def test_a_self_installing_charger_may_be_gone_before_it_says_so(tmp_path: Path) -> None:
    with virtual_charger(tmp_path, kind="self-installing") as charger:
        send(charger, image := charger.firmware("1.5.0"))
        with suppress(LinkError):
            install(charger, image)
        charger.wait_restarted(1)
        install(charger, image)  # it runs already: nothing is done
        assert look(charger).running == "1.5.0" and charger.state.starts == 2


# ---- restart, and the way back ---------------------------------------------------------------------------------------


def test_where_only_a_person_can_restart_it_he_is_asked_to(tmp_path: Path) -> None:
    with virtual_charger(tmp_path, kind="in-place") as charger:
        profile = replace(charger.profile, restart_by_hand=True)
        with session(charger, profile=profile) as opened:
            steps = list(opened.restart())
        assert steps == [ManualStep(Text.STEP_SWITCH_OFF_ON, EndedBy.DEVICE, "mains-switch")]
        assert charger.state.starts == 1


@pytest.mark.parametrize("kind", ["in-place", "self-installing"])
def test_without_a_second_slot_there_is_no_switch_back(tmp_path: Path, kind: str) -> None:
    with virtual_charger(tmp_path, kind=kind) as charger, session(charger) as opened:
        opened.confirm()
        with pytest.raises(DeviceError) as error:
            finish(opened.roll_back())
        assert said(error) is Text.ROLL_BACK_IMPOSSIBLE


def test_a_refused_switch_back_is_told(tmp_path: Path) -> None:
    with virtual_charger(tmp_path, kind="ab-swupdate") as charger, session(charger) as opened:
        with pytest.raises(DeviceError) as error:
            finish(opened.roll_back())  # nothing was ever installed: the other slot is empty
        assert said(error) is Text.ROLL_BACK_REFUSED


# ---- a modem ---------------------------------------------------------------------------------------------------------


def test_a_modem_in_its_bootloader_leaves_the_charger_alone(tmp_path: Path) -> None:
    with virtual_charger(tmp_path, modem="3.1") as charger:
        image = charger.firmware("3.2", component="modem")
        cut_while_installing(charger, image, "copying", "modem")
        charger.wait_restarted(1)
        charger.act("session_start", "1")
        with session(charger, "modem") as opened:
            seen = opened.observe()
            assert (seen.running, seen.damaged, seen.in_use) == (None, True, "connector 1 is charging")
            assert opened.health().ok and opened.identify().hardware == "M1"
            finish(opened.transfer(image))
            finish(opened.install(image))
            assert opened.observe().staged == "3.2"
        assert charger.version == "1.4.2"


def test_both_components_of_a_charger_have_their_own_files_and_one_lock_each(tmp_path: Path) -> None:
    with virtual_charger(tmp_path, modem="3.1", install_stalls=True) as charger:
        send(charger, image := charger.firmware("3.2", component="modem"), "modem")
        with session(charger, "modem") as opened:
            steps = opened.install(image)
            next(steps)
            next(steps)
            charger.act("install_stalls", "no")
            finish(steps)
        assert charger.file("/srv/fieldtool-modem/installing.lock").exists()
        assert not charger.file("/srv/fieldtool/installing.lock").exists()
