"""Rights and security epochs as checks of preflight. The rules themselves are in `rights.py`."""

from collections.abc import Iterable, Iterator

from fieldtool.core.errors import FirmwareError, Trouble
from fieldtool.core.model import Observed, Release
from fieldtool.core.profile import MAIN
from fieldtool.core.rights import Action
from fieldtool.core.texts import Text
from fieldtool.firmware.versions import is_older
from fieldtool.update.rights import Act, Answer, Rights, forbidden, judge_rights, ordered
from fieldtool.update.situation import Level, Situation, Verdict, info, stop, warn


def needed(s: Situation) -> frozenset[Action]:
    """What an update is, as grants name it. FirmwareError when nobody can say whether it leads back."""
    actions = {Action.UPDATE}
    if s.seen.running is None:
        actions.add(Action.RECOVER)  # it runs nothing: nobody can say what it was, and it does not start by itself
    elif is_older(s.release.version, s.seen.running, s.release.version_format):
        actions.add(Action.DOWNGRADE)
    if s.release.metering_checksum or (s.runs is not None and s.runs.metering_checksum):
        actions.add(Action.METERING)  # also away from such a release
    if s.deviates:
        actions.add(Action.OVERRIDE)
    return frozenset(actions)


def answer(s: Situation) -> Answer:
    """Who allows this update, and what is missing."""
    try:
        return judge_rights(s.rights, _act(s), needed(s))
    except FirmwareError as error:
        return Answer(troubles=(error.trouble(),))


def _act(s: Situation, release: Release | None = None) -> Act:
    model = s.identity.model if s.component == MAIN else ""
    return Act(s.seen.serial, s.identity.hardware, release or s.release, model)


# -- checks -----------------------------------------------------------------------------------------------------------


def rights_known(s: Situation) -> Verdict | None:
    """What the operator says can be read, and he has not locked this laptop."""
    return _stop(forbidden(s.rights))


def ordered_here(s: Situation) -> Verdict | None:
    """A work order names this very file for this very charger, and it is not on the denylist."""
    if s.rights.directions is None or forbidden(s.rights) is not None:
        return None
    return _stop(forbidden(s.rights, s.release) or ordered(s.rights, _act(s)))


def way_back_ordered(s: Situation) -> Verdict | None:
    """What may have to be installed again must be allowed before, not when it is needed."""
    if s.way_back is None or s.rights.directions is None or forbidden(s.rights) is not None:
        return None
    trouble = forbidden(s.rights, s.way_back) or ordered(s.rights, _act(s, s.way_back))
    if trouble is None:
        return None
    return stop(Text.GRANT_WAY_BACK, found=s.way_back.label, detail=trouble.what.rstrip("."))


def granted(s: Situation) -> Iterator[Verdict]:
    """Grants for all that the update is, and a second person for what one alone may not do."""
    if s.rights.directions is None or forbidden(s.rights, s.release) is not None:
        return
    if ordered(s.rights, _act(s)) is not None:
        return
    found = answer(s)
    yield from (Verdict(Level.STOP, trouble) for trouble in found.troubles)
    for action, approval in found.agreed:
        yield info(Text.APPROVAL_GIVEN, actor=approval.actor, action=action.value)


def no_downgrade(s: Situation) -> Verdict | None:
    """Down to the version that the site file names as its baseline is no downgrade: the site wants it so.

    Where somebody directs, his grants say who may go back, and not the site file.
    """
    wanted = not s.rights.directed and (s.component, s.release.version) in s.rules.baseline
    if s.seen.running is None or wanted:
        return None
    if not is_older(s.release.version, s.seen.running, s.release.version_format):
        return None
    if s.rights.directed:
        return warn(Text.GRANT_DOWNGRADE, target=s.release.label, found=s.seen.running)
    return stop(Text.DOWNGRADE, target=s.release.label, found=s.seen.running)


def epoch_high_enough(s: Situation) -> Verdict | None:
    """Never below what the charger demands. Where nobody knows what that is, only where no release demands anything."""
    floor = device_epoch(s)
    if floor is None:
        unknown = s.epochs_used or s.release.security_epoch > 0
        return stop(Text.EPOCH_UNKNOWN, component=s.component, target=s.release.label) if unknown else None
    if s.release.security_epoch >= floor:
        return None
    return stop(Text.EPOCH_TOO_LOW, target=s.release.label, found=s.release.security_epoch, expected=floor)


def device_epoch(s: Situation) -> int | None:
    """What the charger demands: by its own account, else the highest that anybody knows. None: nobody does."""
    return s.seen.security_epoch if s.seen.security_epoch is not None else s.epoch_known


def epoch_known(
    component: str, serial: str, running: Release | None, rights: Rights, releases: Iterable[Release]
) -> tuple[int | None, bool]:
    """The fields `epoch_known` and `epochs_used` of a situation: what is known of a component that tells no epoch.

    The highest that this laptop saw on it, the operator told of it, or the release that runs has. `releases` are all
    of the same component.
    """
    ordered = rights.order_epoch(serial) if component == MAIN else None
    runs = running.security_epoch if running is not None else None
    known = [one for one in (rights.epochs.get(component), ordered, runs) if one is not None]
    return max(known, default=None), any(one.security_epoch > 0 for one in releases)


def release_that_runs(seen: Observed, hardware: str, releases: Iterable[Release]) -> Release | None:
    """What runs now, in the catalogue: of the same content, where the charger tells it."""
    return next(
        (
            one
            for one in releases
            if one.version == seen.running
            and hardware in one.hardware
            and seen.running_hash in (None, one.payload_hash)
        ),
        None,
    )


def _stop(trouble: Trouble | None) -> Verdict | None:
    return Verdict(Level.STOP, trouble) if trouble is not None else None
