"""From a link to a charger that told who it is. Hints choose what is tried first; the device decides."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from fieldtool.core.driver import Can, Credentials, Driver, Session
from fieldtool.core.errors import DeviceError, FieldtoolError, RefusedError, Trouble, UsageError
from fieldtool.core.model import (
    Charger,
    Component,
    Health,
    Identity,
    Link,
    Observed,
    Site,
    SiteCharger,
    is_serial,
    normal_serial,
    same_serial,
)
from fieldtool.core.profile import MAIN, Profile
from fieldtool.core.texts import Text
from fieldtool.discovery.profiles import Profiles

TRIES = 4  # candidates for one link in one go
FACT_LENGTH = 120  # characters of a vendor, model, serial or version
# TXT keys in which products announce a serial number (lab/http-chargers.md)
SERIAL_HINTS = ("serial", "serialnumber", "serial_number", "sn")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who may be at a link: says which pin, secret and profile to try, and proves nothing."""

    serial: str
    profile: str  # id; "" when the site file names none
    name: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One component of a charger, as it told of itself, or why it did not."""

    id: str
    profile: Profile
    hardware: str = ""
    observed: Observed | None = None
    can: Can = Can(0)
    problem: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A charger that told who it is, and agrees with its profile and with what was expected.

    `charger` names every component that the profile names; `identity` holds the versions of those that answered.
    """

    charger: Charger
    identity: Identity
    observed: Observed
    health: Health
    can: Can
    profile: Profile
    parts: tuple[Part, ...] = ()  # main first, then in the profile's order


def candidates(
    link: Link, hints: Mapping[str, str], was: str, chosen: Candidate | None, site: Site | None
) -> tuple[Candidate, ...]:
    """Who may be at `link`, likeliest first: the technician's choice, who was there, the address, the hinted serial."""
    chargers = site.chargers if site is not None else ()
    hinted = hinted_serials(hints)
    order: list[Callable[[SiteCharger], bool]] = [
        lambda charger: same_serial(charger.serial, was),
        lambda charger: link in charger.links and normal_serial(charger.serial) in hinted,
        lambda charger: link in charger.links,
        lambda charger: normal_serial(charger.serial) in hinted,
    ]
    unique: dict[str, Candidate] = {} if chosen is None else {normal_serial(chosen.serial): chosen}
    for matches in order:
        for charger in filter(matches, chargers):
            unique.setdefault(normal_serial(charger.serial), _candidate(charger))
    return tuple(unique.values())


def hinted_serials(hints: Mapping[str, str]) -> frozenset[str]:
    """Normal forms of the serial numbers that an announcement claims."""
    return frozenset(
        normal_serial(value) for key, value in hints.items() if key.lower() in SERIAL_HINTS and is_serial(value)
    )


def look(
    link: Link,
    tries: tuple[Candidate, ...],
    site: Site | None,
    drivers: Mapping[str, Driver],
    profiles: Profiles,
    credentials_for: Callable[[str], Credentials],
) -> Found | Trouble | None:
    """Identify who is at `link`, beginning with the first of `tries`. None: no driver of theirs speaks its scheme.

    Several chargers may share an address. The key or the serial number that one shows leads to the site's charger it
    belongs to, and that one is then tried with its own pin and secret; else the first trouble stands.
    """
    candidate = next((each for each in tries if _served(link, each, drivers, profiles)), None)
    done, first = set[str](), None
    while candidate is not None and len(done) < TRIES:
        done.add(normal_serial(candidate.serial))
        result = identify(link, candidate, drivers, profiles, credentials_for)
        if isinstance(result, Found):
            return result
        first = first or result
        others = (other for other in _pointed_at(result, site) if normal_serial(other.serial) not in done)
        candidate = next(others, None)
    return first


def identify(
    link: Link,
    candidate: Candidate,
    drivers: Mapping[str, Driver],
    profiles: Profiles,
    credentials_for: Callable[[str], Credentials],
) -> Found | Trouble:
    """Open a session as `candidate` and let the device say who it is.

    The driver refuses before any credential is sent when the host key is not the pinned one. Trouble, never an error
    of ours, for everything that can go wrong out there.
    """
    try:
        profile = _profile(candidate, profiles)
        credentials = credentials_for(candidate.serial)
        driver = _driver(drivers, profile)
        main = Component(MAIN, "", driver.name, link)
        with driver.open(main, profile, credentials) as session:
            identity, observed = _told(session, profile, candidate, link)
            health, can = session.health(), session.can
    except FieldtoolError as error:
        return _trouble(error, candidate)
    main_part = Part(MAIN, profile, identity.hardware, observed, can)
    others = [_part(id, link, candidate, drivers, profile, credentials) for id in profile.components]
    return _found(((main_part, identity), *others), candidate, link, health)


def _part(
    id: str,
    link: Link,
    candidate: Candidate,
    drivers: Mapping[str, Driver],
    whole: Profile,
    credentials: Credentials,
) -> tuple[Part, Identity | None]:
    """One component over a session of its own. What is wrong with it does not keep the charger from being served."""
    profile = whole.of(id)
    try:
        driver = _driver(drivers, profile)
        if link.scheme not in driver.schemes:
            raise RefusedError(Text.COMPONENT_LINK, component=id, driver=driver.name, link=str(link))
        with driver.open(Component(id, "", driver.name, link), profile, credentials) as session:
            identity, observed = _told(session, profile, candidate, link)
            return Part(id, profile, identity.hardware, observed, session.can), identity
    except FieldtoolError as error:
        return Part(id, profile, problem=_trouble(error, candidate)), None


def _told(session: Session, profile: Profile, candidate: Candidate, link: Link) -> tuple[Identity, Observed]:
    """Who it is and what it runs, both from one and the same charger, and that the expected one."""
    identity = session.identify()
    _agree(identity, profile, candidate, link)
    observed = session.observe()
    if not same_serial(observed.serial, identity.serial):
        raise DeviceError(Text.DEVICE_ANSWER_STRANGE, detail="two different serial numbers")
    return identity, observed


def _found(told: Sequence[tuple[Part, Identity | None]], candidate: Candidate, link: Link, health: Health) -> Found:
    """Everything told, as one charger. `told` begins with main, whose identity is the charger's."""
    main, identity = told[0]
    assert identity is not None and main.observed is not None
    versions, hashes = dict(identity.versions), dict(identity.payload_hashes)
    for part, own in told[1:]:  # a component speaks for itself, and for no other
        if own is not None and part.observed is not None:
            versions[part.id] = own.versions.get(part.id) or part.observed.running or ""
            hashes[part.id] = own.payload_hashes.get(part.id) or part.observed.running_hash or ""
    parts = tuple(part for part, _ in told)
    components = tuple(Component(part.id, part.hardware, part.profile.driver, link) for part in parts)
    name = candidate.name or identity.serial
    charger = Charger(identity.serial, identity.vendor, identity.model, components, name)
    whole = replace(identity, versions=_known(versions), payload_hashes=_known(hashes))
    return Found(charger, whole, main.observed, health, main.can, main.profile, parts)


def _known(told: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({id: value for id, value in told.items() if value})


def _trouble(error: FieldtoolError, candidate: Candidate) -> Trouble:
    """A driver knows links, not serial numbers: say whose pin or secret it was."""
    params = {**error.params, "serial": candidate.serial}
    return Trouble(error.text, tuple(sorted(params.items())), exit_code=error.exit_code)


def _driver(drivers: Mapping[str, Driver], profile: Profile) -> Driver:
    driver = drivers.get(profile.driver)
    if driver is None:
        raise UsageError(Text.DRIVER_UNKNOWN, driver=profile.driver)
    return driver


def _served(link: Link, candidate: Candidate, drivers: Mapping[str, Driver], profiles: Profiles) -> bool:
    """False when the candidate's driver speaks another scheme. Without a driver, `identify` says what is missing."""
    profile = profiles.known.get(candidate.profile)
    driver = drivers.get(profile.driver) if profile is not None else None
    return driver is None or link.scheme in driver.schemes


def _profile(candidate: Candidate, profiles: Profiles) -> Profile:
    if not candidate.profile:
        raise RefusedError(Text.PROFILE_MISSING, serial=candidate.serial)
    return profiles.profile(candidate.profile)


def _agree(identity: Identity, profile: Profile, candidate: Candidate, link: Link) -> None:
    facts = (identity.vendor, identity.model, identity.hardware, identity.serial, *identity.versions.values())
    if not all(len(fact) <= FACT_LENGTH and fact.isprintable() for fact in facts):
        raise DeviceError(Text.DEVICE_ANSWER_STRANGE, detail="its identity holds unprintable or endless text")
    if not is_serial(identity.serial):
        raise RefusedError(Text.NO_SERIAL, found=identity.serial)
    if identity.vendor != profile.vendor or identity.model not in profile.models:
        expected = f"{profile.vendor} {' or '.join(profile.models)}"
        found = f"{identity.vendor} {identity.model}"
        raise RefusedError(Text.PROFILE_DISAGREES, found=found, profile=profile.id, expected=expected)
    if not same_serial(identity.serial, candidate.serial):
        raise RefusedError(Text.OTHER_CHARGER, address=link.address, found=identity.serial, expected=candidate.serial)


def _pointed_at(trouble: Trouble, site: Site | None) -> Iterator[Candidate]:
    """The site's chargers to whom a shown key or serial number belongs."""
    shown = str(dict(trouble.params).get("found", ""))
    for charger in site.chargers if site is not None else ():
        if trouble.text in (Text.PIN_CHANGED, Text.PIN_MISSING):
            if any(pin.fingerprint == shown for pin in charger.pins):
                yield _candidate(charger)
        elif trouble.text is Text.OTHER_CHARGER and same_serial(charger.serial, shown):
            yield _candidate(charger)


def _candidate(charger: SiteCharger) -> Candidate:
    return Candidate(charger.serial, charger.profile, charger.name)
