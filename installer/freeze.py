"""`make freeze`: builds dist/fieldtool with PyInstaller and runs it, without this checkout's Python, to see it work.

The frozen program gets a home and a data folder of its own under build/, no display and no D-Bus session.
"""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "dist" / "fieldtool" / ("fieldtool.exe" if os.name == "nt" else "fieldtool")
HOME = ROOT / "build" / "freeze-home"
ANSWERS_SECONDS = 60.0
DEMO_SECONDS = 300.0


class SmokeError(Exception):
    """The frozen program does not do what it must."""


def build() -> None:
    folders = [f"--distpath={ROOT / 'dist'}", f"--workpath={ROOT / 'build' / 'freeze'}"]
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level=WARN", *folders]
    subprocess.run([*command, str(ROOT / "installer" / "fieldtool.spec")], check=True)


def _environment() -> dict[str, str]:
    """Nothing of the developer's: no virtual environment, no PYTHONPATH, no display, no keyring."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
    kept["PATH"] = os.pathsep.join(part for part in kept.get("PATH", "").split(os.pathsep) if ".venv" not in part)
    places = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    return kept | dict.fromkeys(places, str(HOME)) | {"QT_QPA_PLATFORM": "offscreen"}


def _run(*arguments: str, seconds: float = ANSWERS_SECONDS, accepted: tuple[int, ...] = (0,)) -> str:
    HOME.mkdir(parents=True, exist_ok=True)
    ended = subprocess.run(
        [PROGRAM, *arguments],
        cwd=HOME,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    if ended.returncode not in accepted:
        words = f"{ended.stdout[-2000:]}\n{ended.stderr[-2000:]}"
        raise SmokeError(f"fieldtool {' '.join(arguments)} ended with {ended.returncode}:\n{words}")
    return ended.stdout


def smoke() -> None:
    """SmokeError unless version, self-test and the whole demo work in the frozen program."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    if version not in (told := _run("--version")):
        raise SmokeError(f"--version says {told!r}, not {version}")
    json.loads(_run("doctor", "--json", accepted=(0, 2)))  # 2: this machine lacks something, and it says what
    _run("demo", seconds=DEMO_SECONDS)
    summary = json.loads((HOME / "build" / "demo" / "summary.json").read_text())
    outcomes = {charger["outcome"] for charger in summary["chargers"]}
    if not {"done", "rolled_back", "refused"} <= outcomes or not summary["audit"]["verified"]:
        raise SmokeError(f"the demo told another story: {summary}")


def _megabytes(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


def main() -> int:
    try:
        build()
        smoke()
    except (SmokeError, subprocess.SubprocessError, OSError, ValueError) as error:
        print(f"freeze: {error}", file=sys.stderr)
        return 1
    print(f"{PROGRAM.parent.relative_to(ROOT)}: {_megabytes(PROGRAM.parent):.0f} MB; version, doctor and demo work")
    return 0


if __name__ == "__main__":
    sys.exit(main())
