"""What `plan`, `update` and `resume` take and print: words for people, JSON for programs, Enter on a terminal only."""

import io
import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import pytest

from fieldtool.app.views import Level, OpenRun, PhaseSpan, PlanLine, RunState, SitePlan, Verdict
from fieldtool.cli.follow import findings_words, progress_line, watch
from fieldtool.cli.keyboard import Keyboard
from fieldtool.cli.output import Output
from fieldtool.cli.updates import add_arguments, open_words, plan_value, plan_words
from fieldtool.core.driver import EndedBy, ManualStep
from fieldtool.core.errors import ExitCode, Safety, Trouble
from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from fieldtool.update.run import Ending, Leg, Mark, Outcome, Override, Phase
from fieldtool.update.validation import Finding, Grade, Waiver
from tests.cli.fake_app import ScriptedApp

if TYPE_CHECKING:
    from fieldtool.app.app import App

NOW = datetime(2026, 11, 20, 10, 14, tzinfo=UTC)
STAGES = (("main", "2.6.0"), ("modem", "1.1"))
STEP = ManualStep(Text.STEP_SWITCH_OFF_ON, EndedBy.TECHNICIAN, "mains-switch")
BY_DEVICE = replace(STEP, ended_by=EndedBy.DEVICE)


class Typist:
    """A keyboard whose Enters a test presses."""

    def __init__(self, there: bool = True) -> None:
        self.there = there
        self.pressed = 0
        self.asked = 0

    def listen(self) -> None:
        self.asked += 1
        self.pressed = 0

    def entered(self) -> bool:
        self.pressed, was = max(0, self.pressed - 1), self.pressed
        return was > 0


def said(as_json: bool = False) -> tuple[Output, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Output(as_json, out, err), out, err


def state(serial: str = "CP-1", phase: Phase = Phase.RESTART, **more: object) -> RunState:
    made = RunState("r1", serial, "Bay 01", "1.0", "2.6.0, modem 1.1", phase, NOW, legs=2, stages=STAGES)
    return replace(made, **more)  # type: ignore[arg-type]  # fields by name


def ending(serial: str = "CP-1", outcome: Outcome = Outcome.DONE, **more: object) -> Ending:
    return replace(Ending("r1", serial, outcome, None, "1.0", "2.6.0"), **more)  # type: ignore[arg-type]  # as above


def follow(app: ScriptedApp, output: Output, keyboard: Typist, *serials: str) -> list[ExitCode]:
    return watch(cast("App", app), serials or ("CP-1",), output, cast(Keyboard, keyboard))


# -- arguments --------------------------------------------------------------------------------------------------------


def parser() -> ArgumentParser:
    made = ArgumentParser("fieldtool update")
    add_arguments(made)
    return made


def test_overrides_and_waivers_are_given_by_name_with_a_reason() -> None:
    args = parser().parse_args(
        ["CP-1", "--override", "outside-window=closed = today", "--override", "OTA_PENDING=withdrawn", "--waive",
         "backend=site is offline", "--component", "modem"]
    )  # fmt: skip
    assert dict(args.override) == {"OUTSIDE_WINDOW": "closed = today", "OTA_PENDING": "withdrawn"}
    assert dict(args.waive) == {"backend": "site is offline"}
    assert args.component == "modem"


@pytest.mark.parametrize("given", ["OUTSIDE_WINDOW", "OUTSIDE_WINDOW=", "OUTSIDE_WINDOW=  ", "=why"])
@pytest.mark.parametrize("option", ["--override", "--waive"])
def test_no_override_and_no_waiver_without_a_reason(
    option: str, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        parser().parse_args(["CP-1", option, given])
    assert end.value.code == 2
    assert "names no reason" in capsys.readouterr().err


def test_a_version_and_the_baseline_are_not_asked_for_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["CP-1", "--version", "1.5.0", "--baseline"])
    assert "not allowed with" in capsys.readouterr().err


# -- the plan ---------------------------------------------------------------------------------------------------------


def verdict(level: Level, text: Text, **params: str | int | float) -> Verdict:
    return Verdict(level, Trouble(text, tuple(params.items())))


def release(version: str, component: str) -> Release:
    return Release("t", 1, "ab", "Lab", ("CP",), ("R1",), component, version, "raucb", "cd")


def plan() -> SitePlan:
    ok = verdict(Level.OK, Text.READY, found="1.9.7", target="2.6.0")
    sick = verdict(Level.WARN, Text.DNS_FAILS)
    unknown = (verdict(Level.INFO, Text.OTA_NOT_CHECKED), verdict(Level.INFO, Text.DEVICE_DISK_NOT_CHECKED))
    kept = verdict(Level.OK, Text.ROLLBACK_KEPT, found="1.9.7")
    stones = tuple(Leg("main", release(version, "main"), "1.9.7") for version in ("2.2.0", "2.6.0"))
    modem = (Leg("modem", release("1.1", "modem"), "1.0"),)
    main_ = PlanLine(
        "k", "CP-1", "Bay 01", "CP", "R1", "main", "1.9.7", stones[-1].release, ok, kept, (840, 1140), stones,
        (ok, *unknown), 0,
    )  # fmt: skip
    other = replace(main_, component="modem", found="1.0", release=modem[0].release, legs=modem, order=1)
    other = replace(other, verdict=sick, problems=(sick, verdict(Level.WARN, Text.NTP_FAILS), *unknown))
    return SitePlan(NOW, (main_, other), (Override("OUTSIDE_WINDOW", "tech", "closed"),))


def test_the_table_has_a_line_for_every_component_with_its_stones_and_stages() -> None:
    told = plan_words(plan()).splitlines()
    assert told[0].split() == [
        "CHARGER",
        "SERIAL",
        "COMPONENT",
        "FROM",
        "TO",
        "STAGE",
        "VERDICT",
        "WAY",
        "BACK",
        "TIME",
    ]
    assert "2.2.0 → 2.6.0" in told[1] and "1-2 of 3" in told[1]
    assert "modem" in told[2] and "3 of 3" in told[2]


def test_what_was_found_besides_follows_the_table_and_what_was_not_checked_is_one_line() -> None:
    told = plan_words(plan())
    assert "  Bay 01 modem: warn: The charger does not reach its time server." in told
    assert "  Bay 01 main: not checked: ota, device disk" in told


def test_the_document_is_complete() -> None:
    output, out, _ = said(as_json=True)
    output.document(plan_value(plan()), str)
    told = json.loads(out.getvalue())
    assert [stage["to"] for stage in told["runs"][0]["stages"]] == ["2.2.0", "2.6.0", "1.1"]
    assert [problem["reason"]["code"] for problem in told["lines"][1]["problems"]][:2] == ["DNS_FAILS", "NTP_FAILS"]
    assert told["overrides"] == [{"problem": "OUTSIDE_WINDOW", "who": "tech", "why": "closed"}]


def test_what_resume_will_do_names_component_and_stage() -> None:
    left = OpenRun(
        "r",
        "CP-1",
        "Bay 01",
        "2.6.0, modem 1.1",
        Phase.INSTALL,
        NOW,
        Trouble(Text.RESUME_INSTALL),
        "modem",
        1,
        2,
        "1.1",
    )
    assert open_words(left).startswith("CP-1: stage 2 of 2, modem 1.1, at “Install”. The installation had begun.")


# -- findings ---------------------------------------------------------------------------------------------------------

FINDINGS = (
    Finding("version", Grade.PASS, Trouble(Text.VALIDATE_VERSION_OK, (("found", "2.6.0"),))),
    Finding("backend", Grade.WAIVED, Trouble(Text.VALIDATE_BACKEND), Waiver("backend", "tech", "offline")),
    Finding("clock", Grade.NOT_CHECKED, Trouble(Text.VALIDATE_NOT_ASKED, (("what", "clock"),))),
)


def test_every_rule_is_a_line_with_its_state_first() -> None:
    lines = findings_words(FINDINGS).splitlines()[1:]
    assert [line.split()[0] for line in lines] == ["pass", "waived", "not"]
    assert lines[1].endswith("tech: offline")


def judged(leg: int, mark: Mark) -> PhaseSpan:
    return PhaseSpan(Phase.VALIDATE, NOW, NOW, mark, leg=leg)


def test_findings_are_told_once_at_the_end_of_each_validation() -> None:
    def script(app: ScriptedApp) -> Iterator[None]:
        app.put(state(phase=Phase.VALIDATE, spans=(judged(0, Mark.ENTERED),), findings=FINDINGS[:1]))
        yield
        app.put(state(phase=Phase.CONFIRM, spans=(judged(0, Mark.OK),), findings=FINDINGS))
        yield
        yield
        spans = (judged(0, Mark.OK), judged(1, Mark.OK))
        app.put(state(phase=Phase.DONE, leg=1, component="modem", spans=spans, findings=FINDINGS[::-1]))

    output, out, _ = said()
    assert follow(ScriptedApp(script, [ending()]), output, Typist()) == [ExitCode.DONE]
    told = out.getvalue()
    assert told.count("health check of main 2.6.0") == 1
    assert told.count("health check of modem 1.1") == 1
    assert told.index("health check of modem") < told.index("CP-1: updated")


def test_the_end_says_what_was_taken_back_for_people_and_programs() -> None:
    back = ending(
        outcome=Outcome.ROLLED_BACK,
        trouble=Trouble(Text.FELL_BACK, (), Safety.RETURNED, ExitCode.ABANDONED),
        undone=("modem", "main"),
    )
    for as_json in (False, True):
        output, out, _ = said(as_json)
        code = follow(ScriptedApp(lambda app: iter(()), [back]), output, Typist())
        assert code == [ExitCode.ROLLED_BACK]
        told = out.getvalue()
        assert json.loads(told.splitlines()[-1])["undone"] == ["modem", "main"] if as_json else "modem, main." in told


# -- steps for a person -----------------------------------------------------------------------------------------------


def asking(app: ScriptedApp, step: ManualStep, looks: int, serial: str = "CP-1") -> Iterator[None]:
    """It asks until somebody answered, at most so many looks."""
    app.put(state(serial, asked=step))
    for _ in range(looks):
        yield
        if serial in app.answers:
            break
    app.put(state(serial))
    yield


def test_enter_answers_a_step_that_the_technician_ends() -> None:
    typist = Typist()

    def script(app: ScriptedApp) -> Iterator[None]:
        typist.pressed = 3  # before anything was asked: no answer
        for at, _ in enumerate(asking(app, STEP, 8)):
            if at == 4:
                assert app.answers == []
                typist.pressed = 1
            yield

    output, _, err = said()
    app = ScriptedApp(script, [ending()])
    follow(app, output, typist)
    assert app.answers == ["CP-1"]
    assert "CP-1: your turn. Switch the charger off" in err.getvalue()
    assert err.getvalue().count("press Enter when it is done") == 1


def test_two_chargers_ask_at_once_and_each_gets_its_own_enter() -> None:
    typist = Typist()

    def script(app: ScriptedApp) -> Iterator[None]:
        app.put(state("CP-2", asked=STEP))
        for at, _ in enumerate(asking(app, STEP, 30)):
            if at == 3:
                typist.pressed = 5  # a nervous finger: only one of them counts, the rest is forgotten
            yield
        assert len(app.answers) == 1
        yield
        typist.pressed = 1
        yield
        app.put(state("CP-2"))
        yield

    output, _, err = said()
    app = ScriptedApp(script, [ending(), ending("CP-2")])
    follow(app, output, typist, "CP-1", "CP-2")
    assert app.answers == ["CP-1", "CP-2"]
    assert typist.asked == 2
    assert err.getvalue().count("your turn") == 2


def test_a_step_that_the_charger_ends_asks_for_no_enter() -> None:
    typist = Typist()

    def script(app: ScriptedApp) -> Iterator[None]:
        for _ in asking(app, BY_DEVICE, 3):
            typist.pressed = 1
            yield

    output, _, err = said()
    app = ScriptedApp(script, [ending()])
    follow(app, output, typist)
    assert app.answers == [] and typist.asked == 0
    assert "fieldtool sees by itself when it is back." in err.getvalue()


@pytest.mark.parametrize(("as_json", "there"), [(False, False), (True, True), (True, False)])
def test_where_nobody_can_press_enter_no_answer_is_invented_and_it_is_said(as_json: bool, there: bool) -> None:
    typist = Typist(there)

    def script(app: ScriptedApp) -> Iterator[None]:
        for _ in asking(app, STEP, 20):
            typist.pressed = 1
            yield

    output, out, err = said(as_json)
    app = ScriptedApp(script, [ending()])
    follow(app, output, typist)
    assert app.answers == []
    if as_json:
        asked = [json.loads(line) for line in out.getvalue().splitlines() if "asked" in line]
        assert [(one["asked"], one["ended_by"]) for one in asked] == [("STEP_SWITCH_OFF_ON", "technician")]
    else:
        assert "Somebody has to press Enter" in err.getvalue()


def test_the_same_step_asked_again_needs_another_enter() -> None:
    typist = Typist()

    def script(app: ScriptedApp) -> Iterator[None]:
        app.put(state(asked=STEP))
        for at in range(60):
            typist.pressed = 1 if at in (3, 40) else typist.pressed
            yield

    output, _, err = said()
    app = ScriptedApp(script, [ending()])
    follow(app, output, typist)
    assert app.answers == ["CP-1", "CP-1"]
    assert err.getvalue().count("your turn") >= 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_keyboard_hears_enter_on_a_real_terminal_and_neither_what_came_before_nor_the_end() -> None:
    from pty import openpty

    master, slave = openpty()
    with open(slave, encoding="utf-8") as terminal:  # noqa: PTH123  # a file descriptor
        keyboard = Keyboard(terminal)
        assert keyboard.there
        os.write(master, b"typed before it was asked\n")
        keyboard.listen()
        assert not until(keyboard.entered, 0.2)
        os.write(master, b"\x04yes\n")  # Ctrl+D is the end of the input, and no answer
        assert until(keyboard.entered)
        os.write(master, b"too early\n")
        assert until(lambda: not keyboard._lines.empty())
        keyboard.listen()  # the next question
        os.write(master, b"\x04\x04\x04\x04")
        assert not until(keyboard.entered, 0.2)
        assert keyboard._thread is not None
        keyboard._thread.join(5)
        assert not keyboard._thread.is_alive()
    os.close(master)


def until(true: object, seconds: float = 5.0) -> bool:
    from threading import Event
    from time import monotonic

    deadline, pause = monotonic() + seconds, Event()
    while monotonic() < deadline:
        if true():  # type: ignore[operator]  # a question
            return True
        pause.wait(0.01)
    return False


def test_a_pipe_is_nobody() -> None:
    assert not Keyboard(io.StringIO("\n\n")).there


# -- progress ---------------------------------------------------------------------------------------------------------


def test_a_run_in_stages_says_in_which_it_is() -> None:
    told = progress_line(state(leg=1, component="modem", done=50, total=100))
    assert "2/2 modem 1.1, Restart charger" in told and "50%" in told
    assert "waits for you" in progress_line(state(asked=STEP))


def test_why_a_run_waits_and_what_ends_it_is_told_once() -> None:
    waiting = Trouble(Text.WAITING_FOR_SESSION, (("found", "connector 1 is charging"),))

    def script(app: ScriptedApp) -> Iterator[None]:
        app.put(state(waiting=waiting))
        yield
        yield

    output, out, _ = said()
    follow(ScriptedApp(script, [ending()]), output, Typist())
    assert out.getvalue().count("The update goes on when it is free. Waiting is safe.") == 1
