"""Whatever happens to pushes on the way, they end in the laptop's own root."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.keys import PrivateKey
from fieldtool.audit.receipts import opened
from fieldtool.audit.record import Event
from fieldtool.central.identity import Identity, open_identity, open_store
from fieldtool.central.ledger import Ledger, Push
from tests.audit.support import Laptop, Ticking, laptop

SIZE = 24
ROLLED_AT = (7, 15)  # the log goes on with another key there

# What happens to one push of so many records: and whether its answer arrives.
_FATES = st.sampled_from(["whole", "twice", "backwards", "with a gap", "cut", "damaged", "old ones again", "never"])
_PUSHES = st.lists(st.tuples(st.integers(1, 9), _FATES, st.booleans()), max_size=12)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    made = laptop(tmp_path_factory.mktemp("full"))
    made.log.record(Event("seen"))
    while made.log.size() < SIZE:
        if made.log.size() + 1 in ROLLED_AT:
            made.log.roll(PrivateKey.new())
        made.log.record(Event("seen", charger=f"c{made.log.size()}"))
    yield made
    made.store.close()


class _Line:
    """A laptop that believes only receipts, and a line that does to its pushes what the case says."""

    def __init__(self, folder: Path, here: Laptop) -> None:
        self.store = open_store(folder)
        self.identity: Identity = open_identity(self.store)
        self.ledger = Ledger(self.store, self.identity, Ticking())
        first, log = here.log.first_key(), here.log.log_id()
        assert first is not None
        assert log is not None
        (folder / "laptop.pem").write_text(first.pem)
        self.ledger.add_laptop(folder / "laptop.pem", "Bay laptop")
        self.here, self.log, self.key_id = here, log, first.key_id
        self.confirmed = 0

    def push(self, count: int, fate: str, answered: bool) -> None:
        batch = self.here.log.envelopes(self.confirmed, count)
        if fate == "never":
            return
        note = self.ledger.ingest(Push(self.log, self.key_id, self._on_the_way(batch, fate))).note
        said = opened(note, self.identity.key.public_key())
        assert said.root == self.here.log.root(said.size)  # central never holds anything but the laptop's own beginning
        assert said.size >= self.confirmed
        if answered:
            self.confirmed = said.size

    def _on_the_way(self, batch: list[bytes], fate: str) -> list[bytes]:
        if fate == "twice":
            return batch + batch
        if fate == "backwards":
            return batch[::-1]
        if fate == "with a gap":
            return batch[:2] + batch[3:]
        if fate == "cut":
            return [*batch[:-1], batch[-1][: len(batch[-1]) // 2]] if batch else []
        if fate == "damaged":
            middle = len(batch) // 2
            return [one if place != middle else one.replace(b"a", b"b", 1) for place, one in enumerate(batch)]
        if fate == "old ones again":
            return self.here.log.envelopes(0, self.confirmed) + batch
        return batch


@settings(max_examples=30, deadline=None)
@given(pushes=_PUSHES)
def test_any_pushes_converge_to_the_laptop_s_root(
    full: Laptop, tmp_path_factory: pytest.TempPathFactory, pushes: list[tuple[int, str, bool]]
) -> None:
    line = _Line(tmp_path_factory.mktemp("line"), full)
    for count, fate, answered in pushes:
        line.push(count, fate, answered)
    while line.confirmed < SIZE:
        before = line.confirmed
        line.push(9, "whole", answered=True)
        assert line.confirmed > before
    assert Checkpoint.read(line.ledger.checkpoint(line.log)).root == full.log.root()
    assert line.ledger.forks(line.log) == []
    line.store.close()


@pytest.fixture(autouse=True)
def _quiet(expect_log: object) -> None:
    assert callable(expect_log)
    expect_log("after record")
