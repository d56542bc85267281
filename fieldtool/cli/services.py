"""`audit`, `sync`, `settings` and `doctor`."""

import argparse
from pathlib import Path

from fieldtool.app.app import App
from fieldtool.cli.output import Output, table
from fieldtool.core.errors import ExitCode, UsageError
from fieldtool.core.texts import Text
from fieldtool.update.preflight import Level

SIGNS = {Level.OK: "ok", Level.INFO: "--", Level.WARN: "!!", Level.STOP: "XX"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verb = parser.prog.split()[-1]
    if verb in ("sync", "doctor"):
        return
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    if verb == "audit":
        listed = actions.add_parser("list", help="newest records")
        listed.add_argument("--limit", type=int, default=50)
        listed.add_argument("--charger", help="serial number")
        actions.add_parser("verify", help="check signatures, chain and root")
        exported = actions.add_parser("export", help="write every record as a line of JSON")
        exported.add_argument("file", type=Path)
        actions.add_parser("key", help="print this laptop's public key, for the central system")
    else:
        actions.add_parser("list", help="all settings")
        got = actions.add_parser("get", help="one setting")
        got.add_argument("name")
        put = actions.add_parser("set", help="change one")
        put.add_argument("name")
        put.add_argument("value")


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    app = App(folder)
    try:
        if (args.verb, getattr(args, "action", None)) in _TELL:
            app.watch.glance()
            tell_alarm(app, output)
        return _DO[args.verb, getattr(args, "action", None)](app, args, output).value
    finally:
        app.close()


def _audit_list(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    records = app.audit.page(limit=args.limit, charger=args.charger)
    rows = [
        (
            str(record.seq),
            record.at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            record.clock,
            record.event.event,
            record.event.charger,
            str(record.event.seen.get("words") or record.event.seen.get("phase") or ""),
        )
        for record in records
    ]
    head = ("NO", "TIME", "CLOCK", "EVENT", "CHARGER", "")
    output.document({"records": records}, lambda: table(head, rows) if rows else "No records yet.")
    return ExitCode.DONE


def _audit_verify(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
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


def _audit_export(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    try:
        with args.file.open("xb") as file:
            count = app.audit.export(file)
    except OSError as error:
        raise UsageError(Text.FILE_UNWRITABLE, file=str(args.file), detail=error.strerror or str(error)) from error
    output.document({"records": count, "file": args.file}, lambda: f"{count} records written to {args.file}.")
    return ExitCode.DONE


def _audit_key(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    key = app.audit_key()
    output.document({"public_key": key}, lambda: key.rstrip())
    return ExitCode.DONE


def _sync(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    app.sync_now()
    state, catalogue = app.loop.state(), app.catalogue.state()
    words = (
        f"{catalogue.releases} releases; {state.synced} audit records at the central system, {state.pending} pending."
    )
    output.document({"sync": state, "catalogue": catalogue}, lambda: words)
    return ExitCode.DONE


def _settings_list(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    found = app.settings()
    rows = [(one.name, one.value, one.title, ", ".join(one.allowed)) for one in found]
    head = ("NAME", "VALUE", "WHAT IT IS", "ALLOWED")
    output.document({one.name: one.value for one in found}, lambda: table(head, rows))
    return ExitCode.DONE


def _settings_get(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    value = app.settings_store.get(args.name)
    output.document({args.name: value}, lambda: value)
    return ExitCode.DONE


def _settings_set(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    app.set_setting(args.name, args.value)
    output.document({args.name: args.value}, lambda: f"{args.name} = {args.value}")
    return ExitCode.DONE


def _doctor(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    lines = app.doctor()
    rows = [(SIGNS[line.level], line.name, line.finding, line.fix) for line in lines]
    output.document({"findings": lines}, lambda: table(("", "WHAT", "FINDING", "FIX"), rows))
    return ExitCode.USAGE if any(line.level is Level.STOP for line in lines) else ExitCode.DONE


def tell_alarm(app: App, output: Output) -> None:
    """On standard error, whatever was asked for: the log is not what it was, or nobody can say."""
    trouble = app.watch.trouble()
    if trouble is not None:
        output.say(f"AUDIT LOG: {trouble.what}\n  → {trouble.remedy}")


_TELL = {("audit", "list"), ("audit", "export"), ("audit", "key"), ("sync", None)}
_DO = {
    ("audit", "list"): _audit_list,
    ("audit", "verify"): _audit_verify,
    ("audit", "export"): _audit_export,
    ("audit", "key"): _audit_key,
    ("sync", None): _sync,
    ("settings", "list"): _settings_list,
    ("settings", "get"): _settings_get,
    ("settings", "set"): _settings_set,
    ("doctor", None): _doctor,
}
