"""A real program killed (SIGKILL) at any point of any phase, on every kind of charger: alone, and together with the
charger's power."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldtool.store.keystore import keystore
from tests.faults.sweep_cases import COMBINATIONS, changing, folder, points_of, shared_folder
from tests.faults.sweep_check import check, finish
from tests.faults.sweep_points import Point
from tests.faults.sweep_scene import scene
from tests.faults.victim import Nursery, nursery, order_of, prepared

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills what it forks, which Windows cannot")

PARTS = 4
SHARE = 1 / 40  # of the cases that `make test` plays
KILLED = [combination for combination in COMBINATIONS if combination[1] in ("good", "sick")]


@pytest.fixture(scope="module")
def programs() -> Iterator[Nursery]:
    with nursery() as opened:
        yield opened


@pytest.mark.sweep(inside=True)
@pytest.mark.parametrize(
    ("part", "kind", "firmware"), [(part, *combination) for part in range(PARTS) for combination in KILLED]
)
def test_a_program_killed_at_any_point_is_resumed_to_an_end_that_the_charger_confirms(
    part: int,
    kind: str,
    firmware: str,
    programs: Nursery,
    tmp_path_factory: pytest.TempPathFactory,
    sweep_cases: Callable[..., Any],
) -> None:
    points = changing(points_of(kind, firmware, shared_folder(tmp_path_factory)))
    cases = [(point, number % 2 == 1) for number, point in enumerate(points[::2])]
    name = f"kill -9 of the program, {kind} charger, {firmware} firmware"
    chosen = sweep_cases(name, cases, share=SHARE, part=(part, PARTS))
    for point, power in chosen:
        with folder() as place:
            if not kill(programs, place, kind, firmware, point, power):
                chosen.uncount()


def kill(programs: Nursery, place: Path, kind: str, firmware: str, point: Point, power: bool) -> bool:
    """False when the program lived to the end of the run, because it did not come to the point."""
    laptop = prepared(place)
    with scene(place, kind, firmware, keys=keystore(laptop)) as it:
        it.desk.store.close()
        died = programs.kill_at(order_of(it, point))
        assert died in (0, -9), f"the program came to another end: {died}"
        it.struck, it.struck_at = ["both" if power else "laptop"], [point.where]
        if power:
            it.lose_power()
        it.desk = it.desk.reopened()
        ending = None
        try:
            ending = finish(it, it.resume)
            check(it, ending)
        except AssertionError as error:
            what = f"{kind}, {firmware} firmware, killed at {point}{', with its power' if power else ''}"
            raise AssertionError(f"{what}: {error}\n{ending}\n{' '.join(it.story())}") from error
    return died == -9
