"""`recover`: bring back a charger that no longer boots, over its serial line; one instruction at a time.

Types only into the port that is named.
"""

import argparse
from collections.abc import Generator
from pathlib import Path

from fieldtool.app.app import App
from fieldtool.app.approval_files import approval_of, write_request
from fieldtool.app.recovery import RecoveryPlan
from fieldtool.cli.approvals import ask_pin
from fieldtool.cli.chargers import begin, settle
from fieldtool.cli.follow import watch
from fieldtool.cli.keyboard import Keyboard
from fieldtool.cli.output import Output
from fieldtool.core.addresses import parse_port
from fieldtool.core.clock import NEVER
from fieldtool.core.driver import EndedBy, ManualStep, Progress
from fieldtool.core.errors import ExitCode, UsageError
from fieldtool.core.model import Identity, Link
from fieldtool.core.texts import Text
from fieldtool.update.approval import Approval
from fieldtool.update.preflight import Level
from fieldtool.update.run import worst_exit

LOOK_SECONDS = 0.1
SCAN_SECONDS = 6.0  # at most, to see whether the charger answers after all
_SHOWN = frozenset({ExitCode.TRUST, ExitCode.LINK_LOST, ExitCode.STORAGE})  # of what refuses it; else 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", required=True, metavar="PORT",
        help="the charger's serial line: /dev/ttyUSB0, COM4, serial-tcp://HOST:PORT; see: fieldtool ports",
    )  # fmt: skip
    parser.add_argument("--serial", default="", help="its serial number, as read on the label")
    parser.add_argument("--profile", default="", metavar="ID", help="its model; without, as order or site file say")
    parser.add_argument(
        "--release", default="", metavar="TARGET", help="this file of the catalogue, not the one chosen by policy"
    )
    parser.add_argument(
        "--address", action="append", default=[], metavar="HOST[:PORT]", help="look for it there once it runs"
    )
    parser.add_argument("--plan", action="store_true", help="only look at it and say what would be written")
    parser.add_argument("--request", type=Path, metavar="FILE", help="write what a second person is to agree to")
    parser.add_argument(
        "--approval", action="append", default=[], type=Path, metavar="FILE",
        help="what a second person signed on another laptop: fieldtool approve",
    )  # fmt: skip
    parser.add_argument(
        "--approve-pin", metavar="NAME", help="a second person is here and types a PIN, which is asked for"
    )


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    approvals = [approval_of(file) for file in args.approval]
    link = parse_port(args.port)
    app = App(folder)
    try:
        begin(app, args.address)
        return _recover(app, args, link, approvals, output)
    finally:
        app.close()


def _recover(app: App, args: argparse.Namespace, link: Link, approvals: list[Approval], output: Output) -> int:
    keyboard = Keyboard()
    if args.serial:  # a charger that answers is not even interrupted
        settle(app, SCAN_SECONDS, lambda fleet: not fleet.scanning)
        app.recoveries.refuse_running(args.serial)
    profile = app.recoveries.profile(args.serial, args.profile)
    found = guide(app, app.recoveries.look(link, profile, args.serial, args.release), output, keyboard)

    def planned() -> RecoveryPlan:
        return app.recoveries.plan(link, profile, found, args.release, approvals)

    plan = planned()
    if args.approve_pin is not None and plan.only_unapproved:
        request = app.recoveries.request(plan)
        approvals.append(app.approve(request, args.approve_pin, ask_pin(args.approve_pin)))
        plan = planned()
    output.note(plan_value(plan), plan_words(plan))
    if args.request is not None:
        write_request(app.recoveries.request(plan), args.request)
    if args.plan or args.request is not None:
        return (ExitCode.DONE if plan.starts else refusal(plan)).value
    if not plan.starts:
        app.recoveries.record_refusal(plan)
        reason = plan.verdict.reason
        value = {"serial": plan.serial, "outcome": "refused", "reason": reason}
        output.item(value, f"{plan.serial}: {reason.what}\n  → {reason.remedy}")
        return refusal(plan).value
    return worst_exit(watch(app, [app.recover(plan)], output, keyboard)).value


def guide(
    app: App, steps: Generator[Progress | ManualStep, None, Identity], output: Output, keyboard: Keyboard
) -> Identity:
    """Walk into the bootloader with a person: each instruction is shown once, and waited for where only he can tell."""
    shown: ManualStep | None = None
    try:
        while True:
            step = next(steps)
            if isinstance(step, ManualStep) and step != shown:
                shown = step
                _instruct(step, output)
                if step.ended_by is EndedBy.TECHNICIAN:
                    _await_enter(app, output, keyboard)
    except StopIteration as end:
        identity: Identity = end.value
        return identity
    finally:
        steps.close()


def _instruct(step: ManualStep, output: Output) -> None:
    value = {"asked": step.text.name, "what": step.what, "remedy": step.remedy, "ended_by": step.ended_by}
    output.note(value, f"Your turn. {step.what}\n  → {step.remedy}")


def _await_enter(app: App, output: Output, keyboard: Keyboard) -> None:
    if output.as_json or not keyboard.there:
        raise UsageError(Text.RECOVERY_NO_TERMINAL)
    output.say("Press Enter when it is done.")
    keyboard.listen()
    while not keyboard.entered():
        app.clock.wait(NEVER, LOOK_SECONDS)


def refusal(plan: RecoveryPlan) -> ExitCode:
    code = plan.verdict.reason.exit_code
    return code if code in _SHOWN else ExitCode.REFUSED


# -- in words and for programs ----------------------------------------------------------------------------------------


def plan_value(plan: RecoveryPlan) -> dict[str, object]:
    return {
        "serial": plan.serial, "name": plan.name, "line": str(plan.wire.link), "profile": plan.wire.profile,
        "vendor": plan.identity.vendor, "model": plan.identity.model, "hardware": plan.identity.hardware,
        "release": plan.release, "problems": plan.problems, "second": sorted(plan.second),
        "stands_alone": plan.stands_alone, "starts": plan.starts,
    }  # fmt: skip


def plan_words(plan: RecoveryPlan) -> str:
    who = f"{plan.serial}: {plan.identity.vendor} {plan.identity.model}, hardware {plan.identity.hardware or 'unknown'}"
    image = (
        f"  Image: {plan.release.target}, version {plan.release.version}" if plan.release is not None else "  No image"
    )
    told = [one for one in plan.problems if one.level is not Level.INFO]
    lines = [who, image, *(f"  {one.level.value}: {one.reason.what} {one.reason.remedy}" for one in told)]
    if plan.stands_alone:
        lines.append(f"{Text.STANDS_ALONE.what()} {Text.STANDS_ALONE.remedy()}")
    return "\n".join(lines)
