"""Chargers that no longer boot, on the real U-Boot: each test is one way in which they are dead, or the work breaks off."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.uboot_qemu import HARDWARE, MISSING, MODEL, SERIAL, SLOTS, Board, Kit, finish

pytestmark = [pytest.mark.peer, pytest.mark.skipif(bool(MISSING), reason=f"needs {MISSING}")]


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    made = Kit(tmp_path_factory.mktemp("kit"))
    made.make()
    return made


@pytest.fixture
def board(kit: Kit, tmp_path: Path) -> Iterator[Board]:
    made = Board(kit, tmp_path)
    try:
        yield made
    finally:
        made.close()


def test_empty_slots_are_written_verified_and_started(board: Board, kit: Kit, tmp_path: Path) -> None:
    image = kit.image(tmp_path, kit.fit("3.1.0"), "3.1.0")
    board.on()
    with board.recovery() as recovery:
        board.enter(recovery)
        who = recovery.identify()
        assert (who.model, who.hardware, who.serial) == (MODEL, HARDWARE, SERIAL)
        recovery.fits(image)
        told = finish(recovery.write(image))
        finish(recovery.verify(image))
        finish(recovery.start(image))
        assert told[-1].done == image.length
        assert any("CITYPOST version=3.1.0 READY" in line for line in recovery.log())
    assert board.peek(SLOTS["B"], image.length) == image.path.read_bytes()
