"""Whoever breaks a rule of the engine is told so by the sweeps: wrong engines, each with one line changed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.mutants import MUTANTS

ROOT = Path(__file__).parents[2]


def test_there_are_at_least_ten() -> None:
    assert len(MUTANTS) >= 10


@pytest.mark.sweep("wrong engines")
@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_engine_does_not_get_through(name: str) -> None:
    command = [sys.executable, "-m", "tests.faults.mutants", name]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert done.returncode != 2, f"mend the mutant: {done.stdout}"
    assert done.returncode == 1, f"nobody noticed: {name}"
