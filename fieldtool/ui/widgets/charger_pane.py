"""All about one charger: safe to unplug? who is it? its slots, its run, its log."""

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QStackedWidget, QWidget

from fieldtool.app.api import FieldApp
from fieldtool.app.recovery import RecoveryModel
from fieldtool.app.views import ChargerRow, Level, Presence, RunState
from fieldtool.core.clock import Clock
from fieldtool.core.errors import FieldtoolError, Trouble
from fieldtool.core.model import Slot
from fieldtool.core.texts import Text
from fieldtool.ui import names
from fieldtool.ui.background import Background
from fieldtool.ui.names import named
from fieldtool.ui.run_words import stage_words, undone_words
from fieldtool.ui.screens.screen import forget
from fieldtool.ui.theme.look import LOOK, font
from fieldtool.ui.unplug import unplug
from fieldtool.ui.widgets.basics import Button, ButtonRow, Callout, Label, Pill, columns, frame, rows, scroll
from fieldtool.ui.widgets.facts import Facts
from fieldtool.ui.widgets.findings import Findings
from fieldtool.ui.widgets.manual_step import ManualStepCard
from fieldtool.ui.widgets.timeline import Timeline
from fieldtool.ui.widgets.trouble import TroubleBox
from fieldtool.ui.words import ago_words, link_words, mark, model_words, words
from fieldtool.update.run import Outcome

_ROOMY = 600  # pixels of height from which on a manual step stands outside of what scrolls
PIN, SECRET = "pin", "secret"  # steps of Settings that a charger may be waiting for
_FIXES: Mapping[Text, tuple[str, str]] = {  # a changed key has none: first somebody has to confirm it
    Text.PIN_MISSING: (PIN, mark("Type the fingerprint")),
    Text.SECRET_MISSING: (SECRET, mark("Store the login")),
    Text.LOGIN_REFUSED: (SECRET, mark("Store another login")),
}


class ChargerPane(QWidget):
    failed = Signal(object)  # FieldtoolError of something asked for here
    set_up_wanted = Signal(str, str)  # step of Settings, serial
    recovery_wanted = Signal(str)  # serial

    def __init__(self, app: FieldApp, background: Background, clock: Clock) -> None:
        super().__init__()
        self.setAccessibleName(named(names.PANE))
        self._app, self._background, self._clock = app, background, clock
        self._row: ChargerRow | None = None
        self.title = Label("", "title")
        self.title.setWordWrap(True)
        self._sub = Label("", "body", "muted", wrap=True)
        self._callout = Callout()
        self._step = ManualStepCard()
        self._step.done.connect(self._answer)
        self._findings = Findings()
        self._findings.waived.connect(self._waive)
        self._undone = Label("", "body", "warn", wrap=True)
        self._facts = Facts()
        self._slots = _Slots()
        self._trouble = TroubleBox(clock)
        self._fix = Button("", "wrench", "", named(names.FIX))
        self._fix.clicked.connect(self._fix_it)
        self._back = Button(self.tr("Bring it back over its service cable"), "life-buoy", "", named(names.BRING_BACK))
        self._back.clicked.connect(self._bring_back)
        self._models = app.recovery_models()
        self._progress = Label("", "subtitle", wrap=True)
        self._timeline = Timeline()
        self._log = QPlainTextEdit()
        self._log.setReadOnly(True)
        self._log.setAccessibleName(named(names.LOG_TEXT))
        self._stop = Button(self.tr("Stop after this step"), "pause", "", named(names.STOP_ONE))
        self._log_button = Button(self.tr("Log"), "file-text", "", named(names.LOG))
        self._log_button.setCheckable(True)
        self._build()
        LOOK.changed.connect(self._take_font)
        self._take_font()

    def _build(self) -> None:
        inner = QWidget()
        run = (self._progress, self._undone, self._findings, self._timeline)
        parts = (self._trouble, self._fix, self._back, *run, self._facts, self._slots, None)
        self._moving = rows(*parts, gap=12, margin=(0, 0, 6, 0))
        inner.setLayout(self._moving)
        self._scroll = scroll(inner)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._scroll)
        self._stack.addWidget(self._log)
        head = rows(self.title, self._sub, gap=2)
        buttons = ButtonRow(self._stop, self._log_button)
        self._fixed = rows(head, self._callout, self._step, (self._stack, 1), buttons, gap=12)
        self.setLayout(self._fixed)
        self._stop.clicked.connect(self._stop_run)
        self._log_button.toggled.connect(self._show_log)

    @property
    def key(self) -> str:
        return self._row.key if self._row is not None else ""

    def show_row(self, row: ChargerRow | None) -> None:
        """Show this charger's newest state; cheap when nothing of it changed."""
        self.setVisible(row is not None)
        if row is None or row is self._row:
            self._row = row
            return
        other = self._row is None or self._row.key != row.key
        self._row = row
        self.title.show_words(row.name)
        self._sub.show_words(_subtitle(row))
        answer = unplug(row)
        self._callout.show_answer(answer.kind, answer.icon, answer.head, answer.body)
        self._facts.show_facts(_facts(row, self._clock))
        self._slots.show_slots(row.observed.slots if row.observed is not None else ())
        self._show_trouble(row)
        self._show_run(row.run)
        self._show_buttons(row)
        if other:
            self._log_button.setChecked(False)
            self._scroll.verticalScrollBar().setValue(0)

    def _show_run(self, run: RunState | None) -> None:
        undone = undone_words(run) if run is not None else ""
        self._show_step(run)
        self._undone.show_words(undone)
        self._undone.setVisible(bool(undone))
        self._findings.show_run(run)
        self._progress.show_words(stage_words(run) if run is not None else "")
        self._progress.setVisible(run is not None)
        self._timeline.setVisible(run is not None)
        self._timeline.show_run(run)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_step(self.height() >= LOOK.px(_ROOMY))

    def _place_step(self, roomy: bool) -> None:
        """It stays visible: over what scrolls, in a low pane as its first part."""
        layout = self._fixed if roomy else self._moving
        if layout.indexOf(self._step) < 0:
            (self._moving if roomy else self._fixed).removeWidget(self._step)
            layout.insertWidget(2 if roomy else 0, self._step)

    def _show_step(self, run: RunState | None) -> None:
        hidden = self._step.isHidden()
        self._step.show_run(run)
        if hidden and not self._step.isHidden():
            self._scroll.verticalScrollBar().setValue(0)

    def _answer(self, serial: str) -> None:
        self._background.run(lambda: self._app.answer(serial), forget, self.failed.emit, owner=self)

    def _waive(self, serial: str, rule: str, why: str) -> None:
        self._background.run(lambda: self._app.waive(serial, rule, why), forget, self.failed.emit, owner=self)

    def _show_buttons(self, row: ChargerRow) -> None:
        running = row.run is not None and row.run.outcome is None
        stopping = running and row.run is not None and row.run.stopping
        self._stop.setVisible(running)
        self._stop.setEnabled(running and not stopping)
        self._stop.show_words(
            self.tr("Stops after this step") if stopping else self.tr("Stop after this step"), "pause"
        )
        self._log_button.setVisible(row.run is not None)
        self._back.setVisible(_is_dead(row) and any(_is_of(row, one) for one in self._models))

    def _show_trouble(self, row: ChargerRow) -> None:
        found = _trouble_of(row)
        fix = _FIXES.get(found[0].text) if found is not None else None
        self._fix.setVisible(fix is not None)
        if found is None:
            self._trouble.clear()
            return
        trouble, kind = found
        self._trouble.show_trouble(trouble, _about(row), kind)
        if fix is not None:
            self._fix.show_words(words(fix[1]), "wrench")

    def _fix_it(self) -> None:
        row = self._row
        found = _trouble_of(row) if row is not None else None
        if row is not None and found is not None and found[0].text in _FIXES:
            self.set_up_wanted.emit(_FIXES[found[0].text][0], row.serial)

    def _bring_back(self) -> None:
        if self._row is not None:
            self.recovery_wanted.emit(self._row.serial)

    def _stop_run(self) -> None:
        if self._row is not None:
            serial = self._row.serial
            self._background.run(lambda: self._app.stop(serial), forget, self.failed.emit, owner=self)

    def _show_log(self, on: bool) -> None:
        self._stack.setCurrentIndex(1 if on else 0)
        if on and self._row is not None:
            serial = self._row.serial
            self._log.setPlainText(self.tr("Reading…"))
            self._background.run(
                lambda: self._app.log_lines(serial), self._put_log, self._log_failed, owner=self, replaces="log"
            )

    def _put_log(self, lines: tuple[str, ...]) -> None:
        self._log.setPlainText("\n".join(lines) or self.tr("Nothing was written yet."))
        bar = self._log.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _log_failed(self, error: FieldtoolError) -> None:
        self._log_button.setChecked(False)
        self.failed.emit(error)

    def _take_font(self) -> None:
        mono: QFont = font("mono")
        self._log.setStyleSheet(f"font-family: '{mono.family()}'; font-size: {mono.pixelSize()}px;")


def _is_dead(row: ChargerRow) -> bool:
    """May it be that it no longer boots? Not while a run still has hopes for it."""
    if row.run is not None and row.run.outcome is not Outcome.STUCK:
        return False
    return row.run is not None or row.presence in (Presence.EXPECTED, Presence.GONE)


def _is_of(row: ChargerRow, known: RecoveryModel) -> bool:
    return row.profile == known.profile or row.model in known.models


def _subtitle(row: ChargerRow) -> str:
    if not row.model:
        return model_words(row)
    return words("{model} · hardware {hardware}", model=row.model, hardware=row.hardware or words("not known"))


def _facts(row: ChargerRow, clock: Clock) -> Mapping[str, str]:
    _, kind, address = link_words(row)
    new = row.run.target if row.run is not None and not row.run.over else row.target
    firmware = row.running or words("Not known")
    facts = {
        words("Serial no."): row.serial or words("Not known"),
        words("Connection"): f"{kind} {address}",
        words("Firmware"): f"{firmware} → {new}" if new and new != row.running else firmware,
        words("Host key"): words("Pinned") if row.pinned else words("Not known"),
    }
    if row.observed is not None and row.observed.security_epoch is not None:
        facts[words("Epoch")] = str(row.observed.security_epoch)
    if row.presence in (Presence.GONE, Presence.EXPECTED):
        seen = row.last_seen
        facts[words("Last seen")] = ago_words((clock.now() - seen).total_seconds()) if seen else words("Never")
    return facts


def _about(row: ChargerRow) -> Mapping[str, str]:
    link = str(row.link) if row.link is not None else ""
    run = row.run.run if row.run is not None else ""
    return {"charger": row.name, "serial": row.serial, "model": row.model, "link": link, "run": run}


def _trouble_of(row: ChargerRow) -> tuple[Trouble, str] | None:
    """What needs saying about the charger, and how loud."""
    run = row.run
    if run is not None and run.waiting is not None and not run.over and run.waiting.text is not Text.QUEUED:
        return replace(run.waiting, safety=run.safety), "warn"  # why it waits, and what ends the waiting
    if run is not None and run.trouble is not None and run.outcome is not Outcome.DONE:
        calm = run.outcome is Outcome.ROLLED_BACK or run.outcome is None or run.outcome is Outcome.WAITING
        return run.trouble, "warn" if calm else "bad"
    if row.problem is not None:
        return row.problem, "idle" if row.presence in (Presence.EXPECTED, Presence.GONE) else "bad"
    if row.verdict is not None and row.verdict.level in (Level.STOP, Level.WARN):
        return row.verdict.reason, "bad" if row.verdict.level is Level.STOP else "warn"
    return None


class _Slots(QWidget):
    """Firmware slots as the charger tells them: which runs, which starts next."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(named(names.SLOTS))
        self._layout = rows(gap=6)
        self.setLayout(self._layout)
        self._shown: tuple[Slot, ...] = ()
        self.hide()

    def show_slots(self, slots: tuple[Slot, ...]) -> None:
        self.setVisible(bool(slots))
        if slots == self._shown:
            return
        self._shown = slots
        while (item := self._layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._layout.addWidget(Label(self.tr("Slots"), "subtitle"))
        for slot in slots:
            self._layout.addWidget(_slot_line(slot))


def _slot_line(slot: Slot) -> QFrame:
    icon, kind, state = {
        "good": ("circle-check", "ok", words("good")),
        "bad": ("circle-x", "bad", words("bad")),
    }.get(slot.state, ("circle-dashed", "idle", words("empty") if slot.state == "empty" else slot.state))
    notes = [words("runs now")] if slot.booted else []
    if slot.primary and not slot.booted:
        notes.append(words("starts next"))
    text = rows(
        Label(slot.version or words("Empty"), "numeric"),
        Label(" · ".join([slot.name, *notes]), "caption", "muted"),
    )
    return frame(columns((text, 1), Pill(icon, state, kind), gap=8, margin=(12, 6, 8, 6)), "inset")
