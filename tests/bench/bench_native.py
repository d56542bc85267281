"""The check of a maker's own signature, beside hashing the same file once."""

import hashlib
import os
import resource
import statistics
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import pytest

from fieldtool.core.model import Release
from fieldtool.firmware.formats.anchors import Anchors
from fieldtool.firmware.native import check_native
from tests.firmware.formats.samples import (
    cms_anchors,
    key_anchors,
    mcuboot_key,
    release,
    root,
    sign,
    signer,
    verity_tree,
    with_tags,
)

ROUNDS = 5
SIZE = 256 << 20
GOAL, VERITY_GOAL, RSS_GOAL_MIB = 1.25, 2.2, 2.0

# Linux forgets the peak of the past when 5 is written to clear_refs; without that an import's peak would hide ours.
_GROWTH = """
import ctypes, gc, re, sys
from pathlib import Path
from tests.bench.bench_native import KINDS
from fieldtool.firmware.native import check_native
def kib(name):
    return int(re.search(name + r":\\s+(\\d+)", Path("/proc/self/status").read_text()).group(1))
folder = Path(sys.argv[1])
small, large = (KINDS[sys.argv[2]](folder / name, size) for name, size in (("small", 1 << 20), ("large", 128 << 20)))
check_native(*small.call)
gc.collect()
ctypes.CDLL(None).malloc_trim(0)  # what making the samples left behind would hide a growth
Path("/proc/self/clear_refs").write_text("5")
before = kib("VmRSS")
check_native(*large.call)
print(kib("VmHWM") - before)
"""


@dataclass(frozen=True)
class Case:
    file: Path
    release: Release
    anchors: Anchors
    goal: float = GOAL

    @property
    def call(self) -> tuple[Path, Release, Anchors]:
        return self.file, self.release, self.anchors


def _squashfs(size: int) -> bytes:
    return b"hsqs" + os.urandom(size - 4)


def plain(file: Path, size: int) -> Case:
    body = _squashfs(size)
    signature = sign(body, signer())
    file.write_bytes(body + signature + struct.pack(">Q", len(signature)))
    return Case(file, release("raucb", "0" * 64), cms_anchors("raucb", root().certificate))


def verity(file: Path, size: int) -> Case:
    body, salt = _squashfs(size), os.urandom(32)
    tree, top = verity_tree(body, salt)
    manifest = (
        f"[bundle]\nformat=verity\nverity-hash={top.hex()}\nverity-salt={salt.hex()}\nverity-size={len(tree)}\n"
        f"[image.rootfs]\nsha256={'0' * 64}\n"
    )
    signature = sign(manifest.encode(), signer(), carried=True)
    with file.open("wb") as out:
        out.writelines((body, tree, signature, struct.pack(">Q", len(signature))))
    return Case(file, release("raucb", "0" * 64), cms_anchors("raucb", root().certificate), VERITY_GOAL)


def swu(file: Path, size: int) -> Case:
    payload = os.urandom(size)
    sha256 = hashlib.sha256(payload).hexdigest()
    text = f'software = {{ version = "1"; images: ( {{ filename = "rootfs.img"; sha256 = "{sha256}"; }} ); }}'.encode()
    files = {
        "sw-description": text,
        "sw-description.sig": sign(text, signer()),
        "rootfs.img": payload,
        "TRAILER!!!": b"",
    }
    with file.open("wb") as out:
        for name, content in files.items():
            numbers = (0, 0o100644, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
            out.write(b"070701" + b"".join(b"%08X" % number for number in numbers) + name.encode() + b"\0")
            out.write(bytes(-out.tell() % 4) + content)
            out.write(bytes(-out.tell() % 4))
    return Case(file, release("swu", sha256), cms_anchors("swu", root().certificate))


def mcuboot(file: Path, size: int) -> Case:
    key = mcuboot_key("p256")
    signed = struct.pack("<IIHHII8xI", 0x96F3B83D, 0, 32, 0, size, 0, 0) + os.urandom(size)
    public = key.key.public_key()
    digest = hashlib.sha256(signed).digest()
    tags = {0x10: digest, 0x01: hashlib.sha256(key.get_public_bytes()).digest(), 0x22: key.raw_sign(signed)}
    file.write_bytes(with_tags(signed, tags))
    return Case(file, release("mcuboot", digest.hex()), key_anchors(public))


KINDS: dict[str, Callable[[Path, int], Case]] = {
    "rauc-plain": plain,
    "rauc-verity": verity,
    "swu": swu,
    "mcuboot": mcuboot,
}


def _cpu(act: Callable[[], object]) -> float:
    def used() -> float:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    began = used()
    act()
    return used() - began


def _hash(file: Path) -> str:
    with FileIO(file) as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@pytest.mark.bench
@pytest.mark.parametrize("kind", KINDS)
def test_a_makers_signature_costs_about_as_much_as_hashing_the_file(tmp_path: Path, kind: str) -> None:
    case = KINDS[kind](tmp_path / "image", SIZE)
    _hash(case.file)  # the file is in memory for both
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_cpu(lambda: check_native(*case.call)))
        theirs.append(_cpu(lambda: _hash(case.file)))
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"\nB1 native signature, {kind}: {ratio:.2f} x hashing the file (goal {case.goal})")
    assert ratio <= case.goal


@pytest.mark.bench
@pytest.mark.skipif(sys.platform != "linux", reason="measured through /proc")
@pytest.mark.parametrize("kind", KINDS)
def test_the_check_of_a_makers_signature_needs_no_memory_to_speak_of(
    tmp_path: Path, repository_root: Path, kind: str
) -> None:
    words = [sys.executable, "-c", _GROWTH, str(tmp_path), kind]
    told = subprocess.run(words, capture_output=True, text=True, check=True, cwd=repository_root)
    growth = int(told.stdout.splitlines()[-1]) / 1024
    print(f"\nB1 native signature, {kind}: RSS grows by {growth:.1f} MiB (goal {RSS_GOAL_MIB})")
    assert growth <= RSS_GOAL_MIB
