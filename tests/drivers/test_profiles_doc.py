import re
import tomllib
from pathlib import Path

from fieldtool.core.profile import parse_profile


def test_the_example_in_the_documentation_is_a_profile(repository_root: Path) -> None:
    text = (repository_root / "resources/docs/drivers/profiles.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert example is not None
    assert parse_profile(tomllib.loads(example[1]), "profiles.md").id == "acme-post"
