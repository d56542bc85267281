"""A dead charger is brought back, whatever breaks. Recovered: its own firmware was found well, and no less."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldtool.core.errors import ExitCode, FirmwareError, LinkError, Safety, SignatureError, StorageError
from fieldtool.core.model import Expectation, FirmwareImage, Identity, Release
from fieldtool.core.rights import Action
from fieldtool.core.texts import Text
from fieldtool.update.preflight import Laptop
from fieldtool.update.recovery_rules import AFTER, HARMLESS, ON_THE_LINE, STEPS
from fieldtool.update.rights import Rights
from fieldtool.update.run import RECOVERING, TERMINAL, Ending, Head, Mark, Outcome, Phase
from tests.fakes import NEW_HASH, RELEASE, Faults, LaptopDied
from tests.update.recovery_support import RECOVERY, FakeRecovery, RecoveryBench
from tests.update.rights_support import BY_KEY, GRANT, key_approval, order, rights

WELL = [
    "preflight", "connect", "identify", "fit", "write", "read_back", "start", "validate", "confirm",
]  # fmt: skip


@pytest.fixture
def bench() -> RecoveryBench:
    return RecoveryBench()


def assert_recovered(bench: RecoveryBench, ending: Ending) -> None:
    """Recovered is said only of a charger that runs the image, was found well, and is not at its bootloader."""
    assert ending.outcome is Outcome.RECOVERED, (ending.trouble, bench.story())
    assert bench.device.runs == ("2.0", NEW_HASH)
    rows = bench.rows.records("run-1")
    validated = [row for row in rows if row.phase is Phase.VALIDATE and row.mark is Mark.OK]
    assert validated and validated[-1].findings, "it was judged by its normal driver"
    assert bench.recoverer.open_lines == 0, "the port is free again"


def text_of(ending: Ending) -> Text:
    assert ending.trouble is not None
    return ending.trouble.text


def test_the_steps_are_in_their_order_and_all_on_the_line_but_the_ends() -> None:
    assert ON_THE_LINE == RECOVERING and STEPS[-1] in TERMINAL and set(AFTER) == set(STEPS[:-1])
    assert set(STEPS[: STEPS.index(Phase.WRITE)]) == HARMLESS, "everything before the first write is harmless"


def test_a_dead_charger_is_brought_back_and_every_step_stands_in_the_journal_before_it_acts(
    bench: RecoveryBench,
) -> None:
    seen: list[tuple[str, str]] = []
    for act in ("prompt", "write", "start", "confirm"):
        bench.when(act, lambda act=act: seen.append((act, bench.story()[-1])), after=False)
    assert_recovered(bench, bench.run())
    # fmt: off
    assert seen[0] == ("prompt", "connect:asked"), "a person was asked, and that stands there too"
    assert set(seen[1:]) == {("write", "write:entered"), ("start", "start:entered"), ("confirm", "confirm:entered")}
    # fmt: on
    entered = [row.phase.value for row in bench.rows.records("run-1") if row.mark is Mark.ENTERED]
    assert entered == [*WELL, "recovered"]


def test_a_recovered_charger_ends_with_exit_code_0_and_tells_what_it_runs(bench: RecoveryBench) -> None:
    ending = bench.run()
    assert (ending.exit_code, ending.runs_now, ending.trouble) == (ExitCode.DONE, "2.0", None)
    state = bench.board.of("S1")
    assert state is not None and state.over and state.phase is Phase.RECOVERED


# -- recovered is not said too early ----------------------------------------------------------------------------------


def test_a_banner_alone_is_no_recovery(bench: RecoveryBench) -> None:
    """Its firmware said its name, and then its normal driver never gets an answer."""

    bench.when("start", lambda: setattr(bench.device, "down_for", 1e9), after=False)
    ending = bench.run()
    assert ending.outcome is Outcome.WAITING and text_of(ending) is Text.CHARGER_SILENT, bench.story()
    assert Phase.RECOVERED not in {row.phase for row in bench.rows.records("run-1")}
    bench.device.silent_until = 0.0
    assert_recovered(bench, bench.resume())
    assert bench.device.acts.count("start") == 1, "it ran: nothing was written again"


def test_another_charger_that_answers_after_the_start_is_not_ours(bench: RecoveryBench) -> None:
    bench.device.answers_as = "S2"
    ending = bench.run()
    assert ending.outcome is Outcome.WAITING and text_of(ending) is Text.OTHER_CHARGER
    assert "confirm" not in bench.device.acts
    bench.device.answers_as = None
    assert_recovered(bench, bench.resume())


def test_firmware_that_is_not_well_is_no_recovery(bench: RecoveryBench) -> None:
    bench.device.sick = True
    ending = bench.run()
    assert (ending.outcome, text_of(ending)) == (Outcome.STUCK, Text.VALIDATE_HEALTH)
    assert ending.exit_code is ExitCode.NEEDS_RECOVERY
    assert ending.trouble is not None and ending.trouble.safety is Safety.KEEP_POWERED
    assert bench.device.acts.count("start") == 1, "writing the same again would not make it well"


def test_other_firmware_than_was_written_is_no_recovery_and_is_tried_once_more(bench: RecoveryBench) -> None:
    bench.device.starts_other = True
    ending = bench.run()
    assert (ending.outcome, text_of(ending)) == (Outcome.STUCK, Text.RECOVERY_RUNS_OTHER)
    assert bench.device.acts.count("start") == 2


def test_firmware_that_starts_at_the_second_try_is_a_recovery(bench: RecoveryBench) -> None:
    bench.device.sulks = 1
    assert_recovered(bench, bench.run())


def test_firmware_that_never_starts_needs_more_than_this(bench: RecoveryBench) -> None:
    bench.device.sulks = 99
    ending = bench.run()
    assert (ending.outcome, text_of(ending)) == (Outcome.STUCK, Text.NEW_DOES_NOT_START)


def test_a_medium_that_lies_about_what_was_written_is_never_started(bench: RecoveryBench) -> None:
    bench.device.lies = True
    ending = bench.run()
    assert (ending.outcome, text_of(ending)) == (Outcome.STUCK, Text.TRANSFER_CORRUPT)
    assert "start" not in bench.device.acts and bench.device.acts.count("write") == 9


def test_what_the_bootloader_does_not_trust_is_never_tried_another_way(
    bench: RecoveryBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def untrusted(self: FakeRecovery, image: FirmwareImage) -> None:
        raise SignatureError(Text.INSTALL_SIGNATURE, detail="bad hash")

    monkeypatch.setattr(FakeRecovery, "start", untrusted)
    ending = bench.run()
    assert ending.outcome is Outcome.STUCK and bench.story().count("start:entered") == 1


# -- before the first write -------------------------------------------------------------------------------------------

WRONG: dict[str, tuple[Identity, Outcome, Text]] = {
    "hardware": (Identity("Lab", "CityPost 22", "R9", "S1", {}), Outcome.REFUSED, Text.WRONG_HARDWARE),
    "serial": (Identity("Lab", "CityPost 22", "R4", "S2", {}), Outcome.REFUSED, Text.RECOVERY_OTHER_CHARGER),
    "model": (Identity("Lab", "CityPost 44", "R4", "S1", {}), Outcome.REFUSED, Text.PROFILE_DISAGREES),
    "vendor": (Identity("Other", "CityPost 22", "R4", "S1", {}), Outcome.REFUSED, Text.PROFILE_DISAGREES),
}


@pytest.mark.parametrize("what", WRONG)
def test_the_wrong_charger_is_refused_before_the_first_write(bench: RecoveryBench, what: str) -> None:
    bench.device.told, outcome, text = WRONG[what]
    ending = bench.run()
    assert (ending.outcome, text_of(ending)) == (outcome, text)
    assert bench.device.written == [] and ending.trouble is not None and ending.trouble.safety is Safety.UNTOUCHED
    assert "write:entered" not in bench.story()


def test_what_the_driver_objects_to_is_refused_before_the_first_write(bench: RecoveryBench) -> None:
    bench.device.too_small = True
    ending = bench.run()
    assert (ending.outcome, text_of(ending)) == (Outcome.REFUSED, Text.INSTALL_INCOMPATIBLE)
    assert bench.device.written == []


def test_a_bootloader_that_lost_its_environment_is_believed_what_was_planned(bench: RecoveryBench) -> None:
    bench.device.told = Identity("", "", "", "", {})
    assert_recovered(bench, bench.run())


def test_hardware_that_nobody_knows_is_never_written(bench: RecoveryBench) -> None:
    bench.device.told = Identity("", "", "", "", {})
    nobody = replace(RECOVERY, legs=(replace(RECOVERY.legs[0], hardware=""),))
    ending = bench.run(nobody)
    assert (ending.outcome, text_of(ending)) == (Outcome.REFUSED, Text.RECOVERY_HARDWARE_UNKNOWN)
    assert bench.device.acts == []


def test_another_charger_on_the_cable_after_a_break_is_not_written(bench: RecoveryBench) -> None:
    """The cable was pulled in mid-write and put into the charger beside it."""

    def swap() -> None:
        if len(bench.device.written) == 1:
            bench.device.at_prompt = False
            bench.device.told = replace(bench.device.told, serial="S2")

    bench.when("write", swap, after=True)
    ending = bench.run()
    assert ending.outcome is Outcome.WAITING and text_of(ending) is Text.RECOVERY_OTHER_CHARGER
    assert {serial for serial, _ in bench.device.written} == {"S1"}
    bench.acts.hooks.clear()
    bench.device.told = replace(bench.device.told, serial="S1")
    assert_recovered(bench, bench.resume())


class Silent(Faults):
    """Nobody answers any more."""

    def point(self) -> None:
        raise LinkError(Text.LINK_LOST, address="/dev/ttyUSB0", detail="nothing comes")


def test_a_line_on_which_nobody_answers_leaves_the_charger_as_it_was(bench: RecoveryBench) -> None:
    bench.recoverer.faults = Silent()
    ending = bench.run()
    assert (ending.outcome, text_of(ending)) == (Outcome.ABANDONED, Text.LINK_LOST)
    assert bench.device.acts == [] and bench.story().count("connect:lost") == bench.limits.tries


def test_silence_after_the_first_write_is_never_called_an_end(bench: RecoveryBench) -> None:
    """Also by another program, which knows only from the journal that something was written."""
    assert _die_in(bench, "write")
    bench.recoverer.faults = Silent()
    assert bench.resume().outcome is Outcome.WAITING
    bench.recoverer.faults = bench.faults
    assert_recovered(bench, bench.resume())


def test_a_bad_line_costs_time_only_as_long_as_each_try_gets_further(bench: RecoveryBench) -> None:
    bench.device.chunks = 10

    bench.when("write", lambda: setattr(bench.device, "at_prompt", False), after=True)
    assert_recovered(bench, bench.run())
    assert bench.device.acts.count("write") == 10 > bench.limits.tries


def test_an_image_that_is_lost_in_mid_recovery_leaves_it_open(bench: RecoveryBench) -> None:
    kept, lost = bench.images, False

    def images(release: Release) -> FirmwareImage:
        if lost:
            raise FirmwareError(Text.IMAGE_CORRUPT, target=release.target)
        return kept(release)

    def lose() -> None:
        nonlocal lost
        lost = True

    bench.images = images
    bench.when("write", lose, after=True)
    ending = bench.run()
    assert (ending.outcome, text_of(ending)) == (Outcome.WAITING, Text.IMAGE_CORRUPT)
    bench.acts.hooks.clear()
    lost = False
    assert_recovered(bench, bench.resume())


def test_a_wrong_line_or_profile_is_refused_in_words(bench: RecoveryBench) -> None:
    bench.recoverer.schemes = frozenset({"usb"})
    assert text_of(bench.run()) is Text.RECOVERY_WRONG_LINE
    other = RecoveryBench()
    other.profile = replace(other.profile, recovery={})
    ending = other.run()
    assert (ending.outcome, text_of(ending)) == (Outcome.REFUSED, Text.RECOVERY_NOT_KNOWN)


def test_a_laptop_that_may_die_on_the_way_does_not_begin(bench: RecoveryBench) -> None:
    bench.laptop = Laptop(10, False, 10**11)
    ending = bench.run()
    assert (ending.outcome, text_of(ending)) == (Outcome.REFUSED, Text.LAPTOP_POWER)
    assert bench.device.acts == []


def test_an_image_that_is_not_right_is_not_even_brought_near(bench: RecoveryBench) -> None:
    def corrupt(release: Release) -> FirmwareImage:
        raise FirmwareError(Text.IMAGE_CORRUPT, target=release.target)

    bench.images = corrupt
    ending = bench.run()
    assert (ending.outcome, ending.exit_code) == (Outcome.REFUSED, ExitCode.TRUST)
    assert bench.device.acts == []


# -- rights and epochs: the engine asks itself ------------------------------------------------------------------------

UNDER = replace(RECOVERY, grants=("grant-1",), approvals=(key_approval(Action.RECOVER),))


def directed(bench: RecoveryBench, **changes: object) -> RecoveryBench:
    bench.rights = replace(rights(orders=(order(RELEASE),)), **changes)  # type: ignore[arg-type]  # by name
    return bench


def test_with_a_grant_and_a_second_person_it_is_brought_back(bench: RecoveryBench) -> None:
    assert_recovered(bench, directed(bench).run(UNDER))


def test_without_a_second_person_the_engine_refuses(bench: RecoveryBench) -> None:
    ending = directed(bench).run(replace(UNDER, approvals=()))
    assert (ending.outcome, text_of(ending)) == (Outcome.REFUSED, Text.APPROVAL_MISSING)
    assert bench.device.acts == []


def test_an_approval_of_something_else_is_none_for_a_recovery(bench: RecoveryBench) -> None:
    ending = directed(bench).run(replace(UNDER, approvals=(key_approval(Action.DOWNGRADE),)))
    assert (ending.outcome, text_of(ending)) == (Outcome.REFUSED, Text.APPROVAL_MISSING)


def test_without_a_grant_to_recover_the_engine_refuses(bench: RecoveryBench) -> None:
    bench.rights = rights(replace(GRANT, actions=frozenset({Action.UPDATE})), orders=(order(RELEASE),))
    ending = bench.run(UNDER)
    assert (ending.outcome, text_of(ending)) == (Outcome.REFUSED, Text.GRANT_NONE)


def test_a_grant_that_has_ended_begins_no_recovery(bench: RecoveryBench) -> None:
    ended = replace(GRANT, expires=GRANT.not_before)
    bench.rights = rights(ended, BY_KEY, orders=(order(RELEASE),))
    ending = bench.run(UNDER)
    assert (ending.outcome, text_of(ending)) == (Outcome.REFUSED, Text.GRANT_EXPIRED)
    assert bench.device.acts == []


def test_a_grant_that_it_is_not_counted_for_does_not_help(bench: RecoveryBench) -> None:
    ending = directed(bench).run(replace(UNDER, grants=("another",)))
    assert (ending.outcome, text_of(ending)) == (Outcome.REFUSED, Text.GRANT_NOT_PLANNED)


def test_an_image_that_no_order_names_for_this_charger_is_refused(bench: RecoveryBench) -> None:
    other = replace(RELEASE, sha256="77" * 32)
    bench.rights = rights(orders=(order(other),))
    ending = bench.run(UNDER)
    assert (ending.outcome, text_of(ending)) == (Outcome.REFUSED, Text.GRANT_NOT_ORDERED)


def test_what_had_begun_may_be_finished_although_its_rights_ended(bench: RecoveryBench) -> None:
    assert _die_in(directed(bench), "write", UNDER)
    ended = replace(GRANT, expires=GRANT.not_before)
    bench.rights = rights(ended, BY_KEY, orders=(order(RELEASE, expires=GRANT.not_before),))
    assert_recovered(bench, bench.resume(UNDER))


@pytest.mark.parametrize("known", ["seen by this laptop", "published"])
def test_the_epoch_floor_holds_for_a_dead_charger_too(bench: RecoveryBench, known: str) -> None:
    """Nobody can ask it what it demands: the highest that anybody knows counts."""
    if known == "published":
        bench.releases = (RELEASE, replace(RELEASE, version="3.0", sha256="33" * 32, security_epoch=4))
    else:
        bench.rights = Rights(epochs={"main": 4})
    ending = bench.run()
    assert (ending.outcome, text_of(ending)) == (Outcome.REFUSED, Text.EPOCH_TOO_LOW)
    assert bench.device.acts == []


# -- whatever breaks --------------------------------------------------------------------------------------------------


def lost_line(bench: RecoveryBench) -> None:
    raise LinkError(Text.LINK_LOST, address="/dev/ttyUSB0", detail="unplugged")


def power_cut(bench: RecoveryBench) -> None:
    bench.device.power_cut()
    raise LinkError(Text.LINK_LOST, address="/dev/ttyUSB0", detail="it is dark")


def laptop_dies(bench: RecoveryBench) -> None:
    raise LaptopDied


def both_die(bench: RecoveryBench) -> None:
    bench.device.power_cut()
    raise LaptopDied


STRIKES: dict[str, Callable[[RecoveryBench], None]] = {
    "the line is lost": lost_line,
    "the charger loses power": power_cut,
    "the laptop dies": laptop_dies,
    "both die": both_die,
}


def points() -> int:
    """In how many places a recovery may break."""
    bench = RecoveryBench()
    faults = Faults(0)
    bench.use(faults)
    assert bench.run().outcome is Outcome.RECOVERED
    return faults.count


POINTS = points()


def _die_in(bench: RecoveryBench, act: str, head: Head = RECOVERY) -> bool:
    def die() -> None:
        bench.acts.hooks.clear()
        raise LaptopDied

    bench.when(act, die, after=True)
    try:
        bench.run(head)
    except LaptopDied:
        bench.recoverer.open_lines = 0
        return True
    return False


def finished(bench: RecoveryBench) -> Ending:
    """As a technician does: run, and resume until it has an end."""
    try:
        ending = bench.run()
    except LaptopDied:
        ending = None
    for _ in range(5):
        if ending is not None and ending.outcome is not Outcome.WAITING:
            return ending
        if not bench.rows.records("run-1"):
            ending = bench.run()
        elif bench.memory.over:
            return bench.memory.ending()
        else:
            ending = bench.resume()
    raise AssertionError(f"no end: {bench.story()}")


@pytest.mark.parametrize("what", STRIKES)
def test_broken_once_anywhere_it_is_brought_back_all_the_same(what: str) -> None:
    assert POINTS > 40
    for point in range(1, POINTS + 1):
        bench = RecoveryBench()
        bench.strike_at(point, lambda bench=bench: STRIKES[what](bench))  # type: ignore[misc]  # bound now
        ending = finished(bench)
        assert ending.outcome is Outcome.RECOVERED, (point, ending.trouble, bench.story())
        assert bench.device.runs == ("2.0", NEW_HASH), point


@given(
    st.lists(st.tuples(st.integers(1, 30), st.sampled_from(sorted(STRIKES))), max_size=6),
    st.sampled_from(["well", "sick", "lies", "other", "sulks"]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_broken_again_and_again_it_ends_truly(breaks: list[tuple[int, str]], nature: str) -> None:
    """Recovered exactly when its firmware runs and is well; a charger that would become well is never given up."""
    bench = RecoveryBench()
    bench.device.sick, bench.device.lies = nature == "sick", nature == "lies"
    bench.device.starts_other = nature == "other"
    bench.device.sulks = 99 if nature == "sulks" else 0
    left = list(breaks)

    def next_strike() -> None:
        if left:
            after, what = left.pop(0)

            def strike() -> None:
                next_strike()
                STRIKES[what](bench)

            bench.strike_at(after, strike)
        else:
            bench.calm()

    next_strike()
    ending = None
    for _ in range(12):
        try:
            ending = bench.resume() if bench.rows.records("run-1") else bench.run()
        except LaptopDied:
            if bench.memory.over:
                ending = bench.memory.ending()
        if ending is not None and ending.outcome is not Outcome.WAITING:
            break
    assert ending is not None
    if nature == "well":
        assert ending.outcome in (Outcome.RECOVERED, Outcome.ABANDONED), (ending.trouble, bench.story())
        assert ending.outcome is Outcome.RECOVERED or not bench.device.written, "given up only untouched"
    else:
        assert ending.outcome in (Outcome.STUCK, Outcome.ABANDONED), (ending.trouble, bench.story())


@pytest.mark.parametrize("full_at", range(1, 21))
def test_a_full_disk_never_lets_a_step_act_unwritten(full_at: int) -> None:
    bench = RecoveryBench()
    bench.memory.full_at = full_at
    try:
        ending = bench.run()
    except StorageError:
        assert bench.device.acts == [], "not even the first row could be written"
        return
    assert ending.outcome in (Outcome.WAITING, Outcome.REFUSED), bench.story()
    bench.memory.full_at = None
    if ending.outcome is Outcome.WAITING:
        assert_recovered(bench, bench.resume())


# -- a person decides -------------------------------------------------------------------------------------------------


def test_stopped_before_the_first_write_the_charger_is_as_it_was(bench: RecoveryBench) -> None:
    bench.when("prompt", bench.hand.cancel, after=True)
    ending = bench.run()
    assert (ending.outcome, text_of(ending)) == (Outcome.ABANDONED, Text.CANCELLED)
    assert bench.device.written == []


def test_stopped_while_it_writes_it_stays_open_and_can_be_finished(bench: RecoveryBench) -> None:
    bench.when("write", lambda: bench.hand.cancel(), after=True)
    ending = bench.run()
    assert (ending.outcome, text_of(ending)) == (Outcome.WAITING, Text.CANCELLED)
    assert "start" not in bench.device.acts
    bench.acts.hooks.clear()
    assert_recovered(bench, bench.resume())


def test_a_program_that_closes_leaves_it_open(bench: RecoveryBench) -> None:
    bench.when("write", lambda: bench.hand.halt(), after=True)
    assert bench.run().outcome is Outcome.WAITING
    bench.acts.hooks.clear()
    assert_recovered(bench, bench.resume())


def test_a_charger_that_nobody_announces_is_looked_for_on_its_own_line(bench: RecoveryBench) -> None:
    def unseen() -> None:
        raise LinkError(Text.CHARGER_NOT_SEEN, serial="S1")

    bench.located = unseen
    assert bench.run().outcome is Outcome.WAITING, "its normal driver speaks SSH: a serial line does not help"
    other = RecoveryBench()
    other.located = unseen
    other.driver.schemes = frozenset({"serial"})
    assert_recovered(other, other.run())


def test_the_console_can_be_watched_while_the_line_is_open(bench: RecoveryBench) -> None:
    engine, lines = bench.engine(), []
    bench.when("write", lambda: lines.append(engine.console(" 0s1")), after=False)
    engine.run(RECOVERY, bench.images, bench.hand)
    assert lines[0] == ("U-Boot 2023.01",) and engine.console("S1") == ()


def test_a_profile_that_is_gone_leaves_an_open_recovery_open(bench: RecoveryBench) -> None:
    assert _die_in(bench, "write")
    kept, bench.profile = bench.profile, replace(bench.profile, vendor="Other", models=("X",))
    ending = bench.resume()
    assert ending.outcome is Outcome.WAITING and text_of(ending) is Text.PROFILE_DISAGREES
    bench.profile = kept
    assert_recovered(bench, bench.resume())


def test_what_a_release_requires_of_its_validation_counts_here_too(bench: RecoveryBench) -> None:
    strict = replace(RELEASE, validation=Expectation(required=frozenset({"backend"})))
    bench.releases = (strict,)
    ending = bench.run(replace(RECOVERY, legs=(replace(RECOVERY.legs[0], release=strict),)))
    assert (ending.outcome, text_of(ending)) == (Outcome.STUCK, Text.VALIDATE_HEALTH)
