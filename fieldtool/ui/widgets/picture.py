"""Drawings of manual steps: SVG with names of tokens in it, so that every theme draws them in its own colours."""

import re
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer

from fieldtool.core.resources import resource
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.widgets.basics import Sized

_TOKEN = re.compile(r"\{\{(\w+)\}\}")
_HEIGHT = 84


def coloured(svg: str) -> str:
    """The drawing with the colours of the theme. KeyError for a token that no theme has."""
    return _TOKEN.sub(lambda found: LOOK.theme.colours[found[1]], svg)


@lru_cache(maxsize=16)
def _source(name: str) -> str:
    return (resource("pictures") / f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=16)
def _renderer(name: str, theme: str) -> QSvgRenderer:
    """`theme` keeps those of one theme apart from those of another."""
    made = QSvgRenderer(QByteArray(coloured(_source(name)).encode()))
    made.setAspectRatioMode(Qt.AspectRatioMode.KeepAspectRatio)
    return made


class Picture(Sized):
    """One drawing; the words beside it say the same."""

    def __init__(self) -> None:
        super().__init__()
        self._name = ""

    def show_picture(self, name: str) -> None:
        """Name of a drawing; a step without one, or one that does not ship with this version, shows none."""
        known = name if name and (resource("pictures") / f"{name}.svg").is_file() else ""
        if known != self._name:
            self._name = known
            self.update()

    @property
    def shown(self) -> bool:
        return bool(self._name)

    def sizeHint(self) -> QSize:
        return QSize(LOOK.px(240), LOOK.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, LOOK.px(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._name:
            painter = QPainter(self)
            _renderer(self._name, LOOK.theme.name).render(painter, QRectF(self.rect()))
