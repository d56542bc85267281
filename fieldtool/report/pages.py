"""What stands on the pages of a report, as blocks of words: pure. `layout.py` gives them places, `pdf.py` draws them.

Every fact of the document is on some page; only what machines read (envelopes, proofs, keys, notes) is left to the
attached JSON.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType

from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.record import leaf, peek
from fieldtool.core.clock import iso
from fieldtool.core.profile import MAIN
from fieldtool.report.document import Account, Check, Document, Found, Kind, Leg, Moment, Person, Run, Step
from fieldtool.report.protocol import overall
from fieldtool.report.words import CLOCKS, GRADES, MARKS
from fieldtool.update.evidence import Grade
from fieldtool.update.run import Outcome

NOTHING = "—"
_DIGITS = re.compile(r"(\d+)")


class Tone(StrEnum):
    OK, WARN, BAD, PLAIN = "ok", "warn", "bad", "plain"


@dataclass(frozen=True, slots=True)
class Pill:
    """A state: its word on its colour."""

    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Mono:
    """Letters that are compared one by one."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    text: str


Cell = str | Pill | Mono | Strong


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int = 1  # 0: a charger's, on a new page


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with their values, `columns` beside each other."""

    pairs: tuple[tuple[str, Cell], ...]
    columns: int = 3


@dataclass(frozen=True, slots=True)
class Listed:
    """Label left, value right, a line each."""

    pairs: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class Tiles:
    tiles: tuple[tuple[int, str, Tone], ...]


@dataclass(frozen=True, slots=True)
class Table:
    head: tuple[str, ...]
    widths: tuple[float, ...]  # shares of the page's width
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Banner:
    text: str
    under: str


@dataclass(frozen=True, slots=True)
class Signatures:
    labels: tuple[str, ...]
    note: str


Block = Heading | Facts | Listed | Tiles | Table | Paragraph | Banner | Signatures

OUTCOME_TONES: Mapping[Outcome, Tone] = MappingProxyType(
    {
        Outcome.DONE: Tone.OK,
        Outcome.RECOVERED: Tone.OK,
        Outcome.ROLLED_BACK: Tone.WARN,
        Outcome.WAITING: Tone.WARN,
        Outcome.ABANDONED: Tone.PLAIN,
        Outcome.REFUSED: Tone.PLAIN,
        Outcome.STUCK: Tone.BAD,
    }
)
GRADE_TONES: Mapping[Grade, Tone] = MappingProxyType(
    {
        Grade.PASS: Tone.OK,
        Grade.FAIL: Tone.BAD,
        Grade.WAIVED: Tone.WARN,
        Grade.NOT_CHECKED: Tone.WARN,
        Grade.NOT_APPLICABLE: Tone.PLAIN,
    }
)
THROW_AWAY = "THROW-AWAY KEY"
THROW_AWAY_WORDS = "Made in a training folder, on virtual chargers. It proves nothing about any real charger."


def title(document: Document) -> str:
    return "Firmware recovery evidence report" if _only_recoveries(document) else "Firmware update evidence report"


def subtitle(document: Document) -> str:
    return f"{document.protocol.title} · {document.id}"


def _only_recoveries(document: Document) -> bool:
    return all(run.recovery for run in document.runs)


def blocks(document: Document) -> Iterator[Block]:
    if document.throw_away:
        yield Banner(THROW_AWAY, THROW_AWAY_WORDS)
    yield from _cover(document)
    for run in _by_name(document):
        yield from _charger(document, run)
    yield from _proof(document)


# ---- the first page --------------------------------------------------------------------------------------------------


def _cover(document: Document) -> Iterator[Block]:
    yield Facts(tuple(_cover_facts(document)))
    yield Heading("Result")
    yield Tiles(tuple(_tiles(document)))
    yield Heading("Chargers")
    yield Table(
        ("Charger", "Serial no.", "Model", "From", "To", "Image SHA-256", "Time", "Protocol", "Result"),
        (0.1, 0.14, 0.125, 0.065, 0.1, 0.16, 0.055, 0.13, 0.125),
        tuple(_charger_row(run) for run in _by_name(document)) + tuple(_untouched_rows(document)),
    )
    exceptions = tuple(_exceptions(document))
    yield Heading("Exceptions")
    for one in exceptions or ("None: every charger came to a good end, and every check of the protocol was passed.",):
        yield Paragraph(one)
    yield Heading("Integrity")
    yield Listed(tuple(_integrity(document)))
    note = (
        "The code holds the report's number and the SHA-256 of the attached document. To check both and every record: "
    )
    yield Signatures(("Technician, date", "Customer, date"), f"{note}fieldtool report verify FILE --root FINGERPRINT")


def _by_name(document: Document) -> list[Run]:
    """In the order in which people look for them: "Bay 2" before "Bay 10"."""

    def order(run: Run) -> tuple[tuple[int, str], ...]:
        return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(run.name))

    return sorted(document.runs, key=lambda run: (order(run), run.serial, run.started.at))


def _cover_facts(document: Document) -> Iterator[tuple[str, Cell]]:
    orders = {run.order.id: run.order.title for run in document.runs if run.order is not None}
    began = min(document.runs, key=lambda run: run.started.at)
    ends = [run.ended for run in document.runs if run.ended is not None]
    last = max(ends, key=lambda moment: moment.at) if len(ends) == len(document.runs) else None
    yield "Site", document.site.name if document.site else "no site file"
    yield "Work order", ", ".join(f"{id} · {name}" for id, name in orders.items()) or "none known here"
    yield "People", "; ".join(_person(person) for person in document.people)
    yield "Started", _minute(began.started.at)
    yield "Finished", NOTHING if last is None else _minute(last.at)
    yield "Made", _minute(document.made.at)


def _person(person: Person) -> str:
    """By name where it is told; whole pseudonyms stand on the last pages."""
    return f"{person.roles[0]} {person.name or person.pseudonym[:8] + '…'}"


def _tiles(document: Document) -> Iterator[tuple[int, str, Tone]]:
    for outcome in Outcome:
        count = sum(run.outcome is outcome for run in document.runs)
        if count:
            words = next(run.outcome_words for run in document.runs if run.outcome is outcome)
            yield count, _capital(words), OUTCOME_TONES[outcome]
    if document.untouched:
        yield len(document.untouched), "Not touched", Tone.PLAIN


def _charger_row(run: Run) -> tuple[Cell, ...]:
    leg = run.legs[-1]
    took = None if run.ended is None else run.ended.at - run.started.at
    grade = overall(run.checks)
    return (
        Strong(run.name or run.serial),
        run.serial,
        run.model or run.vendor,
        run.came_from or NOTHING,
        run.target,
        Mono(f"{leg.image.sha256[:8]}…{leg.image.sha256[-8:]}"),
        NOTHING if took is None else _duration(took),
        Pill(GRADES[grade], GRADE_TONES[grade]),
        Pill(_capital(run.outcome_words.partition(",")[0]), OUTCOME_TONES[run.outcome]),
    )


def _untouched_rows(document: Document) -> Iterator[tuple[Cell, ...]]:
    for one in document.untouched:
        dashes = (NOTHING,) * 6
        yield (Strong(one.name or one.serial), one.serial, *dashes, Pill("Not touched", Tone.PLAIN))


def _exceptions(document: Document) -> Iterator[str]:
    for run in _by_name(document):
        who = run.name or run.serial
        if run.outcome not in (Outcome.DONE, Outcome.RECOVERED):
            why = f" {run.reason.what}" if run.reason else ""
            yield f"{who} {run.outcome_words}.{why}"
        for state, words in ((Grade.FAIL, "Failed"), (Grade.WAIVED, "Waived"), (Grade.NOT_CHECKED, "Not checked")):
            found = [check.title for check in run.checks if check.state is state]
            if found:
                yield f"{who} · {words}: {'; '.join(found)}."
    for reason in dict.fromkeys(one.reason for one in document.untouched):
        who = ", ".join(one.name or one.serial for one in document.untouched if one.reason == reason)
        yield f"Not touched: {who}. {reason or 'No update was asked for.'}"


def _integrity(document: Document) -> Iterator[tuple[str, Cell]]:
    log, receipt = document.log, document.receipt
    proved = sum(one.proof is not None for one in document.records)
    numbers = [number for run in document.runs for number in run.records]
    yield "Audit log", Mono(log.id)
    yield "Log is whole" if log.whole else "LOG IS NOT WHOLE", _capital(log.words)
    span = f"{min(numbers)} to {max(numbers)}" if numbers else "none"
    yield "Records", f"{span}; {len(document.records)} attached, {proved} of them confirmed by the central system"
    yield "Head of the log", f"{log.size} records, root {log.root}"
    if receipt is None:
        yield "Receipt", "NOT YET RECEIPTED: the central system has not confirmed any record of this laptop"
    else:
        yield "Receipt", f"{receipt.size} records, received {_second(receipt.received)}"
    kind = f"{THROW_AWAY}, " if document.throw_away else ""
    yield "Signed by", f"{kind}laptop key {document.key_id}, ECDSA P-256"


# ---- a charger -------------------------------------------------------------------------------------------------------


def _charger(document: Document, run: Run) -> Iterator[Block]:
    yield Heading(f"{run.name} · {run.serial}" if run.name else run.serial, 0)
    yield Facts(tuple(_run_facts(run)))
    if run.reason is not None:
        yield Listed((("What happened", run.reason.what), ("What to do", run.reason.remedy), ("Code", run.reason.code)))
    yield Heading("Firmware", 2)
    for leg in run.legs:
        yield Listed(tuple(_leg(leg, bool(run.recovery))))
    yield Heading(f"{document.protocol.title}: {GRADES[overall(run.checks)]}", 2)
    yield Table(
        ("State", "Check", "What was found", "Limit"),
        (0.14, 0.34, 0.44, 0.08),
        tuple(_check(check) for check in run.checks),
    )
    yield Heading("Health check, rule by rule", 2)
    if run.findings:
        yield from _findings(run.findings)
    else:
        yield Paragraph("It was not reached.")
    yield Heading("Phases", 2)
    yield Table(
        ("Phase", "Begun", "Ended", "Tries", "How it ended"),
        (0.2, 0.25, 0.25, 0.05, 0.25),
        tuple(_step(step, len(run.legs)) for step in run.steps),
    )
    if run.decisions:
        yield Heading("Decisions of people", 2)
        yield Table(
            ("What", "About", "By (pseudonym)", "Why"),
            (0.12, 0.28, 0.3, 0.3),
            tuple((one.kind, one.about, Mono(one.who), one.why) for one in run.decisions),
        )
    yield Heading("Told by the charger itself", 2)
    yield from _told(run.before, run.after)


def _run_facts(run: Run) -> Iterator[tuple[str, Cell]]:
    yield "Result", Pill(_capital(run.outcome_words), OUTCOME_TONES[run.outcome])
    yield "From → to", f"{run.came_from or NOTHING} → {run.target}"
    yield "Model", _model(run)
    yield "Started", _moment(run.started)
    yield "Ended", "it is still open" if run.ended is None else _moment(run.ended)
    yield "Run", Mono(run.id)
    yield "Technician (pseudonym)", Mono(run.technician)
    if run.order is None:
        yield "Work order", "none known here"
    else:
        yield "Work order", f"{run.order.id} · {run.order.title} · site {run.order.site}"
        yield "Order issued, expires", f"{_second(run.order.issued)}, {_second(run.order.expires)}"
    yield "Grants", ", ".join(run.grants) or "none"
    if run.recovery:
        yield "Recovered over", run.recovery
    if run.safety:
        yield "Is it safe?", run.safety
    yield "Audit records", ", ".join(map(str, run.records))


def _leg(leg: Leg, recovery: bool) -> Iterator[tuple[str, Cell]]:
    image = leg.image
    hardware = f" on hardware {leg.hardware}" if leg.hardware else ""
    yield f"Stage {leg.number}", Strong(f"{leg.component}: {leg.came_from or NOTHING} → {leg.version}{hardware}")
    yield "Image", f"{image.target}, {image.format}, {image.length} bytes"
    yield "SHA-256 of the file", Mono(image.sha256)
    yield "Hash that the charger reports", Mono(image.payload_hash)
    published = NOTHING if image.published is None else _second(image.published)
    yield "Published, security epoch", f"{published}, {image.security_epoch}"
    for one in image.signers:
        keys = ", ".join(one.keys)
        yield f"Signed by {one.kind}", f"{one.name}, {one.threshold} of {len(one.keys)} keys: {keys}"
    if not image.signers:
        yield "Signed by catalogue", "the catalogue on this laptop does not name it now"
    yield "Maker's signature", f"{GRADES[image.signature]}: {image.signature_words}"
    if leg.keeps_old:
        yield "Way back", "the charger keeps its old firmware"
    if leg.way_back is not None:
        yield "Way back on the laptop", f"{leg.way_back.version}, SHA-256 {leg.way_back.sha256}"
    elif not leg.keeps_old and not recovery:
        yield "Way back", "none was ready"


def _check(check: Check) -> tuple[Cell, ...]:
    state = Pill(GRADES[check.state], GRADE_TONES[check.state])
    return state, Strong(check.title), _capital(check.words), check.limit or NOTHING


def _findings(findings: Sequence[Found]) -> Iterator[Block]:
    for (leg, component), group in groupby(findings, key=lambda one: (one.leg, one.component)):
        yield Paragraph(f"Stage {leg}, {component}", small=True)
        yield Table(
            ("State", "Rule", "What was found", "Value", "Limit"),
            (0.14, 0.22, 0.44, 0.1, 0.1),
            tuple(_finding(one) for one in group),
        )


def _finding(one: Found) -> tuple[Cell, ...]:
    waived = f" Waived by {one.waived.who}: {one.waived.why}" if one.waived else ""
    value = NOTHING if one.value is None else f"{one.value} {one.unit}"
    limit = NOTHING if one.limit is None else f"{one.limit} {one.unit}"
    return Pill(GRADES[one.state], GRADE_TONES[one.state]), Strong(one.title), f"{one.words}{waived}", value, limit


def _step(step: Step, legs: int) -> tuple[Cell, ...]:
    where = f" ({step.component}, stage {step.leg})" if legs > 1 else f" ({step.component})"
    where = "" if where == f" ({MAIN})" else where
    ended = NOTHING if step.ended is None else _second(step.ended)
    words = f"{MARKS[step.result]}. {step.words}" if step.words else MARKS[step.result]
    return Strong(f"{step.title}{where}"), _second(step.begun), ended, str(step.tries), words


def _told(before: Account | None, after: Account | None) -> Iterator[Block]:
    first, then = _account(before), _account(after)
    rows = tuple(
        (Strong(name), first.get(name, NOTHING), then.get(name, NOTHING)) for name in dict.fromkeys([*first, *then])
    )
    if rows:
        yield Table(("Fact", "Before", "After the restart"), (0.2, 0.4, 0.4), rows)
    else:
        yield Paragraph("Nothing: it was not reached.")


def _account(told: Account | None) -> dict[str, Cell]:
    """Only what it told."""
    if told is None:
        return {}
    facts: dict[str, Cell | None] = {
        "Version": told.running,
        "Hash of what runs": Mono(told.running_hash) if told.running_hash else None,
        "Slot": told.slot,
        "Security epoch": None if told.security_epoch is None else str(told.security_epoch),
        "Connectors": ", ".join(f"{name} {status}" for name, status in told.connectors.items()),
        "Faults": ", ".join(told.faults),
        "Failed checks": ", ".join(told.failed_checks),
        "Clock": None if told.clock is None else _second(told.clock),
        "Central system": None if told.backend is None else _yes(told.backend, "connected", "not connected"),
        "Meter": ", ".join(f"{name} {value:.15g} Wh" for name, value in told.meter.items()),
        "Metering software": told.meter_checksum,
        "Certificates": ", ".join(f"{name} until {_second(end)}" for name, end in told.certificates.items()),
    }
    return {name: value for name, value in facts.items() if value}


# ---- the last page ---------------------------------------------------------------------------------------------------


def _proof(document: Document) -> Iterator[Block]:
    yield Heading("What this stands on", 0)
    yield Listed(tuple(_document_facts(document)))
    yield Heading("People", 2)
    yield Table(
        ("Pseudonym", "Was", "Name"),
        (0.45, 0.3, 0.25),
        tuple((Mono(one.pseudonym), ", ".join(one.roles), one.name or "not told") for one in document.people),
    )
    yield Heading("How each check of the protocol is decided", 2)
    decided = dict.fromkeys((check.id, check.title, check.decided) for run in document.runs for check in run.checks)
    yield Table(
        ("Check", "", "Decided from"),
        (0.17, 0.37, 0.46),
        tuple((id, Strong(title), words) for id, title, words in decided),
    )
    yield Heading("Audit records", 2)
    yield Paragraph("Exact bytes of each record, and its proof, are in the attached document.", small=True)
    yield Table(
        ("No.", "Time", "Event", "Leaf hash begins", "Central"),
        (0.07, 0.25, 0.25, 0.26, 0.17),
        tuple(_record(one.seq, one.envelope, one.proof is not None) for one in document.records),
    )


def _document_facts(document: Document) -> Iterator[tuple[str, Cell]]:
    yield "Report", f"{document.id}, {'one run' if document.kind is Kind.RUN else 'a visit'}, format {document.v}"
    yield "Kind", document.kind.value
    yield "Made", _moment(document.made)
    yield "Made with", f"{document.tool.name} {document.tool.version}"
    if document.site is not None:
        yield "Site", f"{document.site.name} ({document.site.id})"
    head = document.protocol
    yield "Protocol", f"{head.title} ({head.id}), version {head.version}"
    for number, key in enumerate(document.keys, start=1):
        what = "Laptop key" if len(document.keys) == 1 else f"Laptop key {number} of {len(document.keys)}"
        yield what, Mono(key.id)
    yield "Audit log", Mono(document.log.id)
    yield "Head of the log", f"{document.log.size} records"
    yield "Root of the log", Mono(document.log.root)
    if document.receipt is None:
        yield "Receipt", "NOT YET RECEIPTED"
        return
    receipt = document.receipt
    yield "Receipt of", receipt.origin
    yield "Receipt", f"{receipt.size} records, received {_second(receipt.received)}"
    yield "Root of the receipt", Mono(receipt.root)
    yield "Receipt signed with", Mono(_central_key(document))


def _central_key(document: Document) -> str:
    """How the note names its key; whole keys are compared by `report verify`."""
    assert document.receipt is not None
    nonce = Checkpoint.read(document.receipt.note).nonce
    return document.receipt.key or f"the central system's key (not on this laptop){f', nonce {nonce}' if nonce else ''}"


def _record(seq: int, envelope: str, proved: bool) -> tuple[Cell, ...]:
    data = envelope.encode("ascii")
    record = peek(data)
    confirmed = Pill("confirmed", Tone.OK) if proved else Pill("not yet", Tone.WARN)
    return str(seq), _second(record.at), record.event.event, Mono(leaf(data).hex()[:24]), confirmed


# ---- words -----------------------------------------------------------------------------------------------------------


def _model(run: Run) -> str:
    return f"{run.vendor} {run.model}".strip()


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _yes(value: bool, yes: str, no: str) -> str:
    return yes if value else no


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _second(at: datetime) -> str:
    """To the millisecond where there is one: the page says no less than the document."""
    text = iso(at).replace("T", " ").removesuffix("Z")
    return f"{text.removesuffix('.000')} UTC"


def _moment(moment: Moment) -> str:
    return f"{_second(moment.at)}, {CLOCKS.get(moment.clock, moment.clock)}"


def _duration(took: timedelta) -> str:
    minutes, seconds = divmod(round(took.total_seconds()), 60)
    return f"{minutes}:{seconds:02}"
