"""The Recovery screen: from the port to "recovered", with everything that can be in the way."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from fieldtool.app.views import LaptopState, Level, Presence
from fieldtool.core.driver import Progress
from fieldtool.core.errors import LinkError
from fieldtool.core.resources import resource
from fieldtool.core.texts import Text
from fieldtool.ui import names, paint
from fieldtool.ui.find import control
from fieldtool.ui.model import Column
from fieldtool.ui.recovery_foot import guided
from fieldtool.ui.recovery_words import BRANCHES, Cause
from fieldtool.ui.screens.recovery import RecoveryScreen
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.theme.tokens import THEMES, contrast
from fieldtool.ui.widgets.charger_table import ChargerTable
from fieldtool.ui.widgets.recovery_drawing import drawn
from fieldtool.ui.window import MainWindow
from fieldtool.ui.words import words
from fieldtool.update.run import Outcome, Phase
from tests.ui.fake_app import FakeApp, FakeClock, trouble
from tests.ui.findings import findings
from tests.ui.hands import press, there
from tests.ui.recovery_scenes import BY_HAND, DEAD, LOG, PORT, POWER, bench, found, verdict, waits_for_second
from tests.ui.scenes import FINDINGS
from tests.ui.test_walk import words_on

OpenWindow = Callable[..., MainWindow]


def opened(open_window: OpenWindow, qtbot: QtBot, app: FakeApp, width: int = 1440, height: int = 900) -> MainWindow:
    window = open_window(app, width, height)
    press(qtbot, window, names.SCREEN_RECOVERY)
    qtbot.waitUntil(lambda: bool(app.called("recovery_ports")))
    return window


def screen(window: MainWindow) -> RecoveryScreen:
    made = window.open_screen(names.SCREEN_RECOVERY)
    assert isinstance(made, RecoveryScreen)
    return made


def listen(qtbot: QtBot, window: MainWindow, app: FakeApp) -> None:
    press(qtbot, window, names.RECOVERY_PORT, port=PORT)
    press(qtbot, window, names.RECOVERY_LISTEN)
    qtbot.waitUntil(lambda: "Switch the charger off and on" in words_on(window))


def decided(qtbot: QtBot, window: MainWindow, app: FakeApp) -> None:
    listen(qtbot, window, app)
    app.bench.answers.set()
    qtbot.waitUntil(lambda: "Is this the charger, and the image for it?" in words_on(window))


def writing(qtbot: QtBot, window: MainWindow, app: FakeApp) -> None:
    decided(qtbot, window, app)
    press(qtbot, window, names.RECOVERY_WRITE)
    qtbot.waitUntil(lambda: bool(app.called("recover")))
    app.move(DEAD, Phase.CONNECT)
    app.move(DEAD, Phase.WRITE, 128_000, 512_000)
    qtbot.waitUntil(lambda: "Write image" in words_on(window))


def test_a_dead_charger_is_brought_back_from_its_port_to_recovered(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = opened(open_window, qtbot, bench(fake))
    assert "Mains voltage behind the cover" in words_on(window)
    writing(qtbot, window, fake)
    assert fake.called("recovery_look") == [(PORT, "lab-uboot", "")]
    assert "25 %" in words_on(window)
    fake.move(DEAD, Phase.VALIDATE, findings=FINDINGS[:3])
    fake.end(DEAD, Outcome.RECOVERED)
    qtbot.waitUntil(lambda: "Bay 10 is recovered" in words_on(window))
    qtbot.waitUntil(lambda: "Connectors" in words_on(window))
    assert "Answer to a command" not in words_on(window)
    press(qtbot, window, names.RECOVERY_OVER)
    qtbot.waitUntil(lambda: there(window, names.RECOVERY_LISTEN) is not None)


def test_it_goes_on_by_itself_when_the_bootloader_answers_and_writes_nothing_before_a_person_agrees(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = opened(open_window, qtbot, bench(fake))
    listen(qtbot, window, fake)
    told = words_on(window)
    assert "Step 2 of 6" in told and f"Listening on {PORT}" in told
    assert "Leave the service cable in the port marked CONSOLE" in told
    fake.bench.answers.set()
    qtbot.waitUntil(lambda: "lab/citypost-22/5.1.3.fit" in words_on(window))
    assert "It is made to bring this model and hardware back." in words_on(window) and DEAD in words_on(window)
    assert fake.called("recover") == []


def test_nothing_begins_without_a_port_and_the_reason_stands_beside_the_button(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = opened(open_window, qtbot, bench(fake))
    qtbot.waitUntil(lambda: there(window, names.RECOVERY_PORT, port=PORT) is not None)
    assert not control(window, names.RECOVERY_LISTEN).isEnabled()
    assert "Choose the port first." in words_on(window)
    assert "minicom (process 4711)" in words_on(window) and "CH340" in words_on(window)
    qtbot.keyClicks(control(window, names.RECOVERY_ADDRESS), "serial-tcp://127.0.0.1:4001")
    qtbot.keyClicks(control(window, names.RECOVERY_SERIAL), DEAD)
    press(qtbot, window, names.RECOVERY_LISTEN)
    qtbot.waitUntil(lambda: fake.called("recovery_look") == [("serial-tcp://127.0.0.1:4001", "lab-uboot", DEAD)])


def test_an_address_that_is_typed_takes_the_place_of_the_chosen_port(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = opened(open_window, qtbot, bench(fake))
    button = press(qtbot, window, names.RECOVERY_PORT, port=PORT)
    assert isinstance(button, QAbstractButton) and button.isChecked()
    qtbot.keyClicks(control(window, names.RECOVERY_ADDRESS), "COM4")
    assert not button.isChecked() and screen(window).choice.port == "COM4"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert screen(window).choice.port == PORT


def test_while_the_image_is_written_nobody_leaves_the_screen_and_the_rail_says_why(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = opened(open_window, qtbot, bench(fake))
    writing(qtbot, window, fake)
    rail = control(window, names.SCREEN_CHARGERS)
    qtbot.waitUntil(lambda: not rail.isEnabled())
    assert "The image is being written" in rail.toolTip() and "being written" in rail.accessibleDescription()
    assert "Stay on this screen" in words_on(window)
    qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    window.show_screen(names.SCREEN_CHARGERS)
    assert screen(window).isVisible()
    fake.move(DEAD, Phase.START, waiting=trouble(Text.CHARGER_SILENT, serial=DEAD, seconds=90))
    qtbot.waitUntil(rail.isEnabled)  # it may be silent for long: nobody is kept here for that
    fake.move(DEAD, Phase.START, waiting=None)
    qtbot.waitUntil(lambda: not rail.isEnabled())
    fake.move(DEAD, Phase.VALIDATE)
    qtbot.waitUntil(rail.isEnabled)
    press(qtbot, window, names.SCREEN_CHARGERS)
    qtbot.waitUntil(lambda: not screen(window).isVisible())


def test_the_window_asks_before_it_closes_while_the_image_is_written(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = opened(open_window, qtbot, bench(fake))
    writing(qtbot, window, fake)
    assert not window.close()
    qtbot.waitUntil(lambda: there(window, names.STAY) is not None)


def test_cancelling_closes_the_line_before_anything_was_written(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    fake.bench.steps = ()
    window = opened(open_window, qtbot, bench(fake))
    fake.bench.steps = (POWER, *(Progress(0, 0),) * 3)
    listen(qtbot, window, fake)
    press(qtbot, window, names.RECOVERY_STOP)
    fake.bench.answers.set()
    qtbot.waitUntil(lambda: fake.called("recovery_look closed") == [PORT])
    qtbot.waitUntil(lambda: there(window, names.RECOVERY_LISTEN) is not None)
    assert fake.called("recover") == []


def test_a_silent_charger_leads_back_to_the_port_with_what_to_check(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = opened(open_window, qtbot, bench(fake))
    fake.bench.error = LinkError(Text.UBOOT_SILENT, port=PORT, seconds=180)
    listen(qtbot, window, fake)
    fake.bench.answers.set()
    qtbot.waitUntil(lambda: "Nothing at all came from /dev/ttyUSB0" in words_on(window))
    assert there(window, names.RECOVERY_LISTEN) is not None
    assert LOG[0] in screen(window).log.findChildren(QPlainTextEdit)[0].toPlainText()


@pytest.mark.parametrize("cause", Cause)
def test_every_likely_cause_has_its_checks_and_leads_back(
    cause: Cause, fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = opened(open_window, qtbot, bench(fake))
    listen(qtbot, window, fake)
    label = words(BRANCHES[cause].button)
    press(qtbot, window, names.RECOVERY_CAUSE, cause=label)
    assert all(words(check) in words_on(window) for check in BRANCHES[cause].checks)
    if cause is Cause.PORT:
        qtbot.waitUntil(lambda: "free, as far as can be seen" in words_on(window))
    press(qtbot, window, names.RECOVERY_CAUSE, cause=label)
    assert "Leave the service cable in the port marked CONSOLE" in words_on(window)
    fake.bench.answers.set()


def test_the_causes_stand_in_the_order_of_their_likelihood() -> None:
    assert [one.value for one in BRANCHES] == ["cable", "port", "timing", "countdown", "power"]


def test_a_second_person_agrees_where_the_order_says_so(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = opened(open_window, qtbot, waits_for_second(fake))
    decided(qtbot, window, fake)
    qtbot.waitUntil(lambda: "A second person must agree: Bay 10" in words_on(window))
    assert not control(window, names.RECOVERY_WRITE).isEnabled() and "recovery" in words_on(window)
    pin = control(window, names.SECOND_PIN)
    assert isinstance(pin, QLineEdit)
    qtbot.keyClicks(pin, "1111")
    press(qtbot, window, names.SECOND_APPROVE)
    qtbot.waitUntil(lambda: "This is not the PIN of linus." in words_on(window))
    assert not control(window, names.RECOVERY_WRITE).isEnabled()
    qtbot.keyClicks(pin, "2468")
    press(qtbot, window, names.SECOND_APPROVE)
    press(qtbot, window, names.RECOVERY_WRITE)
    qtbot.waitUntil(lambda: bool(fake.called("recover")))
    plan = fake.called("recover")[0]
    assert [one.actor for one in plan.approvals] == ["linus"]  # type: ignore[attr-defined]  # a RecoveryPlan


def test_an_image_that_does_not_fit_is_told_and_cannot_be_written(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    wrong = verdict(Level.STOP, Text.WRONG_HARDWARE, target="5.1.3", expected="R3", found="R4")
    bench(fake).bench.plan = found(wrong)
    window = opened(open_window, qtbot, fake)
    decided(qtbot, window, fake)
    assert not control(window, names.RECOVERY_WRITE).isEnabled() and "It cannot be written" in words_on(window)


def test_a_charger_that_stays_dead_is_never_called_written_or_safe(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = opened(open_window, qtbot, bench(fake))
    writing(qtbot, window, fake)
    fake.end(DEAD, Outcome.STUCK, trouble(Text.UBOOT_SIGNATURE, detail="Failed to verify required signature"))
    qtbot.waitUntil(lambda: "Bay 10 needs more than this laptop can do" in words_on(window))
    told = words_on(window)
    assert "The charger may not start by itself" in told and "take the cable off" not in told
    assert "Failed to verify required signature" in told
    press(qtbot, window, names.RECOVERY_OVER)
    qtbot.waitUntil(lambda: there(window, names.RECOVERY_LISTEN) is not None)


def test_a_recovery_that_waits_for_a_silent_charger_goes_on_at_a_press(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = opened(open_window, qtbot, bench(fake))
    writing(qtbot, window, fake)
    run = fake.rows[DEAD].run
    assert run is not None
    silent = trouble(Text.CHARGER_SILENT, serial=DEAD, seconds=90)
    fake.put(replace(fake.rows[DEAD], run=replace(run, outcome=Outcome.WAITING, waiting=silent)))
    press(qtbot, window, names.RECOVERY_RESUME)
    qtbot.waitUntil(lambda: fake.called("resume") == [run.run])


def test_a_recovery_that_goes_on_after_a_restart_is_taken_up_with_its_instruction(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    bench(fake).recover(found())
    fake.move(DEAD, Phase.CONNECT, asked=BY_HAND)
    window = opened(open_window, qtbot, fake)
    press(qtbot, window, names.RECOVERY_DONE)
    qtbot.waitUntil(lambda: fake.called("answer") == [DEAD])


def test_an_earlier_run_of_the_charger_is_not_taken_for_its_recovery(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    bench(fake).recover(found())
    fake.move(DEAD, Phase.INSTALL)
    fake.end(DEAD, Outcome.STUCK)
    stuck = fake.rows[DEAD].run
    window = opened(open_window, qtbot, fake)
    decided(qtbot, window, fake)
    began = Event()
    recover = fake.recover

    def late(plan: object) -> str:
        began.set()
        return DEAD  # its run is not on the board yet

    fake.recover = late  # type: ignore[method-assign,assignment]  # one method
    press(qtbot, window, names.RECOVERY_WRITE)
    qtbot.waitUntil(began.is_set)
    qtbot.waitUntil(lambda: "Starting…" in words_on(window))
    assert stuck is not None and "needs more than this laptop can do" not in words_on(window)
    recover(found())
    qtbot.waitUntil(lambda: "Pre-checks" in words_on(window))


def test_a_laptop_on_a_low_battery_is_told_before_the_first_instruction(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    fake.line = replace(fake.line, laptop=LaptopState(24, False, 10**10))
    window = opened(open_window, qtbot, bench(fake))
    assert "The laptop runs on its battery, 24 %" in words_on(window)


def test_the_log_is_copied_as_it_was_heard(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = opened(open_window, qtbot, bench(fake))
    decided(qtbot, window, fake)
    press(qtbot, window, names.RECOVERY_LOG_COPY)
    assert QApplication.clipboard().text() == "\n".join(LOG)


def test_the_whole_way_is_gone_by_keyboard_alone(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = opened(open_window, qtbot, bench(fake))
    qtbot.waitUntil(lambda: there(window, names.RECOVERY_PORT, port=PORT) is not None)
    for name, parts in ((names.RECOVERY_PORT, {"port": PORT}), (names.RECOVERY_LISTEN, {})):
        button = control(window, name, **parts)
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
        button.setFocus()
        qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "Switch the charger off and on" in words_on(window))
    fake.bench.answers.set()
    qtbot.waitUntil(lambda: there(window, names.RECOVERY_WRITE) is not None)
    qtbot.keyClick(control(window, names.RECOVERY_WRITE), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(fake.called("recover")))


def test_a_step_that_only_a_person_can_end_is_waited_for_and_told_once() -> None:
    told, done = [], Event()

    def steps() -> Iterator[object]:
        yield BY_HAND
        yield BY_HAND
        return found()

    going = guided(steps(), told.append, done, FakeClock())  # type: ignore[arg-type]  # as a driver yields them
    assert [next(going) for _ in range(4)] == [Progress(0, 0)] * 4
    done.set()
    with pytest.raises(StopIteration):
        next(going)
    assert told == [BY_HAND]


@pytest.mark.parametrize("file", sorted(resource("drawings").glob("*.svg")), ids=lambda file: file.stem)
def test_every_letter_of_a_drawing_stands_in_it_and_before_its_words(file: Path) -> None:
    made = drawn(file.stem)
    letters = [letter for letter, _ in made.letters]
    assert made.title and letters == sorted(letters) and letters[:1] == ["A"]
    assert all(f">{letter}</text>" in made.svg for letter in letters)
    assert "#" not in made.svg.replace("http://www.w3.org", ""), "colours are tokens"


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_words_on_the_dark_panel_can_be_read_in_every_theme(theme: str) -> None:
    """`rail_on` is black on black in sunlight: nothing in a drawing may take it."""
    colours = THEMES[theme].colours
    for file in resource("drawings").glob("*.svg"):
        made = drawn(file.stem).svg
        panel = made.partition('fill="{{rail}}"')[2]
        tokens = set(re.findall(r'<text [^>]*fill="\{\{(\w+)\}\}"', panel)) - {"on_accent"}
        assert all(contrast(colours[token], colours["rail"]) >= 4.5 for token in tokens), tokens


def test_a_model_that_nobody_has_drawn_gets_the_drawing_for_any_model() -> None:
    assert drawn("no-such-model").name == drawn("").name == "any"


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_every_drawing_takes_its_colours_from_the_theme(theme: str) -> None:
    from fieldtool.ui.widgets.picture import coloured

    LOOK.set(theme)
    assert all("{{" not in coloured(drawn(file.stem).svg) for file in resource("drawings").glob("*.svg"))


@pytest.mark.parametrize("size", [(1440, 900), (1366, 768), (1093, 600)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("theme", "percent"), [("light", 100), ("dark", 100), ("sunlight", 100), ("light", 130)])
def test_every_moment_fits_and_every_target_has_48_pixels(
    theme: str, percent: int, size: tuple[int, int], fake: FakeApp, open_window: OpenWindow, qtbot: QtBot,
    repository_root: Path,
) -> None:  # fmt: skip
    LOOK.set(theme, percent, False)
    wrong: list[str] = []
    paint.on_elided(lambda words, has, needs: wrong.append(f"painted {words!r} needs {needs:.0f}, has {has:.0f}"))
    folder = repository_root / "build" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    window = opened(open_window, qtbot, waits_for_second(fake), *size)

    def look(moment: str) -> None:
        for _ in range(2):
            window.feed.second_passed.emit()
            qtbot.wait(40)  # relayouts run dry; there is no signal for "nothing more comes"
        wrong.extend(f"{moment}: {one}" for one in findings(window))
        for kind in (QAbstractButton, QLineEdit, QComboBox):
            low = [one for one in screen(window).findChildren(kind) if one.isVisible() and one.height() < 48]
            wrong.extend(f"{moment}: {one.accessibleName()} is {one.height()} high" for one in low)
        window.grab().save(str(folder / f"recovery-{moment}-{theme}-{percent}-{size[0]}x{size[1]}.png"))

    try:
        qtbot.waitUntil(lambda: there(window, names.RECOVERY_PORT, port=PORT) is not None)
        look("choose")
        listen(qtbot, window, fake)
        look("listen")
        press(qtbot, window, names.RECOVERY_CAUSE, cause="Port in use")
        look("cause")
        fake.bench.answers.set()
        qtbot.waitUntil(lambda: there(window, names.SECOND_PIN) is not None)
        look("decide")
        qtbot.keyClicks(control(window, names.SECOND_PIN), "2468")
        press(qtbot, window, names.SECOND_APPROVE)
        press(qtbot, window, names.RECOVERY_WRITE)
        qtbot.waitUntil(lambda: bool(fake.called("recover")))
        fake.move(DEAD, Phase.WRITE, 128_000, 512_000, rate=4_000.0)
        qtbot.waitUntil(lambda: "Write image" in words_on(window))
        look("write")
        fake.move(DEAD, Phase.VALIDATE, findings=FINDINGS)
        fake.end(DEAD, Outcome.RECOVERED)
        qtbot.waitUntil(lambda: "is recovered" in words_on(window))
        look("recovered")
    finally:
        paint.on_elided(None)
        fake.bench.answers.set()
    assert "\n".join(dict.fromkeys(wrong)) == ""


def chosen(window: MainWindow, key: str) -> None:
    table = control(window, names.CHARGERS_TABLE)
    assert isinstance(table, ChargerTable)
    table.setCurrentIndex(table.chargers.index(table.chargers.position(key), Column.NAME))


@pytest.mark.parametrize("presence", [Presence.EXPECTED, Presence.GONE])
def test_a_silent_charger_leads_to_its_recovery_with_its_serial_number(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot, presence: Presence
) -> None:
    bench(fake).put(replace(fake.rows[DEAD], presence=presence))
    window = open_window(fake)
    chosen(window, DEAD)
    press(qtbot, window, names.BRING_BACK)
    field = control(window, names.RECOVERY_SERIAL)
    assert isinstance(field, QLineEdit) and field.text() == DEAD
    press(qtbot, window, names.RECOVERY_PORT, port=PORT)
    press(qtbot, window, names.RECOVERY_LISTEN)
    qtbot.waitUntil(lambda: fake.called("recovery_look") == [(PORT, "", DEAD)])


def test_nobody_is_sent_to_the_recovery_of_a_charger_that_answers_or_that_no_cable_brings_back(
    fake: FakeApp, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window(bench(fake))
    chosen(window, DEAD)
    assert there(window, names.BRING_BACK) is None
    fake.put(replace(fake.rows[DEAD], presence=Presence.GONE))
    qtbot.waitUntil(lambda: there(window, names.BRING_BACK) is not None)
    fake.put(replace(fake.rows[DEAD], model="EcoWall", profile="no-cable"))
    qtbot.waitUntil(lambda: there(window, names.BRING_BACK) is None)


def test_a_stuck_run_leads_to_the_recovery(fake: FakeApp, open_window: OpenWindow, qtbot: QtBot) -> None:
    bench(fake).recover(found())
    fake.move(DEAD, Phase.INSTALL)
    fake.end(DEAD, Outcome.STUCK)
    window = open_window(fake)
    chosen(window, DEAD)
    press(qtbot, window, names.BRING_BACK)
    assert there(window, names.RECOVERY_LISTEN) is not None
