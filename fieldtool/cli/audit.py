"""`fieldtool audit`: the signed record of everything done; to the central system and back by hand."""

import argparse
from datetime import datetime
from pathlib import Path

from fieldtool.app.app import App
from fieldtool.audit.listing import MOST, Wanted
from fieldtool.cli.output import Output, table
from fieldtool.core.errors import ExitCode, UsageError
from fieldtool.core.texts import Text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="newest records")
    listed.add_argument("--limit", type=int, default=50, help=f"how many (at most {MOST})")
    listed.add_argument("--charger", default="", help="serial number")
    listed.add_argument("--run", default="", help="id of a run")
    listed.add_argument("--event", action="append", default=[], help="such as run-failed; may be repeated")
    listed.add_argument("--actor", default="", help="name of a person")
    listed.add_argument("--since", type=_moment, help="from this day or moment on (2026-03-01, 2026-03-01T08:00)")
    listed.add_argument("--until", type=_moment, help="up to this day or moment")
    actions.add_parser("verify", help="check signatures, chain and root")
    exported = actions.add_parser("export", help="write the records for the central system or an auditor")
    exported.add_argument("file", type=Path)
    exported.add_argument("--pending", action="store_true", help="only what the central system has not confirmed")
    exported.add_argument("--force", action="store_true", help="replace the file if it exists")
    received = actions.add_parser("receive", help="take the central system's answer to an export")
    received.add_argument("file", type=Path)
    actions.add_parser("receipt", help="print the central system's newest signed note, for an auditor")
    actions.add_parser("key", help="print this laptop's public key, for the central system")
    forgotten = actions.add_parser("forget", help="erase a person's name; the records stay and keep a pseudonym")
    forgotten.add_argument("name")


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    app = App(folder)
    try:
        if args.action != "verify":
            app.watch.glance()
            tell_alarm(app, output)
        return _DO[args.action](app, args, output).value
    finally:
        app.close()


def tell_alarm(app: App, output: Output) -> None:
    """On standard error, whatever was asked for: the log is not what it was, or nobody can say."""
    trouble = app.watch.trouble()
    if trouble is not None:
        output.say(f"AUDIT LOG: {trouble.what}\n  → {trouble.remedy}")


def _moment(text: str) -> datetime:
    """A time without a zone is local time."""
    return datetime.fromisoformat(text).astimezone()


def _list(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    actors = tuple(pseudonym for pseudonym, name in app.audits.who().items() if name == args.actor)
    if args.actor and not actors:
        raise UsageError(Text.ACTOR_UNKNOWN, name=args.actor)
    wanted = Wanted(args.charger, args.run, tuple(args.event), actors, args.since, args.until)
    found = app.audits.rows(app.audits.find(wanted)[: max(0, min(args.limit, MOST))])
    rows = [
        (
            str(row.record.seq),
            row.record.at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            row.record.clock,
            row.record.event.event,
            row.record.event.charger,
            row.who or row.record.actor[:8],
            str(row.record.event.seen.get("words") or row.record.event.seen.get("phase") or ""),
        )
        for row in found
    ]
    head = ("NO", "TIME", "CLOCK", "EVENT", "CHARGER", "WHO", "")
    output.document({"records": [row.record for row in found]}, lambda: table(head, rows) if rows else "No records.")
    return ExitCode.DONE


def _verify(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    state = app.audit.verify()
    result = {"ok": state.ok, "records": state.size, "root": state.root.hex(), "problem": state.problem}
    result["unanchored"] = state.unanchored
    if state.problem is not None:
        output.document(result, lambda: f"{state.problem.what if state.problem else ''}")
        return state.problem.exit_code
    if state.unanchored is not None:
        output.say(f"Whether its end is missing could not be checked: {state.unanchored.what}")
    output.document(
        result, lambda: f"{state.size} records, all signatures and links are right. Root {state.root.hex()}."
    )
    return ExitCode.DONE


def _export(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    steps = app.audits.export(args.file, pending_only=args.pending, force=args.force)
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            done = end.value
            break
        output.redraw((f"{step.done} of {step.total} records",))
    output.clear()
    documents = f" and {done.documents} documents" if done.documents else ""
    told = f"{done.records} records{documents} written to {done.file}."
    if done.problem is not None:
        output.say(f"Documents that wait are not in it: {done.problem.what}")
    numbers = {"records": done.records, "after": done.after, "documents": done.documents}
    output.document({**numbers, "file": done.file}, lambda: told)
    return ExitCode.DONE


def _receive(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    got = app.audits.receive(args.file)
    told = f"The central system has records 1 to {got.confirmed}; {got.anew} of them new. {got.pending} pending."
    told += f" It has {got.documents} documents more." if got.documents else ""
    output.document(got, lambda: told)
    if got.problem is None:
        return ExitCode.DONE
    output.say(f"{got.problem.what}\n  → {got.problem.remedy}")
    return got.problem.exit_code


def _receipt(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    receipt = app.audit.newest_receipt()
    if receipt is None:
        raise UsageError(Text.RECEIPT_NONE)
    output.document(receipt, lambda: receipt.note.rstrip("\n"))
    return ExitCode.DONE


def _key(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    key = app.audit_key()
    output.document({"public_key": key}, lambda: key.rstrip())
    return ExitCode.DONE


def _forget(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    pseudonyms = app.audits.forget(args.name)
    told = f"The name is erased. Records keep {', '.join(pseudonyms)}, and stay valid."
    output.document({"pseudonyms": pseudonyms}, lambda: told)
    return ExitCode.DONE


_DO = {
    "list": _list,
    "verify": _verify,
    "export": _export,
    "receive": _receive,
    "receipt": _receipt,
    "key": _key,
    "forget": _forget,
}
