"""A second person on the command line: a PIN that is typed, a request that another laptop signs."""

import io
import json
import sys
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path

import pytest

from fieldtool.app.approval_files import approval_of, write_request
from fieldtool.cli import approvals, updates
from fieldtool.cli.main import main
from fieldtool.cli.output import Output
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import ExitCode
from fieldtool.core.rights import ANY, Action, Grant, OrderedCharger, OrderedImage, Scope, WorkOrder
from fieldtool.core.texts import Text
from fieldtool.discovery.sitefile import parse_site
from fieldtool.publish.throwaway import make_director
from fieldtool.update.approval import read_approval, request_text
from tests.app.test_rights import Site, site  # noqa: F401  # fixture
from tests.firmware.site import SERIAL, refused
from tests.update.rights_support import PIN, PROOF
from tests.walk.conftest import template, training  # noqa: F401  # fixtures
from tests.walk.training import GOOD, Training

DAY = timedelta(days=1)


# -- the whole way, with a virtual charger ----------------------------------------------------------------------------


def direct(training: Training, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:  # noqa: F811  # the fixture
    """Somebody directs this laptop, and wants two people for every update."""
    data = ["--data", str(training.folder)]
    assert main(["site", "import", str(training.site.site_file), *data]) == 0
    assert main(["settings", "set", "validate.soak_seconds", "0", *data]) == 0
    capsys.readouterr()
    app = training.app()
    releases, key = app.catalogue.releases(), app.audit.key_id() or ""
    app.close()
    now = SystemClock().now()
    images = tuple(OrderedImage(one.target, one.length, one.sha256, ("B2",)) for one in releases)
    expected = next(one for one in parse_site(training.site.site_file).chargers if one.serial == GOOD)
    charger = OrderedCharger(
        GOOD, "Bay 01", "CityPost 22", "B2", expected.profile, expected.links, expected.pins, images=images
    )
    order = WorkOrder("wo-1", "test", "Two people", now - DAY, now + DAY, (charger,), frozenset({Action.UPDATE}))
    scope = Scope(frozenset({"test"}), frozenset({ANY}), frozenset({ANY}))
    first = Grant("first", key, "ada", frozenset({Action.UPDATE}), scope, now - DAY, now + DAY)
    second = Grant("second", "", "linus", frozenset({Action.APPROVE}), scope, now - DAY, now + DAY, pin=PROOF)
    anchors = {
        f"{file.parent.name}/{file.stem.rpartition('.')[2]}": file.read_bytes()
        for file in (training.folder / "repository").rglob("native-keys/*/*.json")
    }
    fingerprint = make_director(tmp_path / "director", SystemClock(), [order], [first, second], native_keys=anchors)
    root = str(tmp_path / "director" / "root.json")
    assert main(["trust", "add", root, "--director", "--fingerprint", fingerprint, *data]) == 0
    assert main(["settings", "set", "director", str(tmp_path / "director" / "mirror"), *data]) == 0
    assert main(["settings", "set", "central.url", "", *data]) == 0
    assert main(["sync", *data]) == 0
    capsys.readouterr()


def types(pin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(pin + "\n"))


def test_two_people_update_a_charger_and_one_does_not(
    training: Training,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    direct(training, capsys, tmp_path)
    data = ["--seconds", "20", "--data", str(training.folder)]
    assert main(["update", GOOD, "--json", *data]) == ExitCode.REFUSED.value
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["reason"]["code"] == "APPROVAL_MISSING"
    types("guess", monkeypatch)
    assert main(["update", GOOD, "--approve-pin", "linus", "--json", *data]) == ExitCode.REFUSED.value
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"]["code"] == "APPROVAL_PIN_WRONG"
    assert training.site.charger(GOOD).device.state.starts == 1, "nothing was done"
    types(PIN, monkeypatch)
    assert main(["update", GOOD, "--approve-pin", "linus", *data]) == 0
    told = capsys.readouterr()
    assert f"{GOOD}: updated" in told.out and PIN not in told.out + told.err
    assert main(["audit", "list", "--json", "--data", str(training.folder)]) == 0
    records = json.loads(capsys.readouterr().out)["records"]
    (started,) = [one for one in records if one["event"]["event"] == "run-started"]
    assert started["event"]["grant"] == "first"
    assert started["event"]["seen"]["second person 1"] not in ("", started["actor"])


# -- the other laptop -------------------------------------------------------------------------------------------------


class Here:
    """An App whose rights are those of a desk of the test."""

    def __init__(self, desk: object) -> None:
        self.rights = desk

    def close(self) -> None:
        """Nothing is open."""


def sign(site: Site, file: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> int:  # noqa: F811  # the fixture
    monkeypatch.setattr(approvals, "App", lambda folder: Here(site.there.rights))
    parser = ArgumentParser("fieldtool approve")
    approvals.add_arguments(parser)
    return approvals.run(parser.parse_args([str(file), *options]), file.parent, Output(False))


def test_approve_shows_what_is_agreed_to_and_prints_what_the_other_laptop_reads(
    site: Site,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site.direct()
    file = tmp_path / "ask.json"
    file.write_text(request_text(site.here.rights.request(site.plan())))
    assert sign(site, file, monkeypatch, "--yes") == 0
    told = capsys.readouterr()
    assert f"charger {SERIAL}: downgrade with Lab 2.5.0 (main)" in told.err
    answer = tmp_path / "yes.json"
    answer.write_text(told.out)
    assert approval_of(answer) == read_approval(told.out)
    assert site.plan(approval_of(answer)).runs


def test_nothing_is_signed_where_nobody_can_say_yes(
    site: Site,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site.direct()
    file = tmp_path / "ask.json"
    file.write_text(request_text(site.here.rights.request(site.plan())))
    types("yes", monkeypatch)  # a pipe is no person
    with refused(Text.APPROVAL_NOT_GIVEN):
        sign(site, file, monkeypatch)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{}", b"x" * 300_000])
def test_a_file_that_is_no_request_is_refused_in_words(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "ask.json"
    file.write_bytes(content)
    with refused(Text.FILE_UNREADABLE if content == b"\xff\xfe" else Text.APPROVAL_BAD):
        approval_of(file)


def test_a_request_never_overwrites_a_file(site: Site, tmp_path: Path) -> None:  # noqa: F811
    site.direct()
    plan, file = site.plan(), tmp_path / "ask.json"

    request = site.here.rights.request(plan)
    write_request(request, file)
    with refused(Text.FILE_UNWRITABLE):
        write_request(request, file)
    write_request(request, file, replace=True)  # a person was asked
    assert file.read_text() == request_text(request)


# -- words ------------------------------------------------------------------------------------------------------------


def test_a_pin_is_no_argument() -> None:
    parser = ArgumentParser("fieldtool update")
    updates.add_arguments(parser)
    args = parser.parse_args(["CP-1", "--approve-pin", "linus"])
    assert (args.approve_pin, args.chargers) == ("linus", ["CP-1"])
    with pytest.raises(SystemExit):
        parser.parse_args(["CP-1", "--pin", PIN])


def test_that_nobody_directs_is_said_once_and_not_with_every_charger(
    training: Training,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["site", "import", str(training.site.site_file), "--data", str(training.folder)]) == 0
    capsys.readouterr()
    main(["plan", "--all", "--seconds", "20", "--data", str(training.folder)])
    assert capsys.readouterr().out.count(Text.STANDS_ALONE.what()) == 1
