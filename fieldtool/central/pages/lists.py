"""The columns of each list as programs and spreadsheets get it. A column is never renamed: scripts read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fieldtool.central.alarms import Alarm
from fieldtool.central.facts import Run, Unit
from fieldtool.central.fleet import Cell, LogState, Sender
from fieldtool.central.pages.sheets import Sheet
from fieldtool.central.pages.words import reason, steps

FLEET: Sheet[Cell] = Sheet(
    "fleet",
    {
        "vendor": lambda cell: cell.vendor,
        "model": lambda cell: cell.model,
        "hardware": lambda cell: cell.hardware,
        "component": lambda cell: cell.component,
        "site": lambda cell: cell.site,
        "version": lambda cell: cell.version,
        "chargers": lambda cell: cell.chargers,
        "of_them_from_logs_with_an_alarm": lambda cell: cell.doubted,
    },
)


def chargers(senders: Mapping[str, Sender]) -> Sheet[Unit]:
    return Sheet(
        "chargers",
        {
            "serial": lambda unit: unit.label,
            "name": lambda unit: unit.name,
            "site": lambda unit: unit.site,
            "vendor": lambda unit: unit.vendor,
            "model": lambda unit: unit.model,
            "hardware": lambda unit: unit.hardware,
            "component": lambda unit: unit.component,
            "version": lambda unit: unit.version,
            "proof": lambda unit: unit.proof.value,
            "newest_run": lambda unit: unit.state.value,
            "heard": lambda unit: unit.at,
            "clock_sure": lambda unit: unit.sure,
            "laptop": lambda unit: _laptop(senders, unit.log),
            "log_alarm": lambda unit: _alarm(senders, unit.log),
            "found_instead": lambda unit: unit.left.found if unit.left else "",
            "left_version": lambda unit: unit.left.runs if unit.left else "",
            "left_by_laptop": lambda unit: _laptop(senders, unit.left.log) if unit.left else "",
        },
    )


def runs(senders: Mapping[str, Sender]) -> Sheet[Run]:
    return Sheet(
        "runs",
        {
            "run": lambda run: run.id,
            "serial": lambda run: run.label,
            "name": lambda run: run.name,
            "site": lambda run: run.site,
            "model": lambda run: next((part.model for part in run.parts if part.model), ""),
            "began": lambda run: run.began,
            "heard": lambda run: run.heard,
            "clock_sure": lambda run: run.sure,
            "from_to": lambda run: "; ".join(steps(run)),
            "recovery": lambda run: run.recovery,
            "outcome": lambda run: run.state.value,
            "trouble": lambda run: run.trouble,
            "reason": reason,
            "actor": lambda run: run.actor,
            "grant": lambda run: run.grant,
            "laptop": lambda run: _laptop(senders, run.log),
            "log": lambda run: run.log,
            "log_alarm": lambda run: _alarm(senders, run.log),
        },
    )


@dataclass(frozen=True, slots=True)
class LaptopRow:
    """A laptop, one of its logs, and how both stand: (tone, word)."""

    name: str
    key_id: str
    log: str
    records: int
    heard: datetime | None
    until: datetime | None
    entry: tuple[str, str]
    state: tuple[str, str]


def laptop_row(one: LogState, now: datetime) -> LaptopRow:
    return LaptopRow(one.laptop, one.key_id, one.log, one.records, one.heard, one.until, _entry(one, now), _whole(one))


def _entry(one: LogState, now: datetime) -> tuple[str, str]:
    if one.revoked:
        return "bad", "Revoked"
    if one.until is None:
        return "plain", "No certificate"
    return ("ok", "Yes") if now < one.until else ("warn", "Certificate ended")


def _whole(one: LogState) -> tuple[str, str]:
    if one.forks:
        return "bad", "Forked"
    if one.alarms:
        return "bad", "Altered, as it says itself"
    return ("ok", "Whole") if one.records else ("plain", "Nothing yet")


LAPTOPS: Sheet[LaptopRow] = Sheet(
    "laptops",
    {
        "name": lambda one: one.name,
        "key_id": lambda one: one.key_id,
        "log": lambda one: one.log,
        "records": lambda one: one.records,
        "heard": lambda one: one.heard,
        "certificate_until": lambda one: one.until,
        "may_come_in": lambda one: one.entry[1],
        "log_state": lambda one: one.state[1],
    },
)

ALARMS: Sheet[Alarm] = Sheet(
    "alarms",
    {
        "code": lambda alarm: alarm.trouble.text.name,
        "what": lambda alarm: alarm.trouble.what,
        "what_to_do": lambda alarm: alarm.trouble.remedy,
        "laptop": lambda alarm: alarm.laptop,
        "log": lambda alarm: alarm.log,
        "since": lambda alarm: alarm.since,
        "last": lambda alarm: alarm.last,
        "times": lambda alarm: alarm.times,
    },
)


def _laptop(senders: Mapping[str, Sender], log: str) -> str:
    return senders[log].laptop if log in senders else ""


def _alarm(senders: Mapping[str, Sender], log: str) -> bool:
    return log in senders and senders[log].alarm
