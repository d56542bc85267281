"""What there is to say about a bundle, as values."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fieldtool.core.errors import Trouble


@dataclass(frozen=True, slots=True)
class Choice:
    """Which images go along: those that every demand names. No demand: all."""

    models: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    orders: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return ", ".join(sorted(self.models | self.sites | self.orders))


EVERYTHING = Choice()


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    file: Path
    length: int  # bytes
    releases: tuple[str, ...]  # paths of the releases whose files went along
    missing: tuple[str, ...]  # of those that were chosen, but whose file is not here or damaged
    orders: int  # work orders that went along
    stand_alone: bool  # there is no director whose orders could


@dataclass(frozen=True, slots=True)
class Imported:
    """What this laptop has after an import, and what of it is new."""

    releases: int
    new_releases: int
    new_files: int
    orders: int
    new_orders: int
    missing: int  # releases whose file the bundle did not bring, and that is not here


@dataclass(frozen=True, slots=True)
class BundledRelease:
    target: str
    version: str
    length: int  # bytes
    included: bool  # its file is in the bundle


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is in a bundle, as far as it is signed, and whether this laptop would take it."""

    file: Path
    length: int  # bytes
    written: datetime  # as its file system says: a hint
    releases: tuple[BundledRelease, ...] = ()
    orders: tuple[str, ...] = ()
    grants: int = 0
    valid_until: datetime | None = None  # grace included; None: nothing is signed as it must be
    stand_alone: bool = True  # it brings no director
    problem: Trouble | None = None  # why this laptop would not take it
