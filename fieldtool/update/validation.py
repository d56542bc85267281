"""Does the charger work as before? Pure rules over health before and after; the engine asks, this module judges."""

from collections.abc import Mapping

from fieldtool.core.model import ConnectorStatus, Health

_SERVING = frozenset({ConnectorStatus.AVAILABLE, ConnectorStatus.OCCUPIED, ConnectorStatus.RESERVED})


def findings(before: Health | None, after: Health) -> tuple[str, ...]:
    """What is worse than before the update, in the charger's own words; empty when nothing is.

    A fault that was there before does not count against the new firmware. Without a `before`, everything counts.
    """
    known = before or Health(ok=True)
    new_faults = [fault for fault in after.faults if fault not in known.faults]
    broken = [f"{check} does not work" for check in after.failed_checks if check not in known.failed_checks]
    return (*new_faults, *broken, *_connectors(known.connectors, after.connectors))


def _connectors(before: Mapping[str, ConnectorStatus], after: Mapping[str, ConnectorStatus]) -> tuple[str, ...]:
    lost = []
    for name, status in before.items():
        now = after.get(name)
        if status in _SERVING and now not in _SERVING:
            lost.append(f"connector {name} is {now.value if now else 'missing'}")
    return tuple(lost)
