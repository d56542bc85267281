"""From the office's offline keys to a charger and back: an inventory becomes an order at central, a laptop syncs and
updates under it, and when the grant is revoked the next sync takes it away."""

import csv
import hashlib
import io
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fieldtool.app.app import App
from fieldtool.cli.lab import _anchors, make_catalogue
from fieldtool.cli.main import main
from fieldtool.core.errors import ExitCode
from fieldtool.discovery.sitefile import parse_site
from fieldtool.lab.site import LAB, SITE_FILE, LabSite, new_lab, told_of
from fieldtool.lab.ssh_charger import new_ssh_key
from tests.central.support import central
from tests.walk.directed import HARDWARE, MODEL, RUNS, SERIAL, _documents, description, keys

NEW = "1.5.0"


class Scene:
    """A laptop with its virtual site, an office machine, and a central that both reach."""

    def __init__(self, folder: Path, stack: ExitStack, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.laptop, self.office = folder / "laptop", folder / "office"
        self.data = self.laptop / "central"  # inside the training folder: its keys are throw-away
        file = folder / "site.toml"
        file.write_text(description())
        new_lab(self.laptop, file, partial(make_catalogue, signers=keys("images")), new_ssh_key)
        self.site = stack.enter_context(LabSite(self.laptop))
        self.site.start()
        (folder / "passphrase").write_text("correct horse battery\n")
        self.secret = ("--passphrase-file", str(folder / "passphrase"))
        self.files = folder

    def call(self, *words: str) -> tuple[int, dict[str, Any]]:
        self.capsys.readouterr()
        code = main([*words, "--json"])
        told = _documents(self.capsys.readouterr().out)
        return code, told[-1] if told else {}

    def good(self, *words: str) -> dict[str, Any]:
        code, told = self.call(*words)
        assert code == 0, told
        return told

    def on_laptop(self, *words: str) -> dict[str, Any]:
        return self.good(*words, "--data", str(self.laptop))

    def at_central(self, *words: str) -> dict[str, Any]:
        return self.good("central", "direct", *words, "--data", str(self.data))

    # -- the office

    def make_director(self) -> None:
        """Offline keys for root and targets; what is to be done daily is given to the key of central."""
        public = self.files / "central.pub"
        self.at_central("key", "--public", str(public))
        parts = ("snapshot", "timestamp", "test", "@grants")
        given = [word for part in parts for word in ("--key", f"{part}={public}")]
        sites = ("--site", "test", "--site", "@grants")
        self.good("publish", "init", str(self.office), "--director", *sites, *given, *self.secret)
        anchors = self.files / "anchors.json"
        anchors.write_bytes(_anchors("raucb", told_of(self.laptop)[1]))
        self.good("publish", "native-key", "add", str(self.office), "Lab", "raucb", str(anchors))
        for key in ("targets-1", "targets-2"):
            self.good(
                "publish", "sign", str(self.office), "--key", str(self.office / "keys" / f"{key}.pem"), *self.secret
            )

    def inventory(self, **change: str) -> Path:
        """As a spreadsheet in Germany writes it."""
        (charger,) = parse_site(self.laptop / LAB / SITE_FILE).chargers
        line = {
            "Serial": charger.serial, "Name": charger.name, "Model": MODEL, "Hardware": HARDWARE, "Site": "test",
            "Profile": charger.profile, "Addresses": " ".join(map(str, charger.links)),
            "Host key": charger.pins[0].fingerprint, "Security epoch": "2", "Firmware": RUNS, "Wanted": NEW, **change,
        }  # fmt: skip
        text = io.StringIO()
        writer = csv.DictWriter(text, line, delimiter=";", lineterminator="\r\n")
        writer.writeheader()
        writer.writerow(line)
        file = self.files / "inventory.csv"
        file.write_text("\ufeff" + text.getvalue(), encoding="utf-8", newline="")
        return file

    # -- the laptop

    def follow(self, url: str, fingerprint: str) -> None:
        """What a technician types once."""
        root = self.data / "director" / "mirror" / "metadata" / "1.root.json"
        typed = _sha256(root)
        self.on_laptop("trust", "add", str(root), "--director", "--fingerprint", typed)
        for name, value in (
            ("validate.soak_seconds", "0"), ("central.url", url), ("central.key", fingerprint),
            ("repository", "central"), ("director", "central"),
        ):  # fmt: skip
            self.on_laptop("settings", "set", name, value)

    def technician(self) -> str:
        app = App(self.laptop)
        try:
            return app.actor.name
        finally:
            app.close()

    def update(self, seconds: str = "20") -> tuple[int, dict[str, Any]]:
        return self.call("update", SERIAL, "--seconds", seconds, "--version", NEW, "--data", str(self.laptop))

    def runs(self) -> str:
        image = self.site.charger(SERIAL).device.state.runs
        return image.version if image is not None else ""


@pytest.fixture
def scene(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(tmp_path, stack, capsys)


def test_from_the_offices_keys_to_the_charger_and_back(scene: Scene) -> None:
    scene.at_central(
        "images", str(scene.laptop / "repository" / "mirror"), "--root", str(scene.laptop / "repository" / "root.json"),
        "--fingerprint", _sha256(scene.laptop / "repository" / "root.json"),
    )  # fmt: skip
    scene.make_director()
    told = scene.at_central("import", str(scene.office))
    assert set(told["parts"]) >= {"root", "targets", "site-test", "grants"}
    with central(scene.data) as serving:
        pem = scene.files / "bay-laptop.pem"
        scene.capsys.readouterr()
        assert main(["audit", "key", "--data", str(scene.laptop)]) == 0
        pem.write_text(scene.capsys.readouterr().out)
        scene.good("central", "laptop", "add", str(pem), "--data", str(scene.data))
        scene.follow(serving.url, serving.identity.fingerprint)
        scene.on_laptop("sync")
        assert scene.update("1")[0] != 0 and scene.runs() == RUNS, "nothing is ordered: nobody told where it is"

        wrong = str(scene.inventory(Hardware="C9"))
        code, told = scene.call("central", "direct", "order", "test", "--from", wrong, "--data", str(scene.data))
        assert (code, told["error"]["code"]) == (ExitCode.USAGE.value, "ORDER_BAD")
        scene.at_central("order", "test", "--from", str(scene.inventory()), "--id", "spring", "--title", "Spring round")
        scene.on_laptop("sync")
        code, told = scene.update()
        assert (code, told["reason"]["code"]) == (ExitCode.REFUSED.value, "GRANT_NONE"), told

        told = scene.at_central(
            "grant", "--laptop", "bay-laptop", "--actor", scene.technician(), "--action", "update", "--site", "test",
        )  # fmt: skip
        grant = told["grant"]["id"]
        scene.on_laptop("sync")
        code, told = scene.update()
        assert (code, told.get("outcome"), scene.runs()) == (0, "done", NEW), told

        scene.at_central("revoke", grant)
        scene.on_laptop("sync")
        code, told = scene.call("update", SERIAL, "--seconds", "20", "--version", RUNS, "--data", str(scene.laptop))
        reason = told.get("reason") or told["error"]
        assert (code, scene.runs()) == (ExitCode.REFUSED.value, NEW) and reason["code"].startswith("GRANT_"), told
        assert reason["what"] and reason["remedy"]
    told = scene.at_central("log")
    assert [one["what"] for one in told["decisions"]][::-1] == [
        what for what in ("import", "order", "grant", "revoke") for _ in ("asked", "in force")
    ]


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
