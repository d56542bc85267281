"""The real OpenSSH server for a charger in a folder, and what its tests need of the operating system."""

import shlex
import shutil
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event

import paramiko

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
SECONDS = 10.0  # more than anything here takes

SSHD_CONFIG = """Port {port}
ListenAddress 127.0.0.1
HostKey {root}/etc/host_key
AuthorizedKeysFile {root}/etc/authorized_keys
PidFile none
StrictModes no
UsePAM no
UseDNS no
PrintMotd no
MaxStartups 200
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
LogLevel VERBOSE
SetEnv HOME={root}/etc
Subsystem sftp internal-sftp
"""


def poll(condition: Callable[[], bool], otherwise: str, seconds: float = SECONDS) -> None:
    """Wait for what no event tells."""
    pause = Event()
    for _ in range(round(seconds / 0.02)):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError(otherwise)


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0) as connection:
        return connection.recv(4) == b"SSH-"
    return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def new_key(path: Path) -> str:
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path))
    return paramiko.Ed25519Key.from_private_key_file(str(path)).fingerprint


def script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, f"{shlex.join(command)}: {done.stderr}"
    return done.stdout
