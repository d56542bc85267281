"""Display and touch: theme as small pictures of the window, text size, glove mode."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QGridLayout, QHBoxLayout

from fieldtool.ui import names, paint
from fieldtool.ui.names import named
from fieldtool.ui.theme.icons import paint_icon
from fieldtool.ui.theme.look import GLOVE_MODE, LOOK, TEXT_SIZE, THEME, advance
from fieldtool.ui.theme.tokens import SYSTEM, TEXT_SIZES, THEMES
from fieldtool.ui.widgets.basics import Button, Label, Toggle, columns, rows
from fieldtool.ui.words import mark, words

_THEMES = ((SYSTEM, mark("System"), "laptop"), ("light", mark("Light"), "sun"), ("dark", mark("Dark"), "moon"),
           ("sunlight", mark("Sunlight"), "contrast"))  # fmt: skip


class DisplayCard(QFrame):
    """Applies at once; `chosen` tells name and value of the setting to be kept."""

    chosen = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._themes, self._sizes = QButtonGroup(self), QButtonGroup(self)
        self._swatches: dict[str, _Swatch] = {}
        self._percent: dict[int, Button] = {}
        self._glove = Toggle(named(names.GLOVE), LOOK.glove)
        self._glove.toggled.connect(self._set_glove)
        head = columns(
            (Label(self.tr("Display and touch"), "subtitle"), 1), Label(self.tr("F6 cycles"), "caption", "muted")
        )
        glove = rows(
            Label(self.tr("Glove mode"), "strong"),
            Label(self.tr("Targets of 48 px"), "caption", "muted"),
            gap=1,
        )
        size = rows(Label(self.tr("Text size"), "strong"), self._size_row(), gap=8)
        self.setLayout(
            rows(head, self._theme_grid(), size, columns((glove, 1), self._glove), gap=14, margin=(20, 14, 20, 14))
        )
        LOOK.changed.connect(self._show)
        self._show()

    def _theme_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(10)
        for at, (key, word, icon) in enumerate(_THEMES):
            swatch = _Swatch(key, words(word), icon)
            swatch.clicked.connect(lambda _=False, one=key: self._set_theme(one))
            self._themes.addButton(swatch)
            self._swatches[key] = swatch
            grid.addWidget(swatch, at // 2, at % 2)
        return grid

    def _size_row(self) -> QHBoxLayout:
        parts = []
        for percent in TEXT_SIZES:
            one = Button(self.tr("{n} %").format(n=percent), "", "choice", named(names.TEXT_SIZE, percent=str(percent)))
            one.setCheckable(True)
            one.clicked.connect(lambda _=False, chosen=percent: self._set_size(chosen))
            self._sizes.addButton(one)
            self._percent[percent] = one
            parts.append((one, 1))
        return columns(*parts, gap=8)

    def _set_theme(self, key: str) -> None:
        LOOK.set(choice=key)
        self.chosen.emit(THEME, key)

    def _set_size(self, percent: int) -> None:
        LOOK.set(percent=percent)
        self.chosen.emit(TEXT_SIZE, str(percent))

    @Slot(bool)
    def _set_glove(self, on: bool) -> None:
        if on != LOOK.glove:
            LOOK.set(glove=on)
            self.chosen.emit(GLOVE_MODE, "on" if on else "off")

    @Slot()
    def _show(self) -> None:
        self._swatches[LOOK.choice].setChecked(True)
        self._percent[LOOK.percent].setChecked(True)
        self._glove.setChecked(LOOK.glove)
        for swatch in self._swatches.values():
            swatch.updateGeometry()


class _Swatch(QAbstractButton):
    def __init__(self, key: str, title: str, icon: str) -> None:
        super().__init__()
        self._key, self._icon = key, icon
        self.setText(title)
        self.setCheckable(True)
        self.setAccessibleName(named(names.THEME_CHOICE, name=title))
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(LOOK.px(130), 64 + LOOK.px(28))

    def minimumSizeHint(self) -> QSize:
        return QSize(LOOK.px(100), 64 + LOOK.px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        outer = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        painter.setPen(QPen(LOOK.colour("accent" if on else "border_ctl"), 3 if on else 1))
        painter.setBrush(LOOK.colour("selected" if on else "surface"))
        painter.drawRoundedRect(outer, 8, 8)
        picture = QRectF(outer.x() + 8, outer.y() + 8, outer.width() - 16, 46)
        shown = ("light", "dark") if self._key == SYSTEM else (self._key,)
        for at, name in enumerate(shown):
            width = picture.width() / len(shown)
            _miniature(painter, QRectF(picture.x() + at * width, picture.y(), width, picture.height()), name)
        painter.setPen(QPen(LOOK.colour("border_ctl"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(picture)
        foot = QRectF(outer.x(), picture.bottom() + 2, outer.width(), outer.bottom() - picture.bottom() - 4)
        room = advance(self.text(), "capstrong") + 2
        left = foot.center().x() - (room + 20) / 2
        token = "accent_text" if on and not LOOK.high_contrast else "text"
        paint_icon(painter, "check" if on else self._icon, QRectF(left, foot.center().y() - 7.5, 15, 15), token)
        paint.text(painter, QRectF(left + 20, foot.y(), room, foot.height()), self.text(), "capstrong", token)
        if self.hasFocus():
            paint.focus_ring(painter, QRectF(self.rect()).adjusted(4, 4, -4, -4))


def _miniature(painter: QPainter, rect: QRectF, name: str) -> None:
    """The window in that theme, in a few strokes."""
    colours = THEMES[name].colours
    x, y, width = rect.x(), rect.y(), rect.width()
    painter.fillRect(rect, QColor(colours["bg"]))
    painter.fillRect(QRectF(x, y, 9, rect.height()), QColor(colours["rail"]))
    painter.fillRect(QRectF(x + 15, y + 8, (width - 24) * 0.7, 5), QColor(colours["text"]))
    painter.fillRect(QRectF(x + 15, y + 18, width - 24, 3), QColor(colours["text2"]))
    painter.fillRect(QRectF(x + 15, y + 26, (width - 24) * 0.5, 9), QColor(colours["accent"]))
