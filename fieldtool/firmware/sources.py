"""The two places that a sync reads: the image repository, and the director's where this laptop has one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fieldtool.core.clock import Clock
from fieldtool.firmware.fetchers import Headers, Origin, no_headers, origin


@dataclass(frozen=True, slots=True)
class Sources:
    """Each with `metadata/` and `targets/`; nothing that they hand out is verified yet."""

    image: Origin
    director: Origin | None


@contextmanager
def sources(source: str, director: str, clock: Clock, headers: Headers = no_headers) -> Iterator[Sources]:
    """Open the repositories at two http(s) URLs or folders; `director` "" = there is none.

    `headers` prove to a server who asks. A file NAME.zip as `source` is a bundle, which brings both: `director` is not
    asked then.
    SyncError(SOURCE_UNREACHABLE) when there is no such folder or file, FirmwareError(BUNDLE_BAD).
    """
    if is_bundle(source):
        from fieldtool.firmware.bundle import open_bundle

        with open_bundle(Path(source)) as opened:
            yield opened
        return
    yield Sources(origin(source, clock, headers), origin(director, clock, headers) if director else None)


def is_bundle(source: str) -> bool:
    return (
        not source.startswith(("http://", "https://")) and source.lower().endswith(".zip") and not Path(source).is_dir()
    )
