"""`fieldtool central direct`: the director of central on the command line of its own machine."""

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from fieldtool.central import decisions
from fieldtool.central.database import Database
from fieldtool.central.decisions import By
from fieldtool.central.identity import open_store
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import ExitCode, UsageError
from fieldtool.core.rights import ANY, Action, Denylist, Grant, Scope
from fieldtool.core.texts import Text
from fieldtool.publish.verbs import content_of

Answer = Mapping[str, Any]
SHORTEST = 8  # digits of a key id that name a laptop


class _Desk:
    """What the verbs work with. Imports the heavy parts only now."""

    def __init__(self, store: Database) -> None:
        from fieldtool.central.directing import Director
        from fieldtool.central.granting import Grants
        from fieldtool.central.images import Images
        from fieldtool.central.orders import Orders

        self.store = store
        self.clock = SystemClock()
        self.director = Director(store, self.clock)
        self.images = Images(store.folder, self.clock)
        self.orders = Orders(self.director, self.images, self.clock)
        self.grants = Grants(self.director)
        self.by = By(f"{getpass.getuser()} (command line)", "admin")  # whoever may read the keys may do everything


def _key(desk: _Desk, args: argparse.Namespace) -> Answer:
    from fieldtool.publish.keys import write_public_key

    key = (desk.director.replace_key(desk.by) if args.new else desk.director.signer()).public_key
    write_public_key(key, args.public)
    return {"id": key.keyid, "public": str(args.public)}


def _import(desk: _Desk, args: argparse.Namespace) -> Answer:
    foreign = desk.images.catalogue().verified.keys if desk.images.is_there else frozenset()
    told = desk.director.take(args.folder, desk.by, foreign)
    return {**told, "root": str(desk.director.mirror / "metadata" / "1.root.json"), **_standing(desk)}


def _export(desk: _Desk, args: argparse.Namespace) -> Answer:
    desk.director.copy_to(args.folder)
    return {"folder": str(args.folder)}


def _images(desk: _Desk, args: argparse.Namespace) -> Answer:
    if args.root is not None:
        desk.images.trust(args.root, args.fingerprint or "")
    found = desk.images.take(args.mirror)
    until = f"{found.verified.valid_until:%Y-%m-%d}"
    return {"releases": [one.target for one in found.releases], "until": until}


def _order(desk: _Desk, args: argparse.Namespace) -> Answer:
    from fieldtool.central.asked import moment
    from fieldtool.central.desk import actions_of, made_told, versions_of
    from fieldtool.central.inventory import of_site, parse_inventory
    from fieldtool.central.orders import Made, Wish

    rows = of_site(parse_inventory(content_of(args.inventory), args.inventory.name), args.site)
    begin = moment(args.begin, "--begin", desk.clock.now())
    id = args.id or f"{begin:%Y-%m-%d}-{args.site}"[:64]
    end = begin + timedelta(days=args.days)
    wish = Wish(
        id, args.site, args.title or id, begin, end, versions_of(args.release), actions_of(args.second_person),
        args.replace,
    )  # fmt: skip
    if args.dry_run:
        order, notes = desk.orders.draft(wish, rows)
        return made_told(Made("", order, notes), dry_run=True)
    return made_told(desk.orders.make(desk.by, wish, rows))


def _withdraw(desk: _Desk, args: argparse.Namespace) -> Answer:
    site, _, order = args.order.partition("/")
    return {"withdrawn": desk.orders.withdraw(desk.by, site, order)}


def _grant(desk: _Desk, args: argparse.Namespace) -> Answer:
    from fieldtool.central.asked import moment
    from fieldtool.central.desk import grant_told

    begin = moment(args.begin, "--begin", desk.clock.now())
    end = moment(args.until, "--until", begin + timedelta(days=args.days))
    scope = Scope(frozenset(args.site), frozenset(args.serial or [ANY]), frozenset(args.model or [ANY]))
    grant = Grant(
        args.id, _laptop(desk, args.laptop), args.actor, frozenset(map(Action, args.action)), scope, begin, end,
        desk.director.said().denylist.grant_epoch, args.max_uses,
    )  # fmt: skip
    made, target = desk.grants.issue(desk.by, grant, replaces=args.replace)
    return {"grant": grant_told(made), "target": target}


def _revoke(desk: _Desk, args: argparse.Namespace) -> Answer:
    return {"withdrawn": desk.grants.revoke(desk.by, args.grant), "denied": args.grant}


def _deny(desk: _Desk, args: argparse.Namespace) -> Answer:
    change = desk.grants.deny if args.direct_verb == "deny" else desk.grants.allow
    return _denied(change(desk.by, args.image, args.grant, [_laptop(desk, one) for one in args.laptop]))


def _denied(denylist: Denylist) -> Answer:
    from fieldtool.central.desk import denylist_told

    return denylist_told(denylist)


def _show(desk: _Desk, args: argparse.Namespace) -> Answer:
    from fieldtool.central.desk import grant_told, order_told

    said = desk.director.said()
    return {
        **_standing(desk),
        "orders": [order_told(order) for _, order in said.orders],
        "grants": [grant_told(grant) for grant in said.grants],
        "denylist": _denied(said.denylist),
    }


def _standing(desk: _Desk) -> Answer:
    from fieldtool.central.desk import standing_told

    return standing_told(desk.director)


def _renew(desk: _Desk, args: argparse.Namespace) -> Answer:
    return {"renewed": desk.director.keep_alive(), **_standing(desk)}


def _log(desk: _Desk, args: argparse.Namespace) -> Answer:
    with desk.store.read() as unit:
        entries = decisions.check(unit)
        return {"entries": entries, "decisions": list(decisions.told(decisions.newest(unit, args.most)))}


def _laptop(desk: _Desk, named: str) -> str:
    """The key that a laptop signs with now; named by its name, its key id, or the first digits of one.

    UsageError(DIRECT_ASKED_BAD) when it is none or several.
    """
    from fieldtool.central.ledger import laptops

    found = {
        one.signs[-1] if named not in one.signs else named
        for one in laptops(desk.store)
        if named == one.name
        or (len(named) >= SHORTEST and any(id.startswith(named) for id in (one.key_id, *one.signs)))
    }
    if len(found) != 1:
        why = "is the name of several" if found else "is no laptop that this central system knows"
        raise UsageError(Text.DIRECT_ASKED_BAD, field=f"“{named[:80]}”", why=why)
    return next(iter(found))


# -- arguments and answers


def _fill_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--public", type=Path, required=True, metavar="FILE", help="where its public half goes")
    parser.add_argument("--new", action="store_true", help="in the place of one that was lost or stolen")


def _fill_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the office's working folder, signed")


def _fill_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a new folder, to be changed and signed")


def _fill_images(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mirror", type=Path, metavar="MIRROR", help="as `fieldtool publish release` wrote it")
    parser.add_argument("--root", type=Path, metavar="ROOT.json", help="the first time: whom to believe")
    parser.add_argument("--fingerprint", metavar="SHA256", help="of that root, as the vendor printed it")


def _fill_order(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("site", metavar="SITE")
    parser.add_argument("--from", dest="inventory", type=Path, required=True, metavar="FILE", help="CSV or JSON")
    several = "for lines without “wanted”: VERSION, COMPONENT=VERSION or a path; may be given several times"
    parser.add_argument("--release", action="append", default=[], metavar="RELEASE", help=several)
    parser.add_argument("--id", default="", metavar="ID", help="default: the day and the site")
    parser.add_argument("--title", default="", metavar="TEXT")
    parser.add_argument("--begin", default="", metavar="TIME", help="default: now")
    parser.add_argument("--days", type=int, default=14, metavar="N", help="default: 14")
    names = [one.value for one in Action]
    parser.add_argument("--second-person", action="append", default=[], choices=names, help="also for these")
    parser.add_argument("--replace", action="store_true", help="of this id there is another order already")
    parser.add_argument("--dry-run", action="store_true", help="check it, and sign nothing")


def _fill_withdraw(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("order", metavar="SITE/ID")


def _fill_grant(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--laptop", required=True, metavar="NAME", help="its name here, or the id of its key")
    parser.add_argument("--actor", required=True, metavar="NAME", help="who uses it")
    actions = [one.value for one in Action if one is not Action.APPROVE]
    parser.add_argument("--action", action="append", required=True, choices=actions)
    parser.add_argument("--site", action="append", required=True, metavar="ID", help=f"or “{ANY}”: every one")
    parser.add_argument("--serial", action="append", metavar="NUMBER", help="default: every one")
    parser.add_argument("--model", action="append", metavar="NAME", help="default: every one")
    parser.add_argument("--begin", default="", metavar="TIME", help="default: now")
    parser.add_argument("--until", default="", metavar="TIME")
    parser.add_argument("--days", type=int, default=30, metavar="N", help="where there is no --until; default: 30")
    parser.add_argument("--max-uses", type=int, metavar="N", help="runs that may begin under it")
    parser.add_argument("--id", default="", metavar="ID", help="default: made from its content")
    parser.add_argument("--replace", action="store_true", help="of this id there is another grant already")


def _fill_revoke(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("grant", metavar="ID")


def _fill_deny(parser: argparse.ArgumentParser) -> None:
    for name, what in (("image", "SHA256"), ("grant", "ID"), ("laptop", "NAME")):
        parser.add_argument(f"--{name}", action="append", default=[], metavar=what, help="may be given several times")


def _fill_log(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--most", type=int, default=100, metavar="N", help="newest entries that are shown")


def _fill_nothing(_: argparse.ArgumentParser) -> None:
    return


@dataclass(frozen=True, slots=True)
class _Verb:
    answer: Callable[[_Desk, argparse.Namespace], Answer]
    fill: Callable[[argparse.ArgumentParser], None]
    summary: str


_VERBS = {
    "key": _Verb(_key, _fill_key, "the key that signs here: the office gives it snapshot, timestamp and sites"),
    "import": _Verb(_import, _fill_import, "take what the office signed; the first time makes this a director"),
    "export": _Verb(_export, _fill_export, "a copy of the director's folder, for the office"),
    "images": _Verb(
        _images, _fill_images, "take a vendor's mirror; laptops get it from here, orders are checked by it"
    ),
    "order": _Verb(_order, _fill_order, "make a site's work order out of an inventory"),
    "withdraw": _Verb(_withdraw, _fill_withdraw, "let a work order hold no longer"),
    "grant": _Verb(_grant, _fill_grant, "let somebody do something; in force at his laptop's next sync"),
    "revoke": _Verb(_revoke, _fill_revoke, "take a grant away, and deny it to laptops that have it"),
    "deny": _Verb(_deny, _fill_deny, "let nobody use an image, a grant or a laptop any more"),
    "allow": _Verb(_deny, _fill_deny, "take something off the list of what was denied here"),
    "show": _Verb(_show, _fill_nothing, "parts, orders, grants and denials, as laptops read them"),
    "renew": _Verb(_renew, _fill_nothing, "renew what is due; `central serve` does it by itself"),
    "log": _Verb(_log, _fill_log, "who decided what and when, after nobody changed it was checked"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """All verbs. Imports nothing heavy."""
    verbs = parser.add_subparsers(dest="direct_verb", required=True, metavar="VERB")
    for name, verb in _VERBS.items():
        made = verbs.add_parser(name, help=verb.summary, description=verb.summary)
        verb.fill(made)
        made.add_argument("--data", type=Path, required=True, metavar="DIR", help="central's own data folder")
        made.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """FieldtoolError when it cannot be done; the caller prints it."""
    store = open_store(args.data)
    try:
        answer = _VERBS[args.direct_verb].answer(_Desk(store), args)
    except ModuleNotFoundError as error:
        raise UsageError(Text.CENTRAL_EXTRA, detail=str(error)) from error
    finally:
        store.close()
    if getattr(args, "json", False):
        sys.stdout.write(json.dumps(answer, indent=1) + "\n")
    else:
        from fieldtool.publish.command import lines

        sys.stdout.writelines(line + "\n" for line in lines(answer))
    return ExitCode.DONE.value
