"""`sync`, `settings` and `doctor`."""

import argparse
from pathlib import Path

from fieldtool.app.app import App
from fieldtool.cli.audit import tell_alarm
from fieldtool.cli.output import Output, table
from fieldtool.core.errors import ExitCode
from fieldtool.update.preflight import Level

SIGNS = {Level.OK: "ok", Level.INFO: "--", Level.WARN: "!!", Level.STOP: "XX"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verb = parser.prog.split()[-1]
    if verb in ("sync", "doctor"):
        return
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="all settings")
    got = actions.add_parser("get", help="one setting")
    got.add_argument("name")
    put = actions.add_parser("set", help="change one")
    put.add_argument("name")
    put.add_argument("value")


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    app = App(folder)
    try:
        if args.verb == "sync":
            app.watch.glance()
            tell_alarm(app, output)
        return _DO[args.verb, getattr(args, "action", None)](app, args, output).value
    finally:
        app.close()


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


_DO = {
    ("sync", None): _sync,
    ("settings", "list"): _settings_list,
    ("settings", "get"): _settings_get,
    ("settings", "set"): _settings_set,
    ("doctor", None): _doctor,
}
