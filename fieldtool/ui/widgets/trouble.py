"""An error as it is shown everywhere: what happened, is the charger safe, what to do now, and Copy details."""

from collections.abc import Mapping

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame

from fieldtool.core.clock import Clock
from fieldtool.core.errors import Trouble
from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.widgets.basics import Button, Icon, Label, columns, restyle, rows
from fieldtool.ui.words import details, trouble_words


class TroubleBox(QFrame):
    """Hidden until `show_trouble`. `about` names the charger in the copied details."""

    def __init__(self, clock: Clock, dismissable: bool = False, wide: bool = False, safety: bool = True) -> None:
        super().__init__()
        self._clock, self._safety_shown = clock, safety
        self._trouble: Trouble | None = None
        self._about: Mapping[str, str] = {}
        self._icon = Icon("triangle-alert", "bad_text", 22)
        self._what = Label("", "strong", "bad", wrap=True)
        self._safe = Label("", "caption", "text", wrap=True)
        self._todo = Label("", "caption", "text", wrap=True)
        copy = Button(self.tr("Copy details"), "clipboard-list", "", named(names.COPY_DETAILS))
        copy.clicked.connect(self.copy)
        buttons = [copy]
        if dismissable:
            dismiss = Button("", "x", "icon", named(names.DISMISS))
            dismiss.clicked.connect(self.clear)
            buttons.append(dismiss)
        text = rows(self._what, self._safe, self._todo, gap=3)
        head = columns(self._icon, (text, 1), gap=12)
        actions = columns(*(None,) * (0 if wide else 1), *buttons, gap=8)
        if wide:
            self.setLayout(columns((head, 1), actions, gap=12, margin=(14, 8, 10, 8)))
        else:
            self.setLayout(rows(head, actions, gap=8, margin=(14, 10, 10, 10)))
        self.hide()

    def show_trouble(self, trouble: Trouble, about: Mapping[str, str], kind: str = "bad") -> None:
        self._about = about
        if trouble == self._trouble and self.property("tint") == kind:
            self.show()
            return
        self._trouble = trouble
        what, safe, todo = trouble_words(trouble)
        self._icon.show_icon("triangle-alert", f"{kind}_text")
        self._what.show_words(what, kind)
        self._safe.show_words(safe)
        self._safe.setVisible(self._safety_shown)
        self._todo.show_words(todo)
        self.setAccessibleName(f"{what} {safe} {todo}")
        restyle(self, tint=kind)
        self.show()

    def clear(self) -> None:
        self._trouble = None
        self.hide()

    def copy(self) -> None:
        if self._trouble is not None:
            QGuiApplication.clipboard().setText(details(self._trouble, self._clock.now(), self._about))
