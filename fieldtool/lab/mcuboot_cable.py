"""A microcontroller of a virtual site: its state on disk, faults by name, and a cable that can be pulled out.

The cable is a TCP port as a device server has it, on every system; where there are pseudo-terminals, one of them, too.
"""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from threading import Event, RLock, Thread

from fieldtool.core.clock import Clock, SystemClock
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.lab import mcuboot_charger, mcuboot_state
from fieldtool.lab.cms import Authority
from fieldtool.lab.faults import ACTIONS, NO_FAULTS, Faults, with_fault
from fieldtool.lab.mcuboot import Flash, Make
from fieldtool.lab.mcuboot_charger import Kept, McubootCharger, McuTiming
from fieldtool.lab.mcuboot_faults import KIND, check_name, checked
from fieldtool.lab.mcuboot_image import image_content, is_version, maker_key
from fieldtool.lab.mcuboot_lines import has_terminals
from fieldtool.lab.ssh_door import bound, bound_again
from fieldtool.lab.state import Nameplate, Timing

CONNECTOR = "1"  # it has no other


class CableCharger:
    """Comes back from `folder` as it was, or new from the factory. `start` before use, `stop` after it."""

    def __init__(
        self,
        folder: Path,
        nameplate: Nameplate,
        authority: Authority,
        *,
        host: str = "127.0.0.1",
        timing: Timing = Timing(),  # noqa: B008  # frozen
        faults: Faults = NO_FAULTS,
        clock: Clock | None = None,
    ) -> None:
        self.nameplate, self._folder, self._key, self._timing = nameplate, folder, maker_key(authority), timing
        self._clock = clock or SystemClock()
        self._lock = RLock()
        self._stop = Event()
        self._threads: list[Thread] = []
        folder.mkdir(parents=True, exist_ok=True)
        new = Kept(Flash((self._factory(nameplate.version), b"")), faults)
        kept, port = mcuboot_state.load(folder) or (new, 0)
        self.host, self._plugged = host, False
        self._socket = bound_again(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._charger = McubootCharger(
            kept.flash.slots[0],
            self._key.public_key(),
            mcuboot_charger.Nameplate(nameplate.serial, nameplate.vendor, nameplate.model, nameplate.hardware),
            Make(buffer=1024),
            McuTiming(timing.shutdown, timing.boot),
            self._clock,
            self._save,
        )
        self._charger.restore(kept)
        self._save(kept)

    def _factory(self, version: str) -> bytes:
        return image_content(version, self._key, self.nameplate.image_bytes)

    def _save(self, kept: Kept) -> None:
        mcuboot_state.save(self._folder, kept, self.port)

    # -- where it is

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def terminal(self) -> str:
        """The same cable as a port of this machine; "" where there is none."""
        return self._charger.terminal

    @property
    def reachable(self) -> bool:
        return self._plugged and self._charger.up

    # -- life

    def start(self) -> None:
        """Power on, with the cable in."""
        with self._lock:
            self._charger.power_on()
            self._plug_in()

    def stop(self) -> None:
        """End of the lab: as if its power were cut, and it never comes back."""
        self._stop.set()
        with self._lock:
            self._charger.stop()
            if not self._plugged:
                self._socket.close()
            self._plugged = False
        for thread in self._threads:
            thread.join(5)

    def _plug_in(self) -> None:
        if self._plugged or self._stop.is_set():
            return
        self._plugged = True
        self._charger.plug_in(self._socket, terminal=has_terminals())

    def _pull_out(self, seconds: float) -> None:
        with self._lock:
            if not self._plugged:
                return
            self._charger.stop()
            self._plugged, self._socket = False, bound(self.host, self.port)  # nobody else may take it meanwhile
        thread = Thread(target=self._back_in, args=(seconds,), name=f"lab {self.nameplate.serial}", daemon=True)
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        thread.start()

    def _back_in(self, seconds: float) -> None:
        if not self._clock.wait(self._stop, seconds):
            with self._lock:
                self._plug_in()

    # -- what happens to it

    def act(self, name: str, value: str = "") -> None:
        """A fault set or an action done, by name. UsageError when it makes no sense, or not here."""
        check_name(name)
        charger = self._charger
        dark = charger.shown.dark_seconds or self._timing.boot
        actions: dict[str, Callable[[], None]] = {
            "power_cut": lambda: charger.power_cut(float(value) if value else dark),
            "power_on": charger.power_on,
            "restart": charger.restart,
            "cable_out": lambda: self._pull_out(float(value or 5)),
            "session_start": lambda: charger.charge(_connector(value)),
            "session_end": lambda: charger.charge(""),
            "reflash": lambda: self._reflash(value or self.nameplate.version),
            "run_version": lambda: charger.rewrite(self._factory(_version(value))),
        }
        if name not in actions:
            charger.show(checked(with_fault(charger.shown, name, value)))
            return
        try:
            actions[name]()
        except ValueError as error:
            raise UsageError(Text.LAB_FAULT_BAD, name=name, value=value, allowed=ACTIONS[name]) from error

    def _reflash(self, version: str) -> None:
        self._charger.rewrite(self._factory(_version(version)))
        self._charger.power_cut(0.0)
        self._charger.power_on()

    # -- what it is

    @property
    def version(self) -> str | None:
        """What runs now, as the lab sees it from inside; None in its bootloader."""
        runs = self._charger.mcu.runs
        return runs.version if runs is not None else None

    @property
    def kept(self) -> Kept:
        return self._charger.kept

    def told(self) -> dict[str, object]:
        """What a lab tells of it: from inside, whatever the charger itself says."""
        kept = self.kept
        return {
            "serial": self.nameplate.serial,
            "address": self.address,
            "port": self.terminal,
            "reachable": self.reachable,
            "version": self.version,
            "kind": KIND,
            "slot": "slot 0",
            "confirmed": kept.flash.confirmed,
            "starts": kept.flash.starts,
            "charging": [kept.charging] if kept.charging else [],
            "cut_sessions": kept.cut_sessions,
            "faults": {name: value for name, value in asdict(kept.shown).items() if value not in ("", -1, 0, False)},
        }


def _version(text: str) -> str:
    if not is_version(text):
        raise ValueError(text)
    return text


def _connector(text: str) -> str:
    if text not in ("", CONNECTOR):
        raise ValueError(text)
    return CONNECTOR
