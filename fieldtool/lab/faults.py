"""Everything that can be made to go wrong on a virtual charger.

A fault is a value that stays until it is changed; one marked *once* clears itself when it has struck. An action
(`ACTIONS`) happens now. Both can be given in a site description, or to a running lab: `fieldtool lab fault`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from types import MappingProxyType

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text

INSTALL_POINTS = (
    "begin", "signature", "manifest", "marked_bad", "copying", "copied", "recorded", "activated", "done",
)  # fmt: skip
"""Where an installation can be struck, in order. With two slots the old one starts next before `activated`, from there
on the new. SWUpdate marks a transaction at `marked_bad` and ends it right before `activated`; it records nothing.
"""

SICK = (
    "fault", "check", "connector", "command", "resets", "restarts", "clock", "settings", "settings_lost", "certificate",
    "certificate_old", "backend", "meter", "meter_lost", "checksum", "restless",
)  # fmt: skip
"""What may be wrong with an image while it runs. "restarts": the charger restarts again and again; "resets": only its
software does; "settings": one setting takes no value; "settings_lost": all are the factory's after its first start;
"restless": a fault comes and goes.
"""

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "power_cut": "power goes now; value: seconds it stays dark",
        "power_on": "power comes back now",
        "restart": "it restarts in good order",
        "ssh_gone": "its SSH server is gone; value: seconds",
        "cable_out": "its serial cable is pulled out; value: seconds",
        "session_start": "a car begins to charge; value: connector",
        "session_end": "the car leaves; value: connector",
        "reflash": "factory firmware by serial cable, and power; value: version",
        "run_version": "the running system says it is another version; value: version",
    }
)


@dataclass(frozen=True, slots=True)
class Faults:
    bad_health: str = ""  # one of SICK: what is wrong with every image installed from now on, once it runs
    no_boot: bool = False  # no image installed from now on boots
    alarm: str = ""  # a fault code that the charger reports now
    cut_at_byte: int = -1  # power goes when an upload has this size (once)
    flip_at_byte: int = -1  # the storage flips a bit of an upload there (once)
    session_at_byte: int = -1  # a car begins to charge when an upload has this size (once)
    cut_at_install: str = ""  # one of INSTALL_POINTS: power goes there (once)
    cut_in_install: bool = False  # power goes in the middle of writing (once): "copying", whatever installs
    kill_rauc_at: str = ""  # one of INSTALL_POINTS: RAUC's service, or SWUpdate, dies there (once)
    false_status: bool = (
        False  # SWUpdate ends with 1 although it has installed everything, as the real one sometimes does
    )
    install_stalls: bool = False  # an installation stands still in the middle of writing
    restart_ignored: int = 0  # so many requests to restart are taken, and nothing happens
    dark_seconds: float = 0.0  # how long a power cut lasts; 0: as long as a restart
    no_return: bool = False  # it stays dark after the next restart or cut, until `power_on`
    disk_free: int = -1  # bytes that can still be written; -1: what its size gives
    slow: int = 0  # bytes per second that its line carries each way; 0: no limit
    stall: bool = False  # its line carries nothing, and says nothing
    new_host_key: bool = False  # at the next start (once)
    new_address: bool = False  # at the next start (once)
    other_serial: str = ""  # another charger answers from now on
    other_serial_later: str = ""  # another charger answers after the next start (once)
    rauc_busy: bool = False  # somebody else installs something
    clock_offset: float = 0.0  # seconds that its clock is fast
    no_backend: bool = False  # it cannot reach its central system
    no_dns: bool = False  # it resolves no names
    no_ntp: bool = False  # it does not reach its time server
    ota_pending: str = ""  # words of an update that its central system has ordered
    reserved: str = ""  # words of a reservation
    settings_restart: bool = False  # new settings restart its charging software
    stays_out: bool = False  # told to go back into service, it does not
    mute: str = ""  # a question of `charger-status` that it does not answer, or "settings"


NO_FAULTS = Faults()
_KINDS = {field.name: type(getattr(NO_FAULTS, field.name)) for field in fields(Faults)}
_ALLOWED = {
    "bad_health": ("", *SICK),
    "cut_at_install": ("", *INSTALL_POINTS),
    "kill_rauc_at": ("", *INSTALL_POINTS),
}
_YES, _NO = ("true", "yes", "on", "1", ""), ("false", "no", "off", "0")


def with_fault(faults: Faults, name: str, value: object) -> Faults:
    """`faults` with one changed. Text is converted. UsageError when the name or the value makes no sense."""
    if name not in _KINDS:
        raise UsageError(Text.LAB_FAULT_UNKNOWN, name=name, known=", ".join(sorted((*_KINDS, *ACTIONS))))
    changes: dict[str, object] = {name: _converted(name, value)}
    return replace(faults, **changes)  # type: ignore[arg-type]  # its type was just checked against the field's


def _converted(name: str, value: object) -> object:
    kind = _KINDS[name]
    if kind is bool:
        word = str(value).lower()
        if word not in (*_YES, *_NO):
            raise _bad(name, value, "yes or no")
        return word in _YES
    try:
        converted = kind(str(value))
    except ValueError as error:
        raise _bad(name, value, "a number") from error
    if converted not in _ALLOWED.get(name, (converted,)):
        raise _bad(name, value, ", ".join(_ALLOWED[name][1:]))
    return converted


def _bad(name: str, value: object, allowed: str) -> UsageError:
    return UsageError(Text.LAB_FAULT_BAD, name=name, value=str(value), allowed=allowed)


def parse_faults(given: Mapping[str, object]) -> Faults:
    """Faults out of a table of a site description. UsageError names what makes no sense."""
    faults = NO_FAULTS
    for name, value in given.items():
        faults = with_fault(faults, name, value)
    return faults


def faults_to_json(faults: Faults) -> dict[str, object]:
    return {name: value for name, value in asdict(faults).items() if value != getattr(NO_FAULTS, name)}
