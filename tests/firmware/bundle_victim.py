"""Run as a process: inspects and imports sticks, and tells what each cost and what was written where.

python -m tests.firmware.bundle_victim DATA_FOLDER STICK...     a JSON line for each stick
"""

import json
import os
import resource
import shutil
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import Any

from fieldtool.core.errors import FieldtoolError
from tests.firmware.bundles import bundles, result
from tests.firmware.site import Laptop, SetClock

_written: list[str] = []
_CHANGES = {"os.mkdir": 0, "os.rename": 1, "os.link": 1, "os.symlink": 1, "os.truncate": 0, "shutil.rmtree": 0}  # place
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def watch(event: str, args: tuple[Any, ...]) -> None:
    """Python tells of everything that it does to the file system."""
    if event == "open" and isinstance(args[2], int) and args[2] & _WRITES:
        name = os.fsdecode(args[0]) if isinstance(args[0], str | bytes) else ""
        if not Path(name).is_dir():  # else a file without a name
            _written.append(name)
    elif event in _CHANGES:
        _written.append(os.fsdecode(args[_CHANGES[event]]))
    elif event == "os.remove" and Path(os.fsdecode(args[0])).is_absolute():  # else within a tree that is removed
        _written.append(os.fsdecode(args[0]))


def judged(laptop: Laptop, stick: Path) -> str:
    """Name of the refusal; "" = it was taken. Inspection and import agree."""
    problem = result(bundles(laptop).inspect(stick)).problem
    try:
        result(bundles(laptop).take(stick))
    except FieldtoolError as error:
        assert problem is not None and problem.text is error.text
        return error.text.name
    assert problem is None
    return ""


def main(folder: Path, sticks: list[Path]) -> None:
    laptop = Laptop(folder, SetClock(), None)
    judged(laptop, sticks[-1])  # imports everything
    allowed = (str(laptop.catalogue.folder), tempfile.gettempdir() + "/fieldtool-", str(folder / "fieldtool.sqlite3"))
    sys.addaudithook(watch)
    for stick in sticks:
        shutil.rmtree(laptop.catalogue.folder)
        laptop.restart()
        _written.clear()
        tracemalloc.start()
        began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        text = judged(laptop, stick)
        told = {
            "text": text,
            "seconds": time.process_time() - began,
            "peak": tracemalloc.get_traced_memory()[1],
            "grown": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10,
            "outside": sorted({path for path in _written if not path.startswith(allowed)}),
        }
        tracemalloc.stop()
        print(json.dumps(told), flush=True)
    laptop.store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
