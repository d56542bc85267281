"""All cases of the sweep, from the points that a run without trouble passes."""

import json
import logging
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest

from fieldtool.lab.faults import INSTALL_POINTS
from tests.faults.sweep_check import check, finish
from tests.faults.sweep_points import Point
from tests.faults.sweep_scene import KINDS, OLD, SIZE, TIMING, TWO_PARTS, scene
from tests.lab_chargers import LabCharger, virtual_charger

_EVERYWHERE = ("power", "laptop", "both", "line")
_QUESTIONS = ("after observe", "after health", "after identify", "after configuration")
_REINSTALLS = ("self-installing", "in-place", "in-place-rescue")  # what to go back means there
_DOUBLES = 60  # per kind and firmware
_LATER = 25  # points, at most, between the two faults of a double
COMBINATIONS = (
    *((kind, "good") for kind in KINDS),
    *((kind, "sick") for kind in KINDS if kind != TWO_PARTS),
    *((kind, "forgetful") for kind in ("ab-trial", "in-place-rescue")),
    *((kind, "dead") for kind in ("ab-trial", "ab", "self-installing", "in-place-rescue", TWO_PARTS)),
)
"""Kinds of chargers with a firmware that works, and those that do not in ways which take a kind another way."""


@dataclass(frozen=True, slots=True)
class Case:
    kind: str
    firmware: str
    strike: str
    point: Point
    second: str = ""
    later: int = 0  # points between the two

    def __str__(self) -> str:
        then = f", then {self.second} {self.later} points later" if self.second else ""
        return f"{self.kind}, {self.firmware} firmware, {self.strike} at {self.point}{then}"


def all_cases(kind: str, firmware: str, points: tuple[Point, ...]) -> list[Case]:
    """What is before a call is after the call before it: nothing happens in between, and one of the two is struck.

    After a question to the charger nothing has changed, on it or on disk: only its power is cut there, between our look
    and our act.
    """
    told = [point for point in points if ": before " not in point.where]
    rows = [point for point in points if ": before row " in point.where]
    changed = changing(points)
    if kind == TWO_PARTS or firmware not in ("good", "sick"):
        changed = changed[::2]  # much of it is the same as there
    chosen = [("power", point) for point in told]
    chosen += [(strike, point) for strike in ("laptop", "both", "line") for point in changed]
    chosen += [("line for long", point) for point in told[::3]]
    chosen += [("moved", point) for point in told[1::4]]
    chosen += [("disk full", point) for point in rows]
    chosen += [("no room for settings", point) for point in points if point.where.endswith(": before saved settings")]
    chosen += list(_inside(kind, points))
    return [Case(kind, firmware, *one) for one in chosen] + _doubles(kind, firmware, points)


def changing(points: tuple[Point, ...]) -> list[Point]:
    """Those before which something has changed, on the charger or on disk."""
    return [point for point in points if ": before " not in point.where and not point.where.endswith(_QUESTIONS)]


def _inside(kind: str, points: tuple[Point, ...]) -> Iterator[tuple[str, Point]]:
    """The charger strikes itself when its own work gets to a place that nobody outside sees."""
    for point in points:
        if point.where.endswith(": after row transfer:entered"):
            yield from ((f"power cut in upload: {byte}", point) for byte in (1, SIZE // 2))
            yield f"flipped in upload: {SIZE // 2}", point
        installs = point.where.endswith(": after row install:entered")
        if installs or (kind in _REINSTALLS and point.where.endswith(": after row roll_back:entered")):
            yield from ((f"power cut in install: {place}", point) for place in INSTALL_POINTS)
            yield from ((f"killed in install: {place}", point) for place in INSTALL_POINTS)


def _doubles(kind: str, firmware: str, points: tuple[Point, ...]) -> list[Case]:
    rng = random.Random(f"{kind} {firmware}")
    return [
        Case(
            kind, firmware, rng.choice(_EVERYWHERE), rng.choice(points), rng.choice(_EVERYWHERE), rng.randint(1, _LATER)
        )
        for _ in range(_DOUBLES)
    ]


def play(case: Case, other: LabCharger) -> bool:
    """Play a case to its end and check that. False when the run did not come to where it was to be struck.

    `other`: answers where ours did before it was moved.
    """
    with folder() as place, scene(place, case.kind, case.firmware, other if case.strike == "moved" else None) as it:
        it.points.strike_at(case.point, it.strike(case.strike, case.second, case.later))
        ending = None
        try:
            ending = finish(it, it.play)
            check(it, ending)
        except AssertionError as error:
            raise AssertionError(f"{case}: {error}\n{ending}\n{' '.join(it.story())}") from error
        return it.was_struck(2 if case.second else 1)


# ---- places ---------------------------------------------------------------------------------------------------------


@contextmanager
def folder() -> Iterator[Path]:
    """In memory where there is such a disk: thousands of databases would wait for a real one most of the time."""
    memory = Path("/dev/shm")
    place = Path(tempfile.mkdtemp(prefix="fieldtool-sweep-", dir=memory if memory.is_dir() else None))
    try:
        yield place
    finally:
        shutil.rmtree(place)


@contextmanager
def neighbour() -> Iterator[LabCharger]:
    """Another charger of the same make and with the same host key, as a whole product line may have."""
    with folder() as place, virtual_charger(place, serial="LAB-0002", version=OLD, timing=TIMING) as charger:
        yield charger


# ---- points, counted once per run of the tests ----------------------------------------------------------------------


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """One that all workers of this run of the tests have in common."""
    own = factory.getbasetemp()
    return own.parent if own.name.startswith("popen-") else own


def points_of(kind: str, firmware: str, shared: Path) -> tuple[Point, ...]:
    """Those that a run without trouble passes, by a run of it. All workers of one run of the tests share the answer."""
    path, claim = shared / f"points-{kind}-{firmware}.json", shared / f"points-{kind}-{firmware}.claimed"
    try:
        claim.mkdir()
    except FileExistsError:
        _await(path)
    else:
        part = path.with_suffix(".part")
        part.write_text(json.dumps([(point.where, point.nth) for point in _counted(kind, firmware)]))
        part.replace(path)
    return tuple(Point(*one) for one in json.loads(path.read_text()))


def _await(path: Path) -> None:
    pause, deadline = Event(), time.monotonic() + 60.0
    while not path.exists():
        assert time.monotonic() < deadline, f"the worker that counts {path.stem} has not come to an end"
        pause.wait(0.05)


def _counted(kind: str, firmware: str) -> tuple[Point, ...]:
    with folder() as place, scene(place, kind, firmware) as it:
        ending = finish(it, it.play)
        check(it, ending)
        return it.points.passed


def main(words: list[str]) -> None:
    """`python -m tests.faults.sweep_cases KIND FIRMWARE STRIKE POINT NTH [SECOND LATER]`: play one case."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    kind, firmware, strike, where, nth, *then = words
    second, later = (then[0], int(then[1])) if then else ("", 0)
    with neighbour() as other:
        struck = play(Case(kind, firmware, strike, Point(where, int(nth)), second, later), other)
    print("It ended well." if struck else "It ended well, but the run did not come to the point.")


if __name__ == "__main__":
    main(sys.argv[1:])
