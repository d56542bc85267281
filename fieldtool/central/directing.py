"""Central as director: the operator's repository, kept in the very folder of `fieldtool publish`, and its mirror.

    director/repository/     the working folder; root and targets in it were signed on the office machine
    director/mirror/         what laptops sync from. What its timestamp names is in force, and nothing else
    director-key.pem         signs snapshot, timestamp, and the parts that the office gave to this central

Whoever changes something waits for his turn: one worker at a time, over all workers. A turn that a kill ends has
happened as a whole or not at all: the next one begins with what the mirror says.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fieldtool.central import decisions
from fieldtool.central.database import Database, exclusively
from fieldtool.central.decisions import By, Decision, Stage
from fieldtool.central.identity import read_key
from fieldtool.core.clock import Clock, iso
from fieldtool.core.errors import FieldtoolError, UsageError
from fieldtool.core.texts import Text
from fieldtool.firmware.director import MOST_FILES, MOST_TOGETHER, Directed, directed
from fieldtool.firmware.fetchers import folder_origin
from fieldtool.firmware.smallfiles import read_small
from fieldtool.firmware.verification import key_names, verify
from fieldtool.publish.director import DirectorRepository
from fieldtool.publish.layout import LIFETIMES, OFFLINE, ONLINE, Lifetimes
from fieldtool.publish.parts import read_metadata
from fieldtool.store.files import replace_file
from fieldtool.store.locks import wait_for_lock

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

FOLDER, KEY_FILE = "director", "director-key.pem"
TURN = "fieldtool director"
PREFIX = "director/"  # of its parts, in messages
DAILY = timedelta(days=1)  # a timestamp older than this is renewed: a laptop goes out with nearly all of its days
RENEW_BEFORE = timedelta(days=30)  # a part of ours
WARN_BEFORE = timedelta(days=30)  # root and targets, which only the office can renew
KEPT = timedelta(days=30)  # what was in force once
ITSELF = By("central", "")

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Director:
    """Threads and workers share it. FirmwareError and UsageError say what laptops or the office would refuse."""

    def __init__(self, store: Database, clock: Clock, lifetimes: Lifetimes = LIFETIMES) -> None:
        self._store = store
        self._clock = clock
        self._lifetimes = lifetimes
        self.folder = store.folder / FOLDER
        self.working = self.folder / "repository"
        self.mirror = self.folder / "mirror"
        self._said: tuple[bytes, Directed] | None = None

    # -- what is in force

    @property
    def is_there(self) -> bool:
        return (self.mirror / "metadata" / "timestamp.json").exists()

    def said(self) -> Directed:
        """What laptops read, by their own reader. UsageError(DIRECT_NO_FOLDER), FirmwareError."""
        while True:
            stamp = self._stamp()
            known = self._said
            if known is not None and known[0] == stamp:
                return known[1]
            root = (self.mirror / "metadata" / "1.root.json").read_bytes()
            verified = verify(self.mirror, folder_origin(self.mirror), root, None, PREFIX)
            found = directed(verified, lambda target: read_small(self.mirror, target, PREFIX))
            if self._stamp() == stamp:  # else another worker released meanwhile
                self._said = stamp, found
                return found

    def expiring(self) -> tuple[tuple[str, str], ...]:
        """Parts that only the office can renew, and soon must: (part, until)."""
        limit = self._clock.now() + WARN_BEFORE
        roles = self.said().verified.roles
        return tuple((name, f"{roles[name].expires:%Y-%m-%d}") for name in OFFLINE if roles[name].expires <= limit)

    def signer(self) -> "CryptoSigner":
        """The key of this central, made at first use. UsageError: DIRECT_KEY_GONE, CENTRAL_KEY_OPEN or _BAD."""
        from securesystemslib.signer import CryptoSigner

        path = self._store.folder / KEY_FILE
        if not path.exists():
            with self._turn():
                if self.working.exists():
                    raise UsageError(Text.DIRECT_KEY_GONE, file=str(path))
                if not path.exists():
                    replace_file(path, _new_key(), private=True)
        return CryptoSigner(read_key(path))

    def replace_key(self, by: By) -> "CryptoSigner":
        """A new key in the place of one that was lost or stolen. It signs nothing until the office has named it."""
        with self._turn():
            replace_file(self._store.folder / KEY_FILE, _new_key(), private=True)
            self._write(Decision(by, "key", KEY_FILE, {}), Stage.IN_FORCE)
        return self.signer()

    # -- what is decided

    def decide(self, decided: Decision, act: Callable[[DirectorRepository], _T]) -> _T:
        """Let `act` change the working folder, sign and release it. In force when it returns; nothing changed if not.

        Written down before and after. What `act` raises is a refusal; and UsageError(DIRECT_NO_FOLDER, DIRECT_FULL,
        PUBLISH_UNSIGNED, PUBLISH_EXPIRED).
        """
        signer = self.signer()
        with self._turn():
            self._settle()
            asked = self._write(decided, Stage.ASKED)
            try:
                repository = self._repository()
                result = act(repository)
                self._check_size(repository)
                self._release(repository, signer)
            except FieldtoolError as error:
                self._take_back()
                refused = Decision(decided.by, decided.what, decided.subject, {"trouble": error.text.name})
                self._write(refused, Stage.REFUSED, asked)
                raise
            self._write(decided, Stage.IN_FORCE, asked)
            return result

    def take(self, folder: Path, by: By, foreign: frozenset[str] = frozenset()) -> Mapping[str, object]:
        """Bring in what the office signed: a copy of the working folder. The first one makes this central a director.

        `foreign`: names of the keys of the image repository; none of them may be in here. UsageError:
        DIRECT_IMPORT_BAD, PUBLISH_...; FirmwareError(KEY_IN_BOTH_ROOTS). Nothing is taken then.
        """
        from fieldtool.firmware.verified import refuse_shared

        theirs = DirectorRepository(folder, self._clock, self._lifetimes)
        refuse_shared(foreign, key_names(theirs.parts.keys))
        fingerprint = hashlib.sha256(theirs.root_file.read_bytes()).hexdigest()
        decided = Decision(by, "import", fingerprint, {"root": theirs.parts.root().signed.version})
        if self.is_there:
            return self.decide(decided, lambda repository: {"changed": list(self._merge(repository, folder))})
        return self._first(theirs, decided)

    def copy_to(self, folder: Path) -> None:
        """A copy of the working folder, for the office to change and sign. UsageError(PUBLISH_EXISTS)."""
        if folder.exists() and any(folder.iterdir()):
            raise UsageError(Text.PUBLISH_EXISTS, folder=str(folder))
        with self._turn():
            self._settle()
            self._repository()
            shutil.copytree(self.working, folder, dirs_exist_ok=True)

    def keep_alive(self) -> bool:
        """Renew what is due: the timestamp daily, parts of ours long before they expire. Did it?

        Cheap when nothing is due; several workers may ask at once. FirmwareError, UsageError, StorageError.
        """
        if not self.is_there or not self._is_due():
            return False
        signer = self.signer()
        with self._turn():
            self._settle()
            if not self._is_due():
                return False  # another worker did it
            repository = self._repository()
            due = self._due_parts(repository, signer)
            for role in due:
                repository.renew(role)
            try:
                self._release(repository, signer)
            except FieldtoolError:
                self._take_back()
                raise
            self._write(Decision(ITSELF, "renew", "timestamp", {"parts": list(due)}), Stage.IN_FORCE)
            self._tidy(repository)
            return True

    # -- inside a turn

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Nobody else changes the folder meanwhile: no other process here, and no worker elsewhere."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # A reading unit of work holds PostgreSQL's lock, so that what is decided is committed step by step within it.
        with (self.folder / "turn.lock").open("a+b") as file, self._store.read() as unit:
            wait_for_lock(file)
            exclusively(unit, TURN)
            yield

    def _write(self, decided: Decision, stage: Stage, asked: int = 0) -> int:
        with self._store.write() as unit:
            return decisions.append(unit, iso(self._clock.now()), decided, stage, self._snapshot(), asked)

    def _settle(self) -> None:
        """Begin with what is in force; say of what a kill broke off whether it is."""
        self._take_back()
        with self._store.write() as unit:
            for entry in decisions.unfinished(unit):
                served = self._snapshot()
                stage = Stage.IN_FORCE if served > entry.snapshot else Stage.BROKEN_OFF
                decisions.append(unit, iso(self._clock.now()), entry.decision, stage, served, entry.seq)

    def _take_back(self) -> None:
        """The parts become what the mirror's timestamp names; other versions of them are gone."""
        if not self.is_there:
            return
        metadata = self.mirror / "metadata"
        stamp = read_metadata(metadata / "timestamp.json").signed
        snapshot = f"{stamp.snapshot_meta.version}.snapshot.json"
        served = {"timestamp.json": "timestamp.json", "snapshot.json": snapshot}
        for name, meta in read_metadata(metadata / snapshot).signed.meta.items():
            served[name] = f"{meta.version}.{name}"
        newest = max(int(file.name.partition(".")[0]) for file in metadata.glob("[0-9]*.root.json"))
        served["root.json"] = f"{newest}.root.json"
        working = self.working / "metadata"
        for file in working.glob("[0-9]*.root.json"):
            if int(file.name.partition(".")[0]) > newest:
                file.unlink()
        for name, kept in served.items():
            content = (metadata / kept).read_bytes()
            if not (working / name).exists() or (working / name).read_bytes() != content:
                replace_file(working / name, content)

    def _repository(self) -> DirectorRepository:
        if not self.is_there:
            raise UsageError(Text.DIRECT_NO_FOLDER)
        return DirectorRepository(self.working, self._clock, self._lifetimes)

    def _release(self, repository: DirectorRepository, signer: "CryptoSigner") -> None:
        """Sign what is ours, and let laptops have all of it."""
        for role in self._ours(repository, signer):
            if repository.missing(role):
                if repository.parts.is_final(role):
                    repository.renew(role)  # the office named another key for it
                repository.sign(role, signer)
        repository.release(self.mirror, (signer,))

    def _ours(self, repository: DirectorRepository, signer: "CryptoSigner") -> tuple[str, ...]:
        mine = signer.public_key.keyid
        return tuple(role for role in repository.roles[len(OFFLINE) :] if mine in repository.parts.holders(role).ids)

    def _due_parts(self, repository: DirectorRepository, signer: "CryptoSigner") -> tuple[str, ...]:
        limit = self._clock.now() + RENEW_BEFORE
        ours = self._ours(repository, signer)
        return tuple(role for role in ours if repository.parts.read(role).signed.expires <= limit)

    def _merge(self, repository: DirectorRepository, folder: Path) -> tuple[str, ...]:
        for role in repository.roles:
            if self._was_changed_in_an_old_copy(repository, role, folder / "metadata" / f"{role}.json"):
                detail = f"“{role}” was changed in a copy from before the last change here"
                raise UsageError(Text.DIRECT_IMPORT_BAD, folder=str(folder), detail=detail)
        try:
            return repository.merge(folder)
        except UsageError as error:
            raise UsageError(Text.DIRECT_IMPORT_BAD, folder=str(folder), detail=error.what.rstrip(".")) from error

    def _was_changed_in_an_old_copy(self, repository: DirectorRepository, role: str, file: Path) -> bool:
        """Then the change would be left out without a word."""
        if not file.exists():
            return False
        theirs = read_metadata(file)
        if theirs.signed.version >= repository.parts.read(role).signed.version:
            return False
        released = self.mirror / "metadata" / f"{theirs.signed.version}.{role}.json"
        return not released.exists() or read_metadata(released).signed_bytes != theirs.signed_bytes

    def _first(self, theirs: DirectorRepository, decided: Decision) -> Mapping[str, object]:
        signer = self.signer()
        with self._turn():
            if self.is_there:
                detail = "another one was brought here at the same moment"
                raise UsageError(Text.DIRECT_IMPORT_BAD, folder=str(theirs.folder), detail=detail)
            self._settle()
            asked = self._write(decided, Stage.ASKED)
            shutil.rmtree(self.working, ignore_errors=True)  # left of an import that broke off
            shutil.copytree(theirs.folder, self.working, ignore=shutil.ignore_patterns("keys", "*.part"))
            try:
                repository = DirectorRepository(self.working, self._clock, self._lifetimes)
                for role in ONLINE:
                    self._check_ours(repository, role, signer)
                self._release(repository, signer)
            except FieldtoolError as error:
                shutil.rmtree(self.working)
                refused = Decision(decided.by, decided.what, decided.subject, {"trouble": error.text.name})
                self._write(refused, Stage.REFUSED, asked)
                raise
            self._write(decided, Stage.IN_FORCE, asked)
            return {"changed": list(repository.roles)}

    def _check_ours(self, repository: DirectorRepository, role: str, signer: "CryptoSigner") -> None:
        if signer.public_key.keyid not in repository.parts.holders(role).ids:
            raise UsageError(Text.DIRECT_PART_OFFLINE, role=role, name=role)

    def _check_size(self, repository: DirectorRepository) -> None:
        """UsageError(DIRECT_FULL) before laptops would refuse the whole repository."""
        parts = (repository.parts.targets(role).signed for role in repository.roles[1:])
        lengths = [target.length for part in parts for target in part.targets.values()]
        if len(lengths) > MOST_FILES or sum(lengths) > MOST_TOGETHER:
            raise UsageError(Text.DIRECT_FULL, files=len(lengths), size=sum(lengths))

    def _tidy(self, repository: DirectorRepository) -> None:
        """Remove what nothing in force names, once no laptop can be in the middle of getting it."""
        parts = {role: repository.parts.read(role).signed for role in (*repository.roles[1:], *ONLINE)}
        named = {f"{part.version}.{role}.json" for role, part in parts.items()}
        targets = [target for role in repository.roles[1:] for target in parts[role].targets.values()]
        kept = {target.hashes["sha256"] for target in targets}
        before = (self._clock.now() - KEPT).timestamp()
        for file in (self.mirror / "metadata").glob("[0-9]*.json"):
            if not file.name.endswith(".root.json") and file.name not in named:
                _remove_old(file, before)
        for file in (self.mirror / "targets").rglob("*.json"):
            if file.name.partition(".")[0] not in kept:
                _remove_old(file, before)
        for file in (self.working / "images").iterdir():
            if file.name not in kept:
                _remove_old(file, before)

    def _is_due(self) -> bool:
        """Anything that a release renews? Read from the mirror, which is what laptops see."""
        metadata, now = self.mirror / "metadata", self._clock.now()
        stamp = read_metadata(metadata / "timestamp.json").signed
        if stamp.expires - self._lifetimes.of("timestamp") + DAILY <= now:
            return True
        snapshot = read_metadata(metadata / f"{stamp.snapshot_meta.version}.snapshot.json").signed
        return bool(snapshot.expires <= now + self._lifetimes.of("timestamp"))

    def _stamp(self) -> bytes:
        try:
            return (self.mirror / "metadata" / "timestamp.json").read_bytes()
        except FileNotFoundError:
            raise UsageError(Text.DIRECT_NO_FOLDER) from None

    def _snapshot(self) -> int:
        """Version of what is served; 0 = nothing yet."""
        if not self.is_there:
            return 0
        found = json.loads(self._stamp())["signed"]["meta"]["snapshot.json"]["version"]
        return int(found)


def _remove_old(file: Path, before: float) -> None:
    if file.stat().st_mtime < before:
        file.unlink()


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def check_part(repository: DirectorRepository, role: str, name: str, signer_id: str) -> None:
    """UsageError(DIRECT_PART_OFFLINE) unless central may sign this part. `name`: as the office calls it."""
    if role not in repository.roles or signer_id not in repository.parts.holders(role).ids:
        raise UsageError(Text.DIRECT_PART_OFFLINE, role=role, name=name)
