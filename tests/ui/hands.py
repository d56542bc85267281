"""What a person does with the window: waits until a control is there, and clicks it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fieldtool.ui.find import control


def there(window: QWidget, name: str, /, **parts: str) -> QWidget | None:
    """The control, or None while it is not on screen."""
    try:
        return control(window, name, **parts)
    except LookupError:
        return None


def press(qtbot: QtBot, window: QWidget, name: str, /, **parts: str) -> QWidget:
    """Click it as soon as it is there and on."""

    def on() -> bool:
        widget = there(window, name, **parts)
        return widget is not None and widget.isEnabled()

    qtbot.waitUntil(on)
    widget = control(window, name, **parts)
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)
    return widget
