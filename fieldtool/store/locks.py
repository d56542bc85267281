"""Locks of the operating system: one writer per charger serial and one per cache. A kill frees them."""

import hashlib
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from fieldtool.core.errors import RefusedError
from fieldtool.core.texts import Text

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        file.seek(1 << 30)  # far behind the holder's name, which others must be able to read
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def wait_for_lock(file: IO[bytes]) -> None:
        """Hold the file until it is closed: for moments only. OSError."""
        file.seek(1 << 30)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # tries for ten seconds, then OSError

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def wait_for_lock(file: IO[bytes]) -> None:
        """Hold the file until it is closed: for moments only. OSError."""
        fcntl.flock(file, fcntl.LOCK_EX)


@contextmanager
def exclusive(folder: Path, name: str, what: str, holder: str) -> Iterator[None]:
    """Hold the lock `name` in `folder` for the block.

    `what` names the thing in the message ("Charger 731"), `holder` says who we are, for the other's message.
    RefusedError(LOCKED) at once when somebody else, in this process or another, holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_file_name(name)}.lock"
    with path.open("a+b") as file:
        if not _try_lock(file):
            file.seek(0)
            raise RefusedError(Text.LOCKED, what=what, holder=file.read(200).decode(errors="replace") or "another")
        file.truncate(0)
        file.write(f"{holder} (process {os.getpid()})".encode())
        file.flush()
        yield


def _file_name(name: str) -> str:
    """A name that any file system takes. Chargers choose theirs, and two of them must not meet in one file."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", name)[:80]
    return safe if safe == name else f"{safe}-{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:16]}"
