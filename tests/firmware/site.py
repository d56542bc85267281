"""A publisher and a laptop on one disk, with a clock that tests set."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Event

import pytest

from fieldtool.core.errors import FieldtoolError
from fieldtool.core.texts import Text
from fieldtool.firmware.repository import Catalogue
from fieldtool.firmware.roots import accept_root
from fieldtool.publish.repository import ImageRepository
from fieldtool.publish.throwaway import Image, Signers, make_repository, sign_and_release
from fieldtool.store.database import Store
from fieldtool.trusted_time import TrustedTime


def refused(text: Text) -> "pytest.RaisesExc[FieldtoolError]":
    """The block must raise our error with this code, and nothing else."""
    return pytest.raises(FieldtoolError, check=lambda error: error.text is text)


START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MODEL, HARDWARE, VENDOR = "CityPost 22", "R4", "Lab"


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
    return Image(file, version, hashlib.sha256(version.encode()).hexdigest(), (MODEL,), (HARDWARE,), fields=fields)


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

    def make(self, *images: Image) -> str:
        return make_repository(self.folder, VENDOR, images, self.clock, self.keys)

    def add(self, *images: Image, mirror: Path | None = None) -> None:
        for one in images:
            self.repository.add(one.file, one.custom(VENDOR, "2026-03-01T00:00:00Z"))
        self.release(mirror)

    def release(self, mirror: Path | None = None) -> None:
        sign_and_release(self.repository, self.keys, mirror or self.mirror)


class Laptop:
    """A data folder with an accepted root. `restart` is another process: nothing in memory survives."""

    def __init__(self, folder: Path, clock: SetClock, root: Path | None, fingerprint: str = "") -> None:
        self.folder = folder
        self.clock = clock
        self.store = Store.open(folder)
        if root is not None:
            accept_root(folder, root, fingerprint or hashlib.sha256(root.read_bytes()).hexdigest(), clock.now())
        self.restart()

    def restart(self) -> None:
        self.time = TrustedTime(self.store, self.clock)
        self.catalogue = Catalogue(self.folder, self.store, self.time, self.clock)
