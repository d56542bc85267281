"""The director's documents are read as they were written, and anything else in them is refused by the field's name."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.errors import FirmwareError
from fieldtool.core.model import Link, SitePin
from fieldtool.core.rights import ANY, Action, Denylist, Grant, OrderedCharger, OrderedImage, Scope, WorkOrder
from fieldtool.core.texts import Text
from fieldtool.firmware import directions
from fieldtool.firmware.directions import (
    denylist_json,
    grant_json,
    order_json,
    parse_denylist,
    parse_grant,
    parse_order,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "directions-v1"
AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
KEY = "SHA256:" + "A" * 43
HASH = "ab" * 32
PIN = f"scrypt$17$8$1${'5a' * 16}${HASH}"
ORDER = WorkOrder(
    id="wo-17",
    site="depot-west",
    title="Depot West, März 2026",
    issued=AT,
    expires=AT + timedelta(days=14),
    chargers=(
        OrderedCharger(
            serial="000731",
            name="Bay 01",
            model="CityPost 22",
            hardware="R4",
            profile="citypost",
            links=(Link("ssh", "192.0.2.7:22"),),
            pins=(SitePin("000731", "ssh", KEY), SitePin("000731", "tls", KEY)),
            security_epoch=3,
            images=(OrderedImage("lab/citypost-2.6.0.raucb", 5000, HASH, ("R4", "R5")),),
        ),
        OrderedCharger("000732", "Bay 02", "CityPost 22"),
    ),
    second_person=frozenset({Action.UPDATE}),
)
GRANT = Grant(
    id="g-4",
    key_id=HASH,
    actor="t. müller",
    actions=frozenset({Action.UPDATE, Action.APPROVE}),
    scope=Scope(frozenset({"depot-west"}), frozenset({"000731"}), frozenset({ANY})),
    not_before=AT,
    expires=AT + timedelta(days=30),
    epoch=2,
    max_uses=5,
    pin=PIN,
)
DENYLIST = Denylist(frozenset({HASH}), frozenset({"g-3"}), frozenset({"cd" * 32}), 2)
DOCUMENTS: dict[str, tuple[bytes, Callable[[bytes], object], object]] = {
    "order": (order_json(ORDER), parse_order, ORDER),
    "grant": (grant_json(GRANT), parse_grant, GRANT),
    "denylist": (denylist_json(DENYLIST), parse_denylist, DENYLIST),
}


def refused(field: str) -> "pytest.RaisesExc[FirmwareError]":
    return pytest.raises(
        FirmwareError, check=lambda error: error.text is Text.DIRECTION_BAD and error.params["field"] == field
    )


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_written_is_read_again_and_in_the_same_bytes(name: str) -> None:
    written, parse, value = DOCUMENTS[name]
    assert parse(written) == value


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_first_format_ever_shipped_stays_readable_and_is_still_written(name: str) -> None:
    written, parse, value = DOCUMENTS[name]
    golden = (GOLDEN / f"{name}.json").read_bytes()
    assert parse(golden) == value
    assert written == golden


def test_a_document_that_leaves_out_what_may_be_left_out_is_read() -> None:
    bare = replace(GRANT, key_id="", actions=frozenset({Action.APPROVE}), max_uses=None)
    assert parse_grant(grant_json(bare)) == bare
    own_key = replace(GRANT, pin="", actions=frozenset({Action.UPDATE}))
    assert parse_grant(grant_json(own_key)) == own_key
    assert parse_denylist(denylist_json(Denylist())) == Denylist()


def changed(name: str, path: tuple[str | int, ...], value: object) -> bytes:
    content = json.loads(DOCUMENTS[name][0])
    place = content
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return json.dumps(content).encode()


CHARGER = ("chargers", 0)
IMAGE = (*CHARGER, "images", 0)
WRONG: list[tuple[str, tuple[str | int, ...], object, str]] = [
    ("order", ("schema",), 2, "schema"),
    ("order", ("schema",), True, "schema"),
    ("order", ("kind",), "grant", "kind"),
    ("order", ("kind",), ..., "kind"),
    ("order", ("surprise",), 1, "surprise"),
    ("order", ("id",), "../evil", "id"),
    ("order", ("id",), "WO", "id"),
    ("order", ("site",), "a/b", "site"),
    ("order", ("title",), "two\nlines", "title"),
    ("order", ("issued",), "2026-03-02T08:00:00", "issued"),
    ("order", ("issued",), 1, "issued"),
    ("order", ("issued",), "0001-01-01T00:00:00+23:59", "issued"),
    ("order", ("expires",), "2026-03-02T08:00:00Z", "expires"),
    ("order", ("expires",), ..., "expires"),
    ("order", ("chargers",), {}, "chargers"),
    ("order", ("second_person",), ["fly"], "second_person[0]"),
    ("order", (*CHARGER, "serial"), "0000", "chargers[0].serial"),
    ("order", (*CHARGER, "serial"), " 731", "chargers[0].serial"),
    ("order", (*CHARGER, "serial"), 731, "chargers[0].serial"),
    ("order", ("chargers", 1, "serial"), "731", "chargers[1].serial"),
    ("order", (*CHARGER, "surprise"), 1, "chargers[0].surprise"),
    ("order", (*CHARGER, "model"), ..., "chargers[0].model"),
    ("order", (*CHARGER, "addresses"), ["telnet://192.0.2.7"], "chargers[0].addresses[0]"),
    ("order", (*CHARGER, "addresses"), ["255.255.255.255"], "chargers[0].addresses[0]"),
    ("order", (*CHARGER, "host_keys"), ["SHA256:short"], "chargers[0].host_keys[0]"),
    ("order", (*CHARGER, "host_keys"), [KEY, "SHA256:" + "E" * 43], "chargers[0].host_keys"),
    ("order", (*CHARGER, "security_epoch"), -1, "chargers[0].security_epoch"),
    ("order", (*CHARGER, "security_epoch"), None, "chargers[0].security_epoch"),
    ("order", (*CHARGER, "images"), ..., "chargers[0].images"),
    ("order", (*IMAGE, "length"), 0, "chargers[0].images[0].length"),
    ("order", (*IMAGE, "length"), 5000.0, "chargers[0].images[0].length"),
    ("order", (*IMAGE, "length"), True, "chargers[0].images[0].length"),
    ("order", (*IMAGE, "sha256"), HASH.upper(), "chargers[0].images[0].sha256"),
    ("order", (*IMAGE, "target"), "../../etc/passwd", "chargers[0].images[0].target"),
    ("order", (*IMAGE, "hardware"), [], "chargers[0].images[0].hardware"),
    ("order", (*IMAGE, "hardware"), ["R4", "R4"], "chargers[0].images[0].hardware"),
    ("grant", ("key_id",), "", "key_id"),
    ("grant", ("key_id",), "laptop", "key_id"),
    ("grant", ("actions",), [], "actions"),
    ("grant", ("actions",), ["update"], "pin"),
    ("grant", ("actions",), ["update", "update"], "actions"),
    ("grant", ("actions",), ["*"], "actions[0]"),
    ("grant", ("scope",), {"sites": [], "serials": []}, "scope.models"),
    ("grant", ("scope", "sites"), "*", "scope.sites"),
    ("grant", ("scope", "serials"), ["UNKNOWN"], "scope.serials[0]"),
    ("grant", ("scope", "makers"), [], "scope.makers"),
    ("grant", ("expires",), "2026-03-02T08:00:00Z", "expires"),
    ("grant", ("max_uses",), 0, "max_uses"),
    ("grant", ("epoch",), ..., "epoch"),
    ("grant", ("pin",), PIN.replace("$17$", "$30$"), "pin"),
    ("grant", ("pin",), "1234", "pin"),
    ("denylist", ("images",), ["*"], "images[0]"),
    ("denylist", ("grants",), ..., "grants"),
    ("denylist", ("grant_epoch",), 1 << 31, "grant_epoch"),
    ("denylist", ("laptops",), None, "laptops"),
]


@pytest.mark.parametrize(("name", "path", "value", "field"), WRONG)
def test_a_wrong_field_is_refused_by_its_name(
    name: str, path: tuple[str | int, ...], value: object, field: str
) -> None:
    with refused(field):
        DOCUMENTS[name][1](changed(name, path, value))


def test_a_field_of_our_own_future_is_no_obstacle() -> None:
    assert parse_order(changed("order", ("x-ticket",), "4711")) == ORDER


def test_one_document_is_never_taken_for_another() -> None:
    for name, (_, parse, _) in DOCUMENTS.items():
        for other, (written, _, _) in DOCUMENTS.items():
            if other != name:
                with pytest.raises(FirmwareError):
                    parse(written)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"schema": 1, "schema": 1}',
        b'{"schema": NaN}',
        b'{"schema": ' + b"9" * 5000 + b"}",
        b'{"schema": 1e999}',
    ],
    ids=lambda data: repr(data[:12]),
)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_strange_bytes_are_refused_as_ours(name: str, data: bytes) -> None:
    with pytest.raises(FirmwareError, check=lambda error: error.text is Text.DIRECTION_BAD):
        DOCUMENTS[name][1](data)


@pytest.mark.parametrize("kind", directions.MOST_BYTES)
def test_a_document_without_end_is_refused_unread(kind: str) -> None:
    parse = {"work-order": parse_order, "grant": parse_grant, "denylist": parse_denylist}[kind]
    with refused("file"):
        parse(b" " * (directions.MOST_BYTES[kind] + 1))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@given(data=st.data(), value=JSON)
def test_whatever_stands_in_whatever_field_only_our_error_comes_out(data: st.DataObject, value: Any) -> None:
    name = data.draw(st.sampled_from(sorted(DOCUMENTS)))
    written, parse, right = DOCUMENTS[name]
    field = data.draw(st.sampled_from(sorted(json.loads(written))))
    try:
        found = parse(changed(name, (field,), value))
    except FirmwareError as error:
        assert error.text is Text.DIRECTION_BAD
    else:
        assert type(found) is type(right)


@given(st.binary(max_size=200))
def test_random_bytes_are_no_document(data: bytes) -> None:
    for _, parse, _ in DOCUMENTS.values():
        with pytest.raises(FirmwareError):
            parse(data)
