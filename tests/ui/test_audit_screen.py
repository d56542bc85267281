"""The Audit screen by mouse and keys: can the log be believed, every record, filters, stick out and back."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from fieldtool.app.views import Central, Level
from fieldtool.audit.record import Event
from fieldtool.audit.watch import Standing
from fieldtool.core.errors import AuditError, SyncError, UsageError
from fieldtool.core.texts import Text
from fieldtool.ui import names
from fieldtool.ui.audit_model import KEPT, PAGE, Column
from fieldtool.ui.find import control
from fieldtool.ui.screens.audit import AuditScreen
from fieldtool.ui.widgets.audit_table import AuditTable
from fieldtool.ui.widgets.firmware_parts import Answer
from fieldtool.ui.window import MainWindow
from tests.ui.audit_scenes import GONE, RUN, FakeLog, story
from tests.ui.fake_app import NOW, FakeApp
from tests.ui.hands import press, there
from tests.ui.test_walk import words_on

OpenWindow = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton


def opened(open_window: OpenWindow, qtbot: QtBot, app: FakeApp, width: int = 1440, height: int = 900) -> MainWindow:
    window = open_window(app, width, height)
    press(qtbot, window, names.SCREEN_AUDIT)
    qtbot.waitUntil(lambda: bool(app.log.calls))
    qtbot.waitUntil(lambda: "Reading the log" not in banners(window))
    return window


def screen(window: MainWindow) -> AuditScreen:
    found = window.open_screen(names.SCREEN_AUDIT)
    assert isinstance(found, AuditScreen)
    return found


def banners(window: MainWindow) -> str:
    return " | ".join(one.accessibleName() for one in window.findChildren(Answer) if one.isVisible())


def table(window: MainWindow) -> AuditTable:
    return screen(window).table


def numbers(window: MainWindow) -> list[int]:
    return list(table(window).records.numbers)


def told(window: MainWindow, number: int, column: Column) -> str:
    model = table(window).records
    return str(model.index(model.position(number), column).data(Qt.ItemDataRole.AccessibleTextRole))


def click_row(qtbot: QtBot, window: MainWindow, number: int) -> None:
    view = table(window)
    index = view.records.index(view.records.position(number), Column.EVENT)
    view.scrollTo(index)
    qtbot.waitUntil(lambda: view.records.row(number) is not None)
    qtbot.mouseClick(view.viewport(), LEFT, pos=view.visualRect(index).center())


def search(window: MainWindow) -> QLineEdit:
    found = control(window, names.AUDIT_SEARCH)
    assert isinstance(found, QLineEdit)
    return found


def choice(window: MainWindow, name: str) -> QComboBox:
    found = control(window, name)
    assert isinstance(found, QComboBox)
    return found


# ---- can it be believed ----------------------------------------------------------------------------------------------


def test_the_banners_say_that_the_chain_is_whole_and_what_central_has_not_confirmed(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp
) -> None:
    window = opened(open_window, qtbot, fake)
    assert "Chain whole: 1\u202f187 records, none missing or changed" in banners(window)
    assert "Checked 3 min ago" in banners(window)
    assert "41 pending, 1\u202f146 receipted" in banners(window)


def test_an_alarm_is_told_here_and_in_the_status_bar_of_every_screen(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp
) -> None:
    alarm = AuditError(Text.AUDIT_CUT, found=1180, expected=1187).trouble()
    fake.log.standing = Standing(alarm=alarm, whole=True)
    fake.line = replace(fake.line, audit=alarm)
    window = open_window(fake)
    assert "its end was cut off" in control(window, names.AUDIT_ALARM).toolTip()
    assert "alarm" in button(window, names.AUDIT_ALARM).text().lower()
    press(qtbot, window, names.AUDIT_ALARM)
    qtbot.waitUntil(lambda: "its end was cut off" in banners(window))
    assert "Chain whole" not in banners(window)


def test_what_nobody_could_check_is_no_alarm_and_is_told_too(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp
) -> None:
    unchecked = UsageError(Text.KEYSTORE_FAILED, detail="locked").trouble()
    fake.log.standing = Standing(unchecked=unchecked)
    fake.line = replace(fake.line, audit=unchecked)
    window = opened(open_window, qtbot, fake)
    assert "Its end could not be checked" in banners(window)
    assert "not checked" in button(window, names.AUDIT_ALARM).text().lower()


def test_without_an_alarm_the_status_bar_has_no_word_about_one(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp
) -> None:
    window = open_window(fake)
    assert there(window, names.AUDIT_ALARM) is None


@pytest.mark.parametrize(
    ("level", "expected"), [(Level.WARN, ("Disk almost full", "Disk low")), (Level.STOP, ("Disk full",))]
)
def test_a_disk_without_room_for_records_shows_before_it_is_full(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp, level: Level, expected: tuple[str, ...]
) -> None:
    fake.line = replace(fake.line, laptop=replace(fake.line.laptop, disk=level, free_disk=500_000_000))
    window = open_window(fake)
    qtbot.waitUntil(lambda: any(one in words_on(window) for one in expected))


def test_check_again_looks_at_every_record(open_window: OpenWindow, qtbot: QtBot, fake: FakeApp) -> None:
    window = opened(open_window, qtbot, fake)
    alarm = AuditError(Text.AUDIT_SIGNATURE_BAD, seq=7).trouble()
    fake.log.standing = Standing(alarm=alarm, whole=True)
    press(qtbot, window, names.AUDIT_CHECK)
    qtbot.waitUntil(lambda: bool(fake.called("audit_check")))
    qtbot.waitUntil(lambda: "record 7 was altered" in banners(window))
    qtbot.waitUntil(lambda: control(window, names.AUDIT_CHECK).isEnabled())


# ---- the list --------------------------------------------------------------------------------------------------------


def test_only_the_pages_that_are_looked_at_are_read(open_window: OpenWindow, qtbot: QtBot, fake: FakeApp) -> None:
    window = opened(open_window, qtbot, fake)
    qtbot.waitUntil(lambda: table(window).records.row(1187) is not None)
    assert len(numbers(window)) == 1187
    assert {len(asked) for asked in pages(fake)} == {PAGE}
    assert len(pages(fake)) == 1
    table(window).scrollToBottom()
    qtbot.waitUntil(lambda: table(window).records.row(1) is not None)
    assert len(pages(fake)) <= 3
    assert not [call for call in fake.log.calls if call[0] == "find"]  # a plain list needs no question


def test_a_record_is_told_in_words_with_the_clock_under_its_time(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp
) -> None:
    window = opened(open_window, qtbot, fake)
    qtbot.waitUntil(lambda: table(window).records.row(1187) is not None)
    assert told(window, 1187, Column.TIME).endswith("not confirmed")
    assert told(window, 1186, Column.TIME).endswith("trusted")
    assert told(window, 1174, Column.TIME).endswith("clock behind")
    assert told(window, 1184, Column.RESULT) == "Rolled back"
    assert told(window, 1184, Column.CHARGER) == "Bay 08"
    assert told(window, 1183, Column.EVENT) == "Return to old firmware"
    assert told(window, 1177, Column.WHO) == "Grace Hopper"
    assert told(window, 1185, Column.WHO) == f"forgotten ({GONE[:6]})"
    assert told(window, 1146, Column.CENTRAL) == "Receipted"
    assert told(window, 1147, Column.CENTRAL) == "Pending"


def test_nothing_in_the_list_can_be_edited(open_window: OpenWindow, qtbot: QtBot, fake: FakeApp) -> None:
    window = opened(open_window, qtbot, fake)
    model = table(window).records
    for column in Column:
        assert not model.flags(model.index(0, column)) & (Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable)


@pytest.mark.parametrize(
    ("chip", "expected"),
    [
        (names.AUDIT_PENDING, list(range(1187, 1146, -1))),
        (names.AUDIT_FAILED, [1182, 1176]),
        (names.AUDIT_DECIDED, [1181, 1177, 1175, 1174]),
    ],
)
def test_a_chip_narrows_the_list(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp, chip: str, expected: list[int]
) -> None:
    window = opened(open_window, qtbot, fake)
    press(qtbot, window, chip)
    qtbot.waitUntil(lambda: numbers(window) == expected)
    assert f"\u2002{len(expected)}" in button(window, chip).text()
    press(qtbot, window, names.AUDIT_ALL)
    qtbot.waitUntil(lambda: len(numbers(window)) == 1187)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("cp22-23-09041", [1187, 1184, 1183, 1182, 1179, 1178]), ("run-8", [1186, 1185, 1181, 1180]), ("agreed", [1177]),
     ("grace", [1177])],
)  # fmt: skip
def test_what_is_typed_is_found_in_charger_run_event_and_person(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp, typed: str, expected: list[int]
) -> None:
    window = opened(open_window, qtbot, fake)
    qtbot.keyClicks(search(window), typed)
    qtbot.waitUntil(lambda: [one for one in numbers(window) if one > 1173] == expected)


def test_person_and_time_narrow_the_list_by_keyboard(open_window: OpenWindow, qtbot: QtBot, fake: FakeApp) -> None:
    window = opened(open_window, qtbot, fake)
    who, since = choice(window, names.AUDIT_WHO), choice(window, names.AUDIT_SINCE)
    qtbot.waitUntil(lambda: who.count() == 3)
    who.setFocus()
    qtbot.keyClick(who, Qt.Key.Key_Down)
    qtbot.keyClick(who, Qt.Key.Key_Down)
    assert who.currentText() == "Grace Hopper"
    qtbot.waitUntil(lambda: numbers(window) == [1177])
    qtbot.keyClick(who, Qt.Key.Key_Home)
    since.setFocus()
    qtbot.keyClick(since, Qt.Key.Key_Down)
    assert since.currentText() == "Last 24 hours"
    qtbot.waitUntil(lambda: numbers(window) == list(range(1187, 1173, -1)))


def test_a_filter_that_fits_nothing_says_so_and_gives_the_way_back(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp
) -> None:
    window = opened(open_window, qtbot, fake)
    press(qtbot, window, names.AUDIT_FAILED)
    qtbot.keyClicks(search(window), "no such thing")
    qtbot.waitUntil(lambda: "No record fits" in words_on(window))
    press(qtbot, window, names.AUDIT_ANY)
    qtbot.waitUntil(lambda: len(numbers(window)) == 1187)
    assert search(window).text() == ""


def test_a_laptop_on_which_nothing_was_done_says_so(open_window: OpenWindow, qtbot: QtBot, fake: FakeApp) -> None:
    fake.log = FakeLog()
    window = opened(open_window, qtbot, fake)
    qtbot.waitUntil(lambda: "Every update, decision and refusal" in words_on(window))
    assert "No records yet" in banners(window)
    assert not control(window, names.AUDIT_EXPORT_ALL).isEnabled()
    assert there(window, names.AUDIT_EXPORT) is None


def test_new_records_come_in_on_top_and_whoever_reads_further_down_stays_there(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp
) -> None:
    window = opened(open_window, qtbot, fake)
    click_row(qtbot, window, 900)
    qtbot.waitUntil(lambda: "Record 900" in words_on(window))
    view = table(window)
    before = view.visualRect(view.records.index(view.records.position(900), Column.EVENT)).y()
    for _ in range(3):
        fake.log.add(Event("pin-set", "CP22-23-090418"))
    fake.line = replace(fake.line, sync=replace(fake.line.sync, pending=44))
    qtbot.waitUntil(lambda: numbers(window)[0] == 1190)
    after = view.visualRect(view.records.index(view.records.position(900), Column.EVENT)).y()
    assert after == before
    assert "Record 900" in words_on(window)


def test_what_was_shown_long_ago_is_not_held_for_ever(open_window: OpenWindow, qtbot: QtBot, fake: FakeApp) -> None:
    fake.log = story(KEPT + 1200, 0)
    window = opened(open_window, qtbot, fake)
    model = table(window).records
    for first in range(KEPT + 1200, 0, -PAGE):
        asked = tuple(range(first, max(0, first - PAGE), -1))
        model.take(asked, fake.log.rows(asked))
    assert len(model._held) == KEPT


# ---- one record ------------------------------------------------------------------------------------------------------


def test_a_record_keeps_what_the_charger_told_apart_from_what_fieldtool_saw(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp
) -> None:
    window = opened(open_window, qtbot, fake)
    click_row(qtbot, window, 1178)
    qtbot.waitUntil(lambda: "Laptop key, valid" in words_on(window))
    shown = words_on(window)
    apart = shown.split("Told by the charger")[1].split("Seen by this tool")
    assert "5.0.8" in apart[0]
    assert "rootfs.0" in apart[0]
    assert "5.1.3" in apart[1].split("Proof")[0]
    assert "5.1.3" not in apart[0]


def test_a_signature_that_does_not_fit_is_told_at_the_record(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp
) -> None:
    fake.log.bad = AuditError(Text.AUDIT_SIGNATURE_BAD, seq=1184).trouble()
    window = opened(open_window, qtbot, fake)
    click_row(qtbot, window, 1184)
    qtbot.waitUntil(lambda: "record 1184 was altered" in words_on(window))
    assert "Laptop key, valid" not in words_on(window)


def test_the_json_of_a_record_is_copied_whole(open_window: OpenWindow, qtbot: QtBot, fake: FakeApp) -> None:
    window = opened(open_window, qtbot, fake)
    click_row(qtbot, window, 1178)
    press(qtbot, window, names.AUDIT_COPY)
    copied = json.loads(QApplication.clipboard().text())
    assert (copied["seq"], copied["told"]["running_hash"]) == (1178, "9f2c71e0" * 8)


def test_all_records_of_a_run_are_one_click_away(open_window: OpenWindow, qtbot: QtBot, fake: FakeApp) -> None:
    window = opened(open_window, qtbot, fake)
    click_row(qtbot, window, 1184)
    press(qtbot, window, names.AUDIT_RUN)
    qtbot.waitUntil(lambda: [one for one in numbers(window) if one > 1173] == [1184, 1183, 1182, 1179, 1178])
    assert search(window).text() == RUN
    click_row(qtbot, window, 1178)
    qtbot.waitUntil(lambda: "Record 1178" in words_on(window))


def test_by_keyboard_alone_a_record_opens_and_closes_in_a_narrow_window(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp
) -> None:
    window = opened(open_window, qtbot, fake, 1093, 600)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    view = table(window)
    qtbot.waitUntil(lambda: view.records.row(1187) is not None)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Record 1186" in words_on(window))
    qtbot.keyClick(QApplication.focusWidget() or view, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: "Record 1186" not in words_on(window))
    assert view.hasFocus()


# ---- the stick -------------------------------------------------------------------------------------------------------


def dialog(window: MainWindow) -> QFileDialog:
    return next(one for one in window.findChildren(QFileDialog) if one.isVisible())


def pick(qtbot: QtBot, window: MainWindow, name: str, file: Path) -> None:
    """Press the button, and choose this file in the dialog that it opens."""
    press(qtbot, window, name)
    qtbot.waitUntil(lambda: any(one.isVisible() for one in window.findChildren(QFileDialog)))
    opened_dialog = dialog(window)
    opened_dialog.fileSelected.emit(str(file))
    opened_dialog.reject()


@pytest.mark.parametrize(
    ("name", "pending_only", "records"), [(names.AUDIT_EXPORT, True, 41), (names.AUDIT_EXPORT_ALL, False, 1187)]
)
def test_records_are_exported_to_a_stick(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp, tmp_path: Path, name: str, pending_only: bool, records: int
) -> None:
    window = opened(open_window, qtbot, fake)
    fake.log.step_on.clear()
    pick(qtbot, window, name, tmp_path / "log.ndjson")
    qtbot.waitUntil(lambda: "Exporting to log.ndjson" in words_on(window))
    assert not control(window, names.AUDIT_EXPORT).isEnabled()
    fake.log.step_on.set()
    qtbot.waitUntil(lambda: "records are in log.ndjson" in words_on(window))
    assert ("export", (tmp_path / "log.ndjson", pending_only)) in fake.log.calls
    assert f"{records:,}".replace(",", "\u202f") in words_on(window)
    qtbot.waitUntil(lambda: control(window, names.AUDIT_EXPORT).isEnabled())


def test_an_answer_is_imported_and_nothing_is_pending_then(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp, tmp_path: Path
) -> None:
    window = opened(open_window, qtbot, fake)
    pick(qtbot, window, names.AUDIT_RECEIVE, tmp_path / "answer.json")
    qtbot.waitUntil(lambda: "41 of them anew" in words_on(window))
    qtbot.waitUntil(lambda: "All 1\u202f187 receipted" in banners(window))
    assert told(window, 1187, Column.CENTRAL) == "Receipted"
    assert there(window, names.AUDIT_EXPORT) is None


def test_an_answer_that_does_not_hold_is_told_and_all_stays_pending(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp, tmp_path: Path
) -> None:
    fake.log.refused = SyncError(Text.CENTRAL_OTHER_ROOT, size=1187)
    window = opened(open_window, qtbot, fake)
    pick(qtbot, window, names.AUDIT_RECEIVE, tmp_path / "answer.json")
    qtbot.waitUntil(lambda: "receipt is for other records" in words_on(window))
    assert "41 pending" in banners(window)


def test_a_laptop_without_a_central_system_says_that_its_records_are_only_here(
    open_window: OpenWindow, qtbot: QtBot, fake: FakeApp
) -> None:
    fake.line = replace(fake.line, sync=replace(fake.line.sync, central=Central.NOT_SET))
    window = opened(open_window, qtbot, fake)
    assert "Only on this laptop" in banners(window)


def button(window: MainWindow, name: str) -> QPushButton:
    found = control(window, name)
    assert isinstance(found, QPushButton)
    return found


def pages(app: FakeApp) -> list[tuple[int, ...]]:
    return [asked for name, asked in app.log.calls if name == "rows" and isinstance(asked, tuple)]


def test_the_story_is_of_this_day() -> None:
    assert all(record.at <= NOW for record in story().records)
