"""YMODEM-1K and XMODEM-1K, the sender's side, as U-Boot takes them: bytes in, bytes out, no clock and no wire.

Measured with U-Boot 2023.01: the answer to a damaged block is `C`, not NAK; `C` may come again after the ACK of block
0 or not; a client that gives up must say so (CAN), or the console does not come back. That the receiver took all
blocks says nothing of the content: ask it for a checksum.
"""

from dataclasses import dataclass, field
from enum import Enum, auto

SOH, STX, EOT, ACK, NAK, CAN, CRC = 0x01, 0x02, 0x04, 0x06, 0x15, 0x18, 0x43
LARGE, SMALL = 1024, 128
ABORT = bytes([CAN]) * 8
REFUSALS = 15  # of the same block; U-Boot gives up after 20
SILENCES = 2  # in a row: a receiver that lives says something within three seconds
SHRINK_AFTER = 2  # refusals of one block, after which the following ones are small: noise hits fewer of them
_PAD = b"\x1a"


class Variant(Enum):
    YMODEM = auto()  # tells the length: nothing is appended
    XMODEM = auto()  # the receiver gets up to 127 bytes more than the file has


class State(Enum):
    WAITING = auto()  # for the receiver's first C
    HEADER = auto()  # block 0 is on its way
    HEADER_TAKEN = auto()  # a second C may come
    DATA = auto()
    ENDING = auto()  # EOT is on its way
    CLOSING = auto()  # EOT was taken; it may want to hear that no further file comes
    LAST = auto()  # the empty block 0 is on its way
    DONE = auto()
    CANCELLED = auto()  # by the receiver
    NOISY = auto()  # the same block was refused too often
    SILENT = auto()  # nothing comes any more


ENDS = frozenset({State.DONE, State.CANCELLED, State.NOISY, State.SILENT})


def crc16(data: bytes) -> int:
    """CRC-16/XMODEM: polynomial 0x1021, begins with 0.

    >>> hex(crc16(b"123456789"))
    '0x31c3'
    """
    from binascii import crc_hqx

    return crc_hqx(data, 0)


def packet(number: int, data: bytes) -> bytes:
    """One block, padded to 128 or 1,024 bytes."""
    size = SMALL if len(data) <= SMALL else LARGE
    padded = data.ljust(size, _PAD)
    head = bytes([SOH if size == SMALL else STX, number & 0xFF, ~number & 0xFF])
    return head + padded + crc16(padded).to_bytes(2, "big")


@dataclass
class Sender:
    """Sends one file. Give it what was heard, send what it returns; `silence` when nothing came for a while."""

    content: bytes
    name: str = "firmware"
    variant: Variant = Variant.YMODEM
    size: int = LARGE  # of the next blocks
    state: State = field(default=State.WAITING, init=False)
    done: int = field(default=0, init=False)  # bytes that the receiver has taken
    refused: int = field(default=0, init=False)  # blocks that had to be sent again
    _number: int = field(default=1, init=False)
    _sent: int = field(default=0, init=False)  # bytes in the block that is on its way
    _tries: int = field(default=0, init=False)
    _silences: int = field(default=0, init=False)
    _last_cancel: bool = field(default=False, init=False)

    @property
    def ended(self) -> bool:
        return self.state in ENDS

    def heard(self, data: bytes) -> bytes:
        """What to send now. Bytes behind the one that decides are older than our answer, and do not count."""
        if self.ended or not data:
            return b""
        self._silences = 0
        if self._is_cancelled(data):
            self.state = State.CANCELLED
            return b""
        return self._on(ACK in data, CRC in data[data.find(ACK) + 1 :] or NAK in data[data.find(ACK) + 1 :])

    def silence(self) -> bytes:
        """Nothing came for a while: go on where that is the custom, else the same once more."""
        match self.state:
            case State.HEADER_TAKEN:
                return self._next()
            case State.CLOSING | State.LAST:
                self.state = State.DONE  # the checksum of what arrived decides
                return b""
            case State.HEADER | State.DATA | State.ENDING:
                self._silences += 1
                if self._silences < SILENCES:
                    return self._again()
                # Behind EOT all blocks were taken: some receivers leave without a word.
                self.state = State.DONE if self.state is State.ENDING else State.SILENT
        return b""

    def _is_cancelled(self, data: bytes) -> bool:
        """Two in a row: one alone may be noise."""
        before, self._last_cancel = self._last_cancel, data[-1] == CAN
        return bytes([CAN, CAN]) in data or (before and data[0] == CAN)

    def _on(self, taken: bool, wanted: bool) -> bytes:
        """`taken`: an ACK came. `wanted`: a C or NAK came, after the ACK if there was one."""
        match self.state:
            case State.WAITING if wanted:
                if self.variant is Variant.XMODEM:
                    return self._next()
                self.state = State.HEADER
                return self._header()
            case State.HEADER if taken:
                self._tries = 0
                if wanted:
                    return self._next()
                self.state = State.HEADER_TAKEN
            case State.HEADER_TAKEN if wanted:
                return self._next()
            case State.DATA if taken:
                self._taken()
                return self._next()
            case State.ENDING if taken:
                self.state = State.DONE if self.variant is Variant.XMODEM else State.CLOSING
                return self._close() if wanted else b""
            case State.CLOSING if wanted:
                return self._close()
            case State.LAST if taken:
                self.state = State.DONE
            case State.HEADER | State.DATA | State.ENDING | State.LAST if wanted:
                return self._again()
        return b""

    def _taken(self) -> None:
        if self._tries >= SHRINK_AFTER:
            # Only from a block on that was taken for sure: of one that it has, it would take the rest for a copy.
            self.size = SMALL
        self.done += self._sent
        self._number += 1
        self._tries = 0

    def _next(self) -> bytes:
        if self.done >= len(self.content):
            self.state = State.ENDING
            return bytes([EOT])
        self.state = State.DATA
        return self._block()

    def _block(self) -> bytes:
        rest = len(self.content) - self.done
        size = self.size if rest > SMALL else SMALL
        self._sent = min(size, rest)
        return packet(self._number, self.content[self.done : self.done + self._sent])

    def _header(self) -> bytes:
        told = f"{self.name}\0{len(self.content)}".encode("ascii", "replace")[:SMALL]
        return packet(0, told.ljust(SMALL, b"\0"))

    def _close(self) -> bytes:
        if self.variant is Variant.XMODEM:
            return b""
        self.state = State.LAST
        return packet(0, bytes(SMALL))

    def _again(self) -> bytes:
        self._tries += 1
        self.refused += 1
        if self._tries > REFUSALS:
            self.state = State.NOISY
            return ABORT
        match self.state:
            case State.HEADER:
                return self._header()
            case State.DATA:
                return packet(self._number, self.content[self.done : self.done + self._sent])
            case State.LAST:
                return packet(0, bytes(SMALL))
        return bytes([EOT])
