"""Moments of a recovery for the window: a bench with ports, a charger that tells who it is, the phases of its run."""

from dataclasses import replace

from fieldtool.app.recovery import RecoveryPlan
from fieldtool.app.views import Level, Verdict
from fieldtool.core.driver import EndedBy, ManualStep, Progress
from fieldtool.core.model import Identity, Link
from fieldtool.core.rights import Action
from fieldtool.core.texts import Text
from fieldtool.discovery.serial_ports import Port
from fieldtool.discovery.usb_names import Kind
from fieldtool.update.run import Wire
from tests.ui.fake_app import NOW, FakeApp, release, trouble

DEAD = "CP22-25-118831"  # Bay 10
PORT = "/dev/ttyUSB0"
POWER = ManualStep(Text.UBOOT_POWER_CYCLE, EndedBy.DEVICE, "mains-switch")
BY_HAND = ManualStep(Text.STEP_SWITCH_OFF_ON, EndedBy.TECHNICIAN, "mains-switch")
LOG = ("U-Boot 2024.01 (Jan 09 2026)", "DRAM:  512 MiB", "Hit any key to stop autoboot:  2", "=> version")


def verdict(level: Level, text: Text, **params: str | int | float) -> Verdict:
    return Verdict(level, trouble(text, **params))


def found(*problems: Verdict, second: frozenset[Action] = frozenset()) -> RecoveryPlan:
    image = replace(release("5.1.3", "CityPost 22", "R4"), format="fit", target="lab/citypost-22/5.1.3.fit",
                    release_type="golden", length=512_000)  # fmt: skip
    ready = verdict(Level.OK, Text.RECOVERY_READY, target=image.target, serial=DEAD)
    who = Identity("Lab", "CityPost 22", "R4", DEAD, {})
    wire = Wire(Link("serial", PORT), "lab-uboot")
    return RecoveryPlan(
        wire, DEAD, "Bay 10", who, image, problems or (ready,), NOW, second=second, stands_alone=not second
    )


def bench(app: FakeApp) -> FakeApp:
    """One good adapter, one that another program has, a chip without a driver; the charger asks for its power."""
    app.bench.ports = (
        Port(PORT, "FTDI FT232R", Kind.ADAPTER, "0403:6001"),
        Port("/dev/ttyUSB1", "CP2102", Kind.ADAPTER, "10c4:ea60",
             problem=trouble(Text.PORT_IN_USE, port="/dev/ttyUSB1", holder="minicom (process 4711)")),
        Port("", "CH340", Kind.ADAPTER, "1a86:7523",
             problem=trouble(Text.PORT_NO_DRIVER, name="CH340", module="ch341")),
    )  # fmt: skip
    app.bench.steps = (Progress(0, 0), POWER, Progress(0, 0, "Hit any key to stop autoboot:  2"))
    app.bench.plan = found()
    app.bench.console = LOG
    return app


def waits_for_second(app: FakeApp) -> FakeApp:
    missing = verdict(Level.STOP, Text.APPROVAL_MISSING, action="recover", target="5.1.3 (main)")
    bench(app).bench.plan = found(missing, second=frozenset({Action.RECOVER}))
    app.pins = {"linus": "2468"}
    return app
