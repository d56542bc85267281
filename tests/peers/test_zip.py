"""Info-ZIP, which operators have: what it stores is a bundle, and what we write is a zip to it."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldtool.core.texts import Text
from tests.firmware.bundles import SERIAL, Operator, bundles, result, seen, taken
from tests.firmware.site import SetClock

pytestmark = pytest.mark.peer


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    made = Operator(tmp_path, SetClock())
    yield made
    made.close()


@pytest.mark.skipif(shutil.which("zip") is None, reason="zip is not installed")
def test_two_mirrors_that_zip_stored_are_a_bundle_and_two_that_it_packed_are_none(
    operator: Operator, tmp_path: Path
) -> None:
    both = tmp_path / "both"
    shutil.copytree(operator.publisher.mirror, both / "image")
    shutil.copytree(operator.director, both / "director")
    subprocess.run(["zip", "-q", "-0", "-D", "-r", "stored.zip", "image", "director"], cwd=both, check=True)
    subprocess.run(["zip", "-q", "-9", "-D", "-r", "packed.zip", "image", "director"], cwd=both, check=True)
    taker = operator.laptop("taker")
    assert seen(taker, both / "packed.zip") is Text.BUNDLE_BAD
    assert seen(taker, both / "stored.zip") is taken(taker, both / "stored.zip") is None
    assert taker.catalogue.image(operator.new, SERIAL).version == "2.6.0"


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_unzip_finds_nothing_wrong_with_a_bundle_of_ours(operator: Operator, tmp_path: Path) -> None:
    made = result(bundles(operator.synced("maker")).export(tmp_path / "stick.zip"))
    done = subprocess.run(["unzip", "-t", str(made.file)], capture_output=True, text=True, check=True)
    assert "No errors detected" in done.stdout
