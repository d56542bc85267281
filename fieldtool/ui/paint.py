"""All painted text goes through `text`, so that a test can know of every word that did not fit."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from fieldtool.ui.theme.icons import paint_icon
from fieldtool.ui.theme.look import LOOK, advance, font, metrics

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter

_elided: Callable[[str, float, float], None] | None = None


def on_elided(listener: Callable[[str, float, float], None] | None) -> None:
    """Tests listen here: called with the words, the width they have and the width they need."""
    global _elided
    _elided = listener


def text(
    painter: QPainter,
    rect: QRectF,
    words: str,
    role: str = "body",
    token: str = "text",
    align: Qt.AlignmentFlag = LEFT,
    tabular: bool = False,
) -> None:
    """Paint one line of words; what does not fit is elided on the right."""
    shown, needed = words, advance(words, role, tabular)
    if needed > rect.width() + 1:
        shown = metrics(role, tabular).elidedText(words, Qt.TextElideMode.ElideRight, max(0.0, rect.width()))
        if _elided is not None:
            _elided(words, rect.width(), needed)
    painter.setFont(font(role, tabular))
    painter.setPen(LOOK.colour(token))
    painter.drawText(rect, align.value | Qt.TextFlag.TextSingleLine.value, shown)


def pill(painter: QPainter, rect: QRectF, icon: str, words: str, kind: str) -> None:
    """A word on a tinted lozenge, never without its icon: colour alone says nothing."""
    height = LOOK.px(26)
    width = min(rect.width(), advance(words, "capstrong") + 37)
    box = QRectF(rect.x(), rect.center().y() - height / 2, width, height)
    painter.setPen(QPen(LOOK.colour(kind), 2) if LOOK.high_contrast else Qt.PenStyle.NoPen)
    painter.setBrush(LOOK.colour(f"{kind}_sub"))
    inset = 1 if LOOK.high_contrast else 0
    painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), height / 2, height / 2)
    paint_icon(painter, icon, QRectF(box.x() + 9, box.center().y() - 7, 14, 14), f"{kind}_text")
    text(painter, box.adjusted(27, 0, -8, 0), words, "capstrong", f"{kind}_text")


def bar(painter: QPainter, rect: QRectF, share: float, token: str = "accent") -> None:
    """A progress bar, `share` from 0 to 1."""
    radius = rect.height() / 2
    painter.setPen(QPen(LOOK.colour("text"), 1.5) if LOOK.high_contrast else Qt.PenStyle.NoPen)
    painter.setBrush(LOOK.colour("track"))
    painter.drawRoundedRect(rect, radius, radius)
    if share <= 0:
        return
    outline = QPainterPath()
    outline.addRoundedRect(rect, radius, radius)
    painter.save()
    painter.setClipPath(outline)
    painter.fillRect(QRectF(rect.x(), rect.y(), rect.width() * min(1.0, share), rect.height()), LOOK.colour(token))
    painter.restore()


def hatch(painter: QPainter, rect: QRectF, token: str, step: float = 7.0, alpha: float = 0.45) -> None:
    """Slanted strokes over `rect`: tells bad and unknown stretches apart without colour."""
    painter.save()
    painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
    colour = LOOK.colour(token)
    colour.setAlphaF(alpha)
    painter.setPen(QPen(colour, 1.6))
    x = rect.x() - rect.height()
    while x < rect.right():
        painter.drawLine(QPointF(x, rect.bottom()), QPointF(x + rect.height(), rect.top()))
        x += step
    painter.restore()


def tick_box(painter: QPainter, centre: QPointF, on: bool, partly: bool = False) -> None:
    box = QRectF(centre.x() - 10, centre.y() - 10, 20, 20)
    if on or partly:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(LOOK.colour("accent"))
        painter.drawRoundedRect(box, 5, 5)
        paint_icon(painter, "check" if on else "minus", box.adjusted(3, 3, -3, -3), "on_accent")
        return
    painter.setPen(QPen(LOOK.colour("border_ctl"), 2 if LOOK.high_contrast else 1.5))
    painter.setBrush(LOOK.colour("surface"))
    painter.drawRoundedRect(box.adjusted(0.75, 0.75, -0.75, -0.75), 5, 5)


def focus_ring(painter: QPainter, rect: QRectF, token: str = "focus") -> None:
    painter.setPen(QPen(LOOK.colour(token), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect, 7, 7)
