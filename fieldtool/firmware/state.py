"""What there is to say about the catalogue and the roots of trust, as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from fieldtool.core.errors import Trouble
from fieldtool.store.keystore import ROOT


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two repositories: where its root and its files lie on this laptop, and how its roles are told."""

    name: str  # in words
    root: Path  # below the data folder: its accepted root
    folder: str  # below a catalogue: its mirror; "" = the catalogue itself
    prefix: str  # of its roles, in messages and version floors


IMAGE_SIDE = Side("image repository", ROOT, "", "")
DIRECTOR_SIDE = Side("director repository", Path("trust") / "director-root.json", "director", "director/")


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
    director: bool = False  # of the director repository
