"""The lines of the Run screen: who needs a person first, then failures, what goes on, what ended; and their words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from fieldtool.app.views import Fleet, RunState
from fieldtool.core.clock import Clock
from fieldtool.core.model import normal_serial
from fieldtool.ui.run_words import failing, stage_words
from fieldtool.ui.words import Sign, clock_words, percent, phase_word, run_sign, share, size_words, words
from fieldtool.update.run import Outcome, Phase

RUN_ROLE = Qt.ItemDataRole.UserRole + 1
NAME, STATE, AXIS = range(3)
Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_ORDER: Mapping[Outcome | None, int] = {
    Outcome.STUCK: 0, Outcome.WAITING: 1, Outcome.ROLLED_BACK: 2, Outcome.REFUSED: 3, Outcome.ABANDONED: 4,
    None: 5, Outcome.RECOVERED: 6, Outcome.DONE: 7,
}  # fmt: skip
FAILED = frozenset({Outcome.STUCK, Outcome.WAITING, Outcome.ROLLED_BACK, Outcome.REFUSED, Outcome.ABANDONED})


@dataclass(frozen=True, slots=True)
class Line:
    run: RunState
    model: str
    key: str


@dataclass(frozen=True, slots=True)
class Axis:
    """What stretch of time the chart shows."""

    start: datetime
    now: datetime
    end: datetime

    def at(self, moment: datetime, width: float) -> float:
        return (moment - self.start).total_seconds() / (self.end - self.start).total_seconds() * width


def lines(fleet: Fleet) -> list[Line]:
    """Who is waited for by a person first, then failures, what goes on, what is done; by name within."""
    by_serial = {normal_serial(row.serial): row for row in fleet.rows if row.serial}
    runs = fleet.runs or {normal_serial(row.serial): row.run for row in fleet.rows if row.run is not None}
    made = []
    for serial, run in runs.items():
        row = by_serial.get(serial)
        model = f"{row.model} {row.hardware}".strip() if row is not None else ""
        made.append(Line(run, model, row.key if row is not None else ""))
    return sorted(made, key=lambda one: (_needs(one.run), _ORDER[one.run.outcome], one.run.name))


def _needs(run: RunState) -> int:
    """Who needs a person comes first: to do something, or to look at what fails."""
    if run.asked is not None and run.outcome is None:
        return 0
    return 1 if failing(run) else 2


def axis(shown: list[Line], now: datetime) -> Axis:
    """From the first beginning to the expected last end, at least a minute."""
    start = min((one.run.began for one in shown), default=now)
    ahead = max((one.run.eta[1] for one in shown if one.run.eta is not None), default=0.0)
    active = any(one.run.outcome is None for one in shown)
    last = now if active else max((_ended(one.run) for one in shown), default=now)
    end = last + timedelta(seconds=max(ahead, 30.0 if active else 10.0))
    lead = max(timedelta(seconds=10), (end - start) * 0.02)
    return Axis(start - lead, min(now, end), max(end + lead, start + timedelta(minutes=1)))


def _ended(run: RunState) -> datetime:
    return max((one.ended or one.began for one in run.spans), default=run.began)


class RunModel(QAbstractTableModel):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._lines: list[Line] = []
        self.axis = axis([], clock.now())

    def show(self, fleet: Fleet) -> None:
        fresh = lines(fleet)
        if [one.run.run for one in fresh] != [one.run.run for one in self._lines]:
            self.beginResetModel()
            self._lines = fresh
            self.axis = axis(fresh, self._clock.now())
            self.endResetModel()
            return
        self._lines = fresh
        self.tick()

    def tick(self) -> None:
        """Time has passed: everything that shows time is painted again."""
        self.axis = axis(self._lines, self._clock.now())
        if self._lines:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._lines) - 1, AXIS))
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, AXIS, AXIS)

    @property
    def shown(self) -> list[Line]:
        return self._lines

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else 3

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (words("Charger"), words("State"), words("Time"))[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self._lines):
            return None
        line = self._lines[index.row()]
        if role == RUN_ROLE:
            return line
        if role == Qt.ItemDataRole.AccessibleTextRole:
            sign, detail = state_words(line.run)
            return f"{line.run.name}, {sign.word}, {detail}, {stage_words(line.run)}"
        return None


def state_words(run: RunState) -> tuple[Sign, str]:
    """State of a run: the word with its sign, and a second line, which in several stages says in which it is."""
    sign, detail = run_sign(run), _detail(run)
    if failing(run):
        sign = replace(sign, kind="warn", icon="triangle-alert")
    if run.legs < 2 or run.outcome is not None:
        return sign, detail
    return sign, words("{n}/{all} · {detail}", n=run.leg + 1, all=run.legs, detail=detail)


def _detail(run: RunState) -> str:
    if run.outcome is Outcome.DONE and len({component for component, _ in run.stages}) > 1:
        return words("{n} stages at {time}", n=run.legs, time=clock_words(_ended(run)))
    if run.outcome is Outcome.DONE:
        return words("{version} at {time}", version=run.target, time=clock_words(_ended(run)))
    if run.outcome is Outcome.ROLLED_BACK:
        return words("Works on {version}", version=run.came_from or "?")
    if run.outcome is Outcome.STUCK:
        return words("Keep it powered")
    if run.outcome is not None and run.outcome is not Outcome.WAITING:
        return words("Firmware untouched")
    if run.outcome is Outcome.WAITING:
        return words("Keep it powered")
    if run.asked is not None:
        return words("waits for you")
    if count := len(failing(run)):
        return words("{n} checks fail", n=count) if count > 1 else words("1 check fails")
    if run.waiting is not None:
        return words("in {phase}", phase=phase_word(run.phase))
    if run.stopping:
        return words("stops after it")
    part = share(run)
    if part is None:
        return words("working…")
    if run.phase is Phase.TRANSFER and run.legs < 2:
        return words("{percent} of {size}", percent=percent(part), size=size_words(run.total))
    return percent(part)
