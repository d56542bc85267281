"""From the director's root on paper to the chargers of a work order, by the command line."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldtool.app.app import App
from fieldtool.cli.main import main
from fieldtool.core.clock import SystemClock
from fieldtool.core.model import Link, SitePin
from fieldtool.core.rights import OrderedCharger, WorkOrder
from fieldtool.core.texts import Text
from fieldtool.store.keystore import mark_throw_away
from tests.firmware.site import MODEL, SERIAL, SITE, Operator, Publisher, SetClock, image, ordered, refused

KEY, OTHER_KEY = "SHA256:" + "A" * 43, "SHA256:" + "E" * 43


class Office:
    """A vendor, an operator who ordered something, and a laptop that has accepted the vendor's root."""

    def __init__(self, folder: Path) -> None:
        clock = SetClock(SystemClock().now())
        self.data = folder / "data"
        self.publisher = Publisher(folder / "publisher", clock)
        self.publisher.make(image(folder / "build"))
        self.operator = Operator(folder / "operator", clock)
        self.operator.make(self.order("wo-1"))
        (self.data / "trust").mkdir(parents=True)
        self.add(self.publisher.root, accept=False)
        mark_throw_away(self.data)
        self.call("settings", "set", "repository", str(self.publisher.mirror))

    def order(self, id: str, **other: Any) -> WorkOrder:
        now = SystemClock().now()
        charger = OrderedCharger(
            SERIAL, "Bay 01", MODEL, links=(Link("ssh", "192.0.2.7:22"),),
            pins=(SitePin(SERIAL, "ssh", KEY), SitePin(SERIAL, "tls", OTHER_KEY)),
            images=tuple(map(ordered, self.publisher.releases())),
        )  # fmt: skip
        made = WorkOrder(id, SITE, "Depot West", now - timedelta(hours=1), now + timedelta(days=9), (charger,))
        return replace(made, **other)

    def add(self, root: Path, *more: str, accept: bool = True) -> int:
        if not accept:  # as an installer puts it in: a training folder is marked for the root that it has
            (self.data / "trust" / "root.json").write_bytes(root.read_bytes())
            return 0
        return self.call(
            "trust", "add", str(root), "--fingerprint", hashlib.sha256(root.read_bytes()).hexdigest(), *more
        )

    def call(self, *words: str) -> int:
        return main([*words, "--data", str(self.data)])

    def direct(self) -> None:
        assert self.add(self.operator.root, "--director") == 0
        assert self.call("settings", "set", "director", str(self.operator.mirror)) == 0
        assert self.call("sync") == 0


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_directed_laptop_takes_its_site_and_pins_from_the_only_order_that_holds(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.direct()
    capsys.readouterr()
    assert office.call("site", "show", "--json") == 0
    site = said(capsys)
    assert (site["id"], site["name"]) == (SITE, "Depot West")
    assert [one["serial"] for one in site["chargers"]] == [SERIAL]
    assert office.call("trust", "list", "--json") == 0
    listed = said(capsys)
    assert [root["director"] for root in listed["roots"]] == [False, True]
    assert listed["pins"] == {"731": KEY}  # the key of its SSH server, not that of its web server
    app = App(office.data)
    try:
        assert [entry.serial for entry in app.roster.entries()] == [SERIAL], "expected, though never seen"
    finally:
        app.close()


def test_an_orders_pin_wins_over_a_typed_one_and_that_is_audited(office: Office) -> None:
    assert office.call("trust", "pin", SERIAL, "--fingerprint", OTHER_KEY) == 0
    office.direct()
    app = App(office.data)
    try:
        assert app.pinned() == {"731": KEY}
        seen = [record.event.seen for record in app.audit.page()]
    finally:
        app.close()
    (replaced,) = [one for one in seen if one.get("source") == "work-order"]
    assert (replaced["before"], replaced["fingerprint"]) == (OTHER_KEY, KEY)


def test_what_the_order_says_about_a_key_nobody_types_otherwise(office: Office) -> None:
    office.direct()
    app = App(office.data)
    try:
        with refused(Text.PIN_ORDERED):
            app.trust_pin(SERIAL, OTHER_KEY)
        app.trust_pin(SERIAL, KEY)
        app.trust_pin("000999", OTHER_KEY)
        assert app.pinned() == {"731": KEY, "999": OTHER_KEY}
    finally:
        app.close()


def test_of_several_orders_the_technician_chooses_one(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.operator.order(office.order("wo-2", title="Depot West, second visit"))
    office.direct()
    capsys.readouterr()
    assert office.call("site", "show") == 0
    assert "No site" in capsys.readouterr().out
    assert office.call("site", "use", "wo-3") == 2
    assert "depot-west/wo-2" in capsys.readouterr().err
    assert office.call("site", "use", f"{SITE}/wo-2") == 0
    assert office.call("site", "show") == 0
    assert "second visit" in capsys.readouterr().out
    office.operator.order(office.order("wo-2", title="Depot West, third visit"))
    assert office.call("sync") == 0  # the order in use is followed
    capsys.readouterr()
    assert office.call("site", "show") == 0
    assert "third visit" in capsys.readouterr().out


def test_a_site_chosen_from_a_file_is_not_left_for_an_order(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.json"
    file.write_text(json.dumps({"schema": 1, "id": "elsewhere", "name": "Elsewhere", "chargers": []}))
    assert office.call("site", "import", str(file)) == 0
    office.direct()
    app = App(office.data)
    try:
        site = app.site()
        assert site is not None and site.id == "elsewhere"
        assert [one.id for one in app.orders()] == ["wo-1"]
    finally:
        app.close()


def test_the_rules_of_a_site_file_stay_when_an_order_takes_its_place(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "depot.json"
    file.write_text(json.dumps({"schema": 1, "id": SITE, "name": "Depot", "chargers": [], "market": "DE"}))
    assert office.call("site", "import", str(file)) == 0
    office.direct()
    app = App(office.data)
    try:
        site = app.site()
        assert site is not None and (site.name, site.rules.market, len(site.chargers)) == ("Depot West", "DE", 1)
    finally:
        app.close()


@pytest.mark.parametrize(("root", "code"), [("publisher", 8), ("operator", 0)])
def test_only_a_directors_root_is_accepted_as_the_directors(office: Office, root: str, code: int) -> None:
    assert office.add(getattr(office, root).root, "--director") == code


def test_a_directed_laptop_syncs_nothing_without_its_director(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    assert office.add(office.operator.root, "--director") == 0
    assert office.call("sync") == 8
    assert "but the source brings none" in capsys.readouterr().err
