"""`make deb`: build/fieldtool_VERSION_ARCH.deb, the frozen program as a package of Debian and Ubuntu.

What it depends on is computed from its own binaries by dpkg-shlibdeps, so it runs where that says it does. Needs
dpkg-dev; tests/installer/deb_package.py installs it in a clean chroot without Python and starts it there.
"""

import gzip
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import freeze

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build" / "deb"
FROZEN = ROOT / "dist" / "fieldtool"
LIBRARY = Path("usr/lib/fieldtool")
# Qt loads these by name, so that no binary names them: without them no window opens on X11 or in a bare container.
LOADED_BY_NAME = ("libxcb-cursor0", "libxkbcommon-x11-0", "libegl1", "libgl1", "libfontconfig1", "libdbus-1-3")
MAINTAINER = "fieldtool <fieldtool@example.invalid>"
SUMMARY = "find, update, prove and record EV chargers on site, offline"
STORY = """\
A field-service tool for EV chargers: it finds the chargers of a site, decides
from a signed offline catalogue what each may run, updates them with rollback,
brings dead ones back over their service cable, and keeps signed records."""

AFTER = """\
#!/bin/sh
set -e
if [ "$1" = configure ] && [ -d /run/udev ]; then udevadm control --reload; fi
"""


def project() -> dict[str, str]:
    found: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def stage(root: Path) -> None:
    """Everything where Debian wants it, below `root`."""
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(FROZEN, root / LIBRARY, symlinks=True)
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/fieldtool").symlink_to("../lib/fieldtool/fieldtool")
    linux = ROOT / "installer" / "linux"
    _copy(linux / "fieldtool.desktop", root / "usr/share/applications/fieldtool.desktop")
    _copy(linux / "fieldtool.svg", root / "usr/share/icons/hicolor/scalable/apps/fieldtool.svg")
    _copy(ROOT / "installer/udev/70-fieldtool.rules", root / "usr/lib/udev/rules.d/70-fieldtool.rules")
    _copy(ROOT / "LICENSE", root / "usr/share/doc/fieldtool/copyright")
    changes = root / "usr/share/doc/fieldtool/changelog.gz"
    changes.write_bytes(gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), 9, mtime=0))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o644)


def binaries(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield path


def depends(root: Path) -> str:
    """Value of "Depends": packages whose libraries the binaries load and do not bring themselves."""
    (WORK / "debian").mkdir(parents=True, exist_ok=True)
    (WORK / "debian" / "control").write_text("Source: fieldtool\n\nPackage: fieldtool\nArchitecture: any\n")
    own = sorted({str(path.parent) for path in binaries(root)})
    command = ["dpkg-shlibdeps", "-O", "--ignore-missing-info", "--warnings=0", *(f"-l{folder}" for folder in own)]
    told = subprocess.run(
        [*command, *(f"-e{path}" for path in binaries(root))],
        cwd=WORK, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    computed = next(line for line in told.splitlines() if line.startswith("shlibs:Depends="))
    found = computed.removeprefix("shlibs:Depends=").split(", ")
    named = {one.split(" ")[0] for one in found}
    return ", ".join(sorted([*found, *(name for name in LOADED_BY_NAME if name not in named)]))


def control(root: Path) -> None:
    about, size = project(), sum(path.lstat().st_size for path in root.rglob("*") if path.is_file())
    arch = subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout.strip()
    story = "\n".join(f" {line}" for line in STORY.splitlines())
    fields = {
        "Package": "fieldtool",
        "Version": about["version"],
        "Architecture": arch,
        "Maintainer": MAINTAINER,
        "Installed-Size": str(size // 1024),
        "Depends": depends(root),
        "Recommends": "gnome-keyring | kwalletmanager",
        "Section": "utils",
        "Priority": "optional",
        "Description": f"{SUMMARY}\n{story}",
    }
    folder = root / "DEBIAN"
    folder.mkdir(mode=0o755)
    (folder / "control").write_text("".join(f"{name}: {value}\n" for name, value in fields.items()), encoding="utf-8")
    script = folder / "postinst"
    script.write_text(
        '#!/bin/sh\nset -e\nif [ "$1" = configure ] && [ -d /run/udev ]; then udevadm control --reload; fi\n'
    )
    script.chmod(0o755)


def pack(root: Path) -> Path:
    """The package; the same bytes for the same input on the same day."""
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", "-Zxz", str(root), str(ROOT / "build")], check=True)
    made = sorted((ROOT / "build").glob("fieldtool_*.deb"), key=lambda path: path.stat().st_mtime)
    return made[-1]


def main() -> int:
    try:
        if not (FROZEN / "fieldtool").exists() or "--fresh" in sys.argv[1:]:
            freeze.build()
        stage(WORK / "root")
        control(WORK / "root")
        package = pack(WORK / "root")
    except FileNotFoundError as error:
        print(f"deb: {error.filename} is missing; on Debian: apt-get install dpkg-dev", file=sys.stderr)
        return 1
    except (subprocess.SubprocessError, OSError) as error:
        print(f"deb: {error}", file=sys.stderr)
        return 1
    print(f"{package.relative_to(ROOT)}: {package.stat().st_size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
