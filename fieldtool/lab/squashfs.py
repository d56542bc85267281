"""Squashfs 4.0, as much of it as a RAUC bundle needs: a flat folder of files, written uncompressed.

Layout after the kernel's Documentation/filesystems/squashfs.rst and the format description of squashfs-tools-ng.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MAGIC = 0x73717368
_SUPERBLOCK = struct.Struct("<IIIIIHHHHHHQQQQQQQQ")
_BLOCK, _BLOCK_LOG = 131_072, 17
_META = 8192
_NONE32, _NONE64 = 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF
_STORED_META, _STORED_DATA = 0x8000, 1 << 24  # "not compressed" marks of a metadata block and of a data block
_FLAGS = 0x1 | 0x2 | 0x8 | 0x10 | 0x200 | 0x800  # inodes, data, fragments, ids stored; no fragments; no xattrs
_GZIP = 1
_DIRECTORY, _FILE = 1, 2
_INODE = struct.Struct("<HHHHII")  # type, mode, uid index, gid index, modification time, number
_FILE_BODY = struct.Struct("<IIII")  # first block, fragment, offset in fragment, size
_DIRECTORY_BODY = struct.Struct("<IIHHI")  # listing block, links, listing size + 3, offset in block, parent
_LISTING = struct.Struct("<III")  # entries - 1, inode block, inode number
_ENTRY = struct.Struct("<HhHH")  # inode offset, inode number difference, type, name length - 1
_DEVICE_BLOCK = 4096  # a loop device shows whole blocks only


class BadImage(Exception):
    """These bytes are no squashfs that we can read."""


@dataclass(frozen=True, slots=True)
class _Super:
    inodes: int
    time: int
    block_size: int
    fragments: int
    compression: int
    block_log: int
    flags: int
    ids: int
    root: int
    used: int
    id_table: int
    inode_table: int
    directory_table: int
    fragment_table: int

    def pack(self) -> bytes:
        return _SUPERBLOCK.pack(
            _MAGIC, self.inodes, self.time, self.block_size, self.fragments, self.compression, self.block_log,
            self.flags, self.ids, 4, 0, self.root, self.used, self.id_table, _NONE64, self.inode_table,
            self.directory_table, self.fragment_table, _NONE64,
        )  # fmt: skip


def write_squashfs(file: BinaryIO, contents: Mapping[str, bytes | Path], time: int = 0) -> None:
    """Write `contents` (name -> bytes, or a file on disk) as a squashfs that begins at the start of `file`.

    `time`: seconds since 1970, stamped on everything. The same input gives the same bytes.
    """
    file.seek(_SUPERBLOCK.size)
    names = sorted(contents, key=str.encode)
    inodes, places = bytearray(), []
    for number, name in enumerate(names, 1):
        places.append(len(inodes))
        inodes += _file_inode(file, contents[name], number, time)
    listing = _listing(names, places)
    root, count = len(inodes), len(names) + 1
    inodes += _INODE.pack(_DIRECTORY, 0o755, 0, 0, time, count)
    inodes += _DIRECTORY_BODY.pack(0, 2, len(listing) + 3, 0, count + 1)
    inode_table = _write_meta(file, bytes(inodes))
    directory_table = _write_meta(file, listing)
    ids = _write_meta(file, struct.pack("<I", 0))
    id_table = file.tell()
    file.write(struct.pack("<Q", ids))
    used = file.tell()
    file.write(bytes(-used % _DEVICE_BLOCK))
    end = file.tell()
    head = _Super(
        count, time, _BLOCK, 0, _GZIP, _BLOCK_LOG, _FLAGS, 1, _reference(root), used, id_table, inode_table,
        directory_table, ids,
    )  # fmt: skip
    file.seek(0)
    file.write(head.pack())
    file.seek(end)


def _file_inode(file: BinaryIO, content: bytes | Path, number: int, time: int) -> bytes:
    start, size, blocks = file.tell(), 0, []
    for block in _blocks(content):
        file.write(block)
        size += len(block)
        blocks.append(len(block) | _STORED_DATA)
    head = _INODE.pack(_FILE, 0o644, 0, 0, time, number)
    return head + _FILE_BODY.pack(start, _NONE32, 0, size) + struct.pack(f"<{len(blocks)}I", *blocks)


def _blocks(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        for at in range(0, len(content), _BLOCK):
            yield content[at : at + _BLOCK]
        return
    with content.open("rb") as source:
        while block := source.read(_BLOCK):
            yield block


def _listing(names: list[str], places: list[int]) -> bytes:
    """One header for each metadata block of inodes that the entries point into."""
    out = bytearray()
    at = 0
    while at < len(names):
        block = _reference(places[at]) >> 16
        same = [i for i in range(at, min(at + 256, len(names))) if _reference(places[i]) >> 16 == block]
        out += _LISTING.pack(len(same) - 1, block, at + 1)
        for i in same:
            name = names[i].encode()
            out += _ENTRY.pack(places[i] % _META, i - at, _FILE, len(name) - 1) + name
        at = same[-1] + 1
    return bytes(out)


def _reference(place: int) -> int:
    """Where a byte of the inode stream lies: block position << 16 | offset in the block."""
    return (place // _META) * (_META + 2) << 16 | place % _META


def _write_meta(file: BinaryIO, stream: bytes) -> int:
    start = file.tell()
    for at in range(0, len(stream), _META):
        part = stream[at : at + _META]
        file.write(struct.pack("<H", len(part) | _STORED_META) + part)
    return start


@dataclass(frozen=True, slots=True)
class Entry:
    """A file inside: its size and where its blocks lie."""

    size: int
    start: int
    fragment: int
    fragment_offset: int
    blocks: tuple[int, ...]


class Reader:
    """Reads a flat squashfs (gzip or stored) from the start of `file`. BadImage when it cannot."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        try:
            self._super = self._read_super()
            self.entries: Mapping[str, Entry] = self._read_root()
        except (struct.error, zlib.error, IndexError, UnicodeDecodeError) as error:
            raise BadImage(str(error)) from error

    def read(self, name: str, limit: int = 1 << 20) -> bytes:
        """A small file as a whole. BadImage when it is missing or larger than `limit`."""
        entry = self.entries.get(name)
        if entry is None or entry.size > limit:
            raise BadImage(f"{name} is missing or too large")
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """The content of a file, block by block."""
        entry = self.entries[name]
        at, left = entry.start, entry.size
        for word in entry.blocks:
            length = word & (_STORED_DATA - 1)
            block = self._data(at, word) if length else bytes(min(left, self._super.block_size))  # 0: a hole
            at, left = at + length, left - len(block)
            yield block
        if entry.fragment != _NONE32:
            yield self._fragment(entry.fragment)[entry.fragment_offset : entry.fragment_offset + left]

    def _read_super(self) -> _Super:
        words = _SUPERBLOCK.unpack(self._at(0, _SUPERBLOCK.size))
        if words[0] != _MAGIC or words[9] != 4 or words[5] != _GZIP:
            raise BadImage("no squashfs 4.0 with gzip")
        return _Super(*words[1:9], *words[11:14], *words[15:18])

    def _read_root(self) -> dict[str, Entry]:
        inodes = self._meta(self._super.inode_table, self._super.directory_table)
        listings = self._meta(self._super.directory_table, self._directories_end())
        place = _place(inodes, self._super.root >> 16, self._super.root & 0xFFFF)
        block, _, size, offset, _ = _DIRECTORY_BODY.unpack_from(inodes[1], place + _INODE.size)
        at = _place(listings, block, offset)
        end, found = at + size - 3, {}
        while at < end:
            count, inode_block, _ = _LISTING.unpack_from(listings[1], at)
            at += _LISTING.size
            for _ in range(count + 1):
                inode, _, kind, length = _ENTRY.unpack_from(listings[1], at)
                at += _ENTRY.size + length + 1
                name = listings[1][at - length - 1 : at].decode()
                if kind == _FILE:
                    found[name] = self._entry(inodes[1], _place(inodes, inode_block, inode))
        return found

    def _entry(self, inodes: bytes, at: int) -> Entry:
        if _INODE.unpack_from(inodes, at)[0] != _FILE:
            raise BadImage("a file of a kind that bundles do not need")
        start, fragment, offset, size = _FILE_BODY.unpack_from(inodes, at + _INODE.size)
        whole, rest = divmod(size, self._super.block_size)
        count = whole + (1 if rest and fragment == _NONE32 else 0)
        blocks = struct.unpack_from(f"<{count}I", inodes, at + _INODE.size + _FILE_BODY.size)
        return Entry(size, start, fragment, offset, blocks)

    def _directories_end(self) -> int:
        if not self._super.fragments:
            return self._super.fragment_table
        first: int = struct.unpack("<Q", self._at(self._super.fragment_table, 8))[0]
        return first

    def _fragment(self, index: int) -> bytes:
        where = self._super.fragment_table + 8 * (index // 512)
        block, _ = self._meta_block(struct.unpack("<Q", self._at(where, 8))[0])
        start, word = struct.unpack_from("<QI", block, 16 * (index % 512))
        return self._data(start, word)

    def _data(self, at: int, word: int) -> bytes:
        raw = self._at(at, word & (_STORED_DATA - 1))
        return raw if word & _STORED_DATA else zlib.decompress(raw, bufsize=self._super.block_size)

    def _meta(self, start: int, end: int) -> tuple[dict[int, int], bytes]:
        """A table as one stream, and where each block of it begins in there."""
        begins, stream, at = {}, bytearray(), start
        while at < end:
            begins[at - start] = len(stream)
            block, at = self._meta_block(at)
            stream += block
        return begins, bytes(stream)

    def _meta_block(self, at: int) -> tuple[bytes, int]:
        word: int = struct.unpack("<H", self._at(at, 2))[0]
        length = word & (_STORED_META - 1)
        raw = self._at(at + 2, length)
        return (raw if word & _STORED_META else zlib.decompress(raw)), at + 2 + length

    def _at(self, at: int, length: int) -> bytes:
        self._file.seek(at)
        raw = self._file.read(length)
        if len(raw) != length:
            raise BadImage("it ends too early")
        return raw


def _place(table: tuple[dict[int, int], bytes], block: int, offset: int) -> int:
    begins, _ = table
    if block not in begins:
        raise BadImage("a reference points nowhere")
    return begins[block] + offset
