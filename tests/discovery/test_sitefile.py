import copy
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.addresses import parse_fingerprint
from fieldtool.core.errors import PinError, UsageError
from fieldtool.core.model import Expectation, Link, Site, SitePin, SiteRules, Window
from fieldtool.core.texts import Text
from fieldtool.discovery.sitefile import (
    MAX_BYTES,
    load_site,
    parse_site,
    pins,
    set_pin,
    store_site,
)
from fieldtool.store.database import LAPTOP, Store
from fieldtool.update.preflight import NEVER

KEY = "SHA256:" + "A" * 43
OTHER_KEY = "SHA256:" + "B" * 42 + "A"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
GOOD = {
    "schema": 1,
    "id": "depot-west",
    "name": "Depot West",
    "chargers": [
        {
            "serial": "000731",
            "name": "Bay 01",
            "profile": "lab-citypost",
            "addresses": ["ssh://192.0.2.7:22"],
            "host_keys": [KEY],
        },
        {"serial": "000732"},
    ],
}


@pytest.fixture
def parse(tmp_path):
    def parse(document) -> Site:
        path = tmp_path / "site.json"
        path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
        return parse_site(path)

    return parse


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "data")
    yield store
    store.close()


def with_charger(**fields):
    document = copy.deepcopy(GOOD)
    document["chargers"][0].update(fields)
    return document


def test_a_site_file_gives_chargers_with_links_and_pins(parse):
    site = parse(GOOD)
    first, second = site.chargers
    assert (site.id, site.name) == ("depot-west", "Depot West")
    assert first.links == (Link("ssh", "192.0.2.7:22"),)
    assert first.pins == (SitePin("000731", "ssh", KEY),)
    assert (second.name, second.profile, second.links, second.pins) == ("000732", "", (), ())


def test_a_byte_order_mark_and_fields_of_others_are_accepted(parse):
    document = with_charger(**{"x-asset": {"anything": [1, 2]}}) | {"x-made-by": "a spreadsheet"}
    assert parse(b"\xef\xbb\xbf" + json.dumps(document).encode()).id == "depot-west"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ([], "file"),
        (b"", "file"),
        (b"\xff", "file"),
        (b"{" + b" " * MAX_BYTES, "file"),
        (b"[" * 100_000, "file"),
        (b'{"schema": 1, "schema": 1}', "file"),
        (b'{"schema": NaN}', "file"),
        (GOOD | {"schema": 2}, "schema"),
        (GOOD | {"schema": True}, "schema"),
        (GOOD | {"schema": 1.0}, "schema"),
        (GOOD | {"id": "../up"}, "id"),
        (GOOD | {"id": None}, "id"),
        (GOOD | {"name": "a\nb"}, "name"),
        (GOOD | {"colour": 1}, "colour"),
        (GOOD | {"chargers": {}}, "chargers"),
        (GOOD | {"chargers": ["x"]}, "chargers[0]"),
        (with_charger(serial=731), "chargers[0].serial"),
        (with_charger(serial="0000"), "chargers[0].serial"),
        (with_charger(serial="123456"), "chargers[0].serial"),
        (with_charger(serial=" 731"), "chargers[0].serial"),
        (with_charger(serial="732"), "chargers[1].serial"),
        (with_charger(name=""), "chargers[0].name"),
        (with_charger(name="\u202egnp"), "chargers[0].name"),
        (with_charger(profile="No Such"), "chargers[0].profile"),
        (with_charger(addresses="192.0.2.7"), "chargers[0].addresses"),
        (with_charger(addresses=["192.0.2.7", "nowhere at all"]), "chargers[0].addresses[1]"),
        (with_charger(addresses=[7]), "chargers[0].addresses[0]"),
        (with_charger(addresses=["192.0.2.7"] * 17), "chargers[0].addresses"),
        (with_charger(host_keys=["MD5:00"]), "chargers[0].host_keys[0]"),
        (with_charger(host_keys=[KEY, OTHER_KEY]), "chargers[0].host_keys"),
        (with_charger(hostkeys=[]), "chargers[0].hostkeys"),
    ],
)
def test_a_wrong_site_file_is_refused_by_field(parse, document, field):
    with pytest.raises(UsageError) as caught:
        parse(document)
    assert caught.value.text is Text.SITE_FILE_BAD
    assert caught.value.params["field"] == field


RULES = {
    "market": "DE",
    "backend": "ocpp1.6",
    "maintenance": {
        "windows": [{"days": ["sun", "mon"], "from": "22:00", "to": "05:30"}],
        "time_zone": "Europe/Berlin",
    },
    "baseline": {"main": "1.5.0", "modem": "7"},
    "overridable": ["OUTSIDE_WINDOW", "LAPTOP_POWER"],
    "validation": {
        "soak_seconds": 60,
        "required": ["meter"],
        "waivable": ["clock"],
        "clock_off_seconds": 5.5,
        "resets": 2,
        "config_may_change": ["Display.Mode"],
    },
}
MEANT = SiteRules(
    market="DE",
    backend="ocpp1.6",
    windows=(Window(frozenset({6, 0}), 22 * 60, 5 * 60 + 30),),
    time_zone="Europe/Berlin",
    baseline=(("main", "1.5.0"), ("modem", "7")),
    overridable=frozenset({"OUTSIDE_WINDOW", "LAPTOP_POWER"}),
    validation=Expectation(60.0, frozenset({"meter"}), frozenset({"clock"}), 5.5, 2, frozenset({"Display.Mode"})),
)


def test_a_site_file_says_what_the_site_demands_of_updates(parse):
    assert parse(GOOD | RULES).rules == MEANT


def test_a_site_file_without_rules_demands_nothing(parse):
    assert parse(GOOD).rules == SiteRules()


def with_hours(**fields):
    return {"maintenance": {"windows": [{"days": ["mon"], "from": "22:00", "to": "05:00"} | fields]}}


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"market": 49}, "market"),
        ({"market": ""}, "market"),
        ({"backend": "OCPP 1.6"}, "backend"),
        ({"maintenance": []}, "maintenance"),
        ({"maintenance": None}, "maintenance"),
        ({"maintenance": {}}, "maintenance.windows"),
        ({"maintenance": {"windows": []}}, "maintenance.windows"),
        ({"maintenance": {"windows": ["always"]}}, "maintenance.windows[0]"),
        (with_hours(days=[]), "maintenance.windows[0].days"),
        (with_hours(days=["Mon"]), "maintenance.windows[0].days"),
        (with_hours(days=[["mon"]]), "maintenance.windows[0].days"),
        (with_hours(**{"from": "24:00"}), "maintenance.windows[0].from"),
        (with_hours(to="5:00"), "maintenance.windows[0].to"),
        (with_hours(to=None), "maintenance.windows[0].to"),
        (with_hours(until="05:00"), "maintenance.windows[0].until"),
        ({"maintenance": with_hours()["maintenance"] | {"time_zone": "Mars/Olympus"}}, "maintenance.time_zone"),
        ({"maintenance": with_hours()["maintenance"] | {"time_zone": "../etc/passwd"}}, "maintenance.time_zone"),
        ({"maintenance": with_hours()["maintenance"] | {"time_zone": ""}}, "maintenance.time_zone"),
        ({"maintenance": with_hours()["maintenance"] | {"zone": "UTC"}}, "maintenance.zone"),
        ({"baseline": ["1.5.0"]}, "baseline"),
        ({"baseline": {"Main Controller": "1.5.0"}}, "baseline"),
        ({"baseline": {"main": 1.5}}, "baseline.main"),
        ({"baseline": {"main": ""}}, "baseline.main"),
        ({"overridable": "OUTSIDE_WINDOW"}, "overridable"),
        ({"overridable": ["OUTSIDE_WINDOWS"]}, "overridable[0]"),
        ({"overridable": ["OUTSIDE_WINDOW", "WRONG_MODEL"]}, "overridable[1]"),
        ({"overridable": [["OUTSIDE_WINDOW"]]}, "overridable[0]"),
        ({"validation": []}, "validation"),
        ({"validation": {"soak": 60}}, "validation.soak"),
        ({"validation": {"soak_seconds": "60"}}, "validation.soak_seconds"),
        ({"validation": {"soak_seconds": None}}, "validation.soak_seconds"),
        ({"validation": {"soak_seconds": True}}, "validation.soak_seconds"),
        ({"validation": {"clock_off_seconds": -1}}, "validation.clock_off_seconds"),
        ({"validation": {"resets": 1.5}}, "validation.resets"),
        ({"validation": {"resets": None}}, "validation.resets"),
        ({"validation": {"required": ["metre"]}}, "validation.required[0]"),
        ({"validation": {"waivable": ["payload_hash"]}}, "validation.waivable[0]"),
        ({"validation": {"config_may_change": "x"}}, "validation.config_may_change"),
        ({"validation": {"config_may_change": [7]}}, "validation.config_may_change[0]"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_by_field(parse, rules, field):
    with pytest.raises(UsageError) as caught:
        parse(GOOD | rules)
    assert caught.value.text is Text.SITE_FILE_BAD
    assert caught.value.params["field"] == field


def test_what_may_never_be_overridden_cannot_be_opened_by_a_site_file(parse):
    for text in NEVER:
        with pytest.raises(UsageError):
            parse(GOOD | {"overridable": [text.name]})


def test_a_missing_file_is_refused_in_words(tmp_path):
    with pytest.raises(UsageError) as caught:
        parse_site(tmp_path / "none.json")
    assert caught.value.text is Text.SITE_FILE_BAD


KEYS = [*GOOD, "serial", *RULES, *RULES["maintenance"], *RULES["validation"], "days", "from", "to", "main"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=6),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    )
)
def test_no_document_ends_in_anything_but_a_site_or_a_refusal(tmp_path_factory, document):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(document))
    try:
        parse_site(path)
    except UsageError as error:
        assert error.text is Text.SITE_FILE_BAD


def test_a_fingerprint_is_taken_as_openssh_prints_it():
    assert parse_fingerprint(f" {KEY}= ") == KEY


@pytest.mark.parametrize("typed", ["", "SHA256:", KEY + "A", KEY[:-1], KEY[:-1] + "B", KEY.lower(), "00:11", KEY[7:]])
def test_what_is_no_fingerprint_is_refused(typed):
    with pytest.raises(UsageError) as caught:
        parse_fingerprint(typed)
    assert caught.value.text is Text.FINGERPRINT_BAD


def test_a_stored_site_is_loaded_again_with_its_pins(parse, store):
    site = parse(GOOD | RULES)
    with store.write() as tx:
        store_site(tx, site, AT)
    with store.read() as tx:
        assert load_site(tx) == site
        assert pins(tx) == (SitePin("731", "ssh", KEY),)


def test_the_rules_of_a_site_that_an_earlier_version_stored_are_read_again(tmp_path):
    """tests/golden/database-0003.sql was written by the first version that kept rules; it is never written again."""
    dump = Path(__file__).parents[1] / "golden" / "database-0003.sql"
    connection = sqlite3.connect(tmp_path / LAPTOP.file)
    connection.executescript(dump.read_text())
    connection.close()
    store = Store.open(tmp_path)
    with store.read() as tx:
        assert load_site(tx).rules == MEANT
    store.close()


def test_a_site_of_before_there_were_rules_demands_nothing(tmp_path):
    dump = Path(__file__).parents[1] / "golden" / "database-0001.sql"
    connection = sqlite3.connect(tmp_path / LAPTOP.file)
    connection.executescript(dump.read_text())
    connection.execute("INSERT INTO site VALUES ('depot', 'Depot', '2026-11-20T12:00:00Z', 1)")
    connection.commit()
    connection.close()
    store = Store.open(tmp_path)
    with store.read() as tx:
        assert load_site(tx).rules == SiteRules()
    store.close()


def test_no_site_is_loaded_before_one_was_imported(store):
    with store.read() as tx:
        assert load_site(tx) is None


def test_importing_a_site_again_replaces_its_chargers_and_another_site_becomes_the_current_one(parse, store):
    smaller = GOOD | {"chargers": GOOD["chargers"][1:]}
    for document in (GOOD, smaller, GOOD | {"id": "depot-east", "name": "Depot East"}):
        with store.write() as tx:
            store_site(tx, parse(document), AT)
    with store.read() as tx:
        assert load_site(tx).name == "Depot East"
    with store.write() as tx:
        store_site(tx, parse(smaller), AT)
    with store.read() as tx:
        assert [charger.serial for charger in load_site(tx).chargers] == ["000732"]


def test_a_site_file_never_changes_a_pinned_key_and_then_nothing_of_it_is_imported(parse, store):
    with store.write() as tx:
        set_pin(tx, SitePin("731", "ssh", OTHER_KEY), "typed", AT)
    with pytest.raises(PinError) as caught, store.write() as tx:
        store_site(tx, parse(GOOD), AT)
    assert caught.value.text is Text.PIN_CONFLICT
    with store.read() as tx:
        assert load_site(tx) is None
        assert pins(tx) == (SitePin("731", "ssh", OTHER_KEY),)


def test_a_typed_pin_replaces_the_earlier_one_and_belongs_to_the_serial_however_it_is_written(parse, store):
    with store.write() as tx:
        store_site(tx, parse(GOOD), AT)
        set_pin(tx, SitePin(" 0731", "ssh", OTHER_KEY), "typed", AT)
    with store.read() as tx:
        assert load_site(tx).chargers[0].pins == (SitePin("000731", "ssh", OTHER_KEY),)


def test_the_example_in_the_guide_is_a_site_file(parse, repository_root):
    guide = (repository_root / "resources/docs/guide/site-file.md").read_text(encoding="utf-8")
    example = guide.partition("```json\n")[2].partition("```")[0]
    assert [charger.name for charger in parse(example.encode()).chargers] == ["Bay 01", "Bay 02"]


def test_the_example_of_rules_in_the_guide_is_part_of_a_site_file(parse, repository_root):
    guide = (repository_root / "resources/docs/guide/site-file.md").read_text(encoding="utf-8")
    example = guide.split("```json\n")[2].partition("```")[0]
    rules = parse(GOOD | json.loads(example)).rules
    assert rules.market and rules.windows and rules.baseline and rules.overridable and rules.validation.soak
