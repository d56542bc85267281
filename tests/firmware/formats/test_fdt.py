"""The reader of devicetrees takes what dtc and mkimage write, and nothing that another reader could take otherwise."""

import struct
from collections.abc import Callable
from io import FileIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldtool.core.texts import Text
from fieldtool.firmware.formats.errors import FormatError
from fieldtool.firmware.formats.fdt import DEEPEST, LARGEST_VALUE, MOST_TAGS, Tree, is_fdt, read_fdt
from fieldtool.lab.fit import devicetree

BEGIN, END_NODE, PROPERTY, NOP, END = (struct.pack(">I", tag) for tag in (1, 2, 3, 4, 9))
SMALL = {"model": "Lab", "number": 7, "a": {"b": {"c": b"\1\2\3"}}, "list": ["x", "y"]}


def read(folder: Path, data: bytes) -> Tree:
    file = folder / "tree.dtb"
    file.write_bytes(data)
    with FileIO(file) as opened:
        return read_fdt(opened)


def detail(folder: Path, data: bytes) -> str:
    with pytest.raises(FormatError) as told:
        read(folder, data)
    assert told.value.text is Text.NATIVE_DAMAGED
    return str(told.value.params["detail"])


def raw(inside: bytes, names: bytes = b"a\0bb\0", **fields: int) -> bytes:
    """A file around a structure; `fields` of the header to be told otherwise."""
    at = 56 + len(inside)
    told = {
        "magic": 0xD00DFEED, "total": at + len(names), "structure": 56, "strings": at, "reserved": 40, "version": 17,
        "oldest": 16, "cpu": 0, "strings_size": len(names), "structure_size": len(inside), **fields,
    }  # fmt: skip
    return struct.pack(">10I", *told.values()) + bytes(16) + inside + names


def node(name: bytes, *inside: bytes) -> bytes:
    return BEGIN + name + b"\0" + bytes(-(len(name) + 1) % 4) + b"".join(inside) + END_NODE


def prop(value: bytes, name: int = 0, length: int | None = None) -> bytes:
    told = len(value) if length is None else length
    return PROPERTY + struct.pack(">II", told, name) + value + bytes(-len(value) % 4)


def test_a_tree_arrives_whole(tmp_path: Path) -> None:
    tree = read(tmp_path, devicetree(SMALL) + b"what follows it")
    assert [one.path for one in tree.all()] == ["/", "/a", "/a/b"]
    assert {name: one.value for name, one in tree.root.properties.items()} == {
        "model": b"Lab\0", "number": b"\0\0\0\7", "list": b"x\0y\0",
    }  # fmt: skip
    told = tree.root.nodes["a"].nodes["b"].properties["c"]
    assert (told.value, told.end - told.begin) == (b"\1\2\3", 4)
    assert tree.is_named(0)


def test_of_a_long_value_only_the_place_is_kept(tmp_path: Path) -> None:
    content = bytes(LARGEST_VALUE + 1)
    told = read(tmp_path, devicetree({"data": content})).root.properties["data"]
    assert (told.value, told.length) == (None, len(content))


def test_the_smallest_file_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, raw(node(b"") + END)).root.path == "/"


GOOD = node(b"", prop(b"x"), prop(b"y", 2), node(b"n")) + END
HEADERS: list[dict[str, int]] = [
    {"magic": 0xD00DFEEE}, {"version": 16}, {"version": 18}, {"oldest": 17}, {"oldest": 15}, {"cpu": 1},
    {"reserved": 48}, {"reserved": 0}, {"structure": 60}, {"structure": 52}, {"strings": 0}, {"strings": 1 << 31},
    {"structure_size": 0}, {"structure_size": 1 << 31}, {"strings_size": 0}, {"strings_size": 6}, {"strings_size": 4},
    {"strings_size": 0xFFFFFFFF}, {"total": 0}, {"total": 0xFFFFFFFF}, {"total": 56},
]  # fmt: skip


@pytest.mark.parametrize("fields", HEADERS)
def test_a_header_that_does_not_fit_is_refused(tmp_path: Path, fields: dict[str, int]) -> None:
    assert read(tmp_path, raw(GOOD)).root.nodes
    detail(tmp_path, raw(GOOD, **fields))


def test_memory_that_it_reserves_is_refused(tmp_path: Path) -> None:
    data = raw(GOOD)
    assert "reserves" in detail(tmp_path, data[:40] + b"\1" + data[41:])


@pytest.mark.parametrize(
    ("structure", "said"),
    [
        (END, "no root"),
        (node(b""), "cut off"),
        (node(b"") + node(b"") + END, "follows"),
        (node(b"") + END + END, "follows"),
        (node(b"root") + END, "odd name"),
        (node(b"", node(b"")) + END, "odd name"),
        (node(b"", node(b"a@1")) + END, "odd name"),
        (node(b"", node(b"a/b")) + END, "odd name"),
        (node(b"", node(b"a\xff")) + END, "odd name"),
        (node(b"", node(b"n" * 64)) + END, "odd name"),
        (node(b"", node(b"n"), node(b"n")) + END, "twice"),
        (node(b"", prop(b"x"), prop(b"y")) + END, "twice"),
        (node(b"", node(b"n"), prop(b"x")) + END, "behind a node"),
        (node(b"", NOP) + END, "not known"),
        (node(b"", END) + END, "not known"),
        (node(b"", struct.pack(">I", 0)) + END, "not known"),
        (node(b"", prop(b"x", 99)) + END, "no name"),
        (node(b"", prop(b"x", 0xFFFFFFFF)) + END, "no name"),
        (node(b"", prop(b"x", 1)) + END, "odd name"),
        (node(b"", prop(b"x", length=1 << 31)) + END, "cut off"),
        (node(b"", prop(b"x", length=0xFFFFFFFF)) + END, "cut off"),
        (BEGIN + b"\0\0\0\1" + END_NODE + END, "behind a name"),
        (node(b"") + NOP + END, "follows"),
    ],
)
def test_a_structure_that_may_be_read_in_two_ways_is_refused(tmp_path: Path, structure: bytes, said: str) -> None:
    assert said in detail(tmp_path, raw(structure))


@pytest.mark.parametrize("strings", [b"a", b"\0", b"a b\0", b"a\xff\0", b"n" * 64 + b"\0"])
def test_odd_names_of_properties_are_refused(tmp_path: Path, strings: bytes) -> None:
    detail(tmp_path, raw(node(b"", prop(b"x")) + END, strings))


def test_depth_and_number_of_parts_have_an_end(tmp_path: Path) -> None:
    deep = b""
    for _ in range(DEEPEST):
        deep = node(b"n", deep)
    assert read(tmp_path, raw(node(b"", deep) + END))
    assert "deeply" in detail(tmp_path, raw(node(b"", node(b"n", deep)) + END))
    many = b"".join(node(b"n%d" % number) for number in range(MOST_TAGS // 2))
    assert "too many" in detail(tmp_path, raw(node(b"", many) + END))


def test_names_that_nothing_uses_are_seen(tmp_path: Path) -> None:
    tree = read(tmp_path, raw(node(b"", prop(b"x", 2)) + END, b"a\0bb\0c\0"))
    assert not tree.is_named(0) and not tree.is_named(2)
    assert read(tmp_path, raw(node(b"", prop(b"x", 2)) + END)).is_named(2)


def test_a_name_may_be_the_end_of_another_as_libfdt_writes_it(tmp_path: Path) -> None:
    tree = read(tmp_path, raw(node(b"", prop(b"x", 0), prop(b"y", 5)) + END, b"data-size\0"))
    assert tree.root.properties.keys() == {"data-size", "size"}


@pytest.mark.parametrize("data", [b"", b"\xd0\x0d\xfe", b"\xd0\x0d\xfe\xed", raw(GOOD)[:55]])
def test_less_than_a_header_is_refused(tmp_path: Path, data: bytes) -> None:
    assert "cut off" in detail(tmp_path, data)


def test_a_file_is_known_by_its_begin(tmp_path: Path) -> None:
    for data, known in ((b"\xd0\x0d\xfe\xed", True), (b"\xd0\x0d\xfe\xee", False), (b"", False)):
        (tmp_path / "file").write_bytes(data)
        with FileIO(tmp_path / "file") as file:
            assert is_fdt(file) == known


@settings(deadline=None, max_examples=300)
@given(changes=st.lists(st.tuples(st.integers(0, 1 << 12), st.binary(max_size=8), st.integers(0, 8)), max_size=5))
def test_whatever_it_holds_a_tree_or_our_error_comes_out(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bytes, int]]
) -> None:
    data = devicetree(SMALL)
    for at, put, cut in changes:
        at %= len(data) + 1
        data = data[:at] + put + data[at + cut :]
    _reads_or_refuses(tmp_path_factory.getbasetemp(), data)


PIECES = st.sampled_from([BEGIN, END_NODE, PROPERTY, NOP, END, b"a\0\0\0", b"\0\0\0\0", b"\0\0\0\4", b"bb\0\0"])


@settings(deadline=None, max_examples=300)
@given(pieces=st.lists(PIECES, max_size=40))
def test_whatever_order_its_marks_come_in_a_tree_or_our_error_comes_out(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    _reads_or_refuses(tmp_path_factory.getbasetemp(), raw(BEGIN + bytes(4) + b"".join(pieces)))


_TREES = st.recursive(
    st.dictionaries(st.from_regex(r"[a-z0-9,._+-]{1,12}", fullmatch=True), st.binary(max_size=20), max_size=4),
    lambda inner: st.dictionaries(st.from_regex(r"[a-z0-9,._+-]{1,12}", fullmatch=True), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(tree=_TREES)
def test_whatever_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, tree: dict[str, object]) -> None:
    found = read(tmp_path_factory.getbasetemp(), devicetree({"#x": b"1", **tree}))

    def compare(node_: object, told: object) -> None:
        assert isinstance(told, dict)
        nodes = {name: value for name, value in told.items() if isinstance(value, dict)}
        assert {name: one.value for name, one in node_.properties.items()} == {  # type: ignore[attr-defined]  # a Node
            name: value for name, value in told.items() if name not in nodes
        }
        assert list(node_.nodes) == list(nodes)  # type: ignore[attr-defined]  # a Node
        for name, below in nodes.items():
            compare(node_.nodes[name], below)  # type: ignore[attr-defined]  # a Node

    compare(found.root, {"#x": b"1", **tree})


def _reads_or_refuses(folder: Path, data: bytes) -> None:
    try:
        tree = read(folder, data)
    except FormatError as error:
        assert error.text is Text.NATIVE_DAMAGED
    else:
        assert tree.total <= len(data)


CHANGES: list[Callable[[bytes], bytes]] = [
    lambda data: data[:-1],
    lambda data: b"\0" + data,
    lambda data: data[4:],
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_tree_cut_or_moved_is_refused(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    detail(tmp_path, change(devicetree(SMALL)))
