"""`fieldtool publish`: the vendor's and the operator's side on the command line. Errors are raised; cli words them."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from fieldtool.core.errors import ExitCode
from fieldtool.publish import director_verbs, folder_verbs, image_verbs, key_verbs
from fieldtool.publish.verbs import Verb

VERBS: Mapping[str, Verb] = {**folder_verbs.VERBS, **image_verbs.VERBS, **director_verbs.VERBS, **key_verbs.VERBS}
_GROUPS = {
    "grant": "who may do what to which chargers",
    "keys": "make keys, and see which part they belong to",
    "native-key": "what the native signatures of images must lead to",
    "order": "what is to be done at a site",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """All sub-commands. Imports nothing heavy."""
    verbs = parser.add_subparsers(dest="publish_verb", required=True, metavar="VERB")
    groups = {}
    for name, verb in VERBS.items():
        group, _, below = name.partition(" ")
        if below and group not in groups:
            one = verbs.add_parser(group, help=_GROUPS[group], description=_GROUPS[group])
            groups[group] = one.add_subparsers(dest="publish_group", required=True, metavar="VERB")
        among, word = (groups[group], below) if below else (verbs, group)
        made = among.add_parser(word, help=verb.summary, description=verb.summary)
        if verb.in_folder:
            made.add_argument("folder", type=Path, metavar="FOLDER", help="the publisher's working folder")
        verb.fill(made)
        made.add_argument("--json", action="store_true", default=False, help="answer with one JSON document")
        made.set_defaults(publish_name=name)


def run(args: argparse.Namespace) -> int:
    """Do what was parsed. Returns 0, or 8 when the answer names problems; raises FieldtoolError otherwise."""
    answer = VERBS[args.publish_name].answer(args)
    if args.json:
        sys.stdout.write(json.dumps(answer, indent=1) + "\n")
    else:
        for line in lines(answer):
            sys.stdout.write(line + "\n")
    return ExitCode.TRUST.value if answer.get("problems") else ExitCode.DONE.value


def lines(answer: Mapping[str, object], indent: str = "") -> Iterator[str]:
    """For people: one fact a line; a table of several things with one of them a line."""
    for name, value in answer.items():
        words = name.replace("_", " ")
        if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
            yield f"{indent}{words}:"
            yield from (f"{indent}  " + ", ".join(_fact(*one) for one in row.items()) for row in value)
        elif isinstance(value, dict):
            yield f"{indent}{words}: " + (", ".join(_fact(*one) for one in value.items()) or "none")
        else:
            yield f"{indent}{words}: {_shown(value)}"


def _fact(name: str, value: object) -> str:
    return f"{name.replace('_', ' ')} {_shown(value)}"


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)
