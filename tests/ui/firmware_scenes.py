"""The firmware of the demo story: one file altered, one missing, the rest good."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fieldtool.app.firmware import Basis, Checked, Disk, Enough, FirmwareRow, FirmwareView, Signature, Standing
from fieldtool.core.errors import FirmwareError, Trouble
from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from tests.ui.fake_app import NOW, FakeApp, release

GB = 1_000_000_000
HYPER, CITY = "Hyperline 180", "CityPost 22"
ALTERED, MISSING, GOOD = "lab/hyperline-2.6.1.raucb", "lab/terminal-3.4.1.raucb", "lab/hyperline-2.6.0.raucb"
_UNTIL = datetime(2027, 3, 18, tzinfo=UTC)
_PARTS = (Signature("targets", 2, 3, _UNTIL + timedelta(days=200)), Signature("hyperline", 2, 2, _UNTIL))


def made(target: str, model: str, version: str, **other: object) -> Release:
    fields: dict[str, object] = {
        "target": target,
        "sha256": (version.replace(".", "") * 64)[:64],
        "end_of_support": datetime(2031, 3, 31, tzinfo=UTC),
        "published": datetime(2026, 11, 4, tzinfo=UTC),
        "release_type": "production",
    } | other
    return replace(release(version, model, "C2"), **fields)  # type: ignore[arg-type]  # fields by name


def row(
    one: Release, standing: Standing, *needed: str, signer: str = "Release key R-2026", **other: object
) -> FirmwareRow:
    present = standing in (Standing.HERE, Standing.REFUSED, Standing.NOT_ORDERED)
    looked = Checked(NOW - timedelta(minutes=8), f"Signed by {signer}.", signer, True) if present else None
    plain = FirmwareRow(
        one.target, one.length, one.sha256, standing, one, present, False, _PARTS, tuple(needed), (), looked, None
    )  # fmt: skip
    return replace(plain, **other)  # type: ignore[arg-type]  # fields by name


def refused(one: Release, text: Text, *needed: str) -> FirmwareRow:
    problem: Trouble = FirmwareError(text, target=one.target).trouble()
    return row(one, Standing.REFUSED, *needed, checked=Checked(NOW, problem=problem), problem=problem)


def shelf(app: FakeApp) -> FakeApp:
    best = made(
        GOOD,
        HYPER,
        "2.6.0",
        hardware=("B3", "C1", "C2"),
        min_from="2.2.0",
        security_epoch=5,
        requires=(("power", "1.9"),),
        advisories=("VND-2026-011: remote stop without login", "VND-2026-007: log shows card numbers"),
        notes="Faster start of ISO 15118 sessions. New fan curve. Two keys of the configuration are migrated.",
    )
    terminal = made(MISSING, CITY, "3.4.1", component="terminal", length=11_800_000)
    step, back = made("lab/hyperline-2.2.0.raucb", HYPER, "2.2.0"), made("lab/hyperline-2.4.1.raucb", HYPER, "2.4.1")
    power = made("lab/power-1.9.2.bin", HYPER, "1.9.2", component="power", format="mcuboot", length=1_400_000)
    city, old, staging, ancient = (
        made(f"lab/citypost-{version}.swu", CITY, version, format="swu", length=41_200_000)
        for version in ("5.1.3", "5.0.8", "5.2.0-rc1", "4.0.0")
    )
    here, many = Standing.HERE, tuple(f"Bay {n:02}" for n in range(6, 13))
    rows = (
        refused(made(ALTERED, HYPER, "2.6.1"), Text.IMAGE_CORRUPT),
        row(terminal, Standing.MISSING, "Bay 06", "Bay 07", "Bay 10", "Bay 11"),
        row(best, here, "Bay 01", "Bay 02", "Bay 03", "Bay 04"),
        row(step, here, "Bay 04", signer="Release key R-2024"),
        row(back, here, way_back=("Bay 01", "Bay 02"), pinned=True),
        row(power, here, "Bay 01", "Bay 02", signer="4be1a2…90"),
        row(city, here, *many, signer="CityPost signer 2026"),
        row(old, here, way_back=("Bay 08",), signer="CityPost signer 2025"),
        row(replace(staging, end_of_support=None), Standing.NOT_ORDERED, signer="CityPost staging"),
        row(ancient, Standing.ELSEWHERE),
    )
    disk = Disk(round(4.2 * GB), round(1.8 * GB), round(1.3 * GB), round(1.1 * GB), round(12.1 * GB))
    app.shelf = FirmwareView(rows, Enough(Basis.ORDERS, 6, (MISSING,)), disk, app.line.catalogue, ("wo-318",))
    return app


def whole(app: FakeApp) -> FakeApp:
    """Nothing is missing, nothing refused."""
    view = shelf(app).shelf
    rows = tuple(one for one in view.rows if one.standing not in (Standing.REFUSED, Standing.MISSING))
    app.shelf = replace(view, rows=rows, enough=Enough(Basis.ORDERS, 4, ()), disk=replace(view.disk, spare=0))
    return app
