"""The virtual U-Boot by itself: what it does with keys, commands, memory and files, as the real one was measured to."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldtool.lab.fit import NotStarted
from fieldtool.lab.uboot import ENVIRONMENT, Bootloader, Is, Nameplate
from fieldtool.lab.uboot_image import Firmware, image_of, start
from fieldtool.lab.uboot_memory import BLOCK, RAM, Memory, MemoryFault
from fieldtool.lab.uboot_ymodem import PATIENCE, Receiver
from tests.drivers.uboot_chargers import MAKER, STRANGER

SLOT = {"A": 0x1000 * BLOCK, "B": 0x2000 * BLOCK}


@pytest.fixture
def device() -> Iterator[Bootloader]:
    yield Bootloader(Nameplate("LAB-1"), MAKER.public_key(), Memory())


def power_on(device: Bootloader, seconds: float = 0.1) -> str:
    device.power(True)
    return passes(device, seconds)


def passes(device: Bootloader, seconds: float) -> str:
    return device.pass_time(device.now + seconds).decode("latin-1")


def at_prompt(device: Bootloader) -> Bootloader:
    power_on(device)
    device.hear(b" ")
    assert device.state is Is.AT_PROMPT
    return device


def run(device: Bootloader, line: str) -> str:
    said = device.hear(line.encode() + b"\r").decode("latin-1")
    return said.removeprefix(f"{line}\r\n").removesuffix("=> ")


def test_a_key_in_the_countdown_stops_the_start(device: Bootloader) -> None:
    assert power_on(device).endswith("Hit any key to stop autoboot:  2 ")
    assert device.hear(b" ").endswith(b"=> ")


def test_without_a_key_it_starts_what_is_active(device: Bootloader) -> None:
    device.memory.put(SLOT["A"], image_of(Firmware("1.0.0"), MAKER))
    power_on(device)
    assert passes(device, 2.1).endswith("CITYPOST version=1.0.0 READY\r\n")
    assert device.runs == Firmware("1.0.0") and device.hear(b"v").endswith(b"READY\r\n")


def test_an_empty_slot_ends_at_the_prompt(device: Bootloader) -> None:
    power_on(device)
    said = passes(device, 2.1)
    assert "ERROR: can't get kernel image!" in said and said.endswith("BOOT-FAILED slot=A\r\n=> ")


@pytest.mark.parametrize(("delay", "state"), [("-1", Is.AT_PROMPT), ("-2", Is.RUNNING), ("0", Is.COUNTING)])
def test_bootdelay(device: Bootloader, delay: str, state: Is) -> None:
    device.settings = {**ENVIRONMENT, "bootdelay": delay}
    device.memory.put(SLOT["A"], image_of(Firmware("1.0.0"), MAKER))
    power_on(device)
    assert device.state is state


def test_a_key_that_came_before_counts_with_a_bootdelay_of_0(device: Bootloader) -> None:
    device.settings = {**ENVIRONMENT, "bootdelay": "0"}
    device.power(True)
    device.hear(b" ")
    assert passes(device, 0.1).endswith("=> ")


def test_a_wiped_environment_is_told_and_has_nothing(device: Bootloader) -> None:
    device.settings = None
    assert "bad CRC, using default environment" in power_on(device)
    device.hear(b" ")
    assert '"active" not defined' in run(device, "printenv active")


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("true;echo ~1=$?", "~1=0\r\n"),
        ("false && echo no;echo ~1=$?", "~1=1\r\n"),
        ("false || echo yes", "yes\r\n"),
        ("setenv a b c; echo ${a} $a", "b c b c\r\n"),
        ("setenv x echo hi; run x; echo end", "hi\r\nend\r\n"),
        ("nonsense", "Unknown command 'nonsense' - try 'help'\r\n"),
        ("fdt addr 0 && fdt print / model", 'Working FDT set to 4edb6db0\r\nmodel = "CityPost 22"\r\n'),
        (f"mw.b {RAM:x} ff 200 && crc32 {RAM:x} 200", "crc32 for 42000000 ... 420001ff ==> bd7bc39f\r\n"),
        (f"virtio read {RAM:x} 4000 1;echo $?", None),
    ],
)
def test_the_shell(device: Bootloader, line: str, printed: str | None) -> None:
    said = run(at_prompt(device), line)
    assert said == printed if printed is not None else "ERROR" in said and said.endswith("1\r\n")


def test_an_interrupt_discards_the_line_and_ends_a_sleep(device: Bootloader) -> None:
    at_prompt(device).hear(b"reset")
    assert device.hear(b"\x03") == b"<INTERRUPT>\r\n=> "
    device.hear(b"sleep 100\r")
    assert device.state is Is.SLEEPING and device.hear(b"\x03").endswith(b"=> ")


def test_a_power_cut_loses_ram_and_keeps_the_medium(device: Bootloader) -> None:
    run(at_prompt(device), f"mw.b {RAM:x} 55 200; virtio write {RAM:x} 20 1; setenv active B; saveenv; setenv active C")
    at_prompt(device)
    assert device.memory.peek(RAM, 4) == bytes(4)
    assert device.memory.medium[0x20 * BLOCK : 0x20 * BLOCK + 4] == b"\x55" * 4
    assert run(device, "printenv active") == "active=B\r\n"


def test_state_is_kept_with_a_checksum(device: Bootloader) -> None:
    run(at_prompt(device), "setenv active B; env export -c -s 400 43000000 active; setenv active A")
    run(device, "env import -c 43000000 400 active")
    assert run(device, "printenv active") == "active=B\r\n"
    assert "bad CRC" in run(device, "mw.b 43000010 1 1; env import -c 43000000 400 active")


def test_flash_turns_ones_into_zeros_only(device: Bootloader) -> None:
    at_prompt(device)
    run(device, f"mw.b {RAM:x} 0f 200; mtd write nor {RAM:x} 0 200")
    assert device.memory.medium[0] == 0
    run(device, f"mtd erase nor 0 200; mtd write nor {RAM:x} 0 200")
    assert device.memory.medium[0] == 0x0F


def test_memory_has_an_end() -> None:
    with pytest.raises(MemoryFault):
        Memory().peek(0, 4)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"junk" * 100,
        image_of(Firmware("1"), STRANGER),
        image_of(Firmware("1"), None),
        image_of(Firmware("1"), MAKER)[:-1],
    ],
)
def test_what_is_no_firmware_of_its_maker_is_not_started(content: bytes) -> None:
    with pytest.raises(NotStarted):
        start(content, MAKER.public_key())


def test_whatever_byte_changes_it_starts_the_very_firmware_or_none() -> None:
    good = image_of(Firmware("1"), MAKER, b"x" * 40)
    for at in range(len(good)):
        changed = good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1 :]
        try:
            found = start(changed, MAKER.public_key())
        except NotStarted:
            continue
        assert found == Firmware("1")


def test_an_image_in_the_way_of_rsa_is_started_too() -> None:
    key = rsa.generate_private_key(65537, 2048)
    assert start(image_of(Firmware("1"), key), key.public_key()) == Firmware("1")
    with pytest.raises(NotStarted):
        start(image_of(Firmware("1"), MAKER), key.public_key())


def test_a_receiver_that_hears_nothing_gives_up() -> None:
    receiver = Receiver(ymodem=True)
    assert receiver.begin() == b"C"
    for _ in range(PATIENCE):
        assert receiver.wait() == b"C"
    receiver.wait()
    assert receiver.ended and receiver.error


@given(st.lists(st.binary(max_size=60), max_size=40))
@settings(max_examples=100, deadline=None)
def test_whatever_is_typed_it_lives(pieces: list[bytes]) -> None:
    device = Bootloader(Nameplate("LAB-1"), MAKER.public_key(), Memory(size=1 << 20))
    at_prompt(device)
    for piece in pieces:
        device.hear(piece)
        device.pass_time(device.now + 0.5)
    assert isinstance(device.state, Is)


@given(st.lists(st.one_of(st.binary(max_size=60), st.just(b""))))
@settings(max_examples=100, deadline=None)
def test_whatever_is_sent_as_a_file_the_receiver_ends_or_waits(pieces: list[bytes]) -> None:
    receiver = Receiver(ymodem=True)
    for piece in pieces:
        if receiver.ended:
            break
        assert set(receiver.take(piece) if piece else receiver.wait()) <= set(b"\x06C\x18")
