"""Planning: every line says what happens, or why not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fieldtool.core.driver import Can
from fieldtool.core.errors import Trouble
from fieldtool.core.model import ConnectorStatus, Health, Identity, Observed, Release
from fieldtool.core.texts import Text
from fieldtool.update.plan import Candidate, PlanLine, Supply, plan_line
from fieldtool.update.preflight import Laptop, Level
from tests.fakes import PROFILE, RELEASE

NOW = datetime(2026, 11, 20, tzinfo=UTC)
MAINS = Laptop(None, True, 10**11)
OLDER = replace(RELEASE, version="1.5", payload_hash="c" * 64, target="lab/main-1.5.raucb")
CHARGER = Candidate(
    "k1", "S1", "Bay 01", PROFILE, Identity("Lab", "CityPost 22", "R4", "S1", {"main": "1.0"}),
    Observed("S1", "1.0", "a" * 64, "a"), Health(True, {"1": ConnectorStatus.AVAILABLE}), Can.KEEP_OLD,
)  # fmt: skip


def line(
    charger: Candidate = CHARGER,
    *releases: Release,
    laptop: Laptop = MAINS,
    version: str | None = None,
    on_disk: bool = True,
    problem: Trouble | None = None,
) -> PlanLine:
    supply = Supply(releases or (RELEASE, OLDER), lambda release: on_disk, problem)
    return plan_line(charger, supply, laptop, NOW, version)


def seen(**changes: object) -> Candidate:
    assert CHARGER.observed is not None
    return replace(CHARGER, observed=replace(CHARGER.observed, **changes))  # type: ignore[arg-type]  # test data


def test_the_newest_release_that_fits_is_the_target() -> None:
    found = line()
    assert found.release is RELEASE and found.starts
    assert (found.verdict.level, found.verdict.reason.text) == (Level.OK, Text.READY)
    assert found.rollback.reason.text is Text.ROLLBACK_KEPT
    assert found.duration is not None and 0 < found.duration[0] < found.duration[1]


def test_a_release_for_this_hardware_wins_over_a_newer_one_for_another() -> None:
    assert line(CHARGER, replace(RELEASE, hardware=("A1",)), OLDER).release is OLDER


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (line(CHARGER, replace(RELEASE, hardware=("A1",))), Text.WRONG_HARDWARE),
        (line(CHARGER, replace(RELEASE, min_from="1.5")), Text.MIN_FROM),
        (line(CHARGER, replace(RELEASE, version="0.9")), Text.DOWNGRADE),
        (line(CHARGER, replace(RELEASE, version="strange")), Text.VERSION_BAD),
        (line(seen(security_epoch=7)), Text.EPOCH_TOO_LOW),
        (line(seen(installing=True)), Text.INSTALLING_ALREADY),
        (line(seen(running=None)), Text.IN_BOOTLOADER),
        (line(laptop=Laptop(12, False, 10**11)), Text.LAPTOP_POWER),
        (line(laptop=Laptop(None, True, 10**6)), Text.LAPTOP_DISK),
        (line(on_disk=False), Text.IMAGE_NOT_CACHED),
        (line(version="9.9"), Text.TARGET_UNKNOWN),
        (line(replace(CHARGER, can=Can(0)), RELEASE), Text.NO_WAY_BACK),
        (line(replace(CHARGER, run_open=True)), Text.RUN_OPEN),
        (line(replace(CHARGER, problem=Trouble(Text.NO_SERIAL, (("found", "0"),)))), Text.NO_SERIAL),
        (line(replace(CHARGER, identity=None)), Text.NOT_IDENTIFIED),
        (line(problem=Trouble(Text.NO_ROOT)), Text.NO_ROOT),
    ],
    ids=lambda value: value.name if isinstance(value, Text) else "",
)
def test_a_blocked_line_names_its_reason(found: PlanLine, text: Text) -> None:
    assert found.verdict.level is Level.STOP
    assert found.verdict.reason.text is text
    assert not found.starts
    assert found.verdict.reason.what and found.verdict.reason.remedy


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (line(seen(in_use="connector 1 is charging")), Text.SOMEBODY_CHARGES),
        (line(seen(facts={"clock": "1000"})), Text.CLOCK_OFF),
        (line(replace(CHARGER, health=Health(False, {}, ("DOOR_OPEN",)))), Text.NOT_HEALTHY_BEFORE),
    ],
    ids=lambda value: value.name if isinstance(value, Text) else "",
)
def test_a_warning_does_not_block(found: PlanLine, text: Text) -> None:
    assert found.verdict.level is Level.WARN and found.verdict.reason.text is text
    assert found.starts


def test_what_runs_already_is_up_to_date() -> None:
    found = line(seen(running="2.0"))
    assert found.verdict.level is Level.INFO and found.verdict.reason.text is Text.UP_TO_DATE
    assert not found.starts


def test_the_same_version_is_installed_again_when_it_is_asked_for() -> None:
    assert line(seen(running="2.0"), version="2.0").starts


def test_a_charger_without_a_second_slot_needs_its_old_image_on_the_laptop() -> None:
    alone = replace(CHARGER, can=Can(0))
    old = replace(RELEASE, version="1.0")
    assert line(alone, RELEASE, old).rollback.reason.text is Text.ROLLBACK_CACHED
