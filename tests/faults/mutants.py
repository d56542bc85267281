"""Wrong engines: each is ours with one line changed. `python -m tests.faults.mutants NAME` runs one through the sweep.

Exit code 0: nobody noticed, which is a hole in the tests; 1: caught; 2: the line that it changes is no longer there.
"""

import importlib.abc
import importlib.util
import sys
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType


@dataclass(frozen=True)
class Mutant:
    """`old`, which occurs once in `module`, becomes `new`."""

    module: str
    old: str
    new: str
    tests: str = "tests/update/test_kinds.py"


ENGINE, PHASES, RUN = "fieldtool.update.engine", "fieldtool.update.phases", "fieldtool.update.run"
WORLD, LEGS, ENGINE_TESTS = "tests/update/test_world.py", "tests/update/test_legs.py", "tests/update/test_engine.py"
BROKEN = "tests/update/test_kinds.py::test_an_installation_that_breaks_off_half_written_is_taken_back"
AGAIN = "tests/update/test_kinds.py::test_a_program_that_dies_again_while_it_brings_the_file_again_still_ends_done"

RIGHTS, CHECKED = "fieldtool.update.rights", "fieldtool.update.rights_checks"
APPROVALS, PREFLIGHT = "fieldtool.update.approval", "fieldtool.update.preflight"
GRANTED, BY_ENGINE = "tests/update/test_rights.py", "tests/update/test_rights_engine.py"
SIGNED = "tests/update/test_approval.py"

AWAIT = "self._contact.await_free(job, session, cancellable"
MUTANTS = {
    "the row of a phase is written after it was done": Mutant(
        ENGINE,
        "            self._enter(run, job, phase)\n            phase = self._attempt(job, phase)\n",
        "            before, phase = phase, self._attempt(job, phase)\n            self._enter(run, job, before)\n",
        ENGINE_TESTS,
    ),
    "a lost line leads back at once": Mutant(
        ENGINE, "            return self._contact.ask(job, phase, trouble)\n", "            return Phase.ROLL_BACK\n"
    ),
    "after a crash in the installation it restarts, staged or not": Mutant(
        RUN,
        "        if last is Phase.INSTALL:\n            return Phase.TRANSFER\n",
        "        if last is Phase.INSTALL:\n            return Phase.RESTART\n",
        ENGINE_TESTS,
    ),
    "the old image seen after an installation is taken for a rollback": Mutant(
        RUN, "        if last is Phase.INSTALL:\n            return Phase.TRANSFER\n", "", ENGINE_TESTS
    ),
    "a new image that runs is rolled back on resume": Mutant(
        RUN,
        "    if is_new:\n        return Phase.VALIDATE\n",
        "    if is_new:\n        return Phase.ROLL_BACK\n",
        ENGINE_TESTS,
    ),
    "a version without its payload hash is the target": Mutant(
        RUN, " and seen.running_hash == step.payload_hash", "", "tests/update/test_run.py"
    ),
    "another charger at the address is ours": Mutant(
        "fieldtool.update.contact", "if not same_serial(seen.serial, serial):", "if False:", ENGINE_TESTS
    ),
    "a half-written charger is restarted": Mutant(RUN, "    if seen.damaged:  #", "    if False:  #", BROKEN),
    "a bootloader that takes an image is the end": Mutant(RUN, "if Can.BOOTLOADER not in can:", "if True:"),
    "nobody looks whether the way back worked": Mutant(
        PHASES,
        "                decided = self._is_undone(job, observed(session))\n",
        "                decided = Phase.ROLLED_BACK\n",
    ),
    "a way back that came half is turned round": Mutant(
        PHASES, "        if seen.staged is not None and (seen.staged,", "        if False and (seen.staged,", LEGS
    ),
    "an old image that was installed again stays on trial": Mutant(
        PHASES, "            self._keep(session)\n", "            pass\n", LEGS
    ),
    "a car that came meanwhile is cut off": Mutant(PHASES, f"{AWAIT}=not job.acted)", "pass", ENGINE_TESTS),
    "a car that came meanwhile is cut off by the restart": Mutant(
        PHASES,
        f"{AWAIT}=False)\n                self._contact.drive(job, session.restart()",
        "self._contact.drive(job, session.restart()",
        ENGINE_TESTS,
    ),
    "a charger on which nothing was installed is not given back": Mutant(
        ENGINE, "        if job.withdrawn:\n", "        if False:\n", ENGINE_TESTS
    ),
    "settings are not brought back with the old firmware": Mutant(
        PHASES,
        "        if job.settings is not None:\n            self._insist(",
        "        if False:\n            print(",
        WORLD,
    ),
    "settings are not looked at after the update": Mutant(
        PHASES, "            if self._must_configure(job, evidence):\n", "            if False:\n", WORLD
    ),
    "a component that was done stays when a later one fails": Mutant(
        ENGINE, "return _taken_back(run.jobs[job.number - 1]) if job.number > 0 else None", "return None", LEGS
    ),
    "what was acted upon is forgotten in a crash": Mutant(
        ENGINE, "    job.acted = job.withdrawn = Phase.INSTALL in entered\n", "    job.withdrawn = True\n", AGAIN
    ),
    "our full disk is a failure of the charger": Mutant(
        ENGINE, "            if isinstance(error, StorageError) and (", "            if False and (", WORLD
    ),
    "the last-known-good is not proved before the start": Mutant(
        PHASES, "            if leg.way_back is not None:\n", "            if False:\n", LEGS
    ),
    "success is declared before the restart": Mutant(
        RUN, "    Phase.INSTALL: (Phase.RESTART, Phase.ROLL_BACK),", "    Phase.INSTALL: (Phase.DONE, Phase.ROLL_BACK),"
    ),
    "an unhealthy charger is confirmed": Mutant(
        PHASES, "            if well:\n", "            if well is not None:\n", ENGINE_TESTS
    ),
    # ---- rights -----------------------------------------------------------------------------------------------------
    "the engine does not ask for rights": Mutant(PHASES, "            rights=rights,\n", "", BY_ENGINE),
    "grants are not asked for": Mutant(PREFLIGHT, "    granted,\n    firmware_runs,", "    firmware_runs,", GRANTED),
    "an update needs no order": Mutant(
        RIGHTS, "trouble = forbidden(rights, act.release) or ordered(rights, act)", "trouble = None", GRANTED
    ),
    "any grant of this laptop does": Mutant(RIGHTS, " and action in one.actions]\n", "]\n", GRANTED),
    "a grant of another laptop does": Mutant(
        RIGHTS,
        "return bool(rights.key_id) and grant.key_id == rights.key_id and",
        "return bool(rights.key_id) and",
        GRANTED,
    ),
    "a laptop without a key has every grant without one": Mutant(
        RIGHTS, "return bool(rights.key_id) and grant.key_id", "return grant.key_id", GRANTED
    ),
    "a PIN is a grant for everything": Mutant(
        RIGHTS, "== rights.key_id and not grant.pin", "== rights.key_id", GRANTED
    ),
    "a grant reaches everywhere": Mutant(
        RIGHTS,
        "    if not any(grant.scope.covers(one.order.site, act.serial, one.charger.model) for one in found):\n",
        "    if not found:\n",
        GRANTED,
    ),
    "a grant never ends": Mutant(RIGHTS, "        if grant.expires <= rights.at:\n", "        if False:\n", GRANTED),
    "a grant holds before it begins": Mutant(
        RIGHTS, "        if rights.at < grant.not_before:\n", "        if False:\n", GRANTED
    ),
    "uses are not counted": Mutant(
        RIGHTS,
        "        if grant.max_uses is not None and",
        "        if False and grant.max_uses is not None and",
        GRANTED,
    ),
    "a grant for which the run is not counted does": Mutant(
        RIGHTS, "    if rights.only is not None and grant", "    if False and grant", BY_ENGINE
    ),
    "a withdrawn grant does": Mutant(RIGHTS, "grant.id in denied.grants or ", "", GRANTED),
    "a grant of an older epoch does": Mutant(RIGHTS, " or grant.epoch < denied.grant_epoch", "", GRANTED),
    "a locked laptop goes on": Mutant(
        RIGHTS, "    if rights.key_id in rights.directions.denylist.laptops:\n", "    if False:\n", GRANTED
    ),
    "a denied image goes on": Mutant(
        RIGHTS, "    if release is not None and release.sha256 in", "    if release is not None and None in", GRANTED
    ),
    "lost directions forbid nothing": Mutant(
        RIGHTS, "        return None if rights.began else rights.problem\n", "        return None\n", GRANTED
    ),
    "what ends in mid-run takes it back": Mutant(
        PHASES,
        "approvals=job.head.approvals, only=frozenset(job.head.grants), began=began)",
        "approvals=job.head.approvals, only=frozenset(job.head.grants))",
        BY_ENGINE,
    ),
    "an order that ended orders": Mutant(
        RIGHTS, "if rights.began or _holds(place.order, rights.at))", "if True)", GRANTED
    ),
    "another model is what was ordered": Mutant(
        RIGHTS, "    if act.model and charger.model != act.model:\n", "    if False:\n", GRANTED
    ),
    "another file of the name is what was ordered": Mutant(
        RIGHTS, "(one.target, one.length, one.sha256) == file and", "one.target == file[0] and", GRANTED
    ),
    "one person is enough": Mutant(
        RIGHTS, "second = frozenset(actions) & SECOND", "second = frozenset[Action]() & SECOND", GRANTED
    ),
    "a work order cannot ask for a second person": Mutant(
        RIGHTS, "SECOND_PERSON.union(*(place.order.second_person for place in found))", "SECOND_PERSON", GRANTED
    ),
    "the first person is the second": Mutant(
        RIGHTS, "    if any(same_person(grant.actor, one) for one in firsts) or", "    if", GRANTED
    ),
    "an approval is good for everything": Mutant(
        APPROVALS,
        "return any(one.covers(serial, sha256, action) for one in self.request.chargers)",
        "return True",
        GRANTED,
    ),
    "an approval of another laptop's request counts": Mutant(
        RIGHTS, "    if approval.request.laptop != rights.key_id:\n", "    if False:\n", GRANTED
    ),
    "an approval never ends": Mutant(RIGHTS, "        if late or approval", "        if False and approval", GRANTED),
    "an approval serves twice": Mutant(
        RIGHTS, "        if approval.request.nonce in rights.used:\n", "        if False:\n", GRANTED
    ),
    "nobody looks at the signature": Mutant(RIGHTS, "    if not signed(approval):\n", "    if False:\n", GRANTED),
    "any signature fits": Mutant(
        APPROVALS,
        "        return _public(approval.key).fits(bytes.fromhex(approval.signature), _signed_bytes(approval))\n",
        "        return bool(bytes.fromhex(approval.signature))\n",
        SIGNED,
    ),
    "a PIN approval is read from a file": Mutant(
        APPROVALS, "approval.how is not How.KEY or not signed", "not signed", SIGNED
    ),
    "any PIN fits": Mutant(APPROVALS, "return hmac.compare_digest(found, wanted)", "return bool(found)", SIGNED),
    "whoever has no grant to approve approves": Mutant(
        RIGHTS, " or Action.APPROVE not in grant.actions:\n", ":\n", GRANTED
    ),
    "a waiver in mid-run needs no grant": Mutant(
        "fieldtool.update.contact",
        "            if trouble is not None:\n                LOG",
        "            if False:\n                LOG",
        BY_ENGINE,
    ),
    "going back needs no grant": Mutant(CHECKED, "        actions.add(Action.DOWNGRADE)\n", "        pass\n", GRANTED),
    "metering firmware needs no grant": Mutant(
        CHECKED, "        actions.add(Action.METERING)", "        pass", GRANTED
    ),
    "an override needs no grant": Mutant(CHECKED, "        actions.add(Action.OVERRIDE)\n", "        pass\n", GRANTED),
    "a charger without firmware needs no grant": Mutant(
        CHECKED, "        actions.add(Action.RECOVER)", "        pass", BY_ENGINE
    ),
    "a way back that nobody ordered is one": Mutant(
        CHECKED, "    if s.way_back is None or s.rights", "    if True or s.rights", GRANTED
    ),
    "an unknown epoch is none": Mutant(
        CHECKED, "unknown = s.epochs_used or s.release.security_epoch > 0", "unknown = False", GRANTED
    ),
    "what this laptop saw of an epoch is forgotten": Mutant(
        CHECKED, "(rights.epochs.get(component), ordered, runs)", "(ordered, runs)", BY_ENGINE
    ),
}


class _Loader(SourceFileLoader):
    """Loads a module from its source with the mutant's change in it."""

    def __init__(self, name: str, path: str, mutant: Mutant) -> None:
        super().__init__(name, path)
        self._mutant = mutant

    def get_code(self, fullname: str) -> CodeType | None:
        source = self.get_source(fullname) or ""
        if source.count(self._mutant.old) != 1:
            print(f"the line to change occurs {source.count(self._mutant.old)} times in {fullname}")
            sys.exit(2)
        changed = source.replace(self._mutant.old, self._mutant.new)
        return compile(changed, self.path, "exec")


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(self, name: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != self._mutant.module:
            return None
        found = PathFinder.find_spec(name, path)  # type: ignore[arg-type]  # as the import system hands it over
        assert found is not None and found.origin is not None
        return importlib.util.spec_from_loader(name, _Loader(name, found.origin, self._mutant))


def main() -> int:
    import pytest

    mutant = MUTANTS[sys.argv[1]]
    sys.meta_path.insert(0, _Finder(mutant))
    return 1 if pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-n0", mutant.tests]) else 0


if __name__ == "__main__":
    sys.exit(main())
