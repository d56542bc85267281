"""What stands around the plan: three answers over it, how it runs and who answers for it beside it."""

import math
from collections.abc import Iterable, Sequence
from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from fieldtool.app.views import Level, PlanLine, SitePlan
from fieldtool.ui.screens.screen import Desk
from fieldtool.ui.widgets.basics import Icon, Label, columns, line, rows, scroll
from fieldtool.ui.words import clock_words, range_words, size_words, words


def chargers_in(lines: Iterable[PlanLine]) -> int:
    return len({one.key for one in lines})


def total_time(lines: Sequence[PlanLine], at_once: int | None) -> tuple[int, int] | None:
    """Seconds for all, fast and slow, with so many at once (None: all). None when a release does not say its own."""
    by_charger: dict[str, list[tuple[int, int]]] = {}
    for one in lines:
        if one.duration is None:
            return None
        by_charger.setdefault(one.key, []).append(one.duration)
    if not by_charger:
        return None
    times = [(sum(fast for fast, _ in own), sum(slow for _, slow in own)) for own in by_charger.values()]
    turns = math.ceil(len(times) / at_once) if at_once else 1
    return max(fast for fast, _ in times) * turns, max(slow for _, slow in times) * turns


class PlanTiles(QFrame):
    """Three answers over the matrix: safe? how many? how long?"""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._tiles = [(Icon("info", "text2", 26), Label("", "subtitle"), Label("", "caption", "muted")) for _ in "123"]
        laid = [columns(icon, (rows(head, body, gap=1), 1), gap=12) for icon, head, body in self._tiles]
        self.setLayout(columns((laid[0], 5), (laid[1], 4), (laid[2], 4), gap=24, margin=(20, 10, 16, 10)))

    def show_plan(self, plan: SitePlan, at_once: int | None) -> None:
        starting = plan.starting
        blocked = chargers_in(one for one in plan.lines if one.verdict.level is Level.STOP)
        resting = chargers_in(one for one in plan.lines if one.verdict.level is Level.INFO)
        back = sum(one.rollback.level in (Level.OK, Level.WARN) for one in starting)
        if not starting:
            self._put(0, "info", "idle", words("Nothing to start"), words("Nothing would be written"))
        elif back == len(starting):
            told = words("{n} of {all} can roll back", n=back, all=len(starting))
            self._put(0, "shield-check", "ok", words("Safe to start"), told)
        else:
            told = words("{n} of {all} can roll back", n=back, all=len(starting))
            self._put(0, "triangle-alert", "warn", words("Look at the rollback"), told)
        count = words("{n} to update", n=chargers_in(starting))
        self._put(1, "list-checks", "text", count, words("{a} stay as they are · {b} blocked", a=resting, b=blocked))
        if not starting:
            self._put(2, "clock", "text", words("No time needed"), words("Nothing to wait for"))
            return
        time = total_time(starting, at_once)
        if time is None:
            self._put(2, "clock", "text", words("Time not known"), words("The release does not say"))
            return
        end = clock_words(plan.made + timedelta(seconds=time[1]))
        self._put(2, "clock", "text", range_words(*time), words("Done by {time}, unless a car is waited for", time=end))

    def _put(self, at: int, icon: str, tone: str, head: str, body: str) -> None:
        picture, title, line_ = self._tiles[at]
        picture.show_icon(icon, f"{tone}_text" if tone != "text" else "text2")
        title.show_words(head, tone if tone != "idle" else "text")
        line_.show_words(body)


class HowItRuns(QWidget):
    """What happens to each charger, when it stops, and who answers for it. Only what is there today."""

    def __init__(self) -> None:
        super().__init__()
        self._actor = Label("", "strong")
        self._note = Label("", "caption", "muted", wrap=True)
        self._values: dict[str, Label] = {}
        self.title = Label(self.tr("How it runs"), "subtitle")
        steps = (
            ("upload", words("Transfer and check"), words("The charger stays in service, nothing is changed")),
            ("download", words("Install"), words("Only when no car is charging")),
            ("rotate-ccw", words("Restart and health check"), words("It must come back as the charger it was")),
            ("undo-2", words("Confirm, or return"), words("A failed check brings the old firmware back")),
        )
        inner = QWidget()
        parts = [_step(*one) for one in steps]
        self._stages = Label("", "caption", "muted", wrap=True)
        self._stages.hide()
        approval = columns(Icon("user-round", "text2", 22), (rows(self._actor, self._note, gap=2), 1), gap=10)
        inner.setLayout(
            rows(
                self.title, *parts, self._stages, line(), self._grid(), line(),
                Label(self.tr("Who answers for it"), "subtitle"), approval, None, gap=12, margin=(0, 0, 6, 0),
            )
        )  # fmt: skip
        self.setLayout(rows((scroll(inner), 1)))

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for at, name in enumerate((self.tr("At once"), self.tr("To send"), self.tr("Stopping"), self.tr("Power"))):
            value = Label("", "numeric", wrap=True)
            self._values[name] = value
            grid.addWidget(Label(name, "body", "muted"), at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, at, 1)
        return grid

    def show_plan(self, plan: SitePlan, desk: Desk, at_once: int | None) -> None:
        status = desk.feed.status
        size = sum(leg.release.length for run in plan.runs for leg in run.legs)
        laptop = status.laptop
        if laptop.battery is None or laptop.on_mains:
            power = words("On mains")
        else:
            power = words("Battery, {n} %", n=laptop.battery)
        several = any(len(run.legs) > 1 for run in plan.runs)
        self._stages.setVisible(several)
        self._stages.show_words(
            words("Stages of one charger follow one another. If one fails, those before it are taken back.")
        )
        count = chargers_in(plan.starting)
        few = at_once is not None and at_once < count
        told = (
            words("{n} of {all}", n=at_once, all=count) if few else words("All {n}", n=count),
            size_words(size),
            words("After the step that runs"),
            power,
        )
        for label, value in zip(self._values.values(), told, strict=True):
            label.show_words(value)
        self._actor.show_words(status.actor)
        self._note.show_words(words("Every step is signed and recorded for this person."))


def _step(icon: str, head: str, body: str) -> QWidget:
    made = QWidget()
    text = rows(Label(head, "strong", wrap=True), Label(body, "caption", "muted", wrap=True), gap=1)
    made.setLayout(columns(rows(Icon(icon, "accent_text", 22), None), (text, 1), gap=12))
    return made
