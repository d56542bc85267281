"""The plan with parts: stepping stones, all findings, overrides with a reason, the baseline. By mouse and keys."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from fieldtool.app.views import Level, Verdict
from fieldtool.core.model import SiteRules
from fieldtool.core.texts import Text
from fieldtool.ui import names
from fieldtool.ui.find import control
from fieldtool.ui.widgets.plan_matrix import groups
from fieldtool.ui.widgets.plan_parts import total_time
from fieldtool.ui.window import MainWindow
from fieldtool.update.plan import NEWEST
from tests.ui.fake_app import NOW, FakeApp, trouble
from tests.ui.hands import press, there
from tests.ui.scenes import plans
from tests.ui.test_walk import words_on

OpenWindow = Callable[..., MainWindow]
BAY4, BAY5, BAY10 = "HL180-21-001198", "HL180-19-000087", "CP22-25-118831"


def planned(open_window: OpenWindow, qtbot: QtBot, app: FakeApp, width: int = 1440, height: int = 900) -> MainWindow:
    window = open_window(app, width, height)
    press(qtbot, window, names.SCREEN_PLAN)
    qtbot.waitUntil(lambda: "2 steps, over 2.2.0" in words_on(window))
    return window


def test_every_component_has_a_line_with_its_stepping_stones(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = planned(open_window, qtbot, plans(fake))
    told = words_on(window)
    assert "Main controller" in told and "Modem" in told
    assert "from history" in told and "estimated" in told
    start = control(window, names.START)
    assert isinstance(start, QPushButton)
    press(qtbot, window, names.START)
    qtbot.waitUntil(lambda: bool(fake.called("start")))
    run = fake.rows[BAY4].run
    assert run is not None
    assert run.stages == (("main", "2.2.0"), ("main", "2.6.0"), ("modem", "1.1"))


def test_all_that_was_found_opens_below_its_line_and_what_was_not_checked_is_told_quietly(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = planned(open_window, qtbot, plans(fake))
    assert "Not checked" not in words_on(window)
    press(qtbot, window, names.ALL_FINDINGS, names="Bay 04", component="Modem")
    qtbot.waitUntil(lambda: "The charger cannot resolve names." in words_on(window))
    assert "Not checked: the charger does not tell its time." in words_on(window)
    button = control(window, names.ALL_FINDINGS, names="Bay 04", component="Modem")
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "Not checked" not in words_on(window))


def test_a_stop_is_overridden_with_a_reason_and_the_override_can_be_withdrawn(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = planned(open_window, qtbot, plans(fake))
    press(qtbot, window, names.OVERRIDE, names="Bay 05", component="Main controller")
    qtbot.waitUntil(lambda: there(window, names.OVERRIDE_WHY) is not None)
    field = control(window, names.OVERRIDE_WHY)
    qtbot.waitUntil(field.hasFocus) if window.isActiveWindow() else None
    assert not control(window, names.OVERRIDE_NOW).isEnabled()
    qtbot.keyClicks(field, "the operator closed the site today")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    why = {"OUTSIDE_WINDOW": "the operator closed the site today"}
    qtbot.waitUntil(lambda: fake.asked_for[-1][1] == why)
    assert BAY5 in fake.called("plan")[-1]
    qtbot.waitUntil(lambda: "Demo technician decided to go on all the same" in words_on(window))
    press(qtbot, window, names.ALL_FINDINGS, names="Bay 05", component="Main controller")
    press(qtbot, window, names.WITHDRAW, names="Bay 05", component="Main controller")
    qtbot.waitUntil(lambda: fake.asked_for[-1][1] == {})
    qtbot.waitUntil(lambda: "Blocked: not now" in words_on(window))


def test_an_override_counts_for_one_start_only(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = planned(open_window, qtbot, plans(fake))
    press(qtbot, window, names.OVERRIDE, names="Bay 05", component="Main controller")
    qtbot.waitUntil(lambda: there(window, names.OVERRIDE_WHY) is not None)
    qtbot.keyClicks(control(window, names.OVERRIDE_WHY), "closed today")
    press(qtbot, window, names.OVERRIDE_NOW)
    qtbot.waitUntil(lambda: "decided to go on all the same" in words_on(window))
    press(qtbot, window, names.START)
    qtbot.waitUntil(lambda: there(window, names.START) is None)  # the window shows the run
    assert fake.called("start")
    press(qtbot, window, names.SCREEN_PLAN)
    qtbot.waitUntil(lambda: fake.asked_for[-1][1] == {})


def test_a_charger_that_is_being_updated_is_in_no_new_plan(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = planned(open_window, qtbot, plans(fake))
    assert "Updating now" in words_on(window)
    asked = fake.called("plan")[-1]
    assert isinstance(asked, list | tuple)
    assert not {"HL180-24-007731", "HL180-24-007742"} & set(asked)


def test_what_the_site_does_not_open_cannot_be_overridden(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    plans(fake).rules = SiteRules()
    window = planned(open_window, qtbot, fake)
    assert "Blocked: not now" in words_on(window)
    assert there(window, names.OVERRIDE, names="Bay 05", component="Main controller") is None


def test_a_second_reason_that_nobody_may_override_takes_the_button_away(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    first = plans(fake).lines[BAY5][0]
    hard = Verdict(Level.STOP, trouble(Text.EPOCH_TOO_LOW, target="1.9.9", found=3, expected=4))
    fake.lines[BAY5] = (replace(first, problems=(first.verdict, hard, *first.problems[1:])),)
    window = planned(open_window, qtbot, fake)
    assert there(window, names.OVERRIDE, names="Bay 05", component="Main controller") is None


def test_an_override_that_the_site_took_back_meanwhile_is_said_and_dropped(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = planned(open_window, qtbot, plans(fake))
    press(qtbot, window, names.OVERRIDE, names="Bay 05", component="Main controller")
    qtbot.waitUntil(lambda: there(window, names.OVERRIDE_WHY) is not None)
    qtbot.keyClicks(control(window, names.OVERRIDE_WHY), "closed today")
    fake.rules = replace(fake.rules, overridable=frozenset())
    press(qtbot, window, names.OVERRIDE_NOW)
    qtbot.waitUntil(lambda: "OUTSIDE_WINDOW cannot be overridden here." in words_on(window))
    qtbot.waitUntil(lambda: "Blocked: not now" in words_on(window))
    assert fake.asked_for[-1][1] == {}


def test_a_reason_that_is_being_typed_survives_a_plan_made_anew(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = planned(open_window, qtbot, plans(fake))
    press(qtbot, window, names.OVERRIDE, names="Bay 05", component="Main controller")
    qtbot.waitUntil(lambda: there(window, names.OVERRIDE_WHY) is not None)
    qtbot.keyClicks(control(window, names.OVERRIDE_WHY), "closed")
    before = len(fake.called("plan"))
    fake.put(replace(fake.rows[BAY10], running="5.1.1"))
    qtbot.waitUntil(lambda: len(fake.called("plan")) > before)
    qtbot.wait(100)

    def typed() -> str:
        field = there(window, names.OVERRIDE_WHY)
        return field.text() if isinstance(field, QLineEdit) else ""

    qtbot.waitUntil(lambda: typed() == "closed")


def test_the_baseline_is_a_choice_where_the_site_has_one(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = planned(open_window, qtbot, plans(fake))
    assert fake.asked_for[-1][0] == NEWEST
    press(qtbot, window, names.AIM_BASELINE)
    qtbot.waitUntil(lambda: fake.asked_for[-1][0].baseline)
    press(qtbot, window, names.AIM_NEWEST)
    qtbot.waitUntil(lambda: fake.asked_for[-1][0] == NEWEST)


def test_without_a_baseline_there_is_nothing_to_choose(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    plans(fake).rules = replace(fake.rules, baseline=())
    window = planned(open_window, qtbot, fake)
    assert there(window, names.AIM_BASELINE) is None


def test_a_charger_taken_out_of_the_plan_can_be_taken_in_again(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = planned(open_window, qtbot, plans(fake))
    press(qtbot, window, names.PLAN_LINE, names="Bay 04")
    qtbot.waitUntil(lambda: BAY4 not in fake.called("plan")[-1])
    press(qtbot, window, names.PLAN_LINE, names="Bay 04")
    qtbot.waitUntil(lambda: BAY4 in fake.called("plan")[-1])


def test_chargers_of_which_the_plan_says_the_same_are_one_group_and_components_stay_apart(fake: FakeApp) -> None:
    plan = plans(fake).plan(list(fake.rows))
    by_names = {group.names: [line.component for line in group.lines] for group in groups(plan.lines)}
    assert by_names["Bay 04"] == ["main", "modem"]
    assert by_names["Bay 10"] == ["main", "modem"]
    assert "Bay 11" in by_names


def test_the_time_of_a_charger_is_that_of_all_its_components(fake: FakeApp) -> None:
    lines = plans(fake).plan([BAY4]).starting
    assert [line.component for line in lines] == ["main", "modem"]
    assert total_time(lines, None) == (2 * 840, 2 * 1140)
    assert fake.clock.now() == NOW
