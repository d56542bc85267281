"""What this computer says of itself."""

from pathlib import Path

import psutil
import pytest

from fieldtool.app.laptop import laptop


def test_a_system_that_tells_nothing_of_power_is_on_mains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: (_ for _ in ()).throw(FileNotFoundError("power_supply")))
    here = laptop(tmp_path)
    assert here.battery is None and here.on_mains and here.free_disk > 0
