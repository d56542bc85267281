"""`history`: how often updates worked, why not, how long they took."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from fieldtool.app.words import OUTCOMES
from fieldtool.cli.output import Output, table
from fieldtool.core.errors import ExitCode
from fieldtool.core.profile import MAIN
from fieldtool.store.database import Store
from fieldtool.update.history import History, Statistics, Told

NEWEST = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", help="of this model only")
    parser.add_argument("--serial", help="of this charger only")
    parser.add_argument("--limit", type=int, default=NEWEST, help=f"how many runs to list (default: {NEWEST})")


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    store = Store.open(folder)
    try:
        history = History(store)
        found = history.statistics(args.model, args.serial)
        newest = history.newest(max(args.limit, 0), args.model, args.serial)
    finally:
        store.close()
    output.document({"statistics": found, "runs": newest}, lambda: history_words(found, newest))
    return ExitCode.DONE.value


def history_words(found: Sequence[Statistics], newest: Sequence[Told]) -> str:
    if not found:
        return "No run has ended yet."
    head = ("MODEL", "COMPONENT", "VERSION", "RUNS", "WORKED", "RETRIES", "TIME", "9 OF 10 WITHIN", "WHY NOT")
    lines = [table(head, [_cells(one) for one in found])]
    if newest:
        lines += ["", *map(told_words, newest)]
    return "\n".join(lines)


def _cells(one: Statistics) -> tuple[str, ...]:
    why = ", ".join(f"{count} x {reason}" for reason, count in one.reasons)
    if one.taken_back:
        why = ", ".join(filter(None, (why, f"{one.taken_back} taken back with a later step")))
    return (
        f"{one.vendor} {one.model or '(several)'}", one.component, one.version, str(one.runs), str(one.successes),
        str(one.retries), seconds_words(one.median), seconds_words(one.p90), why,
    )  # fmt: skip


def told_words(told: Told) -> str:
    """`2026-11-20 14:02  Bay 01  HL-001  CityPost 22  1.0 → 2.0: rolled back, works (3 min 20 s). It does not …`"""
    it = told.summary
    stamp = it.ended.astimezone().strftime("%Y-%m-%d %H:%M")
    what = f"{it.came_from or '?'} → {it.version}"
    if it.component != MAIN:
        what = f"{it.component} {what}"
    facts = [seconds_words(it.took)] if it.took else []
    if it.retries:
        facts.append("1 retry" if it.retries == 1 else f"{it.retries} retries")
    name = f"{told.name}  " if told.name != told.serial else ""
    words = f"{stamp}  {name}{told.serial}  {it.model or it.vendor}  {what}: {OUTCOMES[it.outcome]}"
    words += f" ({', '.join(facts)})" if facts else ""
    return words + (f". {told.trouble.what}" if told.trouble is not None else "")


def seconds_words(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
