"""What a source of sightings offers. A driver that is called by its chargers (OCPP) may be one, as mDNS is."""

from collections.abc import Callable
from typing import Protocol

from fieldtool.core.errors import Trouble
from fieldtool.core.model import Sighting


class Scanner(Protocol):
    @property
    def problem(self) -> Trouble | None:
        """Why it cannot see anything now, such as NO_NETWORK. It goes on trying."""
        ...

    def start(self, on_change: Callable[[], None]) -> None:
        """Begin to look, in the background. `on_change` is called from any thread and must not block."""
        ...

    def sightings(self) -> tuple[Sighting, ...]:
        """What is announced right now."""
        ...

    def scan(self) -> None:
        """Ask again now. Returns at once."""
        ...

    def close(self) -> None: ...
