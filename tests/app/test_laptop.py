"""What this computer says of itself reaches the pre-checks and the self-test."""

from pathlib import Path
from typing import cast

import psutil
import pytest

from fieldtool.app import doctor, laptop
from fieldtool.app.app import App
from fieldtool.update.preflight import Level


@pytest.mark.parametrize("answer", [True, False, None])
def test_the_pre_checks_learn_whether_the_laptop_can_be_kept_awake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bool | None
) -> None:
    monkeypatch.setattr(laptop, "can_stay_awake", lambda: answer)
    told = laptop.laptop(tmp_path)
    assert told.stays_awake is answer
    assert told.free_disk > 0


@pytest.mark.parametrize(("answer", "level"), [(True, Level.OK), (False, Level.WARN), (None, Level.INFO)])
def test_the_self_test_says_what_is_to_be_done_where_sleep_cannot_be_held_off(
    monkeypatch: pytest.MonkeyPatch, answer: bool | None, level: Level
) -> None:
    monkeypatch.setattr(doctor, "can_stay_awake", lambda: answer)
    line = doctor._sleep(cast(App, None))
    assert line.level is level
    assert bool(line.fix) is (level is not Level.OK)


def test_a_system_that_tells_nothing_of_power_is_on_mains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing() -> None:
        raise FileNotFoundError("power_supply")

    monkeypatch.setattr(psutil, "sensors_battery", nothing, raising=False)
    here = laptop.laptop(tmp_path)
    assert here.battery is None and here.on_mains and here.free_disk > 0
