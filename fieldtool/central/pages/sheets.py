"""Each list in three forms: the page's rows, JSON for programs, CSV for spreadsheets."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from fastapi import Response
from fastapi.responses import JSONResponse

from fieldtool.central.fleet import Slice
from fieldtool.core.clock import iso

_T = TypeVar("_T")
Value = str | int | bool | datetime | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff0b", "\uff0d", "\uff1d", "\uff20")


@dataclass(frozen=True, slots=True)
class Sheet(Generic[_T]):
    """A list with named columns. `name` is the file's name."""

    name: str
    columns: Mapping[str, Callable[[_T], Value]]

    def json(self, rows: Slice[_T], **more: Any) -> JSONResponse:
        listed = [{name: _plain(value(row)) for name, value in self.columns.items()} for row in rows.rows]
        paging = {"total": rows.total, "page": rows.page, "pages": rows.pages}
        return JSONResponse({self.name: listed, **paging, **more}, headers=NOT_KEPT)

    def csv(self, rows: Iterable[_T]) -> Response:
        """RFC 4180 in UTF-8 with its mark, as spreadsheets want it. No cell is taken for a formula there."""
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(self.columns)
        writer.writerows([_cell(value(row)) for value in self.columns.values()] for row in rows)
        headers = {**NOT_KEPT, "Content-Disposition": f'attachment; filename="{self.name}.csv"'}
        return Response(out.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


NOT_KEPT = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def _plain(value: Value) -> str | int | bool | None:
    return iso(value) if isinstance(value, datetime) else value


def _cell(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return "" if value is None else str(_plain(value))
    return f"'{value}" if value.lstrip().startswith(_FORMULA) else value
