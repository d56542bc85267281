"""`fieldtool central person ...` and `fieldtool central laptop approve|refuse|revoke`: who may come in."""

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from fieldtool.central.certificates import open_authority
from fieldtool.central.database import Database
from fieldtool.central.enrolment import Enrolments, Waiting, waiting_in
from fieldtool.central.identity import open_identity, open_store
from fieldtool.central.people import People, Role
from fieldtool.central.standing import Admitted
from fieldtool.central.turned_away import Refused, TurnedAway
from fieldtool.core.clock import Clock, SystemClock, iso
from fieldtool.core.errors import ExitCode, FieldtoolError

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]

LAPTOP_VERBS = frozenset({"approve", "refuse", "revoke"})


def add_arguments(verbs: "Verbs", laptop: "Verbs") -> None:
    """`verbs`: those of `fieldtool central`; `laptop`: those of `fieldtool central laptop`."""
    person = verbs.add_parser("person", help="people who may look, direct, approve or administrate, by a token")
    people = person.add_subparsers(dest="person_verb", required=True)
    add = people.add_parser("add", help="a new person; prints the token, which is never shown again")
    add.add_argument("name")
    add.add_argument("--role", choices=[role.value for role in Role], default=Role.VIEWER.value)
    known = people.add_parser("list", help="who there is, and who was refused at the door")
    remove = people.add_parser("remove", help="token and sessions end at once")
    remove.add_argument("name")
    approve = laptop.add_parser("approve", help="let the laptop in that shows this code")
    refuse = laptop.add_parser("refuse", help="say no to a laptop that waits")
    for verb in (approve, refuse):
        verb.add_argument("code", help="as the technician reads it out, or the request's id")
    revoke = laptop.add_parser("revoke", help="shut a laptop out for good, from this moment on")
    revoke.add_argument("laptop", help="its name, or the beginning of its key's id")
    revoke.add_argument("--why", required=True, help="told to the laptop, and kept")
    for verb in (add, known, remove, approve, refuse, revoke):
        verb.add_argument("--data", type=Path, required=True, metavar="DIR", help="central's own data folder")
        verb.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """FieldtoolError when it cannot be done; the caller prints it."""
    store = open_store(args.data)
    try:
        if args.central_verb == "person":
            _PERSON[args.person_verb](args, store)
        else:
            _laptop(args, store)
    finally:
        store.close()
    return ExitCode.DONE.value


def waiting(store: Database) -> list[Waiting]:
    return waiting_in(store, iso(SystemClock().now()))


def words_of(stands: Admitted) -> str:
    if stands.revoked is not None:
        apart = f", {stands.apart} records kept apart" if stands.apart else ""
        return f"SHUT OUT on {stands.revoked.at[:10]} by {stands.revoked.by}: {stands.revoked.why}{apart}"
    if stands.until is None:
        return "no certificate"
    ended = "ended" if stands.until <= iso(SystemClock().now()) else "until"
    return f"certificate {ended} {stands.until[:10]}"


def words_of_waiting(one: Waiting) -> str:
    before = "was let in before" if one.known else "new"
    return f"WAITS {one.code}  {one.name}  key {one.key_id[:16]}, {before}, from {one.peer}, since {one.asked[:16]}"


def _laptop(args: argparse.Namespace, store: Database) -> None:
    clock = SystemClock()
    enrolments = Enrolments(store, open_authority(store, open_identity(store), clock), clock)
    by = f"{getpass.getuser()} (command line)"
    if args.laptop_verb == "revoke":
        found = enrolments.revoke(args.laptop, by, args.why)
        denied, words = _deny(store, clock, by, found)
        told = {"laptop": found, "why": args.why, "denied": denied, "note": words}
        _tell(args, told, f"{found[:16]} is shut out.{' ' if words else ''}{words}")
        return
    decided = (enrolments.approve if args.laptop_verb == "approve" else enrolments.refuse)(args.code, by)
    done = "is let in for 30 days" if args.laptop_verb == "approve" else "is not let in"
    _tell(args, asdict(decided), f"{decided.name} (key {decided.key_id[:16]}) {done}.")


def _deny(store: Database, clock: Clock, by: str, laptop: str) -> tuple[bool, str]:
    """A laptop that is shut out may not act under its old orders either: whoever directs says so to all."""
    from fieldtool.central.decisions import By
    from fieldtool.central.granting import deny_laptop

    try:
        denied = deny_laptop(store, clock, By(by, Role.ADMIN.value), laptop)
    except FieldtoolError as error:  # it is shut out all the same
        return False, f"It is not on the denylist: {error.what} {error.remedy}"
    return denied, "It is on the denylist, too." if denied else ""


def _person_add(args: argparse.Namespace, store: Database) -> None:
    made, token = People(store, SystemClock()).add(args.name, Role(args.role))
    _tell(args, {**asdict(made), "token": token}, f"{made.name}, {made.role}. Token, shown only now:\n{token}")


def _person_list(args: argparse.Namespace, store: Database) -> None:
    clock = SystemClock()
    found, refused = People(store, clock).all(), TurnedAway(store, clock).all()
    lines = [f"{one.name}  {one.role}  added {one.added[:10]}, {_seen(one.last_seen)}" for one in found]
    lines += [_words_of_refused(one) for one in refused]
    told = {"people": [asdict(one) for one in found], "refused": [asdict(one) for one in refused]}
    _tell(args, told, "\n".join(lines) or "Nobody yet: fieldtool central person add NAME --role ROLE.")


def _person_remove(args: argparse.Namespace, store: Database) -> None:
    People(store, SystemClock()).remove(args.name)
    _tell(args, {"removed": args.name}, f"{args.name} is removed.")


_PERSON: dict[str, Callable[[argparse.Namespace, Database], None]] = {
    "add": _person_add,
    "list": _person_list,
    "remove": _person_remove,
}


def _words_of_refused(one: Refused) -> str:
    return f"REFUSED on {one.day}: {one.count} requests from {one.peer or 'other addresses'}, at last {one.why}"


def _seen(last: str | None) -> str:
    return f"last seen {last[:16].replace('T', ' ')}" if last else "never seen"


def _tell(args: argparse.Namespace, told: object, words: str) -> None:
    sys.stdout.write((json.dumps(told) if getattr(args, "json", False) else words) + "\n")
    sys.stdout.flush()
