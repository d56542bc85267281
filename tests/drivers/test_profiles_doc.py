import re
import tomllib
from dataclasses import fields
from pathlib import Path

from fieldtool.core.profile import parse_profile
from fieldtool.drivers.codecs.swupdate import Way, parse_way
from fieldtool.drivers.mcuboot_smp import baud_of


def test_the_example_in_the_documentation_is_a_profile(repository_root: Path) -> None:
    text = (repository_root / "resources/docs/drivers/profiles.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert example is not None
    assert parse_profile(tomllib.loads(example[1]), "profiles.md").id == "acme-post"


def test_the_example_for_swupdate_is_a_profile_that_can_be_used(repository_root: Path) -> None:
    text = (repository_root / "resources/docs/drivers/swupdate-ssh.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert example is not None
    way = parse_way(parse_profile(tomllib.loads(example[1]), "swupdate-ssh.md"))
    assert (way.kind, way.hardware) == ("in-place", "acme-box:C1")


def test_the_page_for_swupdate_names_every_field_of_its_table(repository_root: Path) -> None:
    text = (repository_root / "resources/docs/drivers/swupdate-ssh.md").read_text(encoding="utf-8")
    assert [field.name for field in fields(Way) if f"| `{field.name}` |" not in text] == []


def test_the_example_for_mcuboot_is_a_profile_that_can_be_used(repository_root: Path) -> None:
    text = (repository_root / "resources/docs/drivers/mcuboot-smp.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert example is not None
    assert baud_of(parse_profile(tomllib.loads(example[1]), "mcuboot-smp.md")) == 115_200
