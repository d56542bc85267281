"""The line at the foot that is always there: what this laptop knows, and how far it can be relied on."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fieldtool.app.views import CatalogueState, Central, Freshness, LaptopState, Level, StatusLine, SyncState
from fieldtool.core.errors import ExitCode, FieldtoolError, Trouble
from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.screens.screen import Desk, forget
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.theme.tokens import STATUS_BAR
from fieldtool.ui.widgets.basics import Button, Icon, Label, columns
from fieldtool.ui.words import size_words, trouble_words, words
from fieldtool.ui.words import tip as plain

_TOKENS = {Level.OK: "ok", Level.INFO: "text2", Level.WARN: "warn", Level.STOP: "bad"}
_LEVELS = 4  # of brevity
_GAP = 14


class StatusBar(QWidget):
    go_to = Signal(str)
    failed = Signal(object)  # FieldtoolError of a sync that was asked for here

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("statusbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._desk = desk
        self._sync_error: FieldtoolError | None = None
        self._online, self._catalogue, self._mode = _Item(), _Item(), _Item()
        self._alarm = Button("", "shield-x", "quiet", named(names.AUDIT_ALARM))
        self._alarm.clicked.connect(lambda: self.go_to.emit(names.SCREEN_AUDIT))
        self._disk = _Item()
        self._sync = Button("", "signature", "quiet", named(names.SYNC))
        self._clock, self._laptop, self._actor = _Item(), _Item(), _Item()
        self._mark = Label(self.tr("THROW-AWAY KEYS"), "capstrong", "warn")
        self._mark.setObjectName("throwaway")
        self._mark.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._mark.setToolTip(self.tr("Training keys: what is signed here proves nothing."))
        left = (self._alarm, self._online, self._catalogue, self._mode, self._sync)
        right = (self._mark, self._disk, self._clock, self._laptop, self._actor)
        self._layout = columns(*left, None, *right, gap=_GAP, margin=(16, 1, 16, 1))
        self.setLayout(self._layout)
        self._sync.clicked.connect(self._sync_now)
        desk.feed.status_changed.connect(self._show)
        desk.feed.second_passed.connect(self._show)
        LOOK.changed.connect(self._resized)
        self._resized()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show()

    @Slot()
    def _resized(self) -> None:
        self.setFixedHeight(max(STATUS_BAR, LOOK.target + 4))
        self._show()

    @Slot()
    def _show(self) -> None:
        """The longest words that fit."""
        for brevity in range(_LEVELS):
            self._put(self._desk.feed.status, brevity)
            if self._needed() <= self.width():
                return

    def _needed(self) -> int:
        """Asked of the parts: the layout itself only knows after the next event."""
        items = (self._online, self._catalogue, self._mode, self._clock, self._laptop, self._actor)
        status = self._desk.feed.status
        now_and_then = (
            (self._mark.sizeHint().width(), status.throw_away),
            (self._alarm.sizeHint().width(), status.audit is not None),
            (self._disk.needed(), status.laptop.disk is not Level.OK),
        )
        more = sum(width + _GAP for width, shown in now_and_then if shown)
        return sum(one.needed() + _GAP for one in items) + self._sync.sizeHint().width() + more + 2 * _GAP

    def _put(self, status: StatusLine, brevity: int) -> None:
        self._online.put(*_online(status.sync, brevity))
        self._catalogue.put(*self._catalogue_words(status.catalogue, brevity))
        self._mode.put(*_mode(status.catalogue.stand_alone, brevity))
        self._put_sync(status.sync, brevity)
        self._clock.put(*_clock(status.laptop, brevity))
        self._laptop.put(*_laptop(status.laptop, brevity))
        self._actor.put("user-round", "text2", status.actor, self.tr("Named in every record"))
        self._mark.setVisible(status.throw_away)
        self._put_alarm(status.audit, brevity)
        self._disk.put(*_disk(status.laptop, brevity))
        self._disk.setVisible(status.laptop.disk is not Level.OK)

    def _put_alarm(self, trouble: Trouble | None, brevity: int) -> None:
        """The log is not what it was, or nobody can say: always in sight, with the way to the Audit screen."""
        self._alarm.setVisible(trouble is not None)
        if trouble is None:
            return
        sure = trouble.exit_code is ExitCode.TRUST
        told = words("Audit log: alarm") if sure else words("Audit log not checked")
        if brevity:
            told = words("Alarm") if sure else words("Not checked")
        self._alarm.show_words(told, "shield-x" if sure else "shield-alert", "bad_text" if sure else "warn_text")
        what, _, todo = trouble_words(trouble)
        self._alarm.setToolTip(plain(f"{what} {todo}"))

    def _put_sync(self, sync: SyncState, brevity: int) -> None:
        token = "warn" if sync.pending else "ok" if sync.synced else "text2"
        if sync.busy:
            told = words("Syncing…")
        elif brevity == 0:
            told = words("{n} audit records to sync", n=sync.pending)
            if not sync.pending and sync.synced:
                told = words("All {n} audit records synced", n=sync.synced)
        elif brevity == 1:
            told = words("{n} records to sync", n=sync.pending)
        else:
            told = words("{n} to sync", n=sync.pending)
        self._sync.show_words(told, "signature", token)
        wrong = self._sync_error or sync.problem
        told = wrong.what if wrong is not None else words("Signed on this laptop, sent when online")
        self._sync.setToolTip(plain(told))

    def _catalogue_words(self, state: CatalogueState, brevity: int) -> tuple[str, str, str, str]:
        tip = trouble_words(state.problem)[0] if state.problem is not None else state.repository
        if state.freshness is Freshness.NONE:
            return "shield-alert", "warn", words("No catalogue yet"), tip
        days = 0
        if state.valid_until is not None:
            days = max(0, (state.valid_until - self._desk.clock.now()).days)
        if state.freshness is Freshness.STALE:
            return "shield-x", "bad", words("Catalogue expired") if brevity else words("Catalogue expired: sync"), tip
        icon, token = ("shield-check", "ok") if state.freshness is Freshness.FRESH else ("shield-alert", "warn")
        if brevity >= 2:
            return icon, token, words("{n} days left", n=days), tip
        return icon, token, words("Catalogue valid {n} days", n=days), tip

    @Slot()
    def _sync_now(self) -> None:
        if self._desk.feed.status.sync.central is Central.NOT_SET:
            self.go_to.emit(names.SCREEN_SETTINGS)
            return
        self._sync_error = None
        self._desk.background.run(self._desk.app.sync_now, forget, self._sync_failed, owner=self, replaces="sync")

    def _sync_failed(self, error: FieldtoolError) -> None:
        self._sync_error = error
        self._show()
        self.failed.emit(error)


def _online(sync: SyncState, brevity: int) -> tuple[str, str, str, str]:
    tip = trouble_words(sync.problem)[0] if sync.problem is not None else ""
    if sync.central is Central.ONLINE:
        return "cloud", "ok", words("Online"), tip
    if sync.central is Central.REFUSED:
        return "cloud-off", "bad", words("Refused") if brevity else words("Central refuses this laptop"), tip
    if sync.central is Central.NOT_SET:
        return "cloud-off", "text2", words("No central") if brevity else words("No central system set"), tip
    return "cloud-off", "warn", words("Offline") if brevity else words("Offline, working from cache"), tip


def _mode(alone: bool, brevity: int) -> tuple[str, str, str, str]:
    """Always there: nobody shall take the one for the other."""
    if alone:
        tip = words("Whatever a vendor signed may be installed: no operator says what, where and by whom.")
        return "hand", "text2", words("Stand-alone"), tip
    tip = words("Nothing is installed without a work order and a grant that the operator signed.")
    return "clipboard-list", "text2", words("Directed") if brevity else words("Directed by the operator"), tip


def _clock(laptop: LaptopState, brevity: int) -> tuple[str, str, str, str]:
    told = words("Trusted") if brevity > 2 else words("Clock trusted")
    if laptop.clock is Level.WARN or laptop.clock is Level.INFO:
        told = words("Clock unsure") if brevity else words("Clock not confirmed")
    elif laptop.clock is Level.STOP:
        told = words("Clock is wrong")
    return "clock", _TOKENS[laptop.clock], told, laptop.clock_note


def _laptop(laptop: LaptopState, brevity: int) -> tuple[str, str, str, str]:
    tip = words("{size} of disk space free", size=size_words(laptop.free_disk))
    if laptop.battery is None:
        return "laptop", "text2", words("Mains") if brevity >= 2 else words("On mains"), tip
    low = laptop.battery < 30 and not laptop.on_mains
    told = words("{n} %", n=laptop.battery) if brevity >= 2 else words("Laptop {n} %", n=laptop.battery)
    if laptop.on_mains and brevity < 2:
        told = words("Laptop {n} %, on mains", n=laptop.battery)
    return ("battery-charging" if laptop.on_mains else "laptop"), "warn" if low else "text2", told, tip


def _disk(laptop: LaptopState, brevity: int) -> tuple[str, str, str, str]:
    tip = words(
        "{size} of disk space free. No update begins without room for its records.", size=size_words(laptop.free_disk)
    )
    full = laptop.disk is Level.STOP
    told = words("Disk full") if full else words("Disk low") if brevity else words("Disk almost full")
    told = words("Disk") if brevity > 2 else told
    return "triangle-alert", _TOKENS[laptop.disk], told, tip


class _Item(QWidget):
    """Icon and words, not a button."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = Icon("info", "text2", 18)
        self._words = Label("", "serial", "muted")
        self.setLayout(columns(self._icon, self._words, gap=8))

    def needed(self) -> int:
        return 26 + self._words.sizeHint().width()

    def put(self, icon: str, token: str, told: str, hint: str) -> None:
        self._icon.show_icon(icon, token)
        self._words.show_words(told)
        self.setAccessibleName(told)
        self.setToolTip(plain(hint))
