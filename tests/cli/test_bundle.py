"""`fieldtool bundle` as a technician types it: what is printed, and the exit codes."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldtool.app.app import App
from fieldtool.cli.bundle import progress_line
from fieldtool.cli.main import main
from fieldtool.core.clock import SystemClock
from fieldtool.core.driver import Progress
from fieldtool.core.errors import ExitCode
from fieldtool.firmware.bundle_facts import Exported
from tests.firmware.bundles import Operator, result
from tests.firmware.site import MODEL, SetClock


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    made = Operator(tmp_path, SetClock(SystemClock().now() - timedelta(minutes=5)))
    made.synced("maker", directed=False)
    made.laptop("taker", directed=False)
    yield made
    made.close()


class Shell:
    """Calls the command line for a laptop, and reads its one JSON document."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder, self._capsys = folder, capsys

    def json(self, laptop: str, *words: str) -> tuple[int, Any]:
        code = main(["bundle", *words, "--data", str(self._folder / laptop), "--json"])
        return code, json.loads(self._capsys.readouterr().out)

    def words(self, laptop: str, *words: str) -> tuple[int, str]:
        code = main(["bundle", *words, "--data", str(self._folder / laptop)])
        said = self._capsys.readouterr()
        return code, said.out + said.err


@pytest.fixture
def shell(operator: Operator, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(operator.folder, capsys)


def test_a_bundle_goes_from_laptop_to_laptop_by_three_commands(shell: Shell, tmp_path: Path) -> None:
    stick = str(tmp_path / "stick.zip")
    code, told = shell.json("maker", "export", stick)
    assert (code, told["releases"], told["missing"]) == (
        0,
        ["lab/citypost-2.5.0.raucb", "lab/citypost-2.6.0.raucb"],
        [],
    )
    assert told["file"] == stick
    code, told = shell.json("taker", "inspect", stick)
    assert (code, told["problem"], told["stand_alone"]) == (0, None, True)
    assert [(one["version"], one["included"]) for one in told["releases"]] == [("2.5.0", True), ("2.6.0", True)]
    code, told = shell.json("taker", "import", stick)
    assert (code, told["releases"], told["new_releases"], told["new_files"], told["missing"]) == (0, 2, 2, 2, 0)


def test_the_same_in_words(shell: Shell, tmp_path: Path) -> None:
    stick = str(tmp_path / "stick.zip")
    code, said = shell.words("maker", "export", stick, "--model", MODEL)
    assert code == 0
    assert "2 firmware files" in said and "read back and verified" in said
    code, said = shell.words("taker", "inspect", stick)
    assert code == 0
    assert "stand-alone" in said and "2.6.0" in said and "would take it" in said
    code, said = shell.words("taker", "import", stick)
    assert code == 0
    assert "2 releases (2 new), 2 new firmware files." in said


def test_a_bundle_that_this_laptop_would_not_take_is_exit_code_8_for_inspect_and_import(
    shell: Shell, operator: Operator, tmp_path: Path
) -> None:
    stick = tmp_path / "stick.zip"
    shell.json("maker", "export", str(stick))
    broken = bytearray(stick.read_bytes())
    broken[len(broken) // 2] ^= 1
    stick.write_bytes(broken[:-1])
    code, told = shell.json("taker", "inspect", str(stick))
    assert (code, told["problem"]["code"]) == (ExitCode.TRUST.value, "BUNDLE_BAD")
    code, told = shell.json("taker", "import", str(stick))
    assert (code, told["error"]["code"]) == (ExitCode.TRUST.value, "BUNDLE_BAD")
    code, said = shell.words("taker", "inspect", str(stick))
    assert code == ExitCode.TRUST.value
    assert "would NOT take it" in said and "Do not use this file" in said


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("export", "{}/new.zip", "--model", "Unheard"), ExitCode.USAGE, "BUNDLE_NOTHING"),
        (("export", "{}/new.zip", "--order", "x-1"), ExitCode.USAGE, "BUNDLE_NOT_ORDERED"),
        (("export", "{}/there.zip"), ExitCode.USAGE, "BUNDLE_EXISTS"),
        (("export", "{}/gone/new.zip"), ExitCode.STORAGE, "BUNDLE_UNWRITABLE"),
        (("import", "{}/gone.zip"), ExitCode.CENTRAL, "SOURCE_UNREACHABLE"),
        (("inspect", "{}/gone.zip"), ExitCode.CENTRAL, "SOURCE_UNREACHABLE"),
        (("import", "{}/there.zip"), ExitCode.TRUST, "BUNDLE_BAD"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value),
)
def test_what_cannot_be_done_is_an_exit_code_and_a_name(
    shell: Shell, tmp_path: Path, words: tuple[str, ...], code: ExitCode, text: str
) -> None:
    (tmp_path / "there.zip").write_bytes(b"")
    got, told = shell.json("maker", *(word.format(tmp_path) for word in words))
    assert (got, told["error"]["code"]) == (code.value, text)


def test_what_stays_behind_is_named_with_what_to_do(shell: Shell, operator: Operator, tmp_path: Path) -> None:
    operator.laptops[1].catalogue.path(operator.old).unlink()
    code, said = shell.words("maker", "export", str(tmp_path / "stick.zip"))
    assert code == 0
    assert "lab/citypost-2.5.0.raucb\n  → Sync, then export again." in said
    assert (
        shell.words("taker", "import", str(tmp_path / "stick.zip"))[1]
        .strip()
        .endswith("The files of 1 release are not on this laptop: see fieldtool cache list.")
    )


def test_progress_is_a_line_with_bytes_of_all() -> None:
    line = progress_line(Progress(5_000_000, 20_000_000, "lab/citypost-2.6.0.raucb"))
    assert line == "[######..................]  25%  5.0 MB of 20.0 MB  lab/citypost-2.6.0.raucb"
    assert progress_line(Progress(0, 0, "catalogue")) == "catalogue"


def test_the_window_and_programs_get_steps_and_then_the_result(operator: Operator, tmp_path: Path) -> None:
    app = App(operator.folder / "maker")
    try:
        made = result(app.bundle_export(tmp_path / "stick.zip"))
        assert isinstance(made, Exported)
        assert result(app.bundle_inspect(made.file)).problem is None
        assert result(app.bundle_import(made.file)).new_releases == 0
    finally:
        app.close()
