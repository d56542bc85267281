"""Where a recovery begins: which port, which model, which serial number."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QFrame, QLineEdit, QWidget

from fieldtool.app.recovery import RecoveryModel
from fieldtool.discovery.serial_ports import Port
from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.recovery_words import port_words
from fieldtool.ui.widgets.basics import Button, Choice, Icon, Label, columns, frame, rows, scroll
from fieldtool.ui.words import words


class ChoicePage(QWidget):
    """The technician names the port: nothing is ever typed into another."""

    changed = Signal()
    again = Signal()  # look for ports again

    def __init__(self) -> None:
        super().__init__()
        self._ports: tuple[Port, ...] | None = None
        self._chosen = ""
        self._group: QButtonGroup | None = None
        self._lines = rows(gap=4)
        again = Button(self.tr("Look again"), "refresh-cw", "", named(names.RECOVERY_PORTS_AGAIN))
        again.clicked.connect(self.again)
        self._address = self._field(names.RECOVERY_ADDRESS, self.tr("Or an address: serial-tcp://HOST:PORT"))
        self._serial = self._field(names.RECOVERY_SERIAL, self.tr("Serial number on its label"))
        self._model = Choice()
        self._model.setAccessibleName(named(names.RECOVERY_MODEL))
        self._model.currentIndexChanged.connect(lambda _: self.changed.emit())
        self._address.textEdited.connect(self._typed)
        self._serial.textEdited.connect(lambda _: self.changed.emit())
        told = Label(
            self.tr("The number is needed where the bootloader cannot tell it."), "caption", "muted", wrap=True
        )
        fields = columns((rows(self._model), 1), (rows(self._serial), 1), gap=8)
        head = columns((Label(self.tr("Port of the service cable"), "strong"), 1), again, gap=8)
        inner = QWidget()
        whose = Label(self.tr("Charger"), "strong")
        inner.setLayout(rows(head, self._lines, self._address, 4, whose, fields, told, None, gap=8))
        self.setLayout(rows((scroll(inner), 1)))

    def _field(self, name: str, hint: str) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(named(name))
        field.setPlaceholderText(hint)
        field.setMaxLength(120)
        return field

    # -- what was chosen
    @property
    def port(self) -> str:
        return self._address.text().strip() or self._chosen

    @property
    def profile(self) -> str:
        return str(self._model.currentData() or "")

    @property
    def serial(self) -> str:
        return self._serial.text().strip()

    def missing(self) -> str:
        """What is still to be chosen, in words."""
        if not self.port:
            return words("Choose the port first.")
        if not self.profile and not self.serial:
            return words("Choose the model, or type the serial number.")
        return ""

    def expect(self, serial: str) -> None:
        """This charger is meant: its model is what order, site file or discovery say of it."""
        self._serial.setText(serial)
        self._model.setCurrentIndex(0)
        self.changed.emit()

    # -- what there is
    def show_models(self, models: Sequence[RecoveryModel]) -> None:
        if self._model.count():
            return
        self._model.addItem(words("Model: as order or site file say"), "")
        for one in models:
            self._model.addItem(f"{one.vendor} {', '.join(one.models)} ({one.profile})", one.profile)
        if len(models) == 1:
            self._model.setCurrentIndex(1)

    def show_ports(self, ports: Sequence[Port]) -> None:
        if tuple(ports) == self._ports:
            return
        self._ports = tuple(ports)
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._group = QButtonGroup(self)
        usable = [one for one in ports if one.address]
        if self._chosen not in [one.address for one in usable]:
            self._chosen = ""
        for one in sorted(ports, key=lambda port: (not port.address, not port.usb, port.address)):
            self._lines.addWidget(self._line(one))
        if not ports:
            told = words("No serial port found. Plug the adapter in, then look again.")
            self._lines.addWidget(Label(told, "body", "warn", wrap=True))
        self.changed.emit()

    def _line(self, port: Port) -> QFrame:
        told = Label(port_words(port), "caption", "text" if port.problem is None else "warn", wrap=True)
        if not port.address:  # it has not become a port: nothing to choose, but to put right
            return frame(columns(Icon("triangle-alert", "warn_text", 22), (told, 1), gap=12, margin=(8, 4, 8, 4)))
        button = Button(
            port.address, "usb" if port.usb else "", "choice", named(names.RECOVERY_PORT, port=port.address)
        )
        button.setCheckable(True)
        button.setChecked(port.address == self._chosen)
        button.setAccessibleDescription(told.text())
        button.clicked.connect(lambda: self._choose(port.address))
        assert self._group is not None
        self._group.addButton(button)
        return frame(columns(button, (told, 1), gap=12, margin=(2, 2, 2, 2)))

    def _choose(self, address: str) -> None:
        self._chosen = address
        self._address.clear()
        self.changed.emit()

    @Slot()
    def _typed(self) -> None:
        """An address that is typed counts, and no port of the list besides."""
        checked = self._group.checkedButton() if self._group is not None else None
        if self._address.text().strip() and self._group is not None and checked is not None:
            self._group.setExclusive(False)
            checked.setChecked(False)
            self._group.setExclusive(True)
            self._chosen = ""
        self.changed.emit()
