"""The driver against the real RAUC 1.8 behind the real OpenSSH sshd."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drivers.contract import DriverContract
from tests.peers.rauc_device import Factory, RaucDevice, missing, rauc_device

pytestmark = [pytest.mark.peer, pytest.mark.skipif(bool(missing()), reason=missing() or "it can")]


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    return Factory(tmp_path_factory.mktemp("factory"))


@pytest.fixture
def device(tmp_path: Path, factory: Factory) -> Iterator[RaucDevice]:
    with rauc_device(tmp_path / "charger", factory) as charger:
        yield charger


class TestRealRauc(DriverContract):
    pass
