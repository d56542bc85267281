"""The Firmware screen by mouse, keys and drag and drop: is it enough, what is refused, sticks, files in hand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from fieldtool.app.firmware import Basis, Enough
from fieldtool.core.errors import FirmwareError
from fieldtool.core.texts import Text
from fieldtool.ui import names
from fieldtool.ui.find import control
from fieldtool.ui.screens.firmware import FirmwareScreen
from fieldtool.ui.widgets.firmware_parts import Answer
from fieldtool.ui.widgets.firmware_table import Column, FirmwareTable
from fieldtool.ui.window import MainWindow
from tests.ui.fake_app import FakeApp
from tests.ui.firmware_scenes import ALTERED, GOOD, MISSING, whole
from tests.ui.hands import press, there
from tests.ui.test_walk import words_on

OpenWindow = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton


def opened(open_window: OpenWindow, qtbot: QtBot, app: FakeApp, width: int = 1440, height: int = 900) -> MainWindow:
    window = open_window(app, width, height)
    press(qtbot, window, names.SCREEN_FIRMWARE)
    qtbot.waitUntil(lambda: bool(app.called("firmware")))
    qtbot.waitUntil(lambda: "for this site" in answer(window))
    return window


def screen(window: MainWindow) -> FirmwareScreen:
    found = window.open_screen(names.SCREEN_FIRMWARE)
    assert isinstance(found, FirmwareScreen)
    return found


def answer(window: MainWindow) -> str:
    return next((one.accessibleName() for one in window.findChildren(Answer) if one.isVisible()), "")


def table(window: MainWindow) -> FirmwareTable:
    return window.findChildren(FirmwareTable)[0]


def listed(window: MainWindow) -> list[tuple[str, bool]]:
    """(target, whether this line is the reason why it is refused)"""
    return [(line.row.target, line.reason) for line in table(window).firmware.lines]


def told(window: MainWindow, target: str, column: Column) -> str:
    model = table(window).firmware
    return str(model.index(model.position(target), column).data(Qt.ItemDataRole.AccessibleTextRole))


def click_row(qtbot: QtBot, window: MainWindow, target: str) -> None:
    view = table(window)
    index = view.firmware.index(view.firmware.position(target), Column.RELEASE)
    view.scrollTo(index)
    qtbot.mouseClick(view.viewport(), LEFT, pos=view.visualRect(index).center())


def drop(qtbot: QtBot, window: MainWindow, *urls: str, leave: bool = False) -> bool:
    """As the desktop sends it. Returns whether the screen takes it."""
    target: QWidget = screen(window)
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    at, none = QPoint(300, 300), Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(at, Qt.DropAction.CopyAction, data, LEFT, none)
    enter.ignore()
    QApplication.sendEvent(target, enter)
    if leave:
        assert "Drop it here" in words_on(window)
        QApplication.sendEvent(target, QDragLeaveEvent())
    elif enter.isAccepted():
        QApplication.sendEvent(target, QDropEvent(QPointF(at), Qt.DropAction.CopyAction, data, LEFT, none))
    return enter.isAccepted()


# -- what is shown


def test_the_screen_answers_first_whether_all_is_here(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = opened(open_window, qtbot, fake)
    assert answer(window).startswith("Not enough for this site: 1 of 6 files missing")
    assert "terminal 3.4.1 for Bay 06" in answer(window) and "2026-11-04 or later" in answer(window)
    press(qtbot, window, names.FIRMWARE_MISSING)
    qtbot.waitUntil(lambda: listed(window) == [(MISSING, False)])
    press(qtbot, window, names.FIRMWARE_MISSING)
    qtbot.waitUntil(lambda: len(listed(window)) > 5)


def test_when_all_is_here_it_says_so_and_asks_for_nothing(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = opened(open_window, qtbot, whole(fake))
    assert answer(window).startswith("Enough for this site: all 4 files are here. By work order wo-318")
    assert there(window, names.FIRMWARE_MISSING) is None
    assert not control(window, names.FIRMWARE_CLEAN).isEnabled()


def test_nobody_said_what_the_site_needs_is_no_yes(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    fake.shelf = replace(whole(fake).shelf, enough=Enough(Basis.NOTHING))
    window = opened(open_window, qtbot, fake)
    assert "Nobody has said what the site needs" in answer(window)


def test_refused_and_missing_come_first_and_the_reason_opens_under_its_row(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = opened(open_window, qtbot, fake)
    assert listed(window)[:4] == [(ALTERED, False), (ALTERED, True), (MISSING, False), (GOOD, False)]
    model = table(window).firmware
    reason = str(model.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole))
    assert "damaged or was changed" in reason and "Sync to fetch it again" in reason
    assert table(window).columnSpan(1, 0) == len(Column)
    buttons = [one.text() for one in screen(window).findChildren(QPushButton) if one.isVisible()]
    assert not any("verride" in one or "nyway" in one for one in buttons)


def test_every_cell_tells_itself_in_words(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = opened(open_window, qtbot, fake)
    assert told(window, GOOD, Column.CATALOGUE) == "2 of 2 signers, hyperline"
    assert told(window, GOOD, Column.IMAGE) == "RAUC valid, Release key R-2026"
    assert told(window, GOOD, Column.STATE) == "In cache"
    assert told(window, GOOD, Column.RELEASE).endswith("Bay 01, Bay 02, Bay 03, Bay 04")
    assert told(window, MISSING, Column.IMAGE) == "Not checked, File not here"
    assert told(window, ALTERED, Column.IMAGE) == "File altered, Not used"


def test_the_pane_tells_for_whom_it_is_and_for_whom_not(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = opened(open_window, qtbot, fake)
    click_row(qtbot, window, GOOD)
    qtbot.waitUntil(lambda: "Good for Bay 01, Bay 02, Bay 03, Bay 04" in words_on(window))
    qtbot.waitUntil(lambda: "New fan curve" in words_on(window))
    shown = words_on(window)
    for words in ("B3, C1, C2. Not A1", "2.2.0 or newer", "Power module 1.9 or newer", "hyperline: 2 of 2",
                  "5, chargers here are at 4", "VND-2026-011", "New fan curve", "ends 2031-03-31"):  # fmt: skip
        assert words in shown


def test_keys_walk_the_list_and_skip_the_reason(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = opened(open_window, qtbot, fake, 1093, 600)
    view = table(window)
    view.setFocus()
    view.setCurrentIndex(view.firmware.index(0, Column.RELEASE))
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.firmware.lines[view.currentIndex().row()].row.target == MISSING
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: there(window, names.CLOSE_PANE) is not None)
    assert "Good for Bay 01" in words_on(window)


def test_a_click_on_the_reason_opens_its_release(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = opened(open_window, qtbot, fake)
    click_row(qtbot, window, GOOD)
    view = table(window)
    qtbot.mouseClick(view.viewport(), LEFT, pos=view.visualRect(view.firmware.index(1, 0)).center())
    qtbot.waitUntil(lambda: "It is not used. Sync to fetch it again." in words_on(screen(window).pane))


def test_releases_that_no_charger_here_needs_wait_behind_a_filter(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = opened(open_window, qtbot, fake)
    assert "lab/citypost-4.0.0.swu" not in dict(listed(window))
    press(qtbot, window, names.FIRMWARE_ALL)
    qtbot.waitUntil(lambda: "lab/citypost-4.0.0.swu" in dict(listed(window)))
    assert told(window, "lab/citypost-5.2.0-rc1.swu", Column.STATE) == "Not ordered"


def test_a_catalogue_that_cannot_be_used_is_said_in_its_place(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    problem = FirmwareError(Text.CATALOGUE_NONE).trouble()
    fake.shelf = replace(fake.shelf, rows=(), enough=Enough(Basis.NOTHING), problem=problem)
    window = open_window(fake)
    press(qtbot, window, names.SCREEN_FIRMWARE)
    qtbot.waitUntil(lambda: problem.what in answer(window))
    assert "No firmware on this laptop" in words_on(window)


def test_a_charger_that_is_found_later_changes_what_is_needed(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = opened(open_window, qtbot, fake)
    whole(fake)
    fake.put(replace(fake.rows["CP22-25-118831"], running="5.1.1"))
    qtbot.waitUntil(lambda: answer(window).startswith("Enough for this site: all 4 files"))


def test_files_under_a_catalogue_that_is_out_of_date_are_never_enough(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    old = FirmwareError(Text.CATALOGUE_EXPIRED, role="timestamp", until="2026-10-01 00:00 UTC").trouble()
    fake.shelf = replace(whole(fake).shelf, enough=Enough(Basis.ORDERS, 4, (), old))
    window = open_window(fake)
    press(qtbot, window, names.SCREEN_FIRMWARE)
    qtbot.waitUntil(lambda: "out of date" in answer(window))
    assert "Enough" not in answer(window)


# -- what is done


def test_pinning_and_cleaning_up(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = opened(open_window, qtbot, fake)
    click_row(qtbot, window, GOOD)
    press(qtbot, window, names.FIRMWARE_PIN)
    qtbot.waitUntil(lambda: fake.called("firmware_pin") == [(GOOD, True)])
    qtbot.waitUntil(lambda: told(window, GOOD, Column.STATE) == "Pinned")
    press(qtbot, window, names.FIRMWARE_CLEAN)
    qtbot.waitUntil(lambda: "1 files removed, 1.1 GB free again." in words_on(window))
    qtbot.waitUntil(lambda: not control(window, names.FIRMWARE_CLEAN).isEnabled())


def test_files_that_were_not_read_yet_are_read_once_when_the_screen_opens(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    unread = tuple(replace(row, checked=None) if row.target == GOOD else row for row in fake.shelf.rows)
    fake.shelf = replace(fake.shelf, rows=unread)
    window = opened(open_window, qtbot, fake)
    qtbot.waitUntil(lambda: fake.called("firmware_check") == [()])
    qtbot.waitUntil(lambda: not screen(window)._job.running)
    press(qtbot, window, names.SCREEN_CHARGERS)
    press(qtbot, window, names.SCREEN_FIRMWARE)
    click_row(qtbot, window, GOOD)
    press(qtbot, window, names.FIRMWARE_CHECK)
    qtbot.waitUntil(lambda: fake.called("firmware_check") == [(), (GOOD,)])


def test_a_dropped_bundle_is_imported_and_a_dropped_file_is_looked_at(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened(open_window, qtbot, fake)
    stick, image = tmp_path / "Stick.ZIP", tmp_path / "firmware.raucb"
    for file in (stick, image):
        file.write_bytes(b"x")
    assert drop(qtbot, window, stick.as_uri(), image.as_uri())
    qtbot.waitUntil(lambda: fake.called("firmware_add") == [image])
    assert fake.called("bundle_import") == [stick]
    qtbot.waitUntil(lambda: "is in the cache now" in words_on(window))
    assert drop(qtbot, window, stick.as_uri())
    qtbot.waitUntil(lambda: "Imported: 9 releases, 2 new, 2 new files, 1 work orders." in words_on(window))


def test_what_is_no_file_of_this_laptop_cannot_be_dropped(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened(open_window, qtbot, fake)
    file = tmp_path / "firmware.raucb"
    file.write_bytes(b"x")
    assert not drop(qtbot, window, "https://example.org/firmware.raucb")
    assert not drop(qtbot, window, tmp_path.as_uri())
    assert not drop(qtbot, window, file.as_uri(), "https://example.org/x")
    assert drop(qtbot, window, file.as_uri(), leave=True)
    assert "Drop it here" not in words_on(window)
    assert fake.called("firmware_add") == fake.called("bundle_import") == []


def test_a_file_that_the_catalogue_does_not_name_is_told_with_what_to_ask_for(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened(open_window, qtbot, fake)
    fake.hand = FirmwareError(
        Text.HAND_UNKNOWN, file="x.raucb", guess="It is as long as lab/y", vendor="Lab", sha256="ab" * 32
    )
    file = tmp_path / "x.raucb"
    file.write_bytes(b"x")
    assert drop(qtbot, window, file.as_uri())
    qtbot.waitUntil(lambda: "x.raucb is no firmware that the signed catalogue" in words_on(window))
    assert "Ask Lab for a signed release" in words_on(window)


def test_long_work_is_told_cancelled_and_never_holds_the_window_up(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened(open_window, qtbot, fake)
    stick = tmp_path / "stick.zip"
    stick.write_bytes(b"x")
    fake.step_on.clear()
    assert drop(qtbot, window, stick.as_uri())
    qtbot.waitUntil(lambda: "Importing stick.zip" in words_on(window) and "citypost-5.1.3.swu" in words_on(window))
    assert not control(window, names.BUNDLE_IMPORT).isEnabled()
    press(qtbot, window, names.SCREEN_CHARGERS)  # everything else goes on
    press(qtbot, window, names.SCREEN_FIRMWARE)
    press(qtbot, window, names.FIRMWARE_CANCEL)
    fake.step_on.set()
    qtbot.waitUntil(lambda: "Cancelled. What is on this laptop is as it was." in words_on(window))
    assert fake.called("bundle_import closed") == [stick]
    assert control(window, names.BUNDLE_IMPORT).isEnabled()
    press(qtbot, window, names.FIRMWARE_RESULT_OK)
    assert "Cancelled." not in words_on(window)


def test_closing_the_window_ends_long_work(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened(open_window, qtbot, fake)
    stick = tmp_path / "stick.zip"
    stick.write_bytes(b"x")
    fake.step_on.clear()
    drop(qtbot, window, stick.as_uri())
    qtbot.waitUntil(lambda: bool(fake.called("bundle_import")))
    window.shut_down()
    fake.step_on.set()
    qtbot.waitUntil(lambda: fake.called("bundle_import closed") == [stick])


@pytest.mark.parametrize(
    ("button", "call"),
    [
        (names.BUNDLE_IMPORT, "bundle_import"),
        (names.BUNDLE_EXPORT, "bundle_export"),
        (names.FIRMWARE_ADD, "firmware_add"),
    ],
)
def test_dialogs_for_files_block_nothing(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot, tmp_path: Path, button: str, call: str
) -> None:
    window = opened(open_window, qtbot, fake)
    press(qtbot, window, button)
    qtbot.waitUntil(lambda: any(one.isVisible() for one in window.findChildren(QFileDialog)))
    dialog = next(one for one in window.findChildren(QFileDialog) if one.isVisible())
    dialog.fileSelected.emit(str(tmp_path / "chosen.bin"))
    dialog.close()
    qtbot.waitUntil(lambda: fake.called(call) == [tmp_path / "chosen.bin"])
