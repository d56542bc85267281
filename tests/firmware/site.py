"""A publisher and a laptop on one disk, with a clock that tests set."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from fieldtool.core.errors import FieldtoolError
from fieldtool.core.model import Release
from fieldtool.core.rights import Denylist, Grant, OrderedCharger, OrderedImage, WorkOrder
from fieldtool.core.texts import Text
from fieldtool.firmware import custom
from fieldtool.firmware.directions import order_json
from fieldtool.firmware.fetchers import folder_origin
from fieldtool.firmware.repository import Catalogue
from fieldtool.firmware.roots import accept_director, accept_root
from fieldtool.firmware.verification import verify
from fieldtool.publish.director import DirectorRepository
from fieldtool.publish.layout import LIFETIMES, Lifetimes
from fieldtool.publish.repository import ImageRepository
from fieldtool.publish.throwaway import Image, Signers, make_director, make_repository, sign_and_release
from fieldtool.store.database import Store
from fieldtool.trusted_time import TrustedTime


def refused(text: Text) -> "pytest.RaisesExc[FieldtoolError]":
    """The block must raise our error with this code, and nothing else."""
    return pytest.raises(FieldtoolError, check=lambda error: error.text is text)


START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MODEL, HARDWARE, VENDOR = "CityPost 22", "R4", "Lab"
SERIAL, SITE = "000731", "depot-west"


@dataclass
class SetClock:
    """A wall clock and a monotonic clock that move only when told."""

    wall: datetime = START
    ticks: float = 1000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.ticks

    def wait(self, stop: Event, seconds: float) -> bool:
        self.advance(timedelta(seconds=seconds))
        return stop.is_set()

    def advance(self, by: timedelta) -> None:
        """Time goes by."""
        self.wall += by
        self.ticks += by.total_seconds()

    def jump(self, by: timedelta) -> None:
        """Somebody sets the wall clock."""
        self.wall += by


@cache
def signers(name: str = "vendor") -> Signers:
    """Keys are made once per test session."""
    return Signers.generate()


def image(folder: Path, version: str = "2.6.0", size: int = 5000, **fields: object) -> Image:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"citypost-{version}.raucb"
    file.write_bytes((version * size).encode()[:size])
    payload = hashlib.sha256(version.encode()).hexdigest()
    return Image(file, version, payload, (MODEL,), (HARDWARE,), format="bin", fields=fields)


@dataclass
class Publisher:
    folder: Path
    clock: SetClock
    keys: Signers = field(default_factory=signers)

    @property
    def mirror(self) -> Path:
        return self.folder / "mirror"

    @property
    def root(self) -> Path:
        return self.folder / "root.json"

    @property
    def repository(self) -> ImageRepository:
        return ImageRepository(self.folder / "repository", self.clock)

    def releases(self) -> tuple[Release, ...]:
        """What it has published, as an operator who reads its metadata would know it."""
        mirror = self.mirror
        verified = verify(mirror, folder_origin(mirror), self.root.read_bytes(), None)
        images = (one for one in verified.targets if not one.path.startswith("trust/"))
        return tuple(custom.release(one.path, one.length, one.sha256, one.custom) for one in images)

    def make(self, *images: Image) -> str:
        return make_repository(self.folder, VENDOR, images, self.clock, self.keys)

    def add(self, *images: Image, mirror: Path | None = None) -> None:
        for one in images:
            self.repository.add(one.file, one.custom(VENDOR, "2026-03-01T00:00:00Z"))
        self.release(mirror)

    def release(self, mirror: Path | None = None) -> None:
        sign_and_release(self.repository, self.keys, mirror or self.mirror)


def ordered(release: Release, **other: Any) -> OrderedImage:
    """What an order says about a release; `other` makes it say something else."""
    said = OrderedImage(release.target, release.length, release.sha256, (HARDWARE,))
    return replace(said, **other)


def order(*images: OrderedImage, **other: Any) -> WorkOrder:
    """Holds from START for 14 days, for one charger."""
    charger = OrderedCharger(SERIAL, "Bay 01", MODEL, HARDWARE, images=images)
    made = WorkOrder("wo-1", SITE, "Depot West", START, START + timedelta(days=14), (charger,))
    return replace(made, **other)


@dataclass
class Operator:
    """Whoever runs the director."""

    folder: Path
    clock: SetClock
    keys: Signers = field(default_factory=lambda: signers("operator"))
    lifetimes: Lifetimes = LIFETIMES

    @property
    def mirror(self) -> Path:
        return self.folder / "mirror"

    @property
    def root(self) -> Path:
        return self.folder / "root.json"

    @property
    def repository(self) -> DirectorRepository:
        return DirectorRepository(self.folder / "repository", self.clock, self.lifetimes)

    def make(self, *orders: WorkOrder, grants: tuple[Grant, ...] = (), denylist: Denylist | None = None) -> str:
        return make_director(
            self.folder, self.clock, orders, grants, denylist, signers=self.keys, lifetimes=self.lifetimes
        )

    def order(self, *orders: WorkOrder) -> None:
        for one in orders:
            self.repository.add_order(order_json(one), replace=True)
        self.release()

    def deny(self, **what: Any) -> None:
        self.repository.deny(**what)
        self.release()

    def release(self) -> None:
        sign_and_release(self.repository, self.keys, self.mirror)


class Laptop:
    """A data folder with accepted roots. `restart` is another process: nothing in memory survives."""

    key_id: str | None = None

    def __init__(self, folder: Path, clock: SetClock, root: Path | None, fingerprint: str = "") -> None:
        self.folder = folder
        self.clock = clock
        self.store = Store.open(folder)
        if root is not None:
            accept_root(folder, root, fingerprint or hashlib.sha256(root.read_bytes()).hexdigest(), clock.now())
        self.restart()

    def restart(self) -> None:
        self.time = TrustedTime(self.store, self.clock)
        self.catalogue = Catalogue(self.folder, self.store, self.time, self.clock, lambda: self.key_id)

    def follow(self, director: Path) -> None:
        """Somebody types the fingerprint of the director's root."""
        typed = hashlib.sha256(director.read_bytes()).hexdigest()
        accept_director(self.folder, self.store, director, typed, self.clock.now())
