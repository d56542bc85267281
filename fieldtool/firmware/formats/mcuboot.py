"""MCUboot images (its design.md; tried with imgtool): header, image, protected TLVs, then hash, key hash, signature.

The hash and the signature are over header, image and protected TLVs. Everything after them must be known, there once,
and end with the file: `imgtool verify` takes an unsigned image when it is given no key, and bytes after the last TLV.
"""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from io import FileIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from fieldtool.firmware.formats.anchors import Anchors, PublicKey
from fieldtool.firmware.formats.cms import Signer
from fieldtool.firmware.formats.errors import FormatError, need
from fieldtool.firmware.formats.reading import digest_at, read_at, size_of

LARGEST_PURE = 32 << 20  # bytes of an image that is signed without a hash in between: it is read as a whole
_HEADER = struct.Struct("<IIHHII8xI")  # magic, load address, header, protected TLVs, image, flags, version, padding
_PAIR = struct.Struct("<HH")
_MAGIC, _PROTECTED, _UNPROTECTED = 0x96F3B83D, 0x6908, 0x6907
_ENCRYPTED = 0x04 | 0x08  # flags: AES-128, AES-256
_KEY_HASH, _PURE = 0x01, 0x25
_HASHES = {0x10: "sha256", 0x11: "sha384", 0x12: "sha512"}
_RSA_2048, _ECDSA, _RSA_3072, _ED25519 = 0x20, 0x22, 0x23, 0x24
_SIGNATURES = (_RSA_2048, _ECDSA, _RSA_3072, _ED25519)
_PADDED = 72  # bytes to which imgtool fills a P-256 signature for MCUboot before 1.5, with zeros


@dataclass(frozen=True, slots=True)
class _Image:
    signed: int  # bytes from the begin of the file that hash and signature are over
    flags: int
    tags: Mapping[int, bytes]  # what follows them


def check_mcuboot(file: FileIO, release: Release, anchors: Anchors) -> Signer:
    """Who signed this image.

    FormatError: NATIVE_DAMAGED, NATIVE_UNSIGNED, NATIVE_KEY_UNKNOWN, NATIVE_SIGNATURE_BAD, NATIVE_PAYLOAD,
    NATIVE_OTHER_RELEASE, NATIVE_ENCRYPTED.
    """
    image = _read(file)
    if image.flags & _ENCRYPTED or release.encrypted:
        # Hash and signature are over the plain text, which only the device sees.
        raise FormatError(Text.NATIVE_ENCRYPTED)
    kind = next((tag for tag in _SIGNATURES if tag in image.tags), None)
    if kind is None:
        raise FormatError(Text.NATIVE_UNSIGNED)
    algorithm, digest = _hash(image.tags)
    key = _known_key(image.tags, algorithm, anchors)
    need(_fits(key, kind), "its signature is of another kind than its key")
    if digest_at(file, 0, image.signed, algorithm) != digest:
        raise FormatError(Text.NATIVE_PAYLOAD)
    message = digest
    if _PURE in image.tags:
        need(kind == _ED25519 and image.tags[_PURE] == b"\1", "only Ed25519 signs an image without a hash in between")
        need(image.signed <= LARGEST_PURE, "it is too large to be signed without a hash in between")
        message = read_at(file, 0, image.signed)
    signer = bare_signer(key)
    _verify(key, image.tags[kind], algorithm, message, signer)
    if digest.hex() != release.payload_hash:
        raise FormatError(Text.NATIVE_OTHER_RELEASE)
    return signer


def is_mcuboot(file: FileIO) -> bool:
    """Whether it begins like an image for MCUboot."""
    return size_of(file) >= _HEADER.size and _HEADER.unpack(read_at(file, 0, _HEADER.size))[0] == _MAGIC


def _read(file: FileIO) -> _Image:
    total = size_of(file)
    need(total >= _HEADER.size, "it is cut off")
    magic, _, header, protected, size, flags, _ = _HEADER.unpack(read_at(file, 0, _HEADER.size))
    need(magic == _MAGIC, "it does not begin like an image for MCUboot")
    need(header >= _HEADER.size and header + size + protected <= total, "its sizes do not fit")
    at = header + size
    if protected:
        end = _read_tags(file, at, total, _PROTECTED)[1]
        need(end - at == protected, "its protected part has another size")
        at = end
    tags, end = _read_tags(file, at, total, _UNPROTECTED)
    need(end == total, "something follows after its end")
    found = dict(tags)
    need(len(found) == len(tags), "it has a mark twice")
    known = {_KEY_HASH, _PURE, *_HASHES, *_SIGNATURES} | _encryption(flags)
    need(found.keys() <= known, "it has a mark that nobody signed and that is not known")
    return _Image(at, flags, found)


def _encryption(flags: int) -> set[int]:
    return {0x30, 0x31, 0x32, 0x33, 0x34} if flags & _ENCRYPTED else set()


def _read_tags(file: FileIO, at: int, total: int, magic: int) -> tuple[list[tuple[int, bytes]], int]:
    """The TLVs of an area that begins at `at`, and where it ends."""
    need(at + _PAIR.size <= total, "it is cut off")
    found, length = _PAIR.unpack(read_at(file, at, _PAIR.size))
    need(found == magic and _PAIR.size <= length <= total - at, "the area after the image is damaged")
    area, tags, place = read_at(file, at, length), [], _PAIR.size
    while place < length:
        need(place + _PAIR.size <= length, "a mark is cut off")
        tag, size = _PAIR.unpack_from(area, place)
        place += _PAIR.size
        need(place + size <= length, "a mark is cut off")
        tags.append((tag, area[place : place + size]))
        place += size
    return tags, at + length


def _hash(tags: Mapping[int, bytes]) -> tuple[str, bytes]:
    found = [(name, tags[tag]) for tag, name in _HASHES.items() if tag in tags]
    need(len(found) == 1 and sum(tag in tags for tag in _SIGNATURES) == 1, "it needs one hash and one signature")
    return found[0]


def _known_key(tags: Mapping[int, bytes], algorithm: str, anchors: Anchors) -> PublicKey:
    named = tags.get(_KEY_HASH, b"")
    for key in anchors.keys:
        if hashlib.new(algorithm, _key_bytes(key)).digest() == named:
            return key
    raise FormatError(Text.NATIVE_KEY_UNKNOWN, signer=f"the key {named.hex()[:16] or '?'}")


def _key_bytes(key: PublicKey) -> bytes:
    """What MCUboot hashes: RSA keys bare, others as SubjectPublicKeyInfo."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def bare_signer(key: PublicKey) -> Signer:
    """Whoever holds a key that no certificate names."""
    key_id = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    return Signer(f"the key {key_id[:16]}", key_id)


def _fits(key: PublicKey, kind: int) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return (key.key_size, kind) in ((2048, _RSA_2048), (3072, _RSA_3072))
    return kind == (_ECDSA if isinstance(key, ec.EllipticCurvePublicKey) else _ED25519)


def _verify(key: PublicKey, signature: bytes, algorithm: str, message: bytes, signer: Signer) -> None:
    """`message`: the digest, or for a pure signature the image itself."""
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
            return
        need(algorithm == "sha256", "its hash does not fit its signature")
        digested = utils.Prehashed(hashes.SHA256())
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), digested)
        else:
            key.verify(_unpadded(signature), message, ec.ECDSA(digested))
    except InvalidSignature as error:
        raise FormatError(Text.NATIVE_SIGNATURE_BAD, signer=signer.name) from error


def _unpadded(signature: bytes) -> bytes:
    """A P-256 signature without the zeros that imgtool may append. They are all that may be there."""
    need(len(signature) >= 2, "its signature is cut off")
    exact = signature[: 2 + signature[1]]
    need(signature in (exact, exact.ljust(_PADDED, b"\0")), "its signature is written in an odd way")
    return exact
