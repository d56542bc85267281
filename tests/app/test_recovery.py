"""What begins a recovery: open runs of the charger, what a stale director still says, what is on record."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy as sa

from fieldtool.app.recovery import Recoveries, RecoveryPlan
from fieldtool.core.errors import FirmwareError, RefusedError, Trouble, UsageError
from fieldtool.core.model import FirmwareImage, Identity, Observed, Release
from fieldtool.core.rights import Directions
from fieldtool.core.texts import Text
from fieldtool.discovery.profiles import Profiles
from fieldtool.firmware.repository import Catalogue
from fieldtool.store import tables
from fieldtool.update.journal import Journal
from fieldtool.update.preflight import Laptop as Power
from fieldtool.update.rights import Rights
from fieldtool.update.run import Head, Mark, Outcome, Phase, Record
from tests.audit.support import laptop
from tests.fakes import HEAD, RELEASE, FakeClock, Faults
from tests.update.recovery_support import BRICKED, RECOVERY, WIRE, Brick, FakeRecoverer
from tests.update.rights_support import AT, directions

WHO = Identity("Lab", "CityPost 22", "R4", "S1", {})


class Shelf:
    """A catalogue of one release, perhaps stale."""

    def __init__(self) -> None:
        self.said: Directions | None = None
        self.stale: Trouble | None = None
        self.spoilt: FirmwareError | None = None

    def recovery_releases(self) -> tuple[Release, ...]:
        return (RELEASE,)

    def recovery_directions(self) -> Directions | None:
        return self.said

    def has_file(self, release: Release) -> bool:
        return True

    def objection(self, release: Release, serial: str) -> Trouble | None:
        return self.stale

    def image_for_recovery(self, release: Release, serial: str) -> FirmwareImage:
        if self.spoilt is not None:
            raise self.spoilt
        return FirmwareImage(Path("image"), release)


class Begun:
    """Takes what would be begun."""

    def __init__(self) -> None:
        self.heads: list[Head] = []

    def recover(self, head: Head, before: Callable[[], None]) -> str:
        before()
        self.heads.append(head)
        return head.run


class Here:
    def __init__(self, folder: Path) -> None:
        self.laptop = laptop(folder)
        self.journal = Journal(self.laptop.store, self.laptop.log)
        self.clock, self.shelf, self.given = FakeClock(), Shelf(), Rights()
        self.device = Brick(self.clock)
        self.recoverer = FakeRecoverer(self.device, Faults())
        self.begun = Begun()
        self.recoveries = Recoveries(
            {"fake-boot": self.recoverer}, Profiles({"fake": BRICKED}, {}), cast(Catalogue, self.shelf),
            lambda serial, run: self.given, self.journal, self.laptop.log, self.clock, lambda: None,
            lambda serial: None, lambda: Power(None, True, 10**11), "demo",
        )  # fmt: skip

    def plan(self) -> RecoveryPlan:
        return self.recoveries.plan(WIRE.link, BRICKED, WHO)

    def events(self) -> list[str]:
        return [record.event.event for record in self.laptop.log.page(after=0)]

    def outcomes(self) -> list[str | None]:
        with self.laptop.store.read() as tx:
            return list(tx.execute(sa.select(tables.run.c.outcome)).scalars())


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    made = Here(tmp_path)
    yield made
    made.laptop.store.close()


def begun(head: Head) -> Record:
    return Record(head.run, AT, "main", Phase.PREFLIGHT, Mark.ENTERED, before=Observed("S1", "1.0"))


def test_a_plan_that_holds_begins_with_the_chosen_file(here: Here) -> None:
    plan = here.plan()
    assert plan.starts and plan.release is RELEASE and plan.stands_alone
    assert here.recoveries.start(plan, here.begun) == "S1"
    (head,) = here.begun.heads
    assert (head.recovery, head.last.release, head.last.hardware) == (WIRE, RELEASE, "R4")


def test_an_update_that_was_left_open_ends_as_stuck_when_its_charger_is_brought_back(here: Here) -> None:
    """The charger itself showed its bootloader; nobody shall undo what the recovery writes."""
    here.journal.begin(HEAD, begun(HEAD))
    assert here.plan().starts, "an open update is no reason to leave it dead"
    here.recoveries.start(here.plan(), here.begun)
    assert here.outcomes() == [Outcome.STUCK.value] and here.journal.open_runs() == ()


def test_an_open_recovery_is_gone_on_with_and_not_begun_again(here: Here) -> None:
    here.journal.begin(RECOVERY, begun(RECOVERY))
    plan = here.plan()
    assert not plan.starts and plan.verdict.reason.text is Text.RUN_OPEN
    with pytest.raises(RefusedError):
        here.recoveries.start(plan, here.begun)
    assert here.begun.heads == [] and "recovery-refused" in here.events()


def test_a_stale_catalogue_is_a_warning_and_a_record_of_its_own(here: Here) -> None:
    here.shelf.stale = Trouble(Text.CATALOGUE_NONE)
    plan = here.plan()
    assert plan.starts and plan.verdict.reason.text is Text.RECOVERY_STALE
    here.recoveries.start(plan, here.begun)
    assert here.events()[-1] == "recovery-stale"


def test_nothing_is_typed_into_a_line_before_it_is_on_record(here: Here) -> None:
    looking = here.recoveries.look(WIRE.link, BRICKED, "S1")
    assert "recovery-looked" not in here.events() and here.device.acts == []
    next(looking)
    assert here.events()[-1] == "recovery-looked" and here.device.acts == []
    looking.close()
    assert here.recoverer.open_lines == 0


def test_the_orders_of_a_stale_director_are_believed_and_nothing_else_that_is_wrong(here: Here) -> None:
    here.shelf.said = directions()
    here.given = Rights(problem=Trouble(Text.CATALOGUE_EXPIRED), key_id="k", actor="demo", at=AT)
    found = here.recoveries.rights("S1")
    assert found.problem is None and found.directions is not None and len(found.directions.orders) == 1
    here.given = replace(here.given, problem=Trouble(Text.CATALOGUE_DAMAGED))
    assert here.recoveries.rights("S1") is here.given


def test_orders_of_a_stale_director_end_on_their_day(here: Here) -> None:
    here.shelf.said = directions()
    here.given = Rights(
        problem=Trouble(Text.CATALOGUE_EXPIRED), key_id="1a" * 32, actor="demo", at=AT + timedelta(days=99)
    )
    plan = here.plan()
    assert not plan.starts and plan.verdict.reason.text is Text.RECOVERY_NO_IMAGE
    assert "ended on" in plan.verdict.reason.what, "the reason is told"


def test_without_a_profile_nobody_can_say_how(here: Here) -> None:
    with pytest.raises(UsageError) as error:
        here.recoveries.profile("S1")
    assert error.value.text is Text.RECOVERY_PROFILE_NEEDED
    assert here.recoveries.profile("S1", "fake") is BRICKED


SPOILT = FirmwareError(Text.NATIVE_UNSIGNED, target="x")


def test_where_no_image_is_genuine_the_line_is_not_even_opened(here: Here) -> None:
    here.shelf.spoilt = SPOILT
    with pytest.raises(FirmwareError) as told:
        next(here.recoveries.look(WIRE.link, BRICKED, "S1"))
    assert told.value.text is Text.NATIVE_UNSIGNED and here.device.acts == []
    assert here.events()[1:] == ["recovery-refused"], "nobody looked at the charger, and somebody wanted to"


def test_a_file_that_is_spoilt_after_the_look_stands_in_the_plan(here: Here) -> None:
    here.shelf.spoilt = SPOILT
    plan = here.plan()
    assert not plan.starts and plan.verdict.reason.text is Text.NATIVE_UNSIGNED


def test_without_any_image_the_charger_may_still_be_asked_who_it_is(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only then is it known which image is to be brought."""
    monkeypatch.setattr(here.shelf, "recovery_releases", tuple)
    here.shelf.spoilt = SPOILT
    for _ in here.recoveries.look(WIRE.link, BRICKED, "S1"):
        pass
    assert here.events()[1:] == ["recovery-looked"]
