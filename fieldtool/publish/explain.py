"""`fieldtool publish verify`: what a repository is made of, and everything that a laptop would refuse, with the reason.

A mirror is read part by part, so that one defect does not hide the next, and then verified by the laptop's own code:
that verdict counts. A working folder is read as it lies there; what it lacks for a release is said.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Targets

from fieldtool.core.clock import Clock
from fieldtool.core.errors import FirmwareError, UsageError
from fieldtool.core.texts import Text
from fieldtool.firmware import director
from fieldtool.firmware.fetchers import METADATA, Origin, download_error, origin
from fieldtool.firmware.verification import GRACE_FIELD, MOST_GRACE_DAYS, verify
from fieldtool.firmware.verified import Role, SignedTarget, Verified, refuse_shared
from fieldtool.publish.findings import Findings, Part, Report, judge_release
from fieldtool.publish.folder import WorkingFolder, hashed
from fieldtool.publish.layout import DIRECTOR, IMAGE, KIND_FIELD, OFFLINE, ONLINE
from fieldtool.publish.verbs import content_of, either

LARGEST = 8 << 20  # bytes of a part
MOST_ROOTS = 64


def explain(source: str, clock: Clock, at: datetime, root: Path | None = None, other: str = "") -> Report:
    """Read a working folder, a mirror on disk or one on a web server, and judge it as of `at`.

    `root`: where the chain of roots begins; default: the first one that is served. `other`: the mirror of the other
    repository, which may share no key with this one. UsageError(PUBLISH_NO_REPOSITORY), SyncError when a server does
    not answer.
    """
    if (Path(source) / "metadata" / "root.json").exists():
        return _of_folder(Path(source), clock, at)
    if not source.startswith(("http://", "https://")) and not (Path(source) / "metadata").is_dir():
        raise UsageError(Text.PUBLISH_NO_REPOSITORY, folder=source)
    return _of_mirror(origin(source, clock), at, root, origin(other, clock) if other else None)


# ---- a working folder ------------------------------------------------------------------------------------------------


def _of_folder(folder: Path, clock: Clock, at: datetime) -> Report:
    repository, found = either(folder), Findings(at)
    for role in (*repository.roles, *(role for role in ONLINE if repository.parts.exists(role))):
        metadata = repository.parts.read(role)
        found.parts.append(_part(role, metadata, repository.parts.holders(role), repository.parts.signed_by(role)))
        if missing := repository.missing(role):
            found.problem(UsageError(Text.PUBLISH_UNSIGNED, role=role, missing=missing))
        elif role not in (*ONLINE, "root") and not repository.parts.is_final(role):
            found.note(UsageError(Text.PUBLISH_UNRELEASED, role=role))
        found.lapse(role, metadata.signed.expires, timedelta())
    files = tuple(target for role in repository.roles[1:] for target in _files(repository, role, found))
    if repository.KIND == DIRECTOR:
        as_if_signed = Verified({}, files, (), timedelta())
        _judge_documents(as_if_signed, lambda target: repository.content(target.path) or b"", found)
    else:
        for target in (one for one in files if one.vendor_role):
            judge_release(target, folder / "images" / target.sha256, repository.content, found)
    return found.report(str(folder), repository.KIND, None)


def _files(repository: WorkingFolder, role: str, found: Findings) -> list[SignedTarget]:
    """Those that are there and right, as laptops will see them; nothing is signed yet."""
    right = []
    for path, target in repository.parts.targets(role).signed.targets.items():
        kept = repository.folder / "images" / target.hashes["sha256"]
        if not kept.exists():
            found.problem(UsageError(Text.PUBLISH_FILE_MISSING, target=path, folder=str(repository.folder)))
        elif hashed(kept) != (target.length, target.hashes["sha256"]):
            found.problem(FirmwareError(Text.IMAGE_CORRUPT, target=path))
        else:
            holder = Role(role, (), 0, found.at, () if role in OFFLINE else (role,))
            right.append(SignedTarget(path, target.length, target.hashes["sha256"], target.custom, holder, path))
    return right


# ---- a mirror --------------------------------------------------------------------------------------------------------


def _of_mirror(place: Origin, at: datetime, root: Path | None, other: Origin | None) -> Report:
    found = Findings(at)
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
        if other is not None:
            _judge_keys(verified, other, found)
    return found.report(place.name, kind, verified is not None)


def _roots(place: Origin, first: bytes, found: Findings) -> Root:
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


def _parts(place: Origin, root: Root, grace: timedelta, found: Findings) -> None:
    timestamp = _read(place, "timestamp", "timestamp.json", None, root, grace, found)
    if timestamp is None:
        return
    described: MetaFile = timestamp.signed.snapshot_meta
    snapshot = _read(place, "snapshot", f"{described.version}.snapshot.json", described, root, grace, found)
    if snapshot is None:
        return
    _delegated(place, "targets", root, snapshot.signed.meta, found)


def _delegated(
    place: Origin, role: str, delegator: Root | Targets, described: Mapping[str, MetaFile], found: Findings
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
    found: Findings,
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


def _verdict(place: Origin, root: bytes, at: datetime, found: Findings) -> Verified | None:
    """What a laptop with this root says."""
    try:
        verified = verify(Path(place.name), place, root, at)
        verified.check_time(at)
    except FirmwareError as error:
        found.problem(error)
        return None
    return verified


def _judge_keys(verified: Verified, other: Origin, found: Findings) -> None:
    theirs = verify(Path(other.name), other, _metadata_bytes(other, "1.root.json"), None)
    try:
        refuse_shared(verified.keys, theirs.keys)
    except FirmwareError as error:
        found.problem(error)


def _targets(place: Origin, verified: Verified, kind: str, found: Findings) -> None:
    said = {target.path: target for target in verified.targets}

    def read(path: str) -> bytes | None:
        return b"".join(_chunks(place, said[path])) if path in said else None

    for target in verified.targets:
        if _is_file_right(place, target, found) and kind == IMAGE and target.vendor_role:
            here = Path(place.name) / "targets" / target.location
            judge_release(target, here if here.exists() else None, read, found)
    if kind == DIRECTOR:
        _judge_documents(verified, lambda target: b"".join(_chunks(place, target)), found)


def _judge_documents(verified: Verified, read: Callable[[SignedTarget], bytes], found: Findings) -> None:
    """What laptops leave out of what the director says."""
    try:
        directed = director.directed(verified, read)
    except FirmwareError as error:
        found.problem(error)
    else:
        found.problems.extend(one for one in directed.problems if one not in found.problems)


def _is_file_right(place: Origin, target: SignedTarget, found: Findings) -> bool:
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
