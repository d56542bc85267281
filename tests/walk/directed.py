"""A directed laptop, its virtual site, and whoever holds every key of both repositories."""

import io
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from fieldtool.cli.lab import ORDER, SECOND, direct, make_catalogue
from fieldtool.cli.main import main
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import ExitCode
from fieldtool.core.rights import OrderedImage, WorkOrder
from fieldtool.firmware.directions import order_json, parse_order
from fieldtool.lab.raucb import Bundle
from fieldtool.lab.site import LabSite, new_lab
from fieldtool.lab.ssh_charger import new_ssh_key
from fieldtool.publish.director import DirectorRepository
from fieldtool.publish.repository import ImageRepository
from fieldtool.publish.throwaway import Image, Signers, sign_and_release

SERIAL, VENDOR, RUNS = "T-001", "Lab", "1.4.2"
COMPATIBLE, MODEL, HARDWARE = "lab-citypost-22", "CityPost 22", "B2"
SITE = """
schema = 1
id = "test"
name = "Test site"

[timing]
shutdown = 0.02
boot = 0.2
settle = 0.0
install = 0.1

[[charger]]
serial = "T-001"
name = "Bay 01"
profile = "lab-citypost"
hardware = "B2"
version = "1.4.2"
security_epoch = 2
connectors = ["1"]
image_bytes = 100_000
"""
RELEASES = (  # version, security epoch, does a work order name it?
    ("1.3.0", 2, True),
    ("1.4.0", 1, True),
    ("1.4.2", 2, True),
    ("1.5.0", 2, True),
    ("1.6.0", 2, False),
)


def description() -> str:
    releases = (
        f'[[release]]\nversion = "{version}"\nhardware = ["B2"]\nsecurity_epoch = {epoch}\nsize = 100_000\n'
        f"ordered = {str(ordered).lower()}\n"
        for version, epoch, ordered in RELEASES
    )
    return SITE + "\n".join(releases)


@cache
def keys(side: str) -> Signers:
    """Made once; no key is in both repositories."""
    return Signers.generate()


def make(folder: Path) -> str:
    """A training folder whose keys are not forgotten. Returns the second person's PIN."""
    file = folder.with_suffix(".toml")
    file.write_text(description())
    new_lab(folder, file, partial(make_catalogue, signers=keys("images")), new_ssh_key)
    pin = str(direct(folder, keys("director"))["pin"])
    assert main(["settings", "set", "validate.soak_seconds", "0", "--data", str(folder)]) == 0
    return pin


@dataclass
class Scene:
    """Everything below is done by commands of `fieldtool`, but for what attackers and operators do with their keys."""

    folder: Path
    pin: str
    site: LabSite
    capsys: pytest.CaptureFixture[str]

    @classmethod
    def open(
        cls, template: Path, folder: Path, pin: str, stack: ExitStack, capsys: pytest.CaptureFixture[str]
    ) -> "Scene":
        shutil.copytree(template, folder)
        site = stack.enter_context(LabSite(folder))
        site.start()
        scene = cls(folder, pin, site, capsys)
        for name, repository in (("repository", "repository"), ("director", "director")):
            scene.good("settings", "set", name, str(folder / repository / "mirror"))
        scene.good("site", "use", ORDER)
        return scene

    # -- the laptop

    def call(self, *words: str, data: Path | None = None) -> tuple[int, list[dict[str, Any]]]:
        """One command: its exit code, and what it said, in JSON."""
        self.capsys.readouterr()
        code = main([*words, "--json", "--data", str(data or self.folder)])
        return code, _documents(self.capsys.readouterr().out)

    def good(self, *words: str, data: Path | None = None) -> dict[str, Any]:
        code, told = self.call(*words, data=data)
        assert code == 0, told
        return told[-1] if told else {}

    def update(self, *words: str, data: Path | None = None) -> tuple[int, dict[str, Any]]:
        """`fieldtool update` of the charger; exit code and the last that it said."""
        code, told = self.call("update", SERIAL, "--seconds", "20", *words, data=data)
        return code, told[-1]

    def why(self, target: str) -> tuple[int, str, str]:
        """`fieldtool cache why`: exit code, the failing check, and its problem."""
        code, (told,) = self.call("cache", "why", target, "--charger", SERIAL)
        failed = [one for one in told["checks"] if one["name"] == told["failed"]]
        return code, str(told["failed"]), failed[0]["problem"]["code"] if failed else ""

    def events(self, data: Path | None = None) -> list[dict[str, Any]]:
        """The audit records, newest first, after their signatures and links were checked."""
        self.good("audit", "verify", data=data)
        return [one["event"] for one in self.good("audit", "list", data=data)["records"]]

    def types(self, pin: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(pin + "\n"))

    # -- the charger

    def runs(self) -> str:
        image = self.site.charger(SERIAL).device.state.runs
        return image.version if image is not None else ""

    def is_untouched(self) -> bool:
        """From inside, whatever it says: it was not restarted, and nothing was written to either slot."""
        state = self.site.charger(SERIAL).device.state
        others = [slot for slot in state.slots if slot.bootname != state.booted.bootname]
        return (self.runs(), state.starts) == (RUNS, 1) and all(slot.image is None for slot in others)

    def check_refused(self, told: tuple[int, dict[str, Any]], text: str, code: ExitCode = ExitCode.REFUSED) -> None:
        """By name, with the documented exit code, the charger untouched, and on record."""
        exit_code, last = told
        reason = last.get("reason") or last["error"]
        assert (reason["code"], exit_code) == (text, code.value), last
        assert self.is_untouched()
        newest = next(one for one in self.events() if one["event"] in ("update-refused", "run-ended"))
        assert newest["seen"]["trouble"] == text and newest["charger"] == SERIAL

    # -- both publishers

    @property
    def operator(self) -> DirectorRepository:
        return DirectorRepository(self.folder / "director" / "repository", SystemClock())

    @property
    def vendor(self) -> ImageRepository:
        return ImageRepository(self.folder / "repository" / "repository", SystemClock())

    def order(self) -> WorkOrder:
        content = self.operator.content(f"work-orders/test/{ORDER}.json")
        assert content is not None
        return parse_order(content)

    def reorder(self, **changes: Any) -> None:
        """The operator signs another content for the order."""
        operator = self.operator
        operator.add_order(order_json(replace(self.order(), **changes)), replace=True)
        self.release_director(operator)

    def order_images(self, change: Mapping[str, Any], *more: OrderedImage) -> None:
        """Every image of the order with `change`, and further ones."""
        (charger,) = self.order().chargers
        images = (*(replace(one, **change) for one in charger.images), *more)
        self.reorder(chargers=(replace(charger, images=images),))

    def release_director(self, operator: DirectorRepository) -> None:
        sign_and_release(operator, keys("director"), self.folder / "director" / "mirror")
        self.good("sync")

    def release_images(self, vendor: ImageRepository) -> None:
        sign_and_release(vendor, keys("images"), self.folder / "repository" / "mirror")

    def publish(self, bundle: Bundle, sha256: str = "", length: int = 0) -> str:
        """All keys of both repositories agree about a file. Returns its target."""
        made = Image(bundle.path, bundle.version, bundle.payload_hash, (MODEL,), (HARDWARE,))
        fields = {"security_epoch": 2, "native_key": "raucb"}
        vendor = self.vendor
        target = vendor.add(bundle.path, {**made.custom(VENDOR, "2026-11-01T00:00:00Z"), **fields})
        self.release_images(vendor)
        content = OrderedImage(target, length or bundle.length, sha256 or bundle.sha256, (HARDWARE,))
        self.order_images({}, content)
        return target


def target(version: str) -> str:
    return f"lab/{COMPATIBLE}-{version}.raucb"


def _documents(out: str) -> Sequence[dict[str, Any]]:
    """One document over several lines, or one value a line."""
    if not out.strip():
        return []
    try:
        return [json.loads(out)]
    except ValueError:
        return [json.loads(line) for line in out.splitlines()]


__all__ = ["RUNS", "SECOND", "SERIAL", "Scene", "keys", "make", "target"]
