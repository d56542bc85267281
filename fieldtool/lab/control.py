"""The door by which `fieldtool lab fault` reaches a running lab: one line of JSON in, one out, on loopback.

`running.json` in the lab's folder says where it is and holds a token, so that other users of the laptop stay out.
"""

import json
import os
import secrets
import socket
import socketserver
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from fieldtool.core.errors import FieldtoolError, UsageError
from fieldtool.core.texts import Text

FILE = "running.json"
_LONGEST = 65_536  # bytes of a request or an answer
_DEADLINE = 10.0

Answer = Callable[[dict[str, str]], object]


class _Handler(socketserver.StreamRequestHandler):
    timeout = _DEADLINE

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        try:
            request = json.loads(self.rfile.readline(_LONGEST))
            known = isinstance(request, dict) and secrets.compare_digest(str(request.pop("token", "")), server.token)
            reply: dict[str, object] = {"result": server.answer(request)} if known else {"error": "LAB_NOT_RUNNING"}
        except FieldtoolError as error:
            reply = {"error": error.text.name, "params": error.params}
        except ValueError:
            reply = {"error": "LAB_NOT_RUNNING"}
        self.wfile.write(json.dumps(reply).encode() + b"\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer, self.token = answer, secrets.token_urlsafe(24)


class ControlServer:
    """Answers requests until it is closed."""

    def __init__(self, folder: Path, answer: Answer) -> None:
        """`answer` gets the request's fields; it may raise a FieldtoolError."""
        self._server = _Server(answer)
        self._path = folder / FILE
        self.port: int = self._server.server_address[1]
        self._thread = Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, name="lab control", daemon=True
        )
        self._thread.start()
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"port": self.port, "token": self._server.token, "process": os.getpid()}, file)

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_DEADLINE)


def ask(folder: Path, request: dict[str, str]) -> object:
    """The running lab's answer. UsageError(LAB_NOT_RUNNING), or what the lab raised."""
    try:
        known = json.loads((folder / FILE).read_text())
        with socket.create_connection(("127.0.0.1", known["port"]), _DEADLINE) as connection:
            connection.sendall(json.dumps({**request, "token": known["token"]}).encode() + b"\n")
            with connection.makefile("rb") as lines:
                reply = json.loads(lines.readline(_LONGEST))
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(Text.LAB_NOT_RUNNING, folder=str(folder)) from error
    if "error" in reply:
        text = Text[reply["error"]]
        raise UsageError(text, **(reply.get("params") or {"folder": str(folder)}))
    return reply["result"]
