"""What a run does and what its validation found, in words for the window."""

from collections.abc import Mapping

from fieldtool.app.views import RunState
from fieldtool.core.profile import MAIN
from fieldtool.core.texts import Text
from fieldtool.ui.words import Sign, mark, seconds_words, trouble_words, words
from fieldtool.update.run import Phase
from fieldtool.update.validation import Finding, Grade

_COMPONENTS: Mapping[str, str] = {
    "main": mark("Main controller"),
    "power": mark("Power module"),
    "modem": mark("Modem"),
    "payment": mark("Payment terminal"),
    "meter": mark("Meter"),
    "display": mark("Display"),
    "bootloader": mark("Bootloader"),
}
_RULES: Mapping[str, str] = {  # names of update.validation.RULES
    "version": mark("Version"),
    "payload_hash": mark("Content of the firmware"),
    "connectors": mark("Connectors"),
    "command_response": mark("Answer to a command"),
    "faults": mark("Faults"),
    "checks": mark("Checks of this model"),
    "resets": mark("Restarts"),
    "clock": mark("Clock"),
    "settings": mark("Settings"),
    "certificates": mark("Certificates"),
    "backend": mark("Central system"),
    "meter": mark("Meter registers"),
    "metering_checksum": mark("Metering software"),
    "soak": mark("Soak"),
}
_GRADES: Mapping[Grade, tuple[str, str, str]] = {
    Grade.PASS: ("ok", "circle-check", mark("Pass")),
    Grade.FAIL: ("bad", "circle-x", mark("Fail")),
    Grade.WAIVED: ("idle", "signature", mark("Waived")),
    Grade.NOT_APPLICABLE: ("idle", "minus", mark("Not applicable")),
    Grade.NOT_CHECKED: ("idle", "circle-help", mark("Not checked")),
}


_ON_ITS_LINE = frozenset({
    Phase.CONNECT, Phase.IDENTIFY, Phase.FIT, Phase.WRITE, Phase.READ_BACK, Phase.START,
})  # fmt: skip


def component_word(component: str) -> str:
    """A component that nobody has named yet is told by its own name."""
    told = _COMPONENTS.get(component)
    return words(told) if told is not None else component


def stage_of(run: RunState, leg: int) -> str:
    """What one stage of the run brings: "Modem 1.1"."""
    if leg >= len(run.stages):  # of a run that was begun by an earlier version
        return component_word(run.component)
    component, version = run.stages[leg]
    return words("{component} {version}", component=component_word(component), version=version)


def stage_words(run: RunState) -> str:
    """ "Stage 2 of 3 · Modem 1.1"; of a run in one stage only what it brings."""
    if run.over and run.legs > 1:
        return words("{n} stages", n=run.legs)
    told = stage_of(run, run.leg)
    return words("Stage {n} of {all} · {what}", n=run.leg + 1, all=run.legs, what=told) if run.legs > 1 else told


def main_target(run: RunState) -> str | None:
    """What the main controller shall run in the end; None when the run is about other components only."""
    if not run.stages:
        return run.target
    return next((version for component, version in reversed(run.stages) if component == MAIN), None)


def undone_words(run: RunState) -> str:
    """ "Taken back: Modem, Main controller"; empty when nothing was."""
    names = ", ".join(dict.fromkeys(component_word(one) for one in run.undone))
    return words("Taken back: {names}", names=names) if names else ""


def is_recovery(run: RunState) -> bool:
    """Is a charger brought back here that no longer booted? Only the steps on its serial line tell."""
    return run.phase in _ON_ITS_LINE or any(span.phase in _ON_ITS_LINE for span in run.spans)


def rule_word(rule: str) -> str:
    told = _RULES.get(rule)
    return words(told) if told is not None else rule


def waits(finding: Finding) -> bool:
    """Nothing is wrong, and it goes on to be watched."""
    return finding.reason.text is Text.VALIDATE_SOAK_WAITS and finding.grade is Grade.NOT_CHECKED


def grade_sign(finding: Finding) -> Sign:
    if waits(finding):
        return Sign("accent", "hourglass", words("Waiting"))
    kind, icon, word = _GRADES[finding.grade]
    return Sign(kind, icon, words(word))


def finding_words(finding: Finding) -> str:
    what = trouble_words(finding.reason)[0]
    if finding.waiver is None:
        return what
    return words("{what} {who}: {why}", what=what, who=finding.waiver.who, why=finding.waiver.why)


def may_waive(run: RunState, finding: Finding) -> bool:
    """Only while the validation goes on, and only what release and site let somebody waive."""
    open_ = finding.grade is Grade.FAIL or waits(finding)
    return open_ and run.phase is Phase.VALIDATE and run.outcome is None and finding.rule in run.waivable


def failing(run: RunState) -> tuple[Finding, ...]:
    """What fails in the validation that goes on now."""
    if run.outcome is not None or run.phase is not Phase.VALIDATE:
        return ()
    return tuple(one for one in run.findings if one.grade is Grade.FAIL)


def soak_left(finding: Finding) -> tuple[float, float] | None:
    """Seconds left and in all, while everything holds; None when nothing is counted down."""
    if not waits(finding):
        return None
    told = dict(finding.reason.params)
    held, whole = float(told.get("found", 0.0)), float(told.get("expected", 0.0))
    return max(0.0, whole - held), whole


def countdown(seconds: float) -> str:
    """ "4:12"; from an hour on in words."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}" if whole < 3600 else seconds_words(seconds)


def validation_title(run: RunState) -> str:
    """Whose findings these are: of a run in several stages the newest validation may be an earlier stage's."""
    legs = [span.leg for span in run.spans if span.phase is Phase.VALIDATE]
    if not legs or legs[-1] == run.leg:
        return words("Health check")
    return words("Health check: {what}", what=stage_of(run, legs[-1]))
