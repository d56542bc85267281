"""Makes tests/golden/evidence-v1 anew: only when a new version of the format ships, never to make a test pass.

`python -m tests.report.golden FOLDER`
"""

import json
import sys
import tempfile
from base64 import b64encode
from pathlib import Path

from fieldtool.app.reports import Form, Subject
from fieldtool.audit.checkpoint import fingerprint
from fieldtool.audit.keys import PrivateKey
from fieldtool.audit.record import Event
from fieldtool.core.plain import to_plain
from fieldtool.update.run import Mark, Phase, Record
from tests.report.support import BEFORE, BEGAN, SITE, Scene, head, result, write_rich


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        scene = Scene.begin(Path(data))
        small = Record("run-0", BEGAN, "main", Phase.PREFLIGHT, Mark.ENTERED, before=BEFORE)
        scene.journal.begin(head("run-0", "S0"), small)
        (folder / "run.json").write_bytes(scene.make("run-0").file.read_bytes())
        scene.laptop.log.roll(PrivateKey.new())
        write_rich(scene)
        scene.run(head("run-1", "S1"))
        scene.receipt()
        scene.run(head("run-2", "S2", "Bay 02"))
        scene.laptop.log.record(Event("update-refused", "S3", seen={"words": "Hardware A1 is not in its list."}))
        made = result(scene.reports.make(Subject(site=SITE.id), Form()))
        assert made.pdf is not None
        (folder / "visit.json").write_bytes(made.file.read_bytes())
        (folder / "visit.pdf").write_bytes(made.pdf.read_bytes())
        document = scene.reports.verify(made.file, []).document
        (folder / "document.json").write_text(json.dumps(to_plain(document), indent=1) + "\n")
        central = b64encode(scene.central.public_key().public_bytes_raw()).decode()
        printed = fingerprint(scene.central.public_key())
        (folder / "roots.txt").write_text(f"laptop {scene.root()}\ncentral-key {central}\ncentral {printed}\n")
        scene.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
