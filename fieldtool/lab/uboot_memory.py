"""RAM and media of the virtual U-Boot, and the commands that move bytes between them: virtio, mmc, mtd, ubi, mw, cp."""

from collections.abc import Callable
from dataclasses import dataclass, field
from mmap import mmap
from zlib import crc32

BLOCK = 512
RAM = 0x42000000
RAM_SIZE = 32 << 20


class MemoryFault(Exception):
    """In U-Boot's words."""


@dataclass
class Memory:
    """`lies_from`: writes behind that byte of the medium say that they went well, and do nothing."""

    size: int = 8 << 20  # of the medium
    medium: bytearray | mmap = field(init=False)  # mapped: it outlives the program
    volumes: dict[str, bytes] = field(default_factory=dict)  # of UBI
    lies_from: int | None = None
    read_only: bool = False
    deaf: bool = False  # reads say that they went well, and bring nothing
    writes: int = 0
    on_write: Callable[[], None] | None = None  # before each: a power cut may come then

    def __post_init__(self) -> None:
        self.medium = bytearray(self.size)
        self._ram: dict[int, bytes] = {}  # page -> content

    # ---- RAM --------------------------------------------------------------------------------------------------------

    def forget(self) -> None:
        self._ram = {}

    def peek(self, address: int, size: int) -> bytes:
        out = bytearray()
        self._check(address, size)
        while len(out) < size:
            page, at = divmod(address + len(out), 4096)
            out += self._ram.get(page, bytes(4096))[at : at + size - len(out)]
        return bytes(out)

    def poke(self, address: int, content: bytes) -> None:
        self._check(address, len(content))
        done = 0
        while done < len(content):
            page, at = divmod(address + done, 4096)
            part = content[done : done + 4096 - at]
            old = self._ram.get(page, bytes(4096))
            self._ram[page] = old[:at] + part + old[at + len(part) :]
            done += len(part)

    def _check(self, address: int, size: int) -> None:
        if address < RAM or address + size > RAM + RAM_SIZE:
            raise MemoryFault('"Synchronous Abort" handler, esr 0x96000010')

    def crc32(self, address: int, size: int) -> int:
        return crc32(self.peek(address, size))

    def poke_checked(self, address: int, content: bytes) -> None:
        self.poke(address, crc32(content).to_bytes(4, "little") + content)

    def peek_checked(self, address: int, size: int) -> bytes | None:
        told = self.peek(address, size)
        return told[4:] if crc32(told[4:]) == int.from_bytes(told[:4], "little") else None

    # ---- the medium -------------------------------------------------------------------------------------------------

    def put(self, offset: int, content: bytes) -> None:
        """As the lab fills it, without any fault."""
        self.medium[offset : offset + len(content)] = content

    def _read(self, offset: int, size: int) -> bytes:
        if offset + size > self.size:
            raise MemoryFault("-5 blocks read: ERROR")
        return bytes(self.medium[offset : offset + size])

    def _write(self, offset: int, content: bytes) -> None:
        if self.on_write is not None:
            self.on_write()
        if self.read_only or offset + len(content) > self.size:
            raise MemoryFault("-5 blocks written: ERROR")
        self.writes += 1
        if self.lies_from is not None:
            content = content[: max(0, self.lies_from - offset)]
        self.put(offset, content)

    # ---- commands ---------------------------------------------------------------------------------------------------

    def command(self, words: list[str]) -> tuple[int, str]:
        """(status, what it prints). ValueError when there is no such command."""
        match words:
            case ["virtio", "scan"] | ["mmc", "dev", *_] | ["ubi", "part", *_]:
                return 0, ""
            case ["virtio", "info"] | ["mmc", "info"]:
                return 0, f"            Capacity: {self.size >> 20}.0 MB ({self.size // BLOCK} x {BLOCK})\n"
            case [("virtio" | "mmc") as kind, ("read" | "write") as what, address, block, count]:
                return self._blocks(kind, what, int(address, 16), int(block, 16), int(count, 16))
            case ["mtd", "erase", _, offset, size]:
                self._write(int(offset, 16), b"\xff" * int(size, 16))
                return 0, f"Erasing 0x{size} ... 1 eraseblock(s)\n"
            case ["mtd", "read", _, address, offset, size]:
                self.poke(int(address, 16), self._read(int(offset, 16), int(size, 16)))
                return 0, f"Reading {int(size, 16)} byte(s)\n"
            case ["mtd", "write", _, address, offset, size]:
                self._program(int(offset, 16), self.peek(int(address, 16), int(size, 16)))
                return 0, f"Writing {int(size, 16)} byte(s)\n"
            case ["ubi", "write", address, volume, size]:
                self._write(0, b"")
                self.volumes[volume] = self.peek(int(address, 16), int(size, 16))
                return 0, f"{int(size, 16)} bytes written to volume {volume}\n"
            case ["ubi", "read", address, volume, size]:
                if len(self.volumes.get(volume, b"")) < int(size, 16):
                    raise MemoryFault(f"Volume {volume} not found or too small!")
                self.poke(int(address, 16), self.volumes[volume][: int(size, 16)])
                return 0, f"Read {int(size, 16)} bytes from volume {volume}\n"
            case ["mw.b", address, value, size]:
                self.poke(int(address, 16), bytes([int(value, 16)]) * int(size, 16))
                return 0, ""
        raise ValueError(words)

    def _blocks(self, kind: str, what: str, address: int, block: int, count: int) -> tuple[int, str]:
        told = f"\n{kind} {what}: device 0 block # {block}, count {count} ... "
        try:
            if what == "read" and not self.deaf:
                self.poke(address, self._read(block * BLOCK, count * BLOCK))
            elif what == "write":
                self._write(block * BLOCK, self.peek(address, count * BLOCK))
        except MemoryFault as fault:
            return 1, f"{told}{fault}\n"
        return 0, f"{told}{count} blocks {'read' if what == 'read' else 'written'}: OK\n"

    def _program(self, offset: int, content: bytes) -> None:
        """Flash turns ones into zeros; only erasing brings ones back."""
        old = self._read(offset, len(content))
        self._write(offset, bytes(one & other for one, other in zip(old, content, strict=True)))
