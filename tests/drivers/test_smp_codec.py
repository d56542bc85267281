"""The SMP codec: what it sends, what it takes, and that no bytes of a stranger make it do anything else."""

from collections import deque
from contextlib import suppress
from hashlib import sha256
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import DeviceError, FieldtoolError
from fieldtool.core.model import Component, FirmwareImage, Link, Release
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs import smp
from fieldtool.drivers.codecs.smp_frames import FIRST, FURTHER, LINE, Frames, encode
from fieldtool.drivers.mcuboot_smp import McubootSession
from fieldtool.drivers.smp_line import SmpLine, SmpPatience
from fieldtool.lab import smp_wire
from tests.lab_chargers import lab_profile

PACKETS = st.binary(max_size=2_000)


def response(body: object, group: int = 1, command: int = 0, sequence: int = 1, operation: int = 0x09) -> bytes:
    data = body if isinstance(body, bytes) else cbor2.dumps(body)
    return bytes([operation, 0, *len(data).to_bytes(2, "big"), *group.to_bytes(2, "big"), sequence, command]) + data


def parsed(body: object) -> smp.Response:
    found = smp.parse(response(body))
    assert found is not None
    return found


# ---- framing ---------------------------------------------------------------------------------------------------------


def test_an_echo_looks_on_the_line_as_the_standard_says() -> None:
    packet = smp.echo("hello").packet(0)
    assert packet == bytes.fromhex("0a000009 0000 00 00".replace(" ", "")) + b"\xa1\x61\x64\x65hello"
    line = encode(packet)
    assert line.startswith(FIRST) and line.endswith(b"\n") and Frames().feed(line) == [packet]


@given(PACKETS, st.integers(7, 200))
def test_what_is_sent_arrives_in_lines_of_whatever_length(packet: bytes, line: int) -> None:
    sent = encode(packet, line)
    assert all(len(part) + 1 <= line for part in sent.split(b"\n"))
    assert Frames().feed(sent) == [packet]


@given(st.lists(PACKETS, max_size=4), st.integers(1, 50))
def test_packets_arrive_however_the_line_cuts_them(packets: list[bytes], step: int) -> None:
    sent = b"".join(encode(packet) for packet in packets)
    frames, found = Frames(), []
    for at in range(0, len(sent), step):
        found += frames.feed(sent[at : at + step])
    assert found == packets


@given(PACKETS, PACKETS, st.data())
def test_a_damaged_byte_costs_its_own_packet_at_most(one: bytes, other: bytes, data: st.DataObject) -> None:
    sent = bytearray(encode(one))
    at = data.draw(st.integers(0, len(sent) - 2))
    sent[at] ^= data.draw(st.integers(1, 255))
    found = Frames().feed(bytes(sent) + b"\n" + encode(other))
    assert found[-1:] == [other] and (len(found) == 1 or found[0] == one)


@given(PACKETS, st.binary(max_size=100))
def test_what_a_log_prints_around_a_packet_does_not_matter(packet: bytes, log: bytes) -> None:
    clean = log.replace(b"\x06", b"").replace(b"\x04", b"")
    assert Frames().feed(clean + b"\r\n" + clean.replace(b"\n", b"") + encode(packet) + clean) == [packet]


@given(PACKETS)
def test_the_virtual_charger_understands_it_and_answers_alike(packet: bytes) -> None:
    """Two codecs, written apart from each other."""
    assert Frames().feed(smp_wire.lines(packet)) == [packet]
    assert smp_wire.lines(packet) == encode(packet)


def test_an_endless_line_is_not_kept() -> None:
    frames = Frames()
    for _ in range(100):
        assert frames.feed(b"x" * 10_000) == []
    assert len(frames._rest) < 20_000
    assert frames.feed(b"\n" + encode(b"after")) == [b"after"]


@pytest.mark.parametrize(("packet", "line"), [(b"", 6), (b"x" * 65_534, LINE)])
def test_what_cannot_be_framed_is_refused(packet: bytes, line: int) -> None:
    with pytest.raises(ValueError, match="bytes"):
        encode(packet, line)


@settings(max_examples=300)
@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([FIRST, FURTHER, b"\n", b"AAAA", b"AAA=", b"\r"]))))
def test_noise_is_never_more_than_silence(pieces: list[bytes]) -> None:
    frames = Frames()
    for piece in pieces:
        for packet in frames.feed(piece):
            assert len(packet) < 65_536
    assert frames.feed(b"\n" + encode(b"after"))[-1:] == [b"after"]


# ---- messages --------------------------------------------------------------------------------------------------------

ANYTHING: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from([
    "images", "slot", "version", "hash", "active", "off", "match", "rc", "err", "group", "o", "ret",
                         "val", "buf_size", "buf_count", "image", "output"])  # fmt: skip


def _read_all(packet: bytes) -> None:
    """Everything that a driver may make of it: a value, None or DEVICE_ANSWER_STRANGE, nothing else."""
    try:
        found = smp.parse(packet)
    except DeviceError as error:
        assert error.text is Text.DEVICE_ANSWER_STRANGE
        return
    if found is None:
        return
    readers = (smp.parse_echo, smp.parse_statistics, smp.parse_images, smp.parse_parameters, smp.parse_shell,
               smp.parse_setting, smp.parse_info, lambda told: smp.parse_uploaded(told, 1_000))  # fmt: skip
    for reader in readers:
        try:
            reader(found)
        except DeviceError as error:
            assert error.text is Text.DEVICE_ANSWER_STRANGE


@settings(max_examples=300)
@given(st.binary(max_size=80))
def test_a_strangers_bytes_are_a_value_or_a_strange_answer(data: bytes) -> None:
    _read_all(data)
    _read_all(response(data))


MAPS = st.dictionaries(NAMES, ANYTHING | st.lists(st.dictionaries(NAMES, ANYTHING, max_size=5), max_size=3), max_size=6)


@given(MAPS)
def test_a_strangers_maps_are_a_value_or_a_strange_answer(body: dict[str, object]) -> None:
    with suppress(cbor2.CBOREncodeError):
        _read_all(response(body))


@pytest.mark.parametrize(
    "data",
    [
        b"\x81" * 40_000,
        b"\xbf" * 40_000,
        bytes.fromhex("d9010080"),
        bytes.fromhex("d81c80"),
        bytes.fromhex("5b7fffffffffffffff"),
        bytes.fromhex("9b00000000ffffffff"),
        bytes.fromhex("c2581affffffffffffffffffffffffffffffffffffffffffffffffff"),
        b"\xa1\x01\x02",
        b"",
    ],
)
def test_hostile_cbor_is_a_strange_answer_and_costs_nothing(data: bytes) -> None:
    with pytest.raises(DeviceError) as error:
        smp.parse(response(data))
    assert error.value.text is Text.DEVICE_ANSWER_STRANGE


@pytest.mark.parametrize("packet", [b"", b"\x09", response({}, operation=0x08), response({})[:-1], response({}) + b"x"])
def test_what_is_no_response_is_left_alone(packet: bytes) -> None:
    assert smp.parse(packet) is None


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"rc": 0}, None),
        ({"rc": 8}, smp.Refusal(None, 8)),
        ({"rc": 3, "rsn": "too\x1b much"}, smp.Refusal(None, 3, "too much")),
        ({"err": {"group": 1, "rc": 33}}, smp.Refusal(1, 33)),
        ({"err": {"group": 1, "rc": 0}}, None),
        ({"off": 5}, None),
    ],
)
def test_a_refusal_of_either_version_is_told(body: dict[str, object], refusal: smp.Refusal | None) -> None:
    assert parsed(body).refusal == refusal


@pytest.mark.parametrize("body", [{"rc": "no"}, {"err": {"group": 1}}, {"err": {"group": True, "rc": 1}}])
def test_a_refusal_that_cannot_be_read_is_strange(body: dict[str, object]) -> None:
    with pytest.raises(DeviceError):
        parsed(body)


def test_a_list_of_images_is_read_and_a_build_number_written_as_tools_write_it() -> None:
    told = {"slot": 1, "version": "1.2.3.4", "hash": b"\x01\x02", "pending": True, "future": "field"}
    other = {"image": 1, "slot": 0, "version": "9.9.9", "hash": b""}
    first = {"slot": 0, "version": "1.0.0", "hash": b"\x03", "active": True, "confirmed": True}
    assert smp.parse_images(parsed({"images": [told, other, first], "splitStatus": 0})) == (
        smp.Image(0, "1.0.0", "03", active=True, confirmed=True),
        smp.Image(1, "1.2.3+4", "0102", pending=True),
    )


@pytest.mark.parametrize(
    "images", [None, [{"slot": 0}], [{"slot": 0, "version": "1", "active": "yes"}], [{"slot": 0, "version": "1"}] * 2]
)
def test_a_list_of_images_that_contradicts_itself_is_strange(images: object) -> None:
    with pytest.raises(DeviceError):
        smp.parse_images(parsed({"images": images}))


@pytest.mark.parametrize("body", [{"off": -1}, {"off": 11}, {"off": True}, {}, {"off": 3, "match": "yes"}])
def test_an_offset_outside_the_file_is_strange(body: dict[str, object]) -> None:
    with pytest.raises(DeviceError):
        smp.parse_uploaded(parsed(body), 10)


@pytest.mark.parametrize(
    "body", [{"buf_size": 8, "buf_count": 4}, {"buf_size": 384, "buf_count": 0}, {"buf_size": 384}]
)
def test_buffers_that_hold_nothing_are_strange(body: dict[str, object]) -> None:
    with pytest.raises(DeviceError):
        smp.parse_parameters(parsed(body))


@given(st.integers(120, 2_100), st.integers(0, 99_000))
def test_a_chunk_fills_its_packet_and_never_more(most: int, offset: int) -> None:
    content = bytes(100_000)
    request = smp.chunk(content, offset, most, b"s" * 32)
    data = request.body["data"]
    assert isinstance(data, bytes)
    size = len(request.packet(0))
    assert most - 2 <= size <= most or (size < most and offset + len(data) == len(content))


def test_packets_that_hold_no_chunk_are_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        smp.chunk(b"x" * 100, 0, 60, b"s" * 32)


def test_confirming_never_names_an_image() -> None:
    """With a hash it would keep an image that has never been started."""
    assert smp.confirm().body == {"confirm": True}
    assert smp.test(b"h").body == {"hash": b"h", "confirm": False}


# ---- a hostile device ------------------------------------------------------------------------------------------------


class Hostile:
    """A wire at whose other end somebody answers whatever he likes, in proper frames or not."""

    def __init__(self, answers: list[object]) -> None:
        self._answers, self._asked = answers, deque[bytes]()

    def send(self, data: bytes) -> None:
        self._asked.extend(Frames().feed(data))

    def receive(self, seconds: float) -> bytes:
        if not self._asked:
            return b""
        asked = self._asked.popleft()
        body = self._answers.pop() if self._answers else {}
        if isinstance(body, bytes):
            return body
        head = bytes([asked[0] & 7 | 1 | 8, 0])
        try:
            data = cbor2.dumps(body)
        except cbor2.CBOREncodeError:
            data = b"\xff"
        return encode(head + len(data).to_bytes(2, "big") + asked[4:8] + data)

    def close(self) -> None: ...


class Ticking(SystemClock):
    """Every look at the clock costs a second: deadlines come without waiting."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        self._now += 1.0
        return self._now


SLOTS = st.fixed_dictionaries(
    {
        "slot": st.integers(0, 1),
        "version": st.sampled_from(["1.0.0", "2.0.0.1"]),
        "hash": st.sampled_from([b"", b"h" * 32]),
    },
    optional={name: st.booleans() for name in ("active", "pending", "confirmed")},
)
IMAGES = st.fixed_dictionaries({"images": st.lists(SLOTS, max_size=3)})
OFFSETS = st.fixed_dictionaries({"off": st.integers(-1, 3_100)}, optional={"match": st.booleans()})
ANSWERS = st.lists(st.one_of(IMAGES, OFFSETS, MAPS, st.binary(max_size=60), st.just({"o": "x", "ret": 0})), max_size=40)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> FirmwareImage:
    path = tmp_path_factory.mktemp("hostile") / "image.bin"
    content = bytes(range(256)) * 12
    path.write_bytes(content)
    release = Release(
        "x", len(content), sha256(content).hexdigest(), "Lab", (), (), "main", "2.0.0+1", "mcuboot", (b"h" * 32).hex()
    )
    return FirmwareImage(path, release)


@settings(max_examples=200, deadline=None)
@given(ANSWERS)
def test_whatever_a_device_answers_every_step_ends_in_a_value_or_an_error_of_ours(
    image: FirmwareImage, answers: list[object]
) -> None:
    clock, patience = Ticking(), SmpPatience(answer=8.0, erase=8.0)
    profile = lab_profile("lab-mcuboot")
    line = SmpLine(Hostile(answers), "the port", clock, patience)
    session = McubootSession(line, clock, Component("main", "", "mcuboot-smp", Link("serial", "COM4")), profile)
    steps = (line.greet, session.identify, session.observe, session.health, session.confirm)
    walks = (session.transfer, session.verify, session.install)
    for step in steps:
        with suppress(FieldtoolError):
            step()
    for walk in walks:
        with suppress(FieldtoolError):
            for _ in walk(image):
                pass
    for ending in (session.roll_back(), session.restart()):
        with suppress(FieldtoolError):
            for _ in ending:
                pass
