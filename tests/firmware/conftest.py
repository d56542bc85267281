from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.firmware.site import Laptop, Publisher, SetClock, image


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
