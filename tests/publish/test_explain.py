"""`publish verify` names each defect, however many there are, and ends with what a laptop says."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldtool.core.clock import SystemClock
from fieldtool.core.texts import Text
from fieldtool.firmware.directions import order_json
from fieldtool.publish.director import DirectorRepository
from fieldtool.publish.explain import explain
from fieldtool.publish.findings import Report
from fieldtool.publish.layout import Holders
from fieldtool.publish.repository import ImageRepository
from fieldtool.publish.throwaway import sign_and_release
from tests.firmware.site import START, VENDOR, SetClock, image, refused, signers
from tests.publish.test_director import ANCHORS, ORDER

DAY = timedelta(days=1)


@pytest.fixture
def mirror(repository: ImageRepository, tmp_path: Path) -> Path:
    one = image(tmp_path / "build", "2.5.0")
    repository.add(one.file, one.custom(VENDOR, "2026-03-01T00:00:00Z"))
    sign_and_release(repository, signers(), tmp_path / "mirror")
    return tmp_path / "mirror"


def judged(source: Path | str, after: timedelta = timedelta()) -> Report:
    return explain(str(source), SystemClock(), START + after)


def codes(report: Report) -> set[Text]:
    return {problem.text for problem in report.problems}


def test_a_sound_mirror_is_explained_part_by_part(mirror: Path) -> None:
    report = judged(mirror)
    assert (report.accepted, report.problems, report.notes, report.kind) == (True, (), (), "image")
    told = {
        part.name: (part.version, len(part.signed_by), part.needs, len(part.keys), part.files) for part in report.parts
    }
    assert told == {
        "root": (1, 2, 2, 3, 0),
        "timestamp": (1, 1, 1, 1, 0),
        "snapshot": (1, 1, 1, 1, 0),
        "targets": (1, 2, 2, 2, 0),
        "lab": (1, 1, 1, 1, 1),
    }
    assert report.plain()["laptops"] == "accepted"


def test_a_sound_director_is_explained_too(director: DirectorRepository, tmp_path: Path) -> None:
    director.add_order(order_json(ORDER))
    sign_and_release(director, signers("director"), tmp_path / "mirror")
    report = judged(tmp_path / "mirror")
    assert (report.accepted, report.problems, report.kind) == (True, (), "director")


def edit(file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(file.read_bytes())
    change(content)
    file.write_text(json.dumps(content))


def image_file(mirror: Path) -> Path:
    return next((mirror / "targets" / "lab").iterdir())


DEFECTS: dict[str, tuple[Callable[[Path], object], Text]] = {
    "a signature less": (lambda m: edit(m / "metadata/1.lab.json", lambda c: c["signatures"].clear()),
                         Text.CATALOGUE_BAD_SIGNATURE),
    "a part that is not there": (lambda m: (m / "metadata/1.lab.json").unlink(), Text.CATALOGUE_INCOMPLETE),
    "a part of another release": (lambda m: edit(m / "metadata/1.targets.json", lambda c: c.update(x=1)),
                                  Text.CATALOGUE_MIXED),
    "a part that is no JSON": (lambda m: (m / "metadata/1.snapshot.json").write_text("{"), Text.CATALOGUE_DAMAGED),
    "an image that is not there": (lambda m: image_file(m).unlink(), Text.CATALOGUE_INCOMPLETE),
    "another image": (lambda m: image_file(m).write_bytes(b"x" * 5000), Text.IMAGE_SOURCE_BAD),
    "a longer image": (lambda m: image_file(m).write_bytes(image_file(m).read_bytes() + b"x"), Text.IMAGE_SOURCE_BAD),
    "a root that nobody signed": (lambda m: edit(m / "metadata/1.root.json", lambda c: c["signatures"].clear()),
                                  Text.CATALOGUE_BAD_SIGNATURE),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_is_named(mirror: Path, defect: str) -> None:
    spoil, text = DEFECTS[defect]
    spoil(mirror)
    report = judged(mirror)
    assert text in codes(report)
    assert report.accepted is ("image" in defect)  # of an image laptops say it when they fetch it


def test_one_defect_does_not_hide_the_next(mirror: Path) -> None:
    for spoil, _ in (DEFECTS["a signature less"], DEFECTS["a part of another release"]):
        spoil(mirror)
    problems = {(problem.text, *dict(problem.params).values()) for problem in judged(mirror).problems}
    assert (Text.CATALOGUE_BAD_SIGNATURE, "lab") in problems
    assert (Text.CATALOGUE_MIXED, "1.targets.json is not the one that was released") in problems


@pytest.mark.parametrize(
    ("days", "accepted", "late"),
    [
        (6, True, set()),
        (8, True, {"timestamp"}),
        (29, False, {"timestamp"}),
        (121, False, {"timestamp", "targets", "lab"}),
    ],
)
def test_what_will_have_expired_on_a_day_is_told(mirror: Path, days: int, accepted: bool, late: set[str]) -> None:
    report = judged(mirror, days * DAY)
    assert report.accepted is accepted
    told = (*report.problems, *report.notes)
    lapsed = {dict(one.params)["role"] for one in told if one.text is Text.CATALOGUE_EXPIRED}
    assert late <= lapsed
    assert ("timestamp" in {dict(one.params).get("role") for one in report.notes}) is (days == 8)  # grace


def test_what_expires_soon_is_noted(mirror: Path) -> None:
    notes = judged(mirror, 110 * DAY).notes
    assert {(one.text, dict(one.params)["role"]) for one in notes if one.text is Text.PUBLISH_EXPIRES_SOON} == {
        (Text.PUBLISH_EXPIRES_SOON, "targets"),
        (Text.PUBLISH_EXPIRES_SOON, "lab"),
    }


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"format": "mcuboot"}, Text.NATIVE_NO_ANCHOR),
        ({"format": "mcuboot", "native_key": "main"}, Text.NATIVE_DAMAGED),
    ],
)
def test_a_file_whose_own_signature_does_not_hold_is_named(
    repository: ImageRepository, tmp_path: Path, fields: dict[str, object], text: Text
) -> None:
    repository.add_anchors(VENDOR, "main", ANCHORS)
    one = image(tmp_path / "build", "2.5.0", **fields)
    repository.add(one.file, one.custom(VENDOR, "2026-03-01T00:00:00Z"))
    sign_and_release(repository, signers(), tmp_path / "mirror")
    for source in (repository.folder, tmp_path / "mirror"):
        assert codes(judged(source)) == {text}


def test_a_document_that_laptops_leave_out_is_named(
    director: DirectorRepository, tmp_path: Path, expect_log: Callable[[str], None]
) -> None:
    expect_log("left out")
    order = order_json(replace(ORDER, site="elsewhere"))  # past the checks of add_order
    director.put(f"work-orders/{ORDER.site}/order-1.json", order, {}, f"site-{ORDER.site}", replace=False)
    assert Text.DIRECTION_BAD in codes(judged(director.folder))  # whoever signs in a copy can look first
    sign_and_release(director, signers("director"), tmp_path / "mirror")
    for source in (director.folder, tmp_path / "mirror"):
        assert codes(judged(source)) == {Text.DIRECTION_BAD}


def test_two_mirrors_that_share_a_key_are_named(mirror: Path, director: DirectorRepository, tmp_path: Path) -> None:
    clock, at = SystemClock(), START
    sign_and_release(director, signers("director"), tmp_path / "apart")
    assert explain(str(mirror), clock, at, other=str(tmp_path / "apart")).problems == ()
    director.delegate("shared", Holders((signers().vendor[0].public_key,)))
    director.sign("site-shared", signers().vendor[0])
    sign_and_release(director, signers("director"), tmp_path / "shared")
    assert codes(explain(str(mirror), clock, at, other=str(tmp_path / "shared"))) == {Text.KEY_IN_BOTH_ROOTS}


def test_a_chain_of_roots_is_followed_only_as_far_as_it_is_signed(
    repository: ImageRepository, mirror: Path, clock: SetClock
) -> None:
    def version() -> int:
        return next(part.version for part in judged(mirror).parts if part.name == "root")

    for _ in range(2):
        repository.renew("root")
        sign_and_release(repository, signers(), mirror)
    assert version() == 3
    edit(mirror / "metadata/2.root.json", lambda c: c["signatures"].pop())
    report = judged(mirror)
    assert Text.CATALOGUE_BAD_SIGNATURE in codes(report) and report.accepted is False
    assert version() == 2  # where it breaks


# -- working folders


def test_a_working_folder_tells_what_it_lacks_for_a_release(repository: ImageRepository, tmp_path: Path) -> None:
    report = judged(repository.folder)
    assert report.accepted is None
    assert {dict(one.params)["role"]: dict(one.params)["missing"] for one in report.problems} == {
        "root": 2,
        "targets": 2,
        "lab": 1,
    }
    one = image(tmp_path / "build", "2.5.0")
    repository.add(one.file, one.custom(VENDOR, "2026-03-01T00:00:00Z"))
    for role, its in (("root", signers().root), ("targets", signers().targets), ("lab", signers().vendor)):
        for signer in its:
            repository.sign(role, signer)
    report = judged(repository.folder)
    assert report.problems == ()
    assert {one.text for one in report.notes} == {Text.PUBLISH_UNRELEASED}
    kept = next((repository.folder / "images").iterdir())
    kept.write_bytes(b"changed")
    assert codes(judged(repository.folder)) == {Text.IMAGE_CORRUPT}
    kept.unlink()
    assert codes(judged(repository.folder)) == {Text.PUBLISH_FILE_MISSING}


def test_a_folder_that_is_neither_is_refused(tmp_path: Path) -> None:
    with refused(Text.PUBLISH_NO_REPOSITORY):
        judged(tmp_path)


# -- any web server, any object store


@pytest.fixture
def address(mirror: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *rest: object) -> None:
            super().__init__(*rest, directory=str(mirror))  # type: ignore[arg-type]  # the handler's own arguments

        def log_message(self, format: str, *rest: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_mirror_on_a_web_server_is_explained_like_a_folder(address: str, mirror: Path) -> None:
    report = judged(address)
    assert (report.accepted, report.problems, report.parts) == (True, (), judged(mirror).parts)


def test_of_a_far_mirror_it_is_said_that_files_were_not_checked_by_their_own_signature(
    address: str, repository: ImageRepository, mirror: Path, tmp_path: Path
) -> None:
    one = image(tmp_path / "build", "2.6.0", format="mcuboot")
    repository.add(one.file, one.custom(VENDOR, "2026-03-01T00:00:00Z"))
    sign_and_release(repository, signers(), mirror)
    assert {note.text for note in judged(address).notes} == {Text.PUBLISH_NATIVE_FAR}


def test_a_mirror_is_plain_files_under_plain_names_that_only_ever_appear(
    repository: ImageRepository, mirror: Path, tmp_path: Path
) -> None:
    """What an object store needs: no link, no leftovers, nothing changes under its name but timestamp.json."""
    before = {path.relative_to(mirror): path.read_bytes() for path in mirror.rglob("*") if path.is_file()}
    one = image(tmp_path / "build", "2.6.0")
    repository.add(one.file, one.custom(VENDOR, "2026-03-01T00:00:00Z"))
    repository.renew("root")
    sign_and_release(repository, signers(), mirror)
    after = {path.relative_to(mirror): path.read_bytes() for path in mirror.rglob("*") if path.is_file()}
    changed = {path for path in before if after[path] != before[path]}
    assert changed == {Path("metadata/timestamp.json")}
    assert not any(path.is_symlink() for path in mirror.rglob("*"))
    assert not any(path.name.endswith(".part") for path in after)
    assert all(set(str(path)) <= set("abcdefghijklmnopqrstuvwxyz0123456789./-+_") for path in after)
