"""Against a real central on loopback: nothing lost, nothing twice, nobody believed."""

import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

import pytest
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fieldtool.audit.checkpoint import Checkpoint, fingerprint
from fieldtool.audit.dsse import seal
from fieldtool.audit.keys import PrivateKey
from fieldtool.audit.record import Event, leaf
from fieldtool.central.certificates import open_authority
from fieldtool.central.enrolment import application_of
from fieldtool.central.identity import open_identity, open_store
from fieldtool.central.limits import Limits
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import ExitCode, StorageError, SyncError
from fieldtool.core.texts import Text
from fieldtool.sync.client import CentralAddress, Sent, SyncClient
from fieldtool.sync.outbox import EVIDENCE, Outbox, queue
from tests.audit.support import Laptop, laptop
from tests.central.support import Central, central, central_process
from tests.sync.support import wire


def _fill(here: Laptop, count: int) -> None:
    if here.log.size() == 0:
        here.log.record(Event("seen"))  # a log opens itself with a record of its own
    missing = count - here.log.size()
    with here.store.write() as unit:
        for number in range(missing):
            here.log.append(unit, Event("seen", charger=f"c{number}"))


@contextmanager
def _client(here: Laptop, where: CentralAddress | None) -> Iterator[SyncClient]:
    client = SyncClient(here.log, lambda: where, here.time.settled)
    try:
        yield client
    finally:
        client.close()


def _refusal(here: Laptop, where: CentralAddress | None) -> SyncError:
    with _client(here, where) as client, pytest.raises(SyncError) as refused:
        client.push()
    assert refused.value.exit_code is ExitCode.CENTRAL
    return refused.value


def _log(here: Laptop) -> str:
    log = here.log.log_id()
    assert log is not None
    return log


# ---- the good way ---------------------------------------------------------------------------------------------------


def test_records_go_up_in_batches_and_a_receipt_comes_back(here: Laptop, there: Central, tmp_path: Path) -> None:
    _fill(here, 2501)
    there.know(here.log, tmp_path / "key.pem")
    with _client(here, there.address) as client:
        assert client.push() == 2501
        assert client.push() == 0
    receipt = here.log.newest_receipt()
    assert receipt is not None
    assert receipt.size == 2501
    assert here.log.pending() == 0
    assert there.envelopes(_log(here)) == here.log.envelopes(0, 3000)
    assert here.log.size() == 2501  # a sync writes no record of its own
    assert here.log.verify().ok


def test_central_s_time_is_taken_over_because_it_answers_this_very_request(
    here: Laptop, there: Central, tmp_path: Path
) -> None:
    here.log.record(Event("seen"))
    there.know(here.log, tmp_path / "key.pem")
    told: list[datetime] = []
    client = SyncClient(here.log, lambda: there.address, told.append)
    client.push()
    client.close()
    assert abs((told[0] - datetime.now(UTC)).total_seconds()) < 60


def test_two_laptops_have_logs_of_their_own(here: Laptop, there: Central, tmp_path: Path) -> None:
    other = laptop(tmp_path / "other", name="grace")
    for number, one in enumerate((here, other)):
        _fill(one, 5 + number)
        there.know(one.log, tmp_path / "key.pem")
        with _client(one, there.address) as client:
            client.push()
    for one in (here, other):
        assert there.envelopes(_log(one)) == one.log.envelopes(0, 9)
        assert one.log.pending() == 0
    other.store.close()


def test_an_answer_that_was_lost_is_asked_for_again(here: Laptop, there: Central, tmp_path: Path) -> None:
    """Central has the records, the laptop has no receipt: the same push again is ignored and acknowledged."""
    _fill(here, 9)
    there.know(here.log, tmp_path / "key.pem")
    other = SyncClient(here.log, lambda: there.address)
    other._accept = lambda *_args: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        other.push()
    other.close()
    assert here.log.pending() == 9
    with _client(here, there.address) as client:
        assert client.push() == 9
    assert len(there.envelopes(_log(here))) == 9


# ---- who is believed ------------------------------------------------------------------------------------------------


def test_without_a_central_nothing_is_sent_and_it_is_said(here: Laptop) -> None:
    assert _refusal(here, None).text is Text.CENTRAL_NOT_SET


def test_an_unknown_laptop_stays_pending_and_is_told_the_command(here: Laptop, there: Central) -> None:
    _fill(here, 3)
    refused = _refusal(here, there.address)
    assert refused.text is Text.ENROL_WAITS
    assert f"fieldtool central laptop approve {refused.params['code']}" in refused.remedy
    assert here.log.pending() == 3
    assert there.envelopes(_log(here)) == []


def test_a_central_whose_key_nobody_confirmed_gets_nothing(here: Laptop, there: Central, tmp_path: Path) -> None:
    _fill(here, 3)
    there.know(here.log, tmp_path / "key.pem")
    refused = _refusal(here, CentralAddress(there.url, ""))
    assert refused.text is Text.CENTRAL_KEY_NOT_SET
    assert refused.params["found"] == there.identity.fingerprint
    other = fingerprint(Ed25519PrivateKey.generate().public_key())
    assert _refusal(here, CentralAddress(there.url, other)).text is Text.CENTRAL_KEY_OTHER
    assert there.envelopes(_log(here)) == []


@pytest.mark.parametrize("url", ["", "central", "ftp://127.0.0.1", "http://", "http://[", "http://127.0.0.1:99999"])
def test_what_is_no_address_is_said(here: Laptop, url: str) -> None:
    assert _refusal(here, CentralAddress(url, "SHA256:x")).text in (Text.CENTRAL_URL_BAD, Text.CENTRAL_UNREACHABLE)


def test_a_central_that_is_off_is_said(here: Laptop, tmp_path: Path) -> None:
    with central(tmp_path / "off") as gone:
        where = gone.address
    refused = _refusal(here, where)
    assert refused.text is Text.CENTRAL_UNREACHABLE
    assert "refused" in refused.what


# ---- the wire -------------------------------------------------------------------------------------------------------


class _Corrupting:
    """Packs as the client does, and alters one record before."""

    def __init__(self, part: bytes) -> None:
        self._part = part

    def compress(self, body: bytes) -> bytes:
        altered = self._part[:-1] + (b"A" if self._part[-1:] != b"A" else b"B")
        return zstandard.ZstdCompressor().compress(body.replace(self._part, altered))


def test_a_corrupted_record_is_refused_alone_and_goes_up_later(
    here: Laptop, there: Central, tmp_path: Path, expect_log: Callable[[str], None]
) -> None:
    expect_log("after record")
    _fill(here, 20)
    there.know(here.log, tmp_path / "key.pem")
    part = here.log.envelopes(12, 1)[0][-60:-20]  # of the signature: no other record has it
    with _client(here, there.address) as client:
        client._packer = _Corrupting(part)
        with pytest.raises(SyncError) as refused:
            client.push()
    assert refused.value.text is Text.CENTRAL_DAMAGED
    assert here.log.pending() == 8  # what came before it holds, and is acknowledged
    assert there.envelopes(_log(here)) == here.log.envelopes(0, 12)
    with _client(here, there.address) as client:
        assert client.push() == 8
    assert there.envelopes(_log(here)) == here.log.envelopes(0, 20)


def test_a_body_corrupted_on_the_wire_is_refused_whole_and_goes_up_later(
    here: Laptop, there: Central, tmp_path: Path
) -> None:
    _fill(here, 200)
    there.know(here.log, tmp_path / "key.pem")

    def corrupt(data: bytes) -> bytes:
        return data[:-40] + bytes(byte ^ 1 for byte in data[-40:]) if len(data) > 3000 else data

    with wire(there.url, corrupt) as url:
        assert _refusal(here, replace(there.address, url=url)).text is Text.ENTRY_SIGNATURE_BAD
    assert here.log.pending() == 200
    with _client(here, there.address) as client:
        assert client.push() == 200
    assert there.envelopes(_log(here)) == here.log.envelopes(0, 200)


def test_a_line_that_is_cut_anywhere_loses_nothing_and_doubles_nothing(
    here: Laptop, there: Central, tmp_path: Path
) -> None:
    _fill(here, 400)
    there.know(here.log, tmp_path / "key.pem")
    for budget in (300, 1000, 5000, 15_000, 25_000):
        left = [budget]

        def cut(data: bytes, left: list[int] = left) -> bytes:
            left[0] -= len(data)
            if left[0] < 0:
                raise OSError("cut")
            return data

        with wire(there.url, cut) as url:
            assert _refusal(here, replace(there.address, url=url)).text is Text.CENTRAL_UNREACHABLE
    with _client(here, there.address) as client:
        client.push()
    assert there.envelopes(_log(here)) == here.log.envelopes(0, 400)


# ---- a lying central ------------------------------------------------------------------------------------------------


class _Liar:
    """Has central's key, and answers what a test wants."""

    def __init__(self, folder: Path) -> None:
        store = open_store(folder)
        identity = open_identity(store)
        self.authority = open_authority(store, identity, SystemClock())
        self.introduced = self.authority.introduced_by(identity)
        self.key = identity.key
        store.close()
        self.lie: Callable[[Checkpoint], str | Checkpoint] = lambda honest: honest
        self.roots: Callable[[int], bytes] = lambda _size: b""
        self.status = 200
        self.document = b""

    def answer(self, path: str) -> dict[str, str]:
        asked = parse_qs(urlsplit(path).query)
        if "/documents/" in path:
            origin = "fieldtool-central/document/" + path.split("/")[3]
            return self._note(self.lie(Checkpoint(origin, 1, self.document, datetime.now(UTC), asked["nonce"][0])))
        size = int(asked["size"][0])
        origin = "fieldtool-central/audit/" + path.split("/")[3]
        honest = Checkpoint(origin, size, self.roots(size), datetime.now(UTC), asked["nonce"][0])
        return self._note(self.lie(honest))

    def _note(self, lie: str | Checkpoint) -> dict[str, str]:
        return {"note": lie if isinstance(lie, str) else lie.signed(self.key)}

    def let_in(self, body: bytes) -> dict[str, str]:
        asks = application_of(zstandard.decompress(body))
        pem = self.authority.issue(asks.request.key, "x", asks.first.key_id, datetime.now(UTC))
        return {"state": "approved", "certificate": pem}


@pytest.fixture
def liar(here: Laptop, tmp_path: Path) -> Iterator[tuple[_Liar, CentralAddress]]:
    made = _Liar(tmp_path / "liar")
    made.roots = here.log.root

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            key = {"key": b64encode(made.key.public_key().public_bytes_raw()).decode()}
            self._send(made.introduced if self.path == "/v1/authority" else key, 200)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/enrolments":
                return self._send(made.let_in(body), 200)
            return self._send(made.answer(self.path), made.status)

        def _send(self, answer: object, status: int) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made, CentralAddress(f"http://127.0.0.1:{server.server_port}", fingerprint(made.key.public_key()))
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_honest_answer_of_the_liar_is_accepted(here: Laptop, liar: tuple[_Liar, CentralAddress]) -> None:
    """Or the tests below would prove nothing."""
    _fill(here, 5)
    with _client(here, liar[1]) as client:
        assert client.push() == 5


@pytest.mark.parametrize(
    ("lie", "expected"),
    [
        (lambda honest: replace(honest, root=b"?" * 32), Text.CENTRAL_OTHER_ROOT),
        (lambda honest: replace(honest, size=4), Text.CENTRAL_OTHER_ROOT),
        (lambda honest: replace(honest, size=99), Text.CENTRAL_HAS_MORE),
        (lambda honest: replace(honest, nonce="ab" * 16), Text.CENTRAL_OLD_RECEIPT),
        (lambda honest: replace(honest, nonce=""), Text.CENTRAL_OLD_RECEIPT),
        (lambda honest: replace(honest, origin="fieldtool-central/audit/" + "0" * 32), Text.CENTRAL_OLD_RECEIPT),
        (lambda honest: honest.signed(Ed25519PrivateKey.generate()), Text.RECEIPT_FORGED),
        (lambda honest: "rubbish", Text.RECEIPT_BAD),
    ],
)
def test_a_receipt_that_does_not_hold_is_not_accepted(
    here: Laptop,
    liar: tuple[_Liar, CentralAddress],
    lie: Callable[[Checkpoint], str | Checkpoint],
    expected: Text,
) -> None:
    _fill(here, 5)
    liar[0].lie = lie
    assert _refusal(here, liar[1]).text is expected
    assert here.log.pending() == 5
    assert here.log.newest_receipt() is None


def test_a_central_that_forgot_what_it_confirmed_is_refused(here: Laptop, liar: tuple[_Liar, CentralAddress]) -> None:
    _fill(here, 5)
    with _client(here, liar[1]) as client:
        client.push()
    _fill(here, 8)
    liar[0].lie = lambda honest: replace(honest, size=3, root=here.log.root(3))
    assert _refusal(here, liar[1]).text is Text.CENTRAL_FORGOT
    assert here.log.pending() == 3


def test_a_central_that_takes_nothing_and_says_nothing_does_not_hold_us_up(
    here: Laptop, liar: tuple[_Liar, CentralAddress]
) -> None:
    _fill(here, 5)
    liar[0].lie = lambda honest: replace(honest, size=0, root=here.log.root(0))
    assert _refusal(here, liar[1]).text is Text.CENTRAL_STRANGE


# ---- slow lines and small batches ----------------------------------------------------------------------------------


def test_a_line_on_which_large_batches_do_not_arrive_gets_smaller_ones(
    here: Laptop, there: Central, tmp_path: Path
) -> None:
    _fill(here, 300)
    there.know(here.log, tmp_path / "key.pem")
    sizes: list[int] = []
    with _client(here, there.address) as client:
        real = client._signed

        def narrow(
            method: str, where: CentralAddress, key: Ed25519PublicKey, path: str, body: bytes | None
        ) -> tuple[int, Any]:
            if body is not None:
                sizes.append(body.count(b"\n"))
                if sizes[-1] > 40:
                    raise SyncError(Text.CENTRAL_UNREACHABLE, url=where.url, detail="timed out")
            return real(method, where, key, path, body)

        client._signed = narrow
        for _ in range(4):
            with pytest.raises(SyncError):
                client.push()
        assert sizes[:4] == [300, 150, 75, 37]
        assert max(sizes[4:]) < 50  # and grows slowly again
        assert here.log.pending() <= 300 - 37
        client._signed = real
        client.push()
    assert here.log.pending() == 0


def test_a_batch_is_bounded_in_bytes_too(
    here: Laptop, there: Central, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(here, 30)
    there.know(here.log, tmp_path / "key.pem")
    size = sum(len(envelope) + 1 for envelope in here.log.envelopes(0, 12))
    monkeypatch.setattr("fieldtool.sync.client.BATCH_BYTES", size)
    steps: list[int] = []
    with _client(here, there.address) as client:
        client.push(lambda sent: steps.append(sent.records) is None)
    assert steps[0] <= 12 < 30 == steps[-1]


def test_a_central_without_its_database_is_asked_again_later(
    here: Laptop, there: Central, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None]
) -> None:
    expect_log("nothing is taken")
    _fill(here, 3)
    there.know(here.log, tmp_path / "key.pem")

    def broken(*_arguments: object) -> NoReturn:
        raise StorageError(Text.CENTRAL_DATABASE_GONE, where="x", detail="y")

    with monkeypatch.context() as patch:
        patch.setattr(there.ledger, "ingest", broken)
        assert _refusal(here, there.address).text is Text.CENTRAL_LATER
    with _client(here, there.address) as client:
        assert client.push() == 3


# ---- documents ------------------------------------------------------------------------------------------------------


@contextmanager
def _with_outbox(here: Laptop, where: CentralAddress) -> Iterator[tuple[SyncClient, Outbox]]:
    box = Outbox(here.store, here.log)
    client = SyncClient(here.log, lambda: where, outbox=box)
    try:
        yield client, box
    finally:
        client.close()


def _queue(here: Laptop, *texts: str) -> list[bytes]:
    key = here.log.key()
    assert key is not None
    envelopes = [seal(EVIDENCE, json.dumps({"run": text}).encode(), key) for text in texts]
    with here.store.write() as unit:
        for envelope in envelopes:
            queue(unit, EVIDENCE, envelope)
    return envelopes


def test_documents_follow_the_records_and_are_sent_once(here: Laptop, there: Central, tmp_path: Path) -> None:
    _fill(here, 3)
    there.know(here.log, tmp_path / "key.pem")
    envelopes = _queue(here, "r1", "r2")
    told: list[Sent] = []
    with _with_outbox(here, there.address) as (client, box):
        assert client.push(lambda sent: told.append(sent) is None) == 3
        assert [(sent.records, sent.documents) for sent in told] == [(3, 0), (3, 1), (3, 2)]
        assert box.pending() == 0
        client.push(lambda sent: told.append(sent) is None)
        assert len(told) == 3
    assert there.documents(_log(here)) == envelopes


def test_a_confirmation_that_was_lost_brings_no_second_document(here: Laptop, there: Central, tmp_path: Path) -> None:
    _fill(here, 3)
    there.know(here.log, tmp_path / "key.pem")
    envelopes = _queue(here, "r1")
    with _with_outbox(here, there.address) as (client, box):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(box, "confirmed", lambda *_arguments: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                client.push()
        assert box.pending() == 1
        client.push()
        assert box.pending() == 0
    assert there.documents(_log(here)) == envelopes


def test_a_document_that_central_does_not_want_holds_up_no_other_and_is_told(
    here: Laptop, there: Central, tmp_path: Path
) -> None:
    _fill(here, 3)
    there.know(here.log, tmp_path / "key.pem")
    with here.store.write() as unit:
        queue(unit, EVIDENCE, seal(EVIDENCE, b"{}", PrivateKey.new()), "r0")
    (good,) = _queue(here, "r1")
    with _with_outbox(here, there.address) as (client, box):
        with pytest.raises(SyncError) as refused:
            client.push()
        assert refused.value.text is Text.DOCUMENT_KEPT_BACK
        assert box.pending() == 1
    assert there.documents(_log(here)) == [good]
    assert here.log.pending() == 0


@pytest.mark.parametrize(
    ("lie", "expected"),
    [
        (lambda honest: replace(honest, root=b"?" * 32), Text.CENTRAL_OTHER_DOCUMENT),
        (lambda honest: replace(honest, size=2), Text.CENTRAL_OTHER_DOCUMENT),
        (lambda honest: replace(honest, nonce=""), Text.CENTRAL_OLD_RECEIPT),
        (lambda honest: replace(honest, origin=honest.origin.replace("document", "audit")), Text.CENTRAL_OLD_RECEIPT),
        (lambda honest: honest.signed(Ed25519PrivateKey.generate()), Text.RECEIPT_FORGED),
    ],
)
def test_a_document_counts_as_sent_only_when_central_signed_these_very_bytes(
    here: Laptop,
    liar: tuple[_Liar, CentralAddress],
    lie: Callable[[Checkpoint], str | Checkpoint],
    expected: Text,
) -> None:
    _fill(here, 3)
    (envelope,) = _queue(here, "r1")
    liar[0].document = leaf(envelope)
    with _with_outbox(here, liar[1]) as (client, box):
        client.push(lambda sent: sent.documents == 0 and False)
        liar[0].lie = lie
        with pytest.raises(SyncError) as refused:
            client.push()
        assert refused.value.text is expected
        assert box.pending() == 1
        liar[0].lie = lambda honest: honest
        client.push()
        assert box.pending() == 0


# ---- limits ---------------------------------------------------------------------------------------------------------


def test_central_answers_too_many_requests_with_429(here: Laptop, tmp_path: Path) -> None:
    _fill(here, 3)
    with central(tmp_path / "busy", Limits(SystemClock(), burst=3, rate=0.0)) as there:
        there.know(here.log, tmp_path / "key.pem")
        with _client(here, there.address) as client:
            client.push()
            here.log.record(Event("seen"))
            client.push()
            here.log.record(Event("seen"))
            with pytest.raises(SyncError) as refused:
                client.push()
    assert refused.value.text is Text.PUSH_TOO_OFTEN


# ---- kills ----------------------------------------------------------------------------------------------------------

_DIE_IN_MID_BATCH = """
import os, signal
from fieldtool.central.ledger import Ledger
real = Ledger._append
count = 0
def append(self, *args):
    global count
    count += 1
    real(self, *args)
    if count == 2:
        os.kill(os.getpid(), signal.SIGKILL)
Ledger._append = append
"""


def test_central_killed_in_mid_batch_converges(here: Laptop, tmp_path: Path) -> None:
    _fill(here, 2500)
    folder = tmp_path / "central"
    with central(folder) as there:
        there.know(here.log, tmp_path / "key.pem")
        key, fingerprint_ = there.identity, there.identity.fingerprint
    with central_process(folder, "--port", "0", hook=_DIE_IN_MID_BATCH) as (_process, line):
        assert line["key"] == fingerprint_
        refused = _refusal(here, CentralAddress(line["listening"], line["key"]))
        assert refused.text is Text.CENTRAL_UNREACHABLE
    assert here.log.pending() == 1500  # the first batch was confirmed, the second not
    with central(folder) as there:
        assert len(there.envelopes(_log(here))) == 1000
        assert there.identity.fingerprint == key.fingerprint
        with _client(here, there.address) as client:
            client.push()
        assert there.envelopes(_log(here)) == here.log.envelopes(0, 3000)
