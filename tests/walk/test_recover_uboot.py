"""The whole way on a virtual U-Boot: a dead charger's console, both repositories, two people, its normal driver."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from threading import Event
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fieldtool.core.driver import ManualStep, Steps
from fieldtool.core.model import Link
from fieldtool.core.profile import Profile
from fieldtool.core.recovery import Recovery
from fieldtool.core.resources import resource
from fieldtool.core.rights import OrderedImage
from fieldtool.drivers.uboot_serial import UbootRecovery, UbootSerial
from fieldtool.firmware.custom import vendor_role
from fieldtool.lab.fit import PublicKey
from fieldtool.lab.raucb import Image as LabImage
from fieldtool.lab.ssh_charger import VirtualCharger
from fieldtool.lab.uboot import ENVIRONMENT, Bootloader, Nameplate
from fieldtool.lab.uboot_charger import UbootCharger
from fieldtool.lab.uboot_image import Firmware, image_of
from fieldtool.lab.uboot_memory import RAM, Memory
from fieldtool.publish.throwaway import Image
from tests.drivers.uboot_chargers import FILLER, MAKER, QUICK, STRANGER
from tests.firmware.formats.samples import anchors_file
from tests.walk.dead_charger import brick
from tests.walk.directed import HARDWARE, MODEL, SECOND, SERIAL, VENDOR, Scene, make

VERSION = "1.5.5"
PROFILE = "lab-dead-uboot"


@dataclass
class OnTheBench:
    """A dead charger of the site whose console hangs on the laptop; what its U-Boot starts is the lab's charger."""

    scene: Scene
    charger: VirtualCharger
    line: UbootCharger
    cycles: int = 0

    name: str = "uboot-serial"
    schemes: frozenset[str] = frozenset({"serial", "serial-tcp"})

    @contextmanager
    def open(self, link: Link, profile: Profile) -> Iterator[Recovery]:
        with UbootSerial(patience=QUICK).open(link, profile) as recovery:
            yield SwitchedByHand(recovery, self)

    def started(self, firmware: Firmware) -> None:
        """The kernel runs: from here on the charger is what its normal driver knows."""
        memory = self.line.bootloader.memory
        self.runs(firmware.version, memory.peek(RAM, int.from_bytes(memory.peek(RAM, 8)[4:])))

    def runs(self, version: str, content: bytes) -> None:
        digest = sha256(content).hexdigest()
        image = LabImage(version, security_epoch=2, sha256=digest, size=len(content))
        device = self.charger.device
        device.reflash(version)
        note = device.state.booted.note
        assert note is not None
        known = replace(note, sha256=digest, version=version)
        device.change(lambda state: state.with_slot(replace(state.booted, image=image, note=known)))
        self.charger.start()

    def publish(self, folder: Path, content: bytes, maker: PublicKey | None = None, **changes: str) -> str:
        """Signed in both repositories, and on the laptop; both say that FIT images are signed by `maker`."""
        file = folder / f"golden-{VERSION}.itb"
        file.write_bytes(content)
        digest = sha256(content).hexdigest()
        told = {"format": "fit", "hardware": HARDWARE, "payload_hash": digest, **changes}
        fields = {"security_epoch": 2, "release_type": "golden", "native_key": "fit" if told["format"] == "fit" else ""}
        made = Image(
            file, VERSION, told["payload_hash"], (MODEL,), (told["hardware"],), format=told["format"],
            fields={name: value for name, value in fields.items() if value},
        )  # fmt: skip
        vendor, operator, anchors = self.scene.vendor, self.scene.operator, anchors_of(maker or MAKER.public_key())
        vendor.add_anchors(VENDOR, "fit", anchors)
        target = vendor.add(file, made.custom(VENDOR, "2026-11-01T00:00:00Z"))
        self.scene.release_images(vendor)
        operator.add_native_key(vendor_role(VENDOR), "fit", anchors)
        self.scene.release_director(operator)
        self.scene.order_images({}, OrderedImage(target, len(content), digest, (told["hardware"],)))
        return target

    def recover(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, dict[str, Any]]:
        self.scene.types(self.scene.pin, monkeypatch)
        port = self.line.address
        code, told = self.scene.call(
            "recover", "--port", port, "--serial", SERIAL, "--profile", PROFILE, "--approve-pin", SECOND, *words
        )
        return code, told[-1]


class SwitchedByHand:
    """The driver's own line, with somebody at the main switch."""

    def __init__(self, line: UbootRecovery, bench: OnTheBench) -> None:
        self._line, self._bench = line, bench
        self.identify, self.fits, self.log = line.identify, line.fits, line.log
        self.write, self.verify, self.start = line.write, line.verify, line.start

    def enter(self) -> Steps:
        switched = False
        for step in self._line.enter():
            if isinstance(step, ManualStep) and not switched:
                switched = True
                self._bench.cycles += 1
                self._bench.line.cycle()
            yield step


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("uboot") / "laptop"
    return folder, make(folder)


@pytest.fixture
def bench(
    made: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[OnTheBench]:
    with ExitStack() as stack:
        scene = Scene.open(made[0], tmp_path / "laptop", made[1], stack, capsys)
        charger = scene.site.charger(SERIAL)
        brick(charger)
        settings = {**ENVIRONMENT, "bootdelay": "0"}
        line = UbootCharger(Bootloader(Nameplate(SERIAL), MAKER.public_key(), Memory(), settings))
        found = OnTheBench(scene, charger, line)
        line.bootloader.on_start = found.started
        line.start()
        stack.callback(line.stop)
        _lay_profile(scene.folder)
        monkeypatch.setattr("fieldtool.app.app.Recoverers", lambda: {"uboot-serial": found})
        yield found


def _lay_profile(folder: Path) -> None:
    text = (resource("profiles") / "lab-uboot.toml").read_text()
    for old, new in (
        ('id = "lab-uboot"', f'id = "{PROFILE}"'),
        ('chunk = "65536"', 'chunk = "1024"'), ('seconds = "60"', 'seconds = "5"'),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    (folder / "profiles").mkdir(exist_ok=True)
    (folder / "profiles" / f"{PROFILE}.toml").write_text(text)


def anchors_of(key: PublicKey) -> bytes:
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return anchors_file("fit", keys=[pem])


def good() -> bytes:
    return image_of(Firmware(VERSION), MAKER, FILLER)


def test_a_dead_charger_is_brought_back_through_its_u_boot(
    bench: OnTheBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.publish(tmp_path, good())
    code, told = bench.recover(monkeypatch)
    assert (code, told["outcome"], told["to"]) == (0, "recovered", VERSION), told
    assert bench.scene.runs() == VERSION and bench.cycles == 1
    begun = [one for one in bench.scene.events() if one["event"] == "run-started"]
    assert begun[0]["grant"] == "technician" and bench.line.address in begun[0]["seen"]["recovery line"]


def test_an_image_that_its_bootloader_does_not_trust_is_never_called_recovered(
    bench: OnTheBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All keys of both repositories agree, also about who its maker is; the charger's bootloader has the last word."""
    bench.publish(tmp_path, image_of(Firmware(VERSION), STRANGER, FILLER), STRANGER.public_key())
    code, told = bench.recover(monkeypatch)
    assert (code, told["outcome"], told["reason"]["code"]) == (5, "stuck", "UBOOT_SIGNATURE"), told
    assert bench.scene.runs() == ""


@pytest.mark.parametrize(
    ("content", "changes", "said"),
    [
        (image_of(Firmware(VERSION), None, FILLER), {}, ("NATIVE_UNSIGNED", "NATIVE_UNSIGNED")),
        (image_of(Firmware(VERSION), STRANGER, FILLER), {}, ("NATIVE_KEY_UNKNOWN", "NATIVE_KEY_UNKNOWN")),
        (image_of(Firmware(VERSION), MAKER, FILLER)[:-1], {}, ("NATIVE_DAMAGED", "NATIVE_DAMAGED")),
        (image_of(Firmware(VERSION), MAKER, FILLER), {"payload_hash": "5a" * 32}, ("NATIVE_OTHER_RELEASE",) * 2),
        (image_of(Firmware(VERSION), MAKER, FILLER), {"hardware": "C1"}, ("RECOVERY_NO_IMAGE", "GRANT_NOT_ORDERED")),
        (image_of(Firmware(VERSION), MAKER, FILLER), {"format": "bin"}, ("RECOVERY_NO_IMAGE", "WRONG_FORMAT")),
    ],
    ids=["unsigned", "wrong key", "cut off", "another release", "another board", "called bin"],
)
def test_what_cannot_bring_it_back_is_refused_before_the_bootloader_is_touched(
    bench: OnTheBench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    changes: dict[str, str],
    said: tuple[str, str],
) -> None:
    """All keys of both repositories agree about it. Not a key is pressed on its console."""
    target = bench.publish(tmp_path, content, **changes)
    for words, text in ((("--plan",), said[0]), (("--release", target), said[1])):
        code, told = bench.recover(monkeypatch, *words)
        assert told["error"]["code"] == text and code in (3, 8), told
    assert (bench.line.pieces, bench.cycles, bench.scene.runs()) == (0, 0, "")
    newest = bench.scene.events()[0]
    assert newest["event"] == "recovery-refused" and newest["charger"] == SERIAL


def test_power_that_goes_in_mid_write_costs_time_only(
    bench: OnTheBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.publish(tmp_path, good())
    bench.line.faults.cut_at = 60
    code, told = bench.recover(monkeypatch)
    if code == 6:
        code, listed = bench.scene.call("resume", SERIAL)
        told = listed[-1]
    assert (code, told["outcome"], bench.scene.runs()) == (0, "recovered", VERSION), told
    assert bench.cycles == 2, "it did go dark in between"


def test_a_program_that_is_killed_in_mid_write_is_taken_up_by_another(bench: OnTheBench, tmp_path: Path) -> None:
    """SIGKILL, as the system does when memory runs out: a program of its own, with the driver that is installed."""
    bench.publish(tmp_path, good())
    line = bench.line
    medium = bytes(line.bootloader.memory.medium)
    command = (
        sys.executable, "-m", "fieldtool", "recover", "--port", line.address, "--serial", SERIAL, "--profile", PROFILE,
        "--approve-pin", SECOND, "--json", "--data", str(bench.scene.folder),
    )  # fmt: skip
    with Popen(command, stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL) as program:
        try:
            assert program.stdin is not None
            program.stdin.write(f"{bench.scene.pin}\n".encode())
            program.stdin.close()
            _until(lambda: line.pieces > 0)
            line.cycle()
            _until(lambda: bytes(line.bootloader.memory.medium) != medium)
        finally:
            program.kill()
    assert bench.scene.runs() == "", "it was in mid-write"
    code, told = bench.scene.call("resume", SERIAL)
    assert (code, told[-1]["outcome"], bench.scene.runs()) == (0, "recovered", VERSION), told
    assert bench.cycles == 0, "it still waits at its prompt: nobody has to switch anything"


def _until(true: Callable[[], bool]) -> None:
    pause = Event()
    for _ in range(3_000):
        if true():
            return
        pause.wait(0.01)
    raise AssertionError("waited for half a minute")


def test_hardware_that_the_image_is_not_made_for_is_refused_before_the_first_write(
    bench: OnTheBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.publish(tmp_path, good())
    bench.line.bootloader.plate = Nameplate(SERIAL, hardware="Z9")
    before = bytes(bench.line.bootloader.memory.medium)
    code, told = bench.recover(monkeypatch)
    assert code in (3, 8) and told["outcome"] == "refused", told
    assert bytes(bench.line.bootloader.memory.medium) == before
