"""A real central on loopback: uvicorn in a thread, or `fieldtool central serve` as a process of its own."""

import json
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import urllib3
from sqlalchemy import create_engine, select

from fieldtool.audit.log import AuditLog
from fieldtool.central.identity import KEY_FILE, SCHEMA, Identity, open_identity, open_store
from fieldtool.central.ledger import Ledger
from fieldtool.central.limits import Limits
from fieldtool.central.office import Office
from fieldtool.central.server import address, listening, make_app, server
from fieldtool.core.clock import Clock, SystemClock
from fieldtool.store.database import Store
from fieldtool.sync.client import CentralAddress, SyncClient
from fieldtool.sync.signed_request import signed


@dataclass
class Central:
    store: Store
    identity: Identity
    ledger: Ledger
    url: str

    @property
    def address(self) -> CentralAddress:
        return CentralAddress(self.url, self.identity.fingerprint)

    def know(self, log: AuditLog, file: Path) -> None:
        """Enrol the laptop of `log`, as an administrator does."""
        pem = log.public_key()
        assert pem is not None
        file.write_text(pem)
        self.ledger.add_laptop(file, "a laptop")

    def envelopes(self, log: str) -> list[bytes]:
        from fieldtool.central.tables import record

        query = select(record.c.envelope).where(record.c.log == log).order_by(record.c.seq)
        with self.store.read() as connection:
            return list(connection.execute(query).scalars())

    def documents(self, log: str) -> list[bytes]:
        from fieldtool.central.tables import document

        query = select(document.c.envelope).where(document.c.log == log).order_by(document.c.received)
        with self.store.read() as connection:
            return list(connection.execute(query).scalars())


class Visitor:
    """A laptop that central let in; asks whatever a test wants, signed."""

    def __init__(self, there: Central, log: AuditLog, file: Path, clock: Clock | None = None) -> None:
        there.know(log, file)
        self.there = there
        self.client = SyncClient(log, lambda: there.address, clock=clock)
        self.client.enrol(there.address, "")

    def fields(self, method: str, path: str, body: bytes = b"", *, tidied: bool = True) -> dict[str, str]:
        """`tidied`: as libraries send a path; else every letter of it as it is."""
        if not tidied:
            laptop = self.client.laptop
            kept, key = laptop._load(self.there.address.key), laptop._key()
            certificate = laptop._certificate(kept, key)
            assert certificate is not None
            created = int(laptop._clock.now().timestamp())
            return signed(key, certificate.id, method, path, body, created, secrets.token_hex(16))
        return dict(self.client.laptop.head(method, self.there.url + path, body, self.there.address.key).fields)

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, Any]]:
        return ask(self.there, method, path, body, self.fields(method, path, body))


def ask(
    there: Central, method: str, path: str, body: bytes = b"", fields: Mapping[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """Status and JSON of one request."""
    with urllib3.PoolManager(retries=False) as pool:
        answer = pool.request(method, there.url + path, body=body, headers=dict(fields or {}), redirect=False)
        return answer.status, answer.json()


@contextmanager
def central(folder: Path, limits: Limits | None = None, port: int = 0, clock: Clock | None = None) -> Iterator[Central]:
    store, clock = open_store(folder), clock or SystemClock()
    identity = open_identity(store)
    ledger = Ledger(store, identity, clock)
    serving = server(make_app(Office(store, identity, ledger, clock, limits or Limits(clock, burst=1_000_000))))
    with listening("127.0.0.1", port) as listener:
        thread = Thread(target=serving.run, kwargs={"sockets": [listener]}, name="uvicorn")
        thread.start()
        try:
            yield Central(store, identity, ledger, address("127.0.0.1", listener))
        finally:
            serving.should_exit = True
            thread.join()
            store.close()


_COMMAND = """
import argparse, sys
from fieldtool.central.command import add_arguments, run
parser = argparse.ArgumentParser()
add_arguments(parser)
{hook}
sys.exit(run(parser.parse_args(sys.argv[1:])))
"""


@contextmanager
def central_process(
    folder: Path, *arguments: str, hook: str = ""
) -> "Iterator[tuple[subprocess.Popen[str], dict[str, str]]]":
    """`hook` is code that runs in the process before it serves: to kill it at a chosen place."""
    command = [sys.executable, "-c", _COMMAND.format(hook=hook), "serve", "--data", str(folder), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()


def central_command(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", _COMMAND.format(hook=""), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def as_version_left_it(version: str, folder: Path, old: Path) -> None:
    """What the database in `folder` holds, in one that an older fieldtool made in `old`."""
    from alembic import command
    from alembic.config import Config

    old.mkdir()
    shutil.copy2(folder / KEY_FILE, old / KEY_FILE)
    config = Config()
    config.set_main_option("script_location", str(SCHEMA.migrations))
    engine = create_engine(f"sqlite:///{old / SCHEMA.file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    engine.dispose()
    copy = sqlite3.connect(old / SCHEMA.file)
    copy.execute("ATTACH ? AS new", (str(folder / SCHEMA.file),))
    for (table,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        columns = ", ".join(row[1] for row in copy.execute(f"PRAGMA table_info({table})"))
        if table != "alembic_version":
            copy.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}")
    copy.commit()
    copy.close()
