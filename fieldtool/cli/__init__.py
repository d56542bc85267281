"""The command line: the same services as the window, with progress on a terminal and `--json` everywhere."""
