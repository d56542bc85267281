"""Plan: what an update would do to every charger, why some are blocked, and the one button that starts it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QGridLayout, QSizePolicy, QStackedLayout, QWidget

from fieldtool.app.views import Fleet, Level, PlanLine, SettingView, SitePlan
from fieldtool.core.errors import FieldtoolError
from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.paint import text
from fieldtool.ui.screens.screen import Desk, Screen
from fieldtool.ui.theme.look import LOOK, advance
from fieldtool.ui.theme.tokens import PANE_BELOW
from fieldtool.ui.widgets.basics import (
    Button,
    Icon,
    Label,
    Sized,
    TickBox,
    columns,
    frame,
    line,
    restyle,
    rows,
    scroll,
)
from fieldtool.ui.widgets.charger_cells import version_path
from fieldtool.ui.widgets.notices import Empty
from fieldtool.ui.widgets.side import Side
from fieldtool.ui.words import (
    Sign,
    clock_words,
    plan_word,
    range_words,
    rollback_sign,
    size_words,
    trouble_words,
    words,
)

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


class PlanScreen(Screen):
    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "")
        self.title.show_words(self.tr("Plan for {site}").format(site=desk.feed.status.site or self.tr("this site")))
        self._keys: tuple[str, ...] | None = None  # None: all that can be updated
        self._plan: SitePlan | None = None
        self._at_once: int | None = None
        self._starting = False
        self._small = False
        self._facts: object = None
        self._back = Button(self.tr("Chargers"), "chevron-left", "", named(names.PLAN_BACK))
        self._back.clicked.connect(lambda: self.go_to.emit(names.SCREEN_CHARGERS))
        self._how = Button(self.tr("How it runs"), "info", "", named(names.PLAN_PANE))
        self._start = Button("", "play", "primary", named(names.START))
        self._start.clicked.connect(self._start_now)
        for button in (self._back, self._how, self._start):
            self.head.addWidget(button)
        self._tiles = _Tiles()
        self._pane = _HowItRuns()
        self._matrix = _Matrix()
        self._side = Side(self._matrix, self._pane, self._pane.title)
        self._how.clicked.connect(self._side.open_sheet)
        self._matrix.ticked.connect(self._tick)
        self.body.addWidget(self._tiles)
        self.body.addWidget(self._side, 1)
        desk.feed.fleet_changed.connect(self._fleet_changed)
        self._show_start()

    def adapt(self, width: int, height: int) -> None:
        self._side.dock(width >= PANE_BELOW)
        self._how.setVisible(not self._side.docked)
        self._back.setVisible(self._side.docked)  # the rail leads there too
        self._tiles.setVisible(height >= 660)
        small = height < 820
        if small != self._small:
            self._small = small
            self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    # -- plan
    def plan(self, keys: Sequence[str]) -> None:
        """Plan these chargers; the others stay in the plan, unselected."""
        self._keys = tuple(keys)
        self._ask()

    def _ask(self) -> None:
        fleet = self.desk.feed.fleet
        if self._keys is None:
            self._keys = tuple(row.key for row in fleet.rows if row.updatable)
        keys = self._keys
        self._facts = _facts(fleet)
        self._show_start()
        self.desk.background.run(
            lambda: (self.desk.app.plan(keys), _at_once(self.desk.app.settings())),
            self._planned,
            self._not_planned,
            owner=self,
            replaces="plan",
        )

    def _planned(self, answer: tuple[SitePlan, int | None]) -> None:
        self._plan, self._at_once = answer
        self.trouble.clear()
        self._show()

    def _not_planned(self, error: FieldtoolError) -> None:
        self._plan = None
        self.complain(error)
        self._show()

    @Slot(object)
    def _fleet_changed(self, fleet: Fleet) -> None:
        """A plan is only good for the site that it was made for: when that changes, plan again."""
        if self.isVisible() and not self._starting and _facts(fleet) != self._facts:
            self._ask()

    @Slot(object, bool)
    def _tick(self, keys: Sequence[str], on: bool) -> None:
        kept = [key for key in self._keys or () if key not in keys]
        self.plan([*kept, *keys] if on else kept)

    # -- start
    @Slot()
    def _start_now(self) -> None:
        plan = self._plan
        if plan is None or not plan.starting or self._starting:
            return
        self._starting = True
        self._show_start()
        self.desk.background.run(lambda: self.desk.app.start(plan), self._started, self._not_started, owner=self)

    def _started(self, _: tuple[str, ...]) -> None:
        self._starting = False
        self._keys, self._plan = None, None
        self._show_start()
        self.go_to.emit(names.SCREEN_RUN)

    def _not_started(self, error: FieldtoolError) -> None:
        self._starting = False
        self.complain(error)
        self._ask()

    # -- show
    def _show(self) -> None:
        self._show_start()
        all_rows = self.desk.feed.fleet.rows
        updatable = {row.key for row in all_rows if row.updatable}
        busy = {row.key for row in all_rows if row.run is not None and row.run.outcome is None}
        self._matrix.show_plan(self._plan, updatable, busy, self._small)
        if self._plan is None:
            return
        self._tiles.show_plan(self._plan, self._at_once)
        self._pane.show_plan(self._plan, self.desk, self._at_once)
        self.sub.show_words(_summary(self._plan))

    def _show_start(self) -> None:
        count = _chargers(self._plan.starting) if self._plan is not None else 0
        self._start.setEnabled(count > 0 and not self._starting)
        if self._starting:
            told = self.tr("Starting…")
        elif self._plan is None:
            told = self.tr("Checking…")
        elif count:
            told = self.tr("Update {n} chargers").format(n=count) if count > 1 else self.tr("Update 1 charger")
        else:
            told = self.tr("Nothing to start")
        self._start.show_words(told, "play")


def _facts(fleet: Fleet) -> object:
    """What a plan depends on."""
    return tuple((row.key, row.presence, row.running, row.target, row.verdict, row.updatable) for row in fleet.rows)


def _chargers(lines: Iterable[PlanLine]) -> int:
    return len({one.key for one in lines})


def _summary(plan: SitePlan) -> str:
    """Is it safe? In a sentence."""
    starting = plan.starting
    if not starting:
        return words("Nothing would be written to any charger.")
    back = sum(one.rollback.level in (Level.OK, Level.WARN) for one in starting)
    if back == len(starting):
        return words("Every charger in this plan can return to its old firmware.")
    return words("{n} of {all} can return to their old firmware.", n=back, all=len(starting))


def total_time(lines: Sequence[PlanLine], at_once: int | None) -> tuple[int, int] | None:
    """Seconds for all, fast and slow, with so many at once (None: all). None when a release does not say its own."""
    times = [one.duration for one in lines if one.duration is not None]
    if not times or len(times) < len(lines):
        return None
    turns = math.ceil(len(times) / at_once) if at_once else 1
    return max(fast for fast, _ in times) * turns, max(slow for _, slow in times) * turns


def _at_once(views: Sequence[SettingView]) -> int | None:
    value = next((view.value for view in views if view.name == "update.at_once"), "")
    return int(value) if value.isdecimal() and int(value) > 0 else None


class _Tiles(QFrame):
    """Three answers over the matrix: safe? how many? how long?"""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._tiles = [(Icon("info", "text2", 26), Label("", "subtitle"), Label("", "caption", "muted")) for _ in "123"]
        laid = [columns(icon, (rows(head, body, gap=1), 1), gap=12) for icon, head, body in self._tiles]
        self.setLayout(columns((laid[0], 5), (laid[1], 4), (laid[2], 4), gap=24, margin=(20, 10, 16, 10)))

    def show_plan(self, plan: SitePlan, at_once: int | None) -> None:
        starting = plan.starting
        blocked = _chargers(one for one in plan.lines if one.verdict.level is Level.STOP)
        resting = _chargers(one for one in plan.lines if one.verdict.level is Level.INFO)
        back = sum(one.rollback.level in (Level.OK, Level.WARN) for one in starting)
        if not starting:
            self._put(0, "info", "idle", words("Nothing to start"), words("Nothing would be written"))
        elif back == len(starting):
            told = words("{n} of {all} can roll back", n=back, all=len(starting))
            self._put(0, "shield-check", "ok", words("Safe to start"), told)
        else:
            told = words("{n} of {all} can roll back", n=back, all=len(starting))
            self._put(0, "triangle-alert", "warn", words("Look at the rollback"), told)
        count = words("{n} to update", n=_chargers(starting))
        self._put(1, "list-checks", "text", count, words("{a} stay as they are · {b} blocked", a=resting, b=blocked))
        if not starting:
            self._put(2, "clock", "text", words("No time needed"), words("Nothing to wait for"))
            return
        time = total_time(starting, at_once)
        if time is None:
            self._put(2, "clock", "text", words("Time not known"), words("The release does not say"))
            return
        end = clock_words(plan.made + timedelta(seconds=time[1]))
        self._put(2, "clock", "text", range_words(*time), words("Done by {time}, unless a car is waited for", time=end))

    def _put(self, at: int, icon: str, tone: str, head: str, body: str) -> None:
        picture, title, line_ = self._tiles[at]
        picture.show_icon(icon, f"{tone}_text" if tone != "text" else "text2")
        title.show_words(head, tone if tone != "idle" else "text")
        line_.show_words(body)


class _HowItRuns(QWidget):
    """What happens to each charger, when it stops, and who answers for it. Only what is there today."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(named(names.PLAN_PANE))
        self._actor = Label("", "strong")
        self._note = Label("", "caption", "muted", wrap=True)
        self._values: dict[str, Label] = {}
        self.title = Label(self.tr("How it runs"), "subtitle")
        steps = (
            ("upload", words("Transfer and check"), words("The charger stays in service, nothing is changed")),
            ("download", words("Install beside the old firmware"), words("Only when no car is charging")),
            ("rotate-ccw", words("Restart and health check"), words("It must come back as the charger it was")),
            ("undo-2", words("Confirm, or return by itself"), words("A failed check brings the old firmware back")),
        )
        inner = QWidget()
        parts = [_step(*one) for one in steps]
        approval = columns(Icon("user-round", "text2", 22), (rows(self._actor, self._note, gap=2), 1), gap=10)
        inner.setLayout(
            rows(
                self.title, *parts, line(), self._grid(), line(),
                Label(self.tr("Who answers for it"), "subtitle"), approval, None, gap=12, margin=(0, 0, 6, 0),
            )
        )  # fmt: skip
        self.setLayout(rows((scroll(inner), 1)))

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for at, name in enumerate((self.tr("At once"), self.tr("To send"), self.tr("Stopping"), self.tr("Power"))):
            value = Label("", "numeric", wrap=True)
            self._values[name] = value
            grid.addWidget(Label(name, "body", "muted"), at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, at, 1)
        return grid

    def show_plan(self, plan: SitePlan, desk: Desk, at_once: int | None) -> None:
        status = desk.feed.status
        size = sum(one.release.length for one in plan.starting if one.release is not None)
        laptop = status.laptop
        if laptop.battery is None or laptop.on_mains:
            power = words("On mains")
        else:
            power = words("Battery, {n} %", n=laptop.battery)
        count = _chargers(plan.starting)
        few = at_once is not None and at_once < count
        told = (
            words("{n} of {all}", n=at_once, all=count) if few else words("All {n}", n=count),
            size_words(size),
            words("After the step that runs"),
            power,
        )
        for label, value in zip(self._values.values(), told, strict=True):
            label.show_words(value)
        self._actor.show_words(status.actor)
        self._note.show_words(words("Every step is signed with this name in the audit log."))


def _step(icon: str, head: str, body: str) -> QWidget:
    made = QWidget()
    text = rows(Label(head, "strong", wrap=True), Label(body, "caption", "muted", wrap=True), gap=1)
    made.setLayout(columns(rows(Icon(icon, "accent_text", 22), None), (text, 1), gap=12))
    return made


class _Matrix(QFrame):
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
