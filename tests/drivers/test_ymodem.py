"""The sender of YMODEM and XMODEM: on lines that lose and turn bytes, with receivers that say anything at all."""

import random
from binascii import crc_hqx

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldtool.drivers.codecs.ymodem import ABORT, LARGE, SMALL, Sender, State, Variant, crc16, packet
from fieldtool.lab.uboot_ymodem import Receiver

MOST = 20_000  # turns in which a transfer is over


def play(sender: Sender, receiver: Receiver, noise: float = 0.0, seed: int = 1) -> None:
    """Until one of them ends. Silence on both sides: whoever has patience left says something."""
    rng = random.Random(seed)

    def line(data: bytes) -> bytes:
        return bytes(byte ^ (1 << rng.randrange(8) if rng.random() < noise else 0) for byte in data)

    to_sender = receiver.begin()
    for _ in range(MOST):
        if sender.ended:
            return
        to_receiver = sender.heard(line(to_sender)) if to_sender else sender.silence()
        to_sender = receiver.take(line(to_receiver)) if to_receiver and not receiver.ended else b""
        if not to_sender and not receiver.ended:
            to_sender = receiver.wait() if sender.state is not State.HEADER_TAKEN else b""
    raise AssertionError("it never ends")


def test_the_checksum_is_the_one_of_xmodem() -> None:
    assert crc16(b"123456789") == 0x31C3


def test_a_block_says_its_number_twice_and_is_padded() -> None:
    block = packet(0x1FE, b"abc")
    assert block[:3] == b"\x01\xfe\x01" and block[3:6] == b"abc" and block[6:131] == b"\x1a" * 125
    assert crc_hqx(block[3:131], 0) == int.from_bytes(block[131:], "big")
    assert len(packet(1, bytes(129))) == 1_024 + 5


@given(st.binary(max_size=6_000))
@settings(max_examples=60, deadline=None)
def test_what_is_sent_arrives(content: bytes) -> None:
    sender, receiver = Sender(content), Receiver(ymodem=True)
    play(sender, receiver)
    assert sender.state is State.DONE and receiver.content == content and sender.done == len(content)


@given(st.binary(min_size=1, max_size=4_000))
@settings(max_examples=40, deadline=None)
def test_xmodem_appends_less_than_a_block(content: bytes) -> None:
    sender, receiver = Sender(content, variant=Variant.XMODEM), Receiver(ymodem=False)
    play(sender, receiver)
    assert sender.state is State.DONE and receiver.content.startswith(content)
    assert len(receiver.content) - len(content) < LARGE


@given(st.integers(0, 1 << 32), st.sampled_from([1e-4, 6e-4, 1e-3, 3e-3]))
@settings(max_examples=60, deadline=None)
def test_on_a_noisy_line_it_arrives_or_the_sender_says_that_it_did_not(seed: int, noise: float) -> None:
    content = random.Random(seed).randbytes(5_000)
    sender, receiver = Sender(content), Receiver(ymodem=True)
    play(sender, receiver, noise, seed)
    if sender.state is State.DONE and not receiver.error and receiver.content != content:
        assert noise  # the caller compares checksums; that must stay rare
        assert sender.refused


def test_noise_of_a_thousandth_is_survived_nearly_always() -> None:
    good = 0
    for seed in range(40):
        content = random.Random(seed).randbytes(8_000)
        sender, receiver = Sender(content), Receiver(ymodem=True)
        play(sender, receiver, 1e-3, seed)
        good += sender.state is State.DONE and receiver.content == content
    assert good >= 34


@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([b"C", b"\x06", b"\x15", b"\x06C", b"\x18"]))))
@settings(max_examples=200, deadline=None)
def test_whatever_a_receiver_says_the_sender_answers_with_a_block_or_nothing(said: list[bytes]) -> None:
    sender = Sender(bytes(3_000))
    for one in said:
        answer = sender.heard(one) if one else sender.silence()
        assert len(answer) in (0, 1, SMALL + 5, LARGE + 5) or answer == ABORT
        assert 0 <= sender.done <= 3_000
        if sender.ended:
            assert sender.heard(b"C") == b"" and sender.silence() == b""


def test_two_cancels_end_it_and_one_does_not() -> None:
    sender = Sender(bytes(500))
    sender.heard(b"C")
    sender.heard(b"\x18")
    assert sender.state is State.HEADER
    sender.heard(b"\x06C")
    sender.heard(b"\x18\x18")
    assert sender.state is State.CANCELLED


def test_a_receiver_that_refuses_for_ever_is_told_to_stop() -> None:
    sender = Sender(bytes(500))
    sender.heard(b"C")
    sent = [sender.heard(b"C") for _ in range(20)]
    assert sender.state is State.NOISY and sent.count(ABORT) == 1


def test_a_receiver_that_falls_silent_is_given_up() -> None:
    sender = Sender(bytes(500))
    sender.heard(b"C")
    assert sender.silence() and not sender.silence()
    assert sender.state is State.SILENT


def test_without_the_second_c_it_goes_on_after_a_moment() -> None:
    sender = Sender(b"abc")
    sender.heard(b"C")
    assert sender.heard(b"\x06") == b"" and sender.state is State.HEADER_TAKEN
    assert sender.silence() == packet(1, b"abc")


def test_the_end_as_u_boot_has_it() -> None:
    sender = Sender(b"abc")
    sender.heard(b"C")
    sender.heard(b"\x06C")
    assert sender.heard(b"\x06") == b"\x04"
    assert sender.heard(b"\x06\x06C") == packet(0, bytes(128))
    assert sender.heard(b"\x06") == b"" and sender.state is State.DONE


def test_blocks_become_small_after_refusals_but_never_the_one_that_is_on_its_way() -> None:
    sender = Sender(bytes(5_000))
    sender.heard(b"C")
    first = sender.heard(b"\x06C")
    assert len(first) == LARGE + 5
    assert sender.heard(b"C") == first == sender.heard(b"C")
    assert len(sender.heard(b"\x06")) == SMALL + 5 and sender.done == LARGE


@pytest.mark.parametrize("data", [b"", b"\xff" * 10, b"G"])
def test_noise_before_the_first_c_starts_nothing(data: bytes) -> None:
    sender = Sender(b"abc")
    assert sender.heard(data) == b"" and sender.state is State.WAITING
