"""Parts of the Recovery screen that stand beside the instruction: its six steps, and the serial log."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from fieldtool.ui import names, paint
from fieldtool.ui.names import named
from fieldtool.ui.recovery_words import Shown
from fieldtool.ui.theme.icons import paint_icon
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.widgets.basics import Button, Label, Sized, columns, restyle, rows
from fieldtool.ui.words import words

_LINES = 400  # of the log that are shown
_KINDS = {"done": "ok", "now": "accent", "bad": "bad"}


class StepList(QWidget):
    """The six steps from top to bottom."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(named(names.RECOVERY_STEPS))
        self._lines = [_Line(place) for place in range(1, 7)]
        self.setLayout(rows(*self._lines, gap=14))

    def show_steps(self, steps: Sequence[Shown]) -> None:
        for line, step in zip(self._lines, steps, strict=True):
            line.show_step(step)
        self.setAccessibleDescription("; ".join(f"{one.title}: {one.state}" for one in steps))


class _Line(QWidget):
    def __init__(self, number: int) -> None:
        super().__init__()
        self._dot = _Dot(number)
        self._title, self._note = Label("", "body", wrap=True), Label("", "caption", "muted", wrap=True)
        told = rows(self._title, self._note, gap=1)
        self.setLayout(columns(rows(self._dot, None), (told, 1), gap=12))

    def show_step(self, step: Shown) -> None:
        self._dot.show_state(step.state)
        role = "strong" if step.state in ("now", "bad") else "body"
        if role != self._title.property("role"):
            restyle(self._title, role=role)
        self._title.show_words(step.title)
        self._note.show_words(step.note, {"now": "accent", "bad": "bad"}.get(step.state, "muted"))


class _Dot(Sized):
    def __init__(self, number: int) -> None:
        super().__init__()
        self._number, self._state = number, "todo"
        self.setFixedSize(30, 30)

    def show_state(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        kind = _KINDS.get(self._state)
        if kind is None:
            painter.setPen(QPen(LOOK.colour("border_ctl"), 2 if LOOK.high_contrast else 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(LOOK.colour(kind))
        painter.drawEllipse(box)
        if self._state in ("done", "bad"):
            paint_icon(painter, "check" if self._state == "done" else "x", box.adjusted(5, 5, -5, -5), "surface")
        else:
            paint.text(painter, box, str(self._number), "badge", "on_accent" if kind else "text2", paint.CENTRE)


class SerialLog(QFrame):
    """The newest lines of the console. Follows them while nobody has scrolled up."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setAccessibleName(named(names.RECOVERY_LOG))
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self._text.setPlaceholderText(self.tr("Nothing was heard yet."))
        self._copy = Button(self.tr("Copy log"), "clipboard-list", "", named(names.RECOVERY_LOG_COPY))
        self._copy.clicked.connect(self.copy)
        self._lines: tuple[str, ...] = ()
        title = Label(self.tr("Serial log"), "subtitle")
        self.setLayout(rows(title, (self._text, 1), self._copy, gap=10, margin=(16, 14, 16, 14)))
        self.show_lines(())

    def show_lines(self, lines: Sequence[str]) -> None:
        """All that there are now, oldest first. What was heard stays when the line is closed."""
        newest = tuple(lines[-_LINES:])
        self._copy.setEnabled(bool(newest or self._lines))
        if not newest or newest == self._lines:
            return
        self._lines = newest
        bar = self._text.verticalScrollBar()
        at, follows = bar.value(), bar.value() >= bar.maximum() - 4
        self._text.setPlainText("\n".join(newest))
        bar.setValue(bar.maximum() if follows else at)

    def clear(self) -> None:
        self._lines = ()
        self._text.clear()
        self._copy.setEnabled(False)

    @Slot()
    def copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(self._lines))
        self._copy.show_words(words("Copied"), "check")
