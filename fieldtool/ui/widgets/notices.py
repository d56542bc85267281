"""Lines over a screen: runs that a crash left open, and other things that want a decision but block nothing."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from fieldtool.app.views import OpenRun
from fieldtool.ui import names, paint
from fieldtool.ui.names import named
from fieldtool.ui.run_words import component_word
from fieldtool.ui.theme.look import LOOK, advance
from fieldtool.ui.widgets.basics import Button, Icon, Label, Sized, columns, frame, restyle, rows
from fieldtool.ui.words import phase_title, trouble_words, words

_SHOWN = 2  # more wait behind them, and are counted


def notice(kind: str, icon: str, head: str, body: str, *actions: QWidget) -> QFrame:
    """A tinted line: what there is, in two lines of words, and what can be done about it."""
    text = rows(Label(head, "strong", kind, wrap=True), Label(body, "caption", "text", wrap=True), gap=2)
    made = frame(columns(Icon(icon, f"{kind}_text", 22), (text, 1), *actions, gap=12, margin=(14, 8, 10, 8)))
    made.setAccessibleName(f"{head} {body}")
    restyle(made, tint=kind)
    return made


class OpenRuns(QWidget):
    """Runs that a crash, a power cut or a silent charger left open: what will happen, and a button to go on."""

    resume = Signal(str)  # run

    def __init__(self) -> None:
        super().__init__()
        self._layout = rows(gap=8)
        self.setLayout(self._layout)
        self._shown: tuple[OpenRun, ...] = ()
        self.hide()

    def show_runs(self, runs: Sequence[OpenRun]) -> None:
        if tuple(runs) == self._shown:
            return
        self._shown = tuple(runs)
        while (item := self._layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for run in runs[:_SHOWN]:
            self._layout.addWidget(self._line(run, len(runs)))
        self.setVisible(bool(runs))

    def _line(self, run: OpenRun, total: int) -> QFrame:
        what, _, todo = trouble_words(run.next_step)
        head = self.tr("The run of {name} to {target} is not finished").format(name=run.name, target=run.target)
        where = _stage(run)
        if total > _SHOWN and run is self._shown[_SHOWN - 1]:
            head += self.tr(", nor are {n} others").format(n=total - _SHOWN)
        button = Button(self.tr("Resume"), "play", "", named(names.RESUME, name=run.name))
        button.clicked.connect(lambda: self.resume.emit(run.run))
        return notice("warn", "history", head, f"{where} {what} {todo}", button)


def _stage(run: OpenRun) -> str:
    """Where it stands: the component, of several stages which one, and the phase."""
    part = component_word(run.component)
    told = words("{component} {version}", component=part, version=run.version) if run.version else part
    phase = phase_title(run.last)
    if run.legs < 2:
        return words("{what}, at “{phase}”.", what=told, phase=phase)
    return words("Stage {n} of {all}, {what}, at “{phase}”.", n=run.leg + 1, all=run.legs, what=told, phase=phase)


class Overall(Sized):
    """One bar for all runs, with words over it."""

    def __init__(self) -> None:
        super().__init__()
        self._words, self._right, self._share = "", "", 0.0

    def show_share(self, words: str, right: str, share: float) -> None:
        if (words, right, share) != (self._words, self._right, self._share):
            self._words, self._right, self._share = words, right, share
            self.setAccessibleName(f"{words}, {right}")
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(LOOK.px(328), LOOK.target)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = QRectF(0, 0, self.width(), LOOK.px(22))
        room = advance(self._right, "capstrong", True) + 8
        paint.text(painter, line.adjusted(0, 0, -room, 0), self._words, "body", "text2")
        paint.text(painter, line, self._right, "capstrong", "text", paint.RIGHT, tabular=True)
        height = 10 if LOOK.high_contrast else 8
        paint.bar(painter, QRectF(1, LOOK.px(27), self.width() - 2, height), self._share)


class Empty(QWidget):
    """Says why there is nothing here, and what to do."""

    def __init__(self, icon: str, *buttons: QWidget) -> None:
        super().__init__()
        self._head = Label("", "subtitle")
        self._body = Label("", "body", "muted", wrap=True)
        for label in (self._head, self._body):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._body.setFixedWidth(420)
        picture = columns(None, Icon(icon, "text3", 48), None)
        body = columns(None, self._body, None)
        self.setLayout(rows(None, picture, self._head, body, columns(None, *buttons, None, gap=8), None, gap=12))

    def show_words(self, head: str, body: str) -> None:
        self._head.show_words(head)
        self._body.show_words(body)
