"""The lab against the real RAUC: its bundles are accepted there, and its virtual RAUC says what the real one says."""

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieldtool.lab.raucb import Bundle, Image, make_bundle
from fieldtool.lab.shell import Streams, run
from tests.lab_chargers import LabCharger, authority, virtual_charger

TOOLS = ("rauc", "dbus-daemon", "dbus-send", "unshare")
pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(any(shutil.which(tool) is None for tool in TOOLS), reason=f"needs {', '.join(TOOLS)}"),
]
needs_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="rauc mounts the bundle: needs root on Linux"
)
COMPATIBLE = "lab-citypost-22"
DEADLINE = 20.0
GET_ALL = (
    "dbus-send --system --print-reply --dest=de.pengutronix.rauc / org.freedesktop.DBus.Properties.GetAll "
    "string:de.pengutronix.rauc.Installer"
)

BOOTLOADER = """#!/bin/sh
# RAUC's custom backend: state in plain files
cd "$(dirname "$0")" || exit 1
case $1 in
  get-primary) cat primary 2>/dev/null || echo A ;;
  set-primary) echo "$2" > primary; echo good > "state.$2" ;;
  get-state) cat "state.$2" 2>/dev/null || echo good ;;
  set-state) echo "$3" > "state.$2"
    if [ "$3" = bad ] && [ "$(cat primary 2>/dev/null || echo A)" = "$2" ]; then
      case $2 in A) echo B > primary ;; *) echo A > primary ;; esac
    fi ;;
  get-current) echo A ;;
  *) exit 1 ;;
esac
"""
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={bus}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/>
<allow send_type="*"/><allow receive_type="*"/></policy></busconfig>
"""
SYSTEM = """[system]
compatible={compatible}
bootloader=custom
mountprefix={root}/mnt
statusfile={root}/status
bundle-formats=plain verity

[keyring]
path={root}/keyring.pem

[handlers]
bootloader-custom-backend={root}/bootloader

[slot.rootfs.0]
device={root}/slot_a
type=raw
bootname=A

[slot.rootfs.1]
device={root}/slot_b
type=raw
bootname=B
"""


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


class RealRauc:
    """A private bus and RAUC's service on it."""

    def __init__(self, root: Path) -> None:
        self.root, self.bus = root, root / "bus"
        self.environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.bus}", "LC_ALL": "C.UTF-8"}

    def run(self, line: str) -> Said:
        done = subprocess.run(
            shlex.split(line), env=self.environment, capture_output=True, text=True, timeout=DEADLINE, cwd=self.root
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def slot(self, name: str) -> bytes:
        return (self.root / name).read_bytes()


@contextmanager
def real_rauc(root: Path) -> Iterator[RealRauc]:
    (root / "mnt").mkdir(parents=True)
    for slot in ("slot_a", "slot_b"):
        (root / slot).write_bytes(bytes(4_000_000))
    (root / "keyring.pem").write_bytes(authority("Lab").pem)
    (root / "bootloader").write_text(BOOTLOADER)
    (root / "bootloader").chmod(0o755)
    (root / "system.conf").write_text(SYSTEM.format(compatible=COMPATIBLE, root=root))
    (root / "bus.conf").write_text(BUS.format(bus=root / "bus"))
    rauc = RealRauc(root)
    started: list[subprocess.Popen[bytes]] = []
    try:
        with (root / "log").open("wb") as log:
            # A mount namespace of its own: a mounted bundle vanishes with the service, however it ends.
            service = ["unshare", "-m", "--propagation", "private", "rauc", "-c", str(root / "system.conf"), "service"]
            for words in (
                ["dbus-daemon", f"--config-file={root / 'bus.conf'}", "--nofork", "--nopidfile"],
                [*service, "--override-boot-slot=A"],
            ):
                started.append(subprocess.Popen(words, env=rauc.environment, stdout=log, stderr=log))
                _until(lambda: rauc.bus.exists())
        _until(lambda: rauc.run(GET_ALL).status == 0)
        yield rauc
    finally:
        for process in reversed(started):
            process.kill()
            process.wait(DEADLINE)


def _until(true) -> None:
    end, pause = time.monotonic() + DEADLINE, threading.Event()
    while not true():
        assert time.monotonic() < end
        pause.wait(0.02)


# ---- bundles -------------------------------------------------------------------------------------------------------


@pytest.fixture
def bundle(tmp_path) -> Bundle:
    image = Image("2.1.0", security_epoch=4)
    return make_bundle(tmp_path / "x.raucb", authority("Lab"), COMPATIBLE, image, size=1_234_567, description="of ours")


def info(bundle: Path, keyring: bytes, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "ca.pem").write_bytes(keyring)
    words = ["rauc", f"--keyring={folder / 'ca.pem'}", "info", "--output-format=json", str(bundle)]
    return subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE)


def test_rauc_accepts_our_bundle_and_reads_what_we_wrote(bundle, tmp_path):
    done = info(bundle.path, authority("Lab").pem, tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["compatible"], told["version"], told["description"]) == (COMPATIBLE, "2.1.0", "of ours")
    assert told["images"][0]["rootfs"]["checksum"] == bundle.payload_hash
    assert told["images"][0]["rootfs"]["size"] == 1_234_567


def test_rauc_refuses_our_bundle_under_another_authority_or_with_a_flipped_byte(bundle, tmp_path):
    assert info(bundle.path, authority("Evil").pem, tmp_path).returncode != 0
    whole = bytearray(bundle.path.read_bytes())
    whole[600_000] ^= 1
    bundle.path.write_bytes(bytes(whole))
    assert info(bundle.path, authority("Lab").pem, tmp_path).returncode != 0


@needs_root
def test_rauc_installs_our_bundle(bundle, tmp_path):
    with real_rauc(tmp_path / "device") as rauc:
        said = rauc.run(f"rauc install {bundle.path}")
        assert said.status == 0, said
        installed = rauc.slot("slot_b")[:1_234_567]
        assert hashlib.sha256(installed).hexdigest() == bundle.payload_hash
        told = json.loads(rauc.run("rauc status --output-format=json --detailed").out)
        slot = next(one["rootfs.1"] for one in told["slots"] if "rootfs.1" in one)
        assert slot["slot_status"]["checksum"]["sha256"] == bundle.payload_hash


# ---- the virtual RAUC against the real one --------------------------------------------------------------------------


class VirtualRauc:
    def __init__(self, charger: LabCharger) -> None:
        self.charger = charger

    def run(self, line: str) -> Said:
        out: list[str] = []
        err: list[str] = []
        system = self.charger.charger.system
        assert system is not None
        status = run(system, line, Streams(out.append, err.append))
        return Said(status, "".join(out), "".join(err))


_NOISE = [
    (re.compile(r"\x1b\[\d*m"), ""),  # colours
    (re.compile(r"^idle\n", re.M), ""),  # comes at a random moment
    (re.compile(r"^method return .*$", re.M), "method return"),
    (re.compile(r"\d\d:\d\d:\d\d\.\d{3}"), "TIME"),
    (re.compile(r"\(rauc:\d+\)"), "(rauc)"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "WHEN"),
    (re.compile(r"\(\d+\) exceeds bundle size"), "(N) exceeds bundle size"),
]


def plain(said: Said) -> Said:
    """Without what differs from call to call."""
    out, err = said.out, said.err
    for pattern, instead in _NOISE:
        out, err = pattern.sub(instead, out), pattern.sub(instead, err)
    return Said(said.status, _sorted_json(out) if out.startswith("{") else out, err)


def _sorted_json(text: str) -> str:
    """Status as JSON, slots in a fixed order, without what a machine's own device names are."""
    told = json.loads(text)
    slots = {name: {**slot, "device": "-"} for one in told["slots"] for name, slot in one.items()}
    # The factory wrote slot A of the virtual charger by RAUC; the real one here was never installed.
    slots["rootfs.0"].pop("slot_status", None)
    return json.dumps({**told, "slots": [{name: slots[name]} for name in sorted(slots)]})


@needs_root
def test_the_virtual_rauc_says_what_the_real_one_says(tmp_path):
    upload = tmp_path / "upload"
    upload.mkdir()
    with virtual_charger(tmp_path) as charger, real_rauc(tmp_path / "device") as real:
        made = {
            "good": charger.bundle("2.0.0"),
            "evil": charger.bundle("2.0.0", signed_by="Evil"),
            "other": charger.bundle("2.0.0", compatible="other-thing"),
        }
        files = {name: one.path.read_bytes() for name, one in made.items()}
        files["short"] = files["good"][:100_000]
        files["flipped"] = files["good"][:100_000] + bytes([files["good"][100_000] ^ 1]) + files["good"][100_001:]
        files["garbage"] = bytes(range(1, 200)) * 50
        shown = charger.file(str(upload))
        shown.mkdir(parents=True)
        for name, content in files.items():
            (upload / name).write_bytes(content)
            (shown / name).write_bytes(content)
        status = "rauc status --output-format=json --detailed"
        lines = [
            GET_ALL, status, "rauc status --output-format=json",
            *(line for name in ("evil", "other", "short", "flipped", "garbage", "none")
              for line in (f"rauc install {upload / name}", GET_ALL)),
            status, f"rauc install {upload / 'good'}", GET_ALL, status,
            "rauc status mark-good", "rauc status mark-good booted", "rauc status mark-active other", status,
            "rauc status mark-bad other", status, "rauc status mark-active rootfs.1", "rauc status mark-bad booted",
            "rauc status mark-active nonsense", "rauc status mark-active booted", "rauc status frob", status,
            "rauc install",
        ]  # fmt: skip
        virtual = VirtualRauc(charger)
        for line in lines:
            assert plain(virtual.run(line)) == plain(real.run(line)), line


SLOW_HOOK = """#!/bin/sh
case $1 in slot-install) while [ ! -e {go} ]; do sleep 0.05; done; cat "$RAUC_IMAGE_NAME" > "$RAUC_SLOT_DEVICE" ;; esac
"""


@needs_root
@pytest.mark.skipif(shutil.which("mksquashfs") is None, reason="needs mksquashfs for rauc bundle")
def test_while_installing_both_answer_alike(tmp_path):
    go = tmp_path / "go"
    with virtual_charger(tmp_path, rauc_busy=True) as charger, real_rauc(tmp_path / "device") as real:
        bundle = slow_bundle(tmp_path, go)
        virtual = VirtualRauc(charger)
        copy = charger.file(str(bundle))
        copy.parent.mkdir(parents=True)
        shutil.copy(bundle, copy)
        first = subprocess.Popen(["rauc", "install", str(bundle)], env=real.environment, stdout=subprocess.DEVNULL)
        try:
            _until(lambda: "Copying image" in real.run(GET_ALL).out)
            # The last one finds "idle": an installation that was refused has hidden the one that goes on.
            for line in (GET_ALL, "rauc status", "rauc status mark-good", f"rauc install {bundle}", GET_ALL):
                assert plain(virtual.run(line)) == plain(real.run(line)), line
            assert 'string "idle"' in real.run(GET_ALL).out
        finally:
            go.touch()
            first.wait(DEADLINE)
        assert first.returncode == 0


def slow_bundle(folder: Path, go: Path) -> Path:
    """By the real `rauc bundle`: its image is written only once `go` exists."""
    source = folder / "source"
    source.mkdir()
    (source / "rootfs.img").write_bytes(b"LAB" * 100_000)
    (source / "hook.sh").write_text(SLOW_HOOK.format(go=go))
    (source / "hook.sh").chmod(0o755)
    (source / "manifest.raucm").write_text(
        f"[update]\ncompatible={COMPATIBLE}\nversion=3.0.0\n[hooks]\nfilename=hook.sh\n"
        "[image.rootfs]\nfilename=rootfs.img\nhooks=install;\n"
    )
    (folder / "signer.pem").write_bytes(authority("Lab").signer_pem)
    key = folder / "signer.key"
    key.touch(0o600)
    key.write_bytes(authority("Lab").signer_key_pem)
    words = [
        "rauc",
        f"--cert={folder / 'signer.pem'}",
        f"--key={key}",
        "bundle",
        str(source),
        str(folder / "slow.raucb"),
    ]
    done = subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE)
    assert done.returncode == 0, done.stderr
    return folder / "slow.raucb"


@pytest.mark.skipif(shutil.which("mksquashfs") is None, reason="needs mksquashfs for rauc bundle")
def test_a_bundle_of_the_real_rauc_can_be_installed_on_a_virtual_charger(tmp_path):
    bundle = slow_bundle(tmp_path, tmp_path / "go")
    with virtual_charger(tmp_path) as charger:
        shutil.copy(bundle, charger.file("/srv/x"))
        said = VirtualRauc(charger).run("rauc install /srv/x")
        assert said.status == 0, said
        assert charger.state.target.image.version == "3.0.0"
