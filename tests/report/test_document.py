"""The document has one spelling, its schema says what its types say, and what was shipped once stays readable."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.plain import to_plain
from fieldtool.report.document import Document
from fieldtool.report.sign import envelope_of
from fieldtool.report.spelling import altered, checksums, decode, encode, near, parsed, values
from fieldtool.report.verify import trust, verify
from tests.report import schema

GOLDEN = Path(__file__).parents[1] / "golden" / "evidence-v1"
SHIPPED = decode(envelope_of((GOLDEN / "visit.json").read_bytes()).payload)
PAYLOAD = encode(SHIPPED)


# ---- golden files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["visit.json", "visit.pdf"])
@pytest.mark.parametrize("root", ["laptop", "central-key", "central"])
def test_evidence_that_was_shipped_still_holds(file: str, root: str) -> None:
    roots = dict(line.split() for line in (GOLDEN / "roots.txt").read_text().splitlines())
    verdict = verify((GOLDEN / file).read_bytes(), trust([roots[root]]))
    assert (verdict.by_laptop, verdict.by_central) == (root == "laptop", root != "laptop")
    assert verdict.document == SHIPPED
    assert json.loads((GOLDEN / "document.json").read_text()) == to_plain(SHIPPED)


# ---- schema ----------------------------------------------------------------------------------------------------------


def test_the_schema_says_what_the_types_say() -> None:
    assert json.loads(schema.FILE.read_text()) == schema.derived(), "python -m tests.report.schema writes it anew"


def test_what_we_make_is_what_the_schema_allows() -> None:
    rules = json.loads(schema.FILE.read_text())
    assert schema.problems(rules, rules, json.loads(PAYLOAD)) == []


@pytest.mark.parametrize("change", [{"v": "1"}, {"kind": "month"}, {"runs": [{}]}, {"more": 1}, {"made": None}])
def test_the_schema_and_the_parser_refuse_the_same(change: dict[str, object]) -> None:
    rules, plain = json.loads(schema.FILE.read_text()), {**json.loads(PAYLOAD), **change}
    assert schema.problems(rules, rules, plain)
    with pytest.raises(ValueError):
        decode(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode())


@pytest.mark.parametrize("name", sorted(json.loads(PAYLOAD)))
def test_no_field_may_be_missing(name: str) -> None:
    plain = json.loads(PAYLOAD)
    del plain[name]
    rules = json.loads(schema.FILE.read_text())
    assert schema.problems(rules, rules, plain)
    with pytest.raises(ValueError):
        decode(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode())


# ---- one spelling ----------------------------------------------------------------------------------------------------


def test_a_document_is_read_as_it_was_written() -> None:
    assert decode(PAYLOAD) == SHIPPED
    assert encode(decode(PAYLOAD)) == PAYLOAD


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps(json.loads(PAYLOAD)).encode(),  # with blanks
        PAYLOAD.replace(b'"v":1', b'"v":true'),
        PAYLOAD.replace(b'"v":1', b'"v":1.0'),
        PAYLOAD.replace(b'"v":1', b'"v":1,"v":1'),
        PAYLOAD.replace(b'"v":1', b'"v":2'),
        PAYLOAD.replace(b"clock", b"cl\\u006fck", 1),
        PAYLOAD + b" ",
        b"[]",
        b"[" * 100_000,
        b"",
        b"\xff",
    ],
)
def test_any_other_spelling_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError):
        decode(payload)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_stumble(payload: bytes) -> None:
    with pytest.raises(ValueError):
        decode(payload)
    with suppress(ValueError):
        assert isinstance(parsed(payload), dict)


# ---- places ----------------------------------------------------------------------------------------------------------


def test_every_altered_value_is_named() -> None:
    plain = json.loads(PAYLOAD)
    for path, _ in values(plain):
        changed = json.loads(PAYLOAD)
        _set(changed, path)
        assert altered(changed) == path
    assert altered(plain) == ""


def _set(plain: object, path: str) -> None:
    *way, last = path.replace("]", "").replace("[", ".").split(".")
    for part in way:
        plain = plain[int(part)] if isinstance(plain, list) else plain[part]  # type: ignore[index]  # as JSON is
    if isinstance(plain, list):
        plain[int(last)] = "something else"
    else:
        plain[last] = "something else"  # type: ignore[index]  # as above


def test_a_place_behind_which_nothing_can_be_read_is_named() -> None:
    place = PAYLOAD.index(b'"outcome_words"')
    assert near(PAYLOAD, place).startswith("at runs[0].outcome, byte")
    assert near(PAYLOAD, PAYLOAD.index(b"log-opened") if b"log-opened" in PAYLOAD else 1).startswith("at ")
    assert near(PAYLOAD, PAYLOAD.index(b'{\\"payload') + 5).startswith("at records[0].envelope, byte")
    assert near(b"", 0) == "at its beginning, byte 0"


def test_the_list_of_checksums_belongs_to_the_rest() -> None:
    other: Document = replace(SHIPPED, id="EV-other")
    assert checksums(to_plain(other)) != SHIPPED.fields
    assert decode(encode(other)).fields == checksums(to_plain(other))
