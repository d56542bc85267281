"""Chargers: what is on this site, what may be updated, and everything about the one that is selected."""

from collections.abc import Mapping

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QSizePolicy, QStackedLayout, QWidget

from fieldtool.app.views import Fleet, OpenRun, Presence, RunState
from fieldtool.core.errors import FieldtoolError
from fieldtool.ui import names
from fieldtool.ui.model import ChargerModel, Column, Filter, count
from fieldtool.ui.names import named
from fieldtool.ui.screens.screen import Desk, Screen, forget
from fieldtool.ui.theme.icons import icon
from fieldtool.ui.theme.tokens import PANE_BELOW, SERIAL_BELOW
from fieldtool.ui.widgets.basics import Button, columns, frame, rows
from fieldtool.ui.widgets.charger_pane import ChargerPane
from fieldtool.ui.widgets.charger_table import ChargerTable
from fieldtool.ui.widgets.notices import Empty, OpenRuns, Overall
from fieldtool.ui.widgets.side import Side
from fieldtool.ui.widgets.trouble import TroubleBox
from fieldtool.ui.words import ago_words, mark, progress, range_words, words

_CHIPS: Mapping[Filter, tuple[str, str, str, str]] = {  # name, words, icon, token
    Filter.ALL: (names.FILTER_ALL, mark("All"), "", ""),
    Filter.NEEDS_UPDATE: (names.FILTER_NEEDS_UPDATE, mark("Needs update"), "download", "accent_text"),
    Filter.UPDATING: (names.FILTER_UPDATING, mark("Updating"), "refresh-cw", "accent_text"),
    Filter.ATTENTION: (names.FILTER_ATTENTION, mark("Needs attention"), "triangle-alert", "warn_text"),
    Filter.UP_TO_DATE: (names.FILTER_UP_TO_DATE, mark("Up to date"), "circle-check", "ok_text"),
}


class ChargersScreen(Screen):
    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "")
        self.model = ChargerModel()
        self.table = ChargerTable(self.model)
        self.pane = ChargerPane(desk.app, desk.background, desk.clock)
        self._key = ""
        self._build_actions()
        self._build_address()
        self._build_body()
        self.table.current_changed.connect(self._choose)
        self.table.opened.connect(self._open)
        self.model.selection_changed.connect(self._show_selection)
        self.pane.failed.connect(self.show_error)
        self.pane.set_up_wanted.connect(self.set_up_wanted)
        self.pane.recovery_wanted.connect(self.recovery_wanted)
        desk.feed.fleet_changed.connect(self.show_fleet)
        desk.feed.second_passed.connect(self._show_age)
        desk.feed.run_ended.connect(self._look_for_open_runs)
        self.show_fleet(desk.feed.fleet)
        self._look_for_open_runs()

    # -- parts
    def _build_actions(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Find charger"))
        self.search.setAccessibleName(named(names.SEARCH))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", "text3"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.search.setMinimumWidth(150)
        self.search.setMaximumWidth(220)
        self.search.textChanged.connect(self._find)
        self._add = Button("", "plus", "icon", named(names.ADD_ADDRESS))
        self._add.setCheckable(True)
        self._scan = Button(self.tr("Scan"), "radar", "", named(names.SCAN))
        self._scan.clicked.connect(self._scan_now)
        self._update = Button("", "play", "primary", named(names.UPDATE_SELECTED))
        self._update.clicked.connect(lambda: self.plan_wanted.emit(self.model.ticked))
        for widget in (self.search, self._add, self._scan, self._update):
            self.head.addWidget(widget)

    def _build_address(self) -> None:
        self._address = QLineEdit()
        self._address.setPlaceholderText(self.tr("Address, like 192.0.2.7 or 192.0.2.7:2222"))
        self._address.setAccessibleName(named(names.ADDRESS))
        ok = Button(self.tr("Add"), "plus", "", named(names.ADDRESS_OK))
        self._address_row = frame(columns((self._address, 1), ok, gap=8))
        self._address_row.hide()
        ok.clicked.connect(self._add_address)
        self._address.returnPressed.connect(self._add_address)
        self._add.toggled.connect(self._show_address)

    def _build_body(self) -> None:
        self._chips: dict[Filter, Button] = {}
        self._group = QButtonGroup(self)
        chips = columns(gap=8)
        for chosen, (name, _, icon_name, token) in _CHIPS.items():
            chip = Button("", "", "chip", named(name))
            chip.setCheckable(True)
            chip.setChecked(chosen is Filter.ALL)
            if icon_name:
                chip.setIcon(icon(icon_name, token, "surface"))
                chip.setIconSize(QSize(16, 16))
            chip.clicked.connect(lambda _=False, one=chosen: self._narrow(one))
            self._chips[chosen] = chip
            self._group.addButton(chip)
            chips.addWidget(chip)
        chips.addStretch(1)
        self._overall = Overall()
        chips.addWidget(self._overall)
        self._open_runs = OpenRuns()
        self._open_runs.resume.connect(self._resume)
        self._network = TroubleBox(self.desk.clock, wide=True, safety=False)
        self._side = Side(self._table_card(), self.pane, self.pane.title)
        self.body.addWidget(self._address_row)
        self.body.addWidget(self._open_runs)
        self.body.addWidget(self._network)
        self.body.addLayout(chips)
        self.body.addWidget(self._side, 1)

    def _table_card(self) -> QWidget:
        set_up = Button(self.tr("Set up this laptop"), "settings", "", named(names.SET_UP))
        set_up.clicked.connect(lambda: self.go_to.emit(names.SCREEN_SETTINGS))
        self._empty = Empty("radar", set_up)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._empty)
        return frame(rows(self._pages, margin=(2, 4, 2, 8)), "card")

    # -- what comes in
    @Slot(object)
    def show_fleet(self, fleet: Fleet) -> None:
        self.model.show(fleet)
        self._pages.setCurrentIndex(0 if self.model.rowCount() else 1)
        self._show_empty(fleet)
        self.table.select_all.setVisible(self.model.rowCount() > 0)
        for chosen, chip in self._chips.items():
            title = words(_CHIPS[chosen][1])
            air = "" if chosen is Filter.ALL else "\u2009\u00a0"
            chip.setText(f"{air}{title}\u2002{count(fleet.rows, chosen)}")
        if not self.table.currentIndex().isValid() and self.model.rowCount():
            at = max(0, self.model.position(self._key))
            self.table.setCurrentIndex(self.model.index(at, Column.NAME))
        self._show_pane()
        self._show_overall(fleet)
        self._show_selection()
        self._show_age()
        if fleet.problem is not None:
            self._network.show_trouble(fleet.problem, {}, "warn")
        else:
            self._network.clear()

    def _show_empty(self, fleet: Fleet) -> None:
        if fleet.rows:
            head, body = self.tr("No charger matches"), self.tr("Choose another filter, or clear the search.")
        elif fleet.scanning:
            head = self.tr("Looking for chargers…")
            body = self.tr("Connect this laptop to the chargers' network. They appear here by themselves.")
        else:
            head = self.tr("No chargers yet")
            body = self.tr("Connect this laptop to the chargers' network and press Scan, or add one by its address.")
        self._empty.show_words(head, body)

    def _show_overall(self, fleet: Fleet) -> None:
        runs = _runs(fleet)
        self._overall.setVisible(bool(runs) and self._side.docked)
        if not runs:
            return
        active = [run for run in runs if run.outcome is None]
        ended = sum(run.over for run in runs)
        told = self.tr("{done} of {all} finished").format(done=ended, all=len(runs))
        etas = [run.eta for run in active if run.eta is not None]
        left = ""
        if active and len(etas) == len(active):
            time = range_words(max(eta[0] for eta in etas), max(eta[1] for eta in etas))
            left = self.tr("{time} left").format(time=time)
        self._overall.show_share(told, left, sum(map(progress, runs)) / len(runs))

    @Slot()
    def _show_selection(self) -> None:
        chosen = len(self.model.ticked)
        possible = count(self.desk.feed.fleet.rows, Filter.NEEDS_UPDATE)
        self._update.setEnabled(chosen > 0)
        nothing = self.tr("Nothing selected") if possible else self.tr("Nothing to update")
        self._update.show_words(self.tr("Update {n} selected").format(n=chosen) if chosen else nothing, "play")

    @Slot()
    def _show_age(self) -> None:
        fleet = self.desk.feed.fleet
        self.title.show_words(self.desk.feed.status.site or self.tr("Chargers"))
        found = sum(row.presence is not Presence.EXPECTED for row in fleet.rows)
        told = [self.tr("{n} chargers found").format(n=found)]
        missing = len(fleet.rows) - found
        if missing:
            told.append(self.tr("{n} missing").format(n=missing))
        if fleet.scanned is not None:
            passed = (self.desk.clock.now() - fleet.scanned).total_seconds()
            told.append(self.tr("scanned {ago}").format(ago=ago_words(passed)))
        self.sub.show_words(" · ".join(told))

    # -- what goes out
    def adapt(self, width: int, height: int) -> None:
        self._side.dock(width >= PANE_BELOW)
        self.table.narrow(width < SERIAL_BELOW)
        self._show_overall(self.desk.feed.fleet)

    @Slot(str)
    def _choose(self, key: str) -> None:
        self._key = key
        self._show_pane()

    def _show_pane(self) -> None:
        shown = self.desk.feed.fleet.row(self._key)
        self._side.fill(shown is not None)
        self.pane.show_row(shown)

    @Slot(str)
    def _open(self, key: str) -> None:
        self._choose(key)
        self._side.open_sheet()

    @Slot(str)
    def _find(self, typed: str) -> None:
        self.model.narrow(search=typed)
        self.show_fleet(self.desk.feed.fleet)

    def _narrow(self, chosen: Filter) -> None:
        self.model.narrow(chosen)
        self.show_fleet(self.desk.feed.fleet)

    @Slot()
    def _scan_now(self) -> None:
        self.desk.background.run(self.desk.app.scan, forget, self.complain, owner=self)

    @Slot(bool)
    def _show_address(self, on: bool) -> None:
        self._address_row.setVisible(on)
        if on:
            self._address.setFocus()

    @Slot()
    def _add_address(self) -> None:
        typed = self._address.text().strip()
        if typed:
            self.desk.background.run(
                lambda: self.desk.app.add_address(typed), self._address_added, self.complain, owner=self
            )

    def _address_added(self, _: None) -> None:
        self._address.clear()
        self._add.setChecked(False)
        self.trouble.clear()

    @Slot()
    def _look_for_open_runs(self) -> None:
        self.desk.background.run(
            self.desk.app.open_runs, self._show_open_runs, self.complain, owner=self, replaces="open runs"
        )

    def _show_open_runs(self, runs: tuple[OpenRun, ...]) -> None:
        self._open_runs.show_runs(runs)

    @Slot(str)
    def _resume(self, run: str) -> None:
        self.desk.background.run(
            lambda: self.desk.app.resume(run), lambda _: self._look_for_open_runs(), self._not_resumed, owner=self
        )

    def _not_resumed(self, error: FieldtoolError) -> None:
        self.complain(error)
        self._look_for_open_runs()


def _runs(fleet: Fleet) -> list[RunState]:
    return list(fleet.runs.values()) or [row.run for row in fleet.rows if row.run is not None]
