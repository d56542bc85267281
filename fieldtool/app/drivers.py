"""Drivers, ours and anyone's: each is an entry point in the group `fieldtool.drivers`, imported when first used."""

from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from threading import Lock

from fieldtool.core.driver import Driver

GROUP = "fieldtool.drivers"


class Drivers(Mapping[str, Driver]):
    """Name -> driver. Importing paramiko takes 0.1 s: only who talks to a charger pays."""

    def __init__(self) -> None:
        self._points: dict[str, EntryPoint] = {point.name: point for point in entry_points(group=GROUP)}
        self._loaded: dict[str, Driver] = {}
        self._lock = Lock()

    def __getitem__(self, name: str) -> Driver:
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = self._points[name].load()
            return self._loaded[name]

    def formats(self, name: str) -> frozenset[str] | None:
        """Of the files that a driver's chargers install. None: there is no such driver, and the engine says so."""
        return self[name].formats if name in self._points else None

    def __iter__(self) -> Iterator[str]:
        return iter(self._points)

    def __len__(self) -> int:
        return len(self._points)
