"""Versions sort as their vendors mean them, and what is not written like that is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.errors import FirmwareError
from fieldtool.core.texts import Text
from fieldtool.firmware.versions import KINDS, is_older, key
from tests.firmware.site import refused

# SemVer 2.0, item 11
SEMVER = ("1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
          "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0-0", "2.0.0")  # fmt: skip


def test_semver_sorts_as_its_specification_says() -> None:
    for older, newer in zip(SEMVER, SEMVER[1:], strict=False):
        assert is_older(older, newer, "semver") and not is_older(newer, older, "semver")


def test_build_metadata_decides_nothing() -> None:
    assert key("1.2.3+build.7", "semver") == key("1.2.3", "semver")


def test_dotted_numbers_sort_by_number_and_trailing_zeros_are_nothing() -> None:
    assert is_older("2.9", "2.10", "dotted") and is_older("2024.05.01", "2024.5.2", "dotted")
    assert key("2.6", "dotted") == key("2.6.0.0", "dotted")
    assert is_older("9", "10", "plain")


@pytest.mark.parametrize(
    ("version", "kind"),
    [("1.2", "semver"), ("01.2.3", "semver"), ("1.2.3-", "semver"), ("1.2.3-01", "semver"), ("v1.2.3", "semver"),
     ("1.2.3 ", "semver"), ("1.2.3\n", "semver"), ("", "semver"), ("1.2.3-ä", "semver"), ("٣.1.2", "dotted"),
     ("1", "dotted"), ("1.", "dotted"), ("1.a", "dotted"), ("-1.2", "dotted"), ("1.2.3.4.5.6.7.8.9", "dotted"),
     ("1.0", "plain"), ("", "plain"), ("1" * 65, "plain"), ("1.2.3", "guess"), ("1.2.3", "")],
)  # fmt: skip
def test_what_is_not_written_as_its_kind_says_is_refused(version: str, kind: str) -> None:
    with refused(Text.VERSION_BAD):
        key(version, kind)


@given(st.text(max_size=80), st.sampled_from(KINDS))
def test_any_text_gives_a_key_or_our_error(text: str, kind: str) -> None:
    try:
        assert key(text, kind) == key(text, kind)
    except FirmwareError:
        return


@given(st.lists(st.lists(st.integers(0, 999), min_size=2, max_size=5), min_size=3, max_size=3))
def test_the_order_is_total(numbers: list[list[int]]) -> None:
    one, two, three = sorted((".".join(map(str, parts)) for parts in numbers), key=lambda text: key(text, "dotted"))
    assert not is_older(two, one, "dotted") and not is_older(three, one, "dotted")
