"""The command line over the real App and a virtual charger: what it prints of a run, in words and for programs."""

import json

import pytest

from fieldtool.cli.main import main
from fieldtool.core.errors import ExitCode
from fieldtool.core.texts import Text
from fieldtool.update.validation import RULES
from tests.walk.conftest import template, training  # noqa: F401  # fixtures
from tests.walk.training import BUSY, GOOD, Training, ready, until


def quick(training: Training) -> None:  # noqa: F811  # the fixture
    assert main(["site", "import", str(training.site.site_file), "--data", str(training.folder)]) == 0
    assert main(["settings", "set", "validate.soak_seconds", "0", "--data", str(training.folder)]) == 0


def test_an_update_tells_every_rule_of_its_health_check_once(
    training: Training,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    quick(training)
    capsys.readouterr()
    assert main(["update", GOOD, "--json", "--seconds", "20", "--data", str(training.folder)]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (check,) = [one for one in told if "findings" in one]
    assert (check["component"], check["version"]) == ("main", "1.5.0")
    assert [one["rule"] for one in check["findings"]] == list(RULES)
    assert told.index(check) < len(told) - 1 and told[-1]["outcome"] == "done" and told[-1]["undone"] == []


def test_what_the_site_does_not_allow_is_refused_before_anything_is_done(
    training: Training,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    quick(training)
    for option, code in (
        ("--override=wrong-hardware=because", Text.OVERRIDE_NOT_ALLOWED),
        ("--waive=faults=because", Text.WAIVER_NOT_ALLOWED),
    ):
        capsys.readouterr()
        end = main(["update", GOOD, option, "--json", "--seconds", "20", "--data", str(training.folder)])
        assert end == ExitCode.REFUSED.value
        assert json.loads(capsys.readouterr().out)["error"]["code"] == code.name
    assert training.site.charger(GOOD).device.state.starts == 1


def test_resume_says_component_stage_and_phase_before_it_goes_on(
    training: Training,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = training.app()
    (key,) = ready(app, BUSY)
    app.start(app.plan([key]))

    def waits() -> bool:
        state = app.board.of(BUSY)
        return state is not None and state.waiting is not None and state.waiting.text is Text.WAITING_FOR_SESSION

    until(app, waits, "the update waits for the car")
    app.close()
    training.site.charger(BUSY).act("session_end", "1")
    capsys.readouterr()
    assert main(["resume", "--data", str(training.folder)]) == 0
    told = capsys.readouterr()
    assert f"{BUSY}: main 1.5.0, at “Install”. " in told.err
    assert f"{BUSY}: updated" in told.out
