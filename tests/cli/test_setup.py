"""What the command line shows of a site."""

from fieldtool.cli.setup import rules_words
from fieldtool.core.model import SiteRules
from tests.discovery.test_sitefile import MEANT


def test_what_a_site_demands_is_shown_a_line_for_each_demand() -> None:
    assert rules_words(MEANT) == (
        "Market: DE",
        "Central system speaks: ocpp1.6",
        "Maintenance: mon sun 22:00-05:30",
        "Time zone: Europe/Berlin",
        "Baseline: main 1.5.0, modem 7",
        "May be overridden: LAPTOP_POWER, OUTSIDE_WINDOW",
        "Must be checked: meter",
        "May be waived: clock",
    )


def test_a_site_that_demands_nothing_shows_nothing() -> None:
    assert rules_words(SiteRules()) == ()
