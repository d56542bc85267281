"""Envelopes of DSSE in their one spelling: one line of JSON around bytes that a P-256 key signed.

The payload type says what was signed and is signed with it, so that nothing which this laptop's key signs can pass for
something else. An envelope is verified as it stands and never encoded again.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Protocol


class Signer(Protocol):
    """A P-256 key that signs: in the keystore, or on a token."""

    @property
    def key_id(self) -> str: ...
    def sign(self, data: bytes) -> bytes:
        """ECDSA with SHA-256 in DER, the smaller of the two possible s."""
        ...


@dataclass(frozen=True, slots=True)
class Sealed:
    """What an envelope holds. Nothing in it was verified."""

    payload: bytes
    key_id: str
    signature: bytes


def pae(payload_type: str, payload: bytes) -> bytes:
    """What is signed: DSSE's pre-authentication encoding."""
    return b"DSSEv1 %d %b %d %b" % (len(payload_type), payload_type.encode(), len(payload), payload)


def seal(payload_type: str, payload: bytes, signer: Signer) -> bytes:
    """The signed envelope: one line of ASCII without its line end."""
    signature = signer.sign(pae(payload_type, payload))
    return b'{"payload":"%b","payloadType":"%b","signatures":[{"keyid":"%b","sig":"%b"}]}' % (
        base64.b64encode(payload),
        payload_type.encode(),
        signer.key_id.encode(),
        base64.b64encode(signature),
    )


def split(payload_type: str, envelope: bytes) -> Sealed:
    """The parts of an envelope of this type, unverified. ValueError names the part that is not in its one spelling."""
    rest = envelope
    found = []
    for part, pattern in _parts(payload_type):
        match = pattern.match(rest)
        if match is None:
            raise ValueError(part)
        found.append(match[1])
        rest = rest[match.end() :]
    if rest:
        raise ValueError("end")
    return Sealed(unbase64(found[0], "payload"), found[2].decode(), unbase64(found[3], "sig"))


def unbase64(text: bytes, part: str) -> bytes:
    """ValueError(part) unless this is base64 in its one spelling: unused bits of the last letter are a second one."""
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error as error:
        raise ValueError(part) from error
    if base64.b64encode(data) != text:
        raise ValueError(part)
    return data


def _parts(payload_type: str) -> tuple[tuple[str, re.Pattern[bytes]], ...]:
    return (
        ("payload", re.compile(rb'\{"payload":"([A-Za-z0-9+/]+={0,2})"')),
        ("payloadType", re.compile(rb',"payloadType":"(%b)"' % re.escape(payload_type).encode())),
        ("keyid", re.compile(rb',"signatures":\[\{"keyid":"([0-9a-f]{64})"')),
        ("sig", re.compile(rb',"sig":"([A-Za-z0-9+/]+={0,2})"\}\]\}')),
    )
