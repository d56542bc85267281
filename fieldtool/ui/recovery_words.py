"""What a recovery does and asks, in words for the window: its six steps, and what to do when nothing answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from fieldtool.app.recovery import RecoveryPlan
from fieldtool.app.views import LaptopState, RunState
from fieldtool.discovery.serial_ports import Port
from fieldtool.ui.words import Sign, mark, outcome_sign, trouble_words, words
from fieldtool.update.run import Outcome, Phase

LOW_BATTERY = 30  # percent


class Step(Enum):
    """The six steps, as a person sees them."""

    CABLE = mark("Connect the service cable")
    BOOT = mark("Start the bootloader")
    WHO = mark("Identify the charger")
    WRITE = mark("Write the image")
    READ = mark("Read it back")
    START = mark("First start, health check")


STEPS = tuple(Step)
_NOTES = {
    Step.CABLE: mark("Port, model, serial number"),
    Step.BOOT: mark("Off and on, one instruction"),
    Step.WHO: mark("The image must fit it"),
    Step.WRITE: mark("Do not unplug anything"),
    Step.READ: mark("All of it is compared"),
    Step.START: mark("By its normal driver"),
}
STEP_OF = {
    Phase.PREFLIGHT: Step.WHO,
    Phase.CONNECT: Step.BOOT,
    Phase.IDENTIFY: Step.WHO,
    Phase.FIT: Step.WHO,
    Phase.WRITE: Step.WRITE,
    Phase.READ_BACK: Step.READ,
    Phase.START: Step.START,
    Phase.VALIDATE: Step.START,
    Phase.CONFIRM: Step.START,
}
_HOLDS = frozenset({Phase.WRITE, Phase.READ_BACK, Phase.START})


@dataclass(frozen=True, slots=True)
class Shown:
    """One step in the list."""

    state: str  # done, now, bad, todo
    title: str
    note: str


def written(run: RunState) -> bool:
    """May something have been written already?"""
    return any(span.phase is Phase.WRITE for span in run.spans) or run.phase is Phase.WRITE


def holds(run: RunState | None) -> bool:
    """Is the image being written, compared or started now? Not while a person or the charger is waited for."""
    if run is None or run.outcome is not None or run.asked is not None or run.waiting is not None:
        return False
    return run.phase in _HOLDS


def safety_words(run: RunState | None) -> tuple[str, str]:
    """How the charger is, and whether the cable may come off."""
    if run is None or (run.outcome is None and not written(run)):
        return words("The charger is not written yet"), words("You may cancel until step 4.")
    if run.outcome is Outcome.RECOVERED:
        return words("The charger runs its firmware again"), words("You may take the cable off.")
    if run.outcome in (Outcome.REFUSED, Outcome.ABANDONED):
        return words("The charger was not written"), words("It is as it was.")
    if run.outcome is Outcome.STUCK:
        return words("The charger may not start by itself"), words("Keep it powered, and call support.")
    return words("The image is on its way"), words("Leave power and cable as they are.")


def held_words() -> tuple[str, str]:
    """Why nobody should leave the screen, and until when."""
    return words("The image is being written."), words("Stay on this screen until it has started.")


def step_of(run: RunState) -> Step:
    """Where it is, or where it ended."""
    if run.phase in STEP_OF:
        return STEP_OF[run.phase]
    gone = [span.phase for span in run.spans if span.phase in STEP_OF]
    return STEP_OF[gone[-1]] if gone else Step.WHO


def steps(now: Step, note: str = "", state: str = "now") -> tuple[Shown, ...]:
    """All six. `note`: of the one that goes on; `state`: how that one is."""
    at = STEPS.index(now)
    return tuple(
        Shown(
            "done" if place < at or state == "done" else state if place == at else "todo",
            words(step.value),
            note if place == at and note else words(_NOTES[step]),
        )
        for place, step in enumerate(STEPS)
    )


def ended(run: RunState) -> Sign | None:
    return outcome_sign(run.outcome) if run.outcome is not None else None


def end_words(run: RunState) -> tuple[str, str, str, str]:
    """Kind, icon, what came of it, what now."""
    assert run.outcome is not None, "it has ended, or waits"
    sign = outcome_sign(run.outcome)
    trouble = (run.waiting or run.trouble) if run.outcome is Outcome.WAITING else run.trouble
    told, _, todo = trouble_words(trouble) if trouble is not None else ("", "", "")
    heads = {
        Outcome.RECOVERED: words(
            "{name} is recovered: it runs {version}", name=run.name, version=run.runs_now or run.target
        ),
        Outcome.REFUSED: words("Refused: nothing was written to {name}", name=run.name),
        Outcome.ABANDONED: words("Stopped: nothing was written to {name}", name=run.name),
        Outcome.STUCK: words("{name} needs more than this laptop can do", name=run.name),
        Outcome.WAITING: words("Left open: keep {name} powered and the cable plugged in", name=run.name),
    }
    head = heads.get(run.outcome, sign.word)
    if run.outcome is Outcome.RECOVERED:
        told = told or words("Its normal driver found it well. What the health check found stands below.")
    return sign.kind, sign.icon, head, f"{told} {todo}".strip()


def why_image(plan: RecoveryPlan) -> str:
    """Why this file and no other."""
    release = plan.release
    if release is None:
        return ""
    if not plan.stands_alone:
        return words("A work order names it for this charger.")
    if release.release_type == "golden":
        return words("It is made to bring this model and hardware back.")
    return words("It is the newest file here that is made for exactly this model and hardware.")


def power_words(laptop: LaptopState) -> tuple[str, str, str, str] | None:
    """What a person should know of the laptop's power before it begins; None where nothing speaks against it."""
    if laptop.on_mains or laptop.battery is None:
        return None
    head = words("The laptop runs on its battery, {n} %", n=laptop.battery)
    if laptop.battery < LOW_BATTERY:
        told = words("Connect it to mains first: under {n} % nothing is begun.", n=LOW_BATTERY)
        return "bad", "battery-charging", head, told
    return "warn", "battery-charging", head, words("Connect it to mains if you can.")


MAINS = (
    mark("Mains voltage behind the cover"),
    mark("Keep the cover shut. fieldtool asks for the breaker and the service port only."),
)


# ---- "it does not" --------------------------------------------------------------------------------------------------
class Cause(Enum):
    """Why nothing answers, the likely ones first."""

    CABLE = "cable"
    PORT = "port"
    TIMING = "timing"
    COUNTDOWN = "countdown"
    POWER = "power"


@dataclass(frozen=True, slots=True)
class Branch:
    button: str
    icon: str
    head: str
    checks: tuple[str, ...]


BRANCHES = {
    Cause.CABLE: Branch(
        mark("Cable"), "usb", mark("Cable and adapter"),
        (
            mark("Is it in the charger's service port, and firmly in?"),
            mark("Swap send and receive: they cross between adapter and charger."),
            mark("Does the adapter have the charger's voltage, and a common ground?"),
            mark("Try another cable. Many USB cables only charge."),
        ),
    ),
    Cause.PORT: Branch(
        mark("Port in use"), "link", mark("The port on this laptop"),
        (
            mark("Close other terminal programs, and the maker's own tool."),
            mark("Unplug the adapter: the port that goes away is the right one."),
            mark("Cancel, and choose the other port if this one stays silent."),
        ),
    ),
    Cause.TIMING: Branch(
        mark("Timing"), "clock", mark("Order and timing"),
        (
            mark("Listen first, then switch the charger on: its bootloader listens for a moment only."),
            mark("Stay off for the whole five seconds; capacitors keep it alive."),
            mark("Where the maker names a button: hold it before you switch on, and long enough."),
        ),
    ),
    Cause.COUNTDOWN: Branch(
        mark("No countdown"), "hourglass", mark("A bootloader that does not wait"),
        (
            mark("A bootdelay of 0 is caught at the first look: switch off and on once more."),
            mark("With -1 it waits at its prompt: the log shows it, and nothing is to be done."),
            mark("With -2 it is closed: only its maker's boot pins or recovery medium help."),
        ),
    ),
    Cause.POWER: Branch(
        mark("No power"), "plug-zap", mark("Power of the charger"),
        (
            mark("Is there any light at all? Check the breaker, the residual-current device, the main switch."),
            mark("Is the emergency stop released?"),
            mark("Without power on the controller only an electrician can go on."),
        ),
    ),
}  # fmt: skip


def port_words(port: Port) -> str:
    """What is to be known of a port, in a line or two."""
    if port.problem is None:
        return words("{name} · free, as far as can be seen", name=port.name)
    told, _, todo = trouble_words(port.problem)
    return f"{port.name} · {told} {todo}"


def port_now(ports: Sequence[Port], address: str) -> str:
    """How the chosen port is now."""
    found = next((one for one in ports if one.address == address), None)
    if found is None:
        return words("{port} is not in the list of this laptop's ports.", port=address)
    return f"{address}: {port_words(found)}"
