"""A real D-Bus daemon between us and a stand-in for logind: the lock that we take is the one that it hears of."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

import pytest

from fieldtool.app import awake
from fieldtool.app.awake import WHAT, Awake, ask_logind

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="dbus-daemon is not installed"),
]

_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>custom</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default">{rules}</policy></busconfig>"""
_OPEN = '<allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/>'
_MUTE = '<allow send_destination="*"/><allow user="*"/>'

# Does what logind does with Inhibit: keeps the reading end of a pipe, gives the writing end away, and sees it close.
_LOGIND = """
import os, sys
from jeepney import DBusAddress, FileDescriptor, MessageType, new_error, new_method_call, new_method_return
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg
address, answer = sys.argv[1:]
connection = open_dbus_connection(address, enable_fds=True)
bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
unwrap_msg(connection.send_and_get_reply(
    new_method_call(bus, "RequestName", "su", ("org.freedesktop.login1", 0))))
print("ready", flush=True)
while True:
    call = connection.receive()
    if call.header.message_type is not MessageType.method_call:
        continue
    print("asked", *call.body, sep="|", flush=True)
    if answer != "yes":
        connection.send(new_error(call, "org.freedesktop.DBus.Error.AccessDenied", "s", ("Permission denied",)))
        continue
    ours, theirs = os.pipe()
    connection.send(new_method_return(call, "h", (theirs,)))
    os.close(theirs)
    os.read(ours, 1)
    os.close(ours)
    print("released", flush=True)
"""

_HOLDER = """
import sys
from fieldtool.app.awake import ask_logind
hold = ask_logind("updating charger S1", sys.argv[1])
print(hold.kept, flush=True)
sys.stdin.read()
"""


@contextmanager
def _bus(folder: Path, rules: str) -> Iterator[str]:
    socket, file = folder / "bus", folder / "bus.conf"
    file.write_text(_CONFIGURATION.format(socket=socket, rules=rules))
    command = ["dbus-daemon", f"--config-file={file}", "--nofork", "--print-address=1"]
    with subprocess.Popen(command, stdout=PIPE, text=True) as daemon:
        try:
            assert daemon.stdout is not None
            assert daemon.stdout.readline().startswith("unix:path=")
            yield f"unix:path={socket}"
        finally:
            daemon.terminate()


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[str]:
    """Address of a private bus."""
    with _bus(tmp_path, _OPEN) as address:
        yield address


@pytest.fixture
def logind(bus: str) -> Iterator[Callable[[str], Callable[[], str]]]:
    """`heard = logind("yes")` starts the stand-in; `heard()` is the next that it tells."""
    started: list[subprocess.Popen[str]] = []

    def start(answer: str) -> Callable[[], str]:
        process = subprocess.Popen([sys.executable, "-c", _LOGIND, bus, answer], stdout=PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        out = process.stdout
        assert out.readline() == "ready\n"
        return lambda: out.readline().rstrip("\n")

    yield start
    for process in started:
        process.terminate()
        process.communicate()


def test_the_lock_names_who_and_why_and_ends_with_the_last_run(
    bus: str, logind: Callable[[str], Callable[[], str]]
) -> None:
    heard = logind("yes")
    laptop = Awake(lambda reason: ask_logind(reason, bus))
    with laptop.stay("updating charger S1") as first:
        assert heard() == f"asked|{WHAT}|fieldtool|updating charger S1|block"
        with laptop.stay("updating charger S2") as second:
            assert first and second
        assert laptop.can()
    assert heard() == "released"


def test_a_killed_fieldtool_lets_the_laptop_sleep_again(
    bus: str, logind: Callable[[str], Callable[[], str]], repository_root: Path
) -> None:
    heard = logind("yes")
    command = [sys.executable, "-c", _HOLDER, bus]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=repository_root) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        assert heard().startswith("asked|")
        holder.send_signal(signal.SIGKILL)
    assert heard() == "released"


def test_a_program_that_we_start_does_not_keep_the_lock(bus: str, logind: Callable[[str], Callable[[], str]]) -> None:
    heard = logind("yes")
    hold = ask_logind("updating", bus)
    assert heard().startswith("asked|")
    with subprocess.Popen(["cat"], stdin=PIPE, close_fds=False) as child:
        hold.release()
        assert heard() == "released"
        assert child.poll() is None
        child.communicate()


def test_a_policy_that_refuses_is_told_apart_from_a_system_without_logind(
    bus: str, logind: Callable[[str], Callable[[], str]]
) -> None:
    nobody = ask_logind("updating", bus)
    assert nobody.kept is None
    logind("no")
    refused = ask_logind("updating", bus)
    assert refused.kept is False
    assert "Permission denied" in refused.why


def test_our_own_system_bus_is_the_one_the_environment_names(
    bus: str, logind: Callable[[str], Callable[[], str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = logind("yes")
    monkeypatch.setitem(os.environ, "DBUS_SYSTEM_BUS_ADDRESS", bus)
    hold = ask_logind("updating")
    assert hold.kept
    assert heard().startswith("asked|")
    hold.release()
    assert heard() == "released"


def test_a_bus_that_never_answers_holds_no_run_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awake, "SECONDS", 0.2)
    with _bus(tmp_path, _MUTE) as address:
        assert ask_logind("updating", address).kept is False
