"""Plan: what an update would do to every charger, why some are blocked, and the one button that starts it."""

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent

from fieldtool.app.views import Fleet, Level, SettingView, SitePlan
from fieldtool.core.errors import FieldtoolError
from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.screens.screen import Desk, Screen
from fieldtool.ui.theme.tokens import PANE_BELOW
from fieldtool.ui.widgets.basics import Button
from fieldtool.ui.widgets.plan_matrix import PlanMatrix
from fieldtool.ui.widgets.plan_parts import HowItRuns, PlanTiles, chargers_in
from fieldtool.ui.widgets.side import Side
from fieldtool.ui.words import words


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
        self._tiles = PlanTiles()
        self._pane = HowItRuns()
        self._matrix = PlanMatrix()
        self._side = Side(self._matrix, self._pane, self._pane.title)
        self._how.clicked.connect(self._side.open_sheet)
        self._matrix.ticked.connect(self._tick)
        self.body.addWidget(self._tiles)
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
        site = self.desk.feed.status.site or self.tr("this site")
        self.title.show_words(self.tr("Plan for {site}").format(site=site))
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
