"""Central is killed anywhere, or stolen: what laptops take is whole, and it is never firmware that nobody made."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tuf.api.metadata import TargetFile

from fieldtool.central import decisions
from fieldtool.core.rights import Action, OrderedImage
from fieldtool.core.texts import Text
from fieldtool.firmware.directions import grant_json, order_json
from fieldtool.publish.director import GRANTING, DirectorRepository, pin_proof
from fieldtool.publish.parts import as_bytes, read_metadata
from fieldtool.publish.repository import ImageRepository
from tests.central.direct_support import ADMIN, DAY, LAPTOP, Direct, direct
from tests.firmware.site import HARDWARE, SERIAL, SITE, Laptop, image, refused
from tests.firmware.test_directed_online import GRANT


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Direct]:
    with direct(tmp_path) as made:
        yield made


# -- killed


class Killed(BaseException):
    """As a kill: nobody catches it to tidy up."""


@pytest.fixture
def kill_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Callable[[], int]]:
    """Ends the process at the n-th file that is put in place; tells how many there were."""
    real = Path.replace

    def at(number: int) -> Callable[[], int]:
        count = 0

        def counted(self: Path, target: Path) -> Path:
            nonlocal count
            count += 1
            if count == number:
                raise Killed
            return real(self, target)

        monkeypatch.setattr(Path, "replace", counted)
        return lambda: count

    return at


@pytest.mark.parametrize("what", ["grant", "import", "renew"])
def test_killed_at_any_file_a_change_has_happened_as_a_whole_or_not_at_all_and_the_log_knows_which(
    there: Direct, tmp_path: Path, kill_at: Callable[[int], Callable[[], int]], what: str
) -> None:
    there.order()
    there.fetch().deny(laptops=["cd" * 32])
    there.sign_in_office(there.office)
    there.store.close()
    start = there.central
    there.clock.advance(2 * DAY)
    acts: dict[str, Callable[[], object]] = {
        "grant": lambda: there.grants.issue(ADMIN, GRANT),
        "import": lambda: there.director.take(there.office.folder, ADMIN),
        "renew": lambda: there.director.keep_alive(),
    }
    outcomes = set()
    for number in range(1, 100):
        there.central = shutil.copytree(start, tmp_path / f"{what}-{number}")
        there.open()
        count = kill_at(number)
        try:
            acts[what]()
        except Killed:
            there.restart()
        whole = there.director.said()  # what laptops read right after the kill, by their own reader
        happened = {
            "grant": len(whole.grants) == 1,
            "import": whole.denylist.laptops == {"cd" * 32},
            "renew": whole.verified.roles["timestamp"].version > 2,
        }[what]
        assert len(whole.orders) == 1 and whole.problems == ()
        survived = count() < number
        kill_at(0)
        there.grants.issue(ADMIN, replace(GRANT, id="later"))  # and it goes on
        after = there.director.said()
        assert {one.id for one in after.grants} == {"later", *([GRANT.id] if what == "grant" and happened else [])}
        assert bool(after.denylist.laptops) is (what == "import" and happened), "nothing comes into force unasked"
        if what != "renew":
            assert _stage(there, what) == ("in_force" if happened else "broken_off")
        there.store.close()
        outcomes.add(happened)
        if survived:
            break
    assert number > 4 and survived and outcomes == {True, False}


def test_killed_in_its_first_import_central_directs_nobody_yet_and_takes_it_again(
    there: Direct, tmp_path: Path, kill_at: Callable[[int], Callable[[], int]]
) -> None:
    office = there.fetch()
    for name in ("snapshot.json", "timestamp.json"):
        (office.folder / "metadata" / name).unlink()
    there.store.close()
    key = there.central / "director-key.pem"
    for number in range(1, 100):
        there.central = tmp_path / f"first-{number}"
        there.central.mkdir()
        shutil.copy2(key, there.central)
        there.open()
        count = kill_at(number)
        killed = False
        try:
            there.director.take(office.folder, ADMIN)
        except Killed:
            killed = True
            there.restart()
        kill_at(0)
        if killed:
            assert not there.director.is_there
            with refused(Text.DIRECT_NO_FOLDER):
                there.director.said()
            there.director.take(office.folder, ADMIN)
        there.grants.issue(ADMIN, GRANT)
        assert len(there.director.said().grants) == 1
        with there.store.read() as unit:
            decisions.check(unit)
            stages = [one.stage.value for one in decisions.newest(unit)[::-1]]
        assert stages == [*(("asked", "broken_off") if killed else ()), "asked", "in_force", "asked", "in_force"]
        there.store.close()
        if not killed:
            break
    assert count() < number and number > 5


def _stage(there: Direct, what: str) -> str:
    with there.store.read() as unit:
        decisions.check(unit)
        entries = decisions.newest(unit)
    subject = GRANT.id if what == "grant" else ""
    return next(
        one.stage.value
        for one in entries
        if one.decision.what == what and one.asked and (not subject or one.decision.subject == subject)
    )


# -- stolen: its key, its folders, its database


class Thief:
    """Whoever has all of central, and nothing of the office or the vendor."""

    def __init__(self, there: Direct) -> None:
        self.there = there
        self.key = there.director.signer()
        self.director = DirectorRepository(there.director.working, there.clock)

    def release(self) -> None:
        for role in self.director.roles[2:]:
            if self.director.missing(role):
                self.director.sign(role, self.key)
        self.director.release(self.there.director.mirror, (self.key,))

    def sign_as(self, role: str) -> None:
        """Past our own checks: the part says what he likes, under the key that he has."""
        metadata = self.director.parts.read(role)
        metadata.signatures.clear()
        metadata.sign(self.key)
        self.director.parts.path(role).write_bytes(as_bytes(metadata))


@pytest.fixture
def thief(there: Direct) -> Thief:
    there.order()
    return Thief(there)


def current(there: Direct) -> Laptop:
    laptop = there.laptop()
    there.sync(laptop)
    return laptop


def test_a_thief_of_central_cannot_order_firmware_that_no_vendor_made(thief: Thief) -> None:
    there = thief.there
    laptop = current(there)
    evil = OrderedImage("lab/citypost-9.9.9.raucb", 4, "0" * 64, (HARDWARE,))
    order = there.director.said().orders[0][1]
    charger = replace(order.chargers[0], images=(*order.chargers[0].images, evil))
    thief.director.add_order(order_json(replace(order, chargers=(charger,))), replace=True)
    thief.release()
    there.sync(laptop)
    assert "9.9.9" not in {one.version for one in laptop.catalogue.releases()}
    file = laptop.catalogue.folder / "images" / "00" / ("0" * 64)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"evil")
    (release, *_) = laptop.catalogue.releases()
    with refused(Text.IMAGE_NOT_LISTED):
        laptop.catalogue.image(replace(release, target=evil.target, sha256=evil.sha256, length=4), SERIAL)


def test_a_thief_of_central_cannot_change_the_vendors_catalogue_or_his_files(thief: Thief, tmp_path: Path) -> None:
    there = thief.there
    laptop = current(there)
    evil = image(tmp_path, "9.9.9")
    images = there.images.mirror
    working = tmp_path / "his own"
    shutil.copytree(there.publisher.folder / "repository", working)
    repository = ImageRepository(working, there.clock)
    repository.add(evil.file, evil.custom("Lab", "2026-03-01T00:00:00Z"))
    part = read_metadata(repository.parts.path("lab"))
    part.sign(thief.key)
    content = as_bytes(part)
    version = part.signed.version
    (images / "metadata" / f"{version}.lab.json").write_bytes(content)
    snapshot = json.loads((images / "metadata" / "timestamp.json").read_bytes())["signed"]["meta"]["snapshot.json"]
    before = images / "metadata" / f"{snapshot['version']}.snapshot.json"
    named = read_metadata(before)
    named.signed.version += 1
    named.signed.meta["lab.json"].version = version
    named.signatures.clear()
    named.sign(thief.key)
    (images / "metadata" / f"{named.signed.version}.snapshot.json").write_bytes(as_bytes(named))
    stamp = read_metadata(images / "metadata" / "timestamp.json")
    stamp.signed.version += 1
    stamp.signed.snapshot_meta.version = named.signed.version
    stamp.signatures.clear()
    stamp.sign(thief.key)
    good = (images / "metadata" / "timestamp.json").read_bytes()
    (images / "metadata" / "timestamp.json").write_bytes(as_bytes(stamp))
    with refused(Text.CATALOGUE_BAD_SIGNATURE):
        there.sync(laptop)
    (images / "metadata" / "timestamp.json").write_bytes(good)
    for file in (images / "targets" / "lab").iterdir():
        file.write_bytes(b"x" * file.stat().st_size)
    fresh = Laptop(tmp_path / "fresh", there.clock, there.publisher.root)
    fresh.follow(there.director.mirror / "metadata" / "1.root.json")
    with refused(Text.IMAGE_SOURCE_BAD):
        there.sync(fresh)


@pytest.mark.parametrize("role", ["targets", "root"])
def test_a_thief_of_central_cannot_speak_for_the_office(thief: Thief, role: str) -> None:
    there = thief.there
    laptop = current(there)
    metadata = thief.director.parts.read(role)
    metadata.signed.version += 1
    if role == "targets":
        pin = pin_proof("87654321")
        evil = replace(GRANT, id="evil", key_id="", actions=frozenset({Action.APPROVE}), pin=pin)
        content = grant_json(evil)
        said = TargetFile.from_data("grants/any/evil.json", content, ["sha256"])
        metadata.signed.targets["grants/any/evil.json"] = said
        (thief.director.folder / "images" / said.hashes["sha256"]).write_bytes(content)
    else:
        metadata.signed.roles["targets"].threshold = 1
    thief.director.parts.path(role).write_bytes(as_bytes(metadata))
    thief.sign_as(role)
    mirror = there.director.mirror / "metadata"
    if role == "root":
        (mirror / f"{metadata.signed.version}.root.json").write_bytes(thief.director.parts.path("root").read_bytes())
    else:
        with refused(Text.PUBLISH_UNSIGNED):
            thief.release()
        _release_unchecked(thief)
    with refused(Text.CATALOGUE_BAD_SIGNATURE):
        there.sync(laptop)


def _release_unchecked(thief: Thief) -> None:
    """Snapshot and timestamp that name whatever lies there."""
    parts, director = thief.director.parts, thief.director
    snapshot = director._made("snapshot", type(parts.read("snapshot").signed))
    snapshot.signed.meta = {f"{role}.json": director._described(role) for role in director.roles[1:]}
    director._sign_online("snapshot", snapshot, (thief.key,))
    timestamp = director._made("timestamp", type(parts.read("timestamp").signed))
    timestamp.signed.snapshot_meta = director._described("snapshot")
    director._sign_online("timestamp", timestamp, (thief.key,))
    director._publish(thief.there.director.mirror, [*director.roles[1:], "snapshot"])


def test_a_thief_of_central_can_order_and_grant_until_the_office_takes_his_key_out_and_never_approve(
    thief: Thief, expect_log: Callable[[str], None]
) -> None:
    """What a stolen central can do, said plainly: genuine firmware, in plain updates, by laptops of the operator."""
    expect_log("names approve")
    there = thief.there
    laptop = current(there)
    thief.director.add_grant(replace(GRANT, id="his", actions=frozenset(Action) - {Action.APPROVE}), part=GRANTING)
    evil = replace(GRANT, id="second", actions=frozenset({Action.APPROVE}))
    thief.director.put(f"grants/{LAPTOP}/second.json", grant_json(evil), {}, GRANTING, replace=True)
    thief.release()
    there.sync(laptop)
    said = laptop.catalogue.directions()
    assert said is not None and [one.id for one in said.grants] == ["his"]
    assert [one.site for one in said.orders] == [SITE]


def test_yesterdays_director_is_not_taken_again(there: Direct, tmp_path: Path) -> None:
    grant = there.grant()
    laptop = current(there)
    yesterday = shutil.copytree(there.director.mirror, tmp_path / "yesterday")
    there.grants.revoke(ADMIN, grant)
    there.sync(laptop)
    with refused(Text.CATALOGUE_ROLLED_BACK):
        laptop.catalogue.sync(str(there.images.mirror), str(yesterday))
    said = laptop.catalogue.directions()
    assert said is not None and said.grants == ()
