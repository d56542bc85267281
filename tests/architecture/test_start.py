"""What must not be loaded before it is needed: a start is felt on an old field laptop."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HEAVY = {
    "PySide6", "alembic", "cryptography", "fastapi", "keyring", "paramiko", "psutil", "pydantic", "securesystemslib",
    "sqlalchemy", "tuf", "urllib3", "uvicorn", "zeroconf",
}  # fmt: skip


def _loaded(root: Path, code: str) -> set[str]:
    """Top-level names in sys.modules of a fresh Python that ran `code`."""
    probe = f"import json, sys\n{code}\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    ended = subprocess.run([sys.executable, "-c", probe], cwd=root, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return set(json.loads(ended.stdout.splitlines()[-1]))


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_load_no_protocol_library(repository_root: Path, option: str) -> None:
    code = f"from fieldtool.cli.main import main\nassert main([{option!r}]) == 0"
    assert _loaded(repository_root, code) & HEAVY == set()


def test_core_is_the_standard_library_only(repository_root: Path) -> None:
    modules = sorted(path.stem for path in (repository_root / "fieldtool" / "core").glob("[a-z]*.py"))
    code = "\n".join(f"import fieldtool.core.{name}" for name in modules)
    bare = _loaded(repository_root, "")
    assert _loaded(repository_root, code) - bare - sys.stdlib_module_names == {"fieldtool"}


def test_a_driver_can_be_named_without_its_protocol_library(repository_root: Path) -> None:
    """App loads every driver's entry point at start; paramiko and its like wait until a session is opened."""
    project = tomllib.loads((repository_root / "pyproject.toml").read_text())["project"]
    drivers = [place.partition(":") for place in project["entry-points"]["fieldtool.drivers"].values()]
    code = "import importlib\n" + "\n".join(
        f"importlib.import_module({module!r}).{attribute}.name" for module, _, attribute in drivers
    )
    assert _loaded(repository_root, code) & HEAVY == set()
