"""Finds what a person would click: visible controls by accessible name, the cell that ticks a charger.

Tests and the demo act on the window through these and Qt's own mouse and key events, so that a control which is
hidden, off or without a name breaks them.
"""

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from fieldtool.ui.model import select_index
from fieldtool.ui.names import named
from fieldtool.ui.widgets.charger_table import ChargerTable


def control(window: QWidget, name: str, /, **parts: str) -> QWidget:
    """The visible widget of that name (a constant of `ui.names`). LookupError unless there is exactly one."""
    wanted = named(name, **parts)
    found = [one for one in window.findChildren(QWidget) if one.isVisible() and one.accessibleName() == wanted]
    if len(found) != 1:
        raise LookupError(f"{len(found)} visible controls are named {wanted!r}")
    return found[0]


def tick_cell(window: QWidget, key: str) -> tuple[QWidget, QPoint]:
    """Where to click to select a charger for an update. LookupError when it is not in the list now."""
    table = next((one for one in window.findChildren(ChargerTable) if one.isVisible()), None)
    if table is None:
        raise LookupError("the list of chargers is not on screen")
    index = select_index(table.chargers, key)
    if not index.isValid():
        raise LookupError(f"charger {key} is not in the list")
    table.scrollTo(index)
    return table.viewport(), table.visualRect(index).center()


def name_cell(window: QWidget, key: str) -> tuple[QWidget, QPoint]:
    """Where to click to look at a charger."""
    viewport, point = tick_cell(window, key)
    return viewport, QPoint(point.x() + 120, point.y())
