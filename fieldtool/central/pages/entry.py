"""A person's way in to the pages: the token once, then a session in a cookie that no script and no other site gets."""

from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, RedirectResponse

from fieldtool.central.bodies import body
from fieldtool.central.door import COOKIE, FAILURES, FORGIVEN
from fieldtool.central.limits import Limits
from fieldtool.central.office import ANYONE, Office, asked_by
from fieldtool.central.pages.press import HEADERS, TEMPLATES, page
from fieldtool.central.people import SESSION, People
from fieldtool.central.turned_away import TurnedAway
from fieldtool.core.errors import RefusedError
from fieldtool.core.texts import Text

MAX_FORM = 4096  # bytes
_BEHIND = ("x-forwarded-for", "x-forwarded-proto", "forwarded", "via")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def routes(office: Office) -> APIRouter:
    router, people = APIRouter(), People(office.store, office.clock)
    failures, turned_away = Limits(office.clock, FAILURES, FORGIVEN), TurnedAway(office.store, office.clock)
    anyone = asked_by(ANYONE)

    def form(request: Request, aim: str, status: int = 200, problem: str = "") -> Response:
        values = {"central": office.identity.name, "aim": aim, "problem": problem}
        return page(request, "login.html", status, **values)

    def begin(request: Request, token: str) -> str:
        """The secret of a new session. What does not fit is counted, as at the door."""
        peer = request.client.host if request.client else ""
        if failures.is_spent(peer):
            raise RefusedError(Text.ENTRY_FAILED_OFTEN)
        try:
            return people.open_session(people.by_token(token))
        except RefusedError as error:
            failures.allow(peer)
            turned_away.count(peer, error.text)
            raise

    @router.get("/central.css", openapi_extra=anyone, include_in_schema=False)
    def stylesheet() -> Response:
        kept = {"Cache-Control": "max-age=600", "X-Content-Type-Options": "nosniff"}
        return FileResponse(TEMPLATES / "central.css", media_type="text/css", headers=kept)

    @router.get("/login", openapi_extra=anyone, include_in_schema=False)
    def ask(request: Request) -> Response:
        return form(request, _aim(request.query_params.get("next", "")))

    @router.post("/login", openapi_extra=anyone, include_in_schema=False)
    async def enter(request: Request) -> Response:
        _from_here(request)
        aim = "/fleet"
        try:
            fields = parse_qs((await body(request, MAX_FORM, RefusedError(Text.ENTRY_TOKEN_BAD))).decode("latin-1"))
            aim = _aim(fields.get("next", [""])[0])
            token = fields.get("token", [""])[0].strip()
            secret = await run_in_threadpool(begin, request, token)
        except RefusedError as error:
            return form(request, aim, 401, error.what)
        answer = RedirectResponse(aim, 303, HEADERS)
        answer.set_cookie(
            COOKIE, secret, int(SESSION.total_seconds()), secure=_secure(request), httponly=True, samesite="strict"
        )
        return answer

    @router.post("/logout", openapi_extra=anyone, include_in_schema=False)
    def leave(request: Request) -> Response:
        _from_here(request)
        people.close_session(request.cookies.get(COOKIE, ""))
        answer = RedirectResponse("/login", 303, HEADERS)
        answer.delete_cookie(COOKIE, secure=_secure(request), httponly=True, samesite="strict")
        return answer

    return router


def to_login(request: Request) -> Response:
    """For somebody who asks for a page without a session: there, and back here afterwards."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/login?" + urlencode({"next": asked}), 303, HEADERS)


def _aim(asked: str) -> str:
    """Where to go after the login: a page of ours, whatever was asked for."""
    parts = urlsplit(asked)
    ours = not parts.scheme and not parts.netloc and parts.path in _AIMS and asked.isprintable()
    return asked if ours else "/fleet"


_AIMS = frozenset({"/fleet", "/chargers", "/charger", "/runs", "/laptops", "/alarms"})


def _from_here(request: Request) -> None:
    """RefusedError: a page of another site sends this form."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise RefusedError(Text.CENTRAL_CLOSED)


def _secure(request: Request) -> bool:
    """Only on this very machine may the cookie travel without TLS."""
    local = request.client is not None and request.client.host in _LOOPBACK and request.url.hostname in _LOOPBACK
    return not local or request.url.scheme == "https" or any(name in request.headers for name in _BEHIND)
