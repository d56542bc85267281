"""Why a serial port cannot be used, and what to do. Opens nothing: that would move DTR, which restarts many boards."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fieldtool.core.errors import ExitCode, Param, Trouble
from fieldtool.core.texts import Text
from fieldtool.discovery.usb_names import Kind, UsbName, usb_names

PROC, USB = Path("/proc"), Path("/sys/bus/usb/devices")
_INTERFACE_OF_OTHERS = frozenset({"usbfs"})  # claimed by a program, not by a driver of the kernel
_SERIAL_CLASSES = frozenset({"02", "0a", "ff"})  # communication, its data, and vendor-specific


@dataclass(frozen=True, slots=True)
class Me:
    """Who runs fieldtool, as far as a port's rights are concerned."""

    name: str
    may_after_login: frozenset[int]  # groups by the group file: they count from the next login on
    groups: frozenset[int]  # of this session


@dataclass(frozen=True, slots=True)
class Homeless:
    """A USB device that is plugged in and known to us, and has not become a port."""

    known: UsbName
    location: str  # "1-2.3"
    problem: Trouble


def trouble_with(address: str, me: Me | None = None, proc: Path = PROC) -> Trouble | None:
    """What keeps us from using the port now, as far as can be told without opening it. None: nothing that we see.

    On Windows nothing can be told before it is opened.
    """
    if sys.platform == "win32":
        return None
    path = Path(address)
    try:
        status = path.stat()
    except OSError:
        return _trouble(Text.PORT_MISSING, port=address)
    if not os.access(path, os.R_OK | os.W_OK):
        return _denied(address, status, me or whoami())
    if names := holders(path, proc):
        return _trouble(Text.PORT_IN_USE, port=address, holder=", ".join(names))
    return None


def holders(path: Path, proc: Path = PROC) -> tuple[str, ...]:
    """Programs that have the port open, as "minicom (process 4711)". Linux only, and only those we may look at."""
    real, own, found = os.path.realpath(path), str(os.getpid()), set[str]()
    for process in _listed(proc):
        if not process.name.isdigit() or process.name == own:
            continue
        if any(_leads_to(descriptor, real) for descriptor in _listed(process / "fd")):
            found.add(f"{_read(process / 'comm') or 'a program'} (process {process.name})")
    return tuple(sorted(found))


def homeless(usb: Path = USB) -> tuple[Homeless, ...]:
    """Known USB devices without a port: no driver, held by a program, or waiting in their boot mode. Linux only."""
    return tuple(one for device in sorted(_listed(usb)) if (one := _homeless(device)) is not None)


def whoami() -> Me:
    if sys.platform == "win32":
        return Me("", frozenset(), frozenset())
    import grp
    import pwd

    try:
        account = pwd.getpwuid(os.getuid())
    except KeyError:  # a number without an entry, as in containers
        return Me(str(os.getuid()), frozenset(), frozenset(os.getgroups()))
    listed = {group.gr_gid for group in grp.getgrall() if account.pw_name in group.gr_mem}
    return Me(account.pw_name, frozenset({account.pw_gid, *listed}), frozenset({os.getgid(), *os.getgroups()}))


def _denied(address: str, status: os.stat_result, me: Me) -> Trouble:
    """The group is the way in only when it may read and write, and is not root's own."""
    if status.st_gid == 0 or status.st_mode & 0o060 != 0o060:
        return _trouble(Text.PORT_OWNED, port=address, user=me.name)
    group = _group(status.st_gid)
    if status.st_gid in me.may_after_login and status.st_gid not in me.groups:
        return _trouble(Text.PORT_NEW_LOGIN, port=address, user=me.name, group=group)
    return _trouble(Text.PORT_PERMISSION, port=address, user=me.name, group=group)


def _group(number: int) -> str:
    if sys.platform != "win32":
        import grp

        with suppress(KeyError):
            return grp.getgrgid(number).gr_name
    return str(number)


def _homeless(device: Path) -> Homeless | None:
    known = usb_names().get(f"{_read(device / 'idVendor')}:{_read(device / 'idProduct')}")
    if known is None or _has_port(device):
        return None
    return Homeless(known, device.name, _why(device, known))


def _why(device: Path, known: UsbName) -> Trouble:
    if known.kind is Kind.BOOT:
        return _trouble(Text.PORT_BOOT_MODE, name=known.name)
    drivers = {_driver(interface) for interface in _interfaces(device)}
    if drivers & _INTERFACE_OF_OTHERS:
        return _trouble(Text.PORT_GRABBED, name=known.name)
    return _trouble(Text.PORT_NO_DRIVER, name=known.name, module=known.module)


def _interfaces(device: Path) -> Iterator[Path]:
    for inside in _listed(device):
        if inside.name.startswith(f"{device.name}:") and _read(inside / "bInterfaceClass") in _SERIAL_CLASSES:
            yield inside


def _driver(interface: Path) -> str:
    """Who has claimed this interface; "" when nobody has."""
    return Path(os.path.realpath(interface / "driver")).name if (interface / "driver").exists() else ""


def _has_port(device: Path) -> bool:
    return any(
        (inside / "tty").is_dir() or any(child.name.startswith("tty") for child in _listed(inside))
        for inside in _listed(device)
        if inside.name.startswith(f"{device.name}:")
    )


def _listed(folder: Path) -> Iterable[Path]:
    """Nothing where there is nothing, or where we may not look."""
    try:
        return list(folder.iterdir())
    except OSError:
        return ()


def _leads_to(descriptor: Path, real: str) -> bool:
    try:
        return str(descriptor.readlink()) == real
    except OSError:  # closed meanwhile, or somebody else's
        return False


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _trouble(text: Text, **params: Param) -> Trouble:
    return Trouble(text, tuple(sorted(params.items())), exit_code=ExitCode.USAGE)
