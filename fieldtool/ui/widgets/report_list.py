"""The list of what evidence can be made of: the visit, and every run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyledItemDelegate, QStyleOptionViewItem

from fieldtool.ui import names, paint
from fieldtool.ui.model import NO_INDEX, Index
from fieldtool.ui.names import named
from fieldtool.ui.theme.icons import paint_icon
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.widgets.charger_cells import ground
from fieldtool.ui.words import Sign

_HEIGHT = 78


@dataclass(frozen=True, slots=True)
class Line:
    """`key` stays the same from one look to the next."""

    key: str
    icon: str
    title: str
    note: str
    sign: Sign


class _Lines(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[Line, ...] = ()

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line = self.lines[index.row()]
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DisplayRole):
            return f"{line.title}. {line.note}. {line.sign.word}"
        return line if role == Qt.ItemDataRole.UserRole else None

    def show(self, lines: Sequence[Line]) -> None:
        if tuple(lines) == self.lines:
            return
        self.beginResetModel()
        self.lines = tuple(lines)
        self.endResetModel()


class ReportList(QListView):
    chosen = Signal(str)  # key

    def __init__(self) -> None:
        super().__init__()
        self._lines = _Lines()
        self._key = ""
        self.setModel(self._lines)
        self.setItemDelegate(_Cells(self))
        self.setAccessibleName(named(names.REPORT_LIST))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.selectionModel().currentChanged.connect(self._moved)
        LOOK.changed.connect(self.doItemsLayout)

    @property
    def key(self) -> str:
        return self._key

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 100)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """What was chosen stays chosen; else the first."""
        self._lines.show(lines)
        at = next((row for row, one in enumerate(self._lines.lines) if one.key == self._key), 0)
        if lines:
            self.setCurrentIndex(self._lines.index(at))

    def choose(self, key: str) -> None:
        """Make this line the current one, if it is there."""
        at = next((row for row, one in enumerate(self._lines.lines) if one.key == key), -1)
        if at >= 0:
            self.setCurrentIndex(self._lines.index(at))

    @Slot(QModelIndex)
    def _moved(self, index: QModelIndex) -> None:
        key = self._lines.lines[index.row()].key if index.isValid() else ""
        if key and key != self._key:
            self._key = key
            self.chosen.emit(key)


class _Cells(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(160, LOOK.px(_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: Line = index.data(Qt.ItemDataRole.UserRole)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(option.rect)
        ground(painter, whole, option, hovered=False, first=True)
        paint_icon(painter, line.icon, QRectF(whole.x() + 14, whole.y() + LOOK.px(12), 20, 20), "text2")
        inside = whole.adjusted(46, LOOK.px(8), -10, -LOOK.px(8))
        third = inside.height() / 3
        paint.text(painter, QRectF(inside.x(), inside.y(), inside.width(), third), line.title, "strong")
        note = QRectF(inside.x(), inside.y() + third, inside.width(), third)
        paint.text(painter, note, line.note, "caption", "text2")
        foot = QRectF(inside.x(), inside.y() + 2 * third, inside.width(), third)
        paint_icon(painter, line.sign.icon, QRectF(foot.x(), foot.center().y() - 8, 16, 16), f"{line.sign.kind}_text")
        paint.text(painter, foot.adjusted(22, 0, 0, 0), line.sign.word, "capstrong", f"{line.sign.kind}_text")
        painter.restore()
