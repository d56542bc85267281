"""Two network namespaces, the chargers' and the laptop's, and a cable `v0` between them. Needs root on Linux.

The namespaces have no names: each lives as long as a process in it, and every process in it dies with the test run
(`setpriv --pdeathsig`), even when that is killed. So parallel runs never meet, and nothing is left behind.
"""

import ctypes
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("ip", "unshare", "nsenter", "setpriv")
MISSING = ", ".join(tool for tool in TOOLS if shutil.which(tool) is None)
_CLONE_NEWNET = 0x40000000
_DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL")  # survives every exec that follows


class Space:
    """One namespace, with loopback. What is started in it, `close` ends."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[Any]] = []
        holder = [*_DIES_WITH_US, "unshare", "--net", "cat"]
        pipe = subprocess.PIPE
        self._holder = subprocess.Popen(holder, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        self._processes.append(self._holder)
        assert self._holder.stdin is not None and self._holder.stdout is not None and self._holder.stderr is not None
        self._holder.stdin.write("inside\n")
        self._holder.stdin.flush()
        if not self._holder.stdout.readline():
            problem = self._holder.stderr.read().strip()
            self.close()
            pytest.skip(f"cannot: {problem}")
        self.ip("link", "set", "lo", "up")

    @property
    def pid(self) -> int:
        return self._holder.pid

    def command(self, *words: str) -> list[str]:
        """`words`, to be run inside. It execs: the process is the program itself."""
        return [*_DIES_WITH_US, "nsenter", f"--net=/proc/{self.pid}/ns/net", *words]

    def run(self, *words: str) -> None:
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"

    def ip(self, *words: str) -> None:
        self.run("ip", *words)

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """Until `close`. From the test's main thread: the death of the thread that started it ends it too."""
        process = subprocess.Popen(self.command(*words), text=True, cwd=ROOT, **options)
        self._processes.append(process)
        return process

    def listen(self, address: str, port: int) -> socket.socket:
        """A listener of this process inside: only the thread that makes it goes there."""
        made: list[socket.socket | OSError] = []

        def work() -> None:
            handle = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY)
            try:
                if ctypes.CDLL(None, use_errno=True).setns(handle, _CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
                made.append(socket.create_server((address, port)))
            except OSError as error:
                made.append(error)
            finally:
                os.close(handle)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        if isinstance(made[0], OSError):
            raise made[0]
        return made[0]

    def avahi(
        self, folder: Path, configuration: str, services: Mapping[str, str], hosts: str = ""
    ) -> subprocess.Popen[str]:
        """avahi-daemon that announces `services` (name -> XML). It logs to `folder`/avahi.log."""
        etc, run = folder / "etc", folder / "run"
        (etc / "services").mkdir(parents=True)
        run.mkdir()
        (etc / "avahi-daemon.conf").write_text(configuration)
        (etc / "hosts").write_text(hosts)
        for name, service in services.items():
            (etc / "services" / f"{name}.service").write_text(service)
        # /etc/avahi and /run/avahi-daemon are compiled in: the daemon sees ours through a mount namespace of its own.
        for compiled_in in ("/etc/avahi", "/run/avahi-daemon"):
            Path(compiled_in).mkdir(exist_ok=True)
        script = (
            'mount --bind "$0" /etc/avahi && mount --bind "$1" /run/avahi-daemon && '
            "exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f /etc/avahi/avahi-daemon.conf"
        )
        inside = ("unshare", "-m", "--propagation", "private", "sh", "-c", script, str(etc), str(run))
        with (folder / "avahi.log").open("w") as log:
            return self.start(*inside, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def close(self) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    stream.close()


@contextmanager
def cable() -> Iterator[tuple[Space, Space]]:
    """The chargers' side and the laptop's side, both ends of the cable still down."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("cannot: network namespaces need root on Linux")
    chargers = Space()
    try:
        laptop = Space()
        try:
            chargers.ip("link", "add", "v0", "type", "veth", "peer", "name", "v0", "netns", str(laptop.pid))
            yield chargers, laptop
        finally:
            laptop.close()
    finally:
        chargers.close()
