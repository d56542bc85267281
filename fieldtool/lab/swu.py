"""SWUpdate files (.swu) made and read without the swupdate tool.

A .swu is a cpio archive (new ASCII format with checksums): sw-description first, then its detached CMS signature, then
the payloads, whose SHA-256 stand in sw-description (SWUpdate 2022.12, checked against the real program in tests/peers).
"""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography import x509

from fieldtool.lab.cms import Authority, BadSignature, verify_detached
from fieldtool.lab.raucb import Bundle, Image, image_from, make_image

MAIN_DEVICE, MODEM_DEVICE = "/dev/update", "/dev/modem"
SWU_HARDWARE = "B2"  # revision that the lab's profiles give to SWUpdate, whatever the charger's label says
_HEAD, _TRAILER = 110, "TRAILER!!!"  # bytes of an entry's header; name of the last entry
_MAGIC = b"070702"
_ENTRY = re.compile(r"\{(?P<fields>[^{}]*filename[^{}]*)\}")
_FIELD = re.compile(r'(\w[\w-]*)\s*=\s*"([^"]*)"')
_HARDWARE = re.compile(r"hardware-compatibility\s*[:=]\s*\[(?P<list>[^\]]*)\]")


class Refused(Exception):
    """SWUpdate's own words, a line each, for why it does not take this file. It may give no reason."""

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Payload:
    filename: str
    device: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Description:
    """What sw-description says."""

    version: str
    hardware: tuple[str, ...]
    payloads: tuple[Payload, ...]


def make_swu(
    path: Path,
    authority: Authority,
    hardware: str,
    image: Image,
    *,
    size: int = 200_000,
    device: str = MAIN_DEVICE,
) -> Bundle:
    """Write a signed .swu of `image` to `path`. The same image and size give the same payload."""
    payload = make_image(image, size)
    payload_hash = hashlib.sha256(payload).hexdigest()
    name = "modem.img" if device == MODEM_DEVICE else "rootfs.img"
    description = _description(image.version, hardware, name, device, payload_hash).encode()
    whole = make_cpio({"sw-description": description, "sw-description.sig": authority.sign(description), name: payload})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(whole)
    return Bundle(path, image.version, len(whole), hashlib.sha256(whole).hexdigest(), payload_hash)


def _description(version: str, hardware: str, name: str, device: str, sha256: str) -> str:
    image = f'filename = "{name}"; type = "raw"; device = "{device}"; sha256 = "{sha256}"; installed-directly = true;'
    return (
        f'software =\n{{\n\tversion = "{version}";\n\thardware-compatibility: [ "{hardware}" ];\n'
        f"\timages: (\n\t\t{{ {image} }}\n\t);\n}}\n"
    )


def make_cpio(files: dict[str, bytes]) -> bytes:
    """A cpio archive as `cpio -o -H crc` makes it."""
    out = io.BytesIO()
    for number, (name, content) in enumerate([*files.items(), (_TRAILER, b"")], 1):
        plain = name.encode() + b"\0"
        mode, inode = (0o100644, number) if name != _TRAILER else (0, 0)
        numbers = (inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(plain), sum(content) & 0xFFFFFFFF)
        out.write(_MAGIC + b"".join(b"%08X" % number for number in numbers) + plain)
        out.write(bytes(-out.tell() % 4) + content)
        out.write(bytes(-out.tell() % 4))
    out.write(bytes(-out.tell() % 512))
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    start: int
    size: int
    check: int


@dataclass(frozen=True, slots=True)
class Content:
    """A payload that is in the file, not checked yet."""

    payload: Payload
    start: int
    size: int


class SwuFile:
    """An open .swu, read from front to back as SWUpdate does. What comes later is not looked at before."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")

    def __enter__(self) -> "SwuFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def description(self, roots: list[x509.Certificate]) -> Description:
        """Refused unless a signer of one of `roots` signed sw-description, which comes first."""
        first = self._entry(0, "sw-description")
        text = self._content(first)
        second = self._entry(_after(first), "sw-description.sig")
        signature = self._content(second)
        try:
            verify_detached(signature, lambda name: hashlib.new(name, text).digest(), roots)
        except BadSignature as error:
            raise Refused("Authentication of all signatures failed", "Compatible SW not found") from error
        self._next = _after(second)
        return parse_description(text.decode(errors="replace"))

    def contents(self, description: Description) -> Iterator[Content]:
        """The payloads that the description names, as they come. What it does not name is passed over."""
        known = {payload.filename: payload for payload in description.payloads}
        at = self._next
        while (entry := self._entry(at)).name != _TRAILER:
            if entry.name in known:
                yield Content(known[entry.name], entry.start, entry.size)
            at = _after(entry)

    def check(self, content: Content) -> None:
        """Refused unless the payload is what was promised. SWUpdate finds out while it writes."""
        digest, left = hashlib.sha256(), content.size
        self._file.seek(content.start)
        while left and (block := self._file.read(min(left, 1 << 20))):
            digest.update(block)
            left -= len(block)
        payload = content.payload
        if digest.hexdigest() != payload.sha256:
            words = f"HASH mismatch : {payload.sha256} <--> {digest.hexdigest()}"
            raise Refused(words, f"Error streaming {payload.filename}")

    def image(self, content: Content, version: str) -> Image:
        """What the system inside is like, once it was checked. One that the lab did not make boots and is well."""
        self._file.seek(content.start)
        first = self._file.read(min(content.size, 4096))
        return image_from(first, version, content.payload.sha256, content.size)

    def _entry(self, at: int, expected: str = "") -> _Entry:
        self._file.seek(at)
        head = self._file.read(_HEAD)
        if head[: len(_MAGIC)] != _MAGIC or len(head) < _HEAD:
            raise Refused("CPIO Format not recognized: magic not found", "CPIO Header corrupted, cannot be parsed")
        try:
            numbers = [int(head[place : place + 8], 16) for place in range(6, _HEAD, 8)]
        except ValueError as error:
            raise Refused("CPIO Header corrupted, cannot be parsed") from error
        name = self._file.read(min(numbers[11], 256)).rstrip(b"\0").decode(errors="replace")
        if expected and name != expected:
            raise Refused  # the real one gives no reason either, unless it is asked to be verbose
        start = at + _HEAD + numbers[11]
        return _Entry(name, start + -start % 4, numbers[6], numbers[12])

    def _content(self, entry: _Entry) -> bytes:
        self._file.seek(entry.start)
        content = self._file.read(min(entry.size, 1 << 20))
        if (found := sum(content)) != entry.check:
            raise Refused(f"Checksum WRONG ! Computed 0x{found:x}, it should be 0x{entry.check:x}")
        return content


def _after(entry: _Entry) -> int:
    end = entry.start + entry.size
    return end + -end % 4


def parse_description(text: str) -> Description:
    """As much of libconfig's format as the lab needs. Refused when nothing in it can be installed."""
    entries = [dict(_FIELD.findall(match["fields"])) for match in _ENTRY.finditer(text)]
    payloads = tuple(Payload(one["filename"], one.get("device", ""), one.get("sha256", "")) for one in entries)
    hardware = _HARDWARE.search(text)
    version = re.search(r'\bversion\s*=\s*"([^"]*)"', text)
    if not payloads or version is None:
        raise Refused("Found nothing to install", "Compatible SW not found")
    return Description(version[1], tuple(re.findall(r'"([^"]*)"', hardware["list"])) if hardware else (), payloads)
