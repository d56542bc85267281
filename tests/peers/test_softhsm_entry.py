"""A laptop whose key is on a token is let in at central and signs its requests there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldtool.central.certificates import open_authority
from fieldtool.central.enrolment import Enrolments
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import SyncError
from fieldtool.core.texts import Text
from fieldtool.sync.client import SyncClient
from tests.audit.support import Laptop
from tests.central.support import Central, central
from tests.peers import test_softhsm
from tests.peers.test_softhsm import SEEN, Token, _keys, _restarted, _use

pytestmark = test_softhsm.pytestmark
ada, here = test_softhsm.ada, test_softhsm.here


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Central]:
    with central(tmp_path / "central") as running:
        yield running


def test_a_key_on_a_token_asks_signs_and_is_never_needed_without_its_pin(
    here: Laptop, ada: Token, there: Central, tmp_path: Path
) -> None:
    here.log.record(SEEN)
    _use(here, ada.uri())
    here.log.record(SEEN)
    client = SyncClient(here.log, lambda: there.address)
    with pytest.raises(SyncError) as waits:
        client.push()
    clock = SystemClock()
    enrolments = Enrolments(there.store, open_authority(there.store, there.identity, clock), clock)
    enrolments.approve(str(waits.value.params["code"]), "grace")
    assert client.push() == here.log.size()
    client.close()
    here.log.record(SEEN)
    _keys(here).close()
    again, asked = _restarted(here, tmp_path)
    client = SyncClient(again.log, lambda: there.address)
    with pytest.raises(SyncError) as locked:  # a sync in the background asks nobody for a PIN
        client.push()
    assert (locked.value.text, asked) == (Text.TOKEN_LOCKED, [])
    again.log.ready()
    assert client.push() == 1
    client.close()
    _keys(again).close()
    again.store.close()
