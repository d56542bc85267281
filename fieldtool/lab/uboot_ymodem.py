"""The receiver's side of YMODEM and XMODEM as U-Boot has it: a damaged block is answered with `C`, not with NAK.

Written from what U-Boot does on the line; shares nothing with the driver's sender.
"""

from binascii import crc_hqx

PING = 2.0  # seconds between two C, and of patience within a block
PATIENCE = 20  # pings without anything
_ACK, _C = b"\x06", b"C"


class Receiver:
    """`take` bytes, send what it returns; `wait` when nothing came for PING seconds."""

    def __init__(self, ymodem: bool) -> None:
        self._ymodem = ymodem
        self._buffer = bytearray()
        self._expected = 0 if ymodem else 1
        self._length: int | None = None
        self._pings = 0
        self._cancels = 0
        self._closing = False  # EOT was taken
        self.content = bytearray()
        self.ended = False
        self.error = ""

    def begin(self) -> bytes:
        return _C

    def wait(self) -> bytes:
        """A block that is not whole by now will not become it."""
        if self._closing:
            self.ended = True
            return b""
        self._buffer.clear()
        self._pings += 1
        if self._pings > PATIENCE:
            self._fail("Retry limit exceeded")
            return b""
        return _C

    def take(self, data: bytes) -> bytes:
        answer = b""
        self._buffer += data
        while self._buffer and not self.ended:
            kind = self._buffer[0]
            if kind == 0x18:
                del self._buffer[0]
                self._cancels += 1
                if self._cancels >= 2:
                    self._fail("Cancelled")
                continue
            self._cancels = 0
            if kind == 0x04:
                del self._buffer[0]
                answer += self._end()
            elif kind in (0x01, 0x02):
                size = 128 if kind == 0x01 else 1024
                if len(self._buffer) < size + 5:
                    break
                block = bytes(self._buffer[: size + 5])
                del self._buffer[: size + 5]
                self._pings = 0
                answer += self._block(block)
            else:
                del self._buffer[0]  # noise between blocks
        return answer

    def _end(self) -> bytes:
        self._closing = True
        if not self._ymodem:
            self.ended = True
            return _ACK
        return _ACK + _C

    def _block(self, block: bytes) -> bytes:
        number, inverse, data = block[1], block[2], block[3:-2]
        if number ^ inverse != 0xFF or crc_hqx(data, 0) != int.from_bytes(block[-2:], "big"):
            self._buffer.clear()
            return _C
        if self._closing:  # an empty block 0: no further file
            self.ended = True
            return _ACK
        if number == self._expected & 0xFF:
            return self._next(data)
        if number == (self._expected - 1) & 0xFF:
            return _ACK  # it has this one
        self._fail("Sequence error")
        return b"\x18" * 4

    def _next(self, data: bytes) -> bytes:
        first = self._ymodem and self._expected == 0
        self._expected += 1
        if not first:
            self.content += data
            if self._length is not None:
                del self.content[self._length :]
            return _ACK
        fields = data.split(b"\0", 2)
        digits = fields[1].split(b" ")[0] if len(fields) > 1 else b""
        self._length = int(digits) if digits.isdigit() else None
        return _ACK + _C

    def _fail(self, words: str) -> None:
        self.ended, self.error = True, words
