"""What stands in a journal row and in the head of a run. Format v3; v2 (no grants, no approvals) and v1 (one
component, no stages) stay readable. Recoveries came with v3: their heads have one field and their rows phases more."""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from fieldtool.core.clock import parse_iso
from fieldtool.core.driver import Can, ManualStep
from fieldtool.core.errors import ExitCode, Safety, Trouble
from fieldtool.core.model import Health, Observed, Release
from fieldtool.core.plain import from_plain, to_plain
from fieldtool.core.texts import Text
from fieldtool.update.run import Head, Leg, Mark, Phase, Record
from fieldtool.update.validation import Finding, Grade, Waiver

VERSION = 3


def detail_of(record: Record) -> dict[str, object]:
    """What a row says beside its columns."""
    detail: dict[str, object] = {"v": VERSION}
    if record.leg:
        detail["leg"] = record.leg
    if record.trouble is not None:
        detail["trouble"] = trouble_to_json(record.trouble)
    for name in ("before", "health", "can", "asked", "waiver"):
        value = getattr(record, name)
        if value is not None:
            detail[name] = to_plain(value)
    if record.findings:
        detail["findings"] = [_finding_to_json(finding) for finding in record.findings]
    if record.backup:
        detail["backup"] = record.backup
    return detail


def record_of(row: Mapping[str, object] | sa.RowMapping) -> Record:
    detail = json.loads(str(row["detail"]))
    return Record(
        run=str(row["run"]),
        at=parse_iso(str(row["at"])),
        component=str(row["component"]),
        phase=Phase(str(row["phase"])),
        mark=Mark(str(row["mark"])),
        trouble=trouble_from_json(detail["trouble"]) if "trouble" in detail else None,
        before=from_plain(Observed, detail["before"]) if "before" in detail else None,
        health=from_plain(Health, detail["health"]) if "health" in detail else None,
        leg=int(detail.get("leg", 0)),
        can=Can(detail["can"]) if "can" in detail else None,
        findings=tuple(_finding_from_json(finding) for finding in detail.get("findings", ())),
        asked=from_plain(ManualStep, detail["asked"]) if "asked" in detail else None,
        backup=str(detail.get("backup", "")),
        waiver=from_plain(Waiver, detail["waiver"]) if "waiver" in detail else None,
    )


def trouble_to_json(trouble: Trouble) -> dict[str, object]:
    return {
        "text": trouble.text.name,
        "params": dict(trouble.params),
        "safety": trouble.safety.value,
        "exit": trouble.exit_code.value,
    }


def trouble_from_json(data: Mapping[str, Any]) -> Trouble:
    return Trouble(
        Text[str(data["text"])],
        tuple(sorted(data["params"].items())),
        Safety(data["safety"]),
        ExitCode(data["exit"]),
    )


def _finding_to_json(finding: Finding) -> dict[str, object]:
    reason = trouble_to_json(finding.reason)
    return {"rule": finding.rule, "grade": finding.grade.value, "reason": reason, "waiver": to_plain(finding.waiver)}


def _finding_from_json(data: Mapping[str, Any]) -> Finding:
    waiver = from_plain(Waiver, data["waiver"]) if data["waiver"] is not None else None
    return Finding(str(data["rule"]), Grade(data["grade"]), trouble_from_json(data["reason"]), waiver)


def head_to_json(head: Head) -> dict[str, object]:
    fields = to_plain(head)
    if head.recovery is None:  # an update is written as ever since v3
        del fields["recovery"]
    return {**fields, "v": VERSION}


def head_from_json(data: Mapping[str, Any]) -> Head:
    fields = {name: value for name, value in data.items() if name != "v"}
    if data.get("v") == 1:
        leg = Leg(fields.pop("component"), from_plain(Release, fields.pop("release")), fields.pop("came_from"))
        return Head(fields["run"], fields["serial"], fields["name"], (leg,), fields["actor"])
    return from_plain(Head, fields)
