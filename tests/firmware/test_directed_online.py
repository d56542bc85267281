"""The part of a director that a server signs: it grants and denies at once, and makes nobody a second person."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fieldtool.core.rights import Action, Denylist, Directions, Grant, Scope
from fieldtool.core.texts import Text
from fieldtool.firmware.directions import denylist_json, grant_json
from fieldtool.publish.director import BY_SERVER, GRANTING, pin_proof
from fieldtool.publish.layout import Holders
from fieldtool.publish.throwaway import Signers, sign_and_release
from tests.firmware.site import SITE, START, Laptop, Operator, Publisher, image, order, ordered, refused, signers

DAY = timedelta(days=1)
ExpectLog = Callable[[str], None]
LAPTOP = "ab" * 32
GRANT = Grant(
    "of-server", LAPTOP, "tech-7", frozenset({Action.UPDATE}),
    Scope(frozenset({SITE}), frozenset("*"), frozenset("*")), START, START + timedelta(days=30),
)  # fmt: skip


def server() -> Signers:
    return signers("server")


class Online:
    """A director whose part "grants" has a key of its own."""

    def __init__(self, operator: Operator, publisher: Publisher, laptop: Laptop) -> None:
        self.operator, self.publisher, self.laptop = operator, publisher, laptop
        operator.repository.delegate(BY_SERVER, Holders((server().vendor[0].public_key,)))

    def release(self) -> None:
        """Everything is signed by whoever has the say over it, and the laptop syncs."""
        repository = self.operator.repository
        if repository.missing(GRANTING):
            repository.sign(GRANTING, server().vendor[0])
        sign_and_release(repository, self.operator.keys, self.operator.mirror)
        self.laptop.catalogue.sync(str(self.publisher.mirror), str(self.operator.mirror))

    def said(self) -> Directions:
        found = self.laptop.catalogue.directions()
        assert found is not None
        return found

    def put(self, path: str, content: bytes, part: str = GRANTING) -> None:
        """As a thief of the key writes it, past every check of ours."""
        self.operator.repository.put(path, content, {}, part, replace=True)


@pytest.fixture
def online(tmp_path: Path, directed: Laptop, publisher: Publisher, operator: Operator) -> Online:
    return Online(operator, publisher, directed)


def test_a_grant_of_the_server_counts_and_its_denylist_adds_to_the_one_of_the_office(online: Online) -> None:
    repository = online.operator.repository
    repository.add_grant(GRANT, part=GRANTING)
    repository.deny(images=["1a" * 32], part=GRANTING)
    repository.deny(grants=["lost"], grant_epoch=2)
    online.release()
    assert online.said().grants == (GRANT,)
    assert online.said().denylist == Denylist(frozenset({"1a" * 32}), frozenset({"lost"}), grant_epoch=2)


def test_the_server_cannot_take_off_what_the_office_denies(online: Online) -> None:
    online.operator.repository.deny(laptops=[LAPTOP])
    online.put("grants/denylist.json", denylist_json(Denylist()))
    online.put("trust/denylist.json", denylist_json(Denylist()))
    online.release()
    assert online.said().denylist == Denylist(laptops=frozenset({LAPTOP}))


@pytest.mark.parametrize("pin", [False, True])
def test_a_thief_of_the_servers_key_makes_nobody_a_second_person(
    online: Online, pin: bool, expect_log: ExpectLog
) -> None:
    expect_log("names approve")
    actions = frozenset({Action.APPROVE}) if pin else frozenset(Action)
    evil = replace(GRANT, key_id="" if pin else LAPTOP, actions=actions, pin=pin_proof("87654321") if pin else "")
    with refused(Text.DIRECT_APPROVE_OFFLINE):
        online.operator.repository.add_grant(evil, part=GRANTING)
    online.put(f"grants/{evil.key_id or 'any'}/{evil.id}.json", grant_json(evil))
    online.release()
    assert online.said().grants == ()


def test_a_thief_of_the_servers_key_orders_nothing_and_names_no_native_keys(online: Online) -> None:
    online.put("work-orders/elsewhere/evil.json", b"{}")
    online.put("trust/native-keys/lab/main.json", b"{}")
    online.put("grants/a/b/c.json", grant_json(GRANT))
    online.release()
    assert [one.id for one in online.said().orders] == ["wo-1"]
    assert (online.said().grants, dict(online.said().native_keys)) == ((), {})


def test_nobody_else_speaks_in_the_servers_name(online: Online) -> None:
    online.put(f"grants/{LAPTOP}/evil.json", grant_json(replace(GRANT, id="evil")), f"site-{SITE}")
    online.put("grants/denylist.json", denylist_json(Denylist(laptops=frozenset({LAPTOP}))), f"site-{SITE}")
    online.release()
    assert (online.said().grants, online.said().denylist) == ((), Denylist())


@pytest.mark.parametrize("days", [121, 160], ids=["within the grace", "so long ago that it cannot be read"])
def test_when_the_servers_part_has_expired_nothing_is_allowed_for_what_it_denied_would_be_forgotten(
    online: Online, tmp_path: Path, days: int
) -> None:
    online.operator.repository.deny(laptops=[LAPTOP], part=GRANTING)
    online.release()
    online.laptop.clock.advance(days * DAY)
    online.operator.clock.wall = online.publisher.clock.wall = online.laptop.clock.wall
    for role in ("targets", f"site-{SITE}"):  # everything but the server's part is signed anew
        online.operator.repository.renew(role)
    online.operator.repository.add_order(order_now(online), replace=True)  # an order that would hold
    online.publisher.repository.renew("targets")
    online.publisher.add(image(tmp_path, "2.9.0"))
    sign_and_release(online.operator.repository, online.operator.keys, online.operator.mirror)
    with refused(Text.CATALOGUE_EXPIRED) as told:
        online.laptop.catalogue.sync(str(online.publisher.mirror), str(online.operator.mirror))
        online.said()
    assert "grants" in str(told.value.params["role"])


def order_now(online: Online) -> bytes:
    from fieldtool.firmware.directions import order_json

    now = online.laptop.clock.now()
    releases = online.publisher.releases()
    return order_json(order(ordered(releases[0]), issued=now, expires=now + DAY))
