"""Runs on the terminal until each has ended: phases, progress, steps for a person, what the health check found."""

import signal
from collections.abc import Sequence
from types import FrameType

from fieldtool.app.app import App
from fieldtool.app.views import RunState
from fieldtool.app.words import OUTCOMES, PHASES, ending_words
from fieldtool.cli.keyboard import Keyboard
from fieldtool.cli.output import Output, size, table
from fieldtool.core.clock import NEVER
from fieldtool.core.driver import EndedBy, ManualStep
from fieldtool.core.errors import ExitCode
from fieldtool.core.model import normal_serial
from fieldtool.update.run import Ending, Mark, Outcome, Phase
from fieldtool.update.validation import Finding, Grade

BAR = 24  # characters
REDRAW_SECONDS = 0.2
ASK_AGAIN_SECONDS = 2.0  # after an answer: a step that is still asked for then is another one
GRADES: dict[Grade, str] = {
    Grade.PASS: "pass",
    Grade.FAIL: "FAIL",
    Grade.WAIVED: "waived",
    Grade.NOT_APPLICABLE: "not applicable",
    Grade.NOT_CHECKED: "not checked",
}


def watch(app: App, serials: Sequence[str], output: Output, keyboard: Keyboard | None = None) -> list[ExitCode]:
    """Show progress until every run has ended. Ctrl+C once: stop where it is safe; twice: leave the runs open."""
    before = signal.getsignal(signal.SIGINT)
    presses = 0

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        nonlocal presses
        presses += 1
        if presses > 1:
            raise KeyboardInterrupt
        for serial in serials:
            app.stop(serial)
        output.say("Stopping where it is safe. Press Ctrl+C again to leave the runs open.")

    signal.signal(signal.SIGINT, interrupted)
    try:
        return _Follower(app, serials, output, keyboard or Keyboard()).follow()
    finally:
        signal.signal(signal.SIGINT, before)


class _Follower:
    """What was told already, so that everything is told once."""

    def __init__(self, app: App, serials: Sequence[str], output: Output, keyboard: Keyboard) -> None:
        self._app = app
        self._output = output
        self._wanted = [normal_serial(serial) for serial in serials]
        self._phases: dict[str, object] = {}
        self._found: dict[str, tuple[Finding, ...]] = {}
        self._questions = _Questions(app, output, keyboard)

    def follow(self) -> list[ExitCode]:
        endings: dict[str, Ending] = {}
        self._app.on_ended(lambda ending: endings.__setitem__(normal_serial(ending.serial), ending))
        while not all(serial in endings or not self._app.runs.busy(serial) for serial in self._wanted):
            states = self._states()
            self._tell(states)
            self._questions.put(states)
            self._output.redraw([progress_line(state) for state in states])
            self._app.clock.wait(NEVER, REDRAW_SECONDS)
        codes = []
        for serial in self._wanted:
            ending = self._app.runs.wait(serial)
            self._tell([state for state in self._states() if normal_serial(state.serial) == serial])
            codes.append(self._ended(ending))
        return codes

    def _states(self) -> list[RunState]:
        runs = self._app.board.runs()
        return [runs[serial] for serial in self._wanted if serial in runs]

    def _tell(self, states: Sequence[RunState]) -> None:
        for state in states:
            self._tell_findings(state)  # first: they are of the phase before
            self._tell_phase(state)

    def _tell_phase(self, state: RunState) -> None:
        now = (state.phase, state.waiting, len(state.spans))
        if self._output.live or state.outcome is not None or self._phases.get(state.serial) == now:
            return
        self._phases[state.serial] = now
        words = f"{state.serial}: {_stage(state)}{PHASES[state.phase]}"
        value = {
            "serial": state.serial, "phase": state.phase, "component": state.component, "stage": state.leg + 1,
            "stages": state.legs, "safety": state.safety, "waiting": state.waiting,
        }  # fmt: skip
        if state.waiting is not None:
            words += f" ({state.waiting.what} {state.waiting.remedy})"
        self._output.item(value, words)

    def _tell_findings(self, state: RunState) -> None:
        """At the end of a validation: every rule, its state first."""
        judged = [one for one in state.spans if one.phase is Phase.VALIDATE and one.mark in (Mark.OK, Mark.FAILED)]
        if not judged or not state.findings or self._found.get(state.serial) == state.findings:
            return
        if state.phase is Phase.VALIDATE and state.outcome is None and judged[-1] is not state.spans[-1]:
            return  # it is being validated again: these are not the last word
        self._found[state.serial] = state.findings
        component, version = _stage_of(state, judged[-1].leg)
        value = {"serial": state.serial, "component": component, "version": version, "findings": state.findings}
        head = f"{state.serial}: health check of {component} {version}".rstrip()
        self._output.item(value, f"{head}\n{findings_words(state.findings)}")

    def _ended(self, ending: Ending) -> ExitCode:
        value = {
            "serial": ending.serial, "outcome": ending.outcome, "from": ending.came_from, "to": ending.runs_now,
            "reason": ending.trouble, "run": ending.run, "undone": ending.undone,
        }  # fmt: skip
        words = ending_words(ending)
        if ending.undone:
            words += f"\n  Taken back: {', '.join(ending.undone)}."
        if ending.trouble is not None and ending.outcome is not Outcome.DONE:
            words += f"\n  {ending.trouble.safety.text.what()}\n  → {ending.trouble.remedy}"
        self._output.item(value, words)
        return ending.exit_code


class _Questions:
    """Steps for a person, one after the other: an Enter answers the one that was shown last, and no other."""

    def __init__(self, app: App, output: Output, keyboard: Keyboard) -> None:
        self._app, self._output, self._keyboard = app, output, keyboard
        self._told: dict[str, ManualStep] = {}
        self._answered: dict[str, float] = {}  # serial -> when, monotonic
        self._open: list[str] = []  # serials that wait for an Enter, the shown one first
        self._shown = ""

    def put(self, states: Sequence[RunState]) -> None:
        for state in states:
            self._look(state)
        if self._open and self._open[0] != self._shown:
            self._shown = self._open[0]
            self._output.say(f"{self._shown}: press Enter when it is done.")
            self._keyboard.listen()
        elif self._open and self._keyboard.entered():
            serial = self._open.pop(0)
            self._shown = ""
            self._answered[serial] = self._app.clock.monotonic()
            self._app.answer(serial)

    def _look(self, state: RunState) -> None:
        serial, step = state.serial, state.asked if state.outcome is None else None
        if step is None:
            self._forget(serial)
            return
        if serial in self._answered and self._app.clock.monotonic() - self._answered[serial] >= ASK_AGAIN_SECONDS:
            self._forget(serial)
        if self._told.get(serial) != step:
            self._forget(serial)
            self._told[serial] = step
            self._ask(state, step)

    def _forget(self, serial: str) -> None:
        self._told.pop(serial, None)
        self._answered.pop(serial, None)
        if serial in self._open:
            self._open.remove(serial)
            self._shown = "" if self._shown == serial else self._shown

    def _ask(self, state: RunState, step: ManualStep) -> None:
        value = {
            "serial": state.serial, "component": state.component, "asked": step.text.name, "what": step.what,
            "remedy": step.remedy, "ended_by": step.ended_by,
        }  # fmt: skip
        words = f"{state.serial}: your turn. {step.what}\n  → {step.remedy}"
        if step.ended_by is EndedBy.TECHNICIAN and self._can_answer:
            self._open.append(state.serial)
        elif step.ended_by is EndedBy.TECHNICIAN:
            words += (
                "\n  Somebody has to press Enter when it is done, and here is no terminal. Press Ctrl+C twice to leave"
                "\n  the run open, then go on in a terminal (fieldtool resume) or in the window."
            )
        self._output.note(value, words)

    @property
    def _can_answer(self) -> bool:
        return self._keyboard.there and not self._output.as_json


def findings_words(findings: Sequence[Finding]) -> str:
    rows = [(f"  {GRADES[one.grade]}", one.rule, _why(one)) for one in findings]
    head = ("  STATE", "RULE", "FOUND")
    return table(head, rows)


def _why(finding: Finding) -> str:
    waiver = finding.waiver
    return finding.reason.what + (f" {waiver.who}: {waiver.why}" if waiver is not None else "")


def _stage_of(state: RunState, leg: int) -> tuple[str, str]:
    """Component and version of one stage."""
    return state.stages[leg] if leg < len(state.stages) else (state.component, "")


def _stage(state: RunState) -> str:
    """Of a run in several stages, which one: "2/3 modem 1.1, "."""
    told = " ".join(_stage_of(state, state.leg)).rstrip()
    return f"{state.leg + 1}/{state.legs} {told}, " if state.legs > 1 else ""


def progress_line(state: RunState) -> str:
    """One line of the block that is drawn again and again."""
    head = f"{state.serial:<20} {_stage(state) + PHASES[state.phase]:<22} "
    if state.outcome is not None:
        return head + OUTCOMES[state.outcome]
    if state.asked is not None:
        return head + "waits for you"
    if state.waiting is not None:
        return head + state.waiting.what
    if not state.total:
        return head + (state.spans[-1].note if state.spans else "")
    share = min(1.0, state.done / state.total)
    filled = round(share * BAR)
    speed = f"  {size(state.rate)}/s" if state.rate else ""
    return f"{head}[{'#' * filled}{'.' * (BAR - filled)}] {share:4.0%}{speed}"
