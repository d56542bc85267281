"""A publisher whose keys are on a token (SoftHSM): they sign every part, are rotated, revoked, and never leave it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from fieldtool.core.texts import Text
from tests.firmware.site import VENDOR, refused
from tests.peers.test_softhsm import MODULE, PIN, Token, ada  # noqa: F401  # a fixture
from tests.publish.test_sides import Desk, desk  # noqa: F401  # a fixture

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("softhsm2-util") is None or not MODULE, reason="SoftHSM is not installed"),
]


class Office:
    """A desk with a token in the laptop beside it."""

    def __init__(self, beside: Desk, token: Token) -> None:
        self.desk = beside
        self.token = token
        self.pin = self.desk.folder / "pin"
        self.pin.write_text(PIN + "\n", encoding="utf-8")

    def run(self, *words: object) -> dict[str, Any]:
        return self.desk.run(*words, "--pin-file", self.pin)

    def make(self, name: str) -> dict[str, Any]:
        return self.run("keys", "make", self.token.uri(name), "--public", self.desk.folder / f"{name}.pub")


@pytest.fixture
def office(desk: Desk, ada: Token) -> Office:  # noqa: F811
    made = Office(desk, ada)
    for name in ("root-a", "root-b", "targets", "lab", "online"):
        made.make(name)
    return made


@pytest.fixture
def folder(office: Office) -> Path:
    """A repository of which every key is on the token."""
    folder = office.desk.folder / "images"
    keys = {"root": ("root-a", "root-b"), "targets": ("targets",), VENDOR: ("lab",)}
    keys |= {"snapshot": ("online",), "timestamp": ("online",)}
    words = [f"{role}={office.token.uri(name)}" for role, names in keys.items() for name in names]
    made = office.run(
        "init",
        folder,
        "--vendor",
        VENDOR,
        "--targets-threshold",
        1,
        *(word for one in words for word in ("--key", one)),
    )
    assert made["keys"] == [] and made["signatures_missing"] == {}
    return folder


def release(office: Office, folder: Path, name: str = "online") -> dict[str, Any]:
    office.run("release", folder, "--to", folder / "mirror", "--key", office.token.uri(name))
    return office.desk.run("verify", folder / "mirror")


def test_a_token_signs_every_part_of_a_repository_that_laptops_accept(office: Office, folder: Path) -> None:
    report = release(office, folder)
    assert (report["laptops"], report["problems"]) == ("accepted", [])
    root = json.loads((folder / "metadata/root.json").read_bytes())["signed"]
    assert {key["scheme"] for key in root["keys"].values()} == {"ecdsa-sha2-nistp256"}
    assert not list(folder.rglob("*.pem"))


def test_a_key_on_a_token_is_rotated_and_a_revoked_one_signs_no_more(office: Office, folder: Path) -> None:
    release(office, folder)
    new = office.make("new")
    lost = office.run("keys", "show", office.token.uri("root-a"))["id"]
    answer = office.run("revoke", folder, lost, "--replacement", office.desk.folder / "new.pub")
    assert answer["signatures_missing"] == {"root": 2}
    office.run("rotate", folder, "--role", "timestamp", "--key", new["id"])
    for name in ("root-a", "root-b", "new"):  # of the old root two must agree, too
        office.run("sign", folder, "--key", office.token.uri(name))
    with refused(Text.PUBLISH_UNSIGNED):
        release(office, folder)
    office.run(
        "release",
        folder,
        "--to",
        folder / "mirror",
        "--key",
        office.token.uri("online"),
        "--key",
        office.token.uri("new"),
    )
    assert office.desk.run("verify", folder / "mirror")["laptops"] == "accepted"
    office.desk.run("renew", folder, "--role", "root")
    office.run("sign", folder, "--role", "root", "--key", office.token.uri("root-b"))
    with refused(Text.PUBLISH_KEY_FOREIGN):
        office.run("sign", folder, "--role", "root", "--key", office.token.uri("root-a"))


def test_a_wrong_pin_signs_nothing(office: Office, folder: Path) -> None:
    office.desk.run("renew", folder, "--role", "lab")
    office.pin.write_text("0000\n")
    with refused(Text.TOKEN_PIN_WRONG):
        office.run("sign", folder, "--key", office.token.uri("lab"))
    assert office.desk.run("verify", folder, code=8)["problems"][0]["code"] == "PUBLISH_UNSIGNED"


def test_a_key_that_exists_on_the_token_is_not_made_again(office: Office) -> None:
    with refused(Text.TOKEN_KEY_EXISTS):
        office.make("lab")
