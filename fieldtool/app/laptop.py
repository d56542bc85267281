"""The state of this computer: power, disk, and whether it can be kept awake."""

import shutil
from pathlib import Path
from typing import Any

import psutil

from fieldtool.app.awake import can_stay_awake
from fieldtool.update.preflight import MIN_DISK_MB, Laptop, Level

FEW_DISK = 5  # times what a run needs at least: time to say a word


def laptop(folder: Path) -> Laptop:
    """Power and free disk space now, and whether a run could keep it awake. A computer without battery is on mains."""
    battery = _battery()
    free = shutil.disk_usage(folder).free
    if battery is None:
        return Laptop(None, True, free, can_stay_awake())
    # psutil says None for "cannot tell": counted as on battery, so that a low charge is noticed.
    return Laptop(round(battery.percent), bool(battery.power_plugged), free, can_stay_awake())


def disk_level(free: int) -> Level:
    """Records are never left out: what runs stops instead, so there must be room for all of them beforehand."""
    free //= 1_000_000
    return Level.STOP if free < MIN_DISK_MB else Level.WARN if free < FEW_DISK * MIN_DISK_MB else Level.OK


def _battery() -> Any:
    """As psutil tells it; None: there is none, or this system tells nothing of power at all."""
    if not hasattr(psutil, "sensors_battery"):
        return None
    try:
        return psutil.sensors_battery()
    except FileNotFoundError:  # Linux without /sys/class/power_supply: many virtual machines and containers
        return None
