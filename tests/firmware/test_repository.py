"""The catalogue as its users see it: sync, look offline, take an image."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from fieldtool.core.errors import FieldtoolError, RefusedError, StorageError
from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from fieldtool.firmware.state import Freshness
from fieldtool.firmware.verified import Verified
from fieldtool.publish.layout import Holders, Layout
from fieldtool.publish.repository import ImageRepository
from fieldtool.publish.throwaway import Signers, sign_and_release
from fieldtool.store.locks import exclusive
from tests.firmware.site import HARDWARE, MODEL, VENDOR, Laptop, Publisher, SetClock, image, refused, signers

DAY = timedelta(days=1)


def newest(laptop: Laptop) -> Release:
    return laptop.catalogue.candidates(VENDOR, MODEL, HARDWARE, "main")[0]


def test_a_synced_release_is_found_and_its_image_has_the_published_bytes(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    first, second = laptop.catalogue.candidates(VENDOR, MODEL, HARDWARE, "main")
    assert (first.version, second.version) == ("2.6.0", "2.5.0")
    file = laptop.catalogue.image(first).path
    assert file.name == hashlib.sha256(file.read_bytes()).hexdigest() == first.sha256
    assert file.stat().st_size == first.length == 5000
    assert laptop.catalogue.has_file(first)
    assert laptop.catalogue.path(first) == file


def test_the_catalogue_is_verified_offline_after_a_restart(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    shutil.rmtree(publisher.folder)
    laptop.restart()
    assert len(laptop.catalogue.releases()) == 2
    state = laptop.catalogue.state()
    assert (state.freshness, state.releases, state.problem) == (Freshness.FRESH, 2, None)
    assert (state.checked, state.repository) == (laptop.clock.now(), str(publisher.mirror))
    assert state.stand_alone


def test_the_newest_version_comes_first_by_number_and_not_by_letter(
    laptop: Laptop, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.add(image(tmp_path, "2.10.0"), image(tmp_path, "2.9.0"), image(tmp_path, "2.10.0-rc.1"))
    laptop.catalogue.sync(str(publisher.mirror))
    found = laptop.catalogue.candidates(VENDOR, MODEL, HARDWARE, "main")
    assert [release.version for release in found] == ["2.10.0", "2.10.0-rc.1", "2.9.0", "2.6.0", "2.5.0"]


def test_a_release_is_offered_to_exactly_its_vendor_model_hardware_and_component(
    laptop: Laptop, publisher: Publisher
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    right = (VENDOR, MODEL, HARDWARE, "main")
    for index, wrong in enumerate(("Other", "CityPost 2", "R40", "modem")):
        asked = (*right[:index], wrong, *right[index + 1 :])
        assert laptop.catalogue.candidates(*asked) == ()


def test_a_sync_without_news_leaves_the_catalogue_in_place(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    before = sorted(path.name for path in laptop.catalogue.folder.iterdir())
    laptop.clock.advance(DAY)
    laptop.catalogue.sync(str(publisher.mirror))
    assert sorted(path.name for path in laptop.catalogue.folder.iterdir()) == before
    assert laptop.catalogue.state().checked == laptop.clock.now()


def test_a_new_release_arrives_and_old_catalogues_go(laptop: Laptop, publisher: Publisher, tmp_path: Path) -> None:
    for version in ("2.7.0", "2.8.0", "2.9.0"):
        publisher.add(image(tmp_path, version))
        laptop.catalogue.sync(str(publisher.mirror))
        assert newest(laptop).version == version
    folders = sorted(path.name for path in laptop.catalogue.folder.glob("catalogue-*"))
    assert folders == ["catalogue-2", "catalogue-3"]


def test_a_withdrawn_image_can_no_longer_be_used_and_its_file_goes(
    laptop: Laptop, publisher: Publisher, tmp_path: Path
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    bad = newest(laptop)
    file = laptop.catalogue.image(bad).path
    publisher.repository.withdraw(bad.target)
    publisher.release()
    laptop.catalogue.sync(str(publisher.mirror))
    with refused(Text.IMAGE_NOT_LISTED):
        laptop.catalogue.image(bad)
    with refused(Text.IMAGE_NOT_LISTED):
        laptop.catalogue.image_of_open_run(bad.target, bad.sha256)
    assert file.exists()  # the catalogue before may still be in use
    publisher.add(image(tmp_path, "2.7.0"))
    laptop.catalogue.sync(str(publisher.mirror))
    assert not file.exists()


def test_every_image_is_stored_once(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    assert len([path for path in (laptop.catalogue.folder / "images").rglob("*") if path.is_file()]) == 2


def test_without_a_sync_the_state_says_so(laptop: Laptop) -> None:
    assert laptop.catalogue.state().freshness is Freshness.NONE
    with refused(Text.CATALOGUE_NONE):
        laptop.catalogue.releases()


# -- time


def test_within_the_grace_the_catalogue_is_usable_and_the_state_says_until_when(
    laptop: Laptop, publisher: Publisher
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    made = laptop.clock.now()
    laptop.clock.advance(8 * DAY)  # the timestamp holds for 7 days, and 21 more offline
    state = laptop.catalogue.state()
    assert (state.freshness, state.valid_until) == (Freshness.GRACE, made + 28 * DAY)
    laptop.catalogue.image(newest(laptop))


def test_after_the_grace_updates_are_refused_until_a_sync(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    release = newest(laptop)
    laptop.clock.advance(28 * DAY)
    state = laptop.catalogue.state()
    assert state.freshness is Freshness.STALE
    assert state.problem is not None and state.problem.text is Text.CATALOGUE_EXPIRED
    for ask in (laptop.catalogue.releases, lambda: laptop.catalogue.image(release)):
        with refused(Text.CATALOGUE_EXPIRED):
            ask()
    publisher.release()
    laptop.catalogue.sync(str(publisher.mirror))
    laptop.catalogue.image(release)
    assert laptop.catalogue.state().freshness is Freshness.FRESH


def test_a_catalogue_that_expires_while_the_program_runs_is_noticed_without_a_restart(
    laptop: Laptop, publisher: Publisher
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    assert laptop.catalogue.releases()
    laptop.clock.advance(28 * DAY - timedelta(seconds=1))
    assert laptop.catalogue.releases()
    laptop.clock.advance(timedelta(seconds=1))
    with refused(Text.CATALOGUE_EXPIRED):
        laptop.catalogue.releases()


def test_tuf_alone_would_refuse_an_expired_catalogue_too_whatever_was_looked_at_before(
    laptop: Laptop, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    laptop.clock.advance(28 * DAY)
    laptop.restart()
    monkeypatch.setattr(Verified, "check_time", lambda self, at: None)  # as if our own judgement were broken
    assert len(laptop.catalogue.entries()) == 2
    with refused(Text.CATALOGUE_EXPIRED):
        laptop.catalogue.releases()


def test_a_run_that_began_in_time_may_be_finished_after_expiry(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    release = newest(laptop)
    laptop.clock.advance(400 * DAY)
    laptop.restart()
    assert laptop.catalogue.image_of_open_run(release.target, release.sha256).sha256 == release.sha256
    with refused(Text.CATALOGUE_EXPIRED):
        laptop.catalogue.image(release)  # reading it for the open run opened nothing else


@pytest.fixture
def two_vendors(tmp_path: Path, clock: SetClock) -> tuple[Path, ImageRepository, Signers]:
    """A repository in which vendor Slow signed 100 days before vendor Lab did."""
    keys, slow = signers(), signers("slow")
    layout = keys.layout(VENDOR)
    slow_keys = Holders(tuple(signer.public_key for signer in slow.vendor))
    vendors = {**layout.delegated, "Slow": slow_keys}
    both = Layout(layout.root, layout.targets, layout.snapshot, layout.timestamp, vendors)
    repository = ImageRepository.create(tmp_path / "two", both, clock)
    for vendor, role, signer in ((("Slow", "slow", slow.vendor[0])), (VENDOR, "lab", keys.vendor[0])):
        one = image(tmp_path / role, "3.0.0")
        repository.add(one.file, one.custom(vendor, "2026-03-01T00:00:00Z"))
        repository.sign(role, signer)
        if vendor == "Slow":
            clock.advance(100 * DAY)
    repository.renew("targets")
    sign_and_release(repository, keys, tmp_path / "two-mirror")
    return tmp_path / "two-mirror", repository, keys


def test_a_vendor_that_lets_its_part_expire_takes_only_its_own_releases_along(
    two_vendors: tuple[Path, ImageRepository, Signers], tmp_path: Path, clock: SetClock
) -> None:
    mirror, repository, _ = two_vendors
    laptop = Laptop(tmp_path / "laptop", clock, repository.root_file)
    laptop.catalogue.sync(str(mirror))
    assert {release.vendor for release in laptop.catalogue.releases()} == {"Slow", "Lab"}
    theirs = next(release for release in laptop.catalogue.releases() if release.vendor == "Slow")
    clock.advance(21 * DAY)
    assert {release.vendor for release in laptop.catalogue.releases()} == {"Lab"}
    with refused(Text.VENDOR_EXPIRED) as told:
        laptop.catalogue.image(theirs)
    assert told.value.what == "Role “slow” of vendor slow expired on 2026-06-30 08:00 UTC."
    state = laptop.catalogue.state()
    assert state.freshness is Freshness.GRACE and state.problem is not None
    assert dict(state.problem.params)["role"] == "slow"
    laptop.store.close()


def test_a_sync_works_although_one_vendor_has_lapsed_for_long(
    two_vendors: tuple[Path, ImageRepository, Signers], tmp_path: Path, clock: SetClock
) -> None:
    mirror, repository, keys = two_vendors
    laptop = Laptop(tmp_path / "laptop", clock, repository.root_file)
    clock.advance(60 * DAY)
    repository.release(mirror, (*keys.snapshot, *keys.timestamp))
    laptop.catalogue.sync(str(mirror))
    assert {release.vendor for release in laptop.catalogue.releases()} == {"Lab"}
    laptop.catalogue.sync(str(mirror))  # nothing new
    assert [path.name for path in laptop.catalogue.folder.glob("catalogue-*")] == ["catalogue-1"]
    laptop.restart()
    assert {release.vendor for release in laptop.catalogue.releases()} == {"Lab"}
    laptop.store.close()


# -- bad entries, sources and disks


def test_an_unusable_entry_is_left_out_and_told_and_the_others_work(
    laptop: Laptop, publisher: Publisher, tmp_path: Path
) -> None:
    # A publisher with other software than ours signs something that we do not know.
    repository = publisher.repository
    one = image(tmp_path, "2.7.0")
    target = repository.add(one.file, one.custom(VENDOR, "2026-03-01T00:00:00Z"))
    part = repository.folder / "metadata" / "lab.json"
    content = json.loads(part.read_bytes())
    content["signed"]["targets"][target]["custom"]["surprise"] = 1
    part.write_text(json.dumps(content))
    publisher.release()
    laptop.catalogue.sync(str(publisher.mirror))
    assert {release.version for release in laptop.catalogue.releases()} == {"2.5.0", "2.6.0"}
    entry = next(entry for entry in laptop.catalogue.entries() if entry.target == target)
    assert entry.problem is not None and entry.problem.text is Text.RELEASE_BAD
    assert dict(entry.problem.params)["field"] == "surprise"


def test_entries_tell_presence_and_on_demand_the_truth_of_every_file(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    missing, damaged = laptop.catalogue.candidates(VENDOR, MODEL, HARDWARE, "main")
    laptop.catalogue.path(missing).unlink()
    path = laptop.catalogue.path(damaged)
    path.write_bytes(b"x" * damaged.length)
    plain = {entry.version: (entry.present, entry.verified) for entry in laptop.catalogue.entries()}
    assert plain == {"2.6.0": (False, None), "2.5.0": (True, None)}
    hashed = {entry.version: (entry.present, entry.verified) for entry in laptop.catalogue.entries(verify=True)}
    assert hashed == {"2.6.0": (False, None), "2.5.0": (True, False)}


def test_a_damaged_or_missing_image_is_fetched_again_by_the_next_sync(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    missing, damaged = laptop.catalogue.candidates(VENDOR, MODEL, HARDWARE, "main")
    laptop.catalogue.path(missing).unlink()
    laptop.catalogue.path(damaged).write_bytes(b"x" * damaged.length)
    with refused(Text.IMAGE_NOT_CACHED):
        laptop.catalogue.image(missing)
    with refused(Text.IMAGE_CORRUPT):
        laptop.catalogue.image(damaged)
    laptop.catalogue.sync(str(publisher.mirror))
    assert [laptop.catalogue.image(one).release for one in (missing, damaged)] == [missing, damaged]


def test_a_damaged_catalogue_is_repaired_by_the_next_sync(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    for part in (laptop.catalogue.folder / "catalogue-1" / "metadata").glob("*.json"):
        part.write_bytes(part.read_bytes()[:100])
    laptop.restart()
    with refused(Text.CATALOGUE_DAMAGED):
        laptop.catalogue.releases()
    assert laptop.catalogue.state().freshness is Freshness.STALE
    laptop.catalogue.sync(str(publisher.mirror))
    assert len(laptop.catalogue.releases()) == 2


def test_a_full_disk_is_said_before_anything_is_fetched_and_the_old_catalogue_stays(
    laptop: Laptop, publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    publisher.add(image(tmp_path, "2.7.0"))
    usage = shutil.disk_usage(tmp_path)._replace(free=1 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with refused(Text.CACHE_DISK_FULL):
        laptop.catalogue.sync(str(publisher.mirror))
    assert newest(laptop).version == "2.6.0"


def test_an_unwritable_cache_is_a_storage_error(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.folder.mkdir()
    (laptop.catalogue.folder / "images").write_text("a file where a folder should be")
    with pytest.raises(StorageError):
        laptop.catalogue.sync(str(publisher.mirror))


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_cache_that_cannot_be_read_is_a_storage_error_and_no_matter_of_the_network(
    laptop: Laptop, publisher: Publisher
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    part = laptop.catalogue.folder / "catalogue-1" / "metadata" / "timestamp.json"
    part.unlink()
    part.symlink_to(publisher.mirror / "metadata" / "timestamp.json")
    laptop.restart()
    with refused(Text.CACHE_UNWRITABLE):
        laptop.catalogue.releases()
    part.unlink()
    with refused(Text.CATALOGUE_INCOMPLETE):
        laptop.catalogue.releases()


def test_what_a_killed_sync_left_behind_goes_with_the_next(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    (laptop.catalogue.folder / "catalogue-7").mkdir()
    laptop.catalogue.sync(str(publisher.mirror))
    assert [path.name for path in laptop.catalogue.folder.glob("catalogue-*")] == ["catalogue-1"]


def test_a_missing_folder_or_file_of_the_source_is_said_in_words(laptop: Laptop, publisher: Publisher) -> None:
    with refused(Text.SOURCE_UNREACHABLE):
        laptop.catalogue.sync(str(publisher.folder / "nowhere"))
    for image_file in (publisher.mirror / "targets").rglob("*2.6.0*"):
        image_file.unlink()
    with refused(Text.CATALOGUE_INCOMPLETE):
        laptop.catalogue.sync(str(publisher.mirror))
    (publisher.mirror / "metadata" / "timestamp.json").unlink()
    with refused(Text.CATALOGUE_INCOMPLETE):
        laptop.catalogue.sync(str(publisher.mirror))


def test_only_one_syncs_at_a_time_and_the_other_is_told_who(laptop: Laptop, publisher: Publisher) -> None:
    with (
        exclusive(laptop.catalogue.folder, "sync", "x", "the window"),
        pytest.raises(RefusedError) as told,
    ):
        laptop.catalogue.sync(str(publisher.mirror))
    assert told.value.text is Text.LOCKED and "the window" in told.value.what


READER = """
import sys
from pathlib import Path
from tests.firmware.site import Laptop, SetClock
laptop = Laptop(Path(sys.argv[1]), SetClock(), None)
print("ready", flush=True)
seen = 0
while not Path(sys.argv[2]).exists():
    releases = laptop.catalogue.releases()
    assert len(releases) >= 2, releases
    laptop.catalogue.image(releases[0])
    laptop.restart()
    seen += 1
print(seen)
"""


def test_another_process_reads_without_a_hitch_while_this_one_syncs(
    laptop: Laptop, publisher: Publisher, tmp_path: Path, repository_root: Path
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", READER, str(laptop.folder), str(stop)]
    reader = subprocess.Popen(command, cwd=repository_root, stdout=subprocess.PIPE, text=True)
    try:
        assert reader.stdout is not None and reader.stdout.readline() == "ready\n"
        for _ in range(10):
            publisher.release()
            laptop.catalogue.sync(str(publisher.mirror))
        stop.touch()
        said, _ = reader.communicate(timeout=30)
    finally:
        reader.kill()
        reader.wait()
    assert reader.returncode == 0 and int(said) > 0


def test_many_threads_read_and_check_images_at_once(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    laptop.restart()
    with ThreadPoolExecutor(16) as pool:
        images = list(pool.map(lambda _: laptop.catalogue.image(newest(laptop)), range(64)))
    assert len(set(images)) == 1


class PowerCutError(BaseException):
    """Nobody catches this."""


def test_a_kill_at_any_write_of_a_sync_leaves_the_old_catalogue_usable_and_the_next_sync_works(
    laptop: Laptop, publisher: Publisher, tmp_path: Path
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    publisher.add(image(tmp_path, "2.7.0"))
    write, done = 0, False
    while not done:
        write += 1
        folder = tmp_path / f"laptop-{write}"
        shutil.copytree(laptop.folder, folder)
        victim = Laptop(folder, laptop.clock, None)
        with pytest.MonkeyPatch.context() as patch:
            count = _die_at(write, patch)
            with contextlib.suppress(PowerCutError):
                victim.catalogue.sync(str(publisher.mirror))
            done = count() < write
        survivor = Laptop(folder, laptop.clock, None)
        assert survivor.catalogue.image(newest(survivor)).version in ("2.6.0", "2.7.0")
        assert survivor.catalogue.state().freshness is Freshness.FRESH
        survivor.catalogue.sync(str(publisher.mirror))
        assert survivor.catalogue.image(newest(survivor)).version == "2.7.0"
        victim.store.close()
        survivor.store.close()
    assert write > 20


def _die_at(write: int, patch: pytest.MonkeyPatch) -> Callable[[], int]:
    """The program dies right before the given flush or rename. Gives the number of those seen."""
    seen = 0
    fsync, rename = os.fsync, Path.replace

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == write:
            raise PowerCutError

    def counted_fsync(descriptor: int) -> None:
        count()
        fsync(descriptor)

    def counted_rename(path: Path, target: Path) -> Path:
        count()
        return rename(path, target)

    patch.setattr(os, "fsync", counted_fsync)
    patch.setattr(Path, "replace", counted_rename)
    return lambda: seen


def test_a_sync_that_is_closed_at_any_step_is_cancelled_without_harm(
    laptop: Laptop, publisher: Publisher, tmp_path: Path
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    publisher.add(image(tmp_path, "2.7.0"))
    for step in range(1, 8):
        going = laptop.catalogue.syncing(str(publisher.mirror))
        for _ in range(step):
            next(going, None)
        going.close()
        laptop.catalogue.image(newest(laptop))
    laptop.catalogue.sync(str(publisher.mirror))
    assert newest(laptop).version == "2.7.0"


def test_nothing_but_our_errors_comes_out_of_a_mangled_cache(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    current = laptop.catalogue.folder / "current"
    for content in (b"", b"../../etc", b"catalogue-0", b"catalogue-99", b"\xff\xfe", b"catalogue-1\0"):
        current.write_bytes(content)
        laptop.restart()
        with pytest.raises(FieldtoolError):
            laptop.catalogue.releases()
    laptop.catalogue.sync(str(publisher.mirror))
    assert laptop.catalogue.releases()
