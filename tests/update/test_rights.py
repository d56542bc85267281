"""Rights as pure rules: whatever is missing, ended, withdrawn or meant for another forbids; nothing is guessed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fieldtool.core.driver import Can
from fieldtool.core.errors import ExitCode, Trouble
from fieldtool.core.model import SiteRules
from fieldtool.core.rights import SECOND_PERSON, Action, Denylist, Directions, Scope
from fieldtool.core.texts import Text
from fieldtool.update.approval import Approval
from fieldtool.update.preflight import NEVER, Level, Situation, judge
from fieldtool.update.rights import Act, Answer, Rights, judge_rights, may_override
from fieldtool.update.rights_checks import epoch_known, needed
from fieldtool.update.run import Override
from tests.fakes import OLD_RELEASE, RELEASE
from tests.update.rights_support import (
    ALL,
    AT,
    BY_KEY,
    BY_PIN,
    DAY,
    GRANT,
    LAPTOP,
    key_approval,
    order,
    pin_approval,
    request,
    rights,
)
from tests.update.test_preflight import GOOD

ACT = Act("S1", "R4", RELEASE, "CityPost 22")
UPDATE = {Action.UPDATE}
DOWN = {Action.UPDATE, Action.DOWNGRADE}
SITUATION = replace(GOOD, release=RELEASE, seen=replace(GOOD.seen, security_epoch=0), now=AT.timestamp())


def texts(answer: Answer) -> list[Text]:
    return [one.text for one in answer.troubles]


def ask(given: Rights, actions: set[Action] | None = None, act: Act = ACT) -> Answer:
    return judge_rights(given, act, actions or UPDATE)


# -- grants -----------------------------------------------------------------------------------------------------------


def test_a_grant_that_covers_everything_allows_it_and_is_named() -> None:
    answer = ask(rights())
    assert (answer.ids, answer.troubles) == (("grant-1",), ())


REFUSED: list[tuple[Rights, Text]] = [
    (rights(BY_KEY), Text.GRANT_NONE),
    (rights(key_id=""), Text.GRANT_NONE),
    (rights(replace(GRANT, key_id=""), key_id=""), Text.GRANT_NONE),
    (rights(replace(GRANT, key_id="2b" * 32)), Text.GRANT_NONE),
    (rights(replace(GRANT, actions=ALL - UPDATE)), Text.GRANT_NONE),
    (rights(replace(GRANT, pin=BY_PIN.pin)), Text.GRANT_NONE),
    (rights(replace(GRANT, expires=AT)), Text.GRANT_EXPIRED),
    (rights(replace(GRANT, not_before=AT + timedelta(seconds=1))), Text.GRANT_NOT_YET),
    (rights(replace(GRANT, scope=replace(GRANT.scope, sites=frozenset({"munich"})))), Text.GRANT_ELSEWHERE),
    (rights(replace(GRANT, scope=replace(GRANT.scope, serials=frozenset({"S2"})))), Text.GRANT_ELSEWHERE),
    (rights(replace(GRANT, scope=replace(GRANT.scope, models=frozenset({"CityPost 11"})))), Text.GRANT_ELSEWHERE),
    (rights(replace(GRANT, scope=Scope(frozenset(), frozenset(), frozenset()))), Text.GRANT_ELSEWHERE),
    (rights(replace(GRANT, max_uses=2), uses={"grant-1": 2}), Text.GRANT_USED_UP),
    (rights(replace(GRANT, max_uses=0)), Text.GRANT_USED_UP),
    (rights(denied=Denylist(grants=frozenset({"grant-1"}))), Text.GRANT_WITHDRAWN),
    (rights(denied=Denylist(grant_epoch=1)), Text.GRANT_WITHDRAWN),
    (rights(denied=Denylist(laptops=frozenset({LAPTOP}))), Text.GRANT_LAPTOP_DENIED),
    (rights(denied=Denylist(images=frozenset({RELEASE.sha256}))), Text.GRANT_IMAGE_DENIED),
    (rights(only=frozenset({"grant-9"})), Text.GRANT_NOT_PLANNED),
    (rights(only=frozenset()), Text.GRANT_NOT_PLANNED),
    (Rights(Directions(), None, LAPTOP, "demo", AT), Text.GRANT_NOT_ORDERED),
    (rights(orders=()), Text.GRANT_NOT_ORDERED),
    (rights(orders=(order(OLD_RELEASE),)), Text.GRANT_NOT_ORDERED),
    (rights(orders=(order(replace(RELEASE, length=301)),)), Text.GRANT_NOT_ORDERED),
    (rights(orders=(order(replace(RELEASE, target="lab/other.raucb")),)), Text.GRANT_NOT_ORDERED),
    (rights(orders=(order(replace(RELEASE, sha256="33" * 32)),)), Text.GRANT_NOT_ORDERED),
    (rights(orders=(order(issued=AT + DAY),)), Text.GRANT_NOT_ORDERED),
    (rights(orders=(order(expires=AT),)), Text.GRANT_ORDER_ENDED),
    (Rights(None, Trouble(Text.DIRECTOR_NONE), LAPTOP, "demo", AT), Text.DIRECTOR_NONE),
]


@pytest.mark.parametrize(("given", "text"), REFUSED, ids=[text.name for _, text in REFUSED])
def test_whatever_is_missing_ended_or_for_another_forbids(given: Rights, text: Text) -> None:
    assert texts(ask(given)) == [text]
    found = judge(replace(SITUATION, rights=given))[0]
    assert (found.level, found.reason.text) == (Level.STOP, text), "preflight says the same"


def test_what_forbids_by_right_is_opened_by_no_override() -> None:
    ours = {text for _, text in REFUSED if text is not Text.DIRECTOR_NONE}
    assert ours <= NEVER


@pytest.mark.parametrize("act", [
    replace(ACT, serial="S2"), replace(ACT, hardware="R5"), replace(ACT, model="CityPost 11"),
])  # fmt: skip
def test_another_charger_hardware_or_model_is_not_what_was_ordered(act: Act) -> None:
    assert texts(ask(rights(), act=act)) == [Text.GRANT_NOT_ORDERED]


def test_serial_numbers_are_compared_as_labels_print_them() -> None:
    scoped = replace(GRANT, scope=replace(GRANT.scope, serials=frozenset({"000s1"})))
    assert ask(rights(scoped), act=replace(ACT, serial=" 00s1")).troubles == ()


def test_a_component_of_another_maker_counts_as_its_charger_is_ordered() -> None:
    assert ask(rights(), act=replace(ACT, model="")).troubles == ()


def test_several_grants_together_allow_what_none_does_alone() -> None:
    one, other = (
        replace(GRANT, actions=frozenset(UPDATE)),
        replace(GRANT, id="g4", actions=frozenset({Action.OVERRIDE})),
    )
    assert set(ask(rights(one, other), {Action.UPDATE, Action.OVERRIDE}).ids) == {"grant-1", "g4"}


def test_a_grant_whose_uses_are_counted_is_spared_where_another_does() -> None:
    counted, free = replace(GRANT, id="a", max_uses=1), replace(GRANT, id="b")
    assert ask(rights(counted, free)).ids == ("b",)


def test_the_nearest_grant_says_what_it_lacks() -> None:
    far, near = replace(GRANT, id="far", epoch=-1), replace(GRANT, id="near", expires=AT)
    assert texts(ask(rights(far, near))) == [Text.GRANT_EXPIRED]


def test_without_a_director_nothing_is_asked_and_nothing_is_refused() -> None:
    assert ask(Rights(), set(ALL)) == Answer()


def test_a_trusted_time_that_nobody_told_allows_nothing() -> None:
    said = rights()
    assert ask(Rights(said.directions, None, LAPTOP)).troubles != ()


# -- what a run that began keeps --------------------------------------------------------------------------------------

LATER = AT + 30 * DAY


def test_what_ended_in_mid_run_does_not_take_it_back() -> None:
    given = rights(at=LATER, began=True, only=frozenset({"grant-1"}), uses={"grant-1": 9})
    assert ask(given).troubles == ()
    assert texts(ask(replace(given, began=False))) == [Text.GRANT_ORDER_ENDED]


def test_an_approval_that_ended_in_mid_run_still_stands() -> None:
    given = rights(at=LATER, began=True, approvals=(key_approval(),), used=frozenset({"ab" * 16}))
    assert ask(given, DOWN).troubles == ()


@pytest.mark.parametrize(("denied", "text"), [
    (Denylist(images=frozenset({RELEASE.sha256})), Text.GRANT_IMAGE_DENIED),
    (Denylist(grants=frozenset({"grant-1"})), Text.GRANT_WITHDRAWN),
    (Denylist(laptops=frozenset({LAPTOP})), Text.GRANT_LAPTOP_DENIED),
])  # fmt: skip
def test_what_was_denied_in_mid_run_begins_no_further_stage(denied: Denylist, text: Text) -> None:
    assert texts(ask(rights(denied=denied, began=True))) == [text]


# -- what an update is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("changes", "actions"), [
    ({}, {Action.UPDATE}),
    ({"release": OLD_RELEASE}, {Action.UPDATE}),
    ({"release": replace(RELEASE, version="0.9")}, DOWN),
    ({"release": replace(RELEASE, metering_checksum="4711")}, {Action.UPDATE, Action.METERING}),
    ({"runs": replace(OLD_RELEASE, metering_checksum="4711")}, {Action.UPDATE, Action.METERING}),
    ({"deviates": True}, {Action.UPDATE, Action.OVERRIDE}),
    ({"seen": replace(GOOD.seen, running=None)}, {Action.UPDATE, Action.RECOVER}),
])  # fmt: skip
def test_an_update_needs_a_grant_for_all_that_it_is(changes: dict[str, Any], actions: set[Action]) -> None:
    assert needed(replace(SITUATION, **changes)) == actions


def test_a_baseline_in_the_site_file_makes_no_downgrade_an_update() -> None:
    down = replace(RELEASE, version="0.9")
    rules = SiteRules(baseline=(("main", "0.9"),))
    assert Action.DOWNGRADE in needed(replace(SITUATION, release=down, rules=rules))


def test_versions_that_cannot_be_compared_are_refused_and_not_taken_for_an_update() -> None:
    strange = replace(RELEASE, version="strange")
    situation = replace(SITUATION, release=strange, rights=rights(orders=(order(strange),)))
    assert judge(situation)[0].reason.text is Text.VERSION_BAD


def test_a_grant_replaces_the_site_files_override_of_a_downgrade_and_nothing_else_does() -> None:
    down = replace(RELEASE, version="0.9")
    given = rights(orders=(order(down),), approvals=(key_approval(Action.DOWNGRADE),))
    found = judge(replace(SITUATION, release=down, rights=given))
    assert [one.reason.text for one in found if one.level is not Level.INFO] == [Text.GRANT_DOWNGRADE]
    rules = SiteRules(overridable=frozenset({"DOWNGRADE"}))
    ungranted = rights(replace(GRANT, actions=ALL - {Action.DOWNGRADE}), orders=(order(down),))
    found = judge(
        replace(SITUATION, release=down, rights=ungranted, rules=rules), (Override("DOWNGRADE", "ada", "please"),)
    )
    stops = [one.reason.text for one in found if one.level is Level.STOP]
    assert stops == [Text.GRANT_NONE, Text.APPROVAL_MISSING]


def test_the_way_back_must_be_ordered_as_well() -> None:
    in_place = replace(SITUATION, can=Can(0), way_back=OLD_RELEASE)
    assert judge(replace(in_place, rights=rights()))[0].level is Level.OK
    for given in (
        rights(orders=(order(RELEASE),)),
        rights(denied=Denylist(images=frozenset({OLD_RELEASE.sha256}))),
    ):
        assert judge(replace(in_place, rights=given))[0].reason.text is Text.GRANT_WAY_BACK


# -- the second person ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("approval", [key_approval(), pin_approval()], ids=["key", "pin"])
def test_a_second_person_who_agrees_is_named(approval: Approval) -> None:
    answer = ask(rights(approvals=(approval,)), DOWN)
    assert answer.troubles == ()
    assert answer.agreed == ((Action.DOWNGRADE, approval),)


@pytest.mark.parametrize("action", sorted(SECOND_PERSON))
def test_no_one_person_does_it_alone(action: Action) -> None:
    assert texts(ask(rights(), {action})) == [Text.APPROVAL_MISSING]


def test_a_work_order_may_ask_for_a_second_person_more_often() -> None:
    careful = rights(orders=(order(second_person=frozenset(UPDATE)),))
    assert texts(ask(careful)) == [Text.APPROVAL_MISSING]
    assert ask(replace(careful, approvals=(key_approval(Action.UPDATE),))).troubles == ()


def test_of_two_orders_the_stricter_counts() -> None:
    both = rights(orders=(order(), order(id="wo-2", second_person=frozenset(UPDATE))))
    assert texts(ask(both)) == [Text.APPROVAL_MISSING]


OBJECTIONS: list[tuple[str, Rights, Text]] = [
    ("another action", rights(approvals=(key_approval(Action.METERING),)), Text.APPROVAL_MISSING),
    ("another image", rights(approvals=(key_approval(release=OLD_RELEASE),)), Text.APPROVAL_MISSING),
    (
        "another charger",
        rights(approvals=(key_approval(chargers=(replace(request().chargers[0], serial="S2"),)),)),
        Text.APPROVAL_MISSING,
    ),
    ("another laptop", rights(approvals=(key_approval(laptop="2b" * 32),)), Text.APPROVAL_ELSEWHERE),
    ("yesterday", rights(approvals=(key_approval(given=AT - DAY),)), Text.APPROVAL_ENDED),
    ("tomorrow", rights(approvals=(key_approval(given=AT + DAY),)), Text.APPROVAL_ENDED),
    ("too long", rights(approvals=(replace(pin_approval(), expires=AT + 2 * DAY),)), Text.APPROVAL_ENDED),
    ("used before", rights(approvals=(key_approval(),), used=frozenset({"ab" * 16})), Text.APPROVAL_USED),
    ("changed", rights(approvals=(replace(key_approval(), expires=AT + timedelta(hours=23)),)), Text.APPROVAL_FORGED),
    (
        "grant of another key",
        rights(GRANT, replace(BY_KEY, key_id="3c" * 32), approvals=(key_approval(),)),
        Text.APPROVAL_WITHOUT_GRANT,
    ),
    ("no grant", rights(GRANT, approvals=(key_approval(),)), Text.APPROVAL_WITHOUT_GRANT),
    (
        "may not approve",
        rights(GRANT, replace(BY_KEY, actions=ALL), approvals=(key_approval(),)),
        Text.APPROVAL_WITHOUT_GRANT,
    ),
    ("ended", rights(GRANT, replace(BY_KEY, expires=AT), approvals=(key_approval(),)), Text.APPROVAL_WITHOUT_GRANT),
    (
        "elsewhere",
        rights(
            GRANT,
            replace(BY_KEY, scope=replace(GRANT.scope, sites=frozenset({"munich"}))),
            approvals=(key_approval(),),
        ),
        Text.APPROVAL_WITHOUT_GRANT,
    ),
    (
        "withdrawn",
        rights(denied=Denylist(grants=frozenset({"grant-2"})), approvals=(key_approval(),)),
        Text.APPROVAL_WITHOUT_GRANT,
    ),
    (
        "their laptop denied",
        rights(denied=Denylist(laptops=frozenset({BY_KEY.key_id})), approvals=(key_approval(),)),
        Text.APPROVAL_WITHOUT_GRANT,
    ),
    (
        "a PIN without one",
        rights(GRANT, replace(BY_PIN, pin=""), approvals=(pin_approval(),)),
        Text.APPROVAL_WITHOUT_GRANT,
    ),
    (
        "a PIN of another laptop",
        rights(GRANT, replace(BY_PIN, key_id="3c" * 32), approvals=(pin_approval(),)),
        Text.APPROVAL_WITHOUT_GRANT,
    ),
    (
        "the same person by another grant",
        rights(replace(GRANT, actor=" Grace"), BY_KEY, approvals=(key_approval(),)),
        Text.APPROVAL_SAME_PERSON,
    ),
    ("whoever sits here", rights(actor="GRACE", approvals=(key_approval(),)), Text.APPROVAL_SAME_PERSON),
    ("whoever asked", rights(approvals=(key_approval(actor="grace "),)), Text.APPROVAL_SAME_PERSON),
]


@pytest.mark.parametrize(("given", "text"), [case[1:] for case in OBJECTIONS], ids=[case[0] for case in OBJECTIONS])
def test_an_approval_counts_for_nothing_else_and_nobody_else(given: Rights, text: Text) -> None:
    assert texts(ask(given, DOWN)) == [text]
    assert text in NEVER


def test_the_key_of_this_very_laptop_is_no_second_one() -> None:
    own = rights(replace(GRANT, key_id=BY_KEY.key_id), BY_KEY, key_id=BY_KEY.key_id)
    approval = key_approval(laptop=BY_KEY.key_id)
    assert texts(ask(replace(own, approvals=(approval,)), DOWN)) == [Text.APPROVAL_WITHOUT_GRANT]


def test_of_several_approvals_one_good_one_is_enough() -> None:
    given = rights(approvals=(key_approval(given=AT - DAY), pin_approval(Action.DOWNGRADE)))
    assert ask(given, DOWN).troubles == ()


def test_what_preflight_says_of_a_second_person_is_a_note() -> None:
    down = replace(RELEASE, version="0.9")
    given = rights(orders=(order(down),), approvals=(key_approval(),))
    found = {one.reason.text: one for one in judge(replace(SITUATION, release=down, rights=given))}
    assert found[Text.APPROVAL_GIVEN].level is Level.INFO
    assert "grace" in found[Text.APPROVAL_GIVEN].reason.what


# -- waiving in mid-run -----------------------------------------------------------------------------------------------


def test_having_begun_is_no_right_to_waive() -> None:
    assert may_override(rights(began=True, only=frozenset()), ACT) is None
    without = rights(replace(GRANT, actions=frozenset(UPDATE)), began=True)
    trouble = may_override(without, ACT)
    assert trouble is not None and trouble.text is Text.GRANT_NONE
    ended = may_override(rights(began=True, at=LATER), ACT)
    assert ended is not None and ended.text is Text.GRANT_ORDER_ENDED
    assert may_override(Rights(), ACT) is None, "alone only release and site decide"


# -- security epochs --------------------------------------------------------------------------------------------------

SILENT = replace(SITUATION, seen=replace(SITUATION.seen, security_epoch=None))


def test_below_the_chargers_epoch_nothing_goes_whatever_was_granted() -> None:
    down = replace(RELEASE, version="0.9", security_epoch=1)
    given = rights(orders=(order(down),), approvals=(key_approval(),))
    situation = replace(SITUATION, seen=replace(SITUATION.seen, security_epoch=2), release=down, rights=given)
    assert judge(situation)[0].reason.text is Text.EPOCH_TOO_LOW


@pytest.mark.parametrize(("known", "used", "epoch", "text"), [
    (None, False, 0, Text.READY),
    (None, True, 0, Text.EPOCH_UNKNOWN),
    (None, False, 1, Text.EPOCH_UNKNOWN),
    (None, True, 9, Text.EPOCH_UNKNOWN),
    (1, True, 1, Text.READY),
    (2, True, 1, Text.EPOCH_TOO_LOW),
    (2, False, 0, Text.EPOCH_TOO_LOW),
])  # fmt: skip
def test_of_a_charger_that_tells_no_epoch_the_highest_known_counts(
    known: int | None, used: bool, epoch: int, text: Text
) -> None:
    release = replace(RELEASE, security_epoch=epoch)
    found = judge(replace(SILENT, release=release, epoch_known=known, epochs_used=used))[0]
    assert found.reason.text is text
    assert found.reason.exit_code is ExitCode.REFUSED


def test_a_charger_that_tells_its_epoch_is_believed() -> None:
    situation = replace(SITUATION, epoch_known=5, epochs_used=True)
    assert judge(situation)[0].level is Level.OK


def test_laptop_work_order_and_running_release_are_all_asked_for_the_epoch() -> None:
    runs = replace(OLD_RELEASE, security_epoch=1)
    charger = replace(order().chargers[0], security_epoch=2)
    told = rights(orders=(order(chargers=(charger,)), order(id="wo-2", expires=AT, chargers=(charger,))))
    seen = replace(told, epochs={"main": 3})
    assert epoch_known("main", "S1", None, Rights(), ()) == (None, False)
    assert epoch_known("main", "S1", runs, Rights(), (runs,)) == (1, True)
    assert epoch_known("main", "S1", runs, told, (RELEASE,)) == (2, False)
    assert epoch_known("main", "S1", runs, seen, ()) == (3, False)
    assert epoch_known("modem", "S1", None, seen, ()) == (None, False), "the order tells the main controller's"


def test_an_order_that_ended_still_knows_the_epoch() -> None:
    charger = replace(order().chargers[0], security_epoch=2)
    ended = rights(orders=(order(expires=AT - DAY, issued=AT - 2 * DAY, chargers=(charger,)),))
    assert epoch_known("main", "S1", None, ended, ())[0] == 2


def test_a_way_back_below_what_is_known_is_no_way_back() -> None:
    situation = replace(
        SILENT, can=Can(0), way_back=OLD_RELEASE, release=replace(RELEASE, security_epoch=1), epoch_known=1
    )
    assert judge(situation)[0].reason.text is Text.WAY_BACK_EPOCH


def test_every_situation_here_is_ready_without_a_director() -> None:
    assert isinstance(SITUATION, Situation)
    assert judge(SITUATION)[0].reason.text is Text.READY
