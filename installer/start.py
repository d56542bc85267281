"""The frozen program's first module. `fieldtool.__main__` itself cannot be one: PyInstaller runs it as `__main__`."""

import multiprocessing
import os
import sys


def _utf8_locale() -> None:
    """Qt demands UTF-8. Python changes the locale "C" by itself (PEP 538), but not in a frozen program."""
    told = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or "C"
    if sys.platform == "linux" and told in ("C", "POSIX"):
        os.environ.pop("LC_ALL", None)
        os.environ["LC_CTYPE"] = "C.UTF-8"


if __name__ == "__main__":
    _utf8_locale()
    multiprocessing.freeze_support()
    from fieldtool.__main__ import main

    sys.exit(main())
