"""What a Linux charger tells of itself over SSH, by the commands of its profile: facts, health, settings, service.

Shared by the drivers that reach a charger by SSH; what installs firmware is theirs. Parsed strictly: an answer that
cannot be read is an error that names the fact, never a default that might look like health.
"""

import re
import shlex
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from fieldtool.core.driver import Can, EndedBy, ManualStep, Progress, Steps
from fieldtool.core.errors import DeviceError, LinkError
from fieldtool.core.model import Configuration, ConnectorStatus, Health
from fieldtool.core.profile import CONFIG_FILE, Profile
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs.rauc import plain

if TYPE_CHECKING:  # paramiko costs 100 ms: only who opens a session pays
    from fieldtool.drivers.ssh import Answer, Ssh

_LINES = 100  # of a charger's list that are read
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")
_COUNT = re.compile(r"[0-9]{1,15}")
_SETTING = re.compile(r"[^=\s\x00-\x1f\x7f][^=\x00-\x1f\x7f]{0,199}")
_NO_COMMAND = (None, 126, 127)  # killed, not executable, not found: nobody said no
_CALLED = {  # in sentences, where the name of the question itself would puzzle
    "resets": "restart counter",
    "meter": "meter readings",
    "meter_checksum": "checksum of the metering software",
    "backend": "connection to its central system",
    "command": "answer to a command",
    "dns": "name resolution",
    "ntp": "connection to its time server",
    "disk_free": "free space",
    "ota_pending": "update that its central system ordered",
    "reserved": "reservation",
    "in_use": "charging sessions",
}


class LinuxFacts:
    """One charger's account of itself. Every command is the profile's own; nothing is ever put into it."""

    def __init__(self, ssh: "Ssh", profile: Profile) -> None:
        self._ssh, self._profile = ssh, profile

    @property
    def can(self) -> Can:
        """What the profile gives commands for."""
        settings = Can.CONFIG if self._profile.config_read else Can(0)
        return settings | (Can.OUT_OF_SERVICE if self._profile.out_of_service else Can(0))

    def facts(self, commands: Mapping[str, str]) -> dict[str, str]:
        """Facts by name. DeviceError(FACT_FAILED) names the one that could not be told."""
        return {name: fact(name, answer) for name, answer in self.ask(commands).items()}

    def ask(self, commands: Mapping[str, str]) -> dict[str, "Answer"]:
        """Answers by the names of the commands, whatever they are."""
        answers = self._ssh.run_all([(_called(name), command) for name, command in commands.items()])
        return dict(zip(commands, answers, strict=True))

    # ---- health -------------------------------------------------------------------------------------------------

    def health(self) -> Health:
        """All questions that the profile knows; DeviceError names the one whose answer cannot be read."""
        profile = self._profile
        lists = {"connectors": profile.connectors, "faults": profile.faults, "clock": profile.facts.get("clock", "")}
        questions = {name: command for name, command in {**lists, **profile.health}.items() if command}
        answers = self._ssh.run_all(
            [(_called(name), command) for name, command in questions.items()] + list(profile.checks.items())
        )
        told = dict(zip(questions, answers, strict=False))
        checked = zip(profile.checks, answers[len(questions) :], strict=True)
        failed = tuple(name for name, answer in checked if answer.status != 0)
        return Health(
            ok=not failed,
            connectors=_connectors(told.get("connectors")),
            faults=_lines("faults", told["faults"]) if "faults" in told else (),
            failed_checks=failed,
            asked=frozenset(questions) | (frozenset({"checks"}) if profile.checks else frozenset()),
            clock=_number("clock", told.get("clock")),
            uptime=_number("uptime", told.get("uptime")),
            resets=_count("resets", told.get("resets")),
            backend=_connected(told.get("backend")),
            responds=_works("command", told.get("command")),
            meter=_numbers("meter", told.get("meter")),
            meter_checksum=_word("meter_checksum", told.get("meter_checksum")) or "",
            certificates=_numbers("certificates", told.get("certificates")),
            disk_free=_count("disk_free", told.get("disk_free")),
            dns=_works("dns", told.get("dns")),
            ntp=_works("ntp", told.get("ntp")),
            ota_pending=_words("ota_pending", told.get("ota_pending")),
            reserved=_words("reserved", told.get("reserved")),
        )

    # ---- settings -----------------------------------------------------------------------------------------------

    def configuration(self) -> Configuration:
        """All settings. No value ever gets into an error's words."""
        layout = ""
        if self._profile.config_format:
            layout = _word("settings' layout", self._ssh.run(self._profile.config_format)) or ""
        answer = self._ssh.run(self._profile.config_read)
        if answer.status != 0:
            raise DeviceError(Text.SETTINGS_UNREADABLE, detail=f"the command ended with {_status(answer)}")
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
        if Can.CONFIG not in self.can:
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
        found = _word("settings' layout", self._ssh.run(self._profile.config_format))
        if found != wanted.format:
            raise DeviceError(Text.SETTINGS_OTHER_LAYOUT, found=found or "", expected=wanted.format)

    # ---- service and restart ------------------------------------------------------------------------------------

    def serve(self, serving: bool) -> None:
        command = self._profile.in_service if serving else self._profile.out_of_service
        answer = self._ssh.run(command)
        if answer.status != 0:
            text = Text.SERVICE_NOT_BACK if serving else Text.SERVICE_NOT_LEFT
            raise DeviceError(text, detail=answer.words or f"the command ended with {_status(answer)}")

    def restart(self) -> Steps:
        """Ask for a restart, or have a person switch it off and on where nobody else can."""
        if self._profile.restart_by_hand:
            yield ManualStep(Text.STEP_SWITCH_OFF_ON, EndedBy.DEVICE, "mains-switch")
            return
        yield Progress(0, 0)
        try:
            answer = self._ssh.run(self._profile.restart)
        except LinkError:
            return  # it went down before it could answer; whether it really does is seen when it comes back
        if answer.status not in (0, None):
            raise DeviceError(Text.RESTART_REFUSED, detail=answer.words)


# ---- answers ---------------------------------------------------------------------------------------------------------


def fact(name: str, answer: "Answer") -> str:
    """A fact in one line. DeviceError when it could not be told; a version must not be empty."""
    value = "; ".join(_lines(name, answer))
    if name == "version" and not value:
        raise DeviceError(Text.FACT_FAILED, fact=name, status=0, detail="it printed nothing")
    return value


def epoch(value: str | None) -> int | None:
    """The security epoch out of a fact. DeviceError when it is no number."""
    if value is None:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise DeviceError(Text.DEVICE_ANSWER_STRANGE, detail=f"security epoch: {value}")
    return int(value)


def versions(component: str, facts: Mapping[str, str]) -> dict[str, str]:
    """Versions by component: the one that was asked, and the bootloader's where the profile tells it."""
    told = {component: facts["version"]}
    if boot := facts.get("bootloader"):
        told["bootloader"] = boot
    return told


def _called(name: str) -> str:
    return _CALLED.get(name, name)


def _strange(name: str, found: str) -> DeviceError:
    return DeviceError(Text.FACT_STRANGE, fact=_called(name), found=plain(found) or "nothing")


def _status(answer: "Answer") -> str:
    return "no status" if answer.status is None else f"status {answer.status}"


def _lines(name: str, answer: "Answer") -> tuple[str, ...]:
    lines = (plain(line) for line in answer.output(_called(name)).splitlines()[:_LINES])
    return tuple(line for line in lines if line)


def _word(name: str, answer: "Answer | None") -> str | None:
    """One line that is not empty; None when it was not asked."""
    if answer is None:
        return None
    lines = _lines(name, answer)
    if len(lines) != 1:
        raise _strange(name, "; ".join(lines))
    return lines[0]


def _words(name: str, answer: "Answer | None") -> str | None:
    return None if answer is None else "; ".join(_lines(name, answer))


def _number(name: str, answer: "Answer | None") -> float | None:
    word = _word(name, answer)
    if word is not None and not _NUMBER.fullmatch(word):
        raise _strange(name, word)
    return None if word is None else float(word)


def _count(name: str, answer: "Answer | None") -> int | None:
    word = _word(name, answer)
    if word is not None and not _COUNT.fullmatch(word):
        raise _strange(name, word)
    return None if word is None else int(word)


def _numbers(name: str, answer: "Answer | None") -> Mapping[str, float]:
    """Lines of `<name> <number>`; the name may hold blanks."""
    told: dict[str, float] = {}
    for line in _lines(name, answer) if answer is not None else ():
        key, _, value = line.rpartition(" ")
        if not key or key in told or not _NUMBER.fullmatch(value):
            raise _strange(name, line)
        told[key] = float(value)
    return told


def _connectors(answer: "Answer | None") -> Mapping[str, ConnectorStatus]:
    told: dict[str, ConnectorStatus] = {}
    for line in _lines("connectors", answer) if answer is not None else ():
        name, _, status = line.partition(" ")
        if not status or name in told:
            raise _strange("connectors", line)
        told[name] = _connector_status(status)
    return told


def _connector_status(word: str) -> ConnectorStatus:
    try:
        return ConnectorStatus(word.strip().lower())
    except ValueError:
        return ConnectorStatus.UNKNOWN


def _connected(answer: "Answer | None") -> bool | None:
    word = _word("backend", answer)
    return None if word is None else word.lower() == "connected"


def _works(name: str, answer: "Answer | None") -> bool | None:
    """Whether the command ended with 0. One that could not even start has told nothing."""
    if answer is None:
        return None
    if answer.status in _NO_COMMAND:
        answer.output(_called(name))
    return answer.status == 0


# ---- settings --------------------------------------------------------------------------------------------------------


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


def _blamed(answer: "Answer", names: Iterable[str]) -> str:
    """Why it did not take them, without its own words: they may quote a value."""
    said = answer.err + answer.out
    blamed = [name for name in sorted(names) if name in said]
    return f"{_status(answer)}{', it names ' + ', '.join(blamed) if blamed else ''}"
