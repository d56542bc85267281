"""The window through paramiko's private request functions: the first to fail when a new paramiko changes them."""

import random
import struct
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import paramiko
import pytest
from paramiko.sftp import CMD_STATUS, CMD_WRITE, SFTP_FAILURE, SFTP_OK

from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import FirmwareError
from fieldtool.core.texts import Text
from fieldtool.drivers import sftp_upload
from fieldtool.drivers.sftp_upload import WINDOW, WRITE
from tests.drivers.contract import DRIVER, Keys, finish
from tests.lab_chargers import LabCharger, virtual_charger


@pytest.fixture
def charger(tmp_path: Path) -> Iterator[LabCharger]:
    with virtual_charger(tmp_path) as virtual:
        yield virtual


def keys(charger: LabCharger) -> Keys:
    return Keys(charger.serial, key=charger.private_key, fingerprint=charger.fingerprint)


def test_a_transfer_survives_many_changes_of_the_session_keys(
    charger: LabCharger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the field this happens after each 512 MiB."""
    monkeypatch.setattr(paramiko.packet.Packetizer, "REKEY_BYTES", 1 << 20)
    image = charger.firmware("2.0.0", size=8_000_000)
    with DRIVER.open(charger.component, charger.profile, keys(charger)) as opened:
        first = opened._ssh._transport.session_id
        finish(opened.transfer(image))
        finish(opened.verify(image))
        assert first != opened._ssh._transport.H  # the keys did change


def test_progress_comes_at_least_once_a_second_on_a_slow_line(charger: LabCharger) -> None:
    image = charger.firmware("2.0.0", size=400_000)
    clock = SystemClock()
    with DRIVER.open(charger.component, charger.profile, keys(charger)) as opened:
        charger.act("slow", 250_000)
        times = [(clock.monotonic(), progress.done) for progress in opened.transfer(image)]
    assert max(later[0] - earlier[0] for earlier, later in zip(times, times[1:], strict=False)) < 1.0
    assert len({done for _, done in times}) > 2


def test_a_local_file_that_vanished_is_the_laptops_trouble_and_not_the_lines(charger: LabCharger) -> None:
    image = charger.firmware("2.0.0")
    image.path.unlink()
    with DRIVER.open(charger.component, charger.profile, keys(charger)) as opened:
        with pytest.raises(FirmwareError) as error:
            finish(opened.transfer(image))
        assert error.value.text is Text.IMAGE_UNREADABLE
        assert opened.observe().serial == charger.serial


def test_fifty_sessions_at_once_do_not_disturb_each_other(charger: LabCharger) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def look(_: int) -> str:
        with DRIVER.open(charger.component, charger.profile, keys(charger)) as opened:
            return opened.observe().serial

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(look, range(50))) == {charger.serial}


class OddServer:
    """The far end of paramiko's client, channel and transport: answers in any order, in pieces, and may refuse one."""

    def __init__(self, refused: int = -1, window: int = 1 << 30, garbage: bytes = b"") -> None:
        self.handle, self.remote_chanid, self.request_number, self.lock = b"hand", 7, 5, Lock()
        self._lock = self.lock
        self.content: dict[int, bytes] = {}
        self._waiting: list[bytes] = []
        self._sent, self._outbox = b"", b""
        self._refused, self._window, self._garbage = refused, window, garbage
        self.most = 0

    def get_channel(self) -> "OddServer":
        return self

    def get_transport(self) -> "OddServer":
        return self

    def _wait_for_send_window(self, size: int) -> int:
        return min(size, self._window)

    def _send_user_message(self, message: Any) -> None:
        kind, channel, length = struct.unpack(">BII", message.asbytes()[:9])
        assert (kind, channel, length) == (94, 7, len(message.asbytes()) - 9)
        self.sendall(message.asbytes()[9:])

    def sendall(self, data: bytes) -> None:
        self._sent += data
        while len(self._sent) >= 4 and len(self._sent) >= 4 + int.from_bytes(self._sent[:4], "big"):
            end = 4 + int.from_bytes(self._sent[:4], "big")
            self._take(self._sent[4:end])
            self._sent = self._sent[end:]

    def _take(self, request: bytes) -> None:
        kind, number, size = struct.unpack(">BII", request[:9])
        assert (kind, request[9 : 9 + size]) == (CMD_WRITE, self.handle)
        offset, length = struct.unpack(">QI", request[9 + size : 21 + size])
        self.content[offset] = request[21 + size :]
        assert len(self.content[offset]) == length
        status = SFTP_FAILURE if len(self.content) == self._refused else SFTP_OK
        answer = struct.pack(">BIII", CMD_STATUS, number, status, 7) + b"Failure" + bytes(4)
        self._waiting.append(struct.pack(">I", len(answer)) + answer)
        self.most = max(self.most, len(self._waiting))

    def recv(self, size: int) -> bytes:
        if self._garbage:
            return self._garbage
        if not self._outbox:
            self._outbox = self._waiting.pop(random.randrange(len(self._waiting)))
        size = random.randint(1, len(self._outbox))
        piece, self._outbox = self._outbox[:size], self._outbox[size:]
        return piece

    def idle(self) -> bool:
        return not self._waiting and not self._outbox

    def _convert_status(self, message: paramiko.Message) -> None:
        paramiko.SFTPClient._convert_status(self, message)


@pytest.mark.parametrize("window", [1 << 30, 10_000])
def test_answers_in_any_order_and_in_pieces_are_counted_and_the_window_is_kept(tmp_path: Path, window: int) -> None:
    local = tmp_path / "image"
    local.write_bytes(random.randbytes(200 * WRITE + 17))
    server: Any = OddServer(window=window)
    digest = sha256()
    sending = sftp_upload._Window(server, server, 0)
    sending.fill(local, digest)
    assert b"".join(data for _, data in sorted(server.content.items())) == local.read_bytes()
    assert sending.acknowledged == local.stat().st_size
    assert server.most == WINDOW and server.idle()
    assert digest.hexdigest() == sha256(local.read_bytes()).hexdigest()


def test_one_refused_write_among_many_ends_the_transfer_with_all_answers_read(tmp_path: Path) -> None:
    local = tmp_path / "image"
    local.write_bytes(bytes(500 * WRITE))
    server: Any = OddServer(refused=70)
    sending = sftp_upload._Window(server, server, 0)
    with pytest.raises(OSError, match="Failure"):
        sending.fill(local, sha256())
    assert server.idle() and len(server.content) < 500


@pytest.mark.parametrize("garbage", [b"\xff" * 40, b"\0\0\0\x09e\0\0\0\0\0\0\0\0"])
def test_answers_that_make_no_sense_end_the_transfer(tmp_path: Path, garbage: bytes) -> None:
    local = tmp_path / "image"
    local.write_bytes(bytes(100 * WRITE))
    server: Any = OddServer(garbage=garbage)
    with pytest.raises(paramiko.SSHException, match="no sense"):
        sftp_upload._Window(server, server, 0).fill(local, sha256())
