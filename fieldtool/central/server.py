"""Central's HTTP side, put together from its routes. A worker keeps no state but its rate limits."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import uvicorn
from fastapi import APIRouter, Depends, FastAPI
from starlette.requests import ClientDisconnect

from fieldtool.central import about, desk, intake, mirrors, reception
from fieldtool.central.door import door, only_behind
from fieldtool.central.office import Office
from fieldtool.central.pages import api, entry, shown
from fieldtool.central.projection import following
from fieldtool.central.refusals import gone, refused
from fieldtool.central.renewal import renewal
from fieldtool.core.errors import FieldtoolError

STOP_SECONDS = 5  # for pushes under way when we are told to stop
AT_ONCE = 512  # connections of one worker; who comes on top is told 503

ROUTES: Sequence[Callable[[Office], APIRouter]] = (
    about.routes,
    intake.routes,
    mirrors.routes,
    desk.routes,
    api.routes,
    entry.routes,
    shown.routes,
    reception.routes,
)

BACKGROUND: Sequence[Callable[[Office], AbstractContextManager[object]]] = (renewal, following)
"""What every worker does beside answering, from its start to its end."""


def make_app(office: Office) -> FastAPI:
    # The pages of documentation load scripts from elsewhere; /openapi.json is a route of ours, with a caller.
    app = FastAPI(
        title="fieldtool central",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # such an answer would come before the door
        dependencies=[Depends(door(office))],
        exception_handlers={FieldtoolError: refused, TimeoutError: gone, ClientDisconnect: gone},
    )
    for routes in ROUTES:
        app.include_router(only_behind(routes(office)))
    return app


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
        limit_concurrency=AT_ONCE,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    return uvicorn.Server(config)


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that queues connections already, so that who is told its port may connect at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=128) as listener:
        # asyncio sets it only for sockets of a named protocol, and accepted ones inherit it from here. Without it each
        # answer of two segments waits 40 ms for the other end's acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


def address(host: str, listener: socket.socket) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"
