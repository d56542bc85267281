"""Inclusion proofs agree with the tree of the audit log, and prove one place only."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from fieldtool.audit.tree import Frontier
from fieldtool.report.proof import inclusion, root_of

LEAVES = tuple(hashlib.sha256(bytes([number])).digest() for number in range(130))


def root(size: int) -> bytes:
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier.add(leaf)
    return frontier.root()


def test_every_record_of_every_small_tree_is_proved() -> None:
    for size in range(1, 40):
        proofs = inclusion(LEAVES[:size], range(1, size + 1))
        for number, proof in proofs.items():
            assert root_of(LEAVES[number - 1], number, size, proof) == root(size)
            assert len(proof) <= (size - 1).bit_length()


@given(st.integers(1, 130), st.data())
def test_a_proof_proves_no_other_record_place_or_size(size: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, size))
    other = data.draw(st.integers(1, 130).filter(lambda one: one != number))
    proof = inclusion(LEAVES[:size], [number])[number]
    assert root_of(LEAVES[other - 1], number, size, proof) != root(size)
    assert root_of(LEAVES[number - 1], other, size, proof) != root(size)
    assert root_of(LEAVES[number - 1], number, size, (*proof, LEAVES[0])) is None
    if proof:
        assert root_of(LEAVES[number - 1], number, size, proof[:-1]) != root(size)


def test_the_published_example_of_seven_leaves_holds() -> None:
    """RFC 9162, section 2.1.5: d0 has three steps, d6 has two."""
    proofs = inclusion(LEAVES[:7], [1, 4, 5, 7])
    assert [len(proofs[number]) for number in (1, 4, 5, 7)] == [3, 3, 3, 2]


def test_numbers_outside_of_the_tree_are_no_place() -> None:
    assert root_of(LEAVES[0], 0, 1, ()) is None
    assert root_of(LEAVES[0], 2, 1, ()) is None
    assert root_of(LEAVES[0], 1, 1, ()) == LEAVES[0]
