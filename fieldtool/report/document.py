"""The evidence document, version 1: what stands in it (resources/schemas/evidence-v1.json says the same as data).

Facts that the charger told stand in `Account`; whatever else is here, fieldtool saw, decided or did itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fieldtool.update.evidence import Grade
from fieldtool.update.run import Outcome

VERSION = 1
PAYLOAD_TYPE = "application/vnd.fieldtool.evidence.v1+json"


class Kind(StrEnum):
    RUN, VISIT = "run", "visit"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of the laptop, and how sure it was of it: "proven", "plausible" or "behind"."""

    at: datetime
    clock: str


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Place:
    """A site."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who did or decided something. `name` only where that was asked for."""

    pseudonym: str
    roles: tuple[str, ...]  # "technician", "second person", "decided"
    name: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """The work order that named this image for this charger when the run began."""

    id: str
    site: str
    title: str
    issued: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed for an image: a role of the catalogue, or the maker in the file itself."""

    kind: str  # "catalogue", "maker"
    name: str
    threshold: int  # keys that must have signed
    keys: tuple[str, ...]  # ids of those that may


@dataclass(frozen=True, slots=True)
class Image:
    target: str  # path in the image repository
    length: int  # bytes
    sha256: str
    payload_hash: str  # as the charger reports it
    format: str
    published: datetime | None
    security_epoch: int
    signers: tuple[Signer, ...]
    signature: Grade  # of the maker's own signature in the file, looked at when this was made
    signature_words: str


@dataclass(frozen=True, slots=True)
class WayBack:
    """The old firmware as it lay on the laptop before the run."""

    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One stage of a run: one image on one component."""

    number: int  # from 1
    component: str
    hardware: str
    came_from: str | None  # version
    version: str
    image: Image
    keeps_old: bool  # the charger itself keeps its old firmware beside the new
    way_back: WayBack | None


@dataclass(frozen=True, slots=True)
class Account:
    """What the charger said of itself. It may be wrong, or lie. None and empty: it did not say, or was not asked."""

    running: str | None
    running_hash: str | None
    slot: str
    security_epoch: int | None
    connectors: Mapping[str, str]
    faults: tuple[str, ...]
    failed_checks: tuple[str, ...]
    clock: datetime | None
    backend: bool | None
    meter: Mapping[str, float]  # register -> Wh
    meter_checksum: str
    certificates: Mapping[str, datetime]  # name -> end


@dataclass(frozen=True, slots=True)
class Step:
    """A phase that was walked: from when to when, how often it was begun, how it ended."""

    leg: int
    component: str
    phase: str
    title: str
    begun: datetime
    ended: datetime | None  # None: it has not ended
    tries: int
    result: str  # "ok", "failed", "lost", ...
    words: str  # what was in the way, if anything


@dataclass(frozen=True, slots=True)
class Waived:
    who: str  # pseudonym
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """What one rule of validation found. "not_checked" is never a pass."""

    leg: int
    component: str
    rule: str
    title: str
    state: Grade
    words: str
    value: str | None
    unit: str
    limit: str | None
    waived: Waived | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided beyond the rules: a problem passed over, a rule waived, a second person's yes."""

    kind: str  # "override", "waiver", "approval"
    about: str
    who: str  # pseudonym
    why: str


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the protocol."""

    id: str
    title: str
    state: Grade
    words: str
    limit: str
    decided: str  # how


@dataclass(frozen=True, slots=True)
class Run:
    """What was done at one charger, and how it ended."""

    id: str
    serial: str
    name: str
    vendor: str
    model: str
    recovery: str  # serial line over which it was brought back; "": an update
    came_from: str | None
    target: str
    outcome: Outcome
    outcome_words: str
    reason: Reason | None
    safety: str  # what state the charger was left in; "" after a good end, where the health check says it
    started: Moment
    ended: Moment | None  # None: it is still open
    technician: str  # pseudonym
    order: Order | None
    grants: tuple[str, ...]
    decisions: tuple[Decision, ...]
    before: Account | None
    after: Account | None
    legs: tuple[Leg, ...]
    steps: tuple[Step, ...]
    findings: tuple[Found, ...]
    checks: tuple[Check, ...]  # of the protocol
    records: tuple[int, ...]  # numbers of its audit records


@dataclass(frozen=True, slots=True)
class Untouched:
    """A charger of the site without a run in this visit."""

    serial: str
    name: str
    reason: str  # why, as far as it was said; "" = nobody asked for an update


@dataclass(frozen=True, slots=True)
class Protocol:
    id: str
    version: int
    title: str


@dataclass(frozen=True, slots=True)
class Log:
    """The audit log when this was made, as the laptop saw it."""

    id: str
    size: int
    root: str
    whole: bool  # every record, link and the anchor agreed
    words: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key of this log, in the order in which they signed. The last one signed this document."""

    id: str
    spki: str  # SubjectPublicKeyInfo in base64


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the central system signed last: it holds the records 1 to `size`."""

    origin: str
    size: int
    root: str
    received: datetime
    key: str | None  # central's public key (Ed25519) in base64; None: this laptop does not have it
    note: str  # the signed note, exact text


@dataclass(frozen=True, slots=True)
class Attached:
    """The exact bytes of an audit record, and its way to the root of the receipt."""

    seq: int
    envelope: str
    proof: tuple[str, ...] | None  # RFC 9162 inclusion proof; None: central has not confirmed it yet


@dataclass(frozen=True, slots=True)
class Document:
    """What was done, and what proves it. Of one run, or of a visit: all runs at a site within a time."""

    v: int  # 1
    kind: Kind
    id: str  # of the report; also the name of its files
    made: Moment
    tool: Tool
    throw_away: bool  # signed with a key of a training folder: proves nothing
    site: Place | None
    people: tuple[Person, ...]
    runs: tuple[Run, ...]
    untouched: tuple[Untouched, ...]
    protocol: Protocol
    log: Log
    keys: tuple[Key, ...]
    receipt: Receipt | None
    records: tuple[Attached, ...]
    fields: str = ""  # a short checksum of every other value, in order: names what was altered, proves nothing

    def run(self, serial: str) -> Run | None:
        return next((one for one in self.runs if one.serial == serial), None)

    @property
    def key_id(self) -> str:
        return self.keys[-1].id
