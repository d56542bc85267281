"""The section `[recovery]` of a profile, for U-Boot: fixed commands with a few placeholders, checked when it is read.

Nothing that comes from a device or a release is ever put into a command: only numbers that we compute, and slot names.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from string import Formatter

from fieldtool.core.errors import UsageError
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs.console import LINE_LENGTH

FACTS = ("serial", "vendor", "model", "hardware")
STOP_KEYS = {"space": b" ", "ctrl-c": b"\x03", "enter": b"\r", "escape": b"\x1b"}
_MOVES = frozenset({"addr", "block", "count", "offset", "size", "slot"})
_COMMANDS = {  # name -> its placeholders
    "prepare": frozenset[str](), "read": _MOVES, "write": _MOVES, "switch": frozenset({"slot"}),
    "active": frozenset[str](), "start": frozenset({"slot", "block"}),
}  # fmt: skip
_FIELDS = frozenset({
    "driver", "baud", "prompt", "stop", "format", "ram", "chunk", "block_bytes", "slots", "slot_blocks", "banner",
    "seconds", *_COMMANDS, *FACTS,
})  # fmt: skip
_SLOT = re.compile(r"([A-Za-z0-9_]{1,16}):([0-9a-f]{1,10})")
_TAIL = 16  # characters that are typed behind a command


@dataclass(frozen=True, slots=True)
class Slot:
    name: str
    first: int  # block; where `block_bytes` is 1, an address


@dataclass(frozen=True, slots=True)
class UbootPlan:
    """How one model is brought back. All numbers in bytes unless they say otherwise."""

    profile: str
    vendor: str
    models: tuple[str, ...]
    baud: int
    prompt: str
    stop: bytes  # is sent to stop the start
    format: str  # that a release must have
    ram: int  # address that a whole chunk, twice, fits behind; for `whole` the image, twice
    chunk: int
    block_bytes: int
    slots: tuple[Slot, ...]
    slot_blocks: int
    facts: Mapping[str, str]  # name -> command that prints name=value
    prepare: str  # once before the medium is touched; "" = nothing
    read: str  # template
    write: str  # template
    switch: str  # template with {slot}; "" = there is one slot
    active: str  # prints which slot starts, as name=value; "" = nobody can say
    start: str  # template with {slot} and {block}, its first: restarts, or starts the firmware
    banner: re.Pattern[str]  # what the started firmware says; its group is the version
    seconds: float  # until then it says it

    @property
    def whole(self) -> bool:
        """It is written at once (UBI): no placeholder tells where."""
        return not {"block", "offset"} & _names(self.write)

    @property
    def room(self) -> int:
        return self.slot_blocks * self.block_bytes

    def command(self, template: str, addr: int, slot: Slot, offset: int, size: int) -> str:
        """`template` for `size` bytes, whole blocks, that lie `offset` bytes behind the slot's begin."""
        return template.format(
            addr=f"{addr:x}", slot=slot.name, size=f"{size:x}", count=f"{size // self.block_bytes:x}",
            block=f"{slot.first + offset // self.block_bytes:x}", offset=f"{slot.first * self.block_bytes + offset:x}",
        )  # fmt: skip


def uboot_plan(profile: Profile) -> UbootPlan:
    """UsageError(PROFILE_BAD) says which field is wrong, and why."""
    told = _Told(profile)
    banner = told.text("banner")
    if banner.count("{version}") != 1:
        raise told.bad("banner", "must have {version} once: how the started firmware tells its version")
    before, after = banner.split("{version}")
    block = told.number("block_bytes", "512")
    chunk = told.number("chunk", "262144")
    if chunk % block or not block <= chunk <= 64 << 20:
        raise told.bad("chunk", "must be a multiple of block_bytes, up to 64 MiB")
    slots = told.slots()
    commands = {name: told.command(name, placeholders) for name, placeholders in _COMMANDS.items()}
    if len(slots) > 1 and not (commands["switch"] and commands["active"]):
        raise told.bad("switch", "and active must be there where there is more than one slot")
    plan = UbootPlan(
        profile=profile.id, vendor=profile.vendor, models=profile.models,
        baud=told.number("baud", "115200"), prompt=told.text("prompt", "=>") + " ", stop=told.stop(),
        format=told.text("format"), ram=told.number("ram", base=16), chunk=chunk, block_bytes=block,
        slots=slots, slot_blocks=told.number("slot_blocks", base=16), facts=told.facts(),
        prepare=commands["prepare"], read=commands["read"], write=commands["write"], switch=commands["switch"],
        active=commands["active"], start=commands["start"] or "reset",
        banner=re.compile(re.escape(before) + r"([0-9A-Za-z][0-9A-Za-z.+_~-]*)" + re.escape(after)),
        seconds=float(told.number("seconds", "60")),
    )  # fmt: skip
    firsts = sorted(slot.first for slot in slots)
    if not plan.whole and any(last - first < plan.slot_blocks for first, last in pairwise(firsts)):
        raise told.bad("slots", "must be slot_blocks apart: one would be written over the other")
    return plan


class _Told:
    def __init__(self, profile: Profile) -> None:
        self._profile, self._told = profile, profile.recovery
        if unknown := self._told.keys() - _FIELDS:
            raise self.bad(min(unknown), "is not a field that uboot-serial knows")

    def bad(self, field: str, why: str) -> UsageError:
        return UsageError(Text.PROFILE_BAD, file=self._profile.id, field=f"recovery.{field}", why=why)

    def text(self, field: str, default: str = "") -> str:
        value = self._told.get(field, default)
        if not value or not value.isascii() or not value.isprintable():
            raise self.bad(field, "must be printable ASCII on one line")
        return value

    def number(self, field: str, default: str = "", base: int = 10) -> int:
        try:
            value = int(self._told.get(field, default), base)
        except ValueError as error:
            kind = "hexadecimal" if base == 16 else "decimal"
            raise self.bad(field, f"must be a {kind} number") from error
        if not 0 < value < 1 << 40:
            raise self.bad(field, "must be more than 0 and less than a terabyte")
        return value

    def stop(self) -> bytes:
        key = self.text("stop", "space")
        return STOP_KEYS.get(key) or key.encode("ascii")

    def slots(self) -> tuple[Slot, ...]:
        found = [_SLOT.fullmatch(one) for one in self.text("slots").split()]
        slots = tuple(Slot(one[1], int(one[2], 16)) for one in found if one is not None)
        if not slots or None in found or len({slot.name for slot in slots}) != len(slots):
            raise self.bad("slots", "must be names with their first block, such as A:1000 B:2000")
        return slots

    def facts(self) -> Mapping[str, str]:
        facts = {name: self.command(name) for name in FACTS if name in self._told}
        if not {"model", "hardware"} <= facts.keys():
            raise self.bad("hardware", "and model must be there: firmware for other hardware is not to be written")
        return facts

    def command(self, field: str, placeholders: frozenset[str] = frozenset()) -> str:
        """A template where it knows placeholders, else a command as it stands. "" where it is not told."""
        moves = placeholders == _MOVES
        if field not in self._told and not moves:
            return ""
        command = self.text(field)
        if not placeholders:
            return self._fits(field, command)
        try:
            names = _names(command)
        except ValueError as error:
            raise self.bad(field, "has a brace too many: double those of U-Boot's variables") from error
        if unknown := names - placeholders:
            raise self.bad(field, f"knows no placeholder {min(unknown)}; double the braces of U-Boot's variables")
        if moves and ("addr" not in names or not names & {"count", "size"}):
            raise self.bad(field, "must have {addr}, and {count} or {size}")
        self._fits(field, command.format(**dict.fromkeys(placeholders, "f" * 16)))
        return command

    def _fits(self, field: str, command: str) -> str:
        if len(command) > LINE_LENGTH - _TAIL:
            raise self.bad(field, f"must be shorter than {LINE_LENGTH} characters: U-Boot cuts longer lines off")
        return command


def _names(template: str) -> frozenset[str]:
    """The placeholders. ValueError when it is no template; formats and attributes are none."""
    parts = list(Formatter().parse(template))
    if any(spec or conversion for _, name, spec, conversion in parts if name is not None):
        raise ValueError(template)
    return frozenset(name for _, name, _, _ in parts if name is not None)
