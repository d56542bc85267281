"""Random worlds: chargers, releases, faults, cars, deaths and people in any order. Some things never happen."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fieldtool.core.errors import LinkError, StorageError
from fieldtool.core.texts import Text
from fieldtool.update.journal import Journal
from fieldtool.update.run import TERMINAL, TOUCHES, Ending, Head, Mark, Outcome, Phase, Record
from tests.audit.support import laptop
from tests.fakes import KINDS, NEW_HASH, OLD_HASH, Acts, Bench, LaptopDied

# What the engine may do to a charger, and the phases during which it may.
ALLOWED = {
    "transfer": {Phase.TRANSFER, Phase.ROLL_BACK},
    "withdraw": {Phase.INSTALL, Phase.RESTART, Phase.ROLL_BACK},
    "install": {Phase.INSTALL, Phase.ROLL_BACK},
    "half written": {Phase.INSTALL, Phase.ROLL_BACK},
    "staged": {Phase.INSTALL, Phase.ROLL_BACK},
    "restarts itself": {Phase.INSTALL, Phase.ROLL_BACK},
    "restart": {Phase.RESTART, Phase.ROLL_BACK},
    "roll_back": {Phase.ROLL_BACK},
    "configure": {Phase.CONFIGURE, Phase.ROLL_BACK},
    "confirm": {Phase.CONFIRM, Phase.ROLL_BACK},
    "serve": {Phase.VALIDATE, Phase.CONFIRM, Phase.ROLL_BACK, Phase.INSTALL},  # INSTALL: it never began
}
DISTURBING = {"half written", "restart", "restarts itself"}


class Watched(Journal):
    """The real journal on disk; breaks where it is told to, and remembers what stood there at each act."""

    faults: Bench
    fails_next = False

    def append(self, head: Head, record: Record) -> None:
        self._may_fail()
        super().append(head, record)

    def begin(self, head: Head, first: Record) -> None:
        self._may_fail()
        super().begin(head, first)

    def _may_fail(self) -> None:
        if self.fails_next:
            self.fails_next = False
            raise StorageError(Text.DATABASE_FULL, folder="data")


class World(RuleBasedStateMachine):
    @initialize(kind=st.sampled_from(sorted(KINDS)), sick=st.booleans(), boots=st.booleans())
    def begin(self, kind: str, sick: bool, boots: bool) -> None:
        self.folder = TemporaryDirectory()
        self.laptop = laptop(Path(self.folder.name))
        self.bench = Bench(kind)
        self.journal = Watched(self.laptop.store, self.laptop.log)
        self.bench.rows = self.journal  # type: ignore[assignment]  # the engine needs only three of its methods
        self.bench.device.sick = sick
        self.bench.device.image_boots = boots or kind in ("in-place", "ab")  # those two would be dead for good
        self.ending: Ending | None = None
        self.begun = False
        self.cut_off: list[str] = []
        self.unwritten: list[str] = []
        self.restarts_before = 0  # the installation
        acts = self.bench.device.acts
        assert isinstance(acts, Acts)
        for act in ALLOWED:
            acts.hooks.append((act, lambda act=act: self._look(act), False))  # type: ignore[misc]  # a closure per act

    def _look(self, act: str) -> None:
        device = self.bench.device
        if act in DISTURBING and device.busy():
            self.cut_off.append(act)
        rows = self.journal.records("run-1")
        entered = [row for row in rows if row.mark is Mark.ENTERED]
        if not entered or entered[-1].phase not in ALLOWED[act]:
            self.unwritten.append(f"{act} during {entered[-1].phase if entered else 'nothing'}")
        if act == "install":
            self.restarts_before = device.restarts

    # -- what may happen ----------------------------------------------------------------------------------------------

    def _strike(self, what: str) -> Callable[[], None]:
        device = self.bench.device

        def power() -> None:
            device.lose_power()

        def line() -> None:
            raise LinkError(Text.LINK_LOST, address="charger", detail="cable")

        def laptop_dies() -> None:
            raise LaptopDied

        def both() -> None:
            device.lose_power()
            raise LaptopDied

        def car() -> None:
            if not device.serving:
                return  # it takes nobody now
            device.in_use, device.in_use_until = "connector 1 is charging", self.bench.clock.seconds + 30

        def disk() -> None:
            self.journal.fails_next = True

        def stops() -> None:
            self.bench.hand.cancel()

        def closes() -> None:
            self.bench.hand.halt()

        def silence() -> None:
            device.silent_until = self.bench.clock.seconds + 1000

        found: dict[str, Callable[[], None]] = {
            "power": power, "line": line, "laptop": laptop_dies, "both": both, "car": car, "disk": disk,
            "stops": stops, "closes": closes, "silence": silence,
        }  # fmt: skip
        return found[what]

    faults = st.sampled_from(["power", "line", "laptop", "both", "car", "disk", "stops", "closes", "silence"])

    @precondition(lambda self: self.ending is None or self.ending.outcome is Outcome.WAITING)
    @rule(at=st.integers(1, 120), what=faults)
    def go_on_and_be_struck(self, at: int, what: str) -> None:
        self.bench.driver.faults = type(self.bench.faults)(at, self._strike(what))
        self._go()

    @precondition(lambda self: self.ending is None or self.ending.outcome is Outcome.WAITING)
    @rule()
    def go_on_undisturbed(self) -> None:
        self.bench.calm()
        self._go()

    @rule(seconds=st.integers(1, 2000))
    def time_passes(self, seconds: int) -> None:
        self.bench.clock.seconds += seconds

    @rule()
    def the_charger_loses_power_while_nobody_looks(self) -> None:
        if self.ending is None or self.ending.outcome is Outcome.WAITING:
            self.bench.device.lose_power()

    def _go(self) -> None:
        try:
            if not self.journal.records("run-1"):
                self.ending = self.bench.run()
            else:
                self.ending = self.bench.resume()
        except LaptopDied:
            self.ending = None
        except StorageError:
            self.ending = None  # not even the first row
        rows = self.journal.records("run-1")
        if self.ending is None and rows and rows[-1].phase in TERMINAL:
            last = rows[-1]
            self.ending = Ending(last.run, "S1", Outcome(last.phase.value), last.trouble, None, None)

    # -- what never happens -------------------------------------------------------------------------------------------

    @invariant()
    def there_is_never_a_second_writer(self) -> None:
        if hasattr(self, "bench"):
            assert self.bench.driver.most_sessions <= 1

    @invariant()
    def nobody_is_cut_off(self) -> None:
        if hasattr(self, "cut_off"):
            assert self.cut_off == []

    @invariant()
    def nothing_is_done_without_its_row_on_disk(self) -> None:
        if hasattr(self, "unwritten"):
            assert self.unwritten == []

    @invariant()
    def an_end_is_what_the_charger_shows(self) -> None:
        if not hasattr(self, "ending") or self.ending is None:
            return
        device = self.bench.device
        if self.ending.outcome is Outcome.DONE:
            assert device.runs == ("2.0", NEW_HASH) and device.restarts > self.restarts_before
            assert not device.sick and not device.trial and device.serving
        elif self.ending.outcome is Outcome.WAITING:
            assert self.ending.trouble is not None or self.bench.hand.halting.is_set()
        else:
            assert self.ending.outcome in (Outcome.ROLLED_BACK, Outcome.ABANDONED, Outcome.REFUSED)
            assert device.runs == ("1.0", OLD_HASH) and not device.damaged and not device.trial and device.serving

    @invariant()
    def journal_and_audit_agree(self) -> None:
        if not hasattr(self, "journal"):
            return
        rows = self.journal.records("run-1")
        told = [record.event for record in self.laptop.log.page(after=0) if record.event.run == "run-1"]
        acts = [row.phase for row in rows if row.mark is Mark.ENTERED and row.phase in TOUCHES and row.before is None]
        assert [event.seen["phase"] for event in told if event.event == "run-phase"] == [one.value for one in acts]
        over = [row.phase.value for row in rows if row.phase in TERMINAL]
        assert [event.seen["phase"] for event in told if event.event == "run-ended"] == over
        assert len(over) <= 1, "a run ends once"
        assert bool(self.journal.open_runs()) == (bool(rows) and not over)

    def teardown(self) -> None:
        if not hasattr(self, "laptop"):
            return
        try:
            if self.ending is None or self.ending.outcome is Outcome.WAITING:
                self._must_end()
            assert self.laptop.log.verify().ok
        finally:
            self.laptop.store.close()
            self.folder.cleanup()

    def _must_end(self) -> None:
        """Liveness: once the world is calm, the run comes to an end, unless the charger is dead."""
        device = self.bench.device
        self.bench.calm()
        self.bench.clock.seconds += 5000
        for _ in range(3):
            self._go()
            if self.ending is not None and self.ending.outcome is not Outcome.WAITING:
                break
            self.bench.clock.seconds += 5000
        assert device.dead or (self.ending is not None and self.ending.outcome is not Outcome.WAITING), self.ending
        self.an_end_is_what_the_charger_shows()
        self.nobody_is_cut_off()
        self.nothing_is_done_without_its_row_on_disk()


World.TestCase.settings = settings(
    max_examples=60, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
)
TestRandomWorlds = World.TestCase
