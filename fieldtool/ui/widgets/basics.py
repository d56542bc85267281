"""Small parts that every screen is made of. A label has a role (size, weight) and a tone (colour), both from tokens."""

from collections.abc import Sequence
from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from fieldtool.ui.paint import focus_ring, pill, text, tick_box
from fieldtool.ui.theme.icons import icon, paint_icon
from fieldtool.ui.theme.look import LOOK, advance, font
from fieldtool.ui.words import tip

BoxT = TypeVar("BoxT", bound=QBoxLayout)
Part = QWidget | QLayout | int | None | tuple[QWidget | QLayout, int]


def rows(*parts: Part, gap: int = 0, margin: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QVBoxLayout:
    """Stacked: widgets and layouts, (widget, stretch), pixels of space, None for a spring."""
    layout = QVBoxLayout()
    return _filled(layout, parts, gap, margin)


def columns(*parts: Part, gap: int = 0, margin: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QHBoxLayout:
    layout = QHBoxLayout()
    return _filled(layout, parts, gap, margin)


def _filled(layout: BoxT, parts: Sequence[Part], gap: int, margin: tuple[int, int, int, int]) -> BoxT:
    layout.setContentsMargins(*margin)
    layout.setSpacing(gap)
    for part in parts:
        item, stretch = part if isinstance(part, tuple) else (part, 0)
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QLayout):
            layout.addLayout(item, stretch)
        else:
            layout.addWidget(item, stretch)
    return layout


class ButtonRow(QWidget):
    """Buttons beside each other where their words fit, else below each other: other languages have longer words."""

    def __init__(self, *buttons: QAbstractButton) -> None:
        super().__init__()
        self._buttons = buttons
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        for button in buttons:
            self._layout.addWidget(button, 1 if button is buttons[0] else 0)
            button.installEventFilter(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent, QEvent.Type.LayoutRequest):
            self._arrange()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # words of a button have changed
            self._arrange()
        return super().event(event)

    def minimumSizeHint(self) -> QSize:
        """As narrow as its widest button: it stacks them before it makes a pane wider."""
        shown = [button.sizeHint().width() for button in self._buttons if not button.isHidden()]
        return QSize(max(shown, default=0), super().minimumSizeHint().height())

    def _arrange(self) -> None:
        shown = [button.sizeHint().width() for button in self._buttons if not button.isHidden()]
        beside = sum(shown) + self._layout.spacing() * (len(shown) - 1) <= self.width()
        wanted = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._layout.direction() is not wanted:
            self._layout.setDirection(wanted)


def frame(layout: QLayout, name: str = "") -> QFrame:
    made = QFrame()
    made.setObjectName(name)
    made.setLayout(layout)
    return made


def card(*parts: Part, gap: int = 0, margin: tuple[int, int, int, int] = (20, 14, 20, 14)) -> QFrame:
    return frame(rows(*parts, gap=gap, margin=margin), "card")


def line() -> QFrame:
    made = QFrame()
    made.setObjectName("line")
    made.setFixedHeight(1)
    return made


def scroll(inner: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inner)
    return area


def restyle(widget: QWidget, **properties: str | bool) -> None:
    """Set properties that the style sheet looks at, and have it look again."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


class Label(QLabel):
    def __init__(self, words: str = "", role: str = "body", tone: str = "text", wrap: bool = False) -> None:
        super().__init__(words)
        self.setTextFormat(Qt.TextFormat.PlainText)  # a charger's own words are no markup
        self.setProperty("role", role)
        self.setProperty("tone", tone)
        self.setWordWrap(wrap)
        if role in ("serial", "numeric"):
            self._role = role
            self._take_font()
            LOOK.changed.connect(self._take_font)
        if wrap:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def _take_font(self) -> None:
        self.setFont(font(self._role))

    def minimumSizeHint(self) -> QSize:
        """A label that wraps may become narrow; Qt's own hint would make scroll areas wider than their view."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), 60), hint.height()) if self.wordWrap() else hint

    def show_words(self, words: str, tone: str | None = None) -> None:
        if words != self.text():
            self.setText(words)
        if tone is not None and tone != self.property("tone"):
            restyle(self, tone=tone)


class Sized(QWidget):
    """A painted widget whose natural size follows the text size."""

    def __init__(self) -> None:
        super().__init__()
        LOOK.changed.connect(self._look_changed)

    def _look_changed(self) -> None:
        self.updateGeometry()
        self.update()


class SubLine(Sized):
    """The line under a title. Where room is short it says less: parts after " · " go first, then size."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_words(self, words: str) -> None:
        if words != self._words:
            self._words = words
            self.setAccessibleName(words)
            self.setToolTip(tip(words))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, LOOK.px(20))

    def minimumSizeHint(self) -> QSize:
        return QSize(100, LOOK.px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        parts = self._words.split(" · ")
        while len(parts) > 1 and advance(" · ".join(parts), "body") > self.width():
            parts.pop()
        words = " · ".join(parts)
        small = advance(words, "body") > self.width()
        text(painter, QRectF(self.rect()), words, "caption" if small else "body", "text2")


class Button(QPushButton):
    """`name` is what screen readers say; `words` stand on it. kind: "", primary, danger, icon, chip, choice, quiet."""

    _TOKENS = {"primary": "on_accent", "danger": "bad_text", "quiet": "text2"}

    def __init__(self, words: str, icon_name: str = "", kind: str = "", name: str = "", hint: str = "") -> None:
        super().__init__()
        self._kind, self._icon = kind, ""
        self.setProperty("kind", kind)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(name or words)
        self.setToolTip(hint or (name if not words else ""))
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.show_words(words, icon_name)

    def show_words(self, words: str, icon_name: str = "", token: str = "", checked: str = "") -> None:
        """Change words and icon; the accessible name stays."""
        shown = f"\u2009\u00a0{words}" if words and icon_name else words  # air between icon and words
        if shown != self.text():
            self.setText(shown)
        if icon_name and (icon_name + token) != self._icon:
            self._icon = icon_name + token
            self.setIcon(icon(icon_name, token or self._TOKENS.get(self._kind, "text"), checked or None))
            self.setIconSize(QSize(18, 18))


class Icon(Sized):
    def __init__(self, name: str, token: str = "text2", size: int = 18) -> None:
        super().__init__()
        self._name, self._token = name, token
        self.setFixedSize(size, size)

    def show_icon(self, name: str, token: str) -> None:
        if (name, token) != (self._name, self._token):
            self._name, self._token = name, token
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_icon(painter, self._name, QRectF(self.rect()), self._token)


class Pill(Sized):
    """A state as icon and word on a tint."""

    def __init__(self, icon_name: str, words: str, kind: str) -> None:
        super().__init__()
        self._icon, self._words, self._kind = icon_name, words, kind
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(round(advance(self._words, "capstrong")) + 40, LOOK.px(26) + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pill(painter, QRectF(self.rect()), self._icon, self._words, self._kind)


class TickBox(QAbstractButton):
    """A check box whose whole square is the target."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.partly = False
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(LOOK.target, LOOK.target)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.isEnabled():
            painter.setOpacity(0.4)
        tick_box(painter, QRectF(self.rect()).center(), self.isChecked(), self.partly)
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()).adjusted(3, 3, -3, -3))


class Toggle(QAbstractButton):
    """An on/off switch."""

    def __init__(self, name: str, on: bool) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setChecked(on)
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(60, LOOK.target)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        track = QRectF(4, self.height() / 2 - 14, 52, 28)
        painter.setPen(QPen(LOOK.colour("accent" if on else "border_ctl"), 2))
        painter.setBrush(LOOK.colour("accent" if on else "surface"))
        painter.drawRoundedRect(track, 14, 14)
        knob = QRectF(track.right() - 25 if on else track.x() + 3, track.y() + 3, 22, 22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(LOOK.colour("on_accent" if on else "border_ctl"))
        painter.drawEllipse(knob)
        if on:
            paint_icon(painter, "check", knob.adjusted(4, 4, -4, -4), "accent")
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()).adjusted(1, 2, -1, -2))


class Choice(QComboBox):
    """A combo box whose arrow follows the theme; style sheets can only show fixed pictures."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        at = QRectF(self.width() - 28, self.height() / 2 - 9, 18, 18)
        paint_icon(painter, "chevron-down", at, "text2")


class Callout(QFrame):
    """A tinted box with icon, a strong line and a second one."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = Icon("info", "idle_text", 24)
        self._head = Label("", "strong", "idle", wrap=True)
        self._body = Label("", "caption", "text", wrap=True)
        told = rows(self._head, self._body, gap=2)
        self.setLayout(columns(self._icon, (told, 1), gap=12, margin=(14, 10, 12, 10)))
        self._shown = ("", "", "", "")

    def show_answer(self, kind: str, icon_name: str, head: str, body: str) -> None:
        if (kind, icon_name, head, body) == self._shown:
            return
        self._shown = (kind, icon_name, head, body)
        self._icon.show_icon(icon_name, f"{kind}_text")
        self._head.show_words(head, kind)
        self._body.show_words(body)
        self._body.setVisible(bool(body))
        self.setAccessibleName(f"{head}. {body}")
        restyle(self, tint=kind)
