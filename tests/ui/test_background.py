"""The bridge between threads and Qt: results arrive on the GUI thread, stale ones never."""

import threading
from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from fieldtool.core.errors import FieldtoolError, UsageError
from fieldtool.core.texts import Text
from fieldtool.ui.background import Background, Feed
from fieldtool.update.run import Ending, Outcome
from tests.ui.fake_app import FakeApp


@pytest.fixture
def background() -> Iterator[Background]:
    made = Background()
    yield made
    made.close()


def unexpected(error: FieldtoolError) -> None:
    raise AssertionError(error)


def test_work_runs_elsewhere_and_its_result_arrives_on_the_gui_thread(background: Background, qtbot: QtBot) -> None:
    owner, seen = QObject(), []
    background.run(
        threading.get_ident, lambda ident: seen.append((ident, threading.get_ident())), unexpected, owner=owner
    )
    qtbot.waitUntil(lambda: bool(seen))
    assert seen[0][0] != threading.get_ident()
    assert seen[0][1] == threading.get_ident()


def test_our_errors_arrive_as_they_are(background: Background, qtbot: QtBot) -> None:
    def work() -> None:
        raise UsageError(Text.ADDRESS_BAD, address="x")

    owner, errors = QObject(), []
    background.run(work, lambda _: None, errors.append, owner=owner)
    qtbot.waitUntil(lambda: bool(errors))
    assert errors[0].text is Text.ADDRESS_BAD


def test_a_bug_is_logged_and_told_as_one(background: Background, qtbot: QtBot, expect_log: "object") -> None:
    expect_log("a call of the window failed")

    def work() -> None:
        raise KeyError("oops")

    owner, errors = QObject(), []
    background.run(work, lambda _: None, errors.append, owner=owner)
    qtbot.waitUntil(lambda: bool(errors))
    assert errors[0].text is Text.BUG
    assert errors[0].params == {"detail": "KeyError"}


def test_an_older_answer_never_overtakes_a_newer_question(background: Background, qtbot: QtBot) -> None:
    owner, seen, go = QObject(), [], threading.Event()

    def slow() -> str:
        go.wait(5)
        return "old"

    background.run(slow, seen.append, unexpected, owner=owner, replaces="plan")
    background.run(lambda: "new", seen.append, unexpected, owner=owner, replaces="plan")
    qtbot.waitUntil(lambda: seen == ["new"])
    go.set()
    background.run(lambda: "other", seen.append, unexpected, owner=owner)
    qtbot.waitUntil(lambda: "other" in seen)
    assert seen == ["new", "other"]


def test_nothing_is_delivered_to_a_widget_that_is_gone(background: Background, qtbot: QtBot) -> None:
    owner, other, seen, go = QObject(), QObject(), [], threading.Event()

    def slow() -> str:
        go.wait(5)
        return "late"

    background.run(slow, seen.append, unexpected, owner=owner)
    shiboken6.delete(owner)
    go.set()
    background.run(lambda: "next", seen.append, unexpected, owner=other)
    qtbot.waitUntil(lambda: seen == ["next"])


def test_nothing_is_delivered_after_close(background: Background, qtbot: QtBot) -> None:
    owner, seen, go, ended = QObject(), [], threading.Event(), threading.Event()

    def slow() -> None:
        go.wait(5)
        ended.set()

    background.run(slow, seen.append, unexpected, owner=owner)
    background.close()
    go.set()
    assert ended.wait(5)
    background.run(lambda: "never", seen.append, unexpected, owner=owner)
    qtbot.wait(20)
    assert seen == []


def test_the_feed_tells_only_of_changes(fake: FakeApp, qtbot: QtBot) -> None:
    feed = Feed(fake)
    told = []
    feed.fleet_changed.connect(told.append)
    for _ in range(5):
        feed.pull()
    assert told == []
    fake.remove("CP22-25-118839")
    feed.pull()
    feed.pull()
    assert len(told) == 1


def test_an_ending_told_in_a_worker_arrives_on_the_gui_thread(fake: FakeApp, qtbot: QtBot) -> None:
    feed = Feed(fake)
    seen: list[tuple[Ending, int]] = []

    class Listener(QObject):
        def take(self, ending: Ending) -> None:
            seen.append((ending, threading.get_ident()))

    listener = Listener()
    feed.run_ended.connect(listener.take)
    worker = threading.Thread(target=fake.end, args=("HL180-24-007731", Outcome.DONE))
    worker.start()
    worker.join(5)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen[0][0].outcome is Outcome.DONE
    assert seen[0][1] == threading.get_ident()


def test_a_run_that_outlives_the_window_tells_nobody_and_breaks_nothing(fake: FakeApp, qtbot: QtBot) -> None:
    feed = Feed(fake)
    shiboken6.delete(feed)
    fake.end("HL180-24-007731", Outcome.DONE)
