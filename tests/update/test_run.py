"""The rules, as tables: what is believed after a lost link or a crash, and which exit code a day ends with."""

from dataclasses import replace

import pytest

from fieldtool.core.errors import ExitCode, Trouble
from fieldtool.core.model import Observed
from fieldtool.core.texts import Text
from fieldtool.update.run import NEXT, TERMINAL, UNTOUCHED, Outcome, Phase, Step, exit_code, resume_at, worst_exit

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


@pytest.mark.parametrize(
    ("last", "seen", "expected"),
    [
        *[(last, OLD, P.PREFLIGHT) for last in sorted(UNTOUCHED)],
        *[(last, seen, P.ABANDONED) for last in sorted(UNTOUCHED) for seen in (NEW, THIRD, BOOTLOADER)],
        (P.INSTALL, OLD, P.TRANSFER),
        *[(last, INSTALLING, P.PREFLIGHT) for last in sorted(UNTOUCHED)],
        *[(last, INSTALLING, last) for last in sorted(NEXT.keys() - UNTOUCHED)],
        (P.INSTALL, STAGED, P.RESTART),
        (P.INSTALL, WRONG_STAGED, P.TRANSFER),
        (P.INSTALL, NEW, P.VALIDATE),
        (P.INSTALL, BOOTLOADER, P.STUCK),
        (P.INSTALL, THIRD, P.STUCK),
        (P.RESTART, STAGED, P.RESTART),
        (P.RESTART, NEW, P.VALIDATE),
        (P.RESTART, OLD, P.ROLLED_BACK),
        (P.RESTART, WRONG_PAYLOAD, P.STUCK),
        (P.RESTART, THIRD, P.STUCK),
        (P.RESTART, BOOTLOADER, P.STUCK),
        (P.VALIDATE, NEW, P.VALIDATE),
        (P.VALIDATE, OLD, P.ROLLED_BACK),
        (P.VALIDATE, BOOTLOADER, P.STUCK),
        (P.CONFIRM, NEW, P.VALIDATE),
        (P.CONFIRM, OLD, P.ROLLED_BACK),
        (P.ROLL_BACK, OLD, P.ROLLED_BACK),
        (P.ROLL_BACK, STAGED, P.ROLL_BACK),
        (P.ROLL_BACK, NEW, P.ROLL_BACK),
        (P.ROLL_BACK, THIRD, P.STUCK),
        (P.ROLL_BACK, BOOTLOADER, P.STUCK),
        *[(last, OLD, last) for last in sorted(TERMINAL)],
        *[(last, OTHER, None) for last in sorted(NEXT)],
    ],
)
def test_resume_believes_the_charger_first_and_the_journal_second(
    last: Phase, seen: Observed, expected: Phase | None
) -> None:
    assert resume_at(last, STEP, OLD, seen) is expected


SAME = Step("main", "1.0", "a", "lab/main-1.0", "11")


@pytest.mark.parametrize(
    ("last", "seen", "expected"),
    [
        (P.INSTALL, OLD, P.TRANSFER),
        (P.INSTALL, replace(OLD, staged="1.0", staged_hash="a"), P.RESTART),
        (P.RESTART, replace(OLD, staged="1.0", staged_hash="a"), P.RESTART),
        (P.RESTART, replace(OLD, running_slot="B"), P.VALIDATE),
        (P.RESTART, OLD, P.ROLLED_BACK),
        (P.ROLL_BACK, replace(OLD, running_slot="B"), P.ROLL_BACK),
        (P.ROLL_BACK, OLD, P.ROLLED_BACK),
    ],
)
def test_the_same_firmware_installed_again_is_told_apart_by_its_slot(
    last: Phase, seen: Observed, expected: Phase
) -> None:
    assert resume_at(last, SAME, OLD, seen) is expected


def test_a_device_that_reports_no_hash_is_never_taken_for_the_target() -> None:
    assert resume_at(P.RESTART, STEP, OLD, replace(NEW, running_hash=None)) is P.STUCK


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
