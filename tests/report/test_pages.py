"""The pages say what the document says: every fact, in a form that paper and text layer bear."""

import hashlib
import json
from base64 import b64encode
from dataclasses import replace
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage

from fieldtool.app.reports import Form
from fieldtool.audit.keys import PrivateKey
from fieldtool.core.clock import iso, parse_iso
from fieldtool.core.plain import from_plain, to_plain
from fieldtool.report.document import Document, Person, Untouched
from fieldtool.report.drawing import Paper
from fieldtool.report.layout import Code, Head, Page, Style, Words, lay_out, spelled, width, wrapped
from fieldtool.report.pages import THROW_AWAY, Facts, blocks
from fieldtool.report.pdf import draw, pictures
from fieldtool.report.sign import envelope_of, sign
from fieldtool.report.spelling import decode, values
from tests.report.support import Scene, result, write_rich

GOLDEN = Path(__file__).parents[1] / "golden" / "evidence-v1"
SHIPPED = decode(envelope_of((GOLDEN / "visit.json").read_bytes()).payload)
HEAD = Head("Title", "Subtitle", "Running", "", "code")
FOR_MACHINES = ("envelope", "proof", "spki", "note", "fields")
"""Only in the attached JSON."""
TOLD_BY_ANOTHER = {
    "phase": "title", "rule": "title", "outcome": "outcome_words", "leg": "component", "number": "version",
    "key": "the fingerprint that report verify compares",
}  # fmt: skip
"""Codes whose words stand beside them in the document."""


# ---- every fact ------------------------------------------------------------------------------------------------------


def told_on_pages(document: Document) -> str:
    return repr(list(blocks(document)))


def changed(plain: Any, path: str) -> Any | None:
    """The document with another value at `path`. None: the value says that there is nothing to tell."""
    content = json.loads(json.dumps(plain))
    holder, last = _holder(content, path)
    value = holder[last]
    if value in (None, "", [], {}):
        return None
    holder[last] = _other(value)
    return content


def _holder(content: Any, path: str) -> tuple[Any, Any]:
    *way, last = path.replace("]", "").replace("[", ".").split(".")
    for part in way:
        content = content[int(part)] if isinstance(content, list) else content[part]
    return content, int(last) if isinstance(content, list) else last


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    for kind in _enums():
        if value in {one.value for one in kind}:
            return next(one.value for one in kind if one.value != value)
    try:
        moment = parse_iso(value)
        return iso(moment.replace(year=moment.year - 1))
    except ValueError:
        return f"{value}x"


def _enums() -> list[type[Enum]]:
    from fieldtool.report.document import Kind
    from fieldtool.update.evidence import Grade
    from fieldtool.update.run import Outcome

    return [Grade, Outcome, Kind]


def test_every_fact_of_the_document_is_on_some_page() -> None:
    plain = json.loads(json.dumps(to_plain(SHIPPED)))
    before, silent = told_on_pages(SHIPPED), []
    for path, _ in values(plain):
        name = path.rpartition(".")[2].partition("[")[0]
        if name in FOR_MACHINES or name in TOLD_BY_ANOTHER:
            continue
        other = changed(plain, path)
        if other is None:
            continue
        try:
            document = from_plain(Document, other)
        except (ValueError, KeyError, TypeError):
            continue  # "2026..." in a text, or a mark that only we write: no such document can be
        if _as_told(document) == before:
            silent.append(path)
    assert silent == []


def _as_told(document: Document) -> str:
    try:
        return told_on_pages(document)
    except KeyError:
        return "a mark that nobody writes"


def test_what_is_not_there_is_told_in_words() -> None:
    bare = replace(SHIPPED, site=None, receipt=None, untouched=(), runs=SHIPPED.runs[:1])
    told = told_on_pages(bare)
    assert "no site file" in told and "NOT YET RECEIPTED" in told


def test_a_broken_log_and_a_throw_away_key_are_told_first_and_on_every_page(qapp: object) -> None:
    document = replace(SHIPPED, throw_away=True, log=replace(SHIPPED.log, whole=False, words="Records are missing."))
    pages = lay_out(blocks(document), Paper.A4, replace(HEAD, warning=THROW_AWAY))
    assert all(THROW_AWAY in words(page) for page in pages)
    assert any(thing.style is Style.BANNER for thing in pages[0].things if isinstance(thing, Words))
    assert "LOG IS NOT WHOLE" in words(pages[0]) + words(pages[1])


# ---- places ----------------------------------------------------------------------------------------------------------


def words(page: Page) -> list[str]:
    return [thing.text for thing in page.things if isinstance(thing, Words)]


@pytest.mark.parametrize("paper", Paper)
def test_nothing_stands_outside_of_the_page_or_on_something_else(qapp: object, paper: Paper) -> None:
    long = "a site with a name that takes more than one line, or " * 3
    crowd = tuple(Person("ab" * 16, ("technician",), f"Somebody Whose Name Is Long {n}") for n in range(7))
    many = replace(
        SHIPPED,
        untouched=tuple(Untouched(f"S{n}", f"Bay {n}", "why " * 60) for n in range(60)),
        site=replace(SHIPPED.site, name=long) if SHIPPED.site else None,
        people=crowd,
    )
    pages = lay_out(blocks(many), paper, HEAD)
    wide, high = (side * 1200 / 72 for side in paper.size)
    for page in pages:
        lines = [thing for thing in page.things if isinstance(thing, Words)]
        for line in lines:
            assert line.x >= 0 and line.x + width(line.text, line.style) <= wide - 30 * 1200 / 72, line
            assert 0 < line.y < high - 15 * 1200 / 72, line
        assert on_each_other(lines) == []


def on_each_other(lines: list[Words]) -> list[tuple[Words, Words]]:
    return [
        (one, other)
        for one in lines
        for other in lines
        if one is not other
        and abs(one.y - other.y) < 7 * 1200 / 72
        and one.x <= other.x < one.x + width(one.text, one.style) - 1
    ]


def test_facts_of_any_length_leave_the_next_row_its_place(qapp: object) -> None:
    for length in range(5, 60):
        words_of_all_lengths = " ".join("e5" * (n * 7 % 11 + 1) for n in range(length))
        facts = Facts((("A", words_of_all_lengths), ("B", "x"), ("C", "y"), ("D", "z")))
        (page,) = lay_out([facts], Paper.A4, HEAD)
        assert on_each_other([thing for thing in page.things if isinstance(thing, Words)]) == []


def test_the_head_of_a_table_stands_on_every_page_that_it_goes_over(qapp: object) -> None:
    many = replace(SHIPPED, untouched=tuple(Untouched(f"S{n}", f"Bay {n}", "") for n in range(150)))
    pages = lay_out(blocks(many), Paper.A4, HEAD)
    with_rows = [page for page in pages if sum("Not touched" in word for word in words(page)) > 10]
    assert len(with_rows) >= 3 and all("Serial no." in words(page) for page in with_rows)


def test_every_page_says_which_of_how_many_it_is(qapp: object) -> None:
    pages = lay_out(blocks(SHIPPED), Paper.LETTER, HEAD)
    assert [words(page)[-1] for page in pages] == [f"Page {n} of {len(pages)}" for n in range(1, len(pages) + 1)]


def test_letters_that_the_font_lacks_and_that_turn_others_are_spelled(qapp: object) -> None:
    lay_out((), Paper.A4, HEAD)
    assert spelled("Zähler → ok") == "Zähler → ok"
    assert spelled("充\u202eB\x07") == "<U+5145><U+202E>B<U+0007>"
    assert "".join(wrapped("9" * 300, Style.CODE, 800.0)) == "9" * 300
    assert wrapped("", Style.BODY, 10.0) == [""]


# ---- drawn -----------------------------------------------------------------------------------------------------------


def test_pictures_of_the_pages_are_pngs_of_the_paper(qapp: object) -> None:
    shown = pictures(replace(SHIPPED, runs=SHIPPED.runs[:1]), Paper.LETTER, 72)
    images = [QImage.fromData(content, "PNG") for content in shown]  # type: ignore[call-overload]  # stubs want bytes
    assert len(images) > 2 and all((image.width(), image.height()) == (612, 792) for image in images)
    assert all(image.pixelColor(5, 5).lightness() == 255 for image in images)


def test_the_same_document_is_drawn_the_same_but_for_the_date(qapp: object, scene: Scene) -> None:
    write_rich(scene)
    made = scene.make("run-7")
    one, other = (_undated(draw(made.file.read_bytes(), Paper.A4)) for _ in range(2))
    assert hashlib.sha256(one).digest() == hashlib.sha256(other).digest()


def _undated(pdf: bytes) -> bytes:
    import re

    dates = rb"\(D:\d{14}[^)]*\)|<xmp:(?:Create|Modify|Metadata)Date>[^<]*<|:(?:Create|Modify|Metadata)Date=\"[^\"]*\""
    return re.sub(dates, b"", pdf)


def test_the_code_holds_number_and_hash(qapp: object, scene: Scene) -> None:
    write_rich(scene)
    made = result(scene.reports.make(_subject(), Form(paper="letter")))
    document, signed = scene.reports.verify(made.file, []).document, made.file.read_bytes()
    head = Head("t", "s", "r", "", f"{document.id} sha256:{hashlib.sha256(signed).hexdigest()}")
    (code,) = [thing for thing in lay_out(blocks(document), Paper.A4, head)[0].things if isinstance(thing, Code)]
    assert made.sha256 in code.text and made.id in code.text


def _subject() -> Any:
    from fieldtool.app.reports import Subject

    return Subject("run-7")


def test_a_document_that_is_not_attached_is_not_sealed(qapp: object) -> None:
    from fieldtool.report.seal import seal

    with pytest.raises(ValueError):
        seal(b"%PDF-1.4\nstream\n" + b64encode(b"x") + b"\nendstream", b"the document", PrivateKey.new())


def test_a_key_of_another_laptop_draws_no_seal_that_holds(qapp: object, scene: Scene) -> None:
    with pytest.raises(ValueError):
        sign(SHIPPED, PrivateKey.new())


def test_times_are_told_to_the_millisecond_where_they_have_one() -> None:
    moment = datetime.fromisoformat("2026-11-20T09:38:01.250+00:00")
    assert "2026-11-20 09:38:01.250 UTC" in told_on_pages(
        replace(SHIPPED, runs=(replace(SHIPPED.runs[0], started=replace(SHIPPED.runs[0].started, at=moment)),))
    )
