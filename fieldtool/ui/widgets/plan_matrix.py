"""The plan as a matrix: one line per component and outcome, verdict and rollback apart, blocked ones stay."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QSizePolicy, QStackedLayout, QWidget

from fieldtool.app.views import Level, PlanLine, SitePlan
from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.paint import text
from fieldtool.ui.theme.look import LOOK, advance
from fieldtool.ui.widgets.basics import Icon, Label, Sized, TickBox, columns, frame, restyle, rows, scroll
from fieldtool.ui.widgets.charger_cells import version_path
from fieldtool.ui.widgets.notices import Empty
from fieldtool.ui.words import Sign, plan_word, range_words, rollback_sign, trouble_words, words

_GROUP, _PATH, _ROLLBACK, _TIME = 146, 164, 176, 84  # column widths; the verdict takes the rest


@dataclass(frozen=True, slots=True)
class Bundle:
    """Lines of a plan that say the same, shown as one."""

    lines: tuple[PlanLine, ...]

    @property
    def first(self) -> PlanLine:
        return self.lines[0]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(one.key for one in self.lines)

    @property
    def names(self) -> str:
        return ", ".join(one.name for one in self.lines)


def bundles(lines: Iterable[PlanLine]) -> list[list[Bundle]]:
    """Grouped by model and hardware, in the plan's order; within a group, lines that say the same are one."""
    groups: dict[tuple[str, str], dict[object, list[PlanLine]]] = {}
    for one in lines:
        version = one.release.version if one.release is not None else None
        said = (one.component, one.found, version, one.verdict, one.rollback, one.duration)
        groups.setdefault((one.model, one.hardware), {}).setdefault(said, []).append(one)
    return [[Bundle(tuple(same)) for same in group.values()] for group in groups.values()]


class PlanMatrix(QFrame):
    """One line per component and outcome, grouped by model and hardware; blocked ones stay, with the reason."""

    ticked = Signal(object, bool)  # keys, on

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName(named(names.PLAN_MATRIX))
        self._shown: tuple[SitePlan | None, set[str], set[str], bool] = (None, set(), set(), False)
        self._folded = False
        self._head = QWidget()
        self._empty = Empty("list-checks")
        self._pages = QStackedLayout()
        self._list = QWidget()
        self._area = scroll(self._list)
        self._area.verticalScrollBar().rangeChanged.connect(self._make_room)
        self._pages.addWidget(self._area)
        self._pages.addWidget(self._empty)
        self._layout = rows(self._head, self._pages, margin=(2, 4, 2, 6))
        self.setLayout(self._layout)
        LOOK.changed.connect(self._again)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Without room for a rollback column, it is said in a line below the verdict."""
        super().resizeEvent(event)
        fixed = LOOK.px(_GROUP + _PATH + _ROLLBACK + _TIME) + LOOK.target + 80
        folded = self.width() - fixed < LOOK.px(180)
        if folded != self._folded:
            self._folded = folded
            self._again()

    def show_plan(self, plan: SitePlan | None, updatable: set[str], busy: set[str], small: bool) -> None:
        if (plan, updatable, busy, small) != self._shown:
            self._shown = (plan, updatable, busy, small)
            self._again()

    @Slot()
    def _again(self) -> None:
        plan, _, _, small = self._shown
        self._pages.setCurrentIndex(0 if plan is not None and plan.lines else 1)
        self._empty.show_words(self.tr("No plan yet"), self.tr("Chargers that were found are planned here."))
        self._head.setVisible(plan is not None and bool(plan.lines))
        if plan is None or not plan.lines:
            return
        focus = QApplication.focusWidget()  # ticking rebuilds the list: the keyboard's place must survive
        name = focus.accessibleName() if isinstance(focus, TickBox) else ""
        self._replace_head()
        at = self._area.verticalScrollBar().value()
        self._list = QWidget()
        groups = bundles(plan.lines)
        made = [self._group(group, small, group is groups[-1]) for group in groups]
        self._list.setLayout(rows(*made, None))
        self._area.setWidget(self._list)
        self._area.verticalScrollBar().setValue(at)
        for box in self._list.findChildren(TickBox):
            if name and box.accessibleName() == name:
                box.setFocus()

    def _replace_head(self) -> None:
        verdict = words("Verdict, rollback, time each") if self._folded else words("Verdict")
        parts: list[QWidget | int | tuple[QWidget, int]] = [
            _title(words("Model and hardware"), LOOK.px(_GROUP) - 18),
            LOOK.target + 12,
            _title(words("Chargers, firmware"), LOOK.px(_PATH)),
            12,
            (_title(verdict), 1),
        ]
        if not self._folded:
            time = _title(words("Time each"), LOOK.px(_TIME))
            time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            parts += [12, _title(words("Rollback"), LOOK.px(_ROLLBACK)), 12, time]
        head = frame(columns(*parts, margin=(18, 0, 24, 0)), "row")
        head.setFixedHeight(LOOK.px(38))
        self._layout.replaceWidget(self._head, head)
        self._head.hide()
        self._head.deleteLater()
        self._head = head
        self._make_room()

    @Slot()
    def _make_room(self) -> None:
        """The scroll bar takes room from the lines; the header follows."""
        layout = self._head.layout()
        bar = self._area.verticalScrollBar()
        if layout is not None:
            layout.setContentsMargins(18, 0, 24 + (bar.sizeHint().width() if bar.maximum() else 0), 0)

    def _group(self, group: Sequence[Bundle], small: bool, last: bool) -> QFrame:
        first = group[0].first
        model = Label(first.model or words("Not known"), "strong", wrap=True)
        hardware = Label(words("HW {hardware}", hardware=first.hardware) if first.hardware else "", "caption", "muted")
        hardware.setVisible(bool(first.hardware))
        left = QWidget()
        left.setFixedWidth(LOOK.px(_GROUP) - 18)
        left.setLayout(rows(10 if not small else 6, model, hardware, None, gap=1))
        right = rows(*[self._line(one, small, one is group[-1]) for one in group])
        made = frame(columns(left, (right, 1), gap=0, margin=(18, 0, 0, 0)), "row")
        restyle(made, last=last)
        return made

    def _line(self, one: Bundle, small: bool, last: bool) -> QFrame:
        first = one.first
        pad = 4 if small else 10
        told = Label(one.names, "strong", wrap=True)
        version = first.release.version if first.release is not None and first.verdict.level is not Level.INFO else ""
        path = QWidget()
        path.setFixedWidth(LOOK.px(_PATH))
        path.setLayout(rows(told, _Path(first.found or "—", version), None, gap=2))
        parts: list[QWidget] = [self._box(one), path]
        sign, (what, _, todo) = plan_word(first.verdict), trouble_words(first.verdict.reason)
        loud = first.verdict.level is Level.STOP
        if all(key in self._shown[2] for key in one.keys):
            sign, what = Sign("accent", "refresh-cw", words("Updating now")), words("Follow it on the Run screen.")
        verdict = _Reason(sign, f"{what} {todo}" if loud else what, loud)
        widths = columns(*parts, (verdict, 1), gap=12, margin=(0, pad, 24, pad))
        time_ = range_words(*first.duration) if first.duration is not None else words("none")
        if self._folded and first.rollback.level is not Level.INFO:
            why = trouble_words(first.rollback.reason)[0]
            word = rollback_sign(first.rollback).word
            told_ = words("Rollback: {word}. {why} · {time}", word=word, why=why, time=time_)
            verdict.told.addWidget(Label(told_, "caption", "muted", wrap=True))
        elif not self._folded and first.verdict.level is not Level.STOP:  # a blocked line gives this room to its reason
            back = _Reason(rollback_sign(first.rollback), trouble_words(first.rollback.reason)[0])
            back.setFixedWidth(LOOK.px(_ROLLBACK))
            time = Label(time_, "numeric")
            time.setFixedWidth(LOOK.px(_TIME))
            time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            widths.addWidget(back)
            widths.addWidget(time)
        made = frame(widths, "row")
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        restyle(made, last=last)
        return made

    def _box(self, one: Bundle) -> QWidget:
        updatable = self._shown[1]
        if not any(key in updatable for key in one.keys):
            rest = QWidget()
            rest.setFixedWidth(LOOK.target)
            if one.first.verdict.level is Level.STOP:
                rest.setLayout(rows(columns(None, Icon("ban", "bad_text", 20), None), None, margin=(0, 10, 0, 0)))
            return rest
        box = TickBox(named(names.PLAN_LINE, names=one.names))
        box.setFixedSize(LOOK.target, LOOK.target)
        box.setChecked(any(line_.starts for line_ in one.lines))
        box.clicked.connect(lambda on: self.ticked.emit(one.keys, on))
        return box


def _title(told: str, width: int = 0) -> Label:
    made = Label(told, "capstrong", "muted")
    if width:
        made.setFixedWidth(width)
    return made


class _Reason(QWidget):
    """The word with its icon, and below it why."""

    def __init__(self, sign: Sign, why: str, loud: bool = False) -> None:
        super().__init__()
        tone = "muted" if sign.kind == "idle" else sign.kind
        head = columns(
            Icon(sign.icon, f"{sign.kind}_text", 16), (Label(sign.word, "strong", tone, wrap=True), 1), gap=8
        )
        self.told = rows(Label(why, "caption", "text" if loud else "muted", wrap=True), gap=1)
        self.setLayout(rows(head, columns(24, (self.told, 1)), None, gap=1))


class _Path(Sized):
    """From → to."""

    def __init__(self, found: str, target: str) -> None:
        super().__init__()
        self._found, self._target = found, target
        self.setAccessibleName(words("{a} to {b}", a=found, b=target) if target else found)
        self.setFixedHeight(LOOK.px(20))

    def sizeHint(self) -> QSize:
        return QSize(round(advance(f"{self._found} → {self._target}", "strong")) + 30, LOOK.px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        if self._target:
            version_path(painter, rect, self._found, self._target)
        else:
            text(painter, rect, self._found, "numeric", "text2", tabular=True)
