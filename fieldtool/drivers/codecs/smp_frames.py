"""SMP packets on a serial console: lines of base64 with a length and a checksum, among whatever else is printed there.

A packet is `length(2) packet crc16(2)` in base64, cut into lines that begin with 06 09 (first) or 04 14 (further) and
end with a line feed; CRC-16 is XMODEM's (0x1021, begins with 0), over the packet only. Sans-I/O.
"""

import binascii
import struct
from base64 import b64decode, b64encode

FIRST, FURTHER = b"\x06\x09", b"\x04\x14"
LINE = 127  # bytes of a line with its marker and line feed: what MCUboot and Zephyr take by default
_WORD = struct.Struct("!H")
_LONGEST_LINE = 8_192  # bytes; whatever prints longer ones does not speak SMP
OVERHEAD = 2 * _WORD.size  # bytes that a server's buffer holds beside a packet


def encode(packet: bytes, line: int = LINE) -> bytes:
    """The lines of one packet. ValueError when it is too long for its length field, or the line for four characters."""
    per_line = (line - len(FIRST) - 1) // 4 * 4
    if per_line < 4:
        raise ValueError(f"a line of {line} bytes holds nothing")
    if len(packet) + _WORD.size > 0xFFFF:
        raise ValueError(f"a packet of {len(packet)} bytes")
    text = b64encode(_WORD.pack(len(packet) + _WORD.size) + packet + _WORD.pack(binascii.crc_hqx(packet, 0)))
    lines = [text[at : at + per_line] for at in range(0, len(text), per_line)]
    return b"".join((FURTHER if at else FIRST) + part + b"\n" for at, part in enumerate(lines))


class Frames:
    """Finds packets in what a serial line brings. What is damaged or no SMP is left out: whoever asked asks again."""

    def __init__(self) -> None:
        self._rest = bytearray()  # of a line whose end has not come yet
        self._packet: bytearray | None = None  # length, packet, checksum so far; None: waits for a first line

    def feed(self, data: bytes) -> list[bytes]:
        """The packets that these bytes complete, in order."""
        self._rest += data
        *lines, rest = self._rest.split(b"\n")
        self._rest = rest[-_LONGEST_LINE:]
        return [packet for line in lines if (packet := self._take(bytes(line))) is not None]

    def _take(self, line: bytes) -> bytes | None:
        """One whole line. A log may have printed something before the marker, never behind it."""
        at = max(line.rfind(FIRST), line.rfind(FURTHER))
        if at < 0:
            return None
        try:
            part = b64decode(line[at + 2 :].rstrip(b"\r"), validate=True)
        except binascii.Error:
            self._packet = None
            return None
        if line.startswith(FIRST, at):
            self._packet = bytearray(part)
        elif self._packet is not None:
            self._packet += part
        return self._finished()

    def _finished(self) -> bytes | None:
        """The packet, when it is all there and undamaged."""
        if self._packet is None or len(self._packet) < _WORD.size:
            return None
        whole = _WORD.size + _WORD.unpack_from(self._packet)[0]
        if len(self._packet) < whole:
            return None
        body, self._packet = bytes(self._packet[_WORD.size :]), None
        if len(body) != whole - _WORD.size or len(body) < _WORD.size:
            return None
        packet, checksum = body[: -_WORD.size], body[-_WORD.size :]
        return packet if _WORD.pack(binascii.crc_hqx(packet, 0)) == checksum else None
