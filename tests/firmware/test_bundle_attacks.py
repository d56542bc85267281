"""Who gives a technician which stick, and what becomes of it: a refusal in words, soon, and nothing is left behind."""

import hashlib
import io
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from fieldtool.core.errors import FieldtoolError
from fieldtool.core.texts import Text
from fieldtool.firmware.bundle import open_bundle
from fieldtool.firmware.bundle_zip import members
from fieldtool.firmware.state import Freshness
from fieldtool.publish.layout import Holders
from fieldtool.publish.throwaway import Signers
from tests.firmware.bundles import Operator, Piece, build, bundles, changed, files, pieces, result, seen, taken
from tests.firmware.site import Laptop, Publisher, SetClock, image, refused, signers

STRANGE = (b"[" * 9_000, b'{"a":' * 2_500, b"", b"null", b"\xff\xfe", b"9" * 9_000, b"{}")


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    made = Operator(tmp_path_factory.mktemp("operator"), SetClock())
    yield made
    made.close()


@pytest.fixture(scope="module")
def good(operator: Operator) -> Path:
    """A bundle of both repositories that every laptop of the operator takes."""
    return result(bundles(operator.synced("maker")).export(operator.folder / "good.zip")).file


@pytest.fixture(scope="module")
def bare(operator: Operator) -> Path:
    """The same of a laptop that stands alone."""
    return result(bundles(operator.synced("alone", directed=False)).export(operator.folder / "bare.zip")).file


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made meanwhile."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def taker(operator: Operator, request: pytest.FixtureRequest) -> Laptop:
    return operator.laptop(f"taker-{len(operator.laptops)}")


def remains(laptop: Laptop, before: dict[str, bytes]) -> list[str]:
    """Files that are there now and were not, apart from the lock and the database."""
    return [name for name in files(laptop.folder).keys() - before.keys() if not name.endswith((".lock", "-wal"))]


def refused_by_all(laptop: Laptop, bundle: Path, text: Text) -> None:
    """Inspection and import say the same; the laptop is as it was, and so is the folder beside it."""
    before, beside = files(laptop.folder), sorted(laptop.folder.parent.iterdir())
    assert seen(laptop, bundle) is text
    assert taken(laptop, bundle) is text
    assert remains(laptop, before) == []
    assert sorted(laptop.folder.parent.iterdir()) == beside
    assert list(Path(tempfile.gettempdir()).iterdir()) == []
    assert laptop.catalogue.state().freshness is Freshness.NONE


# -- the container

Change = Callable[[list[Piece]], list[Piece]]


def named(name: bytes) -> Change:
    return lambda members: [*members, Piece(name, b"{}")]


def first(**fields: Any) -> Change:
    """The first member, told otherwise in one of its headers."""
    return lambda members: [Piece(members[0].name, members[0].data, **fields), *members[1:]]


def both(**told: Any) -> Change:
    """The first member, told otherwise in both."""
    return lambda members: [members[0].but(**told), *members[1:]]


def last(**told: Any) -> Change:
    return lambda members: [*members[:-1], members[-1].but(**told)]


def last_again(**told: object) -> Change:
    """One more entry in the directory, for bytes that another member has."""
    return lambda members: [*members, Piece(b"image/metadata/9.root.json", central=told)]


def bomb(members: list[Piece]) -> list[Piece]:
    return [*members, Piece(b"image/metadata/7.x.json", DEFLATED).but(length=1 << 31)]


def second_timestamps(members: list[Piece]) -> list[Piece]:
    return [*members, *(Piece(one.name, b"{}") for one in members if one.name.endswith(b"timestamp.json"))]


def shorter(members: list[Piece]) -> list[Piece]:
    """Some of the last member's bytes belong to nobody."""
    told = len(members[-1].data) - 9
    return [*members[:-1], members[-1].but(length=told, stored=told)]


def far_away(members: list[Piece]) -> list[Piece]:
    """Behind a member of 2^63 bytes stands another: further than any file can be read."""
    sizes = struct.pack("<2H2Q", 1, 16, 1 << 63, 1 << 63)
    head = members[0].but(length=0xFFFFFFFF, stored=0xFFFFFFFF, extra=sizes)
    behind = 30 + len(head.name) + len(sizes) + (1 << 63)
    told = {"offset": 0xFFFFFFFF, "extra": struct.pack("<2HQ", 1, 8, behind)}
    return [head, Piece(members[1].name, members[1].data, central=told), *members[2:]]


DEFLATED = b"\x01" * 20
ENDLESS = struct.pack("<2H2Q", 1, 16, *[(1 << 64) - 1] * 2)  # both sizes, in 64 bits
ATTACKS: dict[str, Change] = {
    "a path that leads upwards": named(b"image/targets/../../../../evil"),
    "a path that leads upwards in its middle": named(b"image/targets/lab/../../evil"),
    "dots of a metadata name": named(b"image/metadata/.."),
    "an absolute path": named(b"/etc/cron.d/evil"),
    "an absolute path below a folder of ours": named(b"image/targets//etc/evil"),
    "a drive letter": named(b"C:/Windows/evil.dll"),
    "a drive letter below a folder of ours": named(b"image/targets/C:evil"),
    "backslashes": named(b"image/targets/..\\..\\evil"),
    "a NUL in a name": named(b"image/targets/evil\0.raucb"),
    "a line feed in a name": named(b"image/metadata/timestamp.json\n"),
    "letters that look like others": named("image/metadata/tіmestamp.json".encode()),
    "an empty name": named(b""),
    "a folder": named(b"image/targets/lab/"),
    "a file beside our folders": named(b"autorun.inf"),
    "metadata in a folder": named(b"image/metadata/lab/x.json"),
    "a name without end": named(b"image/targets/" + b"a" * 5000),
    "a link": both(attributes=0o120777 << 16),
    "a device": both(attributes=0o020666 << 16),
    "a folder by its attributes": both(attributes=0x10),
    "a member twice": lambda members: [*members, members[0]],
    "a second timestamp": second_timestamps,
    "a packed member": both(method=8),
    "an unknown packing": both(method=99),
    "a bomb that says a packed size": bomb,
    "an encrypted member": both(flags=1),
    "a strongly encrypted member": both(flags=0x41),
    "a masked directory": both(flags=0x2000),
    "sizes behind the data": both(flags=8),
    "another name in the directory": first(central={"name": b"image/metadata/9.lab.json"}),
    "another size in the directory": first(central={"length": 5, "stored": 5}),
    "another CRC in the directory": first(central={"crc": 1}),
    "another packing in the directory": first(local={"method": 8}),
    "another encryption in the directory": first(local={"flags": 1}),
    "a member on another disk": first(central={"disk": 1}),
    "a member that lies over another": last_again(offset=0),
    "a member inside of another": last_again(offset=60),
    "a member that leads behind the end": last_again(offset=1 << 30),
    "a member that leads into the directory": last(length=9999, stored=9999),
    "bytes between members": last(gap=b"PK\3\4evil"),
    "bytes behind the last member": shorter,
    "a member that is further away than files are long": far_away,
    "bytes before the first member": both(gap=b"#!/bin/sh\n"),
    "another name in an extra field": both(extra=struct.pack("<2HBL", 0x7075, 5, 1, 0)),
    "a size in an extra field that nobody asked for": both(extra=struct.pack("<2HQ", 1, 8, 1)),
    "a size in an extra field, twice": both(extra=struct.pack("<2HQ", 1, 8, 1) * 2),
    "an extra field that is cut off": both(extra=struct.pack("<2H", 0x5455, 99)),
    "an extra field that is too short": both(extra=b"\1"),
    "a size of 2^64": last(length=0xFFFFFFFF, stored=0xFFFFFFFF, extra=ENDLESS),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_stick_with(attack: str, taker: Laptop, good: Path, tmp_path: Path) -> None:
    evil = tmp_path / "evil.zip"
    with evil.open("wb") as file:
        build(file, ATTACKS[attack](pieces(good)))
    refused_by_all(taker, evil, Text.BUNDLE_BAD)


ENDS: dict[str, dict[str, int]] = {
    "a directory of hundreds of megabytes": {"size": 300 << 20, "offset": 0},
    "a directory of four gigabytes": {"size": 0xFFFFFFFE},
    "a directory somewhere else": {"offset": 5},
    "a directory behind the end": {"offset": 1 << 31},
    "more members than it has": {"here": 17, "count": 17},
    "fewer members than it has": {"here": 1, "count": 1},
    "no members at all": {"here": 0, "count": 0},
    "65535 members": {"here": 0xFFFF, "count": 0xFFFF},
    "several disks": {"disk": 1},
    "a directory on another disk": {"first": 1},
    "members on other disks": {"here": 1},
    "a comment that is not there": {"comment": 4},
    "64-bit records that are not there": {"offset": 0xFFFFFFFF},
}


@pytest.mark.parametrize("lie", ENDS)
def test_a_stick_whose_end_claims(lie: str, taker: Laptop, good: Path, tmp_path: Path) -> None:
    evil = tmp_path / "evil.zip"
    with evil.open("wb") as file:
        build(file, pieces(good), ENDS[lie])
    refused_by_all(taker, evil, Text.BUNDLE_BAD)


def test_a_stick_with_bytes_before_or_behind_the_zip_or_none_at_all(taker: Laptop, good: Path, tmp_path: Path) -> None:
    evil, right = tmp_path / "evil.zip", good.read_bytes()
    empty = b"PK\5\6" + bytes(18)
    told = list(struct.unpack("<4s4H2LH", right[-22:]))
    told[5] += 4
    hidden = right[:-22] + b"evil" + struct.pack("<4s4H2LH", *told)  # as if it belonged to the directory
    for wrong in (b"MZ" + right, right + b"\0", right + right, hidden, b"", b"PK\5\6", empty, b"\0" * 4096):
        evil.write_bytes(wrong)
        refused_by_all(taker, evil, Text.BUNDLE_BAD)


def test_a_stick_that_is_cut_off_anywhere(good: Path, tmp_path: Path) -> None:
    right = good.read_bytes()
    for length in [*range(0, len(right), 11), *range(len(right) - 200, len(right))]:
        with pytest.raises(FieldtoolError) as told:
            members(io.BytesIO(right[:length]), "evil.zip")
        assert told.value.text is Text.BUNDLE_BAD


def test_what_other_programs_store_is_read_where_it_is_plain(good: Path, tmp_path: Path) -> None:
    """A stick need not come from fieldtool; and what 64-bit sizes say is understood."""
    plain = tmp_path / "plain.zip"
    with zipfile.ZipFile(plain, "w") as archive:
        for piece in pieces(good):
            with archive.open(piece.name.decode(), "w", force_zip64=True) as member:
                member.write(piece.data)
    with plain.open("rb") as file, good.open("rb") as ours:
        found, meant = members(file, "plain.zip"), members(ours, "good.zip")
        for name in meant:
            assert b"".join(found[name].chunks(file, 100)) == b"".join(meant[name].chunks(ours, 100))


def test_a_bundle_of_more_than_four_gigabytes_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    large = tmp_path / "large.zip"
    with zipfile.ZipFile(large, "w") as archive:
        for number in range(5):
            archive.writestr(f"image/targets/lab/{number}", bytes([number]) * 500)
    with large.open("rb") as file:
        found = [b"".join(member.chunks(file, 499)) for member in members(file, "large.zip").values()]
    assert found == [bytes([number]) * 500 for number in range(5)]
    right = large.read_bytes()
    for place in (-42, -43 + 1, -30, -50, -60, -70, -80):  # in the 64-bit records
        large.write_bytes(right[:place] + bytes([right[place] ^ 0x40]) + right[place + 1 :])
        with large.open("rb") as file, refused(Text.BUNDLE_BAD):
            members(file, "large.zip")


def test_a_link_a_pipe_or_a_device_in_place_of_a_bundle_does_not_hang(
    taker: Laptop, good: Path, tmp_path: Path
) -> None:
    if os.name == "nt":
        pytest.skip("there are no pipes in folders")
    os.mkfifo(tmp_path / "pipe.zip")
    (tmp_path / "device.zip").symlink_to("/dev/zero")
    (tmp_path / "ring.zip").symlink_to(tmp_path / "ring.zip")
    for name in ("pipe.zip", "device.zip", "ring.zip"):
        with refused(Text.SOURCE_UNREACHABLE), open_bundle(tmp_path / name):
            pass
    (tmp_path / "link.zip").symlink_to(good)
    assert seen(taker, tmp_path / "link.zip") is None


# -- what the members hold


def without_end(members: list[Piece], name: bytes, size: int) -> list[Piece]:
    """A member gets another `size` bytes of nothing, which take no place on the disk of this test."""
    return [Piece(one.name, one.data, hole=size) if one.name.endswith(name) else one for one in members]


@pytest.mark.parametrize(
    "name", ["image/metadata/timestamp.json", "image/metadata/1.snapshot.json", "director/metadata/1.targets.json"]
)
def test_a_stick_with_metadata_of_300_megabytes(taker: Laptop, good: Path, tmp_path: Path, name: str) -> None:
    evil = tmp_path / "evil.zip"
    with evil.open("wb") as file:
        build(file, without_end(pieces(good), name.encode(), 300 << 20))
    refused_by_all(taker, evil, Text.CATALOGUE_TOO_LARGE)


def test_a_stick_with_firmware_or_an_order_longer_than_signed(taker: Laptop, good: Path, tmp_path: Path) -> None:
    evil = tmp_path / "evil.zip"
    for name in (b"2.6.0.raucb", b"depot-7.json"):
        with evil.open("wb") as file:
            build(file, without_end(pieces(good), name, 1 << 30))
        refused_by_all(taker, evil, Text.IMAGE_SOURCE_BAD)


@pytest.mark.parametrize("content", STRANGE, ids=lambda content: repr(content[:6]))
@pytest.mark.parametrize("name", ["image/metadata/timestamp.json", "director/metadata/timestamp.json"])
def test_a_stick_with_deep_or_strange_json(
    taker: Laptop, good: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    refused_by_all(taker, changed(good, tmp_path / "evil.zip", name, content), Text.CATALOGUE_DAMAGED)


@pytest.mark.parametrize("name", [
    "image/metadata/timestamp.json", "image/metadata/1.snapshot.json", "image/metadata/1.targets.json",
    "image/metadata/1.lab.json", "director/metadata/timestamp.json", "director/metadata/1.snapshot.json",
    "director/metadata/1.targets.json", "director/metadata/1.site-depot.json", "depot-7.json", "denylist.json",
])  # fmt: skip
def test_a_stick_that_lacks_a_file(taker: Laptop, good: Path, tmp_path: Path, name: str) -> None:
    refused_by_all(taker, changed(good, tmp_path / "evil.zip", name, None), Text.CATALOGUE_INCOMPLETE)


def test_a_stick_that_lacks_a_root_of_the_line(tmp_path: Path, clock: SetClock) -> None:
    """Without the root that gave the keys to somebody else, what they signed is signed by nobody."""
    operator = Operator(tmp_path / "site", clock)
    taker = operator.laptop("taker", directed=False)
    fresh, publisher = signers("rotated"), operator.publisher
    for role, new in (("snapshot", fresh.snapshot), ("timestamp", fresh.timestamp)):
        publisher.repository.replace_keys(role, Holders(tuple(signer.public_key for signer in new)))
    kept = publisher.keys
    publisher.keys = Signers(kept.root, kept.targets, kept.vendor, fresh.snapshot, fresh.timestamp)
    publisher.release()
    whole = result(bundles(operator.synced("maker", directed=False)).export(tmp_path / "whole.zip")).file
    evil = changed(whole, tmp_path / "evil.zip", "2.root.json", None)
    refused_by_all(taker, evil, Text.CATALOGUE_BAD_SIGNATURE)
    assert taken(taker, whole) is None
    operator.close()


def test_a_stick_of_strangers(operator: Operator, clock: SetClock, tmp_path: Path) -> None:
    stranger = Publisher(tmp_path / "stranger", clock, signers("stranger"))
    stranger.make(image(tmp_path / "build", "9.0.0"))
    theirs = Laptop(tmp_path / "theirs", clock, stranger.root)
    theirs.catalogue.sync(str(stranger.mirror))
    evil = result(bundles(theirs).export(tmp_path / "evil.zip")).file
    theirs.store.close()
    taker = operator.laptop(f"taker-{len(operator.laptops)}", directed=False)
    refused_by_all(taker, evil, Text.CATALOGUE_BAD_SIGNATURE)


def test_a_stick_whose_repositories_changed_places(taker: Laptop, good: Path, tmp_path: Path) -> None:
    """What the director signs is no firmware, and what a vendor signs directs nobody."""
    swap = {b"image": b"director", b"director": b"image"}
    evil = tmp_path / "evil.zip"
    with evil.open("wb") as file:
        kinds = [(one.name.partition(b"/"), one.data) for one in pieces(good)]
        build(file, [Piece(swap[kind] + b"/" + rest, data) for (kind, _, rest), data in kinds])
    refused_by_all(taker, evil, Text.CATALOGUE_BAD_SIGNATURE)


def test_a_stick_without_directions_for_a_laptop_that_takes_them(taker: Laptop, bare: Path) -> None:
    refused_by_all(taker, bare, Text.DIRECTOR_SOURCE_NONE)


def test_a_stick_of_last_month_after_one_of_today(tmp_path: Path, clock: SetClock) -> None:
    operator = Operator(tmp_path / "site", clock)
    maker, taker = operator.synced("maker"), operator.laptop("taker")
    old = result(bundles(maker).export(tmp_path / "old.zip")).file
    operator.publisher.add(image(tmp_path / "build", "2.7.0"))
    maker.catalogue.sync(str(operator.publisher.mirror), str(operator.director))
    new = result(bundles(maker).export(tmp_path / "new.zip")).file
    assert taken(taker, new) is None
    assert seen(taker, old) is taken(taker, old) is Text.CATALOGUE_ROLLED_BACK
    (taker.catalogue.folder / "current").unlink()  # the floors are kept apart from it
    taker.restart()
    assert seen(taker, old) is taken(taker, old) is Text.CATALOGUE_ROLLED_BACK
    assert taken(taker, new) is None
    operator.close()


def test_firmware_on_the_stick_that_nobody_signed(taker: Laptop, good: Path, tmp_path: Path) -> None:
    """It is never read: only what the metadata names is."""
    evil = tmp_path / "evil.zip"
    extra = [Piece(b"image/targets/lab/evil.raucb", b"evil"), Piece(b"image/metadata/1.evil.json", b"{}")]
    with evil.open("wb") as file:
        build(file, [*pieces(good), *extra])
    assert taken(taker, evil) is None
    assert not [name for name, content in files(taker.folder).items() if "evil" in name or content == b"evil"]


# -- bytes that flip


@pytest.mark.sweep(inside=True)
@pytest.mark.parametrize("directed", [True, False], ids=["directed", "stand-alone"])
def test_any_flipped_byte_is_refused_or_changes_no_firmware(
    operator: Operator, good: Path, bare: Path, tmp_path: Path, directed: bool, sweep_cases: Callable[..., Any]
) -> None:
    """The firmware that comes out is the one that went in, or none."""
    meant = {operator.new.sha256, operator.old.sha256}
    laptop = operator.laptop(f"taker-{len(operator.laptops)}", directed=directed)
    right, evil, rng = (good if directed else bare).read_bytes(), tmp_path / "evil.zip", random.Random(4)
    cases = [(rng.randrange(len(right)), rng.randrange(8)) for _ in range(400)]
    accepted = 0
    for place, bit in sweep_cases("flipped bits of a bundle", cases):
        evil.write_bytes(right[:place] + bytes([right[place] ^ 1 << bit]) + right[place + 1 :])
        said = seen(laptop, evil)
        assert taken(laptop, evil) is said, (place, bit)
        images = [path for path in (laptop.catalogue.folder / "images").rglob("*") if path.is_file()]
        for path in images:
            assert path.name in meant
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
        assert (laptop.catalogue.folder / "current").exists() == (said is None)
        accepted += said is None
        shutil.rmtree(laptop.catalogue.folder, ignore_errors=True)
        laptop.restart()
    assert accepted


# -- time and memory


def _claims_300_megabytes(file: IO[bytes], members: list[Piece]) -> None:
    """A directory of that size, which is there and full of nothing."""
    file.seek(300 << 20)
    file.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 5000, 5000, 300 << 20, 0, 0))


def _endless(name: bytes, size: int) -> Callable[[IO[bytes], list[Piece]], None]:
    return lambda file, members: build(file, without_end(members, name, size))


def _many(count: int) -> Callable[[IO[bytes], list[Piece]], None]:
    return lambda file, members: build(
        file, [*members, *(Piece(b"image/targets/lab/%d" % number) for number in range(count))]
    )


def _deep(file: IO[bytes], members: list[Piece]) -> None:
    deep = b"[" * 15_000
    build(file, [Piece(one.name, deep if one.name.endswith(b"timestamp.json") else one.data) for one in members])


HEAVY: dict[str, Callable[[IO[bytes], list[Piece]], None]] = {
    "60,000 members": _many(60_000),
    "as many members as there may be": _many(4_980),
    "a directory of 300 MB": _claims_300_megabytes,
    "a timestamp of 300 MB": _endless(b"image/metadata/timestamp.json", 300 << 20),
    "targets of 2 GB": _endless(b"image/metadata/1.targets.json", 2 << 30),
    "firmware of 2 GB": _endless(b"2.6.0.raucb", 2 << 30),
    "an order of 2 GB": _endless(b"depot-7.json", 2 << 30),
    "deep JSON": _deep,
}


@pytest.mark.skipif(sys.platform == "win32", reason="memory is measured as POSIX tells it")
def test_no_stick_takes_much_time_or_memory_or_writes_outside_of_the_catalogue(
    operator: Operator, good: Path, tmp_path: Path
) -> None:
    members = pieces(good)
    for number, write in enumerate(HEAVY.values()):
        with (tmp_path / f"{number}.zip").open("wb") as file:
            write(file, members)
    taker = operator.laptop(f"taker-{len(operator.laptops)}")
    sticks = [str(tmp_path / f"{number}.zip") for number in range(len(HEAVY))]
    call = [sys.executable, "-m", "tests.firmware.bundle_victim", str(taker.folder), *sticks, str(good)]
    told = subprocess.run(call, capture_output=True, text=True, check=True, env={**os.environ, "TMPDIR": str(tmp_path)})
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    named = dict(zip([*HEAVY, "a good one"], lines, strict=True))
    refused = {name: line["text"] for name, line in named.items()}
    assert refused == {
        "60,000 members": "BUNDLE_BAD", "as many members as there may be": "", "a directory of 300 MB": "BUNDLE_BAD",
        "a timestamp of 300 MB": "CATALOGUE_TOO_LARGE", "targets of 2 GB": "CATALOGUE_TOO_LARGE",
        "firmware of 2 GB": "IMAGE_SOURCE_BAD", "an order of 2 GB": "IMAGE_SOURCE_BAD",
        "deep JSON": "CATALOGUE_DAMAGED", "a good one": "",
    }  # fmt: skip
    for name, line in named.items():
        assert line["seconds"] < 2.0, (name, line)  # of the processor, for inspection and import
        assert line["peak"] < 6 << 20, (name, line)  # bytes
        assert line["grown"] < 32 << 20, (name, line)  # bytes of the process
        assert line["outside"] == [], name
