"""When may chargers of a site be disturbed? Pure, in the site's own time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fieldtool.core.errors import UsageError
from fieldtool.core.model import SiteRules, Window
from fieldtool.core.texts import Text

DAY = 24 * 60  # minutes


def site_time(rules: SiteRules, now: float) -> datetime:
    """`now`, seconds since the epoch, on the site's clocks. UsageError(TIME_ZONE_UNKNOWN)."""
    at = datetime.fromtimestamp(now, UTC)
    return at.astimezone(zone(rules.time_zone)) if rules.time_zone else at.astimezone()


def zone(name: str) -> tzinfo:
    """The time zone of this IANA name. UsageError(TIME_ZONE_UNKNOWN): misspelt, or this system has no zone data."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # what it raises depends on the odd name
        raise UsageError(Text.TIME_ZONE_UNKNOWN, zone=name) from error


def is_open(windows: tuple[Window, ...], local: datetime) -> bool:
    """No windows at all: any time."""
    minute = local.hour * 60 + local.minute
    today, yesterday = local.weekday(), (local.weekday() - 1) % 7
    return not windows or any(
        _begun(window, today, minute) or _left_over(window, yesterday, minute) for window in windows
    )


def _begun(window: Window, today: int, minute: int) -> bool:
    """Open since a time of today."""
    end = window.ends if window.ends > window.begins else DAY
    return today in window.days and window.begins <= minute < end


def _left_over(window: Window, yesterday: int, minute: int) -> bool:
    """Open since a time of yesterday."""
    return yesterday in window.days and window.ends <= window.begins and minute < window.ends


def next_opening(windows: tuple[Window, ...], local: datetime) -> datetime:
    """The first time after `local` at which a window begins. ValueError without windows."""
    return min(begin for window in windows for begin in _begins(window, local) if begin > local)


def _begins(window: Window, local: datetime) -> Iterator[datetime]:
    """Its beginnings from today on, for a week and a day."""
    for ahead in range(8):
        day: date = local.date() + timedelta(days=ahead)
        if day.weekday() in window.days:
            hour, minute = divmod(window.begins, 60)
            yield datetime.combine(day, time(hour, minute), local.tzinfo)
