"""`fieldtool demo`: on screen where a display is, else by itself."""

import argparse
import os
import shutil
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from fieldtool.core.clock import NEVER
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.demo.stage import DEAD, Stage, central, open_stage
from fieldtool.demo.story import CAR, Story, waits_for_car

if TYPE_CHECKING:
    from fieldtool.app.app import App
    from fieldtool.update.run import Ending

CAR_SECONDS = 8.0  # on screen, after its update has begun to wait


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, default=Path("build") / "demo", help="made anew (default: build/demo)")
    parser.add_argument("--offscreen", action="store_true", help="let it run by itself, even where a display is")


def run(args: argparse.Namespace) -> int:
    from fieldtool.ui.main import has_display

    offscreen = args.offscreen or not has_display(sys.platform, os.environ)
    if offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is imported: it aborts without a display
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # lab and central end with us
    folder = _fresh(args.folder)
    with ExitStack() as stack:
        made = stack.enter_context(open_stage(folder, args.json))
        return _by_itself(made) if offscreen or os.environ.get("QT_QPA_PLATFORM") == "offscreen" else _by_hand(made)


def _fresh(folder: Path) -> Path:
    """An empty folder. One that is not a demo's is left alone."""
    marker = folder / ".fieldtool-demo"
    if folder.exists() and any(folder.iterdir()) and not marker.exists():
        raise UsageError(Text.LAB_FOLDER_TAKEN, folder=str(folder))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    marker.touch()
    return folder


def _by_hand(stage: Stage) -> int:
    """Open the window; the technician is whoever sits there. Central comes back after the first run."""
    from fieldtool.app.app import App
    from fieldtool.ui.main import run_window

    app = App(stage.data)
    stage.say("The window is open. Select chargers, press Update, watch. A car charges at Bay 05: its update waits.")
    stage.say(
        f"Bay 09 does not boot. The serial line of its bootloader is serial-tcp://{stage.console(DEAD)}; "
        f"{stage.second[0]} agrees with the PIN {stage.second[1]}. To switch it off and on, in another terminal: "
        f"fieldtool lab fault {DEAD} power_on --folder {stage.data}"
    )
    Thread(target=_drive_away, args=(stage, app), name="car", daemon=True).start()
    with ExitStack() as stack:
        returned: list[bool] = []

        def back_online(ending: "Ending") -> None:
            if not returned:
                returned.append(True)
                stack.enter_context(central(stage.data, stage.central_port))
                stage.say("Central is reachable again: the audit records go up.")

        app.on_ended(back_online)
        return run_window(app, [])


def _drive_away(stage: Stage, app: "App") -> None:
    """The car at Bay 05 leaves when its driver has seen that the update waits."""
    while not waits_for_car(app):
        stage.clock.wait(NEVER, 1.0)
    stage.clock.wait(NEVER, CAR_SECONDS)
    stage.fault(CAR[0], "session_end", CAR[1])
    stage.say("The car at Bay 05 has left.")


def _by_itself(stage: Stage) -> int:
    from PySide6.QtWidgets import QApplication

    from fieldtool.app.app import App
    from fieldtool.ui.theme.look import prepare
    from fieldtool.ui.window import build_window

    application = QApplication.instance() or QApplication(["fieldtool"])
    assert isinstance(application, QApplication)
    prepare(application)
    app = App(stage.data)
    try:
        window = build_window(app)
        app.start_discovery()
        window.show()
        story = Story(stage, app, window)
        try:
            return story.play()
        finally:
            window.shut_down()
    finally:
        app.close()
