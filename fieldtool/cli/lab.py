"""`lab`: virtual chargers. What the lab cannot know itself is handed to it here: how a catalogue is made, and how an
operator directs the laptop of a training folder."""

import argparse
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fieldtool.core.clock import SystemClock
from fieldtool.core.model import Release, Site, SiteCharger, same_serial
from fieldtool.core.rights import ANY, Action, Grant, OrderedCharger, OrderedImage, Scope, WorkOrder
from fieldtool.lab import command
from fieldtool.lab.cms import Authority
from fieldtool.lab.dead_charger import FORMAT as FIT
from fieldtool.lab.description import Description, LabCharger
from fieldtool.lab.mcuboot_faults import KIND as MCUBOOT
from fieldtool.lab.mcuboot_image import maker_pem
from fieldtool.lab.uboot_image import fit_pem

if TYPE_CHECKING:
    from fieldtool.publish.throwaway import Image, Signers

ORDER = "training"  # id of the one work order of a training folder
LASTS = timedelta(days=30)  # of that order and of the grants: a little more than the catalogue lasts offline
SECOND = "second person"  # who may approve with the PIN that `lab new` tells
_PIN_DIGITS = 10

add_arguments = command.add_arguments


def run(args: argparse.Namespace) -> int:
    return command.run(args, make_catalogue, direct=direct)


def make_catalogue(
    folder: Path,
    files: Sequence[tuple[Path, Release]],
    authority: Authority,
    signers: "Signers | None" = None,
) -> None:
    """Publish the lab's releases, trust their root in `folder`, and sync.

    Without `signers` the keys are forgotten at once, and nothing can ever be added.
    """
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
    fingerprint = make_repository(folder / "repository", vendor, images, clock, signers, native_keys=keys)
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


def direct(folder: Path, signers: "Signers | None" = None) -> Mapping[str, object]:
    """Make a director for a training folder, trust its root there, and sync. No key of the catalogue is in it.

    One work order for the whole site, one grant for the folder's own laptop, and one for a second person who approves
    with a PIN; returns the order's id, and that person and PIN. `signers` as in `make_catalogue`.
    """
    from fieldtool.app.app import App
    from fieldtool.discovery.sitefile import parse_site
    from fieldtool.lab.site import LAB, SITE_FILE, told_of
    from fieldtool.publish.throwaway import make_director

    told, authority = told_of(folder)
    app = App(folder)
    try:
        app.audit_key()  # made here: the grant names it
        now, pin = app.clock.now(), "".join(secrets.choice("0123456789") for _ in range(_PIN_DIGITS))
        releases = app.catalogue.releases()
        order = order_of(told, parse_site(folder / LAB / SITE_FILE), releases, now)
        keys = {
            f"{_role(release.vendor)}/{release.format}": _anchors(release.format, authority) for release in releases
        }
        grants = grants_of(told.id, app.audit.key_id() or "", app.actor.name, pin, now)
        made = folder / "director"
        fingerprint = make_director(made, app.clock, [order], grants, native_keys=keys, signers=signers)
        app.trust_add(made / "root.json", fingerprint, director=True)
        app.set_setting("director", str((made / "mirror").resolve()))
        app.catalogue.sync(app.settings_store.get("repository"), app.settings_store.get("director"))
    finally:
        app.close()
    return {"order": order.id, "second_person": SECOND, "pin": pin}


def order_of(told: Description, site: Site, releases: Sequence[Release], now: datetime) -> WorkOrder:
    """Every charger of a site with its keys, and all that it may run: the way back and stepping stones, too."""
    left_out = {(one.component, one.version, one.format) for one in told.releases if not one.ordered}
    usable = [one for one in releases if (one.component, one.version, one.format) not in left_out]
    chargers = tuple(
        _ordered(one, expected, usable)
        for one in told.chargers
        for expected in site.chargers
        if same_serial(expected.serial, one.nameplate.serial)
    )
    return WorkOrder(ORDER, told.id, told.name, now, now + LASTS, chargers)


def _ordered(one: LabCharger, expected: SiteCharger, releases: Sequence[Release]) -> OrderedCharger:
    from fieldtool.lab.device import MODEM_HARDWARE

    plate = one.nameplate
    takes = {"main": plate.hardware, **({"modem": MODEM_HARDWARE} if plate.modem else {})}
    images = tuple(
        OrderedImage(release.target, release.length, release.sha256, (takes[release.component],))
        for release in releases
        if takes.get(release.component) in release.hardware and plate.model in release.models
    )
    return OrderedCharger(
        plate.serial, one.name, plate.model, plate.hardware, one.profile, expected.links, expected.pins,
        plate.security_epoch, images,
    )  # fmt: skip


def grants_of(site: str, key_id: str, actor: str, pin: str, now: datetime) -> tuple[Grant, Grant]:
    """For whoever has the laptop: everything but to approve. For a second person: to approve, by PIN."""
    from fieldtool.publish.director import pin_proof

    here = Scope(frozenset({site}), frozenset({ANY}), frozenset({ANY}))
    all_but_approve = frozenset(Action) - {Action.APPROVE}
    first = Grant("technician", key_id, actor, all_but_approve, here, now, now + LASTS)
    approve = frozenset({Action.APPROVE})
    return first, Grant("second-person", "", SECOND, approve, here, now, now + LASTS, pin=pin_proof(pin))


def _role(vendor: str) -> str:
    from fieldtool.firmware.custom import vendor_role

    return vendor_role(vendor)


def _anchors(format: str, authority: Authority) -> bytes:
    """Whom the laptop shall believe about the lab's own files: the lab's throw-away authority."""
    keys = {MCUBOOT: maker_pem, FIT: fit_pem}.get(format)
    said = {
        "schema": 1,
        "format": format,
        "certificates": [] if keys else [authority.pem.decode()],
        "signers": [],
        "purposes": [] if keys else _purposes(authority),
        "keys": [keys(authority)] if keys else [],
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
