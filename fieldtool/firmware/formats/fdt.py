"""Flattened devicetrees (Devicetree Specification 0.4, chapter 5) as dtc, libfdt and mkimage write them, read strictly.

One order of the parts and no other: header, an empty memory reservation, structure, strings. No NOPs, no node or
property twice, no "@" in a name: libfdt takes "a" for "a@1" where only "a@1" is (CVE-2021-27138).
"""

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import FileIO

from fieldtool.firmware.formats.errors import need
from fieldtool.firmware.formats.reading import read_at, size_of

MAGIC = 0xD00DFEED
HEADER = struct.Struct(">10I")
LARGEST_VALUE = 64 << 10  # bytes of a value that is kept; of a longer one only its place
LARGEST_STRINGS = 64 << 10
MOST_TAGS = 20_000
DEEPEST = 8  # nodes within nodes
LONGEST_NAME = 63

_BEGIN, _END_NODE, _PROPERTY, _END = 1, 2, 3, 9
_TAG, _PAIR = struct.Struct(">I"), struct.Struct(">II")
_RESERVED = bytes(16)  # the entry that ends the list of reservations
_STRUCTURE = HEADER.size + len(_RESERVED)
_NODE_NAME = re.compile(rb"[A-Za-z0-9,._+-]{1,%d}" % LONGEST_NAME)
_PROPERTY_NAME = re.compile(rb"[A-Za-z0-9,._+?#-]{1,%d}" % LONGEST_NAME)


@dataclass(frozen=True, slots=True)
class Property:
    """All places are offsets in the file. `value` is None where it is longer than LARGEST_VALUE."""

    name: str
    at: int  # of its tag
    begin: int  # of its value
    length: int
    value: bytes | None
    name_at: int  # in the strings
    name_end: int  # in the strings, behind the NUL

    @property
    def end(self) -> int:
        """Behind its padding, which libfdt does not always clear."""
        return self.begin + self.length + -self.length % 4


@dataclass(frozen=True, slots=True)
class Node:
    path: str  # "/" is the root
    at: int  # of its tag
    body: int  # behind its name and the name's padding
    end: int  # of the tag that ends it
    properties: Mapping[str, Property]
    nodes: Mapping[str, "Node"]  # by name, in the order of the file

    def below(self, name: str) -> str:
        """The path of a node in this one."""
        return f"{self.path.rstrip('/')}/{name}"


@dataclass(frozen=True, slots=True)
class Tree:
    root: Node
    structure_end: int
    strings: int  # offset of the strings in the file
    strings_end: int
    total: int  # bytes, as the header says; never more than the file has

    def all(self) -> Iterator[Node]:
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(node.nodes.values())

    def is_named(self, begin: int) -> bool:
        """Whether every string from this offset in the strings on is the name of a property."""
        ends = {(one.name_at, one.name_end) for node in self.all() for one in node.properties.values()}
        return set(range(begin, self.strings_end - self.strings)) <= {at for span in ends for at in range(*span)}


def is_fdt(file: FileIO) -> bool:
    """Whether it begins like a flattened devicetree."""
    return size_of(file) >= _TAG.size and _TAG.unpack(read_at(file, 0, _TAG.size))[0] == MAGIC


def read_fdt(file: FileIO) -> Tree:
    """The tree at the begin of a file, which may go on behind it. FormatError(NATIVE_DAMAGED), and no other error."""
    size = size_of(file)
    need(size >= _STRUCTURE, "it is cut off")
    magic, total, structure, strings, reserved, version, oldest, cpu, strings_size, structure_size = HEADER.unpack(
        read_at(file, 0, HEADER.size)
    )
    need(magic == MAGIC, "it does not begin like a devicetree")
    need((version, oldest, cpu) == (17, 16, 0), "its devicetree is of another version")
    need((reserved, structure) == (HEADER.size, _STRUCTURE), "the parts of its devicetree stand in an odd order")
    need(read_at(file, reserved, len(_RESERVED)) == _RESERVED, "it reserves memory")
    need(strings == structure + structure_size and structure_size % 4 == 0, "the sizes in its devicetree do not fit")
    need(strings + strings_size <= total <= size, "the sizes in its devicetree do not fit")
    need(0 < strings_size <= LARGEST_STRINGS, "the names in its devicetree are missing or too many")
    reader = _Reader(file, strings, read_at(file, strings, strings_size))
    return Tree(reader.tree(structure), strings, strings, strings + strings_size, total)


class _Reader:
    """Walks the structure once, from tag to tag."""

    def __init__(self, file: FileIO, end: int, strings: bytes) -> None:
        """`end`: of the structure."""
        need(strings.endswith(b"\0"), "a name in its devicetree is cut off")
        self._file, self._end, self._strings = file, end, strings
        self._tags = 0

    def tree(self, at: int) -> Node:
        need(self._tag(at) == _BEGIN, "its devicetree has no root")
        root = self._node(at, "", 0)
        after = root.end + _TAG.size
        need(self._tag(after) == _END and after + _TAG.size == self._end, "something follows its devicetree's root")
        return root

    def _tag(self, at: int) -> int:
        self._tags += 1
        need(self._tags <= MOST_TAGS, "its devicetree has too many parts")
        found: int = _TAG.unpack(self._bytes(at, _TAG.size))[0]
        return found

    def _bytes(self, at: int, length: int) -> bytes:
        need(at + length <= self._end, "its devicetree is cut off")
        return read_at(self._file, at, length)

    def _node(self, at: int, parent: str, depth: int) -> Node:
        need(depth <= DEEPEST, "its devicetree is nested too deeply")
        name, body = self._node_name(at + _TAG.size, depth == 0)
        path = f"{parent.rstrip('/')}/{name}"
        properties: dict[str, Property] = {}
        nodes: dict[str, Node] = {}
        place = body
        while (tag := self._tag(place)) != _END_NODE:
            need(tag in (_BEGIN, _PROPERTY), "its devicetree has a mark that is not known")
            if tag == _BEGIN:
                node = self._node(place, path, depth + 1)
                key = node.path.rpartition("/")[2]
                need(key not in nodes, "its devicetree has a node twice")
                nodes[key], place = node, node.end + _TAG.size
            else:
                need(not nodes, "its devicetree has a property behind a node")
                one = self._property(place)
                need(one.name not in properties, "its devicetree has a property twice")
                properties[one.name], place = one, one.end
        return Node(path, at, body, place, properties, nodes)

    def _node_name(self, at: int, is_root: bool) -> tuple[str, int]:
        found = self._bytes(at, min(LONGEST_NAME + 1, self._end - at))
        name, nul, _ = found.partition(b"\0")
        need(nul and (not name if is_root else _NODE_NAME.fullmatch(name)), "a node in its devicetree has an odd name")
        length = len(name) + 1
        need(not any(self._bytes(at + length, -length % 4)), "there is something behind a name in its devicetree")
        return name.decode("ascii"), at + length + -length % 4

    def _property(self, at: int) -> Property:
        length, name_at = _PAIR.unpack(self._bytes(at + _TAG.size, _PAIR.size))
        begin = at + _TAG.size + _PAIR.size
        need(begin + length + -length % 4 <= self._end, "its devicetree is cut off")
        need(name_at < len(self._strings), "a property in its devicetree has no name")
        name_end = self._strings.index(b"\0", name_at) + 1  # the last byte is one
        name = self._strings[name_at : name_end - 1]
        need(_PROPERTY_NAME.fullmatch(name), "a property in its devicetree has an odd name")
        value = self._bytes(begin, length) if length <= LARGEST_VALUE else None
        return Property(name.decode("ascii"), at, begin, length, value, name_at, name_end)
