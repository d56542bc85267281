"""What a command of a virtual charger is given, and how it complains."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from fieldtool.lab.device import Device, Power
from fieldtool.lab.rauc import Rauc
from fieldtool.lab.swupdate import Swupdate


@dataclass(frozen=True, slots=True)
class System:
    """What runs on the device from one start to the next."""

    device: Device
    rauc: Rauc
    power: Power
    swupdate: Swupdate


@dataclass(frozen=True, slots=True)
class Streams:
    out: Callable[[str], None]
    err: Callable[[str], None]


Command = Callable[[System, list[str], Streams], int]


class Complaint(Exception):
    """A command's own error text; status 1."""


def words_of(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)
