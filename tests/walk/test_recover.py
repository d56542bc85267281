"""A dead charger of the virtual site is brought back on the command line, judged by its normal driver, and on record."""

import json
from pathlib import Path

import pytest

from fieldtool.app.app import App
from fieldtool.cli.main import VERBS, main
from fieldtool.store.database import Store
from fieldtool.settings import Settings
from tests.walk.dead_charger import PROFILE_ID, DeadCharger, dead_charger
from tests.walk.training import AWAY, GOOD, Training


@pytest.fixture
def dead(training: Training, monkeypatch: pytest.MonkeyPatch) -> DeadCharger:
    made = dead_charger(training)
    monkeypatch.setattr("fieldtool.app.app.Recoverers", lambda: {"fake-boot": made})
    monkeypatch.setitem(VERBS, "recover", ("fieldtool.cli.recover", "bring back a charger"))
    store = Store.open(training.folder)
    Settings(store).set("validate.soak_seconds", "0")
    store.close()
    assert call(training, "site", "import", str(training.site.site_file)) == 0
    return made


def call(training: Training, *words: str) -> int:
    return main([*words, "--data", str(training.folder)])


def recover(training: Training, *words: str, serial: str = AWAY) -> int:
    return call(
        training, "recover", "--port", "/dev/ttyUSB0", "--serial", serial, "--profile", PROFILE_ID, "--json", *words
    )


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]


def test_a_dead_charger_is_brought_back_by_one_command(
    training: Training, dead: DeadCharger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recover(training) == 0
    told = lines(capsys)
    assert any(line.get("asked") == "STEP_SWITCH_OFF_ON" for line in told), "one instruction, in words"
    ending = told[-1]
    assert (ending["outcome"], ending["to"]) == ("recovered", "1.5.0"), ending
    assert dead.power_cycles == 1, "looking at it first costs no second power cycle"
    runs = training.site.charger(AWAY).device.state.runs
    assert runs is not None and runs.version == "1.5.0"


