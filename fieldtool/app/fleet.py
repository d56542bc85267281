"""From what discovery, catalogue and runs know to the list that a technician sees. Pure: App collects, it composes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from fieldtool.app.views import ChargerRow, RunState
from fieldtool.core.driver import Can
from fieldtool.core.errors import ExitCode, Trouble
from fieldtool.core.model import normal_serial
from fieldtool.core.texts import Text
from fieldtool.discovery.identify import Found
from fieldtool.discovery.merge import Entry
from fieldtool.discovery.presence import Presence
from fieldtool.update.plan import Candidate, Part, PlanLine, Supply, plan_line
from fieldtool.update.preflight import Laptop, Level


def candidate(entry: Entry, open_runs: Collection[str]) -> Candidate:
    """The charger of an entry, as planning sees it. `open_runs`: normal serials."""
    found = entry.found
    serves = entry.presence is Presence.READY and found is not None
    return Candidate(
        key=entry.key,
        serial=entry.serial,
        name=entry.name,
        profile=found.profile if found is not None else None,
        identity=found.identity if serves and found is not None else None,
        observed=found.observed if found is not None else None,
        health=found.health if found is not None else None,
        can=found.can if found is not None else Can(0),
        problem=entry.problem or _absent(entry),
        run_open=normal_serial(entry.serial) in open_runs,
        parts=_parts(found) if found is not None else (),
    )


def _parts(found: Found) -> tuple[Part, ...]:
    return tuple(Part(one.id, one.profile, one.hardware, one.observed, one.can, one.problem) for one in found.parts)


def _absent(entry: Entry) -> Trouble | None:
    if entry.presence not in (Presence.EXPECTED, Presence.GONE):
        return None
    return Trouble(Text.CHARGER_NOT_SEEN, (("serial", entry.serial),), exit_code=ExitCode.LINK_LOST)


class PlanLines:
    """The plan line of every entry, made anew only when something that it is made of has changed.

    While a hundred chargers are updated the list is looked at twenty times a second, and none of that is about plans.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Supply, object, PlanLine]] = {}

    def of(
        self, entry: Entry, open_runs: Collection[str], supply: Supply, laptop: Laptop, now: datetime
    ) -> PlanLine | None:
        """None: nobody knows what that entry is. `now` counts by the minute, as a site's hours do."""
        if entry.found is None:
            return None
        made_of = (entry, normal_serial(entry.serial) in open_runs, laptop, now.replace(second=0, microsecond=0))
        kept = self._kept.get(entry.key)
        if kept is None or kept[0] is not supply or kept[1] != made_of:
            line = plan_line(candidate(entry, open_runs), supply, laptop, now)
            kept = self._kept[entry.key] = (supply, made_of, line)
        return kept[2]

    def forget_all_but(self, keys: Collection[str]) -> None:
        for gone in self._kept.keys() - set(keys):
            del self._kept[gone]


def rows(
    entries: Sequence[Entry],
    runs: Mapping[str, RunState],
    open_runs: Collection[str],
    supply: Supply,
    laptop: Laptop,
    now: datetime,
    pinned: Collection[str],
    lines: PlanLines,
) -> tuple[ChargerRow, ...]:
    """A row for every entry, in their order."""
    lines.forget_all_but([entry.key for entry in entries])
    composed = (
        row(
            entry,
            runs.get(normal_serial(entry.serial)) if entry.serial else None,
            lines.of(entry, open_runs, supply, laptop, now),
        )
        for entry in entries
    )
    return tuple(replace(one, pinned=normal_serial(one.serial) in pinned) if one.serial else one for one in composed)


def row(entry: Entry, run: RunState | None, line: PlanLine | None) -> ChargerRow:
    found = entry.found
    running = found.observed.running if found is not None else None
    if run is not None and run.over and run.runs_now is not None:
        running = run.runs_now  # newer than what the roster read last
    if entry.stale and (run is None or run.over):
        line = None  # it was about the firmware before the run
    return ChargerRow(
        key=entry.key,
        presence=entry.presence,
        name=entry.name,
        serial=entry.serial,
        vendor=found.identity.vendor if found is not None else "",
        model=found.identity.model if found is not None else "",
        hardware=found.identity.hardware if found is not None else "",
        link=entry.link,
        running=running,
        target=_target(line, running),
        verdict=line.verdict if line is not None else None,
        health=found.health if found is not None else None,
        observed=found.observed if found is not None else None,
        run=run,
        problem=entry.problem,
        last_seen=entry.last_seen,
        profile=entry.profile,
    )


def _target(line: PlanLine | None, running: str | None) -> str | None:
    if line is None or line.release is None or line.verdict.level is Level.INFO:
        return None
    return None if line.release.version == running else line.release.version
