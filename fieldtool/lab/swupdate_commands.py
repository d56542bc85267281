"""The command lines by which SWUpdate is driven over SSH: `swupdate`, and what lets it go on without a listener.

`sh -c` knows two scripts and no others; `tests/peers/test_swupdate.py` runs the same lines on a real Debian.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from getopt import GetoptError
from types import MappingProxyType

from fieldtool.lab.state import activated, marked
from fieldtool.lab.swupdate import Order, parse_order
from fieldtool.lab.system import Command, Complaint, Streams, System

DETACH = """base=$1; shift
rm -f "$base.status"
setsid sh -c 'base=$1; shift; "$@"; echo $? >"$base.status"; sync; kill -9 0' sh "$base" "$@" \\
  >"$base.log" 2>&1 </dev/null &"""
"""Runs "$@" in a session of its own, under the lock that it inherits, whatever becomes of the connection."""
LOCKED = """test ! -e "$1" || flock -n "$1" true"""
"""Status 1: somebody holds the lock."""


def _swupdate(system: System, arguments: list[str], streams: Streams) -> int:
    return system.swupdate.run(_order(arguments), streams.out, streams.err)


def _order(arguments: list[str]) -> Order:
    try:
        return parse_order(arguments)
    except GetoptError as error:
        raise Complaint(f"swupdate: {error}") from error


def _flock(system: System, arguments: list[str], streams: Streams) -> int:
    """`flock -n FILE true`, and `flock -n FILE sh -c DETACH NAME BASE COMMAND...`."""
    if arguments[:1] != ["-n"] or len(arguments) < 3:
        raise Complaint("flock: this charger's flock knows -n FILE COMMAND")
    lock, command = arguments[1], arguments[2:]
    if not system.device.disk.is_folder(lock.rpartition("/")[0]):
        streams.err(f"flock: cannot open lock file {lock}: No such file or directory\n")
        return 66
    system.device.disk.write(lock, b"", append=True)
    if not system.swupdate.lock(lock):
        return 1
    if command == ["true"]:
        system.swupdate.unlock(lock)
        return 0
    if command[:3] != ["sh", "-c", DETACH] or command[5:6] != ["swupdate"]:
        system.swupdate.unlock(lock)
        raise Complaint("sh: 1: this charger's shell does not know that script")
    base, order = command[4], command[6:]
    with suppress(FileNotFoundError):
        system.device.disk.remove(f"{base}.status")
    system.swupdate.detach(lock, base, lambda say: _quietly(system, order, say))
    return 0


def _quietly(system: System, order: list[str], say: Callable[[str], None]) -> int:
    try:
        return system.swupdate.run(_order(order), say, say)
    except Complaint as complaint:
        say(f"{complaint}\n")
        return 1


def _sh(system: System, arguments: list[str], streams: Streams) -> int:
    if arguments[:2] != ["-c", LOCKED] or len(arguments) != 4:
        raise Complaint("sh: 1: this charger's shell does not know that script")
    return 1 if system.swupdate.is_locked(arguments[3]) else 0


def _pidof(system: System, arguments: list[str], streams: Streams) -> int:
    found = system.swupdate.processes if arguments == ["swupdate"] else []
    if found:
        streams.out(" ".join(map(str, found)) + "\n")
    return 0 if found else 1


def _tail(system: System, arguments: list[str], streams: Streams) -> int:
    if len(arguments) != 3 or arguments[0] != "-n" or not arguments[1].isdecimal():
        raise Complaint("tail: this charger's tail knows -n COUNT FILE")
    path = arguments[2]
    if not system.device.disk.exists(path):
        raise Complaint(f"tail: cannot open '{path}' for reading: No such file or directory")
    lines = system.device.disk.real(path).read_text(errors="replace").splitlines(keepends=True)
    streams.out("".join(lines[-int(arguments[1]) :]))
    return 0


def _charger_slot(system: System, arguments: list[str], streams: Streams) -> int:
    """What a vendor's own tool does on a charger with two slots and SWUpdate."""
    device, state = system.device, system.device.state
    if arguments == ["confirm"]:
        device.mark(state.current, good=True)
    elif arguments == ["back"] and state.primary != state.current:
        if state.booted.good:  # the new one was not started yet; otherwise an earlier call has done it
            device.change(lambda state: activated(state, state.current))
    elif arguments == ["back"] and state.target.starts:
        device.change(lambda state: activated(marked(state, state.current, False), state.target.bootname))
    elif arguments == ["back"]:
        raise Complaint("charger-slot: the other slot holds nothing that starts")
    else:
        raise Complaint("usage: charger-slot confirm|back")
    return 0


SWUPDATE_COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "charger-slot": _charger_slot,
        "flock": _flock,
        "pidof": _pidof,
        "sh": _sh,
        "swupdate": _swupdate,
        "tail": _tail,
    }
)
