"""The demo: its story comes true on the real window, and it notices when it does not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DISABLED = """
from fieldtool.ui.screens.chargers import ChargersScreen
shown = ChargersScreen._show_selection
def broken(self):
    shown(self)
    self._update.setEnabled(False)
ChargersScreen._show_selection = broken
"""


def demo(root: Path, folder: Path, before: str = "") -> subprocess.CompletedProcess[str]:
    words = ["demo", "--offscreen", "--folder", str(folder)]
    call = f"import sys; from fieldtool.cli.main import main; sys.exit(main({words!r}))"
    environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [sys.executable, "-c", before + call], capture_output=True, text=True, cwd=root, env=environment, timeout=170
    )


@pytest.mark.ui
@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_demo_comes_true_and_leaves_its_summary(repository_root: Path, tmp_path: Path) -> None:
    done = demo(repository_root, tmp_path / "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((tmp_path / "demo" / "summary.json").read_text())
    outcomes = {charger["serial"]: charger["outcome"] for charger in summary["chargers"]}
    assert sorted(outcomes.values()) == ["done", "done", "done", "done", "recovered", "refused", "rolled_back"]
    assert all(charger["reason"] for charger in summary["chargers"] if charger["outcome"] in ("refused", "rolled_back"))
    assert summary["directed"] and summary["not_ordered"]["failing_check"] == "ordered"
    assert "1.6.0" in summary["not_ordered"]["target"] and "work order" in summary["not_ordered"]["reason"]
    audit = summary["audit"]
    assert audit["verified"] and audit["records"] == audit["synced"] > 0 and audit["receipt"]
    assert len(summary["screens"]) >= 8 and all(Path(name).stat().st_size > 10_000 for name in summary["screens"])
    document, pdf = (Path(name) for name in summary["reports"])
    assert document.suffix == ".json" and pdf.suffix == ".pdf" and pdf.stat().st_size > 100_000
    assert document.parent == pdf.parent == tmp_path / "demo"


@pytest.mark.ui
@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_demo_fails_when_the_update_button_is_disabled(repository_root: Path, tmp_path: Path) -> None:
    done = demo(repository_root, tmp_path / "demo", DISABLED)
    assert done.returncode != 0
    assert "disabled" in done.stdout
