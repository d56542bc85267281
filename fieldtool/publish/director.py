"""The director repository: what may be done where, by whom and until when, said by the operator.

    work-orders/<site>/<id>.json          signed by the site's own part
    grants/<key id of the laptop>/<id>.json, trust/denylist.json, trust/native-keys/...    by the top-level targets

Every document is read by the very parser of the laptops before it is signed.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import replace

from fieldtool.core.errors import UsageError
from fieldtool.core.rights import Denylist, Grant
from fieldtool.core.texts import Text
from fieldtool.firmware.directions import denylist_json, grant_json, parse_denylist, parse_grant, parse_order
from fieldtool.publish.folder import WorkingFolder
from fieldtool.publish.layout import DIRECTOR

ORDERS, GRANTS, DENYLIST = "work-orders", "grants", "trust/denylist.json"
ANY_LAPTOP = "any"  # folder of the grants that are for every laptop
SHORTEST_PIN = 8  # characters
LOG_N, R, P = 17, 8, 1  # scrypt: 128 MB and about a third of a second
_SITE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_PREFIX = "site-"


class DirectorRepository(WorkingFolder):
    """One part per site, with the work orders of that site."""

    KIND = DIRECTOR

    @classmethod
    def role_of(cls, name: str) -> str:
        if not _SITE.fullmatch(name):
            detail = f"“{name}” is no id of a site: small letters, digits, dot, dash, underscore"
            raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=detail)
        return f"{_PREFIX}{name}"

    @classmethod
    def paths_of(cls, role: str) -> tuple[str, ...]:
        return (f"{ORDERS}/{role.removeprefix(_PREFIX)}/*.json",)

    def add_order(self, content: bytes, *, replace: bool = False) -> str:
        """Let a work order hold; its site's part then waits for signatures. Returns the target's path.

        FirmwareError(DIRECTION_BAD) says what laptops would not understand. UsageError: PUBLISH_ROLE_UNKNOWN for a site
        without a part, PUBLISH_DOCUMENT_EXISTS.
        """
        order = parse_order(content)
        role = self.role_of(order.site)
        return self.put(f"{ORDERS}/{order.site}/{order.id}.json", content, {}, role, replace=replace)

    def add_grant(self, grant: Grant, *, replace: bool = False) -> str:
        """Let a grant hold. Returns the target's path. FirmwareError(DIRECTION_BAD); UsageError as above."""
        content = grant_json(grant)
        parse_grant(content)
        path = f"{GRANTS}/{grant.key_id or ANY_LAPTOP}/{grant.id}.json"
        return self.put(path, content, {}, replace=replace)

    def revoke_grant(self, grant: str) -> str:
        """Withdraw a grant and deny its id, for laptops that have it already. Returns the path that it had.

        UsageError(PUBLISH_GRANT_UNKNOWN). Denying an id that was never published: `deny`.
        """
        paths = self.parts.targets("targets").signed.targets
        found = [path for path in paths if path.startswith(f"{GRANTS}/") and path.endswith(f"/{grant}.json")]
        if not found:
            raise UsageError(Text.PUBLISH_GRANT_UNKNOWN, grant=grant)
        for path in found:
            self.withdraw(path)
        self.deny(grants=[grant])
        return found[0]

    def deny(
        self,
        images: Collection[str] = (),
        grants: Collection[str] = (),
        laptops: Collection[str] = (),
        grant_epoch: int = 0,
    ) -> Denylist:
        """Add to the denylist, or raise the lowest epoch of grants. Returns the list as it is now."""
        before = self.denylist()
        return self.set_denylist(
            Denylist(
                before.images | frozenset(images),
                before.grants | frozenset(grants),
                before.laptops | frozenset(laptops),
                max(before.grant_epoch, grant_epoch),
            )
        )

    def allow(
        self, images: Collection[str] = (), grants: Collection[str] = (), laptops: Collection[str] = ()
    ) -> Denylist:
        """Take entries off the denylist again. The epoch of grants never goes down."""
        before = self.denylist()
        return self.set_denylist(
            replace(
                before,
                images=before.images - frozenset(images),
                grants=before.grants - frozenset(grants),
                laptops=before.laptops - frozenset(laptops),
            )
        )

    def denylist(self) -> Denylist:
        content = self.content(DENYLIST)
        return Denylist() if content is None else parse_denylist(content)

    def set_denylist(self, denylist: Denylist) -> Denylist:
        """FirmwareError(DIRECTION_BAD) for what laptops would not understand."""
        content = denylist_json(denylist)
        parse_denylist(content)
        self.put(DENYLIST, content, {}, replace=True)
        return denylist


def pin_proof(pin: str, salt: bytes | None = None) -> str:
    """What proves a PIN without telling it, in the form of `Grant.pin`. UsageError(PUBLISH_PIN_WEAK)."""
    if len(pin) < SHORTEST_PIN:
        raise UsageError(Text.PUBLISH_PIN_WEAK, length=SHORTEST_PIN)
    salt = secrets.token_bytes(16) if salt is None else salt
    proof = hashlib.scrypt(pin.encode(), salt=salt, n=1 << LOG_N, r=R, p=P, maxmem=1 << 28, dklen=32)
    return f"scrypt${LOG_N}${R}${P}${salt.hex()}${proof.hex()}"
