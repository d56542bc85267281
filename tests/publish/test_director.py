"""The director's side: the laptops' parser reads every document first; a site's key signs that site's orders only."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fieldtool.core.rights import Action, Denylist, Grant, OrderedCharger, OrderedImage, Scope, WorkOrder
from fieldtool.core.texts import Text
from fieldtool.firmware import director as client
from fieldtool.firmware.directions import grant_json, order_json, parse_grant
from fieldtool.firmware.fetchers import folder_origin
from fieldtool.firmware.verification import verify
from fieldtool.publish.director import DirectorRepository, pin_proof
from fieldtool.publish.layout import Holders
from fieldtool.publish.repository import ImageRepository
from fieldtool.publish.throwaway import make_director, make_repository, sign_and_release
from fieldtool.update.approval import pin_fits
from tests.firmware.site import HARDWARE, MODEL, START, VENDOR, SetClock, image, refused, signers
from tests.publish.conftest import SITE

LAPTOP = "1a" * 32
IMAGE = OrderedImage("lab/main.raucb", 5000, "2b" * 32, (HARDWARE,))
CHARGER = OrderedCharger("SN1", "Post 1", MODEL, images=(IMAGE,))
ORDER = WorkOrder("order-1", SITE, "Spring round", START, START + timedelta(days=14), (CHARGER,))
GRANT = Grant(
    "grant-1", LAPTOP, "tech-7", frozenset({Action.UPDATE}),
    Scope(frozenset({SITE}), frozenset("*"), frozenset("*")), START, START + timedelta(days=30),
)  # fmt: skip


def directed(mirror: Path, root: Path, clock: SetClock) -> client.Directed:
    """What a laptop reads."""
    verified = verify(mirror, folder_origin(mirror), root.read_bytes(), clock.now())
    return client.directed(verified, lambda target: (mirror / "targets" / target.location).read_bytes())


def released(director: DirectorRepository, tmp_path: Path, clock: SetClock) -> client.Directed:
    sign_and_release(director, signers("director"), tmp_path / "director-mirror")
    return directed(tmp_path / "director-mirror", director.root_file, clock)


def test_laptops_read_what_the_director_says(director: DirectorRepository, tmp_path: Path, clock: SetClock) -> None:
    assert director.add_order(order_json(ORDER)) == f"work-orders/{SITE}/order-1.json"
    assert director.add_grant(GRANT) == f"grants/{LAPTOP}/grant-1.json"
    director.deny(images=["3c" * 32], grant_epoch=2)
    told = released(director, tmp_path, clock)
    assert [order for _, order in told.orders] == [ORDER]
    assert told.grants == (GRANT,)
    assert told.denylist == Denylist(frozenset({"3c" * 32}), grant_epoch=2)
    assert told.problems == ()


def test_the_key_of_a_site_signs_its_own_orders_and_nothing_else(
    director: DirectorRepository, tmp_path: Path, clock: SetClock
) -> None:
    other = signers("other site").vendor[0]
    director.delegate("depot-south", Holders((other.public_key,)))
    director.add_order(order_json(ORDER))
    foreign = replace(ORDER, id="order-2", site="depot-south")
    path = director.add_order(order_json(foreign))
    assert path == "work-orders/depot-south/order-2.json"
    with refused(Text.PUBLISH_KEY_FOREIGN):
        director.sign(f"site-{SITE}", other)
    # Its owner writes all that he can sign: an order for the other site, a grant, the denylist.
    for stolen, content in (
        (f"work-orders/{SITE}/order-3.json", order_json(replace(ORDER, id="order-3"))),
        (f"grants/{LAPTOP}/grant-9.json", grant_json(replace(GRANT, id="grant-9"))),
    ):
        director.put(stolen, content, {}, "site-depot-south", replace=True)
    director.sign("site-depot-south", other)
    told = released(director, tmp_path, clock)
    assert {order.id for _, order in told.orders} == {"order-1", "order-2"}
    assert told.grants == ()


@pytest.mark.parametrize(
    "change", [{"surprise": 1}, {"site": "*"}, {"id": "../x"}, {"expires": "2026-03-01T00:00:00Z"}, {"schema": 2}]
)
def test_an_order_that_laptops_would_not_understand_is_not_taken(
    director: DirectorRepository, change: dict[str, object]
) -> None:
    with refused(Text.DIRECTION_BAD):
        director.add_order(json.dumps({**json.loads(order_json(ORDER)), **change}).encode())
    assert director.parts.targets(f"site-{SITE}").signed.targets == {}


def test_an_order_for_a_site_without_a_part_is_refused(director: DirectorRepository) -> None:
    with refused(Text.PUBLISH_ROLE_UNKNOWN):
        director.add_order(order_json(replace(ORDER, site="nowhere")))


def test_a_published_order_or_grant_changes_only_when_that_is_said(
    director: DirectorRepository, tmp_path: Path, clock: SetClock
) -> None:
    director.add_order(order_json(ORDER))
    director.add_grant(GRANT)
    released(director, tmp_path, clock)
    director.add_order(order_json(ORDER))
    director.add_grant(GRANT)
    assert director.waiting() == ()  # nothing is new
    order, grant = order_json(replace(ORDER, title="Summer round")), replace(GRANT, actor="tech-8")
    with refused(Text.PUBLISH_DOCUMENT_EXISTS):
        director.add_order(order)
    with refused(Text.PUBLISH_DOCUMENT_EXISTS):
        director.add_grant(grant)
    director.add_order(order, replace=True)
    director.add_grant(grant, replace=True)
    told = released(director, tmp_path, clock)
    assert told.orders[0][1].title == "Summer round"
    assert told.grants == (grant,)


def test_a_revoked_grant_is_gone_and_denied(director: DirectorRepository, tmp_path: Path, clock: SetClock) -> None:
    director.add_grant(GRANT)
    released(director, tmp_path, clock)
    director.revoke_grant("grant-1")
    told = released(director, tmp_path, clock)
    assert told.grants == ()
    assert told.denylist.grants == {"grant-1"}
    with refused(Text.PUBLISH_GRANT_UNKNOWN):
        director.revoke_grant("grant-1")


def test_the_denylist_grows_and_shrinks_and_its_epoch_only_grows(director: DirectorRepository) -> None:
    director.deny(images=["3c" * 32], laptops=[LAPTOP], grant_epoch=3)
    director.deny(grants=["grant-1"], grant_epoch=1)
    assert director.denylist() == Denylist(frozenset({"3c" * 32}), frozenset({"grant-1"}), frozenset({LAPTOP}), 3)
    director.allow(laptops=[LAPTOP])
    assert director.denylist() == Denylist(frozenset({"3c" * 32}), frozenset({"grant-1"}), grant_epoch=3)
    with refused(Text.DIRECTION_BAD):
        director.deny(images=["no hash"])


def test_a_pin_is_kept_as_a_proof_that_the_laptop_accepts_and_nobody_reads(director: DirectorRepository) -> None:
    proof = pin_proof("correct horse")
    assert proof.startswith("scrypt$17$8$1$") and "correct" not in proof
    assert proof != pin_proof("correct horse")
    grant = replace(GRANT, key_id="", actions=frozenset({Action.APPROVE}), pin=proof)
    assert director.add_grant(grant) == "grants/any/grant-1.json"
    content = director.content("grants/any/grant-1.json")
    assert content is not None
    assert pin_fits(parse_grant(content).pin, "correct horse")
    assert not pin_fits(parse_grant(content).pin, "correct house")
    with refused(Text.PUBLISH_PIN_WEAK):
        pin_proof("1234567")


def test_a_repository_is_never_taken_for_the_other_kind(
    director: DirectorRepository, repository: ImageRepository, clock: SetClock
) -> None:
    with refused(Text.PUBLISH_OTHER_KIND):
        ImageRepository(director.folder, clock)
    with refused(Text.PUBLISH_OTHER_KIND):
        DirectorRepository(repository.folder, clock)


@pytest.mark.parametrize("site", ["", "North", "a/b", "*", "..", "a b"])
def test_a_site_has_a_plain_id(director: DirectorRepository, site: str) -> None:
    with refused(Text.PUBLISH_LAYOUT_BAD):
        director.delegate(site, Holders((signers("x").vendor[0].public_key,)))


def test_both_repositories_serve_the_same_anchors_and_share_no_key(tmp_path: Path, clock: SetClock) -> None:
    anchors = ANCHORS
    make_repository(
        tmp_path / "images", VENDOR, [image(tmp_path, native_key="main")], clock, native_keys={"main": anchors}
    )
    fingerprint = make_director(tmp_path / "director", clock, [ORDER], [GRANT], native_keys={"lab/main": anchors})
    root = tmp_path / "director" / "root.json"
    assert hashlib.sha256(root.read_bytes()).hexdigest() == fingerprint
    told = directed(tmp_path / "director" / "mirror", root, clock)
    mirror = tmp_path / "images" / "mirror"
    verified = verify(mirror, folder_origin(mirror), (tmp_path / "images" / "root.json").read_bytes(), clock.now())
    ours = client.anchors(verified)
    assert ours["lab/main"].sha256 == told.native_keys["lab/main"].sha256 == hashlib.sha256(anchors).hexdigest()
    assert told.denylist == Denylist()
    keys = [
        set(json.loads((tmp_path / name / "root.json").read_bytes())["signed"]["keys"])
        for name in ("images", "director")
    ]
    assert keys[0].isdisjoint(keys[1])


@pytest.mark.parametrize(("vendor", "name", "content", "text"), [
    (VENDOR, "main", b"{}", Text.NATIVE_ANCHOR_BAD),
    (VENDOR, "../main", None, Text.PUBLISH_LAYOUT_BAD),
    ("Nobody", "main", None, Text.PUBLISH_VENDOR_UNKNOWN),
])  # fmt: skip
def test_anchors_that_laptops_would_not_find_or_understand_are_refused(
    repository: ImageRepository, vendor: str, name: str, content: bytes | None, text: Text
) -> None:
    with refused(text):
        repository.add_anchors(vendor, name, ANCHORS if content is None else content)


def test_other_anchors_take_the_place_of_old_ones_only_when_that_is_said(repository: ImageRepository) -> None:
    repository.add_anchors(VENDOR, "main", ANCHORS)
    with refused(Text.PUBLISH_DOCUMENT_EXISTS):
        repository.add_anchors(VENDOR, "main", ANCHORS + b"\n")
    repository.add_anchors(VENDOR, "main", ANCHORS + b"\n", replace=True)


ANCHORS = json.dumps(
    {
        "schema": 1,
        "format": "mcuboot",
        "certificates": [],
        "signers": [],
        "purposes": [],
        "keys": [
            "-----BEGIN PUBLIC KEY-----\n"
            "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
            "-----END PUBLIC KEY-----\n"
        ],
    }
).encode()
