"""Whether the log may be believed: what the program looks at by itself, without anybody asking for `audit verify`."""

from collections.abc import Callable
from dataclasses import dataclass

from fieldtool.audit.log import AuditLog
from fieldtool.core.errors import AuditError, Trouble, UsageError


@dataclass(frozen=True, slots=True)
class Standing:
    """`alarm`: the log is not what it was. `unchecked`: why its end could not be compared with the anchor."""

    records: int = 0
    alarm: Trouble | None = None
    unchecked: Trouble | None = None
    whole: bool = False  # every record was looked at, not only the end


def glance(log: AuditLog) -> Standing:
    """Only the end of the log: some milliseconds, whatever its size. StorageError when it cannot be read."""
    return _standing(log.verifier.check_end, whole=False)


def look(log: AuditLog, pause: Callable[[], object] = lambda: None) -> Standing:
    """Every record: the hashes of all, the signatures of those that no look has seen yet. `pause` lets others work."""
    return _standing(lambda: log.verifier.check(pause), whole=True)


def _standing(check: Callable[[], int], *, whole: bool) -> Standing:
    for again in (True, False):
        try:
            return Standing(check(), whole=whole)
        except UsageError as error:
            return Standing(unchecked=error.trouble())
        except AuditError as error:
            # Anchor and database are read one after the other, and another process may begin a log in between.
            if not again:
                return Standing(alarm=error.trouble(), whole=whole)
    raise AssertionError("unreachable")
