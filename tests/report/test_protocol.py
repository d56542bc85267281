"""The protocol: each check is decided from facts; unknown is "not checked", and that is never a pass."""

from dataclasses import replace

import pytest

from fieldtool.core.errors import UsageError
from fieldtool.core.rights import OrderedCharger
from fieldtool.core.texts import Text
from fieldtool.report.document import Account, Found, Image, Leg, WayBack
from fieldtool.report.protocol import Checklist, Facts, evaluate, load, overall, parse
from fieldtool.update.evidence import Grade
from fieldtool.update.run import Outcome
from fieldtool.update.validation import RULES

TOLD = Account("1.0", "aa", "a", 3, {}, (), (), None, None, {}, "", {})
IMAGE = Image("lab/x", 1, "22" * 32, "bb", "raucb", None, 0, (), Grade.PASS, "Signed by Lab.")
LEG = Leg(1, "main", "R4", "1.0", "2.0", IMAGE, True, None)
EXPECTED = OrderedCharger("S1", "Bay 01", "CityPost 22")


def found(rule: str, state: Grade = Grade.PASS, **more: object) -> Found:
    made = Found(1, "main", rule, rule, state, f"{rule}: {state}", None, "", None, None)
    return replace(made, **more)  # type: ignore[arg-type]  # fields by name


GOOD = Facts(
    serial="S1",
    model="CityPost 22",
    before=TOLD,
    expected=EXPECTED,
    on_site=True,
    directed=True,
    ordered=frozenset({"22" * 32}),
    outcome=Outcome.DONE,
    outcome_words="updated",
    recovery=False,
    legs=(LEG,),
    findings=tuple(found(rule, value="2", unit="s") for rule in RULES),
    whole=True,
    chain_words="whole",
    last_record=9,
    receipted=9,
)


def states(facts: Facts) -> dict[str, Grade]:
    return {check.id: check.state for check in evaluate(load(), facts)}


def test_a_good_run_passes_every_check() -> None:
    assert set(states(GOOD).values()) == {Grade.PASS}
    assert overall(evaluate(load(), GOOD)) is Grade.PASS


def test_every_check_says_how_it_is_decided_and_has_its_own_id() -> None:
    lines = load().lines
    assert len({line.id for line in lines}) == len(lines) >= 12
    assert all(line.decided and line.title for line in lines)
    assert {line.rule for line in lines if line.rule} <= set(RULES)


@pytest.mark.parametrize(
    ("check", "state", "change"),
    [
        ("identity", Grade.FAIL, {"model": "Another"}),
        ("identity", Grade.PASS, {"expected": None}),
        ("identity", Grade.NOT_CHECKED, {"expected": None, "on_site": False}),
        ("identity", Grade.NOT_CHECKED, {"expected": None, "on_site": None}),
        ("identity", Grade.NOT_CHECKED, {"before": None}),
        ("firmware", Grade.FAIL, {"ordered": frozenset()}),
        ("firmware", Grade.NOT_CHECKED, {"ordered": None}),
        ("firmware", Grade.NOT_CHECKED, {"findings": ()}),
        ("firmware", Grade.FAIL, {"findings": (found("version", Grade.FAIL), found("payload_hash"))}),
        ("firmware", Grade.NOT_CHECKED, {"findings": (found("version"), found("payload_hash", Grade.NOT_CHECKED))}),
        ("signature", Grade.FAIL, {"legs": (replace(LEG, image=replace(IMAGE, signature=Grade.FAIL)),)}),
        ("signature", Grade.NOT_CHECKED, {"legs": (replace(LEG, image=replace(IMAGE, signature=Grade.NOT_CHECKED)),)}),
        ("rollback", Grade.FAIL, {"legs": (replace(LEG, keeps_old=False),)}),
        ("rollback", Grade.PASS, {"legs": (replace(LEG, keeps_old=False, way_back=WayBack("1.0", "11" * 32)),)}),
        ("rollback", Grade.NOT_APPLICABLE, {"legs": (replace(LEG, keeps_old=False),), "recovery": True}),
        ("outcome", Grade.FAIL, {"outcome": Outcome.ROLLED_BACK}),
        ("outcome", Grade.NOT_CHECKED, {"outcome": Outcome.WAITING}),
        ("outcome", Grade.PASS, {"outcome": Outcome.RECOVERED}),
        ("connectors", Grade.FAIL, {"findings": (found("connectors"), found("connectors", Grade.FAIL, leg=2))}),
        ("connectors", Grade.PASS, {"findings": (found("connectors", Grade.FAIL), found("connectors", leg=2))}),
        ("connectors", Grade.WAIVED, {"findings": (found("connectors", Grade.WAIVED),)}),
        ("meter", Grade.NOT_CHECKED, {"findings": ()}),
        ("clock", Grade.FAIL, {"findings": (found("clock", value="75", unit="s"),)}),
        ("clock", Grade.PASS, {"findings": (found("clock", value="60", unit="s"),)}),
        ("clock", Grade.NOT_CHECKED, {"findings": (found("clock"),)}),
        ("audit", Grade.FAIL, {"whole": False}),
        ("receipt", Grade.NOT_CHECKED, {"receipted": None}),
        ("receipt", Grade.NOT_CHECKED, {"receipted": 8}),
        ("receipt", Grade.NOT_CHECKED, {"last_record": 0}),
    ],
)
def test_each_check_follows_its_facts(check: str, state: Grade, change: dict[str, object]) -> None:
    facts = replace(GOOD, **change)  # type: ignore[arg-type]  # fields by name
    assert states(facts)[check] is state


def test_of_two_components_the_worse_one_counts() -> None:
    both = (found("faults", Grade.FAIL), found("faults", component="modem", leg=2))
    assert states(replace(GOOD, findings=both))["faults"] is Grade.FAIL


def test_nothing_known_is_nothing_passed() -> None:
    nothing = Facts(
        "S1", "", None, None, None, False, None, Outcome.WAITING, "waits", False, (), (), False, "cut", 0, None
    )
    assert Grade.PASS not in states(nothing).values()
    assert overall(evaluate(load(), nothing)) is Grade.FAIL  # the audit log
    assert overall(()) is Grade.NOT_CHECKED


def test_a_limit_says_what_it_is() -> None:
    clock = next(check for check in evaluate(load(), GOOD) if check.id == "clock")
    assert clock.limit == "60 s"


BAD = [
    ("schema = 2", "schema 1"),
    ("[[check", "end of document"),
    ('[[check]]\nid = "a"\ntitle = "t"\nfrom = "nowhere"\ndecided = "d"', "nothing is decided"),
    ('[[check]]\nid = "a"\ntitle = "t"\nfrom = "finding"\ndecided = "d"', "its fields"),
    ('[[check]]\nid = "a"\ntitle = "t"\nfrom = "chain"\nmax = 3\ndecided = "d"', "its fields"),
    ('[[check]]\nid = "a"\ntitle = "t"\nfrom = "finding"\nrule = "clock"\nmax = true\ndecided = "d"', "no number"),
    ('[[check]]\nid = "a"\ntitle = "t"\nfrom = "finding"\nrule = "none"\ndecided = "d"', "no rule"),
    ('[[check]]\nid = "a"\ntitle = "t"\nfrom = "chain"\ndecided = "d"\n' * 2, "one id"),
]


@pytest.mark.parametrize(("text", "why"), BAD)
def test_a_protocol_that_is_not_understood_is_refused_with_its_place(text: str, why: str) -> None:
    whole = text if text.startswith("schema") else f'schema = 1\nid = "x"\nversion = 1\ntitle = "X"\n{text}'
    with pytest.raises(UsageError) as refused:
        parse(whole, "x.toml")
    assert refused.value.text is Text.PROTOCOL_BAD
    assert why in refused.value.what


def test_a_protocol_may_be_empty_and_then_says_nothing() -> None:
    empty = Checklist("x", 1, "X", ())
    assert evaluate(empty, GOOD) == ()
