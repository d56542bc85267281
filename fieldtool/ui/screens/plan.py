"""Plan: what an update would do to every charger, why some are blocked, and the one button that starts it."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from fieldtool.app.api import FieldApp
from fieldtool.app.views import ChargerRow, Fleet, Level, PlanLine, Presence, SettingView, SitePlan
from fieldtool.core.errors import FieldtoolError
from fieldtool.core.model import EMPTY
from fieldtool.core.texts import Text
from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.screens.screen import Desk, Screen, forget
from fieldtool.ui.theme.tokens import PANE_BELOW
from fieldtool.ui.widgets.basics import Button, Label, columns
from fieldtool.ui.widgets.plan_matrix import PlanMatrix, Shown
from fieldtool.ui.widgets.plan_parts import HowItRuns, PlanTiles, chargers_in
from fieldtool.ui.widgets.second_person import SecondPerson, unapproved
from fieldtool.ui.widgets.side import Side
from fieldtool.ui.words import words
from fieldtool.update.approval import Approval
from fieldtool.update.plan import NEWEST, Aim

BASELINE = Aim(baseline=True)
_NO_OVERRIDE = frozenset({Text.OVERRIDE_NOT_ALLOWED, Text.OVERRIDE_WITHOUT_REASON})


class PlanScreen(Screen):
    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "")
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
        self._approvals: tuple[Approval, ...] = ()  # of second persons, for the next start
        self._overrides: dict[str, str] = {}  # name of a problem -> why it is passed over
        self._dropped = False  # an override was just dropped: what was said of it stays
        self._aim = NEWEST
        self._choice = _AimChoice()
        self._choice.chosen.connect(self._take_aim)
        self._tiles = PlanTiles()
        self._pane = HowItRuns()
        self._matrix = PlanMatrix()
        self._side = Side(self._matrix, self._pane, self._pane.title)
        self._how.clicked.connect(self._side.open_sheet)
        self._matrix.ticked.connect(self._tick)
        self._matrix.overridden.connect(self._override)
        self._matrix.withdrawn.connect(self._withdraw)
        self.body.addWidget(self._choice)
        self._second = SecondPerson()
        self._second.approved.connect(self._approve)
        self._second.file_chosen.connect(self._take_approval)
        self._second.request_wanted.connect(self._write_request)
        self.body.addWidget(self._tiles)
        self.body.addWidget(self._second)
        self.body.addWidget(self._side, 1)
        desk.feed.fleet_changed.connect(self._fleet_changed)
        self._show()

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
        everything = tuple(row.key for row in fleet.rows if _idle(row))
        keys = everything if self._keys is None else self._keys
        aim, overrides, approvals = self._aim, dict(self._overrides), self._approvals
        self._facts = _facts(fleet)
        self._show_start()
        self.desk.background.run(
            lambda: _answer(self.desk.app, self.desk.app.plan(keys, aim, overrides, EMPTY, approvals)),
            self._planned,
            self._not_planned,
            owner=self,
            replaces="plan",
        )

    def _planned(self, answer: tuple[SitePlan, int | None, tuple[str, ...]]) -> None:
        self._plan, self._at_once, approvers = answer
        self._second.show_lines(unapproved(self._plan.lines), approvers)
        if self._keys is None:
            self._keys = tuple(planned.key for planned in self._plan.runs)
        if not self._dropped:
            self.trouble.clear()
        self._dropped = False
        self._show()

    def _not_planned(self, error: FieldtoolError) -> None:
        """An override that the site does not allow any more is dropped; without it there is a plan again."""
        self._plan = None
        if error.text in _NO_OVERRIDE and self._overrides:
            self._overrides.clear()
            self._dropped = True
            self._ask()
        self.complain(error)
        self._show()

    @Slot(object)
    def _take_aim(self, aim: Aim) -> None:
        if aim != self._aim:
            self._aim = aim
            self._keys = None  # what can be updated is another question now
            self._ask()

    @Slot(str, str)
    def _override(self, problem: str, why: str) -> None:
        """The chargers that it opens are updated with the others."""
        self._overrides[problem] = why
        lines = self._plan.lines if self._plan is not None else ()
        opened = {line.key for line in lines if line.verdict.reason.text.name == problem}
        self.plan([*(self._keys or ()), *sorted(opened.difference(self._keys or ()))])

    @Slot(str)
    def _withdraw(self, problem: str) -> None:
        self._overrides.pop(problem, None)
        self._ask()

    # -- the second person
    @Slot(str, str)
    def _approve(self, actor: str, pin: str) -> None:
        plan, app = self._plan, self.desk.app
        if plan is not None:
            self._second.busy(True)
            self.desk.background.run(
                lambda: app.approve(app.approval_request(plan), actor, pin), self._agreed, self._not_agreed, owner=self
            )

    @Slot(object)
    def _take_approval(self, file: Path) -> None:
        self.desk.background.run(lambda: self.desk.app.approval_of(file), self._agreed, self._not_agreed, owner=self)

    @Slot(object)
    def _write_request(self, file: Path) -> None:
        plan = self._plan
        if plan is not None:
            work = self.desk.app.write_request
            self.desk.background.run(lambda: work(plan, file), forget, self.complain, owner=self)

    def _agreed(self, approval: Approval) -> None:
        """Whether it counts, the plan made with it tells. The chargers that it opens are updated with the others."""
        self._second.busy(False)
        self._approvals = (*self._approvals, approval)
        lines = unapproved(self._plan.lines) if self._plan is not None else ()
        opened = {line.key for line in lines if any(line.serial == one.serial for one in approval.request.chargers)}
        self.plan([*(self._keys or ()), *sorted(opened.difference(self._keys or ()))])

    def _not_agreed(self, error: FieldtoolError) -> None:
        self._second.busy(False)
        self.complain(error)

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
        self._overrides.clear()  # decided for this start only
        self._approvals = ()
        self._show_start()
        if self.isVisible():  # who went elsewhere meanwhile stays there
            self.go_to.emit(names.SCREEN_RUN)

    def _not_started(self, error: FieldtoolError) -> None:
        self._starting = False
        self.complain(error)
        self._ask()

    # -- show
    def _show(self) -> None:
        site = self.desk.feed.status.site or self.tr("this site")
        self.title.show_words(self.tr("Plan for {site}").format(site=site))
        self._show_start()
        all_rows = self.desk.feed.fleet.rows
        updatable = frozenset(row.key for row in all_rows if row.updatable) | self._planned_keys()
        busy = frozenset(row.key for row in all_rows if row.run is not None and row.run.outcome is None)
        self._matrix.show_plan(Shown(self._plan, updatable - busy, busy, self._small))
        if self._plan is None:
            return
        self._choice.show_aim(self._aim, bool(self._plan.rules.baseline))
        self._tiles.show_plan(self._plan, self._at_once)
        self._pane.show_plan(self._plan, self.desk, self._at_once)
        self.sub.show_words(_summary(self._plan))

    def _planned_keys(self) -> frozenset[str]:
        """A plan may start more than the list says: an override, the baseline, another component."""
        lines = self._plan.lines if self._plan is not None else ()
        return frozenset(line.key for line in lines if line.starts or _left_out(line))

    def _show_start(self) -> None:
        count = chargers_in(self._plan.starting) if self._plan is not None else 0
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


class _AimChoice(QWidget):
    """What the chargers are brought to. Hidden where the site has no baseline: then there is nothing to choose."""

    chosen = Signal(object)  # Aim

    def __init__(self) -> None:
        super().__init__()
        self._newest = Button(self.tr("Newest releases"), "", "choice", named(names.AIM_NEWEST))
        self._baseline = Button(self.tr("Baseline of the site"), "", "choice", named(names.AIM_BASELINE))
        for button, aim in ((self._newest, NEWEST), (self._baseline, BASELINE)):
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, aim=aim: self._choose(aim))
        told = Label(self.tr("Bring all to"), "body", "muted")
        self.setLayout(columns(told, self._newest, self._baseline, None, gap=8))
        self.hide()

    def show_aim(self, aim: Aim, has_baseline: bool) -> None:
        self.setVisible(has_baseline)
        self._newest.setChecked(not aim.baseline)
        self._baseline.setChecked(aim.baseline)

    def _choose(self, aim: Aim) -> None:
        self.show_aim(aim, True)
        self.chosen.emit(aim)


def _idle(row: ChargerRow) -> bool:
    """It answers, and no run is on it."""
    return row.presence is Presence.READY and (row.run is None or row.run.over)


def _left_out(line: PlanLine) -> bool:
    """It could be updated, but nobody asked for it."""
    return line.release is not None and line.verdict.reason.text is Text.NOT_SELECTED


def _answer(app: FieldApp, plan: SitePlan) -> tuple[SitePlan, int | None, tuple[str, ...]]:
    """The plan, how many at once, and who may agree here if it needs somebody."""
    return plan, _at_once(app.settings()), app.approvers() if unapproved(plan.lines) else ()


def _facts(fleet: Fleet) -> object:
    """What a plan depends on."""
    return tuple((row.key, row.presence, row.running, row.target, row.verdict, row.updatable) for row in fleet.rows)


def _summary(plan: SitePlan) -> str:
    """Is it safe? In a sentence."""
    starting = plan.starting
    if not starting:
        return words("Nothing would be written to any charger.")
    back = sum(one.rollback.level in (Level.OK, Level.WARN) for one in starting)
    if back == len(starting):
        return words("Every charger in this plan can return to its old firmware.")
    return words("{n} of {all} can return to their old firmware.", n=back, all=len(starting))


def _at_once(views: Sequence[SettingView]) -> int | None:
    value = next((view.value for view in views if view.name == "update.at_once"), "")
    return int(value) if value.isdecimal() and int(value) > 0 else None
