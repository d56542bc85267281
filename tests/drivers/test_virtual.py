"""The drivers against virtual chargers of every kind, which every machine can run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from fieldtool.core.driver import Can
from fieldtool.core.model import Component, FirmwareImage, Link
from fieldtool.core.profile import Profile
from tests.drivers.contract import InstallsAgain, Keys, OverTheLine, RaucContract, Stages, TwoSlots, session
from tests.lab_chargers import LabCharger, virtual_charger


class VirtualDevice:
    """The virtual charger in the words of the contract suite."""

    def __init__(self, charger: LabCharger, part: str = "main") -> None:
        self._charger = charger
        self.serial, self.part = charger.serial, part
        self.hardware = "M1" if part == "modem" else "B2"
        runs = charger.state.modem.runs if part == "modem" else charger.state.runs
        self.old_version, self.old_hash = runs.version, runs.sha256

    @property
    def profile(self) -> Profile:
        return self._charger.profile.of(self.part)

    @property
    def ssh_address(self) -> tuple[str, int]:
        return self._charger.host, self._charger.port

    def component(self, address: str = "") -> Component:
        return Component(self.part, self.hardware, self.profile.driver, Link("ssh", address or self._charger.address))

    def keys(self) -> Keys:
        return Keys(self.serial, key=self._charger.private_key, fingerprint=self._charger.fingerprint)

    def image(self, version: str, *, signer: str = "dev", truncated: bool = False, **what: Any) -> FirmwareImage:
        signed_by = {"dev": "Lab", "evil": "Evil"}[signer]
        bundle = self._charger.bundle(version, component=self.part, signed_by=signed_by, **what)
        if truncated:
            whole = bundle.path.read_bytes()
            half = bundle.path.with_suffix(".half")
            half.write_bytes(whole[: len(whole) // 2])
            bundle = replace(bundle, path=half, length=len(whole) // 2, sha256=sha256(half.read_bytes()).hexdigest())
        return self._charger.as_image(bundle, self.part)

    def slow_image(self, version: str) -> FirmwareImage:
        self._charger.act("install_stalls", "yes")
        return self.image(version)

    def wait_until_copying(self) -> None:
        """It installs already, and stands still when it gets there."""

    def let_go(self) -> None:
        self._charger.act("install_stalls", "no")

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

    def restarts(self) -> int:
        return self._charger.state.starts

    def wait_for_restart(self, since: int) -> None:
        self._charger.wait_restarted(since)


@contextmanager
def device_of(folder: Path, kind: str) -> Iterator[VirtualDevice]:
    """A charger of that kind; "modem": the modem of one."""
    how = {"modem": "2.4.0"} if kind == "modem" else {"kind": kind}
    with virtual_charger(folder, serial="000731", version="2.4.0", **how) as charger:
        yield VirtualDevice(charger, "modem" if kind == "modem" else "main")


def of(*kinds: str) -> Callable[..., Iterator[VirtualDevice]]:
    """The fixture `device`, for each of these kinds."""

    @pytest.fixture(params=kinds)
    def device(self: object, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[VirtualDevice]:
        with device_of(tmp_path, request.param) as made:
            yield made

    return device


class TestRauc(RaucContract):
    device = of("ab-trial")


class TestRaucWithoutACounter(TwoSlots):
    device = of("ab")

    def test_it_promises_no_trial(self, device: VirtualDevice) -> None:
        with session(device) as opened:
            assert Can.KEEP_OLD in opened.can and not opened.can & (Can.TRIAL | Can.SELF_CONFIRM)


class TestSwupdateOverTheLine(OverTheLine):
    device = of("in-place")


class TestSwupdateInTwoSlots(TwoSlots):
    device = of("ab-swupdate")


class TestSwupdateInPlace(Stages, InstallsAgain):
    device = of("in-place", "in-place-rescue", "modem")


class TestSwupdateThatRestartsByItself(InstallsAgain):
    device = of("self-installing")
