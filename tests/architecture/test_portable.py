"""fieldtool runs on Windows laptops: what only Unix has must not be needed to import a module."""

import json
import subprocess
import sys
from pathlib import Path

# Runs in a process of its own. First everything is imported as it is here, so that third-party packages are loaded in
# their Linux form; then fieldtool alone is imported again by an interpreter that pretends to be on Windows.
_PROBE = r"""
import builtins, importlib, json, os, pkgutil, signal, socket, sys, traceback, types

import fieldtool


def names():
    found = ["fieldtool"]
    found += [m.name for m in pkgutil.walk_packages(fieldtool.__path__, "fieldtool.", onerror=lambda name: None)]
    return [n for n in found if not n.endswith("__main__") and ".migrations" not in n]


def load_all():
    failed = {}
    for name in names():
        try:
            importlib.import_module(name)
        except BaseException as error:
            failed[name] = "".join(traceback.format_exception_only(error)).strip()
    return failed


broken_here = load_all()
for name in [n for n in sys.modules if n == "fieldtool" or n.startswith("fieldtool.")]:
    del sys.modules[name]

HIDDEN = {"fcntl", "termios", "pty", "tty", "resource", "pwd", "grp", "syslog"}
real_import = builtins.__import__


def windows_import(name, globals=None, locals=None, fromlist=(), level=0):
    importer = (globals or {}).get("__name__", "")
    if name.split(".")[0] in HIDDEN and importer.startswith("fieldtool"):
        raise ModuleNotFoundError(f"No module named {name!r} (on Windows)", name=name)
    return real_import(name, globals, locals, fromlist, level)


builtins.__import__ = windows_import
for module, attributes in (
    (os, ("fork", "getuid", "geteuid", "setsid", "killpg", "getpgid", "O_NOFOLLOW", "O_DIRECTORY", "mkfifo")),
    (signal, ("SIGKILL", "SIGHUP", "SIGALRM", "SIGUSR1")),
    (socket, ("AF_UNIX", "TCP_USER_TIMEOUT", "SO_REUSEPORT")),
):
    for attribute in attributes:
        if hasattr(module, attribute):
            delattr(module, attribute)
sys.modules["msvcrt"] = types.SimpleNamespace(locking=None, LK_NBLCK=2, LK_LOCK=1)
sys.modules["winreg"] = types.ModuleType("winreg")
sys.platform = "win32"
import fieldtool
broken = {name: error for name, error in load_all().items() if name not in broken_here}
sys.platform = "linux"
print(json.dumps({"modules": names(), "broken_here": broken_here, "broken_on_windows": broken}))
os._exit(0) if sys.stdout.flush() is None else None
"""


def _probe(root: Path, code: str = _PROBE) -> dict[str, dict[str, str]]:
    ended = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code], cwd=root, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, dict[str, str]] = json.loads(ended.stdout.splitlines()[-1])
    return found


def test_every_module_can_be_imported_without_what_only_unix_has(repository_root: Path) -> None:
    found = _probe(repository_root)
    assert found["broken_here"] == {}
    assert found["broken_on_windows"] == {}
    assert len(found["modules"]) > 40


def test_an_import_that_only_unix_has_is_found(tmp_path: Path) -> None:
    package = tmp_path / "fieldtool"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "needs_unix.py").write_text("import fcntl")
    (package / "needs_flag.py").write_text("import os\nFLAGS = os.O_NOFOLLOW")
    (package / "asks_first.py").write_text("import sys\nif sys.platform != 'win32':\n    import fcntl")
    assert set(_probe(tmp_path)["broken_on_windows"]) == {"fieldtool.needs_unix", "fieldtool.needs_flag"}
