"""The settings of a charger over an update: moved to the layout of the new firmware, and compared. Pure.

Only names of settings ever leave this module: values may be secret.
"""

from collections import Counter
from collections.abc import Set

from fieldtool.core.errors import ExitCode, Trouble
from fieldtool.core.model import Configuration, Release
from fieldtool.core.texts import Text


def moved(before: Configuration, release: Release) -> Configuration:
    """What the settings must be under `release`.

    Its renames apply at once, so that two names may be swapped; a renamed setting wins over one that had its new name.
    Settings that have the release's layout already are neither renamed nor dropped again.
    """
    arrived = before.format != "" and before.format == release.config_format
    renames = {} if arrived else {old: new for old, new in release.config_renames if old in before.values}
    gone = set() if arrived else {*renames, *release.config_drops}
    kept = {name: value for name, value in before.values.items() if name not in gone}
    renamed = {new: before.values[old] for old, new in renames.items()}
    return Configuration(release.config_format or before.format, {**kept, **renamed, **dict(release.config_sets)})


def differences(wanted: Configuration, found: Configuration, may_change: Set[str]) -> tuple[str, ...]:
    """Names of the settings that are not as wanted, sorted.

    Settings that are only found are no difference: firmware adds some with values of its own.
    """
    return tuple(
        sorted(
            name for name, value in wanted.values.items() if name not in may_change and found.values.get(name) != value
        )
    )


def usable(before: Configuration, release: Release) -> Trouble | None:
    """Why the settings cannot be moved to the layout of `release`; None when they can."""
    if not before.format or not release.config_format or before.format == release.config_format:
        return None
    if not (release.config_renames or release.config_sets or release.config_drops):
        params = (("expected", release.config_format), ("found", before.format), ("target", release.label))
        return Trouble(Text.SETTINGS_NO_WAY, params, exit_code=ExitCode.REFUSED)
    if clash := _clash(before, release):
        return Trouble(Text.SETTINGS_CLASH, (("found", clash), ("target", release.label)), exit_code=ExitCode.REFUSED)
    return None


def _clash(before: Configuration, release: Release) -> str:
    """The first name that two settings would have after the move; "" when there is none."""
    away = {old for old, _ in release.config_renames} | set(release.config_drops)
    arriving = [new for old, new in release.config_renames if old in before.values]
    staying = [name for name in before.values if name not in away]
    counted = Counter([*arriving, *staying])
    return min((name for name, count in counted.items() if count > 1), default="")
