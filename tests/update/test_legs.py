"""Runs of several legs: stepping stones and components, walked in order, taken back in reverse."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fieldtool.core.errors import DeviceError, FirmwareError, LinkError, Safety
from fieldtool.core.model import FirmwareImage, Release
from fieldtool.core.texts import Text
from fieldtool.update.run import Ending, Head, Leg, Mark, Outcome, Phase
from tests.fakes import HEAD, LEG, NEW_HASH, OLD_HASH, OLD_RELEASE, RELEASE, Bench, LaptopDied

STONE = replace(RELEASE, target="lab/main-1.5.raucb", sha256="15" * 32, version="1.5", payload_hash="5" * 64)
MODEM_OLD = replace(OLD_RELEASE, component="modem", target="lab/modem-1.0.swu", sha256="a1" * 32)
MODEM = replace(RELEASE, component="modem", target="lab/modem-2.0.swu", sha256="a2" * 32)
MODEM_LEG = Leg("modem", MODEM, "1.0", MODEM_OLD)
BOTH = replace(HEAD, legs=(LEG, MODEM_LEG))
STONES = replace(HEAD, legs=(Leg("main", STONE, "1.0", OLD_RELEASE), Leg("main", RELEASE, "1.5", STONE)))
NEW, OLD = ("2.0", NEW_HASH), ("1.0", OLD_HASH)


def two_parts() -> Bench:
    return Bench(parts={"modem": "in-place-rescue"})


def runs(bench: Bench) -> tuple[object, object]:
    return bench.device.runs, bench.driver.parts["modem"].runs


def settled(bench: Bench) -> bool:
    return all(part.serving and not part.trial and not part.damaged for part in bench.driver.parts.values())


def phases(bench: Bench) -> list[tuple[int, Phase]]:
    return [(row.leg, row.phase) for row in bench.rows.rows if row.mark is Mark.ENTERED]


def test_components_are_updated_in_order() -> None:
    bench = two_parts()
    ending = bench.run(BOTH)
    assert ending.outcome is Outcome.DONE and runs(bench) == (NEW, NEW)
    order = phases(bench)
    assert order.index((0, Phase.CONFIRM)) < order.index((1, Phase.PREFLIGHT))
    assert order[-1] == (1, Phase.DONE), "one end, for the whole run"


def test_each_leg_keeps_its_own_charger_before() -> None:
    bench = two_parts()
    bench.run(BOTH)
    before = {row.leg: row.before for row in bench.rows.rows if row.before is not None}
    assert sorted(before) == [0, 1]


def test_when_the_second_component_fails_the_first_is_taken_back() -> None:
    bench = two_parts()
    bench.driver.parts["modem"].sick = True
    ending = bench.run(BOTH)
    assert ending.outcome is Outcome.ROLLED_BACK and runs(bench) == (OLD, OLD) and settled(bench)
    assert ending.undone == ("main",)
    assert ending.trouble is not None and "RFID_SILENT" in ending.trouble.what
    assert ending.trouble.safety is Safety.RETURNED


def test_when_the_second_component_is_refused_the_first_is_taken_back() -> None:
    bench = two_parts()
    wrong = replace(MODEM, hardware=("Z9",))
    ending = bench.run(replace(HEAD, legs=(LEG, replace(MODEM_LEG, release=wrong))))
    assert ending.outcome is Outcome.ROLLED_BACK and runs(bench) == (OLD, OLD) and settled(bench)
    assert ending.trouble is not None and ending.trouble.text is Text.WRONG_HARDWARE
    assert bench.driver.parts["modem"].acts == []


def test_a_stop_in_the_second_leg_takes_the_first_one_back_and_says_so() -> None:
    bench = two_parts()
    acts = bench.driver.parts["modem"].acts
    acts.hooks.append(("transfer", bench.hand.cancel, False))  # type: ignore[attr-defined]  # Acts
    ending = bench.run(BOTH)
    assert ending.outcome is Outcome.ROLLED_BACK and runs(bench) == (OLD, OLD)
    assert ending.undone == ("main",)
    assert ending.trouble is not None and ending.trouble.text is Text.CANCELLED


def test_a_missing_file_of_a_later_leg_refuses_the_run_before_anything_is_done() -> None:
    bench = two_parts()

    def files(release: Release) -> FirmwareImage:
        if release is MODEM:
            raise FirmwareError(Text.IMAGE_NOT_CACHED, target="2.0", published="today")
        return FirmwareImage(bench.images(LEG.release).path, release)

    source, bench.images = bench.images, lambda release: files(release) if release is MODEM else source(release)
    ending = bench.run(BOTH)
    assert ending.outcome is Outcome.REFUSED and bench.device.acts == []


def test_a_missing_last_known_good_refuses_the_run_before_anything_is_done() -> None:
    bench = Bench("in-place")
    source = bench.images

    def files(release: Release) -> FirmwareImage:
        if release is OLD_RELEASE:
            raise FirmwareError(Text.IMAGE_CORRUPT, target="1.0")
        return source(release)

    bench.images = files
    ending = bench.run()
    assert ending.outcome is Outcome.REFUSED and ending.exit_code.value == 8
    assert bench.device.acts == []


@pytest.mark.parametrize("kind", ["ab-trial", "ab", "in-place", "in-place-rescue", "self-installing"])
def test_stepping_stones_are_taken_one_after_the_other(kind: str) -> None:
    bench = Bench(kind)
    ending = bench.run(STONES)
    assert ending.outcome is Outcome.DONE and bench.device.runs == NEW
    assert bench.device.acts.count("install") == 2


@pytest.mark.parametrize("kind", ["ab-trial", "ab"])
def test_a_charger_that_does_not_tell_its_slots_is_switched_back_to_what_nothing_wrote_over(kind: str) -> None:
    """No image travels twice, and nobody waits for a bootloader that gives the new firmware further tries."""
    bench = Bench(kind)
    bench.device.tells_slots = False
    bench.device.sick = True
    ending = bench.run()
    assert ending.outcome is Outcome.ROLLED_BACK and bench.device.runs == OLD
    assert bench.device.acts.count("roll_back") == 1 and bench.device.acts.count("install") == 1


@pytest.mark.parametrize("tells_slots", [True, False])
def test_a_charger_that_refuses_to_switch_back_gets_its_old_image_again(tells_slots: bool) -> None:
    bench = Bench("ab")
    bench.device.tells_slots = tells_slots
    bench.device.sick = True
    bench.when("roll_back", refuses, after=True)
    assert bench.run().outcome is Outcome.ROLLED_BACK and bench.device.runs == OLD
    assert bench.device.acts.count("roll_back") == 2 and bench.device.acts.count("install") == 2


def test_a_switch_back_is_no_way_once_the_old_image_was_begun_to_be_installed_again() -> None:
    """The slot beside the new firmware may be half written then: whoever switches to it may lose the charger."""
    bench = Bench("ab")
    bench.device.tells_slots = False
    bench.device.sick = True
    count = 0

    def dies_while_the_old_image_is_written() -> None:
        nonlocal count
        count += 1
        if count == 2:
            raise LaptopDied

    bench.when("roll_back", refuses, after=True)
    bench.when("half written", dies_while_the_old_image_is_written)
    with pytest.raises(LaptopDied):
        bench.run()
    assert bench.resume().outcome is Outcome.ROLLED_BACK and bench.device.runs == OLD
    assert bench.device.acts.count("roll_back") == 2


def refuses() -> None:
    raise DeviceError(Text.ROLL_BACK_REFUSED, detail="busy")


@pytest.mark.parametrize("kind", ["ab-trial", "ab", "in-place", "in-place-rescue", "self-installing"])
def test_when_the_second_stone_fails_the_charger_returns_to_where_it_began(kind: str) -> None:
    """Two slots hold the newest two: what ran before both stones is installed again."""
    bench = Bench(kind)
    bench.device.sick = True  # 2.0 only
    ending = bench.run(STONES)
    assert ending.outcome is Outcome.ROLLED_BACK and bench.device.runs == OLD, bench.rows.story()
    assert ending.undone == ("main",) and bench.device.serving and not bench.device.trial


def strike(bench: Bench, name: str) -> Callable[[], None]:
    def power() -> None:
        for part in bench.driver.parts.values():
            part.lose_power()

    def laptop() -> None:
        raise LaptopDied

    def both() -> None:
        power()
        raise LaptopDied

    def line() -> None:
        raise LinkError(Text.LINK_LOST, address="charger", detail="cable")

    return {"power": power, "laptop": laptop, "both": both, "line": line}[name]


def finish(bench: Bench, head: Head) -> Ending | None:
    try:
        return bench.run(head)
    except LaptopDied:
        bench.calm()
    if not bench.rows.rows:
        return None
    return bench.rows.ending() if bench.rows.over else bench.resume(head)


@pytest.mark.parametrize("sick", [False, True], ids=["good", "sick modem"])
@pytest.mark.parametrize("fault", ["power", "laptop", "both", "line"])
def test_a_fault_at_any_point_leaves_both_components_new_or_both_old(fault: str, sick: bool) -> None:
    probe = two_parts()
    probe.driver.parts["modem"].sick = sick
    probe.run(BOTH)
    for point in range(1, probe.faults.count + 1):
        bench = two_parts()
        bench.driver.parts["modem"].sick = sick
        bench.strike_at(point, strike(bench, fault))
        ending = finish(bench, BOTH)
        if ending is None or ending.outcome in (Outcome.REFUSED, Outcome.ABANDONED):
            assert runs(bench) == (OLD, OLD), point
            continue
        where = (point, ending, bench.rows.story(), runs(bench))
        assert ending.outcome is (Outcome.DONE if runs(bench) == (NEW, NEW) else Outcome.ROLLED_BACK), where
        assert runs(bench) in ((NEW, NEW), (OLD, OLD)) and settled(bench), where
        assert not (sick and ending.outcome is Outcome.DONE)


@pytest.mark.parametrize("fault", ["laptop", "both"])
@pytest.mark.parametrize("kind", ["ab-trial", "in-place-rescue"])
def test_a_fault_at_any_point_of_the_way_back_over_stones_ends_where_it_began(kind: str, fault: str) -> None:
    probe = Bench(kind)
    probe.device.sick = True
    probe.run(STONES)
    for point in range(1, probe.faults.count + 1):
        bench = Bench(kind)
        bench.device.sick = True
        bench.strike_at(point, strike(bench, fault))
        ending = finish(bench, STONES)
        if ending is not None:
            where = (point, ending, bench.rows.story(), bench.device.runs)
            assert bench.device.runs == OLD and bench.device.serving, where


def test_an_old_image_that_is_staged_again_only_needs_its_restart() -> None:
    """A charger is told to go back by what starts next: told twice, it would stay."""
    bench = Bench("ab-trial")
    bench.device.sick = True
    count = 0

    def dies_after_the_old_image_came_back() -> None:
        nonlocal count
        count += 1
        if count == 3:  # 1.5, 2.0, and 1.0 again
            raise LaptopDied

    bench.when("staged", dies_after_the_old_image_came_back)
    with pytest.raises(LaptopDied):
        bench.run(STONES)
    assert bench.device.slots[bench.device.primary] == OLD
    bench.device.acts = []
    assert bench.resume(STONES).outcome is Outcome.ROLLED_BACK
    assert [act for act in bench.device.acts if act in ("roll_back", "restart", "install")] == ["restart"]


def test_a_charger_that_cannot_tell_its_health_between_two_stages_is_asked_again() -> None:
    bench = two_parts()
    modem = bench.driver.parts["modem"]
    modem.health_muddled_until = 40.0
    assert bench.run(BOTH).outcome is Outcome.DONE
    assert bench.clock.seconds >= 40.0


def test_a_charger_that_does_not_tell_its_slots_is_not_switched_to_what_nobody_knows() -> None:
    """Its other slot holds the newest: told to go back once more, it would run that."""
    bench = Bench("ab")
    bench.device.tells_slots = False
    bench.device.sick = True
    ending = bench.run(STONES)
    assert ending.outcome is Outcome.ROLLED_BACK and bench.device.runs == OLD, bench.rows.story()
