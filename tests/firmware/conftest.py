from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.firmware.site import Laptop, Operator, Publisher, SetClock, image, order, ordered


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def publisher(tmp_path: Path, clock: SetClock) -> Publisher:
    """Has released 2.5.0 and 2.6.0."""
    made = Publisher(tmp_path / "publisher", clock)
    made.make(image(tmp_path / "build", "2.5.0"), image(tmp_path / "build", "2.6.0"))
    return made


@pytest.fixture
def laptop(tmp_path: Path, clock: SetClock, publisher: Publisher) -> Iterator[Laptop]:
    """Trusts the publisher's root; has not synced yet."""
    made = Laptop(tmp_path / "laptop", clock, publisher.root)
    yield made
    made.store.close()


@pytest.fixture
def operator(tmp_path: Path, clock: SetClock, publisher: Publisher) -> Operator:
    """Has ordered 2.6.0, and 2.5.0 as the way back, for one charger."""
    made = Operator(tmp_path / "operator", clock)
    made.make(order(*(ordered(release) for release in publisher.releases())))
    return made


@pytest.fixture
def directed(laptop: Laptop, publisher: Publisher, operator: Operator) -> Laptop:
    """Takes directions from the operator, and has synced."""
    laptop.follow(operator.root)
    laptop.catalogue.sync(str(publisher.mirror), str(operator.mirror))
    return laptop
