"""The main job by mouse and keys, on visible widgets found by accessible name."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from fieldtool.app.views import OpenRun, Presence
from fieldtool.core.errors import Safety
from fieldtool.core.model import Link
from fieldtool.core.texts import Text
from fieldtool.ui import names
from fieldtool.ui.find import control, name_cell, tick_cell
from fieldtool.ui.model import ROW_ROLE
from fieldtool.ui.widgets.basics import Label
from fieldtool.ui.widgets.charger_pane import ChargerPane
from fieldtool.ui.widgets.charger_table import ChargerTable
from fieldtool.ui.widgets.run_chart import RunChart
from fieldtool.ui.window import MainWindow
from fieldtool.update.run import Outcome, Phase
from tests.ui.fake_app import NOW, FakeApp, ready, trouble

OpenWindow = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton


def click(qtbot: QtBot, window: MainWindow, name: str, /, **parts: str) -> None:
    widget = control(window, name, **parts)
    assert widget.isEnabled(), f"{name} is off"
    qtbot.mouseClick(widget, LEFT)


def click_at(qtbot: QtBot, where: tuple[QWidget, QPoint]) -> None:
    qtbot.mouseClick(where[0], LEFT, pos=where[1])


def words_on(root: QWidget) -> str:
    """All words that can be read there now."""
    return " | ".join(one.text() for one in root.findChildren(Label) if one.isVisible() and one.text())


def table_of(window: MainWindow) -> ChargerTable:
    return window.findChildren(ChargerTable)[0]


def pane(window: MainWindow) -> ChargerPane:
    return next(one for one in window.findChildren(ChargerPane) if one.isVisible())


def test_the_walk_from_discovery_to_a_shown_rollback(open_window: OpenWindow, qtbot: QtBot) -> None:
    app = FakeApp(rows=[])
    window = open_window(app)
    assert "No chargers yet" in words_on(window)

    bay1 = ready("Bay 01", "CP-1", "CityPost 22", "R4", "127.0.0.1:2201", "5.1.0", "5.1.3")
    bay2 = ready("Bay 02", "CP-2", "CityPost 22", "R4", "127.0.0.1:2202", "5.1.0", "5.1.3")
    app.put(replace(bay1, presence=Presence.SIGHTED, running=None, verdict=None, target=None))
    app.put(bay2)
    qtbot.waitUntil(lambda: table_of(window).chargers.rowCount() == 2)
    table = table_of(window)
    click_at(qtbot, tick_cell(window, "CP-1"))
    assert table.chargers.ticked == ()  # not identified: nothing to select
    app.put(bay1)
    qtbot.waitUntil(lambda: len(table.chargers.updatable) == 2)

    assert not control(window, names.UPDATE_SELECTED).isEnabled()
    click_at(qtbot, tick_cell(window, "CP-1"))
    click_at(qtbot, tick_cell(window, "CP-2"))
    update = control(window, names.UPDATE_SELECTED)
    assert isinstance(update, QPushButton) and "Update 2 selected" in update.text()
    click(qtbot, window, names.UPDATE_SELECTED)

    qtbot.waitUntil(lambda: "Safe to start" in words_on(window))
    start = control(window, names.START)
    assert isinstance(start, QPushButton) and "Update 2 chargers" in start.text()
    click(qtbot, window, names.START)
    qtbot.waitUntil(lambda: app.called("start") == [("CP-1", "CP-2")])
    qtbot.waitUntil(lambda: any(one.isVisible() for one in window.findChildren(RunChart)))

    app.move("CP-1", Phase.TRANSFER, 10, 100)
    app.move("CP-1", Phase.INSTALL, 60, 100)
    chart = control(window, names.RUN_TABLE)
    assert isinstance(chart, RunChart)
    qtbot.waitUntil(lambda: chart.runs.rowCount() == 2)
    qtbot.waitUntil(lambda: "Do not switch off or unplug" in words_on(pane(window)))

    app.move("CP-1", Phase.VALIDATE)
    app.move("CP-1", Phase.ROLL_BACK)
    why = trouble(Text.VALIDATE_HEALTH, Safety.OLD_IS_KEPT, found="RFID reader")
    app.end("CP-1", Outcome.ROLLED_BACK, why)
    app.move("CP-2", Phase.CONFIRM)
    app.end("CP-2", Outcome.DONE)
    qtbot.waitUntil(lambda: "Bay 01 rolled back, works" in words_on(window))
    click(qtbot, window, names.WHY, name="Bay 01")
    shown = words_on(pane(window))
    assert "Rolled back, charger works" in shown
    assert "It does not work properly after the update: RFID reader." in shown
    assert "The charger keeps its old firmware and can return to it." in shown
    assert [line.run.outcome for line in chart.runs.shown] == [Outcome.ROLLED_BACK, Outcome.DONE]
    assert "2 of 2 finished" in words_on(window)
    click(qtbot, window, names.COPY_DETAILS)
    copied = QGuiApplication.clipboard().text()
    assert "code: VALIDATE_HEALTH" in copied and "serial: CP-1" in copied


def test_the_whole_way_goes_by_keyboard_alone(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(fake)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    table = control(window, names.CHARGERS_TABLE)
    assert isinstance(table, ChargerTable)
    assert table.hasFocus()
    for _ in range(3):
        qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert table.chargers.ticked == ("HL180-21-001198",)
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert table.chargers.ticked == ()
    qtbot.keyClick(table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(table.chargers.ticked) == 5
    update = control(window, names.UPDATE_SELECTED)
    for _ in range(40):
        if update.hasFocus():
            break
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    assert update.hasFocus()
    qtbot.keyClick(update, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(fake.called("plan")))
    start = control(window, names.START)
    qtbot.waitUntil(start.isEnabled)
    start.setFocus()
    qtbot.keyClick(start, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(fake.called("start")))


def test_every_control_of_every_screen_is_reached_by_tab(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(fake)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    for screen in (names.SCREEN_CHARGERS, names.SCREEN_RUN, names.SCREEN_SETTINGS):
        window.show_screen(screen)
        qtbot.wait(120)
        wanted = {
            one.accessibleName()
            for one in window.findChildren(QWidget)
            if one.isVisible()
            and one.isEnabled()
            and one.focusPolicy() & Qt.FocusPolicy.TabFocus
            and one.accessibleName()
            if isinstance(one, (QPushButton, QLineEdit))
        }
        seen = set()
        for _ in range(3 * len(wanted) + 20):
            focused = window.focusWidget()
            assert focused is not None
            seen.add(focused.accessibleName())
            qtbot.keyClick(focused, Qt.Key.Key_Tab)
        assert (
            wanted - seen - {named_chip for named_chip in wanted if named_chip.startswith(("Filter:", "Text size"))}
            == set()
        )


def test_a_ticked_charger_that_starts_to_charge_stays_ticked_and_one_that_vanishes_does_not(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window(fake)
    table = control(window, names.CHARGERS_TABLE)
    assert isinstance(table, ChargerTable)
    for key in ("CP22-25-118831", "CP22-25-118836"):
        click_at(qtbot, tick_cell(window, key))
    assert len(table.chargers.ticked) == 2
    row = fake.rows["CP22-25-118831"]
    fake.put(replace(row, presence=Presence.GONE))
    qtbot.waitUntil(lambda: table.chargers.ticked == ("CP22-25-118836",))


def test_unticking_in_the_plan_plans_again_and_keeps_the_line(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window(fake)
    for key in ("CP22-25-118831", "HL180-21-001198"):
        click_at(qtbot, tick_cell(window, key))
    click(qtbot, window, names.UPDATE_SELECTED)
    qtbot.waitUntil(lambda: "2 to update" in words_on(window))
    click(qtbot, window, names.PLAN_LINE, names="Bay 04")
    qtbot.waitUntil(lambda: "1 to update" in words_on(window))
    assert fake.called("plan")[-1] == ("CP22-25-118831",)
    assert "Bay 04" in words_on(window)
    assert "Not selected" in words_on(window)


def test_a_plan_is_made_again_when_the_site_changes_under_it(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window(fake)
    click_at(qtbot, tick_cell(window, "CP22-25-118831"))
    click(qtbot, window, names.UPDATE_SELECTED)
    qtbot.waitUntil(lambda: "1 to update" in words_on(window))
    before = len(fake.called("plan"))
    fake.put(replace(fake.rows["CP22-25-118831"], presence=Presence.GONE))
    qtbot.waitUntil(lambda: len(fake.called("plan")) > before)


def test_search_and_filters_narrow_the_list(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(fake)
    table = control(window, names.CHARGERS_TABLE)
    assert isinstance(table, ChargerTable)
    click(qtbot, window, names.FILTER_UPDATING)
    assert [table.chargers.row_at(at).name for at in range(2)] == ["Bay 01", "Bay 02"]
    click(qtbot, window, names.FILTER_ALL)
    qtbot.keyClicks(control(window, names.SEARCH), "118836")
    assert table.chargers.rowCount() == 1
    qtbot.keyClicks(control(window, names.SEARCH), "zzz")
    assert "No charger matches" in words_on(window)


def test_stop_goes_to_the_app_and_says_so(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(fake)
    click_at(qtbot, name_cell(window, "HL180-24-007731"))
    click(qtbot, window, names.STOP_ONE)
    qtbot.waitUntil(lambda: fake.called("stop") == ["HL180-24-007731"])
    stop = control(window, names.STOP_ONE)
    assert isinstance(stop, QPushButton)
    qtbot.waitUntil(lambda: "Stops after this step" in stop.text())
    assert not stop.isEnabled()


def test_stop_all_stops_every_charger_that_is_under_way(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(fake)
    click(qtbot, window, names.SCREEN_RUN)
    click(qtbot, window, names.STOP_ALL)
    qtbot.waitUntil(lambda: sorted(map(str, fake.called("stop"))) == ["HL180-24-007731", "HL180-24-007742"])


def test_the_log_of_a_run_is_shown_in_words(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(fake)
    click_at(qtbot, name_cell(window, "HL180-24-007731"))
    click(qtbot, window, names.LOG)
    log = control(window, names.LOG_TEXT)
    assert isinstance(log, QPlainTextEdit)
    qtbot.waitUntil(lambda: "slot rootfs.1" in log.toPlainText())


def test_after_a_crash_the_first_screen_says_what_will_happen_and_resumes(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    step = trouble(Text.CHARGER_SILENT, serial="CP22-25-118831", seconds=90)
    fake.left_open = (OpenRun("run-5", "CP22-25-118831", "Bay 10", "5.1.3", Phase.INSTALL, NOW, step),)
    window = open_window(fake)
    qtbot.waitUntil(lambda: "The run of Bay 10 to 5.1.3 is not finished" in words_on(window))
    assert "has not answered for 90 seconds" in words_on(window)
    click(qtbot, window, names.RESUME, name="Bay 10")
    qtbot.waitUntil(lambda: fake.called("resume") == ["run-5"])
    qtbot.waitUntil(lambda: "is not finished" not in words_on(window))


def test_an_unknown_host_key_leads_to_the_step_where_it_is_typed(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window(fake)
    click_at(qtbot, name_cell(window, "CP22-23-090418"))
    assert "Nothing is written to it" in words_on(pane(window))
    click(qtbot, window, names.FIX)
    serial = control(window, names.PIN_SERIAL)
    assert isinstance(serial, QLineEdit) and serial.text() == "CP22-23-090418"
    qtbot.keyClicks(control(window, names.PIN_FINGERPRINT), "SHA256:abc")
    click(qtbot, window, names.PIN_STORE)
    qtbot.waitUntil(lambda: fake.called("trust_pin") == [("CP22-23-090418", "SHA256:abc")])


def test_an_address_typed_by_hand_appears_and_a_bad_one_is_explained(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window(fake)
    click(qtbot, window, names.ADD_ADDRESS)
    field = control(window, names.ADDRESS)
    qtbot.keyClicks(field, "not an address")
    click(qtbot, window, names.ADDRESS_OK)
    qtbot.waitUntil(lambda: "“not an address” is no address." in words_on(window))
    assert isinstance(field, QLineEdit)
    field.clear()
    qtbot.keyClicks(field, "192.0.2.7")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    table = control(window, names.CHARGERS_TABLE)
    assert isinstance(table, ChargerTable)
    qtbot.waitUntil(lambda: table.chargers.position("192.0.2.7") >= 0)
    row = table.chargers.index(table.chargers.position("192.0.2.7"), 0).data(ROW_ROLE)
    assert row.link == Link("ssh", "192.0.2.7")
    assert "is no address" not in words_on(window)


def test_in_a_narrow_window_the_pane_is_a_sheet_that_escape_closes(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window(fake, 1093, 600)
    assert not any(one.isVisible() for one in window.findChildren(ChargerPane))
    table = control(window, names.CHARGERS_TABLE)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert "Bay 01" in words_on(pane(window))
    qtbot.keyClick(control(window, names.CLOSE_PANE), Qt.Key.Key_Escape)
    assert not any(one.isVisible() for one in window.findChildren(ChargerPane))
    assert window.focusWidget() is table


def test_a_hidden_or_disabled_control_is_not_found_or_not_clicked(fake: FakeApp, open_window: OpenWindow) -> None:
    window = open_window(fake)
    control(window, names.UPDATE_SELECTED).hide()
    with pytest.raises(LookupError):
        control(window, names.UPDATE_SELECTED)
