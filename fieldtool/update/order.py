"""In which order are the components of a charger updated? Pure: what one requires of another comes before it.

The stepping stones of a component are walked one after the other. Where another component would have to come between
two of them, both are refused as a circle, and the guide says to go to the stone first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from fieldtool.core.errors import FirmwareError
from fieldtool.core.model import Observed, Release
from fieldtool.core.rights import Action
from fieldtool.core.texts import Text
from fieldtool.firmware.versions import is_older_as_any
from fieldtool.update.planned import Part
from fieldtool.update.preflight import Level, Verdict, stop, worst_first
from fieldtool.update.run import Leg


@dataclass(frozen=True, slots=True)
class Wish:
    """A component that shall get a release."""

    part: Part
    seen: Observed
    release: Release


@dataclass(frozen=True, slots=True)
class Draft:
    """How a wish would be fulfilled, and what stands against it."""

    wish: Wish
    legs: tuple[Leg, ...]
    problems: tuple[Verdict, ...]
    grants: tuple[str, ...] = ()  # ids that it needs
    second: frozenset[Action] = frozenset()  # what a second person must agree to

    @property
    def starts(self) -> bool:
        return self.problems[0].level is not Level.STOP


@dataclass(frozen=True, slots=True)
class Stand:
    """What the components of a charger run at one point of its plan."""

    versions: Mapping[str, str]
    runs: Mapping[str, Release]  # where the catalogue knows it

    def after(self, draft: Draft) -> "Stand":
        id, release = draft.wish.part.id, draft.wish.release
        return Stand({**self.versions, id: release.version}, {**self.runs, id: release})


Drafter = Callable[[Wish, Stand, frozenset[str]], Draft]
"""Drafts a wish at one point of the plan; the set names the components that follow it in the same run."""


def arranged(wishes: Sequence[Wish], now: Stand, draft: Drafter) -> tuple[Draft, ...]:
    """A draft for each wish: first those that start, in the order in which they are walked, then the others.

    Where nothing is required the order of `wishes` stays. Every draft that starts can be undone whatever follows it.
    """
    blocked: dict[str, Draft] = {}
    while True:
        walk, rest = _in_order([wish for wish in wishes if wish.part.id not in blocked], now, draft)
        blocked.update(rest)
        walk = _with_all_that_follows(walk, now, draft)
        failing = next((one for one in walk if not one.starts), None)
        if failing is None:
            return (*walk, *blocked.values())
        blocked[failing.wish.part.id] = failing


def _in_order(wishes: Sequence[Wish], now: Stand, draft: Drafter) -> tuple[list[Draft], dict[str, Draft]]:
    """Those that can start, one after the other, and those that cannot start at all."""
    walk: list[Draft] = []
    pending, stand = list(wishes), now
    while pending:
        drafts = [draft(wish, stand, frozenset()) for wish in pending]
        ready = next((one for one in drafts if one.starts), None)
        if ready is None:
            return walk, _explained(drafts)
        walk.append(ready)
        pending.remove(ready.wish)
        stand = stand.after(ready)
    return walk, {}


def _with_all_that_follows(walk: Sequence[Draft], now: Stand, draft: Drafter) -> list[Draft]:
    """Drafts once more, now that it is known before which others each must be taken back."""
    found, stand = [], now
    for number, one in enumerate(walk):
        following = frozenset(later.wish.part.id for later in walk[number + 1 :])
        found.append(draft(one.wish, stand, following))
        stand = stand.after(one)
    return found


def breaks(runs: str | None, then: str, oldest: str) -> bool:
    """Is what holds now no longer true then? What cannot be compared is not known to break anything."""
    try:
        return is_older_as_any(then, oldest) and not (runs is not None and is_older_as_any(runs, oldest))
    except FirmwareError:
        return False


def _explained(drafts: Sequence[Draft]) -> dict[str, Draft]:
    """Drafts that wait for each other say so, rather than each that the other one is missing."""
    by_id = {draft.wish.part.id: draft for draft in drafts}
    waits = {
        id: {other for other in by_id if other != id and _waits_for(draft, by_id[other].wish)}
        for id, draft in by_id.items()
    }
    return {id: _in_a_circle(draft, waits, by_id) for id, draft in by_id.items()}


def _waits_for(draft: Draft, other: Wish) -> bool:
    """Does it only lack what this other wish would bring?"""
    oldest = dict(draft.wish.release.requires).get(other.part.id)
    unmet = any(one.reason.text is Text.REQUIRES_UNMET for one in draft.problems)
    if not unmet or oldest is None or other.seen.running is None:
        return False
    return breaks(other.release.version, other.seen.running, oldest)


def _in_a_circle(draft: Draft, waits: Mapping[str, set[str]], by_id: Mapping[str, Draft]) -> Draft:
    id = draft.wish.part.id
    partners = sorted(other for other in waits[id] if id in _reached(other, waits))
    circles = [
        stop(Text.REQUIRES_CYCLE, target=draft.wish.release.label, other=by_id[other].wish.release.label)
        for other in partners
    ]
    return replace(draft, problems=worst_first((*circles, *draft.problems))) if circles else draft


def _reached(start: str, waits: Mapping[str, set[str]]) -> set[str]:
    found, ahead = set[str](), {start}
    while ahead:
        found |= ahead
        ahead = {after for one in ahead for after in waits[one]} - found
    return found
