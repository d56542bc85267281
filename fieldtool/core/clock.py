"""The only place that reads a clock. Everything else is handed one, so that a test can own time."""

import time
from datetime import UTC, datetime
from threading import Event
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Wall clock, aware, UTC. What it is worth is `trusted_time`'s business."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...

    def wait(self, stop: Event, seconds: float) -> bool:
        """Wait `seconds`, or until `stop` is set. True when stopped."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def wait(self, stop: Event, seconds: float) -> bool:
        return stop.wait(seconds)


NEVER = Event()  # a stop flag that nobody sets: for waits that only time may end


def iso(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as every record and file of ours writes time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_iso(text: str) -> datetime:
    """The inverse of `iso`. ValueError when the text is no aware time."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no time zone: {text}")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:  # in the first or last hours of the calendar
        raise ValueError(f"out of the calendar: {text}") from error
