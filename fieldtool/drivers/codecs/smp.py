"""SMP requests and responses: the header, CBOR maps, and the few commands of the groups os, image, statistics,
settings and shell.

Written from MCUmgr's public description. tests/peers/test_smpclient.py lets the package `smpclient` talk to the same
devices; its message definitions cannot be a dependency: they need a package that is published as source only.
Sans-I/O, and strict: what a device says in another shape is DEVICE_ANSWER_STRANGE; unknown fields are left alone.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import cbor2

from fieldtool.core.errors import DeviceError
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs.rauc import plain

_T = TypeVar("_T")
_HEADER = struct.Struct("!BBHHBB")  # operation and version, flags, length, group, sequence, command
_READ, _WRITE, _VERSION_2 = 0, 2, 1 << 3
OS, IMAGE, STATISTICS, SETTINGS, SHELL = 0, 1, 2, 3, 9
_RESET_INTO_BOOTLOADER = 1

# Codes that mean the same in every group (MGMT_ERR) and those of the image group (IMG_MGMT_ERR) that we act upon.
ENOTSUP = 8
HASH_NOT_FOUND, NO_FREE_SLOT = 8, 9
INVALID_HEADER, INVALID_MAGIC, ALREADY_PENDING, TOO_LARGE, TEST_TO_ACTIVE = 22, 23, 28, 30, 33
NO_COMMAND = -8  # what Zephyr's shell returns for a command that it does not know (ENOEXEC)


@dataclass(frozen=True, slots=True)
class Request:
    group: int
    command: int
    body: Mapping[str, object]
    write: bool = False
    repeatable: bool = True  # asking again does no harm

    def packet(self, sequence: int) -> bytes:
        body = cbor2.dumps(self.body)
        operation = (_WRITE if self.write else _READ) | _VERSION_2
        return _HEADER.pack(operation, 0, len(body), self.group, sequence & 0xFF, self.command) + body


@dataclass(frozen=True, slots=True)
class Refusal:
    """The device answered, and said no. `group` is None where the code is one of those that all groups share."""

    group: int | None
    code: int
    reason: str = ""

    @property
    def words(self) -> str:
        where = "" if self.group is None else f"group {self.group}, "
        return f"{where}code {self.code}{': ' + self.reason if self.reason else ''}"


@dataclass(frozen=True, slots=True)
class Response:
    group: int
    command: int
    sequence: int
    body: Mapping[str, object]
    refusal: Refusal | None = None

    def field(self, name: str, kind: type[_T]) -> _T:
        """DeviceError when it is missing or of another type."""
        value = self.body.get(name)
        if type(value) is not kind:  # exact: True is no number here
            raise strange(f"{name} is no {kind.__name__}")
        return value

    def optional(self, name: str, kind: type[_T]) -> _T | None:
        return None if self.body.get(name) is None else self.field(name, kind)


def strange(detail: str) -> DeviceError:
    return DeviceError(Text.DEVICE_ANSWER_STRANGE, detail=f"SMP: {detail}")


# ---- requests --------------------------------------------------------------------------------------------------------


def parameters() -> Request:
    return Request(OS, 6, {})


def echo(words: str) -> Request:
    return Request(OS, 0, {"d": words}, write=True)


def reset() -> Request:
    """Never repeated: a second restart would end a trial."""
    return Request(OS, 5, {}, write=True, repeatable=False)


def reset_into_bootloader() -> Request:
    return Request(OS, 5, {"boot_mode": _RESET_INTO_BOOTLOADER}, write=True, repeatable=False)


def images() -> Request:
    return Request(IMAGE, 0, {})


def test(payload_hash: bytes) -> Request:
    """Start the image with this hash next, on trial."""
    return Request(IMAGE, 0, {"hash": payload_hash, "confirm": False}, write=True)


def confirm() -> Request:
    """Keep the image that runs. Never with a hash: that would keep one that has not been started yet."""
    return Request(IMAGE, 0, {"confirm": True}, write=True)


def erase() -> Request:
    """The slot beside the running image."""
    return Request(IMAGE, 5, {}, write=True)


def upload(offset: int, data: bytes, length: int, sha256: bytes) -> Request:
    """A chunk. The first one says what comes, so that a device that has part of it can say where to go on."""
    begin: dict[str, object] = {"image": 0, "len": length, "sha": sha256} if offset == 0 else {}
    return Request(IMAGE, 1, {**begin, "off": offset, "data": data}, write=True)


def chunk(content: bytes, offset: int, most: int, sha256: bytes) -> Request:
    """The largest chunk from `offset` on whose packet has at most `most` bytes. ValueError when none fits."""
    length = len(content)
    room = most - len(upload(offset, b"", length, sha256).packet(0))
    room -= 0 if room < 24 else 1 if room < 257 else 2  # the length of a longer byte string takes more bytes itself
    if room <= 0:
        raise ValueError(f"packets of {most} bytes are too small")
    return upload(offset, content[offset : offset + room], length, sha256)


def shell(words: list[str]) -> Request:
    return Request(SHELL, 0, {"argv": words}, write=True)


def setting(name: str) -> Request:
    return Request(SETTINGS, 0, {"name": name})


def info(wanted: str) -> Request:
    return Request(OS, 7, {"format": wanted})


def statistics(name: str) -> Request:
    """The counters of one group."""
    return Request(STATISTICS, 0, {"name": name})


# ---- responses -------------------------------------------------------------------------------------------------------


def parse(packet: bytes) -> Response | None:
    """A response. None when it is something else, such as a request of somebody on the same line."""
    if len(packet) < _HEADER.size:
        return None
    operation, _, length, group, sequence, command = _HEADER.unpack_from(packet)
    if operation & 0b111 not in (_READ + 1, _WRITE + 1) or length != len(packet) - _HEADER.size:
        return None
    body = _map(packet[_HEADER.size :])
    return Response(group, command, sequence, body, _refusal(body))


def _map(data: bytes) -> Mapping[str, object]:
    try:
        body = cbor2.loads(data)
    except Exception as error:  # noqa: BLE001  # a stranger's bytes: the library raises more than it documents
        raise strange(f"no CBOR ({type(error).__name__})") from error
    if not isinstance(body, dict) or not all(isinstance(key, str) for key in body):
        raise strange("no map of names")
    return body


def _refusal(body: Mapping[str, object]) -> Refusal | None:
    """Version 2 says {"err": {"group", "rc"}}, version 1 {"rc"}; 0 is success."""
    error = body.get("err")
    if isinstance(error, dict):
        group, code = error.get("group"), error.get("rc")
        if type(group) is not int or type(code) is not int:
            raise strange("an error without group and code")
        return Refusal(group, code) if code else None
    code = body.get("rc")
    if code is None or code == 0:
        return None
    if type(code) is not int:
        raise strange("a code that is no number")
    reason = body.get("rsn")
    return Refusal(None, code, plain(reason) if isinstance(reason, str) else "")


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the server's buffers hold: packet and its frame in `size` bytes, `count` of them at a time."""

    size: int
    count: int


def parse_parameters(response: Response) -> Parameters:
    size, count = response.field("buf_size", int), response.field("buf_count", int)
    if not 64 <= size <= 0xFFFF or not 1 <= count <= 0xFFFF:
        raise strange(f"buffers of {size} bytes, {count} of them")
    return Parameters(size, count)


@dataclass(frozen=True, slots=True)
class Image:
    """One slot as the device lists it. `hash` is the one in the image's own list of facts, computed by its maker."""

    slot: int
    version: str  # "1.2.3", with a build number "1.2.3+4"
    hash: str = ""  # hex; "" where the device does not tell
    active: bool = False
    confirmed: bool = False
    pending: bool = False
    permanent: bool = False
    bootable: bool = False


def parse_images(response: Response) -> tuple[Image, ...]:
    """The slots of the first image, by number."""
    listed = response.field("images", list)
    found = [_image(one) for one in listed if isinstance(one, dict) and one.get("image", 0) == 0]
    if len({one.slot for one in found}) != len(found) or len(listed) > 64:
        raise strange("a slot is listed twice")
    return tuple(sorted(found, key=lambda one: one.slot))


def _image(entry: Mapping[str, object]) -> Image:
    slot, version, digest = entry.get("slot"), entry.get("version"), entry.get("hash", b"")
    if type(slot) is not int or not isinstance(version, str) or not isinstance(digest, bytes) or len(digest) > 64:
        raise strange("an image without slot and version")
    flags = {name: entry.get(name, False) for name in ("active", "confirmed", "pending", "permanent", "bootable")}
    if not all(type(flag) is bool for flag in flags.values()):
        raise strange("an image with a flag that is neither yes nor no")
    return Image(slot, _version(version), digest.hex(), **{name: bool(flag) for name, flag in flags.items()})


def _version(told: str) -> str:
    """MCUboot tools write a build number as 1.2.3+4, devices as 1.2.3.4."""
    parts = plain(told).split(".")
    return f"{'.'.join(parts[:3])}+{parts[3]}" if len(parts) == 4 else ".".join(parts)


@dataclass(frozen=True, slots=True)
class Uploaded:
    offset: int  # bytes that have arrived: where to go on
    matches: bool | None  # at the end, where the device compares the hash of the file


def parse_uploaded(response: Response, length: int) -> Uploaded:
    offset = response.field("off", int)
    if not 0 <= offset <= length:
        raise strange(f"{offset} of {length} bytes have arrived")
    return Uploaded(offset, response.optional("match", bool))


def parse_shell(response: Response) -> tuple[int, str]:
    """(what the command returned, what it printed)"""
    return response.field("ret", int), response.field("o", str)


def parse_setting(response: Response) -> str:
    value = response.field("val", bytes)
    return value.rstrip(b"\0").decode("utf-8", "replace")


def parse_info(response: Response) -> str:
    return response.field("output", str)


def parse_echo(response: Response) -> str:
    return response.field("r", str)


def parse_statistics(response: Response) -> Mapping[str, int]:
    """Counter -> value."""
    counters = response.field("fields", dict)
    if not all(isinstance(name, str) and type(value) is int for name, value in counters.items()):
        raise strange("counters that are no numbers")
    return counters
