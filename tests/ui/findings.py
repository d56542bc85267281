"""Looks at a window as a picky person would: clipped words, targets too small, nameless controls, overlaps."""

from collections.abc import Iterator

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QScrollBar,
    QToolButton,
    QWidget,
)

from fieldtool.ui.theme.look import LOOK

_CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QPlainTextEdit, QAbstractItemView)


def findings(window: QWidget) -> list[str]:
    """One line for everything that a person could not read, reach or tell apart."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or _foreign(widget):
            continue
        for wrong in _wrong(widget):
            found.append(f"{type(widget).__name__} {_told(widget)!r}: {wrong}")
    return found


def _foreign(widget: QWidget) -> bool:
    """Parts that Qt itself puts into its widgets."""
    inside = widget.parentWidget()
    return isinstance(widget, (QToolButton, QScrollBar, QHeaderView)) or isinstance(
        inside, (QComboBox, QLineEdit, QScrollBar)
    )


def _told(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, (QLabel, QAbstractButton)) else ""
    return (text or widget.accessibleName() or widget.objectName())[:60]


def _wrong(widget: QWidget) -> Iterator[str]:
    hint = widget.sizeHint()
    if isinstance(widget, QLabel) and widget.text():
        if widget.wordWrap():
            needed = widget.heightForWidth(widget.width())
            if needed > widget.height() + 1:
                yield f"needs height {needed}, has {widget.height()}"
        elif hint.width() > widget.width() + 1 or hint.height() > widget.height() + 1:
            yield f"needs {hint.toTuple()}, has {widget.size().toTuple()}"
    if isinstance(widget, QAbstractButton):
        if hint.width() > widget.width() + 1:
            yield f"needs width {hint.width()}, has {widget.width()}"
        if widget.height() < LOOK.target or widget.width() < LOOK.target:
            yield f"target of {widget.size().toTuple()} is under {LOOK.target}"
    if isinstance(widget, (QLineEdit, QComboBox)) and widget.height() < LOOK.target:
        yield f"target of {widget.height()} is under {LOOK.target}"
    if isinstance(widget, _CONTROLS) and not widget.accessibleName():
        yield "has no accessible name"
    if isinstance(widget, QScrollArea) and widget.widget() is not None:
        inner, view = widget.widget().width(), widget.viewport().width()
        if inner > view:
            yield f"its content is {inner} wide, only {view} can be seen"
    yield from _place(widget)


def _place(widget: QWidget) -> Iterator[str]:
    parent = widget.parentWidget()
    if parent is None or isinstance(parent.parentWidget(), QScrollArea) or isinstance(parent, QAbstractItemView):
        return
    box = widget.geometry()
    if not parent.rect().adjusted(-1, -1, 1, 1).contains(box) and not isinstance(widget, QFrame):
        yield f"{box.getRect()} is outside its parent {parent.size().toTuple()}"
    if not isinstance(widget, (QLabel, QAbstractButton, QLineEdit, QComboBox)):
        return
    for other in parent.findChildren(QWidget, options=_direct()):
        same_kind = isinstance(other, (QLabel, QAbstractButton, QLineEdit, QComboBox))
        if other is not widget and same_kind and other.isVisible() and other.geometry().intersects(box):
            yield f"overlaps {_told(other)!r}"


def _direct():
    from PySide6.QtCore import Qt

    return Qt.FindChildOption.FindDirectChildrenOnly
