"""A charger made of the real U-Boot, on a board that QEMU plays: two slots on a disk, signed firmware, a serial cable.

Debian's unmodified build checks signatures against a key in its device tree, which is ours: so is what it says of
itself (model, hardware). The firmware is 96 bytes of machine code that say its version whenever a key is pressed.
"""

import os
import random
import select
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zlib import crc32

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from fieldtool.core.driver import ManualStep, Progress, Steps
from fieldtool.core.model import FirmwareImage, Link, Release
from fieldtool.core.profile import Profile, parse_profile
from fieldtool.drivers.uboot_line import UbootPatience
from fieldtool.drivers.uboot_serial import UbootRecovery, UbootSerial

BIOS = Path("/usr/lib/u-boot/qemu_arm64/u-boot.bin")
PROGRAMS = ("qemu-system-aarch64", "mkimage", "mkenvimage", "dtc", "fdtput", "setpriv")
MISSING = ", ".join([p for p in PROGRAMS if shutil.which(p) is None] + ([] if BIOS.exists() else ["u-boot-qemu"]))
BLOCK = 512
SLOTS = {"A": 0x1000, "B": 0x2000}
STATE = (8, 10)  # blocks of the two copies of what is to start
DISK = 8 << 20
NOR = 64 << 20  # exactly
ENVIRONMENT = 0x40000
MODEL, HARDWARE, SERIAL = "CityPost 22", "B2", "LAB-2207"

SETTINGS = r"""bootdelay=1
serial#=LAB-2207
sa=0x43000000
la=0x42000000
active=A
ab_load=virtio read ${sa} 8 2; if env import -c ${sa} 400 active; then true; else virtio read ${sa} a 2; env import -c ${sa} 400 active || echo STATE-TORN; fi
ab_save=env export -c -s 400 ${sa} active && virtio write ${sa} 8 2 && virtio write ${sa} a 2
ab_boot=if test ${active} = A; then setenv blk 1000; else setenv blk 2000; fi; virtio read ${la} ${blk} 40; bootm ${la}#conf-1 - ${fdtcontroladdr}
bootcmd=virtio scan; run ab_load; run ab_boot; echo BOOT-FAILED slot=${active}
"""  # noqa: E501

RECOVERY = {
    "driver": "uboot-serial",
    "format": "fit",
    "ram": "42000000",
    "chunk": "2048",
    "slots": "A:1000 B:2000",
    "slot_blocks": "40",
    "serial": "printenv serial#",
    "model": "fdt addr ${fdtcontroladdr} && fdt print / model",
    "hardware": "fdt addr ${fdtcontroladdr} && fdt print /charger hardware",
    "prepare": "virtio scan",
    "read": "virtio read {addr} {block} {count}",
    "write": "virtio write {addr} {block} {count}",
    # All of it spelled out: it must also work where the environment was wiped.
    "switch": "setenv active {slot} && env export -c -s 400 43000000 active "
    "&& virtio write 43000000 8 2 && virtio write 43000000 a 2",
    "active": "virtio scan; virtio read 43000000 8 2; "
    "env import -c 43000000 400 active || virtio read 43000000 a 2; env import -c 43000000 400 active; printenv active",
    "start": "reset",
    "banner": "CITYPOST version={version} READY",
    "seconds": "8",
}
QUICK = UbootPatience(prompt=0.6, command=6.0, write=8.0, power=8.0, caught=4.0)


def profile(**changes: str) -> Profile:
    return parse_profile(
        {
            "schema": 1,
            "id": "qemu-uboot",
            "driver": "rauc-ssh",
            "charger": {"vendor": "Lab", "models": [MODEL]},
            "facts": dict.fromkeys(("serial", "vendor", "model", "hardware", "version"), "true"),
            "health": {"in_use": "true", "checks": {"any": "true"}},
            "recovery": {key: value for key, value in {**RECOVERY, **changes}.items() if value},
        },
        "qemu-uboot",
    )


# ---- the firmware ----------------------------------------------------------------------------------------------------


def kernel(version: str, speaks: bool = True) -> bytes:
    """Says its name on the first serial port, then again for every key. Or says nothing, for ever."""
    said = f"\r\nCITYPOST version={version} READY\r\n\0".encode() if speaks else b"\0"
    code = [
        0x10000000 | (10 << 5),  # adr x0, the text behind these ten words
        0xD2A12001,  # movz x1, #0x900, lsl #16: the PL011
        0x38401402,  # ldrb w2, [x0], #1
        0x34000000 | (3 << 5) | 2,  # cbz w2, +3
        0xB9000022,  # str w2, [x1]
        0x14000000 | (0x3FFFFFF & -3),  # b -3
        0xB9401823,  # ldr w3, [x1, #0x18]: the flags
        0x37000000 | (4 << 19) | ((0x3FFF & -1) << 5) | 3,  # tbnz w3, #4, -1: nothing was typed
        0xB9400024,  # ldr w4, [x1]
        0x14000000 | (0x3FFFFFF & -9),  # b -9: all over
    ]
    head = struct.pack("<II3Q3Q4sI", 0x14000010, 0, 0, 0x10000, 0xA, 0, 0, 0, b"ARM\x64", 0)
    filler = random.Random(version).randbytes(5_000)  # so that there is something to send
    return head + struct.pack(f"<{len(code)}I", *code) + said + filler


_FIT = """/dts-v1/;
/ {{
  description = "CityPost {version}"; #address-cells = <1>;
  images {{ fw {{ description = "fw"; data = /incbin/("{kernel}"); type = "kernel"; arch = "arm64"; os = "linux";
    compression = "none"; load = <0x44200000>; entry = <0x44200000>; hash-1 {{ algo = "sha256"; }}; }}; }};
  configurations {{ default = "conf-1"; conf-1 {{ description = "fw"; kernel = "fw"; {signature} }}; }};
}};
"""
_SIGNATURE = 'signature-1 {{ algo = "sha256,rsa2048"; key-name-hint = "{key}"; sign-images = "kernel"; }};'


@dataclass(frozen=True)
class Kit:
    """Made once: keys, the device tree of the bootloader, firmware."""

    folder: Path

    @property
    def tree(self) -> Path:
        return self.folder / "board.dtb"

    def make(self) -> None:
        _key(self.folder, "maker")
        _key(self.folder, "stranger")
        raw = self.folder / "raw.dtb"
        _run("qemu-system-aarch64", "-M", f"virt,dumpdtb={raw}", "-cpu", "cortex-a53", "-m", "256M", "-nodefaults",
             "-nographic", "-display", "none", "-monitor", "none")  # fmt: skip
        _run("dtc", "-q", "-I", "dtb", "-O", "dtb", "-p", "4096", "-o", self.tree, raw)
        _run("fdtput", "-t", "s", self.tree, "/", "model", MODEL)
        _run("fdtput", "-p", "-t", "s", self.tree, "/charger", "hardware", HARDWARE)
        self.fit("0.0.1")  # its key goes into the tree

    def fit(self, version: str, key: str = "maker", speaks: bool = True) -> bytes:
        name = f"{version}-{key}-{speaks}"
        made = self.folder / f"{name}.itb"
        if not made.exists():
            (self.folder / f"{name}.bin").write_bytes(kernel(version, speaks))
            signature = _SIGNATURE.format(key=key) if key else ""
            source = self.folder / f"{name}.its"
            source.write_text(_FIT.format(version=version, kernel=f"{name}.bin", signature=signature))
            keys: tuple[str | Path, ...] = ("-k", self.folder) if key else ()
            tree = ("-K", self.tree, "-r") if key == "maker" else ()
            _run("mkimage", "-f", source.name, *keys, *tree, made.name, cwd=self.folder)
        return made.read_bytes()

    def image(self, folder: Path, content: bytes, version: str, **changes: object) -> FirmwareImage:
        path = folder / f"{version}.itb"
        path.write_bytes(content)
        facts: dict[str, object] = {
            "target": path.name, "length": len(content), "sha256": sha256(content).hexdigest(), "vendor": "Lab",
            "models": (MODEL,), "hardware": (HARDWARE,), "component": "main", "version": version, "format": "fit",
            "payload_hash": sha256(content).hexdigest(),
        }  # fmt: skip
        return FirmwareImage(path, Release(**{**facts, **changes}))  # type: ignore[arg-type]  # of mixed types


def _key(folder: Path, name: str) -> None:
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    (folder / f"{name}.key").write_bytes(private)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(who, who, key.public_key(), 1, now, now + timedelta(days=2))
    (folder / f"{name}.crt").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def _run(*words: str | Path, cwd: Path | None = None) -> None:
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, f"{words}: {done.stderr}"


# ---- the cable -------------------------------------------------------------------------------------------------------


@dataclass
class Noise:
    """Probability per byte that a bit turns over."""

    there: float = 0.0
    back: float = 0.0


class Cable(threading.Thread):
    """Between the emulator's serial line and a port of this machine, which can be pulled out."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        super().__init__(name="cable", daemon=True)
        self.port, self.noise = folder / "tty", Noise()
        self.turned = 0
        self.carried = 0  # bytes to the board
        self.on_carried: Callable[[int], None] | None = None
        self._random, self._lock = random.Random(seed), threading.Lock()
        self._path = folder / "line"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen()
        self._board: socket.socket | None = None
        self._ends: tuple[int, int] | None = None
        self._stop_read, self._stop_write = os.pipe()
        self.plug()

    @property
    def chardev(self) -> str:
        return f"socket,id=line,path={self._path}"

    def plug(self) -> None:
        import tty  # not on Windows

        ours, theirs = os.openpty()
        tty.setraw(theirs)
        with self._lock:
            self.port.symlink_to(os.ttyname(theirs))
            self._ends = (ours, theirs)
        os.write(self._stop_write, b"n")

    def unplug(self) -> None:
        with self._lock:
            assert self._ends is not None
            self.port.unlink()
            for end in self._ends:
                os.close(end)
            self._ends = None

    def close(self) -> None:
        os.write(self._stop_write, b"x")
        self.join()
        if self._ends is not None:
            self.unplug()
        self._listener.close()
        if self._board is not None:
            self._board.close()
        os.close(self._stop_read)
        os.close(self._stop_write)

    def run(self) -> None:
        while True:
            with self._lock:
                ours = self._ends[0] if self._ends is not None else None
            sources: list[object] = [self._stop_read, self._listener]
            sources += [one for one in (self._board, ours) if one is not None]
            try:
                ready = select.select(sources, [], [], 0.2)[0]
            except (OSError, ValueError):  # it was unplugged just now
                continue
            if self._stop_read in ready and os.read(self._stop_read, 1) == b"x":
                return
            if self._listener in ready:
                self._board = self._listener.accept()[0]
            elif self._board in ready:
                self._from_board()
            if ours is not None and ours in ready:
                self._from_laptop(ours)

    def _from_board(self) -> None:
        assert self._board is not None
        try:
            data = self._board.recv(4_096)
        except OSError:
            data = b""
        if not data:
            self._board.close()
            self._board = None
            return
        with self._lock, suppress(OSError):
            if self._ends is not None:
                os.write(self._ends[0], self._noisy(data, self.noise.back))

    def _from_laptop(self, ours: int) -> None:
        try:
            data = os.read(ours, 1_024)
        except OSError:
            return
        self.carried += len(data)
        with suppress(OSError):
            if self._board is not None:
                self._board.sendall(self._noisy(data, self.noise.there))
        if self.on_carried is not None:
            self.on_carried(self.carried)

    def _noisy(self, data: bytes, probability: float) -> bytes:
        if not probability:
            return data
        out = bytearray(data)
        for at in range(len(out)):
            if self._random.random() < probability:
                out[at] ^= 1 << self._random.randrange(8)
                self.turned += 1
        return bytes(out)


# ---- the board -------------------------------------------------------------------------------------------------------


@dataclass
class Board:
    kit: Kit
    folder: Path
    settings: str = SETTINGS
    disk_size: int = DISK
    read_only: bool = False
    cable: Cable = field(init=False)
    _emulator: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.cable = Cable(self.folder)
        (self.folder / "disk").touch()
        os.truncate(self.folder / "disk", self.disk_size)
        self.environment(self.settings)
        self.cable.start()

    def environment(self, settings: str | None) -> None:
        """None: wiped."""
        flash = self.folder / "nor"
        if settings is None:
            flash.write_bytes(bytes(ENVIRONMENT))
        else:
            (self.folder / "settings").write_text(settings)
            _run("mkenvimage", "-s", hex(ENVIRONMENT), "-o", flash, self.folder / "settings")
        os.truncate(flash, NOR)

    def poke(self, block: int, content: bytes) -> None:
        with (self.folder / "disk").open("r+b") as disk:
            disk.seek(block * BLOCK)
            disk.write(content)

    def peek(self, block: int, length: int) -> bytes:
        with (self.folder / "disk").open("rb") as disk:
            disk.seek(block * BLOCK)
            return disk.read(length)

    def say_active(self, slot: str) -> None:
        """Both copies of what is to start."""
        text = f"active={slot}\0\0".encode().ljust(0x400 - 4, b"\0")
        for block in STATE:
            self.poke(block, crc32(text).to_bytes(4, "little") + text)

    def on(self) -> None:
        assert self._emulator is None
        only = "on" if self.read_only else "off"
        command = [
            "setpriv", "--pdeathsig", "KILL", "qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-m", "256M",
            "-nodefaults", "-nographic", "-display", "none", "-monitor", "none",
            "-bios", str(BIOS), "-dtb", str(self.kit.tree),
            "-drive", f"if=pflash,index=1,format=raw,file={self.folder / 'nor'}",
            "-drive", f"if=none,id=d0,format=raw,file={self.folder / 'disk'},read-only={only}",
            "-device", "virtio-blk-device,drive=d0",
            "-chardev", self.cable.chardev, "-serial", "chardev:line",
        ]  # fmt: skip
        self._emulator = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def off(self) -> None:
        """The power goes: nothing is finished."""
        if self._emulator is not None:
            self._emulator.kill()
            self._emulator.wait()
            self._emulator = None

    def cycle(self) -> None:
        self.off()
        self.on()

    def close(self) -> None:
        self.off()
        self.cable.close()

    @contextmanager
    def recovery(self, patience: UbootPatience = QUICK, **changes: str) -> Iterator[UbootRecovery]:
        with UbootSerial(patience=patience).open(Link("serial", str(self.cable.port)), profile(**changes)) as recovery:
            yield recovery

    def enter(self, recovery: UbootRecovery) -> int:
        """As a technician does, who switches when asked. How often that was."""
        asked = 0
        for step in recovery.enter():
            if isinstance(step, ManualStep):
                if not asked:
                    self.cycle()
                asked += 1
        return asked

    def revive(self, image: FirmwareImage, **changes: str) -> tuple[str, ...]:
        """All steps, on one connection. Its log."""
        with self.recovery(**changes) as recovery:
            self.enter(recovery)
            recovery.fits(image)
            finish(recovery.write(image))
            finish(recovery.verify(image))
            finish(recovery.start(image))
            return recovery.log()


def finish(steps: Steps) -> list[Progress]:
    return [step for step in steps if isinstance(step, Progress)]
