"""Drawings of how to get a model into its bootloader: one SVG per profile, whose letters and words are in it too."""

import re
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy

from fieldtool.core.resources import resource
from fieldtool.ui import paint
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.widgets.basics import Sized
from fieldtool.ui.widgets.picture import coloured

ANY = "any"  # for models that nobody has drawn
FOLDER = "drawings"
_TITLE = re.compile(r"<title>([^<]+)</title>")
_LETTER = re.compile(r'<desc id="([A-F])">([^<]+)</desc>')


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing, and what it says: letters stand in the drawing and before the words alike."""

    name: str
    title: str
    letters: tuple[tuple[str, str], ...]
    svg: str


@lru_cache(maxsize=16)
def drawn(profile: str) -> Drawn:
    """The drawing of this profile, else the one for any model."""
    name = profile if profile and (resource(FOLDER) / f"{profile}.svg").is_file() else ANY
    svg = (resource(FOLDER) / f"{name}.svg").read_text(encoding="utf-8")
    title = _TITLE.search(svg)
    return Drawn(name, title[1] if title is not None else "", tuple(_LETTER.findall(svg)), svg)


@lru_cache(maxsize=16)
def _renderer(profile: str, theme: str) -> QSvgRenderer:
    """`theme` keeps those of one theme apart from those of another."""
    made = QSvgRenderer(QByteArray(coloured(drawn(profile).svg).encode()))
    made.setAspectRatioMode(Qt.AspectRatioMode.KeepAspectRatio)
    return made


class Drawing(Sized):
    """Takes the room that is left; the words beside it say the same."""

    def __init__(self) -> None:
        super().__init__()
        self._profile = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_profile(self, profile: str) -> None:
        self._profile = profile
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(480, 110)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 72)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _renderer(self._profile, LOOK.theme.name).render(painter, QRectF(self.rect()))


class Letter(Sized):
    """A letter as it stands in the drawing."""

    def __init__(self, letter: str) -> None:
        super().__init__()
        self._letter = letter
        self._look_changed()

    def _look_changed(self) -> None:
        self.setFixedSize(LOOK.px(28), LOOK.px(28))
        super()._look_changed()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(LOOK.colour("accent"))
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawEllipse(box)
        paint.text(painter, box, self._letter, "strong", "on_accent", paint.CENTRE)
