"""How the window looks now: theme, text size, glove mode. One per process, as Qt's own palette and style are."""

from collections.abc import Mapping
from functools import lru_cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from fieldtool.core.resources import resource
from fieldtool.ui.theme.qss import stylesheet
from fieldtool.ui.theme.tokens import DARK, GLOVE_TARGET, LIGHT, SYSTEM, TARGET, TEXT_SIZES, THEMES, TYPE, Theme

TEXT_FAMILY, MONO_FAMILY = "Inter", "JetBrains Mono"
_CYCLE = ("light", "dark", "sunlight")


class Look(QObject):
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice = SYSTEM  # what was asked for; `theme` is what that means now
        self.theme: Theme = LIGHT
        self.percent = 100
        self.glove = False

    @property
    def high_contrast(self) -> bool:
        return self.theme.high_contrast

    @property
    def target(self) -> int:
        return GLOVE_TARGET if self.glove else TARGET

    @property
    def stroke(self) -> int:
        return 2 if self.high_contrast else 1

    def px(self, pixels: float) -> int:
        """A length that grows with the text size."""
        return round(pixels * self.percent / 100)

    def colour(self, token: str) -> QColor:
        return QColor(self.theme.colours[token])

    def set(self, choice: str | None = None, percent: int | None = None, glove: bool | None = None) -> None:
        """Change what is given, keep the rest, restyle the application. KeyError for an unknown theme."""
        if choice is not None:
            self.choice = choice
        if percent is not None:
            self.percent = percent
        if glove is not None:
            self.glove = glove
        self.theme = _system_theme() if self.choice == SYSTEM else THEMES[self.choice]
        self._apply()

    def next_theme(self) -> str:
        """The theme after the one that shows now; "system" is chosen in Settings only, as it may change nothing."""
        return _CYCLE[(_CYCLE.index(self.theme.name) + 1) % len(_CYCLE)]

    def _apply(self) -> None:
        font.cache_clear()
        metrics.cache_clear()
        advance.cache_clear()
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.setPalette(_palette(self.theme))
            application.setFont(font("body"))
            application.setStyleSheet(stylesheet(self.theme, self.percent, self.target))
        self.changed.emit()


LOOK = Look()
THEME, TEXT_SIZE, GLOVE_MODE = "theme", "text_size", "glove_mode"
DISPLAY_SETTINGS = frozenset({THEME, TEXT_SIZE, GLOVE_MODE})


def obey(values: Mapping[str, str]) -> None:
    """Look as these settings say; a value that the window does not know is left aside."""
    theme, size, glove = values.get(THEME), values.get(TEXT_SIZE), values.get(GLOVE_MODE)
    LOOK.set(
        choice=theme if theme in (*THEMES, SYSTEM) else None,
        percent=int(size) if size is not None and size in map(str, TEXT_SIZES) else None,
        glove=glove == "on" if glove is not None else None,
    )


def load_fonts() -> None:
    """Make the bundled fonts known to Qt. Needs a QGuiApplication."""
    for file in sorted(resource("fonts").glob("*.[ot]tf")):
        QFontDatabase.addApplicationFont(str(file))


def prepare(application: QApplication) -> None:
    """Style, fonts and theme of a fresh application; while the choice is "system", follow the desktop's theme."""
    application.setStyle("Fusion")
    application.setApplicationName("fieldtool")
    load_fonts()
    QGuiApplication.styleHints().colorSchemeChanged.connect(_system_changed)
    LOOK.set()


def _system_changed() -> None:
    if LOOK.choice == SYSTEM:
        LOOK.set()


def _system_theme() -> Theme:
    return DARK if QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark else LIGHT


@lru_cache(maxsize=64)
def font(role: str, tabular: bool = False) -> QFont:
    """The font of a text role. Serial numbers get tabular digits and a slashed zero."""
    pixels, weight = TYPE[role]
    if LOOK.high_contrast:
        weight = min(700, max(500, weight + 100))
    made = QFont(MONO_FAMILY if role == "mono" else TEXT_FAMILY)
    made.setPixelSize(LOOK.px(pixels))
    made.setWeight(QFont.Weight(weight))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if tabular or role in ("numeric", "serial"):
        made.setFeature(QFont.Tag("tnum"), 1)
    if role == "serial":
        made.setFeature(QFont.Tag("zero"), 1)
    return made


@lru_cache(maxsize=64)
def metrics(role: str, tabular: bool = False) -> QFontMetricsF:
    return QFontMetricsF(font(role, tabular))


@lru_cache(maxsize=8192)
def advance(words: str, role: str, tabular: bool = False) -> float:
    """Width of the words in pixels."""
    return metrics(role, tabular).horizontalAdvance(words)


def _palette(theme: Theme) -> QPalette:
    roles = {
        QPalette.ColorRole.Window: "bg",
        QPalette.ColorRole.Base: "surface",
        QPalette.ColorRole.AlternateBase: "surface2",
        QPalette.ColorRole.Text: "text",
        QPalette.ColorRole.WindowText: "text",
        QPalette.ColorRole.ButtonText: "text",
        QPalette.ColorRole.Button: "surface",
        QPalette.ColorRole.Highlight: "accent",
        QPalette.ColorRole.HighlightedText: "on_accent",
        QPalette.ColorRole.ToolTipBase: "text",
        QPalette.ColorRole.ToolTipText: "surface",
        QPalette.ColorRole.PlaceholderText: "text3",
        QPalette.ColorRole.Link: "accent_text",
        QPalette.ColorRole.Accent: "accent",
    }
    palette = QPalette()
    for role, token in roles.items():
        palette.setColor(role, QColor(theme.colours[token]))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.colours["text3"]))
    return palette
