"""The Merkle tree of RFC 9162 section 2.1 over the leaves of a log, kept as its right edge only."""

import hashlib
from collections.abc import Iterable

EMPTY_ROOT = hashlib.sha256(b"").digest()


class Frontier:
    """The roots of the perfect subtrees that cover `size` leaves, largest first: all that the next root needs.

    At most 64 hashes, whatever the size; `edge` and `size` are enough to go on later.
    """

    __slots__ = ("edge", "size")

    def __init__(self, size: int = 0, edge: Iterable[bytes] = ()) -> None:
        self.size = size
        self.edge = list(edge)
        if len(self.edge) != size.bit_count():
            raise ValueError(f"{len(self.edge)} hashes cannot be the edge of {size} leaves")

    def add(self, leaf: bytes) -> None:
        self.size += 1
        self.edge.append(leaf)
        complete = self.size
        while complete % 2 == 0:
            right = self.edge.pop()
            self.edge[-1] = _node(self.edge[-1], right)
            complete //= 2

    def root(self) -> bytes:
        if not self.edge:
            return EMPTY_ROOT
        root = self.edge[-1]
        for left in reversed(self.edge[:-1]):
            root = _node(left, root)
        return root

    def copy(self) -> "Frontier":
        return Frontier(self.size, self.edge)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
