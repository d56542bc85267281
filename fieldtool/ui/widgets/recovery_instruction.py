"""One instruction at a time: the drawing with its letters, and behind "It does not?" what to look at."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QWidget

from fieldtool.discovery.serial_ports import Port
from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.recovery_words import BRANCHES, Cause, port_now
from fieldtool.ui.theme.look import advance
from fieldtool.ui.widgets.basics import Button, Callout, Icon, Label, columns, rows, scroll
from fieldtool.ui.widgets.recovery_drawing import Drawing, Letter, drawn
from fieldtool.ui.words import words


class InstructionPage(QWidget):
    """`cause_opened`: a branch was opened; the port's state is read anew for it."""

    cause_opened = Signal(object)  # Cause

    def __init__(self) -> None:
        super().__init__()
        self._cause: Cause | None = None
        self._letters = rows(gap=8)
        self._drawing = Drawing()
        inner = QWidget()
        inner.setLayout(rows(self._letters, (self._drawing, 1), gap=12))
        self._why = _Why()
        self._pages = QStackedLayout()
        self._pages.addWidget(scroll(inner))
        self._pages.addWidget(scroll(self._why))
        self._branches = Branches()
        self._branches.opened.connect(self._open)
        self.setLayout(rows((self._pages, 1), self._branches, gap=8))
        self._profile: str | None = None

    def show_profile(self, profile: str) -> None:
        if profile == self._profile:
            return
        self._profile = profile
        while (item := self._letters.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for letter, told in drawn(profile).letters:
            line = QWidget()
            line.setLayout(columns(Letter(letter), (Label(words(told), "body", wrap=True), 1), gap=12))
            self._letters.addWidget(line)
        self._drawing.show_profile(profile)

    def show_port(self, ports: Sequence[Port], address: str) -> None:
        if self._cause is Cause.PORT:
            self._why.show_now(port_now(ports, address))

    def reset(self) -> None:
        """Back to the drawing."""
        self._branches.close_all()
        self._open(None)

    def _open(self, cause: Cause | None) -> None:
        self._cause = cause
        if cause is not None:
            self._why.show_cause(cause)
            self.cause_opened.emit(cause)
        self._pages.setCurrentIndex(0 if cause is None else 1)

    def low(self, low: bool) -> None:
        """Where height is short the words stay and the drawing goes."""
        self._drawing.setVisible(not low)


class _Why(QWidget):
    """What to look at, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._head = Label("", "subtitle", wrap=True)
        self._checks = rows(gap=10)
        self._now = Callout()
        self._now.hide()
        self.setLayout(rows(self._head, self._checks, self._now, None, gap=12))

    def show_cause(self, cause: Cause) -> None:
        branch = BRANCHES[cause]
        self._head.show_words(words(branch.head))
        while (item := self._checks.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for check in branch.checks:
            line = QWidget()
            line.setLayout(
                columns(rows(Icon("arrow-right", "accent_text", 18), None), (Label(words(check), wrap=True), 1), gap=12)
            )
            self._checks.addWidget(line)
        self._now.hide()

    def show_now(self, told: str) -> None:
        self._now.show_answer("idle", "usb", words("How the port is now"), told)
        self._now.show()


class Branches(QWidget):
    """The likely causes in their order, in one row; where it is narrow without their icons."""

    opened = Signal(object)  # Cause, or None: back to the instruction

    def __init__(self) -> None:
        super().__init__()
        self._buttons: dict[Cause, Button] = {}
        for cause, branch in BRANCHES.items():
            label = words(branch.button)
            button = Button(label, branch.icon, "choice", named(names.RECOVERY_CAUSE, cause=label))
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda on, cause=cause: self._toggle(cause, on))
            self._buttons[cause] = button
        row = columns(*((button, 1) for button in self._buttons.values()), gap=8)
        self._has_icons = True
        self._show_icons(False)  # what they need without is the least that they need
        self.setLayout(rows(Label(self.tr("It does not?"), "capstrong", "muted"), row, gap=4))

    def close_all(self) -> None:
        for button in self._buttons.values():
            button.setChecked(False)

    def _toggle(self, cause: Cause, on: bool) -> None:
        for one, button in self._buttons.items():
            button.setChecked(on and one is cause)
        self.opened.emit(cause if on else None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        needed = max(advance(words(one.button), "strong") for one in BRANCHES.values()) + 54
        self._show_icons(self.width() >= len(self._buttons) * (needed + 8))

    def _show_icons(self, on: bool) -> None:
        if on != self._has_icons:
            self._has_icons = on
            for cause, button in self._buttons.items():
                button.setIconSize(QSize(18, 18) if on else QSize(0, 0))
                label = words(BRANCHES[cause].button)
                button.show_words(label, BRANCHES[cause].icon if on else "")
