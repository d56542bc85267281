"""Does the charger agree with what the run says became of it, and do journal, audit log and history agree with both?"""

from collections.abc import Callable

import sqlalchemy as sa

from fieldtool.audit.record import NO_FACTS
from fieldtool.core.errors import ExitCode, Safety
from fieldtool.lab.state import IN_PLACE, State
from fieldtool.store import tables
from fieldtool.update.run import TERMINAL, TOUCHES, Ending, Mark, Outcome, Record
from tests.faults.sweep_scene import MODEM_NEW, MODEM_OLD, NEW, OLD, RUN, TWO_PARTS, Scene

GOOD = {Outcome.DONE, Outcome.ROLLED_BACK, Outcome.ABANDONED, Outcome.REFUSED}
_AUDITED = {Mark.FAILED, Mark.CANCELLED, Mark.WAITING}
_GENTLE = {"laptop", "line", "line for long", "moved", "disk full"}
_WORKS = {"good", "forgetful"}
_LOCK = "installing.lock"  # stays: another laptop's lock would be lost with it


def finish(scene: Scene, begin: Callable[[], Ending | None]) -> Ending | None:
    """Play it to an end. Whenever it waits: it has to, it says so, and it goes on when the reason is gone."""
    ending = begin()
    for _ in range(9):
        if ending is None or ending.outcome is not Outcome.WAITING:
            return ending
        _help(scene, ending)
        ending = scene.resume()
    raise AssertionError(f"it waits again and again: {ending}")


def _help(scene: Scene, ending: Ending) -> None:
    """Take away what a run waits for. AssertionError when nothing is in its way."""
    if scene.full:
        assert ending.exit_code is ExitCode.STORAGE, ending
        scene.make_room()
    elif scene.away:
        assert ending.trouble is not None, "it says why it waits"
        scene.plug_in()
    else:
        assert scene.dark, f"it waits for a charger that answers: {ending}"
        assert ending.trouble is not None and ending.trouble.safety is not Safety.UNTOUCHED, ending
        assert scene.kind in IN_PLACE or scene.firmware == "dead", "only such chargers may go dark"
        scene.reflash()


def check(scene: Scene, ending: Ending | None) -> None:
    """AssertionError names what does not fit."""
    scene.charger.wait_up()
    _check_outcome(scene, ending)
    done = ending is not None and ending.outcome is Outcome.DONE
    _check_charger(scene, done)
    _check_disk(scene)
    _check_records(scene, ending)
    if scene.elsewhere is not None:
        assert scene.elsewhere.neighbour_untouched, "another charger answered, and was touched"


def _check_outcome(scene: Scene, ending: Ending | None) -> None:
    at = scene.struck_at[0] if scene.struck_at else ""
    if ending is None or ending.outcome is Outcome.REFUSED:
        assert at.startswith("begin:"), f"nothing was begun, although it was struck at {at or 'no time'}: {ending}"
        return
    assert ending.outcome in GOOD, ending
    if scene.struck == ["no room for settings"]:  # it ends before anything is sent
        assert (ending.outcome, ending.exit_code) == (Outcome.ABANDONED, ExitCode.STORAGE), ending
    if scene.firmware not in _WORKS:
        assert ending.outcome is not Outcome.DONE, "this firmware does not work"
    if set(scene.struck) <= _GENTLE and not scene.reflashed:  # liveness: the charger stayed up and whole
        wanted = Outcome.DONE if scene.firmware in _WORKS else Outcome.ROLLED_BACK
        assert ending.outcome is wanted, ending


def _check_charger(scene: Scene, done: bool) -> None:
    state = scene.state
    release = scene.head.legs[0].release if done else scene.head.legs[0].way_back
    assert release is not None and state.runs is not None, "its rescue system runs"
    assert (state.runs.version, state.runs.sha256) == (NEW if done else OLD, release.payload_hash), state.runs
    assert state.staged is None, f"another firmware starts next: {state.staged}"
    assert state.writing == "", "it is half written"
    assert _confirmed(state), "what runs is still on trial"
    assert not state.software.out_of_service, "it was left out of service"
    assert state.cut_sessions == 0
    assert scene.charger.device.software.settings() == scene.settings, "its settings have changed"
    if scene.kind == TWO_PARTS:
        modem = state.modem
        assert modem is not None and modem.image == modem.runs is not None
        assert modem.runs.version == (MODEM_NEW if done else MODEM_OLD)


def _confirmed(state: State) -> bool:
    return state.nameplate.in_place or state.booted.confirmed and state.booted.good


def _check_disk(scene: Scene) -> None:
    for folder in {scene.profile.upload_dir, *(part.upload_dir for part in scene.profile.components.values())}:
        disk = scene.charger.device.disk
        left = [name for name in disk.names(folder) if name != _LOCK] if disk.is_folder(folder) else []
        assert not left or scene.told_of_files, f"left behind without a word: {left}"


def _check_records(scene: Scene, ending: Ending | None) -> None:
    desk = scene.desk
    assert desk.journal.open_runs() == ()
    chain = desk.log.verify()
    assert chain.ok, chain.problem
    rows = desk.journal.records(RUN)
    events = [record.event for record in desk.log.page(after=0, limit=1000) if record.event.run == RUN]
    told = [(str((event.seen or NO_FACTS)["phase"]), str(event.seen["mark"])) for event in events]
    assert told == [(row.phase.value, row.mark.value) for row in rows if _is_audited(row)], "journal and audit differ"
    with desk.store.read() as unit:
        kept = unit.execute(sa.select(tables.history.c.outcome).where(tables.history.c.run == RUN)).scalars().all()
    if ending is not None and ending.outcome is not Outcome.REFUSED:
        assert kept and (set(kept) == {"done"}) is (ending.outcome is Outcome.DONE), (kept, ending)


def _is_audited(row: Record) -> bool:
    if row.mark is Mark.ENTERED:
        return row.phase in TOUCHES or row.phase in TERMINAL or row.before is not None
    return row.mark in _AUDITED or bool(row.findings)
