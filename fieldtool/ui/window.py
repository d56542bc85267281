"""The window: rail of screens, status bar, theme, shortcuts, and the question before closing in mid-run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QAbstractButton, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from fieldtool.app.api import FieldApp
from fieldtool.app.views import Fleet
from fieldtool.core.clock import Clock, SystemClock
from fieldtool.core.errors import FieldtoolError
from fieldtool.ui import names, paint
from fieldtool.ui.background import Background, Feed
from fieldtool.ui.names import named
from fieldtool.ui.run_words import is_recovery
from fieldtool.ui.screens.chargers import ChargersScreen
from fieldtool.ui.screens.screen import Desk, Screen, forget
from fieldtool.ui.theme.icons import paint_icon
from fieldtool.ui.theme.look import LOOK, THEME, advance
from fieldtool.ui.theme.tokens import RAIL, STATUS_BAR
from fieldtool.ui.widgets.basics import Button, columns, rows
from fieldtool.ui.widgets.notices import notice
from fieldtool.ui.widgets.shortcuts import ShortcutList
from fieldtool.ui.widgets.status_bar import StatusBar
from fieldtool.ui.widgets.token_pin import TokenPin
from fieldtool.ui.words import mark, words


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the rail. Screens are made when first shown, so that the first one is on screen sooner."""

    name: str
    words: str
    icon: str
    make: Callable[[Desk], Screen]


def _plan(desk: Desk) -> Screen:
    from fieldtool.ui.screens.plan import PlanScreen

    return PlanScreen(desk)


def _run(desk: Desk) -> Screen:
    from fieldtool.ui.screens.run import RunScreen

    return RunScreen(desk)


def _recovery(desk: Desk) -> Screen:
    from fieldtool.ui.screens.recovery import RecoveryScreen

    return RecoveryScreen(desk)


def _firmware(desk: Desk) -> Screen:
    from fieldtool.ui.screens.firmware import FirmwareScreen

    return FirmwareScreen(desk)


def _audit(desk: Desk) -> Screen:
    from fieldtool.ui.screens.audit import AuditScreen

    return AuditScreen(desk)


def _reports(desk: Desk) -> Screen:
    from fieldtool.ui.screens.reports import ReportsScreen

    return ReportsScreen(desk)


def _settings(desk: Desk) -> Screen:
    from fieldtool.ui.screens.settings import SettingsScreen

    return SettingsScreen(desk)


PLACES = (
    Place(names.SCREEN_CHARGERS, mark("Chargers"), "ev-charger", ChargersScreen),
    Place(names.SCREEN_PLAN, mark("Plan"), "list-checks", _plan),
    Place(names.SCREEN_RUN, mark("Run"), "activity", _run),
    Place(names.SCREEN_RECOVERY, mark("Recovery"), "life-buoy", _recovery),
    Place(names.SCREEN_FIRMWARE, mark("Firmware"), "package-check", _firmware),
    Place(names.SCREEN_AUDIT, mark("Audit"), "file-clock", _audit),
    Place(names.SCREEN_REPORTS, mark("Reports"), "signature", _reports),
    Place(names.SCREEN_SETTINGS, mark("Settings"), "settings", _settings),
)


class MainWindow(QMainWindow):
    def __init__(self, app: FieldApp, clock: Clock | None = None) -> None:
        super().__init__()
        self.setWindowTitle("fieldtool")
        self.resize(1440, 900)
        self.setMinimumSize(900, 560)
        self._app, self._closing = app, False
        self._held = ""  # why nobody should leave the screen that shows
        self.background = Background()
        self.feed = Feed(app)
        self.desk = Desk(app, self.background, self.feed, clock or SystemClock())
        self._screens: dict[str, Screen] = {}
        self._build()
        self._bind_keys()
        self.feed.fleet_changed.connect(self._show_badges)
        self._show_badges(self.feed.fleet)
        self.show_screen(names.SCREEN_CHARGERS)
        chargers = self._screens[names.SCREEN_CHARGERS]
        if isinstance(chargers, ChargersScreen):
            chargers.table.setFocus()
        self.feed.start()

    # -- parts
    def _build(self) -> None:
        self._stack = QStackedWidget()
        self._rail = _Rail()
        self._rail.buttons[names.SCREEN_CHARGERS].setChecked(True)
        for place in PLACES:
            self._rail.buttons[place.name].clicked.connect(lambda _=False, name=place.name: self.show_screen(name))
        self.status_bar = StatusBar(self.desk)
        self.status_bar.go_to.connect(self.show_screen)
        self.status_bar.failed.connect(self._complain)
        self._question = QWidget()
        self._question_layout = QVBoxLayout(self._question)
        self._question_layout.setContentsMargins(20, 12, 20, 0)
        self._question.hide()
        content = QWidget()
        content.setObjectName("content")
        self._token = TokenPin()
        self._app.ask_pins(self._token.ask)
        main = columns(self._rail, (rows(self._question, self._token, (self._stack, 1)), 1))
        content.setLayout(rows((main, 1), self.status_bar))
        self.setCentralWidget(content)
        self._shortcuts = ShortcutList(content)
        self._rail.help.clicked.connect(self._shortcuts.toggle)
        self._rail.theme.clicked.connect(self.next_theme)

    def _bind_keys(self) -> None:
        for at, place in enumerate(PLACES, start=1):
            self._key(f"Ctrl+{at}", partial(self.show_screen, place.name))
        self._key("F6", self.next_theme)
        self._key("F5", lambda: self.background.run(self._app.scan, forget, self._complain, owner=self))
        self._key("Ctrl+F", self._find)
        self._key("?", self._shortcuts.toggle)

    def _key(self, keys: str, action: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.activated.connect(action)

    # -- screens
    def open_screen(self, name: str) -> Screen:
        """The screen of that name, made now if it never was shown."""
        if name not in self._screens:
            place = next(place for place in PLACES if place.name == name)
            made = place.make(self.desk)
            made.go_to.connect(self.show_screen)
            made.plan_wanted.connect(self._plan)
            made.set_up_wanted.connect(self._set_up)
            made.recovery_wanted.connect(self._recover)
            made.held.connect(self._hold)
            self._screens[name] = made
            self._stack.addWidget(made)
        return self._screens[name]

    @Slot(str)
    def show_screen(self, name: str) -> None:
        if self._held:
            return
        screen = self.open_screen(name)
        self._rail.buttons[name].setChecked(True)
        screen.adapt(self.width(), self.height())
        self._stack.setCurrentWidget(screen)

    @Slot(str)
    def _hold(self, why: str) -> None:
        """The screen that shows stays; the rail is off, and says why."""
        self._held = why
        self._rail.hold(why)

    @Slot(str, str)
    def _set_up(self, step: str, serial: str) -> None:
        from fieldtool.ui.screens.settings import SettingsScreen

        self.show_screen(names.SCREEN_SETTINGS)
        screen = self.open_screen(names.SCREEN_SETTINGS)
        if isinstance(screen, SettingsScreen):
            screen.begin(step, serial)

    @Slot(str)
    def _recover(self, serial: str) -> None:
        from fieldtool.ui.screens.recovery import RecoveryScreen

        self.show_screen(names.SCREEN_RECOVERY)
        screen = self.open_screen(names.SCREEN_RECOVERY)
        if isinstance(screen, RecoveryScreen):
            screen.begin(serial)

    @Slot(object)
    def _plan(self, keys: tuple[str, ...]) -> None:
        from fieldtool.ui.screens.plan import PlanScreen

        screen = self.open_screen(names.SCREEN_PLAN)
        if isinstance(screen, PlanScreen):
            screen.plan(keys)
        self.show_screen(names.SCREEN_PLAN)

    def _find(self) -> None:
        self.show_screen(names.SCREEN_CHARGERS)
        screen = self._screens[names.SCREEN_CHARGERS]
        if isinstance(screen, ChargersScreen) and screen.isVisible():
            screen.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot(object)
    def _complain(self, error: FieldtoolError) -> None:
        shown = self._stack.currentWidget()
        if isinstance(shown, Screen):
            shown.complain(error)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._rail.fit(self.height())
        shown = self._stack.currentWidget()
        if isinstance(shown, Screen):
            shown.adapt(self.width(), self.height())

    # -- theme
    @Slot()
    def next_theme(self) -> None:
        theme = LOOK.next_theme()
        LOOK.set(theme)
        self.background.run(
            lambda: self._app.set_setting(THEME, theme), forget, self._complain, owner=self, replaces="theme"
        )

    # -- badges and closing
    @Slot(object)
    def _show_badges(self, fleet: Fleet) -> None:
        self._rail.buttons[names.SCREEN_RUN].show_badge(len(_under_way(fleet)))
        going = [run for run in fleet.runs.values() if run.outcome is None and is_recovery(run)]
        self._rail.buttons[names.SCREEN_RECOVERY].show_badge(len(going))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Never closes in mid-run without a word; the question stands over the run and hides nothing of it."""
        going = _under_way(self.feed.fleet)
        if self._closing or not going:
            event.accept()
            return
        event.ignore()
        stay = Button(self.tr("Keep open"), "", "", named(names.STAY))
        stop = Button(self.tr("Stop and close"), "pause", "danger", named(names.STOP_AND_CLOSE))
        stay.clicked.connect(self._clear_question)
        stop.clicked.connect(self._stop_and_close)
        head = self.tr("{n} chargers are being updated").format(n=len(going))
        body = self.tr("Closing stops each after its step; you resume them from there when fieldtool opens again.")
        self._ask(notice("warn", "triangle-alert", head, body, stay, stop))
        stay.setFocus()

    def _ask(self, question: QWidget | None) -> None:
        while (item := self._question_layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        if question is not None:
            self._question_layout.addWidget(question)
        self._question.setVisible(question is not None)

    @Slot()
    def _clear_question(self) -> None:
        self._ask(None)

    @Slot()
    def _stop_and_close(self) -> None:
        head = self.tr("Closing as soon as every charger is in a known state")
        self._ask(notice("warn", "hourglass", head, self.tr("Leave this laptop on and connected.")))
        self.background.run(self._app.close, lambda _: self._close_now(), self._complain, owner=self)

    def _close_now(self) -> None:
        self._closing = True
        self.close()

    def shut_down(self) -> None:
        """Stop pulling and delivering; what the app does is its own business."""
        self.feed.stop()
        self._token.shut()
        self.background.close()


def _under_way(fleet: Fleet) -> tuple[str, ...]:
    runs = fleet.runs.values() or [row.run for row in fleet.rows if row.run is not None]
    return tuple(run.serial for run in runs if run.outcome is None)


def _rail_width() -> int:
    return max(RAIL, LOOK.px(82))


class _Rail(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(_rail_width())
        self.buttons: Mapping[str, _RailButton] = {
            place.name: _RailButton(words(place.words), place.icon, place.name, at)
            for at, place in enumerate(PLACES, start=1)
        }
        *top, settings = self.buttons.values()
        self.help = _RailButton(self.tr("Keys"), "circle-help", names.SHORTCUTS)
        self.theme = _RailButton(self.tr("Theme"), "sun", names.THEME)
        self._logo = _Logo()
        foot = (self.theme, self.help, settings)
        self.setLayout(rows(self._logo, *top, None, *foot, gap=2, margin=(0, 0, 0, 8)))
        LOOK.changed.connect(self._show_theme)
        self._show_theme()

    @Slot()
    def _show_theme(self) -> None:
        self.setFixedWidth(max(_rail_width(), *(button.needed() for button in self.findChildren(_RailButton))))
        self.theme.show_icon({"light": "sun", "dark": "moon", "sunlight": "contrast"}[LOOK.theme.name])

    def hold(self, why: str) -> None:
        """`why` nobody may go elsewhere now; "" lets everybody go again."""
        for button in self.buttons.values():
            button.hold(why)

    def fit(self, window: int) -> None:
        """Lower buttons in a low window; where large text leaves no room besides, the logo goes."""
        low = window < 720
        buttons = (*self.buttons.values(), self.help, self.theme)
        height, room = LOOK.px(56) if low else LOOK.px(68), window - max(STATUS_BAR, LOOK.target + 4) - 8
        gaps = 2 * (len(buttons) + 2)
        self._logo.setFixedHeight(56 if low else 72)
        self._logo.setVisible(len(buttons) * height + self._logo.height() + gaps <= room)
        for button in buttons:
            button.setFixedHeight(min(height, max(LOOK.px(18) + 30, (room - gaps) // len(buttons))))


class _Logo(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(72)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.width() / 2 - 20, self.height() / 2 - 20, 40, 40)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(LOOK.colour("rail_mark"))
        painter.drawRoundedRect(box, 11, 11)
        paint_icon(painter, "ev-charger", box.adjusted(9, 9, -9, -9), "on_mark")


class _RailButton(QAbstractButton):
    def __init__(self, words: str, icon: str, name: str, number: int = 0) -> None:
        super().__init__()
        self._icon, self._badge = icon, 0
        self._tip = f"{words} (Ctrl+{number})" if number else named(name)
        self.setText(words)
        self.setAccessibleName(named(name))
        self.setToolTip(self._tip)
        self.setCheckable(bool(number))
        self.setAutoExclusive(bool(number))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(68)

    def hold(self, why: str) -> None:
        """Off with its reason, unless its screen is the one that shows."""
        off = bool(why) and not self.isChecked()
        self.setEnabled(not off)
        self.setToolTip(why if off else self._tip)
        self.setAccessibleDescription(why if off else "")
        self.update()

    def show_icon(self, icon: str) -> None:
        self._icon = icon
        self.update()

    def show_badge(self, count: int) -> None:
        if count != self._badge:
            self._badge = count
            self.setAccessibleDescription(self.tr("{n} under way").format(n=count) if count else "")
            self.update()

    def needed(self) -> int:
        """Width of its word: longer in other languages."""
        return round(advance(self.text(), "capstrong")) + 6

    def sizeHint(self) -> QSize:
        return QSize(_rail_width(), 68)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if self.isEnabled() else 0.45)
        on, high = self.isChecked(), LOOK.high_contrast
        box = QRectF(8, 3, self.width() - 16, self.height() - 6)
        if on or (self.underMouse() and not high):
            ground = LOOK.colour("rail_sel")
            ground.setAlphaF(1.0 if on else 0.5)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(box, 10, 10)
        if on and not high:
            painter.fillRect(QRectF(0, self.height() / 2 - 15, 4, 30), LOOK.colour("rail_mark"))
        if self.hasFocus():
            paint.focus_ring(painter, box.adjusted(1, 1, -1, -1), "rail_on" if on else "rail_mark")
        token = "rail_on" if on else "rail_text"
        line = LOOK.px(18)
        top = (self.height() - 24 - 2 - line) / 2
        paint_icon(painter, self._icon, QRectF(self.width() / 2 - 12, top, 24, 24), token)
        words = QRectF(2, top + 26, self.width() - 4, line)
        paint.text(painter, words, self.text(), "capstrong" if on else "caption", token, paint.CENTRE)
        if self._badge:
            self._paint_badge(painter, top, on)

    def _paint_badge(self, painter: QPainter, top: float, on: bool) -> None:
        inverse = on and LOOK.high_contrast
        words = str(self._badge)
        box = QRectF(self.width() / 2 + 6, max(2.0, top - 6), max(20, advance(words, "badge") + 12), 20)
        painter.setPen(LOOK.colour("rail_sel" if on else "rail"))
        painter.setBrush(LOOK.colour("rail" if inverse else "rail_badge"))
        painter.drawRoundedRect(box, 10, 10)
        paint.text(painter, box, words, "badge", "rail_sel" if inverse else "on_badge", paint.CENTRE)


def build_window(app: FieldApp, clock: Clock | None = None) -> MainWindow:
    """The window on an app, not yet shown. Needs a QApplication; call `shut_down` when done."""
    return MainWindow(app, clock)
