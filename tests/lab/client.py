"""A plain SSH client for the lab's own tests; the driver is not used here, so that its mistakes cannot hide ours."""

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import paramiko

from tests.lab_chargers import DEADLINE, LabCharger


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    out: str
    err: str


class Client:
    def __init__(self, transport: paramiko.Transport) -> None:
        self.transport = transport

    def start(self, command: str) -> paramiko.Channel:
        channel = self.transport.open_session(timeout=DEADLINE)
        channel.settimeout(DEADLINE)
        channel.exec_command(command)
        return channel

    def run(self, command: str) -> Answer:
        channel = self.start(command)
        out = channel.makefile("rb").read().decode()
        err = channel.makefile_stderr("rb").read().decode()
        answer = Answer(channel.recv_exit_status(), out, err)
        channel.close()
        return answer

    def out(self, command: str) -> str:
        answer = self.run(command)
        assert answer.status == 0, answer
        return answer.out

    @contextmanager
    def sftp(self) -> Iterator[paramiko.SFTPClient]:
        client = paramiko.SFTPClient.from_transport(self.transport)
        assert client is not None
        client.get_channel().settimeout(DEADLINE)
        with client:
            yield client

    def upload(self, content: bytes, path: str, offset: int = 0) -> None:
        with self.sftp() as sftp, sftp.open(path, "r+b" if offset else "wb") as file:
            file.seek(offset)
            file.write(content[offset:])


@contextmanager
def connected(charger: LabCharger, password: str | None = None) -> Iterator[Client]:
    sock = socket.create_connection((charger.host, charger.port), DEADLINE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # 40 ms a command otherwise
    transport = paramiko.Transport(sock)
    transport.set_log_channel("tests.ssh")
    try:
        transport.start_client(timeout=DEADLINE)
        if password is None:
            key = paramiko.Ed25519Key.from_private_key(io.StringIO(charger.private_key))
            transport.auth_publickey("root", key)
        else:
            transport.auth_password("root", password)
        yield Client(transport)
    finally:
        transport.close()
        sock.close()
