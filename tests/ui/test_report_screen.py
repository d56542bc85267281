"""The Reports screen over real evidence: what was done, its checks, its pages, signed, and files of it checked."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog
from pytestqt.exceptions import TimeoutError as QtTimeoutError
from pytestqt.qtbot import QtBot

from fieldtool.ui import names
from fieldtool.ui.find import control
from fieldtool.ui.screens.reports import ReportsScreen
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.widgets.firmware_parts import JobLine
from fieldtool.ui.window import MainWindow
from tests.report.support import Scene
from tests.ui.fake_app import FakeApp
from tests.ui.findings import findings
from tests.ui.hands import press, there
from tests.ui.report_scenes import visited
from tests.ui.test_layout import elided  # noqa: F401  # a fixture
from tests.ui.test_walk import words_on

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene.begin(tmp_path / "laptop")
    yield made
    made.close()


def opened(
    open_window: OpenWindow, qtbot: QtBot, app: FakeApp, width: int = 1440, height: int = 900
) -> tuple[MainWindow, ReportsScreen]:
    window = open_window(app, width, height)
    press(qtbot, window, names.SCREEN_REPORTS)
    screen = window.open_screen(names.SCREEN_REPORTS)
    assert isinstance(screen, ReportsScreen)
    return window, screen


def drawn(qtbot: QtBot, screen: ReportsScreen, title: str) -> None:
    qtbot.waitUntil(lambda: screen.checks.title.text() == title)


def chosen(window: MainWindow, qtbot: QtBot, button: str, path: Path) -> None:
    press(qtbot, window, button)
    qtbot.waitUntil(lambda: any(one.isVisible() for one in window.findChildren(QFileDialog)))
    dialog = next(one for one in window.findChildren(QFileDialog) if one.isVisible())
    dialog.fileSelected.emit(str(path))
    dialog.close()


def said(window: MainWindow) -> str:
    return next((one.accessibleName() for one in window.findChildren(JobLine) if one.isVisible()), "")


def wrong(qtbot: QtBot, window: MainWindow) -> list[str]:
    """What does not fit when everything has found its place."""
    found: list[str] = []

    def fits() -> bool:
        found[:] = findings(window)
        return not found

    with suppress(QtTimeoutError):
        qtbot.waitUntil(fits, timeout=10_000)
    return found


def listed(screen: ReportsScreen) -> list[str]:
    """The lines as a screen reader says them."""
    lines = screen.list.model()
    role = Qt.ItemDataRole.AccessibleTextRole
    return [str(lines.index(row, 0).data(role)) for row in range(lines.rowCount())]


def test_a_laptop_that_did_nothing_yet_says_what_will_stand_here(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window, _ = opened(open_window, qtbot, fake)
    qtbot.waitUntil(lambda: "Nothing was done here yet" in words_on(window))
    assert not control(window, names.REPORT_SIGN).isEnabled()


def test_the_visit_comes_first_and_leads_to_each_charger(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot, scene: Scene
) -> None:
    window, screen = opened(open_window, qtbot, visited(fake, scene))
    drawn(qtbot, screen, "This visit: 3 runs")
    qtbot.waitUntil(lambda: "Bay 03" in words_on(window) and "Nobody asked for an update." in words_on(window))
    press(qtbot, window, names.REPORT_RUN, name="Bay 02")
    drawn(qtbot, screen, "Bay 02")
    for told in ("Protocol: Site acceptance (SAT)", "Page 1 of", "Draft, not signed"):
        qtbot.waitUntil(lambda text=told: text in words_on(window))


def test_what_nobody_knows_is_not_shown_as_passed(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot, scene: Scene
) -> None:
    window, screen = opened(open_window, qtbot, visited(fake, scene))
    drawn(qtbot, screen, "This visit: 3 runs")
    screen.choose("run-1")
    drawn(qtbot, screen, "Bay 01")
    for told in ("Not checked", "not checked", "pass"):
        qtbot.waitUntil(lambda text=told: text in words_on(window))


def test_it_is_signed_saved_listed_and_holds_and_an_altered_copy_does_not(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot, scene: Scene, tmp_path: Path
) -> None:
    window, screen = opened(open_window, qtbot, visited(fake, scene))
    drawn(qtbot, screen, "This visit: 3 runs")
    screen.choose("run-1")
    drawn(qtbot, screen, "Bay 01")
    chosen(window, qtbot, names.REPORT_SIGN, tmp_path / "stick")
    qtbot.waitUntil(lambda: said(window).startswith("Signed and saved"))
    pdf, signed = sorted((tmp_path / "stick").iterdir(), key=lambda file: file.suffix, reverse=True)
    assert (pdf.suffix, signed.suffix) == (".pdf", ".json")
    qtbot.waitUntil(lambda: any("Bay 01" in one and "Signed, not receipted yet" in one for one in listed(screen)))
    for file in (pdf, signed):
        chosen(window, qtbot, names.REPORT_CHECK, file)
        qtbot.waitUntil(lambda name=file.name: f"{name} holds" in said(window))
    altered = signed.read_bytes().replace(b'"payload":"e', b'"payload":"f', 1)
    (tmp_path / "altered.json").write_bytes(altered)
    chosen(window, qtbot, names.REPORT_CHECK, tmp_path / "altered.json")
    qtbot.waitUntil(lambda: screen.trouble.isVisible())
    assert "holds" not in said(window)


def test_paper_and_names_are_chosen_before_it_is_signed(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot, scene: Scene
) -> None:
    window, screen = opened(open_window, qtbot, visited(fake, scene))
    drawn(qtbot, screen, "This visit: 3 runs")
    paper = control(window, names.REPORT_PAPER)
    assert isinstance(paper, QComboBox)
    paper.setCurrentIndex(1)
    press(qtbot, window, names.REPORT_PEOPLE)
    qtbot.waitUntil(lambda: any(form.paper == "letter" and form.names for _, form in fake.called("report_preview")))


@pytest.mark.parametrize(
    ("theme", "percent", "size"),
    [
        ("light", 100, (1440, 900)),
        ("light", 100, (1093, 600)),
        ("light", 130, (1093, 600)),
        ("light", 130, (1366, 768)),
        ("dark", 100, (1366, 768)),
        ("sunlight", 100, (1093, 600)),
    ],
)
def test_it_fits(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot, scene: Scene, size: tuple[int, int], theme: str,
    percent: int, elided: list[str], repository_root: Path,  # noqa: F811
) -> None:  # fmt: skip
    LOOK.set(theme, percent, False)
    window, screen = opened(open_window, qtbot, visited(fake, scene), *size)
    drawn(qtbot, screen, "This visit: 3 runs")
    found = wrong(qtbot, window)
    folder = repository_root / "build" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    window.grab().save(str(folder / f"reports-visit-{theme}-{percent}-{size[0]}x{size[1]}.png"))
    screen.choose("run-1")
    drawn(qtbot, screen, "Bay 01")
    if there(window, names.REPORT_PAGES) is not None:
        press(qtbot, window, names.REPORT_PAGES)
        found += wrong(qtbot, window)
        window.grab().save(str(folder / f"reports-pages-{theme}-{percent}-{size[0]}x{size[1]}.png"))
    assert "\n".join(found + sorted(set(elided))) == ""
