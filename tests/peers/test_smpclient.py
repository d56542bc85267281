"""smpclient, a client of others, on the virtual charger: what it finds there is what it finds on the real MCUboot."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldtool.lab.mcuboot import Make
from tests.mcu_chargers import McuCharger, mcu_charger
from tests.peers import smp_programs

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal"),
]
SCRIPT = Path(__file__).with_name("smpclient_script.py")
Ask = Callable[..., list[Any]]


@pytest.fixture(params=[Make(), Make(buffer=1024, checks_file=True, keeps_old=True)], ids=["small", "large"])
def charger(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[McuCharger]:
    with mcu_charger(tmp_path, make=request.param) as made:
        yield made


@pytest.fixture
def ask(charger: McuCharger) -> Ask:
    folder = smp_programs.smpclient()

    def asked(*commands: list[Any]) -> list[Any]:
        ended = subprocess.run(
            [sys.executable, str(SCRIPT), charger.charger.address, json.dumps(commands)],
            env={**os.environ, "PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 0, ended.stderr
        return [json.loads(line) for line in ended.stdout.splitlines()]

    return asked


def versions(told: Any) -> list[tuple[int, str, bool, bool]]:
    return [(one["slot"], one["version"], one["active"], one["confirmed"]) for one in told["images"]]


def test_the_whole_life_of_an_image(charger: McuCharger, ask: Ask) -> None:
    new = charger.file("2.6.1+3")
    (params, first, sent, listed, tried, _) = ask(
        ["parameters"], ["list"], ["upload", str(new.path)], ["list"], ["test", new.payload_hash], ["reset"]
    )
    assert params["buf_size"] == charger.mcu.make.buffer and params["buf_count"] == 4
    assert versions(first) == [(0, "2.4.0", True, True)]
    assert sent["last"] == new.length
    assert versions(listed) == [(0, "2.4.0", True, True), (1, "2.6.1.3", False, False)]
    assert [one["pending"] for one in tried["images"]] == [False, True]
    charger.wait_restarted(1)
    (trial, kept, after) = ask(["list"], ["confirm"], ["list"])
    assert versions(trial) == [(0, "2.6.1.3", True, False), (1, "2.4.0", False, True)]
    assert kept == after and versions(after)[0] == (0, "2.6.1.3", True, True)
    assert len(after["images"]) == (2 if charger.mcu.make.keeps_old else 1)


def test_without_a_confirmation_it_reverts(charger: McuCharger, ask: Ask) -> None:
    new = charger.file("2.6.1")
    ask(["upload", str(new.path)], ["test", new.payload_hash], ["reset"])
    charger.wait_restarted(1)
    (refused, erased, again, _) = ask(
        ["upload", str(new.path)], ["erase"], ["test", charger.old.payload_hash], ["reset"]
    )
    assert "rc=<IMG_MGMT_ERR.NO_FREE_SLOT: 9>" in refused["refused"]
    assert erased["refused"] == {"group": 1, "rc": 9} and again["refused"] == {"group": 1, "rc": 28}
    charger.wait_restarted(2)
    (back,) = ask(["list"])
    assert versions(back)[0] == (0, "2.4.0", True, True)


def test_an_upload_goes_on_after_the_client_has_gone(charger: McuCharger, ask: Ask) -> None:
    new = charger.file("2.6.1")
    (part,) = ask(["upload", str(new.path), 5_000])
    (rest, listed) = ask(["upload", str(new.path)], ["list"])
    assert part["last"] >= 5_000 and rest["first"] >= part["last"] and rest["last"] == new.length
    assert len(listed["images"]) == 2


def test_codes_are_those_of_the_real_one(charger: McuCharger, ask: Ask) -> None:
    junk = charger.folder / "junk"
    junk.write_bytes(b"junk" * 500)
    (echo, loader, unknown, active, sent) = ask(
        ["echo", "hi"], ["bootloader"], ["test", "00" * 32], ["test", charger.old.payload_hash], ["upload", str(junk)]
    )
    assert echo == {"r": "hi"}
    assert loader["refused"]["rc"] == 8
    assert (unknown["refused"], active["refused"]) == ({"group": 1, "rc": 8}, {"group": 1, "rc": 33})
    assert "INVALID_IMAGE_HEADER_MAGIC" in sent["refused"]


def test_serial_recovery_takes_an_image_for_slot_0(charger: McuCharger, ask: Ask) -> None:
    new = charger.file("2.6.1")
    ask(["reset", 1])
    charger.wait_restarted(1)
    (params, echo, listed) = ask(["parameters"], ["echo", "hi"], ["list"])
    assert (params["buf_size"], params["buf_count"]) == (1024, 1) and echo["refused"]["rc"] == 8
    (slot,) = listed["images"]
    assert {name for name, value in slot.items() if value is not None} == {"slot", "version", "hash"}
    (sent, _) = ask(["upload", str(new.path)], ["reset"])
    assert sent["last"] == new.length
    charger.wait_restarted(2)
    assert versions(ask(["list"])[0]) == [(0, "2.6.1", True, True)]


def test_a_dead_application_is_brought_back_through_the_bootloader(charger: McuCharger, ask: Ask) -> None:
    charger.mcu.slots[0] = b"\xff" * 1_000
    charger.charger.power_cut(0.0)
    new = charger.file("2.6.1")
    (listed, sent, _) = ask(["list"], ["upload", str(new.path)], ["reset"])
    assert listed["images"] == [] and sent["last"] == new.length
    charger.wait_restarted(2)
    assert versions(ask(["list"])[0]) == [(0, "2.6.1", True, True)]
