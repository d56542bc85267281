"""What there is to say about the link to the central system, as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fieldtool.core.errors import Trouble


class Central(StrEnum):
    NOT_SET, OFFLINE, ONLINE, REFUSED = "not_set", "offline", "online", "refused"


@dataclass(frozen=True, slots=True)
class SyncState:
    central: Central
    pending: int  # audit records that central has not acknowledged
    synced: int = 0
    busy: bool = False
    documents: int = 0  # journals and evidence that central has not confirmed
    sent: int = 0  # records confirmed by the push under way, or by the last one
    of: int = 0  # records that were pending when it began
    bytes: int = 0  # that it sent, packed
    problem: Trouble | None = None
    receipt: str | None = None  # newest signed note
    received: datetime | None = None
