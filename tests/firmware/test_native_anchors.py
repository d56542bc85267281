"""The makers' own signatures, as the catalogue asks for them: anchors come from the repositories, verdicts are kept."""

import hashlib
import json
from pathlib import Path

import pytest

from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from fieldtool.firmware import native
from fieldtool.lab.cms import Authority, new_authority
from fieldtool.lab.raucb import Image as Inside
from fieldtool.lab.raucb import make_bundle
from fieldtool.publish.throwaway import Image
from tests.firmware.site import HARDWARE, MODEL, SERIAL, Laptop, Operator, Publisher, order, ordered, refused

NAME = "lab/citypost-2026"


def anchors(authority: Authority) -> bytes:
    said = {"schema": 1, "format": "raucb", "certificates": [authority.pem.decode()], "signers": [], "keys": []}
    return json.dumps(said | {"purposes": ["emailProtection"]}).encode()


@pytest.fixture(scope="module")
def maker() -> Authority:
    return new_authority("Maker")


@pytest.fixture
def release(publisher: Publisher, maker: Authority, tmp_path: Path) -> Release:
    """3.0.0, signed by its maker, who is named in an anchor file."""
    bundle = make_bundle(tmp_path / "citypost-3.0.0.raucb", maker, "lab", Inside("3.0.0"), size=20_000)
    fields = {"native_key": NAME.partition("/")[2]}
    publisher.repository.add_anchors("Lab", fields["native_key"], anchors(maker))
    publisher.add(Image(bundle.path, "3.0.0", bundle.payload_hash, (MODEL,), (HARDWARE,), fields=fields))
    return next(one for one in publisher.releases() if one.version == "3.0.0")


def test_a_bundle_is_handed_out_when_its_makers_signature_leads_to_the_anchor_that_it_names(
    laptop: Laptop, publisher: Publisher, release: Release
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    assert laptop.catalogue.image(release).release == release
    assert [entry.target for entry in laptop.catalogue.entries() if "native-keys" in entry.target] == []
    signature = laptop.catalogue.why(release.target)[-1]
    assert signature.name == "native" and "Maker" in signature.found


def test_a_bundle_that_somebody_else_signed_is_refused_although_the_catalogue_names_it(
    laptop: Laptop, publisher: Publisher, release: Release
) -> None:
    publisher.repository.add_native_key("lab", NAME.partition("/")[2], anchors(new_authority("Other")), replace=True)
    publisher.release()
    laptop.catalogue.sync(str(publisher.mirror))
    with refused(Text.NATIVE_KEY_UNKNOWN):
        laptop.catalogue.image(release)
    with refused(Text.NATIVE_KEY_UNKNOWN):
        laptop.catalogue.image_of_open_run(release.target, release.sha256)


def test_a_bundle_whose_anchor_nobody_serves_is_refused(laptop: Laptop, publisher: Publisher, release: Release) -> None:
    publisher.repository.withdraw(f"trust/native-keys/{NAME}.json")
    publisher.release()
    laptop.catalogue.sync(str(publisher.mirror))
    with refused(Text.NATIVE_NO_ANCHOR):
        laptop.catalogue.image(release)


def test_an_anchor_that_was_changed_on_this_laptop_is_not_believed(
    laptop: Laptop, publisher: Publisher, release: Release
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    (file,) = (laptop.catalogue.folder / "catalogue-1" / "targets" / "trust").rglob("*.json")
    file.write_bytes(anchors(new_authority("Other")))
    with refused(Text.CATALOGUE_DAMAGED):
        laptop.catalogue.image(release)


def test_the_signature_of_an_unchanged_file_is_looked_at_once_and_of_a_changed_one_again(
    laptop: Laptop, publisher: Publisher, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    looked, check = [], native.check_native

    def counted(path: Path, *others: object) -> object:
        looked.append(path)
        return check(path, *others)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(native, "check_native", counted)
    for _ in range(3):
        laptop.catalogue.image(release)
    assert len(looked) == 1
    path = laptop.catalogue.path(release)
    path.write_bytes(path.read_bytes())
    laptop.catalogue.image(release)
    assert len(looked) == 2


@pytest.mark.parametrize("served", ["same", "other", "none"])
def test_on_a_directed_laptop_the_director_must_serve_the_very_same_anchor(
    laptop: Laptop, publisher: Publisher, release: Release, maker: Authority, tmp_path: Path, served: str
) -> None:
    operator = Operator(tmp_path / "operator", laptop.clock)
    operator.make(order(ordered(release)))
    if served != "none":
        content = anchors(maker if served == "same" else new_authority("Other"))
        operator.repository.add_native_key("lab", NAME.partition("/")[2], content)
        operator.release()
    laptop.follow(operator.root)
    laptop.catalogue.sync(str(publisher.mirror), str(operator.mirror))
    said = laptop.catalogue.directions()
    assert said is not None
    if served == "same":
        assert said.native_keys == {NAME: hashlib.sha256(anchors(maker)).hexdigest()}
        assert laptop.catalogue.image(release, SERIAL).release == release
    else:
        with refused(Text.ANCHOR_DISAGREES):
            laptop.catalogue.image(release, SERIAL)
