"""Acceptance protocols: lists of checks as data (resources/protocols/), each decided from facts that are there. Pure.

Unknown is "not checked", and "not checked" is never a pass.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fieldtool.core.errors import UsageError
from fieldtool.core.model import same_serial
from fieldtool.core.resources import resource
from fieldtool.core.rights import OrderedCharger
from fieldtool.core.texts import Text
from fieldtool.report.document import Account, Check, Found, Leg, Protocol
from fieldtool.report.words import RULES
from fieldtool.update.evidence import Grade
from fieldtool.update.run import Outcome

SCHEMA = 1
SAT = "sat"


@dataclass(frozen=True, slots=True)
class Line:
    """One check as the file asks for it."""

    id: str
    title: str
    source: str  # "finding", or a name in _DECIDE
    decided: str
    rule: str = ""
    limit: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    id: str
    version: int
    title: str
    lines: tuple[Line, ...]

    @property
    def head(self) -> Protocol:
        return Protocol(self.id, self.version, self.title)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a check of one run may look at."""

    serial: str
    model: str
    before: Account | None
    expected: OrderedCharger | None  # as the work order names it
    on_site: bool | None  # the site file expects its serial number; None: there is no site file
    directed: bool  # a director says what may be installed
    ordered: frozenset[str] | None  # SHA-256 of the files that the order names for it; None: no order is known
    outcome: Outcome
    outcome_words: str
    recovery: bool  # it did not boot when the run began
    legs: tuple[Leg, ...]
    findings: tuple[Found, ...]
    whole: bool
    chain_words: str
    last_record: int  # 0: the run has none
    receipted: int | None  # records that central has confirmed; None: no receipt


Verdict = tuple[Grade, str]


def evaluate(checklist: Checklist, facts: Facts) -> tuple[Check, ...]:
    return tuple(_check(line, facts) for line in checklist.lines)


def _check(line: Line, facts: Facts) -> Check:
    state, words = _by_finding(line, facts) if line.source == "finding" else _DECIDE[line.source](facts)
    limit = "" if line.limit is None else f"{line.limit:g} {line.unit}".strip()
    return Check(line.id, line.title, state, words, limit, line.decided)


# ---- how each is decided ---------------------------------------------------------------------------------------------


def _by_finding(line: Line, facts: Facts) -> Verdict:
    """Of every component its last stage; the worst of them counts."""
    newest = {one.component: one for one in facts.findings if one.rule == line.rule}
    if not newest:
        return Grade.NOT_CHECKED, Text.PROTOCOL_NO_FINDING.what()
    return min((_limited(line, one) for one in newest.values()), key=lambda found: _ORDER.index(found[0]))


def _limited(line: Line, found: Found) -> Verdict:
    if line.limit is None or found.state is not Grade.PASS:
        return found.state, found.words
    if found.value is None:
        return Grade.NOT_CHECKED, Text.PROTOCOL_NO_VALUE.what()
    measured = float(found.value)
    if measured <= line.limit:
        return Grade.PASS, found.words
    told = {"found": f"{measured:g} {line.unit}".strip(), "expected": f"{line.limit:g} {line.unit}".strip()}
    return Grade.FAIL, Text.PROTOCOL_OVER_LIMIT.what(**told)


def _identity(facts: Facts) -> Verdict:
    if facts.before is None:
        return Grade.NOT_CHECKED, Text.PROTOCOL_NOT_TOLD.what()
    if facts.expected is not None:
        model = facts.expected.model
        if model and facts.model and model != facts.model:
            return Grade.FAIL, Text.PROTOCOL_OTHER_MODEL.what(found=facts.model, expected=model)
        if same_serial(facts.expected.serial, facts.serial):
            return Grade.PASS, Text.PROTOCOL_IDENTITY_ORDER.what(serial=facts.serial)
    if facts.on_site:
        return Grade.PASS, Text.PROTOCOL_IDENTITY_SITE.what(serial=facts.serial)
    return Grade.NOT_CHECKED, Text.PROTOCOL_NOBODY_EXPECTS.what(serial=facts.serial)


def _ordered(facts: Facts) -> Verdict:
    """What runs must have been seen by validation; what was only installed proves nothing."""
    for rule in ("version", "payload_hash"):
        state, words = _by_finding(Line("", "", "finding", "", rule), facts)
        if state is not Grade.PASS:
            return state, words
    if facts.ordered is None:
        code = Text.PROTOCOL_ORDER_UNKNOWN if facts.directed else Text.PROTOCOL_STAND_ALONE
        return Grade.NOT_CHECKED, code.what()
    wrong = [leg for leg in facts.legs if leg.image.sha256 not in facts.ordered]
    if wrong:
        return Grade.FAIL, Text.PROTOCOL_NOT_ORDERED.what(target=wrong[0].image.target)
    return Grade.PASS, Text.PROTOCOL_ORDERED.what(
        found=", ".join(f"{leg.component} {leg.version}" for leg in facts.legs)
    )


def _signature(facts: Facts) -> Verdict:
    worst = min(facts.legs, key=lambda leg: _ORDER.index(leg.image.signature), default=None)
    if worst is None:
        return Grade.NOT_CHECKED, Text.PROTOCOL_NO_FINDING.what()
    return worst.image.signature, worst.image.signature_words


def _rollback(facts: Facts) -> Verdict:
    if not facts.legs:
        return Grade.NOT_CHECKED, Text.PROTOCOL_NO_FINDING.what()
    if facts.recovery:
        return Grade.NOT_APPLICABLE, Text.PROTOCOL_WAS_DEAD.what()
    without = [leg for leg in facts.legs if not leg.keeps_old and leg.way_back is None]
    if without:
        return Grade.FAIL, Text.PROTOCOL_NO_WAY_BACK.what(component=without[0].component)
    if all(leg.keeps_old for leg in facts.legs):
        return Grade.PASS, Text.PROTOCOL_KEEPS_OLD.what()
    return Grade.PASS, Text.PROTOCOL_WAY_BACK.what()


def _outcome(facts: Facts) -> Verdict:
    if facts.outcome is Outcome.WAITING:
        return Grade.NOT_CHECKED, facts.outcome_words
    good = facts.outcome in (Outcome.DONE, Outcome.RECOVERED)
    return (Grade.PASS if good else Grade.FAIL), facts.outcome_words


def _chain(facts: Facts) -> Verdict:
    return (Grade.PASS if facts.whole else Grade.FAIL), facts.chain_words


def _receipt(facts: Facts) -> Verdict:
    if not facts.last_record:
        return Grade.NOT_CHECKED, Text.PROTOCOL_NO_RECORDS.what()
    if facts.receipted is None or facts.receipted < facts.last_record:
        return Grade.NOT_CHECKED, Text.PROTOCOL_NOT_RECEIPTED.what()
    return Grade.PASS, Text.PROTOCOL_RECEIPTED.what(size=facts.receipted)


_ORDER = (Grade.FAIL, Grade.NOT_CHECKED, Grade.WAIVED, Grade.NOT_APPLICABLE, Grade.PASS)  # the worst first
_DECIDE: Mapping[str, Callable[[Facts], Verdict]] = MappingProxyType(
    {
        "identity": _identity,
        "ordered": _ordered,
        "signature": _signature,
        "rollback": _rollback,
        "outcome": _outcome,
        "chain": _chain,
        "receipt": _receipt,
    }
)


def overall(checks: tuple[Check, ...]) -> Grade:
    """Of a whole protocol: fail, else not checked, else waived, else pass."""
    states = {check.state for check in checks} - {Grade.NOT_APPLICABLE}
    return next((state for state in _ORDER if state in states), Grade.NOT_CHECKED)


# ---- the file --------------------------------------------------------------------------------------------------------


def load(name: str = SAT) -> Checklist:
    """UsageError(PROTOCOL_BAD) says which check and field of the file is wrong."""
    file = f"protocols/{name}.toml"
    return parse(resource(file).read_text(encoding="utf-8"), file)


def parse(text: str, file: str) -> Checklist:
    try:
        content = tomllib.loads(text)
        if content.keys() != {"schema", "id", "version", "title", "check"} or content["schema"] != SCHEMA:
            raise ValueError("its fields are not those of schema 1")
        lines = tuple(_line(one) for one in content["check"])
        if len({line.id for line in lines}) < len(lines):
            raise ValueError("two checks have one id")
        return Checklist(str(content["id"]), int(content["version"]), str(content["title"]), lines)
    except (ValueError, KeyError, TypeError, AttributeError) as error:  # tomllib's own error is a ValueError
        raise UsageError(Text.PROTOCOL_BAD, file=file, detail=str(error)) from error


def _line(data: Mapping[str, object]) -> Line:
    found, limited = {"id", "title", "from", "decided"}, {"max", "unit"}
    source = data.get("from")
    optional = {"rule"} | limited if source == "finding" else set()
    if not found <= data.keys() <= found | optional or (source == "finding") != ("rule" in data):
        raise ValueError(f"check {data.get('id')}: its fields")
    if source != "finding" and source not in _DECIDE:
        raise ValueError(f"check {data['id']}: nothing is decided from “{source}”")
    if source == "finding" and data["rule"] not in RULES:
        raise ValueError(f"check {data['id']}: there is no rule {data['rule']}")
    limit = data.get("max")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int | float)):
        raise ValueError(f"check {data['id']}: max is no number")
    return Line(
        id=str(data["id"]),
        title=str(data["title"]),
        source=str(source),
        decided=str(data["decided"]),
        rule=str(data.get("rule", "")),
        limit=limit,
        unit=str(data.get("unit", "")),
    )
