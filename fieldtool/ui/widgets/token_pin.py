"""The PIN of a token, asked for in the window while a worker waits. No dialog: runs stay in view."""

from dataclasses import dataclass, field
from threading import Event, Lock

from PySide6.QtCore import QCoreApplication, Qt, QThread, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.widgets.basics import Button, Icon, Label, columns, frame, restyle, rows

PATIENCE_SECONDS = 300.0  # who does not type by then has gone: what asked is told so


@dataclass(slots=True)
class _Question:
    token: str
    answered: Event = field(default_factory=Event)
    pin: str | None = None


class TokenPin(QWidget):
    """Hidden until `ask` is called by whoever signs."""

    _asked = Signal(object)  # _Question
    _given_up = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._turn = Lock()  # one question at a time
        self._question: _Question | None = None
        self._closed = False
        self._head = Label("", "strong", "accent", wrap=True)
        note = Label(self.tr("This laptop's key is on it. Nothing is signed without the PIN."), "caption", wrap=True)
        self._pin = QLineEdit()
        self._pin.setAccessibleName(named(names.TOKEN_PIN))
        self._pin.setEchoMode(QLineEdit.EchoMode.Password)
        self._pin.setPlaceholderText(self.tr("PIN"))
        self._pin.setMaxLength(64)
        self._pin.setFixedWidth(140)
        self._pin.returnPressed.connect(self._give)
        use = Button(self.tr("Unlock"), "key-round", "", named(names.TOKEN_PIN_OK))
        use.clicked.connect(self._give)
        leave = Button("", "x", "icon", named(names.TOKEN_PIN_NOT))
        leave.clicked.connect(self._refuse)
        text = rows(self._head, note, gap=2)
        parts = (Icon("key-round", "accent_text", 22), (text, 1), self._pin, use, leave)
        card = frame(columns(*parts, gap=12, margin=(14, 8, 10, 8)))
        restyle(card, tint="accent")
        self.setLayout(rows(card, margin=(20, 12, 20, 0)))
        self._asked.connect(self._show_question, Qt.ConnectionType.QueuedConnection)
        self._given_up.connect(self._drop, Qt.ConnectionType.QueuedConnection)
        self.hide()

    def ask(self, token: str) -> str:
        """The PIN, typed by whoever sits there. Blocks, so never in the window's own thread.

        UsageError(TOKEN_PIN_NEEDED) when nobody types it.
        """
        application = QCoreApplication.instance()
        if self._closed or application is None or QThread.currentThread() is application.thread():
            raise UsageError(Text.TOKEN_PIN_NEEDED, token=token)
        with self._turn:
            question = _Question(token)
            self._asked.emit(question)
            question.answered.wait(PATIENCE_SECONDS)
            pin = question.pin
        if pin is None:
            if not self._closed:
                self._given_up.emit(question)
            raise UsageError(Text.TOKEN_PIN_NEEDED, token=token)
        return pin

    def shut(self) -> None:
        """The window closes: whoever waits is told that nobody types a PIN."""
        self._closed = True
        self._refuse()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._refuse()
            return
        super().keyPressEvent(event)

    @Slot(object)
    def _show_question(self, question: _Question) -> None:
        if self._closed:
            question.answered.set()
            return
        self._question = question
        self._head.show_words(self.tr("PIN of the token {token}").format(token=question.token))
        self._pin.clear()
        self.show()
        self._pin.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _give(self) -> None:
        if self._pin.text():
            self._answer(self._pin.text())

    @Slot()
    def _refuse(self) -> None:
        self._answer(None)

    @Slot(object)
    def _drop(self, question: _Question) -> None:
        if self._question is question:
            self._refuse()

    def _answer(self, pin: str | None) -> None:
        question, self._question = self._question, None
        self._pin.clear()
        self.hide()
        if question is not None:
            question.pin = pin
            question.answered.set()
