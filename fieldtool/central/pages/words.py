"""How the pages put it: a word and a tone for every state, times in UTC, versions with whose word they are."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from fieldtool.central.facts import Part, Proof, Run, State
from fieldtool.core.clock import parse_iso
from fieldtool.trusted_time import Confidence

STATES: Mapping[str, tuple[str, str]] = MappingProxyType(  # state -> (tone, word)
    {
        State.DONE: ("ok", "Updated"),
        State.RECOVERED: ("ok", "Recovered"),
        State.ROLLED_BACK: ("warn", "Rolled back, works"),
        State.ABANDONED: ("plain", "Not changed"),
        State.REFUSED: ("plain", "Refused"),
        State.STUCK: ("bad", "Needs recovery"),
        State.WAITING: ("warn", "Waits for the charger"),
        State.OPEN: ("plain", "Under way"),
    }
)
PROOFS: Mapping[str, str] = MappingProxyType(
    {
        Proof.TOLD: "told by the charger",
        Proof.SEEN: "seen by the tool after its restart",
        Proof.NONE: "nobody can say",
    }
)
CLOCKS: Mapping[str, str] = MappingProxyType(
    {
        Confidence.PROVEN: "clock proven",
        Confidence.PLAUSIBLE: "clock plausible",
        Confidence.BEHIND: "clock behind: the newest time ever seen",
    }
)


def moment(at: datetime | str | None) -> str:
    """`2026-03-01 08:07 UTC`, "" for none."""
    known = parse_iso(at) if isinstance(at, str) and at else at
    return f"{known:%Y-%m-%d %H:%M} UTC" if isinstance(known, datetime) else ""


def count(number: int, one: str, more: str) -> str:
    """`1 charger`, `1 200 chargers`."""
    return f"{number:,} {one if number == 1 else more}".replace(",", "\N{NO-BREAK SPACE}")


def step(part: Part, *, named: bool) -> str:
    """`2.4 → 2.6`, with several components `modem 1.0 → 1.1`."""
    way = f"{part.found or '?'} → {part.target}" if part.target else part.found or "?"
    return f"{part.component} {way}" if named else way


def steps(run: Run) -> tuple[str, ...]:
    named = len(run.parts) > 1 or any(part.component != "main" for part in run.parts)
    return tuple(step(part, named=named) for part in run.parts)


def reason(run: Run) -> str:
    """Why it ended as it did, in the laptop's words; "" where there is nothing to say."""
    return run.words or run.trouble
