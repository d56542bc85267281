"""One component's line in the plan: where it goes, may it, can it return, how long; and all that was found."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from fieldtool.app.views import Level, PlanLine, Verdict
from fieldtool.core.texts import Text
from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.paint import text
from fieldtool.ui.run_words import component_word
from fieldtool.ui.theme.icons import paint_icon
from fieldtool.ui.theme.look import LOOK, advance
from fieldtool.ui.widgets.basics import Button, Icon, Label, Sized, columns, restyle, rows
from fieldtool.ui.widgets.charger_cells import version_path
from fieldtool.ui.widgets.reason_field import ReasonField
from fieldtool.ui.words import Sign, level_sign, plan_word, range_words, rollback_sign, trouble_words, words
from fieldtool.update.preflight import OVERRIDABLE

PATH, ROLLBACK, TIME = 168, 150, 84  # column widths; the verdict takes the rest


def overridable(line: PlanLine, allowed: frozenset[str]) -> str:
    """Name of the problem that stops this line and that the site lets somebody override; else empty.

    Where something else stops it too, an override would not help.
    """
    stops = [one.reason.text for one in line.problems or (line.verdict,) if one.level is Level.STOP]
    if not stops or any(one not in OVERRIDABLE or one.name not in allowed for one in stops):
        return ""
    return stops[0].name


def beside(line: PlanLine) -> tuple[Verdict, ...]:
    """What was found besides the worst, which stands in the line itself."""
    return tuple(one for one in line.problems if one != line.verdict)


class ComponentLine(QFrame):
    """`names_` are the chargers that it stands for."""

    opened = Signal(bool)  # all findings are shown, or not
    override_wanted = Signal(bool)  # the reason is asked for, or not any more
    overridden = Signal(str, str)  # name of the problem, why
    withdrawn = Signal(str)  # name of the problem

    def __init__(self, line: PlanLine, names_: str, busy: bool, folded: bool, small: bool, allowed: frozenset[str]):
        super().__init__()
        self._line, self._names, self._folded = line, names_, folded
        self._part = component_word(line.component)
        self._problem = "" if busy else overridable(line, allowed)
        self.setObjectName("row")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._more: QWidget | None = None
        self._room = rows(gap=6)  # below the line: all findings, and the reason of an override
        pad = 4 if small else 8
        top = columns(self._where(), (self._verdict(busy), 1), *self._right(busy), gap=12)
        self.setLayout(rows(top, self._room, gap=4, margin=(0, pad, 10, pad)))
        if self._problem and folded:
            self._room.addLayout(columns(LOOK.px(PATH) + 12, self._override_button(), None))
        self.reason: ReasonField | None = None  # made when it is asked for: a site has hundreds of lines

    def last(self, last: bool) -> None:
        restyle(self, last=last)

    # -- the line
    def _where(self) -> QWidget:
        line = self._line
        made = QWidget()
        made.setFixedWidth(LOOK.px(PATH))
        goes = line.release is not None and line.verdict.level is not Level.INFO
        stones = [leg.release.version for leg in line.legs[:-1]]
        target = line.release.version if goes and line.release is not None else ""
        path = Path((line.found or "—", *stones, target) if target else (line.found or "—",))
        parts: list[QWidget] = [Label(self._part, "caption", "muted", wrap=True), path]
        if stones:
            told = words("{n} steps, over {stones}", n=len(line.legs), stones=", ".join(stones))
            parts.append(Label(told, "caption", "muted", wrap=True))
        made.setLayout(rows(*parts, None, gap=1))
        return made

    def _verdict(self, busy: bool) -> QWidget:
        line = self._line
        sign, (what, _, todo) = plan_word(line.verdict), trouble_words(line.verdict.reason)
        loud = line.verdict.level is Level.STOP
        if busy:
            sign, what, loud = (
                Sign("accent", "refresh-cw", words("Updating now")),
                words("Follow it on the Run screen."),
                False,
            )
        made = Reason(sign, f"{what} {todo}" if loud else what, loud)
        if self._folded and line.rollback.level is not Level.INFO and not loud and not busy:
            why, word = trouble_words(line.rollback.reason)[0], rollback_sign(line.rollback).word
            told = words("Rollback: {word}. {why} · {time}", word=word, why=why, time=self._time())
            made.told.addWidget(Label(told, "caption", "muted", wrap=True))
        return made

    def _time(self) -> str:
        return range_words(*self._line.duration) if self._line.duration is not None else words("none")

    def _duration(self) -> QWidget:
        made = QWidget()
        made.setFixedWidth(LOOK.px(TIME))
        labels = [Label(self._time(), "numeric", wrap=True)]
        if self._line.duration is not None:
            labels.append(Label(self._source(), "caption", "muted", wrap=True))
        for label in labels:
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        made.setLayout(rows(*labels, None))
        return made

    def _source(self) -> str:
        return words("from history") if self._line.measured else words("estimated")

    def _right(self, busy: bool) -> list[QWidget]:
        """Rollback and time; a blocked line gives this room to its reason, and to the remedy where there is one."""
        made: list[QWidget] = []
        if self._problem and not self._folded:
            made.append(_top(self._override_button()))
        elif not self._folded and self._line.verdict.level is not Level.STOP and not busy:
            back = Reason(rollback_sign(self._line.rollback), trouble_words(self._line.rollback.reason)[0])
            back.setFixedWidth(LOOK.px(ROLLBACK))
            made += [back, self._duration()]
        return [*made, self._more_button()]

    def _override_button(self) -> Button:
        button = Button(self.tr("Override…"), "signature", "", self._named(names.OVERRIDE))
        button.clicked.connect(lambda: self.override_wanted.emit(True))
        return button

    def _more_button(self) -> QWidget:
        """Opens all that was found; its room stays empty where there is no more."""
        room = QWidget()
        room.setFixedWidth(LOOK.target)
        if beside(self._line) or self._line.verdict.reason.text is Text.OVERRIDDEN:
            button = Button("", "chevron-down", "icon", self._named(names.ALL_FINDINGS))
            button.setCheckable(True)
            button.toggled.connect(self.opened)
            self.more_button = button
            room.setLayout(rows(button, None))
        return room

    def _named(self, name: str) -> str:
        return named(name, names=self._names, component=self._part)

    # -- below the line
    def show_more(self, on: bool) -> None:
        """Everything that was found, the worst apart."""
        if on and self._more is None:
            self._more = self._findings(beside(self._line))
            self._room.addWidget(self._more)
            self.more_button.setChecked(True)
        elif not on and self._more is not None:
            self._room.removeWidget(self._more)
            self._more.hide()
            self._more.deleteLater()
            self._more = None

    def _findings(self, found: Sequence[Verdict]) -> QWidget:
        made, lines = QWidget(), rows(gap=4)
        for one in found:
            lines.addWidget(_finding(one))
        passed = [one for one in self._line.problems or (self._line.verdict,) if one.reason.text is Text.OVERRIDDEN]
        if passed:
            problem = str(dict(passed[0].reason.params).get("problem", ""))
            button = Button(self.tr("Withdraw the override"), "undo-2", "", self._named(names.WITHDRAW))
            button.clicked.connect(lambda: self.withdrawn.emit(problem))
            lines.addLayout(columns(button, None))
        made.setLayout(columns(LOOK.px(PATH) + 12, (lines, 1)))
        return made

    def _reason_field(self) -> ReasonField:
        field = ReasonField(
            self.tr("Override"),
            "signature",
            named(names.OVERRIDE_WHY),
            named(names.OVERRIDE_NOW),
            named(names.OVERRIDE_NOT),
        )
        field.given.connect(lambda why: self.overridden.emit(self._problem, why))
        field.closed.connect(lambda: self.override_wanted.emit(False))
        self._room.addWidget(field)
        return field

    def ask_why(self, typed: str, focus: bool = True) -> None:
        """Ask for the reason of an override in place; nothing where nothing can be overridden."""
        if self._problem:
            note = words("It counts for every charger in this plan. Your name and reason go into the audit log.")
            if self.reason is None:
                self.reason = self._reason_field()
            self.reason.ask(note, typed, focus)

    def ask_no_more(self) -> None:
        if self.reason is not None:
            self.reason.hide()

    @property
    def typed(self) -> str:
        """The reason that is being typed."""
        return self.reason.text if self.reason is not None else ""


def _top(widget: QWidget) -> QWidget:
    made = QWidget()
    made.setLayout(rows(widget, None))
    return made


def _finding(found: Verdict) -> QWidget:
    """A further finding in a line: what could not be checked is told quietly."""
    what, _, todo = trouble_words(found.reason)
    if found.level is Level.INFO:
        quiet = found.reason.text.name.endswith("_NOT_CHECKED")
        sign, told = Sign("idle", "circle-help" if quiet else "info", ""), what
    else:
        sign, told = level_sign(found), f"{what} {todo}"
    tone = "muted" if found.level is Level.INFO else "text"
    made = QWidget()
    label = Label(told, "caption", tone, wrap=True)
    made.setLayout(columns(rows(Icon(sign.icon, f"{sign.kind}_text", 16), None), (label, 1), gap=8))
    return made


class Reason(QWidget):
    """The word with its icon, and below it why."""

    def __init__(self, sign: Sign, why: str, loud: bool = False) -> None:
        super().__init__()
        tone = "muted" if sign.kind == "idle" else sign.kind
        head = columns(
            Icon(sign.icon, f"{sign.kind}_text", 16), (Label(sign.word, "strong", tone, wrap=True), 1), gap=8
        )
        self.told = rows(Label(why, "caption", "text" if loud else "muted", wrap=True), gap=1)
        self.setLayout(rows(head, columns(24, (self.told, 1)), None, gap=1))


class Path(Sized):
    """From → to, over stepping stones where they fit; all of them are told in words too."""

    def __init__(self, versions: Sequence[str]) -> None:
        super().__init__()
        self._versions = tuple(versions)
        self.setAccessibleName(words("{a} to {b}", a=versions[0], b=versions[-1]) if len(versions) > 1 else versions[0])
        self.setFixedHeight(LOOK.px(20))

    def sizeHint(self) -> QSize:
        return QSize(round(advance(" → ".join(self._versions), "strong")) + 30, LOOK.px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        if len(self._versions) == 1:
            text(painter, rect, self._versions[0], "numeric", "text2", tabular=True)
        elif len(self._versions) == 2 or not self._chain(painter, rect):
            version_path(painter, rect, self._versions[0], self._versions[-1])

    def _chain(self, painter: QPainter, rect: QRectF) -> bool:
        """Paint every stone. False, and nothing painted, where there is no room."""
        *before, target = self._versions
        widths = [advance(one, "numeric", True) + 1 for one in before]
        if sum(widths) + 20 * len(before) + advance(target, "strong", True) > rect.width():
            return False
        x = rect.x()
        for version, width in zip(before, widths, strict=True):
            text(painter, QRectF(x, rect.y(), width, rect.height()), version, "numeric", "text2", tabular=True)
            paint_icon(painter, "arrow-right", QRectF(x + width + 3, rect.center().y() - 7, 14, 14), "text3")
            x += width + 20
        text(painter, QRectF(x, rect.y(), rect.right() - x + 6, rect.height()), target, "strong", tabular=True)
        return True
