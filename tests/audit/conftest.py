from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.support import Laptop, laptop


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Laptop]:
    made = laptop(tmp_path)
    yield made
    made.store.close()
