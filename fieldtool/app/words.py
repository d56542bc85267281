"""Rows of the journal and endings of runs as sentences, for the log in the window and on the command line."""

from collections.abc import Iterable

from fieldtool.report.words import OUTCOMES, PHASES
from fieldtool.update.run import TERMINAL, Ending, Mark, Outcome, Record

__all__ = ["MARKS", "OUTCOMES", "PHASES", "ending_words", "log_words", "record_words"]

MARKS: dict[Mark, str] = {
    Mark.ENTERED: "begins",
    Mark.OK: "done",
    Mark.FAILED: "failed",
    Mark.LOST: "connection lost",
    Mark.CANCELLED: "stopped by you",
    Mark.WAITING: "left open, waits for the charger",
    Mark.ASKED: "asks you",
    Mark.ANSWERED: "done by you",
    Mark.WAIVED: "you let a rule fail",
}


def record_words(record: Record) -> str:
    """One line: time, phase, what happened, why."""
    stamp = record.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    end = record.phase in TERMINAL
    words = PHASES[record.phase] if end else f"{PHASES[record.phase]}: {MARKS[record.mark]}"
    return f"{stamp}  {words}" + (f". {record.trouble.what}" if record.trouble is not None else "")


def log_words(records: Iterable[Record]) -> tuple[str, ...]:
    return tuple(record_words(record) for record in records)


def ending_words(ending: Ending) -> str:
    """`HL-001: rolled back, works (1.0 → 1.0). It does not work properly: RFID_SILENT.`"""
    reached = ending.target if ending.outcome is Outcome.DONE and ending.target else ending.runs_now
    versions = f"{ending.came_from or '?'} → {reached or '?'}"
    words = f"{ending.serial}: {OUTCOMES[ending.outcome]} ({versions})"
    return words + (f". {ending.trouble.what}" if ending.trouble is not None else "")
