"""A training folder made once by the very command that a person uses, and copied for each test."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fieldtool.cli.main import main
from fieldtool.lab.site import LabSite
from tests.walk.training import QUICK_SITE, Training


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training") / "laptop"
    description = folder.parent / "site.toml"
    description.write_text(QUICK_SITE)
    assert main(["lab", "new", str(folder), "--site", str(description), "--stand-alone"]) == 0
    return folder


@pytest.fixture
def training(template: Path, tmp_path: Path) -> Iterator[Training]:
    """The virtual site runs; the laptop has imported its site file. Open the app with `training.app()`."""
    folder = tmp_path / "laptop"
    shutil.copytree(template, folder)
    with ExitStack() as stack:
        site = stack.enter_context(LabSite(folder))
        site.start()
        made = Training(folder, site, stack)
        yield made
