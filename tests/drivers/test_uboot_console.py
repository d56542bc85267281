"""The console: nothing is entered that was not echoed as typed; whatever a device prints is read without failing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldtool.drivers.codecs.console import (
    ENTER,
    LINE_LENGTH,
    LOG_LINES,
    Answer,
    Command,
    Heard,
    Log,
    Stage,
    checksum,
    value,
)  # fmt: skip

PROMPT = "=> "


def typed(command: Command) -> bytes:
    """All that it sends to a device that echoes, up to Enter."""
    sent = out = command.begin()
    while command.stage is Stage.TYPING:
        out = command.heard(out)
        sent += out
    return sent


def test_enter_comes_only_after_the_whole_echo() -> None:
    command = Command("virtio write 42000000 1000 40", 7, PROMPT)
    assert typed(command) == b"virtio write 42000000 1000 40;echo ~7=$?" + ENTER
    assert command.stage is Stage.RUNNING


@given(st.integers(0, 39), st.integers(0, 7))
def test_one_turned_bit_in_the_echo_and_nothing_is_entered(at: int, bit: int) -> None:
    command = Command("virtio write 42000000 1000 40", 7, PROMPT)
    sent, out = 0, command.begin()
    while command.stage is Stage.TYPING:
        echo = bytearray(out)
        if sent <= at < sent + len(echo):
            echo[at - sent] ^= 1 << bit
        sent += len(out)
        out = command.heard(bytes(echo))
        assert ENTER not in out
    assert command.stage is Stage.GARBLED


def test_the_answer_stands_between_echo_and_mark() -> None:
    command = Command("printenv serial#", 3, PROMPT)
    typed(command)
    for byte in b"\r\nserial#=LAB-7\r\n~3=0\r\n=> ":
        command.heard(bytes([byte]))
    assert command.stage is Stage.DONE and command.answer == Answer(0, "serial#=LAB-7")


@pytest.mark.parametrize("printed", [b"\r\n~4=0\r\n=> ", b"\r\n=> ", b"\r\nx ~3=0\r\n=> ", b"\r\n~3=0"])
def test_marks_of_others_or_half_ones_end_nothing(printed: bytes) -> None:
    command = Command("true", 3, PROMPT)
    typed(command)
    command.heard(printed)
    assert command.stage is Stage.RUNNING and not command.marked


def test_a_bad_status_is_told() -> None:
    command = Command("false", 3, PROMPT)
    typed(command)
    command.heard(b"\r\n~3=1\r\n=> ")
    assert command.answer == Answer(1, "")


@pytest.mark.parametrize("line", ["a" * LINE_LENGTH, "a\rb", "a\nb"])
def test_what_a_console_would_cut_or_split_is_no_command(line: str) -> None:
    with pytest.raises(ValueError):
        Command(line, 1, PROMPT)


@given(st.lists(st.binary(max_size=80), max_size=30))
@settings(max_examples=200, deadline=None)
def test_whatever_comes_is_read_without_failing(pieces: list[bytes]) -> None:
    command, heard, log = Command("true", 1, PROMPT), Heard(PROMPT), Log()
    command.begin()
    for piece in pieces:
        command.heard(piece)
        heard.feed(piece)
        log.feed(piece)
        assert heard.at_prompt in (True, False) and heard.bootloader_starts >= 0
        assert heard.last_line.isprintable() and value(heard.text).isprintable()
        checksum(heard.text)
    assert all(line.isprintable() for line in log.lines) and len(log.lines) <= LOG_LINES


def test_what_is_kept_is_bounded() -> None:
    heard, log, command = Heard(PROMPT), Log(), Command("true", 1, PROMPT)
    typed(command)
    for _ in range(200):
        for one in (heard, log):
            one.feed(b"x" * 4_000)
        command.heard(b"x" * 4_000)
    assert len(heard.text) <= 65_536 and len(log.lines) <= LOG_LINES
    command.heard(b"\r\n~1=0\r\n=> ")
    assert command.stage is Stage.DONE


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("serial#=LAB-7", "LAB-7"),
        ('Working FDT set to 4edb6db0\nmodel = "CityPost 22"', "CityPost 22"),
        ('## Error: "serial#" not defined', ""),
        ("", ""),
        ("hw=", ""),
    ],
)
def test_values_as_printenv_and_fdt_print_them(printed: str, told: str) -> None:
    assert value(printed) == told


@pytest.mark.parametrize("bad", ["", "==> 1234", "==> 1234abcg", "crc32 for 0 ... 1"])
def test_a_checksum_that_cannot_be_read_is_none(bad: str) -> None:
    assert checksum(bad) is None


@pytest.mark.parametrize(
    ("said", "starts", "counts", "boots"),
    [
        (b"\r\nU-Boot 2023.01 (x)\r\nHit any key to stop autoboot:  2 ", 1, True, False),
        (b"U-Boot SPL 2023.01\r\nU-Boot 2023.01\r\n", 1, False, False),
        (b"Press SPACE to abort autoboot in 2 seconds", 0, True, False),
        (b"U-Boot 2023.01\r\nStarting kernel ...", 1, False, True),
    ],
)
def test_a_start_is_understood(said: bytes, starts: int, counts: bool, boots: bool) -> None:
    heard = Heard(PROMPT)
    heard.feed(said)
    assert (heard.bootloader_starts, heard.counts_down, heard.boots) == (starts, counts, boots)


def test_a_prompt_counts_at_the_end_only() -> None:
    heard = Heard(PROMPT)
    heard.feed(b"\r\n=> help\r\n")
    assert not heard.at_prompt
    heard.feed(b"<INTERRUPT>\r\n=> ")
    assert heard.at_prompt


def test_another_speed_is_garbage_and_umlauts_are_not() -> None:
    heard = Heard(PROMPT)
    heard.feed(b"\x80\xfe\x90\xf8" * 20)
    assert heard.is_garbage
    heard = Heard(PROMPT)
    heard.feed("Ladesäule bereit für den Start, alles in Ordnung\r\n".encode() * 3)
    assert not heard.is_garbage


@pytest.mark.parametrize("name", ["wifi_password", "PSK", "api.token", "ocpp_auth_key", "client-secret"])
def test_secrets_are_left_out_of_the_log(name: str) -> None:
    log = Log()
    log.feed(f"{name}=hunter2 and more\r\nserial#=LAB-7\r\n".encode())
    assert log.lines == (f"{name}=***", "serial#=LAB-7")
