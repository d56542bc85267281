"""`fieldtool publish add | edit | native-key add`: what there is to install, and what is said about it."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from fieldtool.core.clock import SystemClock, iso
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.publish import verbs
from fieldtool.publish.verbs import Answer, Verb

# Option -> field that it writes.
_SAID = {
    "model": "models",
    "hardware": "hw_rev",
    "min_from": "min_from",
    "requires": "requires",
    "market": "market",
    "notes": "notes",
    "advisory": "advisories",
    "release_type": "release_type",
    "end_of_support": "end_of_support",
    "backend": "backends",
    "config_format": "config_format",
    "native_key": "native_key",
}
_NAMED = {"itb": "fit"}  # extension -> format, where they differ
_FROM_START: Mapping[str, object] = {"min_from": "", "requires": {}, "market": []}  # fields of every release


def _add_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--vendor", required=True, metavar="NAME")
    parser.add_argument("--component", default="main", metavar="NAME")
    parser.add_argument("--version", required=True, metavar="VERSION")
    parser.add_argument("--version-format", default="semver", choices=("semver", "dotted", "plain"))
    parser.add_argument("--security-epoch", type=int, default=0, metavar="N")
    parser.add_argument("--format", default="", metavar="NAME", help="default: the file's extension")
    parser.add_argument("--published", default="", metavar="TIME", help="default: now")
    parser.add_argument("--payload-hash", default="", metavar="SHA256", help="as the charger will report it")
    parser.add_argument("--keyring", type=Path, metavar="PEM", help="verify a .raucb bundle with these certificates")
    parser.add_argument("--metering-checksum", default="", metavar="TEXT", help="as the meter will show it")
    parser.add_argument("--name", default="", metavar="NAME", help="file name in the catalogue")
    _add_said(parser, required=True)


def _add_edit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="TARGET", help="path of the release in the catalogue")
    parser.add_argument("--remove", action="append", default=[], metavar="FIELD", help="say nothing about it any more")
    _add_said(parser, required=False)


def _add_said(parser: argparse.ArgumentParser, required: bool) -> None:
    """What may be said about a file after it was published, too."""
    again = "may be given several times"
    parser.add_argument("--model", action="append", required=required, metavar="NAME", help=again)
    parser.add_argument("--hardware", action="append", required=required, metavar="REV", help=again)
    parser.add_argument("--min-from", metavar="VERSION", help="oldest version it may be installed over")
    parser.add_argument("--requires", action="append", metavar="COMPONENT=VERSION")
    parser.add_argument("--market", action="append", metavar="NAME")
    parser.add_argument("--notes", metavar="TEXT")
    parser.add_argument("--advisory", action="append", metavar="ID")
    parser.add_argument("--release-type", metavar="NAME")
    parser.add_argument("--end-of-support", metavar="TIME", help="when its maker stops mending it")
    parser.add_argument("--backend", action="append", metavar="PROTOCOL", help="ocpp1.6; default: any")
    parser.add_argument("--config-format", metavar="NAME", help="layout of the settings that it reads")
    parser.add_argument("--native-key", metavar="NAME", help="anchors that its native signature must lead to")
    parser.add_argument("--data", type=Path, metavar="FILE", help="JSON with further fields of the release")


def _add_native_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("vendor", metavar="VENDOR")
    parser.add_argument("name", metavar="NAME", help="as releases say it in native_key")
    parser.add_argument("file", type=Path, metavar="FILE", help="JSON with the anchors")
    parser.add_argument("--replace", action="store_true", help="of this name there are other anchors already")


def _add(args: argparse.Namespace) -> Answer:
    from fieldtool.publish.raucb import payload_hash

    repository = verbs.images(args)
    fields: dict[str, object] = {
        "schema": 1,
        "vendor": args.vendor,
        "component": args.component,
        "version": args.version,
        "version_format": args.version_format,
        "security_epoch": args.security_epoch,
        "format": args.format or _format(args.file),
        "published": verbs.moment(args.published) if args.published else iso(SystemClock().now()),
        "payload_hash": payload_hash(args.file, args.payload_hash.lower(), args.keyring),
        **_FROM_START,
        **({"metering_checksum": args.metering_checksum} if args.metering_checksum else {}),
        **_said(args),
    }
    fields.update(_data(args.data, fields))
    verdict = repository.native_verdict(args.file, fields, args.name)
    target = repository.add(args.file, fields, args.name)
    role = target.partition("/")[0]
    return {
        "target": target,
        "payload_hash": fields["payload_hash"],
        "native_signature": verdict.what,
        "rauc_keyring": "verified" if args.keyring else "not asked (no --keyring)",
        "part": role,
        "signatures_missing": repository.missing(role),
    }


def _format(file: Path) -> str:
    extension = file.suffix.removeprefix(".").lower()
    return _NAMED.get(extension, extension)


def _edit(args: argparse.Namespace) -> Answer:
    repository = verbs.images(args)
    said = _said(args)
    changes = {**said, **_data(args.data, said)}
    role = repository.edit(args.target, changes, frozenset(args.remove))
    return {
        "target": args.target,
        "changed": sorted(changes.keys() | set(args.remove)),
        "part": role,
        "signatures_missing": repository.missing(role),
    }


def _native_key(args: argparse.Namespace) -> Answer:
    from fieldtool.firmware.custom import vendor_role
    from fieldtool.publish.repository import ImageRepository

    repository = verbs.either(args.folder)
    content = verbs.content_of(args.file)
    if isinstance(repository, ImageRepository):
        target = repository.add_anchors(args.vendor, args.name, content, replace=args.replace)
    else:
        target = repository.add_native_key(vendor_role(args.vendor), args.name, content, replace=args.replace)
    return {"target": target, **verbs.waiting(repository)}


def _said(args: argparse.Namespace) -> dict[str, object]:
    """The fields that options give."""
    found = {field: getattr(args, option) for option, field in _SAID.items() if getattr(args, option) is not None}
    if "requires" in found:
        found["requires"] = dict(_pair(text) for text in found["requires"])
    if "end_of_support" in found:
        found["end_of_support"] = verbs.moment(found["end_of_support"])
    return found


def _data(file: Path | None, given: Mapping[str, object]) -> Mapping[str, object]:
    """The fields of a JSON file. What an option gives cannot be in the file, too: nobody could tell which counts."""
    if file is None:
        return {}
    found = verbs.fields_of(file)
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


def _pair(text: str) -> tuple[str, str]:
    component, equals, version = text.partition("=")
    if not (component and equals and version):
        raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=f"“{text}” is not COMPONENT=VERSION")
    return component, version


VERBS = {
    "add": Verb(_add, _add_add, "add a firmware image; its vendor's part then waits for signatures"),
    "edit": Verb(_edit, _add_edit, "say something else about a published release; its file stays"),
    "native-key add": Verb(_native_key, _add_native_key, "publish what a vendor's native signatures must lead to"),
}
