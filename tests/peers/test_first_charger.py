"""The README's five minutes to a first own charger, word for word: real keyring, real sshd, real RAUC."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fieldtool.core.clock import SystemClock
from fieldtool.publish.throwaway import Image, make_repository
from tests.peers.rauc_device import Factory, RaucDevice, missing, rauc_device
from tests.peers.test_whole_walk import as_toml

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(bool(missing()), reason=missing() or "-"),
    pytest.mark.skipif(shutil.which("gnome-keyring-daemon") is None, reason="gnome-keyring is not installed"),
    pytest.mark.skipif(shutil.which("dbus-run-session") is None, reason="dbus-run-session is not installed"),
]

# Errors end it, but for the one step that must be refused.
SCRIPT = """
set -e
printf throw-away | gnome-keyring-daemon --daemonize --unlock --components=secrets >/dev/null
fieldtool() { "$PYTHON" -m fieldtool "$@" --data "$DATA"; }
fieldtool settings set network loopback
fieldtool settings set validate.soak_seconds 1
fieldtool trust add root.json --fingerprint "$ROOT_FINGERPRINT"
fieldtool site import depot.json
fieldtool secret set 00731 --key-file login
fieldtool settings set repository "$MIRROR"
fieldtool sync
code=0; fieldtool update 00731 --json > unpinned.json || code=$?
test "$code" = 8
fieldtool trust pin 00731 --fingerprint "$HOST_FINGERPRINT"
fieldtool doctor --json > doctor.json || true
fieldtool plan 00731 --json > plan.json
fieldtool update 00731 --json > update.json
fieldtool audit verify
fieldtool audit list --json > audit.json
"""


def test_a_first_own_charger_in_the_readmes_commands(tmp_path: Path, repository_root: Path) -> None:
    factory = Factory(tmp_path / "factory")
    with rauc_device(tmp_path / "device", factory) as device:
        fingerprint = prepare(tmp_path, device)
        done = subprocess.run(
            ["dbus-run-session", "--", "sh", "-c", SCRIPT],
            env=environment(tmp_path, device, fingerprint, repository_root),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
    refused = json.loads((tmp_path / "unpinned.json").read_text().splitlines()[-1])
    assert (refused["outcome"], refused["reason"]["code"]) == ("refused", "PIN_MISSING")
    assert device.host_fingerprint in refused["reason"]["what"]
    findings = {one["name"]: one["level"] for one in json.loads((tmp_path / "doctor.json").read_text())["findings"]}
    assert {name: findings[name] for name in ("Keystore", "Root of trust", "Catalogue")} == {
        "Keystore": "ok", "Root of trust": "ok", "Catalogue": "ok",
    }  # fmt: skip
    (line,) = json.loads((tmp_path / "plan.json").read_text())["lines"]
    assert line["verdict"]["reason"]["code"] == "READY"
    ended = json.loads((tmp_path / "update.json").read_text().splitlines()[-1])
    assert (ended["outcome"], ended["from"], ended["to"]) == ("done", "2.4.0", "2.5.0")
    events = [one["event"]["event"] for one in json.loads((tmp_path / "audit.json").read_text())["records"]]
    assert {"root-accepted", "site-imported", "pin-set", "update-refused", "run-started", "run-ended"} <= set(events)
    secret = device.client_key.splitlines()[1].encode()
    holding = [file for file in (tmp_path / "data").rglob("*") if file.is_file() and secret in file.read_bytes()]
    assert holding == [], "the login lies in the keyring and nowhere else"


def prepare(folder: Path, device: RaucDevice) -> str:
    """What others hand to the technician: catalogue, root, site file, profile, login. The root's fingerprint."""
    image = device.image("2.5.0")
    fields = {"security_epoch": 3, "native_key": "rauc"}
    published = Image(image.path, "2.5.0", image.payload_hash, ("CityPost 22",), ("B2",), fields=fields)
    authority = (device.root / "etc/keyring.pem").read_text()
    anchors = {"schema": 1, "format": "raucb", "certificates": [authority], "signers": [], "keys": []}
    keys = {"rauc": json.dumps(anchors | {"purposes": ["unrestricted"]}).encode()}
    fingerprint = make_repository(folder / "vendor", "Lab", [published], SystemClock(), native_keys=keys)
    shutil.copy(folder / "vendor" / "root.json", folder / "root.json")
    charger = {
        "serial": device.serial,
        "name": "Bay 01",
        "profile": "real",
        "addresses": [f"ssh://127.0.0.1:{device.port}"],
    }
    site = {"schema": 1, "id": "depot", "name": "Depot", "chargers": [charger]}
    (folder / "depot.json").write_text(json.dumps(site))
    (folder / "login").write_text(device.client_key)
    profiles = folder / "data" / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "real.toml").write_text(as_toml(replace(device.profile, id="real")))
    return fingerprint


def environment(folder: Path, device: RaucDevice, fingerprint: str, root: Path) -> dict[str, str]:
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    home = folder / "home"
    home.mkdir()
    unwanted = ("DBUS", "XDG", "DISPLAY", "WAYLAND")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return clean | {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "PYTHONPATH": str(root),
        "PYTHON": sys.executable,
        "DATA": str(folder / "data"),
        "ROOT_FINGERPRINT": fingerprint,
        "HOST_FINGERPRINT": device.host_fingerprint,
        "MIRROR": str(folder / "vendor" / "mirror"),
    }
