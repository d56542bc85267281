"""What one laptop knows comes to another on a stick, whole or in part, under the rules of a sync."""

import json
import os
import shutil
import zipfile
from collections import namedtuple
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fieldtool.core.errors import FirmwareError
from fieldtool.core.texts import Text
from fieldtool.firmware.bundle_facts import Choice
from fieldtool.firmware.state import Freshness
from tests.firmware.bundles import ORDER, SERIAL, SITE, Operator, bundles, changed, files, result, seen, taken
from tests.firmware.site import MODEL, VENDOR, SetClock, image, refused

DAY = timedelta(days=1)


@pytest.fixture
def operator(tmp_path: Path, clock: SetClock) -> Iterator[Operator]:
    made = Operator(tmp_path, clock)
    yield made
    made.close()


# -- there and back


def test_a_bundle_brings_both_repositories_to_a_laptop_that_was_never_online(
    operator: Operator, tmp_path: Path
) -> None:
    maker, taker = operator.synced("maker"), operator.laptop("taker")
    made = result(bundles(maker).export(tmp_path / "stick.zip"))
    assert (made.releases, made.orders, made.stand_alone) == ((operator.new.target,), 1, False)
    assert made.missing == ()  # nobody ordered 2.5.0
    assert made.length == made.file.stat().st_size
    brought = result(bundles(taker).take(made.file))
    assert (brought.new_releases, brought.new_files, brought.new_orders, brought.missing) == (2, 1, 1, 0)
    handed_out = taker.catalogue.image(operator.new, SERIAL)
    assert handed_out.path.read_bytes() == maker.catalogue.path(operator.new).read_bytes()
    with refused(Text.NOT_ORDERED):
        taker.catalogue.image(operator.old, SERIAL)


def test_a_bundle_of_a_laptop_that_stands_alone_brings_all_its_firmware(operator: Operator, tmp_path: Path) -> None:
    made = result(bundles(operator.synced("maker", directed=False)).export(tmp_path / "stick.zip"))
    assert made.stand_alone
    assert made.releases == (operator.old.target, operator.new.target)
    taker = operator.laptop("taker", directed=False)
    assert result(bundles(taker).take(made.file)).new_files == 2
    assert taker.catalogue.image(operator.old).version == "2.5.0"


def test_what_an_import_brought_is_told_once_and_a_second_import_brings_nothing(
    operator: Operator, tmp_path: Path
) -> None:
    made = result(bundles(operator.synced("maker")).export(tmp_path / "stick.zip"))
    taker = operator.laptop("taker")
    result(bundles(taker).take(made.file))
    again = result(bundles(taker).take(made.file))
    assert (again.releases, again.orders) == (2, 1)
    assert (again.new_releases, again.new_files, again.new_orders) == (0, 0, 0)


def test_a_bundle_that_was_brought_can_be_passed_on(operator: Operator, tmp_path: Path) -> None:
    first = result(bundles(operator.synced("maker")).export(tmp_path / "first.zip")).file
    between = operator.laptop("between")
    result(bundles(between).take(first))
    second = result(bundles(between).export(tmp_path / "second.zip")).file
    assert second.read_bytes() == first.read_bytes()
    assert taken(operator.laptop("taker"), second) is None


def test_a_laptop_that_missed_two_root_rotations_follows_them_in_the_bundle(operator: Operator, tmp_path: Path) -> None:
    taker = operator.laptop("taker", directed=False)
    for _ in range(2):
        operator.publisher.repository.renew("root")
        operator.publisher.release()
    made = result(bundles(operator.synced("maker", directed=False)).export(tmp_path / "stick.zip"))
    with zipfile.ZipFile(made.file) as archive:
        roots = [name for name in archive.namelist() if name.endswith("root.json")]
    assert roots == [f"image/metadata/{number}.root.json" for number in (1, 2, 3)]
    assert taken(taker, made.file) is None


def test_the_anchors_of_native_signatures_go_along(operator: Operator, tmp_path: Path) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    anchors = {"schema": 1, "format": "mcuboot", "certificates": [], "signers": [], "purposes": [], "keys": [pem]}
    operator.publisher.repository.add_anchors(VENDOR, "boot", json.dumps(anchors).encode())
    operator.publisher.release()
    taker = operator.laptop("taker", directed=False)
    made = result(bundles(operator.synced("maker", directed=False)).export(tmp_path / "stick.zip"))
    assert taken(taker, changed(made.file, tmp_path / "less.zip", ".boot.json", None)) is Text.CATALOGUE_INCOMPLETE
    assert taken(taker, made.file) is None
    (brought,) = (taker.catalogue.folder / "catalogue-1" / "targets" / "trust" / "native-keys" / "lab").iterdir()
    assert json.loads(brought.read_bytes()) == anchors


# -- what goes along


def test_the_same_catalogue_gives_the_same_bytes_on_every_laptop(operator: Operator, tmp_path: Path) -> None:
    one, other = operator.synced("one"), operator.synced("other")
    first = result(bundles(one).export(tmp_path / "first.zip")).file.read_bytes()
    operator.clock.advance(timedelta(hours=5))
    assert result(bundles(other).export(tmp_path / "second.zip")).file.read_bytes() == first


def test_an_image_that_is_missing_or_damaged_stays_behind_and_is_named(operator: Operator, tmp_path: Path) -> None:
    maker = operator.synced("maker", directed=False)
    maker.catalogue.path(operator.old).write_bytes(b"x" * operator.old.length)
    made = result(bundles(maker).export(tmp_path / "one.zip"))
    assert (made.releases, made.missing) == ((operator.new.target,), (operator.old.target,))
    maker.catalogue.path(operator.new).unlink()
    made = result(bundles(maker).export(tmp_path / "none.zip"))
    assert (made.releases, made.missing) == ((), (operator.old.target, operator.new.target))
    taker = operator.laptop("taker", directed=False)
    assert result(bundles(taker).take(tmp_path / "one.zip")).missing == 1
    with refused(Text.IMAGE_NOT_CACHED) as told:
        taker.catalogue.image(operator.old)
    assert "import a bundle made after 2026-03-02" in told.value.remedy


def test_what_a_choice_names_goes_along_and_nothing_else(operator: Operator, tmp_path: Path) -> None:
    maker = operator.synced("maker")
    maker.catalogue.path(operator.old).parent.mkdir()
    shutil.copy(next((operator.publisher.mirror / "targets").rglob("*2.5.0*")), maker.catalogue.path(operator.old))
    for choice, brought in (
        (Choice(), [operator.old, operator.new]),
        (Choice(models=frozenset({MODEL})), [operator.old, operator.new]),
        (Choice(sites=frozenset({SITE})), [operator.new]),
        (Choice(orders=frozenset({ORDER})), [operator.new]),
        (Choice(models=frozenset({MODEL, "Other"}), orders=frozenset({ORDER})), [operator.new]),
    ):
        made = result(bundles(maker).export(tmp_path / "stick.zip", choice, force=True))
        assert made.releases == tuple(release.target for release in brought)
        assert not made.missing


def test_a_choice_that_names_nothing_we_know_is_refused_before_anything_is_written(
    operator: Operator, tmp_path: Path
) -> None:
    maker, alone = operator.synced("maker"), operator.synced("alone", directed=False)
    for laptop, choice, text in (
        (maker, Choice(models=frozenset({"Unheard"})), Text.BUNDLE_NOTHING),
        (maker, Choice(sites=frozenset({SITE, "elsewhere"})), Text.BUNDLE_NOT_ORDERED),
        (maker, Choice(orders=frozenset({"none-1"})), Text.BUNDLE_NOT_ORDERED),
        (alone, Choice(sites=frozenset({SITE})), Text.BUNDLE_NOT_ORDERED),
    ):
        with refused(text):
            result(bundles(laptop).export(tmp_path / "stick.zip", choice))
    assert not list(tmp_path.glob("stick*"))


def test_a_catalogue_that_nobody_would_take_any_more_is_not_exported(operator: Operator, tmp_path: Path) -> None:
    maker = operator.synced("maker")
    operator.clock.advance(40 * DAY)
    with refused(Text.CATALOGUE_EXPIRED):
        result(bundles(maker).export(tmp_path / "stick.zip"))
    with refused(Text.CATALOGUE_NONE):
        result(bundles(operator.laptop("empty", directed=False)).export(tmp_path / "stick.zip"))
    assert not list(tmp_path.glob("stick*"))


# -- onto a stick


def test_until_it_was_read_back_there_is_no_file_under_its_name(operator: Operator, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    names = set()
    for _ in bundles(operator.synced("maker")).export(stick / "site"):
        names |= {path.name for path in stick.iterdir()}
    assert names == {"site.zip.part"}
    assert [path.name for path in stick.iterdir()] == ["site.zip"]


def test_an_export_that_is_cancelled_anywhere_leaves_nothing(operator: Operator, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    maker = bundles(operator.synced("maker"))
    many = sum(1 for _ in maker.export(tmp_path / "whole.zip"))
    for stop in range(1, many + 1):
        steps = maker.export(stick / "site.zip")
        for _ in range(stop):
            next(steps)
        steps.close()
        assert not list(stick.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="limits of files need POSIX")
def test_a_stick_that_takes_no_more_leaves_nothing_and_says_why(operator: Operator, tmp_path: Path) -> None:
    operator.publisher.add(image(tmp_path / "build", "3.0.0", 3 << 20))
    maker, stick = operator.synced("maker", directed=False), tmp_path / "stick"
    stick.mkdir()
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, before[1]))  # as FAT32 does at 4 GB
    try:
        with refused(Text.BUNDLE_UNWRITABLE) as told:
            result(bundles(maker).export(stick / "site.zip"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "too large" in told.value.what
    assert not list(stick.iterdir())


def test_a_full_stick_is_told_before_anything_is_written(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = operator.synced("maker")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1 << 30, 1 << 30, 1 << 20))
    steps = bundles(maker).export(tmp_path / "stick.zip")
    with refused(Text.BUNDLE_DISK_FULL):
        for _ in steps:
            assert not list(tmp_path.glob("stick*"))


def test_a_stick_that_is_gone_is_told(operator: Operator, tmp_path: Path) -> None:
    with refused(Text.BUNDLE_UNWRITABLE):
        result(bundles(operator.synced("maker")).export(tmp_path / "gone" / "stick.zip"))


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="there is no way to tell when the stick has it all")
def test_a_stick_that_does_not_keep_what_was_written_is_found_out(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker, part = bundles(operator.synced("maker", directed=False)), tmp_path / "stick.zip.part"
    whole = result(maker.export(tmp_path / "whole.zip")).file.read_bytes()
    firmware = whole.index(next((operator.publisher.mirror / "targets").rglob("*2.6.0*")).read_bytes())
    for place in (14, firmware, firmware + operator.new.length - 1, len(whole) - 30):
        broken = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        monkeypatch.setattr(os, "posix_fadvise", lambda *_, broken=broken: part.write_bytes(broken))
        with refused(Text.BUNDLE_CHANGED):
            result(maker.export(tmp_path / "stick.zip"))
        assert not list(tmp_path.glob("stick*"))


def test_a_file_that_is_there_is_replaced_only_when_somebody_says_so(operator: Operator, tmp_path: Path) -> None:
    maker, file = bundles(operator.synced("maker")), tmp_path / "stick.zip"
    file.write_bytes(b"somebody's holiday")
    with refused(Text.BUNDLE_EXISTS):
        result(maker.export(file))
    assert file.read_bytes() == b"somebody's holiday"
    result(maker.export(file, force=True))
    assert zipfile.is_zipfile(file)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_on_the_stick_does_not_lead_the_export_to_other_files(operator: Operator, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_bytes(b"mine")
    (tmp_path / "stick.zip.part").symlink_to(mine)
    (tmp_path / "stick.zip").symlink_to(mine)
    result(bundles(operator.synced("maker")).export(tmp_path / "stick.zip", force=True))
    assert mine.read_bytes() == b"mine"
    assert not (tmp_path / "stick.zip").is_symlink()


def test_nobody_syncs_while_a_bundle_is_made(operator: Operator, tmp_path: Path) -> None:
    maker = operator.synced("maker")
    steps = bundles(maker).export(tmp_path / "stick.zip")
    next(steps)
    with refused(Text.LOCKED):
        maker.catalogue.sync(str(operator.publisher.mirror), str(operator.director))
    steps.close()
    maker.catalogue.sync(str(operator.publisher.mirror), str(operator.director))


# -- inspection


def test_an_inspection_tells_what_is_in_it_and_changes_nothing(operator: Operator, tmp_path: Path) -> None:
    made = result(bundles(operator.synced("maker")).export(tmp_path / "stick.zip"))
    taker = operator.laptop("taker")
    before = files(taker.folder)
    found = result(bundles(taker).inspect(made.file))
    assert files(taker.folder) == before
    assert found.problem is None
    assert [(one.version, one.included) for one in found.releases] == [("2.5.0", False), ("2.6.0", True)]
    assert found.orders == (ORDER,)
    assert not found.stand_alone
    assert found.valid_until == operator.clock.now() + 28 * DAY
    assert taker.catalogue.state().freshness is Freshness.NONE


def test_an_old_bundle_is_inspected_whole_and_refused_with_the_date_that_a_new_one_needs(
    operator: Operator, tmp_path: Path
) -> None:
    made = result(bundles(operator.synced("maker")).export(tmp_path / "stick.zip"))
    operator.clock.advance(40 * DAY)
    taker = operator.laptop("taker")
    found = result(bundles(taker).inspect(made.file))
    assert len(found.releases) == 2
    assert found.problem is not None and found.problem.text is Text.CATALOGUE_EXPIRED
    assert "import a bundle made after 2026-03-" in found.problem.remedy
    assert taken(taker, made.file) is Text.CATALOGUE_EXPIRED


def test_a_laptop_without_a_root_takes_no_bundle(operator: Operator, tmp_path: Path) -> None:
    made = result(bundles(operator.synced("maker")).export(tmp_path / "stick.zip"))
    taker = operator.laptop("taker", directed=False)
    (taker.folder / "trust" / "root.json").unlink()
    assert seen(taker, made.file) is taken(taker, made.file) is Text.NO_ROOT


def test_what_is_no_bundle_by_its_name_is_not_imported(operator: Operator, tmp_path: Path) -> None:
    other = tmp_path / "stick.tar"
    other.write_bytes(b"")
    with pytest.raises(FirmwareError, match=r"\.zip"):
        result(bundles(operator.laptop("taker")).take(other))


@pytest.mark.parametrize("name", ["missing.zip", "folder.zip", "nul\0.zip"])
def test_a_bundle_that_cannot_be_opened_is_told(operator: Operator, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.zip").mkdir(exist_ok=True)
    with refused(Text.SOURCE_UNREACHABLE):
        result(bundles(operator.laptop("taker")).inspect(tmp_path / name))
