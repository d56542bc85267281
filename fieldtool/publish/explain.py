"""`fieldtool publish verify`: what a repository is made of, and everything that a laptop would refuse, with the reason.

A mirror is read part by part, so that one defect does not hide the next, and then verified by the laptop's own code:
that verdict counts. A working folder is read as it lies there; what it lacks for a release is said.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Targets

from fieldtool.core.clock import Clock, iso
from fieldtool.core.errors import FieldtoolError, FirmwareError, Trouble, UsageError
from fieldtool.core.texts import Text
from fieldtool.firmware import custom, director
from fieldtool.firmware.fetchers import METADATA, Origin, download_error, origin
from fieldtool.firmware.formats.anchors import parse_anchors
from fieldtool.firmware.native import UNSIGNED_FORMATS, check_native
from fieldtool.firmware.verification import GRACE_FIELD, MOST_GRACE_DAYS, verify
from fieldtool.firmware.verified import SignedTarget, Verified, expired
from fieldtool.publish.folder import WorkingFolder, anchors_path, hashed
from fieldtool.publish.layout import DIRECTOR, IMAGE, KIND_FIELD, OFFLINE, ONLINE
from fieldtool.publish.verbs import content_of, either

LARGEST = 8 << 20  # bytes of a part
SOON = timedelta(days=14)  # of the parts that people sign
MOST_ROOTS = 64


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    version: int
    expires: datetime
    needs: int  # signatures
    keys: tuple[str, ...]  # that may sign it
    signed_by: tuple[str, ...]
    files: int  # that it names


@dataclass(frozen=True, slots=True)
class Report:
    source: str
    kind: str  # of the repository: "image" or "director"
    parts: tuple[Part, ...]
    problems: tuple[Trouble, ...]  # what laptops would refuse, or what stands in the way of a release
    notes: tuple[Trouble, ...]
    accepted: bool | None  # by the laptop's own verification; None: not asked, it is a working folder

    def plain(self) -> dict[str, object]:
        verdict = {None: "not asked: this is a working folder", True: "accepted", False: "refused"}[self.accepted]
        return {
            "source": self.source,
            "repository": self.kind,
            "laptops": verdict,
            "parts": [
                {
                    "part": part.name,
                    "version": part.version,
                    "expires": iso(part.expires),
                    "signatures": f"{len(part.signed_by)} of {part.needs} needed",
                    "files": part.files,
                    "keys": list(part.keys),
                    "signed_by": list(part.signed_by),
                }
                for part in self.parts
            ],
            "notes": [_told(one) for one in self.notes],
            "problems": [_told(one) for one in self.problems],
        }


def explain(source: str, clock: Clock, at: datetime, root: Path | None = None) -> Report:
    """Read a working folder, a mirror on disk or one on a web server, and judge it as of `at`.

    `root`: where the chain of roots begins; default: the first one that is served. UsageError(PUBLISH_NO_REPOSITORY),
    SyncError when a server does not answer.
    """
    if (Path(source) / "metadata" / "root.json").exists():
        return _of_folder(Path(source), clock, at)
    if not source.startswith(("http://", "https://")) and not (Path(source) / "metadata").is_dir():
        raise UsageError(Text.PUBLISH_NO_REPOSITORY, folder=source)
    return _of_mirror(origin(source, clock), at, root)


@dataclass
class _Findings:
    at: datetime
    parts: list[Part] = field(default_factory=list)
    problems: list[Trouble] = field(default_factory=list)
    notes: list[Trouble] = field(default_factory=list)

    def problem(self, error: FieldtoolError) -> None:
        if error.trouble() not in self.problems:
            self.problems.append(error.trouble())

    def note(self, error: FieldtoolError) -> None:
        self.notes.append(error.trouble())

    def lapse(self, role: str, until: datetime, grace: timedelta) -> None:
        """`grace`: so long laptops offline believe an expired snapshot or timestamp."""
        if until <= self.at:
            late = expired(role, until)
            self.problem(late) if role not in ONLINE or until + grace <= self.at else self.note(late)
        elif role not in ONLINE and until <= self.at + SOON:
            self.note(UsageError(Text.PUBLISH_EXPIRES_SOON, role=role, until=f"{until:%Y-%m-%d}"))

    def report(self, source: str, kind: str, accepted: bool | None) -> Report:
        return Report(source, kind, tuple(self.parts), tuple(self.problems), tuple(self.notes), accepted)


# ---- a working folder ------------------------------------------------------------------------------------------------


def _of_folder(folder: Path, clock: Clock, at: datetime) -> Report:
    repository, found = either(folder), _Findings(at)
    for role in (*repository.roles, *(role for role in ONLINE if repository.parts.exists(role))):
        metadata = repository.parts.read(role)
        found.parts.append(_part(role, metadata, repository.parts.holders(role), repository.parts.signed_by(role)))
        if missing := repository.missing(role):
            found.problem(UsageError(Text.PUBLISH_UNSIGNED, role=role, missing=missing))
        elif role not in (*ONLINE, "root") and not repository.parts.is_final(role):
            found.note(UsageError(Text.PUBLISH_UNRELEASED, role=role))
        found.lapse(role, metadata.signed.expires, timedelta())
    for role in repository.roles[1:]:
        _judge_files(repository, role, found)
    return found.report(str(folder), repository.KIND, None)


def _judge_files(repository: WorkingFolder, role: str, found: _Findings) -> None:
    for path, target in repository.parts.targets(role).signed.targets.items():
        kept = repository.folder / "images" / target.hashes["sha256"]
        if not kept.exists():
            found.problem(UsageError(Text.PUBLISH_FILE_MISSING, target=path, folder=str(repository.folder)))
        elif hashed(kept) != (target.length, target.hashes["sha256"]):
            found.problem(FirmwareError(Text.IMAGE_CORRUPT, target=path))
        elif repository.KIND == IMAGE and role not in OFFLINE:
            told = _Told(path, target.length, target.hashes["sha256"], target.custom, role)
            _judge_release(told, kept, repository.content, found)


@dataclass(frozen=True, slots=True)
class _Told:
    """A target of a vendor, from whichever kind of metadata."""

    path: str
    length: int
    sha256: str
    custom: object
    role: str


def _judge_release(told: _Told, file: Path | None, read: Callable[[str], bytes | None], found: _Findings) -> None:
    """`file`: None when it is not on this machine. `read`: a small file of the same repository."""
    try:
        release = custom.release(told.path, told.length, told.sha256, told.custom, told.role)
        data = read(anchors_path(told.role, release.native_key)) if release.native_key else None
        anchors = None if data is None else parse_anchors(data)
        if file is not None:
            check_native(file, release, anchors)
        elif release.format not in UNSIGNED_FORMATS:
            found.note(UsageError(Text.PUBLISH_NATIVE_FAR, target=told.path))
    except FirmwareError as error:
        found.problem(error)


# ---- a mirror --------------------------------------------------------------------------------------------------------


def _of_mirror(place: Origin, at: datetime, root: Path | None) -> Report:
    found = _Findings(at)
    first = _metadata_bytes(place, "1.root.json") if root is None else content_of(root)
    newest = _roots(place, first, found)
    grace = _grace(newest)
    kind = str(newest.unrecognized_fields.get(KIND_FIELD, IMAGE))
    for part in found.parts:
        found.lapse(part.name, part.expires, grace)
    _parts(place, newest, grace, found)
    verified = _verdict(place, first, at, found)
    if verified is not None:
        _targets(place, verified, kind, found)
    return found.report(place.name, kind, verified is not None)


def _roots(place: Origin, first: bytes, found: _Findings) -> Root:
    """The newest root that its predecessor signed; what comes after a break is said, and not believed."""
    metadata: Metadata[Root] = _parsed(first)
    judges = [metadata.signed]
    for _ in range(MOST_ROOTS):
        if not _is_signed("root", metadata, judges):
            found.problem(FirmwareError(Text.CATALOGUE_BAD_SIGNATURE, role="root"))
            break
        try:
            later: Metadata[Root] = _parsed(_metadata_bytes(place, f"{metadata.signed.version + 1}.root.json"))
        except FirmwareError:
            break
        judges, metadata = [metadata.signed, later.signed], later
    root = metadata.signed if len(judges) == 1 or _is_signed("root", metadata, judges) else judges[0]
    found.parts.append(_part("root", metadata, _Named(root, "root"), _signers("root", metadata, judges)))
    return root


def _grace(root: Root) -> timedelta:
    days = root.unrecognized_fields.get(GRACE_FIELD, 0)
    return timedelta(days=days if type(days) is int and 0 <= days <= MOST_GRACE_DAYS else 0)


def _parts(place: Origin, root: Root, grace: timedelta, found: _Findings) -> None:
    timestamp = _read(place, "timestamp", "timestamp.json", None, root, grace, found)
    if timestamp is None:
        return
    described: MetaFile = timestamp.signed.snapshot_meta
    snapshot = _read(place, "snapshot", f"{described.version}.snapshot.json", described, root, grace, found)
    if snapshot is None:
        return
    _delegated(place, "targets", root, snapshot.signed.meta, found)


def _delegated(
    place: Origin, role: str, delegator: Root | Targets, described: Mapping[str, MetaFile], found: _Findings
) -> None:
    file = described.get(f"{role}.json")
    if file is None:
        found.problem(FirmwareError(Text.CATALOGUE_INCOMPLETE, name=f"{role}.json"))
        return
    metadata = _read(place, role, f"{file.version}.{role}.json", file, delegator, timedelta(), found)
    if metadata is None or metadata.signed.delegations is None:
        return
    known = {part.name for part in found.parts}
    for below in [
        name for name in metadata.signed.delegations.roles or {} if name not in known
    ]:  # a circle ends here; laptops refuse it
        _delegated(place, below, metadata.signed, described, found)


def _read(
    place: Origin,
    role: str,
    name: str,
    described: MetaFile | None,
    delegator: Root | Targets,
    grace: timedelta,
    found: _Findings,
) -> Metadata[Any] | None:
    """One part of a mirror, judged; None when there is nothing to read."""
    try:
        content = _metadata_bytes(place, name)
        metadata = _parsed(content)
    except FirmwareError as error:
        found.problem(error)
        return None
    signers = _signers(role, metadata, [delegator])
    found.parts.append(_part(role, metadata, _Named(delegator, role), signers))
    if described is not None and not _is_described(content, metadata, described):
        found.problem(FirmwareError(Text.CATALOGUE_MIXED, detail=f"{name} is not the one that was released"))
    if not _is_signed(role, metadata, [delegator]):
        found.problem(FirmwareError(Text.CATALOGUE_BAD_SIGNATURE, role=role))
    found.lapse(role, metadata.signed.expires, grace)
    return metadata


def _is_described(content: bytes, metadata: Metadata[Any], described: MetaFile) -> bool:
    hashes = described.hashes or {}
    return (
        metadata.signed.version == described.version
        and described.length in (None, len(content))
        and hashes.get("sha256") in (None, hashlib.sha256(content).hexdigest())
    )


def _verdict(place: Origin, root: bytes, at: datetime, found: _Findings) -> Verified | None:
    """What a laptop with this root says."""
    try:
        verified = verify(Path(place.name), place, root, at)
        verified.check_time(at)
    except FirmwareError as error:
        found.problem(error)
        return None
    return verified


def _targets(place: Origin, verified: Verified, kind: str, found: _Findings) -> None:
    said = {target.path: target for target in verified.targets}

    def read(path: str) -> bytes | None:
        return b"".join(_chunks(place, said[path])) if path in said else None

    for target in verified.targets:
        if _is_file_right(place, target, found) and kind == IMAGE and target.vendor_role:
            told = _Told(target.path, target.length, target.sha256, target.custom, target.vendor_role)
            here = Path(place.name) / "targets" / target.location
            _judge_release(told, here if here.exists() else None, read, found)
    if kind == DIRECTOR:
        try:
            directed = director.directed(verified, lambda target: b"".join(_chunks(place, target)))
        except FirmwareError as error:
            found.problem(error)
        else:
            found.problems.extend(one for one in directed.problems if one not in found.problems)


def _is_file_right(place: Origin, target: SignedTarget, found: _Findings) -> bool:
    digest, length = hashlib.sha256(), 0
    try:
        for chunk in _chunks(place, target):
            digest.update(chunk)
            length += len(chunk)
    except FirmwareError as error:
        found.problem(error)
        return False
    right = (length, digest.hexdigest()) == (target.length, target.sha256)
    if not right:
        found.problem(FirmwareError(Text.IMAGE_SOURCE_BAD, target=target.path))
    return right


def _chunks(place: Origin, target: SignedTarget) -> Iterator[bytes]:
    left = target.length + 1
    with place.download(target.location) as chunks:
        for chunk in chunks:
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return


# ---- parts -----------------------------------------------------------------------------------------------------------


class _Named:
    """Whose keys may sign a part, as its delegator says."""

    def __init__(self, delegator: Root | Targets, role: str) -> None:
        named = delegator.get_delegated_role(role)
        self.ids: tuple[str, ...] = tuple(named.keyids)
        self.threshold: int = named.threshold


def _part(role: str, metadata: Metadata[Any], holders: Any, signed_by: tuple[str, ...]) -> Part:
    signed = metadata.signed
    files = len(signed.targets) if isinstance(signed, Targets) else 0
    return Part(role, signed.version, signed.expires, holders.threshold, tuple(holders.ids), signed_by, files)


def _results(role: str, metadata: Metadata[Any], judges: list[Any]) -> list[Any]:
    payload, signatures = metadata.signed_bytes, metadata.signatures
    return [judge.get_verification_result(role, payload, signatures) for judge in judges]


def _is_signed(role: str, metadata: Metadata[Any], judges: list[Any]) -> bool:
    return all(result.verified for result in _results(role, metadata, judges))


def _signers(role: str, metadata: Metadata[Any], judges: list[Any]) -> tuple[str, ...]:
    return tuple(sorted({keyid for result in _results(role, metadata, judges) for keyid in result.signed}))


def _metadata_bytes(place: Origin, name: str) -> bytes:
    try:
        return place.fetcher.download_bytes(f"{place.base}{METADATA}{quote(name)}", LARGEST)
    except DownloadError as error:
        raise download_error(error, place.name) from error


def _parsed(content: bytes) -> Metadata[Any]:
    try:
        return Metadata.from_bytes(content)
    except (RepositoryError, ValueError, LookupError, TypeError) as error:
        raise FirmwareError(Text.CATALOGUE_DAMAGED, detail=type(error).__name__) from error


def _told(trouble: Trouble) -> dict[str, object]:
    return {"code": trouble.text.name, "what": trouble.what, "do": trouble.remedy}
