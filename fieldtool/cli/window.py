"""`fieldtool` without a verb: the window."""

import argparse
from pathlib import Path

from fieldtool.cli.output import Output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has none of its own."""


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    from fieldtool.app.app import App
    from fieldtool.ui.main import require_display, run_window

    require_display()  # before anything is opened: Qt would abort the process
    return run_window(App(folder), ["fieldtool"])
