"""The day of a technician, played by a robot on the real window.

It does what a technician would: presses visible widgets that it finds by their accessible names, and waits for what
they show.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldtool.app.reports import Made
from fieldtool.core.errors import ExitCode, FieldtoolError
from fieldtool.core.texts import Text
from fieldtool.demo.proof import make_evidence, what_is_wrong
from fieldtool.demo.revival import Revival
from fieldtool.demo.stage import CABLE, DEAD, SELECTED, Stage, central

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QWidget

    from fieldtool.app.app import App
    from fieldtool.ui.window import MainWindow
    from fieldtool.update.run import Ending

NETWORK = ("LAB-22-0001", "LAB-22-0002", "LAB-22-0003", "LAB-22-0004", "LAB-22-0005", "LAB-22-0007")  # all there
SITE = (*NETWORK, CABLE)
EXPECTED = {
    "LAB-22-0001": "done",
    "LAB-22-0002": "rolled_back",
    "LAB-22-0003": "refused",
    "LAB-22-0005": "done",
    "LAB-22-0007": "done",
    CABLE: "done",
    DEAD: "recovered",
}
STAGES = "LAB-22-0007"  # over a stepping stone, and its modem afterwards
CAR = ("LAB-22-0005", "1")  # a car charges there until it leaves
UNORDERED = "1.6.0"  # the vendor has published it, and no work order names it
PATIENCE = 90.0  # seconds for any one step of the story


class StoryError(Exception):
    """The story did not come true; the message says which part."""


class Story:
    """The day of a technician, played by a robot on the real window."""

    def __init__(self, stage: Stage, app: "App", window: "MainWindow") -> None:
        self._stage = stage
        self._app = app
        self._window = window
        self._endings: dict[str, Ending] = {}
        self._screens: list[str] = []
        self._told: dict[str, object] = {}
        self._unordered: dict[str, str | None] = {}
        self._made: Made | None = None
        app.on_ended(lambda ending: self._endings.__setitem__(ending.serial, ending))

    def play(self) -> int:
        from fieldtool.ui import names

        problem = ""
        try:
            self._arrive()
            self._decide(names)
            self._run(names)
            self._look(names)
            self._return()
        except StoryError as error:
            problem = str(error)
            self._picture("story-broke-off")
        summary = self._summarise()
        problem = problem or self._differences(summary) or self._unproved()
        if problem:
            self._stage.say(f"The story did not come true: {problem}")
            return ExitCode.BUG.value
        self._stage.say(f"The story came true. Pictures and summary.json are in {self._stage.folder}.")
        return ExitCode.DONE.value

    # chapters

    def _arrive(self) -> None:
        from fieldtool.app.views import Presence

        def all_there() -> bool:
            ready = {row.serial for row in self._app.fleet().rows if row.presence is Presence.READY}
            return ready >= set(SITE)

        self._until(all_there, "seven chargers are found and identified")
        self._until(lambda: self._app.status().catalogue.valid_until is not None, "the catalogue is read")
        self._wait(1.2)  # the status bar looks once a second
        found = f"{len(NETWORK)} chargers found by mDNS and 1 on its serial line"
        self._stage.say(f"Arrived: {found}, all identified; 2 of the work order are dark.")
        self._picture("chargers")

    def _decide(self, names: Any) -> None:
        self._press(names.SCREEN_SETTINGS)
        self._picture("settings")
        self._press(names.SCREEN_FIRMWARE)
        check = names.FIRMWARE_CHECK  # possible again when all files were read
        self._until(lambda: self._visible(check) and self._find(check).isEnabled(), "every file was read")
        self._picture("firmware")
        self._press(names.SCREEN_CHARGERS)
        for serial in SELECTED:
            self._tick(serial)
        self._picture("chargers-selected")
        self._press(names.UPDATE_SELECTED)
        start = self._find(names.START)
        self._until(lambda: start.isVisible() and start.isEnabled(), "the plan is ready")
        blocked = next(line for line in self._app.plan([]).lines if line.serial == "LAB-22-0003")
        self._refusal = blocked.verdict.reason
        self._stage.say(f"Planned: {len(SELECTED)} chargers. Bay 03 is refused: {self._refusal.what}")
        self._picture("plan")
        self._ask_why()

    def _ask_why(self) -> None:
        """A newer release lies in the catalogue. Both repositories must agree, and one says nothing."""
        release = next((one for one in self._app.catalogue.releases() if one.version == UNORDERED), None)
        if release is None:
            raise StoryError(f"{UNORDERED} is not in the catalogue")
        failed = next((one for one in self._app.catalogue.why(release.target) if one.problem is not None), None)
        self._unordered = {
            "target": release.target,
            "failing_check": failed.name if failed is not None else None,
            "reason": failed.problem.what if failed is not None and failed.problem is not None else "",
        }
        self._stage.say(f"{UNORDERED} is signed by its vendor, and still refused: {self._unordered['reason']}")

    def _run(self, names: Any) -> None:
        self._press(names.START)
        self._until(lambda: bool(self._app.board.runs()), "the runs begin")
        self._until(self._transferring, "an image travels")
        self._picture("run")
        self._until(lambda: waits_for_car(self._app), "Bay 05 waits for its car")
        self._stage.say("Bay 05 is in use: its update waits. The car leaves now.")
        self._picture("run-waiting")
        self._stage.fault(CAR[0], "session_end", CAR[1])
        self._until(lambda: stage_of(self._app) >= 1, "Bay 07 takes its second stage")
        self._picture("run-stages")
        self._until(lambda: set(self._endings) >= {*SELECTED} - {STAGES}, "every run but that of Bay 07 ends")
        self._revive()
        self._until(lambda: set(self._endings) >= {*SELECTED, DEAD}, "every run ends")
        self._picture("run-ended")
        if self._endings[CABLE].outcome.value == EXPECTED[CABLE]:
            self._stage.say("1 MCUboot charger updated over its serial line.")
        if self._endings[DEAD].outcome.value == EXPECTED[DEAD]:
            self._stage.say("1 bricked charger revived over its serial line.")

    def _look(self, names: Any) -> None:
        self._press(names.SCREEN_CHARGERS)
        self._open_row("LAB-22-0002")
        self._picture("chargers-rolled-back")
        self._open_row(DEAD)
        self._picture("chargers-revived")
        for theme in ("dark", "sunlight"):
            self._press(names.THEME)
            self._picture(f"chargers-{theme}")
        self._press(names.THEME)  # light again

    def _revive(self) -> None:
        """While Bay 07 works on. Bay 09 does not boot: two people, its bootloader, its normal driver at the end."""
        revival = Revival(self._app, DEAD, self._stage.console(DEAD), self._stage.second)
        self._until(lambda: bool(revival.asked) or not revival.prepares, "the bootloader of Bay 09 is looked for")
        if revival.asked:
            self._stage.say(f"Bay 09 is dead; a cable is at its serial port. {revival.asked}")
            self._stage.fault(DEAD, "power_on")
        self._until(lambda: not revival.prepares, "the bootloader of Bay 09 answers")
        if revival.problem:
            raise StoryError(f"Bay 09: {revival.problem}")
        self._stage.say(f"A second person agrees with a PIN. Bay 09 gets {revival.image}.")
        self._until(self._is_writing, "its image is written")
        self._picture("run-recovery")

    def _return(self) -> None:
        self._stage.say(f"Back online: {self._app.audit.pending()} audit records wait for central.")
        with central(self._stage.data, self._stage.central_port):
            self._until(lambda: self._app.audit.pending() == 0, "central confirms every record")
            self._prove()
            self._until(lambda: self._app.audit.pending() == 0, "central confirms that evidence was made")
            self._until(lambda: self._app.loop.state().pending == 0, "the window shows it")
            self._wait(1.2)  # the status bar looks once a second
            self._picture("synced")
        self._stage.say("Central has every record and signed for them.")

    def _prove(self) -> None:
        """Evidence of the whole visit, now that central has signed for its records."""
        try:
            self._made = make_evidence(self._app, self._stage.folder, lambda: self._wait(0.01))
        except FieldtoolError as error:
            raise StoryError(f"no evidence: {error.what}") from error
        self._stage.say(f"Evidence of the visit: {self._made.id}, as signed JSON and as PDF.")

    # hands and eyes

    def _find(self, name: str) -> "QWidget":
        from fieldtool.ui.find import control

        try:
            return control(self._window, name)
        except LookupError as error:
            raise StoryError(str(error)) from error

    def _press(self, name: str) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        self._until(lambda: self._visible(name), f"“{name}” can be seen")
        widget = self._find(name)
        if not widget.isEnabled():
            raise StoryError(f"“{name}” is disabled")
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
        self._wait(0.05)

    def _visible(self, name: str) -> bool:
        try:
            self._find(name)
        except StoryError:
            return False
        return True

    def _tick(self, serial: str) -> None:
        from fieldtool.ui.find import tick_cell

        self._click_cell(serial, tick_cell)

    def _open_row(self, serial: str) -> None:
        from fieldtool.ui.find import name_cell

        self._click_cell(serial, name_cell)

    def _click_cell(self, serial: str, place: "Callable[[QWidget, str], tuple[QWidget, QPoint]]") -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        row = next((row for row in self._app.fleet().rows if row.serial == serial), None)
        try:
            viewport, point = place(self._window, row.key if row is not None else "")
        except LookupError as error:
            raise StoryError(str(error)) from error
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
        self._wait(0.05)

    def _until(self, true: Callable[[], bool], what: str) -> None:
        from PySide6.QtTest import QTest

        deadline = self._stage.clock.monotonic() + PATIENCE
        while not true():
            if self._stage.clock.monotonic() > deadline:
                raise StoryError(f"waited {PATIENCE:.0f} s until {what}")
            QTest.qWait(20)
            self._tell()

    def _wait(self, seconds: float) -> None:
        from PySide6.QtTest import QTest

        QTest.qWait(round(seconds * 1000))

    def _tell(self) -> None:
        """Every phase that begins, and every end, as a line of the story."""
        from fieldtool.app.words import PHASES, ending_words

        for state in self._app.board.runs().values():
            if self._told.get(state.serial) != state.phase and state.spans:
                self._told[state.serial] = state.phase
                if state.outcome is None:
                    self._stage.say(f"  {state.serial}: {PHASES[state.phase]}")
        for serial, ending in list(self._endings.items()):
            if self._told.get(f"end {serial}") is None:
                self._told[f"end {serial}"] = True
                self._stage.say(f"  {ending_words(ending)}")

    def _transferring(self) -> bool:
        """Every image that travels over the slow line is on its way, the first one a good part of it."""
        states = list(self._app.board.runs().values())
        shares = [state.done / state.total for state in states if state.phase.value == "transfer" and state.total]
        return len(shares) >= len(SELECTED) - 1 and max(shares) > 0.4

    def _is_writing(self) -> bool:
        """Or its run has ended already, which the summary tells."""
        state = self._app.board.of(DEAD)
        return DEAD in self._endings or (state is not None and state.phase.value == "write" and state.done > 0)

    def _picture(self, name: str) -> None:
        self._wait(0.1)
        path = self._stage.folder / f"{len(self._screens) + 1:02}-{name}.png"
        if not self._window.grab().save(str(path)):
            raise StoryError(f"{path} cannot be written")
        self._screens.append(path.name)

    # the end

    def _summarise(self) -> dict[str, Any]:
        chain = self._app.audit.verify()
        receipt = self._app.audit.newest_receipt()
        summary = {
            "chargers": [self._charger(serial) for serial in EXPECTED],
            "directed": not self._app.status().catalogue.stand_alone,
            "not_ordered": self._unordered,
            "audit": {
                "records": chain.size,
                "verified": chain.ok,
                "synced": chain.size - self._app.audit.pending(),
                "receipt": receipt.note if receipt is not None else None,
            },
            "screens": [self._shown(name) for name in self._screens],
            "reports": self._reports(),
            "duration_s": round(self._stage.clock.monotonic() - self._stage.began, 1),
        }
        (self._stage.folder / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")
        return summary

    def _reports(self) -> list[str]:
        made = self._made
        return [] if made is None else [self._shown(file.name) for file in (made.file, made.pdf) if file is not None]

    def _shown(self, name: str) -> str:
        path = self._stage.folder / name
        return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else path.as_posix()

    def _charger(self, serial: str) -> dict[str, Any]:
        ending = self._endings.get(serial)
        if ending is not None:
            reason = ending.trouble.what if ending.trouble is not None else ""
            return {
                "serial": serial, "outcome": ending.outcome.value, "from": ending.came_from, "to": ending.runs_now,
                "reason": reason,
            }  # fmt: skip
        row = next((row for row in self._app.fleet().rows if row.serial == serial), None)
        blocked = row is not None and row.verdict is not None and row.verdict.level.value == "stop"
        running = row.running if row is not None else None
        reason = row.verdict.reason.what if row is not None and row.verdict is not None else "not found"
        return {
            "serial": serial, "outcome": "refused" if blocked else "waiting", "from": running, "to": running,
            "reason": reason,
        }  # fmt: skip

    def _unproved(self) -> str:
        if self._made is None:
            return "there is no evidence of the visit"
        return what_is_wrong(self._app, self._made, [*SELECTED, DEAD])

    @staticmethod
    def _differences(summary: Mapping[str, Any]) -> str:
        found = {charger["serial"]: charger["outcome"] for charger in summary["chargers"]}
        wrong = [f"{serial} is {found[serial]}, not {end}" for serial, end in EXPECTED.items() if found[serial] != end]
        if not summary["directed"] or summary["not_ordered"].get("failing_check") != "ordered":
            wrong.append(f"no work order was asked for {UNORDERED}")
        audit = summary["audit"]
        if not audit["verified"]:
            wrong.append("the audit log does not verify")
        if audit["synced"] != audit["records"] or not audit["receipt"]:
            wrong.append(f"{audit['synced']} of {audit['records']} audit records are at central")
        return "; ".join(wrong)


def waits_for_car(app: "App") -> bool:
    state = app.board.of(CAR[0])
    return state is not None and state.waiting is not None and state.waiting.text is Text.WAITING_FOR_SESSION


def stage_of(app: "App") -> int:
    """Which stage Bay 07 is at, from 0."""
    state = app.board.of(STAGES)
    return state.leg if state is not None else 0
