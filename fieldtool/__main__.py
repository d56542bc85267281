"""`python -m fieldtool`, and the entry point of the installed program."""

import sys


def main() -> int:
    from fieldtool.cli.main import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
