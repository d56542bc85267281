"""A month offline: many records go up in batches, in bounded memory, while the laptop goes on recording."""

import threading
import tracemalloc
from pathlib import Path

import pytest

from fieldtool.audit.record import Event
from fieldtool.core.clock import SystemClock
from fieldtool.sync.client import Sent, SyncClient
from fieldtool.sync.loop import SyncLoop
from tests.audit.support import Laptop
from tests.central.support import Central

MEMORY = 24 * 1024 * 1024  # bytes: a few batches, whatever the length of the log


@pytest.mark.parametrize(
    "count", [5000, pytest.param(100_000, marks=[pytest.mark.slow, pytest.mark.timeout(600)])], ids=["5000", "100000"]
)
def test_what_piled_up_goes_up_in_bounded_memory_while_more_is_recorded(
    here: Laptop, there: Central, tmp_path: Path, count: int
) -> None:
    here.log.record(Event("seen"))
    while (missing := count - here.log.size()) > 0:
        with here.store.write() as unit:
            for number in range(min(missing, 5000)):
                here.log.append(unit, Event("seen", charger=f"c{number}"))
    there.know(here.log, tmp_path / "key.pem")
    client = SyncClient(here.log, lambda: there.address)
    loop = SyncLoop(client, here.log, SystemClock())
    shown: list[tuple[int, int, int]] = []

    def each(sent: Sent) -> bool:
        if len(shown) == 1:
            writer.start()
        go_on = SyncLoop._each(loop, sent)
        state = loop.state()
        shown.append((state.sent, state.of, state.pending))
        return go_on

    writer = threading.Thread(target=lambda: here.log.record(Event("seen", charger="meanwhile")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "_each", each)
        tracemalloc.start()
        try:
            sent = loop.push()
            writer.join()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    client.push()
    client.close()
    assert sent >= count
    assert shown[0] == (1000, count, count - 1000)
    assert [one[0] for one in shown] == sorted(one[0] for one in shown)
    assert here.log.pending() == 0
    assert there.ledger.checkpoint(str(here.log.log_id())).splitlines()[1] == str(count + 1)
    assert peak < MEMORY, f"{peak} bytes"
