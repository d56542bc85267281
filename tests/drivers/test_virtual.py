"""The driver against the virtual charger of the lab, which every machine can run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from fieldtool.core.model import Component, FirmwareImage, Link
from fieldtool.core.profile import Profile
from tests.drivers.contract import DriverContract, Keys
from tests.lab_chargers import FAST, LabCharger, virtual_charger


class VirtualDevice:
    """The virtual charger in the words of the contract suite."""

    def __init__(self, charger: LabCharger) -> None:
        self._charger = charger
        self.serial = charger.serial
        self.old_version = charger.state.booted.image.version
        self.old_hash = charger.state.booted.note.sha256

    @property
    def profile(self) -> Profile:
        return self._charger.profile

    @property
    def ssh_address(self) -> tuple[str, int]:
        return self._charger.host, self._charger.port

    def component(self, address: str = "") -> Component:
        return Component("main", "B2", "rauc-ssh", Link("ssh", address or self._charger.address))

    def keys(self) -> Keys:
        return Keys(self.serial, key=self._charger.private_key, fingerprint=self._charger.fingerprint)

    def image(self, version: str, *, signer: str = "dev", truncated: bool = False, **what: Any) -> FirmwareImage:
        bundle = self._charger.bundle(version, signed_by={"dev": "Lab", "evil": "Evil"}[signer], **what)
        if truncated:
            whole = bundle.path.read_bytes()
            half = bundle.path.with_suffix(".half")
            half.write_bytes(whole[: len(whole) // 2])
            bundle = replace(bundle, path=half, length=len(whole) // 2, sha256=sha256(half.read_bytes()).hexdigest())
        return self._charger.as_image(bundle)

    def slow_image(self, version: str) -> FirmwareImage:
        self._charger.device.timing = replace(FAST, install=2.0)
        return self.image(version)

    def wait_until_copying(self) -> None:
        """It installs already: `slow_image` made it take its time."""

    def let_go(self) -> None:
        """It ends by itself."""

    @contextmanager
    def busy(self) -> Iterator[None]:
        self._charger.act("rauc_busy", True)
        yield
        self._charger.act("rauc_busy", False)

    @contextmanager
    def little_space(self, size: int) -> Iterator[None]:
        self._charger.act("disk_free", size)
        yield
        self._charger.act("disk_free", -1)

    def plug_in(self, words: str) -> None:
        self._charger.act("session_start", "1")

    def change_host_key(self) -> str:
        before = self.restarts()
        self._charger.act("new_host_key", True)
        self._charger.power_cut(0.05)
        self.wait_for_restart(before)
        return self._charger.fingerprint

    def restarts(self) -> object:
        return self._charger.device.power

    def wait_for_restart(self, since: object) -> None:
        while self._charger.device.power is since:
            self._charger.wait_down()
            self._charger.wait_up()


@pytest.fixture
def device(tmp_path: Path) -> Iterator[VirtualDevice]:
    with virtual_charger(tmp_path, serial="000731", version="2.4.0") as charger:
        yield VirtualDevice(charger)


class TestVirtualCharger(DriverContract):
    pass
