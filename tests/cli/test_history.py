"""`fieldtool history` tells from the database alone what earlier runs did."""

import json
import sqlite3
from pathlib import Path

import pytest

from fieldtool.cli.history import seconds_words
from fieldtool.cli.main import main
from fieldtool.store.database import LAPTOP

GOLDEN = Path(__file__).parents[1] / "golden" / "database-0002.sql"


@pytest.fixture
def used(tmp_path: Path) -> Path:
    """The data folder of a laptop that ran the first release."""
    connection = sqlite3.connect(tmp_path / LAPTOP.file)
    connection.executescript(GOLDEN.read_text())
    connection.close()
    return tmp_path


def call(*words: object) -> int:
    return main([str(word) for word in words])


def test_what_worked_and_what_did_not_is_told_in_words(used: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("history", "--data", used) == 0
    told = capsys.readouterr().out
    statistics, _, runs = told.partition("\n\n")
    (line,) = [line for line in statistics.splitlines() if "CityPost 22" in line]
    assert line.split()[:7] == ["Lab", "CityPost", "22", "main", "2.0", "3", "2"]
    assert "2 min 40 s" in line, "the run in which the laptop went down says nothing about time"
    assert "1 x WRONG_MODEL" in line
    newest, *_, oldest = runs.splitlines()
    assert "Bay 01  S1  CityPost 22  1.0 → 2.0: updated" in newest
    assert oldest.endswith("updated (2 min 40 s, 1 retry)")
    assert "RFID_SILENT" in runs


def test_programs_get_the_same_as_json(used: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("history", "--model", "CityPost 22", "--limit", 1, "--json", "--data", used) == 0
    told = json.loads(capsys.readouterr().out)
    (statistics,) = told["statistics"]
    assert (statistics["runs"], statistics["successes"], statistics["median"]) == (3, 2, 160.5)
    assert statistics["reasons"] == [["WRONG_MODEL", 1]]
    (run,) = told["runs"]
    assert (run["summary"]["run"], run["summary"]["outcome"], run["trouble"]) == ("run-e", "done", None)
    assert (run["serial"], run["name"]) == ("S1", "Bay 01")


def test_one_charger_is_told_alone(used: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("history", "--serial", "s1", "--data", used) == 0
    assert "RFID_SILENT" in capsys.readouterr().out
    assert call("history", "--serial", "S2", "--data", used) == 0
    assert capsys.readouterr().out == "No run has ended yet.\n"


def test_a_new_laptop_has_no_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("history", "--data", tmp_path / "new") == 0
    assert capsys.readouterr().out == "No run has ended yet.\n"


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "-"), (0.4, "0 s"), (59.4, "59 s"), (200.0, "3 min 20 s"), (7_380.0, "2 h 3 min")]
)
def test_a_time_is_told_as_a_person_says_it(seconds: float | None, words: str) -> None:
    assert seconds_words(seconds) == words
