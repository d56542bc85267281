"""Files that survive a power cut: written aside, flushed to disk, then put in place in one step."""

import os
import stat
from contextlib import suppress
from pathlib import Path

_BINARY = getattr(os, "O_BINARY", 0)  # Windows would change line ends


def replace_file(path: Path, data: bytes, *, private: bool = False) -> None:
    """Give `path` the content `data`: whoever looks finds the old content or the new, also after a power cut.

    `private`: only its owner may read it, from its first byte on.
    """
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)  # never through a link that lies there
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600 if private else 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        with suppress(OSError):  # the first error is the one that counts
            part.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make names in `folder` survive a power cut. Windows does that by itself and cannot open folders."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_plain(path: Path) -> int:
    """A descriptor to read a regular file. OSError for links, pipes, devices: nothing here may block or lead away."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | _BINARY
    if path.is_symlink():  # where there is no O_NOFOLLOW
        raise OSError(f"{path.name} is a link")
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path.name} is no regular file")
    return descriptor
