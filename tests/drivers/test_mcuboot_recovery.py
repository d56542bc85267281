"""A microcontroller whose application is dead comes back through its bootloader, by the engine of recoveries."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fieldtool.core.clock import SystemClock
from fieldtool.core.driver import ManualStep
from fieldtool.core.errors import DeviceError, LinkError, RefusedError, UsageError
from fieldtool.core.model import FirmwareImage, SiteRules
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs import smp
from fieldtool.drivers.mcuboot_recovery import McubootRecoverer
from fieldtool.update.job import Hand, Place
from fieldtool.update.journal import Journal
from fieldtool.update.live import Board
from fieldtool.update.phases import World
from fieldtool.update.preflight import Laptop
from fieldtool.update.recovery import RecoveryEngine
from fieldtool.update.run import Ending, Head, Leg, Outcome, Wire
from tests.audit.support import laptop
from tests.fakes import MemoryBackups
from tests.mcu_chargers import DRIVER, PATIENT, McuCharger, mcu_charger
from tests.walk.support import QUICK, shelf

RECOVERER = McubootRecoverer(patience=PATIENT, power=5.0)


@dataclass
class DeadMcu:
    charger: McuCharger
    journal: Journal

    def recover(self, image: FirmwareImage) -> Ending:
        profile = replace(self.charger.profile, restart_seconds=10.0, settle_seconds=1.0)

        def nowhere(serial: str, component: str) -> Place:
            raise LinkError(Text.CHARGER_NOT_SEEN, serial=serial)

        engine = RecoveryEngine(
            {"mcuboot-recovery": RECOVERER}, lambda id: profile, {"mcuboot-smp": DRIVER}, nowhere,
            lambda serial: self.charger.credentials, self.journal, Board(SystemClock()), SystemClock(),
            World(lambda: Laptop(None, True, 10**11), lambda: SiteRules(), MemoryBackups(),
                  releases=lambda: (image.release,)),
            QUICK,
        )  # fmt: skip
        leg = Leg("main", image.release, None, model="CityPost 22", hardware="B2")
        wire = Wire(self.charger.link, profile.id)
        return engine.run(
            Head("run-1", self.charger.serial, "Bay 01", (leg,), "demo", recovery=wire), shelf(image), Hand()
        )


@pytest.fixture(params=[False, True], ids=["port", "device server"])
def dead(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[DeadMcu]:
    with mcu_charger(tmp_path / "device", tcp=request.param) as charger:
        charger.mcu.slots[0] = b"\xff" * 1_000
        charger.charger.power_cut(0.0)
        charger.until(lambda: charger.mcu.in_bootloader)
        logs = laptop(tmp_path / "laptop")
        try:
            yield DeadMcu(charger, Journal(logs.store, logs.log))
        finally:
            logs.store.close()


def test_a_dead_application_is_replaced_and_found_well_by_its_normal_driver(dead: DeadMcu) -> None:
    ending = dead.recover(dead.charger.image("2.6.1"))
    assert ending.outcome is Outcome.RECOVERED, ending.trouble
    assert dead.charger.mcu.runs is not None and dead.charger.mcu.runs.version == "2.6.1"


def test_an_image_that_its_bootloader_rejects_is_never_called_recovered(dead: DeadMcu) -> None:
    ending = dead.recover(dead.charger.image("2.6.1", signer="Evil"))
    assert ending.outcome is Outcome.STUCK, ending.trouble
    assert ending.trouble is not None and ending.trouble.text is Text.SMP_NOT_STARTED
    assert dead.charger.mcu.runs is None


def test_a_sick_application_is_no_recovery(dead: DeadMcu) -> None:
    ending = dead.recover(dead.charger.image("2.6.1", sick="fault"))
    assert ending.outcome is Outcome.STUCK and ending.trouble is not None
    assert ending.trouble.text is Text.VALIDATE_HEALTH


def test_power_that_goes_in_mid_upload_costs_time_only(dead: DeadMcu) -> None:
    dead.charger.fault(cut_at=12)
    ending = dead.recover(dead.charger.image("2.6.1"))
    assert ending.outcome is Outcome.RECOVERED, ending.trouble


def test_an_application_that_answers_is_asked_into_its_bootloader(tmp_path: Path) -> None:
    with mcu_charger(tmp_path) as charger, RECOVERER.open(charger.link, charger.profile) as line:
        assert not [step for step in line.enter() if isinstance(step, ManualStep)]
        assert charger.mcu.in_bootloader


def test_where_nobody_answers_a_person_is_asked_and_then_the_line_is_called_silent(tmp_path: Path) -> None:
    with mcu_charger(tmp_path) as charger:
        charger.fault(silent=True)
        quick, asked = replace(RECOVERER, power=0.6), set()
        with quick.open(charger.link, charger.profile) as line, pytest.raises(LinkError) as error:
            for step in line.enter():
                asked |= {step.text} if isinstance(step, ManualStep) else set()
        assert asked == {Text.STEP_SWITCH_OFF_ON}
        assert error.value.text is Text.SMP_SILENT


def test_a_file_of_another_kind_is_refused_before_the_first_write(tmp_path: Path) -> None:
    with mcu_charger(tmp_path) as charger, RECOVERER.open(charger.link, charger.profile) as line:
        image = charger.image("2.6.1")
        other = replace(image, release=replace(image.release, format="raucb"))
        with pytest.raises(RefusedError) as error:
            line.fits(other)
        assert error.value.text is Text.WRONG_FORMAT


@pytest.mark.parametrize(("table", "wrong"), [({"read_back": "perhaps"}, "read_back"), ({"chunk": "1"}, "chunk")])
def test_a_profile_with_other_fields_is_refused(tmp_path: Path, table: dict[str, str], wrong: str) -> None:
    with mcu_charger(tmp_path) as charger:
        profile = replace(charger.profile, recovery={**charger.profile.recovery, **table})
        with pytest.raises(UsageError) as error, RECOVERER.open(charger.link, profile):
            pass
    assert error.value.text is Text.PROFILE_BAD and error.value.params["field"] == f"recovery.{wrong}"


@pytest.mark.parametrize("read_back", ["list", "none"])
def test_what_is_not_listed_counts_as_written_only_where_the_profile_says_that_nothing_is_listed(
    dead: DeadMcu, read_back: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    charger = dead.charger
    profile = replace(charger.profile, recovery={**charger.profile.recovery, "read_back": read_back})
    other = (smp.Image(0, "9.9.9", "ff" * 32),)
    image = charger.image("2.6.1")
    with RECOVERER.open(charger.link, profile) as line:
        for listed, good in (((), read_back == "none"), (other, False)):
            monkeypatch.setattr(line, "_listed", lambda listed=listed: listed)
            if good:
                assert list(line.verify(image))
                continue
            with pytest.raises(DeviceError) as error:
                list(line.verify(image))
            assert error.value.text is Text.TRANSFER_CORRUPT
