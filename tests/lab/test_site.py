"""The virtual site: description, announcements, control door, training folder, the verb `lab`."""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from threading import Condition

import pytest
from zeroconf import ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

from fieldtool.core.errors import UsageError
from fieldtool.core.model import normal_serial
from fieldtool.core.resources import resource
from fieldtool.core.texts import Text
from fieldtool.lab import command
from fieldtool.lab.control import FILE, ask
from fieldtool.lab.description import parse_description, read_description
from fieldtool.lab.faults import ACTIONS, INSTALL_POINTS, Faults
from fieldtool.lab.site import LAB, LabSite, new_lab
from fieldtool.lab.ssh_charger import new_ssh_key
from fieldtool.store.keystore import MARK, ThrowAwayKeystore, keystore
from tests.lab_chargers import DEADLINE

# Other runs on this machine announce on the same loopback: serials of our own.
ONE, TWO, THREE = (f"LAB{os.getpid()}-{at}" for at in "123")
SERVICE = f"Bay 01 {ONE}._ssh._tcp.local."
SITE = f"""
schema = 1
id = "test"
name = "Test site"
[timing]
shutdown = 0.02
boot = 0.1
settle = 0
install = 0.1
[common]
version = "1.0.0"
[[charger]]
serial = "{ONE}"
name = "Bay 01"
[[charger]]
serial = "{TWO}"
name = "Bay 02"
hardware = "B1"
faults = {{ slow = 100000 }}
charging = ["1"]
[[charger]]
serial = "{THREE}"
name = "Bay 03"
absent = true
[[release]]
version = "1.1.0"
hardware = ["B2"]
notes = "Better."
"""


def catalogue(folder, files, authority):
    """Instead of publishing: what `new_lab` needs is a root of trust."""
    assert [release.version for _, release in files] == ["1.1.0"]
    assert all(path.stat().st_size == release.length for path, release in files)
    (folder / "trust").mkdir()
    (folder / "trust" / "root.json").write_text("{}")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A new training folder, made once; tests take copies."""
    folder = tmp_path_factory.mktemp("made")
    description = folder / "site.toml"
    description.write_text(SITE)
    new_lab(folder / "data", description, catalogue, new_ssh_key)
    return folder / "data"


@pytest.fixture
def folder(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "data"))


@pytest.fixture
def site(folder):
    with LabSite(folder) as site:
        site.start(announce=False)
        yield site


# ---- description ---------------------------------------------------------------------------------------------------


def test_the_demo_site_is_readable_and_its_releases_fit_its_profile():
    told = read_description(resource("lab", "demo-site.toml"))
    assert {one.profile for one in told.chargers} == {"lab-citypost", "lab-modem", "lab-mcuboot", "lab-uboot"}
    assert "1.5.0" in {one.version for one in told.releases}
    assert {"fault"} == {one.faults.bad_health for one in told.chargers if one.faults.bad_health}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"schema": 2}, "schema"),
        ({"colour": "red"}, "colour"),
        ({"charger": [{"name": "x"}]}, "charger[0].serial"),
        ({"charger": [{"serial": "1", "name": "x", "charging": "1"}]}, "charger[0].charging"),
        ({"charger": [{"serial": "1", "name": "x"}, {"serial": "1", "name": "y"}]}, "charger.serial"),
        ({"timing": {"boot": "soon"}}, "timing.boot"),
        ({"release": [{"version": True}]}, "release[0].version"),
    ],
)
def test_a_wrong_description_names_the_field(change, field):
    with pytest.raises(UsageError) as caught:
        parse_description({"schema": 1, "id": "x", "name": "X", **change}, "x.toml")
    assert caught.value.params["field"] == field


# ---- a training folder ---------------------------------------------------------------------------------------------


def test_a_training_folder_is_marked_and_knows_the_logins(folder):
    vault = keystore(folder)
    assert isinstance(vault, ThrowAwayKeystore)
    assert (folder / MARK).exists()
    for serial in (ONE, TWO, THREE):
        secret = vault.get(f"secret:{normal_serial(serial)}")
        assert secret is not None
        assert "OPENSSH PRIVATE KEY" in secret


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "work").touch()
    with pytest.raises(UsageError) as caught:
        new_lab(tmp_path, resource("lab", "demo-site.toml"), catalogue, new_ssh_key)
    assert caught.value.text is Text.LAB_FOLDER_TAKEN
    assert [one.name for one in tmp_path.iterdir()] == ["work"]


def test_the_site_file_tells_addresses_and_host_keys_before_and_after_the_start(folder, site):
    told = json.loads(site.site_file.read_text())
    before = json.loads((folder / LAB / "site.json").read_text())
    assert before == told
    assert [one["serial"] for one in told["chargers"]] == [ONE, TWO, THREE]
    assert [one["addresses"] for one in told["chargers"]] == [[f"ssh://{one.address}"] for one in site.chargers]
    assert [one["host_keys"] for one in told["chargers"]] == [[one.fingerprint] for one in site.chargers]


def test_the_site_file_is_one_that_site_import_takes(site):
    from fieldtool.discovery.sitefile import parse_site

    assert [one.serial for one in parse_site(site.site_file).chargers] == [ONE, TWO, THREE]


def test_a_folder_that_is_no_training_folder_is_said_so(tmp_path):
    with pytest.raises(UsageError):
        LabSite(tmp_path)


# ---- a running site ------------------------------------------------------------------------------------------------


def test_a_site_starts_as_described(site):
    one, two, absent = site.chargers
    assert (one.reachable, two.reachable, absent.reachable) == (True, True, False)
    assert (two.device.faults.slow, two.device.state.charging) == (100_000, ("1",))
    assert two.device.state.nameplate.hardware == "B1"
    if sys.platform == "linux":
        assert len({charger.host for charger in site.chargers}) == 3


def test_the_control_door_sets_faults_and_tells_states(folder, site):
    lab = folder / LAB
    told = ask(lab, {"serial": ONE, "name": "session_start", "value": "2"})
    assert told["charging"] == ["2"]
    assert ask(lab, {"serial": TWO, "name": "slow", "value": "0"})["faults"] == {}
    for request in ({"serial": "LAB-none", "name": "state"}, {"serial": ONE, "name": "frob"}):
        with pytest.raises(UsageError):
            ask(lab, request)


def test_the_control_door_stays_closed_without_the_token(folder, site):
    path = folder / LAB / FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), "token": "guessed"}))
    with pytest.raises(UsageError) as caught:
        ask(folder / LAB, {"serial": ONE, "name": "power_cut"})
    assert caught.value.text is Text.LAB_NOT_RUNNING
    assert site.charger(ONE).reachable


def test_nonsense_at_the_control_door_harms_nothing(folder, site):
    with socket.create_connection(("127.0.0.1", site.control_port), DEADLINE) as connection:
        connection.sendall(b"\xff[[[\n")
        assert b"error" in connection.recv(1000)
    assert ask(folder / LAB, {"serial": ONE, "name": "state"})["reachable"] is True


def test_without_a_running_lab_a_fault_says_how_to_start_it(folder):
    with pytest.raises(UsageError) as caught:
        ask(folder / LAB, {"serial": ONE, "name": "state"})
    assert caught.value.text is Text.LAB_NOT_RUNNING


# ---- announcements -------------------------------------------------------------------------------------------------


class Heard(ServiceListener):
    """What a browser on loopback has seen."""

    def __init__(self, zeroconf: Zeroconf) -> None:
        self._zeroconf = zeroconf
        self._news = Condition()
        self.here: dict[str, ServiceInfo] = {}
        self.goodbyes: list[str] = []

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        info = ServiceInfo(type_, name)
        if not info.load_from_cache(zc):
            info.request(zc, 3000)
        with self._news:
            self.here[name] = info
            self._news.notify_all()

    update_service = add_service

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        with self._news:
            self.here.pop(name, None)
            self.goodbyes.append(name)
            self._news.notify_all()

    def wait(self, true) -> None:
        with self._news:
            assert self._news.wait_for(lambda: true(self.here), DEADLINE), self.here


@pytest.fixture
def heard():
    zeroconf = Zeroconf(interfaces=["127.0.0.1"])
    listener = Heard(zeroconf)
    browser = ServiceBrowser(zeroconf, "_ssh._tcp.local.", listener)
    yield listener
    browser.cancel()
    zeroconf.close()


def names(here, serial):
    return [name for name in here if serial in name]


def test_chargers_announce_themselves_and_a_cut_one_says_no_goodbye(folder, heard):
    with LabSite(folder) as site:
        site.start()
        heard.wait(lambda here: names(here, ONE) and names(here, TWO))
        assert not names(heard.here, THREE)
        one = site.charger(ONE)
        info = heard.here[SERVICE]
        assert (info.parsed_addresses(), info.port) == ([one.host], one.port)
        hints = {key.decode(): value.decode() for key, value in info.properties.items() if value}
        assert hints == {"vendor": "Lab", "model": "CityPost 22", "serial": ONE, "fw": "1.0.0"}
        before = one.port
        one.act("new_address")
        one.act("power_cut", "0.1")
        heard.wait(lambda here: here[SERVICE].port != before)
        assert not names(heard.goodbyes, ONE)
        assert heard.here[SERVICE].port == one.port


def test_a_lab_that_is_stopped_says_goodbye(folder, heard):
    with LabSite(folder) as site:
        site.start()
        heard.wait(lambda here: names(here, ONE) and names(here, TWO))
    heard.wait(lambda here: not names(here, ONE) and not names(here, TWO))


# ---- the verb ------------------------------------------------------------------------------------------------------


def parsed(*words):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


def test_lab_new_makes_a_folder_and_says_where_the_site_file_is(tmp_path, folder):
    said = []
    args = parsed("new", str(tmp_path / "n"), "--site", str(folder / LAB / "site.toml"))
    assert command.run(args, catalogue, said.append) == 0
    assert said[0]["site_file"] == str(tmp_path / "n" / "lab" / "site.json")


def test_lab_start_says_when_it_is_ready_and_ends_by_a_signal(folder):
    program = (
        "import argparse, sys; from fieldtool.lab import command; parser = argparse.ArgumentParser(); "
        "command.add_arguments(parser); sys.exit(command.run(parser.parse_args(), None))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, "start", str(folder), "--seconds", "60", "--silent"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        ready = json.loads(process.stdout.readline())
        assert ready["ready"] is True
        assert [one["reachable"] for one in ready["chargers"]] == [True, True, False]
        said = []
        args = parsed("fault", ONE, "alarm", "OverTemperature", "--folder", str(folder))
        assert command.run(args, catalogue, said.append) == 0
        assert said[0]["faults"] == {"alarm": "OverTemperature"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE) == 0
        assert not (folder / LAB / FILE).exists()
    finally:
        process.kill()
        assert process.communicate()[1] == ""


def test_a_hundred_chargers_run_in_one_process(tmp_path, made):
    folder = Path(shutil.copytree(made, tmp_path / "data"))
    many = "".join(f'[[charger]]\nserial = "LAB-1{at:03}"\nname = "Bay {at}"\n' for at in range(100))
    head, _, rest = SITE.partition("[[charger]]")
    releases = rest[rest.index("[[release]]") :]
    (folder / LAB / "site.toml").write_text(head + many + releases)
    with LabSite(folder) as site:
        site.start(announce=False)
        assert sum(charger.reachable for charger in site.chargers) == 100
        greetings = []
        for charger in site.chargers:
            with socket.create_connection((charger.host, charger.port), DEADLINE) as connection:
                greetings.append(connection.recv(8))
        assert greetings == [b"SSH-2.0-"] * 100


def test_a_lab_that_was_killed_goes_on_where_it_was(folder):
    with LabSite(folder) as site:
        site.start(announce=False)
        one = site.charger(ONE)
        one.device.change(lambda state: replace(state, security_epoch=9))
        address, key = one.address, one.fingerprint
    with LabSite(folder) as site:
        site.start(announce=False)
        one = site.charger(ONE)
        assert (one.address, one.fingerprint, one.device.state.security_epoch) == (address, key, 9)


def test_the_guide_tells_every_fault_action_and_point(repository_root):
    guide = (repository_root / "resources" / "docs" / "guide" / "lab.md").read_text()
    known = [field.name for field in fields(Faults)] + list(ACTIONS) + list(INSTALL_POINTS)
    assert [name for name in known if f"`{name}`" not in guide] == []
