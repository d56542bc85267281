"""A person who may not look yet is led to the login, and trouble is told by a page, not by JSON."""

from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from fieldtool.central.pages.entry import to_login
from fieldtool.central.pages.press import page
from fieldtool.central.refusals import STATUS
from fieldtool.core.errors import FieldtoolError, StorageError
from fieldtool.core.texts import Text

_NOT_IN = frozenset({Text.ENTRY_TOKEN_NEEDED, Text.ENTRY_TOKEN_BAD})


class PageRoute(APIRoute):
    """A route whose answers people read: to the login instead of 401, and no JSON when something is wrong."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]  # they await it
        plain = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await plain(request)
            except RequestValidationError:
                return _told(request, 400, "This address makes no sense", "A value in it is too long or no number.")
            except FieldtoolError as error:
                if error.text in _NOT_IN:
                    return to_login(request)
                status = 503 if isinstance(error, StorageError) else STATUS.get(error.text, 400)
                return _told(request, status, "This page cannot be shown", error.what, error.remedy)

        return handle


def _told(request: Request, status: int, heading: str, what: str, remedy: str = "") -> Response:
    return page(request, "problem.html", status, central="", heading=heading, what=what, remedy=remedy)
