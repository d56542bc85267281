"""The Audit screen's rarer states in every theme and size: nothing clipped, elided, overlapping, small or nameless."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fieldtool.app.audits import ExportedLog, ReceivedNote
from fieldtool.app.views import Level
from fieldtool.audit.record import Event
from fieldtool.audit.watch import Standing
from fieldtool.core.errors import AuditError, SyncError
from fieldtool.core.texts import Text
from fieldtool.ui import names, paint
from fieldtool.ui.screens.audit import AuditScreen
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.window import MainWindow
from tests.ui.audit_scenes import FakeLog
from tests.ui.fake_app import FakeApp
from tests.ui.findings import findings

SIZES = ((1440, 900), (1366, 768), (1093, 600))
OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def elided() -> Iterator[list[str]]:
    found: list[str] = []
    paint.on_elided(lambda words, has, needs: found.append(f"painted {words!r} needs {needs:.0f}, has {has:.0f}"))
    yield found
    paint.on_elided(None)


@pytest.fixture
def pictures(repository_root: Path) -> Path:
    folder = repository_root / "build" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _screen(window: MainWindow) -> AuditScreen:
    found = window.open_screen(names.SCREEN_AUDIT)
    assert isinstance(found, AuditScreen)
    return found


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("theme", "percent"), [("light", 100), ("dark", 100), ("sunlight", 100), ("light", 130)])
def test_record_alarm_results_and_empty_states_fit(
    theme: str,
    percent: int,
    size: tuple[int, int],
    fake: FakeApp,
    open_window: OpenWindow,
    qtbot: QtBot,
    elided: list[str],
    pictures: Path,
) -> None:
    LOOK.set(theme, percent, False)
    tells = {"serial": "CP22", "x" * 60: "y" * 300, "hash": "ab" * 32, "flag": True, "none": None}
    fake.log.add(
        Event("run-started", "CP22-23-090412", "main", tells, {"words": "One two three. " * 20}, run="r-" * 16)
    )
    window = open_window(fake, *size)
    window.show_screen(names.SCREEN_AUDIT)
    screen, found = _screen(window), []
    qtbot.waitUntil(lambda: screen.table.records.row(1188) is not None)

    def look(what: str) -> None:
        for _ in range(3):
            window.feed.second_passed.emit()
            qtbot.wait(40)  # relayouts run dry; there is no signal for "nothing more comes"
        found.extend(f"{what}: {one}" for one in findings(window))
        window.grab().save(str(pictures / f"audit-{what}-{theme}-{percent}-{size[0]}x{size[1]}.png"))

    screen.table.opened.emit(1188)
    qtbot.waitUntil(lambda: screen.pane.isVisible())
    look("record")
    screen._side.close_sheet()
    screen._exported(ExportedLog(Path("log.ndjson"), 0, 1188, 3))
    look("exported")
    problem = SyncError(Text.CENTRAL_REFUSES, detail="record 900 was altered").trouble()
    screen._received(ReceivedNote(900, 12, 288, 0, problem))
    look("partly")
    screen._line.hide()
    screen.complain(SyncError(Text.CENTRAL_OTHER_ROOT, size=1187))
    look("refused")
    screen.trouble.clear()
    alarm = AuditError(Text.AUDIT_OLD_COPY, found=1180, expected=1188).trouble()
    fake.log.standing = Standing(alarm=alarm, whole=True)
    fake.line = replace(fake.line, audit=alarm, laptop=replace(fake.line.laptop, disk=Level.WARN))
    qtbot.waitUntil(lambda: window.feed.status.audit is not None)
    look("alarm")
    screen.search.setText("no such thing")
    qtbot.waitUntil(lambda: screen.table.records.rowCount() == 0)
    look("nothing-fits")
    fake.log = FakeLog()
    screen._ask()
    screen.search.clear()
    qtbot.waitUntil(lambda: screen._view is not None and screen._view.size == 0)
    look("empty")
    assert (window.width(), window.height()) == size
    assert "\n".join(found + sorted(set(elided))) == ""
