"""`fieldtool central direct` on central's own machine: every verb, in JSON and in words."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldtool.central.ledger import add_laptop
from fieldtool.cli.main import main
from fieldtool.core.errors import ExitCode
from tests.central.direct_support import Direct, direct, inventory
from tests.central.test_direct_routes import new_public_key
from tests.firmware.site import SITE


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Direct]:
    """As of today: a command line has no clock of its own."""
    with direct(tmp_path, today=True) as made:
        yield made


class Line:
    def __init__(self, there: Direct, capsys: pytest.CaptureFixture[str]) -> None:
        self.there, self.capsys = there, capsys

    def call(self, *words: str, json_too: bool = True) -> tuple[int, str]:
        self.capsys.readouterr()
        more = ["--json"] if json_too else []
        code = main(["central", "direct", *words, "--data", str(self.there.central), *more])
        return code, self.capsys.readouterr().out

    def good(self, *words: str) -> dict[str, Any]:
        code, out = self.call(*words)
        assert code == 0, out
        found: dict[str, Any] = json.loads(out)
        return found

    def refused(self, *words: str) -> str:
        code, out = self.call(*words)
        assert code != 0
        return str(json.loads(out)["error"]["code"])


@pytest.fixture
def line(there: Direct, capsys: pytest.CaptureFixture[str]) -> Line:
    return Line(there, capsys)


def test_orders_are_made_dry_made_shown_and_withdrawn(line: Line, tmp_path: Path) -> None:
    file = tmp_path / "inventory.csv"
    file.write_bytes(inventory())
    words = ("order", SITE, "--from", str(file), "--release", "2.6.0", "--id", "wo-1", "--second-person", "update")
    assert line.good(*words, "--dry-run")["in_force"] is False
    assert line.good("show")["orders"] == []
    made = line.good(*words, "--title", "Spring")
    assert (made["in_force"], made["order"]["second_person"]) == (True, ["update"])
    assert line.refused(*words, "--title", "Other") == "PUBLISH_DOCUMENT_EXISTS"
    assert line.refused("order", "elsewhere", "--from", str(file)) == "INVENTORY_NO_SITE"
    assert line.refused("order", SITE, "--from", str(tmp_path / "none.csv")) == "FILE_UNREADABLE"
    assert line.refused("order", SITE, "--from", str(file), "--release", "a=b=c d") == "DIRECT_ASKED_BAD"
    assert [one["title"] for one in line.good("show")["orders"]] == ["Spring"]
    line.good("withdraw", f"{SITE}/wo-1")
    assert line.good("show")["orders"] == []


def test_a_laptop_that_is_shut_out_is_denied_to_everybody(line: Line, tmp_path: Path) -> None:
    key = new_public_key()
    (tmp_path / "key.pem").write_text(key.pem)
    add_laptop(line.there.store, tmp_path / "key.pem", "Bay 0", "2026-01-01T00:00:00.000Z")
    words = ["central", "laptop", "revoke", "Bay 0", "--why", "stolen", "--data", str(line.there.central), "--json"]
    line.capsys.readouterr()
    assert main(words) == 0
    told = json.loads(line.capsys.readouterr().out)
    assert (told["laptop"], told["denied"]) == (key.key_id, True)
    assert line.good("show")["denylist"]["laptops"] == [key.key_id]


def test_a_laptop_is_shut_out_although_central_may_not_deny(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with direct(tmp_path, today=True, granting=False) as there:
        key = new_public_key()
        (tmp_path / "key.pem").write_text(key.pem)
        add_laptop(there.store, tmp_path / "key.pem", "Bay 0", "2026-01-01T00:00:00.000Z")
        words = ["central", "laptop", "revoke", "Bay 0", "--why", "stolen", "--data", str(there.central), "--json"]
        capsys.readouterr()
        assert main(words) == 0
        told = json.loads(capsys.readouterr().out)
        assert not told["denied"] and told["note"].startswith("It is not on the denylist")


def test_a_laptop_is_named_as_people_know_it(line: Line, tmp_path: Path) -> None:
    now = "2026-01-01T00:00:00.000Z"
    keys = [new_public_key() for _ in range(2)]
    for number, key in enumerate(keys):
        (tmp_path / "key.pem").write_text(key.pem)
        add_laptop(line.there.store, tmp_path / "key.pem", f"Bay {number}", now)
    words = ("--actor", "tech-7", "--action", "update", "--site", SITE)
    by_name = line.good("grant", "--laptop", "Bay 0", *words, "--id", "one")["grant"]
    by_digits = line.good("grant", "--laptop", keys[1].key_id[:12], *words, "--id", "two", "--max-uses", "3")["grant"]
    assert (by_name["laptop"], by_digits["laptop"]) == (keys[0].key_id, keys[1].key_id)
    assert line.refused("grant", "--laptop", "Bay 7", *words) == "DIRECT_ASKED_BAD"
    assert line.refused("grant", "--laptop", "Bay 0", *words, "--days", "100") == "DIRECT_GRANT_LONG"
    assert line.refused("grant", "--laptop", "Bay 0", *words, "--until", "tomorrow") == "DIRECT_ASKED_BAD"
    assert line.good("revoke", "one")["denied"] == "one"
    assert line.refused("revoke", "one") == "PUBLISH_GRANT_UNKNOWN"
    assert line.good("deny", "--laptop", "Bay 1")["laptops"] == [keys[1].key_id]
    assert line.good("allow", "--laptop", "Bay 1") == {
        "images": [], "grants": ["one"], "laptops": [], "grant_epoch": 0,
    }  # fmt: skip


def test_the_log_tells_who_at_this_machine_and_words_are_for_people(line: Line) -> None:
    line.good("deny", "--grant", "lost")
    told = line.good("log", "--most", "1")["decisions"][0]
    assert told["who"].endswith("(command line)") and (told["what"], told["stage"]) == ("deny", "in_force")
    code, out = line.call("show", json_too=False)
    assert code == 0 and "parts: root version 1 until" in out and "lost" in out
    assert line.good("renew")["renewed"] is False


def test_a_central_that_directs_nobody_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path / "central"), "--json"]
    for words, code in (
        (["show"], "DIRECT_NO_FOLDER"),
        (["export", str(tmp_path / "copy")], "DIRECT_NO_FOLDER"),
        (["images", str(tmp_path)], "DIRECT_NO_IMAGES"),
        (["import", str(tmp_path)], "PUBLISH_NO_REPOSITORY"),
        (["revoke", "x"], "DIRECT_NO_FOLDER"),
    ):
        capsys.readouterr()
        assert main(["central", "direct", *words, *data]) in (ExitCode.USAGE.value, ExitCode.TRUST.value)
        assert json.loads(capsys.readouterr().out)["error"]["code"] == code, words


def test_a_copy_for_the_office_holds_no_key(line: Line, tmp_path: Path) -> None:
    line.good("key", "--public", str(tmp_path / "central.pub"))
    line.good("export", str(tmp_path / "copy"))
    files = [file for file in (tmp_path / "copy").rglob("*") if file.is_file()]
    assert files and not any(b"PRIVATE" in file.read_bytes() for file in files)
    assert line.refused("export", str(tmp_path / "copy")) == "PUBLISH_EXISTS"
    assert line.good("import", str(tmp_path / "copy"))["changed"] == []
