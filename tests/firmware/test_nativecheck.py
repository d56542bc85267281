"""The verdict on a maker's own signature belongs to a release, not to the bytes of a file alone."""

import shutil
from dataclasses import replace
from pathlib import Path

from fieldtool.core.texts import Text
from tests.firmware.site import Laptop, Publisher, image, refused


def test_a_file_that_is_good_as_one_release_is_checked_anew_as_another(
    laptop: Laptop, publisher: Publisher, tmp_path: Path
) -> None:
    """The same bytes twice in the catalogue: once of a format without signature, once of one that must have one."""
    plain = image(tmp_path / "twice", "3.0.0")
    copy = plain.file.with_name("again.raucb")
    shutil.copyfile(plain.file, copy)
    publisher.add(plain, replace(plain, file=copy, version="3.0.1", format="raucb"))
    laptop.catalogue.sync(str(publisher.mirror))
    first, second = sorted(
        (one for one in laptop.catalogue.releases() if one.version.startswith("3.0")), key=lambda one: one.version
    )
    assert first.sha256 == second.sha256
    laptop.catalogue.image(first)
    with refused(Text.NATIVE_NO_ANCHOR):
        laptop.catalogue.image(second)
