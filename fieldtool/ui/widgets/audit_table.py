"""The table of audit records: two-line cells, fixed widths, no stall however long the log is."""

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from fieldtool.app.audits import AuditRow
from fieldtool.core.clock import Clock
from fieldtool.ui import names, paint
from fieldtool.ui.audit_model import LINE_ROLE, NUMBER_ROLE, AuditModel, Column
from fieldtool.ui.audit_words import TITLES, clock_sign, count_words, result_sign, time_words, title_words, who_words
from fieldtool.ui.model import Index
from fieldtool.ui.names import named
from fieldtool.ui.theme.icons import paint_icon
from fieldtool.ui.theme.look import LOOK, advance
from fieldtool.ui.theme.tokens import ROW
from fieldtool.ui.widgets.charger_cells import ground, sign_cell, two_lines
from fieldtool.ui.widgets.rows import as_rows
from fieldtool.ui.words import words

_YIELDS = (Column.CENTRAL, Column.WHO, Column.RESULT)  # give their room up in this order; the pane has them all
_PAD = 20


class AuditTable(QTableView):
    current_changed = Signal(int)  # number of a record
    opened = Signal(int)  # clicked, or Enter

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.records = AuditModel(clock)
        self.setModel(self.records)
        self.setItemDelegate(_Cells(self))
        self.setAccessibleName(named(names.AUDIT_TABLE))
        as_rows(self)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._chosen, self._longest, self._above = 0, "", 0
        self.selectionModel().currentRowChanged.connect(self._moved)
        self.records.rowsAboutToBeInserted.connect(self._note_place)
        self.records.rowsInserted.connect(self._keep_place)
        self.records.modelReset.connect(self._choose_again)
        LOOK.changed.connect(self._look_changed)
        self._look_changed()

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 100)

    def choose(self, number: int) -> None:
        """This record, if it is in the list; else the newest one."""
        self._chosen = number
        self._choose_again()

    def measure(self, people: tuple[str, ...]) -> None:
        """The widest names that can come."""
        self._longest = max(people, key=lambda one: advance(one, "body"), default="")
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.records.number_at(self.currentIndex().row()))
            return
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            self.opened.emit(self.records.number_at(index.row()))

    @Slot(QModelIndex)
    def _moved(self, index: QModelIndex) -> None:
        if index.isValid():
            self._chosen = self.records.number_at(index.row())
            self.current_changed.emit(self._chosen)

    @Slot()
    def _choose_again(self) -> None:
        if self.records.rowCount():
            at = max(0, self.records.position(self._chosen))
            self.setCurrentIndex(self.records.index(at, Column.EVENT))
        self._fit()

    @Slot()
    def _note_place(self) -> None:
        self._above = self.verticalScrollBar().value()

    @Slot(QModelIndex, int, int)
    def _keep_place(self, _parent: QModelIndex, first: int, last: int) -> None:
        """Who reads further down stays there while records are added; at the top the newest come in."""
        if self._above:
            self.verticalScrollBar().setValue(self._above + (last - first + 1) * LOOK.px(ROW))

    @Slot()
    def _look_changed(self) -> None:
        self.verticalHeader().setDefaultSectionSize(LOOK.px(ROW))
        self.horizontalHeader().setFixedHeight(LOOK.px(36))
        self._fit()

    def _wanted(self) -> dict[Column, int]:
        titles = max(advance(words(one), "strong") for one in TITLES.values())
        pending = max(advance(words("Pending"), "capstrong"), advance(words("Receipted"), "capstrong"))
        clocks = max(advance(words(one), "caption") for one in ("not confirmed", "clock behind")) + 20
        return {
            Column.NUMBER: round(advance(count_words(max(9999, self.records.number_at(0))), "numeric", True)) + 24,
            Column.TIME: round(max(advance("00-00 00:00:00", "numeric", True), clocks)) + _PAD,
            Column.WHO: min(LOOK.px(200), max(LOOK.px(130), round(advance(self._longest, "body")) + 26 + _PAD)),
            Column.CHARGER: round(advance("HL180-24-000000", "serial")) + _PAD + 6,
            Column.EVENT: round(titles) + _PAD,
            Column.RESULT: LOOK.px(150),
            Column.CENTRAL: round(pending) + 37 + _PAD,
        }

    def _fit(self) -> None:
        """What is over goes to what happened."""
        room, wanted = self.viewport().width(), self._wanted()
        for column in _YIELDS:
            if sum(wanted.values()) > room:
                wanted.pop(column)
        spare = max(0, room - sum(wanted.values()))
        wanted[Column.EVENT] += spare // 2 if Column.RESULT in wanted else spare
        if Column.RESULT in wanted:
            wanted[Column.RESULT] += spare - spare // 2
        for column in Column:
            self.setColumnHidden(column, column not in wanted)
            if column in wanted:
                self.setColumnWidth(column, wanted[column])


class _Cells(QStyledItemDelegate):
    def __init__(self, table: AuditTable) -> None:
        super().__init__(table)
        self._records = table.records

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        column = Column(index.column())
        number: int = index.data(NUMBER_ROLE)
        row: AuditRow | None = index.data(LINE_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(option.rect)
        ground(painter, whole, option, hovered=False, first=column is Column.NUMBER)
        inner = whole.adjusted(12, 0, -8, -1)
        if column is Column.NUMBER:
            paint.text(painter, inner, count_words(number), "numeric", "text2", tabular=True)
        elif row is not None:
            self._cell(painter, inner, row, column)
        painter.restore()

    def _cell(self, painter: QPainter, rect: QRectF, row: AuditRow, column: Column) -> None:
        event = row.record.event
        if column is Column.TIME:
            self._time(painter, rect, row)
        elif column is Column.WHO:
            paint_icon(painter, "user-round", QRectF(rect.x(), rect.center().y() - 8, 16, 16), "text2")
            paint.text(painter, rect.adjusted(22, 0, 0, 0), who_words(row), "body", "text" if row.who else "text2")
        elif column is Column.CHARGER:
            told = self._records.charger_name(event.charger)
            paint.text(painter, rect, told or "—", "serial" if told == event.charger else "strong")
        elif column is Column.EVENT:
            paint.text(painter, rect, title_words(event), "body")
        elif column is Column.RESULT:
            if (sign := result_sign(event)) is not None:
                sign_cell(painter, rect, sign)
        elif row.record.seq <= self._records.confirmed:
            paint.pill(painter, rect, "circle-check", words("Receipted"), "ok")
        else:
            paint.pill(painter, rect, "hourglass", words("Pending"), "warn")

    def _time(self, painter: QPainter, rect: QRectF, row: AuditRow) -> None:
        upper, lower = two_lines(rect)
        sign = clock_sign(row.record)
        paint.text(painter, upper, time_words(row.record.at, self._records.now()), "numeric", "text", tabular=True)
        paint_icon(painter, sign.icon, QRectF(lower.x(), lower.center().y() - 7, 14, 14), f"{sign.kind}_text")
        paint.text(painter, lower.adjusted(18, 0, 0, 0), sign.word, "caption", f"{sign.kind}_text")
