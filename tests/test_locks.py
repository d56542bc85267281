"""Locks: one writer at a time, freed by a kill, and the message names who holds it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from fieldtool.core.errors import ExitCode, RefusedError
from fieldtool.core.texts import Text
from fieldtool.store.locks import exclusive

_HOLDER = """
import sys
from pathlib import Path
from fieldtool.store.locks import exclusive
with exclusive(Path(sys.argv[1]), "charger-731", "Charger 731", "the window"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def _holder(folder: Path, root: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", _HOLDER, str(folder)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=root)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def _refusal(folder: Path) -> RefusedError:
    with pytest.raises(RefusedError) as refused, exclusive(folder, "charger-731", "Charger 731", "me"):
        pass
    return refused.value


def test_another_process_is_refused_and_told_who_holds_it(tmp_path: Path, repository_root: Path) -> None:
    with _holder(tmp_path, repository_root) as process:
        refused = _refusal(tmp_path)
        assert refused.text is Text.LOCKED
        assert refused.what == f"Charger 731 is in use by the window (process {process.pid})."
        assert refused.exit_code is ExitCode.REFUSED
        with exclusive(tmp_path, "charger-732", "Charger 732", "me"):
            pass  # another charger is free


def test_a_kill_frees_the_lock(tmp_path: Path, repository_root: Path) -> None:
    with _holder(tmp_path, repository_root) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with exclusive(tmp_path, "charger-731", "Charger 731", "me"):
        pass


def test_a_program_that_the_holder_started_does_not_keep_the_lock(tmp_path: Path) -> None:
    """A kill must free it even while a child, a viewer say, lives on."""
    with exclusive(tmp_path, "charger-731", "Charger 731", "me"):
        child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    try:
        with exclusive(tmp_path, "charger-731", "Charger 731", "me"):
            pass
    finally:
        child.communicate()


def test_the_same_process_cannot_hold_it_twice(tmp_path: Path) -> None:
    with exclusive(tmp_path, "charger-731", "Charger 731", "me"):
        assert f"me (process {os.getpid()})" in _refusal(tmp_path).what
    with exclusive(tmp_path, "charger-731", "Charger 731", "me"):
        pass


def test_it_is_free_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError), exclusive(tmp_path, "charger-731", "Charger 731", "me"):
        raise KeyError
    with exclusive(tmp_path, "charger-731", "Charger 731", "me"):
        pass


def test_a_name_that_a_charger_chose_stays_inside_the_folder(tmp_path: Path) -> None:
    for name in ("../../evil", "a/b", "a\\b", "..", "x" * 5000, "Ä\n"):
        with exclusive(tmp_path / "locks", name, "It", "me"):
            pass
    assert [path.name for path in tmp_path.iterdir()] == ["locks"]


def test_two_names_never_share_a_lock(tmp_path: Path) -> None:
    """ "a/b" and "a_b" are two chargers."""
    with exclusive(tmp_path, "a/b", "It", "me"), exclusive(tmp_path, "a_b", "It", "me"):
        pass


def test_of_many_threads_one_holds_it(tmp_path: Path) -> None:
    got: list[int] = []

    def take(number: int) -> None:
        try:
            with exclusive(tmp_path, "charger-731", "Charger 731", f"thread {number}"):
                got.append(number)
                got.append(number)
        except RefusedError:
            return

    threads = [Thread(target=take, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got
    assert got[::2] == got[1::2]  # nobody in between
