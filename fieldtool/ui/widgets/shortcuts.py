"""The list of keyboard shortcuts, as a sheet over the window."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.widgets.basics import Button, Label, columns, rows
from fieldtool.ui.words import mark, words

_KEYS = (
    ("Ctrl+1 … 6", mark("Chargers, Plan, Run, Recovery, Firmware, Settings")),
    ("Ctrl+F", mark("Find a charger")),
    ("F5", mark("Scan again")),
    ("↑ ↓", mark("Move through the list")),
    ("Space", mark("Select the charger for an update")),
    ("Ctrl+A", mark("Select all that can be updated")),
    ("Enter", mark("Open the details of the charger")),
    ("Esc", mark("Close what lies on top")),
    ("F6", mark("Next theme: light, dark, sunlight")),
    ("Tab", mark("Next control")),
    ("?", mark("This list")),
)


class ShortcutList(QFrame):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("sheet")
        close = Button("", "x", "icon", named(names.CLOSE_SHORTCUTS))
        close.clicked.connect(self.hide)
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        for at, (keys, what) in enumerate(_KEYS):
            grid.addWidget(Label(keys, "strong"), at, 0)
            grid.addWidget(Label(words(what), "body", "muted"), at, 1)
        head = columns((Label(self.tr("Keyboard shortcuts"), "subtitle"), 1), close)
        self.setLayout(rows(head, grid, gap=12, margin=(20, 14, 20, 20)))
        self._close = close
        self.hide()

    @Slot()
    def toggle(self) -> None:
        if self.isVisible():
            self.hide()
            return
        parent = self.parentWidget()
        if parent is not None:
            self.adjustSize()
            self.move((parent.width() - self.width()) // 2, max(8, (parent.height() - self.height()) // 2))
        self.raise_()
        self.show()
        self._close.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            return
        super().keyPressEvent(event)
