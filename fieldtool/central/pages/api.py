"""The lists for programs and spreadsheets: JSON by pages, or CSV, with a person's token or in his session."""

from collections.abc import Sequence
from typing import TypeVar

from fastapi import APIRouter, Response

from fieldtool.central.alarms import alarms
from fieldtool.central.fleet import MOST, Fleet, Paging, Slice
from fieldtool.central.office import Office, asked_by, person
from fieldtool.central.pages.asking import Format, Pages, Runs, Units
from fieldtool.central.pages.lists import ALARMS, FLEET, LAPTOPS, chargers, laptop_row, runs
from fieldtool.central.projection import Projection

_T = TypeVar("_T")
_ALL = Paging(1, MOST)  # of a file


def routes(office: Office) -> APIRouter:
    router = APIRouter()
    fleet, projection = Fleet(office.store), Projection(office.store)
    viewer = asked_by(person("viewer"))

    @router.get("/v1/fleet", openapi_extra=viewer)
    def matrix(wanted: Units, paging: Pages, format: Format = "json") -> Response:  # noqa: A002  # its name in the URL
        """How many chargers of each model, hardware and component run which version, by site."""
        projection.fresh()
        cells = fleet.matrix(wanted)
        return FLEET.csv(cells) if format == "csv" else FLEET.json(cut(cells, paging), not_counted=projection.behind())

    @router.get("/v1/chargers", openapi_extra=viewer)
    def units(wanted: Units, paging: Pages, format: Format = "json") -> Response:  # noqa: A002
        """Each component of each charger: what it runs, whose word that is, and what contradicts it."""
        projection.fresh()
        sheet = chargers(fleet.senders())
        if format == "csv":
            return sheet.csv(fleet.units(wanted, _ALL).rows)
        return sheet.json(fleet.units(wanted, paging), not_counted=projection.behind())

    @router.get("/v1/runs", openapi_extra=viewer)
    def run_list(wanted: Runs, paging: Pages, format: Format = "json") -> Response:  # noqa: A002
        """Runs, newest first, with outcome and reason; what was refused before it began is among them."""
        projection.fresh()
        sheet = runs(fleet.senders())
        if format == "csv":
            return sheet.csv(fleet.runs(wanted, _ALL).rows)
        return sheet.json(fleet.runs(wanted, paging), not_counted=projection.behind())

    @router.get("/v1/laptops", openapi_extra=viewer)
    def laptop_list(paging: Pages, format: Format = "json") -> Response:  # noqa: A002
        """Laptops and their logs."""
        now = office.clock.now()
        rows = [laptop_row(one, now) for one in fleet.logs()]
        return LAPTOPS.csv(rows) if format == "csv" else LAPTOPS.json(cut(rows, paging))

    @router.get("/v1/alarms", openapi_extra=viewer)
    def alarm_list(paging: Pages, format: Format = "json") -> Response:  # noqa: A002
        """What an operator must look at, newest first, with what to do."""
        projection.fresh()
        rows = alarms(office.store)
        return ALARMS.csv(rows) if format == "csv" else ALARMS.json(cut(rows, paging))

    return router


def cut(rows: Sequence[_T], paging: Paging) -> Slice[_T]:
    """One page of a list that is at hand."""
    page = max(1, min(paging.page, -(-len(rows) // paging.size)))
    shown = rows[(page - 1) * paging.size : page * paging.size]
    return Slice(tuple(shown), len(rows), page, paging.size)
