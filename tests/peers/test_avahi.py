"""Chargers announced by a real avahi-daemon, in a network of their own: two namespaces and a cable between them."""

import json
import queue
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.peers.cable import MISSING, Space, cable

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("avahi-daemon") is None, reason="avahi-daemon is not installed"),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {MISSING}"),
]

CONFIGURATION = """
[server]
host-name=labcharger
domain-name=local
use-ipv4=yes
use-ipv6=yes
allow-interfaces=v0
enable-dbus=no
disallow-other-stacks=no
ratelimit-interval-usec=1000000
ratelimit-burst=1000
[publish]
publish-hinfo=no
publish-workstation=no
[rlimits]
"""
SERVICE = """<?xml version="1.0" standalone='no'?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>{name}</name>
<service><type>_ssh._tcp</type>{host}<port>22</port><txt-record>serial=SN{number:06d}</txt-record></service>
</service-group>
"""
LISTENER = """
import socket
listener = socket.create_server(("::", 22), family=socket.AF_INET6, dualstack_ipv6=True, backlog=128)
print("ready", flush=True)
while True:
    listener.accept()[0].close()
"""


class Network:
    """Chargers on one side, the laptop on the other."""

    def __init__(self, chargers: Space, laptop: Space, folder: Path) -> None:
        self._chargers, self._laptop, self._folder = chargers, laptop, folder

    def open(self, count: int) -> None:
        self._chargers.ip("addr", "add", "10.99.0.1/24", "dev", "v0")
        self._chargers.ip("link", "set", "v0", "up")
        for number in range(1, count + 1):
            self._chargers.ip("addr", "add", f"10.99.0.{100 + number}/32", "dev", "lo")
        self.listener = self._chargers.start(sys.executable, "-c", LISTENER, stdout=subprocess.PIPE)
        assert self.listener.stdout is not None
        assert self.listener.stdout.readline() == "ready\n"
        host = "<host-name>charger-{number}.local</host-name>"
        services = {
            f"charger{number}": SERVICE.format(name=f"Charger {number}", host=host.format(number=number), number=number)
            for number in range(1, count + 1)
        }
        services["both"] = SERVICE.format(name="Both", host="", number=0)  # the daemon's own addresses, IPv4 and IPv6
        hosts = "".join(f"10.99.0.{100 + number} charger-{number}.local\n" for number in range(1, count + 1))
        self.avahi = self._chargers.avahi(self._folder, CONFIGURATION, services, hosts)

    def plug_in(self) -> None:
        """The laptop's end of the cable."""
        self._laptop.ip("addr", "add", "10.99.0.2/24", "dev", "v0")
        self._laptop.ip("link", "set", "v0", "up")

    def unplug(self) -> None:
        self._laptop.ip("addr", "flush", "dev", "v0")
        self._laptop.ip("link", "set", "v0", "down")

    def forget_ipv6(self) -> None:
        """A laptop on which IPv6 is switched off, as many offices do."""
        for which in ("all", "default"):
            self._laptop.run("sysctl", "-qw", f"net.ipv6.conf.{which}.disable_ipv6=1")

    def settled(self, services: int) -> None:
        """Until avahi has probed and announced them all, so that what follows measures us and not it."""
        log = self._folder / "avahi.log"
        deadline = time.monotonic() + 20
        while log.read_text().count("successfully established") < services:
            assert time.monotonic() < deadline, log.read_text()
            threading.Event().wait(0.05)

    def power_off(self, number: int) -> None:
        self._chargers.ip("addr", "del", f"10.99.0.{100 + number}/32", "dev", "lo")

    def watch(self) -> "Watcher":
        pipe = subprocess.PIPE
        command = (sys.executable, "-m", "tests.discovery.watcher")
        return Watcher(self._laptop.start(*command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL))


class Watcher:
    """Reads what tests/discovery/watcher.py prints in the laptop's namespace."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def until(self, true, seconds: float) -> dict:
        deadline = time.monotonic() + seconds
        newest = "nothing"
        while (left := deadline - time.monotonic()) > 0:
            try:
                newest = self._lines.get(timeout=left)
            except queue.Empty:
                break
            if true(state := json.loads(newest)):
                return state
        raise AssertionError(f"it did not come true in {seconds} s; newest: {newest}")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)


@pytest.fixture
def network(tmp_path):
    with cable() as (chargers, laptop):
        yield Network(chargers, laptop, tmp_path)


def named(state: dict, presence: str | None = None) -> set[str]:
    return {entry["name"] for entry in state["entries"] if presence in (None, entry["presence"])}


def entry(state: dict, name: str) -> dict:
    return next((entry for entry in state["entries"] if entry["name"] == name), {"presence": "", "links": []})


def test_twenty_chargers_are_found_fast_and_are_gone_when_their_network_dies_without_a_goodbye(network):
    network.open(20)
    network.plug_in()
    network.settled(21)
    watcher = network.watch()
    first = watcher.until(lambda state: state["entries"], 10)
    everybody = watcher.until(lambda state: len(named(state)) == 21, 10)
    print(f"first after {first['after']} s, all 21 after {everybody['after']} s")
    assert first["after"] < 5.0  # the goal is 1 s
    assert entry(everybody, "Charger 7")["links"] == ["ssh://10.99.0.107:22"]
    assert entry(everybody, "Charger 7")["hints"] == {"serial": "SN000007"}
    watcher.until(lambda state: len(named(state, "problem")) == 21, 10)  # they answer, and no site file names them
    network.avahi.kill()
    network.listener.kill()
    gone = watcher.until(lambda state: len(named(state, "gone")) == 21, 20)
    assert len(named(gone)) == 21  # still listed


def test_one_charger_that_loses_power_is_gone_and_the_others_stay(network):
    network.open(3)
    network.plug_in()
    watcher = network.watch()
    watcher.until(lambda state: len(named(state, "problem")) == 4, 15)
    network.power_off(2)
    state = watcher.until(lambda state: named(state, "gone") == {"Charger 2"}, 20)
    assert named(state, "problem") == {"Charger 1", "Charger 3", "Both"}


def test_a_charger_with_ipv4_and_ipv6_is_one_entry_and_its_link_local_address_has_its_card(network):
    network.open(0)
    network.plug_in()
    watcher = network.watch()

    def both(state: dict) -> bool:
        links = entry(state, "Both")["links"]
        return "ssh://10.99.0.1:22" in links and any(link.startswith("ssh://[fe80::") for link in links)

    state = watcher.until(both, 20)
    assert len(state["entries"]) == 1
    link_local = next(link for link in entry(state, "Both")["links"] if "fe80" in link)
    assert "%" in link_local
    watcher.until(lambda state: named(state, "problem") == {"Both"}, 10)
    network.listener.kill()
    watcher.until(lambda state: named(state, "gone") == {"Both"}, 20)


def test_a_laptop_without_ipv6_finds_them_as_well(network):
    network.open(2)
    network.forget_ipv6()
    network.plug_in()
    watcher = network.watch()
    state = watcher.until(lambda state: len(named(state, "problem")) == 3 and not state["problem"], 15)
    assert entry(state, "Both")["links"] == ["ssh://10.99.0.1:22"]


def test_a_cable_plugged_in_later_is_noticed_and_so_is_one_that_is_pulled(network):
    network.open(2)
    watcher = network.watch()
    watcher.until(lambda state: state["problem"] == "NO_NETWORK" and not state["entries"], 10)
    network.plug_in()
    watcher.until(lambda state: len(named(state, "problem")) == 3 and not state["problem"], 20)
    network.unplug()
    watcher.until(lambda state: state["problem"] == "NO_NETWORK", 20)
    network.plug_in()
    watcher.until(lambda state: len(named(state, "problem")) == 3 and not state["problem"], 20)
