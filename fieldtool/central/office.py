"""What central's routes work with, and who may ask for them.

A module of routes has `def routes(office: Office) -> APIRouter` and one line in `server.ROUTES`. Each of its routes
declares who may call it: `@router.get("/v1/…", openapi_extra=asked_by(LAPTOP))`. Whether the caller is who he says is
decided in one place for all of them, `door.py`.
"""

from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute

from fieldtool.central.database import Database
from fieldtool.central.identity import Identity
from fieldtool.central.ledger import Ledger
from fieldtool.central.limits import Limits
from fieldtool.core.clock import Clock


@dataclass(frozen=True, slots=True)
class Office:
    """One worker's services. All state is in the database; the limits count per worker."""

    store: Database
    identity: Identity
    ledger: Ledger
    clock: Clock
    limits: Limits


@dataclass(frozen=True, slots=True)
class Caller:
    """A kind of caller: "anyone", "laptop", or "person" with the least role that he needs."""

    kind: str
    role: str = ""


ANYONE = Caller("anyone")
LAPTOP = Caller("laptop")
LAPTOP_LATE = Caller("laptop", "late")  # also one whose certificate ended less than 90 days ago
LAPTOP_RECORDS = Caller("laptop", "records")  # and one that was shut out: the route keeps apart what it brings


def person(role: str) -> Caller:
    return Caller("person", role)


def asked_by(caller: Caller) -> dict[str, Any]:
    """`openapi_extra` of a route; so the OpenAPI document says it too."""
    return {"x-caller": ":".join(filter(None, (caller.kind, caller.role)))}


def caller_of(route: object) -> Caller | None:
    """Who may call `route`. None: nobody said so, and nobody may."""
    declared = (route.openapi_extra or {}).get("x-caller") if isinstance(route, APIRoute) else None
    return None if declared is None else Caller(*declared.split(":", 1))
