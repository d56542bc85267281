"""The container of a bundle: an uncompressed zip, read by rules that leave one way to understand it.

A zip may say everything twice, and readers differ in what they believe. Here all must agree: the central directory is
bounded before it is read, each member stands behind the one before it from the first byte of the file on, local headers
repeat the directory, and nothing stands before, between or after. So there is no room for a second meaning, for members
that overlap, or for a small file that unpacks to a large one. Nothing is ever extracted: a member is a range of bytes.
"""

import os
import re
import stat
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from fieldtool.core.errors import FirmwareError
from fieldtool.core.texts import Text

MOST_MEMBERS = 5_000
MOST_DIRECTORY = 4 << 20  # bytes of the central directory: over 800 for each member
LONGEST_NAME, LONGEST_EXTRA = 320, 512  # bytes
STORED, UTF8 = 0, 0x800

_NAME = re.compile(rb"(?:image|director)/(?:metadata/[A-Za-z0-9._+-]+|targets(?:/[A-Za-z0-9._+-]+)+)")
_END = struct.Struct("<4s4H2LH")  # end of the central directory
_LOCATOR = struct.Struct("<4sLQL")  # where the 64-bit end is
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4sH26s3H2L")
_LOCAL = struct.Struct("<4s26s")
_FACTS = struct.Struct("<5H3L2H")  # what both headers say of a member
_FIELD = struct.Struct("<2H")  # id and length of an extra field
_MAX16, _MAX32 = 0xFFFF, 0xFFFFFFFF
_ZIP64, _OTHER_NAME = 0x0001, 0x7075  # ids of extra fields


@dataclass(frozen=True, slots=True)
class Member:
    """A range of bytes of the bundle."""

    name: str
    offset: int
    length: int

    def chunks(self, file: IO[bytes], size: int) -> Iterator[bytes]:
        """Its bytes, `size` at a time. OSError; less than `length` bytes when the file has become shorter."""
        done = 0
        while done < self.length:
            file.seek(self.offset + done)  # every time: others may read other members between two chunks
            if not (chunk := file.read(min(size, self.length - done))):
                return
            yield chunk
            done += len(chunk)


def members(file: IO[bytes], name: str) -> Mapping[str, Member]:
    """The members of the bundle `file` by name, in the order of the file.

    FirmwareError(BUNDLE_BAD) for whatever fieldtool would not have written; OSError when it cannot be read. Takes no
    more memory than `MOST_DIRECTORY` bytes and what they describe.
    """
    try:
        return _members(file)
    except (_StrangeError, struct.error) as strange:  # struct.error: a header is cut off
        raise FirmwareError(Text.BUNDLE_BAD, file=name, detail=str(strange)) from strange


class _StrangeError(Exception):
    """Says what is wrong with the container."""


@dataclass(frozen=True, slots=True)
class _Directory:
    offset: int
    size: int
    count: int
    end: int  # where the records behind it begin


@dataclass(frozen=True, slots=True)
class _Header:
    """What one of the two headers says about a member."""

    method: int
    flags: int
    crc: int
    stored: int
    length: int
    name: bytes
    offset: int = 0


def _members(file: IO[bytes]) -> Mapping[str, Member]:
    directory = _directory(file)
    if not directory.count:
        raise _StrangeError("there is nothing in it")
    found: dict[str, Member] = {}
    place = 0
    for said in _entries(_at(file, directory.offset, directory.size), directory.count):
        if said.offset != place:
            raise _StrangeError("there are bytes between its members, or some in common")
        member = _member(file, said)
        if member.name in found:
            raise _StrangeError(f"“{member.name[:80]}” is there twice")
        found[member.name] = member
        place = member.offset + member.length
        if place > directory.offset:
            raise _StrangeError("one of its members is longer than there is room")
    if place != directory.offset:
        raise _StrangeError("there are bytes that belong to no member")
    return found


def _directory(file: IO[bytes]) -> _Directory:
    """Where the central directory is; nothing of it has been read yet."""
    size = file.seek(0, os.SEEK_END)
    here = size - _END.size
    signature, disk, first_disk, here_count, count, length, offset, comment = _END.unpack(_at(file, here, _END.size))
    if signature != b"PK\5\6" or comment:
        raise _StrangeError("it does not end like a bundle")
    told = _Directory(offset, length, count, here)
    if disk or first_disk or here_count != count:
        raise _StrangeError("it is one part of several")
    if count == _MAX16 or _MAX32 in (length, offset) or _has_locator(file, here):
        told = _directory64(file, told)
    if told.count > MOST_MEMBERS or told.size > MOST_DIRECTORY:
        raise _StrangeError("it has more members than a bundle can have")
    if told.offset + told.size != told.end:
        raise _StrangeError("its directory is not where it should be")
    return told


def _has_locator(file: IO[bytes], end: int) -> bool:
    return end >= _LOCATOR.size and _at(file, end - _LOCATOR.size, 4) == b"PK\6\7"


def _directory64(file: IO[bytes], short: _Directory) -> _Directory:
    """The same from the 64-bit records, which must stand right before the end and agree with it."""
    here = short.end - _LOCATOR.size
    signature, disk, place, disks = _LOCATOR.unpack(_at(file, here, _LOCATOR.size))
    if (signature, disk, disks) != (b"PK\6\7", 0, 1) or place != here - _END64.size:
        raise _StrangeError("its end contradicts itself")
    fields = _END64.unpack(_at(file, place, _END64.size))
    signature, rest, _, _, disk, first_disk, here_count, count, length, offset = fields
    agree = count in (short.count, here_count) and short.count in (count, _MAX16) and here_count == count
    agree = agree and short.size in (length, _MAX32) and short.offset in (offset, _MAX32)
    if signature != b"PK\6\6" or rest != _END64.size - 12 or disk or first_disk or not agree:
        raise _StrangeError("its end contradicts itself")
    return _Directory(offset, length, count, place)


def _entries(directory: bytes, count: int) -> Iterator[_Header]:
    place = 0
    for _ in range(count):
        signature, _, facts, comment, disk, _, attributes, offset = _CENTRAL.unpack_from(directory, place)
        if signature != b"PK\1\2" or comment or disk:
            raise _StrangeError("its directory is damaged")
        if stat.S_IFMT(attributes >> 16) not in (0, stat.S_IFREG) or attributes & 0x10:
            raise _StrangeError("one of its members is a link or a folder")
        name, extra, place = _name_and_extra(directory, place + _CENTRAL.size, facts)
        yield _header(facts, name, extra, offset)
    if place != len(directory):
        raise _StrangeError("its directory is longer than it says")


def _member(file: IO[bytes], said: _Header) -> Member:
    """The member that the directory speaks of, after its own header said the same."""
    if said.method != STORED or said.flags & ~UTF8 or said.stored != said.length:
        raise _StrangeError("one of its members is packed or encrypted")
    if not _is_plain(said.name):
        raise _StrangeError("one of its members has a name that no bundle has")
    start = _at(file, said.offset, _LOCAL.size)
    signature, facts = _LOCAL.unpack(start)
    if signature != b"PK\3\4":
        raise _StrangeError("one of its members is not where it should be")
    lengths = sum(_FACTS.unpack(facts)[-2:])
    if lengths > LONGEST_NAME + LONGEST_EXTRA:
        raise _StrangeError("one of its members has a name that no bundle has")
    name, extra, _ = _name_and_extra(_at(file, said.offset + _LOCAL.size, lengths), 0, facts)
    if _header(facts, name, extra, said.offset) != said:
        raise _StrangeError("its directory and its members contradict each other")
    return Member(said.name.decode("ascii"), said.offset + _LOCAL.size + lengths, said.length)


def _name_and_extra(data: bytes, place: int, facts: bytes) -> tuple[bytes, bytes, int]:
    """Name, extra fields, and where they end."""
    *_, name_length, extra_length = _FACTS.unpack(facts)
    if name_length > LONGEST_NAME or extra_length > LONGEST_EXTRA:
        raise _StrangeError("one of its members has a name that no bundle has")
    middle, end = place + name_length, place + name_length + extra_length
    if end > len(data):
        raise _StrangeError("its directory is damaged")
    return data[place:middle], data[middle:end], end


def _header(facts: bytes, name: bytes, extra: bytes, offset: int) -> _Header:
    _, flags, method, _, _, crc, stored, length, _, _ = _FACTS.unpack(facts)
    wide = _wide(extra)
    # In this order; each is there only where the short field says so.
    length = wide.pop(0) if length == _MAX32 and wide else length
    stored = wide.pop(0) if stored == _MAX32 and wide else stored
    offset = wide.pop(0) if offset == _MAX32 and wide else offset
    if wide:
        raise _StrangeError("one of its members tells its size twice")
    return _Header(method, flags, crc, stored, length, name, offset)


def _wide(extra: bytes) -> list[int]:
    """The 64-bit numbers among the extra fields; other fields have no meaning here."""
    found: list[int] | None = None
    place = 0
    while place < len(extra):
        kind, length = _FIELD.unpack_from(extra, place)
        content = extra[place + _FIELD.size : place + _FIELD.size + length]
        if len(content) != length or kind == _OTHER_NAME or (kind == _ZIP64 and (found is not None or length % 8)):
            raise _StrangeError("one of its members has a header that no bundle has")
        if kind == _ZIP64:
            found = list(struct.unpack(f"<{length // 8}Q", content))
        place += _FIELD.size + length
    return found or []


def _is_plain(name: bytes) -> bool:
    return bool(_NAME.fullmatch(name)) and all(part.strip(b".") for part in name.split(b"/"))


def _at(file: IO[bytes], offset: int, count: int) -> bytes:
    if offset < 0:
        raise _StrangeError("it is too short")
    file.seek(offset)
    data = file.read(count)
    if len(data) != count:
        raise _StrangeError("it is cut off")
    return data
