"""Answers the first question of everybody who stands in front of a charger: is it safe to unplug? Pure."""

from dataclasses import dataclass

from fieldtool.app.views import ChargerRow, Presence, RunState
from fieldtool.core.errors import Safety
from fieldtool.ui.words import clock_words, range_words, trouble_words, words
from fieldtool.update.run import Outcome


@dataclass(frozen=True, slots=True)
class Answer:
    kind: str
    icon: str
    head: str
    body: str


def unplug(row: ChargerRow) -> Answer:
    """Never says "safe" while something is written, nor while the truth is unknown."""
    if row.run is not None and not row.run.over:
        return _under_way(row.run)
    if row.observed is not None and row.observed.installing:
        return Answer("bad", "plug-zap", words("Do not switch off or unplug"), words("Somebody else installs"))
    if row.run is not None and row.run.outcome is Outcome.STUCK:
        return Answer("bad", "plug-zap", words("Keep it powered and connected"), words("It may not start by itself"))
    if row.presence in (Presence.EXPECTED, Presence.GONE):
        return Answer("idle", "circle-help", words("Not known"), words("It does not answer, so fieldtool cannot tell"))
    if row.observed is not None and row.observed.in_use:
        return Answer("warn", "battery-charging", words("A car is charging"), words("Wait for the end of the session"))
    if row.presence is Presence.SIGHTED:
        return Answer("idle", "loader-circle", words("Not known yet"), words("Reading who it is"))
    if row.presence is Presence.PROBLEM:
        return Answer("idle", "circle-help", words("fieldtool leaves it alone"), words("Nothing is written to it"))
    if row.run is not None:
        return _ended(row.run)
    return Answer("ok", "circle-check", words("Safe to unplug"), words("Nothing is being written to this charger"))


def _under_way(run: RunState) -> Answer:
    if run.outcome is Outcome.WAITING:
        body = words("It does not answer. The run goes on when it does")
        return Answer("bad", "plug-zap", words("Keep it powered and connected"), body)
    if run.asked is not None:
        body = words("Nothing else: neither unplug it nor switch it off otherwise")
        return Answer("warn", "hand", words("Your turn: do the step below"), body)
    left = words("about {time} left", time=range_words(*run.eta)) if run.eta is not None else ""
    waits = trouble_words(run.waiting)[0] if run.waiting is not None else ""
    if run.safety is Safety.UNTOUCHED:
        body = waits or left or words("Nothing was changed yet")
        return Answer("accent", "info", words("Firmware untouched, keep it connected"), body)
    if run.safety is Safety.OLD_IS_KEPT:
        body = waits or (words("Writing firmware, {left}", left=left) if left else words("Writing firmware"))
        return Answer("warn", "plug-zap", words("Do not switch off or unplug"), body)
    body = waits or left or words("It may not start by itself now")
    return Answer("bad", "plug-zap", words("Keep it powered and connected"), body)


def _ended(run: RunState) -> Answer:
    at = clock_words(run.spans[-1].ended or run.spans[-1].began) if run.spans else clock_words(run.began)
    if run.outcome in (Outcome.DONE, Outcome.RECOVERED):
        body = words("Runs {version}, checked {time}", version=run.target, time=at)
        return Answer("ok", "circle-check", words("Safe to unplug"), body)
    if run.outcome is Outcome.ROLLED_BACK:
        body = words("Runs {version} again. Safe to unplug", version=run.came_from or words("its old firmware"))
        return Answer("warn", "undo-2", words("Rolled back, charger works"), body)
    return Answer("ok", "circle-check", words("Safe to unplug"), words("Nothing was changed on the charger"))
