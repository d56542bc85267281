"""Secrets: in the system's vault or nowhere; throw-away ones only inside their own training folder."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.store.database import Store
from fieldtool.store.keystore import (
    MARK,
    ROOT,
    SystemKeystore,
    ThrowAwayKeystore,
    keystore,
    mark_throw_away,
    training_root,
)
from fieldtool.store.tables import audit, pin, site


@pytest.fixture
def training(tmp_path: Path) -> Path:
    (tmp_path / ROOT).parent.mkdir()
    (tmp_path / ROOT).write_text('{"root": 1}')
    mark_throw_away(tmp_path)
    return tmp_path


def test_a_training_folder_keeps_its_own_secrets(training: Path) -> None:
    keys = keystore(training)
    assert keys.throw_away
    assert keys.get("x") is None
    keys.put("x", "secret ü\n")
    assert keystore(training).get("x") == "secret ü\n"
    keys.remove("x")
    keys.remove("x")
    assert keystore(training).get("x") is None


def test_only_its_owner_may_read_them(training: Path) -> None:
    keystore(training).put("x", "secret")
    if os.name == "posix":
        assert stat.S_IMODE((training / MARK).stat().st_mode) == 0o600


def test_a_training_folder_does_not_open_with_another_root(training: Path) -> None:
    (training / ROOT).write_text('{"root": 2}')
    with pytest.raises(UsageError) as refused:
        keystore(training)
    assert refused.value.text is Text.THROW_AWAY_MISMATCH
    (training / ROOT).unlink()
    with pytest.raises(UsageError):
        keystore(training)


def test_a_mark_without_a_root_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / MARK).write_text(json.dumps({"root": "", "secrets": {"audit-key": "x"}}))
    with pytest.raises(UsageError) as refused:
        keystore(tmp_path)
    assert refused.value.text is Text.THROW_AWAY_MISMATCH


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"root": 1}', '{"root": "x", "secrets": 7}', "\xff"])
def test_a_damaged_mark_is_said_and_opens_nothing(training: Path, content: str) -> None:
    (training / MARK).write_text(content, encoding="latin-1")
    with pytest.raises(UsageError) as refused:
        keystore(training)
    assert refused.value.text is Text.THROW_AWAY_MISMATCH


def test_marking_wants_a_root(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        mark_throw_away(tmp_path)


def test_two_programs_in_one_training_folder_do_not_lose_each_other_s_secrets(training: Path) -> None:
    """The window and the command line each have an object of their own."""
    window, command_line = ThrowAwayKeystore(training), ThrowAwayKeystore(training)
    window.put("a", "1")
    command_line.put("b", "2")
    window.put("c", "3")
    assert [keystore(training).get(name) for name in "abc"] == ["1", "2", "3"]


def test_an_ordinary_folder_has_the_system_s_keystore_whatever_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FIELDTOOL_THROW_AWAY", "FIELDTOOL_TRAINING", "PYTHON_KEYRING_BACKEND"):
        monkeypatch.setenv(name, "1" if name.startswith("F") else "keyring.backends.null.Keyring")
    keys = keystore(tmp_path)
    assert isinstance(keys, SystemKeystore)
    assert not keys.throw_away


def test_two_data_folders_have_keys_of_their_own(tmp_path: Path) -> None:
    assert SystemKeystore(tmp_path / "a")._service != SystemKeystore(tmp_path / "b")._service


def test_a_training_folder_is_known_from_inside(training: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = json.loads((training / MARK).read_text())["root"]
    assert training_root(training) == training_root(training / "central" / "deep") == root
    assert training_root(tmp_path_factory.mktemp("outside")) == ""


# ---- no keystore: in a process of its own, since keyring chooses once ------------------------------------------------

_ASK = """
import sys
from pathlib import Path
from fieldtool.core.errors import UsageError
from fieldtool.store.keystore import keystore
for ask in (lambda keys: keys.get("x"), lambda keys: keys.put("x", "secret"), lambda keys: keys.remove("x")):
    try:
        ask(keystore(Path(sys.argv[1])))
    except UsageError as error:
        print(error.text.name, error.what, error.remedy)
"""


def _ask(tmp_path: Path, root: Path, **environment: str) -> list[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DBUS", "XDG", "DISPLAY"))}
    home = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, "-c", _ASK, str(tmp_path)],
        env=clean | home | environment,
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Traceback" not in done.stderr
    return done.stdout.splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can lack a keystore")
def test_without_a_desktop_session_there_is_a_sentence_and_no_key(tmp_path: Path, repository_root: Path) -> None:
    answers = _ask(tmp_path, repository_root)
    assert len(answers) == 3
    assert all(answer.startswith("NO_KEYSTORE This system has no keystore") for answer in answers)


@pytest.mark.parametrize("backend", ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring"])
def test_a_backend_that_is_no_vault_is_refused(tmp_path: Path, repository_root: Path, backend: str) -> None:
    answers = _ask(tmp_path, repository_root, PYTHON_KEYRING_BACKEND=backend)
    assert len(answers) == 3
    assert all(answer.startswith("NO_KEYSTORE") for answer in answers)


def test_a_backend_that_writes_plain_files_is_refused(tmp_path: Path, repository_root: Path) -> None:
    """As the popular alternatives do when somebody installs them beside us."""
    (tmp_path / "plainfile.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        "class Keyring(KeyringBackend):\n"
        "    priority = 99\n"
        "    def get_password(self, service, name): return 'leaked'\n"
        "    def set_password(self, service, name, secret): open('leak', 'w').write(secret)\n"
        "    def delete_password(self, service, name): pass\n"
    )
    backend = {"PYTHON_KEYRING_BACKEND": "plainfile.Keyring", "PYTHONPATH": f"{tmp_path}{os.pathsep}{repository_root}"}
    answers = _ask(tmp_path, tmp_path, **backend)
    assert len(answers) == 3
    assert all(answer.startswith("NO_KEYSTORE") for answer in answers)
    assert not (tmp_path / "leak").exists()


_VERBS = """
import sys
from fieldtool.cli.main import main
data, root, fingerprint, site = sys.argv[1:]
for words in (
    ["audit", "key"], ["key", "roll"], ["key", "use", "pkcs11:token=a?module-name=x"],
    ["trust", "add", root, "--fingerprint", fingerprint], ["trust", "pin", "X1", "--fingerprint", "SHA256:" + "A" * 43],
    ["site", "import", site], ["secret", "set", "X1", "--stdin"], ["secret", "remove", "X1"],
):
    print("#", words, flush=True)
    print("=", main(["--data", data, *words]), flush=True)
"""

_SITE = """{"schema": 1, "id": "s1", "name": "Site", "chargers": [{"name": "Bay 01", "serial": "X1"}]}"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can lack a keystore")
def test_no_command_makes_a_key_or_trusts_anything_without_a_keystore(tmp_path: Path, repository_root: Path) -> None:
    """As on a server or in a container: nothing is begun of which no record could be signed."""
    data = tmp_path / "data"
    (tmp_path / "root.json").write_text("{}")
    (tmp_path / "site.json").write_text(_SITE)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DBUS", "XDG", "DISPLAY"))}
    arguments = [str(data), str(tmp_path / "root.json"), "00" * 32, str(tmp_path / "site.json")]
    done = subprocess.run(
        [sys.executable, "-c", _VERBS, *arguments],
        env=clean | {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        cwd=repository_root, input="secret", capture_output=True, text=True, check=False,
    )  # fmt: skip
    codes = [line for line in done.stdout.splitlines() if line.startswith("=")]
    assert codes == ["= 2"] * 8, done.stdout + done.stderr
    assert done.stderr.count("This system has no keystore") == 8, done.stderr
    files = [file.read_bytes() for file in data.rglob("*") if file.is_file()]
    assert not any(b"PRIVATE KEY" in content or b"secret" in content for content in files)
    assert not (data / "trust").exists()
    store = Store.open(data)
    with store.read() as connection:
        for table in (audit, pin, site):
            assert connection.execute(select(table)).all() == []
    store.close()
