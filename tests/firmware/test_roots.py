"""A root of trust is accepted by a typed fingerprint, once, and never otherwise."""

import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tuf.api.metadata import Metadata, Root

from fieldtool.core.errors import ExitCode, UsageError
from fieldtool.core.texts import Text
from fieldtool.firmware.roots import accept_root, root_bytes, roots
from tests.firmware.site import START, Laptop, Publisher, SetClock, image, refused, signers


def fingerprint(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def spaced(digits: str) -> str:
    return " ".join(digits[index : index + 4] for index in range(0, 64, 4))


@pytest.mark.parametrize(
    "typed",
    [str, str.upper, spaced, lambda digits: ":".join(digits[index : index + 2] for index in range(0, 64, 2)),
     lambda digits: f"  {digits}\n", lambda digits: f"SHA256:{digits}"],
)  # fmt: skip
def test_case_blanks_and_colons_do_not_matter(
    publisher: Publisher, tmp_path: Path, typed: Callable[[str], str]
) -> None:
    folder = tmp_path / "data"
    root = accept_root(folder, publisher.root, typed(fingerprint(publisher.root)), START)
    assert root.fingerprint == fingerprint(publisher.root)
    assert (root.version, root.keys, root.threshold) == (1, 3, 2)
    assert roots(folder) == (root,)
    assert root_bytes(folder) == publisher.root.read_bytes()


@pytest.mark.parametrize("cut", [0, 1, 8, 63])
def test_part_of_the_fingerprint_is_not_enough(publisher: Publisher, tmp_path: Path, cut: int) -> None:
    with refused(Text.ROOT_FINGERPRINT_BAD) as told:
        accept_root(tmp_path / "data", publisher.root, fingerprint(publisher.root)[:cut], START)
    assert told.value.exit_code is ExitCode.TRUST
    assert roots(tmp_path / "data") == ()


def test_another_fingerprint_or_another_letter_is_refused_and_nothing_is_kept(
    publisher: Publisher, tmp_path: Path
) -> None:
    right = fingerprint(publisher.root)
    with refused(Text.ROOT_FINGERPRINT_OTHER):
        accept_root(tmp_path / "data", publisher.root, right[:-1] + ("0" if right[-1] != "0" else "1"), START)
    with refused(Text.ROOT_FINGERPRINT_BAD):
        accept_root(tmp_path / "data", publisher.root, right[:-1] + "g", START)
    assert roots(tmp_path / "data") == ()


def test_the_same_root_again_changes_nothing_and_another_is_refused(
    publisher: Publisher, tmp_path: Path, clock: SetClock
) -> None:
    folder = tmp_path / "data"
    first = accept_root(folder, publisher.root, fingerprint(publisher.root), START)
    assert accept_root(folder, publisher.root, fingerprint(publisher.root), START) == first
    other = Publisher(tmp_path / "other", clock, signers("stranger"))
    other.make(image(tmp_path, "1.0.0"))
    with refused(Text.ROOT_EXISTS):
        accept_root(folder, other.root, fingerprint(other.root), START)
    assert roots(folder) == (first,)


def test_an_expired_root_is_refused(publisher: Publisher, tmp_path: Path) -> None:
    with refused(Text.ROOT_EXPIRED):
        accept_root(tmp_path / "data", publisher.root, fingerprint(publisher.root), START + timedelta(days=365))


def _one_signature(content: dict[str, Any]) -> None:
    content["signatures"] = content["signatures"][:1]


def _same_signature_twice(content: dict[str, Any]) -> None:
    first, second, *_ = content["signatures"]
    content["signatures"] = [first, {**second, "sig": first["sig"]}]


def _lower_threshold(content: dict[str, Any]) -> None:
    content["signed"]["roles"]["root"]["threshold"] = 1


def _no_roles(content: dict[str, Any]) -> None:
    del content["signed"]["roles"]


@pytest.mark.parametrize("change", [_one_signature, _same_signature_twice, _lower_threshold, _no_roles])
def test_a_root_that_does_not_hold_by_itself_is_refused_although_its_fingerprint_was_typed(
    publisher: Publisher, tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    content = json.loads(publisher.root.read_bytes())
    change(content)
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(content))
    with refused(Text.ROOT_BAD):
        accept_root(tmp_path / "data", file, fingerprint(file), START)
    assert roots(tmp_path / "data") == ()


def test_a_well_signed_root_that_names_one_key_twice_is_refused(publisher: Publisher, tmp_path: Path) -> None:
    content = json.loads(publisher.root.read_bytes())
    keys = content["signed"]["keys"]
    keys["e" * 64] = deepcopy(keys[content["signed"]["roles"]["root"]["keyids"][0]])
    content["signatures"] = []
    metadata: Metadata[Root] = Metadata.from_dict(content)
    for signer in signers().root:
        metadata.sign(signer, append=True)
    file = tmp_path / "doubled.json"
    file.write_bytes(metadata.to_bytes())
    with refused(Text.ROOT_BAD) as told:
        accept_root(tmp_path / "data", file, fingerprint(file), START)
    assert "twice" in told.value.what


@pytest.mark.parametrize("content", [b"", b"{}", b"no json", b"\xff", b"[" * 5000, b" " * 600_000])
def test_anything_else_is_refused_as_no_root(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(content)
    with refused(Text.ROOT_BAD):
        accept_root(tmp_path / "data", file, fingerprint(file), START)


def test_another_part_of_a_repository_is_no_root(publisher: Publisher, tmp_path: Path) -> None:
    file = publisher.mirror / "metadata" / "timestamp.json"
    with refused(Text.ROOT_BAD):
        accept_root(tmp_path / "data", file, fingerprint(file), START)


def test_a_missing_file_is_a_matter_of_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        accept_root(tmp_path / "data", tmp_path / "none.json", "0" * 64, START)
    with refused(Text.NO_ROOT):
        root_bytes(tmp_path / "data")


def test_what_is_shown_follows_a_rotation_and_keeps_the_typed_fingerprint(publisher: Publisher, laptop: Laptop) -> None:
    (before,) = roots(laptop.folder)
    laptop.clock.advance(timedelta(days=20))
    publisher.repository.renew("root")
    publisher.release()
    laptop.catalogue.sync(str(publisher.mirror))
    (after,) = roots(laptop.folder)
    assert (after.version, after.expires) == (2, before.expires + timedelta(days=20))
    assert after.fingerprint == before.fingerprint
    later = laptop.catalogue.folder / "catalogue-1" / "metadata" / "2.root.json"
    later.write_bytes(later.read_bytes().replace(b'"version":2', b'"version":3'))
    assert roots(laptop.folder) == (before,)
    later.write_bytes(b"no json")
    assert roots(laptop.folder) == (before,)
