"""What the commands of `fieldtool publish` have in common: a verb, its answer, and the keys that it was told of."""

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fieldtool.core.clock import SystemClock, iso, parse_iso
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text

if TYPE_CHECKING:
    from securesystemslib.signer import Key, Signer

    from fieldtool.publish.director import DirectorRepository
    from fieldtool.publish.folder import WorkingFolder
    from fieldtool.publish.repository import ImageRepository
    from fieldtool.store.token import TokenSigner

Answer = Mapping[str, object]
SHORTEST_ID = 8  # digits of a key id that name a key


@dataclass(frozen=True, slots=True)
class Verb:
    """One command. `answer` does it and says what it did; an answer with `problems` ends with exit code 8."""

    answer: Callable[[argparse.Namespace], Answer]
    fill: Callable[[argparse.ArgumentParser], None]
    summary: str
    in_folder: bool = True  # its first argument is the publisher's working folder


def images(args: argparse.Namespace) -> "ImageRepository":
    from fieldtool.publish.repository import ImageRepository

    return ImageRepository(args.folder, SystemClock())


def director(args: argparse.Namespace) -> "DirectorRepository":
    from fieldtool.publish.director import DirectorRepository

    return DirectorRepository(args.folder, SystemClock())


def either(folder: Path) -> "ImageRepository | DirectorRepository":
    """The repository in a working folder, of whichever kind it is."""
    from fieldtool.publish.director import DirectorRepository
    from fieldtool.publish.layout import DIRECTOR
    from fieldtool.publish.parts import Parts
    from fieldtool.publish.repository import ImageRepository

    clock = SystemClock()
    if Parts(folder / "metadata", clock).kind == DIRECTOR:
        return DirectorRepository(folder, clock)
    return ImageRepository(folder, clock)


def waiting(repository: "WorkingFolder") -> Answer:
    """What is to be signed next, and how often."""
    return {"signatures_missing": {role: repository.missing(role) for role in repository.waiting()}}


def add_key_option(parser: argparse.ArgumentParser, several: bool, help_text: str, name: str = "--key") -> None:
    action = "append" if several else "store"
    parser.add_argument(name, action=action, required=name == "--key", metavar="KEY", help=help_text)


def add_secret_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="of key files; default: ask")
    parser.add_argument("--pin-file", type=Path, metavar="FILE", help="of keys on tokens; default: ask")


class KeysAtHand:
    """The keys that a command names: files, tokens (pkcs11:...), public keys, or ids that the repository knows.

    Asks for a passphrase or PIN when it needs one, and logs out of tokens at the end.
    """

    def __init__(self, args: argparse.Namespace, repository: "WorkingFolder | None" = None) -> None:
        self._passphrase_file: Path | None = args.passphrase_file
        self._pin_file: Path | None = args.pin_file
        self._repository = repository
        self._opened: dict[str, Signer] = {}
        self._tokens: list[TokenSigner] = []

    def __enter__(self) -> "KeysAtHand":
        return self

    def __exit__(self, *_: object) -> None:
        for token in self._tokens:
            token.close()

    def signer(self, name: str) -> "Signer":
        """UsageError: PUBLISH_KEY_BAD, PUBLISH_PASSPHRASE, TOKEN_..."""
        if name not in self._opened:
            self._opened[name] = self._open(name)
        return self._opened[name]

    def new(self, name: str) -> "Signer":
        """Make a key: a file, or one on a token. UsageError: PUBLISH_KEY_EXISTS, TOKEN_..."""
        from fieldtool.publish.keys import new_key

        if _is_on_token(name):
            self._opened[name] = self._token(name, make=True)
        else:
            self._opened[name] = new_key(Path(name), self.passphrase("Passphrase for the new keys", again=True))
        return self._opened[name]

    def public(self, name: str) -> "Key":
        """The public half of a key, which needs no secret where a public key file or an id is named."""
        from fieldtool.publish.keys import load_public_key

        if (known := self._known(name)) is not None:
            return known
        if not _is_on_token(name) and (found := load_public_key(Path(name))) is not None:
            return found
        return self.signer(name).public_key

    def can_sign(self, name: str) -> bool:
        from fieldtool.publish.keys import load_public_key

        return _is_on_token(name) or load_public_key(Path(name)) is None

    def passphrase(self, question: str, again: bool = False) -> str:
        if self._passphrase_file is not None:
            return first_line(self._passphrase_file)
        if not sys.stdin.isatty():
            raise UsageError(Text.PUBLISH_PASSPHRASE)
        return typed(question, again)

    def _open(self, name: str) -> "Signer":
        from fieldtool.publish.keys import load_key

        if _is_on_token(name):
            return self._token(name)
        return load_key(Path(name), self.passphrase(f"Passphrase of {Path(name).name}"))

    def _token(self, uri: str, make: bool = False) -> "TokenSigner":
        from fieldtool.store.token import TokenSigner

        pin = ""
        if self._pin_file is not None:
            pin = first_line(self._pin_file)
        elif sys.stdin.isatty():
            pin = getpass.getpass(f"PIN of {uri.partition('?')[0]}: ")
        token = TokenSigner.make(uri, pin) if make else TokenSigner.open(uri, pin)
        self._tokens.append(token)
        return token

    def _known(self, name: str) -> "Key | None":
        if self._repository is None or len(name) < SHORTEST_ID or not set(name) <= set("0123456789abcdef"):
            return None
        fits = [key for key in self._repository.parts.keys if key.keyid.startswith(name)]
        return fits[0] if len(fits) == 1 else None


def add_other(parser: argparse.ArgumentParser) -> None:
    what = "root.json or working folder of the other repository: refuse keys that it names"
    parser.add_argument("--other", type=Path, metavar="PATH", help=what)


def check_apart(args: argparse.Namespace, keys: "Iterable[Key]") -> None:
    """UsageError(PUBLISH_KEY_SHARED) when one of them belongs to the other repository, as far as we were told of it."""
    from fieldtool.publish.layout import check_apart
    from fieldtool.publish.parts import keys_elsewhere

    if args.other is not None:
        check_apart(keys, keys_elsewhere(args.other, SystemClock()))


def first_line(file: Path) -> str:
    """A secret that a file holds. UsageError(FILE_UNREADABLE)."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(Text.FILE_UNREADABLE, file=str(file), detail=type(error).__name__) from error
    return lines[0] if lines else ""


def typed(question: str, again: bool = False) -> str:
    found = getpass.getpass(f"{question}: ")
    if again and getpass.getpass("Again: ") != found:
        raise UsageError(Text.PUBLISH_PASSPHRASE_DIFFERS)
    return found


def moment(text: str) -> str:
    """A time as we write it. UsageError(PUBLISH_LAYOUT_BAD)."""
    try:
        return iso(parse_iso(text))
    except ValueError as error:
        raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=f"“{text}” is no time like 2026-01-31T12:00:00Z") from error


def content_of(file: Path) -> bytes:
    """UsageError(FILE_UNREADABLE)."""
    try:
        return file.read_bytes()
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise UsageError(Text.FILE_UNREADABLE, file=str(file), detail=detail) from error


def fields_of(file: Path) -> dict[str, object]:
    """The table in a JSON file, no field twice. UsageError: FILE_UNREADABLE, PUBLISH_FILE_BAD."""
    try:
        found = json.loads(content_of(file).decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise UsageError(Text.PUBLISH_FILE_BAD, file=str(file), detail=f"it is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise UsageError(Text.PUBLISH_FILE_BAD, file=str(file), detail="it holds no table of fields")
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a field is there twice")
    return table


def _is_on_token(name: str) -> bool:
    return name.lower().startswith("pkcs11:")
