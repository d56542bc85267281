"""The bootstrap behind `make`, on machines that lack things. What it would install is recorded, not installed."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="module")
def setup(repository_root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("ci_setup", repository_root / ".ci" / "setup.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["ci_setup"] = module
    spec.loader.exec_module(module)
    return module


class Recorder:
    """Stands in for running programs: notes each command, and lets those fail that contain a given word."""

    def __init__(self, policy: Path) -> None:
        self.commands: list[str] = []
        self.failing: set[str] = set()
        self.policy = policy
        self.policy_while_running: list[bool] = []
        self.path = ""

    def __call__(self, command: Sequence[object], **environment: str) -> bool:
        line = " ".join(str(word) for word in command)
        self.commands.append(line)
        self.path = environment.get("PATH", "")
        self.policy_while_running.append(self.policy.exists())
        return not any(word in line for word in self.failing)


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path / "policy-rc.d")


@pytest.fixture
def machine(setup: ModuleType, recorder: Recorder) -> Callable[..., Any]:
    def make(**differences: Any) -> Any:
        complete: dict[str, Any] = {
            "linux": True,
            "debian": True,
            "root": True,
            "loads": lambda name: True,
            "is_there": lambda peer: True,
            "has_module": lambda name: True,
            "run": recorder,
            "service_policy": recorder.policy,
        }
        return setup.Machine(**{**complete, **differences})

    return make


Make = Callable[..., Any]


def test_a_complete_machine_installs_nothing(setup: ModuleType, machine: Make, recorder: Recorder) -> None:
    setup.system_libraries(machine())
    setup.python_venv(machine())
    setup.peers(machine())
    assert recorder.commands == []


def test_root_on_debian_gets_missing_libraries_installed(setup: ModuleType, machine: Make, recorder: Recorder) -> None:
    setup.system_libraries(machine(loads=lambda name: name not in ("libEGL.so.1", "libxcb-cursor.so.0")))
    assert recorder.commands == ["apt-get install -y -q --no-install-recommends --no-upgrade libegl1 libxcb-cursor0"]


def test_without_root_the_one_command_is_named(setup: ModuleType, machine: Make, recorder: Recorder) -> None:
    missing = machine(root=False, loads=lambda name: name not in ("libGL.so.1", "libEGL.so.1"))
    with pytest.raises(setup.SetupError, match=r"Run: sudo apt-get install -y libgl1 libegl1$"):
        setup.system_libraries(missing)
    assert recorder.commands == []


def test_another_linux_is_told_which_libraries_are_missing(setup: ModuleType, machine: Make) -> None:
    with pytest.raises(setup.SetupError, match=r"Qt needs libGL\.so\.1"):
        setup.system_libraries(machine(debian=False, loads=lambda name: name != "libGL.so.1"))


def test_libraries_of_an_x11_display_are_a_note_only(
    setup: ModuleType, machine: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    setup.system_libraries(machine(root=False, loads=lambda name: "xcb" not in name))
    assert "sudo apt-get install -y libxcb-cursor0" in capsys.readouterr().out


def test_old_package_lists_are_refreshed_once(setup: ModuleType, machine: Make, recorder: Recorder) -> None:
    recorder.failing = {"install"}
    assert not machine().install(["jq"])
    assert [line.split()[1] for line in recorder.commands] == ["install", "update", "install"]


def test_no_service_starts_while_packages_are_installed(machine: Make, recorder: Recorder) -> None:
    assert machine().install(["avahi-daemon"])
    assert recorder.policy_while_running == [True]
    assert not recorder.policy.exists()


def test_packages_can_be_installed_from_a_shell_that_knows_no_sbin(
    machine: Make, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    assert machine().install(["avahi-daemon"])
    assert recorder.path.split(":") == ["/usr/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"]


def test_the_machines_own_service_policy_is_kept(machine: Make, recorder: Recorder) -> None:
    recorder.policy.write_text("#!/bin/sh\nexit 104\n")
    assert machine().install(["avahi-daemon"])
    assert recorder.policy.read_text() == "#!/bin/sh\nexit 104\n"


def test_the_service_policy_goes_when_the_installation_is_terminated(
    setup: ModuleType, machine: Make, recorder: Recorder
) -> None:
    def terminated(command: Sequence[object], **environment: str) -> bool:
        assert recorder.policy.exists()
        setup.signal.raise_signal(setup.signal.SIGTERM)
        return True

    with pytest.raises(SystemExit):
        machine(run=terminated).install(["avahi-daemon"])
    assert not recorder.policy.exists()


def test_peers_are_installed_together_and_then_one_by_one(
    setup: ModuleType, machine: Make, recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.failing = {"xdotool", "update"}
    setup.peers(machine(is_there=lambda peer: peer not in ("rauc", "xdotool")))
    assert recorder.commands[0].endswith("rauc xdotool")
    assert recorder.commands[-1].endswith(" xdotool")
    assert "tests that need xdotool will be skipped" in capsys.readouterr().out


def test_without_root_missing_peers_are_named_and_no_obstacle(
    setup: ModuleType, machine: Make, recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    setup.peers(machine(root=False, is_there=lambda peer: peer != "rauc"))
    assert recorder.commands == []
    assert "sudo apt-get install -y rauc" in capsys.readouterr().out


def test_a_python_without_venv_names_its_package(setup: ModuleType, machine: Make, recorder: Recorder) -> None:
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    setup.python_venv(machine(has_module=lambda name: name != "ensurepip"))
    assert recorder.commands == [f"apt-get install -y -q --no-install-recommends --no-upgrade {package}"]
    with pytest.raises(setup.SetupError, match=f"sudo apt-get install -y {package}$"):
        setup.python_venv(machine(root=False, has_module=lambda name: False))
    with pytest.raises(setup.SetupError, match="complete Python"):
        setup.python_venv(machine(debian=False, has_module=lambda name: False))


# ---- the virtual environment and its stamp --------------------------------------------------------------------------


@pytest.fixture
def checkout(setup: ModuleType, tmp_path: Path) -> Path:
    """A checkout whose virtual environment is up to date, with the real interpreter in its place."""
    root = tmp_path / "checkout"
    (root / ".ci").mkdir(parents=True)
    for name in ("requirements.lock", "pyproject.toml", ".ci/setup.py"):
        (root / name).write_text(name)
    python = setup.venv_python(root)
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (root / ".venv" / "fieldtool-setup.sha256").write_text(setup.fingerprint(root))
    return root


def test_an_up_to_date_environment_is_left_alone(setup: ModuleType, checkout: Path) -> None:
    assert setup.is_ready(checkout)
    assert setup.main([], checkout) == 0


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml", ".ci/setup.py"])
def test_a_changed_file_makes_the_environment_stale(setup: ModuleType, checkout: Path, name: str) -> None:
    (checkout / name).write_text("changed")
    assert not setup.is_ready(checkout)


def test_a_moved_checkout_or_a_removed_python_makes_the_environment_stale(
    setup: ModuleType, checkout: Path, tmp_path: Path
) -> None:
    moved = checkout.rename(tmp_path / "moved")
    assert not setup.is_ready(moved)
    back = moved.rename(checkout)
    setup.venv_python(back).unlink()
    assert not setup.is_ready(back)


def test_packages_are_installed_with_hashes_and_built_from_locked_tools(
    setup: ModuleType, machine: Make, recorder: Recorder, checkout: Path
) -> None:
    setup.virtual_environment(machine(), checkout)
    locked, own = recorder.commands[-2:]
    assert "--require-hashes" in locked and "--only-binary :all:" in locked
    assert "--no-build-isolation" in own and "--no-index" in own and "--no-deps" in own
    assert setup.is_ready(checkout)


@pytest.mark.parametrize(("failing", "words"), [("--require-hashes", "requirements.lock"), ("--editable", "fieldtool")])
def test_a_failed_installation_leaves_no_stamp(
    setup: ModuleType, machine: Make, recorder: Recorder, checkout: Path, failing: str, words: str
) -> None:
    (checkout / "requirements.lock").write_text("changed")
    recorder.failing = {failing}
    with pytest.raises(setup.SetupError, match=words):
        setup.virtual_environment(machine(), checkout)
    assert not setup.is_ready(checkout)


def test_an_unknown_argument_is_a_usage_error(repository_root: Path) -> None:
    ended = subprocess.run(
        [sys.executable, repository_root / ".ci" / "setup.py", "--everything"], capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (2, "setup: unknown argument --everything; known: --peers\n")


def test_a_python_that_is_too_old_is_told_so(
    setup: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "NEWER_PYTHONS", ())
    monkeypatch.setattr(setup, "OLDEST", (99, 0))
    assert setup.main([], checkout) == 2
    assert "fieldtool needs Python" in capsys.readouterr().err
