"""The phases of every charger on one time axis, as a table: failures first, what goes on, what ended."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from PySide6.QtCore import QModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPainterPath, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from fieldtool.app.views import PhaseSpan, RunState
from fieldtool.ui import names, paint
from fieldtool.ui.names import named
from fieldtool.ui.theme.icons import paint_icon
from fieldtool.ui.theme.look import LOOK, advance
from fieldtool.ui.theme.tokens import ROW, THEMES, ink
from fieldtool.ui.widgets.charger_cells import ground, two_lines
from fieldtool.ui.widgets.run_lines import AXIS, FAILED, NAME, RUN_ROLE, STATE, Axis, Index, Line, RunModel, state_words
from fieldtool.ui.words import clock_words, phase_word, run_sign, words
from fieldtool.update.run import Mark, Outcome, Phase

PHASE_PAINT: Mapping[Phase, tuple[str, float]] = {  # token, strength
    Phase.PREFLIGHT: ("idle", 0.45),
    Phase.BACKUP: ("idle", 0.45),
    Phase.TRANSFER: ("accent", 0.40),
    Phase.VERIFY: ("accent", 0.55),
    Phase.INSTALL: ("accent", 1.0),
    Phase.RESTART: ("accent", 0.65),
    Phase.CONFIGURE: ("accent", 0.65),
    Phase.VALIDATE: ("ok", 0.55),
    Phase.CONFIRM: ("ok", 1.0),
    Phase.ROLL_BACK: ("warn", 1.0),
}
LEGEND = (Phase.PREFLIGHT, Phase.TRANSFER, Phase.INSTALL, Phase.RESTART, Phase.VALIDATE, Phase.CONFIRM, Phase.ROLL_BACK)


@lru_cache(maxsize=64)
def _ink(theme: str, token: str, strength: float) -> str | None:
    return ink(THEMES[theme], token, strength)


class RunChart(QTableView):
    chosen = Signal(str)  # key of the charger

    def __init__(self, model: RunModel) -> None:
        super().__init__()
        self.runs = model
        self.setModel(model)
        self.setItemDelegate(_Cells(self))
        self.setHorizontalHeader(_AxisHeader(model, self))
        self.setAccessibleName(named(names.RUN_TABLE))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.selectionModel().currentRowChanged.connect(self._moved)
        model.modelReset.connect(self._fit)
        model.dataChanged.connect(self._fit)
        LOOK.changed.connect(self._look_changed)
        self._look_changed()

    def low(self, low: bool) -> None:
        self.verticalHeader().setDefaultSectionSize(LOOK.px(40 if low else ROW))

    def choose(self, key: str) -> None:
        for at, line in enumerate(self.runs.shown):
            if line.key == key:
                self.selectRow(at)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 120)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @Slot(QModelIndex)
    def _moved(self, index: QModelIndex) -> None:
        line = index.data(RUN_ROLE)
        self.chosen.emit(line.key if isinstance(line, Line) else "")

    @Slot()
    def _look_changed(self) -> None:
        self.verticalHeader().setDefaultSectionSize(LOOK.px(ROW))
        self.horizontalHeader().setFixedHeight(LOOK.px(40))
        self._fit()

    @Slot()
    def _fit(self) -> None:
        room, state = self.viewport().width(), self._state_width()
        self.setColumnWidth(NAME, LOOK.px(134))
        self.setColumnWidth(STATE, state)
        self.setColumnWidth(AXIS, max(120, room - LOOK.px(134) - state))

    def _state_width(self) -> int:
        """More than usual where words are longer, in other languages."""
        told = [state_words(line.run) for line in self.runs.shown]
        needs = [max(advance(sign.word, "strong"), advance(detail, "caption", True)) + 36 for sign, detail in told]
        return min(LOOK.px(240), max(LOOK.px(156), *map(round, needs), 0))


class _AxisHeader(QHeaderView):
    def __init__(self, model: RunModel, parent: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._runs = model
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setHighlightSections(False)
        self.setSectionsClickable(False)
        self.setMinimumSectionSize(40)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        if logicalIndex != AXIS:
            super().paintSection(painter, rect, logicalIndex)
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(rect)
        painter.fillRect(box, LOOK.colour("surface"))
        painter.fillRect(QRectF(box.x(), box.bottom() - LOOK.stroke, box.width(), LOOK.stroke), LOOK.colour("border"))
        axis_ = self._runs.axis
        now = words("Now {time}", time=clock_words(axis_.now))
        half = advance(now, "capstrong", True) / 2 + 9
        x_now = box.x() + axis_.at(axis_.now, box.width())
        middle = min(max(x_now, box.x() + half), box.right() - half)
        width = advance("00:00", "caption", True) + 6
        for moment in ticks(axis_, box.width()):
            x = box.x() + axis_.at(moment, box.width())
            if abs(x - middle) > half + width / 2 and x + width / 2 < box.right() and x - width / 2 > box.x():
                at = QRectF(x - width / 2, box.y(), width, box.height())
                paint.text(painter, at, clock_words(moment), "caption", "text3", paint.CENTRE, tabular=True)
        bubble = QRectF(middle - half, box.center().y() - LOOK.px(11), 2 * half, LOOK.px(22))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(LOOK.colour("text"))
        painter.drawRoundedRect(bubble, 5, 5)
        paint.text(painter, bubble, now, "capstrong", "surface", paint.CENTRE, tabular=True)
        painter.restore()


def ticks(axis_: Axis, width: float) -> list[datetime]:
    """Round moments on the axis, not closer than 90 pixels."""
    span = (axis_.end - axis_.start).total_seconds()
    steps = (60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400)
    step = next((one for one in steps if one / span * width >= 90), steps[-1])
    first = int(axis_.start.timestamp() // step + 1) * step
    count = int(span // step) + 1
    zone = axis_.start.tzinfo
    moments = [datetime.fromtimestamp(first + step * at, zone) for at in range(count)]
    return [moment for moment in moments if moment < axis_.end]


class _Cells(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, LOOK.px(40))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: Line = index.data(RUN_ROLE)
        whole = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground(painter, whole, option, hovered=False, first=index.column() == NAME)
        if index.column() == NAME:
            self._name(painter, whole, line)
        elif index.column() == STATE:
            self._state(painter, whole.adjusted(4, 0, -6, -1), line)
        else:
            model = index.model()
            if isinstance(model, RunModel):
                self._axis(painter, whole, line, model.axis)
        painter.restore()

    def _name(self, painter: QPainter, rect: QRectF, line: Line) -> None:
        if line.run.outcome in FAILED:
            kind = run_sign(line.run).kind
            painter.fillRect(QRectF(rect.x(), rect.y(), 4, rect.height() - 1), LOOK.colour(kind))
        upper, lower = two_lines(rect.adjusted(16, 0, -4, -1))
        paint.text(painter, upper, line.run.name, "strong")
        paint.text(painter, lower, line.model, "caption", "text2")

    def _state(self, painter: QPainter, rect: QRectF, line: Line) -> None:
        sign, detail = state_words(line.run)
        upper, lower = two_lines(rect.adjusted(24, 0, 0, 0))
        paint_icon(painter, sign.icon, QRectF(rect.x(), upper.center().y() - 8, 16, 16), f"{sign.kind}_text")
        paint.text(painter, upper, sign.word, "strong", "text" if sign.kind == "idle" else f"{sign.kind}_text")
        paint.text(painter, lower, detail, "caption", "text2", tabular=True)

    def _axis(self, painter: QPainter, rect: QRectF, line: Line, axis_: Axis) -> None:
        painter.setClipRect(rect)
        if not LOOK.high_contrast:
            painter.setPen(QPen(LOOK.colour("border"), 1))
            for moment in ticks(axis_, rect.width()):
                x = rect.x() + axis_.at(moment, rect.width())
                painter.drawLine(QPointF(x, rect.y()), QPointF(x, rect.bottom()))
        for one in line.run.spans:
            if one.phase in PHASE_PAINT:
                self._span(painter, rect, one, line.run, axis_)
        if line.run.eta is not None and line.run.outcome is None:
            self._planned(painter, rect, line.run.eta, axis_)
        x = rect.x() + axis_.at(axis_.now, rect.width())
        painter.setPen(QPen(LOOK.colour("text"), 2))
        painter.drawLine(QPointF(x, rect.y()), QPointF(x, rect.bottom() + 1))

    def _box(self, rect: QRectF, start: datetime, end: datetime, axis_: Axis) -> QRectF:
        left, right = axis_.at(start, rect.width()), axis_.at(end, rect.width())
        height = LOOK.px(22)
        return QRectF(rect.x() + left + 0.75, rect.center().y() - height / 2, max(3.0, right - left - 1.5), height)

    def _span(self, painter: QPainter, rect: QRectF, one: PhaseSpan, run: RunState, axis_: Axis) -> None:
        token, strength = PHASE_PAINT[one.phase]
        lost = one.mark in (Mark.FAILED, Mark.LOST)
        silent = one.ended is None and run.outcome is Outcome.WAITING
        if lost or silent:
            token, strength = "bad", 1.0
        box = self._box(rect, one.began, one.ended or axis_.now, axis_)
        path = QPainterPath()
        path.addRoundedRect(box, 4, 4)
        painter.fillPath(path, LOOK.colour("surface"))
        colour = LOOK.colour(token)
        colour.setAlphaF(strength)
        painter.fillPath(path, colour)
        if lost or silent:
            paint.hatch(painter, box, "surface")
        if LOOK.high_contrast:
            painter.setPen(QPen(LOOK.colour("text"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(path)
        word, shade = phase_word(one.phase), _ink(LOOK.theme.name, token, strength)
        if shade is not None and box.width() > advance(word, "capstrong") + 14 and not (lost or silent):
            paint.text(painter, box, word, "capstrong", shade, paint.CENTRE)

    def _planned(self, painter: QPainter, rect: QRectF, eta: tuple[float, float], axis_: Axis) -> None:
        box = self._box(rect, axis_.now, axis_.now + timedelta(seconds=eta[1]), axis_)
        box.setLeft(box.left() + 2)
        painter.setPen(QPen(LOOK.colour("border_ctl"), 1.2, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 4, 4)
        word = words("Planned")
        if box.width() > advance(word, "capstrong") + 14:
            paint.text(painter, box, word, "capstrong", "text2", paint.CENTRE)
