"""`fieldtool publish init | sign | merge | renew | release | withdraw | verify`: what both repositories know."""

import argparse
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fieldtool.core.clock import SystemClock, parse_iso
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.publish import verbs
from fieldtool.publish.verbs import Answer, KeysAtHand, Verb

if TYPE_CHECKING:
    from securesystemslib.signer import Key, Signer

    from fieldtool.publish.folder import WorkingFolder
    from fieldtool.publish.layout import Layout


def _add_init(parser: argparse.ArgumentParser) -> None:
    names = "may be given several times; more later: fieldtool publish delegate"
    parser.add_argument("--vendor", action="append", default=[], metavar="NAME", help=names)
    parser.add_argument("--director", action="store_true", help="a director repository: orders, grants, denylist")
    parser.add_argument("--site", action="append", default=[], metavar="ID", help=f"of a director's; {names}")
    parser.add_argument("--keys", type=Path, metavar="DIR", help="where new key files go (default: FOLDER/keys)")
    parser.add_argument(
        "--key", action="append", default=[], metavar="ROLE=KEY", help="a key that exists, instead of new files"
    )
    for name, keys, threshold in (("root", 3, 2), ("targets", 2, 2), ("vendor", 1, 1), ("site", 1, 1)):
        parser.add_argument(f"--{name}-keys", type=int, default=keys, metavar="N", help=f"default {keys}")
        parser.add_argument(
            f"--{name}-threshold", type=int, default=threshold, metavar="N", help=f"default {threshold}"
        )
    parser.add_argument("--grace", type=int, default=21, metavar="DAYS", help="how long laptops may be overdue offline")
    verbs.add_secret_options(parser)
    verbs.add_other(parser)


def _add_sign(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--role", metavar="NAME", help="default: every part that waits for this key")
    verbs.add_key_option(parser, False, "key file, or pkcs11:...")
    parser.add_argument("--renew", action="store_true", help="first make a new version with a new expiry date")
    verbs.add_secret_options(parser)


def _add_merge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("other", type=Path, metavar="OTHER", help="a copy of FOLDER that was signed elsewhere")


def _add_renew(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--role", action="append", default=[], metavar="NAME", help="may be given several times")
    parser.add_argument("--within", type=int, metavar="DAYS", help="every part that expires within these days")


def _add_release(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="the mirror: a folder for a web server")
    verbs.add_key_option(parser, True, "of snapshot and timestamp: key file, or pkcs11:...")
    verbs.add_secret_options(parser)


def _add_withdraw(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="TARGET", help="path of the file in the catalogue")


def _add_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help="a working folder, a mirror, or the http(s) address of one")
    parser.add_argument("--root", type=Path, metavar="ROOT.json", help="the root to begin with (default: the first)")
    parser.add_argument("--other", default="", metavar="SOURCE", help="mirror of the other repository: compare keys")
    parser.add_argument("--at", default="", metavar="TIME", help="judge as if it were then; default: now")


def _init(args: argparse.Namespace) -> Answer:
    from fieldtool.publish.director import DirectorRepository
    from fieldtool.publish.layout import Lifetimes
    from fieldtool.publish.repository import ImageRepository

    if args.vendor and args.director or args.site and not args.director:
        detail = "vendors belong to an image repository, sites to a director's (--director)"
        raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=detail)
    kind: type[WorkingFolder] = DirectorRepository if args.director else ImageRepository
    plan = _Plan(args, kind)
    if (args.folder / "metadata").exists():
        raise UsageError(Text.PUBLISH_EXISTS, folder=str(args.folder))
    with KeysAtHand(args) as keys:
        verbs.check_apart(args, plan.given(keys))  # before anything is made; a new key cannot be known elsewhere
        layout = plan.layout(keys)
        repository = kind.create(args.folder, layout, SystemClock(), Lifetimes(grace=args.grace))
        if isinstance(repository, DirectorRepository):
            repository.set_denylist(repository.denylist())  # there from the start: empty is said, not left out
        for role in repository.roles:
            for name in plan.named(role):
                if keys.can_sign(name):
                    repository.sign(role, keys.signer(name))
    return {
        "repository": str(args.folder),
        "root": str(repository.root_file),
        "fingerprint": repository.fingerprint,
        "parts": list(repository.roles),
        "keys": plan.made,
        **verbs.waiting(repository),
    }


class _Plan:
    """Which keys a new repository gets: those that were named, and new files for the other parts."""

    def __init__(self, args: argparse.Namespace, kind: "type[WorkingFolder]") -> None:
        """UsageError(PUBLISH_LAYOUT_BAD) before any key is made."""
        from fieldtool.publish.layout import OFFLINE, ONLINE, check_layout

        self.delegated: tuple[str, ...] = tuple(args.vendor or args.site)
        self._roles = {name: kind.role_of(name) for name in self.delegated}
        below = "site" if args.director else "vendor"
        self._groups = {role: role for role in (*OFFLINE, *ONLINE)} | dict.fromkeys(self._roles.values(), below)
        self._args = args
        self._given = self._pairs(args.key)
        self._folder: Path = args.keys or args.folder / "keys"
        counts = {role: (len(self.named(role)), self._threshold(role)) for role in self._groups}
        if len(set(self._roles.values())) < len(self.delegated):
            raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail="two names mean the same part")
        check_layout(counts, args.grace)

    @property
    def made(self) -> list[str]:
        return [name for role in self._groups if role not in self._given for name in self.named(role)]

    def named(self, role: str) -> list[str]:
        """The keys of a part, as a command names them."""
        if role in self._given:
            return self._given[role]
        count = getattr(self._args, f"{self._groups[role]}_keys", 1)
        return [str(self._folder / f"{role}-{number}.pem") for number in range(1, count + 1)]

    def given(self, keys: KeysAtHand) -> "list[Key]":
        """The keys that exist already."""
        return [keys.public(name) for names in self._given.values() for name in names]

    def layout(self, keys: KeysAtHand) -> "Layout":
        """Makes the new key files."""
        from fieldtool.publish.layout import Holders, Layout

        made = set(self.made)
        holders = {
            role: Holders(
                tuple(keys.new(name).public_key if name in made else keys.public(name) for name in self.named(role)),
                self._threshold(role),
            )
            for role in self._groups
        }
        below = {name: holders[role] for name, role in self._roles.items()}
        return Layout(holders["root"], holders["targets"], holders["snapshot"], holders["timestamp"], below)

    def _threshold(self, role: str) -> int:
        return int(getattr(self._args, f"{self._groups[role]}_threshold", 1))

    def _pairs(self, given: list[str]) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for pair in given:
            role, equals, name = pair.partition("=")
            role = self._roles.get(role, role)
            if not (equals and name and role in self._groups):
                known = ", ".join(self._groups)
                raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=f"“{pair[:80]}” is not ROLE=KEY with one of {known}")
            found.setdefault(role, []).append(name)
        return found


def _sign(args: argparse.Namespace) -> Answer:
    repository = verbs.either(args.folder)
    if args.role is not None:
        repository.missing(args.role)  # says by name that there is no such part, before a passphrase is asked for
    with KeysAtHand(args) as keys:
        signer = keys.signer(args.key)
        if args.role is None:
            return _sign_all(repository, signer)
        if args.renew:
            repository.renew(args.role)
        return {"part": args.role, "signatures_missing": repository.sign(args.role, signer)}


def _sign_all(repository: "WorkingFolder", signer: "Signer") -> Answer:
    keyid = signer.public_key.keyid
    fitting = [
        role
        for role in repository.waiting()
        if keyid in repository.parts.signers(role) and keyid not in repository.parts.signed_by(role)
    ]
    for role in fitting:
        repository.sign(role, signer)
    return {"signed": fitting, **verbs.waiting(repository)}


def _merge(args: argparse.Namespace) -> Answer:
    repository = verbs.either(args.folder)
    return {"changed": list(repository.merge(args.other)), **verbs.waiting(repository)}


def _renew(args: argparse.Namespace) -> Answer:
    repository = verbs.either(args.folder)
    roles = list(dict.fromkeys(args.role))
    if args.within is not None:
        limit = SystemClock().now() + timedelta(days=args.within)
        due = [role for role in repository.roles if repository.parts.read(role).signed.expires <= limit]
        roles += [role for role in due if role not in roles]
    for role in roles:
        repository.renew(role)
    return {"renewed": roles, **verbs.waiting(repository)}


def _release(args: argparse.Namespace) -> Answer:
    repository = verbs.either(args.folder)
    with KeysAtHand(args) as keys:
        repository.release(args.to, [keys.signer(name) for name in args.key])
    return {"mirror": str(args.to), "fingerprint": repository.first_fingerprint}


def _withdraw(args: argparse.Namespace) -> Answer:
    repository = verbs.either(args.folder)
    return {"withdrawn": args.target, "part": repository.withdraw(args.target), **verbs.waiting(repository)}


def _verify(args: argparse.Namespace) -> Answer:
    from fieldtool.publish.explain import explain

    clock = SystemClock()
    at = parse_iso(verbs.moment(args.at)) if args.at else clock.now()
    return explain(args.source, clock, at, args.root, args.other).plain()


VERBS = {
    "init": Verb(_init, _add_init, "make a new repository and its keys"),
    "sign": Verb(_sign, _add_sign, "add one signature to a part, or to all that wait for a key"),
    "merge": Verb(_merge, _add_merge, "take the signatures from a copy that was signed elsewhere"),
    "renew": Verb(_renew, _add_renew, "give a part a new version with a new expiry date, to be signed"),
    "release": Verb(_release, _add_release, "write the static mirror that laptops sync from"),
    "withdraw": Verb(_withdraw, _add_withdraw, "let nobody have a file any more"),
    "verify": Verb(_verify, _add_verify, "explain a repository, and what laptops would refuse", in_folder=False),
}
