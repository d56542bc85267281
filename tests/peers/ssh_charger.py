"""What the chargers made of real programs have in common: a folder, a real sshd, and this process as power supply."""

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Condition, Thread
from typing import TypeVar

from fieldtool.core.driver import Steps
from fieldtool.core.model import Component, FirmwareImage, Link, Release
from tests.drivers.contract import Keys
from tests.peers.sshd import SECONDS, SSHD_CONFIG, free_port, new_key, poll


def missing_of(tools: Sequence[str], root_for: str) -> str:
    """Why a charger that needs these tools cannot be made here; "" when it can."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    absent = [tool for tool in tools if shutil.which(tool, path=path) is None]
    if absent:
        return f"not installed: {', '.join(absent)}"
    return "" if os.geteuid() == 0 else f"cannot: {root_for}"


def as_image(path: Path, version: str, payload: bytes, truncated: bool) -> FirmwareImage:
    """The file as the catalogue would know it; `truncated`: only its first half is there."""
    content = path.read_bytes()
    if truncated:
        content = content[: len(content) // 2]
        path.write_bytes(content)
    ending = path.suffix.removeprefix(".")
    release = Release(
        target=f"lab/{version}.{ending}",
        length=len(content),
        sha256=sha256(content).hexdigest(),
        vendor="Lab",
        models=("CityPost 22",),
        hardware=("B2",),
        component="main",
        version=version,
        format=ending,
        payload_hash=sha256(payload).hexdigest(),
    )
    return FirmwareImage(path, release)


class SshCharger(ABC):
    """Powered on by `start`, off by `stop`. The profile's restart command asks this process to restart it.

    Who inherits it gives `driver`, `boot` and `power_cut`.
    """

    serial = "000731"
    part = "main"
    hardware = "B2"
    old_version = "2.4.0"
    driver: str

    def __init__(self, root: Path, folders: Sequence[str]) -> None:
        self.root, self.port = root, free_port()
        self._boots, self._changed = 0, Condition()
        for folder in ("bin", "boot", "etc", "run", "srv", *folders):
            (root / folder).mkdir(parents=True)
        self.host_fingerprint, self.client_key = self._make_keys()
        os.mkfifo(root / "run/power")
        self._power = os.open(root / "run/power", os.O_RDWR)  # both ways: a writer never waits for a reader
        self._supply = Thread(target=self._watch_power, daemon=True)

    # -- what the contract suite asks for

    @property
    def ssh_address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def keys(self) -> Keys:
        return Keys(self.serial, key=self.client_key, fingerprint=self.host_fingerprint)

    def component(self, address: str = "") -> Component:
        return Component(self.part, self.hardware, self.driver, Link("ssh", address or f"127.0.0.1:{self.port}"))

    @property
    def copying(self) -> bool:
        """An installation stands still in its middle."""
        return (self.root / "run/copying").exists()

    def wait_until_copying(self) -> None:
        poll(lambda: self.copying, "no installation began to copy")

    def strike(self, steps: Steps, blow: Callable[[], object]) -> None:
        """Goes through `steps`; `blow` whenever the installation stands still."""
        for _ in steps:
            if self.copying:
                blow()

    def let_go(self) -> None:
        (self.root / "run/go").touch()

    def plug_in(self, words: str) -> None:
        (self.root / "etc/sessions").write_text(words)

    def restarts(self) -> int:
        return self._boots

    def wait_for_restart(self, since: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._boots != since, SECONDS), "it did not restart"

    def change_host_key(self) -> str:
        """A restart with another host key. Returns its fingerprint."""
        for name in ("host_key", "host_key.pub"):
            (self.root / "etc" / name).unlink()
        fingerprint = new_key(self.root / "etc/host_key")
        self.power_cut()
        self.boot()
        return fingerprint

    # -- power

    def start(self) -> None:
        self._supply.start()
        self.boot()

    def stop(self) -> None:
        os.write(self._power, b"off\n")
        if self._supply.is_alive():
            self._supply.join(SECONDS)
        self.power_cut()
        os.close(self._power)

    @abstractmethod
    def boot(self) -> None:
        """Power, until `power_cut`; calls `_booted`."""

    @abstractmethod
    def power_cut(self) -> None:
        """Everything dies at once, and nothing is tidied. Safe to repeat."""

    def _booted(self) -> None:
        with self._changed:
            self._boots += 1
            self._changed.notify_all()

    def _watch_power(self) -> None:
        with os.fdopen(os.dup(self._power)) as requests:
            for request in requests:
                if request.strip() != "restart":
                    return
                self.power_cut()
                self.boot()

    # -- files

    def _write_facts(self, more: Mapping[str, str] | None = None) -> None:
        facts = {
            "serial": self.serial, "board_serial": "BRD-9", "vendor": "Lab", "model": "CityPost 22", "hardware": "B2",
            "epoch": "3", "connectors": "1 available\n2 occupied", "faults": "", "sessions": "", **(more or {}),
        }  # fmt: skip
        for name, value in facts.items():
            (self.root / "etc" / name).write_text(value + "\n" if value else "")

    def _make_keys(self) -> tuple[str, str]:
        fingerprint = new_key(self.root / "etc/host_key")
        new_key(self.root / "etc/client_key")
        shutil.copy(self.root / "etc/client_key.pub", self.root / "etc/authorized_keys")
        (self.root / "etc/sshd_config").write_text(SSHD_CONFIG.format(root=self.root, port=self.port))
        return fingerprint, (self.root / "etc/client_key").read_text()


_Made = TypeVar("_Made", bound=SshCharger)


@contextmanager
def powered(device: _Made) -> Iterator[_Made]:
    """From `start` to `stop`, which also comes when the start fails."""
    try:
        device.start()
        yield device
    finally:
        device.stop()
