"""Keys on tokens, without one: the address is parsed strictly, errors become sentences. Real ones: tests/peers."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.store.token import TokenSigner, _translated, _why_not
from fieldtool.store.tokenuri import TokenUri, module_of, parse_uri

MODULE = "?module-path=/usr/lib/x.so"


def _refused(uri: str) -> UsageError:
    with pytest.raises(UsageError) as refused:
        parse_uri(uri)
    return refused.value


def test_an_address_names_token_key_and_module() -> None:
    uri = "pkcs11:token=Ada%27s%20key;serial=00ff;object=audit;id=%01%ff;type=private?module-path=/usr/lib/x.so"
    parsed = parse_uri(uri)
    assert parsed == TokenUri("Ada's key", "00ff", object="audit", id=b"\x01\xff", module_path="/usr/lib/x.so")
    assert parse_uri(str(parsed)) == parsed
    assert parse_uri("PKCS11:?module-name=ykcs11") == TokenUri(module_name="ykcs11")


@pytest.mark.parametrize(
    "uri",
    [
        "", "file:/key.pem", "pkcs11:", "pkcs11:token=a", f"pkcs11:slot-id=1{MODULE}", f"pkcs11:Token=a{MODULE}",
        f"pkcs11:token{MODULE}", f"pkcs11:token=a;token=b{MODULE}", f"pkcs11:token={MODULE}",
        f"pkcs11:token=a;{MODULE}",
        f"pkcs11:token=%zz{MODULE}", f"pkcs11:token=%ff{MODULE}", f"pkcs11:token=a%0ab{MODULE}",
        f"pkcs11:type=public{MODULE}", "pkcs11:token=a?module-path=x.so", "pkcs11:token=a?module-path=../x.so",
        "pkcs11:token=a?module-name=../x", "pkcs11:token=a?module-name=x&module-path=/x.so",
        f"pkcs11:token=a{MODULE}&x-vendor=1", "pkcs11:module-path=/x.so",
    ],
)  # fmt: skip
def test_an_address_that_is_not_wholly_understood_is_refused(uri: str) -> None:
    assert _refused(uri).text is Text.TOKEN_URI_BAD


@pytest.mark.parametrize("pin", ["pin-value=4711", "pin-source=file:/pin"])
def test_an_address_with_a_pin_is_refused_and_not_repeated(pin: str) -> None:
    for uri in (f"pkcs11:token=a{MODULE}&{pin}", f"pkcs11:token=a;{pin}{MODULE}", f"pkcs11:token=a?{pin}"):
        error = _refused(uri)
        assert error.text is Text.TOKEN_URI_PIN
        assert "4711" not in f"{error.what} {error.remedy} {error.params}"


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_a_sentence(text: str) -> None:
    for uri in (text, f"pkcs11:{text}", f"pkcs11:token=a{MODULE}&{text}"):
        try:
            parsed = parse_uri(uri)
        except UsageError as error:
            assert error.text in (Text.TOKEN_URI_BAD, Text.TOKEN_URI_PIN)
        else:
            assert parse_uri(str(parsed)) == parsed


def test_a_module_is_named_whole_or_lies_where_systems_keep_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a module in the current folder is not found
    (tmp_path / "libevil.so").write_bytes(b"")
    for query in ("module-path=/nowhere/x.so", "module-name=evil"):
        with pytest.raises(UsageError) as refused:
            module_of(parse_uri(f"pkcs11:token=a?{query}"))
        assert refused.value.text is Text.TOKEN_MODULE
    assert module_of(parse_uri(f"pkcs11:?module-path={tmp_path}/libevil.so")) == f"{tmp_path}/libevil.so"


def test_a_file_that_is_no_module_is_a_sentence(tmp_path: Path) -> None:
    pytest.importorskip("pkcs11")
    (tmp_path / "x.so").write_bytes(b"no library")
    with pytest.raises(UsageError) as refused:
        TokenSigner.open(f"pkcs11:token=a?module-path={tmp_path}/x.so", "1234")
    assert refused.value.text is Text.TOKEN_MODULE


def test_without_the_extra_the_words_say_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    (tmp_path / "x.so").write_bytes(b"")
    with pytest.raises(UsageError) as refused:
        TokenSigner.open(f"pkcs11:token=a?module-path={tmp_path}/x.so", "1234")
    assert refused.value.text is Text.TOKEN_EXTRA
    assert "fieldtool[pkcs11]" in refused.value.remedy


def test_what_a_token_says_becomes_a_sentence() -> None:
    """States that SoftHSM cannot be brought into; a wrong PIN and a removed token are tested with the real one."""
    p11 = pytest.importorskip("pkcs11")
    said = {
        p11.PinLocked: Text.TOKEN_PIN_LOCKED, p11.PinExpired: Text.TOKEN_PIN_UNSET,
        p11.UserPinNotInitialized: Text.TOKEN_PIN_UNSET, p11.PinIncorrect: Text.TOKEN_PIN_WRONG,
        p11.DeviceRemoved: Text.TOKEN_REMOVED, p11.TokenNotPresent: Text.TOKEN_REMOVED,
        p11.SessionHandleInvalid: Text.TOKEN_REMOVED, p11.DeviceError: Text.TOKEN_REMOVED,
        p11.FunctionFailed: Text.TOKEN_FAILED, p11.MechanismInvalid: Text.TOKEN_FAILED,
    }  # fmt: skip
    for error, text in said.items():
        with pytest.raises(UsageError) as told, _translated("Ada's"):
            raise error
        assert told.value.text is text
        assert "Ada's" in told.value.what


def test_the_last_try_and_a_lock_are_said_when_the_token_tells_them() -> None:
    flag = pytest.importorskip("pkcs11").TokenFlag
    assert _why_not(flag.USER_PIN_COUNT_LOW) is Text.TOKEN_PIN_WRONG
    assert _why_not(flag.USER_PIN_COUNT_LOW | flag.USER_PIN_FINAL_TRY) is Text.TOKEN_PIN_LAST
    assert _why_not(flag.USER_PIN_LOCKED) is Text.TOKEN_PIN_LOCKED
