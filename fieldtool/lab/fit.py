"""FIT images as mkimage makes them, and as U-Boot 2023.01 checks them when it starts one.

A tree is a table: what is a table in it is a node, all else a property. Both sides are the lab's own, so that fieldtool
is not tested against its own mistakes.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import new as new_hash
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

Tree = Mapping[str, Any]
Value = bytes | str | int | Sequence[str]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

MAGIC = b"\xd0\x0d\xfe\xed"
TIME = 0x65A00000  # that everything here was made at
_BEGIN, _END_NODE, _PROPERTY, _END = (struct.pack(">I", tag) for tag in (1, 2, 3, 9))
_DATA = ("data", "data-size", "data-position", "data-offset")
_HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


class NotStarted(Exception):
    """In U-Boot's words."""


# ---- trees ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of the structure: where a node begins or ends, or a property, as it lies in the file."""

    node: str  # path
    name: str  # of a property; "" = begin or end of the node
    raw: bytes


@dataclass(slots=True)
class _Names:
    """The names of properties, each once, in the order in which they came."""

    block: bytearray = field(default_factory=bytearray)
    places: dict[str, int] = field(default_factory=dict)

    def place(self, name: str) -> int:
        if name not in self.places:
            self.places[name] = len(self.block)
            self.block += name.encode() + b"\0"
        return self.places[name]


def encoded(value: Value) -> bytes:
    """As dtc writes a value."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, int):
        return struct.pack(">I", value)
    return b"".join(one.encode() + b"\0" for one in ([value] if isinstance(value, str) else value))


def devicetree(tree: Tree, names: _Names | None = None, fill: bytes = b"") -> bytes:
    """The whole file. `fill`: behind the names."""
    names = names or _Names()
    structure = b"".join(token.raw for token in _tokens(tree, names)) + _END
    strings = 56 + len(structure)
    total = strings + len(names.block) + len(fill)
    head = struct.pack(">4s9I", MAGIC, total, 56, strings, 40, 17, 16, 0, len(names.block), len(structure))
    return head + bytes(16) + structure + bytes(names.block) + fill


def _tokens(tree: Tree, names: _Names, path: str = "/") -> Iterator[_Token]:
    yield _Token(path, "", _BEGIN + _filled(path.rpartition("/")[2].encode() + b"\0"))
    for name, value in tree.items():
        if not isinstance(value, Mapping):
            told = encoded(value)
            yield _Token(path, name, _PROPERTY + struct.pack(">II", len(told), names.place(name)) + _filled(told))
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _tokens(value, names, f"{path.rstrip('/')}/{name}")
    yield _Token(path, "", _END_NODE)


def _filled(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


# ---- mkimage --------------------------------------------------------------------------------------------------------


def make_fit(tree: Tree, keys: Mapping[str, PrivateKey], align: int = 0) -> bytes:
    """Hashes and signatures filled in, as `mkimage -f`; `align`: the images behind the tree, as `mkimage -E -B`.

    `keys`: by the "key-name-hint" of a signature; one without its key stays empty.
    """
    names, made = _Names(), _with_hashes(tree)
    for path in [one for one in _paths(made) if one.rpartition("/")[2].startswith("signature")]:
        told = _at(made, path)
        key = keys.get(told.get("key-name-hint", ""))
        if key is not None:
            _sign(made, path, told, key, names)
    if not align:
        return devicetree(made, names)
    outside = bytearray()
    for name, image in made["images"].items():
        data = image.pop("data")
        made["images"][name] = {"data-size": len(data), "data-offset": len(outside), **image}
        outside += data + bytes(-len(data) % align)
    bare = len(devicetree(made, names))
    return devicetree(made, names, bytes(-bare % align)) + bytes(outside)


def _with_hashes(tree: Tree) -> dict[str, Any]:
    made = _copy(tree)
    for image in made["images"].values():
        for name in _hash_nodes(image):
            if "value" not in image[name]:
                image[name]["value"] = new_hash(image[name]["algo"], image["data"]).digest()
    return made


def _sign(tree: dict[str, Any], path: str, told: dict[str, Any], key: PrivateKey, names: _Names) -> None:
    configuration = path.rpartition("/")[0]
    nodes = ["/", configuration]
    for image in _referenced(tree, configuration):
        nodes += [f"/images/{image}", *(f"/images/{image}/{one}" for one in _hash_nodes(tree["images"][image]))]
    tokens = list(_tokens(tree, names))  # after it the names of all that was there before are known
    strings = bytes(names.block)
    message = _signed(tokens, nodes) + strings
    more = {
        "value": _signature(key, message, told["algo"], told.get("padding", "")), "signer-name": "mkimage",
        "signer-version": "lab", "timestamp": TIME, "hashed-nodes": nodes,
        "hashed-strings": struct.pack(">II", 0, len(strings)),
    }  # fmt: skip
    told.update({name: value for name, value in more.items() if name not in told})


def _referenced(tree: Tree, configuration: str) -> list[str]:
    told = _at(tree, configuration)
    found = [told[name] for name in ("kernel", "fdt", "ramdisk", "loadables") if name in told]
    names = (name for one in found for name in ([one] if isinstance(one, str) else one))
    return [name for name in names if name in tree["images"]]


def _hash_nodes(image: object) -> list[str]:
    return [name for name in image if name.startswith("hash")] if isinstance(image, Mapping) else []


def _signed(tokens: Sequence[_Token], nodes: Sequence[str]) -> bytes:
    """What a signature is over: these nodes without the content of images, and the names of what is below them."""
    return b"".join(_included(tokens, frozenset(nodes))) + _END


def _included(tokens: Sequence[_Token], nodes: frozenset[str]) -> Iterator[bytes]:
    for token in tokens:
        parent = token.node.rpartition("/")[0] or "/"
        inside = token.node in nodes
        if (inside and token.name not in _DATA) or (not token.name and token.node != "/" and parent in nodes):
            yield token.raw


def _signature(key: PrivateKey, message: bytes, algorithm: str, scheme: str) -> bytes:
    hash = _HASHES[algorithm.partition(",")[0]]
    if isinstance(key, rsa.RSAPrivateKey):
        pss = padding.PSS(padding.MGF1(hash), padding.PSS.MAX_LENGTH)
        return key.sign(message, pss if scheme == "pss" else padding.PKCS1v15(), hash)
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hash, deterministic_signing=True)))
    return r.to_bytes(32) + s.to_bytes(32)


def _copy(tree: Tree) -> dict[str, Any]:
    return {name: _copy(value) if isinstance(value, Mapping) else value for name, value in tree.items()}


def _paths(tree: Tree, path: str = "/") -> Iterator[str]:
    yield path
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _paths(value, f"{path.rstrip('/')}/{name}")


def _at(tree: Tree, path: str) -> dict[str, Any]:
    found: Any = tree
    for name in path.strip("/").split("/"):
        found = found[name] if name else found
    table: dict[str, Any] = found
    return table


# ---- bootm ----------------------------------------------------------------------------------------------------------


def started(memory: bytes, trusted: PublicKey, configuration: str = "") -> bytes:
    """The kernel of what begins at `memory`, once its signature and its hashes held. NotStarted.

    `configuration`: behind the "#" of `bootm`; "" = the one that starts unless told otherwise.
    """
    try:
        tree, tokens, strings = _read(memory)
        chosen = configuration or _text(tree["configurations"]["default"])
        path = f"/configurations/{chosen}"
        signatures = [below for name, below in _at(tree, path).items() if name.startswith("signature")]
    except (LookupError, ValueError, TypeError, AttributeError, struct.error) as error:
        raise NotStarted("Wrong Image Format for bootm command\nERROR: can't get kernel image!") from error
    if not any(_verifies(one, path, tokens, strings, trusted) for one in signatures):
        raise NotStarted(
            "   Verifying Hash Integrity ... Failed to verify required signature 'key-maker'\n"
            "Bad Data Hash\nERROR: can't get kernel image!"
        )
    try:
        used = {name: _checked(tree["images"][name]) for name in _named(_at(tree, path))}
        return used[_text(_at(tree, path)["kernel"])]
    except (LookupError, ValueError, TypeError) as error:
        raise NotStarted("   Bad hash in FIT image!\nERROR: can't get kernel image!") from error


def _read(memory: bytes) -> tuple[Tree, list[_Token], bytes]:
    magic, total, at, strings_at, *_, strings_size, size = struct.unpack_from(">4s9I", memory)
    if magic != MAGIC or total > len(memory) or strings_at + strings_size > total:
        raise ValueError("no devicetree")
    structure, strings = memory[at : at + size], memory[strings_at : strings_at + strings_size]
    tokens: list[_Token] = []
    tree, end = _read_node(structure, 0, "/", strings, tokens)
    if structure[end : end + 4] != _END:
        raise ValueError("no end")
    return tree, tokens, strings


def _read_node(data: bytes, at: int, path: str, strings: bytes, tokens: list[_Token]) -> tuple[dict[str, Any], int]:
    if data[at : at + 4] != _BEGIN or path.count("/") > 8:
        raise ValueError("no node")
    name_end = data.index(b"\0", at + 4)
    begin, at = at, name_end + 1 + -(name_end + 1) % 4
    tokens.append(_Token(path, "", data[begin:at]))
    found: dict[str, Any] = {}
    while (tag := data[at : at + 4]) in (_PROPERTY, _BEGIN):
        if tag == _BEGIN:
            name = data[at + 4 : data.index(b"\0", at + 4)].decode()
            found[name], at = _read_node(data, at, f"{path.rstrip('/')}/{name}", strings, tokens)
        else:
            length, place = struct.unpack_from(">II", data, at + 4)
            name = strings[place : strings.index(b"\0", place)].decode()
            found[name] = data[at + 12 : at + 12 + length]
            after = at + 12 + length + -length % 4
            tokens.append(_Token(path, name, data[at:after]))
            at = after
    if tag != _END_NODE:
        raise ValueError("no end of a node")
    tokens.append(_Token(path, "", tag))
    return found, at + 4


def _verifies(signature: Tree, path: str, tokens: Sequence[_Token], strings: bytes, trusted: PublicKey) -> bool:
    try:
        hash_name, _, _ = _text(signature["algo"]).partition(",")
        nodes = signature["hashed-nodes"].decode().rstrip("\0").split("\0")
        length = struct.unpack_from(">I", signature["hashed-strings"], 4)[0]
        message, value = _signed(tokens, nodes) + strings[:length], signature["value"]
        if path not in nodes:
            return False
        hash = _HASHES[hash_name]
        if isinstance(trusted, rsa.RSAPublicKey):
            pss = padding.PSS(padding.MGF1(hash), padding.PSS.AUTO)
            trusted.verify(value, message, pss if signature.get("padding") == b"pss\0" else padding.PKCS1v15(), hash)
        else:
            r, s = int.from_bytes(value[:32]), int.from_bytes(value[32:])
            trusted.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hash))
    except (LookupError, ValueError, TypeError, struct.error, InvalidSignature):
        return False
    return True


def _named(configuration: Tree) -> list[str]:
    found = (configuration[name] for name in ("kernel", "fdt", "ramdisk", "loadables") if name in configuration)
    return [name for value in found for name in value.decode().rstrip("\0").split("\0")]


def _checked(image: Tree) -> bytes:
    """The content of an image whose hashes hold. ValueError; of images behind the tree the lab starts none."""
    data: bytes = image["data"]
    for name in _hash_nodes(image):
        if new_hash(_text(image[name]["algo"]), data).digest() != image[name]["value"]:
            raise ValueError(name)
    return data


def _text(value: bytes) -> str:
    return value.decode().removesuffix("\0")
