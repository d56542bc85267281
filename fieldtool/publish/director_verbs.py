"""`fieldtool publish order | grant | deny | allow`: what may be done where, by whom and until when."""

import argparse
import hashlib
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fieldtool.core.clock import SystemClock, parse_iso
from fieldtool.core.errors import UsageError
from fieldtool.core.rights import ANY, Action, Denylist, Grant, Scope
from fieldtool.core.texts import Text
from fieldtool.publish import verbs
from fieldtool.publish.verbs import Answer, Verb

if TYPE_CHECKING:
    from fieldtool.publish.director import DirectorRepository


def _add_order(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.json")
    parser.add_argument("--images", type=Path, metavar="FOLDER", help="the image repository: check the order's images")
    parser.add_argument("--replace", action="store_true", help="of this id there is another order already")


def _add_grant(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--laptop", default="", metavar="KEYID", help="key id of the laptop; left out: any, with a PIN")
    parser.add_argument("--actor", required=True, metavar="NAME", help="who uses it")
    parser.add_argument("--action", action="append", required=True, choices=[one.value for one in Action])
    for name, what in (("site", "ID"), ("serial", "NUMBER"), ("model", "NAME")):
        parser.add_argument(f"--{name}", action="append", required=True, metavar=what, help=f"or “{ANY}”: every one")
    parser.add_argument("--from", dest="begin", default="", metavar="TIME", help="default: now")
    until = parser.add_mutually_exclusive_group(required=True)
    until.add_argument("--until", default="", metavar="TIME")
    until.add_argument("--days", type=int, metavar="N")
    parser.add_argument("--epoch", type=int, metavar="N", help="default: the denylist's")
    parser.add_argument("--max-uses", type=int, metavar="N", help="runs that may begin under it")
    parser.add_argument("--pin", action="store_true", help="ask for the PIN that a second person will type")
    parser.add_argument("--pin-file", type=Path, metavar="FILE", help="a file that holds that PIN")
    parser.add_argument("--id", default="", metavar="ID", help="default: made from its content")
    parser.add_argument("--replace", action="store_true", help="of this id there is another grant already")


def _add_denied(parser: argparse.ArgumentParser) -> None:
    for name, what in (("image", "SHA256"), ("grant", "ID"), ("laptop", "KEYID")):
        parser.add_argument(f"--{name}", action="append", default=[], metavar=what, help="may be given several times")


def _add_deny(parser: argparse.ArgumentParser) -> None:
    _add_denied(parser)
    parser.add_argument("--grant-epoch", type=int, default=0, metavar="N", help="grants of an older epoch are void")


def _order(args: argparse.Namespace) -> Answer:
    repository = verbs.director(args)
    content = verbs.content_of(args.file)
    if args.images is not None:
        _check_images(args.images, content)
    target = repository.add_order(content, replace=args.replace)
    return {"target": target, **verbs.waiting(repository)}


def _check_images(folder: Path, content: bytes) -> None:
    """UsageError(PUBLISH_ORDER_IMAGE) unless the image repository says the same about every image of the order."""
    from fieldtool.firmware.directions import parse_order
    from fieldtool.publish.repository import ImageRepository

    images = ImageRepository(folder, SystemClock())
    known = {path: one for role in images.roles[2:] for path, one in images.parts.targets(role).signed.targets.items()}
    for charger in parse_order(content).chargers:
        for image in charger.images:
            if wrong := _wrong(image.length, image.sha256, set(image.hardware), known.get(image.target)):
                raise UsageError(Text.PUBLISH_ORDER_IMAGE, target=image.target, detail=wrong)


def _wrong(length: int, sha256: str, hardware: set[str], known: object) -> str:
    from tuf.api.metadata import TargetFile

    if not isinstance(known, TargetFile):
        return "there is no such target"
    if known.length != length:
        return f"its length is {known.length}"
    if known.hashes.get("sha256") != sha256:
        return f"its SHA-256 is {known.hashes.get('sha256')}"
    made_for = set((known.custom or {}).get("hw_rev", ()))
    return "" if hardware <= made_for else f"it is made for hardware {', '.join(sorted(made_for))}"


def _grant(args: argparse.Namespace) -> Answer:
    repository = verbs.director(args)
    grant = _made(args, repository)
    target = repository.add_grant(grant, replace=args.replace)
    return {"grant": grant.id, "target": target, **verbs.waiting(repository)}


def _made(args: argparse.Namespace, repository: "DirectorRepository") -> Grant:
    from fieldtool.firmware.directions import grant_json
    from fieldtool.publish.director import pin_proof

    begin = parse_iso(verbs.moment(args.begin)) if args.begin else SystemClock().now().replace(microsecond=0)
    until = parse_iso(verbs.moment(args.until)) if args.until else begin + timedelta(days=args.days)
    grant = Grant(
        args.id,
        args.laptop.lower(),
        args.actor,
        frozenset(map(Action, args.action)),
        Scope(frozenset(args.site), frozenset(args.serial), frozenset(args.model)),
        begin,
        until,
        repository.denylist().grant_epoch if args.epoch is None else args.epoch,
        args.max_uses,
        pin_proof(_pin(args)) if args.pin or args.pin_file is not None else "",
    )
    made_id = hashlib.sha256(grant_json(grant)).hexdigest()[:16]
    return grant if args.id else replace(grant, id=made_id)


def _pin(args: argparse.Namespace) -> str:
    if args.pin_file is not None:
        return verbs.first_line(args.pin_file)
    if not sys.stdin.isatty():
        raise UsageError(Text.PUBLISH_PIN_NEEDED)
    return verbs.typed("PIN of the second person", again=True)


def _add_revoke(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("grant", metavar="ID")


def _revoke(args: argparse.Namespace) -> Answer:
    repository = verbs.director(args)
    return {"withdrawn": repository.revoke_grant(args.grant), "denied": args.grant, **verbs.waiting(repository)}


def _deny(args: argparse.Namespace) -> Answer:
    repository = verbs.director(args)
    return _listed(repository, repository.deny(args.image, args.grant, args.laptop, args.grant_epoch))


def _allow(args: argparse.Namespace) -> Answer:
    repository = verbs.director(args)
    return _listed(repository, repository.allow(args.image, args.grant, args.laptop))


def _listed(repository: "DirectorRepository", denylist: Denylist) -> Answer:
    return {
        "images": sorted(denylist.images),
        "grants": sorted(denylist.grants),
        "laptops": sorted(denylist.laptops),
        "grant_epoch": denylist.grant_epoch,
        **verbs.waiting(repository),
    }


VERBS = {
    "order add": Verb(_order, _add_order, "let a work order hold; its site's part then waits for signatures"),
    "grant add": Verb(_grant, _add_grant, "let somebody do something"),
    "grant revoke": Verb(_revoke, _add_revoke, "withdraw a grant, and deny it to laptops that have it"),
    "deny": Verb(_deny, _add_deny, "let nobody use an image, a grant or a laptop any more"),
    "allow": Verb(_allow, _add_denied, "take something off the denylist"),
}
