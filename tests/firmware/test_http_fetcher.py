"""Files over the web: a drop in the middle goes on there, a busy server is asked again, who asks is proved."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from tuf.api.exceptions import DownloadError, DownloadHTTPError

from fieldtool.firmware.fetchers import HttpFetcher
from tests.firmware.site import SetClock

CONTENT = bytes(range(256)) * 2048  # 512 KiB


class Server(BaseHTTPRequestHandler):
    """Breaks off after so many bytes, or is busy so often."""

    breaks_after: ClassVar[int] = 1 << 30
    busy: ClassVar[int] = 0
    resumes: ClassVar[bool] = True
    says_no: ClassVar[bytes | None] = None
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        begin = self.headers.get("Range", "")
        type(self).asked.append((begin, self.headers.get("X-Who", "")))
        if type(self).busy:
            type(self).busy -= 1
            self.send_response(429)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.says_no is not None:
            self.send_response(403)
            self.send_header("Content-Length", str(len(self.says_no)))
            self.end_headers()
            self.wfile.write(self.says_no)
            return
        found = re.fullmatch(r"bytes=([0-9]+)-", begin) if self.resumes else None
        rest = CONTENT[int(found[1]) :] if found else CONTENT
        self.send_response(206 if found else 200)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[: self.breaks_after])
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def served(**how: object) -> Iterator[tuple[str, type[Server]]]:
    kind = type("Served", (Server,), {"asked": [], **how})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/targets/image", kind
        finally:
            server.shutdown()
            thread.join()


def test_a_file_goes_on_where_the_connection_broke_off() -> None:
    with served(breaks_after=200_000) as (url, server):
        assert b"".join(HttpFetcher(SetClock()).fetch(url)) == CONTENT
    begins = [begin for begin, _ in server.asked]
    assert begins[0] == "" and len(begins) == 3 and all(one.startswith("bytes=") for one in begins[1:])


@pytest.mark.parametrize("how", [{"breaks_after": 1000}, {"breaks_after": 200_000, "resumes": False}])
def test_a_server_that_gets_nowhere_or_cannot_go_on_is_given_up(how: dict[str, object]) -> None:
    with served(**how) as (url, server), pytest.raises(DownloadError):
        b"".join(HttpFetcher(SetClock()).fetch(url))
    assert len(server.asked) <= 2


def test_a_busy_server_is_asked_again_more_and_more_slowly_and_not_for_ever() -> None:
    clock = SetClock()
    with served(busy=3) as (url, _):
        assert b"".join(HttpFetcher(clock).fetch(url)) == CONTENT
    assert clock.monotonic() == 1007.0
    with served(busy=100) as (url, server), pytest.raises(DownloadHTTPError) as told:
        HttpFetcher(clock).fetch(url)
    assert told.value.status_code == 429 and len(server.asked) == 6


def test_every_request_proves_anew_who_asks() -> None:
    numbers = iter(range(100))

    def prove(url: str) -> dict[str, str]:
        return {"X-Who": f"{next(numbers)} {url.rpartition('/')[2]}"}

    with served(breaks_after=200_000) as (url, server):
        assert b"".join(HttpFetcher(SetClock(), prove).fetch(url)) == CONTENT
    assert [who for _, who in server.asked] == ["0 image", "1 image", "2 image"]


@pytest.mark.parametrize(
    ("says", "told"),
    [
        (b'{"code": "X", "what": "This laptop was shut out.\\u0007"}', "it refuses: This laptop was shut out.?"),
        (b"[" * 5000, "it refuses: without a reason"),
        (b"<html>", "it refuses: without a reason"),
    ],
)
def test_why_a_server_that_knows_us_refuses_is_told(says: bytes, told: str) -> None:
    with served(says_no=says) as (url, _):
        with pytest.raises(DownloadError, match=re.escape(told)):
            HttpFetcher(SetClock(), lambda _url: {"X-Who": "we"}).fetch(url)
        with pytest.raises(DownloadHTTPError):  # of any other, only the number counts
            HttpFetcher(SetClock()).fetch(url)
