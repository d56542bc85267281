"""A FIT by the real mkimage, published, checked on the laptop, and written and started by the real U-Boot in QEMU.

What U-Boot starts there has no network: once it has said its name, the lab's charger answers in its place.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from fieldtool.core.driver import Steps
from fieldtool.core.model import FirmwareImage, Link
from fieldtool.core.profile import Profile
from fieldtool.core.recovery import Recovery
from fieldtool.core.resources import resource
from fieldtool.drivers.uboot_serial import UbootRecovery, UbootSerial
from fieldtool.lab.uboot_charger import UbootCharger
from tests.peers import fit_maker, uboot_qemu
from tests.peers.fit_maker import maker_of
from tests.peers.uboot_qemu import SLOTS, Board, Kit
from tests.walk import test_recover_uboot as walk
from tests.walk.dead_charger import brick
from tests.walk.directed import SERIAL, Scene, make

MISSING = fit_maker.MISSING or uboot_qemu.MISSING
pytestmark = [pytest.mark.peer, pytest.mark.skipif(bool(MISSING), reason=f"needs {MISSING}")]


@dataclass
class RealLine:
    """What the bench asks of a virtual U-Boot, of the real one."""

    board: Board

    @property
    def address(self) -> str:
        return str(self.board.cable.port.resolve())

    def cycle(self) -> None:
        self.board.cycle()


@dataclass
class RealBench(walk.OnTheBench):
    """The real U-Boot on the bench."""

    content: bytes = b""  # that is to be written

    @property
    def board(self) -> Board:
        line: object = self.line
        assert isinstance(line, RealLine)
        return line.board

    @contextmanager
    def open(self, link: Link, profile: Profile) -> Iterator[Recovery]:
        with UbootSerial(patience=uboot_qemu.QUICK).open(link, profile) as recovery:
            yield ThenSeen(recovery, self)


class ThenSeen(walk.SwitchedByHand):
    def __init__(self, line: UbootRecovery, bench: RealBench) -> None:
        super().__init__(line, bench)
        self._real, self.start = bench, self._start

    def _start(self, image: FirmwareImage) -> Steps:
        yield from self._line.start(image)
        on_medium = self._real.board.peek(SLOTS["B"], image.length)
        assert on_medium == self._real.content, "it is this that has started"
        self._real.runs(image.version, self._real.content)


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    found = Kit(tmp_path_factory.mktemp("kit"))
    found.make()
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("real-uboot") / "laptop"
    return folder, make(folder)


@pytest.fixture
def bench(
    kit: Kit,
    made: tuple[Path, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[RealBench]:
    with ExitStack() as stack:
        scene = Scene.open(made[0], tmp_path / "laptop", made[1], stack, capsys)
        charger = scene.site.charger(SERIAL)
        brick(charger)
        board = Board(kit, tmp_path)
        stack.callback(board.close)
        board.on()
        found = RealBench(scene, charger, cast(UbootCharger, RealLine(board)))
        lay_profile(scene.folder)
        monkeypatch.setattr("fieldtool.app.app.Recoverers", lambda: {"uboot-serial": found})
        yield found


def lay_profile(folder: Path) -> None:
    """That of the lab, with the section [recovery] of the board; its bootloader tells another serial number."""
    lines, inside = [], False
    for line in (resource("profiles") / "lab-uboot.toml").read_text().splitlines():
        inside = line == "[recovery]" or (inside and not line.startswith("["))
        if not inside:
            lines.append(line.replace('id = "lab-uboot"', f'id = "{walk.PROFILE}"'))
    told = (f"{name} = {json.dumps(value)}" for name, value in uboot_qemu.RECOVERY.items() if name != "serial")
    (folder / "profiles").mkdir(exist_ok=True)
    (folder / "profiles" / f"{walk.PROFILE}.toml").write_text("\n".join([*lines, "[recovery]", *told]))


def test_a_fit_by_mkimage_is_verified_written_and_started_by_the_real_u_boot(
    kit: Kit, bench: RealBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.content = kit.fit(walk.VERSION)
    bench.publish(tmp_path, bench.content, maker_of(kit).key("maker").public_key())
    code, told = bench.recover(monkeypatch)
    assert (code, told.get("outcome"), told.get("to")) == (0, "recovered", walk.VERSION), told
    assert bench.scene.runs() == walk.VERSION


@pytest.mark.parametrize(
    ("key", "said"), [("", "NATIVE_UNSIGNED"), ("stranger", "NATIVE_KEY_UNKNOWN")], ids=["unsigned", "wrong key"]
)
def test_what_the_real_u_boot_would_refuse_is_refused_before_it_is_touched(
    kit: Kit, bench: RealBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, said: str
) -> None:
    bench.publish(tmp_path, kit.fit(walk.VERSION, key=key), maker_of(kit).key("maker").public_key())
    code, told = bench.recover(monkeypatch)
    assert (code, told["error"]["code"]) == (8, said), told
    assert bench.board.cable.carried == 0 and bench.cycles == 0


def test_where_the_catalogue_trusts_a_stranger_the_real_u_boot_does_not(
    kit: Kit, bench: RealBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has all keys of both repositories, those for makers' keys too, comes as far as the bootloader."""
    bench.content = kit.fit(walk.VERSION, key="stranger")
    bench.publish(tmp_path, bench.content, maker_of(kit).key("stranger").public_key())
    code, told = bench.recover(monkeypatch)
    assert (code, told["outcome"], told["reason"]["code"]) == (5, "stuck", "UBOOT_SIGNATURE"), told
    assert bench.scene.runs() == ""
