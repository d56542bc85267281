"""The Recovery screen on the real services: a dead charger of the virtual site is brought back by mouse alone."""

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from fieldtool.app.app import App
from fieldtool.ui import names
from fieldtool.ui.find import control
from fieldtool.ui.window import MainWindow
from tests.ui.hands import press, there
from tests.ui.real_windows import real_windows
from tests.ui.test_walk import words_on
from tests.walk.conftest import template, training  # noqa: F401  # fixtures
from tests.walk.dead_charger import PROFILE_ID, DeadCharger
from tests.walk.test_recover import dead  # noqa: F401  # a fixture
from tests.walk.training import AWAY, GOOD, Training, ready

SECONDS = 30_000  # milliseconds, for real work
Open = Callable[[], tuple[App, MainWindow]]


@pytest.fixture
def laptop(training: Training, dead: DeadCharger, qtbot: QtBot) -> Iterator[Open]:  # noqa: F811  # fixtures
    with real_windows(qtbot, names.SCREEN_RECOVERY, discovery=True) as made:
        yield lambda: made(training.folder)


def choose(qtbot: QtBot, window: MainWindow, serial: str) -> None:
    model = control(window, names.RECOVERY_MODEL)
    model.setCurrentIndex(model.findData(PROFILE_ID))  # type: ignore[attr-defined]  # a QComboBox
    qtbot.keyClicks(control(window, names.RECOVERY_ADDRESS), "/dev/ttyUSB0")
    qtbot.keyClicks(control(window, names.RECOVERY_SERIAL), serial)
    press(qtbot, window, names.RECOVERY_LISTEN)


def test_a_dead_charger_is_brought_back_in_the_window(
    laptop: Open, dead: DeadCharger, training: Training, qtbot: QtBot  # noqa: F811
) -> None:  # fmt: skip
    _app, window = laptop()
    choose(qtbot, window, AWAY)
    qtbot.waitUntil(lambda: there(window, names.RECOVERY_WRITE) is not None, timeout=SECONDS)
    assert "1.5.0" in words_on(window) and dead.chunks == 0, "nothing is written before somebody agrees"
    press(qtbot, window, names.RECOVERY_WRITE)
    qtbot.waitUntil(lambda: there(window, names.RECOVERY_OVER) is not None, timeout=SECONDS)
    told = words_on(window)
    assert "is recovered: it runs 1.5.0" in told and "Pass" in told, told
    runs = training.site.charger(AWAY).device.state.runs
    assert runs is not None and runs.version == "1.5.0"
    assert dead.power_cycles == 1


def test_another_charger_on_the_cable_is_told_and_nothing_is_written(
    laptop: Open, dead: DeadCharger, qtbot: QtBot  # noqa: F811
) -> None:  # fmt: skip
    _app, window = laptop()
    choose(qtbot, window, "T-777")
    qtbot.waitUntil(lambda: "says it is charger" in words_on(window), timeout=SECONDS)
    assert dead.chunks == 0 and there(window, names.RECOVERY_WRITE) is None


def test_a_charger_that_answers_is_not_interrupted(
    laptop: Open, dead: DeadCharger, qtbot: QtBot  # noqa: F811
) -> None:  # fmt: skip
    app, window = laptop()
    ready(app, GOOD)
    choose(qtbot, window, GOOD)
    qtbot.waitUntil(lambda: "it has nothing to be recovered from" in words_on(window), timeout=SECONDS)
    assert dead.power_cycles == 0
