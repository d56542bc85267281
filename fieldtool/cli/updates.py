"""`plan`, `update` and `resume`: the main job, with progress on the terminal."""

import argparse
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType

from fieldtool.app.app import App
from fieldtool.app.views import PlanLine, Presence, RunState, SitePlan
from fieldtool.app.words import OUTCOMES, PHASES, ending_words
from fieldtool.cli.chargers import begin, choose, settle
from fieldtool.cli.output import Output, size, table
from fieldtool.core.clock import NEVER
from fieldtool.core.errors import ExitCode, UsageError
from fieldtool.core.model import normal_serial, same_serial
from fieldtool.core.texts import Text
from fieldtool.update.preflight import Level
from fieldtool.update.run import Ending, Outcome, worst_exit

BAR = 24  # characters
ABSENT = (Presence.EXPECTED, Presence.GONE)  # `--all` means all that are there
REDRAW_SECONDS = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verb = parser.prog.split()[-1]
    parser.add_argument("chargers", nargs="*", metavar="CHARGER", help="serial number or name")
    parser.add_argument("--address", action="append", default=[], metavar="HOST[:PORT]", help="look there too")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to look for them (default: 10)")
    if verb != "resume":
        parser.add_argument("--all", action="store_true", help="every charger that is found")
        parser.add_argument("--version", dest="release", metavar="VERSION", help="this version, not the newest")


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    app = App(folder)
    try:
        begin(app, args.address)
        if args.verb == "resume":
            return _resume(app, args, output)
        plan = _plan(app, args)
        if args.verb == "plan":
            output.document(plan, lambda: plan_words(plan))
            return _plan_exit(plan).value
        return _update(app, plan, output)
    finally:
        app.close()


def _plan(app: App, args: argparse.Namespace) -> SitePlan:
    if args.all == bool(args.chargers):
        raise UsageError(Text.WHICH_CHARGERS)
    if args.all:
        rows = tuple(row for row in settle(app, args.seconds).rows if row.presence not in ABSENT)
    else:
        rows = choose(app, args.chargers, args.seconds)
    keys = [row.key for row in rows]
    plan = app.plan(keys, args.release)
    return replace(plan, lines=tuple(line for line in plan.lines if line.key in keys))


def plan_words(plan: SitePlan) -> str:
    head = ("CHARGER", "SERIAL", "FROM", "TO", "VERDICT", "WAY BACK", "TIME")
    return table(head, [_plan_cells(line) for line in plan.lines]) if plan.lines else "No charger found."


def _plan_cells(line: PlanLine) -> tuple[str, ...]:
    target = line.release.version if line.release is not None else "-"
    time = f"{line.duration[0]}-{line.duration[1]} s" if line.duration is not None and line.starts else "-"
    return (
        line.name, line.serial, line.found or "-", target, line.verdict.reason.what, line.rollback.reason.what, time,
    )  # fmt: skip


def _plan_exit(plan: SitePlan) -> ExitCode:
    return worst_exit([_blocked(line) for line in plan.lines if not line.starts])


def _blocked(line: PlanLine) -> ExitCode:
    if line.verdict.level is Level.INFO:
        return ExitCode.DONE
    code = line.verdict.reason.exit_code
    return code if code in (ExitCode.TRUST, ExitCode.LINK_LOST, ExitCode.STORAGE) else ExitCode.REFUSED


def _update(app: App, plan: SitePlan, output: Output) -> int:
    codes = []
    for line in plan.lines:
        if not line.starts:
            codes.append(_blocked(line))
            refused = line.verdict.level is not Level.INFO
            outcome = "refused" if refused else "up_to_date"
            value = {"serial": line.serial, "outcome": outcome, "reason": line.verdict.reason}
            output.item(value, f"{line.serial}: {line.verdict.reason.what} {line.verdict.reason.remedy}")
            if refused:
                app.record_refusal(line)
    serials = app.start(plan)
    return worst_exit(codes + _watch(app, serials, output)).value


def _resume(app: App, args: argparse.Namespace, output: Output) -> int:
    wanted = [run for run in app.open_runs() if not args.chargers or _asked(run.serial, run.name, args.chargers)]
    for name in args.chargers:
        if not any(_asked(run.serial, run.name, [name]) for run in wanted):
            raise UsageError(Text.RUN_UNKNOWN, serial=name)
    for run in wanted:
        output.say(f"{run.serial}: {run.next_step.what}")
        app.resume(run.run)
    if not wanted:
        output.document({"resumed": []}, lambda: "No run is open.")
    return worst_exit(_watch(app, [run.serial for run in wanted], output)).value


def _asked(serial: str, name: str, names: Sequence[str]) -> bool:
    return any(same_serial(serial, one) or name == one for one in names)


def _watch(app: App, serials: Sequence[str], output: Output) -> list[ExitCode]:
    """Show progress until every run has ended. Ctrl+C once: stop where it is safe; twice: leave the runs open."""
    before = signal.getsignal(signal.SIGINT)
    presses = 0

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        nonlocal presses
        presses += 1
        if presses > 1:
            raise KeyboardInterrupt
        for serial in serials:
            app.stop(serial)
        output.say("Stopping where it is safe. Press Ctrl+C again to leave the runs open.")

    signal.signal(signal.SIGINT, interrupted)
    try:
        return _follow(app, serials, output)
    finally:
        signal.signal(signal.SIGINT, before)


def _follow(app: App, serials: Sequence[str], output: Output) -> list[ExitCode]:
    told: dict[str, object] = {}
    endings: dict[str, Ending] = {}
    app.on_ended(lambda ending: endings.__setitem__(normal_serial(ending.serial), ending))
    wanted = [normal_serial(serial) for serial in serials]
    while not all(serial in endings or not app.runs.busy(serial) for serial in wanted):
        runs = app.board.runs()
        states = [runs[serial] for serial in wanted if serial in runs]
        output.redraw([_progress_line(state) for state in states])
        _tell_phases(states, told, output)
        app.clock.wait(NEVER, REDRAW_SECONDS)
    return [_ended(app.runs.wait(serial), output) for serial in wanted]


def _tell_phases(states: Sequence[RunState], told: dict[str, object], output: Output) -> None:
    for state in states:
        now = (state.phase, state.waiting, len(state.spans))
        if output.live or told.get(state.serial) == now:
            continue
        told[state.serial] = now
        words = f"{state.serial}: {PHASES[state.phase]}" + (f" ({state.waiting.what})" if state.waiting else "")
        output.item(
            {"serial": state.serial, "phase": state.phase, "safety": state.safety, "waiting": state.waiting}, words
        )


def _ended(ending: Ending, output: Output) -> ExitCode:
    value = {
        "serial": ending.serial, "outcome": ending.outcome, "from": ending.came_from, "to": ending.runs_now,
        "reason": ending.trouble, "run": ending.run,
    }  # fmt: skip
    words = ending_words(ending)
    if ending.trouble is not None and ending.outcome is not Outcome.DONE:
        words += f"\n  {ending.trouble.safety.text.what()}\n  → {ending.trouble.remedy}"
    output.item(value, words)
    return ending.exit_code


def _progress_line(state: RunState) -> str:
    head = f"{state.serial:<20} {PHASES[state.phase]:<22}"
    if state.outcome is not None:
        return head + OUTCOMES[state.outcome]
    if state.waiting is not None:
        return head + state.waiting.what
    if not state.total:
        return head + (state.spans[-1].note if state.spans else "")
    share = min(1.0, state.done / state.total)
    filled = round(share * BAR)
    speed = f"  {size(state.rate)}/s" if state.rate else ""
    return f"{head}[{'#' * filled}{'.' * (BAR - filled)}] {share:4.0%}{speed}"
