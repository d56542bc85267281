"""One charger, end to end: engine, journal, audit log, driver and wire, on a virtual charger."""

from pathlib import Path

import pytest

from fieldtool.core.texts import Text
from fieldtool.lab.faults import INSTALL_POINTS
from fieldtool.update.run import Outcome
from tests.walk.support import walk

GOOD = {Outcome.DONE, Outcome.ROLLED_BACK}


def test_a_good_update_ends_confirmed(tmp_path: Path) -> None:
    with walk(tmp_path) as here:
        ending = here.update()
        assert ending.outcome is Outcome.DONE, (ending.trouble, here.story())
        state = here.charger.state
        assert state.booted.image is not None and state.booted.image.version == "2.0.0"
        assert state.booted.confirmed
        assert here.here.log.verify().ok


@pytest.mark.parametrize("sick", ["fault", "check", "connector"])
def test_bad_health_after_the_update_is_rolled_back(tmp_path: Path, sick: str) -> None:
    with walk(tmp_path, bad_health=sick) as here:
        ending = here.update()
        assert ending.outcome is Outcome.ROLLED_BACK, (ending.trouble, here.story())
        assert ending.trouble is not None and ending.trouble.text is Text.VALIDATE_HEALTH
        assert ending.runs_now == ending.came_from


def test_an_image_that_does_not_boot_falls_back_by_itself_and_is_told(tmp_path: Path) -> None:
    with walk(tmp_path, no_boot=True) as here:
        ending = here.update()
        assert ending.outcome is Outcome.ROLLED_BACK, (ending.trouble, here.story())
        assert ending.trouble is not None and ending.trouble.text is Text.FELL_BACK


@pytest.mark.parametrize("point", INSTALL_POINTS)
def test_a_power_cut_of_the_charger_in_its_installation_still_ends_done(tmp_path: Path, point: str) -> None:
    with walk(tmp_path, cut_at_install=point) as here:
        ending = here.update()
        assert ending.outcome is Outcome.DONE, (ending.trouble, here.story())


def test_a_power_cut_in_the_transfer_is_resumed(tmp_path: Path) -> None:
    with walk(tmp_path, cut_at_byte=70_000) as here:
        ending = here.update()
        assert ending.outcome is Outcome.DONE, (ending.trouble, here.story())
        assert "transfer:lost" in here.story()
