"""What SWUpdate is told and what it says, apart from any wire. Texts as the real 2022.12 printed them."""

import shlex
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.errors import DeviceError, FieldtoolError, SignatureError, UsageError
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs import swupdate
from fieldtool.drivers.codecs.swupdate import KINDS, Way, parse_selection, parse_status, parse_way, refusal
from tests.lab_chargers import lab_profile

ERROR = "[ERROR] : SWUPDATE failed [0] ERROR : "
END = "[ERROR] : SWUPDATE failed [1] Image invalid or corrupted. Not installing ...\n" + ERROR + "SWUpdate *failed* !\n"
PROFILE = lab_profile("lab-in-place")


def with_update(profile: Profile = PROFILE, **changes: str) -> Profile:
    table = {**profile.update, **changes}
    return replace(profile, update={key: value for key, value in table.items() if value})


def flaw(profile: Profile) -> str:
    with pytest.raises(UsageError) as caught:
        parse_way(profile)
    assert caught.value.text is Text.PROFILE_BAD
    return str(caught.value.params["field"])


# ---- the profile's table ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ab-swupdate", "self-installing", "in-place", "in-place-rescue"])
def test_the_labs_profiles_are_usable(name: str) -> None:
    assert parse_way(lab_profile(f"lab-{name}")).kind in KINDS


def test_a_modem_has_a_way_of_its_own() -> None:
    assert parse_way(lab_profile("lab-modem").of("modem")).hardware == "modem:M1"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "somehow"}, "update.kind"),
        ({"kind": ""}, "update.kind"),
        ({"certificate": ""}, "update.certificate"),
        ({"certificate": "certificate.pem"}, "update.certificate"),
        ({"certificate": "/etc/$(reboot)"}, "update.certificate"),
        ({"hardware": "B2"}, "update.hardware"),
        ({"hardware": "a:b; reboot"}, "update.hardware"),
        ({"colour": "red"}, "update"),
        ({"roll_back": "switch"}, "update"),
        ({"confirm": "good"}, "update"),
        ({"kind": "ab"}, "facts"),
    ],
)
def test_what_is_wrong_in_the_table_is_told_by_its_field(changes: dict[str, str], field: str) -> None:
    assert flaw(with_update(**changes)) == field


@pytest.mark.parametrize("fact", ["payload_hash", "damaged", "staged_version", "staged_hash"])
def test_in_place_nothing_starts_without_the_facts_that_tell_what_a_restart_would_start(fact: str) -> None:
    facts = {name: command for name, command in PROFILE.facts.items() if name != fact}
    assert flaw(replace(PROFILE, facts=facts)) == "facts"


@pytest.mark.parametrize(
    "options",
    [
        "-n",
        "-c",
        "-i /etc/x",
        "-k /etc/other.pem",
        "-w '-p 1'",
        "-d '-u http://x'",
        "-e a,b",
        "-f /etc/other.cfg",
        "--check",
        "x",
        "'",
    ],
)
def test_options_that_would_check_less_or_install_something_else_are_refused(options: str) -> None:
    assert flaw(with_update(options=options)) == "update.options"


def test_every_word_of_the_command_line_is_quoted() -> None:
    way = parse_way(with_update(options="-B grub -p 'sync; reboot'"))
    line = way.command("/srv/it's here.swu", "stable,copy1")
    assert shlex.split(line) == [
        "swupdate", "-i", "/srv/it's here.swu", "-k", "/etc/swupdate/certificate.pem", "-H", "citypost:B2",
        "-e", "stable,copy1", "-B", "grub", "-p", "sync; reboot",
    ]  # fmt: skip


@given(st.text(max_size=60))
def test_whatever_stands_as_options_is_taken_or_told(options: str) -> None:
    try:
        way = parse_way(with_update(options=options))
    except UsageError as error:
        assert error.text is Text.PROFILE_BAD
    else:
        words = shlex.split(way.command("/f", ""))
        assert words.count("-i") == 1 + list(way.options).count("-i")


def test_a_selection_is_a_set_and_a_mode() -> None:
    assert parse_selection(" stable,copy1\n") == "stable,copy1"
    for text in ("", "stable", "stable,copy1; reboot", "a,b\nc,d", "-e x,y"):
        with pytest.raises(DeviceError):
            parse_selection(text)


# ---- what it says ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "status"),
    [("0\n", 0), ("1\n", 1), ("", None), ("137\n", None), ("143", None), ("x", None), ("-1", None), ("0\n0\n", None)],
)
def test_an_exit_status_is_a_small_number_or_none(text: str, status: int | None) -> None:
    assert parse_status(text) == status


@pytest.mark.parametrize(
    ("log", "text", "detail"),
    [
        (
            f"{ERROR}Authentication of all signatures failed\n{ERROR}Compatible SW not found\n{END}",
            Text.INSTALL_SIGNATURE,
            "Authentication of all signatures failed",
        ),
        (
            f"{ERROR}Error loading certificate chain from /etc/ca.pem\nError: Crypto cannot be initialized.\n",
            Text.INSTALL_SIGNATURE,
            "Error loading certificate chain from /etc/ca.pem",
        ),
        (
            f"{ERROR}SW not compatible with hardware\n{END}",
            Text.INSTALL_INCOMPATIBLE,
            "SW not compatible with hardware",
        ),
        (
            f"{ERROR}Found nothing to install\n{ERROR}JSON File corrupted\n{ERROR}Compatible SW not found\n{END}",
            Text.INSTALL_INCOMPATIBLE,
            "Found nothing to install",
        ),
        (
            f"{ERROR}HASH mismatch : ab <--> cd\n{ERROR}Error streaming rootfs.img\n{END}",
            Text.INSTALL_DAMAGED,
            "HASH mismatch : ab <--> cd",
        ),
        (
            f"{ERROR}Checksum WRONG ! Computed 0x98b3, it should be 0x207a7\n{END}",
            Text.INSTALL_DAMAGED,
            "Checksum WRONG ! Computed 0x98b3, it should be 0x207a7",
        ),
        (
            f"{ERROR}CPIO Format not recognized: magic not found\n{ERROR}CPIO Header corrupted, and so on\n{END}",
            Text.INSTALL_DAMAGED,
            "CPIO Format not recognized: magic not found",
        ),
        (
            f"{ERROR}cannot write 12288 bytes: No space left on device\n{ERROR}Error streaming rootfs.img\n{END}",
            Text.INSTALL_NO_SPACE,
            "cannot write 12288 bytes: No space left on device",
        ),
        (f"{ERROR}Error streaming rootfs.img\n{END}", Text.INSTALL_FAILED, "Error streaming rootfs.img"),
        (END, Text.INSTALL_DAMAGED, "it gives no reason"),
        ("Unable to open /srv/x.swu\n", Text.INSTALL_FAILED, "Unable to open /srv/x.swu"),
        ("", Text.INSTALL_FAILED, "it gives no reason"),
    ],
)
def test_a_failed_installation_is_told_by_its_reason(log: str, text: Text, detail: str) -> None:
    head = "SWUpdate v\n\nLicensed under GPLv2. See source distribution for detailed copyright notices.\n\n"
    error = refusal(head + log)
    assert (error.text, error.params["detail"]) == (text, detail)
    assert isinstance(error, SignatureError) == (text is Text.INSTALL_SIGNATURE)


@given(st.text())
def test_whatever_it_prints_is_an_error_of_ours_in_one_bounded_line(log: str) -> None:
    error = refusal(log)
    assert isinstance(error, FieldtoolError) and error.what
    assert len(str(error.params["detail"])) <= 200 and str(error.params["detail"]).isprintable()


def test_what_it_may_do_follows_from_its_table() -> None:
    assert swupdate.parse_way(PROFILE) == Way("in-place", "/etc/swupdate/certificate.pem", "citypost:B2")
