"""Reports: what was done here as evidence: its checks, its pages, signed with one button; and files of it checked."""

from collections.abc import Callable, Generator
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QStackedLayout

from fieldtool.app.reports import Form, Made, Preview, ReportRow, Subject
from fieldtool.core.driver import Progress
from fieldtool.core.errors import FieldtoolError
from fieldtool.report.verify import Verdict
from fieldtool.ui import names
from fieldtool.ui.job import Job
from fieldtool.ui.names import named
from fieldtool.ui.report_words import row_words, verdict_words
from fieldtool.ui.screens.screen import Desk, Screen
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.widgets.basics import Button, Choice, Label, Toggle, columns, frame, rows
from fieldtool.ui.widgets.firmware_parts import JobLine
from fieldtool.ui.widgets.notices import Empty
from fieldtool.ui.widgets.report_list import Line, ReportList
from fieldtool.ui.widgets.report_parts import Checks, Pages
from fieldtool.ui.words import Sign, words

_PAGES_FROM = 1300  # window width from which the pages stand beside the checks
_VISIT = "visit:"  # before the id of its site, as the key of a line


class ReportsScreen(Screen):
    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "")
        self.title.show_words(self.tr("Reports"))
        self._rows: tuple[ReportRow, ...] = ()
        self._wide, self._pages_open = True, False
        self._asked: object = None  # what the preview was made of
        self._job = Job(desk.background, self)
        self._build_head()
        self._build_body()
        desk.feed.run_ended.connect(self._ask_if_visible)
        desk.feed.status_changed.connect(self._ask_if_visible)
        LOOK.changed.connect(self._place)
        self._show_buttons()

    # -- parts
    def _build_head(self) -> None:
        self._show = Button("", "", "", named(names.REPORT_PAGES))
        self._show.clicked.connect(self._toggle_pages)
        self._check = Button(self.tr("Check a file"), "shield-check", "", named(names.REPORT_CHECK))
        self._check.clicked.connect(self._choose_file)
        self._sign = Button(self.tr("Sign and save"), "signature", "primary", named(names.REPORT_SIGN))
        self._sign.clicked.connect(self._choose_folder)
        for button in (self._show, self._check, self._sign):
            self.head.addWidget(button)
        self._line = JobLine()
        self._line.cancelled.connect(self._job.cancel)
        self._job.stepped.connect(self._line.step)

    def _build_body(self) -> None:
        self.list = ReportList()
        self.list.chosen.connect(self._choose)
        self._paper = Choice()
        self._paper.setAccessibleName(named(names.REPORT_PAPER))
        self._paper.addItem(self.tr("A4"), "a4")
        self._paper.addItem(self.tr("Letter"), "letter")
        self._paper.currentIndexChanged.connect(self._ask_preview)
        self._people = Toggle(named(names.REPORT_PEOPLE), False)
        self._people.toggled.connect(self._ask_preview)
        told = rows(Label(self.tr("Names of people"), "strong", wrap=True),
                    Label(self.tr("Else pseudonyms"), "caption", "muted", wrap=True), gap=1)  # fmt: skip
        form = rows(self._paper, columns((told, 1), self._people, gap=8), gap=10, margin=(14, 10, 14, 12))
        self._left = frame(rows((self.list, 1), form, margin=(2, 4, 2, 2)), "card")
        self.checks, self.pages = Checks(), Pages()
        self.checks.run_wanted.connect(self.choose)
        self._empty = Empty("file-text")
        self._empty.show_words(
            self.tr("Nothing was done here yet"),
            self.tr("Every update and recovery stands here as soon as it has begun. A file can be checked now."),
        )
        self._parts = columns(self._left, (self.checks, 5), (self.pages, 4), gap=12)
        self._there = frame(self._parts)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._there)
        self._stack.addWidget(frame(rows(self._empty), "card"))
        self.body.addWidget(self._line)
        self.body.addLayout(self._stack, 1)
        self._place()

    def adapt(self, width: int, height: int) -> None:
        self._wide = width >= LOOK.px(_PAGES_FROM)
        self._place()

    @Slot()
    def _place(self) -> None:
        """Pages beside the checks, or in a narrow window instead of them."""
        self._left.setFixedWidth(LOOK.px(270 if self._wide else 240))
        self._show.setVisible(not self._wide and bool(self._rows))
        if self._pages_open:
            self._show.show_words(self.tr("Checks"), "list-checks")
        else:
            self._show.show_words(self.tr("Pages"), "file-text")
        self.pages.setVisible(self._wide or self._pages_open)
        self.checks.setVisible(self._wide or not self._pages_open)

    @Slot()
    def _toggle_pages(self) -> None:
        self._pages_open = not self._pages_open
        self._place()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    # -- what comes in
    @Slot()
    def _ask_if_visible(self) -> None:
        if self.isVisible():
            self._ask()

    def _ask(self) -> None:
        self.desk.background.run(self.desk.app.reports, self._take, self.complain, owner=self, replaces="reports")

    def _take(self, found: tuple[ReportRow, ...]) -> None:
        self._rows = found
        site = self.desk.feed.status.site
        self.sub.show_words(
            self.tr("{site} · what was done, and what proves it").format(site=site)
            if site
            else self.tr("What was done, and what proves it")
        )
        self._stack.setCurrentIndex(0 if found else 1)
        self.list.show_lines([*self._visits(), *(_line_of(row) for row in found)])
        self._place()
        self._show_buttons()
        self._ask_preview()

    def _visits(self) -> list[Line]:
        """One for each site that was worked at, the newest first; a single run needs no visit around it."""
        sites = list(dict.fromkeys(row.site for row in self._rows if row.site))
        made = []
        for site in sites:
            runs = [row for row in self._rows if row.site == site]
            if len(runs) > 1:
                sign = Sign("idle", "layers", words("All its runs in one"))
                made.append(Line(f"{_VISIT}{site}", "list-checks", words("Newest visit"), site, sign))
        return made

    # -- one of them
    def choose(self, run: str) -> None:
        """Show the evidence of this run."""
        self.list.choose(run)

    @Slot(str)
    def _choose(self, _key: str) -> None:
        self._show_buttons()
        self._ask_preview()

    def _subject(self) -> Subject | None:
        key = self.list.key
        if not key:
            return None
        return Subject(site=key.removeprefix(_VISIT)) if key.startswith(_VISIT) else Subject(run=key)

    def _form(self) -> Form:
        return Form(paper=str(self._paper.currentData()), names=self._people.isChecked())

    @Slot()
    def _ask_preview(self) -> None:
        subject, form = self._subject(), self._form()
        asked = (subject, form, self._rows)
        if subject is None or asked == self._asked:
            return
        self._asked = asked
        self.checks.reading(self.tr("Reading the records…"))
        self.pages.show_pages((), "")

        def work() -> Preview | None:
            return _whole(self.desk.app.report_preview(subject, form), lambda: self._asked == asked)

        self.desk.background.run(work, self._show_preview, self._no_preview, owner=self, replaces="report preview")

    def _show_preview(self, made: Preview | None) -> None:
        if made is not None:
            self.checks.show_document(made.document)
            self.pages.show_pages(made.pages, self.tr("Draft, not signed"))

    def _no_preview(self, error: FieldtoolError) -> None:
        self._asked = None
        self.checks.reading("")
        self.complain(error)

    def _show_buttons(self) -> None:
        self._sign.setEnabled(self._subject() is not None and not self._job.running)

    # -- sign
    @Slot()
    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Where the signed evidence is saved"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda path: self._sign_into(Path(path)))
        dialog.open()

    def _sign_into(self, folder: Path) -> None:
        subject, form = self._subject(), self._form()
        if subject is None or self._job.running:
            return

        def steps() -> Generator[Progress, None, Made]:
            return self.desk.app.report_make(subject, form, folder)

        self.trouble.clear()
        self._line.begin(self.tr("Signing the evidence"))
        self._job.start(steps, self._signed, self._failed, self._cancelled)
        self._show_buttons()

    def _signed(self, made: Made) -> None:
        files = made.file.name if made.pdf is None else f"{made.pdf.name}, {made.file.name}"
        told = self.tr("Signed and saved: {files}").format(files=files)
        goes = self.tr("It goes to the central system with the next sync.")
        too_large = self.tr("It is too large for the sync: hand the file over yourself.")
        self._line.end("ok", "signature", told, goes if made.queued else too_large)
        self._ask()
        self._show_buttons()

    def _failed(self, error: FieldtoolError) -> None:
        self._line.hide()
        self.complain(error)
        self._show_buttons()

    def _cancelled(self) -> None:
        self._line.end("idle", "info", self.tr("Cancelled. Nothing was signed."))
        self._show_buttons()

    # -- check
    @Slot()
    def _choose_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Evidence to check"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Evidence (*.pdf *.json)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(lambda path: self._check_file(Path(path)))
        dialog.open()

    def _check_file(self, file: Path) -> None:
        self.trouble.clear()
        self._line.hide()

        def told(found: Verdict) -> None:
            head, note = verdict_words(found, file.name)
            self._line.end("warn" if found.document.throw_away else "ok", "shield-check", head, note)

        self.desk.background.run(
            lambda: self.desk.app.report_verify(file), told, self.complain, owner=self, replaces="report check"
        )


def _line_of(row: ReportRow) -> Line:
    title, note, sign = row_words(row)
    return Line(row.run, "file-text", title, note, sign)


def _whole(steps: Generator[Progress, None, Preview], wanted: Callable[[], bool]) -> Preview | None:
    """Go through it, unless something else was chosen meanwhile."""
    try:
        while wanted():
            next(steps)
    except StopIteration as end:
        made: Preview = end.value
        return made
    finally:
        steps.close()
    return None
