"""`fieldtool` without a verb: the window."""

import argparse
import os
import sys
from pathlib import Path

from fieldtool.cli.output import Output
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has none of its own."""


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    from fieldtool.ui.main import has_display, run_window

    if not has_display(sys.platform, os.environ):  # before anything is opened
        raise UsageError(Text.NO_DISPLAY)
    from fieldtool.app.app import App

    return run_window(App(folder), [])
