"""A publisher's working folder of either repository, and the static mirror that is made from it.

    metadata/root.json targets.json <vendor>.json snapshot.json timestamp.json    working copies
    metadata/1.root.json ...                                                      every root that was fully signed
    images/<sha256>                                                               all files that targets name

When every part has its signatures, `release` makes snapshot and timestamp and writes the mirror.
"""

import hashlib
import os
import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from securesystemslib.signer import Key, Signer
from tuf.api.metadata import Metadata, MetaFile, Root, Signed, Snapshot, TargetFile, Targets, Timestamp

from fieldtool.core.clock import Clock
from fieldtool.core.errors import FirmwareError, UsageError
from fieldtool.core.texts import Text
from fieldtool.firmware.custom import is_target_path
from fieldtool.publish import layout as laid
from fieldtool.publish.layout import LIFETIMES, OFFLINE, ONLINE, Holders, Layout, Lifetimes
from fieldtool.publish.parts import Parts, as_bytes
from fieldtool.store.files import flush_folder, replace_file

_ANCHOR = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")  # as `native_key` of a release may say it
NATIVE_KEYS = "trust/native-keys"
ANCHOR = {"schema": 1, "kind": "native-keys"}  # `custom` of such a target


class WorkingFolder(ABC):
    """One working folder. Not for two processes at once: a publisher works in it by hand."""

    KIND: ClassVar[str]

    def __init__(self, folder: Path, clock: Clock, lifetimes: Lifetimes = LIFETIMES) -> None:
        """An existing one. UsageError: PUBLISH_NO_REPOSITORY, PUBLISH_OTHER_KIND."""
        self.folder = folder
        self._metadata = folder / "metadata"
        self._clock = clock
        self._lifetimes = lifetimes
        self.parts = Parts(self._metadata, clock, lifetimes)
        if self.parts.kind != self.KIND:
            raise UsageError(Text.PUBLISH_OTHER_KIND, folder=str(folder), found=self.parts.kind, expected=self.KIND)

    @classmethod
    def create(cls, folder: Path, layout: Layout, clock: Clock, lifetimes: Lifetimes = LIFETIMES) -> Self:
        """A new one, nothing signed yet. UsageError: PUBLISH_EXISTS, PUBLISH_LAYOUT_BAD."""
        if (folder / "metadata").exists():
            raise UsageError(Text.PUBLISH_EXISTS, folder=str(folder))
        delegated = {cls.role_of(name): its for name, its in layout.delegated.items()}
        if len(delegated) < len(layout.delegated):
            raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail="two names mean the same part")
        laid.check_layout({}, lifetimes.grace)
        laid.check_holders({**layout.top, **delegated})
        (folder / "metadata").mkdir(parents=True)
        (folder / "images").mkdir()
        now = clock.now()
        keys = {key.keyid: key for its in delegated.values() for key in its.keys}
        roles = {role: laid.delegated_role(role, its, cls.paths_of(role)) for role, its in delegated.items()}
        below = laid.delegations(roles, keys) if roles else None
        parts: dict[str, Signed] = {
            "root": laid.new_root(layout, cls.KIND, lifetimes, now),
            "targets": Targets(expires=now + lifetimes.of("targets"), delegations=below),
            **{role: Targets(expires=now + lifetimes.of(role)) for role in delegated},
        }
        for role in reversed(parts):  # root.json last: a folder without it is no repository
            replace_file(folder / "metadata" / f"{role}.json", as_bytes(Metadata(parts[role])))
        return cls(folder, clock, lifetimes)

    @classmethod
    @abstractmethod
    def role_of(cls, name: str) -> str:
        """The part that belongs to a vendor's name or a site's id. UsageError(PUBLISH_LAYOUT_BAD)."""

    @classmethod
    @abstractmethod
    def paths_of(cls, role: str) -> tuple[str, ...]:
        """Patterns of the targets that such a part has the say over."""

    # -- what it holds

    @property
    def roles(self) -> tuple[str, ...]:
        """The parts that people sign: root, targets, and one per vendor or site."""
        return self.parts.roles

    @property
    def root_file(self) -> Path:
        return self.parts.root_file

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the current root.json, as a technician types it."""
        return hashlib.sha256(self.root_file.read_bytes()).hexdigest()

    @property
    def first_fingerprint(self) -> str:
        """SHA-256 of the first root: laptops that trust it follow every later one by themselves."""
        first = self._metadata / "1.root.json"
        return hashlib.sha256(first.read_bytes()).hexdigest() if first.exists() else self.fingerprint

    def waiting(self) -> tuple[str, ...]:
        """The parts that lack signatures."""
        return tuple(role for role in self.roles if self.parts.missing(role))

    def content(self, path: str) -> bytes | None:
        """A small file that some part names; None when there is none."""
        role = self._role_with(path)
        if role is None:
            return None
        return self._kept(self.parts.targets(role).signed.targets[path].hashes["sha256"]).read_bytes()

    # -- what is changed

    def put(self, path: str, content: bytes, custom: Mapping[str, Any], role: str = "targets", *, replace: bool) -> str:
        """Let a part name a small file; the part then waits for signatures. Returns the path.

        What is there already in the same words stays as it is. UsageError: PUBLISH_DOCUMENT_EXISTS.
        """
        if not is_target_path(path):
            raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=f"“{path[:80]}” is no plain name of a file")
        sha256 = hashlib.sha256(content).hexdigest()
        known = self.parts.targets(role).signed.targets.get(path)
        if known is not None and known.hashes["sha256"] == sha256:
            return path
        if known is not None and not replace:
            raise UsageError(Text.PUBLISH_DOCUMENT_EXISTS, target=path)
        metadata = self.parts.next(role)
        if not self._kept(sha256).exists():
            replace_file(self._kept(sha256), content)
        more = {"custom": dict(custom)} if custom else {}
        metadata.signed.targets[path] = TargetFile(len(content), {"sha256": sha256}, path, more)
        self.parts.save(role, metadata)
        return path

    def add_native_key(self, vendor_role: str, name: str, content: bytes, *, replace: bool = False) -> str:
        """Publish what the native signatures of a vendor's images must lead to. Signed by the top-level targets only.

        FirmwareError says what a client would not understand; UsageError: PUBLISH_DOCUMENT_EXISTS, PUBLISH_LAYOUT_BAD.
        """
        from fieldtool.firmware.formats.anchors import parse_anchors

        parse_anchors(content)
        if not _ANCHOR.fullmatch(name) or not vendor_role:
            raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=f"“{name[:80]}” is no plain name of anchors")
        return self.put(anchors_path(vendor_role, name), content, ANCHOR, replace=replace)

    def withdraw(self, target: str) -> str:
        """Let nobody have a file any more after the next release. Returns the part that then waits for signatures."""
        role = self._role_with(target)
        if role is None:
            raise FirmwareError(Text.IMAGE_NOT_LISTED, target=target)
        metadata = self.parts.next(role)
        del metadata.signed.targets[target]
        self.parts.save(role, metadata)
        return role

    def renew(self, role: str) -> None:
        """Make the next version of a part with a new expiry date and otherwise the same content, unsigned."""
        self.parts.save(role, self.parts.next(role))

    # -- who signs

    def delegate(self, name: str, holders: Holders) -> tuple[str, ...]:
        """Give a vendor or site its part, or other keys for it. Returns the parts that wait for signatures."""
        role = self.role_of(name)
        if role in self.roles:
            return self.replace_keys(role, holders)
        laid.check_holders({role: holders})
        replace_file(self.parts.path(role), as_bytes(self.parts.fresh(role, Metadata(Targets()))))
        self._delegate(role, holders)
        return self.waiting()

    def replace_keys(self, role: str, holders: Holders) -> tuple[str, ...]:
        """Let other keys sign a part from now on. Returns the parts that wait for signatures.

        A top-level part: the next root, to be signed by the old root keys and the new ones (TUF root rotation).
        UsageError: PUBLISH_ROLE_UNKNOWN, PUBLISH_LAYOUT_BAD.
        """
        laid.check_holders({role: holders})
        if role in (*OFFLINE, *ONLINE):
            self._name_in_root(role, holders)
        else:
            self._delegate(role, holders)
        if role not in ("root", *ONLINE):
            self.renew(role)  # what the old keys signed does not count any more
        return self.waiting()

    def revoke(self, keyid: str, replacement: Key | None = None) -> tuple[str, ...]:
        """Take a key out of every part. Returns the parts that wait for signatures.

        UsageError: PUBLISH_KEY_UNKNOWN; PUBLISH_TOO_FEW_KEYS when a part could not be signed any more without a
        `replacement`. Nothing is changed then.
        """
        after = {}
        for role in (*self.roles, *ONLINE):
            before = self.parts.holders(role)
            if keyid not in before.ids:
                continue
            new = () if replacement is None else (replacement,)
            keys = (*(key for key in before.keys if key.keyid != keyid), *new)
            after[role] = Holders(keys, before.threshold)
            if len(after[role].ids) < before.threshold:
                left, needed = len(after[role].ids), before.threshold
                raise UsageError(Text.PUBLISH_TOO_FEW_KEYS, role=role, keys=left, threshold=needed)
        if not after:
            raise UsageError(Text.PUBLISH_KEY_UNKNOWN, key=keyid[:16])
        for role, holders in after.items():
            self.replace_keys(role, holders)
        return self.waiting()

    def sign(self, role: str, signer: Signer) -> int:
        """Add one signature. Returns how many are still missing.

        UsageError: PUBLISH_ROLE_UNKNOWN, PUBLISH_KEY_FOREIGN, PUBLISH_RELEASED.
        """
        return self.parts.sign(role, signer)

    def missing(self, role: str) -> int:
        """How many signatures a part lacks."""
        return self.parts.missing(role)

    def merge(self, other: Path) -> tuple[str, ...]:
        """Take signatures, newer fully signed parts and their files from a copy of this folder.

        Returns the parts that changed. UsageError(PUBLISH_MERGE_DIFFERS).
        """
        changed = self.parts.merge(other / "metadata")
        for target in self._targets():
            sha256 = target.hashes["sha256"]
            theirs = other / "images" / sha256
            if not self._kept(sha256).exists() and theirs.exists() and hashed(theirs)[1] == sha256:
                self.keep(theirs, sha256)
        return changed

    # -- the mirror

    def release(self, mirror: Path, signers: Iterable[Signer]) -> None:
        """Make the next snapshot and timestamp and bring everything to the static mirror in `mirror`.

        The timestamp is replaced last and in one step: a client sees the old state or the new. UsageError
        (PUBLISH_UNSIGNED, PUBLISH_EXPIRED, PUBLISH_FILE_MISSING) names the first thing that is not ready; nothing is
        published then. A vendor or site whose part has expired stops nobody else.
        """
        self._check_ready()
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

    def keep(self, file: Path, sha256: str) -> None:
        kept = self._kept(sha256)
        if not kept.exists():
            copy_file(file, kept)

    def _kept(self, sha256: str) -> Path:
        return self.folder / "images" / sha256

    def _role_with(self, path: str) -> str | None:
        having = (role for role in self.roles[1:] if path in self.parts.targets(role).signed.targets)
        return next(having, None)

    def _targets(self) -> Iterable[TargetFile]:
        return [target for role in self.roles[1:] for target in self.parts.targets(role).signed.targets.values()]

    def _name_in_root(self, role: str, holders: Holders) -> None:
        metadata: Metadata[Root] = self.parts.next("root")
        root = metadata.signed
        for keyid in tuple(root.roles[role].keyids):
            root.revoke_key(keyid, role)
        for key in holders.keys:
            root.add_key(key, role)
        root.roles[role].threshold = holders.threshold
        self.parts.save("root", metadata)

    def _delegate(self, role: str, holders: Holders) -> None:
        metadata: Metadata[Targets] = self.parts.next("targets")
        before = metadata.signed.delegations
        roles = {
            **(before.roles or {} if before else {}),
            role: laid.delegated_role(role, holders, self.paths_of(role)),
        }
        keys = {**(before.keys if before else {}), **{key.keyid: key for key in holders.keys}}
        metadata.signed.delegations = laid.delegations(roles, keys)
        self.parts.save("targets", metadata)

    def _check_ready(self) -> None:
        for role in self.roles:
            if missing := self.missing(role):
                raise UsageError(Text.PUBLISH_UNSIGNED, role=role, missing=missing)
            until = self.parts.read(role).signed.expires
            if role in OFFLINE and until <= self._clock.now():
                raise UsageError(Text.PUBLISH_EXPIRED, role=role, until=f"{until:%Y-%m-%d}")
        for target in self._targets():
            if not self._kept(target.hashes["sha256"]).exists():
                raise UsageError(Text.PUBLISH_FILE_MISSING, target=target.path, folder=str(self.folder))

    def _made(self, role: str, kind: type[Snapshot] | type[Timestamp]) -> Metadata[Any]:
        if not self.parts.exists(role):
            return self.parts.fresh(role, Metadata(kind()))
        metadata = self.parts.read(role)
        metadata.signed.version += 1
        return self.parts.fresh(role, metadata)

    def _sign_online(self, role: str, metadata: Metadata[Any], signers: Sequence[Signer]) -> None:
        holders = self.parts.holders(role)
        fitting = {signer.public_key.keyid: signer for signer in signers if signer.public_key.keyid in holders.ids}
        if len(fitting) < holders.threshold:
            raise UsageError(Text.PUBLISH_UNSIGNED, role=role, missing=holders.threshold - len(fitting))
        for signer in fitting.values():
            metadata.sign(signer, append=True)
        self.parts.save(role, metadata)

    def _described(self, role: str) -> MetaFile:
        content = self.parts.path(role).read_bytes()
        version: int = Metadata.from_bytes(content).signed.version
        return MetaFile(version, len(content), {"sha256": hashlib.sha256(content).hexdigest()})

    def _publish(self, mirror: Path, roles: Sequence[str]) -> None:
        (mirror / "metadata").mkdir(parents=True, exist_ok=True)
        for target in self._targets():
            path = mirror / "targets" / target.get_prefixed_paths()[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                copy_file(self._kept(target.hashes["sha256"]), path)
        for root in sorted(self._metadata.glob("[0-9]*.root.json")):
            _bring(root.read_bytes(), mirror / "metadata" / root.name)
        for role in roles:
            content = self.parts.path(role).read_bytes()
            version = Metadata.from_bytes(content).signed.version
            _bring(content, mirror / "metadata" / f"{version}.{role}.json")
        replace_file(mirror / "metadata" / "timestamp.json", self.parts.path("timestamp").read_bytes())


def anchors_path(vendor_role: str, name: str) -> str:
    return f"{NATIVE_KEYS}/{vendor_role}/{name}.json"


def hashed(file: Path) -> tuple[int, str]:
    """Length and hex SHA-256. UsageError(FILE_UNREADABLE)."""
    try:
        with file.open("rb") as content:
            return os.fstat(content.fileno()).st_size, hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(Text.FILE_UNREADABLE, file=str(file), detail=error.strerror or str(error)) from error


def _bring(content: bytes, target: Path) -> None:
    """Most parts are what they were: a repository of many sites is released in the time of the one that changed."""
    if not target.exists() or target.read_bytes() != content:
        replace_file(target, content)


def copy_file(source: Path, target: Path) -> None:
    """On disk under its name when it returns, or not there."""
    part = target.with_name(target.name + ".part")
    with source.open("rb") as content, part.open("wb") as copy:
        shutil.copyfileobj(content, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())
    part.replace(target)
    flush_folder(target.parent)
