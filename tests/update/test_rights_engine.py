"""The engine asks the rights itself, whatever a window or a command line let through. What began may end."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fieldtool.core.driver import Can
from fieldtool.core.errors import LinkError, Trouble
from fieldtool.core.model import Expectation, Observed, Release, SiteRules
from fieldtool.core.rights import Action, Denylist
from fieldtool.core.texts import Text
from fieldtool.update.rights import Rights
from fieldtool.update.run import Head, Leg, Mark, Outcome, Override
from fieldtool.update.validation import Grade, Waiver
from tests.fakes import HEAD, LEG, LINK, OLD_RELEASE, RELEASE, Bench, FakeSession, LaptopDied
from tests.update.rights_support import ALL, AT, BY_KEY, DAY, GRANT, LAPTOP, key_approval, order, rights

DOWN = replace(RELEASE, version="0.9")
METERED = replace(RELEASE, metering_checksum="4711")
MODEM = replace(RELEASE, target="lab/modem.raucb", component="modem", sha256="44" * 32)
UNDER = replace(HEAD, legs=(replace(LEG, hardware="R4"),), grants=("grant-1",))


def directed(release: Release = RELEASE, given: Rights | None = None) -> Bench:
    bench = Bench()
    bench.rights = given or rights(orders=(order(release, OLD_RELEASE),))
    return bench


def leading_to(release: Release, head: Head = UNDER) -> Head:
    return replace(head, legs=(replace(head.legs[0], release=release),), approvals=(key_approval(release=release),))


def without(action: Action, release: Release = RELEASE) -> Rights:
    return rights(replace(GRANT, actions=ALL - {action}), BY_KEY, orders=(order(release, OLD_RELEASE),))


def assert_refused(bench: Bench, head: Head, text: Text) -> None:
    ending = bench.run(head)
    assert ending.trouble is not None
    assert (ending.outcome, ending.trouble.text) == (Outcome.REFUSED, text)
    assert bench.device.acts == [] and bench.device.serving, "the charger was not touched"


# -- each action, by the engine ---------------------------------------------------------------------------------------

OVERRIDE = (Override("LAPTOP_POWER", "demo", "a car is the battery"),)
WAIVER = (Waiver("faults", "demo", "known"),)
ACTS: dict[str, tuple[Action, Head]] = {
    "update": (Action.UPDATE, UNDER),
    "downgrade": (Action.DOWNGRADE, leading_to(DOWN)),
    "metering": (Action.METERING, leading_to(METERED)),
    "override": (Action.OVERRIDE, replace(UNDER, overrides=OVERRIDE)),
    "waive": (Action.OVERRIDE, replace(UNDER, waivers=WAIVER)),
}


@pytest.mark.parametrize("name", ACTS)
def test_with_the_grant_an_act_is_done_and_without_it_the_engine_refuses_it(name: str) -> None:
    action, head = ACTS[name]
    release = head.last.release
    bench = directed(release)
    bench.rules = SiteRules(overridable=frozenset({"LAPTOP_POWER"}))
    bench.device.image_boots = True
    ending = bench.run(head)
    assert ending.outcome is not Outcome.REFUSED, ending.trouble and ending.trouble.what
    bench = directed(given=without(action, release))
    bench.rules = SiteRules(overridable=frozenset({"LAPTOP_POWER"}))
    assert_refused(bench, head, Text.GRANT_NONE)


def test_a_charger_without_firmware_is_not_written_without_a_grant_to_recover(monkeypatch: pytest.MonkeyPatch) -> None:
    def in_bootloader(self: FakeSession) -> Observed:
        return replace(real(self), running=None, running_hash=None, running_slot="")

    real = FakeSession.observe
    monkeypatch.setattr(FakeSession, "observe", in_bootloader)
    head = leading_to(RELEASE)
    for given, text in (
        (without(Action.RECOVER), Text.GRANT_NONE),
        (replace(rights(), approvals=()), Text.APPROVAL_MISSING),
    ):
        bench = Bench("in-place-rescue")
        bench.rights = given
        assert Can.BOOTLOADER in FakeSession(bench.device, "main", bench.faults, Can.BOOTLOADER, False).can
        assert_refused(bench, head if text is Text.GRANT_NONE else replace(head, approvals=()), text)


@pytest.mark.parametrize("release", [DOWN, METERED], ids=["downgrade", "metering"])
def test_no_one_person_does_it_alone_with_the_engine(release: Release) -> None:
    assert_refused(directed(release), replace(leading_to(release), approvals=()), Text.APPROVAL_MISSING)


def test_a_forged_approval_is_found_by_the_engine() -> None:
    head = leading_to(DOWN)
    forged = replace(head.approvals[0], signature="00" * 70)
    assert_refused(directed(DOWN), replace(head, approvals=(forged,)), Text.APPROVAL_FORGED)


REASONS: list[tuple[str, Rights, Head, Text]] = [
    ("a locked laptop", rights(denied=Denylist(laptops=frozenset({LAPTOP}))), UNDER, Text.GRANT_LAPTOP_DENIED),
    ("an image denied", rights(denied=Denylist(images=frozenset({RELEASE.sha256}))), UNDER, Text.GRANT_IMAGE_DENIED),
    ("a grant withdrawn", rights(denied=Denylist(grants=frozenset({"grant-1"}))), UNDER, Text.GRANT_WITHDRAWN),
    ("a grant that ended", rights(at=AT + 2 * DAY, orders=(order(expires=AT + 9 * DAY),)), UNDER, Text.GRANT_EXPIRED),
    ("all uses begun", rights(replace(GRANT, max_uses=1), uses={"grant-1": 1}), UNDER, Text.GRANT_USED_UP),
    ("planned under none", rights(), replace(UNDER, grants=()), Text.GRANT_NOT_PLANNED),
    ("no order", rights(orders=()), UNDER, Text.GRANT_NOT_ORDERED),
    ("no directions", Rights(None, Trouble(Text.DIRECTOR_NONE), LAPTOP, "demo", AT), UNDER, Text.DIRECTOR_NONE),
]


@pytest.mark.parametrize(("given", "head", "text"), [one[1:] for one in REASONS], ids=[one[0] for one in REASONS])
def test_the_engine_refuses_by_itself(given: Rights, head: Head, text: Text) -> None:
    assert_refused(directed(given=given), head, text)


def test_below_its_epoch_nothing_is_installed_with_whatever_grant(monkeypatch: pytest.MonkeyPatch) -> None:
    real = FakeSession.observe
    monkeypatch.setattr(FakeSession, "observe", lambda self: replace(real(self), security_epoch=2))
    assert_refused(directed(DOWN), leading_to(DOWN), Text.EPOCH_TOO_LOW)


def test_the_engine_looks_up_the_epoch_of_what_runs() -> None:
    bench = Bench()
    bench.releases = (replace(OLD_RELEASE, security_epoch=2), RELEASE)
    assert_refused(bench, HEAD, Text.EPOCH_TOO_LOW)
    bench = Bench()
    bench.releases = (replace(OLD_RELEASE, security_epoch=2, payload_hash="f" * 64), RELEASE)
    assert_refused(bench, HEAD, Text.EPOCH_UNKNOWN)
    bench = Bench()
    bench.rights = replace(bench.rights, epochs={"main": 1})
    assert_refused(bench, HEAD, Text.EPOCH_TOO_LOW)


# -- in mid-run -------------------------------------------------------------------------------------------------------


def later(bench: Bench) -> None:
    bench.rights = replace(bench.rights, at=AT + 60 * DAY, uses={"grant-1": 99})


@pytest.mark.parametrize("act", ["transfer", "install", "restart", "confirm"])
def test_a_grant_that_ends_in_mid_run_lets_it_end_well_and_nothing_new_begin(act: str) -> None:
    bench = directed()
    bench.when(act, lambda: later(bench))
    assert bench.run(UNDER).outcome is Outcome.DONE
    again = directed()
    later(again)
    assert_refused(again, UNDER, Text.GRANT_ORDER_ENDED)


def test_a_grant_that_ends_before_a_sick_charger_is_rolled_back_does_not_keep_it_sick() -> None:
    bench = directed()
    bench.device.sick = True
    bench.when("restart", lambda: setattr(bench, "rights", Rights(None, Trouble(Text.DIRECTOR_NONE), LAPTOP)))
    assert bench.run(UNDER).outcome is Outcome.ROLLED_BACK


def two_stages() -> Head:
    legs = (replace(LEG, hardware="R4"), Leg("modem", MODEM, "1.0", OLD_RELEASE, hardware="R4"))
    return replace(UNDER, legs=legs)


def with_modem(given: Callable[[], Rights]) -> Bench:
    bench = Bench(parts={"modem": "ab-trial"})
    bench.rights = given()
    return bench


def both_ordered(**changes: object) -> Rights:
    return rights(orders=(order(RELEASE, OLD_RELEASE, MODEM),), **changes)


def test_a_grant_that_ends_between_two_stages_lets_the_second_be_done() -> None:
    bench = with_modem(both_ordered)
    bench.when("confirm", lambda: later(bench))
    assert bench.run(two_stages()).outcome is Outcome.DONE
    assert bench.driver.parts["modem"].runs == ("2.0", MODEM.payload_hash)


def test_what_is_denied_between_two_stages_takes_the_first_back() -> None:
    bench = with_modem(both_ordered)
    denied = Denylist(images=frozenset({MODEM.sha256}))
    bench.when("confirm", lambda: setattr(bench, "rights", both_ordered(denied=denied)))
    ending = bench.run(two_stages())
    assert ending.outcome is Outcome.ROLLED_BACK
    assert ending.trouble is not None and ending.trouble.text is Text.GRANT_IMAGE_DENIED
    assert bench.driver.parts["modem"].acts == []


def test_after_a_lost_line_before_the_installation_a_run_that_began_goes_on() -> None:
    bench = directed()

    def break_off() -> None:
        later(bench)
        bench.device.acts.hooks.clear()  # type: ignore[attr-defined]  # Acts
        raise LinkError(Text.LINK_LOST, address=LINK.address, detail="noise")

    bench.when("transfer", break_off)
    assert bench.run(UNDER).outcome is Outcome.DONE


def test_a_run_that_began_is_resumed_after_a_crash_though_its_grant_has_ended() -> None:
    bench = directed()

    def die() -> None:
        raise LaptopDied

    bench.when("transfer", die)
    with pytest.raises(LaptopDied):
        bench.run(UNDER)
    bench.device.acts.hooks.clear()  # type: ignore[attr-defined]  # Acts
    later(bench)
    assert bench.resume(UNDER).outcome is Outcome.DONE


def test_a_run_that_died_in_its_preflight_had_not_begun() -> None:
    bench = directed()
    bench.run(UNDER)
    bench.rows.rows = bench.rows.rows[:1]  # preflight was entered, and nothing more
    bench.device = bench.driver.parts["main"] = Bench().device
    bench.device.clock = bench.clock
    later(bench)
    ending = bench.resume(UNDER)
    assert ending.outcome is Outcome.REFUSED
    assert ending.trouble is not None and ending.trouble.text is Text.GRANT_ORDER_ENDED


def test_a_waiver_in_mid_run_counts_only_from_somebody_who_may() -> None:
    for given, outcome in ((rights(), Outcome.DONE), (without(Action.OVERRIDE), Outcome.ROLLED_BACK)):
        bench = directed(given=given)
        bench.device.sick = True
        bench.rules = SiteRules(validation=Expectation(waivable=frozenset({"faults"})))
        bench.hand.waive(Waiver("faults", "demo", "known"))
        assert bench.run(UNDER).outcome is outcome
        noted = [row for row in bench.rows.rows if row.mark is Mark.WAIVED]
        assert bool(noted) is (outcome is Outcome.DONE)
        waived = any(one.grade is Grade.WAIVED for row in bench.rows.rows for one in row.findings)
        assert waived is (outcome is Outcome.DONE)


def test_the_waiver_of_a_grant_that_has_ended_meanwhile_changes_nothing() -> None:
    bench = directed()
    bench.device.sick = True
    bench.rules = SiteRules(validation=Expectation(waivable=frozenset({"faults"})))
    bench.hand.waive(Waiver("faults", "demo", "known"))
    bench.when("restart", lambda: later(bench))
    assert bench.run(UNDER).outcome is Outcome.ROLLED_BACK
