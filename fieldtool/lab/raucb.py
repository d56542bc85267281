"""RAUC bundles in plain format, made and read without the rauc tool.

A bundle is a squashfs (manifest.raucm and an image), then a detached CMS signature over it, then the signature's
size as 8 bytes, most significant first (RAUC 1.8, checked against the real program in tests/peers).
"""

import configparser
import hashlib
import io
import json
import random
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from cryptography import x509

from fieldtool.lab.cms import Authority, BadSignature, file_digest, verify_detached
from fieldtool.lab.squashfs import BadImage, Reader, write_squashfs

_TAIL = struct.Struct(">Q")
LAYOUT = "citypost-1"
_HEADER = b"LAB-IMAGE "  # first line of a lab image: what the system inside says of itself


class Refused(Exception):
    """RAUC's own words for why it does not take this file."""


@dataclass(frozen=True, slots=True)
class Image:
    """What the system inside an image is like, once it runs."""

    version: str
    sha256: str = ""
    size: int = 0
    security_epoch: int = 0
    boots: bool = True
    sick: str = ""  # "" or one of lab.faults.SICK: what is wrong while it runs
    layout: str = LAYOUT  # of the settings that it reads: one of lab.software.FACTORY


@dataclass(frozen=True, slots=True)
class Manifest:
    compatible: str
    version: str
    description: str
    build: str
    filename: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle file, and what a catalogue says of it."""

    path: Path
    version: str
    length: int
    sha256: str
    payload_hash: str  # sha256 of the image inside, as RAUC reports it of the slot


def make_image(image: Image, size: int = 200_000) -> bytes:
    """`size` bytes that do not compress and tell a virtual charger how they behave when they run."""
    about = {
        "version": image.version,
        "security_epoch": image.security_epoch,
        "boots": image.boots,
        "sick": image.sick,
    } | ({"layout": image.layout} if image.layout != LAYOUT else {})
    head = _HEADER + json.dumps(about, sort_keys=True).encode() + b"\n"
    return head + random.Random(head).randbytes(max(0, size - len(head)))


def make_bundle(
    path: Path,
    authority: Authority,
    compatible: str,
    image: Image,
    *,
    size: int = 200_000,
    description: str = "",
    build: str = "",
) -> Bundle:
    """Write a signed bundle of `image` to `path`. The same image, size and texts give the same payload."""
    payload = make_image(image, size)
    payload_hash = hashlib.sha256(payload).hexdigest()
    manifest = _manifest(compatible, image.version, description, build, payload_hash, len(payload))
    file = io.BytesIO()
    write_squashfs(file, {"manifest.raucm": manifest.encode(), "rootfs.img": payload})
    body = file.getvalue()
    signature = authority.sign(body)
    whole = body + signature + _TAIL.pack(len(signature))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(whole)
    return Bundle(path, image.version, len(whole), hashlib.sha256(whole).hexdigest(), payload_hash)


def _manifest(compatible: str, version: str, description: str, build: str, sha256: str, size: int) -> str:
    extra = "".join(f"{key}={value}\n" for key, value in (("description", description), ("build", build)) if value)
    return (
        f"[update]\ncompatible={compatible}\nversion={version}\n{extra}\n"
        f"[bundle]\nformat=plain\n\n"
        f"[image.rootfs]\nsha256={sha256}\nsize={size}\nfilename=rootfs.img\n"
    )


class BundleFile:
    """An open bundle. `verify()` first: what stands in an unverified manifest means nothing."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._size = path.stat().st_size

    def __enter__(self) -> "BundleFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def signature_place(self) -> tuple[int, int]:
        """Where the signature begins and how long it is. Refused: the file is cut off or no bundle."""
        if self._size < _TAIL.size:
            raise Refused("Invalid bundle format: Signature size (0) is 0")
        self._file.seek(self._size - _TAIL.size)
        length: int = _TAIL.unpack(self._file.read(_TAIL.size))[0]
        if length == 0:
            raise Refused("Invalid bundle format: Signature size is 0")
        if length > self._size - _TAIL.size:
            raise Refused(f"Invalid bundle format: Signature size ({length}) exceeds bundle size")
        return self._size - _TAIL.size - length, length

    def verify(self, roots: list[x509.Certificate]) -> None:
        """Refused unless a signer of one of `roots` signed the whole file."""
        body, length = self.signature_place()
        self._file.seek(body)
        signature = self._file.read(length)
        try:
            verify_detached(signature, lambda name: file_digest(self._file, body, name), roots)
        except BadSignature as error:
            raise Refused(f"signature verification failed: {error}") from error

    def manifest(self) -> Manifest:
        """Refused when there is none, or it names no image."""
        try:
            return _parse_manifest(self._reader().read("manifest.raucm").decode())
        except (BadImage, configparser.Error, KeyError, ValueError) as error:
            raise Refused(f"Failed to load manifest: {error}") from error

    def image(self, manifest: Manifest) -> Image:
        """What the system inside is like. One that the lab did not make boots and is well."""
        first = next(self._reader().chunks(manifest.filename), b"")
        return image_from(first, manifest.version, manifest.sha256, manifest.size)

    def payload(self, manifest: Manifest) -> Iterator[bytes]:
        """The image, block by block."""
        return self._reader().chunks(manifest.filename)

    def _reader(self) -> Reader:
        return Reader(self._file)


def image_from(first: bytes, version: str, sha256: str, size: int) -> Image:
    """What the image that begins with `first` is like. One that the lab did not make boots and is well."""
    about = _about(first)
    return Image(
        version=str(about.get("version", version)),
        sha256=sha256,
        size=size,
        security_epoch=int(str(about.get("security_epoch", 0))),
        boots=about.get("boots", True) is True,
        sick=str(about.get("sick", "")),
        layout=str(about.get("layout", LAYOUT)),
    )


def _about(first: bytes) -> Mapping[str, object]:
    if not first.startswith(_HEADER):
        return MappingProxyType({})
    about: dict[str, object] = json.loads(first[len(_HEADER) : first.index(b"\n")])
    return about


def _parse_manifest(text: str) -> Manifest:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.read_string(text)
    update = parser["update"]
    image = next(parser[name] for name in parser.sections() if name.startswith("image."))
    return Manifest(
        compatible=update["compatible"],
        version=update.get("version", ""),
        description=update.get("description", ""),
        build=update.get("build", ""),
        filename=image["filename"],
        sha256=image["sha256"],
        size=int(image["size"]),
    )
