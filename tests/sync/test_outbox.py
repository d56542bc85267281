"""What goes up beside the records: whatever has ended and is not confirmed, once, and without names of people."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from fieldtool.audit.dsse import pae, split
from fieldtool.audit.record import Event
from fieldtool.store.tables import journal, outbox, run
from fieldtool.sync.client import SyncClient
from fieldtool.sync.outbox import EVIDENCE, JOURNAL, MAX_DOCUMENT, Document, Outbox, queue
from fieldtool.update.journal import Journal
from fieldtool.update.run import Mark, Override, Phase, Record
from tests.audit.support import START, Laptop, laptop
from tests.central.support import Central
from tests.fakes import HEAD


@pytest.fixture
def here(tmp_path: Path) -> Laptop:
    made = laptop(tmp_path / "laptop")
    made.log.record(Event("seen"))
    return made


def _run(here: Laptop, name: str, outcome: str | None = "done") -> None:
    """As the journal leaves it."""
    at = "2026-03-01T08:00:00.000Z"
    plan = {"actor": "ada", "overrides": [{"problem": "OLD", "who": "grace", "why": "tested"}], "v": 3}
    detail = {"findings": [{"waiver": {"rule": "clock", "who": "grace", "why": "no server"}}], "v": 3}
    row = {"run": name, "at": at, "component": "main", "phase": "done", "mark": "ok", "detail": json.dumps(detail)}
    with here.store.write() as unit:
        ended = None if outcome is None else at
        head = {"id": name, "serial": "s1", "opened": at, "actor": "ada", "plan": json.dumps(plan)}
        unit.execute(insert(run).values(**head, outcome=outcome, ended=ended))
        unit.execute(insert(journal).values(**row))


def _box(here: Laptop) -> Outbox:
    return Outbox(here.store, here.log)


def test_a_run_is_due_when_it_has_ended_and_until_it_is_confirmed(here: Laptop) -> None:
    box = _box(here)
    _run(here, "r1", outcome=None)
    assert (box.pending(), list(box.next())) == (0, [])
    with here.store.write() as unit:
        unit.execute(update(run).values(outcome="stuck", ended="2026-03-01T09:00:00.000Z"))
    assert box.pending() == 1
    (document,) = box.next()
    assert (document.run, document.payload_type) == ("r1", JOURNAL)
    assert list(box.next()) == [document]  # the very same bytes, however often it is asked
    box.confirmed(document, "note")
    assert (box.pending(), list(box.next())) == (0, [])
    with here.store.read() as connection:
        assert connection.execute(select(outbox.c.envelope, outbox.c.note)).one() == (None, "note")


def test_a_journal_is_signed_with_the_laptop_s_key_and_says_everything_but_names(here: Laptop) -> None:
    _run(here, "r1")
    (document,) = _box(here).next()
    sealed, key = split(JOURNAL, document.envelope), here.log.key()
    assert key is not None
    assert key.public.fits(sealed.signature, pae(JOURNAL, sealed.payload))
    assert b"ada" not in sealed.payload
    assert b"grace" not in sealed.payload
    said = json.loads(sealed.payload)
    assert (said["run"], said["outcome"], said["rows"][0]["phase"]) == ("r1", "done", "done")
    assert said["plan"]["overrides"][0]["why"] == "tested"
    assert said["plan"]["actor"] == said["actor"] == here.log.page(limit=1)[0].actor
    who = said["rows"][0]["detail"]["findings"][0]["waiver"]["who"]
    assert who == said["plan"]["overrides"][0]["who"] != said["actor"]


def test_what_the_engine_writes_down_goes_up_as_it_stands_but_for_names(
    here: Laptop, there: Central, tmp_path: Path
) -> None:
    head = replace(HEAD, actor="ada", overrides=(Override("OLD", "grace", "tested by grace's team"),))
    book = Journal(here.store, here.log)
    book.begin(head, Record(head.run, START, "main", Phase.PREFLIGHT, Mark.ENTERED))
    book.append(head, Record(head.run, START, "main", Phase.REFUSED, Mark.OK))
    there.know(here.log, tmp_path / "key.pem")
    box = _box(here)
    client = SyncClient(here.log, lambda: there.address, outbox=box)
    client.push()
    client.close()
    assert box.pending() == 0
    (envelope,) = there.documents(str(here.log.log_id()))
    said = json.loads(split(JOURNAL, envelope).payload)
    assert (said["run"], said["outcome"]) == (head.run, "refused")
    assert [(row["phase"], row["mark"]) for row in said["rows"]] == [("preflight", "entered"), ("refused", "ok")]
    assert said["plan"]["serial"] == head.serial
    assert said["plan"]["actor"] == said["actor"] != "ada"
    assert said["plan"]["overrides"][0]["who"] not in ("grace", said["actor"])


def test_a_journal_without_end_is_cut_in_its_middle_and_says_so(here: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldtool.sync.outbox.MAX_PAYLOAD", 20_000)
    _run(here, "r1")
    row = {"run": "r1", "component": "main", "phase": "restart", "mark": "lost", "detail": '{"v": 3}'}
    with here.store.write() as unit:
        unit.execute(insert(journal), [{**row, "at": f"t{number:04}"} for number in range(1000)])
    (document,) = _box(here).next()
    said = json.loads(split(JOURNAL, document.envelope).payload)
    times = [row["at"] for row in said["rows"]]
    assert len(times) + said["left_out"] == 1001
    assert (times[1], times[-1]) == ("t0000", "t0999")
    assert len(document.envelope) < 30_000


def test_the_same_bytes_are_one_document_and_the_order_is_kept(here: Laptop) -> None:
    for envelope in (b"b", b"a", b"b"):
        with here.store.write() as unit:
            queue(unit, EVIDENCE, envelope, "r7")
    assert [document.envelope for document in _box(here).next()] == [b"b", b"a"]


def test_evidence_of_a_run_does_not_stand_for_its_journal(here: Laptop) -> None:
    _run(here, "r1")
    with here.store.write() as unit:
        queue(unit, EVIDENCE, b"evidence", "r1")
    assert {document.payload_type for document in _box(here).next()} == {EVIDENCE, JOURNAL}


def test_what_central_would_not_take_is_not_queued(here: Laptop) -> None:
    with pytest.raises(ValueError, match="larger"), here.store.write() as unit:
        queue(unit, EVIDENCE, b"x" * (MAX_DOCUMENT + 1))


def test_two_who_ask_at_once_make_one_journal(here: Laptop) -> None:
    _run(here, "r1")
    one, other = _box(here).next(), _box(here).next()
    first: Document = next(one)
    assert next(other) == first
    _box(here).confirmed(first, "note")
    assert list(one) == list(other) == []
