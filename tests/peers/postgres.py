"""A PostgreSQL of its own: Debian's server in a folder of the test, on a Unix socket there and a port of loopback."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import psutil
import pytest

_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
BIN = next((place for place in _PLACES if (place / "initdb").exists()), None)
USER = "postgres"

needs_postgres = pytest.mark.skipif(
    BIN is None or not hasattr(os, "geteuid") or shutil.which("setpriv") is None,
    reason="PostgreSQL's server is not installed",
)


@dataclass
class Postgres:
    """One server. `url` names a database in it that is empty at first."""

    folder: Path
    port: int
    fsync: str

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/fieldtool"

    def start(self) -> None:
        options = f"-c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        options += f" -c fsync={self.fsync}"
        _run(["pg_ctl", "-D", str(self.folder / "db"), "-l", str(self.folder / "log"), "-w", "-o", options, "start"])

    def kill(self) -> None:
        """SIGKILL for the whole server, in whatever it is doing."""
        server = psutil.Process(self._pid())
        processes = [server, *server.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=30)

    def stop(self) -> None:
        pid = self._pid()
        if pid:
            _run(["pg_ctl", "-D", str(self.folder / "db"), "-m", "immediate", "-w", "stop"], check=False)

    def _pid(self) -> int:
        try:
            return int((self.folder / "db" / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return 0

    def new_database(self, name: str) -> str:
        _run(["createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, name])
        return self.url.replace("/fieldtool", f"/{name}")


@contextmanager
def postgres(fsync: str = "on") -> Iterator[Postgres]:
    """A server that runs, and is gone with its folder afterwards, even when its start failed.

    Without fsync it is faster, and a kill of its processes still loses nothing: only a power cut would.
    """
    folder = Path(mkdtemp(prefix="pg-"))  # pytest's folders may not be entered by another account
    with socket.create_server(("127.0.0.1", 0)) as free:
        server = Postgres(folder, free.getsockname()[1], fsync)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, USER)
        _run(["initdb", "-D", str(folder / "db"), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"])
        server.start()
        server.new_database("fieldtool")
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: Sequence[str], check: bool = True) -> None:
    assert BIN is not None
    as_user = ["setpriv", f"--reuid={USER}", "--regid=" + USER, "--init-groups"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*as_user, str(BIN / command[0]), *command[1:]],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, check=False,
        cwd="/", env={**os.environ, "PGCONNECT_TIMEOUT": "10", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    if check and done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr}")
