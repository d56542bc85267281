"""Logs as laptops would write them, made up and put straight into central's tables: nobody checks signatures here."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection, insert, update

from fieldtool.audit.record import NO_RECORD, Event, Fact, Record, leaf, seal
from fieldtool.central.database import Database
from fieldtool.central.tables import laptop, log, record
from fieldtool.core.clock import iso

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SHA256 = "22" * 32


class AnyKey:
    """Signs with nonsense: what central holds was verified when it came."""

    key_id = "ab" * 32

    def sign(self, data: bytes) -> bytes:
        return hashlib.sha256(data).digest()


@dataclass
class Story:
    """One laptop's log. Times move on by a minute with each record."""

    log: str
    actor: str = "d0" * 16
    now: datetime = START
    clock: str = "plausible"
    records: list[Record] = field(default_factory=list)

    def tell(self, event: Event) -> Record:
        self.now += timedelta(minutes=1)
        made = Record(self.log, len(self.records) + 1, NO_RECORD, self.now, self.clock, self.actor, event)
        self.records.append(made)
        return made

    def site(self, name: str) -> "Story":
        self.tell(Event("site-ordered", seen={"site": name, "order": "o1", "chargers": 2, "pins": 0}))
        return self

    def begin(self, run: str, serial: str, found: str, target: str, **more: str) -> "Story":
        component, model = more.get("component", "main"), more.get("model", "City 22")
        told: Mapping[str, Fact] = {
            "serial": serial, "running": found, "running_hash": "aa", "slot": "A", "model": model,
            "hardware": more.get("hardware", "C"),
        }  # fmt: skip
        seen = {"phase": "preflight", "mark": "entered", "target": target, "vendor": "Lab"}
        seen["charger name"] = more.get("name", f"Bay {serial}")
        name = more.get("event", "run-started")
        self.tell(Event(name, serial, component, told, seen, SHA256, run, more.get("grant", "")))
        return self

    def phase(self, run: str, serial: str, target: str, phase: str = "install", component: str = "main") -> "Story":
        seen = {"phase": phase, "mark": "entered", "target": target}
        self.tell(Event("run-phase", serial, component, seen=seen, fw_sha256=SHA256, run=run))
        return self

    def end(
        self, run: str, serial: str, target: str, outcome: str, trouble: str = "", words: str = "", part: str = "main"
    ) -> "Story":
        seen: dict[str, Fact] = {"phase": outcome, "mark": "entered", "target": target}
        if trouble:
            seen |= {"trouble": trouble, "words": words}
        self.tell(Event("run-ended", serial, part, seen=seen, fw_sha256=SHA256, run=run))
        return self

    def update(self, run: str, serial: str, found: str, target: str, outcome: str = "done", **more: str) -> "Story":
        self.begin(run, serial, found, target, **more)
        for phase in ("transfer", "install", "restart", "validate", "confirm"):
            self.phase(run, serial, target, phase)
        return self.end(run, serial, target, outcome, more.get("trouble", ""), more.get("words", ""))


def keep(store: Database, records: Iterable[Record], received: datetime | None = None) -> None:
    """As if central had accepted them, each a minute after it was written."""
    key = AnyKey()
    with store.write() as tx:
        for name, found in groupby(records, key=lambda one: one.log):
            rows = []
            for one in found:
                envelope, when = seal(one, key), iso(received or one.at + timedelta(minutes=1))
                rows.append(
                    {"log": name, "seq": one.seq, "leaf": leaf(envelope), "envelope": envelope, "received": when}
                )
            if rows[0]["seq"] == 1:
                _begin(tx, name)
            tx.execute(insert(record), rows)
            tx.execute(update(log).where(log.c.id == name).values(size=rows[-1]["seq"]))


def _begin(tx: Connection, name: str) -> None:
    key_id = hashlib.sha256(name.encode()).hexdigest()
    values = {"key_id": key_id, "public_key": "", "name": f"Laptop {name[-2:]}", "added": iso(START)}
    tx.execute(insert(laptop).values(**values))
    tx.execute(insert(log).values(id=name, key_id=key_id, size=0, edge=b"", head=b""))


def crowd(records: int, chargers: int = 500, laptops: int = 10) -> list[Story]:
    """Many chargers at 20 sites, of 5 models in 2 hardware revisions, updated over and over."""
    stories = [Story(hashlib.md5(bytes([number])).hexdigest()) for number in range(laptops)]
    ends = ("done",) * 17 + ("rolled_back", "abandoned", "stuck")
    for number in range(records // 8):
        charger, story = number % chargers, stories[number % laptops]
        if charger < laptops or number % 97 == 0:
            story.site(f"site {charger % 20:02d}")
        version, outcome = number // chargers, ends[number * 7 % 20]
        words = {} if outcome == "done" else {"trouble": "DEVICE_BUSY", "words": "Another update runs on the charger."}
        story.update(
            f"r{number}", f"S{charger:05d}", f"2.{version}", f"2.{version + 1}", outcome,
            model=f"City {charger % 5}", hardware="CD"[charger % 2], name=f"Bay {charger:03d}", **words,
        )  # fmt: skip
    for story in stories:
        while len(story.records) * laptops < records:
            story.site("site 00")
    return stories
