"""What there is to say about whether a charger is there, as a value."""

from enum import StrEnum


class Presence(StrEnum):
    """What we know of a charger in the list."""

    EXPECTED = "expected"  # the site file names it, nobody has seen it: greyed
    SIGHTED = "sighted"  # announced or addressed, identity not read yet
    READY = "ready"  # identity read and agreed with its profile
    PROBLEM = "problem"  # seen, not served: `problem` says why
    GONE = "gone"  # was there, does not answer now: greyed, with last seen
