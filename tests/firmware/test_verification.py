"""What we rely on in python-tuf although it is private. A new tuf that changes it must fail here, not in the field."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import tuf
from tuf.api.exceptions import ExpiredMetadataError, UnsignedMetadataError
from tuf.ngclient import Updater

from fieldtool.firmware.fetchers import METADATA, folder_origin
from fieldtool.firmware.verification import verify
from tests.firmware.site import START, Publisher


@pytest.fixture
def updater(publisher: Publisher, tmp_path: Path) -> Updater:
    origin = folder_origin(publisher.mirror)
    return Updater(str(tmp_path), origin.base + METADATA, fetcher=origin.fetcher, bootstrap=publisher.root.read_bytes())


def test_tuf_is_the_version_whose_private_names_were_read() -> None:
    assert tuf.__version__.startswith("7.0.")


def test_reference_time_decides_expiry(updater: Updater) -> None:
    updater._trusted_set.reference_time = START + timedelta(days=7)
    with pytest.raises(ExpiredMetadataError):
        updater.refresh()


def test_an_early_reference_time_lets_nothing_expire_and_checks_all_else(
    updater: Updater, publisher: Publisher, tmp_path: Path
) -> None:
    updater._trusted_set.reference_time = datetime(1970, 1, 1, tzinfo=UTC)
    updater.refresh()
    part = publisher.mirror / "metadata" / "timestamp.json"
    part.write_bytes(part.read_bytes().replace(b'"version":1}', b'"version":2}'))
    origin, root = folder_origin(publisher.mirror), publisher.root.read_bytes()
    other = Updater(str(tmp_path / "other"), origin.base + METADATA, fetcher=origin.fetcher, bootstrap=root)
    other._trusted_set.reference_time = datetime(1970, 1, 1, tzinfo=UTC)
    with pytest.raises(UnsignedMetadataError):
        other.refresh()


def test_the_root_can_be_loaded_before_all_else_and_again_by_refresh(updater: Updater) -> None:
    updater._load_root()
    assert updater._trusted_set.root.version == 1
    updater._trusted_set.reference_time = START
    updater.refresh()
    assert updater._trusted_set.targets.version == 1


def test_a_delegated_role_can_be_loaded_by_name(updater: Updater) -> None:
    updater._trusted_set.reference_time = START
    updater.refresh()
    loaded = updater._load_targets("lab", "targets")
    info = updater.get_targetinfo("lab/citypost-2.6.0.raucb")
    assert info is loaded.targets["lab/citypost-2.6.0.raucb"]


@pytest.mark.parametrize(("days", "usable"), [(0, True), (27, True), (28, False)])
def test_time_is_judged_twice_and_both_agree_about_the_grace(publisher: Publisher, days: int, usable: bool) -> None:
    at, root = START + timedelta(days=days), publisher.root.read_bytes()
    try:
        verify(publisher.mirror, folder_origin(publisher.mirror), root, at)
        by_tuf = True
    except Exception as error:
        assert "expired on" in str(error)
        by_tuf = False
    ours = verify(publisher.mirror, folder_origin(publisher.mirror), root, None)
    assert by_tuf is usable is (at < ours.valid_until)
