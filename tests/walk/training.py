"""The laptop and the virtual site of a test."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from fieldtool.app.app import App
from fieldtool.app.views import ChargerRow, Presence
from fieldtool.core.clock import NEVER
from fieldtool.lab.site import LabSite
from fieldtool.settings import Settings
from fieldtool.store.database import Store
from fieldtool.update.run import Ending

DEADLINE = 30.0  # seconds for any one thing; generous on a busy machine
GOOD, SICK, OLD_BOARD, BUSY, AWAY = "T-001", "T-002", "T-003", "T-004", "T-005"
QUICK_SITE = """
schema = 1
id = "test"
name = "Test site"

[timing]
shutdown = 0.02
boot = 0.2
settle = 0.0
install = 0.1

[common]
vendor = "Lab"
model = "CityPost 22"
compatible = "lab-citypost-22"
profile = "lab-citypost"
hardware = "B2"
version = "1.4.2"
security_epoch = 2
connectors = ["1"]
image_bytes = 200_000

[[charger]]
serial = "T-001"
name = "Bay 01"

[[charger]]
serial = "T-002"
name = "Bay 02"
faults = { bad_health = "fault" }

[[charger]]
serial = "T-003"
name = "Bay 03"
hardware = "A1"

[[charger]]
serial = "T-004"
name = "Bay 04"
charging = ["1"]

[[charger]]
serial = "T-005"
name = "Bay 05"
absent = true

[[release]]
version = "1.5.0"
hardware = ["B2"]
security_epoch = 2
size = 200_000
min_from = "1.4.0"
duration = [5, 20]
"""


@dataclass
class Training:
    folder: Path
    site: LabSite
    stack: ExitStack
    endings: dict[str, Ending] = field(default_factory=dict)

    def app(self, imported: bool = True) -> App:
        """The app on this folder, looking for chargers; closed with the test."""
        store = Store.open(self.folder)
        Settings(store).set("validate.soak_seconds", "0")  # before the app reads it
        store.close()
        app = App(self.folder)
        self.stack.callback(app.close)
        if imported:
            app.site_import(self.site.site_file)
        app.on_ended(lambda ending: self.endings.__setitem__(ending.serial, ending))
        app.start_discovery()
        return app


def until(app: App, true: Callable[[], bool], what: str) -> None:
    deadline = app.clock.monotonic() + DEADLINE
    while not true():
        assert app.clock.monotonic() < deadline, f"waited {DEADLINE:.0f} s until {what}"
        app.clock.wait(NEVER, 0.02)


def row(app: App, serial: str) -> ChargerRow | None:
    return next((one for one in app.fleet().rows if one.serial == serial), None)


def ready(app: App, *serials: str) -> list[str]:
    """Keys of these chargers, once they told who they are."""

    def there() -> bool:
        found = [row(app, serial) for serial in serials]
        return all(one is not None and one.presence is Presence.READY for one in found)

    until(app, there, f"{serials} are identified")
    return [one.key for serial in serials if (one := row(app, serial)) is not None]
