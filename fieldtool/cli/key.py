"""`key`: the key that this laptop signs with."""

import argparse
import os
import stat
from pathlib import Path

from fieldtool.app.app import App
from fieldtool.app.keys import KeyState, Rolled
from fieldtool.cli.output import Output, words_of
from fieldtool.core.errors import ExitCode, UsageError
from fieldtool.core.texts import Text

LONGEST_PIN = 256  # bytes of a PIN file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("show", help="which key signs, where it is, and its id for grants")
    rolled = actions.add_parser("roll", help="make a new key in the keystore; the log goes on with it")
    rolled.add_argument("--leave-token", action="store_true", help="also when the key is on a token now")
    used = actions.add_parser("use", help="go on with a key on a token (PKCS#11)")
    used.add_argument("uri", metavar="URI", help="pkcs11:token=NAME;object=KEY?module-path=/path/of/module.so")
    used.add_argument("--make", action="store_true", help="make the key on the token first")
    for verb in (rolled, used):
        verb.add_argument("--pin-file", type=Path, metavar="FILE", help="read the token's PIN there instead of asking")


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    app = App(folder)
    try:
        if getattr(args, "pin_file", None) is not None:
            pin = read_pin(args.pin_file)
            app.keys.ask_pin = lambda _token: pin
        return _DO[args.action](app, args, output).value
    finally:
        app.close()


def read_pin(file: Path) -> str:
    """The first line of a file that only its owner may read. UsageError: TOKEN_PIN_FILE, FILE_UNREADABLE."""
    try:
        with file.open(encoding="utf-8") as content:
            # Windows has no such bits: there the folder's own access list counts.
            others = os.fstat(content.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO)
            pin = content.read(LONGEST_PIN).partition("\n")[0].rstrip("\r")
    except OSError as error:
        detail = error.strerror or str(error)
        raise UsageError(Text.FILE_UNREADABLE, file=str(file), detail=detail) from error
    except UnicodeDecodeError:
        raise UsageError(Text.FILE_UNREADABLE, file=str(file), detail="it is no text") from None  # may quote the PIN
    if os.name == "posix" and others:
        raise UsageError(Text.TOKEN_PIN_FILE, file=str(file))
    return pin


def _show(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    state = app.key_state()
    output.document(state, lambda: state_words(state))
    return ExitCode.DONE if state.problem is None else state.problem.exit_code


def state_words(state: KeyState) -> str:
    if not state.key_id:
        return "This laptop has signed nothing yet. Its key is made with the first audit record."
    lines = [f"Key       {state.key_id}", f"Place     {state.place or 'not there'}"]
    if state.first != state.key_id:
        lines.append(f"Log began with {state.first}; the central system follows from there.")
    if state.throw_away:
        lines.append("THROW-AWAY: a key of a training folder.")
    if state.problem is not None:
        lines.append(words_of(state.problem))
    return "\n".join(lines)


def _roll(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    return _told(app.key_roll(leave_token=args.leave_token), output)


def _use(app: App, args: argparse.Namespace, output: Output) -> ExitCode:
    return _told(app.key_use(args.uri, make=args.make), output)


def _told(rolled: Rolled, output: Output) -> ExitCode:
    output.document(rolled, lambda: rolled_words(rolled))
    return ExitCode.DONE


def rolled_words(rolled: Rolled) -> str:
    return (
        f"New key   {rolled.new}\nOld key   {rolled.old}, ended with audit record {rolled.record}\n"
        "Grants for the old key do not count any more: send the new key's id to your operator, then sync.\n"
        "The central system learns of the new key with the next sync; nothing has to be typed there."
    )


_DO = {"show": _show, "roll": _roll, "use": _use}
