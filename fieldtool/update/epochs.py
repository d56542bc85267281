"""The highest security epoch that this laptop ever saw on a charger: for chargers that do not always tell theirs.

Kept among the high-water marks of the database, by serial number and component, and never lowered.
"""

from collections import defaultdict
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from fieldtool.core.model import normal_serial
from fieldtool.store.database import Store
from fieldtool.store.tables import mark

_PREFIX = "epoch"


class Epochs:
    """Reads and raises them. StorageError from every method when the disk does not take or give them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, serial: str) -> Mapping[str, int]:
        """Component -> highest epoch."""
        return self._read(f"{_PREFIX}:{normal_serial(serial)}:").get(normal_serial(serial), {})

    def all(self) -> Mapping[str, Mapping[str, int]]:
        """Normal serial -> component -> highest epoch, of every charger."""
        return self._read(f"{_PREFIX}:")

    def note(self, serial: str, component: str, epoch: int) -> None:
        """It was seen now."""
        with self._store.write() as tx:
            note(tx, serial, component, epoch)

    def _read(self, begins: str) -> Mapping[str, Mapping[str, int]]:
        query = sa.select(mark.c.name, mark.c.value).where(mark.c.name >= begins, mark.c.name < begins[:-1] + ";")
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        with self._store.read() as tx:
            for name, value in tx.execute(query):
                rest, _, component = name.rpartition(":")  # a serial number may hold a colon, a component may not
                found[rest.partition(":")[2]][component] = int(value)
        return found


def note(tx: sa.Connection, serial: str, component: str, epoch: int) -> None:
    """The same, inside a unit of work."""
    name = f"{_PREFIX}:{normal_serial(serial)}:{component}"
    raise_it = insert(mark).values(name=name, value=str(epoch))
    higher = sa.cast(mark.c.value, sa.Integer) < epoch
    tx.execute(raise_it.on_conflict_do_update(index_elements=[mark.c.name], set_={"value": str(epoch)}, where=higher))
