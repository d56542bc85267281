"""Which faults of the lab a microcontroller can have. Others are refused: they would look as if they did something."""

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.lab.faults import Faults, faults_to_json

KIND = "mcuboot"
FAULTS = frozenset(
    {
        "bad_health", "no_boot", "alarm", "cut_at_byte", "flip_at_byte", "session_at_byte", "restart_ignored",
        "dark_seconds", "no_return", "slow", "stall", "other_serial", "other_serial_later", "clock_offset", "stays_out",
    }
)  # fmt: skip
ACTIONS = frozenset(
    {"power_cut", "power_on", "restart", "cable_out", "session_start", "session_end", "reflash", "run_version"}
)
SICK = ("fault", "check", "connector", "clock")  # of the ways to be sick: those that its answers can show


def check_name(name: str) -> None:
    """UsageError(LAB_FAULT_NOT_HERE)."""
    if name not in FAULTS | ACTIONS:
        raise UsageError(Text.LAB_FAULT_NOT_HERE, kind=KIND, name=name, known=", ".join(sorted(FAULTS | ACTIONS)))


def checked(faults: Faults) -> Faults:
    """These, when a microcontroller can have each of them. UsageError(LAB_FAULT_NOT_HERE, LAB_FAULT_BAD)."""
    for name in faults_to_json(faults):
        check_name(name)
    if faults.bad_health not in ("", *SICK):
        raise UsageError(Text.LAB_FAULT_BAD, name="bad_health", value=faults.bad_health, allowed=", ".join(SICK))
    return faults
