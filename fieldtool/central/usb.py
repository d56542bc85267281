"""Records that came on a stick: worked in as if they had been pushed, and the answer that goes back the same way."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import BinaryIO

from fieldtool.audit.carried import MAX_LINE, CarriedAnswer, Heading, batches
from fieldtool.central.identity import Identity, open_identity, open_store
from fieldtool.central.ledger import Answer, Ledger, Push
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import AuditError, ExitCode, Trouble, UsageError
from fieldtool.core.texts import Text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="what `fieldtool audit export FILE` wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="NOTE", help="the answer, for `audit receive`")


def run(args: argparse.Namespace) -> int:
    """FieldtoolError when nothing can be answered. An answer that confirms less than was sent is written, and told."""
    store = open_store(args.data)
    try:
        identity = open_identity(store)
        ledger = Ledger(store, identity, SystemClock())
        try:
            with args.file.open("rb") as file:
                answer, problem = ingest(ledger, file)
        except OSError as error:
            raise UsageError(Text.FILE_UNREADABLE, file=args.file.name, detail=_words(error)) from error
        _write(args.out, _carried(identity, answer, problem))
    finally:
        store.close()
    _tell(args, answer, problem)
    return ExitCode.DONE.value if problem is None else problem.exit_code.value


def ingest(ledger: Ledger, file: BinaryIO) -> tuple[Answer, Trouble | None]:
    """Work an export in, batch by batch; what holds before the first record that does not hold is kept.

    Returns the newest note, and why it says no more. AuditError(EXPORT_BAD), RefusedError as Ledger.ingest.
    """
    heading = Heading.read(file.readline(MAX_LINE))
    answer = _push(ledger, heading, [])
    try:
        for batch in batches(file):
            answer = _push(ledger, heading, batch)
            if answer.problem is not None:
                return answer, answer.problem
    except AuditError as error:
        return answer, error.trouble()
    if answer.size < heading.size:
        gap = answer.size < heading.after
        text = Text.EXPORT_GAP if gap else Text.EXPORT_SHORT
        return answer, AuditError(text, found=answer.size, after=heading.after, expected=heading.size).trouble()
    return answer, None


def _push(ledger: Ledger, heading: Heading, batch: list[bytes]) -> Answer:
    return ledger.ingest(Push(heading.log, heading.key, batch, size=heading.size, root=heading.root))


def _carried(identity: Identity, answer: Answer, problem: Trouble | None) -> CarriedAnswer:
    public = identity.key.public_key()
    if problem is None:
        return CarriedAnswer(answer.note, public)
    return CarriedAnswer(answer.note, public, problem.text.name, problem.what)


def _write(path: Path, answer: CarriedAnswer) -> None:
    """Whole or not at all, and on the stick when this returns. An older answer is replaced."""
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)  # never through a link that lies on the stick
        with part.open("xb") as file:
            file.write(answer.line())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise UsageError(Text.FILE_UNWRITABLE, file=str(path), detail=_words(error)) from error


def _words(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _tell(args: argparse.Namespace, answer: Answer, problem: Trouble | None) -> None:
    if getattr(args, "json", False):
        told = {"confirmed": answer.size, "file": str(args.out)}
        told |= {"problem": {"code": problem.text.name, "what": problem.what}} if problem is not None else {}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        sys.stdout.write(f"{answer.size} records confirmed. Take {args.out} back to the laptop.\n")
        if problem is not None:
            sys.stderr.write(f"{problem.what}\n  → {problem.remedy}\n")
    sys.stdout.flush()
