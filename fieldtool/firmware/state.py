"""What there is to say about the catalogue and the roots of trust, as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fieldtool.core.errors import Trouble


class Freshness(StrEnum):
    FRESH, GRACE, STALE, NONE = "fresh", "grace", "stale", "none"  # NONE: no root or never synced


@dataclass(frozen=True, slots=True)
class CatalogueState:
    freshness: Freshness
    releases: int = 0
    checked: datetime | None = None  # last authenticated sync
    valid_until: datetime | None = None  # updates are possible until then (grace included)
    problem: Trouble | None = None
    repository: str = ""  # where it comes from
    stand_alone: bool = True  # image repository only, no director: always shown as such


@dataclass(frozen=True, slots=True)
class TrustRoot:
    fingerprint: str  # sha256 of root.json, hex
    version: int
    expires: datetime
    keys: int
    threshold: int
