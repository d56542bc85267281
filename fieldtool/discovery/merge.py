"""From what is known of each link to one entry per charger. Pure: the roster collects, this module judges."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fieldtool.core.errors import ExitCode, Trouble
from fieldtool.core.model import EMPTY, Link, Site, SiteCharger, normal_serial
from fieldtool.core.texts import Text
from fieldtool.discovery.identify import Candidate, Found
from fieldtool.discovery.presence import Presence

PATIENCE = 2  # probes in a row without an answer, and nobody is there


@dataclass(frozen=True, slots=True)
class Contact:
    """What is known of one link. `was` is who told their serial there last; it counts as long as `sure`."""

    link: Link
    key: str  # of the entry it makes as long as nobody knows whose link it is
    name: str
    source: str
    since: datetime
    hints: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    instances: frozenset[str] = frozenset()  # announcements that lead here
    announced: bool = True  # announced, typed or in the site file right now
    tries: tuple[Candidate, ...] = ()  # who it may be
    assumed: str = ""  # normal serial of who it most likely is; "" when several may be
    turn: int = 0  # counts up when somebody else may be there: results of an earlier turn are void
    was: str = ""  # normal serial
    sure: bool = False
    identified: datetime | None = None  # when `sure` became true
    answered: datetime | None = None
    failures: int = 0  # probes in a row without an answer
    problem: Trouble | None = None
    probed: float | None = None  # monotonic seconds
    looked: float | None = None

    @property
    def up(self) -> bool:
        return self.answered is not None and self.failures < PATIENCE

    @property
    def sighted(self) -> bool:
        """Somebody says or said that there is something here; a line in the site file is no sighting."""
        return self.up or (self.announced and self.source != "site-file" and self.failures < PATIENCE)


@dataclass(frozen=True, slots=True)
class Known:
    """A charger that told who it is since the program started."""

    key: str
    found: Found
    seen: datetime
    stale: bool = False  # somebody has worked on it since


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list. `key` stays the same from first sighting to last update."""

    key: str
    presence: Presence
    name: str  # the site's, else as announced
    serial: str = ""  # as printed; "" until the device told it or the site file expects it
    profile: str = ""  # id
    expected: bool = False  # the site file names it
    link: Link | None = None  # where to talk to it; None: never seen
    links: tuple[Link, ...] = ()
    hints: Mapping[str, str] = field(default_factory=lambda: EMPTY)  # as announced: sort the list, decide nothing
    found: Found | None = None  # newest that the device told
    stale: bool = False  # an update has worked on it since: it may be another charger now
    problem: Trouble | None = None
    last_seen: datetime | None = None


def merge(
    contacts: Iterable[Contact],
    known: Mapping[str, Known],
    site: Site | None,
    busy: Callable[[str], bool] = lambda serial: False,
) -> tuple[Entry, ...]:
    """The site's chargers in the site file's order, then all others in the order of their first sighting.

    `known` goes by normal serial. While a charger is `busy` with an update, its silence is the run's to judge.
    """
    expected = {normal_serial(charger.serial): charger for charger in (site.chargers if site is not None else ())}
    groups: dict[str, list[Contact]] = {serial: [] for serial in (*expected, *known)}
    strangers: dict[str, list[Contact]] = {}
    everybody = tuple(contacts)
    owners = {contact.key: contact.was for contact in everybody if contact.sure}
    answering = frozenset(owners.values())
    taken = owners.keys() | {each.key for each in known.values()}
    for contact in everybody:
        serial = _whose(contact, owners, answering)
        if serial in groups:
            groups[serial].append(contact)
        elif contact.source != "site-file" or contact.up:
            key = f"{contact.key} at {contact.link}" if contact.key in taken else contact.key
            strangers.setdefault(key, []).append(contact)
    entries = [
        _charger(serial, group, known.get(serial), expected.get(serial), busy(serial))
        for serial, group in groups.items()
    ]
    return (*entries, *(_stranger(key, group) for key, group in strangers.items()))


def key_of(serial: str) -> str:
    return f"serial:{serial}"


def order_of(contact: Contact) -> tuple[object, ...]:
    """Sorts the links of one charger, best first: answers, still announced, IPv4, newest."""
    address = contact.link.address
    family = 0 if not address.startswith("[") else 2 if address.lower().startswith("[fe80") else 1
    newest = -contact.identified.timestamp() if contact.identified is not None else 0.0
    return (not contact.sure, contact.failures > 0, not contact.announced, family, newest, contact.link)


def _whose(contact: Contact, owners: Mapping[str, str], answering: frozenset[str]) -> str:
    """Normal serial of the charger to whose entry this link belongs; "" when it has an entry of its own."""
    if contact.sure:
        return contact.was
    if _impostor(contact):
        return "" if contact.assumed in answering else contact.assumed
    # Another address of the same announcement, not identified yet: no entry of its own for that moment.
    return owners.get(contact.key, contact.assumed)


def _impostor(contact: Contact) -> bool:
    """What answers here is not the charger that was expected here."""
    trouble = contact.problem
    return trouble is not None and (trouble.exit_code is ExitCode.TRUST or trouble.text is Text.OTHER_CHARGER)


def _charger(
    serial: str, contacts: list[Contact], known: Known | None, expected: SiteCharger | None, busy: bool
) -> Entry:
    ordered = sorted(contacts, key=order_of)
    presence, problem = _presence(ordered, known is not None, busy)
    found = known.found if known is not None else None
    seen = [contact.answered for contact in ordered if contact.answered] + ([known.seen] if known is not None else [])
    there = [contact.link for contact in ordered if contact.sure or contact.sighted]
    key = key_of(serial) if expected is not None or known is None else known.key
    return Entry(
        key=key,
        presence=presence,
        name=expected.name if expected is not None else found.charger.name if found is not None else serial,
        serial=found.identity.serial if found is not None else expected.serial if expected is not None else serial,
        profile=expected.profile if expected is not None else found.profile.id if found is not None else "",
        expected=expected is not None,
        link=there[0] if there else found.charger.main.link if found is not None else None,
        links=tuple(there),
        hints=next((contact.hints for contact in ordered if contact.hints), EMPTY),
        found=found,
        stale=known is not None and known.stale,
        problem=problem,
        last_seen=max(seen, default=None),
    )


def _stranger(key: str, contacts: list[Contact]) -> Entry:
    ordered = sorted(contacts, key=order_of)
    presence, problem = _presence(ordered, known=False, busy=False)
    best = ordered[0]
    return Entry(
        key=key,
        presence=presence,
        name=best.name,
        profile=best.tries[0].profile if best.tries else "",
        link=best.link,
        links=tuple(contact.link for contact in ordered),
        hints=best.hints,
        problem=problem,
        last_seen=max((contact.answered for contact in ordered if contact.answered), default=None),
    )


def _presence(ordered: list[Contact], known: bool, busy: bool) -> tuple[Presence, Trouble | None]:
    """What there is to say of a charger from its links, best first."""
    sure = [contact for contact in ordered if contact.sure and (contact.up or busy)]
    if any(contact.problem is None for contact in sure):
        return Presence.READY, None
    there = [contact for contact in ordered if contact.sighted]
    problem = next((contact.problem for contact in sure + there if contact.problem is not None), None)
    if problem is not None:
        return Presence.PROBLEM, problem
    if there:
        return Presence.SIGHTED, None
    if known or any(contact.answered is not None for contact in ordered):
        return Presence.GONE, None
    if typed := next((contact.link for contact in ordered if contact.source == "manual"), None):
        params = (("address", typed.address), ("detail", "no answer"))
        return Presence.SIGHTED, Trouble(Text.LINK_UNREACHABLE, params, exit_code=ExitCode.LINK_LOST)
    return (Presence.GONE if any(contact.source != "site-file" for contact in ordered) else Presence.EXPECTED), None
