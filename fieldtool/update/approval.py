"""A second person's yes to what one alone may not do: asked for, given by PIN or by a key of one's own, judged later.

Values and their texts only. Whether an approval counts for an act is decided in `update/rights.py`, each time anew.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from fieldtool.audit.keys import LaptopSigner, PublicKey
from fieldtool.core.clock import iso, parse_iso
from fieldtool.core.errors import AuditError, RefusedError, UsageError
from fieldtool.core.model import same_serial
from fieldtool.core.plain import from_plain, to_plain
from fieldtool.core.rights import Action
from fieldtool.core.texts import Text

_T = TypeVar("_T")
LASTS = timedelta(hours=24)  # at most: who agreed yesterday has not seen today
SKEW = timedelta(minutes=10)  # two laptops' clocks may differ by this
MAX_TEXT = 256 * 1024  # bytes of a request or an approval; a hundred chargers need a tenth
_TYPE = "application/vnd.fieldtool.approval.v1+json"  # keeps what is signed here apart from audit records of the key
# As grants are read: bounded, so that whoever signs them cannot freeze a laptop.
_PIN = re.compile(r"scrypt\$(1[4-8])\$(8)\$([1-4])\$((?:[0-9a-f]{2}){16,64})\$([0-9a-f]{64})")
_HEX32, _HEX64 = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{64}")
MAX_MEMORY = 300 * 1024 * 1024  # what the costliest of them needs, and a little more


class How(StrEnum):
    PIN = "pin"  # typed at the first person's laptop
    KEY = "key"  # signed by the second person's own laptop


@dataclass(frozen=True, slots=True)
class Asked:
    """One charger of a request: which files may be installed on it, and what that is."""

    serial: str
    images: frozenset[str]  # sha256
    actions: frozenset[Action]

    def covers(self, serial: str, sha256: str, action: Action) -> bool:
        return same_serial(self.serial, serial) and sha256 in self.images and action in self.actions


@dataclass(frozen=True, slots=True)
class Request:
    """What a second person is asked to agree to. Proves nothing: it is what the approval then says."""

    laptop: str  # key id of the laptop that asks; an approval counts there only
    actor: str  # who asks
    nonce: str  # 32 hex digits, new for every request
    chargers: tuple[Asked, ...]
    made: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """A second person's yes. Only `by_pin` and `by_key` make one; `signed` tells whether the key's still holds."""

    request: Request
    grant: str  # id of the grant that lets him approve
    actor: str  # as that grant names him
    how: How
    given: datetime
    expires: datetime
    key: str = ""  # PEM of the laptop that signed; "" by PIN
    signature: str = ""  # hex; "" by PIN

    def covers(self, serial: str, sha256: str, action: Action) -> bool:
        return any(one.covers(serial, sha256, action) for one in self.request.chargers)

    @property
    def key_id(self) -> str:
        """Of the laptop that signed; "" by PIN. RefusedError(APPROVAL_BAD) when this is no key."""
        return _public(self.key).key_id if self.key else ""


def by_key(request: Request, grant: str, actor: str, given: datetime, signer: LaptopSigner) -> Approval:
    """Agree with the key of this laptop."""
    given = _as_kept(given)
    unsigned = Approval(request, grant, actor, How.KEY, given, given + LASTS, signer.public.pem)
    return replace(unsigned, signature=signer.sign(_signed_bytes(unsigned)).hex())


def by_pin(request: Request, grant: str, actor: str, given: datetime) -> Approval:
    """What a PIN that fits makes; `pin_fits` was asked before."""
    given = _as_kept(given)
    return Approval(request, grant, actor, How.PIN, given, given + LASTS)


def signed(approval: Approval) -> bool:
    """Does the signature fit? By PIN there is none: it was proved when it was given."""
    if approval.how is How.PIN:
        return not approval.key and not approval.signature
    try:
        return _public(approval.key).fits(bytes.fromhex(approval.signature), _signed_bytes(approval))
    except (RefusedError, ValueError):
        return False


def pin_fits(proof: str, pin: str) -> bool:
    """Slow on purpose, and as slow for a wrong PIN. UsageError(APPROVAL_PIN_UNUSABLE) for a proof that is none."""
    parts = _PIN.fullmatch(proof)
    if parts is None:
        raise UsageError(Text.APPROVAL_PIN_UNUSABLE)
    log2_n, r, p = (int(parts[number]) for number in (1, 2, 3))
    salt, wanted = bytes.fromhex(parts[4]), bytes.fromhex(parts[5])
    try:
        found = hashlib.scrypt(pin.encode(), salt=salt, n=1 << log2_n, r=r, p=p, maxmem=MAX_MEMORY, dklen=len(wanted))
    except (ValueError, MemoryError) as error:
        raise UsageError(Text.APPROVAL_PIN_UNUSABLE) from error
    return hmac.compare_digest(found, wanted)


# -- as text, on a stick or in a message ------------------------------------------------------------------------------


def request_text(request: Request) -> str:
    return _text("request", to_plain(request))


def read_request(text: str) -> Request:
    """RefusedError(APPROVAL_BAD) for anything but a whole request."""
    request: Request = _read(text, "request", lambda content: from_plain(Request, content))
    _check(request)
    return request


def approval_text(approval: Approval) -> str:
    return _text("approval", to_plain(approval))


def read_approval(text: str) -> Approval:
    """RefusedError(APPROVAL_BAD) for anything but a whole approval with a signature that fits its key."""
    approval: Approval = _read(text, "approval", lambda content: from_plain(Approval, content))
    _check(approval.request)
    if approval.how is not How.KEY or not signed(approval):
        raise _bad("its signature does not fit")
    return approval


def _text(kind: str, content: object) -> str:
    return json.dumps({"fieldtool": kind, "v": 1, kind: content}, indent=1, sort_keys=True) + "\n"


def _read(text: str, kind: str, parse: Callable[[object], _T]) -> _T:
    if len(text) > MAX_TEXT:
        raise _bad("it is too large")
    try:
        content = json.loads(text, object_pairs_hook=_without_doubles)
        if not isinstance(content, dict) or set(content) != {"fieldtool", "v", kind}:
            raise _bad(f"it is no {kind}")
        if content["fieldtool"] != kind or content["v"] != 1:
            raise _bad(f"it is no {kind} of a version that this fieldtool knows")
        return parse(content[kind])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _bad(str(error)[:200]) from error


def _check(request: Request) -> None:
    hashes = [sha256 for one in request.chargers for sha256 in one.images]
    if not request.chargers or not hashes or not all(one.actions and one.images for one in request.chargers):
        raise _bad("it asks for nothing")
    if not _HEX32.fullmatch(request.nonce) or not all(map(_HEX64.fullmatch, (request.laptop, *hashes))):
        raise _bad("a number in it makes no sense")
    if request.made.tzinfo is None:
        raise _bad("its time has no zone")


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a field occurs twice")
    return content


def _as_kept(moment: datetime) -> datetime:
    return parse_iso(iso(moment))


def _signed_bytes(approval: Approval) -> bytes:
    payload = json.dumps(to_plain(replace(approval, signature="")), sort_keys=True, separators=(",", ":")).encode()
    return b"DSSEv1 %d %b %d %b" % (len(_TYPE), _TYPE.encode(), len(payload), payload)


def _public(pem: str) -> PublicKey:
    try:
        return PublicKey.from_pem(pem)
    except (AuditError, UnicodeError) as error:
        raise _bad("it names no usable key") from error


def _bad(detail: str) -> RefusedError:
    return RefusedError(Text.APPROVAL_BAD, detail=detail)
