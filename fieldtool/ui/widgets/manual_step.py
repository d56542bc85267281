"""What only a person can do now, as a card that stays until it is done."""

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame

from fieldtool.app.views import RunState
from fieldtool.core.driver import EndedBy, ManualStep
from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.widgets.basics import Button, Icon, Label, columns, restyle, rows
from fieldtool.ui.widgets.picture import Picture
from fieldtool.ui.words import remedy, what, words

_REST_MS = 1000  # a double click must not answer the step that follows


class ManualStepCard(QFrame):
    """Hidden while nobody is needed. "Done" only where the technician ends the step."""

    done = Signal(str)  # serial

    def __init__(self) -> None:
        super().__init__()
        self._step: ManualStep | None = None
        self._serial = ""
        self._what = Label("", "strong", "accent", wrap=True)
        self._remedy = Label("", "caption", "text", wrap=True)
        self._ends = Label("", "caption", "text", wrap=True)
        self._picture = Picture()
        self._done = Button(self.tr("Done"), "check", "", named(names.STEP_DONE))
        self._done.clicked.connect(self._press)
        self._rest = QTimer(self, interval=_REST_MS, singleShot=True)
        self._rest.timeout.connect(self._rested)
        told = rows(self._what, self._remedy, self._ends, gap=3)
        head = columns(rows(Icon("hand", "accent_text", 24), None), (told, 1), gap=12)
        self.setLayout(rows(head, self._picture, self._done, gap=8, margin=(14, 10, 12, 10)))
        restyle(self, tint="accent")
        self.hide()

    def show_run(self, run: RunState | None) -> None:
        """Show what this run asks for; cheap when that did not change."""
        step = run.asked if run is not None and run.outcome is None else None
        if run is not None:
            self._serial = run.serial
        if step != self._step:
            self._step = step
            self._show()

    def _show(self) -> None:
        step = self._step
        self.setVisible(step is not None)
        if step is None:
            return
        params = dict(step.params)
        told, todo = what(step.text, params), remedy(step.text, params)
        mine = step.ended_by is EndedBy.TECHNICIAN
        ends = words("It goes on when you press Done.") if mine else words("It goes on by itself. Nothing to press.")
        self._what.show_words(told)
        self._remedy.show_words(todo)
        self._ends.show_words(ends)
        self._picture.show_picture(step.picture)
        self._picture.setVisible(self._picture.shown)
        self._done.setVisible(mine)
        self.setAccessibleName(f"{told} {todo} {ends}")

    @Slot()
    def _press(self) -> None:
        self._done.setEnabled(False)
        self._rest.start()
        self.done.emit(self._serial)

    @Slot()
    def _rested(self) -> None:
        self._done.setEnabled(True)
