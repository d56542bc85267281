"""How a repository is laid out: who signs which part, with how many keys, and how long a part holds.

Both repositories of design/trust.md have the same skeleton; they differ in whom the top-level targets delegate to, and
for which paths.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from securesystemslib.signer import Key
from tuf.api.metadata import DelegatedRole, Delegations, Root

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.firmware.verification import GRACE_FIELD, MOST_GRACE_DAYS, names_a_key_twice

OFFLINE = ("root", "targets")
ONLINE = ("snapshot", "timestamp")
IMAGE, DIRECTOR = "image", "director"
KIND_FIELD = "repository"  # in the signed part of a director's root; an image repository's has none


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

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key.keyid for key in self.keys))


@dataclass(frozen=True, slots=True)
class Layout:
    """Who signs what. `delegated`: name of a vendor, or id of a site -> its keys; each gets its own folder only."""

    root: Holders
    targets: Holders
    snapshot: Holders
    timestamp: Holders
    delegated: Mapping[str, Holders] = field(default_factory=dict)

    @property
    def top(self) -> Mapping[str, Holders]:
        return {"root": self.root, "targets": self.targets, "snapshot": self.snapshot, "timestamp": self.timestamp}


def check_layout(counts: Mapping[str, tuple[int, int]], grace: int = 0) -> None:
    """UsageError(PUBLISH_LAYOUT_BAD) unless every part can be signed. `counts`: part -> (keys, threshold)."""
    for role, (keys, threshold) in counts.items():
        if not 1 <= threshold <= keys:
            raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=f"“{role}” needs {threshold} of {keys} keys")
    if not 0 <= grace <= MOST_GRACE_DAYS:
        raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=f"grace is not 0 to {MOST_GRACE_DAYS} days")


def check_holders(holders: Mapping[str, Holders]) -> None:
    """UsageError(PUBLISH_LAYOUT_BAD): too few keys, or one key under two ids, which every client refuses."""
    check_layout({role: (len(its.ids), its.threshold) for role, its in holders.items()})
    keys = {key.keyid: key for its in holders.values() for key in its.keys}
    if names_a_key_twice(keys.values()):
        raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail="one key is given under two names")


def new_root(layout: Layout, kind: str, lifetimes: Lifetimes, now: datetime) -> Root:
    more: dict[str, object] = {GRACE_FIELD: lifetimes.grace}
    if kind != IMAGE:
        more[KIND_FIELD] = kind
    root = Root(expires=now + lifetimes.of("root"), consistent_snapshot=True, unrecognized_fields=more)
    for name, holders in layout.top.items():
        for key in holders.keys:
            root.add_key(key, name)
        root.roles[name].threshold = holders.threshold
    return root


def delegated_role(name: str, holders: Holders, paths: Iterable[str]) -> DelegatedRole:
    # Terminating: nobody else has a say about what lies in its folder.
    return DelegatedRole(name, list(holders.ids), holders.threshold, True, list(paths))


def delegations(roles: Mapping[str, DelegatedRole], keys: Mapping[str, Key]) -> Delegations:
    """Of `keys`, those that some role needs."""
    needed = {keyid: keys[keyid] for role in roles.values() for keyid in role.keyids}
    return Delegations(needed, dict(roles))


def check_apart(ours: Iterable[Key], theirs: Iterable[Key]) -> None:
    """UsageError(PUBLISH_KEY_SHARED) when a key of ours is one of the other repository's, under whatever id."""
    known = {_content(key) for key in theirs}
    for key in ours:
        if _content(key) in known:
            raise UsageError(Text.PUBLISH_KEY_SHARED, key=key.keyid[:16])


def _content(key: Key) -> str:
    return str(sorted(key.keyval.items()))
