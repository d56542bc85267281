"""The catalogue as its users see it: sync, look offline, take an image."""

import hashlib

from fieldtool.firmware.state import Freshness
from tests.firmware.site import HARDWARE, MODEL, VENDOR, Laptop, Publisher


def test_a_synced_release_is_found_and_its_image_has_the_published_bytes(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    newest, older = laptop.catalogue.candidates(VENDOR, MODEL, HARDWARE, "main")
    assert (newest.version, older.version) == ("2.6.0", "2.5.0")
    image = laptop.catalogue.image(newest)
    assert image.path.name == hashlib.sha256(image.path.read_bytes()).hexdigest() == newest.sha256
    assert image.path.stat().st_size == newest.length == 5000
    assert laptop.catalogue.has_file(newest)


def test_the_catalogue_is_verified_offline_after_a_restart(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    publisher.mirror.rename(publisher.folder / "gone")
    laptop.restart()
    assert len(laptop.catalogue.releases()) == 2
    assert laptop.catalogue.state().freshness is Freshness.FRESH
