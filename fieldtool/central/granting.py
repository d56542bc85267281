"""Grants from central: who may do what to which chargers until when, and never more than the issuing person may give.

Who may approve as a second person is not decided here at all: laptops believe it only from the office's own keys. So
whoever steals central cannot make two people out of one.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta

from fieldtool.central.database import Database
from fieldtool.central.decisions import By, Decision
from fieldtool.central.directing import Director, check_part
from fieldtool.central.ledger import laptops
from fieldtool.core.clock import Clock
from fieldtool.core.errors import RefusedError, UsageError
from fieldtool.core.rights import Action, Denylist, Grant
from fieldtool.core.texts import Text
from fieldtool.firmware.directions import grant_json
from fieldtool.publish.director import BY_SERVER, GRANTING, TARGETS, DirectorRepository

LONGEST = timedelta(days=90)
_EVERYDAY = frozenset({Action.UPDATE, Action.RECOVER})
MAY_GRANT: Mapping[str, frozenset[Action]] = {  # role of the issuing person -> what he may give; others: nothing
    "dispatcher": _EVERYDAY,
    "approver": _EVERYDAY | {Action.DOWNGRADE, Action.METERING, Action.OVERRIDE},
    "admin": frozenset(Action) - {Action.APPROVE},
}


class Grants:
    """Issues and revokes, each decided by somebody; in force at the laptops' next sync."""

    def __init__(self, director: Director) -> None:
        self._director = director

    def issue(self, by: By, grant: Grant, *, replaces: bool = False) -> tuple[Grant, str]:
        """Returns the grant, with an id of its own when it had none, and its target.

        RefusedError(DIRECT_ROLE_SMALL); UsageError: DIRECT_APPROVE_OFFLINE, DIRECT_GRANT_LONG, DIRECT_PART_OFFLINE,
        PUBLISH_DOCUMENT_EXISTS; FirmwareError(DIRECTION_BAD).
        """
        if not grant.id:
            grant = replace(grant, id=hashlib.sha256(grant_json(grant)).hexdigest()[:16])
        content = json.loads(grant_json(grant))

        def act(repository: DirectorRepository) -> str:
            check_role(by, grant)
            self._check_part(repository)
            return repository.add_grant(grant, replace=replaces, part=GRANTING)

        return grant, self._director.decide(Decision(by, "grant", grant.id, content), act)

    def revoke(self, by: By, grant: str) -> str:
        """Take it away, and deny its id to laptops that have it. Returns the path that it had.

        UsageError: PUBLISH_GRANT_UNKNOWN; DIRECT_GRANT_OFFLINE when only the office can take it away: it is denied
        nevertheless.
        """

        def act(repository: DirectorRepository) -> str:
            self._check_part(repository)
            found = repository.paths_of_grant(grant, GRANTING)
            elsewhere = repository.paths_of_grant(grant, TARGETS)
            if not found and not elsewhere:
                raise UsageError(Text.PUBLISH_GRANT_UNKNOWN, grant=grant)
            for path in found:
                repository.withdraw(path)
            repository.deny(grants=[grant], part=GRANTING)
            return found[0] if found else ""

        path = self._director.decide(Decision(by, "revoke", grant, {}), act)
        if not path:
            raise UsageError(Text.DIRECT_GRANT_OFFLINE, grant=grant)
        return path

    def deny(
        self, by: By, images: Collection[str] = (), grants: Collection[str] = (), laptops: Collection[str] = ()
    ) -> Denylist:
        """Let nobody use these any more. Returns central's own list, to which laptops add the office's."""
        return self._listed(by, "deny", images, grants, laptops)

    def allow(
        self, by: By, images: Collection[str] = (), grants: Collection[str] = (), laptops: Collection[str] = ()
    ) -> Denylist:
        """Take entries off central's own list. What the office denies stays denied."""
        return self._listed(by, "allow", images, grants, laptops)

    def _listed(
        self, by: By, what: str, images: Collection[str], grants: Collection[str], laptops: Collection[str]
    ) -> Denylist:
        detail = {"images": sorted(images), "grants": sorted(grants), "laptops": sorted(laptops)}

        def act(repository: DirectorRepository) -> Denylist:
            self._check_part(repository)
            change = repository.deny if what == "deny" else repository.allow
            return change(images=images, grants=grants, laptops=laptops, part=GRANTING)

        return self._director.decide(Decision(by, what, "denylist", detail), act)

    def _check_part(self, repository: DirectorRepository) -> None:
        check_part(repository, GRANTING, BY_SERVER, self._director.signer().public_key.keyid)


def deny_laptop(store: Database, clock: Clock, by: By, laptop: str) -> bool:
    """Deny every key that this laptop (the id of its first key) signs with, so that others' laptops know it as well.

    False: this central directs nobody. FieldtoolError: it directs, but cannot deny; the office can.
    """
    director = Director(store, clock)
    if not director.is_there:
        return False
    keys = next((one.signs for one in laptops(store) if one.key_id == laptop), ())
    Grants(director).deny(by, laptops={laptop, *keys})
    return True


def check_role(by: By, grant: Grant) -> None:
    """RefusedError unless the issuing person may give all of it; UsageError for what nobody may give here."""
    if Action.APPROVE in grant.actions:
        raise UsageError(Text.DIRECT_APPROVE_OFFLINE, grant=grant.id or grant.actor)
    if beyond := grant.actions - MAY_GRANT.get(by.role, frozenset()):
        raise RefusedError(Text.DIRECT_ROLE_SMALL, role=by.role, actions=", ".join(sorted(beyond)))
    if grant.expires - grant.not_before > LONGEST:
        raise UsageError(Text.DIRECT_GRANT_LONG, days=LONGEST.days)
