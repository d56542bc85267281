"""Central's HTTP side: bounded bodies in, values of `Ledger` out. Stateless but for the rate limits."""

import asyncio
import base64
import logging
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from fieldtool.central.identity import Identity
from fieldtool.central.ledger import Answer, Ledger, Push
from fieldtool.central.limits import BODY_SECONDS, MAX_BODY, MAX_RECORDS, Limits
from fieldtool.core.errors import FieldtoolError, RefusedError, StorageError
from fieldtool.core.texts import Text

STOP_SECONDS = 5  # for pushes under way when we are told to stop

_STATUS: Mapping[Text, int] = {
    Text.LAPTOP_UNKNOWN: 403,
    Text.LAPTOP_THROW_AWAY: 403,
    Text.LOG_OF_OTHER: 403,
    Text.LOG_FORKED: 409,
    Text.ROOT_DIFFERS: 409,
    Text.PUSH_TOO_LARGE: 413,
    Text.PUSH_TOO_OFTEN: 429,
}

_Log = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
_Key = Annotated[str, Query(pattern=r"^[0-9a-f]{64}$")]
_Nonce = Annotated[str, Query(pattern=r"^[0-9a-f]{32}$")]
_Size = Annotated[int, Query(ge=0, lt=10**15)]
_Root = Annotated[str, Query(pattern=r"^[0-9a-f]{64}$")]

_log = logging.getLogger(__name__)


def make_app(ledger: Ledger, identity: Identity, limits: Limits) -> FastAPI:
    app = FastAPI(title="fieldtool central", docs_url=None, redoc_url=None)  # those pages load scripts from elsewhere

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/v1/key")
    def key() -> dict[str, str]:
        """The key that signs receipts. A laptop believes it only if its fingerprint was typed there."""
        raw = identity.key.public_key().public_bytes_raw()
        return {
            "name": identity.name,
            "key": base64.b64encode(raw).decode(),
            "fingerprint": identity.fingerprint,
        }

    @app.post("/v1/logs/{log}/records")
    async def push(request: Request, log: _Log, key: _Key, nonce: _Nonce, size: _Size, root: _Root) -> JSONResponse:
        """Records as lines of NDJSON, each the exact envelope; `size` and `root` as the laptop expects them after."""
        try:
            if not limits.allow(request.client.host if request.client else ""):
                raise RefusedError(Text.PUSH_TOO_OFTEN)
            envelopes = _lines(await _body(request))
            work = Push(log, key, envelopes, nonce, size, bytes.fromhex(root))
            return _answer(await run_in_threadpool(ledger.ingest, work))
        except (TimeoutError, ClientDisconnect):  # it went away, or sends a byte now and then
            return JSONResponse({}, 408)
        except StorageError as error:
            _log.error("records are not taken: %s", error.what)
            return _refusal(error, 503)
        except FieldtoolError as error:
            return _refusal(error, _STATUS.get(error.text, 400))

    return app


async def _body(request: Request) -> bytes:
    body = bytearray()
    async with asyncio.timeout(BODY_SECONDS):
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise RefusedError(Text.PUSH_TOO_LARGE, records=MAX_RECORDS, size=MAX_BODY)
    return bytes(body)


def _lines(body: bytes) -> list[bytes]:
    lines = body.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    if len(lines) > MAX_RECORDS:
        raise RefusedError(Text.PUSH_TOO_LARGE, records=MAX_RECORDS, size=MAX_BODY)
    return lines


def _answer(answer: Answer) -> JSONResponse:
    if answer.problem is None:
        return JSONResponse({"note": answer.note})
    status = _STATUS.get(answer.problem.text, 400)
    return JSONResponse({"note": answer.note, **_code(answer.problem.text, answer.problem.what)}, status)


def _refusal(error: FieldtoolError, status: int) -> JSONResponse:
    return JSONResponse(_code(error.text, error.what), status)


def _code(text: Text, what: str) -> dict[str, str]:
    return {"code": text.name, "what": what}


def server(app: FastAPI, *, behind_proxy: bool = False) -> uvicorn.Server:
    """Ready to `run(sockets=[…])`; keeps to our log and installs none of its own."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=behind_proxy,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    return uvicorn.Server(config)


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that queues connections already, so that who is told its port may connect at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=128) as listener:
        yield listener


def address(host: str, listener: socket.socket) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"
