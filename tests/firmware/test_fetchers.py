"""A folder is served, and nothing outside of it."""

import os
from pathlib import Path

import pytest
from tuf.api.exceptions import DownloadError, DownloadHTTPError

from fieldtool.firmware.fetchers import DirFetcher, KeepingFetcher


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    (folder / "metadata").mkdir(parents=True)
    (folder / "targets" / "lab").mkdir(parents=True)
    (folder / "metadata" / "timestamp.json").write_bytes(b"right")
    (folder / "targets" / "lab" / "image").write_bytes(b"image")
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "secret.json").write_bytes(b"secret")
    return folder


def fetch(folder: Path, path: str) -> bytes:
    return b"".join(DirFetcher(folder).fetch(f"mirror:/{path}"))


def test_metadata_and_targets_are_served(mirror: Path) -> None:
    assert fetch(mirror, "metadata/timestamp.json") == b"right"
    assert fetch(mirror, "targets/lab/image") == b"image"


@pytest.mark.parametrize(
    "path",
    [
        "metadata/../secret.json", "metadata/..%2Fsecret.json", "metadata/%2e%2e/secret.json", "metadata/..",
        "metadata/.", "metadata/", "metadata/lab/x.json", "metadata/a\0b", "metadata/C:secret", "metadata/..\\secret",
        "targets/../../secret", "targets/lab/../../../secret", "targets//etc/passwd", "targets/lab//image", "targets/",
        "targets/lab/..", "targets/lab\\..\\..\\secret", "targets/lab", "targets/missing", "metadata/timestamp.json/x",
    ],
)  # fmt: skip
def test_no_name_leads_out_of_the_folder(mirror: Path, path: str) -> None:
    with pytest.raises(DownloadError):
        fetch(mirror, path)


@pytest.mark.parametrize("url", ["http://127.0.0.1/metadata/timestamp.json", "file:///etc/passwd", "mirror:/other/x"])
def test_a_foreign_address_is_refused(mirror: Path, url: str) -> None:
    with pytest.raises(DownloadError):
        DirFetcher(mirror).fetch(url)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_links_are_not_followed_neither_as_file_nor_as_folder(mirror: Path, tmp_path: Path) -> None:
    (mirror / "metadata" / "link.json").symlink_to(tmp_path / "secret")
    (mirror / "targets" / "away").symlink_to(tmp_path)
    (mirror / "targets" / "lab" / "link").symlink_to(mirror / "targets" / "lab" / "image")
    for path in ("metadata/link.json", "targets/away/secret", "targets/lab/link"):
        with pytest.raises(DownloadError):
            fetch(mirror, path)
    whole = tmp_path / "whole"
    whole.mkdir()
    (whole / "metadata").symlink_to(mirror / "metadata")
    with pytest.raises(DownloadError):
        fetch(whole, "metadata/timestamp.json")


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_links_are_not_followed_where_the_system_cannot_refuse_them(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_NOFOLLOW")
    (mirror / "metadata" / "link.json").symlink_to(tmp_path / "secret")
    with pytest.raises(DownloadError):
        fetch(mirror, "metadata/link.json")


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes in folders")
def test_a_pipe_does_not_hang_the_fetch(mirror: Path) -> None:
    os.mkfifo(mirror / "metadata" / "pipe.json")
    with pytest.raises(DownloadError):
        fetch(mirror, "metadata/pipe.json")


def test_a_missing_file_is_an_error_of_the_call_and_not_of_the_first_byte(mirror: Path) -> None:
    with pytest.raises(DownloadHTTPError) as told:
        DirFetcher(mirror).fetch("mirror:/metadata/2.root.json")
    assert told.value.status_code == 404


def test_what_passes_is_kept_under_its_own_name_only(mirror: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    keeping = KeepingFetcher(DirFetcher(mirror), kept, None)
    assert keeping.download_bytes("mirror:/metadata/timestamp.json", 100) == b"right"
    assert [path.name for path in kept.iterdir()] == ["timestamp.json"]
    with pytest.raises(DownloadError):
        keeping.download_bytes("mirror:/metadata/..%2Fevil.json", 100)
    assert not (tmp_path / "evil.json").exists()


def test_a_versioned_file_is_taken_from_the_catalogue_before_and_the_timestamp_never(
    mirror: Path, tmp_path: Path
) -> None:
    before, kept = tmp_path / "before", tmp_path / "kept"
    (before / "metadata").mkdir(parents=True)
    kept.mkdir()
    (before / "metadata" / "3.lab.json").write_bytes(b"at hand")
    (before / "metadata" / "timestamp.json").write_bytes(b"yesterday")
    keeping = KeepingFetcher(DirFetcher(mirror), kept, before)
    assert keeping.download_bytes("mirror:/metadata/3.lab.json", 100) == b"at hand"
    assert keeping.download_bytes("mirror:/metadata/timestamp.json", 100) == b"right"
