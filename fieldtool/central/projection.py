"""Keeps the tables of the pages up to date: behind what laptops send, never in its way, with a position per log.

Any worker may do the next step, one at a time. Worked out again from zero, the tables are the same.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from threading import Event, Thread
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, insert, select, update

from fieldtool.audit.record import peek
from fieldtool.central.database import Database, exclusively, is_alone
from fieldtool.central.facts import RULES, Batch, Heard, LogState, Run, Unit, run_of, units
from fieldtool.central.fleet_tables import (
    DERIVED,
    fleet_alarm,
    fleet_log,
    fleet_mention,
    fleet_rules,
    fleet_run,
    fleet_unit,
)
from fieldtool.central.office import Office
from fieldtool.central.tables import log, record
from fieldtool.core.clock import Clock, iso, parse_iso
from fieldtool.core.errors import StorageError
from fieldtool.core.plain import from_plain, to_plain

BATCH = 250  # records in one unit of work: SQLite has one writer, and laptops wait for it
NEWEST = 30  # runs of one charger that its state is worked out from
AT_ONCE = 1000  # records that somebody who looks at a page waits for
PAUSE_SECONDS = 2.0  # between looks, when nothing is behind
REST = 2.0  # times as long as a batch took: laptops that send come first

_LOG = logging.getLogger(__name__)


class Projection:
    """Threads may share it. StorageError from every method when the database does not take or give."""

    def __init__(self, store: Database, batch: int = BATCH) -> None:
        self._store = store
        self._batch = batch

    def behind(self) -> int:
        """How many records are accepted and not yet worked in."""
        with self._store.read() as tx:
            return int(tx.execute(select(func.coalesce(func.sum(_LEFT), 0)).select_from(_PLACES)).scalar_one())

    def step(self) -> int:
        """Work in the next records of one log, a batch at most. 0: nothing is behind, or another worker is at it."""
        self._renew()
        if not self.behind():
            return 0
        with self._store.write() as tx:
            if not is_alone(tx, "fleet") or _rules(tx) != RULES:
                return 0
            found = tx.execute(_NEXT).first()
            if found is None:
                return 0
            heard = _heard(tx, found.id, found.position, self._batch)
            _work_in(tx, found.id, heard)
        return len(heard)

    def catch_up(self, most: int | None = None) -> None:
        """Until nothing is behind, or about `most` records are worked in."""
        done = 0
        while (most is None or done < most) and (step := self.step()):
            done += step

    def fresh(self) -> None:
        """Work in what came a moment ago, for somebody who asks now. A long way behind is the follower's work."""
        if 0 < self.behind() <= AT_ONCE:
            self.catch_up(AT_ONCE)

    def rebuild(self) -> None:
        """Forget all that was worked out, and work it out again."""
        with self._store.write() as tx:
            exclusively(tx, "fleet")
            _forget(tx)
        self.catch_up()

    def _renew(self) -> None:
        """What older rules worked out starts again from zero; what newer ones did is left alone."""
        with self._store.read() as tx:
            if _rules(tx) >= RULES:
                return
        with self._store.write() as tx:
            exclusively(tx, "fleet")
            if _rules(tx) < RULES:
                _forget(tx)


class Follower:
    """A thread that keeps the projection up to date while central serves."""

    def __init__(self, projection: Projection, clock: Clock) -> None:
        self._projection = projection
        self._clock = clock
        self._stop = Event()
        self._thread = Thread(target=self._follow, name="fleet")

    def __enter__(self) -> "Follower":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _follow(self) -> None:
        rest = 0.0
        while not self._clock.wait(self._stop, rest):
            began = self._clock.monotonic()
            try:
                worked = self._projection.step()
            except StorageError as error:  # the pages say how far they are; the next round tries again
                _LOG.error("the pages are not brought up to date: %s", error.what)
                worked = 0
            rest = REST * (self._clock.monotonic() - began) if worked else PAUSE_SECONDS


def following(office: Office) -> Follower:
    """What each worker does beside answering."""
    return Follower(Projection(office.store), office.clock)


# ---- one step -------------------------------------------------------------------------------------------------------

_PLACES = log.outerjoin(fleet_log, fleet_log.c.log == log.c.id)
_POSITION = func.coalesce(fleet_log.c.position, 0)
_LEFT: ColumnElement[int] = log.c.size - _POSITION
# The shortest way first: a laptop that was away for a month must not hold up the others.
_NEXT = select(log.c.id, _POSITION.label("position")).select_from(_PLACES).where(_LEFT > 0).order_by(_LEFT, log.c.id)
_NEXT = _NEXT.limit(1)


def _heard(tx: Connection, name: str, position: int, most: int) -> list[Heard]:
    query = select(record.c.envelope, record.c.received).where(record.c.log == name, record.c.seq > position)
    rows = tx.execute(query.order_by(record.c.seq).limit(most))
    return [Heard(peek(row.envelope), parse_iso(row.received)) for row in rows]


def _rules(tx: Connection) -> int:
    return tx.execute(select(fleet_rules.c.rules)).scalar() or 0


def _forget(tx: Connection) -> None:
    for table in DERIVED:
        tx.execute(delete(table))
    tx.execute(insert(fleet_rules).values(rules=RULES))


def _work_in(tx: Connection, name: str, heard: Sequence[Heard]) -> None:
    site = tx.execute(select(fleet_log.c.site).where(fleet_log.c.log == name)).scalar()
    before = _runs(tx, fleet_run.c.log == name, fleet_run.c.run.in_({run_of(one.record) for one in heard} - {""}))
    batch = Batch(LogState(site or ""), {run.id: run for run in before})
    for one in heard:
        batch.take(one)
    _keep_runs(tx, name, batch.runs.values())
    _keep(
        tx,
        fleet_mention,
        [{"log": name, "seq": one.seq, "serial": one.serial, "at": iso(one.at)} for one in batch.mentions],
    )
    _keep(tx, fleet_alarm, [{"log": name, **_columns(one)} for one in batch.alarms])
    _keep_units(tx, {run.serial for run in batch.runs.values()})
    values = {"position": heard[-1].record.seq, "site": batch.state.site}
    if site is None:
        tx.execute(insert(fleet_log).values(log=name, **values))
    else:
        tx.execute(update(fleet_log).where(fleet_log.c.log == name).values(**values))


def _keep_runs(tx: Connection, name: str, runs: Iterable[Run]) -> None:
    rows = [_row_of(run) for run in runs]
    tx.execute(delete(fleet_run).where(fleet_run.c.log == name, fleet_run.c.run.in_([row["run"] for row in rows])))
    _keep(tx, fleet_run, rows)


def _keep_units(tx: Connection, serials: set[str]) -> None:
    """Worked out again from the newest runs of a charger in all logs, so that no order of work matters."""
    age = func.row_number().over(partition_by=fleet_run.c.serial, order_by=_NEWEST_FIRST).label("age")
    newest = select(fleet_run.c.log, fleet_run.c.run, age).where(fleet_run.c.serial.in_(serials)).subquery()
    query = select(fleet_run).join(newest, (newest.c.log == fleet_run.c.log) & (newest.c.run == fleet_run.c.run))
    of_charger: dict[str, list[Run]] = {}
    for row in tx.execute(query.where(newest.c.age <= NEWEST)).mappings():
        of_charger.setdefault(row["serial"], []).append(run_from(row))
    rows = [_columns(unit) for runs in of_charger.values() for unit in units(runs).values()]
    tx.execute(delete(fleet_unit).where(fleet_unit.c.serial.in_(serials)))
    _keep(tx, fleet_unit, rows)


_NEWEST_FIRST = (fleet_run.c.began.desc(), fleet_run.c.log.desc(), fleet_run.c.first.desc())


def _keep(tx: Connection, table: Any, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        tx.execute(insert(table), rows)


# ---- rows and facts -------------------------------------------------------------------------------------------------

_RUN_NAMES = {"id": "run", "grant": "granted"}  # field -> column, where they differ: "grant" is a word of SQL


def _columns(fact: object) -> dict[str, object]:
    """Fields as a table keeps them: texts, numbers, and JSON of what has parts of its own."""
    plain = to_plain(fact).items()
    return {
        name: json.dumps(value) if name in ("parts", "left") else int(value) if isinstance(value, bool) else value
        for name, value in plain
    }


def _row_of(run: Run) -> dict[str, object]:
    columns = {_RUN_NAMES.get(name, name): value for name, value in _columns(run).items()}
    return {**columns, "model": next((part.model for part in run.parts if part.model), "")}


def _unit_row(unit: Unit) -> dict[str, object]:
    return _columns(unit)


def _runs(tx: Connection, *wanted: ColumnElement[bool]) -> list[Run]:
    return [run_from(row) for row in tx.execute(select(fleet_run).where(*wanted)).mappings()]


def run_from(row: Mapping[str, Any] | RowMapping) -> Run:
    fields = {field: row[_RUN_NAMES.get(field, field)] for field in Run.__dataclass_fields__}
    return from_plain(Run, {**fields, **_read(fields, ("recovery", "sure"), "parts")})


def unit_from(row: Mapping[str, Any] | RowMapping) -> Unit:
    fields = {field: row[field] for field in Unit.__dataclass_fields__}
    return from_plain(Unit, {**fields, **_read(fields, ("sure",), "left")})


def _read(fields: Mapping[str, Any], flags: Iterable[str], packed: str) -> dict[str, Any]:
    return {**{flag: bool(fields[flag]) for flag in flags}, packed: json.loads(fields[packed])}
