"""Questions of a profile, put over SMP. A command of such a profile is one of

shell WORD ...     a command of the device's shell (group 9), words as a shell would split them
setting NAME       a stored setting (group 3), as text
info LETTERS       Zephyr's own account of itself (`s` kernel, `n` host name, `v` version, ...)
stat GROUP NAME    a counter of a group of statistics (group 2)
echo [WORD ...]    the words come back (group 0): the application answers, and tells nothing
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fieldtool.core.errors import UsageError
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.drivers.answers import Answer
from fieldtool.drivers.codecs import smp
from fieldtool.drivers.codecs.rauc import plain

if TYPE_CHECKING:
    from fieldtool.drivers.codecs.smp import Request, Response
    from fieldtool.drivers.smp_line import SmpLine

NOT_FOUND = 127  # what a shell on Linux says of a command that it does not know
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class SmpFacts:
    """Runs commands as `Ssh` does, for those who only ask."""

    def __init__(self, line: "SmpLine", profile: Profile) -> None:
        self._line, self._profile = line, profile

    def run_all(self, questions: Sequence[tuple[str, str]]) -> list[Answer]:
        return [self.run(command) for _, command in questions]

    def run(self, command: str) -> Answer:
        """UsageError(PROFILE_BAD) when it is none of ours; what the device refuses is an answer with a status."""
        kind, _, rest = command.strip().partition(" ")
        response = self._line.ask(self._request(kind, rest.strip()))
        if response.refusal is not None:
            status = NOT_FOUND if response.refusal.code == smp.ENOTSUP else 1
            return Answer(status, "", f"the device refuses it ({response.refusal.words})")
        return _answer(kind, rest.strip(), response)

    def _request(self, kind: str, rest: str) -> "Request":
        if kind == "shell" and (words := _split(rest)):
            return smp.shell(words)
        if kind == "setting" and rest:
            return smp.setting(rest)
        if kind == "info" and rest:
            return smp.info(rest)
        if kind == "stat" and len(rest.split()) == 2:
            return smp.statistics(rest.split()[0])
        if kind == "echo":
            return smp.echo(rest)
        why = f"has “{kind} {rest}”, which is no shell WORDS, setting NAME, info LETTERS, stat GROUP NAME or echo"
        raise UsageError(Text.PROFILE_BAD, file=self._profile.id, field="facts", why=why)


def _answer(kind: str, asked: str, response: "Response") -> Answer:
    if kind == "setting":
        return Answer(0, smp.parse_setting(response), "")
    if kind == "info":
        return Answer(0, smp.parse_info(response), "")
    if kind == "echo":
        return _same(asked, smp.parse_echo(response))
    if kind == "stat":
        return _counter(asked.split()[1], smp.parse_statistics(response))
    returned, printed = smp.parse_shell(response)
    status = NOT_FOUND if returned == smp.NO_COMMAND else returned
    printed = _COLOURS.sub("", printed)
    return Answer(status, printed if status == 0 else "", "" if status == 0 else printed)


def _same(asked: str, came_back: str) -> Answer:
    return Answer(0, came_back, "") if came_back == asked else Answer(1, "", f"it echoes “{plain(came_back)}”")


def _counter(name: str, counters: Mapping[str, int]) -> Answer:
    return Answer(0, str(counters[name]), "") if name in counters else Answer(1, "", f"it has no counter {name}")


def _split(words: str) -> list[str]:
    try:
        return shlex.split(words)
    except ValueError:  # an open quotation mark
        return []
