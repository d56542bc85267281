"""What a charger tells of itself by the commands of its profile: facts, health, service.

Shared by the drivers whose chargers run commands; what installs firmware is theirs. Parsed strictly: an answer that
cannot be read is an error that names the fact, never a default that might look like health.
"""

import re
from collections.abc import Mapping

from fieldtool.core.driver import Can, EndedBy, ManualStep, Progress, Steps
from fieldtool.core.errors import DeviceError, LinkError
from fieldtool.core.model import ConnectorStatus, Health
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.drivers.answers import Answer, Asked
from fieldtool.drivers.codecs.rauc import plain

_LINES = 100  # of a charger's list that are read
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")
_COUNT = re.compile(r"[0-9]{1,15}")
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

    def __init__(self, asked: Asked, profile: Profile) -> None:
        self._asked, self._profile = asked, profile

    @property
    def can(self) -> Can:
        """What the profile gives commands for."""
        settings = Can.CONFIG if self._profile.config_read else Can(0)
        return settings | (Can.OUT_OF_SERVICE if self._profile.out_of_service else Can(0))

    def facts(self, commands: Mapping[str, str]) -> dict[str, str]:
        """Facts by name. DeviceError(FACT_FAILED) names the one that could not be told."""
        return {name: fact(name, answer) for name, answer in self.ask(commands).items()}

    def ask(self, commands: Mapping[str, str]) -> dict[str, Answer]:
        """Answers by the names of the commands, whatever they are."""
        answers = self._asked.run_all([(_called(name), command) for name, command in commands.items()])
        return dict(zip(commands, answers, strict=True))

    # ---- health -------------------------------------------------------------------------------------------------

    def health(self) -> Health:
        """All questions that the profile knows; DeviceError names the one whose answer cannot be read."""
        profile = self._profile
        lists = {"connectors": profile.connectors, "faults": profile.faults, "clock": profile.facts.get("clock", "")}
        questions = {name: command for name, command in {**lists, **profile.health}.items() if command}
        answers = self._asked.run_all(
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
            meter_checksum=one_word("meter_checksum", told.get("meter_checksum")) or "",
            certificates=_numbers("certificates", told.get("certificates")),
            disk_free=_count("disk_free", told.get("disk_free")),
            dns=_works("dns", told.get("dns")),
            ntp=_works("ntp", told.get("ntp")),
            ota_pending=_words("ota_pending", told.get("ota_pending")),
            reserved=_words("reserved", told.get("reserved")),
        )

    # ---- service and restart ------------------------------------------------------------------------------------

    def serve(self, serving: bool) -> None:
        command = self._profile.in_service if serving else self._profile.out_of_service
        answer = self._asked.run(command)
        if answer.status != 0:
            text = Text.SERVICE_NOT_BACK if serving else Text.SERVICE_NOT_LEFT
            raise DeviceError(text, detail=answer.words or f"the command ended with {status_of(answer)}")

    def restart(self) -> Steps:
        """Ask for a restart, or have a person switch it off and on where nobody else can."""
        if self._profile.restart_by_hand:
            yield ManualStep(Text.STEP_SWITCH_OFF_ON, EndedBy.DEVICE, "mains-switch")
            return
        yield Progress(0, 0)
        try:
            answer = self._asked.run(self._profile.restart)
        except LinkError:
            return  # it went down before it could answer; whether it really does is seen when it comes back
        if answer.status not in (0, None):
            raise DeviceError(Text.RESTART_REFUSED, detail=answer.words)


# ---- answers ---------------------------------------------------------------------------------------------------------


def fact(name: str, answer: Answer) -> str:
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


def status_of(answer: Answer) -> str:
    return "no status" if answer.status is None else f"status {answer.status}"


def _lines(name: str, answer: Answer) -> tuple[str, ...]:
    lines = (plain(line) for line in answer.output(_called(name)).splitlines()[:_LINES])
    return tuple(line for line in lines if line)


def one_word(name: str, answer: Answer | None) -> str | None:
    """One line that is not empty; None when it was not asked."""
    if answer is None:
        return None
    lines = _lines(name, answer)
    if len(lines) != 1:
        raise _strange(name, "; ".join(lines))
    return lines[0]


def _words(name: str, answer: Answer | None) -> str | None:
    return None if answer is None else "; ".join(_lines(name, answer))


def _number(name: str, answer: Answer | None) -> float | None:
    word = one_word(name, answer)
    if word is not None and not _NUMBER.fullmatch(word):
        raise _strange(name, word)
    return None if word is None else float(word)


def _count(name: str, answer: Answer | None) -> int | None:
    word = one_word(name, answer)
    if word is not None and not _COUNT.fullmatch(word):
        raise _strange(name, word)
    return None if word is None else int(word)


def _numbers(name: str, answer: Answer | None) -> Mapping[str, float]:
    """Lines of `<name> <number>`; the name may hold blanks."""
    told: dict[str, float] = {}
    for line in _lines(name, answer) if answer is not None else ():
        key, _, value = line.rpartition(" ")
        if not key or key in told or not _NUMBER.fullmatch(value):
            raise _strange(name, line)
        told[key] = float(value)
    return told


def _connectors(answer: Answer | None) -> Mapping[str, ConnectorStatus]:
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


def _connected(answer: Answer | None) -> bool | None:
    word = one_word("backend", answer)
    return None if word is None else word.lower() == "connected"


def _works(name: str, answer: Answer | None) -> bool | None:
    """Whether the command ended with 0. One that could not even start has told nothing."""
    if answer is None:
        return None
    if answer.status in _NO_COMMAND:
        answer.output(_called(name))
    return answer.status == 0
