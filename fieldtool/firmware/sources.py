"""The two places that a sync reads: the image repository, and the director's where this laptop has one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fieldtool.core.clock import Clock
from fieldtool.firmware.fetchers import Origin, origin


@dataclass(frozen=True, slots=True)
class Sources:
    """Each with `metadata/` and `targets/`; nothing that they hand out is verified yet."""

    image: Origin
    director: Origin | None


@contextmanager
def sources(source: str, director: str, clock: Clock) -> Iterator[Sources]:
    """Open the repositories at two http(s) URLs or folders; `director` "" = there is none.

    SyncError(SOURCE_UNREACHABLE) when there is no such folder.
    """
    yield Sources(origin(source, clock), origin(director, clock) if director else None)
