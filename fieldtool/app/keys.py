"""The key that this laptop signs with: what it is, another one in its place, and who is asked for a PIN."""

import getpass
import sys
from dataclasses import dataclass

from fieldtool.audit.keys import LaptopKey, PrivateKey, TokenKey, open_token, public_of
from fieldtool.audit.log import AuditLog
from fieldtool.core.errors import FieldtoolError, StorageError, Trouble, UsageError
from fieldtool.core.texts import Text


@dataclass(frozen=True, slots=True)
class KeyState:
    """Grants are given to `key_id`; the central system knows `first` and follows from there."""

    key_id: str = ""  # "" = nothing was signed yet: the first record makes the key
    first: str = ""
    place: str = ""  # "keystore", or the address of the key on a token; "" = it is not there
    throw_away: bool = False
    problem: Trouble | None = None  # why it cannot sign


@dataclass(frozen=True, slots=True)
class Rolled:
    old: str  # key ids
    new: str
    place: str
    record: int  # number of the audit record that introduces the new key


def key_state(audit: AuditLog, keys: LaptopKey) -> KeyState:
    """What signs now. Asks for no PIN. Sweeps up after a roll-over that a crash ended early."""
    first, key_id = audit.first_key(), audit.key_id()
    if first is None or key_id is None:
        return KeyState(throw_away=keys.throw_away)
    try:
        key = audit.key()
        audit.forget_former()
    except FieldtoolError as error:
        return KeyState(key_id, first.key_id, throw_away=keys.throw_away, problem=error.trouble())
    if key is None:
        gone = StorageError(Text.AUDIT_KEY_GONE).trouble()
        return KeyState(key_id, first.key_id, throw_away=keys.throw_away, problem=gone)
    return KeyState(key_id, first.key_id, key.place, keys.throw_away)


def roll_key(audit: AuditLog, *, leave_token: bool) -> Rolled:
    """Make a new key in the keystore and go on with it.

    UsageError(KEY_ON_TOKEN): the key is on a token, and nobody said that it shall leave it.
    """
    if isinstance(audit.key(), TokenKey) and not leave_token:
        raise UsageError(Text.KEY_ON_TOKEN)
    return _roll(audit, PrivateKey.new())


def use_token(audit: AuditLog, keys: LaptopKey, uri: str, *, make: bool) -> Rolled:
    """Go on with the P-256 key on a token; made there first when `make`. UsageError(TOKEN_...)."""
    audit.ready()  # before anybody types another PIN
    signer = open_token(uri, keys.ask_pin, make=make)
    try:
        new = TokenKey(uri, public_of(signer), keys)
        new.use(signer)
        return _roll(audit, new)
    except BaseException:
        signer.close()
        raise


def _roll(audit: AuditLog, new: PrivateKey | TokenKey) -> Rolled:
    record = audit.roll(new)
    introduction = audit.page(after=record - 1, limit=1)[0]
    return Rolled(str(introduction.event.seen["from"]), new.key_id, new.place, record)


def terminal_pin(token: str) -> str:
    """Ask whoever sits at the terminal. UsageError(TOKEN_PIN_NEEDED) when nobody does."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(Text.TOKEN_PIN_NEEDED, token=token)
    return getpass.getpass(f"PIN of token {token}: ")
