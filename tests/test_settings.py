import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from fieldtool import settings as module
from fieldtool.core.errors import StorageError, UsageError
from fieldtool.core.texts import Text
from fieldtool.settings import SETTINGS, Settings, default_folder, redact, redacted, set_up_logging
from fieldtool.store import tables
from fieldtool.store.database import Store

PRIVATE_KEY = """-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACBwbGFudGVkcGxhbnRlZHBsYW50ZWRwbGFudGVkcGxhbnQAAACI
-----END OPENSSH PRIVATE KEY-----
"""


@pytest.fixture
def settings(data_folder):
    store = Store.open(data_folder)
    yield Settings(store)
    store.close()


@pytest.fixture
def log(data_folder, monkeypatch):
    """Logs to a file; `log()` reads it."""
    monkeypatch.setattr(module, "_secrets", frozenset())
    root, ours = logging.getLogger(), logging.getLogger("fieldtool")
    before, level = list(root.handlers), ours.level
    set_up_logging(data_folder)
    yield lambda: (data_folder / "log" / "fieldtool.log").read_text(encoding="utf-8")
    for handler in [each for each in root.handlers if each not in before]:
        root.removeHandler(handler)
        handler.close()
    ours.setLevel(level)


# ---- settings -------------------------------------------------------------------------------------------------------


def test_every_setting_has_its_default_until_it_is_set(settings):
    assert settings.all() == {each.name: each.default for each in SETTINGS.values()}
    assert [each.name for each in settings.known()] == list(SETTINGS)


def test_every_default_is_allowed():
    assert [each.name for each in SETTINGS.values() if not each.accepts(each.default)] == []


def test_a_setting_is_kept_by_the_next_program(settings, data_folder):
    settings.set("theme", "dark")
    settings.set("theme", "sunlight")
    again = Store.open(data_folder)
    assert Settings(again).get("theme") == "sunlight"
    again.close()


def test_an_unknown_setting_is_refused_with_the_known_ones(settings):
    for act in (lambda: settings.get("colour"), lambda: settings.set("colour", "red")):
        with pytest.raises(UsageError) as caught:
            act()
        assert caught.value.text is Text.SETTING_UNKNOWN
        assert "theme" in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "pink"),
        ("text_size", "99"),
        ("glove_mode", "yes"),
        ("network", ""),
        ("update.at_once", "0"),
        ("update.at_once", "129"),
        ("update.at_once", "8.5"),
        ("update.at_once", "٣"),
        ("validate.soak_seconds", "-1"),
        ("validate.soak_seconds", "99999"),
        ("central.url", "fleet.example.org"),
        ("central.url", "ftp://fleet.example.org"),
        ("central.url", "https://"),
        ("central.url", "https://me:pw@fleet.example.org"),
        ("central.url", "https://fleet.example.org/?token=abc"),
        ("central.url", "https://fleet.example.org:99999"),
        ("central.url", "https://fleet example.org"),
        ("central.url", "https://" + "a" * 2_000),
        ("central.key", "SHA256:short"),
        ("repository", "relative/folder"),
        ("repository", "https://x\n.example.org"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_in_words(settings, name, value):
    with pytest.raises(UsageError) as caught:
        settings.set(name, value)
    assert caught.value.text is Text.SETTING_BAD
    assert caught.value.remedy.removeprefix("Allowed: ").strip(". ")
    assert settings.get(name) == SETTINGS[name].default


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("central.url", "http://127.0.0.1:8443"),
        ("central.url", "https://[::1]:8443/central"),
        ("central.url", ""),
        ("central.key", "SHA256:" + "a" * 43),
        ("repository", "https://firmware.example.org/metadata"),
        ("repository", str(Path.cwd())),
        ("update.at_once", "1"),
        ("validate.soak_seconds", "0"),
    ],
)
def test_a_value_that_makes_sense_is_kept(settings, name, value):
    settings.set(name, value)
    assert settings.get(name) == value


def test_a_stored_value_that_is_not_allowed_any_more_counts_as_not_set(settings, expect_log):
    expect_log("is not allowed")
    with settings._store.write() as tx:
        tx.execute(insert(tables.setting).values(name="update.at_once", value="9999"))
    assert settings.get("update.at_once") == "64"


def test_a_password_in_a_refused_address_is_not_repeated_in_the_message(settings):
    with pytest.raises(UsageError) as caught:
        settings.set("central.url", "https://me:hunter22@fleet.example.org")
    assert "hunter22" not in caught.value.what


def test_the_default_folder_is_the_persons_own():
    assert default_folder().is_absolute()
    assert default_folder().name.lower() == "fieldtool"


def test_the_settings_module_reads_nothing_heavy():
    """The command line imports it at start."""
    heavy = ("PySide6", "sqlalchemy", "keyring", "paramiko", "zeroconf", "tuf")
    code = f"import sys, fieldtool.settings; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---- the log --------------------------------------------------------------------------------------------------------


def test_the_log_holds_what_happened_with_its_time_in_utc(log):
    logging.getLogger("fieldtool.x").info("charger %s answers", "731")
    line = log().splitlines()[0]
    assert line.endswith("INFO fieldtool.x: charger 731 answers")
    assert line[10] == "T"
    assert line.split()[0].endswith("Z")


def test_libraries_write_warnings_only(log):
    logging.getLogger("paramiko.transport").info("chatter")
    logging.getLogger("paramiko.transport").warning("trouble")
    assert "chatter" not in log()
    assert "trouble" in log()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"key is {PRIVATE_KEY}", "QyNTUxOQ"),
        (f"key is {PRIVATE_KEY!r}", "QyNTUxOQ"),
        (f"cut off: {PRIVATE_KEY[:120]}", "AAAAABG5vbmU"),
        ("body: " + "".join(PRIVATE_KEY.splitlines()[1:3]), "AAAAABG5vbmU"),
        ("-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----", "MHcCAQEE"),
        ("Authorization: Bearer abcdef.ghijkl", "abcdef"),
        ("headers {'Authorization': 'Basic cm9vdDpodW50ZXI='}", "cm9vdDpodW50ZXI"),
        ('b\'authorization: Digest username="x", response="0123"\'', "0123"),
        ("sent Bearer abcdefghijkl to central", "abcdefghijkl"),
        ("GET https://root:hunter22@192.0.2.7/", "hunter22"),
        ("password=hunter22", "hunter22"),
        ("{'password': 'hunter 22'}", "hunter 22"),
        ('{"access_token": "tok en"}', "tok en"),
        ("SSH_PASSPHRASE=hunter22;", "hunter22"),
        ("api-key: hunter22", "hunter22"),
    ],
)
def test_what_looks_like_a_secret_never_reaches_the_log(log, text, secret):
    logging.getLogger("fieldtool.x").info(text)
    logging.getLogger("fieldtool.x").info("%s and more", text)
    assert secret in text
    assert secret not in log()


def test_what_is_no_secret_stays_readable(log):
    text = "charger CP22-25-118824 at ssh://192.0.2.7:22 shows SHA256:abc; the secret of the morning is coffee"
    logging.getLogger("fieldtool.x").info(text)
    assert text in log()


@pytest.mark.parametrize("secret", ["pass word/1", "ümläut%&", "line one is long\nline two is long", PRIVATE_KEY])
def test_a_secret_that_was_read_is_kept_out_in_every_form(log, secret):
    from urllib.parse import quote

    redact(secret)
    logger = logging.getLogger("fieldtool.x")
    logger.info("plain %s", secret)
    logger.info("repr %r", secret)
    logger.info("url %s", quote(secret, safe=""))
    logger.info("a line of it: %s", secret.splitlines()[-1 if "BEGIN" not in secret else 1])
    for part in (secret, repr(secret)[1:-1], quote(secret, safe=""), *secret.splitlines()):
        if "-----" not in part:
            assert part not in log()


def test_a_secret_in_a_traceback_is_kept_out(log, expect_log):
    expect_log("it failed")
    redact("hunter22")
    try:
        raise ValueError("login with hunter22 failed")
    except ValueError:
        logging.getLogger("fieldtool.x").exception("it failed")
    assert "ValueError" in log()
    assert "hunter22" not in log()


def test_no_message_forges_a_line_or_paints_on_a_terminal(log):
    logging.getLogger("fieldtool.x").info("name \x1b[2J\r\n2026-01-01T00:00:00.000Z INFO fieldtool: all is well")
    lines = log().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("    ")
    assert "\x1b" not in log()


@given(st.text(min_size=4, max_size=30), st.text(max_size=20), st.text(max_size=20))
def test_no_registered_secret_survives_anywhere(secret, before, after):
    module._secrets = frozenset()
    redact(secret)
    try:
        # What redaction itself writes may by chance hold a very short "secret", such as "reda".
        found = redacted(before + secret + after).replace(module.GONE, "").replace("[PEM block]", "")
        assert "-----" in secret or secret not in found
    finally:
        module._secrets = frozenset()


def test_a_very_short_secret_does_not_blacken_the_log():
    redact("a")
    assert redacted("a charger") == "a charger"


def test_the_log_rotates_and_keeps_five_files(log, data_folder, monkeypatch):
    handler = next(each for each in logging.getLogger().handlers if isinstance(each, module._LogFile))
    handler.maxBytes = 2_000
    for number in range(300):
        logging.getLogger("fieldtool.x").info("line %d of many, many lines", number)
    files = sorted(path.name for path in (data_folder / "log").iterdir())
    assert files == ["fieldtool.log", *(f"fieldtool.log.{number}" for number in range(1, 5))]
    assert all(path.stat().st_size <= 2_000 for path in (data_folder / "log").iterdir())
    assert "line 299 " in log()


def test_another_program_that_rotated_the_file_is_followed(log, data_folder):
    logging.getLogger("fieldtool.x").info("before")
    file = data_folder / "log" / "fieldtool.log"
    file.rename(file.with_suffix(".log.1"))
    logging.getLogger("fieldtool.x").info("after")
    assert "after" in log()
    assert "before" not in log()


def test_a_file_that_cannot_be_rotated_is_written_on(log, monkeypatch):
    handler = next(each for each in logging.getLogger().handlers if isinstance(each, module._LogFile))
    handler.maxBytes = 100

    def in_use(source, target):
        raise PermissionError(32, "The process cannot access the file")

    monkeypatch.setattr(handler, "rotate", in_use)
    for number in range(5):
        logging.getLogger("fieldtool.x").info("a line that is long enough to be rotated away, number %d", number)
    assert "number 4" in log()


def test_a_disk_that_is_full_disturbs_nobody(log, monkeypatch, capsys):
    handler = next(each for each in logging.getLogger().handlers if isinstance(each, module._LogFile))

    def full(text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(handler.stream, "write", full, raising=False)
    logging.getLogger("fieldtool.x").info("lost")
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_only_its_owner_may_read_the_log(log, data_folder):
    assert (data_folder / "log" / "fieldtool.log").stat().st_mode & 0o077 == 0


def test_setting_up_again_writes_to_the_other_folder_only(log, tmp_path):
    set_up_logging(tmp_path / "other")
    logging.getLogger("fieldtool.x").info("once")
    assert (tmp_path / "other" / "log" / "fieldtool.log").read_text().count("once") == 1
    assert "once" not in log()


def test_a_log_folder_that_cannot_be_made_is_a_storage_error_in_words(tmp_path):
    (tmp_path / "log").write_text("a file where the folder should be")
    with pytest.raises(StorageError) as caught:
        set_up_logging(tmp_path)
    assert caught.value.text is Text.DATABASE_UNWRITABLE
    assert os.fspath(tmp_path) in caught.value.what
