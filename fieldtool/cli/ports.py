"""`ports`: the serial ports of this laptop, and what is wrong with each. Opens none of them."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from fieldtool.cli.output import Output, table
from fieldtool.core.errors import ExitCode
from fieldtool.discovery.serial_ports import Port, diagnosed, ports
from fieldtool.discovery.usb_names import udev_rules, usb_names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--udev-rule", action="store_true", help="print a rule that lets you open them (Linux)")


def run(args: argparse.Namespace, folder: Path, output: Output) -> int:
    if args.udev_rule:
        rules = udev_rules(usb_names().values())
        output.document({"udev_rule": rules}, lambda: rules.rstrip("\n"))
    else:
        found = diagnosed(ports())
        output.document({"ports": found}, lambda: ports_words(found))
    return ExitCode.DONE.value


def ports_words(found: Sequence[Port]) -> str:
    if not found:
        return "No serial port found."
    lines = [(port.address or "-", port.name, port.usb or "-", _state(port)) for port in found]
    remedies = [f"{port.address or port.name}: {port.problem.remedy}" for port in found if port.problem is not None]
    return "\n".join([table(("PORT", "WHAT", "USB", "STATE"), lines), *remedies])


def _state(port: Port) -> str:
    return port.problem.what if port.problem is not None else "free, as far as can be seen"
