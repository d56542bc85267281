"""Two people answer for a downgrade: the second one agrees on the Plan screen. And the PIN of a token."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from fieldtool.core.errors import FieldtoolError
from fieldtool.core.texts import Text
from fieldtool.ui import names
from fieldtool.ui.find import control
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.window import MainWindow
from tests.ui.fake_app import FakeApp
from tests.ui.findings import findings
from tests.ui.hands import press, there
from tests.ui.scenes import second
from tests.ui.test_walk import words_on

OpenWindow = Callable[..., MainWindow]
BAY5 = "HL180-19-000087"


def planned(open_window: OpenWindow, qtbot: QtBot, app: FakeApp, width: int = 1440, height: int = 900) -> MainWindow:
    window = open_window(app, width, height)
    press(qtbot, window, names.SCREEN_PLAN)
    qtbot.waitUntil(lambda: "A second person must agree: Bay 05" in words_on(window))
    return window


def pin(window: MainWindow) -> QLineEdit:
    field = control(window, names.SECOND_PIN)
    assert isinstance(field, QLineEdit)
    return field


def test_a_second_person_types_a_pin_and_the_charger_joins_the_plan(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = planned(open_window, qtbot, second(fake))
    assert not control(window, names.SECOND_APPROVE).isEnabled()
    qtbot.keyClicks(pin(window), "2468")
    press(qtbot, window, names.SECOND_APPROVE)
    qtbot.waitUntil(lambda: there(window, names.SECOND_PIN) is None)
    assert fake.called("approve") == ["linus"]
    assert BAY5 in fake.called("plan")[-1]
    press(qtbot, window, names.START)
    qtbot.waitUntil(lambda: any(BAY5 in started for started in fake.called("start")))


def test_a_wrong_pin_is_said_forgotten_and_opens_nothing(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = planned(open_window, qtbot, second(fake))
    field = pin(window)
    qtbot.keyClicks(field, "1111")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "This is not the PIN of linus." in words_on(window))
    assert field.text() == "" and field.echoMode() is QLineEdit.EchoMode.Password
    assert "A second person must agree: Bay 05" in words_on(window)
    press(qtbot, window, names.START)
    qtbot.waitUntil(lambda: bool(fake.called("start")))
    assert not any(BAY5 in started for started in fake.called("start"))


def test_a_yes_counts_for_one_start_only(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = planned(open_window, qtbot, second(fake))
    qtbot.keyClicks(pin(window), "2468")
    press(qtbot, window, names.SECOND_APPROVE)
    qtbot.waitUntil(lambda: there(window, names.SECOND_PIN) is None)
    press(qtbot, window, names.START)
    qtbot.waitUntil(lambda: not control(window, names.SCREEN_PLAN).isChecked())  # it went on to the run by itself
    fake.put(fake.rows[BAY5])
    press(qtbot, window, names.SCREEN_PLAN)
    qtbot.waitUntil(lambda: there(window, names.SECOND_PIN) is not None)


def test_a_request_goes_out_and_an_approval_comes_in_as_files(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    second(fake).pins.clear()
    window = planned(open_window, qtbot, fake)
    assert "Nobody can do so here with a PIN" in words_on(window)
    assert there(window, names.SECOND_PIN) is None
    choose(qtbot, window, names.SECOND_REQUEST, tmp_path / "request.json")
    qtbot.waitUntil(lambda: fake.called("write_request") == [tmp_path / "request.json"])
    choose(qtbot, window, names.SECOND_FILE, tmp_path / "approval.json")
    qtbot.waitUntil(lambda: fake.called("approval_of") == [tmp_path / "approval.json"])
    qtbot.waitUntil(lambda: there(window, names.SECOND_FILE) is None)


def choose(qtbot: QtBot, window: MainWindow, button: str, file: Path) -> None:
    press(qtbot, window, button)
    qtbot.waitUntil(lambda: any(one.isVisible() for one in window.findChildren(QFileDialog)))
    dialog = next(one for one in window.findChildren(QFileDialog) if one.isVisible())
    dialog.fileSelected.emit(str(file))
    dialog.close()


@pytest.mark.parametrize("size", [(1440, 900), (1366, 768), (1093, 600)])
@pytest.mark.parametrize(("theme", "percent"), [("light", 100), ("dark", 100), ("sunlight", 100), ("light", 130)])
def test_the_card_fits(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot, size: tuple[int, int], theme: str, percent: int,
    repository_root: Path,
) -> None:  # fmt: skip
    LOOK.set(theme, percent, False)
    window = planned(open_window, qtbot, second(fake), *size)
    worker = Asking(fake, "field token 7")
    worker.start()
    qtbot.waitUntil(lambda: there(window, names.TOKEN_PIN) is not None)
    qtbot.wait(60)  # relayouts run dry; there is no signal for "nothing more comes"
    folder = repository_root / "build" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    window.grab().save(str(folder / f"plan-second-{theme}-{percent}-{size[0]}x{size[1]}.png"))
    found = findings(window)
    press(qtbot, window, names.TOKEN_PIN_NOT)
    worker.join(5)
    assert "\n".join(found) == ""


# -- the PIN of a token


class Asking(Thread):
    """Whoever signs, in a thread of its own."""

    def __init__(self, app: FakeApp, token: str) -> None:
        super().__init__(daemon=True)
        self._app, self._token = app, token
        self.pin, self.error = "", None

    def run(self) -> None:
        try:
            self.pin = self._app.ask_pin(self._token)
        except FieldtoolError as error:
            self.error = error.text


def test_the_pin_of_a_token_is_asked_for_in_the_window(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(fake)
    worker = Asking(fake, "field token 7")
    worker.start()
    qtbot.waitUntil(lambda: "PIN of the token field token 7" in words_on(window))
    field = control(window, names.TOKEN_PIN)
    assert isinstance(field, QLineEdit) and field.echoMode() is QLineEdit.EchoMode.Password
    qtbot.keyClicks(field, "648219")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    worker.join(5)
    assert (worker.pin, field.text()) == ("648219", "")
    assert there(window, names.TOKEN_PIN) is None


def test_whoever_types_no_pin_refuses(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(fake)
    for leave in ("button", "escape", "close"):
        worker = Asking(fake, "t")
        worker.start()
        qtbot.waitUntil(lambda: there(window, names.TOKEN_PIN) is not None)
        if leave == "button":
            press(qtbot, window, names.TOKEN_PIN_NOT)
        elif leave == "escape":
            qtbot.keyClick(control(window, names.TOKEN_PIN), Qt.Key.Key_Escape)
        else:
            window.shut_down()
        worker.join(5)
        assert worker.error is Text.TOKEN_PIN_NEEDED


def test_the_thread_of_the_window_never_waits_for_itself(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    open_window(fake)
    assert QApplication.instance() is not None
    with pytest.raises(FieldtoolError, check=lambda error: error.text is Text.TOKEN_PIN_NEEDED):
        fake.ask_pin("t")
