"""The real GNOME keyring under a D-Bus session of its own: what a technician's Linux desktop has."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("gnome-keyring-daemon") is None, reason="gnome-keyring is not installed"),
    pytest.mark.skipif(shutil.which("dbus-run-session") is None, reason="dbus-run-session is not installed"),
]

_UNLOCKED = """
printf throw-away | gnome-keyring-daemon --daemonize --unlock --components=secrets >/dev/null || exit 90
for step in 1 2 3; do "$PYTHON" -c "$CODE" "$FOLDER" || exit $?; done
"""

_SECRETS = """
import sys
from pathlib import Path
from fieldtool.store.keystore import keystore
keys = keystore(Path(sys.argv[1]))
print(keys.throw_away, keys.get("x"))
if keys.get("x") is None:
    keys.put("x", "päss\\nword")
else:
    keys.remove("x")
    keys.remove("x")
"""

_RECORDS = """
import sys
from pathlib import Path
from fieldtool.audit.actor import Actor
from fieldtool.audit.keys import LaptopKey
from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import Event
from fieldtool.core.clock import SystemClock
from fieldtool.store.database import Store
from fieldtool.store.keystore import keystore
from fieldtool.trusted_time import TrustedTime
folder = Path(sys.argv[1])
store, keys = Store.open(folder), keystore(folder)
log = AuditLog(store, LaptopKey(keys), TrustedTime(store, SystemClock()), Actor(keys))
log.record(Event("seen"))
state = log.verify()
print(state.ok, state.key_confirmed, state.size, log.page(after=0)[0].event.seen["training"] == "")
"""

_LOCKED = """
import sys
from pathlib import Path
from fieldtool.core.errors import UsageError
from fieldtool.store.keystore import keystore
try:
    keystore(Path(sys.argv[1])).put("x", "secret")
except UsageError as error:
    print(error.text.name)
"""


def _session(tmp_path: Path, root: Path, script: str, code: str) -> list[str]:
    home = {name: str(tmp_path / "home") for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    (tmp_path / "home").mkdir()
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("DBUS", "XDG", "DISPLAY", "WAYLAND"))
    }
    given = {"PYTHON": sys.executable, "CODE": code, "FOLDER": str(tmp_path / "data"), "XDG_RUNTIME_DIR": str(runtime)}
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", script],
        env=clean | home | given,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode == 90:
        pytest.skip(f"cannot: gnome-keyring does not start here: {done.stderr.strip()[-200:]}")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_secret_is_kept_from_one_start_to_the_next(tmp_path: Path, repository_root: Path) -> None:
    lines = _session(tmp_path, repository_root, _UNLOCKED, _SECRETS)
    assert lines == ["False None", "False päss", "word", "False None"]
    assert not any(b"word" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_the_laptop_s_key_signs_from_the_keyring_and_leaves_no_trace_on_disk(
    tmp_path: Path, repository_root: Path
) -> None:
    lines = _session(tmp_path, repository_root, _UNLOCKED, _RECORDS)
    assert lines == [f"True True {size} True" for size in (2, 3, 4)]
    assert not any(b"PRIVATE KEY" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_keyring_that_nobody_unlocks_is_a_sentence_and_no_hang(tmp_path: Path, repository_root: Path) -> None:
    lines = _session(tmp_path, repository_root, '"$PYTHON" -c "$CODE" "$FOLDER"', _LOCKED)
    assert lines in (["KEYSTORE_FAILED"], ["NO_KEYSTORE"])
