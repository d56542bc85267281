"""What central works out is what chargers really run: the real engine, and chargers that break at any point."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fieldtool.audit.record import Event, Record
from fieldtool.central.facts import Batch, Heard, LogState, Proof, Run, State, units
from fieldtool.central.ledger import Push
from fieldtool.central.people import People, Role
from fieldtool.core.clock import SystemClock
from fieldtool.update import journal as journal_module
from fieldtool.update.journal import Journal
from fieldtool.update.run import Head
from tests.audit.support import Laptop
from tests.central.stories import START
from tests.central.support import Central
from tests.central.test_pages import Browser
from tests.fakes import HEAD, KINDS, Bench
from tests.update.test_legs import BOTH, STONES, finish, strike, two_parts

TOLD = replace(HEAD, legs=(replace(HEAD.legs[0], model="CityPost 22", hardware="R4"),))
SCENES: dict[str, tuple[Callable[[], Bench], Head]] = {
    **{kind: (lambda kind=kind: Bench(kind), TOLD) for kind in KINDS},  # type: ignore[misc]  # bound now
    "stones": (lambda: Bench("ab-trial"), STONES),
    "components": (two_parts, BOTH),
}


def _records(bench: Bench, head: Head) -> list[Record]:
    """The audit records of the rows that the engine wrote, as the journal makes them."""
    made: list[Record] = []
    for row in bench.rows.rows:
        if (name := journal_module._event(row)) is not None:
            told, seen = journal_module._told(row, head), journal_module._seen(row, head)
            event = Event(name, head.serial, row.component, told, seen, run=row.run)
            at = START + timedelta(seconds=len(made))
            made.append(Record("aa" * 16, len(made) + 1, "", at, "proven", "x", event))
    return made


def _run(bench: Bench, head: Head) -> Run:
    batch = Batch(LogState(), {})
    for record in _records(bench, head):
        batch.take(Heard(record, START + timedelta(days=1)))
    [run] = batch.runs.values()
    return run


@pytest.mark.parametrize("fault", ["power", "laptop", "both", "line"])
@pytest.mark.parametrize("sick", [False, True], ids=["well", "sick"])
@pytest.mark.parametrize("scene", SCENES)
def test_a_version_that_central_names_is_the_one_that_the_charger_runs(scene: str, sick: bool, fault: str) -> None:
    make, head = SCENES[scene]
    for point in range(1, 90, 4):
        bench = make()
        bench.device.sick = sick
        bench.strike_at(point, strike(bench, fault))
        ending = finish(bench, head)
        if ending is None:
            continue  # not even the first row was written
        run = _run(bench, head)
        assert run.state.value == ending.outcome.value and run.ended == bench.rows.over
        for name, unit in units([run]).items():
            device = bench.device if name == "main" else bench.driver.parts[name]
            if run.ended and unit.version:
                assert device.runs is not None and unit.version == device.runs[0], (point, run)
            assert unit.proof is Proof.SEEN or run.state is not State.DONE


def test_a_run_is_on_the_pages_as_soon_as_it_was_pushed(here: Laptop, there: Central, tmp_path: Path) -> None:
    bench = Bench()
    bench.device.sick = True
    journal = Journal(here.store, here.log)
    bench.rows = journal  # type: ignore[assignment]  # the engine needs only three of its methods
    here.log.record(Event("site-imported", seen={"site": "depot", "chargers": 1}))
    ending = bench.run(TOLD)
    there.know(here.log, tmp_path / "laptop.pem")
    log, key = here.log.log_id(), here.log.key_id()
    assert log and key
    there.ledger.ingest(Push(log, key, here.log.envelopes(0, 1000)))
    browser = Browser(there.url)
    browser.log_in(People(there.store, SystemClock()).add("Demo dispatcher", Role.VIEWER)[1])
    [cell] = browser.get("/v1/fleet").json()["fleet"]
    kind = [cell[name] for name in ("vendor", "model", "hardware", "component", "site", "version", "chargers")]
    assert kind == ["Lab", "CityPost 22", "R4", "main", "depot", "1.0", 1]
    [run] = browser.get("/v1/runs").json()["runs"]
    assert (run["outcome"], run["name"], run["from_to"]) == ("rolled_back", "Bay 01", "1.0 → 2.0")
    assert ending.trouble is not None and run["reason"] == ending.trouble.what
    text = browser.get("/charger?serial=S1").text
    assert "RFID_SILENT" in text and "a laptop" in text
