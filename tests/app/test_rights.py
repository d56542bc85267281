"""Rights with a real director: two laptops, a journal that counts, a PIN that is not guessed, two people on record."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from fieldtool.app.rights import LOCKED_FOR, TRIES, LaptopRights, only_unapproved
from fieldtool.audit.actor import Actor, known_names
from fieldtool.audit.keys import LaptopKey
from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import Event
from fieldtool.core.driver import Can
from fieldtool.core.model import Identity, Observed, Release
from fieldtool.core.profile import Profile
from fieldtool.core.rights import ANY, Action, Denylist, Grant, Scope
from fieldtool.core.texts import Text
from fieldtool.update.approval import Approval, How, read_approval, request_text
from fieldtool.update.journal import Journal
from fieldtool.update.plan import Aim, Candidate, SitePlan, Supply, site_plan
from fieldtool.update.preflight import Laptop as State
from fieldtool.update.preflight import stop
from fieldtool.update.run import Head, Leg, Mark, Phase, Record
from tests.audit.support import MemoryKeystore
from tests.firmware.site import (
    HARDWARE,
    MODEL,
    SERIAL,
    SITE,
    START,
    VENDOR,
    Laptop,
    Operator,
    Publisher,
    SetClock,
    image,
    order,
    ordered,
    refused,
)
from tests.update.rights_support import PIN, PROOF

DAY = timedelta(days=1)
HERE = Scope(frozenset({SITE}), frozenset({ANY}), frozenset({MODEL}))
PROFILE = Profile(id="fake", driver="fake", vendor=VENDOR, models=(MODEL,))


class Desk(Laptop):
    """A laptop with a journal, an audit log and somebody who sits at it."""

    def __init__(self, folder: Path, clock: SetClock, root: Path, name: str) -> None:
        self.keystore, self.name = MemoryKeystore(), name
        super().__init__(folder, clock, root)
        self.audit.record(Event("key-shown"))
        self.key_id = self.audit.key_id()

    def restart(self) -> None:
        super().restart()
        self.audit = AuditLog(self.store, LaptopKey(self.keystore), self.time, Actor(self.keystore, self.name))
        self.journal = Journal(self.store, self.audit)
        self.rights = LaptopRights(self.store, self.catalogue, self.audit, self.time, self.journal, self.name)


@dataclass
class Site:
    clock: SetClock
    publisher: Publisher
    operator: Operator
    here: Desk
    there: Desk

    def grants(self) -> tuple[Grant, ...]:
        first = Grant(
            "first", self.here.key_id or "", "ada", frozenset(Action) - {Action.APPROVE}, HERE, START, START + DAY
        )
        approving = replace(first, actions=frozenset({Action.APPROVE}))
        by_key = replace(approving, id="by-key", key_id=self.there.key_id or "", actor="grace")
        return first, by_key, replace(approving, id="by-pin", key_id="", actor="linus", pin=PROOF)

    def direct(self, *grants: Grant, denylist: Denylist | None = None) -> None:
        releases = [ordered(release) for release in self.publisher.releases()]
        self.operator.make(order(*releases), grants=grants or self.grants(), denylist=denylist)
        for one in (self.here, self.there):
            one.follow(self.operator.root)
            one.catalogue.sync(str(self.publisher.mirror), str(self.operator.mirror))

    def plan(self, *approvals: Approval, version: str = "2.5.0") -> SitePlan:
        """Of a charger that runs 2.6.0."""
        releases = self.here.catalogue.releases()
        runs = next(one for one in releases if one.version == "2.6.0")
        supply = Supply(releases, self.here.catalogue.has_file, rights=self.here.rights.fresh(), directed=True)
        seen = Observed(SERIAL, "2.6.0", runs.payload_hash)
        identity = Identity(VENDOR, MODEL, HARDWARE, SERIAL, {"main": "2.6.0"})
        charger = Candidate("k", SERIAL, "Bay 01", PROFILE, identity, seen, None, Can.KEEP_OLD | Can.ROLL_BACK)
        aim, state = Aim(version), State(90, True, 10**11)
        return site_plan([charger], ["k"], supply, state, self.clock.now(), aim, approvals=approvals)

    def begin(self, run: str, approvals: tuple[Approval, ...] = (), refuse: bool = False, epoch: int = 0) -> Release:
        release = next(one for one in self.here.catalogue.releases() if one.version == "2.5.0")
        head = Head(
            run, SERIAL, "Bay 01", (Leg("main", release, "2.6.0"),), "demo", grants=("first",), approvals=approvals
        )
        before = Observed(SERIAL, "2.6.0", security_epoch=epoch)
        first = Record(run, self.clock.now(), "main", Phase.PREFLIGHT, Mark.ENTERED, before=before)
        self.here.journal.begin(head, first)
        if refuse:
            self.here.journal.append(head, replace(first, phase=Phase.REFUSED, before=None))
        return release


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    clock = SetClock()
    publisher = Publisher(tmp_path / "publisher", clock)
    publisher.make(image(tmp_path / "build", "2.5.0"), image(tmp_path / "build", "2.6.0"))
    desks = [Desk(tmp_path / name, clock, publisher.root, name) for name in ("here", "there")]
    yield Site(clock, publisher, Operator(tmp_path / "operator", clock), *desks)
    for one in desks:
        one.store.close()


def stops(plan: SitePlan) -> list[Text]:
    return [one.reason.text for one in plan.lines[0].problems if one.level.value == "stop"]


# -- from the director to the plan ------------------------------------------------------------------------------------


def test_a_downgrade_starts_when_a_second_person_typed_the_pin(site: Site) -> None:
    site.direct()
    plan = site.plan()
    assert stops(plan) == [Text.APPROVAL_MISSING] and only_unapproved(plan.lines[0])
    assert site.here.rights.approvers() == ("linus",)
    approval = site.here.rights.approve(site.here.rights.request(plan), "Linus", PIN)
    (run,) = site.plan(approval).runs
    assert (run.grants, run.approvals) == (("first",), (approval,))


def test_a_downgrade_starts_when_a_second_laptop_signed_the_request(site: Site) -> None:
    site.direct()
    request, releases = site.there.rights.read(request_text(site.here.rights.request(site.plan())))
    assert [one.version for one in releases] == ["2.5.0"]
    approval = read_approval(site.there.rights.sign(request))
    (run,) = site.plan(approval).runs
    assert run.approvals[0].how is How.KEY and run.approvals[0].actor == "grace"
    given = [one.event for one in site.there.audit.page(after=0) if one.event.event == "approval-given"]
    assert [(one.charger, one.grant) for one in given] == [(SERIAL, "by-key")], "it stands in their log too"


def test_a_laptop_that_nobody_granted_anything_may_do_nothing(site: Site) -> None:
    site.direct(*site.grants()[1:])
    assert stops(site.plan(version="2.6.0")) == [Text.GRANT_NONE]


def test_who_stands_alone_is_told_so_and_asked_for_nothing(site: Site) -> None:
    site.here.catalogue.sync(str(site.publisher.mirror))
    plan = site_plan([], [], Supply((), lambda release: True), State(90, True, 1), START)
    assert plan.stands_alone and not site.here.rights.of(SERIAL).directed
    assert Text.STANDS_ALONE not in stops(site.plan())
    assert Text.STANDS_ALONE in [one.reason.text for one in site.plan().lines[0].problems]


def test_a_directed_laptop_whose_directions_are_gone_does_nothing(site: Site) -> None:
    site.direct()
    for file in (site.here.folder / "catalogue").rglob("director/metadata/*.json"):
        file.unlink()
    site.here.restart()
    rights = site.here.rights.of(SERIAL)
    assert rights.directed and rights.directions is None and rights.problem is not None
    assert stops(_lost(site)) == [rights.problem.text]


def _lost(site: Site) -> SitePlan:
    """The catalogue as it was known, the rights as they are now."""
    release = site.publisher.releases()[0]
    supply = Supply((release,), lambda one: True, rights=site.here.rights.fresh(), directed=True)
    identity = Identity(VENDOR, MODEL, HARDWARE, SERIAL, {"main": "1.0"})
    charger = Candidate(
        "k", SERIAL, "", PROFILE, identity, Observed(SERIAL, "1.0.0"), None, Can.KEEP_OLD | Can.ROLL_BACK
    )
    return site_plan([charger], ["k"], supply, State(90, True, 10**11), START)


# -- the second person ------------------------------------------------------------------------------------------------


def test_five_wrong_pins_lock_it_also_after_a_restart_and_with_a_clock_set_back(site: Site) -> None:
    site.direct()
    request = site.here.rights.request(site.plan())
    for _ in range(TRIES):
        with refused(Text.APPROVAL_PIN_WRONG):
            site.here.rights.approve(request, "linus", "guess")
    site.here.restart()
    with refused(Text.APPROVAL_LOCKED):
        site.here.rights.approve(request, "linus", PIN)
    site.clock.jump(-LOCKED_FOR)
    with refused(Text.APPROVAL_LOCKED):
        site.here.rights.approve(request, "linus", PIN)
    site.clock.jump(LOCKED_FOR)
    site.clock.advance(LOCKED_FOR)
    assert site.here.rights.approve(request, "linus", PIN).actor == "linus"
    events = [one.event.event for one in site.here.audit.page(after=0)]
    assert events.count("approval-refused") == TRIES and events[-1] == "approval-given"


def test_a_right_pin_forgets_the_wrong_ones(site: Site) -> None:
    site.direct()
    request = site.here.rights.request(site.plan())
    for _ in range(2):
        for _ in range(TRIES - 1):
            with refused(Text.APPROVAL_PIN_WRONG):
                site.here.rights.approve(request, "linus", "guess")
        site.here.rights.approve(request, "linus", PIN)


def test_who_has_no_grant_to_approve_is_not_even_asked_for_a_pin(site: Site) -> None:
    site.direct()
    request = site.here.rights.request(site.plan())
    for who in ("ada", "grace", "nobody"):
        with refused(Text.APPROVAL_WITHOUT_GRANT):
            site.here.rights.approve(request, who, PIN)


def test_a_pin_whose_scope_does_not_reach_the_charger_approves_nothing(site: Site) -> None:
    first, _, by_pin = site.grants()
    site.direct(first, replace(by_pin, scope=replace(HERE, sites=frozenset({"elsewhere"}))))
    with refused(Text.APPROVAL_WITHOUT_GRANT):
        site.here.rights.approve(site.here.rights.request(site.plan()), "linus", PIN)


def test_nobody_signs_for_oneself(site: Site) -> None:
    site.direct()
    request = site.here.rights.request(site.plan())
    with refused(Text.APPROVAL_SAME_PERSON):
        site.here.rights.sign(request)
    with refused(Text.APPROVAL_SAME_PERSON):
        site.there.rights.sign(replace(request, actor="Grace"))


def test_nobody_signs_what_cannot_be_looked_up(site: Site) -> None:
    site.direct()
    request = site.here.rights.request(site.plan())
    asked = replace(request.chargers[0], images=frozenset({"77" * 32}))
    with refused(Text.APPROVAL_UNKNOWN_IMAGE):
        site.there.rights.read(request_text(replace(request, chargers=(asked,))))


def test_what_needs_nobody_else_or_cannot_start_anyway_is_not_asked(site: Site) -> None:
    site.direct()
    with refused(Text.APPROVAL_NOT_NEEDED):
        site.here.rights.request(site.plan(version="2.6.0"))
    blocked = site.plan()
    line = replace(blocked.lines[0], problems=(*blocked.lines[0].problems, stop(Text.RUN_OPEN, serial=SERIAL)))
    with refused(Text.APPROVAL_NOT_NEEDED):
        site.here.rights.request(replace(blocked, lines=(line,)))


# -- what the journal keeps -------------------------------------------------------------------------------------------


def test_an_approval_serves_once(site: Site) -> None:
    site.direct()
    approval = site.here.rights.approve(site.here.rights.request(site.plan()), "linus", PIN)
    site.begin("run-0", (approval,), refuse=True)
    assert site.plan(approval).runs, "a run that was refused did not begin"
    site.begin("run-1", (approval,))
    assert stops(site.plan(approval)) == [Text.APPROVAL_USED]
    assert site.here.rights.of(SERIAL, "run-1").used == frozenset(), "the run itself does not use it up"


def test_runs_that_began_are_counted_in_their_order_and_survive_a_restart(site: Site) -> None:
    first, *others = site.grants()
    site.direct(replace(first, max_uses=2), *others)
    site.begin("run-0", refuse=True)
    site.begin("run-1")
    site.begin("run-2")
    site.here.restart()
    uses = [site.here.rights.of(SERIAL, run).uses.get("first", 0) for run in ("run-1", "run-2", "")]
    assert uses == [0, 1, 2]
    assert stops(site.plan(version="2.6.0")) == [Text.GRANT_USED_UP]


def test_a_plan_starts_no_more_runs_than_its_grant_allows(site: Site) -> None:
    first, *others = site.grants()
    site.direct(replace(first, max_uses=1), *others)
    releases = site.here.catalogue.releases()
    supply = Supply(releases, lambda one: True, rights=site.here.rights.fresh(), directed=True)
    identity = Identity(VENDOR, MODEL, HARDWARE, SERIAL, {"main": "2.5.0"})
    runs = next(one for one in releases if one.version == "2.5.0")
    seen = Observed(SERIAL, "2.5.0", runs.payload_hash)
    twice = [
        Candidate(key, SERIAL, key, PROFILE, identity, seen, None, Can.KEEP_OLD | Can.ROLL_BACK) for key in ("a", "b")
    ]
    plan = site_plan(twice, ["a", "b"], supply, State(90, True, 10**11), START, Aim("2.6.0"))
    assert [line.starts for line in plan.lines] == [True, False]
    assert plan.lines[1].verdict.reason.text is Text.GRANT_USED_UP


def test_two_people_stand_in_one_signed_record_by_pseudonym(site: Site) -> None:
    site.direct()
    approval = site.here.rights.approve(site.here.rights.request(site.plan()), "linus", PIN)
    site.begin("run-1", (approval,))
    (started,) = [one for one in site.here.audit.page(after=0) if one.event.event == "run-started"]
    second = str(started.event.seen["second person 1"])
    assert second != started.actor and started.event.grant == "first"
    names = known_names(site.here.store)
    assert (names[started.actor], names[second]) == ("here", "linus")
    assert "linus" not in str(started.event), "names stand beside the log, where they can be erased"
    assert site.here.audit.verify().ok


def test_the_highest_epoch_ever_seen_is_remembered(site: Site) -> None:
    site.here.catalogue.sync(str(site.publisher.mirror))
    site.begin("run-1", epoch=3)
    site.here.rights.epochs.note("S:2", "modem", 7)
    site.here.rights.epochs.note("S:2", "modem", 5)
    site.here.restart()
    assert site.here.rights.of("0731").epochs == {"main": 3}
    assert site.here.rights.epochs.all() == {"731": {"main": 3}, "S:2": {"modem": 7}}
    assert site.here.rights.epochs.of("S") == {}, "one serial number is not the beginning of another"
