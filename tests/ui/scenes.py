"""Moments of the new engine's life for the window: runs in stages, steps for a person, findings, plans with parts."""

from dataclasses import replace
from datetime import timedelta

from fieldtool.app.views import Level, PhaseSpan, PlanLine, Verdict
from fieldtool.core.driver import EndedBy, ManualStep
from fieldtool.core.errors import Safety
from fieldtool.core.model import Release, SiteRules
from fieldtool.core.rights import Action
from fieldtool.core.texts import Text
from fieldtool.update.run import Leg, Mark, Outcome, Phase
from fieldtool.update.validation import Finding, Grade, Waiver
from tests.ui.fake_app import NOW, FakeApp, ready, release, trouble, under_way

SWITCH = ManualStep(Text.STEP_SWITCH_OFF_ON, EndedBy.DEVICE, "mains-switch")
BY_HAND = ManualStep(Text.STEP_SWITCH_OFF_ON, EndedBy.TECHNICIAN, "mains-switch")
STAGES = (("main", "2.2.0"), ("main", "2.6.0"), ("modem", "1.1"))


def finding(rule: str, grade: Grade, text: Text, waiver: Waiver | None = None, **params: str | int | float) -> Finding:
    return Finding(rule, grade, trouble(text, **params), waiver)


FINDINGS = (
    finding("version", Grade.PASS, Text.VALIDATE_VERSION_OK, found="2.6.0"),
    finding("payload_hash", Grade.PASS, Text.VALIDATE_HASH_OK, found="2.6.0"),
    finding("connectors", Grade.PASS, Text.VALIDATE_CONNECTORS_OK, found="1 available, 2 available"),
    finding("command_response", Grade.PASS, Text.VALIDATE_RESPONDS_OK),
    finding("faults", Grade.PASS, Text.VALIDATE_FAULTS_OK),
    finding("clock", Grade.NOT_CHECKED, Text.VALIDATE_NOT_ASKED, what="clock"),
    finding(
        "checks",
        Grade.WAIVED,
        Text.VALIDATE_CHECKS,
        Waiver("checks", "Demo technician", "the reader was removed on purpose"),
        found="RFID reader",
    ),
    finding("meter", Grade.NOT_APPLICABLE, Text.VALIDATE_NONE, what="meter registers"),
    finding("backend", Grade.FAIL, Text.VALIDATE_BACKEND),
    finding("soak", Grade.NOT_CHECKED, Text.VALIDATE_SOAK_WAITS, found=348.0, expected=600.0),
)


def spans(*told: tuple[Phase, int, float, float | None]) -> tuple[PhaseSpan, ...]:
    """(phase, leg, minutes from NOW, until or None)."""
    made = []
    for phase, leg, began, ended in told:
        end = NOW + timedelta(minutes=ended) if ended is not None else None
        mark = Mark.OK if end is not None else Mark.ENTERED
        made.append(PhaseSpan(phase, NOW + timedelta(minutes=began), end, mark, leg=leg))
    return tuple(made)


def put_run(
    app: FakeApp, key: str, phase: Phase, *told: tuple[Phase, int, float, float | None], **more: object
) -> None:
    row = replace(app.rows[key], target="2.6.0", run=None)
    gone = spans(*told)
    app.put(under_way(row, gone, 0, 0, phase=phase, **more))


def runs(app: FakeApp) -> FakeApp:
    """Bay 01 is validated in stage 2 of 3, Bay 02 asks for a person, Bay 03 waits for a car, Bay 08 took stages back,
    Bay 04 asks for somebody who presses Done."""
    put_run(
        app,
        "HL180-24-007731",
        Phase.VALIDATE,
        (Phase.TRANSFER, 0, -30, -26),
        (Phase.INSTALL, 0, -26, -24),
        (Phase.CONFIRM, 0, -22, -21.8),
        (Phase.TRANSFER, 1, -21.8, -16),
        (Phase.INSTALL, 1, -16, -14),
        (Phase.RESTART, 1, -14, -12),
        (Phase.CONFIGURE, 1, -12, -11.5),
        (Phase.VALIDATE, 1, -11.5, None),
        leg=1,
        legs=3,
        stages=STAGES,
        findings=FINDINGS,
        waivable=frozenset({"backend"}),
        safety=Safety.OLD_IS_KEPT,
        target="2.6.0, modem 1.1",
    )
    put_run(
        app,
        "HL180-24-007742",
        Phase.RESTART,
        (Phase.TRANSFER, 0, -9, -6),
        (Phase.INSTALL, 0, -6, -2),
        (Phase.RESTART, 0, -2, None),
        asked=SWITCH,
        safety=Safety.KEEP_POWERED,
    )
    put_run(
        app,
        "HL180-23-004410",
        Phase.INSTALL,
        (Phase.TRANSFER, 0, -9, -6),
        (Phase.INSTALL, 0, -6, None),
        waiting=trouble(Text.WAITING_FOR_SESSION, found="connector 1 is charging"),
        safety=Safety.OLD_IS_KEPT,
    )
    put_run(
        app,
        "HL180-21-001198",
        Phase.RESTART,
        (Phase.TRANSFER, 0, -8, -6),
        (Phase.RESTART, 0, -6, None),
        asked=BY_HAND,
        safety=Safety.OLD_IS_KEPT,
    )
    put_run(
        app,
        "CP22-23-090412",
        Phase.ROLLED_BACK,
        (Phase.CONFIRM, 0, -30, -29),
        (Phase.CONFIRM, 1, -20, -19),
        (Phase.VALIDATE, 2, -12, -10),
        (Phase.ROLL_BACK, 2, -10, -8),
        (Phase.ROLL_BACK, 1, -8, -6),
        (Phase.ROLL_BACK, 0, -6, -4),
        leg=0,
        legs=3,
        stages=STAGES,
        undone=("modem", "main", "main"),
        outcome=Outcome.ROLLED_BACK,
        trouble=trouble(Text.VALIDATE_BACKEND, Safety.RETURNED),
    )
    return app


def _verdict(level: Level, text: Text, **params: str | int | float) -> Verdict:
    return Verdict(level, trouble(text, **params))


NOT_CHECKED = (
    _verdict(Level.INFO, Text.OTA_NOT_CHECKED),
    _verdict(Level.INFO, Text.CLOCK_NOT_CHECKED),
    _verdict(Level.INFO, Text.DNS_NOT_CHECKED),
)
KEPT = _verdict(Level.OK, Text.ROLLBACK_KEPT, found="1.9.7")
CACHED = _verdict(Level.OK, Text.ROLLBACK_CACHED, found="1.0")


def of(version: str, component: str, model: str, hardware: str) -> Release:
    return replace(release(version, model, hardware), component=component)


def line(
    app: FakeApp, key: str, component: str, found: str, versions: tuple[str, ...], *problems: Verdict, **more: object
) -> PlanLine:
    """A component that goes over `versions`; the worst of its problems first."""
    row = app.rows[key]
    legs = tuple(Leg(component, of(version, component, row.model, row.hardware), found) for version in versions)
    starts = problems[0].level in (Level.OK, Level.WARN)
    nothing = _verdict(Level.INFO, Text.ROLLBACK_NOT_NEEDED)
    made = PlanLine(
        row.key,
        row.serial,
        row.name,
        row.model,
        row.hardware,
        component,
        found,
        legs[-1].release,
        problems[0],
        KEPT if starts else nothing,
        (840, 1140) if starts else None,
        legs if starts else (),
        problems,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields by name


def plans(app: FakeApp) -> FakeApp:
    """Bay 04: two stages of main, then the modem. Bay 05: stopped by the hour, which the site lets one override."""
    four, five, ten = "HL180-21-001198", "HL180-19-000087", "CP22-25-118831"
    app.put(replace(app.rows[five], verdict=_verdict(Level.STOP, Text.OUTSIDE_WINDOW, found="Fri", opens="Mon")))
    closed = _verdict(Level.STOP, Text.OUTSIDE_WINDOW, found="Fri 20 Nov 10:14", opens="Fri 20 Nov 22:00")
    ok = _verdict(Level.OK, Text.READY, found="1.9.7", target="2.6.0")
    sick = _verdict(Level.WARN, Text.NOT_HEALTHY_BEFORE, found="RFID reader")
    dns = _verdict(Level.WARN, Text.DNS_FAILS)
    done = _verdict(Level.INFO, Text.UP_TO_DATE, found="1.1")
    app.lines = {
        four: (
            line(app, four, "main", "1.9.7", ("2.2.0", "2.6.0"), ok, *NOT_CHECKED, order=0, measured=True),
            line(app, four, "modem", "1.0", ("1.1",), sick, dns, *NOT_CHECKED, order=1, rollback=CACHED),
        ),
        five: (line(app, five, "main", "1.9.7", ("1.9.9",), closed, sick, *NOT_CHECKED),),
        ten: (
            line(app, ten, "main", "5.1.0", ("5.1.3",), ok, *NOT_CHECKED),
            line(app, ten, "modem", "1.1", ("1.1",), done),
        ),
    }
    app.rules = SiteRules(baseline=(("main", "2.6.0"),), overridable=frozenset({"OUTSIDE_WINDOW"}))
    return app


def second(app: FakeApp) -> FakeApp:
    """Bay 05 goes back to an older version, which two people answer for; linus may approve here."""
    five = "HL180-19-000087"
    missing = _verdict(Level.STOP, Text.APPROVAL_MISSING, action="downgrade", target="1.9.2 (main)")
    plain = line(app, five, "main", "1.9.7", ("1.9.2",), missing)
    leg = Leg("main", of("1.9.2", "main", plain.model, plain.hardware), "1.9.7")
    app.lines = {five: (replace(plain, legs=(leg,), second=frozenset({Action.DOWNGRADE})),)}
    app.pins = {"linus": "2468"}
    return app


__all__ = ["BY_HAND", "FINDINGS", "STAGES", "SWITCH", "finding", "line", "plans", "put_run", "ready", "runs", "second"]
