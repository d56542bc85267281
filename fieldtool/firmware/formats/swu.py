"""SWUpdate files (SWUpdate's "Update Management" and "Signed images" pages; tried with 2022.12).

A cpio archive: sw-description, its CMS signature sw-description.sig, then exactly the files that sw-description names,
each with the SHA-256 that it names. The description is not parsed before its signature held. What cpio itself says of
a file (owner, time, number, checksum) is signed by nobody: only the catalogue's hash of the whole file protects it.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import FileIO
from typing import Any

from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from fieldtool.firmware.formats import cms
from fieldtool.firmware.formats.anchors import Anchors
from fieldtool.firmware.formats.cms import Signer, parse_signature
from fieldtool.firmware.formats.errors import FormatError, need
from fieldtool.firmware.formats.libconfig import DEEPEST, parse_libconfig
from fieldtool.firmware.formats.reading import digest_at, read_at, size_of

DESCRIPTION, SIGNATURE = "sw-description", "sw-description.sig"
LARGEST = 1 << 20  # bytes of a description
MOST_FILES = 256
_HEAD, _TRAILER, _FILL = 110, "TRAILER!!!", 512  # bytes of a header; name of the end; a tape's block
_NEWC, _CRC = b"070701", b"070702"
_DIGITS = re.compile(rb"[0-9A-Fa-f]{104}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REGULAR = 0o10  # in a mode, above the permissions


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    begin: int
    length: int
    check: int | None  # sum of all bytes; None: this kind of archive has none


def check_swu(file: FileIO, release: Release, anchors: Anchors) -> Signer:
    """Who signed this file.

    FormatError: any NATIVE_ text that cms.py gives, NATIVE_UNSIGNED, NATIVE_PAYLOAD, NATIVE_OTHER_RELEASE.
    """
    assert release.published is not None  # `check_native` has looked
    members = list(_members(file))
    need(members and members[0].name == DESCRIPTION, f"it does not begin with {DESCRIPTION}")
    if len(members) < 2 or members[1].name != SIGNATURE:
        raise FormatError(Text.NATIVE_UNSIGNED)
    names = [member.name.lower() for member in members]
    need(len(set(names)) == len(names), "it holds a file twice")
    content = _small(file, members[0], LARGEST)
    signature = parse_signature(_small(file, members[1], cms.LARGEST))
    need(signature.content is None, "its signature carries a description of its own")
    signer = signature.verify(lambda name: hashlib.new(name, content).digest(), anchors, release.published)
    _check_payloads(file, members[2:], _description(content), release)
    return signer


def is_swu(file: FileIO) -> bool:
    """Whether it begins like an archive for SWUpdate."""
    try:
        member, _ = _member(file, 0)
    except FormatError:
        return False
    return member.name == DESCRIPTION


# ---- cpio -----------------------------------------------------------------------------------------------------------


def _members(file: FileIO) -> Iterator[_Member]:
    total, at = size_of(file), 0
    for _ in range(MOST_FILES):
        member, mode = _member(file, at)
        end = member.begin + member.length
        need(end <= total, "it is cut off")
        if member.name == _TRAILER:
            _check_end(file, member, total)
            return
        need(mode >> 12 == _REGULAR and _NAME.fullmatch(member.name), "it holds something else than plain files")
        yield member
        at = end + -end % 4
        need(not any(read_at(file, end, at - end)), "there is something between its files")
    raise FormatError(Text.NATIVE_DAMAGED, detail="it holds too many files")


def _member(file: FileIO, at: int) -> tuple[_Member, int]:
    head = read_at(file, at, _HEAD)
    magic = head[: len(_NEWC)]
    need(magic in (_NEWC, _CRC) and _DIGITS.fullmatch(head, len(_NEWC)), "it is no cpio archive of the new kind")
    numbers = [int(head[place : place + 8], 16) for place in range(len(_NEWC), _HEAD, 8)]
    mode, length, name_length, check = numbers[1], numbers[6], numbers[11], numbers[12]
    need(1 < name_length <= 256 and (magic == _CRC or check == 0), "a header of it is damaged")
    begin = at + _HEAD + name_length
    name = read_at(file, at + _HEAD, name_length + -begin % 4)
    need(b"\0" not in name[: name_length - 1] and not any(name[name_length - 1 :]), "a name in it is damaged")
    plain = name[: name_length - 1].decode("ascii", "replace")
    return _Member(plain, begin + -begin % 4, length, check if magic == _CRC else None), mode


def _check_end(file: FileIO, trailer: _Member, total: int) -> None:
    rest = total - trailer.begin
    filled = rest < _FILL and (rest == 0 or total % _FILL == 0)
    need(trailer.length == 0 and filled, "something follows after its end")
    need(not any(read_at(file, trailer.begin, rest)), "something follows after its end")


def _small(file: FileIO, member: _Member, largest: int) -> bytes:
    need(member.length <= largest, f"{member.name} is too large")
    content = read_at(file, member.begin, member.length)
    need(member.check in (None, sum(content) & 0xFFFFFFFF), f"the checksum of {member.name} is wrong")
    return content


# ---- what is signed -------------------------------------------------------------------------------------------------


def _description(content: bytes) -> Mapping[str, Any]:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise FormatError(Text.NATIVE_DAMAGED, detail="its description cannot be read") from error
    if not text.lstrip().startswith("{"):
        return parse_libconfig(text)
    try:
        found: Mapping[str, Any] = json.loads(text, object_pairs_hook=_table)
    except (ValueError, RecursionError) as error:
        raise FormatError(Text.NATIVE_DAMAGED, detail="its description cannot be read") from error
    return found


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    need(len({name for name, _ in pairs}) == len(pairs), "its description says something twice")
    return dict(pairs)


def _check_payloads(file: FileIO, payloads: list[_Member], description: Mapping[str, Any], release: Release) -> None:
    signed: dict[str, str] = {}
    entries = list(_entries(description, 0))
    for entry in entries:
        name, sha256 = str(entry["filename"]), str(entry.get("sha256"))
        need(_SHA256.fullmatch(sha256), "its description names a file without its hash")
        need(signed.setdefault(name, sha256) == sha256, "its description names two hashes of one file")
    need(signed.keys() == {member.name for member in payloads}, "its files are not those that were signed")
    for member in payloads:
        if digest_at(file, member.begin, member.length, "sha256").hex() != signed[member.name]:
            raise FormatError(Text.NATIVE_PAYLOAD)
    # What is unpacked or decrypted on its way has another hash on the device than in the file.
    changes = any(entry.get(name) for entry in entries for name in ("compressed", "encrypted"))
    if not changes and release.payload_hash not in signed.values():
        raise FormatError(Text.NATIVE_OTHER_RELEASE)


def _entries(value: object, depth: int) -> Iterator[Mapping[str, Any]]:
    """Every group that names a file, wherever it stands: images, files, scripts, in whatever set."""
    need(depth <= DEEPEST, "its description is nested too deeply")
    if isinstance(value, dict):
        if "filename" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _entries(one, depth + 1)
