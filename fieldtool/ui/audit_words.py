"""Audit records in words: what happened, what came of it, how sure the clock was, and facts as pairs."""

import re
from collections.abc import Mapping
from datetime import datetime

from fieldtool.app.audits import AuditRow, AuditView
from fieldtool.app.views import Central, SyncState
from fieldtool.audit.record import Event, Fact, Record
from fieldtool.core.texts import Text
from fieldtool.trusted_time import Confidence
from fieldtool.ui.words import (
    Sign,
    ago_words,
    clock_words,
    day_words,
    mark,
    outcome_sign,
    phase_title,
    short_reason,
    trouble_words,
    words,
)
from fieldtool.update.run import Outcome, Phase

TITLES: Mapping[str, str] = {
    "log-opened": mark("Log begun"),
    "log-anchored": mark("Log anchored"),
    "log-alarm": mark("Alarm of the log"),
    "key-rolled": mark("Key rolled over"),
    "key-shown": mark("Key shown"),
    "name-forgotten": mark("Name forgotten"),
    "root-accepted": mark("Root of trust accepted"),
    "director-accepted": mark("Director accepted"),
    "pin-set": mark("Host key pinned"),
    "central-accepted": mark("Central accepted"),
    "enrol-asked": mark("Enrolment asked for"),
    "evidence-made": mark("Evidence made"),
    "site-imported": mark("Site file imported"),
    "site-ordered": mark("Work order taken up"),
    "update-refused": mark("Update refused"),
    "run-started": mark("Run begun"),
    "run-leg-started": mark("Next stage begun"),
    "run-phase": mark("Step of a run"),
    "run-asked": mark("Person asked"),
    "run-answered": mark("Person answered"),
    "run-waiting": mark("Run waits"),
    "run-stopped": mark("Run stopped"),
    "run-failed": mark("Step failed"),
    "run-validated": mark("Health check"),
    "run-ended": mark("Run ended"),
    "approval-given": mark("Second person agreed"),
    "approval-refused": mark("PIN refused"),
    "recovery-looked": mark("Recovery: looked at"),
    "recovery-stale": mark("Recovery overtaken"),
    "recovery-refused": mark("Recovery refused"),
}

_RESULTS: Mapping[str, tuple[str, str, str]] = {  # kind, icon, word
    "log-alarm": ("bad", "shield-x", mark("Alarm")),
    "update-refused": ("bad", "ban", mark("Refused")),
    "recovery-refused": ("bad", "ban", mark("Refused")),
    "recovery-stale": ("warn", "ban", mark("Overtaken")),
    "approval-refused": ("bad", "ban", mark("Refused")),
    "approval-given": ("ok", "circle-check", mark("Agreed")),
    "run-failed": ("bad", "circle-x", mark("Failed")),
    "run-waiting": ("warn", "clock", mark("Waits for it")),
    "run-stopped": ("idle", "circle-stop", mark("Stopped")),
    "run-validated": ("ok", "circle-check", mark("Passed")),
    "run-answered": ("ok", "circle-check", mark("Done")),
    "run-asked": ("idle", "hand", mark("Asked")),
}

_FACTS: Mapping[str, str] = {
    "serial": mark("Serial no."),
    "running": mark("Firmware"),
    "running_hash": mark("Image hash"),
    "slot": mark("Slot"),
    "target": mark("To version"),
    "phase": mark("Step"),
    "mark": mark("State"),
    "trouble": mark("Code"),
    "words": mark("What"),
    "step": mark("Asked for"),
    "key": mark("Key"),
    "fingerprint": mark("Fingerprint"),
    "line": mark("Line"),
}

_CLOCKS: Mapping[str, tuple[str, str, str]] = {
    Confidence.PROVEN.value: ("ok", "clock", mark("trusted")),
    Confidence.PLAUSIBLE.value: ("idle", "clock", mark("not confirmed")),
    Confidence.BEHIND.value: ("warn", "triangle-alert", mark("clock behind")),
}

_HASH = re.compile("[0-9a-f]{40,}")
_LONGEST_NAME = 16
_LONG_WORD = re.compile(r"\S{13,}")  # may be too wide for a narrow pane
_PIECE = 8  # characters


def title_words(event: Event) -> str:
    """What happened, in two or three words."""
    if event.event == "run-phase" and (phase := _phase(event)) is not None:
        return phase_title(phase)
    known = TITLES.get(event.event)
    return words(known) if known is not None else event.event.replace("-", " ").capitalize()


def result_sign(event: Event) -> Sign | None:
    """What came of it. None: nothing to say."""
    if event.event == "run-ended" and (outcome := _outcome(event)) is not None:
        return outcome_sign(outcome)
    target = str(event.seen.get("target") or "")
    if event.event in ("run-phase", "run-started", "run-leg-started") and target:
        return Sign("idle", "arrow-right", target)
    known = _RESULTS.get(event.event)
    if known is None:
        return None
    kind, icon, word = known
    trouble = str(event.seen.get("trouble") or "")
    told = words(word)
    return Sign(kind, icon, short_reason(Text[trouble], told) if trouble in Text.__members__ else told)


def clock_sign(record: Record) -> Sign:
    kind, icon, word = _CLOCKS.get(record.clock, ("warn", "triangle-alert", ""))
    return Sign(kind, icon, words(word) if word else record.clock)


def who_words(row: AuditRow) -> str:
    """A name, or what is left of it."""
    return row.who or words("forgotten ({pseudonym})", pseudonym=row.record.actor[:6])


def time_words(moment: datetime, now: datetime) -> str:
    """The day too, when it is not today's."""
    if day_words(moment) == day_words(now):
        return clock_words(moment, seconds=True)
    return f"{moment.astimezone():%m-%d %H:%M:%S}"


def facts_words(facts: Mapping[str, Fact]) -> dict[str, str]:
    """Name and value pairs that fit into a pane; hashes shortened, since the copy has them whole."""
    return {_name(name): _value(name, fact) for name, fact in facts.items()}


def short_hash(text: str) -> str:
    return f"{text[:8]} … {text[-8:]}" if _HASH.fullmatch(text) else text


def breakable(text: str) -> str:
    """Long words may be broken anywhere: what a device tells need not fit."""
    return _LONG_WORD.sub(_in_pieces, text)


def _in_pieces(word: re.Match[str]) -> str:
    return "\u200b".join(word[0][at : at + _PIECE] for at in range(0, len(word[0]), _PIECE))


def count_words(count: int) -> str:
    return f"{count:,}".replace(",", "\u202f")


# ---- banners --------------------------------------------------------------------------------------------------------
def chain_words(view: AuditView, now: datetime) -> tuple[str, str, str, str]:
    """Kind, icon, headline and second line: can the log be believed?"""
    standing = view.standing
    if standing.alarm is not None:
        what, _, todo = trouble_words(standing.alarm)
        return "bad", "shield-x", what, todo
    if not view.size:
        return "idle", "link", words("No records yet"), words("The first thing that is done begins the log.")
    if standing.unchecked is not None:
        what, _, todo = trouble_words(standing.unchecked)
        return "warn", "shield-alert", words("Its end could not be checked"), f"{what} {todo}"
    if view.checked is None or not standing.whole:
        return "idle", "hourglass", words("Not all records were looked at yet"), words("It goes on by itself.")
    ago = ago_words((now - view.checked).total_seconds())
    head = words("Chain whole: {n} records, none missing or changed", n=count_words(standing.records))
    return "ok", "link", head, words("Checked {ago}. Its end matches the anchor outside the database.", ago=ago)


def pending_words(view: AuditView, sync: SyncState) -> tuple[str, str, str, str]:
    """Kind, icon, headline and second line: what does only this laptop have?"""
    pending, confirmed = view.size - view.confirmed, count_words(view.confirmed)
    if not pending and view.receipt is not None:
        by = view.receipt.origin.partition("/audit/")[0]
        at = f"{day_words(view.receipt.received)} {clock_words(view.receipt.received)}"
        told = words("By {central}, {at}", central=by, at=at)
        return "ok", "circle-check", words("All {n} receipted", n=confirmed), told
    head = words("{n} pending, {m} receipted", n=count_words(pending), m=confirmed)
    if not pending:
        return "idle", "hourglass", words("Nothing to send"), words("Records go to the central system.")
    if sync.central is Central.NOT_SET:
        return "warn", "hourglass", head, words("Only on this laptop: no central system is set. By USB, or set one.")
    if sync.central is Central.REFUSED and sync.problem is not None:
        return "bad", "cloud-off", head, trouble_words(sync.problem)[0]
    return "warn", "hourglass", head, words("Safe here. Sent by themselves when online, or by USB.")


# ---- inside ---------------------------------------------------------------------------------------------------------
def _phase(event: Event) -> Phase | None:
    try:
        return Phase(str(event.seen.get("phase")))
    except ValueError:
        return None  # a record of another version may name another one


def _outcome(event: Event) -> Outcome | None:
    try:
        return Outcome(str(event.seen.get("phase")))
    except ValueError:
        return None


def _name(name: str) -> str:
    known = _FACTS.get(name)
    if known is not None:
        return words(known)
    plain = name.replace("_", " ").replace("-", " ")
    plain = plain if len(plain) <= _LONGEST_NAME else plain[: _LONGEST_NAME - 1] + "…"  # the copy has it whole
    return plain[:1].upper() + plain[1:]


def _value(name: str, fact: Fact) -> str:
    if fact is None or fact == "":
        return "—"
    if isinstance(fact, bool):
        return words("yes") if fact else words("no")
    if name == "phase" and fact in {phase.value for phase in Phase}:
        return phase_title(Phase(fact))
    return breakable(short_hash(str(fact)))
