"""No display, no keystore, no network, a damaged disk: each a sentence and an exit code, never a traceback."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from fieldtool.cli.main import VERBS

BARE = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8"}
ONLY_LOOPBACK = ("settings", "set", "network", "loopback")


def call(data: Path, *words: str, stdin: str = "", prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run a command of ours in an environment without display, D-Bus or home."""
    command = [*prefix, sys.executable, "-m", "fieldtool", *words, "--data", str(data)]
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, env=BARE, cwd=Path(__file__).parents[2], timeout=60
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def test_without_a_display_the_window_says_so(data_folder: Path) -> None:
    done = call(data_folder)
    assert done.returncode == 2
    assert "There is no display" in done.stderr and "fieldtool --help" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be without a keystore")
@pytest.mark.parametrize("words", [("secret", "set", "731", "--stdin"), ("audit", "key")], ids=" ".join)
def test_without_a_keystore_nothing_secret_is_written(data_folder: Path, words: tuple[str, ...]) -> None:
    done = call(data_folder, *words, stdin="hunter2-very-secret\n")
    assert done.returncode == 2
    assert "no keystore" in done.stderr
    for file in data_folder.rglob("*"):
        assert not file.is_file() or b"hunter2" not in file.read_bytes(), file


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be without a keystore")
def test_without_a_keystore_no_update_begins(data_folder: Path) -> None:
    call(data_folder, *ONLY_LOOPBACK)
    done = call(data_folder, "update", "731", "--seconds", "0.2", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "CHARGER_UNKNOWN"


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("unshare") is None, reason="util-linux is not installed")
@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root for a network namespace")
def test_without_a_network_discovery_says_so(data_folder: Path) -> None:
    done = call(data_folder, "discover", "--seconds", "1", prefix=("unshare", "-n"))
    assert done.returncode == 6
    assert "no network connection" in done.stderr


def test_a_damaged_database_is_named_and_left_alone(data_folder: Path) -> None:
    call(data_folder, "settings", "list")
    file = data_folder / "fieldtool.sqlite3"
    for beside in data_folder.glob("fieldtool.sqlite3-*"):
        beside.unlink()
    file.write_bytes(b"this is no database" * 400)
    before = file.read_bytes()
    done = call(data_folder, "settings", "list")
    assert done.returncode == 7
    assert "damaged" in done.stderr
    assert file.read_bytes() == before


def test_a_database_of_a_newer_fieldtool_is_named_and_left_alone(data_folder: Path) -> None:
    call(data_folder, "settings", "list")
    with sqlite3.connect(data_folder / "fieldtool.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    done = call(data_folder, "settings", "list")
    assert done.returncode == 7
    assert "newer fieldtool" in done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("frobnicate",), 2),
        (("update",), 2),
        (("update", "731", "--all"), 2),
        (("trust", "pin", "731", "--fingerprint", "nonsense"), 2),
        (("trust", "add", "nowhere.json", "--fingerprint", "00"), 2),
        (("site", "import", "nowhere.json"), 2),
        (("settings", "set", "theme", "pink"), 2),
        (("settings", "get", "nothing"), 2),
        (("sync",), 2),
        (("cache", "list"), 8),
        (("audit", "export", "/nonexistent/file"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_input_is_a_sentence(data_folder: Path, words: tuple[str, ...], code: int) -> None:
    call(data_folder, *ONLY_LOOPBACK)
    done = call(data_folder, *words)
    assert done.returncode == code
    assert done.stderr.strip()


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_explains_itself(data_folder: Path, verb: str) -> None:
    done = call(data_folder, verb, "--help")
    assert done.returncode == 0
    assert f"fieldtool {verb}" in done.stdout


def test_errors_are_json_when_json_was_asked_for(data_folder: Path) -> None:
    done = call(data_folder, "settings", "get", "nothing", "--json")
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "SETTING_UNKNOWN"
    assert error["what"] and error["remedy"] and error["safe"]


HEAVY = ("paramiko", "tuf", "zeroconf", "sqlalchemy", "cryptography", "PySide6", "fastapi", "urllib3", "keyring")


def test_help_imports_no_protocol_library(repository_root: Path) -> None:
    script = (
        "import sys; from fieldtool.cli.main import main; main(['--help']); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=repository_root)
    assert done.stdout.strip().endswith("[]"), done.stdout[-200:]


def test_a_version_to_install_is_not_taken_for_the_programs_version(data_folder: Path) -> None:
    call(data_folder, *ONLY_LOOPBACK)
    done = call(data_folder, "plan", "731", "--version", "2.0", "--seconds", "0.1")
    assert done.returncode == 2 and "731" in done.stderr
