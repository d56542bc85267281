"""Saved settings come back as they were or not at all, and nobody reads them on the disk."""

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.errors import FieldtoolError, StorageError, UsageError
from fieldtool.core.model import Configuration
from fieldtool.core.texts import Text
from fieldtool.update import backups as module
from fieldtool.update.backups import Backups
from tests.audit.support import MemoryKeystore

SETTINGS = Configuration("citypost-3", {"name": "Säule 1", "wifi.password": "correct horse battery staple"})


@pytest.fixture
def keystore() -> MemoryKeystore:
    return MemoryKeystore()


@pytest.fixture
def backups(tmp_path: Path, keystore: MemoryKeystore) -> Backups:
    return Backups(tmp_path / "backups", keystore)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "backups").iterdir() if path.name != "key-id")


def refused(load: Callable[[], object]) -> FieldtoolError:
    with pytest.raises(StorageError) as error:
        load()
    told = f"{error.value.what} {error.value.remedy} {error.value!r} {error.value.__cause__!r}"
    assert "horse" not in told
    return error.value


def test_settings_come_back_as_they_were_in_the_next_program_too(
    backups: Backups, tmp_path: Path, keystore: MemoryKeystore
) -> None:
    name = backups.save("run-1", "main", SETTINGS)
    assert Backups(tmp_path / "backups", keystore).load(name) == SETTINGS


@given(st.dictionaries(st.text(), st.text()), st.text())
def test_whatever_a_charger_calls_its_settings_comes_back(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, str], layout: str
) -> None:
    told = Configuration(layout, values)
    backups = Backups(tmp_path_factory.getbasetemp() / "any", MemoryKeystore())
    name = backups.save("run-1", "main", told)
    assert backups.load(name) == told
    backups.forget(["run-1"])


def test_no_value_and_no_name_of_a_setting_is_on_the_disk(backups: Backups, tmp_path: Path) -> None:
    backups.save("run-1", "main", SETTINGS)
    for path in (tmp_path / "backups").iterdir():
        content = path.read_bytes()
        assert not any(word in content for word in (b"horse", b"wifi", b"citypost", "Säule".encode()))


@pytest.mark.skipif(os.name != "posix", reason="modes are Unix's")
def test_only_its_owner_may_read_a_file(backups: Backups, tmp_path: Path) -> None:
    backups.save("run-1", "main", SETTINGS)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "backups").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "backups").stat().st_mode) == 0o700


def test_every_flipped_bit_and_every_cut_is_damage(backups: Backups, tmp_path: Path) -> None:
    name = backups.save("run-1", "main", Configuration("", {"a": "b"}))
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        text = refused(lambda: backups.load(name)).text
        assert text in (Text.BACKUP_DAMAGED, Text.BACKUP_KEY_GONE), "a changed id of the key names no key"
        path.write_bytes(whole[:place])
        assert refused(lambda: backups.load(name)).text is Text.BACKUP_DAMAGED
    path.write_bytes(whole)
    assert backups.load(name).values == {"a": "b"}


def test_a_file_does_not_pass_for_that_of_another_run_or_component(backups: Backups, tmp_path: Path) -> None:
    mine, other = backups.save("run-1", "main", SETTINGS), backups.save("run-2", "main", SETTINGS)
    folder = tmp_path / "backups"
    (folder / mine).replace(folder / other)
    assert refused(lambda: backups.load(other)).text is Text.BACKUP_DAMAGED


def test_what_is_gone_is_said(backups: Backups, tmp_path: Path) -> None:
    name = backups.save("run-1", "main", SETTINGS)
    (tmp_path / "backups" / name).unlink()
    assert refused(lambda: backups.load(name)).text is Text.BACKUP_GONE


@pytest.mark.parametrize("name", ["", "../key", "key-id", "run-1.main", "a/b.main.00000000", "run-1.main.0000000g"])
def test_a_name_that_is_none_of_ours_leads_to_no_file(backups: Backups, name: str) -> None:
    backups.save("run-1", "main", SETTINGS)
    assert refused(lambda: backups.load(name)).text is Text.BACKUP_GONE


def test_a_run_whose_name_leads_elsewhere_is_a_bug_that_shows(backups: Backups, tmp_path: Path) -> None:
    for run, component in (("../x", "main"), ("run.1", "main"), ("run", "../main")):
        with pytest.raises(ValueError, match="no name"):
            backups.save(run, component, SETTINGS)
    assert not (tmp_path / "backups").exists()


def test_without_its_key_nothing_is_read_and_a_new_key_serves_new_files(
    backups: Backups, keystore: MemoryKeystore
) -> None:
    lost = backups.save("run-1", "main", SETTINGS)
    keystore.secrets.clear()
    assert refused(lambda: backups.load(lost)).text is Text.BACKUP_KEY_GONE
    assert backups.load(backups.save("run-2", "main", SETTINGS)) == SETTINGS
    keystore.secrets.update(dict.fromkeys(keystore.secrets, "no key"))
    assert backups.load(backups.save("run-3", "main", SETTINGS)) == SETTINGS


def test_a_keystore_that_does_not_open_saves_nothing(
    backups: Backups, keystore: MemoryKeystore, tmp_path: Path
) -> None:
    def shut(*args: str) -> None:
        raise UsageError(Text.KEYSTORE_FAILED, detail="locked")

    keystore.put = shut  # type: ignore[method-assign]  # as the system's does when nobody unlocks it
    with pytest.raises(UsageError):
        backups.save("run-1", "main", SETTINGS)
    assert list((tmp_path / "backups").iterdir()) == []


def test_many_runs_at_once_share_one_key(backups: Backups, keystore: MemoryKeystore) -> None:
    names: list[str] = []
    threads = [
        threading.Thread(target=lambda n=number: names.append(backups.save(f"run-{n}", "main", SETTINGS)))
        for number in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keystore.secrets) == 1
    assert len(set(names)) == 16
    assert all(backups.load(name) == SETTINGS for name in names)


def test_two_programs_that_make_a_key_at_the_same_time_both_read_their_files(
    tmp_path: Path, keystore: MemoryKeystore
) -> None:
    """The second finds the first's key made, but not yet named: it makes its own."""
    one, two = (Backups(tmp_path / "backups", keystore) for _ in range(2))
    first = one.save("run-1", "main", SETTINGS)
    (tmp_path / "backups" / "key-id").unlink()
    second = two.save("run-2", "main", SETTINGS)
    assert len(keystore.secrets) == 2
    assert one.load(second) == two.load(first) == SETTINGS


def test_each_leg_of_a_run_keeps_its_own(backups: Backups) -> None:
    stone = backups.save("run-1", "main", SETTINGS)
    last = backups.save("run-1", "main", Configuration("citypost-4", {}))
    assert backups.load(stone) == SETTINGS
    assert backups.load(last).format == "citypost-4"


def test_only_what_is_named_is_forgotten(backups: Backups, tmp_path: Path) -> None:
    old = backups.save("run-1", "main", SETTINGS)
    backups.save("run-1", "modem", SETTINGS)
    (tmp_path / "backups" / f"{old}.part").write_bytes(b"cut off")
    kept = backups.save("run-11", "main", SETTINGS)
    assert backups.forget({"run-1", "run-9"}) == 3
    assert [path.name for path in files(tmp_path)] == [kept]
    assert backups.load(kept) == SETTINGS
    assert Backups(tmp_path / "nowhere", MemoryKeystore()).forget({"run-1"}) == 0


def test_a_full_disk_is_said_and_leaves_no_part_behind(
    backups: Backups, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups.save("run-1", "main", SETTINGS)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    error = refused(lambda: backups.save("run-2", "main", SETTINGS))
    assert error.text is Text.BACKUP_UNWRITABLE
    assert "No space left" in error.what
    assert len(files(tmp_path)) == 1
