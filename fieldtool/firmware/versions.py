"""Which version is newer. A vendor says per release how its versions are written; there is no guessing."""

import re

from fieldtool.core.errors import FirmwareError
from fieldtool.core.texts import Text

KINDS = ("semver", "dotted", "plain")
LONGEST = 64  # characters

Key = tuple[tuple[int, ...], int, tuple[tuple[int, int, str], ...]]
"""Sorts like the versions do: numbers, then 0 for a pre-release and 1 for a release, then its pre-release parts."""

_NUMBER = r"(?:0|[1-9][0-9]*)"
_SEMVER = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})"
    rf"(?:-((?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_DOTTED = re.compile(r"[0-9]+(?:\.[0-9]+){1,7}")
_PLAIN = re.compile(r"[0-9]+")


def key(version: str, kind: str) -> Key:
    """What to sort `version` by.

    "semver": SemVer 2.0, build metadata ignored. "dotted": 2 to 8 numbers, "2.6" equals "2.6.0". "plain": one number.
    FirmwareError(VERSION_BAD) when it is not written like that.
    """
    if kind in KINDS and len(version) <= LONGEST and version.isascii():
        if kind == "semver" and (match := _SEMVER.fullmatch(version)):
            numbers = tuple(int(part) for part in match.group(1, 2, 3))
            pre = match.group(4)
            return numbers, int(pre is None), tuple(_part(part) for part in (pre or "").split(".") if part)
        if kind == "dotted" and _DOTTED.fullmatch(version):
            return _without_zeros(tuple(int(part) for part in version.split("."))), 1, ()
        if kind == "plain" and _PLAIN.fullmatch(version):
            return (int(version),), 1, ()
    raise FirmwareError(Text.VERSION_BAD, version=version[:LONGEST], kind=kind[:LONGEST])


def is_older(one: str, other: str, kind: str) -> bool:
    """Is `one` older than `other`? FirmwareError(VERSION_BAD) when either is not written as `kind` says."""
    return key(one, kind) < key(other, kind)


def is_older_as_any(one: str, other: str) -> bool:
    """Is `one` older than `other`, written in any kind that both fit? Kinds that fit both agree.

    For versions of parts whose releases are not at hand. FirmwareError(VERSION_BAD) when no kind fits both.
    """
    for kind in KINDS:
        try:
            return is_older(one, other, kind)
        except FirmwareError:
            continue
    raise FirmwareError(Text.VERSION_BAD, version=f"{one}, {other}"[:LONGEST], kind=", ".join(KINDS))


def _part(text: str) -> tuple[int, int, str]:
    # SemVer 11.4: numbers compare as numbers and sort before words.
    return (0, int(text), "") if text.isdigit() else (1, 0, text)


def _without_zeros(numbers: tuple[int, ...]) -> tuple[int, ...]:
    end = len(numbers)
    while end > 1 and numbers[end - 1] == 0:
        end -= 1
    return numbers[:end]
