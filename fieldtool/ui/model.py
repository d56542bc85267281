"""The list of chargers as a Qt model: filter, search and selection; one dataChanged per pull."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from enum import IntEnum, StrEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from fieldtool.app.views import ChargerRow, Fleet, Level, Presence
from fieldtool.ui.words import health_sign, link_words, model_words, run_sign, tip, verdict_sign, words
from fieldtool.update.run import Outcome

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
NO_INDEX = QModelIndex()


class Column(IntEnum):
    SELECT, NAME, SERIAL, LINK, FIRMWARE, VERDICT, UPDATE, HEALTH = range(8)


class Filter(StrEnum):
    ALL, NEEDS_UPDATE, UPDATING, ATTENTION, UP_TO_DATE = "all", "needs_update", "updating", "attention", "up_to_date"


def _updating(row: ChargerRow) -> bool:
    return row.run is not None and row.run.outcome is None


def _attention(row: ChargerRow) -> bool:
    if row.presence in (Presence.EXPECTED, Presence.GONE, Presence.PROBLEM):
        return True
    if row.verdict is not None and row.verdict.level is Level.STOP:
        return True
    if row.run is not None and row.run.outcome not in (None, Outcome.DONE, Outcome.RECOVERED):
        return True
    return row.health is not None and not row.health.ok


_FILTERS: Mapping[Filter, Callable[[ChargerRow], bool]] = {
    Filter.ALL: lambda _: True,
    Filter.NEEDS_UPDATE: lambda row: row.updatable,
    Filter.UPDATING: _updating,
    Filter.ATTENTION: _attention,
    Filter.UP_TO_DATE: lambda row: row.verdict is not None and row.verdict.level is Level.INFO,
}


def count(rows: Iterable[ChargerRow], chosen: Filter) -> int:
    return sum(map(_FILTERS[chosen], rows))


class ChargerModel(QAbstractTableModel):
    selection_changed = Signal()  # which chargers are ticked

    def __init__(self) -> None:
        super().__init__()
        self._all: tuple[ChargerRow, ...] = ()
        self._rows: list[ChargerRow] = []
        self._ticked: set[str] = set()
        self._filter = Filter.ALL
        self._search = ""

    # -- what goes in
    def show(self, fleet: Fleet) -> None:
        """Take over the newest rows, telling views about those that changed and no others."""
        self._all = fleet.rows
        updatable = {row.key for row in fleet.rows if row.updatable}
        dropped = self._ticked - updatable
        self._ticked -= dropped
        self._arrange()
        if dropped:
            self.selection_changed.emit()

    def narrow(self, chosen: Filter | None = None, search: str | None = None) -> None:
        if chosen is not None:
            self._filter = chosen
        if search is not None:
            self._search = search.strip().casefold()
        self._arrange()

    def tick(self, keys: Iterable[str], on: bool) -> None:
        """Tick or untick chargers; those that cannot be updated stay unticked."""
        wanted = {row.key for row in self._all if row.updatable} & set(keys)
        before = frozenset(self._ticked)
        self._ticked = self._ticked | wanted if on else self._ticked - set(keys)
        if before != self._ticked:
            self._tell(0, len(self._rows) - 1)
            self.selection_changed.emit()

    # -- what comes out
    @property
    def ticked(self) -> tuple[str, ...]:
        return tuple(row.key for row in self._all if row.key in self._ticked)

    @property
    def updatable(self) -> tuple[str, ...]:
        return tuple(row.key for row in self._rows if row.updatable)

    def row_at(self, at: int) -> ChargerRow | None:
        return self._rows[at] if 0 <= at < len(self._rows) else None

    def position(self, key: str) -> int:
        """Line of the charger in the table, -1 when it is not shown."""
        return next((at for at, row in enumerate(self._rows) if row.key == key), -1)

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return _title(Column(section))

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        row = self.row_at(index.row())
        if index.column() == Column.SELECT and row is not None and row.updatable:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row_at(index.row())
        if row is None:
            return None
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == Column.SELECT and row.updatable:
            return Qt.CheckState.Checked if row.key in self._ticked else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(row, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            column = Column(index.column())
            if column in (Column.VERDICT, Column.UPDATE):
                return tip(_reason(row) or "")
            return tip(_cell(row, column)) if column in (Column.NAME, Column.LINK, Column.FIRMWARE) else None
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.row_at(index.row())
        if row is None or role != Qt.ItemDataRole.CheckStateRole or not row.updatable:
            return False
        self.tick([row.key], Qt.CheckState(value) is Qt.CheckState.Checked)
        return True

    # -- inside
    def _arrange(self) -> None:
        match = _FILTERS[self._filter]
        wanted = [row for row in self._all if match(row) and self._found(row)]
        if [row.key for row in wanted] != [row.key for row in self._rows]:
            self._reshape(wanted)
        changed = [at for at, (old, new) in enumerate(zip(self._rows, wanted, strict=True)) if old != new]
        only_progress = all(_only_progress(self._rows[at], wanted[at]) for at in changed)
        self._rows = wanted
        if changed:
            self._tell(changed[0], changed[-1], Column.UPDATE if only_progress else Column.SELECT)

    def _reshape(self, wanted: list[ChargerRow]) -> None:
        """Remove and insert lines so that views keep their place; start anew only when the order itself changed."""
        keys = {row.key for row in wanted}
        for at in reversed(range(len(self._rows))):
            if self._rows[at].key not in keys:
                self.beginRemoveRows(NO_INDEX, at, at)
                del self._rows[at]
                self.endRemoveRows()
        kept = {row.key for row in self._rows}
        if [row.key for row in self._rows] != [row.key for row in wanted if row.key in kept]:
            self.beginResetModel()
            self._rows = list(wanted)
            self.endResetModel()
            return
        for at, row in enumerate(wanted):
            if row.key not in kept:
                self.beginInsertRows(NO_INDEX, at, at)
                self._rows.insert(at, row)
                self.endInsertRows()

    def _found(self, row: ChargerRow) -> bool:
        if not self._search:
            return True
        address = row.link.address if row.link is not None else ""
        hay = " ".join((row.name, row.serial, row.model, row.hardware, address, row.running or "")).casefold()
        return all(part in hay for part in self._search.split())

    def _tell(self, first: int, last: int, column: Column = Column.SELECT) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(first, column), self.index(last, len(Column) - 1))

    def _spoken(self, row: ChargerRow, column: Column) -> str:
        if column is Column.SELECT:
            if not row.updatable:
                return words("{name} cannot be selected", name=row.name)
            on = row.key in self._ticked
            return words("{name}, selected", name=row.name) if on else words("{name}, not selected", name=row.name)
        return f"{_title(column)}: {_cell(row, column)}"


def _only_progress(old: ChargerRow, new: ChargerRow) -> bool:
    """Nothing but the progress of its run changed: most changes are that, and most cells do not show it."""
    if old.run is None or new.run is None or old.run.over or new.run.over:
        return False
    return old.run.target == new.run.target and replace(old, run=new.run) == new


def select_index(model: ChargerModel, key: str) -> QModelIndex:
    """The cell that ticks this charger for an update; invalid when the charger is not in the list now."""
    at = model.position(key)
    return model.index(at, Column.SELECT) if at >= 0 else QModelIndex()


def _title(column: Column) -> str:
    return {
        Column.SELECT: "",
        Column.NAME: words("Charger"),
        Column.SERIAL: words("Serial no."),
        Column.LINK: words("Link"),
        Column.FIRMWARE: words("Firmware"),
        Column.VERDICT: words("Verdict"),
        Column.UPDATE: words("Update"),
        Column.HEALTH: words("Health"),
    }[column]


def _cell(row: ChargerRow, column: Column) -> str:
    if column is Column.NAME:
        return f"{row.name}, {model_words(row)}"
    if column is Column.SERIAL:
        return row.serial or words("Not known")
    if column is Column.LINK:
        return " ".join(link_words(row)[1:])
    if column is Column.FIRMWARE:
        known = row.running or words("Not known")
        return words("{now}, can become {new}", now=known, new=row.target) if row.target else known
    if column is Column.VERDICT:
        return verdict_sign(row).word
    if column is Column.UPDATE:
        return run_sign(row.run).word if row.run is not None else words("None")
    return health_sign(row).word or words("Not known")


def _reason(row: ChargerRow) -> str | None:
    for trouble in (row.run.trouble if row.run is not None else None, row.problem):
        if trouble is not None:
            return trouble.what
    return row.verdict.reason.what if row.verdict is not None else None
