"""Inventories as people keep them: every mistake is named, and a file with one is not taken."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.central.inventory import InventoryError, of_site, parse_inventory
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text

PIN = "SHA256:" + "A" * 43
HEAD = "serial,model,hardware,site,addresses,host_key,firmware,wanted"


def rows(*lines: str, head: str = HEAD) -> bytes:
    return "\n".join((head, *lines)).encode()


def mistakes(data: bytes) -> list[tuple[int, str]]:
    with pytest.raises(InventoryError) as caught:
        parse_inventory(data, "inventory.csv")
    return [(one.line, one.column) for one in caught.value.wrong]


def why_unreadable(data: bytes) -> str:
    with pytest.raises(UsageError) as caught:
        parse_inventory(data, "inventory.csv")
    assert caught.value.text is Text.INVENTORY_UNREADABLE
    return str(caught.value.params["detail"])


def test_a_line_tells_all_that_an_order_needs() -> None:
    (row,) = parse_inventory(rows(f"CP-1,CityPost 22,B2,north,192.0.2.7 [2001:db8::7]:22,{PIN},1.4.2,1.5.0"), "a.csv")
    assert (row.line, row.serial, row.name, row.model, row.hardware) == (2, "CP-1", "CP-1", "CityPost 22", "B2")
    assert [str(one) for one in row.links] == ["ssh://192.0.2.7:22", "ssh://[2001:db8::7]:22"]
    assert [(one.kind, one.fingerprint) for one in row.pins] == [("ssh", PIN)]
    assert (row.runs, row.wanted) == ((("main", "1.4.2"),), (("main", "1.5.0"),))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_file_is_read_as_spreadsheets_write_it(delimiter: str, mark: str, ends: str) -> None:
    head = delimiter.join(("Serial", " Model ", "Hardware", "SITE", "Host key", "", ""))
    first = delimiter.join(("CP-1", '"Post, ""big""; blue"', "B2", "north", PIN, "", ""))
    text = mark + ends.join((head, first, delimiter * 6, "")) + ends
    (row,) = parse_inventory(text.encode(), "a.csv")
    assert (row.model, row.pins[0].fingerprint) == ('Post, "big"; blue', PIN)


def test_every_mistake_is_named_with_its_line_and_column_and_nothing_is_taken() -> None:
    found = mistakes(
        rows(
            "CP-1,M,B2,north,192.0.2.7,,,",
            ",M,B2,North!,192.0.2.7:99999,SHA256:short,,",
            "CP-2,,B2,north,,,main=1=2 x,1.0 main=2.0",
            "cp-1,M,B2,north,,,,",
            "CP-3,M,B2,north,,,,,one too many",
            "1.23E+11,M,B2,north,,,,",
            "=CP4,M,B2,north,,,,",
        )
    )
    assert found == [
        (3, "serial"), (3, "site"), (3, "addresses"), (3, "host_key"),
        (4, "model"), (4, "firmware"), (4, "wanted"),
        (5, "serial"),
        (6, ""),
        (7, "serial"),
        (8, "serial"),
    ]  # fmt: skip


def test_a_mistake_behind_a_cell_of_several_lines_has_the_line_that_an_editor_shows() -> None:
    assert mistakes(rows('CP-1,"a\nb",B2,north,,,,', "CP-2,,B2,north,,,,")) == [(2, "model"), (4, "model")]


def test_the_sentence_tells_the_first_mistakes_in_words() -> None:
    with pytest.raises(InventoryError) as caught:
        parse_inventory(rows(*("CP,,B2,north,,,," for _ in range(30))), "depots.csv")
    assert "depots.csv" in caught.value.what and "line 2, column “model”: is empty" in caught.value.what
    assert caught.value.what.count("is empty") == 10 and caught.value.params["count"] == 30


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "serial"),
        (b"serial,model,hardware\nA,B,C\n", "site"),
        (b"serial,model,hardware,site,colour\n", "colour"),
        (b"serial,model,hardware,site,serial\n", "twice"),
        (HEAD.encode() + b"\n", "no charger"),
        (HEAD.encode() + b"\nCP-1,M\xfcller,B2,north\n", "line 2 is not UTF-8"),
        (b"PK\x03\x04 an xlsx file", "known"),
        (b"{", "no JSON"),
        (b'{"schema": 2, "kind": "inventory", "chargers": []}', "schema"),
        (b'[{"serial": "A", "serial": "B"}]', "twice"),
        (b"[" * 100_000, "too deeply"),
        (b"serial,model,hardware,site\n" + b"x" * (17 << 20), "MiB"),
    ],
)
def test_what_is_no_inventory_is_said(data: bytes, told: str) -> None:
    assert told in why_unreadable(data)


def test_json_says_the_same_as_csv() -> None:
    line = {"serial": "CP-1", "model": "M", "hardware": "B2", "site": "north", "addresses": ["192.0.2.7"]}
    more = {"security_epoch": 2, "wanted": "main=1.5.0 modem=1.0", "x-row": "17"}
    text = json.dumps({"schema": 1, "kind": "inventory", "chargers": [{**line, **more}]})
    (row,) = parse_inventory(text.encode(), "a.json")
    assert (row.line, row.security_epoch, row.wanted) == (1, 2, (("main", "1.5.0"), ("modem", "1.0")))
    bad = json.dumps([line, {**line, "serial": 5, "colour": "red"}, {**line, "serial": "B", "site": None}, []])
    assert mistakes(bad.encode()) == [(2, "colour"), (3, "site"), (4, "")]


def test_a_site_that_the_inventory_does_not_know_is_named_with_those_that_it_knows() -> None:
    found = parse_inventory(rows("A,M,B2,north,,,,", "B,M,B2,south,,,,"), "a.csv")
    assert [row.serial for row in of_site(found, "south")] == ["B"]
    with pytest.raises(UsageError) as caught:
        of_site(found, "west")
    assert caught.value.text is Text.INVENTORY_NO_SITE and "north, south" in caught.value.remedy


def test_ten_thousand_chargers_take_seconds() -> None:
    lines = [f"CP-{n:05},CityPost 22,B2,site-{n % 40},192.0.2.{n % 250 + 1},{PIN},1.4.2,1.5.0" for n in range(10_000)]
    began = time.process_time()
    assert len(parse_inventory(rows(*lines), "a.csv")) == 10_000
    assert time.process_time() - began < 10  # 0.5 s here


@given(st.binary(max_size=300) | st.text(alphabet='serialmodhwt,;"\n\r\t={[}]:1 ', max_size=200).map(str.encode))
def test_whatever_arrives_is_taken_or_refused_in_words(noise: bytes) -> None:
    for data in (noise, HEAD.encode() + b"\n" + noise, b"[" + noise + b"]"):
        try:
            parse_inventory(data, "a.csv")
        except UsageError as error:
            assert error.what
