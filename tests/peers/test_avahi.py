"""Chargers announced by a real avahi-daemon, in a network of their own: two namespaces and a cable between them."""

import json
import os
import queue
import secrets
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOT_ONLY = "cannot: network namespaces need root"

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("avahi-daemon") is None, reason="avahi-daemon is not installed"),
    pytest.mark.skipif(shutil.which("ip") is None or shutil.which("unshare") is None, reason="iproute2 is missing"),
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
    """Chargers on one side, the laptop on the other. What it starts and makes, `close` ends and removes."""

    def __init__(self, folder: Path) -> None:
        name = secrets.token_hex(3)
        self.chargers, self.laptop = f"ft{name}s", f"ft{name}c"
        self._folder = folder
        self._processes: list[subprocess.Popen[str]] = []
        self._spaces: list[str] = []

    def open(self, count: int) -> None:
        for space in (self.chargers, self.laptop):
            _run("ip", "netns", "add", space)
            self._spaces.append(space)
            _run("ip", "-n", space, "link", "set", "lo", "up")
        _run(
            "ip",
            "link",
            "add",
            "v0",
            "netns",
            self.chargers,
            "type",
            "veth",
            "peer",
            "name",
            "v0",
            "netns",
            self.laptop,
        )
        _run("ip", "-n", self.chargers, "addr", "add", "10.99.0.1/24", "dev", "v0")
        _run("ip", "-n", self.chargers, "link", "set", "v0", "up")
        for number in range(1, count + 1):
            _run("ip", "-n", self.chargers, "addr", "add", f"10.99.0.{100 + number}/32", "dev", "lo")
        self.listener = self._start(self.chargers, sys.executable, "-c", LISTENER)
        assert self.listener.stdout is not None
        assert self.listener.stdout.readline() == "ready\n"
        self.avahi = self._avahi(count)

    def plug_in(self) -> None:
        """The laptop's end of the cable."""
        _run("ip", "-n", self.laptop, "addr", "add", "10.99.0.2/24", "dev", "v0")
        _run("ip", "-n", self.laptop, "link", "set", "v0", "up")

    def forget_ipv6(self) -> None:
        """A laptop on which IPv6 is switched off, as many offices do."""
        for which in ("all", "default"):
            _run("ip", "netns", "exec", self.laptop, "sysctl", "-qw", f"net.ipv6.conf.{which}.disable_ipv6=1")

    def settled(self, services: int) -> None:
        """Until avahi has probed and announced them all, so that what follows measures us and not it."""
        log = self._folder / f"log{self._processes.index(self.avahi)}"
        deadline = time.monotonic() + 20
        while log.read_text().count("successfully established") < services:
            assert time.monotonic() < deadline, log.read_text()
            threading.Event().wait(0.05)

    def unplug(self) -> None:
        _run("ip", "-n", self.laptop, "addr", "flush", "dev", "v0")
        _run("ip", "-n", self.laptop, "link", "set", "v0", "down")

    def power_off(self, number: int) -> None:
        _run("ip", "-n", self.chargers, "addr", "del", f"10.99.0.{100 + number}/32", "dev", "lo")

    def watch(self) -> "Watcher":
        watcher = self._start(self.laptop, sys.executable, "-m", "tests.discovery.watcher", stdin=subprocess.PIPE)
        return Watcher(watcher)

    def close(self) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
        for space in self._spaces:
            subprocess.run(["ip", "netns", "del", space], check=False)

    def _avahi(self, count: int) -> subprocess.Popen[str]:
        etc, run = self._folder / "etc", self._folder / "run"
        (etc / "services").mkdir(parents=True)
        run.mkdir()
        (etc / "avahi-daemon.conf").write_text(CONFIGURATION)
        hosts = [f"10.99.0.{100 + number} charger-{number}.local" for number in range(1, count + 1)]
        (etc / "hosts").write_text("\n".join(hosts) + "\n")
        for number in range(1, count + 1):
            host = f"<host-name>charger-{number}.local</host-name>"
            service = SERVICE.format(name=f"Charger {number}", host=host, number=number)
            (etc / "services" / f"charger{number}.service").write_text(service)
        both = SERVICE.format(name="Both", host="", number=0)  # at the daemon's own addresses, IPv4 and IPv6
        (etc / "services" / "both.service").write_text(both)
        # /etc/avahi and /run/avahi-daemon are compiled in: the daemon sees ours through a mount namespace of its own.
        Path("/run/avahi-daemon").mkdir(exist_ok=True)
        Path("/etc/avahi").mkdir(exist_ok=True)
        script = (
            'mount --bind "$0" /etc/avahi && mount --bind "$1" /run/avahi-daemon && '
            "exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f /etc/avahi/avahi-daemon.conf"
        )
        inside = ("unshare", "-m", "--propagation", "private", "sh", "-c", script, str(etc), str(run))
        return self._start(self.chargers, *inside)

    def _start(self, space: str, *command: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        with (self._folder / f"log{len(self._processes)}").open("w") as log:
            process = subprocess.Popen(
                ["ip", "netns", "exec", space, *command],  # execs: the process is the program itself
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
            )
        self._processes.append(process)
        return process


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


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 and "Operation not permitted" in done.stderr:
        pytest.skip(f"cannot: {' '.join(command)}: {done.stderr.strip()}")
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


@pytest.fixture
def network(tmp_path):
    if os.geteuid() != 0:
        pytest.skip(ROOT_ONLY)
    network = Network(tmp_path)
    yield network
    network.close()


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
