"""What stands between a laptop and central in these tests: a wire that can be cut, stalled and corrupted."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

Meddle = Callable[[bytes], bytes]


@contextmanager
def wire(url: str, meddle: Meddle) -> Iterator[str]:
    """A TCP proxy to `url`; what the laptop sends goes through `meddle`. Yields the proxy's own URL."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads: list[Thread] = []
        ends: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    near, _ = listener.accept()
                except OSError:
                    return  # closed: the test is over
                far = socket.create_connection((host, int(port)))
                ends.extend((near, far))
                for source, sink, change in ((near, far, meddle), (far, near, bytes)):
                    thread = Thread(target=_copy, args=(source, sink, change))
                    thread.start()
                    threads.append(thread)

        accepting = Thread(target=accept)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            accepting.join()
            for thread in threads:
                thread.join()
            for end in ends:
                end.close()


def _copy(source: socket.socket, sink: socket.socket, change: Meddle) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(change(data))
        sink.shutdown(socket.SHUT_WR)
    except OSError:  # a cut line is cut in both directions
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
