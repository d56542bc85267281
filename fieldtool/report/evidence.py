"""From journal, audit log and validation to the evidence document: a pure function of what was read.

Nothing is judged anew here: outcomes, findings and reasons stand as they were written when they were seen.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby

from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.record import Record as AuditRecord
from fieldtool.audit.record import peek
from fieldtool.core.driver import Can
from fieldtool.core.errors import Safety, Trouble
from fieldtool.core.model import Health, Observed, Release, same_serial
from fieldtool.core.rights import OrderedCharger, WorkOrder
from fieldtool.report import protocol
from fieldtool.report.document import (
    VERSION,
    Account,
    Attached,
    Decision,
    Document,
    Found,
    Image,
    Key,
    Kind,
    Leg,
    Log,
    Moment,
    Order,
    Person,
    Place,
    Reason,
    Receipt,
    Run,
    Signer,
    Step,
    Tool,
    Untouched,
    Waived,
    WayBack,
)
from fieldtool.report.proof import inclusion
from fieldtool.report.words import OUTCOMES, PHASES, RULES, UNITS
from fieldtool.update.evidence import Finding, Grade, Waiver
from fieldtool.update.run import TERMINAL, TOUCHES, UNTOUCHED, Head, Mark, Outcome, Phase, Record

GOOD = frozenset({Outcome.DONE, Outcome.RECOVERED})


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What is known now about an image file: who signed for it, and what a look at its own signature found."""

    signers: tuple[Signer, ...]
    signature: Grade
    words: str


@dataclass(frozen=True, slots=True)
class RunMaterial:
    """All that was read about one run."""

    head: Head
    records: tuple[Record, ...]  # of the journal
    audit: tuple[bytes, ...]  # envelopes of its audit records, in order
    order: WorkOrder | None


@dataclass(frozen=True, slots=True)
class LogMaterial:
    """The audit log as it was read. `keys` are those that signed in it, in their order."""

    id: str
    size: int
    root: bytes
    problem: Trouble | None
    keys: tuple[Key, ...]
    introductions: tuple[bytes, ...]  # envelopes: how the log was opened, and every later key introduced
    receipt: Checkpoint | None
    note: str
    central: str | None  # public key in base64
    leaves: tuple[bytes, ...]  # of the records that the receipt covers


@dataclass(frozen=True, slots=True)
class Material:
    """All that was read for one document."""

    kind: Kind
    id: str
    made: Moment
    tool: Tool
    throw_away: bool
    site: Place | None
    serials: frozenset[str] | None  # that the site expects; None: there is no site
    directed: bool
    runs: tuple[RunMaterial, ...]
    untouched: tuple[Untouched, ...]
    images: Mapping[str, ImageFacts]  # by SHA-256
    pseudonyms: Mapping[str, str]  # of everybody whom a run names
    show_names: bool
    log: LogMaterial
    checklist: protocol.Checklist


def evidence(material: Material) -> Document:
    log = material.log
    covered = 0 if log.receipt is None else log.receipt.size
    records = {peek(envelope).seq: envelope for one in material.runs for envelope in one.audit}
    records |= {peek(envelope).seq: envelope for envelope in log.introductions}
    proofs = inclusion(log.leaves, [number for number in records if number <= covered]) if covered else {}
    runs = tuple(_run(material, one) for one in material.runs)
    return Document(
        v=VERSION,
        kind=material.kind,
        id=material.id,
        made=material.made,
        tool=material.tool,
        throw_away=material.throw_away,
        site=material.site,
        people=_people(material, runs),
        runs=runs,
        untouched=material.untouched,
        protocol=material.checklist.head,
        log=_log(log),
        keys=log.keys,
        receipt=_receipt(log),
        records=tuple(
            Attached(number, envelope.decode("ascii"), _hex(proofs.get(number)))
            for number, envelope in sorted(records.items())
        ),
    )


def _hex(proof: Sequence[bytes] | None) -> tuple[str, ...] | None:
    return None if proof is None else tuple(one.hex() for one in proof)


def _log(log: LogMaterial) -> Log:
    words = "every record, link and the anchor agree" if log.problem is None else log.problem.what
    return Log(log.id, log.size, log.root.hex(), log.problem is None, words)


def _receipt(log: LogMaterial) -> Receipt | None:
    if log.receipt is None:
        return None
    one = log.receipt
    return Receipt(one.origin, one.size, one.root.hex(), one.received, log.central, log.note)


# ---- people ----------------------------------------------------------------------------------------------------------


def _people(material: Material, runs: Sequence[Run]) -> tuple[Person, ...]:
    roles: dict[str, list[str]] = {}
    for run in runs:
        _add(roles, run.technician, "technician")
        for decision in run.decisions:
            _add(roles, decision.who, "second person" if decision.kind == "approval" else "decided")
    names = {pseudonym: name for name, pseudonym in material.pseudonyms.items()} if material.show_names else {}
    return tuple(Person(one, tuple(roles[one]), names.get(one)) for one in sorted(roles))


def _add(roles: dict[str, list[str]], who: str, role: str) -> None:
    if role not in roles.setdefault(who, []):
        roles[who].append(role)


# ---- a run -----------------------------------------------------------------------------------------------------------


def _run(material: Material, one: RunMaterial) -> Run:
    head, records = one.head, one.records
    audit = [peek(envelope) for envelope in one.audit]
    last = records[-1]
    outcome = Outcome(last.phase.value) if last.phase in TERMINAL else Outcome.WAITING
    trouble = last.trouble or _newest_trouble(records, outcome)
    first = next((record for record in records if record.before is not None), None)
    made = Run(
        id=head.run,
        serial=head.serial,
        name=head.name,
        vendor=head.legs[0].release.vendor,
        model=next((leg.model for leg in head.legs if leg.model), ""),
        recovery="" if head.recovery is None else str(head.recovery.link),
        came_from=head.came_from,
        target=head.target,
        outcome=outcome,
        outcome_words=OUTCOMES[outcome],
        reason=None if trouble is None else Reason(trouble.text.name, trouble.what, trouble.remedy),
        safety="" if outcome in GOOD else _safety(records, outcome).text.what(),
        started=_moment(records[0].at, audit[:1]),
        ended=_moment(last.at, audit[-1:]) if last.phase in TERMINAL else None,
        technician=audit[0].actor if audit else material.pseudonyms[head.actor],
        order=_order(one.order),
        grants=head.grants,
        decisions=tuple(_decisions(head, records, material.pseudonyms)),
        before=_account(first.before if first else None, _health_before(records)),
        after=_account(None, _health_after(records)),
        legs=tuple(_legs(head, records, material.images)),
        steps=tuple(_steps(records)),
        findings=tuple(_findings(records, material.pseudonyms)),
        checks=(),
        records=tuple(record.seq for record in audit),
    )
    return replace(made, checks=protocol.evaluate(material.checklist, _facts(material, one, made)))


def _facts(material: Material, one: RunMaterial, run: Run) -> protocol.Facts:
    expected: OrderedCharger | None = one.order.charger(run.serial) if one.order is not None else None
    receipt, serials = material.log.receipt, material.serials
    return protocol.Facts(
        serial=run.serial,
        model=run.model,
        before=run.before,
        expected=expected,
        on_site=None if serials is None else any(same_serial(run.serial, serial) for serial in serials),
        directed=material.directed,
        ordered=None if expected is None else frozenset(image.sha256 for image in expected.images),
        outcome=run.outcome,
        outcome_words=run.outcome_words,
        recovery=one.head.recovery is not None,
        legs=run.legs,
        findings=run.findings,
        whole=material.log.problem is None,
        chain_words=_log(material.log).words,
        last_record=max(run.records, default=0),
        receipted=None if receipt is None else receipt.size,
    )


def _newest_trouble(records: Sequence[Record], outcome: Outcome) -> Trouble | None:
    """Of a run that is still open, what it waits for."""
    if outcome is not Outcome.WAITING:
        return None
    return next((record.trouble for record in reversed(records) if record.trouble is not None), None)


def _safety(records: Sequence[Record], outcome: Outcome) -> Safety:
    last = records[-1]
    if last.trouble is not None:
        return last.trouble.safety
    if outcome is Outcome.WAITING and any(record.phase in TOUCHES - UNTOUCHED for record in records):
        can = next((record.can for record in reversed(records) if record.can is not None), Can(0))
        return Safety.OLD_IS_KEPT if Can.KEEP_OLD in can else Safety.KEEP_POWERED
    return Safety.UNTOUCHED


def _moment(at: datetime, audit: Sequence[AuditRecord]) -> Moment:
    """The journal's time, with the clock confidence of the audit record that was written with it."""
    return Moment(at, audit[0].clock if audit else "plausible")


def _order(order: WorkOrder | None) -> Order | None:
    return None if order is None else Order(order.id, order.site, order.title, order.issued, order.expires)


def _decisions(head: Head, records: Sequence[Record], known: Mapping[str, str]) -> Iterator[Decision]:
    for passed in head.overrides:
        yield Decision("override", passed.problem, known[passed.who], passed.why)
    for waiver in (*head.waivers, *(record.waiver for record in records if record.waiver is not None)):
        yield Decision("waiver", waiver.rule, known[waiver.who], waiver.why)
    for one in head.approvals:
        yield Decision("approval", one.request.nonce, known[one.actor], f"by {one.how}, under grant {one.grant}")


# ---- what the charger told -------------------------------------------------------------------------------------------


def _health_before(records: Sequence[Record]) -> Health | None:
    """BACKUP asks once more, and more."""
    early = [record.health for record in records if record.leg == 0 and record.phase in UNTOUCHED and record.health]
    return early[-1] if early else None


def _health_after(records: Sequence[Record]) -> Health | None:
    late = [record.health for record in records if record.phase is Phase.VALIDATE and record.health]
    return late[-1] if late else None


def _account(seen: Observed | None, health: Health | None) -> Account | None:
    if seen is None and health is None:
        return None
    return Account(
        running=seen.running if seen else None,
        running_hash=seen.running_hash if seen else None,
        slot=seen.running_slot if seen else "",
        security_epoch=seen.security_epoch if seen else None,
        connectors={name: status.value for name, status in health.connectors.items()} if health else {},
        faults=health.faults if health else (),
        failed_checks=health.failed_checks if health else (),
        clock=_time(health.clock) if health and health.clock is not None else None,
        backend=health.backend if health else None,
        meter=dict(health.meter) if health else {},
        meter_checksum=health.meter_checksum if health else "",
        certificates=_ends(health) if health else {},
    )


def _ends(health: Health) -> dict[str, datetime]:
    ends = ((name, _time(end)) for name, end in health.certificates.items())
    return {name: end for name, end in ends if end is not None}


def _time(seconds: float) -> datetime | None:
    """A charger may tell a time that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


# ---- legs, phases, findings ------------------------------------------------------------------------------------------


def _legs(head: Head, records: Sequence[Record], images: Mapping[str, ImageFacts]) -> Iterator[Leg]:
    for number, leg in enumerate(head.legs):
        can = next((record.can for record in records if record.leg == number and record.can is not None), Can(0))
        back = leg.way_back
        yield Leg(
            number=number + 1,
            component=leg.component,
            hardware=leg.hardware,
            came_from=leg.came_from,
            version=leg.release.version,
            image=_image(leg.release, images[leg.release.sha256]),
            keeps_old=Can.KEEP_OLD in can,
            way_back=None if back is None else WayBack(back.version, back.sha256),
        )


def _image(release: Release, known: ImageFacts) -> Image:
    return Image(
        target=release.target,
        length=release.length,
        sha256=release.sha256,
        payload_hash=release.payload_hash,
        format=release.format,
        published=release.published,
        security_epoch=release.security_epoch,
        signers=known.signers,
        signature=known.signature,
        signature_words=known.words,
    )


def _steps(records: Sequence[Record]) -> Iterator[Step]:
    """Rows of one phase that follow each other are one step, however often it was begun."""
    walked = [record for record in records if record.phase not in TERMINAL]
    for (leg, phase), group in groupby(walked, key=lambda record: (record.leg, record.phase)):
        rows = list(group)
        last = rows[-1]
        trouble = next((row.trouble for row in reversed(rows) if row.trouble is not None), None)
        yield Step(
            leg=leg + 1,
            component=last.component,
            phase=phase.value,
            title=PHASES[phase],
            begun=rows[0].at,
            ended=None if last.mark is Mark.ENTERED else last.at,
            tries=sum(row.mark is Mark.ENTERED for row in rows),
            result=last.mark.value,
            words="" if trouble is None else trouble.what,
        )


def _findings(records: Sequence[Record], known: Mapping[str, str]) -> Iterator[Found]:
    """Those of the last look at each leg."""
    judged = {record.leg: record for record in records if record.findings}
    for leg, record in judged.items():
        for finding in record.findings:
            yield _found(leg + 1, record.component, finding, known)


def _found(leg: int, component: str, finding: Finding, known: Mapping[str, str]) -> Found:
    params, unit = dict(finding.reason.params), UNITS.get(finding.rule, "")
    value, limit = params.get("found"), params.get("expected")
    return Found(
        leg=leg,
        component=component,
        rule=finding.rule,
        title=RULES[finding.rule],
        state=finding.grade,
        words=finding.reason.what,
        value=None if value is None or not unit else str(value),
        unit=unit if value is not None else "",
        limit=None if limit is None or not unit else str(limit),
        waived=_waived(finding.waiver, known),
    )


def _waived(waiver: Waiver | None, known: Mapping[str, str]) -> Waived | None:
    return None if waiver is None else Waived(known[waiver.who], waiver.why)


def persons(head: Head, records: Sequence[Record]) -> frozenset[str]:
    """Names of everybody whom a run names: each needs a pseudonym."""
    waivers = [*head.waivers, *(record.waiver for record in records if record.waiver is not None)]
    waivers += [one.waiver for record in records for one in record.findings if one.waiver is not None]
    deciding = {one.who for one in head.overrides} | {one.who for one in waivers}
    return frozenset({head.actor, *deciding, *(one.actor for one in head.approvals)})
