"""A virtual site: chargers on loopback, and the folder from which they come back. Those with a network announce
themselves by mDNS; microcontrollers hang on a cable; and one that no longer boots has its bootloader on a cable.

In a training folder: `lab/` holds the description, the throw-away authority, the chargers' state, and site.json, the
site file that `fieldtool site import` takes.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path

from fieldtool.core.clock import Clock, SystemClock
from fieldtool.core.errors import UsageError
from fieldtool.core.model import Release, normal_serial
from fieldtool.core.texts import Text
from fieldtool.lab import dead_charger
from fieldtool.lab.announce import Announcer
from fieldtool.lab.cms import Authority, authority_from_json, authority_to_json, new_authority
from fieldtool.lab.control import ControlServer
from fieldtool.lab.dead_charger import KIND as UBOOT
from fieldtool.lab.dead_charger import DeadCharger, firmware_content
from fieldtool.lab.description import Description, LabCharger, LabRelease, read_description
from fieldtool.lab.device import MODEM_HARDWARE
from fieldtool.lab.mcuboot_cable import CableCharger
from fieldtool.lab.mcuboot_faults import KIND as MCUBOOT
from fieldtool.lab.mcuboot_image import McubootImage, maker_key
from fieldtool.lab.mcuboot_image import make_image as make_mcuboot_image
from fieldtool.lab.raucb import Bundle, Image, make_bundle
from fieldtool.lab.ssh_charger import VirtualCharger
from fieldtool.lab.ssh_door import Logins
from fieldtool.lab.state import Nameplate
from fieldtool.lab.swu import MODEM_DEVICE, SWU_HARDWARE, make_swu
from fieldtool.lab.uboot_image import fit_key
from fieldtool.store.keystore import keystore, mark_throw_away

LAB = "lab"  # folder below the data folder
SITE_FILE = "site.json"
_DESCRIPTION = "site.toml"
_AUTHORITY = "THROW-AWAY-authority.json"
_LOGINS = "logins.json"

MakeCatalogue = Callable[[Path, Sequence[tuple[Path, Release]], Authority], None]
"""Publish these files for the data folder and install its root of trust, `trust/root.json`."""


class LabSite:
    """All chargers of one folder, in this process."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        """`folder`: a training folder. UsageError(LAB_FOLDER_BAD) when `new_lab` did not make it."""
        self._folder = folder / LAB
        self.description, authority = told_of(folder)
        try:
            logins = Logins(tuple(json.loads((self._folder / _LOGINS).read_text())))
        except (OSError, ValueError) as error:
            raise UsageError(Text.LAB_FOLDER_BAD, folder=str(folder)) from error
        self._announcer: Announcer | None = None
        self._control: ControlServer | None = None
        self._clock = clock or SystemClock()
        self._by_serial = {
            one.nameplate.serial: self._charger(at, one, authority, logins)
            for at, one in enumerate(self.description.chargers)
            if one.nameplate.kind != MCUBOOT
        }
        self._on_cable = {
            one.nameplate.serial: self._cable_charger(at, one, authority)
            for at, one in enumerate(self.description.chargers)
            if one.nameplate.kind == MCUBOOT
        }
        self._dead = dict(self._take_dead(authority))

    def _take_dead(self, authority: Authority) -> Iterator[tuple[str, DeadCharger]]:
        """Their bootloaders; what is behind them is there already."""
        for one in self.description.chargers:
            if one.nameplate.kind == UBOOT:
                serial = one.nameplate.serial
                folder = self._folder / "chargers" / serial
                found = self._by_serial[serial]
                yield serial, DeadCharger(folder, found, fit_key(authority), self.description.timing, self._clock)

    def _charger(self, at: int, one: LabCharger, authority: Authority, logins: Logins) -> VirtualCharger:
        plate = one.nameplate
        return VirtualCharger(
            self._folder / "chargers" / plate.serial,
            replace(plate, kind=dead_charger.AS_KIND) if plate.kind == UBOOT else plate,
            [authority.certificate],
            logins,
            host=_host(at),
            timing=self.description.timing,
            faults=one.faults,
            clock=self._clock,
            on_change=self._on_change,
        )

    def _cable_charger(self, at: int, one: LabCharger, authority: Authority) -> CableCharger:
        return CableCharger(
            self._folder / "chargers" / one.nameplate.serial,
            one.nameplate,
            authority,
            host=_host(at),
            timing=self.description.timing,
            faults=one.faults,
            clock=self._clock,
        )

    def __enter__(self) -> "LabSite":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def chargers(self) -> list[VirtualCharger]:
        """Those that are reached by SSH."""
        return list(self._by_serial.values())

    @property
    def cable_chargers(self) -> list[CableCharger]:
        """Those that are reached by a serial cable."""
        return list(self._on_cable.values())

    @property
    def control_port(self) -> int:
        return self._control.port if self._control else 0

    @property
    def site_file(self) -> Path:
        return self._folder / SITE_FILE

    @property
    def dead_chargers(self) -> list[DeadCharger]:
        """Those that have to be brought back over a serial line; `chargers` has what runs behind it."""
        return list(self._dead.values())

    def charger(self, serial: str) -> VirtualCharger:
        """One that is reached by SSH. UsageError(LAB_CHARGER_UNKNOWN) with those that are there."""
        found = self._by_serial.get(serial)
        if found is None:
            raise self._unknown(serial)
        return found

    def cable_charger(self, serial: str) -> CableCharger:
        """One that is reached by a serial cable. UsageError(LAB_CHARGER_UNKNOWN) with those that are there."""
        found = self._on_cable.get(serial)
        if found is None:
            raise self._unknown(serial)
        return found

    def _one(self, serial: str) -> "CableCharger | DeadCharger | VirtualCharger":
        return self._on_cable.get(serial) or self._dead.get(serial) or self.charger(serial)

    def _unknown(self, serial: str) -> UsageError:
        known = sorted((*self._by_serial, *self._on_cable))
        return UsageError(Text.LAB_CHARGER_UNKNOWN, serial=serial, known=", ".join(known))

    def told(self) -> list[dict[str, object]]:
        """What the lab tells of each, in the order of the description."""
        serials = [one.nameplate.serial for one in self.description.chargers]
        return [self._told(serial) for serial in serials]

    def _told(self, serial: str) -> dict[str, object]:
        if serial in self._on_cable:
            return self._on_cable[serial].told()
        told = state_of(self.charger(serial))
        return self._dead[serial].told(told) if serial in self._dead else told

    def start(self, announce: bool = True) -> None:
        """Power on, all but the absent ones; site.json is written anew."""
        self._announcer = Announcer() if announce else None
        for one in self.description.chargers:
            if one.absent:
                continue
            charger = self._one(one.nameplate.serial)
            charger.start()
            for connector in one.charging:
                charger.act("session_start", connector)
        self.write_site_file()
        self._control = ControlServer(self._folder, self._answer)

    def stop(self) -> None:
        if self._control is not None:
            self._control.close()
        for one in self.description.chargers:
            self._one(one.nameplate.serial).stop()
        if self._announcer is not None:
            self._announcer.close()

    def write_site_file(self) -> None:
        chargers = [
            {
                "serial": one.nameplate.serial,
                "name": one.name,
                "profile": one.profile,
                **self._found(one.nameplate.serial),
            }
            for one in self.description.chargers
        ]
        site = {"schema": 1, "id": self.description.id, "name": self.description.name, "chargers": chargers}
        part = self.site_file.with_suffix(".part")
        part.write_text(json.dumps(site, indent=1))
        part.replace(self.site_file)

    def _found(self, serial: str) -> dict[str, list[str]]:
        """Where, and by which key it is known: a cable has none."""
        if serial in self._on_cable:
            return {"addresses": [f"serial-tcp://{self._on_cable[serial].address}"]}
        charger = self._by_serial[serial]
        return {"addresses": [f"ssh://{charger.address}"], "host_keys": [charger.fingerprint]}

    def _on_change(self, charger: VirtualCharger) -> None:
        if self._announcer is None:
            return
        plate = charger.device.state.nameplate
        one = next(one for one in self.description.chargers if one.nameplate.serial == plate.serial)
        name = f"{one.name} {plate.serial}"
        if not charger.device.on:
            self._announcer.fall_silent(name)
        elif charger.reachable:
            image = charger.device.state.runs
            hints = {
                "vendor": plate.vendor,
                "model": plate.model,
                "serial": charger.device.faults.other_serial or plate.serial,
                "fw": image.version if image else "",
            }
            self._announcer.announce(name, charger.host, charger.port, hints)

    def _answer(self, request: dict[str, str]) -> object:
        """What the control door is asked: a fault or an action by name, or "state"."""
        serial, name = str(request.get("serial", "")), str(request.get("name", ""))
        charger = self._one(serial)
        if name != "state":
            charger.act(name, str(request.get("value", "")))
        return self._told(serial)


def state_of(charger: VirtualCharger) -> dict[str, object]:
    """What a lab tells of one of its chargers: from inside, whatever the charger itself says."""
    state = charger.device.state
    image = state.runs
    modem = {"modem": state.modem.runs.version if state.modem.runs else None} if state.modem else {}
    return {
        "serial": state.nameplate.serial,
        "address": charger.address,
        "fingerprint": charger.fingerprint,
        "reachable": charger.reachable,
        "version": image.version if image else None,
        "kind": state.nameplate.kind,
        "slot": state.booted.name,
        "confirmed": state.booted.confirmed,
        "starts": state.starts,
        "charging": list(state.charging),
        "cut_sessions": state.cut_sessions,
        "faults": {name: value for name, value in asdict(state.faults).items() if value not in ("", -1, 0, False)},
        **modem,
    }


def _host(at: int) -> str:
    """An address of its own where the system answers on all of 127.0.0.0/8, else the usual one."""
    if sys.platform == "darwin":  # only 127.0.0.1 exists there
        return "127.0.0.1"
    return f"127.0.{1 + at // 200}.{11 + at % 200}"


# ---- a new training folder -----------------------------------------------------------------------------------------


def new_lab(
    folder: Path, description: Path, make_catalogue: MakeCatalogue, new_key: Callable[[], tuple[str, str]]
) -> Path:
    """Make `folder` a training folder with the site that `description` tells; returns its site file.

    `new_key` gives an SSH key (private, public). UsageError(LAB_FOLDER_TAKEN) when something is there already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(Text.LAB_FOLDER_TAKEN, folder=str(folder))
    told = read_description(description)
    lab = folder / LAB
    lab.mkdir(parents=True)
    (lab / _DESCRIPTION).write_text(description.read_text(encoding="utf-8"), encoding="utf-8")
    authority = new_authority("Lab")
    (lab / _AUTHORITY).write_text(json.dumps(authority_to_json(authority), indent=1))
    private, public = new_key()
    (lab / _LOGINS).write_text(json.dumps([public]))
    make_catalogue(folder, make_releases(lab / "bundles", told, authority), authority)
    mark_throw_away(folder)
    vault = keystore(folder)
    for one in told.chargers:
        if one.nameplate.kind == MCUBOOT:
            continue  # SMP knows no logins
        vault.put(f"secret:{normal_serial(one.nameplate.serial)}", private)
    with LabSite(folder) as site:
        site.write_site_file()
        return site.site_file


def told_of(folder: Path) -> tuple[Description, Authority]:
    """What `new_lab` was told about its site, and who signs its files. UsageError(LAB_FOLDER_BAD)."""
    lab = folder / LAB
    try:
        return read_description(lab / _DESCRIPTION), authority_from_json(json.loads((lab / _AUTHORITY).read_text()))
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(Text.LAB_FOLDER_BAD, folder=str(folder)) from error


def make_releases(folder: Path, told: Description, authority: Authority) -> list[tuple[Path, Release]]:
    """The bundles of a description, and how a catalogue describes them."""
    return [_release(folder, one, told.taker(one).nameplate, authority) for one in told.releases]


def _release(folder: Path, one: LabRelease, plate: Nameplate, authority: Authority) -> tuple[Path, Release]:
    bundle = _file(folder, one, plate.compatible, authority)
    release = Release(
        target=f"{plate.vendor.lower()}/{bundle.path.name}",
        length=bundle.length,
        sha256=bundle.sha256,
        vendor=plate.vendor,
        models=(plate.model,),
        hardware=one.hardware,
        component=one.component,
        version=one.version,
        format=one.format,
        payload_hash=bundle.payload_hash,
        min_from=one.min_from,
        security_epoch=one.security_epoch,
        notes=one.notes,
        advisories=one.advisories,
        release_type=one.release_type,
        duration=one.duration,
    )
    return bundle.path, release


def _file(folder: Path, one: LabRelease, compatible: str, authority: Authority) -> Bundle | McubootImage:
    if one.format == MCUBOOT:
        path = folder / f"{compatible}-{one.version}.bin"
        return make_mcuboot_image(path, one.version, maker_key(authority), one.size, one.boots, one.sick)
    if one.format == dead_charger.FORMAT:
        return _fit_file(folder / f"{compatible}-{one.version}.itb", one, authority)
    image = Image(one.version, security_epoch=one.security_epoch, boots=one.boots, sick=one.sick)
    part = "" if one.component == "main" else f"{one.component}-"
    path = folder / f"{compatible}-{part}{one.version}.{one.format}"
    if one.format == "raucb":
        return make_bundle(path, authority, compatible, image, size=one.size)
    if one.component == "modem":
        return make_swu(path, authority, MODEM_HARDWARE, image, size=one.size, device=MODEM_DEVICE)
    return make_swu(path, authority, SWU_HARDWARE, image, size=one.size)


def _fit_file(path: Path, one: LabRelease, authority: Authority) -> Bundle:
    """What a bootloader starts: the charger tells the hash of the whole file."""
    content = firmware_content(one.version, fit_key(authority), one.size)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    digest = sha256(content).hexdigest()
    return Bundle(path, one.version, len(content), digest, digest)
