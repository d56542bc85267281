"""The director's timestamp is renewed by itself, by whichever worker looks first."""

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from fieldtool.central.directing import Director
from fieldtool.central.office import Office
from fieldtool.core.clock import Clock
from fieldtool.core.errors import FieldtoolError

LOOK_SECONDS = 600.0

_log = logging.getLogger(__name__)


@contextmanager
def renewal(office: Office) -> Iterator[None]:
    """Looks from now on every few minutes, until the block ends."""
    stop = Event()
    thread = Thread(target=_run, args=(Director(office.store, office.clock), office.clock, stop), name="renewal")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _run(director: Director, clock: Clock, stop: Event) -> None:
    told = ""
    while not stop.is_set():
        try:
            if director.keep_alive():
                _log.info("the director's timestamp was renewed")
                for part, until in director.expiring():
                    _log.warning("only the office can renew “%s” of the director, and it ends on %s", part, until)
            told = ""
        except FieldtoolError as error:
            if error.what != told:  # once, not every few minutes
                _log.error("the director's timestamp is not renewed: %s %s", error.what, error.remedy)
            told = error.what
        clock.wait(stop, LOOK_SECONDS * random.uniform(0.5, 1.0))  # so that workers do not all look at once
