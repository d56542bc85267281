"""A dead application comes back through the real MCUboot's own serial recovery, by the engine of recoveries.

Recovered is said after the health check on what was started, through its normal driver.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieldtool.core.clock import SystemClock
from fieldtool.core.driver import ManualStep
from fieldtool.core.errors import DeviceError, LinkError
from fieldtool.core.model import Expectation, FirmwareImage, SiteRules
from fieldtool.core.texts import Text
from fieldtool.update.job import Hand, Limits, Place
from fieldtool.update.live import Board
from fieldtool.update.phases import World
from fieldtool.update.preflight import Laptop
from fieldtool.update.recovery import RecoveryEngine
from fieldtool.update.run import Ending, Head, Leg, Outcome, Wire
from tests.audit.support import MemoryKeystore
from tests.faults.sweep_scene import Desk
from tests.peers import smp_programs
from tests.peers.mcuboot_desk import RULES, RUN
from tests.peers.mcuboot_qemu import finish
from tests.peers.mcuboot_recovery_qemu import (
    DRIVER,
    HARDWARE,
    MODEL,
    PROFILE,
    RECOVERER,
    SERIAL,
    RecoveryBoard,
    dead_board,
)
from tests.peers.test_mcuboot_engine import meanwhile

pytestmark = [
    pytest.mark.peer,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("qemu-system-arm") is None, reason="needs qemu-system-arm"),
]
NEW = "2.6.1"
SLOW = 120.0  # seconds; the bootloader asks its emulated UART without a pause, which takes a whole core
PART = 40_000  # bytes on the line when a fifth of the upload is there
LIMITS = Limits(patience=30.0, poll=0.1, tries=4, soak=0.5)


@dataclass
class Bench:
    board: RecoveryBoard
    desk: Desk

    def engine(self, image: FirmwareImage) -> RecoveryEngine:
        def nowhere(serial: str, component: str) -> Place:
            raise LinkError(Text.CHARGER_NOT_SEEN, serial=serial)

        rules = SiteRules(validation=Expectation(required=RULES))
        clock = SystemClock()
        return RecoveryEngine(
            {"mcuboot-recovery": RECOVERER}, lambda id: PROFILE, {"mcuboot-smp": DRIVER}, nowhere,
            lambda serial: self.board.credentials, self.desk.journal, Board(clock), clock,
            World(lambda: Laptop(None, True, 10**11), lambda: rules, self.desk.backups,
                  releases=lambda: (image.release,)),
            LIMITS,
        )  # fmt: skip

    def recover(self, image: FirmwareImage) -> Ending:
        leg = Leg("main", image.release, None, model=MODEL, hardware=HARDWARE)
        head = Head(RUN, SERIAL, "Bay 01", (leg,), "ada", recovery=Wire(self.board.link, PROFILE.id))
        return self.engine(image).run(head, lambda release: image, Hand())

    @property
    def story(self) -> list[str]:
        return [f"{row.phase}:{row.mark}" for row in self.desk.journal.records(RUN)]

    def runs(self) -> str | None:
        with self.board.session() as session:
            return session.observe().running


@pytest.fixture
def board(tmp_path: Path) -> Iterator[RecoveryBoard]:
    with dead_board(smp_programs.servers(), tmp_path, b"\x5a" * 4_096) as made:
        yield made


@pytest.fixture
def bench(board: RecoveryBoard, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(board, Desk(tmp_path / "laptop", MemoryKeystore()))
    try:
        yield made
    finally:
        made.desk.store.close()


def check(bench: Bench, ending: Ending) -> None:
    """It is recovered, says the board itself, also after a power cut; journal and audit log agree."""
    assert ending.outcome is Outcome.RECOVERED, (ending.trouble, bench.story)
    assert bench.desk.journal.open_runs() == () and bench.desk.log.verify().ok
    found = next(row.findings for row in reversed(bench.desk.journal.records(RUN)) if row.findings)
    grades = {one.rule: one.grade.value for one in found}
    assert {rule for rule, grade in grades.items() if grade == "pass"} >= RULES, grades
    assert bench.runs() == NEW
    bench.board.power_cycle()
    assert bench.runs() == NEW


def test_a_dead_application_is_replaced_and_found_well_although_power_goes_in_mid_upload(
    bench: Bench, tmp_path: Path
) -> None:
    image = bench.board.image(tmp_path, NEW)
    bench.board.freeze_after = PART
    with meanwhile(lambda: bench.recover(image)) as ends:
        assert bench.board.frozen.wait(SLOW)
        bench.board.power_cycle()
    check(bench, ends[0])


def test_an_image_that_its_bootloader_does_not_start_is_never_called_recovered(bench: Bench, tmp_path: Path) -> None:
    """A damaged payload under an intact hash: the bootloader takes it, and stays where it is."""
    ending = bench.recover(bench.board.image(tmp_path, NEW, damaged_at=9_000))
    assert ending.outcome is Outcome.STUCK and ending.trouble is not None, (ending, bench.story)
    assert ending.trouble.text is Text.SMP_NOT_STARTED
    assert "validate:entered" not in bench.story


def test_what_a_bootloader_that_loads_to_ram_lists_proves_nothing(board: RecoveryBoard, tmp_path: Path) -> None:
    """Why its profile says so: it lists nothing that it did not load at power-on, and damaged content as well."""
    board.power_cycle(lambda address, content: content if address == 0 else board.built)
    damaged, good = board.image(tmp_path, "2.6.0", damaged_at=9_000), board.image(tmp_path, NEW)
    with RECOVERER.open(board.link, PROFILE) as line:
        steps = list(line.enter())
        assert not [step for step in steps if isinstance(step, ManualStep)], "its application was asked to restart"
        for image, listed in ((damaged, True), (good, False)):
            finish(line.write(image))
            finish(line.verify(image))
            assert line._lies_there(image) is listed
            if image is damaged:
                with pytest.raises(DeviceError) as error:
                    finish(line.start(image))
                assert error.value.text is Text.SMP_NOT_STARTED
        finish(line.start(good))
    with board.session() as session:
        assert session.observe().running == NEW
