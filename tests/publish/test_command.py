"""`fieldtool publish` from nothing to a mirror that a laptop trusts, with keys in encrypted files."""

import argparse
import hashlib
import io
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fieldtool.core.clock import SystemClock
from fieldtool.core.texts import Text
from fieldtool.firmware.repository import Catalogue
from fieldtool.firmware.roots import accept_root
from fieldtool.publish import command
from fieldtool.publish.keys import load_key, new_key
from fieldtool.store.database import Store
from fieldtool.trusted_time import TrustedTime
from tests.firmware.site import HARDWARE, MODEL, VENDOR, refused

PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def passphrase(tmp_path: Path) -> str:
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    return str(file)


@pytest.fixture
def firmware(tmp_path: Path) -> Path:
    file = tmp_path / "main-2.6.0.bin"
    file.write_bytes(b"firmware" * 1000)
    return file


def publish(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert command.run(parser.parse_args([*map(str, words), "--json"])) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def add(capsys: pytest.CaptureFixture[str], folder: Path, firmware: Path, *more: object) -> dict[str, Any]:
    return publish(
        capsys, "add", folder, firmware, "--vendor", VENDOR, "--model", MODEL, "--hardware", HARDWARE,
        "--version", "2.6.0", *more,
    )  # fmt: skip


def test_from_nothing_to_a_mirror_that_a_laptop_trusts(
    tmp_path: Path, firmware: Path, passphrase: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, mirror, data = tmp_path / "repository", tmp_path / "mirror", tmp_path / "laptop"
    made = publish(capsys, "init", folder, "--vendor", VENDOR, "--passphrase-file", passphrase)
    assert made["parts"] == ["root", "targets", "lab"]
    payload_hash = hashlib.sha256(b"as the charger reports it").hexdigest()
    further = tmp_path / "more.json"
    further.write_text(json.dumps({"config_renames": {"Max": "MaxCurrent"}, "validation": {"soak_seconds": 60}}))
    more = [
        "--payload-hash", payload_hash, "--security-epoch", 2, "--requires", "modem=1", "--backend", "ocpp1.6",
        "--config-format", "citypost-4", "--metering-checksum", "c0ffee", "--end-of-support", "2030-01-01T00:00:00Z",
        "--data", further,
    ]  # fmt: skip
    added = add(capsys, folder, firmware, *more)
    assert (added["target"], added["signatures_missing"]) == ("lab/main-2.6.0.bin", 1)
    keys = folder / "keys"
    signed = publish(
        capsys, "sign", folder, "--role", "lab", "--key", keys / "lab-1.pem", "--passphrase-file", passphrase
    )
    assert signed["signatures_missing"] == 0
    released = publish(
        capsys, "release", folder, "--to", mirror, "--key", keys / "snapshot-1.pem", "--key", keys / "timestamp-1.pem",
        "--passphrase-file", passphrase,
    )  # fmt: skip
    assert released["fingerprint"] == made["fingerprint"]
    store, clock = Store.open(data), SystemClock()
    accept_root(data, Path(made["root"]), made["fingerprint"], clock.now())
    catalogue = Catalogue(data, store, TrustedTime(store, clock), clock)
    catalogue.sync(str(mirror))
    (release,) = catalogue.candidates(VENDOR, MODEL, HARDWARE, "main")
    assert (release.version, release.payload_hash, release.security_epoch) == ("2.6.0", payload_hash, 2)
    assert (release.format, release.requires) == ("bin", (("modem", "1"),))
    assert (release.backends, release.metering_checksum) == (("ocpp1.6",), "c0ffee")
    assert (release.config_format, release.config_renames) == ("citypost-4", (("Max", "MaxCurrent"),))
    assert release.validation is not None and release.validation.soak == 60
    assert release.end_of_support is not None and release.end_of_support.year == 2030
    assert catalogue.image(release).path.read_bytes() == firmware.read_bytes()
    store.close()


def test_every_key_file_is_encrypted_and_only_its_owner_reads_it(
    tmp_path: Path, passphrase: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = publish(capsys, "init", tmp_path / "repository", "--vendor", VENDOR, "--passphrase-file", passphrase)
    assert len(made["keys"]) == 8
    for name in made["keys"]:
        assert b"ENCRYPTED PRIVATE KEY" in Path(name).read_bytes()
        if os.name != "nt":
            assert stat.S_IMODE(Path(name).stat().st_mode) == 0o600


def test_renewing_a_part_asks_for_all_its_signatures_anew(
    tmp_path: Path, passphrase: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "repository"
    publish(capsys, "init", folder, "--vendor", VENDOR, "--passphrase-file", passphrase)
    for number, missing, renew in ((1, 1, ["--renew"]), (2, 0, [])):
        key = folder / "keys" / f"targets-{number}.pem"
        words = ["sign", folder, "--role", "targets", "--key", key, "--passphrase-file", passphrase, *renew]
        assert publish(capsys, *words)["signatures_missing"] == missing


def test_without_a_terminal_and_without_a_file_no_passphrase_is_guessed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with refused(Text.PUBLISH_PASSPHRASE):
        publish(capsys, "init", tmp_path / "repository", "--vendor", VENDOR)
    assert not (tmp_path / "repository").exists()


def test_a_typed_passphrase_is_asked_for_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter([PASSPHRASE, PASSPHRASE + "!"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    with refused(Text.PUBLISH_PASSPHRASE_DIFFERS):
        publish(capsys, "init", tmp_path / "repository", "--vendor", VENDOR)
    assert not (tmp_path / "repository").exists()


def test_a_short_passphrase_a_wrong_one_and_a_plaintext_key_are_refused(tmp_path: Path) -> None:
    with refused(Text.PUBLISH_PASSPHRASE_WEAK):
        new_key(tmp_path / "weak.pem", "short")
    signer = new_key(tmp_path / "key.pem", PASSPHRASE)
    assert load_key(tmp_path / "key.pem", PASSPHRASE).public_key == signer.public_key
    with refused(Text.PUBLISH_KEY_EXISTS):
        new_key(tmp_path / "key.pem", PASSPHRASE)
    for wrong in ("", "another passphrase"):
        with refused(Text.PUBLISH_KEY_BAD):
            load_key(tmp_path / "key.pem", wrong)
    plain = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "plain.pem").write_bytes(plain)
    for file in ("plain.pem", "missing.pem"):
        with refused(Text.PUBLISH_KEY_BAD):
            load_key(tmp_path / file, PASSPHRASE)


@pytest.mark.parametrize(
    "words",
    [
        ["--vendor", "Root"],
        ["--vendor", "Lab", "--vendor", "lab"],
        ["--vendor", "Lab", "--root-threshold", "9"],
        ["--vendor", "Lab", "--grace", "500"],
        ["--vendor", "Lab", "--targets-keys", "0"],
    ],
)
def test_a_repository_that_cannot_be_is_refused_before_a_key_is_made(
    tmp_path: Path, passphrase: str, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    with refused(Text.PUBLISH_LAYOUT_BAD):
        publish(capsys, "init", tmp_path / "repository", *words, "--passphrase-file", passphrase)
    assert not (tmp_path / "repository").exists()


def test_a_payload_hash_is_never_made_up(
    tmp_path: Path, firmware: Path, passphrase: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "repository"
    publish(capsys, "init", folder, "--vendor", VENDOR, "--passphrase-file", passphrase)
    with refused(Text.PUBLISH_HASH_MISSING):
        add(capsys, folder, firmware)
    with refused(Text.RELEASE_BAD):
        add(capsys, folder, firmware, "--payload-hash", "abc")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, Text.FILE_UNREADABLE),
        (b"not json", Text.PUBLISH_FILE_BAD),
        (b"\xff", Text.PUBLISH_FILE_BAD),
        (b"[]", Text.PUBLISH_FILE_BAD),
        (b'{"duration": [1, 2], "duration": [3, 4]}', Text.PUBLISH_FILE_BAD),
        (b'{"version": "9.9.9"}', Text.PUBLISH_FILE_BAD),
        (b'{"vendor": "Other"}', Text.PUBLISH_FILE_BAD),
        (b'{"durations": [1, 2]}', Text.RELEASE_BAD),
        (b'{"config_drops": ["a"]}', Text.RELEASE_BAD),
        (b'{"validation": {"required": ["metre"]}}', Text.PUBLISH_FILE_BAD),
        (b'{"validation": {"waivable": ["version"]}}', Text.PUBLISH_FILE_BAD),
    ],
)
def test_a_file_of_further_fields_is_taken_exactly_or_not_at_all(
    tmp_path: Path,
    firmware: Path,
    passphrase: str,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    text: Text,
) -> None:
    folder, data = tmp_path / "repository", tmp_path / "more.json"
    if content is not None:
        data.write_bytes(content)
    publish(capsys, "init", folder, "--vendor", VENDOR, "--passphrase-file", passphrase)
    with refused(text):
        add(capsys, folder, firmware, "--payload-hash", "ab" * 32, "--data", data)


def test_people_read_lines_and_not_json(tmp_path: Path, passphrase: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    words = ["init", str(tmp_path / "repository"), "--vendor", VENDOR, "--passphrase-file", passphrase]
    assert command.run(parser.parse_args(words)) == 0
    assert "fingerprint: " in capsys.readouterr().out
