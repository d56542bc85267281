"""A charger with a modem, through both drivers' own wire code: one entry, both components told."""

from dataclasses import replace
from pathlib import Path

from fieldtool.core.driver import Can
from fieldtool.core.texts import Text
from fieldtool.discovery.identify import Candidate, Found, identify
from fieldtool.discovery.profiles import Profiles
from fieldtool.drivers.rauc_ssh import DRIVER as RAUC
from fieldtool.drivers.swupdate_ssh import DRIVER as SWUPDATE
from tests.lab_chargers import LabCharger, virtual_charger

DRIVERS = {"rauc-ssh": RAUC, "swupdate-ssh": SWUPDATE}


def look(charger: LabCharger, profile=None, drivers=DRIVERS):
    profile = profile or charger.profile
    candidate = Candidate(charger.serial, profile.id, "Bay 01")
    profiles = Profiles({profile.id: profile}, {})
    return identify(charger.link, candidate, drivers, profiles, lambda serial: charger.credentials)


def test_a_charger_and_its_modem_are_one_charger_with_two_components(tmp_path: Path) -> None:
    with virtual_charger(tmp_path, version="1.4.2", modem="3.1") as charger:
        found = look(charger)
    assert isinstance(found, Found)
    assert found.identity.versions == {"main": "1.4.2", "modem": "3.1"}
    main, modem = found.parts
    assert (main.problem, modem.problem) == (None, None)
    assert modem.observed is not None and modem.observed.running == "3.1"
    assert Can.KEEP_OLD in main.can and Can.KEEP_OLD not in modem.can
    assert found.charger.components == charger.components


def test_a_modem_that_tells_nothing_leaves_its_charger_to_be_served(tmp_path: Path) -> None:
    with virtual_charger(tmp_path, version="1.4.2", modem="3.1") as charger:
        dumb = replace(charger.profile.of("modem"), facts={**charger.profile.of("modem").facts, "version": "cat /no"})
        found = look(charger, replace(charger.profile, components={"modem": dumb}))
    assert isinstance(found, Found)
    assert found.parts[1].problem is not None and found.parts[1].problem.what
    assert found.identity.versions == {"main": "1.4.2"}
    assert found.charger.component("modem") is not None


def test_a_modem_without_its_driver_says_which_is_missing(tmp_path: Path) -> None:
    with virtual_charger(tmp_path, modem="3.1") as charger:
        found = look(charger, drivers={"rauc-ssh": RAUC})
    assert isinstance(found, Found)
    problem = found.parts[1].problem
    assert problem is not None and problem.text is Text.DRIVER_UNKNOWN
