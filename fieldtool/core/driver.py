"""All that a driver author needs. A driver imports `fieldtool.core` and nothing else of ours."""

from collections.abc import Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum, Flag, auto
from typing import Protocol

from fieldtool.core.errors import Param
from fieldtool.core.model import Component, Configuration, FirmwareImage, Health, Identity, Link, Observed, Snapshot
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text


class Can(Flag):
    """What this model can do; belongs to the session, because it varies by model."""

    KEEP_OLD = auto()  # installs beside the running image (A/B slots)
    TRIAL = auto()  # a new image is on trial: it falls back by itself unless confirmed
    SELF_CONFIRM = auto()  # the device marks itself good; CONFIRM then only observes
    ROLL_BACK = auto()  # can be told to return to the old image
    RESUME = auto()  # a transfer goes on where it stopped
    CONFIG = auto()  # configuration can be saved and restored
    SELF_INSTALL = auto()  # `install` also restarts it; RESTART then only watches it come back
    BOOTLOADER = auto()  # its bootloader or rescue system answers over the same link and takes an image
    OUT_OF_SERVICE = auto()  # can be told to begin no new charging session, and to serve again


@dataclass(frozen=True, slots=True)
class Progress:
    """Work done so far, in bytes or in the device's own units. `total == 0`: extent unknown, show it as such."""

    done: int
    total: int
    note: str = ""  # the device's own words, shown as they are


class EndedBy(Enum):
    """What ends a manual step."""

    TECHNICIAN = "technician"  # presses "Done"
    DEVICE = "device"  # the driver, or the engine that watches a restart, sees that it was done


@dataclass(frozen=True, slots=True)
class ManualStep:
    """Something that only a person can do. The text says what; the picture shows where."""

    text: Text
    ended_by: EndedBy
    picture: str = ""  # name of an SVG below resources/pictures; "" = none
    params: tuple[tuple[str, Param], ...] = ()

    @property
    def what(self) -> str:
        return self.text.what(**dict(self.params))

    @property
    def remedy(self) -> str:
        return self.text.remedy(**dict(self.params))


Steps = Generator[Progress | ManualStep, None, None]
"""Yields at least once a second while it works; is closed at a yield to cancel.

A yielded ManualStep that the technician ends suspends the generator until then. One that the device ends stays shown
until the next Progress, or for a restart until the charger is back.
"""


class Session(Protocol):
    """One open connection to one charger. `LinkError`: we lost it. `DeviceError`: it answered, and said no."""

    @property
    def can(self) -> Can: ...

    def identify(self) -> Identity: ...

    def observe(self) -> Observed:
        """The device's own account, cheap enough to ask for every two seconds. Changes nothing."""
        ...

    def snapshot(self) -> Snapshot: ...

    def health(self) -> Health: ...

    def transfer(self, image: FirmwareImage) -> Steps:
        """Bring the file onto the device without touching what runs now. Goes on where an earlier one stopped."""
        ...

    def verify(self, image: FirmwareImage) -> Steps:
        """Have the device hash what arrived. DeviceError when it is not `image.sha256`."""
        ...

    def install(self, image: FirmwareImage) -> Steps:
        """Install what was transferred. Picks up an installation of it that already runs.

        Does not restart, except with Can.SELF_INSTALL. With Can.BOOTLOADER it also works while the device sits there.
        """
        ...

    def restart(self) -> Steps:
        """Ask for a restart; ends once the device took the request. The engine watches it come back."""
        ...

    def confirm(self) -> None:
        """Make the running image permanent. Safe to repeat."""
        ...

    def roll_back(self) -> Steps:
        """Make the old image the one that starts next. The engine restarts and looks."""
        ...

    def tidy(self, image: FirmwareImage) -> None:
        """Remove what `transfer` left on the device. Called at every good end; safe to repeat."""
        ...

    def configuration(self) -> Configuration:
        """All settings, with Can.CONFIG only."""
        ...

    def configure(self, wanted: Configuration) -> None:
        """Make the settings those of `wanted`, with Can.CONFIG only. Safe to repeat."""
        ...

    def serve(self, serving: bool) -> None:
        """With Can.OUT_OF_SERVICE only: begin no new charging session (False), or serve again. Safe to repeat."""
        ...


class Credentials(Protocol):
    """Secrets and pins of one charger, by serial number. A charger is not an address."""

    @property
    def serial(self) -> str:
        """Whose they are, as displayed: errors must name the charger before it could tell its serial itself."""
        ...

    def password(self, link: Link) -> str | None: ...

    def private_key(self, link: Link) -> str | None:
        """OpenSSH or PEM text of a key without passphrase, from the OS keystore."""
        ...

    def pin(self, link: Link) -> str | None:
        """Expected fingerprint ("SHA256:..."). None: refuse before any credential is sent."""
        ...


class Driver(Protocol):
    """Stateless: opens sessions. The one place where foreign exceptions become ours."""

    @property
    def name(self) -> str:
        """Also its entry-point name in the group `fieldtool.drivers`."""
        ...

    @property
    def schemes(self) -> frozenset[str]: ...

    @property
    def formats(self) -> frozenset[str]:
        """`Release.format` of the files that its chargers install: no other is ever brought to one."""
        ...

    def open(
        self, component: Component, profile: Profile, credentials: Credentials
    ) -> AbstractContextManager[Session]: ...
