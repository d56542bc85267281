"""What tests/conftest.py promises: tried on small test suites that break each rule, in a pytest of their own."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

Suite = Callable[..., subprocess.CompletedProcess[str]]

WORKERS = ("-p", "xdist", "-n", "3")
_INI = """[tool.pytest.ini_options]
addopts = "-ra -p no:cacheprovider"
markers = ["peer: p", "sweep: s", "bench: b"]
"""


@pytest.fixture
def suite(repository_root: Path, tmp_path: Path) -> Suite:
    """Run one test file under a copy of our conftest, from another working directory."""

    def run(source: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        tests = tmp_path / "project" / "tests"
        tests.mkdir(parents=True)
        (tests.parent / "pyproject.toml").write_text(_INI)
        shutil.copy(repository_root / "tests" / "conftest.py", tests)
        file = tests / environment.pop("FOLDER", "") / "test_it.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text("import logging, os, socket\nimport pytest\n\n" + source)
        command = [sys.executable, "-m", "pytest", *options, str(tests)]
        surroundings = {**os.environ, "CI": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment}
        surroundings.pop("FIELDTOOL_TEST_RUN", None)  # a run of its own
        return subprocess.run(command, cwd=tmp_path, env=surroundings, capture_output=True, text=True)

    return run


REACHING_OUT = [
    'socket.create_connection(("192.0.2.1", 80), 0.1)',
    'socket.create_connection(("2001:db8::1", 80), 0.1)',
    'socket.socket().connect_ex(("198.51.100.7", 22))',
    'socket.create_connection(("example.com", 80), 0.1)',
    'socket.getaddrinfo("example.com", 80)',
    'socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 9))',
    'socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", 0, ("192.0.2.1", 9))',
    'socket.socket(type=socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, ("192.0.2.1", 9))',
    'socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("224.0.0.251", 5353))',
    'socket.socket(type=socket.SOCK_DGRAM).connect(("8.8.8.8", 53))',
]


def test_a_test_that_reaches_off_this_machine_fails(suite: Suite) -> None:
    tests = "\n".join(f"def test_{number}():\n    {line}" for number, line in enumerate(REACHING_OUT))
    ended = suite(tests)
    assert f"{len(REACHING_OUT)} failed" in ended.stdout, ended.stdout
    assert ended.stdout.count("ForbiddenAddressError") >= len(REACHING_OUT)


def test_loopback_and_multicast_on_loopback_are_free(suite: Suite) -> None:
    ended = suite("""
def test_loopback():
    with socket.create_server(("127.0.0.2", 0)) as server:
        socket.create_connection(("127.0.0.2", server.getsockname()[1])).close()
    socket.getaddrinfo("localhost", 80), socket.getaddrinfo(None, 80), socket.getaddrinfo(b"127.0.0.1", 80)

def test_multicast():
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        sender.sendto(b"x", ("224.0.0.251", 9))
""")
    assert "2 passed" in ended.stdout, ended.stdout


def test_only_a_peer_test_has_a_network_of_its_own(suite: Suite) -> None:
    ended = suite("""
def try_to_reach(host):
    with socket.socket(type=socket.SOCK_DGRAM) as udp:  # connect() sends nothing
        try:
            udp.connect((host, 9))
        except OSError:
            pass  # allowed, but there is no such network here

@pytest.mark.peer
def test_peer(own_network):
    own_network("10.99.0.0/24")
    try_to_reach("10.99.0.1")
    with pytest.raises(AssertionError, match="only loopback"):
        try_to_reach("192.0.2.1")

@pytest.mark.peer
def test_public(own_network):
    with pytest.raises(AssertionError, match="not private"):
        own_network("8.8.8.0/24")

def test_ordinary(own_network):
    with pytest.raises(AssertionError, match="only a peer test"):
        own_network("10.99.0.0/24")

def test_network_is_forgotten_afterwards():
    with pytest.raises(AssertionError, match="only loopback"):
        try_to_reach("10.99.0.1")
""")
    assert "4 passed" in ended.stdout, ended.stdout


def test_an_unexpected_warning_in_our_log_fails_the_test(suite: Suite) -> None:
    ended = suite("""
def test_surprise():
    logging.getLogger("fieldtool.update").warning("the journal is %s", "slow")

def test_expected(expect_log):
    expect_log("journal is slow")
    logging.getLogger("fieldtool.update").error("the journal is slow")

def test_quiet():
    logging.getLogger("fieldtool").info("all is well")
    logging.getLogger("paramiko").error("not ours")
""")
    assert "3 passed, 1 error" in ended.stdout, ended.stdout
    assert "WARNING fieldtool.update: the journal is slow" in ended.stdout


_SWEEP = """
@pytest.mark.sweep("cut of the cable")
@pytest.mark.parametrize("n", range(40))
def test_cut(n):
    print("case", n, "ran")

@pytest.mark.sweep
def test_loop(sweep_cases):
    print("loop", sweep_cases("cut of the power", list(range(25))))
"""


def test_a_sweep_runs_a_tenth_and_all_of_it_when_asked(suite: Suite) -> None:
    ended = suite(_SWEEP)
    assert "5 passed, 36 deselected" in ended.stdout, ended.stdout
    assert "cut of the cable  cases: 4 of 40" in ended.stdout
    assert "cut of the power  cases: 3 of 25" in ended.stdout


def test_the_whole_sweep_is_counted_by_kind(suite: Suite) -> None:
    ended = suite(_SWEEP, "--sweep-all", "-m", "sweep")
    assert "41 passed" in ended.stdout, ended.stdout
    assert "cut of the cable  cases: 40 of 40" in ended.stdout
    assert "cut of the power  cases: 25 of 25" in ended.stdout


def test_workers_run_the_same_tenth_and_count_it_once(suite: Suite) -> None:
    ended = suite(_SWEEP, *WORKERS)
    assert "5 passed" in ended.stdout, ended.stdout
    assert "cut of the cable  cases: 4 of 40" in ended.stdout
    assert "cut of the power  cases: 3 of 25" in ended.stdout


def test_another_seed_chooses_another_tenth(suite: Suite, tmp_path: Path) -> None:
    def cases(seed: str) -> list[str]:
        ended = suite(_SWEEP, "-s", "--sweep-seed", seed)
        shutil.rmtree(tmp_path / "project")
        return [line for line in ended.stdout.splitlines() if "case " in line or "loop" in line]

    assert cases("1") == cases("1") != cases("2")


_BENCH = "@pytest.mark.bench\ndef test_fast(): pass\n\ndef test_right(): pass\n"


def test_measurements_run_only_when_asked(suite: Suite) -> None:
    assert "1 passed, 1 deselected" in suite(_BENCH).stdout


def test_measurements_can_be_asked_for(suite: Suite) -> None:
    assert "1 passed, 1 deselected" in suite(_BENCH, "-m", "bench").stdout


_PEERS = """
@pytest.mark.peer
@pytest.mark.skipif(True, reason="rauc is not installed")
def test_real(): pass

@pytest.mark.peer
def test_kernel(): pytest.skip("cannot: no loop devices here")

@pytest.mark.skipif(True, reason="Windows only")
def test_other(): pass
"""


def test_what_was_skipped_is_told_with_its_reason(suite: Suite) -> None:
    ended = suite(_PEERS)
    assert ended.returncode == 0
    for line in ("1 x rauc is not installed", "1 x cannot: no loop devices here", "1 x Windows only"):
        assert line in ended.stdout
    assert ended.stdout.splitlines()[-1].strip("= ").startswith("3 skipped")


could_run_peers = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("apt-get") is None,
    reason="only root on Debian can install every peer",
)


@could_run_peers
def test_in_ci_a_skipped_peer_that_could_run_is_an_error(suite: Suite) -> None:
    ended = suite(_PEERS, CI="true")
    assert ended.returncode == 1
    assert "2 skipped, 1 error" in ended.stdout, ended.stdout
    assert "this machine could run" in ended.stdout


def test_workers_tell_what_was_skipped(suite: Suite) -> None:
    ended = suite(_PEERS, *WORKERS)
    assert ended.returncode == 0
    for line in ("1 x rauc is not installed", "1 x cannot: no loop devices here", "1 x Windows only"):
        assert line in ended.stdout


@could_run_peers
def test_in_ci_a_skipped_peer_is_an_error_in_a_worker_too(suite: Suite) -> None:
    ended = suite(_PEERS, *WORKERS, CI="true")
    assert ended.returncode == 1
    assert "2 skipped, 1 error" in ended.stdout, ended.stdout


@could_run_peers
def test_in_ci_a_whole_file_of_peer_tests_may_not_skip_itself(suite: Suite) -> None:
    ended = suite('pytest.skip("sshd is not installed", allow_module_level=True)', CI="true", FOLDER="peers")
    assert "1 error" in ended.stdout, ended.stdout
    assert "this machine could run" in ended.stdout


def test_a_test_sees_neither_home_nor_display_of_the_developer(suite: Suite) -> None:
    ended = suite(
        """
def test_places(tmp_path_factory):
    base = str(tmp_path_factory.getbasetemp())
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "APPDATA"):
        assert os.environ[name].startswith(base)
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"
    assert not {"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"} & os.environ.keys()
""",
        DISPLAY=":0",
        DBUS_SESSION_BUS_ADDRESS="unix:path=nowhere",
        QT_QPA_PLATFORM="xcb",
    )
    assert "1 passed" in ended.stdout, ended.stdout


_WHERE = """
@pytest.mark.parametrize("n", range(12))
def test_where(n, worker_id):
    with open(os.environ["WHERE"], "a") as file:
        print(worker_id, os.readlink("/proc/self/ns/net"), file=file)
    with socket.create_server(("127.0.0.1", 4711)) as server, socket.create_connection(("127.0.0.1", 4711)):
        assert server.accept()
        __import__("threading").Event().wait(0.05)
"""


@could_run_peers
def test_each_worker_has_a_network_of_its_own(suite: Suite, tmp_path: Path) -> None:
    if subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode:
        pytest.skip("cannot: no network namespaces here")
    ended = suite(_WHERE, *WORKERS, WHERE=str(tmp_path / "where"))
    assert "12 passed" in ended.stdout, ended.stdout
    places = set((tmp_path / "where").read_text().splitlines())
    workers, networks = {place.split()[0] for place in places}, {place.split()[1] for place in places}
    assert len(workers) == len(networks) == len(places) > 1
    assert str(Path("/proc/self/ns/net").readlink()) not in networks


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="only where there are users like root")
def test_where_workers_share_a_network_one_of_them_hears_all_multicast(suite: Suite, tmp_path: Path) -> None:
    (tmp_path / "nobody.py").write_text("import os\nos.geteuid = lambda: 1000\n")
    options = ("-p", "nobody", *WORKERS)
    source = _WHERE[: _WHERE.index("    with socket")].replace("/proc/self/ns/net", "/proc/self/exe")
    ended = suite(source, *options, FOLDER="walk", WHERE=str(tmp_path / "where"), PYTHONPATH=str(tmp_path))
    assert "12 passed" in ended.stdout, ended.stdout
    assert len(set((tmp_path / "where").read_text().splitlines())) == 1


_LONG = """
@pytest.fixture
def program(tmp_path):
    import subprocess
    started = subprocess.Popen(["sh", "-c", "sleep 60 & echo $! $$ >> $PIDS; wait"])  # the sleep becomes an orphan
    yield started
    started.kill()
    started.wait()

@pytest.mark.parametrize("n", range(2))
def test_long(program, n):
    program.wait()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no signals to send")
@pytest.mark.parametrize("options", [(), WORKERS], ids=["alone", "workers"])
def test_a_run_that_is_ended_ends_what_its_tests_started(
    suite: Suite, tmp_path: Path, options: tuple[str, ...]
) -> None:
    pids, expected = tmp_path / "pids", 4 if options else 2

    def end_it() -> None:
        while len(numbers()) < expected and running.is_alive():
            running.join(0.05)
        for process in psutil.Process().children(recursive=True):
            if process.cmdline()[1:3] == ["-m", "pytest"]:
                process.terminate()

    def numbers() -> list[int]:
        return [int(line) for line in pids.read_text().split()] if pids.exists() else []

    ended: list[subprocess.CompletedProcess[str]] = []
    running = threading.Thread(target=lambda: ended.append(suite(_LONG, *options, PIDS=str(pids))))
    running.start()
    end_it()
    running.join()
    assert ended[0].returncode != 0
    assert len(numbers()) == expected, ended[0].stdout
    assert [number for number in numbers() if psutil.pid_exists(number)] == []
