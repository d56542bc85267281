"""`audit export`, `central ingest` and `audit receive` by the real program; `audit list` with its filters."""

import json
from pathlib import Path

import pytest

from fieldtool.store.keystore import mark_throw_away
from tests.cli.test_environment import ONLY_LOOPBACK, call


@pytest.fixture
def training(data_folder: Path) -> Path:
    """A training folder whose log has a few records."""
    (data_folder / "trust").mkdir(parents=True)
    (data_folder / "trust" / "root.json").write_text("{}")
    mark_throw_away(data_folder)
    call(data_folder, *ONLY_LOOPBACK)
    assert call(data_folder, "audit", "key").returncode == 0
    return data_folder


def test_a_stick_goes_to_central_and_back(training: Path, tmp_path: Path) -> None:
    central, log, answer = training / "central", tmp_path / "log.ndjson", tmp_path / "answer.json"
    key = json.loads(call(training, "audit", "key", "--json").stdout)["public_key"]
    (tmp_path / "key.pem").write_text(key)
    added = call(training, "central", "laptop", "add", str(tmp_path / "key.pem"), "--data", str(central))
    assert added.returncode == 0
    exported = call(training, "audit", "export", str(log), "--json")
    assert json.loads(exported.stdout)["records"] == 2
    assert call(training, "audit", "export", str(log)).returncode == 2  # there already
    ingested = call(training, "central", "ingest", str(log), "--out", str(answer), "--data", str(central), "--json")
    assert json.loads(ingested.stdout) == {"confirmed": 2, "documents": 0, "file": str(answer)}
    assert call(training, "audit", "receipt").returncode == 2  # nothing is confirmed yet
    refused = call(training, "audit", "receive", str(answer))
    assert refused.returncode == 9
    fingerprint = next(word for word in refused.stderr.split() if word.startswith("SHA256:")).rstrip(",")
    call(training, "settings", "set", "central.key", fingerprint)
    received = call(training, "audit", "receive", str(answer), "--json")
    assert received.returncode == 0
    assert json.loads(received.stdout) == {"confirmed": 2, "anew": 2, "pending": 0, "documents": 0, "problem": None}
    note = call(training, "audit", "receipt")
    assert note.stdout == json.loads(answer.read_text())["note"]
    pending = call(training, "audit", "export", str(log), "--pending", "--force", "--json")
    assert json.loads(pending.stdout)["records"] == 0


def test_records_are_found_by_event_person_and_time(training: Path) -> None:
    def numbers(*filters: str) -> list[int]:
        listed = call(training, "audit", "list", "--json", *filters)
        return [record["seq"] for record in json.loads(listed.stdout)["records"]]

    assert numbers() == [2, 1]
    assert numbers("--event", "log-opened") == [1]
    assert numbers("--limit", "1") == [2]
    assert numbers("--since", "2020-01-01", "--until", "2020-02-01T08:00") == []
    unknown = call(training, "audit", "list", "--actor", "nobody here")
    assert unknown.returncode == 2
    assert "nobody here" in unknown.stderr
    assert call(training, "audit", "forget", "nobody here").returncode == 2
