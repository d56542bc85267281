"""A dead charger cannot wait for a sync: a stale catalogue still hands out its image, and passes over nothing else."""

from datetime import timedelta

from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from tests.firmware.site import SERIAL, START, Laptop, Operator, Publisher, order, ordered, refused

DAY = timedelta(days=1)
LONG = 200 * DAY  # every role but the root has expired


def long_order(publisher: Publisher, operator: Operator) -> None:
    images = (ordered(one) for one in publisher.releases())
    operator.order(order(*images, expires=START + 2 * LONG))


def newest(laptop: Laptop) -> Release:
    return max(laptop.catalogue.recovery_releases(), key=lambda one: one.version)


def test_a_stale_catalogue_hands_out_an_image_for_a_recovery_and_none_for_an_update(
    laptop: Laptop, publisher: Publisher
) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    laptop.clock.advance(LONG)
    laptop.restart()
    release = newest(laptop)
    with refused(Text.CATALOGUE_EXPIRED):
        laptop.catalogue.image(release, SERIAL)
    assert laptop.catalogue.image_for_recovery(release, SERIAL).release == release
    assert laptop.catalogue.objection(release, SERIAL) is not None, "whoever records it can say why"
    assert laptop.catalogue.recovery_directions() is None


def test_a_flipped_byte_is_no_image_for_a_recovery_either(laptop: Laptop, publisher: Publisher) -> None:
    laptop.catalogue.sync(str(publisher.mirror))
    laptop.clock.advance(LONG)
    release = newest(laptop)
    path = laptop.catalogue.path(release)
    path.write_bytes(b"\0" * release.length)
    with refused(Text.IMAGE_CORRUPT):
        laptop.catalogue.image_for_recovery(release, SERIAL)


def test_a_stale_director_still_says_what_its_orders_say(
    directed: Laptop, publisher: Publisher, operator: Operator
) -> None:
    long_order(publisher, operator)
    directed.catalogue.sync(str(publisher.mirror), str(operator.mirror))
    directed.clock.advance(LONG)
    directed.restart()
    release = newest(directed)
    with refused(Text.CATALOGUE_EXPIRED):
        directed.catalogue.directions()
    said = directed.catalogue.recovery_directions()
    assert said is not None and [one.id for one in said.orders] == ["wo-1"]
    assert directed.catalogue.image_for_recovery(release, SERIAL).release == release
    with refused(Text.NOT_ORDERED):
        directed.catalogue.image_for_recovery(release, "another")


def test_an_order_that_has_ended_orders_no_recovery(directed: Laptop) -> None:
    directed.clock.advance(20 * DAY)
    with refused(Text.NOT_ORDERED):
        directed.catalogue.image_for_recovery(newest(directed), SERIAL)


def test_the_denylist_counts_for_recoveries(directed: Laptop, publisher: Publisher, operator: Operator) -> None:
    release = newest(directed)
    operator.deny(images=(release.sha256,))
    directed.catalogue.sync(str(publisher.mirror), str(operator.mirror))
    with refused(Text.DENYLISTED):
        directed.catalogue.image_for_recovery(release, SERIAL)
