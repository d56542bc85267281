"""Two laptops of one operator and a stick between them; zip files as an attacker writes them."""

import struct
import zipfile
import zlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, TypeVar

from fieldtool.app.bundles import Bundles
from fieldtool.core.errors import FieldtoolError
from fieldtool.core.model import Release
from fieldtool.core.rights import OrderedCharger, OrderedImage, WorkOrder
from fieldtool.core.texts import Text
from fieldtool.firmware.roots import accept_director
from fieldtool.publish.throwaway import make_director
from tests.firmware.site import HARDWARE, MODEL, START, VENDOR, Laptop, Publisher, SetClock, image

SERIAL, SITE, ORDER = "CP-0001", "depot", "depot-7"

_T = TypeVar("_T")


def result(steps: Generator[object, None, _T]) -> _T:
    """Go through all steps; what came of them."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            value: _T = end.value
            return value


def bundles(laptop: Laptop) -> Bundles:
    return Bundles(laptop.folder, laptop.store, laptop.time, laptop.catalogue)


def order(*releases: Release, id: str = ORDER, site: str = SITE, serial: str = SERIAL) -> WorkOrder:
    images = tuple(OrderedImage(one.target, one.length, one.sha256, (HARDWARE,)) for one in releases)
    charger = OrderedCharger(serial, "Bay 01", MODEL, images=images)
    return WorkOrder(id, site, "Spring round", START - timedelta(days=1), START + timedelta(days=60), (charger,))


def seen(laptop: Laptop, bundle: Path) -> Text | None:
    """Why an inspection says that this laptop would not take it; None: it would."""
    problem = result(bundles(laptop).inspect(bundle)).problem
    return None if problem is None else problem.text


def taken(laptop: Laptop, bundle: Path) -> Text | None:
    """Why an import refuses it; None: it is in."""
    try:
        result(bundles(laptop).take(bundle))
    except FieldtoolError as error:
        return error.text
    return None


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a data folder, but for what readers of a database note about each other."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


# -- zip files, byte by byte


@dataclass
class Piece:
    """One member. `local` and `central`: what its two headers say otherwise than is true."""

    name: bytes
    data: bytes = b""
    local: Mapping[str, Any] = field(default_factory=dict)
    central: Mapping[str, Any] = field(default_factory=dict)
    gap: bytes = b""  # before it
    hole: int = 0  # bytes of nothing, behind the data

    def but(self, gap: bytes = b"", **told: object) -> "Piece":
        """The same, told otherwise in both headers."""
        return Piece(self.name, self.data, told, told, gap)


def pieces(bundle: Path) -> list[Piece]:
    with zipfile.ZipFile(bundle) as archive:
        return [Piece(info.filename.encode(), archive.read(info)) for info in archive.infolist()]


def build(file: IO[bytes], members: list[Piece], end: Mapping[str, int] | None = None) -> None:
    """Write a zip with these members; `end`: what its last record says otherwise than is true."""
    central = []
    for piece in members:
        file.write(piece.gap)
        offset = file.tell()
        file.write(_header(piece, piece.local, None))
        file.write(piece.data)
        file.seek(piece.hole, 1)
        central.append(_header(piece, piece.central, offset))
    start = file.tell()
    file.write(b"".join(central))
    told = {"disk": 0, "first": 0, "here": len(members), "count": len(members), "size": file.tell() - start}
    told |= {"offset": start, "comment": 0} | dict(end or {})
    file.write(struct.pack("<4s4H2LH", b"PK\5\6", *told.values()))


def _header(piece: Piece, other: Mapping[str, Any], offset: int | None) -> bytes:
    length = len(piece.data) + piece.hole
    told: dict[str, Any] = {"name": piece.name, "extra": b"", "flags": 0, "method": 0, "crc": zlib.crc32(piece.data)}
    told |= {"stored": length, "length": length, "attributes": 0o100644 << 16, "offset": offset, "disk": 0} | other
    facts = struct.pack("<5H3L", 20, told["flags"], told["method"], 0, 33, told["crc"], told["stored"], told["length"])
    facts += struct.pack("<2H", told.get("name_length", len(told["name"])), len(told["extra"]))
    if offset is None:
        return b"PK\3\4" + facts + told["name"] + told["extra"]
    rest = struct.pack("<3H2L", 0, told["disk"], 0, told["attributes"], told["offset"])
    return b"PK\1\2" + struct.pack("<H", 0x0314) + facts + rest + told["name"] + told["extra"]


def changed(source: Path, target: Path, name: str, data: bytes | None) -> Path:
    """A bundle in which one member has other content; None: it is gone."""
    with zipfile.ZipFile(source) as archive:
        names = archive.namelist()
    (full,) = [one for one in names if one.endswith(name)]
    kept = [piece for piece in pieces(source) if data is not None or piece.name != full.encode()]
    with target.open("wb") as file:
        build(file, [Piece(p.name, data) if data is not None and p.name == full.encode() else p for p in kept])
    return target


# -- who makes and takes


class Operator:
    """A publisher, a director whose one order names 2.6.0, and laptops that trust both."""

    def __init__(self, folder: Path, clock: SetClock, size: int = 400) -> None:
        self.folder, self.clock = folder, clock
        self.publisher = Publisher(folder / "publisher", clock)
        self.publisher.make(image(folder / "build", "2.5.0", size), image(folder / "build", "2.6.0", size))
        self.laptops: list[Laptop] = []
        scout = self.laptop("scout", directed=False)
        scout.catalogue.sync(str(self.publisher.mirror))
        self.new, self.old = scout.catalogue.candidates(VENDOR, MODEL, HARDWARE, "main")
        self.root = make_director(folder / "director", clock, orders=(order(self.new),))

    @property
    def director(self) -> Path:
        return self.folder / "director" / "mirror"

    def laptop(self, name: str, *, directed: bool = True) -> Laptop:
        made = Laptop(self.folder / name, self.clock, self.publisher.root)
        self.laptops.append(made)
        if directed:
            accept_director(
                made.folder, made.store, self.folder / "director" / "root.json", self.root, self.clock.now()
            )
        return made

    def synced(self, name: str, *, directed: bool = True) -> Laptop:
        made = self.laptop(name, directed=directed)
        made.catalogue.sync(str(self.publisher.mirror), str(self.director) if directed else "")
        return made

    def close(self) -> None:
        for laptop in self.laptops:
            laptop.store.close()
