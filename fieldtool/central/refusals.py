"""How central says no over HTTP: a status, the code of a text, and what happened in words."""

import logging
from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from fieldtool.core.errors import FieldtoolError, RefusedError, StorageError
from fieldtool.core.texts import Text

STATUS: Mapping[Text, int] = {  # others are 400
    Text.ENTRY_UNSIGNED: 401,
    Text.ENTRY_SIGNATURE_BAD: 401,
    Text.ENTRY_CLOCK: 401,
    Text.ENTRY_REPLAYED: 401,
    Text.ENTRY_UNKNOWN: 401,
    Text.ENTRY_EXPIRED: 401,
    Text.ENTRY_TOKEN_NEEDED: 401,
    Text.ENTRY_TOKEN_BAD: 401,
    Text.CENTRAL_CLOSED: 403,
    Text.ENTRY_ROLE: 403,
    Text.LAPTOP_REVOKED: 403,
    Text.ENROL_OTHER_KEY: 403,
    Text.LAPTOP_UNKNOWN: 403,
    Text.LAPTOP_THROW_AWAY: 403,
    Text.LOG_OF_OTHER: 403,
    Text.LOG_UNKNOWN: 404,
    Text.CENTRAL_NO_FILE: 404,
    Text.IMAGE_NOT_LISTED: 404,
    Text.PUBLISH_GRANT_UNKNOWN: 404,
    Text.DIRECT_ROLE_SMALL: 403,
    Text.PUBLISH_DOCUMENT_EXISTS: 409,
    Text.CENTRAL_TOO_LARGE: 413,
    Text.DOCUMENT_FORGED: 403,
    Text.ENROL_UNKNOWN: 404,
    Text.LAPTOP_NOT_FOUND: 404,
    Text.ENROL_AMBIGUOUS: 409,
    Text.LOG_FORKED: 409,
    Text.ROOT_DIFFERS: 409,
    Text.PUSH_TOO_LARGE: 413,
    Text.DOCUMENT_TOO_LARGE: 413,
    Text.PUSH_TOO_OFTEN: 429,
    Text.ENTRY_FAILED_OFTEN: 429,
    Text.ENROL_FULL: 503,
}

_log = logging.getLogger(__name__)


class WrongClockError(RefusedError):
    """A laptop's clock is wrong; `proof` is our signature of the time that the text tells."""

    def __init__(self, now: str, proof: str) -> None:
        super().__init__(Text.ENTRY_CLOCK, now=now)
        self.proof = proof


def code(text: Text, what: str) -> dict[str, str]:
    return {"code": text.name, "what": what}


async def refused(_request: Request, error: Exception) -> JSONResponse:
    """The answer to a FieldtoolError that a route raised."""
    if not isinstance(error, FieldtoolError):
        raise error
    if isinstance(error, StorageError):
        _log.error("nothing is taken: %s", error.what)
        return JSONResponse(code(error.text, error.what), 503)
    status = STATUS.get(error.text, 400)
    # A laptop signs instead: how, stands in the guide.
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    # With the parameters, so that a laptop can say it in other words, too.
    told: dict[str, object] = {**code(error.text, error.what), "params": dict(error.params)}
    told |= {"proof": error.proof} if isinstance(error, WrongClockError) else {}
    return JSONResponse(told, status, headers)


async def gone(_request: Request, error: Exception) -> JSONResponse:
    """The caller went away in mid-request, or sends a byte now and then."""
    if not isinstance(error, TimeoutError | ClientDisconnect):
        raise error
    return JSONResponse({}, 408)
