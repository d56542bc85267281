"""Whose keys sign which part: delegated, rotated, revoked, and signed on several machines."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner, SSlibKey

from fieldtool.core.errors import FirmwareError
from fieldtool.core.texts import Text
from fieldtool.publish.layout import Holders, check_apart
from fieldtool.publish.repository import ImageRepository
from fieldtool.publish.throwaway import Signers, sign_and_release
from tests.firmware.site import VENDOR, Laptop, SetClock, image, refused, signers

PUBLISHED = "2026-03-01T00:00:00Z"


@pytest.fixture
def mirror(repository: ImageRepository, tmp_path: Path) -> Path:
    """Of a repository that has released one image."""
    one = image(tmp_path / "build", "2.5.0")
    repository.add(one.file, one.custom(VENDOR, PUBLISHED))
    sign_and_release(repository, signers(), tmp_path / "mirror")
    return tmp_path / "mirror"


@pytest.fixture
def laptop(repository: ImageRepository, mirror: Path, clock: SetClock, tmp_path: Path) -> Iterator[Laptop]:
    """Has synced what the mirror holds."""
    made = Laptop(tmp_path / "laptop", clock, repository.root_file)
    made.catalogue.sync(str(mirror))
    yield made
    made.store.close()


def key_of(name: str) -> CryptoSigner:
    signer = signers(name).root[0]
    assert isinstance(signer, CryptoSigner)
    return signer


def with_keys(**changed: tuple[CryptoSigner, ...]) -> Signers:
    old = signers()
    parts = ("root", "targets", "vendor", "snapshot", "timestamp")
    return Signers(*(changed.get(name, getattr(old, name)) for name in parts))


@pytest.mark.parametrize("role", ["root", "targets", "vendor", "snapshot", "timestamp"])
def test_laptops_follow_when_the_keys_of_any_part_are_rotated(
    repository: ImageRepository, mirror: Path, laptop: Laptop, role: str
) -> None:
    new = (key_of("new"), CryptoSigner.generate_ecdsa())
    part = "lab" if role == "vendor" else role
    waiting = repository.replace_keys(part, Holders(tuple(one.public_key for one in new), 2))
    assert (
        set(waiting)
        == {
            "root": {"root"},
            "targets": {"root", "targets"},
            "vendor": {"targets", "lab"},
            "snapshot": {"root"},
            "timestamp": {"root"},
        }[role]
    )
    old = signers()
    if "root" in waiting:
        for signer in old.root[:2]:
            repository.sign("root", signer)
    sign_and_release(repository, with_keys(**{role: new}), mirror)
    laptop.catalogue.sync(str(mirror))
    laptop.restart()
    assert [release.version for release in laptop.catalogue.releases()] == ["2.5.0"]


def test_a_key_that_was_replaced_can_no_longer_sign(repository: ImageRepository, mirror: Path) -> None:
    repository.replace_keys("lab", Holders((key_of("new").public_key,)))
    with refused(Text.PUBLISH_KEY_FOREIGN):
        repository.sign("lab", signers().vendor[0])
    assert repository.sign("lab", key_of("new")) == 0
    repository.replace_keys("timestamp", Holders((key_of("new").public_key,)))
    for signer in (*signers().root[:2],):
        repository.sign("root", signer)
    for signer in signers().targets:
        repository.sign("targets", signer)
    with refused(Text.PUBLISH_UNSIGNED) as told:
        repository.release(mirror, (*signers().snapshot, *signers().timestamp))
    assert told.value.params["role"] == "timestamp"


def test_a_revoked_key_is_out_of_every_part_and_what_it_signed_is_to_be_signed_anew(
    repository: ImageRepository, mirror: Path, laptop: Laptop
) -> None:
    stolen, new = signers().targets[0], key_of("new")
    repository.replace_keys("lab", Holders((stolen.public_key, *(one.public_key for one in signers().vendor))))
    waiting = repository.revoke(stolen.public_key.keyid, new.public_key)
    assert set(waiting) == {"root", "targets", "lab"}
    for role in waiting:
        with refused(Text.PUBLISH_KEY_FOREIGN):
            repository.sign(role, stolen)
    assert stolen.public_key.keyid not in {key.keyid for key in repository.parts.keys}
    for signer in signers().root[:2]:
        repository.sign("root", signer)
    sign_and_release(repository, with_keys(targets=(signers().targets[1], new)), mirror)
    laptop.catalogue.sync(str(mirror))
    assert len(laptop.catalogue.releases()) == 1


def test_a_thief_of_a_revoked_key_publishes_nothing_that_laptops_take(
    repository: ImageRepository, mirror: Path, laptop: Laptop, tmp_path: Path, clock: SetClock
) -> None:
    before = tmp_path / "stolen"
    shutil.copytree(repository.folder, before)
    new = key_of("new")
    repository.revoke(signers().vendor[0].public_key.keyid, new.public_key)
    sign_and_release(repository, with_keys(vendor=(new,)), mirror)
    laptop.catalogue.sync(str(mirror))
    thief = ImageRepository(before, clock)  # with all online keys, too
    for version in ("6.6.5", "6.6.6"):
        one = image(tmp_path / "evil", version)
        thief.add(one.file, one.custom(VENDOR, PUBLISHED))
        sign_and_release(thief, signers(), tmp_path / "evil-mirror")
    with pytest.raises(FirmwareError):
        laptop.catalogue.sync(str(tmp_path / "evil-mirror"))
    assert [release.version for release in laptop.catalogue.releases()] == ["2.5.0"]


def test_a_key_is_not_revoked_where_nobody_could_sign_afterwards(repository: ImageRepository, mirror: Path) -> None:
    files = {path: path.read_bytes() for path in repository.folder.rglob("*.json")}
    for keyid, text in ((signers().targets[0].public_key.keyid, Text.PUBLISH_TOO_FEW_KEYS),
                        ("ab" * 32, Text.PUBLISH_KEY_UNKNOWN)):  # fmt: skip
        with refused(text):
            repository.revoke(keyid)
    assert files == {path: path.read_bytes() for path in repository.folder.rglob("*.json")}
    repository.revoke(signers().root[0].public_key.keyid)  # two are left, and two are needed
    assert repository.parts.holders("root").threshold == 2


def test_a_further_vendor_gets_a_part_of_its_own_and_no_say_over_others(
    repository: ImageRepository, mirror: Path, laptop: Laptop, tmp_path: Path
) -> None:
    key = key_of("modem")
    assert repository.delegate("Modem AG", Holders((key.public_key,))) == ("targets", "modem-ag")
    one = image(tmp_path / "modem", "1.0.0")
    assert repository.add(one.file, one.custom("Modem AG", PUBLISHED)) == "modem-ag/citypost-1.0.0.raucb"
    repository.sign("modem-ag", key)
    with refused(Text.PUBLISH_KEY_FOREIGN):
        repository.sign("lab", key)
    sign_and_release(repository, signers(), mirror)
    laptop.catalogue.sync(str(mirror))
    assert {release.vendor for release in laptop.catalogue.releases()} == {VENDOR, "Modem AG"}


@pytest.mark.parametrize("name", ["targets", "Root", "trust", "日本"])
def test_no_vendor_takes_the_name_of_another_part(repository: ImageRepository, name: str) -> None:
    with refused(Text.PUBLISH_LAYOUT_BAD):
        repository.delegate(name, Holders((key_of("new").public_key,)))


@pytest.mark.parametrize("role", ["root", "lab"])
def test_keys_that_could_not_meet_the_threshold_are_refused(repository: ImageRepository, role: str) -> None:
    key = key_of("new").public_key
    doubled = SSlibKey("ff" * 32, key.keytype, key.scheme, key.keyval)
    for holders in (Holders((key,), 2), Holders((key, key), 2), Holders((), 1), Holders((key, doubled), 2)):
        with refused(Text.PUBLISH_LAYOUT_BAD):
            repository.replace_keys(role, holders)


def test_a_key_of_the_other_repository_is_found_under_any_id() -> None:
    key = key_of("new").public_key
    other = SSlibKey("ff" * 32, key.keytype, key.scheme, key.keyval)
    with refused(Text.PUBLISH_KEY_SHARED):
        check_apart([key], [key_of("other").public_key, other])
    check_apart([key], [key_of("other").public_key])


# -- on several machines


@pytest.fixture
def copies(repository: ImageRepository, tmp_path: Path, clock: SetClock) -> list[ImageRepository]:
    for name in ("anna", "ben"):
        shutil.copytree(repository.folder, tmp_path / name)
    return [ImageRepository(tmp_path / name, clock) for name in ("anna", "ben")]


def test_signatures_made_on_several_machines_are_brought_together(
    repository: ImageRepository, copies: list[ImageRepository], tmp_path: Path
) -> None:
    for copy, number in zip(copies, (0, 2), strict=True):
        assert copy.sign("root", signers().root[number]) == 1
        copy.sign("targets", signers().targets[number // 2])
        assert repository.merge(copy.folder) == ("root", "targets")
        assert repository.merge(copy.folder) == ()
    assert repository.waiting() == ("lab",)
    sign_and_release(repository, signers(), tmp_path / "mirror")


def test_a_signature_that_does_not_fit_is_not_merged(
    repository: ImageRepository, copies: list[ImageRepository]
) -> None:
    file = copies[0].parts.path("targets")
    copies[0].sign("targets", signers().targets[0])
    content = file.read_bytes()
    index = content.index(b'"sig":"') + 9
    file.write_bytes(content[:index] + (b"00" if content[index : index + 2] != b"00" else b"11") + content[index + 2 :])
    assert repository.merge(copies[0].folder) == ()
    assert repository.missing("targets") == 2


def test_a_vendor_that_works_in_a_copy_brings_its_signed_part_and_its_files_back(
    repository: ImageRepository, mirror: Path, copies: list[ImageRepository], laptop: Laptop, tmp_path: Path
) -> None:
    theirs = copies[0]
    one = image(tmp_path / "elsewhere", "2.6.0")
    target = theirs.add(one.file, one.custom(VENDOR, PUBLISHED))
    with refused(Text.PUBLISH_MERGE_DIFFERS):
        repository.merge(theirs.folder)  # not signed yet
    theirs.sign("lab", signers().vendor[0])
    assert repository.merge(theirs.folder) == ("lab",)
    assert target in repository.parts.targets("lab").signed.targets
    sign_and_release(repository, signers(), mirror)
    laptop.catalogue.sync(str(mirror))
    assert [release.version for release in laptop.catalogue.releases()] == ["2.5.0", "2.6.0"]


def test_changes_in_two_places_are_never_mixed(
    repository: ImageRepository, mirror: Path, copies: list[ImageRepository], tmp_path: Path
) -> None:
    for place, version in ((repository, "2.6.0"), (copies[0], "2.7.0")):
        one = image(tmp_path / version, version)
        place.add(one.file, one.custom(VENDOR, PUBLISHED))
        place.sign("lab", signers().vendor[0])
    before = repository.parts.path("lab").read_bytes()
    with refused(Text.PUBLISH_MERGE_DIFFERS):
        repository.merge(copies[0].folder)
    assert repository.parts.path("lab").read_bytes() == before


def test_a_rotation_made_and_signed_in_a_copy_comes_back_with_the_parts_that_wait(
    repository: ImageRepository, mirror: Path, copies: list[ImageRepository], laptop: Laptop
) -> None:
    theirs, new = copies[0], key_of("new")
    theirs.replace_keys("root", Holders(tuple(one.public_key for one in (new, *signers().root[:2])), 2))
    theirs.replace_keys("lab", Holders((new.public_key,)))
    theirs.delegate("Modem AG", Holders((new.public_key,)))
    for role, its in (("root", signers().root[:2]), ("targets", signers().targets)):
        for signer in its:
            theirs.sign(role, signer)
    assert repository.merge(theirs.folder) == ("root", "targets", "lab", "modem-ag")
    assert repository.waiting() == ("lab", "modem-ag")
    for role in repository.waiting():
        repository.sign(role, new)
    sign_and_release(repository, signers(), mirror)
    laptop.catalogue.sync(str(mirror))
    assert len(laptop.catalogue.releases()) == 1


def test_what_a_copy_says_anew_is_not_taken_without_its_signatures(
    repository: ImageRepository, mirror: Path, copies: list[ImageRepository], tmp_path: Path
) -> None:
    theirs, new = copies[0], key_of("new")
    theirs.delegate("Modem AG", Holders((new.public_key,)))
    one = image(tmp_path / "modem", "6.6.6")
    theirs.add(one.file, one.custom("Modem AG", PUBLISHED))
    for signer in signers().targets:
        theirs.sign("targets", signer)
    before = {path: path.read_bytes() for path in repository.folder.rglob("*") if path.is_file()}
    with refused(Text.PUBLISH_MERGE_DIFFERS):
        repository.merge(theirs.folder)
    assert before == {path: path.read_bytes() for path in repository.folder.rglob("*") if path.is_file()}


def test_a_root_that_the_old_keys_did_not_sign_is_not_merged(
    repository: ImageRepository, mirror: Path, copies: list[ImageRepository]
) -> None:
    thief = signers("thief")
    copies[0].replace_keys("root", Holders(tuple(one.public_key for one in thief.root), 2))
    for signer in thief.root:
        copies[0].sign("root", signer)
    with refused(Text.PUBLISH_MERGE_DIFFERS):
        repository.merge(copies[0].folder)


def test_a_part_whose_files_stayed_elsewhere_is_not_released(
    repository: ImageRepository, mirror: Path, copies: list[ImageRepository], tmp_path: Path
) -> None:
    one = image(tmp_path / "elsewhere", "2.6.0")
    copies[0].add(one.file, one.custom(VENDOR, PUBLISHED))
    copies[0].sign("lab", signers().vendor[0])
    shutil.rmtree(copies[0].folder / "images")
    repository.merge(copies[0].folder)
    before = (mirror / "metadata" / "timestamp.json").read_bytes()
    with refused(Text.PUBLISH_FILE_MISSING):
        repository.release(mirror, (*signers().snapshot, *signers().timestamp))
    assert (mirror / "metadata" / "timestamp.json").read_bytes() == before


def test_a_published_part_takes_no_further_signature_that_would_change_its_bytes(
    repository: ImageRepository, mirror: Path
) -> None:
    for role, signer in (("root", signers().root[2]), ("targets", signers().targets[0])):
        with refused(Text.PUBLISH_RELEASED):
            repository.sign(role, signer)
    repository.renew("targets")
    assert repository.sign("targets", signers().targets[0]) == 1
