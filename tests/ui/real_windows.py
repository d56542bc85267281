"""Windows on the real services of a data folder, for walks: opened by name, and always shut down."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pytestqt.qtbot import QtBot

from fieldtool.app.app import App
from fieldtool.ui.window import MainWindow, build_window
from tests.ui.hands import press

OpenReal = Callable[[Path], tuple[App, MainWindow]]


@contextmanager
def real_windows(qtbot: QtBot, screen: str, discovery: bool = False) -> Iterator[OpenReal]:
    """What is yielded opens the data folder on loopback and goes to `screen`."""
    opened: list[tuple[App, MainWindow]] = []

    def make(folder: Path) -> tuple[App, MainWindow]:
        app = App(folder)
        app.set_setting("network", "loopback")
        if discovery:
            app.start_discovery()
        window = build_window(app)
        opened.append((app, window))
        with qtbot.waitExposed(window):
            window.show()
        press(qtbot, window, screen)
        return app, window

    try:
        yield make
    finally:
        for app, window in opened:
            window.shut_down()
            window.hide()
            window.deleteLater()
            app.close()
