"""What is the same for every Linux charger that is reached by SSH, whatever installs firmware there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fieldtool.core.clock import Clock, SystemClock
from fieldtool.core.driver import Credentials, Steps
from fieldtool.core.model import Component, Configuration, FirmwareImage
from fieldtool.core.profile import Profile
from fieldtool.drivers.image_file import ImageFiles
from fieldtool.drivers.linux_facts import LinuxFacts
from fieldtool.drivers.linux_settings import LinuxSettings

if TYPE_CHECKING:  # paramiko costs 100 ms: only who opens a session pays
    from fieldtool.drivers.ssh import Patience, Ssh


@dataclass(frozen=True, slots=True)
class LinuxDriver:
    """How it is connected to. Stateless."""

    clock: Clock = field(default_factory=SystemClock)
    patience: "Patience | None" = None  # None: for the field

    @property
    def schemes(self) -> frozenset[str]:
        return frozenset({"ssh"})

    @contextmanager
    def connected(self, component: Component, profile: Profile, credentials: Credentials) -> Iterator["Ssh"]:
        """Connect and log in. LinkError, PinError (before any credential is sent), RefusedError."""
        from fieldtool.drivers.ssh import Patience, connected

        patience = self.patience or Patience()
        with connected(component.link, profile.user, credentials, self.clock, patience) as ssh:
            yield ssh


class LinuxSession:
    """One logged-in charger. Every command is fixed or comes from the profile; only words of ours are added, quoted."""

    def __init__(self, ssh: "Ssh", component: Component, profile: Profile, files: ImageFiles) -> None:
        self._ssh, self._component, self._profile, self.files = ssh, component, profile, files
        self._linux, self._settings = LinuxFacts(ssh, profile), LinuxSettings(ssh, profile)

    # ---- bringing the file --------------------------------------------------------------------------------------

    def transfer(self, image: FirmwareImage) -> Steps:
        """Upload to `upload_dir`. What lies there already is used if its content is the start of this image."""
        return self.files.transfer(image)

    def verify(self, image: FirmwareImage) -> Steps:
        return self.files.verify(image)

    def tidy(self, image: FirmwareImage) -> None:
        self.files.tidy(image)
        self._settings.tidy()

    # ---- settings and restart -----------------------------------------------------------------------------------

    def configuration(self) -> Configuration:
        return self._settings.configuration()

    def configure(self, wanted: Configuration) -> None:
        self._settings.configure(wanted)

    def restart(self) -> Steps:
        return self._linux.restart()
