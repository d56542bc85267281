"""The shell: closing in mid-run, theme, shortcuts, status bar, settings."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLineEdit
from pytestqt.qtbot import QtBot

from fieldtool.app.views import Central, Freshness
from fieldtool.core.errors import SyncError
from fieldtool.core.texts import Text
from fieldtool.ui import names
from fieldtool.ui.find import control
from fieldtool.ui.theme.look import LOOK, obey
from fieldtool.ui.window import MainWindow
from fieldtool.update.run import Outcome
from tests.ui.fake_app import NOW, ROOT_FINGERPRINT, FakeApp
from tests.ui.test_walk import click, words_on

OpenWindow = Callable[..., MainWindow]


def test_closing_in_mid_run_asks_and_hides_nothing(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(fake)
    window.close()
    assert window.isVisible()
    assert "2 chargers are being updated" in words_on(window)
    assert control(window, names.CHARGERS_TABLE).isVisible()
    click(qtbot, window, names.STAY)
    assert "are being updated" not in words_on(window)
    assert not fake.called("close")


def test_closing_in_mid_run_waits_until_the_app_says_that_all_is_safe(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window(fake)
    window.close()
    click(qtbot, window, names.STOP_AND_CLOSE)
    qtbot.waitUntil(lambda: not window.isVisible())
    assert fake.called("close") == [None]


def test_without_a_run_the_window_just_closes(open_window: OpenWindow) -> None:
    window = open_window(FakeApp(rows=[]))
    window.close()
    assert not window.isVisible()


def test_f6_goes_through_the_themes_and_keeps_the_choice(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(fake)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    seen = []
    for _ in range(3):
        qtbot.keyClick(window, Qt.Key.Key_F6)
        seen.append(LOOK.theme.name)
    assert seen == ["dark", "sunlight", "light"]
    qtbot.waitUntil(lambda: fake.called("set_setting")[-1:] == [("theme", "light")])


def test_shortcuts_lead_to_screens_and_the_list_names_them(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window(fake)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert control(window, names.RUN_TABLE).isVisible()
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert control(window, names.SEARCH).hasFocus()
    click(qtbot, window, names.SHORTCUTS)
    assert "Keyboard shortcuts" in words_on(window)
    qtbot.keyClick(control(window, names.CLOSE_SHORTCUTS), Qt.Key.Key_Escape)
    assert "Keyboard shortcuts" not in words_on(window)


def test_the_status_bar_tells_freshness_pending_records_and_training_keys(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window(fake)
    shown = words_on(window.status_bar)
    assert "Offline, working from cache" in shown
    assert "Catalogue valid 12 days" in shown
    assert "Laptop 78 %, on mains" in shown
    assert "THROW-AWAY" not in shown
    stale = replace(fake.line.catalogue, freshness=Freshness.STALE, valid_until=NOW - timedelta(days=1))
    fake.line = replace(fake.line, catalogue=stale, throw_away=True)
    qtbot.waitUntil(lambda: "Catalogue expired: sync" in words_on(window.status_bar))
    assert "THROW-AWAY KEYS" in words_on(window.status_bar)


def test_the_status_bar_always_says_whether_somebody_directs_this_laptop(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window(fake)
    assert "Directed by the operator" in words_on(window.status_bar)
    expired = replace(fake.line.catalogue, freshness=Freshness.STALE, stand_alone=True)
    fake.line = replace(fake.line, catalogue=expired)
    qtbot.waitUntil(lambda: "Stand-alone" in words_on(window.status_bar))
    window.resize(900, 700)
    assert "Stand-alone" in words_on(window.status_bar) and "Directed" not in words_on(window.status_bar)


def test_sync_now_sends_records_and_a_failure_is_told_with_its_details(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window(fake)
    button = control(window, names.SYNC)
    assert isinstance(button, QAbstractButton)
    fake.sync_error = SyncError(Text.CENTRAL_UNREACHABLE, url="https://fleet.example.org", detail="no route")
    click(qtbot, window, names.SYNC)
    qtbot.waitUntil(lambda: "does not answer: no route" in words_on(window))
    assert "does not answer: no route" in button.toolTip()
    assert control(window, names.COPY_DETAILS).isEnabled()
    fake.sync_error = None
    click(qtbot, window, names.SYNC)
    qtbot.waitUntil(lambda: "All 14 audit records synced" in button.text())
    fake.line = replace(fake.line, sync=replace(fake.line.sync, central=Central.NOT_SET))
    qtbot.waitUntil(lambda: "No central system set" in words_on(window.status_bar))
    click(qtbot, window, names.SYNC)
    assert control(window, names.TEST_AGAIN).isVisible()


def test_the_four_steps_of_a_first_own_charger(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(fake)
    click(qtbot, window, names.SCREEN_SETTINGS)
    qtbot.keyClicks(control(window, names.TRUST_FILE), "root.json")
    qtbot.keyClicks(control(window, names.TRUST_FINGERPRINT), "wrong")
    click(qtbot, window, names.TRUST_ADD)
    qtbot.waitUntil(lambda: "“wrong” is no fingerprint." in words_on(window))
    assert not fake.roots
    field = control(window, names.TRUST_FINGERPRINT)
    assert isinstance(field, QLineEdit)
    field.clear()
    qtbot.keyClicks(field, ROOT_FINGERPRINT)
    click(qtbot, window, names.TRUST_ADD)
    qtbot.waitUntil(lambda: "2 of 3 keys sign" in words_on(window))

    qtbot.keyClicks(control(window, names.SITE_FILE), "depot.toml")
    click(qtbot, window, names.SITE_IMPORT)
    qtbot.waitUntil(lambda: "0 chargers expected" in words_on(window))

    qtbot.keyClicks(control(window, names.SECRET_SERIAL), "CP-1")
    secret = control(window, names.SECRET)
    assert isinstance(secret, QLineEdit) and secret.echoMode() is QLineEdit.EchoMode.Password
    qtbot.keyClicks(secret, "hunter2")
    click(qtbot, window, names.SECRET_STORE)
    qtbot.waitUntil(lambda: fake.called("secret_set") == ["CP-1"])
    assert secret.text() == ""

    qtbot.keyClicks(control(window, names.PIN_SERIAL), "CP-1")
    qtbot.keyClicks(control(window, names.PIN_FINGERPRINT), "SHA256:xyz")
    click(qtbot, window, names.PIN_STORE)
    qtbot.waitUntil(lambda: fake.called("trust_pin") == [("CP-1", "SHA256:xyz")])


def test_a_setting_is_saved_and_a_refused_value_is_explained(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window(fake)
    click(qtbot, window, names.SCREEN_SETTINGS)
    qtbot.waitUntil(lambda: "Central system" in words_on(window))
    field = control(window, names.SETTING, title="Central system")
    assert isinstance(field, QLineEdit)
    field.setText("https://other.example.org")
    click(qtbot, window, names.SETTING_SAVE, title="Central system")
    qtbot.waitUntil(lambda: fake.views["central_url"].value == "https://other.example.org")
    click(qtbot, window, names.TEXT_SIZE, percent="130")
    assert LOOK.percent == 130
    qtbot.waitUntil(lambda: fake.views["text_size"].value == "130")
    click(qtbot, window, names.GLOVE)
    assert LOOK.target == 48


def test_the_self_test_puts_what_needs_a_fix_first_with_its_command(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window(fake)
    click(qtbot, window, names.SCREEN_SETTINGS)
    qtbot.waitUntil(lambda: "2 of 8 checks" in control(window, names.TEST_AGAIN).parentWidget().sub.accessibleName())
    qtbot.waitUntil(lambda: "Battery at 12 %" in words_on(window))
    shown = words_on(window)
    assert shown.index("Battery at 12 %") < shown.index("The VPN takes") < shown.index("1 root, 2 of 3 keys")
    assert "ip route add 224.0.0.0/4 dev eth0" in shown


def test_settings_are_obeyed_at_start_and_nonsense_is_left_aside() -> None:
    obey({"theme": "sunlight", "text_size": "115", "glove_mode": "on"})
    assert (LOOK.theme.name, LOOK.percent, LOOK.glove) == ("sunlight", 115, True)
    obey({"theme": "plaid", "text_size": "many"})
    assert (LOOK.theme.name, LOOK.percent, LOOK.glove) == ("sunlight", 115, True)


def test_a_run_that_ended_while_the_window_looked_away_is_in_the_count(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window(fake)
    fake.end("HL180-24-007731", Outcome.DONE)
    click(qtbot, window, names.SCREEN_RUN)
    qtbot.waitUntil(lambda: "3 of 4 finished" in words_on(window))
