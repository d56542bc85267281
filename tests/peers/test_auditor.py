"""An auditor without our code: the scripts of the guide, with real bash, jq, openssl and xxd."""

import re
import shutil
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldtool.audit.carried import Heading
from fieldtool.audit.checkpoint import Checkpoint, fingerprint
from fieldtool.audit.keys import PrivateKey
from fieldtool.audit.record import Event, Record, leaf, peek, seal
from fieldtool.audit.tree import Frontier
from tests.audit.support import Laptop, laptop

TOOLS = ("bash", "jq", "openssl", "xxd", "base64", "sha256sum")
pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(any(shutil.which(tool) is None for tool in TOOLS), reason=f"needs {', '.join(TOOLS)}"),
]
CENTRAL = Ed25519PrivateKey.generate()
RECEIVED = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
RECORDS, CONFIRMED = 8, 6


def _root(lines: list[bytes]) -> bytes:
    frontier = Frontier()
    for line in lines:
        frontier.add(leaf(line.rstrip()))
    return frontier.root()


def _note(here: Laptop, lines: list[bytes], key: Ed25519PrivateKey = CENTRAL, log: str | None = None) -> str:
    origin = f"central.example/audit/{log or here.log.log_id()}"
    return Checkpoint(origin, len(lines), _root(lines), RECEIVED).signed(key)


@pytest.fixture
def here(tmp_path: Path, repository_root: Path) -> Laptop:
    """A log of eight records and three keys, six of them confirmed; beside it what the guide asks for."""
    made = laptop(tmp_path / "data")
    for _ in range(2):
        made.log.record(Event("seen", charger="Bärenstraße 1\t\n"))
        made.log.roll(PrivateKey.new())
    for _ in range(3):
        made.log.record(Event("seen"))
    (tmp_path / "first.pem").write_text(made.log.public_key() or "")
    (tmp_path / "central.key").write_text(b64encode(CENTRAL.public_key().public_bytes_raw()).decode() + "\n")
    (tmp_path / "note.txt").write_text(_note(made, _lines(made)[:CONFIRMED]))
    guide = (repository_root / "resources/docs/guide/auditor.md").read_text(encoding="utf-8")
    for script in re.findall(r"```bash\n(.*?)```", guide, re.S):
        (tmp_path / script.split()[1].rstrip(":")).write_text(script)
    commands = re.search(r"## 3\. Both together\n\n((?:    .*\n)+)", guide)
    assert commands is not None
    (tmp_path / "both.sh").write_text("set -e\n" + commands[1])
    return made


def _lines(here: Laptop) -> list[bytes]:
    return [envelope + b"\n" for envelope in here.log.envelopes(0, 99)]


def _heading(here: Laptop) -> bytes:
    return Heading(here.log.log_id() or "", "0" * 64, 0, RECORDS, here.log.root()).line()


def _run(folder: Path, *command: str, lines: list[bytes] | None = None) -> "subprocess.CompletedProcess[str]":
    content = b"".join(lines or []).decode()
    return subprocess.run(
        ["bash", *command], cwd=folder, input=content, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_guide_s_scripts_follow_a_log_over_every_roll_over_up_to_central_s_note(
    here: Laptop, tmp_path: Path
) -> None:
    lines = _lines(here)
    (tmp_path / "log.ndjson").write_bytes(b"".join([_heading(here), *lines]))
    both = _run(tmp_path, "both.sh")
    assert (both.returncode, both.stdout) == (0, "the log is what the central system confirmed\n")
    assert fingerprint(CENTRAL.public_key()) in both.stderr
    assert "received 2026-03-01T09:00:00.000Z" in both.stderr
    log, confirmed, all_of_it = here.log.log_id(), _root(lines[:CONFIRMED]).hex(), _root(lines).hex()
    assert (tmp_path / "found").read_text() == f"{log} {CONFIRMED} {confirmed}\n{log} {RECORDS} {all_of_it}\n"


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_the_root_is_that_of_the_rfc_at_any_size(here: Laptop, tmp_path: Path, size: int) -> None:
    lines = _lines(here)[:size]
    done = _run(tmp_path, "check-log.sh", lines=lines)
    assert done.stdout == f"{here.log.log_id()} {size} {_root(lines).hex()}\n"


def _edited(line: bytes) -> bytes:
    payload = b64decode(line.split(b'"')[3])
    return line.replace(line.split(b'"')[3], b64encode(payload.replace(b'"event":"seen"', b'"event":"sean"')))


def _resigned(here: Laptop, line: bytes) -> bytes:
    own = peek(line.rstrip())
    key = PrivateKey.new()
    return seal(Record(own.log, own.seq, own.prev, own.at, own.clock, own.actor, Event("other")), key) + b"\n"


LIES: dict[str, tuple[Callable[[Laptop, list[bytes]], list[bytes]], str]] = {
    "removed": (lambda _, lines: lines[:1] + lines[2:], "record 2: has the number 3"),
    "swapped": (lambda _, lines: [lines[0], lines[2], lines[1], *lines[3:]], "record 2: "),
    "doubled": (lambda _, lines: [*lines[:2], *lines[1:]], "record 3: has the number 2"),
    "the introduction removed": (lambda _, lines: lines[:2] + lines[3:], "record 3: its signature does not fit"),
    "edited": (lambda _, lines: [lines[0], _edited(lines[1]), *lines[2:]], "record 2: its signature does not fit"),
    "signed by a stranger": (
        lambda here, lines: [*lines[:7], _resigned(here, lines[7]), *lines[8:]],
        "record 8: its signature does not fit",
    ),
    "garbage": (lambda _, lines: [*lines[:3], b"hello\n", *lines[3:]], "record 4: is no record"),
    "nothing": (lambda _, __: [], "record 1: there is none"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_log_that_was_changed_stops_at_the_record_that_is_wrong(here: Laptop, tmp_path: Path, lie: str) -> None:
    change, expected = LIES[lie]
    done = _run(tmp_path, "check-log.sh", lines=change(here, _lines(here)))
    assert done.returncode != 0
    assert done.stdout == ""
    assert expected in done.stderr


def test_another_first_key_fits_no_record(here: Laptop, tmp_path: Path) -> None:
    (tmp_path / "first.pem").write_text(PrivateKey.new().public.pem)
    assert "record 1: its signature" in _run(tmp_path, "check-log.sh", lines=_lines(here)).stderr


@pytest.mark.parametrize("left", [CONFIRMED - 1, 1])
def test_a_log_whose_confirmed_end_is_missing_shows(here: Laptop, tmp_path: Path, left: int) -> None:
    (tmp_path / "log.ndjson").write_bytes(b"".join(_lines(here)[:left]))
    both = _run(tmp_path, "both.sh")
    assert both.returncode != 0
    assert f"the log ends before record {CONFIRMED}" in both.stderr


def test_a_log_that_was_written_anew_with_the_laptop_s_own_key_shows(here: Laptop, tmp_path: Path) -> None:
    """Whoever has the key can forge a chain that holds; central's root says that it is another one."""
    other = [*_lines(here)[:5], b""]
    key, record, prev = here.log.key(), peek(_lines(here)[4].rstrip()), leaf(_lines(here)[4].rstrip())
    assert key is not None
    for number in range(6, RECORDS + 1):
        made = Record(record.log, number, prev.hex(), record.at, record.clock, record.actor, Event("forged"))
        other.append(seal(made, key) + b"\n")
        prev = leaf(other[-1].rstrip())
    lines = [line for line in other if line]
    assert _run(tmp_path, "check-log.sh", lines=lines).returncode == 0
    (tmp_path / "log.ndjson").write_bytes(b"".join(lines))
    both = _run(tmp_path, "both.sh")
    assert both.returncode != 0
    assert "what the central system confirmed" not in both.stdout


NOTES: dict[str, tuple[Callable[[Laptop, list[bytes]], str], str]] = {
    "another key": (lambda here, lines: _note(here, lines, Ed25519PrivateKey.generate()), "signed with another key"),
    "another size": (lambda here, lines: _note(here, lines).replace("\n6\n", "\n7\n"), "does not fit"),
    "another time": (lambda here, lines: _note(here, lines).replace("T09", "T10"), "does not fit"),
    "no signature": (lambda here, lines: _note(here, lines).split("\n\n")[0] + "\n\n", "signed with another key"),
}


@pytest.mark.parametrize("lie", NOTES)
def test_a_note_that_does_not_hold_is_refused(here: Laptop, tmp_path: Path, lie: str) -> None:
    change, expected = NOTES[lie]
    (tmp_path / "note.txt").write_text(change(here, _lines(here)[:CONFIRMED]))
    done = _run(tmp_path, "check-note.sh", "note.txt", "central.key")
    assert (done.returncode != 0, done.stdout) == (True, "")
    assert expected in done.stderr


def test_a_note_about_another_log_confirms_nothing(here: Laptop, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text(_note(here, _lines(here)[:CONFIRMED], log="f" * 32))
    (tmp_path / "log.ndjson").write_bytes(b"".join(_lines(here)))
    assert _run(tmp_path, "both.sh").returncode != 0
