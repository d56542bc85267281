"""Names of states, phases and rules as evidence tells them: one table each, so that a translation has one place."""

from collections.abc import Mapping
from types import MappingProxyType

from fieldtool.update.evidence import Grade
from fieldtool.update.rules import CALLED
from fieldtool.update.run import Mark, Outcome, Phase

OUTCOMES: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.DONE: "updated",
        Outcome.ROLLED_BACK: "rolled back, works",
        Outcome.REFUSED: "refused",
        Outcome.ABANDONED: "abandoned, unchanged",
        Outcome.STUCK: "needs recovery",
        Outcome.RECOVERED: "recovered",
        Outcome.WAITING: "waits for the charger",
    }
)
PHASES: Mapping[Phase, str] = MappingProxyType(
    {
        Phase.PREFLIGHT: "Pre-checks",
        Phase.BACKUP: "Back up state",
        Phase.TRANSFER: "Transfer image",
        Phase.VERIFY: "Verify on charger",
        Phase.INSTALL: "Install",
        Phase.RESTART: "Restart charger",
        Phase.CONFIGURE: "Bring back settings",
        Phase.VALIDATE: "Health check",
        Phase.CONFIRM: "Confirm new firmware",
        Phase.ROLL_BACK: "Return to old firmware",
        Phase.CONNECT: "Into the bootloader",
        Phase.IDENTIFY: "Ask who it is",
        Phase.FIT: "Check that the image fits",
        Phase.WRITE: "Write image",
        Phase.READ_BACK: "Read back",
        Phase.START: "First start",
        Phase.DONE: "Done",
        Phase.ROLLED_BACK: "Rolled back",
        Phase.REFUSED: "Refused",
        Phase.ABANDONED: "Abandoned",
        Phase.STUCK: "Needs recovery",
        Phase.RECOVERED: "Recovered",
    }
)
MARKS: Mapping[str, str] = MappingProxyType(
    {
        Mark.ENTERED.value: "has not ended",
        Mark.OK.value: "done",
        Mark.FAILED.value: "failed",
        Mark.LOST.value: "connection lost",
        Mark.CANCELLED.value: "stopped by a person",
        Mark.WAITING.value: "waits for the charger",
        Mark.ASKED.value: "asked a person",
        Mark.ANSWERED.value: "done by a person",
        Mark.WAIVED.value: "a person let a rule fail",
    }
)
GRADES: Mapping[Grade, str] = MappingProxyType(
    {
        Grade.PASS: "pass",
        Grade.FAIL: "fail",
        Grade.WAIVED: "waived",
        Grade.NOT_APPLICABLE: "not applicable",
        Grade.NOT_CHECKED: "not checked",
    }
)
RULES: Mapping[str, str] = MappingProxyType({**CALLED, "soak": "stays well"})
UNITS: Mapping[str, str] = MappingProxyType({"clock": "s", "soak": "s", "resets": "restarts"})
"""Of rules whose finding is a measured number."""
CLOCKS: Mapping[str, str] = MappingProxyType(
    {
        "proven": "clock proven",
        "plausible": "clock plausible",
        "behind": "clock behind: newest time ever seen",
    }
)
