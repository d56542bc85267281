"""`lab`: virtual chargers. What the lab cannot know itself is handed to it here: how a catalogue is made."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fieldtool.core.clock import SystemClock
from fieldtool.core.model import Release
from fieldtool.lab import command
from fieldtool.lab.cms import Authority

if TYPE_CHECKING:
    from fieldtool.publish.throwaway import Image

add_arguments = command.add_arguments


def run(args: argparse.Namespace) -> int:
    return command.run(args, make_catalogue)


def make_catalogue(folder: Path, files: Sequence[tuple[Path, Release]], authority: Authority) -> None:
    """Publish the lab's releases with keys that are forgotten at once, trust their root in `folder`, and sync."""
    from fieldtool.firmware.repository import Catalogue
    from fieldtool.firmware.roots import accept_root
    from fieldtool.publish.throwaway import make_repository
    from fieldtool.settings import Settings
    from fieldtool.store.database import Store
    from fieldtool.trusted_time import TrustedTime

    clock = SystemClock()
    images = [_image(file, release) for file, release in files]
    vendor = files[0][1].vendor
    keys = {format: _anchors(format, authority) for format in {release.format for _, release in files}}
    fingerprint = make_repository(folder / "repository", vendor, images, clock, native_keys=keys)
    accept_root(folder, folder / "repository" / "root.json", fingerprint, clock.now())
    store = Store.open(folder)
    try:
        mirror = folder / "repository" / "mirror"
        settings = Settings(store)
        settings.set("repository", str(mirror.resolve()))
        settings.set("network", "loopback")
        Catalogue(folder, store, TrustedTime(store, clock), clock).sync(str(mirror))
    finally:
        store.close()


def _anchors(format: str, authority: Authority) -> bytes:
    """Whom the laptop shall believe about the lab's own files: the lab's throw-away authority."""
    said = {
        "schema": 1,
        "format": format,
        "certificates": [authority.pem.decode()],
        "signers": [],
        "purposes": _purposes(authority),
        "keys": [],
    }
    return json.dumps(said).encode()


def _purposes(authority: Authority) -> list[str]:
    """What its signer's certificate is for, in the words of an anchor file."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID as Oid

    try:
        told = authority.signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ["unrestricted"]
    known = {"emailProtection": Oid.EMAIL_PROTECTION, "codeSigning": Oid.CODE_SIGNING}
    return [name for name, oid in known.items() if oid in told]


def _image(file: Path, release: Release) -> "Image":
    from fieldtool.publish.throwaway import Image

    fields: dict[str, object] = {
        "min_from": release.min_from,
        "security_epoch": release.security_epoch,
        "notes": release.notes,
        "advisories": list(release.advisories),
        "release_type": release.release_type,
        "native_key": release.format,
    }
    if release.duration is not None:
        fields["duration"] = list(release.duration)
    return Image(
        file, release.version, release.payload_hash, release.models, release.hardware, release.component,
        release.format, {name: value for name, value in fields.items() if value or name in ("security_epoch",)},
    )  # fmt: skip
