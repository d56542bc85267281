"""An auditor without our code: the script of the guide, with real bash, jq and openssl."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from fieldtool.audit.keys import PrivateKey
from fieldtool.audit.record import Event
from tests.audit.support import laptop

TOOLS = ("bash", "jq", "openssl", "base64", "sha256sum")
pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(any(shutil.which(tool) is None for tool in TOOLS), reason=f"needs {', '.join(TOOLS)}"),
]


@pytest.fixture
def folder(tmp_path: Path, repository_root: Path) -> Path:
    """An exported log of six records and three keys, and the guide's script."""
    here = laptop(tmp_path / "data")
    for _ in range(2):
        here.log.record(Event("seen", charger="Bärenstraße 1"))
        here.log.roll(PrivateKey.new())
    here.log.record(Event("seen"))
    (tmp_path / "log.ndjson").write_bytes(b"".join(line + b"\n" for line in here.log.envelopes(0, 9)))
    (tmp_path / "first.pem").write_text(here.log.public_key() or "")
    here.store.close()
    guide = (repository_root / "resources/docs/guide/keys.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"```bash\n(.*?)```", guide, re.S)
    (tmp_path / "check.sh").write_text(script)
    return tmp_path


def _check(folder: Path, lines: list[bytes]) -> tuple[int, str]:
    done = subprocess.run(
        ["bash", "check.sh"], cwd=folder, input=b"".join(lines), capture_output=True, check=False, timeout=60
    )
    return done.returncode, done.stdout.decode()


def test_the_guide_s_script_follows_a_log_over_every_roll_over(folder: Path) -> None:
    lines = (folder / "log.ndjson").read_bytes().splitlines(keepends=True)
    assert _check(folder, lines) == (0, "6\n")


def test_the_guide_s_script_stops_at_what_was_altered_removed_or_signed_by_another_key(folder: Path) -> None:
    lines = (folder / "log.ndjson").read_bytes().splitlines(keepends=True)
    for wrong in (
        lines[:1] + lines[2:],  # removed
        [lines[0], lines[2], lines[1], *lines[3:]],  # swapped
        lines[:2] + lines[3:],  # the introduction removed
        [lines[0].replace(b'"sig":"M', b'"sig":"N'), *lines[1:]],
    ):
        code, told = _check(folder, wrong)
        assert code != 0
        assert told == ""
    (folder / "first.pem").write_text(PrivateKey.new().public.pem)
    assert _check(folder, lines)[0] != 0
