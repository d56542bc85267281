"""Stepping stones: which releases lead from what runs to what is wanted, where the last one may not go on directly."""

from collections.abc import Callable, Sequence

from fieldtool.core.errors import FirmwareError
from fieldtool.core.model import Release
from fieldtool.firmware.versions import is_older

Fits = Callable[[Release], bool]


def path(runs: str | None, target: Release, releases: Sequence[Release], fits: Fits) -> tuple[Release, ...] | None:
    """What to install one after the other, `target` last; None when no way leads there.

    The shortest way; of several the one over the newest stones, as `releases` is newest first. `fits` says which
    stones may be used; whether `target` itself may, is for others to say. What runs in no comparable version is asked
    to go directly: the checks say what is wrong with it.
    """
    try:
        if runs is None or _may_follow(target, runs) or not is_older(runs, target.version, target.version_format):
            return (target,)
        between = [one for one in releases if _lies_between(one, runs, target) and fits(one)]
    except FirmwareError:
        return (target,)
    return _shortest(runs, target, between)


def _shortest(runs: str, target: Release, between: Sequence[Release]) -> tuple[Release, ...] | None:
    """Breadth first: every way of n stones before any of n + 1."""
    ways: list[tuple[Release, ...]] = [()]
    reached: set[Release] = set()
    while ways:
        longer = []
        for way in ways:
            at = way[-1].version if way else runs
            if _may_follow(target, at):
                return (*way, target)
            ahead = [one for one in between if one not in reached and _is_ahead(one, at) and _may_follow(one, at)]
            reached.update(ahead)
            longer += [(*way, one) for one in ahead]
        ways = longer
    return None


def _may_follow(release: Release, runs: str) -> bool:
    return not release.min_from or not is_older(runs, release.min_from, release.version_format)


def _is_ahead(release: Release, runs: str) -> bool:
    return is_older(runs, release.version, release.version_format)


def _lies_between(release: Release, runs: str, target: Release) -> bool:
    """Newer than what runs, older than the target, and no step that the target could not follow."""
    return (
        release.component == target.component
        and release.version_format == target.version_format
        and release.security_epoch <= target.security_epoch
        and _is_ahead(release, runs)
        and is_older(release.version, target.version, target.version_format)
    )
