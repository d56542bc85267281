"""Every screen in every theme and size: nothing clipped, elided, overlapping, too small or without a name."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fieldtool.app.views import OpenRun
from fieldtool.core.model import normal_serial
from fieldtool.core.texts import Text
from fieldtool.ui import names, paint
from fieldtool.ui.language import speak
from fieldtool.ui.screens.chargers import ChargersScreen
from fieldtool.ui.screens.run import RunScreen
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.widgets.plan_line import ComponentLine
from fieldtool.ui.window import PLACES, MainWindow
from fieldtool.update.run import Phase
from tests.ui.fake_app import NOW, FakeApp, trouble
from tests.ui.findings import findings
from tests.ui.hands import press
from tests.ui.recovery_scenes import bench
from tests.ui.scenes import plans, runs

SIZES = ((1440, 900), (1366, 768), (1093, 600))
OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def elided() -> Iterator[list[str]]:
    found: list[str] = []
    paint.on_elided(lambda words, has, needs: found.append(f"painted {words!r} needs {needs:.0f}, has {has:.0f}"))
    yield found
    paint.on_elided(None)


@pytest.fixture
def pictures(repository_root: Path) -> Path:
    folder = repository_root / "build" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def show(window: MainWindow, name: str, qtbot: QtBot, app: FakeApp) -> None:
    """Show the screen and wait until what it asked for has arrived."""
    window.show_screen(name)
    if name == names.SCREEN_CHARGERS:
        screen = window.open_screen(name)
        assert isinstance(screen, ChargersScreen)
        screen.model.tick(["CP22-25-118831", "CP22-25-118836"], True)
    asked = {
        names.SCREEN_PLAN: "plan", names.SCREEN_SETTINGS: "doctor", names.SCREEN_FIRMWARE: "firmware",
        names.SCREEN_AUDIT: "audit_rows",
    }.get(name)  # fmt: skip
    if asked is not None:
        qtbot.waitUntil(lambda: bool(app.called(asked)))
    for _ in range(3):
        window.feed.second_passed.emit()
        qtbot.wait(60)  # the queue of results and relayouts runs dry; there is no signal for "nothing more comes"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("theme", ["light", "dark", "sunlight"])
def test_nothing_is_clipped_elided_overlapping_or_nameless(
    theme: str,
    size: tuple[int, int],
    fake: FakeApp,
    open_window: OpenWindow,
    qtbot: QtBot,
    elided: list[str],
    pictures: Path,
) -> None:
    LOOK.set(theme)
    window = open_window(fake, *size)
    found = []
    for place in PLACES:
        show(window, place.name, qtbot, fake)
        found += [f"{place.words}: {one}" for one in findings(window)]
        window.grab().save(str(pictures / f"{place.words.lower()}-{theme}-{size[0]}x{size[1]}.png"))
    assert (window.width(), window.height()) == size
    assert "\n".join(found + sorted(set(elided))) == ""


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("percent", "glove"), [(115, False), (130, True)])
def test_large_text_and_gloves_fit_too(
    percent: int,
    glove: bool,
    size: tuple[int, int],
    fake: FakeApp,
    open_window: OpenWindow,
    qtbot: QtBot,
    elided: list[str],
    pictures: Path,
) -> None:
    LOOK.set("light", percent, glove)
    window = open_window(fake, *size)
    found = []
    for place in PLACES:
        show(window, place.name, qtbot, fake)
        found += [f"{place.words}: {one}" for one in findings(window)]
        window.grab().save(str(pictures / f"{place.words.lower()}-{percent}-{size[0]}x{size[1]}.png"))
    assert (window.width(), window.height()) == size
    assert "\n".join(found + sorted(set(elided))) == ""


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("language", "percent", "glove"), [("de", 100, False), ("de", 130, True), ("pseudo", 100, False)]
)
def test_the_longer_words_of_other_languages_fit_too(
    language: str,
    percent: int,
    glove: bool,
    size: tuple[int, int],
    fake: FakeApp,
    open_window: OpenWindow,
    qtbot: QtBot,
    elided: list[str],
    pictures: Path,
    request: pytest.FixtureRequest,
) -> None:
    request.addfinalizer(lambda: speak("en"))
    assert speak(language) == language
    LOOK.set("light", percent, glove)
    told = f"{language}-{percent}-{size[0]}x{size[1]}"
    window = open_window(bench(plans(runs(fake))), *size)
    found = []
    for place in PLACES:
        show(window, place.name, qtbot, fake)
        found += [f"{place.words}: {one}" for one in findings(window)]
        window.grab().save(str(pictures / f"{place.words.lower()}-{told}.png"))
    assert (window.width(), window.height()) == size
    assert "\n".join(found + sorted(set(elided))) == ""


def test_a_crash_left_a_run_open_and_the_sheet_lies_over_the_table(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot, elided: list[str], pictures: Path
) -> None:
    serial = "CP22-25-118831"
    step = trouble(Text.CHARGER_SILENT, serial=serial, seconds=90)
    fake.left_open = (OpenRun("run-5", normal_serial(serial), "Bay 10", "5.1.3", Phase.INSTALL, NOW, step),)
    window = open_window(fake, 1093, 600)
    show(window, names.SCREEN_CHARGERS, qtbot, fake)
    screen = window.open_screen(names.SCREEN_CHARGERS)
    assert isinstance(screen, ChargersScreen)
    screen.table.opened.emit("HL180-24-007731")
    qtbot.wait(60)
    window.grab().save(str(pictures / "chargers-sheet-light-1093x600.png"))
    assert "\n".join(findings(window) + sorted(set(elided))) == ""


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("theme", "percent"), [("light", 100), ("dark", 100), ("sunlight", 100), ("light", 130)])
def test_stages_steps_findings_and_reasons_fit(
    theme: str,
    percent: int,
    size: tuple[int, int],
    fake: FakeApp,
    open_window: OpenWindow,
    qtbot: QtBot,
    elided: list[str],
    pictures: Path,
) -> None:
    LOOK.set(theme, percent, False)
    window = open_window(plans(runs(fake)), *size)
    found = []
    told = f"{theme}-{percent}-{size[0]}x{size[1]}"

    def look(what: str) -> None:
        for _ in range(3):
            window.feed.second_passed.emit()
            qtbot.wait(40)  # relayouts run dry; there is no signal for "nothing more comes"
        found.extend(f"{what}: {one}" for one in findings(window))
        window.grab().save(str(pictures / f"{what}-{told}.png"))

    window.show_screen(names.SCREEN_RUN)
    screen = window.open_screen(names.SCREEN_RUN)
    assert isinstance(screen, RunScreen)
    for key, what in (
        ("HL180-24-007731", "run-validate"),
        ("HL180-24-007742", "run-step"),
        ("HL180-21-001198", "run-done"),
        ("CP22-23-090412", "run-undone"),
        ("HL180-23-004410", "run-waits"),
    ):
        screen.chart.choose(key)
        screen.pane.show_row(fake.fleet().row(key))
        screen.open_pane()
        if what == "run-validate":
            press(qtbot, window, names.WAIVE, rule="Central system")
        look(what)
    fake.put(replace(fake.rows["HL180-21-001198"], run=None))
    qtbot.waitUntil(lambda: "HL180-21-001198" not in window.feed.fleet.runs)
    window.show_screen(names.SCREEN_PLAN)
    qtbot.waitUntil(lambda: bool(fake.called("plan")))
    qtbot.waitUntil(lambda: bool(window.findChildren(ComponentLine)))
    press(qtbot, window, names.OVERRIDE, names="Bay 05", component="Main controller")
    for part in ("Main controller", "Modem"):
        press(qtbot, window, names.ALL_FINDINGS, names="Bay 04", component=part)
    look("plan-parts")
    assert "\n".join(found + sorted(set(elided))) == ""
