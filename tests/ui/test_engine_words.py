"""What the window says of real runs: the engine's own states, walked on the fakes, in the window's words."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fieldtool.app.views import RunState
from fieldtool.core.errors import Safety
from fieldtool.core.model import Expectation, SiteRules
from fieldtool.ui.run_words import failing, may_waive, stage_words, undone_words
from fieldtool.ui.widgets.timeline import stages
from fieldtool.update.run import Leg, Outcome, Phase
from tests.fakes import HEAD, LEG, OLD_RELEASE, RELEASE, Bench

MODEM_OLD = replace(OLD_RELEASE, component="modem", target="modem-old")
MODEM = Leg("modem", replace(RELEASE, component="modem", target="modem-new"), "1.0", MODEM_OLD)
TWO = replace(HEAD, legs=(LEG, MODEM))


def watched(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> list[RunState]:
    """Every state that somebody who looks at each pause of the engine would see."""
    seen: list[RunState] = []
    wait: Callable[..., bool] = bench.clock.wait

    def look(stop: object, seconds: float) -> bool:
        state = bench.board.of("S1")
        if state is not None:
            seen.append(state)
        return wait(bench.hand.halting, seconds)

    monkeypatch.setattr(bench.clock, "wait", look)
    return seen


def test_a_rule_that_fails_offers_a_waiver_only_where_the_site_allows_it_and_only_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for waivable in (frozenset({"faults"}), frozenset[str]()):
        bench = Bench()
        bench.device.sick = True
        bench.rules = SiteRules(validation=Expectation(waivable=waivable))
        seen = watched(bench, monkeypatch)
        assert bench.run().outcome is Outcome.ROLLED_BACK
        offered = [one.rule for state in seen for one in failing(state) if may_waive(state, one)]
        assert set(offered) == waivable
        end = bench.board.of("S1")
        assert end is not None and not any(may_waive(end, one) for one in end.findings)


def test_a_run_of_two_components_says_in_which_stage_it_is_and_what_was_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(parts={"modem": "in-place-rescue"})
    bench.driver.parts["modem"].sick = True
    seen = watched(bench, monkeypatch)
    ending = bench.run(TWO)
    assert ending.outcome is Outcome.ROLLED_BACK
    told = [stage_words(state) for state in seen]
    first, second = f"Stage 1 of 2 · Main controller {RELEASE.version}", f"Stage 2 of 2 · Modem {RELEASE.version}"
    assert first in told and second in told and told.index(first) < told.index(second)
    end = bench.board.of("S1")
    assert end is not None
    assert undone_words(end) == "Taken back: Main controller"
    assert [(one.state, one.title) for one in stages(end)] == [
        ("fail", f"Main controller {RELEASE.version}"),
        ("fail", f"Modem {RELEASE.version}"),
    ]


def test_what_was_found_in_one_stage_is_no_news_of_the_next() -> None:
    bench = Bench()
    bench.run()
    done = bench.board.of("S1")
    assert done is not None and done.findings
    bench.board.entered("S1", Phase.VALIDATE, Safety.OLD_IS_KEPT, "main", 0)
    again = bench.board.of("S1")
    assert again is not None and again.findings == done.findings
    bench.board.entered("S1", Phase.PREFLIGHT, Safety.UNTOUCHED, "modem", 1)
    next_ = bench.board.of("S1")
    assert next_ is not None and next_.findings == ()
