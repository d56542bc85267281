"""The Debian package in a clean system without Python: it installs, tells its version, lives the story, opens a window.

`make deb` runs it. It needs root, debootstrap, and the machine's own package sources; the system below is made anew in
a folder of the test's own and seen by nobody else.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.deb,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(shutil.which("debootstrap") is None, reason="debootstrap is not installed"),
    pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a clean system is made by root"),
]
ROOT = Path(__file__).resolve().parents[2]
WINDOW_SECONDS = 60


class Clean:
    """A minimal Debian below `folder`. Its mounts end with the command that needs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, command: str, seconds: float = 300, accepted: tuple[int, ...] = (0,), **environment: str) -> str:
        place = shlex.quote(str(self.folder))
        mounts = f"mount -t proc proc {place}/proc && mount --rbind /dev {place}/dev"
        told = " ".join(f"{name}={shlex.quote(value)}" for name, value in environment.items())
        clean = f"env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/srv LANG=C.UTF-8 {told}"
        inside = f"exec chroot {place} {clean} sh -c {shlex.quote(command)}"
        ended = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", f"{mounts} && {inside}"],
            capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert ended.returncode in accepted, (
            f"{command}: {ended.returncode}\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}"
        )
        return ended.stdout


def _source() -> tuple[str, str]:
    """Where this machine gets Debian from, and which: as it is configured, named nowhere else."""
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)", "Created-By: Packages"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for line in told.splitlines():
        address, name, component = line.split(" ")
        if component == "main" and re.fullmatch("[a-z]+", name):
            return address, name
    pytest.skip("cannot: this machine has no source of Debian's packages")


@pytest.fixture(scope="module")
def package() -> Path:
    made = sorted((ROOT / "build").glob("fieldtool_*.deb"))
    assert made, "no package: `make deb` builds it before this test"
    return made[-1]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory, package: Path) -> Iterator[Clean]:
    folder = tmp_path_factory.mktemp("clean")
    address, name = _source()
    try:
        subprocess.run(
            ["debootstrap", "--variant=minbase", name, str(folder), address],
            check=True,
            capture_output=True,
            timeout=600,
        )
        for configured in ("/etc/resolv.conf", "/etc/hosts"):
            shutil.copyfile(configured, folder / configured[1:])
        for configured in ("/etc/apt/apt.conf.d", "/etc/apt/sources.list.d", "/etc/apt/trusted.gpg.d"):
            shutil.copytree(configured, folder / configured[1:], dirs_exist_ok=True)
        shutil.copyfile(package, folder / "srv" / "fieldtool.deb")
        system = Clean(folder)
        system.run("apt-get update && apt-get install -y --no-install-recommends /srv/fieldtool.deb", 600)
        yield system
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_it_installs_where_no_python_is(clean: Clean, package: Path) -> None:
    assert clean.run("command -v python3", accepted=(1, 127)) == ""
    assert clean.run("dpkg-query -W -f '${Status}' fieldtool") == "install ok installed"
    version = package.name.split("_")[1]
    assert version in clean.run("fieldtool --version")
    for path in ("usr/share/applications/fieldtool.desktop", "usr/lib/udev/rules.d/70-fieldtool.rules"):
        assert (clean.folder / path).is_file()


def test_its_self_test_answers(clean: Clean) -> None:
    told = json.loads(clean.run("fieldtool doctor --json --data /srv/laptop", accepted=(0, 2)))
    assert told  # 2: this system lacks something, and it says what


def test_the_whole_story_comes_true(clean: Clean) -> None:
    clean.run("cd /srv && fieldtool demo", 400, QT_QPA_PLATFORM="offscreen")
    summary = json.loads((clean.folder / "srv/build/demo/summary.json").read_text())
    assert {"done", "rolled_back", "refused"} <= {charger["outcome"] for charger in summary["chargers"]}
    assert summary["audit"]["verified"]


@pytest.mark.skipif(shutil.which("Xvfb") is None or shutil.which("xdotool") is None, reason="no Xvfb or xdotool")
def test_its_window_opens_on_an_x_server(clean: Clean) -> None:
    told, tell = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(tell), "-screen", "0", "1440x900x24", "-nolisten", "tcp"], pass_fds=[tell]
    ) as server:
        try:
            os.close(tell)
            display = f":{os.read(told, 16).decode().strip()}"
            look = f"timeout {WINDOW_SECONDS} xdotool search --sync --onlyvisible --name fieldtool"
            with subprocess.Popen(
                shlex.split(look), env={**os.environ, "DISPLAY": display}, stdout=subprocess.PIPE, text=True
            ) as seen:
                # `timeout` ends the window by SIGTERM, which is a normal end of it.
                window = f"timeout --preserve-status {WINDOW_SECONDS // 3} fieldtool --data /srv/window"
                clean.run(window, WINDOW_SECONDS * 2, (0, 143), DISPLAY=display)
                assert seen.stdout is not None and seen.stdout.read().strip(), "no window was seen"
        finally:
            os.close(told)
            server.terminate()


def test_it_goes_without_a_trace_of_its_own(clean: Clean) -> None:
    clean.run("apt-get remove -y fieldtool")
    assert not (clean.folder / "usr/lib/fieldtool").exists() and not (clean.folder / "usr/bin/fieldtool").exists()
