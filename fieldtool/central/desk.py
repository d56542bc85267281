"""The routes by which people direct: orders out of an inventory, grants, denials, and what was decided."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from fieldtool.central import decisions, inventory
from fieldtool.central.asked import MOST_BYTES, denied_of, grant_of, moment
from fieldtool.central.bodies import body
from fieldtool.central.decisions import By
from fieldtool.central.directing import Director
from fieldtool.central.door import person_of
from fieldtool.central.granting import Grants
from fieldtool.central.images import Images
from fieldtool.central.inventory import InventoryError, Versions, of_site, parse_inventory, parse_versions
from fieldtool.central.office import Office, asked_by, person
from fieldtool.central.orders import Made, Orders, Wish
from fieldtool.central.refusals import code
from fieldtool.core.clock import iso
from fieldtool.core.errors import UsageError
from fieldtool.core.rights import Action, Denylist, Grant, WorkOrder
from fieldtool.core.texts import Text
from fieldtool.firmware.values import WrongError

MOST_DAYS = 365

_Id = Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
_InPath = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
_Days = Annotated[int, Query(ge=1, le=MOST_DAYS)]
_Several = Annotated[list[str], Query(max_length=64)]


def routes(office: Office) -> APIRouter:
    router = APIRouter(prefix="/v1")
    director = Director(office.store, office.clock)
    orders = Orders(director, Images(office.store.folder, office.clock), office.clock)
    _order_routes(router, office, director, orders)
    _grant_routes(router, office, director, Grants(director))

    @router.get("/directing", openapi_extra=asked_by(person("viewer")))
    def standing() -> dict[str, Any]:
        """The parts as laptops read them, and what only the office can renew."""
        return standing_told(director)

    @router.get("/decisions", openapi_extra=asked_by(person("viewer")))
    def decided(most: Annotated[int, Query(ge=1, le=decisions.MOST_TOLD)] = 100) -> dict[str, Any]:
        """What was directed, by whom and when, newest first. `whole`: nobody changed the log."""
        with office.store.read() as unit:
            decisions.check(unit)
            return {"decisions": list(decisions.told(decisions.newest(unit, most)))}

    return router


def _asking(request: Request) -> By:
    """The person whom the door let in: what is decided stands under his name. RefusedError(CENTRAL_CLOSED)."""
    found = person_of(request)
    return By(found.name, found.role.value)


_By = Annotated[By, Depends(_asking)]


def _order_routes(router: APIRouter, office: Office, director: Director, orders: Orders) -> None:
    @router.get("/orders", openapi_extra=asked_by(person("viewer")))
    def all_orders() -> dict[str, Any]:
        return {"orders": [order_told(order) for _, order in director.said().orders]}

    @router.post("/orders", openapi_extra=asked_by(person("dispatcher")))
    async def order(
        request: Request,
        id: _Id,
        site: _Id,
        title: Annotated[str, Query(min_length=1, max_length=120)],
        by: _By,
        days: _Days = 14,
        begin: str = "",
        release: _Several = [],  # noqa: B006  # FastAPI reads it as the default of the query
        second_person: _Several = [],  # noqa: B006
        replace: bool = False,
        dry_run: bool = False,
    ) -> JSONResponse:
        """Body: the inventory, CSV or JSON. `release`: for lines without “wanted”. `dry_run`: check only."""
        content = await body(request, inventory.MAX_BYTES, UsageError(Text.CENTRAL_TOO_LARGE, most=inventory.MAX_BYTES))
        issued = moment(begin, "begin", office.clock.now())
        wish = Wish(
            id, site, title, issued, issued + timedelta(days=days), versions_of(release), actions_of(second_person),
            replace,
        )  # fmt: skip
        try:
            made = await run_in_threadpool(_ordered, orders, by, wish, content, dry_run)
        except InventoryError as error:
            wrong = [{"line": one.line, "column": one.column, "why": one.why} for one in error.wrong]
            return JSONResponse({**code(error.text, error.what), "mistakes": wrong}, 422)
        return JSONResponse(made_told(made, dry_run), 200 if dry_run else 201)

    @router.delete("/orders/{site}/{order}", openapi_extra=asked_by(person("dispatcher")))
    def withdraw(site: _InPath, order: _InPath, by: _By) -> dict[str, str]:
        return {"withdrawn": orders.withdraw(by, site, order)}


def _grant_routes(router: APIRouter, office: Office, director: Director, grants: Grants) -> None:
    @router.get("/grants", openapi_extra=asked_by(person("viewer")))
    def all_grants() -> dict[str, Any]:
        said = director.said()
        return {"grants": [grant_told(one) for one in said.grants], "denylist": denylist_told(said.denylist)}

    @router.post("/grants", openapi_extra=asked_by(person("dispatcher")), status_code=201)
    async def grant(request: Request, by: _By) -> dict[str, Any]:
        """Body: laptop, actor, actions, sites, serials, models, and `days` or `expires`."""
        content = await body(request, MOST_BYTES, UsageError(Text.CENTRAL_TOO_LARGE, most=MOST_BYTES))
        asked = grant_of(content, office.clock.now())
        made, target = await run_in_threadpool(_granted, office, director, grants, by, asked)
        return {"grant": grant_told(made), "target": target}

    @router.delete("/grants/{grant}", openapi_extra=asked_by(person("dispatcher")))
    def revoke(grant: _InPath, by: _By) -> dict[str, str]:
        return {"withdrawn": grants.revoke(by, grant), "denied": grant}

    @router.post("/denylist", openapi_extra=asked_by(person("dispatcher")))
    async def deny(request: Request, by: _By) -> dict[str, Any]:
        """Body: images, grants, laptops: what nobody may use any more."""
        content = await body(request, MOST_BYTES, UsageError(Text.CENTRAL_TOO_LARGE, most=MOST_BYTES))
        denied = denied_of(content)
        said = await run_in_threadpool(grants.deny, by, denied.images, denied.grants, denied.laptops)
        return denylist_told(said)


def _ordered(orders: Orders, by: By, wish: Wish, content: bytes, dry_run: bool) -> Made:
    rows = of_site(parse_inventory(content, "inventory"), wish.site)
    if dry_run:
        order, notes = orders.draft(wish, rows)
        return Made("", order, notes)
    return orders.make(by, wish, rows)


def _granted(office: Office, director: Director, grants: Grants, by: By, grant: Grant) -> tuple[Grant, str]:
    from fieldtool.central.ledger import laptops

    known = {key for one in laptops(office.store) for key in (one.key_id, *one.signs)}
    if grant.key_id not in known:
        raise UsageError(Text.DIRECT_ASKED_BAD, field="laptop", why="is no key that this central system knows")
    return grants.issue(by, replace(grant, epoch=director.said().denylist.grant_epoch))


# -- values in words and back


def standing_told(director: Director) -> dict[str, Any]:
    roles = director.said().verified.roles
    return {
        "parts": {name: f"version {role.version} until {role.expires:%Y-%m-%d}" for name, role in roles.items()},
        "renew_at_the_office": dict(director.expiring()),
    }


def versions_of(named: list[str]) -> Versions:
    """UsageError(DIRECT_ASKED_BAD)."""
    try:
        return parse_versions(" ".join(named))
    except WrongError as wrong:
        raise UsageError(Text.DIRECT_ASKED_BAD, field="release", why=wrong.why) from None


def actions_of(named: list[str]) -> frozenset[Action]:
    """UsageError(DIRECT_ASKED_BAD)."""
    for one in named:
        if one not in set(Action):
            raise UsageError(Text.DIRECT_ASKED_BAD, field="second_person", why=f"is none of {', '.join(Action)}")
    return frozenset(map(Action, named))


def made_told(made: Made, dry_run: bool = False) -> dict[str, Any]:
    notes = [{"line": one.line, "column": one.column, "why": one.why} for one in made.notes]
    return {"target": made.target, "order": order_told(made.order), "notes": notes, "in_force": not dry_run}


def order_told(order: WorkOrder) -> dict[str, Any]:
    return {
        "id": order.id, "site": order.site, "title": order.title, "issued": iso(order.issued),
        "expires": iso(order.expires), "second_person": sorted(order.second_person),
        "chargers": [
            {"serial": one.serial, "images": [image.target for image in one.images]} for one in order.chargers
        ],
    }  # fmt: skip


def grant_told(grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.id, "laptop": grant.key_id, "actor": grant.actor, "actions": sorted(grant.actions),
        "sites": sorted(grant.scope.sites), "serials": sorted(grant.scope.serials),
        "models": sorted(grant.scope.models), "not_before": iso(grant.not_before), "expires": iso(grant.expires),
        "max_uses": grant.max_uses,
    }  # fmt: skip


def denylist_told(denylist: Denylist) -> dict[str, Any]:
    return {
        "images": sorted(denylist.images), "grants": sorted(denylist.grants), "laptops": sorted(denylist.laptops),
        "grant_epoch": denylist.grant_epoch,
    }  # fmt: skip
