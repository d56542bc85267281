"""Inclusion proofs of RFC 9162 section 2.1.3: that a record is one of those whose tree root central signed."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence


def inclusion(leaves: Sequence[bytes], numbers: Iterable[int]) -> Mapping[int, tuple[bytes, ...]]:
    """For records `numbers` (from 1) their ways to the root over all `leaves`. The tree is hashed once."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        paired = [_node(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)]
        levels.append(paired if len(below) % 2 == 0 else [*paired, below[-1]])
    return {number: tuple(_path(levels, number - 1)) for number in numbers}


def _path(levels: Sequence[Sequence[bytes]], at: int) -> Iterable[bytes]:
    """A last node without a sibling goes up as it is, and adds nothing to the way."""
    for level in levels[:-1]:
        if at ^ 1 < len(level):
            yield level[at ^ 1]
        at >>= 1


def root_of(leaf: bytes, number: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that `proof` leads to from record `number` in a tree of `size`. None: it is no proof of that place."""
    if not 1 <= number <= size:
        return None
    at, last, found, rest = number - 1, size - 1, leaf, list(reversed(proof))
    while last > 0:
        if at % 2 == 1 or at < last:
            if not rest:
                return None
            sibling = rest.pop()
            found = _node(sibling, found) if at % 2 == 1 else _node(found, sibling)
        at, last = at // 2, last // 2
    return None if rest else found


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
