"""What came on a stick: worked in as if it had been pushed, and the answer that goes back the same way."""

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from fieldtool.audit.carried import MAX_LINE, CarriedAnswer, Heading, lines
from fieldtool.central.alarms import take
from fieldtool.central.archive import TYPES, Archive
from fieldtool.central.database import Database
from fieldtool.central.identity import Identity, open_identity, open_store
from fieldtool.central.ledger import Answer, Ledger, Push
from fieldtool.central.standing import keep_apart, refusal, shut_out
from fieldtool.core.clock import Clock, SystemClock
from fieldtool.core.errors import AuditError, ExitCode, RefusedError, Trouble, UsageError
from fieldtool.core.texts import Text
from fieldtool.store.files import replace_file

BATCH = 1000  # records worked in at a time, and at most so many bytes
BATCH_BYTES = 4 * 1024 * 1024
_TAIL = 1000  # bytes at the end of an envelope in which its type stands
_DOCUMENTS = tuple(f'"payloadType":"{name}"'.encode() for name in TYPES)


@dataclass(slots=True)
class Ingested:
    """What central holds now, by its newest note; `problem`: why that is no more than it is."""

    answer: Answer
    problem: Trouble | None = None
    documents: dict[str, str] = field(default_factory=dict)  # SHA-256 -> note

    def carried(self, identity: Identity) -> CarriedAnswer:
        public = identity.key.public_key()
        code, what = ("", "") if self.problem is None else (self.problem.text.name, self.problem.what)
        return CarriedAnswer(self.answer.note, public, code, what, self.documents)


class Stick:
    """Takes exports. Safe to repeat, and to kill at any point."""

    def __init__(self, store: Database, identity: Identity, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._ledger = Ledger(store, identity, clock)
        self._archive = Archive(store, identity, clock, self._ledger.keys_of)

    def ingest(self, file: BinaryIO) -> Ingested:
        """Work an export in, batch by batch; what holds before the first record that does not hold is kept.

        AuditError(EXPORT_BAD); RefusedError as Ledger.ingest: nothing can be answered.
        """
        heading = Heading.read(file.readline(MAX_LINE))
        if (shut := shut_out(self._store, heading.log, heading.key)) is not None:
            self._keep_apart(heading, file, shut[0])
            raise refusal(shut[1])
        done = Ingested(self._push(heading, []))
        batch: list[bytes] = []
        size = 0
        try:
            for line in lines(file):
                if any(name in line[-_TAIL:] for name in _DOCUMENTS):
                    self._take(heading, batch, done)
                    self._keep(heading, line, done)
                    continue
                if batch and (len(batch) == BATCH or size + len(line) > BATCH_BYTES):
                    self._take(heading, batch, done)
                    size = 0
                batch.append(line)
                size += len(line)
        except AuditError as error:
            done.problem = done.problem or error.trouble()
        self._take(heading, batch, done)
        done.problem = done.problem or _missing(heading, done.answer.size)
        return done

    def _keep_apart(self, heading: Heading, file: BinaryIO, laptop: str) -> None:
        """What a laptop brings that was shut out is evidence, and no part of its log. As much as there is room for."""
        records = (line for line in lines(file) if not any(name in line[-_TAIL:] for name in _DOCUMENTS))
        while batch := list(islice(records, BATCH)):
            keep_apart(self._store, self._clock, laptop, heading.log, batch)

    def _take(self, heading: Heading, batch: list[bytes], done: Ingested) -> None:
        """After a record that does not hold nothing more of the log is taken."""
        if batch and (done.problem is None or done.answer.problem is None):
            done.answer = self._push(heading, batch)
            done.problem = done.problem or done.answer.problem
        batch.clear()

    def _push(self, heading: Heading, batch: list[bytes]) -> Answer:
        push = Push(heading.log, heading.key, tuple(batch), size=heading.size, root=heading.root)
        return take(self._store, self._ledger, self._clock, push)

    def _keep(self, heading: Heading, envelope: bytes, done: Ingested) -> None:
        """One document that is not wanted holds up no other."""
        sha256 = hashlib.sha256(envelope).hexdigest()
        try:
            done.documents[sha256] = self._archive.keep(heading.log, sha256, envelope)
        except RefusedError as error:
            done.problem = done.problem or error.trouble()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="what `fieldtool audit export FILE` wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="ANSWER", help="for `fieldtool audit receive`")


def run(args: argparse.Namespace) -> int:
    """FieldtoolError when nothing can be answered. An answer that confirms less than was sent is written, and told."""
    store = open_store(args.data)
    try:
        identity = open_identity(store)
        try:
            with args.file.open("rb") as file:
                done = Stick(store, identity, SystemClock()).ingest(file)
        except OSError as error:
            raise UsageError(Text.FILE_UNREADABLE, file=args.file.name, detail=_words(error)) from error
        try:
            replace_file(args.out, done.carried(identity).line())
        except OSError as error:
            raise UsageError(Text.FILE_UNWRITABLE, file=str(args.out), detail=_words(error)) from error
    finally:
        store.close()
    _tell(args, done)
    return ExitCode.DONE.value if done.problem is None else done.problem.exit_code.value


def _missing(heading: Heading, held: int) -> Trouble | None:
    if held >= heading.size:
        return None
    text = Text.EXPORT_GAP if held < heading.after else Text.EXPORT_SHORT
    return AuditError(text, found=held, after=heading.after, expected=heading.size).trouble()


def _words(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _tell(args: argparse.Namespace, done: Ingested) -> None:
    confirmed, problem = done.answer.size, done.problem
    if getattr(args, "json", False):
        told: dict[str, object] = {"confirmed": confirmed, "documents": len(done.documents), "file": str(args.out)}
        told |= {"problem": {"code": problem.text.name, "what": problem.what}} if problem is not None else {}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        documents = f" and {len(done.documents)} documents" if done.documents else ""
        sys.stdout.write(f"{confirmed} records{documents} confirmed. Take {args.out} back to the laptop.\n")
        if problem is not None:
            sys.stderr.write(f"{problem.what}\n  → {problem.remedy}\n")
    sys.stdout.flush()
