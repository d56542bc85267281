"""`fieldtool report`: what it prints, where it writes, and its exit codes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldtool.cli.main import main
from fieldtool.core.errors import ExitCode
from tests.report.support import Scene
from tests.walk.conftest import template, training  # noqa: F401  # fixtures
from tests.walk.training import GOOD, OLD_BOARD, SICK, Training

GOLDEN = Path(__file__).parents[1] / "golden" / "evidence-v1"
ROOTS = dict(line.split() for line in (GOLDEN / "roots.txt").read_text().splitlines())


@pytest.fixture
def data(tmp_path: Path) -> Iterator[list[str]]:
    """Nobody's data folder."""
    yield ["--data", str(tmp_path / "nobody")]


# ---- verify ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["visit.json", "visit.pdf"])
@pytest.mark.parametrize("root", ROOTS.values())
def test_verify_needs_one_fingerprint_and_no_data(
    file: str, root: str, data: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "verify", str(GOLDEN / file), "--root", root, *data]) == 0
    told = capsys.readouterr().out
    assert "holds" in told and "rolled back, works; protocol: fail" in told
    assert not (Path(data[1]) / "fieldtool.db").exists()


def test_verify_tells_programs_what_it_found(data: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    call = ["report", "verify", str(GOLDEN / "visit.json"), "--root", ROOTS["laptop"], "--json", *data]
    assert main(call) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["holds"] and told["by_laptop"] and not told["by_central"] and not told["throw_away"]
    assert [run["outcome"] for run in told["runs"]] == ["done", "done", "rolled_back"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ([str(GOLDEN / "visit.json"), "--root", "00" * 32], ExitCode.TRUST, "none of the keys that you trust"),
        ([str(GOLDEN / "visit.json")], ExitCode.USAGE, "--root FINGERPRINT"),
        ([str(GOLDEN / "visit.json"), "--root", "abc"], ExitCode.USAGE, "abc"),
        ([str(GOLDEN / "roots.txt"), "--root", ROOTS["laptop"]], ExitCode.TRUST, "no evidence file"),
        ([str(GOLDEN / "nowhere.json"), "--root", ROOTS["laptop"]], ExitCode.USAGE, "nowhere.json"),
    ],
)
def test_verify_refuses_in_words(
    words: list[str], code: ExitCode, told: str, data: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "verify", *words, *data]) == code.value
    assert told in capsys.readouterr().err


def test_verify_names_the_place(tmp_path: Path, data: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    altered = tmp_path / "altered.json"
    content = (GOLDEN / "visit.json").read_bytes()
    altered.write_bytes(content.replace(b'"sig":"ME', b'"sig":"MF', 1))
    assert main(["report", "verify", str(altered), "--root", ROOTS["laptop"], *data]) == ExitCode.TRUST.value
    assert "its signature" in capsys.readouterr().err


# ---- make and list, on the real services -----------------------------------------------------------------------------


@pytest.mark.slow
def test_a_visit_is_updated_reported_and_verified(
    qapp: object,
    training: Training,  # noqa: F811  # the fixture
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = ["--data", str(training.folder)]
    assert main(["site", "import", str(training.site.site_file), *data]) == 0
    assert main(["settings", "set", "validate.soak_seconds", "0", *data]) == 0
    assert main(["update", GOOD, SICK, OLD_BOARD, "--seconds", "20", *data]) != 0
    capsys.readouterr()
    stick = tmp_path / "stick"
    assert (
        main(["report", "make", "--visit", "test", "--pdf", "--paper", "letter", "--out", str(stick), "--json", *data])
        == 0
    )
    made = json.loads(capsys.readouterr().out)
    assert Path(made["pdf"]).parent == Path(made["file"]).parent == stick and made["queued"]
    assert main(["key", "show", "--json", *data]) == 0
    root = json.loads(capsys.readouterr().out)["key_id"]
    for file in (made["file"], made["pdf"]):
        assert main(["report", "verify", file, "--root", root, *data]) == 0
        told = capsys.readouterr().out
        assert "THROW-AWAY KEY" in told and f"({GOOD}): updated" in told and f"({SICK}): rolled back" in told
    assert main(["report", "list", "--json", *data]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["serial"] for row in rows} >= {GOOD, SICK} and all(row["files"] for row in rows)
    assert main(["report", "list", *data]) == 0
    assert "EVIDENCE" in capsys.readouterr().out
    run = next(row["run"] for row in rows if row["serial"] == GOOD)
    assert main(["report", "make", run, *data]) == 0
    assert "SHA-256" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["make"], ["make", "r1", "--visit", "s"], ["make", "r1", "--paper", "a3"], []])
def test_what_makes_no_sense_is_said_at_once(
    words: list[str], data: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", *words, *data]) == ExitCode.USAGE.value
    assert "usage" in capsys.readouterr().err


def test_a_run_that_is_not_there_is_said(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    from fieldtool.cli.report import list_words

    assert list_words(()) == "No run has begun on this laptop yet."
    assert scene.reports.rows() == ()
