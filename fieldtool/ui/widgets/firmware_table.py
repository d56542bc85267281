"""The list of firmware: two-line cells, and under a refused file the reason, over the whole width."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from fieldtool.app.firmware import FirmwareRow, Standing
from fieldtool.ui import names, paint
from fieldtool.ui.firmware_words import (
    native_sign,
    signers_words,
    standing_sign,
    support_words,
    title_words,
    use_words,
)
from fieldtool.ui.model import NO_INDEX, Index
from fieldtool.ui.names import named
from fieldtool.ui.theme.icons import paint_icon
from fieldtool.ui.theme.look import LOOK, advance, font, metrics
from fieldtool.ui.theme.tokens import ROW
from fieldtool.ui.widgets.charger_cells import ground, sign_cell, two_lines
from fieldtool.ui.widgets.rows import as_rows
from fieldtool.ui.words import Sign, day_words, size_words, trouble_words, words

LINE_ROLE = Qt.ItemDataRole.UserRole + 1
MOST_REASONS = 30  # opened at once; when a whole catalogue has lapsed, the pane tells each


class Column(IntEnum):
    RELEASE, CATALOGUE, IMAGE, UNTIL, STATE = range(5)


_YIELDS = (Column.UNTIL, Column.CATALOGUE)  # give their room up in this order; the pane has them


@dataclass(frozen=True, slots=True)
class Line:
    row: FirmwareRow
    reason: bool = False  # the line below, that says why it is refused


class FirmwareModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[Line, ...] = ()

    def show_rows(self, rows: Sequence[FirmwareRow]) -> bool:
        """True when anything changed."""
        lines: list[Line] = []
        for at, row in enumerate(rows):
            lines.append(Line(row))
            if row.problem is not None and at < MOST_REASONS:
                lines.append(Line(row, True))
        if tuple(lines) == self.lines:
            return False
        self.beginResetModel()
        self.lines = tuple(lines)
        self.endResetModel()
        return True

    def position(self, target: str) -> int:
        return next((at for at, line in enumerate(self.lines) if line.row.target == target), -1)

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or self.lines[index.row()].reason:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line = self.lines[index.row()]
        if role == LINE_ROLE:
            return line
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return _told(line, Column(index.column()))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            heads = (words("Release"), words("Catalogue"), words("Image signature"), words("Valid to"), words("State"))
            return heads[section]
        return None


def _told(line: Line, column: Column) -> str:
    """Words of a cell, for screen readers and as a tool tip."""
    row = line.row
    if line.reason:
        assert row.problem is not None
        what, _, todo = trouble_words(row.problem)
        return f"{what} {todo}"
    if column is Column.RELEASE:
        return f"{title_words(row)}. {use_words(row, 100)}"
    if column is Column.CATALOGUE:
        return ", ".join(filter(None, signers_words(row)))
    if column is Column.IMAGE:
        sign, note = native_sign(row)
        return ", ".join(filter(None, (sign.word, note)))
    if column is Column.UNTIL:
        return f"{_until(row)}, {support_words(row.release)}"
    return standing_sign(row).word


class FirmwareTable(QTableView):
    current_changed = Signal(str)  # target
    opened = Signal(str)  # target; clicked, or Enter

    def __init__(self) -> None:
        super().__init__()
        self.firmware = FirmwareModel()
        self.setModel(self.firmware)
        self._wanted: dict[Column, int] = {}
        self._cells = _Cells(self)
        self.setItemDelegate(self._cells)
        self.setAccessibleName(named(names.FIRMWARE_TABLE))
        as_rows(self)
        self.selectionModel().currentRowChanged.connect(self._moved)
        LOOK.changed.connect(self._look_changed)
        self._look_changed()

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 100)

    def show_rows(self, rows: Sequence[FirmwareRow], chosen: str) -> None:
        if not self.firmware.show_rows(rows):
            return
        self.clearSpans()
        for at, line in enumerate(self.firmware.lines):
            if line.reason:
                self.setSpan(at, 0, 1, len(Column))
        self._measure()
        self._fit()
        at = max(0, self.firmware.position(chosen))
        if self.firmware.lines:
            self.setCurrentIndex(self.firmware.index(at, Column.RELEASE))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._open(self.indexAt(event.position().toPoint()))

    def _open(self, index: Index) -> None:
        if index.isValid():
            target = self.firmware.lines[index.row()].row.target
            self.setCurrentIndex(self.firmware.index(self.firmware.position(target), Column.RELEASE))
            self.opened.emit(target)

    @Slot(QModelIndex)
    def _moved(self, index: QModelIndex) -> None:
        self.current_changed.emit(self.firmware.lines[index.row()].row.target if index.isValid() else "")

    @Slot()
    def _look_changed(self) -> None:
        self.verticalHeader().setDefaultSectionSize(LOOK.px(ROW))
        self.horizontalHeader().setFixedHeight(LOOK.px(36))
        self._measure()
        self._fit()

    def _measure(self) -> None:
        """How wide each column would like to be, by what stands in it."""
        shown = [line.row for line in self.firmware.lines if not line.reason]
        self._wanted = {
            Column.RELEASE: _width(shown, lambda row: (title_words(row), ""), 26, 180, 330),
            Column.CATALOGUE: _width(shown, signers_words, 18, 100, 180),
            Column.IMAGE: _width(shown, lambda row: (native_sign(row)[0].word, native_sign(row)[1]), 44, 130, 260),
            Column.UNTIL: _width(shown, lambda row: (_until(row), support_words(row.release)), 20, 100, 180),
            Column.STATE: _width(shown, lambda row: (standing_sign(row).word, ""), 54, 110, 180),
        }

    def _fit(self) -> None:
        """What is over goes to the first column, which says what a file is for."""
        room, wanted = self.viewport().width(), dict(self._wanted)
        for column in _YIELDS:
            if sum(wanted.values()) > room:
                wanted.pop(column, None)
        wanted[Column.RELEASE] += max(0, room - sum(wanted.values()))
        for column in Column:
            self.setColumnHidden(column, column not in wanted)
            if column in wanted:
                self.setColumnWidth(column, wanted[column])
        for at, line in enumerate(self.firmware.lines):
            height = _reason_height(line.row, room) if line.reason else LOOK.px(ROW)
            if self.rowHeight(at) != height:  # thousands of lines, and hardly ever one that changes
                self.setRowHeight(at, height)


def _width(
    rows: Sequence[FirmwareRow], told: Callable[[FirmwareRow], tuple[str, str]], extra: int, least: int, most: int
) -> int:
    needs = [max(advance(head, "strong"), advance(note, "caption")) for head, note in map(told, rows)]
    return min(LOOK.px(most), max(LOOK.px(least), round(max(needs, default=0)) + extra + 6))


class _Cells(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: Line = index.data(LINE_ROLE)
        column = Column(index.column())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(option.rect)
        if line.reason:
            _reason(painter, whole, line.row)
        else:
            ground(painter, whole, option, hovered=False, first=column is Column.RELEASE)
            if line.row.problem is not None and not option.state & QStyle.StateFlag.State_Selected:
                painter.fillRect(whole, LOOK.colour("bad_sub"))  # one block with the reason below it
            _PAINTERS[column](painter, whole.adjusted(12, 0, -8, -1), line.row)
        painter.restore()


def _release(painter: QPainter, rect: QRectF, row: FirmwareRow) -> None:
    upper, lower = two_lines(rect)
    grey = row.standing in (Standing.ELSEWHERE, Standing.NOT_ORDERED)
    paint.text(painter, upper, title_words(row), "strong", "text2" if grey else "text")
    size = f"{size_words(row.length)} · " if row.length else ""
    fits = (f"{size}{use_words(row, most)}" for most in (6, 5, 4, 3, 2, 1))
    told = next((one for one in fits if advance(one, "caption") <= rect.width()), use_words(row, 1))
    paint.text(painter, lower, told, "caption", "text2")


def _catalogue(painter: QPainter, rect: QRectF, row: FirmwareRow) -> None:
    upper, lower = two_lines(rect)
    head, note = signers_words(row)
    paint.text(painter, upper, head, "body")
    paint.text(painter, lower, note, "caption", "text2")


def _image(painter: QPainter, rect: QRectF, row: FirmwareRow) -> None:
    sign, note = native_sign(row)
    token = "text2" if sign.kind == "idle" else f"{sign.kind}_text"
    upper, lower = two_lines(rect.adjusted(24, 0, 0, 0))
    paint_icon(painter, sign.icon, QRectF(rect.x(), upper.center().y() - 8, 16, 16), token)
    paint.text(painter, upper, sign.word, "strong" if sign.kind != "idle" else "body", token)
    paint.text(painter, lower, note, "caption", "text2")


def _valid(painter: QPainter, rect: QRectF, row: FirmwareRow) -> None:
    upper, lower = two_lines(rect)
    paint.text(painter, upper, _until(row), "body", "text", tabular=True)
    paint.text(painter, lower, support_words(row.release), "caption", "text2")


def _until(row: FirmwareRow) -> str:
    return day_words(row.until) if row.until is not None else "—"


def _state(painter: QPainter, rect: QRectF, row: FirmwareRow) -> None:
    sign = standing_sign(row)
    sign_cell(painter, rect, Sign(sign.kind, sign.icon, sign.word))


_PAINTERS = {
    Column.RELEASE: _release,
    Column.CATALOGUE: _catalogue,
    Column.IMAGE: _image,
    Column.UNTIL: _valid,
    Column.STATE: _state,
}

# ---- the reason under a refused file: wraps, so that it is never cut short ------------------------------------------
_WRAP = Qt.TextFlag.TextWordWrap.value
_LEFT, _RIGHT, _PAD = 46, 20, 8


def _reason_texts(row: FirmwareRow) -> tuple[tuple[str, str, str], ...]:
    """(words, role, token) of its lines."""
    assert row.problem is not None
    what, _, todo = trouble_words(row.problem)
    body = words("No charger can get it, and nobody can override that. {todo}", todo=todo)
    return (what, "strong", "bad_text"), (body, "caption", "text")


def _heights(row: FirmwareRow, width: float) -> list[float]:
    box = QRectF(0, 0, max(80.0, width - _LEFT - _RIGHT), 10_000)
    return [metrics(role).boundingRect(box, _WRAP, told).height() + 2 for told, role, _ in _reason_texts(row)]


def _reason_height(row: FirmwareRow, width: float) -> int:
    return round(sum(_heights(row, width))) + 2 * _PAD


def _reason(painter: QPainter, rect: QRectF, row: FirmwareRow) -> None:
    painter.fillRect(rect, LOOK.colour("bad_sub"))
    painter.fillRect(QRectF(rect.x(), rect.bottom() - 1, rect.width(), 1), LOOK.colour("border"))
    if LOOK.high_contrast:
        painter.fillRect(QRectF(rect.x(), rect.y(), 4, rect.height()), LOOK.colour("bad"))
    paint_icon(painter, "shield-x", QRectF(rect.x() + 12, rect.y() + _PAD, 22, 22), "bad_text")
    top = rect.y() + _PAD
    for (told, role, token), height in zip(_reason_texts(row), _heights(row, rect.width()), strict=True):
        painter.setFont(font(role))
        painter.setPen(LOOK.colour(token))
        painter.drawText(QRectF(rect.x() + _LEFT, top, rect.width() - _LEFT - _RIGHT, height), _WRAP, told)
        top += height
