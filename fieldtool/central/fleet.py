"""What the pages ask of the tables: who runs what, how runs ended, how laptops stand. Every list is paged by SQL."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, FromClause, RowMapping, Select, and_, case, func, or_, select

from fieldtool.audit.record import Record, peek
from fieldtool.central.database import Database
from fieldtool.central.entry_tables import certificate, revocation
from fieldtool.central.facts import Run, State, Unit, line
from fieldtool.central.fleet_tables import fleet_alarm, fleet_mention, fleet_run, fleet_unit
from fieldtool.central.projection import run_from, unit_from
from fieldtool.central.tables import fork, laptop, log, record
from fieldtool.core.clock import iso, parse_iso
from fieldtool.core.model import normal_serial

_T = TypeVar("_T")

UNKNOWN = "-"  # asks for what is not known, where nothing at all asks for everything
PAGE, MOST = 50, 10_000  # rows of a page, and of one answer of the API


@dataclass(frozen=True, slots=True)
class Slice(Generic[_T]):
    """One page of a list."""

    rows: tuple[_T, ...]
    total: int
    page: int  # from 1
    size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return (self.page - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return (self.page - 1) * self.size + len(self.rows)


@dataclass(frozen=True, slots=True)
class Paging:
    page: int = 1
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class Cell:
    """How many chargers of one kind run one version at one site."""

    vendor: str
    model: str
    hardware: str
    component: str
    site: str
    version: str  # "": not known
    chargers: int
    doubted: int  # of them: known from a log that has an alarm


@dataclass(frozen=True, slots=True)
class UnitQuery:
    """Which chargers. "" asks for all, `UNKNOWN` for those of which it is not known."""

    site: str = ""
    vendor: str = ""
    model: str = ""
    hardware: str = ""
    component: str = ""
    version: str = ""
    state: str = ""  # of the newest run
    found: str = ""  # part of serial number or name


@dataclass(frozen=True, slots=True)
class RunQuery:
    state: str = ""
    site: str = ""
    model: str = ""
    since: datetime | None = None
    until: datetime | None = None  # the run began before
    found: str = ""  # part of serial number or name


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from."""

    sites: tuple[str, ...]
    models: tuple[str, ...]
    components: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole fleet in numbers."""

    chargers: int
    sites: int
    stuck: int  # need recovery
    under_way: int  # a run is open or waits for its charger
    contradicted: int  # two accounts do not join up
    doubted: int  # known from a log that has an alarm


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose log it is, and whether it may be believed."""

    log: str
    laptop: str  # name
    alarm: bool


@dataclass(frozen=True, slots=True)
class LogState:
    """One log of one laptop; a laptop without records has one without a name."""

    log: str
    laptop: str
    key_id: str
    added: str
    records: int
    heard: datetime | None
    forks: int
    alarms: int
    until: datetime | None  # of its newest certificate
    revoked: bool


@dataclass(frozen=True, slots=True)
class Happened:
    """One record in the history of a charger."""

    log: str
    record: Record
    received: datetime


class Fleet:
    """StorageError from every method when the database does not give it."""

    def __init__(self, store: Database) -> None:
        self._store = store

    # -- chargers

    def summary(self) -> Summary:
        unit = fleet_unit.c
        with self._store.read() as tx:

            def count(*wanted: ColumnElement[bool]) -> int:
                return tx.execute(select(func.count(unit.serial.distinct())).where(*wanted)).scalar_one()

            return Summary(
                chargers=count(),
                sites=tx.execute(select(func.count(unit.site.distinct())).where(unit.site != "")).scalar_one(),
                stuck=count(unit.state == State.STUCK),
                under_way=count(unit.state.in_((State.OPEN, State.WAITING))),
                contradicted=count(unit.left != "null"),
                doubted=count(_DOUBTED),
            )

    def matrix(self, wanted: UnitQuery) -> tuple[Cell, ...]:
        """Sorted by vendor, model, hardware, component, site, version."""
        what = [fleet_unit.c[field.name] for field in fields(Cell)[:-2]]
        doubted = func.sum(case((_DOUBTED, 1), else_=0)).label("doubted")
        query = (
            select(*what, func.count().label("chargers"), doubted)
            .where(*_units_wanted(wanted))
            .group_by(*what)
            .limit(MOST)
        )
        with self._store.read() as tx:
            return tuple(Cell(**row) for row in tx.execute(query.order_by(*what)).mappings())

    def units(self, wanted: UnitQuery, paging: Paging = Paging()) -> Slice[Unit]:  # noqa: B008  # frozen
        """By site, name and serial number."""
        order = (fleet_unit.c.site, fleet_unit.c.name, fleet_unit.c.serial, fleet_unit.c.component)
        with self._store.read() as tx:
            query = select(fleet_unit).where(*_units_wanted(wanted)).order_by(*order)
            return _slice(tx, query, fleet_unit, _units_wanted(wanted), paging, unit_from)

    def charger(self, serial: str) -> tuple[Unit, ...]:
        """Its components; empty when no record names it."""
        query = select(fleet_unit).where(fleet_unit.c.serial == normal_serial(serial))
        with self._store.read() as tx:
            return tuple(unit_from(row) for row in tx.execute(query.order_by(fleet_unit.c.component)).mappings())

    def runs_of(self, serial: str, paging: Paging = Paging()) -> Slice[Run]:  # noqa: B008  # frozen
        return self._runs([fleet_run.c.serial == normal_serial(serial)], paging)

    def history(self, serial: str, paging: Paging = Paging()) -> Slice[Happened]:  # noqa: B008  # frozen
        """Its records in all logs, newest first."""
        mention = fleet_mention.c
        wanted = [mention.serial == normal_serial(serial)]
        query = select(mention.log, record.c.envelope, record.c.received).where(*wanted)
        query = query.join(record, and_(record.c.log == mention.log, record.c.seq == mention.seq))
        query = query.order_by(mention.at.desc(), mention.log, mention.seq.desc())
        with self._store.read() as tx:
            return _slice(tx, query, fleet_mention, wanted, paging, _happened)

    # -- runs

    def runs(self, wanted: RunQuery, paging: Paging = Paging()) -> Slice[Run]:  # noqa: B008  # frozen
        """Newest first."""
        return self._runs(_runs_wanted(wanted), paging)

    def _runs(self, conditions: Sequence[ColumnElement[bool]], paging: Paging) -> Slice[Run]:
        order = (fleet_run.c.began.desc(), fleet_run.c.log.desc(), fleet_run.c.first.desc())
        with self._store.read() as tx:
            query = select(fleet_run).where(*conditions).order_by(*order)
            return _slice(tx, query, fleet_run, conditions, paging, run_from)

    # -- to choose from, and who says so

    def choices(self) -> Choices:
        with self._store.read() as tx:

            def distinct(*columns: ColumnElement[str]) -> tuple[str, ...]:
                found = {value for column in columns for value in tx.execute(select(column).distinct()).scalars()}
                return tuple(sorted(found - {""}))

            return Choices(
                distinct(fleet_unit.c.site, fleet_run.c.site),
                distinct(fleet_unit.c.model, fleet_run.c.model),
                distinct(fleet_unit.c.component),
            )

    def senders(self) -> dict[str, Sender]:
        """Log -> whose it is."""
        with self._store.read() as tx:
            return {one.log: Sender(one.log, one.laptop, bool(one.forks or one.alarms)) for one in _logs(tx)}

    def logs(self) -> tuple[LogState, ...]:
        """Every log, and every laptop that has none yet, by name."""
        with self._store.read() as tx:
            return tuple(_logs(tx))


_DOUBTED = fleet_unit.c.log.in_(select(fork.c.log).union(select(fleet_alarm.c.log)))


def _units_wanted(wanted: UnitQuery) -> list[ColumnElement[bool]]:
    unit = fleet_unit.c
    names = ("site", "vendor", "model", "hardware", "component", "version")
    conditions = [_is(unit[name], getattr(wanted, name)) for name in names if getattr(wanted, name)]
    if wanted.state == "contradicted":
        conditions.append(unit.left != "null")
    elif wanted.state == "doubted":
        conditions.append(_DOUBTED)
    elif wanted.state == "under_way":
        conditions.append(unit.state.in_((State.OPEN, State.WAITING)))
    elif wanted.state:
        conditions.append(unit.state == wanted.state)
    return [*conditions, *_found(wanted.found, unit.serial, unit.label, unit.name)]


def _runs_wanted(wanted: RunQuery) -> list[ColumnElement[bool]]:
    run = fleet_run.c
    conditions = [_is(run[name], getattr(wanted, name)) for name in ("state", "site", "model") if getattr(wanted, name)]
    if wanted.since is not None:
        conditions.append(run.began >= iso(wanted.since))
    if wanted.until is not None:
        conditions.append(run.began < iso(wanted.until))
    return [*conditions, *_found(wanted.found, run.serial, run.label, run.name)]


def _is(column: ColumnElement[str], value: str) -> ColumnElement[bool]:
    return column.in_(("", UNKNOWN)) if value == UNKNOWN else column == value


def _found(part: str, *columns: ColumnElement[str]) -> list[ColumnElement[bool]]:
    wanted = line(part.strip())
    return (
        [or_(*(func.lower(column).contains(wanted.lower(), autoescape=True) for column in columns))] if wanted else []
    )


def _slice(
    tx: Connection,
    query: Select[Any],
    table: FromClause,
    conditions: Sequence[ColumnElement[bool]],
    paging: Paging,
    read: Callable[[RowMapping], _T],
) -> Slice[_T]:
    """One page of `query`; `table` and `conditions` say how many rows there are. The last page stands for any later."""
    total = tx.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()
    size = max(1, min(paging.size, MOST))
    page = max(1, min(paging.page, -(-total // size)))
    rows = tx.execute(query.limit(size).offset((page - 1) * size)).mappings()
    return Slice(tuple(read(row) for row in rows), total, page, size)


def _happened(row: RowMapping) -> Happened:
    return Happened(row["log"], peek(row["envelope"]), parse_iso(row["received"]))


def _logs(tx: Connection) -> Iterator[LogState]:
    forks = select(func.count()).where(fork.c.log == log.c.id).scalar_subquery()
    alarms = select(func.count()).where(fleet_alarm.c.log == log.c.id).scalar_subquery()
    newest = select(record.c.received).where(record.c.log == log.c.id, record.c.seq == log.c.size).scalar_subquery()
    mine = (certificate.c.laptop == laptop.c.key_id, certificate.c.ended.is_(None))
    until = select(func.max(certificate.c.until)).where(*mine).scalar_subquery()
    query = select(
        laptop.c.key_id,
        laptop.c.name,
        laptop.c.added,
        log.c.id,
        log.c.size,
        newest.label("heard"),
        func.coalesce(forks, 0).label("forks"),
        func.coalesce(alarms, 0).label("alarms"),
        until.label("until"),
        revocation.c.at.label("revoked"),
    ).select_from(
        laptop.outerjoin(log, log.c.key_id == laptop.c.key_id).outerjoin(
            revocation, revocation.c.laptop == laptop.c.key_id
        )
    )
    for row in tx.execute(query.order_by(laptop.c.name, laptop.c.key_id, log.c.id)):
        yield LogState(
            log=row.id or "",
            laptop=line(row.name) or row.key_id[:16],
            key_id=row.key_id,
            added=row.added,
            records=row.size or 0,
            heard=_moment(row.heard),
            forks=row.forks,
            alarms=row.alarms,
            until=_moment(row.until),
            revoked=row.revoked is not None,
        )


def _moment(text: str | None) -> datetime | None:
    return parse_iso(text) if text else None
