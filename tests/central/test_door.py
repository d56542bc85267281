"""Nobody comes in who may not: every route is asked with every kind of credential that is wrong, and with the right."""

import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3
from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.staticfiles import StaticFiles

from fieldtool.audit.keys import PrivateKey
from fieldtool.audit.record import Event
from fieldtool.central import door as door_module
from fieldtool.central import server
from fieldtool.central.certificates import open_authority
from fieldtool.central.door import COOKIE, only_behind, routes_in
from fieldtool.central.enrolment import Enrolments
from fieldtool.central.office import LAPTOP, Caller, Office, asked_by, caller_of
from fieldtool.central.people import People, Role
from fieldtool.central.turned_away import TurnedAway
from fieldtool.core.clock import SystemClock
from fieldtool.sync.signed_request import signed
from tests.audit.support import Laptop
from tests.central.support import Central, Visitor, central

# Open to anyone, and why.
OPEN = {
    ("GET", "/health"): "monitors have no token; it says nothing but that it lives",
    ("GET", "/v1/key"): "a public key, which is worth nothing before somebody typed its fingerprint",
    ("GET", "/v1/authority"): "a public certificate, introduced by that key",
    ("POST", "/v1/enrolments"): "who asks to be let in has nothing to show yet; it waits for a person",
    ("GET", "/v1/enrolments/{request_id}"): "whoever knows 256 random bits learns whether their laptop was let in",
    ("GET", "/central.css"): "the login page needs it",
    ("GET", "/login"): "where a token is typed",
    ("POST", "/login"): "checks the token itself",
    ("POST", "/logout"): "ends the session of whoever has its cookie, and nothing else",
}
NOT_LET_IN = {
    "ENTRY_UNSIGNED", "ENTRY_SIGNATURE_BAD", "ENTRY_CLOCK", "ENTRY_REPLAYED", "ENTRY_UNKNOWN", "ENTRY_EXPIRED",
    "ENTRY_TOKEN_NEEDED", "ENTRY_TOKEN_BAD", "ENTRY_ROLE", "LAPTOP_REVOKED", "CENTRAL_CLOSED", "login",
}  # fmt: skip


class Shifted:
    """The system's clock, which a test moves on."""

    def __init__(self) -> None:
        self._real = SystemClock()
        self.by = timedelta()
        self.monotonic, self.wait = self._real.monotonic, self._real.wait

    def now(self) -> datetime:
        return self._real.now() + self.by


class Scene:
    def __init__(self, there: Central, here: Laptop, folder: Path, clock: Shifted) -> None:
        self.there, self.here, self.clock = there, here, clock
        here.log.record(Event("seen"))
        self.visitor = Visitor(there, here.log, folder / "key.pem", clock)
        self.people = People(there.store, clock)
        self.tokens = {role: self.people.add(f"a {role}", role)[1] for role in Role}
        self.enrolments = Enrolments(there.store, open_authority(there.store, there.identity, clock), clock)
        self.pool = urllib3.PoolManager(retries=False)

    def ask(self, method: str, path: str, fields: dict[str, str], body: bytes = b"") -> str:
        """What it was refused for; "" = let in. A page sends to the login instead."""
        answer = self.pool.request(method, self.there.url + path, headers=fields, body=body, redirect=False)
        if answer.status == 303 and answer.headers["Location"].startswith("/login"):
            return "login"
        if answer.status == 403 and b"This page cannot be shown" in answer.data:
            return "ENTRY_ROLE"
        told: Any = None
        with suppress(ValueError):
            told = json.loads(answer.data)
        code = str(told.get("code", "")) if isinstance(told, dict) else ""
        assert (answer.status in (401, 403)) <= (code in NOT_LET_IN), (method, path, answer.status, answer.data[:200])
        return code if code in NOT_LET_IN else ""

    def signed(self, method: str, path: str, body: bytes = b"") -> dict[str, str]:
        return self.visitor.fields(method, path, body)

    def token(self, role: Role) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[role]}"}


@pytest.fixture
def scene(here: Laptop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setattr(door_module, "FAILURES", 1_000_000)
    clock = Shifted()
    with central(tmp_path / "central", clock=clock) as there:
        made = Scene(there, here, tmp_path, clock)
        yield made
        made.visitor.client.close()
        made.pool.clear()


def _all(scene: Scene) -> list[tuple[str, str, Caller]]:
    """Method, path and declared caller of every route that central has."""
    office = Office(scene.there.store, scene.there.identity, scene.there.ledger, scene.clock, None)  # type: ignore[arg-type]  # it answers nobody here
    found = []
    for routes in server.ROUTES:
        for path, route in routes_in(routes(office)):
            caller = caller_of(route)
            assert caller is not None, f"{path} says nobody who may call it"
            found += [(method, path, caller) for method in sorted(route.methods)]
    return found


def _filled(path: str) -> str:
    """A path with something in its places."""
    for name, value in {
        "log": "ab" * 16,
        "sha256": "cd" * 32,
        "request_id": "ef" * 32,
        "code": "AAAA-AAAA-AAAA",
    }.items():
        path = path.replace("{" + name + "}", value)
    parts = [("x" if part.startswith("{") else part) for part in path.split("/")]
    return "/".join(parts)


def _of(scene: Scene, kind: str) -> list[tuple[str, str, Caller]]:
    return [(method, _filled(path), caller) for method, path, caller in _all(scene) if caller.kind == kind]


# ---- the matrix -----------------------------------------------------------------------------------------------------


def test_only_these_are_open_to_anyone(scene: Scene) -> None:
    assert {(method, path) for method, path, caller in _all(scene) if caller.kind == "anyone"} == set(OPEN)


def test_without_credentials_nothing_else_answers(scene: Scene) -> None:
    for method, path, caller in _of(scene, "laptop") + _of(scene, "person"):
        assert scene.ask(method, path, {}) in ("ENTRY_UNSIGNED", "ENTRY_TOKEN_NEEDED", "login"), (method, path, caller)


def test_laptops_routes_take_a_laptop_and_nobody_else(scene: Scene) -> None:
    routes = _of(scene, "laptop")
    assert len(routes) >= 6
    key, stranger = scene.here.log.key(), PrivateKey.new()
    assert key is not None
    own = scene.signed("GET", "/")["Signature-Input"].partition('keyid="')[2][:64]
    now = int(scene.clock.now().timestamp())
    for number, (method, path, _) in enumerate(routes):
        nonce = f"{number:032x}"
        assert scene.ask(method, path, scene.token(Role.ADMIN)) == "ENTRY_UNSIGNED"
        assert scene.ask(method, path, signed(key, "ab" * 32, method, path, b"", now, nonce)) == "ENTRY_UNKNOWN"
        assert scene.ask(method, path, signed(stranger, own, method, path, b"", now, nonce)) == "ENTRY_SIGNATURE_BAD"
        assert scene.ask(method, path, signed(key, own, method, path, b"", now - 400, nonce)) == "ENTRY_CLOCK"
        other = signed(key, own, method, path + "/x", b"", now, nonce)
        assert scene.ask(method, path, other) == "ENTRY_SIGNATURE_BAD"
        right = signed(key, own, method, path, b"", now, nonce)
        assert scene.ask(method, path, right) == "", (method, path)
        assert scene.ask(method, path, right) == "ENTRY_REPLAYED"


def test_an_ended_certificate_brings_records_and_documents_for_90_days_and_nothing_else(scene: Scene) -> None:
    for days, wanted in ((31, {"records", "late"}), (119, {"records", "late"}), (121, set())):
        scene.clock.by = timedelta(days=days)
        for method, path, caller in _of(scene, "laptop"):
            expected = "" if caller.role in wanted else "ENTRY_EXPIRED"
            assert scene.ask(method, path, scene.signed(method, path)) == expected, (days, method, path)


def test_a_laptop_that_was_shut_out_is_out_at_once_everywhere(scene: Scene) -> None:
    scene.enrolments.revoke("a laptop", "test", "stolen")
    for method, path, _ in _of(scene, "laptop"):
        query = "?nonce=" + "0" * 32 + "&size=1&root=" + "0" * 64 if path.endswith("/records") else ""
        assert scene.ask(method, path + query, scene.signed(method, path + query)) == "LAPTOP_REVOKED", (method, path)


def test_peoples_routes_take_a_person_with_the_role_and_nobody_else(scene: Scene) -> None:
    routes = _of(scene, "person")
    assert len(routes) >= 15
    removed = scene.people.add("removed", Role.ADMIN)[1]
    scene.people.remove("removed")
    real = scene.tokens[Role.ADMIN]
    wrong = (
        removed,
        real[:-1] + ("A" if real[-1] != "A" else "B"),
        "x",
        "",
        real.replace("fieldtool-", "fieldtool-0", 1),
    )
    for method, path, caller in routes:
        assert scene.ask(method, path, scene.signed(method, path)) in ("ENTRY_TOKEN_NEEDED", "login")
        for token in wrong:
            refused = scene.ask(method, path, {"Authorization": f"Bearer {token}"})
            assert refused in ("ENTRY_TOKEN_BAD", "login"), (method, path, token)
        for role in Role:
            expected = "" if role.covers(Role(caller.role)) else "ENTRY_ROLE"
            assert scene.ask(method, path, scene.token(role)) == expected, (method, path, role)


def test_a_session_looks_and_changes_nothing(scene: Scene) -> None:
    secret = scene.people.open_session(scene.people.by_token(scene.tokens[Role.ADMIN]))
    cookie = {"Cookie": f"{COOKIE}={secret}"}
    for method, path, _ in _of(scene, "person"):
        expected = ("",) if method == "GET" else ("ENTRY_TOKEN_NEEDED", "login")
        assert scene.ask(method, path, cookie) in expected, (method, path)
    scene.clock.by = timedelta(hours=13)
    assert scene.ask("GET", "/openapi.json", cookie) == "ENTRY_TOKEN_NEEDED"


def test_roles_are_what_the_guide_says() -> None:
    assert {role: [other for other in Role if role.covers(other)] for role in Role} == {
        Role.VIEWER: [Role.VIEWER],
        Role.DISPATCHER: [Role.VIEWER, Role.DISPATCHER],
        Role.APPROVER: [Role.VIEWER, Role.APPROVER],
        Role.ADMIN: list(Role),
    }


# ---- what is served past it -----------------------------------------------------------------------------------------


def test_what_would_be_served_past_the_door_is_found_at_the_start(tmp_path: Path) -> None:
    mounted, unknown = APIRouter(), APIRouter()
    mounted.mount("/files", StaticFiles(directory=tmp_path))
    unknown.add_api_route("/x", lambda: "", openapi_extra=asked_by(Caller("robot")))
    for router in (mounted, unknown):
        with pytest.raises(ValueError, match="door|caller"):
            only_behind(router)


def test_no_route_reads_a_body_before_the_door_is_asked(scene: Scene) -> None:
    """FastAPI reads what it is to parse itself before any dependency: unbounded, and of anybody."""
    office = Office(scene.there.store, scene.there.identity, scene.there.ledger, scene.clock, None)  # type: ignore[arg-type]  # it answers nobody here
    every = [route for routes in server.ROUTES for _, route in routes_in(routes(office))]
    assert [route.path for route in every if isinstance(route, APIRoute) and route.body_field is not None] == []


def test_a_body_that_is_not_the_signed_one_reaches_no_route(
    here: Laptop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[bytes] = []

    def echo(_office: Office) -> APIRouter:
        router = APIRouter()

        @router.post("/v1/echo", openapi_extra=asked_by(LAPTOP))
        async def take(request: Request) -> dict[str, str]:
            reached.append(await request.body())
            return {}

        return router

    monkeypatch.setattr(server, "ROUTES", (*server.ROUTES, echo))
    here.log.record(Event("seen"))
    with central(tmp_path / "central") as there:
        visitor = Visitor(there, here.log, tmp_path / "key.pem")
        with urllib3.PoolManager(retries=False) as pool:
            for body, status in ((b"y" * 200_000, 401), (b"x" * 199_999, 401), (b"", 401), (b"x" * 200_000, 200)):
                fields = visitor.fields("POST", "/v1/echo", b"x" * 200_000)
                assert pool.request("POST", there.url + "/v1/echo", body=body, headers=fields).status == status
        visitor.client.close()
    assert [hashlib.sha256(one).digest() for one in reached] == [hashlib.sha256(b"x" * 200_000).digest()]


# ---- whoever tries --------------------------------------------------------------------------------------------------


def test_whoever_tries_tokens_has_to_wait_and_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "FAILURES", 3)
    monkeypatch.setattr(door_module, "FORGIVEN", 0.0)
    with central(tmp_path / "central") as there, urllib3.PoolManager(retries=False) as pool:
        token = People(there.store, SystemClock()).add("ada", Role.ADMIN)[1]

        def ask(sent: str) -> int:
            return pool.request("GET", there.url + "/openapi.json", headers={"Authorization": f"Bearer {sent}"}).status

        assert [ask("x") for _ in range(5)] == [401, 401, 401, 429, 429]
        assert ask(token) == 429  # from this address for now
        (counted,) = TurnedAway(there.store, SystemClock()).all()
        assert (counted.peer, counted.count, counted.why) == ("127.0.0.1", 3, "ENTRY_TOKEN_BAD")


def test_a_right_token_never_uses_up_the_patience(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "FAILURES", 3)
    with central(tmp_path / "central") as there, urllib3.PoolManager(retries=False) as pool:
        token = People(there.store, SystemClock()).add("ada", Role.VIEWER)[1]
        fields = {"Authorization": f"Bearer {token}"}
        assert {pool.request("GET", there.url + "/openapi.json", headers=fields).status for _ in range(20)} == {200}


def test_a_nonce_counts_at_every_worker_on_the_database(scene: Scene) -> None:
    """Stateless workers: what one let in, the other one knows."""
    path = "/v1/certificates"
    fields = scene.signed("POST", path)
    with central(scene.there.store.folder, clock=scene.clock) as second:
        assert scene.ask("POST", path, fields) == ""
        host, _, port = second.url.removeprefix("http://").rpartition(":")
        with socket.create_connection((host, int(port))) as raw:
            lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
            raw.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\n{lines}Connection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert b"ENTRY_REPLAYED" in answer
