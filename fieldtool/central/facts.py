"""What accepted records say of runs and chargers. Pure: the same records give the same facts, in whatever pieces they
come. `projection.py` keeps the result in tables.

Nothing here is believed more than its record: what a charger told stays told, what a laptop saw stays seen, and a time
is never later than the moment in which central got the record.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from fieldtool.audit.record import Event, Record
from fieldtool.core.model import normal_serial
from fieldtool.trusted_time import Confidence
from fieldtool.update.run import RECOVERING, Outcome, Phase

RULES = 1  # a new number makes every central work its records through again

NAME, WORDS = 120, 1000  # characters that a name, and a reason, may have on a page


class State(StrEnum):
    """How a run stands. `OPEN`: it began, and no record tells its end."""

    DONE, ROLLED_BACK, REFUSED, ABANDONED = "done", "rolled_back", "refused", "abandoned"
    STUCK, RECOVERED, WAITING, OPEN = "stuck", "recovered", "waiting", "open"


class Proof(StrEnum):
    """Whose word a version is."""

    TOLD = "told"  # the charger told it, and was not changed since, as far as the laptop knows
    SEEN = "seen"  # the laptop brought it, and judged the charger after its restart
    NONE = ""  # nobody can say


@dataclass(frozen=True, slots=True)
class Heard:
    """A record that central accepted, and when."""

    record: Record
    received: datetime

    @property
    def at(self) -> datetime:
        """No laptop is believed to be ahead of central's own clock."""
        return min(self.record.at, self.received)

    @property
    def sure(self) -> bool:
        return self.record.clock != Confidence.BEHIND and self.record.at <= self.received


@dataclass(frozen=True, slots=True)
class Part:
    """One component in one run. Texts are fit to be shown; "" is not known."""

    component: str
    found: str = ""  # version that the charger told when the run came to it
    target: str = ""
    sha256: str = ""  # of the firmware file
    model: str = ""
    hardware: str = ""
    vendor: str = ""
    runs: str = ""  # version at the end of the run
    proof: Proof = Proof.NONE


@dataclass(frozen=True, slots=True)
class Run:
    """One run as one log tells it; or a request that was refused before any run began."""

    log: str
    id: str
    first: int  # number of its first record
    last: int
    serial: str  # normal form
    label: str  # as the laptop writes it
    began: datetime
    heard: datetime  # time of its last record
    name: str = ""
    site: str = ""
    actor: str = ""
    grant: str = ""
    state: State = State.OPEN
    recovery: bool = False
    trouble: str = ""  # name of a text; the newest one while the run is open
    words: str = ""
    sure: bool = True  # of the times
    parts: tuple[Part, ...] = ()  # in the order in which the run came to them

    @property
    def ended(self) -> bool:
        return self.state not in (State.OPEN, State.WAITING)


@dataclass(frozen=True, slots=True)
class LogState:
    """What must be remembered of a log between two batches."""

    site: str = ""  # that the laptop works on


@dataclass(frozen=True, slots=True)
class Mention:
    """A record that belongs to the history of a charger."""

    seq: int
    serial: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """An alarm that a laptop raised about its own log."""

    seq: int
    trouble: str
    words: str
    at: datetime


@dataclass(slots=True)
class Batch:
    """Consecutive records of one log, worked in. `runs` holds those that they belong to, before and after."""

    state: LogState
    runs: dict[str, Run]
    mentions: list[Mention] = field(default_factory=list)
    alarms: list[Told] = field(default_factory=list)

    def take(self, heard: Heard) -> None:
        record, event = heard.record, heard.record.event
        if event.event in ("site-imported", "site-ordered"):
            self.state = replace(self.state, site=line(event.seen.get("site")))
        elif event.event == "log-alarm":
            words = line(event.seen.get("words"), WORDS)
            self.alarms.append(Told(record.seq, line(event.seen.get("trouble")), words, heard.at))
        if event.charger:
            self.mentions.append(Mention(record.seq, serial_of(event), heard.at))
        if (run := run_of(record)) and event.charger:
            self.runs[run] = told_by(self.runs.get(run), heard, run, self.state.site)


def run_of(record: Record) -> str:
    """The run that a record belongs to; "" for none. What was refused before it began has the record for a name."""
    if record.event.event in ("update-refused", "recovery-refused"):
        return f"refused-{record.seq}"
    return line(record.event.run) if record.event.event.startswith("run-") else ""


def serial_of(event: Event) -> str:
    return normal_serial(line(event.charger))


def line(value: object, length: int = NAME) -> str:
    """One line of text that is safe to show: a charger and a laptop choose what they write."""
    text = value if isinstance(value, str) else ""
    cut = text if len(text) <= length else text[: length - 1] + "…"
    if cut.isprintable():
        return cut
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in cut)


# ---- a run, record by record ----------------------------------------------------------------------------------------


def told_by(before: Run | None, heard: Heard, run: str, site: str) -> Run:
    """The run after one more of its records."""
    record, event = heard.record, heard.record.event
    known = before or Run(
        record.log, run, record.seq, record.seq, serial_of(event), line(event.charger), heard.at, heard.at, site=site,
        actor=line(record.actor), grant=line(event.grant, WORDS),
    )  # fmt: skip
    if known.ended or serial_of(event) != known.serial:  # nothing follows an end, and a run has one charger
        return replace(known, last=record.seq)
    trouble, words = line(event.seen.get("trouble")), line(event.seen.get("words"), WORDS)
    now = replace(
        known,
        last=record.seq,
        heard=heard.at,
        sure=known.sure and heard.sure,
        name=known.name or line(event.seen.get("charger name")),
        recovery=known.recovery or _recovers(event),
        state=_state(event, known.state),
        trouble=trouble or known.trouble,
        words=words if trouble else known.words,
        parts=_parts(known.parts, event),
    )
    return _ended(now, trouble) if now.ended else now


def _recovers(event: Event) -> bool:
    phase = event.seen.get("phase")
    return event.event == "recovery-refused" or "recovery line" in event.seen or phase in _RECOVERING


_RECOVERING = frozenset(phase.value for phase in (*RECOVERING, Phase.RECOVERED))
_ENDS: Mapping[str, State] = MappingProxyType({one.value: State(one.value) for one in Outcome})


def _state(event: Event, before: State) -> State:
    if event.event in ("update-refused", "recovery-refused"):
        return State.REFUSED
    if event.event == "run-ended":
        return _ENDS.get(str(event.seen.get("phase")), before)
    return State.WAITING if event.event == "run-waiting" else State.OPEN


def _parts(parts: tuple[Part, ...], event: Event) -> tuple[Part, ...]:
    component = line(event.component)
    if not component:
        return parts
    old = next((one for one in parts if one.component == component), None)
    new = _part(old or Part(component), event, is_new=old is None)
    return (*parts, new) if old is None else tuple(new if one is old else one for one in parts)


def _part(part: Part, event: Event, *, is_new: bool) -> Part:
    """A second stage of the same component moves its target; what was found stays what was found first."""
    told, seen = event.told, event.seen
    moves = is_new or event.event in ("run-started", "run-leg-started")  # not while stages are undone
    return replace(
        part,
        found=line(told.get("running") or seen.get("found")) if is_new else part.found,
        target=line(seen.get("target")) if moves else part.target,
        sha256=line(event.fw_sha256) if moves else part.sha256,
        model=part.model or line(told.get("model")),
        hardware=part.hardware or line(told.get("hardware")),
        vendor=part.vendor or line(seen.get("vendor")),
    )


def _ended(run: Run, trouble: str) -> Run:
    good = run.state in (State.DONE, State.RECOVERED)
    kept = run if trouble or not good else replace(run, trouble="", words="")  # what was overcome is no reason
    return replace(kept, parts=tuple(_at_end(part, run.state, kept.trouble) for part in run.parts))


def _at_end(part: Part, state: State, trouble: str) -> Part:
    """What runs now follows from how the run ended: success needs the charger's own report of the target, a way back
    its report of what it ran before, and what ended earlier had changed nothing."""
    if state in (State.DONE, State.RECOVERED):
        return replace(part, runs=part.target, proof=Proof.SEEN if part.target else Proof.NONE)
    if state is State.STUCK or trouble == "NOT_OUR_DOING" or not part.found:
        return replace(part, runs="", proof=Proof.NONE)
    return replace(part, runs=part.found, proof=Proof.SEEN if state is State.ROLLED_BACK else Proof.TOLD)


# ---- a charger, from its runs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Account:
    """What one run left on a component, and what the next one found there instead."""

    log: str
    run: str
    at: datetime
    found: str  # by the next run
    runs: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class Unit:
    """One component of one charger, as the newest account has it."""

    serial: str
    component: str
    label: str
    name: str
    site: str
    vendor: str
    model: str
    hardware: str
    version: str
    proof: Proof
    at: datetime
    sure: bool
    log: str
    run: str
    state: State
    left: Account | None = None  # an earlier account that a later one contradicts


def in_order(runs: Iterable[Run]) -> list[Run]:
    """Of several logs, oldest first: each log in its own order, the logs among each other by time.

    A time later in a log shows that earlier ones of the same log were not later than it.
    """
    newest_first = sorted(runs, key=lambda run: (run.log, run.first), reverse=True)
    placed: list[tuple[datetime, str, int, Run]] = []
    log, floor = "", None
    for run in newest_first:
        floor = run.heard if run.log != log or floor is None else min(floor, run.heard)
        log = run.log
        placed.append((floor, run.log, run.first, run))
    return [run for *_, run in sorted(placed, key=lambda item: item[:3])]


def units(runs: Sequence[Run]) -> dict[str, Unit]:
    """Component -> how it stands, from all runs of one charger."""
    found: dict[str, Unit] = {}
    for run in in_order(runs):
        for part in run.parts:
            found[part.component] = _after(found.get(part.component), run, part)
    return found


def _after(before: Unit | None, run: Run, part: Part) -> Unit:
    version, proof = (part.runs, part.proof) if run.ended else (part.found, Proof.TOLD if part.found else Proof.NONE)
    if before is not None and not version and run.state is State.REFUSED:
        return before  # nobody looked at the charger
    return Unit(
        serial=run.serial,
        component=part.component,
        label=run.label,
        name=run.name or (before.name if before else ""),
        site=run.site or (before.site if before else ""),
        vendor=part.vendor or (before.vendor if before else ""),
        model=part.model or (before.model if before else ""),
        hardware=part.hardware or (before.hardware if before else ""),
        version=version,
        proof=proof,
        at=run.heard,
        sure=run.sure,
        log=run.log,
        run=run.id,
        state=run.state,
        left=_left(before, run, part),
    )


def _left(before: Unit | None, run: Run, part: Part) -> Account | None:
    """Somebody left another version than was found here: it stands until the same laptop has looked again."""
    if before is None or not part.found:
        return before.left if before else None
    if before.version and before.version != part.found:
        return Account(before.log, before.run, before.at, part.found, before.version, before.proof)
    return None if before.left is not None and before.left.log == run.log else before.left
