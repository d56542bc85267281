"""The command lines of a virtual charger's charging software.

`charger-status QUESTION`, `charger-settings layout|read|write FILE`, `charger-service out|back`.
"""

import os
import stat
from collections.abc import Callable, Mapping
from types import MappingProxyType

from fieldtool.lab.device import Device
from fieldtool.lab.software import FACTORY
from fieldtool.lab.system import Command, Complaint, Streams, System


def _pairs(told: Mapping[str, object]) -> list[str]:
    return [f"{name} {value}" for name, value in told.items()]


_TOLD: Mapping[str, Callable[[Device], list[str]]] = {
    "connectors": lambda device: _pairs(device.software.connectors()),
    "faults": lambda device: device.software.alarms(),
    "sessions": lambda device: [f"connector {name} is charging" for name in device.state.charging],
    "uptime": lambda device: [f"{device.software.uptime():.2f}"],
    "resets": lambda device: [str(device.software.resets())],
    "meter": lambda device: _pairs(device.software.meter()),
    "meter-checksum": lambda device: [device.software.checksum],
    "certificates": lambda device: _pairs(device.software.certificates()),
    "backend": lambda device: ["connected" if device.software.connected() else "connecting"],
    "disk-free": lambda device: [str(device.disk.free)],
    "update": lambda device: [device.faults.ota_pending] if device.faults.ota_pending else [],
    "reservation": lambda device: [device.faults.reserved] if device.faults.reserved else [],
}
_WORKS: Mapping[str, Callable[[Device], bool]] = {
    "command": lambda device: device.software.responds(),
    "dns": lambda device: not device.faults.no_dns,
    "ntp": lambda device: not device.faults.no_ntp,
}


def _status(system: System, arguments: list[str], streams: Streams) -> int:
    device, asked = system.device, arguments[0] if len(arguments) == 1 else ""
    if asked not in _TOLD and asked not in _WORKS:
        raise Complaint(f"usage: charger-status {'|'.join((*_TOLD, *_WORKS))}")
    if asked == device.faults.mute:
        raise Complaint("charger-status: the charging software does not answer")
    if asked in _WORKS:
        return 0 if _WORKS[asked](device) else 1
    streams.out("".join(f"{line}\n" for line in _TOLD[asked](device)))
    return 0


def _service(system: System, arguments: list[str], streams: Streams) -> int:
    if arguments not in (["out"], ["back"]):
        raise Complaint("usage: charger-service out|back")
    system.device.software.serve(arguments == ["back"])
    return 0


def _settings(system: System, arguments: list[str], streams: Streams) -> int:
    software = system.device.software
    if system.device.faults.mute == "settings":
        raise Complaint("charger-settings: the charging software does not answer")
    if arguments == ["layout"]:
        streams.out(f"{software.layout}\n")
    elif arguments == ["read"]:
        streams.out("".join(f"{name}={value}\n" for name, value in software.settings().items()))
    elif len(arguments) == 2 and arguments[0] == "write":
        _write(system.device, arguments[1])
    else:
        raise Complaint("usage: charger-settings layout|read|write FILE")
    return 0


def _write(device: Device, path: str) -> None:
    """Takes no file that others could read, and no setting that its layout does not know."""
    real = device.disk.real(path)
    if os.name == "posix" and stat.S_IMODE(real.stat().st_mode) & 0o077:
        raise Complaint(f"charger-settings: {path} may be read by others")
    given = dict(line.split("=", 1) for line in real.read_text(encoding="utf-8").splitlines())
    known = {**FACTORY.get(device.software.layout, {}), **device.software.settings()}
    if unknown := next((name for name in given if name not in known), None):
        # As real ones do: it quotes the line, whatever is in it.
        raise Complaint(f"charger-settings: no setting {unknown}={given[unknown]}")
    device.software.write(given)


SOFTWARE_COMMANDS: Mapping[str, Command] = MappingProxyType(
    {"charger-status": _status, "charger-service": _service, "charger-settings": _settings}
)
