"""Prepares this checkout: `.venv` from requirements.lock, system libraries, and with --peers the programs tests drive.

Standard library only, so that it runs on a bare machine: `python3 .ci/setup.py` (Windows: `py .ci\\setup.py`).
Does nothing, within 0.1 s, when the stamp in `.venv` says that lock, pyproject and this file are the ones it was made
from. Packages come only through pip as this machine is configured. Exit 2 with one sentence and one command when
something is missing that it may not install.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import importlib.util
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)
NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")

# Library that Qt loads -> Debian's package of it (design: ui.md, offscreen needs).
LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
}
# Without these a window opens offscreen and on Wayland, but not on an X11 display.
X11_LIBRARIES = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
# Program (or file) that shows the package is there -> Debian's package.
PEERS = {
    "rauc": "rauc",
    "/usr/share/dbus-1/system.d/de.pengutronix.rauc.conf": "rauc-service",
    "swupdate": "swupdate",
    "cpio": "cpio",
    "avahi-daemon": "avahi-daemon",
    "avahi-publish": "avahi-utils",
    "sshd": "openssh-server",
    "sftp": "openssh-client",
    "sshpass": "sshpass",
    "dbus-daemon": "dbus",
    "dbus-run-session": "dbus",
    "dbus-launch": "dbus-x11",
    "ip": "iproute2",
    "mksquashfs": "squashfs-tools",
    "jq": "jq",
    "zip": "zip",
    "unzip": "unzip",
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "gnome-keyring-daemon": "gnome-keyring",
    "softhsm2-util": "softhsm2",
    "openssl": "openssl",
    "qemu-system-arm": "qemu-system-arm",
    "qemu-system-aarch64": "qemu-system-arm",
    "/usr/lib/u-boot/qemu_arm64/u-boot.bin": "u-boot-qemu",
    "mkimage": "u-boot-tools",
    "mkenvimage": "u-boot-tools",
    "dtc": "device-tree-compiler",
    "fdtput": "device-tree-compiler",
    "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu",
    "sb": "lrzsz",
    "rb": "lrzsz",
    "pg_ctlcluster": "postgresql",
    "pdftotext": "poppler-utils",
    "pdftoppm": "poppler-utils",
    "zstd": "zstd",
    "dpkg-shlibdeps": "dpkg-dev",
    "debootstrap": "debootstrap",
}
SERVICE_POLICY = Path("/usr/sbin/policy-rc.d")  # exit code 101 from it: a package may not start its service


class SetupError(Exception):
    """One sentence for the person at the terminal, with the command that helps."""


def run(command: Sequence[str | Path], **environment: str) -> bool:
    """True when `command` succeeded. Its output goes to the terminal; it gets no input."""
    words = [str(word) for word in command]
    return subprocess.run(words, stdin=subprocess.DEVNULL, env={**os.environ, **environment}).returncode == 0


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _path() -> str:
    """PATH with the folders of daemons, which many shells leave out, and without which dpkg refuses to work."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"))


def _is_there(peer: str) -> bool:
    return Path(peer).exists() if peer.startswith("/") else shutil.which(peer, path=_path()) is not None


@dataclass(frozen=True)
class Machine:
    """What this machine has and lets us do."""

    linux: bool = sys.platform == "linux"
    debian: bool = field(default_factory=lambda: shutil.which("apt-get") is not None)
    root: bool = field(default_factory=_is_root)
    loads: Callable[[str], bool] = _loads
    is_there: Callable[[str], bool] = _is_there
    has_module: Callable[[str], bool] = lambda name: importlib.util.find_spec(name) is not None
    run: Callable[..., bool] = run
    service_policy: Path = SERVICE_POLICY

    def install(self, packages: Sequence[str]) -> bool:
        """Install Debian packages without starting the services in them. True when all are installed."""
        options = ("--no-install-recommends", "--no-upgrade")  # what is there already stays as it is
        command = ("apt-get", "install", "-y", "-q", *options, *packages)
        quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1", "PATH": _path()}
        with _no_services(self.service_policy):
            if self.run(command, **quiet):
                return True
            self.run(("apt-get", "update", "-q"), **quiet)  # a fresh image has no lists, or old ones
            return self.run(command, **quiet)


@contextlib.contextmanager
def _no_services(policy: Path) -> Iterator[None]:
    if policy.exists():
        yield  # the machine has an opinion of its own (containers have: never start)
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the file goes even then
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)
        signal.signal(signal.SIGTERM, before)


def by_hand(packages: Sequence[str]) -> str:
    return "sudo apt-get install -y " + " ".join(packages)


def provide(machine: Machine, packages: Sequence[str], reason: str) -> None:
    """Install `packages`, or say in a SetupError which one command does."""
    if not packages:
        return
    if not (machine.debian and machine.root and machine.install(packages)):
        raise SetupError(f"{reason}. Run: {by_hand(packages)}")


def system_libraries(machine: Machine) -> None:
    """Qt's libraries. Those that only an X11 display needs are a note, not an obstacle."""
    if not machine.linux:
        return
    missing = {name: package for name, package in LIBRARIES.items() if not machine.loads(name)}
    extra = [package for name, package in X11_LIBRARIES.items() if not machine.loads(name)]
    if missing and not machine.debian:
        raise SetupError(f"Qt needs {', '.join(missing)}. Install the packages of your system that have them")
    if missing:
        more = extra if machine.root else []
        provide(machine, [*missing.values(), *more], f"Qt needs {', '.join(missing)}")
    elif extra and not (machine.debian and machine.root and machine.install(extra)):
        print(f"setup: to open the window on an X11 display: {by_hand(extra)}", flush=True)


def python_venv(machine: Machine) -> None:
    """Debian splits venv and pip's installer from Python."""
    if machine.has_module("venv") and machine.has_module("ensurepip"):
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if not machine.debian:
        raise SetupError("This Python has no venv module. Use a complete Python: make PYTHON=/path/to/python3 …")
    provide(machine, [package], "This Python cannot make virtual environments")


def peers(machine: Machine) -> None:
    """Programs that tests marked `peer` drive. Without them those tests are skipped, and say so."""
    missing = list(dict.fromkeys(package for peer, package in PEERS.items() if not machine.is_there(peer)))
    if not missing or not machine.linux:
        return
    if machine.debian and machine.root:
        if machine.install(missing):
            return
        missing = [package for package in missing if not machine.install([package])]
    if missing:
        print(f"setup: tests that need {', '.join(missing)} will be skipped.", flush=True)
        if machine.debian:
            print(f"setup: to run them too: {by_hand(missing)}", flush=True)


def fetched_peers(machine: Machine, root: Path) -> None:
    """Programs that no Debian package has; the tests themselves have no network to fetch them with."""
    if machine.linux and not machine.run([venv_python(root), "-m", "tests.peers.smp_programs"]):
        print("setup: tests that need programs from the package index will be skipped.", flush=True)


# ---- the virtual environment ----------------------------------------------------------------------------------------


def venv_python(root: Path) -> Path:
    return root / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint(root: Path) -> str:
    """Changes when the virtual environment has to be brought up to date, or when the checkout was moved."""
    digest = hashlib.sha256(str(root).encode())
    for name in ("requirements.lock", "pyproject.toml", ".ci/setup.py"):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def _stamp(root: Path) -> Path:
    return root / ".venv" / "fieldtool-setup.sha256"


def is_ready(root: Path) -> bool:
    stamp = _stamp(root)
    return venv_python(root).exists() and stamp.exists() and stamp.read_text() == fingerprint(root)


def _fits(python: Path) -> bool:
    code = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
    return python.exists() and subprocess.run([python, "-c", code], capture_output=True).returncode == 0


def virtual_environment(machine: Machine, root: Path) -> None:
    """`.venv` with exactly the locked packages (hashes checked) and fieldtool itself, editable."""
    python = venv_python(root)
    if not _fits(python):
        print("setup: making .venv", flush=True)
        python_venv(machine)
        if not machine.run([sys.executable, "-m", "venv", "--clear", root / ".venv"]):
            raise SetupError(f"No virtual environment could be made in {root / '.venv'}")
    print("setup: installing the locked packages", flush=True)
    pip = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    if not machine.run([*pip, "--require-hashes", "--only-binary", ":all:", "-r", root / "requirements.lock"]):
        raise SetupError("pip could not install requirements.lock. Check the network, then run the same again")
    # The build tool is one of the locked packages: nothing unlocked is fetched to build this.
    if not machine.run([*pip, "--no-deps", "--no-build-isolation", "--no-index", "--editable", root]):
        raise SetupError("fieldtool could not be installed into .venv")
    _stamp(root).write_text(fingerprint(root))


# ---- one at a time --------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    (root / "build").mkdir(exist_ok=True)
    with (root / "build" / "setup.lock").open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # tries for ten seconds, then raises OSError
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield  # closing the file, or a kill, frees it


def _use_newer_python() -> None:
    if sys.version_info >= OLDEST:
        return
    for name in NEWER_PYTHONS:
        found = shutil.which(name)
        if found and subprocess.run([found, "--version"], capture_output=True).returncode == 0:
            sys.exit(subprocess.call([found, *sys.argv]))
    found_version = ".".join(str(part) for part in sys.version_info[:2])
    raise SetupError(f"fieldtool needs Python 3.11 or newer; this is {found_version}. Use: make PYTHON=python3.12 …")


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """0: ready. 2: something is missing, said in one sentence. Sentences go to standard error."""
    unknown = set(arguments) - {"--peers"}
    if unknown:
        print(f"setup: unknown argument {shlex.join(unknown)}; known: --peers", file=sys.stderr)
        return 2
    try:
        _use_newer_python()
        machine = Machine()
        if not is_ready(root):
            with _alone(root):
                if not is_ready(root):  # another make may have done it meanwhile
                    system_libraries(machine)
                    virtual_environment(machine, root)
        if "--peers" in arguments:
            peers(machine)
            fetched_peers(machine, root)
    except SetupError as error:
        print(f"setup: {error}.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
