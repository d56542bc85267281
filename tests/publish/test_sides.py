"""Both sides on the command line: keys, orders, grants, edits, several machines, and what is refused."""

import argparse
import hashlib
import io
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fieldtool.core.clock import SystemClock, iso
from fieldtool.core.errors import FieldtoolError
from fieldtool.core.rights import Action
from fieldtool.core.texts import Text
from fieldtool.firmware.directions import parse_grant
from fieldtool.firmware.repository import Catalogue
from fieldtool.firmware.roots import accept_director, accept_root
from fieldtool.publish import command
from fieldtool.store.database import Store
from fieldtool.trusted_time import TrustedTime
from fieldtool.update.approval import pin_fits
from tests.firmware.formats.samples import SAMPLES, anchors_file, fit_key, plain_bundle, public_pem
from tests.firmware.site import HARDWARE, MODEL, VENDOR, refused
from tests.publish.test_director import ANCHORS

PASSPHRASE = "correct horse battery staple"
LAPTOP = "1a" * 32


class Desk:
    """A publisher's desk: runs commands with the one passphrase."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        self._passphrase = folder / "passphrase"
        self._passphrase.write_text(PASSPHRASE + "\n")

    def run(self, *words: object, code: int = 0) -> dict[str, Any]:
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        args = parser.parse_args([*map(str, words), "--json"])
        if hasattr(args, "passphrase_file"):
            args.passphrase_file = self._passphrase
        assert command.run(args) == code
        answer: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return answer

    def sign_all(self, folder: Path) -> None:
        """With every key file, until nothing waits."""
        for key in sorted((folder / "keys").glob("*.pem")):
            self.run("sign", folder, "--key", key)

    def release(self, folder: Path, mirror: Path) -> None:
        keys = [word for name in ("snapshot", "timestamp") for word in ("--key", folder / "keys" / f"{name}-1.pem")]
        self.run("release", folder, "--to", mirror, *keys)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


@pytest.fixture
def images(desk: Desk) -> Path:
    desk.run("init", desk.folder / "images", "--vendor", VENDOR)
    return desk.folder / "images"


@pytest.fixture
def orders(desk: Desk, images: Path) -> Path:
    folder = desk.folder / "orders"
    made = desk.run("init", folder, "--director", "--site", "north", "--other", images)
    assert made["parts"] == ["root", "targets", "site-north"]
    assert made["signatures_missing"] == {}
    return folder


@pytest.fixture
def target(desk: Desk, images: Path) -> str:
    file = desk.folder / "main-2.6.0.bin"
    file.write_bytes(b"firmware" * 1000)
    added = desk.run(
        "add", images, file, "--vendor", VENDOR, "--model", MODEL, "--hardware", HARDWARE, "--version", "2.6.0",
        "--payload-hash", "ab" * 32, "--notes", "First.",
    )  # fmt: skip
    return str(added["target"])


@contextmanager
def laptop(folder: Path, images: Path, orders: Path | None = None) -> Iterator[Catalogue]:
    """Trusts the image repository, and takes directions where `orders` is given."""
    data = folder / "laptop"
    store, clock = Store.open(data), SystemClock()
    try:
        root = images / "metadata" / "root.json"
        accept_root(data, root, hashlib.sha256(root.read_bytes()).hexdigest(), clock.now())
        if orders is not None:
            root = orders / "metadata" / "root.json"
            accept_director(data, store, root, hashlib.sha256(root.read_bytes()).hexdigest(), clock.now())
        yield Catalogue(data, store, TrustedTime(store, clock), clock)
    finally:
        store.close()


def order(path: Path, file: Path, **changes: object) -> Path:
    content = file.read_bytes()
    image = {
        "target": "lab/main-2.6.0.bin",
        "length": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "hardware": [HARDWARE],
        **changes,
    }
    charger = {"serial": "SN1", "name": "Post 1", "model": MODEL, "images": [image]}
    document = {
        "schema": 1,
        "kind": "work-order",
        "id": "order-1",
        "site": "north",
        "title": "Spring round",
        "issued": "2026-03-01T00:00:00Z",
        "expires": "2036-03-01T00:00:00Z",
        "chargers": [charger],
    }
    path.write_text(json.dumps(document))
    return path


def test_from_nothing_to_two_mirrors_that_agree(desk: Desk, images: Path, orders: Path, target: str) -> None:
    file = order(desk.folder / "order.json", desk.folder / "main-2.6.0.bin")
    added = desk.run("order", "add", orders, file, "--images", images)
    assert added == {"target": "work-orders/north/order-1.json", "signatures_missing": {"site-north": 1}}
    (desk.folder / "anchors.json").write_bytes(ANCHORS)
    for folder in (images, orders):
        desk.run("native-key", "add", folder, VENDOR, "main", desk.folder / "anchors.json")
    desk.run(
        "grant", "add", orders, "--laptop", LAPTOP, "--actor", "tech-7", "--action", "update", "--site", "north",
        "--serial", "*", "--model", "*", "--days", 30, "--max-uses", 5,
    )  # fmt: skip
    desk.run("deny", orders, "--image", "3c" * 32)
    for folder in (images, orders):
        assert desk.run("verify", folder, code=8)["problems"][0]["code"] == "PUBLISH_UNSIGNED"
        desk.sign_all(folder)
        desk.release(folder, folder / "mirror")
        report = desk.run("verify", folder / "mirror")
        assert (report["laptops"], report["problems"]) == ("accepted", [])
    with laptop(desk.folder, images, orders) as catalogue:
        catalogue.sync(str(images / "mirror"), str(orders / "mirror"))
        (release,) = catalogue.releases()
        assert catalogue.image(release, "SN1").path.read_bytes() == (desk.folder / "main-2.6.0.bin").read_bytes()
        with refused(Text.NOT_ORDERED):
            catalogue.image(release, "SN2")
        desk.run("deny", orders, "--image", release.sha256)
        desk.sign_all(orders)
        desk.release(orders, orders / "mirror")
        catalogue.sync(str(images / "mirror"), str(orders / "mirror"))
        with refused(Text.DENYLISTED):
            catalogue.image(release, "SN1")


def test_only_a_file_that_laptops_take_by_its_own_signature_is_added(desk: Desk, images: Path) -> None:
    sample = plain_bundle(desk.folder)
    file = desk.folder / "citypost.raucb"
    file.write_bytes(sample.data)
    published = sample.release.published
    assert published is not None
    words = [
        "add", images, file, "--vendor", VENDOR, "--model", MODEL, "--hardware", HARDWARE, "--version", "2.6.0",
        "--payload-hash", sample.release.payload_hash, "--published", iso(published),
    ]  # fmt: skip
    with refused(Text.NATIVE_NO_ANCHOR):
        desk.run(*words)
    pem = [one.public_bytes(Encoding.PEM).decode() for one in sample.anchors.certificates]
    anchors = anchors_file("raucb", certificates=pem, purposes=sorted(sample.anchors.purposes))
    (desk.folder / "anchors.json").write_bytes(anchors)
    desk.run("native-key", "add", images, VENDOR, "main", desk.folder / "anchors.json")
    assert "signed" in desk.run(*words, "--native-key", "main")["native_signature"].lower()
    file.write_bytes(sample.data[:2000] + b"x" + sample.data[2001:])
    with refused(Text.NATIVE_SIGNATURE_BAD):
        desk.run(*words, "--native-key", "main", "--name", "other.raucb")
    assert len(list((images / "images").iterdir())) == 2  # the anchors and the good file


def test_a_fit_is_added_by_its_makers_key_and_by_no_other_and_not_as_a_bare_file(desk: Desk, images: Path) -> None:
    sample = SAMPLES["fit-p256"](desk.folder)
    file = desk.folder / "rescue.itb"
    file.write_bytes(sample.data)
    words = [
        "add", images, file, "--vendor", VENDOR, "--model", MODEL, "--hardware", HARDWARE, "--version", "2.6.0",
        "--payload-hash", sample.release.payload_hash,
    ]  # fmt: skip
    for name, key in (("main", fit_key("p256")), ("other", fit_key("p256-other"))):
        (desk.folder / name).write_bytes(anchors_file("fit", keys=[public_pem(key)]))
        desk.run("native-key", "add", images, VENDOR, name, desk.folder / name)
    for more, text in (
        ([], Text.NATIVE_NO_ANCHOR),
        (["--native-key", "other"], Text.NATIVE_KEY_UNKNOWN),
        (["--format", "bin"], Text.NATIVE_DISGUISED),
    ):
        with refused(text):
            desk.run(*words, *more)
    assert "Signed by the key" in desk.run(*words, "--native-key", "main")["native_signature"]
    desk.sign_all(images)
    desk.release(images, images / "mirror")
    assert desk.run("verify", images / "mirror")["problems"] == []
    with laptop(desk.folder, images) as catalogue:
        catalogue.sync(str(images / "mirror"))
        (release,) = catalogue.releases()
        assert release.format == "fit" and catalogue.image(release).path.read_bytes() == sample.data


def test_edits_change_what_is_said_and_never_the_file(desk: Desk, images: Path, target: str) -> None:
    desk.sign_all(images)
    desk.release(images, images / "mirror")
    edited = desk.run(
        "edit", images, target, "--notes", "Do not use with modem 1.", "--advisory", "EX-2026-1", "--model", MODEL,
        "--model", "CityPost 11", "--requires", "modem=2", "--end-of-support", "2030-01-01T00:00:00Z",
    )  # fmt: skip
    assert edited["signatures_missing"] == 1
    assert edited["changed"] == ["advisories", "end_of_support", "models", "notes", "requires"]
    desk.sign_all(images)
    desk.release(images, images / "mirror")
    with laptop(desk.folder, images) as catalogue:
        catalogue.sync(str(images / "mirror"))
        (release,) = catalogue.releases()
    assert release.notes == "Do not use with modem 1."
    assert (release.advisories, release.requires) == (("EX-2026-1",), (("modem", "2"),))
    assert set(release.models) == {MODEL, "CityPost 11"}
    assert release.version == "2.6.0"
    assert len(list((images / "mirror/targets/lab").iterdir())) == 1
    removed = desk.run("edit", images, target, "--remove", "advisories")
    assert removed["changed"] == ["advisories"]


@pytest.mark.parametrize(
    ("words", "data", "text"),
    [
        ([], {"version": "9.9.9"}, Text.PUBLISH_FIELD_FIXED),
        ([], {"payload_hash": "cd" * 32}, Text.PUBLISH_FIELD_FIXED),
        (["--remove", "security_epoch"], {}, Text.PUBLISH_FIELD_FIXED),
        (["--remove", "models"], {}, Text.RELEASE_BAD),
        (["--notes", "x"], {"notes": "y"}, Text.PUBLISH_FILE_BAD),
        ([], {"surprise": 1}, Text.RELEASE_BAD),
    ],
)
def test_an_edit_that_makes_another_release_of_it_is_refused(
    desk: Desk, images: Path, target: str, words: list[str], data: dict[str, object], text: Text
) -> None:
    (desk.folder / "data.json").write_text(json.dumps(data))
    with refused(text):
        desk.run("edit", images, target, *words, "--data", desk.folder / "data.json")


def test_a_withdrawn_image_is_gone_after_the_next_release(desk: Desk, images: Path, target: str) -> None:
    assert desk.run("withdraw", images, target) == {
        "withdrawn": target,
        "part": "lab",
        "signatures_missing": {"lab": 1},
    }
    with refused(Text.IMAGE_NOT_LISTED):
        desk.run("withdraw", images, target)
    with refused(Text.IMAGE_NOT_LISTED):
        desk.run("edit", images, target, "--notes", "x")


@pytest.mark.parametrize(
    "change", [{"target": "lab/other.bin"}, {"length": 1}, {"sha256": "00" * 32}, {"hardware": ["R9"]}]
)
def test_an_order_that_the_image_repository_contradicts_is_refused(
    desk: Desk, images: Path, orders: Path, target: str, change: dict[str, object]
) -> None:
    file = order(desk.folder / "order.json", desk.folder / "main-2.6.0.bin", **change)
    with refused(Text.PUBLISH_ORDER_IMAGE):
        desk.run("order", "add", orders, file, "--images", images)


def test_the_pin_of_a_second_person_is_read_from_a_file_and_kept_as_a_proof(desk: Desk, orders: Path) -> None:
    (desk.folder / "pin").write_text("12345678\n")
    made = desk.run(
        "grant", "add", orders, "--actor", "lead-2", "--action", "approve", "--site", "*", "--serial", "*", "--model",
        "*", "--until", "2030-01-01T00:00:00Z", "--pin-file", desk.folder / "pin", "--id", "lead-2",
    )  # fmt: skip
    assert made["target"] == "grants/any/lead-2.json"
    (kept,) = (one for one in (orders / "images").iterdir() if b"lead-2" in one.read_bytes())
    grant = parse_grant(kept.read_bytes())
    assert grant.actions == {Action.APPROVE} and pin_fits(grant.pin, "12345678")
    assert b"12345678" not in kept.read_bytes()
    (desk.folder / "pin").write_text("1234567\n")
    with refused(Text.PUBLISH_PIN_WEAK):
        desk.run(
            "grant", "add", orders, "--actor", "x", "--action", "approve", "--site", "*", "--serial", "*", "--model",
            "*", "--days", 1, "--pin-file", desk.folder / "pin",
        )  # fmt: skip


def test_without_a_terminal_and_a_file_no_pin_is_made_up(
    desk: Desk, orders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with refused(Text.PUBLISH_PIN_NEEDED):
        desk.run(
            "grant", "add", orders, "--actor", "x", "--action", "approve", "--site", "*", "--serial", "*", "--model",
            "*", "--days", 1, "--pin",
        )  # fmt: skip


def test_a_grant_is_revoked_and_a_laptop_denied_and_allowed_again(desk: Desk, orders: Path) -> None:
    made = desk.run(
        "grant", "add", orders, "--laptop", LAPTOP, "--actor", "tech-7", "--action", "update", "--site", "north",
        "--serial", "*", "--model", "*", "--days", 30,
    )  # fmt: skip
    revoked = desk.run("grant", "revoke", orders, made["grant"])
    assert revoked["withdrawn"] == made["target"]
    denied = desk.run("deny", orders, "--laptop", LAPTOP, "--grant-epoch", 4)
    assert (denied["grants"], denied["laptops"], denied["grant_epoch"]) == ([made["grant"]], [LAPTOP], 4)
    assert desk.run("allow", orders, "--laptop", LAPTOP)["laptops"] == []


def test_a_lost_key_is_replaced_with_the_public_half_of_a_new_one(desk: Desk, images: Path) -> None:
    new = desk.run("keys", "make", desk.folder / "new.pem")
    assert desk.run("keys", "show", desk.folder / "new.pem.pub")["id"] == new["id"]
    lost = desk.run("keys", "list", images)["parts"][1]["keys"][0]
    words = ["revoke", images, lost[:12], "--replacement", desk.folder / "new.pem.pub"]
    answer = desk.run(*words)
    assert answer == {"revoked": lost, "signatures_missing": {"root": 2, "targets": 2}}
    with refused(Text.PUBLISH_KEY_FOREIGN):
        desk.run("sign", images, "--role", "targets", "--key", images / "keys" / "targets-1.pem")
    desk.run("sign", images, "--role", "targets", "--key", desk.folder / "new.pem")
    desk.sign_all(images)
    desk.release(images, images / "mirror")
    assert desk.run("verify", images / "mirror")["laptops"] == "accepted"


def test_parts_are_delegated_and_rotated_by_names_of_keys(desk: Desk, images: Path) -> None:
    made = [desk.run("keys", "make", desk.folder / f"{name}.pem") for name in ("one", "two")]
    public = [desk.folder / f"{name}.pem.pub" for name in ("one", "two")]
    delegated = desk.run("delegate", images, "Modem AG", "--key", public[0])
    assert delegated == {"part": "modem-ag", "signatures_missing": {"targets": 2, "modem-ag": 1}}
    words = ["rotate", images, "--role", "modem-ag", "--key", made[0]["id"], "--key", public[1], "--threshold", 2]
    assert desk.run(*words)["signatures_missing"] == {"targets": 2, "modem-ag": 2}
    (part,) = (one for one in desk.run("keys", "list", images)["parts"] if one["part"] == "modem-ag")
    assert part == {"part": "modem-ag", "needs": 2, "of": 2, "keys": [one["id"] for one in made]}


def test_no_key_gets_into_both_repositories(desk: Desk, images: Path, orders: Path) -> None:
    theirs = images / "keys" / "lab-1.pem"
    root = images / "metadata" / "root.json"
    for other, key in ((images, theirs), (root, images / "keys" / "root-1.pem")):
        for words in (
            ["rotate", orders, "--role", "timestamp", "--key", key],
            ["delegate", orders, "south", "--key", key],
            ["revoke", orders, desk.run("keys", "list", orders)["parts"][2]["keys"][0], "--replacement", key],
            ["init", desk.folder / "third", "--director", "--key", f"snapshot={key}"],
        ):
            with refused(Text.PUBLISH_KEY_SHARED):
                desk.run(*words, "--other", other)
    assert not (desk.folder / "third").exists()


def test_keys_that_people_hold_elsewhere_come_into_a_repository_as_public_halves(desk: Desk) -> None:
    for name in ("anna", "ben"):
        desk.run("keys", "make", desk.folder / f"{name}.pem")
    token = generate_private_key(SECP256R1()).public_key()
    (desk.folder / "hsm.pub").write_bytes(token.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    folder = desk.folder / "images"
    named = [
        word for name in ("anna.pem.pub", "ben.pem.pub", "hsm.pub") for word in ("--key", f"root={desk.folder / name}")
    ]
    made = desk.run("init", folder, "--vendor", VENDOR, *named)
    assert made["signatures_missing"] == {"root": 2}
    assert not any(Path(key).name.startswith("root") for key in made["keys"])
    for name, missing in (("anna", 1), ("ben", 0)):  # each on his own machine
        shutil.copytree(folder, desk.folder / name)
        desk.run("sign", desk.folder / name, "--key", desk.folder / f"{name}.pem")
        merged = desk.run("merge", folder, desk.folder / name)
        assert merged["signatures_missing"] == ({"root": missing} if missing else {})
    desk.release(folder, folder / "mirror")


def test_parts_that_expire_soon_are_renewed_together(desk: Desk, images: Path) -> None:
    assert desk.run("renew", images, "--within", 30)["renewed"] == []
    renewed = desk.run("renew", images, "--within", 150)
    assert renewed == {"renewed": ["targets", "lab"], "signatures_missing": {"targets": 2, "lab": 1}}
    assert desk.run("renew", images, "--role", "root")["signatures_missing"]["root"] == 2


@pytest.mark.parametrize(
    "words",
    [
        ["init", "new", "--vendor", "Lab", "--director"],
        ["init", "new", "--site", "north"],
        ["init", "new", "--director", "--site", "North"],
        ["init", "new", "--vendor", "Lab", "--key", "root"],
        ["init", "new", "--vendor", "Lab", "--key", "nobody=key.pem"],
        ["init", "new", "--vendor", "Lab", "--key", "root=key.pem"],
        ["keys", "make", "pkcs11:token=x;object=y"],
    ],
)
def test_what_cannot_be_is_said_before_anything_is_made(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(desk.folder)
    with refused(Text.PUBLISH_LAYOUT_BAD):
        desk.run(*words)
    assert [path.name for path in desk.folder.iterdir()] == ["passphrase"]


@pytest.mark.parametrize(
    ("verb", "rest"),
    [("order add", ["order.json"]), ("deny", []), ("grant revoke", ["x"])],
)
def test_a_verb_of_the_director_is_refused_in_an_image_repository(
    desk: Desk, images: Path, verb: str, rest: list[str]
) -> None:
    with refused(Text.PUBLISH_OTHER_KIND):
        desk.run(*verb.split(), images, *rest)


def test_people_read_a_table_of_parts_and_problems(
    desk: Desk, images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.run("renew", images, "--role", "lab")
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert command.run(parser.parse_args(["verify", str(images)])) == 8
    told = capsys.readouterr().out
    assert "part lab, version 1" in told and "0 of 1 needed" in told
    assert "Signatures missing on “lab”: 1." in told


def test_every_verb_says_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    for name in command.VERBS:
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        with pytest.raises(SystemExit) as end:
            parser.parse_args([*name.split(), "--help"])
        assert end.value.code == 0
        assert command.VERBS[name].summary.split()[0] in capsys.readouterr().out


def test_an_error_names_the_file_that_is_missing(desk: Desk, orders: Path) -> None:
    with pytest.raises(FieldtoolError) as told:
        desk.run("order", "add", orders, desk.folder / "nothing.json")
    assert "nothing.json" in told.value.what
