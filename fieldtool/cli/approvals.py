"""`approve`: a second person looks at what another laptop asks, and agrees with the key of this one."""

import argparse
import getpass
import sys
from collections.abc import Iterable
from pathlib import Path

from fieldtool.app.app import App
from fieldtool.app.approval_files import text_of
from fieldtool.cli.output import Output
from fieldtool.core.errors import ExitCode, RefusedError
from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from fieldtool.update.approval import Request


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("request", type=Path, metavar="REQUEST", help="what `fieldtool plan --request FILE` wrote")
    parser.add_argument("--yes", action="store_true", help="agree without being asked; for programs")


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    """Print the signed approval. Nothing is signed before somebody agreed to what is shown."""
    app = App(folder)
    try:
        request, releases = app.rights.read(text_of(args.request))
        output.say(request_words(request, releases))
        if not args.yes and not _agrees():
            raise RefusedError(Text.APPROVAL_NOT_GIVEN)
        print(app.rights.sign(request), end="")
    finally:
        app.close()
    return ExitCode.DONE.value


def request_words(request: Request, releases: Iterable[Release]) -> str:
    """What is agreed to: the charger and the firmware, as this laptop's own catalogue names it."""
    labels = {one.sha256: f"{one.vendor} {one.label}" for one in releases}
    lines = [f"{request.actor} asks, with the laptop {request.laptop[:16]}:"]
    for one in request.chargers:
        firmware = ", ".join(f"{labels[sha256]} (sha256 {sha256[:16]})" for sha256 in sorted(one.images))
        lines.append(f"  charger {one.serial}: {', '.join(sorted(one.actions))} with {firmware}")
    return "\n".join(lines)


def _agrees() -> bool:
    """Only a person at a terminal can."""
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    print("Do you agree? Type yes: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() == "yes"


def ask_pin(actor: str) -> str:
    """Never an argument, never shown. From a pipe it is the first line."""
    if sys.stdin is not None and sys.stdin.isatty():
        return getpass.getpass(f"PIN of {actor}: ")
    return (sys.stdin.readline() if sys.stdin is not None else "").rstrip("\r\n")
