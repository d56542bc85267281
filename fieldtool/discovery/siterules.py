"""What a site file demands of updates: market, backend, hours, baseline, overrides, validation."""

import re
from collections.abc import Callable, Mapping

from fieldtool.core.errors import UsageError
from fieldtool.core.model import Expectation, SiteRules, Window
from fieldtool.update.hours import zone
from fieldtool.update.preflight import OVERRIDABLE
from fieldtool.update.validation import ALWAYS
from fieldtool.update.validation import RULES as VALIDATION

RULES = ("market", "backend", "maintenance", "baseline", "overridable", "validation")  # top-level fields
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WINDOWS, COMPONENTS, SETTINGS = 64, 64, 256  # at most
LONGEST = 86_400.0  # seconds
MOST_RESETS = 1_000

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_COMPONENT = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")

Bad = Callable[[str, str], UsageError]
"""Makes the refusal from a field's place and what is wrong with it."""


def site_rules(table: Mapping[str, object], bad: Bad) -> SiteRules:
    """The rules from their fields of the file; what is left out demands nothing. Raises what `bad` makes."""
    reader = _Reader(bad)
    windows, time_zone = reader.maintenance(table["maintenance"]) if "maintenance" in table else ((), "")
    return SiteRules(
        market=reader.label(table, "market"),
        backend=reader.label(table, "backend"),
        windows=windows,
        time_zone=time_zone,
        baseline=reader.baseline(table.get("baseline", {})),
        overridable=reader.names(table, "overridable", "", frozenset(text.name for text in OVERRIDABLE)),
        validation=reader.expectation(table["validation"]) if "validation" in table else Expectation(),
    )


class _Reader:
    def __init__(self, bad: Bad) -> None:
        self._bad = bad

    def label(self, table: Mapping[str, object], key: str) -> str:
        value = table.get(key, "")
        if not isinstance(value, str) or (key in table and not _LABEL.fullmatch(value)):
            raise self._bad(key, "must be letters, digits, dot, dash, underscore")
        return value

    def maintenance(self, value: object) -> tuple[tuple[Window, ...], str]:
        table = self._table(value, "maintenance", ("windows", "time_zone"))
        time_zone = table.get("time_zone", "")
        if not isinstance(time_zone, str) or ("time_zone" in table and not _known_zone(time_zone)):
            raise self._bad("maintenance.time_zone", "is no time zone like Europe/Berlin that this laptop knows")
        windows = table.get("windows")
        if not isinstance(windows, list) or not 0 < len(windows) <= WINDOWS:
            raise self._bad("maintenance.windows", f"must be a list of 1 to {WINDOWS}")
        return tuple(self._window(one, f"maintenance.windows[{at}]") for at, one in enumerate(windows)), time_zone

    def _window(self, value: object, where: str) -> Window:
        table = self._table(value, where, ("days", "from", "to"))
        days = table.get("days")
        if not isinstance(days, list) or not days or not all(day in DAYS for day in days):
            raise self._bad(f"{where}.days", f"must be a list of {', '.join(DAYS)}")
        begins, ends = (self._time(table.get(key), f"{where}.{key}") for key in ("from", "to"))
        return Window(frozenset(DAYS.index(day) for day in days), begins, ends)

    def _time(self, value: object, where: str) -> int:
        match = _TIME.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise self._bad(where, "must be a time like 22:00")
        return int(match[1]) * 60 + int(match[2])

    def baseline(self, value: object) -> tuple[tuple[str, str], ...]:
        if not isinstance(value, dict) or len(value) > COMPONENTS:
            raise self._bad("baseline", "must be an object of components and their versions")
        for component, version in value.items():
            if not _COMPONENT.fullmatch(component):
                raise self._bad("baseline", "must name components like main")
            if not isinstance(version, str) or not 0 < len(version) <= 64 or not version.isprintable():
                raise self._bad(f"baseline.{component}", "must be a version")
        return tuple(sorted(value.items()))

    def expectation(self, value: object) -> Expectation:
        fields = ("soak_seconds", "required", "waivable", "clock_off_seconds", "resets", "config_may_change")
        table = self._table(value, "validation", fields)
        return Expectation(
            soak=self._seconds(table, "soak_seconds"),
            required=self.names(table, "required", "validation.", frozenset(VALIDATION)),
            waivable=self.names(table, "waivable", "validation.", frozenset(VALIDATION) - ALWAYS),
            clock_off=self._seconds(table, "clock_off_seconds"),
            resets=self._count(table, "resets"),
            config_may_change=self._settings(table),
        )

    def _seconds(self, table: Mapping[str, object], key: str) -> float | None:
        value = table.get(key)
        if value is None and key not in table:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST:
            raise self._bad(f"validation.{key}", f"must be a number of seconds up to {LONGEST:.0f}")
        return float(value)

    def _count(self, table: Mapping[str, object], key: str) -> int | None:
        value = table.get(key)
        if value is None and key not in table:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_RESETS:
            raise self._bad(f"validation.{key}", f"must be a number from 0 to {MOST_RESETS}")
        return value

    def names(self, table: Mapping[str, object], key: str, prefix: str, known: frozenset[str]) -> frozenset[str]:
        """Names out of `known`: a typing error must not look like a rule that is kept."""
        value = table.get(key, [])
        if not isinstance(value, list):
            raise self._bad(prefix + key, "must be a list")
        for at, one in enumerate(value):
            if not isinstance(one, str) or one not in known:
                raise self._bad(f"{prefix}{key}[{at}]", f"must be one of: {', '.join(sorted(known))}")
        return frozenset(value)

    def _settings(self, table: Mapping[str, object]) -> frozenset[str]:
        value = table.get("config_may_change", [])
        where = "validation.config_may_change"
        if not isinstance(value, list) or len(value) > SETTINGS:
            raise self._bad(where, f"must be a list of at most {SETTINGS}")
        for at, one in enumerate(value):
            if not isinstance(one, str) or not 0 < len(one) <= 120 or not one.isprintable():
                raise self._bad(f"{where}[{at}]", "must be the name of a setting")
        return frozenset(value)

    def _table(self, value: object, where: str, known: tuple[str, ...]) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise self._bad(where, "must be an object")
        for key in sorted(value.keys() - set(known)):
            if not key.startswith("x-"):
                shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in key[:80])
                raise self._bad(f"{where}.{shown}", "is not a field of this schema")
        return value


def _known_zone(name: str) -> bool:
    try:
        zone(name)
    except UsageError:
        return False
    return True
