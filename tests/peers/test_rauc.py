"""The driver against the real RAUC 1.8 behind the real OpenSSH sshd."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fieldtool.core.errors import DeviceError, LinkError, PinError
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs import rauc
from tests.drivers.contract import DRIVER, HASTY, ONE_WINDOW, RaucContract, bring, finish, restart, said, session
from tests.drivers.wire import Wire, wire
from tests.peers.rauc_device import Factory, RaucDevice, missing, rauc_device

pytestmark = [pytest.mark.peer, pytest.mark.skipif(bool(missing()), reason=missing() or "it can")]


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    return Factory(tmp_path_factory.mktemp("factory"))


@pytest.fixture
def device(tmp_path: Path, factory: Factory) -> Iterator[RaucDevice]:
    with rauc_device(tmp_path / "charger", factory) as charger:
        yield charger


@pytest.fixture
def line(device: RaucDevice) -> Iterator[Wire]:
    with wire(device.ssh_address) as opened:
        yield opened


class TestRealRauc(RaucContract):
    pass


# ---- a file that somebody holds -------------------------------------------------------------------------------------


def test_a_file_that_a_broken_connection_still_holds_is_copied_and_then_installed(device: RaucDevice) -> None:
    """RAUC wants a lease on the bundle, and gets none while another process has it open for writing."""
    image = device.image("2.6.1")
    with session(device) as opened:
        finish(opened.transfer(image))
        with Path(opened.files.path(image)).open("r+b"):
            with pytest.raises(DeviceError) as error:
                finish(opened.install(image))
            assert said(error) is Text.INSTALL_FILE_HELD
            finish(opened.verify(image))
            finish(opened.install(image))
            assert opened.observe().staged == "2.6.1"
        opened.tidy(image)
        with opened.files.sftp() as sftp:
            assert sftp.names() == []


# ---- the SSH server's own account -----------------------------------------------------------------------------------


def test_sshd_saw_no_login_attempt_when_the_pin_was_missing_or_wrong(device: RaucDevice) -> None:
    for fingerprint in (None, "SHA256:" + "A" * 43):
        keys = replace(device.keys(), fingerprint=fingerprint, secret="the-password")
        with pytest.raises(PinError), DRIVER.open(device.component(), device.profile, keys):
            pass
    assert not device.logins_tried()
    with session(device):
        pass
    assert device.logins_tried()  # the log does tell when there is one


def test_no_secret_gets_into_a_log(device: RaucDevice, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with session(device) as opened:
        opened.observe()
    secret_lines = [text for text in device.client_key.splitlines() if "KEY" not in text]
    assert not any(text in caplog.text for text in secret_lines)


def test_a_killed_ssh_session_costs_at_most_one_window(device: RaucDevice, line: Wire) -> None:
    """sshd itself is killed in mid-transfer, not the line; counted are the bytes on the wire of the second try."""
    image = device.image("2.6.1", size=8_000_000)
    line.freeze_after(4_000_000)
    with pytest.raises(LinkError), session(device, line) as opened:
        for _ in opened.transfer(image):
            if line.frozen:
                device.kill_ssh_sessions()
                line.thaw()
    offset = device.uploaded(image, ".raucb.part").stat().st_size
    assert 0 < offset < image.length
    line.sent = 0
    with session(device, line) as opened:
        finish(opened.transfer(image))
        finish(opened.verify(image))
    assert line.sent < image.length - offset + ONE_WINDOW


def test_an_sshd_that_hangs_is_noticed_although_the_line_is_fine(device: RaucDevice) -> None:
    with pytest.raises(LinkError) as error, session(device, driver=HASTY) as opened:
        device.stop_sshd_answering()
        opened.observe()
    assert said(error) is Text.LINK_STALLED


def test_an_sshd_that_hangs_is_noticed_in_mid_transfer(device: RaucDevice, line: Wire) -> None:
    image = device.image("2.6.1", size=8_000_000)
    line.freeze_after(2_000_000)
    with pytest.raises(LinkError) as error, session(device, line, HASTY) as opened:
        for _ in opened.transfer(image):
            if line.frozen:
                device.stop_sshd_answering()
                line.thaw()
    assert said(error) is Text.LINK_STALLED


# ---- RAUC's own ways ------------------------------------------------------------------------------------------------


def test_rauc_killed_in_mid_install_keeps_the_old_system_and_says_so(device: RaucDevice) -> None:
    image = device.slow_image("2.6.1")
    with session(device) as opened:
        before = opened.observe()
        finish(opened.transfer(image))
        with pytest.raises(DeviceError) as error:
            device.strike(opened.install(image), device.kill_rauc)
        assert said(error) is Text.INSTALL_INTERRUPTED
        after = opened.observe()
        assert after.same_firmware(before) and after.staged is None
        assert [slot.state for slot in after.slots] == ["good", "bad"]
    restart(device)
    with session(device) as opened:
        assert opened.observe().same_firmware(before)
        bring(device, device.image("2.6.2"))
        assert opened.observe().staged == "2.6.2"


def test_rauc_that_is_gone_for_good_leaves_the_end_unclear_and_says_so(device: RaucDevice) -> None:
    image = device.slow_image("2.6.1")

    def end_for_good() -> None:
        (device.root / "bin/rauc-service").write_text("#!/bin/sh\nexit 1\n")
        device.kill_rauc()

    with session(device) as opened:
        finish(opened.transfer(image))
        with pytest.raises(DeviceError) as error:
            device.strike(opened.install(image), end_for_good)
    assert said(error) is Text.INSTALL_UNCLEAR


def test_a_power_cut_in_mid_install_keeps_the_old_system(device: RaucDevice) -> None:
    image = device.slow_image("2.6.1")
    with pytest.raises(LinkError), session(device) as opened:
        before = opened.observe()
        finish(opened.transfer(image))
        device.strike(opened.install(image), device.power_cut)
    device.boot()
    with session(device) as opened:
        after = opened.observe()
        assert after.same_firmware(before) and after.staged is None
        second = device.image("2.6.2")
        finish(opened.transfer(second))
        finish(opened.install(second))
        assert opened.observe().staged == "2.6.2"


def test_an_installation_that_broke_off_unseen_is_told_to_the_next_session(device: RaucDevice, line: Wire) -> None:
    """The second session was not there when RAUC gave its reason; the slots and LastError tell."""
    image = device.slow_image("2.6.1")
    with pytest.raises(LinkError), session(device, line) as opened:
        finish(opened.transfer(image))
        device.strike(opened.install(image), line.cut)
    with session(device) as opened, pytest.raises(DeviceError) as error:
        for _ in opened.install(image):
            device.kill_rauc()
    assert said(error) is Text.INSTALL_INTERRUPTED


def test_a_slot_that_is_too_small_is_told_as_no_space(device: RaucDevice) -> None:
    with device.small_slot(), session(device) as opened:
        image = device.image("2.6.1", size=3_000_000)
        finish(opened.transfer(image))
        with pytest.raises(DeviceError) as error:
            finish(opened.install(image))
        assert said(error) is Text.INSTALL_NO_SPACE, error.value
        assert opened.observe().staged is None


def test_a_disk_that_fills_up_in_mid_transfer_is_told_as_full(device: RaucDevice, line: Wire) -> None:
    image = device.image("2.6.1", size=3_000_000)
    with device.little_space(4_000_000), session(device, line) as opened:
        line.freeze_after(1_000_000)
        with pytest.raises(DeviceError) as error:
            for _ in opened.transfer(image):
                if line.frozen:
                    device.uploaded(image).with_name("log").write_bytes(b"x" * 2_000_000)
                    line.thaw()
        assert said(error) is Text.DEVICE_DISK_FULL
        assert opened.observe().running == device.old_version


def test_a_folder_that_cannot_be_written_is_told(device: RaucDevice) -> None:
    profile = replace(device.profile, upload_dir="/proc/fieldtool")
    with DRIVER.open(device.component(), profile, device.keys()) as opened, pytest.raises(DeviceError) as error:
        finish(opened.transfer(device.image("2.6.1")))
    assert said(error) is Text.UPLOAD_REFUSED


def test_a_charger_without_sftp_is_told_and_not_taken_for_a_lost_line(device: RaucDevice) -> None:
    config = device.root / "etc/sshd_config"
    config.write_text(config.read_text().replace("Subsystem sftp internal-sftp", ""))
    device.power_cut()
    device.boot()
    with session(device) as opened, pytest.raises(DeviceError) as error:
        finish(opened.transfer(device.image("2.6.1")))
    assert said(error) is Text.UPLOAD_REFUSED and "SFTP" in str(error.value.params["detail"])


def test_somebody_who_is_faster_by_a_moment_keeps_the_charger(device: RaucDevice) -> None:
    """RAUC was idle when we looked, and busy when we asked."""
    image = device.image("2.6.1")
    with session(device) as opened:
        finish(opened.transfer(image))
        idle = opened._installer()
        with device.busy():
            opened._installer = lambda: idle
            opened._status = lambda: rauc.Status(())
            with pytest.raises(DeviceError) as error:
                finish(opened.install(image))
    assert said(error) is Text.DEVICE_BUSY
    assert not device.uploaded(image, ".installing").exists()


def test_going_back_is_impossible_when_the_other_slot_is_bad(device: RaucDevice) -> None:
    (device.root / "boot/state.B").write_text("bad")
    with session(device) as opened, pytest.raises(DeviceError) as error:
        finish(opened.roll_back())
    assert said(error) is Text.ROLL_BACK_IMPOSSIBLE
    assert device.bootloader()["primary"] == "A"


def test_a_sick_image_fails_the_profiles_check(device: RaucDevice) -> None:
    bring(device, device.image("2.6.1", sick=True))
    restart(device)
    with session(device) as opened:
        health = opened.health()
    assert not health.ok and health.failed_checks == ("charging software",)


def test_confirm_tells_the_bootloader(device: RaucDevice) -> None:
    bring(device, device.image("2.6.1"))
    restart(device)
    with session(device) as opened:
        opened.confirm()
    assert "set-state B good" in (device.root / "boot/log").read_text()


def test_a_charger_that_confirms_itself_is_only_looked_at(device: RaucDevice) -> None:
    profile = replace(device.profile, self_confirms=True)
    with DRIVER.open(device.component(), profile, device.keys()) as opened:
        opened.confirm()
        (device.root / "boot/state.A").write_text("bad")
        with pytest.raises(DeviceError) as error:
            opened.confirm()
    assert said(error) is Text.CONFIRM_FAILED
    assert "set-state" not in (device.root / "boot/log").read_text()
