"""A dead charger of the virtual site is brought back by one command, judged by its normal driver, and on record."""

import json
from datetime import datetime, timedelta

import pytest

from fieldtool.app.app import App
from fieldtool.cli.main import main
from fieldtool.core.clock import SystemClock
from fieldtool.settings import Settings
from fieldtool.store.database import Store
from fieldtool.update.job import Limits
from tests.walk.dead_charger import PROFILE_ID, DeadCharger, dead_charger
from tests.walk.training import AWAY, GOOD, Training

Line = dict[str, object]


@pytest.fixture
def dead(training: Training, monkeypatch: pytest.MonkeyPatch) -> DeadCharger:
    made = dead_charger(training.folder, training.site.charger(AWAY))
    monkeypatch.setattr("fieldtool.app.app.Recoverers", lambda: {"fake-boot": made})
    monkeypatch.setattr("fieldtool.app.engines.Limits", lambda soak: Limits(patience=3.0, poll=0.05, soak=soak))
    store = Store.open(training.folder)
    Settings(store).set("validate.soak_seconds", "0")
    store.close()
    assert call(training, "site", "import", str(training.site.site_file)) == 0
    return made


def call(training: Training, *words: str) -> int:
    return main([*words, "--data", str(training.folder)])


def recover(training: Training, *words: str, serial: str = AWAY) -> int:
    named = ("--serial", serial) if serial else ()
    return call(training, "recover", "--port", "/dev/ttyUSB0", "--profile", PROFILE_ID, "--json", *named, *words)


def lines(capsys: pytest.CaptureFixture[str]) -> list[Line]:
    """What the command printed since the last time, a value each."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith('{"')]


def reason(line: Line) -> object:
    told = line["reason"] if "reason" in line else line["error"]
    return told["code"] if isinstance(told, dict) else told


def events(training: Training, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Of the audit log, which is whole, the oldest first."""
    assert call(training, "audit", "verify") == 0
    capsys.readouterr()
    assert call(training, "audit", "list", "--json") == 0
    records = json.loads(capsys.readouterr().out)["records"]
    return [one["event"]["event"] if isinstance(one["event"], dict) else one["event"] for one in reversed(records)]


def test_a_dead_charger_is_brought_back_by_one_command(
    training: Training, dead: DeadCharger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recover(training) == 0
    told = lines(capsys)
    assert any(line.get("asked") == "STEP_SWITCH_OFF_ON" for line in told), "an instruction, in words"
    assert (told[-1]["outcome"], told[-1]["to"]) == ("recovered", "1.5.0"), told[-1]
    assert dead.power_cycles == 1, "to look at it first costs no second power cycle"
    runs = training.site.charger(AWAY).device.state.runs
    assert runs is not None and runs.version == "1.5.0"
    said = events(training, capsys)
    assert said.index("recovery-looked") < said.index("run-started") < said.index("run-ended")
    assert "recovery-stale" not in said, "the catalogue is fresh"


def test_a_cable_that_is_pulled_costs_no_byte_twice(training: Training, dead: DeadCharger) -> None:
    dead.breaks_at = 2
    assert recover(training) == 0
    assert dead.chunks == 5 and dead.power_cycles == 2


def test_what_was_left_open_is_finished_by_resume(
    training: Training, dead: DeadCharger, capsys: pytest.CaptureFixture[str]
) -> None:
    dead.unplugged_at = 2
    assert recover(training) == 6
    assert lines(capsys)[-1]["outcome"] == "waiting"
    dead.unplugged_at = -1
    assert call(training, "resume", AWAY, "--json") == 0
    told = lines(capsys)
    assert json.dumps(told[0]).count("RESUME_RECOVERY") == 1, "it says what it will do"
    assert told[-1]["outcome"] == "recovered" and dead.chunks == 5


def test_a_charger_that_answers_is_not_even_interrupted(
    training: Training, dead: DeadCharger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recover(training, serial=GOOD) == 3
    assert reason(lines(capsys)[-1]) == "RECOVERY_IT_RUNS"
    assert dead.power_cycles == 0 and dead.chunks == 0


def test_another_charger_on_the_line_is_refused_before_anything_is_written(
    training: Training, dead: DeadCharger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recover(training, serial="T-777") == 3
    assert reason(lines(capsys)[-1]) == "RECOVERY_OTHER_CHARGER" and dead.chunks == 0


def test_without_a_label_the_bootloader_may_tell_who_it_is(training: Training, dead: DeadCharger) -> None:
    assert recover(training, serial="") == 0


def test_a_bootloader_that_tells_nothing_needs_the_label(
    training: Training, dead: DeadCharger, capsys: pytest.CaptureFixture[str]
) -> None:
    dead.told = type(dead.told)("", "", "", "", {})
    assert recover(training, serial="") == 2
    assert reason(lines(capsys)[-1]) == "RECOVERY_SERIAL_NEEDED" and dead.chunks == 0


def test_hardware_without_an_image_is_refused_and_the_reason_is_told(
    training: Training, dead: DeadCharger, capsys: pytest.CaptureFixture[str]
) -> None:
    dead.told = type(dead.told)("Lab", "CityPost 22", "Z9", AWAY, {})
    assert recover(training) in (3, 8)
    assert reason(lines(capsys)[-1]) == "RECOVERY_NO_IMAGE" and dead.chunks == 0
    assert "recovery-refused" in events(training, capsys)


def test_the_window_too_leaves_a_record_of_a_recovery_that_was_refused(
    training: Training, dead: DeadCharger, capsys: pytest.CaptureFixture[str]
) -> None:
    dead.told = type(dead.told)("Lab", "CityPost 22", "Z9", AWAY, {})
    app = App(training.folder)
    try:
        for _ in app.recovery_look("/dev/ttyUSB0", PROFILE_ID, AWAY):
            pass
    finally:
        app.close()
    assert events(training, capsys).count("recovery-refused") == 1


def test_a_plan_writes_nothing_and_says_what_would_be_written(
    training: Training, dead: DeadCharger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recover(training, "--plan") == 0
    (plan,) = [line for line in lines(capsys) if "starts" in line]
    assert plan["starts"] is True and "1.5.0" in json.dumps(plan["release"]) and dead.chunks == 0


def test_a_file_that_the_catalogue_does_not_name_is_refused(
    training: Training, dead: DeadCharger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recover(training, "--release", "lab/mine.raucb") == 8
    assert reason(lines(capsys)[-1]) == "RECOVERY_NO_SUCH_IMAGE" and dead.chunks == 0


class Later(SystemClock):
    """Half a year later: every part of the catalogue but its root has expired."""

    def now(self) -> datetime:
        return super().now() + timedelta(days=200)


def test_half_a_year_without_a_sync_does_not_leave_a_charger_dead_and_is_on_record(
    training: Training, dead: DeadCharger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldtool.app.app.SystemClock", Later)
    dead.charger.device.set_fault("clock_offset", 200 * 86_400.0)
    assert recover(training) == 0
    told = lines(capsys)
    assert "RECOVERY_STALE" in json.dumps(told), "the technician is told that an update would be refused"
    assert told[-1]["outcome"] == "recovered"
    said = events(training, capsys)
    assert said.index("recovery-stale") < said.index("run-started")


def test_other_firmware_than_was_written_is_not_called_recovered(
    training: Training, dead: DeadCharger, capsys: pytest.CaptureFixture[str]
) -> None:
    dead.starts_as = "1.4.9"
    assert recover(training) == 5
    assert (lines(capsys)[-1]["outcome"]) == "stuck"
