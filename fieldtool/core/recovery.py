"""What a driver offers for chargers that no longer boot: the bootloader at the end of one serial line.

`update/recovery.py` walks these steps in their order. Errors say what follows: LinkError: we do not know how it is, ask
again; DeviceError: it said no; RefusedError: we said no, before anything was changed.
"""

from contextlib import AbstractContextManager
from typing import Protocol

from fieldtool.core.driver import Steps
from fieldtool.core.model import FirmwareImage, Identity, Link
from fieldtool.core.profile import Profile


class Recovery(Protocol):
    """One serial line with a bootloader behind it. Not thread-safe, except `log`."""

    def enter(self) -> Steps:
        """Into the bootloader. A ManualStep asks for power to be cut; the device itself ends it."""
        ...

    def identify(self) -> Identity:
        """As the bootloader tells it. What it does not know (a wiped environment) is "", versions are empty."""
        ...

    def fits(self, image: FirmwareImage) -> None:
        """Ask all that speaks against writing. Writes nothing. RefusedError: wrong model, hardware, format; too big."""
        ...

    def write(self, image: FirmwareImage) -> Steps:
        """Bring the image onto the medium, in chunks. May be called again: it goes on from what the device has."""
        ...

    def verify(self, image: FirmwareImage) -> Steps:
        """Read the medium back and compare all of it. DeviceError where it differs."""
        ...

    def start(self, image: FirmwareImage) -> Steps:
        """Make it the one that starts, and start it, until it says its name and version.

        SignatureError: the bootloader does not trust it. DeviceError: it did not start, or something else did.
        LinkError: nothing was heard, and nobody knows.
        """
        ...

    def log(self) -> tuple[str, ...]:
        """The newest lines of the console, oldest first, printable, without secrets. From any thread."""
        ...


class Recoverer(Protocol):
    """Stateless: opens lines. `Profile.recovery["driver"]` names it."""

    @property
    def name(self) -> str: ...

    @property
    def schemes(self) -> frozenset[str]: ...

    def open(self, link: Link, profile: Profile) -> AbstractContextManager[Recovery]:
        """Sends nothing yet. UsageError(PROFILE_BAD), LinkError."""
        ...
