"""Rules that every test lives under: loopback only, no unexpected log line, no skipped peer in CI, a tenth of a sweep.

Fixtures for tests: `repository_root`, `data_folder`, `expect_log`, `own_network`, `sweep_cases`.
"""

import collections
import contextlib
import ctypes
import functools
import ipaddress
import itertools
import logging
import math
import os
import random
import secrets
import shutil
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest

# Before anything imports Qt, keyring or dbus: tests open no window on the developer's desktop and touch no keyring.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
for _name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
    os.environ.pop(_name, None)
# Daemons and disk tools live there, and the PATH of many shells and schedulers does not name it.
os.environ["PATH"] = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"))

_T = TypeVar("_T")
ROOT = Path(__file__).resolve().parents[1]
# A skip of a peer test that names this is accepted in CI: the program is here, but the kernel or container says no.
CANNOT = "cannot: "
_RUN = "FIELDTOOL_TEST_RUN"  # in the environment of all that a run of tests starts


# ---- command line ---------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sweep-all", action="store_true", help="all cases of the sweeps instead of a tenth")
    parser.addoption("--sweep-seed", type=int, default=1, help="chooses which tenth (default 1)")


def pytest_configure(config: pytest.Config) -> None:
    signal.signal(signal.SIGTERM, functools.partial(_end, config))
    if _RUN not in os.environ:  # we are nobody's worker
        os.environ[_RUN] = secrets.token_hex(8)
        config.add_cleanup(_end_survivors)
    if _is_worker(config):
        _leave_for_a_network_of_ones_own()


@pytest.hookimpl(trylast=True)  # after -k and -m have chosen
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "bench" not in config.getoption("markexpr"):
        _deselect(config, items, lambda item: item.get_closest_marker("bench") is not None)
    _thin_sweeps(config, items)
    if _is_worker(config):
        items[:] = _in_turn(items)


def _end(config: pytest.Config, *_: object) -> None:
    """A scheduler or `make` ends us by SIGTERM: as at Ctrl-C, tests then end the processes that they started."""
    signal.signal(signal.SIGTERM, lambda *_: None)  # a second one, as a whole process group gets, must not disturb that
    if config.pluginmanager.hasplugin("dsession"):  # unlike Ctrl-C, it was told to us alone: tell the workers
        for worker in psutil.Process().children():
            worker.terminate()
    raise KeyboardInterrupt


def _end_survivors() -> None:
    """What a killed worker or program has left running: all that carries this run's mark in its environment."""
    survivors = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):  # ended meanwhile, or somebody else's
            if process.pid != os.getpid() and process.environ().get(_RUN) == os.environ[_RUN]:
                process.kill()
                survivors.append(process)
    psutil.wait_procs(survivors, 5.0)


def _deselect(config: pytest.Config, items: list[pytest.Item], unwanted: Callable[[pytest.Item], bool]) -> None:
    dropped = [item for item in items if unwanted(item)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if not unwanted(item)]


# ---- workers: `make test` shares the tests among several processes --------------------------------------------------

_CLONE_NEWNET, _SIOCSIFFLAGS, _IFF_UP = 0x40000000, 0x8914, 1  # <linux/sched.h>, <linux/sockios.h>, <linux/if.h>
_WAITING = ("tests/walk/", "tests/peers/")  # they wait for programs more than they compute
# They announce chargers by multicast, and would hear those of another worker on the same loopback.
_HEARD_BY_ALL = ("tests/discovery/", "tests/lab/test_site.py", "tests/walk/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """For `-n auto`: three per core, because two thirds of the time of our tests are waits."""
    return 3 * (os.cpu_count() or 1)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _leave_for_a_network_of_ones_own() -> bool:
    """Into a fresh network namespace with nothing but loopback, so that no port or multicast meets another worker's.

    It holds for this thread and for all threads and processes that it starts, and goes with the last of them.
    Linux as root only; elsewhere False, and nothing has changed.
    """
    if sys.platform != "linux" or os.geteuid() != 0 or ctypes.CDLL(None).unshare(_CLONE_NEWNET) != 0:
        return False
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", _IFF_UP))
    return True


def _in_turn(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """No long test begins last; the others are mixed evenly, so that some compute while others wait."""
    slow, waiting, computing = list[pytest.Item](), list[pytest.Item](), list[pytest.Item]()
    for item in items:
        waits = item.nodeid.startswith(_WAITING)
        (slow if item.get_closest_marker("slow") else waiting if waits else computing).append(item)
    places = [(at / len(kind), at, item) for kind in (waiting, computing) for at, item in enumerate(kind, 1)]
    return [*slow, *(item for _, _, item in sorted(places, key=lambda place: place[:2]))]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Each test goes to the next free worker. Where all share one network, one worker has what all would hear.

    xdist's own way, the mark xdist_group, has no effect with pytest 9.2 and xdist 3.8.
    """
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # xdist tells no types

    alone: list[bool] = []  # a worker can be: tried in a thread, which takes its network with it when it ends
    trial = threading.Thread(target=lambda: alone.append(_leave_for_a_network_of_ones_own()))
    trial.start()
    trial.join()

    class NextFreeWorker(LoadScopeScheduling):  # type: ignore[misc]  # for the same reason
        def _split_scope(self, nodeid: str) -> str:
            return "multicast" if not alone[0] and nodeid.startswith(_HEARD_BY_ALL) else nodeid

    return NextFreeWorker(config, log)


# ---- sweeps ---------------------------------------------------------------------------------------------------------
# Two ways in: mark a parametrized test `@pytest.mark.sweep` (or `sweep("kind", share=1 / 16)`), or loop over
# `sweep_cases(…)`.
# The first is spread over the workers, the second is one worker's work, unless its cases are shared in parts among the
# cases of a test marked `sweep(inside=True)`. Counts travel in the reports of the tests, so that they are of the cases
# that ran, wherever they ran.

_SWEEP = "sweep"  # name of a report's property: kind, cases run, cases there are


def _kind(item: pytest.Item) -> str:
    marker = item.get_closest_marker("sweep")
    assert marker is not None
    return str(marker.args[0] if marker.args else getattr(item, "originalname", item.name))


def _chosen(config: pytest.Config, kind: str, count: int, share: float = 0.1) -> set[int]:
    """Numbers of the cases to run: all, or a share (at least one) that depends on the seed and the kind only."""
    if config.getoption("sweep_all"):
        return set(range(count))
    rng = random.Random(f"{config.getoption('sweep_seed')} {kind}")
    return set(rng.sample(range(count), math.ceil(count * share)))


def _count(item: pytest.Item, kind: str, run: int, there_are: int) -> None:
    item.user_properties.append((_SWEEP, (kind, run, there_are)))


def _cases(reports: Iterable[pytest.TestReport]) -> dict[str, tuple[int, int]]:
    """kind -> (cases run, cases there are)"""
    cases: dict[str, tuple[int, int]] = {}
    for report in reports:
        for name, told in report.user_properties:
            if name == _SWEEP and report.when == "call" and isinstance(told, tuple):
                kind, run, there_are = told
                before = cases.get(kind, (0, 0))
                cases[kind] = (before[0] + run, before[1] + there_are)
    return cases


def _thin_sweeps(config: pytest.Config, items: list[pytest.Item]) -> None:
    groups: dict[str, list[pytest.Item]] = collections.defaultdict(list)
    for item in items:
        marker = item.get_closest_marker("sweep")
        if (
            marker and hasattr(item, "callspec") and not marker.kwargs.get("inside")
        ):  # parametrized: each item is a case
            groups[item.nodeid.partition("[")[0]].append(item)
    dropped: set[pytest.Item] = set()
    for group in groups.values():
        marker = group[0].get_closest_marker("sweep")
        share = marker.kwargs.get("share", 0.1) if marker else 0.1
        keep = sorted(_chosen(config, group[0].nodeid.partition("[")[0], len(group), share))
        for number in keep:  # each tells of itself, the first also of those that stay out
            _count(group[number], _kind(group[0]), 1, len(group) - len(keep) + 1 if number == keep[0] else 1)
        dropped.update(item for number, item in enumerate(group) if number not in keep)
    _deselect(config, items, lambda item: item in dropped)


class Chosen(list[_T]):
    """The cases to run now."""

    def __init__(self, cases: Iterable[_T], uncount: Callable[[], None]) -> None:
        super().__init__(cases)
        self.uncount = uncount  # one of them turned out to be none


@pytest.fixture
def sweep_cases(request: pytest.FixtureRequest) -> Callable[..., Chosen[Any]]:
    """`for case in sweep_cases("power cut of the charger", cases):` runs a seeded tenth, or all with --sweep-all.

    `share`: another share than a tenth. `part`: (3, 20) for the fourth of twenty parts, each of them a test of its own.
    """

    def choose(kind: str, cases: Sequence[_T], share: float = 0.1, part: tuple[int, int] = (0, 1)) -> Chosen[_T]:
        mine = sorted(_chosen(request.config, kind, len(cases), share))[part[0] :: part[1]]
        _count(request.node, kind, len(mine), len(range(part[0], len(cases), part[1])))
        return Chosen((cases[number] for number in mine), lambda: _count(request.node, kind, -1, 0))

    return choose


# ---- what was skipped, and why --------------------------------------------------------------------------------------


def _could_run_peers() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get") is not None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome: Any = yield
    if item.get_closest_marker("peer"):
        _refuse_skip_in_ci(outcome.get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    outcome: Any = yield
    if collector.path.parent.name == "peers":  # a file may skip itself as a whole
        _refuse_skip_in_ci(outcome.get_result())


def _refuse_skip_in_ci(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not report.skipped or os.environ.get("CI") != "true" or not _could_run_peers():
        return
    reason = _reason(report)
    if not reason.startswith(CANNOT):
        report.outcome = "failed"
        report.longrepr = f"CI=true: this machine could run {report.nodeid}, but it was skipped: {reason}"


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    everything = itertools.chain.from_iterable(terminalreporter.stats.values())
    cases = _cases(report for report in everything if isinstance(report, pytest.TestReport))
    if cases:
        terminalreporter.section("sweeps")
        for kind, (run, there_are) in sorted(cases.items()):
            terminalreporter.write_line(f"{kind}  cases: {run} of {there_are}")
    skipped = collections.Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    if skipped:
        terminalreporter.section("skipped, and why")
        for reason, count in skipped.most_common():
            terminalreporter.write_line(f"{count} x {reason}")
        if not _could_run_peers():
            terminalreporter.write_line("Programs that are missing here: `make peers` installs or names them.")


# ---- the network: loopback and nothing else -------------------------------------------------------------------------

_networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []


class ForbiddenAddressError(AssertionError):
    """A test reached for something outside this machine."""


def _check(address: object, sending: socket.socket | None = None) -> None:
    if not isinstance(address, tuple):
        return  # a Unix socket or netlink: this machine
    host = str(address[0])
    if host in ("", "localhost"):
        return
    try:
        ip = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        raise ForbiddenAddressError(f"a test asks for the host {host}; only loopback is allowed") from None
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_loopback or ip.is_unspecified or any(ip in network for network in _networks):
        return
    if ip.is_multicast and sending is not None and _multicasts_on_loopback(sending):
        return
    raise ForbiddenAddressError(f"a test reaches for {host}; only loopback is allowed")


def _multicasts_on_loopback(sending: socket.socket) -> bool:
    if sending.family == socket.AF_INET:
        chosen = sending.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, 4)
        return ipaddress.ip_address(chosen).is_loopback or bool(_networks)
    index = sending.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF)
    return index == socket.if_nametoindex("lo" if sys.platform == "linux" else "lo0") or bool(_networks)


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Python's sockets refuse every other address. Processes that a test starts answer for themselves."""
    patch = pytest.MonkeyPatch()
    real = socket.socket
    # Where the address is: connect(address), sendto(data, [flags,] address), sendmsg(data, ancillary, flags, address)
    connect, connect_ex, sendto, sendmsg = real.connect, real.connect_ex, real.sendto, getattr(real, "sendmsg", None)

    def checked_connect(self: socket.socket, address: Any) -> None:
        _check(address)
        connect(self, address)

    def checked_connect_ex(self: socket.socket, address: Any) -> int:
        _check(address)
        return connect_ex(self, address)

    def checked_sendto(self: socket.socket, *arguments: Any) -> int:
        _check(arguments[-1], self)
        return sendto(self, *arguments)

    def checked_sendmsg(self: socket.socket, *arguments: Any) -> int:
        if len(arguments) == 4:
            _check(arguments[3], self)
        assert sendmsg is not None
        return int(sendmsg(self, *arguments))

    resolve = socket.getaddrinfo

    def checked_getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None:
            _check((name,))  # resolving another name would ask a server
        return resolve(host, *arguments, **options)

    patch.setattr(socket.socket, "connect", checked_connect)
    patch.setattr(socket.socket, "connect_ex", checked_connect_ex)
    patch.setattr(socket.socket, "sendto", checked_sendto)
    if sendmsg is not None:
        patch.setattr(socket.socket, "sendmsg", checked_sendmsg)
    patch.setattr(socket, "getaddrinfo", checked_getaddrinfo)
    yield
    patch.undo()


@pytest.fixture
def own_network(request: pytest.FixtureRequest) -> Iterator[Callable[[str], None]]:
    """`own_network("10.99.0.0/24")`: allow a private network between namespaces that this peer test made itself."""

    def allow(network: str) -> None:
        assert request.node.get_closest_marker("peer"), "only a peer test has a network of its own"
        parsed = ipaddress.ip_network(network)
        assert parsed.is_private or parsed.is_link_local, f"{network} is not private"
        _networks.append(parsed)

    yield allow
    _networks.clear()


# ---- the log --------------------------------------------------------------------------------------------------------


class _Remember(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def expect_log() -> Iterator[Callable[[str], None]]:
    """A warning or error of a fieldtool logger fails the test, unless `expect_log("part of its text")` was called."""
    expected: list[str] = []
    remember = _Remember()
    logger = logging.getLogger("fieldtool")
    logger.addHandler(remember)
    yield expected.append
    logger.removeHandler(remember)
    surprises = [
        f"{record.levelname} {record.name}: {record.getMessage()}"
        for record in remember.records
        if not any(part in record.getMessage() for part in expected)
    ]
    assert not surprises, "unexpected in the log:\n" + "\n".join(surprises)


# ---- places ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def repository_root() -> Path:
    """The checkout, whatever the working directory is."""
    return ROOT


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    """An empty data folder of a laptop of its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True, scope="session")
def _nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The person who runs the tests has a data folder, settings and keys of fieldtool: they stay out of reach."""
    home = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    for name in (
        "HOME",
        "USERPROFILE",
        "APPDATA",
        "LOCALAPPDATA",
        "XDG_DATA_HOME",
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
    ):
        patch.setenv(name, str(home))
    yield
    patch.undo()
