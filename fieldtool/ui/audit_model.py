"""The list of audit records: the database finds and pages them, the model holds only what was shown lately."""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, Qt, Signal

from fieldtool.app.audits import AuditRow
from fieldtool.core.clock import Clock
from fieldtool.core.model import normal_serial
from fieldtool.ui.audit_words import clock_sign, result_sign, time_words, title_words, who_words
from fieldtool.ui.model import NO_INDEX, Index
from fieldtool.ui.words import words

LINE_ROLE = Qt.ItemDataRole.UserRole + 1  # AuditRow, None while it is being read
NUMBER_ROLE = Qt.ItemDataRole.UserRole + 2
PAGE = 100  # records read at a time
KEPT = 4000  # records held


class Column(IntEnum):
    NUMBER, TIME, WHO, CHARGER, EVENT, RESULT, CENTRAL = range(7)


class AuditModel(QAbstractTableModel):
    page_wanted = Signal(object)  # numbers of records that come into view

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._numbers: Sequence[int] = ()  # newest first
        self._held: OrderedDict[int, AuditRow] = OrderedDict()
        self._asked: set[int] = set()
        self._confirmed = 0
        self._charger_names: Mapping[str, str] = {}  # normal serial -> name

    # -- what goes in
    def show_numbers(self, numbers: Sequence[int]) -> None:
        """Newest first. New records on top leave everything where it is."""
        more = len(numbers) - len(self._numbers)
        if numbers == self._numbers:
            return
        self._asked.clear()
        if more > 0 and len(self._numbers) and _ends_alike(numbers, self._numbers):
            self.beginInsertRows(NO_INDEX, 0, more - 1)
            self._numbers = numbers
            self.endInsertRows()
            return
        self.beginResetModel()
        self._numbers = numbers
        self.endResetModel()

    def take(self, asked: Sequence[int], found: Sequence[AuditRow]) -> None:
        """A page has been read."""
        self._asked.difference_update(asked)
        for row in found:
            self._held[row.record.seq] = row
            self._held.move_to_end(row.record.seq)
        while len(self._held) > KEPT:
            self._held.popitem(last=False)
        places = [at for number in (asked[0], asked[-1]) if (at := self.position(number)) >= 0] if asked else []
        if places:
            self.dataChanged.emit(self.index(min(places), 0), self.index(max(places), len(Column) - 1))

    def forget_asked(self, asked: Sequence[int]) -> None:
        """A page could not be read: it is asked for again when it comes into view."""
        self._asked.difference_update(asked)

    def show_confirmed(self, confirmed: int) -> None:
        if confirmed != self._confirmed:
            self._confirmed = confirmed
            self._tell_all()

    def show_names(self, charger_names: Mapping[str, str]) -> None:
        if charger_names != self._charger_names:
            self._charger_names = charger_names
            self._tell_all()

    def drop_names(self) -> None:
        """Names of people may have changed: what is held is read again."""
        self._held.clear()
        self._tell_all()

    # -- what comes out
    @property
    def numbers(self) -> Sequence[int]:
        return self._numbers

    @property
    def confirmed(self) -> int:
        return self._confirmed

    def number_at(self, at: int) -> int:
        """0 when there is none."""
        return self._numbers[at] if 0 <= at < len(self._numbers) else 0

    def position(self, number: int) -> int:
        """Line of the record, -1 when it is not in the list."""
        at = bisect_left(self._numbers, -number, key=lambda one: -one)
        return at if number and self.number_at(at) == number else -1

    def row(self, number: int) -> AuditRow | None:
        return self._held.get(number)

    def charger_name(self, serial: str) -> str:
        return self._charger_names.get(normal_serial(serial), serial) if serial else ""

    def now(self) -> datetime:
        return self._clock.now()

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._numbers)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable  # nothing here can be edited

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        number = self.number_at(index.row())
        if not number:
            return None
        if role == NUMBER_ROLE:
            return number
        if role == LINE_ROLE:
            return self._line(index.row(), number)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self._told(self._line(index.row(), number), number, Column(index.column()))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        heads = (
            words("No."), words("Time, clock"), words("Actor"), words("Charger"), words("Event"), words("Result"),
            words("Central"),
        )  # fmt: skip
        return heads[section]

    # -- inside
    def _line(self, at: int, number: int) -> AuditRow | None:
        held = self._held.get(number)
        if held is None and number not in self._asked:
            first = at - at % PAGE
            page = tuple(one for one in self._numbers[first : first + PAGE] if one not in self._held)
            self._asked.update(page)
            self.page_wanted.emit(page)
        return held

    def _tell_all(self) -> None:
        if len(self._numbers):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._numbers) - 1, len(Column) - 1))

    def _told(self, row: AuditRow | None, number: int, column: Column) -> str:
        """Words of a cell, for screen readers and as a tool tip."""
        if row is None or column is Column.NUMBER:
            return str(number)
        record = row.record
        if column is Column.TIME:
            return f"{time_words(record.at, self.now())}, {clock_sign(record).word}"
        if column is Column.WHO:
            return who_words(row)
        if column is Column.CHARGER:
            return self.charger_name(record.event.charger) or words("no charger")
        if column is Column.EVENT:
            return title_words(record.event)
        if column is Column.RESULT:
            sign = result_sign(record.event)
            return sign.word if sign is not None else ""
        return words("Receipted") if number <= self._confirmed else words("Pending")


def _ends_alike(longer: Sequence[int], shorter: Sequence[int]) -> bool:
    return longer[len(longer) - len(shorter) :] == shorter
