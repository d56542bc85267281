"""`report`: evidence of what was done: make it, verify it, list of what it can be made."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from fieldtool.app.app import App
from fieldtool.app.reports import Form, Made, ReportRow, Subject
from fieldtool.app.words import OUTCOMES
from fieldtool.cli.bundle import follow
from fieldtool.cli.output import Output, table
from fieldtool.core.errors import ExitCode
from fieldtool.report.document import Document
from fieldtool.report.drawing import Paper, serve
from fieldtool.report.protocol import overall
from fieldtool.report.sign import read
from fieldtool.report.verify import Verdict, trust, verify
from fieldtool.report.words import GRADES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="the newest runs, and what evidence there is of each")
    made = actions.add_parser("make", help="sign evidence of a run, or of a visit to a site")
    about = made.add_mutually_exclusive_group(required=True)
    about.add_argument("run", metavar="RUN", nargs="?", help="a run, as report list names it")
    about.add_argument("--visit", metavar="SITE", help="all runs at the chargers of this site")
    made.add_argument("--since", type=_time, metavar="TIME", help="begin of the visit (default: the last 12 h pause)")
    made.add_argument("--until", type=_time, metavar="TIME", help="end of the visit (default: now)")
    made.add_argument("--pdf", action="store_true", help="draw the PDF, too")
    made.add_argument("--paper", choices=("a4", "letter"), default="a4", help="of the PDF (default: a4)")
    made.add_argument("--names", action="store_true", help="names of people beside their pseudonyms")
    made.add_argument("--out", type=Path, metavar="DIR", help="put a copy there")
    drawn = actions.add_parser("draw")  # for `report/drawing.py`: not in the list of actions
    drawn.add_argument("what", choices=("pdf", "pictures"))
    drawn.add_argument("--paper", choices=("a4", "letter"), default="a4")
    checked = actions.add_parser("verify", help="does this evidence hold? Needs no data folder and no network")
    checked.add_argument("file", type=Path, metavar="FILE", help="the .json or the .pdf")
    checked.add_argument(
        "--root",
        metavar="FINGERPRINT",
        action="append",
        default=[],
        help="that you trust, of the laptop's key or the central system's receipt key (may be repeated)",
    )


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    if args.action == "draw":
        serve(args.what, Paper(args.paper), sys.stdin.buffer, sys.stdout.buffer)
        return ExitCode.DONE.value
    if args.action == "verify":
        return _verify(args, output).value
    app = App(folder)
    try:
        return (_make if args.action == "make" else _list)(app, args, output).value
    finally:
        app.close()


def _verify(args: argparse.Namespace, output: Output) -> ExitCode:
    trusted = trust(args.root)
    verdict = verify(read(args.file), trusted)
    output.document(verdict_json(verdict), lambda: verdict_words(verdict))
    return ExitCode.DONE


def _make(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    subject = Subject(args.run or "", args.visit or "", args.since, args.until)
    made = follow(app, app.report_make(subject, Form(args.paper, args.pdf, args.names), args.out), output)
    output.document(made, lambda: made_words(made))
    return ExitCode.DONE


def _list(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    rows = app.reports()
    output.document(rows, lambda: list_words(rows))
    return ExitCode.DONE


def made_words(made: Made) -> str:
    lines = [str(file) for file in (made.file, made.pdf) if file is not None]
    lines.append(f"SHA-256 {made.sha256}")
    if not made.queued:
        lines.append("It is too large to go to the central system by itself: hand the file over another way.")
    return "\n".join(lines)


def list_words(rows: Sequence[ReportRow]) -> str:
    if not rows:
        return "No run has begun on this laptop yet."
    head = ("RUN", "BEGAN", "SITE", "CHARGER", "TO", "RESULT", "RECEIPT", "EVIDENCE")
    return table(head, [_cells(row) for row in rows])


def _cells(row: ReportRow) -> tuple[str, ...]:
    return (
        row.run, f"{row.began.astimezone():%Y-%m-%d %H:%M}", row.site or "-", row.serial, row.target,
        OUTCOMES[row.outcome], "yes" if row.receipted else "not yet", row.files[0].name if row.files else "-",
    )  # fmt: skip


def verdict_words(verdict: Verdict) -> str:
    document = verdict.document
    who = [
        words
        for words, true in (("a laptop key that you trust", verdict.by_laptop), (_CENTRAL, verdict.by_central))
        if true
    ]
    lines = [f"{document.id} holds. Behind it stands {' and '.join(who)}."]
    if document.throw_away:
        lines.append("THROW-AWAY KEY: made in a training folder. It proves nothing about any real charger.")
    lines.append(f"{verdict.receipted} of its {verdict.records} audit records are receipted by the central system.")
    lines += [
        f"{run.name or run.serial} ({run.serial}): {run.outcome_words}; protocol: {GRADES[overall(run.checks)]}"
        for run in document.runs
    ]
    return "\n".join(lines)


def verdict_json(verdict: Verdict) -> dict[str, object]:
    document: Document = verdict.document
    return {
        "id": document.id,
        "holds": True,
        "by_laptop": verdict.by_laptop,
        "by_central": verdict.by_central,
        "throw_away": document.throw_away,
        "records": verdict.records,
        "receipted": verdict.receipted,
        "runs": [
            {"run": run.id, "serial": run.serial, "outcome": run.outcome, "protocol": overall(run.checks)}
            for run in document.runs
        ],
    }


def _time(text: str) -> datetime:
    """An ISO time; of this laptop's zone where it names none."""
    return datetime.fromisoformat(text).astimezone(UTC)


_CENTRAL = "a central system that you trust"
