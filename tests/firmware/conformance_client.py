"""What the public TUF conformance suite drives: our fetcher, limits and way to judge time around tuf's updater.

    python conformance_client.py --metadata-dir DIR [--metadata-url URL ...] init ROOT | refresh | download

It keeps metadata between calls, as the suite's protocol (its CLIENT-CLI.md) demands; fieldtool itself keeps version
floors instead, and its own rules on top have tests of their own.
"""

import argparse
import os
import shutil
import sys
from datetime import datetime
from pathlib import Path

from tuf.ngclient import Updater

from fieldtool.core.clock import SystemClock, parse_iso
from fieldtool.firmware.fetchers import HttpFetcher
from fieldtool.firmware.verification import CONFIG

NOW = "CONFORMANCE_NOW"  # in the environment: the time to judge at


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ("--metadata-dir", "--metadata-url", "--target-dir", "--target-base-url"):
        parser.add_argument(name)
    parser.add_argument("--target-name", action="append", default=[])
    parser.add_argument("action", choices=("init", "refresh", "download"))
    parser.add_argument("root", nargs="?")
    args = parser.parse_args()
    accepted = Path(args.metadata_dir).parent / "accepted-root.json"
    if args.action == "init":
        shutil.copyfile(args.root, accepted)
        shutil.copyfile(args.root, Path(args.metadata_dir) / "root.json")
        return 0
    updater = Updater(
        args.metadata_dir,
        args.metadata_url,
        args.target_dir,
        args.target_base_url,
        HttpFetcher(SystemClock()),
        CONFIG,
        bootstrap=accepted.read_bytes(),
    )
    updater._trusted_set.reference_time = _now()
    updater.refresh()
    for name in args.target_name:
        found = updater.get_targetinfo(name)
        if found is None:
            raise RuntimeError(f"{name} is not in the repository")
        if updater.find_cached_target(found) is None:
            updater.download_target(found)
    return 0


def _now() -> datetime:
    told = os.environ.get(NOW)
    return parse_iso(told) if told else SystemClock().now()


if __name__ == "__main__":
    sys.exit(main())
