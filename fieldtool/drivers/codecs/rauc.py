"""What RAUC's command line and its D-Bus properties say. No I/O; the shapes were measured with RAUC 1.8."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from fieldtool.core.errors import DeviceError, SignatureError
from fieldtool.core.model import Slot
from fieldtool.core.texts import Text

_WORDS = 200  # characters of a charger's own words that are shown


@dataclass(frozen=True, slots=True)
class Status:
    """`rauc status --detailed`, with `booted` translated from the bootloader's name to the slot's."""

    slots: tuple[Slot, ...]  # those that can be booted, sorted by name: RAUC's own order is not stable

    @property
    def booted(self) -> Slot | None:
        return next((slot for slot in self.slots if slot.booted), None)

    @property
    def primary(self) -> Slot | None:
        return next((slot for slot in self.slots if slot.primary), None)

    @property
    def other(self) -> Slot | None:
        """The slot of the same class beside the one that runs: A's B, not the rescue system."""
        booted = self.booted
        if booted is None:
            return None
        return next((slot for slot in self.slots if slot is not booted and _class(slot) == _class(booted)), None)

    @property
    def staged(self) -> Slot | None:
        """What starts next instead of what runs now."""
        slot = self.primary
        return slot if slot is not None and not slot.booted and slot.state == "good" else None


@dataclass(frozen=True, slots=True)
class Installer:
    """The properties of `de.pengutronix.rauc.Installer`. `percent` reaches 100 for failed installations too."""

    operation: str
    last_error: str
    percent: int
    step: str
    compatible: str

    @property
    def busy(self) -> bool:
        return self.operation != "idle"


def parse_status(text: str) -> Status:
    """Read the JSON of `rauc status --output-format=json --detailed`. DeviceError when it is none.

    A slot is judged by `boot_status`: after a power cut `slot_status` still says "ok" for a half-written slot.
    """
    try:
        data = json.loads(text)
        booted, primary = data["booted"], data["boot_primary"]
        bodies = [(name, body) for entry in data["slots"] for name, body in entry.items() if body.get("bootname")]
        slots = (_slot(name, body, booted, primary) for name, body in bodies)
        return Status(tuple(sorted(slots, key=lambda slot: slot.name)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DeviceError(Text.DEVICE_ANSWER_STRANGE, detail=f"rauc status: {plain(text) or error!r}") from error


def _class(slot: Slot) -> str:
    return slot.name.rpartition(".")[0]


def _slot(name: str, body: Mapping[str, object], booted: object, primary: object) -> Slot:
    status = _table(body, "slot_status")
    version = _table(status, "bundle").get("version")
    digest = _table(status, "checksum").get("sha256")
    runs = booted is not None and booted in (body.get("bootname"), name)
    return Slot(
        name=plain(name),
        version=plain(version) if isinstance(version, str) else None,
        payload_hash=plain(digest).lower() if isinstance(digest, str) else None,
        state=_state(body.get("boot_status"), installed=runs or isinstance(version, str)),
        booted=runs,
        primary=name == primary,
    )


def _state(boot_status: object, installed: bool) -> str:
    if boot_status == "bad":
        return "bad"
    return "good" if installed else "empty"


def _table(body: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = body.get(key) or {}
    if not isinstance(value, dict):
        raise TypeError(f"{key} is no object")
    return value


_ENTRY = re.compile(
    r'dict entry\(\s*string "(?P<name>\w+)"\s*variant\s+'
    r'(?:string "(?P<text>.*?)"|struct \{\s*int32 (?P<percent>-?\d+)\s*string "(?P<step>.*?)"\s*int32 -?\d+\s*\})\s*\)',
    re.DOTALL,
)


def parse_installer(text: str) -> Installer:
    """Read what `dbus-send --print-reply … GetAll` prints. dbus-send escapes nothing: error texts contain quotes."""
    found = {match["name"]: match for match in _ENTRY.finditer(text)}
    try:
        progress = found["Progress"]
        return Installer(
            operation=plain(found["Operation"]["text"]),
            last_error=found["LastError"]["text"][-4000:],
            percent=int(progress["percent"]),
            step=plain(progress["step"]),
            compatible=plain(found["Compatible"]["text"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DeviceError(Text.DEVICE_ANSWER_STRANGE, detail=f"dbus-send: {plain(text) or error!r}") from error


_REFUSALS = (
    ("exclusive bundle access", Text.INSTALL_FILE_HELD),
    ("Compatible mismatch", Text.INSTALL_INCOMPATIBLE),
    ("No space left on device", Text.INSTALL_NO_SPACE),
    ("Invalid bundle format", Text.INSTALL_DAMAGED),
    ("signature verification failed", Text.INSTALL_SIGNATURE),
    ("CMS routines", Text.INSTALL_SIGNATURE),
    ("Verify error", Text.INSTALL_SIGNATURE),
)


def refusal(words: str) -> DeviceError:
    """What RAUC's error text means. `words` is what `rauc install` printed, or the property LastError."""
    if is_busy(words):
        return DeviceError(Text.DEVICE_BUSY)
    text = next((text for needle, text in _REFUSALS if needle in words), Text.INSTALL_FAILED)
    kind = SignatureError if text is Text.INSTALL_SIGNATURE else DeviceError
    return kind(text, detail=_reason(words))


def is_busy(words: str) -> bool:
    """RAUC works on something else. It writes "Already" on the command line and "already" on D-Bus."""
    return "already processing a different method" in words.lower()


def _reason(words: str) -> str:
    """The part that tells something: what follows the last "LastError:", else the last line."""
    _, found, tail = words.rpartition("LastError:")
    lines = [line for line in (tail if found else words).splitlines() if line.strip()]
    chosen = lines[:1] if found else lines[-1:]
    return plain(chosen[0]).removeprefix("Installation error: ") if chosen else "it gives no reason"


def plain(words: str) -> str:
    """A charger's words as one bounded line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in words[: 4 * _WORDS]).split())[:_WORDS]
