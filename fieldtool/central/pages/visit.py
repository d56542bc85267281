"""Who looks at the pages; and that a person who may not yet is led to the login, and told of trouble by a page."""

from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from fieldtool.central.office import Office
from fieldtool.central.pages.entry import COOKIE, to_login
from fieldtool.central.pages.press import page
from fieldtool.central.people import People
from fieldtool.central.refusals import STATUS
from fieldtool.core.errors import FieldtoolError, RefusedError, StorageError
from fieldtool.core.texts import Text

_NOT_IN = frozenset({Text.ENTRY_TOKEN_NEEDED, Text.ENTRY_TOKEN_BAD})


def visitor(office: Office) -> Callable[[Request], None]:
    """The dependency of pages and lists: a person's session, or his token. RefusedError(ENTRY_TOKEN_…)."""
    people = People(office.store, office.clock)

    def enter(request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            request.state.person = people.by_token(token.strip()).name
            return
        who = people.by_session(request.cookies.get(COOKIE, ""))
        if who is None:
            raise RefusedError(Text.ENTRY_TOKEN_NEEDED)
        request.state.person = who.name

    return enter


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
