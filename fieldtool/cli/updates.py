"""`plan`, `update` and `resume`: the main job, with progress on the terminal."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from fieldtool.app.app import App
from fieldtool.app.approval_files import approval_of, write_request
from fieldtool.app.rights import only_unapproved
from fieldtool.app.views import OpenRun, PlanLine, Presence, SitePlan, Verdict
from fieldtool.app.words import PHASES
from fieldtool.cli.approvals import ask_pin
from fieldtool.cli.audit import tell_alarm
from fieldtool.cli.chargers import begin, choose, settle
from fieldtool.cli.follow import watch
from fieldtool.cli.output import Output, table
from fieldtool.core.errors import ExitCode, UsageError
from fieldtool.core.model import same_serial
from fieldtool.core.texts import Text
from fieldtool.update.approval import Approval
from fieldtool.update.plan import Aim
from fieldtool.update.preflight import Level
from fieldtool.update.run import worst_exit

ABSENT = (Presence.EXPECTED, Presence.GONE)  # `--all` means all that are there
UNCHECKED = "_NOT_CHECKED"  # how texts end that say so


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verb = parser.prog.split()[-1]
    parser.add_argument("chargers", nargs="*", metavar="CHARGER", help="serial number or name")
    parser.add_argument("--address", action="append", default=[], metavar="HOST[:PORT]", help="look there too")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to look for them (default: 10)")
    if verb != "resume":
        _add_aim(parser)
        _add_second_person(parser, verb)


def _add_aim(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="every charger that is found")
    aim = parser.add_mutually_exclusive_group()
    aim.add_argument("--version", dest="release", metavar="VERSION", help="this version, not the newest")
    aim.add_argument("--baseline", action="store_true", help="what the site file names as its baseline, up or down")
    parser.add_argument("--component", metavar="COMPONENT", help="only this one: main, modem, ...")
    parser.add_argument(
        "--override", action="append", default=[], type=problem_and_why, metavar="PROBLEM=WHY",
        help="pass a problem that the site lets you pass; the reason is recorded",
    )  # fmt: skip
    parser.add_argument(
        "--waive", action="append", default=[], type=rule_and_why, metavar="RULE=WHY",
        help="let a rule of the health check fail, where release and site allow it; the reason is recorded",
    )  # fmt: skip


def _add_second_person(parser: argparse.ArgumentParser, verb: str) -> None:
    parser.add_argument(
        "--approval", action="append", default=[], type=Path, metavar="FILE",
        help="what a second person signed on another laptop: fieldtool approve",
    )  # fmt: skip
    if verb == "plan":
        parser.add_argument("--request", type=Path, metavar="FILE", help="write what a second person is to agree to")
    else:
        parser.add_argument(
            "--approve-pin", metavar="NAME", help="a second person is here and types a PIN, which is asked for"
        )


def problem_and_why(given: str) -> tuple[str, str]:
    """`outside-window=reason` -> ("OUTSIDE_WINDOW", "reason")."""
    name, why = _name_and_why(given, "OUTSIDE_WINDOW")
    return name.upper().replace("-", "_"), why


def rule_and_why(given: str) -> tuple[str, str]:
    name, why = _name_and_why(given, "backend")
    return name.lower().replace("-", "_"), why


def _name_and_why(given: str, example: str) -> tuple[str, str]:
    name, _, why = given.partition("=")
    if not name.strip() or not why.strip():
        raise argparse.ArgumentTypeError(f"“{given}” names no reason: write {example}=WHY")
    return name.strip(), why.strip()


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    app = App(folder)
    try:
        begin(app, args.address)
        if args.verb == "resume":
            return _resume(app, args, output)
        plan = _plan(app, args, [approval_of(file) for file in args.approval])
        if args.verb == "plan":
            output.document(plan_value(plan), lambda: plan_words(plan))
            if args.request is not None:
                write_request(app.approval_request(plan), args.request)
            return _plan_exit(plan).value
        return _update(app, _approved_by_pin(app, args, plan), output)
    finally:
        tell_alarm(app, output)
        app.close()


def _approved_by_pin(app: App, args: argparse.Namespace, plan: SitePlan) -> SitePlan:
    """The plan once more, with the PIN of whoever is here. Where nothing needs it, it is not asked for."""
    if args.approve_pin is None or not any(map(only_unapproved, plan.lines)):
        return plan
    request = app.approval_request(plan)
    pin = ask_pin(args.approve_pin)
    return _plan(app, args, [*plan.approvals, app.approve(request, args.approve_pin, pin)])


def _plan(app: App, args: argparse.Namespace, approvals: Sequence[Approval] = ()) -> SitePlan:
    if args.all == bool(args.chargers):
        raise UsageError(Text.WHICH_CHARGERS)
    if args.all:
        rows = tuple(row for row in settle(app, args.seconds).rows if row.presence not in ABSENT)
    else:
        rows = choose(app, args.chargers, args.seconds)
    keys = [row.key for row in rows]
    aim = Aim(args.release, args.baseline, args.component)
    plan = app.plan(keys, aim, dict(args.override), dict(args.waive), approvals)
    return replace(plan, lines=tuple(line for line in plan.lines if line.key in keys))


# -- the plan in words and for programs -------------------------------------------------------------------------------


def plan_value(plan: SitePlan) -> dict[str, object]:
    """The plan as a document: every line with all that was found, and every run with its stages in order."""
    runs = [
        {
            "serial": run.serial,
            "name": run.name,
            "stages": [
                {"component": leg.component, "from": leg.came_from, "to": leg.release.version} for leg in run.legs
            ],
        }
        for run in plan.runs
    ]
    told = {"made": plan.made, "lines": plan.lines, "overrides": plan.overrides, "waivers": plan.waivers}
    rights = {"stands_alone": plan.stands_alone, "approvals": plan.approvals}
    return {**told, "rules": plan.rules, "runs": runs, **rights}


def plan_words(plan: SitePlan) -> str:
    if not plan.lines:
        return "No charger found."
    head = ("CHARGER", "SERIAL", "COMPONENT", "FROM", "TO", "STAGE", "VERDICT", "WAY BACK", "TIME")
    stages = _stages(plan)
    lines = table(head, [_plan_cells(line, stages) for line in plan.lines])
    alone = [f"{Text.STANDS_ALONE.what()} {Text.STANDS_ALONE.remedy()}"] if plan.stands_alone else []
    return "\n".join((lines, *(note for line in plan.lines for note in _notes(line)), *alone))


def _stages(plan: SitePlan) -> dict[tuple[str, str], str]:
    """(key, component) -> its places in the run of its charger: "1-2 of 3"."""
    told = {}
    for run in plan.runs:
        for component in {leg.component for leg in run.legs}:
            places = [at for at, leg in enumerate(run.legs, start=1) if leg.component == component]
            span = f"{places[0]}-{places[-1]}" if len(places) > 1 else f"{places[0]}"
            told[run.key, component] = f"{span} of {len(run.legs)}"
    return told


def _plan_cells(line: PlanLine, stages: dict[tuple[str, str], str]) -> tuple[str, ...]:
    target = line.release.version if line.release is not None else "-"
    if line.starts and len(line.legs) > 1:
        target = " → ".join(leg.release.version for leg in line.legs)
    time = f"{line.duration[0]}-{line.duration[1]} s" if line.duration is not None and line.starts else "-"
    return (
        line.name, line.serial, line.component, line.found or "-", target, stages.get((line.key, line.component), "-"),
        line.verdict.reason.what, line.rollback.reason.what, time,
    )  # fmt: skip


def _notes(line: PlanLine) -> Iterator[str]:
    """What was found besides the verdict; what could not be checked in one line."""
    who = f"{line.name} {line.component}"
    once = Text.STANDS_ALONE  # said of the whole plan
    rest = [one for one in line.problems if one != line.verdict and one.reason.text is not once]
    for one in rest:
        if not _unchecked(one):
            yield f"  {who}: {one.level.value}: {one.reason.what} {one.reason.remedy}"
    if names := [_short(one) for one in rest if _unchecked(one)]:
        yield f"  {who}: not checked: {', '.join(names)}"


def _unchecked(found: Verdict) -> bool:
    return found.reason.text.name.endswith(UNCHECKED)


def _short(found: Verdict) -> str:
    return found.reason.text.name.removesuffix(UNCHECKED).replace("_", " ").lower()


def _plan_exit(plan: SitePlan) -> ExitCode:
    return worst_exit([_blocked(line) for line in plan.lines if not line.starts])


def _blocked(line: PlanLine) -> ExitCode:
    if line.verdict.level is Level.INFO:
        return ExitCode.DONE
    code = line.verdict.reason.exit_code
    return code if code in (ExitCode.TRUST, ExitCode.LINK_LOST, ExitCode.STORAGE) else ExitCode.REFUSED


# -- updating ---------------------------------------------------------------------------------------------------------


def _update(app: App, plan: SitePlan, output: Output) -> int:
    codes = []
    for line in plan.lines:
        if not line.starts:
            codes.append(_blocked(line))
            refused = line.verdict.level is not Level.INFO
            outcome = "refused" if refused else "up_to_date"
            value = {
                "serial": line.serial, "component": line.component, "outcome": outcome, "reason": line.verdict.reason,
            }  # fmt: skip
            words = f"{line.serial}, {line.component}: {line.verdict.reason.what} {line.verdict.reason.remedy}"
            output.item(value, words)
            if refused:
                app.record_refusal(line)
    serials = app.start(plan)
    return worst_exit(codes + watch(app, serials, output)).value


def _resume(app: App, args: argparse.Namespace, output: Output) -> int:
    """Says for each run what will happen, then goes on: nothing is asked."""
    wanted = [run for run in app.open_runs() if not args.chargers or _asked(run.serial, run.name, args.chargers)]
    for name in args.chargers:
        if not any(_asked(run.serial, run.name, [name]) for run in wanted):
            raise UsageError(Text.RUN_UNKNOWN, serial=name)
    for run in wanted:
        output.note(_open_value(run), open_words(run))
        app.resume(run.run)
    if not wanted:
        output.document({"resumed": []}, lambda: "No run is open.")
    return worst_exit(watch(app, [run.serial for run in wanted], output)).value


def open_words(run: OpenRun) -> str:
    """`CP-7: stage 2 of 3, modem 1.1, at “Install”. The installation had begun. ...`"""
    stage = f"stage {run.leg + 1} of {run.legs}, " if run.legs > 1 else ""
    part = f"{run.component} {run.version}".strip()
    return f"{run.serial}: {stage}{part}, at “{PHASES[run.last]}”. {run.next_step.what}"


def _open_value(run: OpenRun) -> dict[str, object]:
    return {
        "serial": run.serial, "run": run.run, "component": run.component, "version": run.version,
        "stage": run.leg + 1, "stages": run.legs, "phase": run.last, "resumes": run.next_step,
    }  # fmt: skip


def _asked(serial: str, name: str, names: Sequence[str]) -> bool:
    return any(same_serial(serial, one) or name == one for one in names)
