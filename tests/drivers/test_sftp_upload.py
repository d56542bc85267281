"""The window through paramiko's private request functions: the first to fail when a new paramiko changes them."""

import random
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import paramiko
import pytest
from paramiko.sftp import CMD_STATUS, SFTP_FAILURE, SFTP_OK

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


class BackwardServer:
    """An SFTP server's file that answers the newest request first, and may refuse one."""

    handle = b"h"

    def __init__(self, refused: int = -1) -> None:
        self.content: dict[int, bytes] = {}
        self.waiting: list[tuple[int, Any]] = []
        self.most = 0
        self._refused = refused

    def _async_request(self, listener: Any, kind: int, handle: bytes, offset: int, data: bytes) -> int:
        number = len(self.content)
        self.content[int(offset)] = data
        self.waiting.append((number, listener))
        self.most = max(self.most, len(self.waiting))
        return number

    def _read_response(self) -> None:
        number, listener = self.waiting.pop(random.randrange(len(self.waiting)))
        answer = paramiko.Message()
        answer.add_int(SFTP_FAILURE if number == self._refused else SFTP_OK)
        answer.add_string("Failure")
        listener._async_response(CMD_STATUS, paramiko.Message(answer.asbytes()), number)

    def _convert_status(self, message: paramiko.Message) -> None:
        paramiko.SFTPClient._convert_status(self, message)  # type: ignore[attr-defined, arg-type]


def test_answers_in_any_order_are_counted_and_the_window_is_kept(tmp_path: Path) -> None:
    local = tmp_path / "image"
    local.write_bytes(random.randbytes(200 * WRITE + 17))
    server: Any = BackwardServer()
    digest = sha256()
    window = sftp_upload._Window(server, server, 0)
    window.fill(local, digest)
    assert b"".join(data for _, data in sorted(server.content.items())) == local.read_bytes()
    assert window.acknowledged == local.stat().st_size
    assert server.most == WINDOW and not server.waiting
    assert digest.hexdigest() == sha256(local.read_bytes()).hexdigest()


def test_one_refused_write_among_many_ends_the_transfer(tmp_path: Path) -> None:
    local = tmp_path / "image"
    local.write_bytes(bytes(100 * WRITE))
    server: Any = BackwardServer(refused=70)
    window = sftp_upload._Window(server, server, 0)
    with pytest.raises(OSError, match="Failure"):
        window.fill(local, sha256())
