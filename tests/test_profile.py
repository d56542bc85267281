"""core/profile.py: what a profile may say, and that nothing else gets through."""

import copy
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.errors import UsageError
from fieldtool.core.profile import Profile, parse_profile
from fieldtool.core.resources import resource
from fieldtool.core.texts import Text

GOOD = {
    "schema": 1,
    "id": "acme-1",
    "driver": "rauc-ssh",
    "charger": {"vendor": "Acme", "models": ["One", "Two"]},
    "facts": {name: f"cat /etc/{name}" for name in ("serial", "vendor", "model", "hardware", "version")},
    "health": {"in_use": "sessions", "checks": {"software": "systemctl is-active x"}},
}
JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def changed(path, value):
    table = copy.deepcopy(GOOD)
    place = table
    *parents, last = path.split(".")
    for parent in parents:
        place = place.setdefault(parent, {})
    place[last] = value
    return table


def refusal(table) -> str:
    with pytest.raises(UsageError) as caught:
        parse_profile(table, "acme.toml")
    assert caught.value.text is Text.PROFILE_BAD
    return str(caught.value.params["field"])


def test_a_complete_profile_is_read_with_its_defaults():
    profile = parse_profile(copy.deepcopy(GOOD), "acme.toml")
    assert (profile.id, profile.models, profile.user) == ("acme-1", ("One", "Two"), "root")
    assert profile.restart == "systemctl reboot"
    assert profile.restart_seconds == 180.0


def test_reading_a_profile_leaves_its_table_as_it_was():
    table = copy.deepcopy(GOOD)
    parse_profile(table, "acme.toml")
    assert table["id"] == "acme-1"


def test_a_component_is_told_as_its_charger_is_but_for_what_it_says_itself():
    modem = {"driver": "swupdate-ssh", "facts": {"version": "modem-version"}, "update": {"kind": "in-place"}}
    profile = parse_profile({**copy.deepcopy(GOOD), "components": {"modem": modem}}, "acme.toml")
    part = profile.of("modem")
    assert (part.driver, part.facts["version"], part.update["kind"]) == ("swupdate-ssh", "modem-version", "in-place")
    assert (part.in_use, part.checks, part.vendor) == (profile.in_use, profile.checks, "Acme")
    assert part.facts["serial"] == "cat /etc/serial" and not profile.update


def test_a_component_may_lack_what_its_charger_has():
    whole = copy.deepcopy(GOOD)
    whole["facts"]["security_epoch"] = "cat /etc/epoch"
    modem = {"facts": {"version": "modem-version", "security_epoch": ""}}
    profile = parse_profile({**whole, "components": {"modem": modem}}, "acme.toml")
    assert "security_epoch" in profile.facts and "security_epoch" not in profile.of("modem").facts


@pytest.mark.parametrize("file", sorted(resource("profiles").glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_profile_is_usable(file):
    profile = parse_profile(tomllib.loads(file.read_text()), file.name)
    assert profile.id == file.stem


@pytest.mark.parametrize("file", sorted(resource("profiles").glob("example-*.toml")), ids=lambda path: path.stem)
def test_an_example_profile_says_that_nobody_tried_it(file):
    assert "NOT YET TRIED" in file.read_text().splitlines()[0]


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("schema", 2, "schema"),
        ("schema", True, "schema"),
        ("schema", "1", "schema"),
        ("id", "Acme One", "id"),
        ("id", "../acme", "id"),
        ("id", 7, "id"),
        ("driver", "", "driver"),
        ("driver", "Rauc Ssh", "driver"),
        ("charger.vendor", "", "charger.vendor"),
        ("charger.vendor", "Ac\nme", "charger.vendor"),
        ("charger.vendor", "A" * 121, "charger.vendor"),
        ("charger.models", [], "charger.models"),
        ("charger.models", "One", "charger.models"),
        ("charger.models", [1], "charger.models"),
        ("charger.models", [" "], "charger.models"),
        ("charger.user", "root; reboot", "charger.user"),
        ("charger.upload_dir", "tmp", "charger.upload_dir"),
        ("charger.upload_dir", "/srv/../etc", "charger.upload_dir"),
        ("charger.upload_dir", "/srv/$(reboot)", "charger.upload_dir"),
        ("charger.bus", "unix:path=/x; reboot", "charger.bus"),
        ("charger.self_confirms", 1, "charger.self_confirms"),
        ("charger.colour", "red", "charger.colour"),
        ("facts.serial", "", "facts"),
        ("facts.serial", "cat\x00x", "facts"),
        ("facts.shoe_size", "echo 44", "facts"),
        ("facts", {"serial": "x"}, "facts"),
        ("health.in_use", "", "health.in_use"),
        ("health.checks", {}, "health"),
        ("health.checks", {"": "true"}, "health.checks"),
        ("health.check", {"x": "true"}, "health.check"),
        ("health", [], "health"),
        ("restart.seconds", 0, "restart.seconds"),
        ("restart.seconds", float("nan"), "restart.seconds"),
        ("restart.seconds", float("inf"), "restart.seconds"),
        ("restart.seconds", True, "restart.seconds"),
        ("restart.command", "", "restart.command"),
        ("restart.command", "x" * 4_001, "restart.command"),
        ("notes", "hello", "notes"),
    ],
)
def test_a_wrong_field_is_refused_by_name(path, value, field):
    assert refusal(changed(path, value)) == field


@pytest.mark.parametrize("name", ["serial", "vendor", "model", "hardware", "version"])
def test_a_missing_fact_is_refused(name):
    table = copy.deepcopy(GOOD)
    del table["facts"][name]
    assert refusal(table) == "facts"


@given(JSONISH)
def test_no_document_ends_in_anything_but_a_profile_or_a_refusal(document):
    try:
        assert isinstance(parse_profile(document if isinstance(document, dict) else {"x": document}, "x"), Profile)
    except UsageError as error:
        assert error.text is Text.PROFILE_BAD


@given(
    st.sampled_from(["id", "driver", "charger", "facts", "health", "restart", "charger.models", "health.checks"]),
    JSONISH,
)
def test_no_value_of_a_field_ends_in_anything_but_a_profile_or_a_refusal(path, value):
    try:
        profile = parse_profile(changed(path, value), "x")
    except UsageError as error:
        assert error.text is Text.PROFILE_BAD
    else:
        assert profile.in_use
        assert profile.checks or profile.connectors
        assert all(command.strip() for command in profile.facts.values())
