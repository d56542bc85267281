"""A directed laptop: an image exists only where the image repository and a work order agree."""

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tuf.api.metadata import Metadata, TargetFile

from fieldtool.core.errors import FieldtoolError
from fieldtool.core.model import Release
from fieldtool.core.rights import Denylist, OrderedCharger
from fieldtool.core.texts import Text
from fieldtool.firmware import repository
from fieldtool.firmware.directions import denylist_json, order_json
from fieldtool.firmware.roots import accept_root, roots
from fieldtool.firmware.state import DIRECTOR_SIDE, Freshness
from fieldtool.publish.layout import Holders
from fieldtool.publish.throwaway import Signers
from tests.firmware.site import (
    HARDWARE,
    MODEL,
    SERIAL,
    SITE,
    START,
    VENDOR,
    Laptop,
    Operator,
    Publisher,
    SetClock,
    image,
    order,
    ordered,
    refused,
    signers,
)

DAY = timedelta(days=1)
ExpectLog = Callable[[str], None]


def newest(laptop: Laptop) -> Release:
    return laptop.catalogue.candidates(VENDOR, MODEL, HARDWARE, "main")[0]


def sync(laptop: Laptop, publisher: Publisher, operator: Operator) -> None:
    laptop.catalogue.sync(str(publisher.mirror), str(operator.mirror))


# -- both agree, or there is no image


def test_an_ordered_image_is_handed_out_for_its_charger_also_offline_after_a_restart(directed: Laptop) -> None:
    release = newest(directed)
    assert directed.catalogue.image(release, SERIAL).release == release
    assert directed.catalogue.image(release, "731").release == release  # as another label prints it
    directed.restart()
    assert directed.catalogue.image(release, SERIAL).version == "2.6.0"
    assert directed.catalogue.objection(release, SERIAL) is None
    state = directed.catalogue.state()
    assert (state.freshness, state.stand_alone, state.problem) == (Freshness.FRESH, False, None)


def test_what_the_director_says_is_told(directed: Laptop) -> None:
    said = directed.catalogue.directions()
    assert said is not None
    assert [one.id for one in said.orders] == ["wo-1"]
    assert said.orders[0] == order(*(image for image in said.orders[0].chargers[0].images))


def test_without_a_director_a_laptop_stands_alone_and_says_so(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    assert laptop.catalogue.directions() is None
    assert laptop.catalogue.state().stand_alone
    assert laptop.catalogue.image(newest(laptop)).version == "2.6.0"


def test_an_image_that_no_work_order_names_for_this_charger_is_refused(directed: Laptop) -> None:
    release = newest(directed)
    for serial in ("000732", ""):
        with refused(Text.NOT_ORDERED):
            directed.catalogue.image(release, serial)
        objection = directed.catalogue.objection(release, serial)
        assert objection is not None and objection.text is Text.NOT_ORDERED


def test_a_release_of_the_image_repository_that_the_director_does_not_order_is_listed_and_refused(
    directed: Laptop, publisher: Publisher, operator: Operator, tmp_path: Path
) -> None:
    publisher.add(image(tmp_path, "2.7.0"))
    sync(directed, publisher, operator)
    release = newest(directed)
    assert release.version == "2.7.0"
    assert not directed.catalogue.has_file(release)  # nor is it fetched
    with refused(Text.NOT_ORDERED):
        directed.catalogue.image(release, SERIAL)


def test_an_image_that_only_the_director_names_is_refused(
    directed: Laptop, publisher: Publisher, operator: Operator
) -> None:
    evil = b"evil firmware"
    made_up = Release(
        "lab/evil.raucb", len(evil), hashlib.sha256(evil).hexdigest(), VENDOR, (MODEL,), (HARDWARE,), "main", "9.9.9",
        "raucb", "0" * 64,
    )  # fmt: skip
    operator.order(order(ordered(made_up)))
    sync(directed, publisher, operator)
    path = directed.catalogue.path(made_up)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(evil)
    with refused(Text.IMAGE_NOT_LISTED):
        directed.catalogue.image(made_up, SERIAL)


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"length": 5001}, "length"),
        ({"sha256": "0" * 64}, "SHA-256"),
        ({"hardware": ("R5",)}, "hardware id"),
        ({"hardware": ("R4", "R5")}, "hardware id"),
    ],
)
def test_when_the_two_disagree_the_image_is_refused_by_the_field(
    directed: Laptop, publisher: Publisher, operator: Operator, other: dict[str, Any], field: str
) -> None:
    release = newest(directed)
    operator.order(order(ordered(release, **other)))
    sync(directed, publisher, operator)
    with refused(Text.DIRECTOR_DISAGREES) as told:
        directed.catalogue.image(release, SERIAL)
    assert told.value.params["field"] == field


@pytest.mark.parametrize(
    ("charger", "field"),
    [({"hardware": "R5"}, "hardware id"), ({"model": "CityPost 11"}, "model")],
)
def test_an_order_that_does_not_fit_its_own_charger_is_refused(
    directed: Laptop, publisher: Publisher, operator: Operator, charger: dict[str, str], field: str
) -> None:
    release = newest(directed)
    told: dict[str, Any] = {"hardware": HARDWARE, "model": MODEL, **charger}
    operator.order(order(chargers=(OrderedCharger(SERIAL, "Bay 01", images=(ordered(release),), **told),)))
    sync(directed, publisher, operator)
    with refused(Text.DIRECTOR_DISAGREES) as found:
        directed.catalogue.image(release, SERIAL)
    assert found.value.params["field"] == field


def test_a_withdrawn_order_allows_nothing_after_the_next_sync(
    directed: Laptop, publisher: Publisher, operator: Operator
) -> None:
    release = newest(directed)
    operator.repository.withdraw(f"work-orders/{SITE}/wo-1.json")
    operator.release()
    sync(directed, publisher, operator)
    with refused(Text.NOT_ORDERED):
        directed.catalogue.image(release, SERIAL)


def test_an_order_holds_from_its_issue_to_its_end(directed: Laptop, publisher: Publisher, operator: Operator) -> None:
    release = newest(directed)
    operator.order(order(ordered(release), issued=START + DAY, expires=START + 3 * DAY))
    sync(directed, publisher, operator)
    with refused(Text.NOT_ORDERED):
        directed.catalogue.image(release, SERIAL)
    directed.clock.advance(DAY)
    assert directed.catalogue.image(release, SERIAL).release == release
    directed.clock.advance(2 * DAY)
    with refused(Text.NOT_ORDERED):
        directed.catalogue.image(release, SERIAL)


# -- the denylist


def test_a_denylisted_image_is_refused_although_ordered_and_also_to_a_run_that_has_begun(
    directed: Laptop, publisher: Publisher, operator: Operator
) -> None:
    release = newest(directed)
    assert directed.catalogue.image_of_open_run(release.target, release.sha256).release == release
    operator.deny(images=[release.sha256])
    sync(directed, publisher, operator)
    with refused(Text.DENYLISTED):
        directed.catalogue.image(release, SERIAL)
    with refused(Text.DENYLISTED):
        directed.catalogue.image_of_open_run(release.target, release.sha256)


def test_a_laptop_on_the_denylist_gets_no_image(directed: Laptop, publisher: Publisher, operator: Operator) -> None:
    directed.key_id = "ab" * 32
    assert directed.catalogue.image(newest(directed), SERIAL).length == 5000
    operator.deny(laptops=["ab" * 32])
    sync(directed, publisher, operator)
    with refused(Text.LAPTOP_DENIED):
        directed.catalogue.image(newest(directed), SERIAL)


def test_a_run_that_began_is_finished_although_its_order_ended(directed: Laptop) -> None:
    release = newest(directed)
    directed.clock.advance(15 * DAY)
    with refused(Text.NOT_ORDERED):
        directed.catalogue.image(release, SERIAL)
    assert directed.catalogue.image_of_open_run(release.target, release.sha256).release == release


# -- each document only from the role that may say it


def _put(operator: Operator, role: str, path: str, data: bytes) -> None:
    """The holders of `role` sign a file into their part, whatever our own tools would say to that."""
    part = operator.repository.folder / "metadata" / f"{role}.json"
    metadata = Metadata[Any].from_bytes(part.read_bytes())
    metadata.signed.version += 1
    target = TargetFile.from_data(path, data, ["sha256"])
    metadata.signed.targets[path] = target
    holders = operator.keys.targets if role == "targets" else operator.keys.vendor
    metadata.signatures.clear()
    for holder in holders:
        metadata.sign(holder, append=True)
    metadata.to_file(str(part))
    (operator.repository.folder / "images" / target.hashes["sha256"]).write_bytes(data)
    operator.release()


def test_an_order_of_the_top_level_role_in_a_sites_name_is_left_out(
    directed: Laptop, publisher: Publisher, operator: Operator, expect_log: ExpectLog
) -> None:
    expect_log("which may not say it")
    release = newest(directed)
    _put(operator, "targets", "work-orders/elsewhere/wo-9.json", order_json(order(ordered(release), site="elsewhere")))
    sync(directed, publisher, operator)
    said = directed.catalogue.directions()
    assert said is not None and [one.id for one in said.orders] == ["wo-1"]


@pytest.mark.parametrize("other", [{"site": "elsewhere"}, {"id": "wo-2"}])
def test_an_order_that_is_not_what_its_path_says_is_left_out(
    directed: Laptop, publisher: Publisher, operator: Operator, other: dict[str, str], expect_log: ExpectLog
) -> None:
    expect_log("is not that of its path")
    release = newest(directed)
    _put(operator, f"site-{SITE}", f"work-orders/{SITE}/wo-1.json", order_json(order(ordered(release), **other)))
    sync(directed, publisher, operator)
    with refused(Text.NOT_ORDERED):
        directed.catalogue.image(release, SERIAL)


@pytest.mark.parametrize("path", ["trust/denylist.json", f"grants/{'ab' * 32}/g.json", "work-orders/elsewhere/wo.json"])
def test_a_sites_role_says_nothing_but_its_own_orders(
    directed: Laptop, publisher: Publisher, operator: Operator, path: str
) -> None:
    said = directed.catalogue.directions()
    _put(operator, f"site-{SITE}", path, denylist_json(Denylist(frozenset({newest(directed).sha256}))))
    sync(directed, publisher, operator)
    assert directed.catalogue.directions() == said


def test_a_damaged_order_is_left_out_and_a_damaged_denylist_stops_the_sync(
    directed: Laptop, publisher: Publisher, operator: Operator, expect_log: ExpectLog
) -> None:
    expect_log("wo-2.json")
    _put(operator, f"site-{SITE}", f"work-orders/{SITE}/wo-2.json", b'{"schema": 1}')
    sync(directed, publisher, operator)
    assert directed.catalogue.image(newest(directed), SERIAL).length == 5000
    _put(operator, "targets", "trust/denylist.json", b'{"schema": 1}')
    with refused(Text.DIRECTION_BAD):
        sync(directed, publisher, operator)
    assert directed.catalogue.image(newest(directed), SERIAL).length == 5000


def test_a_changed_or_missing_document_on_disk_is_noticed(directed: Laptop) -> None:
    (file,) = (directed.catalogue.folder / "catalogue-1" / "director" / "targets").rglob("*wo-1.json")
    right = file.read_bytes()
    for wrong in (right.replace(b"2.6.0", b"2.6.1"), b"", None):
        file.unlink() if wrong is None else file.write_bytes(wrong)
        directed.restart()
        with refused(Text.CATALOGUE_DAMAGED):
            directed.catalogue.directions()
        assert directed.catalogue.state().freshness is Freshness.STALE
    file.write_bytes(right)
    directed.restart()
    assert directed.catalogue.directions() is not None


def test_a_source_that_swaps_a_document_is_refused_and_yesterdays_stay(
    directed: Laptop, publisher: Publisher, operator: Operator
) -> None:
    operator.order(order(title="Changed"))
    (file,) = (path for path in (operator.mirror / "targets").rglob("*wo-1.json") if b"Changed" in path.read_bytes())
    right = file.read_bytes()
    for wrong in (right.replace(b"Changed", b"Mangled"), right + b" ", b""):
        file.write_bytes(wrong)
        with refused(Text.IMAGE_SOURCE_BAD):
            sync(directed, publisher, operator)
    assert directed.catalogue.image(newest(directed), SERIAL).length == 5000


# -- a directed laptop never becomes one that stands alone


def test_a_directed_laptop_without_directions_refuses_everything(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    operator = Operator(laptop.folder / "operator", laptop.clock)
    operator.make(order())
    laptop.follow(operator.root)
    assert len(laptop.catalogue.releases()) == 2
    for ask in (laptop.catalogue.directions, lambda: laptop.catalogue.image(newest(laptop), SERIAL)):
        with refused(Text.DIRECTOR_NONE):
            ask()
    with refused(Text.DIRECTOR_SOURCE_NONE):
        laptop.catalogue.sync(str(publisher.mirror))
    state = laptop.catalogue.state()
    assert (state.freshness, state.stand_alone) == (Freshness.NONE, False)
    sync(laptop, publisher, operator)
    assert laptop.catalogue.state().freshness is Freshness.FRESH


def test_losing_the_directors_root_refuses_everything_instead_of_standing_alone(
    directed: Laptop, publisher: Publisher, operator: Operator
) -> None:
    release = newest(directed)
    root = directed.folder / DIRECTOR_SIDE.root
    kept = root.read_bytes()
    root.unlink()
    directed.restart()
    for ask in (
        directed.catalogue.directions,
        lambda: directed.catalogue.image(release, SERIAL),
        lambda: directed.catalogue.image_of_open_run(release.target, release.sha256),
        lambda: directed.catalogue.sync(str(publisher.mirror)),
    ):
        with refused(Text.DIRECTOR_ROOT_GONE):
            ask()
    assert not directed.catalogue.state().stand_alone
    root.write_bytes(kept)
    assert directed.catalogue.image(release, SERIAL).length == 5000


def test_another_director_cannot_be_slipped_in(directed: Laptop, clock: SetClock, tmp_path: Path) -> None:
    other = Operator(tmp_path / "other", clock, signers("other operator"))
    other.make(order())
    with refused(Text.ROOT_EXISTS):
        directed.follow(other.root)
    shutil.copy(other.root, directed.folder / DIRECTOR_SIDE.root)
    directed.restart()
    with refused(Text.DIRECTOR_ROOT_OTHER):
        directed.catalogue.directions()
    (directed.folder / DIRECTOR_SIDE.root).unlink()
    with refused(Text.ROOT_EXISTS):
        directed.follow(other.root)


def test_a_directors_root_without_its_mark_counts_too(directed: Laptop, tmp_path: Path) -> None:
    """As an installer puts it in; the database may be new."""
    folder = tmp_path / "anew"
    for name in ("trust", "catalogue"):
        shutil.copytree(directed.folder / name, folder / name)
    laptop = Laptop(folder, directed.clock, None)
    with refused(Text.NOT_ORDERED):
        laptop.catalogue.image(newest(laptop), "000732")
    (folder / DIRECTOR_SIDE.root).unlink()
    with refused(Text.DIRECTOR_ROOT_GONE):
        laptop.catalogue.directions()
    laptop.store.close()


def test_wiping_what_the_director_said_does_not_make_its_old_words_acceptable(
    directed: Laptop, publisher: Publisher, operator: Operator, tmp_path: Path
) -> None:
    old = Path(shutil.copytree(operator.mirror, tmp_path / "old"))
    operator.deny(images=[newest(directed).sha256])
    sync(directed, publisher, operator)
    director = directed.catalogue.folder / "catalogue-2" / "director"
    for file in (director / "metadata").iterdir():
        file.write_bytes(b"")
    directed.restart()
    with refused(Text.CATALOGUE_DAMAGED):
        directed.catalogue.directions()
    shutil.rmtree(director)
    directed.restart()
    with refused(Text.DIRECTOR_NONE):
        directed.catalogue.directions()
    with refused(Text.CATALOGUE_ROLLED_BACK) as told:
        directed.catalogue.sync(str(publisher.mirror), str(old))
    assert str(told.value.params["role"]).startswith("director/")
    sync(directed, publisher, operator)
    with refused(Text.DENYLISTED):
        directed.catalogue.image(newest(directed), SERIAL)


# -- no key in both


def test_a_root_with_a_key_of_the_other_repository_is_not_accepted(
    laptop: Laptop, publisher: Publisher, clock: SetClock, tmp_path: Path
) -> None:
    mixed = Operator(tmp_path / "mixed", clock, _with_timestamp_of(signers("operator"), publisher.keys))
    mixed.make(order())
    with refused(Text.KEY_IN_BOTH_ROOTS):
        laptop.follow(mixed.root)
    assert laptop.catalogue.directions() is None


def test_neither_root_is_accepted_in_the_place_of_the_other(
    laptop: Laptop, publisher: Publisher, operator: Operator, clock: SetClock, tmp_path: Path
) -> None:
    with refused(Text.ROOT_OTHER_KIND):
        laptop.follow(publisher.root)
    assert laptop.catalogue.state().stand_alone
    empty = Laptop(tmp_path / "empty", clock, None)
    with refused(Text.ROOT_OTHER_KIND):
        accept_root(empty.folder, operator.root, hashlib.sha256(operator.root.read_bytes()).hexdigest(), clock.now())
    empty.store.close()


def test_the_image_repositorys_root_may_share_no_key_with_the_director_either(
    clock: SetClock, publisher: Publisher, tmp_path: Path
) -> None:
    laptop = Laptop(tmp_path / "director first", clock, None)
    mixed = Operator(tmp_path / "mixed", clock, _with_timestamp_of(signers("operator"), publisher.keys))
    mixed.make(order())
    laptop.follow(mixed.root)
    typed = hashlib.sha256(publisher.root.read_bytes()).hexdigest()
    with refused(Text.KEY_IN_BOTH_ROOTS):
        accept_root(laptop.folder, publisher.root, typed, clock.now())
    laptop.store.close()


def _with_timestamp_of(keys: Signers, other: Signers) -> Signers:
    return Signers(keys.root, keys.targets, keys.vendor, keys.snapshot, other.timestamp)


def test_a_rotation_that_brings_a_key_of_the_other_repository_is_refused_at_the_sync(
    directed: Laptop, publisher: Publisher, operator: Operator
) -> None:
    shared = publisher.keys.timestamp
    operator.repository.replace_keys("timestamp", Holders((shared[0].public_key,)))
    operator.keys = _with_timestamp_of(operator.keys, publisher.keys)
    operator.release()
    with refused(Text.KEY_IN_BOTH_ROOTS):
        sync(directed, publisher, operator)
    assert directed.catalogue.image(newest(directed), SERIAL).length == 5000


def test_a_site_may_not_sign_with_a_vendors_key(laptop: Laptop, publisher: Publisher, tmp_path: Path) -> None:
    keys = signers("operator")
    mixed = Operator(
        tmp_path / "mixed",
        laptop.clock,
        Signers(keys.root, keys.targets, publisher.keys.vendor, keys.snapshot, keys.timestamp),
    )
    mixed.make(order())
    laptop.follow(mixed.root)  # the roots share nothing
    with refused(Text.KEY_IN_BOTH_ROOTS):
        sync(laptop, publisher, mixed)


def test_a_shared_key_is_refused_offline_too_whatever_a_sync_let_in(
    laptop: Laptop, publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = signers("operator")
    vendors = Signers(keys.root, keys.targets, publisher.keys.vendor, keys.snapshot, keys.timestamp)
    mixed = Operator(tmp_path / "mixed", laptop.clock, vendors)
    mixed.make(order(*map(ordered, publisher.releases())))
    laptop.follow(mixed.root)
    with monkeypatch.context() as patch:
        patch.setattr(repository, "refuse_shared", lambda *_: None)
        sync(laptop, publisher, mixed)
    for ask in (laptop.catalogue.directions, lambda: laptop.catalogue.image(newest(laptop), SERIAL)):
        with refused(Text.KEY_IN_BOTH_ROOTS):
            ask()


# -- the roots, as they are shown


def test_both_roots_are_shown_with_their_newest_versions(directed: Laptop, operator: Operator) -> None:
    image_root, director_root = roots(directed.folder)
    assert (image_root.director, director_root.director) == (False, True)
    assert director_root.fingerprint == operator.repository.first_fingerprint
    assert (director_root.keys, director_root.threshold, director_root.version) == (3, 2, 1)


def test_accepting_the_same_director_again_changes_nothing(directed: Laptop, operator: Operator) -> None:
    directed.follow(operator.root)
    assert directed.catalogue.image(newest(directed), SERIAL).length == 5000


def test_nothing_of_tuf_leaks_from_the_directors_part(
    directed: Laptop, publisher: Publisher, operator: Operator
) -> None:
    files = sorted((operator.mirror / "metadata").iterdir())
    for victim in files:
        right = victim.read_bytes()
        for other in (files[0], files[-1]):
            victim.write_bytes(other.read_bytes())
            try:
                sync(directed, publisher, operator)
            except FieldtoolError as error:
                assert "tuf" not in type(error).__module__
        victim.write_bytes(right)
    assert json.loads(files[0].read_bytes())
    sync(directed, publisher, operator)
