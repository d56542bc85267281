"""A microcontroller of a virtual site, updated by `fieldtool update` on a directed laptop: good ends, and bad files."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from fieldtool.cli.lab import ORDER, direct, make_catalogue
from fieldtool.cli.main import main
from fieldtool.core.errors import ExitCode
from fieldtool.core.model import Release
from fieldtool.lab.cms import Authority, new_authority
from fieldtool.lab.mcuboot_cable import CableCharger
from fieldtool.lab.site import LabSite, new_lab
from fieldtool.lab.ssh_charger import new_ssh_key

SERIAL, OLD, NEW = "CABLE-7", "1.2.0", "1.3.0"
TARGET = f"lab/lab-citypost-7-{NEW}.bin"
SITE = f"""
schema = 1
id = "test"
name = "Test site"

[timing]
shutdown = 0.05
boot = 0.2
settle = 0.0
install = 0.1

[[charger]]
serial = "{SERIAL}"
name = "Bay 08"
kind = "mcuboot"
model = "CityPost 7"
compatible = "lab-citypost-7"
hardware = "S1"
version = "{OLD}"
image_bytes = 20_000
""" + "".join(
    f'[[release]]\nformat = "mcuboot"\nversion = "{version}"\nhardware = ["S1"]\nsize = 20_000\n'
    for version in (OLD, NEW)
)
Call = Callable[..., tuple[int, Any]]


def make(folder: Path, catalogue: Callable[[Path, Sequence[tuple[Path, Release]], Authority], None]) -> Path:
    description = folder.with_suffix(".toml")
    description.write_text(SITE)
    new_lab(folder, description, catalogue, new_ssh_key)
    direct(folder)
    assert main(["settings", "set", "validate.soak_seconds", "0", "--data", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("training") / "laptop", make_catalogue)


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(template, tmp_path / "laptop"))
    for name in ("repository", "director"):
        assert main(["settings", "set", name, str(folder / name / "mirror"), "--data", str(folder)]) == 0
    assert main(["site", "use", ORDER, "--data", str(folder)]) == 0
    return folder


@pytest.fixture
def charger(folder: Path) -> Iterator[CableCharger]:
    with ExitStack() as stack:
        site = stack.enter_context(LabSite(folder))
        site.start(announce=False)
        yield site.cable_charger(SERIAL)


@pytest.fixture
def call(folder: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*words: str) -> tuple[int, Any]:
        """One command: its exit code, and the last that it said."""
        capsys.readouterr()
        code = main([*words, "--json", "--data", str(folder)])
        out = capsys.readouterr().out
        return code, json.loads(out.splitlines()[-1] if out.startswith('{"') else out)

    return run


def update(call: Call) -> tuple[int, Any]:
    return call("update", SERIAL, "--seconds", "20")


def test_it_is_updated_by_its_work_order_and_its_makers_key_is_checked(charger: CableCharger, call: Call) -> None:
    code, told = update(call)
    assert (code, told["outcome"], told["from"], told["to"]) == (0, "done", OLD, NEW), told
    assert charger.version == NEW and charger.kept.flash.confirmed and charger.kept.flash.starts == 2
    code, told = call("cache", "why", TARGET, "--charger", SERIAL)
    assert code == 0 and {one["stand"] for one in told["checks"]} == {"ok"}
    _, told = call("audit", "list")
    (begun,) = [one["event"] for one in told["records"] if one["event"]["event"] == "run-started"]
    assert (begun["charger"], begun["grant"]) == (SERIAL, "technician")


@pytest.mark.parametrize(
    ("fault", "value", "why"), [("no_boot", "yes", "FELL_BACK"), ("flip_at_byte", "9000", "BOOTLOADER_REJECTED")]
)
def test_a_new_image_that_does_not_start_ends_on_the_old_one_and_says_why(
    charger: CableCharger, call: Call, fault: str, value: str, why: str
) -> None:
    charger.act(fault, value)
    code, told = update(call)
    assert (code, told["outcome"], told["to"]) == (ExitCode.ROLLED_BACK.value, "rolled_back", OLD), told
    assert told["reason"]["code"] == why
    assert charger.version == OLD and charger.kept.flash.confirmed


def test_power_that_goes_in_mid_upload_costs_time_only(charger: CableCharger, call: Call) -> None:
    charger.act("cut_at_byte", "9000")
    code, told = update(call)
    assert (code, told["outcome"], charger.version) == (0, "done", NEW), told


def test_a_file_that_its_maker_did_not_sign_never_reaches_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both repositories want it; the key that the charger's maker published is another one."""

    def stranger(folder: Path, files: Sequence[tuple[Path, Release]], authority: Authority) -> None:
        make_catalogue(folder, files, new_authority("Other"))

    description = (tmp_path / "laptop").with_suffix(".toml")
    description.write_text(SITE)
    folder = tmp_path / "laptop"
    new_lab(folder, description, stranger, new_ssh_key)
    with LabSite(folder) as site:
        site.start(announce=False)
        assert main(["site", "import", str(site.site_file), "--data", str(folder)]) == 0
        capsys.readouterr()
        code = main(["update", SERIAL, "--seconds", "20", "--json", "--data", str(folder)])
        told = json.loads(capsys.readouterr().out.splitlines()[-1])
        kept = site.cable_charger(SERIAL).kept.flash
    reason = told.get("reason") or told["error"]
    assert (reason["code"], code) == ("NATIVE_KEY_UNKNOWN", ExitCode.TRUST.value), told
    assert kept.slots[1] == b"" and kept.starts == 1
