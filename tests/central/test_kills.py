"""Central killed after each statement that writes: what it acknowledged is there, and the rest comes again."""

import hashlib
import json
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.dsse import seal
from fieldtool.audit.keys import PrivateKey
from fieldtool.audit.record import Event, Record, leaf, peek
from fieldtool.audit.record import seal as seal_record
from fieldtool.audit.tree import Frontier
from fieldtool.central.identity import open_identity, open_store
from fieldtool.central.ledger import Ledger
from fieldtool.central.tables import document, fork, log, log_key, record
from fieldtool.sync.outbox import JOURNAL
from tests.audit.support import Laptop, Ticking
from tests.central.killed import Countdown, play


def material(here: Laptop, folder: Path) -> Path:
    """Pushes that begin a log, go on over a roll-over, and fork it; and a document."""
    for number in range(4):
        here.log.record(Event("seen", charger=f"c{number}"))
    old = here.log.key()
    assert isinstance(old, PrivateKey)
    here.log.roll(PrivateKey.new())
    here.log.record(Event("seen"))
    envelopes = here.log.envelopes(0, 99)
    second = peek(envelopes[1])
    twin = seal_record(Record(second.log, 3, leaf(envelopes[1]).hex(), second.at, "x", "x", Event("seen")), old)
    document = seal(JOURNAL, b'{"run":"r1"}', old)
    (folder / "laptop.pem").write_text(str(here.log.public_key()))
    pushes = [envelopes[:3], envelopes[2:], [twin]]
    found = {
        "key": str(folder / "laptop.pem"),
        "key_id": old.key_id,
        "log": here.log.log_id(),
        "pushes": [[b64encode(envelope).decode() for envelope in push] for push in pushes],
        "document": b64encode(document).decode(),
        "sha256": hashlib.sha256(document).hexdigest(),
    }
    path = folder / "material.json"
    path.write_text(json.dumps(found))
    return path


UrlOf = Callable[[int], str]
Sweep = Callable[[str, range, float], Iterable[int]]


def killed_everywhere(here: Laptop, folder: Path, root: Path, sweep: Sweep, what: str, url_of: UrlOf) -> None:
    """`url_of(place)`: a database of its own for each; "": SQLite in the data folder."""
    path = material(here, folder)
    known = json.loads(path.read_text())

    def run(place: int) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "tests.central.killed", str(folder / f"central-{place}"), url_of(place)]
        return subprocess.run([*command, str(place), str(path)], cwd=root, capture_output=True, text=True, check=False)

    alive = run(0)
    assert alive.returncode == 0, alive.stderr
    for place in sweep(what, range(1, int(alive.stdout) + 1), 0.2):
        done = run(place)
        assert done.returncode == -signal.SIGKILL, done.stderr
        _begun_or_not_at_all(here, folder / f"central-{place}", known)
        play(folder / f"central-{place}", "", known, Countdown(0))
        _all_there(here, folder / f"central-{place}", known)


def _begun_or_not_at_all(here: Laptop, data: Path, known: dict[str, str]) -> None:
    """After the kill: the head of the log is that of its records, and those are the laptop's first ones."""
    store = open_store(data)
    with store.read() as connection:
        row = connection.execute(select(log).where(log.c.id == known["log"])).first()
        leaves = connection.execute(select(record.c.leaf).order_by(record.c.seq)).scalars().all()
        later = connection.execute(select(log_key.c.since)).scalars().all()
    store.close()
    assert len(leaves) == (0 if row is None else row.size)
    frontier = Frontier()
    for found in leaves:
        frontier.add(found)
    assert frontier.root() == here.log.root(len(leaves))
    assert later == ([7] if len(leaves) > 5 else [])


def _all_there(here: Laptop, data: Path, known: dict[str, str]) -> None:
    store = open_store(data)
    ledger = Ledger(store, open_identity(store), Ticking())
    said = Checkpoint.read(ledger.checkpoint(known["log"]))
    assert (said.size, said.root) == (here.log.size(), here.log.root())
    assert [one.seq for one in ledger.forks(known["log"])] == [3]
    with store.read() as connection:
        counts = [connection.execute(select(func.count()).select_from(table)).scalar() for table in (document, fork)]
        kept = connection.execute(select(record.c.envelope).order_by(record.c.seq)).scalars().all()
    assert counts == [1, 1]
    assert kept == here.log.envelopes(0, 99)
    store.close()


@pytest.mark.sweep
@pytest.mark.timeout(300)
def test_central_killed_after_each_statement_that_writes_loses_nothing_and_doubles_nothing(
    here: Laptop, tmp_path: Path, repository_root: Path, expect_log: Callable[[str], None], sweep_cases: Sweep
) -> None:
    expect_log("after record")
    what = "central killed after a statement, SQLite"
    killed_everywhere(here, tmp_path, repository_root, sweep_cases, what, lambda _place: "")
