"""`fieldtool publish keys | delegate | rotate | revoke`: whose keys sign which part."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.publish import verbs
from fieldtool.publish.verbs import Answer, KeysAtHand, Verb

if TYPE_CHECKING:
    from fieldtool.publish.folder import WorkingFolder
    from fieldtool.publish.layout import Holders

_WHICH = "key file, public key file, pkcs11:..., or the id of a known key; may be given several times"


def _name_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="KEY", help="a file, or pkcs11:token=...;object=...")
    verbs.add_secret_options(parser)


def _add_make(parser: argparse.ArgumentParser) -> None:
    _name_argument(parser)
    parser.add_argument("--public", type=Path, metavar="FILE", help="where its public half goes (default: KEY.pub)")


def _add_delegate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", metavar="NAME", help="name of the vendor, or id of the site; @grants: grants by a server"
    )
    _add_holders(parser)


def _add_rotate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--role", required=True, metavar="NAME", help="root, targets, snapshot, timestamp, or another")
    _add_holders(parser)


def _add_holders(parser: argparse.ArgumentParser) -> None:
    verbs.add_key_option(parser, True, _WHICH)
    parser.add_argument("--threshold", type=int, metavar="N", help="signatures needed (default: as before, or 1)")
    verbs.add_secret_options(parser)
    verbs.add_other(parser)


def _add_revoke(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("key", metavar="KEY", help=_WHICH.partition(";")[0])
    verbs.add_key_option(parser, False, "the key that takes its place in every part", "--replacement")
    verbs.add_secret_options(parser)
    verbs.add_other(parser)


def _make(args: argparse.Namespace) -> Answer:
    from fieldtool.publish.keys import write_public_key

    if args.public is None and args.name.lower().startswith("pkcs11:"):
        raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail="say where the public half of the key goes: --public FILE")
    with KeysAtHand(args) as keys:
        key = keys.new(args.name).public_key
    public = args.public or Path(f"{args.name}.pub")
    write_public_key(key, public)
    return {"key": args.name, "id": key.keyid, "scheme": key.scheme, "public": str(public)}


def _list(args: argparse.Namespace) -> Answer:
    from fieldtool.publish.layout import ONLINE

    repository = verbs.either(args.folder)
    parts = []
    for role in (*repository.roles, *ONLINE):
        holders = repository.parts.holders(role)
        parts.append({"part": role, "needs": holders.threshold, "of": len(holders.ids), "keys": list(holders.ids)})
    return {"parts": parts}


def _show(args: argparse.Namespace) -> Answer:
    with KeysAtHand(args) as keys:
        key = keys.public(args.name)
    return {"key": args.name, "id": key.keyid, "scheme": key.scheme}


def _delegate(args: argparse.Namespace) -> Answer:
    repository = verbs.either(args.folder)
    role = repository.role_of(args.name)
    repository.delegate(args.name, _holders(args, repository, role))
    return {"part": role, **verbs.waiting(repository)}


def _rotate(args: argparse.Namespace) -> Answer:
    repository = verbs.either(args.folder)
    repository.replace_keys(args.role, _holders(args, repository, args.role))
    return {"part": args.role, **verbs.waiting(repository)}


def _revoke(args: argparse.Namespace) -> Answer:
    repository = verbs.either(args.folder)
    with KeysAtHand(args, repository) as keys:
        gone = keys.public(args.key).keyid
        new = None if args.replacement is None else keys.public(args.replacement)
    verbs.check_apart(args, () if new is None else (new,))
    repository.revoke(gone, new)
    return {"revoked": gone, **verbs.waiting(repository)}


def _holders(args: argparse.Namespace, repository: "WorkingFolder", role: str) -> "Holders":
    from fieldtool.publish.layout import ONLINE, Holders

    known = role in (*repository.roles, *ONLINE)
    before = repository.parts.holders(role).threshold if known else 1
    with KeysAtHand(args, repository) as keys:
        named = tuple(keys.public(name) for name in args.key)
    verbs.check_apart(args, named)
    return Holders(named, before if args.threshold is None else args.threshold)


VERBS = {
    "keys make": Verb(_make, _add_make, "make a key, in a file or on a token", in_folder=False),
    "keys show": Verb(_show, _name_argument, "tell the id of a key", in_folder=False),
    "keys list": Verb(_list, lambda _: None, "list the parts of a repository and their keys"),
    "delegate": Verb(_delegate, _add_delegate, "give a vendor or a site its part, or other keys for it"),
    "rotate": Verb(_rotate, _add_rotate, "let other keys sign a part from now on"),
    "revoke": Verb(_revoke, _add_revoke, "take a key out of every part"),
}
