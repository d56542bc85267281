"""A main part with a pane at its right side; in a narrow window the pane is a sheet over it."""

import shiboken6
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QWidget

from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.theme.tokens import PANE
from fieldtool.ui.widgets.basics import Button, restyle, rows

GAP = 12


class Side(QWidget):
    """Docked: both beside each other. Else `open` lays the pane over the main part, and Escape or × closes it."""

    def __init__(self, main: QWidget, pane: QWidget, title: QWidget) -> None:
        """`title` is the first line of the pane: it leaves room for the × of the sheet."""
        super().__init__()
        self._docked, self._open, self._filled = True, False, True
        self._main = main
        self._came_from: QWidget | None = None  # had the keyboard before the sheet opened
        main.setParent(self)
        self._frame = QFrame(self)
        self._frame.setObjectName("card")
        self._title = title
        self._close = Button("", "x", "icon", named(names.CLOSE_PANE))
        self._close.clicked.connect(self.close_sheet)
        self._close.setParent(self._frame)
        self._frame.setLayout(rows((pane, 1), margin=(20, 14, 20, 14)))
        self._arrange()
        LOOK.changed.connect(self._arrange)

    @property
    def docked(self) -> bool:
        return self._docked

    @property
    def sheet_open(self) -> bool:
        return self._open and not self._docked

    def dock(self, docked: bool) -> None:
        if docked != self._docked:
            self._docked = docked
            self._open = False
            self._arrange()

    def fill(self, filled: bool) -> None:
        """Without anything to show, the pane gives its room to the main part."""
        if filled != self._filled:
            self._filled = filled
            self._arrange()

    def open_sheet(self) -> None:
        if not self._docked and not self._open:
            self._came_from = QApplication.focusWidget()
            self._open = True
            self._arrange()
            self._close.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_sheet(self) -> None:
        if self.sheet_open:
            self._open = False
            self._arrange()
            if self._came_from is not None and shiboken6.isValid(self._came_from):
                self._came_from.setFocus(Qt.FocusReason.OtherFocusReason)

    def pane_width(self) -> int:
        return min(LOOK.px(PANE), max(PANE, self.width() // 2))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.sheet_open:
            self.close_sheet()
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        pane = self.pane_width()
        name = "card" if self._docked else "sheet"
        if self._frame.objectName() != name:
            self._frame.setObjectName(name)
            restyle(self._frame)
        self._close.setVisible(not self._docked)
        side = LOOK.target
        self._close.setGeometry(pane - side - 12, 10, side, side)
        self._close.raise_()
        self._title.setContentsMargins(0, 0, 0 if self._docked else side, 0)
        self._frame.setVisible(self._filled and (self._docked or self._open))
        self._frame.setGeometry(self.width() - pane, 0, pane, self.height())
        taken = pane + GAP if self._docked and self._filled else 0
        self._main.setGeometry(0, 0, max(0, self.width() - taken), self.height())
        self._frame.raise_()
