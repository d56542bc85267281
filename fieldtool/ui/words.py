"""Domain values in words for the window. Templates are translated first and formatted then."""

import html
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import QCoreApplication, QLocale

import fieldtool
from fieldtool.app.views import ChargerRow, DoctorLine, Level, Presence, RunState, Verdict
from fieldtool.core.clock import iso
from fieldtool.core.errors import FieldtoolError, Param, Trouble
from fieldtool.core.texts import Text
from fieldtool.update.run import NEXT, Outcome, Phase


@dataclass(frozen=True, slots=True)
class Sign:
    """An icon and a word for one state, with the kind (ok, warn, bad, idle, accent) that colours them."""

    kind: str
    icon: str
    word: str


class _Filled(string.Formatter):
    """Numbers with a fraction as the language of the window writes them: "1.5 MB", "1,5 MB"."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, float) and (places := _PLACES.fullmatch(format_spec)):
            return QLocale().toString(value, "f", int(places[1]))
        return str(super().format_field(value, format_spec))


_PLACES = re.compile(r"\.(\d+)f")
_filled = _Filled()


def words(template: str, /, **parts: object) -> str:
    """Translate, then fill in."""
    return _filled.vformat(QCoreApplication.translate("words", template), (), parts)


def mark(template: str) -> str:
    """Marks a template in a table: `words` translates it when it is shown. For whoever collects the templates."""
    return template


# ---- errors ---------------------------------------------------------------------------------------------------------
class _Params(dict[str, Param]):
    """Journals of earlier versions may lack a parameter that a text has since got: the window shows "?" for it."""

    def __missing__(self, name: str) -> Param:
        return "?"


def what(text: Text, params: Mapping[str, Param]) -> str:
    return QCoreApplication.translate("texts", text.value[0]).format_map(_Params(params))


def remedy(text: Text, params: Mapping[str, Param]) -> str:
    return QCoreApplication.translate("texts", text.value[1]).format_map(_Params(params))


def trouble_words(trouble: Trouble) -> tuple[str, str, str]:
    """What happened, is the charger safe, what to do now."""
    params = dict(trouble.params)
    return what(trouble.text, params), what(trouble.safety.text, {}), remedy(trouble.text, params)


def doctor_words(line: DoctorLine) -> tuple[str, str]:
    """What the self-test found, and what mends it; commands stay as they are typed."""
    if line.told is None:
        return line.finding, line.fix
    params = dict(line.told.params)
    mends = remedy(line.told.text, params) if line.fix == line.told.remedy else line.fix
    return what(line.told.text, params), mends


def as_trouble(error: FieldtoolError) -> Trouble:
    return error.trouble()


def details(trouble: Trouble, at: datetime, about: Mapping[str, str]) -> str:
    """What "Copy details" puts on the clipboard: English with codes, for whoever helps. Holds no secret."""
    lines = [f"fieldtool {fieldtool.__version__}", f"time: {iso(at)}"]
    lines += [f"{name}: {value}" for name, value in about.items() if value]
    lines += [f"code: {trouble.text.name}", f"safety: {trouble.safety.value}"]
    lines += [f"what: {trouble.text.value[0].format_map(_Params(trouble.params))}"]
    lines += [f"  {name} = {value}" for name, value in trouble.params]
    return "\n".join(lines)


def tip(told: str) -> str:
    """For tool tips, which Qt takes for HTML when they look like it: what a charger says is no markup."""
    return f"<qt>{html.escape(told)}</qt>" if "<" in told else told


# ---- phases ---------------------------------------------------------------------------------------------------------
_PHASES: Mapping[Phase, tuple[str, str]] = {  # in the pane, in a cell
    Phase.PREFLIGHT: (mark("Pre-checks"), mark("Checks")),
    Phase.BACKUP: (mark("Note the state before"), mark("Backup")),
    Phase.TRANSFER: (mark("Transfer firmware"), mark("Transfer")),
    Phase.VERIFY: (mark("Check what arrived"), mark("Verify")),
    Phase.INSTALL: (mark("Install"), mark("Install")),
    Phase.RESTART: (mark("Restart charger"), mark("Restart")),
    Phase.CONFIGURE: (mark("Bring back settings"), mark("Settings")),
    Phase.VALIDATE: (mark("Health check"), mark("Health check")),
    Phase.CONFIRM: (mark("Confirm new firmware"), mark("Confirm")),
    Phase.ROLL_BACK: (mark("Return to old firmware"), mark("Roll back")),
    Phase.CONNECT: (mark("Into the bootloader"), mark("Connect")),
    Phase.IDENTIFY: (mark("Ask who it is"), mark("Identify")),
    Phase.FIT: (mark("Check that the image fits"), mark("Check image")),
    Phase.WRITE: (mark("Write image"), mark("Write")),
    Phase.READ_BACK: (mark("Read back"), mark("Read back")),
    Phase.START: (mark("First start"), mark("First start")),
    Phase.DONE: (mark("Updated"), mark("Updated")),
    Phase.ROLLED_BACK: (mark("Rolled back"), mark("Rolled back")),
    Phase.REFUSED: (mark("Refused"), mark("Refused")),
    Phase.ABANDONED: (mark("Not changed"), mark("Not changed")),
    Phase.STUCK: (mark("Needs recovery"), mark("Needs recovery")),
    Phase.RECOVERED: (mark("Recovered"), mark("Recovered")),
}


def phase_title(phase: Phase) -> str:
    return words(_PHASES[phase][0])


def phase_word(phase: Phase) -> str:
    return words(_PHASES[phase][1])


_OUTCOMES: Mapping[Outcome, tuple[str, str, str]] = {
    Outcome.DONE: ("ok", "circle-check", mark("Updated")),
    Outcome.ROLLED_BACK: ("warn", "undo-2", mark("Rolled back")),
    Outcome.REFUSED: ("bad", "ban", mark("Refused")),
    Outcome.ABANDONED: ("idle", "circle-stop", mark("Not changed")),
    Outcome.STUCK: ("bad", "life-buoy", mark("Needs recovery")),
    Outcome.RECOVERED: ("ok", "circle-check", mark("Recovered")),
    Outcome.WAITING: ("warn", "clock", mark("Waits for it")),
}


def outcome_sign(outcome: Outcome) -> Sign:
    kind, icon, word = _OUTCOMES[outcome]
    return Sign(kind, icon, words(word))


# ---- verdicts -------------------------------------------------------------------------------------------------------
_SHORT: Mapping[Text, str] = {  # two words for a cell; the reason itself stands in the pane and in the plan
    Text.UP_TO_DATE: mark("Up to date"),
    Text.NO_RELEASE: mark("No release"),
    Text.WRONG_HARDWARE: mark("Hardware"),
    Text.WRONG_FORMAT: mark("Format"),
    Text.WRONG_MODEL: mark("Other model"),
    Text.MIN_FROM: mark("Step first"),
    Text.EPOCH_TOO_LOW: mark("Too old"),
    Text.SOMEBODY_CHARGES: mark("In use"),
    Text.INSTALLING_ALREADY: mark("Installing"),
    Text.NOT_HEALTHY_BEFORE: mark("Has a fault"),
    Text.RUN_OPEN: mark("Run is open"),
    Text.IMAGE_NOT_CACHED: mark("No image"),
    Text.NOT_IDENTIFIED: mark("Reading…"),
    Text.DOWNGRADE: mark("Older"),
    Text.NO_WAY_BACK: mark("No way back"),
    Text.NO_WAY_BACK_FROM_PATH: mark("No way back"),
    Text.WAY_BACK_EPOCH: mark("No way back"),
    Text.WRONG_MARKET: mark("Market"),
    Text.WRONG_BACKEND: mark("Backend"),
    Text.REQUIRES_UNMET: mark("Needs more"),
    Text.REQUIRES_UNKNOWN: mark("Needs more"),
    Text.REQUIRES_CYCLE: mark("Needs more"),
    Text.REQUIRED_BY: mark("Needed newer"),
    Text.STONE_NOT_CACHED: mark("No image"),
    Text.OTA_PENDING: mark("Other update"),
    Text.OUTSIDE_WINDOW: mark("Not now"),
    Text.OVERRIDDEN: mark("Overridden"),
    Text.NO_BASELINE: mark("No baseline"),
    Text.IN_BOOTLOADER: mark("Bootloader"),
    Text.DAMAGED_BEFORE: mark("Half written"),
    Text.RESERVED: mark("Reserved"),
    Text.LAPTOP_POWER: mark("Low battery"),
    Text.LAPTOP_DISK: mark("Disk is full"),
    Text.NOT_SELECTED: mark("Not selected"),
    Text.NO_ROOT: mark("No trust"),
    Text.PIN_MISSING: mark("Key unknown"),
    Text.PIN_CHANGED: mark("Key changed"),
    Text.SECRET_MISSING: mark("No login"),
    Text.LOGIN_REFUSED: mark("Login refused"),
    Text.PROFILE_DISAGREES: mark("Wrong profile"),
    Text.PROFILE_UNKNOWN: mark("No profile"),
    Text.OTHER_CHARGER: mark("Other charger"),
    Text.NO_SERIAL: mark("No serial"),
    Text.LINK_UNREACHABLE: mark("Silent"),
    Text.LINK_LOST: mark("Link lost"),
    Text.CHARGER_NOT_SEEN: mark("Not found"),
    Text.GRANT_NOT_ORDERED: mark("Not ordered"),
    Text.GRANT_ORDER_ENDED: mark("Order ended"),
    Text.GRANT_IMAGE_DENIED: mark("Denied"),
    Text.GRANT_LAPTOP_DENIED: mark("Denied"),
    Text.GRANT_NONE: mark("No grant"),
    Text.GRANT_WITHDRAWN: mark("No grant"),
    Text.GRANT_ELSEWHERE: mark("No grant"),
    Text.GRANT_EXPIRED: mark("Grant ended"),
    Text.GRANT_NOT_YET: mark("Not yet"),
    Text.GRANT_USED_UP: mark("Used up"),
    Text.GRANT_DOWNGRADE: mark("Older"),
    Text.GRANT_WAY_BACK: mark("No way back"),
    Text.APPROVAL_MISSING: mark("Two people"),
    Text.EPOCH_UNKNOWN: mark("Epoch unknown"),
}


def short_reason(text: Text, fallback: str) -> str:
    short = _SHORT.get(text)
    return words(short) if short is not None else fallback


def verdict_sign(row: ChargerRow) -> Sign:
    """The verdict cell of the list: may it be updated, and in two words why not."""
    if row.presence is Presence.EXPECTED:
        return Sign("idle", "circle-help", words("Not found"))
    if row.presence is Presence.GONE:
        return Sign("idle", "circle-help", words("Silent"))
    if row.presence is Presence.SIGHTED:
        return Sign("idle", "loader-circle", words("Reading…"))
    if row.problem is not None:
        return Sign("bad", "shield-x", short_reason(row.problem.text, words("Problem")))
    if row.verdict is None:
        return Sign("idle", "loader-circle", words("Checking…"))
    return level_sign(row.verdict)


def level_sign(verdict: Verdict) -> Sign:
    text = verdict.reason.text
    if verdict.level is Level.OK:
        return Sign("ok", "shield-check", words("Compatible"))
    if verdict.level is Level.INFO:
        return Sign("idle", "check", short_reason(text, words("Nothing to do")))
    if verdict.level is Level.WARN:
        icon = "battery-charging" if text is Text.SOMEBODY_CHARGES else "triangle-alert"
        return Sign("warn", icon, short_reason(text, words("Allowed")))
    return Sign("bad", "ban", short_reason(text, words("Blocked")))


def plan_word(verdict: Verdict) -> Sign:
    """The verdict in the plan, where its reason stands below it."""
    sign = level_sign(verdict)
    if verdict.level is Level.OK:
        return Sign("ok", "shield-check", words("Allowed"))
    if verdict.level is Level.WARN:
        if verdict.reason.text is Text.SOMEBODY_CHARGES:
            return Sign("accent", "clock", words("Allowed, waits"))
        return Sign("warn", "triangle-alert", words("Allowed, with a note"))
    if verdict.level is Level.STOP:
        return Sign("bad", "ban", words("Blocked: {reason}", reason=sign.word.lower()))
    return sign


def rollback_sign(verdict: Verdict) -> Sign:
    table = {
        Level.OK: ("ok", "archive-restore", mark("Ready")),
        Level.INFO: ("idle", "minus", mark("Not needed")),
        Level.WARN: ("warn", "archive-restore", mark("With a note")),
        Level.STOP: ("bad", "ban", mark("None")),
    }
    kind, icon, word = table[verdict.level]
    return Sign(kind, icon, words(word))


# ---- cells ----------------------------------------------------------------------------------------------------------
def health_sign(row: ChargerRow) -> Sign:
    run = row.run
    if run is not None and run.outcome is Outcome.STUCK:
        return Sign("bad", "octagon-x", words("No answer") if row.presence is Presence.GONE else words("Stuck"))
    if run is not None and run.outcome is Outcome.WAITING:
        return Sign("idle", "minus", "")
    if run is not None and not run.over and run.phase in _WRITES:
        return Sign("accent", "refresh-cw", words("Busy"))
    if row.presence is not Presence.READY:
        return Sign("idle", "minus", "")
    if row.observed is not None and row.observed.in_use:
        return Sign("accent", "battery-charging", words("Charging"))
    if row.health is None:
        return Sign("idle", "minus", "")
    if row.health.ok:
        return Sign("ok", "heart-pulse", words("Healthy"))
    named = (*row.health.failed_checks, *row.health.faults)
    return Sign("warn", "triangle-alert", words("Fault") if len(named) != 1 or len(named[0]) > 12 else named[0])


_WRITES = frozenset({Phase.INSTALL, Phase.RESTART, Phase.CONFIGURE, Phase.VALIDATE, Phase.CONFIRM, Phase.ROLL_BACK})


def run_sign(run: RunState) -> Sign:
    """What a run does now, or how it ended."""
    if run.outcome is not None:
        return outcome_sign(run.outcome)
    if run.asked is not None:
        return Sign("accent", "hand", words("Your turn"))
    if run.waiting is not None and run.waiting.text is Text.QUEUED:
        return Sign("idle", "layers", words("Queued"))
    if run.waiting is not None:
        kept = run.waiting.text in (Text.WAITING_FOR_SESSION, Text.SOMEBODY_CHARGES)
        return Sign("warn", "clock", words("After session") if kept else words("Waits for it"))
    if run.phase is Phase.ROLL_BACK:
        return Sign("warn", "undo-2", phase_word(run.phase))
    return Sign("accent", "refresh-cw", phase_word(run.phase))


def share(run: RunState) -> float | None:
    """Progress of the current phase, 0 to 1; None when its extent is unknown."""
    return min(1.0, run.done / run.total) if run.total > 0 else None


def progress(run: RunState) -> float:
    """How far a run is, 0 to 1, each phase and each stage counted alike."""
    if run.over:
        return 1.0
    phases = list(NEXT)
    at = phases.index(run.phase) if run.phase in NEXT else len(phases) - 1
    return (run.leg + (at + (share(run) or 0.0)) / len(phases)) / run.legs


def percent(part: float) -> str:
    return words("{n} %", n=int(part * 100))


# ---- quantities -----------------------------------------------------------------------------------------------------
def seconds_words(seconds: float) -> str:
    if seconds < 60:
        return words("{n} s", n=max(1, round(seconds)))
    if seconds < 3600:
        return words("{n} min", n=round(seconds / 60))
    return words("{h} h {m:02d}", h=int(seconds // 3600), m=int(seconds % 3600 // 60))


def range_words(fast: float, slow: float) -> str:
    """A duration as a range: "6-9 min"."""
    if slow < 90:
        low, high = max(1, round(fast)), max(1, round(slow))
        return words("{n} s", n=low) if low == high else words("{a}–{b} s", a=low, b=high)
    if slow < 3600:
        low, high = max(1, round(fast / 60)), max(1, round(slow / 60))
        return words("{n} min", n=low) if low == high else words("{a}–{b} min", a=low, b=high)
    return words("{a} to {b}", a=seconds_words(fast), b=seconds_words(slow))


def ago_words(seconds: float) -> str:
    if seconds < 5:
        return words("just now")
    if seconds < 60:
        return words("{n} s ago", n=int(seconds))
    if seconds < 3600:
        return words("{n} min ago", n=int(seconds // 60))
    if seconds < 2 * 86400:
        return words("{n} h ago", n=int(seconds // 3600))
    return words("{n} days ago", n=int(seconds // 86400))


def size_words(size: float) -> str:
    if size < 1_000_000:
        return words("{n} KB", n=max(1, round(size / 1000)) if size else 0)
    if size < 1_000_000_000:
        return words("{n:.1f} MB", n=size / 1e6)
    return words("{n:.1f} GB", n=size / 1e9)


def clock_words(moment: datetime, seconds: bool = False) -> str:
    return moment.astimezone().strftime("%H:%M:%S" if seconds else "%H:%M")


def day_words(moment: datetime) -> str:
    day = moment.astimezone()
    return words("{year:04d}-{month:02d}-{day:02d}", year=day.year, month=day.month, day=day.day)


def link_words(row: ChargerRow) -> tuple[str, str, str]:
    """Icon, kind of connection, address."""
    if row.link is None:
        return "circle-dashed", words("None"), words("not seen")
    address = row.link.address.removesuffix(":22")
    kinds = {
        "ssh": ("ethernet-port", words("LAN")),
        "serial": ("usb", words("USB")),
        "serial-tcp": ("usb", words("Serial")),
        "ocpp": ("radio-tower", "OCPP"),
    }
    icon, kind = kinds.get(row.link.scheme, ("link", row.link.scheme.upper()))
    return icon, kind, address


def model_words(row: ChargerRow) -> str:
    if not row.model:
        return words("Model not known yet") if row.presence is Presence.SIGHTED else row.profile or words("Not known")
    return words("{model} · {hardware}", model=row.model, hardware=row.hardware) if row.hardware else row.model
