"""The one way in: which verifier, which anchors, and nothing but our errors, whatever a file holds."""

import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldtool.core.errors import FirmwareError, StorageError
from fieldtool.core.texts import Text
from fieldtool.firmware.native import UNSIGNED_FORMATS, VERIFIERS, check_native
from tests.firmware.formats.attacks import check, refused
from tests.firmware.formats.samples import SAMPLES, Sample, plain_bundle, release, swu


@pytest.fixture
def bundle(tmp_path: Path) -> Sample:
    return plain_bundle(tmp_path)


def test_a_release_that_names_no_anchor_is_refused(bundle: Sample, tmp_path: Path) -> None:
    file = tmp_path / "image"
    file.write_bytes(bundle.data)
    for format in VERIFIERS:
        with refused(Text.NATIVE_NO_ANCHOR):
            check_native(file, replace(bundle.release, format=format), None)


def test_anchors_of_another_format_are_refused(bundle: Sample, tmp_path: Path) -> None:
    with refused(Text.NATIVE_ANCHOR_BAD):
        check(tmp_path, replace(bundle, anchors=swu(tmp_path).anchors))
    with refused(Text.NATIVE_ANCHOR_BAD):
        check(tmp_path, replace(bundle, release=replace(bundle.release, format="bin")))


def test_a_format_that_nobody_here_can_check_is_refused(bundle: Sample, tmp_path: Path) -> None:
    for format in ("zip", "RAUCB", "", "ota", "raucb "):
        with refused(Text.NATIVE_FORMAT_UNKNOWN):
            check_native(tmp_path, replace(bundle.release, format=format), None)


def test_a_format_without_a_signature_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(b"anything")
    verdict = check_native(tmp_path / "image", release("bin", "0" * 64), None)
    assert (verdict.signed, verdict.text) == (False, Text.NATIVE_NONE)
    assert "only the signed catalogue" in verdict.what
    assert UNSIGNED_FORMATS.isdisjoint(VERIFIERS)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_signed_kind_of_file_called_bin_is_refused(tmp_path: Path, name: str) -> None:
    """Else whoever has the catalogue's keys would go around every verifier with one word."""
    good = SAMPLES[name](tmp_path)
    data = bytearray(good.data)
    data[3000] ^= 1
    (tmp_path / "image").write_bytes(data)
    with refused(Text.NATIVE_DISGUISED):
        check_native(tmp_path / "image", replace(good.release, format="bin"), None)


@pytest.mark.parametrize("data", [b"x", b"hsqs" + bytes(4000), b"\x7fELF" + b"a" * 4000, b"07070100", bytes(8)])
def test_a_plain_file_of_any_content_is_no_signed_kind(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "image").write_bytes(data)
    assert not check_native(tmp_path / "image", release("bin", "0" * 64), None).signed


def test_a_release_without_a_time_is_refused(bundle: Sample, tmp_path: Path) -> None:
    """There would be nothing to judge certificates at."""
    with refused(Text.RELEASE_BAD):
        check(tmp_path, replace(bundle, release=replace(bundle.release, published=None)))


def test_a_file_that_cannot_be_read_is_this_laptops_fault_not_the_makers(bundle: Sample, tmp_path: Path) -> None:
    missing, link = tmp_path / "missing", tmp_path / "link"
    (tmp_path / "good").write_bytes(bundle.data)
    for file in (missing, tmp_path):
        with pytest.raises(StorageError, check=lambda error: error.text is Text.FILE_UNREADABLE):
            check_native(file, bundle.release, bundle.anchors)
    link.symlink_to(tmp_path / "good")
    with pytest.raises(StorageError, check=lambda error: error.text is Text.FILE_UNREADABLE):
        check_native(link, bundle.release, bundle.anchors)


@cache
def sample(name: str) -> Sample:
    with TemporaryDirectory() as folder:
        return SAMPLES[name](Path(folder))


@pytest.mark.filterwarnings("ignore")
@settings(deadline=None)  # a sample is made when it is first asked for
@given(
    st.sampled_from(sorted(SAMPLES)),
    st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(max_size=6), st.integers(0, 12)), max_size=4),
    st.booleans(),
)
def test_whatever_a_file_holds_no_other_error_than_ours_comes_out(
    name: str, changes: list[tuple[int, bytes, int]], at_end: bool
) -> None:
    good = sample(name)
    data = good.data
    for at, put, cut in changes:
        place = max(0, len(data) - 1 - at % 2000) if at_end and data else at % (len(data) + 1)
        data = data[:place] + put + data[place + cut :]
    with TemporaryDirectory() as folder:
        try:
            verdict = check(Path(folder), good.changed(data))
        except FirmwareError as error:
            assert error.text.name.startswith("NATIVE_")
        else:
            assert verdict.signed


@settings(deadline=None)  # a sample is made when it is first asked for
@given(st.sampled_from(sorted(SAMPLES)), st.binary(max_size=400))
def test_anything_instead_of_a_file_is_refused(name: str, data: bytes) -> None:
    with TemporaryDirectory() as folder, pytest.raises(FirmwareError):
        check(Path(folder), sample(name).changed(data))


def test_an_unexpected_error_of_a_library_becomes_ours(
    bundle: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("fieldtool.firmware.native.VERIFIERS", {"raucb": fails})
    with refused(Text.NATIVE_DAMAGED) as told:
        check(tmp_path, bundle)
    assert told.value.params["detail"] == "RecursionError"


def test_loading_firmware_does_not_load_the_verifiers(repository_root: Path) -> None:
    """They need cryptography, which the command line must not load at its start."""
    code = "import sys, fieldtool.firmware.custom; assert 'fieldtool.firmware.native' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=repository_root, check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="measured through /proc")
def test_files_of_any_size_are_read_in_little_memory(tmp_path: Path) -> None:
    """A hole of 128 MB, refused by its signature after the whole of it was hashed."""
    resource = pytest.importorskip("resource")
    good = plain_bundle(tmp_path)
    file = tmp_path / "image"
    size = 128 << 20
    with file.open("wb") as out:
        out.write(good.data[:4096])
        out.seek(size)
        out.write(good.data[-8 - int.from_bytes(good.data[-8:], "big") :])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with refused(Text.NATIVE_SIGNATURE_BAD):
        check_native(file, good.release, good.anchors)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 << 10  # KiB
