"""Opening the window: a display is looked for before Qt could abort; settings and shut-down."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fieldtool.ui.main import has_display

_ENTRY = """
import sys
from fieldtool.core.errors import UsageError
from fieldtool.ui.main import run_window
from tests.ui.fake_app import FakeApp
app = FakeApp(rows=[])
app.views["theme"] = type(app.views["theme"])("theme", "dark", (), "Theme")
{before}
try:
    code = run_window(app, [])
except UsageError as error:
    print(error.what, error.remedy)
    raise SystemExit(2)
from fieldtool.ui.theme.look import LOOK
print(LOOK.theme.name, [call for call, _ in app.calls])
raise SystemExit(code)
"""


@pytest.mark.parametrize(
    ("platform", "environment", "there"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"QT_QPA_PLATFORM": "offscreen"}, True),
        ("linux", {"QT_QPA_PLATFORM": "xcb"}, False),
        ("win32", {}, True),
        ("darwin", {}, True),
    ],
)
def test_a_display_is_told_from_the_environment(platform: str, environment: dict[str, str], there: bool) -> None:
    assert has_display(platform, environment) is there


def start(root: Path, before: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    displays = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    clean = {key: value for key, value in os.environ.items() if key not in displays}
    return subprocess.run(
        [sys.executable, "-c", _ENTRY.format(before=before)],
        cwd=root,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_without_a_display_there_is_a_sentence_and_no_abort(repository_root: Path) -> None:
    ended = start(repository_root)
    assert ended.returncode == 2, ended.stderr
    assert "There is no display to open the window on." in ended.stdout
    assert "Traceback" not in ended.stderr


def test_the_window_obeys_settings_starts_discovery_and_closes_the_app(repository_root: Path) -> None:
    before = "from PySide6.QtCore import QTimer, QCoreApplication; from PySide6.QtWidgets import QApplication\n"
    before += "real = QApplication.exec\n"
    before += "QApplication.exec = lambda *a: (QTimer.singleShot(50, QCoreApplication.quit), real())[1]"
    ended = start(repository_root, before, QT_QPA_PLATFORM="offscreen")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("dark ['start_discovery'")
    assert ended.stdout.strip().endswith("'close']")


def test_importing_the_entry_point_loads_no_qt(repository_root: Path) -> None:
    code = "import sys, fieldtool.ui.main; raise SystemExit(any(name.startswith('PySide6') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=repository_root, timeout=60).returncode == 0
