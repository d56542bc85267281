"""B12: `fieldtool --help` beside a script with the same argparse tree."""

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from fieldtool.cli.main import VERBS

ROUNDS = 15
GOAL = 1.3

_BARE = """
import argparse, sys
from pathlib import Path
common = argparse.ArgumentParser(add_help=False)
common.add_argument("--data", type=Path, metavar="DIR", default=argparse.SUPPRESS, help="data folder")
common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
parser = argparse.ArgumentParser(prog="fieldtool", description="The same tree.", parents=[common])
parser.add_argument("--version", action="version", version="0")
verbs = parser.add_subparsers(dest="verb", metavar="VERB")
for name, summary in VERBS.items():
    verbs.add_parser(name, help=summary, description=summary, parents=[common])
parser.parse_args(["--help"])
"""


def _cpu(command: list[str | Path], environment: dict[str, str]) -> float:
    """CPU seconds of one run: wall time shakes on a shared machine."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.bench
def test_help_costs_little_more_than_its_argparse_tree(tmp_path: Path, repository_root: Path) -> None:
    bare = tmp_path / "bare.py"
    bare.write_text(f"VERBS = { {name: summary for name, (_, summary) in VERBS.items()}!r}\n{_BARE}")
    environment = {**os.environ, "PYTHONPATH": str(repository_root), "PYTHONDONTWRITEBYTECODE": ""}
    ours: list[str | Path] = [sys.executable, "-m", "fieldtool", "--help"]
    theirs: list[str | Path] = [sys.executable, bare]
    _cpu(ours, environment), _cpu(theirs, environment)  # byte code and disk cache are warm afterwards
    pairs = [(_cpu(ours, environment), _cpu(theirs, environment)) for _ in range(ROUNDS)]
    mine, bares = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"\nB12 --help: {mine * 1000:.0f} ms CPU, bare argparse {bares * 1000:.0f} ms: {mine / bares:.2f} (≤ {GOAL})")
    assert mine / bares <= GOAL
