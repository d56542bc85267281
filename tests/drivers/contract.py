"""What every way to a charger must do: run on virtual chargers of every kind, on the real RAUC and the real SWUpdate.

`OverTheLine` is the same for all chargers that are reached by SSH, `Installs` for all kinds, whatever installs;
`Stages` for those that restart only when they are asked to; `TwoSlots` for those that keep their old firmware.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import pytest

from fieldtool.core.driver import Can, Progress, Steps
from fieldtool.core.errors import DeviceError, FieldtoolError, FirmwareError, LinkError, PinError, RefusedError
from fieldtool.core.model import Component, ConnectorStatus, FirmwareImage, Link, Observed
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.drivers.mcuboot_smp import McubootSession, McubootSmp
from fieldtool.drivers.rauc_ssh import RaucSession, RaucSsh
from fieldtool.drivers.sftp_upload import WINDOW, WRITE
from fieldtool.drivers.smp_line import SmpPatience
from fieldtool.drivers.ssh import Patience
from fieldtool.drivers.swupdate_ssh import SwupdateSession, SwupdateSsh
from tests.drivers.wire import Wire, wire

PATIENT = Patience(connect=5.0, answer=10.0, silence=5.0)
IMPATIENT = Patience(connect=1.0, answer=1.0, silence=1.0)
DRIVER, HASTY = RaucSsh(patience=PATIENT), RaucSsh(patience=IMPATIENT)
AnyDriver = RaucSsh | SwupdateSsh | McubootSmp
AnySession = RaucSession | SwupdateSession | McubootSession
ONE_WINDOW = WINDOW * WRITE


@dataclass
class Keys:
    """Credentials in memory. `asked` tells which secrets the driver wanted to have."""

    serial: str
    key: str | None = None
    fingerprint: str | None = None
    secret: str | None = None
    asked: list[str] = field(default_factory=list)

    def password(self, link: Link) -> str | None:
        self.asked.append("password")
        return self.secret

    def private_key(self, link: Link) -> str | None:
        self.asked.append("key")
        return self.key

    def pin(self, link: Link) -> str | None:
        return self.fingerprint


class Device(Protocol):
    """What the suite needs to know of, and to do to, a charger that can be restarted."""

    serial: str
    part: str  # the component that is under test
    hardware: str
    old_version: str
    old_hash: str

    @property
    def profile(self) -> Profile: ...
    @property
    def ssh_address(self) -> tuple[str, int]: ...
    def component(self, address: str = "") -> Component: ...
    def keys(self) -> Keys: ...
    def image(self, version: str, **what: object) -> FirmwareImage: ...
    def slow_image(self, version: str) -> FirmwareImage: ...
    def wait_until_copying(self) -> None: ...
    def let_go(self) -> None: ...
    def busy(self) -> AbstractContextManager[None]: ...
    def little_space(self, size: int) -> AbstractContextManager[None]: ...
    def plug_in(self, words: str) -> None: ...
    def change_host_key(self) -> str: ...
    def restarts(self) -> int: ...
    def wait_for_restart(self, since: int) -> None: ...


def finish(steps: Steps) -> list[tuple[int, int]]:
    return [(step.done, step.total) for step in steps if isinstance(step, Progress)]


def left_behind(opened: AnySession, image: FirmwareImage) -> list[str]:
    """Files on the charger that we brought with this image. A microcontroller has none: its slots are the firmware."""
    if isinstance(opened, McubootSession):
        return []
    with opened.files.sftp() as sftp:
        return [name for name in sftp.names() if image.sha256 in name]


def driver_of(device: Device, patience: Patience = PATIENT) -> AnyDriver:
    if device.profile.driver == "mcuboot-smp":
        return McubootSmp(patience=SmpPatience(answer=patience.answer / 10, erase=patience.answer))
    drivers: dict[str, type[RaucSsh] | type[SwupdateSsh]] = {"rauc-ssh": RaucSsh, "swupdate-ssh": SwupdateSsh}
    return drivers[device.profile.driver](patience=patience)


@contextmanager
def session(device: Device, line: Wire | None = None, driver: AnyDriver | None = None) -> Iterator[AnySession]:
    component = device.component(line.address if line else "")
    with (driver or driver_of(device)).open(component, device.profile, device.keys()) as opened:
        yield opened


def hasty(device: Device) -> AnyDriver:
    return driver_of(device, IMPATIENT)


def restart(device: Device) -> None:
    before = device.restarts()
    with session(device) as opened:
        finish(opened.restart())
    device.wait_for_restart(before)


def bring(device: Device, image: FirmwareImage) -> None:
    """Transfer, verify, install. A charger that restarts by itself has done so afterwards."""
    before = device.restarts()
    with session(device) as opened:
        by_itself = Can.SELF_INSTALL in opened.can
        finish(opened.transfer(image))
        finish(opened.verify(image))
        with suppress(LinkError) if by_itself else nullcontext():
            finish(opened.install(image))
    if by_itself:
        device.wait_for_restart(before)


def start_new(device: Device) -> None:
    """What was installed runs afterwards."""
    with session(device) as opened:
        by_itself = Can.SELF_INSTALL in opened.can
    if not by_itself:
        restart(device)


def said(error: pytest.ExceptionInfo[FieldtoolError]) -> Text:
    return error.value.text


class OverTheLine:
    """Subclasses give the fixture `device`."""

    @pytest.fixture
    def line(self, device: Device) -> Iterator[Wire]:
        with wire(device.ssh_address) as opened:
            yield opened

    # ---- trust in the line

    def test_an_unknown_host_key_is_told_and_no_credential_is_sent(self, device: Device) -> None:
        keys = device.keys()
        shown, keys.fingerprint = keys.fingerprint, None
        with pytest.raises(PinError) as error, driver_of(device).open(device.component(), device.profile, keys):
            pass
        assert said(error) is Text.PIN_MISSING and error.value.params == {"serial": device.serial, "found": shown}
        assert keys.asked == []

    def test_a_changed_host_key_is_told_and_no_credential_is_sent(self, device: Device) -> None:
        expected = device.keys().fingerprint
        shown = device.change_host_key()
        keys = device.keys()
        keys.fingerprint = expected
        with pytest.raises(PinError) as error, driver_of(device).open(device.component(), device.profile, keys):
            pass
        assert said(error) is Text.PIN_CHANGED
        assert error.value.params == {"serial": device.serial, "expected": expected, "found": shown}
        assert keys.asked == []

    def test_it_is_reached_over_ipv6(self, device: Device) -> None:
        with wire(device.ssh_address, six=True) as line, session(device, line) as opened:
            assert opened.observe().serial == device.serial

    def test_without_a_secret_nobody_logs_in(self, device: Device) -> None:
        keys = replace(device.keys(), key=None)
        with pytest.raises(RefusedError) as error, driver_of(device).open(device.component(), device.profile, keys):
            pass
        assert said(error) is Text.SECRET_MISSING

    def test_a_wrong_secret_is_refused_by_name(self, device: Device) -> None:
        keys = replace(device.keys(), key=None, secret="wrong")
        with pytest.raises(RefusedError) as error, driver_of(device).open(device.component(), device.profile, keys):
            pass
        assert said(error) is Text.LOGIN_REFUSED and error.value.params["serial"] == device.serial

    # ---- what arrives

    def test_a_dropped_transfer_goes_on_where_it_stopped(self, device: Device, line: Wire) -> None:
        image = device.image("2.6.1", size=6_000_000)
        line.cut_after(image.length * 2 // 3)
        with pytest.raises(LinkError), session(device, line) as opened:
            finish(opened.transfer(image))
        assert line.was_cut.is_set()
        line.sent = 0
        with session(device, line) as opened:
            seen = finish(opened.transfer(image))
            finish(opened.verify(image))
        offset = next(done for done, _ in seen if done > 0)
        assert offset > 0
        assert line.sent < image.length - image.length * 2 // 3 + 2 * ONE_WINDOW

    def test_a_part_that_lost_its_content_is_not_built_upon(self, device: Device) -> None:
        image = device.image("2.6.1")
        with session(device) as opened, opened.files.sftp() as sftp:
            opened._ssh.run(f"mkdir -p {device.profile.upload_dir}")
            with sftp._client.open(opened.files.path(image, f"{opened.files.ending}.part"), "w") as part:
                part.write(b"\0" * 100_000)
            finish(opened.transfer(image))
            finish(opened.verify(image))

    def test_a_part_that_is_too_long_is_cut(self, device: Device) -> None:
        image = device.image("2.6.1")
        with session(device) as opened, opened.files.sftp() as sftp:
            opened._ssh.run(f"mkdir -p {device.profile.upload_dir}")
            with sftp._client.open(opened.files.path(image, f"{opened.files.ending}.part"), "w") as part:
                part.write(image.path.read_bytes() + b"more")
            finish(opened.transfer(image))
            finish(opened.verify(image))

    def test_corruption_is_noticed_and_the_next_transfer_begins_anew(self, device: Device) -> None:
        image = device.image("2.6.1")
        with session(device) as opened:
            finish(opened.transfer(image))
            with opened.files.sftp() as sftp, sftp._client.open(opened.files.path(image), "r+") as file:
                file.seek(1000)
                file.write(b"corrupt")
            with pytest.raises(DeviceError) as error:
                finish(opened.verify(image))
            assert said(error) is Text.TRANSFER_CORRUPT
            finish(opened.transfer(image))
            finish(opened.verify(image))

    def test_a_file_that_changed_on_the_laptop_is_not_delivered(self, device: Device, tmp_path: Path) -> None:
        image = device.image("2.6.1")
        content = bytearray(image.path.read_bytes())
        content[5000] ^= 1
        changed = tmp_path / "changed.raucb"
        changed.write_bytes(content)
        with session(device) as opened:
            with pytest.raises(FirmwareError) as error:
                finish(opened.transfer(replace(image, path=changed)))
            assert said(error) is Text.IMAGE_CHANGED
            with opened.files.sftp() as sftp:
                assert sftp.names() == []

    def test_leftovers_of_other_images_go_and_files_of_others_stay(self, device: Device) -> None:
        first, second = device.image("2.6.0"), device.image("2.6.1")
        with session(device) as opened:
            finish(opened.transfer(first))
            with opened.files.sftp() as sftp:
                with sftp._client.open(f"{device.profile.upload_dir}/notes.txt", "w") as notes:
                    notes.write(b"mine")
                finish(opened.transfer(second))
                assert sorted(sftp.names()) == sorted(["notes.txt", f"{second.sha256}.{opened.files.ending}"])
                opened.tidy(second)
                assert sftp.names() == ["notes.txt"]

    def test_a_full_disk_is_told_before_anything_is_sent(self, device: Device, line: Wire) -> None:
        image = device.image("2.6.1", size=3_000_000)
        with device.little_space(1_000_000), session(device, line) as opened:
            with pytest.raises(DeviceError) as error:
                finish(opened.transfer(image))
            assert said(error) is Text.DEVICE_DISK_FULL and error.value.params["needed"] == image.length
            assert line.sent < 20_000

    def test_a_cancelled_transfer_leaves_a_session_that_works(self, device: Device, line: Wire) -> None:
        image = device.image("2.6.1", size=6_000_000)
        with session(device, line) as opened:
            line.freeze_after(2_000_000)
            steps = opened.transfer(image)
            for _ in steps:
                if line.frozen:
                    line.thaw()
                    steps.close()
            assert line.sent < image.length
            assert opened.observe().running == device.old_version
            finish(opened.transfer(image))
            finish(opened.verify(image))

    def test_a_silent_line_is_noticed_in_mid_transfer(self, device: Device, line: Wire) -> None:
        image = device.image("2.6.1", size=6_000_000)
        with pytest.raises(LinkError) as error, session(device, line, hasty(device)) as opened:
            line.freeze_after(3_000_000)
            finish(opened.transfer(image))
        assert said(error) is Text.LINK_STALLED, error.value

    def test_a_silent_line_is_noticed_while_a_fact_is_read(self, device: Device, line: Wire) -> None:
        with pytest.raises(LinkError) as error, session(device, line, hasty(device)) as opened:
            line.freeze()
            opened.observe()
        assert said(error) is Text.LINK_STALLED, error.value


class Installs:
    """Subclasses give the fixture `device`."""

    no_command = "no-such-command-here"  # as a profile would ask for it

    # ---- what it tells

    def test_it_tells_who_it_is(self, device: Device) -> None:
        with session(device) as opened:
            who = opened.identify()
        assert (who.serial, who.vendor, who.model, who.hardware) == (
            device.serial,
            "Lab",
            "CityPost 22",
            device.hardware,
        )
        assert who.versions == {device.part: device.old_version}
        assert who.payload_hashes == {device.part: device.old_hash}

    def test_it_tells_what_runs_and_that_nothing_is_staged(self, device: Device) -> None:
        with session(device) as opened:
            seen = opened.observe()
        assert (seen.serial, seen.running, seen.running_hash) == (device.serial, device.old_version, device.old_hash)
        assert (seen.staged, seen.staged_hash) == (None, None)
        assert (seen.installing, seen.damaged, seen.in_use) == (False, False, "")
        assert seen.facts["clock"].isdigit()

    def test_a_car_that_charges_is_told_in_words(self, device: Device) -> None:
        device.plug_in("connector 1 is charging")
        with session(device) as opened:
            assert "connector 1" in opened.observe().in_use

    def test_health_tells_connectors_and_checks(self, device: Device) -> None:
        with session(device) as opened:
            health = opened.health()
        assert health.ok and not health.failed_checks
        assert health.connectors["1"] is ConnectorStatus.AVAILABLE

    def test_a_fact_that_cannot_be_told_is_no_empty_fact(self, device: Device) -> None:
        profile = replace(device.profile, facts={**device.profile.facts, "serial": self.no_command})
        with (
            driver_of(device).open(device.component(), profile, device.keys()) as opened,
            pytest.raises(DeviceError) as error,
        ):
            opened.observe()
        assert said(error) is Text.FACT_FAILED and error.value.params["status"] == 127

    # ---- the whole way

    def test_an_update_is_installed_started_and_confirmed(self, device: Device) -> None:
        image = device.image("2.6.1")
        with session(device) as opened:
            sent = finish(opened.transfer(image))
            assert sent[0][0] == 0 and sent[-1] == (image.length, image.length)
        bring(device, image)
        start_new(device)
        with session(device) as opened:
            new = opened.observe()
            assert (new.running, new.running_hash) == ("2.6.1", image.payload_hash)
            assert (new.staged, new.damaged, new.installing) == (None, False, False)
            assert opened.health().ok
            opened.confirm()
            opened.confirm()
            opened.tidy(image)
            opened.tidy(image)
            assert opened.observe().running == "2.6.1"
            assert not left_behind(opened, image)

    # ---- what is refused

    def test_a_bundle_that_the_charger_does_not_trust_is_refused_by_name(self, device: Device) -> None:
        _, after = self._refused(device, device.image("2.6.1", signer="evil"), Text.INSTALL_SIGNATURE)
        assert not after.damaged

    def test_a_bundle_for_another_model_is_refused_by_name(self, device: Device) -> None:
        _, after = self._refused(device, device.image("2.6.1", compatible="other-model"), Text.INSTALL_INCOMPATIBLE)
        assert not after.damaged

    def test_a_truncated_bundle_is_refused_by_name(self, device: Device) -> None:
        _, after = self._refused(device, device.image("2.6.1", truncated=True), Text.INSTALL_DAMAGED)
        # SWUpdate finds out while it writes: what is written in place is gone then, and the charger says so.
        assert after.damaged == (device.profile.update.get("kind") == "in-place")

    def _refused(self, device: Device, image: FirmwareImage, text: Text) -> tuple[Observed, Observed]:
        """What the charger told before and after."""
        with session(device) as opened:
            before = opened.observe()
            finish(opened.transfer(image))
            with pytest.raises(DeviceError) as error:
                finish(opened.install(image))
            assert said(error) is text
            after = opened.observe()
        assert after.same_firmware(before) and after.slots == before.slots
        assert (after.staged, after.installing) == (None, False)
        return before, after

    def test_somebody_elses_installation_is_not_taken_for_ours(self, device: Device) -> None:
        image = device.image("2.6.1")
        with session(device) as opened:
            finish(opened.transfer(image))
            with device.busy():
                seen = opened.observe()
                assert (seen.installing, seen.running) == (True, device.old_version)
                with pytest.raises(DeviceError) as error:
                    finish(opened.install(image))
        assert said(error) is Text.DEVICE_BUSY


class Stages(Installs):
    """Starts what was installed when it is asked to, not before."""

    @pytest.fixture
    def line(self, device: Device) -> Iterator[Wire]:
        with wire(device.ssh_address) as opened:
            yield opened

    def test_what_was_installed_is_staged_and_the_old_one_runs_until_the_restart(self, device: Device) -> None:
        image = device.image("2.6.1")
        with session(device) as opened:
            before = opened.observe()
        bring(device, image)
        with session(device) as opened:
            staged = opened.observe()
        assert staged.same_firmware(before)
        assert (staged.staged, staged.staged_hash, staged.damaged) == ("2.6.1", image.payload_hash, False)

    def test_a_second_install_finds_that_the_first_one_has_worked(self, device: Device) -> None:
        image = device.image("2.6.1")
        bring(device, image)
        with session(device) as opened:
            opened.tidy(image)  # an installation that really began would miss its file
            finish(opened.install(image))
            assert opened.observe().staged == "2.6.1"

    def test_content_other_than_promised_is_no_success(self, device: Device) -> None:
        image = device.image("2.6.1")
        promised = replace(image, release=replace(image.release, payload_hash="0" * 64))
        with session(device) as opened:
            finish(opened.transfer(promised))
            with pytest.raises(DeviceError) as error:
                finish(opened.install(promised))
            assert said(error) is Text.INSTALL_FAILED

    def test_an_installation_outlives_the_line_and_is_picked_up(self, device: Device, line: Wire) -> None:
        image = device.slow_image("2.6.1")
        with pytest.raises(LinkError), session(device, line) as opened:
            finish(opened.transfer(image))
            for _ in opened.install(image):
                if opened.observe().installing:
                    device.wait_until_copying()
                    line.cut()
        with session(device) as opened:
            assert opened.observe().installing
            steps = opened.install(image)
            next(steps)
            next(steps)
            device.let_go()
            finish(steps)
            assert opened.observe().staged == "2.6.1"


class InstallsAgain(Installs):
    """Has no way back of its own: its old firmware is installed again."""

    def test_the_old_firmware_is_installed_again_over_the_new(self, device: Device) -> None:
        with session(device) as opened:
            before = opened.observe()
        for image in (device.image("2.6.1"), device.image(device.old_version)):
            bring(device, image)
            start_new(device)
        with session(device) as opened:
            after = opened.observe()
            assert after.same_payload(before) and after.staged is None

    def test_what_runs_already_is_not_written_again(self, device: Device) -> None:
        with session(device) as opened:
            finish(opened.install(device.image(device.old_version)))  # without its file: nothing could have begun
            assert opened.observe().running == device.old_version


class TwoSlots(Stages):
    """Keeps its old firmware beside the new."""

    def test_the_slots_are_told_apart(self, device: Device) -> None:
        with session(device) as opened:
            assert opened.observe().running_slot == "rootfs.0"
            assert Can.KEEP_OLD | Can.ROLL_BACK in opened.can
        bring(device, device.image("2.6.1"))
        restart(device)
        with session(device) as opened:
            assert opened.observe().running_slot == "rootfs.1"

    def test_a_confirmed_image_is_taken_back(self, device: Device) -> None:
        with session(device) as opened:
            before = opened.observe()
        bring(device, device.image("2.6.1"))
        restart(device)
        with session(device) as opened:
            opened.confirm()
            finish(opened.roll_back())
            finish(opened.roll_back())  # a second call, after a lost link, must not turn it round again
            back = opened.observe()
            assert (back.running, back.staged, back.staged_hash) == ("2.6.1", device.old_version, device.old_hash)
        restart(device)
        with session(device) as opened:
            assert opened.observe().same_firmware(before)

    def test_an_image_that_is_only_staged_is_taken_back_without_a_trace(self, device: Device) -> None:
        bring(device, device.image("2.6.1"))
        with session(device) as opened:
            assert opened.observe().staged == "2.6.1"
            finish(opened.roll_back())
            after = opened.observe()
        assert (after.running, after.staged) == (device.old_version, None)

    def test_content_other_than_promised_is_not_left_to_start(self, device: Device) -> None:
        image = device.image("2.6.1")
        promised = replace(image, release=replace(image.release, payload_hash="0" * 64))
        with session(device) as opened:
            finish(opened.transfer(promised))
            with pytest.raises(DeviceError) as error:
                finish(opened.install(promised))
            assert said(error) is Text.INSTALL_FAILED
            assert opened.observe().staged is None


class RaucContract(OverTheLine, TwoSlots):
    """Two slots, RAUC and a bootloader that counts starts."""

    def test_rauc_tells_its_slots_and_its_abilities(self, device: Device) -> None:
        with session(device) as opened:
            assert [slot.name for slot in opened.observe().slots] == ["rootfs.0", "rootfs.1"]
            by_profile = Can.CONFIG | Can.OUT_OF_SERVICE
            assert opened.can & ~by_profile == Can.KEEP_OLD | Can.ROLL_BACK | Can.RESUME | Can.TRIAL

    def test_a_profile_of_another_update_system_is_refused(self, device: Device) -> None:
        profile = replace(device.profile, compatible="another-board")
        with (
            driver_of(device).open(device.component(), profile, device.keys()) as opened,
            pytest.raises(RefusedError) as error,
        ):
            opened.identify()
        assert said(error) is Text.PROFILE_DISAGREES

    def test_a_second_installation_that_is_refused_does_not_hide_the_first(self, device: Device) -> None:
        """RAUC 1.8 calls itself idle after that: a good update was given up, had we believed it."""
        image = device.slow_image("2.6.1")
        with session(device) as opened, session(device) as other:
            finish(opened.transfer(image))
            steps = opened.install(image)
            next(steps)
            while not other.observe().installing:
                next(steps)
            device.wait_until_copying()
            refused = other._ssh.run(f"{other._rauc} install {other.files.path(image)}")
            assert refused.status == 2 and "already processing" in (refused.err + refused.out).lower()
            assert other.observe().installing
            device.let_go()
            finish(steps)
            assert opened.observe().staged == "2.6.1"
