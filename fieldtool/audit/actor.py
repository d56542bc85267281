"""Who did it: a pseudonym in every record, the name beside it in a table from which it can be erased."""

import hashlib
import hmac
import os
import secrets
import sys

from sqlalchemy import Connection, delete, insert, select

from fieldtool.store.database import Store
from fieldtool.store.keystore import Keystore
from fieldtool.store.tables import actor as table

NAME = "actor-key"  # in the keystore: without it nobody can try names until a pseudonym fits


class Actor:
    """The person at this laptop. For now: the account of the operating system."""

    def __init__(self, keystore: Keystore, name: str | None = None) -> None:
        self.name = account() if name is None else name
        self._keystore = keystore
        self._pseudonym: str | None = None

    def pseudonym(self, unit: Connection) -> str:
        """What records call this person; remembers the name beside it. Inside a unit of work only."""
        if self._pseudonym is not None:
            return self._pseudonym
        pseudonym = self.of(self.name)
        if unit.execute(select(table).where(table.c.pseudonym == pseudonym)).first() is None:
            unit.execute(insert(table).values(pseudonym=pseudonym, name=self.name))
        else:
            self._pseudonym = pseudonym  # only now it is certain that the unit of work which wrote it succeeded
        return pseudonym

    def pseudonym_of(self, unit: Connection, name: str) -> str:
        """What records call somebody else, such as a second person; remembers the name beside it."""
        pseudonym = self.of(name)
        if unit.execute(select(table).where(table.c.pseudonym == pseudonym)).first() is None:
            unit.execute(insert(table).values(pseudonym=pseudonym, name=name))
        return pseudonym

    def of(self, name: str) -> str:
        """What records call somebody. Remembers nothing: a name that was erased stays erased."""
        return hmac.new(self._key(), name.encode(), hashlib.sha256).hexdigest()[:32]

    def _key(self) -> bytes:
        key = self._keystore.get(NAME)
        if key is None:
            key = secrets.token_hex(32)
            self._keystore.put(NAME, key)
        return bytes.fromhex(key)


def known_names(store: Store) -> dict[str, str]:
    """Pseudonym -> name, as far as it was not erased."""
    with store.read() as connection:
        return {row.pseudonym: row.name for row in connection.execute(select(table))}


def erase(unit: Connection, name: str) -> tuple[str, ...]:
    """Forget who this was; the records stay valid. Returns the pseudonyms that the records keep."""
    found = tuple(unit.execute(select(table.c.pseudonym).where(table.c.name == name)).scalars())
    unit.execute(delete(table).where(table.c.name == name))
    return found


def account() -> str:
    """The account that the operating system says we run as; no environment variable can change it."""
    if sys.platform == "win32":
        return os.getlogin()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"
