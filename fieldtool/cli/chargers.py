"""`discover` and `chargers`: what is there."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from fieldtool.app.app import App
from fieldtool.app.views import ChargerRow, Fleet, Presence
from fieldtool.cli.audit import tell_alarm
from fieldtool.cli.output import Output, table
from fieldtool.core.clock import NEVER
from fieldtool.core.errors import ExitCode, UsageError
from fieldtool.core.model import same_serial
from fieldtool.core.texts import Text

LOOK_SECONDS = 0.1
SETTLED = (Presence.READY, Presence.PROBLEM, Presence.GONE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=6.0, help="how long to look (default: 6)")
    parser.add_argument("--address", action="append", default=[], metavar="HOST[:PORT]", help="look there too")


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    app = App(folder)
    try:
        begin(app, args.address)
        if args.verb == "discover":
            _stream(app, args.seconds, output)
        else:
            settle(app, args.seconds)
        fleet = app.fleet()
        if fleet.problem is not None and not fleet.rows:
            output.error(fleet.problem)
            return fleet.problem.exit_code.value
        if args.verb == "chargers":
            output.document({"chargers": fleet.rows}, lambda: rows_words(fleet.rows))
    finally:
        tell_alarm(app, output)
        app.close()
    return ExitCode.DONE.value


def begin(app: App, addresses: Sequence[str]) -> None:
    app.start_discovery()
    app.refresh()
    for address in addresses:
        app.add_address(address)


def settle(app: App, seconds: float, wanted: Callable[[Fleet], bool] | None = None) -> Fleet:
    """Wait until the scan is over and every sighted charger told who it is, or `wanted` is true; at most `seconds`."""
    done = wanted or (lambda fleet: not fleet.scanning and all(_settled(row) for row in fleet.rows))
    deadline = app.clock.monotonic() + seconds
    fleet = app.fleet()
    while not done(fleet) and app.clock.monotonic() < deadline:
        app.clock.wait(NEVER, LOOK_SECONDS)
        fleet = app.fleet()
    return fleet


def choose(app: App, names: Sequence[str], seconds: float) -> tuple[ChargerRow, ...]:
    """The rows of these serial numbers or names, waited for. UsageError(CHARGER_UNKNOWN) for a name nobody has."""

    def found(fleet: Fleet) -> bool:
        return all(any(_named(row, name) and row.presence in SETTLED for row in fleet.rows) for name in names)

    fleet = settle(app, seconds, found)
    chosen = []
    for name in names:
        row = next((row for row in fleet.rows if _named(row, name)), None)
        if row is None:
            raise UsageError(Text.CHARGER_UNKNOWN, name=name)
        chosen.append(row)
    return tuple(chosen)


def rows_words(rows: Sequence[ChargerRow]) -> str:
    if not rows:
        return "No charger found."
    head = ("NAME", "SERIAL", "MODEL", "ADDRESS", "FIRMWARE", "TARGET", "STATE")
    return table(head, [_cells(row) for row in rows])


def _cells(row: ChargerRow) -> tuple[str, ...]:
    model = f"{row.model} {row.hardware}".strip()
    address = row.link.address if row.link is not None else "-"
    return (row.name, row.serial or "-", model or "-", address, row.running or "-", row.target or "-", state_words(row))


def state_words(row: ChargerRow) -> str:
    if row.problem is not None:
        return row.problem.what
    if row.presence is Presence.READY and row.verdict is not None:
        return row.verdict.reason.what
    return {
        Presence.EXPECTED: "expected, not found",
        Presence.SIGHTED: "sighted, not identified yet",
        Presence.GONE: "gone",
    }.get(row.presence, "ready")


def _stream(app: App, seconds: float, output: Output) -> None:
    shown: dict[str, tuple[object, ...]] = {}
    deadline = app.clock.monotonic() + seconds
    while app.clock.monotonic() < deadline:
        for row in app.fleet().rows:
            now = (row.presence, row.serial, row.link, row.running, row.problem)
            if row.presence is not Presence.EXPECTED and shown.get(row.key) != now:
                shown[row.key] = now
                output.item(row, "  ".join(_cells(row)))
        app.clock.wait(NEVER, LOOK_SECONDS)


def _settled(row: ChargerRow) -> bool:
    return row.presence in SETTLED or row.presence is Presence.EXPECTED


def _named(row: ChargerRow, name: str) -> bool:
    return row.name == name or (row.serial != "" and same_serial(row.serial, name))
