"""May this laptop do that to this charger now? Pure rules over what the operator signed; whatever is missing forbids.

The engine asks them itself, with what is known at that moment: before a run begins, before each of its legs, and when
a rule is waived while it goes on. Without a director repository there are no rights: fieldtool stands alone.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType

from fieldtool.core.errors import ExitCode, Param, Safety, Trouble
from fieldtool.core.model import Release
from fieldtool.core.rights import SECOND_PERSON, Action, Denylist, Directions, Grant, OrderedCharger, WorkOrder
from fieldtool.core.texts import Text
from fieldtool.update.approval import LASTS, SKEW, Approval, How, signed

_NO_COUNTS: Mapping[str, int] = MappingProxyType({})
NOWHERE = datetime(1, 1, 1, tzinfo=UTC)  # before every grant: without a time nothing is allowed


@dataclass(frozen=True, slots=True)
class Rights:
    """What counts for one charger at this moment. Neither directions nor problem: fieldtool stands alone."""

    directions: Directions | None = None
    problem: Trouble | None = None  # the laptop is directed, and what the director says cannot be read
    key_id: str = ""  # of this laptop
    actor: str = ""  # who sits at it
    at: datetime = NOWHERE  # trusted
    uses: Mapping[str, int] = field(
        default_factory=lambda: _NO_COUNTS
    )  # grant -> runs that began under it before this one, on this laptop
    used: frozenset[str] = frozenset()  # nonces of approvals that earlier runs on this charger began with
    epochs: Mapping[str, int] = field(
        default_factory=lambda: _NO_COUNTS
    )  # component -> highest security epoch that this laptop ever saw on it
    approvals: tuple[Approval, ...] = ()  # that were given for this run
    only: frozenset[str] | None = None  # the grants that the run was planned under and is counted for; None: any
    began: bool = False  # the run passed its preflight once: what has ended since does not take it back

    @property
    def directed(self) -> bool:
        return self.directions is not None or self.problem is not None

    def order_epoch(self, serial: str) -> int | None:
        """The highest security epoch that the operator ever told of a charger. No order takes an epoch back."""
        orders = self.directions.orders if self.directions is not None else ()
        named = (one.charger(serial) for one in orders)
        return max((one.security_epoch for one in named if one and one.security_epoch is not None), default=None)


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody wants to do to one component of a charger."""

    serial: str
    hardware: str  # revision of the component, as told
    release: Release
    model: str = ""  # as the main controller tells it; "" for other components: theirs is not the charger's


@dataclass(frozen=True, slots=True)
class Place:
    """A charger as one work order names it."""

    order: WorkOrder
    charger: OrderedCharger


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rights say: who answers for it, or why not."""

    grants: tuple[Grant, ...] = ()  # each allows a part of it
    second: frozenset[Action] = frozenset()  # what a second person must agree to
    agreed: tuple[tuple[Action, Approval], ...] = ()
    troubles: tuple[Trouble, ...] = ()  # none: allowed

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(grant.id for grant in self.grants)


def narrowed(directions: Directions, serial: str) -> Directions:
    """Only what concerns one charger: a plan of a hundred asks often."""
    orders = ((order, order.charger(serial)) for order in directions.orders)
    mine = tuple(replace(order, chargers=(charger,)) for order, charger in orders if charger is not None)
    return replace(directions, orders=mine)


# -- what is ordered --------------------------------------------------------------------------------------------------


def forbidden(rights: Rights, release: Release | None = None) -> Trouble | None:
    """What nobody may do here, whatever was granted. `None` for a release: only the laptop is judged."""
    if rights.problem is not None:
        return None if rights.began else rights.problem
    if rights.directions is None:
        return None
    if rights.key_id in rights.directions.denylist.laptops:
        return _no(Text.GRANT_LAPTOP_DENIED, key=rights.key_id[:16])
    if release is not None and release.sha256 in rights.directions.denylist.images:
        return _no(Text.GRANT_IMAGE_DENIED, target=release.label)
    return None


def places(rights: Rights, act: Act) -> tuple[Place, ...]:
    """The work orders that order this very file for this very charger and hold, newest first."""
    return tuple(place for place in _orders(rights, act) if rights.began or _holds(place.order, rights.at))


def ordered(rights: Rights, act: Act) -> Trouble | None:
    """Why no work order lets this file go on this charger. None: one does, or fieldtool stands alone."""
    if rights.directions is None or places(rights, act):
        return None
    ended = [place.order for place in _orders(rights, act) if place.order.expires <= rights.at]
    if ended:
        last = max(ended, key=lambda order: order.expires)
        return _no(Text.GRANT_ORDER_ENDED, order=last.id, target=act.release.label, until=_day(last.expires))
    return _no(Text.GRANT_NOT_ORDERED, target=act.release.label, serial=act.serial, hardware=act.hardware)


def _orders(rights: Rights, act: Act) -> Iterator[Place]:
    orders = rights.directions.orders if rights.directions is not None else ()
    for order in sorted(orders, key=lambda one: one.issued, reverse=True):
        charger = order.charger(act.serial)
        if charger is not None and _names(charger, act):
            yield Place(order, charger)


def _names(charger: OrderedCharger, act: Act) -> bool:
    """Is this file ordered for it? The model is the order's word: what another model tells is another charger."""
    if act.model and charger.model != act.model:
        return False
    file = (act.release.target, act.release.length, act.release.sha256)
    return any((one.target, one.length, one.sha256) == file and act.hardware in one.hardware for one in charger.images)


def _holds(order: WorkOrder, at: datetime) -> bool:
    return order.issued <= at < order.expires


# -- who may ----------------------------------------------------------------------------------------------------------


def judge_rights(rights: Rights, act: Act, actions: Collection[Action]) -> Answer:
    """Who allows all of `actions`, and who agrees as the second person. Every answer that is not yes says why."""
    trouble = forbidden(rights, act.release) or ordered(rights, act)
    if trouble is not None or rights.directions is None:
        return Answer(troubles=(trouble,) if trouble is not None else ())
    found = places(rights, act)
    chosen: list[Grant] = []
    troubles: list[Trouble] = []
    for action in sorted(actions):
        grant = _grant(rights, act, found, action, chosen, frozenset(actions))
        if isinstance(grant, Grant):
            chosen += [grant] if grant not in chosen else []
        else:
            troubles.append(grant)
    second = frozenset(actions) & SECOND_PERSON.union(*(place.order.second_person for place in found))
    agreed, missing = _agreed(rights, act, found, sorted(second), chosen)
    return Answer(tuple(chosen), second, tuple(agreed), (*troubles, *missing))


def _grant(
    rights: Rights, act: Act, found: tuple[Place, ...], action: Action, chosen: list[Grant], wanted: frozenset[Action]
) -> Grant | Trouble:
    """A grant for this action: one that is chosen already, else one whose runs nobody counts, that allows the most."""
    assert rights.directions is not None
    mine = [one for one in rights.directions.grants if _is_of_this_laptop(one, rights) and action in one.actions]
    why = [(one, _flaw(one, rights, act, found)) for one in mine]
    good = [one for one, (_, trouble) in why if trouble is None]
    if good:
        return min(
            good, key=lambda one: (one not in chosen, one.max_uses is not None, -len(one.actions & wanted), one.id)
        )
    nearest = max((flaw for _, flaw in why), key=lambda flaw: flaw[0], default=(0, None))[1]
    return nearest or _no(Text.GRANT_NONE, action=action.value, serial=act.serial, key=rights.key_id or "no key yet")


def _is_of_this_laptop(grant: Grant, rights: Rights) -> bool:
    """A grant with a PIN lets somebody approve, and nothing else."""
    return bool(rights.key_id) and grant.key_id == rights.key_id and not grant.pin


def _flaw(grant: Grant, rights: Rights, act: Act, found: tuple[Place, ...]) -> tuple[int, Trouble | None]:
    """(how near it comes to allowing this, why it does not)"""
    assert rights.directions is not None
    if _is_void(grant, rights.directions.denylist):
        return 1, _no(Text.GRANT_WITHDRAWN, grant=grant.id)
    if not any(grant.scope.covers(one.order.site, act.serial, one.charger.model) for one in found):
        site, model = found[0].order.site, found[0].charger.model
        return 2, _no(Text.GRANT_ELSEWHERE, grant=grant.id, serial=act.serial, site=site, model=model)
    if not rights.began:
        if grant.expires <= rights.at:
            return 3, _no(Text.GRANT_EXPIRED, grant=grant.id, until=_day(grant.expires))
        if rights.at < grant.not_before:
            return 4, _no(Text.GRANT_NOT_YET, grant=grant.id, begins=_day(grant.not_before))
        if grant.max_uses is not None and rights.uses.get(grant.id, 0) >= grant.max_uses:
            return 5, used_up(grant)
    if rights.only is not None and grant.id not in rights.only:
        return 6, _no(Text.GRANT_NOT_PLANNED, grant=grant.id)
    return 7, None


def used_up(grant: Grant) -> Trouble:
    return _no(Text.GRANT_USED_UP, grant=grant.id, limit=grant.max_uses or 0)


def _is_void(grant: Grant, denied: Denylist) -> bool:
    return grant.id in denied.grants or grant.epoch < denied.grant_epoch


# -- the second person ------------------------------------------------------------------------------------------------


def _agreed(
    rights: Rights, act: Act, found: tuple[Place, ...], second: list[Action], first: list[Grant]
) -> tuple[list[tuple[Action, Approval]], list[Trouble]]:
    agreed: list[tuple[Action, Approval]] = []
    missing: list[Trouble] = []
    for action in second:
        given = [one for one in rights.approvals if one.covers(act.serial, act.release.sha256, action)]
        why = [(one, _objection(one, rights, act, found, first)) for one in given]
        good = next((one for one, trouble in why if trouble is None), None)
        if good is not None:
            agreed.append((action, good))
        else:
            objections = (trouble for _, trouble in why if trouble is not None)
            missing.append(next(objections, _no(Text.APPROVAL_MISSING, action=action.value, target=act.release.label)))
    return agreed, missing


def _objection(
    approval: Approval, rights: Rights, act: Act, found: tuple[Place, ...], first: Iterable[Grant]
) -> Trouble | None:
    """Why this approval does not count."""
    who = approval.actor
    if not signed(approval):
        return _no(Text.APPROVAL_FORGED, actor=who)
    if approval.request.laptop != rights.key_id:
        return _no(Text.APPROVAL_ELSEWHERE, actor=who)
    if not rights.began:
        late = approval.expires <= rights.at or approval.expires - approval.given > LASTS
        if late or approval.given > rights.at + SKEW:
            return _no(Text.APPROVAL_ENDED, actor=who, until=_minute(approval.expires))
        if approval.request.nonce in rights.used:
            return _no(Text.APPROVAL_USED, actor=who, serial=act.serial)
    grant = _approving(approval, rights, act, found)
    if grant is None:
        return _no(Text.APPROVAL_WITHOUT_GRANT, actor=who, serial=act.serial)
    firsts = (rights.actor, approval.request.actor, *(one.actor for one in first))
    if any(same_person(grant.actor, one) for one in firsts) or grant.id in {one.id for one in first}:
        return _no(Text.APPROVAL_SAME_PERSON, actor=who)
    return None


def _approving(approval: Approval, rights: Rights, act: Act, found: tuple[Place, ...]) -> Grant | None:
    """The grant by which the second person may approve here."""
    assert rights.directions is not None
    for grant in rights.directions.grants:
        if grant.id != approval.grant or grant.actor != approval.actor or not may_approve(grant, rights, approval.how):
            continue
        if approval.how is How.KEY and (grant.key_id != approval.key_id or grant.key_id == rights.key_id):
            continue
        if any(grant.scope.covers(one.order.site, act.serial, one.charger.model) for one in found):
            return grant
    return None


def may_approve(grant: Grant, rights: Rights, how: How) -> bool:
    """May the one it names be a second person now: with a PIN at this laptop, or with the key of his own?"""
    if rights.directions is None or Action.APPROVE not in grant.actions:
        return False
    denied = rights.directions.denylist
    if _is_void(grant, denied) or grant.key_id in denied.laptops:
        return False
    if not rights.began and not grant.not_before <= rights.at < grant.expires:
        return False
    if how is How.PIN:
        return bool(grant.pin) and grant.key_id in ("", rights.key_id)
    return bool(grant.key_id)


def same_person(one: str, other: str) -> bool:
    """By name: capitals and blanks do not make another."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


# -- in mid-run -------------------------------------------------------------------------------------------------------


def may_override(rights: Rights, act: Act) -> Trouble | None:
    """Why nobody may decide now that a rule fails. Judged anew: having begun gives no right to decide more."""
    rights = replace(rights, began=False, only=None)
    return next(iter(judge_rights(rights, act, {Action.OVERRIDE}).troubles), None)


def _no(text: Text, **params: Param) -> Trouble:
    return Trouble(text, tuple(sorted(params.items())), Safety.UNTOUCHED, ExitCode.REFUSED)


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
