"""Attacks on a laptop with two repositories: time, stolen online keys, cut syncs, rotations."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tuf.api.exceptions import DownloadError
from tuf.api.metadata import Metadata, TargetFile

from fieldtool.core.errors import FieldtoolError
from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from fieldtool.firmware.fetchers import DirFetcher
from fieldtool.firmware.state import Freshness
from fieldtool.publish.layout import Holders, Lifetimes
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


def newest(laptop: Laptop) -> Release:
    return laptop.catalogue.candidates(VENDOR, MODEL, HARDWARE, "main")[0]


def sync(laptop: Laptop, publisher: Publisher, operator: Operator) -> None:
    laptop.catalogue.sync(str(publisher.mirror), str(operator.mirror))


# -- time


@pytest.fixture
def brief(laptop: Laptop, publisher: Publisher, tmp_path: Path) -> tuple[Laptop, Operator]:
    """The director's timestamp lasts for 3 days and 20 of grace; its order, and all of the images', for longer."""
    lifetimes = Lifetimes(timestamp=3, grace=20)
    operator = Operator(tmp_path / "brief", laptop.clock, signers("operator"), lifetimes)
    operator.make(order(*map(ordered, publisher.releases()), expires=START + 100 * DAY))
    laptop.follow(operator.root)
    sync(laptop, publisher, operator)
    return laptop, operator


@pytest.mark.parametrize(
    ("day", "freshness", "usable"),
    [(1, Freshness.FRESH, True), (5, Freshness.GRACE, True), (33, Freshness.STALE, False)],
)
def test_on_day_1_it_is_fresh_on_day_5_in_grace_on_day_33_stale(
    brief: tuple[Laptop, Operator], day: int, freshness: Freshness, usable: bool
) -> None:
    laptop, _ = brief
    release = newest(laptop)
    laptop.clock.advance(day * DAY)
    for _ in range(2):
        assert laptop.catalogue.state().freshness is freshness
        if usable:
            assert laptop.catalogue.image(release, SERIAL).release == release
        else:
            with refused(Text.CATALOGUE_EXPIRED):
                laptop.catalogue.image(release, SERIAL)
        laptop.restart()


def test_whichever_repository_ends_first_decides(brief: tuple[Laptop, Operator], publisher: Publisher) -> None:
    laptop, operator = brief
    release = newest(laptop)
    assert laptop.catalogue.state().valid_until == START + 23 * DAY  # the director's
    laptop.clock.advance(23 * DAY)
    assert len(laptop.catalogue.releases()) == 2  # what there is may still be looked at
    with refused(Text.CATALOGUE_EXPIRED) as told:
        laptop.catalogue.image(release, SERIAL)
    assert told.value.what == (
        "The firmware catalogue is out of date: its role “director/timestamp” expired on 2026-03-05 08:00 UTC."
    )
    assert "import a bundle made after 2026-03-05" in told.value.remedy
    with refused(Text.CATALOGUE_EXPIRED):
        laptop.catalogue.directions()
    publisher.release()
    operator.release()
    sync(laptop, publisher, operator)
    assert laptop.catalogue.image(release, SERIAL).release == release


@pytest.mark.parametrize("role", ["root", "targets", f"site-{SITE}"])
def test_the_grace_never_extends_the_directors_root_targets_or_sites(
    laptop: Laptop, publisher: Publisher, tmp_path: Path, role: str
) -> None:
    lasting = {"root": Lifetimes(root=10), "targets": Lifetimes(targets=10)}.get(role, Lifetimes(targets=10))
    operator = Operator(tmp_path / "short", laptop.clock, signers("operator"), lasting)
    operator.make(order(*map(ordered, publisher.releases()), expires=START + 100 * DAY))
    if role.startswith("site-"):  # the top-level part holds for longer than the site's
        operator.lifetimes = Lifetimes()
        operator.repository.renew("targets")
        operator.release()
    laptop.follow(operator.root)
    sync(laptop, publisher, operator)
    release = newest(laptop)
    laptop.clock.advance(10 * DAY - timedelta(seconds=1))
    assert laptop.catalogue.image(release, SERIAL).release == release
    laptop.clock.advance(timedelta(seconds=1))
    with refused(Text.NOT_ORDERED if role.startswith("site-") else Text.CATALOGUE_EXPIRED):
        laptop.catalogue.image(release, SERIAL)


def test_a_clock_set_back_does_not_make_an_ended_order_hold_again(directed: Laptop) -> None:
    release = newest(directed)
    directed.clock.advance(15 * DAY)
    for jump in (0, -10, -400):
        directed.clock.jump(jump * DAY)
        directed.restart()
        with refused(Text.NOT_ORDERED):
            directed.catalogue.image(release, SERIAL)


def test_a_clock_set_forward_widens_nothing_and_a_settled_time_brings_it_back(
    directed: Laptop, publisher: Publisher, operator: Operator
) -> None:
    release = newest(directed)
    operator.order(order(ordered(release)), order(ordered(release), id="wo-future", issued=START + 60 * DAY,
                                                  expires=START + 70 * DAY))  # fmt: skip
    sync(directed, publisher, operator)
    directed.clock.advance(timedelta(minutes=2))  # the newest time seen is written once a minute
    directed.clock.jump(65 * DAY)  # the later order would hold by now, but nothing else does
    with refused(Text.CATALOGUE_EXPIRED):
        directed.catalogue.image(release, SERIAL)
    directed.clock.jump(-65 * DAY)
    directed.restart()
    with refused(Text.CATALOGUE_EXPIRED):
        directed.catalogue.image(release, SERIAL)
    directed.time.settled(START)
    assert directed.catalogue.image(release, SERIAL).release == release


def test_a_run_that_began_is_finished_although_both_repositories_expired_and_nothing_new_begins(
    directed: Laptop,
) -> None:
    release = newest(directed)
    assert directed.catalogue.image(release, SERIAL).release == release
    directed.clock.advance(400 * DAY)
    directed.restart()
    assert directed.catalogue.image_of_open_run(release.target, release.sha256).release == release
    with refused(Text.CATALOGUE_EXPIRED):
        directed.catalogue.image(release, SERIAL)


# -- stolen keys


def test_stolen_online_keys_and_the_whole_director_cannot_bring_in_an_unknown_image(
    directed: Laptop, publisher: Publisher, operator: Operator, tmp_path: Path
) -> None:
    """The thief has the images' timestamp and snapshot keys, and every key of the director."""
    release, evil = newest(directed), image(tmp_path / "evil", "9.9.9")
    data = evil.file.read_bytes()
    known = TargetFile.from_data("lab/citypost-9.9.9.raucb", data, ["sha256"])
    known.unrecognized_fields["custom"] = evil.custom(VENDOR, "2026-03-01T00:00:00Z")
    made_up = ordered(release, target=known.path, length=len(data), sha256=known.hashes["sha256"])
    operator.order(order(made_up))
    sync(directed, publisher, operator)
    assert [one.version for one in directed.catalogue.releases()] == ["2.5.0", "2.6.0"]

    # He also writes it into the vendor's part, which he cannot sign, and lets snapshot and timestamp fit.
    part = publisher.repository.folder / "metadata" / "lab.json"
    vendors = Metadata[Any].from_bytes(part.read_bytes())
    vendors.signed.version += 1
    vendors.signed.targets[known.path] = known
    stranger = signers("stranger")
    vendors.signatures.clear()
    for signer in stranger.vendor:
        vendors.sign(signer, append=True)
    honest = part.read_bytes()
    vendors.to_file(str(part))
    (publisher.repository.folder / "images" / known.hashes["sha256"]).write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(publisher.repository.parts), "missing", lambda *_: 0)  # his tools do not ask for signatures
        publisher.release()
    with refused(Text.CATALOGUE_BAD_SIGNATURE):
        sync(directed, publisher, operator)
    assert all(one.version != "9.9.9" for one in directed.catalogue.releases())

    # The owners replace the stolen keys; everything goes on, and what the thief ordered is gone.
    part.write_bytes(honest)
    _rotate_online(publisher)
    _rotate_online(operator)
    operator.order(order(ordered(release)))
    sync(directed, publisher, operator)
    assert directed.catalogue.image(release, SERIAL).release == release


def _rotate_online(owner: Publisher | Operator) -> None:
    fresh = signers(f"fresh {type(owner).__name__}")
    for role, new in (("snapshot", fresh.snapshot), ("timestamp", fresh.timestamp)):
        owner.repository.replace_keys(role, Holders(tuple(signer.public_key for signer in new)))
    kept = owner.keys
    owner.keys = Signers(kept.root, kept.targets, kept.vendor, fresh.snapshot, fresh.timestamp)
    owner.release()


def test_a_thief_who_counted_the_directors_versions_up_locks_nobody_out_after_a_rotation(
    directed: Laptop, publisher: Publisher, operator: Operator
) -> None:
    honest = operator.repository.folder / "metadata"
    before = {name: (honest / f"{name}.json").read_bytes() for name in ("snapshot", "timestamp")}
    for name, content in before.items():
        stolen = Metadata[Any].from_bytes(content)
        stolen.signed.version = 2_000_000_000
        stolen.to_file(str(honest / f"{name}.json"))
    operator.release()
    sync(directed, publisher, operator)
    for name, content in before.items():
        (honest / f"{name}.json").write_bytes(content)
    with refused(Text.CATALOGUE_ROLLED_BACK):
        operator.release()
        sync(directed, publisher, operator)
    _rotate_online(operator)
    sync(directed, publisher, operator)
    assert directed.catalogue.image(newest(directed), SERIAL).version == "2.6.0"


def test_parts_of_one_repository_are_not_taken_for_the_others(
    directed: Laptop, publisher: Publisher, operator: Operator
) -> None:
    for image_source, director_source in (
        (operator.mirror, publisher.mirror),
        (publisher.mirror, publisher.mirror),
        (operator.mirror, operator.mirror),
    ):
        with pytest.raises(FieldtoolError):
            directed.catalogue.sync(str(image_source), str(director_source))
    assert directed.catalogue.image(newest(directed), SERIAL).version == "2.6.0"


# -- cut syncs


@pytest.fixture
def news(directed: Laptop, publisher: Publisher, operator: Operator, tmp_path: Path) -> Laptop:
    """Both repositories have something new: 2.7.0 and the order for it."""
    publisher.add(image(tmp_path, "2.7.0"))
    operator.order(order(*map(ordered, publisher.releases())))
    return directed


def test_a_sync_cut_at_every_fetched_file_of_both_repositories_leaves_yesterdays_firmware_usable(
    news: Laptop, publisher: Publisher, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch, fetched, cut = DirFetcher._fetch, 0, 0
    catalogue = str(news.catalogue.folder)

    def cut_short(fetcher: DirFetcher, url: str) -> Iterator[bytes]:
        nonlocal fetched
        if not str(fetcher._folder).startswith(catalogue):
            fetched += 1
            if fetched == cut:
                raise DownloadError("the line was cut")
        return fetch(fetcher, url)

    monkeypatch.setattr(DirFetcher, "_fetch", cut_short)
    done = False
    while not done:
        cut, fetched = cut + 1, 0
        try:
            sync(news, publisher, operator)
            done = True
        except FieldtoolError as error:
            assert error.text is Text.SOURCE_UNREACHABLE
            news.restart()
            assert news.catalogue.image(newest(news), SERIAL).version == "2.6.0"
    assert cut > 10  # timestamp, snapshot, targets, delegated role, root of both; an order; an image
    assert news.catalogue.image(newest(news), SERIAL).version == "2.7.0"


class PowerCutError(BaseException):
    """Nobody catches this."""


def test_a_power_cut_at_any_rename_of_a_sync_leaves_both_repositories_of_one_day(
    news: Laptop, publisher: Publisher, operator: Operator, tmp_path: Path
) -> None:
    rename, at, done = Path.replace, 0, False
    while not done:
        at += 1
        folder = tmp_path / f"laptop-{at}"
        shutil.copytree(news.folder, folder)
        victim = Laptop(folder, news.clock, None)
        seen = 0

        def counted(path: Path, target: Path, stop: int = at) -> Path:
            nonlocal seen
            seen += 1
            if seen == stop:
                raise PowerCutError
            return rename(path, target)

        with pytest.MonkeyPatch.context() as patch, contextlib.suppress(PowerCutError):
            patch.setattr(Path, "replace", counted)
            sync(victim, publisher, operator)
        done = seen < at
        survivor = Laptop(folder, news.clock, None)
        version = survivor.catalogue.image(newest(survivor), SERIAL).version
        said = survivor.catalogue.directions()
        assert said is not None
        assert len(said.orders[0].chargers[0].images) == (3 if version == "2.7.0" else 2)
        sync(survivor, publisher, operator)
        assert survivor.catalogue.image(newest(survivor), SERIAL).version == "2.7.0"
        for one in (victim, survivor):
            one.store.close()
    assert at > 12


def test_only_one_repository_that_answers_changes_nothing(
    news: Laptop, publisher: Publisher, operator: Operator, tmp_path: Path
) -> None:
    gone = str(tmp_path / "nowhere")
    for image_source, director_source in ((gone, str(operator.mirror)), (str(publisher.mirror), gone)):
        with refused(Text.SOURCE_UNREACHABLE):
            news.catalogue.sync(image_source, director_source)
        assert news.catalogue.image(newest(news), SERIAL).version == "2.6.0"


@pytest.mark.parametrize("harm", [lambda file: file.unlink(), lambda file: file.write_bytes(b"")])
def test_wiped_metadata_of_either_and_old_bundles_of_both_are_refused(
    news: Laptop, publisher: Publisher, operator: Operator, tmp_path: Path, harm: Callable[[Path], object]
) -> None:
    sync(news, publisher, operator)
    current = news.catalogue.folder / "catalogue-2"
    old = Path(shutil.copytree(news.catalogue.folder / "catalogue-1", tmp_path / "old"))
    old_director = Path(shutil.move(old / "director", tmp_path / "old director"))
    shutil.copytree(publisher.mirror / "targets", old / "targets", dirs_exist_ok=True)
    for folder in (current / "metadata", current / "director" / "metadata"):
        for file in list(folder.iterdir()):
            harm(file)
    news.restart()
    for image_source, director_source in (
        (old, old_director),
        (publisher.mirror, old_director),
        (old, operator.mirror),
    ):
        with refused(Text.CATALOGUE_ROLLED_BACK):
            news.catalogue.sync(str(image_source), str(director_source))
    sync(news, publisher, operator)
    assert news.catalogue.image(newest(news), SERIAL).version == "2.7.0"


def test_a_clock_far_off_at_the_first_sync_of_a_directed_laptop_is_told(
    laptop: Laptop, publisher: Publisher, operator: Operator, clock: SetClock
) -> None:
    laptop.follow(operator.root)
    clock.jump(500 * DAY)
    with refused(Text.CATALOGUE_EXPIRED):
        sync(laptop, publisher, operator)
    clock.jump(-500 * DAY)
    laptop.time.settled(START)
    sync(laptop, publisher, operator)
    assert laptop.catalogue.image(newest(laptop), SERIAL).version == "2.6.0"
