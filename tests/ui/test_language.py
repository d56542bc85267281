"""The window speaks another language: texts of all layers, numbers, dates; and shows what was never translated."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from fieldtool.core.texts import Text
from fieldtool.settings import SETTINGS
from fieldtool.ui import language
from fieldtool.ui.language import PSEUDO, known, pseudo, read, speak
from fieldtool.ui.window import PLACES, MainWindow
from fieldtool.ui.words import day_words, size_words, trouble_words, words
from tests.ui.fake_app import FakeApp, trouble
from tests.ui.recovery_scenes import bench
from tests.ui.scenes import plans, runs
from tests.ui.test_layout import show

OpenWindow = Callable[..., MainWindow]
FILE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
    <context>
        <name>words</name>
        <message><source>{n:.1f} MB</source><translation>{n:.1f} MB</translation></message>
        <message><source>just now</source><translation>gerade eben</translation></message>
        <message><source>{n} s ago</source><translation type="unfinished">vor</translation></message>
        <message>
            <source>{year:04d}-{month:02d}-{day:02d}</source>
            <translation>{day:02d}.{month:02d}.{year:04d}</translation>
        </message>
    </context>
</TS>
"""


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    speak("en")


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fieldtool_de.ts").write_text(FILE, encoding="utf-8")
    monkeypatch.setattr(language, "_folder", lambda: tmp_path)


def test_what_is_translated_shows_and_the_rest_stays_english(german: None) -> None:
    assert known() == ("en", "de") and speak("de") == "de"
    assert words("just now") == "gerade eben"
    assert words("{n} s ago", n=5) == "5 s ago"
    assert speak("en") == "en" and words("just now") == "just now"


def test_numbers_and_days_are_written_as_the_language_does(german: None) -> None:
    day = datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert (size_words(1_540_000), day_words(day)) == ("1.5 MB", "2026-03-09")
    speak("de")
    assert (size_words(1_540_000), day_words(day)) == ("1,5 MB", "09.03.2026")


def test_a_language_that_is_not_there_is_english() -> None:
    assert speak("tlh") == "en"


def test_an_unfinished_translation_is_none(german: None, tmp_path: Path) -> None:
    assert ("words", "{n} s ago") not in read(tmp_path / "fieldtool_de.ts")


def test_the_test_language_keeps_what_is_filled_in() -> None:
    assert re.fullmatch(r"\[Úpdáté {n} çhárgérš ~+\]", pseudo("Update {n} chargers"))
    assert pseudo("{a}–{b}").count("{") == 2
    speak(PSEUDO)
    told = trouble_words(trouble(Text.FILE_UNREADABLE, file="site.toml", detail="gone"))
    assert all(one.startswith("[") for one in told) and "site.toml" in told[0]


def test_german_is_whole_and_says_days_and_numbers_as_germans_do() -> None:
    assert "de" in known() and speak("de") == "de"
    assert set(SETTINGS["language"].allowed) == {"system", *known()}
    assert (size_words(1_540_000), day_words(datetime(2026, 3, 9, 12, tzinfo=UTC))) == ("1,5 MB", "09.03.2026")
    told = trouble_words(trouble(Text.FILE_UNREADABLE, file="site.toml", detail="gone"))
    assert "site.toml" in told[0] and told[0] != Text.FILE_UNREADABLE.value[0].format(file="site.toml", detail="gone")


# What chargers, files and people are called: nobody translates that.
DATA = re.compile(
    r"Depot Rotterdam Zuid|Demo technician|Bay \d\d|Hyperline 180( \d[\d.]*)?|CityPost 22|root\.?fs\.\d"
    r"|(HL180|CP22)[-\d\u200b]+|[\d. →,]*modem [\d.]+|\s*/dev/tty\w+|[0-9a-f]{8} … [0-9a-f]{8}|[-\d: ]+UTC"
)


def test_every_word_on_every_screen_is_translated(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    speak(PSEUDO)
    window = open_window(bench(plans(runs(fake))))
    tested = {one for line in fake.doctor() for one in (line.name, line.finding, line.fix)}
    english = set()
    for place in PLACES:
        show(window, place.name, qtbot, fake)
        english |= {one for one in _shown(window) if "~" not in one and any(map(str.isalpha, one))}
    assert {one for one in english - tested if not DATA.fullmatch(one)} == set()


def _shown(window: QWidget) -> Iterator[str]:
    for one in window.findChildren(QWidget):
        if one.isVisible() and isinstance(one, QLabel | QAbstractButton):
            yield one.text()
