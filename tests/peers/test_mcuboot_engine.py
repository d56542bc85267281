"""The whole life of an update on the real MCUboot and Zephyr: our engine, journal, audit log, driver and a serial port.

What ends well was told by the board itself after its restart, and outlives a power cut.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from fieldtool.core.model import FirmwareImage
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs import smp
from fieldtool.update.run import Ending, Outcome
from tests.faults.victim import prepared
from tests.peers import smp_programs
from tests.peers.mcuboot_desk import RULES, McubootDesk, order
from tests.peers.mcuboot_qemu import SLOT_0, Board, board
from tests.peers.qemu_board import DEADLINE

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("qemu-system-arm") is None, reason="needs qemu-system-arm"),
]
ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = "0.0.0", "1.2.3+4"
HALF = 40_000  # bytes on the line when more than half of the upload is there
FOR_EVER = b"\x00\x40\x00\x20\x41\x82\x00\x00".ljust(64, b"\0") + b"\xfe\xe7"  # its first instruction is its last


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Board]:
    with board(smp_programs.servers(), tmp_path) as made:
        yield made


@pytest.fixture
def laptop(device: Board, tmp_path: Path) -> Iterator[McubootDesk]:
    made = McubootDesk(prepared(tmp_path), device.port)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def image(device: Board, tmp_path: Path) -> FirmwareImage:
    return device.image(tmp_path, NEW)


def check(device: Board, laptop: McubootDesk, ending: Ending, outcome: Outcome, text: Text | None = None) -> None:
    """Outcome, journal and audit log agree, and so does the board: now, and after a power cut."""
    told = ending.trouble.text if ending.trouble is not None else None
    assert (ending.outcome, told) == (outcome, text), (ending.trouble, laptop.story, device.said[-8:])
    assert laptop.desk.journal.open_runs() == () and laptop.desk.log.verify().ok
    for _ in range(2):
        with device.session() as session:
            seen = session.observe()
        assert seen.running == (NEW if outcome is Outcome.DONE else OLD), laptop.story
        assert (seen.staged, seen.facts["on trial"]) == (None, "no")
        device.power_cycle()
        device.until_awake()


@contextmanager
def meanwhile(act: Callable[[], Ending]) -> Iterator[list[Ending]]:
    """The run goes on in a thread; its end is in the list behind the block."""
    ends: list[Ending] = []
    thread = Thread(target=lambda: ends.append(act()))
    thread.start()
    try:
        yield ends
    finally:
        thread.join(300.0)


def killed_when(device: Board, laptop: McubootDesk, image: FirmwareImage, come: Callable[[], object]) -> None:
    """A program of its own runs the update, until it is killed."""
    laptop.close()
    command = [sys.executable, "-m", "tests.peers.mcuboot_desk", str(laptop.folder), str(device.port), order(image)]
    with subprocess.Popen(command, cwd=ROOT) as program:
        try:
            device.until(lambda: come() or program.poll() is not None)
            assert program.poll() is None, "it ended before it was killed"
        finally:
            program.kill()
    laptop.__post_init__()


def entered(laptop: McubootDesk, phase: str) -> Callable[[], bool]:
    return lambda: bool(laptop.desk.journal.open_runs()) and f"{phase}:entered" in laptop.story


# ---- it ends well ----------------------------------------------------------------------------------------------------


def test_an_update_ends_confirmed_after_the_board_itself_told_so(
    device: Board, laptop: McubootDesk, image: FirmwareImage
) -> None:
    """Although the old application answers after the reset, with nothing staged."""
    ending = laptop.update(image)
    resets = device.resets
    answered = device.answers(until_reset=1)
    asked_to_go = max(number for number, one in enumerate(answered) if (one.group, one.command) == (smp.OS, 5))
    looks = [smp.parse_images(one) for one in answered[asked_to_go:] if (one.group, one.command) == (smp.IMAGE, 0)]
    assert resets == 1 and looks and all(slots[0].version == OLD and slots[0].active for slots in looks)
    grades = laptop.grades()
    assert {rule for rule, grade in grades.items() if grade == "pass"} >= RULES | {"soak"}, grades
    assert grades["connectors"] == grades["backend"] == "not_checked", grades  # it has none: never a pass
    check(device, laptop, ending, Outcome.DONE)


def test_a_program_that_is_killed_in_mid_upload_is_taken_up_and_sends_the_rest_only(
    device: Board, laptop: McubootDesk, image: FirmwareImage
) -> None:
    device.freeze_after = HALF
    killed_when(device, laptop, image, device.frozen.is_set)
    device.thaw()
    before = len(device.said)
    ending = laptop.resume(image)
    arrived = [one.field("off", int) for one in device.answers(before) if (one.group, one.command) == (smp.IMAGE, 1)]
    assert min(arrived) > image.length * 0.4, "the board told where to go on"
    check(device, laptop, ending, Outcome.DONE)


@pytest.mark.parametrize("how", ["reset", "power_cycle"])
def test_a_board_that_restarts_in_mid_upload_is_sent_the_file_again(
    device: Board, laptop: McubootDesk, image: FirmwareImage, how: str
) -> None:
    device.freeze_after = HALF
    with meanwhile(lambda: laptop.update(image)) as ends:
        assert device.frozen.wait(DEADLINE)
        getattr(device, how)()
    check(device, laptop, ends[0], Outcome.DONE)


def test_a_laptop_that_dies_between_swap_and_confirmation_confirms_when_it_is_back(
    device: Board, laptop: McubootDesk, image: FirmwareImage
) -> None:
    killed_when(device, laptop, image, entered(laptop, "validate"))
    with device.session() as session:
        assert session.observe().facts["on trial"] == "yes"
    ending = laptop.resume(image)
    check(device, laptop, ending, Outcome.DONE)


def test_power_that_goes_while_the_bootloader_swaps_costs_time_only(
    device: Board, laptop: McubootDesk, image: FirmwareImage
) -> None:
    device.freeze_at_write = SLOT_0
    with meanwhile(lambda: laptop.update(image)) as ends:
        assert device.frozen.wait(DEADLINE)
        device.power_cycle()
    assert b"Jumping" not in device.said_after(1) and b"Jumping" in device.said_after(2), "it went on where it was cut"
    check(device, laptop, ends[0], Outcome.DONE)


# ---- it goes back ----------------------------------------------------------------------------------------------------


def test_without_a_confirmation_the_board_reverts_and_the_run_says_so(
    device: Board, laptop: McubootDesk, image: FirmwareImage
) -> None:
    killed_when(device, laptop, image, entered(laptop, "validate"))
    device.power_cycle()
    device.until_awake()
    ending = laptop.resume(image)
    check(device, laptop, ending, Outcome.ROLLED_BACK, Text.FELL_BACK)


def test_a_rule_that_the_site_requires_and_the_board_cannot_answer_brings_the_old_one_back(
    device: Board, laptop: McubootDesk, image: FirmwareImage
) -> None:
    laptop.required = RULES | {"connectors"}
    ending = laptop.update(image)
    assert laptop.grades()["connectors"] == "fail"
    check(device, laptop, ending, Outcome.ROLLED_BACK, Text.VALIDATE_HEALTH)


def test_a_damaged_payload_under_an_intact_hash_is_told_as_rejected_by_the_bootloader(
    device: Board, laptop: McubootDesk, tmp_path: Path
) -> None:
    ending = laptop.update(device.image(tmp_path, NEW, damaged_at=9_000))
    assert b"Image in the secondary slot is not valid" in device.said_after(1), "its own words"
    check(device, laptop, ending, Outcome.ROLLED_BACK, Text.BOOTLOADER_REJECTED)


def test_an_application_that_hangs_is_reverted_by_the_next_reset_and_told_as_fallen_back(
    device: Board, laptop: McubootDesk, tmp_path: Path
) -> None:
    """It was tried: that is another thing than to be rejected."""
    image = device.image(tmp_path, NEW, payload=FOR_EVER)
    with meanwhile(lambda: laptop.update(image)) as ends:
        device.until(lambda: f"v{NEW.partition('+')[0]}".encode() in device.said_after(-1))
        device.reset()  # as its watchdog does
    check(device, laptop, ends[0], Outcome.ROLLED_BACK, Text.FELL_BACK)
