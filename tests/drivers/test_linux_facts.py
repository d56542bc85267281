"""What a charger tells of its health, settings and service: through the driver, from a virtual charger."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.driver import Can, EndedBy, ManualStep
from fieldtool.core.errors import DeviceError, LinkError
from fieldtool.core.model import Configuration, ConnectorStatus
from fieldtool.core.profile import CONFIG_FILE, Profile
from fieldtool.core.texts import Text
from fieldtool.drivers import linux_facts, linux_settings
from fieldtool.drivers.answers import Answer
from fieldtool.drivers.rauc_ssh import RaucSession, RaucSsh
from fieldtool.lab.software import FACTORY
from tests.drivers.contract import DRIVER, HASTY, finish
from tests.drivers.wire import wire
from tests.lab_chargers import LabCharger, virtual_charger

SECRET = "hunter2"


@pytest.fixture
def charger(tmp_path: Path) -> Iterator[LabCharger]:
    with virtual_charger(tmp_path) as made:
        yield made


@contextmanager
def session(charger: LabCharger, profile: Profile | None = None, driver: RaucSsh = DRIVER) -> Iterator[RaucSession]:
    with driver.open(charger.component, profile or charger.profile, charger.credentials) as opened:
        yield opened


def asking(charger: LabCharger, **questions: str) -> Profile:
    return replace(charger.profile, health={**charger.profile.health, **questions})


# ---- health ----------------------------------------------------------------------------------------------------------


def test_everything_that_the_profile_asks_for_is_told(charger: LabCharger) -> None:
    with session(charger) as opened:
        health = opened.health()
    assert health.ok and health.faults == () and health.failed_checks == ()
    assert health.connectors == {"1": ConnectorStatus.AVAILABLE, "2": ConnectorStatus.AVAILABLE}
    assert health.clock is not None and abs(health.clock - charger.device.clock.now().timestamp()) < 5
    assert health.uptime is not None and 0 <= health.uptime < 60
    assert (health.resets, health.backend, health.responds) == (0, True, True)
    assert health.meter == {"import": 1_204_377.0, "export": 0.0}
    assert health.meter_checksum == "5F0C2A91"
    assert health.certificates == {"OCPP client": 2_051_222_400.0, "metering": 2_051_222_400.0}
    assert health.disk_free == charger.device.disk.free
    assert (health.dns, health.ntp, health.ota_pending, health.reserved) == (True, True, "", "")
    assert health.asked >= {"faults", "checks", "clock", "meter", "backend"}


def test_what_the_profile_does_not_ask_for_is_not_made_up(charger: LabCharger) -> None:
    facts = {name: command for name, command in charger.profile.facts.items() if name != "clock"}
    silent = replace(charger.profile, health={}, faults="", connectors="", facts=facts)
    with session(charger, silent) as opened:
        health = opened.health()
    assert health.asked == {"checks"}
    assert (health.clock, health.uptime, health.resets, health.backend, health.responds) == (None,) * 5
    assert (health.disk_free, health.dns, health.ntp, health.ota_pending, health.reserved) == (None,) * 5
    assert (dict(health.meter), health.meter_checksum, dict(health.certificates)) == ({}, "", {})


def test_trouble_is_told_in_the_chargers_words(charger: LabCharger) -> None:
    for name, value in {"no_dns": "yes", "no_ntp": "yes", "no_backend": "yes"}.items():
        charger.act(name, value)
    charger.act("ota_pending", "2.7.0 from its central system")
    charger.act("reserved", "connector 1 until 18:00")
    with session(charger) as opened:
        health = opened.health()
    assert (health.dns, health.ntp, health.backend) == (False, False, False)
    assert (health.ota_pending, health.reserved) == ("2.7.0 from its central system", "connector 1 until 18:00")


@pytest.mark.parametrize(
    ("question", "command"),
    [
        ("uptime", "echo ten"),
        ("uptime", "echo -5"),
        ("uptime", "true"),
        ("resets", "echo 1.5"),
        ("disk_free", "echo 12 KB"),
        ("meter", "echo import"),
        ("meter", "echo import 1,5"),
        ("meter", "echo 12"),
        ("certificates", "echo OCPP tomorrow"),
        ("backend", "true"),
        ("meter_checksum", "true"),
    ],
)
def test_an_answer_that_cannot_be_read_is_an_error_that_names_the_question(
    charger: LabCharger, question: str, command: str
) -> None:
    with session(charger, asking(charger, **{question: command})) as opened, pytest.raises(DeviceError) as error:
        opened.health()
    assert error.value.text is Text.FACT_STRANGE
    assert "_" not in str(error.value.params["fact"]), "no name of ours in front of a technician"


@pytest.mark.parametrize("question", ["uptime", "command", "dns", "reserved", "meter"])
def test_a_question_whose_command_is_missing_is_an_error_and_no_answer(charger: LabCharger, question: str) -> None:
    missing = asking(charger, **{question: "no-such-command-here"})
    with session(charger, missing) as opened, pytest.raises(DeviceError) as error:
        opened.health()
    assert error.value.text is Text.FACT_FAILED and error.value.params["status"] == 127


def test_two_connectors_or_registers_of_one_name_are_no_answer(charger: LabCharger) -> None:
    """The lab's echo prints one line, so the lists come from files."""
    charger.file("/srv/connectors").write_text("1 available\n1 faulted\n")
    charger.file("/srv/meter").write_text("import 2\nimport 1\n")
    strange = replace(charger.profile, connectors="cat /srv/connectors")
    for profile in (strange, asking(charger, meter="cat /srv/meter")):
        with session(charger, profile) as opened, pytest.raises(DeviceError) as error:
            opened.health()
        assert error.value.text is Text.FACT_STRANGE


def test_an_unknown_connector_status_is_unknown_and_not_available(charger: LabCharger) -> None:
    with session(charger, replace(charger.profile, connectors="echo 1 sleeping")) as opened:
        assert opened.health().connectors == {"1": ConnectorStatus.UNKNOWN}
    with session(charger, replace(charger.profile, connectors="echo 3 Faulted")) as opened:
        assert opened.health().connectors == {"3": ConnectorStatus.FAULTED}


def test_the_bootloaders_version_is_a_component_of_its_own(charger: LabCharger) -> None:
    profile = replace(charger.profile, facts={**charger.profile.facts, "bootloader": "echo 2023.04"})
    with session(charger, profile) as opened:
        assert opened.identify().versions == {"main": "1.4.2", "bootloader": "2023.04"}


# ---- settings --------------------------------------------------------------------------------------------------------


def test_settings_are_read_with_their_layout_and_written_back(charger: LabCharger) -> None:
    with session(charger) as opened:
        before = opened.configuration()
        assert before == Configuration("citypost-1", FACTORY["citypost-1"])
        wanted = replace(before, values={**before.values, "max_current": "16", "display.language": "de =) ü"})
        opened.configure(wanted)
        opened.configure(wanted)
        assert opened.configuration() == wanted
        opened.configure(before)
        assert opened.configuration() == before


def test_the_file_with_the_settings_is_private_and_gone_afterwards(charger: LabCharger) -> None:
    """The virtual charger takes no file that others may read."""
    path = charger.file(f"{charger.profile.upload_dir}/{CONFIG_FILE}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("left behind, and open to all")
    path.chmod(0o644)
    with session(charger) as opened:
        opened.configure(opened.configuration())
    assert not path.exists()


def test_settings_that_the_charger_refuses_are_told_by_name_and_the_file_goes(
    charger: LabCharger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with session(charger) as opened:
        before = opened.configuration()
        with pytest.raises(DeviceError) as error:
            opened.configure(replace(before, values={**before.values, "door.code": SECRET}))
        assert opened.configuration() == before
    assert error.value.text is Text.SETTINGS_REFUSED and "door.code" in error.value.what
    assert SECRET not in error.value.what + error.value.remedy + caplog.text + str(error.value.params)
    assert not charger.file(f"{charger.profile.upload_dir}/{CONFIG_FILE}").exists()


def test_settings_of_another_layout_are_not_written(charger: LabCharger) -> None:
    with session(charger) as opened:
        with pytest.raises(DeviceError) as error:
            opened.configure(Configuration("citypost-2", dict(FACTORY["citypost-2"])))
        assert opened.configuration().format == "citypost-1"
    assert error.value.text is Text.SETTINGS_OTHER_LAYOUT


@pytest.mark.parametrize("value", ["two\nlines", "a\rb", "\0"])
def test_a_value_that_is_no_line_is_not_sent(charger: LabCharger, value: str) -> None:
    with session(charger) as opened:
        before = opened.configuration()
        with pytest.raises(DeviceError) as error:
            opened.configure(replace(before, values={**before.values, "heartbeat": value}))
        assert opened.configuration() == before
    assert error.value.text is Text.SETTINGS_REFUSED and "heartbeat" in error.value.what


@pytest.mark.parametrize(
    ("printed", "names"),
    [
        (f"password {SECRET}\n", "line 1"),
        (f"password={SECRET}\npassword=x\n", "password"),
        (f"={SECRET}\n", "line 1"),
        (f"password={SECRET}\a\n", "password"),
        (b"password=hunter2\xff\n", "password"),
        (f"a=1\n\nb={SECRET}\n", "line 2"),
    ],
)
def test_settings_that_cannot_be_read_are_an_error_without_any_value(
    charger: LabCharger, printed: str | bytes, names: str
) -> None:
    file = charger.file("/srv/printed")
    file.write_bytes(printed if isinstance(printed, bytes) else printed.encode())
    strange = replace(charger.profile, config_read="cat /srv/printed")
    with session(charger, strange) as opened, pytest.raises(DeviceError) as error:
        opened.configuration()
    assert error.value.text is Text.SETTINGS_UNREADABLE and names in error.value.what
    assert SECRET not in error.value.what


def test_a_failing_command_for_the_settings_quotes_nothing_of_them(charger: LabCharger) -> None:
    failing = replace(charger.profile, config_read=f"ls /{SECRET}")
    with session(charger, failing) as opened, pytest.raises(DeviceError) as error:
        opened.configuration()
    assert error.value.text is Text.SETTINGS_UNREADABLE and SECRET not in error.value.what


def test_a_file_that_a_cut_line_left_behind_goes_with_the_next_tidying(charger: LabCharger) -> None:
    path = charger.file(f"{charger.profile.upload_dir}/{CONFIG_FILE}")
    image = charger.firmware("2.0.0")
    with wire((charger.host, charger.port)) as line:
        component = replace(charger.component, link=replace(charger.link, address=line.address))
        with pytest.raises(LinkError), HASTY.open(component, charger.profile, charger.credentials) as opened:
            before = opened.configuration()
            path.parent.mkdir(parents=True, exist_ok=True)
            line.cut_after(4000)  # in the file's content: the line is cut before it could be removed
            opened.configure(replace(before, values={**before.values, "heartbeat": "9" * 20_000}))
    assert path.exists(), "else this test proves nothing"
    with session(charger) as opened:
        opened.tidy(image)
    assert not path.exists()


# ---- whatever a charger prints ---------------------------------------------------------------------------------------

_NAMES = st.text(st.characters(codec="utf-8", exclude_characters="=\x7f", exclude_categories=("Cc", "Zs", "Zl", "Zp")))
_VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\x7f\ufffd", exclude_categories=["Cc"]))


@given(st.dictionaries(_NAMES.filter(lambda name: 0 < len(name) <= 200), _VALUES, max_size=5))
def test_settings_come_back_as_they_were_written(values: dict[str, str]) -> None:
    lines = "".join(linux_settings._setting_line(name, value) for name, value in values.items())
    assert linux_settings._settings(lines) == values


@given(st.text())
def test_any_text_is_settings_or_told(text: str) -> None:
    try:
        told = linux_settings._settings(text)
    except DeviceError as error:
        assert error.text is Text.SETTINGS_UNREADABLE
    else:
        assert "".join(f"{name}={value}\n" for name, value in told.items()).rstrip("\n") == text.rstrip("\n")


@given(st.text() | st.from_regex(r"[a-z ]{0,9} ?-?[0-9.e]{0,30}\n?"))
def test_any_text_is_numbers_or_told(text: str) -> None:
    answer = Answer(0, text, "")
    for read in (linux_facts._number, linux_facts._count):
        try:
            value = read("uptime", answer)
            assert value is not None and 0 <= value < 1e16
        except DeviceError as error:
            assert error.text is Text.FACT_STRANGE
    try:
        assert all(0 <= value < 1e16 for value in linux_facts._numbers("meter", answer).values())
    except DeviceError as error:
        assert error.text is Text.FACT_STRANGE


# ---- service and restart ---------------------------------------------------------------------------------------------


def test_a_charger_is_taken_out_of_service_and_given_back(charger: LabCharger) -> None:
    with session(charger) as opened:
        assert Can.OUT_OF_SERVICE in opened.can and Can.CONFIG in opened.can
        opened.serve(False)
        opened.serve(False)
        assert set(opened.health().connectors.values()) == {ConnectorStatus.UNAVAILABLE}
        opened.serve(True)
        opened.serve(True)
        assert set(opened.health().connectors.values()) == {ConnectorStatus.AVAILABLE}


def test_what_the_profile_gives_no_commands_for_cannot_be_done(charger: LabCharger) -> None:
    bare = replace(charger.profile, out_of_service="", in_service="", config_format="", config_read="", config_write="")
    with session(charger, bare) as opened:
        assert not opened.can & (Can.OUT_OF_SERVICE | Can.CONFIG)


@pytest.mark.parametrize(("serving", "text"), [(False, Text.SERVICE_NOT_LEFT), (True, Text.SERVICE_NOT_BACK)])
def test_a_charger_that_does_not_obey_is_told(charger: LabCharger, serving: bool, text: Text) -> None:
    deaf = replace(charger.profile, out_of_service="false", in_service="false")
    with session(charger, deaf) as opened, pytest.raises(DeviceError) as error:
        opened.serve(serving)
    assert error.value.text is text and "status 1" in error.value.what


def test_a_charger_that_only_a_person_can_restart_asks_for_him(charger: LabCharger) -> None:
    before = charger.state.starts
    with session(charger, replace(charger.profile, restart_by_hand=True)) as opened:
        steps = list(opened.restart())
        assert steps == [ManualStep(Text.STEP_SWITCH_OFF_ON, EndedBy.DEVICE, "mains-switch")]
        assert opened.observe().running == "1.4.2"
    assert charger.state.starts == before, "no command was sent"


def test_a_restart_that_the_charger_refuses_is_told(charger: LabCharger) -> None:
    with session(charger, replace(charger.profile, restart="false")) as opened, pytest.raises(DeviceError) as error:
        finish(opened.restart())
    assert error.value.text is Text.RESTART_REFUSED
