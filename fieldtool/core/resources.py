"""Finds the files that ship with fieldtool: in a checkout, in a wheel and in a frozen build."""

import sys
from pathlib import Path

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text


def resource(*parts: str) -> Path:
    """Path of a file or folder below `resources/`, e.g. `resource("profiles")`.

    UsageError(RESOURCE_MISSING) when it is not there: the installation is damaged.
    """
    return _find("resources", *parts)


def firmware_cache_sample(*parts: str) -> Path:
    """Path below `firmware-cache/`, the description of what a cache looks like."""
    return _find("firmware-cache", *parts)


def _find(top: str, *parts: str) -> Path:
    for base in _bases():
        path = base.joinpath(top, *parts)
        if path.exists():
            return path
    raise UsageError(Text.RESOURCE_MISSING, name="/".join((top, *parts)))


def _bases() -> tuple[Path, ...]:
    package = Path(__file__).resolve().parents[1]
    frozen = getattr(sys, "_MEIPASS", None)  # set by PyInstaller's boot loader
    if frozen is not None:
        return (Path(frozen),)
    return (package / "_data", package.parent)
