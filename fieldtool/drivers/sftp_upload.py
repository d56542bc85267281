"""A file on its way to a charger by SFTP: resumable, with a full window, and never waiting without a limit.

The loop that writes is ours, on paramiko's channel: `putfo` empties its pipeline again and again (1.6 times slower),
and paramiko's request functions cost a fifth more processor time, which counts with a hundred chargers
(tests/bench/bench_sftp.py). It touches private names of paramiko; the lock file pins its version, and
tests/drivers/test_sftp_upload.py tells at once when they change.
"""

import struct
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from paramiko import Message, SFTPAttributes, SFTPError, SFTPFile, SSHException
from paramiko.sftp import (
    CMD_HANDLE,
    CMD_OPEN,
    CMD_STATUS,
    CMD_WRITE,
    SFTP_FLAG_CREATE,
    SFTP_FLAG_EXCL,
    SFTP_FLAG_WRITE,
)

from fieldtool.core.errors import DeviceError, FirmwareError, LinkError
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs.rauc import plain
from fieldtool.drivers.ssh import Ssh

if TYPE_CHECKING:
    from hashlib import _Hash

WRITE = 32640  # bytes of a request: 32768 do not fit into one packet of OpenSSH's 32704 and would become two
WINDOW = 64  # requests under way, as OpenSSH's own client has
_BLOCK = 2 * WRITE  # read and hashed at once; 32 x cost 50 transfers 50 MB more and no transfer less time
_SSH_HEAD = 9  # bytes before the data of an SSH channel packet: kind, channel, length
_WRITE_REQUEST: int = CMD_WRITE
_LONGEST_ANSWER = 65536  # bytes; an answer to a write is a number and a sentence
_TICK = 0.5  # seconds between two looks at the counters


class Sftp:
    """The SFTP channel of a connection. LinkError when it is lost, DeviceError(UPLOAD_REFUSED) when it says no."""

    def __init__(self, ssh: Ssh, folder: str) -> None:
        self._ssh, self._folder = ssh, folder
        try:
            self._client = ssh.open_sftp()
        except LinkError as error:
            ssh.ping()  # says so when the connection itself is lost
            raise DeviceError(Text.UPLOAD_REFUSED, folder=folder, detail="it offers no SFTP") from error

    def close(self) -> None:
        with suppress(EOFError, OSError, SSHException):  # it may be gone already; nothing is lost with it
            self._client.close()

    def size(self, path: str) -> int | None:
        """Length in bytes; None when there is no such file."""
        with self._asking():
            try:
                return self._client.stat(path).st_size
            except FileNotFoundError:
                return None

    def names(self) -> list[str]:
        with self._asking():
            return self._client.listdir(self._folder)

    def remove(self, path: str) -> None:
        """Safe to repeat."""
        with self._asking(), suppress(FileNotFoundError):
            self._client.remove(path)

    def truncate(self, path: str, size: int) -> None:
        with self._asking():
            self._client.truncate(path, size)

    def touch(self, path: str) -> None:
        with self._asking():
            self._client.open(path, "w").close()

    def put_private(self, path: str, content: bytes) -> None:
        """Write a small file that only its owner may read, from its first moment on. What lay there is replaced."""
        self.remove(path)
        rights = SFTPAttributes()
        rights.st_mode = 0o600
        flags = SFTP_FLAG_WRITE | SFTP_FLAG_CREATE | SFTP_FLAG_EXCL  # EXCL: no link of somebody else is followed
        with self._asking():
            # paramiko's own `open` sends no rights: others could read the file until `chmod`
            request = self._client._request  # type: ignore[attr-defined]  # its stubs leave private names out
            kind, answer = request(CMD_OPEN, path.encode(), flags, rights)
            if kind != CMD_HANDLE:
                raise SFTPError("no handle")
            with SFTPFile(self._client, answer.get_binary(), "wb", -1) as file:
                file.write(content)

    def replace(self, source: str, target: str) -> None:
        """Rename; SFTP's own rename refuses a target that exists."""
        self.remove(target)
        with self._asking():
            self._client.rename(source, target)

    def send(self, local: Path, remote: str, start: int, digest: "_Hash") -> Generator[int, None, None]:
        """Send `local` from byte `start` on; yields the bytes that the charger acknowledged, twice a second.

        `digest` is fed with what is sent. Closing the generator ends the transfer; the connection stays usable unless
        the line is blocked, then it is dropped. LinkError(LINK_STALLED) when nothing is acknowledged for too long.
        """
        with self._asking():
            file = self._client.open(remote, "r+" if start else "w", bufsize=0)
        window = _Window(self._client, file, start)
        over = Event()
        pool = ThreadPoolExecutor(1, thread_name_prefix="upload")
        try:
            job = pool.submit(window.fill, local, digest)
            job.add_done_callback(lambda _: over.set())
            yield from self._follow(window, over)
            with self._asking():
                job.result()
                file.close()
        finally:
            self._end(window, job, over)
            pool.shutdown()

    def _follow(self, window: "_Window", over: Event) -> Generator[int, None, None]:
        clock, silence = self._ssh.clock, self._ssh.patience.silence
        seen, since = -1, clock.monotonic()
        while not clock.wait(over, _TICK):
            if window.acknowledged != seen:
                seen, since = window.acknowledged, clock.monotonic()
            elif clock.monotonic() - since > silence:
                raise LinkError(Text.LINK_STALLED, address=self._ssh.link.address, seconds=round(silence))
            yield window.acknowledged

    def _end(self, window: "_Window", job: "Future[None]", over: Event) -> None:
        window.stop.set()
        if not self._ssh.clock.wait(over, 2 * _TICK):
            self._ssh.drop()  # the only way out of a blocked send
        job.exception()  # waits for its end; what it says was raised above, or nobody waits for it any more

    def _open(self) -> bool:
        channel = self._client.get_channel()
        return channel is not None and not channel.closed and self._ssh.alive()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        with self._ssh.waiting():
            try:
                yield
            except (OSError, SFTPError) as error:
                if isinstance(error, TimeoutError) or not self._open():
                    raise
                raise DeviceError(Text.UPLOAD_REFUSED, folder=self._folder, detail=_said(error)) from error


class _Window:
    """Keeps up to `WINDOW` requests under way, in a thread of its own; others read `acknowledged`.

    When it ends for whatever reason but a lost connection, every request was answered: the SFTP channel stays usable.
    """

    def __init__(self, client: Any, file: Any, start: int) -> None:
        """`client` and `file` are paramiko's SFTPClient and SFTPFile: what is needed of them is private."""
        self._client, self._channel = client, client.get_channel()
        self._transport = self._channel.get_transport()
        self._handle: bytes = file.handle
        # SSH: kind, channel, length; SFTP: length, kind, number, length and bytes of the handle, offset, length of data
        self._head = struct.Struct(f">BIIIBII{len(self._handle)}sQI")
        self._offset = start
        self._under_way: dict[int, int] = {}  # request number -> bytes
        self._answers = b""
        self._refused: Exception | None = None
        self.acknowledged = 0
        self.stop = Event()

    def fill(self, local: Path, digest: "_Hash") -> None:
        try:
            for block in _blocks(local, self._offset, None, _BLOCK):
                digest.update(block)
                for at in range(0, len(block), WRITE):
                    if self.stop.is_set() or self._refused is not None:
                        return
                    self._write(block[at : at + WRITE])
        finally:
            while self._under_way:
                self._settle()
            if self._refused is not None:
                raise self._refused

    def _write(self, data: bytes) -> None:
        while len(self._under_way) >= WINDOW:
            self._settle()
        with self._client._lock:
            number = self._client.request_number
            self._client.request_number += 1
        size = self._head.size - _SSH_HEAD + len(data)
        with self._channel.lock:
            granted = self._channel._wait_for_send_window(size)
        handle, channel = self._handle, self._channel.remote_chanid
        head = self._head.pack(
            94, channel, granted, size - 4, _WRITE_REQUEST, number, len(handle), handle, self._offset, len(data)
        )
        message = b"".join((head, data))
        self._transport._send_user_message(_Ready(message[: _SSH_HEAD + granted]))
        if granted < size:  # a narrow window: the rest follows in packets of its own
            self._channel.sendall(message[_SSH_HEAD + granted :])
        self._under_way[number] = len(data)
        self._offset += len(data)

    def _settle(self) -> None:
        """Wait for answers and count them, in whatever order the charger sends them."""
        fresh = self._channel.recv(65536)
        if not fresh:
            raise EOFError
        answers, at = self._answers + fresh, 0
        while len(answers) - at >= 4:
            end = at + 4 + int.from_bytes(answers[at : at + 4], "big")
            if end - at > _LONGEST_ANSWER:
                raise self._senseless()
            if len(answers) < end:
                break
            self._count(Message(answers[at + 4 : end]))
            at = end
        self._answers = answers[at:]

    def _count(self, answer: Message) -> None:
        kind, number = answer.get_byte()[0], answer.get_int()
        size = self._under_way.pop(number, None)
        if kind != CMD_STATUS or size is None:
            raise self._senseless()
        try:
            self._client._convert_status(answer)
            self.acknowledged += size
        except (OSError, EOFError) as error:
            self._refused = self._refused or error

    def _senseless(self) -> SSHException:
        self._under_way.clear()  # nobody can tell any more what is answered: do not wait for it
        return SSHException("its SFTP answers make no sense")


class _Ready:
    """A message that paramiko's transport need not put together: one copy less of each 32 KiB."""

    __slots__ = ("_content",)

    def __init__(self, content: bytes) -> None:
        self._content = content

    def asbytes(self) -> bytes:
        return self._content


def _said(error: Exception) -> str:
    return plain(getattr(error, "strerror", None) or str(error)) or type(error).__name__


def hash_start(local: Path, length: int, digest: "_Hash") -> Generator[None, None, None]:
    """Feed `digest` with the first `length` bytes; yields often enough to show life."""
    for block in _blocks(local, 0, length, 64 * WRITE):
        digest.update(block)
        yield


def _blocks(local: Path, start: int, end: int | None, size: int) -> Iterator[bytes]:
    try:
        with local.open("rb") as source:
            source.seek(start)
            while block := source.read(size if end is None else min(size, end - source.tell())):
                yield block
    except OSError as error:  # told apart from an error of the line
        raise FirmwareError(Text.IMAGE_UNREADABLE, target=local.name, detail=_said(error)) from error
