"""The public TUF conformance suite (github.com/theupdateframework/tuf-conformance), for who has a checkout of it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = "FIELDTOOL_TUF_CONFORMANCE"  # names its folder
# The suite calls `faketime 'YYYY-mm-dd HH:MM:SS' client ...`; our client takes the time that it judges at as a value.
FAKETIME = """#!/bin/sh
CONFORMANCE_NOW="$(echo "$1" | sed -e 's/ /T/' -e 's/\\.[0-9]*//' -e 's/+00:00$//' -e 's/$/+00:00/')"
export CONFORMANCE_NOW
shift
exec "$@"
"""


@pytest.mark.skipif(CHECKOUT not in os.environ, reason=f"{CHECKOUT} names no checkout of the suite")
@pytest.mark.timeout(900)
def test_the_public_conformance_suite_passes(tmp_path: Path, repository_root: Path) -> None:
    faketime = tmp_path / "bin" / "faketime"
    faketime.parent.mkdir()
    faketime.write_text(FAKETIME)
    faketime.chmod(0o755)
    client = repository_root / "tests" / "firmware" / "conformance_client.py"
    environment = os.environ | {
        "PATH": f"{faketime.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(repository_root),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "tuf_conformance", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
         "--entrypoint", f"{sys.executable} {client}"],
        cwd=os.environ[CHECKOUT], env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-1000:]
    passed = re.search(r"(\d+) passed", ended.stdout)
    assert passed is not None and int(passed[1]) >= 100, ended.stdout[-500:]
    print(ended.stdout.splitlines()[-1])
