"""What would be written and why, how far it is, and what came of it."""

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from fieldtool.app.recovery import RecoveryPlan
from fieldtool.app.views import Level, RunState
from fieldtool.ui import paint
from fieldtool.ui.recovery_words import end_words, why_image
from fieldtool.ui.theme.look import LOOK
from fieldtool.ui.widgets.basics import Callout, Label, Sized, columns, rows, scroll
from fieldtool.ui.widgets.findings import Findings
from fieldtool.ui.widgets.notices import notice
from fieldtool.ui.widgets.second_person import SecondPerson
from fieldtool.ui.words import percent, phase_title, range_words, share, size_words, trouble_words, what, words
from fieldtool.update.run import Phase

_LEVELS = {Level.STOP: ("bad", "ban"), Level.WARN: ("warn", "triangle-alert"), Level.INFO: ("idle", "info")}


class DecisionPage(QWidget):
    """Who the charger is, which image, why that one, and everything that speaks against it."""

    def __init__(self) -> None:
        super().__init__()
        self.second = SecondPerson(narrow=True)
        self._facts, self._told = rows(gap=8), rows(gap=8)
        inner = QWidget()
        inner.setLayout(rows(self._facts, self.second, self._told, None, gap=12))
        self.setLayout(rows((scroll(inner), 1)))

    def show_plan(self, plan: RecoveryPlan, approvers: tuple[str, ...]) -> None:
        for layout in (self._facts, self._told):
            while (item := layout.takeAt(0)) is not None:
                if (widget := item.widget()) is not None:
                    widget.hide()
                    widget.deleteLater()
        for name, told in _facts(plan):
            line = QWidget()
            head = Label(name, "body", "muted", wrap=True)
            head.setFixedWidth(LOOK.px(112))
            line.setLayout(columns(rows(head, None), (Label(told, "strong", wrap=True), 1), gap=12))
            self._facts.addWidget(line)
        asked = plan.only_unapproved
        self.second.show_asked((plan.name,) if asked else (), plan.second, approvers)
        for one in plan.problems:
            if one.level in _LEVELS and not (asked and one.level is Level.STOP):
                kind, icon = _LEVELS[one.level]
                happened, _, todo = trouble_words(one.reason)
                self._told.addWidget(notice(kind, icon, happened, todo))


def _facts(plan: RecoveryPlan) -> list[tuple[str, str]]:
    who = plan.identity
    hardware = who.hardware or words("not known")
    facts = [
        (words("Charger"), f"{plan.name} · {plan.serial}" if plan.name != plan.serial else plan.serial),
        (words("Model"), words("{model}, hardware {hardware}", model=f"{who.vendor} {who.model}", hardware=hardware)),
    ]
    if plan.release is None:
        return [*facts, (words("Image"), words("None on this laptop may be used."))]
    release = plan.release
    image = words("{version} · {size} · {target}", version=release.version, size=size_words(release.length),
                  target=release.target)  # fmt: skip
    return [*facts, (words("Image"), image), (words("Why this one"), why_image(plan))]


class RunPage(QWidget):
    """Honest progress: a bar only where the extent is known."""

    waived = Signal(str, str, str)

    def __init__(self) -> None:
        super().__init__()
        self._end = Callout()
        self._waits = Callout()
        self._bar = _Bar()
        self._told = Label("", "body", "muted", wrap=True)
        self._keep = Callout()
        self._findings = Findings()
        self._findings.waived.connect(self.waived)
        inner = QWidget()
        inner.setLayout(
            rows(self._end, self._waits, self._bar, self._told, self._keep, self._findings, None, gap=12)
        )  # fmt: skip
        self.setLayout(rows((scroll(inner), 1)))

    def show_run(self, run: RunState | None) -> None:
        going = run is None or run.outcome is None
        self._end.setVisible(not going)
        self._bar.setVisible(going)
        self._told.setVisible(going)
        self._keep.setVisible(going)
        waiting = run.waiting if run is not None and run.outcome is None else None
        self._waits.setVisible(waiting is not None)
        self._findings.show_run(run)
        if waiting is not None:
            happened, _, todo = trouble_words(waiting)
            self._waits.show_answer("warn", "clock", happened, todo)
        if run is not None and not going:
            self._end.show_answer(*end_words(run))
        if going:
            self._show_progress(run)

    def _show_progress(self, run: RunState | None) -> None:
        part = share(run) if run is not None else None
        self._bar.show_share(part)
        self._told.show_words(_progress_words(run))
        head = words("Keep the charger and the laptop powered, and the cable plugged in")
        told = words("If it breaks off all the same, nothing is lost: it goes on from what the charger has.")
        self._keep.show_answer("warn", "plug-zap", head, told)


def _progress_words(run: RunState | None) -> str:
    if run is None:
        return words("Starting…")
    note = run.spans[-1].note if run.spans else ""
    part = share(run)
    if part is None:
        return note or words("Nobody can say how long this step takes.")
    told = words("{part} · {done} of {all}", part=percent(part), done=size_words(run.done), all=size_words(run.total))
    if run.phase not in (Phase.WRITE, Phase.READ_BACK):
        told = percent(part)
    if run.rate > 0 and run.total > run.done:
        left = (run.total - run.done) / run.rate
        told = words("{told} · {left} left of this step", told=told, left=range_words(left, left * 1.3))
    return told


class _Bar(Sized):
    def __init__(self) -> None:
        super().__init__()
        self._share: float | None = None

    def show_share(self, part: float | None) -> None:
        if part != self._share:
            self._share = part
            self.setAccessibleName(percent(part) if part is not None else words("Extent not known"))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 16)

    def minimumSizeHint(self) -> QSize:
        return QSize(100, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(1, 3, self.width() - 2, 10)
        paint.bar(painter, box, self._share or 0.0)
        if self._share is None:
            paint.hatch(painter, box, "accent")


def run_title(run: RunState | None) -> str:
    """What it does now: the step's name, or what a person has to do."""
    if run is None:
        return words("Starting…")
    if run.asked is not None and run.outcome is None:
        return what(run.asked.text, dict(run.asked.params))
    return phase_title(run.phase)
