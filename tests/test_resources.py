"""Resources are found in a checkout, in a wheel and in a frozen build."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fieldtool.core.errors import ExitCode, UsageError
from fieldtool.core.resources import firmware_cache_sample, resource
from fieldtool.core.texts import Text

# Prints where the two kinds of files were found, from whatever fieldtool this Python imports.
_ASK = """
from fieldtool.core.resources import firmware_cache_sample, resource
print(resource("profiles", "lab-citypost.toml"))
print(firmware_cache_sample("README.md"))
"""


def test_a_checkout_has_its_resources_beside_the_package(repository_root: Path) -> None:
    assert resource("profiles") == repository_root / "resources" / "profiles"
    assert firmware_cache_sample("README.md").parent == repository_root / "firmware-cache"


def test_a_missing_resource_says_that_the_installation_is_damaged() -> None:
    with pytest.raises(UsageError) as caught:
        resource("profiles", "not-there.toml")
    assert caught.value.text is Text.RESOURCE_MISSING
    assert caught.value.exit_code is ExitCode.USAGE
    assert "resources/profiles/not-there.toml" in caught.value.what


def test_a_frozen_build_looks_only_in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    with pytest.raises(UsageError):
        resource("profiles")  # not the checkout's
    (tmp_path / "resources" / "profiles").mkdir(parents=True)
    assert resource("profiles") == tmp_path / "resources" / "profiles"


@pytest.fixture(scope="module")
def wheel(repository_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this checkout, built by the locked build tool: no network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, repository_root]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (found,) = folder.glob("fieldtool-*.whl")
    return found


def test_a_wheel_brings_its_resources(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    ended = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n{_ASK}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    data = tmp_path / "site" / "fieldtool" / "_data"
    assert ended.stdout.splitlines() == [
        str(data / "resources" / "profiles" / "lab-citypost.toml"),
        str(data / "firmware-cache" / "README.md"),
    ], ended.stderr


def test_a_wheel_has_migrations_entry_points_and_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (entry_points,) = (name for name in names if name.endswith("entry_points.txt"))
        assert "[fieldtool.drivers]" in archive.read(entry_points).decode()
    assert "fieldtool/store/migrations/env.py" in names
    assert any(name.startswith("fieldtool/store/migrations/versions/v0001") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests/", "installer/", ".ci/")) for name in names)


@pytest.mark.slow
def test_a_really_frozen_program_finds_its_resources(repository_root: Path, tmp_path: Path) -> None:
    script = tmp_path / "ask.py"
    script.write_text(_ASK)
    data = [
        option
        for name in ("resources", "firmware-cache")
        for option in ("--add-data", f"{repository_root / name}:{name}")
    ]
    command = [sys.executable, "-m", "PyInstaller", "--onedir", "--noconfirm", "--log-level=ERROR", *data]
    places = ["--paths", repository_root, "--distpath", tmp_path / "dist", "--workpath", tmp_path / "work"]
    made = subprocess.run([*command, *places, "--specpath", tmp_path, script], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    ended = subprocess.run([tmp_path / "dist" / "ask" / "ask"], cwd=tmp_path, capture_output=True, text=True)
    profile, sample = ended.stdout.splitlines()
    inside = tmp_path / "dist" / "ask"
    assert Path(profile).is_relative_to(inside) and Path(profile).exists()
    assert Path(sample).is_relative_to(inside) and Path(sample).exists()
