"""The plan as a matrix: chargers of which it says the same are one group, with a line for each component."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QFrame, QLineEdit, QStackedLayout, QWidget

from fieldtool.app.views import Level, PlanLine, SitePlan
from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.widgets.basics import Icon, Label, TickBox, columns, frame, restyle, rows, scroll
from fieldtool.ui.widgets.notices import Empty
from fieldtool.ui.widgets.plan_line import PATH, ROLLBACK, TIME, ComponentLine
from fieldtool.ui.words import words

_GROUP = 148  # width of the model's column; the tick box stands before it
Place = tuple[tuple[str, ...], str]  # keys of the chargers, component


@dataclass(frozen=True, slots=True)
class Group:
    """Chargers of which the plan says the same, shown as one."""

    chargers: tuple[tuple[PlanLine, ...], ...]  # the lines of each, one for every component

    @property
    def lines(self) -> tuple[PlanLine, ...]:
        return self.chargers[0]

    @property
    def first(self) -> PlanLine:
        return self.lines[0]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(lines[0].key for lines in self.chargers)

    @property
    def names(self) -> str:
        return ", ".join(lines[0].name for lines in self.chargers)


def groups(lines: Iterable[PlanLine]) -> list[Group]:
    """By model and hardware, in the plan's order; those that say the same of every component are one."""
    chargers: dict[str, list[PlanLine]] = {}
    for one in lines:
        chargers.setdefault(one.key, []).append(one)
    models: dict[tuple[str, str], dict[object, list[tuple[PlanLine, ...]]]] = {}
    for own in chargers.values():
        said = tuple(map(_said, own))
        models.setdefault((own[0].model, own[0].hardware), {}).setdefault(said, []).append(tuple(own))
    return [Group(tuple(same)) for by_model in models.values() for same in by_model.values()]


def _said(one: PlanLine) -> object:
    version = one.release.version if one.release is not None else None
    stones = tuple(leg.release.version for leg in one.legs)
    return one.component, one.found, version, stones, one.verdict, one.problems, one.rollback, one.duration


@dataclass(frozen=True, slots=True)
class Shown:
    """What the matrix is a function of."""

    plan: SitePlan | None = None
    updatable: frozenset[str] = frozenset()
    busy: frozenset[str] = frozenset()
    small: bool = False


class PlanMatrix(QFrame):
    """Blocked and up-to-date lines stay, with the reason; what was found besides opens below its line."""

    ticked = Signal(object, bool)  # keys, on
    overridden = Signal(str, str)  # name of a problem, why
    withdrawn = Signal(str)  # name of a problem

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName(named(names.PLAN_MATRIX))
        self._shown = Shown()
        self._folded = False
        self._opened: set[Place] = set()  # lines that show all that was found
        self._asking: Place | None = None  # the line that asks why it is overridden
        self._lines: dict[Place, ComponentLine] = {}
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
        fixed = LOOK.px(_GROUP + PATH + ROLLBACK + TIME) + 2 * LOOK.target + 84
        folded = self.width() - fixed < LOOK.px(180)
        if folded != self._folded:
            self._folded = folded
            self._again()

    def show_plan(self, shown: Shown) -> None:
        if shown != self._shown:
            self._shown = shown
            self._again()

    @Slot()
    def _again(self) -> None:
        plan = self._shown.plan
        self._pages.setCurrentIndex(0 if plan is not None and plan.lines else 1)
        self._empty.show_words(self.tr("No plan yet"), self.tr("Chargers that were found are planned here."))
        self._head.setVisible(plan is not None and bool(plan.lines))
        if plan is None or not plan.lines:
            return
        name, typed = _focused(), self._typed()  # a plan made anew rebuilds the list: the keyboard keeps its place
        self._replace_head()
        at = self._area.verticalScrollBar().value()
        self._list, self._lines = QWidget(), {}
        made = groups(plan.lines)
        frames = [self._group(group, plan, group is made[-1]) for group in made]
        self._list.setLayout(rows(*frames, None))
        self._area.setWidget(self._list)
        self._area.verticalScrollBar().setValue(at)
        self._restore(typed)
        for one in self._list.findChildren(QWidget):
            if name and isinstance(one, QAbstractButton | QLineEdit) and one.accessibleName() == name:
                one.setFocus()

    def _typed(self) -> str:
        line = self._lines.get(self._asking) if self._asking is not None else None
        return line.typed if line is not None else ""

    def _restore(self, typed: str) -> None:
        for place in self._opened & self._lines.keys():
            self._lines[place].show_more(True)
        if self._asking in self._lines and self._asking is not None:
            self._lines[self._asking].ask_why(typed, focus=False)

    def _replace_head(self) -> None:
        verdict = words("Verdict, rollback, time") if self._folded else words("Verdict")
        parts: list[QWidget | int | tuple[QWidget, int]] = [
            LOOK.target + 4,
            _title(words("Charger"), LOOK.px(_GROUP)),
            12,
            _title(words("Component"), LOOK.px(PATH)),
            12,
            (_title(verdict), 1),
        ]
        if not self._folded:
            time = _title(words("Time"), LOOK.px(TIME))
            time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            parts += [12, _title(words("Rollback"), LOOK.px(ROLLBACK)), 12, time]
        head = frame(columns(*parts, 12 + LOOK.target, margin=(8, 0, 10, 0)), "row")
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
            layout.setContentsMargins(8, 0, 10 + (bar.sizeHint().width() if bar.maximum() else 0), 0)

    def _group(self, group: Group, plan: SitePlan, last: bool) -> QFrame:
        first, small = group.first, self._shown.small
        model = Label(first.model or words("Not known"), "strong", wrap=True)
        told = words("HW {hardware} · {names}", hardware=first.hardware, names=group.names)
        who = Label(told if first.hardware else group.names, "caption", "muted", wrap=True)
        left = QWidget()
        left.setFixedWidth(LOOK.px(_GROUP))
        left.setLayout(rows(10 if not small else 6, model, who, None, gap=1))
        right = rows(*[self._line(group, line, plan, line is group.lines[-1]) for line in group.lines])
        made = frame(columns(self._box(group), 4, left, 12, (right, 1), gap=0, margin=(8, 0, 0, 0)), "row")
        restyle(made, last=last)
        return made

    def _line(self, group: Group, line: PlanLine, plan: SitePlan, last: bool) -> ComponentLine:
        place = (group.keys, line.component)
        busy = all(key in self._shown.busy for key in group.keys)
        made = ComponentLine(line, group.names, busy, self._folded, self._shown.small, plan.rules.overridable)
        made.last(last)
        made.opened.connect(lambda on: self._open(place, on))
        made.override_wanted.connect(lambda on: self._ask(place, on))
        made.overridden.connect(self._override)
        made.withdrawn.connect(self.withdrawn)
        self._lines[place] = made
        return made

    def _open(self, place: Place, on: bool) -> None:
        self._opened = self._opened | {place} if on else self._opened - {place}
        self._lines[place].show_more(on)

    def _ask(self, place: Place, on: bool) -> None:
        before = self._lines.get(self._asking) if self._asking is not None and self._asking != place else None
        self._asking = place if on else None
        if before is not None:
            before.ask_no_more()
        if on:
            self._lines[place].ask_why("")

    @Slot(str, str)
    def _override(self, problem: str, why: str) -> None:
        self._asking = None
        self.overridden.emit(problem, why)

    def _box(self, group: Group) -> QWidget:
        made = QWidget()
        made.setFixedWidth(LOOK.target)
        if not any(key in self._shown.updatable for key in group.keys):
            if any(one.verdict.level is Level.STOP for one in group.lines):
                made.setLayout(rows(columns(None, Icon("ban", "bad_text", 20), None), None, margin=(0, 10, 0, 0)))
            return made
        box = TickBox(named(names.PLAN_LINE, names=group.names))
        box.setFixedSize(LOOK.target, LOOK.target)
        box.setChecked(any(line.starts for lines in group.chargers for line in lines))
        box.clicked.connect(lambda on: self.ticked.emit(group.keys, on))
        made.setLayout(rows(2, box, None))
        return made


def _focused() -> str:
    focus = QApplication.focusWidget()
    return focus.accessibleName() if isinstance(focus, TickBox | QAbstractButton | QLineEdit) else ""


def _title(told: str, width: int = 0) -> Label:
    made = Label(told, "capstrong", "muted")
    if width:
        made.setFixedWidth(width)
    return made
