"""Every kind of charger, a fault at every point: the end is known, and the charger agrees with it."""

from collections.abc import Callable
from functools import cache

import pytest

from fieldtool.core.errors import FirmwareError, LinkError, Safety
from fieldtool.core.model import FirmwareImage, Release
from fieldtool.core.texts import Text
from fieldtool.update.run import Ending, Outcome
from tests.fakes import HEAD, KINDS, NEW_HASH, OLD_HASH, OLD_RELEASE, Bench, LaptopDied

ENDS = {Outcome.DONE, Outcome.ROLLED_BACK, Outcome.ABANDONED, Outcome.REFUSED}
Strike = Callable[[Bench], None]


def coherent(bench: Bench, ending: Ending) -> bool:
    """Does the charger agree with what the engine says became of it?"""
    device = bench.device
    if ending.outcome is Outcome.WAITING:
        return device.dead and ending.trouble is not None and ending.trouble.safety is not Safety.UNTOUCHED
    if device.trial or device.damaged or device.bootloader or not device.serving:
        return False
    if device.in_place and device.slots["a"] != device.memory or device.primary != device.booted:
        return False
    return device.runs == (("2.0", NEW_HASH) if ending.outcome is Outcome.DONE else ("1.0", OLD_HASH))


@cache
def points(kind: str, sick: bool = False) -> int:
    bench = Bench(kind)
    bench.device.sick = sick
    bench.run()
    return bench.faults.count


def lose_power(bench: Bench) -> None:
    bench.device.lose_power()


def lose_line(bench: Bench) -> None:
    raise LinkError(Text.LINK_LOST, address="charger", detail="cable")


def die(bench: Bench) -> None:
    raise LaptopDied


def die_both(bench: Bench) -> None:
    bench.device.lose_power()
    raise LaptopDied


STRIKES: dict[str, Strike] = {
    "power": lose_power,
    "line": lose_line,
    "laptop": die,
    "both": die_both,
}


def finish(bench: Bench) -> Ending | None:
    """Run, and after a death of the program resume until there is an end. None: no run had begun."""
    try:
        return bench.run()
    except LaptopDied:
        pass
    while True:
        if not bench.rows.rows:
            return None
        if bench.rows.over:
            return bench.rows.ending()
        try:
            return bench.resume()
        except LaptopDied:
            continue


@pytest.mark.parametrize("sick", [False, True], ids=["good", "sick"])
@pytest.mark.parametrize("strike", STRIKES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_at_any_point_ends_in_a_state_that_the_charger_confirms(kind: str, strike: str, sick: bool) -> None:
    for point in range(1, points(kind, sick) + 1):
        bench = Bench(kind)
        bench.device.sick = sick
        bench.strike_at(point, lambda bench=bench: STRIKES[strike](bench))  # type: ignore[misc]  # a closure per case
        ending = finish(bench)
        if ending is None:
            assert not bench.device.acts, "nothing is done before the first row is on disk"
            continue
        where = (point, ending, bench.rows.story(), list(bench.device.acts))
        assert ending.outcome in ENDS or (ending.outcome is Outcome.WAITING and bench.device.dead), where
        assert coherent(bench, ending), where


@pytest.mark.parametrize("strike", ["line", "laptop"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_charger_that_stayed_up_ends_done(kind: str, strike: str) -> None:
    """Liveness: a rule that gives up too easily passes every other test."""
    for point in range(1, points(kind) + 1):
        bench = Bench(kind)
        bench.strike_at(point, lambda bench=bench: STRIKES[strike](bench))  # type: ignore[misc]  # a closure per case
        ending = finish(bench)
        if ending is None or ending.outcome is Outcome.REFUSED:
            assert not bench.device.acts, "lost before anything began"
            continue
        assert ending.outcome is Outcome.DONE, (point, ending, bench.rows.story(), list(bench.device.acts))


@pytest.mark.parametrize("second", STRIKES)
@pytest.mark.parametrize("first", ["laptop", "both"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_second_fault_while_it_resumes_ends_as_well(kind: str, first: str, second: str) -> None:
    total = points(kind)
    for point in range(1, total + 1, 7):
        for later in range(1, 60, 9):
            bench = Bench(kind)
            bench.strike_at(point, lambda bench=bench: STRIKES[first](bench))  # type: ignore[misc]  # a closure per case
            with pytest.raises(LaptopDied):
                bench.run()
            if not bench.rows.rows or bench.rows.over:
                continue
            bench.strike_at(later, lambda bench=bench: STRIKES[second](bench))  # type: ignore[misc]  # per case
            try:
                ending = bench.resume()
            except LaptopDied:
                bench.calm()
                ending = bench.rows.ending() if bench.rows.over else bench.resume()
            where = (point, later, ending, bench.rows.story(), list(bench.device.acts))
            assert ending.outcome in ENDS or bench.device.dead, where
            assert coherent(bench, ending), where


@pytest.mark.parametrize("kind", KINDS)
def test_a_disk_that_is_full_at_any_row_leaves_the_run_open_and_resume_ends_it(kind: str) -> None:
    rows = Bench(kind)
    rows.run()
    for row in range(2, len(rows.rows.rows) + 1):
        bench = Bench(kind)
        bench.rows.full_at = row
        ending = bench.run()
        assert ending.outcome is Outcome.WAITING and ending.exit_code.value == 7, (row, ending)
        bench.rows.full_at = None
        ending = bench.resume()
        assert ending.outcome is Outcome.DONE and coherent(bench, ending), (row, ending, bench.rows.story())


@pytest.mark.parametrize("kind", KINDS)
def test_a_sick_firmware_is_taken_back_and_the_old_one_serves(kind: str) -> None:
    bench = Bench(kind)
    bench.device.sick = True
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK and coherent(bench, ending), bench.rows.story()
    assert ending.trouble is not None and "RFID_SILENT" in ending.trouble.what


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("in-place", "ab")])
def test_a_firmware_that_does_not_start_ends_on_the_old_one(kind: str) -> None:
    bench = Bench(kind)
    bench.device.image_boots = False
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK and coherent(bench, ending), bench.rows.story()


@pytest.mark.parametrize("kind", ["in-place", "ab"])
def test_a_dead_charger_is_not_called_failed_but_waited_for_and_kept_powered(kind: str) -> None:
    bench = Bench(kind)
    bench.device.image_boots = False
    ending = bench.run()
    assert ending.outcome is Outcome.WAITING and bench.device.dead
    assert ending.trouble is not None
    assert ending.trouble.safety is (Safety.KEEP_POWERED if kind == "in-place" else Safety.OLD_IS_KEPT)


def test_a_charger_found_in_its_rescue_system_is_brought_to_the_new_firmware() -> None:
    bench = Bench("in-place-rescue")
    bench.device.slots["a"], bench.device.memory, bench.device.bootloader = None, None, True
    ending = bench.run(HEAD)
    assert ending.outcome is Outcome.DONE and coherent(bench, ending), bench.rows.story()


@pytest.mark.parametrize("kind", KINDS)
def test_the_charger_serves_again_at_every_end(kind: str) -> None:
    for sick in (False, True):
        bench = Bench(kind)
        bench.device.sick = sick
        bench.run()
        assert bench.device.serving
        assert bench.device.acts.index("withdraw") < bench.device.acts.index("install")


@pytest.mark.parametrize("kind", KINDS)
def test_an_installation_that_breaks_off_half_written_is_taken_back(kind: str) -> None:
    """In place the charger runs on from memory: it must be made whole before anybody restarts it."""
    bench = Bench(kind)
    bench.device.install_breaks = True
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK and coherent(bench, ending), (ending, list(bench.device.acts))
    assert bench.device.restarts <= (kind == "self-installing")


@pytest.mark.parametrize("kind", KINDS)
def test_a_program_that_dies_again_while_it_brings_the_file_again_still_ends_done(kind: str) -> None:
    """Then TRANSFER was entered last, but the charger is not untouched any more."""
    for later in range(1, 40):
        bench = Bench(kind)
        bench.when("half written", lambda bench=bench: die_both(bench), after=True)  # type: ignore[misc]  # closure
        with pytest.raises(LaptopDied):
            bench.run()
        bench.device.acts.hooks.clear()  # type: ignore[attr-defined]  # Acts
        if bench.device.dead:
            continue
        bench.strike_at(later, lambda bench=bench: die(bench))  # type: ignore[misc]  # a closure per case
        try:
            ending = bench.resume()
        except LaptopDied:
            bench.calm()
            ending = bench.rows.ending() if bench.rows.over else bench.resume()
        assert ending.outcome is Outcome.DONE and coherent(bench, ending), (later, ending, bench.rows.story())


@pytest.mark.parametrize("kind", ["in-place", "in-place-rescue", "self-installing"])
def test_no_file_stays_on_a_charger_whose_old_firmware_was_installed_again_by_two_programs(kind: str) -> None:
    """The second one did not bring it, and removes it all the same."""
    for point in range(1, points(kind, sick=True) + 1):
        bench = Bench(kind)
        bench.device.sick = True
        bench.strike_at(point, lambda bench=bench: die(bench))  # type: ignore[misc]  # a closure per case
        ending = finish(bench)
        assert ending is None or bench.device.files == {}, (point, ending, bench.rows.story())


@pytest.mark.parametrize("strike", ["line", "laptop"])
def test_a_firmware_that_loses_its_settings_ends_done_wherever_the_line_is_lost(strike: str) -> None:
    whole = Bench()
    whole.device.loses_settings = True
    whole.run()
    for point in range(1, whole.faults.count + 1):
        bench = Bench()
        bench.device.loses_settings = True
        bench.strike_at(point, lambda bench=bench: STRIKES[strike](bench))  # type: ignore[misc]  # a closure per case
        ending = finish(bench)
        if ending is None or ending.outcome is Outcome.REFUSED:
            continue
        assert ending.outcome is Outcome.DONE and coherent(bench, ending), (point, ending, bench.rows.story())


def test_a_last_known_good_that_is_damaged_in_mid_run_leaves_the_run_open_until_it_is_whole_again() -> None:
    bench = Bench("in-place")
    bench.device.sick = True
    whole, missing = bench.images, [True]

    def files(release: Release) -> FirmwareImage:
        if release == OLD_RELEASE and missing and bench.device.restarts:
            raise FirmwareError(Text.IMAGE_CORRUPT, target="1.0")
        return whole(release)

    bench.images = files
    ending = bench.run()
    assert ending.outcome is Outcome.WAITING and ending.exit_code.value == 8, "the charger runs; nothing is over"
    missing.clear()  # somebody synced
    ending = bench.resume()
    assert ending.outcome is Outcome.ROLLED_BACK and coherent(bench, ending)
