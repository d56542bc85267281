"""What a page or program asks for, from the query of its request. Empty fields of a form ask for everything."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

from fastapi import Depends, Query

from fieldtool.central.fleet import MOST, PAGE, Paging, RunQuery, UnitQuery

Word = Annotated[str, Query(max_length=120)]
Format = Annotated[Literal["json", "csv"], Query()]
_Page = Annotated[int, Query(ge=1, le=1_000_000)]
_Size = Annotated[int, Query(ge=1, le=MOST)]


def _units(
    site: Word = "",
    vendor: Word = "",
    model: Word = "",
    hardware: Word = "",
    component: Word = "",
    version: Word = "",
    state: Word = "",
    found: Word = "",
) -> UnitQuery:
    return UnitQuery(site, vendor, model, hardware, component, version, state, found)


def _runs(
    state: Word = "", site: Word = "", model: Word = "", since: Word = "", until: Word = "", found: Word = ""
) -> RunQuery:
    """`since` and `until`: days in UTC, both counted in."""
    first, last = _day(since), _day(until)
    return RunQuery(state, site, model, first, last and last + timedelta(days=1), found)


def _paging(page: _Page = 1, size: _Size = PAGE) -> Paging:
    return Paging(page, size)


def _day(text: str) -> datetime | None:
    """None for what is no day: a form that is half filled in shows everything."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        return None


Units = Annotated[UnitQuery, Depends(_units)]
Runs = Annotated[RunQuery, Depends(_runs)]
Pages = Annotated[Paging, Depends(_paging)]
