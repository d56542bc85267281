"""A charger on a serial cable, end to end: engine, journal, audit log, driver and line, on a virtual MCUboot."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Thread

import pytest

from fieldtool.core.clock import SystemClock
from fieldtool.core.model import FirmwareImage, SiteRules
from fieldtool.core.texts import Text
from fieldtool.lab.mcuboot import Make
from fieldtool.lab.mcuboot_charger import McuTiming
from fieldtool.update.engine import Engine
from fieldtool.update.job import Hand, Limits, Place
from fieldtool.update.journal import Journal
from fieldtool.update.live import Board
from fieldtool.update.phases import World
from fieldtool.update.preflight import Laptop
from fieldtool.update.run import Ending, Head, Leg, Outcome
from tests.audit.support import laptop
from tests.fakes import MemoryBackups
from tests.mcu_chargers import DRIVER, McuCharger, mcu_charger
from tests.walk.support import QUICK, shelf

SLOW = McuTiming(lingers=0.3, dark=0.3)  # the old application answers long enough for every look at it


@dataclass
class McuWalk:
    charger: McuCharger
    journal: Journal
    board: Board
    changes: dict[str, str] = field(default_factory=dict)  # of the profile
    limits: Limits = QUICK

    def engine(self) -> Engine:
        profile = replace(self.charger.profile, restart_seconds=15.0, settle_seconds=1.0, **self.changes)  # type: ignore[arg-type]  # fields that are texts
        return Engine(
            {"mcuboot-smp": DRIVER},
            lambda serial, component: Place(self.charger.component(), profile),
            lambda serial: self.charger.credentials,
            self.journal,
            self.board,
            SystemClock(),
            World(lambda: Laptop(None, True, 10**11), lambda: SiteRules(), MemoryBackups()),
            self.limits,
        )

    def update(self, image: FirmwareImage, hand: Hand | None = None) -> Ending:
        head = Head("run-1", self.charger.serial, "Bay 01", (Leg("main", image.release, None),), "demo")
        return self.engine().run(head, shelf(image), hand or Hand())

    def resume(self, image: FirmwareImage) -> Ending:
        return self.engine().resume(self.journal.open_runs()[0], shelf(image), Hand())

    @property
    def story(self) -> list[str]:
        return [f"{row.phase}:{row.mark}" for row in self.journal.records("run-1")]


@pytest.fixture(params=[False, True], ids=["port", "device server"])
def here(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[McuWalk]:
    with mcu_charger(tmp_path / "device", timing=SLOW, make=Make(buffer=1024), tcp=request.param) as charger:
        logs = laptop(tmp_path / "laptop")
        try:
            yield McuWalk(charger, Journal(logs.store, logs.log), Board(SystemClock()))
        finally:
            logs.store.close()


def test_a_good_update_ends_confirmed(here: McuWalk) -> None:
    """Although the old application answers after the reset, and says that nothing is staged."""
    ending = here.update(here.charger.image("2.6.1"))
    assert ending.outcome is Outcome.DONE, (ending.trouble, here.story)
    runs = here.charger.mcu.runs
    assert runs is not None and runs.version == "2.6.1" and here.charger.mcu.confirmed


def test_a_sick_image_goes_back_without_being_confirmed(here: McuWalk) -> None:
    ending = here.update(here.charger.image("2.6.1", sick="fault"))
    assert ending.outcome is Outcome.ROLLED_BACK, (ending.trouble, here.story)
    assert ending.trouble is not None and ending.trouble.text is Text.VALIDATE_HEALTH
    assert here.charger.mcu.runs is not None and here.charger.mcu.runs.version == "2.4.0"


@pytest.mark.parametrize(
    ("how", "text"), [({"boots": False}, Text.FELL_BACK), ({"signer": "Evil"}, Text.BOOTLOADER_REJECTED)]
)
def test_what_does_not_start_or_is_rejected_falls_back_by_itself_and_is_told_apart(
    here: McuWalk, how: dict[str, object], text: Text
) -> None:
    ending = here.update(here.charger.image("2.6.1", **how))
    assert ending.outcome is Outcome.ROLLED_BACK, (ending.trouble, here.story)
    assert ending.trouble is not None and ending.trouble.text is text


@pytest.mark.parametrize("at", [3, 25, 45])
def test_a_power_cut_of_the_charger_costs_time_only(here: McuWalk, at: int) -> None:
    here.charger.fault(cut_at=at)
    ending = here.update(here.charger.image("2.6.1"))
    assert ending.outcome is Outcome.DONE, (ending.trouble, here.story)


def test_a_car_that_charges_is_waited_for(here: McuWalk) -> None:
    here.charger.charger.charging = "1"

    def leave() -> None:
        pause = Event()
        for _ in range(200):
            state = here.board.of(here.charger.serial)
            if state is not None and state.waiting is not None:
                break
            pause.wait(0.02)
        here.charger.charger.charging = ""

    car = Thread(target=leave)
    car.start()
    ending = here.update(here.charger.image("2.6.1"))
    car.join()
    assert ending.outcome is Outcome.DONE, (ending.trouble, here.story)


def test_a_run_is_taken_up_on_a_charger_that_cannot_be_taken_out_of_service(here: McuWalk) -> None:
    """It has no command to be given back with, and needs none."""
    here.changes = {"out_of_service": "", "in_service": ""}
    here.limits = replace(QUICK, soak=60.0)
    image, hand, ends = here.charger.image("2.6.1"), Hand(), list[Ending]()
    run = Thread(target=lambda: ends.append(here.update(image, hand)))
    run.start()
    here.charger.until(lambda: here.journal.open_runs() and "validate:entered" in here.story)
    hand.halt()
    run.join()
    here.limits = QUICK
    assert ends[0].outcome is Outcome.WAITING
    ending = here.resume(image)
    assert ending.outcome is Outcome.DONE, (ending.trouble, here.story)


REQUESTS = 160  # a good run puts about 150


@pytest.mark.sweep("power cut of an MCUboot charger", share=1 / 32)
@pytest.mark.parametrize("at", range(REQUESTS))
def test_a_power_cut_at_every_request_ends_in_a_known_state(tmp_path: Path, at: int) -> None:
    """On trial a restart brings the old one back: then it is rolled back, and told. Never waiting, never stuck."""
    with mcu_charger(tmp_path / "device", make=Make(buffer=1024)) as charger:
        logs = laptop(tmp_path / "laptop")
        try:
            here = McuWalk(charger, Journal(logs.store, logs.log), Board(SystemClock()))
            charger.fault(cut_at=at)
            ending = here.update(charger.image("2.6.1", size=8_000))
            assert charger.charger.faults.cut_at == -1 or at > 120, "nothing was cut"
        finally:
            logs.store.close()
    runs = charger.mcu.runs
    assert runs is not None and charger.mcu.confirmed
    assert (ending.outcome, runs.version) in ((Outcome.DONE, "2.6.1"), (Outcome.ROLLED_BACK, "2.4.0")), (
        ending.trouble,
        here.story,
    )
