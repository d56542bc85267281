"""Writes requirements.lock from pyproject.toml: every package of every extra and of the build, with hashes, for all
platforms and Pythons that we serve, and without any address. `make lock`; needs a package index.

The first line names the digest of the dependencies that it was made from; `make check` compares.
"""

import hashlib
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FIRST_LINE = "# Made by `make lock` from dependencies "
# Hatchling asks for it when it builds the editable package of a checkout; pyproject.toml cannot say so.
EDITABLE = "editables>=0.5"


def dependencies(pyproject: dict[str, Any]) -> list[str]:
    """All requirements that the lock must satisfy: the program's, of every extra, and the build tool's."""
    project = pyproject["project"]
    extras = [item for items in project["optional-dependencies"].values() for item in items]
    own = project["name"]
    wanted = [*project["dependencies"], *extras, *pyproject["build-system"]["requires"], EDITABLE]
    return sorted(item for item in wanted if not item.startswith(f"{own}["))


def digest(pyproject: dict[str, Any]) -> str:
    told = json.dumps([dependencies(pyproject), pyproject["project"]["requires-python"]])
    return hashlib.sha256(told.encode()).hexdigest()


def _uv() -> Path:
    scripts = Path(sys.executable).parent
    uv = scripts / ("uv.exe" if os.name == "nt" else "uv")
    if not uv.exists():
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "uv"], check=True)
    return uv


def main() -> int:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    oldest = pyproject["project"]["requires-python"].removeprefix(">=")
    options = ["--quiet", "--universal", "--generate-hashes", "--no-header", "--no-annotate", "--upgrade"]
    made = subprocess.run(
        [_uv(), "pip", "compile", *options, "--python-version", oldest, "-"],
        input="\n".join(dependencies(pyproject)),
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    if made.returncode:
        print(made.stderr, file=sys.stderr)
        return made.returncode
    (ROOT / "requirements.lock").write_text(f"{FIRST_LINE}{digest(pyproject)}\n{made.stdout}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
