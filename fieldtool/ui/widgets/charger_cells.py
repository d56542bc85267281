"""Paints the list of chargers: two-line cells, every state as icon and word."""

from PySide6.QtCore import QAbstractItemModel, QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from fieldtool.app.views import ChargerRow, Presence, RunState
from fieldtool.ui import paint
from fieldtool.ui.model import ROW_ROLE, Column, Index
from fieldtool.ui.run_words import main_target
from fieldtool.ui.theme.icons import paint_icon
from fieldtool.ui.theme.look import LOOK, advance
from fieldtool.ui.theme.tokens import ROW
from fieldtool.ui.words import (
    Sign,
    clock_words,
    health_sign,
    link_words,
    model_words,
    percent,
    run_sign,
    share,
    verdict_sign,
    words,
)
from fieldtool.update.run import Outcome

_GREYED = frozenset({Presence.EXPECTED, Presence.GONE})


class ChargerCells(QStyledItemDelegate):
    hovered = -1

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, LOOK.px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: ChargerRow = index.data(ROW_ROLE)
        column = Column(index.column())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(option.rect)
        ground(painter, whole, option, hovered=index.row() == self.hovered, first=column is Column.SELECT)
        inner = whole.adjusted(10, 0, -8, -1)
        _PAINTERS[column](painter, inner, row, index)
        painter.restore()

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        """The whole cell ticks, not only the small box: people wear gloves."""
        if index.column() != Column.SELECT or event.type() != QEvent.Type.MouseButtonRelease:
            return False
        left = isinstance(event, QMouseEvent) and event.button() is Qt.MouseButton.LeftButton
        return left and toggle(model, index)


def toggle(model: QAbstractItemModel, index: Index) -> bool:
    """Tick or untick the charger of this line. False when it cannot be updated."""
    cell = model.index(index.row(), Column.SELECT)
    state = cell.data(Qt.ItemDataRole.CheckStateRole)
    if state is None:
        return False
    new = Qt.CheckState.Unchecked if Qt.CheckState(state) is Qt.CheckState.Checked else Qt.CheckState.Checked
    return model.setData(cell, new, Qt.ItemDataRole.CheckStateRole)


def ground(painter: QPainter, rect: QRectF, option: QStyleOptionViewItem, hovered: bool, first: bool) -> None:
    """Background, line below, mark of the selected line, focus ring."""
    selected = bool(option.state & QStyle.StateFlag.State_Selected)
    painter.fillRect(rect, LOOK.colour("selected" if selected else "hover" if hovered else "surface"))
    painter.fillRect(QRectF(rect.x(), rect.bottom() - 1, rect.width(), 1), LOOK.colour("border"))
    if selected and first:
        painter.fillRect(QRectF(rect.x(), rect.y(), 4, rect.height()), LOOK.colour("accent"))
    if option.state & QStyle.StateFlag.State_HasFocus:
        paint.focus_ring(painter, rect.adjusted(2, 2, -2, -3))


def two_lines(rect: QRectF) -> tuple[QRectF, QRectF]:
    """Where the upper and the lower line of a cell go."""
    upper, lower = LOOK.px(20), LOOK.px(17)
    top = rect.center().y() - (upper + lower) / 2
    return QRectF(rect.x(), top, rect.width(), upper), QRectF(rect.x(), top + upper, rect.width(), lower)


def sign_cell(painter: QPainter, rect: QRectF, sign: Sign, tint_ok: bool = True) -> None:
    """Icon and word of a state, in one line."""
    token = f"{sign.kind}_text"
    paint_icon(painter, sign.icon, QRectF(rect.x(), rect.center().y() - 9, 18, 18), token)
    plain = sign.kind == "accent" or (sign.kind == "ok" and not tint_ok)
    shown = "text2" if sign.kind == "idle" else "text" if plain else token
    paint.text(painter, rect.adjusted(26, 0, 0, 0), sign.word, "body", shown)


def _select(painter: QPainter, rect: QRectF, row: ChargerRow, index: Index) -> None:
    state = index.data(Qt.ItemDataRole.CheckStateRole)
    if state is not None:
        paint.tick_box(painter, rect.center(), Qt.CheckState(state) is Qt.CheckState.Checked)


def _name(painter: QPainter, rect: QRectF, row: ChargerRow, index: Index) -> None:
    upper, lower = two_lines(rect)
    paint.text(painter, upper, row.name, "strong", "text3" if row.presence in _GREYED else "text")
    paint.text(painter, lower, model_words(row), "caption", "text2")


def _serial(painter: QPainter, rect: QRectF, row: ChargerRow, index: Index) -> None:
    token = "text3" if row.presence in _GREYED else "text"
    paint.text(painter, rect, row.serial or words("Not known"), "serial" if row.serial else "body", token)


def _link(painter: QPainter, rect: QRectF, row: ChargerRow, index: Index) -> None:
    icon, kind, address = link_words(row)
    upper, lower = two_lines(rect.adjusted(28, 0, 4, 0))
    paint_icon(painter, icon, QRectF(rect.x(), rect.center().y() - 10, 20, 20), "text2")
    paint.text(painter, upper, kind, "strong", "text3" if row.presence in _GREYED else "text")
    paint.text(painter, lower, address, "caption", "text2", tabular=True)


def _firmware(painter: QPainter, rect: QRectF, row: ChargerRow, index: Index) -> None:
    now = row.running or "—"
    target = row.target if row.run is None or row.run.over else main_target(row.run)
    if target is None or target == row.running:
        paint.text(painter, rect, now, "numeric", "text" if row.running else "text3", tabular=True)
        return
    version_path(painter, rect, now, target)


def version_path(painter: QPainter, rect: QRectF, now: str, target: str) -> None:
    """From → to, the target strong."""
    width = max(advance("0.0.0", "numeric", True), advance(now, "numeric", True)) + 2
    paint.text(painter, QRectF(rect.x(), rect.y(), width, rect.height()), now, "numeric", "text2", tabular=True)
    paint_icon(painter, "arrow-right", QRectF(rect.x() + width + 4, rect.center().y() - 8, 16, 16), "text3")
    paint.text(painter, rect.adjusted(width + 25, 0, 6, 0), target, "strong", "text", tabular=True)


def _verdict(painter: QPainter, rect: QRectF, row: ChargerRow, index: Index) -> None:
    sign = verdict_sign(row)
    paint.pill(painter, rect, sign.icon, sign.word, sign.kind)


def _update(painter: QPainter, rect: QRectF, row: ChargerRow, index: Index) -> None:
    run = row.run
    if run is None:
        ready = row.updatable
        paint.text(painter, rect, words("Ready") if ready else "—", "body", "text2" if ready else "text3")
    elif (sign := update_sign(run)) is not None:
        sign_cell(painter, rect, sign)
    else:
        _progress(painter, rect, run)


def update_sign(run: RunState) -> Sign | None:
    """What the cell shows of a run that has ended or waits; None while it moves."""
    if run.outcome is Outcome.DONE:
        at = clock_words(run.spans[-1].ended or run.began) if run.spans else ""
        return Sign("ok", "circle-check", words("Updated {time}", time=at))
    return run_sign(run) if run.outcome is not None or run.waiting is not None else None


def _progress(painter: QPainter, rect: QRectF, run: RunState) -> None:
    sign, part = run_sign(run), share(run)
    upper, lower = two_lines(rect)
    figure = percent(part) if part is not None else ""
    token = "text" if sign.kind == "accent" else f"{sign.kind}_text"
    room = advance(figure, "strong", True) + 8 if figure else 0
    paint.text(painter, upper.adjusted(0, 0, -room, 0), sign.word, "body", token)
    if part is None:
        note = words("stops after it") if run.stopping else words("working…")
        paint.text(painter, lower, note, "caption", "text2")
        return
    paint.text(painter, upper, figure, "strong", "text", paint.RIGHT, tabular=True)
    height = 10 if LOOK.high_contrast else 6
    paint.bar(painter, QRectF(rect.x() + 1, lower.y() + 5, rect.width() - 2, height), part)


def _health(painter: QPainter, rect: QRectF, row: ChargerRow, index: Index) -> None:
    sign_cell(painter, rect, health_sign(row), tint_ok=False)


_PAINTERS = {
    Column.SELECT: _select,
    Column.NAME: _name,
    Column.SERIAL: _serial,
    Column.LINK: _link,
    Column.FIRMWARE: _firmware,
    Column.VERDICT: _verdict,
    Column.UPDATE: _update,
    Column.HEALTH: _health,
}
