"""Microcontrollers of a virtual site: on TCP and a pseudo-terminal, kept on disk, with faults that they can have."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from threading import Event

import pytest

from fieldtool.core.errors import LinkError, UsageError
from fieldtool.core.model import Component, FirmwareImage, Link, Release
from fieldtool.core.texts import Text
from fieldtool.discovery.sitefile import parse_site
from fieldtool.drivers.mcuboot_smp import McubootSession, McubootSmp
from fieldtool.lab.cms import Authority
from fieldtool.lab.control import ask
from fieldtool.lab.description import parse_description
from fieldtool.lab.faults import ACTIONS, Faults
from fieldtool.lab.mcuboot_cable import CableCharger
from fieldtool.lab.mcuboot_faults import ACTIONS as POSSIBLE_ACTIONS
from fieldtool.lab.mcuboot_faults import FAULTS, SICK
from fieldtool.lab.site import LAB, LabSite, make_releases, new_lab, told_of
from fieldtool.store.keystore import keystore
from tests.drivers.contract import finish
from tests.lab_chargers import DEADLINE, KnownCredentials, lab_profile
from tests.mcu_chargers import HASTY, PATIENT

SERIAL = "CABLE-1"
SITE = f"""
schema = 1
id = "test"
name = "Test site"
[timing]
shutdown = 0.02
boot = 0.05
settle = 0
install = 0.1
[[charger]]
serial = "LAN-1"
name = "Bay 01"
absent = true
[[charger]]
serial = "{SERIAL}"
name = "Bay 02"
kind = "mcuboot"
model = "CityPost 7"
compatible = "lab-citypost-7"
hardware = "S1"
version = "1.2.0"
image_bytes = 9_000
[[release]]
format = "mcuboot"
version = "1.2.0"
hardware = ["S1"]
size = 9_000
[[release]]
format = "mcuboot"
version = "1.3.0"
hardware = ["S1"]
size = 9_000
"""
Images = dict[str, FirmwareImage]


def catalogue(folder: Path, files: Sequence[tuple[Path, Release]], authority: Authority) -> None:
    """Instead of publishing: what `new_lab` needs is a root of trust."""
    (folder / "trust").mkdir()
    (folder / "trust" / "root.json").write_text("{}")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    (folder / "site.toml").write_text(SITE)
    new_lab(folder / "data", folder / "site.toml", catalogue, lambda: ("private", "public"))
    return folder / "data"


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "data"))


@pytest.fixture
def images(folder: Path, tmp_path: Path) -> Images:
    told, authority = told_of(folder)
    files = make_releases(tmp_path / "files", told, authority)
    return {release.version: FirmwareImage(path, release) for path, release in files}


@pytest.fixture
def site(folder: Path) -> Iterator[LabSite]:
    with LabSite(folder) as made:
        made.start(announce=False)
        yield made


@pytest.fixture
def charger(site: LabSite) -> CableCharger:
    return site.cable_charger(SERIAL)


@contextmanager
def session(address: str, scheme: str = "serial-tcp", hasty: bool = False) -> Iterator[McubootSession]:
    component = Component("main", "S1", "mcuboot-smp", Link(scheme, address))
    driver = McubootSmp(patience=HASTY if hasty else PATIENT)
    with driver.open(component, lab_profile("lab-mcuboot"), KnownCredentials(SERIAL, None, None, None)) as opened:
        yield opened


def until(true: Callable[[], object]) -> None:
    deadline, pause = time.monotonic() + DEADLINE, Event()
    while not true():
        assert time.monotonic() < deadline
        pause.wait(0.005)


def restart(charger: CableCharger, one: McubootSession) -> None:
    since = charger.kept.flash.starts
    finish(one.restart())
    until(lambda: charger.reachable and charger.kept.flash.starts > since)


def try_out(charger: CableCharger, image: FirmwareImage) -> None:
    """Bring it, and have it started: it is on trial then, or has fallen back."""
    with session(charger.address) as one:
        finish(one.transfer(image))
        finish(one.install(image))
        restart(charger, one)


# ---- in a site -------------------------------------------------------------------------------------------------------


def test_a_site_tells_where_the_cable_ends_and_makes_no_login_for_it(folder: Path, site: LabSite) -> None:
    absent, told = site.told()
    assert (absent["reachable"], told["reachable"], told["version"], told["kind"]) == (False, True, "1.2.0", "mcuboot")
    _, expected = parse_site(site.site_file).chargers
    assert expected.links == (Link("serial-tcp", str(told["address"])),)
    assert (expected.pins, expected.profile) == ((), "lab-mcuboot")
    assert keystore(folder).get("secret:CABLE-1") is None


def test_what_it_left_the_factory_with_is_the_release_of_that_version(charger: CableCharger, images: Images) -> None:
    with session(charger.address) as one:
        identity = one.identify()
    assert identity.versions == {"main": "1.2.0"} and identity.payload_hashes == {"main": images["1.2.0"].payload_hash}
    assert (identity.serial, identity.model, identity.hardware) == (SERIAL, "CityPost 7", "S1")


def test_its_terminal_and_its_tcp_port_lead_to_the_same_charger(charger: CableCharger, images: Images) -> None:
    if not charger.terminal:
        pytest.skip("no pseudo-terminals here")
    with session(charger.terminal, "serial") as one:
        finish(one.transfer(images["1.3.0"]))
    with session(charger.address) as one:
        assert [slot.version for slot in one.observe().slots] == ["1.2.0", "1.3.0"]


def test_a_lab_that_is_killed_is_a_power_cut_and_nothing_is_forgotten(folder: Path, images: Images) -> None:
    program = "from fieldtool.lab.site import LabSite; import sys, pathlib; site = LabSite(pathlib.Path(sys.argv[1])); "
    program += "site.start(announce=False); print('ready', flush=True); sys.stdin.read()"
    lab = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert lab.stdout is not None and lab.stdout.readline() == "ready\n"
        (address,) = json.loads((folder / LAB / "site.json").read_text())["chargers"][1]["addresses"]
        with session(address.removeprefix("serial-tcp://")) as one:
            finish(one.transfer(images["1.3.0"]))
            finish(one.install(images["1.3.0"]))
    finally:
        lab.kill()
        lab.communicate()
    with LabSite(folder) as site:
        site.start(announce=False)
        charger = site.cable_charger(SERIAL)
        assert (address, charger.version) == (f"serial-tcp://{charger.address}", "1.3.0")
        assert not charger.kept.flash.confirmed, "it is on trial"
    with LabSite(folder) as site:
        site.start(announce=False)
        charger = site.cable_charger(SERIAL)
        assert charger.version == "1.2.0" and charger.kept.flash.confirmed, "nobody confirmed it"
        charger.act("alarm", "E-7")
    with LabSite(folder) as site:
        assert site.cable_charger(SERIAL).told()["faults"] == {"alarm": "E-7"}
    assert len(list((folder / LAB / "chargers" / SERIAL).glob("*.slot"))) == 2, "no slot of before is left over"


def test_a_site_with_microcontrollers_only_makes_their_releases(folder: Path) -> None:
    told, _ = told_of(folder)
    assert {told.taker(release).nameplate.serial for release in told.releases} == {SERIAL}


@pytest.mark.parametrize(
    ("charger", "release", "field"),
    [
        ({"version": "1.2"}, {}, "charger[0].version"),
        ({"connectors": ["1", "2"]}, {}, "charger[0].connectors"),
        ({}, {"version": "new"}, "release[0].version"),
        ({}, {"format": "raucb"}, "release[0].format"),
        ({"kind": "ab", "profile": "x"}, {}, "release[0].format"),
    ],
)
def test_a_wrong_description_names_the_field(
    charger: dict[str, object], release: dict[str, object], field: str
) -> None:
    one = {"serial": "1", "name": "x", "kind": "mcuboot", "version": "1.2.0", **charger}
    two = {"format": "mcuboot", "version": "1.3.0", "hardware": ["S1"], **release}
    with pytest.raises(UsageError) as caught:
        parse_description({"schema": 1, "id": "x", "name": "X", "charger": [one], "release": [two]}, "x.toml")
    assert caught.value.params["field"] == field


def test_a_description_cannot_give_it_a_fault_that_it_cannot_have() -> None:
    one = {"serial": "1", "name": "x", "kind": "mcuboot", "version": "1.2.0", "faults": {"rauc_busy": True}}
    with pytest.raises(UsageError) as caught:
        parse_description({"schema": 1, "id": "x", "name": "X", "charger": [one]}, "x.toml")
    assert caught.value.text is Text.LAB_FAULT_NOT_HERE


# ---- what can go wrong -----------------------------------------------------------------------------------------------


def test_faults_that_it_cannot_have_are_refused_and_change_nothing(folder: Path, charger: CableCharger) -> None:
    before = charger.told()
    others = ({field.name for field in fields(Faults)} | ACTIONS.keys()) - FAULTS - POSSIBLE_ACTIONS
    assert {"rauc_busy", "kill_rauc_at", "new_host_key", "ssh_gone", "disk_free"} <= others
    for name in sorted(others | {"no_such_thing"}):
        with pytest.raises(UsageError) as caught:
            ask(folder / LAB, {"serial": SERIAL, "name": name, "value": "1"})
        assert caught.value.text is Text.LAB_FAULT_NOT_HERE
    assert charger.told() == before


def test_a_charger_without_a_cable_says_that_it_has_none(folder: Path, site: LabSite) -> None:
    with pytest.raises(UsageError) as caught:
        ask(folder / LAB, {"serial": "LAN-1", "name": "cable_out"})
    assert caught.value.text is Text.LAB_FAULT_NOT_HERE and "ssh_gone" in str(caught.value.params["known"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bad_health", "meter"), ("cut_at_byte", "soon"), ("power_cut", "long"), ("session_start", "2"),
        ("run_version", "2"), ("reflash", "x"),
    ],
)  # fmt: skip
def test_a_value_that_makes_no_sense_is_refused(charger: CableCharger, name: str, value: str) -> None:
    before = charger.told()
    with pytest.raises(UsageError) as caught:
        charger.act(name, value)
    assert caught.value.text is Text.LAB_FAULT_BAD and charger.told() == before


@pytest.mark.parametrize("how", SICK)
def test_every_sickness_shows_once_the_image_runs(charger: CableCharger, images: Images, how: str) -> None:
    with session(charger.address) as one:
        well = one.health()
    charger.act("bad_health", how)
    try_out(charger, images["1.3.0"])
    with session(charger.address) as one:
        sick = one.health()
    assert well.ok and not well.faults
    assert well.clock is not None and sick.clock is not None
    shows = {
        "fault": bool(sick.faults),
        "check": not sick.ok,
        "connector": sick.connectors != well.connectors,
        "clock": sick.clock - well.clock > 3_000,
    }
    assert shows[how] and charger.version == "1.3.0"


def test_an_image_that_is_installed_again_without_the_fault_is_well(charger: CableCharger, images: Images) -> None:
    charger.act("no_boot", "yes")
    try_out(charger, images["1.3.0"])
    assert charger.version == "1.2.0" and charger.kept.flash.confirmed, "it hung, and its bootloader took it back"
    charger.act("no_boot", "no")
    with session(charger.address) as one:
        finish(one.transfer(images["1.2.0"]))  # what lies there whole would not be sent again
    try_out(charger, images["1.3.0"])
    assert charger.version == "1.3.0"


def test_a_bit_that_the_storage_flips_is_found_by_the_bootloader(charger: CableCharger, images: Images) -> None:
    charger.act("flip_at_byte", "5000")
    try_out(charger, images["1.3.0"])
    assert charger.version == "1.2.0" and charger.kept.flash.slots[1] == b""
    try_out(charger, images["1.3.0"])
    assert charger.version == "1.3.0", "once"


def test_power_that_goes_in_mid_upload_costs_that_upload(charger: CableCharger, images: Images) -> None:
    charger.act("cut_at_byte", "5000")
    with session(charger.address) as one:
        finish(one.transfer(images["1.3.0"]))
        finish(one.verify(images["1.3.0"]))
    assert charger.kept.flash.starts == 2


def test_a_car_that_comes_in_mid_upload_charges_and_a_cut_ends_its_session(
    charger: CableCharger, images: Images
) -> None:
    charger.act("session_at_byte", "5000")
    with session(charger.address) as one:
        finish(one.transfer(images["1.3.0"]))
        assert one.observe().in_use == "connector 1 is charging"
    charger.act("power_cut", "0")
    assert (charger.told()["charging"], charger.told()["cut_sessions"]) == ([], 1)
    charger.act("session_start")
    charger.act("session_end")
    assert (charger.told()["charging"], charger.told()["cut_sessions"]) == ([], 1)


def test_a_cable_that_is_pulled_out_refuses_and_comes_back_where_it_was(charger: CableCharger) -> None:
    address = charger.address
    with session(address) as one:
        charger.act("cable_out", "0.3")
        with pytest.raises(LinkError):
            one.observe()
    with pytest.raises(OSError):  # noqa: PT011  # refused, on any system
        socket.create_connection((charger.host, charger.port), 1.0).close()
    until(lambda: charger.reachable)
    with session(address) as one:
        assert one.observe().running == "1.2.0"


def test_a_charger_without_power_says_nothing_until_it_comes_back(charger: CableCharger) -> None:
    charger.act("no_return", "yes")
    charger.act("power_cut")
    with pytest.raises(LinkError) as caught, session(charger.address, hasty=True):
        pass
    assert caught.value.text is Text.SMP_SILENT and not charger.reachable
    charger.act("no_return", "no")
    charger.act("power_on")
    with session(charger.address) as one:
        assert one.observe().running == "1.2.0"


def test_a_line_that_stalls_says_nothing(charger: CableCharger) -> None:
    charger.act("stall", "yes")
    with pytest.raises(LinkError), session(charger.address, hasty=True):
        pass
    charger.act("stall", "no")
    with session(charger.address) as one:
        assert one.observe().running == "1.2.0"


def test_a_slow_line_takes_its_time(charger: CableCharger, images: Images) -> None:
    charger.act("slow", "40000")
    began = time.monotonic()
    with session(charger.address) as one:
        finish(one.transfer(images["1.3.0"]))
    assert time.monotonic() - began > 0.3, "12 KB on the line at 40 KB/s"


def test_another_charger_may_hang_on_the_cable_after_a_restart(charger: CableCharger) -> None:
    charger.act("other_serial_later", "CABLE-2")
    with session(charger.address) as one:
        assert one.observe().serial == SERIAL
        restart(charger, one)
    with session(charger.address) as one:
        assert one.observe().serial == "CABLE-2" and one.identify().serial == "CABLE-2"


def test_what_it_says_of_itself_can_be_wrong_or_bad(charger: CableCharger) -> None:
    with session(charger.address) as one:
        before = one.health()
        charger.act("alarm", "OverTemperature")
        charger.act("clock_offset", "7200")
        charger.act("stays_out", "yes")
        one.serve(False)
        one.serve(True)
        after = one.health()
    assert (before.faults, after.faults) == ((), ("OverTemperature",))
    assert before.clock is not None and after.clock is not None and after.clock - before.clock > 7_000
    assert set(after.connectors.values()) != set(before.connectors.values())


def test_a_restart_may_be_ignored_as_often_as_was_asked_for(charger: CableCharger) -> None:
    charger.act("restart_ignored", "1")
    since = charger.kept.flash.starts
    with session(charger.address) as one:
        steps = one.restart()
        next(steps)
        next(steps)  # it was asked, and still runs
        steps.close()
        assert (charger.kept.flash.starts, charger.kept.shown.restart_ignored) == (since, 0)
        restart(charger, one)


def test_somebody_else_may_write_its_flash(charger: CableCharger) -> None:
    starts = charger.kept.flash.starts
    charger.act("run_version", "1.4.0")
    assert (charger.version, charger.kept.flash.starts) == ("1.4.0", starts)
    charger.act("reflash")
    assert (charger.version, charger.kept.flash.starts) == ("1.2.0", starts + 1)
