"""Who may sign, and what a signature must be like. The content is a bundle that begins like a squashfs, no more."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from fieldtool.core.texts import Text
from fieldtool.firmware.formats import cms
from fieldtool.firmware.formats.anchors import Anchors
from fieldtool.firmware.native import NativeVerdict
from tests.firmware.formats.attacks import check, refused
from tests.firmware.formats.samples import (
    PUBLISHED,
    Issued,
    Sample,
    cms_anchors,
    issue,
    release,
    root,
    sign,
    signer,
    with_tail,
)

CONTENT = b"hsqs" + bytes(range(200))
DAY = timedelta(days=1)


class Bench:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check(self, signature: bytes, anchors: Anchors, content: bytes = CONTENT) -> NativeVerdict:
        return check(self.folder, Sample(with_tail(content, signature), release("raucb", "0" * 64), anchors))

    def signed_by(self, by: Issued, *along: Issued, anchors: Anchors | None = None) -> NativeVerdict:
        known = anchors or cms_anchors("raucb", root().certificate)
        return self.check(sign(CONTENT, by, *(one.certificate for one in along)), known)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def pinned(anchors: Anchors, *signers: Issued) -> Anchors:
    return replace(anchors, signers=frozenset(one.spki for one in signers))


# ---- who may sign ---------------------------------------------------------------------------------------------------


def test_the_verdict_names_signer_key_and_the_first_end_on_the_way_to_the_anchor(bench: Bench) -> None:
    middle = issue("Middle", root(), ca=True, until=PUBLISHED + 5 * DAY)
    leaf = issue("Release 2", middle)
    verdict = bench.signed_by(leaf, middle)
    assert (verdict.signer, verdict.key_id, verdict.until) == ("CN=Release 2", leaf.spki, PUBLISHED + 5 * DAY)


def test_a_signer_of_an_unknown_authority_with_the_same_name_is_refused(bench: Bench) -> None:
    with refused(Text.NATIVE_KEY_UNKNOWN):
        bench.signed_by(issue("Release 1", issue("Maker CA", ca=True)))


def test_a_missing_certificate_in_between_is_refused(bench: Bench) -> None:
    with refused(Text.NATIVE_KEY_UNKNOWN):
        bench.signed_by(issue("Release 2", issue("Middle", root(), ca=True)))


def test_a_signer_certified_by_another_signer_is_refused(bench: Bench) -> None:
    """A leaf is no authority."""
    with refused(Text.NATIVE_KEY_UNKNOWN):
        bench.signed_by(issue("Mallory", signer()), signer())


def test_a_certificate_that_says_that_it_is_no_authority_certifies_nobody(bench: Bench) -> None:
    middle = issue("Middle", root(), purposes=(), extra=x509.BasicConstraints(False, None))
    with refused(Text.NATIVE_KEY_UNKNOWN):
        bench.signed_by(issue("Release 2", middle), middle)


def test_a_chain_longer_than_an_authority_allows_is_refused(bench: Bench) -> None:
    short = issue("Short", ca=True, path_length=0)
    middle = issue("Middle", short, ca=True)
    with refused(Text.NATIVE_KEY_UNKNOWN):
        bench.signed_by(issue("Release 2", middle), middle, anchors=cms_anchors("raucb", short.certificate))
    assert bench.signed_by(issue("Release 2", short), anchors=cms_anchors("raucb", short.certificate)).signed


def usage(sign: bool, certify: bool) -> x509.KeyUsage:
    return x509.KeyUsage(sign, False, False, True, False, certify, False, False, False)


def test_an_authority_that_may_not_certify_is_refused(bench: Bench) -> None:
    middle = issue("Middle", root(), ca=True, usage=usage(sign=True, certify=False))
    with refused(Text.NATIVE_KEY_UNKNOWN):
        bench.signed_by(issue("Release 2", middle), middle)


def test_a_signer_that_may_not_sign_is_refused(bench: Bench) -> None:
    assert bench.signed_by(issue("Release 2", root(), usage=usage(sign=True, certify=False))).signed
    with refused(Text.NATIVE_KEY_UNKNOWN):
        bench.signed_by(issue("Release 2", root(), usage=usage(sign=False, certify=False)))


def test_a_critical_extension_that_nobody_knows_is_refused(bench: Bench) -> None:
    unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
    with refused(Text.NATIVE_KEY_UNKNOWN):
        bench.signed_by(issue("Release 2", root(), extra=unknown))


@pytest.mark.parametrize(
    ("purposes", "demanded"),
    [
        ((ExtendedKeyUsageOID.SERVER_AUTH,), ("codeSigning",)),
        ((ExtendedKeyUsageOID.CODE_SIGNING,), ("emailProtection",)),
        ((ExtendedKeyUsageOID.CODE_SIGNING,), ("codeSigning", "emailProtection")),
        ((ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,), ("codeSigning",)),
        ((), ("codeSigning",)),
        ((ExtendedKeyUsageOID.SERVER_AUTH,), ("unrestricted",)),
    ],
)
def test_a_certificate_for_another_purpose_is_refused(bench: Bench, purposes: Any, demanded: tuple[str, ...]) -> None:
    leaf = issue("Release 2", root(), purposes=purposes)
    with refused(Text.NATIVE_PURPOSE):
        bench.signed_by(leaf, anchors=cms_anchors("raucb", root().certificate, purposes=demanded))


def test_a_maker_whose_certificates_limit_nothing_says_so(bench: Bench) -> None:
    anchors = cms_anchors("raucb", root().certificate, purposes=("unrestricted",))
    assert bench.signed_by(issue("Release 2", root(), purposes=()), anchors=anchors).signed


@pytest.mark.parametrize(("begins", "until"), [(-400, -1), (1, 400)])
def test_a_certificate_that_did_not_hold_when_the_release_was_published_is_refused(
    bench: Bench, begins: int, until: int
) -> None:
    span = {"begins": PUBLISHED + begins * DAY, "until": PUBLISHED + until * DAY}
    with refused(Text.NATIVE_EXPIRED):
        bench.signed_by(issue("Release 2", root(), **span))
    middle = issue("Middle", root(), ca=True, **span)
    with refused(Text.NATIVE_EXPIRED):
        bench.signed_by(issue("Release 2", middle), middle)
    old = issue("Old CA", ca=True, **span)
    with refused(Text.NATIVE_EXPIRED):
        bench.signed_by(issue("Release 2", old), anchors=cms_anchors("raucb", old.certificate))


def test_a_certificate_that_has_ended_since_is_accepted_with_a_warning(bench: Bench) -> None:
    leaf = issue("Release 2", root(), until=PUBLISHED + 5 * DAY)
    verdict, about = bench.signed_by(leaf), release("raucb", "0" * 64)
    assert verdict.warning(about, PUBLISHED + 5 * DAY) is None
    warning = verdict.warning(about, PUBLISHED + 6 * DAY)
    assert warning is not None
    assert warning.text is Text.NATIVE_ENDED
    assert "2026-03-07" in warning.what


# ---- pinned signers -------------------------------------------------------------------------------------------------


def test_pins_leave_only_the_named_signers_of_an_authority(bench: Bench) -> None:
    other = issue("Release 2", root())
    anchors = pinned(cms_anchors("raucb", root().certificate), signer())
    assert bench.signed_by(signer(), anchors=anchors).signed
    with refused(Text.NATIVE_KEY_UNKNOWN):
        bench.signed_by(other, anchors=anchors)


def test_a_pin_does_not_replace_the_authority(bench: Bench) -> None:
    stranger = issue("Release 1", issue("Maker CA", ca=True))
    with refused(Text.NATIVE_KEY_UNKNOWN):
        bench.signed_by(stranger, anchors=pinned(cms_anchors("raucb", root().certificate), stranger))


BRAINPOOL = ec.BrainpoolP256R1()


@pytest.mark.parametrize(
    "authority_key", [ed25519.Ed25519PrivateKey.generate, lambda: ec.generate_private_key(BRAINPOOL)]
)
def test_an_authority_with_a_key_that_path_validation_refuses_needs_a_pin(bench: Bench, authority_key: Any) -> None:
    odd = issue("Odd CA", key=authority_key(), ca=True)
    leaf = issue("Release 1", odd)
    anchors = cms_anchors("raucb", odd.certificate)
    with refused(Text.NATIVE_KEY_UNKNOWN):
        bench.signed_by(leaf, anchors=anchors)
    assert bench.signed_by(leaf, anchors=pinned(anchors, leaf)).signed


def test_a_pinned_signer_with_a_brainpool_key_is_accepted_for_its_own_content_only(bench: Bench) -> None:
    leaf = issue("Release 1", root(), key=ec.generate_private_key(BRAINPOOL))
    anchors = pinned(cms_anchors("raucb", root().certificate), leaf)
    assert bench.signed_by(leaf, anchors=anchors).signed
    with refused(Text.NATIVE_SIGNATURE_BAD):
        bench.check(sign(CONTENT, leaf), anchors, CONTENT + b"x")
    with refused(Text.NATIVE_EXPIRED):
        late = issue("Release 1", root(), key=leaf.key, begins=PUBLISHED - 9 * DAY, until=PUBLISHED - DAY)
        bench.signed_by(late, anchors=anchors)


def test_a_self_signed_signer_is_accepted_only_where_it_is_the_anchor_itself(bench: Bench) -> None:
    alone = issue("Release 1")
    assert bench.signed_by(alone, anchors=cms_anchors("raucb", alone.certificate)).signed
    again = issue("Release 1", key=alone.key)  # the same key in another certificate
    with refused(Text.NATIVE_KEY_UNKNOWN):
        bench.signed_by(again, anchors=cms_anchors("raucb", alone.certificate))


# ---- what a signature must be like ----------------------------------------------------------------------------------


def signed_data(signature: bytes) -> Any:
    return asn1.decode_der(cms._ContentInfo, signature)


def test_a_certificate_that_nothing_needs_is_refused(bench: Bench) -> None:
    """Its bytes would be signed by nobody."""
    with refused(Text.NATIVE_DAMAGED):
        bench.signed_by(signer(), issue("Stray", issue("Stray CA", ca=True)))
    assert bench.signed_by(signer(), root()).signed  # an anchor itself is harmless


def two_signers(*by: Issued) -> bytes:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(CONTENT)
    for one in by:
        builder = builder.add_signer(one.certificate, one.key, hashes.SHA256())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.DetachedSignature])


def test_two_signers_are_refused(bench: Bench) -> None:
    with refused(Text.NATIVE_DAMAGED):
        bench.check(two_signers(signer(), issue("Release 2", root())), cms_anchors("raucb", root().certificate))


def test_no_signer_is_no_signature(bench: Bench) -> None:
    info = signed_data(sign(CONTENT, signer()))
    info.content.signers = asn1.SetOf([])
    with refused(Text.NATIVE_UNSIGNED):
        bench.check(asn1.encode_der(info), cms_anchors("raucb", root().certificate))


def test_a_signature_without_signed_attributes_is_refused(bench: Bench) -> None:
    options = [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.NoAttributes]
    builder = pkcs7.PKCS7SignatureBuilder().set_data(CONTENT)
    bare = builder.add_signer(signer().certificate, signer().key, hashes.SHA256()).sign(Encoding.DER, options)
    with refused(Text.NATIVE_DAMAGED):
        bench.check(bare, cms_anchors("raucb", root().certificate))


def resigned(by: Issued, drop: str = "", again: str = "") -> bytes:
    """A signature by a real signer over attributes that lack one, or have one twice."""
    info = signed_data(sign(CONTENT, by))
    (one,) = info.content.signers.as_list()
    kept = [entry for entry in one.attributes.as_list() if entry.type.dotted_string != drop]
    kept += [entry for entry in kept if entry.type.dotted_string == again]
    kept.sort(key=asn1.encode_der)
    one.attributes = asn1.SetOf(kept)
    one.signature = by.key.sign(asn1.encode_der(one.attributes), ec.ECDSA(hashes.SHA256()))
    info.content.signers = asn1.SetOf([one])
    return asn1.encode_der(info)


@pytest.mark.parametrize("name", [cms._CONTENT_TYPE, cms._MESSAGE_DIGEST])
def test_a_signature_that_lacks_an_attribute_or_has_it_twice_is_refused_though_it_verifies(
    bench: Bench, name: str
) -> None:
    anchors = cms_anchors("raucb", root().certificate)
    assert bench.check(resigned(signer()), anchors).signed
    for signature in (resigned(signer(), drop=name), resigned(signer(), again=name)):
        with refused(Text.NATIVE_DAMAGED):
            bench.check(signature, anchors)


def test_a_signature_over_another_type_of_content_is_refused_though_it_verifies(bench: Bench) -> None:
    """A receipt or a time stamp, say, that the same key has signed."""
    info = signed_data(sign(CONTENT, signer()))
    (one,) = info.content.signers.as_list()
    data, other = (asn1.encode_der(ObjectIdentifier(f"1.2.840.113549.1.7.{last}")) for last in (1, 5))
    attributes = asn1.encode_der(one.attributes)
    assert attributes.count(data) == 1
    value = signer().key.sign(attributes.replace(data, other), ec.ECDSA(hashes.SHA256()))
    one.signature = value
    info.content.signers = asn1.SetOf([one])
    signature = asn1.encode_der(info)
    inside = signature.index(attributes[2:])
    changed = signature[:inside] + attributes[2:].replace(data, other) + signature[inside + len(attributes) - 2 :]
    with refused(Text.NATIVE_DAMAGED):
        bench.check(changed, cms_anchors("raucb", root().certificate))


def test_a_digest_named_otherwise_than_the_one_used_is_refused(bench: Bench) -> None:
    info = signed_data(sign(CONTENT, signer()))
    other = cms._DigestAlgorithm(algorithm=ObjectIdentifier("2.16.840.1.101.3.4.2.3"), parameters=None)
    info.content.digest_algorithms = asn1.SetOf([other])
    with refused(Text.NATIVE_DAMAGED):
        bench.check(asn1.encode_der(info), cms_anchors("raucb", root().certificate))


def test_a_weak_digest_is_refused(bench: Bench) -> None:
    info = signed_data(sign(CONTENT, signer()))
    sha1 = cms._DigestAlgorithm(algorithm=ObjectIdentifier("1.3.14.3.2.26"), parameters=None)
    (one,) = info.content.signers.as_list()
    one.digest_algorithm = sha1
    info.content.digest_algorithms, info.content.signers = asn1.SetOf([sha1]), asn1.SetOf([one])
    with refused(Text.NATIVE_DAMAGED):
        bench.check(asn1.encode_der(info), cms_anchors("raucb", root().certificate))


def test_a_small_rsa_key_is_refused(bench: Bench) -> None:
    small = issue("Release 1", key=rsa.generate_private_key(65537, 1024))
    with refused(Text.NATIVE_KEY_UNKNOWN):
        bench.signed_by(small, anchors=cms_anchors("raucb", small.certificate))


@asn1.sequence
class Extended(cms._SignerInfo):
    unsigned: Annotated[asn1.SetOf[cms._Attribute], asn1.Implicit(1)]


@asn1.sequence
class ExtendedData(cms._SignedData):
    signers: asn1.SetOf[Extended]


@asn1.sequence
class ExtendedInfo(cms._ContentInfo):
    content: Annotated[ExtendedData, asn1.Explicit(0)]


def fields(of: Any, **changes: Any) -> dict[str, Any]:
    return {**{name: getattr(of, name) for name in of.__dataclass_fields__}, **changes}


def test_unsigned_attributes_are_refused(bench: Bench) -> None:
    info = signed_data(sign(CONTENT, signer()))
    (one,) = info.content.signers.as_list()
    extended = Extended(**fields(one, unsigned=asn1.SetOf(one.attributes.as_list()[:1])))
    data = ExtendedData(**fields(info.content, signers=asn1.SetOf([extended])))
    signature = asn1.encode_der(ExtendedInfo(**fields(info, content=data)))
    assert len(signature) > len(sign(CONTENT, signer()))
    with refused(Text.NATIVE_DAMAGED):
        bench.check(signature, cms_anchors("raucb", root().certificate))


def test_another_spelling_of_the_same_der_is_refused(bench: Bench) -> None:
    signature = sign(CONTENT, signer())
    assert signature[1] == 0x82
    longer = signature[:1] + b"\x83\0" + signature[2:4] + signature[4:]
    with refused(Text.NATIVE_DAMAGED):
        bench.check(longer, cms_anchors("raucb", root().certificate))


def test_a_signature_over_a_manifest_does_not_pass_for_one_over_a_bundle(bench: Bench) -> None:
    """Taken out of a verity bundle: the manifest as the content, its own signature behind it."""
    manifest = b"[update]\ncompatible=x\n"
    with refused(Text.NATIVE_DAMAGED):
        bench.check(sign(manifest, signer()), cms_anchors("raucb", root().certificate), manifest)


def test_the_key_id_is_the_hash_that_rauc_shows(bench: Bench) -> None:
    assert cms.key_id(signer().certificate) == signer().spki


def test_attributes_in_another_order_are_refused(bench: Bench) -> None:
    """They are signed in DER's order, so the signature would hold whatever their order in the file is."""
    signature = sign(CONTENT, signer())
    (one,) = signed_data(signature).content.signers.as_list()
    first, second, *_ = (asn1.encode_der(attribute) for attribute in one.attributes.as_list())
    assert signature.count(first + second) == 1
    with refused(Text.NATIVE_DAMAGED):
        bench.check(signature.replace(first + second, second + first), cms_anchors("raucb", root().certificate))


def test_unused_bits_of_a_certificates_signature_are_refused(bench: Bench) -> None:
    """Their count is not signed by the issuer; where the last bits are zeros, another one would change nothing."""
    leaf = issue("Release 1", root())
    while leaf.certificate.signature[-1] & 1:
        leaf = issue("Release 1", root())
    signature, value = sign(CONTENT, leaf), leaf.certificate.signature
    assert signature.count(b"\0" + value) == 1
    with refused(Text.NATIVE_DAMAGED):
        odd = signature.replace(b"\0" + value, b"\1" + value)
        bench.check(odd, cms_anchors("raucb", root().certificate))
