"""For every rule a virtual charger that breaks exactly this one: updated by the real engine through the real driver."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldtool.core.model import Configuration, Expectation, SiteRules
from fieldtool.core.texts import Text
from fieldtool.lab.software import FACTORY, RENAMES
from fieldtool.update.run import Ending, Head, Mark, Outcome, Phase, Record
from fieldtool.update.validation import RULES, Finding, Grade, Waiver
from tests.walk.support import QUICK, Walk, shelf, walk

BREAKS: Mapping[str, tuple[str, ...]] = {  # rule -> sicknesses of a new image; each breaks nothing else
    "connectors": ("connector",),
    "command_response": ("command",),
    "faults": ("fault",),
    "checks": ("check",),
    "resets": ("resets", "restarts"),
    "clock": ("clock",),
    "settings": ("settings",),
    "certificates": ("certificate", "certificate_old"),
    "backend": ("backend",),
    "meter": ("meter", "meter_lost"),
    "metering_checksum": ("checksum",),
    "soak": ("restless",),
}
WHAT_RUNS = {"version", "payload_hash"}  # a charger that runs neither firmware is no case for a way back: below
GOOD = {Grade.PASS, Grade.NOT_APPLICABLE}


def findings(here: Walk) -> tuple[Finding, ...]:
    """As the journal keeps them."""
    return next(row.findings for row in reversed(here.journal.records("run-1")) if row.findings)


def graded(here: Walk) -> dict[str, Grade]:
    return {one.rule: one.grade for one in findings(here)}


def settings_of(here: Walk) -> dict[str, str]:
    return here.charger.device.software.settings()


def serves(here: Walk) -> bool:
    return set(here.charger.device.connectors().values()) == {"available"}


def quickly(here: Walk) -> None:
    here.profile = replace(here.profile, settle_seconds=0.6)


def test_a_charger_of_which_nothing_is_wrong_passes_every_rule(tmp_path: Path) -> None:
    with walk(tmp_path) as here:
        assert here.update().outcome is Outcome.DONE, here.story()
        assert graded(here) == dict.fromkeys(RULES, Grade.PASS)
        assert serves(here)


def test_every_rule_has_a_charger_that_breaks_it() -> None:
    assert BREAKS.keys() | WHAT_RUNS == RULES.keys()


@pytest.mark.parametrize(("rule", "sick"), [(rule, sick) for rule, all_of in BREAKS.items() for sick in all_of])
def test_a_charger_that_breaks_one_rule_is_rolled_back_for_it_and_for_nothing_else(
    tmp_path: Path, rule: str, sick: str
) -> None:
    with walk(tmp_path, bad_health=sick) as here:
        quickly(here)
        before = settings_of(here)
        ending = here.update()
        assert ending.outcome is Outcome.ROLLED_BACK, (ending.trouble, here.story())
        assert ending.runs_now == ending.came_from == "1.4.2"
        assert ending.trouble is not None and ending.trouble.text is Text.VALIDATE_HEALTH
        told = graded(here)
        assert told.pop(rule) is Grade.FAIL
        assert {name: grade for name, grade in told.items() if grade not in GOOD} == {}
        broken = next(one for one in findings(here) if one.rule == rule)
        assert broken.reason.what.rstrip(".") in ending.trouble.what
        assert settings_of(here) == before and serves(here)


def test_another_version_after_the_restart_is_told_and_never_confirmed(tmp_path: Path) -> None:
    with walk(tmp_path) as here:
        ending = strange(here)
        assert ending.outcome is Outcome.STUCK, "it runs neither firmware: no way back is known to be safe"
        reason = next(row.trouble for row in here.journal.records("run-1") if row.mark is Mark.FAILED)
        assert reason is not None and reason.text is Text.VALIDATE_VERSION
        assert not here.charger.state.booted.confirmed


def test_another_content_of_the_right_version_is_told_and_never_confirmed(tmp_path: Path) -> None:
    with walk(tmp_path) as here:
        ending = strange(here, "2.0.0")
        assert ending.outcome is not Outcome.DONE
        reason = next(row.trouble for row in here.journal.records("run-1") if row.mark is Mark.FAILED)
        assert reason is not None and reason.text is Text.VALIDATE_HASH
        assert not here.charger.state.booted.confirmed


def strange(here: Walk, version: str = "7.7.7") -> Ending:
    """Somebody else changes what runs, right when it shall be judged."""
    whenever(here, Phase.VALIDATE, Mark.ENTERED, lambda: here.charger.act("run_version", version))
    return here.update(size=150_000)  # not the size of the lab's factory firmware: another content


def whenever(here: Walk, phase: Phase, mark: Mark, then: Callable[[], None]) -> None:
    """`then` happens right after this row was written."""
    append = here.journal.append

    def watching(head: Head, record: Record) -> None:
        append(head, record)
        if (record.phase, record.mark) == (phase, mark):
            then()

    here.journal.append = watching  # type: ignore[method-assign]  # it only looks


# ---- what was wrong before -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "value", "rule", "grade"),
    [
        ("alarm", "OldFault", "faults", Grade.PASS),
        ("no_backend", "yes", "backend", Grade.NOT_CHECKED),
        ("clock_offset", "100000", "clock", Grade.NOT_CHECKED),
    ],
)
def test_what_was_wrong_before_does_not_count_against_the_new_firmware(
    tmp_path: Path, fault: str, value: str, rule: str, grade: Grade
) -> None:
    with walk(tmp_path, **{fault: value}) as here:
        ending = here.update()
        assert ending.outcome is Outcome.DONE, (ending.trouble, here.story())
        assert graded(here) == {**dict.fromkeys(RULES, Grade.PASS), rule: grade}


def test_what_the_site_requires_and_nobody_can_check_is_a_failure(tmp_path: Path) -> None:
    with walk(tmp_path, no_backend="yes") as here:
        quickly(here)
        here.rules = SiteRules(validation=Expectation(required=frozenset({"backend"})))
        assert here.update().outcome is Outcome.ROLLED_BACK, here.story()
        assert graded(here)["backend"] is Grade.FAIL


def test_a_rule_is_waived_where_the_site_lets_somebody_and_he_is_on_record(tmp_path: Path) -> None:
    waiver = Waiver("backend", "ann", "the SIM card comes tomorrow")
    with walk(tmp_path, bad_health="backend") as here:
        here.rules = SiteRules(validation=Expectation(waivable=frozenset({"backend"})))
        image = here.charger.firmware("2.0.0")
        head = replace(here.head(image), waivers=(waiver,))
        ending = here.engine().run(head, shelf(image), here.hand)
        assert ending.outcome is Outcome.DONE, (ending.trouble, here.story())
        waived = next(one for one in findings(here) if one.rule == "backend")
        assert (waived.grade, waived.waiver) == (Grade.WAIVED, waiver)


def test_a_waiver_that_the_site_does_not_allow_changes_nothing(tmp_path: Path) -> None:
    with walk(tmp_path, bad_health="backend") as here:
        quickly(here)
        image = here.charger.firmware("2.0.0")
        head = replace(here.head(image), waivers=(Waiver("backend", "ann", "never mind"),))
        assert here.engine().run(head, shelf(image), here.hand).outcome is Outcome.ROLLED_BACK, here.story()


# ---- settings --------------------------------------------------------------------------------------------------------

TWO = {"layout": "citypost-2"}
MOVES = {
    "config_format": "citypost-2",
    "config_renames": tuple(RENAMES.items()),
    "config_sets": (("ocpp.security_profile", "2"),),
}


def own_settings(here: Walk) -> dict[str, str]:
    """The charger is not as it left the factory."""
    mine = {**FACTORY["citypost-1"], "max_current": "20", "backend.password": "hunter2"}
    here.charger.device.software.write(mine)
    return mine


def update_layout(here: Walk, **image: object) -> Ending:
    found = here.charger.firmware("2.0.0", **{**TWO, **image})
    moved = replace(found, release=replace(found.release, **MOVES))  # type: ignore[arg-type]  # fields of Release
    return here.engine().run(here.head(moved), shelf(moved), here.hand)


def moved(settings: Mapping[str, str]) -> dict[str, str]:
    return {RENAMES.get(name, name): value for name, value in settings.items()} | {"ocpp.security_profile": "2"}


def test_a_firmware_that_moves_its_settings_itself_needs_no_help(tmp_path: Path) -> None:
    with walk(tmp_path) as here:
        mine = own_settings(here)
        ending = update_layout(here)
        assert ending.outcome is Outcome.DONE, (ending.trouble, here.story())
        assert settings_of(here) == moved(mine)
        assert "configure:entered" not in here.story()


def test_settings_that_a_new_firmware_lost_are_written_in_its_own_layout(tmp_path: Path) -> None:
    with walk(tmp_path) as here:
        mine = own_settings(here)
        ending = update_layout(here, sick="settings_lost")
        assert ending.outcome is Outcome.DONE, (ending.trouble, here.story())
        assert settings_of(here) == moved(mine)
        assert here.story().count("configure:ok") == 1


def test_software_that_restarts_to_take_its_settings_is_not_ill(tmp_path: Path) -> None:
    with walk(tmp_path, settings_restart=True) as here:
        mine = own_settings(here)
        ending = update_layout(here, sick="settings_lost")
        assert ending.outcome is Outcome.DONE, (ending.trouble, here.story())
        assert settings_of(here) == moved(mine)


def test_settings_are_those_of_before_after_a_way_back(tmp_path: Path) -> None:
    """The sick firmware changes some on its way out, where the old one keeps its own."""
    with walk(tmp_path, bad_health="fault") as here:
        quickly(here)
        mine = own_settings(here)
        whenever(here, Phase.ROLL_BACK, Mark.ENTERED, lambda: here.charger.device.software.write({"heartbeat": "1"}))
        ending = here.update()
        assert ending.outcome is Outcome.ROLLED_BACK, (ending.trouble, here.story())
        assert settings_of(here) == mine


def test_a_layout_that_the_firmware_does_not_have_is_a_failure_and_no_value_is_told(tmp_path: Path) -> None:
    with walk(tmp_path) as here:
        quickly(here)
        mine = own_settings(here)
        ending = update_layout(here, layout="citypost-1")
        assert ending.outcome is Outcome.ROLLED_BACK, (ending.trouble, here.story())
        assert settings_of(here) == mine
        words = " ".join(row.trouble.what for row in here.journal.records("run-1") if row.trouble is not None)
        assert "hunter2" not in words


def test_the_backup_holds_the_settings_of_before(tmp_path: Path) -> None:
    with walk(tmp_path) as here:
        mine = own_settings(here)
        assert here.update().outcome is Outcome.DONE
        name = next(row.backup for row in here.journal.records("run-1") if row.backup)
        assert here.backups.load(name) == Configuration("citypost-1", mine)


# ---- service ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("faults", [{}, {"bad_health": "fault"}, {"no_boot": True}, {"cut_at_install": "copying"}])
def test_a_charger_serves_again_after_every_end(tmp_path: Path, faults: dict[str, object]) -> None:
    with walk(tmp_path, **faults) as here:
        quickly(here)
        ending = here.update()
        assert ending.outcome in (Outcome.DONE, Outcome.ROLLED_BACK), (ending.trouble, here.story())
        assert serves(here)


def test_no_car_may_come_between_the_last_look_and_the_installation(tmp_path: Path) -> None:
    with walk(tmp_path) as here:
        out: list[bool] = []

        def look() -> None:
            out.append(here.charger.state.software.out_of_service)

        whenever(here, Phase.INSTALL, Mark.ENTERED, look)
        whenever(here, Phase.INSTALL, Mark.OK, look)
        assert here.update().outcome is Outcome.DONE
        assert out == [False, True]


def test_connectors_that_stay_out_of_service_are_found(tmp_path: Path) -> None:
    """It takes the command to serve again, and does not."""
    with walk(tmp_path, stays_out=True) as here:
        quickly(here)
        ending = here.update()
        assert ending.outcome is Outcome.ROLLED_BACK, (ending.trouble, here.story())
        assert [one.rule for one in findings(here) if one.grade is Grade.FAIL] == ["connectors"]


@pytest.mark.parametrize("question", ["meter", "settings"])
def test_a_charger_whose_software_is_mute_is_waited_for_until_it_speaks(tmp_path: Path, question: str) -> None:
    with walk(tmp_path) as here:
        here.profile = replace(here.profile, settle_seconds=15.0)
        looks: list[Finding] = []
        change = here.board.change

        def speaks(serial: str, **news: Any) -> None:
            change(serial, **news)
            looks.extend(news.get("findings", ()))
            if "findings" in news:
                here.charger.act("mute", "")

        here.board.change = speaks  # type: ignore[method-assign]  # as the first look at it is over
        whenever(here, Phase.RESTART, Mark.OK, lambda: here.charger.act("mute", question))
        ending = here.update()
        assert ending.outcome is Outcome.DONE, (ending.trouble, here.story())
        assert looks[2].reason.text is Text.VALIDATE_SILENT and graded(here)["meter"] is Grade.PASS


def test_a_charger_whose_software_stays_mute_is_rolled_back_with_that_reason(tmp_path: Path) -> None:
    with walk(tmp_path) as here:
        quickly(here)
        whenever(here, Phase.RESTART, Mark.OK, lambda: here.charger.act("mute", "meter"))
        ending = here.update()
        assert ending.outcome is Outcome.ROLLED_BACK, (ending.trouble, here.story())
        assert {one.reason.text for one in findings(here) if one.grade is Grade.FAIL} == {Text.VALIDATE_SILENT}


def test_the_soak_of_the_release_is_waited_for(tmp_path: Path) -> None:
    with walk(tmp_path) as here:
        here.limits = replace(QUICK, soak=0.0)
        image = here.charger.firmware("2.0.0")
        told = replace(image, release=replace(image.release, validation=Expectation(soak=1.2)))
        assert here.engine().run(here.head(told), shelf(told), here.hand).outcome is Outcome.DONE
        soak = next(one for one in findings(here) if one.rule == "soak")
        assert float(dict(soak.reason.params)["found"]) >= 1.2
