"""The director repository: what may be done where, by whom and until when, said by the operator.

    work-orders/<site>/<id>.json          signed by the site's own part
    grants/<key id of the laptop>/<id>.json, trust/denylist.json, trust/native-keys/...    by the top-level targets
    grants/<key id of the laptop>/<id>.json, grants/denylist.json    by the part "grants", where there is one: its key
                                          may be online, and it cannot let anybody approve

Every document is read by the very parser of the laptops before it is signed.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import replace

from fieldtool.core.errors import UsageError
from fieldtool.core.rights import Action, Denylist, Grant
from fieldtool.core.texts import Text
from fieldtool.firmware.directions import denylist_json, grant_json, parse_denylist, parse_grant, parse_order
from fieldtool.publish.folder import WorkingFolder
from fieldtool.publish.layout import DIRECTOR

ORDERS, GRANTS, DENYLIST = "work-orders", "grants", "trust/denylist.json"
GRANTING = "grants"  # the part with a key that is online
BY_SERVER = "@grants"  # what that part is called where sites are named
ONLINE_DENYLIST = "grants/denylist.json"
TARGETS = "targets"
_LISTS = {TARGETS: DENYLIST, GRANTING: ONLINE_DENYLIST}
ANY_LAPTOP = "any"  # folder of the grants that are for every laptop
SHORTEST_PIN = 8  # characters
LOG_N, R, P = 17, 8, 1  # scrypt: 128 MB and about a third of a second
_SITE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_PREFIX = "site-"


class DirectorRepository(WorkingFolder):
    """One part per site, with the work orders of that site; and one for the grants of a server, where there is one."""

    KIND = DIRECTOR

    @classmethod
    def role_of(cls, name: str) -> str:
        if name == BY_SERVER:
            return GRANTING
        if not _SITE.fullmatch(name):
            detail = f"“{name}” is no id of a site: small letters, digits, dot, dash, underscore"
            raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=detail)
        return f"{_PREFIX}{name}"

    @classmethod
    def paths_of(cls, role: str) -> tuple[str, ...]:
        if role == GRANTING:
            return f"{GRANTS}/*/*.json", ONLINE_DENYLIST
        return (f"{ORDERS}/{role.removeprefix(_PREFIX)}/*.json",)

    def add_order(self, content: bytes, *, replace: bool = False) -> str:
        """Let a work order hold; its site's part then waits for signatures. Returns the target's path.

        FirmwareError(DIRECTION_BAD) says what laptops would not understand. UsageError: PUBLISH_ROLE_UNKNOWN for a site
        without a part, PUBLISH_DOCUMENT_EXISTS.
        """
        order = parse_order(content)
        role = self.role_of(order.site)
        return self.put(f"{ORDERS}/{order.site}/{order.id}.json", content, {}, role, replace=replace)

    def add_grant(self, grant: Grant, *, replace: bool = False, part: str = TARGETS) -> str:
        """Let a grant hold. Returns the target's path. FirmwareError(DIRECTION_BAD); UsageError as above.

        `part`: who signs it, GRANTING for a server; laptops believe that one no right to approve.
        """
        content = grant_json(grant)
        parse_grant(content)
        if part == GRANTING and Action.APPROVE in grant.actions:
            raise UsageError(Text.DIRECT_APPROVE_OFFLINE, grant=grant.id)
        path = f"{GRANTS}/{grant.key_id or ANY_LAPTOP}/{grant.id}.json"
        return self.put(path, content, {}, part, replace=replace)

    def revoke_grant(self, grant: str) -> str:
        """Withdraw a grant and deny its id, for laptops that have it already. Returns the path that it had.

        UsageError(PUBLISH_GRANT_UNKNOWN). Denying an id that was never published: `deny`.
        """
        found = self.paths_of_grant(grant)
        if not found:
            raise UsageError(Text.PUBLISH_GRANT_UNKNOWN, grant=grant)
        for path in found:
            self.withdraw(path)
        self.deny(grants=[grant])
        return found[0]

    def paths_of_grant(self, grant: str, part: str = TARGETS) -> tuple[str, ...]:
        paths = self.parts.targets(part).signed.targets
        return tuple(path for path in paths if path.startswith(f"{GRANTS}/") and path.endswith(f"/{grant}.json"))

    def deny(
        self,
        images: Collection[str] = (),
        grants: Collection[str] = (),
        laptops: Collection[str] = (),
        grant_epoch: int = 0,
        part: str = TARGETS,
    ) -> Denylist:
        """Add to the denylist, or raise the lowest epoch of grants. Returns the list as it is now.

        `part`: whose list; laptops add them up.
        """
        more = Denylist(frozenset(images), frozenset(grants), frozenset(laptops), grant_epoch)
        return self.set_denylist(self.denylist(part).joined(more), part)

    def allow(
        self,
        images: Collection[str] = (),
        grants: Collection[str] = (),
        laptops: Collection[str] = (),
        part: str = TARGETS,
    ) -> Denylist:
        """Take entries off the denylist again. The epoch of grants never goes down."""
        before = self.denylist(part)
        return self.set_denylist(
            replace(
                before,
                images=before.images - frozenset(images),
                grants=before.grants - frozenset(grants),
                laptops=before.laptops - frozenset(laptops),
            ),
            part,
        )

    def denylist(self, part: str = TARGETS) -> Denylist:
        content = self.content(_LISTS[part])
        return Denylist() if content is None else parse_denylist(content)

    def set_denylist(self, denylist: Denylist, part: str = TARGETS) -> Denylist:
        """FirmwareError(DIRECTION_BAD) for what laptops would not understand."""
        content = denylist_json(denylist)
        parse_denylist(content)
        self.put(_LISTS[part], content, {}, part, replace=True)
        return denylist


def pin_proof(pin: str, salt: bytes | None = None) -> str:
    """What proves a PIN without telling it, in the form of `Grant.pin`. UsageError(PUBLISH_PIN_WEAK)."""
    if len(pin) < SHORTEST_PIN:
        raise UsageError(Text.PUBLISH_PIN_WEAK, length=SHORTEST_PIN)
    salt = secrets.token_bytes(16) if salt is None else salt
    proof = hashlib.scrypt(pin.encode(), salt=salt, n=1 << LOG_N, r=R, p=P, maxmem=1 << 28, dklen=32)
    return f"scrypt${LOG_N}${R}${P}${salt.hex()}${proof.hex()}"
