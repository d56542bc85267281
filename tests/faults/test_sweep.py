"""Every kind of charger, over the wire and the file database, a fault at every point: the end is known, and all agree.

Whatever is struck, and where: the charger runs the new firmware or the old one, whole, confirmed and in service, with
its settings; the run says which; and where the charger stayed up, the update was done.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.faults.sweep_cases import COMBINATIONS, all_cases, neighbour, play, points_of, shared_folder
from tests.lab_chargers import LabCharger

PARTS = 20  # in which the cases of a kind are shared among the workers
SHARE = 1 / 160  # of the cases that `make test` plays


@pytest.fixture(scope="module")
def other() -> Iterator[LabCharger]:
    """The charger that answers where ours did before it was moved."""
    with neighbour() as charger:
        yield charger


@pytest.mark.sweep(inside=True)
@pytest.mark.parametrize(
    ("part", "kind", "firmware"),
    [(part, *combination) for part in range(PARTS) for combination in COMBINATIONS],
)
def test_a_fault_at_any_point_ends_in_a_state_that_the_charger_confirms(
    part: int,
    kind: str,
    firmware: str,
    other: LabCharger,
    tmp_path_factory: pytest.TempPathFactory,
    sweep_cases: Callable[..., Any],
) -> None:
    cases = all_cases(kind, firmware, points_of(kind, firmware, shared_folder(tmp_path_factory)))
    chosen = sweep_cases(f"{kind} charger, {firmware} firmware", cases, share=SHARE, part=(part, PARTS))
    for case in chosen:
        if not play(case, other):
            chosen.uncount()
