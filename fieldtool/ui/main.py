"""Opens the window. Decides whether there is a display before Qt exists: without one, Qt aborts the process."""

import os
import sys
from collections.abc import Mapping, Sequence

from fieldtool.app.api import FieldApp
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text

_NEED_NO_DISPLAY = frozenset({"offscreen", "minimal", "vnc", "linuxfb", "eglfs"})


def has_display(platform: str, environment: Mapping[str, str]) -> bool:
    """Whether a window could be shown, by `sys.platform` and the environment."""
    wanted = environment.get("QT_QPA_PLATFORM", "").split(":")[0]
    if wanted in _NEED_NO_DISPLAY:
        return True
    if platform in ("win32", "darwin"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def run_window(app: FieldApp, argv: Sequence[str]) -> int:
    """Show the window until it is closed; closes the app too. UsageError(NO_DISPLAY)."""
    if not has_display(sys.platform, os.environ):
        raise UsageError(Text.NO_DISPLAY)
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication

    from fieldtool.ui import names
    from fieldtool.ui.language import LANGUAGE, SPOKEN, SYSTEM, speak
    from fieldtool.ui.theme.look import obey, prepare
    from fieldtool.ui.window import build_window

    application = QApplication([sys.argv[0], *argv])
    prepare(application)
    settings = {view.name: view.value for view in app.settings()}
    obey(settings)  # before the first paint: no flash of another theme
    speak(settings.get(LANGUAGE, SYSTEM))
    window = build_window(app)

    def leave() -> None:
        window.shut_down()
        app.close()

    def say_it_anew() -> None:
        """Another language: another window at the same place. Runs are the app's, and go on."""
        nonlocal window
        old, window = window, build_window(app)
        window.restoreGeometry(old.saveGeometry())
        window.show_screen(names.SCREEN_SETTINGS)
        window.show()
        old.shut_down()
        old.hide()
        old.deleteLater()

    SPOKEN.changed.connect(say_it_anew, Qt.ConnectionType.QueuedConnection)  # not while the old one still acts
    application.aboutToQuit.connect(leave)
    app.start_discovery()
    available = application.primaryScreen().availableGeometry()
    if available.width() < window.width() or available.height() < window.height():
        window.resize(window.size().boundedTo(available.size()))  # a small laptop; without a window manager too
        window.showMaximized()
    else:
        window.show()
    return application.exec()
