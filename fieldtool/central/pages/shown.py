"""One plain page per question: who runs what, how runs ended, how laptops stand, what to look at. They only read."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from fieldtool.audit.record import Fact
from fieldtool.central.alarms import alarms
from fieldtool.central.door import person_of
from fieldtool.central.facts import State, line
from fieldtool.central.fleet import UNKNOWN, Fleet, Happened, Paging, RunQuery
from fieldtool.central.office import Office, asked_by, person
from fieldtool.central.pages.api import cut
from fieldtool.central.pages.asking import Pages, Runs, Units, Word
from fieldtool.central.pages.lists import laptop_row
from fieldtool.central.pages.matrix import groups
from fieldtool.central.pages.press import page
from fieldtool.central.pages.visit import PageRoute
from fieldtool.central.pages.words import CLOCKS, STATES
from fieldtool.central.projection import Projection

_STATES = [(state.value, STATES[state][1]) for state in State]
_GROUPED = [
    ("under_way", "Without an end"),
    ("contradicted", "Found otherwise than it was left"),
    ("doubted", "From a log with an alarm"),
]
_RUNS_OF_ONE = Paging(1, 20)


def routes(office: Office) -> APIRouter:
    router = APIRouter(route_class=PageRoute)
    fleet, projection = Fleet(office.store), Projection(office.store)
    viewer = asked_by(person("viewer"))

    def show(request: Request, template: str, status: int = 200, **values: Any) -> Response:
        about = {"central": office.identity.name, "person": person_of(request).name, "behind": projection.behind()}
        return page(request, template, status, alarms=len(alarms(office.store)), **about, **values)

    @router.get("/", openapi_extra=viewer, include_in_schema=False)
    def front() -> Response:
        return RedirectResponse("/fleet", 303)

    @router.get("/fleet", openapi_extra=viewer, include_in_schema=False)
    def matrix(request: Request, wanted: Units) -> Response:
        projection.fresh()
        choices, found = fleet.choices(), groups(fleet.matrix(wanted))
        return show(
            request, "fleet.html", wanted=wanted, groups=found, summary=fleet.summary(),
            sites=_options(choices.sites), components=_options(choices.components, unknown=False),
        )  # fmt: skip

    @router.get("/chargers", openapi_extra=viewer, include_in_schema=False)
    def chargers(request: Request, wanted: Units, paging: Pages) -> Response:
        projection.fresh()
        choices = fleet.choices()
        narrowed = [f"{name} {getattr(wanted, name)}" for name in ("vendor", "hardware", "version")]
        return show(
            request, "chargers.html", wanted=wanted, rows=fleet.units(wanted, paging), senders=fleet.senders(),
            sites=_options(choices.sites), models=_options(choices.models), states=[*_GROUPED, *_STATES],
            components=_options(choices.components, unknown=False),
            narrowed=[words for words in narrowed if not words.endswith(" ")],
        )  # fmt: skip

    @router.get("/charger", openapi_extra=viewer, include_in_schema=False)
    def charger(request: Request, serial: Word, paging: Pages) -> Response:
        projection.fresh()
        units = fleet.charger(serial)
        if not units:
            return show(
                request, "problem.html", 404, heading="No such charger",
                what="No record of a run names this serial number.", remedy="Compare it with the label of the charger.",
            )  # fmt: skip
        history, senders, found = fleet.history(serial, paging), fleet.senders(), fleet.runs_of(serial, _RUNS_OF_ONE)
        logs = {*(run.log for run in found.rows), *(one.log for one in history.rows)}
        return show(
            request, "charger.html", units=units, runs=found, senders=senders,
            doubted=sorted({senders[log].laptop for log in logs if log in senders and senders[log].alarm}),
            history={**_paged(history), "rows": [_told(one) for one in history.rows]},
        )  # fmt: skip

    @router.get("/runs", openapi_extra=viewer, include_in_schema=False)
    def runs(request: Request, wanted: Runs, paging: Pages, since: Word = "", until: Word = "") -> Response:
        projection.fresh()
        choices = fleet.choices()
        return show(
            request, "runs.html", wanted=wanted, rows=fleet.runs(wanted, paging), senders=fleet.senders(),
            sites=_options(choices.sites), models=_options(choices.models), states=_STATES,
            since=since if wanted.since else "", until=until if wanted.until else "", filtered=wanted != RunQuery(),
        )  # fmt: skip

    @router.get("/laptops", openapi_extra=viewer, include_in_schema=False)
    def laptops(request: Request) -> Response:
        now, logs = office.clock.now(), fleet.logs()
        troubled = sum(bool(one.forks or one.alarms) for one in logs)
        rows = [laptop_row(one, now) for one in logs]
        return show(
            request, "laptops.html", laptops=rows, known=len({one.key_id for one in logs}), troubled=troubled
        )  # fmt: skip

    @router.get("/alarms", openapi_extra=viewer, include_in_schema=False)
    def alarm_list(request: Request, paging: Pages) -> Response:
        projection.fresh()
        return show(request, "alarms.html", found=cut(alarms(office.store), paging))

    return router


def _options(names: tuple[str, ...], *, unknown: bool = True) -> list[tuple[str, str]]:
    return [*((name, name) for name in names), *([(UNKNOWN, "not known")] if unknown else [])]


def _paged(rows: Any) -> dict[str, Any]:
    return {name: getattr(rows, name) for name in ("page", "pages", "first", "last", "total")}


def _told(one: Happened) -> dict[str, Any]:
    """A record as the page of a charger shows it."""
    event, record = one.record.event, one.record
    return {
        "at": min(record.at, one.received),
        "clock": CLOCKS.get(record.clock, line(record.clock)),
        "event": line(event.event),
        "component": line(event.component),
        "told": _facts(event.told),
        "seen": _facts(event.seen),
        "log": one.log,
        "seq": record.seq,
    }


def _facts(facts: Mapping[str, Fact]) -> list[tuple[str, str]]:
    """Those that say something. What a phase or mark means is known from the event already."""
    return [(line(name), line(_word(fact), 1000)) for name, fact in facts.items() if fact not in ("", None)]


def _word(fact: Fact) -> str:
    return ("yes" if fact else "no") if isinstance(fact, bool) else str(fact)
