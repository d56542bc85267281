"""A virtual site with a charger that no longer boots: brought back by `fieldtool recover` on a directed laptop."""

import io
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fieldtool.cli.lab import ORDER, SECOND, direct, make_catalogue
from fieldtool.cli.main import main
from fieldtool.core.clock import SystemClock
from fieldtool.lab.dead_charger import DeadCharger
from fieldtool.lab.site import LabSite, new_lab, told_of
from fieldtool.lab.ssh_charger import new_ssh_key
from fieldtool.lab.uboot_image import fit_key

SERIAL, NEW = "DEAD-9", "1.4.3"
SITE = f"""
schema = 1
id = "test"
name = "Test site"

[timing]
shutdown = 0.02
boot = 0.1
settle = 0.0
install = 0.1

[[charger]]
serial = "{SERIAL}"
name = "Bay 09"
kind = "uboot"
hardware = "U1"
security_epoch = 2

[[release]]
format = "fit"
version = "{NEW}"
hardware = ["U1"]
security_epoch = 2
size = 3_000
release_type = "golden"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A directed training folder, and the second person's PIN."""
    folder = tmp_path_factory.mktemp("training") / "laptop"
    description = folder.with_suffix(".toml")
    description.write_text(SITE)
    new_lab(folder, description, make_catalogue, new_ssh_key)
    pin = str(direct(folder)["pin"])
    assert main(["settings", "set", "validate.soak_seconds", "0", "--data", str(folder)]) == 0
    assert main(["site", "use", ORDER, "--data", str(folder)]) == 0
    return folder, pin


@pytest.fixture
def site(made: tuple[Path, str]) -> Iterator[LabSite]:
    with ExitStack() as stack:
        site = stack.enter_context(LabSite(made[0]))
        site.start(announce=False)
        yield site


@pytest.fixture
def switched(site: LabSite) -> Iterator[DeadCharger]:
    """Somebody at the main switch: on after a moment, when the laptop listens already."""
    (dead,) = site.dead_chargers
    stop = Event()

    def switch() -> None:
        if not SystemClock().wait(stop, 2.0):
            dead.act("power_on")

    thread = Thread(target=switch)
    thread.start()
    yield dead
    stop.set()
    thread.join()


def test_a_dead_charger_of_a_virtual_site_is_brought_back_and_stays_well(
    made: tuple[Path, str],
    site: LabSite,
    switched: DeadCharger,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, pin = made
    (told,) = site.told()
    assert (told["version"], told["reachable"], told["kind"]) == (None, False, "uboot")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{pin}\n"))
    capsys.readouterr()
    port = f"serial-tcp://{told['console']}"
    words = ["recover", "--port", port, "--serial", SERIAL, "--approve-pin", SECOND, "--json", "--data", str(folder)]
    code = main(words)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert (code, lines[-1]["outcome"], lines[-1]["to"]) == (0, "recovered", NEW), lines
    (told,) = site.told()
    assert (told["version"], told["reachable"]) == (NEW, True)
    site.stop()
    with LabSite(folder) as again:
        again.start(announce=False)
        (told,) = again.told()
        assert (told["version"], told["reachable"]) == (NEW, True), "the lab's disk has it"


def test_the_technician_sees_who_signed_the_image(made: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    folder, target = made[0], f"lab/lab-citypost-22-{NEW}.itb"
    key = fit_key(told_of(folder)[1]).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    signer = f"the key {sha256(spki).hexdigest()[:16]}"
    asked(capsys, "cache", "verify", "--data", str(folder))
    (row,) = asked(capsys, "cache", "list", "--data", str(folder))["rows"]
    assert (row["target"], row["checked"]["signer"]) == (target, signer)
    told = asked(capsys, "cache", "why", target, "--charger", SERIAL, "--data", str(folder))
    assert told["failed"] is None and signer in json.dumps(told["checks"])


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told
