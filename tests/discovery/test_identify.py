from contextlib import contextmanager
from dataclasses import replace

import pytest

from fieldtool.core.driver import Can
from fieldtool.core.errors import ExitCode
from fieldtool.core.model import Component, Link
from fieldtool.core.texts import Text
from fieldtool.discovery.identify import Candidate, Found, candidates, identify, look
from fieldtool.discovery.profiles import Profiles
from tests.discovery.fakes import (
    METER,
    MODEM,
    PARTS_PROFILE,
    PROFILES,
    Device,
    FakeCredentials,
    FakeDriver,
    charger,
    key,
    site,
)

LINK = Link("ssh", "127.0.0.1:22")


class OneDevice:
    def __init__(self, device):
        self.device = device

    def at(self, link):
        return self.device


def ask(device, candidate=None, pins=None, drivers=None):
    pins = {"1": key(1)} if pins is None else pins
    drivers = {"fake": FakeDriver(OneDevice(device))} if drivers is None else drivers
    candidate = candidate or Candidate("1", "acme-1", "Bay 01")
    return identify(LINK, candidate, drivers, PROFILES, lambda serial: FakeCredentials(serial, pins))


def test_a_charger_that_agrees_is_found_with_everything_it_told():
    found = ask(Device("001", key(1)))
    assert isinstance(found, Found)
    assert (found.charger.serial, found.charger.name, found.charger.main.hardware) == ("001", "Bay 01", "r1")
    assert found.charger.main.link == LINK
    assert (found.observed.running, found.health.ok, found.can, found.profile.id) == (
        "1.0",
        True,
        Can.KEEP_OLD,
        "acme-1",
    )


@pytest.mark.parametrize(
    ("device", "text"),
    [
        (Device("1", key(1), vendor="Other"), Text.PROFILE_DISAGREES),
        (Device("1", key(1), model="Two"), Text.PROFILE_DISAGREES),
        (Device("2", key(1)), Text.OTHER_CHARGER),
        (Device("", key(1)), Text.NO_SERIAL),
        (Device("0123456789", key(1)), Text.NO_SERIAL),
        (Device("FFFFFFFF", key(1)), Text.NO_SERIAL),
        (Device("1", key(2)), Text.PIN_CHANGED),
        (Device("1", key(1), refuses_login=True), Text.LOGIN_REFUSED),
        (Device("1", key(1), observed_serial="2"), Text.DEVICE_ANSWER_STRANGE),
        (Device("1", key(1), model="One\x1b[2J"), Text.DEVICE_ANSWER_STRANGE),
        (Device("1", key(1), version="9" * 500), Text.DEVICE_ANSWER_STRANGE),
        (None, Text.LINK_UNREACHABLE),
    ],
)
def test_a_charger_that_does_not_agree_is_trouble_in_words(device, text):
    trouble = ask(device)
    assert trouble.text is text
    assert trouble.what
    assert trouble.remedy


def test_nothing_secret_reaches_a_host_whose_key_is_not_the_pinned_one():
    for device, pins in ((Device("1", key(2)), {"1": key(1)}), (Device("1", key(2)), {})):
        ask(device, pins=pins)
        assert device.secrets == []


@pytest.mark.parametrize(
    ("candidate", "text"),
    [
        (Candidate("1", ""), Text.PROFILE_MISSING),
        (Candidate("1", "nobodys"), Text.PROFILE_UNKNOWN),
    ],
)
def test_without_a_usable_profile_no_session_is_opened(candidate, text):
    device = Device("1", key(1))
    assert ask(device, candidate).text is text
    assert device.sessions == 0


def test_a_profile_whose_driver_is_not_installed_says_so():
    assert ask(Device("1", key(1)), drivers={}).text is Text.DRIVER_UNKNOWN


def test_a_trouble_names_the_charger_whose_pin_was_expected():
    assert "Charger 1" in ask(Device("1", key(2))).what


def test_candidates_come_in_the_order_of_their_likelihood():
    by_hint, by_address, before = charger("7"), charger("8", LINK), charger("9")
    chargers = site(by_hint, by_address, before)
    found = candidates(LINK, {"Serial": "0007"}, "9", Candidate("6", "other-1"), chargers)
    assert [candidate.serial for candidate in found] == ["6", "9", "8", "7"]


def test_a_hint_only_orders_the_chargers_of_an_address():
    found = candidates(LINK, {"sn": "2"}, "", None, site(charger("1", LINK), charger("2", LINK)))
    assert [candidate.serial for candidate in found] == ["2", "1"]


def test_a_placeholder_hint_points_at_nobody():
    assert candidates(LINK, {"serial": "123456"}, "", None, site(charger("1"), charger("123456"))) == ()


@pytest.mark.parametrize(("shown", "said"), [(key(3), "3"), (key(1), "3")])
def test_a_shown_key_or_serial_leads_to_the_charger_it_belongs_to(shown, said):
    pinned = site(charger("1", LINK, pin=key(1)), charger("2", LINK, pin=key(2)), charger("3", LINK, pin=shown))
    device = Device(said, shown)
    pins = {pin.serial: pin.fingerprint for each in pinned.chargers for pin in each.pins}
    tries = candidates(LINK, {}, "", None, pinned)
    found = look(
        LINK, tries, pinned, {"fake": FakeDriver(OneDevice(device))}, PROFILES, lambda s: FakeCredentials(s, pins)
    )
    assert isinstance(found, Found)
    assert found.charger.name == "Bay 3"


def test_a_host_cannot_lead_us_through_all_chargers_of_a_site():
    """Two chargers with one key that each say they are the other: it ends, and with the first trouble."""
    pinned = site(*(charger(str(number), LINK, pin=key(1)) for number in range(1, 9)))
    device = Device("1", key(1))
    world = OneDevice(device)

    class Liar(FakeDriver):
        def open(self, component, profile, credentials):
            device.serial = str(int(device.serial) + 1)
            return super().open(component, profile, credentials)

    trouble = look(
        LINK,
        candidates(LINK, {}, "", None, pinned),
        pinned,
        {"fake": Liar(world)},
        PROFILES,
        lambda serial: FakeCredentials(serial, {str(number): key(1) for number in range(1, 9)}),
    )
    assert trouble.text is Text.OTHER_CHARGER
    assert device.sessions <= 4


def test_a_link_whose_scheme_no_driver_of_the_candidates_speaks_is_not_asked():
    device = Device("1", key(1))
    link = Link("ocpp", "127.0.0.1:9000")
    tries = (Candidate("1", "acme-1"),)
    assert look(link, tries, None, {"fake": FakeDriver(OneDevice(device))}, PROFILES, lambda serial: None) is None
    assert device.sessions == 0


# ---- components -----------------------------------------------------------------------------------------------------

PARTS = Candidate("1", "acme-parts", "Bay 01")


def modem(serial="1", **told):
    return Device(serial, key(1), version="7.1", hardware="m2", **told)


def meter(serial="1", **told):
    return Device(serial, key(1), vendor="Volt", model="M3", version="0.9", hardware="e1", **told)


def test_every_component_that_the_profile_names_tells_of_itself_in_a_session_of_its_own():
    device = Device("1", key(1), parts={"modem": modem(), "meter": meter()})
    found = ask(device, PARTS)
    assert device.sessions == 3
    assert found.identity.versions == {"main": "1.0", "modem": "7.1", "meter": "0.9"}
    assert found.identity.payload_hashes == {"modem": "hash of 7.1", "meter": "hash of 0.9"}
    assert (found.identity.vendor, found.identity.hardware, found.observed.running) == ("Acme", "r1", "1.0")
    assert [(part.id, part.profile, part.hardware) for part in found.parts] == [
        ("main", PARTS_PROFILE, "r1"), ("modem", MODEM, "m2"), ("meter", METER, "e1"),
    ]  # fmt: skip
    assert [part.observed.running for part in found.parts] == ["1.0", "7.1", "0.9"]
    assert [part.can for part in found.parts] == [Can.KEEP_OLD, Can.RESUME, Can.RESUME]
    assert [part.problem for part in found.parts] == [None] * 3
    assert found.charger.component("modem") == Component("modem", "m2", "fake", LINK)
    assert found.charger.main.id == "main"


def test_a_modem_that_does_not_answer_is_told_and_the_charger_still_serves():
    found = ask(Device("1", key(1), parts={"meter": meter()}), PARTS)
    assert isinstance(found, Found)
    main, silent, other = found.parts
    assert silent.problem.text is Text.LINK_LOST
    assert silent.problem.exit_code is ExitCode.LINK_LOST
    assert (silent.observed, silent.hardware, silent.can) == (None, "", Can(0))
    assert (main.problem, other.problem) == (None, None)
    assert found.identity.versions == {"main": "1.0", "meter": "0.9"}
    assert found.charger.component("modem") == Component("modem", "", "fake", LINK), "it is there, whatever it is"


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (modem("2"), Text.OTHER_CHARGER),
        (modem(observed_serial="2"), Text.DEVICE_ANSWER_STRANGE),
        (modem(vendor="Volt"), Text.PROFILE_DISAGREES),
        (modem("0123456789"), Text.NO_SERIAL),
    ],
)
def test_a_component_that_is_not_this_charger_s_is_a_problem_of_that_part(wrong, text):
    found = ask(Device("1", key(1), parts={"modem": wrong, "meter": meter()}), PARTS)
    assert found.parts[1].problem.text is text
    assert found.parts[1].observed is None
    assert "modem" not in found.identity.versions
    assert found.parts[2].problem is None


def test_no_component_is_asked_where_main_is_not_the_expected_charger():
    device = Device("2", key(1), parts={"modem": modem(), "meter": meter()})
    assert ask(device, PARTS).text is Text.OTHER_CHARGER
    assert device.sessions == 1


def test_a_component_does_not_speak_for_another():
    """A profile's overlay leaves main's facts to the modem too: they are main's to tell."""

    class Gossip(FakeDriver):
        @contextmanager
        def open(self, component, profile, credentials):
            with super().open(component, profile, credentials) as session:
                told = session.identify()
                if component.id == "modem":
                    session.identify = lambda: replace(told, versions={**told.versions, "main": "6.6", "meter": "6.6"})
                yield session

    device = Device("1", key(1), version="1.0", parts={"modem": modem(), "meter": meter()})
    found = ask(device, PARTS, drivers={"fake": Gossip(OneDevice(device))})
    assert found.identity.versions == {"main": "1.0", "modem": "7.1", "meter": "0.9"}


def test_a_component_whose_driver_is_missing_or_cannot_use_the_link_says_so():
    other = replace(MODEM, driver="serial")
    profile = replace(PARTS_PROFILE, components={"modem": other})
    device = Device("1", key(1))
    elsewhere = FakeDriver(OneDevice(device))
    elsewhere.name, elsewhere.schemes = "serial", frozenset({"tty"})
    for drivers, text in (({}, Text.DRIVER_UNKNOWN), ({"serial": elsewhere}, Text.COMPONENT_LINK)):
        found = identify(
            LINK, PARTS, {"fake": FakeDriver(OneDevice(device)), **drivers}, Profiles({"acme-parts": profile}, {}),
            lambda serial: FakeCredentials(serial, {"1": key(1)}),
        )  # fmt: skip
        assert found.parts[1].problem.text is text
        assert found.parts[1].problem.what
    assert device.sessions == 2, "no session was opened over a link that the driver does not speak"
