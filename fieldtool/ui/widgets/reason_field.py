"""A typed reason, asked for in place: whoever lets something pass says why, and nothing else is held up meanwhile."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from fieldtool.ui.widgets.basics import Button, Label, columns, rows


class ReasonField(QWidget):
    """Hidden until `ask`. Gives a reason that is not empty, or is closed."""

    given = Signal(str)
    closed = Signal()

    def __init__(self, words: str, icon: str, field: str, confirm: str, cancel: str) -> None:
        """`words` stand on the button that confirms; the three others are accessible names."""
        super().__init__()
        self._note = Label("", "caption", "text", wrap=True)
        self._field = QLineEdit()
        self._field.setAccessibleName(field)
        self._field.setPlaceholderText(self.tr("Why?"))
        self._field.setMaxLength(200)
        self._confirm = Button(words, icon, "", confirm)
        self._cancel = Button("", "x", "icon", cancel)
        self._field.textChanged.connect(self._typed)
        self._field.returnPressed.connect(self._give)
        self._confirm.clicked.connect(self._give)
        self._cancel.clicked.connect(self.close_field)
        buttons = columns(self._confirm, self._cancel, None, gap=8)
        self.setLayout(rows(self._note, self._field, buttons, gap=6))
        self._typed()
        self.hide()

    @property
    def text(self) -> str:
        return self._field.text()

    def ask(self, note: str, typed: str = "", focus: bool = True) -> None:
        """Open with what is decided here in words; `typed` when it was open before."""
        self._note.show_words(note)
        self._field.setText(typed)
        self.show()
        if focus:
            self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def close_field(self) -> None:
        if not self.isHidden():
            self.hide()
            self._field.clear()
            self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_field()
            return
        super().keyPressEvent(event)

    @Slot()
    def _typed(self) -> None:
        self._confirm.setEnabled(bool(self.text.strip()))

    @Slot()
    def _give(self) -> None:
        why = self.text.strip()
        if why:
            self.hide()
            self._field.clear()
            self.given.emit(why)
