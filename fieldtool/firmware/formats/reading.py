"""Reads files of any size in the same little memory."""

import hashlib
from collections.abc import Iterator
from io import FileIO

from fieldtool.firmware.formats.errors import need

BLOCK = 1 << 18  # bytes read at once


def size_of(file: FileIO) -> int:
    return file.seek(0, 2)


def read_at(file: FileIO, begin: int, length: int) -> bytes:
    """Exactly `length` bytes, few enough to keep. FormatError(NATIVE_DAMAGED) when the file ends before."""
    return b"".join(bytes(block) for block in blocks(file, begin, length))


def digest_at(file: FileIO, begin: int, length: int, name: str) -> bytes:
    """The hash `name` ("sha256") of `length` bytes. FormatError(NATIVE_DAMAGED) when the file ends before."""
    digest = hashlib.new(name)
    for block in blocks(file, begin, length):
        digest.update(block)
    return digest.digest()


def blocks(file: FileIO, begin: int, length: int, most: int = BLOCK) -> Iterator[memoryview]:
    """`length` bytes from `begin`, at most `most` at a time and all but the last full; a view lives until the next.

    FormatError(NATIVE_DAMAGED) when the file ends before.
    """
    buffer, end = memoryview(bytearray(min(length, most))), begin + length
    while begin < end:
        view, filled = buffer[: end - begin], 0
        file.seek(begin)  # each time: between two blocks the caller may read elsewhere
        while filled < len(view):
            count = file.readinto(view[filled:])
            need(count, "it is cut off")
            filled += count
        yield view
        begin += filled
