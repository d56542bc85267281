"""`fieldtool recover` at the terminal: one instruction at a time, an Enter only where only a person can tell."""

import io
import json
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fieldtool.app.recovery import RecoveryPlan
from fieldtool.cli.keyboard import Keyboard
from fieldtool.cli.output import Output
from fieldtool.cli.recover import guide, plan_value, plan_words, refusal
from fieldtool.core.addresses import parse_port
from fieldtool.core.driver import EndedBy, ManualStep, Progress
from fieldtool.core.errors import ExitCode, LinkError, Safety, Trouble, UsageError
from fieldtool.core.model import Identity, Link
from fieldtool.core.texts import Text
from fieldtool.update.preflight import Level, Verdict
from fieldtool.update.run import Wire
from tests.fakes import RELEASE

WHO = Identity("Lab", "CityPost 22", "R4", "S1", {})
BY_DEVICE = ManualStep(Text.STEP_SWITCH_OFF_ON, EndedBy.DEVICE, "mains-switch")
Looking = Generator[Progress | ManualStep, None, Identity]
BY_HAND = replace(BY_DEVICE, ended_by=EndedBy.TECHNICIAN)


class Clock:
    def wait(self, stop: object, seconds: float) -> bool:
        return False


class App:
    clock = Clock()


class Desk(Keyboard):
    """Somebody who presses Enter at the third look."""

    def __init__(self, there: bool = True) -> None:
        self.is_there, self.looks, self.listening = there, 0, False

    @property
    def there(self) -> bool:
        return self.is_there

    def listen(self) -> None:
        self.listening = True

    def entered(self) -> bool:
        assert self.listening, "what was typed before the question is no answer"
        self.looks += 1
        return self.looks >= 3


def steps(
    *told: Progress | ManualStep, closed: list[str] | None = None
) -> Generator[Progress | ManualStep, None, Identity]:
    try:
        yield from told
        return WHO
    finally:
        if closed is not None:
            closed.append("closed")


def outputs(as_json: bool = False) -> tuple[Output, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Output(as_json, out, err), out, err


def test_an_instruction_that_goes_on_is_told_once() -> None:
    output, _, err = outputs()
    told = steps(BY_DEVICE, BY_DEVICE, Progress(0, 0), BY_DEVICE)
    found = guide(App(), told, output, Desk())  # type: ignore[arg-type]  # stand-ins
    assert found == WHO
    assert err.getvalue().count("Switch the charger off") == 1 and "Press Enter" not in err.getvalue()


def test_where_only_a_person_can_tell_an_enter_is_waited_for() -> None:
    output, _, err = outputs()
    desk = Desk()
    guide(App(), steps(BY_HAND), output, desk)  # type: ignore[arg-type]  # stand-ins
    assert desk.looks == 3 and "Press Enter when it is done." in err.getvalue()


def test_where_nobody_can_press_enter_it_says_so_and_lets_go_of_the_line() -> None:
    closed: list[str] = []
    output, _, _ = outputs()
    with pytest.raises(UsageError) as error:
        guide(App(), steps(BY_HAND, closed=closed), output, Desk(there=False))  # type: ignore[arg-type]  # stand-ins
    assert error.value.text is Text.RECOVERY_NO_TERMINAL and closed == ["closed"]


def test_a_program_gets_each_instruction_as_a_line() -> None:
    output, out, _ = outputs(as_json=True)
    guide(App(), steps(BY_DEVICE), output, Desk())  # type: ignore[arg-type]  # stand-ins
    told = json.loads(out.getvalue())
    assert told["asked"] == "STEP_SWITCH_OFF_ON" and told["what"].startswith("Switch the charger off")


def test_a_line_that_breaks_is_told_and_let_go_of() -> None:
    def breaking() -> Looking:
        yield BY_DEVICE
        raise LinkError(Text.LINK_LOST, address="/dev/ttyUSB0", detail="unplugged")

    with pytest.raises(LinkError):
        guide(App(), breaking(), outputs()[0], Desk())  # type: ignore[arg-type]  # stand-ins


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        ("/dev/ttyUSB0", Link("serial", "/dev/ttyUSB0")),
        ("COM4", Link("serial", "COM4")),
        ("serial:///dev/ttyACM0", Link("serial", "/dev/ttyACM0")),
        ("serial-tcp://192.0.2.9:4001", Link("serial-tcp", "192.0.2.9:4001")),
    ],
)
def test_a_port_is_named_as_people_name_ports(typed: str, link: Link) -> None:
    assert parse_port(typed) == link


@pytest.mark.parametrize("typed", ["", "ttyUSB0", "/etc/passwd", "/dev/../etc/passwd", "serial-tcp://192.0.2.9"])
def test_what_is_no_port_is_refused(typed: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_port(typed)
    assert error.value.text is Text.ADDRESS_BAD


def plan(level: Level, text: Text, code: ExitCode = ExitCode.REFUSED) -> RecoveryPlan:
    params = (("target", RELEASE.label), ("serial", "S1")) if text is Text.RECOVERY_READY else ()
    found = Verdict(level, Trouble(text, params, Safety.UNTOUCHED, code))
    at = datetime(2026, 11, 20, tzinfo=UTC)
    return RecoveryPlan(Wire(Link("serial", "COM4"), "lab-uboot"), "S1", "Bay 01", WHO, RELEASE, (found,), at)


def test_a_plan_names_the_charger_its_hardware_the_file_and_what_speaks_against_it() -> None:
    words = plan_words(plan(Level.STOP, Text.CATALOGUE_NONE))
    assert "S1: Lab CityPost 22, hardware R4" in words and RELEASE.target in words
    assert Text.CATALOGUE_NONE.what() in words and Text.STANDS_ALONE.what() in words
    assert plan_value(plan(Level.OK, Text.RECOVERY_READY))["starts"] is True


def test_exit_codes_of_a_refusal_are_those_of_an_update() -> None:
    assert refusal(plan(Level.STOP, Text.CATALOGUE_NONE, ExitCode.TRUST)) is ExitCode.TRUST
    assert refusal(plan(Level.STOP, Text.CATALOGUE_NONE, ExitCode.ABANDONED)) is ExitCode.REFUSED
