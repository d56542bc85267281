"""`fieldtool central serve`: one process that answers, or one that keeps several workers answering."""

import argparse
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from types import FrameType
from typing import TYPE_CHECKING

from fieldtool.central.database import Database
from fieldtool.central.identity import NAME, open_identity, open_store
from fieldtool.central.ledger import Ledger
from fieldtool.central.limits import Limits
from fieldtool.central.moving import LOCK
from fieldtool.central.workers import Workers, inherited, may_be_several, ourselves
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import ExitCode, UsageError
from fieldtool.core.texts import Text
from fieldtool.store.database import Store
from fieldtool.store.locks import exclusive

if TYPE_CHECKING:
    import uvicorn


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database",
        default="",
        metavar="URL",
        help="postgresql://user@host/name, remembered in the data folder (default: SQLite in the data folder)",
    )
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes that answer; PostgreSQL only")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8470, help="0: any free one")
    parser.add_argument("--name", default=NAME, help="part of every receipt; counts at the first start only")
    parser.add_argument(
        "--behind-proxy", action="store_true", help="believe X-Forwarded-For of a proxy on this machine"
    )
    parser.add_argument("--listener", type=int, help=argparse.SUPPRESS)  # of a worker: the descriptor it inherited


def serve(args: argparse.Namespace) -> int:
    """Until SIGTERM or SIGINT. UsageError, StorageError, RefusedError(LOCKED) when it cannot begin."""
    try:
        import fieldtool.central.server  # noqa: F401  # the extra part is there
    except ModuleNotFoundError as error:
        raise UsageError(Text.CENTRAL_EXTRA, detail=str(error)) from error
    store = open_store(args.data, args.database)
    with ExitStack() as stack:
        stack.callback(store.close)
        if isinstance(store, Store):  # records that went into a file which was moved away would be lost
            stack.enter_context(exclusive(args.data, LOCK, "This central system", "fieldtool central serve"))
        if args.listener is not None:
            _answer(args, store, inherited(args.listener), worker=True)
        else:
            _begin(args, store)
    return ExitCode.DONE.value


def _begin(args: argparse.Namespace, store: Database) -> None:
    from fieldtool.central.server import address, listening

    if args.workers > 1 and (isinstance(store, Store) or not may_be_several()):
        raise UsageError(Text.CENTRAL_WORKERS)
    identity = open_identity(store, args.name)
    try:
        with listening(args.host, args.port) as listener:
            line = {"listening": address(args.host, listener), "name": identity.name, "key": identity.fingerprint}
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
            if args.workers > 1:
                store.close()
                _keep_workers(args, listener)
            else:
                _answer(args, store, listener)
    except OSError as error:
        raise UsageError(Text.CENTRAL_ADDRESS, address=f"{args.host}:{args.port}", detail=str(error)) from error


def _answer(args: argparse.Namespace, store: Database, listener: socket.socket, *, worker: bool = False) -> None:
    from fieldtool.central.office import Office
    from fieldtool.central.server import BACKGROUND, make_app, server

    clock, identity = SystemClock(), open_identity(store, args.name)
    office = Office(store, identity, Ledger(store, identity, clock), clock, Limits(clock))
    serving = server(make_app(office), behind_proxy=args.behind_proxy)
    with ExitStack() as stack:
        for task in BACKGROUND:
            stack.enter_context(task(office))
        if worker:
            _end_when_alone(serving)
        gc.freeze()  # what was loaded stays: the collector need not look through it after every few pushes
        _run(serving, listener)


def _run(serving: "uvicorn.Server", listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; both are the normal end."""
    # uvicorn raises the signal that stopped it once more, for whoever installed a handler before: that is us.
    with _on_sigterm(lambda: None):
        try:
            serving.run(sockets=[listener])
        except KeyboardInterrupt:
            return


def _keep_workers(args: argparse.Namespace, listener: socket.socket) -> None:
    command = [*ourselves(), "central", "serve", "--data", str(args.data), "--name", args.name]
    command += ["--behind-proxy"] if args.behind_proxy else []
    stop = Event()
    with _on_sigterm(stop.set):
        try:
            Workers([*command, "--listener"], listener, args.workers, SystemClock()).run(stop)
        except KeyboardInterrupt:
            return


@contextmanager
def _on_sigterm(then: Callable[[], object]) -> Iterator[None]:
    def handle(_number: int, _frame: FrameType | None) -> None:
        then()

    before = signal.signal(signal.SIGTERM, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end_when_alone(serving: "uvicorn.Server") -> None:
    """A worker whose keeper is gone ends too: the keeper holds the other end of its standard input."""

    def watch() -> None:
        while os.read(0, 4096):
            continue
        serving.should_exit = True

    Thread(target=watch, name="keeper", daemon=True).start()
