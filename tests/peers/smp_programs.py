"""Programs of others that speak SMP, fetched once per checkout and checked by hash; they are no dependency of ours.

`smpclient` is a client; its source brings Zephyr with MCUboot for an emulated board. Both lie below build/, where
`make test` brings them before the tests begin: those have no network. `python -m tests.peers.smp_programs` does it.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import CANNOT

HERE = Path(__file__).parent
KEPT = HERE.parents[1] / "build" / "peers"
CLIENT, SOURCE = HERE / "smpclient.lock", HERE / "smpclient-source.lock"
SECONDS = 100.0


def smpclient() -> Path:
    """A folder for PYTHONPATH with smpclient and what it needs. Skips where `make test` could not bring it."""
    return _brought("smpclient", CLIENT)


def servers() -> Path:
    """A folder with Zephyr's SMP servers for emulators. Skips where `make test` could not bring it."""
    return _brought("smp-servers", SOURCE)


def _brought(name: str, lock: Path) -> Path:
    if not (folder := _folder(name, lock)).is_dir():
        pytest.skip(f"{CANNOT}{name} is not here; `make test` brings it where the package index can be reached")
    return folder


def _folder(name: str, lock: Path) -> Path:
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    return KEPT / f"{name}-{digest}"


# ---- before the tests begin ------------------------------------------------------------------------------------------


def main() -> int:
    """Bring both. 1: one of them cannot be had, and its tests will be skipped."""
    return int(not all([_bring("smpclient", CLIENT, _client), _bring("smp-servers", SOURCE, _servers)]))


def _bring(name: str, lock: Path, fetch: Callable[[Path], None]) -> bool:
    """Made whole or not at all."""
    folder = _folder(name, lock)
    if folder.is_dir():
        return True
    KEPT.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=KEPT))
    try:
        fetch(made)
        made.rename(folder)
    except (OSError, subprocess.SubprocessError, tarfile.TarError, ValueError) as error:
        sys.stderr.write(f"{name}: {error}\n")
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder.is_dir()


def _client(folder: Path) -> None:
    _pip("install", "--no-deps", "--only-binary", ":all:", "--target", str(folder), lock=CLIENT)


def _servers(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as there:
        _pip("download", "--no-deps", "--no-binary", "smpclient", "--dest", there, lock=SOURCE)
        (archive,) = Path(there).glob("*.tar.gz")
        with tarfile.open(archive) as opened:
            opened.extractall(there, filter="data")
        (found,) = Path(there).glob("*/tests/fixtures/smp-server")
        shutil.copytree(found, folder, dirs_exist_ok=True)


def _pip(*words: str, lock: Path) -> None:
    command = [sys.executable, "-m", "pip", words[0], "-qq", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([*command, *words[1:], "-r", str(lock)], check=True, capture_output=True, timeout=SECONDS)


if __name__ == "__main__":
    sys.exit(main())
