"""What the driver reads and writes over SSH, with a real Linux behind a real OpenSSH server."""

import getpass
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import DeviceError, LinkError
from fieldtool.core.model import Configuration, Link
from fieldtool.core.profile import CONFIG_FILE, Profile
from fieldtool.core.texts import Text
from fieldtool.drivers.linux_facts import LinuxFacts
from fieldtool.drivers.linux_settings import LinuxSettings
from fieldtool.drivers.ssh import Patience, Ssh, connected
from tests.drivers.contract import Keys
from tests.lab_chargers import lab_profile
from tests.peers.sshd import SSHD, SSHD_CONFIG, answers, free_port, new_key, poll

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(not Path(SSHD).exists() or shutil.which("ssh-keygen") is None, reason="sshd is not installed"),
    pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="cannot: needs root, as sshd does"),
]


@dataclass(frozen=True)
class Linux:
    folder: Path
    port: int
    pin: str

    @property
    def keys(self) -> Keys:
        return Keys("S1", key=(self.folder / "etc/key").read_text(), fingerprint=self.pin)

    @contextmanager
    def ssh(self, patience: Patience | None = None) -> Iterator[Ssh]:
        link = Link("ssh", f"127.0.0.1:{self.port}")
        with connected(link, getpass.getuser(), self.keys, SystemClock(), patience or Patience()) as ssh:
            yield ssh

    @contextmanager
    def facts(self, profile: Profile) -> Iterator[LinuxFacts]:
        with self.ssh() as ssh:
            yield LinuxFacts(ssh, profile)

    @contextmanager
    def settings(self, profile: Profile) -> Iterator[LinuxSettings]:
        with self.ssh() as ssh:
            yield LinuxSettings(ssh, profile)


@pytest.fixture
def linux(tmp_path: Path) -> Iterator[Linux]:
    etc = tmp_path / "etc"
    etc.mkdir()
    pin = new_key(etc / "host_key")
    new_key(etc / "key")
    shutil.copy(etc / "key.pub", etc / "authorized_keys")
    port = free_port()
    (etc / "sshd_config").write_text(SSHD_CONFIG.format(root=tmp_path, port=port))
    Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen([SSHD, "-f", str(etc / "sshd_config"), "-D", "-E", str(tmp_path / "sshd.log")])
    try:
        poll(lambda: answers(port), "sshd did not start")
        yield Linux(tmp_path, port, pin)
    finally:
        server.terminate()
        server.wait(10)


BARE = replace(
    lab_profile(), facts={"clock": "date +%s"}, connectors="", faults="", checks={}, health={}, out_of_service="",
    in_service="", config_format="",
)  # fmt: skip


def test_the_questions_of_the_guide_are_answered_by_a_real_linux(linux: Linux) -> None:
    folder = linux.folder
    asked = {
        "uptime": "cut -d' ' -f1 /proc/uptime",
        "disk_free": f"df -P {folder} | awk 'NR==2 {{printf \"%.0f\", $4*1024}}'",
        "dns": "getent hosts localhost",
        "command": "true",
        "ntp": "false",
        "reserved": "true",
    }
    with linux.facts(replace(BARE, health=asked)) as facts:
        health = facts.health()
    assert health.uptime is not None and health.uptime > 0
    free = os.statvfs(folder)
    assert health.disk_free is not None and abs(health.disk_free - free.f_bavail * free.f_frsize) < 1 << 30
    assert health.clock is not None and abs(health.clock - SystemClock().now().timestamp()) < 5
    assert (health.dns, health.responds, health.ntp, health.reserved) == (True, True, False, "")


def keeping(folder: Path) -> Profile:
    """Settings in a file; whoever writes them notes the rights of the file that brings them."""
    brought, kept = folder / "up" / CONFIG_FILE, folder / "settings"
    kept.write_text("url=wss://a b\npassword=hunter2\n")
    return replace(
        BARE,
        upload_dir=str(folder / "up"),
        config_read=f"cat {kept}",
        config_write=f"umask 022; stat -c %a {brought} > {folder}/mode && cat {brought} > {kept}",
    )


def test_settings_are_written_through_a_file_that_only_its_owner_may_read(linux: Linux) -> None:
    wanted = {"url": "wss://b", "password": "p w = ü'\"$(x)`\\"}
    with linux.settings(keeping(linux.folder)) as settings:
        assert settings.configuration() == Configuration("", {"url": "wss://a b", "password": "hunter2"})
        settings.configure(Configuration("", wanted))
        assert settings.configuration().values == wanted
    assert (linux.folder / "mode").read_text() == "600\n"
    assert not (linux.folder / "up" / CONFIG_FILE).exists()


def test_a_link_that_somebody_laid_there_is_not_followed(linux: Linux) -> None:
    victim, up = linux.folder / "victim", linux.folder / "up"
    victim.write_text("mine")
    up.mkdir()
    (up / CONFIG_FILE).symlink_to(victim)
    with linux.settings(keeping(linux.folder)) as settings:
        settings.configure(Configuration("", {"url": "wss://b"}))
        assert settings.configuration().values == {"url": "wss://b"}
    assert victim.read_text() == "mine" and stat.S_ISREG(victim.lstat().st_mode)


def test_a_command_that_fails_tells_no_value_and_leaves_no_file(linux: Linux) -> None:
    profile = replace(keeping(linux.folder), config_write=f"cat {linux.folder}/up/{CONFIG_FILE} >&2; exit 3")
    with linux.settings(profile) as settings, pytest.raises(DeviceError) as error:
        settings.configure(Configuration("", {"password": "hunter2"}))
    assert error.value.text is Text.SETTINGS_REFUSED
    assert "status 3" in error.value.what and "password" in error.value.what and "hunter2" not in error.value.what
    assert not (linux.folder / "up" / CONFIG_FILE).exists()


# ---- many questions in one channel -----------------------------------------------------------------------------------


def asked(*commands: str) -> list[tuple[str, str]]:
    return [(f"question {number}", command) for number, command in enumerate(commands)]


def test_every_answer_is_the_one_that_the_command_gives_alone(linux: Linux) -> None:
    commands = (
        "echo one", "printf two; printf no >&2; exit 3", "kill -9 $$", "sh -c 'kill -9 $$'", "no-such-command-here",
        "head -c 200000 /dev/zero | tr '\\0' x; head -c 200000 /dev/zero | tr '\\0' y >&2", "if then fi", "echo last",
    )  # fmt: skip
    with linux.ssh() as ssh:
        alone = [ssh.run(command) for command in commands]
        together = ssh.run_all(asked(*commands))
    without_the_shells_own_words = [1, 2, 3, 5, 7]
    for number, (one, other) in enumerate(zip(alone, together, strict=True)):
        assert (one.status, one.out) == (other.status, other.out), commands[number]
        if number in without_the_shells_own_words:
            assert one.err == other.err, commands[number]


def test_a_question_that_hangs_is_named_and_an_endless_one_is_no_answer(linux: Linux) -> None:
    with linux.ssh(Patience(answer=1.0)) as ssh:
        with pytest.raises(LinkError) as hangs:
            ssh.run_all(asked("true", "exec sleep 20 >&- 2>&-", "true"))
        assert (hangs.value.text, hangs.value.params["fact"]) == (Text.QUESTION_SILENT, "question 1")
        with pytest.raises(DeviceError) as endless:
            ssh.run_all(asked("true", "yes", "true"))
        assert endless.value.text is Text.DEVICE_ANSWER_STRANGE
        with pytest.raises(DeviceError) as endless:
            ssh.run_all(asked("true", "yes >&2", "true"))
        assert endless.value.text is Text.DEVICE_ANSWER_STRANGE


def test_a_child_that_stays_in_the_background_keeps_nobody_waiting(linux: Linux) -> None:
    with linux.ssh(Patience(answer=3.0)) as ssh:
        answers = ssh.run_all(asked("sleep 2.5 & echo told", "echo next"))
    assert [answer.out for answer in answers] == ["told\n", "next\n"]
