"""Several questions in one script: on the shells of this machine, on a virtual charger, and with hostile output."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.errors import DeviceError, LinkError
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs.bundle import OUTPUT_LIMIT, Bundle, Stream
from fieldtool.drivers.rauc_ssh import RaucSession
from fieldtool.lab import shell
from fieldtool.lab.system import Streams, System
from tests.drivers.contract import DRIVER, HASTY, said
from tests.lab_chargers import LabCharger, virtual_charger

SHELLS = [words for words in (["dash"], ["bash"], ["busybox", "sh"]) if shutil.which(words[0])]
MARK = b"0123456789abcdef"

Told = list[tuple[int, bytes, bytes]]


@pytest.fixture(params=SHELLS, ids=lambda words: words[0])
def run(request: pytest.FixtureRequest) -> Callable[..., Told]:
    def run(*commands: str) -> Told:
        bundle = Bundle(commands)
        done = subprocess.run([*request.param, "-c", bundle.script], capture_output=True, timeout=20, check=False)
        bundle.out.feed(done.stdout)
        bundle.err.feed(done.stderr)
        return bundle.answers()

    return run


@pytest.fixture
def charger(tmp_path: Path) -> Iterator[LabCharger]:
    with virtual_charger(tmp_path) as made:
        yield made


# ---- on real shells --------------------------------------------------------------------------------------------------


def test_each_command_has_its_own_status_and_both_outputs_to_the_byte(run: Callable[..., Told]) -> None:
    told = run("echo one", "printf two; printf wrong >&2; exit 3", "true", "printf 'a\\n\\n'", "no-such-command-here")
    assert told[:4] == [(0, b"one\n", b""), (3, b"two", b"wrong"), (0, b"", b""), (0, b"a\n\n", b"")]
    assert told[4][0] == 127 and b"not found" in told[4][2]


def test_no_command_changes_what_the_next_one_finds(run: Callable[..., Told]) -> None:
    told = run(
        "cd /; X=1; echo() { printf stolen; }; set -u", "exec 1>&-", 'pwd; printf "${X-unset}"', "if then fi", "echo it"
    )
    assert told[2] == (0, str(Path.cwd()).encode() + b"\nunset", b"")
    assert told[3][0] != 0  # a syntax error is its own
    assert told[4] == (0, b"it\n", b"")


def test_words_with_every_sign_of_a_shell_stay_words(run: Callable[..., Told]) -> None:
    hostile = "printf %s ');reboot;(' \"it's\" '$(reboot)' '`reboot`' # comment"
    assert run(hostile, "cat <<end\n$((1 + 1))\nend\n") == [
        (0, b");reboot;(it's$(reboot)`reboot`", b""),
        (0, b"2\n", b""),
    ]


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no list of processes to read")
def test_a_list_of_processes_does_not_hold_the_mark(run: Callable[..., Told]) -> None:
    told = run("cat /proc/$$/cmdline", "echo next")
    assert b"echo next" in told[0][1]  # it printed the whole script
    assert told[1] == (0, b"next\n", b"")


def test_a_command_that_ends_the_shell_leaves_what_was_told_before(run: Callable[..., Told]) -> None:
    assert run("echo first", "kill -9 $$", "echo never") == [(0, b"first\n", b"")]


def test_a_script_stays_below_what_dropbear_takes() -> None:
    bundle = Bundle([f"echo {'ä' * 1000}"] * 9)
    assert bundle.count == 3 and len(bundle.script.encode()) < 9_000
    assert Bundle(["x" * 9_000, "true"]).count == 0


# ---- taking it apart -------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 255)), max_size=6), st.lists(st.integers(1, 30)))
def test_it_does_not_matter_how_the_stream_was_cut(parts: list[tuple[bytes, int]], cuts: list[int]) -> None:
    whole = b"".join(content + MARK + f" {status}\n".encode() for content, status in parts)
    stream = Stream(MARK)
    for cut in cuts:
        stream.feed(whole[:cut])
        whole = whole[cut:]
    stream.feed(whole)
    assert [(part.content, part.note) for part in stream.parts] == [(text, b"%d" % status) for text, status in parts]


@given(st.binary(max_size=200))
def test_any_output_is_no_answer_or_one(data: bytes) -> None:
    bundle = Bundle(["a", "b"])
    bundle.out.feed(data)
    bundle.err.feed(data)
    assert bundle.answers() == []


def test_a_status_that_is_none_ends_what_is_believed() -> None:
    bundle = Bundle(["a", "b"])
    mark = bundle.out._mark
    bundle.out.feed(mark + b" 0\n" + mark + b" $?\n")
    bundle.err.feed(mark + b"\n" + mark + b"\n")
    assert bundle.answers() == [(0, b"", b"")]


def test_what_prints_without_end_is_told_alone_and_in_all() -> None:
    for streams in ([b"x" * (OUTPUT_LIMIT + 100)], [b"x" * OUTPUT_LIMIT + MARK + b" 0\n"] * 5):
        stream = Stream(MARK)
        with pytest.raises(DeviceError) as error:
            for data in streams:
                stream.feed(data)
        assert said(error) is Text.DEVICE_ANSWER_STRANGE


# ---- over the line ---------------------------------------------------------------------------------------------------


class Begun:
    """What a session sends, one line per channel."""

    def __init__(self, session: RaucSession) -> None:
        self.lines: list[str] = []
        begin = session._ssh._begin

        def counting(command: str) -> object:
            self.lines.append(command)
            return begin(command)

        session._ssh._begin = counting  # type: ignore[assignment,method-assign]  # the same, and counts


def test_one_look_is_one_channel(charger: LabCharger) -> None:
    with DRIVER.open(charger.component, charger.profile, charger.credentials) as session:
        begun = Begun(session)
        for ask in (session.identify, session.observe, session.health):
            ask()
        assert len(begun.lines) == 3


def test_a_charger_whose_shell_cannot_is_asked_one_by_one(charger: LabCharger, monkeypatch: pytest.MonkeyPatch) -> None:
    real = shell.run

    def another_shell(system: System, line: str, streams: Streams) -> int:
        if "(" in line:
            streams.err("Badly placed ()'s.\n")
            return 1
        return real(system, line, streams)

    monkeypatch.setattr("fieldtool.lab.ssh_door.run", another_shell)
    with DRIVER.open(charger.component, charger.profile, charger.credentials) as session:
        begun = Begun(session)
        assert session.observe().serial == charger.serial
        assert session.health().ok
        assert sum("(" in line for line in begun.lines) == 1  # found out once


def test_a_question_that_hangs_is_named_and_only_that_one(charger: LabCharger, monkeypatch: pytest.MonkeyPatch) -> None:
    release = Event()

    def hang(system: System, arguments: list[str], streams: Streams) -> int:
        release.wait(20)
        return 0

    monkeypatch.setattr(shell, "COMMANDS", {**shell.COMMANDS, "hang": hang})
    try:
        with HASTY.open(charger.component, charger.profile, charger.credentials) as session:
            with pytest.raises(LinkError) as error:
                session._ssh.run_all([("clock", "date +%s"), ("meter readings", "hang"), ("uptime", "echo 5")])
            assert error.value.text is Text.QUESTION_SILENT
            assert error.value.params == {"address": charger.address, "fact": "meter readings", "seconds": 1}
            assert session.observe().serial == charger.serial  # the connection is as good as before
    finally:
        release.set()


def test_a_question_that_was_broken_off_is_asked_alone(charger: LabCharger, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def killed_once(system: System, arguments: list[str], streams: Streams) -> int:
        asked.append(1)
        return 137 if len(asked) == 1 else 0

    monkeypatch.setattr(shell, "COMMANDS", {**shell.COMMANDS, "delicate": killed_once})
    with DRIVER.open(charger.component, charger.profile, charger.credentials) as session:
        answers = session._ssh.run_all([("one", "true"), ("two", "delicate"), ("three", "false")])
    assert [answer.status for answer in answers] == [0, 0, 1] and len(asked) == 2
