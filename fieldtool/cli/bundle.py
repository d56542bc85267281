"""`bundle`: the catalogue on a USB stick, for laptops that are not online."""

import argparse
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from fieldtool.app.app import App
from fieldtool.cli.output import Output, size, table
from fieldtool.core.driver import ManualStep, Progress
from fieldtool.core.errors import ExitCode
from fieldtool.firmware.bundle_facts import Choice, Exported, Imported, Inspection

REDRAW_SECONDS = 0.2
BAR = 24  # characters

_T = TypeVar("_T")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    exported = actions.add_parser("export", help="write what this laptop has into a bundle")
    exported.add_argument("file", type=Path, metavar="FILE.zip")
    for name, metavar, what in (
        ("--site", "SITE", "only the images that work orders of this site name"),
        ("--order", "ORDER", "only the images that this work order names"),
        ("--model", "MODEL", "only the images for this model"),
    ):
        exported.add_argument(name, metavar=metavar, action="append", default=[], help=f"{what} (may be repeated)")
    exported.add_argument("--force", action="store_true", help="replace the file if it exists")
    imported = actions.add_parser("import", help="take over what a bundle brings, under the rules of a sync")
    imported.add_argument("file", type=Path, metavar="FILE.zip")
    inspected = actions.add_parser("inspect", help="show what is in a bundle, and whether this laptop would take it")
    inspected.add_argument("file", type=Path, metavar="FILE.zip")


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    app = App(folder)
    try:
        return _DO[args.action](app, args, output).value
    finally:
        app.close()


def _export(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    choice = Choice(frozenset(args.model), frozenset(args.site), frozenset(args.order))
    done = follow(app, app.bundle_export(args.file, choice, args.force), output)
    output.document(done, lambda: export_words(done))
    return ExitCode.DONE


def _import(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    done = follow(app, app.bundle_import(args.file), output)
    output.document(done, lambda: import_words(done))
    return ExitCode.DONE


def _inspect(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    found = follow(app, app.bundle_inspect(args.file), output)
    output.document(found, lambda: inspection_words(found))
    return ExitCode.DONE if found.problem is None else found.problem.exit_code


_DO: dict[str, Callable[[App, argparse.Namespace, Output], ExitCode]] = {
    "export": _export,
    "import": _import,
    "inspect": _inspect,
}


def follow(app: App, steps: Generator[Progress | ManualStep, None, _T], output: Output) -> _T:
    """Go through all steps, with a line of progress on a terminal. Ctrl+C cancels them."""
    drawn = app.clock.monotonic()
    with closing(steps):
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                output.clear()
                result: _T = end.value
                return result
            if isinstance(step, Progress) and app.clock.monotonic() - drawn >= REDRAW_SECONDS:
                drawn = app.clock.monotonic()
                output.redraw([progress_line(step)])


def progress_line(step: Progress) -> str:
    if not step.total:
        return step.note
    share = min(1.0, step.done / step.total)
    filled = round(share * BAR)
    return f"[{'#' * filled}{'.' * (BAR - filled)}] {share:4.0%}  {size(step.done)} of {size(step.total)}  {step.note}"


def export_words(done: Exported) -> str:
    lines = [f"{done.file}: {size(done.length)}, {_count(len(done.releases), 'firmware file')}{_with_orders(done)}."]
    if done.missing:
        lines += [
            "Not in it, because the file is not on this laptop or is damaged:",
            *(f"  {one}" for one in done.missing),
        ]
        lines += ["  → Sync, then export again."]
    return "\n".join([*lines, "It was read back and verified."])


def _with_orders(done: Exported) -> str:
    return "" if done.stand_alone else f", {_count(done.orders, 'work order')}"


def import_words(done: Imported) -> str:
    words = (
        f"{_count(done.releases, 'release')} ({done.new_releases} new), {_count(done.new_files, 'new firmware file')}"
    )
    if done.orders:
        words += f", {_count(done.orders, 'work order')} ({done.new_orders} new)"
    if done.missing:
        words += f". The files of {_count(done.missing, 'release')} are not on this laptop: see fieldtool cache list"
    return f"{words}."


def inspection_words(found: Inspection) -> str:
    written = found.written.astimezone().strftime("%Y-%m-%d %H:%M")
    lines = [f"{found.file}: {size(found.length)}, written {written} as its file system says."]
    if found.valid_until is not None:
        holds = f"Signed. Usable until {found.valid_until:%Y-%m-%d %H:%M} UTC"
        alone = "" if not found.stand_alone else "; stand-alone: it brings no work orders"
        lines.append(f"{holds}{alone}.")
    if found.orders:
        lines.append(f"Work orders: {', '.join(found.orders)}. Grants: {found.grants}.")
    if found.releases:
        rows = [(one.target, one.version, size(one.length), "yes" if one.included else "no") for one in found.releases]
        lines.append(table(("FIRMWARE", "VERSION", "SIZE", "FILE IS IN IT"), rows))
    if found.problem is None:
        lines.append("This laptop would take it: fieldtool bundle import.")
    else:
        lines.append(f"This laptop would NOT take it. {found.problem.what}\n  → {found.problem.remedy}")
    return "\n".join(lines)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
