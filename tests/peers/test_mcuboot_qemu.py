"""Our driver on the real MCUboot and Zephyr: the cases of resources/docs/drivers/mcuboot-smp.md, as they really are."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from fieldtool.core.errors import DeviceError
from fieldtool.core.model import FirmwareImage
from fieldtool.core.texts import Text
from tests.peers import smp_programs
from tests.peers.mcuboot_qemu import Board, board, finish

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("qemu-system-arm") is None, reason="needs qemu-system-arm"),
]


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Board]:
    with board(smp_programs.servers(), tmp_path) as made:
        yield made


def install(device: Board, image: object) -> None:
    with device.session() as session:
        finish(session.transfer(image))
        finish(session.verify(image))
        finish(session.install(image))


def restart(device: Board, version: str) -> None:
    with device.session() as session:
        finish(session.restart())
    with device.session() as session:
        assert session.observe().running == version


def test_an_update_is_tried_confirmed_and_stays(device: Board, tmp_path: Path) -> None:
    image = device.image(tmp_path, "1.2.3+4")
    install(device, image)
    with device.session() as session:
        staged = session.observe()
        assert (staged.running, staged.staged, staged.staged_hash) == ("0.0.0", "1.2.3+4", image.payload_hash)
    restart(device, "1.2.3+4")
    with device.session() as session:
        trial = session.observe()
        assert (trial.running_hash, trial.staged, trial.facts["on trial"]) == (image.payload_hash, None, "yes")
        with pytest.raises(DeviceError) as error:
            finish(session.transfer(device.image(tmp_path, "1.2.4")))
        assert error.value.text is Text.SMP_ON_TRIAL
        session.confirm()
        session.confirm()
        assert session.observe().facts["on trial"] == "no"
    restart(device, "1.2.3+4")
    with device.session() as session, pytest.raises(DeviceError) as error:
        finish(session.roll_back())
    assert error.value.text is Text.ROLL_BACK_IMPOSSIBLE  # this build does not keep what it swapped out


def test_without_a_confirmation_the_old_one_returns(device: Board, tmp_path: Path) -> None:
    with device.session() as session:
        before = session.observe()
    install(device, device.image(tmp_path, "1.2.3"))
    restart(device, "1.2.3")
    with device.session() as session:
        finish(session.roll_back())
    restart(device, "0.0.0")
    with device.session() as session:
        assert session.observe().same_firmware(before)


def test_a_damaged_payload_is_rejected_by_the_bootloader(device: Board, tmp_path: Path) -> None:
    install(device, device.image(tmp_path, "1.2.3", damaged_at=9_000))
    restart(device, "0.0.0")
    with device.session() as session:
        seen = session.observe()
        assert (seen.running, seen.staged, len(seen.slots)) == ("0.0.0", None, 1)


def test_an_upload_goes_on_after_a_dropped_line_and_begins_again_after_a_reset(device: Board, tmp_path: Path) -> None:
    image = device.image(tmp_path, "1.2.3")
    with device.session() as session:
        steps = session.transfer(image)
        while (gone := next(steps).done) < 20_000:
            pass
        steps.close()
    with device.session() as session:
        steps = session.transfer(image)
        first = next(step.done for step in steps if step.done)
        steps.close()
        assert first >= gone
    restart(device, "0.0.0")
    with device.session() as session:
        assert len(session.observe().slots) == 1
        steps = session.transfer(image)
        assert next(step.done for step in steps if step.done) < gone // 2
        finish(steps)
        finish(session.verify(image))


def test_what_is_only_staged_is_taken_back(device: Board, tmp_path: Path) -> None:
    install(device, device.image(tmp_path, "1.2.3"))
    with device.session() as session:
        finish(session.roll_back())
        seen = session.observe()
        assert (seen.running, seen.staged) == ("0.0.0", None)
    restart(device, "0.0.0")


def test_refusals_are_told_by_name(device: Board, tmp_path: Path) -> None:
    same = device.image(tmp_path, "0.0.0")
    junk = device.image(tmp_path, "9.9.9")
    junk.path.write_bytes(b"junk" * 100)
    release = replace(junk.release, length=400, sha256=sha256(b"junk" * 100).hexdigest())
    with device.session() as session:
        assert session.observe().running_hash == same.payload_hash
        for steps, text in (
            (session.install(same), Text.SMP_RUNS_ALREADY),
            (session.install(junk), Text.INSTALL_DAMAGED),
            (session.transfer(FirmwareImage(junk.path, release)), Text.INSTALL_DAMAGED),
        ):
            with pytest.raises(DeviceError) as error:
                finish(steps)
            assert error.value.text is text
        assert session.observe().running == "0.0.0"
