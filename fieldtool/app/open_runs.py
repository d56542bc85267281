"""Runs that a crash, a power cut or a silent charger left open: what will happen when they go on."""

from collections.abc import Sequence

from fieldtool.app.views import OpenRun
from fieldtool.core.errors import Trouble
from fieldtool.core.texts import Text
from fieldtool.update.run import RECOVERING, UNTOUCHED, Head, Mark, Phase, Record


def open_run(head: Head, records: Sequence[Record]) -> OpenRun:
    """`records`: its journal rows."""
    last = next((one for one in reversed(records) if one.mark is Mark.ENTERED), records[0])
    return OpenRun(
        head.run, head.serial, head.name, head.target, last.phase, last.at, next_step(records),
        last.component, last.leg, len(head.legs), head.legs[last.leg].release.version,
    )  # fmt: skip


def next_step(records: Sequence[Record]) -> Trouble:
    """In words, what will happen when an open run goes on. `records`: its journal rows."""
    entered = [record for record in records if record.mark is Mark.ENTERED]
    last = entered[-1]
    installed = any(one.leg == last.leg and one.phase is Phase.INSTALL for one in entered)
    if any(record.phase in RECOVERING for record in records):
        return Trouble(Text.RESUME_RECOVERY)
    if last.phase is Phase.ROLL_BACK:
        return Trouble(Text.RESUME_ROLL_BACK)
    if last.phase in UNTOUCHED and not installed:
        return Trouble(Text.RESUME_BEFORE_INSTALL if last.leg == 0 else Text.RESUME_NEXT_STAGE)
    if last.phase in UNTOUCHED or last.phase in (Phase.INSTALL, Phase.RESTART):
        return Trouble(Text.RESUME_INSTALL)
    return Trouble(Text.RESUME_VALIDATE)
