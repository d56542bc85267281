"""Chargers that no longer boot, on the real U-Boot: each test is one way to be dead, or for the work to break off."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import serial

from fieldtool.core.errors import DeviceError, FieldtoolError, LinkError, RefusedError, SignatureError
from fieldtool.core.model import FirmwareImage
from fieldtool.core.texts import Text
from tests.peers.uboot_qemu import (
    DISK,
    HARDWARE,
    MISSING,
    MODEL,
    QUICK,
    SERIAL,
    SETTINGS,
    SLOTS,
    STATE,
    Board,
    Kit,
    finish,
)
from tests.peers.uboot_sender import at_write

pytestmark = [pytest.mark.peer, pytest.mark.skipif(bool(MISSING), reason=f"needs {MISSING}")]
ROOT = Path(__file__).resolve().parents[2]
GIVES_UP = replace(QUICK, packet=1.5, write=2.0, flush=0.6, interrupts=2)  # soon: on a line without noise
# Where the environment is lost, the profile itself says how the firmware is started.
START = "virtio read 42000000 {block} 40; bootm 42000000#conf-1 - ${{fdtcontroladdr}}"


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    made = Kit(tmp_path_factory.mktemp("kit"))
    made.make()
    return made


@pytest.fixture
def board(kit: Kit, tmp_path: Path) -> Iterator[Board]:
    made = Board(kit, tmp_path)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def image(kit: Kit, tmp_path: Path) -> FirmwareImage:
    return kit.image(tmp_path, kit.fit("3.1.0"), "3.1.0")


def written(board: Board, image: FirmwareImage, slot: str = "B") -> bool:
    return board.peek(SLOTS[slot], image.length) == image.path.read_bytes()


def refusal(board: Board, image: FirmwareImage, **changes: str) -> FieldtoolError:
    with pytest.raises(FieldtoolError) as error:
        board.revive(image, **changes)
    return error.value


def started(log: tuple[str, ...], version: str = "3.1.0") -> bool:
    return any(f"CITYPOST version={version} READY" in line for line in log)


# ---- dead in which way -----------------------------------------------------------------------------------------------


def test_empty_slots(board: Board, image: FirmwareImage) -> None:
    board.on()
    with board.recovery() as recovery:
        board.enter(recovery)
        who = recovery.identify()
        assert (who.model, who.hardware, who.serial) == (MODEL, HARDWARE, SERIAL)
        recovery.fits(image)
        told = finish(recovery.write(image))
        assert told[-1].done == image.length
        finish(recovery.verify(image))
        finish(recovery.start(image))
        assert started(recovery.log())
    assert written(board, image)


def test_a_garbage_slot(board: Board, kit: Kit, image: FirmwareImage) -> None:
    dead = bytearray(kit.fit("3.0.0"))
    dead[2_000:2_064] = bytes(64)
    board.poke(SLOTS["A"], bytes(dead))
    board.on()
    assert started(board.revive(image))
    assert board.peek(SLOTS["A"], len(dead)) == dead  # for its maker, who will want to know


def test_a_wiped_environment(board: Board, image: FirmwareImage) -> None:
    board.environment(None)
    with board.recovery() as recovery:
        assert board.enter(recovery)
        who = recovery.identify()
        assert (who.model, who.hardware, who.serial) == (MODEL, HARDWARE, "")
    assert started(board.revive(image, start=START))


def test_both_copies_of_the_state_torn(board: Board, image: FirmwareImage) -> None:
    board.say_active("B")
    for block in STATE:
        board.poke(block, b"torn")
    board.on()
    assert started(board.revive(image))
    state = board.peek(STATE[0], 0x400)
    assert state == board.peek(STATE[1], 0x400) and b"active=B\0" in state


def test_one_copy_of_the_state_torn(board: Board, image: FirmwareImage) -> None:
    board.say_active("B")
    board.poke(STATE[0], b"torn")
    board.on()
    assert started(board.revive(image))
    assert written(board, image, "A")  # the second copy said that B starts


def test_firmware_that_hangs_without_a_word(board: Board, kit: Kit, image: FirmwareImage) -> None:
    board.poke(SLOTS["A"], kit.fit("3.0.0", speaks=False))
    board.on()
    assert started(board.revive(image))


def test_firmware_that_resets_for_ever(board: Board, image: FirmwareImage) -> None:
    board.environment(SETTINGS.replace("bootcmd=", "bootcmd=reset; "))
    board.on()
    assert started(board.revive(image, start=START))


# ---- how it is caught ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delay", ["0", "-1"])
def test_bootdelay(board: Board, kit: Kit, image: FirmwareImage, delay: str) -> None:
    board.environment(SETTINGS.replace("bootdelay=1", f"bootdelay={delay}"))
    board.poke(SLOTS["A"], kit.fit("3.0.0", speaks=False))
    board.on()
    with board.recovery() as recovery:
        board.enter(recovery)
        finish(recovery.write(image))
    assert written(board, image)


def test_bootdelay_minus_two_cannot_be_caught_and_is_told_so(board: Board, kit: Kit, image: FirmwareImage) -> None:
    board.environment(SETTINGS.replace("bootdelay=1", "bootdelay=-2"))
    board.poke(SLOTS["A"], kit.fit("3.0.0", speaks=False))
    board.on()
    error = refusal(board, image)
    assert isinstance(error, DeviceError) and error.text is Text.UBOOT_NOT_CAUGHT


def test_bootdelay_minus_two_with_nothing_to_start_ends_at_the_prompt(board: Board, image: FirmwareImage) -> None:
    board.environment(SETTINGS.replace("bootdelay=1", "bootdelay=-2"))
    board.on()
    assert started(board.revive(image))


@pytest.mark.parametrize("left", ["virtio wri", "sleep 60\r", "loady 42000000\r", "while true; do echo x; done\r"])
def test_a_console_that_somebody_left_in_mid_command(board: Board, image: FirmwareImage, left: str) -> None:
    board.on()
    with board.recovery() as recovery:
        board.enter(recovery)
    with serial.Serial(str(board.cable.port), timeout=0.3) as port:
        port.write(left.encode())
        port.read(200)
    with board.recovery() as recovery:
        assert board.enter(recovery) == 0
        finish(recovery.write(image))
    assert written(board, image)


def test_a_silent_device(board: Board, image: FirmwareImage) -> None:
    with board.recovery(replace(QUICK, power=1.5)) as recovery, pytest.raises(LinkError) as error:
        finish(recovery.enter())
    assert error.value.text is Text.UBOOT_SILENT


def test_a_charger_that_is_well(board: Board, kit: Kit) -> None:
    board.poke(SLOTS["A"], kit.fit("3.0.0"))
    board.environment(SETTINGS.replace("bootdelay=1", "bootdelay=-2"))
    board.on()
    with board.recovery(replace(QUICK, power=4.0)) as recovery, pytest.raises(LinkError) as error:
        finish(recovery.enter())
    assert error.value.text is Text.UBOOT_OTHER_PROGRAM
    assert "CITYPOST" in error.value.what


# ---- what is not written ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"hardware": ("C1",)}, Text.UBOOT_OTHER_HARDWARE),
        ({"models": ("CityPost 11",)}, Text.UBOOT_OTHER_MODEL),
        ({"format": "raucb"}, Text.UBOOT_OTHER_FORMAT),
        ({"length": 1 << 20}, Text.UBOOT_TOO_LARGE),
    ],
)
def test_firmware_for_something_else(
    board: Board, image: FirmwareImage, changes: dict[str, object], text: Text
) -> None:
    board.on()
    other = replace(image.release, **changes)  # type: ignore[arg-type]  # any field
    error = refusal(board, replace(image, release=other))
    assert isinstance(error, RefusedError) and error.text is text
    assert not any(board.peek(0, DISK))


def test_a_bootloader_that_does_not_tell_its_hardware(board: Board, image: FirmwareImage) -> None:
    board.on()
    assert refusal(board, image, hardware="printenv hardware").text is Text.UBOOT_UNKNOWN_HARDWARE
    assert not any(board.peek(0, DISK))


def test_a_disk_that_is_too_small(kit: Kit, tmp_path: Path, image: FirmwareImage) -> None:
    board = Board(kit, tmp_path, disk_size=(SLOTS["B"] + 16) * 512)
    try:
        board.on()
        error = refusal(board, image)
        assert isinstance(error, RefusedError) and error.text is Text.UBOOT_MEDIUM_SMALL
        assert not any(board.peek(SLOTS["B"], 16 * 512))
    finally:
        board.close()


def test_a_disk_that_cannot_be_written(kit: Kit, tmp_path: Path, image: FirmwareImage) -> None:
    board = Board(kit, tmp_path)
    board.read_only = True
    try:
        board.on()
        error = refusal(board, image)
        assert isinstance(error, DeviceError) and error.text is Text.UBOOT_WRITE_REFUSED
    finally:
        board.close()


def test_a_flash_that_says_done_and_writes_nothing(board: Board, image: FirmwareImage) -> None:
    with (board.folder / "nor").open("r+b") as nor:  # erased
        nor.seek(0x100000)
        nor.write(b"\xff" * 0x8000)
    board.on()
    error = refusal(
        board, image, slots="A:4100000", slot_blocks="8000", block_bytes="1", switch="", active="", prepare="",
        read="cp.b {offset} {addr} {size}", write="protect off {offset} +{size}; cp.b {addr} {offset} {size}",
    )  # fmt: skip
    assert isinstance(error, DeviceError) and error.text is Text.UBOOT_NOT_WRITTEN
    assert error.params["offset"] == 4_096


# ---- what does not start ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "stranger"], ids=["unsigned", "wrong key"])
def test_firmware_that_its_maker_did_not_sign(board: Board, kit: Kit, tmp_path: Path, key: str) -> None:
    board.on()
    error = refusal(board, kit.image(tmp_path, kit.fit("6.6.6", key=key), "6.6.6"))
    assert isinstance(error, SignatureError) and error.text is Text.UBOOT_SIGNATURE


def test_firmware_with_a_flipped_byte_under_an_intact_signature(board: Board, kit: Kit, tmp_path: Path) -> None:
    content = bytearray(kit.fit("3.2.0"))
    content[2_000] ^= 1
    board.on()
    error = refusal(board, kit.image(tmp_path, bytes(content), "3.2.0"))
    assert isinstance(error, DeviceError) and error.text in (Text.UBOOT_DID_NOT_START, Text.UBOOT_SIGNATURE)


def test_firmware_that_starts_without_a_word(board: Board, kit: Kit, tmp_path: Path) -> None:
    board.on()
    error = refusal(board, kit.image(tmp_path, kit.fit("3.3.0", speaks=False), "3.3.0"), seconds="2")
    assert isinstance(error, LinkError) and error.text is Text.UBOOT_NO_WORD  # nobody knows


def test_other_firmware_than_the_one_that_was_written(board: Board, kit: Kit, image: FirmwareImage) -> None:
    board.poke(SLOTS["A"], kit.fit("3.0.0"))
    board.on()
    error = refusal(board, image, start="virtio read 42000000 1000 40; bootm 42000000#conf-1 - ${{fdtcontroladdr}}")
    assert error.text is Text.UBOOT_OTHER_STARTED and error.params["found"] == "3.0.0"


# ---- what breaks off in the middle -----------------------------------------------------------------------------------


def killed_sender(board: Board, image: FirmwareImage, at: int) -> None:
    """A recovery whose process is killed once that many bytes went to the board."""
    enough = threading.Event()
    board.cable.on_carried = lambda carried: enough.set() if carried > at else None
    command = [sys.executable, "-m", "tests.peers.uboot_sender", str(board.cable.port), str(image.path), image.version]
    with subprocess.Popen(command, cwd=ROOT) as sender:
        try:
            assert enough.wait(15.0)
        finally:
            sender.kill()
    board.cable.on_carried = None


@pytest.mark.parametrize("at", [1_800, 4_000], ids=["first chunk", "second chunk"])
def test_kill_of_the_sender_in_mid_transfer(board: Board, image: FirmwareImage, at: int) -> None:
    board.on()
    killed_sender(board, image, at)
    assert not written(board, image)
    assert started(board.revive(image))


def test_power_cut_of_the_charger_in_mid_transfer(board: Board, image: FirmwareImage) -> None:
    board.on()
    cut(board, image, 3_900)
    assert board.peek(SLOTS["B"], 2_048) == image.path.read_bytes()[:2_048]  # the chunk that was done
    with board.recovery() as recovery:
        board.enter(recovery)
        told = [step.done for step in finish(recovery.write(image))]
        assert 2_048 in told and not any(0 < done < 2_048 for done in told)  # it went on from there
    assert written(board, image)


def test_power_cut_of_the_charger_in_mid_write(board: Board, image: FirmwareImage) -> None:
    board.on()
    with board.recovery(GIVES_UP) as recovery:
        board.enter(recovery)
        recovery.fits(image)
        at_write(recovery, 2, board.off)
        with pytest.raises(LinkError):
            finish(recovery.write(image))
    assert not written(board, image)
    assert started(board.revive(image))


def test_kill_of_the_sender_in_mid_write(board: Board, image: FirmwareImage) -> None:
    board.on()
    port, file = str(board.cable.port), str(image.path)
    command = [sys.executable, "-m", "tests.peers.uboot_sender", port, file, image.version, "suicide"]
    ended = subprocess.run(command, cwd=ROOT, timeout=30)
    assert ended.returncode == -signal.SIGKILL and not written(board, image)
    assert started(board.revive(image))


def cut(board: Board, image: FirmwareImage, at: int) -> None:
    enough = threading.Event()
    board.cable.on_carried = lambda carried: enough.set() if carried > at else None
    with board.recovery(GIVES_UP) as recovery:
        board.enter(recovery)
        with pytest.raises(LinkError):
            for _ in recovery.write(image):
                if enough.is_set():
                    board.off()
    board.cable.on_carried = None


def test_cable_pulled_and_plugged_in_again(board: Board, image: FirmwareImage) -> None:
    board.on()

    def pull(carried: int) -> None:
        if carried > 3_000:
            board.cable.on_carried = None
            board.cable.unplug()

    with board.recovery() as recovery:
        board.enter(recovery)
        board.cable.on_carried = pull
        with pytest.raises(LinkError) as error:
            finish(recovery.write(image))
        assert error.value.text is Text.PORT_VANISHED
    with pytest.raises(LinkError) as error, board.recovery():
        pass
    assert error.value.text is Text.PORT_MISSING
    board.cable.plug()
    assert started(board.revive(image))


def test_work_that_is_cancelled_leaves_the_console_usable(board: Board, image: FirmwareImage) -> None:
    board.on()
    with board.recovery() as recovery:
        board.enter(recovery)
        steps = recovery.write(image)
        while next(steps).done < 1_024:  # type: ignore[union-attr]  # progress, then
            pass
        steps.close()
        assert recovery.identify().serial == SERIAL or board.enter(recovery) == 0


def test_a_port_that_another_program_has(board: Board) -> None:
    board.on()
    with board.recovery(), pytest.raises(LinkError) as error, board.recovery():
        pass
    assert error.value.text is Text.PORT_TAKEN


def test_a_port_that_another_program_reads_from_too(board: Board, image: FirmwareImage) -> None:
    board.on()
    with board.recovery() as recovery:
        board.enter(recovery)
        thief = os.open(board.cable.port, os.O_RDONLY | os.O_NOCTTY)
        stop = threading.Event()

        def steal() -> None:
            os.set_blocking(thief, False)
            while not stop.wait(0.001):
                with suppress(BlockingIOError):
                    os.read(thief, 64)

        thread = threading.Thread(target=steal)
        thread.start()
        try:
            with pytest.raises(LinkError) as error:
                finish(recovery.write(image))
        finally:
            stop.set()
            thread.join()
            os.close(thief)
        assert error.value.text in (Text.UBOOT_PORT_SHARED, Text.UBOOT_ECHO, Text.UBOOT_STALLED, Text.UBOOT_NOISY)
    assert started(board.revive(image))


# ---- noise -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", [6e-4, 1e-3])
def test_noise(board: Board, kit: Kit, tmp_path: Path, noise: float) -> None:
    small = kit.image(tmp_path, kit.fit("3.1.0")[:3_000], "3.1.0")  # U-Boot pauses for two seconds after each bad block
    board.on()
    with board.recovery() as recovery:
        board.enter(recovery)
        board.cable.noise.there = board.cable.noise.back = noise
        finish(recovery.write(small))
        finish(recovery.verify(small))
        assert board.cable.turned
    assert written(board, small)


def test_noise_in_which_nothing_arrives_is_told_as_such(board: Board, image: FirmwareImage) -> None:
    board.on()
    with board.recovery() as recovery:
        board.enter(recovery)
        board.cable.noise.there = 0.05
        with pytest.raises(LinkError) as error:
            finish(recovery.write(image))
        assert error.value.text in (Text.UBOOT_NOISY, Text.UBOOT_ECHO)
    assert not written(board, image)
