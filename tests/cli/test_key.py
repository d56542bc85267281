"""`fieldtool key` without a token: what is shown, what a roll-over asks for. Tokens: tests/peers/test_softhsm.py."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldtool.cli.main import main
from fieldtool.store.keystore import MARK, mark_throw_away

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "trust").mkdir()
    (tmp_path / "trust" / "root.json").write_text("{}")
    mark_throw_away(tmp_path)
    return tmp_path


@pytest.fixture
def call(data: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*words: str) -> tuple[int, str]:
        code = main(["--data", str(data), *words])
        told = capsys.readouterr()
        assert "PRIVATE KEY" not in told.out + told.err
        return code, told.out + told.err

    return run


def test_a_laptop_that_has_signed_nothing_says_so_and_makes_no_key(call: Call, data: Path) -> None:
    code, told = call("key", "show")
    assert code == 0
    assert "signed nothing yet" in told
    assert "audit-key" not in (data / MARK).read_text()


def test_a_roll_over_says_what_has_to_be_asked_for_now(call: Call) -> None:
    code, told = call("key", "roll")
    assert code == 0
    assert "Grants for the old key do not count any more" in told
    assert "next sync" in told
    shown = json.loads(call("key", "show", "--json")[1])
    assert shown["key_id"] in told
    assert shown["first"] in told
    assert (shown["place"], shown["throw_away"], shown["problem"]) == ("keystore", True, None)
    words = call("key", "show")[1]
    assert f"Log began with {shown['first']}" in words
    assert "THROW-AWAY" in words


def test_central_is_given_the_same_key_before_and_after_a_roll_over(call: Call) -> None:
    before = call("audit", "key")
    call("key", "roll")
    assert call("audit", "key") == before
    assert "PUBLIC KEY" in before[1]


def test_a_key_that_is_gone_is_said_with_the_id_that_is_missed(call: Call, data: Path) -> None:
    rolled = json.loads(call("key", "roll", "--json")[1])
    mark_throw_away(data)  # forgets all secrets
    code, told = call("key", "show")
    assert code == 7
    assert rolled["new"] in told
    assert "is not in the keystore" in told
    assert call("key", "roll")[0] == 7


@pytest.mark.parametrize(("content", "code"), [(b"\xff\xfe\n", "FILE_UNREADABLE"), (None, "FILE_UNREADABLE")])
def test_a_pin_file_that_cannot_be_read_is_a_sentence(
    call: Call, tmp_path: Path, content: bytes | None, code: str
) -> None:
    pin = tmp_path / "pin"
    if content is not None:
        pin.write_bytes(content)
        pin.chmod(0o600)
    told = call("--json", "key", "roll", "--pin-file", str(pin))
    assert (told[0], json.loads(told[1])["error"]["code"]) == (2, code)
