"""Settings over an update: moved, compared, and refused where nobody knows how."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.model import Configuration, Release
from fieldtool.core.texts import Text
from fieldtool.update.configuration import differences, moved, usable

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
    payload_hash="1" * 64,
)
BEFORE = Configuration("one", {"url": "wss://a", "password": "hunter2", "beat": "300"})
NONE: frozenset[str] = frozenset()


def release(**fields: object) -> Release:
    return replace(RELEASE, **fields)  # type: ignore[arg-type]  # fields of Release


def test_settings_stay_as_they_are_when_the_release_says_nothing() -> None:
    assert moved(BEFORE, RELEASE) == BEFORE


def test_settings_are_renamed_set_and_dropped_for_the_new_layout() -> None:
    new = release(
        config_format="two", config_renames=(("url", "ocpp.url"),), config_sets=(("profile", "2"),),
        config_drops=("beat",),
    )  # fmt: skip
    assert moved(BEFORE, new) == Configuration("two", {"ocpp.url": "wss://a", "password": "hunter2", "profile": "2"})


def test_two_settings_may_swap_their_names() -> None:
    new = release(config_renames=(("url", "beat"), ("beat", "url")))
    assert moved(BEFORE, new).values == {"url": "300", "beat": "wss://a", "password": "hunter2"}


def test_a_setting_that_is_set_on_purpose_wins_over_a_renamed_one() -> None:
    new = release(config_renames=(("beat", "heartbeat"),), config_sets=(("heartbeat", "60"),))
    assert moved(BEFORE, new).values["heartbeat"] == "60"


def test_a_rename_of_a_setting_that_is_not_there_adds_none() -> None:
    assert moved(BEFORE, release(config_renames=(("nothing", "something"),))).values == BEFORE.values


_NAMES = st.sampled_from(["a", "b", "c", "d"])
_SETTINGS = st.dictionaries(_NAMES, st.text("xyz", max_size=2), max_size=4)


@given(_SETTINGS, st.dictionaries(_NAMES, st.sampled_from(["e", "f", "g", "h"]), max_size=4))
def test_no_value_is_lost_or_made_up_by_a_move(values: dict[str, str], renames: dict[str, str]) -> None:
    one_to_one = {old: new for at, (old, new) in enumerate(renames.items()) if new not in list(renames.values())[:at]}
    after = moved(Configuration("", values), release(config_renames=tuple(one_to_one.items())))
    assert {one_to_one.get(name, name): value for name, value in values.items()} == after.values


@given(_SETTINGS)
def test_a_move_to_a_named_layout_is_made_once(values: dict[str, str]) -> None:
    swap = release(config_format="two", config_renames=(("a", "b"), ("b", "a")), config_drops=("c",))
    once = moved(Configuration("one", values), swap)
    assert moved(once, swap) == once


def test_a_renamed_setting_wins_over_one_that_had_its_new_name() -> None:
    assert moved(BEFORE, release(config_renames=(("url", "beat"),))).values["beat"] == "wss://a"
    backwards = release(config_renames=(("beat", "url"),))
    assert moved(BEFORE, backwards).values["url"] == "300"


def test_what_differs_is_told_by_name_only_and_sorted() -> None:
    found = Configuration("one", {"url": "wss://b", "beat": "300", "extra": "1"})
    assert differences(BEFORE, found, NONE) == ("password", "url")


def test_a_setting_that_may_change_and_one_that_the_firmware_added_are_no_difference() -> None:
    found = Configuration("one", {**BEFORE.values, "url": "wss://b", "extra": "1"})
    assert differences(BEFORE, found, frozenset({"url"})) == ()


def test_a_layout_to_which_nobody_knows_the_way_is_a_problem() -> None:
    problem = usable(BEFORE, release(config_format="two"))
    assert problem is not None and problem.text is Text.SETTINGS_NO_WAY
    assert "one" in problem.what and "two" in problem.what


@pytest.mark.parametrize("layout", ["", "one"])
def test_the_same_or_an_unnamed_layout_needs_no_way(layout: str) -> None:
    assert usable(BEFORE, release(config_format=layout)) is None
    assert usable(replace(BEFORE, format=""), release(config_format="two")) is None


def test_a_layout_with_a_way_is_usable() -> None:
    assert usable(BEFORE, release(config_format="two", config_renames=(("url", "ocpp.url"),))) is None


@pytest.mark.parametrize(
    ("renames", "clash"),
    [((("url", "beat"),), "beat"), ((("url", "x"), ("beat", "x")), "x")],
)
def test_two_settings_that_would_get_one_name_are_a_problem(renames: tuple[tuple[str, str], ...], clash: str) -> None:
    problem = usable(BEFORE, release(config_format="two", config_renames=renames))
    assert problem is not None and problem.text is Text.SETTINGS_CLASH and clash in problem.what
    assert "hunter2" not in problem.what
