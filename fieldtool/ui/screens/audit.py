"""Audit: can the log be believed, what has central not confirmed, and every record. Nothing here can be edited."""

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QFileDialog, QLineEdit, QStackedLayout

from fieldtool.app.audits import AuditRow, AuditView, ExportedLog, Kind, ReceivedNote, events_of
from fieldtool.app.views import Fleet
from fieldtool.audit.listing import Wanted
from fieldtool.core.driver import Progress
from fieldtool.core.errors import FieldtoolError, Trouble
from fieldtool.core.model import normal_serial
from fieldtool.ui import names
from fieldtool.ui.audit_words import TITLES, chain_words, count_words, pending_words
from fieldtool.ui.job import Job
from fieldtool.ui.names import named
from fieldtool.ui.screens.screen import Desk, Screen, forget
from fieldtool.ui.theme.icons import icon
from fieldtool.ui.theme.tokens import PANE_BELOW
from fieldtool.ui.widgets.audit_pane import AuditPane
from fieldtool.ui.widgets.audit_table import AuditTable
from fieldtool.ui.widgets.basics import Button, Choice, columns, frame, rows
from fieldtool.ui.widgets.firmware_parts import Answer, JobLine
from fieldtool.ui.widgets.notices import Empty
from fieldtool.ui.widgets.side import Side
from fieldtool.ui.words import mark, trouble_words, words

_CHIPS: Mapping[Kind, tuple[str, str, str, str]] = {  # name, words, icon, token
    Kind.ALL: (names.AUDIT_ALL, mark("All"), "", ""),
    Kind.PENDING: (names.AUDIT_PENDING, mark("Pending"), "hourglass", "warn_text"),
    Kind.FAILED: (names.AUDIT_FAILED, mark("Refused or failed"), "circle-x", "bad_text"),
    Kind.DECIDED: (names.AUDIT_DECIDED, mark("Decisions by people"), "user-round", "text2"),
}
_DAYS: Sequence[tuple[str, int]] = (  # words, how many days back; 0: any time
    (mark("Any time"), 0), (mark("Last 24 hours"), 1), (mark("Last 7 days"), 7), (mark("Last 30 days"), 30),
)  # fmt: skip


_LOW = 700  # window height under which the banners say less


class AuditScreen(Screen):
    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "")
        self.title.show_words(self.tr("Audit"))
        self._view: AuditView | None = None
        self._kind = Kind.ALL
        self._chosen = 0  # number of a record
        self._low = False
        self._asked: object = None  # what the list was made of
        self._job = Job(desk.background, self)
        self._build_head()
        self._build_filters()
        self._build_body()
        desk.feed.status_changed.connect(self._ask_if_visible)
        desk.feed.fleet_changed.connect(self._show_fleet)
        desk.feed.second_passed.connect(self._show_banners)
        self._show_fleet(desk.feed.fleet)
        self._chain.show_answer("idle", "loader-circle", self.tr("Reading the log…"), "")
        self._pending.hide()

    # -- parts
    def _build_head(self) -> None:
        self._receive = Button(self.tr("Import receipt"), "download", "", named(names.AUDIT_RECEIVE))
        self._export_all = Button(self.tr("Export all"), "upload", "", named(names.AUDIT_EXPORT_ALL))
        self._export = Button("", "usb", "primary", named(names.AUDIT_EXPORT))
        self._receive.clicked.connect(self._choose_answer)
        self._export_all.clicked.connect(lambda: self._choose_target(False))
        self._export.clicked.connect(lambda: self._choose_target(True))
        for button in (self._receive, self._export_all, self._export):
            button.setEnabled(False)
            self.head.addWidget(button)
        self._export.hide()
        self._check = Button(self.tr("Check again"), "refresh-cw", "", named(names.AUDIT_CHECK))
        self._check.clicked.connect(self._check_now)
        self._chain, self._pending = Answer(self._check), Answer()
        self._line = JobLine()
        self._line.cancelled.connect(self._job.cancel)
        self._job.stepped.connect(self._line.step)

    def _build_filters(self) -> None:
        self._group = QButtonGroup(self)
        self._chips: dict[Kind, Button] = {}
        for kind, (name, _, icon_name, token) in _CHIPS.items():
            chip = Button("", "", "chip", named(name))
            chip.setCheckable(True)
            chip.setChecked(kind is Kind.ALL)
            if icon_name:
                chip.setIcon(icon(icon_name, token, "surface"))
                chip.setIconSize(QSize(16, 16))
            chip.clicked.connect(lambda _=False, one=kind: self._narrow(one))
            self._chips[kind] = chip
            self._group.addButton(chip)
        self._who, self._since = Choice(), Choice()
        self._who.setAccessibleName(named(names.AUDIT_WHO))
        self._since.setAccessibleName(named(names.AUDIT_SINCE))
        self._who.addItem(self.tr("Anybody"), "")
        for told, days in _DAYS:
            self._since.addItem(words(told), days)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Find records"))
        self.search.setAccessibleName(named(names.AUDIT_SEARCH))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", "text3"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setMinimumWidth(190)
        self._who.currentIndexChanged.connect(self._find)
        self._since.currentIndexChanged.connect(self._find)
        self.search.textChanged.connect(self._find)

    def _build_body(self) -> None:
        self.table = AuditTable(self.desk.clock)
        self.table.records.page_wanted.connect(self._read_page)
        self.table.current_changed.connect(self._choose)
        self.table.opened.connect(self._open)
        self.pane = AuditPane()
        self.pane.run_wanted.connect(self._only_run)
        self._all = Button(self.tr("Show all records"), "rotate-ccw", "", named(names.AUDIT_ANY))
        self._all.clicked.connect(self._show_all)
        self._empty = Empty("file-clock", self._all)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._empty)
        card = frame(rows(self._pages, margin=(2, 4, 2, 6)), "card")
        self._side = Side(card, self.pane, self.pane.title)
        self._banners = columns((self._chain, 3), (self._pending, 2), gap=12)
        self._filters = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._filters.setSpacing(8)
        self._filters.addLayout(columns(*self._chips.values(), None, gap=8), 1)
        self._filters.addLayout(columns(self._who, self._since, (self.search, 1), gap=8))
        self.body.addLayout(self._banners)
        self.body.addWidget(self._line)
        self.body.addLayout(self._filters)
        self.body.addWidget(self._side, 1)

    def adapt(self, width: int, height: int) -> None:
        self._side.dock(width >= PANE_BELOW)
        self._low = height < _LOW
        self._show_banners()
        self._wrap_filters(width)

    def _wrap_filters(self, width: int) -> None:
        """In one line where they fit, else in two."""
        parts = (*self._chips.values(), self._who, self._since)
        needed = sum(part.sizeHint().width() + 8 for part in parts) + self.search.minimumWidth() + 60
        beside = needed <= width - 110
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._filters.direction() is not direction:
            self._filters.setDirection(direction)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    # -- what comes in
    @Slot()
    def _ask_if_visible(self) -> None:
        if self.isVisible():
            self._ask()

    def _ask(self) -> None:
        self.desk.background.run(
            self.desk.app.audit_view, self._take_view, self.complain, owner=self, replaces="audit view"
        )

    def _take_view(self, view: AuditView) -> None:
        before, self._view = self._view, view
        self._show_banners()
        self._show_sub(view)
        self._show_buttons()
        for kind, chip in self._chips.items():
            air = "" if kind is Kind.ALL else "\u2009\u00a0"
            chip.setText(f"{air}{words(_CHIPS[kind][1])}\u2002{count_words(view.kinds.get(kind, 0))}")
        if before is None or before.people != view.people:
            self._show_people(view.people)
        self.table.records.show_confirmed(view.confirmed)
        self._wrap_filters(self.window().width())
        self._find()

    def _show_people(self, people: Mapping[str, str]) -> None:
        chosen = self._who.currentData()
        self._who.blockSignals(True)
        while self._who.count() > 1:
            self._who.removeItem(1)
        for pseudonym, name in sorted(people.items(), key=lambda item: item[1].casefold()):
            self._who.addItem(name, pseudonym)
        self._who.setCurrentIndex(max(0, self._who.findData(chosen)))
        self._who.blockSignals(False)
        self.table.measure((*people.values(), words("forgotten ({pseudonym})", pseudonym="cccccc")))
        self.table.records.drop_names()

    @Slot(object)
    def _show_fleet(self, fleet: Fleet) -> None:
        known = {normal_serial(row.serial): row.name for row in fleet.rows if row.serial and row.name}
        self.table.records.show_names(known)

    @Slot()
    def _show_banners(self) -> None:
        if self._view is None:
            return
        chain = chain_words(self._view, self.desk.clock.now())
        pending = pending_words(self._view, self.desk.feed.status.sync)
        for banner, (kind, icon_name, head, body) in ((self._chain, chain), (self._pending, pending)):
            calm = kind in ("ok", "idle") or (banner is self._pending and kind == "warn")
            calm = calm and self._low  # what is wrong keeps its second line
            banner.show_answer(kind, icon_name, head, "" if calm else body)
        self._pending.show()

    def _show_sub(self, view: AuditView) -> None:
        log = self.tr("Log {id} of this laptop").format(id=view.log[:8]) if view.log else self.tr("Log of this laptop")
        self.sub.show_words(f"{log} · {self.tr('append-only, nothing here can be edited or deleted')}")

    def _show_buttons(self) -> None:
        view = self._view
        if view is None:
            return
        pending = view.size - view.confirmed
        self._export.show_words(self.tr("Export {n} pending").format(n=count_words(pending)), "usb")
        self._export.setVisible(pending > 0)
        for button in (self._export, self._export_all):
            button.setEnabled(view.size > 0 and not self._job.running)
        self._receive.setEnabled(view.size > 0 and not self._job.running)

    # -- the list
    def _narrow(self, kind: Kind) -> None:
        self._kind = kind
        self._find()

    @Slot()
    def _find(self) -> None:
        """Plain lists need no question: the numbers are known. Anything else the database finds."""
        view = self._view
        if view is None:
            return
        wanted = self._wanted(view)
        asked = (wanted, view.size)
        if asked == self._asked:
            return
        self._asked = asked
        if wanted == Wanted(after=wanted.after):
            # An earlier question that is still under way must not answer after this.
            self.desk.background.run(lambda: None, forget, self.complain, owner=self, replaces="audit find")
            self._take_numbers(range(view.size, wanted.after, -1))
            return
        self.desk.background.run(
            lambda: self.desk.app.audit_find(wanted), self._take_numbers, self._not_found, owner=self,
            replaces="audit find",
        )  # fmt: skip

    def _wanted(self, view: AuditView) -> Wanted:
        text = self.search.text().strip()
        days = int(self._since.currentData() or 0)
        actor = str(self._who.currentData() or "")
        return Wanted(
            events=events_of(self._kind),
            actors=(actor,) if actor else (),
            since=_days_ago(self.desk.clock.now(), days) if days else None,
            after=view.confirmed if self._kind is Kind.PENDING else 0,
            text=text,
            text_events=tuple(event for event, title in TITLES.items() if _has(words(title), text)) if text else (),
            text_actors=tuple(one for one, name in view.people.items() if _has(name, text)) if text else (),
        )

    def _take_numbers(self, numbers: Sequence[int]) -> None:
        self.table.records.show_numbers(numbers)
        there = len(numbers) > 0
        self._pages.setCurrentWidget(self.table if there else self._empty)
        if there and self.table.records.position(self._chosen) < 0:
            self.table.choose(numbers[0])
        if not there:
            self._show_empty()
        self._show_pane()

    def _not_found(self, error: FieldtoolError) -> None:
        self._asked = None
        self.complain(error)

    def _show_empty(self) -> None:
        any_there = self._view is not None and self._view.size > 0
        self._all.setVisible(any_there)
        if any_there:
            self._empty.show_words(self.tr("No record fits"), self.tr("Choose another filter, or show all records."))
        else:
            told = self.tr("Every update, decision and refusal stands here from the first one on.")
            self._empty.show_words(self.tr("No records yet"), told)

    @Slot()
    def _show_all(self) -> None:
        self.search.clear()
        self._who.setCurrentIndex(0)
        self._since.setCurrentIndex(0)
        self._chips[Kind.ALL].setChecked(True)
        self._narrow(Kind.ALL)

    @Slot(str)
    def _only_run(self, run: str) -> None:
        self._show_all()
        self.search.setText(run)
        self._side.close_sheet()

    @Slot(object)
    def _read_page(self, numbers: Sequence[int]) -> None:
        def failed(error: FieldtoolError) -> None:
            self.table.records.forget_asked(numbers)
            self.complain(error)

        def read(found: tuple[AuditRow, ...]) -> None:
            self.table.records.take(numbers, found)
            if self._chosen in numbers:
                self._show_pane()

        self.desk.background.run(lambda: self.desk.app.audit_rows(numbers), read, failed, owner=self)

    # -- one record
    @Slot(int)
    def _choose(self, number: int) -> None:
        self._chosen = number
        self._show_pane()

    @Slot(int)
    def _open(self, number: int) -> None:
        self._choose(number)
        self._side.open_sheet()

    def _show_pane(self) -> None:
        records = self.table.records
        row = records.row(self._chosen) if records.position(self._chosen) >= 0 else None
        self._side.fill(row is not None)
        shown = self.pane.shown
        charger = records.charger_name(row.record.event.charger) if row is not None else ""
        self.pane.show_row(row, charger, self._chosen <= records.confirmed)
        if row is not None and shown != self._chosen:
            self._ask_signature(self._chosen)

    def _ask_signature(self, number: int) -> None:
        def tell(problem: Trouble | None) -> None:
            self.pane.show_signed(number, problem)

        self.desk.background.run(
            lambda: self.desk.app.audit_signed(number), tell, self.complain, owner=self, replaces="audit signature"
        )

    # -- what goes out
    @Slot()
    def _check_now(self) -> None:
        self._check.setEnabled(False)
        self._check.show_words(self.tr("Checking…"), "refresh-cw")
        self.desk.background.run(self.desk.app.audit_check, self._checked, self._not_checked, owner=self)

    def _checked(self, _view: AuditView) -> None:
        """What it found is asked for, so that an older answer which is still under way does not cover it."""
        self._check.setEnabled(True)
        self._check.show_words(self.tr("Check again"), "refresh-cw")
        self._ask()

    def _not_checked(self, error: FieldtoolError) -> None:
        self._check.setEnabled(True)
        self._check.show_words(self.tr("Check again"), "refresh-cw")
        self.complain(error)

    def _choose_target(self, pending_only: bool) -> None:
        """The dialog itself asks before it names a file that is there."""
        dialog = self._dialog(self.tr("Export audit records"), QFileDialog.FileMode.AnyFile)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("ndjson")
        dialog.fileSelected.connect(lambda path: self._export_to(Path(path), pending_only))
        dialog.open()

    @Slot()
    def _choose_answer(self) -> None:
        dialog = self._dialog(self.tr("Import the central system's answer"), QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self._receive_from(Path(path)))
        dialog.open()

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        return dialog

    def _export_to(self, file: Path, pending_only: bool) -> None:
        if self._job.running:
            return

        def steps() -> Generator[Progress, None, ExportedLog]:
            return self.desk.app.audit_export(file, pending_only, force=True)

        self.trouble.clear()
        self._line.begin(self.tr("Exporting to {name}").format(name=file.name))
        self._job.start(
            steps, lambda done: self._over(lambda: self._exported(done)), self._failed, self._cancelled
        )  # fmt: skip
        self._show_buttons()

    def _over(self, tell: Callable[[], None]) -> None:
        tell()
        self._ask()
        self._show_buttons()

    def _exported(self, done: ExportedLog) -> None:
        told = self.tr("{n} records are in {name}").format(n=count_words(done.records), name=done.file.name)
        note = self.tr(
            "At the central system: fieldtool central ingest FILE --out ANSWER. Then import its answer here."
        )
        if done.problem is not None:
            what, _, _ = trouble_words(done.problem)
            note = self.tr("Documents that wait are not in it: {why}").format(why=what)
        self._line.end("ok" if done.problem is None else "warn", "usb", told, note)

    def _failed(self, error: FieldtoolError) -> None:
        self._line.hide()
        self._over(lambda: self.complain(error))

    def _cancelled(self) -> None:
        self._over(lambda: self._line.end("idle", "info", self.tr("Cancelled. No file was written.")))

    def _receive_from(self, file: Path) -> None:
        self.trouble.clear()
        self.desk.background.run(lambda: self.desk.app.audit_receive(file), self._received, self._failed, owner=self)

    def _received(self, done: ReceivedNote) -> None:
        told = self.tr("Records 1 to {n} are receipted, {m} of them anew").format(
            n=count_words(done.confirmed), m=count_words(done.anew)
        )
        if done.problem is None:
            self._line.end("ok", "circle-check", told)
        else:
            what, _, todo = trouble_words(done.problem)
            self._line.end("warn", "triangle-alert", told, f"{what} {todo}")
        self._ask()


def _has(hay: str, needle: str) -> bool:
    return needle.casefold() in hay.casefold()


def _days_ago(now: datetime, days: int) -> datetime:
    """To the minute, so that the question stays the same while the list is looked at."""
    return now.replace(second=0, microsecond=0) - timedelta(days=days)
