"""The anchor's file: what was shipped stays readable, and nobody writes it without its key."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldtool.audit.anchor import FILE, Anchor, AnchorFile, Link, Stored
from fieldtool.audit.record import leaf
from fieldtool.audit.tree import Frontier
from fieldtool.core.errors import AuditError
from fieldtool.core.texts import Text

GOLDEN = Path(__file__).parents[1] / "golden" / "audit-anchor-v1"
KEY = bytes(range(32))
LEAVES = [leaf(line) for line in (GOLDEN.parent / "audit-v1" / "log.ndjson").read_bytes().splitlines()]


def _links(leaves: list[bytes]) -> Iterator[Link]:
    prev = bytes(32)
    for seq, one in enumerate(leaves, start=1):
        yield Link(seq, prev, one)
        prev = one


def _read(folder: Path, key: bytes = KEY) -> Stored:
    file = AnchorFile(folder, key)
    with file.turn() as opened:
        return file.read(opened)


def test_an_anchor_that_was_shipped_is_read_as_it_was_written() -> None:
    expected = Anchor("5f" * 16).after(list(_links(LEAVES)))
    assert expected is not None
    stored = _read(GOLDEN)
    assert (stored.anchor.log, stored.anchor.size, stored.anchor.edge) == ("5f" * 16, 3, expected.edge)
    assert (stored.anchor.leaf, stored.anchor.checked, stored.whole) == (LEAVES[2], 2, True)


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(AuditError) as refused:
        _read(GOLDEN, bytes(32))
    assert refused.value.text is Text.AUDIT_ANCHOR_BAD


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 8191), st.integers(1, 255))
def test_an_altered_byte_leaves_the_other_place_or_nothing(tmp_path: Path, at: int, mask: int) -> None:
    content = bytearray((GOLDEN / FILE).read_bytes())
    whole = _read(GOLDEN)
    content[at] ^= mask
    (tmp_path / FILE).write_bytes(content)
    stored = _read(tmp_path)
    assert stored.anchor.size in (2, 3)
    if stored.whole:  # blanks at the end of a place say nothing
        assert stored.anchor == whole.anchor


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=9000))
def test_garbage_is_refused_in_words(tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / FILE).write_bytes(garbage)
    with pytest.raises(AuditError) as refused:
        _read(tmp_path)
    assert refused.value.text is Text.AUDIT_ANCHOR_BAD


def test_an_anchor_of_any_size_has_the_root_of_its_records(tmp_path: Path) -> None:
    file, frontier, anchor = AnchorFile(tmp_path, KEY), Frontier(), Anchor("5f" * 16)
    file.create(anchor)
    for link in _links([leaf(bytes([number])) for number in range(200)]):
        frontier.add(link.leaf)
        with file.turn() as opened:
            stored = file.read(opened)
            after = stored.anchor.after([link])
            assert after is not None
            file.write(opened, stored, after)
        assert _read(tmp_path) == Stored(after, True, 1 - stored.next_place)
        assert (after.size, after.root()) == (link.seq, frontier.root())


def test_records_that_do_not_follow_are_not_anchored() -> None:
    first, second, third = _links(LEAVES)
    anchor = Anchor("5f" * 16).after([first])
    assert anchor is not None
    assert anchor.after([third]) is None
    assert anchor.after([Link(2, bytes(32), second.leaf)]) is None


def test_an_anchor_is_written_over_in_turns_and_never_where_it_holds(tmp_path: Path) -> None:
    shutil.copy(GOLDEN / FILE, tmp_path / FILE)
    before = (tmp_path / FILE).read_bytes()
    file = AnchorFile(tmp_path, KEY)
    with file.turn() as opened:
        stored = file.read(opened)
        file.write(opened, stored, stored.anchor)
    after = (tmp_path / FILE).read_bytes()
    assert [before[start : start + 4096] == after[start : start + 4096] for start in (0, 4096)].count(True) == 1
    assert _read(tmp_path).anchor == stored.anchor
