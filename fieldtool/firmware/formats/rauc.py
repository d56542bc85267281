"""RAUC bundles (its format reference; tried with 1.8): squashfs, in verity bundles a hash tree, signature, its size.

plain: the signature is over all bytes before it. verity: the signature carries the manifest, which names salt, hash and
size of the tree; what the tree stands for is computed anew here, because `rauc info` does not look at it. crypt: after
`rauc encrypt` nobody but the charger sees the signer.
"""

import configparser
import hashlib
import re
import struct
from collections.abc import Iterator
from io import FileIO

from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from fieldtool.firmware.formats.anchors import Anchors
from fieldtool.firmware.formats.cms import LARGEST, Signer, is_encrypted, parse_signature
from fieldtool.firmware.formats.errors import FormatError, need
from fieldtool.firmware.formats.reading import blocks, digest_at, read_at, size_of

BLOCK = 4096  # bytes of a block that dm-verity hashes; RAUC knows no other
_DIGEST = 32  # bytes of SHA-256, and of RAUC's salt
_SQUASHFS = b"hsqs"
_SIZE = struct.Struct(">Q")
_HEX = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[1-9][0-9]{0,15}")
_PER_BLOCK = BLOCK // _DIGEST


def check_rauc(file: FileIO, release: Release, anchors: Anchors) -> Signer | None:
    """Who signed this bundle; None: it is encrypted, as its release says, and does not show that.

    FormatError: any NATIVE_ text that cms.py gives, NATIVE_UNSIGNED, NATIVE_PAYLOAD, NATIVE_OTHER_RELEASE,
    NATIVE_ENCRYPTED, NATIVE_KEY_OPEN.
    """
    assert release.published is not None  # `check_native` has looked
    body, der = _parts(file)
    if is_encrypted(der) != release.encrypted:
        raise FormatError(Text.NATIVE_ENCRYPTED)
    if release.encrypted:
        need(body > BLOCK and body % BLOCK == 0, "the encrypted part is cut off")
        return None
    signature = parse_signature(der)
    if signature.content is None:
        # A signature over something else, a manifest say, must not pass for one over a bundle.
        need(read_at(file, 0, len(_SQUASHFS)) == _SQUASHFS, "it holds no squashfs")
        return signature.verify(lambda name: digest_at(file, 0, body, name), anchors, release.published)
    signer = signature.verify_carried(anchors, release.published)
    _check_verity(file, body, _manifest(signature.content), release)
    return signer


def is_rauc(file: FileIO) -> bool:
    """Whether it ends like a bundle: a message of the size that its last bytes tell, right before them."""
    try:
        _, der = _parts(file)
    except FormatError:
        return False
    return der[:2] == b"\x30\x82" and int.from_bytes(der[2:4], "big") == len(der) - 4


def _parts(file: FileIO) -> tuple[int, bytes]:
    """(bytes before the signature, signature)"""
    total = size_of(file)
    need(total > _SIZE.size, "it is cut off")
    length: int = _SIZE.unpack(read_at(file, total - _SIZE.size, _SIZE.size))[0]
    if length == 0:
        raise FormatError(Text.NATIVE_UNSIGNED)
    body = total - _SIZE.size - length
    need(length <= LARGEST and body > 0, "its signature has no possible size")
    return body, read_at(file, body, length)


# ---- verity ---------------------------------------------------------------------------------------------------------


def _manifest(content: bytes) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(
        interpolation=None, delimiters=("=",), comment_prefixes=("#",), empty_lines_in_values=False
    )
    try:
        parser.read_string(content.decode())
    except (configparser.Error, UnicodeDecodeError) as error:
        raise FormatError(Text.NATIVE_DAMAGED, detail="its manifest cannot be read") from error
    return parser


def _check_verity(file: FileIO, body: int, manifest: configparser.ConfigParser, release: Release) -> None:
    bundle = manifest["bundle"] if manifest.has_section("bundle") else {}
    if bundle.get("format") == "crypt" or "crypt-key" in bundle:
        raise FormatError(Text.NATIVE_KEY_OPEN)
    need(bundle.get("format") == "verity", "its manifest names another format")
    root, salt, size = (bundle.get(f"verity-{name}", "") for name in ("hash", "salt", "size"))
    well = _HEX.fullmatch(root) and _HEX.fullmatch(salt) and _NUMBER.fullmatch(size)
    need(well, "its manifest lacks what dm-verity needs")
    images = {manifest[name].get("sha256", "") for name in manifest.sections() if name.startswith("image.")}
    if release.payload_hash not in images:
        raise FormatError(Text.NATIVE_OTHER_RELEASE)
    _check_tree(file, body - int(size), int(size), bytes.fromhex(salt), bytes.fromhex(root))


def _check_tree(file: FileIO, data: int, size: int, salt: bytes, root: bytes) -> None:
    """The `data` bytes and the tree of `size` bytes after them are exactly what `root` stands for."""
    need(data > 0 and data % BLOCK == 0, "its size does not fit its manifest")
    levels = list(_levels(data, size))
    need(levels and levels[-1][0] == data, "its hash tree has another size")
    below, length = 0, data  # where the level below begins, and how long it is
    for begin, of_level in levels:
        _check_level(file, _hashes(file, below, length, salt), begin)
        below, length = begin, of_level
    if next(_hashes(file, below, length, salt)) != root:
        raise FormatError(Text.NATIVE_PAYLOAD)


def _levels(data: int, size: int) -> Iterator[tuple[int, int]]:
    """(begin, length) of each level of the tree, lowest first. On disk the highest comes first, after the data."""
    end, length = data + size, data
    while True:
        length = -(-length // (BLOCK * _PER_BLOCK)) * BLOCK
        end -= length
        yield end, length
        if length == BLOCK:
            return


def _hashes(file: FileIO, begin: int, length: int, salt: bytes) -> Iterator[bytes]:
    """The digest of each block, joined to as many as `blocks` reads at once."""
    salted = hashlib.sha256(salt)
    for view in blocks(file, begin, length):
        digests = []
        for at in range(0, len(view), BLOCK):
            digest = salted.copy()
            digest.update(view[at : at + BLOCK])
            digests.append(digest.digest())
        yield b"".join(digests)


def _check_level(file: FileIO, computed: Iterator[bytes], begin: int) -> None:
    """A level of the tree on disk is the computed one. What fills its last block is in the hash of the level above."""
    at = begin
    for digests in computed:
        if read_at(file, at, len(digests)) != digests:
            raise FormatError(Text.NATIVE_PAYLOAD)
        at += len(digests)
