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
SECONDS = 100.0


def smpclient() -> Path:
    """A folder for PYTHONPATH with smpclient and what it needs. Skips where it cannot be had."""
    lock = HERE / "smpclient.lock"

    def fetch(folder: Path) -> None:
        _pip("install", "--no-deps", "--only-binary", ":all:", "--target", str(folder), lock=lock)

    return _cached("smpclient", lock, fetch)


def servers() -> Path:
    """A folder with Zephyr's SMP servers for emulators. Skips where it cannot be had."""
    lock = HERE / "smpclient-source.lock"

    def fetch(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as there:
            _pip("download", "--no-deps", "--no-binary", "smpclient", "--dest", there, lock=lock)
            (archive,) = Path(there).glob("*.tar.gz")
            with tarfile.open(archive) as opened:
                opened.extractall(there, filter="data")
            (found,) = Path(there).glob("*/tests/fixtures/smp-server")
            shutil.copytree(found, folder, dirs_exist_ok=True)

    return _cached("smp-servers", lock, fetch)


def _cached(name: str, lock: Path, fetch: Callable[[Path], None]) -> Path:
    """Made whole or not at all, by whichever test comes first."""
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = KEPT / f"{name}-{digest}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        fetch(made)
        made.rename(folder)
    except OSError as error:
        if not folder.is_dir():  # else another worker was faster
            pytest.skip(f"{CANNOT}{name} cannot be stored: {error}")
    except subprocess.SubprocessError as error:
        pytest.skip(f"{CANNOT}{name} cannot be fetched: {error}")
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _pip(*words: str, lock: Path) -> None:
    command = [sys.executable, "-m", "pip", words[0], "-qq", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([*command, *words[1:], "-r", str(lock)], check=True, capture_output=True, timeout=SECONDS)


def main() -> None:
    """Bring both; one that cannot be had is said, and its tests are skipped."""
    for bring in (smpclient, servers):
        try:
            bring()
        except pytest.skip.Exception as reason:
            sys.stdout.write(f"{reason}\n")


if __name__ == "__main__":
    main()
