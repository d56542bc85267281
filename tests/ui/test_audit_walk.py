"""The Audit screen on the real services: real records, a real central, a stick out and back, an attack on the log."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from sqlalchemy import text

from fieldtool.app.app import App
from fieldtool.audit.record import Event
from fieldtool.central import usb
from fieldtool.central.identity import Identity, open_identity, open_store
from fieldtool.central.ledger import Ledger
from fieldtool.core.clock import SystemClock
from fieldtool.store.keystore import mark_throw_away
from fieldtool.ui import names
from fieldtool.ui.audit_model import Column
from fieldtool.ui.find import control
from tests.ui.hands import press, there
from tests.ui.real_windows import OpenReal, real_windows
from tests.ui.test_audit_screen import banners, click_row, numbers, pick, search, told
from tests.ui.test_walk import words_on

RUN = "run-1"


@pytest.fixture
def folder(data_folder: Path) -> Path:
    """A training folder with a log of some runs."""
    (data_folder / "trust").mkdir(parents=True)
    (data_folder / "trust" / "root.json").write_text("{}")
    mark_throw_away(data_folder)
    app = App(data_folder)
    app.audit_key()
    told_ = {"serial": "CP22-25-118831", "running": "5.1.0"}
    app.audit.record(Event("run-started", "CP22-25-118831", "main", told_, {"target": "5.1.3"}, run=RUN))
    app.audit.record(Event("run-phase", "CP22-25-118831", "main", seen={"phase": "install"}, run=RUN))
    app.audit.record(Event("update-refused", "HL180-19-000087", seen={"trouble": "WRONG_HARDWARE"}))
    app.close()
    return data_folder


@pytest.fixture
def walk(qtbot: QtBot) -> Iterator[OpenReal]:
    with real_windows(qtbot, names.SCREEN_AUDIT, discovery=True) as opening:
        yield opening


def _central(folder: Path, tmp_path: Path, app: App) -> tuple[usb.Stick, Identity]:
    store = open_store(folder / "central")
    identity = open_identity(store)
    ledger = Ledger(store, identity, SystemClock())
    (tmp_path / "key.pem").write_text(app.audit.public_key() or "")
    ledger.add_laptop(tmp_path / "key.pem", "a laptop")
    return usb.Stick(store, identity, SystemClock()), identity


def test_records_go_out_on_a_stick_and_the_receipt_comes_in_by_mouse_alone(
    folder: Path, walk: OpenReal, qtbot: QtBot, tmp_path: Path
) -> None:
    app, window = walk(folder)
    qtbot.waitUntil(lambda: "Chain whole: 5 records" in banners(window))
    assert "5 pending, 0 receipted" in banners(window)
    stick, answer = tmp_path / "log.ndjson", tmp_path / "answer.json"
    pick(qtbot, window, names.AUDIT_EXPORT, stick)
    qtbot.waitUntil(lambda: "5 records are in log.ndjson" in words_on(window))
    there_, identity = _central(folder, tmp_path, app)
    done = there_.ingest(io.BytesIO(stick.read_bytes()))
    assert done.problem is None
    answer.write_bytes(done.carried(identity).line())
    pick(qtbot, window, names.AUDIT_RECEIVE, answer)  # nobody has confirmed central's key yet
    qtbot.waitUntil(lambda: "which nobody has confirmed" in words_on(window))
    assert "5 pending" in banners(window)
    app.set_setting("central.key", identity.fingerprint)
    pick(qtbot, window, names.AUDIT_RECEIVE, answer)
    qtbot.waitUntil(lambda: "All 5 receipted" in banners(window))
    assert told(window, 5, Column.CENTRAL) == "Receipted"
    assert there(window, names.AUDIT_EXPORT) is None


def test_a_run_is_followed_by_keyboard_and_its_records_hold(folder: Path, walk: OpenReal, qtbot: QtBot) -> None:
    _, window = walk(folder)
    qtbot.waitUntil(lambda: numbers(window) == [5, 4, 3, 2, 1])
    qtbot.keyClicks(search(window), "refused")
    qtbot.waitUntil(lambda: numbers(window) == [5])
    qtbot.waitUntil(lambda: "Hardware" in told(window, 5, Column.RESULT))
    qtbot.keyClick(search(window), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(search(window), "118831")
    qtbot.waitUntil(lambda: numbers(window) == [4, 3])
    click_row(qtbot, window, 3)
    qtbot.waitUntil(lambda: "Laptop key, valid" in words_on(window))
    assert "5.1.0" in words_on(window).split("Told by the charger")[1].split("Seen by this tool")[0]


def test_a_record_that_was_edited_is_named_by_check_again_and_stays_an_alarm(
    folder: Path, walk: OpenReal, qtbot: QtBot, expect_log: object
) -> None:
    assert callable(expect_log)
    expect_log("audit log")
    app, window = walk(folder)
    qtbot.waitUntil(lambda: "Chain whole: 5 records" in banners(window))
    with app.store.write() as unit:
        unit.execute(text("DROP TRIGGER audit_no_update"))
        unit.execute(
            text("UPDATE audit SET envelope = CAST(replace(CAST(envelope AS TEXT), 'A', 'B') AS BLOB) WHERE seq = 3")
        )
    press(qtbot, window, names.AUDIT_CHECK)
    qtbot.waitUntil(lambda: "record 3" in banners(window))
    qtbot.waitUntil(lambda: there(window, names.AUDIT_ALARM) is not None)
    assert "record 3" in control(window, names.AUDIT_ALARM).toolTip()
