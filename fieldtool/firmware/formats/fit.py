"""FIT images of U-Boot (its doc/usage/fit/signature.rst, boot/image-fit-sig.c, tools/image-host.c; tried with 2023.01).

A FIT is a flattened devicetree: images with their hashes, configurations that say which images belong together, and a
signature in each configuration. Only that signature protects: images that are signed one by one could be mixed. It is
over the nodes that its property "hashed-nodes" names, which itself nobody signed: U-Boot believed it up to 2026.01, and
makes the list anew since CVE-2026-46728. Here it must be the list that one would make, so that both see the same. Every
configuration must be signed, whichever the device starts, and every image belong to one.
"""

import hashlib
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import FileIO
from itertools import pairwise

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from fieldtool.firmware.formats.anchors import Anchors, PublicKey
from fieldtool.firmware.formats.cms import Signer
from fieldtool.firmware.formats.errors import FormatError, need
from fieldtool.firmware.formats.fdt import Node, Property, Tree, read_fdt
from fieldtool.firmware.formats.mcuboot import bare_signer
from fieldtool.firmware.formats.reading import blocks, digest_at, read_at, size_of

MOST_HASHED = 100  # nodes under one signature, as U-Boot has it
WIDEST_FILL = 4_096  # bytes that a tree is filled up with where the images stand behind it

_DATA = frozenset({"data", "data-size", "data-offset", "data-position"})  # signed through the hashes of an image
_REFERENCES = frozenset({
    "kernel", "fdt", "ramdisk", "loadables", "firmware", "setup", "script", "fpga", "standalone",
})  # fmt: skip
_NO_REFERENCES = frozenset({"description", "compatible", "default"})
_SIGNATURE_FIELDS = frozenset({
    "algo", "key-name-hint", "padding", "sign-images", "value", "hashed-nodes", "hashed-strings", "timestamp",
    "signer-name", "signer-version", "comment",
})  # fmt: skip
_TEXTS = ("key-name-hint", "signer-name", "signer-version", "comment")  # in a signature: nobody signs and nobody obeys
_NUMBER, _NUMBERS = struct.Struct(">I"), struct.Struct(">II")
_PLAIN = re.compile(rb"[ -~]{0,200}\0")
_DIGESTS: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512(),
}  # fmt: skip
_WEAK = frozenset({"crc32", "md5", "sha1"})  # may stand beside a strong hash
_RSA_BITS = {"rsa2048": 2048, "rsa3072": 3072, "rsa4096": 4096}
_ECDSA = "ecdsa256"


@dataclass(frozen=True, slots=True)
class _Image:
    """One image: its node, its hashes by algorithm, and where its content lies in the file."""

    node: Node
    hashes: Mapping[str, bytes]
    begin: int
    length: int

    @property
    def paths(self) -> set[str]:
        """What a configuration with it must sign."""
        return {self.node.path, *(one.path for one in self.node.nodes.values())}


def check_fit(file: FileIO, release: Release, anchors: Anchors) -> Signer:
    """Who signed this image; of several, who signed the configuration that starts unless told otherwise.

    FormatError: NATIVE_DAMAGED, NATIVE_UNSIGNED, NATIVE_KEY_UNKNOWN, NATIVE_SIGNATURE_BAD, NATIVE_PAYLOAD,
    NATIVE_OTHER_RELEASE, NATIVE_ENCRYPTED.
    """
    tree = read_fdt(file)
    images, configurations = _parts(tree.root)
    found = {name: _image(node, tree) for name, node in images.nodes.items()}
    _check_layout(file, tree, list(found.values()))
    if release.encrypted or any("cipher" in one.node.nodes for one in found.values()):
        raise FormatError(Text.NATIVE_ENCRYPTED)
    signers, used, names_signed = {}, set[str](), 0
    for name, node in configurations.nodes.items():
        uses = _uses(node, found)
        signers[name], strings = _signer(file, tree, node, [found[one] for one in sorted(uses)], anchors)
        used |= uses
        names_signed = max(names_signed, strings)
    need(used == found.keys(), "it holds an image that no configuration uses")
    need(tree.is_named(names_signed), "it has a name that nothing uses")
    for image in found.values():
        _check_content(file, image)
    _check_release(file, release, found.values())
    return signers[_default(configurations)]


# ---- what it is made of ---------------------------------------------------------------------------------------------


def _parts(root: Node) -> tuple[Node, Node]:
    need(root.nodes.keys() == {"images", "configurations"}, "it has other parts than images and configurations")
    need({"description", "timestamp"} <= root.properties.keys(), "it does not say what and when it is")
    images, configurations = root.nodes["images"], root.nodes["configurations"]
    need(not images.properties, "there is something beside its images")
    need(configurations.properties.keys() <= {"default", "description"}, "there is something beside its configurations")
    _check_text(configurations.properties.get("description"))
    need(images.nodes and configurations.nodes, "it has no image or no configuration")
    for node in (root, *configurations.nodes.values()):
        need(not _DATA & node.properties.keys(), "it has content outside of its images")
    return images, configurations


def _default(configurations: Node) -> str:
    told = configurations.properties.get("default")
    if told is None:
        return next(iter(configurations.nodes))
    (name,) = _strings(told, 1)
    need(name in configurations.nodes, "the configuration that is to start is not there")
    return name


def _image(node: Node, tree: Tree) -> _Image:
    found: dict[str, bytes] = {}
    for name, below in node.nodes.items():
        if name == "cipher":
            continue
        need(not name.startswith("signature"), "its images are signed one by one: they could be mixed")
        need(name.startswith("hash") and not below.nodes, "an image of it has a part that nobody signed")
        need(below.properties.keys() == {"algo", "value"}, "a hash in it is told in an odd way")
        (algorithm,) = _strings(below.properties["algo"], 1)
        need(algorithm in _DIGESTS or algorithm in _WEAK, "a hash in it is of an unknown kind")
        need(algorithm not in found, "an image of it has two hashes of one kind")
        found[algorithm] = _value(below.properties["value"])
    need(found.keys() & _DIGESTS.keys(), "an image of it has no hash, or only weak ones")
    begin, length = _place(node, tree)
    need(length > 0, "an image of it is empty")
    return _Image(node, found, begin, length)


def _place(node: Node, tree: Tree) -> tuple[int, int]:
    told = node.properties
    match sorted(_DATA & told.keys()):
        case ["data"]:
            return told["data"].begin, told["data"].length
        case ["data-offset", "data-size"]:
            return tree.total + -tree.total % 4 + _number(told["data-offset"]), _number(told["data-size"])
        case ["data-position", "data-size"]:
            return _number(told["data-position"]), _number(told["data-size"])
    raise FormatError(Text.NATIVE_DAMAGED, detail="where an image of it lies is told in an odd way")


def _check_layout(file: FileIO, tree: Tree, images: list[_Image]) -> None:
    """Every byte of the file belongs to the tree, to one image, or is filling."""
    total = size_of(file)
    inside = ["data" in one.node.properties for one in images]
    need(all(inside) or not any(inside), "some of its images are in its devicetree and some are not")
    if all(inside):
        need(tree.total == total, "something follows after its end")
        need(_is_zero(file, tree.strings_end, total), "something is hidden behind its devicetree")
        return
    # mkimage leaves there what the tree held before it moved the images out.
    fill = tree.total - tree.strings_end
    need(tree.total % 4 == 0 and fill < WIDEST_FILL, "the size of its devicetree does not fit")
    spans = sorted((one.begin, one.begin + one.length) for one in images)
    need(spans[-1][1] <= total and total % 4 == 0, "it is cut off")
    for (_, before), (after, _) in pairwise([(0, tree.total), *spans, (total, total)]):
        need(before <= after, "its images lie one over another")
        need(_is_zero(file, before, after), "something is hidden between its images")


def _is_zero(file: FileIO, begin: int, end: int) -> bool:
    return not any(bytes(block).strip(b"\0") for block in blocks(file, begin, end - begin))


def _check_content(file: FileIO, image: _Image) -> None:
    for algorithm, told in image.hashes.items():
        if _digest(file, image, algorithm) != told:
            raise FormatError(Text.NATIVE_PAYLOAD)


def _digest(file: FileIO, image: _Image, algorithm: str) -> bytes:
    if algorithm != "crc32":
        return digest_at(file, image.begin, image.length, algorithm)
    found = 0
    for block in blocks(file, image.begin, image.length):
        found = zlib.crc32(block, found)
    return _NUMBER.pack(found)


def _check_release(file: FileIO, release: Release, images: Iterable[_Image]) -> None:
    """A charger tells of what it runs the hash of one image, or that of the whole file."""
    told = bytes.fromhex(release.payload_hash)
    known = [image.hashes.get("sha256") for image in images]
    if told not in known and digest_at(file, 0, size_of(file), "sha256") != told:
        raise FormatError(Text.NATIVE_OTHER_RELEASE)


# ---- the signature of a configuration -------------------------------------------------------------------------------


def _uses(configuration: Node, images: Mapping[str, _Image]) -> set[str]:
    """The images that it names, as U-Boot finds them: whatever property names one."""
    uses = set()
    for one in configuration.properties.values():
        if one.name in _REFERENCES:
            names = _strings(one)
            need(all(name in images for name in names), "a configuration of it names an image that is not there")
            uses.update(names)
        elif one.name not in _NO_REFERENCES and one.value is not None:
            told = (name.decode("ascii", "replace") for name in one.value.split(b"\0"))
            uses.update(name for name in told if name in images)
    need(uses, "a configuration of it has no image")
    return uses


def _signer(
    file: FileIO, tree: Tree, configuration: Node, images: list[_Image], anchors: Anchors
) -> tuple[Signer, int]:
    """Who signed it first, and how many bytes of the names are signed. Every signature in it must hold."""
    need(
        all(name.startswith("signature") and not node.nodes for name, node in configuration.nodes.items()),
        "a configuration of it has a part that nobody signed",
    )
    if not configuration.nodes:
        raise FormatError(Text.NATIVE_UNSIGNED)
    signed = {"/", configuration.path}.union(*(image.paths for image in images))
    signers, strings = [], 0
    for node in configuration.nodes.values():
        length = _check_extent(tree, configuration, node, signed)
        signers.append(_check_signature(file, tree, node, signed, length, anchors))
        strings = max(strings, length)
    return signers[0], strings


def _check_extent(tree: Tree, configuration: Node, signature: Node, signed: set[str]) -> int:
    """Is all of it signed that must be? Gives how many bytes of the names are."""
    told = signature.properties
    if "value" not in told:
        raise FormatError(Text.NATIVE_UNSIGNED)
    need(told.keys() <= _SIGNATURE_FIELDS, "a signature in it says something that is not known")
    need({"algo", "hashed-nodes", "hashed-strings"} <= told.keys(), "a signature in it does not say what it is over")
    nodes = _strings(told["hashed-nodes"])
    need(
        len(nodes) == len(signed) <= MOST_HASHED and set(nodes) == signed,
        "a signature in it is not over all that it must be over",
    )
    first, length = _numbers(told["hashed-strings"])
    need(first == 0 and length <= tree.strings_end - tree.strings, "a signature in it is over names that are not there")
    named = (one for node in tree.all() if node.path in signed for one in node.properties.values())
    need(all(one.name_end <= length for one in named if one.name not in _DATA), "a name in it is not signed")
    if "sign-images" in told:
        named_images = _strings(told["sign-images"])
        need(all(one in configuration.properties for one in named_images), "a signature in it names no image")
    if "timestamp" in told:
        _number(told["timestamp"])
    for name in _TEXTS:
        _check_text(told.get(name))
    return length


def _check_signature(
    file: FileIO, tree: Tree, signature: Node, signed: set[str], strings: int, anchors: Anchors
) -> Signer:
    told = signature.properties
    (algorithm,) = _strings(told["algo"], 1)
    digest_name, _, kind = algorithm.partition(",")
    need(digest_name in _DIGESTS and kind in {*_RSA_BITS, _ECDSA}, "its signature is of a weak or unknown kind")
    scheme = _strings(told["padding"], 1)[0] if "padding" in told else "pkcs-1.5"
    need(scheme in ("pkcs-1.5", "pss"), "its signature is of a weak or unknown kind")
    digest = hashlib.new(digest_name)
    for begin, end in _regions(tree, signed):
        for block in blocks(file, begin, end - begin):
            digest.update(block)
    digest.update(read_at(file, tree.strings, strings))
    value, hash = _value(told["value"]), _DIGESTS[digest_name]
    fitting = [key for key in anchors.keys if _fits(key, kind)]
    for key in fitting:
        if _holds(key, value, digest.digest(), hash, scheme):
            return bare_signer(key)
    for key in fitting:
        if _is_of(key, value, hash, scheme):
            raise FormatError(Text.NATIVE_SIGNATURE_BAD, signer=bare_signer(key).name)
    hint = _strings(told["key-name-hint"], 1)[0] if "key-name-hint" in told else "?"
    raise FormatError(Text.NATIVE_KEY_UNKNOWN, signer=f"a key called “{hint}”")


def _regions(tree: Tree, signed: set[str]) -> Iterator[tuple[int, int]]:
    """(begin, end) of what is signed, in the order of the file.

    Of the nodes in `signed` all but the content of images; of their children the names, so that none comes or goes.
    """
    yield from _region(tree.root, signed, False)
    yield tree.structure_end - 4, tree.structure_end


def _region(node: Node, signed: set[str], is_child: bool) -> Iterator[tuple[int, int]]:
    is_signed = node.path in signed
    if is_signed or is_child:
        yield node.at, node.body
    if is_signed:
        yield from ((one.at, one.end) for one in node.properties.values() if one.name not in _DATA)
    for below in node.nodes.values():
        yield from _region(below, signed, is_signed)
    if is_signed or is_child:
        yield node.end, node.end + 4


def _fits(key: PublicKey, kind: str) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size == _RSA_BITS.get(kind)
    return isinstance(key, ec.EllipticCurvePublicKey) and kind == _ECDSA


def _holds(key: PublicKey, value: bytes, digest: bytes, hash: hashes.HashAlgorithm, scheme: str) -> bool:
    digested = utils.Prehashed(hash)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            pss = padding.PSS(padding.MGF1(hash), padding.PSS.AUTO)
            key.verify(value, digest, pss if scheme == "pss" else padding.PKCS1v15(), digested)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            need(len(value) == 64, "its signature has another length than its kind has")
            r, s = (int.from_bytes(half) for half in (value[:32], value[32:]))
            key.verify(utils.encode_dss_signature(r, s), digest, ec.ECDSA(digested))
    except InvalidSignature:
        return False
    return True


def _is_of(key: PublicKey, value: bytes, hash: hashes.HashAlgorithm, scheme: str) -> bool:
    """Did this key sign something else? Only PKCS #1 v1.5 shows that."""
    if not isinstance(key, rsa.RSAPublicKey) or scheme != "pkcs-1.5":
        return False
    try:
        key.recover_data_from_signature(value, padding.PKCS1v15(), hash)
    except InvalidSignature:
        return False
    return True


# ---- values ---------------------------------------------------------------------------------------------------------


def _value(told: Property) -> bytes:
    need(told.value, "a value in it is empty or too long")
    return told.value or b""


def _strings(told: Property, count: int = 0) -> list[str]:
    """The texts of a list. `count`: so many; 0: one or more."""
    value = _value(told)
    need(value.endswith(b"\0") and value.isascii(), "a text in it is damaged")
    found = value[:-1].decode("ascii").split("\0")
    need(all(one.isprintable() and one for one in found), "a text in it is damaged")
    need(count in (0, len(found)), "it says two things where there can be one")
    return found


def _check_text(told: Property | None) -> None:
    need(told is None or _PLAIN.fullmatch(_value(told)), "a text in it is damaged")


def _number(told: Property) -> int:
    need(told.length == _NUMBER.size, "a number in it is damaged")
    found: int = _NUMBER.unpack(_value(told))[0]
    return found


def _numbers(told: Property) -> tuple[int, int]:
    need(told.length == _NUMBERS.size, "a number in it is damaged")
    first, second = _NUMBERS.unpack(_value(told))
    return first, second
