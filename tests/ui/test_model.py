"""The list as a Qt model: one signal per pull, lines keep their place."""

import random
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from fieldtool.app.views import ChargerRow, Fleet
from fieldtool.ui.model import ChargerModel, Column, Filter, count, select_index
from fieldtool.ui.widgets.plan_parts import total_time
from tests.ui.fake_app import FakeApp, story


def fleet(rows: list[ChargerRow]) -> Fleet:
    return Fleet(tuple(rows), scanning=False)


@pytest.fixture
def model(qtbot: QtBot) -> ChargerModel:
    made = ChargerModel()
    made.tester = QAbstractItemModelTester(made)  # type: ignore[attr-defined]  # kept alive with the model
    made.show(fleet(story()))
    return made


def test_one_signal_tells_of_all_changed_lines_and_of_no_others(model: ChargerModel) -> None:
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    rows = story()
    model.show(fleet(rows))
    assert told == []
    rows[3], rows[5] = replace(rows[3], running="9"), replace(rows[5], running="9")
    model.show(fleet(rows))
    assert told == [(3, 5)]


@pytest.mark.parametrize("seed", range(20))
def test_lines_come_and_go_without_upsetting_a_view(seed: int, model: ChargerModel) -> None:
    rng = random.Random(seed)
    rows = story()
    for _ in range(15):
        shown = rng.sample(rows, rng.randint(0, len(rows)))
        if rng.random() < 0.7:
            shown.sort(key=lambda row: row.name)
        model.show(fleet(shown))
        model.narrow(rng.choice(list(Filter)))
        wanted = [row.key for row in shown if count([row], model._filter)]
        assert [model.row_at(at).key for at in range(model.rowCount())] == wanted


def test_a_removed_line_keeps_the_others_where_a_view_points(model: ChargerModel) -> None:
    from PySide6.QtCore import QPersistentModelIndex

    kept = QPersistentModelIndex(select_index(model, "CP22-25-118831"))
    model.show(fleet([row for row in story() if row.name != "Bay 02"]))
    assert kept.isValid()
    assert kept.row() == 8


def test_only_what_can_be_updated_is_ticked(model: ChargerModel) -> None:
    model.tick([row.key for row in story()], True)
    names = [row.name for row in story() if row.key in model.ticked]
    assert names == ["Bay 03", "Bay 04", "Bay 08", "Bay 10", "Bay 11"]


def test_the_time_of_a_plan_counts_the_turns_when_only_some_run_at_once() -> None:
    app = FakeApp()
    plan = app.plan([row.key for row in story() if row.updatable])
    assert len(plan.starting) == 5
    assert total_time(plan.starting, None) == (360, 540)
    assert total_time(plan.starting, 64) == (360, 540)
    assert total_time(plan.starting, 2) == (1080, 1620)
    assert total_time([replace(plan.starting[0], duration=None)], None) is None


def test_a_progress_change_is_told_for_the_cells_that_show_it(model: ChargerModel) -> None:
    told: list[int] = []
    model.dataChanged.connect(lambda first, last: told.append(first.column()))
    rows = story()
    assert rows[0].run is not None
    rows[0] = replace(rows[0], run=replace(rows[0].run, done=70))
    model.show(fleet(rows))
    assert told == [Column.UPDATE]
    rows[0] = replace(rows[0], name="Bay 1")
    model.show(fleet(rows))
    assert told == [Column.UPDATE, Column.SELECT]


def test_every_cell_tells_a_screen_reader_what_it_shows(model: ChargerModel) -> None:
    role = Qt.ItemDataRole.AccessibleTextRole
    model.tick(["CP22-25-118831"], True)
    told = [[model.index(at, column).data(role) for column in Column] for at in range(model.rowCount())]
    assert all(all(line) for line in told)
    assert told[0][Column.SELECT] == "Bay 01 cannot be selected"
    assert told[9][Column.SELECT] == "Bay 10, selected"
    assert told[10][Column.SELECT] == "Bay 11, not selected"
    assert told[10][Column.FIRMWARE] == "Firmware: 5.1.0, can become 5.1.3"
    assert told[8][Column.HEALTH] == "Health: Not known"


def test_what_a_charger_says_is_never_taken_for_markup(model: ChargerModel) -> None:
    rows = story()
    rows[9] = replace(rows[9], name="<img src=x>")
    model.show(fleet(rows))
    assert model.index(9, Column.NAME).data(Qt.ItemDataRole.ToolTipRole) == (
        "<qt>&lt;img src=x&gt;, CityPost 22 · R4</qt>"
    )
