"""Evidence that was altered anywhere, by anybody, does not hold, and the place is named."""

import random
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.app.reports import Form, Made
from fieldtool.audit import dsse
from fieldtool.audit.checkpoint import Checkpoint, fingerprint
from fieldtool.audit.keys import PrivateKey
from fieldtool.core.errors import AuditError, ExitCode, UsageError
from fieldtool.core.texts import Text
from fieldtool.report.document import PAYLOAD_TYPE, Document, Key
from fieldtool.report.sign import envelope_of, sign
from fieldtool.report.spelling import decode, encode
from fieldtool.report.verify import Trust, trust, verify
from fieldtool.store.p256 import ORDER
from fieldtool.update.run import Outcome
from tests.report.support import START, Scene, head

GOLDEN = Path(__file__).parents[1] / "golden" / "evidence-v1"
ROOTS = dict(line.split() for line in (GOLDEN / "roots.txt").read_text().splitlines())
SHIPPED = (GOLDEN / "visit.json").read_bytes()
TRUSTED = trust([ROOTS["laptop"]])
NOBODY = Trust(frozenset({"00" * 32}), frozenset())


def read(made: Made) -> Document:
    return decode(envelope_of(made.file.read_bytes()).payload)


def resigned(scene: Scene, document: Document) -> bytes:
    """By the laptop's own key: what somebody can do who sits at that laptop."""
    signer = scene.laptop.log.key()
    assert signer is not None
    return sign(document, signer)


def place(file: bytes, trusted: Trust) -> str:
    with pytest.raises(AuditError) as refused:
        verify(file, trusted)
    assert refused.value.exit_code is ExitCode.TRUST
    assert refused.value.text is Text.EVIDENCE_ALTERED, refused.value.what
    return str(refused.value.params["place"])


@pytest.fixture
def made(scene: Scene) -> Iterator[Made]:
    scene.run(head("run-1", "S1"))
    scene.receipt()
    yield scene.make()


# ---- who is trusted --------------------------------------------------------------------------------------------------


def test_the_laptops_fingerprint_is_enough(scene: Scene, made: Made) -> None:
    verdict = verify(made.file.read_bytes(), trust([scene.root().upper()]))
    assert (verdict.by_laptop, verdict.by_central) == (True, False)
    assert verdict.receipted == verdict.records == 9


def test_the_central_systems_key_or_its_fingerprint_is_enough(scene: Scene, made: Made) -> None:
    key = scene.central.public_key()
    whole = b64encode(key.public_bytes_raw()).decode()
    for root in (whole, fingerprint(key)):
        verdict = verify(made.file.read_bytes(), trust([root]))
        assert (verdict.by_laptop, verdict.by_central) == (False, True)


def test_a_receipt_whose_key_nobody_remembered_needs_the_key_itself(scene: Scene, made: Made) -> None:
    """Receipts from before keys were remembered."""
    key, document = scene.central.public_key(), read(made)
    assert document.receipt is not None
    file = resigned(scene, replace(document, receipt=replace(document.receipt, key=None)))
    assert verify(file, trust([b64encode(key.public_bytes_raw()).decode()])).by_central
    with pytest.raises(AuditError) as refused:
        verify(file, trust([fingerprint(key)]))
    assert refused.value.text is Text.EVIDENCE_KEY_NEEDED


def test_another_laptop_or_central_is_not_enough(scene: Scene, made: Made) -> None:
    stranger = Ed25519PrivateKey.generate().public_key()
    for root in ("00" * 32, fingerprint(stranger), b64encode(stranger.public_bytes_raw()).decode()):
        with pytest.raises(AuditError) as refused:
            verify(made.file.read_bytes(), trust([root]))
        assert refused.value.text is Text.EVIDENCE_ROOT_OTHER
        assert scene.root() in refused.value.what


def test_central_alone_proves_nothing_where_its_receipt_does_not_cover_the_key(scene: Scene) -> None:
    scene.laptop.log.record(_event())
    scene.receipt()
    scene.laptop.log.roll(PrivateKey.new())  # after the receipt: central does not know this key yet
    scene.run(head("run-1", "S1"))
    made = scene.make()
    given = Trust(frozenset(), frozenset({fingerprint(scene.central.public_key())}), (scene.central.public_key(),))
    with pytest.raises(AuditError) as refused:
        verify(made.file.read_bytes(), given)
    assert refused.value.text is Text.EVIDENCE_NOT_COVERED


def _event() -> Any:
    from fieldtool.audit.record import Event

    return Event("key-shown")


@pytest.mark.parametrize("roots", [[], ["abc"], ["SHA256:short"], ["SHA256:" + "é" * 43], ["0" * 63]])
def test_without_a_fingerprint_that_makes_sense_nothing_is_said(roots: list[str]) -> None:
    with pytest.raises(UsageError):
        trust(roots)


def test_any_key_of_the_log_is_enough_after_a_roll_over(scene: Scene) -> None:
    scene.run(head("run-1", "S1"))
    first = scene.root()
    scene.laptop.log.roll(PrivateKey.new())
    scene.run(head("run-2", "S2"))
    second = scene.laptop.log.key_id()
    made = scene.make("run-1")
    assert second is not None and first != second
    for root in (first, second):
        assert verify(made.file.read_bytes(), trust([root])).by_laptop
    document = read(made)
    assert [key.id for key in document.keys] == [first, second]
    without = replace(document, records=tuple(one for one in document.records if one.seq in (1, 2)))
    assert "keys" in place(resigned(scene, without), trust([first]))


# ---- altered by somebody without the key -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        (b'"outcome":"rolled_back"', b'"outcome":"done"', ".outcome"),
        (b'"state":"waived"', b'"state":"pass"', "].state"),
        (b"noise", b"quiet", ".words"),
        (b'"throw_away":false', b'"throw_away":true', "field throw_away"),
        (b'"serial":"S2"', b'"serial":"S9"', ".serial"),
        (b'"sha256":"2', b'"sha256":"3', "field runs[0].legs[0].image.sha256"),
        (b'"size":', b'"sise":', "field log.sise"),
        (b'"proof":["', b'"proof":["0', "audit record 1"),
        (b'\\"sig\\":\\"MEU', b'\\"sig\\":\\"MEV', "audit record"),
        (b"central.example", b"central.elpmaxe", "field receipt"),
    ],
)
def test_what_was_altered_is_named(old: bytes, new: bytes, named: str) -> None:
    sealed = envelope_of(SHIPPED)
    assert old in sealed.payload
    payload = sealed.payload.replace(old, new, 1)
    file = _envelope(payload, sealed.key_id, sealed.signature)
    assert named in place(file, TRUSTED)


def _envelope(payload: bytes, key_id: str, signature: bytes) -> bytes:
    class Same:
        def __init__(self) -> None:
            self.key_id = key_id

        def sign(self, data: bytes) -> bytes:
            return signature

    return dsse.seal(PAYLOAD_TYPE, payload, Same()) + b"\n"


def test_each_flipped_byte_of_the_file_is_refused_with_a_place(sweep_cases: Callable[[str, range], list[int]]) -> None:
    rng = random.Random(1)
    small = (GOLDEN / "run.json").read_bytes()
    for number in sweep_cases("flipped bytes of evidence", range(len(small))):
        flipped = bytearray(small)
        flipped[number] ^= 1 << rng.randrange(8)
        _refused(bytes(flipped))


def test_each_flipped_byte_of_the_pdf_is_refused_with_a_place(sweep_cases: Callable[[str, range], list[int]]) -> None:
    pdf = (GOLDEN / "visit.pdf").read_bytes()
    rng = random.Random(2)
    for number in sweep_cases("flipped bytes of a PDF", range(0, len(pdf), 50)):
        flipped = bytearray(pdf)
        flipped[number] ^= 1 << rng.randrange(8)
        _refused(bytes(flipped))


def _refused(file: bytes) -> None:
    with pytest.raises(AuditError) as refused:
        verify(file, TRUSTED)
    assert refused.value.text in (Text.EVIDENCE_ALTERED, Text.EVIDENCE_NOT_OURS)
    assert refused.value.params.get("place", refused.value.params.get("detail"))


@given(st.integers(0, len(SHIPPED) - 1))
def test_a_file_that_is_cut_off_is_refused(length: int) -> None:
    _refused(SHIPPED[:length])


@given(st.binary(max_size=300))
def test_no_bytes_make_verification_stumble(content: bytes) -> None:
    _refused(content)
    _refused(b"%PDF-" + content)
    _refused(b'{"payload":"' + content)
    _refused(SHIPPED + (content or b"\n"))


def test_the_second_signature_that_fits_mathematically_is_refused() -> None:
    """Who has no key can make it from the first: there must be one file only."""
    sealed = envelope_of(SHIPPED)
    r, s = decode_dss_signature(sealed.signature)
    assert "signature" in place(_envelope(sealed.payload, sealed.key_id, encode_dss_signature(r, ORDER - s)), TRUSTED)


def test_a_record_of_the_laptop_is_no_evidence() -> None:
    """The payload type is signed: nothing else that this key signed can pass for evidence."""
    document = decode(envelope_of(SHIPPED).payload)
    with pytest.raises(AuditError):
        verify(document.records[0].envelope.encode() + b"\n", TRUSTED)


# ---- altered by somebody with a key ----------------------------------------------------------------------------------


def test_a_stranger_who_signs_it_himself_is_found_out(scene: Scene, made: Made) -> None:
    stranger = PrivateKey.new()
    key = Key(stranger.key_id, stranger.public.spki)
    document = read(made)
    for keys in ((key,), (*document.keys, key)):
        file = sign(replace(document, keys=keys), stranger)
        with pytest.raises(AuditError) as refused:
            verify(file, trust([scene.root()]))
        assert refused.value.text in (Text.EVIDENCE_ALTERED, Text.EVIDENCE_ROOT_OTHER)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda d: replace(d, runs=(replace(d.runs[0], outcome=Outcome.ROLLED_BACK),)), "runs[0].outcome"),
        (lambda d: replace(d, runs=(replace(d.runs[0], serial="S7"),)), "runs[0]"),
        (lambda d: replace(d, runs=(replace(d.runs[0], technician="ff" * 16),)), "runs[0].technician"),
        (lambda d: replace(d, runs=(replace(d.runs[0], records=()),)), "runs[0].records"),
        (lambda d: replace(d, runs=(replace(d.runs[0], records=(2, 3, 99)),)), "runs[0].records"),
        (lambda d: replace(d, runs=(replace(d.runs[0], legs=()),)), "runs[0].legs"),
        (lambda d: replace(d, records=d.records[1:]), "how the log was opened"),
        (lambda d: replace(d, records=(d.records[0], d.records[2], d.records[1])), "does not follow"),
        (lambda d: replace(d, records=(*d.records, d.records[-1])), "does not follow"),
        (lambda d: replace(d, records=(d.records[0], replace(d.records[1], seq=5))), "audit record 5"),
        (lambda d: replace(d, records=(replace(d.records[0], proof=None), *d.records[1:])), "audit record 1"),
        (lambda d: replace(d, records=(replace(d.records[0], proof=("00" * 32,)), *d.records[1:])), "its proof"),
        (lambda d: replace(d, records=(replace(d.records[0], proof=("x",)), *d.records[1:])), "its proof"),
        (lambda d: replace(d, log=replace(d.log, id="other")), "audit record 1"),
        (lambda d: replace(d, log=replace(d.log, size=3)), "receipt"),
        (lambda d: replace(d, receipt=None), "no receipt"),
        (lambda d: replace(d, receipt=replace(d.receipt, size=4)), "receipt"),
        (lambda d: replace(d, receipt=replace(d.receipt, note="nonsense")), "receipt.note"),
        (lambda d: replace(d, receipt=replace(d.receipt, key="AAAA")), "receipt.key"),
        (lambda d: replace(d, receipt=replace(d.receipt, key="A" * 43 + "=")), "receipt"),
    ],
)  # fmt: skip
def test_what_the_records_do_not_say_is_not_believed_from_the_laptop_either(
    scene: Scene, made: Made, change: Callable[[Any], Document], named: str
) -> None:
    document = change(read(made))
    assert named in place(resigned(scene, document), trust([scene.root()]))


def test_another_centrals_receipt_is_refused(scene: Scene, made: Made) -> None:
    document, other = read(made), Ed25519PrivateKey.generate()
    assert document.receipt is not None
    note = Checkpoint.read(document.receipt.note).signed(other)
    known = trust([fingerprint(scene.central.public_key())])
    theirs = b64encode(other.public_key().public_bytes_raw()).decode()
    forged = replace(document, receipt=replace(document.receipt, note=note))
    assert place(resigned(scene, forged), known) == "receipt.note"
    with pytest.raises(AuditError) as refused:
        verify(resigned(scene, replace(forged, receipt=replace(document.receipt, note=note, key=theirs))), known)
    assert refused.value.text is Text.EVIDENCE_ROOT_OTHER


def test_a_receipt_for_another_log_is_refused(scene: Scene, made: Made) -> None:
    document = read(made)
    assert document.receipt is not None
    checkpoint = Checkpoint("central.example/audit/other", 9, bytes.fromhex(document.receipt.root), START)
    note = checkpoint.signed(scene.central)
    foreign = replace(document, receipt=replace(document.receipt, origin=checkpoint.origin, size=9, note=note,
                                                received=START))  # fmt: skip
    assert "receipt" in place(resigned(scene, foreign), trust([scene.root()]))


def test_a_key_that_does_not_sign_is_no_signer(scene: Scene, made: Made) -> None:
    with pytest.raises(ValueError):
        sign(read(made), PrivateKey.new())


# ---- the PDF ---------------------------------------------------------------------------------------------------------


def test_a_pdf_is_verified_by_its_seal_and_its_attachment(qapp: object, scene: Scene) -> None:
    scene.run(head("run-1", "S1"))
    first, second = scene.make(form=Form()), scene.make(form=Form())
    assert first.pdf is not None and second.pdf is not None
    trusted = trust([scene.root()])
    pdf, other = first.pdf.read_bytes(), second.pdf.read_bytes()
    assert verify(pdf, trusted).document == verify(first.file.read_bytes(), trusted).document
    assert "pages" in place(pdf.replace(b"/Type /Page", b"/Type /Egap", 1), trusted)
    assert "seal" in place(pdf[: pdf.rindex(b"%fieldtool-seal")], trusted)
    body, seal = pdf[: pdf.rindex(b"%fieldtool-seal")], other[other.rindex(b"%fieldtool-seal") :]
    assert re.search("pages|attachment|seal", place(body + seal, trusted))
    at = re.search(rb'"payload":"', pdf)
    assert at is not None
    with pytest.raises(AuditError) as refused:
        verify(pdf, NOBODY)
    assert refused.value.text is Text.EVIDENCE_ROOT_OTHER


def test_the_shipped_document_is_its_own_spelling() -> None:
    payload = envelope_of(SHIPPED).payload
    assert encode(decode(payload)) == payload
