"""Planning: every line says what happens, or why not."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.driver import Can
from fieldtool.core.errors import RefusedError, Trouble
from fieldtool.core.model import (
    ConnectorStatus,
    Expectation,
    Health,
    Identity,
    Observed,
    Release,
    SiteRules,
    Window,
)
from fieldtool.core.texts import Text
from fieldtool.update.forecast import expected_time
from fieldtool.update.path import path
from fieldtool.update.plan import (
    NEWEST,
    Aim,
    Candidate,
    Part,
    PlanLine,
    SitePlan,
    Supply,
    plan_line,
    plan_lines,
    site_plan,
)
from fieldtool.update.preflight import Laptop, Level
from fieldtool.update.run import Override
from fieldtool.update.validation import Waiver
from tests.fakes import PROFILE, RELEASE

NOW = datetime(2026, 11, 20, tzinfo=UTC)
MAINS = Laptop(None, True, 10**11)
AB = Can.KEEP_OLD | Can.TRIAL | Can.ROLL_BACK
OLD = replace(RELEASE, version="1.0", payload_hash="a" * 64, target="lab/main-1.0.raucb")
OLDER = replace(RELEASE, version="1.5", payload_hash="c" * 64, target="lab/main-1.5.raucb")
CHARGER = Candidate(
    "k1", "S1", "Bay 01", PROFILE, Identity("Lab", "CityPost 22", "R4", "S1", {"main": "1.0"}),
    Observed("S1", "1.0", "a" * 64, "a"), Health(True, {"1": ConnectorStatus.AVAILABLE}), AB,
)  # fmt: skip

IN_PLACE = replace(CHARGER, can=Can(0))


OLD_KIND = frozenset({OLDER.format})


def line(
    charger: Candidate = CHARGER,
    *releases: Release,
    laptop: Laptop = MAINS,
    version: str | None = None,
    on_disk: bool = True,
    problem: Trouble | None = None,
) -> PlanLine:
    supply = Supply(releases or (RELEASE, OLDER), lambda release: on_disk, problem)
    return plan_line(charger, supply, laptop, NOW, version)


def seen(**changes: object) -> Candidate:
    assert CHARGER.observed is not None
    return replace(CHARGER, observed=replace(CHARGER.observed, **changes))  # type: ignore[arg-type]  # test data


def test_the_newest_release_that_fits_is_the_target() -> None:
    found = line()
    assert found.release is RELEASE and found.starts
    assert (found.verdict.level, found.verdict.reason.text) == (Level.OK, Text.READY)
    assert found.rollback.reason.text is Text.ROLLBACK_KEPT
    assert found.duration is not None and 0 < found.duration[0] < found.duration[1]


def test_a_release_for_this_hardware_wins_over_a_newer_one_for_another() -> None:
    assert line(CHARGER, replace(RELEASE, hardware=("A1",)), OLDER).release is OLDER


def test_a_file_that_the_driver_does_not_install_is_passed_over_for_one_that_it_does() -> None:
    supply = Supply((replace(RELEASE, format="bin"), OLDER), lambda release: True, formats=lambda name: OLD_KIND)
    assert plan_line(CHARGER, supply, MAINS, NOW).release is OLDER
    only = replace(supply, releases=(replace(RELEASE, format="bin"),))
    assert plan_line(CHARGER, only, MAINS, NOW).verdict.reason.text is Text.WRONG_FORMAT


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (line(CHARGER, replace(RELEASE, hardware=("A1",))), Text.WRONG_HARDWARE),
        (line(CHARGER, replace(RELEASE, min_from="1.5")), Text.MIN_FROM),
        (line(CHARGER, replace(RELEASE, version="0.9")), Text.DOWNGRADE),
        (line(CHARGER, replace(RELEASE, version="strange")), Text.VERSION_BAD),
        (line(seen(security_epoch=7)), Text.EPOCH_TOO_LOW),
        (line(seen(installing=True)), Text.INSTALLING_ALREADY),
        (line(seen(running=None)), Text.IN_BOOTLOADER),
        (line(laptop=Laptop(12, False, 10**11)), Text.LAPTOP_POWER),
        (line(laptop=Laptop(None, True, 10**6)), Text.LAPTOP_DISK),
        (line(on_disk=False), Text.IMAGE_NOT_CACHED),
        (line(version="9.9"), Text.TARGET_UNKNOWN),
        (line(replace(CHARGER, can=Can(0)), RELEASE), Text.NO_WAY_BACK),
        (line(replace(CHARGER, run_open=True)), Text.RUN_OPEN),
        (line(replace(CHARGER, problem=Trouble(Text.NO_SERIAL, (("found", "0"),)))), Text.NO_SERIAL),
        (line(replace(CHARGER, identity=None)), Text.NOT_IDENTIFIED),
        (line(problem=Trouble(Text.NO_ROOT)), Text.NO_ROOT),
    ],
    ids=lambda value: value.name if isinstance(value, Text) else "",
)
def test_a_blocked_line_names_its_reason(found: PlanLine, text: Text) -> None:
    assert found.verdict.level is Level.STOP
    assert found.verdict.reason.text is text
    assert not found.starts
    assert found.verdict.reason.what and found.verdict.reason.remedy


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (line(seen(in_use="connector 1 is charging")), Text.SOMEBODY_CHARGES),
        (line(seen(facts={"clock": "1000"})), Text.CLOCK_OFF),
        (line(replace(CHARGER, health=Health(False, {}, ("DOOR_OPEN",)))), Text.NOT_HEALTHY_BEFORE),
    ],
    ids=lambda value: value.name if isinstance(value, Text) else "",
)
def test_a_warning_does_not_block(found: PlanLine, text: Text) -> None:
    assert found.verdict.level is Level.WARN and found.verdict.reason.text is text
    assert found.starts


def test_what_runs_already_is_up_to_date() -> None:
    found = line(seen(running="2.0"))
    assert found.verdict.level is Level.INFO and found.verdict.reason.text is Text.UP_TO_DATE
    assert not found.starts


def test_the_same_version_is_installed_again_when_it_is_asked_for() -> None:
    assert line(seen(running="2.0"), version="2.0").starts


def test_a_charger_without_a_second_slot_needs_its_old_image_on_the_laptop() -> None:
    found = line(IN_PLACE, RELEASE, OLD)
    assert found.starts and found.rollback.reason.text is Text.ROLLBACK_CACHED
    assert [leg.way_back for leg in found.legs] == [OLD]


@pytest.mark.parametrize(
    "old",
    [
        replace(OLD, payload_hash="d" * 64),  # of the same version, and something else
        replace(OLD, hardware=("R5",)),
        replace(OLD, models=("CityPost 11",)),
        replace(OLD, component="modem"),
        replace(OLD, vendor="Other"),
        replace(OLD, version="1.0.1"),
    ],
)
def test_an_image_that_is_not_what_runs_is_no_way_back(old: Release) -> None:
    assert line(IN_PLACE, RELEASE, old).verdict.reason.text is Text.NO_WAY_BACK


def test_an_old_image_that_the_catalogue_knows_and_the_laptop_lacks_is_no_way_back() -> None:
    (found,) = planned(IN_PLACE, RELEASE, OLD, on_disk=lambda release: release is RELEASE)
    assert found.verdict.reason.text is Text.NO_WAY_BACK


def test_an_old_image_that_the_charger_would_refuse_is_told_with_both_numbers_at_planning_time() -> None:
    found = line(IN_PLACE, replace(RELEASE, security_epoch=2), OLD)
    assert not found.starts
    assert found.verdict.reason.text is Text.WAY_BACK_EPOCH
    params = dict(found.verdict.reason.params)
    assert (params["epoch"], params["expected"]) == (0, 2)


def test_a_line_tells_everything_that_was_found_worst_first() -> None:
    busy = replace(seen(installing=True, in_use="connector 1 is charging"), can=Can(0))
    found = line(busy, RELEASE)
    assert found.problems[0] == found.verdict
    texts = [one.reason.text for one in found.problems]
    assert texts[:3] == [Text.NO_WAY_BACK, Text.INSTALLING_ALREADY, Text.SOMEBODY_CHARGES]
    assert Text.DNS_NOT_CHECKED in texts


def test_a_charger_in_its_bootloader_is_planned_without_a_way_back_where_it_takes_an_image_there() -> None:
    found = line(replace(seen(running=None, running_hash=None), can=Can.BOOTLOADER), replace(RELEASE, min_from="1.9"))
    assert found.starts
    assert (found.verdict.reason.text, found.rollback.reason.text) == (Text.BOOTLOADER_TAKES, Text.ROLLBACK_NOTHING)
    assert [(leg.came_from, leg.way_back) for leg in found.legs] == [(None, None)]


def test_half_written_firmware_is_installed_again_although_the_version_is_the_newest() -> None:
    damaged = replace(seen(running="2.0", running_hash=RELEASE.payload_hash, damaged=True), can=Can(0))
    found = line(damaged, RELEASE)
    assert found.starts and found.verdict.reason.text is Text.DAMAGED_BEFORE
    assert [leg.way_back for leg in found.legs] == [RELEASE]


# ---- which release --------------------------------------------------------------------------------------------------


def planned(charger: Candidate, *releases: Release, aim: Aim = NEWEST, **supply: Any) -> tuple[PlanLine, ...]:
    made = Supply(releases, supply.pop("on_disk", lambda release: True), **supply)
    return plan_lines(charger, made, MAINS, NOW, aim)


def test_the_newest_that_may_be_used_at_this_site_wins_over_a_newer_one_that_may_not() -> None:
    american = replace(RELEASE, version="2.1", markets=("US",))
    (found,) = planned(CHARGER, american, RELEASE, rules=SiteRules(market="DE"))
    assert found.release is RELEASE
    (alone,) = planned(CHARGER, american, rules=SiteRules(market="DE"))
    assert alone.verdict.reason.text is Text.WRONG_MARKET


BASELINE = SiteRules(baseline=(("main", "1.5"),))


@pytest.mark.parametrize("runs", ["1.0", "2.0"])
def test_a_site_is_brought_to_its_baseline_up_or_down(runs: str) -> None:
    (found,) = planned(seen(running=runs), RELEASE, OLDER, aim=Aim(baseline=True), rules=BASELINE)
    assert found.starts and found.release is OLDER
    assert found.verdict.level is Level.OK


def test_a_charger_at_its_baseline_stays_as_it_is() -> None:
    (found,) = planned(seen(running="1.5"), RELEASE, OLDER, aim=Aim(baseline=True), rules=BASELINE)
    assert found.verdict.reason.text is Text.UP_TO_DATE


def test_going_down_to_the_baseline_still_needs_its_security_epoch() -> None:
    charger = seen(running="2.0", security_epoch=3)
    (found,) = planned(charger, RELEASE, OLDER, aim=Aim(baseline=True), rules=BASELINE)
    assert found.verdict.reason.text is Text.EPOCH_TOO_LOW


def test_a_component_without_a_baseline_and_a_baseline_without_a_release_are_told() -> None:
    (none,) = planned(CHARGER, RELEASE, aim=Aim(baseline=True))
    assert (none.verdict.level, none.verdict.reason.text) == (Level.INFO, Text.NO_BASELINE)
    (gone,) = planned(CHARGER, RELEASE, aim=Aim(baseline=True), rules=BASELINE)
    assert (gone.verdict.level, gone.verdict.reason.text) == (Level.STOP, Text.TARGET_UNKNOWN)


def test_without_any_release_for_it_a_component_says_so() -> None:
    (found,) = planned(CHARGER, replace(RELEASE, models=("CityPost 11",)))
    assert (found.verdict.level, found.verdict.reason.text) == (Level.INFO, Text.NO_RELEASE)


# ---- stepping stones ------------------------------------------------------------------------------------------------


def stone(version: str, min_from: str = "", **changes: Any) -> Release:
    payload = hashlib.sha256(version.encode()).hexdigest()
    target = f"lab/main-{version}.raucb"
    return replace(RELEASE, version=version, min_from=min_from, payload_hash=payload, target=target, **changes)


V19, V22, V24, V26 = stone("1.9"), stone("2.2", "1.9"), stone("2.4", "2.2"), stone("2.6", "2.2")
AT_19 = seen(running="1.9", running_hash=V19.payload_hash)


def test_stepping_stones_are_planned_by_themselves_over_the_shortest_way() -> None:
    (found,) = planned(AT_19, V26, V24, V22, V19)
    assert found.starts
    assert [leg.release.version for leg in found.legs] == ["2.2", "2.6"]
    assert [leg.came_from for leg in found.legs] == ["1.9", "2.2"]
    ready = dict(found.verdict.reason.params)
    assert (ready["found"], ready["target"]) == ("1.9", "2.6")


def test_what_a_stone_overwrites_can_be_brought_back_and_the_last_leg_switches_back_by_itself() -> None:
    (found,) = planned(AT_19, V26, V22, V19)
    assert [leg.way_back for leg in found.legs] == [V19, None]


def test_in_place_every_leg_has_its_way_back() -> None:
    (found,) = planned(replace(AT_19, can=Can(0)), V26, V22, V19)
    assert found.starts and [leg.way_back for leg in found.legs] == [V19, V22]


def test_a_path_that_cannot_be_undone_leg_by_leg_says_to_go_to_the_stone_first() -> None:
    (found,) = planned(AT_19, V26, V22)  # 1.9 is not on this laptop
    assert found.verdict.reason.text is Text.NO_WAY_BACK_FROM_PATH
    assert "2.2" in found.verdict.reason.remedy
    (first,) = planned(AT_19, V26, V22, aim=Aim("2.2"))
    assert first.starts and len(first.legs) == 1


def test_a_way_through_the_security_epochs_must_lead_back_in_place() -> None:
    newer = replace(V26, security_epoch=1)
    (found,) = planned(replace(AT_19, can=Can(0)), newer, V22, V19)
    assert found.verdict.reason.text is Text.WAY_BACK_EPOCH


def test_of_two_ways_of_the_same_length_the_one_over_the_newest_stone_is_taken() -> None:
    (found,) = planned(AT_19, stone("2.6", "2.2"), stone("2.3", "1.9"), V22, V19)
    assert [leg.release.version for leg in found.legs] == ["2.3", "2.6"]


def test_a_missing_stone_is_named() -> None:
    (found,) = planned(AT_19, V26, V22, V19, on_disk=lambda release: release is not V22)
    assert not found.starts and found.verdict.reason.text is Text.MIN_FROM
    missing = [one.reason for one in found.problems if one.reason.text is Text.STONE_NOT_CACHED]
    assert [dict(one.params)["stone"] for one in missing] == [V22.label]


@pytest.mark.parametrize(
    "unusable",
    [
        replace(V22, hardware=("R5",)),
        replace(V22, models=("CityPost 11",)),
        replace(V22, markets=("US",)),
        replace(V22, security_epoch=9),
        replace(V22, requires=(("modem", "9"),)),
        replace(V22, version_format="semver", version="2.2.0"),
        replace(V22, min_from="2.0"),
        replace(V22, component="modem"),
    ],
)
def test_a_stone_that_may_not_be_used_leads_nowhere(unusable: Release) -> None:
    (found,) = planned(AT_19, V26, unusable, V19, rules=SiteRules(market="DE"))
    assert found.verdict.reason.text is Text.MIN_FROM


versions = st.lists(st.integers(1, 12), min_size=2, max_size=8, unique=True).map(sorted)


@given(versions, st.data())
def test_every_path_keeps_every_min_from_and_none_is_missed(numbers: list[int], data: st.DataObject) -> None:
    runs, *rest = numbers
    releases = []
    for number in reversed(rest):
        oldest = data.draw(st.integers(0, number))
        releases.append(stone(f"{number}.0", f"{oldest}.0" if oldest else ""))
    found = path(f"{runs}.0", releases[0], releases, lambda release: True)
    reachable = {runs}
    for release in reversed(releases):
        number = int(float(release.version))
        if any(float(release.min_from or 0) <= other < number for other in reachable):
            reachable.add(number)
    assert (found is not None) is (numbers[-1] in reachable)
    at = float(runs)
    for release in found or ():
        assert float(release.min_from or 0) <= at < float(release.version)
        at = float(release.version)


# ---- several components ---------------------------------------------------------------------------------------------

MODEM = replace(
    RELEASE, component="modem", version="1.4", payload_hash="e" * 64, target="lab/modem-1.4.raucb", hardware=("M1",)
)
MODEM_OLD = replace(MODEM, version="1.2", payload_hash="f" * 64, target="lab/modem-1.2.raucb")


def with_modem(**changes: Any) -> Candidate:
    """A charger with a modem in place."""
    modem = Part("modem", PROFILE, "M1", Observed("S1", "1.2", "f" * 64), Can(0))
    return replace(CHARGER, parts=(replace(modem, **changes),))


def run_of(lines: tuple[PlanLine, ...]) -> list[str]:
    (run,) = SitePlan(NOW, lines).runs
    return [f"{leg.component} {leg.release.version}" for leg in run.legs]


def test_without_requirements_components_go_in_the_profiles_order() -> None:
    lines = planned(with_modem(), RELEASE, MODEM, MODEM_OLD)
    assert [one.component for one in lines] == ["main", "modem"]
    assert run_of(lines) == ["main 2.0", "modem 1.4"]


def test_what_is_required_goes_first() -> None:
    needs = replace(RELEASE, requires=(("modem", "1.4"),))
    lines = planned(with_modem(), needs, MODEM, MODEM_OLD)
    assert run_of(lines) == ["modem 1.4", "main 2.0"]
    assert [one.order for one in lines] == [1, 0]


def test_the_newest_is_aimed_at_although_it_needs_another_component_first() -> None:
    needs = replace(RELEASE, requires=(("modem", "1.4"),))
    main, _ = planned(with_modem(), needs, OLDER, MODEM, MODEM_OLD)
    assert main.release is needs and main.starts


def test_a_requirement_that_nothing_fulfils_stops_only_who_needs_it() -> None:
    needs = replace(RELEASE, requires=(("modem", "1.5"),))
    main, modem = planned(with_modem(), needs, MODEM, MODEM_OLD)
    assert main.verdict.reason.text is Text.REQUIRES_UNMET
    assert modem.starts and run_of((main, modem)) == ["modem 1.4"]


def test_who_needs_a_component_that_is_blocked_is_blocked_too() -> None:
    needs = replace(RELEASE, requires=(("modem", "1.4"),))
    main, modem = planned(with_modem(), needs, MODEM)  # no way back for the modem
    assert modem.verdict.reason.text is Text.NO_WAY_BACK
    assert main.verdict.reason.text is Text.REQUIRES_UNMET
    assert SitePlan(NOW, (main, modem)).runs == ()


def test_two_that_need_each_other_first_are_both_refused_with_the_reason() -> None:
    needs, needed = replace(RELEASE, requires=(("modem", "1.4"),)), replace(MODEM, requires=(("main", "2.0"),))
    main, modem = planned(with_modem(), needs, OLDER, needed, MODEM_OLD)
    assert {main.verdict.reason.text, modem.verdict.reason.text} == {Text.REQUIRES_CYCLE}
    assert not main.starts and not modem.starts


def test_a_component_is_not_taken_below_what_another_one_runs_on() -> None:
    runs_on = replace(RELEASE, requires=(("modem", "1.4"),))
    charger = replace(
        with_modem(observed=Observed("S1", "1.4", "e" * 64)),
        observed=Observed("S1", "2.0", RELEASE.payload_hash, "a"),
    )
    rules = SiteRules(baseline=(("modem", "1.2"),))
    main, modem = planned(charger, runs_on, MODEM, MODEM_OLD, aim=Aim(baseline=True), rules=rules)
    assert main.verdict.reason.text is Text.NO_BASELINE
    assert modem.verdict.reason.text is Text.REQUIRED_BY


def test_going_down_the_one_that_needs_the_other_goes_first() -> None:
    runs_on = replace(RELEASE, requires=(("modem", "1.4"),))
    charger = replace(
        with_modem(observed=Observed("S1", "1.4", "e" * 64)),
        observed=Observed("S1", "2.0", RELEASE.payload_hash, "a"),
    )
    charger = replace(charger, parts=(charger.parts[0],))
    rules = SiteRules(baseline=(("main", "1.5"), ("modem", "1.2")))
    lines = planned(charger, runs_on, OLDER, MODEM, MODEM_OLD, aim=Aim(baseline=True), rules=rules)
    assert run_of(lines) == ["main 1.5", "modem 1.2"]


def test_a_charger_that_returns_only_on_trial_needs_its_old_image_when_another_component_follows() -> None:
    trial = replace(with_modem(), can=Can.KEEP_OLD | Can.TRIAL)
    main, modem = planned(trial, RELEASE, MODEM, MODEM_OLD)
    assert main.verdict.reason.text is Text.NO_WAY_BACK_FROM_PATH
    assert modem.starts  # by itself
    main, modem = planned(trial, RELEASE, OLD, MODEM, MODEM_OLD)
    assert main.starts and [leg.way_back for leg in main.legs] == [OLD]


def test_a_component_that_does_not_answer_keeps_its_line_and_stops_nobody_else() -> None:
    trouble = Trouble(Text.CHARGER_SILENT, (("seconds", 5), ("serial", "S1")))
    main, modem = planned(with_modem(observed=None, problem=trouble), RELEASE, MODEM)
    assert main.starts and modem.verdict.reason is trouble and modem.found is None


def test_only_the_component_that_is_named_is_updated() -> None:
    main, modem = planned(with_modem(), RELEASE, MODEM, MODEM_OLD, aim=Aim(component="modem"))
    assert main.verdict.reason.text is Text.NOT_SELECTED and modem.starts
    main, modem = planned(with_modem(), RELEASE, MODEM, MODEM_OLD, aim=Aim("2.0"))
    assert main.starts and modem.verdict.reason.text is Text.NOT_SELECTED
    main, modem = planned(with_modem(), RELEASE, MODEM, MODEM_OLD, aim=Aim("1.2", component="modem"))
    assert (main.starts, modem.starts, modem.release) == (False, True, MODEM_OLD)


def test_a_component_of_another_maker_gets_its_makers_release() -> None:
    profile = replace(PROFILE, vendor="Radio", models=("RM-4",))
    theirs = replace(MODEM, vendor="Radio", models=("RM-4",))
    _, modem = planned(with_modem(profile=profile), RELEASE, MODEM, theirs, replace(theirs, version="1.2"))
    assert modem.release is theirs


IDS = ("main", "modem", "meter")
CANS = (Can(0), AB, Can.KEEP_OLD | Can.TRIAL, Can.KEEP_OLD | Can.ROLL_BACK, Can.KEEP_OLD)


@st.composite
def chargers(draw: st.DrawFn) -> tuple[Candidate, tuple[Release, ...], frozenset[str]]:
    """A charger of three components, a catalogue in which they need each other at random, and what is on the laptop."""
    releases = []
    for id in IDS:
        for number in (4, 3, 2, 1):
            needs = draw(st.dictionaries(st.sampled_from([one for one in IDS if one != id]), st.integers(1, 4)))
            oldest = draw(st.integers(max(1, number - 2), number))
            release = replace(RELEASE, component=id, version=f"{number}.0", min_from=f"{oldest}.0")
            requires = tuple((other, f"{version}.0") for other, version in needs.items())
            target, payload_hash = f"lab/{id}-{number}", f"{id}{number}"
            releases.append(replace(release, requires=requires, target=target, payload_hash=payload_hash))
    runs = {id: draw(st.integers(1, 4)) for id in IDS}
    main, *others = (
        Part(id, PROFILE, "R4", Observed("S1", f"{runs[id]}.0", f"{id}{runs[id]}"), draw(st.sampled_from(CANS)))
        for id in IDS
    )
    charger = replace(CHARGER, observed=main.observed, can=main.can, parts=tuple(others))
    here = draw(st.frozensets(st.sampled_from([release.target for release in releases]), min_size=6))
    return charger, tuple(releases), here


def unmet(release: Release | None, versions: dict[str, float]) -> set[tuple[str, str]]:
    needs = release.requires if release is not None else ()
    return {(other, oldest) for other, oldest in needs if versions[other] < float(oldest)}


@given(chargers())
def test_no_plan_leaves_a_charger_at_a_point_where_something_is_missing(
    made: tuple[Candidate, tuple[Release, ...], frozenset[str]],
) -> None:
    charger, releases, here = made
    lines = planned(charger, *releases, on_disk=lambda release: release.target in here)
    runs = {part.id: next((one for one in releases if _runs(part, one)), None) for part in charger.components}
    versions = {id: float(release.version) for id, release in runs.items() if release is not None}
    cans = {part.id: part.can for part in charger.components}
    legs = [leg for run in SitePlan(NOW, lines).runs for leg in run.legs]
    for number, leg in enumerate(legs):
        before = {id: unmet(release, versions) for id, release in runs.items()}
        assert leg.release.target in here
        assert leg.came_from == f"{versions[leg.component]}"
        assert float(leg.release.min_from) <= versions[leg.component] < float(leg.release.version)
        assert not unmet(leg.release, versions)
        following = [later.component for later in legs[number + 1 :]]
        if not _switches(cans[leg.component], leg.component, following):
            assert leg.way_back is not None and leg.way_back.target in here
            assert leg.way_back.version == leg.came_from
        runs[leg.component], versions[leg.component] = leg.release, float(leg.release.version)
        assert all(unmet(release, versions) <= before[id] for id, release in runs.items() if id != leg.component)
    assert [one.component for one in lines] == list(IDS)


def _runs(part: Part, release: Release) -> bool:
    return (
        part.observed is not None
        and part.id == release.component
        and (part.observed.running, part.observed.running_hash) == (release.version, release.payload_hash)
    )


def _switches(can: Can, component: str, following: list[str]) -> bool:
    if Can.KEEP_OLD not in can or component in following:
        return False
    return Can.ROLL_BACK in can or (Can.TRIAL in can and not following)


# ---- the plan of a site ---------------------------------------------------------------------------------------------

SUPPLY = Supply((RELEASE, OLD, MODEM, MODEM_OLD), lambda release: True)
SECOND = replace(with_modem(), key="k2", serial="S2", name="Bay 02")


def test_one_run_per_charger_holds_the_legs_of_all_its_components() -> None:
    plan = site_plan([CHARGER, SECOND], {"k1", "k2"}, SUPPLY, MAINS, NOW)
    assert [(run.serial, len(run.legs)) for run in plan.runs] == [("S1", 1), ("S2", 2)]


def test_a_charger_that_nobody_chose_stays_in_the_plan_and_gets_no_run() -> None:
    plan = site_plan([CHARGER, SECOND], {"k2"}, SUPPLY, MAINS, NOW)
    assert plan.lines[0].verdict.reason.text is Text.NOT_SELECTED and plan.lines[0].legs == ()
    assert plan.lines[0].rollback.reason.text is Text.ROLLBACK_NOT_NEEDED
    assert [run.serial for run in plan.runs] == ["S2"]


NIGHT = SiteRules(
    windows=(Window(frozenset({4}), 22 * 60, 23 * 60),), time_zone="UTC", overridable=frozenset({"OUTSIDE_WINDOW"})
)
OVERRIDE = Override("OUTSIDE_WINDOW", "ada", "agreed with the site lead")


def test_an_override_goes_with_the_run_and_shows_in_its_line() -> None:
    supply = replace(SUPPLY, rules=NIGHT)
    assert site_plan([CHARGER], {"k1"}, supply, MAINS, NOW).runs == ()
    plan = site_plan([CHARGER], {"k1"}, supply, MAINS, NOW, overrides=(OVERRIDE,))
    assert plan.lines[0].verdict.reason.text is Text.OVERRIDDEN
    assert [run.overrides for run in plan.runs] == [(OVERRIDE,)]


def test_an_override_that_the_site_does_not_allow_makes_no_plan_even_for_a_silent_charger() -> None:
    for charger in (CHARGER, replace(CHARGER, problem=Trouble(Text.NOT_IDENTIFIED))):
        with pytest.raises(RefusedError) as refused:
            site_plan([charger], {"k1"}, SUPPLY, MAINS, NOW, overrides=(OVERRIDE,))
        assert refused.value.text is Text.OVERRIDE_NOT_ALLOWED


def test_a_waiver_counts_only_where_release_and_site_let_it() -> None:
    waiver = Waiver("clock", "ada", "no time server here")
    with pytest.raises(RefusedError) as refused:
        site_plan([CHARGER], {"k1"}, SUPPLY, MAINS, NOW, waivers=(waiver,))
    assert refused.value.text is Text.WAIVER_NOT_ALLOWED
    rules = SiteRules(validation=Expectation(waivable=frozenset({"clock"})))
    supply = replace(SUPPLY, rules=rules)
    assert site_plan([CHARGER], {"k1"}, supply, MAINS, NOW, waivers=(waiver,)).runs[0].waivers == (waiver,)
    with pytest.raises(RefusedError) as refused:
        site_plan([CHARGER], {"k1"}, supply, MAINS, NOW, waivers=(replace(waiver, why=""),))
    assert refused.value.text is Text.WAIVER_WITHOUT_REASON


def test_a_waiver_does_not_hide_why_nothing_starts() -> None:
    installing = seen(installing=True)
    plan = site_plan([installing], {"k1"}, SUPPLY, MAINS, NOW, waivers=(Waiver("clock", "ada", "because"),))
    assert plan.lines[0].verdict.reason.text is Text.INSTALLING_ALREADY


def test_a_release_that_is_not_installed_opens_no_rule_for_the_others() -> None:
    lenient = replace(RELEASE, models=("Other",), validation=Expectation(waivable=frozenset({"clock"})))
    identity = Identity("Lab", "Other", "R4", "S2", {"main": "1.0"})
    other = replace(seen(installing=True), key="k2", serial="S2", identity=identity)
    supply = Supply((RELEASE, lenient), lambda release: True)
    with pytest.raises(RefusedError):
        site_plan([CHARGER, other], {"k1", "k2"}, supply, MAINS, NOW, waivers=(Waiver("clock", "ada", "because"),))


# ---- how long -------------------------------------------------------------------------------------------------------


def test_the_time_of_a_path_is_that_of_all_its_legs() -> None:
    timed = [replace(one, duration=(60, 120)) for one in (V26, V22, V19)]
    (found,) = planned(AT_19, *timed)
    assert found.duration == (120, 240)


def test_earlier_updates_say_how_long_it_takes_and_few_of_them_never_narrow_it() -> None:
    many, few = (100.0, 110.0, 120.0, 130.0), (100.0,)
    fast, slow = expected_time(RELEASE, PROFILE, 10.0, many)
    assert fast < 100 and slow > 130
    plain = expected_time(RELEASE, PROFILE, 10.0)
    wide = expected_time(RELEASE, PROFILE, 10.0, few)
    assert wide[0] <= plain[0] and wide[1] >= plain[1] and wide[1] >= 100


def test_history_is_asked_for_model_component_and_version() -> None:
    asked = []

    def history(*what: str) -> tuple[float, ...]:
        asked.append(what)
        return (1000.0,) * 3

    (found,) = planned(CHARGER, RELEASE, history=history)
    assert asked == [("Lab", "CityPost 22", "main", "2.0")]
    assert found.duration is not None and found.duration[0] < 1000 < found.duration[1]
    assert found.measured


def test_a_duration_is_called_measured_only_where_enough_earlier_updates_are_known_for_every_stage() -> None:
    assert not planned(CHARGER, RELEASE)[0].measured
    assert not planned(CHARGER, RELEASE, history=lambda *_: (1000.0,))[0].measured


@given(st.lists(st.floats(1, 10_000), min_size=1, max_size=60))
def test_a_range_from_history_always_holds_all_of_it(past: list[float]) -> None:
    fast, slow = expected_time(RELEASE, PROFILE, 10.0, past)
    assert fast <= max(1, round(min(past))) and slow >= round(max(past)) and fast <= slow
