"""A laptop is let in by a code that a person approves, keeps its certificate fresh by itself, and can be shut out."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import func, insert, select, update

from fieldtool.audit.keys import LaptopKey, PrivateKey
from fieldtool.audit.record import Event
from fieldtool.audit.rollover import introduction
from fieldtool.central import enrolment as enrolment_module
from fieldtool.central.certificates import KEY_FILE, Authority, open_authority
from fieldtool.central.enrolment import Application, Enrolments, application_of
from fieldtool.central.entry_tables import certificate, enrolment, kept_apart
from fieldtool.central.identity import open_identity, open_store
from fieldtool.central.standing import Standing, Standings, admitted
from fieldtool.central.tables import laptop
from fieldtool.core.errors import RefusedError, SyncError, UsageError
from fieldtool.core.texts import Text
from fieldtool.sync.certificates import CertificateRequest, request_for
from fieldtool.sync.client import CentralAddress, SyncClient
from fieldtool.sync.enrol import PassState
from tests.audit.support import Laptop
from tests.central.support import Central, ask, central, central_command
from tests.central.test_door import Shifted


@dataclass
class Scene:
    there: Central
    here: Laptop
    clock: Shifted
    client: SyncClient
    enrolments: Enrolments
    standings: Standings

    def state(self) -> PassState:
        return self.client.laptop.state(self.there.address.key)

    def refusal(self) -> SyncError:
        with pytest.raises(SyncError) as refused:
            self.client.push()
        return refused.value

    def let_in(self) -> None:
        assert self.refusal().text is Text.ENROL_WAITS
        self.enrolments.approve(self.state().code, "grace")
        self.client.push()

    def shown(self) -> str:
        """Id of the certificate that the laptop signs with."""
        head = self.client.laptop.head("GET", self.there.url + "/", b"", self.there.address.key)
        return head.fields["Signature-Input"].partition('keyid="')[2][:64]

    def standing(self, certificate_id: str) -> Standing:
        found = self.standings.of(certificate_id)
        assert found is not None
        return found.standing


@pytest.fixture
def scene(here: Laptop, tmp_path: Path) -> Iterator[Scene]:
    clock = Shifted()
    here.log.record(Event("seen"))
    with central(tmp_path / "central", clock=clock) as there:
        client = SyncClient(here.log, lambda: there.address, clock=clock)
        authority = open_authority(there.store, there.identity, clock)
        enrolments, standings = Enrolments(there.store, authority, clock), Standings(there.store, authority, clock)
        yield Scene(there, here, clock, client, enrolments, standings)
        client.close()


# ---- let in ---------------------------------------------------------------------------------------------------------


def test_a_laptop_is_let_in_by_the_code_that_it_shows(scene: Scene) -> None:
    refused = scene.refusal()
    assert refused.text is Text.ENROL_WAITS
    (waiting,) = scene.enrolments.waiting()
    assert waiting.code == refused.params["code"] == scene.state().code
    assert scene.refusal().params["code"] == waiting.code  # it stays the same
    typed = waiting.code.lower().replace("-", " ")  # as somebody writes it down on the telephone
    scene.enrolments.approve(typed, "grace")
    assert scene.client.push() == 2
    state = scene.state()
    assert (state.state, state.code) == ("approved", "")
    assert state.until is not None
    assert timedelta(days=29, hours=23) < state.until - scene.clock.now() <= timedelta(days=30)


def test_nothing_goes_up_before_somebody_approved(scene: Scene) -> None:
    scene.refusal()
    assert scene.there.envelopes(str(scene.here.log.log_id())) == []
    assert scene.here.log.pending() == 2


def test_who_is_refused_is_told_and_may_ask_again(scene: Scene) -> None:
    scene.refusal()
    first = scene.state().code
    scene.enrolments.refuse(first, "grace")
    assert scene.refusal().params["by"] == "grace"
    assert scene.refusal().text is Text.ENROL_REFUSED  # it does not ask again by itself
    with pytest.raises(SyncError) as waits:
        scene.client.enrol(scene.there.address, "Bay laptop")
    assert waits.value.text is Text.ENROL_WAITS
    (waiting,) = scene.enrolments.waiting()
    assert (waiting.name, waiting.code != first) == ("Bay laptop", True)


def test_a_request_that_nobody_decides_about_is_asked_again_after_a_week(scene: Scene) -> None:
    scene.refusal()
    scene.clock.by = timedelta(days=8)
    assert scene.enrolments.waiting() == []
    code = str(scene.refusal().params["code"])
    scene.enrolments.approve(code, "grace")
    assert scene.client.push() == 2


def test_a_key_that_an_administrator_added_needs_no_further_approval_once(scene: Scene, tmp_path: Path) -> None:
    assert scene.refusal().text is Text.ENROL_WAITS  # it asked before
    scene.there.know(scene.here.log, tmp_path / "key.pem")
    assert scene.client.push() == 2
    scene.clock.by = timedelta(days=31)
    scene.here.log.record(Event("seen"))
    scene.client.push()
    assert scene.state().state == "ended"  # an ended certificate needs a person again
    assert len(scene.enrolments.waiting()) == 1


def test_two_laptops_with_one_code_are_both_kept_out(scene: Scene) -> None:
    scene.refusal()
    with scene.there.store.write() as unit:
        row = dict(unit.execute(select(enrolment)).mappings().one())
        unit.execute(insert(enrolment).values(**{**row, "id": "ab" * 32}))
    with pytest.raises(RefusedError) as refused:
        scene.enrolments.approve(scene.state().code, "grace")
    assert refused.value.text is Text.ENROL_AMBIGUOUS


@pytest.mark.parametrize("typed", ["AAAA-AAAA-AAAA", "", "%", "0000000000000000", "x" * 400])
def test_a_code_that_nobody_shows_lets_nobody_in(scene: Scene, typed: str) -> None:
    scene.refusal()
    with pytest.raises(RefusedError) as refused:
        scene.enrolments.approve(typed, "grace")
    assert refused.value.text is Text.ENROL_UNKNOWN


def test_an_administrator_approves_lists_and_revokes_at_the_command_line(scene: Scene) -> None:
    scene.refusal()
    data = ("--data", str(scene.there.store.folder))
    listed = central_command("laptop", "list", *data).stdout
    assert f"WAITS {scene.state().code}" in listed
    assert "is let in for 30 days" in central_command("laptop", "approve", scene.state().code, *data).stdout
    scene.client.push()
    told = json.loads(central_command("laptop", "list", *data, "--json").stdout)
    (known,) = told["laptops"]
    assert (known["records"], known["pass"]["revoked"], told["waiting"]) == (2, None, [])
    done = central_command("laptop", "revoke", known["key_id"][:16], "--why", "left in a train", *data)
    assert "is shut out" in done.stdout
    assert "SHUT OUT" in central_command("laptop", "list", *data).stdout
    scene.here.log.record(Event("seen"))
    assert scene.refusal().text is Text.LAPTOP_REVOKED


# ---- as time goes by ------------------------------------------------------------------------------------------------


def test_a_certificate_is_renewed_by_itself_when_little_is_left(scene: Scene) -> None:
    scene.let_in()
    first = scene.shown()
    scene.clock.by = timedelta(days=19)
    scene.client.push()
    assert scene.shown() == first
    scene.clock.by = timedelta(days=21)
    scene.client.push()
    second = scene.shown()
    assert second != first
    assert scene.standing(second) is Standing.VALID
    scene.clock.by = timedelta(days=45)
    scene.here.log.record(Event("seen"))
    scene.client.push()
    assert scene.state().state == "approved"
    assert scene.enrolments.waiting() == []


def test_records_still_go_up_when_the_certificate_has_ended_and_the_next_one_waits(scene: Scene) -> None:
    scene.let_in()
    scene.clock.by = timedelta(days=60)
    scene.here.log.record(Event("seen"))
    assert scene.client.push() == 1
    state = scene.state()
    assert (state.state, bool(state.code)) == ("ended", True)
    scene.enrolments.approve(state.code, "grace")
    scene.client.push()
    assert scene.state().state == "approved"


def test_a_laptop_that_was_away_for_half_a_year_waits_for_approval_with_its_records(scene: Scene) -> None:
    scene.let_in()
    scene.clock.by = timedelta(days=180)
    scene.here.log.record(Event("seen"))
    assert scene.refusal().text is Text.ENTRY_EXPIRED
    assert scene.refusal().text is Text.ENROL_WAITS
    assert scene.here.log.pending() == 1
    scene.enrolments.approve(scene.state().code, "grace")
    assert scene.client.push() == 1


@pytest.mark.parametrize("hours", [-7, 7])
def test_a_laptop_whose_clock_is_wrong_signs_once_more_with_central_s_time(scene: Scene, hours: int) -> None:
    scene.let_in()
    scene.here.log.record(Event("seen"))
    wrong = Shifted()
    wrong.by = timedelta(hours=hours)
    client = SyncClient(scene.here.log, lambda: scene.there.address, clock=wrong)
    assert client.push() == 1
    client.close()


def test_a_time_that_central_did_not_sign_is_not_believed(scene: Scene) -> None:
    """Or somebody in between could have requests signed for next year, and send them then."""
    scene.let_in()
    key, nonce = scene.there.identity.key, "ab" * 16
    lie = {"now": "2030-01-01T00:00:00.000Z"}
    for proof in ("", "AAAA", b64encode(key.sign(b"other")).decode(), b64encode(PrivateKey.new().sign(b"x")).decode()):
        answer = {"code": "ENTRY_CLOCK", "params": lie, "proof": proof}
        assert not scene.client.laptop.set_right(answer, nonce, key.public_key())


# ---- shut out -------------------------------------------------------------------------------------------------------


def test_what_a_laptop_brings_that_was_shut_out_is_kept_apart(scene: Scene) -> None:
    scene.let_in()
    scene.enrolments.revoke(str(scene.here.log.key_id())[:16], "grace", "left in a train")
    scene.here.log.record(Event("seen"))
    for _ in range(2):  # a repeated push adds no evidence
        refused = scene.refusal()
        assert (refused.text, refused.params["why"]) == (Text.LAPTOP_REVOKED, "left in a train")
    log = str(scene.here.log.log_id())
    assert len(scene.there.envelopes(log)) == 2
    with scene.there.store.read() as connection:
        assert connection.execute(select(kept_apart.c.envelope)).scalars().all() == scene.here.log.envelopes(2, 9)
    assert admitted(scene.there.store)[str(scene.here.log.key_id())].apart == 1
    assert scene.here.log.pending() == 1


def test_a_laptop_that_was_shut_out_cannot_ask_again_under_another_key_of_its_log(scene: Scene) -> None:
    scene.let_in()
    scene.enrolments.revoke(str(scene.here.log.key_id()), "grace", "stolen")
    scene.here.log.roll(PrivateKey.new())
    assert scene.refusal().text is Text.LAPTOP_REVOKED
    assert scene.enrolments.waiting() == []
    with scene.there.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(certificate)).scalar_one() == 1


@pytest.mark.parametrize("named", ["nobody", "", "ab", "%", "_" * 16])
def test_a_name_that_is_not_exactly_one_laptop_shuts_nobody_out(scene: Scene, named: str) -> None:
    scene.let_in()
    with pytest.raises(RefusedError) as refused:
        scene.enrolments.revoke(named, "grace", "x")
    assert refused.value.text is Text.LAPTOP_NOT_FOUND


# ---- another key ----------------------------------------------------------------------------------------------------


def test_after_a_roll_over_the_new_key_is_let_in_by_the_old_one_s_word(scene: Scene) -> None:
    scene.let_in()
    old = scene.shown()
    scene.here.log.roll(PrivateKey.new())
    scene.here.log.roll(PrivateKey.new())  # twice before the next sync
    assert scene.client.push() == 2
    assert scene.enrolments.waiting() == []
    assert scene.standing(scene.shown()) is Standing.VALID
    assert scene.standing(old) is Standing.EXPIRED  # it has ended with its key


def test_a_thief_with_the_old_key_cannot_introduce_his_own_after_the_true_one_came_up(scene: Scene) -> None:
    scene.let_in()
    old = scene.here.log.key()
    assert isinstance(old, PrivateKey)
    asks, thief = _application(scene.here), PrivateKey.new()
    scene.here.log.roll(PrivateKey.new())
    scene.client.push()
    forged = _introduced_by(scene.here, old, thief)
    stolen = Application(CertificateRequest.opened(request_for(thief, thief.public, "x")), asks.log, forged, "")
    with pytest.raises(RefusedError) as refused:
        scene.enrolments.ask(stolen, "198.51.100.7")
    assert refused.value.text is Text.ENROL_OTHER_KEY


def test_a_key_only_waits_when_none_of_those_before_it_was_ever_let_in(scene: Scene) -> None:
    scene.here.log.roll(PrivateKey.new())
    assert scene.refusal().text is Text.ENROL_WAITS


def _application(here: Laptop) -> Application:
    key = LaptopKey(here.keystore).get()
    first = here.log.first_key()
    assert key is not None
    assert first is not None
    content = {
        "csr": b64encode(request_for(key, key.public, "x")).decode(),
        "first": first.spki,
        "records": [here.log.envelopes(0, 1)[0].decode()],
    }
    return application_of(json.dumps(content).encode())


def _introduced_by(here: Laptop, old: PrivateKey, new: PrivateKey) -> tuple[object, ...]:
    assert introduction(str(here.log.log_id()), old, new).seen["key"] == new.key_id
    return (old.public, new.public)


# ---- what is believed -----------------------------------------------------------------------------------------------


def test_a_row_in_the_database_lets_nobody_in_without_the_authority_s_key(scene: Scene, tmp_path: Path) -> None:
    scene.let_in()
    own = scene.shown()
    other_store = open_store(tmp_path / "other")
    other = open_authority(other_store, open_identity(other_store), scene.clock)
    thief = PrivateKey.new()
    pem = other.issue(thief.public, "x", str(scene.here.log.key_id()), scene.clock.now())
    other_store.close()
    with scene.there.store.write() as unit:
        unit.execute(update(certificate).where(certificate.c.id == own).values(pem=pem))
    with pytest.raises(RefusedError) as refused:
        scene.standings.of(own)
    assert refused.value.text is Text.CERTIFICATE_BAD


def test_a_certificate_counts_for_the_laptop_that_it_names_whatever_the_database_says(scene: Scene) -> None:
    scene.let_in()
    own = scene.shown()
    with scene.there.store.write() as unit:
        unit.execute(insert(laptop).values(key_id="ab" * 32, public_key="x", name="other", added="x"))
        unit.execute(update(certificate).where(certificate.c.id == own).values(laptop="ab" * 32))
    with pytest.raises(RefusedError) as refused:
        scene.standings.of(own)
    assert refused.value.text is Text.CERTIFICATE_BAD


def test_an_authority_that_the_receipt_key_did_not_introduce_is_not_believed(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody in between gives the laptop a certificate of his own."""
    scene.refusal()
    scene.enrolments.approve(scene.state().code, "grace")
    real = scene.client._request

    def between(method: str, where: CentralAddress, path: str, body: bytes | None = None) -> tuple[int, object]:
        status, answer = real(method, where, path, body)
        if path == "/v1/authority":
            answer = {**answer, "signature": b64encode(bytes(64)).decode()}
        return status, answer

    monkeypatch.setattr(scene.client, "_request", between)
    assert scene.refusal().text is Text.CERTIFICATE_BAD
    assert scene.state().state == "waiting"


def test_a_central_with_another_key_than_was_typed_gets_no_request(scene: Scene) -> None:
    client = SyncClient(scene.here.log, lambda: CentralAddress(scene.there.url, "SHA256:" + "A" * 43))
    with pytest.raises(SyncError) as refused:
        client.enrol(CentralAddress(scene.there.url, "SHA256:" + "A" * 43), "x")
    client.close()
    assert refused.value.text is Text.CENTRAL_KEY_OTHER
    assert scene.enrolments.waiting() == []


def test_a_certificate_that_central_does_not_know_any_more_is_asked_for_anew(scene: Scene) -> None:
    """Central was set back to an old copy."""
    scene.let_in()
    with scene.there.store.write() as unit:
        unit.execute(certificate.delete())
    scene.here.log.record(Event("seen"))
    assert scene.refusal().text is Text.ENTRY_UNKNOWN
    assert scene.refusal().text is Text.ENROL_WAITS


def test_a_pass_of_one_central_is_none_at_another(scene: Scene) -> None:
    scene.let_in()
    assert scene.client.laptop.state("SHA256:" + "B" * 43).state == "none"


def test_throw_away_keys_are_not_let_in(scene: Scene) -> None:
    asks = _application(scene.here)
    with pytest.raises(RefusedError) as refused:
        scene.enrolments.ask(Application(asks.request, asks.log, asks.chain, "ab" * 32), "x")
    assert refused.value.text is Text.LAPTOP_THROW_AWAY


# ---- strangers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told | {"x": 1},
        lambda told: {"csr": told["csr"]},
        lambda told: told | {"csr": "AAAA"},
        lambda told: told | {"csr": 5},
        lambda told: told | {"csr": told["csr"][:-8] + "AAAAAAA="},
        lambda told: told | {"first": PrivateKey.new().public.spki},
        lambda told: told | {"records": []},
        lambda told: told | {"records": told["records"] * 2},
        lambda told: told | {"records": ["x"]},
        lambda told: told | {"records": [5]},
        lambda told: told | {"records": told["records"] * 101},
        lambda told: [],
        lambda told: None,
    ],
)
def test_a_request_that_does_not_hold_is_refused(scene: Scene, change: Callable[[dict[str, object]], object]) -> None:
    key, first = LaptopKey(scene.here.keystore).get(), scene.here.log.first_key()
    assert key is not None
    assert first is not None
    told: dict[str, object] = {
        "csr": b64encode(request_for(key, key.public, "x")).decode(),
        "first": first.spki,
        "records": [scene.here.log.envelopes(0, 1)[0].decode()],
    }
    assert ask(scene.there, "POST", "/v1/enrolments", json.dumps(told).encode())[0] == 200  # or this proves nothing
    status, answer = ask(scene.there, "POST", "/v1/enrolments", json.dumps(change(told)).encode())
    assert (status, answer["code"]) == (400, "ENROL_REQUEST_BAD")


def test_a_request_for_somebody_else_s_key_is_refused(scene: Scene) -> None:
    key = PrivateKey.new()
    first = scene.here.log.first_key()
    assert first is not None
    told = {
        "csr": b64encode(request_for(key, key.public, "x")).decode(),
        "first": first.spki,
        "records": [scene.here.log.envelopes(0, 1)[0].decode()],
    }
    assert ask(scene.there, "POST", "/v1/enrolments", json.dumps(told).encode())[1]["code"] == "ENROL_REQUEST_BAD"


def test_strangers_cannot_fill_the_disk_with_requests(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolment_module, "MAX_WAITING", 3)
    key = LaptopKey(scene.here.keystore).get()
    assert key is not None
    asks = _application(scene.here)
    told = []
    for _ in range(5):
        request = CertificateRequest.opened(request_for(key, key.public, "x"))
        try:
            scene.enrolments.ask(Application(request, asks.log, asks.chain, ""), "198.51.100.7")
        except RefusedError as refused:
            told.append(refused.text)
    assert told == [Text.ENROL_FULL] * 2
    with scene.there.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(enrolment)).scalar_one() == 3


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Bay\x1b[2J laptop", "Bay [2J laptop"), ("\u202eevil", "evil"), ("", "laptop"), ("x" * 500, "x" * 64)],
)
def test_a_laptop_s_name_is_made_harmless(name: str, shown: str) -> None:
    key = PrivateKey.new()
    builder = x509.CertificateSigningRequestBuilder()
    hostile = name[:64] or " "
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, hostile)])
    der = builder.subject_name(subject).sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    assert CertificateRequest.opened(der.public_bytes(Encoding.DER)).name == shown
    assert CertificateRequest.opened(request_for(key, key.public, name)).name == shown


# ---- the authority's key --------------------------------------------------------------------------------------------


def test_the_authority_is_made_once_and_its_key_is_its_owner_s(scene: Scene) -> None:
    def again() -> Authority:
        return open_authority(scene.there.store, scene.there.identity, scene.clock)

    first = again()
    assert again().certificate == first.certificate
    path = scene.there.store.folder / KEY_FILE
    assert path.stat().st_mode & 0o077 == 0
    path.chmod(0o640)
    for harm, text in (
        (lambda: None, Text.CENTRAL_KEY_OPEN),
        (_other_key(path), Text.AUTHORITY_BAD),
        (path.unlink, Text.AUTHORITY_GONE),
    ):
        harm()
        with pytest.raises(UsageError) as refused:
            again()
        assert refused.value.text is text


def _other_key(path: Path) -> Callable[[], object]:
    def write() -> None:
        path.chmod(0o600)
        path.write_text(PrivateKey.new().pem)

    return write
