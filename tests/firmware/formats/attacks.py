"""What an attacker does who has every key of the catalogue, and so decides what its hashes say."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from fieldtool.core.errors import FieldtoolError, FirmwareError
from fieldtool.core.texts import Text
from fieldtool.firmware.native import NativeVerdict, check_native
from tests.firmware.formats.samples import Sample

SOME = 61  # every so many-th byte outside of the structure


def check(folder: Path, sample: Sample) -> NativeVerdict:
    file = folder / "image"
    file.write_bytes(sample.data)
    return check_native(file, sample.release, sample.anchors)


def refused(text: Text) -> "pytest.RaisesExc[FieldtoolError]":
    return pytest.raises(FieldtoolError, check=lambda error: error.text is text)


Flip = tuple[int, int]  # offset, bit


def offsets(sample: Sample) -> list[int]:
    """Every byte of the structure, and a dense sample of the rest."""
    dense = {offset for begin, end in sample.structure for offset in range(begin, min(end, len(sample.data)))}
    return sorted(dense | set(range(0, len(sample.data), SOME)))


def one_bit_each(sample: Sample) -> Iterator[Flip]:
    """One bit of each of these bytes, another one each time."""
    return ((offset, hashlib.sha256(b"%d" % offset).digest()[0] % 8) for offset in offsets(sample))


def all_bits(sample: Sample) -> list[Flip]:
    return [(offset, bit) for offset in offsets(sample) for bit in range(8)]


def accepted(folder: Path, sample: Sample, flips: Iterable[Flip]) -> list[Flip]:
    """Flips that the native verifier alone lets pass. Any other error than ours comes through."""
    passed = []
    for offset, bit in flips:
        data = bytearray(sample.data)
        data[offset] ^= 1 << bit
        try:
            check(folder, sample.changed(bytes(data)))
        except FirmwareError as error:
            assert error.text.name.startswith("NATIVE_"), error
        else:
            passed.append((offset, bit))
    return passed


def signed_flips_accepted(folder: Path, sample: Sample, flips: Iterable[Flip]) -> list[Flip]:
    return [flip for flip in accepted(folder, sample, flips) if flip[0] not in sample.unsigned]


def cuts(sample: Sample) -> list[int]:
    """Lengths to which the file is cut off."""
    ends = {end for span in sample.structure for end in span}
    near = {end + by for end in ends for by in (-1, 0, 1)} | {len(sample.data) - 1}
    return sorted(cut for cut in near | set(range(0, len(sample.data), SOME * 7)) if 0 <= cut < len(sample.data))


def accepted_changes(folder: Path, sample: Sample, changes: Iterable[Callable[[bytes], bytes]]) -> int:
    count = 0
    for change in changes:
        try:
            check(folder, sample.changed(change(sample.data)))
        except FirmwareError:
            continue
        count += 1
    return count
