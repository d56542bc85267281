"""The one place that talks to python-tuf: a folder or server of metadata goes in, verified facts come out.

tuf judges signatures, versions, lengths and hashes. Time is judged twice: by tuf at `T - grace`, and here at T
(design/trust.md: grace covers timestamp and snapshot only). Three private names of tuf are used for that, because it
knows no offline mode: `Updater._trusted_set` (with `.reference_time`), `Updater._load_root` and
`Updater._load_targets`. tests/firmware/test_verification.py guards what they mean; the version is pinned.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from urllib.parse import quote

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from securesystemslib.signer import Key
from tuf.api import exceptions as tuf_errors
from tuf.api.metadata import Delegations, Root, TargetFile, Targets
from tuf.ngclient import Updater, UpdaterConfig

from fieldtool.core.errors import FirmwareError, StorageError
from fieldtool.core.texts import Text
from fieldtool.firmware.fetchers import METADATA, Origin, download_error, plain_words
from fieldtool.firmware.verified import TOP, Role, SignedTarget, Verified, expired

MOST_GRACE_DAYS = 90  # nothing signed can grant more
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)  # as a time to judge at: nothing has expired
MOST_ROLES = 256
MOST_DEPTH = 4
GRACE_FIELD = "grace_days"  # in the signed part of root.json
_ROLE = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
CONFIG = UpdaterConfig(max_root_rotations=64, max_delegations=MOST_ROLES)


def verify(folder: Path, origin: Origin, root: bytes, at: datetime | None, prefix: str = "") -> Verified:
    """Verify all metadata that `origin` serves, every delegated role included, at trusted time `at`.

    `folder`: where the fetcher keeps or finds the files, to say in words until when an expired one held. `at` None:
    everything but time; the caller then judges it with `Verified.check_time`. `prefix`: of the repository's roles, in
    messages. FirmwareError by what is wrong, SyncError when the source fails, StorageError when this laptop does.
    """
    with _ours(folder, origin.name, prefix), TemporaryDirectory(prefix="fieldtool-") as scratch:
        # The updater starts from the accepted root and empty-handed every time: what lies in a cache decides nothing.
        # Rollback is judged by the version floors of the database, which survive a wiped folder.
        base = origin.base + METADATA
        updater = Updater(scratch, base, fetcher=origin.fetcher, config=CONFIG, bootstrap=root)
        trusted = updater._trusted_set
        updater._load_root()
        grace = _grace(trusted.root)
        trusted.reference_time = EARLIEST if at is None else at - grace
        updater.refresh()
        walk = _Walk(updater, folder)
        targets = tuple(walk.targets())
        return Verified(walk.roles, targets, tuple(walk.lapsed), grace, frozenset(walk.keys), prefix)


def names_a_key_twice(keys: Iterable[Key]) -> bool:
    """A key under two ids would count twice towards a threshold."""
    contents = [key_content(key) for key in keys]
    return len(set(contents)) != len(contents)


def key_content(key: Key) -> str:
    """What a key is, however its id was made and its public part written."""
    public = str(key.keyval.get("public", ""))
    try:
        if key.keytype == "ed25519":
            return bytes.fromhex(public).hex()
        return load_pem_public_key(public.encode()).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo).hex()
    except (ValueError, UnsupportedAlgorithm):  # a kind that we cannot read signs nothing either
        return json.dumps(key.keyval, sort_keys=True)


def key_names(keys: Iterable[Key]) -> frozenset[str]:
    """By what a key is recognized in another repository: its id, and its content."""
    return frozenset(name for key in keys for name in (key.keyid, key_content(key)))


def _refuse_doubled(keys: Iterable[Key]) -> None:
    if names_a_key_twice(keys):
        raise FirmwareError(Text.CATALOGUE_UNSUPPORTED, detail="one key under two names")


class _Walk:
    """All delegated roles, visited once: what is not fetched at a sync would be missing offline."""

    def __init__(self, updater: Updater, folder: Path) -> None:
        self._updater = updater
        self._folder = folder
        self.roles: dict[str, Role] = {}
        self.lapsed: list[Role] = []
        trusted = updater._trusted_set
        _refuse_doubled(trusted.root.keys.values())
        self.keys = set(key_names(trusted.root.keys.values()))
        for name in TOP:
            said = trusted.root.roles[name]
            keys = tuple(sorted(said.keyids))
            self.roles[name] = Role(name, keys, trusted[name].version, trusted[name].expires, (), said.threshold)
        self._descend(trusted.targets, "targets", ())

    def _descend(self, targets: Targets, parent: str, chain: tuple[str, ...]) -> None:
        if targets.delegations is not None:
            self.keys |= key_names(targets.delegations.keys.values())
        for name, keys, threshold in _delegated(targets.delegations):
            if name in self.roles or not _ROLE.fullmatch(name):
                raise FirmwareError(Text.CATALOGUE_UNSUPPORTED, detail=f"part “{name[:80]}” delegated twice or oddly")
            if len(self.roles) > MOST_ROLES or len(chain) >= MOST_DEPTH:
                raise FirmwareError(Text.CATALOGUE_UNSUPPORTED, detail="too many parts")
            below = (*chain, name)
            try:
                found = self._updater._load_targets(name, parent)
            except tuf_errors.ExpiredMetadataError:
                held = _expiry(self._folder, name) or self._updater._trusted_set.reference_time
                self.roles[name] = Role(name, keys, 0, held, below, threshold)
                self.lapsed.append(self.roles[name])
                continue
            self.roles[name] = Role(name, keys, found.version, found.expires, below, threshold)
            self._descend(found, name, below)

    def targets(self) -> Iterator[SignedTarget]:
        """Every path that some role names, as TUF's own search resolves it: most trusted role first."""
        trusted = self._updater._trusted_set
        read = [role for role in self.roles.values() if role not in self.lapsed and role.name not in TOP[:3]]
        said = {role.name: cast(Targets, trusted[role.name]).targets for role in read}
        prefixed = trusted.root.consistent_snapshot
        for path in sorted({path for targets in said.values() for path in targets}):
            try:
                info = self._updater.get_targetinfo(path)
            except tuf_errors.ExpiredMetadataError:
                continue  # the role that has the say over it has lapsed
            role = next((role for role in read if said[role.name].get(path) is info), None)
            if info is None or role is None:
                continue  # named by a role that has no say over this path
            location = _prefixed(info) if prefixed else info.path
            yield SignedTarget(path, info.length, info.hashes.get("sha256", ""), info.custom, role, location)


def _prefixed(info: TargetFile) -> str:
    folder, slash, name = info.path.rpartition("/")
    return f"{folder}{slash}{info.hashes.get('sha256', '')}.{name}"


def _delegated(delegations: Delegations | None) -> Iterator[tuple[str, tuple[str, ...], int]]:
    if delegations is None:
        return
    if delegations.succinct_roles is not None or delegations.roles is None:
        raise FirmwareError(Text.CATALOGUE_UNSUPPORTED, detail="parts split by hash")
    _refuse_doubled(delegations.keys.values())
    for name, role in delegations.roles.items():
        yield name, tuple(sorted(role.keyids)), role.threshold


def _grace(root: Root) -> timedelta:
    days: Any = root.unrecognized_fields.get(GRACE_FIELD, 0)
    if type(days) is not int or not 0 <= days <= MOST_GRACE_DAYS:
        raise FirmwareError(Text.CATALOGUE_UNSUPPORTED, detail=f"{GRACE_FIELD} is not 0 to {MOST_GRACE_DAYS}")
    return timedelta(days=days)


def _expiry(folder: Path, role: str) -> datetime | None:
    """Until when a part says that it holds: for words only."""
    name = f"{quote(role, '')}.json"
    files = sorted((folder / METADATA).glob(f"*{name}"), key=lambda file: file.stat().st_mtime_ns)
    for file in reversed(files):
        if file.name == name or file.name.partition(".")[2] == name:
            until = _signed(file).get("expires", "")
            try:
                return datetime.fromisoformat(str(until).replace("Z", "+00:00"))
            except ValueError:
                return None
    return None


def _signed(file: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(file.read_bytes())["signed"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


@contextmanager
def _ours(folder: Path, source: str, prefix: str) -> Iterator[None]:
    """Nothing of tuf leaves this module: its errors become ours, by whose fault they are."""
    try:
        yield
    except tuf_errors.ExpiredMetadataError as error:
        role = _first(str(error), r"(?:Final |New )?([A-Za-z0-9._-]+?)(?:\.json)? is expired")
        raise expired(prefix + role, _expiry(folder, role) or EARLIEST) from error
    except tuf_errors.UnsignedMetadataError as error:
        role = _first(str(error), r"([A-Za-z0-9._-]+) was signed by")
        raise FirmwareError(Text.CATALOGUE_BAD_SIGNATURE, role=prefix + role) from error
    except (tuf_errors.BadVersionNumberError, tuf_errors.LengthOrHashMismatchError) as error:
        raise FirmwareError(Text.CATALOGUE_MIXED, detail=prefix + plain_words(error)) from error
    except tuf_errors.RepositoryError as error:
        raise FirmwareError(Text.CATALOGUE_DAMAGED, detail=prefix + plain_words(error)) from error
    except tuf_errors.DownloadError as error:
        raise download_error(error, source, prefix) from error
    except OSError as error:
        raise StorageError(Text.CACHE_UNWRITABLE, folder=str(folder), detail=plain_words(error)) from error
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError, ArithmeticError) as error:
        # Hostile metadata reaches code of tuf that does not expect it.
        raise FirmwareError(Text.CATALOGUE_DAMAGED, detail=prefix + type(error).__name__) from error


def _first(text: str, pattern: str) -> str:
    match = re.search(pattern, text)
    return match.group(1) if match else "?"
