import socket
from collections.abc import Iterator
from threading import Thread

import pytest


@pytest.fixture
def own_listener() -> Iterator[tuple[str, bytes]]:
    """Somebody who answers a connection with a web page."""
    page = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(page)
                connection.recv(1000)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", page
        thread.join(5.0)
