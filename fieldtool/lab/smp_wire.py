"""The device's side of SMP on a serial console. Written apart from the driver's: a shared error must not cancel out."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass

import cbor2

_MARKERS = {b"\x06\x09": True, b"\x04\x14": False}  # marker -> begins a packet
LINE_CHARACTERS = 124  # of base64 in one line


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived."""

    write: bool
    second_version: bool
    group: int
    sequence: int
    command: int
    body: dict[str, object]


class Receiver:
    """Collects bytes until requests are whole. As a real server: what is damaged or too long is dropped in silence."""

    def __init__(self, buffer: int) -> None:
        self.buffer = buffer  # bytes for a packet with length and checksum
        self._pending = b""
        self._collected = b""

    def take(self, data: bytes) -> Iterator[Asked]:
        self._pending += data
        while b"\n" in self._pending:
            line, self._pending = self._pending.split(b"\n", 1)
            packet = self._line(line)
            asked = _asked(packet) if packet is not None else None
            if asked is not None:
                yield asked

    def _line(self, line: bytes) -> bytes | None:
        begins = _MARKERS.get(line[:2])
        if begins is None:
            return None
        try:
            part = base64.b64decode(line[2:], validate=True)
        except binascii.Error:
            self._collected = b""
            return None
        self._collected = part if begins else self._collected + part
        if len(self._collected) < 2 or len(self._collected) - 2 < int.from_bytes(self._collected[:2], "big"):
            return None
        framed, self._collected = self._collected, b""
        content, check = framed[2:-2], framed[-2:]
        fits = len(framed) <= self.buffer and len(framed) - 2 == int.from_bytes(framed[:2], "big")
        return content if fits and checksum(content) == check else None


def checksum(content: bytes) -> bytes:
    """CRC-16/XMODEM, bit by bit."""
    value = 0
    for byte in content:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value.to_bytes(2, "big")


def lines(packet: bytes) -> bytes:
    """A packet as a device sends it."""
    framed = (len(packet) + 2).to_bytes(2, "big") + packet + checksum(packet)
    text, marker, sent = base64.b64encode(framed), b"\x06\x09", b""
    while text:
        sent += marker + text[:LINE_CHARACTERS] + b"\n"
        text, marker = text[LINE_CHARACTERS:], b"\x04\x14"
    return sent


def _asked(packet: bytes) -> Asked | None:
    if len(packet) < 8 or int.from_bytes(packet[2:4], "big") != len(packet) - 8 or packet[0] & 7 not in (0, 2):
        return None
    body = cbor2.loads(packet[8:])
    if not isinstance(body, dict):
        return None
    second = bool(packet[0] & 0x18)
    return Asked(packet[0] & 7 == 2, second, int.from_bytes(packet[4:6], "big"), packet[6], packet[7], body)


def answer(asked: Asked, body: dict[str, object]) -> bytes:
    """The lines of a response."""
    content = cbor2.dumps(body)
    first = (3 if asked.write else 1) | (0x08 if asked.second_version else 0)
    return lines(
        bytes([first, 0])
        + len(content).to_bytes(2, "big")
        + asked.group.to_bytes(2, "big")
        + bytes([asked.sequence, asked.command])
        + content
    )
