"""Whoever has every key of the catalogue still cannot change what the maker signed: each verifier alone refuses it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from fieldtool.core.texts import Text
from fieldtool.firmware import native
from fieldtool.firmware.formats.cms import Signer
from tests.firmware.formats import attacks
from tests.firmware.formats.attacks import Flip, check, refused
from tests.firmware.formats.samples import SAMPLES, Sample, cms_anchors, issue, key_anchors, mcuboot_key

# What a warning of cryptography stops here, nothing would stop in the field.
pytestmark = pytest.mark.filterwarnings("ignore")
FORMATS = {"raucb": "rauc-plain", "swu": "swu", "mcuboot": "mcuboot-ed25519", "fit": "fit-p256"}


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest, tmp_path: Path) -> Sample:
    return SAMPLES[request.param](tmp_path)


def test_a_good_file_is_accepted_and_names_its_signer(sample: Sample, tmp_path: Path) -> None:
    verdict = check(tmp_path, sample)
    assert (verdict.text, verdict.format) == (Text.NATIVE_SIGNED, sample.release.format)
    assert verdict.signed
    assert verdict.signer in verdict.what
    assert len(verdict.key_id) == 64


def test_every_flip_in_what_the_format_signs_is_refused(sample: Sample, tmp_path: Path) -> None:
    assert attacks.signed_flips_accepted(tmp_path, sample, attacks.one_bit_each(sample)) == []


@pytest.mark.slow
def test_every_bit_of_what_the_format_signs_is_refused(
    sample: Sample, tmp_path: Path, sweep_cases: Callable[..., Sequence[Flip]], request: pytest.FixtureRequest
) -> None:
    flips = sweep_cases(f"flips in {request.node.callspec.id}", attacks.all_bits(sample))
    assert attacks.signed_flips_accepted(tmp_path, sample, flips) == []


def test_what_is_listed_as_unsigned_is_so_indeed(sample: Sample, tmp_path: Path) -> None:
    """Else the list would hide bytes that a verifier should refuse. Only cpio and devicetrees have any."""
    assert bool(sample.unsigned) == (sample.release.format in ("swu", "fit"))
    flips = [(offset, bit) for offset in sample.unsigned for bit in range(8)]
    passed = {offset for offset, _ in attacks.accepted(tmp_path, sample, flips)}
    assert passed == sample.unsigned


def test_a_file_cut_off_anywhere_is_refused(sample: Sample, tmp_path: Path) -> None:
    shortened = [lambda data, cut=cut: data[:cut] for cut in attacks.cuts(sample)]
    assert len(shortened) > 10
    assert attacks.accepted_changes(tmp_path, sample, shortened) == 0


def test_a_file_with_something_before_or_behind_it_is_refused(sample: Sample, tmp_path: Path) -> None:
    added: list[Callable[[bytes], bytes]] = [
        lambda data: b"\0" + data,
        lambda data: data + b"\0" * 513,
        lambda data: data + b"x",
        lambda data: data + data,
        lambda data: data[:100] + b"\0" + data[100:],
    ]
    assert attacks.accepted_changes(tmp_path, sample, added) == 0


@pytest.mark.parametrize("format", FORMATS)
def test_without_its_verifier_these_tests_fail(format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: a verifier that only returns."""

    def returns(*_: Any) -> Signer:
        return Signer("CN=Somebody", "0" * 64)

    monkeypatch.setattr(native, "VERIFIERS", {**native.VERIFIERS, format: returns})
    sample = SAMPLES[FORMATS[format]](tmp_path)
    assert attacks.signed_flips_accepted(tmp_path, sample, list(attacks.one_bit_each(sample))[:50])


def test_the_file_of_one_maker_is_not_accepted_by_the_keys_of_another(sample: Sample, tmp_path: Path) -> None:
    format = sample.release.format
    if format == "mcuboot":
        other = key_anchors(ed25519.Ed25519PrivateKey.generate().public_key())
    elif format == "fit":
        rsa_key, p256_key = mcuboot_key("rsa2048").key.public_key(), mcuboot_key("p256").key.public_key()
        other = key_anchors(rsa_key, p256_key, format="fit")
    else:
        other = cms_anchors(format, issue("Maker CA", ca=True).certificate)
    with refused(Text.NATIVE_KEY_UNKNOWN):
        check(tmp_path, replace(sample, anchors=other))
