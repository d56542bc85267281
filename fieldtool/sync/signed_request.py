"""Requests that a laptop signs with its own key: HTTP Message Signatures (RFC 9421) with Content-Digest (RFC 9530).

One profile of it, for both ends: ecdsa-p256-sha256 over method, path, query and digest of the body, with `created`,
`nonce`, and as `keyid` the SHA-256 of the certificate that central gave to this key. So a signature counts for one
request, at one central, for a few minutes. The key may be on a token, where TLS could not use it.
"""

import binascii
import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hmac import compare_digest

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from fieldtool.audit.keys import PublicKey
from fieldtool.audit.record import Signer
from fieldtool.core.errors import RefusedError
from fieldtool.core.texts import Text
from fieldtool.store.p256 import encoded

WINDOW = 300  # seconds that the clocks of both ends may be apart
COMPONENTS = ("@method", "@path", "@query", "content-digest")

_ALGORITHM = "ecdsa-p256-sha256"
_LABEL = "laptop"
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")
_INPUT = re.compile(r'([a-z][a-z0-9_-]{0,30})=(\(("[@a-z-]+"(?: "[@a-z-]+")*)\)((?:;[a-z]+=(?:[0-9]+|"[!#-~]*"))*))')
_NAME = re.compile(r'"([@a-z-]+)"')
_PARAMETER = re.compile(r';([a-z]+)=(?:([0-9]+)|"([!#-~]*)")')
_SIGNATURE = re.compile(r"([a-z][a-z0-9_-]{0,30})=:([A-Za-z0-9+/]{86}==):")
_SHAPES = {
    "created": re.compile(r"[0-9]{1,12}"),
    "keyid": re.compile(r"[0-9a-f]{64}"),
    "nonce": re.compile(r"[0-9a-f]{32}"),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a signed request says of itself. Nothing of it is believed before `is_signed_by`."""

    certificate: str  # SHA-256 of its DER, hex
    created: int  # seconds since 1970
    nonce: str  # 32 hex digits
    digest: bytes  # SHA-256 of the body as it is sent
    base: bytes
    signature: bytes  # r and s, 32 bytes each

    def is_signed_by(self, key: PublicKey) -> bool:
        r, s = int.from_bytes(self.signature[:32]), int.from_bytes(self.signature[32:])
        return key.fits(encoded(r, s), self.base)

    def is_fresh(self, now: float) -> bool:
        return abs(now - self.created) <= WINDOW

    def fits(self, digest: bytes) -> bool:
        """Is `digest` (SHA-256) that of the body which was signed?"""
        return compare_digest(self.digest, digest)


def signed(
    signer: Signer, certificate: str, method: str, target: str, body: bytes, created: int, nonce: str
) -> dict[str, str]:
    """The header fields that sign a request. `target`: path and query as they are sent; `nonce`: 32 hex digits."""
    path, _, query = target.partition("?")
    digest = f"sha-256=:{b64encode(hashlib.sha256(body).digest()).decode()}:"
    values = (method, path or "/", f"?{query}", digest)
    names = " ".join(f'"{name}"' for name in COMPONENTS)
    parameters = f'({names});created={created};keyid="{certificate}";nonce="{nonce}";alg="{_ALGORITHM}"'
    base = signature_base(zip(COMPONENTS, values, strict=True), parameters)
    r, s = decode_dss_signature(signer.sign(base))
    signature = b64encode(r.to_bytes(32) + s.to_bytes(32)).decode()
    return {
        "Content-Digest": digest,
        "Signature-Input": f"{_LABEL}={parameters}",
        "Signature": f"{_LABEL}=:{signature}:",
    }


def is_claimed(fields: Callable[[str], Sequence[str]]) -> bool:
    """Does a request say that a laptop signed it?"""
    return bool(fields("signature-input") or fields("signature"))


def claim_of(method: str, path: str, query: str, fields: Callable[[str], Sequence[str]]) -> Claim:
    """The claim of a request; `query` without its "?"; `fields`: name -> the values of all header fields of that name.

    RefusedError(ENTRY_SIGNATURE_BAD): it is not of our profile.
    """
    digest = _one(fields("content-digest"), _DIGEST)
    said, sent = _one(fields("signature-input"), _INPUT), _one(fields("signature"), _SIGNATURE)
    components, parameters = _NAME.findall(said[3]), _parameters(said[4])
    if said[1] != sent[1] or sorted(components) != sorted(COMPONENTS):
        raise RefusedError(Text.ENTRY_SIGNATURE_BAD)
    values = {"@method": method, "@path": path or "/", "@query": f"?{query}", "content-digest": digest[0]}
    base = signature_base(((name, values[name]) for name in components), said[2])
    created, nonce = int(parameters["created"]), parameters["nonce"]
    return Claim(parameters["keyid"], created, nonce, _bytes(digest[1]), base, _bytes(sent[2]))


def signature_base(components: Iterable[tuple[str, str]], parameters: str) -> bytes:
    """What is signed, RFC 9421 section 2.5: a line for each component, then the parameters as they are sent."""
    lines = [f'"{name}": {value}' for name, value in components]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode()


def _parameters(text: str) -> dict[str, str]:
    """Those of our profile, each once: created, keyid and nonce; `alg` may be left out."""
    pairs = [(name, number or word) for name, number, word in _PARAMETER.findall(text)]
    found = dict(pairs)
    known = len(found) == len(pairs) and found.pop("alg", _ALGORITHM) == _ALGORITHM and found.keys() == _SHAPES.keys()
    if not known or not all(_SHAPES[name].fullmatch(value) for name, value in found.items()):
        raise RefusedError(Text.ENTRY_SIGNATURE_BAD)
    return found


def _one(values: Sequence[str], shape: re.Pattern[str]) -> re.Match[str]:
    """The one value that there may be. Two would be two spellings, of which somebody else might read the other."""
    match = shape.fullmatch(values[0]) if len(values) == 1 else None
    if match is None:
        raise RefusedError(Text.ENTRY_SIGNATURE_BAD)
    return match


def _bytes(text: str) -> bytes:
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error as error:
        raise RefusedError(Text.ENTRY_SIGNATURE_BAD) from error
    if b64encode(data).decode() != text:  # unused bits of the last letter are a second spelling
        raise RefusedError(Text.ENTRY_SIGNATURE_BAD)
    return data
