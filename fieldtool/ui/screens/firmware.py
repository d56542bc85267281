"""Firmware: is all here that the site needs? Every release, who signed it, what is wrong; sticks and files in hand."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QStackedLayout, QWidget

from fieldtool.app.firmware import Added, Cleaned, FirmwareRow, FirmwareView, Standing
from fieldtool.app.views import Fleet
from fieldtool.core.driver import ManualStep, Progress
from fieldtool.core.errors import FieldtoolError
from fieldtool.firmware.bundle_facts import Exported, Imported
from fieldtool.ui import names
from fieldtool.ui.firmware_words import added_words, enough_words, exported_words, imported_words
from fieldtool.ui.job import Job, T
from fieldtool.ui.names import named
from fieldtool.ui.screens.screen import Desk, Screen
from fieldtool.ui.theme.tokens import PANE_BELOW
from fieldtool.ui.widgets.basics import Button, columns, frame, rows
from fieldtool.ui.widgets.firmware_pane import FirmwarePane
from fieldtool.ui.widgets.firmware_parts import Answer, DiskCard, JobLine
from fieldtool.ui.widgets.firmware_table import FirmwareTable
from fieldtool.ui.widgets.notices import Empty
from fieldtool.ui.widgets.side import Side
from fieldtool.ui.words import ago_words, size_words, trouble_words

_LOW = 700  # window height under which the disk's legend gives way
_SITE = frozenset({Standing.REFUSED, Standing.MISSING, Standing.HERE})


class FirmwareScreen(Screen):
    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "")
        self.title.show_words(self.tr("Firmware"))
        self.setAcceptDrops(True)
        self._view: FirmwareView | None = None
        self._chosen = ""
        self._all = False
        self._missing_only = False
        self._low = False
        self._read = False  # the files were read once since this window is open
        self._facts: object = None  # of the fleet, that the view was made of
        self._waiting: deque[Path] = deque()  # dropped files whose turn comes
        self._job = Job(desk.background, self)
        self._build()
        desk.feed.status_changed.connect(self._ask_if_visible)
        desk.feed.fleet_changed.connect(self._fleet_changed)
        desk.feed.second_passed.connect(self._show_sub)

    # -- parts
    def _build(self) -> None:
        self._add = Button(self.tr("Add file"), "plus", "", named(names.FIRMWARE_ADD))
        self._export = Button(self.tr("Export bundle"), "upload", "", named(names.BUNDLE_EXPORT))
        self._import = Button(self.tr("Import bundle"), "download", "primary", named(names.BUNDLE_IMPORT))
        self._add.clicked.connect(self._choose_file)
        self._export.clicked.connect(self._choose_target)
        self._import.clicked.connect(self._choose_bundle)
        for button in (self._add, self._export, self._import):
            self.head.addWidget(button)
        self._missing = Button(self.tr("What is missing"), "list-checks", "", named(names.FIRMWARE_MISSING))
        self._missing.setCheckable(True)
        self._missing.toggled.connect(self._show_missing)
        self._enough = Answer(self._missing)
        self._line = JobLine()
        self._line.cancelled.connect(self._job.cancel)
        self._job.stepped.connect(self._line.step)
        self._chips = {False: Button("", "", "chip", named(names.FIRMWARE_SITE)),
                       True: Button("", "", "chip", named(names.FIRMWARE_ALL))}  # fmt: skip
        self._group = QButtonGroup(self)
        for everything, chip in self._chips.items():
            chip.setCheckable(True)
            chip.setChecked(not everything)
            chip.clicked.connect(lambda _=False, everything=everything: self._narrow(everything))
            self._group.addButton(chip)
        self.table = FirmwareTable()
        self.table.current_changed.connect(self._choose)
        self.table.opened.connect(self._open)
        self.pane = FirmwarePane(self.desk.clock)
        self.pane.check_wanted.connect(lambda target: self._check((target,)))
        self.pane.pin_wanted.connect(self._pin)
        self._disk = DiskCard()
        self._disk.clean_wanted.connect(self._clean)
        self._empty = Empty("package-x")
        self._pages = QStackedLayout()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._empty)
        self._drop = Empty("download")
        self._drop.show_words(
            self.tr("Drop it here"),
            self.tr("A bundle is imported. A firmware file is taken if the catalogue names it."),
        )
        self._pages.addWidget(self._drop)
        self._filter = QWidget()
        self._filter.setLayout(columns(*self._chips.values(), None, gap=8))
        main = QWidget()
        card = frame(rows(self._pages, margin=(2, 4, 2, 6)), "card")
        main.setLayout(rows(self._filter, (card, 1), self._disk, gap=10))
        self._side = Side(main, self.pane, self.pane.title)
        self.body.addWidget(self._enough)
        self.body.addWidget(self._line)
        self.body.addWidget(self._side, 1)
        self._enough.show_answer("idle", "loader-circle", self.tr("Reading the catalogue…"), "")

    def adapt(self, width: int, height: int) -> None:
        self._side.dock(width >= PANE_BELOW)
        if (height < _LOW) != self._low:
            self._low = height < _LOW
            self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    # -- what comes in
    @Slot()
    def _ask_if_visible(self) -> None:
        if self.isVisible() and not self._job.running:
            self._ask()

    @Slot(object)
    def _fleet_changed(self, fleet: Fleet) -> None:
        """What a site needs may depend on who was found, and on what runs there."""
        if _facts(fleet) != self._facts:
            self._ask_if_visible()
        self._show_pane()

    def _ask(self) -> None:
        self._facts = _facts(self.desk.feed.fleet)
        self.desk.background.run(
            self.desk.app.firmware, self._take_view, self.complain, owner=self, replaces="firmware"
        )

    def _take_view(self, view: FirmwareView) -> None:
        self._view = view
        self._show()
        if not self._read and view.problem is None and not self._job.running:
            self._read = True
            if any(row.present and row.checked is None for row in view.rows):
                self._check(())

    def _show(self) -> None:
        view = self._view
        if view is None:
            return
        self._show_enough(view)
        self._show_sub()
        rows_ = self._rows(view)
        self.table.show_rows(rows_, self._chosen)
        here = sum(row.standing in _SITE for row in view.rows)
        self._chips[False].setText(self.tr("This site") + f"\u2002{here}")
        self._chips[True].setText(self.tr("All releases") + f"\u2002{len(view.rows)}")
        self._filter.setVisible(here != len(view.rows))
        self._pages.setCurrentWidget(self.table if rows_ else self._empty)
        self._show_empty(view)
        self._disk.show_disk(view.disk, self._job.running, self._low)
        self._show_buttons()
        self._show_pane()

    def _rows(self, view: FirmwareView) -> tuple[FirmwareRow, ...]:
        if self._missing_only:
            return tuple(row for row in view.rows if row.target in view.enough.missing)
        return tuple(row for row in view.rows if self._all or row.standing in _SITE)

    def _show_enough(self, view: FirmwareView) -> None:
        problem = view.problem or view.enough.hindrance
        if problem is not None:
            what, _, todo = trouble_words(problem)
            self._enough.show_answer("bad", "shield-alert", what, todo)
        else:
            self._enough.show_answer(*enough_words(view.enough, view))
        self._missing.setVisible(bool(view.enough.missing))
        if not view.enough.missing and self._missing.isChecked():
            self._missing.setChecked(False)

    def _show_empty(self, view: FirmwareView) -> None:
        head = self.tr("Nothing here for this site") if view.rows else self.tr("No firmware on this laptop")
        self._empty.show_words(head, self.tr("Sync, import a bundle, or drop one onto this screen."))

    @Slot()
    def _show_sub(self) -> None:
        view = self._view
        if view is None:
            return
        told = []
        if view.catalogue.checked is not None:
            passed = (self.desk.clock.now() - view.catalogue.checked).total_seconds()
            told.append(self.tr("Catalogue checked {ago}").format(ago=ago_words(passed)))
        told.append(self.tr("stand-alone") if view.catalogue.stand_alone else self.tr("directed"))
        needed = view.enough.needed
        told.append(
            self.tr("{n} files for this site").format(n=needed) if needed != 1 else self.tr("1 file for this site")
        )
        told.append(self.tr("{n} releases in all").format(n=len(view.rows)))
        self.sub.show_words(" · ".join(told))

    @Slot()
    def _show_pane(self) -> None:
        row = self._row()
        self._side.fill(row is not None)
        self.pane.show_row(row, self.desk.feed.fleet.rows, self._job.running)

    def _row(self) -> FirmwareRow | None:
        rows_ = self._view.rows if self._view is not None else ()
        return next((row for row in rows_ if row.target == self._chosen), None)

    def _show_buttons(self) -> None:
        for button in (self._add, self._export, self._import):
            button.setEnabled(not self._job.running)

    # -- what goes out
    @Slot(str)
    def _choose(self, target: str) -> None:
        if target:
            self._chosen = target
            self._show_pane()

    @Slot(str)
    def _open(self, target: str) -> None:
        self._choose(target)
        self._side.open_sheet()

    def _narrow(self, everything: bool) -> None:
        self._all = everything
        self._missing.setChecked(False)
        self._show()

    @Slot(bool)
    def _show_missing(self, on: bool) -> None:
        self._missing_only = on
        self._show()

    @Slot(str, bool)
    def _pin(self, target: str, on: bool) -> None:
        self.desk.background.run(
            lambda: self.desk.app.firmware_pin(target, on), lambda _: self._ask(), self.complain, owner=self
        )

    @Slot()
    def _clean(self) -> None:
        self.desk.background.run(self.desk.app.firmware_clean, self._cleaned, self.complain, owner=self)

    def _cleaned(self, done: Cleaned) -> None:
        told = self.tr("{n} files removed, {size} free again.").format(n=len(done.removed), size=size_words(done.size))
        self._line.end("ok", "trash-2", told)
        self._ask()

    # -- long work: one after the other
    def _begin(
        self,
        what: str,
        steps: Callable[[], Generator[Progress | ManualStep, None, T]],
        done: Callable[[T], None],
    ) -> None:
        self.trouble.clear()
        self._line.begin(what)
        self._job.start(steps, lambda result: self._over(lambda: done(result)), self._failed, self._cancelled)
        self._show()

    def _over(self, tell: Callable[[], None]) -> None:
        tell()
        self._ask()
        self._show()
        if self._waiting:
            self._take(self._waiting.popleft())

    def _failed(self, error: FieldtoolError) -> None:
        self._line.hide()
        self._over(lambda: self.complain(error))

    def _cancelled(self) -> None:
        self._waiting.clear()
        told = self.tr("Cancelled. What is on this laptop is as it was.")
        self._over(lambda: self._line.end("idle", "info", told))

    def _check(self, targets: Sequence[str]) -> None:
        if self._job.running:
            return
        what = self.tr("Checking the files on this laptop") if not targets else self.tr("Checking the file")
        self._begin(what, lambda: self.desk.app.firmware_check(targets), self._checked)

    def _checked(self, view: FirmwareView) -> None:
        self._line.hide()
        self._view = view
        self._show()

    # -- sticks and files in hand
    @Slot()
    def _choose_file(self) -> None:
        self._dialog(self.tr("Add a firmware file"), "", QFileDialog.FileMode.ExistingFile, self._take)

    @Slot()
    def _choose_bundle(self) -> None:
        pattern = self.tr("Bundles (*.zip)")
        self._dialog(self.tr("Import a bundle"), pattern, QFileDialog.FileMode.ExistingFile, self._import_from)

    @Slot()
    def _choose_target(self) -> None:
        """The dialog itself asks before it names a file that is there."""
        pattern = self.tr("Bundles (*.zip)")
        self._dialog(self.tr("Export a bundle"), pattern, QFileDialog.FileMode.AnyFile, self._export_to)

    def _dialog(self, title: str, pattern: str, mode: QFileDialog.FileMode, chosen: Callable[[Path], None]) -> None:
        dialog = QFileDialog(self, title, "", pattern)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        if mode is QFileDialog.FileMode.AnyFile:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix("zip")
        dialog.fileSelected.connect(lambda path: chosen(Path(path)))
        dialog.open()

    def _take(self, file: Path) -> None:
        """A bundle is imported, anything else looked at as firmware. What is under way comes first."""
        if self._job.running:
            self._waiting.append(file)
        elif file.suffix.lower() == ".zip":
            self._import_from(file)
        else:
            told = self.tr("Looking at {name}").format(name=file.name)
            self._begin(told, lambda: self.desk.app.firmware_add(file), self._added)

    def _import_from(self, file: Path) -> None:
        if self._job.running:
            self._waiting.append(file)
            return
        told = self.tr("Importing {name}").format(name=file.name)
        self._begin(told, lambda: self.desk.app.bundle_import(file), self._imported)

    def _export_to(self, file: Path) -> None:
        if self._job.running:
            return
        told = self.tr("Exporting to {name}").format(name=file.name)
        self._begin(told, lambda: self.desk.app.bundle_export(file, force=True), self._exported)

    def _added(self, done: Added) -> None:
        self._chosen = done.target
        if done.hindrance is not None:
            what, _, todo = trouble_words(done.hindrance)
            self._line.end("warn", "triangle-alert", added_words(done), f"{what} {todo}")
        else:
            self._line.end("ok", "shield-check", added_words(done))

    def _imported(self, done: Imported) -> None:
        self._read = False  # new files are looked at
        self._line.end("ok", "package-check", imported_words(done))

    def _exported(self, done: Exported) -> None:
        self._line.end("ok", "package-check", exported_words(done))

    # -- drag and drop
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _files(event):
            event.acceptProposedAction()
            self._pages.setCurrentWidget(self._drop)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._show()

    def dropEvent(self, event: QDropEvent) -> None:
        files = _files(event)
        self._show()
        if files:
            event.acceptProposedAction()
            self._waiting.extend(files[1:])
            self._take(files[0])


def _facts(fleet: Fleet) -> object:
    return tuple((row.serial, row.model, row.hardware, row.running) for row in fleet.rows)


def _files(event: QDropEvent) -> list[Path]:
    """The files that are dragged, all on this laptop; none when one of them is not."""
    urls = event.mimeData().urls()
    paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    return paths if len(paths) == len(urls) and all(path.is_file() for path in paths) else []
