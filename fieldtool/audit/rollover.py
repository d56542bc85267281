"""Which key signs which records of a log: its first key, until a record that this key signs introduces the next one.

An introduction names the new key whole (SubjectPublicKeyInfo) and holds a proof that whoever introduces it has it. From
the next record on only the new key counts, and a key that has ended never comes back. So whoever knows the first key
follows all later ones: this laptop, the central system, an auditor with openssl.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

from fieldtool.audit.keys import LaptopSigner, PublicKey
from fieldtool.audit.record import Event, Fact, Opened, Record, opened
from fieldtool.core.errors import AuditError
from fieldtool.core.texts import Text

ROLLED = "key-rolled"  # the event of an introduction


@dataclass(slots=True)
class KeyChain:
    """The keys of one log, while its records are gone through in their order."""

    current: PublicKey
    former: set[str] = field(default_factory=set)  # key ids

    def open(self, envelope: bytes) -> Record:
        """The record in `envelope`, if the key whose turn it is signed it; an introduction is followed.

        AuditError: AUDIT_KEY_ENDED, AUDIT_KEY_STRANGE (never introduced), AUDIT_ROLL_BAD, AUDIT_SIGNATURE_BAD,
        AUDIT_RECORD_BAD.
        """
        found = opened(envelope)
        if not found.fits(self.turn(found)):
            raise AuditError(Text.AUDIT_SIGNATURE_BAD, seq=str(found.record.seq))
        self.follow(found.record)
        return found.record

    def turn(self, found: Opened) -> PublicKey:
        """The key whose turn it is, if the record claims to be signed with it. AuditError otherwise."""
        if found.key_id in self.former:
            raise AuditError(Text.AUDIT_KEY_ENDED, seq=found.record.seq, key=found.key_id[:16])
        if found.key_id != self.current.key_id:
            raise AuditError(Text.AUDIT_KEY_STRANGE, seq=found.record.seq, key=found.key_id[:16])
        return self.current

    def follow(self, record: Record) -> None:
        """Go on with the key that `record` introduces, if it introduces one; its signature is the caller's business.

        AuditError(AUDIT_ROLL_BAD).
        """
        if record.event.event == ROLLED:
            self._follow(record)

    def copy(self) -> "KeyChain":
        return KeyChain(self.current, set(self.former))

    def _follow(self, record: Record) -> None:
        seen = record.event.seen
        try:
            new, proof = PublicKey.from_spki(str(seen.get("spki"))), b64decode(str(seen.get("proof")), validate=True)
        except (AuditError, ValueError, binascii.Error) as error:
            raise AuditError(Text.AUDIT_ROLL_BAD, seq=record.seq) from error
        named = (seen.get("from"), seen.get("key")) == (self.current.key_id, new.key_id)
        proved = new.fits(proof, _statement(record.log, self.current, new))
        if not named or not proved or new.key_id in self.former | {self.current.key_id}:
            raise AuditError(Text.AUDIT_ROLL_BAD, seq=record.seq)
        self.former.add(self.current.key_id)
        self.current = new


def introduction(log: str, old: LaptopSigner, new: LaptopSigner) -> Event:
    """What the old key has to sign so that `new` may go on."""
    proof = b64encode(new.sign(_statement(log, old.public, new.public))).decode()
    place = "keystore" if new.place == "keystore" else "token"
    seen: Mapping[str, Fact] = {
        "from": old.key_id,
        "key": new.key_id,
        "spki": new.public.spki,
        "proof": proof,
        "place": place,
    }
    return Event(ROLLED, seen=seen)


def introduced(record: Record) -> PublicKey | None:
    """The key that a verified record introduces. None: the record is no introduction."""
    return PublicKey.from_spki(str(record.event.seen.get("spki"))) if record.event.event == ROLLED else None


def _statement(log: str, old: PublicKey, new: PublicKey) -> bytes:
    """What the new key signs: it goes on with this log after this key, and with no other."""
    return f"fieldtool key-rolled v1\n{log}\n{old.key_id}\n{new.key_id}\n".encode()
