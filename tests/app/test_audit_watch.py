"""The program looks at its audit log by itself: an alarm is shown, recorded once, and stops what is new."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Flag

import pytest
from sqlalchemy import text

from fieldtool.app.app import App
from fieldtool.app.audit_watch import AuditWatch
from fieldtool.audit.anchor import FILE
from fieldtool.audit.record import Event
from fieldtool.audit.watch import Standing
from fieldtool.core.errors import AuditError, UsageError
from fieldtool.core.texts import Text
from fieldtool.store.database import LAPTOP
from fieldtool.store.keystore import mark_throw_away
from fieldtool.update.planned import SitePlan
from fieldtool.update.preflight import Laptop as State
from fieldtool.update.preflight import Level
from tests.audit.support import Laptop, MemoryKeystore, Ticking, laptop

SEEN = Event("seen", charger="00731")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Laptop]:
    made = laptop(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def alarmed(expect_log: Callable[[str], None]) -> None:
    expect_log("audit log:")


def _watch(here: Laptop) -> AuditWatch:
    return AuditWatch(here.store, here.log, Ticking())


def _cut(here: Laptop) -> None:
    for _ in range(5):
        here.log.record(SEEN)
    with here.store.write() as unit:
        unit.execute(text("DROP TRIGGER audit_no_delete"))
        unit.execute(text("DELETE FROM audit WHERE seq > 3"))


def test_a_whole_log_lets_runs_begin(here: Laptop) -> None:
    here.log.record(SEEN)
    watch = _watch(here)
    watch.round(Flag())
    watch.gate()
    assert watch.standing() == Standing(2, whole=True)
    assert watch.trouble() is None


def test_a_data_folder_in_which_nothing_was_done_lets_the_first_run_begin(here: Laptop) -> None:
    watch = _watch(here)
    watch.round(Flag())
    watch.gate()
    assert watch.trouble() is None


@pytest.mark.usefixtures("alarmed")
def test_an_alarm_stops_new_runs_and_stays_until_the_next_start(here: Laptop) -> None:
    _cut(here)
    watch = _watch(here)
    watch.round(Flag())
    for _ in range(2):
        with pytest.raises(AuditError) as refused:
            watch.gate()
        assert refused.value.text is Text.AUDIT_CUT
    assert watch.trouble() == refused.value.trouble()


@pytest.mark.usefixtures("alarmed")
def test_a_run_does_not_begin_on_a_log_that_was_edited_since_the_last_look(here: Laptop) -> None:
    for _ in range(5):
        here.log.record(SEEN)
    with here.store.write() as unit:
        unit.execute(text("DROP TRIGGER audit_no_delete"))
        unit.execute(text("DELETE FROM audit WHERE seq = 3"))
    with pytest.raises(AuditError) as refused:
        _watch(here).gate()
    assert refused.value.text is Text.AUDIT_DELETED


@pytest.mark.usefixtures("alarmed")
def test_an_alarm_is_recorded_once_however_often_it_is_seen(here: Laptop) -> None:
    _cut(here)
    for _ in range(3):
        _watch(here).round(Flag())
    alarms = [dict(record.event.seen) for record in here.log.page() if record.event.event == "log-alarm"]
    assert [alarm["trouble"] for alarm in alarms].count("AUDIT_CUT") == 1
    assert len(alarms) == len({alarm["trouble"] for alarm in alarms}) <= 2  # cut; then its new end is a fork


@pytest.mark.usefixtures("alarmed")
def test_what_has_begun_may_be_brought_to_its_end_under_an_alarm(here: Laptop) -> None:
    _cut(here)
    watch = _watch(here)
    watch.round(Flag())
    assert here.log.record(Event("run-ended")) > 3


@pytest.mark.usefixtures("alarmed")
def test_a_lost_database_is_an_alarm_and_no_new_log_begins_in_its_place(tmp_path: Path, here: Laptop) -> None:
    here.log.record(SEEN)
    here.store.close()
    for name in (LAPTOP.file, f"{LAPTOP.file}-wal", f"{LAPTOP.file}-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    again = laptop(tmp_path, here.keystore)
    watch = _watch(again)
    watch.round(Flag())
    with pytest.raises(AuditError) as refused:
        watch.gate()
    assert refused.value.text is Text.AUDIT_GONE
    assert again.log.size() == 0
    again.store.close()


class _Locked(MemoryKeystore):
    def get(self, name: str) -> str | None:
        raise UsageError(Text.KEYSTORE_FAILED, detail="locked")


def test_what_cannot_be_checked_is_said_and_is_no_alarm(tmp_path: Path, here: Laptop) -> None:
    here.log.record(SEEN)
    locked = laptop(tmp_path, _Locked())
    watch = _watch(locked)
    watch.round(Flag())
    trouble = watch.trouble()
    locked.store.close()
    assert watch.standing().alarm is None
    assert trouble is not None
    assert trouble.text is Text.KEYSTORE_FAILED


def test_a_keystore_is_not_asked_where_nothing_was_ever_written(tmp_path: Path) -> None:
    locked = laptop(tmp_path, _Locked())
    watch = _watch(locked)
    watch.round(Flag())
    locked.store.close()
    assert watch.trouble() is None


def test_a_program_that_closes_does_not_wait_for_the_look_at_a_long_log(here: Laptop) -> None:
    here.log.record(SEEN)
    watch, stop = _watch(here), Flag()
    stop.set()
    watch.round(stop)
    assert watch.standing() == Standing()


def test_an_alarm_that_cannot_be_recorded_is_an_alarm_all_the_same(
    here: Laptop, tmp_path: Path, caplog: pytest.LogCaptureFixture, expect_log: Callable[[str], None]
) -> None:
    expect_log("audit log:")
    expect_log("could not be recorded")
    here.log.record(SEEN)
    (tmp_path / FILE).unlink()
    here.keystore.secrets.clear()
    again = laptop(tmp_path, here.keystore)
    watch = _watch(again)
    with caplog.at_level(logging.WARNING):
        watch.round(Flag())
    again.store.close()
    trouble = watch.trouble()
    assert trouble is not None
    assert trouble.text is Text.AUDIT_ANCHOR_KEY_GONE


# ---- in the program itself -------------------------------------------------------------------------------------------


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """Of a training folder, in which something was done."""
    folder = tmp_path / "training"
    (folder / "trust").mkdir(parents=True)
    (folder / "trust" / "root.json").write_text("{}")
    mark_throw_away(folder)
    made = App(folder)
    made.set_setting("network", "loopback")
    for _ in range(5):
        made.audit.record(SEEN)
    yield made
    made.close()


PLAN = SitePlan(datetime(2026, 3, 1, tzinfo=UTC), ())


def test_the_program_begins_runs_on_a_whole_log(app: App) -> None:
    assert app.start(PLAN) == ()
    assert app.status().audit is None


@pytest.mark.usefixtures("alarmed")
def test_the_program_begins_no_run_on_a_log_that_was_cut_and_its_status_says_why(app: App) -> None:
    with app.store.write() as unit:
        unit.execute(text("DROP TRIGGER audit_no_delete"))
        unit.execute(text("DELETE FROM audit WHERE seq > 3"))
    with pytest.raises(AuditError) as refused:
        app.start(PLAN)
    assert refused.value.text is Text.AUDIT_CUT
    assert app.status().audit == refused.value.trouble()
    found = {line.name: line for line in app.doctor()}["Audit log"]
    assert (found.level, found.finding) == (Level.STOP, refused.value.what)


def test_doctor_warns_before_the_disk_has_no_room_for_records(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = []
    for megabytes in (100, 500, 5_000):
        state = State(None, True, megabytes * 1_000_000)
        monkeypatch.setattr("fieldtool.app.doctor.laptop", lambda _, state=state: state)
        levels.append({line.name: line.level for line in app.doctor()}["Disk"])
    assert levels == [Level.STOP, Level.WARN, Level.OK]
