"""`fieldtool cache` as a technician types it, on laptops that synced from real repositories."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldtool.app.app import App
from fieldtool.cli.main import main
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import ExitCode
from fieldtool.core.model import Release
from fieldtool.publish.throwaway import make_director
from tests.firmware.bundles import Operator, order
from tests.firmware.site import SetClock, image

NEW, OLD = "lab/citypost-2.6.0.raucb", "lab/citypost-2.5.0.raucb"
SERIAL = "CP-0001"


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    """“alone” stands alone; “sent” takes directions: one order names 2.6.0, for Bay 01."""
    made = Operator(tmp_path, SetClock(SystemClock().now() - timedelta(minutes=5)))
    today = replace(order(made.new), issued=made.clock.now(), expires=made.clock.now() + timedelta(days=30))
    shutil.rmtree(tmp_path / "director")
    made.root = make_director(tmp_path / "director", made.clock, orders=(today,))
    made.synced("alone", directed=False)
    made.synced("sent")
    yield made
    made.close()


class Shell:
    def __init__(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        self.operator, self._capsys = operator, capsys

    def json(self, laptop: str, *words: str) -> tuple[int, Any]:
        code = main(["cache", *words, "--data", str(self.operator.folder / laptop), "--json"])
        return code, json.loads(self._capsys.readouterr().out)

    def words(self, laptop: str, *words: str) -> tuple[int, str]:
        code = main(["cache", *words, "--data", str(self.operator.folder / laptop)])
        said = self._capsys.readouterr()
        return code, said.out + said.err

    def file(self, laptop: str, release: Release) -> Path:
        return self.operator.folder / laptop / "catalogue" / "images" / release.sha256[:2] / release.sha256

    def published(self, release: Release) -> Path:
        """The file as its maker has it."""
        return self.operator.folder / "build" / Path(release.target).name


@pytest.fixture
def shell(operator: Operator, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(operator, capsys)


def rows(told: Any) -> dict[str, Any]:
    return {row["target"]: row for row in told["rows"]}


def failing(told: Any) -> tuple[str, list[str]]:
    """The check that fails, and those that were not reached."""
    stands = {one["name"]: one["stand"] for one in told["checks"]}
    assert [name for name, stand in stands.items() if stand == "failed"] == [told["failed"]]
    return told["failed"], [name for name, stand in stands.items() if stand == "not reached"]


# -- list, verify


def test_the_list_tells_who_signed_until_when_what_is_here_and_what_it_is_for(shell: Shell) -> None:
    code, told = shell.json("sent", "list")
    assert code == 0
    found = rows(told)[NEW]
    assert (found["standing"], found["present"], found["pinned"], found["needed"]) == ("here", True, False, ["Bay 01"])
    assert [(one["role"], one["threshold"], one["keys"]) for one in found["parts"]] == [
        ("targets", 2, 2),
        ("lab", 1, 1),
    ]
    assert all(one["until"] for one in found["parts"])
    assert found["checked"]["problem"] is None and "no signature" in found["checked"]["words"]
    assert told["enough"] == {"basis": "work orders", "needed": 1, "missing": [], "hindrance": None}
    assert rows(told)[OLD]["standing"] == "elsewhere"  # no order names it, so it was not fetched


def test_the_list_in_words_ends_with_the_answer_for_the_site(shell: Shell) -> None:
    code, said = shell.words("sent", "list")
    assert code == 0
    assert "lab, 1 of 1 keys" in said and "Bay 01" in said
    assert "Enough for this site: yes, 1 files by work orders." in said and "Directed." in said
    assert "Stand-alone" in shell.words("alone", "list", "--quick")[1]


def test_a_quick_list_reads_no_file(shell: Shell) -> None:
    shell.file("sent", shell.operator.new).write_bytes(b"x" * shell.operator.new.length)
    code, told = shell.json("sent", "list", "--quick")
    assert (code, rows(told)[NEW]["standing"], rows(told)[NEW]["checked"]) == (0, "here", None)


def test_a_changed_file_is_refused_by_name_and_sorts_first(shell: Shell) -> None:
    shell.file("alone", shell.operator.old).write_bytes(b"x" * shell.operator.old.length)
    code, told = shell.json("alone", "verify")
    assert code == ExitCode.TRUST.value
    assert (told["rows"][0]["target"], told["rows"][0]["standing"]) == (OLD, "refused")
    assert told["rows"][0]["problem"]["code"] == "IMAGE_CORRUPT"
    assert "REFUSED" in shell.words("alone", "verify")[1]
    assert shell.json("sent", "verify")[0] == 0


def test_a_missing_file_of_an_order_is_named(shell: Shell) -> None:
    shell.file("sent", shell.operator.new).unlink()
    code, told = shell.json("sent", "list")
    assert (code, told["rows"][0]["standing"], told["enough"]["missing"]) == (0, "missing", [NEW])
    assert f"Missing, 1 of 1 files:\n  {NEW}" in shell.words("sent", "list")[1]


def test_a_laptop_without_a_catalogue_is_told_so(shell: Shell) -> None:
    shell.operator.laptop("empty", directed=False)
    code, told = shell.json("empty", "list")
    assert (code, told["error"]["code"]) == (ExitCode.TRUST.value, "CATALOGUE_NONE")


def test_files_under_a_catalogue_that_is_out_of_date_are_never_enough(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long_ago = Operator(tmp_path, SetClock(SystemClock().now() - timedelta(days=200)))
    long_ago.synced("old", directed=False)
    shell = Shell(long_ago, capsys)
    code, told = shell.json("old", "list")
    assert (code, told["enough"]["hindrance"]["code"]) == (0, "CATALOGUE_EXPIRED")
    assert "Enough for this site: NO." in shell.words("old", "list")[1]
    assert failing(shell.json("old", "why", NEW)[1])[0] == "catalogue-time"
    long_ago.close()


# -- why


def test_why_a_good_file_may_be_installed(shell: Shell) -> None:
    code, told = shell.json("sent", "why", NEW)
    assert (code, told["failed"]) == (0, None)
    assert {one["stand"] for one in told["checks"]} == {"ok"}
    assert "may be installed" in shell.words("sent", "why", NEW)[1]


def test_why_names_the_check_that_fails_and_what_was_not_reached(shell: Shell) -> None:
    code, told = shell.json("sent", "why", OLD)
    assert (code, failing(told)) == (ExitCode.TRUST.value, ("ordered", ["file", "native"]))
    shell.file("sent", shell.operator.new).write_bytes(b"x" * shell.operator.new.length)
    code, told = shell.json("sent", "why", NEW, "--charger", SERIAL)
    assert (code, failing(told)) == (ExitCode.TRUST.value, ("file", ["native"]))
    code, said = shell.words("sent", "why", NEW)
    assert code == ExitCode.TRUST.value and "the check “file” fails" in said


def test_why_takes_a_file_on_disk(shell: Shell, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.raucb"
    stranger.write_bytes(b"anything")
    code, told = shell.json("alone", "why", str(stranger))
    assert (code, told["failed"]) == (ExitCode.TRUST.value, "listed")
    code, told = shell.json("alone", "why", str(shell.published(shell.operator.new)))
    assert (code, told["failed"]) == (0, None)


# -- pin, gc


def test_a_clean_up_removes_only_what_no_order_names_any_more_and_a_pin_keeps_it(shell: Shell) -> None:
    new = shell.operator.new
    stray = shell.file("sent", replace(new, sha256="ab" * 32))
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"x" * 70)
    old = shell.file("sent", shell.operator.old)
    old.parent.mkdir(parents=True, exist_ok=True)
    old.write_bytes(shell.published(shell.operator.old).read_bytes())
    assert shell.json("sent", "pin", OLD) == (0, {"target": OLD, "pinned": True})
    code, told = shell.json("sent", "gc", "--dry-run")
    assert (code, told) == (0, {"removed": ["ab" * 32], "size": 70, "done": False})
    assert stray.exists()
    code, told = shell.json("sent", "gc")
    assert (code, told["removed"], told["done"]) == (0, ["ab" * 32], True)
    assert old.exists() and shell.file("sent", new).exists() and not stray.exists()
    shell.json("sent", "unpin", OLD)
    assert shell.json("sent", "gc")[1]["removed"] == [shell.operator.old.sha256]
    assert "everything here is needed" in shell.words("sent", "gc")[1]


def test_a_pinned_file_survives_the_sync_that_forgets_its_release(shell: Shell) -> None:
    operator = shell.operator
    assert shell.json("alone", "pin", OLD)[0] == 0
    operator.clock.advance(timedelta(seconds=1))
    for release in (operator.old, operator.new):
        operator.publisher.repository.withdraw(release.target)
    operator.publisher.add(image(operator.folder / "build", "2.7.0", 400))
    app = App(operator.folder / "alone")
    try:
        app.catalogue.sync(str(operator.publisher.mirror))
        operator.clock.advance(timedelta(seconds=1))
        operator.publisher.add(image(operator.folder / "build", "2.8.0", 400))
        app.catalogue.sync(str(operator.publisher.mirror))
    finally:
        app.close()
    assert shell.file("alone", operator.old).exists()
    assert not shell.file("alone", operator.new).exists()


def test_nothing_is_removed_while_the_directions_cannot_be_believed(shell: Shell) -> None:
    metadata = shell.operator.folder / "sent" / "catalogue" / "catalogue-1" / "director" / "metadata"
    for file in metadata.iterdir():
        file.write_bytes(b"{}")
    code, told = shell.json("sent", "gc")
    assert code == ExitCode.TRUST.value and "error" in told
    code, told = shell.json("sent", "list", "--quick")
    assert (code, told["enough"]["needed"], told["disk"]["spare"]) == (0, 0, 0)
    assert told["enough"]["hindrance"]["code"].startswith("CATALOGUE_")
    assert rows(told)[NEW]["standing"] == "not ordered"
    assert shell.file("sent", shell.operator.new).exists()


def test_what_the_catalogue_does_not_name_cannot_be_pinned(shell: Shell) -> None:
    code, told = shell.json("alone", "pin", "lab/nothing.raucb")
    assert (code, told["error"]["code"]) == (ExitCode.TRUST.value, "IMAGE_NOT_LISTED")


# -- a file in hand


def test_a_file_in_hand_enters_the_cache_if_the_catalogue_names_it_whatever_it_is_called(
    shell: Shell, tmp_path: Path
) -> None:
    new = shell.operator.new
    shell.file("sent", new).unlink()
    hand = tmp_path / "download (3).bin"
    hand.write_bytes(shell.published(new).read_bytes())
    code, told = shell.json("sent", "add", str(hand))
    assert (code, told["target"], told["hindrance"]) == (0, NEW, None)
    assert shell.file("sent", new).read_bytes() == hand.read_bytes()
    assert "is in the cache" in shell.words("sent", "add", str(hand))[1]


def test_a_file_that_no_order_names_enters_and_is_told_to_be_useless_here(shell: Shell) -> None:
    code, told = shell.json("sent", "add", str(shell.published(shell.operator.old)))
    assert (code, told["hindrance"]["code"]) == (0, "NOT_ORDERED")
    assert "can NOT be installed" in shell.words("sent", "add", str(shell.published(shell.operator.old)))[1]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("update.bin", "same length", "as long as lab/citypost-2."),
        ("citypost-2.6.0.raucb", "short", "called like lab/citypost-2.6.0.raucb"),
        ("citypost-9.9.9.raucb", "other", "Its name is like that of lab/citypost-2."),
        ("holiday.jpg", "other", "No release of this catalogue has its name"),
        ("", "empty", "No release of this catalogue has its name"),
    ],
)
def test_any_other_file_is_named_and_enters_nothing(
    shell: Shell, tmp_path: Path, name: str, content: str, told: str
) -> None:
    data = {"same length": b"x" * shell.operator.new.length, "short": b"2.6", "other": b"q" * 77, "empty": b""}[content]
    hand = tmp_path / (name or "nothing")
    hand.write_bytes(data)
    before = sorted((shell.operator.folder / "alone" / "catalogue" / "images").rglob("*"))
    code, said = shell.json("alone", "add", str(hand))
    assert (code, said["error"]["code"]) == (ExitCode.TRUST.value, "HAND_UNKNOWN")
    assert told in said["error"]["what"] and "does not enter" in said["error"]["remedy"]
    assert sorted((shell.operator.folder / "alone" / "catalogue" / "images").rglob("*")) == before


def test_a_bundle_in_hand_is_sent_to_import(shell: Shell, tmp_path: Path) -> None:
    bundle = tmp_path / "stick.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("image/metadata/root.json", "{}")
    code, told = shell.json("alone", "add", str(bundle))
    assert (code, told["error"]["code"]) == (ExitCode.TRUST.value, "HAND_BUNDLE")
    assert "bundle import" in told["error"]["remedy"]


def test_a_file_that_cannot_be_read_is_a_matter_of_storage(shell: Shell, tmp_path: Path) -> None:
    code, told = shell.json("alone", "add", str(tmp_path))
    assert (code, told["error"]["code"]) == (ExitCode.STORAGE.value, "FILE_UNREADABLE")
