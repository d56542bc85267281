"""Records go to central and the receipt comes back on a stick: nothing lost, nothing twice, nobody believed."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from fieldtool.app.audit_watch import AuditWatch
from fieldtool.app.audits import Audits, ExportedLog, ReceivedNote
from fieldtool.audit.actor import Actor
from fieldtool.audit.carried import ANSWER, MAX_ANSWER, CarriedAnswer, Heading
from fieldtool.audit.checkpoint import Checkpoint, fingerprint
from fieldtool.audit.record import Event, leaf
from fieldtool.central import usb
from fieldtool.central.certificates import open_authority
from fieldtool.central.database import Database
from fieldtool.central.enrolment import Enrolments
from fieldtool.central.identity import Identity, open_identity, open_store
from fieldtool.central.ledger import Ledger
from fieldtool.central.standing import admitted
from fieldtool.core.errors import AuditError, RefusedError, SyncError, Trouble, UsageError
from fieldtool.core.texts import Text
from fieldtool.store.tables import journal, run
from fieldtool.sync.outbox import Outbox
from fieldtool.trusted_time import Confidence
from tests.audit.support import Laptop, Ticking, laptop

LATER = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass
class Site:
    """A laptop, a central system that knows it, and a stick between them."""

    here: Laptop
    audits: Audits
    store: Database
    identity: Identity
    ledger: Ledger
    stick: Path

    def fill(self, count: int) -> None:
        with self.here.store.write() as unit:
            for number in range(count):
                self.here.log.append(unit, Event("seen", charger=f"c{number}"))

    def export(self, pending_only: bool = False) -> ExportedLog:
        steps = self.audits.export(self.stick / "log", pending_only=pending_only, force=True)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                assert isinstance(end.value, ExportedLog)
                return end.value

    def ingest(self) -> Trouble | None:
        with (self.stick / "log").open("rb") as file:
            done = usb.Stick(self.store, self.identity, Ticking()).ingest(file)
        (self.stick / "answer").write_bytes(done.carried(self.identity).line())
        return done.problem

    def receive(self) -> ReceivedNote:
        return self.audits.receive(self.stick / "answer")

    def answer(self, note: str, key: Ed25519PrivateKey | None = None) -> None:
        """Lay an answer on the stick."""
        signer = self.identity.key if key is None else key
        (self.stick / "answer").write_bytes(CarriedAnswer(note, signer.public_key()).line())

    def note(
        self, size: int, root: bytes, log: str | None = None, key: Ed25519PrivateKey | None = None, kind: str = "audit"
    ) -> str:
        origin = f"{self.identity.name}/{kind}/{log or self.here.log.log_id()}"
        return Checkpoint(origin, size, root, LATER).signed(self.identity.key if key is None else key)

    def lines(self) -> list[bytes]:
        return (self.stick / "log").read_bytes().splitlines(keepends=True)


@pytest.fixture
def site(here: Laptop, tmp_path: Path) -> "Site":
    store = open_store(tmp_path / "central")
    identity = open_identity(store)
    ledger = Ledger(store, identity, Ticking())
    here.log.record(Event("seen"))
    (tmp_path / "key.pem").write_text(here.log.public_key() or "")
    ledger.add_laptop(tmp_path / "key.pem", "a laptop")
    (tmp_path / "stick").mkdir()
    audits = Audits(
        here.store,
        here.log,
        AuditWatch(here.store, here.log, Ticking()),
        Actor(here.keystore, "ada"),
        here.time,
        Outbox(here.store, here.log),
        lambda: identity.fingerprint,
    )
    return Site(here, audits, store, identity, ledger, tmp_path / "stick")


# ---- the good way ---------------------------------------------------------------------------------------------------


def test_records_go_and_the_receipt_comes_back(site: Site) -> None:
    site.fill(2500)
    done = site.export()
    assert (done.after, done.records) == (0, 2502)
    assert site.lines()[1:] == [envelope + b"\n" for envelope in site.here.log.envelopes(0, 9999)]
    assert site.ingest() is None
    assert site.receive() == ReceivedNote(2502, 2502, 0)
    receipt = site.here.log.newest_receipt()
    assert receipt is not None
    Checkpoint.opened(receipt.note, site.identity.key.public_key())
    assert site.here.log.verify().ok


def test_later_only_what_is_pending_travels(site: Site) -> None:
    site.export()
    site.ingest()
    site.receive()
    site.fill(3)
    assert site.export(pending_only=True).records == 3
    assert len(site.lines()) == 4
    assert site.ingest() is None
    assert site.receive() == ReceivedNote(5, 3, 0)
    assert site.export(pending_only=True).records == 0
    assert site.ingest() is None
    assert site.receive() == ReceivedNote(5, 0, 0)


def test_the_same_stick_twice_and_an_older_one_after_a_newer_change_nothing(site: Site) -> None:
    site.export()
    older = (site.stick / "log").read_bytes()
    site.fill(3)
    site.export()
    assert site.ingest() is None
    assert site.ingest() is None
    (site.stick / "log").write_bytes(older)
    assert site.ingest() is None
    assert site.receive() == ReceivedNote(5, 5, 0)


def test_records_that_went_both_ways_are_kept_once(site: Site) -> None:
    site.fill(5)
    site.export()
    site.ingest()
    site.here.log.keep_receipt(3, site.note(3, site.here.log.root(3)), LATER)  # the network was quicker in part
    assert site.receive() == ReceivedNote(7, 4, 0)


def test_a_receipt_on_a_stick_shows_how_late_it_is_at_least_and_proves_no_clock(site: Site) -> None:
    site.export()
    site.answer(site.note(2, site.here.log.root(2)))
    before = site.here.time.reading()
    assert before.at < LATER
    site.receive()
    after = site.here.time.reading()
    assert after.at >= LATER
    assert after.confidence is Confidence.BEHIND  # the clock shows less than was signed
    assert before.confidence is not Confidence.PROVEN


def test_a_receipt_on_a_stick_that_looks_fresh_proves_no_clock_either(site: Site) -> None:
    at = site.here.time.reading().at
    origin = f"{site.identity.name}/audit/{site.here.log.log_id()}"
    site.answer(Checkpoint(origin, 2, site.here.log.root(2), at).signed(site.identity.key))
    site.receive()
    assert site.here.time.reading().confidence is Confidence.PLAUSIBLE


# ---- answers that do not hold ---------------------------------------------------------------------------------------

OTHER = Ed25519PrivateKey.generate()


def _tampered(site: Site) -> None:
    note = site.note(2, site.here.log.root(2))
    site.answer(note.replace("\n2\n", "\n3\n"))


FIELDS = {ANSWER: 1, "note": "", "key": b64encode(bytes(32)).decode(), "code": "", "what": "", "documents": {}}
STRANGE = FIELDS | {"documents": {"a": 1}}
LIES: dict[str, tuple[Callable[[Site], None], Text]] = {
    "another key": (
        lambda site: site.answer(site.note(2, site.here.log.root(2), key=OTHER), OTHER),
        Text.RECEIPT_FORGED,
    ),
    "signed with another key than it names": (
        lambda site: site.answer(site.note(2, site.here.log.root(2), key=OTHER)),
        Text.RECEIPT_FORGED,
    ),
    "an altered note": (_tampered, Text.RECEIPT_FORGED),
    "no note": (lambda site: site.answer("hello\n"), Text.RECEIPT_BAD),
    "another log": (lambda site: site.answer(site.note(2, site.here.log.root(2), "f" * 32)), Text.RECEIPT_OTHER_LOG),
    "another root": (lambda site: site.answer(site.note(2, bytes(32))), Text.CENTRAL_OTHER_ROOT),
    "more than there is": (lambda site: site.answer(site.note(99, bytes(32))), Text.CENTRAL_HAS_MORE),
    "less than before": (lambda site: site.answer(site.note(0, site.here.log.root(0))), Text.CENTRAL_FORGOT),
    "no JSON": (lambda site: _write(site, b"\xff\x00"), Text.ANSWER_BAD),
    "too long": (lambda site: _write(site, b" " * (MAX_ANSWER + 1)), Text.ANSWER_BAD),
    "a strange document": (lambda site: _write(site, json.dumps(STRANGE).encode()), Text.ANSWER_BAD),
    "a strange field": (lambda site: _write(site, json.dumps(FIELDS | {"x": 1}).encode()), Text.ANSWER_BAD),
    "no key": (lambda site: _write(site, json.dumps(FIELDS | {"key": "AA"}).encode()), Text.ANSWER_BAD),
    "another version": (lambda site: _write(site, json.dumps(FIELDS | {ANSWER: 2}).encode()), Text.ANSWER_BAD),
}


def _write(site: Site, content: bytes) -> None:
    (site.stick / "answer").write_bytes(content)


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_does_not_hold_is_refused_in_words_and_all_stays_pending(site: Site, lie: str) -> None:
    site.fill(3)
    site.here.log.keep_receipt(1, site.note(1, site.here.log.root(1)), LATER)
    before = site.here.time.reading().at
    tell, expected = LIES[lie]
    tell(site)
    with pytest.raises(SyncError) as refused:
        site.receive()
    assert refused.value.text is expected
    assert site.here.log.pending() == 4
    assert site.here.time.reading().at < before + timedelta(minutes=1)  # nor is its time believed


def test_without_a_confirmed_key_no_answer_counts_and_the_key_is_shown(site: Site) -> None:
    site.answer(site.note(2, site.here.log.root(2)))
    here = site.here
    watch = AuditWatch(here.store, here.log, Ticking())
    box = Outbox(here.store, here.log)
    nobody = Audits(here.store, here.log, watch, Actor(here.keystore, "ada"), here.time, box, lambda: "")
    with pytest.raises(SyncError) as refused:
        nobody.receive(site.stick / "answer")
    assert refused.value.text is Text.RECEIPT_KEY_NOT_SET
    assert site.identity.fingerprint in refused.value.what
    assert fingerprint(site.identity.key.public_key()) == site.identity.fingerprint
    assert site.here.log.pending() == 2


def test_an_answer_that_is_not_there_is_said(site: Site) -> None:
    with pytest.raises(UsageError) as refused:
        site.receive()
    assert refused.value.text is Text.FILE_UNREADABLE


# ---- exports that do not hold ---------------------------------------------------------------------------------------


def test_a_stick_that_was_pulled_out_confirms_what_is_whole_and_the_rest_stays_pending(site: Site) -> None:
    site.fill(6)
    site.export()
    lines = site.lines()
    (site.stick / "log").write_bytes(b"".join(lines[:5]) + lines[5][:100])
    problem = site.ingest()
    assert problem is not None
    assert problem.text is Text.EXPORT_CUT
    got = site.receive()
    assert (got.confirmed, got.pending) == (4, 4)
    assert got.problem is not None
    assert "cut off" in got.problem.what
    site.export(pending_only=True)
    assert site.ingest() is None
    assert site.receive() == ReceivedNote(8, 4, 0)


def _flipped(line: bytes) -> bytes:
    return line.replace(b'"sig":"M', b'"sig":"N')


@pytest.mark.parametrize(
    ("change", "expected", "held"),
    [
        (lambda lines: lines[:4] + lines[5:], Text.EXPORT_SHORT, 3),
        (lambda lines: lines[:-2], Text.EXPORT_SHORT, 6),
        (
            lambda lines: [*lines[:4], lines[4].replace(b'"sig":"M', b'"sig":"N'), *lines[5:]],
            Text.AUDIT_SIGNATURE_BAD,
            3,
        ),
        (lambda lines: [*lines[:4], b"{}\n", *lines[5:]], Text.AUDIT_RECORD_BAD, 3),
        (lambda lines: [lines[0], *reversed(lines[1:])], None, 8),
        (lambda lines: [*lines, *lines[1:]], None, 8),
    ],
    ids=["one missing", "end missing", "signature altered", "garbage", "other order", "doubled"],
)
def test_an_export_that_was_changed_confirms_no_more_than_holds(
    site: Site,
    change: Callable[[list[bytes]], list[bytes]],
    expected: Text | None,
    held: int,
    expect_log: Callable[[str], None],
) -> None:
    expect_log("after record 3")
    site.fill(6)
    site.export()
    (site.stick / "log").write_bytes(b"".join(change(site.lines())))
    problem = site.ingest()
    got = site.receive()
    assert (got.confirmed, got.pending) == (held, 8 - held)
    if expected is None:
        assert problem is None
    else:
        assert problem is not None
        assert problem.text is expected
        assert got.problem is not None


def test_a_file_that_begins_after_what_central_holds_is_a_gap_and_says_what_to_do(site: Site) -> None:
    site.here.log.keep_receipt(1, site.note(1, site.here.log.root(1)), LATER)  # another central confirmed that
    site.fill(2)
    site.export(pending_only=True)
    problem = site.ingest()
    assert problem is not None
    assert problem.text is Text.EXPORT_GAP
    assert "without --pending" in problem.remedy
    with pytest.raises(SyncError) as refused:
        site.receive()
    assert refused.value.text is Text.CENTRAL_FORGOT


def test_a_fork_is_told_on_the_way_back(site: Site, expect_log: Callable[[str], None]) -> None:
    expect_log("after record 4")
    from fieldtool.audit.record import Record, peek, seal

    site.fill(2)
    site.export()
    site.ingest()
    lines = site.lines()
    own, key = peek(lines[3].rstrip()), site.here.log.key()
    assert key is not None
    other = Record(own.log, own.seq, own.prev, own.at, own.clock, own.actor, Event("something-else"))
    forged = seal(other, key)
    assert leaf(forged) != leaf(lines[3].rstrip())
    (site.stick / "log").write_bytes(b"".join([*lines[:3], forged + b"\n"]))
    problem = site.ingest()
    assert problem is not None
    assert problem.text is Text.LOG_FORKED
    got = site.receive()
    assert got.problem is not None
    assert got.problem.text is Text.CENTRAL_FORKED


def test_an_unknown_laptop_gets_no_answer(site: Site, tmp_path: Path) -> None:
    site.export()
    stranger = open_store(tmp_path / "elsewhere")
    there = usb.Stick(stranger, open_identity(stranger), Ticking())
    with (site.stick / "log").open("rb") as file, pytest.raises(RefusedError) as refused:
        there.ingest(file)
    assert refused.value.text is Text.LAPTOP_UNKNOWN
    stranger.close()


@given(st.binary(max_size=300))
def test_what_is_no_heading_or_answer_is_refused_in_words(garbage: bytes) -> None:
    with pytest.raises(AuditError):
        Heading.read(garbage)
    with pytest.raises(SyncError):
        CarriedAnswer.read(garbage, "x")


def test_an_export_that_was_broken_off_leaves_no_file_and_one_that_is_there_is_left_alone(site: Site) -> None:
    site.fill(1500)
    steps = site.audits.export(site.stick / "log")
    next(steps)
    steps.close()
    assert list(site.stick.iterdir()) == []
    (site.stick / "log").write_text("mine")
    with pytest.raises(UsageError) as refused:
        next(site.audits.export(site.stick / "log"))
    assert refused.value.text is Text.BUNDLE_EXISTS
    assert (site.stick / "log").read_text() == "mine"


# ---- documents ------------------------------------------------------------------------------------------------------


def _ended_run(site: Site, name: str, who: str = "ada") -> None:
    at = "2026-03-01T08:00:00.000Z"
    plan = json.dumps({"actor": who, "approvals": [{"actor": "Grace Hopper"}]})
    row = {"run": name, "at": at, "component": "main", "phase": "done", "mark": "ok", "detail": "{}"}
    with site.here.store.write() as unit:
        head = {"id": name, "serial": "s1", "opened": at, "actor": who, "plan": plan}
        unit.execute(insert(run).values(**head, outcome="done", ended=at))
        unit.execute(insert(journal).values(**row))


def test_journals_travel_with_the_records_and_are_confirmed_one_by_one(site: Site) -> None:
    for number in range(3):
        _ended_run(site, f"run-{number}")
    box = Outbox(site.here.store, site.here.log)
    assert site.export().documents == 3
    assert site.ingest() is None
    assert (site.receive().documents, box.pending()) == (3, 0)
    assert site.export().documents == 0


def test_a_journal_that_was_altered_on_the_way_stays_pending_and_the_others_do_not(site: Site) -> None:
    for number in range(3):
        _ended_run(site, f"run-{number}")
    site.export()
    lines = site.lines()
    (site.stick / "log").write_bytes(b"".join([*lines[:-2], _flipped(lines[-2]), lines[-1]]))
    problem = site.ingest()
    assert problem is not None
    assert problem.text is Text.DOCUMENT_FORGED
    got = site.receive()
    assert (got.confirmed, got.documents) == (2, 2)
    assert got.problem is not None
    assert Outbox(site.here.store, site.here.log).pending() == 1


def test_a_note_for_another_journal_confirms_none(site: Site) -> None:
    _ended_run(site, "run-1")
    (waiting,) = Outbox(site.here.store, site.here.log).next()
    notes = (
        site.note(1, leaf(b"something else"), kind="document"),
        site.note(2, leaf(waiting.envelope), kind="document"),
        site.note(1, leaf(waiting.envelope), "f" * 32, kind="document"),
        site.note(1, leaf(waiting.envelope)),
        site.note(1, leaf(waiting.envelope), kind="document", key=OTHER),
    )
    own = site.note(2, site.here.log.root(2))
    for note in notes:
        answer = CarriedAnswer(own, site.identity.key.public_key(), documents={waiting.sha256: note})
        _write(site, answer.line())
        got = site.receive()
        assert (got.confirmed, got.documents) == (2, 0)
        assert got.problem is not None
        assert Outbox(site.here.store, site.here.log).pending() == 1


def test_records_travel_also_where_the_key_that_signs_journals_is_not_at_hand(site: Site) -> None:
    _ended_run(site, "run-1")
    site.here.keystore.secrets.pop("audit-key")
    again = laptop(site.here.store.folder, site.here.keystore)
    box = Outbox(again.store, again.log)
    watch = AuditWatch(again.store, again.log, Ticking())
    audits = Audits(again.store, again.log, watch, Actor(again.keystore, "ada"), again.time, box, lambda: "")
    site.audits = audits
    done = site.export()
    assert (done.records, done.documents) == (2, 0)
    again.store.close()


# ---- people ----------------------------------------------------------------------------------------------------------


def _payloads(envelopes: list[bytes]) -> bytes:
    return b"".join(b64decode(json.loads(envelope)["payload"]) for envelope in envelopes)


def test_a_name_is_forgotten_and_the_records_stay_valid(site: Site) -> None:
    with site.here.store.write() as unit:
        pseudonym = site.here.log.pseudonym(unit, "Grace Hopper")
        site.here.log.append(unit, Event("approval-given", seen={"second person 1": pseudonym}))
    assert pseudonym in site.audits.who()
    assert site.audits.forget("Grace Hopper") == (pseudonym,)
    assert set(site.audits.who().values()) == {"ada"}
    newest = site.here.log.page(limit=1)[0].event
    assert (newest.event, dict(newest.seen)) == ("name-forgotten", {"person 1": pseudonym})
    assert b"Hopper" not in _payloads(site.here.log.envelopes(0, 99))
    assert site.here.log.verify().ok
    _ended_run(site, "run-1")
    assert site.export().documents == 1  # a journal in which she approved, packed without her name …
    assert b"approvals" in _payloads(site.lines()[1:])
    assert b"Hopper" not in _payloads(site.lines()[1:])
    assert set(site.audits.who().values()) == {"ada"}  # … and without remembering it anew
    with pytest.raises(UsageError) as unknown:
        site.audits.forget("Grace Hopper")
    assert unknown.value.text is Text.ACTOR_UNKNOWN


def test_who_works_here_now_is_not_forgotten_since_the_next_record_would_name_him_again(site: Site) -> None:
    with pytest.raises(UsageError) as refused:
        site.audits.forget("ada")
    assert refused.value.text is Text.ACTOR_HERE
    assert set(site.audits.who().values()) == {"ada"}


# ---- a laptop that was shut out -------------------------------------------------------------------------------------


def test_records_of_a_laptop_that_was_shut_out_are_kept_apart_on_a_stick_too(site: Site) -> None:
    site.export()
    site.ingest()
    clock = Ticking()
    authority = open_authority(site.store, site.identity, clock)
    Enrolments(site.store, authority, clock).revoke("a laptop", "grace", "left in a train")
    site.fill(3)
    site.export()
    for _ in range(2):  # a stick that comes twice adds no evidence
        with pytest.raises(RefusedError) as refused:
            site.ingest()
        assert refused.value.text is Text.LAPTOP_REVOKED
    (stands,) = admitted(site.store).values()
    assert stands.apart == site.here.log.size()
    assert site.ledger.checkpoint(str(site.here.log.log_id())).split("\n")[1] == "2"
