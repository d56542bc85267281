"""Run: how far all are, what went wrong first, every phase on one time axis, and the stop for all."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from fieldtool.app.views import Fleet, RunState
from fieldtool.ui import names
from fieldtool.ui.names import named
from fieldtool.ui.run_words import failing, rule_word, undone_words
from fieldtool.ui.screens.screen import Desk, Screen, forget
from fieldtool.ui.theme.tokens import PANE_BELOW
from fieldtool.ui.widgets.basics import Button, Label, card, columns, frame, rows
from fieldtool.ui.widgets.charger_pane import ChargerPane
from fieldtool.ui.widgets.notices import Empty, notice
from fieldtool.ui.widgets.run_chart import RunChart
from fieldtool.ui.widgets.run_lines import FAILED, Line, RunModel
from fieldtool.ui.widgets.run_parts import Curve, Legend, ResultBar, ResultWords
from fieldtool.ui.widgets.side import Side
from fieldtool.ui.words import mark, outcome_sign, progress, range_words, size_words, trouble_words, what, words
from fieldtool.update.run import Outcome, Phase

_CARDS = 2  # at once; whoever they are about leads the table too
_SAMPLES = 120  # seconds
_PLURAL: Mapping[Outcome, str] = {
    Outcome.DONE: mark("{n} updated"),
    Outcome.ROLLED_BACK: mark("{n} rolled back"),
    Outcome.STUCK: mark("{n} needs recovery"),
    Outcome.REFUSED: mark("{n} refused"),
    Outcome.ABANDONED: mark("{n} not changed"),
    Outcome.WAITING: mark("{n} waiting"),
    Outcome.RECOVERED: mark("{n} recovered"),
}


class RunScreen(Screen):
    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "")
        self.title.show_words(self.tr("Run"))
        self._stop = Button(self.tr("Stop all after this step"), "pause", "", named(names.STOP_ALL))
        self._stop.clicked.connect(self._stop_all)
        self.head.addWidget(self._stop)
        self.model = RunModel(desk.clock)
        self.chart = RunChart(self.model)
        self.pane = ChargerPane(desk.app, desk.background, desk.clock)
        self._rates: deque[float] = deque(maxlen=_SAMPLES)
        self._cards_shown: tuple[Card, ...] | None = None
        self._key = ""
        self._build()
        self.chart.chosen.connect(self._choose)
        self.pane.failed.connect(self.show_error)
        self.pane.set_up_wanted.connect(self.set_up_wanted)
        self.pane.recovery_wanted.connect(self.recovery_wanted)
        desk.feed.fleet_changed.connect(self._fleet_changed)
        desk.feed.second_passed.connect(self._second)
        self._show(desk.feed.fleet)

    def _build(self) -> None:
        self._count, self._left = Label("", "subtitle"), Label("", "strong")
        self._bar, self._told = ResultBar(), ResultWords()
        self._speed, self._to = Label("", "subtitle"), Label("", "caption", "muted")
        self._curve = Curve()
        overall = rows(columns((self._count, 1), self._left), self._bar, self._told, gap=6)
        self._throughput = QWidget()
        self._throughput.setLayout(columns(rows(None, self._speed, self._to, None, gap=1), self._curve, gap=16))
        self._overall = card(columns((overall, 1), self._throughput, gap=28), margin=(20, 10, 20, 10))
        self._cards = QWidget()
        self._cards_layout = columns(gap=12)
        self._cards.setLayout(self._cards_layout)
        go = Button(self.tr("Go to the chargers"), "ev-charger", "", named(names.PLAN_BACK))
        go.clicked.connect(lambda: self.go_to.emit(names.SCREEN_CHARGERS))
        self._empty = Empty("activity", go)
        self._legend = Legend()
        table = frame(rows((self.chart, 1), self._legend, margin=(2, 4, 2, 4)), "card")
        left = QWidget()
        left.setLayout(rows(self._cards, (table, 1), gap=12))
        self._side = Side(left, self.pane, self.pane.title)
        self._pages = QStackedLayout()
        self._pages.addWidget(self._side)
        self._pages.addWidget(self._empty)
        self.body.addWidget(self._overall)
        self.body.addLayout(self._pages, 1)
        self.chart.clicked.connect(lambda _: self.open_pane())
        self.chart.activated.connect(lambda _: self.open_pane())

    def adapt(self, width: int, height: int) -> None:
        self._side.dock(width >= PANE_BELOW)
        self.chart.low(height < 820)
        self._legend.setVisible(height >= 660)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show(self.desk.feed.fleet)

    # -- what comes in
    @Slot(object)
    def _fleet_changed(self, fleet: Fleet) -> None:
        if self.isVisible():
            self._show(fleet)

    @Slot()
    def _second(self) -> None:
        sending = [run for run in self._runs(self.desk.feed.fleet) if _sends(run)]
        self._rates.append(sum(run.rate for run in sending))
        if self.isVisible():
            self._curve.show_values(self._rates)
            self.model.tick()

    def _runs(self, fleet: Fleet) -> list[RunState]:
        return list(fleet.runs.values()) or [row.run for row in fleet.rows if row.run is not None]

    def _show(self, fleet: Fleet) -> None:
        runs = self._runs(fleet)
        self._pages.setCurrentIndex(0 if runs else 1)
        self._overall.setVisible(bool(runs))
        self._empty.show_words(self.tr("Nothing runs"), self.tr("Select chargers, press Update, and follow them here."))
        self.model.show(fleet)
        self._show_overall(runs)
        self._show_cards(self.model.shown)
        self._show_stop(runs)
        keys = [one.key for one in self.model.shown]
        if not self.chart.currentIndex().isValid() and keys:
            self.chart.choose(self._key if self._key in keys else keys[0])
        self.pane.show_row(fleet.row(self._key))

    def _show_overall(self, runs: Sequence[RunState]) -> None:
        active = [run for run in runs if run.outcome is None]
        ended = sum(run.over for run in runs)
        self._count.show_words(self.tr("{n} of {all} finished").format(n=ended, all=len(runs)))
        self.sub.show_words(_safe(runs))
        self._left.show_words(self._time_left(runs, active))
        counts = Counter(run.outcome for run in runs)
        parts, told = [], []
        for outcome, template in _PLURAL.items():
            if n := counts[outcome]:
                sign = outcome_sign(outcome)
                parts.append((n / len(runs), sign.kind, outcome in FAILED))
                told.append((sign.kind, sign.icon, words(template, n=n)))
        if active:
            parts.append((len(active) / len(runs) * _share_done(active), "accent", False))
            told.append(("accent", "refresh-cw", words("{n} updating", n=len(active))))
        self._bar.show_parts(parts)
        self._told.show_words(told)
        sending = [run for run in active if _sends(run)]
        self._throughput.setVisible(bool(sending))
        self._speed.show_words(words("{size}/s", size=size_words(sum(run.rate for run in sending))))
        self._to.show_words(words("to {n} chargers", n=len(sending)) if len(sending) != 1 else words("to 1 charger"))

    def _time_left(self, runs: Sequence[RunState], active: Sequence[RunState]) -> str:
        if not active:
            waiting = any(run.outcome is Outcome.WAITING for run in runs)
            return self.tr("Waits for chargers that are silent") if waiting else self.tr("All have ended")
        etas = [run.eta for run in active if run.eta is not None]
        if len(etas) < len(active):
            return self.tr("Time left not known yet")
        time = range_words(max(eta[0] for eta in etas), max(eta[1] for eta in etas))
        if any(run.waiting is not None for run in active):
            return self.tr("{time} after the wait").format(time=time)
        return self.tr("{time} left").format(time=time)

    def _show_cards(self, shown: Sequence[Line]) -> None:
        """Who needs a person first, then what fails, then what went wrong."""
        cards = [card for make in (_asks, _fails, _failed) for one in shown if (card := make(one)) is not None]
        if tuple(cards) == self._cards_shown:
            return
        self._cards_shown = tuple(cards)
        while (item := self._cards_layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for one in cards[:_CARDS]:
            self._cards_layout.addWidget(self._card(one), 1)
        self._cards.setVisible(bool(cards))

    def _card(self, one: "Card") -> QWidget:
        button = Button(one.action, one.action_icon, "", one.action_name)
        button.clicked.connect(lambda: self._why(one.key))
        return notice(one.kind, one.icon, one.head, one.body, button)

    def _show_stop(self, runs: Sequence[RunState]) -> None:
        stoppable = [run for run in runs if run.outcome is None and not run.stopping]
        active = any(run.outcome is None for run in runs)
        self._stop.setEnabled(bool(stoppable))
        if active and not stoppable:
            self._stop.show_words(self.tr("All stop after this step"), "pause")
        else:
            told = self.tr("Stop all after this step") if active else self.tr("Nothing to stop")
            self._stop.show_words(told, "pause")

    # -- what goes out
    @Slot()
    def _stop_all(self) -> None:
        for run in self._runs(self.desk.feed.fleet):
            if run.outcome is None and not run.stopping:
                self._stop_one(run.serial)

    def _stop_one(self, serial: str) -> None:
        self.desk.background.run(lambda: self.desk.app.stop(serial), forget, self.complain, owner=self)

    @Slot(str)
    def _choose(self, key: str) -> None:
        if key:
            self._key = key
            self.pane.show_row(self.desk.feed.fleet.row(key))

    def _why(self, key: str) -> None:
        self.chart.choose(key)
        self._choose(key)
        self.open_pane()

    def open_pane(self) -> None:
        """Where the pane is a sheet, lay it over the chart."""
        self._side.open_sheet()


_HEADS: Mapping[Outcome, str] = {
    Outcome.ROLLED_BACK: mark("{name} rolled back, works"),
    Outcome.STUCK: mark("{name} needs recovery"),
    Outcome.WAITING: mark("{name} does not answer"),
    Outcome.REFUSED: mark("{name} was refused"),
    Outcome.ABANDONED: mark("{name} was not changed"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One notice over the chart; its button shows the charger."""

    key: str
    kind: str
    icon: str
    head: str
    body: str
    action: str
    action_icon: str
    action_name: str


def _asks(one: Line) -> Card | None:
    run = one.run
    if run.asked is None or run.outcome is not None:
        return None
    told = what(run.asked.text, dict(run.asked.params))
    head, name = words("{name}: your turn", name=run.name), named(names.SHOW_STEP, name=run.name)
    return Card(one.key, "accent", "hand", head, told, words("Show"), "eye", name)


def _fails(one: Line) -> Card | None:
    """A check that fails while there is still time to do something about it."""
    found = failing(one.run)
    if not found:
        return None
    rules = ", ".join(rule_word(finding.rule) for finding in found)
    head = words("{name}: the health check fails", name=one.run.name)
    body = words("{rules}. It is looked at again until its time is over.", rules=rules)
    return Card(
        one.key, "warn", "triangle-alert", head, body, words("Show"), "eye", named(names.SHOW_CHECK, name=one.run.name)
    )


def _failed(one: Line) -> Card | None:
    run = one.run
    if run.outcome is None or run.outcome not in FAILED:
        return None
    sign = outcome_sign(run.outcome)
    head = words(_HEADS[run.outcome], name=run.name)
    return Card(one.key, sign.kind, sign.icon, head, _reason(run), words("Why"), "eye", named(names.WHY, name=run.name))


def _reason(run: RunState) -> str:
    """Why it ended so; of a run that waits also what ends the waiting; of one in several parts what was undone."""
    trouble = (run.waiting or run.trouble) if run.outcome is Outcome.WAITING else run.trouble
    if trouble is None:
        return words("Open it to see its steps.")
    told, _, todo = trouble_words(trouble)
    if run.outcome is Outcome.WAITING:
        return f"{told} {todo}"
    undone = undone_words(run)
    return f"{undone}. {told}" if undone else told


def _sends(run: RunState) -> bool:
    return run.outcome is None and run.phase is Phase.TRANSFER


def _share_done(active: Sequence[RunState]) -> float:
    """How much of the bar the running ones may colour: at least a sliver, so that they are seen."""
    return max(0.15, sum(map(progress, active)) / len(active))


def _safe(runs: Sequence[RunState]) -> str:
    """Is it safe? In a sentence."""
    if any(run.outcome is Outcome.STUCK for run in runs):
        return words("One charger may not start by itself: keep it powered and connected.")
    if any(run.outcome is None or run.outcome is Outcome.WAITING for run in runs):
        return words("Keep this laptop and all chargers powered and connected.")
    return words("Nothing is being written to any charger.")
