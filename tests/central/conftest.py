from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.support import Laptop, laptop
from tests.central.support import Central, central


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Laptop]:
    made = laptop(tmp_path / "laptop")
    yield made
    made.store.close()


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Central]:
    with central(tmp_path / "central") as running:
        yield running
