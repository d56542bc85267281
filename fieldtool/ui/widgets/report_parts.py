"""What a report shows beside its list: the checks, line by line, and the page as it will be printed."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from fieldtool.report.document import Document, Run, Untouched
from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.report_words import counted, grade_sign, title_of, worst
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.widgets.basics import Button, Icon, Label, Sized, columns, frame, restyle, rows, scroll
from fieldtool.ui.words import Sign, outcome_sign, words
from fieldtool.update.evidence import Grade


class Checks(QFrame):
    """One charger: its protocol, a line each. A visit: a line for each charger, which leads to its own."""

    run_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.title = Label("", "subtitle", wrap=True)
        self._counts = columns(gap=14)
        self._lines = rows(gap=0)
        self._note = Label("", "caption", "muted", wrap=True)
        inner = QWidget()
        inner.setLayout(rows(self._lines, None))
        head = rows(self.title, self._counts, gap=6, margin=(18, 12, 18, 10))
        note = rows(self._note, margin=(18, 8, 18, 10))
        self.setLayout(rows(head, (scroll(inner), 1), note, margin=(2, 0, 2, 2)))

    def reading(self, told: str) -> None:
        self._clear()
        self.title.show_words(told)
        self._note.show_words("")

    def show_document(self, document: Document) -> None:
        self._clear()
        self.title.show_words(title_of(document))
        single = len(document.runs) == 1 and not document.untouched
        checks = [check for run in document.runs for check in run.checks]
        for sign in counted(checks):
            self._counts.addWidget(_signed(sign))
        self._counts.addStretch(1)
        if single:
            for at, check in enumerate(document.runs[0].checks, 1):
                self._lines.addWidget(_check(at, check.title, check.words, check.limit, check.state))
        else:
            for run in document.runs:
                self._lines.addWidget(self._run(run))
            for untouched in document.untouched:
                self._lines.addWidget(_untouched(untouched))
        self._note.show_words(words("Protocol: {title}. What nobody knows is “not checked”, never a pass.",
                                    title=document.protocol.title))  # fmt: skip

    def _run(self, run: Run) -> QFrame:
        state, result = grade_sign(worst(run)), outcome_sign(run.outcome)
        told = words("{outcome}, {version}", outcome=result.word, version=run.target)
        show = Button(words("Show"), "eye", "", named(names.REPORT_RUN, name=run.name))
        show.clicked.connect(lambda: self.run_wanted.emit(run.id))
        return _line(Icon("ev-charger", "text2", 20), run.name, told, _signed(state), show, tint=_tint(worst(run)))

    def _clear(self) -> None:
        for layout in (self._counts, self._lines):
            while (item := layout.takeAt(0)) is not None:
                if (widget := item.widget()) is not None:
                    widget.hide()
                    widget.deleteLater()


def _check(number: int, title: str, told: str, limit: str, state: Grade) -> QFrame:
    note = f"{told} {words('Limit: {limit}.', limit=limit)}" if limit else told
    place = Label(str(number), "strong", "muted")
    place.setFixedWidth(LOOK.px(22))
    return _line(place, title, note, _signed(grade_sign(state)), tint=_tint(state))


def _untouched(one: Untouched) -> QFrame:
    why = one.reason or words("Nobody asked for an update.")
    sign = Sign("idle", "minus", words("Not touched"))
    return _line(Icon("ev-charger", "text3", 20), one.name or one.serial, why, _signed(sign))


def _tint(state: Grade) -> str:
    return "bad" if state is Grade.FAIL else ""


def _line(first: QWidget, title: str, note: str, *rest: QWidget, tint: str = "") -> QFrame:
    below = Label(note, "caption", "text" if tint else "muted", wrap=True)
    told = rows(Label(title, "strong", wrap=True), below, gap=1)
    made = frame(columns(first, (told, 1), *rest, gap=10, margin=(16, 9, 14, 9)), "row")
    made.setAccessibleName(f"{title} {note}")
    if tint:
        restyle(made, tint=tint)
    return made


def _signed(sign: Sign) -> QWidget:
    made = QWidget()
    made.setLayout(columns(Icon(sign.icon, f"{sign.kind}_text", 18), Label(sign.word, "strong", sign.kind), gap=6))
    return made


class Pages(QFrame):
    """The pages, one at a time, as they will be printed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._pages: tuple[QPixmap, ...] = ()
        self._at = 0
        self._picture = _Page()
        self._before = Button("", "chevron-left", "icon", named(names.REPORT_BEFORE))
        self._next = Button("", "arrow-right", "icon", named(names.REPORT_NEXT))
        self._where = Label("", "body", "muted")
        self._before.clicked.connect(lambda: self._turn(-1))
        self._next.clicked.connect(lambda: self._turn(1))
        self._state = Label("", "capstrong", "accent")
        head = columns((Label(self.tr("Preview"), "subtitle"), 1), self._state)
        foot = columns(self._before, self._where, self._next, None, gap=10)
        self.setLayout(rows(head, (self._picture, 1), foot, gap=10, margin=(18, 12, 18, 12)))
        self.show_pages((), "")

    def show_pages(self, pages: Sequence[bytes], state: str) -> None:
        """`pages`: PNGs. `state`: what they are, in two words."""
        made = []
        for page in pages:
            picture = QPixmap()
            picture.loadFromData(page)
            made.append(picture)
        self._pages, self._at = tuple(made), 0
        self._state.show_words(state)
        self._show()

    @Slot()
    def _turn(self, by: int) -> None:
        self._at = max(0, min(len(self._pages) - 1, self._at + by))
        self._show()

    def _show(self) -> None:
        there = bool(self._pages)
        self._picture.show_page(self._pages[self._at] if there else None)
        told = words("Page {n} of {all}", n=self._at + 1, all=len(self._pages)) if there else ""
        self._where.show_words(told)
        self._picture.setAccessibleDescription(told)
        self._before.setEnabled(there and self._at > 0)
        self._next.setEnabled(there and self._at + 1 < len(self._pages))


class _Page(Sized):
    """A sheet of paper; white in every theme."""

    def __init__(self) -> None:
        super().__init__()
        self._page: QPixmap | None = None
        self._scaled: QPixmap | None = None  # as large as there is room now
        self.setAccessibleName(named(names.REPORT_PAGE))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_page(self, page: QPixmap | None) -> None:
        self._page, self._scaled = page, None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._scaled = None

    def sizeHint(self) -> QSize:
        return QSize(300, 420)

    def minimumSizeHint(self) -> QSize:
        return QSize(180, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._page is None or self._page.isNull():
            return
        if self._scaled is None:
            ratio = self.devicePixelRatioF()
            room = (self.size() - QSize(2, 2)) * ratio
            smooth = Qt.TransformationMode.SmoothTransformation
            self._scaled = self._page.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, smooth)
            self._scaled.setDevicePixelRatio(ratio)
        painter = QPainter(self)
        sheet = self._scaled.deviceIndependentSize()
        place = QRectF((self.width() - sheet.width()) / 2, 1, sheet.width(), sheet.height())
        painter.drawPixmap(place.topLeft(), self._scaled)
        painter.setPen(QPen(LOOK.colour("border_ctl"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place)
