"""Lucide icons, drawn at any size in the colour that a token has when they are painted."""

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from fieldtool.core.resources import resource
from fieldtool.ui.theme.look import LOOK


def paint_icon(painter: QPainter, name: str, rect: QRectF, token: str) -> None:
    """Draw the icon into `rect` (square) in the token's colour."""
    ratio = painter.device().devicePixelRatio()
    width = "2.4" if LOOK.high_contrast else "1.9"
    pixels = max(1, round(rect.width() * ratio))
    pixmap = _pixmap(name, LOOK.theme.colours[token], width, pixels)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(rect, pixmap, QRectF(pixmap.rect()))


def icon(name: str, token: str = "text", checked: str | None = None) -> QIcon:
    """An icon for a button that follows the theme; `checked` is the token used while the button is on."""
    return QIcon(_Engine(name, token, checked or token))


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    return (_folder() / f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _folder() -> Path:
    return resource("icons")


@lru_cache(maxsize=512)
def _pixmap(name: str, colour: str, width: str, pixels: int) -> QPixmap:
    svg = _source(name).replace("currentColor", colour).replace('stroke-width="2"', f'stroke-width="{width}"')
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    return pixmap


class _Engine(QIconEngine):
    def __init__(self, name: str, token: str, checked: str) -> None:
        super().__init__()
        self._name, self._token, self._checked = name, token, checked

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        token = self._checked if state is QIcon.State.On else self._token
        if mode is QIcon.Mode.Disabled:
            token = "text3"
        side = min(rect.width(), rect.height())
        box = QRectF(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, side, side)
        paint_icon(painter, self._name, box, token)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, pixmap.rect(), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._token, self._checked)
