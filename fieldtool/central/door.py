"""Who comes in: asked before every route, from the kind of caller that the route declares."""

from collections.abc import Callable

from fastapi import Request

from fieldtool.central.office import LAPTOP, Office, caller_of
from fieldtool.core.errors import RefusedError
from fieldtool.core.texts import Text


def door(office: Office) -> Callable[[Request], None]:
    """The dependency of all routes. RefusedError: not this caller, or not so often."""

    def enter(request: Request) -> None:
        caller = caller_of(request.scope.get("route"))
        if caller is None:
            raise RefusedError(Text.CENTRAL_CLOSED)
        if caller == LAPTOP and not office.limits.allow(request.client.host if request.client else ""):
            raise RefusedError(Text.PUSH_TOO_OFTEN)

    return enter
