"""Central over HTTP as strangers meet it, and as its administrator starts it."""

import json
import signal
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import urllib3
from fastapi import APIRouter

from fieldtool.audit.record import Event
from fieldtool.central import bodies, server
from fieldtool.central.identity import KEY_FILE, open_identity, open_store
from fieldtool.central.limits import MAX_BODY, MAX_RECORDS, Limits
from fieldtool.central.office import Office
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import StorageError, UsageError
from fieldtool.core.texts import Text
from tests.audit.support import Laptop, Ticking
from tests.central.support import Central, Visitor, ask, central, central_command, central_process

LOG, NONCE = "ab" * 16, "ef" * 16


def _path(log: str = LOG, nonce: str = NONCE, size: str = "1", root: str = "0" * 64) -> str:
    return f"/v1/logs/{log}/records?nonce={nonce}&size={size}&root={root}"


def test_health_says_ok_and_nothing_else(there: Central) -> None:
    assert ask(there, "GET", "/health") == (200, {"status": "ok"})


def test_health_says_503_when_the_database_does_not_answer(
    there: Central, monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None]
) -> None:
    expect_log("nothing is taken")

    def broken() -> NoReturn:
        raise StorageError(Text.DATABASE_BUSY, seconds=60)

    monkeypatch.setattr(there.store, "read", broken)
    status, answer = ask(there, "GET", "/health")
    assert (status, answer["code"]) == (503, "DATABASE_BUSY")


def test_a_route_that_does_not_say_who_may_call_it_is_closed(
    there: Central, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(_office: Office) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/v1/careless", lambda: "secret")
        return router

    monkeypatch.setattr(server, "ROUTES", (careless,))
    with central(tmp_path / "careless") as open_door:
        status, answer = ask(open_door, "GET", "/v1/careless")
    assert (status, answer["code"]) == (403, "CENTRAL_CLOSED")


def test_the_key_page_shows_the_key_that_serve_prints(there: Central) -> None:
    status, answer = ask(there, "GET", "/v1/key")
    assert status == 200
    assert answer["fingerprint"] == there.identity.fingerprint


@pytest.fixture
def visitor(here: Laptop, there: Central, tmp_path: Path) -> Iterator[Visitor]:
    here.log.record(Event("seen"))
    made = Visitor(there, here.log, tmp_path / "key.pem")
    yield made
    made.client.close()


@pytest.mark.parametrize(
    "path",
    [
        _path(log="../../etc"),
        _path(log="AB" * 16),
        _path(nonce=""),
        _path(size="-1"),
        _path(size="1e9"),
        _path(size="9" * 30),
        _path(root="zz" * 32),
        f"/v1/logs/{LOG}/records",
    ],
)
def test_a_request_that_makes_no_sense_is_refused(visitor: Visitor, path: str) -> None:
    assert visitor.ask("POST", path)[0] in (404, 422)


def test_a_body_that_is_too_large_is_refused_before_it_has_arrived(visitor: Visitor) -> None:
    status, answer = visitor.ask("POST", _path(), b"x" * (MAX_BODY + 1))
    assert (status, answer["code"]) == (413, "PUSH_TOO_LARGE")


def test_too_many_records_in_one_push_are_refused(visitor: Visitor) -> None:
    status, answer = visitor.ask("POST", _path(), b"{}\n" * (MAX_RECORDS + 1))
    assert (status, answer["code"]) == (413, "PUSH_TOO_LARGE")


def test_garbage_of_a_known_laptop_is_400_and_nothing_is_kept(
    here: Laptop, visitor: Visitor, expect_log: Callable[[str], None]
) -> None:
    expect_log("after record")
    log = str(here.log.log_id())
    for garbage in (b"\n", b"\x00\xff", b"{}", b"[" * 100_000, b'{"payload":"AA==","payloadType":"x"}'):
        status, answer = visitor.ask("POST", _path(log, size="9"), garbage)
        assert (status, answer["code"]) == (400, "AUDIT_RECORD_BAD")
    assert visitor.there.envelopes(log) == []


def test_a_peer_that_goes_away_in_mid_push_leaves_central_alive(there: Central) -> None:
    host, _, port = there.url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port))) as peer:
        peer.sendall(f"POST {_path()} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nabc".encode())
    assert ask(there, "GET", "/health")[0] == 200


def test_a_peer_that_sends_a_byte_now_and_then_is_shown_the_door(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.1)
    host, _, port = visitor.there.url.removeprefix("http://").rpartition(":")
    fields = "".join(f"{name}: {value}\r\n" for name, value in visitor.fields("POST", _path(), b"x" * 5000).items())
    with socket.create_connection((host, int(port))) as peer:
        peer.sendall(f"POST {_path()} HTTP/1.1\r\nHost: x\r\n{fields}Content-Length: 5000\r\n\r\nxxx".encode())
        assert peer.recv(100).startswith(b"HTTP/1.1 408")


def test_one_peer_s_requests_are_limited_and_health_is_not(tmp_path: Path) -> None:
    with central(tmp_path / "busy", Limits(SystemClock(), burst=3, rate=0.0)) as there:
        codes = [ask(there, "POST", _path())[0] for _ in range(5)]
        assert codes == [401, 401, 401, 429, 429]
        assert ask(there, "GET", "/health")[0] == 200


def test_a_bucket_fills_again_with_time_and_each_peer_has_its_own() -> None:
    clock = Ticking()
    limits = Limits(clock, burst=2, rate=1.0)
    assert [limits.allow("a") for _ in range(3)] == [True, True, False]
    assert limits.allow("b")
    clock.seconds += 1.5
    assert [limits.allow("a") for _ in range(2)] == [True, False]


def test_the_buckets_of_strangers_do_not_fill_the_memory() -> None:
    limits = Limits(Ticking())
    for number in range(10_500):
        limits.allow(f"peer {number}")
    assert len(limits._buckets) == 10_000


# ---- the key in its file --------------------------------------------------------------------------------------------


def test_the_receipt_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    first, again = open_identity(store, "a"), open_identity(store, "b")
    assert (again.name, again.fingerprint) == ("a", first.fingerprint)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    store.close()


@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        (lambda key: key.unlink(), Text.CENTRAL_KEY_GONE),
        (lambda key: key.chmod(0o640), Text.CENTRAL_KEY_OPEN),
        (lambda key: key.write_text("no key"), Text.CENTRAL_KEY_BAD),
    ],
)
def test_a_receipt_key_that_is_not_as_it_was_stops_central(
    tmp_path: Path, harm: Callable[[Path], object], expected: Text
) -> None:
    store = open_store(tmp_path)
    open_identity(store)
    harm(tmp_path / KEY_FILE)
    with pytest.raises(UsageError) as refused:
        open_identity(store)
    assert refused.value.text is expected
    store.close()


# ---- the command ----------------------------------------------------------------------------------------------------


def test_serve_prints_one_line_answers_at_once_and_ends_well_on_sigterm(tmp_path: Path) -> None:
    with central_process(tmp_path / "central", "--port", "0") as (process, line):
        with urllib3.PoolManager(retries=False) as pool:
            assert pool.request("GET", line["listening"] + "/v1/key").json()["fingerprint"] == line["key"]
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=15)
        assert (process.returncode, rest) == (0, "")


def test_a_port_that_is_taken_is_a_usage_error(tmp_path: Path) -> None:
    from argparse import ArgumentParser

    from fieldtool.central.command import add_arguments, run

    with socket.create_server(("127.0.0.1", 0)) as taken:
        parser = ArgumentParser()
        add_arguments(parser)
        port = str(taken.getsockname()[1])
        with pytest.raises(UsageError) as refused:
            run(parser.parse_args(["serve", "--data", str(tmp_path), "--port", port]))
    assert refused.value.text is Text.CENTRAL_ADDRESS


def test_laptops_are_added_and_listed_from_the_command_line(here: Laptop, tmp_path: Path) -> None:
    here.log.record(Event("seen"))
    key = tmp_path / "bay-laptop.pem"
    key.write_text(str(here.log.public_key()))
    data = str(tmp_path / "central")
    for _ in range(2):  # safe to repeat
        done = central_command("laptop", "add", str(key), "--data", data, "--json")
        assert json.loads(done.stdout)["laptops"][0]["name"] == "bay-laptop"
    listed = central_command("laptop", "list", "--data", data)
    assert listed.stdout == f"{str(here.log.key_id())[:16]}  bay-laptop  0 records, no certificate\n"


def test_what_is_no_key_is_not_added(tmp_path: Path) -> None:
    from fieldtool.central.ledger import add_laptop, laptops
    from fieldtool.core.errors import AuditError

    store = open_store(tmp_path / "central")
    (tmp_path / "x").write_text("no key")
    for file in (tmp_path / "x", tmp_path / "missing", tmp_path):
        with pytest.raises(AuditError) as refused:
            add_laptop(store, file, "x", "now")
        assert refused.value.text is Text.AUDIT_KEY_BAD
    assert laptops(store) == []
    store.close()


def test_two_laptops_push_at_the_same_time(here: Laptop, there: Central, tmp_path: Path) -> None:
    from fieldtool.sync.client import SyncClient
    from tests.audit.support import laptop

    both = [here, laptop(tmp_path / "other", name="grace")]
    for one in both:
        for _ in range(30):
            one.log.record(Event("seen"))
        there.know(one.log, tmp_path / "key.pem")

    def push(one: Laptop) -> None:
        client = SyncClient(one.log, lambda: there.address)
        for _ in range(5):
            client.push()
            one.log.record(Event("seen"))
        client.push()
        client.close()

    threads = [threading.Thread(target=push, args=(one,)) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in both:
        assert there.envelopes(str(one.log.log_id())) == one.log.envelopes(0, 99)
        assert one.log.pending() == 0
    both[1].store.close()
