"""What verified metadata says, as values. Knows nothing of tuf."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from fieldtool.core.errors import FirmwareError
from fieldtool.core.texts import Text

TOP = ("root", "timestamp", "snapshot", "targets")
_GRACEFUL = frozenset({"timestamp", "snapshot"})


@dataclass(frozen=True, slots=True)
class Role:
    """A part of the catalogue: who may sign it, which version it has, until when it holds."""

    name: str
    keys: tuple[str, ...]  # ids of the keys that may sign it, sorted
    version: int
    expires: datetime
    chain: tuple[str, ...] = ()  # delegated roles from "targets" down to this one
    threshold: int = 1  # so many of the keys must have signed


@dataclass(frozen=True, slots=True)
class SignedTarget:
    """A file that the catalogue names, from the role that TUF gives the say over its path."""

    path: str
    length: int
    sha256: str
    custom: object
    role: Role
    location: str  # path below targets/ at the source

    @property
    def vendor_role(self) -> str:
        return self.role.chain[0] if self.role.chain else ""


@dataclass(frozen=True, slots=True)
class Verified:
    """What the metadata says after every signature, version and hash agreed. Time is asked for at each use."""

    roles: Mapping[str, Role]
    targets: tuple[SignedTarget, ...]
    lapsed: tuple[Role, ...]  # delegated roles that had expired too long ago to be read
    grace: timedelta
    keys: frozenset[str] = frozenset()  # every key that may sign anything in it: by its id, and by its content
    prefix: str = ""  # of its roles in messages

    def until(self, role: Role) -> datetime:
        """When `role` stops holding, grace included where there is any."""
        return role.expires + (self.grace if role.name in _GRACEFUL else timedelta())

    @property
    def valid_until(self) -> datetime:
        """When the whole catalogue stops being usable. A vendor that lapses takes only its own releases along."""
        return min(self.until(self.roles[name]) for name in TOP)

    @property
    def fresh_until(self) -> datetime:
        return min(self.roles[name].expires for name in TOP)

    def check_time(self, at: datetime) -> None:
        """FirmwareError(CATALOGUE_EXPIRED) unless root, targets, and with grace timestamp and snapshot, hold at T."""
        for name in TOP:
            if self.until(self.roles[name]) <= at:
                raise expired(self.prefix + name, self.roles[name].expires)

    def check_target_time(self, target: SignedTarget, at: datetime) -> None:
        """FirmwareError(VENDOR_EXPIRED; CATALOGUE_EXPIRED for a site) unless the roles that name it hold at T, too."""
        for name in target.role.chain:
            if self.roles[name].expires <= at:
                vendor = "" if self.prefix else target.role.chain[0]
                raise expired(self.prefix + name, self.roles[name].expires, vendor)


def expired(role: str, until: datetime, vendor: str = "") -> FirmwareError:
    told = f"{until:%Y-%m-%d %H:%M} UTC"
    if vendor:
        return FirmwareError(Text.VENDOR_EXPIRED, role=role, vendor=vendor, until=told)
    return FirmwareError(Text.CATALOGUE_EXPIRED, role=role, until=told)


def refuse_shared(image: frozenset[str], director: frozenset[str]) -> None:
    """FirmwareError(KEY_IN_BOTH_ROOTS) when a key of one repository, root or delegated, is a key of the other, too."""
    if shared := image & director:
        raise FirmwareError(Text.KEY_IN_BOTH_ROOTS, key=min(shared)[:16])
