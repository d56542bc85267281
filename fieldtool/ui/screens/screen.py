"""What all screens share: what they work with, a title line that answers a question, room for what went wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from fieldtool.app.api import FieldApp
from fieldtool.core.clock import Clock
from fieldtool.core.errors import FieldtoolError
from fieldtool.ui.background import Background, Feed
from fieldtool.ui.widgets.basics import Label, SubLine, columns, rows
from fieldtool.ui.widgets.trouble import TroubleBox


@dataclass(frozen=True, slots=True)
class Desk:
    """What a screen works with."""

    app: FieldApp
    background: Background
    feed: Feed
    clock: Clock


class Screen(QWidget):
    """A screen is a function of its desk. It fills `body`, puts buttons into `head`, and adapts to the window."""

    go_to = Signal(str)  # name of another screen
    plan_wanted = Signal(object)  # tuple of keys
    set_up_wanted = Signal(str, str)  # step of Settings, serial
    recovery_wanted = Signal(str)  # serial of a charger that no longer boots
    held = Signal(str)  # why nobody should leave this screen now; "" = free again

    def __init__(self, desk: Desk, title: str) -> None:
        super().__init__()
        self.desk = desk
        self.title = Label(title, "title")
        self.sub = SubLine()
        self.head: QBoxLayout = columns(gap=8)
        self.trouble = TroubleBox(desk.clock, dismissable=True, wide=True, safety=False)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(20, 16, 20, 14)
        self.body.setSpacing(12)
        top = columns((rows(self.title, self.sub, gap=2), 1), self.head, gap=12)
        self.body.addLayout(top)
        self.body.addWidget(self.trouble)

    def adapt(self, width: int, height: int) -> None:
        """The window has a new size."""

    def complain(self, error: FieldtoolError, about: Mapping[str, str] | None = None) -> None:
        """Show what a call of this screen ran into."""
        self.trouble.show_trouble(error.trouble(), about or {})

    @Slot(object)
    def show_error(self, error: FieldtoolError) -> None:
        self.complain(error)


def forget(_: object) -> None:
    """For calls that return nothing worth showing."""
