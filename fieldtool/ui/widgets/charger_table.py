"""The table of chargers: keys, hover, column widths, and the box in its header that ticks all."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QTableView

from fieldtool.app.views import ChargerRow
from fieldtool.ui import names
from fieldtool.ui.model import ChargerModel, Column
from fieldtool.ui.names import named
from fieldtool.ui.theme.look import LOOK, advance
from fieldtool.ui.theme.tokens import ROW
from fieldtool.ui.widgets.basics import TickBox
from fieldtool.ui.widgets.charger_cells import ChargerCells, toggle, update_sign
from fieldtool.ui.widgets.rows import as_rows
from fieldtool.ui.words import health_sign, link_words, model_words, verdict_sign

_WIDTHS: Mapping[Column, int] = {  # at least; longer words of other languages get more
    Column.SELECT: 44,
    Column.FIRMWARE: 122,
    Column.VERDICT: 110,
    Column.UPDATE: 146,
    Column.HEALTH: 100,
}
_BY_CONTENT: Mapping[Column, tuple[int, int]] = {  # narrowest, widest; their words differ from site to site
    Column.NAME: (124, 200),
    Column.SERIAL: (110, 190),
    Column.LINK: (112, 200),
}
_YIELDS = (Column.SERIAL, Column.HEALTH, Column.LINK)  # give their room up in this order; the pane has them all
_GROWS: Mapping[Column, float] = {Column.UPDATE: 0.5, Column.NAME: 0.3, Column.HEALTH: 0.2}


class ChargerTable(QTableView):
    current_changed = Signal(str)  # key
    opened = Signal(str)  # key; clicked, or Enter

    def __init__(self, model: ChargerModel) -> None:
        super().__init__()
        self.chargers = model
        self._narrow = False
        self._cells = ChargerCells(self)
        self.setModel(model)
        self.setItemDelegate(self._cells)
        self.setAccessibleName(named(names.CHARGERS_TABLE))
        as_rows(self)
        self.setMouseTracking(True)
        self.select_all = TickBox(named(names.SELECT_ALL))
        self.select_all.setParent(self.horizontalHeader())
        self.select_all.clicked.connect(self._tick_all)
        model.selection_changed.connect(self._show_ticks)
        self.entered.connect(self._hover)
        self.viewport().installEventFilter(self)
        self.selectionModel().currentRowChanged.connect(self._moved)
        model.modelReset.connect(self._fit)
        model.rowsInserted.connect(self._fit)
        model.dataChanged.connect(self._changed)
        LOOK.changed.connect(self._look_changed)
        self._look_changed()

    def narrow(self, narrow: bool) -> None:
        """In a narrow window the serial number stays in the pane."""
        self._narrow = narrow
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 120)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid():
            toggle(self.chargers, index)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self._open(index)
        elif event.key() == Qt.Key.Key_A and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.chargers.tick(self.chargers.updatable, True)
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        ticks = index.column() == Column.SELECT and index.data(Qt.ItemDataRole.CheckStateRole) is not None
        if index.isValid() and not ticks:
            self._open(index)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hover(QModelIndex())
        return super().eventFilter(watched, event)

    def _open(self, index: QModelIndex) -> None:
        row = self.chargers.row_at(index.row())
        if row is not None:
            self.opened.emit(row.key)

    @Slot(QModelIndex)
    def _hover(self, index: QModelIndex) -> None:
        if self._cells.hovered != index.row():
            self._cells.hovered = index.row()
            self.viewport().update()

    @Slot(QModelIndex)
    def _moved(self, index: QModelIndex) -> None:
        row = self.chargers.row_at(index.row())
        self.current_changed.emit(row.key if row is not None else "")

    @Slot(bool)
    def _tick_all(self, on: bool) -> None:
        self.chargers.tick(self.chargers.updatable, on)
        self._show_ticks()

    @Slot()
    def _show_ticks(self) -> None:
        ticked, possible = set(self.chargers.ticked), set(self.chargers.updatable)
        self.select_all.setChecked(bool(possible) and possible <= ticked)
        self.select_all.partly = bool(ticked) and not self.select_all.isChecked()
        self.select_all.update()

    @Slot()
    def _look_changed(self) -> None:
        self.verticalHeader().setDefaultSectionSize(LOOK.px(ROW))
        self.horizontalHeader().setFixedHeight(max(LOOK.target, LOOK.px(40)))
        self._fit()

    @Slot(QModelIndex, QModelIndex)
    def _changed(self, first: QModelIndex) -> None:
        if first.column() <= Column.LINK:
            self._fit()

    def _content_widths(self) -> dict[Column, int]:
        rows = [row for at in range(self.chargers.rowCount()) if (row := self.chargers.row_at(at)) is not None]
        needs = {
            Column.NAME: [max(advance(row.name, "strong"), advance(model_words(row), "caption")) + 22 for row in rows],
            Column.SERIAL: [advance(row.serial, "serial") + 22 for row in rows],
            Column.LINK: [advance(link_words(row)[2], "caption", True) + 46 for row in rows],
        }
        return _word_widths(rows) | {
            column: min(LOOK.px(widest), max(LOOK.px(narrowest), round(max(needs[column], default=0))))
            for column, (narrowest, widest) in _BY_CONTENT.items()
        }

    @Slot()
    def _fit(self) -> None:
        room = self.viewport().width()
        wanted = self._content_widths()
        if self._narrow:
            del wanted[Column.SERIAL]
        for column in _YIELDS:
            if sum(wanted.values()) > room:
                wanted.pop(column, None)
        left = max(0, room - sum(wanted.values()))
        growing = {column: part for column, part in _GROWS.items() if column in wanted}
        for column in Column:
            self.setColumnHidden(column, column not in wanted)
            if column in wanted:
                share = growing.get(column, 0.0) / sum(growing.values())
                self.setColumnWidth(column, wanted[column] + int(left * share))
        side = LOOK.target
        header = self.horizontalHeader()
        self.select_all.setGeometry(
            (self.columnWidth(Column.SELECT) - side) // 2 + 1, (header.height() - side) // 2, side, side
        )
        self.select_all.setVisible(bool(self.chargers.rowCount()))
        self.select_all.raise_()


def _word_widths(rows: Sequence[ChargerRow]) -> dict[Column, int]:
    verdicts = {verdict_sign(row).word for row in rows}
    updates = {sign.word for row in rows if row.run is not None and (sign := update_sign(row.run)) is not None}
    healths = {health_sign(row).word for row in rows}
    needs = {
        Column.VERDICT: [advance(word, "capstrong") + 55 for word in verdicts],
        Column.UPDATE: [advance(word, "body") + 46 for word in updates],
        Column.HEALTH: [advance(word, "body") + 46 for word in healths],
    }
    return {column: max(LOOK.px(width), *map(round, needs.get(column, [])), 0) for column, width in _WIDTHS.items()}
