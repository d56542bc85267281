"""Real PKCS#11: SoftHSM in a folder of the test's own, beside the tokens that technicians carry."""

import io
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from fieldtool.audit.keys import LaptopKey, PrivateKey, TokenKey, open_token, public_of
from fieldtool.audit.record import Event
from fieldtool.cli.main import main
from fieldtool.core.errors import AuditError, StorageError, UsageError
from fieldtool.core.texts import Text
from fieldtool.store import token
from fieldtool.store.keystore import mark_throw_away
from fieldtool.store.p256 import ORDER
from fieldtool.store.token import TokenSigner
from tests.audit.support import Laptop, laptop

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
           "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so")  # fmt: skip
MODULE = next((module for module in MODULES if Path(module).exists()), "")

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("softhsm2-util") is None or not MODULE, reason="SoftHSM is not installed"),
]

PIN = "4711-ü"
SEEN = Event("seen")
Call = Callable[..., tuple[int, Any]]


@dataclass
class Token:
    folder: Path
    label: str = "Ada's key"

    def uri(self, key: str = "audit") -> str:
        return f"pkcs11:token={self.label.replace(' ', '%20')};object={key}?module-path={MODULE}"

    def pull(self) -> None:
        self.folder.rename(self.folder.with_name("pulled"))
        self.folder.mkdir()

    def plug(self) -> None:
        self.folder.rmdir()
        self.folder.with_name("pulled").rename(self.folder)


def _init(label: str) -> None:
    command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "12345678"]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def ada(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Token]:
    import pkcs11

    folder = tmp_path / "tokens"
    folder.mkdir()
    (tmp_path / "softhsm2.conf").write_text(
        f"directories.tokendir = {folder}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    made = Token(folder)
    _init(made.label)
    try:
        yield made
    finally:  # the module reads its settings once: the next test has others
        token._logins.clear()
        library = pkcs11.lib(MODULE)
        library.finalize()


def _refused(text: Text, uri: str, pin: str = PIN) -> UsageError:
    with pytest.raises(UsageError) as refused:
        TokenSigner.open(uri, pin)
    assert refused.value.text is text
    assert not pin or pin not in refused.value.what
    return refused.value


# ---- the signer ------------------------------------------------------------------------------------------------------


def test_a_key_made_on_the_token_signs_and_cannot_be_read_out(ada: Token) -> None:
    import pkcs11

    with TokenSigner.make(ada.uri(), PIN) as signer:
        for number in range(8):
            data = b"%d" % number
            signature = signer.sign(data)
            signer.public_key.verify_signature(signature, data)
            assert decode_dss_signature(bytes.fromhex(signature.signature))[1] <= ORDER // 2
        assert signer.public_key.scheme == "ecdsa-sha2-nistp256"
        key = signer._key
        assert (key[pkcs11.Attribute.SENSITIVE], key[pkcs11.Attribute.EXTRACTABLE]) == (True, False)
        with pytest.raises(UsageError) as exists:
            TokenSigner.make(ada.uri(), PIN)
        assert exists.value.text is Text.TOKEN_KEY_EXISTS
    with TokenSigner.open(ada.uri(), PIN) as again:
        again.public_key.verify_signature(again.sign(b"x"), b"x")


def test_metadata_signed_with_it_is_accepted_by_tuf(ada: Token) -> None:
    from tuf.api.metadata import Metadata, Targets

    with TokenSigner.make(ada.uri(), PIN) as signer:
        metadata = Metadata(Targets())
        metadata.sign(signer)
        signer.public_key.verify_signature(metadata.signatures[signer.public_key.keyid], metadata.signed_bytes)
        same = TokenSigner.from_priv_key_uri(ada.uri(), signer.public_key, lambda _name: PIN)
        same.close()


def test_wrong_address_wrong_pin_and_no_key_are_told_apart(ada: Token) -> None:
    absent = ada.uri().replace("Ada", "Bob")
    assert "Ada's key" in _refused(Text.TOKEN_ABSENT, absent).what
    _refused(Text.TOKEN_PIN_NEEDED, ada.uri(), "")
    _refused(Text.TOKEN_PIN_WRONG, ada.uri(), "0000-x")
    _refused(Text.TOKEN_PIN_WRONG, ada.uri(), "1")
    _refused(Text.TOKEN_KEY_MISSING, ada.uri())
    _refused(Text.TOKEN_KEY_MISSING, f"pkcs11:id=%01?module-path={MODULE}")
    assert token._logins == {}


def test_several_tokens_or_keys_that_fit_are_not_guessed_among(ada: Token) -> None:
    for key in ("one", "two"):
        TokenSigner.make(ada.uri(key), PIN).close()
    _refused(Text.TOKEN_KEY_AMBIGUOUS, f"pkcs11:?module-path={MODULE}")
    import pkcs11

    pkcs11.lib(MODULE).finalize()
    _init("Second")
    _refused(Text.TOKEN_AMBIGUOUS, f"pkcs11:object=one?module-path={MODULE}")
    with TokenSigner.open(ada.uri("one"), PIN) as one, TokenSigner.open(ada.uri("two"), PIN) as two:
        assert one.public_key.keyval != two.public_key.keyval


def test_the_pin_is_asked_anew_only_after_the_last_signer_has_left(ada: Token) -> None:
    one = TokenSigner.make(ada.uri("one"), PIN)
    two = TokenSigner.make(ada.uri("two"), PIN)
    one.close()
    one.close()
    two.sign(b"still logged in")
    with pytest.raises(UsageError) as closed:
        one.sign(b"x")
    assert closed.value.text is Text.TOKEN_REMOVED
    two.close()
    _refused(Text.TOKEN_PIN_WRONG, ada.uri("one"), "0000-x")


def test_a_token_that_is_pulled_out_is_said_and_works_again_when_it_is_back(ada: Token) -> None:
    signer = TokenSigner.make(ada.uri(), PIN)
    ada.pull()
    for _ in range(2):
        with pytest.raises(UsageError) as gone:
            signer.sign(b"x")
        assert gone.value.text is Text.TOKEN_REMOVED
    _refused(Text.TOKEN_ABSENT, ada.uri())
    ada.plug()
    with TokenSigner.open(ada.uri(), PIN) as again:
        again.sign(b"x")


def test_threads_share_a_signer(ada: Token) -> None:
    bad: list[bytes] = []
    with TokenSigner.make(ada.uri(), PIN) as signer:

        def sign(number: int) -> None:
            for step in range(10):
                data = b"%d %d" % (number, step)
                signer.public_key.verify_signature(signer.sign(data), data)
            bad.remove(b"%d" % number)

        bad.extend(b"%d" % number for number in range(8))
        threads = [Thread(target=sign, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert bad == []


def _generate(label: str, kind: str, parameters: str, **private: Any) -> None:
    import pkcs11
    from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag

    found = pkcs11.lib(MODULE).get_token(token_label="Ada's key")
    with found.open(rw=True, user_pin=PIN) as session:
        curve = session.create_domain_parameters(
            KeyType[kind], {Attribute.EC_PARAMS: bytes.fromhex(parameters)}, local=True
        )
        curve.generate_keypair(
            mechanism=Mechanism.EC_KEY_PAIR_GEN if kind == "EC" else Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
            label=label, id=label.encode(), store=True, capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
            private_template={Attribute[name]: value for name, value in private.items()},
        )  # fmt: skip


P256, P384, ED25519 = "06082a8648ce3d030107", "06052b81040022", "06032b6570"


def test_ed25519_signs_metadata_and_other_curves_are_refused(ada: Token) -> None:
    _generate("ed", "EC_EDWARDS", ED25519)
    _generate("big", "EC", P384)
    with TokenSigner.open(ada.uri("ed"), PIN) as signer:
        assert signer.public_key.scheme == "ed25519"
        signer.public_key.verify_signature(signer.sign(b"x"), b"x")
        with pytest.raises(AuditError) as refused:
            public_of(signer)  # records are ECDSA on P-256
        assert refused.value.text is Text.AUDIT_KEY_BAD
    _refused(Text.TOKEN_KEY_UNFIT, ada.uri("big"))


def test_a_key_that_wants_the_pin_for_every_signature_gets_it(ada: Token) -> None:
    """As slot 9c of a YubiKey does."""
    _generate("always", "EC", P256, ALWAYS_AUTHENTICATE=True)
    with TokenSigner.open(ada.uri("always"), PIN) as signer:
        for data in (b"one", b"two"):
            signer.public_key.verify_signature(signer.sign(data), data)
        assert PIN not in repr(signer)
    assert signer._pin == ""


def test_a_signature_that_does_not_fit_the_public_key_never_leaves(ada: Token) -> None:
    with TokenSigner.make(ada.uri("one"), PIN) as one, TokenSigner.make(ada.uri("two"), PIN) as two:
        one.crypto_key = two.crypto_key  # as on a token where somebody put another public key beside the private one
        with pytest.raises(UsageError) as refused:
            one.sign(b"x")
    assert refused.value.text is Text.TOKEN_FAILED


# ---- the laptop's key ------------------------------------------------------------------------------------------------


def _keys(here: Laptop) -> LaptopKey:
    return here.log._key


def _use(here: Laptop, uri: str, *, make: bool = True) -> None:
    keys = _keys(here)
    keys.ask_pin = lambda _token: PIN
    signer = open_token(uri, keys.ask_pin, make=make)
    key = TokenKey(uri, public_of(signer), keys)
    key.use(signer)
    here.log.roll(key)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Laptop]:
    made = laptop(tmp_path / "data")
    yield made
    _keys(made).close()
    made.store.close()


def _restarted(here: Laptop, tmp_path: Path) -> tuple[Laptop, list[str]]:
    asked: list[str] = []
    again = laptop(tmp_path / "data", here.keystore)

    def ask(name: str) -> str:
        asked.append(name)
        return PIN

    _keys(again).ask_pin = ask
    return again, asked


def test_the_log_goes_on_with_a_key_on_a_token_and_comes_back(here: Laptop, ada: Token, tmp_path: Path) -> None:
    here.log.record(SEEN)
    _use(here, ada.uri())
    here.log.record(SEEN)
    assert not any("PRIVATE KEY" in secret for name, secret in here.keystore.secrets.items() if name != "actor-key")
    assert PIN not in "".join(here.keystore.secrets.values())
    _keys(here).close()
    again, asked = _restarted(here, tmp_path)
    again.log.record(SEEN)
    again.log.record(SEEN)
    assert asked == ["Ada's key"]  # once per start of the program
    again.log.roll(PrivateKey.new())
    again.log.record(SEEN)
    state = again.log.verify()
    assert (state.ok, state.size, state.key_confirmed) == (True, 8, True)
    again.store.close()


def test_nobody_waits_for_a_person_who_types_a_pin(here: Laptop, ada: Token, tmp_path: Path) -> None:
    """A unit of work never asks; it stops before anything is done, and says what is missing."""
    here.log.record(SEEN)
    _use(here, ada.uri())
    _keys(here).close()
    again, asked = _restarted(here, tmp_path)
    with pytest.raises(StorageError) as locked, again.store.write() as unit:
        again.log.append(unit, SEEN)
    assert locked.value.text is Text.TOKEN_LOCKED
    assert asked == []
    again.log.ready()
    with again.store.write() as unit:
        again.log.append(unit, SEEN)
    assert again.log.verify().ok
    _keys(again).close()
    again.store.close()


def test_a_token_pulled_out_in_use_stops_records_as_a_full_disk_does(here: Laptop, ada: Token) -> None:
    here.log.record(SEEN)
    _use(here, ada.uri())
    here.log.record(SEEN)
    size = here.log.size()
    ada.pull()
    with pytest.raises(StorageError) as gone, here.store.write() as unit:
        here.log.append(unit, SEEN)
    assert gone.value.text is Text.TOKEN_REMOVED
    with pytest.raises(UsageError) as absent:
        here.log.record(SEEN)
    assert absent.value.text is Text.TOKEN_ABSENT
    ada.plug()
    here.log.record(SEEN)
    assert here.log.size() == size + 1
    assert here.log.verify().ok


def test_another_key_at_the_same_address_does_not_go_on_with_the_log(here: Laptop, ada: Token, tmp_path: Path) -> None:
    here.log.record(SEEN)
    _use(here, ada.uri())
    _keys(here).close()
    TokenSigner.make(ada.uri("evil"), PIN).close()
    name = next(name for name, secret in here.keystore.secrets.items() if secret.startswith("pkcs11:"))
    here.keystore.secrets[name] = ada.uri("evil")
    again, _ = _restarted(here, tmp_path)
    with pytest.raises(StorageError) as other:
        again.log.record(SEEN)
    assert other.value.text is Text.AUDIT_KEY_OTHER
    again.store.close()


# ---- the command line ------------------------------------------------------------------------------------------------


@pytest.fixture
def training(tmp_path: Path) -> Path:
    (tmp_path / "data" / "trust").mkdir(parents=True)
    (tmp_path / "data" / "trust" / "root.json").write_text("{}")
    mark_throw_away(tmp_path / "data")
    (tmp_path / "pin").write_text(f"{PIN}\n", encoding="utf-8")
    (tmp_path / "pin").chmod(0o600)
    return tmp_path / "data"


@pytest.fixture
def call(training: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """`fieldtool --json` on the training folder, with nobody at the terminal."""
    monkeypatch.setattr("sys.stdin", io.StringIO())

    def run(*words: str) -> tuple[int, Any]:
        code = main(["--data", str(training), "--json", *words])
        told = capsys.readouterr()
        assert PIN not in told.out + told.err
        return code, json.loads(told.out)

    return run


def test_the_command_line_puts_the_key_on_a_token_and_takes_it_off_again(
    ada: Token, call: Call, training: Path, tmp_path: Path
) -> None:
    pin = ("--pin-file", str(tmp_path / "pin"))
    code, used = call("key", "use", ada.uri(), "--make", *pin)
    assert code == 0
    code, shown = call("key", "show")
    assert (code, shown["key_id"], shown["place"], shown["first"]) == (0, used["new"], ada.uri(), used["old"])
    for words, said in (
        (("roll", *pin), "KEY_ON_TOKEN"),  # it does not leave the token unasked
        (("roll", "--leave-token"), "TOKEN_PIN_NEEDED"),
        (("use", ada.uri(), *pin), "KEY_FORMER"),
        (("use", ada.uri("none"), *pin), "TOKEN_KEY_MISSING"),
    ):
        code, refused = call("key", *words)
        assert (code, refused["error"]["code"]) == (2, said)
    code, rolled = call("key", "roll", "--leave-token", *pin)
    assert (code, rolled["old"], rolled["place"]) == (0, used["new"], "keystore")
    code, verified = call("audit", "verify")
    assert (code, verified["ok"]) == (0, True)
    (tmp_path / "pin").chmod(0o644)
    code, refused = call("key", "use", ada.uri(), *pin)
    assert (code, refused["error"]["code"]) == (2, "TOKEN_PIN_FILE")
    assert not any(PIN.encode() in file.read_bytes() for file in training.rglob("*") if file.is_file())
