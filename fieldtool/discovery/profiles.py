"""The profiles that ship, and those that the user put into the data folder."""

import logging
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from fieldtool.core.errors import UsageError
from fieldtool.core.profile import Profile, parse_profile
from fieldtool.core.resources import resource
from fieldtool.core.texts import Text

FOLDER = "profiles"  # below the data folder
MAX_BYTES = 64 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Profiles:
    """All usable profiles by id, and what is wrong with the files that are not usable."""

    known: Mapping[str, Profile]
    problems: Mapping[str, UsageError]  # file name -> PROFILE_BAD

    def profile(self, id: str) -> Profile:
        """UsageError(PROFILE_UNKNOWN), or PROFILE_BAD when the file of that name exists and is not usable."""
        if id in self.known:
            return self.known[id]
        if problem := self.problems.get(f"{id}.toml"):
            raise problem
        raise UsageError(Text.PROFILE_UNKNOWN, profile=id, known=", ".join(sorted(self.known)))


def load_profiles(data_folder: Path) -> Profiles:
    """Read the shipped profiles, then `<data folder>/profiles/*.toml`.

    One bad file makes no other unusable. A user's file never replaces a shipped profile: take another id.
    """
    return read_profiles(_files(resource(FOLDER)) + _files(data_folder / FOLDER))


def read_profiles(files: Iterable[Path]) -> Profiles:
    known: dict[str, Profile] = {}
    problems: dict[str, UsageError] = {}
    for file in files:
        try:
            profile = read_profile(file)
            if profile.id in known:
                raise UsageError(Text.PROFILE_BAD, file=file.name, field="id", why=f"{profile.id} is taken already")
            known[profile.id] = profile
        except UsageError as error:
            _log.warning("%s", error.what)
            problems[file.name] = error
    return Profiles(MappingProxyType(known), MappingProxyType(problems))


def read_profile(file: Path) -> Profile:
    """UsageError(PROFILE_BAD) when the file cannot be read, is no TOML, or breaks the schema."""
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ValueError(f"is larger than {MAX_BYTES} bytes")
        table = tomllib.loads(content.decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, no TOML
        raise UsageError(Text.PROFILE_BAD, file=file.name, field="file", why=_reason(error)) from error
    return parse_profile(table, file.name)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _files(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(folder.glob("*.toml"))) if folder.is_dir() else ()
