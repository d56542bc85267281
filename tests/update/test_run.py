"""The rules, as tables: what is believed after a lost link or a crash, and which exit code a day ends with."""

from dataclasses import replace

import pytest

from fieldtool.core.driver import Can
from fieldtool.core.errors import ExitCode, Safety, Trouble
from fieldtool.core.model import Observed
from fieldtool.core.texts import Text
from fieldtool.update.run import (
    NEXT,
    TERMINAL,
    UNTOUCHED,
    Outcome,
    Phase,
    Step,
    exit_code,
    resume_at,
    safety,
    worst_exit,
)

P = Phase
STEP = Step("main", "2.0", "b", "lab/main-2.0", "22")
OLD = Observed("S1", "1.0", "a", "A")
STAGED = replace(OLD, staged="2.0", staged_hash="b")
NEW = Observed("S1", "2.0", "b", "B")
WRONG_PAYLOAD = replace(NEW, running_hash="x")
WRONG_STAGED = replace(OLD, staged="2.0", staged_hash="x")
THIRD = Observed("S1", "3.0", "c", "B")
BOOTLOADER = Observed("S1", None)
INSTALLING = replace(OLD, running_hash=None, running_slot="", installing=True)
OTHER = replace(NEW, serial="S2")


RESCUE = Can.BOOTLOADER
DAMAGED = replace(OLD, damaged=True)
DAMAGED_NEW = replace(NEW, damaged=True)  # the way back broke off half written, the new one still runs from memory
OLD_ELSEWHERE = replace(OLD, running_slot="B")  # installed again, into the other slot
OLD_OF_OTHER_CONTENT = replace(OLD, running_hash="x")
MOVING = sorted(NEXT.keys() - UNTOUCHED)  # something may have been changed
AFTER_RESTART = sorted(NEXT.keys() - UNTOUCHED - {P.INSTALL, P.ROLL_BACK})  # RESTART CONFIGURE VALIDATE CONFIRM
SEEN = {
    "old": OLD, "staged": STAGED, "new": NEW, "wrong payload": WRONG_PAYLOAD, "wrong staged": WRONG_STAGED,
    "third": THIRD, "bootloader": BOOTLOADER, "installing": INSTALLING, "damaged": DAMAGED,
    "damaged new": DAMAGED_NEW, "old elsewhere": OLD_ELSEWHERE, "old, other content": OLD_OF_OTHER_CONTENT,
    "other charger": OTHER,
}  # fmt: skip

# Every phase that can have been entered last x everything a charger can show -> where it goes on.
TABLE: dict[str, dict[Phase, Phase | None]] = {
    "old": {P.INSTALL: P.TRANSFER, P.ROLL_BACK: P.ROLLED_BACK} | dict.fromkeys(AFTER_RESTART, P.ROLLED_BACK),
    "staged": {P.INSTALL: P.RESTART, P.ROLL_BACK: P.ROLL_BACK} | dict.fromkeys(AFTER_RESTART, P.RESTART),
    "new": {P.INSTALL: P.VALIDATE, P.ROLL_BACK: P.ROLL_BACK} | dict.fromkeys(AFTER_RESTART, P.VALIDATE),
    "wrong payload": dict.fromkeys(MOVING, P.STUCK),
    "wrong staged": {P.INSTALL: P.TRANSFER} | dict.fromkeys([*AFTER_RESTART, P.ROLL_BACK], P.ROLL_BACK),
    "third": dict.fromkeys(MOVING, P.STUCK),
    "bootloader": dict.fromkeys(MOVING, P.STUCK),
    "installing": {last: last for last in MOVING},
    "damaged": {last: P.TRANSFER if last is P.INSTALL else P.ROLL_BACK for last in MOVING},
    "damaged new": {last: P.TRANSFER if last is P.INSTALL else P.ROLL_BACK for last in MOVING},
    "old elsewhere": {P.INSTALL: P.TRANSFER} | dict.fromkeys([*AFTER_RESTART, P.ROLL_BACK], P.ROLLED_BACK),
    "old, other content": dict.fromkeys(MOVING, P.STUCK),
    "other charger": dict.fromkeys(MOVING),
}  # fmt: skip


@pytest.mark.parametrize("shown", SEEN)
@pytest.mark.parametrize("last", MOVING)
def test_once_something_was_changed_the_charger_is_believed_first(last: Phase, shown: str) -> None:
    assert resume_at(last, STEP, OLD, SEEN[shown], Can(0), acted=True) is TABLE[shown][last]


@pytest.mark.parametrize("shown", SEEN)
@pytest.mark.parametrize("last", sorted(UNTOUCHED))
def test_before_anything_was_changed_every_change_is_somebody_elses(last: Phase, shown: str) -> None:
    same = {"old": P.PREFLIGHT, "staged": P.PREFLIGHT, "wrong staged": P.PREFLIGHT, "installing": P.PREFLIGHT}
    expected = None if shown == "other charger" else same.get(shown, P.ABANDONED)
    if shown == "damaged":
        expected = P.PREFLIGHT  # it still runs what it ran: PREFLIGHT looks at the rest
    assert resume_at(last, STEP, OLD, SEEN[shown], Can(0), acted=False) is expected


@pytest.mark.parametrize("shown", SEEN)
@pytest.mark.parametrize("last", sorted(UNTOUCHED))
def test_a_file_brought_again_after_a_broken_installation_counts_as_installing(last: Phase, shown: str) -> None:
    again = resume_at(last, STEP, OLD, SEEN[shown], Can(0), acted=True)
    assert again is resume_at(P.INSTALL, STEP, OLD, SEEN[shown], Can(0), acted=True)


@pytest.mark.parametrize("last", MOVING)
def test_a_bootloader_that_takes_an_image_is_no_end(last: Phase) -> None:
    expected = P.TRANSFER if last is P.INSTALL else P.ROLL_BACK
    assert resume_at(last, STEP, OLD, BOOTLOADER, RESCUE, acted=True) is expected


def test_a_new_image_that_waits_in_the_rescue_system_is_started() -> None:
    waiting = replace(BOOTLOADER, staged="2.0", staged_hash="b")
    assert resume_at(P.INSTALL, STEP, OLD, waiting, RESCUE, acted=True) is P.RESTART
    assert resume_at(P.RESTART, STEP, OLD, waiting, RESCUE, acted=True) is P.RESTART
    assert resume_at(P.VALIDATE, STEP, OLD, waiting, RESCUE, acted=True) is P.ROLL_BACK, "it had run, and fell"


@pytest.mark.parametrize("last", sorted(TERMINAL))
@pytest.mark.parametrize("shown", [shown for shown in SEEN if shown != "other charger"])
def test_what_has_ended_stays_ended(last: Phase, shown: str) -> None:
    assert resume_at(last, STEP, OLD, SEEN[shown], Can(0), acted=True) is last


def test_a_charger_that_was_in_its_rescue_system_before_is_back_there() -> None:
    assert resume_at(P.INSTALL, STEP, BOOTLOADER, BOOTLOADER, RESCUE, acted=True) is P.TRANSFER
    assert resume_at(P.VALIDATE, STEP, BOOTLOADER, NEW, RESCUE, acted=True) is P.VALIDATE
    assert resume_at(P.ROLL_BACK, STEP, BOOTLOADER, BOOTLOADER, RESCUE, acted=True) is P.ROLLED_BACK
    assert resume_at(P.RESTART, STEP, BOOTLOADER, THIRD, RESCUE, acted=True) is P.STUCK


SAME = Step("main", "1.0", "a", "lab/main-1.0", "11")


@pytest.mark.parametrize(
    ("last", "seen", "expected"),
    [
        (P.INSTALL, OLD, P.TRANSFER),
        (P.INSTALL, replace(OLD, staged="1.0", staged_hash="a"), P.RESTART),
        (P.RESTART, replace(OLD, staged="1.0", staged_hash="a"), P.RESTART),
        (P.RESTART, OLD_ELSEWHERE, P.VALIDATE),
        (P.RESTART, OLD, P.ROLLED_BACK),
        (P.ROLL_BACK, OLD_ELSEWHERE, P.ROLL_BACK),
        (P.ROLL_BACK, OLD, P.ROLLED_BACK),
    ],
)
def test_the_same_firmware_installed_again_is_told_apart_by_its_slot(
    last: Phase, seen: Observed, expected: Phase
) -> None:
    assert resume_at(last, SAME, OLD, seen, Can(0), acted=True) is expected


def test_a_device_that_reports_no_hash_is_never_taken_for_the_target() -> None:
    assert resume_at(P.RESTART, STEP, OLD, replace(NEW, running_hash=None), Can(0), acted=True) is P.STUCK


def test_safety_depends_on_what_was_done_and_on_what_the_charger_keeps() -> None:
    for phase in UNTOUCHED:
        assert safety(phase, Can(0)) is Safety.UNTOUCHED
        assert safety(phase, Can(0), acted=True) is Safety.KEEP_POWERED, "the file is brought again"
    assert safety(P.INSTALL, Can.KEEP_OLD) is Safety.OLD_IS_KEPT
    assert safety(P.INSTALL, Can(0)) is Safety.KEEP_POWERED


def test_every_phase_leads_to_an_end() -> None:
    for phase in NEXT:
        seen = {phase}
        front = {phase}
        while front:
            front = {after for at in front if at in NEXT for after in NEXT[at]} - seen
            seen |= front
        assert seen & TERMINAL, phase


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], 0),
        ([0, 0], 0),
        ([0, 10], 10),
        ([10, 3], 3),
        ([3, 4], 4),
        ([4, 6], 6),
        ([6, 7], 7),
        ([7, 8], 8),
        ([8, 5, 0], 5),
    ],
)
def test_of_several_chargers_the_worst_decides(codes: list[int], expected: int) -> None:
    assert worst_exit([ExitCode(code) for code in codes]).value == expected


def test_a_bad_signature_is_8_whatever_the_outcome() -> None:
    bad = Trouble(Text.INSTALL_SIGNATURE, (("detail", "no"),), exit_code=ExitCode.TRUST)
    for outcome in (Outcome.REFUSED, Outcome.ABANDONED, Outcome.ROLLED_BACK):
        assert exit_code(outcome, bad) is ExitCode.TRUST
    assert exit_code(Outcome.STUCK, bad) is ExitCode.NEEDS_RECOVERY
