"""Evidence in words: grades of its checks, how they add up, and what a list says of a run."""

from collections import Counter
from collections.abc import Iterable, Mapping

from fieldtool.app.reports import ReportRow
from fieldtool.report.document import Check, Document, Run
from fieldtool.report.verify import Verdict
from fieldtool.ui.words import Sign, day_words, mark, outcome_sign, words
from fieldtool.update.evidence import Grade

_GRADES: Mapping[Grade, tuple[str, str, str]] = {
    Grade.FAIL: ("bad", "circle-x", mark("Fail")),
    Grade.NOT_CHECKED: ("warn", "circle-help", mark("Not checked")),
    Grade.WAIVED: ("idle", "signature", mark("Waived")),
    Grade.PASS: ("ok", "circle-check", mark("Pass")),
    Grade.NOT_APPLICABLE: ("idle", "minus", mark("Not needed")),
}
_COUNTED: Mapping[Grade, str] = {
    Grade.FAIL: mark("{n} fail"),
    Grade.NOT_CHECKED: mark("{n} not checked"),
    Grade.WAIVED: mark("{n} waived"),
    Grade.PASS: mark("{n} pass"),
}


def grade_sign(grade: Grade) -> Sign:
    kind, icon, word = _GRADES[grade]
    return Sign(kind, icon, words(word))


def counted(checks: Iterable[Check]) -> tuple[Sign, ...]:
    """How many of each, the worst first; what is not there is not named."""
    counts = Counter(one.state for one in checks)
    return tuple(
        Sign(_GRADES[grade][0], _GRADES[grade][1], words(told, n=counts[grade]))
        for grade, told in _COUNTED.items()
        if counts[grade]
    )


def worst(run: Run) -> Grade:
    """Of its checks; a charger that nobody checked has passed nothing."""
    states = {one.state for one in run.checks}
    return next((grade for grade in _GRADES if grade in states), Grade.NOT_CHECKED)


def row_words(row: ReportRow) -> tuple[str, str, Sign]:
    """Title, second line, and how it stands with its evidence."""
    outcome = outcome_sign(row.outcome)
    when = day_words(row.ended or row.began)
    return (
        row.name,
        words("{outcome}, {version} · {day}", outcome=outcome.word, version=row.target, day=when),
        kept(row),
    )


def kept(row: ReportRow) -> Sign:
    if not row.files:
        return Sign("idle", "circle-dashed", words("No evidence yet"))
    if row.receipted:
        return Sign("ok", "circle-check", words("Signed, receipted"))
    return Sign("accent", "signature", words("Signed, not receipted yet"))


def verdict_words(found: Verdict, file: str) -> tuple[str, str]:
    """That it holds, and who stands behind it."""
    document = found.document
    head = words("{file} holds: not one byte was altered", file=file)
    if found.by_laptop and found.by_central:
        who = words("The laptop's key and the central system's receipt stand behind it.")
    elif found.by_central:
        who = words("The central system's receipt stands behind it.")
    else:
        who = words("The laptop's key stands behind it.")
    about = words("{id}, {n} runs, {m} of {all} records receipted.", id=document.id, n=len(document.runs),
                  m=found.receipted, all=found.records)  # fmt: skip
    if document.throw_away:
        who += " " + words("It is a THROW-AWAY key: this proves nothing about a real charger.")
    return head, f"{about} {who}"


def title_of(document: Document) -> str:
    """Of what is shown: the charger, or the visit."""
    if len(document.runs) == 1 and not document.untouched:
        return document.runs[0].name or document.runs[0].serial
    return words("This visit: {n} runs", n=len(document.runs))
