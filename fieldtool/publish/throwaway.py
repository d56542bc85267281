"""Whole repositories in one call, with keys that exist only in memory: for the demo, training and tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from securesystemslib.signer import CryptoSigner, Signer

from fieldtool.core.clock import Clock, iso
from fieldtool.core.rights import Denylist, Grant, WorkOrder
from fieldtool.firmware.directions import order_json
from fieldtool.publish.director import DirectorRepository
from fieldtool.publish.folder import WorkingFolder
from fieldtool.publish.layout import LIFETIMES, Holders, Layout, Lifetimes
from fieldtool.publish.repository import ImageRepository


@dataclass(frozen=True, slots=True)
class Image:
    """A file to publish. `version`, `payload_hash`, `models`, `hardware` decide who gets it; `fields` adds or
    overrides custom fields of design/trust.md."""

    file: Path
    version: str
    payload_hash: str
    models: tuple[str, ...]
    hardware: tuple[str, ...]
    component: str = "main"
    format: str = "raucb"
    fields: Mapping[str, object] = field(default_factory=dict)

    def custom(self, vendor: str, published: str) -> dict[str, object]:
        made: dict[str, object] = {
            "schema": 1,
            "vendor": vendor,
            "models": list(self.models),
            "hw_rev": list(self.hardware),
            "component": self.component,
            "version": self.version,
            "version_format": "semver",
            "min_from": "",
            "requires": {},
            "security_epoch": 0,
            "market": [],
            "format": self.format,
            "published": published,
            "payload_hash": self.payload_hash,
        }
        return {**made, **self.fields}


@dataclass(frozen=True, slots=True)
class Signers:
    """Keys of all parts: root 2 of 3, targets 2 of 2, one for each of the others.

    `vendor`: whoever the targets delegate to; in a director repository the sites.
    """

    root: tuple[Signer, ...]
    targets: tuple[Signer, ...]
    vendor: tuple[Signer, ...]
    snapshot: tuple[Signer, ...]
    timestamp: tuple[Signer, ...]

    @classmethod
    def generate(cls) -> "Signers":
        return cls(_new(3), _new(2), _new(1), _new(1), _new(1))

    def layout(self, *delegated: str) -> Layout:
        """`delegated`: names of vendors, or ids of sites."""
        return Layout(
            root=_holders(self.root, 2),
            targets=_holders(self.targets, 2),
            snapshot=_holders(self.snapshot, 1),
            timestamp=_holders(self.timestamp, 1),
            delegated={name: _holders(self.vendor, 1) for name in delegated},
        )


def make_repository(
    folder: Path,
    vendor: str,
    images: Sequence[Image],
    clock: Clock,
    signers: Signers | None = None,
    lifetimes: Lifetimes = LIFETIMES,
    native_keys: Mapping[str, bytes] | None = None,
) -> str:
    """Make, sign and release an image repository in `folder`. Returns the fingerprint of its root.

    `folder/mirror` is what `Catalogue.sync` takes, `folder/root.json` what `accept_root` takes. `native_keys`: name ->
    trust anchors of this vendor. Without `signers` the keys are forgotten when the call returns, and nothing can ever
    be added. Nothing secret is written.
    """
    signers = signers or Signers.generate()
    repository = ImageRepository.create(folder / "repository", signers.layout(vendor), clock, lifetimes)
    for image in images:
        repository.add(image.file, image.custom(vendor, iso(clock.now())))
    for name, content in (native_keys or {}).items():
        repository.add_anchors(vendor, name, content)
    return _released(repository, signers, folder)


def make_director(
    folder: Path,
    clock: Clock,
    orders: Sequence[WorkOrder] = (),
    grants: Sequence[Grant] = (),
    denylist: Denylist | None = None,
    native_keys: Mapping[str, bytes] | None = None,
    signers: Signers | None = None,
    lifetimes: Lifetimes = LIFETIMES,
) -> str:
    """Make, sign and release a director repository in `folder`, with keys of its own. Returns its root's fingerprint.

    One part for each site that `orders` name. `native_keys`: "<vendor role>/<name>" -> trust anchors, the same bytes as
    in the image repository. Everything else as in `make_repository`.
    """
    signers = signers or Signers.generate()
    sites = dict.fromkeys(order.site for order in orders)
    repository = DirectorRepository.create(folder / "repository", signers.layout(*sites), clock, lifetimes)
    for order in orders:
        repository.add_order(order_json(order))
    for grant in grants:
        repository.add_grant(grant)
    repository.set_denylist(denylist or Denylist())
    for path, content in (native_keys or {}).items():
        vendor_role, _, name = path.partition("/")
        repository.add_native_key(vendor_role, name, content)
    return _released(repository, signers, folder)


def sign_and_release(repository: WorkingFolder, signers: Signers, mirror: Path) -> None:
    """Sign whatever lacks signatures with the keys at hand, and publish it."""
    for role in repository.roles:
        for signer in {"root": signers.root, "targets": signers.targets}.get(role, signers.vendor):
            if repository.missing(role):
                repository.sign(role, signer)
    repository.release(mirror, (*signers.snapshot, *signers.timestamp))


def _released(repository: WorkingFolder, signers: Signers, folder: Path) -> str:
    sign_and_release(repository, signers, folder / "mirror")
    (folder / "root.json").write_bytes(repository.root_file.read_bytes())
    return repository.fingerprint


def _new(count: int) -> tuple[Signer, ...]:
    return tuple(CryptoSigner.generate_ed25519() for _ in range(count))


def _holders(signers: Sequence[Signer], threshold: int) -> Holders:
    return Holders(tuple(signer.public_key for signer in signers), threshold)
