"""What a site needs of the firmware on a laptop, what may be removed, and what never is."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from fieldtool.app.app import App
from fieldtool.app.firmware import (
    Basis,
    Checked,
    Needs,
    Standing,
    enough,
    holding_orders,
    ordered_needs,
    rows_of,
    site_needs,
    ways_back,
)
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import FirmwareError, RefusedError
from fieldtool.core.model import Identity, Release, Site, SiteCharger
from fieldtool.core.rights import Denylist, Directions, OrderedCharger, OrderedImage, WorkOrder
from fieldtool.core.texts import Text
from fieldtool.discovery.merge import Entry
from fieldtool.discovery.presence import Presence
from fieldtool.discovery.profiles import Profiles
from fieldtool.firmware.repository import CacheEntry
from fieldtool.publish.throwaway import make_director
from fieldtool.store.locks import exclusive
from fieldtool.update.run import Head, Leg, Mark, Phase, Record
from tests.firmware.bundles import Operator, order, result
from tests.firmware.site import START as NOW
from tests.firmware.site import SetClock

CITY, HYPER = "CityPost 22", "Hyperline 180"


def release(version: str, model: str = CITY, hardware: tuple[str, ...] = ("R4",), component: str = "main") -> Release:
    sha256 = f"{model}/{hardware}/{component}/{version}".encode().hex()[-64:].rjust(64, "0")
    return Release(
        f"lab/{component}-{version}.bin", 100, sha256, "Lab", (model,), hardware, component, version, "bin", "cd" * 32
    )


OLD, NEW = release("5.0.8"), release("5.1.3")
OTHER_HARDWARE = release("5.2.0", hardware=("R9",))
MODEM = release("1.1.0", component="modem")
HYPERLINE = release("2.6.0", HYPER, ("C2",))
ALL = (OLD, NEW, OTHER_HARDWARE, MODEM, HYPERLINE)


def entry(serial: str, name: str, hardware: str = "R4", **versions: str) -> Entry:
    identity = Identity("Lab", CITY, hardware, serial, MappingProxyType(versions))
    found: Any = SimpleNamespace(identity=identity)
    return Entry(serial, Presence.READY, name, serial, found=found)


def profiles(**known: tuple[str, ...]) -> Profiles:
    made: Any = {id: SimpleNamespace(vendor="Lab", models=models) for id, models in known.items()}
    return Profiles(made, {})


def names(needs: Needs) -> dict[str, tuple[str, ...]]:
    return {one.target: needs.images[one.sha256] for one in ALL if one.sha256 in needs.images}


# -- rules


def test_a_charger_that_was_found_needs_the_newest_for_its_own_hardware_of_every_component() -> None:
    needs = site_needs(None, [entry("1", "Bay 01"), entry("2", "Bay 02")], profiles(), ALL)
    assert names(needs) == {NEW.target: ("Bay 01", "Bay 02"), MODEM.target: ("Bay 01", "Bay 02")}
    assert needs.basis is Basis.SEEN


def test_a_charger_that_is_only_expected_needs_the_newest_for_every_hardware_of_its_model() -> None:
    site = Site("s", "S", (SiteCharger("1", "Bay 01", "city"), SiteCharger("2", "Bay 02", "unheard of")))
    needs = site_needs(site, [], profiles(city=(CITY,)), ALL)
    assert names(needs) == {one.target: ("Bay 01",) for one in (NEW, OTHER_HARDWARE, MODEM)}
    assert needs.basis is Basis.SITE


def test_where_nothing_is_known_nobody_says_that_it_is_enough() -> None:
    needs = site_needs(None, [], profiles(), ALL)
    assert (needs.basis, enough(needs, ()).yes) == (Basis.NOTHING, False)


def test_what_a_charger_runs_is_the_way_back_and_counts_for_its_own_hardware_only() -> None:
    back = ways_back([entry("1", "Bay 01", main="5.0.8"), entry("2", "Bay 02", "R9", main="5.0.8")], ALL)
    assert back == {OLD.sha256: ("Bay 01",)}


def orders(*images: Release, site: str = "s", days: tuple[int, int] = (-1, 1)) -> WorkOrder:
    told = tuple(OrderedImage(one.target, one.length, one.sha256, one.hardware) for one in images)
    begins, ends = (NOW + timedelta(days=day) for day in days)
    return WorkOrder(f"wo-{site}", site, "", begins, ends, (OrderedCharger("1", "Bay 01", CITY, images=told),))


def test_orders_of_the_current_site_count_before_those_of_others_and_only_while_they_hold() -> None:
    here, there = orders(NEW), orders(OLD, site="t")
    late, early = orders(OLD, days=(-9, -1)), orders(OLD, days=(1, 9))
    said = Directions((here, there, late, early))
    assert holding_orders(said, Site("s", "S", ()), NOW) == (here,)
    assert holding_orders(said, None, NOW) == (here, there)
    assert holding_orders(Directions((late, early)), None, NOW) == ()


def test_what_is_ordered_and_not_listed_is_a_refused_line_of_its_own() -> None:
    needs = ordered_needs([orders(NEW, HYPERLINE)], {}, frozenset({NEW.sha256}))
    found = rows_of([listed(NEW)], needs, frozenset(), {}, Directions())
    assert [(row.target, row.standing) for row in found] == [
        (HYPERLINE.target, Standing.REFUSED),
        (NEW.target, Standing.HERE),
    ]
    assert found[0].problem is not None and found[0].problem.text is Text.ORDERED_UNKNOWN
    assert enough(needs, found).missing == (HYPERLINE.target,)


def listed(one: Release, present: bool = True) -> CacheEntry:
    return CacheEntry(one.target, one.length, one.version, present, release=one)


def test_refused_missing_here_the_rest_and_newest_first() -> None:
    bad = FirmwareError(Text.IMAGE_CORRUPT, target=OLD.target).trouble()
    needs = Needs(Basis.ORDERS, {MODEM.sha256: ("Bay 01",), NEW.sha256: ("Bay 01",)})
    entries = [listed(HYPERLINE, False), listed(NEW), listed(OTHER_HARDWARE), listed(OLD), listed(MODEM, False)]
    found = rows_of(entries, needs, frozenset(), {OLD.sha256: Checked(NOW, problem=bad)}, Directions())
    assert [(row.target, row.standing) for row in found] == [
        (OLD.target, Standing.REFUSED),
        (MODEM.target, Standing.MISSING),
        (NEW.target, Standing.HERE),
        (OTHER_HARDWARE.target, Standing.NOT_ORDERED),
        (HYPERLINE.target, Standing.ELSEWHERE),
    ]


def test_a_denylisted_file_is_refused_although_it_is_ordered_and_right() -> None:
    denied = Directions(denylist=Denylist(images=frozenset({NEW.sha256})))
    needs = Needs(Basis.ORDERS, {NEW.sha256: ("Bay 01",)})
    found = rows_of([listed(NEW)], needs, frozenset(), {}, denied)
    assert found[0].problem is not None and found[0].problem.text is Text.DENYLISTED
    assert not enough(needs, found).yes


# -- what is never removed


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    made = Operator(tmp_path, SetClock(SystemClock().now() - timedelta(minutes=5)))
    yield made
    made.close()


@pytest.fixture
def app(operator: Operator) -> Iterator[App]:
    """Directed: one order names 2.6.0 only, and 2.5.0 lies here from before."""
    today = replace(order(operator.new), issued=operator.clock.now(), expires=operator.clock.now() + timedelta(days=9))
    operator.root = make_director(operator.folder / "other", operator.clock, orders=(today,))
    (operator.folder / "director").rename(operator.folder / "first")
    (operator.folder / "other").rename(operator.folder / "director")
    operator.synced("laptop")
    made = App(operator.folder / "laptop")
    old = made.catalogue.path(operator.old)
    old.parent.mkdir(parents=True, exist_ok=True)
    old.write_bytes((operator.folder / "build" / Path(operator.old.target).name).read_bytes())
    yield made
    made.close()


def test_without_a_reason_to_stay_the_old_file_goes(app: App, operator: Operator) -> None:
    assert app.cache.clean(dry_run=True).removed == (operator.old.sha256,)
    assert app.catalogue.path(operator.old).exists()
    assert app.cache.clean().removed == (operator.old.sha256,)
    assert not app.catalogue.path(operator.old).exists()


def test_the_file_of_an_open_run_stays(app: App, operator: Operator) -> None:
    head = Head("run-1", "CP-0001", "Bay 01", (Leg("main", operator.old, None),), "ada")
    app.journal.begin(head, Record("run-1", app.clock.now(), "main", Phase.PREFLIGHT, Mark.ENTERED))
    assert app.cache.clean(dry_run=True).removed == ()
    assert app.cache.clean().removed == ()
    assert app.catalogue.path(operator.old).exists()


def test_the_way_back_of_a_charger_of_the_site_stays(
    app: App, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = operator.old
    identity = Identity(old.vendor, old.models[0], old.hardware[0], "7", MappingProxyType({"main": old.version}))
    seen: Any = Entry("7", Presence.READY, "Bay 07", "7", found=SimpleNamespace(identity=identity))  # type: ignore[arg-type]  # all that is asked of it
    monkeypatch.setattr(app.cache, "_entries", lambda: (seen,))
    assert app.cache.clean().removed == ()
    row = next(row for row in app.firmware().rows if row.target == old.target)
    assert row.way_back == ("Bay 07",)


def test_while_somebody_syncs_nothing_is_removed(app: App, operator: Operator) -> None:
    with (
        exclusive(app.catalogue.folder, "sync", "The firmware catalogue", "fieldtool sync"),
        pytest.raises(RefusedError),
    ):
        app.cache.clean()
    assert app.catalogue.path(operator.old).exists()


def test_what_a_check_found_is_forgotten_when_the_file_is_another(app: App, operator: Operator) -> None:
    result(app.firmware_check())
    row = next(row for row in app.firmware().rows if row.target == operator.new.target)
    assert row.checked is not None and row.checked.problem is None
    app.catalogue.path(operator.new).write_bytes(b"y" * operator.new.length)
    row = next(row for row in app.firmware().rows if row.target == operator.new.target)
    assert row.checked is None
    result(app.firmware_check([operator.new.target]))
    row = next(row for row in app.firmware().rows if row.target == operator.new.target)
    assert row.problem is not None and row.problem.text is Text.IMAGE_CORRUPT


def test_a_file_in_hand_that_is_cancelled_leaves_nothing(app: App, operator: Operator) -> None:
    image = app.catalogue.path(operator.new)
    hand = operator.folder / "hand.bin"
    hand.write_bytes(image.read_bytes())
    image.unlink()
    before = sorted(image.parent.parent.rglob("*"))
    for steps in range(1, 5):  # within the hashing, and within the writing
        going = app.firmware_add(hand)
        for _ in range(steps):
            next(going)
        going.close()
        assert sorted(image.parent.parent.rglob("*")) == before
    assert result(app.firmware_add(hand)).target == operator.new.target
    assert image.exists()
