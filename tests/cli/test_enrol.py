"""`fieldtool enrol`: a person types the fingerprint, the laptop shows its code, and a sync does the rest."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldtool.central.certificates import open_authority
from fieldtool.central.enrolment import Enrolments
from fieldtool.cli.main import main
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import ExitCode
from fieldtool.store.keystore import mark_throw_away
from tests.central.support import Central, central

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "trust").mkdir()
    (tmp_path / "trust" / "root.json").write_text("{}")
    mark_throw_away(tmp_path)
    return tmp_path


@pytest.fixture
def there(data: Path) -> Iterator[Central]:
    with central(data / "central") as running:
        yield running


@pytest.fixture
def call(data: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*words: str) -> tuple[int, str]:
        code = main(["--data", str(data), *words])
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


def test_a_technician_enrols_reads_the_code_out_and_syncs(call: Call, there: Central) -> None:
    asked = ("enrol", there.url, "--fingerprint", there.identity.fingerprint, "--name", "Bay laptop")
    code, told = call(*asked, "--json")
    state = json.loads(told)
    assert (code, state["state"], state["name"]) == (0, "waiting", "Bay laptop")
    assert state["code"] in call("enrol")[1]
    clock = SystemClock()
    enrolments = Enrolments(there.store, open_authority(there.store, there.identity, clock), clock)
    assert enrolments.approve(state["code"], "grace").name == "Bay laptop"
    assert "is let in until" in call("enrol")[1]
    assert call("sync")[0] == 0
    assert "central-accepted" in call("audit", "list")[1]


def test_another_fingerprint_than_central_s_changes_nothing(call: Call, there: Central) -> None:
    code, told = call("enrol", there.url, "--fingerprint", "SHA256:" + "A" * 43)
    assert code == ExitCode.CENTRAL.value
    assert "shows another key" in told
    assert call("settings", "get", "central.url")[1].strip() == ""


def test_without_a_fingerprint_the_one_that_is_shown_is_only_told(call: Call, there: Central) -> None:
    """Never trusted because it came first."""
    code, told = call("enrol", there.url)
    assert code == ExitCode.CENTRAL.value
    assert there.identity.fingerprint in told
    assert call("settings", "get", "central.key")[1].strip() == ""


def test_without_a_central_there_is_nobody_to_ask(call: Call) -> None:
    code, told = call("enrol")
    assert code == ExitCode.USAGE.value
    assert "No central system is set" in told
