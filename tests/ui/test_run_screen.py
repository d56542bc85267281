"""Runs in stages, steps for a person, findings and waivers: by mouse and keys on visible widgets."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from fieldtool.app.views import OpenRun
from fieldtool.core.driver import EndedBy
from fieldtool.core.resources import resource
from fieldtool.core.texts import Text
from fieldtool.ui import names
from fieldtool.ui.find import control, name_cell
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.theme.tokens import THEMES
from fieldtool.ui.widgets.charger_pane import ChargerPane
from fieldtool.ui.widgets.manual_step import ManualStepCard
from fieldtool.ui.widgets.picture import coloured
from fieldtool.ui.widgets.run_chart import RunChart
from fieldtool.ui.widgets.run_lines import state_words
from fieldtool.ui.window import MainWindow
from fieldtool.update.run import Outcome, Phase
from fieldtool.update.validation import RULES, Grade
from tests.ui.fake_app import NOW, FakeApp, trouble
from tests.ui.hands import press, there
from tests.ui.scenes import BY_HAND, FINDINGS, STAGES, SWITCH, finding, put_run, runs
from tests.ui.test_walk import click_at, words_on

OpenWindow = Callable[..., MainWindow]
BAY1, BAY2, BAY4, BAY8 = "HL180-24-007731", "HL180-24-007742", "HL180-21-001198", "CP22-23-090412"


def on_run_screen(open_window: OpenWindow, qtbot: QtBot, app: FakeApp, key: str) -> tuple[MainWindow, QWidget]:
    """The window at the Run screen with this charger chosen, and its pane."""
    window = open_window(app)
    press(qtbot, window, names.SCREEN_RUN)
    chart = control(window, names.RUN_TABLE)
    assert isinstance(chart, RunChart)
    chart.choose(key)
    shown = next(one for one in window.findChildren(ChargerPane) if one.isVisible())
    qtbot.waitUntil(lambda: shown.key == key)
    return window, shown


def card(pane: QWidget) -> ManualStepCard:
    return pane.findChildren(ManualStepCard)[0]


def test_the_pane_says_which_stage_of_which_component_goes_on(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    _, pane = on_run_screen(open_window, qtbot, runs(fake), BAY1)
    assert "Stage 2 of 3 · Main controller 2.6.0" in words_on(pane)
    run = fake.rows[BAY1].run
    assert run is not None
    assert state_words(run)[1] == "2/3 · 1 check fails"
    fake.put(replace(fake.rows[BAY1], run=replace(run, leg=2, component="modem", phase=Phase.TRANSFER, findings=())))
    qtbot.waitUntil(lambda: "Stage 3 of 3 · Modem 1.1" in words_on(pane))


def test_every_finding_is_a_row_with_its_state_first_and_failures_lead(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    _, pane = on_run_screen(open_window, qtbot, runs(fake), BAY1)
    qtbot.waitUntil(lambda: "Central system" in words_on(pane))
    told = words_on(pane)
    assert told.index("Fail") < told.index("Central system") < told.index("Pass") < told.index("Version")
    for state in ("Pass", "Fail", "Waived", "Not applicable", "Not checked", "Waiting"):
        assert state in told, state
    assert "Demo technician: the reader was removed on purpose" in told
    rows = [one.accessibleName() for one in pane.findChildren(QWidget) if one.accessibleName().startswith("Fail: ")]
    assert rows == ["Fail: Central system. It is not connected to its central system, and was before the update."]


def test_soak_counts_down(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    _, pane = on_run_screen(open_window, qtbot, runs(fake), BAY1)

    def countdown(told: str) -> bool:
        return any(one.accessibleName() == told and one.isVisible() for one in pane.findChildren(QWidget))

    qtbot.waitUntil(lambda: countdown("4:12 of 10:00 left"))
    run = fake.rows[BAY1].run
    assert run is not None
    soak = finding("soak", Grade.NOT_CHECKED, Text.VALIDATE_SOAK_WAITS, found=349.0, expected=600.0)
    fake.put(replace(fake.rows[BAY1], run=replace(run, findings=(*FINDINGS[:-1], soak))))
    qtbot.waitUntil(lambda: countdown("4:11 of 10:00 left"))


def test_a_failing_rule_is_waived_with_a_typed_reason_and_never_without(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window, pane = on_run_screen(open_window, qtbot, runs(fake), BAY1)
    press(qtbot, window, names.WAIVE, rule="Central system")
    qtbot.waitUntil(lambda: there(window, names.WAIVE_WHY, rule="Central system") is not None)
    field = control(window, names.WAIVE_WHY, rule="Central system")
    confirm = control(window, names.WAIVE_NOW, rule="Central system")
    assert isinstance(field, QLineEdit)
    qtbot.keyClicks(field, "   ")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert not confirm.isEnabled()
    assert fake.called("waive") == []
    fake.put(replace(fake.rows[BAY1], last_seen=NOW))  # a pull in the middle of typing takes nothing away
    qtbot.keyClicks(field, "site is offline")
    qtbot.wait(120)
    assert field.text().strip() == "site is offline"
    press(qtbot, window, names.WAIVE_NOW, rule="Central system")
    qtbot.waitUntil(lambda: fake.called("waive") == [(BAY1, "backend", "site is offline")])
    qtbot.waitUntil(lambda: "Demo technician: site is offline" in words_on(pane))
    assert there(window, names.WAIVE, rule="Central system") is None


def test_a_waiver_is_begun_and_given_up_by_keys(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window, _ = on_run_screen(open_window, qtbot, runs(fake), BAY1)
    qtbot.waitUntil(lambda: there(window, names.WAIVE, rule="Central system") is not None)
    waive = control(window, names.WAIVE, rule="Central system")
    waive.setFocus()
    qtbot.keyClick(waive, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: there(window, names.WAIVE_WHY, rule="Central system") is not None)
    qtbot.keyClick(control(window, names.WAIVE_WHY, rule="Central system"), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: there(window, names.WAIVE_WHY, rule="Central system") is None)
    assert there(window, names.WAIVE, rule="Central system") is not None
    assert fake.called("waive") == []


@pytest.mark.parametrize(
    "change",
    [{"waivable": frozenset()}, {"phase": Phase.CONFIRM}, {"outcome": Outcome.ROLLED_BACK}],
    ids=["the site does not allow it", "validation is over", "the run has ended"],
)
def test_nothing_can_be_waived_when(
    change: dict[str, object], fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    row = runs(fake).rows[BAY1]
    assert row.run is not None
    fake.put(replace(row, run=replace(row.run, **change)))  # type: ignore[arg-type]  # fields by name
    window, pane = on_run_screen(open_window, qtbot, fake, BAY1)
    qtbot.waitUntil(lambda: "Central system" in words_on(pane))
    assert there(window, names.WAIVE, rule="Central system") is None


def test_a_step_that_the_charger_ends_is_shown_with_its_drawing_and_without_a_button(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window, pane = on_run_screen(open_window, qtbot, runs(fake), BAY2)
    qtbot.waitUntil(card(pane).isVisible)
    assert "Switch the charger off at its main switch" in words_on(card(pane))
    assert "It goes on by itself. Nothing to press." in words_on(card(pane))
    assert there(window, names.STEP_DONE) is None
    assert "Your turn: do the step below" in words_on(pane)
    run = fake.rows[BAY2].run
    assert run is not None
    fake.put(replace(fake.rows[BAY2], run=replace(run, asked=None)))
    qtbot.waitUntil(lambda: not card(pane).isVisible())


def test_done_is_told_to_the_run_that_asked_once_and_a_double_click_answers_no_second_step(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window, pane = on_run_screen(open_window, qtbot, runs(fake), BAY4)
    done = press(qtbot, window, names.STEP_DONE)
    assert isinstance(done, QPushButton) and not done.isEnabled()
    qtbot.waitUntil(lambda: fake.called("answer") == [BAY4])
    qtbot.waitUntil(lambda: not card(pane).isVisible())
    run = fake.rows[BAY4].run
    assert run is not None
    fake.put(replace(fake.rows[BAY4], run=replace(run, asked=BY_HAND)))
    qtbot.waitUntil(card(pane).isVisible)
    qtbot.mouseClick(done, Qt.MouseButton.LeftButton)  # the second click of a double click
    assert fake.called("answer") == [BAY4]
    qtbot.waitUntil(done.isEnabled)


def test_whoever_needs_a_person_leads_the_table_and_a_notice_leads_to_what_to_do(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window, pane = on_run_screen(open_window, qtbot, runs(fake), BAY8)
    chart = control(window, names.RUN_TABLE)
    assert isinstance(chart, RunChart)
    assert [line.run.name for line in chart.runs.shown][:3] == ["Bay 02", "Bay 04", "Bay 01"]
    press(qtbot, window, names.SHOW_STEP, name="Bay 02")
    qtbot.waitUntil(lambda: "Bay 02" in words_on(pane))
    assert card(pane).isVisible()


def test_a_check_that_fails_is_a_notice_while_there_is_time(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    put_run(fake, BAY1, Phase.VALIDATE, (Phase.VALIDATE, 0, -2, None), findings=FINDINGS)
    window = open_window(fake)
    press(qtbot, window, names.SCREEN_RUN)
    qtbot.waitUntil(lambda: "Bay 01: the health check fails" in words_on(window))
    press(qtbot, window, names.SHOW_CHECK, name="Bay 01")


def test_what_was_taken_back_is_said(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window, pane = on_run_screen(open_window, qtbot, runs(fake), BAY8)
    assert "Taken back: Modem, Main controller" in words_on(pane)
    for key in (BAY2, BAY4):
        fake.put(replace(fake.rows[key], run=None))
    fake.put(replace(fake.rows[BAY1], run=None))
    qtbot.waitUntil(lambda: "Taken back: Modem, Main controller. It is not connected" in words_on(window))


def test_a_run_that_waits_says_why_and_what_ends_the_waiting(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    _, pane = on_run_screen(open_window, qtbot, runs(fake), "HL180-23-004410")
    told = words_on(pane)
    assert "It is in use: connector 1 is charging. The update goes on when it is free." in told
    assert "Waiting is safe." in told
    assert "Nothing was changed on the charger." not in told  # the run knows better than the reason of the waiting


def test_a_run_left_open_names_component_and_stage_before_anything_is_resumed(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    step = trouble(Text.RESUME_INSTALL)
    fake.left_open = (
        OpenRun("run-5", BAY4, "Bay 04", "2.6.0, modem 1.1", Phase.INSTALL, NOW, step, "modem", 2, 3, "1.1"),
    )
    window = open_window(fake)
    qtbot.waitUntil(lambda: "Stage 3 of 3, Modem 1.1, at “Install”." in words_on(window))
    assert "finishes or undoes the installation" in words_on(window)
    assert fake.called("resume") == []


def test_a_step_is_done_from_the_list_of_chargers_too(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(runs(fake))
    click_at(qtbot, name_cell(window, BAY4))
    press(qtbot, window, names.STEP_DONE)
    qtbot.waitUntil(lambda: fake.called("answer") == [BAY4])


@pytest.mark.parametrize("theme", THEMES)
def test_drawings_take_their_colours_from_every_theme(theme: str) -> None:
    LOOK.set(theme)
    drawings = list(resource("pictures").glob("*.svg"))
    assert drawings
    for drawing in drawings:
        source = drawing.read_text(encoding="utf-8")
        assert "#" not in source, f"{drawing.name} names a colour of its own"
        assert "{{" not in coloured(source)


def test_the_drawing_of_every_manual_step_ships() -> None:
    for step in (SWITCH, BY_HAND):
        assert (resource("pictures") / f"{step.picture}.svg").is_file()
    assert SWITCH.ended_by is EndedBy.DEVICE


def test_every_rule_of_validation_has_words() -> None:
    from fieldtool.ui.run_words import rule_word

    assert [rule for rule in RULES if rule_word(rule) == rule] == []
    assert STAGES[-1][0] == "modem"
