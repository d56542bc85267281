"""What finished runs say: how often it worked, why not, how long it took. One row per leg, written with the last row of
the journal in one transaction, and never deleted."""

import json
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from types import MappingProxyType

import sqlalchemy as sa

from fieldtool.core.clock import iso, parse_iso
from fieldtool.core.driver import Can
from fieldtool.core.errors import Trouble
from fieldtool.core.model import normal_serial
from fieldtool.core.texts import Text
from fieldtool.store import tables
from fieldtool.store.database import Store
from fieldtool.update.journal_format import record_of
from fieldtool.update.run import TERMINAL, Head, Leg, Mark, Outcome, Phase, Record

NEWEST = 50  # successful runs that durations are told of: older ones were made with other cables and other laptops
WORKING = frozenset({Mark.ENTERED, Mark.ASKED, Mark.ANSWERED, Mark.WAIVED})  # after these rows a phase goes on
RESTARTING = frozenset({Phase.INSTALL, Phase.ROLL_BACK})  # phases in which a self-installing charger restarts
LONGEST = 3_600.0  # seconds: no restart takes longer; then it was the laptop that was away


@dataclass(frozen=True, slots=True)
class Summary:
    """What one leg of a finished run says."""

    run: str
    leg: int
    serial: str  # normal form
    vendor: str
    model: str  # "" where an old run did not note it and its release fits several
    hardware: str
    component: str
    came_from: str | None
    version: str  # that it was to bring
    outcome: Outcome
    reason: str  # name of a text; "" when there is nothing to say
    retries: int  # phases that were entered again
    seconds: Mapping[str, float]  # phase -> seconds in it; waiting for a lost charger does not count
    took: float | None  # all of them together; None: nobody knows, because the laptop went down in between
    sent: int  # bytes
    ended: datetime

    @property
    def taken_back(self) -> bool:
        """It worked; a later leg failed."""
        return self.reason == Text.HISTORY_TAKEN_BACK.name


@dataclass(frozen=True, slots=True)
class Statistics:
    """All runs to one version of one component on one model."""

    vendor: str
    model: str
    component: str
    version: str
    runs: int
    successes: int
    taken_back: int  # worked, but were undone with a later leg: neither success nor failure
    reasons: tuple[tuple[str, int], ...]  # (name of a text, how often), most frequent first
    retries: int
    median: float | None  # seconds of the successful ones; None: none, or not known
    p90: float | None


@dataclass(frozen=True, slots=True)
class Told:
    """A finished run as a person reads it: the charger as its label says, the reason with its particulars."""

    summary: Summary
    trouble: Trouble | None
    serial: str
    name: str


# ---- from the journal -----------------------------------------------------------------------------------------------


def summary(head: Head, records: Sequence[Record]) -> tuple[Summary, ...]:
    """One for each leg that was begun. Pure. Empty while the run has no end."""
    if not records or records[-1].phase not in TERMINAL:
        return ()
    return tuple(_of_leg(head, records, number) for number in sorted({record.leg for record in records}))


def _of_leg(head: Head, records: Sequence[Record], number: int) -> Summary:
    leg, last = head.legs[number], records[-1]
    rows = [record for record in records if record.leg == number and record.phase not in TERMINAL]
    before = next((record.before for record in rows if record.before is not None), None)
    outcome, reason = _outcome(rows, number, last)
    seconds, all_known = _seconds(records, number)
    return Summary(
        run=head.run,
        leg=number,
        serial=normal_serial(head.serial),
        vendor=leg.release.vendor,
        model=leg.model or _only(leg.release.models),
        hardware=leg.hardware or _only(leg.release.hardware),
        component=leg.component,
        came_from=before.running if before is not None else leg.came_from,
        version=leg.release.version,
        outcome=outcome,
        reason=reason.text.name if reason is not None else "",
        retries=_retries(rows),
        seconds=MappingProxyType(seconds),
        took=sum(seconds.values()) if all_known else None,
        sent=_sent(rows, leg),
        ended=last.at,
    )


def _outcome(rows: Sequence[Record], number: int, last: Record) -> tuple[Outcome, Trouble | None]:
    """How one leg ended. `last` is the row that ended the run: it stands with the leg that was walked last."""
    end, phases = Outcome(last.phase.value), {record.phase for record in rows}
    if end in (Outcome.DONE, Outcome.RECOVERED) or (end is Outcome.STUCK and number == last.leg):
        return end, last.trouble if number == last.leg else None
    if any(record.phase is Phase.CONFIRM and record.mark is Mark.OK for record in rows):
        if Phase.ROLL_BACK not in phases:
            return Outcome.DONE, None  # the run got stuck before it could be taken back
        return Outcome.ROLLED_BACK, Trouble(Text.HISTORY_TAKEN_BACK)
    if number == last.leg:
        return end, last.trouble
    trouble = next((record.trouble for record in reversed(rows) if record.mark in (Mark.FAILED, Mark.CANCELLED)), None)
    if Phase.INSTALL in phases:
        return Outcome.ROLLED_BACK, trouble or last.trouble
    return (Outcome.REFUSED if phases <= {Phase.PREFLIGHT} else Outcome.ABANDONED), trouble or last.trouble


def _seconds(records: Sequence[Record], number: int) -> tuple[dict[str, float], bool]:
    """Seconds per phase, and whether no part of them is unknown."""
    can = next((record.can for record in records if record.leg == number and record.can is not None), Can(0))
    seconds: defaultdict[str, float] = defaultdict(float)
    all_known = True
    for row, following in pairwise(records):
        if row.leg != number or not _goes_on(row, can):
            continue
        spent = (following.at - row.at).total_seconds()
        if _is_known(row, following, spent):
            seconds[row.phase.value] += spent
        else:  # the laptop went down, or its clock was set back
            all_known = False
    return dict(seconds), all_known


def _goes_on(row: Record, can: Can) -> bool:
    """Is time after this row time of its phase? A charger that installs by itself is silent while it restarts."""
    return row.mark in WORKING or (row.mark is Mark.LOST and Can.SELF_INSTALL in can and row.phase in RESTARTING)


def _is_known(row: Record, following: Record, spent: float) -> bool:
    if row.mark is Mark.LOST:
        return 0 <= spent <= LONGEST
    same = (following.leg, following.phase) == (row.leg, row.phase)
    return same and following.mark is not Mark.ENTERED and spent >= 0


def _retries(rows: Iterable[Record]) -> int:
    entered = Counter(record.phase for record in rows if record.mark is Mark.ENTERED)
    again = sum(count - 1 for count in entered.values())
    # After the settings were written the health is checked once more: that is the plan, and no retry.
    planned = min(entered[Phase.CONFIGURE], entered[Phase.VALIDATE] - 1)
    return again - max(planned, 0)


def _sent(rows: Iterable[Record], leg: Leg) -> int:
    return leg.release.length if any(record.phase in (Phase.TRANSFER, Phase.WRITE) for record in rows) else 0


def _only(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else ""


def note(tx: sa.Connection, head: Head) -> None:
    """Write down what a run says, in the transaction that wrote its last row. Safe to repeat."""
    query = sa.select(tables.journal).where(tables.journal.c.run == head.run).order_by(tables.journal.c.id)
    records = [record_of(row) for row in tx.execute(query).mappings()]
    for each in summary(head, records):
        tx.execute(sa.insert(tables.history).prefix_with("OR REPLACE").values(**_row(each)))


def _row(told: Summary) -> dict[str, object]:
    return {
        "run": told.run,
        "leg": told.leg,
        "serial": told.serial,
        "vendor": told.vendor,
        "model": told.model,
        "hardware": told.hardware,
        "component": told.component,
        "came_from": told.came_from,
        "version": told.version,
        "outcome": told.outcome.value,
        "reason": told.reason,
        "retries": told.retries,
        "seconds": json.dumps(dict(told.seconds), sort_keys=True),
        "took": told.took,
        "sent": told.sent,
        "ended": iso(told.ended),
    }


def _summary_of(row: sa.RowMapping) -> Summary:
    return Summary(
        **{
            **row,
            "outcome": Outcome(row["outcome"]),
            "seconds": MappingProxyType(json.loads(row["seconds"])),
            "ended": parse_iso(row["ended"]),
        }
    )


# ---- what is asked of it --------------------------------------------------------------------------------------------


class History:
    """Reads what finished runs say. StorageError from every method when the disk does not give it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def durations(self, vendor: str, model: str, component: str, version: str) -> tuple[float, ...]:
        """Seconds of the newest successful runs, newest first, at most 50; of those that nothing interrupted."""
        history = tables.history.c
        wanted = (history.vendor == vendor, history.model == model, history.component == component)
        return self._durations(*wanted, history.version == version).get((vendor, model, component, version), ())

    def all_durations(self) -> Mapping[tuple[str, str, str, str], tuple[float, ...]]:
        """`durations` of everything that was ever installed, in one go: (vendor, model, component, version) -> seconds.

        For those who must ask often and may not wait for the disk.
        """
        return self._durations()

    def _durations(self, *wanted: sa.ColumnElement[bool]) -> Mapping[tuple[str, str, str, str], tuple[float, ...]]:
        history = tables.history.c
        what = (history.vendor, history.model, history.component, history.version)
        age = sa.func.row_number().over(partition_by=what, order_by=history.ended.desc())
        good = (
            sa.select(*what, history.took, age.label("age"))
            .where(history.outcome == Outcome.DONE.value, history.took.is_not(None), *wanted)
            .subquery()
        )
        query = sa.select(good).where(good.c.age <= NEWEST).order_by(good.c.age)
        found: defaultdict[tuple[str, str, str, str], list[float]] = defaultdict(list)
        with self._store.read() as tx:
            for vendor, model, component, version, took, _ in tx.execute(query):
                found[vendor, model, component, version].append(took)
        return MappingProxyType({key: tuple(seconds) for key, seconds in found.items()})

    def statistics(self, model: str | None = None, serial: str | None = None) -> tuple[Statistics, ...]:
        """Per model, component and version, in that order; of one model or charger only, where given."""
        query = _chosen(model, serial).order_by(tables.history.c.ended.desc())
        groups: defaultdict[tuple[str, str, str, str], list[Summary]] = defaultdict(list)
        with self._store.read() as tx:
            for told in map(_summary_of, tx.execute(query).mappings()):
                groups[told.vendor, told.model, told.component, told.version].append(told)
        return tuple(_statistics(*key, groups[key]) for key in sorted(groups))

    def newest(self, limit: int, model: str | None = None, serial: str | None = None) -> tuple[Told, ...]:
        """The newest finished runs, newest first."""
        query = _chosen(model, serial).order_by(tables.history.c.ended.desc(), tables.history.c.leg.desc()).limit(limit)
        with self._store.read() as tx:
            found = [_summary_of(row) for row in tx.execute(query).mappings()]
            return tuple(Told(told, _trouble(tx, told), *_label(tx, told.run)) for told in found)

    def ended_before(self, moment: datetime) -> frozenset[str]:
        """Runs that ended before `moment`: nobody needs what was saved for them any more."""
        query = sa.select(tables.run.c.id).where(tables.run.c.outcome.is_not(None), tables.run.c.ended < iso(moment))
        with self._store.read() as tx:
            return frozenset(tx.execute(query).scalars())


def _chosen(model: str | None, serial: str | None) -> sa.Select[tuple[object, ...]]:
    query = sa.select(tables.history)
    if model is not None:
        query = query.where(tables.history.c.model == model)
    if serial is not None:
        query = query.where(tables.history.c.serial == normal_serial(serial))
    return query


def _statistics(vendor: str, model: str, component: str, version: str, told: Sequence[Summary]) -> Statistics:
    """`told` is newest first."""
    good = [each for each in told if each.outcome is Outcome.DONE]
    took = [each.took for each in good if each.took is not None][:NEWEST]
    bad = [each.reason for each in told if each.outcome is not Outcome.DONE and not each.taken_back]
    return Statistics(
        vendor=vendor,
        model=model,
        component=component,
        version=version,
        runs=len(told),
        successes=len(good),
        taken_back=sum(each.taken_back for each in told),
        reasons=tuple(sorted(Counter(bad).items(), key=lambda found: (-found[1], found[0]))),
        retries=sum(each.retries for each in told),
        median=statistics.median(took) if took else None,
        p90=sorted(took)[math.ceil(len(took) * 0.9) - 1] if took else None,
    )


def _trouble(tx: sa.Connection, told: Summary) -> Trouble | None:
    """The reason as the journal says it, with its particulars."""
    if not told.reason:
        return None
    query = sa.select(tables.journal).where(tables.journal.c.run == told.run).order_by(tables.journal.c.id.desc())
    troubles = (record_of(row).trouble for row in tx.execute(query).mappings())
    found = (trouble for trouble in troubles if trouble is not None and trouble.text.name == told.reason)
    return next(found, Trouble(Text.HISTORY_TAKEN_BACK) if told.taken_back else None)


def _label(tx: sa.Connection, run: str) -> tuple[str, str]:
    """Serial number as printed, and the site's name of the charger."""
    head = json.loads(tx.execute(sa.select(tables.run.c.plan).where(tables.run.c.id == run)).scalar_one())
    return str(head["serial"]), str(head["name"])
