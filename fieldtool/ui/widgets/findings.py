"""What the validation found, a row for every rule: state word first, then the rule, then why."""

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from fieldtool.app.views import RunState
from fieldtool.ui import names, paint
from fieldtool.ui.names import named
from fieldtool.ui.run_words import (
    countdown,
    finding_words,
    grade_sign,
    may_waive,
    rule_word,
    soak_left,
    validation_title,
)
from fieldtool.ui.theme.look import LOOK, advance
from fieldtool.ui.widgets.basics import Button, Icon, Label, Sized, columns, restyle, rows
from fieldtool.ui.widgets.reason_field import ReasonField
from fieldtool.ui.words import words
from fieldtool.update.validation import Finding, Grade

_STATE = 88  # pixels for the state word


class Findings(QWidget):
    """Hidden until a validation has found something. Rows stay the same widgets while their words change."""

    waived = Signal(str, str, str)  # serial, rule, why

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(named(names.FINDINGS))
        self._title = Label("", "subtitle", wrap=True)
        self._soak = _Soak()
        self._layout = rows(gap=4)
        self.setLayout(rows(self._title, self._soak, self._layout, gap=8))
        self._rows: dict[str, _Row] = {}
        self._order: list[str] = []
        self._run = ""
        self.hide()

    def show_run(self, run: RunState | None) -> None:
        found = run.findings if run is not None else ()
        self.setVisible(bool(found))
        if run is None or not found:
            return
        if run.run != self._run:
            self._run = run.run
            self._drop(set())
        self._drop({one.rule for one in found})
        self._title.show_words(validation_title(run))
        self._soak.show_left(next((left for one in found if (left := soak_left(one)) is not None), None))
        for one in found:
            self._row(run, one.rule).show_finding(run, one)
        self._arrange([one.rule for one in sorted(found, key=lambda one: one.grade is not Grade.FAIL)])

    def _row(self, run: RunState, rule: str) -> "_Row":
        if rule not in self._rows:
            row = self._rows[rule] = _Row(rule)
            serial = run.serial
            row.reason.given.connect(lambda why: self.waived.emit(serial, rule, why))
        return self._rows[rule]

    def _drop(self, kept: set[str]) -> None:
        for rule in self._rows.keys() - kept:
            row = self._rows.pop(rule)
            self._layout.removeWidget(row)
            self._order = [one for one in self._order if one != rule]
            row.hide()
            row.deleteLater()

    def _arrange(self, order: list[str]) -> None:
        """Failures first. Nothing moves while the order stays."""
        if order == self._order:
            return
        self._order = order
        for at, rule in enumerate(order):
            self._layout.insertWidget(at, self._rows[rule])


class _Row(QFrame):
    def __init__(self, rule: str) -> None:
        super().__init__()
        name = rule_word(rule)
        self._icon = Icon("circle-help", "idle_text", 16)
        self._state = Label("", "capstrong", "idle", wrap=True)
        self._why = Label("", "caption", "text", wrap=True)
        self._waive = Button(self.tr("Waive"), "signature", "", named(names.WAIVE, rule=name))
        self.reason = ReasonField(
            self.tr("Waive"),
            "signature",
            named(names.WAIVE_WHY, rule=name),
            named(names.WAIVE_NOW, rule=name),
            named(names.WAIVE_NOT, rule=name),
        )
        self._waive.clicked.connect(self._ask)
        self.reason.closed.connect(self._closed)
        self.reason.given.connect(self._closed)
        self._may = False
        state = QWidget()
        state.setFixedWidth(LOOK.px(_STATE))
        state.setLayout(rows(columns(self._icon, (self._state, 1), gap=6), None))
        told = rows(Label(name, "capstrong", wrap=True), self._why, self._waive, self.reason, gap=2)
        self.setLayout(columns(state, (told, 1), gap=6, margin=(6, 5, 6, 5)))

    def show_finding(self, run: RunState, finding: Finding) -> None:
        sign, why = grade_sign(finding), finding_words(finding)
        self._icon.show_icon(sign.icon, f"{sign.kind}_text")
        self._state.show_words(sign.word, "muted" if sign.kind == "idle" else sign.kind)
        self._why.show_words(why)
        tint = "bad" if finding.grade is Grade.FAIL else ""
        if tint != (self.property("tint") or ""):
            restyle(self, tint=tint)
        self.setAccessibleName(f"{sign.word}: {rule_word(finding.rule)}. {why}")
        self._may = may_waive(run, finding)
        if not self._may:
            self.reason.close_field()
        self._closed()

    def _ask(self) -> None:
        self.reason.ask(words("It counts for this run. Your name and reason go into the audit log."))
        self._waive.hide()

    def _closed(self) -> None:
        self._waive.setVisible(self._may and self.reason.isHidden())


class _Soak(Sized):
    """How long everything has still to hold."""

    def __init__(self) -> None:
        super().__init__()
        self._left: tuple[float, float] | None = None
        self.hide()

    def show_left(self, left: tuple[float, float] | None) -> None:
        """Seconds left and in all; None hides it."""
        self.setVisible(left is not None)
        if left != self._left:
            self._left = left
            if left is not None:
                self.setAccessibleName(self._told(*left))
            self.update()

    @staticmethod
    def _told(left: float, whole: float) -> str:
        return words("{left} of {whole} left", left=countdown(left), whole=countdown(whole))

    def sizeHint(self) -> QSize:
        return QSize(LOOK.px(200), LOOK.px(34))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, LOOK.px(34))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._left is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = QRectF(0, 0, self.width(), LOOK.px(20))
        figure = self._told(*self._left)
        room = advance(figure, "strong", True) + 8
        paint.text(painter, line.adjusted(0, 0, -room, 0), words("Soak"), "body", "text2")
        paint.text(painter, line, figure, "strong", "accent_text", paint.RIGHT, tabular=True)
        left, whole = self._left
        share = 1.0 - left / whole if whole > 0 else 1.0
        height = 10 if LOOK.high_contrast else 8
        paint.bar(painter, QRectF(1, LOOK.px(23), self.width() - 2, height), share)
