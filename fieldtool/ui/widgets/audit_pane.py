"""All about one audit record: what the charger told apart from what fieldtool saw, and what proves it."""

import json
from collections.abc import Mapping

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QWidget

from fieldtool.app.audits import AuditRow
from fieldtool.audit.record import Fact, encode
from fieldtool.core.errors import Trouble
from fieldtool.ui import names
from fieldtool.ui.audit_words import breakable, clock_sign, facts_words, result_sign, short_hash, title_words, who_words
from fieldtool.ui.names import named
from fieldtool.ui.run_words import component_word
from fieldtool.ui.widgets.basics import Button, ButtonRow, Icon, Label, columns, frame, rows, scroll
from fieldtool.ui.widgets.facts import Facts
from fieldtool.ui.words import trouble_words, words


class AuditPane(QWidget):
    run_wanted = Signal(str)  # show only the records of this run

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(named(names.AUDIT_PANE))
        self._row: AuditRow | None = None
        self.title = Label("", "title")
        self._what = Label("", "strong", wrap=True)
        self._facts = Facts(serial=False)
        self._told = _Facts("ev-charger", self.tr("Told by the charger"), self.tr("Nothing"))
        self._seen = _Facts("laptop", self.tr("Seen by this tool"), self.tr("Nothing"))
        self._proof = _Facts("link", self.tr("Proof"), "")
        self._copy = Button(self.tr("Copy JSON"), "file-text", "", named(names.AUDIT_COPY))
        self._copy.clicked.connect(self._copy_it)
        self._run = Button(self.tr("This run"), "search", "", named(names.AUDIT_RUN))
        self._run.clicked.connect(self._show_run)
        inner = QWidget()
        parts = (self._facts, self._told, self._seen, self._proof, None)
        inner.setLayout(rows(*parts, gap=12, margin=(0, 0, 6, 0)))
        self._scroll = scroll(inner)
        head = rows(self.title, self._what, gap=2)
        buttons = ButtonRow(self._copy, self._run)
        self.setLayout(rows(head, (self._scroll, 1), buttons, gap=12))

    @property
    def shown(self) -> int:
        """Number of the record; 0 for none."""
        return self._row.record.seq if self._row is not None else 0

    def show_row(self, row: AuditRow | None, charger: str, confirmed: bool) -> None:
        self.setVisible(row is not None)
        other = row is not None and (self._row is None or self._row.record.seq != row.record.seq)
        self._row = row
        if row is None:
            return
        event, sign = row.record.event, result_sign(row.record.event)
        self.title.show_words(self.tr("Record {n}").format(n=row.record.seq))
        told = title_words(event) + (f", {charger}" if charger else "")
        self._what.show_words(told, sign.kind if sign is not None and sign.kind in ("warn", "bad") else "text")
        self._facts.show_facts(_facts(row, confirmed))
        self._told.show_facts(facts_words(event.told))
        self._seen.show_facts(facts_words(event.seen))
        if other:
            self._show_proof(row, "…")
            self._scroll.verticalScrollBar().setValue(0)
        self._run.setEnabled(bool(event.run))
        self._run.setToolTip("" if event.run else self.tr("This record belongs to no run"))

    def show_signed(self, number: int, problem: Trouble | None) -> None:
        """What came of looking at its signature."""
        if self._row is not None and self._row.record.seq == number:
            told = words("Laptop key, valid") if problem is None else trouble_words(problem)[0]
            self._show_proof(self._row, told, bad=problem is not None)

    def _show_proof(self, row: AuditRow, signed: str, bad: bool = False) -> None:
        proof = {
            words("Leaf"): short_hash(row.leaf.hex()),
            words("Previous"): short_hash(row.record.prev),
            words("Signed"): signed,
        }
        self._proof.show_facts(proof, bad=bad)

    @Slot()
    def _copy_it(self) -> None:
        if self._row is not None:
            told: Mapping[str, Fact] = json.loads(encode(self._row.record))
            QGuiApplication.clipboard().setText(json.dumps(told, indent=1, ensure_ascii=False))

    @Slot()
    def _show_run(self) -> None:
        if self._row is not None and self._row.record.event.run:
            self.run_wanted.emit(self._row.record.event.run)


class _Facts(QWidget):
    """A headline with its icon, and pairs in a box below it."""

    def __init__(self, icon: str, title: str, nothing: str) -> None:
        super().__init__()
        self._nothing = nothing
        self._icon, self._plain = Icon(icon, "text2", 18), icon
        self._facts = Facts(serial=False)
        self._empty = Label(nothing, "body", "muted")
        self._box: QFrame = frame(rows(self._facts, self._empty, margin=(12, 8, 12, 8)), "inset")
        self.setLayout(rows(columns(self._icon, (Label(title, "capstrong", "muted"), 1), gap=8), self._box, gap=6))

    def show_facts(self, facts: Mapping[str, str], bad: bool = False) -> None:
        self._facts.show_facts(facts)
        self._facts.setVisible(bool(facts))
        self._empty.setVisible(not facts)
        self._icon.show_icon("shield-x" if bad else self._plain, "bad_text" if bad else "text2")


def _facts(row: AuditRow, confirmed: bool) -> Mapping[str, str]:
    record = row.record
    event = record.event
    facts = {
        words("Time"): f"{record.at:%Y-%m-%d %H:%M:%S} UTC",
        words("Clock"): clock_sign(record).word,
        words("Actor"): breakable(who_words(row)),
        words("Central"): words("Receipted") if confirmed else words("Pending"),
    }
    if event.charger:
        facts[words("Serial no.")] = breakable(event.charger)
    if event.component:
        facts[words("Part")] = component_word(event.component)
    if event.run:
        facts[words("Run")] = breakable(event.run)
    if event.grant:
        facts[words("Grant")] = breakable(event.grant)
    if event.fw_sha256:
        facts[words("Image")] = short_hash(event.fw_sha256)
    return facts
