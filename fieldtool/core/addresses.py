"""Addresses and fingerprints as people type them and as site files and work orders give them."""

import ipaddress
import re

from fieldtool.core.errors import UsageError
from fieldtool.core.model import Link
from fieldtool.core.texts import Text

PORTS = {"ssh": 22, "serial-tcp": None}  # scheme -> port when none is typed; None: it must be
MAX_LENGTH = 255

_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_ZONE = re.compile(r"[A-Za-z0-9_.-]{1,32}")
# A device file of Linux or macOS, or a port of Windows.
_SERIAL = re.compile(r"/dev/(?!.*\.\.)[A-Za-z0-9._/:+-]{1,200}|COM[0-9]{1,3}")
_BRACKETED = re.compile(r"\[([^\[\]]+)\](?::(.*))?")
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_LAST = frozenset("AEIMQUYcgkosw048")  # 43 digits carry 258 bits: the last two must be zero


def parse_address(text: str) -> Link:
    """An address such as 192.0.2.7, 192.0.2.7:2222, [fe80::1%eth0]:22, charger-7.local or ssh://192.0.2.7.

    A serial port is serial:///dev/ttyUSB0 or serial://COM4; behind a device server, serial-tcp://192.0.2.7:4001.
    A TCP port is always in the result. UsageError(ADDRESS_BAD), also for a link-local address without its interface,
    to which nobody can connect, and for addresses that are no single host.
    """
    trimmed = text.strip()
    scheme, separator, rest = trimmed.partition("://")
    if not separator:
        scheme, rest = "ssh", trimmed
    if scheme == "serial" and _SERIAL.fullmatch(rest):
        return Link(scheme, rest)
    try:
        if scheme not in PORTS or not 0 < len(rest) <= MAX_LENGTH:
            raise ValueError(scheme)
        host, port = _split(rest)
        number = _port(port) if port is not None else PORTS[scheme]
        if number is None:
            raise ValueError(scheme)
        return Link(scheme, join(_host(host), number))
    except ValueError as error:
        raise UsageError(Text.ADDRESS_BAD, address=_shown(text)) from error


def parse_port(text: str) -> Link:
    """The same for a serial port: "/dev/ttyUSB0" and "COM4" need no "serial://". UsageError(ADDRESS_BAD)."""
    return parse_address(text if "://" in text else f"serial://{text}")


def parse_fingerprint(text: str) -> str:
    """A host key's fingerprint as OpenSSH prints it: "SHA256:" and 43 characters of base64.

    Blanks around it and a "=" at its end are forgiven. UsageError(FINGERPRINT_BAD).
    """
    trimmed = text.strip().removesuffix("=")
    if not _FINGERPRINT.fullmatch(trimmed) or trimmed[-1] not in _LAST:
        shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:80])
        raise UsageError(Text.FINGERPRINT_BAD, fingerprint=shown)
    return trimmed


def endpoint(link: Link) -> tuple[str, int]:
    """Host, without brackets, and TCP port of a link. UsageError(ADDRESS_BAD)."""
    try:
        host, port = _split(link.address)
        if port is None:
            raise ValueError(link.address)
        return host, _port(port)
    except ValueError as error:
        raise UsageError(Text.ADDRESS_BAD, address=_shown(str(link))) from error


def join(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _split(text: str) -> tuple[str, str | None]:
    if bracketed := _BRACKETED.fullmatch(text):
        if ":" not in bracketed[1]:
            raise ValueError(text)  # brackets are for IPv6
        return bracketed[1], bracketed[2]
    if text.count(":") > 1:  # IPv6 without brackets has no port
        return text, None
    host, separator, port = text.partition(":")
    return host, port if separator else None


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65_536:
        raise ValueError(text)
    return int(text)


def _host(text: str) -> str:
    bare, _, zone = text.partition("%")
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return _name(text)
    if address.is_multicast or address.is_unspecified or str(address) == "255.255.255.255":
        raise ValueError(text)
    if not isinstance(address, ipaddress.IPv6Address):
        if zone or "%" in text:
            raise ValueError(text)
        return str(address)
    if address.ipv4_mapped is not None:
        return _host(str(address.ipv4_mapped))
    if address.is_link_local != bool(_ZONE.fullmatch(zone)):
        raise ValueError(text)
    return f"{address}%{zone}" if zone else str(address)


def _name(text: str) -> str:
    labels = text.removesuffix(".").split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise ValueError(text)  # only digits at the end: a mistyped IPv4 address
    return ".".join(labels).lower()


def _shown(text: str) -> str:
    shortened = text if len(text) <= 80 else text[:80] + "…"
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in shortened)
