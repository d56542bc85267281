"""The evidence of the demo's visit: made while central answers, and verified as somebody would who was not there."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fieldtool.app.reports import Form, Made, Subject
from fieldtool.core.errors import FieldtoolError

if TYPE_CHECKING:
    from fieldtool.app.app import App


def make_evidence(app: "App", folder: Path, pause: Callable[[], object]) -> Made:
    """Of all runs at the site, as JSON and PDF in `folder`. `pause` is called between its steps. FieldtoolError."""
    site = app.site()
    steps = app.report_make(Subject(site=site.id if site is not None else ""), Form(), folder)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: Made = end.value
            return made
        pause()


def what_is_wrong(app: "App", made: Made, serials: Sequence[str]) -> str:
    """With nothing but the laptop's fingerprint: both files hold, tell of these chargers, and central has confirmed."""
    key = app.audit.first_key()
    for file in filter(None, (made.file, made.pdf)):
        try:
            verdict = app.report_verify(file, [key.key_id] if key is not None else [])
        except FieldtoolError as error:
            return f"{file.name}: {error.what}"
        told = {run.serial for run in verdict.document.runs}
        if told != set(serials) or not verdict.document.throw_away or verdict.receipted != verdict.records:
            return f"{file.name} does not tell of {', '.join(serials)}, receipted and with its throw-away key"
    return "" if made.pdf is not None else "no PDF was drawn"
