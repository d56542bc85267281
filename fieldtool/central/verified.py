"""Whether records are signed by the key whose turn it is: the part of a push that takes the time, outside any lock."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hmac import compare_digest

from fieldtool.audit.keys import PublicKey
from fieldtool.audit.record import Opened, Record, leaf, opened
from fieldtool.audit.rollover import ROLLED, KeyChain
from fieldtool.core.errors import AuditError, Trouble
from fieldtool.core.texts import Text

# OpenSSL lets other threads run while it verifies: two signatures at once on two cores.
_POOL = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="verify")
_SHARE = 100  # records that a thread takes at a time


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record whose signature fits."""

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

    def named(self, key_id: str) -> PublicKey | None:
        """The key with this id, whether its turn is over or not."""
        keys = (self.first, *(key for _, key in self.later))
        return next((key for key in keys if compare_digest(key.key_id, key_id)), None)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A record, and the key that must have signed it."""

    found: Opened
    envelope: bytes
    key: PublicKey


def verified(log: str, envelopes: Sequence[bytes], keys: Keys) -> tuple[list[Incoming], Trouble | None]:
    """Records whose signature and log fit, in their order, up to the first that does not fit or leaves a gap."""
    claims, problem = _claims(log, envelopes, keys)
    for place, fits in enumerate(_checked(claims)):
        if not fits:
            problem = AuditError(Text.AUDIT_SIGNATURE_BAD, seq=str(claims[place].found.record.seq)).trouble()
            del claims[place:]
            break
    return [Incoming(claim.found.record, leaf(claim.envelope), claim.envelope) for claim in claims], problem


def _claims(log: str, envelopes: Sequence[bytes], keys: Keys) -> tuple[list[_Claim], Trouble | None]:
    """Who must have signed each record is known from those before it: what we hold, and an unbroken row in this push.

    An introduction counts here before its signature was checked: should that not fit, all after it falls with it.
    """
    ordered, problem = _readable(envelopes)
    claims: list[_Claim] = []
    last, before, after = 0, keys.at(1), keys.at(1)  # whose turn it was at record `last`, and is after it
    for found, envelope in ordered:
        seq = found.record.seq
        if seq > last + 1:
            if seq > keys.size + 1:
                break  # a gap: what lies before it is acknowledged
            after = keys.at(seq)
        if seq != last:  # else a double, or a second record for the same place
            last, before = seq, after
        try:
            if found.record.log != log:
                raise AuditError(Text.AUDIT_CHAIN_BROKEN, seq=seq)
            key, after = before.turn(found), before
            if found.record.event.event == ROLLED:
                after = before.copy()
                after.follow(found.record)
        except AuditError as error:
            return claims, error.trouble()
        claims.append(_Claim(found, envelope, key))
    return claims, problem


def _readable(envelopes: Sequence[bytes]) -> tuple[list[tuple[Opened, bytes]], Trouble | None]:
    """Records in the order of the numbers that they claim, up to the first that cannot be read."""
    found: list[tuple[Opened, bytes]] = []
    problem: Trouble | None = None
    for envelope in envelopes:
        try:
            found.append((opened(envelope), envelope))
        except AuditError as error:
            problem = error.trouble()
            break
    return sorted(found, key=lambda item: item[0].record.seq), problem


def _checked(claims: list[_Claim]) -> list[bool]:
    shares = [claims[start : start + _SHARE] for start in range(0, len(claims), _SHARE)]
    return [fits for share in _POOL.map(_share, shares) for fits in share]


def _share(claims: list[_Claim]) -> list[bool]:
    return [claim.found.fits(claim.key) for claim in claims]
