"""Finding records: what is asked for and nothing else, without reading what is not shown."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text

from fieldtool.audit.keys import PrivateKey
from fieldtool.audit.listing import MOST, Wanted, check_signature, count_events, find, read
from fieldtool.audit.record import Event, Record
from fieldtool.core.errors import AuditError
from fieldtool.core.texts import Text
from tests.audit.support import START, Laptop, laptop

EVENTS = (
    Event("run-started", "00731", run="run-1"),
    Event("run-phase", "00731", run="run-1"),
    Event("run-failed", "00731", run="run-1"),
    Event("update-refused", "00842"),
    Event("run-started", "00842_100%", run="run-2"),
    Event("pin-set"),
)


@pytest.fixture
def found(here: Laptop) -> Callable[[Wanted], list[int]]:
    """A log of seven records by two people, a second or more apart."""
    for one in EVENTS[:4]:
        here.log.record(one)
    other = laptop(here.store.folder, here.keystore, "grace")
    for one in EVENTS[4:]:
        other.log.record(one)
    other.store.close()

    def ask(wanted: Wanted) -> list[int]:
        with here.store.read() as connection:
            return list(find(connection, wanted))

    return ask


def _by(here: Laptop, fits: Callable[[Record], bool]) -> list[int]:
    return [one.seq for one in here.log.page(limit=100) if fits(one)]


def test_each_filter_finds_what_fits_and_nothing_else_newest_first(
    here: Laptop, found: Callable[[Wanted], list[int]]
) -> None:
    ada, grace = here.log.page(after=0, limit=1)[0].actor, here.log.page(limit=1)[0].actor
    moment = here.log.page(after=2, limit=1)[0].at
    assert ada != grace
    assert found(Wanted()) == [7, 6, 5, 4, 3, 2, 1]
    assert found(Wanted(charger="00731")) == [4, 3, 2]
    assert found(Wanted(run="run-2")) == [6]
    assert found(Wanted(events=("run-failed", "update-refused"))) == [5, 4]
    assert found(Wanted(actors=(grace,))) == [7, 6]
    assert found(Wanted(actors=(ada, grace))) == [7, 6, 5, 4, 3, 2, 1]
    assert found(Wanted(since=moment)) == _by(here, lambda one: one.at >= moment)
    assert found(Wanted(until=moment)) == _by(here, lambda one: one.at < moment)
    assert found(Wanted(since=START + timedelta(days=9))) == []
    assert found(Wanted(after=5)) == [7, 6]
    assert found(Wanted(charger="00731", events=("run-started",), actors=(grace,))) == []
    assert found(Wanted(charger="00731", after=2, events=("run-phase", "run-failed"))) == [4, 3]


def test_what_is_typed_is_a_part_of_charger_or_run_and_no_pattern(
    here: Laptop, found: Callable[[Wanted], list[int]]
) -> None:
    assert found(Wanted(text="0073")) == [4, 3, 2]
    assert found(Wanted(text="RUN-2")) == [6]
    assert found(Wanted(text="100%")) == [6]
    assert found(Wanted(text="%")) == [6]
    assert found(Wanted(text="_")) == [6]
    assert found(Wanted(text="nothing")) == []
    assert found(Wanted(text="nothing", text_events=("pin-set",))) == [7]
    assert found(Wanted(text="0084", text_actors=("nobody",), events=("update-refused",))) == [5]


def test_records_come_in_the_order_in_which_they_are_asked_for(
    here: Laptop, found: Callable[[Wanted], list[int]]
) -> None:
    with here.store.read() as connection:
        listed = read(connection, (3, 7, 99, 1))
        assert [one.record.seq for one in listed] == [3, 7, 1]
        assert count_events(connection) == {
            "log-opened": 1, "run-started": 2, "run-phase": 1, "run-failed": 1, "update-refused": 1, "pin-set": 1,
        }  # fmt: skip
        with pytest.raises(ValueError, match="at once"):
            read(connection, range(MOST + 1))


def test_the_signature_of_one_record_is_checked_with_the_key_whose_turn_it_was(here: Laptop) -> None:
    for _ in range(3):
        here.log.record(EVENTS[0])
        here.log.roll(PrivateKey.new())
    with here.store.read() as connection:
        for number in range(1, here.log.size() + 1):
            check_signature(connection, number)
        with pytest.raises(AuditError) as missing:
            check_signature(connection, 99)
    assert missing.value.text is Text.AUDIT_DELETED


def test_an_altered_record_is_told_and_its_neighbours_hold(here: Laptop) -> None:
    for one in EVENTS:
        here.log.record(one)
    flip = 'CAST(replace(CAST(envelope AS TEXT), \'"sig":"M\', \'"sig":"N\') AS BLOB)'
    with here.store.write() as unit:
        unit.execute(text("DROP TRIGGER audit_no_update"))
        unit.execute(text(f"UPDATE audit SET envelope = {flip} WHERE seq = 4"))
    with here.store.read() as connection:
        check_signature(connection, 3)
        check_signature(connection, 5)
        with pytest.raises(AuditError) as altered:
            check_signature(connection, 4)
    assert altered.value.text is Text.AUDIT_SIGNATURE_BAD


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(events=("run-failed",)), Wanted(actors=("aa",)), Wanted(since=START), Wanted(until=START, after=3),
        Wanted(text="731", text_events=("pin-set",), text_actors=("aa",)), Wanted(run="run-1"),
    ],
)  # fmt: skip
def test_a_long_log_is_searched_without_reading_an_envelope(here: Laptop, tmp_path: Path, wanted: Wanted) -> None:
    """The records are a hundred times as much to read as the index that holds all that is asked for."""
    here.log.record(EVENTS[0])
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        asked.append((statement, values))

    with here.store.read() as connection:
        event.listen(connection, "before_cursor_execute", note)
        find(connection, wanted)
        count_events(connection)
        event.remove(connection, "before_cursor_execute", note)
        assert len(asked) == 2
        for statement, values in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            assert "COVERING INDEX ix_audit_list" in str(plan), plan
            assert "USE TEMP B-TREE FOR ORDER BY" not in str(plan)
