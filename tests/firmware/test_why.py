"""`Catalogue.why` names the check that fails, and asks nothing behind it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fieldtool.core.texts import Text
from fieldtool.firmware.state import DIRECTOR_SIDE
from fieldtool.firmware.why import Check, Stand
from tests.firmware.site import SERIAL, Laptop, Operator, Publisher, image, order

ALL = (
    "catalogue", "catalogue-time", "listed", "vendor-time", "director", "director-time", "denylist", "laptop",
    "ordered", "file", "native",
)  # fmt: skip


@pytest.fixture
def target(publisher: Publisher) -> str:
    return publisher.releases()[-1].target


def failing(checks: tuple[Check, ...]) -> tuple[str, Text | None]:
    """The one check that failed; everything behind it was not reached, everything before it holds."""
    assert tuple(check.name for check in checks) == ALL
    failed = [at for at, check in enumerate(checks) if check.stand is Stand.FAILED]
    if not failed:
        return "", None
    (at,) = failed
    assert all(check.stand is Stand.NOT_REACHED for check in checks[at + 1 :])
    assert all(check.stand in (Stand.OK, Stand.NOT_NEEDED) for check in checks[:at])
    problem = checks[at].problem
    assert problem is not None
    return checks[at].name, problem.text


def test_a_good_image_passes_every_check(directed: Laptop, target: str) -> None:
    checks = directed.catalogue.why(target, SERIAL)
    assert failing(checks) == ("", None)
    assert all(check.stand is Stand.OK and check.found for check in checks)
    assert failing(directed.catalogue.why(target)) == ("", None)


def test_where_fieldtool_stands_alone_the_director_is_not_asked(
    laptop: Laptop, publisher: Publisher, target: str
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    checks = laptop.catalogue.why(target)
    assert failing(checks) == ("", None)
    assert {check.name for check in checks if check.stand is Stand.NOT_NEEDED} == {
        "director", "director-time", "denylist", "laptop", "ordered",
    }  # fmt: skip


def test_a_file_in_hand_is_known_by_its_hash(directed: Laptop, target: str, tmp_path: Path) -> None:
    release = next(one for one in directed.catalogue.releases() if one.target == target)
    file = tmp_path / "downloaded.bin"
    file.write_bytes(directed.catalogue.path(release).read_bytes())
    checks = directed.catalogue.why(str(file))
    assert failing(checks) == ("", None)
    assert target in checks[2].found
    file.write_bytes(b"x" + file.read_bytes()[1:])
    assert failing(directed.catalogue.why(str(file))) == ("listed", Text.IMAGE_NOT_LISTED)


def _expire(laptop: Laptop, publisher: Publisher, operator: Operator) -> None:
    laptop.clock.advance(timedelta(days=28))


def _never_listed(laptop: Laptop, publisher: Publisher, operator: Operator) -> None:
    publisher.repository.withdraw(publisher.releases()[-1].target)
    publisher.release()
    laptop.catalogue.sync(str(publisher.mirror), str(operator.mirror))


def _damage(laptop: Laptop, publisher: Publisher, operator: Operator) -> None:
    path = laptop.catalogue.path(publisher.releases()[-1])
    path.write_bytes(b"!" + path.read_bytes()[1:])


def _lose_root(laptop: Laptop, publisher: Publisher, operator: Operator) -> None:
    (laptop.folder / DIRECTOR_SIDE.root).unlink()


def _deny(laptop: Laptop, publisher: Publisher, operator: Operator) -> None:
    operator.deny(images=[publisher.releases()[-1].sha256])
    laptop.catalogue.sync(str(publisher.mirror), str(operator.mirror))


def _deny_laptop(laptop: Laptop, publisher: Publisher, operator: Operator) -> None:
    laptop.key_id = "cd" * 32
    operator.deny(laptops=[laptop.key_id])
    laptop.catalogue.sync(str(publisher.mirror), str(operator.mirror))


def _no_order(laptop: Laptop, publisher: Publisher, operator: Operator) -> None:
    operator.order(order())
    laptop.catalogue.sync(str(publisher.mirror), str(operator.mirror))


def _renew_images_only(laptop: Laptop, publisher: Publisher, operator: Operator) -> None:
    laptop.clock.advance(timedelta(days=10))
    publisher.release()
    laptop.catalogue.sync(str(publisher.mirror), str(operator.mirror))
    laptop.clock.advance(timedelta(days=18))


def _wipe(laptop: Laptop, publisher: Publisher, operator: Operator) -> None:
    for file in (laptop.catalogue.folder / "catalogue-1" / "metadata").iterdir():
        file.write_bytes(b"")
    laptop.restart()


@pytest.mark.parametrize(
    ("harm", "check", "text"),
    [
        (_wipe, "catalogue", Text.CATALOGUE_DAMAGED),
        (_expire, "catalogue-time", Text.CATALOGUE_EXPIRED),
        (_never_listed, "listed", Text.IMAGE_NOT_LISTED),
        (_lose_root, "director", Text.DIRECTOR_ROOT_GONE),
        (_renew_images_only, "director-time", Text.CATALOGUE_EXPIRED),
        (_deny, "denylist", Text.DENYLISTED),
        (_deny_laptop, "laptop", Text.LAPTOP_DENIED),
        (_no_order, "ordered", Text.NOT_ORDERED),
        (_damage, "file", Text.IMAGE_CORRUPT),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_check_that_fails_is_named(
    directed: Laptop,
    publisher: Publisher,
    operator: Operator,
    target: str,
    harm: Callable[[Laptop, Publisher, Operator], None],
    check: str,
    text: Text,
) -> None:
    harm(directed, publisher, operator)
    assert failing(directed.catalogue.why(target, SERIAL)) == (check, text)


def test_a_file_that_its_maker_did_not_sign_is_named(laptop: Laptop, publisher: Publisher, tmp_path: Path) -> None:
    publisher.add(replace(image(tmp_path, "2.7.0"), format="raucb"))
    laptop.catalogue.sync(str(publisher.mirror))
    target = next(one.target for one in laptop.catalogue.releases() if one.version == "2.7.0")
    assert failing(laptop.catalogue.why(target)) == ("native", Text.NATIVE_NO_ANCHOR)
