"""The line at the foot of the Recovery screen with its one filled button; and who leads through a bootloader."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from threading import Event

from fieldtool.app.recovery import RecoveryPlan
from fieldtool.app.views import RunState
from fieldtool.core.clock import Clock
from fieldtool.core.driver import EndedBy, ManualStep, Progress
from fieldtool.ui import names
from fieldtool.ui.recovery_words import held_words, holds
from fieldtool.ui.words import remedy, seconds_words, what, words
from fieldtool.update.run import Outcome

_LOOK = 0.1  # seconds between two looks whether somebody has pressed Done


@dataclass(frozen=True, slots=True)
class Foot:
    """Nothing to say without a head, nothing to press without a button."""

    kind: str = "accent"
    icon: str = "info"
    head: str = ""
    body: str = ""
    button: str = ""
    button_icon: str = ""
    name: str = ""
    on: bool = True


def choice_foot(missing: str, port: str) -> Foot:
    """`missing`: what is still to be chosen, in words."""
    button = words("Start listening")
    if missing:
        return Foot("idle", "info", missing, "", button, "play", names.RECOVERY_LISTEN, on=False)
    head, body = words("fieldtool types only into {port}", port=port), words("Nothing is written in this step.")
    return Foot("accent", "usb", head, body, button, "play", names.RECOVERY_LISTEN)


def listening_foot(port: str, step: ManualStep | None, passed: float = 0.0, note: str = "") -> Foot:
    """`note`: what the charger said last."""
    if step is not None and step.ended_by is EndedBy.TECHNICIAN:
        head = words("It goes on when you press Done.")
        body = remedy(step.text, dict(step.params))
        return Foot("accent", "hand", head, body, words("Done"), "check", names.RECOVERY_DONE)
    if port:
        head = words("Listening on {port} for {time}", port=port, time=seconds_words(passed))
    else:
        head = words("Listening")
    heard = words("Heard: {words}", words=note[:80]) if note else ""
    return Foot("accent", "radar", head, heard or words("It goes on by itself when the charger answers."))


def decision_foot(plan: RecoveryPlan | None, busy: bool) -> Foot:
    button = words("Write the image")
    if busy or plan is None:
        return Foot("idle", "hourglass", words("Starting…"), "", button, "download", names.RECOVERY_WRITE, on=False)
    if not plan.starts:
        reason = plan.verdict.reason
        head, body = words("It cannot be written"), what(reason.text, dict(reason.params))
        return Foot("idle", "ban", head, body, button, "download", names.RECOVERY_WRITE, on=False)
    head = words("From here on do not unplug anything")
    body = words("Compare the serial number with the label first.")
    return Foot("accent", "plug-zap", head, body, button, "download", names.RECOVERY_WRITE)


def run_foot(run: RunState) -> Foot:
    if run.outcome is None:
        return Foot("warn", "hand", *held_words()) if holds(run) else Foot()
    if run.outcome is Outcome.WAITING:
        head = words("It goes on from what the charger has.")
        return Foot("accent", "play", head, "", words("Go on"), "play", names.RECOVERY_RESUME)
    head = words("What was done stands in the audit log.")
    button = words("Another charger") if run.outcome is Outcome.RECOVERED else words("Begin again")
    return Foot("accent", "file-text", head, "", button, "life-buoy", names.RECOVERY_OVER)


def guided(
    going: Generator[Progress | ManualStep, None, RecoveryPlan],
    tell: Callable[[ManualStep], None],
    done: Event,
    clock: Clock,
) -> Generator[Progress | ManualStep, None, RecoveryPlan]:
    """Each instruction is told once; one that only a person can end waits for `done`. Closing it closes the line."""
    shown: ManualStep | None = None
    with closing(going):
        while True:
            try:
                step = next(going)
            except StopIteration as end:
                result: RecoveryPlan = end.value
                return result
            if isinstance(step, Progress):
                yield step
                continue
            if step != shown:
                shown = step
                tell(step)
                yield Progress(0, 0)
                while step.ended_by is EndedBy.TECHNICIAN and not clock.wait(done, _LOOK):
                    yield Progress(0, 0)
