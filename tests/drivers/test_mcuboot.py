"""The driver for MCUboot chargers on virtual ones: the shared contract, and each case that such a charger may show."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from fieldtool.core.clock import SystemClock
from fieldtool.core.driver import Can
from fieldtool.core.errors import DeviceError, FieldtoolError, FirmwareError, LinkError, UnclearError, UsageError
from fieldtool.core.model import Component, FirmwareImage, Link
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs import smp
from fieldtool.drivers.mcuboot_smp import DRIVER, McubootSession, McubootSmp
from fieldtool.drivers.smp_line import WINDOW, SerialWire, SmpLine, _not_opened, open_wire
from fieldtool.lab.mcuboot import Make
from tests.drivers.contract import TwoSlots, bring, finish, restart, said, session
from tests.lab_chargers import KnownCredentials
from tests.mcu_chargers import HASTY, PATIENT, McuCharger, mcu_charger


class McuDevice:
    """The virtual charger in the words of the contract suite."""

    part, hardware = "main", "B2"

    def __init__(self, charger: McuCharger) -> None:
        self.charger, self.serial = charger, charger.serial
        self.old_version, self.old_hash = charger.old.version, charger.old.payload_hash

    @property
    def profile(self) -> Profile:
        return self.charger.profile

    def component(self, address: str = "") -> Component:
        return self.charger.component()

    def keys(self) -> KnownCredentials:
        return self.charger.credentials

    def image(self, version: str, *, truncated: bool = False, **how: object) -> FirmwareImage:
        made = self.charger.file(version, **how)  # type: ignore[arg-type]  # those of `file`
        if truncated:
            made.path.write_bytes(made.path.read_bytes()[: made.length // 2])
        return self.charger.as_image(made)

    def plug_in(self, words: str) -> None:
        self.charger.charger.charging = "1"

    def restarts(self) -> int:
        return self.charger.mcu.starts

    def wait_for_restart(self, since: int) -> None:
        self.charger.wait_restarted(since)


class McubootContract(TwoSlots):
    """What MCUboot cannot do by its nature is left out, each with its reason."""

    no_command = "shell no-such-command-here"
    # `test` only marks an image: there is no installation that lasts, nor anybody else's.
    test_an_installation_outlives_the_line_and_is_picked_up = None
    test_somebody_elses_installation_is_not_taken_for_ours = None
    # Its server looks at nothing but the header; the bootloader refuses after the restart (below).
    test_a_bundle_that_the_charger_does_not_trust_is_refused_by_name = None
    # It knows no models: what fits is the catalogue's business alone.
    test_a_bundle_for_another_model_is_refused_by_name = None
    # What runs is always in slot 0: slots are told apart by what they hold.
    test_the_slots_are_told_apart = None


@pytest.fixture
def charger(tmp_path: Path) -> Iterator[McuCharger]:
    with mcu_charger(tmp_path) as made:
        yield made


@pytest.fixture
def device(charger: McuCharger) -> McuDevice:
    return McuDevice(charger)


def opened(charger: McuCharger, driver: McubootSmp | None = None) -> AbstractContextManager[McubootSession]:
    return (driver or McubootSmp(patience=PATIENT)).open(charger.component(), charger.profile, charger.credentials)


class TestOnAPort(McubootContract):
    @pytest.fixture
    def device(self, tmp_path: Path) -> Iterator[McuDevice]:
        with mcu_charger(tmp_path, make=Make(keeps_old=True)) as made:
            yield McuDevice(made)


class TestBehindADeviceServer(McubootContract):
    @pytest.fixture
    def device(self, tmp_path: Path) -> Iterator[McuDevice]:
        with mcu_charger(tmp_path, make=Make(keeps_old=True, checks_file=True), tcp=True) as made:
            yield McuDevice(made)


# ---- the cases of resources/docs/drivers/mcuboot-smp.md --------------------------------------------------------------


def test_it_tells_its_slots_and_abilities(device: McuDevice) -> None:
    with session(device) as one:
        assert one.can == Can.KEEP_OLD | Can.TRIAL | Can.ROLL_BACK | Can.RESUME | Can.OUT_OF_SERVICE
    bring(device, device.image("2.6.1+7"))
    with session(device) as one:
        first, second = one.observe().slots
        assert (first.name, first.booted, first.primary) == ("slot 0", True, False)
        assert (second.name, second.version, second.booted, second.primary) == ("slot 1", "2.6.1+7", False, True)


def test_nobody_confirmed_and_the_next_restart_brings_the_old_one_back(device: McuDevice) -> None:
    with session(device) as one:
        before = one.observe()
    bring(device, device.image("2.6.1"))
    restart(device)
    with session(device) as one:
        trial = one.observe()
        assert (trial.running, trial.staged, trial.facts["on trial"]) == ("2.6.1", None, "yes")
        finish(one.roll_back())
    restart(device)
    with session(device) as one:
        after = one.observe()
        assert after.same_firmware(before) and after.staged is None and after.facts["on trial"] == "no"


def test_the_old_application_that_still_answers_after_the_reset_is_waited_for(device: McuDevice) -> None:
    """It says that nothing is staged: taken for an answer, a good update would count as fallen back."""
    bring(device, device.image("2.6.1"))
    with session(device) as one:
        finish(one.restart())
    assert device.charger.charger._dies is None or not device.charger.charger.up
    device.charger.until(lambda: device.charger.charger.up)
    with session(device) as one:
        assert one.observe().running == "2.6.1"


def test_a_confirmed_charger_that_keeps_one_image_says_that_there_is_no_way_back(device: McuDevice) -> None:
    bring(device, device.image("2.6.1"))
    restart(device)
    with session(device) as one:
        one.confirm()
        assert [slot.name for slot in one.observe().slots] == ["slot 0"]
        with pytest.raises(DeviceError) as error:
            finish(one.roll_back())
    assert said(error) is Text.ROLL_BACK_IMPOSSIBLE


@pytest.mark.parametrize("how", [{"signer": "Evil"}, {"corrupt": True}])
def test_what_the_bootloader_rejects_is_erased_and_the_old_one_runs_on(
    device: McuDevice, how: dict[str, object]
) -> None:
    """A damaged payload with an intact hash beside it: upload and test are accepted (measured)."""
    made = device.charger.file("2.6.1", signer=str(how.get("signer", "Lab")))
    if "corrupt" in how:
        content = bytearray(made.path.read_bytes())
        content[5_000] ^= 1
        made.path.write_bytes(content)
    with session(device) as one:
        before = one.observe()
    bring(device, device.charger.as_image(made))
    restart(device)
    with session(device) as one:
        after = one.observe()
        assert after.same_firmware(before) and after.slots == before.slots


def test_while_an_image_is_on_trial_no_other_is_taken(device: McuDevice) -> None:
    bring(device, device.image("2.6.1"))
    restart(device)
    with session(device) as one, pytest.raises(DeviceError) as error:
        finish(one.transfer(device.image("2.6.2")))
    assert said(error) is Text.SMP_ON_TRIAL


def test_what_runs_cannot_be_tried(device: McuDevice) -> None:
    with session(device) as one, pytest.raises(DeviceError) as error:
        finish(one.install(device.image(device.old_version)))
    assert said(error) is Text.SMP_RUNS_ALREADY


def test_a_file_that_is_no_image_is_refused_by_name(device: McuDevice) -> None:
    made = device.charger.file("2.6.1")
    made.path.write_bytes(b"junk" * 1000)
    with session(device) as one, pytest.raises(DeviceError) as error:
        finish(one.transfer(device.charger.as_image(made)))
    assert said(error) is Text.INSTALL_DAMAGED


def test_an_image_larger_than_a_slot_is_refused_by_name(tmp_path: Path) -> None:
    with mcu_charger(tmp_path, make=Make(slot_size=30_000)) as charger:
        image = charger.image("2.6.1", size=40_000)
        with opened(charger) as one, pytest.raises(DeviceError) as error:
            finish(one.transfer(image))
    assert said(error) is Text.INSTALL_INCOMPATIBLE


def test_a_file_that_changed_on_the_laptop_is_not_sent(device: McuDevice) -> None:
    image = device.image("2.6.1")
    image.path.write_bytes(image.path.read_bytes()[:-1] + b"x")
    asked = device.charger.charger.requests
    with session(device) as one, pytest.raises(FirmwareError) as error:
        finish(one.transfer(image))
    assert said(error) is Text.IMAGE_CHANGED and device.charger.charger.requests - asked <= 2
    image.path.unlink()
    with session(device) as one, pytest.raises(FirmwareError) as error:
        finish(one.transfer(image))
    assert said(error) is Text.IMAGE_UNREADABLE


def test_a_dropped_upload_goes_on_where_it_stopped(device: McuDevice) -> None:
    image = device.image("2.6.1")
    with session(device) as one:
        steps = one.transfer(image)
        while next(steps).done < image.length // 2:
            pass
        steps.close()
    with session(device) as one:
        seen = finish(one.transfer(image))
        finish(one.verify(image))
    assert image.length // 2 <= seen[2][0] < image.length


def test_a_power_cut_in_mid_upload_begins_again_and_arrives(device: McuDevice) -> None:
    image = device.image("2.6.1")
    with session(device) as one:
        device.charger.fault(cut_at=20)
        finish(one.transfer(image))
        finish(one.verify(image))
    assert device.charger.mcu.starts == 2


def test_a_device_that_lost_a_part_of_an_upload_is_sent_it_again_from_there(
    device: McuDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once each, in order, from where the device says that it is: not from what it had told before."""
    mcu, offsets = device.charger.mcu, list[int]()
    take = mcu._take

    def noted(body: dict[str, object], slot: int) -> object:
        offset = body["off"]
        assert isinstance(offset, int)
        offsets.append(offset)
        return take(body, slot)

    monkeypatch.setattr(mcu, "_take", noted)
    image = device.image("2.6.1")
    with session(device) as one:
        steps = one.transfer(image)
        while next(steps).done < 8_000:
            pass
        before = len(offsets)
        del mcu._upload.content[3_000:]  # type: ignore[union-attr]  # it goes on
        finish(steps)
    assert mcu.slots[1] == image.path.read_bytes()
    again = offsets[offsets.index(3_000) :]
    assert offsets.index(3_000) - before <= 2 * WINDOW, "what was on the way, and nothing more"
    sizes = {after - at for at, after in pairwise(again)}
    assert again[0] == 3_000 and len(sizes) == 1 and min(sizes) > 0, again


def test_what_lies_there_whole_is_not_sent_again(device: McuDevice) -> None:
    image = device.image("2.6.1")
    with session(device) as one:
        finish(one.transfer(image))
        asked = device.charger.charger.requests
        assert finish(one.transfer(image))[-1] == (image.length, image.length)
        assert device.charger.charger.requests == asked + 1


@pytest.mark.parametrize("fault", [{"mute": 1}, {"mute": 2}, {"garbled": 1}, {"late": 1}, {"late": 2}])
@pytest.mark.parametrize("after", [0, 1, 5])
def test_lost_damaged_and_late_answers_cost_time_and_nothing_else(
    device: McuDevice, fault: dict[str, int], after: int
) -> None:
    image = device.image("2.6.1", size=4_000)
    with opened(device.charger, McubootSmp(patience=HASTY)) as one:
        steps = one.transfer(image)
        for _ in range(after):
            next(steps)
        device.charger.fault(**fault)
        finish(steps)
        device.charger.fault(**fault)
        finish(one.verify(image))
    assert device.charger.mcu.slots[1] == image.path.read_bytes()


def test_an_answer_that_comes_late_is_not_taken_for_that_to_the_next_question(charger: McuCharger) -> None:
    wire = open_wire(charger.link, 115_200, HASTY)
    line = SmpLine(wire, "the port", SystemClock(), HASTY)
    charger.fault(late=1)
    assert line.ask_once(smp.echo("one"), 0.1) is None
    answer = line.ask_once(smp.echo("two"), 1.0)
    wire.close()
    assert answer is not None and answer.body == {"r": "two"}


def test_a_reset_whose_answer_is_lost_is_not_asked_for_again(device: McuDevice) -> None:
    """A second restart would end the trial."""
    bring(device, device.image("2.6.1"))
    device.charger.fault(silent_reset=True)
    restart(device)
    with session(device) as one:
        assert one.observe().running == "2.6.1"
    assert device.charger.mcu.starts == 2


def test_a_line_that_falls_silent_is_told_in_mid_upload(device: McuDevice) -> None:
    with pytest.raises(LinkError) as error, opened(device.charger, McubootSmp(patience=HASTY)) as one:
        for _ in one.transfer(device.image("2.6.1")):
            device.charger.fault(silent=True)
    assert said(error) is Text.LINK_STALLED


def test_nobody_at_the_other_end_is_told(device: McuDevice) -> None:
    device.charger.fault(silent=True)
    with pytest.raises(LinkError) as error, opened(device.charger, McubootSmp(patience=HASTY)):
        pass
    assert said(error) is Text.SMP_SILENT


def test_a_file_that_arrived_otherwise_is_erased_and_told(tmp_path: Path) -> None:
    with mcu_charger(tmp_path, make=Make(checks_file=True)) as charger, opened(charger) as one:
        image = charger.image("2.6.1")
        steps = one.transfer(image)
        while next(steps).done < 5_000:
            pass
        charger.mcu._upload.content[1_000] ^= 1  # type: ignore[union-attr]  # it goes on
        with pytest.raises(DeviceError) as error:
            finish(steps)
        assert said(error) is Text.TRANSFER_CORRUPT and charger.mcu.slots[1] == b""


def test_a_charger_in_its_bootloader_is_no_failure_and_no_charger_yet(tmp_path: Path) -> None:
    with mcu_charger(tmp_path) as charger:
        charger.mcu.slots[0] = b""
        charger.charger.power_cut(0.0)
        with opened(charger) as one, pytest.raises(UnclearError) as error:
            one.observe()
    assert said(error) is Text.SMP_IN_BOOTLOADER


def test_an_old_server_that_does_not_tell_what_runs_is_told_apart(tmp_path: Path) -> None:
    with mcu_charger(tmp_path, make=Make(first_version=True)) as charger:
        driver = McubootSmp(patience=PATIENT)
        with opened(charger, driver) as one, pytest.raises(DeviceError) as error:
            one.observe()
    assert said(error) is Text.SMP_TOO_OLD


def test_a_restart_that_is_not_taken_is_told_by_what_stays_staged(device: McuDevice) -> None:
    bring(device, device.image("2.6.1"))
    device.charger.fault(ignores_reset=True)
    with session(device) as one:
        steps = one.restart()
        for _ in range(5):
            next(steps)
        steps.close()
        assert one.observe().staged == "2.6.1"


def test_it_is_taken_out_of_service_and_given_back(device: McuDevice) -> None:
    with session(device) as one:
        one.serve(False)
        assert not device.charger.charger.in_service
        one.serve(True)
        assert device.charger.charger.in_service


def test_settings_are_not_asked_for(device: McuDevice) -> None:
    with session(device) as one, pytest.raises(DeviceError) as error:
        one.configuration()
    assert said(error) is Text.SETTINGS_UNREADABLE


def test_a_device_that_refuses_is_told_with_its_code(device: McuDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    with session(device) as one:
        monkeypatch.setattr(device.charger.mcu, "_states", lambda: {"err": {"group": 1, "rc": 11}})
        with pytest.raises(DeviceError) as error:
            one.observe()
    assert said(error) is Text.SMP_REFUSED and "group 1, code 11" in error.value.what


def test_a_session_over_a_cable_loads_no_ssh_library() -> None:
    """It costs 100 ms, and more than that on an old laptop."""
    code = "import sys; import fieldtool.drivers.smp_facts, fieldtool.drivers.smp_line, fieldtool.drivers.linux_facts; "
    code += "from fieldtool.drivers.mcuboot_smp import McubootSession; McubootSession.__init__; "
    ended = subprocess.run([sys.executable, "-c", code + "sys.exit('paramiko' in sys.modules)"], check=False)
    assert ended.returncode == 0


# ---- ports -----------------------------------------------------------------------------------------------------------


def test_a_port_that_is_not_there_is_told(charger: McuCharger) -> None:
    missing = replace(charger.component(), link=Link("serial", "/dev/ttyUSB77"))
    with pytest.raises(LinkError) as error, DRIVER.open(missing, charger.profile, charger.credentials):
        pass
    assert said(error) is Text.PORT_MISSING


def test_a_port_that_another_session_has_open_is_told(charger: McuCharger) -> None:
    with opened(charger), pytest.raises(LinkError) as error, opened(charger):
        pass
    assert said(error) is Text.PORT_TAKEN


def test_a_port_that_goes_in_use_is_a_lost_link() -> None:
    end, slave = os.openpty()
    wire = SerialWire(os.ttyname(slave), 115_200)
    os.close(slave)
    os.close(end)
    for act in (lambda: wire.receive(1.0), lambda: wire.send(b"x" * 100)):
        with pytest.raises(LinkError) as error:
            act()
        assert said(error) is Text.PORT_VANISHED
    wire.close()


def test_a_device_server_that_is_not_there_is_told(charger: McuCharger) -> None:
    nobody = replace(charger.component(), link=Link("serial-tcp", "127.0.0.1:1"))
    with pytest.raises(LinkError) as error, DRIVER.open(nobody, charger.profile, charger.credentials):
        pass
    assert said(error) is Text.LINK_UNREACHABLE


def test_a_port_that_may_not_be_opened_is_told() -> None:
    assert _not_opened("COM4", PermissionError(13, "Permission denied")).text is Text.PORT_REFUSED
    windows = OSError("could not open port 'COM4': PermissionError(13, 'Access is denied.', None, 5)")
    assert _not_opened("COM4", windows).text is Text.PORT_TAKEN


# ---- profiles --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"update": {"baud": "fast"}}, "update.baud"),
        ({"update": {"speed": "9600"}}, "update.speed"),
        ({"facts": {"version": "shell version"}}, "facts.version"),
    ],
)
def test_a_profile_of_another_kind_is_refused(charger: McuCharger, change: dict[str, object], field: str) -> None:
    profile = replace(charger.profile, **change)  # type: ignore[arg-type]  # fields of a profile
    with pytest.raises(UsageError) as error, DRIVER.open(charger.component(), profile, charger.credentials):
        pass
    assert said(error) is Text.PROFILE_BAD and error.value.params["field"] == field


@pytest.mark.parametrize("command", ["cat /etc/serial", "shell", "shell 'open", "setting ", "info"])
def test_a_command_that_smp_cannot_carry_is_the_profiles_mistake(charger: McuCharger, command: str) -> None:
    profile = replace(charger.profile, facts={**charger.profile.facts, "serial": command})
    with DRIVER.open(charger.component(), profile, charger.credentials) as one, pytest.raises(FieldtoolError) as error:
        one.observe()
    assert said(error) is Text.PROFILE_BAD


def test_a_setting_that_is_not_stored_is_a_fact_that_could_not_be_told(charger: McuCharger) -> None:
    profile = replace(charger.profile, facts={**charger.profile.facts, "serial": "setting no/such"})
    with DRIVER.open(charger.component(), profile, charger.credentials) as one, pytest.raises(DeviceError) as error:
        one.observe()
    assert said(error) is Text.FACT_FAILED


def test_what_comes_back_as_an_echo_is_the_answer_and_anything_else_a_failure(
    charger: McuCharger, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = replace(charger.profile, in_use="echo", checks={"application": "echo are you there"})
    with DRIVER.open(charger.component(), profile, charger.credentials) as one:
        assert one.observe().in_use == "" and one.health().ok
        monkeypatch.setattr(smp, "parse_echo", lambda response: "somebody else")
        assert one.health().failed_checks == ("application",)


def test_a_counter_of_its_statistics_is_a_fact(charger: McuCharger, monkeypatch: pytest.MonkeyPatch) -> None:
    """The virtual charger keeps none; the real application does (tests/peers/test_mcuboot_qemu.py)."""
    asked = {"name": "smp_svr_stats", "fields": {"ticks": 7}}
    ask = SmpLine.ask

    def answered(line: SmpLine, request: smp.Request, seconds: float | None = None) -> smp.Response:
        mine = request.group == smp.STATISTICS
        return smp.Response(2, 0, 1, asked) if mine else ask(line, request, seconds)

    monkeypatch.setattr(SmpLine, "ask", answered)
    for counter in ("ticks", "tocks"):
        profile = replace(charger.profile, health={"uptime": f"stat smp_svr_stats {counter}"})
        with DRIVER.open(charger.component(), profile, charger.credentials) as one:
            if counter == "ticks":
                assert one.health().uptime == 7.0
                continue
            with pytest.raises(DeviceError) as error:
                one.health()
            assert said(error) is Text.FACT_FAILED
