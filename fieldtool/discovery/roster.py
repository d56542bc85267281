"""All chargers that are there, were there, or should be there: one entry per charger, kept up to date."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event, RLock, Thread

from fieldtool.core.clock import Clock
from fieldtool.core.driver import Credentials, Driver
from fieldtool.core.errors import ExitCode, LinkError, Trouble
from fieldtool.core.model import EMPTY, Component, Link, Sighting, Site, normal_serial
from fieldtool.core.profile import MAIN, Profile
from fieldtool.core.texts import Text
from fieldtool.discovery.identify import Candidate, Found, candidates, hinted_serials, look
from fieldtool.discovery.merge import Contact, Entry, Known, key_of, merge, order_of
from fieldtool.discovery.probe import answering
from fieldtool.discovery.profiles import Profiles
from fieldtool.discovery.scanner import Scanner

IDENTIFIERS = 8  # sessions opened at one time
PROBES = 128  # connections tried in one round: hostile announcements shall not make us flood a network

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look, in seconds."""

    tick: float = 0.5
    probe: float = 3.0  # since somebody answered; sshd counts connections without login, so not more often
    again: float = 1.0  # after a probe without an answer, and to new links
    timeout: float = 1.5  # of one probe
    refresh: float = 15.0  # of what a charger tells
    refused: float = 120.0  # after a refused login: many tries would lock us out
    scan: float = 3.0  # a scan takes at least this long


class Roster:
    """Thread-safe. `entries()` is cheap and never waits; everything that talks to chargers happens in the background.

    `busy(serial)` (normal form) is true while a run works on that charger: its links are then only probed, and no
    session is opened to it. `on_change` is called without any lock held, from a thread of the roster's.
    """

    def __init__(
        self,
        clock: Clock,
        drivers: Mapping[str, Driver],
        profiles: Profiles,
        site: Site | None,
        credentials_for: Callable[[str], Credentials],
        scanners: Sequence[Scanner],
        on_change: Callable[[], None] = lambda: None,
        busy: Callable[[str], bool] = lambda serial: False,
        pace: Pace | None = None,
    ) -> None:
        self._clock, self._drivers, self._profiles, self._site = clock, drivers, profiles, site
        self._credentials_for, self._scanners, self._on_change, self._busy = credentials_for, scanners, on_change, busy
        self._pace = pace or Pace()
        self._lock = RLock()
        self._contacts: dict[Link, Contact] = {}
        self._known: dict[str, Known] = {}
        self._chosen: dict[str, Candidate] = {}  # entry key -> the technician's choice
        self._typed: dict[Link, None] = {}
        self._looking: set[Link] = set()
        self._probing = False
        self._aliases: dict[str, str] = {}
        self._entries = merge((), {}, site)
        self._problem: Trouble | None = None
        self._shown: object = None  # what the last `on_change` was about
        self._scan_until = 0.0
        self._scanning = False
        self._scanned: datetime | None = None
        self._stop, self._wake = Event(), Event()
        self._thread = Thread(target=self._run, name="roster", daemon=True)
        self._identifiers = ThreadPoolExecutor(IDENTIFIERS, "identify")
        self._prober = ThreadPoolExecutor(1, "probe")

    # ---- what there is to see ---------------------------------------------------------------------------------------

    def entries(self) -> tuple[Entry, ...]:
        return self._entries

    def entry(self, key: str) -> Entry | None:
        """Also by a key that an entry had before it turned out to be a charger that is in the list already."""
        with self._lock:
            current = self._aliases.get(key, key)
        return next((entry for entry in self._entries if entry.key == current), None)

    @property
    def scanning(self) -> bool:
        return self._scanning

    @property
    def scanned(self) -> datetime | None:
        """When the last scan ended."""
        return self._scanned

    @property
    def problem(self) -> Trouble | None:
        """Why nothing can be found now."""
        scanners = (scanner.problem for scanner in self._scanners)
        return self._problem or next((problem for problem in scanners if problem is not None), None)

    def locate(self, serial: str, component: str = MAIN) -> tuple[Component, Profile]:
        """The component, with the newest link on which its charger told its serial number itself, and its profile.

        LinkError(CHARGER_NOT_SEEN) before that; UsageError(COMPONENT_UNKNOWN). A component that did not answer is
        located all the same: whoever talks to it learns what is wrong now. Addresses change over a restart: ask again
        for every session.
        """
        normal = normal_serial(serial)
        with self._lock:
            known = self._known.get(normal)
            links = sorted((c for c in self._contacts.values() if c.sure and c.was == normal), key=order_of)
        if known is None or not links:
            raise LinkError(Text.CHARGER_NOT_SEEN, serial=serial)
        profile, found = known.found.profile.of(component), known.found.charger.component(component)
        hardware = found.hardware if found is not None else ""
        return Component(component, hardware, profile.driver, links[0].link), profile

    # ---- what one may ask for ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin. Safe to repeat."""
        with self._lock:
            if self._thread.is_alive() or self._stop.is_set():
                return
            self._begin_scan()
            self._thread.start()
        for scanner in self._scanners:
            scanner.start(self._wake.set)

    def scan(self) -> None:
        """Look again now: announcements, addresses and identities. Returns at once."""
        with self._lock:
            self._begin_scan()
            self._contacts = {
                link: replace(contact, probed=None, looked=None) for link, contact in self._contacts.items()
            }
        for scanner in self._scanners:
            scanner.scan()
        self._wake.set()

    def add(self, link: Link) -> str:
        """A typed address; its entry is there at once. Returns the entry's key."""
        with self._lock:
            self._typed[link] = None
            self._gather()
            self._publish()
            entry = next((entry for entry in self._entries if link in entry.links), None)
        self._wake.set()
        return entry.key if entry is not None else _typed_key(link)

    def choose(self, key: str, serial: str, profile: str) -> None:
        """The technician says which charger this entry is: its pin, secret and that profile are tried."""
        with self._lock:
            entry = self.entry(key)
            contacts = [c for c in self._contacts.values() if entry is not None and c.link in entry.links]
            for contact in contacts:
                self._chosen[contact.key] = Candidate(serial, profile)
                self._contacts[contact.link] = self._judged(replace(contact, looked=None, turn=contact.turn + 1))
        self._wake.set()

    def use_site(self, site: Site | None) -> None:
        """Another site file, or other pins: every link that is not sure is looked at again."""
        with self._lock:
            self._site = site
            for charger in site.chargers if site is not None else ():
                if (known := self._known.get(normal_serial(charger.serial))) is not None:
                    self._aliases[known.key] = key_of(normal_serial(charger.serial))
            for link, contact in self._contacts.items():
                self._contacts[link] = self._judged(replace(contact, looked=None, turn=contact.turn + 1))
            self._gather()
            self._publish()
        self._wake.set()

    def refresh(self, serial: str) -> None:
        """Ask this charger again now: a run on it has ended, or its secret is another."""
        with self._lock:
            for link, contact in self._contacts.items():
                if normal_serial(serial) in (contact.was, contact.assumed):
                    self._contacts[link] = replace(contact, looked=None)
        self._wake.set()

    def close(self) -> None:
        """Stop. Sessions that are being opened are let finish."""
        self._stop.set()
        self._wake.set()
        for scanner in self._scanners:
            scanner.close()
        if self._thread.is_alive():
            self._thread.join()
        self._prober.shutdown(cancel_futures=True)
        self._identifiers.shutdown(cancel_futures=True)

    # ---- the background ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._wake.clear()
                self._step()
                self._clock.wait(self._wake, self._pace.tick)
        except Exception as error:  # noqa: BLE001 - the end of a thread: it must be seen, not vanish
            _log.exception("discovery ended")
            self._problem = Trouble(Text.BUG, (("detail", f"discovery: {type(error).__name__}"),))
            self._on_change()

    def _step(self) -> None:
        with self._lock:
            self._gather()
            self._start_probes()
            self._start_looks()
            self._end_scan()
            self._publish()
        shown = (self._entries, self._scanning, self.problem)
        if shown != self._shown:
            self._shown = shown
            self._on_change()

    def _gather(self) -> None:
        """Bring the contacts in line with what is announced, typed and in the site file now."""
        sighted: dict[Link, list[Sighting]] = {}
        for sighting in self._all_sightings():
            sighted.setdefault(sighting.link, []).append(sighting)
        for link, sightings in sighted.items():
            before = self._contacts.get(link)
            after = _updated(before, link, sightings, self._clock.now())
            if after is not before:
                self._contacts[link] = self._judged(after)
        for link in self._contacts.keys() - sighted.keys():
            contact = self._contacts[link]
            if contact.up and contact.sure:
                self._contacts[link] = replace(contact, announced=False)
            elif not (contact.sure and self._busy(contact.was)):
                del self._contacts[link]

    def _all_sightings(self) -> Iterable[Sighting]:
        for scanner in self._scanners:
            yield from scanner.sightings()
        for link in self._typed:
            yield Sighting("manual", link, link.address)
        for charger in self._site.chargers if self._site is not None else ():
            for link in charger.links:
                yield Sighting("site-file", link, charger.name)

    def _judged(self, contact: Contact) -> Contact:
        """With the candidates that follow from what is known now."""
        chosen = self._chosen.get(contact.key)
        tries = candidates(contact.link, contact.hints, contact.was, chosen, self._site)
        likely = {contact.was, *hinted_serials(contact.hints)} | ({normal_serial(chosen.serial)} if chosen else set())
        first = normal_serial(tries[0].serial) if tries else contact.was
        assumed = first if len(tries) < 2 or first in likely else ""
        return replace(contact, tries=tries, assumed=assumed)

    def _start_probes(self) -> None:
        now = self._clock.monotonic()
        due = [contact for contact in self._contacts.values() if self._probe_due(contact, now)]
        if self._probing or not due or self._stop.is_set():
            return
        due.sort(key=lambda contact: contact.probed or 0.0)  # new links first, then who waited longest
        links = [contact.link for contact in due[:PROBES]]
        self._probing = True
        self._prober.submit(answering, links, self._pace.timeout).add_done_callback(
            lambda future: self._probed(links, future)
        )

    def _probe_due(self, contact: Contact, now: float) -> bool:
        wait = self._pace.again if contact.failures and contact.failures < 2 else self._pace.probe
        return contact.probed is None or now - contact.probed >= wait

    def _probed(self, links: Iterable[Link], future: Future[frozenset[Link]]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is not None:
            _log.error("probing failed", exc_info=error)
        answered = future.result() if error is None else frozenset()
        with self._lock:
            self._probing = False
            for contact in [self._contacts[link] for link in links if link in self._contacts]:
                if error is None:
                    self._contacts[contact.link] = self._after_probe(contact, contact.link in answered)
                else:  # unknown is not failed
                    self._contacts[contact.link] = replace(contact, probed=self._clock.monotonic())
        self._wake.set()

    def _after_probe(self, contact: Contact, answered: bool) -> Contact:
        now = self._clock.monotonic()
        if not answered:
            return replace(contact, probed=now, failures=contact.failures + 1)
        back = contact.answered is not None and not contact.up
        contact = replace(contact, probed=now, failures=0, answered=self._clock.now())
        if back and not (contact.sure and self._busy(contact.was)):
            # It was away: somebody else may have its address now.
            contact = self._judged(replace(contact, sure=False, problem=None, looked=None, turn=contact.turn + 1))
        return contact

    def _start_looks(self) -> None:
        now = self._clock.monotonic()
        best: dict[str, Link] = {}
        for contact in sorted((c for c in self._contacts.values() if c.sure), key=order_of):
            best.setdefault(contact.was, contact.link)
        for contact in list(self._contacts.values()):
            idle = contact.link not in self._looking and not self._stop.is_set()
            if idle and contact.up and contact.failures == 0 and self._look_due(contact, best, now):
                self._start_look(contact, now)

    def _look_due(self, contact: Contact, best: Mapping[str, Link], now: float) -> bool:
        if contact.sure and self._busy(contact.was):
            return False
        if contact.looked is None:
            return True
        if contact.sure and best.get(contact.was) != contact.link:
            return False  # one session is enough to know how the charger is
        return bool(contact.tries) and now - contact.looked >= self._patience(contact.problem)

    def _patience(self, problem: Trouble | None) -> float:
        """Seconds until a charger is asked again, after this answer."""
        if problem is None:
            return self._pace.refresh
        if problem.exit_code is ExitCode.LINK_LOST:
            return self._pace.probe
        return self._pace.refused if problem.text is Text.LOGIN_REFUSED else self._pace.refresh

    def _start_look(self, contact: Contact, now: float) -> None:
        if not contact.tries:
            params = (("address", contact.link.address), ("name", contact.name))
            unknown = Trouble(Text.UNKNOWN_CHARGER, params, exit_code=ExitCode.REFUSED)
            self._contacts[contact.link] = replace(contact, looked=now, problem=unknown)
            return
        self._contacts[contact.link] = replace(contact, looked=now)
        self._looking.add(contact.link)
        self._identifiers.submit(
            look, contact.link, contact.tries, self._site, self._drivers, self._profiles, self._credentials_for
        ).add_done_callback(lambda future: self._looked(contact, future))

    def _looked(self, asked: Contact, future: "Future[Found | Trouble | None]") -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is not None:
            _log.error("identification of %s failed", asked.link, exc_info=error)
            result: Found | Trouble | None = Trouble(Text.BUG, (("detail", f"{asked.link}: {type(error).__name__}"),))
        else:
            result = future.result()
        with self._lock:
            self._looking.discard(asked.link)
            contact = self._contacts.get(asked.link)
            if contact is not None and contact.turn == asked.turn:
                self._contacts[asked.link] = self._after_look(contact, result)
        self._wake.set()

    def _after_look(self, contact: Contact, result: Found | Trouble | None) -> Contact:
        if result is None:
            return contact  # another service of a charger, which is identified over its other links
        moment, now = self._clock.now(), self._clock.monotonic()
        if isinstance(result, Found):
            serial = normal_serial(result.identity.serial)
            self._remember(serial, contact, result, moment)
            fresh = not contact.sure or contact.was != serial
            contact = replace(contact, was=serial, sure=True, problem=None, failures=0, answered=moment, probed=now)
            return self._judged(replace(contact, identified=moment) if fresh else contact)
        if result.exit_code is ExitCode.LINK_LOST:
            # Unknown is not failed: the next probe tells whether anybody is there.
            return replace(contact, probed=None, problem=None if contact.sure else result)
        if result.exit_code is ExitCode.TRUST or result.text in (Text.OTHER_CHARGER, Text.NO_SERIAL):
            return replace(contact, sure=False, problem=result)
        return replace(contact, problem=result)

    def _remember(self, serial: str, contact: Contact, found: Found, moment: datetime) -> None:
        expected = self._site is not None and any(normal_serial(c.serial) == serial for c in self._site.chargers)
        before = self._known.get(serial)
        key = key_of(serial) if expected else before.key if before is not None else contact.key
        if not expected and any(known.key == key for other, known in self._known.items() if other != serial):
            key = key_of(serial)  # the announcement's key belongs to another charger already
        if contact.key != key:
            self._aliases[contact.key] = key
        self._known[serial] = Known(key, found, moment)

    # ---- scans and the list -----------------------------------------------------------------------------------------

    def _begin_scan(self) -> None:
        self._scan_until = self._clock.monotonic() + self._pace.scan
        self._scanning = True

    def _end_scan(self) -> None:
        unasked = any(contact.probed is None for contact in self._contacts.values())
        if self._scanning and not unasked and not self._looking and self._clock.monotonic() >= self._scan_until:
            self._scanning = False
            self._scanned = self._clock.now()

    def _publish(self) -> None:
        for serial, known in self._known.items():
            if not known.stale and self._busy(serial):
                self._known[serial] = replace(known, stale=True)
        self._entries = merge(self._contacts.values(), self._known, self._site, self._busy)


def _updated(before: Contact | None, link: Link, sightings: list[Sighting], now: datetime) -> Contact:
    """The contact after these sightings; the same object when they bring nothing new."""
    announced = [sighting for sighting in sightings if sighting.instance]
    first = announced[0] if announced else sightings[0]
    instances = frozenset(sighting.instance for sighting in announced)
    key = f"{first.source}:{first.instance}" if first.instance else _typed_key(link)
    hints = next((sighting.hints for sighting in announced if sighting.hints), EMPTY)
    if before is None:
        return Contact(link, key, first.name, first.source, now, hints, instances)
    same = (before.name, before.source, before.hints, before.instances, before.announced)
    if same == (first.name, first.source, hints, instances, True):
        return before
    after = replace(
        before, key=key, name=first.name, source=first.source, hints=hints, instances=instances, announced=True
    )
    if before.instances and instances and not before.instances & instances:
        # Another announcement leads here now: another charger, until it tells otherwise.
        return replace(after, was="", sure=False, problem=None, looked=None, probed=None, turn=before.turn + 1)
    return after


def _typed_key(link: Link) -> str:
    return f"link:{link}"
