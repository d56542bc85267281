"""A virtual charger that no longer boots: what its disk keeps, what its power does, what its site says of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldtool.core.clock import NEVER, SystemClock
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.lab.cms import Authority, new_authority
from fieldtool.lab.dead_charger import AS_KIND, DeadCharger, firmware_content
from fieldtool.lab.description import parse_description
from fieldtool.lab.ssh_charger import VirtualCharger, new_ssh_key
from fieldtool.lab.ssh_door import Logins
from fieldtool.lab.state import Nameplate, Timing
from fieldtool.lab.uboot import Is
from fieldtool.lab.uboot_image import fit_key
from fieldtool.lab.uboot_memory import BLOCK
from tests.lab_chargers import DEADLINE

SERIAL, SLOT = "DEAD-1", 0x1000 * BLOCK
TIMING = Timing(shutdown=0.02, boot=0.05, settle=0.0, install=0.05)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return new_authority("Lab")


@pytest.fixture
def make(tmp_path: Path, authority: Authority) -> Iterator[Callable[[], DeadCharger]]:
    made: list[DeadCharger] = []

    def one() -> DeadCharger:
        folder, plate = tmp_path / SERIAL, Nameplate(SERIAL, kind=AS_KIND, security_epoch=2)
        logins = Logins((new_ssh_key()[1],))
        charger = VirtualCharger(folder, plate, [authority.certificate], logins, timing=TIMING)
        made.append(DeadCharger(folder, charger, fit_key(authority), TIMING, SystemClock()))
        made[-1].start()
        return made[-1]

    yield one
    for charger in made:
        charger.stop()


def until(true: Callable[[], bool]) -> None:
    clock = SystemClock()
    end = clock.monotonic() + DEADLINE
    while not true():
        assert clock.monotonic() < end
        clock.wait(NEVER, 0.01)


def version(dead: DeadCharger) -> str | None:
    runs = dead.charger.device.state.runs
    return runs.version if runs is not None and dead.charger.reachable else None


def test_it_is_dead_and_power_alone_does_not_help(make: Callable[[], DeadCharger]) -> None:
    dead = make()
    for _ in range(2):
        dead.act("power_on")
        dead.act("power_cut", "0.05")
    dead.act("power_on")
    until(lambda: dead.line.bootloader.state is Is.AT_PROMPT)
    assert version(dead) is None
    assert any(dead.memory.medium[SLOT : SLOT + 64]), "its slots are not empty, they hold garbage"


def test_what_was_written_outlives_the_lab_and_starts_with_the_next_one(
    make: Callable[[], DeadCharger], authority: Authority, tmp_path: Path
) -> None:
    dead = make()
    dead.memory.put(SLOT, firmware_content("2.0.0", fit_key(authority), 1_000))
    dead.stop()  # before it was ever started
    again = make()
    assert version(again) is None
    again.act("power_on")
    until(lambda: version(again) == "2.0.0")
    again.stop()
    third = make()
    assert version(third) == "2.0.0", "alive, so it is powered with the lab"
    third.stop()
    (tmp_path / SERIAL / "medium.bin").unlink()
    fourth = make()
    assert version(fourth) is None, "dead again, for the next training"


def test_what_was_installed_over_the_network_since_then_stays(
    make: Callable[[], DeadCharger], authority: Authority
) -> None:
    dead = make()
    dead.memory.put(SLOT, firmware_content("2.0.0", fit_key(authority), 1_000))
    dead.act("power_on")
    until(lambda: version(dead) == "2.0.0")
    dead.act("run_version", "2.1.0")
    dead.act("power_cut", "0.05")
    until(lambda: dead.line.bootloader.state is Is.RUNNING)
    dead.stop()  # whatever its bootloader began is over
    runs = dead.charger.device.state.runs
    assert runs is not None and runs.version == "2.1.0"


def test_an_image_of_a_stranger_is_not_started(make: Callable[[], DeadCharger]) -> None:
    dead = make()
    dead.memory.put(SLOT, firmware_content("2.0.0", fit_key(new_authority("Other")), 1_000))
    dead.act("power_on")
    until(lambda: dead.line.bootloader.state is Is.AT_PROMPT)
    assert version(dead) is None


def test_actions_that_it_cannot_have_are_refused_with_a_sentence(make: Callable[[], DeadCharger]) -> None:
    dead = make()
    for name in ("reflash", "cable_out"):
        with pytest.raises(UsageError) as caught:
            dead.act(name)
        assert caught.value.text is Text.LAB_FAULT_NOT_HERE


def test_its_files_are_for_no_other_kind_and_no_others_for_it() -> None:
    site = {"schema": 1, "id": "x", "name": "X"}
    dead, other = {"serial": "1", "name": "x", "kind": "uboot"}, {"serial": "2", "name": "y"}
    for chargers, format in (([other], "fit"), ([dead], "raucb"), ([dead], "mcuboot")):
        release = {"version": "1.0.0", "hardware": ["B2"], "format": format}
        with pytest.raises(UsageError) as caught:
            parse_description({**site, "charger": chargers, "release": [release]}, "x.toml")
        assert caught.value.params["field"] == "release[0].format"
