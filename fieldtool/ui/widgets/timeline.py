"""The phases of one run from top to bottom: what was done, what goes on, what comes next."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from fieldtool.app.views import PhaseSpan, RunState
from fieldtool.ui import names, paint
from fieldtool.ui.names import named
from fieldtool.ui.run_words import stage_of
from fieldtool.ui.theme.icons import paint_icon
from fieldtool.ui.theme.look import LOOK, advance
from fieldtool.ui.widgets.basics import Sized
from fieldtool.ui.words import clock_words, percent, phase_title, seconds_words, share, trouble_words, words
from fieldtool.update.run import NEXT, Mark, Phase

_FORWARD = (
    Phase.PREFLIGHT, Phase.BACKUP, Phase.TRANSFER, Phase.VERIFY,
    Phase.INSTALL, Phase.RESTART, Phase.VALIDATE, Phase.CONFIRM,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stage:
    state: str  # done, now, fail, wait, todo
    title: str
    note: str = ""
    figure: str = ""  # at the right: "62 %"
    share: float = 0.0


def stages(run: RunState) -> list[Stage]:
    """One line per phase gone through (the last try of each), then those that are still to come.

    Of a run in several stages the one that goes on is told in full, each other one in a line.
    """
    if run.over and run.legs > 1:
        return list(_others(run, range(run.legs)))
    latest: dict[Phase, PhaseSpan] = {}
    for span in run.spans:
        if span.leg == run.leg and span.phase in NEXT:
            latest.pop(span.phase, None)  # a phase tried again goes to its newest place
            latest[span.phase] = span
    lines = [*_others(run, range(run.leg)), *(_stage(run, span) for span in latest.values())]
    if run.outcome is None or not run.over:
        lines += [Stage("todo", phase_title(phase)) for phase in _to_come(run, latest)]
    return [*lines, *_others(run, range(run.leg + 1, run.legs))]


def _others(run: RunState, legs: Iterable[int]) -> Iterator[Stage]:
    """The stages before or after the one that goes on, each in a line: done, taken back, or still to come."""
    for leg in legs:
        title = stage_of(run, leg)
        spans = [span for span in run.spans if span.leg == leg and span.phase in NEXT]
        if not spans:
            yield Stage("todo", title, "" if not run.over else words("not begun"))
            continue
        last = spans[-1]
        at = clock_words(last.ended or last.began, seconds=True)
        if last.phase is Phase.ROLL_BACK:
            yield Stage("fail", title, words("{time} · taken back", time=at))
        elif last.phase is Phase.CONFIRM and last.mark is Mark.OK:
            yield Stage("done", title, words("{time} · confirmed", time=at))
        else:
            yield _stage(run, last, title)


def _to_come(run: RunState, seen: dict[Phase, PhaseSpan]) -> Iterator[Phase]:
    if run.phase is Phase.ROLL_BACK or run.phase not in _FORWARD:
        return
    if run.phase not in seen:
        yield run.phase
    yield from _FORWARD[_FORWARD.index(run.phase) + 1 :]


def _stage(run: RunState, span: PhaseSpan, title: str = "") -> Stage:
    title = title or phase_title(span.phase)
    if span.leg == run.leg and span.phase is run.phase and span.ended is None and not run.over:
        if run.waiting is not None or run.outcome is not None:
            why = trouble_words(run.waiting)[0] if run.waiting is not None else words("Waits for the charger")
            return Stage("wait", title, why)
        part = share(run)
        return Stage("now", title, span.note, percent(part) if part is not None else "", part or 0.0)
    at = clock_words(span.ended or span.began, seconds=True)
    if span.mark in (Mark.OK, Mark.ENTERED):
        took = seconds_words((span.ended - span.began).total_seconds()) if span.ended is not None else ""
        note = span.note or (words("took {time}", time=took) if took else "")
        state = "fail" if span.phase is Phase.ROLL_BACK else "done"
        return Stage(state, title, f"{at} · {note}" if note else at)
    why = trouble_words(span.trouble)[0] if span.trouble is not None else words("did not work")
    return Stage("bad", title, f"{at} · {why}")


class Timeline(Sized):
    def __init__(self) -> None:
        super().__init__()
        self._stages: list[Stage] = []
        self.setAccessibleName(named(names.TIMELINE))

    def show_run(self, run: RunState | None) -> None:
        fresh = stages(run) if run is not None else []
        if fresh == self._stages:
            return
        self._stages = fresh
        self.setAccessibleDescription("; ".join(f"{s.title}: {s.note or s.state}" for s in fresh))
        self._set_height()
        self.update()

    def now_at(self) -> int:
        """Where the current phase is, to scroll to it."""
        done = [stage for stage in self._stages if stage.state != "todo"]
        return sum(self._height(stage) for stage in done)

    def sizeHint(self) -> QSize:
        return QSize(200, sum(self._height(stage) for stage in self._stages))

    def _look_changed(self) -> None:
        self._set_height()
        super()._look_changed()

    def resizeEvent(self, event: object) -> None:
        self._set_height()

    def _set_height(self) -> None:
        self.setFixedHeight(max(1, sum(self._height(stage) for stage in self._stages)))

    def _height(self, stage: Stage) -> int:
        return LOOK.px(28 + 18 * len(self._note_lines(stage)))

    def _note_lines(self, stage: Stage) -> list[str]:
        """The note, broken into lines that fit."""
        room, lines = max(80, self.width() - 36), [""]
        for word in stage.note.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and advance(longer, "caption", True) > room:
                lines.append(word)
            else:
                lines[-1] = longer
        return [line for line in lines if line]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = 0
        for at, stage in enumerate(self._stages):
            height = self._height(stage)
            if at < len(self._stages) - 1:
                token = "ok" if stage.state == "done" else "border_ctl" if LOOK.high_contrast else "border"
                painter.setPen(QPen(LOOK.colour(token), 2))
                painter.drawLine(QPointF(11, top + 25), QPointF(11, top + height + 1))
            self._dot(painter, QRectF(1, top + 2, 20, 20), stage)
            self._words(painter, top, stage)
            top += height

    def _words(self, painter: QPainter, top: int, stage: Stage) -> None:
        line = QRectF(34, top + 1, self.width() - 36, LOOK.px(22))
        room = advance(stage.figure, "strong", True) + 8 if stage.figure else 0
        role = "strong" if stage.state in ("now", "fail", "wait", "bad") else "body"
        token = "text2" if stage.state == "todo" else "text"
        paint.text(painter, line.adjusted(0, 0, -room, 0), stage.title, role, token)
        if stage.figure:
            paint.text(painter, line, stage.figure, "strong", "accent_text", paint.RIGHT, tabular=True)
        note_token = {"bad": "bad_text", "fail": "warn_text", "wait": "warn_text"}.get(stage.state, "text2")
        for at, note in enumerate(self._note_lines(stage)):
            below = QRectF(34, top + LOOK.px(22) + at * LOOK.px(17), self.width() - 34, LOOK.px(18))
            paint.text(painter, below, note, "caption", note_token, tabular=True)

    def _dot(self, painter: QPainter, box: QRectF, stage: Stage) -> None:
        filled = {"done": ("ok", "check"), "fail": ("warn", "undo-2"), "wait": ("warn", "clock"), "bad": ("bad", "x")}
        if stage.state in filled:
            token, icon = filled[stage.state]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(LOOK.colour(token))
            painter.drawEllipse(box)
            paint_icon(painter, icon, box.adjusted(4, 4, -4, -4), "surface")
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ring = box.adjusted(2, 2, -2, -2)
        if stage.state == "todo":
            painter.setPen(QPen(LOOK.colour("border_ctl"), 2 if LOOK.high_contrast else 1.5))
            painter.drawEllipse(ring)
            return
        painter.setPen(QPen(LOOK.colour("border_ctl" if LOOK.high_contrast else "track"), 3))
        painter.drawEllipse(ring)
        painter.setPen(QPen(LOOK.colour("accent"), 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawArc(ring, 90 * 16, -int((stage.share or 0.25) * 5760))
