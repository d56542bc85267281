from pathlib import Path

import pytest

from fieldtool.publish.director import DirectorRepository
from fieldtool.publish.repository import ImageRepository
from tests.firmware.site import VENDOR, SetClock, signers

SITE = "depot-north"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def repository(tmp_path: Path, clock: SetClock) -> ImageRepository:
    return ImageRepository.create(tmp_path / "repository", signers().layout(VENDOR), clock)


@pytest.fixture
def director(tmp_path: Path, clock: SetClock) -> DirectorRepository:
    return DirectorRepository.create(tmp_path / "director", signers("director").layout(SITE), clock)
