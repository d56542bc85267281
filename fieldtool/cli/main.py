"""`fieldtool VERB ...`: parses, opens the data folder, runs one command, turns errors into words and exit codes.

Only the parser of the verb that was asked for is built, and only its modules are imported (performance goal B12).
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from fieldtool import __version__

if TYPE_CHECKING:
    from fieldtool.cli.output import Output

# verb: (module with `add_arguments(parser)` and `run(args, ...)`, help)
VERBS: dict[str, tuple[str, str]] = {
    "window": ("fieldtool.cli.window", "open the window (also without any verb)"),
    "discover": ("fieldtool.cli.chargers", "show what is found on the network, as it appears"),
    "chargers": ("fieldtool.cli.chargers", "list the chargers of the site and what each may run"),
    "ports": ("fieldtool.cli.ports", "list the serial ports of this laptop, and what is wrong with each"),
    "site": ("fieldtool.cli.setup", "import or show the site file"),
    "secret": ("fieldtool.cli.setup", "store a charger's password or key in the keystore"),
    "trust": ("fieldtool.cli.setup", "roots of trust, and host keys of chargers"),
    "key": ("fieldtool.cli.key", "the key that this laptop signs with: show it, roll it over, put it on a token"),
    "plan": ("fieldtool.cli.updates", "show what an update would do, and why not"),
    "update": ("fieldtool.cli.updates", "update chargers, with automatic rollback"),
    "recover": ("fieldtool.cli.recover", "bring back a charger that no longer boots, over its serial line"),
    "approve": ("fieldtool.cli.approvals", "agree, as the second person, to what another laptop asks"),
    "resume": ("fieldtool.cli.updates", "go on with runs that were left open"),
    "history": ("fieldtool.cli.history", "how earlier updates went: how often they worked, why not, how long"),
    "cache": ("fieldtool.cli.cache", "firmware on this laptop: list, verify, why, pin, gc, add"),
    "bundle": ("fieldtool.cli.bundle", "firmware and work orders on a USB stick: export, import, inspect"),
    "audit": ("fieldtool.cli.audit", "the signed record of everything done"),
    "report": ("fieldtool.cli.report", "evidence of what was done, signed and as PDF: make, verify, list"),
    "enrol": ("fieldtool.cli.enrol", "ask the central system to let this laptop in"),
    "sync": ("fieldtool.cli.services", "catalogue down, audit records up"),
    "settings": ("fieldtool.cli.services", "show and change settings"),
    "doctor": ("fieldtool.cli.services", "test this laptop and say how to mend it"),
    "central": ("fieldtool.central.command", "the reference central system"),
    "publish": ("fieldtool.publish.command", "sign and publish firmware (vendors), orders and grants (operators)"),
    "lab": ("fieldtool.cli.lab", "virtual chargers for demo, training and tests"),
    "demo": ("fieldtool.demo.command", "the whole story on a virtual site"),
}
_WITHOUT_APP = frozenset({"central", "publish", "lab", "demo"})  # they have folders of their own


def main(arguments: Sequence[str]) -> int:
    """Run one command. Returns the exit code documented in resources/docs/guide/command-line.md."""
    words = list(arguments)
    verb = next((word for word in words if word in VERBS), None)
    own = verb in _WITHOUT_APP
    if own:  # their own --data means something else; --json may stand anywhere all the same
        common, rest = argparse.Namespace(data=None), [word for word in words if word != "--json"]
    else:
        common, rest = _common().parse_known_args(words)
    asked = {"-h", "--help"} if verb else {"-h", "--help", "--version"}  # `update --version V` is something else
    if not asked.isdisjoint(rest):  # before anything heavy is imported
        return _parse(verb, rest)[0] or 0
    return _guarded(words, verb, common.data, rest)


def _parse(verb: str | None, rest: list[str]) -> tuple[int | None, argparse.Namespace, ModuleType | None]:
    """The parsed arguments; an exit code instead of None where argparse has said all there is to say."""
    parser, module = _parser(verb)
    try:
        return None, parser.parse_args(rest), module
    except SystemExit as end:
        return 2 if end.code else 0, argparse.Namespace(), None


def _guarded(words: list[str], verb: str | None, data: Path | None, rest: list[str]) -> int:
    """Every error as a sentence and an exit code; a traceback goes to the log only."""
    from fieldtool.cli.output import Output
    from fieldtool.core.errors import ExitCode, FieldtoolError, Trouble
    from fieldtool.core.texts import Text

    output = Output("--json" in words)
    try:
        return _run(verb, data, rest, output)
    except FieldtoolError as error:
        output.error(error)
        return error.exit_code.value
    except KeyboardInterrupt:
        output.clear()
        return ExitCode.INTERRUPTED.value
    except BrokenPipeError:  # the reader of our output has gone: nothing left to say
        sys.stderr.close()
        return ExitCode.DONE.value
    except Exception as error:  # noqa: BLE001  # the last line of defence: a sentence, and the details in the log
        import logging

        logging.getLogger(__name__).exception("a bug of fieldtool")
        output.error(Trouble(Text.BUG, (("detail", f"{type(error).__name__}: {error}"),)))
        return ExitCode.BUG.value


def _run(verb: str | None, data: Path | None, rest: list[str], output: "Output") -> int:
    code, args, module = _parse(verb, rest)
    if code is not None:
        return code
    if verb in _WITHOUT_APP and module is not None:
        args.json = output.as_json
        return int(module.run(args))
    if module is None:
        args.verb, module = "window", importlib.import_module(VERBS["window"][0])
    folder = _folder(data)
    _log_to(folder)
    return int(module.run(args, folder, output))


def _common() -> argparse.ArgumentParser:
    """Options that may stand anywhere."""
    common = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    common.add_argument("--data", type=Path, metavar="DIR", help="data folder, instead of this user's")
    common.add_argument("--json", action="store_true", help="print JSON instead of words")
    return common


def _parser(verb: str | None) -> tuple[argparse.ArgumentParser, ModuleType | None]:
    parser = argparse.ArgumentParser(
        prog="fieldtool",
        description="Finds the EV chargers of a site, updates them, and proves that they work. Offline.",
        parents=[] if verb in _WITHOUT_APP else [_common()],
    )
    parser.add_argument("--version", action="version", version=f"fieldtool {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    module: ModuleType | None = None
    for name, (where, summary) in VERBS.items():
        mine = verbs.add_parser(name, help=summary, description=summary)
        if name == verb:
            module = importlib.import_module(where)
            module.add_arguments(mine)
    return parser, module


def _folder(given: Path | None) -> Path:
    from fieldtool.settings import default_folder

    return given if given is not None else default_folder()


def _log_to(folder: Path) -> None:
    from fieldtool.settings import set_up_logging

    set_up_logging(folder)
