"""Bodies, packed and not: bounded in bytes and time, whole or refused in words."""

import json
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.central.bodies import _unpacked
from fieldtool.core.errors import RefusedError
from fieldtool.core.texts import Text

LARGE = RefusedError(Text.PUSH_TOO_LARGE, records=1, size=1)
MOST = 100_000


def _whole(content: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(content)


def _without_size(content: bytes) -> bytes:
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(content) + packer.flush()


@pytest.mark.parametrize("pack", [_whole, _without_size])
def test_what_was_packed_comes_out_as_it_was(pack: Callable[[bytes], bytes]) -> None:
    for content in (b"", b"x", json.dumps(list(range(9999))).encode(), b"\0" * MOST):
        assert _unpacked(pack(content), MOST, LARGE) == content


@pytest.mark.parametrize("size", [MOST + 1, 50 * MOST, 2000 * MOST])
def test_a_bomb_is_refused_for_what_it_says_or_for_what_it_does(size: int) -> None:
    for bomb in (_whole(b"\0" * size), _without_size(b"\0" * size)):
        assert len(bomb) < MOST
        with pytest.raises(RefusedError) as refused:
            _unpacked(bomb, MOST, LARGE)
        assert refused.value.text in (Text.PUSH_TOO_LARGE, Text.BODY_ENCODED)


def test_a_frame_that_claims_to_be_endless_reserves_nothing() -> None:
    endless = b"\x28\xb5\x2f\xfd\xe0" + (2**62).to_bytes(8, "little") + b"\x01\0\0"
    with pytest.raises(RefusedError) as refused:
        _unpacked(endless, MOST, LARGE)
    assert refused.value.text is Text.PUSH_TOO_LARGE


_GOOD = _whole(b"a record\n" * 50)


@given(place=st.integers(0, len(_GOOD) - 1), change=st.integers(1, 255))
def test_a_damaged_frame_is_refused_or_is_another_bounded_body(place: int, change: int) -> None:
    damaged = _GOOD[:place] + bytes([_GOOD[place] ^ change]) + _GOOD[place + 1 :]
    try:
        assert len(_unpacked(damaged, MOST, LARGE)) <= MOST
    except RefusedError as refused:
        assert refused.text in (Text.PUSH_TOO_LARGE, Text.BODY_ENCODED)


@pytest.mark.parametrize(
    "body", [b"", b"garbage", _GOOD[:-3], _GOOD + b"x", _GOOD + _GOOD, b"\x50\x2a\x4d\x18\x04\0\0\0abcd"]
)
def test_what_is_not_one_whole_frame_is_refused(body: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        _unpacked(body, MOST, LARGE)
    assert refused.value.text is Text.BODY_ENCODED
