"""OpenSSH's own ssh and sftp against the virtual charger: if they are content, other SSH programs are."""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab_chargers import LabCharger, virtual_charger

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("ssh") is None or shutil.which("sftp") is None, reason="OpenSSH is not installed"),
]
DEADLINE = 30


@dataclass(frozen=True)
class OpenSsh:
    """Both programs, with nothing of this machine's own: no agent, no configuration, no known hosts but ours."""

    charger: LabCharger
    folder: Path

    def options(self) -> list[str]:
        key, known = self.folder / "key", self.folder / "known_hosts"
        if not key.exists():
            key.touch(0o600)
            key.write_text(self.charger.private_key)
        return [
            "-F", os.devnull, "-i", str(key), "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none",
            "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", f"UserKnownHostsFile={known}",
            "-o", f"GlobalKnownHostsFile={os.devnull}", "-o", "LogLevel=ERROR",
        ]  # fmt: skip

    def trust(self) -> None:
        """Take the charger's host key for known, as it is now."""
        public = (self.charger.folder / "charger" / "host_key").with_suffix(".pub")
        made = subprocess.run(
            ["ssh-keygen", "-y", "-f", str(self._private_copy())], capture_output=True, text=True, check=True
        )
        public.write_text(made.stdout)
        line = f"[{self.charger.host}]:{self.charger.port} {made.stdout}"
        (self.folder / "known_hosts").write_text(line)

    def _private_copy(self) -> Path:
        copy = self.folder / "host_key"
        copy.unlink(missing_ok=True)
        copy.touch(0o600)
        copy.write_text((self.charger.folder / "charger" / "host_key").read_text())
        return copy

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        words = ["ssh", *self.options(), "-p", str(self.charger.port), f"root@{self.charger.host}", command]
        return self._call(words)

    def sftp(self, *batch: str) -> subprocess.CompletedProcess[str]:
        file = self.folder / "batch"
        file.write_text("\n".join(batch) + "\n")
        words = ["sftp", *self.options(), "-P", str(self.charger.port), "-b", str(file), f"root@{self.charger.host}"]
        return self._call(words)

    def _call(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, capture_output=True, text=True, timeout=DEADLINE, stdin=subprocess.DEVNULL, cwd=self.folder
        )


@pytest.fixture
def charger(tmp_path):
    with virtual_charger(tmp_path) as charger:
        yield charger


@pytest.fixture
def openssh(charger, tmp_path):
    folder = tmp_path / "laptop"
    folder.mkdir()
    openssh = OpenSsh(charger, folder)
    openssh.trust()
    return openssh


def test_ssh_runs_commands_and_sees_their_exit_status_and_both_streams(openssh):
    done = openssh.run("cat /etc/charger/serial")
    assert (done.returncode, done.stdout, done.stderr) == (0, "LAB-0001\n", "")
    done = openssh.run("cat /etc/charger/serial /nothere")
    assert (done.returncode, done.stdout) == (1, "LAB-0001\n")
    assert done.stderr == "cat: /nothere: No such file or directory\n"


def test_ssh_sees_127_for_an_unknown_command(openssh):
    done = openssh.run("frobnicate")
    assert (done.returncode, done.stderr) == (127, "sh: 1: frobnicate: not found\n")


def test_openssh_prints_the_fingerprint_that_we_tell(openssh, charger):
    made = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(openssh.folder / "known_hosts")], capture_output=True, text=True, check=True
    )
    assert charger.fingerprint in made.stdout.split()


def test_sftp_puts_lists_and_gets_a_file(openssh, charger):
    content = os.urandom(3_000_000)
    (openssh.folder / "image").write_bytes(content)
    done = openssh.sftp(
        "mkdir /srv/fieldtool",
        "put image /srv/fieldtool/image",
        "ls -l /srv/fieldtool",
        "get /srv/fieldtool/image back",
    )
    assert done.returncode == 0, done.stderr
    assert "3000000" in done.stdout
    assert (openssh.folder / "back").read_bytes() == content
    digest = openssh.run("sha256sum /srv/fieldtool/image").stdout.split()[0]
    assert digest == hashlib.sha256(content).hexdigest()


def test_sftp_resumes_an_upload_with_reput(openssh, charger):
    content = os.urandom(2_000_000)
    (openssh.folder / "image").write_bytes(content)
    charger.act("cut_at_byte", 777_777)
    assert openssh.sftp("put image /srv/image").returncode != 0
    charger.wait_up()
    assert charger.file("/srv/image").stat().st_size == 777_777
    done = openssh.sftp("reput image /srv/image")
    assert done.returncode == 0, done.stderr
    assert charger.file("/srv/image").read_bytes() == content


def test_sftp_renames_removes_changes_and_asks_for_space(openssh, charger):
    (openssh.folder / "image").write_bytes(bytes(40_960))
    done = openssh.sftp(
        "put -p image /srv/a", "rename /srv/a /srv/b", "chmod 600 /srv/b", "df /srv", "mkdir /srv/d", "rmdir /srv/d"
    )
    assert done.returncode == 0, done.stderr
    assert str(charger.device.disk.free // 4096 * 4) in done.stdout.split()  # KiB, in whole blocks
    assert charger.device.disk.names("/srv") == ["b"]
    assert openssh.sftp("rm /srv/b").returncode == 0
    assert openssh.sftp("rm /srv/b").returncode == 1


def test_sftp_says_when_the_disk_is_full(openssh, charger):
    charger.act("disk_free", 100_000)
    (openssh.folder / "image").write_bytes(bytes(500_000))
    done = openssh.sftp("put image /srv/image")
    assert done.returncode != 0
    assert charger.file("/srv/image").stat().st_size == 100_000


def test_a_changed_host_key_is_refused_before_anything_is_sent(openssh, charger):
    charger.act("new_host_key")
    openssh.run("systemctl reboot")
    charger.wait_down()
    charger.wait_up()
    done = openssh.run("cat /etc/charger/serial")
    assert done.returncode == 255
    assert done.stdout == ""
    assert "verification failed" in done.stderr.lower()
    openssh.trust()
    assert openssh.run("cat /etc/charger/serial").returncode == 0


def test_an_update_by_hand_with_openssh_alone(openssh, charger):
    bundle = charger.bundle("2.0.0", size=1_500_000)
    shutil.copy(bundle.path, openssh.folder / "x.raucb")
    assert openssh.sftp("put x.raucb /srv/x.raucb").returncode == 0
    done = openssh.run("rauc install /srv/x.raucb")
    assert done.stdout.splitlines()[-1] == "Installing `/srv/x.raucb` succeeded"
    openssh.run("reboot")
    charger.wait_down()
    charger.wait_up()
    assert openssh.run("cat /etc/charger/version").stdout == "2.0.0\n"
    assert openssh.run("rauc status mark-good").stdout == "rauc status: marked slot rootfs.1 as good\n"
