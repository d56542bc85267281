"""A line between driver and charger that a test may cut, freeze and count: a TCP relay on loopback."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread


class Wire:
    """Relays connections to `target`. `sent` counts the bytes from the driver to the charger."""

    def __init__(self, target: tuple[str, int], six: bool = False) -> None:
        self._target = target
        family = socket.AF_INET6 if six else socket.AF_INET
        self._listener = socket.create_server(("::1" if six else "127.0.0.1", 0), family=family)
        self.address = f"{'[::1]' if six else '127.0.0.1'}:{self._listener.getsockname()[1]}"
        self._flow, self._lock = Event(), Lock()
        self._flow.set()
        self._open: list[socket.socket] = []
        self._threads: list[Thread] = []
        self._cut_at: int | None = None
        self._freeze_at: int | None = None
        self.sent = 0
        self.was_cut = Event()
        self._spawn(self._accept)

    def cut(self) -> None:
        """End all connections at once; new ones are relayed again."""
        with self._lock:
            self.was_cut.set()  # first: whoever hears of the cut may ask at once
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def cut_after(self, count: int) -> None:
        """Cut when the driver has sent `count` bytes from now on."""
        self._cut_at = self.sent + count

    def freeze(self) -> None:
        """Swallow nothing, forward nothing: what a pulled plug looks like to both ends."""
        self._flow.clear()

    def freeze_after(self, count: int) -> None:
        self._freeze_at = self.sent + count

    @property
    def frozen(self) -> bool:
        return not self._flow.is_set()

    def thaw(self) -> None:
        self._flow.set()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._flow.set()
        self.cut()
        for thread in self._threads:
            thread.join(5.0)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._target, 5.0)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            for end in (near, far):  # else each command takes 40 ms longer than without a relay
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open += [near, far]
            self._spawn(self._pump, near, far, True)
            self._spawn(self._pump, far, near, False)

    def _pump(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._flow.wait()
                if counted:
                    self.sent += len(data)
                    if self._freeze_at is not None and self.sent >= self._freeze_at:
                        self._freeze_at = None
                        self.freeze()
                    if self._cut_at is not None and self.sent >= self._cut_at:
                        self._cut_at = None
                        self.cut()
                        break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()

    def _spawn(self, work: object, *args: object) -> None:
        thread = Thread(target=work, args=args, daemon=True)  # type: ignore[arg-type]  # any of our methods
        self._threads.append(thread)
        thread.start()


@contextmanager
def wire(target: tuple[str, int], six: bool = False) -> Iterator[Wire]:
    line = Wire(target, six)
    try:
        yield line
    finally:
        line.close()
