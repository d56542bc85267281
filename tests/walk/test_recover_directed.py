"""On a directed laptop two people bring a charger back, with a file that a work order names; one alone does not."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from fieldtool.core.rights import Action
from tests.walk.dead_charger import PROFILE_ID, DeadCharger, brick, dead_charger
from tests.walk.directed import SECOND, SERIAL, Scene, make, target

NEW, UNSAFE, UNORDERED = "1.5.0", "1.4.0", "1.6.0"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("recovery") / "laptop"
    return folder, make(folder)


@pytest.fixture
def scene(made: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene.open(made[0], tmp_path / "laptop", made[1], stack, capsys)


@pytest.fixture
def dead(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> DeadCharger:
    charger = scene.site.charger(SERIAL)
    brick(charger)
    found = dead_charger(scene.folder, charger)
    monkeypatch.setattr("fieldtool.app.app.Recoverers", lambda: {"fake-boot": found})
    return found


def recover(scene: Scene, *words: str) -> tuple[int, dict[str, Any]]:
    code, told = scene.call("recover", "--port", "/dev/ttyUSB0", "--serial", SERIAL, "--profile", PROFILE_ID, *words)
    return code, told[-1]


def code_of(told: dict[str, Any]) -> str:
    return str((told.get("reason") or told["error"])["code"])


def test_two_people_bring_it_back_and_both_are_on_record(
    scene: Scene, dead: DeadCharger, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.types(scene.pin, monkeypatch)
    code, told = recover(scene, "--approve-pin", SECOND)
    assert (code, told["outcome"], told["to"], scene.runs()) == (0, "recovered", NEW, NEW), told
    (begun,) = [one for one in scene.events() if one["event"] == "run-started"]
    assert begun["grant"] == "technician" and "second person 1" in begun["seen"]


def test_one_person_alone_does_not(scene: Scene, dead: DeadCharger) -> None:
    code, told = recover(scene)
    assert (code, code_of(told)) == (3, "APPROVAL_MISSING") and dead.chunks == 0
    assert next(one for one in scene.events() if one["event"] == "recovery-refused")["charger"] == SERIAL


def test_a_wrong_pin_writes_nothing(scene: Scene, dead: DeadCharger, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.types("0000 wrong", monkeypatch)
    code, told = recover(scene, "--approve-pin", SECOND)
    assert (code, code_of(told)) == (3, "APPROVAL_PIN_WRONG") and dead.chunks == 0


def test_a_file_that_no_order_names_is_refused_although_its_vendor_signed_it(scene: Scene, dead: DeadCharger) -> None:
    code, told = recover(scene, "--release", target(UNORDERED))
    assert (code, code_of(told)) == (3, "GRANT_NOT_ORDERED") and dead.chunks == 0


def test_the_epoch_that_the_order_tells_holds(scene: Scene, dead: DeadCharger) -> None:
    """1.4.0 is ordered, of an older epoch than the charger is known to demand."""
    code, told = recover(scene, "--release", target(UNSAFE))
    assert (code, code_of(told)) == (3, "EPOCH_TOO_LOW") and dead.chunks == 0


def test_a_second_person_far_away_is_asked_by_a_file(scene: Scene, dead: DeadCharger, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    code, _ = recover(scene, "--request", str(file))
    assert code == 3 and f'"{Action.RECOVER.value}"' in file.read_text() and dead.chunks == 0


def test_a_director_that_revoked_the_grant_allows_no_recovery(
    scene: Scene, dead: DeadCharger, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = scene.operator
    operator.revoke_grant("technician")
    scene.release_director(operator)
    scene.types(scene.pin, monkeypatch)
    code, told = recover(scene, "--approve-pin", SECOND)
    assert (code, code_of(told)) == (3, "GRANT_NONE") and dead.chunks == 0
