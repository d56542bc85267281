"""Settings: the four steps to a first own charger, the self-test with its fixes, display and touch, connections."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QLayout, QLineEdit, QSizePolicy, QWidget

from fieldtool.app.views import DoctorLine, Level, SettingView
from fieldtool.core.errors import FieldtoolError
from fieldtool.ui import names
from fieldtool.ui.language import LANGUAGE, SPOKEN, speak
from fieldtool.ui.names import named
from fieldtool.ui.screens.screen import Desk, Screen
from fieldtool.ui.theme.look import DISPLAY_SETTINGS, LOOK
from fieldtool.ui.widgets.basics import Button, Choice, Icon, Label, card, columns, restyle, rows, scroll
from fieldtool.ui.widgets.charger_pane import PIN
from fieldtool.ui.widgets.display_card import DisplayCard
from fieldtool.ui.widgets.setup_steps import PinStep, SecretStep, SiteStep, TrustStep
from fieldtool.ui.words import clock_words, doctor_words, mark, words

_THREE_COLUMNS = 1300  # window width from which the right column stands alone


class SettingsScreen(Screen):
    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "")
        self.title.show_words(self.tr("Settings"))
        again = Button(self.tr("Test again"), "refresh-cw", "", named(names.TEST_AGAIN))
        again.clicked.connect(self._test)
        self.head.addWidget(again)
        self._doctor = _Doctor()
        display = DisplayCard()
        self._connections = _Connections()
        display.chosen.connect(self._keep)
        self._connections.chosen.connect(self._keep)
        self._secret, self._pin = SecretStep(desk), PinStep(desk)
        steps = (TrustStep(desk), SiteStep(desk), self._secret, self._pin)
        title = Label(self.tr("First own charger"), "subtitle")
        self._right = QWidget()
        self._right.setLayout(rows(display, self._connections, None, gap=12))
        self._first = rows(card(title, *steps), None, gap=12)
        self._third = rows()
        self._wide = True
        self._third.addWidget(self._right)
        inner = QWidget()
        middle = rows(self._doctor, None)
        self._columns = columns((self._first, 6), (middle, 6), (self._third, 5), gap=12, margin=(0, 0, 4, 0))
        inner.setLayout(self._columns)
        self._area = scroll(inner)
        self.body.addWidget(self._area, 1)
        self._load()
        self._test()

    def adapt(self, width: int, height: int) -> None:
        """Three columns where there is room; else the third below the first."""
        wide = width >= _THREE_COLUMNS and LOOK.percent < 130
        if wide == self._wide:
            return
        self._wide = wide
        self._columns.setStretch(2, 5 if wide else 0)
        if wide:
            self._first.removeWidget(self._right)
            self._third.addWidget(self._right)
        else:
            self._third.removeWidget(self._right)
            self._first.insertWidget(1, self._right)

    def begin(self, step: str, serial: str) -> None:
        """Take the user to the step that a charger is waiting for."""
        chosen = self._pin if step == PIN else self._secret
        chosen.begin(serial)
        self._area.ensureWidgetVisible(chosen)

    def _load(self) -> None:
        self.desk.background.run(
            self.desk.app.settings, self._connections.show_settings, self.complain, owner=self, replaces="settings"
        )

    @Slot(str, str)
    def _keep(self, name: str, value: str) -> None:
        self.desk.background.run(
            lambda: self.desk.app.set_setting(name, value), lambda _: self._kept(name, value), self.complain, owner=self
        )

    def _kept(self, name: str, value: str) -> None:
        if name == LANGUAGE:
            speak(value)
            SPOKEN.changed.emit()
        self.trouble.clear()
        self._connections.saved(name)
        self._load()

    @Slot()
    def _test(self) -> None:
        self._doctor.busy()
        self.desk.background.run(self.desk.app.doctor, self._tested, self._not_tested, owner=self, replaces="doctor")

    def _tested(self, found: tuple[DoctorLine, ...]) -> None:
        wrong = sum(one.level in (Level.WARN, Level.STOP) for one in found)
        if wrong:
            told = self.tr("{n} of {all} checks of this laptop need a fix.").format(n=wrong, all=len(found))
        else:
            told = self.tr("All {all} checks of this laptop are good.").format(all=len(found))
        self.sub.show_words(told)
        self._doctor.show_lines(found, clock_words(self.desk.clock.now(), seconds=True))

    def _not_tested(self, error: FieldtoolError) -> None:
        self._doctor.show_lines((), clock_words(self.desk.clock.now(), seconds=True))
        self.complain(error)


_VALUES: Mapping[str, str] = {  # of settings, in words; languages call themselves by their own name
    "system": mark("As the desktop"), "en": "English", "de": "Deutsch", "all": mark("Everywhere"),
    "loopback": mark("On this laptop only"), "on": mark("On"), "off": mark("Off"),
}  # fmt: skip
_SIGNS: Mapping[Level, tuple[str, str, str]] = {
    Level.STOP: ("bad", "circle-x", mark("Blocks")),
    Level.WARN: ("warn", "triangle-alert", mark("Fix it")),
    Level.INFO: ("idle", "info", mark("Note")),
    Level.OK: ("ok", "circle-check", mark("Good")),
}


class _Doctor(QFrame):
    """The self-test: what needs a fix first, each with the very command."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._when = Label("", "caption", "muted")
        head = columns((Label(self.tr("Self-test"), "subtitle"), 1), self._when, margin=(18, 12, 18, 10))
        self._list = rows()
        self.setLayout(rows(head, self._list, margin=(2, 0, 2, 6)))

    def busy(self) -> None:
        self._when.show_words(self.tr("testing…"))

    def show_lines(self, found: Sequence[DoctorLine], at: str) -> None:
        self._when.show_words(self.tr("at {time}").format(time=at))
        while (item := self._list.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        order = list(_SIGNS)
        lines = sorted(found, key=lambda one: order.index(one.level))
        for one in lines:
            self._list.addWidget(self._line(one, one is lines[-1]))

    def _line(self, one: DoctorLine, last: bool) -> QFrame:
        kind, icon, word = _SIGNS[one.level]
        state = QWidget()
        state.setMinimumWidth(LOOK.px(86))
        state.setLayout(
            rows(columns(Icon(icon, f"{kind}_text", 18), (Label(words(word), "strong", kind), 1), gap=8), None)
        )
        finding, fix = doctor_words(one)
        told = rows(Label(words(one.name), "strong", wrap=True), Label(finding, "caption", "text", wrap=True), gap=2)
        if fix:
            told.addWidget(Label(fix, "mono", "muted", wrap=True))
        row = columns(state, (told, 1), gap=10, margin=(16, 10, 14, 10))
        if one.fix:
            copy = Button("", "clipboard-list", "icon", named(names.COPY_FIX, name=words(one.name)))
            copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(fix))
            row.addWidget(copy, 0, Qt.AlignmentFlag.AlignTop)
        made = QFrame()
        made.setObjectName("row")
        made.setLayout(row)
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        restyle(made, last=last)
        return made


class _Connections(QFrame):
    """All settings but those of the display: a field with its Save, or a choice that applies at once."""

    chosen = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._list = rows(gap=12)
        self.setLayout(rows(Label(self.tr("Connections"), "subtitle"), self._list, gap=12, margin=(20, 14, 20, 16)))
        self._titles: dict[str, Label] = {}
        self._shown: tuple[SettingView, ...] = ()

    def show_settings(self, views: tuple[SettingView, ...]) -> None:
        kept = tuple(view for view in views if view.name not in DISPLAY_SETTINGS)
        if kept == self._shown:
            return
        self._shown = kept
        while (item := self._list.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._titles.clear()
        for view in kept:
            self._list.addWidget(self._choice(view) if view.allowed else self._field(view))

    def saved(self, name: str) -> None:
        if name in self._titles:
            self._titles[name].show_words(words("saved"))

    def _field(self, view: SettingView) -> QWidget:
        edit = QLineEdit(view.value)
        edit.setAccessibleName(named(names.SETTING, title=view.title))
        edit.setPlaceholderText(words("not set"))
        save = Button(self.tr("Save"), "", "", named(names.SETTING_SAVE, title=view.title))
        save.clicked.connect(lambda: self.chosen.emit(view.name, edit.text().strip()))
        edit.returnPressed.connect(save.click)
        return self._labelled(view, columns((edit, 1), save, gap=8))

    def _choice(self, view: SettingView) -> QWidget:
        box = Choice()
        for value in view.allowed:
            template = _VALUES.get(value, value)
            box.addItem(words(template), value)
        box.setCurrentIndex(box.findData(view.value))
        box.setAccessibleName(named(names.SETTING, title=view.title))
        box.activated.connect(lambda at: self.chosen.emit(view.name, str(box.itemData(at))))
        return self._labelled(view, columns((box, 1)))

    def _labelled(self, view: SettingView, control: QLayout) -> QWidget:
        note = Label("", "caption", "ok")
        self._titles[view.name] = note
        made = QWidget()
        made.setLayout(rows(columns((Label(words(view.title), "strong"), 1), note), control, gap=6))
        return made
