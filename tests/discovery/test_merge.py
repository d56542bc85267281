"""The list as a function of what is known: whatever the links say, no charger is lost, doubled or confused."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.driver import Can
from fieldtool.core.errors import ExitCode, Trouble
from fieldtool.core.model import Charger, Component, Health, Identity, Link, Observed
from fieldtool.core.texts import Text
from fieldtool.discovery.identify import Candidate, Found
from fieldtool.discovery.merge import Contact, Known, merge
from fieldtool.discovery.presence import Presence
from tests.discovery.fakes import PROFILE, charger, site

T0 = datetime(2026, 11, 20, tzinfo=UTC)
SERIALS = ("1", "2", "3")
PROBLEMS = (
    Trouble(Text.PIN_CHANGED, exit_code=ExitCode.TRUST),
    Trouble(Text.OTHER_CHARGER, exit_code=ExitCode.REFUSED),
    Trouble(Text.LOGIN_REFUSED, exit_code=ExitCode.ABANDONED),
    Trouble(Text.LINK_LOST, exit_code=ExitCode.LINK_LOST),
)


def found(serial: str, link: Link) -> Found:
    main = Component("main", "r1", "fake", link)
    identity = Identity("Acme", "One", "r1", serial, {"main": "1.0"})
    told = Charger(serial, "Acme", "One", (main,))
    return Found(told, identity, Observed(serial, "1.0"), Health(ok=True), Can.KEEP_OLD, PROFILE)


@st.composite
def contacts(draw):
    made = []
    for number in range(draw(st.integers(0, 6))):
        link = Link("ssh", f"192.0.2.{number}:22")
        was = draw(st.sampled_from(("", *SERIALS, "9")))
        assumed = was or draw(st.sampled_from(("", *SERIALS)))
        made.append(
            Contact(
                link,
                key=f"mdns:{draw(st.sampled_from('abc'))}",
                name="n",
                source=draw(st.sampled_from(("mdns", "manual", "site-file"))),
                since=T0,
                announced=draw(st.booleans()),
                tries=(Candidate(assumed, "acme-1"),) if assumed else (),
                assumed=assumed,
                was=was,
                sure=bool(was) and draw(st.booleans()),
                identified=T0 if was else None,
                answered=draw(st.none() | st.just(T0 + timedelta(seconds=number))),
                failures=draw(st.integers(0, 3)),
                problem=draw(st.none() | st.sampled_from(PROBLEMS)),
            )
        )
    return made


@given(contacts(), st.booleans())
def test_every_charger_is_listed_once_and_every_key_is_unique(made, busy):
    known = {
        each.was: Known(f"serial:{each.was}" if each.was in SERIALS else each.key, found(each.was, each.link), T0)
        for each in made
        if each.was
    }
    entries = merge(made, known, site(*(charger(serial) for serial in SERIALS)), lambda serial: busy)
    assert [entry.serial for entry in entries[:3]] == list(SERIALS)
    keys = [entry.key for entry in entries]
    assert len(keys) == len(set(keys))
    told = [entry.serial for entry in entries if entry.serial]
    assert len(told) == len(set(told))
    assert set(told) == {*SERIALS, *known}


@given(contacts())
def test_ready_is_only_a_charger_that_told_its_serial_on_a_link_that_answers(made):
    known = {each.was: Known(each.key, found(each.was, each.link), T0) for each in made if each.was}
    for entry in merge(made, known, site(*(charger(serial) for serial in SERIALS))):
        if entry.presence is Presence.READY:
            assert any(each.sure and each.up and each.was == entry.serial for each in made)
            assert entry.problem is None
        if entry.presence is Presence.PROBLEM:
            assert entry.problem is not None


@given(contacts())
def test_a_link_is_listed_under_the_serial_it_told_and_under_no_other(made):
    known = {each.was: Known(each.key, found(each.was, each.link), T0) for each in made if each.was}
    entries = merge(made, known, site(*(charger(serial) for serial in SERIALS)))
    for each in made:
        if each.sure:
            assert [entry.serial for entry in entries if each.link in entry.links] == [each.was]
