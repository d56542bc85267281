"""A virtual charger's file system: ordinary files in a folder, with a limited size, and facts that can only be read."""

import errno
import os
import posixpath
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import RLock

_FOLDERS = ("root", "srv", "tmp", "var/tmp")
_FORBIDDEN = "\0\\:"  # the last two would lead out of the folder on Windows
Facts = Callable[[], Mapping[str, str]]


class Disk:
    """POSIX paths of the charger, kept below `folder`. Raises OSError with the errno that a real one would give."""

    def __init__(self, folder: Path, capacity: int, facts: Facts) -> None:
        """`capacity` in bytes. `facts` gives the files that the system itself shows, path -> text."""
        self._folder, self.capacity, self._facts = folder, capacity, facts
        self._lock = RLock()
        self.limit = -1  # fewer free bytes than the size gives; -1: none
        for name in _FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._used = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    def fact(self, path: str) -> bytes | None:
        """The content of a fact file, None when it is none."""
        text = self._facts().get(_normal(path))
        return None if text is None else text.encode()

    def real(self, path: str) -> Path:
        """Where the charger's `path` lies on this machine; never outside the folder."""
        if any(sign in path for sign in _FORBIDDEN):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return self._folder.joinpath(*_normal(path).split("/")[1:])

    def exists(self, path: str) -> bool:
        return self.fact(path) is not None or self.is_folder(path) or self.real(path).exists()

    def is_folder(self, path: str) -> bool:
        return self.real(path).is_dir() or _normal(path) in self._fact_folders()

    def size(self, path: str) -> int:
        """OSError(ENOENT) when it is not there."""
        fact = self.fact(path)
        return len(fact) if fact is not None else self.real(path).stat().st_size

    def names(self, path: str) -> list[str]:
        """What a folder holds. OSError(ENOENT, ENOTDIR) otherwise."""
        if not self.is_folder(path):
            code = errno.ENOTDIR if self.exists(path) else errno.ENOENT
            raise OSError(code, os.strerror(code))
        real, here = self.real(path), _normal(path).rstrip("/") + "/"
        found = {one.name for one in real.iterdir()} if real.is_dir() else set()
        for fact in self._facts():
            if fact.startswith(here):
                found.add(fact[len(here) :].split("/")[0])
        return sorted(found)

    @property
    def free(self) -> int:
        with self._lock:
            left = max(0, self.capacity - self._used)
            return left if self.limit < 0 else min(left, self.limit)

    @property
    def used(self) -> int:
        return self.capacity - self.free

    def grow(self, wanted: int) -> int:
        """Take up to `wanted` bytes of free space; how many there were."""
        with self._lock:
            granted = min(wanted, self.free)
            self._used += granted
            if self.limit >= 0:
                self.limit -= granted
            return granted

    def give_back(self, granted: int) -> None:
        """What `grow` gave was not used after all."""
        with self._lock:
            self._used -= granted
            if self.limit >= 0:
                self.limit += granted

    def shrink(self, by: int) -> None:
        with self._lock:
            self._used = max(0, self._used - by)

    def truncate(self, path: str, size: int) -> None:
        real = self._writable(path)
        before = real.stat().st_size
        if size > before and self.grow(size - before) < size - before:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.truncate(real, size)
        self.shrink(max(0, before - size))

    def write(self, path: str, content: bytes, append: bool = False) -> None:
        """What a redirection of the shell does. OSError(ENOSPC) when not all fits; what fits is written."""
        real = self._writable(path)
        if not append and real.exists():
            self.truncate(path, 0)
        granted = self.grow(len(content))
        with real.open("ab") as file:
            file.write(content[:granted])
        if granted < len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def remove(self, path: str) -> None:
        real = self._writable(path)
        if real.is_dir():
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        size = real.stat().st_size
        real.unlink()
        self.shrink(size)

    def rename(self, old: str, new: str) -> None:
        """As POSIX does it: what lay at `new` is replaced."""
        source, target = self._writable(old), self._writable(new)
        replaced = target.stat().st_size if target.is_file() else 0
        source.replace(target)
        self.shrink(replaced)

    def make_folder(self, path: str, parents: bool = False) -> None:
        self._writable(path).mkdir(parents=parents, exist_ok=parents)

    def remove_folder(self, path: str) -> None:
        self._writable(path).rmdir()

    def _writable(self, path: str) -> Path:
        if self.fact(path) is not None:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return self.real(path)

    def _fact_folders(self) -> set[str]:
        folders: set[str] = {"/"}
        for fact in self._facts():
            while fact != "/":
                fact = posixpath.dirname(fact)
                folders.add(fact)
        return folders


def _normal(path: str) -> str:
    # posixpath keeps two leading slashes, which POSIX allows to mean something else
    return "/" + posixpath.normpath("/" + path).strip("/")
