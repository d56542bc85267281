"""Keeps this laptop from falling asleep while chargers are written. Many runs share one hold on the system.

Linux: an inhibitor lock of logind, against sleep, idling and the closed lid; it is a file descriptor, so that a kill
frees it. Windows: SetThreadExecutionState. macOS: caffeinate. The latter two are not yet tried on a real machine, and
stop only the sleep that comes by itself: a closed lid or the Sleep command still work there.
"""

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from threading import Event, Lock, Thread

SECONDS = 3.0  # for an answer of logind: a dialog that asks for a password is an answer we do not wait for
WHAT = "sleep:idle:handle-lid-switch"  # a lid closes by habit; logind lets it pass unless it is named
# Names of D-Bus errors that say that there is no logind: what else puts a laptop to sleep there, we do not know.
NOBODY = tuple(f"org.freedesktop.DBus.Error.{name}" for name in ("ServiceUnknown", "NameHasNoOwner", "Spawn."))
ES_CONTINUOUS, ES_SYSTEM_REQUIRED = 0x80000000, 0x00000001

LOG = logging.getLogger(__name__)


def _nothing() -> None:
    """To release what was not taken."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What the system answered."""

    kept: bool | None  # False: it said no; None: nobody is there to ask
    why: str = ""
    release: Callable[[], None] = _nothing


class Awake:
    """Counts who needs the laptop awake, and takes one hold for them all. Thread-safe.

    `take(reason)` asks the system. The reason of whoever came first is what the system shows.
    """

    def __init__(self, take: Callable[[str], Hold]) -> None:
        self._take = take
        self._lock = Lock()
        self._users = 0
        self._hold = Hold(None)
        self._tried: Hold | None = None

    @contextmanager
    def stay(self, reason: str) -> Iterator[bool]:
        """True: the laptop will not fall asleep by itself during the block. Never an error."""
        with self._lock:
            if not self._users:  # those who come later share the answer: a silent system must not cost each of them
                self._hold = self._tried = self._take(reason)
                if not self._hold.kept:
                    level = logging.INFO if self._hold.kept is None else logging.WARNING
                    LOG.log(level, "The laptop may fall asleep: %s", self._hold.why)
            self._users += 1
            kept = self._hold.kept is True
        try:
            yield kept
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._hold.release()
                    self._hold = Hold(None)

    def can(self) -> bool | None:
        """Would the system keep the laptop awake? None: nobody can tell. Asked once, then remembered until a run asks.

        A run's own answer counts for all that follow.
        """
        with self._lock:
            if self._tried is None:
                self._tried = self._take("to see whether it can")
                self._tried.release()
            return self._tried.kept


# ---- the systems ----------------------------------------------------------------------------------------------------


def ask_logind(reason: str, address: str = "SYSTEM") -> Hold:
    """Take an inhibitor lock over D-Bus (org.freedesktop.login1.Manager.Inhibit, systemd's "Inhibitor Locks")."""
    from jeepney import DBusAddress, DBusErrorResponse, new_method_call  # type: ignore[import-untyped]  # has no types
    from jeepney.bus import get_bus  # type: ignore[import-untyped]  # has no types
    from jeepney.io.blocking import DBusConnection, prep_socket  # type: ignore[import-untyped]  # has no types
    from jeepney.wrappers import unwrap_msg  # type: ignore[import-untyped]  # has no types

    class Bounded(DBusConnection):  # type: ignore[misc]  # has no types
        """Waits for nothing longer than SECONDS. As it comes, it greets the bus without any limit."""

        def send_and_get_reply(self, message: object, *, timeout: float | None = None) -> object:
            return super().send_and_get_reply(message, timeout=SECONDS)

    manager = DBusAddress("/org/freedesktop/login1", "org.freedesktop.login1", "org.freedesktop.login1.Manager")
    wanted = new_method_call(manager, "Inhibit", "ssss", (WHAT, "fieldtool", reason, "block"))
    try:
        with prep_socket(get_bus(address), True, SECONDS) as socket, Bounded(socket, True) as connection:
            (lock,) = unwrap_msg(connection.send_and_get_reply(wanted))
    except DBusErrorResponse as error:
        return Hold(None if error.name.startswith(NOBODY) else False, f"{error.name}: {_words(error.data)}")
    except TimeoutError:
        return Hold(False, f"logind gave no answer within {SECONDS:.0f} seconds")
    except (OSError, RuntimeError, ValueError) as error:  # no system bus, or none that passes file descriptors
        return Hold(None, f"there is no system bus: {error}")
    descriptor: int = lock.to_raw_fd()
    os.set_inheritable(descriptor, False)  # a program that we start must not keep the laptop awake after us
    return Hold(True, release=lambda: os.close(descriptor))


def _words(data: object) -> str:
    return str(data[0]) if isinstance(data, tuple | list) and data else "no reason given"


def ask_windows(set_state: Callable[[int], int]) -> Hold:
    """`set_state` is kernel32's SetThreadExecutionState: its wish lasts as long as the thread, so it gets its own."""
    over, answered = Event(), Event()
    answers: list[int] = []

    def hold() -> None:
        try:
            answers.append(set_state(ES_CONTINUOUS | ES_SYSTEM_REQUIRED))
        finally:
            answered.set()
        over.wait()
        set_state(ES_CONTINUOUS)

    def release() -> None:
        over.set()
        thread.join()

    thread = Thread(target=hold, name="awake", daemon=True)
    thread.start()
    answered.wait()
    if answers and answers[0]:  # the state before; 0 is how it says no
        return Hold(True, release=release)
    release()
    return Hold(False, "Windows refuses to stay awake")


def ask_caffeinate(program: str | None) -> Hold:
    """`caffeinate -i -w PID` ends with this process, however that ends."""
    if program is None:
        return Hold(False, "caffeinate is missing")
    try:
        running = subprocess.Popen(
            [program, "-i", "-w", str(os.getpid())],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError as error:
        return Hold(False, f"{program}: {error.strerror}")

    def release() -> None:
        running.terminate()
        running.wait()

    return Hold(True, release=release)


def _ask_this_system(reason: str) -> Hold:
    if sys.platform == "win32":
        import ctypes

        function = ctypes.windll.kernel32.SetThreadExecutionState
        function.argtypes, function.restype = [ctypes.c_uint], ctypes.c_uint
        return ask_windows(function)
    system: str = sys.platform
    if system == "darwin":
        return ask_caffeinate(shutil.which("caffeinate"))
    if system == "linux":
        try:
            return ask_logind(reason)
        except ImportError:
            return Hold(None, "jeepney is not installed")
    return Hold(None, f"nobody has written how to keep {system} awake")


# The laptop is one, whatever number of App objects there is.
_LAPTOP = Awake(_ask_this_system)


def stay_awake(reason: str) -> AbstractContextManager[bool]:
    """Keep the laptop awake for the block. Gives True when it will be; False never stops anything, and is logged once.

    `reason` is shown by the system: "updating charger HL-001".
    """
    return _LAPTOP.stay(reason)


def can_stay_awake() -> bool | None:
    """Would `stay_awake` work? None: nobody can tell. The first call asks the system (milliseconds)."""
    return _LAPTOP.can()
