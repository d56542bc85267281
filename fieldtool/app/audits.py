"""The audit log as people use it: find records, carry them to the central system by hand, forget a name."""

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from fieldtool.app.audit_watch import AuditWatch
from fieldtool.audit.actor import Actor, erase, known_names
from fieldtool.audit.carried import MAX_ANSWER, CarriedAnswer, Heading
from fieldtool.audit.checkpoint import Checkpoint, fingerprint
from fieldtool.audit.listing import Wanted, check_signature, count_events, find, read
from fieldtool.audit.log import AuditLog
from fieldtool.audit.position import newest_receipt
from fieldtool.audit.receipts import confirms, is_about, keep, opened, said
from fieldtool.audit.record import Event, Record
from fieldtool.audit.watch import Standing
from fieldtool.core.driver import Progress
from fieldtool.core.errors import AuditError, FieldtoolError, SyncError, Trouble, UsageError
from fieldtool.core.texts import Text
from fieldtool.store.database import Store
from fieldtool.sync.outbox import Outbox
from fieldtool.trusted_time import TrustedTime

PAGE = 1000  # records written at a time


@dataclass(frozen=True, slots=True)
class ExportedLog:
    """Records `after` + 1 to `size` stand in the file. `problem`: why documents that wait are not in it."""

    file: Path
    after: int
    size: int
    documents: int = 0
    problem: Trouble | None = None

    @property
    def records(self) -> int:
        return self.size - self.after


@dataclass(frozen=True, slots=True)
class ReceivedNote:
    """What an answer that came on a stick confirmed. `problem`: why central took no more, by its own account."""

    confirmed: int
    anew: int
    pending: int
    documents: int = 0  # that were confirmed
    problem: Trouble | None = None


class Kind(StrEnum):
    """The questions that most people have."""

    ALL, PENDING, FAILED, DECIDED = "all", "pending", "failed", "decided"


FAILED = (
    "approval-refused", "log-alarm", "recovery-refused", "recovery-stale", "run-failed", "run-waiting",
    "update-refused",
)  # fmt: skip
DECIDED = (
    "approval-given", "approval-refused", "central-accepted", "director-accepted", "enrol-asked", "key-rolled",
    "name-forgotten", "pin-set", "root-accepted", "run-answered", "run-stopped", "site-imported", "site-ordered",
)  # fmt: skip


def events_of(kind: Kind) -> tuple[str, ...]:
    """Empty: any."""
    return {Kind.FAILED: FAILED, Kind.DECIDED: DECIDED}.get(kind, ())


@dataclass(frozen=True, slots=True)
class AuditView:
    """How the log is. `standing` is what the last look found, `checked` when all records were looked at last."""

    log: str = ""  # its id; "" before the first record
    size: int = 0
    receipt: Checkpoint | None = None  # newest one of central
    standing: Standing = Standing()
    checked: datetime | None = None
    kinds: Mapping[Kind, int] = field(default_factory=dict)  # how many records each has
    people: Mapping[str, str] = field(default_factory=dict)  # pseudonym -> name, as far as it was not forgotten

    @property
    def confirmed(self) -> int:
        return 0 if self.receipt is None else self.receipt.size


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A record in the list. `who` is "" where the name was forgotten."""

    record: Record
    leaf: bytes
    who: str


class Audits:
    """Thread-safe. `confirmed_key` tells the fingerprint of central's key that a person typed, "" for none."""

    def __init__(
        self,
        store: Store,
        log: AuditLog,
        watch: AuditWatch,
        actor: Actor,
        time: TrustedTime,
        outbox: Outbox,
        confirmed_key: Callable[[], str],
    ) -> None:
        self._store = store
        self._watch = watch
        self._log = log
        self._actor = actor
        self._time = time
        self._outbox = outbox
        self._confirmed_key = confirmed_key

    # -- find

    def view(self) -> AuditView:
        with self._store.read() as connection:
            receipt = newest_receipt(connection)
            events = count_events(connection)
        size = sum(events.values())
        kinds = {kind: sum(events.get(event, 0) for event in events_of(kind)) for kind in Kind}
        kinds |= {Kind.ALL: size, Kind.PENDING: max(0, size - (0 if receipt is None else receipt.size))}
        standing, checked = self._watch.standing(), self._watch.checked
        return AuditView(self._log.log_id() or "", size, receipt, standing, checked, kinds, self.who())

    def check(self) -> AuditView:
        """(slow) Look at every record now."""
        if not self._log.is_untouched():  # else the keystore need not be asked
            self._watch.look()
        return self.view()

    def signed(self, number: int) -> Trouble | None:
        """What is wrong with this record's signature."""
        try:
            with self._store.read() as connection:
                check_signature(connection, number)
        except AuditError as error:
            return error.trouble()
        return None

    def find(self, wanted: Wanted) -> Sequence[int]:
        """Numbers of the records that fit, newest first."""
        with self._store.read() as connection:
            return find(connection, wanted)

    def rows(self, numbers: Sequence[int]) -> tuple[AuditRow, ...]:
        """These records, at most listing.MOST, as the list shows them; their signatures are not looked at."""
        with self._store.read() as connection:
            listed = read(connection, numbers)
        known = self.who()
        return tuple(AuditRow(one.record, one.leaf, known.get(one.record.actor, "")) for one in listed)

    def who(self) -> Mapping[str, str]:
        """Pseudonym -> name, as far as it was not forgotten."""
        return known_names(self._store)

    # -- by hand to central and back

    def export(
        self, file: Path, *, pending_only: bool = False, force: bool = False
    ) -> Generator[Progress, None, ExportedLog]:
        """Write the log, or what has no receipt yet, for central or an auditor; `force`: also over a file that is
        there. Whole or not at all. UsageError(BUNDLE_EXISTS, FILE_UNWRITABLE); closed: no file.
        """
        receipt = self._log.newest_receipt() if pending_only else None
        log, key, size = self._log.log_id(), self._log.first_key(), self._log.size()
        if log is None or key is None:
            raise UsageError(Text.LOG_EMPTY)
        if not force and file.exists():
            raise UsageError(Text.BUNDLE_EXISTS, file=str(file))
        heading = Heading(log, key.key_id, 0 if receipt is None else receipt.size, size, self._log.root(size))
        part = file.with_name(file.name + ".part")
        try:
            part.unlink(missing_ok=True)  # never through a link that lies on the stick
            with part.open("xb") as out:
                yield from self._write(out, heading)
                documents, problem = yield from self._write_documents(out)
                out.flush()
                os.fsync(out.fileno())
            part.replace(file)
        except OSError as error:
            raise UsageError(Text.FILE_UNWRITABLE, file=str(file), detail=error.strerror or str(error)) from error
        finally:
            part.unlink(missing_ok=True)
        return ExportedLog(file, heading.after, heading.size, documents, problem)

    def _write(self, out: BinaryIO, heading: Heading) -> Generator[Progress, None, None]:
        out.write(heading.line())
        last, total = heading.after, heading.size - heading.after
        while last < heading.size:
            envelopes = self._log.envelopes(last, min(PAGE, heading.size - last))
            if not envelopes:
                break  # records were removed meanwhile: central sees that lines are missing
            out.writelines(envelope + b"\n" for envelope in envelopes)
            last += len(envelopes)
            yield Progress(last - heading.after, total)

    def _write_documents(self, out: BinaryIO) -> Generator[Progress, None, tuple[int, Trouble | None]]:
        """Journals and evidence that wait. Records travel also where the key that signs journals is not at hand."""
        written = 0
        try:
            for document in self._outbox.next():
                out.write(document.envelope + b"\n")
                written += 1
                yield Progress(written, 0)
        except FieldtoolError as error:
            return written, error.trouble()
        return written, None

    def receive(self, file: Path) -> ReceivedNote:
        """Take over the receipt in central's answer, under the rules of the network; else all stays pending.

        UsageError(FILE_UNREADABLE), SyncError: ANSWER_BAD, RECEIPT_... or CENTRAL_... .
        """
        try:
            with file.open("rb") as content:
                answer = CarriedAnswer.read(content.read(MAX_ANSWER + 1), file.name)
        except OSError as error:
            raise UsageError(Text.FILE_UNREADABLE, file=file.name, detail=error.strerror or str(error)) from error
        self._check_key(answer)
        checkpoint = opened(answer.note, answer.key)
        if not is_about(checkpoint, self._log):
            raise SyncError(Text.RECEIPT_OTHER_LOG)
        receipt = self._log.newest_receipt()
        before = 0 if receipt is None else receipt.size
        keep(self._log, checkpoint, answer.note, before, answer.key)
        self._time.witnessed(checkpoint.received)  # it may be old: it shows how late it is at least, and no more
        documents, problem = self._receive_documents(answer)
        anew = checkpoint.size - before
        return ReceivedNote(checkpoint.size, anew, self._log.pending(), documents, _refusal(answer) or problem)

    def _receive_documents(self, answer: CarriedAnswer) -> tuple[int, Trouble | None]:
        """Each by its own note, which must confirm the very bytes that wait here."""
        confirmed = 0
        try:
            for document in self._outbox.next():
                note = answer.documents.get(document.sha256)
                if note is None:
                    continue
                checkpoint = opened(note, answer.key)
                if not is_about(checkpoint, self._log, "document") or not confirms(checkpoint, document.envelope):
                    raise SyncError(Text.CENTRAL_OTHER_DOCUMENT)
                self._outbox.confirmed(document, note)
                confirmed += 1
        except FieldtoolError as error:
            return confirmed, error.trouble()
        return confirmed, None

    def _check_key(self, answer: CarriedAnswer) -> None:
        expected, found = self._confirmed_key().strip(), fingerprint(answer.key)
        if not expected:
            raise SyncError(Text.RECEIPT_KEY_NOT_SET, found=found)
        if expected != found:
            raise SyncError(Text.RECEIPT_FORGED)

    # -- people

    def forget(self, name: str) -> tuple[str, ...]:
        """Erase this name beside the records; they stay valid and keep the pseudonyms, which are returned. Audited.

        UsageError: ACTOR_UNKNOWN; ACTOR_HERE, whose next record would bring the name back.
        """
        if name == self._actor.name:
            raise UsageError(Text.ACTOR_HERE, name=name)
        self._log.ready()
        with self._store.write() as unit:
            found = erase(unit, name)
            if not found:
                raise UsageError(Text.ACTOR_UNKNOWN, name=name)
            seen = {f"person {number}": pseudonym for number, pseudonym in enumerate(found, start=1)}
            self._log.append(unit, Event("name-forgotten", seen=seen))
        return found


def _refusal(answer: CarriedAnswer) -> Trouble | None:
    """What central says beside the note is not signed: shown, and nothing follows from it."""
    if answer.code == Text.LOG_FORKED.name:
        return SyncError(Text.CENTRAL_FORKED).trouble()
    if answer.code:
        return SyncError(Text.CENTRAL_REFUSES, detail=said(answer.what)).trouble()
    return None
