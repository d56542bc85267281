"""Every rule by which an updated charger is judged: what passes, what fails, and what nobody claims to know."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.driver import Can
from fieldtool.core.model import Configuration, ConnectorStatus, Expectation, Health, Observed, Release
from fieldtool.core.texts import Text
from fieldtool.update import rules
from fieldtool.update.validation import (
    ALWAYS,
    RULES,
    Evidence,
    Finding,
    Grade,
    Sample,
    Waiver,
    decided,
    failed,
    judge,
    merged,
)

PASS, FAIL, WAIVED = Grade.PASS, Grade.FAIL, Grade.WAIVED
NA, UNCHECKED = Grade.NOT_APPLICABLE, Grade.NOT_CHECKED
NOW = 1_780_000_000.0
YEAR = 31_536_000.0
FREE, BUSY, OUT = ConnectorStatus.AVAILABLE, ConnectorStatus.OCCUPIED, ConnectorStatus.UNAVAILABLE
BROKEN, UNKNOWN = ConnectorStatus.FAULTED, ConnectorStatus.UNKNOWN
RELEASE = Release(
    target="lab/2.0.raucb",
    length=1,
    sha256="0" * 64,
    vendor="Lab",
    models=("CityPost 22",),
    hardware=("B2",),
    component="main",
    version="2.0",
    format="raucb",
    payload_hash="b" * 64,
)
OLD = Observed("S1", "1.0", "a" * 64)
NEW = Observed("S1", "2.0", "b" * 64)
WELL = Health(
    ok=True,
    connectors={"1": FREE, "2": FREE},
    asked=frozenset({"faults", "checks"}),
    clock=NOW,
    uptime=100.0,
    resets=3,
    backend=True,
    responds=True,
    meter={"import": 1000.0, "export": 5.0},
    meter_checksum="5F0C",
    certificates={"OCPP": NOW + YEAR},
)
MUTE = Health(ok=True)  # a profile that asks for nothing
SETTINGS = Configuration("one", {"url": "wss://a", "password": "hunter2"})


def looks(*healths: Health | None, every: float = 1.0, seen: Observed = NEW) -> tuple[Sample, ...]:
    """One sample per health; uptime and clock go on with time unless the health says otherwise."""
    samples = []
    for number, health in enumerate(healths):
        at = number * every
        if health is not None and health.uptime == WELL.uptime:
            health = replace(health, uptime=100.0 + at)
        if health is not None and health.clock == WELL.clock:
            health = replace(health, clock=NOW - (len(healths) - 1 - number) * every)
        samples.append(Sample(at, seen, health, "" if health else "no answer"))
    return tuple(samples)


def evidence(after: Health | None = WELL, before: Health | None = WELL, **changes: Any) -> Evidence:
    """A charger that was `before` and is `after` since two looks; without an argument all is well."""
    usual = Evidence(
        release=RELEASE,
        before=OLD,
        health_before=before,
        samples=looks(after, after),
        now=NOW,
        can=Can.KEEP_OLD | Can.CONFIG,
        expected=Expectation(soak=1.0),
        wanted=SETTINGS,
        settings=SETTINGS,
        health_before_at=NOW,
        settle=10.0,
    )
    return replace(usual, **changes)


def grades(e: Evidence) -> dict[str, Grade]:
    return {one.rule: one.grade for one in judge(e)}


def of(e: Evidence, rule: str) -> Finding:
    return next(one for one in judge(e) if one.rule == rule)


def seen(**changes: Any) -> Evidence:
    return evidence(samples=looks(WELL, WELL, seen=replace(NEW, **changes)))


def sick(before: Health | None = WELL, **changes: Any) -> Evidence:
    return evidence(replace(WELL, **changes), before)


def was(**changes: Any) -> Health:
    return replace(WELL, **changes)


def watched(*healths: Mapping[str, Any], every: float = 1.0) -> Evidence:
    return evidence(samples=looks(*(replace(WELL, **changes) for changes in healths), every=every))


def test_a_charger_that_is_as_before_passes_every_rule() -> None:
    assert set(grades(evidence()).values()) == {PASS}


CASES: list[tuple[str, str, Evidence, Grade, Text]] = [
    ("version", "another", seen(running="1.0"), FAIL, Text.VALIDATE_VERSION),
    ("version", "bootloader", seen(running=None), FAIL, Text.VALIDATE_VERSION),
    ("payload_hash", "another", seen(running_hash="c" * 64), FAIL, Text.VALIDATE_HASH),
    ("payload_hash", "not told", seen(running_hash=None), FAIL, Text.VALIDATE_REQUIRED),
    ("connectors", "worse", sick(connectors={"1": FREE, "2": OUT}), FAIL, Text.VALIDATE_CONNECTORS),
    ("connectors", "missing", sick(connectors={"1": FREE}), FAIL, Text.VALIDATE_CONNECTORS),
    ("connectors", "unknown now", sick(connectors={"1": FREE, "2": UNKNOWN}), FAIL, Text.VALIDATE_CONNECTORS),
    ("connectors", "a car came", sick(connectors={"1": FREE, "2": BUSY}), PASS, Text.VALIDATE_CONNECTORS_OK),
    ("connectors", "all went", sick(connectors={}), FAIL, Text.VALIDATE_CONNECTORS),
    (
        "connectors", "broken before too",
        sick(was(connectors={"1": FREE, "2": BROKEN}), connectors={"1": FREE, "2": BROKEN}),
        PASS, Text.VALIDATE_CONNECTORS_OK,
    ),
    (
        "connectors", "from unavailable to broken",
        sick(was(connectors={"1": OUT}), connectors={"1": BROKEN}), FAIL, Text.VALIDATE_CONNECTORS,
    ),
    (
        "connectors", "unknown before too",
        sick(was(connectors={"1": UNKNOWN}), connectors={"1": UNKNOWN}), UNCHECKED, Text.VALIDATE_CONNECTORS_UNKNOWN,
    ),
    (
        "connectors", "unknown before, broken now",
        sick(was(connectors={"1": UNKNOWN}), connectors={"1": BROKEN}), FAIL, Text.VALIDATE_CONNECTORS,
    ),
    ("connectors", "new ones", sick(was(connectors={})), PASS, Text.VALIDATE_CONNECTORS_OK),
    ("connectors", "a new one that is out", sick(was(connectors={"1": FREE}), connectors={"1": FREE, "2": OUT}), FAIL,
     Text.VALIDATE_CONNECTORS),
    ("connectors", "nothing known before", sick(None, connectors={"1": OUT}), FAIL, Text.VALIDATE_CONNECTORS),
    ("connectors", "not asked", evidence(MUTE, MUTE), UNCHECKED, Text.VALIDATE_NOT_ASKED),
    ("command_response", "none", sick(responds=False), FAIL, Text.VALIDATE_RESPONDS),
    ("command_response", "none before", sick(was(responds=False), responds=False), UNCHECKED,
     Text.VALIDATE_RESPONDS_BEFORE),
    ("command_response", "nothing known before", sick(None, responds=False), FAIL, Text.VALIDATE_RESPONDS),
    ("command_response", "not asked", evidence(MUTE, MUTE), UNCHECKED, Text.VALIDATE_NOT_ASKED),
    ("faults", "new", sick(was(faults=("Old",)), faults=("Old", "New")), FAIL, Text.VALIDATE_FAULTS),
    ("faults", "the same", sick(was(faults=("Old",)), faults=("Old",)), PASS, Text.VALIDATE_FAULTS_KNOWN),
    ("faults", "nothing known before", sick(None, faults=("Old",)), FAIL, Text.VALIDATE_FAULTS),
    ("faults", "not asked", evidence(MUTE, MUTE), UNCHECKED, Text.VALIDATE_NOT_ASKED),
    ("checks", "new", sick(failed_checks=("software",)), FAIL, Text.VALIDATE_CHECKS),
    ("checks", "the same", sick(was(failed_checks=("a",)), failed_checks=("a",)), PASS, Text.VALIDATE_CHECKS_KNOWN),
    ("checks", "none there", evidence(MUTE, MUTE), NA, Text.VALIDATE_NONE),
    ("resets", "counter", watched({"resets": 3}, {"resets": 4}), FAIL, Text.VALIDATE_RESETS),
    ("resets", "counter, long ago", watched({"resets": 3}, {"resets": 4}, {"resets": 4}), FAIL, Text.VALIDATE_RESETS),
    ("resets", "counter began anew", watched({"resets": 3}, {"resets": 0}), FAIL, Text.VALIDATE_RESTARTED),
    ("resets", "uptime", watched({"uptime": 50.0}, {"uptime": 49.0}), FAIL, Text.VALIDATE_RESTARTED),
    ("resets", "uptime, while nobody looked", watched({"uptime": 40.0}, {"uptime": 50.0}, every=90.0), FAIL,
     Text.VALIDATE_RESTARTED),
    ("resets", "a slow answer", watched({"uptime": 40.0}, {"uptime": 42.0}, every=20.0), PASS,
     Text.VALIDATE_RESETS_OK),
    ("resets", "one look", evidence(samples=looks(WELL)), UNCHECKED, Text.VALIDATE_ONE_LOOK),
    ("resets", "not asked", evidence(MUTE, MUTE), UNCHECKED, Text.VALIDATE_NOT_ASKED),
    ("clock", "off", sick(clock=NOW + 301), FAIL, Text.VALIDATE_CLOCK),
    ("clock", "behind", sick(clock=NOW - 301), FAIL, Text.VALIDATE_CLOCK),
    ("clock", "a little off", sick(clock=NOW + 299), PASS, Text.VALIDATE_CLOCK_OK),
    ("clock", "off before", sick(was(clock=NOW - 9000), clock=NOW - 9000), UNCHECKED, Text.VALIDATE_CLOCK_BEFORE),
    ("clock", "good before", sick(was(clock=NOW - 200), clock=NOW - 450), FAIL, Text.VALIDATE_CLOCK),
    ("clock", "much worse", sick(was(clock=NOW - 9000), clock=0.0), FAIL, Text.VALIDATE_CLOCK),
    ("clock", "not asked", evidence(MUTE, MUTE), UNCHECKED, Text.VALIDATE_NOT_ASKED),
    ("settings", "changed", evidence(settings=Configuration("one", {**SETTINGS.values, "url": "x"})), FAIL,
     Text.VALIDATE_SETTINGS),
    ("settings", "lost", evidence(settings=Configuration("one", {"url": "wss://a"})), FAIL, Text.VALIDATE_SETTINGS),
    ("settings", "another layout", evidence(settings=replace(SETTINGS, format="two")), FAIL,
     Text.VALIDATE_SETTINGS_LAYOUT),
    ("settings", "more", evidence(settings=Configuration("one", {**SETTINGS.values, "x": "1"})), PASS,
     Text.VALIDATE_SETTINGS_OK),
    ("settings", "not told", evidence(settings=None), FAIL, Text.VALIDATE_SILENT),
    ("settings", "never saved", evidence(wanted=None), UNCHECKED, Text.VALIDATE_NOT_KNOWN_BEFORE),
    ("settings", "none there", evidence(can=Can.KEEP_OLD, wanted=None, settings=None), NA, Text.VALIDATE_NONE),
    ("certificates", "lost", sick(certificates={}), FAIL, Text.VALIDATE_CERTIFICATES),
    ("certificates", "one lost", sick(was(certificates={"OCPP": NOW + YEAR, "meter": NOW + YEAR})), FAIL,
     Text.VALIDATE_CERTIFICATES),
    ("certificates", "an old one", sick(certificates={"OCPP": NOW - 1}), FAIL, Text.VALIDATE_CERTIFICATES_EXPIRED),
    ("certificates", "over before", sick(was(certificates={"OCPP": NOW - 1}), certificates={"OCPP": NOW - 1}), PASS,
     Text.VALIDATE_CERTIFICATES_OK),
    ("certificates", "nothing known before", sick(None), UNCHECKED, Text.VALIDATE_NOT_KNOWN_BEFORE),
    ("certificates", "none there", evidence(MUTE, MUTE), NA, Text.VALIDATE_NONE),
    ("backend", "gone", sick(backend=False), FAIL, Text.VALIDATE_BACKEND),
    ("backend", "not before", sick(was(backend=False), backend=False), UNCHECKED, Text.VALIDATE_BACKEND_BEFORE),
    ("backend", "now at last", sick(was(backend=False)), PASS, Text.VALIDATE_BACKEND_OK),
    ("backend", "nothing known before", sick(None, backend=False), FAIL, Text.VALIDATE_BACKEND),
    ("backend", "not asked", evidence(MUTE, MUTE), UNCHECKED, Text.VALIDATE_NOT_ASKED),
    ("meter", "back", sick(meter={"import": 999.0, "export": 5.0}), FAIL, Text.VALIDATE_METER),
    ("meter", "back while watched",
     watched({}, {"meter": {"import": 1010.0, "export": 5.0}}, {"meter": {"import": 1001.0, "export": 5.0}}), FAIL,
     Text.VALIDATE_METER),
    ("meter", "one missing", sick(meter={"import": 1000.0}), FAIL, Text.VALIDATE_METER_MISSING),
    ("meter", "none any more", sick(meter={}), FAIL, Text.VALIDATE_METER_MISSING),
    ("meter", "counts on", sick(meter={"import": 1000.5, "export": 5.0}), PASS, Text.VALIDATE_METER_OK),
    ("meter", "nothing known before", sick(None), UNCHECKED, Text.VALIDATE_NOT_KNOWN_BEFORE),
    ("meter", "none there", evidence(MUTE, MUTE), NA, Text.VALIDATE_NONE),
    ("metering_checksum", "another", sick(meter_checksum="BAD"), FAIL, Text.VALIDATE_CHECKSUM),
    ("metering_checksum", "not the release's", evidence(release=replace(RELEASE, metering_checksum="77")), FAIL,
     Text.VALIDATE_CHECKSUM),
    ("metering_checksum", "the release's", replace(
        sick(meter_checksum="77"), release=replace(RELEASE, metering_checksum="77")), PASS, Text.VALIDATE_CHECKSUM_OK),
    ("metering_checksum", "not shown", evidence(MUTE, WELL), UNCHECKED, Text.VALIDATE_NOT_ASKED),
    ("metering_checksum", "nothing known before", sick(None), UNCHECKED, Text.VALIDATE_NOT_KNOWN_BEFORE),
    ("metering_checksum", "none there", evidence(MUTE, MUTE), NA, Text.VALIDATE_NONE),
    ("soak", "too short", evidence(expected=Expectation(soak=60.0)), UNCHECKED, Text.VALIDATE_SOAK_WAITS),
    ("soak", "something else", sick(backend=False), NA, Text.VALIDATE_SOAK_OTHER),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "what", "e", "grade", "text"), CASES, ids=[f"{c[0]}: {c[1]}" for c in CASES])
def test_a_rule_says_what_it_found(rule: str, what: str, e: Evidence, grade: Grade, text: Text) -> None:
    found = of(e, rule)
    assert (found.grade, found.reason.text) == (grade, text)
    assert found.reason.what and found.reason.remedy


SICK: Mapping[str, Mapping[str, Any]] = {
    "connectors": {"connectors": {"1": OUT, "2": FREE}},
    "command_response": {"responds": False},
    "faults": {"faults": ("RelayStuckClosed",)},
    "checks": {"failed_checks": ("charging software",)},
    "clock": {"clock": NOW + 3600},
    "certificates": {"certificates": {}},
    "backend": {"backend": False},
    "meter": {"meter": {"import": 1.0, "export": 5.0}},
    "metering_checksum": {"meter_checksum": "BAD"},
}


@pytest.mark.parametrize("rule", SICK)
def test_what_is_wrong_fails_its_own_rule_and_no_other(rule: str) -> None:
    assert [one.rule for one in failed(judge(sick(**SICK[rule])))] == [rule]


def test_a_charger_that_cannot_tell_how_it_is_fails_every_rule_that_needs_its_answer() -> None:
    e = evidence(samples=looks(WELL, None), settings=None)
    told = grades(e)
    assert {rule for rule, grade in told.items() if grade is PASS} == {"version", "payload_hash"}
    assert told["soak"] is NA
    assert all(one.reason.text is Text.VALIDATE_SILENT and "no answer" in one.reason.what for one in failed(judge(e)))


def test_no_value_of_a_setting_is_told() -> None:
    e = evidence(settings=Configuration("one", {"url": "wss://b", "password": "swordfish"}))
    words = " ".join(one.reason.what + one.reason.remedy for one in judge(e))
    assert "password" in words and "hunter2" not in words and "swordfish" not in words


def test_limits_of_release_and_site_replace_the_usual_ones() -> None:
    assert grades(replace(sick(clock=NOW + 60), expected=Expectation(clock_off=30.0)))["clock"] is FAIL
    restarts = watched({"resets": 0}, {"resets": 2})
    assert grades(replace(restarts, expected=Expectation(resets=2)))["resets"] is PASS
    assert grades(replace(restarts, expected=Expectation(resets=1)))["resets"] is FAIL
    changed = evidence(settings=Configuration("one", {**SETTINGS.values, "url": "x"}))
    assert grades(replace(changed, expected=Expectation(config_may_change=frozenset({"url"}))))["settings"] is PASS


# ---- required, waived ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", sorted(RULES.keys() - ALWAYS - {"soak"}))
def test_a_required_rule_that_nobody_can_check_fails_with_the_reason(rule: str) -> None:
    blind = evidence(MUTE, MUTE, can=Can.KEEP_OLD, wanted=None, settings=None)
    assert of(blind, rule).grade in (UNCHECKED, NA)
    found = of(replace(blind, expected=Expectation(required=frozenset({rule}))), rule)
    assert (found.grade, found.reason.text) == (FAIL, Text.VALIDATE_REQUIRED)
    assert rules.CALLED[rule] in found.reason.what


def test_a_backend_that_was_away_before_fails_where_it_is_required() -> None:
    e = replace(sick(was(backend=False), backend=False), expected=Expectation(required=frozenset({"backend"})))
    assert of(e, "backend").grade is FAIL


ANN = Waiver("backend", "ann", "no network yet")


def test_a_failing_rule_is_waived_where_policy_lets_somebody() -> None:
    e = replace(sick(backend=False), waivers=(ANN,), expected=Expectation(soak=1.0, waivable=frozenset({"backend"})))
    found = of(e, "backend")
    assert (found.grade, found.waiver) == (WAIVED, ANN) and found.reason.text is Text.VALIDATE_BACKEND
    assert of(e, "soak").grade is PASS
    assert decided(e, judge(e)) is True


def test_a_waiver_without_policy_counts_for_nothing() -> None:
    assert of(replace(sick(backend=False), waivers=(ANN,)), "backend").grade is FAIL


def test_a_waiver_for_another_rule_counts_for_nothing() -> None:
    policy = Expectation(waivable=frozenset({"backend", "clock"}))
    assert of(replace(sick(clock=0.0), waivers=(ANN,), expected=policy), "clock").grade is FAIL


def test_a_waiver_of_something_that_is_well_changes_nothing() -> None:
    e = evidence(waivers=(ANN,), expected=Expectation(soak=1.0, waivable=frozenset({"backend"})))
    assert of(e, "backend") == replace(of(evidence(), "backend"), waiver=None)


@pytest.mark.parametrize("rule", sorted(ALWAYS))
def test_what_runs_is_never_waived(rule: str) -> None:
    policy = Expectation(waivable=frozenset(RULES))
    e = replace(seen(running="1.0", running_hash="a" * 64), waivers=(Waiver(rule, "ann", "because"),), expected=policy)
    assert of(e, rule).grade is FAIL


def test_a_waived_soak_is_not_waited_for() -> None:
    policy = Expectation(soak=600.0, waivable=frozenset({"soak"}))
    e = evidence(expected=policy, waivers=(Waiver("soak", "ann", "closing time"),))
    assert of(e, "soak").grade is WAIVED and decided(e, judge(e)) is True


# ---- for how long ----------------------------------------------------------------------------------------------------

ILL = replace(WELL, faults=("Loose",))


def over_time(pattern: str, every: float = 1.0, soak: float = 3.0, settle: float = 5.0) -> Evidence:
    """One look per sign: "+" well, "-" ill, "?" no answer."""
    healths = [{"+": WELL, "-": ILL, "?": None}[sign] for sign in pattern]
    samples = looks(*healths, every=every)
    return evidence(samples=samples, expected=Expectation(soak=soak), settle=settle)


@pytest.mark.parametrize(
    ("pattern", "end"),
    [
        ("+", None),
        ("+++", None),
        ("++++", True),
        ("---++++", True),
        ("???++++", True),
        ("+++-+++", None),  # once ill, the soak begins anew
        ("+++-++++", True),
        ("-----", None),
        ("------", False),  # it had its time to become well
        ("??????", False),
        ("+++------", False),
        ("++-++-++-++-++-++", False),  # it comes and goes
    ],
)
def test_a_charger_has_its_time_to_become_well_and_then_must_stay_so(pattern: str, end: bool | None) -> None:
    e = over_time(pattern)
    assert decided(e, judge(e)) is end


def test_what_comes_and_goes_fails_the_soak_and_nothing_else() -> None:
    e = over_time("+-" * 8 + "+")
    assert [one.rule for one in failed(judge(e))] == ["soak"]
    assert of(e, "soak").reason.text is Text.VALIDATE_SOAK


def test_a_line_that_was_lost_for_an_hour_is_not_taken_for_a_relapse() -> None:
    """The first look, or the second, comes long after validation began: the charger has still to show that it stays."""
    first = over_time("+")
    first = replace(first, samples=(replace(first.newest, at=3600.0),))
    second = over_time("-+", every=3600.0)
    for e in (first, second):
        assert decided(e, judge(e)) is None
    held = over_time("-++", every=3600.0)
    assert decided(held, judge(held)) is True


def test_each_look_is_judged_by_the_time_it_was_taken() -> None:
    """A clock that was right an hour ago shows another time than now."""
    e = over_time("+" * 11, every=360.0, soak=3600.0)
    assert decided(e, judge(e)) is True


def test_a_restart_while_it_was_watched_is_never_waited_away() -> None:
    e = replace(watched(*({"resets": count} for count in (0, 1, 1, 1, 1, 1))), settle=5.0)
    assert decided(e, judge(e)) is False
    early = replace(e, samples=e.samples[:3])
    assert decided(early, judge(early)) is None


@given(st.text("+-?", min_size=1, max_size=30), st.integers(0, 5), st.integers(0, 6))
def test_no_charger_passes_that_is_not_well_now_or_was_not_for_its_soak(pattern: str, soak: int, settle: int) -> None:
    e = over_time(pattern, soak=soak, settle=settle)
    if decided(e, judge(e)) is True:
        assert pattern.endswith("+" * (soak + 1))


@given(st.text("+-?", min_size=1, max_size=30))
def test_every_charger_comes_to_an_end(pattern: str) -> None:
    """Whatever it does, within two settle times and two soak times, and one more of each for the last relapse."""
    e = over_time((pattern * 30)[:30])
    parts = [replace(e, samples=e.samples[:n]) for n in range(1, 31)]
    ends = [decided(part, judge(part)) for part in parts]
    assert any(end is not None for end in ends)


def test_five_minutes_of_looks_are_judged_fast() -> None:
    """The engine judges at every look, for a hundred chargers."""
    e = over_time("+" * 300, soak=1e9, settle=1e9)
    calls = 0
    real = rules._clock

    def counted(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        return real(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fieldtool.update.validation.RULES", {**RULES, "clock": lambda x: counted(x, x.newest.health)})
        judge(e)
    assert calls <= 310, "each look is judged once"


# ---- release and site together ---------------------------------------------------------------------------------------


def test_the_stricter_one_counts() -> None:
    release = Expectation(60.0, frozenset({"clock"}), clock_off=30.0, resets=2, config_may_change=frozenset({"a", "b"}))
    site = Expectation(
        10.0, frozenset({"meter"}), frozenset({"soak"}), clock_off=600.0, resets=0, config_may_change=frozenset({"b"})
    )
    both = merged(release, site)
    assert both == Expectation(60.0, frozenset({"clock", "meter"}), frozenset({"soak"}), 30.0, 0, frozenset({"b"}))
    assert merged(site, release) == both


def test_a_side_that_says_nothing_leaves_it_to_the_other() -> None:
    told = Expectation(30.0, frozenset({"meter"}), frozenset({"soak"}), 5.0, 1, frozenset({"a"}))
    assert merged(told, Expectation()) == told == merged(Expectation(), told)
    assert merged(Expectation(), Expectation()) == Expectation()


def test_only_what_both_let_be_waived_is() -> None:
    one, other = Expectation(waivable=frozenset({"soak", "clock"})), Expectation(waivable=frozenset({"clock"}))
    assert merged(one, other).waivable == {"clock"}


def test_what_a_side_requires_only_that_side_lets_be_waived() -> None:
    site = Expectation(required=frozenset({"meter"}))
    assert merged(Expectation(waivable=frozenset({"meter", "soak"})), site).waivable == {"soak"}
    lenient = replace(site, waivable=frozenset({"meter"}))
    assert merged(Expectation(waivable=frozenset({"meter", "soak"})), lenient).waivable == {"meter"}


def test_nobody_makes_what_runs_waivable() -> None:
    all_rules = Expectation(waivable=frozenset(RULES))
    assert not merged(all_rules, all_rules).waivable & ALWAYS


_EXPECTATIONS = st.builds(
    Expectation,
    st.none() | st.floats(0, 600),
    st.frozensets(st.sampled_from(sorted(RULES)), max_size=4),
    st.frozensets(st.sampled_from(sorted(RULES)), max_size=4),
    st.none() | st.floats(0, 600),
    st.none() | st.integers(0, 9),
    st.frozensets(st.sampled_from("abc"), max_size=3),
)


@given(_EXPECTATIONS, _EXPECTATIONS)
def test_together_nothing_is_laxer_than_one_that_spoke(one: Expectation, other: Expectation) -> None:
    both = merged(one, other)
    assert both == merged(other, one)
    for side in (one, other):
        assert both.required >= side.required
        assert side.soak is None or (both.soak is not None and both.soak >= side.soak)
        assert side.resets is None or (both.resets is not None and both.resets <= side.resets)
        assert not side.waivable or both.waivable <= side.waivable
        assert not side.config_may_change or both.config_may_change <= side.config_may_change


# ---- documents -------------------------------------------------------------------------------------------------------


def test_the_guide_has_a_chapter_for_every_rule_and_no_other(repository_root: Path) -> None:
    guide = (repository_root / "resources" / "docs" / "guide" / "validation.md").read_text(encoding="utf-8")
    chapters = re.findall(r"^### `(\w+)`\n(.*?)(?=^#|\Z)", guide, re.M | re.S)
    assert [name for name, _ in chapters] == list(RULES)
    for name, text in chapters:
        assert "**What to" in text.replace("\n", " "), f"{name} does not say what to do"


def test_every_sentence_of_a_rule_is_given_by_a_case() -> None:
    """A sentence that no rule says any more is dead; one that no test sees may be wrong."""
    used = {one.reason.text for case in CASES for one in judge(case[2])}
    used |= {one.reason.text for one in judge(over_time("+-" * 8 + "+"))}
    ours = {text for text in Text if text.name.startswith("VALIDATE_")} - {Text.VALIDATE_HEALTH}
    wrapped = {Text.VALIDATE_HASH_SILENT}  # always required, and then told inside VALIDATE_REQUIRED
    assert ours - used == wrapped
