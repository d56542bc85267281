"""A second person agrees in place: by a PIN that is typed here, or by a file that another laptop signed."""

from collections.abc import Collection, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QFrame, QLineEdit, QWidget

from fieldtool.app.rights import only_unapproved
from fieldtool.app.views import PlanLine
from fieldtool.core.rights import Action
from fieldtool.ui import names
from fieldtool.ui.firmware_words import names_words
from fieldtool.ui.names import named
from fieldtool.ui.widgets.basics import Button, Choice, Icon, Label, columns, restyle, rows
from fieldtool.ui.words import mark, words

_ACTIONS = {
    Action.UPDATE: mark("update"),
    Action.DOWNGRADE: mark("downgrade"),
    Action.METERING: mark("metering firmware"),
    Action.RECOVER: mark("recovery"),
    Action.OVERRIDE: mark("override"),
}


def unapproved(lines: Sequence[PlanLine]) -> tuple[PlanLine, ...]:
    """What would start if a second person agreed."""
    return tuple(line for line in lines if line.second and only_unapproved(line))


class SecondPerson(QFrame):
    """Hidden until something waits for a second person. A PIN never outlives the try that it was typed for."""

    approved = Signal(str, str)  # name, PIN
    file_chosen = Signal(object)  # Path of an approval
    request_wanted = Signal(object)  # Path to write the request to

    def __init__(self, narrow: bool = False) -> None:
        """`narrow`: what is done here stands over what is done elsewhere."""
        super().__init__()
        self._head = Label("", "strong", "warn", wrap=True)
        self._body = Label("", "caption", "text", wrap=True)
        self._name = Choice()
        self._name.setAccessibleName(named(names.SECOND_NAME))
        self._pin = QLineEdit()
        self._pin.setAccessibleName(named(names.SECOND_PIN))
        self._pin.setPlaceholderText(self.tr("PIN"))
        self._pin.setEchoMode(QLineEdit.EchoMode.Password)
        self._pin.setMaxLength(64)
        self._pin.setFixedWidth(120)
        self._pin.textChanged.connect(self._show)
        self._pin.returnPressed.connect(self._approve_now)
        self._approve = Button(self.tr("Approve"), "signature", "", named(names.SECOND_APPROVE))
        self._approve.clicked.connect(self._approve_now)
        request = Button(self.tr("Save request"), "upload", "", named(names.SECOND_REQUEST))
        request.clicked.connect(self._choose_request)
        file = Button(self.tr("Approval file"), "file-text", "", named(names.SECOND_FILE))
        file.clicked.connect(self._choose_approval)
        text = rows(self._head, self._body, gap=2)
        head = columns(Icon("user-round", "warn_text", 22), (text, 1), gap=12)
        self._here = QWidget()
        self._here.setLayout(columns(self._name, self._pin, self._approve, gap=8))
        elsewhere = columns(request, file, gap=8)
        if narrow:
            body = rows(columns(self._here, None), columns(elsewhere, None), gap=8)
            self.setLayout(rows(head, body, gap=8, margin=(14, 8, 10, 8)))
        else:
            self.setLayout(rows(head, columns(self._here, None, elsewhere, gap=8), gap=8, margin=(14, 8, 10, 8)))
        restyle(self, tint="warn")
        self._busy = False
        self.hide()

    def show_lines(self, lines: Sequence[PlanLine], approvers: Sequence[str]) -> None:
        """`approvers`: who may agree here with a PIN."""
        chargers = tuple(dict.fromkeys(line.name for line in lines))
        self.show_asked(chargers, {one for line in lines for one in line.second}, approvers)

    def show_asked(self, chargers: Sequence[str], asked: Collection[Action], approvers: Sequence[str]) -> None:
        """Names of chargers, and what a second person must agree to; nobody is asked where there are none."""
        self.setVisible(bool(chargers))
        if not chargers:
            self._pin.clear()
            return
        self._head.show_words(words("A second person must agree: {names}", names=names_words(chargers)))
        told_as = {_ACTIONS.get(one, str(one)) for one in asked}
        actions = sorted(words(one) for one in told_as)
        here = words("He or she types the PIN here, or signs the request on another laptop.")
        if not approvers:
            here = words("Nobody can do so here with a PIN: save a request, and have it signed on another laptop.")
        told = words("For {actions}. {here}", actions=", ".join(actions), here=here)
        self._body.show_words(told)
        self.setAccessibleName(f"{self._head.text()}. {told}")
        self._here.setVisible(bool(approvers))
        if tuple(self._name.itemText(at) for at in range(self._name.count())) != tuple(approvers):
            self._name.clear()
            self._name.addItems(list(approvers))
        self._show()

    def busy(self, busy: bool) -> None:
        self._busy = busy
        self._show()

    @Slot()
    def _show(self) -> None:
        self._approve.setEnabled(bool(self._pin.text()) and not self._busy)

    @Slot()
    def _approve_now(self) -> None:
        pin = self._pin.text()
        if pin and not self._busy:
            self._pin.clear()
            self.approved.emit(self._name.currentText(), pin)

    @Slot()
    def _choose_approval(self) -> None:
        dialog = self._dialog(self.tr("Approval of a second person"), QFileDialog.AcceptMode.AcceptOpen)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.file_chosen.emit(Path(path)))
        dialog.open()

    @Slot()
    def _choose_request(self) -> None:
        dialog = self._dialog(self.tr("Request for a second person"), QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.fileSelected.connect(lambda path: self.request_wanted.emit(Path(path)))
        dialog.open()

    def _dialog(self, title: str, mode: QFileDialog.AcceptMode) -> QFileDialog:
        dialog = QFileDialog(self, title, "", self.tr("Files (*.json)"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(mode)
        return dialog
