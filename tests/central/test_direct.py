"""Central directs: what it may sign is in force at once, what it may not sign stays with the office."""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from fieldtool.central import decisions
from fieldtool.central.directing import Director
from fieldtool.central.granting import Grants
from fieldtool.central.inventory import InventoryError, parse_inventory
from fieldtool.central.orders import Wish
from fieldtool.core.errors import FieldtoolError
from fieldtool.core.rights import Action
from fieldtool.core.texts import Text
from fieldtool.publish.director import DirectorRepository
from fieldtool.publish.layout import Holders
from tests.central.direct_support import (
    ADMIN,
    DAY,
    DISPATCHER,
    LAPTOP,
    VIEWER,
    Direct,
    direct,
    office_keys,
)
from tests.firmware.site import HARDWARE, MODEL, SERIAL, SITE, VENDOR, image, refused, signers
from tests.firmware.test_directed_online import GRANT


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Direct]:
    with direct(tmp_path, SITE, "depot-south") as made:
        yield made


def log(there: Direct) -> list[tuple[str, str, str, str]]:
    """Oldest first: who, what, subject, stage; after the chain was checked."""
    with there.store.read() as unit:
        decisions.check(unit)
        found = decisions.newest(unit)
    return [(one.decision.by.name, one.decision.what, one.decision.subject, one.stage.value) for one in found[::-1]]


# -- orders


def test_an_order_from_an_inventory_names_the_way_there_and_the_way_back_and_laptops_take_it(there: Direct) -> None:
    made = there.order()
    (charger,) = made.order.chargers
    assert [one.target for one in charger.images] == ["lab/citypost-2.6.0.raucb", "lab/citypost-2.4.0.raucb"]
    assert (charger.hardware, str(charger.links[0]), made.notes) == (HARDWARE, "ssh://192.0.2.7:22", ())
    laptop = there.laptop()
    there.sync(laptop)
    said = laptop.catalogue.directions()
    assert said is not None and said.orders == (made.order,)
    (newest, *_) = laptop.catalogue.candidates(VENDOR, MODEL, HARDWARE, "main")
    assert laptop.catalogue.image(newest, SERIAL).version == "2.6.0"
    assert log(there)[-2:] == [("Dan", "order", f"{SITE}/wo-1", stage) for stage in ("asked", "in_force")]


def test_an_order_that_a_laptop_would_refuse_is_not_made_and_every_charger_is_named(there: Direct) -> None:
    lines = (
        f"A1,{MODEL},{HARDWARE},{SITE},,,,9.9.9\n"
        f"A2,{MODEL},R9,{SITE},,,,\n"
        f"A3,CityPost 11,{HARDWARE},{SITE},,,,lab/citypost-2.6.0.raucb\n"
        f"A4,{MODEL},{HARDWARE},{SITE},,,,modem=1.0\n"
        f"A5,{MODEL},{HARDWARE},{SITE},,,,\n"
    )
    with pytest.raises(InventoryError) as told:
        there.order(lines)
    assert told.value.text is Text.ORDER_BAD
    assert [one.line for one in told.value.wrong] == [2, 3, 4, 5]
    assert "there is: 2.6.0, 2.4.0" in told.value.what and there.director.said().orders == ()


def test_stepping_stones_are_ordered_and_a_way_that_does_not_exist_is_said(there: Direct, tmp_path: Path) -> None:
    there.publisher.add(
        image(tmp_path / "files", "2.7.0", min_from="2.6.0"), image(tmp_path / "files", "3.0.0", min_from="2.9.0")
    )
    there.images.take(there.publisher.mirror)
    made = there.order(wanted=(("main", "2.7.0"),))
    assert [one.target[-11:-6] for one in made.order.chargers[0].images] == ["2.6.0", "2.7.0", "2.4.0"]
    with pytest.raises(InventoryError, match=r"no way leads from 2\.4\.0 to 3\.0\.0"):
        there.order(id="wo-2", wanted=(("main", "3.0.0"),))


def test_what_somebody_may_want_to_know_before_the_visit_is_noted(there: Direct) -> None:
    lines = (
        f"A1,{MODEL},{HARDWARE},{SITE},,,2.0.0,\n"
        f"A2,{MODEL},{HARDWARE},{SITE},,,,\n"
        f"A3,{MODEL},{HARDWARE},{SITE},,,2.6.0,2.4.0\n"
        f"A4,{MODEL},{HARDWARE},{SITE},,,2.4.0,\n"
        f"A5,{MODEL},{HARDWARE},{SITE},,,2.6.0,\n"
        f"A6,{MODEL},{HARDWARE},{SITE},,,factory,\n"
    )
    notes = {one.line: one.why for one in there.order(lines).notes}
    assert "no 2.0.0 (main)" in notes[2] and "no way back" in notes[3] and "two people" in notes[4]
    assert "cannot be compared" in notes[7] and notes.keys() == {2, 3, 4, 7}
    with pytest.raises(InventoryError, match="no release was named"):
        there.order(id="wo-2", wanted=())


def test_nothing_is_ordered_below_the_security_epoch_that_a_charger_demands(there: Direct, tmp_path: Path) -> None:
    there.publisher.add(image(tmp_path / "files", "2.7.0", security_epoch=3))
    there.images.take(there.publisher.mirror)
    head = "serial,model,hardware,site,security_epoch,firmware,wanted\n"
    wish = Wish("wo-1", SITE, "Spring", there.clock.now(), there.clock.now() + DAY)
    rows = parse_inventory(f"{head}A1,{MODEL},{HARDWARE},{SITE},3,2.4.0,2.6.0\n".encode(), "a.csv")
    with pytest.raises(InventoryError, match="epoch 0, and the charger demands 3"):
        there.orders.make(DISPATCHER, wish, rows)
    rows = parse_inventory(f"{head}A1,{MODEL},{HARDWARE},{SITE},3,2.4.0,2.7.0\n".encode(), "a.csv")
    made = there.orders.make(DISPATCHER, wish, rows)
    assert [one.target for one in made.order.chargers[0].images] == ["lab/citypost-2.7.0.raucb"]
    assert "way back" in made.notes[0].why


def test_images_that_are_damaged_here_are_brought_again_and_damaged_ones_are_not_taken(
    there: Direct, tmp_path: Path
) -> None:
    file = next((there.images.mirror / "targets" / "lab").glob("*2.6.0.raucb"))
    right = file.read_bytes()
    file.write_bytes(b"x" * len(right))
    there.images.take(there.publisher.mirror)
    assert file.read_bytes() == right
    there.publisher.add(image(tmp_path / "files", "2.8.0"))
    theirs = next((there.publisher.mirror / "targets" / "lab").glob("*2.8.0.raucb"))
    theirs.write_bytes(b"x" * theirs.stat().st_size)
    with refused(Text.IMAGE_SOURCE_BAD):
        there.images.take(there.publisher.mirror)
    assert "2.8.0" not in {one.version for one in there.images.catalogue().releases}


def test_what_is_denied_withdrawn_or_not_on_this_central_is_not_ordered(there: Direct) -> None:
    file = next((there.images.mirror / "targets" / "lab").glob("*2.6.0.raucb"))
    content = file.read_bytes()
    file.unlink()
    with pytest.raises(InventoryError, match="other file"):
        there.order()
    file.write_bytes(content)
    there.grants.deny(ADMIN, images=[one.sha256 for one in there.publisher.releases() if one.version == "2.6.0"])
    with pytest.raises(InventoryError, match="nobody may install"):
        there.order()


def test_an_order_is_replaced_only_when_that_is_said_and_withdrawn_by_its_name(there: Direct) -> None:
    there.order()
    with refused(Text.PUBLISH_DOCUMENT_EXISTS):
        there.order(title="Another")
    there.order(title="Another", replace=True)
    assert [one.title for _, one in there.director.said().orders] == ["Another"]
    there.orders.withdraw(DISPATCHER, SITE, "wo-1")
    assert there.director.said().orders == ()


def test_an_order_for_two_thousand_chargers_takes_seconds(there: Direct) -> None:
    line = f"{MODEL},{HARDWARE},{SITE},192.0.2.7,,2.4.0,"
    began = time.process_time()
    made = there.order("".join(f"CP-{number},{line}\n" for number in range(2_000)))
    assert len(made.order.chargers) == 2_000 and len(there.director.said().orders) == 1
    assert time.process_time() - began < 15  # 0.8 s here


def test_a_site_that_the_office_did_not_give_to_central_is_not_directed_from_here(there: Direct) -> None:
    with refused(Text.DIRECT_PART_OFFLINE):
        there.order(f"A1,{MODEL},{HARDWARE},elsewhere,,,,\n", site="elsewhere")
    assert log(there)[-1] == ("Dan", "order", "elsewhere/wo-1", "refused")


# -- grants


def test_a_grant_is_in_force_at_the_next_sync_and_gone_and_denied_after_it_was_revoked(there: Direct) -> None:
    grant = there.grant()
    laptop = there.laptop()
    there.sync(laptop)
    said = laptop.catalogue.directions()
    assert said is not None and [one.id for one in said.grants] == [grant]
    path = there.grants.revoke(DISPATCHER, grant)
    assert path == f"grants/{LAPTOP}/{grant}.json"
    there.sync(laptop)
    said = laptop.catalogue.directions()
    assert said is not None and said.grants == () and said.denylist.grants == {grant}
    assert [one[1:] for one in log(there)[-4:]] == [
        (what, grant, stage) for what in ("grant", "revoke") for stage in ("asked", "in_force")
    ]


def test_nobody_grants_more_than_his_role_and_nobody_here_makes_a_second_person(there: Direct) -> None:
    down = frozenset({Action.UPDATE, Action.DOWNGRADE})
    with refused(Text.DIRECT_ROLE_SMALL):
        there.grant(DISPATCHER, actions=down)
    with refused(Text.DIRECT_ROLE_SMALL):
        there.grant(VIEWER)
    with refused(Text.DIRECT_APPROVE_OFFLINE):
        there.grant(ADMIN, actions=frozenset({Action.APPROVE}))
    with refused(Text.DIRECT_GRANT_LONG):
        there.grant(ADMIN, expires=there.clock.now() + 91 * DAY)
    there.grant(ADMIN, actions=down)
    assert [one.actions for one in there.director.said().grants] == [down]
    assert [stage for *_, stage in log(there)].count("refused") == 4


def test_a_grant_of_the_office_is_denied_at_once_and_the_office_told(there: Direct) -> None:
    office = there.fetch()
    office.add_grant(replace(GRANT, id="of-office"))
    there.bring()
    with refused(Text.DIRECT_GRANT_OFFLINE):
        there.grants.revoke(ADMIN, "of-office")
    assert there.director.said().denylist.grants == {"of-office"}
    with refused(Text.PUBLISH_GRANT_UNKNOWN):
        there.grants.revoke(ADMIN, "nobody-s")


def test_without_a_part_for_grants_central_says_how_to_get_one(tmp_path: Path) -> None:
    with direct(tmp_path, granting=False) as there, refused(Text.DIRECT_PART_OFFLINE) as told:
        there.grant()
    assert "@grants" in told.value.remedy


# -- the office


def test_the_office_gives_a_site_more_and_other_keys_and_central_signs_what_is_its_own(there: Direct) -> None:
    there.order()
    office = there.fetch()
    mine = Holders((there.director.signer().public_key,))
    office.delegate("depot-new", mine)
    office.deny(laptops=["cd" * 32])
    there.bring()
    there.order(f"A1,{MODEL},{HARDWARE},depot-new,,,,\n", site="depot-new")
    said = there.director.said()
    assert {order.site for _, order in said.orders} == {SITE, "depot-new"} and said.denylist.laptops == {"cd" * 32}


def test_what_the_office_did_not_sign_is_not_taken_and_what_is_served_stays(there: Direct) -> None:
    there.order()
    served = (there.director.mirror / "metadata" / "timestamp.json").read_bytes()
    office = there.fetch()
    office.deny(laptops=[LAPTOP])
    office.sign("targets", office_keys().targets[0])
    with refused(Text.DIRECT_IMPORT_BAD):
        there.director.take(office.folder, ADMIN)
    other = signers("a site's own")
    there.fetch().delegate("depot-own", Holders((other.vendor[0].public_key,)))
    there.sign_in_office(there.office)
    with refused(Text.PUBLISH_UNSIGNED):
        there.director.take(there.office.folder, ADMIN)
    assert (there.director.mirror / "metadata" / "timestamp.json").read_bytes() == served
    there.office.sign("site-depot-own", other.vendor[0])
    there.bring()
    there.grant()
    assert "site-depot-own" in there.director.said().verified.roles


def test_a_change_of_an_old_copy_is_refused_and_not_left_out_without_a_word(there: Direct) -> None:
    there.fetch().deny(laptops=["cd" * 32])
    there.bring()
    (there.folder / "office").rename(there.folder / "old")
    there.fetch().deny(laptops=["ef" * 32])
    there.bring()
    old = DirectorRepository(there.folder / "old", there.clock)
    there.director.take(old.folder, ADMIN)  # it says nothing new: nothing happens
    old.deny(laptops=["01" * 32])
    there.sign_in_office(old)
    with refused(Text.DIRECT_IMPORT_BAD) as told:
        there.director.take(old.folder, ADMIN)
    assert "export" in told.value.remedy
    assert there.director.said().denylist.laptops == {"cd" * 32, "ef" * 32}


def test_a_stolen_key_of_central_is_taken_out_by_the_office_and_a_new_one_takes_its_place(there: Direct) -> None:
    grant = there.grant()
    there.order()
    laptop = there.laptop()
    there.sync(laptop)
    office = there.fetch()
    (there.central / "director-key.pem").unlink()
    with refused(Text.DIRECT_KEY_GONE):
        there.grant()
    stolen = office.parts.holders("timestamp").keys[0].keyid
    there.director.replace_key(ADMIN)
    with refused(Text.DIRECT_PART_OFFLINE):
        there.grants.deny(ADMIN, laptops=[LAPTOP])
    office.revoke(stolen, there.director.signer().public_key)
    there.bring()
    there.sync(laptop)
    said = laptop.catalogue.directions()
    assert said is not None and [one.id for one in said.grants] == [grant] and len(said.orders) == 1


# -- by itself, and by many


def test_timestamp_and_parts_are_renewed_by_themselves_long_before_they_expire(there: Direct) -> None:
    there.order()
    assert there.director.keep_alive() is False
    for _ in range(37):
        there.clock.advance(3 * DAY)
        assert there.director.keep_alive() is True
        there.director.said().verified.check_time(there.clock.now())
    roles = there.director.said().verified.roles
    assert roles[f"site-{SITE}"].expires > there.clock.now() + 60 * DAY
    assert roles["timestamp"].version == 39
    assert [name for name, _ in there.director.expiring()] == ["targets"], "which only the office can renew"


def test_what_is_no_longer_in_force_goes_after_a_month_and_all_that_is_stays(there: Direct) -> None:
    there.order(title="First")
    grant = there.grant()
    for title in ("Second", "Third"):
        there.clock.advance(DAY)
        there.order(title=title, replace=True)
    old = (there.clock.now() - 31 * DAY).timestamp()
    files = [file for file in there.director.folder.rglob("*") if file.is_file()]
    for file in files:
        os.utime(file, (old, old))
    there.clock.advance(2 * DAY)
    assert there.director.keep_alive()
    left = {file.name for file in there.director.mirror.rglob("*.json")}
    assert len([name for name in left if name.endswith(".snapshot.json")]) == 1
    assert len([name for name in left if name.endswith(f"site-{SITE}.json")]) == 1
    assert len([name for name in left if name.endswith("wo-1.json")]) == 1 and "1.root.json" in left
    laptop = there.laptop()
    there.sync(laptop)
    said = laptop.catalogue.directions()
    assert said is not None and [one.title for one in said.orders] == ["Third"]
    assert [one.id for one in said.grants] == [grant]
    there.order(title="Fourth", replace=True)


def test_when_only_the_office_could_help_the_renewal_says_so_and_the_mirror_stays(there: Direct) -> None:
    there.clock.advance(121 * DAY)
    with refused(Text.PUBLISH_EXPIRED):
        there.director.keep_alive()


def test_many_workers_at_once_lose_nothing_and_do_nothing_twice(there: Direct) -> None:
    workers = [Director(there.store, there.clock) for _ in range(4)]
    there.clock.advance(2 * DAY)
    renewed: list[bool] = []
    errors: list[FieldtoolError] = []

    def work(number: int) -> None:
        try:
            renewed.append(workers[number].keep_alive())
            Grants(workers[number]).issue(DISPATCHER, replace(GRANT, id=f"grant-{number}"))
        except FieldtoolError as error:
            errors.append(error)

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == [] and renewed.count(True) == 1
    assert {one.id for one in there.director.said().grants} == {f"grant-{number}" for number in range(4)}
    assert len(log(there)) == 2 + 1 + 8


def test_an_attacker_with_the_database_cannot_change_a_decision_unseen(there: Direct) -> None:
    there.grant()
    with pytest.raises(IntegrityError), there.store.write() as unit:
        unit.execute(text("UPDATE decision SET who = 'Eve' WHERE seq = 3"))
    with there.store.write() as unit:
        unit.execute(text("DROP TRIGGER decision_no_update"))
        unit.execute(text("UPDATE decision SET who = 'Eve' WHERE seq = 3"))
    with there.store.read() as unit, refused(Text.DECISIONS_BROKEN) as told:
        decisions.check(unit)
    assert told.value.params["seq"] == 3


def test_an_older_image_catalogue_is_not_taken(there: Direct, tmp_path: Path) -> None:
    old = shutil.copytree(there.publisher.mirror, tmp_path / "old")
    there.publisher.add(image(tmp_path / "files", "2.8.0"))
    there.images.take(there.publisher.mirror)
    with refused(Text.DIRECT_IMAGES_OLDER):
        there.images.take(old)
    assert "2.8.0" in {one.version for one in there.images.catalogue().releases}
