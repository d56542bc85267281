"""What stands around the list of firmware: is it enough, what is being done, how full is the disk."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from fieldtool.app.firmware import Disk
from fieldtool.core.driver import Progress
from fieldtool.ui import names, paint
from fieldtool.ui.names import named
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.widgets.basics import Button, Icon, Label, Sized, columns, restyle, rows
from fieldtool.ui.words import percent, size_words, words


class Answer(QFrame):
    """A tinted line with an answer in two lines of words, and what can be done about it at its end."""

    def __init__(self, *actions: QWidget) -> None:
        super().__init__()
        self._icon = Icon("circle-help", "idle_text", 22)
        self._head = Label("", "strong", "idle", wrap=True)
        self._body = Label("", "caption", "text", wrap=True)
        text = rows(self._head, self._body, gap=2)
        self.setLayout(columns(self._icon, (text, 1), *actions, gap=12, margin=(14, 8, 10, 8)))
        self._shown = ("", "", "", "")

    def show_answer(self, kind: str, icon: str, head: str, body: str) -> None:
        if (kind, icon, head, body) == self._shown:
            return
        self._shown = (kind, icon, head, body)
        self._icon.show_icon(icon, f"{kind}_text")
        self._head.show_words(head, kind)
        self._body.show_words(body)
        self._body.setVisible(bool(body))
        self.setAccessibleName(f"{head}. {body}")
        restyle(self, tint=kind)


class JobLine(QFrame):
    """What is being done, how far it is, and Cancel; afterwards what came of it."""

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._icon = Icon("hourglass", "accent_text", 22)
        self._words = Label("", "strong", wrap=True)
        self._note = Label("", "caption", "muted", wrap=True)
        self._bar = _Bar()
        self._cancel = Button(self.tr("Cancel"), "x", "", named(names.FIRMWARE_CANCEL))
        self._cancel.clicked.connect(self._cancel_now)
        self._close = Button("", "x", "icon", named(names.FIRMWARE_RESULT_OK))
        self._close.clicked.connect(self.hide)
        text = rows(self._words, self._note, gap=2)
        self.setLayout(
            columns(self._icon, (text, 1), self._bar, self._cancel, self._close, gap=12, margin=(14, 8, 10, 8))
        )
        self.hide()

    def begin(self, what: str) -> None:
        self._put("hourglass", "accent_text", what, words("Updates go on meanwhile."), "")
        self._bar.show_share(0.0, "")
        self._bar.show()
        self._cancel.setEnabled(True)
        self._cancel.show()
        self._close.hide()
        self.show()

    @Slot(object)
    def step(self, step: Progress) -> None:
        share = min(1.0, step.done / step.total) if step.total else 0.0
        self._bar.show_share(share, percent(share) if step.total else "")
        name = step.note.rpartition("/")[2]
        if name:
            self._note.show_words(name)

    def end(self, kind: str, icon: str, told: str, note: str = "") -> None:
        self._put(icon, f"{kind}_text", told, note, kind)
        self._bar.hide()
        self._cancel.hide()
        self._close.show()
        self.show()

    def _put(self, icon: str, token: str, told: str, note: str, tint: str) -> None:
        self._icon.show_icon(icon, token)
        self._words.show_words(told, tint or "text")
        self._note.show_words(note)
        self._note.setVisible(bool(note))
        self.setAccessibleName(f"{told} {note}")
        restyle(self, tint=tint)

    def _cancel_now(self) -> None:
        self._cancel.setEnabled(False)
        self._note.show_words(words("Cancelling…"))
        self.cancelled.emit()


class _Bar(Sized):
    def __init__(self) -> None:
        super().__init__()
        self._share, self._words = 0.0, ""

    def show_share(self, share: float, told: str) -> None:
        if (share, told) != (self._share, self._words):
            self._share, self._words = share, told
            self.setAccessibleName(told)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(LOOK.px(180), LOOK.px(24))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = LOOK.px(48)
        height = 10 if LOOK.high_contrast else 8
        box = QRectF(1, (self.height() - height) / 2, self.width() - room - 2, height)
        paint.bar(painter, box, self._share)
        paint.text(painter, QRectF(self.rect()), self._words, "capstrong", "text", paint.RIGHT, tabular=True)


class DiskCard(QFrame):
    """How much the firmware takes, what for, and what a clean-up would give back."""

    clean_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._low = False
        self._used = Label("", "strong")
        self._free = Label("", "caption", "muted")
        self._bar = _DiskBar()
        self._legend = [_Key(token, hatched) for token, hatched in (("accent", False), ("ok", False), ("idle", True))]
        self._clean = Button("", "trash-2", "", named(names.FIRMWARE_CLEAN))
        self._clean.clicked.connect(self.clean_wanted)
        keys = columns(*self._legend, None, gap=14)
        self._middle = rows(self._bar, keys, gap=6)
        told = rows(self._used, self._free, gap=1)
        self.setLayout(columns(told, (self._middle, 1), self._clean, gap=20, margin=(20, 10, 12, 10)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The legend only where all of it fits; the bar tells the same to screen readers and as a tool tip."""
        sides = max(self._used.sizeHint().width(), self._free.sizeHint().width()) + self._clean.sizeHint().width()
        room = self.width() - sides - 80
        needed = sum(key.sizeHint().width() + 14 for key in self._legend)
        for key in self._legend:
            key.setVisible(needed <= room and not self._low)

    def show_disk(self, disk: Disk, busy: bool, low: bool) -> None:
        self._low = low
        self._used.show_words(words("Cache {size}", size=size_words(disk.cache)))
        self._free.show_words(words("{size} free on this laptop", size=size_words(disk.free)))
        self._bar.show_disk(disk)
        told = (
            words("this site {size}", size=size_words(disk.needed)),
            words("pinned {size}", size=size_words(disk.pinned)),
            words("not needed {size}", size=size_words(disk.spare)),
        )
        for key, one in zip(self._legend, told, strict=True):
            key.show_words(one)
        spare = disk.spare > 0
        self._clean.setEnabled(spare and not busy)
        clean = words("Clean up {size}", size=size_words(disk.spare)) if spare else words("Nothing to clean up")
        self._clean.show_words(clean, "trash-2")
        self._fit()


class _Key(QWidget):
    """One entry of the legend."""

    def __init__(self, token: str, hatched: bool) -> None:
        super().__init__()
        self._words = Label("", "caption", "muted")
        self.setLayout(columns(_Swatch(token, hatched), self._words, gap=6))

    def show_words(self, told: str) -> None:
        self._words.show_words(told)


class _Swatch(Sized):
    def __init__(self, token: str, hatched: bool) -> None:
        super().__init__()
        self._token, self._hatched = token, hatched
        self.setFixedSize(16, 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _piece(painter, QRectF(self.rect()), self._token, self._hatched)


class _DiskBar(Sized):
    """The cache as one bar: for the site, pinned, kept by the catalogue, needed by nobody."""

    def __init__(self) -> None:
        super().__init__()
        self._disk = Disk()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_disk(self, disk: Disk) -> None:
        if disk != self._disk:
            self._disk = disk
            told = words(
                "Of {all} the site needs {needed}, {pinned} are pinned, {spare} are not needed.",
                all=size_words(disk.cache), needed=size_words(disk.needed), pinned=size_words(disk.pinned),
                spare=size_words(disk.spare),
            )  # fmt: skip
            self.setAccessibleName(told)
            self.setToolTip(told)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(LOOK.px(200), 14)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 14)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        paint.bar(painter, box, 0.0)
        outline = QPainterPath()
        outline.addRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setClipPath(outline)
        disk, x = self._disk, box.x()
        total = max(1, disk.cache)
        parts = ((disk.needed, "accent", False), (disk.pinned, "ok", False), (disk.spare, "idle", True))
        for size, token, hatched in parts:
            width = box.width() * size / total
            if size:
                _piece(painter, QRectF(x, box.y(), max(3.0, width), box.height()), token, hatched)
            x += width


def _piece(painter: QPainter, rect: QRectF, token: str, hatched: bool) -> None:
    painter.setPen(QPen(LOOK.colour("surface"), 1))
    painter.setBrush(LOOK.colour(f"{token}_sub" if hatched else token))
    if hatched:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRect(rect)
        paint.hatch(painter, rect, token, step=5.0, alpha=0.9)
    else:
        painter.drawRect(rect)
