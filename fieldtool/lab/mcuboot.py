"""A microcontroller with MCUboot and an application that answers SMP: flash, bootloader, and what each request does.

It behaves as MCUboot with Zephyr 4.4 was measured to (QEMU microbit, swap mode; mps2 for serial recovery), which
resources/docs/drivers/mcuboot-smp.md lists. `flash` is what has to be kept for it to go on later.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fieldtool.lab.mcuboot_image import MAGIC, Firmware, read_image
from fieldtool.lab.smp_wire import Asked

OS, IMAGE, SETTINGS, SHELL = 0, 1, 3, 9
EINVAL, ENOENT, ENOTSUP = 3, 5, 8
UNKNOWN_HASH, NO_FREE_SLOT, INVALID_HEADER, INVALID_MAGIC, TOO_LARGE = 8, 9, 22, 23, 30
ALREADY_PENDING, TEST_TO_ACTIVE = 28, 33
NO_SUCH_COMMAND = -8  # of the shell: ENOEXEC
HEADER = 32

Body = dict[str, object]
Words = Callable[[tuple[str, ...]], tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Make:
    """What this microcontroller is built with."""

    buffer: int = 384
    buffers: int = 4
    slot_size: int = 1 << 20
    keeps_old: bool = False  # after a confirmation the old image stays listed beside the new one (not measured)
    checks_file: bool = False  # compares the hash of the file at the end of an upload
    first_version: bool = False  # SMP as in Zephyr 2.5: plain codes, no parameters
    recovery_buffer: int = 1024


@dataclass(frozen=True, slots=True)
class Flash:
    """What outlives a power cut."""

    slots: tuple[bytes, bytes]
    pending: bool = False  # slot 1 is tried at the next start
    confirmed: bool = True  # slot 0 is not on trial
    hidden: bool = False  # what slot 1 holds is not listed: it was left there by a confirmation
    starts: int = 0
    spoilt: tuple[tuple[str, bool, str], ...] = ()  # (hash, boots, sickness) of images that do not keep their promise


class Refused(Exception):
    """A code instead of an answer. `group` 0 with a general code is told as such."""

    def __init__(self, code: int, group: int | None = None) -> None:
        super().__init__(code)
        self.code, self.group = code, group


@dataclass
class _Upload:
    """An upload that goes on: lost with the power."""

    digest: bytes
    length: int
    content: bytearray = field(default_factory=bytearray)


class Microcontroller:
    """Two slots, a bootloader that swaps them, an application. `words` is its shell, `settings` what it stores."""

    def __init__(
        self, image: bytes, trusted: Ed25519PublicKey, words: Words, settings: Mapping[str, bytes], make: Make
    ) -> None:
        self.make, self._trusted, self._words, self._settings = make, trusted, words, settings
        self.flash = Flash((image, b""))
        self.in_bootloader = False
        self.wants_bootloader = False
        self.restarting = False  # it has promised to, and still answers
        self._upload: _Upload | None = None
        self.start()

    @property
    def flash(self) -> Flash:
        first, second = self.slots
        return Flash((first, second), self.pending, self.confirmed, self.hidden, self.starts, self.spoilt)

    @flash.setter
    def flash(self, kept: Flash) -> None:
        self.slots: list[bytes] = list(kept.slots)
        self.pending, self.confirmed, self.hidden = kept.pending, kept.confirmed, kept.hidden
        self.starts, self.spoilt = kept.starts, kept.spoilt

    # ---- the bootloader ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Power on, or a reset: swap what is to be tried, take back what was not confirmed, start what is whole."""
        self.starts += 1
        self.restarting = False
        self._upload = None
        if not self.confirmed:
            self._swap(confirmed=True)
        elif self.pending and self._is_good(1):
            self._swap(confirmed=False)
        elif self.pending:
            self.slots[1], self.pending = b"", False
        self.in_bootloader = self.wants_bootloader or not self._is_good(0)
        self.wants_bootloader = False

    def _swap(self, confirmed: bool) -> None:
        self.slots.reverse()
        self.pending, self.confirmed, self.hidden = False, confirmed, False

    def _is_good(self, slot: int) -> bool:
        found = self.read(slot)
        return found is not None and found.whole and found.signed

    def read(self, slot: int) -> Firmware | None:
        found = read_image(self.slots[slot], self._trusted)
        spoilt = next((one for one in self.spoilt if found is not None and one[0] == found.hash.hex()), None)
        return found if found is None or spoilt is None else replace(found, boots=spoilt[1], sick=spoilt[2])

    def spoil(self, slot: int, boots: bool, sick: str) -> None:
        """What lies in a slot does not start, or is sick, from now on; else it is as its maker built it."""
        found = read_image(self.slots[slot], self._trusted)
        if found is not None:
            others = tuple(one for one in self.spoilt if one[0] != found.hash.hex())
            told = (found.hash.hex(), boots and found.boots, sick or found.sick)
            self.spoilt = others if boots and not sick else (*others, told)

    @property
    def runs(self) -> Firmware | None:
        """None: it sits in its bootloader."""
        return None if self.in_bootloader else self.read(0)

    # ---- what it answers --------------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Body:
        """The body of the response."""
        try:
            return (self._as_bootloader if self.in_bootloader else self._as_application)(asked)
        except Refused as no:
            if asked.second_version and not self.make.first_version and no.group is not None:
                return {"err": {"group": no.group, "rc": no.code}}
            return {"rc": no.code}

    def _as_bootloader(self, asked: Asked) -> Body:
        match asked.group, asked.command, asked.write:
            case (0, 6, False):
                return {"buf_size": self.make.recovery_buffer, "buf_count": 1}
            case (0, 5, True):
                return {}
            case (1, 0, False):
                listed = ((slot, self.read(slot)) for slot in (0, 1))
                return {"images": [{"slot": n, "version": f.version, "hash": f.hash} for n, f in listed if f]}
            case (1, 1, True):
                return self._take(asked.body, slot=0)
        raise Refused(ENOTSUP)

    def _as_application(self, asked: Asked) -> Body:
        match asked.group, asked.command, asked.write:
            case (0, 0, True):
                return {"r": asked.body.get("d", "")}
            case (0, 5, True):
                self.wants_bootloader = asked.body.get("boot_mode") == 1
                return {}
            case (0, 6, False) if not self.make.first_version:
                return {"buf_size": self.make.buffer, "buf_count": self.make.buffers}
            case (1, 0, False):
                return self._states()
            case (1, 0, True):
                return self._set_state(asked.body)
            case (1, 1, True):
                return self._take(asked.body, slot=1)
            case (1, 5, True):
                return self._erase()
            case (3, 0, False):
                return self._setting(asked.body)
            case (9, 0, True):
                return self._execute(asked.body)
        raise Refused(ENOTSUP)

    def _states(self) -> Body:
        images: list[Body] = []
        for number in (0, 1):
            found = self.read(number)
            if found is None or (number == 1 and self.hidden) or (number == 0 and self.make.first_version):
                continue
            images.append({
                "slot": number, "version": found.version, "hash": found.hash, "bootable": True,
                "pending": number == 1 and self.pending and not self.restarting,
                "confirmed": self.confirmed if number == 0 else not self.confirmed,
                "active": number == 0, "permanent": False,
            })  # fmt: skip
        return {"images": images, "splitStatus": 0}

    def _set_state(self, body: Body) -> Body:
        digest = body.get("hash")
        if body.get("confirm"):
            self._confirm()
        elif not isinstance(digest, bytes):
            raise Refused(EINVAL)
        else:
            self._test(digest)
        return self._states()

    def _confirm(self) -> None:
        if not self.confirmed:
            self.confirmed, self.hidden = True, not self.make.keeps_old

    def _test(self, digest: bytes) -> None:
        active, other = self.read(0), self.read(1)
        if active is not None and active.hash == digest:
            raise Refused(TEST_TO_ACTIVE, IMAGE)
        if other is None or self.hidden or other.hash != digest:
            raise Refused(UNKNOWN_HASH, IMAGE)
        if not self.confirmed:
            raise Refused(ALREADY_PENDING, IMAGE)
        self.pending = True

    def _erase(self) -> Body:
        if not self.confirmed:
            raise Refused(NO_FREE_SLOT, IMAGE)
        self.slots[1], self.pending, self._upload, self.hidden = b"", False, None, False
        return {}

    # ---- uploads ----------------------------------------------------------------------------------------------------

    def _take(self, body: Body, slot: int) -> Body:
        offset, data = body.get("off"), body.get("data")
        if not isinstance(offset, int) or not isinstance(data, bytes):
            raise Refused(EINVAL)
        if self.make.first_version and len(data) > 512:
            raise Refused(EINVAL)
        if offset == 0:
            self._begin(body, data, slot)
        upload = self._upload
        if upload is None:
            return {"off": 0}  # it was restarted, and knows of nothing
        if offset != len(upload.content):
            return {"off": len(upload.content)}  # where to go on
        upload.content += data[: upload.length - offset]
        if len(upload.content) < upload.length:
            return {"off": len(upload.content)}
        return self._finish(upload, slot)

    def _begin(self, body: Body, data: bytes, slot: int) -> None:
        length, digest = body.get("len"), body.get("sha", b"")
        if not isinstance(length, int) or not isinstance(digest, bytes):
            raise Refused(EINVAL)
        if self._upload is not None and digest and (self._upload.digest, self._upload.length) == (digest, length):
            return  # the same as before: it goes on
        if slot == 1 and not self.confirmed:
            raise Refused(NO_FREE_SLOT, IMAGE)
        if len(data) < HEADER:
            raise Refused(INVALID_HEADER, IMAGE)
        if int.from_bytes(data[:4], "little") != MAGIC:
            raise Refused(INVALID_MAGIC, IMAGE)
        if length > self.make.slot_size:
            raise Refused(TOO_LARGE, IMAGE)
        self.slots[slot] = b""
        if slot == 1:
            self.pending = self.hidden = False
        self._upload = _Upload(digest, length)

    def _finish(self, upload: _Upload, slot: int) -> Body:
        self.slots[slot], self._upload = bytes(upload.content), None
        done: Body = {"off": upload.length}
        if self.make.checks_file:
            done["match"] = sha256(self.slots[slot]).digest() == upload.digest
        return done

    # ---- what its application tells ---------------------------------------------------------------------------------

    def _setting(self, body: Body) -> Body:
        value = self._settings.get(str(body.get("name")))
        if value is None:
            raise Refused(ENOENT, SETTINGS)
        return {"val": value}

    def _execute(self, body: Body) -> Body:
        argv = body.get("argv")
        if not isinstance(argv, list) or not argv:
            raise Refused(EINVAL)
        status, printed = self._words(tuple(str(word) for word in argv))
        return {"o": printed, "ret": status}
