"""`site`, `secret` and `trust`: the first five minutes with a charger of one's own."""

import argparse
import getpass
import sys
from pathlib import Path

from fieldtool.app.app import App
from fieldtool.app.views import TrustRoot
from fieldtool.cli.output import Output, table
from fieldtool.core.errors import ExitCode, UsageError
from fieldtool.core.model import SiteRules, Window
from fieldtool.core.texts import Text
from fieldtool.discovery.siterules import DAYS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verb = parser.prog.split()[-1]
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    {"site": _site, "secret": _secret, "trust": _trust}[verb](actions)


def _site(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    imported = actions.add_parser("import", help="take over a site file")
    imported.add_argument("file", type=Path)
    used = actions.add_parser("use", help="work on the site of a work order")
    used.add_argument("order", help="its id, or SITE/ID")
    actions.add_parser("show", help="show the current site")


def _secret(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    stored = actions.add_parser("set", help="store a password (asked for), or a private key")
    stored.add_argument("charger", help="serial number")
    stored.add_argument("--key-file", type=Path, metavar="FILE", help="an OpenSSH private key without passphrase")
    stored.add_argument("--stdin", action="store_true", help="read the secret from standard input")
    removed = actions.add_parser("remove", help="forget it")
    removed.add_argument("charger", help="serial number")


def _trust(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    added = actions.add_parser("add", help="accept a root of trust")
    added.add_argument("root", type=Path, metavar="ROOT.json")
    added.add_argument("--fingerprint", required=True, help="SHA-256 of the file, as your vendor printed it")
    added.add_argument(
        "--director", action="store_true", help="of the director: from then on nothing is installed without its orders"
    )
    pinned = actions.add_parser("pin", help="expect this host key of a charger")
    pinned.add_argument("charger", help="serial number")
    pinned.add_argument("--fingerprint", required=True, help="SHA256:..., as printed on the label")
    actions.add_parser("list", help="show roots of trust and pinned chargers")


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    app = App(folder)
    try:
        _DO[args.verb, args.action](app, args, output)
    finally:
        app.close()
    return ExitCode.DONE.value


def _site_import(app: App, args: argparse.Namespace, output: Output) -> None:
    site = app.site_import(args.file)
    output.document(site, lambda: f"{site.name}: {len(site.chargers)} chargers.")


def _site_use(app: App, args: argparse.Namespace, output: Output) -> None:
    site = app.site_use(args.order)
    output.document(site, lambda: f"{site.name}: {len(site.chargers)} chargers.")


def _site_show(app: App, args: argparse.Namespace, output: Output) -> None:
    site = app.site()
    if site is None:
        output.document(None, lambda: "No site. Import one: fieldtool site import FILE.")
        return
    rows = [
        (charger.name, charger.serial, charger.profile, ", ".join(map(str, charger.links)), _pin(charger.pins))
        for charger in site.chargers
    ]
    head = ("NAME", "SERIAL", "PROFILE", "ADDRESSES", "HOST KEY")
    output.document(site, lambda: "\n".join((site.name, *rules_words(site.rules), table(head, rows))))


def rules_words(rules: SiteRules) -> tuple[str, ...]:
    """What the site demands of updates, a line for each demand."""
    told = {
        "Market": rules.market,
        "Central system speaks": rules.backend,
        "Maintenance": ", ".join(map(_hours, rules.windows)),
        "Time zone": rules.time_zone,
        "Baseline": ", ".join(f"{component} {version}" for component, version in rules.baseline),
        "May be overridden": ", ".join(sorted(rules.overridable)),
        "Must be checked": ", ".join(sorted(rules.validation.required)),
        "May be waived": ", ".join(sorted(rules.validation.waivable)),
    }
    return tuple(f"{name}: {words}" for name, words in told.items() if words)


def _hours(window: Window) -> str:
    days = " ".join(DAYS[day] for day in sorted(window.days))
    begins, ends = (f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (window.begins, window.ends))
    return f"{days} {begins}-{ends}"


def _pin(pins: tuple[object, ...]) -> str:
    return "pinned" if pins else "unknown"


def _secret_set(app: App, args: argparse.Namespace, output: Output) -> None:
    if args.key_file is not None:
        try:
            secret = args.key_file.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(Text.FILE_UNREADABLE, file=str(args.key_file), detail=str(error)) from error
    elif args.stdin or not sys.stdin.isatty():
        secret = sys.stdin.read().rstrip("\n")
    else:
        secret = getpass.getpass(f"Password of charger {args.charger}: ")
    if not secret:
        raise UsageError(Text.SECRET_EMPTY)
    app.secret_set(args.charger, secret)
    output.document({"charger": args.charger, "stored": True}, lambda: "Stored in the keystore.")


def _secret_remove(app: App, args: argparse.Namespace, output: Output) -> None:
    app.secret_remove(args.charger)
    output.document({"charger": args.charger, "stored": False}, lambda: "Forgotten.")


def _trust_add(app: App, args: argparse.Namespace, output: Output) -> None:
    root = app.trust_add(args.root, args.fingerprint, args.director)
    words = (
        f"Accepted {_kind(root)} {root.fingerprint[:16]}…, version {root.version}, valid until {root.expires:%Y-%m-%d}."
    )
    output.document(root, lambda: words)


def _trust_pin(app: App, args: argparse.Namespace, output: Output) -> None:
    app.trust_pin(args.charger, args.fingerprint)
    result = {"charger": args.charger, "fingerprint": args.fingerprint}
    output.document(result, lambda: f"From now on charger {args.charger} must show this key.")


def _trust_list(app: App, args: argparse.Namespace, output: Output) -> None:
    roots, pins = app.trust_roots(), app.pinned()
    lines = [
        f"{_kind(root)} {root.fingerprint}  version {root.version}  until {root.expires:%Y-%m-%d}" for root in roots
    ]
    lines += [f"charger {serial}  {fingerprint}" for serial, fingerprint in sorted(pins.items())]
    output.document({"roots": roots, "pins": pins}, lambda: "\n".join(lines) or "Nothing is trusted yet.")


def _kind(root: TrustRoot) -> str:
    return "director" if root.director else "root"


_DO = {
    ("site", "import"): _site_import,
    ("site", "show"): _site_show,
    ("site", "use"): _site_use,
    ("secret", "set"): _secret_set,
    ("secret", "remove"): _secret_remove,
    ("trust", "add"): _trust_add,
    ("trust", "pin"): _trust_pin,
    ("trust", "list"): _trust_list,
}
