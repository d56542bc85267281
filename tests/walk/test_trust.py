"""Attacks and mistakes on the command line: `fieldtool update` refuses by name, and the charger does not notice."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fieldtool.cli.main import main
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import ExitCode
from fieldtool.core.rights import Action, OrderedImage
from fieldtool.firmware.directions import order_json, parse_grant
from fieldtool.firmware.roots import accept_root
from fieldtool.lab.cms import new_authority
from fieldtool.lab.raucb import Bundle, Image, make_bundle
from fieldtool.lab.site import told_of
from fieldtool.store.keystore import keystore, mark_throw_away
from tests.walk.directed import RUNS, SECOND, SERIAL, Scene, keys, make, target

HOUR = timedelta(hours=1)
NEW, OLD, UNSAFE, UNORDERED = "1.5.0", "1.3.0", "1.4.0", "1.6.0"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("directed") / "laptop"
    return folder, make(folder)


@pytest.fixture
def scene(made: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene.open(made[0], tmp_path / "laptop", made[1], stack, capsys)


def bundle(folder: Path, scene: Scene, version: str, evil: bool = False) -> Bundle:
    """One that the lab's maker signed, or somebody who has his keys for the catalogue and not for his firmware."""
    authority = new_authority("Evil") if evil else told_of(scene.folder)[1]
    path = folder / f"lab-citypost-22-{version}.raucb"
    return make_bundle(path, authority, "lab-citypost-22", Image(version, security_epoch=2), size=100_000)


# -- what is ordered and granted goes ---------------------------------------------------------------------------------


def test_what_both_repositories_agree_on_is_installed_and_the_grant_is_on_record(scene: Scene) -> None:
    code, told = scene.update()
    assert (code, told["outcome"], told["to"], scene.runs()) == (0, "done", NEW, NEW), told
    (begun,) = [one for one in scene.events() if one["event"] == "run-started"]
    assert begun["grant"] == "technician"
    code, checks = scene.call("cache", "why", target(NEW), "--charger", SERIAL)
    assert code == 0 and checks[0]["failed"] is None
    assert {one["stand"] for one in checks[0]["checks"]} == {"ok"}, "both repositories and the maker's signature"


# -- the director says no ---------------------------------------------------------------------------------------------


def test_a_release_that_no_order_names_is_refused_although_its_vendor_signed_it(scene: Scene) -> None:
    scene.check_refused(scene.update("--version", UNORDERED), "GRANT_NOT_ORDERED")
    assert scene.why(target(UNORDERED)) == (ExitCode.TRUST.value, "ordered", "NOT_ORDERED")


def test_without_its_grant_a_laptop_does_nothing(scene: Scene) -> None:
    operator = scene.operator
    operator.revoke_grant("technician")
    scene.release_director(operator)
    scene.check_refused(scene.update(), "GRANT_NONE")


def test_a_grant_on_the_denylist_counts_no_more_although_it_is_still_served(scene: Scene) -> None:
    operator = scene.operator
    operator.deny(grants=["technician"])
    scene.release_director(operator)
    scene.check_refused(scene.update(), "GRANT_WITHDRAWN")


def test_a_denied_image_is_refused(scene: Scene) -> None:
    operator = scene.operator
    (charger,) = scene.order().chargers
    operator.deny(images=[one.sha256 for one in charger.images if one.target == target(NEW)])
    scene.release_director(operator)
    scene.check_refused(scene.update("--version", NEW), "GRANT_IMAGE_DENIED")
    assert scene.why(target(NEW)) == (ExitCode.TRUST.value, "denylist", "DENYLISTED")


def test_a_denied_laptop_updates_nothing(scene: Scene) -> None:
    operator = scene.operator
    operator.deny(laptops=[scene.good("key", "show")["key_id"]])
    scene.release_director(operator)
    scene.check_refused(scene.update(), "GRANT_LAPTOP_DENIED")
    assert scene.why(target(NEW)) == (ExitCode.TRUST.value, "laptop", "LAPTOP_DENIED")


def test_an_order_that_has_ended_allows_nothing(scene: Scene) -> None:
    now = SystemClock().now()
    scene.reorder(issued=now - 2 * HOUR, expires=now - HOUR)
    scene.check_refused(scene.update("--version", NEW), "GRANT_ORDER_ENDED")
    assert scene.why(target(NEW)) == (ExitCode.TRUST.value, "ordered", "NOT_ORDERED")


def test_an_order_for_another_site_does_not_widen_a_grant(scene: Scene) -> None:
    operator = scene.operator
    content = operator.content(f"grants/{scene.good('key', 'show')['key_id']}/technician.json")
    assert content is not None
    grant = parse_grant(content)
    operator.add_grant(replace(grant, scope=replace(grant.scope, sites=frozenset({"elsewhere"}))), replace=True)
    scene.release_director(operator)
    scene.check_refused(scene.update(), "GRANT_ELSEWHERE")


# -- the two repositories disagree ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change", [{"length": 4711}, {"sha256": "ab" * 32}, {"hardware": ("B9",)}], ids=["length", "hash", "hardware"]
)
def test_when_the_director_disagrees_with_the_image_repository_nothing_is_installed(
    scene: Scene, change: dict[str, object]
) -> None:
    scene.order_images(change)
    scene.check_refused(scene.update("--version", NEW), "GRANT_NOT_ORDERED")
    assert scene.why(target(NEW)) == (ExitCode.TRUST.value, "ordered", "DIRECTOR_DISAGREES")


def test_an_image_that_only_the_director_names_does_not_exist(scene: Scene, tmp_path: Path) -> None:
    """A thief of the director, and of everything else that is online, cannot make firmware."""
    evil = bundle(tmp_path, scene, "9.9.9")
    scene.order_images({}, OrderedImage(target("9.9.9"), evil.length, evil.sha256, ("B2",)))
    scene.check_refused(scene.update("--version", "9.9.9"), "TARGET_UNKNOWN")
    assert scene.why(target("9.9.9")) == (ExitCode.TRUST.value, "listed", "IMAGE_NOT_LISTED")
    code, told = scene.call("cache", "add", str(evil.path))
    assert (code, told[-1]["error"]["code"]) == (ExitCode.TRUST.value, "HAND_UNKNOWN")


def test_an_image_that_its_vendor_withdrew_is_not_installed_because_the_director_still_orders_it(scene: Scene) -> None:
    vendor = scene.vendor
    vendor.withdraw(target(NEW))
    scene.release_images(vendor)
    scene.good("sync")
    scene.check_refused(scene.update("--version", NEW), "TARGET_UNKNOWN")


# -- the maker says no ------------------------------------------------------------------------------------------------


def test_a_thief_of_all_catalogue_keys_cannot_bring_in_what_the_maker_did_not_sign(
    scene: Scene, tmp_path: Path
) -> None:
    evil = scene.publish(bundle(tmp_path, scene, "1.9.0", evil=True))
    scene.check_refused(scene.update("--version", "1.9.0"), "NATIVE_KEY_UNKNOWN", ExitCode.TRUST)
    assert scene.why(evil) == (ExitCode.TRUST.value, "native", "NATIVE_KEY_UNKNOWN")


def test_a_genuine_bundle_that_was_changed_is_refused_although_all_catalogue_keys_signed_the_change(
    scene: Scene, tmp_path: Path
) -> None:
    genuine = bundle(tmp_path, scene, "1.9.0")
    content = bytearray(genuine.path.read_bytes())
    content[len(content) // 2] ^= 1
    genuine.path.write_bytes(content)
    changed = scene.publish(genuine, sha256=_sha256(genuine.path))
    scene.check_refused(scene.update("--version", "1.9.0"), "NATIVE_SIGNATURE_BAD", ExitCode.TRUST)
    assert scene.why(changed) == (ExitCode.TRUST.value, "native", "NATIVE_SIGNATURE_BAD")


def test_publish_add_refuses_what_laptops_would_refuse(scene: Scene, tmp_path: Path) -> None:
    evil = bundle(tmp_path, scene, "1.9.0", evil=True)
    words = [
        "--vendor",
        "Lab",
        "--model",
        "CityPost 22",
        "--hardware",
        "B2",
        "--component",
        "main",
        "--version",
        "1.9.0",
    ]
    scene.capsys.readouterr()
    working = str(scene.folder / "repository" / "repository")
    more = ["--payload-hash", evil.payload_hash, "--native-key", "raucb", "--json"]
    assert main(["publish", "add", working, str(evil.path), *words, *more]) == ExitCode.TRUST.value
    assert json.loads(scene.capsys.readouterr().out)["error"]["code"] == "NATIVE_KEY_UNKNOWN"


def _sha256(file: Path) -> str:
    import hashlib

    return hashlib.sha256(file.read_bytes()).hexdigest()


# -- epochs and second persons ----------------------------------------------------------------------------------------


def test_nobody_goes_below_the_security_epoch_not_even_two_people_with_a_grant_for_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.types(scene.pin, monkeypatch)
    told = scene.update("--version", UNSAFE, "--approve-pin", SECOND)
    scene.check_refused(told, "EPOCH_TOO_LOW")


def test_a_downgrade_takes_two_people(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.check_refused(scene.update("--version", OLD), "APPROVAL_MISSING")
    scene.types("0000000000", monkeypatch)
    code, told = scene.update("--version", OLD, "--approve-pin", SECOND)
    assert (code, told["error"]["code"]) == (ExitCode.REFUSED.value, "APPROVAL_PIN_WRONG")
    assert scene.is_untouched()
    scene.types(scene.pin, monkeypatch)
    code, told = scene.update("--version", OLD, "--approve-pin", SECOND)
    assert (code, told["outcome"], scene.runs()) == (0, "done", OLD), told
    events = scene.events()
    (begun,) = [one for one in events if one["event"] == "run-started"]
    assert begun["seen"]["second person 1"]
    assert [one["event"] for one in events if one["event"].startswith("approval-")] == [
        "approval-given", "approval-refused",
    ]  # fmt: skip


def test_a_second_person_is_no_replacement_for_a_grant(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = scene.operator
    content = operator.content(f"grants/{scene.good('key', 'show')['key_id']}/technician.json")
    assert content is not None
    grant = parse_grant(content)
    operator.add_grant(replace(grant, actions=grant.actions - {Action.DOWNGRADE}), replace=True)
    scene.release_director(operator)
    scene.types(scene.pin, monkeypatch)
    code, told = scene.update("--version", OLD, "--approve-pin", SECOND)
    assert code == ExitCode.REFUSED.value and told["reason"]["code"] in ("GRANT_NONE", "GRANT_DOWNGRADE")
    assert scene.is_untouched()


# -- time, and what is lost -------------------------------------------------------------------------------------------


def test_a_catalogue_that_is_out_of_date_refuses_and_names_the_remedy(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = SystemClock.now
    monkeypatch.setattr(SystemClock, "now", lambda self: now(self) + timedelta(days=29))
    told = scene.update()
    scene.check_refused(told, "CATALOGUE_EXPIRED", ExitCode.TRUST)
    assert "bundle" in told[1]["reason"]["remedy"]


def test_a_directed_laptop_that_loses_its_directors_root_does_not_stand_alone(scene: Scene) -> None:
    (scene.folder / "trust" / "director-root.json").unlink()
    scene.good("settings", "set", "director", "")
    scene.check_refused(scene.update(), "DIRECTOR_ROOT_GONE", ExitCode.TRUST)
    code, told = scene.call("sync")
    assert (code, told[-1]["error"]["code"]) == (ExitCode.TRUST.value, "DIRECTOR_ROOT_GONE")


def test_a_directed_laptop_whose_directions_are_wiped_does_nothing(scene: Scene) -> None:
    current = (scene.folder / "catalogue" / "current").read_text().strip()
    shutil.rmtree(scene.folder / "catalogue" / current / "director")
    code, told = scene.update()
    assert code == ExitCode.TRUST.value and scene.is_untouched(), told
    assert scene.why(target(NEW))[:2] == (ExitCode.TRUST.value, "director")


# -- from laptop to laptop on a stick ---------------------------------------------------------------------------------


def test_a_laptop_that_was_never_online_updates_from_a_bundle(scene: Scene, tmp_path: Path) -> None:
    other = _fresh_laptop(scene, tmp_path / "other")
    stick = tmp_path / "stick.zip"
    code, told = scene.update("--seconds", "1", data=other)
    assert code != 0 and scene.is_untouched(), "it has no catalogue yet"
    _grant_to(scene, other)
    scene.good("bundle", "export", str(stick))
    scene.good("bundle", "inspect", str(stick), data=other)
    scene.good("bundle", "import", str(stick), data=other)
    code, told = scene.update(data=other)
    assert (code, told["outcome"], scene.runs()) == (0, "done", NEW), told
    events = [one["event"] for one in scene.events(other)]
    assert "run-started" in events and "site-ordered" in events


def test_a_bundle_gives_a_laptop_no_rights_that_are_another_ones(scene: Scene, tmp_path: Path) -> None:
    other, stick = _fresh_laptop(scene, tmp_path / "other"), tmp_path / "stick.zip"
    scene.good("bundle", "export", str(stick))
    scene.good("bundle", "import", str(stick), data=other)
    code, told = scene.update(data=other)
    assert (code, told["reason"]["code"]) == (ExitCode.REFUSED.value, "GRANT_NONE")
    assert scene.is_untouched()


@pytest.mark.parametrize("part", ["image", "order", "timestamp"])
def test_a_bundle_that_somebody_changed_brings_nothing(scene: Scene, tmp_path: Path, part: str) -> None:
    other, stick = _fresh_laptop(scene, tmp_path / "other"), tmp_path / "stick.zip"
    scene.good("bundle", "export", str(stick))
    (charger,) = scene.order().chargers
    sha256 = next(one.sha256 for one in charger.images if one.target == target(NEW))
    inside = {
        "image": (scene.folder / "catalogue" / "images" / sha256[:2] / sha256).read_bytes(),
        "order": order_json(scene.order()),
        "timestamp": (scene.folder / "director" / "mirror" / "metadata" / "timestamp.json").read_bytes(),
    }[part]
    content = bytearray(stick.read_bytes())
    content[content.index(inside) + len(inside) // 2] ^= 1
    stick.write_bytes(content)
    for verb in ("inspect", "import"):
        code, told = scene.call("bundle", verb, str(stick), data=other)
        assert code == ExitCode.TRUST.value, told
    assert not (other / "catalogue" / "current").exists()


def _fresh_laptop(scene: Scene, folder: Path) -> Path:
    """A data folder with the charger's login and both roots, and nothing else. It never syncs."""
    root, director = (scene.folder / name / "root.json" for name in ("repository", "director"))
    accept_root(folder, root, _sha256(root), SystemClock().now())
    mark_throw_away(folder)
    secret = f"secret:{SERIAL}"
    keystore(folder).put(secret, keystore(scene.folder).get(secret) or "")
    scene.good("trust", "add", str(director), "--director", "--fingerprint", _sha256(director), data=folder)
    for name, value in (("network", "loopback"), ("validate.soak_seconds", "0")):
        scene.good("settings", "set", name, value, data=folder)
    return folder


def _grant_to(scene: Scene, laptop: Path) -> None:
    key_id = scene.good("key", "show", data=laptop)["key_id"]
    operator = scene.operator
    content = operator.content(f"grants/{scene.good('key', 'show')['key_id']}/technician.json")
    assert content is not None
    operator.add_grant(replace(parse_grant(content), id="colleague", key_id=key_id))
    scene.release_director(operator)


# -- the training folder itself ---------------------------------------------------------------------------------------


def test_no_key_of_a_training_folder_is_in_both_repositories(scene: Scene) -> None:
    roots = scene.good("trust", "list")["roots"]
    assert [one["director"] for one in roots] == [False, True]
    both = [(scene.folder / name / "root.json").read_text() for name in ("repository", "director")]
    images, director = (set(json.loads(text)["signed"]["keys"]) for text in both)
    assert images and director and not images & director
    assert keys("images") != keys("director")


def test_a_new_training_folder_tells_its_order_and_its_second_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "site.toml"
    file.write_text(_one_charger())
    assert main(["lab", "new", str(tmp_path / "lab"), "--site", str(file)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["order"], told["second_person"], len(told["pin"])) == ("training", SECOND, 10)
    holding = [
        one for one in (tmp_path / "lab").rglob("*") if one.is_file() and told["pin"].encode() in one.read_bytes()
    ]
    assert holding == [], "nothing but a proof of the PIN is kept"
    assert main(["lab", "new", str(tmp_path / "alone"), "--site", str(file), "--stand-alone"]) == 0
    assert "pin" not in json.loads(capsys.readouterr().out)
    assert not (tmp_path / "alone" / "trust" / "director-root.json").exists()


def _one_charger() -> str:
    from tests.walk.directed import description

    return description()


def test_the_charger_of_these_tests_runs_what_they_think(scene: Scene) -> None:
    assert scene.runs() == RUNS and scene.is_untouched()
