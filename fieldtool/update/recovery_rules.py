"""The rules of a recovery: its steps, which image brings a charger back, what speaks against it. Pure.

A charger that no longer boots tells little. Whatever nobody knows forbids: an image for unknown hardware, a security
epoch below the highest that anybody saw, demanded or published.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from fieldtool.core.driver import Can
from fieldtool.core.errors import DeviceError, FieldtoolError, FirmwareError, RefusedError, Safety, Trouble, UsageError
from fieldtool.core.model import Identity, Observed, Release, SiteRules, is_serial, same_serial
from fieldtool.core.profile import MAIN, Profile
from fieldtool.core.rights import Action
from fieldtool.core.texts import Text
from fieldtool.firmware import versions
from fieldtool.update.preflight import (
    Check,
    backend_fits,
    format_fits,
    hardware_fits,
    laptop_has_disk,
    laptop_has_power,
    laptop_stays_awake,
    market_fits,
    model_fits,
    requirements_met,
    validation_known,
    worst_first,
)
from fieldtool.update.rights import Act, Answer, Rights, judge_rights
from fieldtool.update.rights_checks import epoch_high_enough, epoch_known, ordered_here, rights_known
from fieldtool.update.run import Phase
from fieldtool.update.situation import Laptop, Level, Situation, Verdict, info, stop, verdict

GOLDEN = "golden"  # release type of images that are made to bring chargers back
STEPS = (
    Phase.PREFLIGHT, Phase.CONNECT, Phase.IDENTIFY, Phase.FIT, Phase.WRITE, Phase.READ_BACK, Phase.START,
    Phase.VALIDATE, Phase.CONFIRM, Phase.RECOVERED,
)  # fmt: skip
AFTER: Mapping[Phase, Phase] = dict(pairwise(STEPS))
ON_THE_LINE = frozenset({
    Phase.CONNECT, Phase.IDENTIFY, Phase.FIT, Phase.WRITE, Phase.READ_BACK, Phase.START,
})  # fmt: skip
HARMLESS = frozenset({Phase.PREFLIGHT, Phase.CONNECT, Phase.IDENTIFY, Phase.FIT})
"""Nothing is written in them: a charger that does not boot is as it was."""
STARTED = frozenset({Phase.START, Phase.VALIDATE, Phase.CONFIRM})
"""From here on the firmware may run: its normal driver is asked before anything else."""
WELL_OR_NOT = frozenset({Text.VALIDATE_HEALTH})  # writing the same image again does not make it well


def safety(written: bool) -> Safety:
    """Is the charger as it was? It does not boot; from the first write on it has less than before."""
    return Safety.KEEP_POWERED if written else Safety.UNTOUCHED


def refused_end(phase: Phase, error: FieldtoolError) -> Phase:
    """The end of a recovery that wrote nothing: we said no, or the charger did."""
    ours = phase is Phase.PREFLIGHT or isinstance(error, RefusedError | FirmwareError | UsageError)
    return Phase.REFUSED if ours else Phase.ABANDONED


def tries_of(phase: Phase, error: FieldtoolError) -> int:
    """How often a charger may say so before it needs more than we can do. 1: final at once."""
    if not isinstance(error, DeviceError) or error.exit_code is not DeviceError.exit_code:
        return 1  # its bootloader does not trust the image: never tried another way
    if error.text in WELL_OR_NOT:
        return 1
    return 3 if phase in (Phase.WRITE, Phase.READ_BACK) else 2


# -- who is it? -------------------------------------------------------------------------------------------------------


def known_identity(told: Identity, serial: str, model: str, hardware: str, profile: Profile) -> Identity:
    """What the bootloader tells, completed by what the order or the plan says; it tells nothing otherwise.

    RefusedError: it is another charger, or of another model than the profile. `told` wins over what was planned:
    the hardware is judged as it is.
    """
    if is_serial(told.serial) and not same_serial(told.serial, serial):
        raise RefusedError(Text.RECOVERY_OTHER_CHARGER, found=told.serial, expected=serial)
    only = profile.models[0] if len(profile.models) == 1 else ""
    found = replace(
        told,
        serial=serial,
        vendor=told.vendor or profile.vendor,
        model=told.model or model or only,
        hardware=told.hardware or hardware,
    )
    if found.vendor != profile.vendor or (found.model and found.model not in profile.models):
        raise RefusedError(
            Text.PROFILE_DISAGREES,
            found=f"{found.vendor} {found.model}",
            profile=profile.id,
            expected=f"{profile.vendor} {', '.join(profile.models)}",
        )
    return found


# -- may it be written? -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known when an image is judged, beside the image."""

    identity: Identity
    rights: Rights
    rules: SiteRules
    laptop: Laptop
    now: float  # seconds since the epoch, trusted
    releases: Sequence[Release]  # that the catalogue names, stale or not
    format: str = ""  # that its bootloader takes; "" = not told: the driver says so before the first write


def needed(release: Release) -> frozenset[Action]:
    """What a recovery with this image is, as grants name it."""
    return frozenset({Action.RECOVER} | ({Action.METERING} if release.metering_checksum else set()))


def answer(ground: Ground, release: Release) -> Answer:
    """Who allows it, and what is missing."""
    identity = ground.identity
    model = identity.model if release.component == MAIN else ""
    try:
        return judge_rights(ground.rights, Act(identity.serial, identity.hardware, release, model), needed(release))
    except FirmwareError as error:
        return Answer(troubles=(error.trouble(),))


def judge(ground: Ground, release: Release) -> tuple[Verdict, ...]:
    """All findings about one image, worst first; READY leads when nothing warns or stops."""
    situation = _situation(ground, release)
    found = [one for check in CHECKS for one in _findings(check, situation)]
    found += _granted(ground, release, found)
    if all(one.level is Level.INFO for one in found):
        found.append(verdict(Level.OK, Text.RECOVERY_READY, target=release.label, serial=ground.identity.serial))
    return worst_first(found)


def choose(ground: Ground, on_disk: Iterable[Release]) -> Release:
    """The image that brings it back: made for that before all others, then the newest that fits.

    Where an operator directs, only images that his order names for this charger fit. FirmwareError(RECOVERY_NO_IMAGE).
    """
    found = [one for one in on_disk if one.component == MAIN and not unfit(ground, one)]
    if not found:
        identity = ground.identity
        raise FirmwareError(
            Text.RECOVERY_NO_IMAGE,
            serial=identity.serial,
            model=f"{identity.vendor} {identity.model}".strip(),
            hardware=identity.hardware or "of unknown hardware",
            detail=_why_none(ground, on_disk),
        )
    return max(found, key=worth)


def worth(release: Release) -> tuple[bool, str, versions.Key]:
    """Of two images that fit, the one with more of it is written."""
    return release.release_type == GOLDEN, release.version_format, versions.key(release.version, release.version_format)


def unfit(ground: Ground, release: Release) -> Trouble | None:
    """Why this image is none for this charger, whatever the moment and whoever may."""
    situation = _situation(ground, release)
    found = (one for check in FITTING for one in _findings(check, situation))
    return next((one.reason for one in found if one.level is Level.STOP), None)


def _why_none(ground: Ground, on_disk: Iterable[Release]) -> str:
    """Of the nearest image: one for this model, if there is any."""
    mine = [one for one in on_disk if one.component == MAIN and ground.identity.model in one.models]
    why = (unfit(ground, one) for one in sorted(mine, key=worth, reverse=True))
    trouble = next((one for one in why if one is not None), None)
    return trouble.what.rstrip(".") if trouble is not None else "none is made for it"


def _situation(ground: Ground, release: Release) -> Situation:
    identity = ground.identity
    known, _ = epoch_known(release.component, identity.serial, None, ground.rights, ())
    return Situation(
        identity=identity,
        seen=Observed(identity.serial, None),
        health=None,
        release=release,
        laptop=ground.laptop,
        now=ground.now,
        can=Can.BOOTLOADER,
        way_back=None,
        rules=ground.rules,
        rights=ground.rights,
        epoch_known=known if known is not None else _highest_epoch(ground, release),
        epochs_used=True,
        takes=frozenset({ground.format}) if ground.format else None,
    )


def _highest_epoch(ground: Ground, release: Release) -> int:
    """Nobody knows what the charger demands: then only what no published release of its model exceeds is safe."""
    mine = (
        one.security_epoch
        for one in ground.releases
        if (one.vendor, one.component) == (release.vendor, release.component)
        and ground.identity.model in one.models
        and ground.identity.hardware in one.hardware
    )
    return max(mine, default=release.security_epoch)


def hardware_known(s: Situation) -> Verdict | None:
    return None if s.identity.hardware else stop(Text.RECOVERY_HARDWARE_UNKNOWN, serial=s.identity.serial)


def requirements_not_broken(s: Situation) -> Iterator[Verdict]:
    """What a dead charger does not tell cannot be required; what its bootloader does tell must hold."""
    yield from (one for one in requirements_met(s) if one.reason.text is not Text.REQUIRES_UNKNOWN)


FITTING: tuple[Check, ...] = (
    rights_known,
    ordered_here,
    hardware_known,
    model_fits,
    hardware_fits,
    format_fits,
    market_fits,
    backend_fits,
    epoch_high_enough,
    requirements_not_broken,
    validation_known,
)
CHECKS: tuple[Check, ...] = (*FITTING, laptop_has_power, laptop_has_disk, laptop_stays_awake)


def _granted(ground: Ground, release: Release, found: Iterable[Verdict]) -> Iterator[Verdict]:
    """Grants for it, and a second person. What an order does not name at all was said already."""
    if ground.rights.directions is None:
        return
    said = {one.reason for one in found}
    told = answer(ground, release)
    yield from (Verdict(Level.STOP, trouble) for trouble in told.troubles if trouble not in said)
    for action, approval in told.agreed:
        yield info(Text.APPROVAL_GIVEN, actor=approval.actor, action=action.value)


def _findings(check: Check, situation: Situation) -> Iterator[Verdict]:
    try:
        found = check(situation)
        yield from () if found is None else (found,) if isinstance(found, Verdict) else found
    except FirmwareError as error:  # versions that cannot be compared: nobody knows whether it may be used
        yield Verdict(Level.STOP, error.trouble())
