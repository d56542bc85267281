"""Questions to a charger and what they left, whatever line carried them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fieldtool.core.errors import DeviceError
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs.rauc import plain


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left. `status` is None when it ended without one: the connection or the process was cut."""

    status: int | None
    out: str
    err: str

    @property
    def words(self) -> str:
        return plain(self.err) or plain(self.out)

    def output(self, fact: str) -> str:
        """What the command printed when it went well. DeviceError(FACT_FAILED) names `fact` otherwise."""
        if self.status != 0:
            status = "no status" if self.status is None else self.status
            raise DeviceError(Text.FACT_FAILED, fact=fact, status=status, detail=self.words or "it says nothing")
        return self.out


class Asked(Protocol):
    """Somebody who runs commands of a profile. LinkError when the line is lost."""

    def run(self, command: str) -> Answer: ...

    def run_all(self, questions: Sequence[tuple[str, str]]) -> list[Answer]:
        """Answers to commands that only ask, in order: (name for an error's words, command)."""
        ...
