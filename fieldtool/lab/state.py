"""What a virtual charger is made of, as frozen data: nameplate, slots, and the rules of its bootloader.

Kinds of chargers, by how a new image gets to run:
- "ab-trial": RAUC, two slots, and a bootloader that counts starts: an image that nobody marks good starts three times,
  then the other slot starts.
- "ab": RAUC, two slots, no counter: what is primary starts, always.
- "ab-swupdate": as "ab-trial", but SWUpdate installs.
- "self-installing": SWUpdate writes the other slot, and the charger restarts into it by itself.
- "in-place": SWUpdate writes over what runs, which goes on in memory. Half written, it does not start again.
- "in-place-rescue": the same with a rescue system, which starts when the firmware does not, and takes an image.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from fieldtool.lab.faults import NO_FAULTS, Faults, faults_to_json, parse_faults
from fieldtool.lab.raucb import Image, make_image
from fieldtool.lab.software import Kept

KINDS = ("ab-trial", "ab", "ab-swupdate", "self-installing", "in-place", "in-place-rescue")
IN_PLACE = ("in-place", "in-place-rescue")
BOOT_ATTEMPTS = 3
OTHER = {"A": "B", "B": "A"}
_NAMES = {"A": "rootfs.0", "B": "rootfs.1"}


@dataclass(frozen=True, slots=True)
class Nameplate:
    """What was fixed when the charger was made, and what it left the factory with."""

    serial: str
    version: str = "1.4.2"
    vendor: str = "Lab"
    model: str = "CityPost 22"
    hardware: str = "B2"
    compatible: str = "lab-citypost-22"
    board_serial: str = ""
    security_epoch: int = 0
    connectors: tuple[str, ...] = ("1", "2")
    disk_bytes: int = 400_000_000
    slot_bytes: int = 300_000_000
    image_bytes: int = 200_000  # size of the image it left the factory with
    kind: str = "ab-trial"  # one of KINDS
    modem: str = ""  # version of its modem, a component of its own; "" = it has none

    @property
    def in_place(self) -> bool:
        return self.kind in IN_PLACE


def usual_profile(nameplate: Nameplate) -> str:
    """The shipped profile that fits a charger of this kind."""
    if nameplate.modem:
        return "lab-modem"
    return "lab-citypost" if nameplate.kind == "ab-trial" else f"lab-{nameplate.kind}"


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds that a healthy charger takes."""

    shutdown: float = 0.3  # from the command to the dark
    boot: float = 5.0  # dark
    settle: float = 1.0  # from the first answer until the charging software runs
    install: float = 4.0


@dataclass(frozen=True, slots=True)
class Note:
    """What RAUC's status file says of a slot. After a cut in mid-install it still tells of the image before."""

    compatible: str
    version: str
    sha256: str
    size: int
    description: str = ""
    build: str = ""
    installed_at: str = ""
    installed_count: int = 0
    activated_at: str = ""
    activated_count: int = 0
    status: str = "ok"


@dataclass(frozen=True, slots=True)
class Slot:
    bootname: str  # "A"
    image: Image | None = None  # what really lies in it; None: nothing that starts
    note: Note | None = None
    good: bool = True  # the bootloader's opinion
    attempts: int = BOOT_ATTEMPTS
    confirmed: bool = True

    @property
    def name(self) -> str:
        return _NAMES[self.bootname]

    @property
    def starts(self) -> bool:
        return self.image is not None and self.image.boots


@dataclass(frozen=True, slots=True)
class Part:
    """A component that is written over in place, and starts with the charger."""

    image: Image | None  # what lies in its memory; None: nothing that starts
    runs: Image | None  # what started last; None: it sits in its bootloader


@dataclass(frozen=True, slots=True)
class State:
    nameplate: Nameplate
    slots: tuple[Slot, Slot]
    primary: str = "A"
    current: str = "A"
    security_epoch: int = 0
    charging: tuple[str, ...] = ()  # connectors with a session
    faults: Faults = NO_FAULTS
    starts: int = 0
    cut_sessions: int = 0  # sessions that a restart or a cut ended: a good tool leaves this at 0
    port: int = 0
    memory: Image | None = None  # what runs although its slot was written over meanwhile
    rescue: bool = False  # the rescue system runs
    writing: str = ""  # SWUpdate's transaction marker: "main" or "modem" since its installation began to write
    modem: Part | None = None
    software: Kept = Kept()  # noqa: RUF009  # replaced as a whole, never changed

    @property
    def runs(self) -> Image | None:
        """What runs now; None: the rescue system does."""
        return None if self.rescue else self.memory or self.booted.image

    @property
    def staged(self) -> Image | None:
        """What starts next, when another than what runs."""
        if not self.nameplate.in_place:
            return self.slot(self.primary).image if self.primary != self.current else None
        return self.booted.image if self.booted.image != self.runs else None

    def slot(self, bootname: str) -> Slot:
        return next(slot for slot in self.slots if slot.bootname == bootname)

    @property
    def booted(self) -> Slot:
        return self.slot(self.current)

    @property
    def target(self) -> Slot:
        return self.slot(OTHER[self.current])

    def with_slot(self, slot: Slot) -> "State":
        first, second = (slot if old.bootname == slot.bootname else old for old in self.slots)
        return replace(self, slots=(first, second))


# ---- rules of the bootloader: State in, State out -------------------------------------------------------------------


def boot(state: State) -> State:
    """Power comes. What runs then is `state.runs`; nothing does when neither a slot nor a rescue system starts."""
    faults = state.faults
    if faults.other_serial_later:
        faults = replace(faults, other_serial=faults.other_serial_later, other_serial_later="")
    modem = state.modem and replace(state.modem, runs=state.modem.image if _starts(state.modem.image) else None)
    state = replace(state, starts=state.starts + 1, charging=(), faults=faults, memory=None, rescue=False, modem=modem)
    if state.nameplate.in_place:
        return replace(state, rescue=state.nameplate.kind == "in-place-rescue" and not state.booted.starts)
    return replace(state, current=state.primary) if state.nameplate.kind == "ab" else _boot_counting(state)


def _boot_counting(state: State) -> State:
    """Up to three tries of the primary slot, then the other one, as a bootloader with attempt counters does."""
    for bootname in (state.primary, OTHER[state.primary]):
        slot = state.slot(bootname)
        if slot.good and slot.starts and (slot.confirmed or slot.attempts > 0):
            if not slot.confirmed:
                state = state.with_slot(replace(slot, attempts=slot.attempts - 1))
            return replace(state, primary=bootname, current=bootname)
        state = state.with_slot(replace(slot, good=False, attempts=0))
    # Nothing is thought good: U-Boot's usual script resets its counters then and takes what starts at all.
    last = next((slot.bootname for slot in state.slots if slot.starts), state.primary)
    return replace(state, primary=last, current=last)


def _starts(image: Image | None) -> bool:
    return image is not None and image.boots


def activated(state: State, bootname: str) -> State:
    slot = replace(state.slot(bootname), good=True, attempts=BOOT_ATTEMPTS)
    return replace(state.with_slot(slot), primary=bootname)


def marked(state: State, bootname: str, good: bool) -> State:
    slot = state.slot(bootname)
    if good:
        state = state.with_slot(replace(slot, good=True, confirmed=True, attempts=BOOT_ATTEMPTS))
        image = slot.image
        if image is not None and bootname == state.current:  # a fuse burns when a newer epoch is confirmed
            state = replace(state, security_epoch=max(state.security_epoch, image.security_epoch))
        return state
    state = state.with_slot(replace(slot, good=False))
    return replace(state, primary=OTHER[bootname]) if state.primary == bootname else state


# ---- from the factory, and kept ------------------------------------------------------------------------------------


@cache
def factory_image(version: str, security_epoch: int, size: int) -> Image:
    """What a charger holds that left the factory with `version`: the image that a bundle of it carries, too."""
    image = Image(version, security_epoch=security_epoch)
    return replace(image, sha256=hashlib.sha256(make_image(image, size)).hexdigest(), size=size)


def with_factory_image(slot: Slot, nameplate: Nameplate, version: str) -> Slot:
    image = factory_image(version, nameplate.security_epoch, nameplate.image_bytes)
    note = Note(
        nameplate.compatible, version, image.sha256, image.size,
        installed_at="2025-02-03T08:15:00Z", installed_count=1,
        activated_at="2025-02-03T08:15:00Z", activated_count=1,
    )  # fmt: skip
    return replace(slot, image=image, note=note)


def from_factory(nameplate: Nameplate, faults: Faults) -> State:
    first = with_factory_image(Slot("A"), nameplate, nameplate.version)
    modem = factory_image(nameplate.modem, 0, nameplate.image_bytes) if nameplate.modem else None
    return State(
        nameplate,
        (first, Slot("B")),
        security_epoch=nameplate.security_epoch,
        faults=faults,
        modem=Part(modem, modem) if modem else None,
    )


def reflashed(state: State, version: str) -> State:
    """Factory firmware in the first slot, and nothing else anywhere."""
    first = with_factory_image(Slot("A"), state.nameplate, version or state.nameplate.version)
    return replace(state, slots=(first, Slot("B")), primary="A", current="A", memory=None, rescue=False, writing="")


def save(path: Path, state: State) -> None:
    kept = asdict(state)
    kept["faults"] = faults_to_json(state.faults)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(kept, indent=1))
    part.replace(path)


def load(path: Path) -> State | None:
    """What `save` kept there; None when there is nothing."""
    if not path.exists():
        return None
    kept = json.loads(path.read_text())
    plate = kept.pop("nameplate")
    plate["connectors"] = tuple(plate["connectors"])
    first, second = (
        Slot(**{**slot, "image": _image(slot["image"]), "note": Note(**slot["note"]) if slot["note"] else None})
        for slot in kept.pop("slots")
    )
    kept["charging"] = tuple(kept["charging"])
    kept["faults"] = parse_faults(kept["faults"])
    kept["memory"] = _image(kept.get("memory"))
    kept["software"] = Kept(**kept.get("software", {}))
    if kept.get("modem"):
        kept["modem"] = Part(_image(kept["modem"]["image"]), _image(kept["modem"]["runs"]))
    return State(nameplate=Nameplate(**plate), slots=(first, second), **kept)


def _image(kept: dict[str, Any] | None) -> Image | None:
    return Image(**kept) if kept else None
