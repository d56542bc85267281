"""The laptop stays awake while somebody needs it, falls asleep afterwards, and no run ever fails for it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread, current_thread

import pytest

from fieldtool.app.awake import ES_CONTINUOUS, ES_SYSTEM_REQUIRED, Awake, Hold, ask_caffeinate, ask_logind, ask_windows


class System:
    """Counts the holds that are out."""

    def __init__(self, kept: bool | None = True) -> None:
        self.kept, self.out, self.taken = kept, 0, 0

    def take(self, reason: str) -> Hold:
        self.taken += 1
        if not self.kept:
            return Hold(self.kept, "policy")
        self.out += 1
        return Hold(True, release=self._release)

    def _release(self) -> None:
        self.out -= 1


def test_many_runs_share_one_hold_that_the_last_one_gives_back() -> None:
    system = System()
    awake = Awake(system.take)
    inside, leave = Barrier(11), Barrier(11)

    def run() -> None:
        with awake.stay("updating") as kept:
            assert kept
            inside.wait(10)
            leave.wait(10)

    threads = [Thread(target=run) for _ in range(10)]
    for thread in threads:
        thread.start()
    inside.wait(10)
    assert (system.out, system.taken) == (1, 1)
    leave.wait(10)
    for thread in threads:
        thread.join()
    assert system.out == 0
    with awake.stay("again") as kept:
        assert kept
        assert system.out == 1
    assert system.out == 0


def test_a_run_that_breaks_gives_the_hold_back() -> None:
    system = System()
    with pytest.raises(KeyError), Awake(system.take).stay("updating"):
        raise KeyError
    assert system.out == 0


def test_a_system_that_says_no_is_logged_once_and_stops_nothing(expect_log: Callable[[str], None]) -> None:
    system = System(kept=False)
    awake = Awake(system.take)
    expect_log("The laptop may fall asleep: policy")
    with awake.stay("updating") as kept:
        assert not kept
    assert awake.can() is False


def test_where_nobody_can_be_asked_nobody_is_warned() -> None:
    awake = Awake(System(kept=None).take)
    with awake.stay("updating") as kept:
        assert not kept
    assert awake.can() is None


def test_a_refusal_is_shared_too_and_asked_for_again_when_all_have_left(expect_log: Callable[[str], None]) -> None:
    """A system that takes seconds to say no must not cost every one of a hundred runs those seconds."""
    system = System(kept=False)
    awake = Awake(system.take)
    expect_log("The laptop may fall asleep")
    with awake.stay("one"), awake.stay("two") as kept:
        assert not kept
    assert system.taken == 1
    system.kept = True
    with awake.stay("three") as kept:
        assert kept
    assert system.out == 0
    assert awake.can()


def test_asking_whether_it_can_holds_nothing_and_asks_the_system_once() -> None:
    system = System()
    awake = Awake(system.take)
    assert awake.can() and awake.can()
    assert (system.out, system.taken) == (0, 1)


# ---- the systems: what is called, and how ---------------------------------------------------------------------------


def test_windows_is_told_by_one_thread_that_lives_as_long_as_the_hold() -> None:
    calls: list[tuple[int, str]] = []

    def set_state(flags: int) -> int:
        calls.append((flags, current_thread().name))
        return ES_CONTINUOUS

    hold = ask_windows(set_state)
    assert hold.kept
    assert calls == [(ES_CONTINUOUS | ES_SYSTEM_REQUIRED, "awake")]
    hold.release()
    assert calls[1:] == [(ES_CONTINUOUS, "awake")], "the wish belongs to the thread that made it"


def test_windows_that_answers_null_keeps_nothing_awake() -> None:
    hold = ask_windows(lambda flags: 0)
    assert hold.kept is False


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the stand-in is a Unix program")
def test_a_mac_is_kept_awake_by_a_program_that_ends_with_us(tmp_path: Path) -> None:
    told = tmp_path / "told"
    program = tmp_path / "caffeinate"
    os.mkfifo(told)
    program.write_text(
        f"#!{sys.executable}\nimport sys, signal\n"
        f"open({str(told)!r}, 'w').write(' '.join(sys.argv[1:]))\nsignal.pause()\n"
    )
    program.chmod(0o700)
    hold = ask_caffeinate(str(program))
    try:
        assert hold.kept
        assert told.read_text() == f"-i -w {os.getpid()}"
    finally:
        hold.release()


@pytest.mark.parametrize("program", [None, "/nowhere/caffeinate"])
def test_a_mac_without_caffeinate_is_refused_not_broken(program: str | None) -> None:
    assert ask_caffeinate(program).kept is False


@pytest.mark.skipif(sys.platform != "linux", reason="D-Bus is Linux's")
@pytest.mark.parametrize("address", ["unix:path=/nowhere/bus", "tcp:host=127.0.0.1,port=1", "nonsense"])
def test_without_a_system_bus_nobody_can_tell(address: str) -> None:
    hold = ask_logind("updating", address)
    assert hold.kept is None
    assert hold.why
