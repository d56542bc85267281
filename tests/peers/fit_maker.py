"""FIT images by the real mkimage, and what the real U-Boot in QEMU says of them and of changes to them."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from fieldtool.core.clock import SystemClock
from fieldtool.drivers.uboot_serial import UbootRecovery
from tests.peers.uboot_qemu import BLOCK, Board, Kit, kernel

MKIMAGE = ("mkimage", "openssl")
MISSING = ", ".join(program for program in MKIMAGE if shutil.which(program) is None)
AT = 0x44000000  # where U-Boot has it in RAM
PLACE = 0x1000  # and on the disk, in blocks
PATIENCE = 10.0  # seconds
EXTRA = bytes(range(200))

SOURCE = """/dts-v1/;
/ { description = "CityPost"; #address-cells = <1>;
  images {
    fw { description = "fw"; data = /incbin/("fw.bin"); type = "kernel"; arch = "arm64"; os = "linux";
         compression = "none"; load = <0x46200000>; entry = <0x46200000>; %(hash)s };
    extra { description = "extra"; data = /incbin/("extra.bin"); type = "firmware"; arch = "arm64";
            compression = "none"; load = <0x46400000>; hash-1 { algo = "sha512"; }; hash-2 { algo = "crc32"; }; };
  };
  configurations { default = "conf-1";
    conf-1 { description = "one"; kernel = "fw"; loadables = "extra"; %(signature)s };
    conf-2 { description = "two"; kernel = "fw"; %(other)s };
  };
};
"""
KERNEL_ONLY = '"kernel"'
HASH = 'hash-1 { algo = "sha256"; };'


def signature(
    algorithm: str = "sha256,rsa2048", key: str = "maker", images: str = '"kernel", "loadables"', more: str = ""
) -> str:
    return f'{{ algo = "{algorithm}"; key-name-hint = "{key}"; sign-images = {images}; {more} }};'


@dataclass(frozen=True)
class Maker:
    """A folder with keys, in which mkimage works."""

    folder: Path

    def key(self, name: str) -> Any:
        """Private; made when it is not there. "p256", else RSA of the number of bits in the name, or of 2048."""
        file = self.folder / f"{name}.key"
        if not file.exists():
            bits = next((bits for bits in (3072, 4096) if str(bits) in name), 2048)
            made = ec.generate_private_key(ec.SECP256R1()) if "p256" in name else rsa.generate_private_key(65537, bits)
            file.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
            if "p256" in name:  # under the name that mkimage looks for in its key folder
                shutil.copy(file, self.folder / f"{name}.pem")
            else:
                run("openssl", "req", "-batch", "-new", "-x509", "-key", file.name, "-out", f"{name}.crt", "-days", "2",
                    "-subj", f"/CN={name}", folder=self.folder)  # fmt: skip
        return load_pem_private_key(file.read_bytes(), None)

    def make(self, *options: str, keys: Iterable[str] = ("maker",), **parts: str) -> bytes:
        """`parts` of SOURCE: signature and other (of the second configuration), hash."""
        for name in keys:
            self.key(name)
        (self.folder / "fw.bin").write_bytes(kernel("3.1.0")[:600])
        (self.folder / "extra.bin").write_bytes(EXTRA)
        told = {"hash": HASH, "signature": f"signature-1 {signature()}", **parts}
        if told["signature"]:
            told = {"other": f"signature-1 {signature(images=KERNEL_ONLY)}", **told}
        else:
            told = {"other": "", **told}
        (self.folder / "made.its").write_text(SOURCE % told)
        run("mkimage", "-f", "made.its", *options, "-k", ".", "-r", "made.itb", folder=self.folder)
        return (self.folder / "made.itb").read_bytes()

    def again(self, data: bytes, *options: str) -> bytes:
        """Signed once more, as `mkimage -F`."""
        (self.folder / "made.itb").write_bytes(data)
        run("mkimage", "-F", *options, "-k", ".", "made.itb", folder=self.folder)
        return (self.folder / "made.itb").read_bytes()


def run(*words: str | Path, folder: Path) -> None:
    done = subprocess.run([str(word) for word in words], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{words}: {done.stdout} {done.stderr}"


def maker_of(kit: Kit) -> Maker:
    """Whose key the bootloader of the kit asks for."""
    return Maker(kit.folder)


@dataclass
class Verdicts:
    """The bootloader at its prompt."""

    board: Board
    recovery: UbootRecovery
    crashes: int = 0
    _asked: int = 0
    _blocks: int = 0

    def begin(self) -> None:
        self.board.enter(self.recovery)
        self._say("virtio scan")

    def put(self, data: bytes) -> None:
        """On the disk, from where each look gets it anew."""
        self.board.poke(PLACE, data.ljust(-(-len(data) // BLOCK) * BLOCK, b"\0"))
        self._blocks = -(-len(data) // BLOCK)

    def starts(self, changes: Mapping[int, int], configuration: str = "conf-1") -> bool:
        """Would it start the kernel, with these bytes changed? A bootloader that crashes says no."""
        pokes = "".join(f"mw.b {AT + at:x} {byte:x}; " for at, byte in changes.items())
        start = f"bootm start {AT:x}#{configuration} - ${{fdtcontroladdr}}"
        return self._say(f"virtio read {AT:x} {PLACE:x} {self._blocks:x}; {pokes}{start}") == 0

    def restart(self) -> None:
        self.board.cycle()
        self.begin()

    def _say(self, command: str) -> int:
        self._asked += 1
        line, out, clock = self.recovery._line, bytearray(), SystemClock()
        line.send(f"{command}; echo VERDICT={self._asked}:$?\r".encode())
        verdict, until = re.compile(rb"VERDICT=%d:(\d)" % self._asked), clock.monotonic() + PATIENCE
        while clock.monotonic() < until and b"U-Boot 20" not in out:  # else it has restarted
            out += line.receive(0.1)
            if (found := verdict.search(out)) is not None:
                return int(found[1])
        self.crashes += 1
        self.restart()
        return 1
