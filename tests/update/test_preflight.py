"""Preflight: every check finds what it is there for, and nothing else; nobody opens what may never be opened."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from fieldtool.core.driver import Can
from fieldtool.core.errors import RefusedError
from fieldtool.core.model import (
    Configuration,
    ConnectorStatus,
    Expectation,
    Health,
    Identity,
    Observed,
    SiteRules,
    Window,
)
from fieldtool.core.texts import Text
from fieldtool.update.preflight import (
    CHECKS,
    MOMENT,
    NEVER,
    OVERRIDABLE,
    Laptop,
    Level,
    Situation,
    Verdict,
    judge,
)
from fieldtool.update.run import Override
from tests.fakes import RELEASE

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # a Friday
AT = NOW.timestamp()
DAY = 86_400.0
OLD = replace(RELEASE, version="1.0", payload_hash="a" * 64, target="lab/main-1.0.raucb")
AB = Can.KEEP_OLD | Can.TRIAL | Can.ROLL_BACK
FIT = Health(
    ok=True, connectors={"1": ConnectorStatus.AVAILABLE}, clock=AT, certificates={"backend": AT + 90 * DAY},
    disk_free=10**9, dns=True, ntp=True, ota_pending="", reserved="",
)  # fmt: skip
GOOD = Situation(
    identity=Identity("Lab", "CityPost 22", "R4", "S1", {"main": "1.0", "modem": "1.4", "bootloader": "2021.10"}),
    seen=Observed("S1", "1.0", "a" * 64, "a", security_epoch=1),
    health=FIT,
    release=replace(RELEASE, security_epoch=1),
    laptop=Laptop(90, False, 10**11, stays_awake=True),
    now=AT,
    can=AB,
    way_back=None,
)


def the(**changes: Any) -> Situation:
    return replace(GOOD, **changes)


def seen(**changes: Any) -> Situation:
    return the(seen=replace(GOOD.seen, **changes))


def health(**changes: Any) -> Situation:
    return the(health=replace(FIT, **changes))


def release(**changes: Any) -> Situation:
    return the(release=replace(GOOD.release, **changes))


def rules(**changes: Any) -> SiteRules:
    return SiteRules(**changes)


def in_place(**changes: Any) -> Situation:
    return the(can=Can(0), way_back=replace(OLD, security_epoch=1), **changes)


def hours(*windows: Window, zone: str = "UTC") -> Situation:
    return the(rules=rules(windows=windows, time_zone=zone))


FRIDAYS = frozenset({4})
NIGHT = Window(FRIDAYS, 22 * 60, 5 * 60)


def test_where_nothing_is_wrong_and_everything_is_told_only_ready_is_said() -> None:
    (only,) = judge(GOOD)
    assert (only.level, only.reason.text) == (Level.OK, Text.READY)


CASES: list[tuple[Situation, Level, Text]] = [
    (seen(running=None), Level.STOP, Text.IN_BOOTLOADER),
    (the(identity=replace(GOOD.identity, model="CityPost 11")), Level.STOP, Text.WRONG_MODEL),
    (the(identity=replace(GOOD.identity, vendor="Other")), Level.STOP, Text.WRONG_MODEL),
    (the(identity=replace(GOOD.identity, hardware="R5")), Level.STOP, Text.WRONG_HARDWARE),
    (the(takes=frozenset({"swu"})), Level.STOP, Text.WRONG_FORMAT),
    (the(release=replace(GOOD.release, markets=("US",)), rules=rules(market="DE")), Level.STOP, Text.WRONG_MARKET),
    (release(markets=("US",)), Level.WARN, Text.MARKET_NOT_TOLD),
    (
        the(release=replace(GOOD.release, backends=("ocpp2.0.1",)), rules=rules(backend="ocpp1.6")),
        Level.STOP,
        Text.WRONG_BACKEND,
    ),
    (release(backends=("ocpp2.0.1",)), Level.WARN, Text.BACKEND_NOT_TOLD),
    (release(min_from="1.5"), Level.STOP, Text.MIN_FROM),
    (release(version="0.9"), Level.STOP, Text.DOWNGRADE),
    (release(version="strange"), Level.STOP, Text.VERSION_BAD),
    (seen(security_epoch=2), Level.STOP, Text.EPOCH_TOO_LOW),
    (release(requires=(("modem", "1.5"),)), Level.STOP, Text.REQUIRES_UNMET),
    (release(requires=(("bootloader", "2022.04"),)), Level.STOP, Text.REQUIRES_UNMET),
    (release(requires=(("meter", "1"),)), Level.STOP, Text.REQUIRES_UNKNOWN),
    (release(requires=(("modem", "new"),)), Level.STOP, Text.VERSION_BAD),
    (release(validation=Expectation(required=frozenset({"odour"}))), Level.STOP, Text.VALIDATION_TOO_NEW),
    (
        the(settings=Configuration("three", {}), release=replace(GOOD.release, config_format="four")),
        Level.STOP,
        Text.SETTINGS_NO_WAY,
    ),
    (
        the(
            settings=Configuration("three", {"a": "1", "b": "2"}),
            release=replace(GOOD.release, config_format="four", config_renames=(("a", "b"),)),
        ),
        Level.STOP,
        Text.SETTINGS_CLASH,
    ),
    (the(can=Can(0)), Level.STOP, Text.NO_WAY_BACK),
    (the(can=Can.KEEP_OLD), Level.STOP, Text.NO_WAY_BACK),
    (the(can=Can.KEEP_OLD | Can.TRIAL | Can.SELF_CONFIRM), Level.STOP, Text.NO_WAY_BACK),
    (the(following=frozenset({"main"})), Level.STOP, Text.NO_WAY_BACK_FROM_PATH),
    (the(can=Can.KEEP_OLD | Can.TRIAL, following=frozenset({"modem"})), Level.STOP, Text.NO_WAY_BACK_FROM_PATH),
    (in_place(release=replace(GOOD.release, security_epoch=2)), Level.STOP, Text.WAY_BACK_EPOCH),
    (seen(installing=True), Level.STOP, Text.INSTALLING_ALREADY),
    (health(ota_pending="1.9 tonight"), Level.STOP, Text.OTA_PENDING),
    (hours(NIGHT), Level.STOP, Text.OUTSIDE_WINDOW),
    (hours(NIGHT, zone="Mars/Olympus"), Level.STOP, Text.TIME_ZONE_UNKNOWN),
    (the(laptop=replace(GOOD.laptop, battery=12)), Level.STOP, Text.LAPTOP_POWER),
    (the(laptop=replace(GOOD.laptop, free_disk=10**6)), Level.STOP, Text.LAPTOP_DISK),
    (the(laptop=replace(GOOD.laptop, stays_awake=False)), Level.WARN, Text.LAPTOP_SLEEPS),
    (in_place(seen=replace(GOOD.seen, damaged=True)), Level.WARN, Text.DAMAGED_BEFORE),
    (the(can=Can.BOOTLOADER, seen=replace(GOOD.seen, running=None)), Level.WARN, Text.BOOTLOADER_TAKES),
    (health(ok=False, faults=("DOOR_OPEN",)), Level.WARN, Text.NOT_HEALTHY_BEFORE),
    (seen(in_use="connector 1 is charging"), Level.WARN, Text.SOMEBODY_CHARGES),
    (health(reserved="connector 1, until 14:00"), Level.WARN, Text.RESERVED),
    (health(disk_free=299), Level.WARN, Text.DEVICE_DISK_LOW),
    (health(clock=AT - 301), Level.WARN, Text.CLOCK_OFF),
    (
        the(health=replace(FIT, clock=None), seen=replace(GOOD.seen, facts={"clock": "1000"})),
        Level.WARN,
        Text.CLOCK_OFF,
    ),
    (health(certificates={"backend": AT}), Level.WARN, Text.CERTIFICATE_EXPIRED),
    (health(certificates={"backend": AT + 30 * DAY}), Level.WARN, Text.CERTIFICATE_EXPIRES),
    (health(dns=False), Level.WARN, Text.DNS_FAILS),
    (health(ntp=False), Level.WARN, Text.NTP_FAILS),
    (release(end_of_support=NOW), Level.WARN, Text.TARGET_UNSUPPORTED),
    (the(runs=replace(OLD, end_of_support=NOW)), Level.INFO, Text.RUNS_UNSUPPORTED),
    (health(ota_pending=None), Level.INFO, Text.OTA_NOT_CHECKED),
    (health(reserved=None), Level.INFO, Text.RESERVED_NOT_CHECKED),
    (health(disk_free=None), Level.INFO, Text.DEVICE_DISK_NOT_CHECKED),
    (health(clock=None), Level.INFO, Text.CLOCK_NOT_CHECKED),
    (health(certificates={}), Level.INFO, Text.CERTIFICATES_NOT_CHECKED),
    (health(dns=None), Level.INFO, Text.DNS_NOT_CHECKED),
    (health(ntp=None), Level.INFO, Text.NTP_NOT_CHECKED),
    (the(laptop=replace(GOOD.laptop, stays_awake=None)), Level.INFO, Text.LAPTOP_SLEEP_NOT_CHECKED),
]


@pytest.mark.parametrize(("situation", "level", "text"), CASES, ids=[text.name for _, _, text in CASES])
def test_a_check_finds_its_problem_and_no_other_check_does(situation: Situation, level: Level, text: Text) -> None:
    found = [one for one in judge(situation) if one.reason.text is not Text.READY]
    assert [(one.level, one.reason.text) for one in found] == [(level, text)]
    assert found[0].reason.what and found[0].reason.remedy
    assert (judge(situation)[0].reason.text is Text.READY) is (level is Level.INFO)


@pytest.mark.parametrize(
    "situation",
    [
        release(min_from="1.0"),
        release(markets=("EU", "DE")),
        the(release=replace(GOOD.release, markets=("EU", "DE")), rules=rules(market="DE")),
        the(release=replace(GOOD.release, backends=("ocpp1.6",)), rules=rules(backend="ocpp1.6")),
        release(requires=(("modem", "1.4"), ("bootloader", "2021.10"))),
        the(release=replace(GOOD.release, requires=(("modem", "2.0"),)), versions={"modem": "2.0"}),
        the(release=replace(GOOD.release, version="0.9"), rules=rules(baseline=(("main", "0.9"),))),
        release(validation=Expectation(required=frozenset({"meter"}))),
        release(end_of_support=datetime(2026, 11, 21, tzinfo=UTC)),
        in_place(),
        the(can=Can.KEEP_OLD | Can.TRIAL),
        the(can=AB, following=frozenset({"modem"})),
        health(certificates={"backend": AT + 30 * DAY + 1}),
        health(clock=AT + 300),
        health(disk_free=300),
        the(laptop=Laptop(5, True, 10**11, True)),
        the(laptop=Laptop(30, False, 10**11, True)),
        the(settings=Configuration("three", {"a": "1"})),
    ],
)
def test_what_is_just_right_is_not_stopped(situation: Situation) -> None:
    assert [one.reason.text for one in judge(situation) if one.level is Level.STOP] == []


def test_a_baseline_allows_going_down_to_this_version_and_to_no_other() -> None:
    down = replace(GOOD.release, version="0.9")
    for baseline in (("main", "0.8"), ("modem", "0.9")):
        assert judge(the(release=down, rules=rules(baseline=(baseline,))))[0].reason.text is Text.DOWNGRADE


def test_a_baseline_never_opens_the_security_epoch() -> None:
    down = replace(GOOD.release, version="0.9", security_epoch=0)
    assert judge(the(release=down, rules=rules(baseline=(("main", "0.9"),))))[0].reason.text is Text.EPOCH_TOO_LOW


def test_the_conflict_of_the_way_back_with_the_security_epoch_names_both_numbers() -> None:
    found = judge(in_place(release=replace(GOOD.release, security_epoch=3)))[0]
    params = dict(found.reason.params)
    assert (found.reason.text, params["epoch"], params["expected"]) == (Text.WAY_BACK_EPOCH, 1, 3)


def test_a_charger_that_tells_no_epoch_is_not_taken_to_demand_none() -> None:
    silent = replace(GOOD.seen, security_epoch=None)
    situation = in_place(seen=silent, release=replace(GOOD.release, security_epoch=2), epoch_known=1)
    assert judge(situation)[0].reason.text is Text.WAY_BACK_EPOCH


def test_an_epoch_that_the_charger_raised_by_itself_closes_the_way_back_too() -> None:
    situation = the(
        can=Can(0), way_back=OLD, seen=replace(GOOD.seen, security_epoch=2),
        release=replace(GOOD.release, security_epoch=2),
    )  # fmt: skip
    assert judge(situation)[0].reason.text is Text.WAY_BACK_EPOCH


def test_in_its_bootloader_a_charger_is_asked_for_no_version_and_for_no_way_back() -> None:
    waiting = Observed("S1", None, security_epoch=1)
    found = judge(the(can=Can.BOOTLOADER, seen=waiting, release=replace(GOOD.release, min_from="1.5")))
    assert [one.reason.text for one in found] == [Text.BOOTLOADER_TAKES]


def test_a_charger_that_has_not_told_its_health_yet_is_not_called_healthy() -> None:
    texts = {one.reason.text for one in judge(the(health=None))}
    assert texts == {
        Text.READY, Text.HEALTH_NOT_CHECKED, Text.OTA_NOT_CHECKED, Text.RESERVED_NOT_CHECKED,
        Text.DEVICE_DISK_NOT_CHECKED, Text.CLOCK_NOT_CHECKED, Text.CERTIFICATES_NOT_CHECKED, Text.DNS_NOT_CHECKED,
        Text.NTP_NOT_CHECKED,
    }  # fmt: skip


def test_findings_come_worst_first_and_notes_never_hide_that_it_can_begin() -> None:
    situation = the(
        seen=replace(GOOD.seen, installing=True, in_use="connector 1"),
        health=replace(FIT, dns=None),
    )
    assert [one.level for one in judge(situation)] == [Level.STOP, Level.WARN, Level.INFO]
    assert [one.level for one in judge(health(dns=None))] == [Level.OK, Level.INFO]


def test_each_certificate_is_told_by_its_name() -> None:
    found = judge(health(certificates={"backend": AT - 1, "plug": AT + DAY, "root": AT + 400 * DAY}))
    assert [(one.reason.text, dict(one.reason.params)["name"]) for one in found] == [
        (Text.CERTIFICATE_EXPIRED, "backend"),
        (Text.CERTIFICATE_EXPIRES, "plug"),
    ]


# ---- hours ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "zone", "when", "is_open"),
    [
        (Window(FRIDAYS, 8 * 60, 17 * 60), "UTC", "2026-11-20T08:00", True),
        (Window(FRIDAYS, 8 * 60, 17 * 60), "UTC", "2026-11-20T07:59", False),
        (Window(FRIDAYS, 8 * 60, 17 * 60), "UTC", "2026-11-20T17:00", False),
        (Window(FRIDAYS, 8 * 60, 17 * 60), "UTC", "2026-11-21T08:00", False),
        (Window(FRIDAYS, 8 * 60, 17 * 60), "Europe/Berlin", "2026-11-20T07:00", True),
        (Window(FRIDAYS, 8 * 60, 17 * 60), "Europe/Berlin", "2026-07-17T06:00", True),  # summer time
        (Window(FRIDAYS, 8 * 60, 17 * 60), "Europe/Berlin", "2026-11-20T16:30", False),
        (NIGHT, "UTC", "2026-11-20T22:00", True),
        (NIGHT, "UTC", "2026-11-21T04:59", True),  # the Saturday after
        (NIGHT, "UTC", "2026-11-21T05:00", False),
        (NIGHT, "UTC", "2026-11-20T04:59", False),  # belongs to Thursday, which is not there
        (NIGHT, "UTC", "2026-11-21T22:30", False),
        (Window(frozenset({6}), 22 * 60, 5 * 60), "UTC", "2026-11-23T03:00", True),  # over the end of the week
        (Window(FRIDAYS, 6 * 60, 6 * 60), "UTC", "2026-11-20T06:00", True),  # a whole day
        (Window(FRIDAYS, 6 * 60, 6 * 60), "UTC", "2026-11-21T05:59", True),
        (Window(FRIDAYS, 6 * 60, 6 * 60), "UTC", "2026-11-21T06:00", False),
        (Window(FRIDAYS, 22 * 60, 0), "UTC", "2026-11-20T23:59", True),
        (Window(FRIDAYS, 22 * 60, 0), "UTC", "2026-11-21T00:00", False),
    ],
)
def test_a_window_is_open_in_the_sites_own_time(window: Window, zone: str, when: str, is_open: bool) -> None:
    now = datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp()
    situation = replace(hours(window, zone=zone), now=now)
    stopped = [one for one in judge(situation) if one.reason.text is Text.OUTSIDE_WINDOW]
    assert bool(stopped) is not is_open


@pytest.mark.parametrize(
    ("windows", "zone", "opens"),
    [
        ((NIGHT,), "UTC", "Fri 20 Nov 22:00"),
        ((NIGHT,), "Europe/Berlin", "Fri 20 Nov 22:00"),
        ((Window(FRIDAYS, 8 * 60, 9 * 60),), "UTC", "Fri 27 Nov 08:00"),  # today's is over
        ((Window(frozenset({0, 6}), 60, 120), Window(frozenset({5}), 720, 800)), "UTC", "Sat 21 Nov 12:00"),
    ],
)
def test_a_closed_window_says_when_the_next_one_opens(windows: tuple[Window, ...], zone: str, opens: str) -> None:
    found = judge(hours(*windows, zone=zone))[0]
    assert found.reason.text is Text.OUTSIDE_WINDOW
    assert dict(found.reason.params)["opens"] == opens


def test_a_site_without_a_time_zone_goes_by_the_laptops() -> None:
    local = NOW.astimezone()
    begins = local.hour * 60 + local.minute
    around = Window(frozenset({local.weekday()}), begins, (begins + 1) % 1440)
    assert judge(the(rules=rules(windows=(around,))))[0].level is Level.OK


@pytest.mark.parametrize(("situation", "level", "text"), CASES, ids=[text.name for _, _, text in CASES])
def test_between_two_legs_only_what_belongs_to_the_moment_stops_no_more(
    situation: Situation, level: Level, text: Text
) -> None:
    found = next(one for one in judge(replace(situation, begun=True)) if one.reason.text is text)
    assert found.level is (Level.WARN if text in MOMENT else level)


# ---- overrides ------------------------------------------------------------------------------------------------------

WANTED = Override("OUTSIDE_WINDOW", "ada", "the site lead is here and agrees")


def by_name(texts: frozenset[Text]) -> list[Text]:
    return [text for text in Text if text in texts]


def closed(*overridable: str) -> Situation:
    return the(rules=rules(windows=(NIGHT,), time_zone="UTC", overridable=frozenset(overridable)))


def test_a_problem_that_policy_opens_becomes_a_warning_with_who_and_why() -> None:
    found = judge(closed("OUTSIDE_WINDOW"), (WANTED,))[0]
    assert (found.level, found.reason.text) == (Level.WARN, Text.OVERRIDDEN)
    params = dict(found.reason.params)
    assert (params["problem"], params["who"], params["why"]) == ("OUTSIDE_WINDOW", WANTED.who, WANTED.why)
    assert "22:00" in found.reason.what and WANTED.why in found.reason.what


def test_an_override_passes_its_own_problem_only() -> None:
    situation = replace(closed("OUTSIDE_WINDOW"), seen=replace(GOOD.seen, installing=True))
    assert judge(situation, (WANTED,))[0].reason.text is Text.INSTALLING_ALREADY


def test_what_the_site_does_not_open_is_refused_even_where_it_is_no_problem_now() -> None:
    for situation in (closed(), the(rules=rules(overridable=frozenset({"LAPTOP_POWER"})))):
        with pytest.raises(RefusedError) as refused:
            judge(situation, (WANTED,))
        assert refused.value.text is Text.OVERRIDE_NOT_ALLOWED


@pytest.mark.parametrize("text", by_name(NEVER), ids=str)
def test_what_may_never_be_overridden_stays_closed_whatever_the_site_says(text: Text) -> None:
    with pytest.raises(RefusedError) as refused:
        judge(the(rules=rules(overridable=frozenset({text.name}))), (Override(text.name, "ada", "because"),))
    assert refused.value.text is Text.OVERRIDE_NOT_ALLOWED


@pytest.mark.parametrize("override", [replace(WANTED, why=" "), replace(WANTED, who="")])
def test_an_override_without_somebody_and_a_reason_is_refused(override: Override) -> None:
    with pytest.raises(RefusedError) as refused:
        judge(closed("OUTSIDE_WINDOW"), (override,))
    assert refused.value.text is Text.OVERRIDE_WITHOUT_REASON


def overridden(situation: Situation, text: Text) -> Verdict:
    opened = replace(situation, rules=replace(situation.rules, overridable=frozenset({text.name})))
    return judge(opened, (Override(text.name, "ada", "because"),))[0]


@pytest.mark.parametrize("text", by_name(OVERRIDABLE), ids=str)
def test_every_problem_that_can_be_opened_can_be_opened(text: Text) -> None:
    situation = next(one for one, _, found in CASES if found is text)
    found = overridden(situation, text)
    assert (found.level, found.reason.text) == (Level.WARN, Text.OVERRIDDEN)


def test_every_problem_that_stops_is_either_never_opened_or_openable() -> None:
    stopping = {text for _, level, text in CASES if level is Level.STOP}
    assert stopping <= NEVER | OVERRIDABLE
    assert not NEVER & OVERRIDABLE


def test_every_check_is_there_once() -> None:
    assert len(set(CHECKS)) == len(CHECKS)
