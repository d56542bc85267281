"""Whoever works on the command line is told that the audit log is not what it was, whatever was asked for."""

import json
import sqlite3
from pathlib import Path

import pytest

from fieldtool.store.keystore import mark_throw_away
from tests.cli.test_environment import ONLY_LOOPBACK, call


@pytest.fixture
def cut(data_folder: Path) -> Path:
    """A training folder with a log whose end somebody deleted."""
    (data_folder / "trust").mkdir(parents=True)
    (data_folder / "trust" / "root.json").write_text("{}")
    mark_throw_away(data_folder)
    call(data_folder, *ONLY_LOOPBACK)
    assert call(data_folder, "audit", "key").returncode == 0
    with sqlite3.connect(data_folder / "fieldtool.sqlite3") as database:
        database.execute("DROP TRIGGER audit_no_delete")
        database.execute("DELETE FROM audit WHERE seq > 1")
    database.close()
    return data_folder


def test_an_alarm_is_told_by_verify_list_chargers_and_doctor(cut: Path) -> None:
    verified = call(cut, "audit", "verify", "--json")
    assert verified.returncode == 8
    assert json.loads(verified.stdout)["problem"]["code"] == "AUDIT_CUT"
    listed = call(cut, "audit", "list")
    assert listed.returncode == 0
    assert "AUDIT LOG: The audit log ends at record 1" in listed.stderr
    assert "log-alarm" in call(cut, "audit", "list").stdout  # recorded by the one before
    examined = call(cut, "doctor", "--json")
    lines = {line["name"]: line for line in json.loads(examined.stdout)["findings"]}
    assert lines["Audit log"]["level"] == "stop"
    assert "AUDIT LOG:" in call(cut, "chargers", "--seconds", "1").stderr
