"""The publisher's side: nothing is published that lacks a signature, and the mirror changes in one step."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.publish.layout import Holders, Layout, Lifetimes
from fieldtool.publish.repository import ImageRepository
from fieldtool.publish.throwaway import Signers, sign_and_release
from tests.firmware.site import START, VENDOR, Laptop, Publisher, SetClock, image, refused, signers

PUBLISHED = "2026-03-01T00:00:00Z"


def add(repository: ImageRepository, folder: Path, version: str = "2.6.0") -> str:
    one = image(folder, version)
    return repository.add(one.file, one.custom(VENDOR, PUBLISHED))


def test_signatures_are_added_key_by_key_until_the_threshold_is_met(repository: ImageRepository) -> None:
    first, second, third = signers().root
    assert repository.missing("root") == 2
    assert repository.sign("root", third) == 1
    assert repository.sign("root", third) == 1
    assert repository.sign("root", first) == 0
    assert repository.sign("root", second) == 0


def test_a_key_signs_only_where_it_belongs(repository: ImageRepository) -> None:
    for role, signer in (("targets", signers().root[0]), ("lab", signers().targets[0]), ("root", signers("x").root[0])):
        with refused(Text.PUBLISH_KEY_FOREIGN):
            repository.sign(role, signer)
    with refused(Text.PUBLISH_ROLE_UNKNOWN):
        repository.sign("nobody", signers().root[0])


def test_nothing_is_published_while_a_signature_lacks(repository: ImageRepository, tmp_path: Path) -> None:
    keys = signers()
    mirror = tmp_path / "mirror"
    sign_and_release(repository, keys, mirror)
    before = {path: path.read_bytes() for path in mirror.rglob("*") if path.is_file()}
    add(repository, tmp_path)
    with refused(Text.PUBLISH_UNSIGNED) as told:
        repository.release(mirror, (*keys.snapshot, *keys.timestamp))
    assert (told.value.params["role"], told.value.params["missing"]) == ("lab", 1)
    repository.sign("lab", keys.vendor[0])
    for lacking, given in (("snapshot", keys.timestamp), ("timestamp", keys.snapshot)):
        with refused(Text.PUBLISH_UNSIGNED) as told:
            repository.release(mirror, given)
        assert told.value.params["role"] == lacking
    assert {path: path.read_bytes() for path in mirror.rglob("*") if path.is_file()} == before


def test_expired_targets_are_not_published(repository: ImageRepository, tmp_path: Path, clock: SetClock) -> None:
    sign_and_release(repository, signers(), tmp_path / "mirror")
    clock.advance(timedelta(days=120))
    with refused(Text.PUBLISH_EXPIRED):
        sign_and_release(repository, signers(), tmp_path / "mirror")


def test_the_suggested_lifetimes_stand_in_the_metadata(repository: ImageRepository, tmp_path: Path) -> None:
    sign_and_release(repository, signers(), tmp_path / "mirror")
    metadata = tmp_path / "mirror" / "metadata"
    days = {"1.root": 365, "1.targets": 120, "1.lab": 120, "1.snapshot": 30, "timestamp": 7}
    for name, lifetime in days.items():
        signed = json.loads((metadata / f"{name}.json").read_bytes())["signed"]
        assert signed["expires"] == f"{START + timedelta(days=lifetime):%Y-%m-%dT%H:%M:%SZ}"
    assert json.loads((metadata / "1.root.json").read_bytes())["signed"]["grace_days"] == 21


def test_the_same_input_gives_the_same_bytes_whoever_signs_first(tmp_path: Path, clock: SetClock) -> None:
    mirrors = []
    for name, order in (("one", 1), ("two", -1)):
        repository = ImageRepository.create(tmp_path / name, signers().layout(VENDOR), clock)
        add(repository, tmp_path / "build")
        for role, its in (("root", signers().root), ("targets", signers().targets), ("lab", signers().vendor)):
            for signer in its[::order]:
                repository.sign(role, signer)
        repository.release(tmp_path / f"{name}-mirror", (*signers().snapshot, *signers().timestamp)[::order])
        mirrors.append(tmp_path / f"{name}-mirror")
    one, two = ({path.relative_to(mirror): path.read_bytes() for path in mirror.rglob("*.*")} for mirror in mirrors)
    assert one == two and len(one) == 6


def test_what_was_published_is_never_replaced_by_another_file_of_that_name(
    repository: ImageRepository, tmp_path: Path
) -> None:
    assert add(repository, tmp_path) == add(repository, tmp_path) == "lab/citypost-2.6.0.raucb"
    one = image(tmp_path, "2.6.0", size=4000)
    with refused(Text.PUBLISH_TARGET_EXISTS):
        repository.add(one.file, one.custom(VENDOR, PUBLISHED))


@pytest.mark.parametrize(
    ("change", "text"),
    [({"vendor": "Other"}, Text.PUBLISH_VENDOR_UNKNOWN), ({"vendor": "targets"}, Text.PUBLISH_VENDOR_UNKNOWN),
     ({"version": "2.6"}, Text.RELEASE_BAD), ({"models": []}, Text.RELEASE_BAD), ({"surprise": 1}, Text.RELEASE_BAD)],
)  # fmt: skip
def test_what_clients_would_refuse_is_not_added(
    repository: ImageRepository, tmp_path: Path, change: dict[str, object], text: Text
) -> None:
    one = image(tmp_path)
    with refused(text):
        repository.add(one.file, {**one.custom(VENDOR, PUBLISHED), **change})
    assert repository.missing("lab") == 1


def test_changes_before_a_release_are_one_version_and_after_it_the_next(
    repository: ImageRepository, tmp_path: Path
) -> None:
    def version() -> int:
        content = json.loads((repository.folder / "metadata" / "lab.json").read_bytes())
        return int(content["signed"]["version"])

    add(repository, tmp_path, "2.5.0")
    add(repository, tmp_path, "2.6.0")
    assert version() == 1
    sign_and_release(repository, signers(), tmp_path / "mirror")
    add(repository, tmp_path, "2.7.0")
    add(repository, tmp_path, "2.8.0")
    assert version() == 2


@pytest.mark.parametrize(
    "layout",
    [lambda good: Layout(Holders(good.root.keys, 4), good.targets, good.snapshot, good.timestamp, good.delegated),
     lambda good: Layout(Holders((), 1), good.targets, good.snapshot, good.timestamp, good.delegated),
     lambda good: Layout(Holders(good.root.keys[:1] * 3, 2), good.targets, good.snapshot, good.timestamp, {}),
     lambda good: Layout(good.root, good.targets, good.snapshot, good.timestamp, {"Root": good.root}),
     lambda good: Layout(good.root, good.targets, good.snapshot, good.timestamp, {"Lab": good.root, "lab!": good.root}),
     lambda good: Layout(good.root, good.targets, good.snapshot, good.timestamp, {"日本": good.root})],
)  # fmt: skip
def test_a_layout_that_nobody_could_sign_or_tell_apart_is_refused(
    tmp_path: Path, clock: SetClock, layout: Callable[[Layout], Layout]
) -> None:
    with refused(Text.PUBLISH_LAYOUT_BAD):
        ImageRepository.create(tmp_path / "new", layout(signers().layout(VENDOR)), clock)
    with refused(Text.PUBLISH_LAYOUT_BAD):
        ImageRepository.create(tmp_path / "new", signers().layout(VENDOR), clock, Lifetimes(grace=91))
    assert not (tmp_path / "new").exists()


def test_a_folder_is_a_repository_or_it_is_not(repository: ImageRepository, tmp_path: Path, clock: SetClock) -> None:
    with refused(Text.PUBLISH_EXISTS):
        ImageRepository.create(repository.folder, signers().layout(VENDOR), clock)
    with pytest.raises(UsageError):
        ImageRepository(tmp_path / "nothing", clock)


# -- with a laptop on the other side


@pytest.fixture
def publisher(tmp_path: Path, clock: SetClock) -> Publisher:
    made = Publisher(tmp_path / "publisher", clock)
    made.make(image(tmp_path / "build", "2.5.0"))
    return made


@pytest.fixture
def laptop(tmp_path: Path, clock: SetClock, publisher: Publisher) -> Iterator[Laptop]:
    made = Laptop(tmp_path / "laptop", clock, publisher.root)
    yield made
    made.store.close()


def test_make_repository_gives_the_fingerprint_that_a_laptop_accepts(publisher: Publisher, tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "other", publisher.clock, publisher.root, publisher.repository.fingerprint)
    laptop.catalogue.sync(str(publisher.mirror))
    assert [release.version for release in laptop.catalogue.releases()] == ["2.5.0"]
    laptop.store.close()


def test_no_key_is_written_anywhere(publisher: Publisher) -> None:
    secrets = [
        signer.private_bytes  # type: ignore[attr-defined]  # a CryptoSigner has it
        for its in (publisher.keys.root, publisher.keys.targets, publisher.keys.vendor, publisher.keys.snapshot)
        for signer in its
    ]
    bodies = [secret.splitlines()[1] for secret in secrets]
    for path in publisher.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"PRIVATE" not in content and not any(body in content for body in bodies)


def test_rotated_root_keys_are_followed_by_laptops_when_old_and_new_keys_signed(
    publisher: Publisher, laptop: Laptop
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    fresh, old = signers("rotated"), publisher.keys
    repository = publisher.repository
    repository.replace_keys("root", Holders(tuple(signer.public_key for signer in fresh.root), 2))
    assert repository.sign("root", fresh.root[0]) == 2  # the old keys have not signed yet
    assert repository.sign("root", fresh.root[1]) == 2
    with refused(Text.PUBLISH_UNSIGNED):
        repository.release(publisher.mirror, (*old.snapshot, *old.timestamp))
    assert repository.sign("root", old.root[0]) == 1
    assert repository.sign("root", old.root[1]) == 0
    publisher.keys = Signers(fresh.root, old.targets, old.vendor, old.snapshot, old.timestamp)
    publisher.release()
    laptop.catalogue.sync(str(publisher.mirror))
    laptop.restart()
    assert len(laptop.catalogue.releases()) == 1


def test_a_laptop_that_slept_through_several_rotations_catches_up(publisher: Publisher, laptop: Laptop) -> None:
    for _ in range(3):
        publisher.repository.renew("root")
        publisher.release()
    laptop.catalogue.sync(str(publisher.mirror))
    shutil.rmtree(publisher.mirror)
    laptop.restart()
    assert len(laptop.catalogue.releases()) == 1


def test_keys_of_other_kinds_serve_as_well(tmp_path: Path, clock: SetClock) -> None:
    kept = signers()
    mixed = Signers(kept.root, kept.targets, (CryptoSigner.generate_ecdsa(),), kept.snapshot, kept.timestamp)
    publisher = Publisher(tmp_path / "mixed", clock, mixed)
    publisher.make(image(tmp_path, "2.5.0"))
    laptop = Laptop(tmp_path / "laptop", clock, publisher.root)
    laptop.catalogue.sync(str(publisher.mirror))
    assert len(laptop.catalogue.releases()) == 1
    laptop.store.close()


class PowerCutError(BaseException):
    """Nobody catches this."""


def test_a_mirror_serves_the_old_state_or_the_new_wherever_publishing_is_cut(
    publisher: Publisher, laptop: Laptop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    rename, seen, last = Path.replace, 0, 1

    def dying(path: Path, target: Path) -> Path:
        nonlocal seen
        seen += 1
        if seen == last:
            raise PowerCutError
        return rename(path, target)

    add(publisher.repository, tmp_path, "2.6.0")
    publisher.repository.sign("lab", publisher.keys.vendor[0])
    for write in range(1, 12):
        seen, last = 0, write
        with monkeypatch.context() as patch, pytest.raises(PowerCutError):
            patch.setattr(Path, "replace", dying)
            for _ in range(3):
                publisher.release()
        laptop.catalogue.sync(str(publisher.mirror))
        assert laptop.catalogue.releases()
    publisher.release()
    laptop.catalogue.sync(str(publisher.mirror))
    assert len(laptop.catalogue.releases()) == 2
