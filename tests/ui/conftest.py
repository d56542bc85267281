"""Fixtures of the window's tests: an application with our look, a window on the fake app, findings about its layout."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldtool.ui.theme.look import LOOK, prepare
from fieldtool.ui.window import MainWindow, build_window
from tests.ui.audit_scenes import story
from tests.ui.fake_app import FakeApp
from tests.ui.firmware_scenes import shelf


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/ui/" in item.path.as_posix():
            item.add_marker(pytest.mark.ui)


class PatientQtBot(QtBot):
    """Waits long before it gives up: a test of what the window does must not fail because the machine is busy.

    What a user feels as a deadline is asserted by the tests that name one.
    """

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = 30_000) -> None:
        super().waitUntil(callback, timeout=timeout)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientQtBot:
    return PatientQtBot(request)


@pytest.fixture(scope="session")
def _prepared(qapp: QApplication) -> QApplication:
    prepare(qapp)
    return qapp


@pytest.fixture(autouse=True)
def _plain_look(_prepared: QApplication) -> None:
    if (LOOK.choice, LOOK.percent, LOOK.glove) != ("light", 100, False):
        LOOK.set("light", 100, False)


@pytest.fixture
def fake() -> FakeApp:
    made = shelf(FakeApp())
    made.log = story()
    return made


@pytest.fixture
def open_window(qtbot: QtBot) -> Iterator[Callable[..., MainWindow]]:
    """`open_window(app, width, height)`: shown and laid out; shut down at the end, also when the test failed."""
    opened: list[MainWindow] = []

    def make(app: FakeApp, width: int = 1440, height: int = 900) -> MainWindow:
        window = build_window(app, app.clock)
        opened.append(window)
        window.resize(width, height)
        with qtbot.waitExposed(window):
            window.show()
        return window

    yield make
    for window in opened:
        window.shut_down()
        window.hide()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)  # or every later restyle costs more
