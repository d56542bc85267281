"""Who tries what against the catalogue, and what becomes of it. Every refusal leaves what was there usable."""

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from securesystemslib.signer import Signer
from tuf.api.metadata import Metadata, TargetFile

from fieldtool.core.errors import FieldtoolError, FirmwareError
from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from fieldtool.firmware import fetchers
from fieldtool.firmware.state import Freshness
from fieldtool.publish.layout import Holders
from fieldtool.publish.throwaway import Signers
from tests.firmware.site import HARDWARE, MODEL, VENDOR, Laptop, Publisher, SetClock, image, refused, signers

DAY = timedelta(days=1)


def newest(laptop: Laptop) -> Release:
    return laptop.catalogue.candidates(VENDOR, MODEL, HARDWARE, "main")[0]


def copy_of(mirror: Path, name: str) -> Path:
    return Path(shutil.copytree(mirror, mirror.parent / name))


# -- the image in the cache


def test_one_flipped_byte_in_a_cached_image_is_refused_wherever_it_is(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    release = newest(laptop)
    path = laptop.catalogue.image(release).path
    right = path.read_bytes()
    for place in (0, 1, release.length // 2, release.length - 1):
        path.write_bytes(right[:place] + bytes([right[place] ^ 1]) + right[place + 1 :])
        with refused(Text.IMAGE_CORRUPT):
            laptop.catalogue.image(release)
    path.write_bytes(right)
    assert laptop.catalogue.image(release).release == release


def test_a_shorter_longer_or_other_signed_image_is_refused(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    release, other = laptop.catalogue.candidates(VENDOR, MODEL, HARDWARE, "main")
    path = laptop.catalogue.path(release)
    right = path.read_bytes()
    for wrong in (right[:-1], right + b"\0", b"", laptop.catalogue.path(other).read_bytes()):
        path.write_bytes(wrong)
        with refused(Text.IMAGE_CORRUPT):
            laptop.catalogue.image(release)


@pytest.mark.skipif(os.name == "nt", reason="links and pipes need POSIX")
def test_a_link_or_a_pipe_in_place_of_an_image_is_not_followed_and_does_not_hang(
    laptop: Laptop, publisher: Publisher, tmp_path: Path
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    release = newest(laptop)
    path = laptop.catalogue.path(release)
    elsewhere = Path(shutil.move(path, tmp_path / "elsewhere"))
    path.symlink_to(elsewhere)
    with refused(Text.CACHE_UNWRITABLE):
        laptop.catalogue.image(release)
    path.unlink()
    os.mkfifo(path)
    with refused(Text.CACHE_UNWRITABLE):
        laptop.catalogue.image(release)


def test_a_release_made_up_by_the_caller_gets_no_image(laptop: Laptop, publisher: Publisher, tmp_path: Path) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    real = newest(laptop)
    evil = b"evil firmware"
    digest = hashlib.sha256(evil).hexdigest()
    made_up = Release("lab/evil", len(evil), digest, VENDOR, (MODEL,), (HARDWARE,), "main", "9.9.9", "raucb", "0" * 64)
    path = laptop.catalogue.path(made_up)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(evil)
    for wrong in (made_up, Release(**{**_fields(real), "sha256": digest})):
        with refused(Text.IMAGE_NOT_LISTED):
            laptop.catalogue.image(wrong)


def _fields(release: Release) -> dict[str, Any]:
    return {name: getattr(release, name) for name in Release.__dataclass_fields__}


# -- time


@pytest.mark.parametrize(
    ("role", "lifetime", "renewed_before"),
    [("timestamp", 28, None), ("targets", 120, ()), ("root", 365, ("targets", "lab"))],
)
def test_expired_metadata_is_refused_by_name_at_a_sync(
    laptop: Laptop, publisher: Publisher, role: str, lifetime: int, renewed_before: tuple[str, ...] | None
) -> None:
    if renewed_before is not None:
        laptop.clock.advance((lifetime - 1) * DAY)
        for other in renewed_before:
            publisher.repository.renew(other)
        publisher.release()
        laptop.clock.advance(DAY)
    else:
        laptop.clock.advance(lifetime * DAY)
    with refused(Text.CATALOGUE_EXPIRED) as told:
        laptop.catalogue.sync(str(publisher.mirror))
    assert told.value.params["role"] == role
    assert laptop.catalogue.state().freshness is Freshness.NONE


def test_expired_targets_get_no_grace(laptop: Laptop, publisher: Publisher) -> None:
    publisher.clock.advance(100 * DAY)
    publisher.release()
    laptop.catalogue.sync(str(publisher.mirror))
    laptop.clock.advance(20 * DAY)  # timestamp: overdue but in its grace; targets: expired just now
    laptop.restart()
    with refused(Text.CATALOGUE_EXPIRED) as told:
        laptop.catalogue.releases()
    assert told.value.params["role"] == "targets"


def test_a_clock_set_back_does_not_make_an_expired_catalogue_valid_again(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    laptop.clock.advance(30 * DAY)
    with refused(Text.CATALOGUE_EXPIRED):
        laptop.catalogue.releases()
    laptop.clock.jump(-25 * DAY)
    with refused(Text.CATALOGUE_EXPIRED):
        laptop.catalogue.releases()
    laptop.restart()
    with refused(Text.CATALOGUE_EXPIRED):
        laptop.catalogue.releases()
    assert laptop.catalogue.state().valid_until is not None


def test_a_clock_set_forward_only_makes_things_expire_and_a_settled_time_brings_them_back(
    laptop: Laptop, publisher: Publisher
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    true_time = laptop.clock.now()
    laptop.clock.jump(500 * DAY)
    with refused(Text.CATALOGUE_EXPIRED):
        laptop.catalogue.releases()
    laptop.clock.jump(-500 * DAY)
    with refused(Text.CATALOGUE_EXPIRED):
        laptop.catalogue.releases()
    laptop.time.settled(true_time)
    assert len(laptop.catalogue.releases()) == 2


# -- old metadata


def test_an_older_bundle_after_a_newer_one_is_refused(laptop: Laptop, publisher: Publisher, tmp_path: Path) -> None:
    old = copy_of(publisher.mirror, "old")
    publisher.add(image(tmp_path, "2.7.0"))
    laptop.catalogue.sync(str(publisher.mirror))
    with refused(Text.CATALOGUE_ROLLED_BACK):
        laptop.catalogue.sync(str(old))
    assert newest(laptop).version == "2.7.0"


def test_wiping_the_cache_does_not_make_an_old_bundle_acceptable(
    laptop: Laptop, publisher: Publisher, tmp_path: Path
) -> None:
    old = copy_of(publisher.mirror, "old")
    publisher.add(image(tmp_path, "2.7.0"))
    laptop.catalogue.sync(str(publisher.mirror))
    shutil.rmtree(laptop.catalogue.folder)
    laptop.restart()
    with refused(Text.CATALOGUE_ROLLED_BACK):
        laptop.catalogue.sync(str(old))
    laptop.catalogue.sync(str(publisher.mirror))
    assert newest(laptop).version == "2.7.0"


def test_restoring_an_old_copy_of_the_cache_is_noticed(laptop: Laptop, publisher: Publisher, tmp_path: Path) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    backup = Path(shutil.copytree(laptop.catalogue.folder, tmp_path / "backup"))
    publisher.add(image(tmp_path, "2.7.0"))
    laptop.catalogue.sync(str(publisher.mirror))
    shutil.rmtree(laptop.catalogue.folder)
    shutil.copytree(backup, laptop.catalogue.folder)
    laptop.restart()
    with refused(Text.CATALOGUE_ROLLED_BACK):
        laptop.catalogue.releases()


def test_a_stolen_timestamp_key_cannot_bring_back_what_was_before_its_rotation(
    laptop: Laptop, publisher: Publisher
) -> None:
    old = copy_of(publisher.mirror, "old")
    _rotate_online_keys(publisher)
    laptop.catalogue.sync(str(publisher.mirror))
    shutil.rmtree(laptop.catalogue.folder)  # the new root is gone from disk, but not forgotten
    laptop.restart()
    with refused(Text.CATALOGUE_ROLLED_BACK) as told:
        laptop.catalogue.sync(str(old))
    assert told.value.params["role"] == "root"


def test_a_rotation_recovers_from_a_thief_who_counted_the_versions_up(laptop: Laptop, publisher: Publisher) -> None:
    honest = publisher.repository.folder / "metadata"
    before = {name: (honest / f"{name}.json").read_bytes() for name in ("snapshot", "timestamp")}
    for name in before:
        content = json.loads(before[name])
        content["signed"]["version"] = 2_000_000_000
        (honest / f"{name}.json").write_text(json.dumps(content))
    publisher.release()
    laptop.catalogue.sync(str(publisher.mirror))
    for name, content in before.items():
        (honest / f"{name}.json").write_bytes(content)
    _rotate_online_keys(publisher)
    laptop.catalogue.sync(str(publisher.mirror))
    assert len(laptop.catalogue.releases()) == 2


def _rotate_online_keys(publisher: Publisher) -> None:
    fresh = signers("rotated")
    for role, new in (("snapshot", fresh.snapshot), ("timestamp", fresh.timestamp)):
        publisher.repository.replace_keys(role, Holders(tuple(signer.public_key for signer in new)))
    kept = publisher.keys
    publisher.keys = Signers(kept.root, kept.targets, kept.vendor, fresh.snapshot, fresh.timestamp)
    publisher.release()


# -- signatures


def test_without_a_root_everything_is_refused_in_words(tmp_path: Path, clock: SetClock, publisher: Publisher) -> None:
    laptop = Laptop(tmp_path / "rootless", clock, None)
    for ask in (laptop.catalogue.releases, laptop.catalogue.entries, lambda: laptop.catalogue.sync("x")):
        with refused(Text.NO_ROOT):
            ask()
    assert laptop.catalogue.state().problem is not None
    laptop.store.close()


def test_a_repository_of_another_root_is_refused(tmp_path: Path, laptop: Laptop, clock: SetClock) -> None:
    stranger = Publisher(tmp_path / "stranger", clock, signers("stranger"))
    stranger.make(image(tmp_path, "9.0.0"))
    with refused(Text.CATALOGUE_BAD_SIGNATURE):
        laptop.catalogue.sync(str(stranger.mirror))


def _tamper(mirror: Path, role: str, change: Callable[[dict[str, Any]], None], *resigned: Signer) -> None:
    """Change the published part, sign it with `resigned`, and let everything above it fit, signed as it must be."""
    path = max((mirror / "metadata").glob(f"*.{role}.json"))
    content = json.loads(path.read_bytes())
    change(content)
    metadata: Metadata[Any] = Metadata.from_dict(content)
    for signer in resigned:
        metadata.sign(signer, append=True)
    path.write_bytes(metadata.to_bytes())
    data = path.read_bytes()

    def fit(parent: dict[str, Any]) -> None:
        parent["signed"]["meta"][f"{role}.json"].update(length=len(data), hashes={"sha256": _sha256(data)})
        parent["signatures"] = []

    if role == "snapshot":
        part = mirror / "metadata" / "timestamp.json"
        parent = json.loads(part.read_bytes())
        fit(parent)
        top: Metadata[Any] = Metadata.from_dict(parent)
        top.sign(signers().timestamp[0])
        part.write_bytes(top.to_bytes())
    else:
        _tamper(mirror, "snapshot", fit, signers().snapshot[0])


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _forget_signatures(content: dict[str, Any]) -> None:
    content["signatures"] = []


def test_unsigned_targets_are_refused_although_all_online_keys_are_stolen(laptop: Laptop, publisher: Publisher) -> None:
    for role in ("targets", "lab"):
        mirror = copy_of(publisher.mirror, f"unsigned-{role}")
        _tamper(mirror, role, _forget_signatures)
        with refused(Text.CATALOGUE_BAD_SIGNATURE) as told:
            laptop.catalogue.sync(str(mirror))
        assert told.value.params["role"] == role


def test_one_of_two_target_keys_is_not_enough_nor_is_one_used_twice(laptop: Laptop, publisher: Publisher) -> None:
    one = signers().targets[0]
    mirror = copy_of(publisher.mirror, "one")
    _tamper(mirror, "targets", _forget_signatures, one)
    with refused(Text.CATALOGUE_BAD_SIGNATURE):
        laptop.catalogue.sync(str(mirror))

    def twice(content: dict[str, Any]) -> None:
        content["signatures"] = [
            {**content["signatures"][0], "keyid": key.public_key.keyid} for key in signers().targets
        ]

    mirror = copy_of(publisher.mirror, "twice")
    _tamper(mirror, "targets", twice)
    with refused(Text.CATALOGUE_BAD_SIGNATURE):
        laptop.catalogue.sync(str(mirror))


def test_a_key_under_two_names_does_not_meet_a_threshold(laptop: Laptop, publisher: Publisher) -> None:
    def doubled(content: dict[str, Any]) -> None:
        delegations = content["signed"]["delegations"]
        (key,) = delegations["keys"].values()
        delegations["keys"]["f" * 64] = deepcopy(key)
        delegations["roles"][0].update(keyids=[*delegations["roles"][0]["keyids"], "f" * 64], threshold=2)
        content["signatures"] = []

    _tamper(publisher.mirror, "targets", doubled, *signers().targets)
    with refused(Text.CATALOGUE_UNSUPPORTED):
        laptop.catalogue.sync(str(publisher.mirror))


def test_a_vendor_cannot_publish_outside_of_its_folder_nor_for_another_vendor(
    laptop: Laptop, publisher: Publisher
) -> None:
    def trespass(content: dict[str, Any]) -> None:
        targets = content["signed"]["targets"]
        (_, one), (other_path, other) = sorted(targets.items())
        targets["rival/evil-9.9.9.raucb"] = deepcopy(one)  # no say over that path
        targets[other_path] = {**other, "custom": {**other["custom"], "vendor": "Rival"}}  # says it is Rival's
        content["signatures"] = []

    _tamper(publisher.mirror, "lab", trespass, *signers().vendor)
    laptop.catalogue.sync(str(publisher.mirror))
    assert [release.version for release in laptop.catalogue.releases()] == ["2.5.0"]
    assert {release.vendor for release in laptop.catalogue.releases()} == {VENDOR}
    told = {entry.target: entry.problem for entry in laptop.catalogue.entries()}
    assert "rival/evil-9.9.9.raucb" not in told
    problem = told["lab/citypost-2.6.0.raucb"]
    assert problem is not None and dict(problem.params)["field"] == "vendor"


def test_a_target_path_that_leads_out_of_the_folder_is_no_release(laptop: Laptop, publisher: Publisher) -> None:
    def escape(content: dict[str, Any]) -> None:
        targets = content["signed"]["targets"]
        targets["lab/.."] = targets.pop("lab/citypost-2.6.0.raucb")
        content["signatures"] = []

    _tamper(publisher.mirror, "lab", escape, *signers().vendor)
    laptop.catalogue.sync(str(publisher.mirror))
    assert [release.version for release in laptop.catalogue.releases()] == ["2.5.0"]


def test_parts_of_different_releases_cannot_be_mixed(laptop: Laptop, publisher: Publisher, tmp_path: Path) -> None:
    older = copy_of(publisher.mirror, "older")
    publisher.add(image(tmp_path, "2.7.0"))
    for name, (source, onto) in {
        "old part under its new name": ("1.lab.json", "2.lab.json"),
        "old snapshot under its new name": ("1.snapshot.json", "2.snapshot.json"),
        "old targets": ("1.targets.json", "2.lab.json"),
    }.items():
        mixed = copy_of(publisher.mirror, name.replace(" ", "-"))
        shutil.copy(older / "metadata" / source, mixed / "metadata" / onto)
        with refused(Text.CATALOGUE_MIXED):
            laptop.catalogue.sync(str(mixed))


def test_the_source_cannot_swap_an_image(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    before = newest(laptop)
    publisher.add(image(publisher.folder, "2.7.0"))
    (file,) = (publisher.mirror / "targets").rglob("*2.7.0*")
    right = file.read_bytes()
    for wrong in (right[:-1] + b"!", right[:-1], right + b"more"):
        file.write_bytes(wrong)
        with refused(Text.IMAGE_SOURCE_BAD):
            laptop.catalogue.sync(str(publisher.mirror))
    assert newest(laptop) == before
    assert not list(laptop.catalogue.folder.rglob("*.part"))


# -- hostile bytes


def test_metadata_that_never_ends_is_cut_off(laptop: Laptop, publisher: Publisher) -> None:
    with _server(_Endless) as url, refused(Text.CATALOGUE_TOO_LARGE):
        laptop.catalogue.sync(url)


def test_oversized_metadata_in_a_folder_is_refused(laptop: Laptop, publisher: Publisher) -> None:
    for name in ("timestamp.json", "1.snapshot.json", "2.root.json"):
        mirror = copy_of(publisher.mirror, f"big-{name}")
        with (mirror / "metadata" / name).open("wb") as file:
            file.truncate(300 << 20)
        with refused(Text.CATALOGUE_TOO_LARGE):
            laptop.catalogue.sync(str(mirror))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"signed":1,"signatures":[]}',
        b"\xff",
        b"[" * 10_000,
        b'{"a":' * 3_000,
        b"9" * 9_999,
    ],
    ids=lambda content: repr(content[:12]),
)
def test_strange_json_is_refused_as_ours(laptop: Laptop, publisher: Publisher, content: bytes) -> None:
    (publisher.mirror / "metadata" / "timestamp.json").write_bytes(content)
    with refused(Text.CATALOGUE_DAMAGED):
        laptop.catalogue.sync(str(publisher.mirror))


def test_a_root_that_makes_no_sense_is_refused(laptop: Laptop, publisher: Publisher) -> None:
    strange = publisher.mirror / "metadata" / "2.root.json"
    strange.write_text('{"signed": {"_type": "root", "version": 1.5}, "signatures": []}')
    with refused(Text.CATALOGUE_DAMAGED):
        laptop.catalogue.sync(str(publisher.mirror))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_of_the_metadata_is_refused_or_changes_nothing(
    laptop: Laptop, publisher: Publisher, data: st.DataObject
) -> None:
    # A flip may hit an unsigned field that nobody reads; then what comes out must be what was signed.
    laptop.catalogue.sync(str(publisher.mirror))
    right = laptop.catalogue.releases()
    metadata = laptop.catalogue.folder / "catalogue-1" / "metadata"
    file = data.draw(st.sampled_from(sorted(metadata.iterdir())))
    content = file.read_bytes()
    place, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
    file.write_bytes(content[:place] + bytes([content[place] ^ (1 << bit)]) + content[place + 1 :])
    laptop.restart()
    try:
        assert laptop.catalogue.releases() == right
    except FirmwareError:
        pass
    finally:
        file.write_bytes(content)


# -- hostile servers


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Endless(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if "root.json" in self.path:
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b" " * 65536)
        except OSError:
            pass  # the client has had enough

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _CutsOff(_Quiet):
    def do_GET(self) -> None:
        if "timestamp" not in self.path:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"{")
        self.close_connection = True


@contextmanager
def _server(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_a_catalogue_comes_over_http_too(laptop: Laptop, publisher: Publisher) -> None:
    with _server(lambda *args: _Quiet(*args, directory=str(publisher.mirror))) as url:
        laptop.catalogue.sync(url)
    assert laptop.catalogue.image(newest(laptop)).version == "2.6.0"
    (publisher.mirror / "metadata" / "1.snapshot.json").unlink()
    publisher.release()
    (publisher.mirror / "metadata" / "2.snapshot.json").unlink()
    with (
        _server(lambda *args: _Quiet(*args, directory=str(publisher.mirror))) as url,
        refused(Text.CATALOGUE_INCOMPLETE) as told,
    ):
        laptop.catalogue.sync(url)
    assert "2.snapshot.json (HTTP status 404) is missing" in told.value.what


def test_a_server_that_is_gone_or_hangs_up_is_a_sync_error_and_the_old_catalogue_stays(
    laptop: Laptop, publisher: Publisher
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    with _server(_CutsOff) as url, refused(Text.SOURCE_UNREACHABLE):
        laptop.catalogue.sync(url)
    with refused(Text.SOURCE_UNREACHABLE):
        laptop.catalogue.sync(url)  # nobody listens there any more
    assert newest(laptop).version == "2.6.0"


def test_a_server_that_trickles_is_given_up(clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    def trickle() -> Iterator[bytes]:
        while True:
            clock.advance(timedelta(seconds=fetchers.SILENCE_SECONDS - 1))
            yield b"x"

    fetcher = fetchers.HttpFetcher(clock)
    monkeypatch.setattr(fetcher._web, "fetch", lambda url: trickle())
    with pytest.raises(fetchers.SlowRetrievalError):
        fetcher.download_bytes("http://127.0.0.1/timestamp.json", 16384)


def test_nothing_of_tuf_leaks(laptop: Laptop, publisher: Publisher) -> None:
    """Whatever single file of a mirror is replaced by whatever other, only errors of ours come out."""
    files = sorted((publisher.mirror / "metadata").iterdir())
    for victim in files:
        right = victim.read_bytes()
        for other in files:
            victim.write_bytes(other.read_bytes())
            try:
                laptop.catalogue.sync(str(publisher.mirror))
            except FieldtoolError as error:
                assert "tuf" not in type(error).__module__
        victim.write_bytes(right)
    laptop.catalogue.sync(str(publisher.mirror))


def test_a_signed_file_without_our_fields_is_no_release(laptop: Laptop, publisher: Publisher) -> None:
    def plain(content: dict[str, Any]) -> None:
        notes = TargetFile.from_data("lab/README.txt", b"hello")
        content["signed"]["targets"]["lab/README.txt"] = notes.to_dict()
        content["signatures"] = []

    _tamper(publisher.mirror, "lab", plain, *signers().vendor)
    laptop.catalogue.sync(str(publisher.mirror))
    assert len(laptop.catalogue.releases()) == 2
