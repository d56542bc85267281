"""The virtual MCUboot charger behaves as the real one was measured to; tests/peers lets others say so too."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cbor2
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fieldtool.lab.mcuboot import Make
from fieldtool.lab.mcuboot_image import image_of, read_image
from fieldtool.lab.smp_wire import Asked, Receiver, answer, checksum, lines
from tests.lab_chargers import TRUSTED
from tests.mcu_chargers import McuCharger, mcu_charger, signing_key


@pytest.fixture
def charger(tmp_path: Path) -> Iterator[McuCharger]:
    with mcu_charger(tmp_path, tcp=True) as made:
        yield made


def request(group: int, command: int, body: dict[str, object], write: bool = False) -> bytes:
    data = cbor2.dumps(body)
    head = bytes([0x0A if write else 0x08, 0, *len(data).to_bytes(2, "big"), 0, group, 7, command])
    return lines(head + data)


def ask(charger: McuCharger, *requests: bytes) -> bytes:
    """All that it sends until it has answered an echo behind the requests."""
    host, port = charger.charger.address.split(":")
    with socket.create_connection((host, int(port)), 5.0) as line:
        line.sendall(b"".join(requests) + request(0, 0, {"d": "end"}, write=True))
        heard, end = b"", answer(Asked(True, True, 0, 7, 0, {}), {"r": "end"})
        while not heard.endswith(end):
            more = line.recv(4_096)
            assert more
            heard += more
    return heard.removesuffix(end)


def test_the_checksum_is_the_one_of_xmodem() -> None:
    assert checksum(b"123456789") == b"\x31\xc3"


def test_a_packet_that_does_not_fit_into_its_buffer_is_dropped_in_silence() -> None:
    fits, large = request(0, 0, {"d": "x" * 80}, True), request(0, 0, {"d": "x" * 81}, True)
    size = 8 + len(cbor2.dumps({"d": "x" * 80})) + 4
    assert len(list(Receiver(size).take(fits))) == 1
    assert list(Receiver(size).take(large)) == []


@pytest.mark.parametrize("noise", [b"hello\n", b"\x06\x09!!!!\n", b"\x04\x14AAAA\n", b"\x06\x09AAAA\n"])
def test_noise_is_answered_with_silence(charger: McuCharger, noise: bytes) -> None:
    first = ask(charger)  # what its log prints once
    assert b"started" in first and ask(charger, noise) == b""


def test_one_client_after_the_other_is_served(charger: McuCharger) -> None:
    ask(charger)
    listed = request(1, 0, {})
    assert ask(charger, listed) == ask(charger, listed) != b""


def test_an_image_that_hangs_is_taken_back_by_the_watchdog(charger: McuCharger) -> None:
    charger.mcu.slots[1] = charger.file("2.6.1", boots=False).path.read_bytes()
    charger.mcu.pending = True
    charger.charger.power_cut(0.0)
    charger.charger._restart_later()
    charger.until(lambda: charger.charger.up)
    runs = charger.mcu.runs
    assert runs is not None and runs.version == "2.4.0" and charger.mcu.confirmed


def test_a_slot_with_half_an_image_lists_nothing() -> None:
    whole = image_of(b"payload" * 100, "1.2.3", signing_key(TRUSTED))
    assert read_image(whole, signing_key(TRUSTED).public_key()) is not None
    for length in (0, 10, 40, 700, len(whole) - 200):
        assert read_image(whole[:length], signing_key(TRUSTED).public_key()) is None


def test_the_makers_own_tool_accepts_our_images(tmp_path: Path) -> None:
    tool = Path(sys.executable).with_name("imgtool")
    if not tool.exists():
        pytest.skip("imgtool is not installed")
    image, key = tmp_path / "image.bin", tmp_path / "key.pem"
    image.write_bytes(image_of(b"payload" * 100, "1.2.3+4", signing_key(TRUSTED)))
    key.write_bytes(signing_key(TRUSTED).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    ended = subprocess.run([tool, "verify", "-k", key, image], capture_output=True, text=True)
    assert ended.returncode == 0 and "1.2.3+4" in ended.stdout


def test_an_old_server_has_no_parameters_and_plain_codes(tmp_path: Path) -> None:
    with mcu_charger(tmp_path, make=Make(first_version=True), tcp=True) as charger:
        ask(charger)
        told = ask(charger, request(0, 6, {}), request(1, 0, {"hash": b"x"}, write=True))
    asked = (Asked(False, True, 0, 7, 6, {}), Asked(True, True, 1, 7, 0, {}))
    assert told == answer(asked[0], {"rc": 8}) + answer(asked[1], {"rc": 8})
