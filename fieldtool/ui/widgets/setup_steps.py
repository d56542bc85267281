"""The four steps to a first own charger: root of trust, site file, login, host key."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFileDialog, QFrame, QLineEdit, QWidget

from fieldtool.app.views import TrustRoot
from fieldtool.core.errors import FieldtoolError, UsageError
from fieldtool.core.model import Site
from fieldtool.core.texts import Text
from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.screens.screen import Desk
from fieldtool.ui.widgets.basics import Button, Icon, Label, columns, restyle, rows
from fieldtool.ui.widgets.trouble import TroubleBox
from fieldtool.ui.words import day_words, words


class Step(QFrame):
    """One numbered step: fields, a button, and what came of it."""

    def __init__(self, desk: Desk, number: str, title: str, hint: str, last: bool = False) -> None:
        super().__init__()
        self.setObjectName("row")
        self.desk = desk
        self._number = Label(number, "subtitle", "muted")
        self._number.setFixedWidth(22)
        self._done = Icon("circle-check", "ok_text", 20)
        self._done.hide()
        self._result = Label("", "caption", "ok", wrap=True)
        self._result.hide()
        self._trouble = TroubleBox(desk.clock, safety=False)
        self.fields = rows(gap=8)
        text = rows(Label(title, "strong", wrap=True), Label(hint, "caption", "muted", wrap=True), gap=2)
        mark = rows(self._number, self._done, None)
        inner = rows(text, self.fields, self._result, self._trouble, gap=8)
        self.setLayout(columns(mark, (inner, 1), gap=10, margin=(0, 12, 0, 14)))
        restyle(self, last=last)

    def tell(self, told: str, done: bool = True) -> None:
        """It worked."""
        self._trouble.clear()
        self._result.show_words(told)
        self._result.setVisible(bool(told))
        self._done.setVisible(done)
        self._number.setVisible(not done)

    def complain(self, error: FieldtoolError) -> None:
        self._result.hide()
        self._trouble.show_trouble(error.trouble(), {"step": self.objectName()})


def _field(name: str, hint: str, secret: bool = False) -> QLineEdit:
    made = QLineEdit()
    made.setAccessibleName(named(name))
    made.setPlaceholderText(hint)
    if secret:
        made.setEchoMode(QLineEdit.EchoMode.Password)
    return made


def _choose(parent: QWidget, title: str, pattern: str, chosen: Callable[[str], object]) -> Button:
    """A button that lets the user pick a file."""
    button = Button("", "ellipsis", "icon", named(names.CHOOSE_FILE, what=title))

    def ask() -> None:
        dialog = QFileDialog(parent, title, "", pattern)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(chosen)
        dialog.open()

    button.clicked.connect(ask)
    return button


class TrustStep(Step):
    """A root is accepted only with the fingerprint that somebody typed: there is no yes/no question."""

    def __init__(self, desk: Desk) -> None:
        hint = words("The vendor's root.json, and its fingerprint as they gave it to you on another way.")
        super().__init__(desk, "1", words("Root of trust"), hint)
        self._file = _field(names.TRUST_FILE, words("root.json"))
        self._fingerprint = _field(names.TRUST_FINGERPRINT, words("SHA-256 fingerprint"))
        add = Button(words("Add"), "shield-check", "", named(names.TRUST_ADD))
        choose = _choose(self, words("Root of trust"), "root.json (*.json)", self._file.setText)
        self.fields.addLayout(columns((self._file, 1), choose, gap=8))
        self.fields.addLayout(columns((self._fingerprint, 1), add, gap=8))
        add.clicked.connect(self._add)
        desk.background.run(desk.app.trust_roots, self._show_roots, self.complain, owner=self)

    @Slot()
    def _add(self) -> None:
        file, typed = Path(self._file.text().strip()), self._fingerprint.text().strip()
        self.desk.background.run(
            lambda: self.desk.app.trust_add(file, typed),
            lambda root: self._show_roots((root,)),
            self.complain,
            owner=self,
        )

    def _show_roots(self, roots: tuple[TrustRoot, ...]) -> None:
        if not roots:
            return
        self.tell("\n".join(map(_root_words, roots)))
        self._file.clear()
        self._fingerprint.clear()


def _root_words(root: TrustRoot) -> str:
    told = {
        "short": root.fingerprint[:12], "threshold": root.threshold, "keys": root.keys, "day": day_words(root.expires),
    }  # fmt: skip
    if root.director:
        return words("Director {short}… accepted: {threshold} of {keys} keys sign, valid until {day}", **told)
    return words("Root {short}… accepted: {threshold} of {keys} keys sign, valid until {day}", **told)


class SiteStep(Step):
    imported = Signal()

    def __init__(self, desk: Desk) -> None:
        hint = words("Names the chargers of a site: serial numbers, addresses, host keys, profile.")
        super().__init__(desk, "2", words("Site file"), hint)
        self._file = _field(names.SITE_FILE, words("site.json"))
        choose = _choose(self, words("Site file"), "site file (*.toml *.json)", self._file.setText)
        take = Button(words("Import"), "upload", "", named(names.SITE_IMPORT))
        self.fields.addLayout(columns((self._file, 1), choose, take, gap=8))
        take.clicked.connect(self._import)
        if desk.feed.status.site:
            self.tell(words("Current site: {name}", name=desk.feed.status.site))

    @Slot()
    def _import(self) -> None:
        file = Path(self._file.text().strip())
        self.desk.background.run(lambda: self.desk.app.site_import(file), self._imported, self.complain, owner=self)

    def _imported(self, site: Site) -> None:
        self.tell(words("{name}: {n} chargers expected", name=site.name, n=len(site.chargers)))
        self._file.clear()


class SecretStep(Step):
    """The secret goes from the field to the keystore; it is never shown, kept or logged here."""

    def __init__(self, desk: Desk) -> None:
        hint = words("Password or private key of a charger. It goes into this system's key store.")
        super().__init__(desk, "3", words("Login"), hint)
        self._serial = _field(names.SECRET_SERIAL, words("Serial number"))
        self._secret = _field(names.SECRET, words("Password"), secret=True)
        store = Button(words("Store"), "key-round", "", named(names.SECRET_STORE))
        key = _choose(self, words("Private key"), "", self._store_file)
        self.fields.addWidget(self._serial)
        self.fields.addLayout(columns((self._secret, 1), key, store, gap=8))
        store.clicked.connect(self._store)

    def begin(self, serial: str) -> None:
        self._serial.setText(serial)
        self._secret.setFocus()

    @Slot()
    def _store(self) -> None:
        serial, secret = self._serial.text().strip(), self._secret.text()
        self._secret.clear()
        if not serial or not secret:
            self.complain(UsageError(Text.FIELDS_MISSING))
            return
        self._run(lambda: self.desk.app.secret_set(serial, secret), serial)

    def _store_file(self, file: str) -> None:
        serial = self._serial.text().strip()
        if not serial:
            self.complain(UsageError(Text.FIELDS_MISSING))
            return
        self._run(lambda: self.desk.app.secret_set(serial, _read(Path(file))), serial)

    def _run(self, work: Callable[[], None], serial: str) -> None:
        self.desk.background.run(
            work, lambda _: self.tell(words("Login of {serial} is stored", serial=serial)), self.complain, owner=self
        )


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(Text.FILE_UNREADABLE, file=file.name, detail=type(error).__name__) from error


class PinStep(Step):
    """Typed from the label, never taken over from the network."""

    def __init__(self, desk: Desk) -> None:
        hint = words("The fingerprint on the charger's label. Type it; it is recorded in the audit log.")
        super().__init__(desk, "4", words("Host key"), hint, last=True)
        self._serial = _field(names.PIN_SERIAL, words("Serial number"))
        self._fingerprint = _field(names.PIN_FINGERPRINT, words("SHA256:…"))
        store = Button(words("Pin"), "pin", "", named(names.PIN_STORE))
        self.fields.addWidget(self._serial)
        self.fields.addLayout(columns((self._fingerprint, 1), store, gap=8))
        store.clicked.connect(self._pin)

    def begin(self, serial: str) -> None:
        self._serial.setText(serial)
        self._fingerprint.setFocus()

    @Slot()
    def _pin(self) -> None:
        serial, typed = self._serial.text().strip(), self._fingerprint.text().strip()
        if not serial or not typed:
            self.complain(UsageError(Text.FIELDS_MISSING))
            return
        self.desk.background.run(
            lambda: self.desk.app.trust_pin(serial, typed),
            lambda _: self.tell(words("Host key of {serial} is pinned", serial=serial)),
            self.complain,
            owner=self,
        )
