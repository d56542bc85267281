"""A site, from sighting to signed record, through the same App as window and command line."""

import json
from pathlib import Path

import pytest

from fieldtool.app.app import App
from fieldtool.app.views import Presence
from fieldtool.cli.main import main
from fieldtool.core.errors import ExitCode
from fieldtool.core.texts import Text
from fieldtool.update.preflight import Level
from fieldtool.update.run import Outcome
from tests.walk.training import AWAY, BUSY, GOOD, OLD_BOARD, SICK, Training, ready, row, until

EXPIRED_CLOCK = 400  # days: behind every expiry and grace of a throw-away catalogue


def test_the_story_of_the_demo_without_its_window(training: Training) -> None:
    app = training.app()
    keys = ready(app, GOOD, SICK, OLD_BOARD, BUSY)
    plan = app.plan(keys)
    verdicts = {line.serial: (line.verdict.level, line.verdict.reason.text) for line in plan.lines}
    assert verdicts == {
        GOOD: (Level.OK, Text.READY),
        SICK: (Level.OK, Text.READY),
        OLD_BOARD: (Level.STOP, Text.WRONG_HARDWARE),
        BUSY: (Level.WARN, Text.SOMEBODY_CHARGES),
        AWAY: (Level.STOP, Text.CHARGER_NOT_SEEN),
    }
    assert set(app.start(plan)) == {GOOD, SICK, BUSY}
    until(app, lambda: _waits(app, BUSY), "the update waits for the car")
    assert not training.site.charger(BUSY).device.state.cut_sessions
    training.site.charger(BUSY).act("session_end", "1")
    until(app, lambda: set(training.endings) == {GOOD, SICK, BUSY}, "all runs end")
    assert {serial: ending.outcome for serial, ending in training.endings.items()} == {
        GOOD: Outcome.DONE,
        SICK: Outcome.ROLLED_BACK,
        BUSY: Outcome.DONE,
    }
    assert training.site.charger(GOOD).device.state.booted.confirmed
    assert app.audit.verify().ok
    until(app, lambda: (found := row(app, GOOD)) is not None and found.running == "1.5.0", "the list shows it")
    missing = row(app, AWAY)
    assert missing is not None and missing.presence is Presence.EXPECTED


def _silent(app: App) -> bool:
    state = app.board.of(GOOD)
    return state is not None and state.waiting is not None and state.waiting.exit_code is ExitCode.LINK_LOST


def _waits(app: App, serial: str) -> bool:
    state = app.board.of(serial)
    return state is not None and state.waiting is not None and state.waiting.text is Text.WAITING_FOR_SESSION


def test_a_silent_charger_leaves_its_run_open_until_it_answers_again(training: Training) -> None:
    app = training.app()
    (key,) = ready(app, GOOD)
    training.site.charger(GOOD).act("cut_at_install", "copying")
    training.site.charger(GOOD).act("no_return", "yes")
    app.start(app.plan([key]))
    until(app, lambda: _silent(app), "it waits for the silent charger")
    training.site.charger(GOOD).act("no_return", "no")
    training.site.charger(GOOD).act("power_on")
    until(app, lambda: GOOD in training.endings, "the run ends")
    assert training.endings[GOOD].outcome is Outcome.DONE


def test_a_run_left_open_by_a_closed_program_is_offered_and_resumed(training: Training) -> None:
    app = training.app()
    (key,) = ready(app, BUSY)
    app.start(app.plan([key]))
    until(app, lambda: _waits(app, BUSY), "the update waits for the car")
    app.close()
    again = training.app(imported=False)
    (left,) = again.open_runs()
    assert (left.serial, left.next_step.text) == (BUSY, Text.RESUME_INSTALL)
    ready(again, BUSY)
    until(again, lambda: _says(again, BUSY) is not Text.CATALOGUE_LOADING, "the catalogue is read")
    assert _says(again, BUSY) is Text.RUN_OPEN
    training.site.charger(BUSY).act("session_end", "1")
    training.endings.clear()
    again.resume(left.run)
    until(again, lambda: BUSY in training.endings, "the run ends")
    assert training.endings[BUSY].outcome is Outcome.DONE


def _says(app: App, serial: str) -> Text | None:
    found = row(app, serial)
    return found.verdict.reason.text if found is not None and found.verdict is not None else None


# -- refused by name, charger untouched, audited ----------------------------------------------------------------------


def update(training: Training, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object]]:
    """`fieldtool update` on the command line; its exit code and its last JSON line."""
    capsys.readouterr()
    code = main(["update", GOOD, "--data", str(training.folder), "--json", "--seconds", "20", *words])
    return code, json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def untouched(training: Training) -> bool:
    state = training.site.charger(GOOD).device.state
    return state.starts == 1 and state.booted.image is not None and state.booted.image.version == "1.4.2"


def prepared(training: Training) -> None:
    assert main(["site", "import", str(training.site.site_file), "--data", str(training.folder)]) == 0
    assert main(["settings", "set", "validate.soak_seconds", "0", "--data", str(training.folder)]) == 0


def audited(training: Training, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["audit", "verify", "--data", str(training.folder)]) == 0
    capsys.readouterr()
    assert main(["audit", "list", "--data", str(training.folder), "--json"]) == 0
    records: list[dict[str, object]] = json.loads(capsys.readouterr().out)["records"]
    return [dict(record["event"]) for record in records]  # type: ignore[call-overload]  # parsed JSON


def test_a_good_update_from_the_command_line(training: Training, capsys: pytest.CaptureFixture[str]) -> None:
    prepared(training)
    code, last = update(training, capsys)
    assert (code, last["outcome"], last["from"], last["to"]) == (0, "done", "1.4.2", "1.5.0")
    assert audited(training, capsys)[0]["event"] == "run-ended"
    code, last = update(training, capsys)
    assert (code, last["outcome"]) == (0, "up_to_date")


def test_all_means_all_that_are_there(training: Training, capsys: pytest.CaptureFixture[str]) -> None:
    prepared(training)
    capsys.readouterr()
    code = main(["plan", "--all", "--data", str(training.folder), "--json", "--seconds", "20"])
    lines = json.loads(capsys.readouterr().out)["lines"]
    assert {line["serial"] for line in lines} == {GOOD, SICK, OLD_BOARD, BUSY}
    assert code == ExitCode.REFUSED.value, "one of them is blocked"


def test_a_run_left_open_is_resumed_from_the_command_line(
    training: Training, capsys: pytest.CaptureFixture[str]
) -> None:
    app = training.app()
    (key,) = ready(app, BUSY)
    app.start(app.plan([key]))
    until(app, lambda: _waits(app, BUSY), "the update waits for the car")
    app.close()
    training.site.charger(BUSY).act("session_end", "1")
    capsys.readouterr()
    assert main(["resume", "--data", str(training.folder), "--json"]) == 0
    last = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert (last["serial"], last["outcome"]) == (BUSY, "done")


def test_a_flipped_byte_in_the_cache_is_refused_by_name(training: Training, capsys: pytest.CaptureFixture[str]) -> None:
    prepared(training)
    (image,) = (training.folder / "catalogue" / "images").glob("*/*")
    content = bytearray(image.read_bytes())
    content[len(content) // 2] ^= 1
    image.chmod(0o600)
    image.write_bytes(content)
    code, last = update(training, capsys)
    assert code == ExitCode.TRUST.value
    assert last["outcome"] == "refused"
    assert last["reason"]["code"] == "IMAGE_CORRUPT"  # type: ignore[index]  # parsed JSON
    assert untouched(training)
    events = audited(training, capsys)
    assert events[0]["event"] == "run-ended" and events[0]["seen"]["trouble"] == "IMAGE_CORRUPT"


def test_without_a_root_nothing_is_trusted(training: Training, capsys: pytest.CaptureFixture[str]) -> None:
    """Without its root a training folder has no keys either: it opens with that folder's own root only."""
    prepared(training)
    (training.folder / "trust" / "root.json").unlink()
    capsys.readouterr()
    code = main(["update", GOOD, "--data", str(training.folder), "--json"])
    assert code == ExitCode.USAGE.value
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "THROW_AWAY_MISMATCH"
    assert untouched(training)


def test_expired_metadata_is_refused_by_name(
    training: Training, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import datetime, timedelta

    from fieldtool.core.clock import SystemClock

    prepared(training)
    now = SystemClock.now

    def later(self: SystemClock) -> datetime:
        return now(self) + timedelta(days=EXPIRED_CLOCK)

    monkeypatch.setattr(SystemClock, "now", later)
    code, last = update(training, capsys)
    assert code == ExitCode.TRUST.value
    assert last["reason"]["code"] == "CATALOGUE_EXPIRED"  # type: ignore[index]  # parsed JSON
    assert untouched(training)
    events = audited(training, capsys)
    assert events[0]["event"] == "update-refused"


def test_rolled_back_metadata_is_refused_by_name(
    training: Training, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    import shutil

    prepared(training)
    old = tmp_path / "old"
    shutil.copytree(training.folder / "catalogue", old)
    store = training.app(imported=False).store
    import sqlalchemy as sa

    from fieldtool.store import tables

    with store.write() as tx:  # this laptop has already seen newer metadata
        rows = tx.execute(sa.select(tables.mark)).all()
        floors = [one for one in rows if one.name.startswith("floor")]
        assert floors, [one.name for one in rows]
        for one in floors:
            raised = str(int(one.value) + 5)
            tx.execute(sa.update(tables.mark).where(tables.mark.c.name == one.name).values(value=raised))
    code, last = update(training, capsys)
    assert code == ExitCode.TRUST.value
    assert last["reason"]["code"] == "CATALOGUE_ROLLED_BACK"  # type: ignore[index]  # parsed JSON
    assert untouched(training)


def test_an_unknown_host_key_is_refused_with_both_fingerprints(
    training: Training, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared(training)
    training.site.charger(GOOD).act("new_host_key", "yes")
    training.site.charger(GOOD).act("restart")
    wrong = "SHA256:" + "A" * 42 + "E"
    capsys.readouterr()
    assert main(["trust", "pin", GOOD, "--fingerprint", wrong, "--data", str(training.folder)]) == 0
    code, last = update(training, capsys, "--address", training.site.charger(GOOD).address)
    assert code == ExitCode.TRUST.value
    reason = last["reason"]
    assert reason["code"] == "PIN_CHANGED" and wrong in reason["what"]  # type: ignore[index]  # parsed JSON
    assert audited(training, capsys)[0]["event"] == "update-refused"
