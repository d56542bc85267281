"""`cache`: the firmware on this laptop, what is wrong with it, what of it is needed, and a file in hand."""

import argparse
from collections.abc import Callable
from pathlib import Path

from fieldtool.app.app import App
from fieldtool.app.firmware import Added, Basis, Cleaned, FirmwareRow, FirmwareView
from fieldtool.cli.bundle import follow
from fieldtool.cli.output import Output, size, table
from fieldtool.core.errors import ExitCode
from fieldtool.firmware.why import Check, Stand

_SIGNS = {Stand.OK: "ok", Stand.FAILED: "XX", Stand.NOT_REACHED: "..", Stand.NOT_NEEDED: "--"}
_HEAD = ("FILE", "VERSION", "SIZE", "STATE", "PIN", "CATALOGUE", "UNTIL", "IMAGE SIGNATURE", "FOR")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="every release: who signed, until when, is its file here, what is it for")
    listed.add_argument("--quick", action="store_true", help="read no file: without the makers' own signatures")
    actions.add_parser("verify", help="read every file: its hash, and its maker's own signature")
    why = actions.add_parser("why", help="every check of one file in order, and the one that fails")
    why.add_argument("path", metavar="PATH", help="as the catalogue names it, or a file on disk")
    why.add_argument("--charger", default="", metavar="SERIAL", help="for this charger (default: for any)")
    for name, what in (("pin", "keep the file of a release, whatever changes"), ("unpin", "keep it no longer")):
        actions.add_parser(name, help=what).add_argument("target", metavar="TARGET", help="as the catalogue names it")
    gc = actions.add_parser("gc", help="remove the files that nobody needs")
    gc.add_argument("--dry-run", action="store_true", help="only tell which")
    added = actions.add_parser("add", help="take a file in hand into the cache, if the catalogue names exactly it")
    added.add_argument("file", type=Path, metavar="FILE")


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    app = App(folder)
    try:
        return _DO[args.action](app, args, output).value
    finally:
        app.close()


def _list(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    view = app.firmware()
    if not args.quick and view.problem is None:
        view = follow(app, app.firmware_check(), output)
    return _shown(view, output)


def _verify(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    view = follow(app, app.firmware_check(), output)
    shown = _shown(view, output)
    wrong = any(row.checked is not None and row.checked.problem is not None for row in view.rows)
    return ExitCode.TRUST if wrong else shown


def _shown(view: FirmwareView, output: Output) -> ExitCode:
    if view.problem is not None:
        output.error(view.problem)
        return view.problem.exit_code
    output.document(view, lambda: view_words(view))
    return ExitCode.DONE


def _why(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    checks = app.catalogue.why(args.path, args.charger)
    failed = next((one for one in checks if one.stand is Stand.FAILED), None)
    result = {"path": args.path, "failed": failed.name if failed is not None else None, "checks": checks}
    output.document(result, lambda: why_words(args.path, checks))
    return ExitCode.DONE if failed is None else ExitCode.TRUST


def _pin(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    on = args.action == "pin"
    app.firmware_pin(args.target, on)
    told = "stays on this laptop until it is unpinned." if on else "is pinned no longer."
    output.document({"target": args.target, "pinned": on}, lambda: f"{args.target} {told}")
    return ExitCode.DONE


def _gc(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    cleaned = app.cache.clean(args.dry_run)
    output.document(cleaned, lambda: cleaned_words(cleaned))
    return ExitCode.DONE


def _add(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    added = follow(app, app.firmware_add(args.file), output)
    output.document(added, lambda: added_words(added))
    return ExitCode.DONE if added.checked.problem is None else ExitCode.TRUST


_DO: dict[str, Callable[[App, argparse.Namespace, Output], ExitCode]] = {
    "list": _list,
    "verify": _verify,
    "why": _why,
    "pin": _pin,
    "unpin": _pin,
    "gc": _gc,
    "add": _add,
}


# ---- words ----------------------------------------------------------------------------------------------------------


def view_words(view: FirmwareView) -> str:
    if not view.rows:
        return "The catalogue is empty."
    refused = [f"{row.target}: {row.problem.what}\n  → {row.problem.remedy}" for row in view.rows if row.problem]
    disk = view.disk
    used = f"{size(disk.cache)} on disk, {size(disk.spare)} of it needed by nobody; {size(disk.free)} free."
    alone = "Stand-alone: no director says what may be installed." if view.catalogue.stand_alone else "Directed."
    return "\n".join([table(_HEAD, [_line(row) for row in view.rows]), *refused, enough_words(view), used, alone])


def _line(row: FirmwareRow) -> tuple[str, ...]:
    return (
        row.target,
        row.release.version if row.release is not None else "-",
        size(row.length),
        row.standing.value,
        "pinned" if row.pinned else "",
        signers_words(row),
        f"{row.until:%Y-%m-%d}" if row.until is not None else "-",
        _native(row),
        _for(row),
    )


def signers_words(row: FirmwareRow) -> str:
    """The part that names it, and how many of its keys had to sign."""
    if not row.parts:
        return "-"
    last = row.parts[-1]
    return f"{last.role}, {last.threshold} of {last.keys} keys"


def _native(row: FirmwareRow) -> str:
    if row.checked is None:
        return "not checked" if row.present else "-"
    if row.checked.problem is not None:
        return "REFUSED"
    return row.checked.signer or ("signed" if row.checked.signed else "none of its own")


def _for(row: FirmwareRow) -> str:
    told = [", ".join(row.needed)] if row.needed else []
    if row.way_back:
        told.append(f"runs on {', '.join(row.way_back)}")
    return "; ".join(told)


def enough_words(view: FirmwareView) -> str:
    enough = view.enough
    if enough.hindrance is not None:
        return f"Enough for this site: NO. {enough.hindrance.what}\n  → {enough.hindrance.remedy}"
    if enough.basis is Basis.NOTHING:
        return "Enough for this site? Not known: no work order, no site file, no charger was found."
    if enough.missing:
        missing = "".join(f"\n  {one}" for one in enough.missing)
        return f"Enough for this site: NO. Missing, {len(enough.missing)} of {enough.needed} files:{missing}"
    return f"Enough for this site: yes, {enough.needed} files by {enough.basis.value}."


def why_words(path: str, checks: tuple[Check, ...]) -> str:
    rows = [(_SIGNS[one.stand], one.name, one.what, one.found or _problem(one)) for one in checks]
    failed = next((one for one in checks if one.stand is Stand.FAILED), None)
    if failed is None:
        return f"{table(('', 'CHECK', 'WHAT', 'FOUND'), rows)}\n{path} may be installed, where the charger fits."
    remedy = failed.problem.remedy if failed.problem is not None else ""
    told = f"{path} is NOT installed: the check “{failed.name}” fails.\n  → {remedy}"
    return f"{table(('', 'CHECK', 'WHAT', 'FOUND'), rows)}\n{told}"


def _problem(check: Check) -> str:
    return check.problem.what if check.problem is not None else ""


def cleaned_words(cleaned: Cleaned) -> str:
    count = f"{len(cleaned.removed)} file{'' if len(cleaned.removed) == 1 else 's'}, {size(cleaned.size)}"
    if not cleaned.removed:
        return "Nothing to remove: everything here is needed."
    return f"Removed {count}." if cleaned.done else f"Would remove {count}:\n" + "\n".join(cleaned.removed)


def added_words(added: Added) -> str:
    lines = [f"{added.target}, version {added.version}, is in the cache. {added.checked.words}".rstrip()]
    if added.hindrance is not None:
        lines.append(f"It can NOT be installed: {added.hindrance.what}\n  → {added.hindrance.remedy}")
    return "\n".join(lines)
