"""What a vendor signs about an image is taken exactly, or not at all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.clock import parse_iso
from fieldtool.core.errors import FirmwareError
from fieldtool.core.model import Expectation
from fieldtool.core.texts import Text
from fieldtool.firmware.custom import is_target_path, release, vendor_role
from tests.firmware.site import refused

GOOD: dict[str, Any] = {
    "schema": 1,
    "models": ["CityPost 22", "CityPost 11"],
    "hw_rev": ["R4"],
    "component": "main",
    "version": "2.6.0",
    "version_format": "semver",
    "min_from": "2.2.0",
    "requires": {"modem": "1.4"},
    "security_epoch": 3,
    "market": ["EU"],
    "format": "raucb",
    "published": "2026-03-01T00:00:00Z",
    "payload_hash": "ab" * 32,
}
OPTIONAL: dict[str, Any] = {
    "vendor": "Lab",
    "native_key": "lab-2026",
    "config_profile": "v3",
    "end_of_support": "2030-01-01T00:00:00Z",
    "notes": "Better.\nFaster.",
    "advisories": ["LAB-2026-1"],
    "release_type": "security",
    "encrypted": True,
    "metering_checksum": "c0ffee",
    "duration": [120, 600],
    "backends": ["ocpp1.6", "ocpp2.0.1"],
    "config_format": "citypost-4",
    "config_renames": {"Max": "MaxCurrent", "Swap": "Pair", "Pair": "Swap"},
    "config_sets": {"Banner": "", "Mode": "fast"},
    "config_drops": ["Legacy"],
    "validation": {
        "soak_seconds": 30,
        "required": ["meter"],
        "waivable": ["clock"],
        "clock_off_seconds": 10.5,
        "resets": 1,
        "config_may_change": ["Banner"],
    },
    "x-own": {"anything": [1]},
}
SHA256 = "cd" * 32


def made(**changes: Any) -> Any:
    return release("lab/file.raucb", 10, SHA256, {**GOOD, **changes}, "lab")


def test_every_field_arrives_in_the_release() -> None:
    found = release("lab/file.raucb", 10, SHA256, {**GOOD, **OPTIONAL}, "lab")
    assert (found.target, found.length, found.sha256, found.vendor) == ("lab/file.raucb", 10, SHA256, "Lab")
    assert (found.models, found.hardware, found.component) == (("CityPost 22", "CityPost 11"), ("R4",), "main")
    assert (found.version, found.version_format, found.min_from) == ("2.6.0", "semver", "2.2.0")
    assert (found.requires, found.security_epoch, found.markets) == ((("modem", "1.4"),), 3, ("EU",))
    assert (found.format, found.payload_hash) == ("raucb", "ab" * 32)
    assert (found.native_key, found.encrypted) == ("lab-2026", True)
    assert found.published == parse_iso("2026-03-01T00:00:00Z")
    assert found.end_of_support == parse_iso("2030-01-01T00:00:00Z")
    assert (found.notes, found.advisories, found.release_type) == ("Better.\nFaster.", ("LAB-2026-1",), "security")
    assert found.duration == (120, 600)
    assert (found.backends, found.metering_checksum) == (("ocpp1.6", "ocpp2.0.1"), "c0ffee")
    assert (found.config_format, found.config_drops) == ("citypost-4", ("Legacy",))
    assert found.config_renames == (("Max", "MaxCurrent"), ("Pair", "Swap"), ("Swap", "Pair"))
    assert found.config_sets == (("Banner", ""), ("Mode", "fast"))
    assert found.validation == Expectation(
        30.0, frozenset({"meter"}), frozenset({"clock"}), 10.5, 1, frozenset({"Banner"})
    )


def test_optional_fields_may_be_absent_and_the_vendor_is_then_the_part_that_signed() -> None:
    found = made()
    assert (found.vendor, found.notes, found.duration, found.end_of_support) == ("lab", "", None, None)
    assert (found.backends, found.config_format, found.config_renames, found.validation) == ((), "", (), None)
    assert (found.native_key, found.encrypted) == ("", False)


def test_what_an_expectation_leaves_out_stays_open() -> None:
    assert made(validation={"resets": 2}).validation == Expectation(resets=2)
    assert made(validation={}).validation == Expectation()


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("config_format", {"config_renames": {"a": "b"}}),
        ("config_format", {"config_drops": ["a"]}),
        ("config_sets", {"config_format": "x", "config_renames": {"a": "c", "b": "c"}}),
        ("config_sets", {"config_format": "x", "config_renames": {"a": "c"}, "config_sets": {"c": "1"}}),
        ("config_drops", {"config_format": "x", "config_renames": {"a": "c"}, "config_drops": ["a"]}),
        ("config_drops", {"config_format": "x", "config_sets": {"a": "1"}, "config_drops": ["a"]}),
    ],
)
def test_settings_that_move_in_two_ways_or_into_no_layout_are_refused(field: str, changes: dict[str, Any]) -> None:
    with refused(Text.RELEASE_BAD) as told:
        made(**changes)
    assert told.value.params["field"] == field


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_missing_field_is_refused_by_name(name: str) -> None:
    custom = {key: value for key, value in GOOD.items() if key != name}
    with refused(Text.RELEASE_BAD) as told:
        release("lab/file.raucb", 10, SHA256, custom, "lab")
    assert told.value.params["field"] == name


WRONG: list[tuple[str, Any]] = [
    ("schema", 2), ("schema", True), ("schema", "1"), ("schema", 1.0),
    ("models", []), ("models", "CityPost 22"), ("models", ["a", "a"]), ("models", [1]), ("models", [""]),
    ("models", ["a"] * 65), ("models", None), ("models", ["a\nb"]),
    ("hw_rev", []), ("hw_rev", ["  "]), ("component", "Main Controller"), ("component", ""), ("component", ["main"]),
    ("version", ""), ("version", "2.6"), ("version", 2), ("version_format", "guess"), ("version_format", None),
    ("min_from", "2.2"), ("min_from", None), ("min_from", "any"),
    ("requires", []), ("requires", {"modem": ""}), ("requires", {"modem": 1}), ("requires", {"A B": "1"}),
    ("security_epoch", -1), ("security_epoch", True), ("security_epoch", "3"), ("security_epoch", 1 << 31),
    ("security_epoch", 1.0), ("market", "EU"), ("market", [None]), ("format", "../x"), ("format", ""),
    ("published", "yesterday"), ("published", "2026-03-01T00:00:00"), ("published", 0), ("published", ""),
    ("payload_hash", "ab"), ("payload_hash", "AB" * 32), ("payload_hash", ""), ("payload_hash", None),
    ("vendor", ""), ("vendor", None), ("vendor", "Other"), ("encrypted", 1), ("encrypted", "false"),
    ("end_of_support", "soon"), ("notes", "x" * 20_001), ("notes", "a\x1b[31m"), ("advisories", "LAB-1"),
    ("duration", [600, 120]), ("duration", [0, 1]), ("duration", [1]), ("duration", "1-2"), ("duration", [1.0, 2.0]),
    ("backends", "ocpp1.6"), ("backends", []), ("backends", ["OCPP 1.6"]), ("config_format", ""), ("config_format", 4),
    ("config_renames", [["a", "b"]]), ("config_renames", {"a": 1}), ("config_renames", {"a": ""}),
    ("config_renames", {"": "a"}), ("config_sets", {"a": 1}), ("config_sets", {"a": None}), ("config_sets", "a=1"),
    ("config_sets", {f"s{number}": "" for number in range(257)}), ("config_drops", "a"), ("config_drops", ["a", "a"]),
    ("validation", None), ("validation", []), ("validation", {"soak": 30}), ("validation", {"soak_seconds": "30"}),
    ("validation", {"soak_seconds": True}), ("validation", {"soak_seconds": -1}),
    ("validation", {"soak_seconds": 86_401}), ("validation", {"clock_off_seconds": float("nan")}),
    ("validation", {"required": "meter"}), ("validation", {"required": ["Meter!"]}),
    ("validation", {"waivable": [1]}), ("validation", {"resets": -1}), ("validation", {"resets": 1.0}),
    ("validation", {"config_may_change": {"a": "b"}}),
    ("native_key", ""), ("native_key", "../root"), ("native_key", "A"), ("native_key", None),
    ("release_type", "a\nb"), ("unknown", 1), ("Schema", 1), ("X-own", 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG, ids=lambda value: repr(value)[:20])
def test_a_wrong_value_is_refused_by_the_name_of_its_field(name: str, value: Any) -> None:
    with refused(Text.RELEASE_BAD) as told:
        made(**{name: value})
    assert told.value.params["field"] == name


@pytest.mark.parametrize("custom", [None, [], "x", 1, True])
def test_no_table_of_fields_is_no_release(custom: object) -> None:
    with refused(Text.RELEASE_BAD):
        release("lab/file.raucb", 10, SHA256, custom, "lab")


@pytest.mark.parametrize(
    ("length", "sha256"), [(0, SHA256), (-1, SHA256), (9 << 30, SHA256), (10, ""), (10, "CD" * 32)]
)
def test_a_file_without_true_size_or_hash_is_no_release(length: int, sha256: str) -> None:
    with refused(Text.RELEASE_BAD):
        release("lab/file.raucb", length, sha256, GOOD, "lab")


def test_the_repository_itself_must_name_the_vendor() -> None:
    with refused(Text.RELEASE_BAD):
        release("file.raucb", 10, SHA256, GOOD)
    assert release("file.raucb", 10, SHA256, {**GOOD, "vendor": "Lab"}).vendor == "Lab"


@pytest.mark.parametrize(
    "path", ["", "/a", "a/", "a//b", "a/../b", "..", ".", "a/.", "a\\b", "a b", "a%2fb", "ä", "a:b", "x" * 201]
)
def test_odd_paths_are_no_targets(path: str) -> None:
    assert not is_target_path(path)


def test_a_vendors_name_becomes_a_plain_part() -> None:
    assert [vendor_role(name) for name in ("Lab", "Öko Strom AG", " A/B..C ", "日本")] == [
        "lab",
        "oko-strom-ag",
        "a-b-c",
        "",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted({**GOOD, **OPTIONAL})), JSON)
def test_any_value_of_any_field_gives_a_release_or_our_error(name: str, value: Any) -> None:
    try:
        made(**{**OPTIONAL, name: value})
    except FirmwareError as error:
        assert error.text is Text.RELEASE_BAD
