"""A central that is killed after its n-th statement that writes, or right after a commit: run as a process of its own.

`python -m tests.central.killed DATA-FOLDER URL NUMBER MATERIAL`: prints how many such places there were when it lives.
"""

import json
import os
import signal
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from fieldtool.central import ledger as ledger_module
from fieldtool.central.archive import Archive
from fieldtool.central.identity import open_identity, open_store
from fieldtool.central.ledger import Ledger, Push
from tests.audit.support import Ticking

WRITES = ("INSERT", "UPDATE", "DELETE")


class Countdown:
    def __init__(self, die_at: int) -> None:
        self.left = die_at
        self.counted = 0

    def __call__(self) -> None:
        self.counted += 1
        if self.counted == self.left:
            os.kill(os.getpid(), signal.SIGKILL)

    def listen(self) -> None:
        def executed(*arguments: Any) -> None:
            if arguments[2].lstrip().upper().startswith(WRITES):
                self()

        def committing(_connection: Any) -> None:
            self()  # all is written, and nothing of it counts yet

        event.listen(Engine, "after_cursor_execute", executed)
        event.listen(Engine, "commit", committing)
        copied = ledger_module.insert_records

        def insert_records(*arguments: Any) -> None:
            copied(*arguments)
            self()

        ledger_module.insert_records = insert_records


def play(folder: Path, url: str, material: dict[str, Any], count: Countdown) -> None:
    """Everything that central does with a log: begin, go on, roll over, fork, keep a document."""
    store = open_store(folder, url)
    identity = open_identity(store)
    ledger = Ledger(store, identity, Ticking())
    ledger.add_laptop(Path(material["key"]), "Bay laptop")
    for push in material["pushes"]:
        ledger.ingest(Push(material["log"], material["key_id"], [b64decode(envelope) for envelope in push]))
        count()  # committed, and not yet answered
    archive = Archive(store, identity, Ticking(), ledger.keys_of)
    archive.keep(material["log"], material["sha256"], b64decode(material["document"]))
    count()
    store.close()


def main() -> None:
    folder, url, number, material = sys.argv[1:]
    count = Countdown(int(number))
    count.listen()
    play(Path(folder), url, json.loads(Path(material).read_text()), count)
    print(count.counted)


if __name__ == "__main__":
    main()
