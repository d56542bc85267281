"""Recovery: bringing back a charger that no longer boots, one instruction at a time, over its serial line."""

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from threading import Event

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedLayout

from fieldtool.app.recovery import RecoveryModel, RecoveryPlan
from fieldtool.app.views import Fleet, RunState
from fieldtool.core.driver import EndedBy, ManualStep, Progress
from fieldtool.core.errors import FieldtoolError
from fieldtool.core.model import normal_serial
from fieldtool.discovery.serial_ports import Port
from fieldtool.ui import names
from fieldtool.ui.job import Job
from fieldtool.ui.names import named
from fieldtool.ui.recovery_foot import Foot, choice_foot, decision_foot, guided, listening_foot, run_foot
from fieldtool.ui.recovery_words import (
    MAINS,
    STEPS,
    Cause,
    Step,
    held_words,
    holds,
    power_words,
    safety_words,
    step_of,
    steps,
    written,
)
from fieldtool.ui.run_words import is_recovery
from fieldtool.ui.screens.screen import Desk, Screen, forget
from fieldtool.ui.theme.look import LOOK, MONO_FAMILY
from fieldtool.ui.theme.tokens import GLOVE_TARGET
from fieldtool.ui.widgets.basics import Button, Callout, Label, card, columns, line, rows
from fieldtool.ui.widgets.recovery_choice import ChoicePage
from fieldtool.ui.widgets.recovery_drawing import drawn
from fieldtool.ui.widgets.recovery_instruction import InstructionPage
from fieldtool.ui.widgets.recovery_pages import DecisionPage, RunPage, run_title
from fieldtool.ui.widgets.recovery_parts import SerialLog, StepList
from fieldtool.ui.words import what, words
from fieldtool.update.approval import Approval
from fieldtool.update.run import Outcome

_STEPS_FROM, _LOG_FROM = 1300, 1120  # window widths from which these stand beside the instruction
_LOW = 700  # window height under which the drawing gives way


class At(Enum):
    """Where the screen is."""

    CHOOSE = 0
    LOOK = 1
    DECIDE = 2
    RUN = 3


class RecoveryScreen(Screen):
    _asked = Signal(object)  # ManualStep; emitted in a worker's thread, received on the GUI thread

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "")
        self._at = At.CHOOSE
        self._step: ManualStep | None = None  # what a person has to do now
        self._note = ""  # what the charger said last
        self._began = 0.0
        self._plan: RecoveryPlan | None = None
        self._approvals: tuple[Approval, ...] = ()
        self._serial, self._before = "", ""  # of the run; id of the run that was there before it
        self._busy = False
        self._ports: tuple[Port, ...] = ()
        self._log_open, self._width, self._why_held = False, 1440, ""
        self._done = Event()  # the technician has done the step
        self._job = Job(desk.background, self)
        self._job.stepped.connect(self._stepped)
        self._asked.connect(self._take_step)
        self._build()
        LOOK.changed.connect(self._take_look)
        self._take_look()
        desk.feed.fleet_changed.connect(self._fleet_changed)
        desk.feed.second_passed.connect(self._second)
        desk.feed.status_changed.connect(lambda _: self._show())
        self._show()

    # -- parts
    def _build(self) -> None:
        self._log_button = Button(self.tr("Serial log"), "file-text", "", named(names.RECOVERY_LOG_SHOW))
        self._log_button.clicked.connect(self._toggle_log)
        self._stop = Button("", "x", "", named(names.RECOVERY_STOP))
        self._stop.clicked.connect(self._stop_now)
        self.head.addWidget(self._log_button)
        self.head.addWidget(self._stop)
        self.steps = StepList()
        self._safe_head, self._safe = Label("", "capstrong", wrap=True), Label("", "caption", "muted", wrap=True)
        self._side = card(self.steps, None, line(), 8, self._safe_head, self._safe, margin=(18, 18, 16, 14))
        self._number, self._head = Label("", "capstrong", "muted"), Label("", "title", wrap=True)
        self._mains, self._power = Callout(), Callout()
        self.choice, self.instruction = ChoicePage(), InstructionPage()
        self.decision, self.run_page = DecisionPage(), RunPage()
        self._pages = QStackedLayout()
        for page in (self.choice, self.instruction, self.decision, self.run_page):
            self._pages.addWidget(page)
        self._foot = Callout()
        self._go = Button("", "", "primary", named(names.RECOVERY_LISTEN))
        self._go.clicked.connect(self._go_on)
        foot = columns((self._foot, 1), self._go, gap=12)
        top = rows(self._number, self._head, gap=2)
        self._main = card(top, self._mains, self._power, (self._pages, 1), foot, gap=10, margin=(22, 16, 22, 16))
        self.log = SerialLog()
        self._beside = columns(self._side, (self._main, 1), self.log, gap=12)
        self.body.addLayout(self._beside, 1)
        self.choice.changed.connect(self._show)
        self.choice.again.connect(self._ask_ports)
        self.instruction.cause_opened.connect(self._cause_opened)
        self.decision.second.approved.connect(self._approve)
        self.decision.second.file_chosen.connect(self._take_approval)
        self.decision.second.request_wanted.connect(self._write_request)
        self.run_page.waived.connect(self._waive)

    @Slot()
    def _take_look(self) -> None:
        """Gloves, wet hands: every target is 48 pixels here, whatever the setting."""
        inner, focus = GLOVE_TARGET - 2 * LOOK.stroke, GLOVE_TARGET - 4
        self.setStyleSheet(f"""
QPushButton, QLineEdit, QComboBox {{ min-height: {inner}px; }}
QPushButton:focus, QPushButton[kind="choice"]:checked, QLineEdit:focus, QComboBox:focus {{ min-height: {focus}px; }}
QPlainTextEdit {{ font-family: '{MONO_FAMILY}'; font-size: {LOOK.px(12)}px; }}
QPushButton[kind="icon"] {{ min-width: {inner}px; max-width: {inner}px; }}
QPushButton[kind="icon"]:focus {{ min-width: {focus}px; max-width: {focus}px; }}
""")
        self._side.setFixedWidth(LOOK.px(272))
        self._place()

    def adapt(self, width: int, height: int) -> None:
        self._width = width
        low = height < LOOK.px(_LOW)
        self.instruction.low(low)
        self._mains.show_answer("warn", "triangle-alert", words(MAINS[0]), "" if low else words(MAINS[1]))
        self._place()

    def _place(self) -> None:
        beside = self._width >= LOOK.px(_LOG_FROM)
        self._side.setVisible(self._width >= LOOK.px(_STEPS_FROM))
        self._log_button.setVisible(not beside)
        if self._log_open:
            self._log_button.show_words(self.tr("Back"), "chevron-left")
        else:
            self._log_button.show_words(self.tr("Serial log"), "file-text")
        self.log.setVisible(beside or self._log_open)
        self._main.setVisible(beside or not self._log_open)
        if beside:
            self.log.setFixedWidth(LOOK.px(292))
        else:
            self.log.setMinimumWidth(0)
            self.log.setMaximumWidth(16777215)

    @Slot()
    def _toggle_log(self) -> None:
        self._log_open = not self._log_open
        self._place()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.choice.show_models(self._models())
        self._ask_ports()
        self._fleet_changed(self.desk.feed.fleet)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._hold("")

    # -- what comes in
    def _models(self) -> tuple[RecoveryModel, ...]:
        return self.desk.app.recovery_models()

    @Slot()
    def _ask_ports(self) -> None:
        self.desk.background.run(
            self.desk.app.recovery_ports, self._take_ports, self.complain, owner=self, replaces="recovery ports"
        )

    def _take_ports(self, ports: tuple[Port, ...]) -> None:
        self._ports = ports
        self.choice.show_ports(ports)
        self.instruction.show_port(ports, self.choice.port)

    @Slot(object)
    def _cause_opened(self, cause: Cause) -> None:
        if cause is Cause.PORT:
            self._ask_ports()

    @Slot()
    def _second(self) -> None:
        if self.isVisible():
            self._show_log()
            if self._at is At.LOOK:
                self._show_foot()

    @Slot(object)
    def _fleet_changed(self, fleet: Fleet) -> None:
        """A recovery that goes on without this screen, after a restart, is taken up."""
        if not self.isVisible():
            return
        if self._at is At.CHOOSE and not self._job.running:
            going = [one for one in fleet.runs.values() if one.outcome is None and is_recovery(one)]
            if going:
                self._serial, self._before, self._at = going[0].serial, "", At.RUN
                self.instruction.show_profile(_profile_of(fleet, self._serial))
        self._show()

    def _run(self) -> RunState | None:
        run = self.desk.feed.fleet.runs.get(normal_serial(self._serial)) if self._serial else None
        return run if run is not None and run.run != self._before else None

    def begin(self, serial: str) -> None:
        """For this charger, unless another one is on the bench already."""
        run = self._run()
        if self._at is At.RUN and run is not None and run.outcome is not None and run.outcome is not Outcome.WAITING:
            self._begin_anew()
        if self._at is At.CHOOSE and not self._job.running:
            self.choice.expect(serial)

    # -- looking
    @Slot()
    def _go_on(self) -> None:
        """The one filled button: what it does depends on where the screen is."""
        run = self._run()
        if self._at is At.CHOOSE:
            self._listen()
        elif self._at is At.LOOK:
            self._step = None
            self._done.set()
            self._show()
        elif self._at is At.DECIDE:
            self._write()
        elif run is not None and run.outcome is None:
            self.desk.app.answer(run.serial)
        elif run is not None and run.outcome is Outcome.WAITING:
            self.desk.background.run(lambda: self.desk.app.resume(run.run), forget, self.complain, owner=self)
        else:
            self._begin_anew()

    def _listen(self) -> None:
        if self._job.running or self.choice.missing():
            return
        self.trouble.clear()
        self.log.clear()
        self.instruction.reset()
        self.instruction.show_profile(self.choice.profile)
        self._at, self._step, self._note, self._plan, self._approvals = At.LOOK, None, "", None, ()
        self._began = self.desk.clock.monotonic()
        self._done.clear()
        port, profile, serial, app = self.choice.port, self.choice.profile, self.choice.serial, self.desk.app
        self._job.start(
            lambda: guided(app.recovery_look(port, profile, serial), self._asked.emit, self._done, self.desk.clock),
            self._found,
            self._not_found,
            self._begin_anew,
        )
        self._show()

    @Slot(object)
    def _take_step(self, step: ManualStep) -> None:
        self._step = step
        self._done.clear()
        self._show()

    @Slot(object)
    def _stepped(self, progress: Progress) -> None:
        self._note = progress.note
        self._show_log()
        self._show_foot()

    def _found(self, plan: RecoveryPlan) -> None:
        """The bootloader answered: on without a click."""
        self._show_log()
        self._at = At.DECIDE
        self._take_plan(plan)

    def _not_found(self, error: FieldtoolError) -> None:
        self._show_log()
        self._at = At.CHOOSE
        self.complain(error)
        self._show()

    def _take_plan(self, plan: RecoveryPlan) -> None:
        self._plan = plan
        self.instruction.show_profile(plan.wire.profile)
        if not plan.only_unapproved:
            self._show_plan(())
        else:
            self.desk.background.run(self.desk.app.approvers, self._show_plan, self.complain, owner=self)

    def _show_plan(self, approvers: tuple[str, ...]) -> None:
        if self._plan is not None:
            self.decision.show_plan(self._plan, approvers)
        self._show()

    # -- the second person
    @Slot(str, str)
    def _approve(self, actor: str, pin: str) -> None:
        plan, app = self._plan, self.desk.app
        if plan is not None:
            self._agree(lambda: app.approve(app.recovery_request(plan), actor, pin))

    @Slot(object)
    def _take_approval(self, file: Path) -> None:
        self._agree(lambda: self.desk.app.approval_of(file))

    def _agree(self, work: Callable[[], Approval]) -> None:
        self.decision.second.busy(True)
        self.desk.background.run(work, self._agreed, self._not_agreed, owner=self)

    def _agreed(self, approval: Approval) -> None:
        """Whether it counts, the plan made with it tells."""
        plan = self._plan
        self.decision.second.busy(False)
        self.trouble.clear()
        self._approvals = (*self._approvals, approval)
        given = self._approvals
        if plan is not None:
            work = self.desk.app.recovery_plan
            self.desk.background.run(lambda: work(plan, given), self._take_plan, self.complain, owner=self)

    def _not_agreed(self, error: FieldtoolError) -> None:
        self.decision.second.busy(False)
        self.complain(error)

    @Slot(object)
    def _write_request(self, file: Path) -> None:
        plan = self._plan
        if plan is not None:
            work = self.desk.app.write_recovery_request
            self.desk.background.run(lambda: work(plan, file), forget, self.complain, owner=self)

    # -- writing
    def _write(self) -> None:
        plan = self._plan
        if plan is None or not plan.starts or self._busy:
            return
        self._busy = True
        before = self.desk.feed.fleet.runs.get(normal_serial(plan.serial))
        self._before = before.run if before is not None else ""
        self._show()
        self.desk.background.run(lambda: self.desk.app.recover(plan), self._begun, self._not_begun, owner=self)

    def _begun(self, serial: str) -> None:
        self._busy, self._serial, self._at = False, serial, At.RUN
        self._approvals = ()
        self._show()

    def _not_begun(self, error: FieldtoolError) -> None:
        self._busy = False
        self.complain(error)
        self._show()

    @Slot(str, str, str)
    def _waive(self, serial: str, rule: str, why: str) -> None:
        self.desk.background.run(lambda: self.desk.app.waive(serial, rule, why), forget, self.complain, owner=self)

    @Slot()
    def _stop_now(self) -> None:
        if self._at is At.LOOK:
            self._job.cancel()
        elif self._at is At.DECIDE:
            self._begin_anew()
        elif self._at is At.RUN:
            serial = self._serial
            self.desk.background.run(lambda: self.desk.app.stop(serial), forget, self.complain, owner=self)

    def _begin_anew(self) -> None:
        self._at, self._plan, self._serial, self._step = At.CHOOSE, None, "", None
        self._ask_ports()
        self._show()

    # -- show
    @Slot()
    def _show(self) -> None:
        run = self._run()
        guiding = self._at is At.LOOK or (run is not None and run.asked is not None and run.outcome is None)
        pages = {At.CHOOSE: self.choice, At.LOOK: self.instruction, At.DECIDE: self.decision, At.RUN: self.run_page}
        self._pages.setCurrentWidget(self.instruction if guiding else pages[self._at])
        self.run_page.show_run(run)
        now = self._now(run)
        self.steps.show_steps(steps(now, self._step_note(run), _state(run)))
        self._number.show_words(self.tr("Step {n} of {all}").format(n=STEPS.index(now) + 1, all=len(STEPS)))
        self._head.show_words(self._title(run))
        self._mains.setVisible(guiding or self._at is At.CHOOSE)
        told = power_words(self.desk.feed.status.laptop) if self._at is not At.RUN else None
        self._power.setVisible(told is not None)
        if told is not None:
            self._power.show_answer(*told)
        self._show_head(run)
        head, safe = safety_words(run)
        self._safe_head.show_words(head)
        self._safe.show_words(safe)
        self._show_foot()
        self._show_stop(run)
        self._show_log()
        self._hold(" ".join(held_words()) if holds(run) and self.isVisible() else "")

    def _now(self, run: RunState | None) -> Step:
        if self._at is At.RUN:
            return step_of(run) if run is not None else Step.WHO
        return {At.CHOOSE: Step.CABLE, At.LOOK: Step.BOOT, At.DECIDE: Step.WHO}[self._at]

    def _step_note(self, run: RunState | None) -> str:
        if self._at is At.LOOK:
            return self.tr("Waiting for the charger")
        if self._at is At.DECIDE:
            return self.tr("Your decision")
        return self.tr("Left open") if run is not None and run.outcome is Outcome.WAITING else ""

    def _title(self, run: RunState | None) -> str:
        if self._at is At.CHOOSE:
            return self.tr("Connect the cable and choose its port")
        if self._at is At.LOOK:
            if self._step is None:
                return self.tr("Asking whether its bootloader answers already")
            return drawn(self.choice.profile).title if self._step.ended_by is EndedBy.DEVICE else _told(self._step)
        if self._at is At.DECIDE:
            return self.tr("Is this the charger, and the image for it?")
        return run_title(run)

    def _show_head(self, run: RunState | None) -> None:
        name = run.name if run is not None else self._plan.name if self._plan is not None else ""
        self.title.show_words(self.tr("Recover {name}").format(name=name) if name else self.tr("Recovery"))
        if self._at is At.CHOOSE:
            self.sub.show_words(self.tr("For chargers that no longer boot. Nothing is written before you have agreed."))
        elif run is not None:
            self.sub.show_words(" · ".join(part for part in (run.serial, run.target) if part))
        else:
            self.sub.show_words(" · ".join(part for part in (self.choice.port, self.choice.serial) if part))

    def _show_stop(self, run: RunState | None) -> None:
        told, icon = self.tr("Cancel recovery"), "x"
        on = self._at in (At.LOOK, At.DECIDE) and not self._busy
        if self._at is At.RUN:
            on = run is not None and run.outcome is None and not run.stopping
            if run is not None and run.stopping and run.outcome is None:
                told, icon = self.tr("Stops after this step"), "pause"
            elif run is not None and written(run):
                told, icon = self.tr("Stop after this step"), "pause"
        self._stop.setVisible(self._at is not At.CHOOSE and not (run is not None and run.outcome is not None))
        self._stop.setEnabled(on)
        self._stop.show_words(told, icon)

    def _show_foot(self) -> None:
        """The one filled button, and in words why it is off or what goes on."""
        foot = self._foot_now(self._run())
        self._foot.setVisible(bool(foot.head))
        if foot.head:
            self._foot.show_answer(foot.kind, foot.icon, foot.head, foot.body)
        self._go.setVisible(bool(foot.button))
        if foot.button:
            self._go.setEnabled(foot.on)
            self._go.show_words(foot.button, foot.button_icon)
            self._go.setAccessibleName(named(foot.name))

    def _foot_now(self, run: RunState | None) -> Foot:
        if self._at is At.CHOOSE:
            return choice_foot(self.choice.missing(), self.choice.port)
        if self._at is At.DECIDE:
            return decision_foot(self._plan, self._busy)
        if self._at is At.LOOK:
            passed = self.desk.clock.monotonic() - self._began
            return listening_foot(self.choice.port, self._step, passed, self._note)
        if run is None:
            return Foot()
        asked = run.asked if run.outcome is None else None
        return listening_foot("", asked) if asked is not None else run_foot(run)

    def _show_log(self) -> None:
        if self._at is At.LOOK or self._serial:
            self.log.show_lines(self.desk.app.recovery_console(self._serial))

    def _hold(self, why: str) -> None:
        if why != self._why_held:
            self._why_held = why
            self.held.emit(why)


def _told(step: ManualStep) -> str:
    return what(step.text, dict(step.params))


def _profile_of(fleet: Fleet, serial: str) -> str:
    return next((row.profile for row in fleet.rows if row.serial == serial), "")


def _state(run: RunState | None) -> str:
    if run is None or run.outcome in (None, Outcome.WAITING):
        return "now"
    return "done" if run.outcome is Outcome.RECOVERED else "bad"
