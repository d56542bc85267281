from datetime import timedelta

import pytest

from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import LinkError, UsageError
from fieldtool.core.model import Component, Link
from fieldtool.core.texts import Text
from fieldtool.discovery.presence import Presence
from fieldtool.discovery.roster import Roster
from tests.discovery.fakes import (
    FAST,
    METER,
    MODEM,
    PROFILES,
    Device,
    FakeCredentials,
    FakeDriver,
    FakeScanner,
    Watch,
    World,
    charger,
    key,
    sighted,
    site,
)


class Bench:
    """A roster in a world. Pins are those of the site."""

    def __init__(self) -> None:
        self.world, self.scanner, self.watch = World(), FakeScanner(), Watch()
        self.driver = FakeDriver(self.world)
        self.busy: set[str] = set()
        self.pins: dict[str, str] = {}
        self.roster: Roster | None = None

    def start(self, *chargers, pace=FAST) -> Roster:
        self.pins |= {each.serial.lstrip("0"): pin.fingerprint for each in chargers for pin in each.pins}
        self.roster = Roster(
            SystemClock(),
            {"fake": self.driver},
            PROFILES,
            site(*chargers),
            lambda serial: FakeCredentials(serial, self.pins),
            [self.scanner],
            self.watch,
            lambda serial: serial in self.busy,
            pace,
        )
        self.roster.start()
        return self.roster

    def of(self, serial: str):
        return next((entry for entry in self.roster.entries() if entry.serial == serial), None)

    def located(self, serial: str):
        """Where it is used now; None while nobody knows."""
        try:
            return self.roster.locate(serial)[0].link
        except LinkError:
            return None

    def until(self, serial: str, presence: Presence) -> None:
        self.watch.until(lambda: (entry := self.of(serial)) is not None and entry.presence is presence)

    def probed_for(self, serial: str, seconds: float) -> None:
        """Until that much time has passed in which the charger went on to answer probes."""
        seen = self.of(serial).last_seen
        self.watch.until(lambda: self.of(serial).last_seen - seen > timedelta(seconds=seconds))

    def close(self) -> None:
        self.driver.gate.set()
        if self.roster is not None:
            self.roster.close()
        self.world.close()


@pytest.fixture
def bench():
    bench = Bench()
    yield bench
    bench.close()


def test_a_charger_of_the_site_that_nobody_has_seen_stays_listed(bench):
    roster = bench.start(charger("1", Link("ssh", "127.0.0.1:1"), pin=key(1)))
    bench.watch.until(lambda: not roster.scanning)
    (entry,) = roster.entries()
    assert (entry.presence, entry.serial, entry.name, entry.link) == (Presence.EXPECTED, "1", "Bay 1", None)
    assert entry.last_seen is None


def test_a_charger_at_the_address_of_the_site_file_is_identified(bench):
    link = bench.world.place(Device("0001", key(1)))
    roster = bench.start(charger("1", link, pin=key(1)))
    bench.until("0001", Presence.READY)
    (entry,) = roster.entries()
    assert entry.found.identity.versions == {"main": "1.0"}
    assert entry.found.charger.name == "Bay 1"
    assert (entry.key, entry.link) == ("serial:1", link)
    assert entry.last_seen is not None


def test_an_announced_charger_is_identified_by_the_pin_of_the_serial_it_hints_at(bench):
    link = bench.world.place(Device("1", key(1)))
    roster = bench.start(charger("1", pin=key(1)))
    bench.scanner.announce(sighted(link, serial="1"))
    bench.until("1", Presence.READY)
    assert len(roster.entries()) == 1


def test_the_same_charger_over_two_links_is_one_entry(bench):
    device = Device("1", key(1))
    first, second = bench.world.place(device), bench.world.place(device)
    roster = bench.start(charger("1", first, pin=key(1)))
    bench.scanner.announce(sighted(second, "CityPost"), sighted(first, "CityPost"))
    bench.watch.until(lambda: (entry := bench.of("1")) and set(entry.links) == {first, second})
    bench.until("1", Presence.READY)
    assert len(roster.entries()) == 1


def test_a_charger_in_no_site_file_is_shown_and_told_what_to_do_and_gets_no_secret(bench):
    device = Device("9", key(9))
    link = bench.world.place(device)
    roster = bench.start(charger("1", pin=key(1)))
    bench.scanner.announce(sighted(link, "Stranger", serial="9"))
    bench.watch.until(lambda: any(entry.presence is Presence.PROBLEM for entry in roster.entries()))
    entry = roster.entries()[1]
    assert (entry.name, entry.serial, entry.problem.text) == ("Stranger", "", Text.UNKNOWN_CHARGER)
    assert "Stranger" in entry.problem.what
    assert device.secrets == []


def test_the_technicians_choice_serves_a_charger_that_no_file_names(bench):
    link = bench.world.place(Device("9", key(9)))
    bench.pins["9"] = key(9)
    roster = bench.start()
    bench.scanner.announce(sighted(link, "Stranger"))
    bench.watch.until(lambda: roster.entries() and roster.entries()[0].presence is Presence.PROBLEM)
    before = roster.entries()[0].key
    roster.choose(before, "9", "acme-1")
    bench.until("9", Presence.READY)
    assert bench.of("9").key == before


def test_an_unpinned_charger_gets_no_secret_and_its_key_is_shown(bench):
    device = Device("1", key(7))
    roster = bench.start(charger("1", bench.world.place(device)))
    bench.until("1", Presence.PROBLEM)
    (entry,) = roster.entries()
    assert entry.problem.text is Text.PIN_MISSING
    assert key(7) in entry.problem.what
    assert "trust pin 1" in entry.problem.remedy
    assert device.secrets == []


def test_a_changed_key_is_a_problem_with_both_fingerprints_and_no_secret_is_sent(bench):
    device = Device("1", key(7))
    bench.start(charger("1", bench.world.place(device), pin=key(1)))
    bench.until("1", Presence.PROBLEM)
    problem = bench.of("1").problem
    assert problem.text is Text.PIN_CHANGED
    assert key(7) in problem.what
    assert key(1) in problem.what
    assert device.secrets == []


def test_an_impostor_beside_the_real_charger_is_an_entry_of_its_own(bench):
    real = bench.world.place(Device("1", key(1)))
    false = Device("1", key(7))
    bench.start(charger("1", real, pin=key(1)))
    bench.until("1", Presence.READY)
    bench.scanner.announce(sighted(bench.world.place(false), "Evil", serial="1"))
    bench.watch.until(lambda: len(bench.roster.entries()) == 2)
    bench.watch.until(lambda: bench.roster.entries()[1].presence is Presence.PROBLEM)
    assert bench.of("1").presence is Presence.READY
    assert bench.roster.locate("1")[0].link == real
    assert bench.roster.entries()[1].problem.text is Text.PIN_CHANGED
    assert false.secrets == []


def test_a_charger_that_dies_silently_is_gone_and_keeps_when_it_was_seen(bench):
    link = bench.world.place(Device("1", key(1)))
    bench.start(charger("1", link, pin=key(1)))
    bench.until("1", Presence.READY)
    bench.world.kill(link)
    bench.until("1", Presence.GONE)
    entry = bench.of("1")
    assert entry.last_seen is not None
    assert entry.found.identity.versions == {"main": "1.0"}


def test_a_charger_that_comes_back_is_identified_again(bench):
    device = Device("1", key(1))
    link = bench.world.place(device)
    bench.start(charger("1", link, pin=key(1)))
    bench.until("1", Presence.READY)
    bench.world.kill(link)
    bench.until("1", Presence.GONE)
    device.version = "2.0"
    bench.world.place(device, link)
    bench.until("1", Presence.READY)
    assert bench.of("1").found.identity.versions == {"main": "2.0"}


def test_another_charger_that_takes_the_address_while_it_was_away_is_never_merged(bench):
    link = bench.world.place(Device("1", key(1)))
    bench.start(charger("1", link, pin=key(1)), charger("2", pin=key(2)))
    bench.until("1", Presence.READY)
    bench.world.kill(link)
    bench.until("1", Presence.GONE)
    bench.world.place(Device("2", key(2)), link)
    bench.until("2", Presence.READY)
    assert bench.of("1").presence is Presence.GONE
    with pytest.raises(LinkError):
        bench.roster.locate("1")


def test_after_an_absence_a_charger_counts_only_when_it_told_its_serial_again(bench):
    device = Device("1", key(1))
    link = bench.world.place(device)
    bench.start(charger("1", link, pin=key(1)))
    bench.until("1", Presence.READY)
    bench.world.kill(link)
    bench.until("1", Presence.GONE)
    bench.driver.gate.clear()
    bench.world.place(device, link)
    bench.until("1", Presence.SIGHTED)
    with pytest.raises(LinkError):
        bench.roster.locate("1")
    bench.driver.gate.set()
    bench.until("1", Presence.READY)
    assert bench.roster.locate("1")[0].link == link


def test_an_address_that_another_announcement_claims_counts_only_after_it_told_its_serial(bench):
    link = bench.world.place(Device("1", key(1)))
    bench.start(charger("1", pin=key(1)), charger("2", pin=key(2)))
    bench.scanner.announce(sighted(link, "first", serial="1"))
    bench.until("1", Presence.READY)
    bench.driver.gate.clear()
    bench.world.put(Device("2", key(2)), link)
    bench.scanner.announce(sighted(link, "second", serial="2"))
    bench.until("2", Presence.SIGHTED)
    assert bench.of("1").presence is Presence.GONE
    with pytest.raises(LinkError):
        bench.roster.locate("1")
    bench.driver.gate.set()
    bench.until("2", Presence.READY)


def test_what_was_asked_under_another_site_file_does_not_count(bench):
    link = bench.world.place(Device("1", key(1)))
    bench.start(charger("1", pin=key(1)))
    bench.driver.gate.clear()
    bench.scanner.announce(sighted(link, "CityPost", serial="1"))
    bench.watch.until(lambda: bench.roster._looking)
    bench.roster.use_site(site())
    bench.driver.gate.set()
    bench.watch.until(lambda: bench.roster.entries() and bench.roster.entries()[0].problem)
    assert bench.roster.entries()[0].problem.text is Text.UNKNOWN_CHARGER
    assert bench.of("1") is None


def test_during_an_update_the_link_that_still_answers_is_the_one_to_use(bench):
    device = Device("1", key(1))
    first, second = bench.world.place(device), bench.world.place(device)
    bench.start(charger("1", first, second, pin=key(1)))
    bench.until("1", Presence.READY)
    bench.watch.until(lambda: bench.located("1") is not None)
    bench.busy.add("1")
    used = bench.located("1")
    bench.world.kill(used)
    other = second if used == first else first
    bench.watch.until(lambda: bench.located("1") == other)


def test_a_charger_that_swaps_places_without_a_pause_is_noticed_at_the_next_look(bench):
    link = bench.world.place(Device("1", key(1)))
    bench.start(charger("1", link, pin=key(1)))
    bench.until("1", Presence.READY)
    bench.world.put(Device("5", key(5)), link)
    bench.until("1", Presence.PROBLEM)
    assert bench.of("1").problem.text is Text.PIN_CHANGED
    with pytest.raises(LinkError):
        bench.roster.locate("1")


def test_a_charger_with_the_right_key_and_another_serial_is_another_charger(bench):
    link = bench.world.place(Device("5", key(1)))
    bench.start(charger("1", link, pin=key(1)))
    bench.until("1", Presence.PROBLEM)
    assert bench.of("1").problem.text is Text.OTHER_CHARGER
    assert bench.of("5") is None


def test_chargers_that_share_a_fallback_address_are_told_apart_by_their_keys(bench):
    link = bench.world.place(Device("3", key(3)))
    chargers = [charger(str(number), link, pin=key(number)) for number in (1, 2, 3)]
    bench.start(*chargers)
    bench.until("3", Presence.READY)
    assert bench.of("1").presence is Presence.EXPECTED
    assert bench.of("2").presence is Presence.EXPECTED
    assert len(bench.roster.entries()) == 3


def test_chargers_that_share_address_and_host_key_are_told_apart_by_their_serials(bench):
    device = Device("3", key(8))
    link = bench.world.place(device)
    bench.start(*[charger(str(number), link, pin=key(8)) for number in (1, 2, 3)])
    bench.until("3", Presence.READY)
    assert bench.of("1").presence is Presence.EXPECTED


def test_a_stranger_at_a_shared_address_accuses_no_single_charger(bench):
    link = bench.world.place(Device("9", key(9)))
    bench.start(*[charger(str(number), link, pin=key(number)) for number in (1, 2)])
    bench.watch.until(lambda: len(bench.roster.entries()) == 3)
    bench.watch.until(lambda: bench.roster.entries()[2].presence is Presence.PROBLEM)
    assert {bench.of("1").presence, bench.of("2").presence} == {Presence.EXPECTED}


def test_a_new_address_is_where_the_charger_is_found_after_it_moved(bench):
    device = Device("1", key(1))
    old = bench.world.place(device)
    bench.start(charger("1", pin=key(1)))
    bench.scanner.announce(sighted(old, serial="1"))
    bench.until("1", Presence.READY)
    bench.world.kill(old)
    new = bench.world.place(device)
    bench.scanner.announce(sighted(new, serial="1"))
    bench.watch.until(lambda: bench.roster.locate("1")[0].link == new)
    component, profile = bench.roster.locate("1")
    assert (component.id, component.hardware, component.driver, component.link) == ("main", "r1", "fake", new)
    assert profile.id == "acme-1"


def test_a_component_is_located_where_its_charger_is_with_its_own_profile(bench):
    device = Device("1", key(1), parts={"modem": Device("1", key(1), version="7.1", hardware="m2")})
    link = bench.world.place(device)
    bench.start(charger("1", link, pin=key(1), profile="acme-parts"))
    bench.until("1", Presence.READY)
    assert bench.roster.locate("1", "modem") == (Component("modem", "m2", "fake", link), MODEM)
    assert bench.roster.locate("1", "meter") == (Component("meter", "", "fake", link), METER), "whatever it says now"
    with pytest.raises(UsageError) as unknown:
        bench.roster.locate("1", "toaster")
    assert unknown.value.text is Text.COMPONENT_UNKNOWN
    device.parts["meter"] = Device("1", key(1), vendor="Volt", model="M3", version="0.9")
    bench.watch.until(lambda: bench.of("1").found.parts[2].problem is None)
    assert bench.of("1").found.identity.versions["meter"] == "0.9"


def test_during_an_update_no_session_is_opened_yet_a_new_address_is_found(bench):
    device = Device("1", key(1))
    old = bench.world.place(device)
    bench.start(charger("1", old, pin=key(1)))
    bench.until("1", Presence.READY)
    bench.busy.add("1")
    bench.watch.until(lambda: bench.roster.locate("1")[0].link == old)
    bench.world.kill(old)
    before = device.sessions
    new = bench.world.place(device)
    bench.scanner.announce(sighted(new, serial="1"))
    bench.watch.until(lambda: bench.roster.locate("1")[0].link == new)
    assert device.sessions <= before + 2  # one look that was under way, and one at the new address
    assert bench.of("1").presence is Presence.READY


def test_a_busy_charger_is_left_alone_until_its_run_has_ended(bench):
    device = Device("1", key(1))
    bench.start(charger("1", bench.world.place(device), pin=key(1)))
    bench.until("1", Presence.READY)
    bench.watch.until(lambda: device.sessions >= 3)  # it is asked again and again
    bench.busy.add("1")
    bench.watch.until(lambda: not bench.roster._looking)
    left_at = device.sessions
    bench.probed_for("1", 5 * FAST.refresh)
    assert device.sessions == left_at
    device.version = "2.0"
    bench.busy.clear()
    bench.roster.refresh("1")
    bench.watch.until(lambda: bench.of("1").found.identity.versions == {"main": "2.0"})


def test_what_a_charger_told_before_its_update_is_stale_until_it_has_told_anew(bench):
    device = Device("1", key(1))
    bench.start(charger("1", bench.world.place(device), pin=key(1)))
    bench.until("1", Presence.READY)
    assert not bench.of("1").stale
    bench.busy.add("1")
    bench.watch.until(lambda: bench.of("1").stale)
    bench.watch.until(lambda: not bench.roster._looking)
    bench.driver.gate.clear()
    device.version = "2.0"
    bench.busy.clear()
    bench.roster.refresh("1")
    bench.watch.until(lambda: bench.roster._looking)  # the run has ended, and nobody has told anything yet
    assert bench.of("1").stale
    bench.driver.gate.set()
    bench.watch.until(lambda: not bench.of("1").stale)
    assert bench.of("1").found.identity.versions == {"main": "2.0"}


def test_a_charger_that_is_not_known_yet_cannot_be_located(bench):
    bench.start(charger("1", Link("ssh", "127.0.0.1:1"), pin=key(1)))
    with pytest.raises(LinkError) as caught:
        bench.roster.locate("1")
    assert caught.value.text is Text.CHARGER_NOT_SEEN


def test_a_typed_address_is_listed_at_once_and_says_when_nobody_answers(bench):
    bench.start()
    shown = bench.roster.add(Link("ssh", "127.0.0.1:1"))
    assert bench.roster.entry(shown).presence is Presence.SIGHTED
    bench.watch.until(lambda: bench.roster.entry(shown).problem is not None)
    assert bench.roster.entry(shown).problem.text is Text.LINK_UNREACHABLE


def test_a_key_given_before_a_row_turned_out_to_be_a_known_charger_still_finds_it(bench):
    device = Device("1", key(1))
    first, second = bench.world.place(device), bench.world.place(device)
    bench.start(charger("1", first, second, pin=key(1)))
    bench.scanner.announce(sighted(second, "Nameless"))
    bench.watch.until(lambda: (entry := bench.roster.entry("mdns:Nameless")) is not None and entry.serial == "1")
    assert set(bench.of("1").links) == {first, second}


def test_a_refused_login_is_not_tried_again_by_itself_but_after_a_new_secret(bench):
    device = Device("1", key(1), refuses_login=True)
    bench.start(charger("1", bench.world.place(device), pin=key(1)))
    bench.until("1", Presence.PROBLEM)
    bench.probed_for("1", 5 * FAST.refresh)
    assert len(device.secrets) == 1
    device.refuses_login = False
    bench.roster.refresh("1")
    bench.until("1", Presence.READY)


def test_a_new_site_file_serves_the_charger_that_was_unknown_and_its_old_key_still_finds_it(bench):
    link = bench.world.place(Device("9", key(9)))
    roster = bench.start()
    bench.scanner.announce(sighted(link, "Stranger", serial="9"))
    bench.watch.until(lambda: roster.entries() and roster.entries()[0].presence is Presence.PROBLEM)
    bench.pins["9"] = key(9)
    roster.use_site(site(charger("9", pin=key(9), name="Bay nine")))
    bench.until("9", Presence.READY)
    assert [entry.name for entry in roster.entries()] == ["Bay nine"]
    assert roster.entry("mdns:Stranger").serial == "9"


def test_two_services_of_one_charger_are_one_entry(bench):
    device = Device("1", key(1))
    ssh, ocpp = bench.world.place(device), Link("ocpp", bench.world.place(device).address)
    bench.start(charger("1", pin=key(1)))
    bench.scanner.announce(sighted(ocpp, "CityPost", serial="1"), sighted(ssh, "CityPost", serial="1"))
    bench.until("1", Presence.READY)
    assert len(bench.roster.entries()) == 1
    assert bench.roster.locate("1")[0].link == ssh


def test_a_scan_asks_everybody_again_and_ends(bench):
    device = Device("1", key(1))
    roster = bench.start(charger("1", bench.world.place(device), pin=key(1)))
    bench.until("1", Presence.READY)
    bench.watch.until(lambda: not roster.scanning)
    before = roster.scanned
    roster.scan()
    assert roster.scanning
    bench.watch.until(lambda: not roster.scanning)
    assert roster.scanned > before
    assert bench.scanner.scans == 1


def test_a_keystore_that_does_not_open_is_the_problem_of_the_charger_and_no_end_of_discovery(bench):
    from fieldtool.core.errors import UsageError

    def no_keystore(serial):
        raise UsageError(Text.NO_KEYSTORE, detail="none")

    link = bench.world.place(Device("1", key(1)))
    bench.start(charger("1", link, pin=key(1)))
    bench.until("1", Presence.READY)
    bench.roster._credentials_for = no_keystore
    bench.until("1", Presence.PROBLEM)
    assert bench.of("1").problem.text is Text.NO_KEYSTORE


def test_a_bug_in_a_driver_is_shown_and_logged_and_the_others_are_found(bench, expect_log):
    expect_log("identification of")

    class Broken(FakeDriver):
        def open(self, component, profile, credentials):
            if credentials.pin(component.link) == key(1):
                raise KeyError("x")
            return super().open(component, profile, credentials)

    links = [bench.world.place(Device(str(number), key(number))) for number in (1, 2)]
    bench.start(charger("1", pin=key(1)), charger("2", pin=key(2)))
    bench.roster._drivers = {"fake": Broken(bench.world)}
    bench.scanner.announce(*(sighted(link, str(number), serial=str(number)) for number, link in enumerate(links, 1)))
    bench.until("2", Presence.READY)
    bench.until("1", Presence.PROBLEM)
    assert bench.of("1").problem.text is Text.BUG


def test_a_hundred_chargers_are_all_found(bench):
    links = [bench.world.place(Device(f"S{number}", key(number))) for number in range(1, 101)]
    bench.start(*(charger(f"S{number}", pin=key(number)) for number in range(1, 101)))
    bench.scanner.announce(
        *(sighted(link, f"Charger {number}", serial=f"S{number}") for number, link in enumerate(links, 1))
    )
    bench.watch.until(lambda: all(entry.presence is Presence.READY for entry in bench.roster.entries()), 10)
    assert len(bench.roster.entries()) == 100
