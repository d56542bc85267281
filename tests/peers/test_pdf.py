"""The PDF of a report as other programs see it: text layer, fonts, pages and the attachment (poppler)."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from fieldtool.audit.keys import PrivateKey
from fieldtool.report.document import Document, Key
from fieldtool.report.drawing import Paper
from fieldtool.report.layout import Head, Words, lay_out
from fieldtool.report.pages import blocks
from fieldtool.report.pdf import draw
from fieldtool.report.seal import seal
from fieldtool.report.sign import envelope_of, sign
from fieldtool.report.spelling import decode

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed"),
]
GOLDEN = Path(__file__).parents[1] / "golden" / "evidence-v1"
HEAD = Head("", "", "", "", "")


def _call(*command: str | Path) -> str:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def document() -> Document:
    return decode(envelope_of((GOLDEN / "visit.json").read_bytes()).payload)


@pytest.fixture(params=list(Paper))
def drawn(request: pytest.FixtureRequest, qapp: object, document: Document, tmp_path: Path) -> tuple[Path, bytes]:
    key = PrivateKey.new()
    document = replace(document, keys=(*document.keys, Key(key.key_id, key.public.spki)))
    signed = sign(document, key)
    file = tmp_path / "report.pdf"
    file.write_bytes(seal(draw(signed, request.param), signed, key))
    return file, signed


def _letters(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_the_text_layer_says_what_was_drawn_letter_by_letter(drawn: tuple[Path, bytes]) -> None:
    file, signed = drawn
    document = decode(envelope_of(signed).payload)
    paper = Paper.A4 if "595" in _call("pdfinfo", file) else Paper.LETTER
    told = _letters(_call("pdftotext", "-raw", file, "-"))
    pages = lay_out(blocks(document), paper, HEAD)
    lines = [thing.text for page in pages for thing in page.things if isinstance(thing, Words)]
    missing = [line for line in lines if _letters(line) not in told]
    assert missing == []
    assert "HL180-24-007731" in told


def test_every_leaf_of_the_json_that_people_read_is_in_the_text(drawn: tuple[Path, bytes], document: Document) -> None:
    told = _letters(_call("pdftotext", "-raw", drawn[0], "-"))
    for run in document.runs:
        facts = [run.id, run.serial, run.name, run.target, run.technician, run.outcome_words]
        facts += [leg.image.sha256 for leg in run.legs] + [leg.image.payload_hash for leg in run.legs]
        facts += [finding.words for finding in run.findings] + [check.words for check in run.checks]
        facts += [check.decided for check in run.checks] + [step.words for step in run.steps]
        facts += [decision.why for decision in run.decisions] + [one.about for one in run.decisions]
        assert [fact for fact in facts if _letters(fact).casefold() not in told.casefold()] == []


def test_papers_are_what_they_are_called(drawn: tuple[Path, bytes], request: pytest.FixtureRequest) -> None:
    told = _call("pdfinfo", drawn[0])
    assert re.search(r"Page size:\s+(595(\.\d+)? x 842|595\.\d+ x 841\.\d+|612 x 792)", told)


def test_every_font_is_embedded_and_ours(drawn: tuple[Path, bytes]) -> None:
    lines = _call("pdffonts", drawn[0]).splitlines()[2:]
    assert lines and all(re.match(r"(\w+\+)?(Inter|JetBrainsMono)", line) for line in lines)
    assert all(re.search(r"\s(yes)\s+(yes|no)\s+(yes)\s+\d+", line) for line in lines)


def test_the_signed_document_is_attached_byte_for_byte(drawn: tuple[Path, bytes], tmp_path: Path) -> None:
    file, signed = drawn
    assert "1 embedded file" in _call("pdfdetach", "-list", file)
    _call("pdfdetach", "-save", "1", "-o", tmp_path / "taken.json", file)
    assert (tmp_path / "taken.json").read_bytes() == signed


def test_every_page_is_drawn(drawn: tuple[Path, bytes], tmp_path: Path) -> None:
    _call("pdftoppm", "-r", "30", "-png", drawn[0], tmp_path / "page")
    pages = [QImage(str(page)) for page in sorted(tmp_path.glob("page*.png"))]
    assert len(pages) > 3
    for page in pages:
        assert any(page.pixelColor(x, y).lightness() < 128 for y in range(page.height()) for x in range(page.width()))
