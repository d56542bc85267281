"""What a charger refuses in the middle of an update, and what it tells of it: over the wire, without a real program."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fieldtool.core.driver import Steps
from fieldtool.core.errors import DeviceError
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs import rauc
from fieldtool.drivers.rauc_ssh import RaucSession
from tests.drivers.contract import DRIVER, finish, said
from tests.drivers.test_virtual import VirtualDevice, device_of

GONE = "no-such-command-here"


@pytest.fixture
def device(tmp_path: Path) -> Iterator[VirtualDevice]:
    with device_of(tmp_path, "ab-trial") as made:
        yield made


@contextmanager
def session(device: VirtualDevice, folder: str = "") -> Iterator[RaucSession]:
    profile = replace(device.profile, upload_dir=folder or device.profile.upload_dir)
    with DRIVER.open(device.component(), profile, device.keys()) as opened:
        yield opened


def refused(steps: Steps) -> Text:
    with pytest.raises(DeviceError) as error:
        finish(steps)
    return said(error)


def test_a_folder_that_cannot_be_made_takes_no_file(device: VirtualDevice) -> None:
    image = device.image("2.6.1")
    taken = f"{device.profile.upload_dir}/taken"
    with session(device) as opened:
        finish(opened.transfer(image))
        with opened.files.sftp() as sftp, sftp._client.open(taken, "w") as file:
            file.write(b"a file, where a folder is wanted")
    with session(device, f"{taken}/below") as opened:
        assert refused(opened.transfer(image)) is Text.UPLOAD_REFUSED


def test_an_update_service_that_goes_away_in_mid_install_is_no_verdict(device: VirtualDevice) -> None:
    image = device.slow_image("2.6.1")
    with session(device) as opened:
        finish(opened.transfer(image))
        steps = opened.install(image)
        next(steps)
        next(steps)
        opened._properties_command = GONE
        device.let_go()
        assert refused(steps) is Text.INSTALL_UNCLEAR


def test_a_confirmation_that_is_not_taken_is_told(device: VirtualDevice) -> None:
    with session(device) as opened:
        opened._rauc = GONE
        with pytest.raises(DeviceError) as error:
            opened.confirm()
    assert said(error) is Text.CONFIRM_FAILED


def test_a_way_back_that_is_not_taken_is_told(device: VirtualDevice) -> None:
    image = device.image("2.6.1")
    with session(device) as opened:
        finish(opened.transfer(image))
        finish(opened.install(image))
        opened._rauc = GONE
        assert refused(opened.roll_back()) is Text.ROLL_BACK_REFUSED


def test_a_file_that_a_broken_connection_holds_is_told_by_name() -> None:
    """The words are the real RAUC's; that a copy then helps is shown with it in tests/peers/test_rauc.py."""
    words = "LastError: Failed to check bundle: could not ensure exclusive bundle access in /srv: already open"
    assert rauc.refusal(words).text is Text.INSTALL_FILE_HELD
