"""All about one release: is it good, for whom, who signed it until when, what it brings, what it needs."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from fieldtool.app.firmware import FirmwareRow
from fieldtool.app.views import ChargerRow
from fieldtool.core.clock import Clock
from fieldtool.core.model import Release
from fieldtool.ui import names
from fieldtool.ui.firmware_words import good_words, title_words
from fieldtool.ui.names import named
from fieldtool.ui.run_words import component_word
from fieldtool.ui.widgets.basics import Button, ButtonRow, Callout, Icon, Label, columns, line, rows, scroll
from fieldtool.ui.widgets.facts import Facts
from fieldtool.ui.widgets.trouble import TroubleBox
from fieldtool.ui.words import ago_words, day_words, size_words, words


class FirmwarePane(QWidget):
    check_wanted = Signal(str)  # target
    pin_wanted = Signal(str, bool)  # target, on

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.setAccessibleName(named(names.FIRMWARE_PANE))
        self._clock = clock
        self._row: FirmwareRow | None = None
        self.title = Label("", "title", wrap=True)
        self._sub = Label("", "body", "muted", wrap=True)
        self._answer = Callout()
        self._trouble = TroubleBox(clock, safety=False)
        self._facts = Facts(serial=False)
        self._advisories = _Section(self.tr("Advisories fixed"))
        self._notes = _Section(self.tr("Notes"))
        self._check = Button(self.tr("Check again"), "shield-check", "", named(names.FIRMWARE_CHECK))
        self._check.clicked.connect(self._check_it)
        self._pin = Button("", "pin", "", named(names.FIRMWARE_PIN))
        self._pin.clicked.connect(self._pin_it)
        inner = QWidget()
        parts = (self._trouble, self._facts, self._advisories, self._notes, None)
        inner.setLayout(rows(*parts, gap=12, margin=(0, 0, 6, 0)))
        self._scroll = scroll(inner)
        head = rows(self.title, self._sub, gap=2)
        buttons = ButtonRow(self._check, self._pin)
        self.setLayout(rows(head, self._answer, (self._scroll, 1), buttons, gap=12))

    def show_row(self, row: FirmwareRow | None, chargers: Iterable[ChargerRow], busy: bool) -> None:
        self.setVisible(row is not None)
        other = row is not None and (self._row is None or self._row.target != row.target)
        self._row = row
        if row is None:
            return
        self.title.show_words(title_words(row).replace("  ", " "))
        self._sub.show_words(_subtitle(row))
        self._answer.show_answer(*self._good(row))
        self._answer.setVisible(row.problem is None)  # else the trouble says it
        if row.problem is not None:
            self._trouble.show_trouble(row.problem, {"file": row.target, "sha256": row.sha256})
        else:
            self._trouble.clear()
        self._facts.show_facts(_facts(row, chargers))
        release = row.release
        self._advisories.show_lines(release.advisories if release is not None else (), "shield-check")
        self._notes.show_lines((release.notes,) if release is not None and release.notes else ())
        self._check.setEnabled(row.present and row.release is not None and not busy)
        self._pin.setEnabled(row.release is not None)
        self._pin.show_words(self.tr("Unpin") if row.pinned else self.tr("Pin"), "pin")
        if other:
            self._scroll.verticalScrollBar().setValue(0)

    @Slot()
    def _check_it(self) -> None:
        if self._row is not None:
            self.check_wanted.emit(self._row.target)

    @Slot()
    def _pin_it(self) -> None:
        if self._row is not None:
            self.pin_wanted.emit(self._row.target, not self._row.pinned)

    def _good(self, row: FirmwareRow) -> tuple[str, str, str, str]:
        kind, icon, head, body = good_words(row)
        if kind == "ok" and row.checked is not None:
            ago = ago_words((self._clock.now() - row.checked.at).total_seconds())
            body = words("Signed, in the cache, read and checked {ago}", ago=ago)
        return kind, icon, head, body


class _Section(QWidget):
    """A headline and lines below it; hidden without any."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._list = rows(gap=6)
        self.setLayout(rows(line(), Label(title, "subtitle"), self._list, gap=8))
        self._shown: tuple[str, ...] = ()
        self.hide()

    def show_lines(self, told: tuple[str, ...], icon: str = "") -> None:
        self.setVisible(bool(told))
        if told == self._shown:
            return
        self._shown = told
        while (item := self._list.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for one in told:
            self._list.addWidget(_told(one, icon))


def _told(text: str, icon: str) -> QWidget:
    label = Label(text, "body", "text" if icon else "muted", wrap=True)
    if not icon:
        return label
    made = QWidget()
    made.setLayout(columns(rows(Icon(icon, "ok_text", 18), None), (label, 1), gap=8))
    return made


def _subtitle(row: FirmwareRow) -> str:
    release = row.release
    if release is None:
        return row.target
    told = [component_word(release.component), release.vendor]
    if release.release_type:
        told.append(release.release_type)
    if release.published is not None:
        told.append(day_words(release.published))
    return " · ".join(told)


def _facts(row: FirmwareRow, chargers: Iterable[ChargerRow]) -> Mapping[str, str]:
    release = row.release
    if release is None:
        return {words("File"): row.target}
    facts = {words("Hardware"): _hardware(release, chargers)}
    facts[words("From")] = (
        words("{version} or newer", version=release.min_from) if release.min_from else words("any version")
    )
    if release.requires:
        facts[words("Needs")] = ", ".join(
            words("{what} {version} or newer", what=component_word(what), version=version)
            for what, version in release.requires
        )
    facts[words("Signers")] = "\n".join(
        words("{part}: {n} of {all}", part=one.role, n=one.threshold, all=one.keys) for one in reversed(row.parts)
    )
    if row.until is not None:
        facts[words("Valid to")] = day_words(row.until)
    facts[words("Image")] = _image(row)
    facts[words("Epoch")] = _epoch(release, chargers)
    ends = release.end_of_support
    facts[words("Support")] = words("ends {day}", day=day_words(ends)) if ends is not None else words("end not told")
    facts[words("Size")] = size_words(row.length)
    return facts


def _hardware(release: Release, chargers: Iterable[ChargerRow]) -> str:
    """The revisions that it is made for, and those of this site that it is not for."""
    here = {one.hardware for one in chargers if one.model in release.models and one.hardware}
    told = ", ".join(release.hardware)
    others = sorted(here - set(release.hardware))
    return words("{fit}. Not {others}", fit=told, others=", ".join(others)) if others else told


def _image(row: FirmwareRow) -> str:
    assert row.release is not None
    if row.checked is None:
        return words("{format}, not read yet", format=row.release.format)
    if row.checked.problem is not None:
        return words("{format}, refused", format=row.release.format)
    signer = row.checked.signer or words("no signature of its own")
    return words("{format}, {signer}", format=row.release.format, signer=signer)


def _epoch(release: Release, chargers: Iterable[ChargerRow]) -> str:
    """Chargers below it rise to it and cannot go back below."""
    told = [
        one.observed.security_epoch
        for one in chargers
        if one.model in release.models and one.observed is not None and one.observed.security_epoch is not None
    ]
    if not told:
        return str(release.security_epoch)
    return words("{epoch}, chargers here are at {most}", epoch=release.security_epoch, most=max(told))
