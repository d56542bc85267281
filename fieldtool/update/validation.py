"""Does the charger work as before? Judges the evidence by every rule, and says when there is nothing to wait for.

The engine asks and keeps the samples; this module judges. "Not checked" is never a pass.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

from fieldtool.core.model import Expectation
from fieldtool.core.texts import Text
from fieldtool.update import rules
from fieldtool.update.evidence import Evidence, Finding, Grade, Sample, Waiver
from fieldtool.update.rules import CALLED, Found, Rule, found

__all__ = [
    "ALWAYS", "RULES", "Evidence", "Finding", "Grade", "Sample", "Waiver", "decided", "failed", "judge", "merged",
]  # fmt: skip
SOAK = 10.0  # seconds, where neither release, site nor setting says
ALWAYS = frozenset({"version", "payload_hash"})  # must be checked, and nobody may waive them


# ---- judging ---------------------------------------------------------------------------------------------------------


def judge(evidence: Evidence) -> tuple[Finding, ...]:
    """One finding per rule, in the order of RULES."""
    return tuple(_judged(evidence, rule) for rule in RULES)


def failed(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(one for one in findings if one.grade is Grade.FAIL)


def decided(evidence: Evidence, findings: tuple[Finding, ...]) -> bool | None:
    """True: it is well, and was for long enough. False: it is not, and had its time to become so. None: look again.

    A charger gets `settle` seconds to become well after its restart, and as many again whenever something comes back.
    """
    wrong = failed(findings)
    soak = next(one.grade for one in findings if one.rule == "soak")
    if not wrong:
        return True if soak in (Grade.PASS, Grade.WAIVED) else None
    if soak is Grade.FAIL:
        return False
    return False if evidence.newest.at - _unwell_since(evidence) >= evidence.settle else None


def _judged(evidence: Evidence, rule: str) -> Finding:
    grade, reason = RULES[rule](evidence)
    if grade is Grade.NOT_CHECKED and rule != "soak" and rule in ALWAYS | evidence.expected.required:
        grade, reason = found(Grade.FAIL, Text.VALIDATE_REQUIRED, what=CALLED[rule], why=reason.what.rstrip("."))
    waiver = _waiver(evidence, rule)
    if waiver is not None and (grade is Grade.FAIL or reason.text is Text.VALIDATE_SOAK_WAITS):
        return Finding(rule, Grade.WAIVED, reason, waiver)
    return Finding(rule, grade, reason)


def _waiver(evidence: Evidence, rule: str) -> Waiver | None:
    if rule in ALWAYS or rule not in evidence.expected.waivable:
        return None
    return next((one for one in evidence.waivers if one.rule == rule), None)


# ---- for how long ----------------------------------------------------------------------------------------------------


def _soak(e: Evidence) -> Found:
    """How long everything else has held without a break, by the times of the samples."""
    if _fails(e, tuple(rules.RULES)):
        return found(Grade.NOT_APPLICABLE, Text.VALIDATE_SOAK_OTHER)
    soak = SOAK if e.expected.soak is None else e.expected.soak
    held = e.newest.at - _well_since(e)
    told = {"found": round(held, 1), "expected": round(soak, 1)}
    if held >= soak:
        return found(Grade.PASS, Text.VALIDATE_SOAK_OK, **told)
    # It becomes well within `settle` and stays so. One relapse is granted: whatever comes and goes longer has failed.
    if _watched(e, e.settle + soak) >= 2 * (e.settle + soak):
        return found(Grade.FAIL, Text.VALIDATE_SOAK, **told)
    return found(Grade.NOT_CHECKED, Text.VALIDATE_SOAK_WAITS, **told)


def _watched(e: Evidence, at_most: float) -> float:
    """How long it was looked at. Between two looks its line may have been lost for an hour: that counts `at_most`."""
    return sum(min(later.at - earlier.at, at_most) for earlier, later in pairwise(e.samples))


def _well_since(e: Evidence) -> float:
    """For a charger that is well now. Restarts and settings held all the time when they hold now."""
    since = e.newest.at
    for then in _looks(e):
        if _fails(then, AT_ONE_LOOK):
            break
        since = then.newest.at
    return since


def _unwell_since(e: Evidence) -> float:
    """For a charger that is not well now. What shows in no single look, as a restart, does not pass by waiting."""
    since = 0.0
    for then in _looks(e):
        if not _fails(then, AT_ONE_LOOK):
            break
        since = then.newest.at
    return since


def _looks(e: Evidence) -> Iterator[Evidence]:
    """Each sample alone, the newest first."""
    for sample in reversed(e.samples):
        yield replace(e, samples=(sample,), now=e.now - (e.newest.at - sample.at))


def _fails(e: Evidence, names: tuple[str, ...]) -> bool:
    return any(_judged(e, name).grade is Grade.FAIL for name in names)


RULES: Mapping[str, Rule] = MappingProxyType({**rules.RULES, "soak": _soak})
"""By name, in the order in which they are told. "soak" is last: it looks at all others."""
AT_ONE_LOOK = tuple(name for name in rules.RULES if name not in ("resets", "settings"))


# ---- release and site together ---------------------------------------------------------------------------------------


def merged(release: Expectation, site: Expectation) -> Expectation:
    """The stricter counts: the longer soak, the smaller limits, all that either requires.

    Rules that may be waived, and settings that may change, are those that both allow; a side that names none leaves it
    to the other. What a side requires may only be waived if that side itself says so; ALWAYS never.
    """
    waivable = _both(release.waivable, site.waivable)
    for side in (release, site):
        waivable -= side.required - side.waivable
    return Expectation(
        soak=max((one for one in (release.soak, site.soak) if one is not None), default=None),
        required=release.required | site.required,
        waivable=waivable - ALWAYS,
        clock_off=min((one for one in (release.clock_off, site.clock_off) if one is not None), default=None),
        resets=min((one for one in (release.resets, site.resets) if one is not None), default=None),
        config_may_change=_both(release.config_may_change, site.config_may_change),
    )


def _both(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    return one & other if one and other else one | other
