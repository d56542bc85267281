"""Requests and approvals as text: what was signed is what counts, and nothing else is read."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldtool.audit.keys import PrivateKey
from fieldtool.core.errors import FieldtoolError, RefusedError, UsageError
from fieldtool.core.rights import Action
from fieldtool.core.texts import Text
from fieldtool.update.approval import (
    MAX_TEXT,
    How,
    approval_text,
    by_key,
    pin_fits,
    read_approval,
    read_request,
    request_text,
    signed,
)
from tests.update.rights_support import AT, BY_KEY, COLLEAGUE, PIN, PROOF, SALT, key_approval, pin_approval, request

APPROVAL = key_approval(Action.DOWNGRADE)


def test_what_is_written_is_read_back() -> None:
    assert read_request(request_text(request())) == request()
    assert read_approval(approval_text(APPROVAL)) == APPROVAL
    assert signed(APPROVAL) and APPROVAL.key_id == COLLEAGUE.key_id


CHANGES: dict[str, object] = {
    "actor": "ada", "grant": "grant-9", "given": "2026-11-21T12:00:00.000Z", "expires": "2026-11-21T13:00:00.000Z",
    "signature": "00", "key": PrivateKey.new().public.pem, "how": "pin", "more": 1,
}  # fmt: skip


@pytest.mark.parametrize("field", CHANGES)
def test_an_approval_that_somebody_changed_is_refused(field: str) -> None:
    content = json.loads(approval_text(APPROVAL))
    content["approval"][field] = CHANGES[field]
    with pytest.raises(RefusedError) as refused:
        read_approval(json.dumps(content))
    assert refused.value.text is Text.APPROVAL_BAD


@pytest.mark.parametrize("field", ["laptop", "actor", "nonce", "made"])
def test_an_approval_stands_for_the_request_that_was_signed(field: str) -> None:
    content = json.loads(approval_text(APPROVAL))
    content["approval"]["request"][field] = content["approval"]["request"][field][::-1]
    with pytest.raises(RefusedError):
        read_approval(json.dumps(content))


def test_more_images_or_actions_than_were_signed_are_refused() -> None:
    for changed in (frozenset({"55" * 32}), frozenset({"22" * 32, "55" * 32})):
        asked = replace(APPROVAL.request.chargers[0], images=changed)
        forged = replace(APPROVAL, request=replace(APPROVAL.request, chargers=(asked,)))
        assert not signed(forged)


def test_a_signature_for_something_else_is_no_approval() -> None:
    """The laptop's key signs audit records as well: their bytes are kept apart by type."""
    stolen = COLLEAGUE.sign(approval_text(replace(APPROVAL, signature="")).encode()).hex()
    assert not signed(replace(APPROVAL, signature=stolen))


def test_a_pin_approval_is_never_read_from_a_file() -> None:
    for forged in (pin_approval(), replace(APPROVAL, how=How.PIN, signature="", key="")):
        with pytest.raises(RefusedError):
            read_approval(approval_text(forged))


@pytest.mark.parametrize("text", [
    "", "{}", "[]", "null", "{" * 5000, "[" * 100_000, "x" * (MAX_TEXT + 1), '{"v": 1, "v": 2}',
    request_text(request()).replace('"v": 1', '"v": 2'), approval_text(APPROVAL),
    request_text(request(chargers=())), request_text(request(nonce="zz")), request_text(request(laptop="")),
])  # fmt: skip
def test_what_is_no_request_is_refused_in_words(text: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read_request(text)
    assert refused.value.text is Text.APPROVAL_BAD


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1_000_000), st.sampled_from([*'{}[]",:0a\\ é\x00']))
def test_no_damage_to_a_file_is_anything_but_refused_or_harmless(at: int, letter: str) -> None:
    whole = approval_text(APPROVAL)
    at %= len(whole)
    try:
        read = read_approval(whole[:at] + letter + whole[at + 1 :])
    except FieldtoolError as error:
        assert error.text is Text.APPROVAL_BAD
    else:
        assert read == APPROVAL


@given(st.text(max_size=200))
def test_no_text_raises_anything_else(text: str) -> None:
    for read in (read_request, read_approval):
        with pytest.raises(RefusedError):
            read(text)


# -- PIN --------------------------------------------------------------------------------------------------------------


def test_only_the_very_pin_fits() -> None:
    assert pin_fits(PROOF, PIN)
    for wrong in ("", PIN.upper(), PIN + " ", PIN[:-1]):
        assert not pin_fits(PROOF, wrong)


@pytest.mark.parametrize("proof", [
    "", "scrypt", PROOF.replace("scrypt", "plain"), PROOF + "0", PROOF[:-40], PROOF.replace("$14$", "$30$"),
    PROOF.replace("$14$", "$1$"), PROOF.replace("$8$1$", "$99$1$"), PROOF.replace("$8$1$", "$8$99$"),
    PROOF.replace("$8$1$", "$0$1$"), PROOF.replace(SALT, SALT + "0"), PROOF.replace("$14$8$", "$18$16$"),
])  # fmt: skip
def test_a_proof_that_is_none_or_would_freeze_the_laptop_is_refused(proof: str) -> None:
    with pytest.raises(UsageError) as refused:
        pin_fits(proof, PIN)
    assert refused.value.text is Text.APPROVAL_PIN_UNUSABLE


def test_an_approval_never_holds_the_pin() -> None:
    assert PIN not in repr(pin_approval()) and PROOF not in repr(pin_approval())


def test_times_are_signed_as_they_are_kept() -> None:
    odd = by_key(request(), BY_KEY.id, "grace", AT.replace(microsecond=123_456), COLLEAGUE)
    assert read_approval(approval_text(odd)) == odd
