"""Whether records are signed by the key whose turn it is: the part of a push that takes the time, outside any lock."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

from fieldtool.audit.keys import PublicKey
from fieldtool.audit.record import Opened, Record, leaf, opened
from fieldtool.audit.rollover import ROLLED, KeyChain
from fieldtool.core.errors import AuditError, Trouble
from fieldtool.core.texts import Text

# Each thread takes a record apart and verifies it: while OpenSSL verifies in one, another may take its next one apart.
_POOL = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="verify")
_SHARE = 50  # records that a thread takes at a time


class Incoming(NamedTuple):
    """A record whose signature fits. (A thousand of them in a push: made in half the time of a frozen dataclass.)"""

    record: Record
    leaf: bytes
    envelope: bytes


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a log as far as we hold it: the first one, and what it introduced."""

    first: PublicKey
    later: tuple[tuple[int, PublicKey], ...] = ()  # (first record that it signs, key), in their order
    size: int = 0  # records that we hold

    def at(self, seq: int) -> KeyChain:
        """Whose turn it is at record `seq`."""
        turns = [self.first, *(key for since, key in self.later if since <= seq)]
        return KeyChain(turns[-1], {key.key_id for key in turns[:-1]})

    def by_id(self) -> dict[str, PublicKey]:
        """All of them, whether their turn is over or not."""
        return {key.key_id: key for key in (self.first, *(key for _, key in self.later))}


class _Taken(NamedTuple):
    """A record taken apart, and whether the key that it names signed it. None: a key that this very push introduces."""

    found: Opened
    envelope: bytes
    leaf: bytes
    fits: bool | None


def verified(log: str, envelopes: Sequence[bytes], keys: Keys) -> tuple[list[Incoming], Trouble | None]:
    """Records whose signature and log fit, in their order, up to the first that does not fit or leaves a gap.

    Who must have signed a record is known from those before it: what we hold, and an unbroken row in this push.
    """
    ordered, problem = _readable(envelopes, keys)
    good: list[Incoming] = []
    last, before, after = 0, keys.at(1), keys.at(1)  # whose turn it was at record `last`, and is after it
    for taken in ordered:
        record = taken.found.record
        if record.seq > last + 1:
            if record.seq > keys.size + 1:
                break  # a gap: what lies before it is acknowledged
            after = keys.at(record.seq)
        if record.seq != last:  # else a double, or a second record for the same place
            last, before = record.seq, after
        try:
            after = _checked(taken, log, before)
        except AuditError as error:
            return good, error.trouble()
        good.append(Incoming(record, taken.leaf, taken.envelope))
    return good, problem


def _checked(taken: _Taken, log: str, chain: KeyChain) -> KeyChain:
    """Whose turn it is after this record. AuditError when it does not fit."""
    found = taken.found
    if found.record.log != log:
        raise AuditError(Text.AUDIT_CHAIN_BROKEN, seq=found.record.seq)
    key = chain.turn(found)
    if not (found.fits(key) if taken.fits is None else taken.fits):
        raise AuditError(Text.AUDIT_SIGNATURE_BAD, seq=str(found.record.seq))
    if found.record.event.event != ROLLED:
        return chain
    after = chain.copy()
    after.follow(found.record)
    return after


def _readable(envelopes: Sequence[bytes], keys: Keys) -> tuple[list[_Taken], Trouble | None]:
    """Records in the order of the numbers that they claim, up to the first that cannot be read."""
    shares = [envelopes[start : start + _SHARE] for start in range(0, len(envelopes), _SHARE)]
    found: list[_Taken] = []
    problem: Trouble | None = None
    known = keys.by_id()
    for taken, problem in _POOL.map(lambda share: _share(share, known), shares):
        found += taken
        if problem is not None:
            break
    return sorted(found, key=lambda one: one.found.record.seq), problem


def _share(envelopes: Sequence[bytes], known: Mapping[str, PublicKey]) -> tuple[list[_Taken], Trouble | None]:
    taken: list[_Taken] = []
    for envelope in envelopes:
        try:
            found = opened(envelope)
        except AuditError as error:
            return taken, error.trouble()
        key = known.get(found.key_id)
        taken.append(_Taken(found, envelope, leaf(envelope), None if key is None else found.fits(key)))
    return taken, None
