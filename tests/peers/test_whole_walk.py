"""The whole walk against real counterparts: avahi in a network namespace, OpenSSH's sshd, RAUC, and our program.

Two chargers, one with what is refused and one with what breaks, live through good and bad days; each chapter says what
the technician sees and what the charger does.
"""

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from fieldtool.cli.lab import make_catalogue
from fieldtool.cli.main import main
from fieldtool.core.model import FirmwareImage
from fieldtool.core.profile import Profile
from fieldtool.lab.cms import Authority, new_authority
from fieldtool.store.keystore import keystore, mark_throw_away
from tests.peers import cable
from tests.peers.field import Field, field
from tests.peers.rauc_device import Factory, RaucDevice, missing, rauc_device

pytestmark = [
    pytest.mark.peer,
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(bool(missing()), reason=missing() or "-"),
    pytest.mark.skipif(shutil.which("avahi-daemon") is None, reason="avahi-daemon is not installed"),
    pytest.mark.skipif(bool(cable.MISSING), reason=f"not installed: {cable.MISSING}"),
]

BIG = 12_000_000  # bytes: long enough to cut a transfer in its middle
WINDOW = 64 * 32640  # bytes that may be on the wire without an answer
OVERHEAD = 1.1  # SSH packets and handshakes


class Walk:
    """The laptop of this site, and its one charger."""

    def __init__(self, folder: Path, device: RaucDevice, site: Field) -> None:
        self.folder, self.device, self.site = folder, device, site

    def prepare(self, images: list[FirmwareImage]) -> None:
        """In the office: catalogue, site file, login. Throw-away keys of a marked training folder."""
        files = [(image.path, replace(image.release, security_epoch=3)) for image in images]
        make_catalogue(self.folder, files, self.authority())
        mark_throw_away(self.folder)
        keystore(self.folder).put(f"secret:{self.device.serial.lstrip('0')}", self.device.client_key)
        profiles = self.folder / "profiles"
        profiles.mkdir()
        (profiles / "real.toml").write_text(as_toml(replace(self.device.profile, id="real")))
        charger = {
            "serial": self.device.serial,
            "name": "Bay 01",
            "profile": "real",
            "host_keys": [self.device.host_fingerprint],
        }
        site = self.folder / "site.json"
        site.write_text(json.dumps({"schema": 1, "id": "real", "name": "Real site", "chargers": [charger]}))
        self.call("site", "import", str(site))
        self.call("settings", "set", "network", "all")
        self.call("settings", "set", "validate.soak_seconds", "1")

    def authority(self) -> Authority:
        """Who signs this charger's bundles. Its key stays with the factory."""
        made = self.device.factory.folder
        root, signer = (
            x509.load_pem_x509_certificate((made / f"{name}.pem").read_bytes()) for name in ("dev-ca", "dev")
        )
        return replace(new_authority("unused"), certificate=root, signer=signer)

    def call(self, *words: str) -> None:
        assert main([*words, "--data", str(self.folder)]) == 0, words

    def update(self, version: str, meanwhile: Callable[[], None] | None = None) -> tuple[int, dict[str, Any]]:
        """`fieldtool update` on the laptop's side of the cable; exit code and last line of its story."""
        words = ("update", self.device.serial, "--version", version, "--json", "--seconds", "25")
        process = self.site.fieldtool(*words, "--data", str(self.folder))
        try:
            if meanwhile is not None:
                meanwhile()
            out, err = process.communicate(timeout=150)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()
        assert out.strip() and "Traceback" not in err, err
        last = json.loads(out.strip().splitlines()[-1])
        print(version, process.returncode, last)  # shown when a chapter fails
        return process.returncode, last

    @property
    def runs(self) -> str:
        with (self.device.root / "run/rootfs").open("rb") as rootfs:
            return rootfs.readline().decode().strip()

    def until_uploaded(self, image: FirmwareImage, share: float) -> Callable[[], None]:
        part = self.device.uploaded(image, ".raucb.part")

        def wait() -> None:
            poll(lambda: part.exists() and part.stat().st_size > share * image.length, "the upload gets going")

        return wait


def poll(true: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    pause = threading.Event()
    for _ in range(round(seconds / 0.05)):
        if true():
            return
        pause.wait(0.05)
    raise AssertionError(f"waited {seconds:.0f} s until {what}")


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    with ExitStack() as stack:
        factory = Factory(tmp_path / "factory")
        device = stack.enter_context(rauc_device(tmp_path / "device", factory))
        site = stack.enter_context(field(tmp_path / "field", device.serial, device.port))
        yield Walk(tmp_path / "laptop", device, site)


def test_the_whole_walk_against_real_counterparts(walk: Walk, capsys: pytest.CaptureFixture[str]) -> None:
    device = walk.device
    good = device.image("2.5.0")
    evil = device.image("2.6.0", signer="evil")
    alien = device.image("2.7.0", compatible="other-model")
    torn = device.image("2.8.0", truncated=True)
    big = device.image("2.9.0", size=BIG)
    walk.prepare([good, evil, alien, torn, big])

    # A good update: found by mDNS, identified, updated, confirmed by the charger itself.
    code, last = walk.update("2.5.0")
    assert (code, last["outcome"]) == (0, "done"), last
    assert (last["from"], last["to"]) == ("2.4.0", "2.5.0")
    assert walk.runs == "2.5.0" and device.bootloader()["state.B"] == "good"

    # Firmware that its maker did not sign, though somebody published it, or that is not made for the charger, or torn.
    for version, expected in (
        ("2.6.0", (8, "refused", "NATIVE_KEY_UNKNOWN", "untouched")),
        ("2.7.0", (4, "rolled_back", "INSTALL_INCOMPATIBLE", "returned")),
        ("2.8.0", (8, "refused", "NATIVE_DAMAGED", "untouched")),
    ):
        code, last = walk.update(version)
        reason = last["reason"]
        assert (code, last["outcome"], reason["code"], reason["safety"]) == expected, last
        assert walk.runs == "2.5.0"

    # Somebody else installs something: refused before anything is sent.
    with device.busy():
        code, last = walk.update("2.9.0")
        assert (code, last["outcome"], last["reason"]["code"]) == (3, "refused", "INSTALLING_ALREADY"), last
    # That one went into the other slot: what it staged is theirs. Bring the charger back to where it was.
    subprocess.run(
        ["rauc", "status", "mark-active", "booted"], env=device._environment(), check=True, capture_output=True
    )

    # No space on the charger.
    with device.little_space(BIG // 2):
        code, last = walk.update("2.9.0")
        assert (code, last["outcome"], last["reason"]["code"]) == (10, "abandoned", "DEVICE_DISK_FULL"), last
    assert walk.runs == "2.5.0"

    # Another host key: no credential is sent until a person has typed the new fingerprint.
    new = device.change_host_key()
    (device.root / "run/sshd.log").write_text("")
    code, last = walk.update("2.9.0")
    assert (code, last["reason"]["code"]) == (8, "PIN_CHANGED"), last
    assert new in last["reason"]["what"] and not device.logins_tried()
    walk.call("trust", "pin", device.serial, "--fingerprint", new)
    code, last = walk.update("2.9.0")
    assert (code, last["outcome"]) == (0, "done"), last
    believable(walk, capsys)


def test_what_breaks_on_the_way_is_gone_on_with_or_taken_back(walk: Walk, capsys: pytest.CaptureFixture[str]) -> None:
    device = walk.device
    big = device.image("2.9.0", size=BIG)
    bigger = device.image("3.0.0", size=BIG)
    slow = device.slow_image("3.1.0")
    sick = device.image("3.2.0", sick=True)
    walk.prepare([big, bigger, slow, sick])

    # sshd's session is killed in mid-transfer: goes on where it stopped.
    wire = walk.site.wire
    wire.slow, before = 0.02, wire.sent

    def kill_session() -> None:
        walk.until_uploaded(big, 0.3)()
        device.kill_ssh_sessions()
        wire.slow = 0.0

    code, last = walk.update("2.9.0", kill_session)
    assert (code, last["outcome"]) == (0, "done"), last
    assert wire.sent - before < (big.length + WINDOW) * OVERHEAD, "only what was missing was sent again"
    assert walk.runs == "2.9.0"

    # The line is cut without a word: noticed, waited for, gone on with.
    wire.slow = 0.02

    def cut_silently() -> None:
        walk.until_uploaded(bigger, 0.3)()
        wire.freeze()
        poll(lambda: journal_says(walk.folder, "lost"), "the silence is noticed")
        wire.slow = 0.0
        wire.thaw()

    code, last = walk.update("3.0.0", cut_silently)
    assert (code, last["outcome"]) == (0, "done"), last

    # RAUC dies in mid-installation: the old system runs on, and it is installed again.
    def kill_rauc() -> None:
        poll((device.root / "run/copying").exists, "RAUC copies")
        device.kill_rauc()
        device.let_go()

    code, last = walk.update("3.1.0", kill_rauc)
    assert (code, last["outcome"]) == (0, "done"), last
    assert walk.runs == "3.1.0" and journal_says(walk.folder, "failed"), "the first try is on record"

    # A release that runs, and does not work: back by itself.
    code, last = walk.update("3.2.0")
    assert (code, last["outcome"], last["reason"]["code"]) == (4, "rolled_back", "VALIDATE_HEALTH"), last
    assert walk.runs == "3.1.0"

    believable(walk, capsys)


def believable(walk: Walk, capsys: pytest.CaptureFixture[str]) -> None:
    """Also for whoever was not there."""
    capsys.readouterr()
    assert main(["audit", "verify", "--data", str(walk.folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"]


def journal_says(folder: Path, mark: str) -> bool:
    import sqlite3

    with sqlite3.connect(f"file:{folder}/fieldtool.sqlite3?mode=ro", uri=True) as database:
        newest = database.execute("SELECT id FROM run ORDER BY opened DESC LIMIT 1").fetchone()
        found = database.execute(
            "SELECT 1 FROM journal WHERE run = ? AND mark = ?", (*(newest or ("",)), mark)
        ).fetchone()
    database.close()
    return found is not None


def as_toml(profile: Profile) -> str:
    """The profile as a technician would write it. Basic strings of TOML are those of JSON."""
    text = json.dumps
    facts = "\n".join(f"{name} = {text(command)}" for name, command in profile.facts.items())
    checks = "\n".join(f"{text(name)} = {text(command)}" for name, command in profile.checks.items())
    return f"""schema = 1
id = {text(profile.id)}
driver = {text(profile.driver)}

[charger]
vendor = {text(profile.vendor)}
models = {text(list(profile.models))}
compatible = {text(profile.compatible)}
user = {text(profile.user)}
upload_dir = {text(profile.upload_dir)}
bus = {text(profile.bus)}

[facts]
{facts}

[health]
connectors = {text(profile.connectors)}
faults = {text(profile.faults)}
in_use = {text(profile.in_use)}

[health.checks]
{checks}

[restart]
command = {text(profile.restart)}
seconds = 20
settle_seconds = 1
"""
