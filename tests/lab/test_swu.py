""".swu files as the lab makes and reads them; tests/peers/test_swupdate.py shows that the real SWUpdate agrees."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldtool.core.errors import UsageError
from fieldtool.lab.description import parse_description
from fieldtool.lab.raucb import Image
from fieldtool.lab.site import make_releases
from fieldtool.lab.swu import MODEM_DEVICE, Refused, SwuFile, make_cpio, make_swu
from tests.lab_chargers import authority

SITE = {
    "schema": 1, "id": "t", "name": "T",
    "charger": [
        {"serial": "1", "name": "One", "kind": "in-place", "hardware": "D1"},
        {"serial": "2", "name": "Two", "modem": "3.1"},
    ],
    "release": [
        {"version": "1.5.0", "hardware": ["B2"]},
        {"version": "1.5.0", "hardware": ["D1"], "format": "swu"},
        {"version": "3.2", "hardware": ["M1"], "component": "modem", "format": "swu"},
    ],
}  # fmt: skip


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return make_swu(tmp_path / "x.swu", authority("Lab"), "B2", Image("1.5.0", sick="check"), size=50_000).path


def read(path: Path, signer: str = "Lab") -> list[Image]:
    with SwuFile(path) as file:
        description = file.description([authority(signer).certificate])
        found = []
        for content in file.contents(description):
            file.check(content)
            found.append(file.image(content, description.version))
        return found


def test_what_is_made_is_read_again(made: Path) -> None:
    (image,) = read(made)
    assert (image.version, image.sick, image.boots, image.size) == ("1.5.0", "check", True, 50_000)


def test_the_same_image_gives_the_same_payload(tmp_path: Path) -> None:
    first, second = (
        make_swu(tmp_path / name, authority("Lab"), "B2", Image("2.0.0"), device=MODEM_DEVICE) for name in "ab"
    )
    assert first.payload_hash == second.payload_hash
    assert first.sha256 == hashlib.sha256(first.path.read_bytes()).hexdigest()


def test_a_stranger_is_refused(made: Path) -> None:
    with pytest.raises(Refused, match="Authentication of all signatures failed"):
        read(made, "Evil")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 51_500), bit=st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_changes_nothing_that_counts(made: Path, at: int, bit: int) -> None:
    whole = bytearray(made.read_bytes())
    at = min(at, len(whole) - 1)
    whole[at] ^= 1 << bit
    spoilt = made.with_suffix(".spoilt")
    spoilt.write_bytes(bytes(whole))
    try:
        found = read(spoilt)
    except Refused:
        return
    assert found in ([], read(made))  # a flipped name of the payload, or a field that nobody reads


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400), length=st.integers(0, 52_000))
def test_whatever_lies_there_is_refused_in_words(made: Path, content: bytes, length: int) -> None:
    spoilt = made.with_suffix(".spoilt")
    for bad in (content, made.read_bytes()[:length] + content, make_cpio({"sw-description": content})):
        spoilt.write_bytes(bad)
        if bad != made.read_bytes():
            try:
                found = read(spoilt)
            except Refused:
                continue
            assert found == read(made)  # only what follows the last payload differs


def test_a_site_may_have_chargers_and_releases_of_every_kind(tmp_path: Path) -> None:
    told = parse_description(SITE, "site.toml")
    assert [(one.nameplate.kind, one.nameplate.modem, one.profile) for one in told.chargers] == [
        ("in-place", "", "lab-in-place"), ("ab-trial", "3.1", "lab-modem"),
    ]  # fmt: skip
    files = make_releases(tmp_path, told, authority("Lab"))
    assert [(release.component, release.format) for _, release in files] == [
        ("main", "raucb"), ("main", "swu"), ("modem", "swu"),
    ]  # fmt: skip
    assert len({release.target for _, release in files}) == 3
    assert [read(path)[0].version for path, release in files if release.format == "swu"] == ["1.5.0", "3.2"]


@pytest.mark.parametrize(
    "change",
    [
        {"charger": [{"serial": "1", "name": "One", "kind": "steam"}]},
        {"charger": [{"serial": "1", "name": "One", "kind": "in-place", "modem": "3.1"}]},
        {"release": [{"version": "1", "hardware": ["B2"], "format": "zip"}]},
        {"release": [{"version": "1", "hardware": ["M1"], "component": "modem"}]},
        {"release": [{"version": "1", "hardware": ["M1"], "component": "meter"}]},
    ],
)
def test_a_site_that_cannot_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        parse_description({**SITE, **change}, "site.toml")
