"""Painted parts of the Run screen: results as one bar, throughput as a curve, the legend of the chart."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from fieldtool.ui import names, paint
from fieldtool.ui.names import named
from fieldtool.ui.theme.look import LOOK, advance
from fieldtool.ui.widgets.basics import Icon, Label, Sized, columns
from fieldtool.ui.widgets.run_chart import LEGEND, PHASE_PAINT
from fieldtool.ui.words import phase_word, words


class ResultBar(Sized):
    """Shares of a whole; failures are hatched, and the words stand below."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: tuple[tuple[float, str, bool], ...] = ()
        self.setAccessibleName(named(names.RUN_BAR))
        self.setMinimumWidth(80)

    def show_parts(self, parts: Sequence[tuple[float, str, bool]]) -> None:
        """(share, token, hatched) from left to right."""
        if tuple(parts) != self._parts:
            self._parts = tuple(parts)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, 14)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 14)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(0, self.height() / 2 - 6, self.width(), 12).adjusted(1, 0, -1, 0)
        outline = QPainterPath()
        outline.addRoundedRect(rect, 6, 6)
        painter.fillPath(outline, LOOK.colour("track"))
        painter.save()
        painter.setClipPath(outline)
        x = rect.x()
        for share, token, hatched in self._parts:
            part = QRectF(x, rect.y(), rect.width() * share, rect.height())
            painter.fillRect(part, LOOK.colour(token))
            if hatched:
                paint.hatch(painter, part, "surface")
            x += part.width()
            painter.fillRect(QRectF(x - 1, rect.y(), 2, rect.height()), LOOK.colour("surface"))
        painter.restore()
        if LOOK.high_contrast:
            painter.setPen(QPen(LOOK.colour("text"), 1.5))
            painter.drawPath(outline)


class ResultWords(QWidget):
    """How many of each, as icon and word."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = columns(gap=16)
        self.setLayout(self._layout)
        self._shown: tuple[tuple[str, str, str], ...] = ()

    def show_words(self, parts: Sequence[tuple[str, str, str]]) -> None:
        """(kind, icon, words) from left to right."""
        if tuple(parts) == self._shown:
            return
        self._shown = tuple(parts)
        while (item := self._layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for kind, icon, told in parts:
            one = QWidget()
            one.setLayout(columns(Icon(icon, f"{kind}_text", 16), Label(told, "body", kind), gap=6))
            self._layout.addWidget(one)
        self._layout.addStretch(1)


class Curve(Sized):
    """Throughput over the last two minutes."""

    def __init__(self) -> None:
        super().__init__()
        self._values: tuple[float, ...] = ()
        self.setAccessibleName(named(names.SPEED))

    def show_values(self, values: Sequence[float]) -> None:
        self._values = tuple(values)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(150, 40)

    def minimumSizeHint(self) -> QSize:
        return QSize(110, 40)

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self._values) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = max(*self._values, 1.0) * 1.25
        step = (self.width() - 12) / (len(self._values) - 1)
        base = self.height() - 4
        points = [QPointF(4 + at * step, base - value / top * (base - 6)) for at, value in enumerate(self._values)]
        path = QPainterPath(points[0])
        for point in points[1:]:
            path.lineTo(point)
        area = QPainterPath(path)
        area.lineTo(points[-1].x(), base + 2)
        area.lineTo(points[0].x(), base + 2)
        shade = LOOK.colour("accent")
        shade.setAlphaF(0.16)
        painter.fillPath(area, shade)
        painter.setPen(QPen(LOOK.colour("accent"), 3 if LOOK.high_contrast else 2))
        painter.drawPath(path)
        painter.setBrush(LOOK.colour("accent"))
        painter.setPen(QPen(LOOK.colour("surface"), 2))
        painter.drawEllipse(points[-1], 4.5, 4.5)


class Legend(Sized):
    def sizeHint(self) -> QSize:
        return QSize(200, LOOK.px(32))

    def minimumSizeHint(self) -> QSize:
        return QSize(100, LOOK.px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, middle = 16.0, self.height() / 2
        entries = [(phase_word(phase), PHASE_PAINT[phase], False) for phase in LEGEND]
        entries += [(words("Failed"), ("bad", 1.0), True)]
        for word, (token, strength), hatched in entries:
            width = advance(word, "caption") + 4
            if x + 24 + width > self.width() - 8:
                return
            box = QRectF(x, middle - 7, 18, 14)
            path = QPainterPath()
            path.addRoundedRect(box, 3, 3)
            colour = LOOK.colour(token)
            colour.setAlphaF(strength)
            painter.fillPath(path, colour)
            if hatched:
                paint.hatch(painter, box, "surface")
            if LOOK.high_contrast:
                painter.setPen(QPen(LOOK.colour("text"), 1.2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPath(path)
            at = QRectF(x + 24, middle - LOOK.px(10), width, LOOK.px(20))
            paint.text(painter, at, word, "caption", "text2")
            x += 24 + width + 12
