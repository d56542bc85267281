"""Virtual chargers for tests: one line gives a charger that answers on loopback, and all that is needed to reach it.

    with virtual_charger(tmp_path, version="1.4.2", kind="in-place", cut_at_byte=70_000) as charger:
        image = charger.firmware("1.5.0")
        with DRIVER.open(charger.component, charger.profile, charger.credentials) as session: ...

`kind` is one of `fieldtool.lab.state.KINDS`; `charger.driver_name` says which driver it wants. With `modem="3.1"` there
is a second component: `charger.firmware("3.2", component="modem")`, `charger.components`.
Faults are those of `fieldtool.lab.faults.Faults`, as keywords or later through `charger.act(name, value)`.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from threading import Condition
from typing import Any

from cryptography import x509

from fieldtool.core.model import Component, FirmwareImage, Link, Release
from fieldtool.core.profile import Profile, parse_profile
from fieldtool.lab.cms import Authority, new_authority
from fieldtool.lab.device import MODEM_HARDWARE, Device
from fieldtool.lab.faults import parse_faults
from fieldtool.lab.raucb import LAYOUT, Bundle, Image, make_bundle
from fieldtool.lab.ssh_charger import VirtualCharger, new_ssh_key
from fieldtool.lab.ssh_door import Logins
from fieldtool.lab.state import Nameplate, State, Timing, usual_profile
from fieldtool.lab.swu import MAIN_DEVICE, MODEM_DEVICE, make_swu

FAST = Timing(shutdown=0.02, boot=0.1, settle=0.0, install=0.1)
PROFILES = Path(__file__).parents[1] / "resources" / "profiles"
TRUSTED = "Lab"
DEADLINE = 10.0  # seconds; generous, so that a busy machine fails no test


@cache
def authority(name: str) -> Authority:
    """One per name and test session: TRUSTED is what chargers trust, any other name is a stranger."""
    return new_authority(name)


@cache
def client_key() -> tuple[str, str]:
    return new_ssh_key()


@cache
def lab_profile(name: str = "lab-citypost") -> Profile:
    file = PROFILES / f"{name}.toml"
    return parse_profile(tomllib.loads(file.read_text()), file.name)


@dataclass(frozen=True, slots=True)
class KnownCredentials:
    """What the laptop knows of one charger. Change it with `dataclasses.replace`."""

    serial: str
    key: str | None
    secret: str | None
    fingerprint: str | None

    def password(self, link: Link) -> str | None:
        return self.secret

    def private_key(self, link: Link) -> str | None:
        return self.key

    def pin(self, link: Link) -> str | None:
        return self.fingerprint


class LabCharger:
    """A running virtual charger, and what a test wants to know of it."""

    def __init__(self, folder: Path, nameplate: Nameplate, timing: Timing, faults: dict[str, Any], port: int) -> None:
        self.folder, self._timing, self._nameplate = folder, timing, nameplate
        self._changed = Condition()
        self.authority = authority(TRUSTED)
        self.password = "let-me-in"
        self.private_key, self.public_key = client_key()
        self.charger = self._make(faults, port)

    def _make(self, faults: dict[str, Any], port: int) -> VirtualCharger:
        return VirtualCharger(
            self.folder / "charger",
            self._nameplate,
            [x509.load_pem_x509_certificate(self.authority.pem)],
            Logins((self.public_key,), self.password),
            port=port,
            timing=self._timing,
            faults=parse_faults(faults),
            on_change=self._on_change,
        )

    # -- how to reach it

    @property
    def serial(self) -> str:
        return self._nameplate.serial

    @property
    def host(self) -> str:
        return "127.0.0.1"

    @property
    def port(self) -> int:
        return self.charger.port

    @property
    def address(self) -> str:
        return self.charger.address

    @property
    def link(self) -> Link:
        return Link("ssh", self.address)

    @property
    def driver_name(self) -> str:
        return self.profile.driver

    @property
    def component(self) -> Component:
        return Component("main", self._nameplate.hardware, self.driver_name, self.link)

    @property
    def components(self) -> tuple[Component, ...]:
        """Main controller first, then what else its profile names."""
        others = (
            Component(id, MODEM_HARDWARE, profile.driver, self.link) for id, profile in self.profile.components.items()
        )
        return (self.component, *others)

    @property
    def fingerprint(self) -> str:
        return self.charger.fingerprint

    @property
    def credentials(self) -> KnownCredentials:
        """With its key and its right fingerprint, as of now."""
        return KnownCredentials(self.serial, self.private_key, None, self.fingerprint)

    @property
    def profile(self) -> Profile:
        """The charger's; `profile.of("modem")` is its modem's."""
        return lab_profile(usual_profile(self._nameplate))

    # -- what it is

    @property
    def device(self) -> Device:
        return self.charger.device

    @property
    def state(self) -> State:
        return self.charger.device.state

    @property
    def version(self) -> str | None:
        """What runs now, as the lab sees it from inside; None in the rescue system."""
        image = self.state.runs
        return image.version if image else None

    @property
    def kind(self) -> str:
        return self._nameplate.kind

    def file(self, path: str) -> Path:
        """Where a file of the charger lies on this machine."""
        return self.device.disk.real(path)

    # -- what happens to it

    def act(self, name: str, value: object = "") -> None:
        """Set a fault or do an action, by name, as `fieldtool lab fault` does."""
        self.charger.act(name, str(value))

    def power_cut(self, seconds: float | None = None) -> None:
        self.device.cut_power(seconds)

    def wait_up(self) -> None:
        """Return when it is reachable; AssertionError after the deadline."""
        self._wait_for(True)

    def wait_restarted(self, since: int) -> None:
        """Return when it is reachable and has started since `state.starts` was `since`."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.charger.reachable and self.state.starts > since, DEADLINE)

    def wait_down(self) -> None:
        self._wait_for(False)

    def wait_installed(self) -> None:
        """Return when no installation goes on."""
        if system := self.charger.system:
            system.rauc.wait_idle()
            system.swupdate.wait_idle()

    def reincarnate(self) -> None:
        """Kill the process that plays it, and start another one: a power cut, and the same charger afterwards."""
        port = self.charger.port
        self.charger.stop()
        self.charger = self._make({}, port)
        self.charger.start()

    def _on_change(self, charger: VirtualCharger) -> None:
        with self._changed:
            self._changed.notify_all()

    def _wait_for(self, reachable: bool) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.charger.reachable is reachable, DEADLINE)

    # -- firmware for it

    def bundle(
        self,
        version: str = "1.5.0",
        *,
        component: str = "main",
        compatible: str = "",
        signed_by: str = TRUSTED,
        size: int = 200_000,
        security_epoch: int = 0,
        boots: bool = True,
        sick: str = "",
        layout: str = LAYOUT,
    ) -> Bundle:
        """A bundle or .swu in the test's folder, as the component takes it.

        `size`: bytes of the image inside; other `signed_by`: a wrong CA; other `compatible`: for another model.
        `layout`: of the settings that it reads.
        """
        form = self.format(component)
        name = f"{component}-{version}-{signed_by}-{compatible}-{size}-{security_epoch}-{boots}-{sick}-{layout}.{form}"
        path, image = self.folder / "bundles" / name, Image(version, "", 0, security_epoch, boots, sick, layout)
        if form == "raucb":
            fits = compatible or self._nameplate.compatible
            return make_bundle(path, authority(signed_by), fits, image, size=size)
        fits = compatible or (MODEM_HARDWARE if component == "modem" else self._nameplate.hardware)
        device = MODEM_DEVICE if component == "modem" else MAIN_DEVICE
        return make_swu(path, authority(signed_by), fits, image, size=size, device=device)

    def format(self, component: str = "main") -> str:
        """Of the file that the component takes: "raucb" or "swu"."""
        return "raucb" if self.profile.of(component).driver == "rauc-ssh" else "swu"

    def firmware(self, version: str = "1.5.0", **options: Any) -> FirmwareImage:
        """The same as the firmware package would hand it to a driver. `options`: those of `bundle`."""
        return self.as_image(self.bundle(version, **options), options.get("component", "main"))

    def as_image(self, bundle: Bundle, component: str = "main") -> FirmwareImage:
        plate = self._nameplate
        release = Release(
            target=f"lab/{bundle.path.name}",
            length=bundle.length,
            sha256=bundle.sha256,
            vendor=plate.vendor,
            models=(plate.model,),
            hardware=(MODEM_HARDWARE if component == "modem" else plate.hardware,),
            component=component,
            version=bundle.version,
            format=self.format(component),
            payload_hash=bundle.payload_hash,
        )
        return FirmwareImage(bundle.path, release)


@contextmanager
def virtual_charger(
    folder: Path,
    *,
    serial: str = "LAB-0001",
    version: str = "1.4.2",
    kind: str = "ab-trial",
    modem: str = "",
    timing: Timing = FAST,
    nameplate: Nameplate | None = None,
    port: int = 0,
    **faults: Any,
) -> Iterator[LabCharger]:
    """A charger on loopback for the block, with its state below `folder / serial`."""
    plate = replace(nameplate or Nameplate(serial), serial=serial, version=version, kind=kind, modem=modem)
    lab = LabCharger(folder / serial, plate, timing, faults, port)
    try:
        lab.charger.start()
        yield lab
    finally:
        lab.charger.stop()
