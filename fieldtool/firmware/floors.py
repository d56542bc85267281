"""The lowest versions that may still be believed. Kept in the database, apart from the cache: whoever wipes or restores
the cache does not make an old bundle acceptable again.

A floor belongs to a role *and* the keys that may sign it. When a key is replaced by a root rotation a new floor
begins; otherwise a thief of the old key could lock every laptop out with a version of two thousand million.
The root has one floor for the whole line that begins at the accepted root. The two repositories have floors of their
own, even where their roles have the same names.
"""

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select

from fieldtool.core.errors import FirmwareError
from fieldtool.core.texts import Text
from fieldtool.firmware.verified import Role
from fieldtool.store.database import Store
from fieldtool.store.tables import mark


def check_floors(store: Store, line: str, roles: Iterable[Role], prefix: str = "") -> None:
    """FirmwareError(CATALOGUE_ROLLED_BACK) when a role is older than its newest version ever seen.

    `line`: fingerprint of the accepted root. `prefix`: of the repository's roles.
    """
    with store.read() as tx:
        _below(tx, line, roles, prefix)


def raise_floors(store: Store, line: str, roles: Iterable[Role], prefix: str = "") -> None:
    """Check, and remember the versions seen now, in one unit of work."""
    roles = tuple(roles)
    with store.read() as tx:
        if not _below(tx, line, roles, prefix):
            return
    with store.write() as tx:
        for name, version in _below(tx, line, roles, prefix).items():
            tx.execute(delete(mark).where(mark.c.name == name))
            tx.execute(insert(mark).values(name=name, value=str(version)))


def _below(tx: Connection, line: str, roles: Iterable[Role], prefix: str) -> dict[str, int]:
    """The floors that are lower than what is seen now."""
    seen = {_name(line, role, prefix): role for role in roles if role.version > 0}
    rows = tx.execute(select(mark.c.name, mark.c.value).where(mark.c.name.in_(seen)))
    floors = {row.name: int(row.value) for row in rows}
    for name, floor in floors.items():
        if seen[name].version < floor:
            role = seen[name]
            told = prefix + role.name
            raise FirmwareError(Text.CATALOGUE_ROLLED_BACK, role=told, found=role.version, expected=floor)
    return {name: role.version for name, role in seen.items() if role.version > floors.get(name, 0)}


def _name(line: str, role: Role, prefix: str) -> str:
    keys = line if role.name == "root" else ",".join(role.keys)
    return f"floor.{prefix}{role.name}.{hashlib.sha256(keys.encode()).hexdigest()[:32]}"
