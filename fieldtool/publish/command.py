"""`fieldtool publish`: the vendor's side of the catalogue on the command line. Errors are raised; cli.py words them."""

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from fieldtool.core.clock import SystemClock, iso, parse_iso
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text

Answer = Mapping[str, object]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The sub-commands init, add, sign and release. Imports nothing heavy."""
    verbs = parser.add_subparsers(dest="publish_verb", required=True, metavar="VERB")
    for name, (fill, help_text) in _ARGUMENTS.items():
        verb = verbs.add_parser(name, help=help_text)
        verb.add_argument("folder", type=Path, metavar="FOLDER", help="the publisher's working folder")
        fill(verb)
        verb.add_argument("--json", action="store_true", default=False, help="answer with one JSON document")


def run(args: argparse.Namespace) -> int:
    """Do what was parsed. Returns 0; raises FieldtoolError otherwise."""
    answer = _VERBS[args.publish_verb](args)
    if args.json:
        sys.stdout.write(json.dumps(answer, indent=1) + "\n")
    else:
        for name, value in answer.items():
            shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
            sys.stdout.write(f"{name.replace('_', ' ')}: {shown}\n")
    return 0


def _add_init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vendor", action="append", required=True, metavar="NAME", help="may be given several times")
    parser.add_argument("--keys", type=Path, metavar="DIR", help="where the key files go (default: FOLDER/keys)")
    for name, keys, threshold in (("root", 3, 2), ("targets", 2, 2), ("vendor", 1, 1)):
        parser.add_argument(f"--{name}-keys", type=int, default=keys, metavar="N", help=f"default {keys}")
        parser.add_argument(
            f"--{name}-threshold", type=int, default=threshold, metavar="N", help=f"default {threshold}"
        )
    parser.add_argument("--grace", type=int, default=21, metavar="DAYS", help="how long laptops may be overdue offline")
    _add_passphrase(parser)


def _add_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--vendor", required=True, metavar="NAME")
    parser.add_argument("--model", action="append", required=True, metavar="NAME", help="may be given several times")
    parser.add_argument("--hardware", action="append", required=True, metavar="REV", help="may be given several times")
    parser.add_argument("--component", default="main", metavar="NAME")
    parser.add_argument("--version", required=True, metavar="VERSION")
    parser.add_argument("--version-format", default="semver", choices=("semver", "dotted", "plain"))
    parser.add_argument("--min-from", default="", metavar="VERSION", help="oldest version it may be installed over")
    parser.add_argument("--requires", action="append", default=[], metavar="COMPONENT=VERSION")
    parser.add_argument("--security-epoch", type=int, default=0, metavar="N")
    parser.add_argument("--market", action="append", default=[], metavar="NAME")
    parser.add_argument("--format", default="", metavar="NAME", help="default: the file's extension")
    parser.add_argument("--published", default="", metavar="TIME", help="default: now")
    parser.add_argument("--payload-hash", default="", metavar="SHA256", help="as the charger will report it")
    parser.add_argument("--keyring", type=Path, metavar="PEM", help="verify a .raucb bundle with these certificates")
    parser.add_argument("--notes", default="", metavar="TEXT")
    parser.add_argument("--advisory", action="append", default=[], metavar="ID")
    parser.add_argument("--release-type", default="", metavar="NAME")
    parser.add_argument("--end-of-support", default="", metavar="TIME", help="when its maker stops mending it")
    parser.add_argument("--backend", action="append", default=[], metavar="PROTOCOL", help="ocpp1.6; default: any")
    parser.add_argument("--config-format", default="", metavar="NAME", help="layout of the settings that it reads")
    parser.add_argument("--metering-checksum", default="", metavar="TEXT", help="as the meter will show it")
    parser.add_argument("--data", type=Path, metavar="FILE", help="JSON with further optional fields of the release")
    parser.add_argument("--name", default="", metavar="NAME", help="file name in the catalogue")


def _add_sign(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--role", required=True, metavar="NAME", help="root, targets, or a vendor's part")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE")
    parser.add_argument("--renew", action="store_true", help="first make a new version with a new expiry date")
    _add_passphrase(parser)


def _add_release(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="the mirror: a folder for a web server")
    parser.add_argument("--key", type=Path, action="append", required=True, metavar="FILE", help="snapshot, timestamp")
    _add_passphrase(parser)


def _add_passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="default: ask")


def _init(args: argparse.Namespace) -> Answer:
    from fieldtool.firmware.custom import vendor_role
    from fieldtool.publish.keys import new_key
    from fieldtool.publish.layout import Holders, Layout, Lifetimes, check_layout
    from fieldtool.publish.repository import ImageRepository

    counts = {"root": args.root_keys, "targets": args.targets_keys, "snapshot": 1, "timestamp": 1}
    thresholds = {"root": args.root_threshold, "targets": args.targets_threshold}
    for vendor in args.vendor:
        role = vendor_role(vendor)
        if not role or role in counts:
            raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=f"“{vendor}” cannot be a vendor's name beside the others")
        counts[role], thresholds[role] = args.vendor_keys, args.vendor_threshold
    check_layout({role: (count, thresholds.get(role, 1)) for role, count in counts.items()}, args.grace)
    if (args.folder / "metadata").exists():
        raise UsageError(Text.PUBLISH_EXISTS, folder=str(args.folder))
    folder: Path = args.keys or args.folder / "keys"
    files = {role: [folder / f"{role}-{number}.pem" for number in range(1, counts[role] + 1)] for role in counts}
    passphrase = _passphrase(args, "Passphrase for the new keys", again=True)
    signers = {role: [new_key(file, passphrase) for file in files[role]] for role in files}
    holders = {
        role: Holders(tuple(signer.public_key for signer in its), thresholds.get(role, 1))
        for role, its in signers.items()
    }
    layout = Layout(
        root=holders["root"],
        targets=holders["targets"],
        snapshot=holders["snapshot"],
        timestamp=holders["timestamp"],
        delegated={vendor: holders[vendor_role(vendor)] for vendor in args.vendor},
    )
    repository = ImageRepository.create(args.folder, layout, SystemClock(), Lifetimes(grace=args.grace))
    for role in repository.roles:
        for signer in signers[role]:
            repository.sign(role, signer)
    return {
        "repository": str(args.folder),
        "root": str(repository.root_file),
        "fingerprint": repository.fingerprint,
        "parts": list(repository.roles),
        "keys": [str(file) for its in files.values() for file in its],
    }


def _add(args: argparse.Namespace) -> Answer:
    from fieldtool.publish.raucb import payload_hash
    from fieldtool.publish.repository import ImageRepository

    repository = ImageRepository(args.folder, SystemClock())
    published = _time(args.published) if args.published else iso(SystemClock().now())
    fields: dict[str, object] = {
        "schema": 1,
        "vendor": args.vendor,
        "models": args.model,
        "hw_rev": args.hardware,
        "component": args.component,
        "version": args.version,
        "version_format": args.version_format,
        "min_from": args.min_from,
        "requires": dict(_pair(text) for text in args.requires),
        "security_epoch": args.security_epoch,
        "market": args.market,
        "format": args.format or args.file.suffix.removeprefix(".").lower(),
        "published": published,
        "payload_hash": payload_hash(args.file, args.payload_hash.lower(), args.keyring),
    }
    optional = {
        "notes": args.notes,
        "advisories": args.advisory,
        "release_type": args.release_type,
        "end_of_support": _time(args.end_of_support) if args.end_of_support else "",
        "backends": args.backend,
        "config_format": args.config_format,
        "metering_checksum": args.metering_checksum,
    }
    fields.update({name: value for name, value in optional.items() if value})
    fields.update(_data(args.data, fields) if args.data is not None else {})
    target = repository.add(args.file, fields, args.name)
    role = target.partition("/")[0]
    return {
        "target": target,
        "payload_hash": fields["payload_hash"],
        "bundle_signature": "verified" if args.keyring else "not checked (no --keyring)",
        "part": role,
        "signatures_missing": repository.missing(role),
    }


def _sign(args: argparse.Namespace) -> Answer:
    from fieldtool.publish.keys import load_key
    from fieldtool.publish.repository import ImageRepository

    repository = ImageRepository(args.folder, SystemClock())
    repository.missing(args.role)  # says by name that there is no such part, before a passphrase is asked for
    signer = load_key(args.key, _passphrase(args, f"Passphrase of {args.key.name}"))
    if args.renew:
        repository.renew(args.role)
    return {"part": args.role, "signatures_missing": repository.sign(args.role, signer)}


def _release(args: argparse.Namespace) -> Answer:
    from fieldtool.publish.keys import load_key
    from fieldtool.publish.repository import ImageRepository

    repository = ImageRepository(args.folder, SystemClock())
    passphrase = _passphrase(args, "Passphrase of the snapshot and timestamp keys")
    repository.release(args.to, [load_key(file, passphrase) for file in args.key])
    return {"mirror": str(args.to), "fingerprint": repository.first_fingerprint}


def _passphrase(args: argparse.Namespace, question: str, again: bool = False) -> str:
    if args.passphrase_file is not None:
        try:
            lines = args.passphrase_file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            detail = type(error).__name__
            raise UsageError(Text.FILE_UNREADABLE, file=str(args.passphrase_file), detail=detail) from error
        return lines[0] if lines else ""
    if not sys.stdin.isatty():
        raise UsageError(Text.PUBLISH_PASSPHRASE)
    typed = getpass.getpass(f"{question}: ")
    if again and getpass.getpass("Again: ") != typed:
        raise UsageError(Text.PUBLISH_PASSPHRASE_DIFFERS)
    return typed


def _data(file: Path, given: Mapping[str, object]) -> Mapping[str, object]:
    """The fields of a JSON file. What an option gives cannot be in the file, too: nobody could tell which counts."""
    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"), object_pairs_hook=_once)
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise UsageError(Text.FILE_UNREADABLE, file=str(file), detail=detail) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(Text.PUBLISH_FILE_BAD, file=str(file), detail=f"it is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise UsageError(Text.PUBLISH_FILE_BAD, file=str(file), detail="it holds no table of fields")
    if twice := sorted(found.keys() & given.keys()):
        detail = f"“{twice[0]}” is given by an option, too"
        raise UsageError(Text.PUBLISH_FILE_BAD, file=str(file), detail=detail)
    if wrong := _wrong_rule(found.get("validation")):
        raise UsageError(Text.PUBLISH_FILE_BAD, file=str(file), detail=wrong)
    return found


def _wrong_rule(expectation: object) -> str:
    """What is wrong with the rules that it names, in words; the repository checks all else."""
    from fieldtool.update.validation import ALWAYS, RULES

    for field, known in (("required", RULES.keys()), ("waivable", RULES.keys() - ALWAYS)):
        named = expectation.get(field) if isinstance(expectation, dict) else None
        for rule in named if isinstance(named, list) else ():
            if isinstance(rule, str) and rule not in known:
                return f"{field} cannot name “{rule}”; it can be: {', '.join(sorted(known))}"
    return ""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a field is there twice")
    return table


def _pair(text: str) -> tuple[str, str]:
    component, equals, version = text.partition("=")
    if not (component and equals and version):
        raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=f"“{text}” is not COMPONENT=VERSION")
    return component, version


def _time(text: str) -> str:
    try:
        return iso(parse_iso(text))
    except ValueError as error:
        raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=f"“{text}” is no time like 2026-01-31T12:00:00Z") from error


_ARGUMENTS: Mapping[str, tuple[Callable[[argparse.ArgumentParser], None], str]] = {
    "init": (_add_init, "make a new repository and its keys"),
    "add": (_add_add, "add a firmware image; its vendor's part then waits for signatures"),
    "sign": (_add_sign, "add one signature to a part"),
    "release": (_add_release, "write the static mirror that laptops sync from"),
}
_VERBS: Mapping[str, Callable[[argparse.Namespace], Answer]] = {
    "init": _init,
    "add": _add,
    "sign": _sign,
    "release": _release,
}
