"""Settings of a Linux charger, as `name=value` lines: read by a command of its profile, written through a file."""

import re
import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING

from fieldtool.core.errors import DeviceError
from fieldtool.core.model import Configuration
from fieldtool.core.profile import CONFIG_FILE, Profile
from fieldtool.core.texts import Text
from fieldtool.drivers.answers import Answer
from fieldtool.drivers.codecs.rauc import plain
from fieldtool.drivers.linux_facts import one_word, status_of

if TYPE_CHECKING:  # paramiko costs 100 ms: only who opens a session pays
    from fieldtool.drivers.ssh import Ssh

_SETTING = re.compile(r"[^=\s\x00-\x1f\x7f][^=\x00-\x1f\x7f]{0,199}")


class LinuxSettings:
    """One charger's settings. Every command is the profile's own; only names of ours are put into one, quoted."""

    def __init__(self, ssh: "Ssh", profile: Profile) -> None:
        self._ssh, self._profile = ssh, profile

    def configuration(self) -> Configuration:
        """All settings. No value ever gets into an error's words."""
        layout = ""
        if self._profile.config_format:
            layout = one_word("settings' layout", self._ssh.run(self._profile.config_format)) or ""
        answer = self._ssh.run(self._profile.config_read)
        if answer.status != 0:
            raise DeviceError(Text.SETTINGS_UNREADABLE, detail=f"the command ended with {status_of(answer)}")
        return Configuration(layout, _settings(answer.out))

    def configure(self, wanted: Configuration) -> None:
        """Make the settings those of `wanted`. The file that carries them is readable by its owner only, and goes."""
        from fieldtool.drivers.sftp_upload import Sftp

        lines = "".join(_setting_line(name, value) for name, value in sorted(wanted.values.items()))
        self._check_layout(wanted)
        folder = self._profile.upload_dir
        made = self._ssh.run(f"mkdir -p {shlex.quote(folder)}")
        if made.status != 0:
            raise DeviceError(Text.UPLOAD_REFUSED, folder=folder, detail=made.words)
        sftp = Sftp(self._ssh, folder)
        try:
            sftp.put_private(self._file, lines.encode())
            answer = self._ssh.run(self._profile.config_write)
        finally:
            if self._ssh.alive():
                sftp.remove(self._file)
            sftp.close()
        if answer.status != 0:
            raise DeviceError(Text.SETTINGS_REFUSED, detail=_blamed(answer, wanted.values))

    def tidy(self) -> None:
        """Remove the settings' file that a lost line left behind. Safe to repeat."""
        if not self._profile.config_read:
            return
        removed = self._ssh.run(f"rm -f {shlex.quote(self._file)}")
        if removed.status != 0:
            raise DeviceError(Text.UPLOAD_REFUSED, folder=self._profile.upload_dir, detail=removed.words)

    @property
    def _file(self) -> str:
        return f"{self._profile.upload_dir}/{CONFIG_FILE}"

    def _check_layout(self, wanted: Configuration) -> None:
        """Settings of another layout would be taken apart wrongly, and nobody would notice."""
        if not wanted.format or not self._profile.config_format:
            return
        found = one_word("settings' layout", self._ssh.run(self._profile.config_format))
        if found != wanted.format:
            raise DeviceError(Text.SETTINGS_OTHER_LAYOUT, found=found or "", expected=wanted.format)


def _settings(text: str) -> dict[str, str]:
    """`name=value` lines, values exactly as they are. What is wrong is told by line number and name only."""
    told: dict[str, str] = {}
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), 1):
        name, equals, value = line.partition("=")
        if not equals or not _SETTING.fullmatch(name):
            raise DeviceError(Text.SETTINGS_UNREADABLE, detail=f"line {number} is no name=value")
        if name in told:
            raise DeviceError(Text.SETTINGS_UNREADABLE, detail=f"{name} is there twice")
        if "\ufffd" in value or not _is_line(value):
            raise DeviceError(Text.SETTINGS_UNREADABLE, detail=f"the value of {name} is no plain text")
        told[name] = value
    return told


def _setting_line(name: str, value: str) -> str:
    if not _SETTING.fullmatch(name) or not _is_line(value):
        raise DeviceError(Text.SETTINGS_REFUSED, detail=f"{plain(name)} cannot be written as a line")
    return f"{name}={value}\n"


def _is_line(value: str) -> bool:
    return all(sign == "\t" or (sign >= " " and sign != "\x7f") for sign in value)


def _blamed(answer: Answer, names: Iterable[str]) -> str:
    """Why it did not take them, without its own words: they may quote a value."""
    said = answer.err + answer.out
    blamed = [name for name in sorted(names) if name in said]
    return f"{status_of(answer)}{', it names ' + ', '.join(blamed) if blamed else ''}"
