"""Being let in at the central system: what a technician starts once, and how it stands with it since."""

from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import Event
from fieldtool.core.errors import SyncError, UsageError
from fieldtool.core.texts import Text
from fieldtool.settings import Settings
from fieldtool.sync.client import CentralAddress, SyncClient
from fieldtool.sync.enrol import PassState

_DECIDED = frozenset({Text.ENROL_WAITS, Text.ENROL_REFUSED})  # told as a state, not as an error


class Enrolment:
    def __init__(self, settings: Settings, audit: AuditLog, central: SyncClient) -> None:
        self._settings = settings
        self._audit = audit
        self._central = central

    def enrol(self, url: str, fingerprint: str, name: str) -> PassState:
        """(slow) Ask the central system at `url` to let this laptop in; "" = the one that is set.

        It is believed only if it shows the key with this fingerprint, which a person typed; then both are remembered,
        and audited. SyncError, UsageError(SETTING_BAD, keystore).
        """
        if url:
            self._central.check(CentralAddress(url, fingerprint))
            self._audit.record(Event("central-accepted", seen={"url": url, "fingerprint": fingerprint}))
            self._settings.set("central.url", url)
            self._settings.set("central.key", fingerprint)
        where = self._where()
        self._audit.ready()  # a token may ask for its PIN
        if self._audit.log_id() is None:
            self._audit.record(Event("enrol-asked", seen={"fingerprint": where.key}))
        try:
            self._central.enrol(where, name)
        except SyncError as error:
            if error.text not in _DECIDED:
                raise
        return self._central.laptop.state(where.key)

    def state(self) -> PassState:
        """Reads the database only. UsageError(CENTRAL_NOT_SET)."""
        return self._central.laptop.state(self._where().key)

    def _where(self) -> CentralAddress:
        url = self._settings.get("central.url")
        if not url:
            raise UsageError(Text.CENTRAL_NOT_SET)
        return CentralAddress(url, self._settings.get("central.key"))
