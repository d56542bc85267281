"""The matrix of the fleet page: one table for each kind of charger, sites down, versions across."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from urllib.parse import urlencode

from fieldtool.central.fleet import UNKNOWN, Cell


@dataclass(frozen=True, slots=True)
class Group:
    """Chargers of one vendor, model, hardware and component."""

    vendor: str
    model: str
    hardware: str
    component: str
    sites: tuple[str, ...]
    versions: tuple[str, ...]  # oldest first, as far as numbers tell; "" last
    counts: dict[tuple[str, str], int] = field(hash=False)  # (site, version) -> chargers
    doubted: dict[tuple[str, str], int] = field(hash=False)  # of them: known from a log that has an alarm

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def at(self, site: str) -> int:
        return sum(number for (place, _), number in self.counts.items() if place == site)

    def running(self, version: str) -> int:
        return sum(number for (_, one), number in self.counts.items() if one == version)

    def link(self, site: str | None, version: str) -> str:
        """The list of the chargers that a number counts. `site` None: at all sites."""
        kind = {"vendor": self.vendor, "model": self.model, "hardware": self.hardware, "component": self.component}
        wanted = {**kind, "version": version} | ({} if site is None else {"site": site})
        return "/chargers?" + urlencode({name: value or UNKNOWN for name, value in wanted.items()})


def groups(cells: Iterable[Cell]) -> tuple[Group, ...]:
    """`cells` come sorted, see `Fleet.matrix`."""
    return tuple(_group(kind, tuple(found)) for kind, found in groupby(cells, key=_kind))


def _kind(cell: Cell) -> tuple[str, str, str, str]:
    return cell.vendor, cell.model, cell.hardware, cell.component


def _group(kind: tuple[str, str, str, str], cells: tuple[Cell, ...]) -> Group:
    sites = sorted({cell.site for cell in cells}, key=lambda site: (site == "", site))
    versions = sorted({cell.version for cell in cells}, key=_age)
    counts = {(cell.site, cell.version): cell.chargers for cell in cells}
    doubted = {(cell.site, cell.version): cell.doubted for cell in cells}
    return Group(*kind, tuple(sites), tuple(versions), counts, doubted)


def _age(version: str) -> tuple[bool, list[tuple[int, int, str]]]:
    """Numbers as numbers. To put columns in an order, not to judge which version is newer: vendors differ in that."""
    parts = re.findall(r"[0-9]{1,18}|[^0-9]+", version)
    return version == "", [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]
