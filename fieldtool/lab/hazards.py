"""What may strike an installation, whichever program does it: the faults of the charger, and its power."""

from collections.abc import Callable

from fieldtool.lab.device import Device, Power, PowerLost
from fieldtool.lab.state import State

_LOOK = 0.02  # seconds between two looks whether an installation may go on


class Killed(Exception):
    """The installing process was killed in mid-work."""


class Hazards:
    """For one start of the device. Whatever goes on when its power is gone ends with PowerLost."""

    def __init__(self, device: Device, power: Power) -> None:
        self._device, self._power = device, power

    def at(self, point: str) -> None:
        """A place of INSTALL_POINTS. Killed when the process dies here."""
        faults = self._device.faults
        if faults.cut_at_install == point:
            self._device.take("cut_at_install")
            self._device.cut_power()
        if point == "copying":
            self._copying()
        if faults.kill_rauc_at == point:
            self._device.take("kill_rauc_at")
            raise Killed
        self.pause(0)

    def _copying(self) -> None:
        if self._device.faults.cut_in_install:
            self._device.take("cut_in_install")
            self._device.cut_power()
        while self._device.faults.install_stalls:
            self.pause(_LOOK)

    def pause(self, seconds: float) -> None:
        if self._device.clock.wait(self._power.off, seconds):
            raise PowerLost

    def change(self, change: Callable[[State], State]) -> None:
        self._device.change(change, self._power)
