"""`fieldtool enrol`: ask the central system to let this laptop in, and see how it stands."""

import argparse
from pathlib import Path

from fieldtool.app.app import App
from fieldtool.cli.output import Output
from fieldtool.core.errors import ExitCode
from fieldtool.sync.enrol import PassState


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "url", nargs="?", default="", metavar="URL", help="of the central system; default: as it is set"
    )
    parser.add_argument(
        "--fingerprint", default="", metavar="SHA256:...", help="of its key, as whoever runs it tells you"
    )
    parser.add_argument("--name", default="", help="what this laptop is to be called there (default: its host name)")


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    app = App(folder)
    try:
        state = app.enrolment.enrol(args.url, args.fingerprint, args.name)
    finally:
        app.close()
    output.document(state, lambda: words_of(state))
    return ExitCode.DONE.value


def words_of(state: PassState) -> str:
    until = f"{state.until.astimezone():%Y-%m-%d %H:%M}" if state.until is not None else ""
    match state.state:
        case "approved":
            return f"{state.name} is let in until {until}. It renews this by itself whenever it syncs."
        case "refused":
            return f"{state.name} was refused at the central system. Ask whoever runs it."
        case "ended":
            return f"The certificate of {state.name} ended on {until}. The next one waits for approval: {state.code}"
        case _:
            return (
                f"{state.name} waits to be let in. Read this code to whoever runs the central system:\n"
                f"    {state.code}\n"
                "Then run fieldtool sync, or let it run by itself."
            )
