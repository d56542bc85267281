"""Firmware files in words for the window."""

from collections.abc import Mapping, Sequence

from fieldtool.app.firmware import Added, Basis, Enough, FirmwareRow, FirmwareView, Standing
from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from fieldtool.firmware.bundle_facts import Exported, Imported
from fieldtool.ui.run_words import component_word
from fieldtool.ui.words import Sign, day_words, mark, size_words, words

_STANDINGS: Mapping[Standing, tuple[str, str, str]] = {
    Standing.REFUSED: ("bad", "ban", mark("Refused")),
    Standing.MISSING: ("warn", "download", mark("Missing")),
    Standing.HERE: ("ok", "circle-check", mark("In cache")),
    Standing.NOT_ORDERED: ("idle", "eye", mark("Not ordered")),
    Standing.ELSEWHERE: ("idle", "circle-dashed", mark("Not here")),
}
_FORMATS = {"raucb": "RAUC", "swu": "SWU", "mcuboot": "MCUboot", "fit": "FIT"}
_REFUSALS: Mapping[Text, str] = {
    Text.IMAGE_CORRUPT: mark("File altered"),
    Text.DENYLISTED: mark("Denylisted"),
    Text.VENDOR_EXPIRED: mark("Expired"),
    Text.NATIVE_UNSIGNED: mark("Not signed"),
    Text.NATIVE_KEY_UNKNOWN: mark("Unknown key"),
    Text.NATIVE_DISGUISED: mark("Disguised"),
}


def standing_sign(row: FirmwareRow) -> Sign:
    kind, icon, word = _STANDINGS[row.standing]
    if row.pinned and row.standing in (Standing.HERE, Standing.NOT_ORDERED):
        return Sign("ok", "pin", words("Pinned"))
    return Sign(kind, icon, words(word))


def native_sign(row: FirmwareRow) -> tuple[Sign, str]:
    """What is known of the signature in the file itself, and of whom it is."""
    release, looked = row.release, row.checked
    if release is None:
        return Sign("idle", "circle-dashed", words("Not known")), ""
    if not row.present:
        return Sign("idle", "circle-dashed", words("Not checked")), words("File not here")
    if looked is None:
        return Sign("idle", "circle-dashed", words("Not checked")), words("Not read yet")
    if looked.problem is not None:
        word = _REFUSALS.get(looked.problem.text, mark("Does not hold"))
        return Sign("bad", "shield-x", words(word)), words("Not used")
    if looked.signed:
        kind = _FORMATS.get(release.format, release.format)
        return Sign("ok", "shield-check", words("{kind} valid", kind=kind)), looked.signer
    if release.encrypted:
        return Sign("ok", "shield-check", words("Encrypted")), words("Charger checks it")
    return Sign("ok", "shield-check", words("Hash valid")), words("No own signature")


def title_words(row: FirmwareRow) -> str:
    """Model and version; the component when it is not the charger's own firmware."""
    release = row.release
    if release is None:
        return row.target.rpartition("/")[2]
    model = release.models[0] if release.models else release.vendor
    part = "" if release.component == "main" else f"{component_word(release.component)}  "
    return f"{model}  {part}{release.version}"


def use_words(row: FirmwareRow, most: int = 3) -> str:
    """What it is for."""
    if row.needed:
        return names_words(row.needed, most)
    if row.way_back:
        return words("runs on {names}", names=names_words(row.way_back, most))
    return words("no charger here")


def names_words(names: Sequence[str], most: int = 3) -> str:
    """ "Bay 01, Bay 02, Bay 03 and 4 more"."""
    if len(names) <= most:
        return ", ".join(names)
    return words("{names} +{n}", names=", ".join(names[:most]), n=len(names) - most)


def signers_words(row: FirmwareRow) -> tuple[str, str]:
    """How many keys had to sign, and for which part of the catalogue they speak."""
    if not row.parts:
        return words("Not signed"), ""
    last = row.parts[-1]
    if last.keys == 1:
        return words("1 signer"), last.role
    return words("{n} of {all} signers", n=last.threshold, all=last.keys), last.role


def support_words(release: Release | None) -> str:
    if release is None or release.end_of_support is None:
        return words("support not told")
    return words("support to {day}", day=day_words(release.end_of_support))


def enough_words(enough: Enough, view: FirmwareView) -> tuple[str, str, str, str]:
    """Kind, icon, the answer, and what follows."""
    if enough.basis is Basis.NOTHING:
        head = words("Enough for this site? Nobody has said what the site needs")
        return "idle", "circle-help", head, words("A work order, a site file or a charger that is found tells it.")
    if enough.missing:
        head = words("Not enough for this site: {n} of {all} files missing", n=len(enough.missing), all=enough.needed)
        if len(enough.missing) == 1 and enough.needed == 1:
            head = words("Not enough for this site: the only file that it needs is missing")
        return "warn", "package-x", head, _missing(view)
    if not enough.needed:
        return "ok", "package-check", words("Enough for this site: it needs no firmware"), _basis(enough, view)
    if enough.needed == 1:
        return "ok", "package-check", words("Enough for this site: its 1 file is here"), _basis(enough, view)
    head = words("Enough for this site: all {n} files are here", n=enough.needed)
    return "ok", "package-check", head, _basis(enough, view)


def _basis(enough: Enough, view: FirmwareView) -> str:
    if enough.basis is Basis.ORDERS:
        return words("By work order {orders}. No network is needed for the updates.", orders=names_words(view.orders))
    if enough.basis is Basis.SITE:
        return words("The newest release of every charger in the site file. No network is needed for the updates.")
    return words("The newest release of every charger that was found. No network is needed for the updates.")


def _missing(view: FirmwareView) -> str:
    rows = [row for row in view.rows if row.target in view.enough.missing]
    first = rows[0]
    told = words("{what} for {names}", what=title_words(first).replace("  ", " "), names=names_words(first.needed))
    if len(rows) > 1:
        told = words("{what}, and {n} more", what=told, n=len(rows) - 1)
    published = [row.release.published for row in rows if row.release is not None and row.release.published is not None]
    if not published:
        return words("{what}. Sync, or import a bundle that has it.", what=told)
    day = day_words(max(published))
    return words("{what}. Sync, or import a bundle made on {day} or later.", what=told, day=day)


def good_words(row: FirmwareRow) -> tuple[str, str, str, str]:
    """The answer over the pane: kind, icon, head, body."""
    if row.problem is not None:
        return "bad", "ban", words("Refused"), words("No charger can get it, and nobody can override that.")
    if row.standing is Standing.MISSING:
        head = words("Missing for {names}", names=names_words(row.needed, 8))
        return "warn", "download", head, words("Sync, import a bundle, or add the file.")
    if row.standing is Standing.NOT_ORDERED:
        head = words("No work order names it")
        return "idle", "eye", head, words("It is here to look at. It cannot be installed.")
    if row.standing is Standing.ELSEWHERE:
        return "idle", "circle-dashed", words("Not on this laptop"), words("No charger of this site needs it.")
    head = words("Good for {names}", names=names_words(row.needed, 8)) if row.needed else words("On this laptop")
    if row.checked is None:
        return "ok", "circle-check", head, words("Signed and in the cache; read again before it is used.")
    return "ok", "shield-check", head, words("Signed, in the cache, and read just now or a while ago.")


def imported_words(done: Imported) -> str:
    told = words("Imported: {n} releases, {new} new, {files} new files", n=done.releases, new=done.new_releases,
                 files=done.new_files)  # fmt: skip
    if done.orders:
        told += words(", {n} work orders", n=done.orders)
    return f"{told}."


def exported_words(done: Exported) -> str:
    size = size_words(done.length)
    told = words("{file} is written and was read back: {n} files, {size}.", file=done.file.name,
                 n=len(done.releases), size=size)  # fmt: skip
    if done.missing:
        told += " " + words("{n} files could not go along, they are not here.", n=len(done.missing))
    return told


def added_words(done: Added) -> str:
    name = done.target.rpartition("/")[2]
    return words("{name} is the file that the catalogue names: it is in the cache now.", name=name)
