"""Who comes in: asked before every route, from the kind of caller that the route declares.

A laptop signs each request (RFC 9421) with the key of its certificate; a person sends a token, or the cookie of a
session where it only looks. A route that declares nobody is closed, and so is whatever is no plain route.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from typing import TypeVar

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.types import Message

from fieldtool.central.certificates import open_authority
from fieldtool.central.limits import Limits
from fieldtool.central.office import Caller, Office, caller_of
from fieldtool.central.people import People, Person, Role
from fieldtool.central.refusals import WrongClockError
from fieldtool.central.standing import KnownLaptop, Standing, Standings, refusal
from fieldtool.central.turned_away import TurnedAway
from fieldtool.core.clock import iso
from fieldtool.core.errors import RefusedError
from fieldtool.core.texts import Text
from fieldtool.sync.certificates import told_time
from fieldtool.sync.signed_request import Claim, claim_of, is_claimed

COOKIE = "fieldtool-central"  # of people at the pages
FAILURES, FORGIVEN = 20, 0.2  # refusals of one address at once, and per second after that
_COUNTED = frozenset(
    {
        Text.ENTRY_SIGNATURE_BAD, Text.ENTRY_UNKNOWN, Text.ENTRY_REPLAYED, Text.ENTRY_TOKEN_BAD, Text.ENTRY_EXPIRED,
        Text.LAPTOP_REVOKED, Text.CERTIFICATE_BAD,
    }
)  # fmt: skip
_SAFE = frozenset({"GET", "HEAD"})  # methods that change nothing


def door(office: Office) -> Callable[[Request], None]:
    """The dependency of all routes. RefusedError: not this caller, or not so often."""
    return _Door(office).enter


def only_behind(router: APIRouter) -> APIRouter:
    """A router of which every route is one that the door is asked for. ValueError: a bug of ours."""
    for _, route in routes_in(router):
        caller = caller_of(route)
        if caller is not None and not _is_known(caller):
            raise ValueError(f"nobody is a caller of the kind {caller}")
    return router


def routes_in(router: APIRouter, prefix: str = "") -> Iterator[tuple[str, APIRoute]]:
    """Every route with its path. ValueError: a folder that is mounted, or a WebSocket, is served past the door."""
    for route in router.routes:
        inner = getattr(route, "original_router", None)  # newer FastAPI keeps an included router as it is
        if isinstance(inner, APIRouter):
            yield from routes_in(inner, prefix + _prefix_of(route))
        elif isinstance(route, APIRoute):
            yield prefix + route.path, route
        else:
            raise ValueError(f"the door does not stand before {route}")


def _prefix_of(route: object) -> str:
    return str(getattr(getattr(route, "include_context", None), "prefix", ""))


def laptop_of(request: Request) -> KnownLaptop:
    """Who calls a route that is asked by laptops."""
    return _caller_in(request, KnownLaptop)


def person_of(request: Request) -> Person:
    """Who calls a route that is asked by persons."""
    return _caller_in(request, Person)


class _Door:
    def __init__(self, office: Office) -> None:
        self._office = office
        self._authority = open_authority(office.store, office.identity, office.clock)
        self._standings = Standings(office.store, self._authority, office.clock)
        self._people = People(office.store, office.clock)
        self._failures = Limits(office.clock, FAILURES, FORGIVEN)
        self._turned_away = TurnedAway(office.store, office.clock)

    def enter(self, request: Request) -> None:
        caller = caller_of(request.scope.get("route"))
        if caller is None or not _is_known(caller):
            raise RefusedError(Text.CENTRAL_CLOSED)
        peer = request.client.host if request.client else ""
        if not _is_free(caller, request) and not self._office.limits.allow(peer):
            raise RefusedError(Text.PUSH_TOO_OFTEN)
        if caller.kind == "anyone":
            return
        if self._failures.is_spent(peer):
            raise RefusedError(Text.ENTRY_FAILED_OFTEN)
        try:
            enter = self._laptop if caller.kind == "laptop" else self._person
            request.state.caller = enter(request, caller)
        except RefusedError as error:
            if error.text in _COUNTED:
                self._failures.allow(peer)
                self._turned_away.count(peer, error.text)
            raise

    # -- laptops

    def _laptop(self, request: Request, caller: Caller) -> KnownLaptop:
        fields = request.headers.getlist
        if not is_claimed(fields):
            raise RefusedError(Text.ENTRY_UNSIGNED)
        raw = request.scope.get("raw_path") or request.scope["path"].encode()
        path, query = raw.decode("ascii", "replace"), request.scope["query_string"].decode("ascii", "replace")
        claim = claim_of(request.method, path, query, fields)
        known = self._standings.of(claim.certificate)
        if known is None:
            raise RefusedError(Text.ENTRY_UNKNOWN)
        if not claim.is_signed_by(known.certificate.key):
            raise RefusedError(Text.ENTRY_SIGNATURE_BAD)
        self._check_clock(claim)
        _check_standing(known, caller)
        self._standings.use_nonce(claim.certificate, claim.nonce, claim.created)
        _hold_to(claim, request)
        return known

    def _check_clock(self, claim: Claim) -> None:
        """A laptop whose clock is wrong is told the time, under our signature: it signs once more with that."""
        now = self._office.clock.now()
        if not claim.is_fresh(now.timestamp()):
            told = iso(now)
            proof = self._office.identity.key.sign(told_time(told, claim.nonce))
            raise WrongClockError(told, base64.b64encode(proof).decode())

    # -- people

    def _person(self, request: Request, caller: Caller) -> Person:
        found = self._who(request)
        if not found.role.covers(Role(caller.role)):
            raise RefusedError(Text.ENTRY_ROLE, wanted=caller.role, role=found.role.value)
        return found

    def _who(self, request: Request) -> Person:
        sent = request.headers.getlist("authorization")
        if sent:
            kind, _, token = sent[0].partition(" ")
            if len(sent) > 1 or kind.lower() != "bearer":
                raise RefusedError(Text.ENTRY_TOKEN_BAD)
            return self._people.by_token(token.strip())
        # A browser sends a cookie also when another site makes it ask: with one alone, nothing can be changed.
        cookie = request.cookies.get(COOKIE) if request.method in _SAFE else None
        found = self._people.by_session(cookie) if cookie else None
        if found is None:
            raise RefusedError(Text.ENTRY_TOKEN_NEEDED)
        return found


def _check_standing(known: KnownLaptop, caller: Caller) -> None:
    """Late: may bring records all the same. Revoked: the route itself keeps apart what it brings."""
    allowed = {"": {Standing.VALID}, "late": {Standing.VALID, Standing.LATE}}
    allowed["records"] = allowed["late"] | {Standing.REVOKED}
    if known.standing in allowed[caller.role]:
        return
    if known.revoked is not None:
        raise refusal(known.revoked)
    raise RefusedError(Text.ENTRY_EXPIRED, until=iso(known.certificate.until))


def _hold_to(claim: Claim, request: Request) -> None:
    """The body's last byte reaches nobody before its digest is the one that was signed."""
    inner, digest = request.receive, hashlib.sha256()

    async def receive() -> Message:
        message = await inner()
        if message["type"] == "http.request":
            digest.update(message.get("body", b""))
            if not message.get("more_body") and not claim.fits(digest.digest()):
                raise RefusedError(Text.ENTRY_SIGNATURE_BAD)
        return message

    if hasattr(request, "_body"):  # read before the door: then it is bounded by nobody
        raise RefusedError(Text.CENTRAL_CLOSED)
    request._receive = receive


_T = TypeVar("_T", KnownLaptop, Person)


def _caller_in(request: Request, kind: type[_T]) -> _T:
    found = getattr(request.state, "caller", None)
    if not isinstance(found, kind):
        raise RefusedError(Text.CENTRAL_CLOSED)
    return found


def _is_known(caller: Caller) -> bool:
    return (caller.kind == "person" and caller.role in set(Role)) or (caller.kind, caller.role) in {
        ("anyone", ""), ("laptop", ""), ("laptop", "late"), ("laptop", "records"),
    }  # fmt: skip


def _is_free(caller: Caller, request: Request) -> bool:
    """What costs next to nothing is answered always: health, and public keys."""
    return caller.kind == "anyone" and request.method in _SAFE and not request.path_params
