"""`fieldtool central`: the reference central system from the command line."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

from fieldtool.central import direct_command, moving, people_command, serving, usb
from fieldtool.central.enrolment import Waiting
from fieldtool.central.identity import open_store
from fieldtool.central.ledger import Laptop, add_laptop, laptops
from fieldtool.central.standing import Admitted, admitted
from fieldtool.core.clock import SystemClock, iso
from fieldtool.core.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="central_verb", required=True)
    serve = verbs.add_parser("serve", help="take records until SIGTERM; prints one JSON line when listening")
    _data(serve)
    serving.add_arguments(serve)
    laptop = verbs.add_parser("laptop", help="the laptops whose records are taken")
    actions = laptop.add_subparsers(dest="laptop_verb", required=True)
    add = actions.add_parser("add", help="know a laptop by the public key that `fieldtool audit key` wrote there")
    add.add_argument("key", type=Path, metavar="PUBKEY.pem")
    add.add_argument("--name", help="what to call it (default: name of the file)")
    known = actions.add_parser("list", help="who is known and until when, with how many records; and who waits")
    people_command.add_arguments(verbs, actions)
    ingested = verbs.add_parser("ingest", help="take records that came on a stick, and write the answer")
    usb.add_arguments(ingested)
    direct_command.add_arguments(verbs.add_parser("direct", help="work orders, grants and denials for laptops"))
    moved = verbs.add_parser("move", help="take what is in SQLite to PostgreSQL")
    _data(moved)
    moving.add_arguments(moved)
    for verb in (add, known, ingested):
        _data(verb)
        verb.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """FieldtoolError when it cannot be done; the caller prints it."""
    if args.central_verb == "serve":
        return serving.serve(args)
    if args.central_verb == "direct":
        return direct_command.run(args)
    if args.central_verb == "move":
        return moving.run(args)
    if args.central_verb == "ingest":
        return usb.run(args)
    if args.central_verb == "person" or args.laptop_verb in people_command.LAPTOP_VERBS:
        return people_command.run(args)
    store = open_store(args.data)
    try:
        if args.laptop_verb == "add":
            _print(args, [add_laptop(store, args.key, args.name or args.key.stem, iso(SystemClock().now()))])
        else:
            _print(args, laptops(store), people_command.waiting(store), admitted(store))
    finally:
        store.close()
    return ExitCode.DONE.value


def _data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="central's own data folder")


def _print(
    args: argparse.Namespace,
    found: list[Laptop],
    waiting: Sequence[Waiting] = (),
    passes: Mapping[str, Admitted] = MappingProxyType({}),
) -> None:
    if getattr(args, "json", False):
        told = [asdict(laptop) | {"pass": asdict(passes.get(laptop.key_id, Admitted()))} for laptop in found]
        _out(json.dumps({"laptops": told, "waiting": [asdict(one) for one in waiting]}))
        return
    for laptop in found:
        forks = f", {laptop.forks} FORKED" if laptop.forks else ""
        signs = f", signs with {laptop.signs[-1][:16]}" if laptop.key_id not in laptop.signs else ""
        stands = people_command.words_of(passes.get(laptop.key_id, Admitted()))
        _out(f"{laptop.key_id[:16]}  {laptop.name}  {laptop.records} records{forks}{signs}, {stands}")
    for one in waiting:
        _out(people_command.words_of_waiting(one))


def _out(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
