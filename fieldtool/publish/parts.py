"""The parts of a repository as working copies: their versions, and the signatures that they still lack.

A change makes the next version of one part, unsigned. Signatures are added key by key, wherever each key is: on this
machine, or on another one with a copy of the folder, from which they are merged.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from securesystemslib.signer import Key, Signature, Signer
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, Targets
from tuf.api.serialization.json import JSONSerializer

from fieldtool.core.clock import Clock
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.firmware.verification import EARLIEST
from fieldtool.publish.layout import IMAGE, KIND_FIELD, LIFETIMES, OFFLINE, ONLINE, Holders, Lifetimes
from fieldtool.store.files import replace_file


class Parts:
    """The folder `metadata` of one working folder."""

    def __init__(self, folder: Path, clock: Clock, lifetimes: Lifetimes = LIFETIMES) -> None:
        """An existing one. UsageError(PUBLISH_NO_REPOSITORY)."""
        self.folder = folder
        self._clock = clock
        self._lifetimes = lifetimes
        if not self.root_file.exists():
            raise UsageError(Text.PUBLISH_NO_REPOSITORY, folder=str(folder.parent))

    @property
    def root_file(self) -> Path:
        return self.folder / "root.json"

    @property
    def kind(self) -> str:
        """ "image" or "director", as the root says."""
        return str(self.root().signed.unrecognized_fields.get(KIND_FIELD, IMAGE))

    @property
    def roles(self) -> tuple[str, ...]:
        """The parts that people sign: root, targets, and one per vendor or site."""
        delegations = self.targets("targets").signed.delegations
        return (*OFFLINE, *(delegations.roles or {} if delegations else {}))

    def read(self, role: str) -> Metadata[Any]:
        """UsageError: PUBLISH_ROLE_UNKNOWN, FILE_UNREADABLE."""
        if role not in (*OFFLINE, *ONLINE) and role not in self.roles:
            raise UsageError(Text.PUBLISH_ROLE_UNKNOWN, role=role, known=", ".join(self.roles))
        return read_metadata(self.path(role))

    def root(self) -> Metadata[Root]:
        return self.read("root")

    def targets(self, role: str) -> Metadata[Targets]:
        return self.read(role)

    def path(self, role: str) -> Path:
        return self.folder / f"{role}.json"

    def exists(self, role: str) -> bool:
        return self.path(role).exists()

    def next(self, role: str) -> Metadata[Any]:
        """The version of a part that is being worked on, unsigned: a new one when the last was released."""
        metadata = self.read(role)
        if self.is_final(role):
            metadata.signed.version += 1
        return self.fresh(role, metadata)

    def fresh(self, role: str, metadata: Metadata[Any]) -> Metadata[Any]:
        """The same, with a new expiry date and no signature."""
        metadata.signed.expires = self._clock.now() + self._lifetimes.of(role)
        metadata.signatures.clear()
        return metadata

    def is_final(self, role: str) -> bool:
        """Its version is out in the world: what is changed from now on must be the next one."""
        version: int = self.read(role).signed.version
        if role == "root":
            return self._signed_root(version).exists()
        return version == self._released(role)

    def holders(self, role: str) -> Holders:
        """Whose keys may sign a part from now on."""
        delegator = self._delegator(role)
        named = delegator.get_delegated_role(role)
        return Holders(tuple(delegator.get_key(keyid) for keyid in named.keyids), named.threshold)

    @property
    def keys(self) -> tuple[Key, ...]:
        """Every key that some part names, each once."""
        found = {key.keyid: key for role in (*self.roles, *ONLINE) for key in self.holders(role).keys}
        return tuple(found.values())

    def signers(self, role: str) -> Mapping[str, Key]:
        """The keys whose signatures count now: for a root those of the root before, too."""
        return {
            keyid: judge.get_key(keyid)
            for judge in self._judges(role)
            for keyid in judge.get_delegated_role(role).keyids
        }

    def signed_by(self, role: str) -> tuple[str, ...]:
        """Key ids of the valid signatures on a part."""
        metadata = self.read(role)
        return tuple(sorted(self._valid(role, metadata)))

    def missing(self, role: str) -> int:
        """How many signatures a part lacks."""
        return self._lacking(role, self.read(role))

    def sign(self, role: str, signer: Signer) -> int:
        """Add one signature. Returns how many are still missing.

        UsageError: PUBLISH_ROLE_UNKNOWN, PUBLISH_KEY_FOREIGN, PUBLISH_RELEASED.
        """
        metadata = self.read(role)
        if signer.public_key.keyid not in self.signers(role):
            raise UsageError(Text.PUBLISH_KEY_FOREIGN, role=role)
        if self.exists("snapshot") and self.is_final(role) and not self.missing(role):
            # A file of this name and version is on mirrors and laptops: it keeps its bytes.
            raise UsageError(Text.PUBLISH_RELEASED, role=role)
        metadata.sign(signer, append=True)
        self.save(role, metadata)
        return self.missing(role)

    def save(self, role: str, metadata: Metadata[Any]) -> None:
        metadata.signatures = dict(sorted(metadata.signatures.items()))  # the same bytes in whatever order they signed
        replace_file(self.path(role), as_bytes(metadata))
        if role == "root" and not self.missing("root"):
            replace_file(self._signed_root(metadata.signed.version), self.root_file.read_bytes())

    def merge(self, other: Path) -> tuple[str, ...]:
        """Take the signatures, and the newer parts that are fully signed, from a copy of this folder.

        Returns the parts that changed. UsageError: PUBLISH_MERGE_DIFFERS names a part of which both have a version of
        their own; nothing is taken then.
        """
        before = {file: file.read_bytes() for file in self.folder.glob("*.json")}
        try:
            changed = [role for role in OFFLINE if self._merge(role, other / f"{role}.json")]
            delegated = self.roles[len(OFFLINE) :]  # the merged targets may name more of them
            return (*changed, *(role for role in delegated if self._merge(role, other / f"{role}.json")))
        except UsageError:
            for file in self.folder.glob("*.json"):
                replace_file(file, before[file]) if file in before else file.unlink()
            raise

    # -- inside

    def _merge(self, role: str, file: Path) -> bool:
        if not file.exists():
            return False
        theirs = read_metadata(file)
        ours = self.read(role) if self.exists(role) else _nothing()
        if theirs.signed_bytes == ours.signed_bytes:
            return self._take_signatures(role, ours, theirs)
        if theirs.signed.version < ours.signed.version:
            return False  # a copy from before our change
        if not self._is_acceptable(role, ours, theirs):
            folder, found, expected = str(file.parent), theirs.signed.version, ours.signed.version
            raise UsageError(Text.PUBLISH_MERGE_DIFFERS, role=role, folder=folder, found=found, expected=expected)
        self.save(role, theirs)
        return True

    def _is_acceptable(self, role: str, ours: Metadata[Any], theirs: Metadata[Any]) -> bool:
        """A version after ours that enough people have signed, or that says nothing new."""
        if theirs.signed.version <= ours.signed.version or type(theirs.signed) is not type(ours.signed):
            return False
        if role == "root":  # its signatures mean nothing without those of the root right before it
            follows = theirs.signed.version == ours.signed.version + 1 and self.is_final(role)
            return follows and not self._lacking(role, theirs)
        same: bool = _content(theirs) == _content(ours) and (not self.exists(role) or self.is_final(role))
        return same or not self._lacking(role, theirs)

    def _take_signatures(self, role: str, ours: Metadata[Any], theirs: Metadata[Any]) -> bool:
        if self.exists("snapshot") and self.is_final(role):
            return False
        found = {keyid: one for keyid, one in self._valid(role, theirs).items() if keyid not in self._valid(role, ours)}
        ours.signatures.update(found)
        if found:
            self.save(role, ours)
        return bool(found)

    def _valid(self, role: str, metadata: Metadata[Any]) -> Mapping[str, Signature]:
        payload = metadata.signed_bytes
        ids: set[str] = set()
        for judge in self._judges(role, metadata):
            ids |= judge.get_verification_result(role, payload, metadata.signatures).signed.keys()
        return {keyid: metadata.signatures[keyid] for keyid in ids}

    def _lacking(self, role: str, metadata: Metadata[Any]) -> int:
        payload, signatures = metadata.signed_bytes, metadata.signatures
        results = [judge.get_verification_result(role, payload, signatures) for judge in self._judges(role, metadata)]
        return max(max(0, result.threshold - len(result.signed)) for result in results)

    def _judges(self, role: str, metadata: Metadata[Any] | None = None) -> Iterator[Root | Targets]:
        """Whose keys must sign: for a root its own, and those of the root before."""
        if role != "root":
            yield self._delegator(role)
            return
        root: Root = (metadata or self.root()).signed
        yield root
        before = self._signed_root(root.version - 1)
        if before.exists():
            yield read_metadata(before).signed

    def _delegator(self, role: str) -> Root | Targets:
        return self.root().signed if role in (*OFFLINE, *ONLINE) else self.targets("targets").signed

    def _signed_root(self, version: int) -> Path:
        return self.folder / f"{version}.root.json"

    def _released(self, role: str) -> int:
        if not self.exists("snapshot"):
            return 0
        snapshot: Snapshot = self.read("snapshot").signed
        described = snapshot.meta.get(f"{role}.json")
        return described.version if described else 0


def _nothing() -> Metadata[Any]:
    """Before the first version of a vendor's or site's part."""
    made = Metadata(Targets(expires=EARLIEST))
    made.signed.version = 0
    return made


def _content(metadata: Metadata[Any]) -> dict[str, Any]:
    """What a part says, apart from its version and how long it holds."""
    return {name: value for name, value in metadata.signed.to_dict().items() if name not in ("version", "expires")}


def read_metadata(file: Path) -> Metadata[Any]:
    """UsageError(FILE_UNREADABLE)."""
    try:
        return Metadata.from_bytes(file.read_bytes())
    except (OSError, RepositoryError) as error:
        raise UsageError(Text.FILE_UNREADABLE, file=str(file), detail=type(error).__name__) from error


def keys_elsewhere(other: Path, clock: Clock) -> tuple[Key, ...]:
    """The keys of another repository: of a working folder all, of a root.json those that it names. Nothing is verified.

    UsageError: FILE_UNREADABLE, PUBLISH_FILE_BAD.
    """
    if other.is_dir():
        return Parts(other / "metadata", clock).keys
    root = read_metadata(other).signed
    if not isinstance(root, Root):
        raise UsageError(Text.PUBLISH_FILE_BAD, file=str(other), detail="it is no root.json")
    return tuple(root.keys.values())


def as_bytes(metadata: Metadata[Any]) -> bytes:
    return metadata.to_bytes(JSONSerializer(compact=True))
