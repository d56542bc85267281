"""The routes by which audit records and documents come up, and what central says of a log."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from fieldtool.central.alarms import take
from fieldtool.central.archive import Archive
from fieldtool.central.bodies import body
from fieldtool.central.door import laptop_of
from fieldtool.central.ledger import Answer, Push
from fieldtool.central.limits import MAX_BODY, MAX_RECORDS
from fieldtool.central.office import LAPTOP_LATE, LAPTOP_RECORDS, Office, asked_by, person
from fieldtool.central.refusals import STATUS, code
from fieldtool.central.standing import keep_apart, refusal
from fieldtool.core.errors import RefusedError
from fieldtool.core.texts import Text
from fieldtool.sync.outbox import MAX_DOCUMENT

_Log = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
_Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
_Nonce = Annotated[str, Query(pattern=r"^[0-9a-f]{32}$")]
_Size = Annotated[int, Query(ge=0, lt=10**15)]
_Root = Annotated[str, Query(pattern=r"^[0-9a-f]{64}$")]


def routes(office: Office) -> APIRouter:
    router = APIRouter()
    archive = Archive(office.store, office.identity, office.clock, office.ledger.keys_of)

    @router.post("/v1/logs/{log}/records", openapi_extra=asked_by(LAPTOP_RECORDS))
    async def push(request: Request, log: _Log, nonce: _Nonce, size: _Size, root: _Root) -> JSONResponse:
        """Records as lines of NDJSON, each the exact envelope; `size` and `root` as the laptop expects them after."""
        envelopes = _lines(await body(request, MAX_BODY, _too_large()))
        who = laptop_of(request)
        if who.revoked is not None:
            await run_in_threadpool(keep_apart, office.store, office.clock, who.id, log, envelopes)
            raise refusal(who.revoked)
        work = Push(log, who.id, envelopes, nonce, size, bytes.fromhex(root))
        return _answer(await run_in_threadpool(take, office.store, office.ledger, office.clock, work))

    @router.post("/v1/logs/{log}/documents/{sha256}", openapi_extra=asked_by(LAPTOP_LATE))
    async def document(request: Request, log: _Log, sha256: _Sha256, nonce: _Nonce) -> dict[str, str]:
        """A journal or evidence as one signed envelope; `sha256` is that of the body."""
        envelope = await body(request, MAX_DOCUMENT, RefusedError(Text.DOCUMENT_TOO_LARGE, size=MAX_DOCUMENT))
        return {"note": await run_in_threadpool(archive.keep, log, sha256, envelope, nonce)}

    @router.get("/v1/logs/{log}/checkpoint", openapi_extra=asked_by(person("viewer")))
    def checkpoint(log: _Log) -> dict[str, str]:
        """What central holds of a log now, signed."""
        return {"note": office.ledger.checkpoint(log)}

    @router.get("/v1/logs/{log}/forks", openapi_extra=asked_by(person("viewer")))
    def forks(log: _Log, skip: _Size = 0) -> dict[str, list[dict[str, object]]]:
        """Places of a log that two validly signed records claim, with both; a page of them."""
        return {"forks": [asdict(one) for one in office.ledger.forks(log, skip)]}

    return router


def _lines(content: bytes) -> list[bytes]:
    lines = content.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    if len(lines) > MAX_RECORDS:
        raise _too_large()
    return lines


def _too_large() -> RefusedError:
    return RefusedError(Text.PUSH_TOO_LARGE, records=MAX_RECORDS, size=MAX_BODY)


def _answer(answer: Answer) -> JSONResponse:
    if answer.problem is None:
        return JSONResponse({"note": answer.note})
    status = STATUS.get(answer.problem.text, 400)
    return JSONResponse({"note": answer.note, **code(answer.problem.text, answer.problem.what)}, status)
