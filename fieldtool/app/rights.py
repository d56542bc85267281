"""The rights of this laptop: what the director said, gathered for plans and runs; and second persons who agree."""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import Event
from fieldtool.core.clock import iso, parse_iso
from fieldtool.core.errors import FirmwareError, RefusedError, Trouble, UsageError
from fieldtool.core.model import Release, normal_serial
from fieldtool.core.rights import Directions, Grant
from fieldtool.core.texts import Text
from fieldtool.firmware.repository import Catalogue
from fieldtool.store.database import Store
from fieldtool.store.tables import mark
from fieldtool.trusted_time import TrustedTime
from fieldtool.update.approval import (
    Approval,
    Asked,
    How,
    Request,
    approval_text,
    by_key,
    by_pin,
    pin_fits,
    read_request,
)
from fieldtool.update.epochs import Epochs
from fieldtool.update.journal import Journal
from fieldtool.update.plan import PlanLine, SitePlan
from fieldtool.update.preflight import Level
from fieldtool.update.rights import Rights, may_approve, narrowed, same_person

TRIES, LOCKED_FOR = 5, timedelta(minutes=15)  # wrong PINs in a row, and how long nobody may try again
_NONE: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Known:
    """Everything about rights that is the same for all chargers, as of one moment."""

    directions: Directions | None
    problem: Trouble | None
    key_id: str
    uses: Mapping[str, int]
    epochs: Mapping[str, Mapping[str, int]]

    @property
    def directed(self) -> bool:
        return self.directions is not None or self.problem is not None

    def of(self, serial: str, actor: str, at: datetime) -> Rights:
        directions = narrowed(self.directions, serial) if self.directions is not None else None
        epochs = self.epochs.get(normal_serial(serial), _NONE)
        return Rights(directions, self.problem, self.key_id, actor, at, self.uses, epochs=epochs)


class LaptopRights:
    """Asks the catalogue, the journal and the clock. Nothing is remembered that could hide a change."""

    def __init__(
        self, store: Store, catalogue: Catalogue, audit: AuditLog, time: TrustedTime, journal: Journal, actor: str
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._audit = audit
        self._time = time
        self._journal = journal
        self._actor = actor
        self.epochs = Epochs(store)

    # -- what counts --------------------------------------------------------------------------------------------------

    def known(self, run: str = "") -> Known:
        """Now. `run`: as that run sees it, which does not count itself. A directed laptop never becomes another."""
        directions, problem = None, None
        try:
            directions = self._catalogue.directions()
        except FirmwareError as error:
            problem = error.trouble()
        limited = [one.id for one in directions.grants if one.max_uses is not None] if directions is not None else []
        uses = self._journal.begun_under(limited, run)
        return Known(directions, problem, self._audit.key_id() or "", uses, self.epochs.all())

    def of(self, serial: str, run: str = "") -> Rights:
        """For one charger, and one run of it."""
        return self._with_used(self.known(run).of(serial, self._actor, self._at()), serial, run)

    def fresh(self) -> Callable[[str], Rights]:
        """The same for a plan of many chargers: read once, then asked for each."""
        known, at = self.known(), self._at()
        return lambda serial: self._with_used(known.of(serial, self._actor, at), serial, "")

    def remembered(self, known: Known) -> Callable[[str], Rights]:
        """For the list, which reads no disk. It decides nothing."""
        return lambda serial: known.of(serial, self._actor, self._at())

    def _with_used(self, rights: Rights, serial: str, run: str) -> Rights:
        if not rights.directed:
            return rights
        return replace(rights, used=self._journal.used_approvals(serial, run))

    def _at(self) -> datetime:
        return self._time.reading().at

    # -- here: the first person asks, the second types a PIN ----------------------------------------------------------

    def request(self, plan: SitePlan) -> Request:
        """What a second person must agree to before this plan can start. UsageError(APPROVAL_NOT_NEEDED)."""
        asked = tuple(
            Asked(line.serial, frozenset(leg.release.sha256 for leg in line.legs), line.second)
            for line in plan.lines
            if line.second and only_unapproved(line)
        )
        if not asked:
            raise UsageError(Text.APPROVAL_NOT_NEEDED)
        return Request(self._audit.key_id() or "", self._actor, secrets.token_hex(16), asked, self._at())

    def approvers(self) -> tuple[str, ...]:
        """Who may agree here with a PIN."""
        rights = self.of("")
        grants = rights.directions.grants if rights.directions is not None else ()
        return tuple(sorted({one.actor for one in grants if may_approve(one, rights, How.PIN)}))

    def approve(self, request: Request, actor: str, pin: str) -> Approval:
        """The second person's PIN, typed here. Slow. Every try is counted before, and audited.

        RefusedError(APPROVAL_PIN_WRONG, APPROVAL_LOCKED, APPROVAL_WITHOUT_GRANT).
        """
        grant = self._choose(request, How.PIN, lambda one: same_person(one.actor, actor), actor)
        self._count_try(grant)
        if not pin_fits(grant.pin, pin):
            self._record("approval-refused", request, grant, {"trouble": Text.APPROVAL_PIN_WRONG.name})
            raise RefusedError(Text.APPROVAL_PIN_WRONG, actor=grant.actor)
        with self._store.write() as tx:
            tx.execute(delete(mark).where(mark.c.name == _tries(grant)))
        approval = by_pin(request, grant.id, grant.actor, self._at())
        self._record("approval-given", request, grant, {"how": How.PIN.value})
        return approval

    def _count_try(self, grant: Grant) -> None:
        at = self._at()
        with self._store.write() as tx:
            tries, last = _tries_before(tx, grant)
            locked = last is not None and tries >= TRIES and at < last + LOCKED_FOR
            if not locked:
                value = json.dumps([tries + 1, iso(at)])
                kept = insert(mark).values(name=_tries(grant), value=value)
                tx.execute(kept.on_conflict_do_update(index_elements=[mark.c.name], set_={"value": value}))
        if locked and last is not None:
            until = f"{last + LOCKED_FOR:%Y-%m-%d %H:%M} UTC"
            raise RefusedError(Text.APPROVAL_LOCKED, actor=grant.actor, until=until)

    # -- there: the second person's own laptop ------------------------------------------------------------------------

    def read(self, text: str) -> tuple[Request, tuple[Release, ...]]:
        """A request of another laptop, and the firmware that it is about, looked up in the catalogue of this one.

        RefusedError(APPROVAL_BAD, APPROVAL_UNKNOWN_IMAGE).
        """
        request = read_request(text)
        known = {release.sha256: release for release in self._catalogue.releases()}
        for one in request.chargers:
            for sha256 in sorted(one.images - known.keys()):
                raise RefusedError(Text.APPROVAL_UNKNOWN_IMAGE, sha256=sha256[:16], serial=one.serial)
        wanted = {sha256 for one in request.chargers for sha256 in one.images}
        return request, tuple(known[sha256] for sha256 in sorted(wanted))

    def sign(self, request: Request) -> str:
        """Agree with the key of this laptop. Returns the text to be given to the one that asks; audited before.

        RefusedError(APPROVAL_WITHOUT_GRANT, APPROVAL_SAME_PERSON).
        """
        key_id = self._audit.key_id() or ""
        if request.laptop == key_id:
            raise RefusedError(Text.APPROVAL_SAME_PERSON, actor=self._actor)
        grant = self._choose(request, How.KEY, lambda one: one.key_id == key_id, self._actor)
        if same_person(grant.actor, request.actor):
            raise RefusedError(Text.APPROVAL_SAME_PERSON, actor=grant.actor)
        self._record("approval-given", request, grant, {"how": How.KEY.value, "for": request.laptop})
        key = self._audit.key()
        if key is None:
            raise UsageError(Text.AUDIT_KEY_GONE)
        return approval_text(by_key(request, grant.id, grant.actor, self._at(), key))

    # -- both ---------------------------------------------------------------------------------------------------------

    def _choose(self, request: Request, how: How, mine: Callable[[Grant], bool], who: str) -> Grant:
        """The grant by which somebody may agree to all of a request."""
        rights = self.fresh()
        of_charger = {one.serial: rights(one.serial) for one in request.chargers}
        first = next(iter(of_charger.values()))
        if first.problem is not None:
            raise RefusedError(first.problem.text, **dict(first.problem.params))
        grants = first.directions.grants if first.directions is not None else ()
        able = [one for one in grants if mine(one) and may_approve(one, first, how)]
        for serial, one in of_charger.items():
            able = [grant for grant in able if _covers(grant, one, serial)]
            if not able:
                raise RefusedError(Text.APPROVAL_WITHOUT_GRANT, actor=who, serial=serial)
        return min(able, key=lambda one: one.id)

    def _record(self, name: str, request: Request, grant: Grant, more: Mapping[str, str]) -> None:
        """Each charger has a record of its own: its history shows who agreed."""
        self._audit.ready()
        with self._store.write() as tx:
            who = self._audit.pseudonym(tx, grant.actor)
            for one in request.chargers:
                seen = {"second person": who, "nonce": request.nonce, "actions": _words(one.actions), **more}
                image = next(iter(sorted(one.images)))
                self._audit.append(tx, Event(name, one.serial, seen=seen, fw_sha256=image, grant=grant.id))


def only_unapproved(line: PlanLine) -> bool:
    """Does nothing but a second person's yes keep this line from starting?"""
    stops = {one.reason.text for one in line.problems if one.level is Level.STOP}
    return bool(stops) and all(text.name.startswith("APPROVAL_") for text in stops)


def _covers(grant: Grant, rights: Rights, serial: str) -> bool:
    orders = rights.directions.orders_for(serial, rights.at) if rights.directions is not None else ()
    named = ((order, order.charger(serial)) for order in orders)
    return any(one is not None and grant.scope.covers(order.site, serial, one.model) for order, one in named)


def _words(actions: Iterable[str]) -> str:
    return ", ".join(sorted(actions))


def _tries(grant: Grant) -> str:
    return f"pin-tries:{grant.id}"


def _tries_before(tx: Connection, grant: Grant) -> tuple[int, datetime | None]:
    kept = tx.execute(select(mark.c.value).where(mark.c.name == _tries(grant))).scalar()
    if kept is None:
        return 0, None
    tries, last = json.loads(kept)
    return int(tries), parse_iso(last)
