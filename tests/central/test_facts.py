"""Facts follow from accepted records, in whatever pieces and order of work; told stays told, seen stays seen."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from fieldtool.audit.record import Event
from fieldtool.central.database import Database
from fieldtool.central.facts import Batch, Heard, LogState, Proof, Run, State, Unit, in_order, line, run_of, units
from fieldtool.central.fleet_tables import DERIVED, fleet_rules, fleet_run, fleet_unit
from fieldtool.central.identity import open_store
from fieldtool.central.projection import Follower, Projection, run_from, unit_from
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import StorageError
from fieldtool.core.texts import Text
from tests.central.stories import START, Story, keep

A, B, C = "aa" * 16, "bb" * 16, "cc" * 16


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    made = open_store(tmp_path / "central")
    yield made
    made.close()


def _told(*stories: Story) -> list[Run]:
    """The runs of whole logs, purely."""
    found: list[Run] = []
    for story in stories:
        batch = Batch(LogState(), {})
        for one in story.records:
            batch.take(Heard(one, one.at + timedelta(minutes=1)))
        found += batch.runs.values()
    return found


def _main(*stories: Story) -> Unit:
    return units(_told(*stories))["main"]


# ---- what a run says ------------------------------------------------------------------------------------------------


def test_a_good_run_ends_with_the_version_that_the_laptop_brought_and_saw() -> None:
    [run] = _told(Story(A).site("depot").update("r1", "000731", "2.4", "2.6"))
    assert (run.serial, run.label, run.site, run.state, run.name) == (
        "731",
        "000731",
        "depot",
        State.DONE,
        "Bay 000731",
    )
    [part] = run.parts
    assert (part.found, part.target, part.runs, part.proof) == ("2.4", "2.6", "2.6", Proof.SEEN)
    assert (part.vendor, part.model, part.hardware) == ("Lab", "City 22", "C")


@pytest.mark.parametrize(
    ("outcome", "runs", "proof"),
    [
        ("rolled_back", "2.4", Proof.SEEN),
        ("abandoned", "2.4", Proof.TOLD),
        ("refused", "2.4", Proof.TOLD),
        ("stuck", "", Proof.NONE),
        ("recovered", "2.6", Proof.SEEN),
    ],
)
def test_what_runs_now_follows_from_how_the_run_ended(outcome: str, runs: str, proof: Proof) -> None:
    unit = _main(Story(A).update("r1", "731", "2.4", "2.6", outcome, trouble="DEVICE_BUSY", words="it was busy"))
    assert (unit.version, unit.proof, unit.state) == (runs, proof, State(outcome))


def test_a_charger_that_somebody_else_changed_in_mid_run_is_not_known() -> None:
    unit = _main(Story(A).update("r1", "731", "2.4", "2.6", "abandoned", trouble="NOT_OUR_DOING", words="x"))
    assert (unit.version, unit.proof) == ("", Proof.NONE)


def test_an_open_run_says_what_was_found_and_waiting_is_no_end() -> None:
    story = Story(A).begin("r1", "731", "2.4", "2.6").phase("r1", "731", "2.6")
    assert (_main(story).version, _main(story).state) == ("2.4", State.OPEN)
    waiting = {"phase": "install", "mark": "waiting", "trouble": "CHARGER_SILENT", "words": "it is silent"}
    story.tell(Event("run-waiting", "731", "main", seen=waiting, run="r1"))
    [run] = _told(story)
    assert (run.state, run.words, run.ended) == (State.WAITING, "it is silent", False)
    story.phase("r1", "731", "2.6", "restart")
    assert _told(story)[0].state is State.OPEN
    [run] = _told(story.end("r1", "731", "2.6", "done"))
    assert (run.state, run.trouble, run.words) == (State.DONE, "", "")


def test_nothing_follows_the_end_of_a_run() -> None:
    story = Story(A).update("r1", "731", "2.4", "2.6", "rolled_back").end("r1", "731", "9.9", "done")
    assert _told(story)[0].state is State.ROLLED_BACK


def test_a_run_has_one_charger() -> None:
    story = Story(A).begin("r1", "731", "2.4", "2.6").end("r1", "999", "2.6", "done")
    assert [(run.serial, run.state) for run in _told(story)] == [("731", State.OPEN)]


def test_stepping_stones_and_several_components_each_end_where_the_run_ended() -> None:
    story = Story(A).begin("r1", "731", "2.4", "2.5")
    story.begin("r1", "731", "2.5", "2.6", event="run-leg-started")
    story.begin("r1", "731", "1.0", "1.1", event="run-leg-started", component="modem")
    done = units(_told(story.end("r1", "731", "1.1", "done", part="modem")))
    assert {name: unit.version for name, unit in done.items()} == {"main": "2.6", "modem": "1.1"}
    story.records[-1] = replace(
        story.records[-1], event=replace(story.records[-1].event, seen={"phase": "rolled_back"})
    )
    back = units(_told(story))
    assert {name: unit.version for name, unit in back.items()} == {"main": "2.4", "modem": "1.0"}


def test_taking_stages_back_does_not_change_what_the_run_aimed_at() -> None:
    story = Story(A).begin("r1", "731", "2.4", "2.5").begin("r1", "731", "2.5", "2.6", event="run-leg-started")
    story.phase("r1", "731", "2.6", "roll_back").phase("r1", "731", "2.5", "roll_back")
    [run] = _told(story.end("r1", "731", "2.5", "rolled_back"))
    assert (run.parts[0].target, run.parts[0].runs) == ("2.6", "2.4")


def test_an_update_that_was_refused_before_it_began_is_a_row_of_its_own() -> None:
    story = Story(A).update("r1", "731", "2.4", "2.6")
    story.tell(Event("update-refused", "731", "main", seen={"trouble": "X", "words": "no grant", "found": "2.6"}))
    runs = _told(story)
    assert [(run.id, run.state, run.words) for run in runs][1] == ("refused-8", State.REFUSED, "no grant")
    assert (_main(story).version, _main(story).proof, _main(story).model) == ("2.6", Proof.TOLD, "City 22")


def test_a_refusal_that_looked_at_nothing_leaves_what_was_known() -> None:
    story = Story(A).update("r1", "731", "2.4", "2.6")
    story.tell(Event("update-refused", "731", "main", seen={"trouble": "X", "words": "no grant", "found": ""}))
    assert (_main(story).version, _main(story).run) == ("2.6", "r1")


def test_a_recovery_is_told_from_an_update() -> None:
    story = Story(A).begin("r1", "731", "", "2.6").phase("r1", "731", "2.6", "connect")
    [run] = _told(story.end("r1", "731", "2.6", "recovered"))
    assert run.recovery and run.state is State.RECOVERED
    assert not _told(Story(A).update("r2", "731", "2.4", "2.6"))[0].recovery


# ---- several laptops ------------------------------------------------------------------------------------------------


def test_the_newest_account_counts_and_what_it_contradicts_stays_beside_it() -> None:
    first = Story(A).update("r1", "731", "2.4", "2.5")
    later = Story(B, now=START + timedelta(days=1)).update("r2", "731", "2.4", "2.6")
    unit = _main(later, first)
    assert (unit.version, unit.log) == ("2.6", B)
    assert unit.left is not None
    assert (unit.left.log, unit.left.runs) == (A, "2.5")
    third = Story(C, now=START + timedelta(days=2)).update("r3", "731", "2.6", "2.7")
    assert _main(first, later, third).left is not None, "a third laptop does not settle it"
    first.now = START + timedelta(days=3)
    assert _main(first.update("r4", "731", "2.6", "2.6"), later).left is None, "the laptop that left it looked again"


def test_laptops_whose_accounts_join_up_do_not_disagree() -> None:
    first = Story(A).update("r1", "731", "2.4", "2.5")
    later = Story(B, now=START + timedelta(days=1)).update("r2", "731", "2.5", "2.6")
    assert _main(first, later).left is None


def test_no_laptop_is_believed_to_be_ahead_of_central(store: Database) -> None:
    """A clock set to the year 2030 does not make its account the newest for years."""
    dreamer = Story(A, now=START + timedelta(days=1500)).update("r1", "731", "2.4", "2.5")
    keep(store, dreamer.records, received=START + timedelta(days=1))
    keep(store, Story(B, now=START + timedelta(days=2)).update("r2", "731", "2.5", "2.6").records)
    Projection(store).catch_up()
    [unit] = _units(store)
    assert (unit.version, unit.log, unit.sure) == ("2.6", B, True)
    assert not next(run for run in _runs(store) if run.log == A).sure


def test_a_log_keeps_its_own_order_whatever_its_clock_did() -> None:
    """Its clock was a year ahead, until an authenticated time set it right."""
    story = Story(A, now=START + timedelta(days=365)).update("r1", "731", "2.4", "2.5")
    story.now = START
    story.update("r2", "731", "2.5", "2.6")
    other = Story(B, now=START + timedelta(days=1)).update("r3", "731", "2.6", "2.7")
    assert [run.id for run in in_order(_told(story, other))] == ["r1", "r2", "r3"]
    assert _main(story, other).version == "2.7"


# ---- hostile ones ---------------------------------------------------------------------------------------------------

NASTY = "<script>\u202egnp\x00\x1b[31m\ud800'\"=cmd|' /C calc'!A0"


def test_texts_of_strangers_become_one_line_without_control_characters() -> None:
    assert line("a\u202eb\nc\x00d\u2028e") == "a\ufffdb\ufffdc\ufffdd\ufffde"
    assert len(line("x" * 5000)) == 120
    assert line(None) == line(7) == ""


def test_a_log_full_of_hostile_texts_is_worked_in(store: Database) -> None:
    story = Story(A, actor=NASTY, clock=NASTY).site(NASTY)
    story.update(
        NASTY, NASTY, NASTY, NASTY, NASTY, trouble=NASTY, words=NASTY * 30, name=NASTY, model=NASTY, grant=NASTY
    )
    story.tell(Event("log-alarm", seen={"trouble": NASTY, "words": NASTY}))
    keep(store, story.records)
    Projection(store).catch_up()
    assert Projection(store).behind() == 0
    assert "\x00" not in repr(_dump(store)) and "\u202e" not in str(_dump(store))


def test_facts_of_odd_kinds_are_no_texts(store: Database) -> None:
    story = Story(A)
    story.tell(
        Event("run-started", "731", "main", {"running": 7, "model": True}, {"target": None, "phase": 3}, run="r")
    )
    story.tell(Event("run-ended", "731", "main", seen={"phase": 1, "trouble": False}, run="r"))
    story.tell(Event("site-ordered", seen={"site": 5}))
    keep(store, story.records)
    Projection(store).catch_up()
    assert [(run.state, run.parts[0].found) for run in _runs(store)] == [(State.OPEN, "")]


# ---- the tables -----------------------------------------------------------------------------------------------------


def _runs(store: Database) -> list[Run]:
    with store.read() as tx:
        return [run_from(row) for row in tx.execute(select(fleet_run)).mappings()]


def _units(store: Database) -> list[Unit]:
    with store.read() as tx:
        return [unit_from(row) for row in tx.execute(select(fleet_unit)).mappings()]


def _dump(store: Database) -> dict[str, list[tuple[object, ...]]]:
    with store.read() as tx:
        return {table.name: sorted(map(tuple, tx.execute(select(table)))) for table in DERIVED}


_VERSIONS = st.sampled_from(["2.4", "2.5", "2.6"])
_DEED = st.tuples(
    st.integers(0, 2),  # which laptop
    st.sampled_from(["731", "732"]),
    _VERSIONS,
    _VERSIONS,
    st.sampled_from(["done", "rolled_back", "abandoned", "stuck", "open", "refusal", "site"]),
    st.integers(-3000, 3000),  # minutes until the next one: clocks are set back, too
)


def _tale(deeds: list[tuple[int, str, str, str, str, int]]) -> list[Story]:
    stories = [Story(A), Story(B), Story(C)]
    for number, (place, serial, found, target, what, pause) in enumerate(deeds):
        story = stories[place]
        story.now += timedelta(minutes=pause)
        if what == "site":
            story.site(f"site {found}")
        elif what == "refusal":
            seen = {"trouble": "X", "words": "no", "found": found}
            story.tell(Event("update-refused", serial, "main", seen=seen))
        elif what == "open":
            story.begin(f"r{number}", serial, found, target)
        else:
            story.update(f"r{number}", serial, found, target, what)
    return stories


@settings(max_examples=40, deadline=None)
@given(
    deeds=st.lists(_DEED, min_size=1, max_size=12),
    cuts=st.lists(st.integers(1, 9), max_size=12),
    batch=st.integers(1, 7),
)
def test_worked_in_in_any_pieces_or_again_from_zero_the_tables_are_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    deeds: list[tuple[int, str, str, str, str, int]],
    cuts: list[int],
    batch: int,
) -> None:
    stories = _tale(deeds)
    store = open_store(tmp_path_factory.mktemp("facts"))
    projection = Projection(store, batch)
    left = [list(story.records) for story in stories]
    for number, cut in enumerate([*cuts, 500, 500, 500]):  # logs come up in turns, in pieces
        piece, left[number % 3] = left[number % 3][:cut], left[number % 3][cut:]
        keep(store, piece)
        projection.step()
    for rest in left:
        keep(store, rest)
    projection.catch_up()
    found = _dump(store)
    projection.rebuild()
    assert _dump(store) == found
    assert {(unit.serial, unit.version, unit.log) for unit in _units(store)} == _expected(stories)
    store.close()


def _expected(stories: list[Story]) -> set[tuple[str, str, str]]:
    runs = _told(*stories)
    serials = {run.serial for run in runs}
    made = [units([run for run in runs if run.serial == serial]) for serial in serials]
    return {(unit.serial, unit.version, unit.log) for found in made for unit in found.values()}


def test_older_rules_are_worked_out_again_and_newer_ones_left_alone(store: Database) -> None:
    keep(store, Story(A).update("r1", "731", "2.4", "2.6").records)
    projection = Projection(store)
    projection.catch_up()
    for rules, version in ((0, "2.6"), (99, "0")):
        with store.write() as tx:
            tx.execute(update(fleet_rules).values(rules=rules))
            tx.execute(update(fleet_unit).values(version="0"))
        projection.catch_up()
        assert [unit.version for unit in _units(store)] == [version]
    keep(store, Story(B).update("r1", "731", "2.4", "2.6").records)
    projection.catch_up()
    assert projection.behind() == 7, "a worker of yesterday does not mix its rules into those of today"


def test_several_workers_at_once_work_everything_in_once(store: Database) -> None:
    for name in (A, B, C):
        story = Story(name)
        for number in range(20):
            story.update(f"r{number}", f"7{number % 5}", "2.4", "2.6")
        keep(store, story.records)
    workers = [Thread(target=Projection(store, 7).catch_up) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    Projection(store).catch_up()
    found = _dump(store)
    Projection(store).rebuild()
    assert _dump(store) == found
    assert len(found["fleet_mention"]) == 3 * 20 * 7


def test_a_follower_keeps_up_and_ends_at_once(store: Database) -> None:
    arrived = Flag()

    class Watched(Projection):
        def step(self) -> int:
            done = super().step()
            if done:
                arrived.set()
            return done

    keep(store, Story(A).update("r1", "731", "2.4", "2.6").records)
    with Follower(Watched(store), SystemClock()):
        assert arrived.wait(30)
    assert Projection(store).behind() == 0


def test_a_follower_goes_on_after_the_database_was_away(store: Database, expect_log: Callable[[str], None]) -> None:
    expect_log("not brought up to date")
    arrived = Flag()

    class Away(Projection):
        tries = 0

        def step(self) -> int:
            self.tries += 1
            if self.tries == 1:
                raise StorageError(Text.DATABASE_FULL, folder="central")
            if done := super().step():
                arrived.set()
            return done

    class Hurried(SystemClock):
        def wait(self, stop: Flag, seconds: float) -> bool:
            return stop.wait(min(seconds, 0.01))

    keep(store, Story(A).update("r1", "731", "2.4", "2.6").records)
    with Follower(Away(store), Hurried()):
        assert arrived.wait(30)
    assert Projection(store).behind() == 0


def test_records_of_one_run_name_it_alike() -> None:
    story = Story(A).update("r1", "731", "2.4", "2.6")
    assert {run_of(one) for one in story.records} == {"r1"}
    assert run_of(Story(A).tell(Event("pin-set", "731"))) == ""
