"""The Firmware screen on the real services: a stick is dropped, a file in hand, a changed file, a clean-up."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fieldtool.app.app import App
from fieldtool.core.clock import SystemClock
from fieldtool.publish.throwaway import make_director
from fieldtool.ui import names
from fieldtool.ui.find import control
from fieldtool.ui.window import MainWindow
from tests.firmware.bundles import Operator, bundles, order, result
from tests.firmware.site import SetClock
from tests.ui.real_windows import real_windows
from tests.ui.test_firmware_screen import answer, drop, listed, screen
from tests.ui.test_walk import words_on

SECONDS = 20_000  # milliseconds, for real work


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    """One order that holds names 2.6.0; the laptop “maker” has synced."""
    made = Operator(tmp_path, SetClock(SystemClock().now() - timedelta(minutes=5)))
    today = replace(order(made.new), issued=made.clock.now(), expires=made.clock.now() + timedelta(days=9))
    (tmp_path / "director").rename(tmp_path / "first")
    made.root = make_director(tmp_path / "director", made.clock, orders=(today,))
    made.synced("maker")
    yield made
    made.close()


@pytest.fixture
def laptop(operator: Operator, qtbot: QtBot) -> Iterator[Callable[[str], tuple[App, MainWindow]]]:
    with real_windows(qtbot, names.SCREEN_FIRMWARE) as made:
        yield lambda name: made(operator.folder / name)


def test_a_stick_that_is_dropped_makes_an_empty_laptop_enough_for_the_site(
    operator: Operator, laptop: Callable[[str], tuple[App, MainWindow]], qtbot: QtBot
) -> None:
    stick = operator.folder / "stick.zip"
    result(bundles(operator.laptops[-1]).export(stick))
    operator.laptop("taker")
    _, window = laptop("taker")
    qtbot.waitUntil(lambda: "no firmware catalogue" in answer(window).lower(), timeout=SECONDS)
    assert drop(qtbot, window, stick.as_uri())
    qtbot.waitUntil(lambda: "Enough for this site: its 1 file is here" in answer(window), timeout=SECONDS)
    assert (operator.new.target, False) in listed(window)
    qtbot.waitUntil(lambda: not screen(window)._job.running, timeout=SECONDS)
    assert control(window, names.BUNDLE_IMPORT).isEnabled()


def test_a_missing_file_comes_from_a_hand_and_a_stranger_does_not_enter(
    operator: Operator, laptop: Callable[[str], tuple[App, MainWindow]], qtbot: QtBot
) -> None:
    image = operator.laptops[-1].catalogue.path(operator.new)
    hand = operator.folder / "from a friend.bin"
    hand.write_bytes(image.read_bytes())
    stranger = operator.folder / "citypost-9.9.9.raucb"
    stranger.write_bytes(b"anything")
    image.unlink()
    _, window = laptop("maker")
    qtbot.waitUntil(lambda: "the only file that it needs is missing" in answer(window), timeout=SECONDS)
    assert drop(qtbot, window, stranger.as_uri())
    qtbot.waitUntil(lambda: "is no firmware that the signed catalogue" in words_on(window), timeout=SECONDS)
    assert not image.exists()
    qtbot.waitUntil(lambda: not screen(window)._job.running, timeout=SECONDS)
    assert drop(qtbot, window, hand.as_uri())
    qtbot.waitUntil(lambda: "Enough for this site" in answer(window), timeout=SECONDS)
    assert image.read_bytes() == hand.read_bytes()


def test_a_file_that_was_changed_on_the_disk_is_refused_as_soon_as_the_screen_opens(
    operator: Operator, laptop: Callable[[str], tuple[App, MainWindow]], qtbot: QtBot
) -> None:
    operator.laptops[-1].catalogue.path(operator.new).write_bytes(b"x" * operator.new.length)
    _, window = laptop("maker")
    qtbot.waitUntil(lambda: "Not enough for this site" in answer(window), timeout=SECONDS)
    assert listed(window)[:2] == [(operator.new.target, False), (operator.new.target, True)]
