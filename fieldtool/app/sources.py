"""Where the two catalogues come from, as the settings say it."""

from fieldtool.core.errors import SyncError
from fieldtool.core.texts import Text
from fieldtool.settings import CENTRAL, Settings


def catalogue_sources(settings: Settings) -> tuple[str, str]:
    """Image repository and director repository: a URL or a folder each; "" = none.

    The word “central” stands for the central system that is set. SyncError(CENTRAL_NOT_SET) when none is.
    """
    return _source(settings, "repository", "images"), _source(settings, "director", "director")


def _source(settings: Settings, name: str, at_central: str) -> str:
    said = settings.get(name)
    if said != CENTRAL:
        return said
    central = settings.get("central.url").rstrip("/")
    if not central:
        raise SyncError(Text.CENTRAL_NOT_SET)
    return f"{central}/v1/{at_central}"
