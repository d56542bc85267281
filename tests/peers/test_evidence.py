"""Evidence without fieldtool: the procedure of the guide, run as it stands there with jq and openssl."""

import json
import re
import shutil
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(
        shutil.which("openssl") is None or shutil.which("jq") is None, reason="openssl or jq is missing"
    ),
]
GOLDEN = Path(__file__).parents[1] / "golden" / "evidence-v1"
ROOT = (GOLDEN / "roots.txt").read_text().split()[1]


def _procedure(repository_root: Path) -> str:
    guide = (repository_root / "resources/docs/guide/evidence.md").read_text(encoding="utf-8")
    chapter = guide[guide.index("### Without fieldtool") :]
    found = re.search(r"```\n(.*?)```", chapter, re.DOTALL)
    assert found is not None
    return found[1]


def _run(repository_root: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    script = "set -euo pipefail\n" + _procedure(repository_root)
    return subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["visit.json", "run.json"])
def test_the_guides_procedure_verifies_evidence(name: str, repository_root: Path, tmp_path: Path) -> None:
    shutil.copy(GOLDEN / name, tmp_path / "report.json")
    done = _run(repository_root, tmp_path)
    assert done.returncode == 0 and "Verified OK" in done.stdout, done.stderr
    keys = json.loads((tmp_path / "document.json").read_text())["keys"]
    assert keys[0]["id"] == ROOT and done.stdout.startswith(keys[-1]["id"])


def test_the_guides_procedure_refuses_an_altered_document(repository_root: Path, tmp_path: Path) -> None:
    outer = json.loads((GOLDEN / "run.json").read_text())
    altered = b64decode(outer["payload"]).replace(b'"throw_away":false', b'"throw_away":true ')
    (tmp_path / "report.json").write_text(json.dumps({**outer, "payload": b64encode(altered).decode()}))
    done = _run(repository_root, tmp_path)
    assert done.returncode != 0 and "Verified OK" not in done.stdout
