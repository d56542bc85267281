"""The charging software of a virtual charger: what it tells of itself, and the settings that it keeps.

What is wrong with an image (`lab.faults.SICK`) shows in the answers while that image runs, one sickness in one answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fieldtool.lab.device import Device
    from fieldtool.lab.raucb import Image

FAULT_CODE = "RelayStuckClosed"
FACTORY: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "citypost-1": {
            "backend.url": "wss://csms.example/ocpp",
            "backend.password": "factory",
            "heartbeat": "300",
            "max_current": "32",
            "display.language": "en",
        },
        "citypost-2": {
            "ocpp.url": "wss://csms.example/ocpp",
            "ocpp.password": "factory",
            "ocpp.heartbeat": "300",
            "max_current": "32",
            "display.language": "en",
            "ocpp.security_profile": "2",
        },
    }
)
"""Settings as each layout leaves the factory with."""
RENAMES: Mapping[str, str] = MappingProxyType(
    {"backend.url": "ocpp.url", "backend.password": "ocpp.password", "heartbeat": "ocpp.heartbeat"}
)
"""How settings of "citypost-1" are called in "citypost-2"."""
_CERTIFICATES = {"OCPP client": 2_051_222_400, "metering": 2_051_222_400}  # end, seconds since the epoch: 2035
_CHECKSUM, _OTHER_CHECKSUM = "5F0C2A91", "00BADBAD"
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies on the data partition: it outlives restarts and updates."""

    settings: dict[str, dict[str, str]] = field(
        default_factory=lambda: {"citypost-1": dict(FACTORY["citypost-1"])}
    )  # layout -> name -> value; a firmware reads those of its own layout
    out_of_service: bool = False
    energy: float = 1_204_377.0  # Wh
    forgotten_by: str = ""  # payload hash of the image that has lost the settings


def first_start(kept: Kept, image: "Image | None") -> Kept:
    """What a firmware does with the settings when it starts: it moves them to its layout, unless it loses them."""
    if image is None:
        return kept
    if image.sick == "settings_lost" and kept.forgotten_by != image.sha256:
        lost = {**kept.settings, image.layout: dict(FACTORY[image.layout])}
        return replace(kept, settings=lost, forgotten_by=image.sha256)
    if image.layout in kept.settings:
        return kept
    old = next(iter(kept.settings.values()))
    own = {RENAMES.get(name, name): value for name, value in old.items()}
    return replace(kept, settings={**kept.settings, image.layout: {**FACTORY[image.layout], **own}})


class ChargingSoftware:
    """From one start of the device to the next."""

    def __init__(self, device: "Device") -> None:
        self._device = device
        self._began = device.clock.monotonic()
        self._looks = 0  # how often its faults were asked for
        self._restarts = 0  # of the software alone

    # -- what it tells

    def connectors(self) -> dict[str, str]:
        """Connector -> status in OCPP's words, lower case."""
        device, state = self._device, self._device.state
        serves = device.settled and not state.software.out_of_service
        out = {
            name: "occupied" if name in state.charging else "available" if serves else "unavailable"
            for name in state.nameplate.connectors
        }
        if device.sick == "connector":
            out[state.nameplate.connectors[0]] = "unavailable"
        return out

    def alarms(self) -> list[str]:
        self._looks += 1
        sick = self._device.sick
        shown = sick == "fault" or (sick == "restless" and self._looks % 2 == 0)
        return [code for code in (self._device.faults.alarm, FAULT_CODE if shown else "") if code]

    def uptime(self) -> float:
        """Seconds; of a charger that restarts between any two looks, fewer each time."""
        told = self._device.clock.monotonic() - self._began
        return told / (self._looks + 1) ** 3 if self._device.sick == "restarts" else told

    def resets(self) -> int:
        return self._restarts + (self._looks if self._device.sick == "resets" else 0)

    def meter(self) -> dict[str, float]:
        lost = 1000.0 if self._device.sick == "meter" else 0.0
        told = {"import": self._device.state.software.energy - lost, "export": 0.0}
        return {name: value for name, value in told.items() if self._device.sick != "meter_lost" or name != "export"}

    def certificates(self) -> dict[str, int]:
        told = dict(_CERTIFICATES)
        if self._device.sick == "certificate":
            del told["metering"]
        if self._device.sick == "certificate_old":
            told["metering"] = 1_600_000_000
        return told

    def connected(self) -> bool:
        return self._device.settled and self._device.sick != "backend" and not self._device.faults.no_backend

    def responds(self) -> bool:
        return self._device.settled and self._device.sick != "command"

    @property
    def clock_offset(self) -> float:
        """Seconds that the charger's clock is fast."""
        return self._device.faults.clock_offset + (_HOUR if self._device.sick == "clock" else 0.0)

    @property
    def checksum(self) -> str:
        return _OTHER_CHECKSUM if self._device.sick == "checksum" else _CHECKSUM

    # -- service and settings

    def serve(self, serving: bool) -> None:
        if serving and self._device.faults.stays_out:
            return
        self._device.change(lambda s: replace(s, software=replace(s.software, out_of_service=not serving)))

    @property
    def layout(self) -> str:
        image = self._device.state.runs
        return image.layout if image else ""

    def settings(self) -> dict[str, str]:
        told = dict(self._device.state.software.settings.get(self.layout, {}))
        if self._device.sick == "settings" and "max_current" in told:
            told["max_current"] = "6"  # whatever is written to it
        return told

    def write(self, settings: dict[str, str]) -> None:
        layout = self.layout
        if self._device.faults.settings_restart:
            self._restarts += 1
        self._device.change(
            lambda s: replace(s, software=replace(s.software, settings={**s.software.settings, layout: settings}))
        )
