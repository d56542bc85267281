"""Which image brings a dead charger back, and what speaks against it: whatever nobody knows forbids."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.errors import DeviceError, FirmwareError, RefusedError, SignatureError
from fieldtool.core.model import Identity, Release, SiteRules
from fieldtool.core.rights import Action
from fieldtool.core.texts import Text
from fieldtool.update.preflight import Laptop, Level
from fieldtool.update.recovery_rules import Ground, answer, choose, judge, known_identity, needed, tries_of
from fieldtool.update.rights import Rights
from fieldtool.update.run import Phase
from tests.fakes import PROFILE, RELEASE
from tests.update.rights_support import key_approval, order, rights

WHO = Identity("Lab", "CityPost 22", "R4", "S1", {})


def ground(*releases: Release, who: Identity = WHO, given: Rights | None = None, **changes: object) -> Ground:
    made = Ground(who, given or Rights(), SiteRules(), Laptop(None, True, 10**11), 0.0, releases)
    return replace(made, **changes)  # type: ignore[arg-type]  # by name


def made(version: str, **changes: object) -> Release:
    known = replace(RELEASE, version=version, target=f"lab/{version}", sha256=f"{len(version):02d}{version:0>62}")
    return replace(known, **changes)  # type: ignore[arg-type]  # by name


OLD, NEW = made("1.9"), made("2.10")


def stops(found: Ground, release: Release) -> set[Text]:
    return {one.reason.text for one in judge(found, release) if one.level is Level.STOP}


# -- which image ------------------------------------------------------------------------------------------------------


def test_the_newest_that_fits_is_chosen() -> None:
    assert choose(ground(OLD, NEW), (NEW, OLD)) is NEW


def test_an_image_that_is_made_to_bring_chargers_back_goes_before_newer_ones() -> None:
    golden = made("1.0", release_type="golden")
    assert choose(ground(OLD, NEW, golden), (OLD, NEW, golden)) is golden


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"hardware": ("R9",)}, Text.WRONG_HARDWARE),
        ({"models": ("CityPost 44",)}, Text.WRONG_MODEL),
        ({"vendor": "Other"}, Text.WRONG_MODEL),
        ({"requires": (("bootloader", "3.0"),)}, Text.REQUIRES_UNMET),
    ],
)
def test_an_image_for_another_charger_is_never_chosen_however_new(changes: dict[str, object], text: Text) -> None:
    other = made("9.0", **changes)
    who = replace(WHO, versions={"bootloader": "2.1"})
    found = ground(OLD, other, who=who)
    assert text in stops(found, other)
    assert choose(found, (OLD, other)) is OLD
    with pytest.raises(FirmwareError) as error:
        choose(found, (other,))
    assert error.value.text is Text.RECOVERY_NO_IMAGE


def test_an_image_of_another_component_brings_nothing_back() -> None:
    with pytest.raises(FirmwareError):
        choose(ground(), (made("2.0", component="modem"),))


def test_a_bootloader_that_tells_no_versions_breaks_no_requirement() -> None:
    asking = made("3.0", requires=(("bootloader", "3.0"),))
    assert choose(ground(asking), (asking,)) is asking


def test_an_image_that_its_bootloader_does_not_take_is_never_chosen() -> None:
    flat = made("1.0", format="bin")
    found = ground(flat, NEW, format="bin")
    assert choose(found, (flat, NEW)) is flat and stops(found, NEW) == {Text.WRONG_FORMAT}


def test_why_there_is_none_is_told_of_the_nearest() -> None:
    low = made("1.0", security_epoch=1)
    with pytest.raises(FirmwareError) as error:
        choose(ground(low, given=Rights(epochs={"main": 2})), (low,))
    assert "epoch" in error.value.what


VERSIONS = st.tuples(st.integers(0, 3), st.integers(0, 12)).map(lambda told: f"{told[0]}.{told[1]}")
RELEASES = st.lists(
    st.builds(
        made, VERSIONS, security_epoch=st.integers(0, 3), hardware=st.sampled_from([("R4",), ("R9",), ("R4", "R9")]),
        release_type=st.sampled_from(["", "golden"]), component=st.sampled_from(["main", "modem"]),
    ),
    max_size=8,
)  # fmt: skip


@given(RELEASES, st.one_of(st.none(), st.integers(0, 3)), st.sampled_from(["R4", "R9", ""]))
def test_whatever_is_on_the_laptop_the_chosen_image_fits_this_hardware_and_its_epoch(
    releases: list[Release], known: int | None, hardware: str
) -> None:
    told = Rights(epochs={"main": known} if known is not None else {})
    found = ground(*releases, who=replace(WHO, hardware=hardware), given=told)
    try:
        chosen = choose(found, releases)
    except FirmwareError:
        return
    assert chosen.component == "main" and hardware in chosen.hardware
    mine = [one.security_epoch for one in releases if one.component == "main" and hardware in one.hardware]
    assert chosen.security_epoch >= (known if known is not None else max(mine))


# -- who may ----------------------------------------------------------------------------------------------------------


def test_a_recovery_needs_its_own_grant_and_metering_one_more() -> None:
    assert needed(NEW) == {Action.RECOVER}
    assert needed(made("2.0", metering_checksum="47")) == {Action.RECOVER, Action.METERING}


def test_only_what_an_order_names_is_chosen_where_somebody_directs() -> None:
    directed = ground(OLD, NEW, given=rights(orders=(order(OLD),)))
    assert choose(directed, (OLD, NEW)) is OLD
    assert Text.GRANT_NOT_ORDERED in stops(directed, NEW)


def test_without_the_second_person_only_he_is_missing() -> None:
    found = ground(NEW, given=rights(orders=(order(NEW),)))
    assert stops(found, NEW) == {Text.APPROVAL_MISSING}
    agreed = ground(NEW, given=rights(orders=(order(NEW),), approvals=(key_approval(Action.RECOVER, release=NEW),)))
    assert stops(agreed, NEW) == set()
    assert answer(agreed, NEW).ids == ("grant-1",) and answer(agreed, NEW).second == {Action.RECOVER}


# -- who it is --------------------------------------------------------------------------------------------------------


def test_what_the_bootloader_tells_wins_over_what_was_planned() -> None:
    told = replace(WHO, hardware="R5", serial="0s1")
    assert known_identity(told, "S1", "CityPost 22", "R4", PROFILE).hardware == "R5"


def test_what_it_does_not_tell_is_completed() -> None:
    found = known_identity(Identity("", "", "", "", {}), "S1", "", "R4", PROFILE)
    assert (found.vendor, found.model, found.hardware, found.serial) == ("Lab", "CityPost 22", "R4", "S1")


def test_of_several_models_none_is_guessed() -> None:
    several = replace(PROFILE, models=("CityPost 22", "CityPost 44"))
    found = known_identity(Identity("", "", "", "", {}), "S1", "", "R4", several)
    assert found.model == "" and Text.WRONG_MODEL in stops(ground(NEW, who=found), NEW)


@pytest.mark.parametrize("serial", ["S2", "1S1"])
def test_another_serial_number_is_another_charger(serial: str) -> None:
    with pytest.raises(RefusedError) as error:
        known_identity(replace(WHO, serial=serial), "S1", "", "", PROFILE)
    assert error.value.text is Text.RECOVERY_OTHER_CHARGER


@pytest.mark.parametrize("serial", ["", "0123456789", "FFFFFFFF"])
def test_a_number_that_many_boards_share_names_nobody(serial: str) -> None:
    assert known_identity(replace(WHO, serial=serial), "S1", "", "", PROFILE).serial == "S1"


# -- how often --------------------------------------------------------------------------------------------------------


def test_what_a_bootloader_does_not_trust_and_what_is_not_well_is_final_at_once() -> None:
    assert tries_of(Phase.START, SignatureError(Text.INSTALL_SIGNATURE, detail="bad")) == 1
    assert tries_of(Phase.VALIDATE, DeviceError(Text.VALIDATE_HEALTH, found="fault")) == 1
    assert tries_of(Phase.READ_BACK, DeviceError(Text.TRANSFER_CORRUPT)) == 3
    assert tries_of(Phase.START, DeviceError(Text.NEW_DOES_NOT_START)) == 2
