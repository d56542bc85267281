"""The SFTP side of a virtual charger: files of its disk, and the faults that strike while something is uploaded."""

import errno
import io
import os
import posixpath
import stat
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

import paramiko
from paramiko.message import Message
from paramiko.sftp import (
    CMD_EXTENDED,
    CMD_EXTENDED_REPLY,
    CMD_INIT,
    CMD_VERSION,
    SFTP_FAILURE,
    SFTP_NO_SUCH_FILE,
    SFTP_OK,
    SFTP_PERMISSION_DENIED,
)

from fieldtool.lab.device import Device, Power

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_BLOCK = 4096


class SftpFiles(paramiko.SFTPServerInterface):
    """Answers requests from the disk of one device."""

    def __init__(self, server: paramiko.ServerInterface, device: Device, power: Power) -> None:
        super().__init__(server)
        self._device, self._power = device, power

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:
        try:
            fact = self._device.disk.fact(path)
            if fact is not None:
                return _File(self._device, self._power, path, io.BytesIO(fact), 0)
            return _File(self._device, self._power, path, self._open(path, flags, attr), flags)
        except OSError as error:
            return _code(error)

    def _open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> BinaryIO:
        disk = self._device.disk
        real = disk.real(path)
        if not flags & (os.O_WRONLY | os.O_RDWR):
            return real.open("rb")
        if not real.exists() and flags & os.O_CREAT:
            made = real.open("x+b", buffering=0)
            real.chmod((attr.st_mode or 0o644) & 0o777)
            return made
        if flags & os.O_EXCL:
            raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))
        if flags & os.O_TRUNC:
            disk.truncate(path, 0)
        return real.open("r+b", buffering=0)

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            return self._attributes(path)
        except OSError as error:
            return _code(error)

    def lstat(self, path: str) -> paramiko.SFTPAttributes | int:
        return self.stat(path)

    def chattr(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        try:
            if attr.st_size is not None:
                self._device.disk.truncate(path, attr.st_size)
            elif not self._device.disk.exists(path):
                return SFTP_NO_SUCH_FILE
        except OSError as error:
            return _code(error)
        return SFTP_OK  # owner and times are not kept, rights only as they were when the file was made

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        try:
            found = []
            for name in self._device.disk.names(path):
                attributes = self._attributes(f"{path}/{name}")
                attributes.filename = name
                found.append(attributes)
        except OSError as error:
            return _code(error)
        return found

    def _attributes(self, path: str) -> paramiko.SFTPAttributes:
        disk, out = self._device.disk, paramiko.SFTPAttributes()
        folder = disk.is_folder(path)
        out.st_size = _BLOCK if folder else disk.size(path)
        out.st_mode = stat.S_IFDIR | 0o755 if folder else stat.S_IFREG | 0o644
        out.st_uid = out.st_gid = 0
        real = disk.real(path)
        out.st_atime = out.st_mtime = int(real.stat().st_mtime) if real.exists() else 0
        return out

    def remove(self, path: str) -> int:
        return self._change(lambda: self._device.disk.remove(path))

    def rename(self, oldpath: str, newpath: str) -> int:
        if self._device.disk.exists(newpath):  # protocol version 3: it must not exist
            return SFTP_FAILURE
        return self.posix_rename(oldpath, newpath)

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        return self._change(lambda: self._device.disk.rename(oldpath, newpath))

    def mkdir(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        return self._change(lambda: self._device.disk.make_folder(path))

    def rmdir(self, path: str) -> int:
        return self._change(lambda: self._device.disk.remove_folder(path))

    def canonicalize(self, path: str) -> str:
        return posixpath.normpath(posixpath.join("/root", path))

    def space(self) -> tuple[int, int]:
        """Size and free bytes of the disk."""
        return self._device.disk.capacity, self._device.disk.free

    def _change(self, act: Callable[[], None]) -> int:
        try:
            act()
        except OSError as error:
            return _code(error)
        return SFTP_OK


class _File(paramiko.SFTPHandle):
    """One open file. A write may be the moment at which a fault strikes."""

    def __init__(self, device: Device, power: Power, path: str, file: BinaryIO, flags: int) -> None:
        super().__init__(flags)
        self._device, self._power, self._path, self._file = device, power, path, file
        self._writes = bool(flags & (os.O_WRONLY | os.O_RDWR))
        self._appends = bool(flags & os.O_APPEND)
        # A connection that is cut in a stalled line may drop its handles without closing them.
        weakref.finalize(self, file.close)

    def close(self) -> None:
        self._file.close()

    def stat(self) -> paramiko.SFTPAttributes | int:
        out = paramiko.SFTPAttributes()
        out.st_size = self._file.seek(0, os.SEEK_END)
        out.st_mode = stat.S_IFREG | 0o644
        return out

    def chattr(self, attr: paramiko.SFTPAttributes) -> int:
        try:
            if attr.st_size is not None:
                self._device.disk.truncate(self._path, attr.st_size)
        except OSError as error:
            return _code(error)
        return SFTP_OK

    def read(self, offset: int, length: int) -> bytes | int:
        self._file.seek(offset)
        return self._file.read(length)

    def write(self, offset: int, data: "Buffer") -> int:
        # Requests that came before a power cut may still lie in a buffer when the device is up again.
        if not self._writes or self._power.off.is_set():
            return SFTP_PERMISSION_DENIED
        content = bytes(data)
        size = self._file.seek(0, os.SEEK_END)
        offset = size if self._appends else offset
        content, cut = self._struck(offset, content)
        missing = max(0, offset + len(content) - size)
        granted = self._device.disk.grow(missing)
        fits = content[: max(0, len(content) - (missing - granted))]
        if fits:
            self._file.seek(offset)
            self._file.write(fits)
        else:  # a pipelined write behind the one that filled the disk: nothing of it is kept
            self._device.disk.give_back(granted)
        if cut:
            self._device.take("cut_at_byte")
            self._device.cut_power()
        return SFTP_OK if granted == missing and not cut else SFTP_FAILURE

    def _struck(self, offset: int, data: bytes) -> tuple[bytes, bool]:
        """What of `data` reaches the storage, and whether power goes after it."""
        faults, end = self._device.faults, offset + len(data)
        if 0 <= faults.session_at_byte <= end:
            self._device.take("session_at_byte")
            self._device.start_session()
        if offset <= faults.flip_at_byte < end:
            self._device.take("flip_at_byte")
            at = faults.flip_at_byte - offset
            data = data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]
        if 0 <= faults.cut_at_byte <= end:
            return data[: max(0, faults.cut_at_byte - offset)], True
        return data, False


class SftpServer(paramiko.SFTPServer):
    """Paramiko's server, with the extension by which OpenSSH's `df` and our disk check ask for free space."""

    server: SftpFiles

    def _send_server_version(self) -> int:
        kind, data = self._read_packet()  # type: ignore[attr-defined]  # paramiko's own, not in the stubs
        if kind != CMD_INIT:
            raise paramiko.SFTPError("Incompatible sftp protocol")
        message = Message()
        message.add_int(3)
        for word in ("posix-rename@openssh.com", "1", "statvfs@openssh.com", "2"):
            message.add_string(word)
        self._send_packet(CMD_VERSION, message)  # type: ignore[attr-defined]  # as above
        return int.from_bytes(data[:4], "big")

    def _process(self, t: int, request_number: int, msg: Message) -> None:
        before = msg.packet.tell()
        if t == CMD_EXTENDED and msg.get_text() == "statvfs@openssh.com":
            self._answer_space(request_number)
            return
        msg.packet.seek(before)
        super()._process(t, request_number, msg)  # type: ignore[misc]  # as above

    def _answer_space(self, request_number: int) -> None:
        size, free = self.server.space()
        message = Message()
        message.add_int(request_number)
        blocks, left = size // _BLOCK, free // _BLOCK
        for value in (_BLOCK, _BLOCK, blocks, left, left, 100_000, 90_000, 90_000, 1, 0, 255):
            message.add_int64(value)
        self._send_packet(CMD_EXTENDED_REPLY, message)  # type: ignore[attr-defined]  # as above


def _code(error: OSError) -> int:
    return paramiko.SFTPServer.convert_errno(error.errno or errno.EIO)
