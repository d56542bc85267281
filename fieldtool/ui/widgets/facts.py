"""Name and value pairs, one below the other."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from fieldtool.ui.widgets.basics import Label


class Facts(QWidget):
    """`serial`: the first value is a serial number, in the digits of one."""

    def __init__(self, serial: bool = True) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._serial = serial
        self._shown: list[tuple[Label, Label]] = []

    def show_facts(self, facts: Mapping[str, str]) -> None:
        while len(self._shown) < len(facts):
            pair = (
                Label("", "body", "muted"),
                Label("", "serial" if self._serial and not self._shown else "numeric", wrap=True),
            )
            self._grid.addWidget(pair[0], len(self._shown), 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(pair[1], len(self._shown), 1)
            self._shown.append(pair)
        for at, (name, value) in enumerate(self._shown):
            name.setVisible(at < len(facts))
            value.setVisible(at < len(facts))
        for (name, value), (fact, told) in zip(self._shown, facts.items(), strict=False):
            name.show_words(fact)
            value.show_words(told)
