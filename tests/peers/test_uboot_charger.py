"""A dead charger comes back through the real U-Boot, and what U-Boot starts answers as one: recovered means that.

U-Boot checks the signature and starts a real program (uboot_charger.c). The driver that the profile names asks it over
the same cable. Who it is the program reads from the device tree that U-Boot hands to it.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

from fieldtool.core.clock import SystemClock
from fieldtool.core.driver import ManualStep, Steps
from fieldtool.core.errors import LinkError
from fieldtool.core.model import Expectation, FirmwareImage, Link, SiteRules
from fieldtool.core.profile import Profile, parse_profile
from fieldtool.core.recovery import Recovery
from fieldtool.core.texts import Text
from fieldtool.drivers.mcuboot_smp import McubootSmp
from fieldtool.drivers.smp_line import SmpPatience
from fieldtool.drivers.uboot_serial import UbootSerial
from fieldtool.update.job import Hand, Limits, Place
from fieldtool.update.live import Board as Progress
from fieldtool.update.phases import World
from fieldtool.update.preflight import Laptop
from fieldtool.update.recovery import RecoveryEngine
from fieldtool.update.run import Ending, Head, Leg, Outcome, Wire
from tests.audit.support import MemoryKeystore
from tests.faults.sweep_scene import Desk
from tests.lab_chargers import KnownCredentials
from tests.peers import uboot_qemu
from tests.peers.uboot_qemu import HARDWARE, MISSING, MODEL, QUICK, RECOVERY, SERIAL, SLOTS, Board, Kit

COMPILER = "aarch64-linux-gnu-gcc"
NEEDED = ", ".join([*filter(None, [MISSING]), *([] if shutil.which(COMPILER) else [COMPILER])])
pytestmark = [pytest.mark.peer, pytest.mark.timeout(300), pytest.mark.skipif(bool(NEEDED), reason=f"needs {NEEDED}")]
SOURCE = Path(__file__).with_name("uboot_charger.c")
PLACE_OF_HASH = b"HASH OF WHAT IS RUNNING COMES IN"
OPTIONS = (
    "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Os", "-ffreestanding", "-fno-builtin", "-fno-toplevel-reorder",
    "-fpie", "-mcmodel=tiny", "-mgeneral-regs-only", "-mstrict-align", "-fno-asynchronous-unwind-tables",
    "-fno-stack-protector", "-nostdlib", "-static", "-Wl,-Ttext=0,-N,--build-id=none,-e,0,--no-warn-rwx-segments",
)  # fmt: skip
VERSION = "3.1.0"
LIMITS = Limits(patience=20.0, poll=0.1, tries=4, soak=1.5)
RULES = frozenset(
    {"version", "payload_hash", "connectors", "faults", "checks", "resets", "clock", "command_response"}
)  # all that it can be asked
PROFILE = parse_profile(
    {
        "schema": 1,
        "id": "qemu-uboot-charger",
        "driver": "mcuboot-smp",
        "charger": {"vendor": "Lab", "models": [MODEL]},
        "facts": {
            "serial": "shell charger serial",
            "vendor": "shell charger vendor",
            "model": "shell charger model",
            "hardware": "shell charger hardware",
            "version": "image",
            "clock": "shell charger clock",
        },
        "health": {
            "connectors": "shell charger connectors",
            "faults": "shell charger faults",
            "in_use": "shell charger sessions",
            "uptime": "shell charger uptime",
            "command": "echo a harmless command",
            "checks": {"charging software": "shell charger check"},
        },
        "recovery": RECOVERY,
        "restart": {"seconds": 10, "settle_seconds": 1},
    },
    "qemu-uboot-charger",
)


@dataclass(frozen=True)
class Firmware:
    """What U-Boot starts, and the hash under which it reports itself."""

    version: str
    program: bytes
    hash: str


def built(folder: Path, version: str, check: int = 0) -> Firmware:
    """The program with its own hash written into it, computed where that place was still filled with words."""
    made = folder / f"charger-{version}-{check}"
    command = [COMPILER, *OPTIONS, f'-DVERSION="{version}"', f"-DCHECK={check}", "-o", str(made), str(SOURCE)]
    subprocess.run(command, check=True, timeout=60)
    subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", str(made), f"{made}.bin"], check=True, timeout=60)
    program = Path(f"{made}.bin").read_bytes()
    assert program.count(PLACE_OF_HASH) == 1
    digest = sha256(program).digest()
    return Firmware(version, program.replace(PLACE_OF_HASH, digest), digest.hex())


@dataclass(frozen=True)
class SwitchedByHand:
    """The driver, with somebody at the main switch."""

    board: Board
    name: str = "uboot-serial"
    schemes: frozenset[str] = frozenset({"serial", "serial-tcp"})

    @contextmanager
    def open(self, link: Link, profile: Profile) -> Iterator[Recovery]:
        with UbootSerial(patience=QUICK).open(link, profile) as line:
            line.enter = partial(self._entered, line.enter)  # type: ignore[method-assign]  # of this one object
            yield line

    def _entered(self, enter: Callable[[], Steps]) -> Steps:
        switched = False
        for step in enter():
            if isinstance(step, ManualStep) and not switched:
                switched = True
                self.board.cycle()
            yield step


@dataclass
class Bench:
    kit: Kit
    board: Board
    desk: Desk
    folder: Path

    def image(self, firmware: Firmware, told_hash: str = "") -> FirmwareImage:
        """Signed as the bootloader wants it."""
        fit = self.signed(firmware)
        return self.kit.image(
            self.folder, fit, firmware.version, payload_hash=told_hash or firmware.hash, length=len(fit)
        )

    def signed(self, firmware: Firmware) -> bytes:
        kit = self.kit
        name = f"charger-{firmware.version}-{firmware.hash[:8]}"
        (kit.folder / f"{name}.bin").write_bytes(firmware.program)
        signature = uboot_qemu._SIGNATURE.format(key="maker")
        source = uboot_qemu._FIT.format(version=firmware.version, kernel=f"{name}.bin", signature=signature)
        (kit.folder / f"{name}.its").write_text(source)
        uboot_qemu._run("mkimage", "-f", f"{name}.its", "-k", kit.folder, "-r", f"{name}.itb", cwd=kit.folder)
        return (kit.folder / f"{name}.itb").read_bytes()

    def recover(self, image: FirmwareImage, serial: str = SERIAL) -> Ending:
        def nowhere(serial: str, component: str) -> Place:
            raise LinkError(Text.CHARGER_NOT_SEEN, serial=serial)

        rules = SiteRules(validation=Expectation(required=RULES))
        clock = SystemClock()
        engine = RecoveryEngine(
            {"uboot-serial": SwitchedByHand(self.board)}, lambda id: PROFILE,
            {"mcuboot-smp": McubootSmp(patience=SmpPatience(answer=1.0))}, nowhere,
            lambda serial: KnownCredentials(serial, None, None, None), self.desk.journal, Progress(clock), clock,
            World(lambda: Laptop(None, True, 10**11), lambda: rules, self.desk.backups,
                  releases=lambda: (image.release,)),
            LIMITS,
        )  # fmt: skip
        leg = Leg("main", image.release, None, model=MODEL, hardware=HARDWARE)
        wire = Wire(Link("serial", str(self.board.cable.port)), PROFILE.id)
        head = Head("run-1", serial, "Bay 01", (leg,), "ada", recovery=wire)
        return engine.run(head, lambda release: image, Hand())

    @property
    def story(self) -> list[str]:
        return [f"{row.phase}:{row.mark}" for row in self.desk.journal.records("run-1")]


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    made = Kit(tmp_path_factory.mktemp("kit"))
    made.make()
    return made


@pytest.fixture
def bench(kit: Kit, tmp_path: Path) -> Iterator[Bench]:
    board = Board(kit, tmp_path)
    desk = Desk(tmp_path / "laptop", MemoryKeystore())
    try:
        yield Bench(kit, board, desk, tmp_path)
    finally:
        desk.store.close()
        board.close()


def test_recovered_is_said_by_the_health_check_on_what_u_boot_started(bench: Bench) -> None:
    firmware = built(bench.folder, VERSION)
    bench.board.poke(SLOTS["A"], b"garbage" * 1_000)
    bench.board.on()
    ending = bench.recover(bench.image(firmware))
    assert ending.outcome is Outcome.RECOVERED, (ending.trouble, bench.story)
    assert bench.story[-5:] == [
        "validate:entered", "validate:ok", "confirm:entered", "confirm:ok", "recovered:entered",
    ]  # fmt: skip
    found = next(row.findings for row in reversed(bench.desk.journal.records("run-1")) if row.findings)
    grades = {one.rule: one.grade.value for one in found}
    assert {rule for rule, grade in grades.items() if grade == "pass"} >= RULES | {"soak"}, grades
    assert bench.desk.log.verify().ok


def test_a_program_that_starts_and_is_sick_is_no_recovery(bench: Bench) -> None:
    """Its banner is the same."""
    bench.board.on()
    ending = bench.recover(bench.image(built(bench.folder, VERSION, check=1)))
    assert ending.outcome is Outcome.STUCK and ending.trouble is not None, (ending, bench.story)
    assert ending.trouble.text is Text.VALIDATE_HEALTH
    assert "start:ok" in bench.story


def test_a_program_that_reports_another_payload_is_no_recovery(bench: Bench) -> None:
    bench.board.on()
    ending = bench.recover(bench.image(built(bench.folder, VERSION), told_hash="5a" * 32))
    assert ending.outcome is Outcome.STUCK and ending.trouble is not None, (ending, bench.story)
    assert ending.trouble.text is Text.RECOVERY_RUNS_OTHER
