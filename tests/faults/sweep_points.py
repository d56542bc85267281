"""Where the world may break while a run goes on: around each row on disk, each call into a session, each command.

The same points are counted in this process and in a program that is killed (`victim`).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from fieldtool.core.driver import Can, Credentials, Driver, Session, Steps
from fieldtool.core.model import Component, Configuration
from fieldtool.core.profile import Profile
from fieldtool.update.journal import Journal
from fieldtool.update.phases import Backups
from fieldtool.update.run import Head, Mark, Record

_STEPS = ("transfer", "verify", "install", "restart", "roll_back")
_ACTS = (
    "mkdir", "rm", "sha256sum", "rauc install", "rauc status mark", "flock -n", "systemctl reboot", "charger-slot",
    "charger-service", "charger-settings write",
)  # fmt: skip
_TWICE = 2  # of a point in a phase that are told apart; the third look of a loop is as the second


class LaptopDied(BaseException):
    """The laptop lost power, or the program was killed. Unwinds everything."""


@dataclass(frozen=True, slots=True, order=True)
class Point:
    where: str  # "install: install yields"
    nth: int  # time that a run came there, from 1

    def __str__(self) -> str:
        return f"{self.where} ({self.nth})"


class Points:
    """Every point that a run passes. One of them may be struck; of a laptop that died nothing is heard any more."""

    def __init__(self) -> None:
        self.phase = "begin"
        self.dead = False
        self.last = ""  # where it is
        self._passed: Counter[str] = Counter()
        self._order: list[Point] = []
        self._due: dict[Point, Callable[[], None]] = {}
        self._due_after: dict[int, Callable[[], None]] = {}

    @property
    def passed(self) -> tuple[Point, ...]:
        """In order, without the third and further times."""
        return tuple(self._order)

    def strike_at(self, point: Point, strike: Callable[[], None]) -> None:
        self._due[point] = strike

    def strike_later(self, points: int, strike: Callable[[], None]) -> None:
        """When so many more were passed."""
        self._due_after[self._passed.total() + points] = strike

    def reach(self, what: str) -> None:
        if self.dead:
            raise LaptopDied
        self.last = where = f"{self.phase}: {what}"
        self._passed[where] += 1
        point = Point(where, self._passed[where])
        if point.nth <= _TWICE:
            self._order.append(point)
        for strike in (self._due.pop(point, None), self._due_after.pop(self._passed.total(), None)):
            if strike is not None:
                strike()


class ShakyRows:
    """The journal: a point before and after each row is on disk."""

    def __init__(self, inner: Journal, points: Points) -> None:
        self._inner, self._points = inner, points

    def begin(self, head: Head, first: Record) -> None:
        self._write(self._inner.begin, head, first)

    def append(self, head: Head, record: Record) -> None:
        self._write(self._inner.append, head, record)

    def records(self, run: str) -> tuple[Record, ...]:
        return self._inner.records(run)

    def _write(self, write: Callable[[Head, Record], None], head: Head, record: Record) -> None:
        row = f"row {record.phase}:{record.mark}"
        self._points.reach(f"before {row}")
        write(head, record)
        if record.mark is Mark.ENTERED:
            leg = f" of leg {record.leg + 1}" if len(head.legs) > 1 else ""
            self._points.phase = f"{record.phase}{leg}"
        self._points.reach(f"after {row}")


class ShakyBackups:
    """Saved settings: a point before and after each file."""

    def __init__(self, inner: Backups, points: Points) -> None:
        self._inner, self._points = inner, points

    def save(self, run: str, component: str, settings: Configuration) -> str:
        self._points.reach("before saved settings")
        name = self._inner.save(run, component, settings)
        self._points.reach("after saved settings")
        return name

    def load(self, name: str) -> Configuration:
        self._points.reach("before loaded settings")
        return self._inner.load(name)


class ShakyDriver:
    """A real driver: points around every call into its sessions, every step, every command that does something.

    `connected` is handed the connection of each session, for whoever cuts it.
    """

    def __init__(self, inner: Driver, points: Points, connected: Callable[[Any], None] = lambda ssh: None) -> None:
        self._inner, self._points, self._connected = inner, points, connected

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def schemes(self) -> frozenset[str]:
        return self._inner.schemes

    @property
    def formats(self) -> frozenset[str]:
        return self._inner.formats

    @contextmanager
    def open(self, component: Component, profile: Profile, credentials: Credentials) -> Iterator[Session]:
        with self._inner.open(component, profile, credentials) as session:
            ssh: Any = session._ssh  # type: ignore[attr-defined]  # both drivers' sessions have one
            ssh._begin = partial(self._command, ssh._begin)
            self._connected(ssh)
            self._points.reach("connected")
            yield _ShakySession(session, self._points)  # type: ignore[misc]  # it passes on all that a session has

    def _command(self, begin: Callable[[str], object], command: str) -> object:
        act = next((act for act in _ACTS if command.startswith(act)), None)
        if act is None:
            return begin(command)
        self._points.reach(f"before command {act}")
        channel = begin(command)
        self._points.reach(f"while command {act}")
        return channel


class _ShakySession:
    def __init__(self, inner: Session, points: Points) -> None:
        self._inner, self._points = inner, points

    @property
    def can(self) -> Can:
        return self._inner.can

    def __getattr__(self, name: str) -> Callable[..., object]:
        return partial(self._steps if name in _STEPS else self._call, name, getattr(self._inner, name))

    def _call(self, name: str, call: Callable[..., object], *arguments: object) -> object:
        self._points.reach(f"before {name}")
        found = call(*arguments)
        self._points.reach(f"after {name}")
        return found

    def _steps(self, name: str, call: Callable[..., Steps], *arguments: object) -> Steps:
        self._points.reach(f"before {name}")
        steps = call(*arguments)
        try:
            for step in steps:
                self._points.reach(f"{name} yields")
                yield step
        finally:
            steps.close()
        self._points.reach(f"after {name}")
