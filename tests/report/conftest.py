from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.support import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene.begin(tmp_path)
    yield made
    made.close()
