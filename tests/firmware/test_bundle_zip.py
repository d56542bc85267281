"""The container: whatever bytes it has, it is read in one way or refused, and nothing else."""

import io
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tuf.api.exceptions import DownloadError, DownloadHTTPError

from fieldtool.core.errors import FirmwareError
from fieldtool.core.texts import Text
from fieldtool.firmware.bundle import ZipFetcher, open_bundle
from fieldtool.firmware.bundle_zip import Member, members
from tests.firmware.bundles import Piece, build
from tests.firmware.site import refused

NAMES = (b"image/metadata/timestamp.json", b"image/targets/lab/a.raucb", b"director/targets/work-orders/s/o.json")


def zipped(*pieces: Piece) -> bytes:
    file = io.BytesIO()
    build(file, list(pieces))
    return file.getvalue()


GOOD = zipped(*(Piece(name, bytes([65 + number]) * 40) for number, name in enumerate(NAMES)))


def check(data: bytes) -> None:
    """Refused by name, or members that fill the file one after the other and share no byte."""
    try:
        found = members(io.BytesIO(data), "x.zip")
    except FirmwareError as error:
        assert error.text is Text.BUNDLE_BAD
        return
    end = 0
    for member in found.values():
        assert end + 30 + len(member.name) <= member.offset
        end = member.offset + member.length
        assert end <= len(data)
        assert len(b"".join(member.chunks(io.BytesIO(data), 7))) == member.length


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_bundle_or_refused(data: bytes) -> None:
    check(data)
    check(data + GOOD[-22:])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_any_changed_bytes_are_a_bundle_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for place, value in changes:
        data[place] = value
    check(bytes(data))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(0, len(GOOD)), st.binary(max_size=64))
def test_any_part_left_out_or_put_in_is_a_bundle_or_refused(begin: int, end: int, put: bytes) -> None:
    check(GOOD[:begin] + put + GOOD[end:])


def test_every_single_bit_of_headers_decides_or_has_no_meaning() -> None:
    right = {name: b"".join(one.chunks(io.BytesIO(GOOD), 64)) for name, one in members(io.BytesIO(GOOD), "x").items()}
    for place in range(len(GOOD)):
        for bit in range(8):
            data = GOOD[:place] + bytes([GOOD[place] ^ 1 << bit]) + GOOD[place + 1 :]
            try:
                found = members(io.BytesIO(data), "x.zip")
            except FirmwareError:
                continue
            now = {name: b"".join(one.chunks(io.BytesIO(data), 64)) for name, one in found.items()}
            assert len(now) == len(right)
            assert sum(now.get(name) != content for name, content in right.items()) <= 1  # the byte is in a member


def test_a_member_is_found_by_its_whole_name_only() -> None:
    fetcher = ZipFetcher(io.BytesIO(GOOD), members(io.BytesIO(GOOD), "x.zip"))
    assert fetcher.download_bytes("bundle:/image/metadata/timestamp.json", 100) == b"A" * 40
    for url in (
        "bundle:/image/metadata/../metadata/timestamp.json", "bundle:/metadata/timestamp.json", "bundle:/",
        "image/metadata/timestamp.json", "http://127.0.0.1/image/metadata/timestamp.json", "bundle:/image/metadata",
        "bundle:/image/metadata/timestamp.json/", "bundle:/image/metadata/%74imestamp.json", "bundle://image/metadata/timestamp.json",
    ):  # fmt: skip
        with pytest.raises(DownloadHTTPError) as told:
            fetcher.fetch(url)
        assert told.value.status_code == 404


def test_members_may_be_read_side_by_side() -> None:
    file = io.BytesIO(GOOD)
    found = members(file, "x.zip")
    one, other = (found[name.decode()].chunks(file, 9) for name in NAMES[:2])
    mixed = [chunk for pair in zip(one, other, strict=True) for chunk in pair]
    assert b"".join(mixed[::2]) == b"A" * 40
    assert b"".join(mixed[1::2]) == b"B" * 40


class Pulled(io.BytesIO):
    """A stick that is pulled out after some reads."""

    def __init__(self, data: bytes, reads: int) -> None:
        super().__init__(data)
        self._reads = reads

    def read(self, size: int | None = -1) -> bytes:
        self._reads -= 1
        if self._reads < 0:
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_a_stick_that_is_pulled_out_while_it_is_read_is_a_failed_download() -> None:
    member = Member(NAMES[0].decode(), 0, 200)
    fetcher = ZipFetcher(Pulled(bytes(200), 0), {member.name: member})
    with pytest.raises(DownloadError, match="Input/output error"):
        fetcher.download_bytes(f"bundle:/{member.name}", 1000)
    for reads in range(len(NAMES) * 2):
        with pytest.raises(OSError, match="Input/output error"):
            members(Pulled(GOOD, reads), "x.zip")


def test_a_bundle_that_becomes_shorter_while_it_is_read_gives_less_and_no_endless_loop(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    long = zipped(Piece(b"image/targets/lab/a.raucb", bytes(200_000)))
    path.write_bytes(long)
    with open_bundle(path) as opened:
        path.write_bytes(long[:100_000])
        with opened.image.download("lab/a.raucb") as chunks:
            assert sum(len(chunk) for chunk in chunks) < 100_000


def test_where_no_bundle_is_there_is_a_name_for_it(tmp_path: Path) -> None:
    noise = tmp_path / "noise.zip"
    noise.write_bytes(random.Random(1).randbytes(5000))
    with refused(Text.BUNDLE_BAD), open_bundle(noise):
        pass
