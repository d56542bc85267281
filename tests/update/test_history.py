"""What finished runs say is what their journals say, once per leg, and it is never lost."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.driver import Can
from fieldtool.core.errors import ExitCode, Safety, Trouble
from fieldtool.core.model import Observed, Release
from fieldtool.core.texts import Text
from fieldtool.store import tables
from fieldtool.store.database import LAPTOP, Store
from fieldtool.update.history import History, Summary, note, summary
from fieldtool.update.journal import Journal
from fieldtool.update.journal_format import detail_of, head_to_json
from fieldtool.update.run import TERMINAL, Head, Leg, Mark, Outcome, Phase, Record
from tests import fakes
from tests.audit.support import laptop

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
RELEASE = Release(
    "lab/main-2.0.raucb", 300, "22" * 32, "Lab", ("CityPost 22",), ("R3", "R4"), "main", "2.0", "raucb", "b" * 64
)
MODEM = replace(RELEASE, target="lab/modem-7.bin", length=50, component="modem", version="7.0", hardware=("m1",))
MAIN_LEG = Leg("main", RELEASE, "1.0", model="CityPost 22", hardware="R4")
MODEM_LEG = Leg("modem", MODEM, "6.9")
HEAD = Head("run-1", "00S1", "Bay 01", (MAIN_LEG,), "ada")
BEFORE = Observed("S1", "1.1", "aa")
BAD = Trouble(Text.VALIDATE_HEALTH, (("found", "RFID_SILENT"),), Safety.OLD_IS_KEPT, ExitCode.ABANDONED)
LOST = Trouble(Text.LINK_LOST, (("address", "192.0.2.7:22"), ("detail", "broken pipe")))
WAY = (Phase.PREFLIGHT, Phase.BACKUP, Phase.TRANSFER, Phase.VERIFY, Phase.INSTALL, Phase.RESTART, Phase.VALIDATE)


class Told:
    """Writes the journal of a run: `enter`, `leave`, `end`; each row `seconds` after the one before."""

    def __init__(self, head: Head = HEAD) -> None:
        self.head, self.at, self.leg = head, AT, 0
        self.records: list[Record] = []

    def row(self, phase: Phase, mark: Mark, seconds: float, trouble: Trouble | None = None) -> "Told":
        self.at += timedelta(seconds=seconds)
        first = not any(record.leg == self.leg for record in self.records) and phase not in TERMINAL
        component = self.head.legs[self.leg].component
        before = BEFORE if first else None
        self.records.append(
            Record(self.head.run, self.at, component, phase, mark, trouble, before=before, leg=self.leg)
        )
        return self

    def enter(self, phase: Phase, after: float = 0.0) -> "Told":
        return self.row(phase, Mark.ENTERED, after)

    def did(self, phase: Phase, seconds: float = 1.0, mark: Mark = Mark.OK, trouble: Trouble | None = None) -> "Told":
        return self.enter(phase).row(phase, mark, seconds, trouble)

    def walked(self, *phases: Phase) -> "Told":
        for phase in phases:
            self.did(phase)
        return self

    def confirmed(self) -> "Told":
        return self.walked(*WAY, Phase.CONFIRM)

    def on(self, leg: int) -> "Told":
        self.leg = leg
        return self

    def end(self, phase: Phase, trouble: Trouble | None = None) -> tuple[Summary, ...]:
        self.row(phase, Mark.ENTERED, 0.0, trouble)
        return summary(self.head, self.records)


# ---- one leg --------------------------------------------------------------------------------------------------------


def test_a_run_that_worked_says_what_it_did_and_how_long_each_phase_took() -> None:
    told = Told().walked(*WAY[:-1]).did(Phase.VALIDATE, 20.0).did(Phase.CONFIRM, 1.5)
    (found,) = told.end(Phase.DONE)
    assert (found.run, found.leg, found.serial, found.component) == ("run-1", 0, "S1", "main")
    assert (found.vendor, found.model, found.hardware) == ("Lab", "CityPost 22", "R4")
    assert (found.came_from, found.version) == ("1.1", "2.0"), "from is what the charger said, not what was planned"
    assert (found.outcome, found.reason, found.retries, found.sent) == (Outcome.DONE, "", 0, 300)
    assert found.seconds == {**dict.fromkeys(WAY, 1.0), "validate": 20.0, "confirm": 1.5}
    assert found.took == 27.5
    assert found.ended == told.at


def test_a_run_without_an_end_says_nothing_yet() -> None:
    told = Told().walked(*WAY)
    assert summary(told.head, told.records) == ()
    assert summary(HEAD, ()) == ()


def test_a_model_that_was_not_noted_is_the_only_one_of_the_release_or_none() -> None:
    for models, hardware, expected in ((("A",), ("r",), ("A", "r")), (("A", "B"), ("r", "s"), ("", ""))):
        leg = Leg("main", replace(RELEASE, models=models, hardware=hardware), "1.0")
        (found,) = Told(replace(HEAD, legs=(leg,))).walked(Phase.PREFLIGHT).end(Phase.ABANDONED)
        assert (found.model, found.hardware) == expected


def test_a_run_that_was_refused_before_it_began_says_why() -> None:
    trouble = Trouble(Text.IN_BOOTLOADER)
    (found,) = Told().end(Phase.REFUSED, trouble)
    assert (found.outcome, found.reason, found.came_from) == (Outcome.REFUSED, "IN_BOOTLOADER", "1.0")
    assert (found.seconds, found.took, found.sent) == ({}, 0.0, 0)


def test_a_run_that_was_rolled_back_says_why() -> None:
    told = Told().walked(*WAY[:-1]).did(Phase.VALIDATE, 20.0, Mark.FAILED, BAD).did(Phase.ROLL_BACK, 60.0)
    (found,) = told.end(Phase.ROLLED_BACK, BAD)
    assert (found.outcome, found.reason) == (Outcome.ROLLED_BACK, "VALIDATE_HEALTH")
    assert found.seconds["roll_back"] == 60.0


def test_what_is_done_once_more_is_a_retry_and_its_time_counts() -> None:
    told = Told().walked(Phase.PREFLIGHT, Phase.BACKUP).did(Phase.TRANSFER, 40.0, Mark.LOST, LOST)
    told.at += timedelta(seconds=600)  # the charger is silent
    told.did(Phase.TRANSFER, 20.0).walked(*WAY[3:], Phase.CONFIRM)
    (found,) = told.end(Phase.DONE)
    assert found.retries == 1
    assert found.seconds["transfer"] == 60.0
    assert found.took == 60.0 + 7.0, "nobody worked while the charger was silent"


def test_a_second_health_check_after_the_settings_were_written_is_no_retry() -> None:
    told = Told().walked(*WAY, Phase.CONFIGURE, Phase.VALIDATE, Phase.CONFIRM)
    assert told.end(Phase.DONE)[0].retries == 0
    told = Told().walked(*WAY, Phase.VALIDATE, Phase.CONFIRM)
    assert told.end(Phase.DONE)[0].retries == 1


def test_the_time_a_person_took_belongs_to_the_phase() -> None:
    told = Told().walked(*WAY[:5]).enter(Phase.RESTART).row(Phase.RESTART, Mark.ASKED, 2.0)
    told.row(Phase.RESTART, Mark.ANSWERED, 30.0).row(Phase.RESTART, Mark.OK, 10.0).walked(Phase.VALIDATE, Phase.CONFIRM)
    assert told.end(Phase.DONE)[0].seconds["restart"] == 42.0


@pytest.mark.parametrize("gap", [72_000.0, -5.0])
def test_nobody_knows_how_long_a_phase_took_in_which_the_laptop_went_down_or_its_clock_back(gap: float) -> None:
    told = Told().walked(*WAY[:4]).enter(Phase.INSTALL)
    if gap > 0:
        told.enter(Phase.RESTART, gap).row(Phase.RESTART, Mark.OK, 1.0)
    else:
        told.row(Phase.INSTALL, Mark.OK, gap).did(Phase.RESTART)
    (found,) = told.walked(Phase.VALIDATE, Phase.CONFIRM).end(Phase.DONE)
    assert found.took is None
    assert "install" not in found.seconds
    assert found.seconds["restart"] == 1.0


@pytest.mark.parametrize(("away", "took"), [(40.0, 53.0), (72_000.0, None)])
def test_the_silence_of_a_charger_that_installs_by_itself_is_its_restart(away: float, took: float | None) -> None:
    told = Told().walked(*WAY[:4]).did(Phase.INSTALL, 5.0, Mark.LOST, LOST)
    told.records[0] = replace(told.records[0], can=Can.SELF_INSTALL)
    told.at += timedelta(seconds=away)
    (found,) = told.walked(Phase.RESTART, Phase.VALIDATE).did(Phase.CONFIRM, 2.0).end(Phase.DONE)
    assert found.took == took
    assert found.seconds["install"] == (45.0 if took else 5.0)


def test_time_in_which_a_run_lay_open_is_nobody_s() -> None:
    told = Told().walked(*WAY[:4]).did(Phase.INSTALL, 5.0, Mark.WAITING, LOST)
    told.at += timedelta(days=1)
    (found,) = told.did(Phase.INSTALL, 7.0).walked(Phase.RESTART, Phase.VALIDATE, Phase.CONFIRM).end(Phase.DONE)
    assert found.seconds["install"] == 12.0


# ---- several legs ---------------------------------------------------------------------------------------------------

TWO = replace(HEAD, legs=(MAIN_LEG, MODEM_LEG))


def test_every_leg_of_a_run_that_worked_worked() -> None:
    main, modem = Told(TWO).confirmed().on(1).confirmed().end(Phase.DONE)
    assert (main.outcome, main.version, main.component) == (Outcome.DONE, "2.0", "main")
    assert (modem.outcome, modem.version, modem.component) == (Outcome.DONE, "7.0", "modem")
    assert (modem.model, modem.hardware, modem.sent) == ("CityPost 22", "m1", 50)
    assert modem.took == 8.0


def test_the_leg_that_failed_gets_the_blame_and_the_others_were_taken_back() -> None:
    told = Told(TWO).confirmed().on(1).walked(*WAY[:-1]).did(Phase.VALIDATE, 9.0, Mark.FAILED, BAD)
    main, modem = told.walked(Phase.ROLL_BACK).on(0).walked(Phase.ROLL_BACK).end(Phase.ROLLED_BACK, BAD)
    assert (main.outcome, main.reason, main.taken_back) == (Outcome.ROLLED_BACK, "HISTORY_TAKEN_BACK", True)
    assert (modem.outcome, modem.reason, modem.taken_back) == (Outcome.ROLLED_BACK, "VALIDATE_HEALTH", False)


def test_a_leg_that_changed_nothing_was_abandoned_though_the_run_took_others_back() -> None:
    corrupt = Trouble(Text.TRANSFER_CORRUPT)
    told = Told(TWO).confirmed().on(1).walked(*WAY[:3]).did(Phase.VERIFY, 1.0, Mark.FAILED, corrupt)
    _, modem = told.on(0).walked(Phase.ROLL_BACK).end(Phase.ROLLED_BACK, corrupt)
    assert (modem.outcome, modem.reason) == (Outcome.ABANDONED, "TRANSFER_CORRUPT")
    told = Told(TWO).confirmed().on(1).did(Phase.PREFLIGHT, 1.0, Mark.FAILED, corrupt)
    _, modem = told.on(0).walked(Phase.ROLL_BACK).end(Phase.ROLLED_BACK, corrupt)
    assert modem.outcome is Outcome.REFUSED


def test_a_first_leg_that_cannot_be_taken_back_is_the_one_that_is_stuck() -> None:
    stuck = Trouble(Text.ROLL_BACK_IMPOSSIBLE, (("detail", "no"),))
    told = Told(TWO).confirmed().on(1).walked(*WAY[:-1]).did(Phase.VALIDATE, 9.0, Mark.FAILED, BAD)
    told.walked(Phase.ROLL_BACK).on(0).did(Phase.ROLL_BACK, 1.0, Mark.FAILED, stuck)
    main, modem = told.end(Phase.STUCK, stuck)
    assert (main.outcome, main.reason) == (Outcome.STUCK, "ROLL_BACK_IMPOSSIBLE")
    assert (modem.outcome, modem.reason) == (Outcome.ROLLED_BACK, "VALIDATE_HEALTH")


def test_a_leg_that_stays_because_a_later_one_is_stuck_did_work() -> None:
    stuck = Trouble(Text.ROLL_BACK_IMPOSSIBLE, (("detail", "no"),))
    told = Told(TWO).confirmed().on(1).walked(*WAY[:-1]).did(Phase.VALIDATE, 9.0, Mark.FAILED, BAD)
    main, modem = told.did(Phase.ROLL_BACK, 1.0, Mark.FAILED, stuck).end(Phase.STUCK, stuck)
    assert (main.outcome, main.reason) == (Outcome.DONE, "")
    assert modem.outcome is Outcome.STUCK


PHASES = st.sampled_from([phase for phase in Phase if phase not in TERMINAL])


@given(
    st.lists(st.tuples(st.integers(0, 1), PHASES, st.sampled_from(Mark), st.floats(-10, 1_000)), max_size=30),
    st.sampled_from(sorted(TERMINAL)),
    st.integers(0, 1),
)
def test_whatever_a_journal_holds_its_last_row_can_be_written(
    rows: list[tuple[int, Phase, Mark, float]], end: Phase, last: int
) -> None:
    """A summary that fails would keep a run from ever ending."""
    told = Told(TWO)
    for leg, phase, mark, seconds in rows:
        told.on(leg).row(phase, mark, seconds)
    for found in told.on(last).end(end):
        assert found.retries >= 0
        assert all(seconds >= 0 for seconds in found.seconds.values())


# ---- kept -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    here = laptop(tmp_path)
    yield here.store
    here.store.close()


def keep(store: Store, told: Told, phase: Phase, trouble: Trouble | None = None) -> None:
    """As the journal does it: rows, then the note in the transaction of the last one."""
    told.end(phase, trouble)
    with store.write() as tx:
        plan = json.dumps(head_to_json(told.head))
        tx.execute(sa.insert(tables.run).values(
            id=told.head.run, serial="S1", opened="x", actor="ada", plan=plan,
            outcome=phase.value, ended=told.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        ))  # fmt: skip
        for one in told.records:
            tx.execute(sa.insert(tables.journal).values(
                run=one.run, at=one.at.isoformat(), component=one.component, phase=one.phase.value,
                mark=one.mark.value, detail=json.dumps(detail_of(one)),
            ))  # fmt: skip
        note(tx, told.head)


def run(number: int, *legs: Leg, serial: str = "S1") -> Told:
    told = Told(Head(f"run-{number}", serial, "Bay", legs or (MAIN_LEG,), "ada"))
    told.at = AT + timedelta(hours=number)
    return told


def test_what_was_noted_is_read_back_with_the_words_of_the_journal(store: Store) -> None:
    told = run(1, serial="00S1").walked(*WAY[:-1]).did(Phase.VALIDATE, 20.0, Mark.FAILED, BAD)
    told.did(Phase.ROLL_BACK, 60.0)
    keep(store, told, Phase.ROLLED_BACK, BAD)
    (found,) = History(store).newest(10)
    assert (found.summary,) == summary(told.head, told.records)
    assert found.trouble == BAD
    assert (found.serial, found.name) == ("00S1", "Bay"), "as the label says"
    with store.write() as tx:
        note(tx, told.head)
    assert len(History(store).newest(10)) == 1


def test_the_end_of_a_run_and_its_history_are_one_transaction(tmp_path: Path) -> None:
    here = laptop(tmp_path)
    journal, told = Journal(here.store, here.log), run(1).confirmed()
    told.end(Phase.DONE)
    journal.begin(told.head, told.records[0])
    for record in told.records[1:-1]:
        journal.append(told.head, record)
    with here.store.write() as tx:
        tx.execute(sa.text("CREATE TRIGGER no BEFORE INSERT ON history BEGIN SELECT RAISE(ABORT, 'no'); END"))
    with pytest.raises(sa.exc.IntegrityError):
        journal.append(told.head, told.records[-1])
    assert journal.open_runs() == (told.head,)
    with here.store.write() as tx:
        tx.execute(sa.text("DROP TRIGGER no"))
    journal.append(told.head, told.records[-1])
    assert journal.open_runs() == ()
    assert [one.summary.outcome for one in History(here.store).newest(10)] == [Outcome.DONE]
    here.store.close()


def test_durations_are_those_of_successful_runs_of_that_very_version_newest_first(store: Store) -> None:
    for number in range(60):
        keep(store, run(number).walked(*WAY).did(Phase.CONFIRM, float(number)), Phase.DONE)
    keep(store, run(60).walked(*WAY), Phase.ROLLED_BACK, BAD)
    keep(store, run(61).enter(Phase.PREFLIGHT).walked(*WAY, Phase.CONFIRM), Phase.DONE)  # the laptop went down
    keep(store, run(62, replace(MAIN_LEG, release=replace(RELEASE, version="3.0"))).confirmed(), Phase.DONE)
    history = History(store)
    assert history.durations("Lab", "CityPost 22", "main", "2.0") == tuple(7.0 + n for n in range(59, 9, -1))
    assert history.durations("Lab", "CityPost 22", "main", "3.0") == (8.0,)
    assert history.durations("Lab", "CityPost 11", "main", "2.0") == ()
    assert {key[3]: len(seconds) for key, seconds in history.all_durations().items()} == {"2.0": 50, "3.0": 1}


def test_statistics_count_successes_failures_by_reason_and_retries_per_model_and_version(store: Store) -> None:
    for number in range(10):
        keep(store, run(number).walked(*WAY).did(Phase.CONFIRM, float(number + 1)), Phase.DONE)
    for number in (20, 21):
        keep(store, run(number).walked(*WAY).walked(Phase.INSTALL, Phase.ROLL_BACK), Phase.ROLLED_BACK, BAD)
    keep(store, run(22).walked(*WAY[:3]), Phase.ABANDONED, Trouble(Text.CANCELLED))
    (found,) = History(store).statistics()
    assert (found.vendor, found.model, found.component, found.version) == ("Lab", "CityPost 22", "main", "2.0")
    assert (found.runs, found.successes, found.taken_back, found.retries) == (13, 10, 0, 2)
    assert found.reasons == (("VALIDATE_HEALTH", 2), ("CANCELLED", 1))
    assert (found.median, found.p90) == (12.5, 16.0)


def test_a_version_that_was_taken_back_with_another_did_not_fail(store: Store) -> None:
    told = run(1, MAIN_LEG, MODEM_LEG).confirmed().on(1).walked(*WAY[:-1]).did(Phase.VALIDATE, 9.0, Mark.FAILED, BAD)
    keep(store, told.walked(Phase.ROLL_BACK).on(0).walked(Phase.ROLL_BACK), Phase.ROLLED_BACK, BAD)
    main, modem = History(store).statistics()
    assert (main.component, main.runs, main.successes, main.taken_back, main.reasons) == ("main", 1, 0, 1, ())
    assert (main.median, main.p90) == (None, None)
    assert (modem.component, modem.taken_back, modem.reasons) == ("modem", 0, (("VALIDATE_HEALTH", 1),))
    newest = History(store).newest(10)
    assert [(each.summary.component, each.trouble.text) for each in newest if each.trouble] == [
        ("modem", Text.VALIDATE_HEALTH), ("main", Text.HISTORY_TAKEN_BACK),
    ]  # fmt: skip


def test_one_model_or_one_charger_is_told_alone(store: Store) -> None:
    keep(store, run(1).confirmed(), Phase.DONE)
    keep(store, run(2, replace(MAIN_LEG, model="CityPost 11"), serial="S2").confirmed(), Phase.DONE)
    history = History(store)
    assert [each.model for each in history.statistics()] == ["CityPost 11", "CityPost 22"]
    assert [each.summary.run for each in history.newest(10)] == ["run-2", "run-1"]
    assert [each.summary.run for each in history.newest(1)] == ["run-2"]
    assert [each.model for each in history.statistics(model="CityPost 22")] == ["CityPost 22"]
    assert [each.summary.run for each in history.newest(10, serial="00s2")] == ["run-2"]
    assert history.statistics(model="CityPost 11", serial="S1") == ()


def test_only_what_ended_before_is_named_for_forgetting(store: Store) -> None:
    keep(store, run(1).confirmed(), Phase.DONE)
    keep(store, run(5).confirmed(), Phase.DONE)
    with store.write() as tx:
        tx.execute(sa.insert(tables.run).values(id="open", serial="S1", opened="x", actor="ada", plan="{}"))
    history = History(store)
    assert history.ended_before(AT + timedelta(hours=3)) == {"run-1"}
    assert history.ended_before(AT + timedelta(days=3)) == {"run-1", "run-5"}


# ---- runs that ended before there was a history ---------------------------------------------------------------------


def test_runs_of_an_older_database_are_told_as_if_they_had_been_noted(tmp_path: Path) -> None:
    """tests/golden/database-0002.sql holds journals of the first release: done, rolled back, open, refused, broken off.

    The migration has a copy of the rules of its own; it must say what the rules of today say.
    """
    dump = Path(__file__).parents[1] / "golden" / "database-0002.sql"
    connection = sqlite3.connect(tmp_path / LAPTOP.file)
    connection.executescript(dump.read_text())
    connection.close()
    here = laptop(tmp_path)
    journal, found = Journal(here.store, here.log), {}
    for told in History(here.store).newest(10):
        head = journal.head(told.summary.run)
        assert head is not None
        assert (told.summary,) == summary(head, journal.records(head.run))
        found[told.summary.run] = told
    assert list(found) == ["run-e", "run-d", "run-b", "run-a"]
    done, back = found["run-a"].summary, found["run-b"]
    assert (done.retries, done.took, done.seconds["transfer"], done.sent) == (1, 160.5, 60.0, 300)
    assert (done.vendor, done.model, done.hardware, done.came_from) == ("Lab", "CityPost 22", "R4", "1.0")
    assert back.trouble is not None and "RFID_SILENT" in back.trouble.what
    assert (back.summary.model, back.summary.hardware) == ("", ""), "the release fits two models"
    assert (found["run-d"].summary.outcome, found["run-d"].summary.took) == (Outcome.REFUSED, 0.0)
    assert found["run-e"].summary.took is None
    here.store.close()


def test_a_journal_that_cannot_be_read_keeps_no_database_from_opening(tmp_path: Path) -> None:
    dump = (Path(__file__).parents[1] / "golden" / "database-0002.sql").read_text()
    assert '"models"' in dump
    connection = sqlite3.connect(tmp_path / LAPTOP.file)
    connection.executescript(dump.replace('"models": ["CityPost 22"]', '"models": 7'))
    connection.close()
    store = Store.open(tmp_path)
    assert [told.summary.run for told in History(store).newest(10)] == ["run-b"]
    store.close()


# ---- what the engine really writes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("sick", [False, True], ids=["good", "sick"])
@pytest.mark.parametrize("kind", fakes.KINDS)
def test_history_and_ending_of_a_walked_run_agree(kind: str, sick: bool) -> None:
    bench = fakes.Bench(kind)
    bench.device.sick = sick
    ending = bench.run()
    (found,) = summary(fakes.HEAD, bench.rows.rows)
    assert (found.outcome, found.came_from, found.version) == (ending.outcome, "1.0", "2.0")
    assert found.reason == (ending.trouble.text.name if ending.trouble is not None else "")
    assert found.took == (bench.rows.rows[-1].at - bench.rows.rows[0].at).total_seconds(), "not a second is missing"
    assert found.seconds["validate"] >= fakes.LIMITS.soak


def test_a_run_that_was_resumed_says_how_it_ended_and_not_how_long_it_took() -> None:
    for point in range(1, 60, 3):
        bench = fakes.Bench()
        bench.strike_at(point, die)
        with pytest.raises(fakes.LaptopDied):
            bench.run()
        if not bench.rows.rows:
            continue
        bench.clock.seconds += 86_400
        bench.calm()
        ending = bench.resume()
        (found,) = summary(fakes.HEAD, bench.rows.rows)
        assert found.outcome is ending.outcome
        assert found.took is None or found.took < 86_400


def test_the_component_that_failed_gets_the_blame_for_what_the_engine_took_back() -> None:
    bench = fakes.Bench(parts={"modem": "ab-trial"})
    bench.driver.parts["modem"].sick = True
    legs = (fakes.LEG, replace(fakes.LEG, component="modem", release=replace(fakes.RELEASE, component="modem")))
    head = replace(fakes.HEAD, legs=legs)
    ending = bench.run(head)
    assert ending.undone
    main, modem = summary(head, bench.rows.rows)
    assert (main.outcome, main.taken_back) == (Outcome.ROLLED_BACK, True)
    assert (modem.outcome, modem.reason) == (Outcome.ROLLED_BACK, Text.VALIDATE_HEALTH.name)


def die() -> None:
    raise fakes.LaptopDied
