"""Ports are listed, named and diagnosed, and nothing is ever sent to one that nobody has claimed."""

import grp
import os
import select
import stat
import subprocess
import sys
import tty
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Condition

import pytest

from fieldtool.cli.ports import ports_words
from fieldtool.core.addresses import parse_address
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import UsageError
from fieldtool.core.model import Link
from fieldtool.core.texts import Text
from fieldtool.discovery import port_diagnosis
from fieldtool.discovery.port_diagnosis import Me, holders, homeless, trouble_with, whoami
from fieldtool.discovery.presence import Presence
from fieldtool.discovery.probe import answering
from fieldtool.discovery.roster import Roster
from fieldtool.discovery.serial_ports import Port, PortScanner, diagnosed, is_there, ports
from fieldtool.discovery.usb_names import Kind, parse_usb_names, udev_rules, usb_names
from tests.discovery.fakes import FAST, PROFILES, Device, FakeCredentials, FakeDriver, Watch, World, charger, key, site

ANYBODY = Me("anna", frozenset({100}), frozenset({100}))


@dataclass(frozen=True)
class Listed:
    """A port as pyserial tells of it."""

    device: str = "/dev/ttyUSB0"
    description: str | None = "USB2.0-Serial"
    vid: int | None = 0x1A86
    pid: int | None = 0x7523
    serial_number: str | None = None
    location: str | None = "1-2"


@dataclass
class Cable:
    """A pseudo-terminal: `path` is the port, `end` is what hangs on it."""

    end: int
    path: str
    _slave: int = field(default=-1)

    def heard(self) -> bytes:
        """What was sent into it until now."""
        try:
            return os.read(self.end, 1000) if select.select([self.end], [], [], 0)[0] else b""
        except OSError:  # nobody has it open, and nothing is left to read
            return b""

    def unplug(self) -> None:
        for one in (self._slave, self.end):
            if one >= 0:
                os.close(one)
        self._slave = self.end = -1


@pytest.fixture
def cable() -> Iterator[Cable]:
    master, slave = os.openpty()
    tty.setraw(slave)
    made = Cable(master, os.ttyname(slave), slave)
    os.close(slave)
    made._slave = -1
    yield made
    made.unplug()


# ---- which ports there are -------------------------------------------------------------------------------------------


def test_a_known_adapter_gets_its_name_and_an_unknown_one_says_its_own() -> None:
    strange = Listed("/dev/ttyUSB1", "Funny\x1b[2J thing", 0x1111, 0x2222, "S\n1")
    known, unknown, silent = ports([strange, Listed(), Listed("COM4", None, None, None)])
    assert (known.name, known.kind, known.usb, known.location) == ("WCH CH340", Kind.ADAPTER, "1a86:7523", "1-2")
    assert (unknown.name, unknown.kind, unknown.usb_serial) == ("Funny[2J thing", Kind.UNKNOWN, "S1")
    assert (silent.name, silent.usb) == ("COM4", "")


def test_this_laptops_own_ports_are_listed_without_an_error() -> None:
    assert all(port.address for port in ports())


@pytest.mark.parametrize(
    "text", ["serial:///dev/ttyUSB0", "serial://COM4", "serial:///dev/serial/by-path/pci-0:1.0-port0"]
)
def test_a_serial_port_is_an_address(text: str) -> None:
    assert str(parse_address(text)) == text


def test_a_port_behind_a_device_server_is_an_address() -> None:
    assert parse_address("serial-tcp://192.0.2.7:4001") == Link("serial-tcp", "192.0.2.7:4001")


@pytest.mark.parametrize(
    "text",
    ["serial://", "serial:///etc/passwd", "serial:///dev/../etc/passwd", "serial://COM", "serial-tcp://192.0.2.7"],
)
def test_what_is_no_port_is_no_address(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_address(text)
    assert error.value.text is Text.ADDRESS_BAD


# ---- what is wrong with one ------------------------------------------------------------------------------------------


def test_a_port_that_is_free_has_no_problem(cable: Cable) -> None:
    assert trouble_with(cable.path) is None


def test_a_port_that_is_not_there_is_told() -> None:
    trouble = trouble_with("/dev/ttyUSB77")
    assert trouble is not None and trouble.text is Text.PORT_MISSING and "/dev/ttyUSB77" in trouble.what


def test_the_program_that_holds_a_port_is_named(cable: Cable) -> None:
    code = "import sys; port = open(sys.argv[1], 'rb', buffering=0); print('open', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, cable.path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"open\n"
        trouble = trouble_with(cable.path)
        assert other.stdin is not None
        other.stdin.close()
    assert trouble is not None and trouble.text is Text.PORT_IN_USE
    assert f"(process {other.pid})" in trouble.what and "python" in trouble.what
    assert trouble_with(cable.path) is None


def test_a_program_that_has_ended_while_we_looked_holds_nothing(tmp_path: Path) -> None:
    gone = tmp_path / "4711" / "fd"
    gone.mkdir(parents=True)
    (gone / "3").write_text("no link")
    assert holders(Path("/dev/ttyUSB0"), tmp_path) == ()


AS_NOBODY = """
import grp, os, pwd, sys
from fieldtool.discovery.port_diagnosis import trouble_with
os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
print(trouble_with(sys.argv[1]).text.name)
"""


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(("group", "expected"), [(20, "PORT_PERMISSION"), (0, "PORT_OWNED")])
def test_somebody_without_rights_is_told_how_to_get_them(cable: Cable, group: int, expected: str) -> None:
    """Really somebody else, who really may not."""
    os.chown(cable.path, 0, group)
    Path(cable.path).chmod(0o660)
    ended = subprocess.run([sys.executable, "-c", AS_NOBODY, cable.path], capture_output=True, text=True)
    assert ended.stdout.strip() == expected, ended.stderr


def _denied(monkeypatch: pytest.MonkeyPatch, cable: Cable, me: Me, group: int, mode: int) -> tuple[Text, str]:
    monkeypatch.setattr(port_diagnosis.os, "access", lambda path, how: False)
    os.chown(cable.path, 0, group)
    Path(cable.path).chmod(mode)
    assert stat.S_IMODE(Path(cable.path).stat().st_mode) == mode
    trouble = trouble_with(cable.path, me)
    assert trouble is not None
    return trouble.text, trouble.what + trouble.remedy


needs_root = pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="gives a port to another group")


@needs_root
def test_the_group_to_join_is_named(monkeypatch: pytest.MonkeyPatch, cable: Cable) -> None:
    text, words = _denied(monkeypatch, cable, ANYBODY, 20, 0o660)
    assert text is Text.PORT_PERMISSION
    assert f"usermod -aG {grp.getgrgid(20).gr_name} anna" in words and "--udev-rule" in words


@needs_root
def test_a_group_that_was_joined_just_now_asks_for_a_new_login_only(
    monkeypatch: pytest.MonkeyPatch, cable: Cable
) -> None:
    me = replace(ANYBODY, may_after_login=frozenset({100, 20}))
    assert _denied(monkeypatch, cable, me, 20, 0o660)[0] is Text.PORT_NEW_LOGIN


@needs_root
@pytest.mark.parametrize(("group", "mode"), [(0, 0o660), (20, 0o600)])
def test_a_port_that_no_group_opens_gets_a_rule_offered(
    monkeypatch: pytest.MonkeyPatch, cable: Cable, group: int, mode: int
) -> None:
    text, words = _denied(monkeypatch, cable, ANYBODY, group, mode)
    assert text is Text.PORT_OWNED and "usermod" not in words


def test_who_runs_fieldtool_is_known() -> None:
    assert whoami().name and os.getgid() in whoami().groups


# ---- USB devices that should be ports --------------------------------------------------------------------------------


class Usb:
    """A fake /sys/bus/usb/devices."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "devices"
        self.folder.mkdir()

    def plug(self, where: str, usb: str, driver: str = "", port: str = "", of_class: str = "ff") -> None:
        device = self.folder / where
        interface = device / f"{where}:1.0"
        interface.mkdir(parents=True)
        vendor, product = usb.split(":")
        (device / "idVendor").write_text(f"{vendor}\n")
        (device / "idProduct").write_text(f"{product}\n")
        (interface / "bInterfaceClass").write_text(f"{of_class}\n")
        if driver:
            target = self.folder.parent / "drivers" / driver
            target.mkdir(parents=True, exist_ok=True)
            (interface / "driver").symlink_to(target)
        if port:
            (interface / port).mkdir()

    def told(self) -> list[tuple[str, Text]]:
        return [(one.location, one.problem.text) for one in homeless(self.folder)]


@pytest.fixture
def usb(tmp_path: Path) -> Usb:
    return Usb(tmp_path)


def test_an_adapter_without_a_driver_names_the_module(usb: Usb) -> None:
    usb.plug("1-2", "1a86:7523")
    assert usb.told() == [("1-2", Text.PORT_NO_DRIVER)]
    assert "modprobe ch341" in homeless(usb.folder)[0].problem.remedy


def test_an_adapter_that_a_program_has_taken_is_told(usb: Usb) -> None:
    usb.plug("1-2", "1a86:7523", driver="usbfs")
    assert usb.told() == [("1-2", Text.PORT_GRABBED)]
    assert "brltty" in homeless(usb.folder)[0].problem.remedy


def test_a_board_in_its_boot_mode_is_told(usb: Usb) -> None:
    usb.plug("3-1", "0483:df11", of_class="fe")
    assert usb.told() == [("3-1", Text.PORT_BOOT_MODE)]


@pytest.mark.parametrize("port", ["ttyUSB0", "tty"])
def test_an_adapter_with_a_port_is_in_order(usb: Usb, port: str) -> None:
    usb.plug("1-2", "10c4:ea60", driver="cp210x", port=port)
    assert usb.told() == []


def test_a_mouse_is_none_of_our_business(usb: Usb) -> None:
    usb.plug("1-2", "046d:c077", driver="usbhid", of_class="03")
    assert usb.told() == []


def test_a_system_without_such_a_folder_has_none(tmp_path: Path) -> None:
    assert homeless(tmp_path / "nothing") == ()


def test_the_list_shows_each_problem_with_its_remedy(usb: Usb, cable: Cable) -> None:
    usb.plug("1-2", "1a86:7523")
    found = diagnosed((Port(cable.path, "FTDI FT232R", usb="0403:6001"),), without=lambda: homeless(usb.folder))
    words = ports_words(found)
    assert cable.path in words and "free" in words
    assert "WCH CH340" in words and "has no driver" in words and "modprobe ch341" in words
    assert ports_words(()) == "No serial port found."


# ---- names and rules -------------------------------------------------------------------------------------------------


def test_the_shipped_names_are_usable_and_have_every_kind() -> None:
    assert {one.kind for one in usb_names().values()} == {Kind.ADAPTER, Kind.BOARD, Kind.BOOT}
    assert all(one.module for one in usb_names().values() if one.kind is not Kind.BOOT)


@pytest.mark.parametrize(
    "text",
    [
        "schema = 2",
        "schema = 1\nx = [",
        'schema = 1\n[cable]\n"0403:6001" = { name = "x" }',
        "schema = 1\n[boot]\n'1:2' = {}",
        'schema = 1\n[boot]\n"0403:6001" = { name = "" }',
        'schema = 1\n[boot]\n"0403:6001" = { name = "x", linux = "a b" }',
        'schema = 1\n[boot]\n"0403:6001" = { name = "x" }\n[board]\n"0403:6001" = { name = "x" }',
    ],
)
def test_a_bad_name_file_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_usb_names(text)
    assert error.value.text is Text.PROFILE_BAD


def test_the_shipped_rule_is_the_one_that_the_command_prints(repository_root: Path) -> None:
    file = repository_root / "installer" / "udev" / "70-fieldtool.rules"
    assert file.read_text() == udev_rules(usb_names().values())
    assert 'ATTRS{idVendor}=="1a86", ATTRS{idProduct}=="7523", TAG+="uaccess"' in file.read_text()
    assert "df11" not in file.read_text()  # it never becomes a port


# ---- as sightings ----------------------------------------------------------------------------------------------------


class Plugs:
    """What is plugged in, for a scanner; `until` waits for what it noticed."""

    def __init__(self) -> None:
        self.now: tuple[Port, ...] = ()
        self.changed = Condition()

    def look(self) -> tuple[Port, ...]:
        return self.now

    def noticed(self) -> None:
        with self.changed:
            self.changed.notify_all()


@pytest.fixture
def plugs() -> Plugs:
    return Plugs()


@pytest.fixture
def scanner(plugs: Plugs) -> Iterator[PortScanner]:
    made = PortScanner(SystemClock(), plugs.look, every=0.02)
    yield made
    made.close()


def test_plugging_in_and_out_is_noticed(plugs: Plugs, scanner: PortScanner) -> None:
    scanner.start(plugs.noticed)
    plugs.now = (Port("COM4", "CH340", usb="1a86:7523"),)
    with plugs.changed:
        assert plugs.changed.wait_for(scanner.sightings, 10.0)
        plugs.now = ()
        scanner.scan()
        assert plugs.changed.wait_for(lambda: not scanner.sightings(), 10.0)
    assert scanner.problem is None


def test_a_port_that_is_not_on_usb_is_no_sighting(plugs: Plugs, scanner: PortScanner) -> None:
    plugs.now = (Port("/dev/ttyS0", "ttyS0"), Port("/dev/ttyUSB0", "CH340", usb="1a86:7523"))
    scanner.start(plugs.noticed)
    with plugs.changed:
        assert plugs.changed.wait_for(scanner.sightings, 10.0)
    assert [sighting.link.address for sighting in scanner.sightings()] == ["/dev/ttyUSB0"]


def test_a_look_that_fails_is_followed_by_the_next(plugs: Plugs) -> None:
    looks = iter([OSError("went away"), (Port("COM4", "CH340", usb="1a86:7523"),)])

    def look() -> tuple[Port, ...]:
        found = next(looks, None)
        if isinstance(found, OSError):
            raise found
        return found or plugs.now

    scanner = PortScanner(SystemClock(), look, every=0.01)
    plugs.now = (Port("COM4", "CH340", usb="1a86:7523"),)
    scanner.start(plugs.noticed)
    try:
        with plugs.changed:
            assert plugs.changed.wait_for(scanner.sightings, 10.0)
    finally:
        scanner.close()


def test_a_port_answers_as_long_as_it_is_plugged_in(cable: Cable) -> None:
    link = Link("serial", cable.path)
    assert is_there(cable.path) and answering([link], 0.5) == {link}
    assert cable.heard() == b""
    cable.unplug()
    assert answering([link], 0.5) == frozenset()


class Bench:
    """A roster that sees one port."""

    def __init__(self, cable: Cable, *chargers: object) -> None:
        self.world, self.watch, self.plugs = World(), Watch(), Plugs()
        self.driver = FakeDriver(self.world)
        self.driver.schemes = frozenset({"serial"})  # type: ignore[misc]  # of this one
        self.link = Link("serial", cable.path)
        self.plugs.now = (Port(cable.path, "WCH CH340", usb="1a86:7523", usb_serial="731"),)
        self.scanner = PortScanner(SystemClock(), self.plugs.look, every=0.02)
        pins = {"731": key(1)}
        self.roster = Roster(
            SystemClock(), {"fake": self.driver}, PROFILES, site(*chargers),
            lambda serial: FakeCredentials(serial, pins), [self.scanner], self.watch, pace=FAST,
        )  # fmt: skip

    def until(self, presence: Presence) -> None:
        self.watch.until(lambda: any(entry.presence is presence for entry in self.roster.entries()))

    def __enter__(self) -> "Bench":
        self.roster.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.roster.close()
        self.world.close()


def test_a_port_that_nobody_claimed_is_listed_and_never_spoken_to(cable: Cable) -> None:
    """Also where the adapter's serial number is that of a charger of the site."""
    with Bench(cable, charger("731", Link("ssh", "127.0.0.1:1"))) as bench:
        bench.until(Presence.PROBLEM)
        entry = next(one for one in bench.roster.entries() if one.link == bench.link)
        assert entry.problem is not None and entry.problem.text is Text.UNKNOWN_CHARGER
        assert entry.name == "WCH CH340"
        bench.roster.scan()
        bench.watch.until(lambda: not bench.roster.scanning)
    assert cable.heard() == b""


def test_a_port_of_the_site_file_is_spoken_to_and_is_gone_when_unplugged(cable: Cable) -> None:
    link = Link("serial", cable.path)
    with Bench(cable, charger("731", link)) as bench:
        bench.world._devices[link] = Device("731", key(1))
        bench.until(Presence.READY)
        cable.unplug()
        bench.plugs.now = ()
        bench.until(Presence.GONE)


def test_a_port_is_spoken_to_when_the_technician_says_which_charger_it_is(cable: Cable) -> None:
    with Bench(cable) as bench:
        bench.world._devices[bench.link] = Device("731", key(1))
        bench.until(Presence.PROBLEM)
        bench.roster.choose(bench.roster.entries()[0].key, "731", "acme-1")
        bench.until(Presence.READY)
