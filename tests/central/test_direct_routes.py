"""Directing over HTTP: files of both mirrors and nothing else for laptops; orders, grants and denials by a token."""

import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric import ec

from fieldtool.audit.keys import PublicKey
from fieldtool.audit.record import Event
from fieldtool.central.granting import LONGEST
from fieldtool.central.identity import open_identity
from fieldtool.central.ledger import Ledger, add_laptop
from fieldtool.central.limits import Limits
from fieldtool.central.office import Office
from fieldtool.central.people import People, Role
from fieldtool.central.renewal import renewal
from fieldtool.central.server import address, listening, make_app, server
from fieldtool.store.database import Store
from tests.audit.support import laptop as laptop_with_log
from tests.central.direct_support import DAY, Direct, direct, inventory
from tests.central.support import Central, Visitor
from tests.firmware.site import HARDWARE, MODEL, SERIAL, SITE

_HTTP = urllib3.PoolManager(retries=False)


class Served:
    """A central that answers, and people with tokens."""

    def __init__(self, there: Direct, url: str, office: Office) -> None:
        self.there, self.url, self.office = there, url, office
        self.bay = laptop_with_log(there.folder / "bay")
        self.bay.log.record(Event("seen"))
        assert isinstance(there.store, Store)
        seen_as = Central(there.store, office.identity, office.ledger, url)
        self.visitor = Visitor(seen_as, self.bay.log, there.folder / "bay.pem", there.clock)
        people = People(there.store, there.clock)
        self.tokens = {role: people.add(f"a {role}", role)[1] for role in Role}

    def ask(
        self, method: str, path: str, body: bytes | None = None, role: Role | None = Role.DISPATCHER, **headers: str
    ) -> tuple[int, Any]:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        if role is not None:
            said["Authorization"] = f"Bearer {self.tokens[role]}"
        answer = _HTTP.request(method, self.url + path, body=body, headers=said)
        try:
            return answer.status, json.loads(answer.data)
        except ValueError:
            return answer.status, answer.data

    def file(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        return _HTTP.request("GET", self.url + path, headers={**self.visitor.fields("GET", path), **headers})


@contextmanager
def served(folder: Path, burst: int = 1_000_000) -> Iterator[Served]:
    with direct(folder) as there:
        identity = open_identity(there.store)
        ledger = Ledger(there.store, identity, there.clock)
        office = Office(there.store, identity, ledger, there.clock, Limits(there.clock, burst=burst))
        serving = server(make_app(office))
        with listening("127.0.0.1", 0) as listener:
            thread = Thread(target=serving.run, kwargs={"sockets": [listener]}, name="uvicorn")
            thread.start()
            try:
                made = Served(there, address("127.0.0.1", listener), office)
                yield made
                made.visitor.client.close()
                made.bay.store.close()
            finally:
                serving.should_exit = True
                thread.join()


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as made:
        yield made


@pytest.fixture
def key_id(central: Served, tmp_path: Path) -> str:
    """Of a laptop that central knows."""
    key = new_public_key()
    (tmp_path / "laptop.pem").write_text(key.pem)
    add_laptop(central.there.store, tmp_path / "laptop.pem", "Bay laptop", "2026-03-01T00:00:00.000Z")
    return key.key_id


def new_public_key() -> PublicKey:
    return PublicKey(ec.generate_private_key(ec.SECP256R1()).public_key())


ORDER = f"/v1/orders?id=wo-1&site={SITE}&title=Spring&release=2.6.0"


# -- for laptops


def test_a_laptop_syncs_both_catalogues_from_central(central: Served) -> None:
    there = central.there
    there.order()
    laptop = there.laptop()
    laptop.catalogue._headers = central.visitor.client.headers
    laptop.catalogue.sync(f"{central.url}/v1/images", f"{central.url}/v1/director")
    said = laptop.catalogue.directions()
    assert said is not None and len(said.orders) == 1
    (newest, *_) = laptop.catalogue.releases()
    assert laptop.catalogue.image(newest, SERIAL).release == newest


def test_a_file_goes_on_in_its_middle(central: Served) -> None:
    images = central.there.images
    file = next((images.mirror / "targets" / "lab").iterdir())
    whole, path = file.read_bytes(), f"/v1/images/targets/lab/{file.name}"
    answer = central.file(path)
    assert (answer.status, answer.data, answer.headers["Accept-Ranges"]) == (200, whole, "bytes")
    answer = central.file(path, Range="bytes=1000-")
    assert (answer.status, answer.data) == (206, whole[1000:])
    assert answer.headers["Content-Range"] == f"bytes 1000-{len(whole) - 1}/{len(whole)}"
    assert central.file(path, Range=f"bytes={len(whole)}-").status == 416


PATHS = (

    "metadata/", "metadata/..", "metadata/../../../director-key.pem", "metadata/%2e%2e%2fx.json",
    "metadata/..%2f..%2frepository%2fmetadata%2froot.json", "metadata/away.json", "metadata/link.json",
    "targets/../metadata/timestamp.json", "targets/%2e%2e/%2e%2e/%2e%2e/director-key.pem", "targets/",
    "targets/lab", "targets//etc/passwd", "targets/%2fetc%2fpasswd", "targets/link/secret", "targets/a\\..\\b",
    "targets/x%00y",
    "targets/half.part", "targets/missing", "repository/metadata/root.json", "",
)  # fmt: skip


@pytest.mark.parametrize("side", ["director", "images"])
def test_nothing_but_files_of_the_mirrors_can_be_named(central: Served, side: str) -> None:
    mirror = {"director": central.there.director.mirror, "images": central.there.images.mirror}[side]
    secret = central.there.central / "secret"
    secret.mkdir()
    (secret / "secret").write_text("not to be told")
    (mirror / "metadata" / "link.json").symlink_to(secret / "secret")
    (mirror / "targets").mkdir(exist_ok=True)
    (mirror / "targets" / "link").symlink_to(secret)
    (mirror / "targets" / "half.part").write_text("half")
    for path in PATHS:
        answer = _raw(central, f"/v1/{side}/{path}")
        assert answer.split(b"\r\n")[0].split()[1] in (b"403", b"404"), (path, answer[:200])
        assert b"not to be told" not in answer and b"PRIVATE" not in answer


def _raw(central: Served, path: str) -> bytes:
    """As an attacker sends it: no library tidies the path."""
    host, _, port = central.url.removeprefix("http://").partition(":")
    said = central.visitor.fields("GET", path, tidied=False)
    fields = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{fields}Connection: close\r\n\r\n".encode())
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


def test_a_laptop_that_asks_faster_than_central_likes_gets_everything_nevertheless(tmp_path: Path) -> None:
    with served(tmp_path, burst=4) as central:
        there = central.there
        there.order()
        for number in range(12):
            there.grant(id=f"grant-{number}")
        laptop = there.laptop()
        laptop.catalogue._headers = central.visitor.client.headers
        began = there.clock.now()
        laptop.catalogue.sync(f"{central.url}/v1/images", f"{central.url}/v1/director")
        said = laptop.catalogue.directions()
        assert said is not None and len(said.grants) == 12
        assert there.clock.now() > began, "it was asked to wait"


def test_no_answer_waits_for_the_other_ends_acknowledgement() -> None:
    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


# -- for people


def test_a_dispatcher_orders_out_of_a_spreadsheet_and_every_mistake_comes_back(central: Served) -> None:
    status, told = central.ask("POST", ORDER, inventory())
    assert (status, told["in_force"], told["order"]["chargers"][0]["serial"]) == (201, True, SERIAL)
    assert [one["id"] for one in central.ask("GET", "/v1/orders", role=Role.VIEWER)[1]["orders"]] == ["wo-1"]
    assert central.ask("POST", ORDER, inventory())[0] == 201, "the same again changes nothing"
    assert central.ask("POST", ORDER + "&days=7", inventory())[0] == 409
    lines = f"A,,{HARDWARE},{SITE},,,,\nB,{MODEL},{HARDWARE},{SITE},nowhere:99999,,,\n"
    status, told = central.ask("POST", ORDER + "&replace=true", inventory(lines))
    assert (status, told["code"]) == (422, "INVENTORY_BAD")
    assert [(one["line"], one["column"]) for one in told["mistakes"]] == [(2, "model"), (3, "addresses")]
    status, told = central.ask("POST", ORDER + "&replace=true&dry_run=true", inventory(f"A,{MODEL},R9,{SITE},,,,\n"))
    assert (status, told["code"], told["mistakes"][0]["line"]) == (422, "ORDER_BAD", 2)
    assert central.ask("DELETE", f"/v1/orders/{SITE}/wo-1")[0] == 200
    assert central.ask("DELETE", f"/v1/orders/{SITE}/wo-1")[0] == 404
    assert central.ask("GET", "/v1/orders")[1]["orders"] == []


def test_a_dry_run_signs_nothing(central: Served) -> None:
    status, told = central.ask("POST", ORDER + "&dry_run=true", inventory())
    assert (status, told["in_force"]) == (200, False)
    assert central.ask("GET", "/v1/orders")[1]["orders"] == []


def test_a_grant_is_issued_listed_and_revoked_and_stands_under_a_name(central: Served, key_id: str) -> None:
    asked = {
        "laptop": key_id,
        "actor": "tech-7",
        "actions": ["update"],
        "sites": [SITE],
        "serials": ["*"],
        "models": ["*"],
    }
    status, told = central.ask("POST", "/v1/grants", json.dumps({**asked, "days": 30}).encode())
    assert status == 201, told
    grant = told["grant"]["id"]
    assert [one["id"] for one in central.ask("GET", "/v1/grants", role=Role.VIEWER)[1]["grants"]] == [grant]
    assert central.ask("DELETE", f"/v1/grants/{grant}")[0] == 200
    assert central.ask("DELETE", f"/v1/grants/{grant}")[0] == 404
    status, told = central.ask("GET", "/v1/grants")
    assert (told["grants"], told["denylist"]["grants"]) == ([], [grant])
    status, told = central.ask("GET", "/v1/decisions", role=Role.VIEWER)
    assert {(one["who"], one["role"]) for one in told["decisions"] if one["subject"] == grant} == {
        ("a dispatcher", "dispatcher")
    }


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"actions": ["update", "downgrade"]}, 403, "DIRECT_ROLE_SMALL"),
        ({"actions": ["approve"]}, 400, "DIRECT_APPROVE_OFFLINE"),
        ({"actions": ["everything"]}, 400, "DIRECTION_BAD"),
        ({"actions": []}, 400, "DIRECTION_BAD"),
        ({"laptop": "ab" * 32}, 400, "DIRECT_ASKED_BAD"),
        ({"laptop": ""}, 400, "DIRECT_ASKED_BAD"),
        ({"laptop": 5}, 400, "DIRECTION_BAD"),
        ({"days": LONGEST.days + 1}, 400, "DIRECT_ASKED_BAD"),
        ({"days": True}, 400, "DIRECT_ASKED_BAD"),
        ({"expires": "2026-03-20T00:00:00Z"}, 400, "DIRECT_ASKED_BAD"),
        ({"days": None, "expires": "2027-03-20T00:00:00Z"}, 400, "DIRECT_ASKED_BAD"),
        ({"epoch": 7}, 400, "DIRECT_ASKED_BAD"),
        ({"pin": "scrypt$"}, 400, "DIRECT_ASKED_BAD"),
        ({"id": "../../evil"}, 400, "DIRECTION_BAD"),
        ({"sites": "north"}, 400, "DIRECTION_BAD"),
        ({"max_uses": 0}, 400, "DIRECTION_BAD"),
    ],
)
def test_what_may_not_be_granted_is_refused_by_name(
    central: Served, key_id: str, change: dict[str, object], status: int, code: str
) -> None:
    asked = {
        "laptop": key_id, "actor": "tech-7", "actions": ["update"], "sites": [SITE], "serials": ["*"], "models": ["*"],
        "days": 30, **change,
    }  # fmt: skip
    found, told = central.ask("POST", "/v1/grants", json.dumps(asked).encode())
    assert (found, told["code"]) == (status, code), told
    assert central.there.director.said().grants == ()


def test_a_lost_laptop_is_denied_at_once(central: Served) -> None:
    lost = "cd" * 32
    status, told = central.ask("POST", "/v1/denylist", json.dumps({"laptops": [lost]}).encode())
    assert (status, told["laptops"]) == (200, [lost])
    laptop = central.there.laptop()
    central.there.sync(laptop)
    said = laptop.catalogue.directions()
    assert said is not None and said.denylist.laptops == {lost}


@pytest.mark.parametrize(
    ("method", "path", "least"),
    [
        ("GET", "/v1/orders", Role.VIEWER),
        ("POST", ORDER, Role.DISPATCHER),
        ("DELETE", f"/v1/orders/{SITE}/wo-1", Role.DISPATCHER),
        ("GET", "/v1/grants", Role.VIEWER),
        ("POST", "/v1/grants", Role.DISPATCHER),
        ("DELETE", "/v1/grants/abc", Role.DISPATCHER),
        ("POST", "/v1/denylist", Role.DISPATCHER),
        ("GET", "/v1/decisions", Role.VIEWER),
        ("GET", "/v1/directing", Role.VIEWER),
    ],
)
def test_nobody_directs_without_a_token_of_enough_weight(central: Served, method: str, path: str, least: Role) -> None:
    body = b"{}" if method == "POST" else None
    for role in Role:
        status, told = central.ask(method, path, body, role)
        assert (told.get("code") == "ENTRY_ROLE") is not role.covers(least), (role, told)
    assert central.ask(method, path, body, None)[1]["code"] == "ENTRY_TOKEN_NEEDED"
    for wrong in ("Bearer ", "Bearer fieldtool-" + "0" * 16 + "-" + "A" * 43, "Basic YTpi", "Bearer x y"):
        status, told = central.ask(method, path, body, None, Authorization=wrong)
        assert status in (400, 401, 403) and told["code"].startswith("ENTRY_"), told
    assert central.there.director.said().orders == ()


def test_too_much_at_once_is_refused_before_it_is_read(central: Served) -> None:
    status, told = central.ask("POST", "/v1/grants", b" " * (65 << 10))
    assert (status, told["code"]) == (413, "CENTRAL_TOO_LARGE")


def test_a_worker_renews_the_timestamp_by_itself(central: Served) -> None:
    there = central.there
    before = hashlib.sha256((there.director.mirror / "metadata" / "timestamp.json").read_bytes()).digest()
    there.clock.advance(3 * DAY)
    with renewal(central.office):
        pass  # its first look is at its beginning
    after = hashlib.sha256((there.director.mirror / "metadata" / "timestamp.json").read_bytes()).digest()
    assert before != after
    there.director.said().verified.check_time(there.clock.now() + 6 * DAY)
