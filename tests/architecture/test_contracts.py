"""The import contracts and ruff's bans hold today, and break when a copy of the tree violates them."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

IMPORTS = "Qt stays in the window, the demo and the report"


def _project(repository_root: Path) -> dict[str, list[dict[str, str]]]:
    tool = tomllib.loads((repository_root / "pyproject.toml").read_text())["tool"]
    contracts: dict[str, list[dict[str, str]]] = tool["importlinter"]
    return contracts


@pytest.fixture
def copy(repository_root: Path, tmp_path: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__", "*.qss", "*.svg")
    shutil.copytree(repository_root / "fieldtool", tmp_path / "fieldtool", ignore=ignore)
    shutil.copy(repository_root / "pyproject.toml", tmp_path)
    return tmp_path


def _lint_imports(project: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run([program, "--no-cache", "--no-logo"], cwd=project, capture_output=True, text=True)


def test_the_import_contracts_hold(copy: Path) -> None:
    ended = _lint_imports(copy)
    assert ended.returncode == 0, ended.stdout
    assert "0 broken" in ended.stdout


PLANTED = [
    ("Each floor knows only the floors below", "core/clock.py", "import fieldtool.store.database"),
    ("Each floor knows only the floors below", "firmware/state.py", "import fieldtool.audit"),
    ("Each floor knows only the floors below", "store/locks.py", "import fieldtool.settings"),
    ("Each floor knows only the floors below", "update/run.py", "from fieldtool.app import api"),
    ("Each floor knows only the floors below", "discovery/__init__.py", "import fieldtool.sync.state"),
    ("A driver knows core and nothing else of ours", "drivers/__init__.py", "import fieldtool.update.run"),
    ("A driver knows core and nothing else of ours", "drivers/__init__.py", "import fieldtool.store.keystore"),
    ("The lab shares no codec with the drivers", "lab/__init__.py", "import fieldtool.drivers.codecs"),
    (IMPORTS, "update/run.py", "import PySide6.QtCore"),
    (IMPORTS, "app/views.py", "from PySide6.QtGui import QColor"),
    (IMPORTS, "drivers/__init__.py", "def late() -> None:\n    from PySide6 import QtCore"),
]


@pytest.mark.parametrize(("contract", "file", "line"), PLANTED)
def test_a_planted_import_breaks_its_contract(copy: Path, contract: str, file: str, line: str) -> None:
    with (copy / "fieldtool" / file).open("a") as module:
        module.write(f"\n{line}\n")
    ended = _lint_imports(copy)
    assert ended.returncode == 1
    assert f"{contract} BROKEN" in ended.stdout, ended.stdout


def test_a_module_on_no_floor_is_refused(copy: Path) -> None:
    (copy / "fieldtool" / "surprise.py").write_text('"""Where does this belong?"""\n')
    ended = _lint_imports(copy)
    assert ended.returncode == 1
    assert "surprise" in ended.stdout


def test_every_contract_has_a_planted_violation(repository_root: Path) -> None:
    names = {contract["name"] for contract in _project(repository_root)["contracts"]}
    assert names == {contract for contract, _, _ in PLANTED}


# ---- ruff ----------------------------------------------------------------------------------------------------------


def _ruff(project: Path, file: str, source: str) -> str:
    path = project / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'"""Planted."""\n\n{source}\n')
    program = Path(sys.executable).parent / "ruff"
    ended = subprocess.run(
        [program, "check", "--no-cache", "--output-format=concise", file], cwd=project, capture_output=True, text=True
    )
    return ended.stdout


BANNED = [
    ("import time\n\ntime.sleep(1)", "TID251"),
    ("from time import monotonic\n\nmonotonic()", "TID251"),
    ("import time\n\ntime.time()", "TID251"),
    ("import time\n\ntime.monotonic_ns()", "TID251"),
    ("import time\n\ntime.perf_counter()", "TID251"),
    ("from datetime import UTC, datetime\n\ndatetime.now(UTC)", "TID251"),
    ("from datetime import date\n\ndate.today()", "TID251"),
    ("from PySide6.QtWidgets import QLabel\n\nQLabel()", "TID251"),
    ("import PySide6.QtWidgets\n\nPySide6.QtWidgets.QLabel()", "TID251"),
    ("from . import sibling\n\nsibling.x()", "TID252"),
    ('print("to nobody")', "T201"),
    ("try:\n    x()\nexcept Exception:\n    pass", "BLE001"),
    ("x: int = 'a'  # type: ignore", "PGH003"),
]


@pytest.fixture
def project(repository_root: Path, tmp_path: Path) -> Path:
    shutil.copy(repository_root / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(("source", "rule"), BANNED)
def test_ruff_refuses_what_is_banned(project: Path, source: str, rule: str) -> None:
    assert rule in _ruff(project, "fieldtool/update/planted.py", source)


@pytest.mark.parametrize(
    "file", ["fieldtool/ui/planted.py", "fieldtool/ui/screens/planted.py", "fieldtool/demo/planted.py"]
)
def test_the_window_and_the_demo_may_use_widgets(project: Path, file: str) -> None:
    assert "TID251" not in _ruff(project, file, "from PySide6.QtWidgets import QLabel\n\nQLabel()")


def test_only_the_clock_may_read_time(project: Path) -> None:
    assert "TID251" not in _ruff(project, "fieldtool/core/clock.py", "import time\n\ntime.monotonic()")
    assert "TID251" in _ruff(project, "fieldtool/core/model.py", "import time\n\ntime.monotonic()")
