"""Bringing a dead charger back, as `fieldtool recover` does, beside the window."""

from threading import Thread
from typing import TYPE_CHECKING

from fieldtool.core.addresses import parse_address
from fieldtool.core.driver import ManualStep
from fieldtool.core.errors import FieldtoolError

if TYPE_CHECKING:
    from fieldtool.app.app import App


class Revival:
    """In a thread of its own: into the bootloader, plan, a second person's PIN, begin. The run then is the board's."""

    def __init__(self, app: "App", serial: str, console: str, second: tuple[str, str]) -> None:
        """`console`: host:port of its serial line; `second`: who agrees, and the PIN."""
        self._app, self._serial, self._console, self._second = app, serial, console, second
        self.asked = ""  # what the technician shall do, in the tool's words
        self.image = ""  # what will be written
        self.problem = ""  # why it did not begin
        self._thread = Thread(target=self._run, name="demo recovery", daemon=True)
        self._thread.start()

    @property
    def prepares(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._begin()
        except FieldtoolError as error:
            self.problem = error.trouble().what

    def _begin(self) -> None:
        recoveries, link = self._app.recoveries, parse_address(f"serial-tcp://{self._console}")
        profile = recoveries.profile(self._serial)
        steps = recoveries.look(link, profile, self._serial)
        try:
            while True:
                step = next(steps)
                if isinstance(step, ManualStep):
                    self.asked = step.what
        except StopIteration as end:
            found = end.value
        plan = recoveries.plan(link, profile, found)
        if plan.only_unapproved:
            actor, pin = self._second
            approval = self._app.approve(recoveries.request(plan), actor, pin)
            plan = recoveries.plan(link, profile, found, approvals=[approval])
        self.image = plan.release.label if plan.release is not None else ""
        self._app.recover(plan)
