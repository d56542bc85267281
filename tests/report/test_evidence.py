"""Evidence tells what journal, audit log and validation say, and nothing that nobody saw."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fieldtool.app.reports import EVIDENCE_MADE, PAUSE, Form, Made, Subject
from fieldtool.audit.record import Event, peek
from fieldtool.core.errors import FieldtoolError, UsageError
from fieldtool.core.texts import Text
from fieldtool.report.document import Document, Kind, Run
from fieldtool.report.protocol import overall
from fieldtool.report.spelling import encode
from fieldtool.sync.outbox import EVIDENCE, Outbox
from fieldtool.update.evidence import Grade
from fieldtool.update.run import Mark, Outcome, Phase, Record
from tests.audit.support import START
from tests.fakes import Bench
from tests.report.support import BEGAN, FINDINGS, RICH, SERIAL, Scene, head, result, rich_rows, write_rich


def document(scene: Scene, made: Made) -> Document:
    return scene.reports.verify(made.file, []).document


def rich(scene: Scene) -> Run:
    write_rich(scene)
    (run,) = document(scene, scene.make("run-7")).runs
    return run


# ---- a run -----------------------------------------------------------------------------------------------------------


def test_a_good_run_is_told_with_its_image_phases_and_records(scene: Scene) -> None:
    scene.run()
    told = document(scene, scene.make())
    (run,) = told.runs
    assert (told.kind, run.outcome, run.outcome_words, run.reason, run.safety) == (
        Kind.RUN, Outcome.DONE, "updated", None, "",
    )  # fmt: skip
    assert (run.came_from, run.target, run.legs[0].image.sha256) == ("1.0", "2.0", "22" * 32)
    assert run.legs[0].keeps_old and run.legs[0].way_back is not None
    assert [step.phase for step in run.steps] == [
        "preflight", "backup", "transfer", "verify", "install", "restart", "validate", "confirm",
    ]  # fmt: skip
    assert all(step.result == "ok" and step.tries == 1 and step.ended is not None for step in run.steps)
    assert [peek(one.envelope.encode()).event.event for one in told.records][:2] == ["log-opened", "run-started"]
    assert run.records == tuple(one.seq for one in told.records)[1:]


def test_what_was_waived_decided_and_not_checked_is_told_with_who_and_why(scene: Scene) -> None:
    run = rich(scene)
    found = {one.rule: one for one in run.findings}
    assert {one.rule: one.grade for one in FINDINGS} == {rule: one.state for rule, one in found.items()}
    assert (found["clock"].value, found["clock"].unit, found["clock"].limit) == ("75", "s", "300")
    assert found["meter"].value is None and found["meter"].state is Grade.NOT_CHECKED
    waived = found["backend"].waived
    assert waived is not None and waived.why == "no network at the site yet" and waived.who == run.technician
    assert [(one.kind, one.about) for one in run.decisions] == [
        ("override", "OUTSIDE_WINDOW"), ("waiver", "backend"), ("approval", "0f" * 16),
    ]  # fmt: skip
    assert run.decisions[2].who != run.technician  # a second person


def test_a_lost_line_and_a_second_try_are_told_of_the_same_phase(scene: Scene) -> None:
    transfer = next(step for step in rich(scene).steps if step.phase == "transfer")
    assert (transfer.tries, transfer.result) == (2, "ok")
    assert "was lost" in transfer.words
    assert transfer.ended is not None and transfer.ended - transfer.begun == timedelta(seconds=30)


def test_what_the_charger_told_stands_apart_before_and_after(scene: Scene) -> None:
    run = rich(scene)
    assert run.before is not None and run.after is not None
    assert (run.before.running, run.before.slot, run.before.security_epoch) == ("1.0", "a", 3)
    assert dict(run.before.connectors) == {"1": "available", "2": "occupied"}
    assert dict(run.after.meter) == {"total": 12345.5}
    assert run.after.backend is False and run.after.running is None  # nobody asked again: not told
    assert run.before.clock == BEGAN + timedelta(seconds=2)


def test_a_rollback_says_why_and_that_the_charger_is_safe(scene: Scene) -> None:
    bench = Bench()
    bench.device.sick = True
    scene.run(bench=bench)
    (run,) = document(scene, scene.make()).runs
    assert (run.outcome, run.outcome_words) == (Outcome.ROLLED_BACK, "rolled back, works")
    assert run.reason is not None and "RFID_SILENT" in run.reason.what and run.reason.remedy
    assert run.safety == Text.SAFETY_RETURNED.what()
    assert overall(run.checks) is Grade.FAIL


def test_a_run_that_waits_is_told_as_open_and_not_as_failed(scene: Scene) -> None:
    scene.journal.begin(RICH, rich_rows()[0])
    scene.journal.append(RICH, Record("run-7", BEGAN, "main", Phase.INSTALL, Mark.ENTERED))
    (run,) = document(scene, scene.make("run-7")).runs
    assert (run.outcome, run.ended) == (Outcome.WAITING, None)
    assert run.safety == Text.SAFETY_OLD_IS_KEPT.what()
    assert next(check for check in run.checks if check.id == "outcome").state is Grade.NOT_CHECKED
    assert run.steps[-1].ended is None


def test_a_time_that_no_calendar_has_is_not_told(scene: Scene) -> None:
    first = rich_rows()[0]
    assert first.health is not None
    mad = replace(first, health=replace(first.health, clock=1e300, certificates={"tls": 1e300}))
    scene.journal.begin(RICH, mad)
    (run,) = document(scene, scene.make("run-7")).runs
    assert run.before is not None and run.before.clock is None and not run.before.certificates


# ---- people ----------------------------------------------------------------------------------------------------------


def test_people_are_pseudonyms_and_names_only_where_asked(scene: Scene) -> None:
    write_rich(scene)
    quiet, told = scene.make("run-7"), scene.make("run-7", Form(pdf=False, names=True))
    assert [person.name for person in document(scene, quiet).people] == [None, None]
    assert {person.name for person in document(scene, told).people} == {"demo", "second"}
    people = {person.name: person.roles for person in document(scene, told).people}
    assert people == {"demo": ("technician", "decided"), "second": ("second person",)}


def test_no_name_stands_anywhere_else(scene: Scene) -> None:
    write_rich(scene)
    told = document(scene, scene.make("run-7"))
    assert b'"second"' not in encode(told) and b'"demo"' not in encode(told)


# ---- a visit ---------------------------------------------------------------------------------------------------------


def test_a_visit_is_all_runs_at_the_site_and_names_the_chargers_without_one(scene: Scene) -> None:
    for one in (head("run-1", "S1"), head("run-2", "s2", "Bay 02"), head("run-x", "ELSEWHERE", "other site")):
        bench = Bench()
        bench.clock.seconds = (START - bench.clock.now()).total_seconds()
        scene.run(one, bench)
    seen = {"words": "Hardware A1 is not in the list.", "trouble": "WRONG_HARDWARE"}
    scene.laptop.log.record(Event("update-refused", "S3", seen=seen))
    told = document(scene, scene.make(site="zuid"))
    assert (told.kind, [run.id for run in told.runs]) == (Kind.VISIT, ["run-1", "run-2"])
    assert told.site is not None and told.site.name == "Depot Rotterdam Zuid"
    assert [(one.serial, one.name, one.reason) for one in told.untouched] == [
        ("S3", "Bay 03", "Hardware A1 is not in the list."), (SERIAL, "Bay 04", ""),
    ]  # fmt: skip


def test_a_visit_ends_where_nothing_was_done_for_twelve_hours(scene: Scene) -> None:
    early = Bench()
    scene.run(head("run-1", "S1"), early)
    late = Bench()
    late.clock.seconds = PAUSE.total_seconds() + 60
    scene.run(head("run-2", "S2"), late)
    assert [run.id for run in document(scene, scene.make(site="zuid")).runs] == ["run-2"]
    began = early.clock.now() - timedelta(days=1)
    every = result(scene.reports.make(Subject(site="zuid", since=began), Form(pdf=False)))
    assert [run.id for run in document(scene, every).runs] == ["run-1", "run-2"]
    until = result(
        scene.reports.make(Subject(site="zuid", since=began, until=early.clock.now() + timedelta(hours=1)),
                           Form(pdf=False))
    )  # fmt: skip
    assert [run.id for run in document(scene, until).runs] == ["run-1"]


@pytest.mark.parametrize(
    ("subject", "text"),
    [(Subject("no-such-run"), Text.EVIDENCE_NO_RUN), (Subject(site="nowhere"), Text.EVIDENCE_NO_VISIT)],
)
def test_what_was_not_done_has_no_evidence(scene: Scene, subject: Subject, text: Text) -> None:
    scene.run()
    with pytest.raises(UsageError) as refused:
        result(scene.reports.make(subject, Form(pdf=False)))
    assert refused.value.text is text


# ---- kept, recorded, sent --------------------------------------------------------------------------------------------


def test_evidence_is_kept_recorded_and_queued_for_central(scene: Scene, tmp_path: Path) -> None:
    scene.run()
    made = result(scene.reports.make(Subject("run-1"), Form(pdf=False), tmp_path / "stick"))
    assert made.file.parent == tmp_path / "stick"
    kept = scene.folder / "reports" / made.file.name
    assert kept.read_bytes() == made.file.read_bytes()
    (record,) = scene.laptop.log.page(limit=1)
    assert record.event.event == EVIDENCE_MADE and record.event.seen["sha256"] == made.sha256
    queued = [one for one in Outbox(scene.laptop.store, scene.laptop.log).next() if one.payload_type == EVIDENCE]
    assert made.queued and [one.envelope for one in queued] == [made.file.read_bytes().rstrip(b"\n")]


def test_the_record_of_evidence_is_no_record_of_the_run(scene: Scene) -> None:
    scene.run()
    scene.receipt()
    first = document(scene, scene.make())
    again = document(scene, scene.make())
    assert first.runs[0].records == again.runs[0].records
    assert next(check for check in again.runs[0].checks if check.id == "receipt").state is Grade.PASS


def test_the_list_says_which_runs_have_evidence_and_a_receipt(scene: Scene) -> None:
    scene.run(head("run-1", "S1"))
    scene.receipt()
    scene.run(head("run-2", "S2"))
    made = scene.make(site="zuid")
    rows = {row.run: row for row in scene.reports.rows()}
    assert rows["run-1"].receipted and not rows["run-2"].receipted
    assert rows["run-1"].files == rows["run-2"].files == (made.file,)
    assert {row.site for row in rows.values()} == {"zuid"}
    made.file.write_bytes(b"something else")
    assert scene.reports.rows()[0].files == ()


def test_without_its_own_key_nothing_is_signed(scene: Scene) -> None:
    scene.run()
    scene.laptop.keystore.secrets.clear()
    other = Scene.begin(scene.folder)
    try:
        other.laptop.keystore.secrets.clear()
        with pytest.raises(FieldtoolError):
            other.make()
        assert not (scene.folder / "reports").exists()
    finally:
        other.close()


def test_serials_with_other_letters_make_a_plain_file_name(scene: Scene) -> None:
    scene.run(head("run-9", "CP/22 ä:7"))
    made = scene.make("run-9")
    assert made.file.name.isascii() and not set(made.file.name) & set('/\\:*?"<>| ')
    assert document(scene, made).runs[0].serial == "CP/22 ä:7"
    assert SERIAL not in made.file.name
