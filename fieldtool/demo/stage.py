"""The stage of the demo: a training folder, and lab and central in processes of their own, as on a real site."""

import atexit
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldtool.core.clock import Clock, SystemClock
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text

CABLE = "LAB-07-0008"  # a microcontroller on a serial cable
DEAD = "LAB-22-0009"  # does not boot; its U-Boot has a serial line
SELECTED = ("LAB-22-0001", "LAB-22-0002", "LAB-22-0005", "LAB-22-0007", CABLE)
SOAK_SECONDS = "2"
SLOW_LINE = 1_500_000  # bytes per second: a site's cable, so that progress can be watched
SERIAL_LINE = 46_000  # that of a serial port at 460,800 baud


@dataclass
class Stage:
    folder: Path
    data: Path  # the laptop's data folder
    clock: Clock
    began: float
    central_port: int
    lab: Mapping[str, Any]  # what the lab said when it was ready
    second: tuple[str, str]  # who agrees to a recovery, and the PIN
    as_json: bool = False

    def say(self, words: str) -> None:
        """A line of the story, which is this command's output."""
        seconds = self.clock.monotonic() - self.began
        line = json.dumps({"at_s": round(seconds, 1), "story": words}) if self.as_json else f"{seconds:5.1f} s  {words}"
        print(line, flush=True)  # noqa: T201

    def console(self, serial: str) -> str:
        """host:port of the serial line of one that does not boot."""
        return next(str(one["console"]) for one in self.lab["chargers"] if one["serial"] == serial)

    def fault(self, serial: str, name: str, value: str = "") -> None:
        command = [*_program(), "lab", "fault", serial, name, *([value] if value else []), "--folder", str(self.data)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def open_stage(folder: Path, as_json: bool) -> Iterator[Stage]:
    clock = SystemClock()
    began = clock.monotonic()
    data = folder / "laptop"
    if not as_json:
        print("fieldtool demo: a virtual site on this computer. Nothing leaves it.", flush=True)  # noqa: T201
    made = json.loads(_call("lab", "new", str(data)))
    with _process("lab", "start", str(data), "--seconds", "1800") as lab:
        port, second = _prepare(data, made["order"]), (made["second_person"], made["pin"])
        stage = Stage(folder, data, clock, began, port, lab, second, as_json)
        for serial in SELECTED[:3]:  # the fourth has most to do
            stage.fault(serial, "slow", str(SLOW_LINE))
        stage.fault(CABLE, "slow", str(SERIAL_LINE))
        stage.say(f"Prepared: catalogue, work order, grant and logins for {len(lab['chargers'])} virtual chargers.")
        yield stage


def _prepare(data: Path, order: str) -> int:
    """In the office, online: the laptop meets central once. Returns the port at which central will be found again."""
    laptop = ("--data", str(data))
    _call("site", "use", order, *laptop)
    key = data / "laptop.pem"
    key.write_text(json.loads(_call("audit", "key", *laptop, "--json"))["public_key"])
    _call("central", "laptop", "add", str(key), "--name", "demo laptop", "--data", str(data / "central"))
    with central(data, 0) as listening:
        url = str(listening["listening"])
        settings = {
            "central.url": url,
            "central.key": str(listening["key"]),
            "validate.soak_seconds": SOAK_SECONDS,
        }
        for name, value in settings.items():
            _call("settings", "set", name, value, *laptop)
    return int(url.rpartition(":")[2])


def central(data: Path, port: int) -> AbstractContextManager[Mapping[str, Any]]:
    return _process("central", "serve", "--data", str(data / "central"), "--port", str(port))


def _program() -> list[str]:
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "fieldtool"]


def _call(*words: str) -> str:
    """Run one command of ours to its end; its output."""
    done = subprocess.run([*_program(), *words], capture_output=True, text=True, check=False)
    if done.returncode:
        detail = (done.stderr or done.stdout).strip() or f"exit code {done.returncode}"
        raise UsageError(Text.DEMO_STEP_FAILED, step=" ".join(words[:2]), detail=detail)
    return done.stdout


@contextmanager
def _process(*words: str) -> Iterator[Mapping[str, Any]]:
    """Run a command of ours beside us, from its first line of JSON on; it ends with the block, or with us."""
    process = subprocess.Popen([*_program(), *words], stdout=subprocess.PIPE, text=True)
    atexit.register(process.terminate)  # Qt's loop does not unwind our blocks when a signal ends the program
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise UsageError(Text.DEMO_STEP_FAILED, step=" ".join(words[:2]), detail="it did not start")
        yield json.loads(line)
    finally:
        atexit.unregister(process.terminate)
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
