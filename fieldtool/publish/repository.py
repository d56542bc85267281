"""The publisher's working folder of an image repository, and the static mirror that is made from it.

    metadata/root.json targets.json <vendor>.json snapshot.json timestamp.json    working copies
    metadata/1.root.json ...                                                      every root ever signed
    images/<sha256>                                                               image files

A change makes the next version of one part, unsigned. Signatures are added key by key, wherever each key is, until the
part's threshold is met; then `release` makes snapshot and timestamp and writes the mirror.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from securesystemslib.signer import Key, Signer
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Signed,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from fieldtool.core.clock import Clock
from fieldtool.core.errors import FirmwareError, UsageError
from fieldtool.core.texts import Text
from fieldtool.firmware import custom
from fieldtool.firmware.files import flush_folder, replace_file
from fieldtool.firmware.verification import GRACE_FIELD, MOST_GRACE_DAYS

OFFLINE = ("root", "targets")
ONLINE = ("snapshot", "timestamp")


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Days until a part expires after it was made, and how long snapshot and timestamp may be overdue offline."""

    root: int = 365
    targets: int = 120
    snapshot: int = 30
    timestamp: int = 7
    grace: int = 21

    def of(self, role: str) -> timedelta:
        days = {"root": self.root, "snapshot": self.snapshot, "timestamp": self.timestamp}
        return timedelta(days=days.get(role, self.targets))


LIFETIMES = Lifetimes()


@dataclass(frozen=True, slots=True)
class Holders:
    """Whose keys may sign a part, and how many of them must."""

    keys: tuple[Key, ...]
    threshold: int = 1


@dataclass(frozen=True, slots=True)
class Layout:
    """Who signs what. `vendors`: name of a vendor -> its keys; each gets the folder of its own name, and no other."""

    root: Holders
    targets: Holders
    snapshot: Holders
    timestamp: Holders
    vendors: Mapping[str, Holders] = field(default_factory=dict)


class ImageRepository:
    """One working folder. Not for two processes at once: a publisher works in it by hand."""

    def __init__(self, folder: Path, clock: Clock, lifetimes: Lifetimes = LIFETIMES) -> None:
        """An existing one. UsageError(PUBLISH_NO_REPOSITORY)."""
        self.folder = folder
        self._metadata = folder / "metadata"
        self._clock = clock
        self._lifetimes = lifetimes
        if not (self._metadata / "root.json").exists():
            raise UsageError(Text.PUBLISH_NO_REPOSITORY, folder=str(folder))

    @classmethod
    def create(cls, folder: Path, layout: Layout, clock: Clock, lifetimes: Lifetimes = LIFETIMES) -> "ImageRepository":
        """A new one, nothing signed yet. UsageError: PUBLISH_EXISTS, PUBLISH_LAYOUT_BAD."""
        if (folder / "metadata").exists():
            raise UsageError(Text.PUBLISH_EXISTS, folder=str(folder))
        _checked(layout, lifetimes)
        (folder / "metadata").mkdir(parents=True)
        (folder / "images").mkdir()
        now = clock.now()
        parts: dict[str, Signed] = {"root": _root(layout, lifetimes, now)}
        parts["targets"] = Targets(expires=now + lifetimes.of("targets"), delegations=_delegations(layout.vendors))
        for vendor in layout.vendors:
            role = custom.vendor_role(vendor)
            parts[role] = Targets(expires=now + lifetimes.of(role))
        for role in reversed(parts):  # root.json last: a folder without it is no repository
            replace_file(folder / "metadata" / f"{role}.json", _bytes(Metadata(parts[role])))
        return cls(folder, clock, lifetimes)

    @property
    def roles(self) -> tuple[str, ...]:
        """The parts that people sign: root, targets, and one per vendor."""
        delegations = self._targets("targets").signed.delegations
        return (*OFFLINE, *(delegations.roles or {} if delegations else {}))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the current root.json, as a technician types it."""
        return hashlib.sha256(self.root_file.read_bytes()).hexdigest()

    @property
    def first_fingerprint(self) -> str:
        """SHA-256 of the first root: laptops that trust it follow every later one by themselves."""
        first = self._metadata / "1.root.json"
        return hashlib.sha256(first.read_bytes()).hexdigest() if first.exists() else self.fingerprint

    @property
    def root_file(self) -> Path:
        return self._metadata / "root.json"

    def add(self, file: Path, fields: Mapping[str, object], name: str = "") -> str:
        """Put an image into its vendor's part; that part then waits for signatures. Returns the target's path.

        `fields`: the custom fields of design/trust.md, `vendor` included, checked as every client will check them.
        FirmwareError(RELEASE_BAD); UsageError: PUBLISH_VENDOR_UNKNOWN, PUBLISH_TARGET_EXISTS, PUBLISH_FILE_BAD.
        """
        vendor = str(fields.get("vendor", ""))
        role = custom.vendor_role(vendor)
        if role in OFFLINE or role not in self.roles:
            known = ", ".join(self.roles[len(OFFLINE) :])
            raise UsageError(Text.PUBLISH_VENDOR_UNKNOWN, vendor=vendor, known=known or "none")
        target = f"{role}/{name or file.name}"
        length, sha256 = _hashed(file)
        custom.release(target, length, sha256, dict(fields), role)
        metadata = self._next(role)
        known_file = metadata.signed.targets.get(target)
        if known_file is not None and known_file.hashes["sha256"] != sha256:
            raise UsageError(Text.PUBLISH_TARGET_EXISTS, target=target)
        self._keep(file, sha256)
        metadata.signed.targets[target] = TargetFile(length, {"sha256": sha256}, target, {"custom": dict(fields)})
        self._save(role, metadata)
        return target

    def withdraw(self, target: str) -> None:
        """Take an image out of its vendor's part; after the next release nobody may install it any more."""
        role = target.partition("/")[0]
        metadata = self._next(role)
        if metadata.signed.targets.pop(target, None) is None:
            raise FirmwareError(Text.IMAGE_NOT_LISTED, target=target)
        self._save(role, metadata)

    def renew(self, role: str) -> None:
        """Make the next version of a part with a new expiry date and otherwise the same content, unsigned."""
        self._save(role, self._root_next() if role == "root" else self._next(role))

    def replace_keys(self, role: str, holders: Holders) -> None:
        """Let other keys sign a top-level part from now on: the next version of root, to be signed by the old keys and
        the new ones (TUF root rotation)."""
        metadata = self._root_next()
        root = metadata.signed
        for keyid in tuple(root.roles[role].keyids):
            root.revoke_key(keyid, role)
        for key in holders.keys:
            root.add_key(key, role)
        root.roles[role].threshold = holders.threshold
        self._save("root", metadata)

    def sign(self, role: str, signer: Signer) -> int:
        """Add one signature. Returns how many are still missing.

        UsageError: PUBLISH_ROLE_UNKNOWN, PUBLISH_KEY_FOREIGN.
        """
        metadata = self._read(role)
        if signer.public_key.keyid not in self._signing_keys(role):
            raise UsageError(Text.PUBLISH_KEY_FOREIGN, role=role)
        metadata.sign(signer, append=True)
        self._save(role, metadata)
        if role == "root" and not self.missing("root"):
            shutil.copyfile(self.root_file, self._metadata / f"{metadata.signed.version}.root.json")
        return self.missing(role)

    def missing(self, role: str) -> int:
        """How many signatures a part lacks."""
        metadata = self._read(role)
        root = self._root().signed
        payload, signatures = metadata.signed_bytes, metadata.signatures
        if role == "root":
            results = [delegator.get_verification_result("root", payload, signatures) for delegator in self._line(root)]
        elif role == "targets":
            results = [root.get_verification_result(role, payload, signatures)]
        else:
            results = [self._targets("targets").signed.get_verification_result(role, payload, signatures)]
        return max(max(0, result.threshold - len(result.signed)) for result in results)

    def release(self, mirror: Path, signers: Iterable[Signer]) -> None:
        """Make the next snapshot and timestamp and bring everything to the static mirror in `mirror`.

        The timestamp is replaced last and in one step: a client sees the old state or the new. UsageError
        (PUBLISH_UNSIGNED, PUBLISH_EXPIRED) names the first part that is not ready; nothing is published then. A vendor
        whose part has expired stops nobody else.
        """
        for role in self.roles:
            if missing := self.missing(role):
                raise UsageError(Text.PUBLISH_UNSIGNED, role=role, missing=missing)
            until = self._read(role).signed.expires
            if role in OFFLINE and until <= self._clock.now():
                raise UsageError(Text.PUBLISH_EXPIRED, role=role, until=f"{until:%Y-%m-%d}")
        signers = tuple(signers)
        signed = [role for role in self.roles if role != "root"]
        snapshot = self._made("snapshot", Snapshot)
        snapshot.signed.meta = {f"{role}.json": self._described(role) for role in signed}
        self._sign_online("snapshot", snapshot, signers)
        timestamp = self._made("timestamp", Timestamp)
        timestamp.signed.snapshot_meta = self._described("snapshot")
        self._sign_online("timestamp", timestamp, signers)
        self._publish(mirror, [*signed, "snapshot"])

    # -- inside

    def _read(self, role: str) -> Metadata[Any]:
        path = self._metadata / f"{role}.json"
        if role not in (*OFFLINE, *ONLINE) and role not in self.roles:
            raise UsageError(Text.PUBLISH_ROLE_UNKNOWN, role=role, known=", ".join(self.roles))
        try:
            return Metadata.from_bytes(path.read_bytes())
        except (OSError, RepositoryError) as error:
            raise UsageError(Text.FILE_UNREADABLE, file=str(path), detail=type(error).__name__) from error

    def _root(self) -> Metadata[Root]:
        return self._read("root")

    def _targets(self, role: str) -> Metadata[Targets]:
        return self._read(role)

    def _line(self, root: Root) -> list[Root]:
        """Whose keys must sign this root: its own, and those of the root before."""
        before = self._metadata / f"{root.version - 1}.root.json"
        return [root, Metadata[Root].from_bytes(before.read_bytes()).signed] if before.exists() else [root]

    def _signing_keys(self, role: str) -> set[str]:
        if role == "root":
            return {keyid for root in self._line(self._root().signed) for keyid in root.roles["root"].keyids}
        if role == "targets":
            return set(self._root().signed.roles[role].keyids)
        return set(self._targets("targets").signed.get_delegated_role(role).keyids)

    def _next(self, role: str) -> Metadata[Targets]:
        """The version of a part that is being worked on: a new one when the last was released."""
        metadata = self._targets(role)
        if metadata.signed.version == self._released(role):
            metadata.signed.version += 1
        metadata.signed.expires = self._clock.now() + self._lifetimes.of(role)
        metadata.signatures.clear()
        return metadata

    def _root_next(self) -> Metadata[Root]:
        metadata = self._root()
        if (self._metadata / f"{metadata.signed.version}.root.json").exists():
            metadata.signed.version += 1
        metadata.signed.expires = self._clock.now() + self._lifetimes.of("root")
        metadata.signatures.clear()
        return metadata

    def _released(self, role: str) -> int:
        if not (self._metadata / "snapshot.json").exists():
            return 0
        snapshot: Snapshot = self._read("snapshot").signed
        described = snapshot.meta.get(f"{role}.json")
        return described.version if described else 0

    def _made(self, role: str, kind: type[Snapshot] | type[Timestamp]) -> Metadata[Any]:
        expires = self._clock.now() + self._lifetimes.of(role)
        if not (self._metadata / f"{role}.json").exists():
            return Metadata(kind(expires=expires))
        metadata = self._read(role)
        metadata.signed.version += 1
        metadata.signed.expires = expires
        metadata.signatures.clear()
        return metadata

    def _sign_online(self, role: str, metadata: Metadata[Any], signers: Sequence[Signer]) -> None:
        holders = self._root().signed.roles[role]
        fitting = {signer.public_key.keyid: signer for signer in signers if signer.public_key.keyid in holders.keyids}
        if len(fitting) < holders.threshold:
            raise UsageError(Text.PUBLISH_UNSIGNED, role=role, missing=holders.threshold - len(fitting))
        for signer in fitting.values():
            metadata.sign(signer, append=True)
        self._save(role, metadata)

    def _described(self, role: str) -> MetaFile:
        content = (self._metadata / f"{role}.json").read_bytes()
        version: int = Metadata.from_bytes(content).signed.version
        return MetaFile(version, len(content), {"sha256": hashlib.sha256(content).hexdigest()})

    def _save(self, role: str, metadata: Metadata[Any]) -> None:
        metadata.signatures = dict(sorted(metadata.signatures.items()))  # the same bytes in whatever order they signed
        replace_file(self._metadata / f"{role}.json", _bytes(metadata))

    def _keep(self, file: Path, sha256: str) -> None:
        kept = self.folder / "images" / sha256
        if not kept.exists():
            _copy(file, kept)

    def _publish(self, mirror: Path, roles: Sequence[str]) -> None:
        (mirror / "metadata").mkdir(parents=True, exist_ok=True)
        for role in roles:
            if role not in ONLINE:
                for target in self._targets(role).signed.targets.values():
                    path = mirror / "targets" / target.get_prefixed_paths()[0]
                    path.parent.mkdir(parents=True, exist_ok=True)
                    if not path.exists():
                        _copy(self.folder / "images" / target.hashes["sha256"], path)
        for root in sorted(self._metadata.glob("[0-9]*.root.json")):
            replace_file(mirror / "metadata" / root.name, root.read_bytes())
        for role in roles:
            content = (self._metadata / f"{role}.json").read_bytes()
            version = Metadata.from_bytes(content).signed.version
            replace_file(mirror / "metadata" / f"{version}.{role}.json", content)
        replace_file(mirror / "metadata" / "timestamp.json", (self._metadata / "timestamp.json").read_bytes())


def check_layout(counts: Mapping[str, tuple[int, int]], grace: int) -> None:
    """UsageError(PUBLISH_LAYOUT_BAD) unless every part can be signed. `counts`: part -> (keys, threshold)."""
    for role, (keys, threshold) in counts.items():
        if not 1 <= threshold <= keys:
            raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=f"“{role}” needs {threshold} of {keys} keys")
    if not 0 <= grace <= MOST_GRACE_DAYS:
        raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=f"grace is not 0 to {MOST_GRACE_DAYS} days")


def _checked(layout: Layout, lifetimes: Lifetimes) -> None:
    holders = {"root": layout.root, "targets": layout.targets, "snapshot": layout.snapshot}
    holders["timestamp"] = layout.timestamp
    for vendor, its in layout.vendors.items():
        role = custom.vendor_role(vendor)
        if not role or role in holders:
            raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=f"“{vendor}” cannot be a vendor's name beside the others")
        holders[role] = its
    counts = {role: (len({key.keyid for key in its.keys}), its.threshold) for role, its in holders.items()}
    check_layout(counts, lifetimes.grace)


def _root(layout: Layout, lifetimes: Lifetimes, now: datetime) -> Root:
    root = Root(
        expires=now + lifetimes.of("root"),
        consistent_snapshot=True,
        unrecognized_fields={GRACE_FIELD: lifetimes.grace},
    )
    for name in (*OFFLINE, *ONLINE):
        holders: Holders = getattr(layout, name)
        for key in holders.keys:
            root.add_key(key, name)
        root.roles[name].threshold = holders.threshold
    return root


def _delegations(vendors: Mapping[str, Holders]) -> Delegations | None:
    if not vendors:
        return None
    keys = {key.keyid: key for holders in vendors.values() for key in holders.keys}
    roles = {}
    for vendor, holders in vendors.items():
        name = custom.vendor_role(vendor)
        ids = [key.keyid for key in holders.keys]
        # Terminating: nobody else has a say about what lies in the vendor's folder.
        roles[name] = DelegatedRole(name, ids, holders.threshold, True, [f"{name}/*"])
    return Delegations(keys, roles)


def _bytes(metadata: Metadata[Any]) -> bytes:
    return metadata.to_bytes(JSONSerializer(compact=True))


def _hashed(file: Path) -> tuple[int, str]:
    try:
        with file.open("rb") as content:
            return os.fstat(content.fileno()).st_size, hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(Text.FILE_UNREADABLE, file=str(file), detail=error.strerror or str(error)) from error


def _copy(source: Path, target: Path) -> None:
    part = target.with_name(target.name + ".part")
    with source.open("rb") as content, part.open("wb") as copy:
        shutil.copyfileobj(content, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())
    part.replace(target)
    flush_folder(target.parent)
