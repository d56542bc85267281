"""How a key on a token is named: a URI of RFC 7512, parsed strictly and without a PIN."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text

SCHEME = "pkcs11:"
_PATH = {"token", "serial", "manufacturer", "model", "object", "id", "type"}
_QUERY = {"module-path", "module-name"}
_SECRET = {"pin-value", "pin-source"}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")

# Where systems keep modules that a URI names without a folder. Elsewhere: module-path.
_FOLDERS = ("/usr/lib/*-linux-gnu*/pkcs11", "/usr/lib64/pkcs11", "/usr/lib/pkcs11", "/usr/lib/*-linux-gnu*",
            "/usr/lib64", "/usr/lib/softhsm", "/usr/local/lib", "/opt/homebrew/lib", "/Library/OpenSC/lib")  # fmt: skip


@dataclass(frozen=True, slots=True)
class TokenUri:
    """Empty fields were not told: any token, any key, as long as only one fits."""

    token: str = ""  # its label
    serial: str = ""
    manufacturer: str = ""
    model: str = ""
    object: str = ""  # the key's label
    id: bytes = b""  # the key's CKA_ID
    module_path: str = ""
    module_name: str = ""

    def __str__(self) -> str:
        names = ("token", "serial", "manufacturer", "model", "object")
        path = [f"{name}={quote(getattr(self, name), safe='')}" for name in names if getattr(self, name)]
        path += ["id=" + "".join(f"%{byte:02x}" for byte in self.id)] if self.id else []
        query = {"module-path": self.module_path, "module-name": self.module_name}
        told = "&".join(f"{name}={quote(value, safe='/')}" for name, value in query.items() if value)
        return f"{SCHEME}{';'.join(path)}{'?' if told else ''}{told}"


def parse_uri(uri: str) -> TokenUri:
    """UsageError: TOKEN_URI_BAD, and TOKEN_URI_PIN for one that holds a PIN or says where one lies.

    The messages never quote the URI: it might be one with a PIN.
    """
    scheme, path, query = uri[: len(SCHEME)], *uri[len(SCHEME) :].partition("?")[::2]
    if scheme.lower() != SCHEME:
        raise _bad("it does not begin with pkcs11:")
    names = {pair.partition("=")[0] for pair in re.split("[;&?]", uri[len(SCHEME) :])}
    if not names.isdisjoint(_SECRET):
        raise UsageError(Text.TOKEN_URI_PIN)
    told = _attributes(path, ";", _PATH) | _attributes(query, "&", _QUERY)
    if told.pop("type", b"private") != b"private":
        raise _bad("its type is not “private”")
    key_id = told.pop("id", b"")
    texts = {name.replace("-", "_"): _text(name, value) for name, value in told.items()}
    parsed = TokenUri(id=key_id, **texts)
    _check_module(parsed)
    return parsed


def module_of(uri: TokenUri) -> str:
    """Path of the PKCS#11 module. UsageError(TOKEN_MODULE) when there is none."""
    if uri.module_path:
        if not Path(uri.module_path).is_file():
            raise UsageError(Text.TOKEN_MODULE, module=uri.module_path, detail="there is no such file")
        return uri.module_path
    for place in _places(uri.module_name):
        if place.is_file():
            return str(place)
    raise UsageError(Text.TOKEN_MODULE, module=uri.module_name, detail="it is not where systems keep such modules")


def _places(name: str) -> Iterator[Path]:
    ending = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
    folders = (folder for pattern in _FOLDERS for folder in sorted(Path("/").glob(pattern.lstrip("/"))))
    return (folder / file for folder in folders for file in (f"lib{name}{ending}", f"{name}{ending}", f"{name}.so"))


def _attributes(part: str, separator: str, known: set[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for pair in part.split(separator) if part else ():
        name, equals, value = pair.partition("=")
        if name not in known or not equals:
            raise _bad(f"“{_shown(name)}” is not known here")
        if name in found:
            raise _bad(f"“{name}” occurs twice")
        if re.search(r"%(?![0-9A-Fa-f]{2})", value):
            raise _bad(f"“{name}” has a percent sign that encodes nothing")
        found[name] = unquote_to_bytes(value)
    return found


def _text(name: str, value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise _bad(f"“{name}” is no text") from error
    if not text or not text.isprintable():
        raise _bad(f"“{name}” is empty or cannot be printed")
    return text


def _check_module(uri: TokenUri) -> None:
    """A module is code that we load: it is named whole, and never found in the current folder."""
    if bool(uri.module_path) == bool(uri.module_name):
        raise _bad("it must name the token's module once: module-path or module-name")
    if uri.module_path and not Path(uri.module_path).is_absolute():
        raise _bad("module-path is not absolute")
    if uri.module_name and not _NAME.fullmatch(uri.module_name):
        raise _bad("module-name is no plain name")


def _shown(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "?", name)[:20]


def _bad(detail: str) -> UsageError:
    return UsageError(Text.TOKEN_URI_BAD, detail=detail)
