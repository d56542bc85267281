"""Twelve chargers of every kind at once, through the same App as window and command line."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Lock, current_thread

import pytest

from fieldtool.app.app import App
from fieldtool.cli.main import main
from fieldtool.core.errors import RefusedError
from fieldtool.core.resources import resource
from fieldtool.core.texts import Text
from fieldtool.drivers import ssh
from fieldtool.lab.site import LabSite
from fieldtool.update.job import Limits
from fieldtool.update.run import TERMINAL, TOUCHES, Mark, Outcome, Record
from tests.walk.training import Training, ready, until

SICK, BUSY = "M-02", "M-03"
CHARGERS = {  # serial -> what is special about it
    "M-01": "",
    SICK: 'faults = { bad_health = "fault" }\nprofile = "quick-citypost"',
    BUSY: 'charging = ["1"]',
    "M-04": "faults = { slow = 400_000 }",
    "M-05": 'modem = "1.0.0"',
    "M-06": 'kind = "ab"',
    "M-07": 'kind = "ab"',
    "M-08": 'kind = "ab-swupdate"\nhardware = "S1"',
    "M-09": 'kind = "ab-swupdate"\nhardware = "S1"',
    "M-10": 'kind = "self-installing"\nhardware = "S1"',
    "M-11": 'kind = "in-place"\nhardware = "S1"',
    "M-12": 'kind = "in-place-rescue"\nhardware = "S1"',
}
AT_ONCE = 4
SITE = """
schema = 1
id = "many"
name = "Many"

[timing]
shutdown = 0.02
boot = 0.2
settle = 0.0
install = 0.2

[common]
version = "1.4.2"
connectors = ["1"]
image_bytes = 100_000
"""
MAIN, SWU = 'hardware = ["B2"]', 'hardware = ["S1"]\nformat = "swu"'
MODEM = 'component = "modem"\nhardware = ["M1"]\nformat = "swu"'
RELEASES = [
    *((version, kind) for version in ("1.4.2", "1.5.0") for kind in (MAIN, SWU)),
    *((version, MODEM) for version in ("1.0.0", "1.1.0")),
]


def description() -> str:
    chargers = (
        f'[[charger]]\nserial = "{serial}"\nname = "Bay {serial}"\n{special}' for serial, special in CHARGERS.items()
    )
    releases = (f'[[release]]\nversion = "{version}"\nsize = 100_000\n{rest}' for version, rest in RELEASES)
    return "\n\n".join((SITE, *chargers, *releases))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    (folder / "site.toml").write_text(description())
    assert main(["lab", "new", str(folder / "laptop"), "--site", str(folder / "site.toml")]) == 0
    profile = (resource("profiles") / "lab-citypost.toml").read_text()
    profile = profile.replace('"lab-citypost"', '"quick-citypost"').replace("settle_seconds = 10", "settle_seconds = 1")
    (folder / "laptop" / "profiles").mkdir()
    (folder / "laptop" / "profiles" / "quick-citypost.toml").write_text(profile)
    assert main(["settings", "set", "validate.soak_seconds", "0", "--data", str(folder / "laptop")]) == 0
    return folder / "laptop"


@pytest.fixture
def many(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Training]:
    """The site runs. The engine asks a silent charger more often than in the field."""
    monkeypatch.setattr("fieldtool.app.engines.Limits", partial(Limits, poll=0.1))
    folder = Path(shutil.copytree(made, tmp_path / "laptop"))
    with ExitStack() as stack:
        site = stack.enter_context(LabSite(folder))
        site.start(announce=False)
        yield Training(folder, site, stack)


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> "Sessions":
    counted = Sessions()
    monkeypatch.setattr(ssh, "connected", counted.connected)
    return counted


class Sessions:
    """Counts the connections that runs hold open; discovery's are not theirs."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._connected = ssh.connected
        self.open: Counter[str] = Counter()
        self.most = 0  # chargers at one time
        self.twice = False  # one charger by two

    @contextmanager
    def connected(self, link: object, user: str, credentials: object, *others: object) -> Iterator[ssh.Ssh]:
        ours = current_thread().name.startswith("run")
        serial = credentials.serial  # type: ignore[attr-defined]  # a Credentials
        self._count(serial, ours)
        try:
            with self._connected(link, user, credentials, *others) as session:  # type: ignore[arg-type]  # handed on
                yield session
        finally:
            self._count(serial, -ours)

    def _count(self, serial: str, change: int) -> None:
        with self._lock:
            self.open[serial] += change
            self.twice = self.twice or self.open[serial] > 1
            self.most = max(self.most, sum(1 for count in self.open.values() if count))


def all_ended(many: Training, *but: str) -> Callable[[], bool]:
    return lambda: set(many.endings) >= set(CHARGERS) - set(but)


def expected() -> dict[str, Outcome]:
    return {serial: Outcome.ROLLED_BACK if serial == SICK else Outcome.DONE for serial in CHARGERS}


def outcomes(many: Training) -> dict[str, Outcome]:
    return {serial: ending.outcome for serial, ending in many.endings.items()}


def runs_of(app: App, serial: str) -> str:
    run = app.journal.newest_run(serial)
    assert run is not None
    return run


def asks_for_a_record(row: Record) -> bool:
    """It begins or ends something, touches the charger, or tells of trouble."""
    if row.mark is not Mark.ENTERED:
        return bool(row.findings) or row.mark not in (Mark.OK, Mark.LOST)
    return row.phase in TERMINAL or row.phase in TOUCHES or row.before is not None


def check_audit(app: App) -> None:
    """The log verifies, and has just the records that the rows of all runs ask for."""
    assert app.audit.verify().ok
    page = app.audit.page(limit=10_000)
    assert [record.seq for record in page] == list(range(len(page), 0, -1))
    told = Counter(record.event.run for record in page if record.event.run)
    assert {runs_of(app, serial) for serial in CHARGERS} <= set(told)
    assert told == {run: sum(asks_for_a_record(row) for row in app.journal.records(run)) for run in told}


def check_chargers(many: Training) -> None:
    """What the chargers themselves have, whatever they told."""
    for serial in CHARGERS:
        state = many.site.charger(serial).device.state
        assert state.runs is not None and state.runs.version == ("1.4.2" if serial == SICK else "1.5.0"), serial
        assert (state.cut_sessions, state.software.out_of_service) == (0, False), serial
        assert state.modem is None or (state.modem.runs and state.modem.runs.version == "1.1.0")


def test_twelve_chargers_of_all_kinds_end_each_as_it_should(many: Training, sessions: Sessions) -> None:
    app = many.app()
    keys = ready(app, *CHARGERS)
    started = app.start(app.plan(keys))
    assert set(started) == set(CHARGERS)
    until(app, all_ended(many, BUSY), "all but the busy one end")
    assert not app.open_runs(), "what this program works on is not offered to be resumed"
    check_second_start_is_refused(many, app, keys)
    many.site.charger(BUSY).act("session_end", "1")
    until(app, all_ended(many), "the busy one ends")
    assert outcomes(many) == expected()
    assert list(many.endings) != list(started), "none waits for those that began before it"
    assert sessions.most > AT_ONCE and not sessions.twice
    check_chargers(many)
    check_audit(app)


def check_second_start_is_refused(many: Training, app: App, keys: list[str]) -> None:
    """In this program and in another beside it."""
    plan = app.plan(keys)
    (line,) = (line for line in plan.lines if line.serial == BUSY)
    assert line.verdict.reason.text is Text.RUN_OPEN
    run = runs_of(app, BUSY)
    with pytest.raises(RefusedError) as refused:
        app.resume(run)
    assert (refused.value.text, refused.value.params["serial"]) == (Text.RUN_OPEN, BUSY)
    with other_program(many) as other:
        other.runs.resume(run)
        ending = other.runs.wait(BUSY)
    assert ending.trouble is not None and ending.trouble.text is Text.LOCKED
    assert dict(ending.trouble.params)["what"] == f"Charger {BUSY}"


@contextmanager
def other_program(many: Training) -> Iterator[App]:
    app = App(many.folder)
    try:
        yield app
    finally:
        app.close()


def test_a_program_that_closes_in_the_middle_leaves_all_of_them_resumable(many: Training, sessions: Sessions) -> None:
    assert main(["settings", "set", "update.at_once", str(AT_ONCE), "--data", str(many.folder)]) == 0
    app = many.app()
    app.start(app.plan(ready(app, *CHARGERS)))
    until(app, lambda: len(many.endings) >= 2, "the first ones end")
    app.close()
    assert 1 < sessions.most <= AT_ONCE and not sessions.twice
    assert all(outcome in (expected()[serial], Outcome.WAITING) for serial, outcome in outcomes(many).items())
    ended = {serial for serial, outcome in outcomes(many).items() if outcome is not Outcome.WAITING}

    many.endings.clear()
    again = many.app(imported=False)
    left = {one.serial for one in again.open_runs()}
    assert 0 < len(left) <= AT_ONCE and not left & ended
    many.site.charger(BUSY).act("session_end", "1")
    keys = ready(again, *CHARGERS)
    for one in again.open_runs():
        again.resume(one.run)
    begun = set(again.start(again.plan(keys)))
    assert begun >= set(CHARGERS) - left - ended, "those that had waited for their turn were never begun"
    assert not begun & left
    until(again, all_ended(many, *(ended - begun)), "all end")
    assert {serial: outcome for serial, outcome in expected().items() if serial in many.endings} == outcomes(many)
    check_chargers(many)
    assert not again.open_runs()
    check_audit(again)
